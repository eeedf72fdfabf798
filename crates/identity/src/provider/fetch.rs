//! HTTP to a provider: short, small, to where it was said, and nowhere inside of our own network.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, RequestBuilder, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde::de::DeserializeOwned;

/// No answer is larger.
const MOST_BYTES: usize = 256 * 1024;
/// How long an answer may take in all.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// What kept an answer away; for the log.
pub(super) type Failed = String;

/// Asks one provider.
#[derive(Clone, Debug)]
pub(super) struct Fetch {
    client: Client,
    issuer: Url,
}

impl Fetch {
    /// For the provider at this address.
    pub(super) fn new(issuer: &str) -> Result<Self, Failed> {
        let issuer = issuer_url(issuer).ok_or("the issuer is no address that is asked")?;
        let own = issuer.host_str().unwrap_or_default().to_owned();
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(Duration::from_secs(5))
            .timeout(TIME_LIMIT)
            // An endpoint is where the provider says it is.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Outside { own }))
            .build()
            .map_err(|e| e.to_string())?;
        Ok(Self { client, issuer })
    }

    /// The address of an endpoint, when it may be asked: over TLS unless the provider is on this machine, and at
    /// an address inside of a network only where the provider itself is.
    pub(super) fn endpoint(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|url| url.username().is_empty() && url.password().is_none())?;
        let same_host = url.host_str() == self.issuer.host_str();
        let scheme = url.scheme() == "https" || (url.scheme() == self.issuer.scheme() && same_host);
        let outside = literal(&url).is_none_or(|ip| !is_inside(ip));
        (scheme && (same_host || outside) && url.host_str().is_some()).then_some(url)
    }

    /// What a GET answers.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, Failed> {
        let url = self.endpoint(url).ok_or_else(|| "an address that is not asked".to_owned())?;
        answer(self.client.get(url)).await
    }

    /// What a POST of a form answers.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        url: &str,
        authorization: Option<&str>,
        form: String,
    ) -> Result<T, Failed> {
        let url = self.endpoint(url).ok_or_else(|| "an address that is not asked".to_owned())?;
        let request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
        answer(match authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        })
        .await
    }
}

async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Failed> {
    // What reqwest says quotes addresses, which may hold a query.
    let failed = |e: reqwest::Error| e.without_url().to_string();
    let mut response = request.header("accept", "application/json").send().await.map_err(failed)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(format!("status {}", response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err("the answer is too large".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|e| format!("not the JSON expected, at column {}", e.column()))
}

/// The address of a provider: https, or http on this machine; without a query.
pub(super) fn issuer_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    let here = literal(&url).map_or(url.host_str() == Some("localhost"), |ip| ip.is_loopback());
    let good = url.scheme() == "https" || (url.scheme() == "http" && here);
    (plain && good && url.host_str().is_some()).then_some(url)
}

/// The host, where it is written as a number.
fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

/// Finds addresses by name, and keeps those inside of networks back unless the provider itself has that name.
struct Outside {
    own: String,
}

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let is_own = name.as_str().eq_ignore_ascii_case(&self.own);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let good: Vec<SocketAddr> = found.filter(|at| is_own || !is_inside(at.ip())).collect();
            if good.is_empty() {
                return Err("the name leads into a private network".into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is not one of the public Internet.
fn is_inside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_inside_v4(ip),
        IpAddr::V6(ip) => ip.to_ipv4().map_or_else(|| is_inside_v6(ip), is_inside_v4),
    }
}

fn is_inside_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
}

fn is_inside_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || (a & 0xfe00) == 0xfc00
        || (a & 0xffc0) == 0xfe80
        // These carry an address of version 4 inside.
        || (a == 0x64 && b == 0xff9b)
        || a == 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_asked_over_tls_or_on_this_machine() {
        for good in [
            "https://id.example",
            "https://id.example/realms/a",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost:3",
        ] {
            assert!(issuer_url(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "id.example",
            "http://id.example",
            "http://10.0.0.1",
            "ftp://id.example",
            "https://a:b@id.example",
            "https://id.example?x=1",
            "https://id.example#x",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "https://",
        ] {
            assert!(issuer_url(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn endpoints_do_not_lead_inside() {
        let outside = Fetch::new("https://id.example").unwrap();
        for good in ["https://id.example/token", "https://keys.example/jwks", "https://93.184.216.34/x"] {
            assert!(outside.endpoint(good).is_some(), "{good}");
        }
        for bad in [
            "http://id.example/token",
            "https://127.0.0.1/x",
            "https://10.1.2.3/",
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://100.64.0.1/",
            "https://u@id.example/",
            "file:///etc/passwd",
            "https://[64:ff9b::7f00:1]/",
            "https://0.0.0.0/",
        ] {
            assert!(outside.endpoint(bad).is_none(), "{bad}");
        }
        // A provider inside of the operator's network may have its endpoints there, and on itself alone.
        let inside = Fetch::new("https://10.0.0.5/realm").unwrap();
        assert!(inside.endpoint("https://10.0.0.5/realm/token").is_some());
        assert!(inside.endpoint("https://10.0.0.6/realm/token").is_none());
        let here = Fetch::new("http://127.0.0.1:8080").unwrap();
        assert!(here.endpoint("http://127.0.0.1:8080/token").is_some());
        assert!(here.endpoint("http://127.0.0.2:8080/token").is_none());
    }

    #[tokio::test]
    async fn names_that_lead_inside_are_not_followed() {
        let resolve =
            async |own: &str| Outside { own: own.to_owned() }.resolve("localhost".parse().unwrap()).await.is_ok();
        assert!(resolve("localhost").await);
        assert!(!resolve("id.example").await);
    }
}
