//! What a provider says about itself, its keys, and the exchange of a code for a token. What seldom changes is kept.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as StdMutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::jwk::Jwk;
use kernel::Instant;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::fetch::{Failed, Fetch};
use kernel::percent_encode;

/// How long what a provider says about itself is kept, in seconds.
const KEPT: i64 = 3600;
/// So often at most keys are asked for again because a token names an unknown one.
const AGAIN: i64 = 60;
/// After a failure it is not asked again for so many seconds.
const REST: i64 = 10;

/// The discovery document, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Document {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    /// Whether its answers always say who answers (RFC 9207).
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// A provider as it was when it was last asked.
#[derive(Default)]
struct State {
    document: Option<(Arc<Document>, Instant)>,
    keys: Option<(Arc<Vec<Jwk>>, Instant)>,
    failed: Option<(Failed, Instant)>,
}

/// One provider. Whoever asks waits for the one who asks already.
pub(super) struct Remote {
    issuer: String,
    fetch: Fetch,
    state: Mutex<State>,
}

/// A code, and what goes with it.
pub(super) struct Exchange<'a> {
    pub(super) client_id: &'a str,
    pub(super) secret: Option<&'a str>,
    pub(super) code: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: &'a str,
}

/// All providers that were asked.
#[derive(Default)]
pub(crate) struct Remotes(StdMutex<HashMap<String, Arc<Remote>>>);

impl Remotes {
    /// The provider at this address.
    pub(super) fn at(&self, issuer: &str) -> Result<Arc<Remote>, Failed> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(issuer) {
            return Ok(known.clone());
        }
        let new = Remote { issuer: issuer.to_owned(), fetch: Fetch::new(issuer)?, state: Mutex::default() };
        Ok(all.entry(issuer.to_owned()).or_insert(Arc::new(new)).clone())
    }
}

impl Remote {
    /// What it says about itself.
    pub(super) async fn document(&self, at: Instant) -> Result<Arc<Document>, Failed> {
        let mut state = self.state.lock().await;
        if let Some((document, since)) = &state.document
            && at < since.plus_secs(KEPT)
        {
            return Ok(document.clone());
        }
        if let Some((why, since)) = &state.failed
            && at < since.plus_secs(REST)
        {
            return Err(why.clone());
        }
        match self.discover().await {
            Ok(document) => {
                let document = Arc::new(document);
                state.document = Some((document.clone(), at));
                Ok(document)
            }
            Err(why) => {
                state.failed = Some((why.clone(), at));
                Err(why)
            }
        }
    }

    async fn discover(&self) -> Result<Document, Failed> {
        let at = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let document: Document = self.fetch.get(&at).await?;
        if document.issuer != self.issuer {
            return Err("it says that it is somebody else".to_owned());
        }
        let all = [&document.authorization_endpoint, &document.token_endpoint, &document.jwks_uri];
        if all.iter().any(|url| self.fetch.endpoint(url).is_none()) {
            return Err("one of its endpoints is at an address that is not asked".to_owned());
        }
        Ok(document)
    }

    /// Its keys. `missing` says that a token names one that is not among those of before.
    pub(super) async fn keys(&self, at: Instant, missing: bool) -> Result<Arc<Vec<Jwk>>, Failed> {
        let document = self.document(at).await?;
        let mut state = self.state.lock().await;
        let lasts = if missing { AGAIN } else { KEPT };
        if let Some((keys, since)) = &state.keys
            && at < since.plus_secs(lasts)
        {
            return Ok(keys.clone());
        }
        let set: Keys = self.fetch.get(&document.jwks_uri).await?;
        // Kinds of keys that we do not know do not spoil the others.
        let keys: Vec<Jwk> = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        let keys = Arc::new(keys);
        state.keys = Some((keys.clone(), at));
        Ok(keys)
    }

    /// Gives a code for an id token.
    pub(super) async fn exchange(&self, document: &Document, what: &Exchange<'_>) -> Result<String, Failed> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", what.code),
            ("redirect_uri", what.redirect_uri),
            ("code_verifier", what.verifier),
        ];
        let methods = &document.token_endpoint_auth_methods_supported;
        // Without a word of the provider it is the header (OpenID Connect Discovery, section 3).
        let in_form = !methods.is_empty() && methods.iter().all(|m| m != "client_secret_basic");
        let header = match what.secret {
            Some(secret) if !in_form => {
                let pair = format!("{}:{}", percent_encode(what.client_id), percent_encode(secret));
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            Some(secret) => {
                form.extend([("client_id", what.client_id), ("client_secret", secret)]);
                None
            }
            None => {
                form.push(("client_id", what.client_id));
                None
            }
        };
        let form: Vec<String> = form.iter().map(|(n, v)| format!("{n}={}", percent_encode(v))).collect();
        let tokens: Tokens = self.fetch.post(&document.token_endpoint, header.as_deref(), form.join("&")).await?;
        Ok(tokens.id_token)
    }
}
