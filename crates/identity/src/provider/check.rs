//! Whether an id token is what it should be (OpenID Connect Core, section 3.1.3.7).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, crypto,
    jwk::{AlgorithmParameters, Jwk, PublicKeyUse},
};
use kernel::Instant;
use serde::{Deserialize, de::DeserializeOwned};
use subtle::ConstantTimeEq as _;

/// How far clocks may be apart, in seconds.
const LEEWAY: i64 = 60;
/// No good token is longer.
const MOST_BYTES: usize = 64 * 1024;
/// No subject is longer, in characters.
const LONGEST_SUBJECT: usize = 255;
/// RSA keys below 2048 bits prove nothing.
const SHORTEST_MODULUS: usize = 256;

/// What a token has to fit.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) at: Instant,
}

/// A token, taken apart and not believed yet.
pub(super) struct Token<'t> {
    text: &'t str,
    signature: &'t str,
    algorithm: Algorithm,
    kid: Option<String>,
    claims: Claims,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    iat: f64,
    #[serde(default)]
    nbf: Option<f64>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl<'t> Token<'t> {
    /// Takes a token apart; why not, for the log. Algorithms are those of key pairs, never `none` or one with a shared
    /// secret: the secret would be the provider's public key.
    pub(super) fn read(token: &'t str) -> Result<Self, &'static str> {
        if token.len() > MOST_BYTES {
            return Err("the token is too long");
        }
        let (text, signature) = token.rsplit_once('.').ok_or("the token has no parts")?;
        let (header, claims) = text.split_once('.').ok_or("the token has too few parts")?;
        let header: Header = part(header).ok_or("the token's header cannot be read")?;
        if header.crit.is_some() {
            return Err("the token asks for what we do not know");
        }
        let algorithm = match header.alg.as_str() {
            "RS256" => Algorithm::RS256,
            "PS256" => Algorithm::PS256,
            "ES256" => Algorithm::ES256,
            "EdDSA" => Algorithm::EdDSA,
            _ => return Err("the token's algorithm is not allowed"),
        };
        let claims = part(claims).ok_or("the token's claims cannot be read")?;
        Ok(Self { text, signature, algorithm, kid: header.kid, claims })
    }

    /// Whether one of these keys may have signed it: the one it names, else the only one of its kind.
    pub(super) fn key<'k>(&self, keys: &'k [Jwk]) -> Option<&'k Jwk> {
        let mut fitting = keys.iter().filter(|key| fits(key, self.algorithm));
        match &self.kid {
            Some(kid) => fitting.find(|key| key.common.key_id.as_ref() == Some(kid)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }

    /// The subject, when `key` signed it and all that it says fits.
    pub(super) fn subject(self, key: &Jwk, expected: &Expected<'_>) -> Result<String, &'static str> {
        let key = DecodingKey::from_jwk(key).map_err(|_| "the provider's key cannot be used")?;
        let good = crypto::verify(self.signature, self.text.as_bytes(), &key, self.algorithm).unwrap_or(false);
        if !good {
            return Err("the token is not signed by the provider");
        }
        self.claims.judge(expected)
    }
}

impl Claims {
    fn judge(self, expected: &Expected<'_>) -> Result<String, &'static str> {
        let ours = |party: &String| party == expected.client_id;
        let (named, several) = match &self.aud {
            Audience::One(one) => (ours(one), false),
            Audience::Many(many) => (many.iter().any(ours), many.len() > 1),
        };
        #[expect(clippy::cast_precision_loss, reason = "seconds of this age are exact")]
        let (now, leeway) = (expected.at.secs() as f64, LEEWAY as f64);
        let nonce = self.nonce.as_deref().unwrap_or_default();
        if self.iss != expected.issuer {
            return Err("the token is of another issuer");
        }
        if !named {
            return Err("the token is for somebody else");
        }
        if self.azp.as_ref().is_some_and(|azp| !ours(azp)) || (several && self.azp.is_none()) {
            return Err("the token was given to somebody else");
        }
        if self.exp + leeway <= now {
            return Err("the token has expired");
        }
        if self.iat - leeway > now || self.nbf.is_some_and(|nbf| nbf - leeway > now) {
            return Err("the token's time has not come");
        }
        if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
            return Err("the token is of another sign-in");
        }
        let sub = self.sub;
        if sub.is_empty() || sub.chars().count() > LONGEST_SUBJECT || sub.contains('\0') {
            return Err("the token has no good subject");
        }
        Ok(sub)
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// Whether a key signs with this algorithm: by its kind, its use, and what it says itself.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let says = key.common.key_algorithm.is_none_or(|alg| alg.to_string() == format!("{algorithm:?}"));
    let signs = key.common.public_key_use.as_ref().is_none_or(|u| *u == PublicKeyUse::Signature);
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(rsa), Algorithm::RS256 | Algorithm::PS256) => {
            URL_SAFE_NO_PAD.decode(&rsa.n).is_ok_and(|n| n.iter().skip_while(|b| **b == 0).count() >= SHORTEST_MODULUS)
        }
        (AlgorithmParameters::EllipticCurve(_), Algorithm::ES256)
        | (AlgorithmParameters::OctetKeyPair(_), Algorithm::EdDSA) => true,
        _ => false,
    };
    says && signs && kind
}
