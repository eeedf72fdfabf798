//! Making programs and renewing their secrets.

use app::{
    client::{Kind, New},
    seal::Sealing,
};
use kernel::{Caller, Error, Problem, PropertyId, Random, Result, Scope};

use crate::{Identity, oidc::digest};

/// The key that no program has; see [`decoy`].
pub(super) const NOBODY: &str = "";

/// No name is longer.
const LONGEST_NAME: usize = 100;

/// What a program signs its requests with. The secret is shown this once and never again.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Names the program; no secret.
    pub key: String,
    /// Signs.
    pub secret: String,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("key", &self.key).finish_non_exhaustive()
    }
}

#[operations::compiled_here]
impl Identity {
    /// Makes a program that signs its requests, with a key and a secret of 256 bits. `properties` limits where it may do
    /// what its scopes say; `None` stands for everywhere.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for a property of somebody else; [`Error::Invalid`].
    pub async fn create_client(
        &self,
        caller: &Caller,
        name: &str,
        scopes: &[Scope],
        properties: Option<Vec<PropertyId>>,
    ) -> Result<Credential> {
        self.new_client(caller, name, |key, sealed, name| New {
            kind: Kind::Oauth1,
            key,
            sealed,
            name,
            grants: Vec::new(),
            scopes: scopes.to_vec(),
            properties,
        })
        .await
    }

    /// Makes a program of either kind, with a key and a secret of 256 bits.
    pub(crate) async fn new_client(
        &self,
        caller: &Caller,
        name: &str,
        new: impl FnOnce(String, Vec<u8>, String) -> New,
    ) -> Result<Credential> {
        let name = checked_name(name)?;
        let random = self.app.random();
        let made = Credential { key: new_key(random), secret: random.secret() };
        let sealed = self.sealing.seal(&made.key, &made.secret, random)?;
        self.app.clients().create(caller, new(made.key.clone(), sealed, name)).await?;
        Ok(made)
    }

    /// Gives a program another secret. Those it has stay good for `overlap` seconds, so that it can change over without
    /// a pause.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] when no program of the organization has this key.
    pub async fn rotate_client(&self, caller: &Caller, key: &str, overlap: u32) -> Result<Credential> {
        let clients = self.app.clients();
        let known = clients.list(caller).await?.into_iter().find(|c| c.key == key && c.revoked_at.is_none());
        let known = known.ok_or(Error::NotFound("client"))?;
        let random = self.app.random();
        let made = Credential { key: known.key.clone(), secret: random.secret() };
        let sealed = match known.kind == Kind::ApiKey.as_str() {
            true => digest(&made.secret),
            false => self.sealing.seal(&made.key, &made.secret, random)?,
        };
        clients.add_secret(caller, known.id, sealed, caller.at.plus_secs(i64::from(overlap))).await?;
        Ok(made)
    }
}

/// What stands in for the secret of a key that nobody has: opening it takes as long as opening a real one.
pub(crate) fn decoy(sealing: &Sealing) -> Vec<u8> {
    // Bound to a key that no program has, it opens for nobody.
    sealing.seal(NOBODY, &"-".repeat(43), &Random::System).unwrap_or_default()
}

/// The public half of a credential: 128 random bits.
pub(crate) fn new_key(random: &Random) -> String {
    random.bytes::<16>().iter().map(|b| format!("{b:02x}")).collect()
}

/// A program's name, when it can be one.
pub(crate) fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err(Error::invalid("name", Problem::Blank)),
        n if n > LONGEST_NAME => Err(Error::invalid("name", Problem::TooLong(LONGEST_NAME))),
        _ if name.contains('\0') => Err(Error::invalid("name", Problem::NotAllowed)),
        _ => Ok(name.to_owned()),
    }
}
