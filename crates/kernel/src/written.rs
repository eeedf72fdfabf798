//! Days and sums as people write them, in English and in German.

use jiff::civil::Date;

use crate::Currency;

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 40;

/// A day: `2026-11-30`, `30.11.2026`, `30.11.26`.
#[must_use]
pub fn written_date(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let german = text.split('.').map(str::trim).collect::<Vec<_>>();
    let (year, month, day) = match german.as_slice() {
        [day, month, year] => (*year, *month, *day),
        _ => match text.split('-').collect::<Vec<_>>().as_slice() {
            [year, month, day] if year.len() == 4 => (*year, *month, *day),
            _ => return None,
        },
    };
    let digits = |s: &str| !s.is_empty() && s.len() <= 4 && s.bytes().all(|b| b.is_ascii_digit());
    if ![year, month, day].into_iter().all(digits) {
        return None;
    }
    let century = if year.len() == 2 { 2000 } else { 0 };
    Date::new(year.parse::<i16>().ok()? + century, month.parse().ok()?, day.parse().ok()?)
        .ok()
        .filter(|d| d.year() >= 1900)
}

/// A sum in minor units: `1234.5`, `1,234.50`, `1.234,50 €`, `-12`. The last point or comma with as many digits behind it
/// as the currency has, or with one or two, is the decimal one.
#[must_use]
pub fn written_amount(text: &str, currency: Currency) -> Option<i64> {
    if text.len() > LONGEST {
        return None;
    }
    let code = currency.as_str();
    let mut text: String = text.chars().filter(|c| !c.is_whitespace() && !"€$£'’".contains(*c)).collect();
    if let Some(rest) = text.strip_prefix(code).or_else(|| text.strip_suffix(code)) {
        text = rest.to_owned();
    }
    let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.as_str()),
    };
    let digits = currency.digits() as usize;
    let (whole, part) = match text.rfind(['.', ',']) {
        Some(at) if is_decimal(text, at, digits) => (&text[..at], &text[at + 1..]),
        _ => (text, ""),
    };
    if part.len() > digits || whole.is_empty() && part.is_empty() {
        return None;
    }
    let number: String = whole_digits(whole)? + part + &"0".repeat(digits - part.len());
    let value: i64 = number.parse().ok()?;
    Some(if negative { -value } else { value })
}

/// Whether the mark at `at`, the last one, stands before the decimals.
fn is_decimal(text: &str, at: usize, digits: usize) -> bool {
    let behind = text.len() - at - 1;
    let other = text[..at].contains(['.', ',']);
    let again = text[..at].contains(&text[at..=at]);
    behind <= 2 && !again && behind > 0 || behind == digits && digits == 3 && other && !again
}

/// The digits of whole units, without the marks between groups of three.
fn whole_digits(whole: &str) -> Option<String> {
    let groups: Vec<&str> = whole.split(['.', ',']).collect();
    let (first, rest) = groups.split_first()?;
    let fits = rest.is_empty() || (1..=3).contains(&first.len()) && rest.iter().all(|g| g.len() == 3);
    let all = groups.concat();
    (fits && all.bytes().all(|b| b.is_ascii_digit())).then_some(all)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_as_people_write_them() {
        for text in ["2026-11-03", "03.11.2026", "3.11.2026", " 3.11.26 ", "3. 11. 2026"] {
            assert_eq!(written_date(text), Some(date(2026, 11, 3)), "{text}");
        }
        for text in ["", "3.11.", "2026-13-01", "31.11.2026", "11/03/2026", "2026-11", "0001-01-01", "soon", "-1-1-1"] {
            assert_eq!(written_date(text), None, "{text}");
        }
    }

    #[test]
    fn sums_as_people_write_them() {
        for (text, cents) in [
            ("1234", 123_400),
            ("1234.5", 123_450),
            ("1234,50", 123_450),
            ("1,234.50", 123_450),
            ("1.234,50 €", 123_450),
            ("€1,234", 123_400),
            ("1.234", 123_400),
            ("1.234.567,8", 123_456_780),
            ("EUR 12", 1_200),
            ("-0,05", -5),
            (",5", 50),
            ("1'234.50", 123_450),
        ] {
            assert_eq!(written_amount(text, Currency::EUR), Some(cents), "{text}");
        }
        for text in ["", "-", "abc", "1.23.4", "12,345,6789", "1.2345", "1e5", "9999999999999999999999", "1,,2", "."] {
            assert_eq!(written_amount(text, Currency::EUR), None, "{text}");
        }
        let yen = Currency::parse("JPY").unwrap();
        assert_eq!(written_amount("1,000", yen), Some(1000));
        assert_eq!(written_amount("1.5", yen), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,50}") {
            let _ = (written_date(&text), written_amount(&text, Currency::EUR));
        }

        #[test]
        fn what_is_written_plainly_is_read(minor in -1_000_000_000_000i64..1_000_000_000_000) {
            let sign = if minor < 0 { "-" } else { "" };
            for mark in ['.', ','] {
                let text = format!("{sign}{}{mark}{:02}", minor.abs() / 100, minor.abs() % 100);
                prop_assert_eq!(written_amount(&text, Currency::EUR), Some(minor));
            }
        }
    }
}
