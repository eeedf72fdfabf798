//! What a user must be like (sections 6 and 7). All that is wrong is found before anything is written (GE1).

use db::Read;
use kernel::{Email, Faults, Field, PersonId, Phone, Problem, Result, UnitId};

use super::{Input, Role, User, number, store};
use crate::staff;

/// The longest name, in characters.
const LONGEST_NAME: usize = 70;
/// The longest e-mail address, in characters.
const LONGEST_EMAIL: usize = 254;

/// A user as they will be.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub email: Option<String>,
    pub phone: Option<Number>,
    pub first_name: String,
    pub last_name: String,
    pub role: Role,
    /// Ascending.
    pub flats: Vec<store::Flat>,
    /// Whether flats were given; else they stay as they are.
    pub moves: bool,
    pub archived: bool,
}

/// A phone number as it will be.
#[derive(Clone, Debug)]
pub enum Number {
    /// The one that is stored, in whatever form.
    Kept(String),
    /// Another.
    New(Phone),
}

impl Number {
    pub fn raw(&self) -> &str {
        match self {
            Self::Kept(raw) => raw,
            Self::New(phone) => phone.raw(),
        }
    }
}

impl Wanted {
    /// Whether nothing changes.
    pub fn is(&self, now: &User) -> bool {
        self.email == now.email
            && self.phone.as_ref().map(Number::raw) == now.phone.as_deref()
            && (&self.first_name, &self.last_name) == (&now.first_name, &now.last_name)
            && (self.role, self.archived) == (now.role, now.archived)
            && self.flats.iter().map(|f| f.id).eq(now.flats.iter().copied())
    }
}

/// A new user.
pub async fn check_new(r: &Read, input: &Input, mut faults: Faults) -> Result<Wanted> {
    let role = input.role.required(&mut faults, "role").copied();
    let (email, phone) = contact(r, None, input, &mut faults).await?;
    let (first_name, last_name) = names(None, input, &mut faults);
    let flats = flats(r, input, &mut faults).await?;
    match role {
        Some(Role::Dweller) if is_empty(&input.flats, &flats) => faults.add("flats", Problem::Required),
        Some(role) => no_flats_of_staff(role, flats.as_deref().unwrap_or_default(), &mut faults),
        None => {}
    }
    if input.archived.given() == Some(&true) {
        faults.add("archived", Problem::NotAllowed);
    }
    faults.finish()?;
    let role = role.ok_or_else(|| kernel::Error::internal("a field was neither given nor faulty"))?;
    let flats = flats.unwrap_or_default();
    Ok(Wanted { email, phone, first_name, last_name, role, flats, moves: true, archived: false })
}

/// A changed user.
pub async fn check_update(r: &Read, now: &User, input: &Input, mut faults: Faults) -> Result<Wanted> {
    let role = input.role.given().copied().unwrap_or(now.role);
    let restored = now.archived && input.archived.given() == Some(&false);
    let (email, phone) = contact(r, Some(now), input, &mut faults).await?;
    let (first_name, last_name) = names(Some(now), input, &mut faults);
    if !may_become(now.role, role) {
        faults.add("role", Problem::NotAllowed);
    } else if now.role == Role::Admin && role != Role::Admin && is_last_admin(r, now).await? {
        faults.add("role", Problem::LastAdmin);
    }
    let given = flats(r, input, &mut faults).await?;
    let (moves, emptied) = (given.is_some(), given.as_ref().is_some_and(Vec::is_empty));
    let flats = match given {
        Some(flats) => flats,
        None => store::flats(r, &now.flats).await?,
    };
    // ST6, FL4.
    let needs_flats = role == Role::Dweller && (restored || now.role == Role::Landlord);
    if needs_flats && flats.is_empty() && !has_fault(&faults, "flats") {
        faults.add("flats", Problem::Required);
    }
    no_flats_of_staff(role, &flats, &mut faults);
    // FL2: that is how a dweller is archived.
    let left = emptied && (now.role, role) == (Role::Dweller, Role::Dweller) && !now.archived;
    let archived = (now.archived && !restored) || left;
    let wanted = Wanted { email, phone, first_name, last_name, role, flats, moves, archived };
    let told_to_archive = input.archived.given() == Some(&true) && !now.archived;
    // ST6: an archived user is brought back first.
    let touched = now.archived && !restored && !(faults.is_empty() && wanted.is(now));
    if told_to_archive || touched {
        faults.add("archived", Problem::NotAllowed);
    }
    faults.finish()?;
    Ok(wanted)
}

/// RO3.
fn may_become(now: Role, role: Role) -> bool {
    now == role || now.of_staff().is_some() == role.of_staff().is_some()
}

/// RO4.
pub async fn is_last_admin(r: &Read, user: &User) -> Result<bool> {
    match super::member(r, user).await? {
        Some(member) => staff::is_last_admin(r, &member).await,
        None => Ok(false),
    }
}

/// E-mail address and phone number: at least one, and what identifies is nobody else's (ID1 to ID6).
async fn contact(
    r: &Read,
    now: Option<&User>,
    input: &Input,
    faults: &mut Faults,
) -> Result<(Option<String>, Option<Number>)> {
    let email = email(now, &input.email, faults);
    let phone = phone(r, now, &input.phone, faults).await?;
    let known = [has_fault(faults, "email"), has_fault(faults, "phone")] == [false, false];
    if known && email.is_none() && phone.is_none() {
        faults.add("email", Problem::Required);
        faults.add("phone", Problem::Required);
    }
    if !has_fault(faults, "email")
        && let Some(email) = &email
    {
        if now.is_none_or(|n| n.email.as_ref() != Some(email)) {
            taken("email", &store::with_email(r, &Email::key_of(email)).await?, now, faults);
        }
        return Ok((Some(email.clone()), phone));
    }
    // ID4: without an address the number identifies, from the moment on in which it does.
    let was_phone = now.is_some_and(|n| n.email.is_none());
    let same = phone.as_ref().map(Number::raw) == now.and_then(|n| n.phone.as_deref());
    if !has_fault(faults, "email")
        && let Some(number) = phone.as_ref().filter(|_| !(was_phone && same))
    {
        let e164 = match number {
            Number::New(phone) => phone.e164().map(str::to_owned),
            Number::Kept(raw) => {
                number::read(raw, &super::calling_code(r).await?).and_then(|p| p.e164().map(str::to_owned))
            }
        };
        match e164 {
            Some(e164) => taken("phone", &store::with_phone(r, &e164).await?, now, faults),
            // What another door let in cannot be signed in with.
            None => faults.add("phone", Problem::NotPhone),
        }
    }
    Ok((email, phone))
}

fn taken(field: &'static str, who: &[PersonId], now: Option<&User>, faults: &mut Faults) {
    if who.iter().any(|id| now.is_none_or(|n| n.id != *id)) {
        faults.add(field, Problem::Taken);
    }
}

fn email(now: Option<&User>, field: &Field<Option<String>>, faults: &mut Faults) -> Option<String> {
    let stored = now.and_then(|n| n.email.clone());
    let given = match field {
        Field::Given(given) => given.clone().filter(|e| !e.is_empty()),
        Field::Absent | Field::Faulty => return stored,
    };
    // What was shown may be sent back.
    if given == stored {
        return stored;
    }
    if let Some(email) = &given {
        if email.chars().count() > LONGEST_EMAIL {
            faults.add("email", Problem::TooLong(LONGEST_EMAIL));
        } else if Email::parse(email).is_none() {
            faults.add("email", Problem::NotEmail);
        }
    }
    given
}

async fn phone(
    r: &Read,
    now: Option<&User>,
    field: &Field<Option<String>>,
    faults: &mut Faults,
) -> Result<Option<Number>> {
    let stored = now.and_then(|n| n.phone.clone());
    let given = match field {
        Field::Given(given) => given.clone().filter(|p| !p.is_empty()),
        Field::Absent | Field::Faulty => return Ok(stored.map(Number::Kept)),
    };
    if given == stored {
        return Ok(stored.map(Number::Kept));
    }
    let Some(text) = given else { return Ok(None) };
    match number::read(&text, &super::calling_code(r).await?) {
        Some(phone) if Some(phone.raw()) == stored.as_deref() => Ok(stored.map(Number::Kept)),
        Some(phone) => Ok(Some(Number::New(phone))),
        None => {
            faults.add("phone", Problem::NotPhone);
            Ok(None)
        }
    }
}

/// Both names; one of them may be empty.
fn names(now: Option<&User>, input: &Input, faults: &mut Faults) -> (String, String) {
    let first = name("first_name", &input.first_name, now.map(|n| &n.first_name), faults);
    let last = name("last_name", &input.last_name, now.map(|n| &n.last_name), faults);
    let known = !has_fault(faults, "first_name") && !has_fault(faults, "last_name");
    let same = now.is_some_and(|n| (&n.first_name, &n.last_name) == (&first, &last));
    if known && !same && first.trim().is_empty() && last.trim().is_empty() {
        faults.add("first_name", Problem::Blank);
        faults.add("last_name", Problem::Blank);
    }
    (first, last)
}

fn name(path: &'static str, field: &Field<String>, stored: Option<&String>, faults: &mut Faults) -> String {
    let Some(name) = field.given().filter(|name| Some(*name) != stored) else {
        return stored.cloned().unwrap_or_default();
    };
    let allowed = |c: char| c.is_alphanumeric() || " _&;/.+-()".contains(c);
    if name.chars().count() > LONGEST_NAME {
        faults.add(path, Problem::TooLong(LONGEST_NAME));
    } else if !name.chars().all(allowed) {
        faults.add(path, Problem::Malformed);
    }
    name.clone()
}

/// The flats that are given; nothing when none were, or one of them is no flat here (FL5).
async fn flats(r: &Read, input: &Input, faults: &mut Faults) -> Result<Option<Vec<store::Flat>>> {
    let Some(given) = input.flats.given() else { return Ok(None) };
    let mut ids: Vec<UnitId> = given.clone();
    ids.sort_unstable();
    ids.dedup();
    let mut known = if ids.is_empty() { Vec::new() } else { store::flats(r, &ids).await? };
    known.sort_unstable_by_key(|f| f.id);
    if known.len() == ids.len() {
        return Ok(Some(known));
    }
    faults.add("flats", Problem::Unknown);
    Ok(None)
}

/// Whether flats were given as none, or not at all.
fn is_empty(field: &Field<Vec<UnitId>>, flats: &Option<Vec<store::Flat>>) -> bool {
    match field {
        Field::Absent => true,
        Field::Given(_) => flats.as_ref().is_some_and(Vec::is_empty),
        Field::Faulty => false,
    }
}

/// FL3.
fn no_flats_of_staff(role: Role, flats: &[store::Flat], faults: &mut Faults) {
    if role.of_staff().is_some() && !flats.is_empty() {
        faults.add("flats", Problem::NotAllowed);
    }
}

fn has_fault(faults: &Faults, field: &str) -> bool {
    faults.iter().any(|f| f.path.first().is_some_and(|at| at == field))
}
