//! The form of a token endpoint (RFC 6749): who the program is, and what it asks for.

use std::collections::HashSet;

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Why a form cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormFault {
    /// A parameter stands there twice: `invalid_request`.
    Doubled,
    /// The client is named in the header and in the form: `invalid_request`.
    NamedTwice,
    /// No client is named, or the header is none of ours: `invalid_client`.
    NoClient,
}

impl FormFault {
    /// What is wrong, in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Doubled => "A parameter is given twice.",
            Self::NamedTwice => "The client is named in two ways.",
            Self::NoClient => "The client is unknown or did not prove itself.",
        }
    }
}

/// The pairs of a form in which no name stands twice.
#[derive(Clone)]
pub struct TokenForm(Vec<(String, String)>);

impl TokenForm {
    /// Reads a body of `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// [`FormFault::Doubled`].
    pub fn read(body: &[u8]) -> Result<Self, FormFault> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let mut names = HashSet::new();
        let is_doubled = pairs.iter().any(|(name, _)| !names.insert(name.as_str()));
        if is_doubled { Err(FormFault::Doubled) } else { Ok(Self(pairs)) }
    }

    /// A parameter; one without a value counts as not sent (RFC 6749 section 3.2).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, value)| n == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Name and secret of the client: in the header (HTTP Basic) or in the form, not in both.
    ///
    /// # Errors
    /// [`FormFault::NoClient`], [`FormFault::NamedTwice`].
    pub fn client(&self, headers: &HeaderMap) -> Result<(String, Option<String>), FormFault> {
        let own = |name| self.get(name).map(str::to_owned);
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok((own("client_id").ok_or(FormFault::NoClient)?, own("client_secret")));
        };
        let (id, secret) = basic(value.as_bytes()).ok_or(FormFault::NoClient)?;
        if self.get("client_secret").is_some() || self.get("client_id").is_some_and(|named| named != id) {
            return Err(FormFault::NamedTwice);
        }
        Ok((id, Some(secret)))
    }
}

/// Name and secret are each encoded as in a form (RFC 6749 section 2.3.1).
fn basic(value: &[u8]) -> Option<(String, String)> {
    let text = str::from_utf8(value).ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (name, secret) = pair.split_once(':')?;
    let decoded = |text: &str| form_urlencoded::parse(text.as_bytes()).next().map(|(n, _)| n.into_owned());
    Some((decoded(name)?, decoded(secret).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_client_is_named_in_one_way() {
        let form = |text: &str| TokenForm::read(text.as_bytes()).unwrap();
        let named = |id: &str, secret: Option<&str>| Ok((id.to_owned(), secret.map(str::to_owned)));
        let basic = headers(&format!("basic {}", STANDARD.encode("a%3Ab:c%20d")));
        assert_eq!(form("").client(&basic), named("a:b", Some("c d")));
        assert_eq!(form("client_id=a%3Ab&client_secret=").client(&basic), named("a:b", Some("c d")));
        assert_eq!(form("client_id=x").client(&basic), Err(FormFault::NamedTwice));
        assert_eq!(form("client_secret=x").client(&basic), Err(FormFault::NamedTwice));
        assert_eq!(form("client_id=x&client_secret=y").client(&HeaderMap::new()), named("x", Some("y")));
        assert_eq!(form("client_id=x").client(&HeaderMap::new()), named("x", None));
        assert_eq!(form("").client(&HeaderMap::new()), Err(FormFault::NoClient));
        for bad in ["Bearer x", "Basic", "Basic !", "Basic YQ==", "Basic /w=="] {
            assert_eq!(form("client_id=x").client(&headers(bad)), Err(FormFault::NoClient), "{bad}");
        }
    }

    #[test]
    fn a_name_stands_there_once() {
        assert!(matches!(TokenForm::read(b"a=1&b=2&a=1"), Err(FormFault::Doubled)));
        // As many names as a body can hold are looked at once each.
        let many: String = (0..60_000).map(|n| format!("{n:x}&")).collect();
        assert!(TokenForm::read(many.as_bytes()).is_ok());
        assert!(matches!(TokenForm::read(format!("{many}0").as_bytes()), Err(FormFault::Doubled)));
        let form = TokenForm::read(b"a=1+2&b=").unwrap();
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), (Some("1 2"), None, None));
    }
}
