//! Invitations into a community: a code that the management gives a resident, or a resident somebody they live with.
//!
//! The person is noted with the invitation and is nobody's resident until it is redeemed. Only the code's hash is kept.

mod create;
mod many;
mod register;
mod store;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use db::{Change, Read, Write};
use kernel::{
    Action, Caller, Draft, Email, Error, Faults, Instant, InvitationId, Living, PersonId, Problem, PropertyId, Result,
    TenancyId, UnitId, fold,
};
use sha2::{Digest, Sha256};

use crate::{
    access::{Resource, require},
    file::File,
    handle,
    login::{self, Counter},
    organization, portal, property, resident, tenancy,
};

pub use create::Input;
pub(crate) use many::invite;
pub use many::{Candidate, InviteRun, MOST, Outcome, RUN, Row, Standing, Whom};
pub use register::{Registered, Registration, register};
pub use store::Invite;
pub(crate) use store::{end_joining, end_of, end_void_into, open_into};

/// An invitation lives so many days.
pub const DAYS: i64 = 30;

/// Failures in a row that cost no waiting.
const FREE: i64 = 3;

/// Signs of a new code.
const LENGTH: usize = 12;

/// An invitation with its code, which is shown once.
#[derive(Clone, Debug)]
pub struct Made {
    /// The invitation.
    pub invite: Invite,
    /// Its code.
    pub token: String,
}

/// What a code stands for.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The invitation.
    pub invite: Invite,
    /// The name of the property.
    pub property_name: String,
    /// As what they come.
    pub living: Living,
    /// The managing company.
    pub organization: organization::Organization,
    /// The logo of the property.
    pub logo: Option<File>,
}

/// Somebody who redeems a code.
#[derive(Clone, Debug)]
pub struct Redeemer {
    /// Given name, where they write it otherwise.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// What they sign in with; the invitation's address unless told.
    pub email: Option<String>,
    /// The hash of their password; none where they sign in elsewhere.
    pub password_hash: Option<String>,
}

/// What redeeming made.
#[derive(Clone, Debug)]
pub struct Redeemed {
    /// Who it is.
    pub person: PersonId,
    /// The tenancy, where a new one began.
    pub tenancy: Option<TenancyId>,
}

handle! {
    /// Operations on invitations.
    Invites
}

#[operations::compiled_here]
impl Invites<'_> {
    /// Invites somebody into a unit, and mails them the code: the management, and whoever decides for the unit. A
    /// second invitation of the same address into the same unit takes the place of the first; those of the management
    /// stay, whoever lives there.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a property that is none of the caller's; [`Error::Forbidden`]; [`Error::Invalid`];
    /// [`Error::Conflict`] `registered`, or `invited` when the management has invited that address.
    pub async fn create(&self, caller: &Caller, draft: Draft<Input>) -> Result<Made> {
        let base = self.0.public_url().to_owned();
        self.0
            .write(caller, async move |w, actor| {
                let (input, faults) = draft.open()?;
                create::create(w, actor, &base, actor.person(), input, faults).await
            })
            .await
    }

    /// Gives an invitation that was not used a new code and thirty more days; the old code ends.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn renew(&self, caller: &Caller, id: InvitationId) -> Result<Made> {
        let base = self.0.public_url().to_owned();
        self.0
            .write(caller, async move |w, actor| {
                let missing = || Error::NotFound("invitation");
                let now = store::by_id(w, id).await?.filter(|i| i.is_open() && i.is_of(actor)).ok_or_else(missing)?;
                require(actor, Action::InviteToUnit, Resource::Unit(now.property_id, now.unit_id))?;
                let token = token(w);
                store::renew(w, id, &hash(&token), w.now().plus_days(DAYS)).await?;
                w.change(Change::new("invitation.renewed", id).person(now.person_id).property(now.property_id));
                let invite = store::by_id(w, id).await?.ok_or_else(missing)?;
                create::mail(w, actor.person(), &base, &invite, &token).await?;
                Ok(Made { invite, token })
            })
            .await
    }

    /// The invitations into a unit that can still be used, the newest first: for whoever may invite there.
    ///
    /// # Errors
    /// [`Error::Forbidden`], also for an unknown unit.
    pub async fn open(&self, caller: &Caller, unit: UnitId) -> Result<Vec<Invite>> {
        self.0
            .read(caller, async move |r, actor| {
                let property = store::place(r, unit).await?.ok_or(Error::Forbidden)?;
                require(actor, Action::InviteToUnit, Resource::Unit(property, unit))?;
                let mut open = open_into(r, &[unit]).await?;
                open.retain(|i| i.expires_at > r.now() && i.is_of(actor));
                Ok(open)
            })
            .await
    }

    /// Takes an invitation back that was not used; its code ends.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn withdraw(&self, caller: &Caller, id: InvitationId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let missing = || Error::NotFound("invitation");
                let now = store::by_id(w, id).await?.filter(|i| i.is_open() && i.is_of(actor)).ok_or_else(missing)?;
                // Whose unit it is, nobody learns who may not invite there.
                require(actor, Action::InviteToUnit, Resource::Unit(now.property_id, now.unit_id))
                    .map_err(|_| missing())?;
                store::withdraw(w, id).await?;
                let change = Change::new("invitation.withdrawn", id).person(now.person_id).property(now.property_id);
                w.change(change.unit(now.unit_id));
                Ok(())
            })
            .await
    }

    /// Lets the code of an invitation count again that was withdrawn within the last day, where no other one took its place.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that was used or has run out; [`Error::Conflict`] `replaced`.
    pub async fn restore(&self, caller: &Caller, id: InvitationId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let missing = || Error::NotFound("invitation");
                let now = store::by_id(w, id).await?.filter(|i| i.is_of(actor)).ok_or_else(missing)?;
                if now.used_at.is_some() || now.expires_at <= w.now() {
                    return Err(missing());
                }
                require(actor, Action::InviteToUnit, Resource::Unit(now.property_id, now.unit_id))
                    .map_err(|_| missing())?;
                let lately = now.superseded_at.is_some_and(|at| at.plus_days(1) > w.now());
                if !lately || !store::was_withdrawn(w, id).await? {
                    return Err(missing());
                }
                let open = open_into(w, &[now.unit_id]).await?;
                if open.iter().any(|i| i.person_id == now.person_id) {
                    return Err(Error::Conflict("replaced"));
                }
                store::restore(w, id).await?;
                let change = Change::new("invitation.restored", id).person(now.person_id).property(now.property_id);
                w.change(change.unit(now.unit_id));
                Ok(())
            })
            .await
    }

    /// What a code stands for. Failures are counted per address and per beginning of the code, and cost growing waits.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown, used, replaced or expired code, all alike; [`Error::RateLimited`].
    pub async fn check(&self, caller: &Caller, token: &str, address: IpAddr) -> Result<Checked> {
        let token = token.trim().to_owned();
        let found = self
            .0
            .write(caller, async move |w, _| match usable(w, &token, address).await? {
                Some(invite) => checked(w, invite).await.map(Some),
                None => Ok(None),
            })
            .await?;
        found.ok_or(Error::NotFound("invitation"))
    }

    /// Redeems a code: the person becomes a resident with a login, and the tenancy begins, all at once.
    ///
    /// # Errors
    /// As [`Invites::check`]; [`Error::Conflict`] `registered` when the person has a login, `taken` when somebody else
    /// signs in with that address; [`Error::Invalid`].
    pub async fn redeem(
        &self,
        caller: &Caller,
        token: &str,
        address: IpAddr,
        who: Draft<Redeemer>,
    ) -> Result<Redeemed> {
        let token = token.trim().to_owned();
        let done = self
            .0
            .write(caller, async move |w, _| {
                let Some(invite) = usable(w, &token, address).await? else { return Ok(None) };
                let (who, faults) = who.open()?;
                redeem(w, &invite, who, faults).await.map(Some)
            })
            .await?;
        done.ok_or(Error::NotFound("invitation"))
    }
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.to_lowercase()).to_vec()
}

fn token(w: &Write) -> String {
    const SIGNS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let sign = |_| SIGNS.get(w.random().below(36) as usize).map_or('x', |b| char::from(*b));
    (0..LENGTH).map(sign).collect()
}

fn counters(r: &Read, token: &str, address: IpAddr) -> [Counter; 2] {
    let beginning: String = token.to_lowercase().chars().filter(|c| !c.is_control()).take(3).collect();
    let of_address = Counter::address(address, FREE);
    [
        Counter { name: format!("invite-{}", of_address.name), free: FREE },
        Counter { name: format!("invite:{}:{beginning}", r.caller().org), free: FREE },
    ]
}

/// The invitation behind a code, if it can be used. Counts what is none.
async fn usable(w: &Write, token: &str, address: IpAddr) -> Result<Option<Invite>> {
    let counters = counters(w, token, address);
    login::check_attempts(w, &counters).await?;
    let found = store::by_hash(w, &hash(token)).await?;
    let found = match found.filter(|i| i.is_open() && i.expires_at > w.now()) {
        Some(invite) if store::stands(w, invite.id).await? => Some(invite),
        _ => None,
    };
    match found {
        Some(invite) => {
            login::forget_failures(w, &counters).await?;
            Ok(Some(invite))
        }
        None => {
            login::count_failure(w, &counters).await?;
            Ok(None)
        }
    }
}

async fn checked(r: &Read, invite: Invite) -> Result<Checked> {
    let place = property::find(r, invite.property_id).await?.ok_or(Error::NotFound("property"))?;
    let lives = store::living(r, invite.person_id, invite.unit_id).await?;
    Ok(Checked {
        living: lives.or(invite.tenancy_role).unwrap_or(Living::Member),
        property_name: place.name,
        organization: organization::get(r).await?,
        logo: portal::logo(r, invite.property_id).await?,
        invite,
    })
}

async fn redeem(w: &Write, invite: &Invite, who: &Redeemer, mut faults: Faults) -> Result<Redeemed> {
    let email = who.email.as_deref().map_or(invite.email.as_str(), str::trim);
    if email.chars().count() > 255 {
        faults.add("email", Problem::TooLong(255));
    } else if Email::parse(email).is_none() {
        faults.add("email", Problem::NotEmail);
    }
    let name = |given: &Option<String>, noted: &str| given.as_deref().map_or(noted, str::trim).to_owned();
    let (first, last) = (name(&who.first_name, &invite.first_name), name(&who.last_name, &invite.last_name));
    for (path, value) in [("first_name", &first), ("last_name", &last)] {
        if value.is_empty() {
            faults.add(path, Problem::Blank);
        } else if value.chars().count() > 100 {
            faults.add(path, Problem::TooLong(100));
        } else if value.chars().any(char::is_control) {
            // A name is one line: mails begin with it.
            faults.add(path, Problem::Malformed);
        }
    }
    faults.finish()?;
    let person = invite.person_id;
    if login::of_person(w, person).await?.is_some() {
        return Err(Error::Conflict("registered"));
    }
    let key = Email::key_of(email);
    if login::owner(w, "email", &key).await?.is_some() {
        return Err(Error::Conflict("taken"));
    }
    // Somebody the management knows already keeps the name it gave.
    if !store::is_resident(w, person).await? {
        store::become_resident(w, person, &first, &last, &fold(&format!("{last} {first}")), email, &key).await?;
        w.change(Change::new("resident.created", person).person(person));
    } else {
        store::reach_at(w, person, email, &key).await?;
    }
    login::create(w, person, Some(email), who.password_hash.as_deref(), false, None).await?;
    w.change(Change::new("login.registered", person).person(person));
    let tenancy = match store::living(w, person, invite.unit_id).await? {
        Some(_) => None,
        None => Some(move_in(w, invite).await?),
    };
    store::use_up(w, invite.id).await?;
    w.change(Change::new("invitation.used", invite.id).person(person).property(invite.property_id));
    Ok(Redeemed { person, tenancy })
}

async fn move_in(w: &Write, invite: &Invite) -> Result<TenancyId> {
    let living = invite.tenancy_role.unwrap_or(Living::Member);
    let today = Instant::from_secs(w.now().secs().div_euclid(86_400) * 86_400);
    let id = store::insert_tenancy(w, invite, living, today).await?;
    resident::touch(w, invite.person_id).await?;
    let change = Change::new("tenancy.created", id).person(invite.person_id).property(invite.property_id);
    w.change(change.unit(invite.unit_id));
    tenancy::follow(w, id).await?;
    portal::mail::send_link(w, invite.unit_id, invite.person_id).await?;
    Ok(id)
}

/// The unit, and whose it is, for doors that name a property too.
///
/// # Errors
/// When the statement fails.
pub async fn place_of(r: &Read, unit: UnitId) -> Result<Option<PropertyId>> {
    store::place(r, unit).await
}
