//! Tickets and their notes (rows 40 to 48).

use app::ticket::{CommentInput, Details, Input, Stage, StatusInput};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kernel::{
    Caller, PersonId,
    entity::{Comment, Ticket},
};

use crate::{
    Door,
    calls::{Approved, Id, Ids, Query},
    present::{Kept, note},
    wire::{Body, DoorError, Json, Reader, choice::Status, created, message, shapes::Tickets, value, words},
};

/// The longest text of a new ticket.
const LONGEST: usize = 144;

/// Row 40.
pub async fn list(Approved(caller): Approved, State(door): State<Door>, query: Query) -> Result<Response, DoorError> {
    let tenant = match query.get("tenant_id").filter(|v| !v.is_empty()).map(value::integer_text) {
        None => None,
        Some(Some(id)) => Some(PersonId::new(id)),
        Some(None) => {
            // A token that is not good is told first (D7).
            door.app.dashboard().widgets(&caller).await?;
            return Err(DoorError::field("tenant_id", "Not a valid integer."));
        }
    };
    let all = door.app.tickets().list(&caller, tenant).await?;
    let kept = kept(&caller, &all)?;
    Ok(Json::ok(Tickets { tickets: all.iter().map(|t| kept.ticket(t)).collect() }).into_response())
}

fn kept(caller: &Caller, all: &[Details]) -> Result<Kept, DoorError> {
    let mut kept = Kept::new(caller.at);
    kept.staff(all.iter().flat_map(|t| &t.staff))?;
    Ok(kept)
}

fn one(caller: &Caller, ticket: &Details) -> Result<Response, DoorError> {
    let kept = kept(caller, std::slice::from_ref(ticket))?;
    Ok(Json::ok(kept.ticket(ticket)).into_response())
}

/// Row 41.
pub async fn create(Approved(caller): Approved, State(door): State<Door>, body: Body) -> Result<Response, DoorError> {
    let id = door.app.tickets().create(&caller, body.draft(fields)).await.map_err(words::TICKET.with(&body))?;
    Ok(created("Ticket successfully created", id.get()).into_response())
}

/// Row 42 (D51).
pub async fn delete_many(
    Approved(caller): Approved,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    door.app.tickets().delete_many(&caller, body.ids("Ticket IDs missing in request")).await?;
    Ok(message(StatusCode::OK, "Tickets successfully deleted").into_response())
}

/// Row 43.
pub async fn get(
    Id(id): Id<Ticket>,
    Approved(caller): Approved,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    one(&caller, &door.app.tickets().get(&caller, id).await?)
}

/// Row 44.
pub async fn update(
    Id(id): Id<Ticket>,
    Approved(caller): Approved,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(fields);
    let ticket = door.app.tickets().update(&caller, id, draft).await.map_err(words::TICKET.with(&body))?;
    one(&caller, &ticket)
}

/// Row 45.
pub async fn delete(
    Id(id): Id<Ticket>,
    Approved(caller): Approved,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    door.app.tickets().delete(&caller, id).await?;
    Ok(message(StatusCode::OK, "Ticket removed from database").into_response())
}

/// Row 46.
pub async fn add_note(
    Id(id): Id<Ticket>,
    Approved(caller): Approved,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(|r| CommentInput { author_id: kernel::Field::Absent, ..note_fields(r) });
    let c = door.app.tickets().comment(&caller, id, draft).await.map_err(words::NOTE.with(&body))?;
    Ok(Json::ok(note(&c)).into_response())
}

/// Row 47.
pub async fn update_note(
    Ids(ticket, id): Ids<Ticket, Comment>,
    Approved(caller): Approved,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(|r| CommentInput { author_id: r.id("user_id", "author_id"), ..note_fields(r) });
    let said = words::NOTE.with_403().with(&body);
    let c = door.app.tickets().update_comment(&caller, ticket, id, draft).await.map_err(said)?;
    Ok(Json::ok(note(&c)).into_response())
}

/// Row 48.
pub async fn delete_note(
    Ids(ticket, id): Ids<Ticket, Comment>,
    Approved(caller): Approved,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    let said = words::NOTE.with_403().missing("Notes not found").bare();
    door.app.tickets().delete_comment(&caller, ticket, id).await.map_err(said)?;
    Ok(message(StatusCode::OK, "Note deleted").into_response())
}

fn fields(r: &mut Reader<'_>) -> Input {
    Input {
        concerns_id: r.id_or_null("tenant_id", "concerns_id"),
        author_id: r.id("author_id", "author_id"),
        // The length of a text that changes is the core's to look at: one that is there already may be longer (D72).
        description: r.text_or_null("issue", "description", usize::MAX),
        longest: LONGEST,
        status: r.status("status", "status").map(|s| {
            StatusInput::Stage(match s {
                Status::New => Stage::New,
                Status::InProgress => Stage::InProgress,
                Status::Closed => Stage::Closed,
            })
        }),
        urgency: r.urgency("urgency", "urgency", 12),
        shared: r.boolean("public", "shared"),
    }
}

fn note_fields(r: &mut Reader<'_>) -> CommentInput {
    CommentInput {
        text: r.text("text", "text", usize::MAX),
        public: r.boolean("public", "public"),
        author_id: kernel::Field::Absent,
    }
}
