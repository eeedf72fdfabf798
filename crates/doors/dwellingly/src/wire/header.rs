//! The `Authorization` header (section 3.1).

use axum::http::{HeaderMap, header::AUTHORIZATION};

use super::error::TokenFault;

/// The token of the caller.
///
/// # Errors
/// The rows of section 3.1 that are about the header; of the token itself nothing is looked at.
pub fn bearer(headers: &HeaderMap) -> Result<&str, TokenFault> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Err(TokenFault::NoHeader) };
    let mut words = value.as_bytes().split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
    match (words.next(), words.next(), words.next()) {
        (None, ..) => Err(TokenFault::NoHeader),
        (Some(b"Bearer"), Some(token), None) => std::str::from_utf8(token).map_err(|_| TokenFault::Malformed),
        (Some(b"Bearer"), ..) => Err(TokenFault::Malformed),
        _ => Err(TokenFault::OtherScheme),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn section_3_1_header_rows() {
        for (sent, read) in [
            (&b"Bearer a.b.c"[..], Ok("a.b.c")),
            (b"Bearer  a.b.c ", Ok("a.b.c")),
            (b"Bearer\ta.b.c", Ok("a.b.c")),
            (b"", Err(TokenFault::NoHeader)),
            (b"  ", Err(TokenFault::NoHeader)),
            (b"Bearer", Err(TokenFault::Malformed)),
            (b"Bearer ", Err(TokenFault::Malformed)),
            (b"Bearer a b", Err(TokenFault::Malformed)),
            (b"Bearer \xff", Err(TokenFault::Malformed)),
            (b"bearer a.b.c", Err(TokenFault::OtherScheme)),
            (b"BEARER a.b.c", Err(TokenFault::OtherScheme)),
            (b"Token a.b.c", Err(TokenFault::OtherScheme)),
            (b"Bearera.b.c", Err(TokenFault::OtherScheme)),
            (b"a.b.c", Err(TokenFault::OtherScheme)),
            (b"\xff", Err(TokenFault::OtherScheme)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_bytes(sent).unwrap());
            assert_eq!(bearer(&headers), read, "{sent:?}");
        }
        assert_eq!(bearer(&HeaderMap::new()), Err(TokenFault::NoHeader));
    }
}
