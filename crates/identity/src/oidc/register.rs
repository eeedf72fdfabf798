//! Registering through a program, with tokens at once.

use std::net::IpAddr;

use app::{
    invite::{self, Registration},
    login,
    oidc::Family,
};
use kernel::{Caller, Door, Draft, Error, Result};

use super::{
    Granted, Oidc, SCOPES, digest,
    grant::{Made, begin_family},
};

/// Tokens of somebody who has just registered.
#[derive(Clone)]
pub struct Registered {
    /// The tokens.
    pub tokens: Granted,
    /// How the management calls the person; never empty.
    pub reference: String,
}

impl Oidc<'_> {
    /// Registers the person behind an invitation: the code is used up, the person linked to the provider, and the tokens
    /// begun, all in one transaction. Only programs with the permission for the community may do that. `caller` is
    /// nobody yet, of the organization; failures are counted with those of all who try codes.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a code that is none; else as [`invite::register`].
    pub async fn register(&self, caller: &Caller, address: IpAddr, draft: Draft<Registration>) -> Result<Registered> {
        let party = match draft.open()?.0.client_id.given() {
            Some(key) => self.client(key).await?.filter(|p| p.opens_community && p.org_id == caller.org),
            None => None,
        };
        let refresh = self.0.app.random().secret();
        let (kept, client) = (digest(&refresh), party.as_ref().map(|p| p.id));
        let register = async move |w: &db::Write, _: &kernel::Actor| {
            let (input, faults) = draft.open()?;
            let Some(new) = invite::register(w, input, faults, client.is_some(), address).await? else {
                return Ok(None);
            };
            let client = client.ok_or_else(|| Error::internal("a program that is none was let through"))?;
            let login = login::of_person(w, new.person).await?.ok_or(Error::NotFound("person"))?;
            crate::sign_in::usable_here(Door::Casavi)(&login)?;
            let (scopes, now) = (SCOPES.join(" "), w.now());
            let begun = begin_family(w, &login, &kept, async |session| Family {
                session_id: session,
                client_id: client,
                person_id: new.person,
                browser_id: None,
                scopes: scopes.clone(),
                auth_time: now,
            })
            .await?;
            Ok(Some((begun, new.reference)))
        };
        let done = self.0.app.write(caller, register).await?;
        let ((family, profile), reference) = done.ok_or(Error::NotFound("invitation"))?;
        let party = party.ok_or_else(|| Error::internal("a program that is none was let through"))?;
        let scope = family.scopes.clone();
        let made = Made { family, nonce: None, browser: None, profile, scope, refresh };
        Ok(Registered { tokens: self.tokens(&party, made).await?, reference })
    }
}
