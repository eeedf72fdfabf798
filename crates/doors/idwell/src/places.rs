//! Flats and buildings: read only (section 3).

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse as _, Response},
};
use kernel::entity;

use crate::{
    Door,
    call::{Named, Origin, Reading},
    wire::{
        DoorError, Fields, List, PageOf,
        shapes::{Building, Detail, Flat},
    },
};

/// Flats, by id.
#[utoipa::path(get, path = "/api/idwell/v1/flats/", tag = "places", operation_id = "listFlats", security(("token" = [])),
    params(("page" = Option<i64>, Query), ("page_size" = Option<i64>, Query), ("building" = Option<i64>, Query)),
    responses((status = 200, body = PageOf<Flat>), (status = 400, body = Fields), (status = 401, body = Detail), (status = 404, body = Detail)))]
pub async fn flats(
    State(door): State<Door>,
    Reading(caller): Reading,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
) -> Result<Response, DoorError> {
    let mut list = List::read(query.as_deref());
    let building = list.id("building");
    let page = list.page()?;
    let part = door.app.units().flats(&caller, building, page).await?;
    let shown = part.items.iter().map(Flat::of).collect();
    Ok(Json(list.shown(&origin, "/api/idwell/v1/flats/", page, part.total, shown)?).into_response())
}

/// A flat.
#[utoipa::path(get, path = "/api/idwell/v1/flats/{id}/", tag = "places", operation_id = "getFlat", security(("token" = [])), params(("id" = i64, Path)),
    responses((status = 200, body = Flat), (status = 401, body = Detail), (status = 404, body = Detail)))]
pub async fn flat(
    State(door): State<Door>,
    Reading(caller): Reading,
    Named(id): Named<entity::Unit>,
) -> Result<Response, DoorError> {
    Ok(Json(Flat::of(&door.app.units().flat(&caller, id).await?)).into_response())
}

/// Buildings, by id.
#[utoipa::path(get, path = "/api/idwell/v1/buildings/", tag = "places", operation_id = "listBuildings", security(("token" = [])),
    params(("page" = Option<i64>, Query), ("page_size" = Option<i64>, Query)),
    responses((status = 200, body = PageOf<Building>), (status = 400, body = Fields), (status = 401, body = Detail), (status = 404, body = Detail)))]
pub async fn buildings(
    State(door): State<Door>,
    Reading(caller): Reading,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
) -> Result<Response, DoorError> {
    let mut list = List::read(query.as_deref());
    let page = list.page()?;
    let part = door.app.buildings().page(&caller, page).await?;
    let shown = part.items.iter().map(Building::of).collect();
    Ok(Json(list.shown(&origin, "/api/idwell/v1/buildings/", page, part.total, shown)?).into_response())
}

/// A building.
#[utoipa::path(get, path = "/api/idwell/v1/buildings/{id}/", tag = "places", operation_id = "getBuilding", security(("token" = [])), params(("id" = i64, Path)),
    responses((status = 200, body = Building), (status = 401, body = Detail), (status = 404, body = Detail)))]
pub async fn building(
    State(door): State<Door>,
    Reading(caller): Reading,
    Named(id): Named<entity::Building>,
) -> Result<Response, DoorError> {
    Ok(Json(Building::of(&door.app.buildings().get(&caller, id).await?)).into_response())
}
