//! The text that is signed, and signing it (RFC 5849 §3.4).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::percent_encode;
use sha1::Sha1;
use sha2::Sha256;

/// How a request is signed (O3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// What every client of this API uses.
    HmacSha1,
    /// The same with a hash of today.
    HmacSha256,
}

impl Algorithm {
    /// The word of `oauth_signature_method`; everything else is refused (O3).
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "HMAC-SHA1" => Some(Self::HmacSha1),
            "HMAC-SHA256" => Some(Self::HmacSha256),
            _ => None,
        }
    }

    /// Whether `signature` (Base64) is the one of `text` under this secret. The comparison takes the same time wherever
    /// the two differ.
    pub(super) fn is_good(self, secret: &str, text: &str, signature: &str) -> bool {
        // What is no Base64 is compared as well, as an empty signature: it takes the same path.
        let signature = STANDARD.decode(signature).unwrap_or_default();
        let key = format!("{}&", percent_encode(secret));
        match self {
            Self::HmacSha1 => {
                let Ok(mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return false };
                mac.chain_update(text).verify_slice(&signature).is_ok()
            }
            Self::HmacSha256 => {
                let Ok(mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return false };
                mac.chain_update(text).verify_slice(&signature).is_ok()
            }
        }
    }

    /// The signature, for tests.
    #[cfg(test)]
    pub(super) fn sign(self, secret: &str, text: &str) -> String {
        let key = format!("{}&", percent_encode(secret));
        match self {
            Self::HmacSha1 => {
                let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap();
                STANDARD.encode(mac.chain_update(text).finalize().into_bytes())
            }
            Self::HmacSha256 => {
                let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
                STANDARD.encode(mac.chain_update(text).finalize().into_bytes())
            }
        }
    }
}

/// `METHOD & enc(address) & enc(parameters)`. The pairs are encoded already; they are sorted by name, then value.
pub(super) fn base_string(method: &str, origin: &str, path: &str, mut pairs: Vec<(String, String)>) -> String {
    pairs.sort_unstable();
    let mut normal = String::new();
    for (name, value) in &pairs {
        if !normal.is_empty() {
            normal.push('&');
        }
        normal.push_str(name);
        normal.push('=');
        normal.push_str(value);
    }
    let address = format!("{}{path}", base_origin(origin));
    format!("{}&{}&{}", method.to_ascii_uppercase(), percent_encode(address), percent_encode(&normal))
}

/// Scheme and host in small letters; the port only where it is not the scheme's own.
fn base_origin(origin: &str) -> String {
    let origin = origin.to_ascii_lowercase();
    let default = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(default).map(str::to_owned).unwrap_or(origin)
}
