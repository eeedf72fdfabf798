//! What is let or owned.

use db::{Change, Write, sql};
use kernel::{PropertyId, Result, UnitId};

use crate::property;

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
