//! Setting a password with a mailed link.

use std::net::IpAddr;

use app::{
    invitation::{self, Purpose as Right},
    login::{self, Counter},
    message::{self, Mail, templates},
};
use kernel::{Caller, Email, Error, PersonId, Result};
use sha2::{Digest, Sha256};

use crate::{Identity, LinkClaims, Purpose, TokenFault, account, sign_in::counters};

/// So many mails with links go to one address without a pause, when none of the links is used.
const MAILS: i64 = 20;

/// Why a link does not work.
#[derive(Debug)]
pub enum LinkError {
    /// The token itself is not good.
    Token(TokenFault),
    /// Everything else: [`Error::Conflict`] `link_ended` (used or superseded), [`Error::NotFound`] (the person is
    /// gone), [`Error::Invalid`] on `password`, [`Error::RateLimited`].
    Other(Error),
}

impl From<Error> for LinkError {
    fn from(e: Error) -> Self {
        Self::Other(e)
    }
}

#[operations::compiled_here]
impl Identity {
    /// Mails a link to set a new password to a member of the staff, archived or waiting ones too.
    ///
    /// # Errors
    /// [`Error::Conflict`] `unknown_email`; [`Error::RateLimited`] after too many unknown ones, or too many mails to one.
    pub async fn request_reset(&self, caller: &Caller, email: Option<&str>, from: IpAddr) -> Result<()> {
        let (key, free) = (email.map(Email::key_of).unwrap_or_default(), self.free_tries);
        let (this, base) = (self.clone(), self.app.public_url().to_owned());
        let request = async move |w: &db::Write, _: &kernel::Actor| {
            let counters = counters(w, &key, from, free);
            login::check_attempts(w, &counters).await?;
            let login = login::by_identifier(w, "email", &key).await?.filter(|l| l.is_staff || l.awaits_approval);
            let Some(login) = login else {
                login::count_failure(w, &counters).await?;
                return Ok(false);
            };
            // Nobody's mailbox is flooded by others.
            let mails = [Counter::mails(w, &key, MAILS)];
            login::check_attempts(w, &mails).await?;
            login::count_failure(w, &mails).await?;
            let token = this.link(w, Purpose::Reset, login.person_id).await?;
            let language = message::language::of(w, login.person_id).await?;
            let (subject, text, html) = templates::reset_password(language, &base, &token, "Dwellingly");
            let to = login.email.unwrap_or_default();
            let mail = Mail { person: login.person_id, kind: "reset", to, subject, text, html: Some(html) };
            message::queue(w, &mail).await?;
            Ok(true)
        };
        if self.app.write(caller, request).await? { Ok(()) } else { Err(Error::Conflict("unknown_email")) }
    }

    /// Makes a link's token and keeps its hash.
    pub(crate) async fn link(&self, w: &db::Write, purpose: Purpose, person: PersonId) -> Result<String> {
        let link = self.tokens.link(purpose, person, w.caller().org, w.now(), w.random())?;
        let right = match purpose {
            Purpose::Reset => Right::Reset,
            Purpose::Invite => Right::Invite,
        };
        invitation::create(w, person, right, &hash(link.jti), purpose.lifetime()).await?;
        Ok(link.token)
    }

    /// Whose password a link sets. Changes nothing.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn check_link(&self, caller: &Caller, token: &str, from: IpAddr) -> Result<PersonId, LinkError> {
        let claims = self.claims(caller, token, from).await?;
        let inside = Caller { org: claims.org, ..*caller };
        Ok(self.app.read(&inside, async move |r, _| holder(r, &claims).await).await?)
    }

    /// Sets the password of a link's person, uses the link up and ends all their sign-ins.
    ///
    /// # Errors
    /// [`LinkError`]; [`Error::Conflict`] `unconfirmed_password` when the two differ.
    pub async fn set_password_by_link(
        &self,
        caller: &Caller,
        token: &str,
        password: &account::Password,
        from: IpAddr,
    ) -> Result<(), LinkError> {
        let claims = self.claims(caller, token, from).await?;
        let inside = Caller { org: claims.org, ..*caller };
        self.app.read(&inside, async move |r, _| holder(r, &claims).await).await?;
        let text = password.checked()?;
        let password_hash = self.passwords.hash(text).await?;
        let set = async move |w: &db::Write, _: &kernel::Actor| {
            let person = holder(w, &claims).await?;
            let right = invitation::usable(w, &hash(claims.jti)).await?.ok_or(Error::Conflict("link_ended"))?;
            invitation::use_up(w, &right).await?;
            login::set_password(w, person, &password_hash).await?;
            login::end_all(w, person, None).await?;
            if let Some(email) = login::of_person(w, person).await?.and_then(|l| l.email) {
                let key = Email::key_of(&email);
                login::forget_failures(w, &[Counter::login(w, &key, 0), Counter::mails(w, &key, 0)]).await?;
            }
            Ok(())
        };
        Ok(self.app.write(&inside, set).await?)
    }

    /// Reads a link's token; bad ones are counted for the client's address.
    async fn claims(&self, caller: &Caller, token: &str, from: IpAddr) -> Result<LinkClaims, LinkError> {
        let counter = [Counter::address(from, self.free_tries.address)];
        let known = counter.clone();
        self.app.read(caller, async move |r, _| login::check_attempts(r, &known).await).await?;
        match self.tokens.verify_link(token.as_bytes(), caller.at) {
            Ok(claims) => Ok(claims),
            Err(fault) => {
                self.app.write(caller, async move |w, _| login::count_failure(w, &counter).await).await?;
                Err(LinkError::Token(fault))
            }
        }
    }
}

/// The person of a link that can still be used.
async fn holder(r: &db::Read, claims: &LinkClaims) -> Result<PersonId> {
    let login = login::of_person(r, claims.person).await?.ok_or(Error::NotFound("user"))?;
    invitation::usable(r, &hash(claims.jti)).await?.ok_or(Error::Conflict("link_ended"))?;
    Ok(login.person_id)
}

/// What is kept of a link.
fn hash(jti: uuid::Uuid) -> Vec<u8> {
    Sha256::digest(jti.as_bytes()).to_vec()
}
