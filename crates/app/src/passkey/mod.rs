//! Passkeys: keys in people's devices, with which they sign in. What a browser brings is checked by `identity`; here is
//! what is kept of it, and the rules: whose they are, how many, and that nobody locks themselves out.

mod store;

#[cfg(test)]
mod tests;

use db::{Change, Read, Write};
use kernel::{Caller, Error, Faults, Instant, PasskeyId, PersonId, Problem, Result};

use crate::{
    diff::Diff,
    handle, login,
    message::{self, Mail, templates},
    organization,
};

pub use store::{Known, Owner, Passkey, find, owner};
pub(crate) use store::{forget_answers, of_person, remove_all};

/// So many passkeys of one person.
pub const MOST: usize = 20;
/// The longest name, in characters.
pub const LONGEST_NAME: usize = 60;

/// A key that was made and found good.
#[derive(Clone, Debug)]
pub struct New {
    /// What names it.
    pub credential: Vec<u8>,
    /// The host it is for.
    pub rp_id: String,
    /// What its signatures are checked with.
    pub public_key: Vec<u8>,
    /// What the device said of it.
    pub state: Vec<u8>,
    /// How its owner calls it.
    pub name: String,
}

handle! {
    /// Operations on one's own passkeys.
    Passkeys
}

#[operations::compiled_here]
impl Passkeys<'_> {
    /// The caller's passkeys, the oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Passkey>> {
        self.0.read(caller, async |r, actor| of_person(r, actor.person().ok_or(Error::Forbidden)?).await).await
    }

    /// Calls one otherwise.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] at `name`.
    pub async fn rename(&self, caller: &Caller, id: PasskeyId, name: &str) -> Result<()> {
        let name = name.trim().to_owned();
        self.0
            .write(caller, async move |w, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                let now = store::get(w, me, id).await?.ok_or(Error::NotFound("passkey"))?;
                check_name(&name)?;
                let mut diff = Diff::default();
                diff.field("name", &now.name, &name);
                if !diff.is_empty() {
                    store::rename(w, id, &name).await?;
                    w.change(Change::new("passkey.renamed", id).person(me).data(diff.json()));
                }
                Ok(())
            })
            .await
    }
}

/// Whether a name can be kept.
///
/// # Errors
/// [`Error::Invalid`] at `name`.
pub fn check_name(name: &str) -> Result<()> {
    let mut faults = Faults::new();
    if name.trim().is_empty() {
        faults.add("name", Problem::Required);
    } else if name.chars().count() > LONGEST_NAME {
        faults.add("name", Problem::TooLong(LONGEST_NAME));
    } else if !kernel::has_no_nul(name) {
        faults.add("name", Problem::Malformed);
    }
    faults.finish()
}

/// Keeps a new passkey of the caller, and mails its owner that there is one.
///
/// # Errors
/// [`Error::Invalid`] at `name`; [`Error::Conflict`] `too_many_passkeys`, `passkey_taken`.
pub async fn add(w: &Write, me: PersonId, new: &New) -> Result<PasskeyId> {
    check_name(&new.name)?;
    if of_person(w, me).await?.len() >= MOST {
        return Err(Error::Conflict("too_many_passkeys"));
    }
    let id = store::insert(w, me, new).await?.ok_or(Error::Conflict("passkey_taken"))?;
    let mut diff = Diff::default();
    diff.field("name", &None, &Some(&new.name));
    w.change(Change::new("passkey.added", id).person(me).data(diff.json()));
    let login = login::of_person(w, me).await?.ok_or(Error::Forbidden)?;
    if let Some(to) = login.email {
        let language = message::language::of(w, me).await?;
        let organization = organization::get(w).await?;
        let (subject, text, html) = templates::passkey_added(language, &organization.name, &new.name);
        let mail = Mail { person: me, kind: "passkey", to, subject, text, html: Some(html) };
        message::queue(w, &mail).await?;
    }
    Ok(id)
}

/// Takes one of the caller's passkeys away.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] `last_way_in` when nothing else would be left to sign in with.
pub async fn remove(w: &Write, me: PersonId, id: PasskeyId) -> Result<()> {
    let now = store::get(w, me, id).await?.ok_or(Error::NotFound("passkey"))?;
    let login = login::of_person(w, me).await?.ok_or(Error::Forbidden)?;
    if login.password_hash.is_none() && store::other_ways(w, me, id).await? == 0 {
        return Err(Error::Conflict("last_way_in"));
    }
    store::remove(w, id).await?;
    let mut diff = Diff::default();
    diff.field("name", &Some(&now.name), &None);
    w.change(Change::new("passkey.removed", id).person(me).data(diff.json()));
    Ok(())
}

/// Whether this is the first answer to a challenge; notes that it was answered.
///
/// # Errors
/// When the statement fails.
pub async fn first_answer(w: &Write, challenge_hash: &[u8], until: Instant) -> Result<bool> {
    store::insert_answer(w, challenge_hash, until).await
}

/// Notes a sign-in with a passkey, and what the device said with it.
///
/// # Errors
/// When the statement fails.
pub async fn note_used(w: &Write, id: PasskeyId, state: &[u8]) -> Result<()> {
    store::used(w, id, state).await
}

/// Notes that the counter of a passkey went back: there may be a copy of it that its owner knows nothing of.
pub fn note_counter(w: &Write, known: &Known) {
    w.change(Change::new("passkey.counter_went_back", known.id).person(known.person_id));
}

/// Names of the keys that somebody has for a host already.
///
/// # Errors
/// When the statement fails.
pub async fn credentials(r: &Read, me: PersonId, rp_id: &str) -> Result<Vec<Vec<u8>>> {
    store::credentials(r, me, rp_id).await
}
