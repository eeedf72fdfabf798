//! Moving in and moving out as the desk does it: whoever it is, in whatever role, with everything that follows, in one
//! transaction each, and once for each form that was filled in.

mod store;

use db::{Change, Read, Write};
use kernel::{
    Action, Actor, Caller, Date, Draft, Email, Error, Faults, LedgerId, Living, PersonId, Problem, PropertyId, Result,
    TenancyId, UnitId, Zone, fold,
};
use uuid::Uuid;

use crate::{
    access::{self, Resource, may, require},
    handle, invite,
    ledger::{self, Who as Customer},
    office, once, portal, resident, tenancy, unit,
};

pub(crate) use store::insert as insert_tenancy;
pub use store::{Dweller, Stay};

/// Who moves in.
#[derive(Clone, Debug)]
pub enum Who {
    /// Somebody who is known.
    Known(PersonId),
    /// Somebody new.
    New(Newcomer),
}

/// Somebody who is not known yet.
#[derive(Clone, Debug, Default)]
pub struct Newcomer {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Where they can be written to.
    pub email: Option<String>,
    /// Where they can be called.
    pub phone: Option<String>,
}

/// A move-in to be.
#[derive(Clone, Debug)]
pub struct MoveIn {
    /// Who.
    pub who: Who,
    /// Into which unit.
    pub unit: Uuid,
    /// In which role: owner, tenant or member.
    pub living: Living,
    /// From which day.
    pub starts_on: Date,
    /// The last day, where it is known.
    pub ends_on: Option<Date>,
    /// The rent of a period; the unit's price when not given.
    pub rent: Option<i64>,
    /// The day of the month on which periods begin; that of the start when not given.
    pub billing_day: Option<i64>,
    /// Whether they are mailed an invitation to the portal, where they have an address and no login.
    pub invite: bool,
    /// The same key again moves nobody in and gets the first answer.
    pub key: String,
}

/// Who was moved in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovedIn {
    /// The tenancy.
    pub tenancy: TenancyId,
    /// The person.
    pub person: PersonId,
    /// Their ledger, where there is one.
    pub ledger: Option<LedgerId>,
}

/// What moving out means.
#[derive(Clone, Debug)]
pub struct Leaving {
    /// Whose tenancy it is, and of what.
    pub stay: Stay,
    /// Who else lives in the unit.
    pub others: Vec<Dweller>,
    /// Whether nobody is left then with whom others live there: the tenancies of household members and guests end, too.
    pub ends_household: bool,
}

/// The longest name, in characters.
const LONGEST: usize = 100;

handle! {
    /// Moving in and out.
    Moves
}

#[operations::compiled_here]
impl Moves<'_> {
    /// Moves somebody in: tenancy, account, ledger, first charge, whatever the role asks for. With `check` nothing is
    /// written; only what is wrong is told.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] on `first_name`, `last_name`, `email`, `person`,
    /// `unit`, `living`, `starts_on`, `ends_on`, `rent`, `billing_day`; [`Error::Conflict`] `unit_occupied`,
    /// `unit_unrentable`, `person_archived`, `not_eligible`, `lives_there`.
    pub async fn move_in(&self, caller: &Caller, property: PropertyId, draft: Draft<MoveIn>) -> Result<MovedIn> {
        let base = self.0.public_url().to_owned();
        self.0
            .write(caller, async move |w, actor| {
                require_place(w, actor, property).await?;
                let (input, faults) = draft.open()?;
                if let Some(known) = once::answer(w, &input.key).await? {
                    return moved_in(w, TenancyId::new(known)).await;
                }
                let (done, unit) = move_in(w, actor, property, input, faults).await?;
                if input.invite {
                    invite::invite(w, actor, &base, actor.person(), (done.person, unit), false).await?;
                }
                once::keep(w, &input.key, done.tenancy.get()).await?;
                Ok(done)
            })
            .await
    }

    /// What is wrong with a move-in to be; nothing is written.
    ///
    /// # Errors
    /// As [`Moves::move_in`].
    pub async fn check(&self, caller: &Caller, property: PropertyId, draft: Draft<MoveIn>) -> Result<()> {
        self.0
            .read(caller, async move |r, actor| {
                require_place(r, actor, property).await?;
                let (input, faults) = draft.open()?;
                check(r, actor, property, input, faults).await.map(drop)
            })
            .await
    }

    /// What moving out of a tenancy means.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn leaving(&self, caller: &Caller, id: TenancyId) -> Result<Leaving> {
        self.0
            .read(caller, async move |r, actor| {
                let stay = stay(r, actor, id).await?;
                let others = match stay.unit_id {
                    Some(unit) => store::dwellers(r, unit, id).await?,
                    None => Vec::new(),
                };
                let ends_household = ends_household(stay.living, &others);
                Ok(Leaving { stay, others, ends_household })
            })
            .await
    }

    /// The running tenancies whose person's name begins so, or of the unit of this number; at most 30.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn stays(&self, caller: &Caller, property: Option<PropertyId>, text: String) -> Result<Vec<Stay>> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = access::reach(actor, Action::ManageTenancies)?;
                store::stays(r, &reach, property, &text).await
            })
            .await
    }

    /// Moves somebody out after a day: the tenancy ends, a ledger closes, its balance stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] on `on`; [`Error::Conflict`] `moved_out_already`.
    pub async fn move_out(&self, caller: &Caller, id: TenancyId, on: Date, key: String) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let stay = stay(w, actor, id).await?;
                if once::answer(w, &key).await?.is_some() {
                    return Ok(());
                }
                move_out(w, &stay, on).await?;
                once::keep(w, &key, id.get()).await
            })
            .await
    }

    /// Undoes a moving out, unless somebody else has the unit by now.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `unit_occupied`, `not_moved_out`.
    pub async fn stay_on(&self, caller: &Caller, id: TenancyId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let stay = stay(w, actor, id).await?;
                if stay.moved_out_at.is_none() || stay.ended_by.as_deref() != Some("person") {
                    return Err(Error::Conflict("not_moved_out"));
                }
                if let Some(unit) = stay.unit_id.filter(|_| stay.living == Living::Tenant)
                    && store::is_taken(w, unit, id).await?
                {
                    return Err(Error::Conflict("unit_occupied"));
                }
                tenancy::store::move_out(w, id, None, None).await?;
                resident::touch(w, stay.person_id).await?;
                w.change(stay.change("tenancy.resumed"));
                tenancy::follow(w, id).await
            })
            .await
    }
}

impl Stay {
    fn change(&self, action: &'static str) -> Change {
        Change::new(action, self.id).person(self.person_id).property(self.property_id).unit(self.unit_id)
    }
}

/// The property, after the right to its tenancies was checked.
async fn require_place(r: &Read, actor: &Actor, property: PropertyId) -> Result<()> {
    if actor.role().is_some() && !may(actor, Action::ManageTenancies, Resource::Of(Some(property))) {
        return Err(Error::NotFound("property"));
    }
    require(actor, Action::ManageTenancies, Resource::Of(Some(property)))?;
    ledger::store::place(r, property).await?.ok_or(Error::NotFound("property")).map(drop)
}

async fn stay(r: &Read, actor: &Actor, id: TenancyId) -> Result<Stay> {
    let stay = store::stay(r, id).await?.ok_or(Error::NotFound("tenancy"))?;
    match require(actor, Action::ManageTenancies, Resource::Of(Some(stay.property_id))) {
        Err(_) if actor.role().is_some() => Err(Error::NotFound("tenancy")),
        other => other.map(|()| stay),
    }
}

/// Tenants reside; owners do while there are none.
fn ends_household(leaves: Living, others: &[Dweller]) -> bool {
    let any = |living: Living| others.iter().any(|o| o.living == living);
    match leaves {
        Living::Tenant => !any(Living::Tenant),
        Living::Owner => !any(Living::Tenant) && !any(Living::Owner),
        Living::Member | Living::Guest => false,
    }
}

async fn moved_in(r: &Read, id: TenancyId) -> Result<MovedIn> {
    let stay = store::stay(r, id).await?.ok_or(Error::NotFound("tenancy"))?;
    Ok(MovedIn { tenancy: id, person: stay.person_id, ledger: stay.ledger_id })
}

/// What is known after everything was checked.
struct Terms {
    place: ledger::store::Place,
    unit: unit::View,
    known: Option<PersonId>,
}

async fn check(r: &Read, actor: &Actor, property: PropertyId, input: &MoveIn, mut faults: Faults) -> Result<Terms> {
    let place = ledger::store::place(r, property).await?.ok_or(Error::NotFound("property"))?;
    let unit = unit::find(r, property, input.unit).await?;
    if unit.is_none() {
        faults.add("unit", Problem::Unknown);
    }
    if input.living == Living::Guest {
        faults.add("living", Problem::NotAllowed);
    }
    if input.ends_on.is_some_and(|on| on < input.starts_on) {
        faults.add("ends_on", Problem::Mismatch);
    }
    let bills = input.living == Living::Tenant;
    if input.rent.is_some_and(|rent| !bills || !(0..=ledger::MOST).contains(&rent))
        || input.rent.is_some() && !may(actor, Action::ManageMoney, Resource::Of(Some(property)))
    {
        faults.add("rent", Problem::NotAllowed);
    }
    if input.billing_day.is_some_and(|day| !(1..=31).contains(&day)) {
        faults.add("billing_day", Problem::NotAllowed);
    }
    let known = match &input.who {
        Who::Known(id) => {
            let reach = access::reach(actor, Action::ViewPeople)?;
            let found = office::person(r, &reach, *id).await?;
            if found.is_none() {
                faults.add("person", Problem::Unknown);
            }
            found.map(|p| p.id)
        }
        Who::New(new) => {
            check_newcomer(new, &mut faults);
            None
        }
    };
    faults.finish()?;
    let unit = unit.ok_or_else(|| Error::internal("a unit was neither found nor faulty"))?;
    if let Some(person) = known
        && store::lives_in(r, person, unit.id, input.living).await?
    {
        return Err(Error::Conflict("lives_there"));
    }
    if bills {
        let customer = known.map(Customer::Person);
        ledger::check_move_in(r, &place, &unit, customer, input.starts_on).await?;
    }
    Ok(Terms { place, unit, known })
}

fn check_newcomer(new: &Newcomer, faults: &mut Faults) {
    for (field, name) in [("first_name", &new.first_name), ("last_name", &new.last_name)] {
        match name.trim().chars().count() {
            0 => faults.add(field, Problem::Blank),
            n if n > LONGEST => faults.add(field, Problem::TooLong(LONGEST)),
            _ if name.trim().chars().any(char::is_control) => faults.add(field, Problem::Malformed),
            _ => {}
        }
    }
    if new.email.as_deref().is_some_and(|email| Email::parse(email.trim()).is_none()) {
        faults.add("email", Problem::NotEmail);
    }
    if new.phone.as_deref().is_some_and(|phone| phone.chars().count() > LONGEST) {
        faults.add("phone", Problem::TooLong(LONGEST));
    }
}

async fn move_in(
    w: &Write,
    actor: &Actor,
    property: PropertyId,
    input: &MoveIn,
    faults: Faults,
) -> Result<(MovedIn, UnitId)> {
    let Terms { place, unit, known } = check(w, actor, property, input, faults).await?;
    let person = match (known, &input.who) {
        (Some(id), _) => id,
        (None, Who::New(new)) => {
            require(actor, Action::ManagePeople, Resource::Of(Some(property)))?;
            create_person(w, new).await?
        }
        (None, Who::Known(_)) => return Err(Error::internal("a person was neither found nor faulty")),
    };
    let zone = Zone::named(&place.time_zone);
    let ends = match input.ends_on {
        Some(on) => Some(zone.midnight(on.tomorrow().map_err(Error::internal)?)),
        None => None,
    };
    if input.living == Living::Tenant {
        let new = ledger::MoveIn {
            who: Customer::Person(person),
            unit: unit.uid,
            starts_on: input.starts_on,
            rent: input.rent,
            billing_day: input.billing_day,
            gate_access_code: None,
            insurance: None,
        };
        let id = ledger::move_in(w, &place, &new, Faults::new()).await?;
        let tenancy = ledger::store::by_id(w, id).await?.tenancy_id;
        if let Some(ends) = ends {
            store::set_end(w, tenancy, ends).await?;
            tenancy::follow(w, tenancy).await?;
        }
        return Ok((MovedIn { tenancy, person, ledger: Some(id) }, unit.id));
    }
    let starts = zone.midnight(input.starts_on);
    let tenancy = store::insert(w, person, property, unit.id, input.living, starts, ends).await?;
    resident::touch(w, person).await?;
    w.change(Change::new("tenancy.created", tenancy).person(person).property(property).unit(unit.id));
    tenancy::follow(w, tenancy).await?;
    portal::mail::send_link(w, unit.id, person).await?;
    Ok((MovedIn { tenancy, person, ledger: None }, unit.id))
}

/// Makes a resident who does not sign in yet.
pub(crate) async fn create_person(w: &Write, new: &Newcomer) -> Result<PersonId> {
    let (first, last) = (new.first_name.trim(), new.last_name.trim());
    let email = new.email.as_deref().map(str::trim).filter(|e| !e.is_empty());
    let key = email.map(Email::key_of);
    let id = store::insert_person(w, first, last, &fold(&format!("{last} {first}")), email, key.as_deref()).await?;
    if let Some(phone) = new.phone.as_deref().map(str::trim).filter(|p| !p.is_empty()) {
        crate::staff::set_phone(w, id, phone).await?;
    }
    w.change(Change::new("resident.created", id).person(id));
    Ok(id)
}

async fn move_out(w: &Write, stay: &Stay, on: Date) -> Result<()> {
    if stay.moved_out_at.is_some() || stay.ends_at.is_some_and(|at| at <= w.now()) {
        return Err(Error::Conflict("moved_out_already"));
    }
    let zone = Zone::named(&stay.time_zone);
    let end = zone.midnight(on.tomorrow().map_err(Error::internal)?);
    // Whoever leaves today has left now.
    let at = if on == zone.date(w.now()) { w.now() } else { end };
    if stay.starts_at.is_some_and(|from| at < from) {
        return Err(Error::invalid("on", Problem::NotAllowed));
    }
    tenancy::store::move_out(w, stay.id, Some(at), Some("person")).await?;
    resident::touch(w, stay.person_id).await?;
    w.change(stay.change("tenancy.ended"));
    tenancy::follow(w, stay.id).await
}
