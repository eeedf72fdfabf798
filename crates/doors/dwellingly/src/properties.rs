//! Properties (rows 17 to 23).

use app::property::{Details, Input};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kernel::{Caller, entity::Property as AProperty};

use crate::{
    Door,
    calls::{Admin, Id},
    present::Kept,
    wire::{Body, DoorError, Json, Reader, message, shapes::Properties, words},
};

/// Row 17.
pub async fn list(Admin(caller): Admin, State(door): State<Door>) -> Result<Response, DoorError> {
    whole(&caller, &door.app.properties().list(&caller).await?)
}

fn whole(caller: &Caller, all: &[Details]) -> Result<Response, DoorError> {
    let kept = kept(caller, all)?;
    Ok(Json::ok(Properties { properties: all.iter().map(|p| kept.property_details(p, None)).collect() })
        .into_response())
}

fn kept(caller: &Caller, all: &[Details]) -> Result<Kept, DoorError> {
    let mut kept = Kept::new(caller.at);
    kept.places(all.iter().flat_map(|p| &p.managers))?;
    kept.managers(all.iter().flat_map(|p| &p.managers))?;
    Ok(kept)
}

fn one(status: StatusCode, caller: &Caller, p: &Details) -> Result<Response, DoorError> {
    let kept = kept(caller, std::slice::from_ref(p))?;
    Ok(Json(status, kept.property_details(p, None)).into_response())
}

/// Row 18.
pub async fn create(Admin(caller): Admin, State(door): State<Door>, body: Body) -> Result<Response, DoorError> {
    let draft = body.draft(|r| {
        let read = fields(r);
        // One unit unless said otherwise (section 8).
        Input { declared_units: read.declared_units.or(kernel::Field::Given(1)), ..read }
    });
    let made = door.app.properties().create(&caller, draft).await.map_err(words::PROPERTY.with(&body))?;
    one(StatusCode::CREATED, &caller, &made)
}

/// Row 19.
pub async fn get(Id(id): Id<AProperty>, Admin(caller): Admin, State(door): State<Door>) -> Result<Response, DoorError> {
    let (p, tenants) = door.app.properties().get(&caller, id).await?;
    let mut kept = kept(&caller, std::slice::from_ref(&p))?;
    kept.staff(tenants.iter().flat_map(|t| &t.staff))?;
    Ok(Json::ok(kept.property_details(&p, Some(&tenants))).into_response())
}

/// Row 20.
pub async fn update(
    Id(id): Id<AProperty>,
    Admin(caller): Admin,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(fields);
    let p = door.app.properties().update(&caller, id, draft).await.map_err(words::PROPERTY.with(&body))?;
    one(StatusCode::OK, &caller, &p)
}

/// Row 21.
pub async fn delete(
    Id(id): Id<AProperty>,
    Admin(caller): Admin,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    door.app.properties().delete(&caller, id).await?;
    Ok(message(StatusCode::OK, "Property deleted").into_response())
}

/// Row 22: toggles.
pub async fn archive(
    Id(id): Id<AProperty>,
    Admin(caller): Admin,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    let archived = door.app.properties().toggle_archived(&caller, id).await?;
    let text = if archived { "Property archived successfully" } else { "Property unarchived successfully" };
    Ok(message(StatusCode::OK, text).into_response())
}

/// Row 23: sets (D48).
pub async fn archive_many(Admin(caller): Admin, State(door): State<Door>, body: Body) -> Result<Response, DoorError> {
    let ids = body.ids("Property IDs missing in request");
    whole(&caller, &door.app.properties().archive(&caller, ids).await?)
}

fn fields(r: &mut Reader<'_>) -> Input {
    let postal = r.first_of(["zipcode", "zipCode"]);
    Input {
        name: r.text("name", "name", 100),
        street: r.text("address", "street", 250),
        city: r.text("city", "city", 50),
        state: r.text("state", "state", 50),
        postal: r.text(postal, "postal", 20),
        declared_units: r.integer_or_nothing("num_units", "declared_units"),
        archived: r.boolean("archived", "archived"),
        manager_ids: r.ids("propertyManagerIDs", "manager_ids"),
        ..Input::default()
    }
}
