//! Whether a signed request is good, and who it comes from.

use kernel::{Caller, Door, Error, OrgId, Principal};

use super::params::{self, Parsed, SignedRequest};
use crate::Identity;

/// How far a request's time may be off the server's clock, in seconds (O4).
pub const TIME_WINDOW: i64 = 300;

/// Why a request is not accepted.
#[derive(Clone, Debug)]
pub enum SignatureError {
    /// The signature, or something it depends on, is not good. Nothing more is told: neither whether the key is
    /// known, nor what was wrong (O8).
    Refused,
    /// It could not be checked.
    Other(Error),
}

impl From<Error> for SignatureError {
    fn from(e: Error) -> Self {
        Self::Other(e)
    }
}

#[operations::compiled_here]
impl Identity {
    /// Who a signed request comes from: the program whose key it names, when one of the program's secrets signed it, it
    /// is no older than [`TIME_WINDOW`], and it was not seen before. Time and signature are checked before anything is
    /// written, so nobody fills the table of nonces without a secret.
    ///
    /// # Errors
    /// See [`SignatureError`].
    pub async fn authenticate_signed(&self, door: Door, request: &SignedRequest<'_>) -> Result<Caller, SignatureError> {
        let at = self.app.now();
        let parsed = params::parse(request).ok_or(SignatureError::Refused)?;
        if at.secs().abs_diff(parsed.timestamp) > TIME_WINDOW.unsigned_abs() {
            return Err(SignatureError::Refused);
        }
        // A key carries its organization; before it is known there is none.
        let nobody = Caller::anonymous(OrgId::new(0), door, at);
        let known = self.app.clients().by_key(&nobody, &parsed.key).await?;
        let sealed = known.as_ref().map(|k| k.sealed.as_slice()).unwrap_or_default();
        if !self.is_signed(&parsed, sealed) {
            return Err(SignatureError::Refused);
        }
        let known = known.ok_or(SignatureError::Refused)?;
        let caller = Caller { org: known.org, principal: Principal::Client(known.id), door, at, only: None };
        if self.app.clients().first_use(known.id, parsed.timestamp, &parsed.nonce).await? {
            Ok(caller)
        } else {
            Err(SignatureError::Refused)
        }
    }

    /// Whether one of these secrets signed the request. All of them are tried, and a key nobody has is tried with a
    /// secret nobody has: how long it takes tells neither which secret it was nor whether the key exists.
    fn is_signed(&self, parsed: &Parsed, sealed: &[Vec<u8>]) -> bool {
        let decoy = [self.decoy.clone()];
        let (sealed, exists) = if sealed.is_empty() { (&decoy[..], false) } else { (sealed, true) };
        let mut good = false;
        for one in sealed {
            let key = if exists { parsed.key.as_str() } else { super::clients::NOBODY };
            let secret = self.sealing.open(key, one);
            let matches =
                parsed.algorithm.is_good(secret.as_deref().unwrap_or_default(), &parsed.base, &parsed.signature);
            good |= matches && secret.is_some();
        }
        good && exists
    }
}
