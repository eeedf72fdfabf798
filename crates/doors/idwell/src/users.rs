//! Users (sections 3 to 6).

use app::user::{Input, Query, Role, Status};
use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use kernel::{Draft, Email, entity::Person};

use crate::{
    Door,
    call::{Named, Object, Origin, Reading, Writing},
    wire::{
        DoorError, Fields, List, PageOf, Reader,
        shapes::{Detail, User, UserWrite},
    },
};

/// Users, by id.
#[utoipa::path(get, path = "/api/idwell/v1/users/", tag = "users", operation_id = "listUsers", security(("token" = [])),
    params(("page" = Option<i64>, Query, description = "From 1."), ("page_size" = Option<i64>, Query, description = "1 to 200; 50 unless given."),
        ("role" = Option<String>, Query), ("status" = Option<String>, Query), ("flat" = Option<i64>, Query), ("email" = Option<String>, Query),
        ("phone" = Option<String>, Query), ("archived" = Option<bool>, Query, description = "`false` unless given."),
        ("updated_since" = Option<String>, Query, description = "RFC 3339; inclusive.")),
    responses((status = 200, body = PageOf<User>), (status = 400, body = Fields), (status = 401, body = Detail), (status = 404, body = Detail)))]
pub async fn list(
    State(door): State<Door>,
    Reading(caller): Reading,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
) -> Result<Response, DoorError> {
    let mut list = List::read(query.as_deref());
    let query = Query {
        role: list.one_of("role", Role::parse),
        status: list.one_of("status", status),
        flat: list.id("flat"),
        email: list.one_of("email", |text| Email::parse(text.trim())),
        phone: list.text("phone"),
        archived: list.boolean("archived").unwrap_or_default(),
        updated_since: list.instant("updated_since"),
    };
    let page = list.page()?;
    let part = door.app.users().page(&caller, query, page).await?;
    let shown = part.items.iter().map(User::of).collect();
    Ok(Json(list.shown(&origin, "/api/idwell/v1/users/", page, part.total, shown)?).into_response())
}

fn status(word: &str) -> Option<Status> {
    Status::ALL.into_iter().find(|s| crate::wire::shapes::status(*s) == word)
}

/// Makes a user, who is `INVITED` and not told of it.
#[utoipa::path(post, path = "/api/idwell/v1/users/", tag = "users", operation_id = "createUser", security(("token" = [])), request_body = UserWrite,
    responses((status = 201, body = User), (status = 400, body = Fields), (status = 401, body = Detail), (status = 403, body = Detail)))]
pub async fn create(
    State(door): State<Door>,
    Writing(caller): Writing,
    Object(sent): Object,
) -> Result<Response, DoorError> {
    let made = door.app.users().create(&caller, draft(&sent)).await?;
    Ok((StatusCode::CREATED, Json(User::of(&made))).into_response())
}

/// A user, archived ones too.
#[utoipa::path(get, path = "/api/idwell/v1/users/{id}/", tag = "users", operation_id = "getUser", security(("token" = [])), params(("id" = i64, Path)),
    responses((status = 200, body = User), (status = 401, body = Detail), (status = 404, body = Detail)))]
pub async fn get(
    State(door): State<Door>,
    Reading(caller): Reading,
    Named(id): Named<Person>,
) -> Result<Response, DoorError> {
    Ok(Json(User::of(&door.app.users().get(&caller, id).await?)).into_response())
}

/// Changes what is sent. A dweller with `flats: []` is archived; an archived user is brought back with `archived: false`.
#[utoipa::path(patch, path = "/api/idwell/v1/users/{id}/", tag = "users", operation_id = "updateUser", security(("token" = [])), params(("id" = i64, Path)),
    request_body = UserWrite,
    responses((status = 200, body = User), (status = 400, body = Fields), (status = 401, body = Detail), (status = 403, body = Detail), (status = 404, body = Detail)))]
pub async fn update(
    State(door): State<Door>,
    Writing(caller): Writing,
    Named(id): Named<Person>,
    Object(sent): Object,
) -> Result<Response, DoorError> {
    let changed = door.app.users().update(&caller, id, draft(&sent)).await?;
    Ok(Json(User::of(&changed)).into_response())
}

/// Archives a user; a second time changes nothing.
#[utoipa::path(delete, path = "/api/idwell/v1/users/{id}/", tag = "users", operation_id = "archiveUser", security(("token" = [])), params(("id" = i64, Path)),
    responses((status = 204), (status = 401, body = Detail), (status = 403, body = Detail), (status = 404, body = Detail)))]
pub async fn archive(
    State(door): State<Door>,
    Writing(caller): Writing,
    Named(id): Named<Person>,
) -> Result<StatusCode, DoorError> {
    door.app.users().archive(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was sent; a status among it has no effect (ST1).
fn draft(sent: &serde_json::Map<String, serde_json::Value>) -> Draft<Input> {
    let mut r = Reader::new(sent);
    let input = Input {
        email: r.text_or_null("email"),
        phone: r.text_or_null("phone"),
        first_name: r.text("first_name"),
        last_name: r.text("last_name"),
        role: r.one_of("role", Role::parse),
        flats: r.ids("flats"),
        archived: r.boolean("archived"),
    };
    r.finish(input)
}
