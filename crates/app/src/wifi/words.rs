//! The words of WiFi: kinds, addresses of devices, passphrases.

use std::fmt;

use db::{Cell, Value};
use kernel::Random;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),* }
        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// The word stored.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
        impl Value for $name {
            fn read(cell: Cell<'_>) -> Option<Self> {
                let Cell::Text(word) = cell else { return None };
                Self::ALL.iter().copied().find(|v| v.as_str() == word)
            }
        }
    };
}

words! {
    /// Whose an identity is.
    Kind {
        /// The unit's own: of whoever lives there.
        Unit = "unit",
        /// For guests of the unit.
        Guest = "guest",
        /// Of a person who lives there with others.
        Linked = "linked",
    }
}

words! {
    /// How a device became known.
    Auth {
        /// It joined with the passphrase.
        Dpsk = "dpsk",
        /// Somebody registered its address.
        Macreg = "macreg",
    }
}

/// The address of a device in the WiFi: 48 bits. Shown as `AA:BB:CC:DD:EE:FF`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(u64);

impl Mac {
    /// Reads twelve hexadecimal digits of either case, with colons, hyphens or dots between them, or nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = 0;
        let mut value = 0;
        for c in text.chars() {
            match c.to_digit(16) {
                Some(d) => {
                    (digits, value) = (digits + 1, (value << 4) | u64::from(d));
                    if digits > 12 {
                        return None;
                    }
                }
                None if matches!(c, ':' | '-' | '.') && digits > 0 && digits < 12 => {}
                None => return None,
            }
        }
        (digits == 12).then_some(Self(value))
    }

    /// Whether it can be the address of one device: not a group, not all zeros.
    #[must_use]
    pub const fn is_single(self) -> bool {
        self.0 != 0 && (self.0 >> 40) & 1 == 0
    }

    /// The number stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0.cast_signed()
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [_, _, a, b, c, d, e, g] = self.0.to_be_bytes();
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

/// Addresses of devices are personal data: logs do not show them.
impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mac(…)")
    }
}

impl Value for Mac {
    fn read(cell: Cell<'_>) -> Option<Self> {
        let Cell::Int(n) = cell else { return None };
        u64::try_from(n).ok().filter(|n| n >> 48 == 0).map(Self)
    }
}

/// A passphrase. Debug output does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(String);

/// Letters and digits that nobody takes for one another, on paper or spoken: no `0 O o 1 l I`, no `u v`, no `5 S s`,
/// no `2 Z z`. 12 of 46 are 66 bits.
const LETTERS: &[u8; 46] = b"ABCDEFGHJKLMNPQRTWXYabcdefghijkmnpqrtwxy346789";

impl Passphrase {
    /// How many characters a generated one has (R7).
    pub const GENERATED: usize = 12;

    /// A new one.
    #[must_use]
    pub fn generate(random: &Random) -> Self {
        let letter = |_| char::from(LETTERS[random.below(LETTERS.len() as u32) as usize % LETTERS.len()]);
        Self((0..Self::GENERATED).map(letter).collect())
    }

    pub(crate) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The passphrase itself, to show it to those who may see it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_read_in_every_spelling() {
        let mac = Mac::parse("AA:BB:CC:01:02:ef").unwrap();
        for text in ["aabbcc0102ef", "aa-bb-cc-01-02-ef", "AABB.CC01.02EF", "aa:bb:cc:01:02:EF"] {
            assert_eq!(Mac::parse(text), Some(mac), "{text}");
        }
        assert_eq!(mac.to_string(), "AA:BB:CC:01:02:EF");
        for text in ["", "aabbcc0102e", "aabbcc0102eff", "aa bb cc 01 02 ef", ":aabbcc0102ef", "aabbcc0102ef:", "aabbcc0102eg"] {
            assert_eq!(Mac::parse(text), None, "{text}");
        }
        assert!(!Mac::parse("000000000000").unwrap().is_single() && !Mac::parse("ffffffffffff").unwrap().is_single());
        assert!(!format!("{mac:?}").contains("AA"));
    }

    #[test]
    fn generated_passphrases_have_60_bits_and_no_look_alikes() {
        let all: BTreeSet<u8> = LETTERS.iter().copied().collect();
        assert_eq!(all.len(), LETTERS.len(), "each letter once");
        assert!((LETTERS.len() as f64).log2() * Passphrase::GENERATED as f64 >= 60.0);
        assert!(!LETTERS.iter().any(|l| b"0Oo1lI5Ss2ZzuvUV".contains(l)));
        let random = Random::seeded(1);
        let made: BTreeSet<String> = (0..1000).map(|_| Passphrase::generate(&random).0).collect();
        assert_eq!(made.len(), 1000);
        assert!(made.iter().all(|p| p.len() == 12 && p.bytes().all(|b| LETTERS.contains(&b))));
        let used: BTreeSet<u8> = made.iter().flat_map(|p| p.bytes()).collect();
        assert_eq!(used, all, "all letters are used");
    }

    proptest! {
        #[test]
        fn an_address_written_is_read_again(n in 0_u64..1 << 48, junk in ".*") {
            prop_assert_eq!(Mac::parse(&Mac(n).to_string()), Some(Mac(n)));
            let _ = Mac::parse(&junk);
        }
    }
}
