//! The portal accounts of tenants (rows 6, 16 to 19).

use identity::Secret;
use kernel::Field;
use uuid::Uuid;

use crate::{
    attributes,
    call::{Answer, Call},
    tenants::one,
    wire::{Code, DoorError, Reader},
};

/// Row 6 (T12): the name goes to the tenant by mail and never into the answer.
pub async fn forgot_username(call: Call) -> Result<Answer, DoorError> {
    let mut r = Reader::of(&call.params, "tenant");
    let number = r.needed_number("account_number");
    let number = r.whole("tenant", number)?;
    call.identity().portal_mail_username(&call.caller, call.facility.id, number).await?;
    Ok(Answer::nothing())
}

/// Row 16 (T14, T15).
pub async fn sign_in(call: Call) -> Result<Answer, DoorError> {
    let mut r = Reader::of(&call.params, "tenant");
    let login = r.needed_text("login");
    let password = r.needed_text("password");
    let facility = r.text("facility_uuid");
    let (login, password, facility) = r.whole("tenant", (login, password, facility))?;
    let elsewhere =
        facility.given().is_some_and(|f| !f.is_empty() && Uuid::try_parse(f.trim()) != Ok(call.facility.uid));
    if elsewhere {
        return Err(Code::Conflict.into());
    }
    let signed = call.identity().portal_sign_in(&call.caller, call.facility.id, &login, Secret(password)).await?;
    one(&call, &signed)
}

/// Row 17 (T16).
pub async fn sign_up(call: Call) -> Result<Answer, DoorError> {
    let draft = attributes::draft(&call.params, &call.facility.country);
    let begun = call.identity().portal_sign_up(&call.caller, call.facility.id, call.id()?, draft).await;
    one(&call, &begun.map_err(DoorError::under("tenant"))?)
}

/// Row 18 (T17).
pub async fn change_password(call: Call) -> Result<Answer, DoorError> {
    let (current, new) = (secret(&call, "current_password"), secret(&call, "new_password"));
    let id = call.id()?;
    let changed = call.identity().portal_change_password(&call.caller, call.facility.id, id, current, new).await;
    one(&call, &changed?)
}

/// Mails a token for row 19 to whoever has this login, if anybody has. Portico's own call: the original names no way to get
/// one.
pub async fn request_reset(call: Call) -> Result<Answer, DoorError> {
    let mut r = Reader::of(&call.params, "tenant");
    let login = r.needed_text("login");
    let login = r.whole("tenant", login)?;
    call.identity().portal_request_reset(&call.caller, call.facility.id, &login).await?;
    Ok(Answer::nothing())
}

/// Row 19 (T18).
pub async fn reset_password(call: Call) -> Result<Answer, DoorError> {
    let token = Reader::of(&call.params, "tenant").text_or_null("reset_token");
    let (token, password) = (sent(&token), secret(&call, "password"));
    one(&call, &call.identity().portal_reset(&call.caller, call.facility.id, token, password).await?)
}

fn secret(call: &Call, name: &'static str) -> Field<Secret> {
    sent(&Reader::of(&call.params, "tenant").text_or_null(name)).map(Secret)
}

/// What was sent as nothing, or as what is no text, was not sent.
fn sent(field: &Field<Option<String>>) -> Field<String> {
    field.given().cloned().flatten().into()
}
