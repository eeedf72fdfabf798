//! Registering through a program, with tokens at once.

use std::net::IpAddr;

use app::{
    invite::{self, Registration},
    login::{self, Proof},
};
use kernel::{Caller, Door, Draft, Error, Result};

use super::{
    Granted, Oidc, SCOPES, digest,
    grant::{Made, Wanted, begin_family},
};

/// Tokens of somebody who has just registered.
#[derive(Clone)]
pub struct Registered {
    /// The tokens.
    pub tokens: Granted,
    /// How the management calls the person; never empty.
    pub reference: String,
}

#[operations::compiled_here]
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
        // No code is used up while nothing could be signed.
        self.0.keyring.ring(&self.0.app).await?;
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
            let (scopes, auth_time) = (SCOPES.join(" "), w.now());
            let wanted = Wanted { client, browser: None, scopes, auth_time, proof: Some(Proof::Invitation) };
            let begun = begin_family(w, &login, &kept, wanted).await?;
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
