//! The keys with which passphrases are kept and portal links are made, derived from one key of the install.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Error, PropertyId, Random, Result, UnitId};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::seal::Sealing;

type Hash = Hmac<Sha256>;

/// The bytes in the secret of a portal link, and those of them that name the unit.
const LINK: usize = 32;
const NAME: usize = 8;

/// Seals passphrases, tells whether two are the same, and makes the secrets of portal links. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    sealing: Sealing,
    same: Hash,
    links: Hash,
}

impl Vault {
    /// From a key that serves nothing else.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let key = keyed(key);
        let derived = |label: &str| -> [u8; 32] { key.clone().chain_update(label).finalize().into_bytes().into() };
        let (same, links) = (keyed(&derived("same passphrases v1")), keyed(&derived("portal links v1")));
        Self { sealing: Sealing::new(&derived("secrets at rest v1")), same, links }
    }

    /// A secret as it is stored; it opens for `owner` alone.
    pub(crate) fn seal(&self, owner: Uuid, secret: &str, random: &Random) -> Result<Vec<u8>> {
        self.sealing.seal(&owner.to_string(), secret, random)
    }

    /// The secret of `owner`.
    pub(crate) fn open(&self, owner: Uuid, sealed: &[u8]) -> Result<String> {
        self.sealing.open(&owner.to_string(), sealed).ok_or_else(|| Error::internal("a sealed secret does not open"))
    }

    /// What two equal passphrases of one property have in common, and others do not.
    pub(crate) fn fingerprint(&self, property: PropertyId, passphrase: &str) -> Vec<u8> {
        let hash = self.same.clone().chain_update(property.get().to_be_bytes()).chain_update(passphrase);
        hash.finalize().into_bytes().to_vec()
    }

    /// The secret in the portal link of a unit: 43 characters of base64url. The same again and again until the
    /// generation is raised. Its first 8 bytes say which unit, so that none is searched for; the other 24 prove it.
    pub(crate) fn link(&self, unit: UnitId, uid: Uuid, generation: i64) -> String {
        let hash = self.links.clone().chain_update(uid.as_bytes()).chain_update(generation.to_be_bytes());
        let mut bytes: [u8; LINK] = hash.finalize().into_bytes().into();
        bytes[..NAME].copy_from_slice(&unit.get().to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Which unit a secret says it is of; nothing is proven by that.
    pub(crate) fn named_by(secret: &str) -> Option<UnitId> {
        let bytes = URL_SAFE_NO_PAD.decode(secret).ok().filter(|bytes| bytes.len() == LINK)?;
        bytes.first_chunk().map(|name| UnitId::new(i64::from_be_bytes(*name)))
    }

    /// Whether this is the secret of that unit; takes the same time whatever is wrong with it.
    pub(crate) fn is_link(&self, unit: UnitId, uid: Uuid, generation: i64, secret: &str) -> bool {
        self.link(unit, uid, generation).as_bytes().ct_eq(secret.as_bytes()).into()
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
fn keyed(key: &[u8; 32]) -> Hash {
    Hash::new_from_slice(key).expect("any length will do")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_made_again_until_its_generation_ends() {
        let (vault, other) = (Vault::new(&[7; 32]), Vault::new(&[8; 32]));
        let (unit, neighbour) = ((UnitId::new(1), Uuid::from_u128(1)), (UnitId::new(2), Uuid::from_u128(2)));
        let link = vault.link(unit.0, unit.1, 0);
        assert_eq!(link.len(), 43);
        assert!(link.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{link}");
        let is_link = |vault: &Vault, (id, uid), generation| vault.is_link(id, uid, generation, &link);
        assert!(is_link(&vault, unit, 0));
        assert!(!is_link(&vault, unit, 1) && !is_link(&vault, neighbour, 0) && !is_link(&other, unit, 0));
        assert!(!is_link(&vault, (neighbour.0, unit.1), 0) && !is_link(&vault, (unit.0, neighbour.1), 0));
        assert!(!vault.is_link(unit.0, unit.1, 0, "") && !vault.is_link(unit.0, unit.1, 0, &link[..42]));
    }

    #[test]
    fn a_link_names_its_unit_and_other_texts_name_none() {
        let link = Vault::new(&[7; 32]).link(UnitId::new(i64::MAX), Uuid::nil(), 3);
        assert_eq!(Vault::named_by(&link), Some(UnitId::new(i64::MAX)));
        for text in ["", "x", &link[1..], &format!("{link}A"), &link.replace(&link[..1], "%"), &"ä".repeat(43)] {
            assert_eq!(Vault::named_by(text), None, "{text}");
        }
    }

    #[test]
    fn equal_passphrases_are_told_within_a_property_alone() {
        let vault = Vault::new(&[7; 32]);
        let (a, b) = (PropertyId::new(1), PropertyId::new(2));
        assert_eq!(vault.fingerprint(a, "correct horse"), vault.fingerprint(a, "correct horse"));
        assert_ne!(vault.fingerprint(a, "correct horse"), vault.fingerprint(b, "correct horse"));
        assert_ne!(vault.fingerprint(a, "correct horse"), vault.fingerprint(a, "correct horsf"));
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_alone() {
        let (vault, random) = (Vault::new(&[7; 32]), Random::seeded(1));
        let sealed = vault.seal(Uuid::from_u128(1), "correct horse", &random).unwrap();
        assert_eq!(vault.open(Uuid::from_u128(1), &sealed).unwrap(), "correct horse");
        assert!(vault.open(Uuid::from_u128(2), &sealed).is_err());
    }
}
