//! Tenants, and the staff who care for them (rows 24 to 29).

use app::{
    resident::{Assignment, Input, LeaseInput, Resident},
    tenancy,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kernel::{Caller, Field, entity::Person};

use crate::{
    Door,
    calls::{Admin, Id, Query},
    present::Kept,
    wire::{Body, DoorError, Json, Reader, message, shapes::Tenants, words},
};

/// Row 24.
pub async fn list(Admin(caller): Admin, State(door): State<Door>, query: Query) -> Result<Response, DoorError> {
    let unstaffed = query.get("unstaffed").is_some_and(|v| !v.is_empty());
    let residents = door.app.residents();
    let all = if unstaffed { residents.list_unstaffed(&caller).await? } else { residents.list(&caller).await? };
    let kept = kept(&caller, &all)?;
    Ok(Json::ok(Tenants { tenants: all.iter().map(|t| kept.tenant(t)).collect() }).into_response())
}

fn kept(caller: &Caller, all: &[Resident]) -> Result<Kept, DoorError> {
    let mut kept = Kept::new(caller.at);
    kept.staff(all.iter().flat_map(|t| &t.staff))?;
    Ok(kept)
}

fn one(status: StatusCode, caller: &Caller, tenant: &Resident) -> Result<Response, DoorError> {
    let kept = kept(caller, std::slice::from_ref(tenant))?;
    Ok(Json(status, kept.tenant(tenant)).into_response())
}

/// Row 25.
pub async fn create(Admin(caller): Admin, State(door): State<Door>, body: Body) -> Result<Response, DoorError> {
    let made = door.app.residents().create(&caller, body.draft(fields)).await.map_err(words::TENANT.with(&body))?;
    one(StatusCode::CREATED, &caller, &made)
}

/// Row 26.
pub async fn get(Id(id): Id<Person>, Admin(caller): Admin, State(door): State<Door>) -> Result<Response, DoorError> {
    one(StatusCode::OK, &caller, &door.app.residents().get(&caller, id).await?)
}

/// Row 27.
pub async fn update(
    Id(id): Id<Person>,
    Admin(caller): Admin,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(fields);
    let tenant = door.app.residents().update(&caller, id, draft).await.map_err(words::TENANT.with(&body))?;
    one(StatusCode::OK, &caller, &tenant)
}

/// Row 28.
pub async fn delete(Id(id): Id<Person>, Admin(caller): Admin, State(door): State<Door>) -> Result<Response, DoorError> {
    door.app.residents().delete(&caller, id).await?;
    Ok(message(StatusCode::OK, "Tenant deleted").into_response())
}

/// Row 29.
pub async fn assign(Admin(caller): Admin, State(door): State<Door>, body: Body) -> Result<Response, DoorError> {
    let draft = body.draft(|r| Assignment {
        staff_ids: r.ids("staff", "staff_ids"),
        resident_ids: r.ids("tenants", "resident_ids"),
    });
    door.app.residents().assign_staff(&caller, draft).await.map_err(words::STAFF_TENANTS.with(&body))?;
    Ok(message(StatusCode::OK, "Staff-Tenant associations updated successfully").into_response())
}

fn fields(r: &mut Reader<'_>) -> Input {
    Input {
        first_name: r.text_between("firstName", "first_name", 1, 100),
        last_name: r.text_between("lastName", "last_name", 1, 100),
        phone: r.text_between("phone", "phone", 10, 30),
        archived: r.boolean("archived", "archived"),
        staff_ids: r.ids("staffIDs", "staff_ids"),
        lease: lease(r),
    }
}

/// The lease inside, or its fields at the top level; inside wins (D44 to D46).
fn lease(r: &mut Reader<'_>) -> LeaseInput {
    const KNOWN: [&str; 9] = [
        "propertyID",
        "unitNum",
        "occupants",
        "dateTimeStart",
        "dateTimeEnd",
        "id",
        "tenantID",
        "created_at",
        "updated_at",
    ];
    // Whether nothing may be sent depends on what is shown: the core decides (D46, D72).
    let null = r.is_null("lease");
    let mut in_seconds = in_seconds(r);
    let inside = if null {
        Field::Absent
    } else {
        r.object("lease", "lease", |r| {
            r.only(&KNOWN);
            in_seconds |= self::in_seconds(r);
            lease_fields(r)
        })
    };
    // What stands inside is not looked at outside.
    let has = |f: Option<bool>| f.unwrap_or(false);
    let inner = inside.given();
    let skip = [
        has(inner.map(|l| !l.property_id.is_absent())),
        has(inner.map(|l| !l.unit_number.is_absent())),
        has(inner.map(|l| !l.occupants.is_absent())),
        has(inner.map(|l| !l.starts_at.is_absent())),
        has(inner.map(|l| !l.ends_at.is_absent())),
    ];
    let outside = r.skipping_nulls(|r| tenancy::Input {
        property_id: unless(skip[0], || r.id("propertyID", "property_id")),
        unit_number: unless(skip[1], || r.text_or_null("unitNum", "unit_number", 10)),
        occupants: unless(skip[2], || r.integer_or_null("occupants", "occupants")),
        starts_at: unless(skip[3], || r.lease_date("dateTimeStart", "starts_at")),
        ends_at: unless(skip[4], || r.lease_date("dateTimeEnd", "ends_at")),
        ..tenancy::Input::default()
    });
    let whole = inside.given().is_some();
    let inside = inside.given().cloned().unwrap_or_default();
    LeaseInput {
        whole,
        null,
        in_seconds,
        fields: tenancy::Input {
            person_id: Field::Absent,
            property_id: inside.property_id.or(outside.property_id),
            unit_number: inside.unit_number.or(outside.unit_number),
            occupants: inside.occupants.or(outside.occupants),
            starts_at: inside.starts_at.or(outside.starts_at),
            ends_at: inside.ends_at.or(outside.ends_at),
        },
    }
}

/// Whether the dates of a lease are in the form that shows whole seconds.
pub fn in_seconds(r: &Reader<'_>) -> bool {
    r.in_seconds(["dateTimeStart", "dateTimeEnd"])
}

fn unless<T>(skip: bool, read: impl FnOnce() -> Field<T>) -> Field<T> {
    if skip { Field::Absent } else { read() }
}

/// The fields that a lease has wherever it is written.
pub fn lease_fields(r: &mut Reader<'_>) -> tenancy::Input {
    tenancy::Input {
        person_id: Field::Absent,
        property_id: r.id("propertyID", "property_id"),
        unit_number: r.text_or_null("unitNum", "unit_number", 10),
        occupants: r.integer_or_null("occupants", "occupants"),
        starts_at: r.lease_date("dateTimeStart", "starts_at"),
        ends_at: r.lease_date("dateTimeEnd", "ends_at"),
    }
}
