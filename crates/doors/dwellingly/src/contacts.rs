//! Emergency contacts (rows 35 to 39).

use app::emergency_contact::{Input, NumberInput};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kernel::entity::EmergencyContact;

use crate::{
    Door,
    calls::{Admin, Id, Public},
    present::contact,
    wire::{Body, DoorError, Json, Public as Open, Reader, message, shapes::Contacts, words},
};

/// Row 35.
pub async fn list(Public(caller): Public, State(door): State<Door>) -> Result<Response, DoorError> {
    let all = door.app.emergency_contacts().list(&caller).await?;
    Ok(Open(Contacts { emergency_contacts: all.iter().map(contact).collect() }).into_response())
}

/// Row 36.
pub async fn get(
    Id(id): Id<EmergencyContact>,
    Public(caller): Public,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    Ok(Open(contact(&door.app.emergency_contacts().get(&caller, id).await?)).into_response())
}

/// Row 37.
pub async fn create(Admin(caller): Admin, State(door): State<Door>, body: Body) -> Result<Response, DoorError> {
    let draft = body.draft(fields);
    let made = door.app.emergency_contacts().create(&caller, draft).await.map_err(words::CONTACT.with(&body))?;
    Ok(Json(StatusCode::CREATED, contact(&made)).into_response())
}

/// Row 38 (D55).
pub async fn update(
    Id(id): Id<EmergencyContact>,
    Admin(caller): Admin,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(fields);
    let c = door.app.emergency_contacts().update(&caller, id, draft).await.map_err(words::CONTACT.with(&body))?;
    Ok(Json::ok(contact(&c)).into_response())
}

/// Row 39.
pub async fn delete(
    Id(id): Id<EmergencyContact>,
    Admin(caller): Admin,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    door.app.emergency_contacts().delete(&caller, id).await?;
    Ok(message(StatusCode::OK, "Emergency contact deleted").into_response())
}

fn fields(r: &mut Reader<'_>) -> Input {
    Input {
        name: r.text("name", "name", 100),
        description: r.text_or_null("description", "description", 256),
        numbers: r.objects("contact_numbers", "numbers", |r| NumberInput {
            id: r.id_hint("id"),
            number: r.text("number", "number", 30),
            kind: r.text_or_null("numtype", "kind", 30),
            extension: r.text_or_null("extension", "extension", 10),
        }),
    }
}
