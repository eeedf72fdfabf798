//! The users of a unit (operations 12 to 16).

use app::{
    ledger::PageNumber,
    wifi::{DeviceKey, IdentityInput, Kind, Query, Status},
};
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use kernel::{Draft, Error, Faults, Field, Problem};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    call::Visiting,
    present,
    wire::{self, DoorError, Reader, page::Which, shapes::UpdateResult, shapes::own},
};

/// The most rows of a page (R24).
const MOST: i64 = 1000;

/// Operation 12 (R11 to R14, R24).
pub async fn query(call: Visiting) -> Result<Response, DoorError> {
    let (query, which) =
        asked(&call.body).map_err(|e| e.said(StatusCode::BAD_REQUEST, "Invalid query data supplied."))?;
    let found = call.door.app.wifi().identities(&call.entered.caller, call.entered.unit, query).await?;
    let (users, total) = found;
    let base = call.address();
    let base = base.trim_end_matches("/query");
    let rows = users.iter().map(|u| present::user(u, own(format!("{base}/{}", u.uid)))).collect();
    call.shown(&which.of(rows, total))
}

fn asked(body: &[u8]) -> Result<(Query, Which), DoorError> {
    let object = wire::object(body, true)?;
    let mut r = Reader::of(&object);
    let direction = r.word("sortDirection", &[("ASC", false), ("DESC", true)]);
    let fields = r.words("sortFields", &["userId"]);
    let (page, size) = (r.number("page", i32::MAX.into()), r.number("pageSize", MOST));
    let only = r.uuid("userId");
    let (direction, fields, page, size, only) = r.whole((direction, fields, page, size, only))?;
    let number = page.given().copied().unwrap_or(0);
    // 0 is what clients send that do not care.
    let size = size.given().copied().filter(|size| *size > 0).unwrap_or(Which::USUAL);
    let sorted = direction.given().is_some() || fields.given().is_some_and(|any| *any);
    let query = Query {
        only: only.given().copied(),
        descending: direction.given().copied().unwrap_or(false),
        page: PageNumber { page: number + 1, per_page: size },
    };
    Ok((query, Which { number, size, sorted }))
}

/// Operation 13 (R6).
pub async fn get(call: Visiting) -> Result<Response, DoorError> {
    let user = call.door.app.wifi().identity(&call.entered.caller, call.entered.unit, user_id(&call)?).await;
    let user = user.map_err(|e| DoorError::from(e).empty_when_missing())?;
    call.shown(&present::user(&user, own(call.address())))
}

/// Operation 14 (R7, R30).
pub async fn update(call: Visiting) -> Result<Response, DoorError> {
    let (app, id) = (&call.door.app, user_id(&call)?);
    let draft = draft(&wire::object(&call.body, false)?, id);
    app.wifi().update_identity(&call.entered.caller, call.entered.unit, id, draft).await?;
    let fresh = || app.random().uid(app.now());
    call.shown(&UpdateResult { persona_update_id: fresh(), dpsk_update_id: fresh() })
}

fn draft(object: &Map<String, Value>, id: Uuid) -> Draft<IdentityInput> {
    const KINDS: &[(&str, Kind)] = &[("UNIT", Kind::Unit), ("GUEST", Kind::Guest), ("LINKED", Kind::Linked)];
    let mut r = Reader::of(object);
    if r.uuid("userId").given().is_some_and(|sent| *sent != id) {
        let _: Field<Uuid> = r.wrong("userId", Problem::Mismatch);
    }
    // Nobody changes it: that it is one is all that is looked at.
    let _ = r.word("type", KINDS);
    let input = IdentityInput {
        name: r.text("userName"),
        email: r.text("email"),
        phone: r.text("phoneNumber"),
        passphrase: r.text("passphrase"),
        status: r.word("status", &[("BLOCKED", Status::Blocked), ("ACTIVE", Status::Active)]),
        vlan: Field::Absent,
    };
    r.finish(input)
}

/// Operation 15 (R6).
pub async fn devices(call: Visiting) -> Result<Response, DoorError> {
    let all = call.door.app.wifi().devices_of(&call.entered.caller, call.entered.unit, user_id(&call)?).await;
    let all = all.map_err(|e| DoorError::from(e).empty_when_missing())?;
    call.shown(&present::devices(&all, call.address()))
}

/// Operation 16 (R6, R16, R29).
pub async fn remove_device(call: Visiting) -> Result<Response, DoorError> {
    let (user, key) = (user_id(&call)?, DeviceKey::parse(call.id(2)));
    let removed = call.door.app.wifi().remove_device(&call.entered.caller, call.entered.unit, Some(user), key).await;
    removed.map_err(|e| DoorError::from(e).said(StatusCode::NOT_FOUND, "Device not found for the given unit"))?;
    Ok(StatusCode::OK.into_response())
}

/// The user that the path names; that it is an id was looked at before.
fn user_id(call: &Visiting) -> Result<Uuid, Error> {
    call.uuid(1).ok_or_else(|| {
        let mut faults = Faults::new();
        faults.add("userId", Problem::Malformed);
        Error::Invalid(faults)
    })
}
