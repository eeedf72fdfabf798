//! Which website a request was sent from.

use axum::http::{HeaderMap, header};

/// Whether a browser says that another website sent this. The browser's own word (`Sec-Fetch-Site`) goes first;
/// without it the host in `Origin` must be the one that was asked. `Origin: null` says nothing: that is what browsers
/// send from a page with our `Referrer-Policy`. Programs send neither header and are no danger: they hold
/// no cookies of others.
#[must_use]
pub fn is_cross_site(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return false,
        Some("cross-site") => return true,
        _ => {}
    }
    match text(header::ORIGIN.as_str()) {
        None | Some("null") => false,
        Some(origin) => {
            let asked = text(header::HOST.as_str()).unwrap_or_default();
            let sender = origin.split_once("://").map_or("", |(_, authority)| authority);
            sender.is_empty() || !host_name(sender).eq_ignore_ascii_case(host_name(asked))
        }
    }
}

/// A host without its port: proxies do not always hand the port on.
#[must_use]
pub fn host_name(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_websites_are_noticed() {
        let cases: &[(&[(&'static str, &'static str)], bool)] = &[
            (&[], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://h.example")], true),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://evil.example")], true),
            (&[("origin", "null")], false),
            (&[("origin", "https://h.example")], false),
            (&[("origin", "https://H.Example:8443")], false),
            (&[("origin", "http://evil.example")], true),
            (&[("origin", "http://h.example.evil.example")], true),
            (&[("origin", "https://")], true),
            (&[("origin", "h.example")], true),
        ];
        for (sent, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert("host", "h.example".parse().unwrap());
            for (name, value) in *sent {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(is_cross_site(&headers), *expected, "{sent:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("host", "[::1]:8080".parse().unwrap());
        headers.insert("origin", "http://[::1]:8080".parse().unwrap());
        assert!(!is_cross_site(&headers));
        headers.insert("origin", "http://[::2]:8080".parse().unwrap());
        assert!(is_cross_site(&headers));
    }
}
