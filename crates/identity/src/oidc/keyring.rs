//! The keys that sign tokens: made when they are needed, shown before they sign, known as long as their tokens are good.

use std::sync::{Arc, PoisonError, RwLock};

use app::{App, oidc};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use kernel::{Caller, Error, Instant, OrgId, Random, Result};
use rsa::{
    RsaPrivateKey,
    pkcs1::EncodeRsaPrivateKey as _,
    rand_core::{self, CryptoRng, RngCore},
    traits::PublicKeyParts as _,
};
use sha2::{Digest as _, Sha256};

use app::seal::Sealing;

const BITS: usize = 2048;
/// A key signs for so many days.
const SIGNS_DAYS: i64 = 90;
/// The next one is shown so many days before it signs: clients that keep the keys have it by then.
const SHOWN_DAYS: i64 = 7;
/// Tokens live for an hour; a day is more than that.
const KNOWN_DAYS: i64 = 1;
/// After so many seconds the database is asked for keys that another server made.
const LOOK_AGAIN: i64 = 300;

/// The public half of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Names it.
    pub kid: String,
    /// The modulus, in base64url.
    pub n: String,
    /// The exponent, in base64url.
    pub e: String,
}

/// A key, ready for use.
pub(super) struct Known {
    pub(super) public: PublicKey,
    signs: (Instant, Instant),
    known_until: Instant,
    sign: EncodingKey,
    check: DecodingKey,
}

impl Known {
    pub(super) fn sign(&self, text: &str) -> Result<String> {
        crypto::sign(text.as_bytes(), &self.sign, Algorithm::RS256).map_err(Error::internal)
    }

    pub(super) fn is_signature(&self, signature: &str, text: &str) -> bool {
        crypto::verify(signature, text.as_bytes(), &self.check, Algorithm::RS256).unwrap_or(false)
    }
}

/// All keys at one time.
pub(super) struct Ring {
    loaded_at: Instant,
    keys: Vec<Arc<Known>>,
}

impl Ring {
    /// The one that signs.
    pub(super) fn signing(&self, at: Instant) -> Option<&Arc<Known>> {
        self.keys.iter().rfind(|k| k.signs.0 <= at && at < k.signs.1)
    }

    /// The one of this name, as long as its tokens are accepted.
    pub(super) fn named(&self, kid: &str, at: Instant) -> Option<&Arc<Known>> {
        self.keys.iter().find(|k| k.public.kid == kid && at < k.known_until)
    }

    /// Those that clients should know.
    pub(super) fn public(&self, at: Instant) -> Vec<PublicKey> {
        self.keys.iter().filter(|k| at < k.known_until).map(|k| k.public.clone()).collect()
    }

    /// When a key that is missing should sign.
    fn missing(&self, at: Instant) -> Option<Instant> {
        let Some(current) = self.signing(at) else { return Some(at) };
        let until = current.signs.1;
        let soon = until <= at.plus_days(SHOWN_DAYS);
        (soon && self.signing(until).is_none()).then_some(until)
    }
}

/// Makes and keeps the keys of an install.
pub(crate) struct Keyring {
    sealing: Sealing,
    ring: RwLock<Option<Arc<Ring>>>,
    /// Held while a key is made, so that one server makes one.
    making: tokio::sync::Mutex<()>,
}

impl Keyring {
    pub(crate) fn new(sealing: Sealing) -> Self {
        Self { sealing, ring: RwLock::default(), making: tokio::sync::Mutex::default() }
    }

    fn cached(&self, at: Instant) -> Option<Arc<Ring>> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        let fresh = ring.loaded_at <= at && at < ring.loaded_at.plus_secs(LOOK_AGAIN);
        (fresh && ring.missing(at).is_none()).then_some(ring)
    }

    /// The keys of now; those that are missing are made.
    pub(super) async fn ring(&self, app: &App) -> Result<Arc<Ring>> {
        let at = app.now();
        if let Some(ring) = self.cached(at) {
            return Ok(ring);
        }
        let _one = self.making.lock().await;
        if let Some(ring) = self.cached(at) {
            return Ok(ring);
        }
        let caller = Caller::system(OrgId::new(0), at);
        let mut ring = self.load(app, &caller).await?;
        while let Some(from) = ring.missing(at) {
            let new = self.make(app.random(), from).await?;
            let keep = async move |w: &db::Write, _: &kernel::Actor| {
                // Another server may have been faster.
                let known = oidc::keys(w).await?;
                if known.iter().any(|k| k.signs_from <= from && from < k.signs_until) {
                    return Ok(());
                }
                oidc::insert_key(w, &new).await
            };
            app.write(&caller, keep).await?;
            ring = self.load(app, &caller).await?;
        }
        let ring = Arc::new(ring);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Some(ring.clone());
        Ok(ring)
    }

    async fn load(&self, app: &App, caller: &Caller) -> Result<Ring> {
        let rows = app.read(caller, async |r, _| oidc::keys(r).await).await?;
        let keys: Result<Vec<_>> = rows.into_iter().map(|row| self.open(row).map(Arc::new)).collect();
        Ok(Ring { loaded_at: caller.at, keys: keys? })
    }

    fn open(&self, row: oidc::SigningKey) -> Result<Known> {
        let der = self.sealing.open(&row.kid, &row.sealed).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let der = der.ok_or_else(|| Error::internal("a signing key does not open with the keys of this install"))?;
        let check = DecodingKey::from_rsa_components(&row.modulus, &row.exponent).map_err(Error::internal)?;
        Ok(Known {
            public: PublicKey { kid: row.kid, n: row.modulus, e: row.exponent },
            signs: (row.signs_from, row.signs_until),
            known_until: row.known_until,
            sign: EncodingKey::from_rsa_der(&der),
            check,
        })
    }

    async fn make(&self, random: &Random, from: Instant) -> Result<oidc::NewKey> {
        let source = random.clone();
        // It takes a large part of a second: no request waits on the same thread.
        let made = tokio::task::spawn_blocking(move || RsaPrivateKey::new(&mut Source(source), BITS));
        let key = made.await.map_err(Error::internal)?.map_err(Error::internal)?;
        let der = key.to_pkcs1_der().map_err(Error::internal)?;
        let modulus = URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
        let exponent = URL_SAFE_NO_PAD.encode(key.e().to_bytes_be());
        // RFC 7638.
        let print = Sha256::digest(format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#));
        let kid = URL_SAFE_NO_PAD.encode(print);
        let sealed = self.sealing.seal(&kid, &URL_SAFE_NO_PAD.encode(der.as_bytes()), random)?;
        let signs_until = from.plus_days(SIGNS_DAYS);
        let known_until = signs_until.plus_days(KNOWN_DAYS);
        Ok(oidc::NewKey { kid, sealed, modulus, exponent, signs_from: from, signs_until, known_until })
    }
}

/// Our source of randomness, as the maker of keys wants it.
struct Source(Random);

impl RngCore for Source {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.0.bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.0.bytes())
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let bytes = self.0.bytes::<32>();
            let len = chunk.len();
            chunk.copy_from_slice(&bytes[..len]);
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> std::result::Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Source {}
