//! What people do about their own sign-in on the pages: a new password, a forgotten one, and redeeming an invitation.

use std::net::IpAddr;

use app::{
    invite::Redeemer,
    login::{self, Counter},
    message::{self, Mail, templates},
    organization,
};
use kernel::{Caller, Draft, Email, Error, Faults, Field, Principal, Problem, Result};

use crate::{Identity, Password, Purpose, Secret, account::check_policy};

/// So many mails with links go to one address without a pause, when none of the links is used.
const MAILS: i64 = 5;
/// Requests from one address that cost no waiting.
const FREE: i64 = 10;

/// A change of the own password.
#[derive(Clone, Debug, Default)]
pub struct NewPassword {
    /// The one until now.
    pub current: Secret,
    /// The new one.
    pub password: Secret,
    /// The new one again.
    pub repeat: Secret,
}

#[operations::compiled_here]
impl Identity {
    /// Changes the caller's own password, and ends their other sign-ins.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `current`, `password` and `repeat`; [`Error::RateLimited`] after too many wrong passwords.
    pub async fn change_password(&self, caller: &Caller, new: NewPassword, from: IpAddr) -> Result<()> {
        let Principal::Person { person, session } = caller.principal else { return Err(Error::Forbidden) };
        let mut faults = Faults::new();
        check_policy(&Field::Given(new.password.clone()), "password", &mut faults);
        if new.repeat != new.password {
            faults.add("repeat", Problem::Mismatch);
        }
        faults.finish()?;
        let look = async move |r: &db::Read, _: &kernel::Actor| login::of_person(r, person).await;
        let login = self.app.read(caller, look).await?.ok_or(Error::Forbidden)?;
        let checked = login.password_hash.clone();
        self.check_current(caller, &login, new.current, from).await.map_err(|e| match e {
            Error::Conflict("password_mismatch") => Error::invalid("current", Problem::Mismatch),
            other => other,
        })?;
        let hash = self.passwords.hash(new.password.0).await?;
        let set = async move |w: &db::Write, _: &kernel::Actor| {
            // The password may have changed while the new one was hashed.
            let now = login::of_person(w, person).await?.ok_or(Error::Forbidden)?;
            if now.password_hash != checked {
                return Err(Error::invalid("current", Problem::Mismatch));
            }
            login::set_password(w, person, &hash).await?;
            login::end_all(w, person, Some(session)).await
        };
        self.app.write(caller, set).await
    }

    /// Mails a link to set a new password to whoever signs in with this address. Whether somebody does is not told.
    /// `caller` is nobody yet, of the organization.
    ///
    /// # Errors
    /// [`Error::RateLimited`].
    pub async fn web_forgot(&self, caller: &Caller, email: &str, from: IpAddr) -> Result<()> {
        let key = Email::key_of(email.trim());
        let (this, base) = (self.clone(), self.app.public_url().to_owned());
        let request = async move |w: &db::Write, _: &kernel::Actor| {
            let address = Counter::address(from, FREE);
            let counters =
                [Counter { name: format!("forgot-{}", address.name), ..address }, Counter::mails(w, &key, MAILS)];
            login::check_attempts(w, &counters).await?;
            // Each request counts, whether or not the address is known: nothing is learnt from the waiting.
            login::count_failure(w, &counters).await?;
            let Some(login) = login::by_identifier(w, "email", &key).await? else { return Ok(()) };
            let token = this.link(w, Purpose::Reset, login.person_id).await?;
            let language = message::language::of(w, login.person_id).await?;
            let organization = organization::get(w).await?;
            let (subject, text, html) = templates::reset_password(language, &base, &token, &organization.name);
            let to = login.email.unwrap_or_default();
            let mail = Mail { person: login.person_id, kind: "reset", to, subject, text, html: Some(html) };
            message::queue(w, &mail).await.map(drop)
        };
        self.app.write(caller, request).await
    }

    /// Redeems an invitation with a password. `caller` is nobody yet, of the organization.
    ///
    /// # Errors
    /// As [`app::invite::Invites::redeem`]; [`Error::Conflict`] `unconfirmed_password`; [`Error::Invalid`] at `password`.
    pub async fn accept_invitation(
        &self,
        caller: &Caller,
        token: &str,
        from: IpAddr,
        who: Redeemer,
        password: &Password,
    ) -> Result<()> {
        // Hashing is dear: only for codes that can be used.
        self.app.invites().check(caller, token, from).await?;
        let hash = self.passwords.hash(password.checked()?).await?;
        let who = Redeemer { password_hash: Some(hash), ..who };
        self.app.invites().redeem(caller, token, from, Draft::from(who)).await.map(drop)
    }
}
