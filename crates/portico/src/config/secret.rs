//! Addresses that may hold a password.

use std::fmt;

/// An address that may hold a password. Shown with the password masked; [`Secret::expose`] is for who connects.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

const MASK: &str = "***";
const TELLING: [&str; 6] = ["pass", "secret", "key", "token", "sig", "credential"];

impl Secret {
    pub(super) const fn new(url: String) -> Self {
        Self(url)
    }

    /// The whole address.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

/// The address without its password and without parameters that sound secret. When in doubt it hides too much.
pub(super) fn mask(url: &str) -> String {
    let (before, query) = url.split_once('?').map_or((url, None), |(a, b)| (a, Some(b)));
    let (scheme, rest) = before.split_once("://").map_or(("", before), |(a, b)| (a, b));
    let mut out = String::new();
    if !scheme.is_empty() {
        out.push_str(scheme);
        out.push_str("://");
    }
    // A password may hold an unescaped `@` or `/`, so everything up to the last `@` counts as one.
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split_once(':').map_or(user, |(name, _)| name);
            out.push_str(user);
            out.push(':');
            out.push_str(MASK);
            out.push('@');
            out.push_str(host);
        }
        None => out.push_str(rest),
    }
    for (i, pair) in query.into_iter().flat_map(|q| q.split('&')).enumerate() {
        out.push(if i == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((key, value)) => {
                let hidden = TELLING.iter().any(|word| key.to_lowercase().contains(word));
                out.push_str(key);
                out.push('=');
                out.push_str(if hidden { MASK } else { value });
            }
            None => out.push_str(pair),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_hidden() {
        for (url, shown) in [
            ("postgres://a:b@host/db", "postgres://a:***@host/db"),
            ("postgres://a@host/db", "postgres://a:***@host/db"),
            ("postgres://a:b@c/d@host/db?sslmode=require", "postgres://a:***@host/db?sslmode=require"),
            ("postgres:///db?host=/run&password=x&user=u", "postgres:///db?host=/run&password=***&user=u"),
            ("redis://:b@host", "redis://:***@host"),
            (
                "s3://b?region=x&secret_access_key=y&ACCESS_KEY_ID=z",
                "s3://b?region=x&secret_access_key=***&ACCESS_KEY_ID=***",
            ),
            ("sqlite:a.db", "sqlite:a.db"),
            ("user:pass@host", "user:***@host"),
        ] {
            assert_eq!(mask(url), shown);
            assert_eq!(format!("{:?} {0}", Secret::new(url.to_owned())), format!("{shown} {shown}"));
        }
    }
}
