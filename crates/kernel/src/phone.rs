//! Phone numbers: kept as written, compared as E.164.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

/// A phone number as somebody wrote it, with its E.164 form where there is one. `800-RENT-ALOT` survives.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone {
    raw: String,
    e164: Option<String>,
}

impl Phone {
    /// Reads a number; one without `+` is taken as a number of `country` (ISO 3166 alpha-2). Never fails: what is no
    /// possible number has no E.164 form.
    #[must_use]
    pub fn read(raw: &str, country: &str) -> Self {
        // Longer texts are no numbers, and the parser is not asked to prove it.
        let e164 = (raw.len() <= 64)
            .then(|| PHONE_NUMBER_UTIL.parse(raw, country.parse().ok()).ok())
            .flatten()
            .filter(|n| PHONE_NUMBER_UTIL.is_possible_number(n))
            .map(|n| PHONE_NUMBER_UTIL.format(&n, PhoneNumberFormat::E164).into_owned());
        Self { raw: raw.to_owned(), e164 }
    }

    /// Reads a number with its country's calling code (`+43…`) that is valid in full: not only as long as numbers there
    /// are, but of a kind that is given out. It is kept as written; its E.164 form may differ.
    #[must_use]
    pub fn valid(raw: &str) -> Option<Self> {
        let number = PHONE_NUMBER_UTIL.parse(raw, None).ok()?;
        let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
        PHONE_NUMBER_UTIL.is_valid_number(&number).then(|| Self { raw: raw.to_owned(), e164: Some(e164) })
    }

    /// The calling code of a country (ISO 3166 alpha-2), as 43 for AT.
    #[must_use]
    pub fn calling_code(country: &str) -> Option<i32> {
        PHONE_NUMBER_UTIL.get_country_code_for_region(country.parse().ok()?)
    }

    /// An E.164 number as people of `country` write it: `(276) 254-7277` for a US number in the US, `+43 664 1234567`
    /// for one of elsewhere.
    #[must_use]
    pub fn formatted(e164: &str, country: &str) -> Option<String> {
        let number = PHONE_NUMBER_UTIL.parse(e164, None).ok()?;
        let code = country.parse().ok().and_then(|c| PHONE_NUMBER_UTIL.get_country_code_for_region(c));
        let format = if code == Some(number.country_code) {
            PhoneNumberFormat::National
        } else {
            PhoneNumberFormat::International
        };
        Some(PHONE_NUMBER_UTIL.format(&number, format).into_owned())
    }

    /// The digits of an E.164 number without its country's code.
    #[must_use]
    pub fn national(e164: &str) -> Option<String> {
        let number = PHONE_NUMBER_UTIL.parse(e164, None).ok()?;
        Some(rlibphonenumber::get_national_significant_number_owned(&number))
    }

    /// As written.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// `+` and digits, when the text is a possible number.
    #[must_use]
    pub fn e164(&self) -> Option<&str> {
        self.e164.as_deref()
    }
}

/// Personal data: the last two digits are enough to find a fault.
impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tail: String = self.raw.chars().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
        write!(f, "…{tail}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_number_are_equal() {
        for raw in ["503-345-9839", "(503) 345 9839", "+1 503 345 9839", "1-503-345-9839"] {
            assert_eq!(Phone::read(raw, "US").e164(), Some("+15033459839"), "{raw}");
        }
        assert_eq!(Phone::read("0664 1234567", "AT").e164(), Some("+436641234567"));
        assert_eq!(Phone::calling_code("AT"), Some(43));
        assert_eq!(Phone::calling_code("XX"), None);
        assert_eq!(Phone::calling_code("Austria"), None);
        assert_eq!(Phone::read("x", "US").e164(), None);
        assert_eq!(Phone::read("", "US").e164(), None);
        assert_eq!(Phone::read("800-RENT-ALOT", "US").raw(), "800-RENT-ALOT");
    }

    #[test]
    fn numbers_as_people_write_them() {
        for (e164, country, formatted, national) in [
            ("+12762547277", "US", "(276) 254-7277", "2762547277"),
            // Possible, but given to nobody.
            ("+15656663476", "US", "(565) 666-3476", "5656663476"),
            ("+436641234567", "US", "+43 664 1234567", "6641234567"),
            ("+436641234567", "AT", "0664 1234567", "6641234567"),
            ("+390612345678", "US", "+39 06 1234 5678", "0612345678"),
        ] {
            assert_eq!(Phone::formatted(e164, country).as_deref(), Some(formatted), "{e164}");
            assert_eq!(Phone::national(e164).as_deref(), Some(national), "{e164}");
        }
        assert_eq!((Phone::formatted("x", "US"), Phone::national("")), (None, None));
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_keeps_what_was_written(raw in "\\PC{0,80}", country in "[A-Z]{0,3}") {
            let phone = Phone::read(&raw, &country);
            prop_assert_eq!(phone.raw(), raw.as_str());
            if let Some(e164) = phone.e164() {
                prop_assert!(e164.starts_with('+') && e164[1..].bytes().all(|b| b.is_ascii_digit()) && e164.len() <= 18);
            }
        }

        #[test]
        fn the_e164_form_reads_as_itself(digits in "[2-9][0-9]{9}") {
            if let Some(e164) = Phone::read(&digits, "US").e164() {
                let again = Phone::read(e164, "DE");
                prop_assert_eq!(again.e164(), Some(e164));
            }
        }
    }
}
