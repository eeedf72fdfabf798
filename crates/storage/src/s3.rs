//! S3 and what speaks like it.

use std::sync::Arc;

use object_store::{
    ClientOptions,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey as Key},
    client::{HttpClient, HttpConnector},
    path::Path as Location,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use crate::SettingError;

pub const GET: reqwest::Method = reqwest::Method::GET;

/// What can be said after the bucket's name.
const SETTINGS: &[(&str, Key)] = &[
    ("region", Key::Region),
    ("endpoint", Key::Endpoint),
    ("access_key_id", Key::AccessKeyId),
    ("secret_access_key", Key::SecretAccessKey),
    ("session_token", Key::Token),
    ("virtual_hosted_style", Key::VirtualHostedStyleRequest),
];

/// Opens what follows `s3:`.
pub fn open(rest: &str) -> Result<(AmazonS3, Location), SettingError> {
    let wrong = |what: String| SettingError(what);
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let place = place.trim_start_matches('/');
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        return Err(wrong("needs a bucket, as in `s3://bucket?region=…`".to_owned()));
    }
    let prefix = Location::parse(prefix).map_err(|_| wrong("has a prefix that is no path".to_owned()))?;
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_http_connector(Connector);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name == "allow_http" {
            // Only the address says so: without TLS everybody on the way reads the files.
            builder = builder.with_allow_http(value == "true");
        } else if let Some((_, key)) = SETTINGS.iter().find(|(known, _)| *known == name) {
            builder = builder.with_config(*key, value);
        } else {
            let known: Vec<&str> = SETTINGS.iter().map(|(name, _)| *name).collect();
            return Err(wrong(format!("does not know `{name}`; it knows {}, allow_http", known.join(", "))));
        }
    }
    // Its words name what is missing; they quote addresses, never keys.
    let store = builder.build().map_err(|e| wrong(format!("cannot be used: {e}")))?;
    Ok((store, prefix))
}

/// Makes HTTP clients with the one TLS of this program.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| object_store::Error::Generic { store: "S3", source };
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| failed(e.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(std::time::Duration::from_secs(5))
            // No bytes for so long: a large file may take as long as it needs.
            .read_timeout(std::time::Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| failed(e.into()))?;
        Ok(HttpClient::new(client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_understood_or_told_what_is_wrong() {
        let keys = "access_key_id=a&secret_access_key=hush";
        for good in [
            format!("//bucket?region=eu-central-1&{keys}"),
            format!("//bucket/some/where?{keys}&endpoint=http://127.0.0.1:9000&allow_http=true"),
        ] {
            assert!(open(&good).is_ok(), "{good}");
        }
        for (bad, told) in [("//?region=x", "bucket"), ("//bucket?regoin=x", "regoin"), ("//b/a//c?region=x", "prefix")]
        {
            let error = open(bad).map(drop).unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("hush"), "{error}");
        }
    }
}
