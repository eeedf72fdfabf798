//! People: as a list, noted down, changed, archived and brought back.

use std::collections::HashMap;

use db::{Change, List, Read, Write, row, sql};
use kernel::{
    Action, Actor, Caller, Draft, Email, Error, Faults, Field, Instant, Key, Living, Page, PageRequest, PersonId,
    Problem, PropertyId, Result, Role, UnitId, fold,
};
use uuid::Uuid;

use super::{Desk, Reach, right};
use crate::{
    access::{Resource, require},
    diff::Diff,
    face, login, organization,
    person::address,
    resident, search, staff, tenancy,
};

/// Characters of a name.
const LONGEST: usize = 100;
/// Characters of a title or a salutation.
const LONGEST_TITLE: usize = 50;

row! {
    /// Somebody, as lists show them.
    #[derive(Clone, Debug)]
    pub struct PersonRow {
        /// Who.
        pub id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// The name as it is sorted.
        pub name_key: String,
        /// E-mail address.
        pub email: Option<String>,
        /// First phone number, as written.
        pub phone: Option<String>,
        /// The staff role.
        pub role: Option<Role>,
        /// Whether there is a record of them as a resident.
        pub is_resident: bool,
        /// How their login stands: `invited`, `active` or `blocked`; nothing without one.
        pub login: Option<String>,
        /// Since when archived.
        pub archived_at: Option<Instant>,
        /// The picture they are shown with: the uid of a file with a thumbnail.
        pub avatar: Option<Uuid>,
    }

    /// Where somebody lives or owns now.
    #[derive(Clone, Debug)]
    pub struct Home {
        /// Who.
        pub person_id: PersonId,
        /// As what.
        pub living: Living,
        /// Where.
        pub property_id: PropertyId,
        /// That property's name.
        pub property_name: String,
        /// In which unit.
        pub unit_id: Option<UnitId>,
        /// That unit's number.
        pub unit_number: Option<String>,
    }

    struct Reached {
        id: PersonId,
        role: Option<Role>,
        property_id: Option<PropertyId>,
    }

    struct Stored {
        first_name: String,
        last_name: String,
        salutation: Option<String>,
        title: Option<String>,
        email: Option<String>,
        phone: Option<String>,
        role: Option<Role>,
        archived_at: Option<Instant>,
    }
}

/// Which people, by what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Who {
    /// Residents.
    #[default]
    Residents,
    /// Those who own.
    Owners,
    /// Those who rent.
    Tenants,
    /// The staff.
    Staff,
}

/// Which people, by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// All who are not archived.
    #[default]
    Present,
    /// Those who live or own somewhere now.
    Living,
    /// Those who live nowhere now.
    Former,
    /// Those who are archived.
    Archived,
}

/// What people are narrowed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleFilter {
    /// What they are.
    pub who: Who,
    /// How they stand.
    pub standing: Standing,
    /// Where they live.
    pub property: Option<PropertyId>,
    /// Words of their name, address or number.
    pub text: String,
}

/// The fields of a person that can be written here.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Given name.
    pub first_name: Field<String>,
    /// Family name.
    pub last_name: Field<String>,
    /// How they are addressed in letters; nothing for none.
    pub salutation: Field<Option<String>>,
    /// Title; nothing for none.
    pub title: Field<Option<String>>,
    /// E-mail address; nothing for none.
    pub email: Field<Option<String>>,
    /// First phone number, as written; nothing for none.
    pub phone: Field<Option<String>>,
    /// Where letters go; all of it empty for none.
    pub address: address::Input,
}

/// A resident to be noted down.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// Who it is.
    pub person: Input,
    /// Where they will live from today on; nothing when that is not known.
    pub property_id: Field<Option<PropertyId>>,
    /// The number of the unit there.
    pub unit_number: Field<Option<String>>,
}

#[operations::compiled_here]
impl Desk<'_> {
    /// One page of the people within reach, by name, with where they live.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] on a foreign cursor.
    pub async fn people(
        &self,
        caller: &Caller,
        filter: PeopleFilter,
        request: PageRequest,
    ) -> Result<Page<(PersonRow, Vec<Home>)>> {
        self.0.search().up_to_date(caller.org, &filter.text).await?;
        self.0
            .read(caller, async move |r, actor| {
                let reach = Reach::of(actor)?;
                let list = narrowed(r, &reach, &filter);
                let scope = list.scope();
                let ids: Vec<PersonId> = r.all(list.page(["name_key", "id"], &request)?).await?;
                let position = |p: &PersonRow| vec![Key::from(p.name_key.clone()), Key::from(p.id.get())];
                let page = Page::cut(rows(r, &ids).await?, request.rows(), &scope, position);
                let ids: Vec<PersonId> = page.items.iter().map(|p| p.id).collect();
                let mut homes = homes(r, &ids).await?;
                let with = |p: PersonRow| {
                    let homes = homes.remove(&p.id).unwrap_or_default();
                    (p, homes)
                };
                Ok(Page { items: page.items.into_iter().map(with).collect(), next: page.next })
            })
            .await
    }

    /// Notes a resident down, with a tenancy that begins today where a property is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn note_person(&self, caller: &Caller, draft: Draft<New>) -> Result<PersonId> {
        self.0
            .write(caller, async move |w, actor| {
                let reach = Reach::of(actor)?;
                let (input, mut faults) = draft.open()?;
                let property = input.property_id.given().copied().flatten();
                let address = check(w, None, &input.person, &mut faults).await?;
                match property {
                    Some(p) if !reach.has(Some(p)) => faults.add("property_id", Problem::Unknown),
                    None if !reach.is_all() => faults.add("property_id", Problem::Required),
                    _ => {}
                }
                let mut record = resident::Input {
                    first_name: input.person.first_name.clone(),
                    last_name: input.person.last_name.clone(),
                    phone: Field::Given(input.person.phone.given().cloned().flatten().unwrap_or_default()),
                    ..resident::Input::default()
                };
                if let Some(property) = property {
                    record.lease.fields = tenancy::Input {
                        property_id: Field::Given(property),
                        unit_number: input.unit_number.clone(),
                        ..tenancy::Input::default()
                    };
                }
                faults.finish()?;
                require(
                    actor,
                    Action::ManagePeople,
                    property.map_or(Resource::Organization, |p| Resource::Of(Some(p))),
                )?;
                let id = resident::create(w, &record, Faults::new()).await.map_err(outer)?;
                let email = input.person.email.given().cloned().flatten();
                set_email(w, id, email.as_deref()).await?;
                let given = |field: &Field<Option<String>>| field.given().cloned().flatten();
                set_titles(w, id, &given(&input.person.salutation), &given(&input.person.title)).await?;
                if let Some(address) = address {
                    address.store(w, id).await?;
                }
                Ok(id)
            })
            .await
    }

    /// Changes what is given of a person: of residents within reach; of the staff, for whoever manages them.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn change_person(&self, caller: &Caller, id: PersonId, draft: Draft<Input>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = writable(w, actor, id).await?;
                let (input, mut faults) = draft.open()?;
                let address = check(w, Some((id, &now)), input, &mut faults).await?;
                faults.finish()?;
                change(w, id, &now, input, address).await
            })
            .await
    }

    /// Has a person shown with a picture that the caller uploaded, by its path.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Invalid`] at `avatar`.
    pub async fn set_avatar(&self, caller: &Caller, id: PersonId, path: Draft<Field<String>>) -> Result<()> {
        self.0.read(caller, async move |r, actor| writable(r, actor, id).await.map(drop)).await?;
        let picture = face::uploaded(self.0, caller, path).await?;
        self.0
            .write(caller, async move |w, actor| {
                let now = writable(w, actor, id).await?;
                face::set(w, actor, face::Of::Person(id, now.action()), Some(&picture)).await
            })
            .await
    }

    /// Has a person shown without a picture.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn remove_avatar(&self, caller: &Caller, id: PersonId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = writable(w, actor, id).await?;
                face::set(w, actor, face::Of::Person(id, now.action()), None).await
            })
            .await
    }

    /// Archives a person, or brings them back.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `self_archive`; [`Error::Invalid`] for the last
    /// active admin.
    pub async fn archive_person(&self, caller: &Caller, id: PersonId, archived: bool) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = writable(w, actor, id).await?;
                if now.archived_at.is_some() == archived {
                    return Ok(());
                }
                if actor.person() == Some(id) {
                    return Err(Error::Conflict("self_archive"));
                }
                match now.role {
                    Some(_) => staff::set_archived(w, &staff::get(w, id).await?, archived).await,
                    None => resident::set_archived(w, id, archived).await,
                }
            })
            .await
    }
}

impl Stored {
    /// What is noted when the staff changed something about them.
    const fn action(&self) -> &'static str {
        if self.role.is_some() { "staff.updated" } else { "resident.updated" }
    }
}

/// What the caller is told of a tenancy's faults where its fields stand beside those of the person.
fn outer(error: Error) -> Error {
    let Error::Invalid(faults) = error else { return error };
    let mut out = Faults::new();
    for fault in &faults {
        out.add(fault.path.last().cloned().unwrap_or_default(), fault.problem.clone());
    }
    Error::Invalid(out)
}

/// The person, where they lie within reach: residents of its properties, and in all of the organization everybody.
/// Answers a property of theirs within reach, if there is one.
pub(crate) async fn reached(r: &Read, reach: &Reach, id: PersonId) -> Result<Option<Option<PropertyId>>> {
    Ok(find(r, reach, id).await?.map(|p| p.property_id))
}

async fn find(r: &Read, reach: &Reach, id: PersonId) -> Result<Option<Reached>> {
    r.optional(sql!(
        "SELECT p.id, g.role, (SELECT min(t.property_id) FROM tenancy t WHERE t.org_id = $1 AND t.person_id = p.id \
         AND t.deleted_at IS NULL AND ($3 OR t.property_id = ANY($4))) AS property_id \
         FROM person p LEFT JOIN role_grant g ON g.person_id = p.id WHERE p.org_id = $1 AND p.id = $2 AND p.deleted_at IS NULL \
         AND ($3 OR EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = $1 AND t.person_id = p.id AND t.deleted_at IS NULL \
         AND t.property_id = ANY($4)))",
        r.caller().org,
        id,
        reach.is_all(),
        reach.ids()
    ))
    .await
}

/// The person as stored, where the actor may change them.
async fn writable(r: &Read, actor: &Actor, id: PersonId) -> Result<Stored> {
    let reach = Reach::of(actor)?;
    let missing = || Error::NotFound("person");
    let found = find(r, &reach, id).await?.ok_or_else(missing)?;
    if found.role.is_some() && actor.person() != Some(found.id) {
        require(actor, Action::ManageStaff, Resource::Organization)?;
    } else if found.role.is_none() {
        match found.property_id {
            Some(property) => right(actor, &reach, Action::ManagePeople, Some(property), "person")?,
            None => require(actor, Action::ManagePeople, Resource::Organization)?,
        }
    }
    r.optional(sql!(
        "SELECT p.first_name, p.last_name, p.salutation, p.title, p.email, n.raw AS phone, g.role, p.archived_at FROM person p \
         LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary LEFT JOIN role_grant g ON g.person_id = p.id \
         WHERE p.org_id = $1 AND p.id = $2 AND p.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await?
    .ok_or_else(missing)
}

/// Whether the actor may change a person of this role, who lives there.
pub(super) fn may_change(actor: &Actor, reach: &Reach, role: Option<Role>, property: Option<PropertyId>) -> bool {
    match (role, property) {
        (Some(_), _) => require(actor, Action::ManageStaff, Resource::Organization).is_ok(),
        (None, Some(p)) => right(actor, reach, Action::ManagePeople, Some(p), "person").is_ok(),
        (None, None) => require(actor, Action::ManagePeople, Resource::Organization).is_ok(),
    }
}

/// Notes what is wrong; answers the address, where it changes.
async fn check(
    r: &Read,
    now: Option<(PersonId, &Stored)>,
    input: &Input,
    faults: &mut Faults,
) -> Result<Option<address::Typed>> {
    for (path, field) in [("first_name", &input.first_name), ("last_name", &input.last_name)] {
        if now.is_none() {
            field.required(faults, path);
        }
        if let Some(name) = field.given() {
            if name.trim().is_empty() {
                faults.add(path, Problem::Required);
            } else if name.chars().count() > LONGEST {
                faults.add(path, Problem::TooLong(LONGEST));
            }
        }
    }
    for (path, field) in [("salutation", &input.salutation), ("title", &input.title)] {
        crate::community::check_optional(path, field, LONGEST_TITLE, faults);
    }
    let country = organization::get(r).await?.country;
    let address = address::Typed::read(r, now.map(|(id, _)| id), &input.address, &country, faults).await?;
    let Some(email) = input.email.given() else { return Ok(address) };
    let same = now.is_some_and(|(_, stored)| stored.email == *email);
    match email {
        None if now.is_some_and(|(_, stored)| stored.role.is_some()) => faults.add("email", Problem::Required),
        Some(text) if !same => match Email::parse(text) {
            None => faults.add("email", Problem::NotEmail),
            Some(address) => {
                // Addresses need not be one person's alone, but sign-ins must.
                let owner = login::owner(r, "email", &address.key()).await?;
                let signs_in = match now {
                    Some((id, _)) => login::of_person(r, id).await?.is_some(),
                    None => false,
                };
                if signs_in && owner.is_some_and(|o| now.is_none_or(|(id, _)| id != o)) {
                    faults.add("email", Problem::Taken);
                }
            }
        },
        _ => {}
    }
    Ok(address)
}

async fn change(w: &Write, id: PersonId, now: &Stored, input: &Input, address: Option<address::Typed>) -> Result<()> {
    let first = input.first_name.or_keep(&now.first_name).trim().to_owned();
    let last = input.last_name.or_keep(&now.last_name).trim().to_owned();
    let (email, phone) = (input.email.or_keep(&now.email), input.phone.or_keep(&now.phone));
    let mut diff = Diff::default();
    diff.field("first_name", &now.first_name, &first);
    diff.field("last_name", &now.last_name, &last);
    let (salutation, title) = (input.salutation.or_keep(&now.salutation), input.title.or_keep(&now.title));
    diff.field("salutation", &now.salutation, &salutation);
    diff.field("title", &now.title, &title);
    diff.field("email", &now.email, &email);
    diff.field("phone", &now.phone, &phone);
    if let Some(address) = address {
        address.store(w, id).await?;
        diff.secret("mailing_address");
    }
    if diff.is_empty() {
        return Ok(());
    }
    resident::store::update(w, id, &first, &last, &fold(&format!("{last} {first}"))).await?;
    if (&salutation, &title) != (&now.salutation, &now.title) {
        set_titles(w, id, &salutation, &title).await?;
    }
    if phone != now.phone {
        staff::set_phone(w, id, phone.as_deref().unwrap_or_default()).await?;
    }
    if email != now.email {
        set_email(w, id, email.as_deref()).await?;
        if login::of_person(w, id).await?.is_some() {
            login::rename(w, id, email.as_deref()).await?;
        }
    }
    w.change(Change::new(now.action(), id).person(id).data(diff.json()));
    Ok(())
}

pub(crate) async fn set_titles(
    w: &Write,
    id: PersonId,
    salutation: &Option<String>,
    title: &Option<String>,
) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET salutation = $3, title = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        salutation,
        title
    ))
    .await
    .map(drop)
}

async fn set_email(w: &Write, id: PersonId, email: Option<&str>) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET email = $3, email_key = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        email,
        email.map(Email::key_of)
    ))
    .await
    .map(drop)
}

fn narrowed(r: &Read, reach: &Reach, filter: &PeopleFilter) -> List {
    const HOME: &str = "EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = p.org_id AND t.person_id = p.id AND t.deleted_at IS NULL \
                        AND (t.starts_at IS NULL OR t.starts_at <= ?) AND (t.ends_at IS NULL OR t.ends_at > ?) \
                        AND (t.moved_out_at IS NULL OR t.moved_out_at > ?))";
    const NO_HOME: &str = "NOT EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = p.org_id AND t.person_id = p.id \
                           AND t.deleted_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= ?) AND (t.ends_at IS NULL OR t.ends_at > ?) \
                           AND (t.moved_out_at IS NULL OR t.moved_out_at > ?))";
    const AS: &str = "EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = p.org_id AND t.person_id = p.id AND t.deleted_at IS NULL \
                      AND t.role = ?)";
    const AT: &str = "EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = p.org_id AND t.person_id = p.id AND t.deleted_at IS NULL \
                      AND t.property_id = ?)";
    const WITHIN: &str = "EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = p.org_id AND t.person_id = p.id AND t.deleted_at IS NULL \
                          AND t.property_id = ANY(?))";
    let (org, now) = (r.caller().org, r.now());
    let is = |yes: bool| yes.then_some(org);
    let (who, standing) = (filter.who, filter.standing);
    let living = match who {
        Who::Owners => Some(Living::Owner),
        Who::Tenants => Some(Living::Tenant),
        Who::Residents | Who::Staff => None,
    };
    let mut list = List::new("desk people", "SELECT id FROM person p")
        .filter("deleted_at IS NULL AND org_id = ?", org)
        .filter_if("archived_at IS NULL AND org_id = ?", is(standing != Standing::Archived))
        .filter_if("archived_at IS NOT NULL AND org_id = ?", is(standing == Standing::Archived))
        .filter_if("is_resident AND org_id = ?", is(who != Who::Staff))
        .filter_if(
            "EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = p.id AND g.org_id = ?)",
            is(who == Who::Staff),
        )
        .filter_if(HOME, (standing == Standing::Living).then_some(now))
        .filter_if(NO_HOME, (standing == Standing::Former).then_some(now))
        .filter_if(AS, living)
        .filter_if(AT, filter.property);
    list = reach.narrow(list, WITHIN);
    search::narrow(list, search::has_term!("p.id", "person"), org, &filter.text)
}

/// These people, in this order.
pub(crate) async fn rows(r: &Read, ids: &[PersonId]) -> Result<Vec<PersonRow>> {
    let found: Vec<PersonRow> = r
        .all(sql!(
            "SELECT p.id, p.first_name, p.last_name, p.name_key, p.email, n.raw AS phone, g.role, p.is_resident, l.status AS login, \
             p.archived_at, p.avatar FROM person p LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
             LEFT JOIN role_grant g ON g.person_id = p.id LEFT JOIN login l ON l.person_id = p.id \
             WHERE +p.org_id = $1 AND p.id = ANY($2) AND p.deleted_at IS NULL",
            r.caller().org,
            ids
        ))
        .await?;
    let mut by_id: HashMap<PersonId, PersonRow> = found.into_iter().map(|p| (p.id, p)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// Where these people live or own now.
pub(crate) async fn homes(r: &Read, ids: &[PersonId]) -> Result<HashMap<PersonId, Vec<Home>>> {
    let found: Vec<Home> = r
        .all(sql!(
            "SELECT t.person_id, t.role AS living, t.property_id, o.name AS property_name, t.unit_id, u.number AS unit_number \
             FROM tenancy t JOIN property o ON o.id = t.property_id LEFT JOIN unit u ON u.id = t.unit_id \
             WHERE t.org_id = $1 AND t.person_id = ANY($2) AND t.deleted_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= $3) \
             AND (t.ends_at IS NULL OR t.ends_at > $3) AND (t.moved_out_at IS NULL OR t.moved_out_at > $3) ORDER BY t.id",
            r.caller().org,
            ids,
            r.now()
        ))
        .await?;
    let mut by_person: HashMap<PersonId, Vec<Home>> = HashMap::new();
    for home in found {
        by_person.entry(home.person_id).or_default().push(home);
    }
    Ok(by_person)
}
