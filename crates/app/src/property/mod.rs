//! Sites with units. Every property has at least one building, made with it.

mod facility;
pub(crate) mod store;

use std::sync::Arc;

use db::{Change, Read, Write};
use kernel::{
    Action, Actor, Caller, Draft, Error, Faults, Field, Key, Page, PageRequest, PersonId, Problem, PropertyId, Result,
    Role, fold,
};

use crate::{
    access::{Resource, require},
    diff::{Diff, allow_same},
    group::grouped,
    handle, organization, reference,
    resident::{self, Resident},
    staff::{self, Member},
    tenancy::{self, Tenancy},
    wifi,
};

pub use facility::Facility;
pub(crate) use facility::{country, country_and_setting, is_set, set_kind};
pub use store::Property;

/// A property with who leases there.
#[derive(Clone, Debug)]
pub struct Leased {
    /// The property.
    pub property: Property,
    /// Its tenancies of tenants, past and future too, by id.
    pub leases: Vec<Tenancy>,
}

/// A property with its leases and managers.
#[derive(Clone, Debug)]
pub struct Details {
    /// The property and its leases.
    pub leased: Arc<Leased>,
    /// Who manages it, with all properties they manage, by id.
    pub managers: Vec<staff::Details>,
}

/// The fields of a property that can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Unique in the organization, not blank.
    pub name: Field<String>,
    /// Street and number.
    pub street: Field<String>,
    /// City.
    pub city: Field<String>,
    /// State or region.
    pub state: Field<String>,
    /// Postal code.
    pub postal: Field<String>,
    /// What the management calls it; nothing for none.
    pub reference: Field<Option<String>>,
    /// How many units it is said to have.
    pub declared_units: Field<i64>,
    /// Whether it is archived.
    pub archived: Field<bool>,
    /// Its property managers, all of them.
    pub manager_ids: Field<Vec<PersonId>>,
}

handle! {
    /// Operations on properties.
    Properties
}

#[operations::compiled_here]
impl Properties<'_> {
    /// All properties, archived ones too, by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Details>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::ViewProperties, Resource::Organization)?;
                all(r).await
            })
            .await
    }

    /// One page of the properties, by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] on a foreign cursor.
    pub async fn page(&self, caller: &Caller, request: PageRequest) -> Result<Page<Property>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewProperties, Resource::Organization)?;
                store::page(r, &request).await
            })
            .await
    }

    /// One property, and the residents whose lease there runs now.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: PropertyId) -> Result<(Details, Vec<Resident>)> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewProperties, Resource::Of(Some(id)))?;
                let details = details(r, id).await?;
                let people: Vec<PersonId> = details.leased.leases.iter().map(|t| t.person_id).collect();
                let mut tenants = resident::load(r, resident::Which::These(&people)).await?;
                tenants.retain(|t| t.lease.as_ref().is_some_and(|l| l.property_id == id && l.is_inside(r.now())));
                Ok((details, tenants))
            })
            .await
    }

    /// Makes a property with its first building.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, draft: Draft<Input>) -> Result<Details> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageProperties, Resource::Organization)?;
                let (input, faults) = draft.open()?;
                let id = create(w, input, faults).await?;
                details(w, id).await
            })
            .await
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, id: PropertyId, draft: Draft<Input>) -> Result<Details> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageProperties, Resource::Of(Some(id)))?;
                let now = store::get(w, id).await?;
                let (input, faults) = draft.open()?;
                update(w, &now, input, faults).await?;
                details(w, id).await
            })
            .await
    }

    /// Archives a property, or brings it back; answers whether it is archived now.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn toggle_archived(&self, caller: &Caller, id: PropertyId) -> Result<bool> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageProperties, Resource::Of(Some(id)))?;
                let now = store::get(w, id).await?;
                let archived = now.archived_at.is_none();
                set_archived(w, &now, archived).await?;
                Ok(archived)
            })
            .await
    }

    /// Archives several properties, all or none; answers all properties.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] when one is unknown; [`Error::Invalid`].
    pub async fn archive(&self, caller: &Caller, ids: Draft<Vec<PropertyId>>) -> Result<Vec<Details>> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageProperties, Resource::Organization)?;
                let (ids, faults) = ids.open()?;
                faults.finish()?;
                let known = store::these(w, ids).await?;
                let missing = |id: &PropertyId| known.binary_search_by_key(id, |p| p.id).is_err();
                if ids.iter().any(missing) {
                    return Err(Error::NotFound("property"));
                }
                for now in &known {
                    set_archived(w, now, true).await?;
                }
                all(w).await
            })
            .await
    }

    /// Deletes a property with its units, tenancies and manager links; the people stay.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: PropertyId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageProperties, Resource::Of(Some(id)))?;
                store::get(w, id).await?;
                for lease in tenancy::of_property_any_role(w, id).await? {
                    tenancy::remove(w, &lease).await?;
                }
                wifi::remove_all(w, id).await?;
                store::delete(w, id).await?;
                w.change(Change::new("property.deleted", id).property(id));
                Ok(())
            })
            .await
    }
}

/// Makes a property; its faults are told together.
pub(crate) async fn create(w: &Write, input: &Input, mut faults: Faults) -> Result<PropertyId> {
    let name = input.name.required(&mut faults, "name");
    let street = input.street.required(&mut faults, "street");
    let city = input.city.required(&mut faults, "city");
    let state = input.state.required(&mut faults, "state");
    let postal = input.postal.required(&mut faults, "postal");
    check_name(w, input, None, &mut faults).await?;
    let reference = check_reference(w, input, None, &mut faults).await?;
    check_managers(w, input, &mut faults).await?;
    let (Some(name), Some(street), Some(city), Some(state), Some(postal)) = (name, street, city, state, postal) else {
        faults.finish()?;
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    faults.finish()?;
    let org = organization::get(w).await?;
    let property = store::New {
        name,
        name_key: &fold(name),
        street,
        city,
        state,
        postal,
        reference: reference.given().and_then(Option::as_deref),
        country: &org.country,
        time_zone: &org.time_zone,
        declared_units: input.declared_units.given().copied(),
        archived_at: input.archived.given().and_then(|yes| yes.then_some(w.now())),
    };
    let id = store::insert(w, &property).await?;
    if let Some(managers) = input.manager_ids.given() {
        staff::set_managers(w, id, managers).await?;
    }
    w.change(Change::new("property.created", id).property(id));
    Ok(id)
}

async fn update(w: &Write, now: &Property, input: &Input, mut faults: Faults) -> Result<()> {
    allow_same(&mut faults, &["name"], &input.name, &now.name);
    allow_same(&mut faults, &["street"], &input.street, &now.street);
    allow_same(&mut faults, &["city"], &input.city, &now.city);
    allow_same(&mut faults, &["state"], &input.state, &now.state);
    allow_same(&mut faults, &["postal"], &input.postal, &now.postal);
    check_name(w, input, Some(now), &mut faults).await?;
    let reference = check_reference(w, input, Some(now), &mut faults).await?;
    check_managers(w, input, &mut faults).await?;
    faults.finish()?;
    let mut new = now.clone();
    new.name = input.name.or_keep(&now.name);
    new.street = input.street.or_keep(&now.street);
    new.city = input.city.or_keep(&now.city);
    new.state = input.state.or_keep(&now.state);
    new.postal = input.postal.or_keep(&now.postal);
    new.reference = reference.or_keep(&now.reference);
    // What is shown may be sent back: the count of units, where no number was ever set, stays a count.
    if let Some(n) = input.declared_units.given().filter(|n| Some(**n) != Some(now.units())) {
        new.declared_units = Some(*n);
    }
    let mut diff = Diff::default();
    diff.field("name", &now.name, &new.name);
    diff.field("street", &now.street, &new.street);
    diff.field("city", &now.city, &new.city);
    diff.field("state", &now.state, &new.state);
    diff.field("postal", &now.postal, &new.postal);
    diff.field("reference", &now.reference, &new.reference);
    diff.field("declared_units", &now.declared_units, &new.declared_units);
    if !diff.is_empty() {
        store::update(w, &new, &fold(&new.name)).await?;
        w.change(Change::new("property.updated", now.id).property(now.id).data(diff.json()));
    }
    if let Some(archived) = input.archived.given() {
        set_archived(w, now, *archived).await?;
    }
    if let Some(managers) = input.manager_ids.given() {
        staff::set_managers(w, now.id, managers).await?;
    }
    Ok(())
}

async fn set_archived(w: &Write, now: &Property, archived: bool) -> Result<()> {
    if now.archived_at.is_some() == archived {
        return Ok(());
    }
    store::set_archived(w, now.id, archived.then_some(w.now())).await?;
    let action = if archived { "property.archived" } else { "property.unarchived" };
    w.change(Change::new(action, now.id).property(now.id));
    Ok(())
}

async fn check_name(r: &Read, input: &Input, now: Option<&Property>, faults: &mut Faults) -> Result<()> {
    let Some(name) = input.name.given().filter(|n| now.is_none_or(|p| p.name != **n)) else { return Ok(()) };
    if name.trim().is_empty() {
        faults.add("name", Problem::Blank);
    } else if store::find(r, name).await?.is_some() {
        faults.add("name", Problem::Taken);
    }
    Ok(())
}

/// The reference as it is to be stored.
async fn check_reference(
    r: &Read,
    input: &Input,
    now: Option<&Property>,
    faults: &mut Faults,
) -> Result<Field<Option<String>>> {
    let field = reference::tidy(&input.reference, faults);
    if let Some(text) = field.given().and_then(Option::as_deref)
        && store::referred(r, text).await?.is_some_and(|id| now.is_none_or(|p| p.id != id))
    {
        faults.add("reference", Problem::Taken);
    }
    Ok(field)
}

async fn check_managers(r: &Read, input: &Input, faults: &mut Faults) -> Result<()> {
    let Some(ids) = input.manager_ids.given() else { return Ok(()) };
    let known = staff::by_ids(r, ids).await?;
    let problem = |id: &PersonId| match known.binary_search_by_key(id, |m| m.id) {
        Err(_) => Some(Problem::Unknown),
        Ok(i) => (known[i].role != Some(Role::PropertyManager)).then_some(Problem::WrongKind),
    };
    let wrong = ids.iter().enumerate().filter_map(|(i, id)| problem(id).map(|p| (i, p)));
    for (i, problem) in wrong.take(staff::MOST_FAULTS) {
        faults.add_at(vec!["manager_ids".into(), i.to_string().into()], problem);
    }
    Ok(())
}

/// One property, when it exists for this organization.
pub(crate) async fn find(r: &Read, id: PropertyId) -> Result<Option<Property>> {
    store::by_id(r, id).await
}

/// All properties with everything that belongs to them.
async fn all(r: &Read) -> Result<Vec<Details>> {
    let (properties, leases, managers) = tokio::try_join!(store::all(r), tenancy::all(r), staff::managers(r))?;
    let leased = group(properties, leases);
    Ok(leased.iter().map(|p| with_managers(p, &managers, &leased)).collect())
}

/// One property with everything that belongs to it.
async fn details(r: &Read, id: PropertyId) -> Result<Details> {
    let managers = staff::managers_of(r, id).await?;
    let mut ids: Vec<PropertyId> = managers.iter().flat_map(|m| m.property_ids.iter().copied()).collect();
    ids.push(id);
    let leased = leased(r, &ids).await?;
    let own = leased.iter().find(|p| p.property.id == id).ok_or(Error::NotFound("property"))?;
    Ok(with_managers(own, &managers, &leased))
}

/// These properties with their leases, by id.
pub(crate) async fn leased(r: &Read, ids: &[PropertyId]) -> Result<Vec<Arc<Leased>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (properties, leases) = tokio::try_join!(store::these(r, ids), tenancy::of_properties(r, ids))?;
    Ok(group(properties, leases))
}

/// All properties with their leases, by id.
pub(crate) async fn all_leased(r: &Read) -> Result<Vec<Arc<Leased>>> {
    let (properties, leases) = tokio::try_join!(store::all(r), tenancy::all(r))?;
    Ok(group(properties, leases))
}

fn group(properties: Vec<Property>, leases: Vec<Tenancy>) -> Vec<Arc<Leased>> {
    let mut by_property = grouped(leases, |lease| lease.property_id);
    let with = |p: Property| Arc::new(Leased { leases: by_property.remove(&p.id).unwrap_or_default(), property: p });
    properties.into_iter().map(with).collect()
}

fn with_managers(own: &Arc<Leased>, managers: &[Managed], leased: &[Arc<Leased>]) -> Details {
    let managers = managers.iter().filter(|m| m.property_ids.contains(&own.property.id)).map(|m| staff::Details {
        member: m.member.clone(),
        properties: m.property_ids.iter().filter_map(|id| at(leased, *id)).collect(),
    });
    Details { leased: Arc::clone(own), managers: managers.collect() }
}

/// The property with this id in a list sorted by id.
pub(crate) fn at(leased: &[Arc<Leased>], id: PropertyId) -> Option<Arc<Leased>> {
    leased.binary_search_by_key(&id, |p| p.property.id).ok().map(|i| Arc::clone(&leased[i]))
}

/// A property manager and the ids of what they manage.
#[derive(Clone, Debug)]
pub(crate) struct Managed {
    pub member: Arc<Member>,
    pub property_ids: Vec<PropertyId>,
}

impl Property {
    /// How many units it has: the number set, else how many there are.
    #[must_use]
    pub fn units(&self) -> i64 {
        self.declared_units.unwrap_or(self.unit_count)
    }

    pub(crate) fn position(&self) -> Vec<Key> {
        vec![Key::from(self.name_key.clone()), Key::from(self.id.get())]
    }
}

/// The actor's right to a property's things, for other features.
pub(crate) fn reach(actor: &Actor, action: Action, property: Option<PropertyId>) -> Result<()> {
    require(actor, action, Resource::Of(property))
}
