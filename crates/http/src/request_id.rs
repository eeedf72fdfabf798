//! The id of a request.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use kernel::{Clock, Random};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const LONGEST: usize = 64;

/// A new id, or the one a trusted proxy sent along if it is short and plain.
pub(crate) fn choose(clock: &Clock, random: &Random, headers: &HeaderMap, from_trusted: bool) -> HeaderValue {
    if from_trusted && let Some(sent) = headers.get(X_REQUEST_ID).filter(|v| sane(v.as_bytes())) {
        return sent.clone();
    }
    HeaderValue::from_maybe_shared(Bytes::from(random.uid(clock.now()).to_string()))
        .unwrap_or(HeaderValue::from_static("none"))
}

fn sane(id: &[u8]) -> bool {
    !id.is_empty() && id.len() <= LONGEST && id.iter().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(id: &str) -> HeaderMap {
        HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_str(id).unwrap())])
    }

    #[test]
    fn only_a_trusted_proxy_may_name_the_request_and_only_sanely() {
        let (clock, random) = (Clock::manual(kernel::Instant::from_secs(1_795_278_521)), Random::seeded(1));
        let choose = |headers, trusted| choose(&clock, &random, &headers, trusted).to_str().unwrap().to_owned();

        assert_eq!(choose(with("abc-1.2_3"), true), "abc-1.2_3");
        assert_ne!(choose(with("abc-1.2_3"), false), "abc-1.2_3");
        for bad in ["", "a b", "a\"b", "a/b", &"x".repeat(65)] {
            assert_ne!(choose(with(bad), true), bad);
        }
        assert_eq!(choose(with(&"x".repeat(64)), true).len(), 64);

        let made = choose(HeaderMap::new(), true);
        assert_eq!((made.len(), made.as_bytes()[14]), (36, b'7'), "{made}");
        assert_ne!(made, choose(HeaderMap::new(), true));
    }
}
