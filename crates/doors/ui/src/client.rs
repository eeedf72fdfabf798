//! What a request tells about its sender: the address, and the website it was sent from.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use portico_http::RequestInfo;
pub(crate) use portico_http::{host_name, is_cross_site};

/// The address a request came from, proxies considered.
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// Whether a browser only looks ahead: nobody has clicked yet.
pub(crate) struct LooksAhead(pub(crate) bool);

impl<S: Sync> FromRequestParts<S> for LooksAhead {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let says = |name| parts.headers.get(name).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("prefetch"));
        Ok(Self(says("sec-purpose") || says("purpose") || says("x-moz")))
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let info = RequestInfo::from_request_parts(parts, &()).await?;
        Ok(Self(info.client()))
    }
}

/// Where the browser asked: a host, perhaps with its port.
pub(crate) fn authority(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// The browser of a request in words that people know: "Firefox, Linux".
pub(crate) fn browser(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    let first =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // Later ones call themselves earlier ones as well.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ])?;
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    Some(system.map_or_else(|| browser.to_owned(), |system| format!("{browser}, {system}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_have_names() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Some("Firefox, Linux")),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
                Some("Edge, Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
                Some("Safari, iPhone"),
            ),
            ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", Some("Chrome, Android")),
            ("Safari/1", Some("Safari")),
            ("curl/8.5.0", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, agent.parse().unwrap());
            assert_eq!(browser(&headers).as_deref(), name);
        }
        assert_eq!(browser(&HeaderMap::new()), None);
    }
}
