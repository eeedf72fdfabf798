//! The unit and its devices (operations 8 to 11).

use app::wifi::{DeviceKey, UnitInput, UnitStatus};
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use kernel::{Draft, Field};
use serde_json::{Map, Value};

use crate::{
    call::Visiting,
    present,
    wire::{self, DoorError, Reader},
};

/// Operation 8.
pub async fn get(call: Visiting) -> Result<Response, DoorError> {
    let unit = call.door.app.wifi().unit(&call.entered.caller, call.entered.unit).await?;
    call.shown(&present::unit(&unit, call.address()))
}

/// Operation 9 (R23, R25).
pub async fn edit(call: Visiting) -> Result<Response, DoorError> {
    let draft = draft(&wire::object(&call.body, false)?);
    let unit = call.door.app.wifi().update_unit(&call.entered.caller, call.entered.unit, draft).await?;
    call.shown(&present::unit(&unit, call.address()))
}

/// What a resident sends as the status of a unit.
#[derive(Clone, Copy)]
enum Status {
    Of(UnitStatus),
    TokenReset,
}

fn draft(object: &Map<String, Value>) -> Draft<UnitInput> {
    const WORDS: &[(&str, Status)] = &[
        ("DISABLED", Status::Of(UnitStatus::Disabled)),
        ("ENABLED", Status::Of(UnitStatus::Enabled)),
        ("TOKEN_RESET", Status::TokenReset),
    ];
    let mut r = Reader::of(object);
    // The manager owns the name, and the id is in the token: that they are texts is all that is looked at.
    let (_, _) = (r.text("guid"), r.text("number"));
    let status = r.word("status", WORDS);
    let (contact_name, contact_email, contact_phone) =
        r.inside("contact", |c| (c.text("contactName"), c.text("email"), c.text("phoneNumber")));
    let input = UnitInput {
        description: r.text("description"),
        contact_name,
        contact_email,
        contact_phone,
        status: match status {
            Field::Given(Status::Of(status)) => Field::Given(status),
            Field::Given(Status::TokenReset) | Field::Absent => Field::Absent,
            Field::Faulty => Field::Faulty,
        },
        secret: r.text("secret"),
        guest_secret: r.text("guestSecret"),
        reset_link: matches!(status, Field::Given(Status::TokenReset)),
    };
    r.finish(input)
}

/// Operation 10 (R15).
pub async fn devices(call: Visiting) -> Result<Response, DoorError> {
    let (guests, word) = match call.parameter("type").as_deref() {
        Some("UNIT") => (false, "UNIT"),
        Some("GUEST") => (true, "GUEST"),
        Some(_) => return Err(DoorError::field("type", "must be UNIT or GUEST")),
        None => return Err(DoorError::field("type", "is required")),
    };
    let all = call.door.app.wifi().devices(&call.entered.caller, call.entered.unit, guests).await?;
    call.shown(&present::devices(&all, format!("{}?type={word}", call.address())))
}

/// Operation 11 (R16, R29).
pub async fn remove_device(call: Visiting) -> Result<Response, DoorError> {
    let key = DeviceKey::parse(call.id(1));
    call.door.app.wifi().remove_device(&call.entered.caller, call.entered.unit, None, key).await?;
    Ok(StatusCode::OK.into_response())
}
