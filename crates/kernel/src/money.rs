//! Money: whole minor units of one currency.

use std::fmt;

/// An ISO 4217 currency code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");
    /// US dollar.
    pub const USD: Self = Self(*b"USD");

    /// Takes three capital letters.
    #[must_use]
    pub fn parse(s: &str) -> Option<Self> {
        let code: [u8; 3] = s.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many decimal digits the minor unit has (ISO 4217).
    #[must_use]
    pub fn digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount. Sums of different currencies, and sums that do not fit, are refused rather than guessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Money {
    /// Whole minor units (cents); negative for what is owed back.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in minor units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum, unless the currencies differ or it does not fit.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Some(Self { minor: self.minor.checked_add(other.minor)?, ..self })
    }

    /// The same amount with the other sign, unless it does not fit.
    #[must_use]
    pub fn negated(self) -> Option<Self> {
        Some(Self { minor: self.minor.checked_neg()?, ..self })
    }

    /// Splits into `parts` amounts that differ by at most one minor unit, the larger ones first, and whose sum is
    /// this amount again. Nothing for 0 parts.
    #[must_use]
    pub fn split(self, parts: u32) -> Vec<Self> {
        let n = i64::from(parts);
        (0..n)
            .map(|i| {
                let extra = i64::from(i < self.minor.rem_euclid(n));
                Self { minor: self.minor.div_euclid(n) + extra, ..self }
            })
            .collect()
    }

    /// Reads plain decimal notation (`12`, `-12.3`, `0.05`) without rounding: more digits than the currency has are
    /// refused.
    #[must_use]
    pub fn parse(s: &str, currency: Currency) -> Option<Self> {
        let (negative, s) = s.strip_prefix('-').map_or((false, s), |rest| (true, rest));
        let (whole, part) = s.split_once('.').unwrap_or((s, ""));
        let digits = currency.digits() as usize;
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(part) || part.len() > digits || s.ends_with('.') {
            return None;
        }
        let number: i128 = format!("{whole}{part:0<digits$}").parse().ok()?;
        i64::try_from(if negative { -number } else { number }).ok().map(|minor| Self { minor, currency })
    }
}

/// Plain decimal notation with all digits of the currency, without its name.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits();
        let (sign, n) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        let unit = 10u64.pow(digits);
        if digits == 0 {
            write!(f, "{sign}{n}")
        } else {
            write!(f, "{sign}{}.{:0width$}", n / unit, n % unit, width = digits as usize)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency() -> impl Strategy<Value = Currency> {
        prop_oneof![Just("EUR"), Just("JPY"), Just("KWD")].prop_map(|c| Currency::parse(c).unwrap())
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(minor: i64, c in currency()) {
            let m = Money::new(minor, c);
            prop_assert_eq!(Money::parse(&m.to_string(), c), Some(m));
        }

        #[test]
        fn parts_add_up_and_are_even(minor: i64, parts in 1u32..50) {
            let split = Money::new(minor, Currency::EUR).split(parts);
            prop_assert_eq!(split.iter().map(|m| i128::from(m.minor)).sum::<i128>(), i128::from(minor));
            prop_assert!(split[0].minor - split[split.len() - 1].minor <= 1);
        }

        #[test]
        fn sums_never_wrap(a: i64, b: i64) {
            let sum = Money::new(a, Currency::EUR).plus(Money::new(b, Currency::EUR));
            prop_assert_eq!(sum.map(|m| i128::from(m.minor)), Some(i128::from(a) + i128::from(b)).filter(|s| i64::try_from(*s).is_ok()));
        }

        #[test]
        fn reading_never_panics(s in ".{0,30}") {
            let _ = Money::parse(&s, Currency::EUR);
        }
    }

    #[test]
    fn currencies_do_not_mix() {
        assert_eq!(Money::new(1, Currency::EUR).plus(Money::new(1, Currency::USD)), None);
        assert_eq!(Money::parse("1.005", Currency::EUR), None);
        assert_eq!(Money::parse("1.", Currency::EUR), None);
        assert_eq!(Money::parse("--1", Currency::EUR), None);
    }
}
