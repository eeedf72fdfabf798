//! Leases (rows 30 to 34).

use app::tenancy::{Details, Input, Update};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kernel::{Caller, entity::Tenancy};

use crate::{
    Door,
    calls::{Approved, Id},
    present::Kept,
    tenants::{in_seconds, lease_fields},
    wire::{Body, DoorError, Json, Reader, created, message, shapes::Leases, words},
};

/// Row 30.
pub async fn list(Approved(caller): Approved, State(door): State<Door>) -> Result<Response, DoorError> {
    let all = door.app.tenancies().list(&caller).await?;
    let kept = Kept::new(caller.at);
    Ok(Json::ok(Leases { leases: all.iter().map(|l| kept.lease(l)).collect() }).into_response())
}

fn one(caller: &Caller, lease: &Details) -> Response {
    Json::ok(Kept::new(caller.at).lease(lease)).into_response()
}

/// Row 31.
pub async fn create(Approved(caller): Approved, State(door): State<Door>, body: Body) -> Result<Response, DoorError> {
    let id = door.app.tenancies().create(&caller, body.draft(fields)).await.map_err(words::LEASE.with(&body))?;
    Ok(created("Lease created successfully", id.get()).into_response())
}

/// Row 32.
pub async fn get(
    Id(id): Id<Tenancy>,
    Approved(caller): Approved,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    Ok(one(&caller, &door.app.tenancies().get(&caller, id).await?))
}

/// Row 33.
pub async fn update(
    Id(id): Id<Tenancy>,
    Approved(caller): Approved,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(|r| Update { fields: fields(r), in_seconds: in_seconds(r) });
    let lease = door.app.tenancies().update(&caller, id, draft).await.map_err(words::LEASE.with(&body))?;
    Ok(one(&caller, &lease))
}

/// Row 34.
pub async fn delete(
    Id(id): Id<Tenancy>,
    Approved(caller): Approved,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    door.app.tenancies().delete(&caller, id).await?;
    Ok(message(StatusCode::OK, "Lease deleted").into_response())
}

fn fields(r: &mut Reader<'_>) -> Input {
    Input { person_id: r.id("tenantID", "person_id"), ..lease_fields(r) }
}
