//! The SQL of properties and their buildings.

use db::{List, Read, Write, row, sql};
use kernel::{BuildingId, Error, Instant, Page, PageRequest, PropertyId, Result};

row! {
    /// A site with units.
    #[derive(Clone, Debug)]
    pub struct Property {
        /// Its id.
        pub id: PropertyId,
        /// Its name, unique in the organization.
        pub name: String,
        /// Its name as it is sorted.
        pub name_key: String,
        /// Street and number.
        pub street: String,
        /// City.
        pub city: String,
        /// State or region.
        pub state: String,
        /// Postal code.
        pub postal: String,
        /// What the management calls it, if it does.
        pub reference: Option<String>,
        /// How many units it is said to have.
        pub declared_units: Option<i64>,
        /// How many units there are.
        pub unit_count: i64,
        /// Since when it is archived.
        pub archived_at: Option<Instant>,
        /// When it was made.
        pub created_at: Instant,
        /// When a value of it last changed.
        pub updated_at: Instant,
    }
}

pub struct New<'a> {
    pub name: &'a str,
    pub name_key: &'a str,
    pub street: &'a str,
    pub city: &'a str,
    pub state: &'a str,
    pub postal: &'a str,
    pub reference: Option<&'a str>,
    pub country: &'a str,
    pub time_zone: &'a str,
    pub declared_units: Option<i64>,
    pub archived_at: Option<Instant>,
}

pub async fn by_id(r: &Read, id: PropertyId) -> Result<Option<Property>> {
    r.optional(sql!(
        "SELECT p.id, p.name, p.name_key, p.street, p.city, p.state, p.postal, p.reference, p.declared_units, \
         (SELECT count(*) FROM unit u WHERE u.org_id = p.org_id AND u.property_id = p.id AND u.deleted_at IS NULL) AS unit_count, \
         p.archived_at, p.created_at, p.updated_at FROM property p WHERE p.org_id = $1 AND p.id = $2 AND p.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn get(r: &Read, id: PropertyId) -> Result<Property> {
    by_id(r, id).await?.ok_or(Error::NotFound("property"))
}

pub async fn find(r: &Read, name: &str) -> Result<Option<PropertyId>> {
    r.optional(sql!(
        "SELECT id FROM property WHERE org_id = $1 AND name = $2 AND deleted_at IS NULL",
        r.caller().org,
        name
    ))
    .await
}

/// The property that the management calls so.
pub async fn referred(r: &Read, reference: &str) -> Result<Option<PropertyId>> {
    r.optional(sql!(
        "SELECT id FROM property WHERE org_id = $1 AND reference = $2 AND deleted_at IS NULL",
        r.caller().org,
        reference
    ))
    .await
}

pub async fn all(r: &Read) -> Result<Vec<Property>> {
    r.all(sql!(
        "SELECT p.id, p.name, p.name_key, p.street, p.city, p.state, p.postal, p.reference, p.declared_units, \
         (SELECT count(*) FROM unit u WHERE u.org_id = p.org_id AND u.property_id = p.id AND u.deleted_at IS NULL) AS unit_count, \
         p.archived_at, p.created_at, p.updated_at FROM property p WHERE p.org_id = $1 AND p.deleted_at IS NULL ORDER BY p.id",
        r.caller().org
    ))
    .await
}

pub async fn these(r: &Read, ids: &[PropertyId]) -> Result<Vec<Property>> {
    r.all(sql!(
        "SELECT p.id, p.name, p.name_key, p.street, p.city, p.state, p.postal, p.reference, p.declared_units, \
         (SELECT count(*) FROM unit u WHERE u.org_id = p.org_id AND u.property_id = p.id AND u.deleted_at IS NULL) AS unit_count, \
         p.archived_at, p.created_at, p.updated_at FROM property p \
         WHERE +p.org_id = $1 AND p.id = ANY($2) AND p.deleted_at IS NULL ORDER BY p.id",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn page(r: &Read, request: &PageRequest) -> Result<Page<Property>> {
    let list = List::new(
        "properties",
        "SELECT id, name, name_key, street, city, state, postal, reference, declared_units, \
         (SELECT count(*) FROM unit u WHERE u.org_id = property.org_id AND u.property_id = property.id AND u.deleted_at IS NULL) AS unit_count, \
         archived_at, created_at, updated_at FROM property",
    )
    .filter("deleted_at IS NULL AND org_id = ?", r.caller().org);
    let scope = list.scope();
    let rows = r.all(list.page(["name_key", "id"], request)?).await?;
    Ok(Page::cut(rows, request.rows(), &scope, Property::position))
}

pub async fn insert(w: &Write, p: &New<'_>) -> Result<PropertyId> {
    let (org, now) = (w.caller().org, w.now());
    let id: PropertyId = w
        .one(sql!(
            "INSERT INTO property (uid, org_id, name, name_key, kind, street, city, state, postal, country, time_zone, declared_units, archived_at, created_at, updated_at, reference) \
             VALUES ($1, $2, $3, $4, 'residential', $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14) RETURNING id",
            w.uid(), org, p.name, p.name_key, p.street, p.city, p.state, p.postal, p.country, p.time_zone, p.declared_units, p.archived_at, now, p.reference
        ))
        .await?;
    w.execute(sql!(
        "INSERT INTO building (uid, org_id, property_id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)",
        w.uid(),
        org,
        id,
        p.name,
        now
    ))
    .await?;
    Ok(id)
}

/// The property's first building.
pub async fn first_building(r: &Read, id: PropertyId) -> Result<BuildingId> {
    r.one(sql!(
        "SELECT id FROM building WHERE org_id = $1 AND property_id = $2 ORDER BY id LIMIT 1",
        r.caller().org,
        id
    ))
    .await
}

pub async fn update(w: &Write, p: &Property, name_key: &str) -> Result<()> {
    w.execute(sql!(
        "UPDATE property SET name = $3, name_key = $4, street = $5, city = $6, state = $7, postal = $8, declared_units = $9, updated_at = $10, reference = $11 \
         WHERE org_id = $1 AND id = $2",
        w.caller().org, p.id, &p.name, name_key, &p.street, &p.city, &p.state, &p.postal, p.declared_units, w.now(), &p.reference
    ))
    .await
    .map(drop)
}

pub async fn set_archived(w: &Write, id: PropertyId, at: Option<Instant>) -> Result<()> {
    w.execute(sql!(
        "UPDATE property SET archived_at = $3, updated_at = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        at,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete(w: &Write, id: PropertyId) -> Result<()> {
    let (org, now) = (w.caller().org, w.now());
    w.execute(sql!("DELETE FROM property_assignment WHERE org_id = $1 AND property_id = $2", org, id)).await?;
    w.execute(sql!(
        "UPDATE unit SET deleted_at = $3 WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL",
        org,
        id,
        now
    ))
    .await?;
    w.execute(sql!("UPDATE building SET deleted_at = $3 WHERE org_id = $1 AND property_id = $2", org, id, now)).await?;
    w.execute(sql!("UPDATE property SET deleted_at = $3 WHERE org_id = $1 AND id = $2", org, id, now)).await.map(drop)
}
