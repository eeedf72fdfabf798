//! What is let or owned.

mod flat;
pub(crate) mod store;

use std::collections::HashMap;

use db::{Change, Read, Write, sql};
use kernel::{Action, Caller, Error, Problem, PropertyId, Result, UnitId};
use uuid::Uuid;

use crate::{
    Filter,
    access::{Resource, require},
    diff::Diff,
    group::grouped,
    handle, ledger, property,
};

pub use crate::ledger::PageNumber;
pub use flat::Flat;

/// By what units are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// By number.
    #[default]
    Number,
    /// By price.
    Price,
    /// By floor area.
    Size,
}

/// The order of units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// A kind of unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// Its uid.
    pub uid: Uuid,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
}

/// A unit with who has it.
#[derive(Clone, Debug)]
pub struct View {
    /// Its id.
    pub id: UnitId,
    /// Its uid.
    pub uid: Uuid,
    /// Where.
    pub property_id: PropertyId,
    /// Its number, which is its name.
    pub number: String,
    /// What it is, in words.
    pub description: Option<String>,
    /// On which floor.
    pub floor: Option<String>,
    /// Width in millimetres.
    pub width_mm: Option<i64>,
    /// Length in millimetres.
    pub length_mm: Option<i64>,
    /// Height in millimetres.
    pub height_mm: Option<i64>,
    /// Width of the door in millimetres.
    pub door_width_mm: Option<i64>,
    /// Height of the door in millimetres.
    pub door_height_mm: Option<i64>,
    /// What door it has.
    pub door_type: Option<String>,
    /// How it is reached.
    pub access_type: Option<String>,
    /// What it costs a month.
    pub price: Option<i64>,
    /// Its usual rate.
    pub standard_rate: Option<i64>,
    /// Its rate set by somebody.
    pub managed_rate: Option<i64>,
    /// Whether it can be let at all.
    pub rentable: bool,
    /// Whether it is damaged.
    pub damaged: bool,
    /// Whether it was deleted.
    pub deleted: bool,
    /// What kind of unit it is.
    pub unit_type: Option<Type>,
    /// Whether somebody has it now.
    pub occupied: bool,
    /// Whether somebody can move in: it can be let, is not damaged, and nobody has it or is to have it.
    pub available: bool,
    /// The ledger of whoever has it now.
    pub current_ledger: Option<Uuid>,
    /// The account of whoever has it now.
    pub current_account: Option<Uuid>,
}

handle! {
    /// Operations on units.
    Units
}

#[operations::compiled_here]
impl Units<'_> {
    /// One page of the units of a property, and how many there are in all.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn page(
        &self,
        caller: &Caller,
        property: PropertyId,
        sort: Sort,
        page: PageNumber,
        filter: Filter,
    ) -> Result<(Vec<View>, i64)> {
        self.list(caller, property, false, sort, page, filter).await
    }

    /// The same of the units somebody can move into.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn available(
        &self,
        caller: &Caller,
        property: PropertyId,
        sort: Sort,
        page: PageNumber,
        filter: Filter,
    ) -> Result<(Vec<View>, i64)> {
        self.list(caller, property, true, sort, page, filter).await
    }

    async fn list(
        &self,
        caller: &Caller,
        property: PropertyId,
        available: bool,
        sort: Sort,
        page: PageNumber,
        filter: Filter,
    ) -> Result<(Vec<View>, i64)> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewProperties, Resource::Of(Some(property)))?;
                ledger::store::place(r, property).await?.ok_or(Error::NotFound("property"))?;
                let (rows, total) = store::page(r, property, available, sort, page, &filter).await?;
                Ok((views(r, rows).await?, total))
            })
            .await
    }

    /// One unit.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, property: PropertyId, unit: Uuid) -> Result<View> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewProperties, Resource::Of(Some(property)))?;
                find(r, property, unit).await?.ok_or(Error::NotFound("unit"))
            })
            .await
    }

    /// Sets what a unit costs a month; tenancies that begin later have it as their rent.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn set_price(
        &self,
        caller: &Caller,
        property: PropertyId,
        unit: Uuid,
        price: Option<i64>,
    ) -> Result<View> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageProperties, Resource::Of(Some(property)))?;
                let now = find(w, property, unit).await?.ok_or(Error::NotFound("unit"))?;
                if price.is_some_and(|p| !(0..=ledger::MOST).contains(&p)) {
                    return Err(Error::invalid("price", Problem::NotAllowed));
                }
                let mut diff = Diff::default();
                diff.field("price", &now.price, &price);
                if !diff.is_empty() {
                    store::set_price(w, now.id, price).await?;
                    w.change(Change::new("unit.updated", now.id).property(property).unit(now.id).data(diff.json()));
                }
                Ok(View { price, ..now })
            })
            .await
    }
}

/// The unit of this uid in the property.
pub(crate) async fn find(r: &Read, property: PropertyId, uid: Uuid) -> Result<Option<View>> {
    let rows = store::by_uid(r, property, uid).await?.into_iter().collect();
    Ok(views(r, rows).await?.pop())
}

/// Units by their ids, deleted ones too.
pub(crate) async fn these(r: &Read, ids: &[UnitId]) -> Result<HashMap<UnitId, View>> {
    let rows = store::these(r, ids).await?;
    Ok(views(r, rows).await?.into_iter().map(|u| (u.id, u)).collect())
}

async fn views(r: &Read, rows: Vec<store::Row>) -> Result<Vec<View>> {
    let ids: Vec<UnitId> = rows.iter().map(|u| u.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut holders = grouped(store::holders(r, &ids).await?, |h| h.unit_id);
    let view = |u: store::Row| {
        let held = holders.remove(&u.id).unwrap_or_default();
        // Of several at a time the one that came last.
        let current = held.iter().rfind(|h| h.opens_at <= r.now());
        View {
            id: u.id,
            uid: u.uid,
            property_id: u.property_id,
            number: u.number,
            description: u.description,
            floor: u.floor,
            width_mm: u.width_mm,
            length_mm: u.length_mm,
            height_mm: u.height_mm,
            door_width_mm: u.door_width_mm,
            door_height_mm: u.door_height_mm,
            door_type: u.door_type,
            access_type: u.access_type,
            price: u.price,
            standard_rate: u.standard_rate,
            managed_rate: u.managed_rate,
            rentable: u.rentable,
            damaged: u.damaged,
            deleted: u.deleted_at.is_some(),
            unit_type: u.type_uid.map(|uid| Type {
                uid,
                name: u.type_name.unwrap_or_default(),
                code: u.type_code.unwrap_or_default(),
            }),
            occupied: current.is_some(),
            available: u.rentable && !u.damaged && u.deleted_at.is_none() && held.is_empty(),
            current_ledger: current.map(|h| h.ledger_uid),
            current_account: current.map(|h| h.account_uid),
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The unit of this number in the property; a new number makes the unit, in the property's first building.
pub(crate) async fn named(w: &Write, property: PropertyId, number: &str) -> Result<UnitId> {
    let org = w.caller().org;
    let known: Option<UnitId> = w
        .optional(sql!(
            "SELECT id FROM unit WHERE org_id = $1 AND property_id = $2 AND number = $3 AND deleted_at IS NULL ORDER BY id LIMIT 1",
            org,
            property,
            number
        ))
        .await?;
    match known {
        Some(id) => Ok(id),
        None => create(w, property, number).await,
    }
}

/// Makes a unit in the property's first building.
pub(crate) async fn create(w: &Write, property: PropertyId, number: &str) -> Result<UnitId> {
    let building = property::store::first_building(w, property).await?;
    let id: UnitId = w
        .one(sql!(
            "INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
            w.uid(),
            w.caller().org,
            property,
            building,
            number,
            w.now()
        ))
        .await?;
    w.change(Change::new("unit.created", id).property(property).unit(id));
    Ok(id)
}

/// The unit that the management calls so.
pub(crate) async fn referred(r: &Read, reference: &str) -> Result<Option<UnitId>> {
    r.optional(sql!(
        "SELECT id FROM unit WHERE org_id = $1 AND reference = $2 AND deleted_at IS NULL",
        r.caller().org,
        reference
    ))
    .await
}

/// What is known about a unit besides its number.
#[derive(Clone, Debug, Default)]
pub(crate) struct About<'a> {
    /// The name and code of its kind.
    pub kind: Option<(&'a str, &'a str)>,
    pub width_mm: Option<i64>,
    pub length_mm: Option<i64>,
    pub height_mm: Option<i64>,
    pub door_type: Option<&'a str>,
    pub access_type: Option<&'a str>,
    pub floor: Option<&'a str>,
    /// In minor units a month; the usual rate too.
    pub price: Option<i64>,
    /// In square decimetres.
    pub area: Option<i64>,
    /// What the management calls it.
    pub reference: Option<&'a str>,
}

/// Says what a new unit is; answers its uid.
pub(crate) async fn describe(w: &Write, property: PropertyId, id: UnitId, about: &About<'_>) -> Result<Uuid> {
    let kind = match about.kind {
        Some((name, code)) => Some(store::type_named(w, property, name, code).await?),
        None => None,
    };
    store::describe(w, id, kind, about).await
}
