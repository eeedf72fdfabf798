//! The SQL of units.

use db::{List, Read, Slice, Write, row, sql};
use kernel::{Instant, PropertyId, Result, UnitId, UnitTypeId};
use uuid::Uuid;

use super::{PageNumber, Sort, SortBy};
use crate::Filter;

row! {
    /// A unit as stored, with its type.
    #[derive(Clone, Debug)]
    pub struct Row {
        pub id: UnitId,
        pub uid: Uuid,
        pub property_id: PropertyId,
        pub number: String,
        pub description: Option<String>,
        pub floor: Option<String>,
        pub width_mm: Option<i64>,
        pub length_mm: Option<i64>,
        pub height_mm: Option<i64>,
        pub door_width_mm: Option<i64>,
        pub door_height_mm: Option<i64>,
        pub door_type: Option<String>,
        pub access_type: Option<String>,
        pub price: Option<i64>,
        pub standard_rate: Option<i64>,
        pub managed_rate: Option<i64>,
        pub rentable: bool,
        pub damaged: bool,
        pub type_uid: Option<Uuid>,
        pub type_name: Option<String>,
        pub type_code: Option<String>,
        pub created_at: Instant,
        pub updated_at: Instant,
        pub deleted_at: Option<Instant>,
    }

    /// A ledger that has a unit now or will have it.
    #[derive(Clone, Debug)]
    pub struct Holder {
        pub unit_id: UnitId,
        pub ledger_uid: Uuid,
        pub account_uid: Uuid,
        pub opens_at: Instant,
    }
}

const UNITS: &str = "SELECT u.id, u.uid, u.property_id, u.number, u.description, u.floor, u.width_mm, u.length_mm, u.height_mm, u.door_width_mm, \
    u.door_height_mm, u.door_type, u.access_type, u.price, u.standard_rate, u.managed_rate, u.rentable, u.damaged, \
    t.uid AS type_uid, t.name AS type_name, t.code AS type_code, u.created_at, u.updated_at, u.deleted_at \
    FROM unit u LEFT JOIN unit_type t ON t.id = u.type_id";

/// One page of the units of a property, and how many there are in all.
pub async fn page(
    r: &Read,
    property: PropertyId,
    available: bool,
    sort: Sort,
    page: PageNumber,
    filter: &Filter,
) -> Result<(Vec<Row>, i64)> {
    let free = "u.rentable AND NOT u.damaged AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.unit_id = u.id AND l.org_id = u.org_id \
                AND (l.closes_at IS NULL OR l.closes_at > ?))";
    let filtered = |list: List| {
        let list = list.filter("u.org_id = ?", r.caller().org);
        let list = list.filter("u.property_id = ? AND u.deleted_at IS NULL", property);
        list.filter_if(free, available.then_some(r.now()))
            .filter_if("u.created_at > ?", filter.created_after)
            .filter_if("u.created_at < ?", filter.created_before)
            .filter_if("u.updated_at >= ?", filter.updated_since)
            .filter_uids("u.uid", filter.only.as_deref())
    };
    let total = r.one(filtered(List::new("units", "SELECT count(*) FROM unit u")).whole()).await?;
    let slice = Slice::of(total, page.page, page.per_page);
    let order: &[(&str, bool)] = match sort.by {
        SortBy::Number => &[("u.number", false), ("u.id", false)],
        SortBy::Price => &[("coalesce(u.price, 0)", false), ("u.id", false)],
        SortBy::Size => &[("coalesce(u.width_mm * u.length_mm, 0)", false), ("u.id", false)],
    };
    let rows = r.all(filtered(List::new("units", UNITS)).slice(order, sort.descending, &slice)).await?;
    Ok((slice.turn(rows), total))
}

pub async fn by_uid(r: &Read, property: PropertyId, uid: Uuid) -> Result<Option<Row>> {
    r.optional(sql!(
        "SELECT u.id, u.uid, u.property_id, u.number, u.description, u.floor, u.width_mm, u.length_mm, u.height_mm, u.door_width_mm, \
         u.door_height_mm, u.door_type, u.access_type, u.price, u.standard_rate, u.managed_rate, u.rentable, u.damaged, \
         t.uid AS type_uid, t.name AS type_name, t.code AS type_code, u.created_at, u.updated_at, u.deleted_at \
         FROM unit u LEFT JOIN unit_type t ON t.id = u.type_id \
         WHERE u.org_id = $1 AND u.property_id = $2 AND u.uid = $3 AND u.deleted_at IS NULL",
        r.caller().org, property, uid
    ))
    .await
}

/// Units, deleted ones too, by id.
pub async fn these(r: &Read, ids: &[UnitId]) -> Result<Vec<Row>> {
    r.all(sql!(
        "SELECT u.id, u.uid, u.property_id, u.number, u.description, u.floor, u.width_mm, u.length_mm, u.height_mm, u.door_width_mm, \
         u.door_height_mm, u.door_type, u.access_type, u.price, u.standard_rate, u.managed_rate, u.rentable, u.damaged, \
         t.uid AS type_uid, t.name AS type_name, t.code AS type_code, u.created_at, u.updated_at, u.deleted_at \
         FROM unit u LEFT JOIN unit_type t ON t.id = u.type_id WHERE +u.org_id = $1 AND u.id = ANY($2) ORDER BY +u.id",
        r.caller().org, ids
    ))
    .await
}

/// Who has these units now, or will have them; the first to come first.
pub async fn holders(r: &Read, ids: &[UnitId]) -> Result<Vec<Holder>> {
    r.all(sql!(
        "SELECT l.unit_id, l.uid AS ledger_uid, a.uid AS account_uid, l.opens_at FROM ledger l JOIN account a ON a.id = l.account_id \
         WHERE l.org_id = $1 AND l.unit_id = ANY($2) AND (l.closes_at IS NULL OR l.closes_at > $3) ORDER BY l.opens_at, +l.id",
        r.caller().org, ids, r.now()
    ))
    .await
}

/// The units of a property, by number.
pub async fn of_property(r: &Read, property: PropertyId) -> Result<Vec<UnitId>> {
    r.all(sql!(
        "SELECT id FROM unit WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL ORDER BY number, id",
        r.caller().org,
        property
    ))
    .await
}

pub async fn set_price(w: &Write, id: UnitId, price: Option<i64>) -> Result<()> {
    w.execute(sql!(
        "UPDATE unit SET price = $3, updated_at = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        price,
        w.now()
    ))
    .await
    .map(drop)
}

/// The kind of this name in a property; a new name makes it.
pub async fn type_named(w: &Write, property: PropertyId, name: &str, code: &str) -> Result<UnitTypeId> {
    let org = w.caller().org;
    w.one(sql!(
        "INSERT INTO unit_type (uid, org_id, property_id, name, code, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6) \
         ON CONFLICT (property_id, name) DO UPDATE SET code = excluded.code RETURNING id",
        w.uid(),
        org,
        property,
        name,
        code,
        w.now()
    ))
    .await
}

pub async fn describe(w: &Write, id: UnitId, kind: Option<UnitTypeId>, about: &super::About<'_>) -> Result<Uuid> {
    w.one(sql!(
        "UPDATE unit SET type_id = $3, width_mm = $4, length_mm = $5, height_mm = $6, door_type = $7, access_type = $8, floor = $9, \
         price = $10, standard_rate = $10, area = $11, reference = $12 WHERE org_id = $1 AND id = $2 RETURNING uid",
        w.caller().org, id, kind, about.width_mm, about.length_mm, about.height_mm, about.door_type, about.access_type,
        about.floor, about.price, about.area, about.reference
    ))
    .await
}
