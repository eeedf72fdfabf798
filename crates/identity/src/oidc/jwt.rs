//! Signed tokens (RS256): what stands in them, making them, reading them back.

use std::sync::Arc;

use app::{
    login::Proof,
    oidc::{Party, Profile},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Instant, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use super::keyring::{Known, Ring};

/// How long access and id tokens are good, in seconds.
pub(super) const LIFETIME: i64 = 3600;
/// No token of ours is longer.
const MAX_BYTES: usize = 16 * 1024;

/// Which kind of token: one is never taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Access,
}

impl Kind {
    const fn typ(self) -> &'static str {
        match self {
            Self::Id => "JWT",
            Self::Access => "at+jwt",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// What an access token says (RFC 9068). `sid`, `org` and `person` are ours.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Access {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) aud: Vec<String>,
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: String,
    pub(super) sid: i64,
    pub(super) org: i64,
    pub(super) person: i64,
}

/// What an id token says.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Id<'a> {
    pub(super) iss: &'a str,
    pub(super) sub: String,
    pub(super) aud: &'a str,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acr: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) amr: Option<&'static [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sid: Option<String>,
    pub(super) at_hash: String,
    #[serde(flatten)]
    pub(super) claims: Claims,
}

/// How somebody proved who they are, in our own word.
pub(super) const fn acr(proof: Proof) -> &'static str {
    match proof {
        Proof::Password => "urn:portico:acr:password",
        Proof::Provider => "urn:portico:acr:provider",
        Proof::Invitation => "urn:portico:acr:invitation",
        Proof::Passkey => "urn:portico:acr:passkey",
    }
}

/// The same in the words of RFC 8176, and in that of others for a sign-in elsewhere, for which it has none.
pub(super) const fn amr(proof: Proof) -> &'static [&'static str] {
    match proof {
        Proof::Password => &["pwd"],
        Proof::Provider => &["fed"],
        Proof::Invitation => &["otp"],
        // A key that was used with somebody present.
        Proof::Passkey => &["pop", "user"],
    }
}

/// What is read of an id token that is sent back as a hint.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Hint {
    pub(super) iss: String,
    pub(super) aud: String,
    #[serde(default)]
    pub(super) sid: Option<String>,
}

/// What a client is told about a person, as far as the scopes go.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Claims {
    /// Scope `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Scope `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Scope `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Scope `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Scope `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
}

impl Claims {
    pub(super) fn of(profile: &Profile, scopes: &str) -> Self {
        let has = |scope| scopes.split(' ').any(|s| s == scope);
        let mut claims = Self::default();
        if has("email") {
            claims.email.clone_from(&profile.email);
        }
        if has("profile") {
            let some = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
            claims.name = some(&format!("{} {}", profile.first_name, profile.last_name));
            claims.given_name = some(&profile.first_name);
            claims.family_name = some(&profile.last_name);
            claims.updated_at = Some(profile.updated_at.secs());
        }
        claims
    }
}

/// The audiences of a client's access tokens.
pub(super) fn audiences(issuer: &str, party: &Party) -> Vec<String> {
    let mut all = vec![userinfo(issuer)];
    all.extend(party.opens_community.then(|| community(issuer)));
    all
}

pub(super) fn userinfo(issuer: &str) -> String {
    format!("{issuer}/oidc/userinfo")
}

pub(super) fn community(issuer: &str) -> String {
    format!("{issuer}/api/v1")
}

/// The left half of a token's hash, as id tokens tell it.
pub(super) fn half_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(token)[..16])
}

pub(super) fn sign(key: &Known, kind: Kind, claims: &impl Serialize) -> Result<String> {
    let header = Header { alg: "RS256".to_owned(), typ: kind.typ().to_owned(), kid: key.public.kid.clone() };
    let encode = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
    let header = serde_json::to_vec(&header).map(encode).map_err(Error::internal)?;
    let payload = serde_json::to_vec(claims).map(encode).map_err(Error::internal)?;
    let text = format!("{header}.{payload}");
    let signature = key.sign(&text)?;
    Ok(format!("{text}.{signature}"))
}

/// The claims of a token that this install has signed. Its time is not looked at.
pub(super) fn open<T: DeserializeOwned>(ring: &Arc<Ring>, kind: Kind, token: &str, at: Instant) -> Option<T> {
    if token.len() > MAX_BYTES {
        return None;
    }
    let (text, signature) = token.rsplit_once('.')?;
    let (header, payload) = text.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.alg != "RS256" || header.typ != kind.typ() {
        return None;
    }
    if !ring.named(&header.kid, at)?.is_signature(signature, text) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
