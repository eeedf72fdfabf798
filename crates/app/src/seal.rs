//! Secrets at rest that the server needs back, so that they cannot be hashed: encrypted under a key of the install, and
//! bound to what they belong to.

use chacha20poly1305::{
    ChaCha20Poly1305, Key, Nonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use kernel::{Error, Random, Result};

/// Tells how the rest is to be read.
const VERSION: u8 = 1;
const NONCE: usize = 12;

/// Encrypts and decrypts secrets.
#[derive(Clone)]
pub struct Sealing(ChaCha20Poly1305);

impl Sealing {
    /// With a key that serves nothing else.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(&Key::from(*key)))
    }

    /// A version, a random nonce, the encrypted secret with its tag. It opens for the same `owner` alone, so a row
    /// that was moved to another one opens nothing.
    ///
    /// # Errors
    /// When the secret is too long to be encrypted.
    pub fn seal(&self, owner: &str, secret: &str, random: &Random) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE] = random.bytes();
        let payload = Payload { msg: secret.as_bytes(), aad: owner.as_bytes() };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::internal("a secret could not be sealed"))?;
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// The secret; nothing when it was sealed with another key, for another owner, or was changed.
    #[must_use]
    pub fn open(&self, owner: &str, sealed: &[u8]) -> Option<String> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, msg) = rest.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        if *version != VERSION {
            return None;
        }
        let payload = Payload { msg, aad: owner.as_bytes() };
        self.0.decrypt(&Nonce::from(nonce), payload).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_own_key_alone() {
        let (random, sealing) = (Random::seeded(1), Sealing::new(&[7; 32]));
        let sealed = sealing.seal("key", "a secret", &random).unwrap();
        assert_eq!(sealing.open("key", &sealed).as_deref(), Some("a secret"));
        assert_eq!(sealing.open("yek", &sealed), None);
        assert_eq!(Sealing::new(&[8; 32]).open("key", &sealed), None);
        assert_ne!(sealed, sealing.seal("key", "a secret", &random).unwrap(), "a nonce is used once");
        for i in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[i] ^= 1;
            assert_eq!(sealing.open("key", &damaged), None, "byte {i}");
            assert_eq!(sealing.open("key", &sealed[..i]), None, "cut at {i}");
        }
    }
}
