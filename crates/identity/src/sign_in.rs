//! Signing in and out, and new access tokens.

use std::net::IpAddr;

use app::login::{self, Counter, Login};
use kernel::{Caller, Email, Error, Principal, Result, SessionId, Unauthenticated};

use crate::{ACCESS_LIFETIME, Holder, Identity, Kind, REFRESH_LIFETIME, TokenFault};

/// How long a sign-in lasts at most, in seconds: the last access token is made just before the refresh token ends.
pub(crate) const LONGEST: i64 = REFRESH_LIFETIME + ACCESS_LIFETIME;

/// The tokens of a sign-in.
#[derive(Clone)]
pub struct Pair {
    /// Sent with every request.
    pub access: String,
    /// Gets new access tokens.
    pub refresh: String,
}

/// The failures in a row at which waiting begins at this door: so many tries are answered at once.
#[derive(Clone, Copy, Debug)]
pub struct FreeTries {
    /// For one login.
    pub login: i64,
    /// For one client address.
    pub address: i64,
}

#[operations::compiled_here]
impl Identity {
    /// Who a token stands for, as far as the token itself tells; operations look up whether it still holds.
    ///
    /// # Errors
    /// The first fault of the token.
    pub fn authenticate(&self, door: kernel::Door, kind: Kind, token: &[u8]) -> Result<Caller, TokenFault> {
        let at = self.app.now();
        let claims = self.tokens.verify(door, kind, token, at)?;
        let principal = Principal::Person { person: claims.person, session: claims.session };
        Ok(Caller { org: claims.org, principal, door, at, only: None })
    }

    /// Signs a person in by e-mail address and password. `caller` is nobody yet, of the organization and at the door.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] with `Disabled` (told before the password is looked at) or `Credentials`;
    /// [`Error::RateLimited`] after too many failures for this address or client.
    pub async fn sign_in(&self, caller: &Caller, email: &str, password: Option<String>, from: IpAddr) -> Result<Pair> {
        let (key, free) = (Email::key_of(email), self.free_tries);
        let _turn = self.turns.wait(format!("login:{}:{key}", caller.org)).await;
        let known = {
            let key = key.clone();
            let look = async move |r: &db::Read, _: &kernel::Actor| {
                login::check_attempts(r, &counters(r, &key, from, free)).await?;
                let known = login::by_identifier(r, "email", &key).await?;
                known.as_ref().map_or(Ok(()), usable_here(r.caller().door))?;
                Ok(known)
            };
            self.app.read(caller, look).await?
        };
        let hash = known.as_ref().and_then(|l| l.password_hash.clone());
        let good = match password {
            Some(password) => self.passwords.verify(password, hash.clone()).await?,
            None => false,
        };
        let begin = async move |w: &db::Write, _: &kernel::Actor| {
            let counters = counters(w, &key, from, free);
            let login = login::by_identifier(w, "email", &key).await?;
            // The password may have changed while it was checked.
            let Some(login) = login.filter(|l| good && l.password_hash == hash) else {
                login::count_failure(w, &counters).await?;
                return Ok(None);
            };
            usable_here(w.caller().door)(&login)?;
            // What others did from this address stays counted: one good login does not pay for guesses at others.
            login::forget_failures(w, &[Counter::login(w, &key, free.login)]).await?;
            let session = login::begin(w, &login, w.caller().door, LONGEST).await?;
            Ok(Some((login, session.id)))
        };
        let begun = self.app.write(caller, begin).await?;
        let (login, session) = begun.ok_or(Error::Unauthenticated(Unauthenticated::Credentials))?;
        self.pair(caller, &login, session)
    }

    /// A new access token for the sign-in of a refresh token.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the sign-in has ended or the person may not sign in any more.
    pub async fn refresh(&self, caller: &Caller) -> Result<String> {
        let login = self.login_of(caller).await?;
        let Principal::Person { session, .. } = caller.principal else {
            return Err(Error::Unauthenticated(Unauthenticated::Missing));
        };
        self.tokens.access(caller.door, &holder(caller, &login, session), false, caller.at, self.app.random())
    }

    /// Ends the sign-in and all its tokens.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when it has ended already.
    pub async fn sign_out(&self, caller: &Caller) -> Result<()> {
        self.app
            .write(caller, async |w, actor| match actor.principal {
                Principal::Person { session, .. } => login::end(w, session).await,
                _ => Err(Error::Unauthenticated(Unauthenticated::Missing)),
            })
            .await
    }

    async fn login_of(&self, caller: &Caller) -> Result<Login> {
        self.app
            .read(caller, async |r, actor| {
                let person = actor.person().ok_or(Error::Unauthenticated(Unauthenticated::Missing))?;
                let login = login::of_person(r, person).await?;
                login.ok_or(Error::Unauthenticated(Unauthenticated::Person(person.get())))
            })
            .await
    }

    /// The two tokens of a sign-in.
    pub(crate) fn pair(&self, caller: &Caller, login: &Login, session: SessionId) -> Result<Pair> {
        let (who, random) = (holder(caller, login, session), self.app.random());
        Ok(Pair {
            access: self.tokens.access(caller.door, &who, true, caller.at, random)?,
            refresh: self.tokens.refresh(caller.door, &who, caller.at, random)?,
        })
    }
}

fn holder<'a>(caller: &Caller, login: &'a Login, session: SessionId) -> Holder<'a> {
    Holder {
        person: login.person_id,
        session,
        org: caller.org,
        email: login.email.as_deref().unwrap_or_default(),
        phone: login.phone.as_deref().unwrap_or_default(),
        first_name: &login.first_name,
        last_name: &login.last_name,
    }
}

/// Whether a login may be used at a door, its password aside.
pub(crate) fn usable_here(door: kernel::Door) -> impl Fn(&Login) -> Result<()> {
    move |l| {
        let stranger = door.is_for_staff() && !l.is_staff;
        if l.archived_at.is_some() || l.awaits_approval || l.status == "blocked" || stranger {
            return Err(Error::Unauthenticated(Unauthenticated::Disabled));
        }
        Ok(())
    }
}

/// The counters that a try with this e-mail address from this client moves. Without an e-mail address it is nobody's
/// login.
pub(crate) fn counters(r: &db::Read, email_key: &str, from: IpAddr, free: FreeTries) -> Vec<Counter> {
    let login = (!email_key.is_empty()).then(|| Counter::login(r, email_key, free.login));
    login.into_iter().chain([Counter::address(from, free.address)]).collect()
}
