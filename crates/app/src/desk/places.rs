//! Properties with everything about them; buildings and units made and changed.

use std::collections::HashMap;

use db::{Change, List, Read, Write, row, sql};
use kernel::{
    Action, BuildingId, Caller, Draft, Error, Faults, Field, Instant, Key, Page, PageRequest, Problem, PropertyId,
    Result, UnitId,
};

use super::{Colleague, Desk, Happening, Reach, TicketRow, happening, numbers, people, right, tickets};
use crate::{
    access::{Resource, may},
    diff::Diff,
    property::{self, Property},
};

row! {
    /// A house of a property.
    #[derive(Clone, Debug)]
    pub struct Building {
        /// Its id.
        pub id: BuildingId,
        /// Its name.
        pub name: String,
        /// Street and number; nothing where it stands where its property is, as for the two below.
        pub street: Option<String>,
        /// Postal code.
        pub postal: Option<String>,
        /// City.
        pub city: Option<String>,
        /// How many units it has.
        pub units: i64,
    }

    /// A unit, as lists show it.
    #[derive(Clone, Debug)]
    pub struct UnitRow {
        /// Its id.
        pub id: UnitId,
        /// Its number.
        pub number: String,
        /// In which building.
        pub building_id: BuildingId,
        /// That building's name.
        pub building_name: String,
        /// On which floor.
        pub floor: Option<String>,
        /// What it is, in words.
        pub description: Option<String>,
        /// Whether it can be let.
        pub rentable: bool,
    }

    /// Something shown to residents.
    #[derive(Clone, Debug)]
    pub struct Shown {
        /// Its id.
        pub id: i64,
        /// What it is called.
        pub name: String,
        /// From when it is shown; nothing for a draft.
        pub published_at: Option<Instant>,
    }

    struct Busy {
        property_id: PropertyId,
        n: i64,
    }
}

/// A property, as lists show it.
#[derive(Clone, Debug)]
pub struct PropertyRow {
    /// The property.
    pub property: Property,
    /// How many of its units have somebody.
    pub occupied: i64,
    /// How many of its tickets are not closed.
    pub tickets: i64,
}

/// A property with everything about it.
#[derive(Clone, Debug)]
pub struct PropertyView {
    /// The property.
    pub property: Property,
    /// Its buildings.
    pub buildings: Vec<Building>,
    /// One page of its units, each with who lives there.
    pub units: Page<(UnitRow, Vec<people::Home>)>,
    /// The people behind those.
    pub people: HashMap<kernel::PersonId, people::PersonRow>,
    /// How many units have somebody.
    pub occupied: i64,
    /// Who manages it.
    pub managers: Vec<Colleague>,
    /// Its tickets that are not closed.
    pub tickets: Vec<TicketRow>,
    /// Its newest announcements.
    pub posts: Vec<Shown>,
    /// Its newest documents.
    pub documents: Vec<Shown>,
    /// Who is responsible for what.
    pub contacts: Vec<Contact>,
    /// What happened there, newest first.
    pub history: Vec<Happening>,
    /// The names of its networks, oldest first.
    pub networks: Vec<String>,
    /// Whether the caller may change it.
    pub may_change: bool,
    /// Whether the caller may set up its WiFi.
    pub may_set_up_wifi: bool,
}

row! {
    /// Somebody responsible.
    #[derive(Clone, Debug)]
    pub struct Contact {
        /// Their name.
        pub name: String,
        /// What they are responsible for.
        pub responsibility: Option<String>,
        /// Their phone number.
        pub phone: Option<String>,
        /// Their e-mail address.
        pub email: Option<String>,
    }
}

/// The fields of a building that can be written. Without a street it stands where its property is.
#[derive(Clone, Debug, Default)]
pub struct BuildingInput {
    /// Its name, once in a property.
    pub name: Field<String>,
    /// Street and number; nothing for those of the property.
    pub street: Field<Option<String>>,
    /// Postal code; nothing for that of the property.
    pub postal: Field<Option<String>>,
    /// City; nothing for that of the property.
    pub city: Field<Option<String>>,
}

/// Characters of a name or a number.
const LONGEST: usize = 100;

#[operations::compiled_here]
impl Desk<'_> {
    /// The properties within reach by name: those that are archived, or the others.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn properties(&self, caller: &Caller, archived: bool) -> Result<Vec<PropertyRow>> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = Reach::of(actor)?;
                let tickets = r.all::<Busy>(sql!(
                    "SELECT property_id, count(*) AS n FROM ticket WHERE org_id = $1 AND closed_at IS NULL AND deleted_at IS NULL \
                     AND property_id IS NOT NULL AND ($2 OR property_id = ANY($3)) GROUP BY property_id",
                    r.caller().org,
                    reach.is_all(),
                    reach.ids()
                ));
                let (mut all, occupancy, tickets) =
                    tokio::try_join!(property::store::all(r), numbers::occupancy(r, &reach), tickets)?;
                all.retain(|p| reach.has(Some(p.id)) && p.archived_at.is_some() == archived);
                all.sort_by(|a, b| (&a.name_key, a.id).cmp(&(&b.name_key, b.id)));
                let row = |property: Property| PropertyRow {
                    occupied: occupancy.iter().find(|o| o.id == property.id).map_or(0, |o| o.occupied),
                    tickets: tickets.iter().find(|t| t.property_id == property.id).map_or(0, |t| t.n),
                    property,
                };
                Ok(all.into_iter().map(row).collect())
            })
            .await
    }

    /// A property with everything about it, and one page of its units by number.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Invalid`] on a foreign cursor.
    pub async fn property(&self, caller: &Caller, id: PropertyId, request: PageRequest) -> Result<PropertyView> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = Reach::of(actor)?;
                right(actor, &reach, Action::ViewProperties, Some(id), "property")?;
                let property = property::store::get(r, id).await?;
                let here = Reach::to(id);
                let (buildings, managers, tickets, posts, documents, contacts, history, networks, occupancy) = tokio::try_join!(
                    buildings(r, id),
                    managers(r, id),
                    tickets::running_at(r, id, 8),
                    posts(r, id),
                    documents(r, id),
                    contacts(r, id),
                    happening::of_property(r, id),
                    crate::wifi::network::all(r, id),
                    numbers::occupancy(r, &here)
                )?;
                let (units, people) = units(r, id, &request).await?;
                let occupied = occupancy.first().map_or(0, |o| o.occupied);
                let may_change = may(actor, Action::ManageProperties, Resource::Of(Some(id)));
                let view = PropertyView {
                    property,
                    buildings,
                    units,
                    people,
                    occupied,
                    managers,
                    tickets,
                    posts,
                    documents,
                    contacts,
                    history,
                    networks: networks.into_iter().map(|n| n.ssid).collect(),
                    may_change,
                    may_set_up_wifi: may(actor, Action::SetUpWifi, Resource::Of(Some(id))),
                };
                Ok(view)
            })
            .await
    }

    /// Whether the caller may do this in the whole organization, and not in some properties alone: make a property, say.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn may_everywhere(&self, caller: &Caller, action: Action) -> Result<bool> {
        self.0
            .read(caller, async move |_, actor| {
                Reach::of(actor)?;
                Ok(may(actor, action, Resource::Organization))
            })
            .await
    }

    /// Makes a building.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn make_building(
        &self,
        caller: &Caller,
        property: PropertyId,
        draft: Draft<BuildingInput>,
    ) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let reach = Reach::of(actor)?;
                right(actor, &reach, Action::ManageProperties, Some(property), "property")?;
                property::store::get(w, property).await?;
                let new = settled(w, property, None, &draft).await?;
                let id: BuildingId = w
                    .one(sql!(
                        "INSERT INTO building (uid, org_id, property_id, name, street, postal, city, created_at, updated_at) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING id",
                        w.uid(),
                        w.caller().org,
                        property,
                        &new.name,
                        &new.street,
                        &new.postal,
                        &new.city,
                        w.now()
                    ))
                    .await?;
                w.change(Change::new("building.created", id).property(property));
                Ok(())
            })
            .await
    }

    /// Changes what is given of a building.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn change_building(
        &self,
        caller: &Caller,
        property: PropertyId,
        id: BuildingId,
        draft: Draft<BuildingInput>,
    ) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let reach = Reach::of(actor)?;
                right(actor, &reach, Action::ManageProperties, Some(property), "property")?;
                let known = buildings(w, property).await?;
                let now = known.into_iter().find(|b| b.id == id).ok_or(Error::NotFound("building"))?;
                let new = settled(w, property, Some(&now), &draft).await?;
                let mut diff = Diff::default();
                diff.field("name", &now.name, &new.name);
                diff.field("street", &now.street, &new.street);
                diff.field("postal", &now.postal, &new.postal);
                diff.field("city", &now.city, &new.city);
                if !diff.is_empty() {
                    w.execute(sql!(
                        "UPDATE building SET name = $3, street = $4, postal = $5, city = $6, updated_at = $7 WHERE org_id = $1 AND id = $2",
                        w.caller().org,
                        id,
                        &new.name,
                        &new.street,
                        &new.postal,
                        &new.city,
                        w.now()
                    ))
                    .await?;
                    w.change(Change::new("building.updated", id).property(property).data(diff.json()));
                }
                Ok(())
            })
            .await
    }
}

/// The building as it is to be stored.
async fn settled(
    w: &Write,
    property: PropertyId,
    now: Option<&Building>,
    draft: &Draft<BuildingInput>,
) -> Result<Building> {
    let (input, mut faults): (_, Faults) = draft.open()?;
    let name = match now {
        Some(now) => input.name.or_keep(&now.name),
        None => input.name.required(&mut faults, "name").cloned().unwrap_or_default(),
    };
    let name = name.trim().to_owned();
    if name.is_empty() && input.name.given().is_some() {
        faults.add("name", Problem::Required);
    } else if name.chars().count() > LONGEST {
        faults.add("name", Problem::TooLong(LONGEST));
    } else if buildings(w, property).await?.iter().any(|b| now.is_none_or(|n| n.id != b.id) && b.name == name) {
        faults.add("name", Problem::Taken);
    }
    let mut part = |path: &'static str, field: &Field<Option<String>>, now: Option<&Option<String>>| {
        let text = field.or_keep(now.unwrap_or(&None));
        let text = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        if text.as_ref().is_some_and(|t| t.chars().count() > LONGEST) {
            faults.add(path, Problem::TooLong(LONGEST));
        }
        text
    };
    let street = part("street", &input.street, now.map(|n| &n.street));
    let postal = part("postal", &input.postal, now.map(|n| &n.postal));
    let city = part("city", &input.city, now.map(|n| &n.city));
    faults.finish()?;
    Ok(Building { id: now.map_or(BuildingId::new(0), |n| n.id), name, street, postal, city, units: 0 })
}

/// The buildings of a property, by name.
pub(super) async fn buildings(r: &Read, property: PropertyId) -> Result<Vec<Building>> {
    r.all(sql!(
        "SELECT b.id, b.name, b.street, b.postal, b.city, (SELECT count(*) FROM unit u WHERE u.org_id = b.org_id AND u.property_id = b.property_id \
         AND u.building_id = b.id AND u.deleted_at IS NULL) AS units \
         FROM building b WHERE b.org_id = $1 AND b.property_id = $2 AND b.deleted_at IS NULL ORDER BY b.name, b.id",
        r.caller().org,
        property
    ))
    .await
}

type Units = (Page<(UnitRow, Vec<people::Home>)>, HashMap<kernel::PersonId, people::PersonRow>);

/// One page of the units of a property by number, with who lives there.
async fn units(r: &Read, property: PropertyId, request: &PageRequest) -> Result<Units> {
    let list = List::new("desk units", "SELECT id FROM unit")
        .filter("deleted_at IS NULL AND org_id = ?", r.caller().org)
        .filter("property_id = ?", property);
    let scope = list.scope();
    let ids: Vec<UnitId> = r.all(list.page(["number", "id"], request)?).await?;
    let position = |u: &UnitRow| vec![Key::from(u.number.clone()), Key::from(u.id.get())];
    let page = Page::cut(unit_rows(r, &ids).await?, request.rows(), &scope, position);
    let living = residents(r, &ids).await?;
    let mut who: Vec<kernel::PersonId> = living.values().flatten().map(|h| h.person_id).collect();
    who.sort_unstable();
    who.dedup();
    let people = people::rows(r, &who).await?.into_iter().map(|p| (p.id, p)).collect();
    let mut living = living;
    let with = |u: UnitRow| {
        let homes = living.remove(&u.id).unwrap_or_default();
        (u, homes)
    };
    Ok((Page { items: page.items.into_iter().map(with).collect(), next: page.next }, people))
}

/// These units, in this order.
pub(crate) async fn unit_rows(r: &Read, ids: &[UnitId]) -> Result<Vec<UnitRow>> {
    let found: Vec<UnitRow> = r
        .all(sql!(
            "SELECT u.id, u.number, u.building_id, b.name AS building_name, u.floor, u.description, u.rentable \
             FROM unit u JOIN building b ON b.id = u.building_id WHERE +u.org_id = $1 AND u.id = ANY($2) AND u.deleted_at IS NULL",
            r.caller().org,
            ids
        ))
        .await?;
    let mut by_id: HashMap<UnitId, UnitRow> = found.into_iter().map(|u| (u.id, u)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// Who lives in these units now.
pub(crate) async fn residents(r: &Read, ids: &[UnitId]) -> Result<HashMap<UnitId, Vec<people::Home>>> {
    let found: Vec<people::Home> = r
        .all(sql!(
            "SELECT t.person_id, t.role AS living, t.property_id, o.name AS property_name, t.unit_id, u.number AS unit_number \
             FROM tenancy t JOIN property o ON o.id = t.property_id JOIN unit u ON u.id = t.unit_id \
             WHERE t.org_id = $1 AND t.unit_id = ANY($2) AND t.deleted_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= $3) \
             AND (t.ends_at IS NULL OR t.ends_at > $3) AND (t.moved_out_at IS NULL OR t.moved_out_at > $3) ORDER BY t.id",
            r.caller().org,
            ids,
            r.now()
        ))
        .await?;
    let mut by_unit: HashMap<UnitId, Vec<people::Home>> = HashMap::new();
    for home in found {
        if let Some(unit) = home.unit_id {
            by_unit.entry(unit).or_default().push(home);
        }
    }
    Ok(by_unit)
}

async fn managers(r: &Read, property: PropertyId) -> Result<Vec<Colleague>> {
    r.all(sql!(
        "SELECT p.id, p.first_name, p.last_name, g.role FROM property_assignment a JOIN person p ON p.id = a.person_id \
         JOIN role_grant g ON g.person_id = p.id WHERE a.org_id = $1 AND a.property_id = $2 AND p.deleted_at IS NULL ORDER BY p.name_key",
        r.caller().org,
        property
    ))
    .await
}

async fn posts(r: &Read, property: PropertyId) -> Result<Vec<Shown>> {
    r.all(sql!(
        "SELECT id, title AS name, published_at FROM post WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL \
         ORDER BY id DESC LIMIT 5",
        r.caller().org,
        property
    ))
    .await
}

async fn documents(r: &Read, property: PropertyId) -> Result<Vec<Shown>> {
    r.all(sql!(
        "SELECT id, name, published_at FROM document WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL \
         ORDER BY id DESC LIMIT 5",
        r.caller().org,
        property
    ))
    .await
}

async fn contacts(r: &Read, property: PropertyId) -> Result<Vec<Contact>> {
    r.all(sql!(
        "SELECT name, responsibility, phone, email FROM contact_card WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL \
         ORDER BY position, id LIMIT 8",
        r.caller().org,
        property
    ))
    .await
}
