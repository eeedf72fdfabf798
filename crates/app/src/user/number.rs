//! Phone numbers as iDWELL reads them (PH1 to PH5).

use kernel::Phone;

/// A number is so long after trimming, a `+` before it included (PH1).
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=15;

/// Reads a number in an organization with this calling code; the first step that finds a valid number decides.
#[must_use]
pub fn read(text: &str, calling_code: &str) -> Option<Phone> {
    let trimmed = trimmed(text);
    if !LENGTHS.contains(&trimmed.len()) {
        return None;
    }
    let digits = trimmed.strip_prefix('+').unwrap_or(&trimmed);
    // PH3: as it is.
    if digits.len() < trimmed.len()
        && let Some(phone) = Phone::valid(&trimmed)
    {
        return Some(phone);
    }
    let rest = digits.strip_prefix("00").or_else(|| digits.strip_prefix('0')).unwrap_or(digits);
    // PH4, PH5.
    Phone::valid(&format!("+{rest}")).or_else(|| Phone::valid(&format!("+{calling_code}{rest}")))
}

/// The digits, after a `+` where one stands before all of them (PH2).
fn trimmed(text: &str) -> String {
    let leads = text.find(|c: char| c == '+' || c.is_ascii_digit()).is_some_and(|at| text[at..].starts_with('+'));
    let digits = text.chars().filter(char::is_ascii_digit);
    leads.then_some('+').into_iter().chain(digits).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Section 7 of the reference, whole.
    #[test]
    fn ph1_to_ph5_all_vectors() {
        for line in include_str!("phones.tsv").lines() {
            let [input, code, result] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            assert_eq!(read(input, code).as_ref().map_or("", |p| p.raw()), result, "{input} in {code}");
        }
        assert_eq!(read("", "43"), None);
    }

    #[test]
    fn ph3_kept_as_it_is_and_compared_by_its_canonical_form() {
        let phone = read("+49 (0)30 901820", "49").unwrap();
        assert_eq!((phone.raw(), phone.e164()), ("+49030901820", Some("+4930901820")));
    }

    #[test]
    fn ph2_a_plus_leads_when_no_digit_stands_before_it() {
        for (text, result) in [("a+1b2", "+12"), ("1+2", "12"), ("++1", "+1"), ("+", "+"), ("", ""), ("٣+4", "+4")] {
            assert_eq!(trimmed(text), result, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_stored_reads_as_itself(text in "[+0-9 ()/a-z-]{0,24}", code in prop::sample::select(vec!["1", "41", "43", "44", "49"])) {
            if let Some(phone) = read(&text, code) {
                prop_assert!(phone.e164().is_some());
                if LENGTHS.contains(&phone.raw().len()) {
                    prop_assert_eq!(read(phone.raw(), code), Some(phone));
                }
            }
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,80}", code in "[0-9]{0,3}") {
            let _ = read(&text, &code);
        }
    }
}
