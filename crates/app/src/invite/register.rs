//! Registering through a program: a code is redeemed by somebody who signs in elsewhere (C11, C12, C16).

use std::net::IpAddr;

use db::Write;
use kernel::{Email, Error, Faults, Field, PersonId, Problem, Result};

use super::{Redeemer, counters, redeem, usable};
use crate::{login, oidc, person::reference};

/// Characters of a subject.
const LONGEST_SUBJECT: usize = 255;

/// Who registers, and what they show.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// Given name.
    pub first_name: Field<String>,
    /// Family name.
    pub last_name: Field<String>,
    /// What they sign in with.
    pub email: Field<String>,
    /// The `client_id` of the program that asks.
    pub client_id: Field<String>,
    /// The code of an invitation.
    pub code: Field<String>,
    /// The key of the provider where they sign in from now on.
    pub provider_key: Field<String>,
    /// Who they are there; their reference here unless told.
    pub subject: Field<Option<String>>,
}

/// Somebody who has registered.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Who it is.
    pub person: PersonId,
    /// Their reference here; never empty.
    pub reference: String,
}

/// Redeems a code, and links the person to a provider. `has_client` tells whether the program may do this. What is wrong
/// with the input is told before the code is looked at; a code that is none is counted, and `None` is answered so that
/// the count is kept.
///
/// # Errors
/// [`Error::RateLimited`]; [`Error::Invalid`]; [`Error::Conflict`] `registered`, `taken`, or `linked` when somebody else
/// is that at the provider.
pub async fn register(
    w: &Write,
    input: &Registration,
    mut faults: Faults,
    has_client: bool,
    address: IpAddr,
) -> Result<Option<Registered>> {
    let code = input.code.required(&mut faults, "code").map(|c| c.trim().to_owned());
    if code.as_deref() == Some("") {
        faults.add("code", Problem::Blank);
    }
    if let Some(code) = code.as_deref().filter(|c| !c.is_empty()) {
        login::check_attempts(w, &counters(w, code, address)).await?;
    }
    let first = name(&input.first_name, "first_name", &mut faults);
    let last = name(&input.last_name, "last_name", &mut faults);
    let email = input.email.required(&mut faults, "email").map(|e| e.trim().to_owned());
    if let Some(email) = &email {
        if email.chars().count() > 255 {
            faults.add("email", Problem::TooLong(255));
        } else if Email::parse(email).is_none() {
            faults.add("email", Problem::NotEmail);
        }
    }
    if input.client_id.required(&mut faults, "client_id").is_some() && !has_client {
        faults.add("client_id", Problem::Unknown);
    }
    let provider = match input.provider_key.required(&mut faults, "provider_key") {
        Some(key) => {
            let known = oidc::provider(w, key).await?;
            if known.is_none() {
                faults.add("provider_key", Problem::Unknown);
            }
            known
        }
        None => None,
    };
    let subject = input.subject.given().and_then(Option::as_deref).map(str::trim).filter(|s| !s.is_empty());
    if subject.is_some_and(|s| s.chars().count() > LONGEST_SUBJECT) {
        faults.add("subject", Problem::TooLong(LONGEST_SUBJECT));
    }
    faults.finish()?;
    let (Some(code), Some(provider)) = (code, provider) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let Some(invite) = usable(w, &code, address).await? else { return Ok(None) };
    let who = Redeemer { first_name: first, last_name: last, email, password_hash: None };
    let person = redeem(w, &invite, &who, Faults::new()).await?.person;
    let reference = reference::of(w, person).await?;
    oidc::link(w, provider.id, person, subject.unwrap_or(&reference)).await?;
    Ok(Some(Registered { person, reference }))
}

fn name(field: &Field<String>, path: &'static str, faults: &mut Faults) -> Option<String> {
    crate::community::check_text(path, field, 100, faults);
    field.required(faults, path).map(|n| n.trim().to_owned())
}
