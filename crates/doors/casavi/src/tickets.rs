//! Tickets and their forms (operations 3 to 6 and 18).

use app::ticket::{Reply, Report};
use axum::{extract::State, response::Response};
use kernel::entity::Ticket;

use crate::{
    Door,
    call::{Id, Query, User},
    present::{self, Present},
    wire::{Body, DoorError, Language, json},
};

/// Operation 3 (C18).
pub async fn list(
    User(caller): User,
    language: Language,
    State(door): State<Door>,
    query: Query,
) -> Result<Response, DoorError> {
    let own = door.app.tickets().own(&caller, query.id("community_id")?).await?;
    let present = Present { identity: &door.identity, language };
    Ok(json(own.iter().map(|t| present.ticket(t)).collect::<Vec<_>>()))
}

/// Operation 18.
pub async fn get(
    User(caller): User,
    Id(id): Id<Ticket>,
    language: Language,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    let own = door.app.tickets().own_one(&caller, id).await?;
    Ok(json(Present { identity: &door.identity, language }.ticket(&own)))
}

/// Operation 4 (C5, C17).
pub async fn create(
    User(caller): User,
    language: Language,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(|r| Report {
        property_id: r.id("communityId", "property_id"),
        unit_id: r.id("unitId", "unit_id"),
        type_id: r.id("ticketTypeId", "type_id"),
        answers: r.values("fields", "fields"),
    });
    let own = door.app.tickets().report(&caller, draft).await?;
    Ok(json(Present { identity: &door.identity, language }.ticket(&own)))
}

/// Operation 5 (C15, C19).
pub async fn comment(
    User(caller): User,
    Id(id): Id<Ticket>,
    language: Language,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(|r| Reply { text: r.text("text", "text"), files: r.uploads("attachments", "attachments") });
    let own = door.app.tickets().reply(&caller, id, draft).await?;
    Ok(json(Present { identity: &door.identity, language }.ticket(&own)))
}

/// Operation 6 (C6).
pub async fn types(User(caller): User, State(door): State<Door>, query: Query) -> Result<Response, DoorError> {
    let forms = door.app.ticket_types().list(&caller, query.id("community_id")?).await?;
    Ok(json(forms.iter().map(present::ticket_type).collect::<Vec<_>>()))
}
