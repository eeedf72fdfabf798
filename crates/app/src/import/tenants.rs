//! People of a list, and where they live or own. A person is known by reference, else by e-mail address and name.

use db::{Change, Write};
use kernel::{Date, Email, Living, PropertyId, Result, UnitId, Zone, fold};

use super::{
    Kind,
    apply::{Around, Done},
    plan::{Outcome, Reader, Reason, Row},
    store::{self, Known, KnownTenancy, KnownUnit, Run},
};
use crate::{
    diff::Diff,
    ledger,
    moves::{self, Newcomer},
    resident, staff, tenancy,
};

const REFERENCE: usize = 0;
const FIRST: usize = 1;
const LAST: usize = 2;
const EMAIL: usize = 3;
const PHONE: usize = 4;
const PROPERTY: usize = 5;
const UNIT: usize = 6;
const ROLE: usize = 7;
const STARTS: usize = 8;
const ENDS: usize = 9;
const RENT: usize = 10;

/// A row that was read well.
struct Wanted<'a> {
    reference: &'a str,
    first: &'a str,
    last: &'a str,
    email: Option<&'a str>,
    phone: &'a str,
    property: PropertyId,
    unit: UnitId,
    living: Living,
    starts: Date,
    ends: Option<Date>,
    rent: Option<i64>,
}

/// What is known of the people and units a part names.
struct World {
    people: Vec<Known>,
    units: Vec<KnownUnit>,
    tenancies: Vec<KnownTenancy>,
}

pub async fn part(w: &Write, run: &Run, around: &Around, rows: &[Row], write: bool) -> Result<Done> {
    let references: Vec<&str> = rows.iter().map(|r| r.cell(REFERENCE)).filter(|r| !r.is_empty()).collect();
    let emails: Vec<String> = rows.iter().map(|r| Email::key_of(r.cell(EMAIL))).filter(|e| !e.is_empty()).collect();
    let numbers: Vec<&str> = rows.iter().map(|r| r.cell(UNIT)).collect();
    let mut places: Vec<PropertyId> = around.zones.keys().copied().collect();
    places.sort_unstable();
    let units = store::units(w, &places, &numbers).await?;
    let ids: Vec<UnitId> = units.iter().map(|u| u.id).collect();
    let mut world = World {
        people: store::people(w, &references, &emails).await?,
        tenancies: store::tenancies(w, &ids).await?,
        units,
    };
    let mut done = Done::default();
    for row in rows {
        let mut reader = Reader::new(row, Kind::Tenants.columns());
        let wanted = read(&mut reader, around, &world);
        let known = wanted.as_ref().and_then(|p| find(&world.people, p)).cloned();
        if let Some(p) = wanted.as_ref().filter(|_| reader.faults.is_empty()) {
            check(&mut reader, p, known.as_ref(), &world, around, w.now());
        }
        let (Some(wanted), true) = (wanted, reader.faults.is_empty()) else {
            done.refuse(reader.faults);
            continue;
        };
        done.count(take(w, run, &wanted, known, &mut world, around, write).await?);
    }
    Ok(done)
}

fn read<'a>(reader: &mut Reader<'a>, around: &Around, world: &World) -> Option<Wanted<'a>> {
    let (reference, first, last) = (reader.text(REFERENCE), reader.text(FIRST), reader.needed(LAST));
    let (email, phone) = (reader.email(EMAIL), reader.text(PHONE));
    if reference.is_empty() && email.is_none() {
        reader.wrong(REFERENCE, Reason::NoKey);
    }
    let property = around.places.find(reader, PROPERTY);
    let number = reader.needed(UNIT);
    let unit = world.units.iter().find(|u| Some(u.property_id) == property && u.number == number);
    if property.is_some() && unit.is_none() && !number.is_empty() {
        reader.wrong(UNIT, Reason::NoUnit);
    }
    let living = living(reader.text(ROLE));
    if living.is_none() {
        reader.wrong(ROLE, Reason::NoRole);
    }
    reader.needed(STARTS);
    let (starts, ends) = (reader.date(STARTS), reader.date(ENDS));
    if starts.zip(ends).is_some_and(|(from, to)| to < from) {
        reader.wrong(ENDS, Reason::EndsBefore);
    }
    let rent = reader.amount(RENT, around.currency);
    reader.twice();
    Some(Wanted {
        unit: unit?.id,
        property: property?,
        living: living?,
        starts: starts?,
        reference,
        first,
        last,
        email,
        phone,
        ends,
        rent,
    })
}

fn living(word: &str) -> Option<Living> {
    Some(match fold(word).as_str() {
        "" | "tenant" | "mieter" | "mieterin" | "miete" => Living::Tenant,
        "owner" | "eigentuemer" | "eigentuemerin" | "eigentum" => Living::Owner,
        "member" | "mitbewohner" | "mitbewohnerin" | "mitbewohnend" | "household member" => Living::Member,
        _ => return None,
    })
}

/// The person a row means: by reference, else by e-mail address and name.
fn find<'a>(people: &'a [Known], wanted: &Wanted<'_>) -> Option<&'a Known> {
    let by_reference =
        people.iter().find(|p| !wanted.reference.is_empty() && p.reference.as_deref() == Some(wanted.reference));
    by_reference.or_else(|| {
        let (email, name) = (Email::key_of(wanted.email?), name_key(wanted));
        people.iter().find(|p| {
            let free = wanted.reference.is_empty() || p.reference.is_none();
            free && p.email_key.as_deref() == Some(email.as_str()) && p.name_key == name
        })
    })
}

fn name_key(wanted: &Wanted<'_>) -> String {
    fold(&format!("{} {}", wanted.last, wanted.first))
}

fn check(
    reader: &mut Reader<'_>,
    wanted: &Wanted<'_>,
    known: Option<&Known>,
    world: &World,
    around: &Around,
    now: kernel::Instant,
) {
    // A reference that somebody else has is a mistake in the list; a family name may change, or a given name, not both.
    if let Some(known) = known
        && fold(&known.last_name) != fold(wanted.last)
        && fold(&known.first_name) != fold(wanted.first)
    {
        reader.wrong(REFERENCE, Reason::OtherPerson);
    }
    if wanted.living != Living::Tenant || is_over(wanted, around, now) {
        return;
    }
    let zone = zone(around, wanted.property);
    let from = zone.midnight(wanted.starts.tomorrow().unwrap_or(wanted.starts));
    let other = |t: &&KnownTenancy| {
        t.unit_id == wanted.unit
            && t.living == Living::Tenant
            && Some(t.person_id) != known.map(|k| k.id)
            && t.ends_at.is_none_or(|at| at > from)
            && t.moved_out_at.is_none_or(|at| at > from)
    };
    if world.tenancies.iter().any(|t| other(&t)) {
        reader.wrong(UNIT, Reason::UnitTaken);
    }
}

fn zone(around: &Around, property: PropertyId) -> Zone {
    Zone::named(around.zones.get(&property).map_or("UTC", String::as_str))
}

fn is_over(wanted: &Wanted<'_>, around: &Around, now: kernel::Instant) -> bool {
    wanted.ends.is_some_and(|on| on < zone(around, wanted.property).date(now))
}

/// Makes or changes the person and the tenancy, or tells what would be done.
async fn take(
    w: &Write,
    run: &Run,
    wanted: &Wanted<'_>,
    known: Option<Known>,
    world: &mut World,
    around: &Around,
    write: bool,
) -> Result<Outcome> {
    let mut outcome = Outcome::Same;
    let person = match &known {
        Some(known) => {
            if change(w, wanted, known, write).await? {
                outcome = Outcome::Changed;
            }
            Some(known.id)
        }
        None => {
            outcome = Outcome::Made;
            let made = if write { Some(make(w, run, wanted).await?) } else { None };
            world.people.push(known_as(wanted, made.unwrap_or(kernel::PersonId::new(0))));
            made
        }
    };
    let lives = world
        .tenancies
        .iter()
        .any(|t| t.unit_id == wanted.unit && Some(t.person_id) == person && t.living == wanted.living);
    if lives {
        return Ok(outcome);
    }
    if known.is_some() {
        outcome = Outcome::Made;
    }
    let Some(person) = person.filter(|_| write) else {
        remember(world, wanted, person.unwrap_or(kernel::PersonId::new(0)), around);
        return Ok(outcome);
    };
    let zone = zone(around, wanted.property);
    let ends = match wanted.ends {
        Some(on) => Some(zone.midnight(on.tomorrow().map_err(kernel::Error::internal)?)),
        None => None,
    };
    let starts = zone.midnight(wanted.starts);
    let id = moves::insert_tenancy(w, person, wanted.property, wanted.unit, wanted.living, starts, ends).await?;
    store::made(w, run, "tenancy", id).await?;
    resident::touch(w, person).await?;
    w.change(Change::new("tenancy.created", id).person(person).property(wanted.property).unit(wanted.unit));
    tenancy::follow(w, id).await?;
    if let Some(rent) = wanted.rent.filter(|_| wanted.living == Living::Tenant) {
        ledger::set_rent_of(w, id, rent).await?;
    }
    remember(world, wanted, person, around);
    Ok(outcome)
}

/// Later rows of the part see who has the unit now.
fn remember(world: &mut World, wanted: &Wanted<'_>, person: kernel::PersonId, around: &Around) {
    let zone = zone(around, wanted.property);
    world.tenancies.push(KnownTenancy {
        id: kernel::TenancyId::new(0),
        unit_id: wanted.unit,
        person_id: person,
        living: wanted.living,
        starts_at: Some(zone.midnight(wanted.starts)),
        ends_at: wanted.ends.and_then(|on| on.tomorrow().ok()).map(|on| zone.midnight(on)),
        moved_out_at: None,
    });
}

/// Somebody new, as later rows of the part know them.
fn known_as(wanted: &Wanted<'_>, id: kernel::PersonId) -> Known {
    Known {
        id,
        reference: Some(wanted.reference.to_owned()).filter(|r| !r.is_empty()),
        first_name: wanted.first.to_owned(),
        last_name: wanted.last.to_owned(),
        name_key: name_key(wanted),
        email: wanted.email.map(str::to_owned),
        email_key: wanted.email.map(Email::key_of),
        phone: Some(wanted.phone.to_owned()).filter(|p| !p.is_empty()),
    }
}

async fn make(w: &Write, run: &Run, wanted: &Wanted<'_>) -> Result<kernel::PersonId> {
    let new = Newcomer {
        first_name: wanted.first.to_owned(),
        last_name: wanted.last.to_owned(),
        email: wanted.email.map(str::to_owned),
        phone: Some(wanted.phone.to_owned()),
    };
    let id = moves::create_person(w, &new).await?;
    if !wanted.reference.is_empty() {
        store::set_reference(w, id, wanted.reference).await?;
    }
    store::made(w, run, "person", id).await?;
    Ok(id)
}

/// Whether something about the person is another; an empty cell says nothing.
async fn change(w: &Write, wanted: &Wanted<'_>, known: &Known, write: bool) -> Result<bool> {
    let email = wanted.email.map(str::to_owned).or_else(|| known.email.clone());
    let first = if wanted.first.is_empty() { &known.first_name } else { wanted.first };
    let mut diff = Diff::default();
    diff.field("first_name", &known.first_name.as_str(), &first);
    diff.field("last_name", &known.last_name.as_str(), &wanted.last);
    diff.field("email", &known.email, &email);
    let named = diff.is_empty();
    let new_phone = Some(wanted.phone).filter(|p| !p.is_empty() && known.phone.as_deref() != Some(*p));
    if let Some(phone) = new_phone {
        diff.field("phone", &known.phone.as_deref(), &Some(phone));
    }
    let new_reference = known.reference.is_none() && !wanted.reference.is_empty();
    if diff.is_empty() && !new_reference {
        return Ok(false);
    }
    if !write {
        return Ok(true);
    }
    if !named {
        let (key, email_key) = (fold(&format!("{} {first}", wanted.last)), email.as_deref().map(Email::key_of));
        store::update_person(w, known.id, first, wanted.last, &key, &email, &email_key).await?;
    }
    if let Some(phone) = new_phone {
        staff::set_phone(w, known.id, phone).await?;
        resident::touch(w, known.id).await?;
    }
    if new_reference {
        store::set_reference(w, known.id, wanted.reference).await?;
    }
    w.change(Change::new("resident.updated", known.id).person(known.id).data(diff.json()));
    Ok(true)
}
