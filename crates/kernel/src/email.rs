//! E-mail addresses.

use std::fmt;

/// An e-mail address as its owner writes it; compared without regard to case.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Takes an address that has one `@` with letters, digits or plain signs before it, and behind it a domain with a dot.
    /// Quoted forms are not taken. Whether it exists only a mail can tell.
    #[must_use]
    pub fn parse(s: &str) -> Option<Self> {
        let (local, domain) = s.split_once('@')?;
        let sign = |c: char| c.is_ascii_graphic() && !r#"<>()[],;:\""#.contains(c);
        let label = |l: &str| {
            !l.is_empty()
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        };
        let good = !local.is_empty()
            && local.chars().all(|c| sign(c) || c.is_alphanumeric())
            && domain.split('.').all(label)
            && domain.contains('.');
        good.then(|| Self(s.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared and kept unique.
    #[must_use]
    pub fn key(&self) -> String {
        Self::key_of(&self.0)
    }

    /// [`Email::key`] of a text that may not be an address: a sign-in with it then finds nothing.
    #[must_use]
    pub fn key_of(s: &str) -> String {
        s.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Personal data: the domain is enough to find a fault.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…@{}", self.0.split_once('@').map_or("", |(_, d)| d))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@b.c", "Ärger+1@bücher.example", "user1@dwellingly.org"] {
            assert!(Email::parse(good).is_some(), "{good}");
        }
        for bad in
            ["", "a", "@b.c", "a@b", "a@@b.c", "a@b@c.d", "a b@c.d", "a@b..c", "a@.c", "a@b.", "a\n@b.c", "a@b.c\0"]
        {
            assert!(Email::parse(bad).is_none(), "{bad:?}");
        }
        assert_eq!(Email::parse("A@B.Org").map(|e| e.key()), Some("a@b.org".to_owned()));
        assert_eq!(format!("{:?}", Email::parse("secret@b.org").unwrap()), "…@b.org");
    }
}
