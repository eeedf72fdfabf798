//! People who live in, or own, a unit: the record a manager keeps about them. They may never sign in.

pub(crate) mod store;

use std::{collections::HashMap, sync::Arc};

use db::{Change, Read, Write};
use kernel::{
    Action, Caller, Draft, Error, Faults, Field, Instant, Key, Page, PageRequest, PersonId, Problem, Result, Role, fold,
};

use crate::{
    access::{Resource, require},
    diff::{Diff, allow_same, drop_faults},
    group::grouped,
    handle, invite, login,
    staff::{self, Member},
    tenancy::{self, Tenancy},
    ticket,
};

pub use store::Person;

/// A resident with the tenancy shown and the staff who care for them.
#[derive(Clone, Debug)]
pub struct Resident {
    /// The person.
    pub person: Person,
    /// The one tenancy shown: see [`tenancy::shown`].
    pub lease: Option<Tenancy>,
    /// Who cares for them, by id.
    pub staff: Vec<Arc<Member>>,
}

/// The fields of a resident that can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Given name.
    pub first_name: Field<String>,
    /// Family name.
    pub last_name: Field<String>,
    /// First phone number, as written.
    pub phone: Field<String>,
    /// Whether archived.
    pub archived: Field<bool>,
    /// The staff who care for them, all of them.
    pub staff_ids: Field<Vec<PersonId>>,
    /// The tenancy.
    pub lease: LeaseInput,
}

/// How a tenancy is written along with its resident.
#[derive(Clone, Debug, Default)]
pub struct LeaseInput {
    /// Given as a thing of its own: then a first one needs all its dates. Otherwise a place alone makes one that starts
    /// today and is open.
    pub whole: bool,
    /// Given as nothing: allowed where nothing is shown.
    pub null: bool,
    /// As in [`tenancy::Update`].
    pub in_seconds: bool,
    /// Its fields.
    pub fields: tenancy::Input,
}

/// Which residents.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which<'a> {
    All,
    These(&'a [PersonId]),
}

handle! {
    /// Operations on residents.
    Residents
}

#[operations::compiled_here]
impl Residents<'_> {
    /// All residents, archived ones too, by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Resident>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::ViewPeople, Resource::Organization)?;
                load(r, Which::All).await
            })
            .await
    }

    /// Residents nobody cares for yet, without archived ones; those changed longest ago first.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list_unstaffed(&self, caller: &Caller) -> Result<Vec<Resident>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::ViewPeople, Resource::Organization)?;
                unstaffed(r).await
            })
            .await
    }

    /// One page of the people, by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] on a foreign cursor.
    pub async fn page(&self, caller: &Caller, request: PageRequest) -> Result<Page<Resident>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewPeople, Resource::Organization)?;
                let page = store::page(r, &request).await?;
                let ids: Vec<PersonId> = page.items.iter().map(|p| p.id).collect();
                let mut found: HashMap<PersonId, Resident> =
                    load(r, Which::These(&ids)).await?.into_iter().map(|p| (p.person.id, p)).collect();
                Ok(Page { items: ids.iter().filter_map(|id| found.remove(id)).collect(), next: page.next })
            })
            .await
    }

    /// One resident.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: PersonId) -> Result<Resident> {
        self.0
            .read(caller, async move |r, actor| {
                let resident = get(r, id).await?;
                require(actor, Action::ViewPeople, Resource::Of(resident.lease.as_ref().map(|l| l.property_id)))?;
                Ok(resident)
            })
            .await
    }

    /// Makes a resident, with a tenancy if one is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, draft: Draft<Input>) -> Result<Resident> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePeople, Resource::Organization)?;
                let (input, faults) = draft.open()?;
                let id = create(w, input, faults).await?;
                get(w, id).await
            })
            .await
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, id: PersonId, draft: Draft<Input>) -> Result<Resident> {
        self.0
            .write(caller, async move |w, actor| {
                let now = get(w, id).await?;
                require(actor, Action::ManagePeople, Resource::Of(now.lease.as_ref().map(|l| l.property_id)))?;
                let (input, faults) = draft.open()?;
                update(w, &now, input, faults).await?;
                get(w, id).await
            })
            .await
    }

    /// Deletes a resident with tenancies, staff links, tickets and their notes.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: PersonId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = get(w, id).await?;
                require(actor, Action::ManagePeople, Resource::Of(now.lease.as_ref().map(|l| l.property_id)))?;
                tenancy::remove_all(w, id).await?;
                ticket::remove_about(w, id).await?;
                store::set_staff(w, &[id], &[]).await?;
                login::remove(w, id).await?;
                invite::end_of(w, id).await?;
                store::delete(w, id).await?;
                w.change(Change::new("resident.deleted", id).person(id));
                Ok(())
            })
            .await
    }

    /// Replaces the staff who care for each of these residents.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn assign_staff(&self, caller: &Caller, draft: Draft<Assignment>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePeople, Resource::Organization)?;
                let (input, mut faults) = draft.open()?;
                let residents = input.resident_ids.required(&mut faults, "resident_ids");
                let staff = input.staff_ids.required(&mut faults, "staff_ids");
                if let Some(ids) = residents {
                    if ids.is_empty() {
                        faults.add("resident_ids", Problem::Blank);
                    } else if repeats(ids) || store::these(w, ids).await?.len() != ids.len() {
                        faults.add("resident_ids", Problem::Unknown);
                    }
                }
                check_staff(w, &input.staff_ids, &mut faults).await?;
                faults.finish()?;
                let (Some(residents), Some(staff)) = (residents, staff) else {
                    return Err(Error::internal("a field was neither given nor faulty"));
                };
                set_staff(w, residents, staff).await
            })
            .await
    }
}

/// Which staff are to care for which residents.
#[derive(Clone, Debug, Default)]
pub struct Assignment {
    /// The staff.
    pub staff_ids: Field<Vec<PersonId>>,
    /// The residents.
    pub resident_ids: Field<Vec<PersonId>>,
}

/// Makes a resident; all faults are told together.
pub(crate) async fn create(w: &Write, input: &Input, mut faults: Faults) -> Result<PersonId> {
    let first = input.first_name.required(&mut faults, "first_name");
    let last = input.last_name.required(&mut faults, "last_name");
    let phone = input.phone.required(&mut faults, "phone");
    check_staff(w, &input.staff_ids, &mut faults).await?;
    if input.lease.null {
        faults.add("lease", Problem::Null);
    }
    check_lease(w, &input.lease, None, &mut faults).await?;
    faults.finish()?;
    let (Some(first), Some(last), Some(phone)) = (first, last, phone) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let id = store::insert(w, first, last, &fold(&format!("{last} {first}"))).await?;
    staff::set_phone(w, id, phone).await?;
    if let Some(staff) = input.staff_ids.given() {
        store::set_staff(w, &[id], staff).await?;
    }
    w.change(Change::new("resident.created", id).person(id));
    write_lease(w, id, None, &input.lease).await?;
    if input.archived.given() == Some(&true) {
        set_archived(w, id, true).await?;
    }
    Ok(id)
}

pub(crate) async fn update(w: &Write, now: &Resident, input: &Input, mut faults: Faults) -> Result<()> {
    check_staff(w, &input.staff_ids, &mut faults).await?;
    let (p, mut diff) = (&now.person, Diff::default());
    allow_same(&mut faults, &["first_name"], &input.first_name, &p.first_name);
    allow_same(&mut faults, &["last_name"], &input.last_name, &p.last_name);
    allow_same(&mut faults, &["phone"], &input.phone, &p.phone.clone().unwrap_or_default());
    if input.lease.null && now.lease.is_some() {
        faults.add("lease", Problem::Null);
    }
    check_lease(w, &input.lease, now.lease.as_ref(), &mut faults).await?;
    faults.finish()?;
    let (first, last) = (input.first_name.or_keep(&p.first_name), input.last_name.or_keep(&p.last_name));
    let phone = input.phone.given().cloned().unwrap_or_else(|| p.phone.clone().unwrap_or_default());
    diff.field("first_name", &p.first_name, &first);
    diff.field("last_name", &p.last_name, &last);
    diff.field("phone", &p.phone.as_deref().unwrap_or_default(), &phone.as_str());
    if !diff.is_empty() {
        store::update(w, p.id, &first, &last, &fold(&format!("{last} {first}"))).await?;
        if p.phone.as_deref().unwrap_or_default() != phone {
            staff::set_phone(w, p.id, &phone).await?;
        }
        w.change(Change::new("resident.updated", p.id).person(p.id).data(diff.json()));
    }
    if let Some(staff) = input.staff_ids.given() {
        set_staff(w, &[p.id], staff).await?;
    }
    write_lease(w, p.id, now.lease.as_ref(), &input.lease).await?;
    if let Some(archived) = input.archived.given().filter(|yes| **yes != p.archived_at.is_some()) {
        set_archived(w, p.id, *archived).await?;
    }
    Ok(())
}

/// Archiving ends running tenancies and blocks the login; bringing back undoes what it ended.
pub(crate) async fn set_archived(w: &Write, id: PersonId, archived: bool) -> Result<()> {
    store::set_archived(w, id, archived.then_some(w.now())).await?;
    if archived {
        tenancy::end_for_archive(w, id).await?;
        invite::end_of(w, id).await?;
    } else {
        tenancy::resume_after_archive(w, id).await?;
    }
    login::set_blocked(w, id, archived).await?;
    let action = if archived { "resident.archived" } else { "resident.unarchived" };
    w.change(Change::new(action, id).person(id));
    Ok(())
}

async fn check_lease(r: &Read, input: &LeaseInput, now: Option<&Tenancy>, faults: &mut Faults) -> Result<()> {
    let mut inner = Faults::new();
    if input.whole && now.is_none() {
        input.fields.property_id.required(&mut inner, "property_id");
        input.fields.starts_at.required(&mut inner, "starts_at");
        input.fields.ends_at.required(&mut inner, "ends_at");
    }
    if !input.whole && now.is_none() && input.fields.property_id.is_absent() {
        // They belong to nothing, so nothing is wrong with them.
        drop_faults(faults, |at| matches!(at, ["unit_number" | "occupants" | "starts_at" | "ends_at"]));
    }
    if let Some(now) = now {
        allow_same(faults, &["unit_number"], &input.fields.unit_number, &now.unit_number);
        allow_same(faults, &["lease", "unit_number"], &input.fields.unit_number, &now.unit_number);
    }
    tenancy::check(r, &input.fields, now, &mut inner).await?;
    faults.nest("lease", inner);
    Ok(())
}

async fn write_lease(w: &Write, id: PersonId, now: Option<&Tenancy>, input: &LeaseInput) -> Result<()> {
    match (now, input.fields.property_id.given()) {
        (Some(now), _) => tenancy::update(w, now, &input.fields, input.in_seconds).await,
        (None, Some(property)) => {
            let today = Instant::from_secs(w.now().secs().div_euclid(86_400) * 86_400);
            let starts = input.fields.starts_at.given().copied().unwrap_or(today);
            let ends = input.fields.ends_at.given().copied();
            tenancy::create(w, id, *property, starts, ends, &input.fields).await.map(drop)
        }
        (None, None) => Ok(()),
    }
}

fn repeats(ids: &[PersonId]) -> bool {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).any(|w| w[0] == w[1])
}

/// Staff ids must be distinct and of people with the role staff (or manager).
async fn check_staff(r: &Read, ids: &Field<Vec<PersonId>>, faults: &mut Faults) -> Result<()> {
    let Some(ids) = ids.given() else { return Ok(()) };
    let known = staff::by_ids(r, ids).await?;
    let good = |id: &PersonId| known.iter().any(|m| m.id == *id && matches!(m.role, Some(Role::Staff | Role::Manager)));
    if repeats(ids) || !ids.iter().all(good) {
        faults.add("staff_ids", Problem::Unknown);
    }
    Ok(())
}

/// Replaces the staff of these residents: four statements, however many they are.
async fn set_staff(w: &Write, residents: &[PersonId], staff: &[PersonId]) -> Result<()> {
    let mut now: HashMap<PersonId, Vec<PersonId>> = HashMap::new();
    for link in store::staff_links(w, residents).await? {
        now.entry(link.resident_id).or_default().push(link.staff_id);
    }
    let mut new = staff.to_vec();
    new.sort_unstable();
    let was = |id: &PersonId| now.get(id).map_or(&[][..], Vec::as_slice);
    let changed: Vec<PersonId> = residents.iter().copied().filter(|id| was(id) != new).collect();
    store::set_staff(w, &changed, &new).await?;
    for id in &changed {
        let mut diff = Diff::default();
        diff.field("staff", &was(id), &new.as_slice());
        w.change(Change::new("resident.staff_changed", *id).person(*id).data(diff.json()));
    }
    Ok(())
}

/// One resident with everything shown.
pub(crate) async fn get(r: &Read, id: PersonId) -> Result<Resident> {
    let (person, tenancies, staff) =
        tokio::try_join!(store::by_id(r, id), tenancy::store::of_person(r, id), store::staff_of(r, id))?;
    let person = person.ok_or(Error::NotFound("tenant"))?;
    Ok(Resident { person, lease: tenancy::shown(tenancies, r.now()), staff: staff.into_iter().map(Arc::new).collect() })
}

/// The person, when the id is of a resident.
pub(crate) async fn find(r: &Read, id: PersonId) -> Result<Option<Person>> {
    store::by_id(r, id).await
}

/// Residents with everything shown, by id: three statements, however many they are.
pub(crate) async fn load(r: &Read, which: Which<'_>) -> Result<Vec<Resident>> {
    let (people, tenancies, links) = match which {
        Which::All => tokio::try_join!(store::all(r), tenancy::store::all(r), store::all_staff_links(r))?,
        Which::These(ids) => {
            tokio::try_join!(store::these(r, ids), tenancy::store::of_people(r, ids), store::staff_links(r, ids))?
        }
    };
    let mut leases = grouped(tenancies, |t| t.person_id);
    let mut carers = carers(r, links).await?;
    let resident = |person: Person| Resident {
        lease: leases.remove(&person.id).and_then(|all| tenancy::shown(all, r.now())),
        staff: carers.remove(&person.id).unwrap_or_default(),
        person,
    };
    Ok(people.into_iter().map(resident).collect())
}

/// The staff behind links, shared between the residents they care for.
pub(crate) async fn carers(r: &Read, links: Vec<store::Link>) -> Result<HashMap<PersonId, Vec<Arc<Member>>>> {
    let mut ids: Vec<PersonId> = links.iter().map(|l| l.staff_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let members: Vec<Arc<Member>> = staff::by_ids(r, &ids).await?.into_iter().map(Arc::new).collect();
    let mut out: HashMap<PersonId, Vec<Arc<Member>>> = HashMap::new();
    for link in links {
        if let Ok(i) = members.binary_search_by_key(&link.staff_id, |m| m.id) {
            out.entry(link.resident_id).or_default().push(Arc::clone(&members[i]));
        }
    }
    Ok(out)
}

pub(crate) async fn unstaffed(r: &Read) -> Result<Vec<Resident>> {
    let ids = store::unstaffed(r).await?;
    let mut found = load(r, Which::These(&ids)).await?;
    found.sort_by_key(|p| (p.person.updated_at, p.person.id));
    Ok(found)
}

/// Notes that something belonging to the person changed, for "updated since" filters.
pub(crate) async fn touch(w: &Write, id: PersonId) -> Result<()> {
    store::touch(w, id).await
}

impl Person {
    pub(crate) fn position(&self) -> Vec<Key> {
        vec![Key::from(self.name_key.clone()), Key::from(self.id.get())]
    }
}
