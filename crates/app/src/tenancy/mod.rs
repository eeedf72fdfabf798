//! Who lives where, in which role, and until when. Dwellingly's lease is a tenancy of role tenant.

pub(crate) mod household;
#[cfg(test)]
mod household_tests;
pub(crate) mod store;

use db::{Change, Read, Write};
use kernel::{
    Action, Caller, Draft, Error, Faults, Field, Instant, Living, PersonId, Problem, PropertyId, Result, TenancyId,
    UnitId,
};

use crate::{
    access::{Resource, require},
    diff::{Diff, allow_same, whole_second},
    handle, ledger,
    property::{self, Property},
    resident::{self, Resident},
    unit, wifi,
};

pub use household::{Households, Housemate, Input as HousemateInput};
pub use store::Tenancy;

impl Tenancy {
    /// When it begins as a door must show it that knows no open start: an open one is the day it was noted.
    #[must_use]
    pub fn shown_start(&self) -> Instant {
        self.starts_at.unwrap_or(self.created_at)
    }

    /// When it ends as a door must show it that knows no open end: the earlier of end and moving out; an open end is
    /// the next anniversary of the start still ahead.
    #[must_use]
    pub fn shown_end(&self, now: Instant) -> Instant {
        match (self.ends_at, self.moved_out_at) {
            (Some(a), Some(b)) => a.min(b),
            (Some(at), None) | (None, Some(at)) => at,
            (None, None) => next_anniversary(self.shown_start(), now),
        }
    }

    /// Whether it runs at `now`: started, not ended, not moved out. A foreseen end counts from its instant on.
    #[must_use]
    pub fn is_running(&self, now: Instant) -> bool {
        let begun = self.starts_at.is_none_or(|at| at <= now);
        begun && !self.has_ended(now)
    }

    fn has_ended(&self, now: Instant) -> bool {
        self.ends_at.is_some_and(|at| at <= now) || self.moved_out_at.is_some_and(|at| at <= now)
    }

    /// Whether `now` lies strictly between its shown start and end.
    #[must_use]
    pub fn is_inside(&self, now: Instant) -> bool {
        self.shown_start() < now && now < self.shown_end(now)
    }
}

/// The next anniversary of `start` that is ahead of `now`; where the calendar ends before it, the calendar's end.
fn next_anniversary(start: Instant, now: Instant) -> Instant {
    let first = start.utc();
    let years = (now.utc().year() - first.year()).max(0);
    // 29 February is kept on the 28th in other years.
    let in_years = |n: i16| {
        let date = first.date().checked_add(jiff::Span::new().years(n)).ok()?;
        Instant::from_utc(date.to_datetime(first.time()))
    };
    let ahead = [years, years + 1, years + 2].into_iter().filter(|n| *n > 0).filter_map(in_years).find(|at| *at > now);
    ahead.unwrap_or(FOREVER.max(start))
}

/// The last second of the year 9999.
const FOREVER: Instant = Instant::from_secs(253_402_300_799);

/// The one tenancy a door shows that knows only one a person: the running one that started last, else the next to come,
/// else the last ended.
#[must_use]
pub fn shown(tenancies: Vec<Tenancy>, now: Instant) -> Option<Tenancy> {
    tenancies.into_iter().max_by_key(|t| {
        let (start, id) = (t.shown_start().micros(), t.id.get());
        if t.is_running(now) {
            (2, start, id)
        } else if !t.has_ended(now) {
            (1, -start, -id)
        } else {
            (0, t.shown_end(now).micros(), id)
        }
    })
}

/// The fields of a tenancy that can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Who.
    pub person_id: Field<PersonId>,
    /// Where.
    pub property_id: Field<PropertyId>,
    /// In the unit of this number; a new number makes the unit.
    pub unit_number: Field<Option<String>>,
    /// From when.
    pub starts_at: Field<Instant>,
    /// Until when.
    pub ends_at: Field<Instant>,
    /// How many live there.
    pub occupants: Field<Option<i64>>,
}

/// A change of a tenancy.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// Its fields.
    pub fields: Input,
    /// Whether the dates are told in whole seconds: then one in the second of the date shown is that date.
    pub in_seconds: bool,
}

/// A tenancy with its person and place.
#[derive(Clone, Debug)]
pub struct Details {
    /// The tenancy.
    pub tenancy: Tenancy,
    /// Whose.
    pub resident: Resident,
    /// Where.
    pub property: Property,
}

handle! {
    /// Operations on tenancies.
    Tenancies
}

#[operations::compiled_here]
impl Tenancies<'_> {
    /// All tenancies of tenants, by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Details>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::ViewTenancies, Resource::Organization)?;
                let (tenancies, residents, properties) =
                    tokio::try_join!(store::all(r), resident::load(r, resident::Which::All), property::store::all(r))?;
                Ok(join(tenancies, &residents, &properties))
            })
            .await
    }

    /// One tenancy.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: TenancyId) -> Result<Details> {
        self.0
            .read(caller, async move |r, actor| {
                let tenancy = get(r, id).await?;
                require(actor, Action::ViewTenancies, Resource::Of(Some(tenancy.property_id)))?;
                details(r, tenancy).await
            })
            .await
    }

    /// Makes a tenancy. A person has at most one here.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, draft: Draft<Input>) -> Result<TenancyId> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageTenancies, Resource::Organization)?;
                let (input, mut faults) = draft.open()?;
                let property = input.property_id.required(&mut faults, "property_id");
                let person = input.person_id.required(&mut faults, "person_id");
                let starts = input.starts_at.required(&mut faults, "starts_at");
                let ends = input.ends_at.required(&mut faults, "ends_at");
                check(w, input, None, &mut faults).await?;
                check_person(w, input, None, &mut faults).await?;
                faults.finish()?;
                let (Some(property), Some(person), Some(starts), Some(ends)) = (property, person, starts, ends) else {
                    return Err(Error::internal("a field was neither given nor faulty"));
                };
                create(w, *person, *property, *starts, Some(*ends), input).await
            })
            .await
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, id: TenancyId, draft: Draft<Update>) -> Result<Details> {
        self.0
            .write(caller, async move |w, actor| {
                let now = get(w, id).await?;
                require(actor, Action::ManageTenancies, Resource::Of(Some(now.property_id)))?;
                let (Update { fields, in_seconds }, mut faults) = draft.open()?;
                check(w, fields, Some(&now), &mut faults).await?;
                check_person(w, fields, Some(&now), &mut faults).await?;
                faults.finish()?;
                update(w, &now, fields, *in_seconds).await?;
                details(w, get(w, id).await?).await
            })
            .await
    }

    /// Deletes a tenancy; it is never shown again.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: TenancyId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = get(w, id).await?;
                require(actor, Action::ManageTenancies, Resource::Of(Some(now.property_id)))?;
                remove(w, &now).await
            })
            .await
    }
}

fn join(tenancies: Vec<Tenancy>, residents: &[Resident], properties: &[Property]) -> Vec<Details> {
    let with = |tenancy: Tenancy| {
        let resident = residents.binary_search_by_key(&tenancy.person_id, |p| p.person.id).ok()?;
        let property = properties.binary_search_by_key(&tenancy.property_id, |p| p.id).ok()?;
        Some(Details { tenancy, resident: residents[resident].clone(), property: properties[property].clone() })
    };
    tenancies.into_iter().filter_map(with).collect()
}

async fn get(r: &Read, id: TenancyId) -> Result<Tenancy> {
    store::by_id(r, id).await?.ok_or(Error::NotFound("lease"))
}

async fn details(r: &Read, tenancy: Tenancy) -> Result<Details> {
    let people = [tenancy.person_id];
    let places = [tenancy.property_id];
    let (residents, properties) =
        tokio::try_join!(resident::load(r, resident::Which::These(&people)), property::store::these(r, &places))?;
    join(vec![tenancy], &residents, &properties).pop().ok_or(Error::NotFound("lease"))
}

/// Holds the place against the rules.
pub(crate) async fn check(r: &Read, input: &Input, now: Option<&Tenancy>, faults: &mut Faults) -> Result<()> {
    if let Some(now) = now {
        allow_same(faults, &["unit_number"], &input.unit_number, &now.unit_number);
    }
    if let Some(id) = input.property_id.given()
        && property::find(r, *id).await?.is_none()
    {
        faults.add("property_id", Problem::Unknown);
    }
    Ok(())
}

async fn check_person(r: &Read, input: &Input, now: Option<&Tenancy>, faults: &mut Faults) -> Result<()> {
    let Some(id) = input.person_id.given().filter(|id| now.is_none_or(|t| t.person_id != **id)) else { return Ok(()) };
    if resident::find(r, *id).await?.is_none() {
        faults.add("person_id", Problem::Unknown);
    } else if !store::of_person(r, *id).await?.is_empty() {
        faults.add("person_id", Problem::Taken);
    }
    Ok(())
}

/// Makes a tenancy of role tenant.
pub(crate) async fn create(
    w: &Write,
    person: PersonId,
    property: PropertyId,
    starts: Instant,
    ends: Option<Instant>,
    input: &Input,
) -> Result<TenancyId> {
    let unit = match input.unit_number.given() {
        Some(Some(number)) => Some(unit::named(w, property, number).await?),
        _ => None,
    };
    let occupants = input.occupants.given().copied().flatten();
    let id = begin(w, person, property, unit, starts, ends, occupants).await?;
    follow(w, id).await?;
    Ok(id)
}

/// Makes a tenancy of role tenant alone; whoever calls it makes the ledger.
pub(crate) async fn begin(
    w: &Write,
    person: PersonId,
    property: PropertyId,
    unit: Option<UnitId>,
    starts: Instant,
    ends: Option<Instant>,
    occupants: Option<i64>,
) -> Result<TenancyId> {
    let id = store::insert(w, person, property, unit, starts, ends, occupants).await?;
    resident::touch(w, person).await?;
    w.change(Change::new("tenancy.created", id).person(person).property(property).unit(unit));
    Ok(id)
}

/// Makes a tenancy of any role, without an end; whoever calls it makes the ledger. `place` is a property and a unit of it.
pub(crate) async fn begin_as(
    w: &Write,
    person: PersonId,
    place: (PropertyId, Option<UnitId>),
    living: Living,
    starts: Instant,
) -> Result<TenancyId> {
    let (property, unit) = place;
    let id = store::insert_as(w, person, property, unit, living, starts).await?;
    resident::touch(w, person).await?;
    w.change(Change::new("tenancy.created", id).person(person).property(property).unit(unit));
    Ok(id)
}

/// Makes an owner of somebody who lives somewhere, or the other way round: their running tenancies follow, those of guests
/// aside.
pub(crate) async fn change_living(w: &Write, person: PersonId, living: Living) -> Result<()> {
    let moved = store::of_other_living(w, person, living).await?;
    let ids: Vec<TenancyId> = moved.iter().map(|t| t.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    store::set_living(w, &ids, living).await?;
    for was in &moved {
        let mut diff = Diff::default();
        diff.field("role", &was.role.as_str(), &living.as_str());
        let change = Change::new("tenancy.updated", was.id).person(person).property(was.property_id);
        w.change(change.unit(was.unit_id).data(diff.json()));
    }
    resident::touch(w, person).await?;
    follow_all(w, &ids).await
}

/// Changes what is given. What a door showed may be sent back: it changes nothing.
pub(crate) async fn update(w: &Write, now: &Tenancy, input: &Input, in_seconds: bool) -> Result<()> {
    let mut new = now.clone();
    new.person_id = input.person_id.or_keep(&now.person_id);
    new.property_id = input.property_id.or_keep(&now.property_id);
    new.occupants = input.occupants.or_keep(&now.occupants);
    new.unit_number = input.unit_number.or_keep(&now.unit_number);
    let moved = |given: &Field<Instant>, shown: Instant| {
        let same = |at: Instant| at == shown || (in_seconds && at == whole_second(shown));
        given.given().copied().filter(|at| !same(*at))
    };
    if let Some(at) = moved(&input.starts_at, now.shown_start()) {
        new.starts_at = Some(at);
    }
    if let Some(at) = moved(&input.ends_at, now.shown_end(w.now())) {
        new.ends_at = Some(at);
        // A new end after somebody moved out means they live there again, unless they were archived.
        let archived = now.ended_by.as_deref() == Some("archive");
        if !archived && now.moved_out_at.is_some_and(|out| out < at) {
            new.moved_out_at = None;
        }
        if !archived && !new.has_ended(w.now()) {
            new.ended_by = None;
        }
    }
    let mut diff = Diff::default();
    diff.field("person", &now.person_id, &new.person_id);
    diff.field("property", &now.property_id, &new.property_id);
    diff.field("unit", &now.unit_number, &new.unit_number);
    diff.field("occupants", &now.occupants, &new.occupants);
    diff.field("starts_at", &now.starts_at.map(Instant::micros), &new.starts_at.map(Instant::micros));
    diff.field("ends_at", &now.ends_at.map(Instant::micros), &new.ends_at.map(Instant::micros));
    diff.field("moved_out_at", &now.moved_out_at.map(Instant::micros), &new.moved_out_at.map(Instant::micros));
    if diff.is_empty() {
        return Ok(());
    }
    if new.unit_number != now.unit_number || new.property_id != now.property_id {
        new.unit_id = match &new.unit_number {
            Some(number) => Some(unit::named(w, new.property_id, number).await?),
            None => None,
        };
    }
    store::update(w, &new).await?;
    resident::touch(w, now.person_id).await?;
    resident::touch(w, new.person_id).await?;
    let change = Change::new("tenancy.updated", now.id).person(new.person_id).property(new.property_id);
    w.change(change.unit(new.unit_id).data(diff.json()));
    if new.person_id == now.person_id {
        return follow(w, now.id).await;
    }
    ledger::follow_all(w, &[now.id]).await?;
    wifi::hand_over(w, now.id).await
}

/// Deletes a tenancy.
pub(crate) async fn remove(w: &Write, now: &Tenancy) -> Result<()> {
    store::delete(w, now.id).await?;
    resident::touch(w, now.person_id).await?;
    w.change(Change::new("tenancy.deleted", now.id).person(now.person_id).property(now.property_id).unit(now.unit_id));
    follow(w, now.id).await
}

/// Ends a tenancy because the person moves out.
pub(crate) async fn move_out(w: &Write, id: TenancyId, at: Instant) -> Result<()> {
    let t = get(w, id).await?;
    leave(w, t.person_id, id, (t.property_id, t.unit_id), at).await
}

/// Ends a tenancy of any role because the person leaves; whoever calls it makes the ledger follow.
pub(crate) async fn leave(
    w: &Write,
    person: PersonId,
    id: TenancyId,
    place: (PropertyId, Option<UnitId>),
    at: Instant,
) -> Result<()> {
    store::move_out(w, id, Some(at), Some("person")).await?;
    resident::touch(w, person).await?;
    w.change(Change::new("tenancy.ended", id).person(person).property(place.0).unit(place.1));
    Ok(())
}

/// Ends the running tenancies of a person who is archived.
pub(crate) async fn end_for_archive(w: &Write, person: PersonId) -> Result<()> {
    let mut ended = Vec::new();
    for t in store::of_person_any_role(w, person).await? {
        if t.is_running(w.now()) {
            store::move_out(w, t.id, Some(w.now()), Some("archive")).await?;
            w.change(Change::new("tenancy.ended", t.id).person(person).property(t.property_id).unit(t.unit_id));
            ended.push(t.id);
        }
    }
    follow_all(w, &ended).await
}

/// Undoes what archiving the person ended.
pub(crate) async fn resume_after_archive(w: &Write, person: PersonId) -> Result<()> {
    let mut resumed = Vec::new();
    for t in store::of_person_any_role(w, person).await? {
        if t.ended_by.as_deref() == Some("archive") {
            store::move_out(w, t.id, None, None).await?;
            w.change(Change::new("tenancy.resumed", t.id).person(person).property(t.property_id).unit(t.unit_id));
            resumed.push(t.id);
        }
    }
    follow_all(w, &resumed).await
}

/// Deletes all tenancies of a person.
pub(crate) async fn remove_all(w: &Write, person: PersonId) -> Result<()> {
    for t in store::of_person_any_role(w, person).await? {
        remove(w, &t).await?;
    }
    Ok(())
}

/// Notes tenancies whose end has come and was not noted yet, and follows those whose noted end has come; answers how many.
pub(crate) async fn end_due(w: &Write, most: u32) -> Result<u64> {
    let due = store::due(w, most).await?;
    let ids: Vec<TenancyId> = due.iter().map(|t| t.id).collect();
    if !ids.is_empty() {
        store::ended_by_schedule(w, &ids).await?;
        store::touch_people(w, &ids).await?;
    }
    for t in &due {
        w.change(Change::new("tenancy.ended", t.id).person(t.person_id).property(t.property_id).unit(t.unit_id));
    }
    follow_all(w, &ids).await?;
    // What was noted ahead has its change already; what follows from it is due now.
    let left = store::left(w, most).await?;
    if !left.is_empty() {
        store::note_left(w, &left).await?;
        store::touch_people(w, &left).await?;
        follow_all(w, &left).await?;
    }
    Ok((due.len() + left.len()) as u64)
}

/// Brings about what follows from tenancies whose start has come.
pub(crate) async fn arrived(w: &Write, ids: &[TenancyId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    store::touch_people(w, ids).await?;
    wifi::follow(w, ids).await
}

/// Brings about what follows from a tenancy that was written: account and ledger, and the WiFi of its unit.
pub(crate) async fn follow(w: &Write, id: TenancyId) -> Result<()> {
    follow_all(w, &[id]).await
}

/// [`follow`] for several.
pub(crate) async fn follow_all(w: &Write, ids: &[TenancyId]) -> Result<()> {
    ledger::follow_all(w, ids).await?;
    wifi::follow(w, ids).await
}

/// All tenancies of tenants, by id.
pub(crate) async fn all(r: &Read) -> Result<Vec<Tenancy>> {
    store::all(r).await
}

/// The tenancies of tenants in these properties, by id.
pub(crate) async fn of_properties(r: &Read, ids: &[PropertyId]) -> Result<Vec<Tenancy>> {
    store::of_properties(r, ids).await
}

/// All tenancies of a property, of any role.
pub(crate) async fn of_property_any_role(r: &Read, id: PropertyId) -> Result<Vec<Tenancy>> {
    store::of_property_any_role(r, id).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenancy(id: i64, starts: Option<&str>, ends: Option<&str>) -> Tenancy {
        let at = |s: &str| Instant::from_utc(s.parse().unwrap()).unwrap();
        Tenancy {
            id: TenancyId::new(id),
            person_id: PersonId::new(1),
            property_id: PropertyId::new(1),
            unit_id: None,
            unit_number: None,
            occupants: None,
            starts_at: starts.map(at),
            ends_at: ends.map(at),
            moved_out_at: None,
            ended_by: None,
            created_at: at("2020-02-29T12:00:00"),
            updated_at: at("2020-02-29T12:00:00"),
        }
    }

    #[test]
    fn an_open_end_is_the_next_anniversary_still_ahead() {
        let now = Instant::from_utc("2026-11-21T16:00:00".parse().unwrap()).unwrap();
        let end = |start: &str| tenancy(1, Some(start), None).shown_end(now).to_string();
        assert_eq!(end("2026-11-21T00:00:00"), "2027-11-21T00:00:00.000000Z");
        assert_eq!(end("2021-11-21T16:00:00"), "2027-11-21T16:00:00.000000Z");
        assert_eq!(end("2021-12-01T00:00:00"), "2026-12-01T00:00:00.000000Z");
        assert_eq!(end("2030-01-01T00:00:00"), "2031-01-01T00:00:00.000000Z");
        assert_eq!(tenancy(1, None, None).shown_end(now).to_string(), "2027-02-28T12:00:00.000000Z");
    }

    #[test]
    fn the_end_of_the_calendar_is_no_anniversary() {
        let now = Instant::from_utc("2026-11-21T16:00:00".parse().unwrap()).unwrap();
        let mut t = tenancy(1, Some("2026-01-01T00:00:00"), None);
        t.ends_at = Some(FOREVER);
        assert!(t.is_running(now) && t.is_inside(now));
        assert_eq!(t.shown_end(now), FOREVER);
        for start in [FOREVER, FOREVER.plus_days(-1), FOREVER.plus_days(-366), FOREVER.plus_secs(1)] {
            t.starts_at = Some(start);
            t.ends_at = None;
            assert!(t.shown_end(now) >= start, "{start:?}");
            assert!(!t.is_running(now) && !t.is_inside(now));
        }
        t.starts_at = Some(Instant::from_secs(-62_135_596_800));
        assert_eq!(t.shown_end(now).to_string(), "2027-01-01T00:00:00.000000Z");
    }

    #[test]
    fn the_shown_one_runs_else_comes_else_ended_last() {
        let now = Instant::from_utc("2026-11-21T16:00:00".parse().unwrap()).unwrap();
        let old = tenancy(1, Some("2019-01-01T00:00:00"), Some("2020-01-01T00:00:00"));
        let older = tenancy(2, Some("2010-01-01T00:00:00"), Some("2011-01-01T00:00:00"));
        let running = tenancy(3, Some("2024-01-01T00:00:00"), Some("2099-01-01T00:00:00"));
        let newer = tenancy(4, Some("2025-01-01T00:00:00"), None);
        let soon = tenancy(5, Some("2027-01-01T00:00:00"), None);
        let later = tenancy(6, Some("2028-01-01T00:00:00"), None);
        let pick = |v: &[&Tenancy]| shown(v.iter().map(|t| (*t).clone()).collect(), now).map(|t| t.id.get());
        assert_eq!(pick(&[]), None);
        assert_eq!(pick(&[&old, &older]), Some(1));
        assert_eq!(pick(&[&later, &soon, &old]), Some(5));
        assert_eq!(pick(&[&running, &newer, &soon, &old]), Some(4));
    }
}
