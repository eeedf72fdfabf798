//! A unit with everything about it; units made and changed.

use db::{Change, Read, Write, row, sql};
use kernel::{Action, BuildingId, Caller, Draft, Error, Faults, Field, Instant, Problem, PropertyId, Result, UnitId};
use uuid::Uuid;

use super::{
    Building, Desk, Happening, LedgerRow, Reach, Tenancy, TicketRow, WifiView, happening, person, places, right,
    tickets, wifi,
};
use crate::{
    access::{Resource, may},
    diff::Diff,
    reference,
};

row! {
    /// What is known about a unit.
    #[derive(Clone, Debug)]
    pub struct UnitFacts {
        /// Its id.
        pub id: UnitId,
        /// Its uid, by which other systems and moves name it.
        pub uid: Uuid,
        /// Its number.
        pub number: String,
        /// What the management calls it, if it does.
        pub reference: Option<String>,
        /// Where.
        pub property_id: PropertyId,
        /// That property's name.
        pub property_name: String,
        /// In which building.
        pub building_id: BuildingId,
        /// That building's name.
        pub building_name: String,
        /// What kind of unit it is.
        pub kind: Option<String>,
        /// On which floor.
        pub floor: Option<String>,
        /// What it is, in words.
        pub description: Option<String>,
        /// Its floor area, in square decimetres.
        pub area: Option<i64>,
        /// Width in millimetres.
        pub width_mm: Option<i64>,
        /// Length in millimetres.
        pub length_mm: Option<i64>,
        /// What it costs a month, in minor units.
        pub price: Option<i64>,
        /// Whether it can be let at all.
        pub rentable: bool,
        /// Whether it is damaged.
        pub damaged: bool,
        /// When it was noted.
        pub created_at: Instant,
    }
}

/// A unit with everything about it.
#[derive(Clone, Debug)]
pub struct UnitView {
    /// What is known.
    pub facts: UnitFacts,
    /// Who lives and lived there, newest first.
    pub tenancies: Vec<Tenancy>,
    /// Its tickets, newest first.
    pub tickets: Vec<TicketRow>,
    /// What is paid for it; nothing for whoever may not see money.
    pub ledgers: Vec<LedgerRow>,
    /// What happened there, newest first.
    pub history: Vec<Happening>,
    /// The buildings it could be in.
    pub buildings: Vec<Building>,
    /// Its WiFi.
    pub wifi: WifiView,
    /// Whether the caller may change it.
    pub may_change: bool,
    /// Whether the caller moves people in and out.
    pub may_move: bool,
}

/// The fields of a unit that can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Its number, once in a building.
    pub number: Field<String>,
    /// In which building.
    pub building_id: Field<BuildingId>,
    /// What the management calls it; nothing for none.
    pub reference: Field<Option<String>>,
    /// On which floor.
    pub floor: Field<Option<String>>,
    /// Its floor area, in square decimetres.
    pub area: Field<Option<i64>>,
    /// What it is, in words.
    pub description: Field<Option<String>>,
    /// Whether it can be let.
    pub rentable: Field<bool>,
    /// Whether it is damaged.
    pub damaged: Field<bool>,
}

/// Characters of a number or a floor.
const LONGEST: usize = 40;
/// Characters of a description.
const LONGEST_TEXT: usize = 500;
/// The largest floor area, in square decimetres: a square kilometre.
const LARGEST: i64 = 100_000_000;

#[operations::compiled_here]
impl Desk<'_> {
    /// A unit with everything about it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for whoever is not of the staff.
    pub async fn unit(&self, caller: &Caller, id: UnitId) -> Result<UnitView> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = Reach::of(actor)?;
                let facts = facts(r, id).await?.ok_or(Error::NotFound("unit"))?;
                let property = facts.property_id;
                right(actor, &reach, Action::ViewProperties, Some(property), "unit")?;
                let (tenancies, tickets, history, buildings, wifi) = tokio::try_join!(
                    person::of_unit(r, id),
                    tickets::of_unit(r, id, 10),
                    happening::of_unit(r, id),
                    places::buildings(r, property),
                    wifi::of_unit(r, actor, id)
                )?;
                let of = Resource::Of(Some(property));
                let ledgers =
                    if may(actor, Action::ViewMoney, of) { person::ledgers_of_unit(r, id).await? } else { Vec::new() };
                let may_change = may(actor, Action::ManageProperties, of);
                let may_move = may(actor, Action::ManageTenancies, of);
                Ok(UnitView { facts, tenancies, tickets, ledgers, history, buildings, wifi, may_change, may_move })
            })
            .await
    }

    /// Makes a unit of a property.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn make_unit(&self, caller: &Caller, property: PropertyId, draft: Draft<Input>) -> Result<UnitId> {
        self.0
            .write(caller, async move |w, actor| {
                let reach = Reach::of(actor)?;
                right(actor, &reach, Action::ManageProperties, Some(property), "property")?;
                crate::property::store::get(w, property).await?;
                let (input, mut faults) = draft.open()?;
                input.number.required(&mut faults, "number");
                let building = match input.building_id.given() {
                    Some(id) => *id,
                    None => crate::property::store::first_building(w, property).await?,
                };
                let (number, reference) = check(w, property, building, None, input, &mut faults).await?;
                faults.finish()?;
                let id: UnitId = w
                    .one(sql!(
                        "INSERT INTO unit (uid, org_id, property_id, building_id, number, floor, description, rentable, damaged, \
                         created_at, updated_at, reference, area) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12) RETURNING id",
                        w.uid(),
                        w.caller().org,
                        property,
                        building,
                        number.unwrap_or_default(),
                        input.floor.given().cloned().flatten(),
                        input.description.given().cloned().flatten(),
                        input.rentable.given().copied().unwrap_or(true),
                        input.damaged.given().copied().unwrap_or(false),
                        w.now(),
                        reference.given().cloned().flatten(),
                        input.area.given().copied().flatten()
                    ))
                    .await?;
                w.change(Change::new("unit.created", id).property(property).unit(id));
                Ok(id)
            })
            .await
    }

    /// Changes what is given of a unit.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn change_unit(&self, caller: &Caller, id: UnitId, draft: Draft<Input>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let reach = Reach::of(actor)?;
                let now = facts(w, id).await?.ok_or(Error::NotFound("unit"))?;
                right(actor, &reach, Action::ManageProperties, Some(now.property_id), "unit")?;
                let (input, mut faults) = draft.open()?;
                let building = input.building_id.or_keep(&now.building_id);
                let (number, reference) = check(w, now.property_id, building, Some(id), input, &mut faults).await?;
                faults.finish()?;
                let new = UnitFacts {
                    number: number.unwrap_or_else(|| now.number.clone()),
                    reference: reference.or_keep(&now.reference),
                    building_id: building,
                    floor: input.floor.or_keep(&now.floor),
                    area: input.area.or_keep(&now.area),
                    description: input.description.or_keep(&now.description),
                    rentable: input.rentable.or_keep(&now.rentable),
                    damaged: input.damaged.or_keep(&now.damaged),
                    ..now.clone()
                };
                change(w, &now, &new).await
            })
            .await
    }
}

async fn facts(r: &Read, id: UnitId) -> Result<Option<UnitFacts>> {
    r.optional(sql!(
        "SELECT u.id, u.uid, u.number, u.reference, u.property_id, o.name AS property_name, u.building_id, b.name AS building_name, k.name AS kind, u.floor, \
         u.description, u.area, u.width_mm, u.length_mm, u.price, u.rentable, u.damaged, u.created_at FROM unit u \
         JOIN property o ON o.id = u.property_id JOIN building b ON b.id = u.building_id LEFT JOIN unit_type k ON k.id = u.type_id \
         WHERE u.org_id = $1 AND u.id = $2 AND u.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

/// Holds the fields against the rules; answers number and reference as they are to be stored.
async fn check(
    r: &Read,
    property: PropertyId,
    building: BuildingId,
    own: Option<UnitId>,
    input: &Input,
    faults: &mut Faults,
) -> Result<(Option<String>, Field<Option<String>>)> {
    if !places::buildings(r, property).await?.iter().any(|b| b.id == building) {
        faults.add("building_id", Problem::Unknown);
    }
    let long = |field: &Field<Option<String>>, most: usize| {
        field.given().and_then(Option::as_ref).is_some_and(|t| t.chars().count() > most)
    };
    if long(&input.floor, LONGEST) {
        faults.add("floor", Problem::TooLong(LONGEST));
    }
    if long(&input.description, LONGEST_TEXT) {
        faults.add("description", Problem::TooLong(LONGEST_TEXT));
    }
    if input.area.given().copied().flatten().is_some_and(|area| !(0..=LARGEST).contains(&area)) {
        faults.add("area", Problem::Malformed);
    }
    let reference = reference::tidy(&input.reference, faults);
    if let Some(text) = reference.given().and_then(Option::as_deref)
        && crate::unit::referred(r, text).await?.is_some_and(|id| Some(id) != own)
    {
        faults.add("reference", Problem::Taken);
    }
    let Some(number) = input.number.given().map(|n| n.trim().to_owned()) else { return Ok((None, reference)) };
    let taken: Option<UnitId> = r
        .optional(sql!(
            "SELECT id FROM unit WHERE org_id = $1 AND building_id = $2 AND number = $3 AND deleted_at IS NULL",
            r.caller().org,
            building,
            &number
        ))
        .await?;
    if number.is_empty() {
        faults.add("number", Problem::Required);
    } else if number.chars().count() > LONGEST {
        faults.add("number", Problem::TooLong(LONGEST));
    } else if taken.is_some_and(|id| Some(id) != own) {
        faults.add("number", Problem::Taken);
    }
    Ok((Some(number), reference))
}

async fn change(w: &Write, now: &UnitFacts, new: &UnitFacts) -> Result<()> {
    let mut diff = Diff::default();
    diff.field("number", &now.number, &new.number);
    diff.field("reference", &now.reference, &new.reference);
    diff.field("building", &now.building_id, &new.building_id);
    diff.field("floor", &now.floor, &new.floor);
    diff.field("area", &now.area, &new.area);
    diff.field("description", &now.description, &new.description);
    diff.field("rentable", &now.rentable, &new.rentable);
    diff.field("damaged", &now.damaged, &new.damaged);
    if diff.is_empty() {
        return Ok(());
    }
    w.execute(sql!(
        "UPDATE unit SET number = $3, building_id = $4, floor = $5, description = $6, rentable = $7, damaged = $8, updated_at = $9, \
         reference = $10, described_by_resident = described_by_resident AND $11, area = $12 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        now.id,
        &new.number,
        new.building_id,
        &new.floor,
        &new.description,
        new.rentable,
        new.damaged,
        w.now(),
        &new.reference,
        new.description == now.description,
        new.area
    ))
    .await?;
    w.change(Change::new("unit.updated", now.id).property(now.property_id).unit(now.id).data(diff.json()));
    Ok(())
}
