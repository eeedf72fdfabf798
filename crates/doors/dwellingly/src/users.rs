//! Users: staff, and those who wait to become it (rows 8 to 16).

use app::{
    message::ToStaff,
    staff::{Details, Filter, Input, RoleInput},
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use identity::Update;
use kernel::{Caller, Field, Role, entity::Person};
use portico_http::RequestInfo;

use crate::{
    Door,
    accounts::{secret, tokens},
    calls::{Admin, Approved, Id, Query},
    present::Kept,
    wire::{
        Body, DoorError, Json, Reader, choice, created, message,
        shapes::{UserWithTokens, Users},
        words,
    },
};

/// Row 8: all of them; the filters of row 9 work too (D37).
pub async fn list_all(Admin(caller): Admin, State(door): State<Door>, query: Query) -> Result<Response, DoorError> {
    let unfiltered = query.get("r").is_none() && query.get("type").is_none();
    let filter = if unfiltered { Filter::All } else { of_role(&query)? };
    list(&door, &caller, filter).await
}

/// Row 9.
pub async fn list_of_role(Admin(caller): Admin, State(door): State<Door>, query: Query) -> Result<Response, DoorError> {
    // The role of the caller is told before a bad filter (D7).
    match of_role(&query) {
        Ok(filter) => list(&door, &caller, filter).await,
        Err(bad) => {
            list(&door, &caller, Filter::Waiting).await?;
            Err(bad)
        }
    }
}

/// Row 10.
pub async fn list_pending(Admin(caller): Admin, State(door): State<Door>) -> Result<Response, DoorError> {
    list(&door, &caller, Filter::Waiting).await
}

fn of_role(query: &Query) -> Result<Filter, DoorError> {
    let role = match (query.get("r"), query.get("type")) {
        (Some(number), _) => choice::role_of_text(number),
        (None, Some(word)) => choice::role_of_type(word),
        (None, None) => None,
    };
    match role {
        Some(Role::PropertyManager) => Ok(Filter::Roles(&[Role::PropertyManager])),
        Some(Role::Staff | Role::Manager) => Ok(Filter::Roles(&[Role::Staff, Role::Manager])),
        Some(Role::Admin) => Ok(Filter::Roles(&[Role::Admin])),
        None => Err(DoorError::text(StatusCode::BAD_REQUEST, "Invalid role")),
    }
}

async fn list(door: &Door, caller: &Caller, filter: Filter) -> Result<Response, DoorError> {
    let members = door.app.staff().list(caller, filter).await?;
    let mut kept = Kept::new(caller.at);
    kept.places(&members)?;
    Ok(Json::ok(Users { users: members.iter().map(|m| kept.user(m)).collect() }).into_response())
}

fn one(status: StatusCode, caller: &Caller, member: &Details) -> Result<Response, DoorError> {
    let mut kept = Kept::new(caller.at);
    kept.places([member])?;
    Ok(Json(status, kept.user(member)).into_response())
}

/// Row 11.
pub async fn get(Id(id): Id<Person>, Admin(caller): Admin, State(door): State<Door>) -> Result<Response, DoorError> {
    one(StatusCode::OK, &caller, &door.app.staff().get(&caller, id).await?)
}

/// Row 12.
pub async fn update(
    Id(id): Id<Person>,
    Approved(caller): Approved,
    State(door): State<Door>,
    info: RequestInfo,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(|r| Update {
        input: Input { role: role_or_waiting(r), property_ids: r.ids("propertyIDs", "property_ids"), ..fields(r) },
        password: secret(r, "password"),
        current_password: secret(r, "current_password"),
        new_password: secret(r, "new_password"),
        confirm_password: secret(r, "confirm_password"),
    });
    let said = words::USER.with_403().with(&body);
    let (member, pair) = door.identity.update_staff(&caller, id, draft, info.client()).await.map_err(said)?;
    match pair {
        None => one(StatusCode::OK, &caller, &member),
        Some(pair) => {
            let mut kept = Kept::new(caller.at);
            kept.places([&member])?;
            Ok(Json::ok(UserWithTokens { user: kept.user(&member), tokens: tokens(&pair) }).into_response())
        }
    }
}

/// Row 13.
pub async fn delete(Id(id): Id<Person>, Admin(caller): Admin, State(door): State<Door>) -> Result<Response, DoorError> {
    door.app.staff().delete(&caller, id).await?;
    Ok(message(StatusCode::OK, "User deleted").into_response())
}

/// Row 14.
pub async fn archive(
    Id(id): Id<Person>,
    Admin(caller): Admin,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    one(StatusCode::CREATED, &caller, &door.app.staff().toggle_archived(&caller, id).await?)
}

/// Row 15. A password that comes along is dropped (D41).
pub async fn invite(Admin(caller): Admin, State(door): State<Door>, body: Body) -> Result<Response, DoorError> {
    let draft = body.draft(|r| Input { role: role(r), ..fields(r) });
    let id = door.identity.invite(&caller, draft).await.map_err(words::USER.with(&body))?;
    Ok(created("User Invited", id.get()).into_response())
}

/// Row 16, under the names of either source.
pub async fn write_to(Admin(caller): Admin, State(door): State<Door>, body: Body) -> Result<Response, DoorError> {
    let draft = body.draft(|r| {
        let (person, subject) = (r.first_of(["user_id", "userid"]), r.first_of(["subject", "title"]));
        ToStaff {
            person: r.id(person, "person_id"),
            subject: r.text_as(subject, "subject", one_line),
            body: r.text("body", "body", 10_000),
        }
    });
    door.app.messages().send_to_staff(&caller, draft).await.map_err(words::MESSAGE.with(&body))?;
    Ok(message(StatusCode::OK, "Message sent").into_response())
}

/// A subject: a line break would end the mail's head (section 8).
fn one_line(s: &str) -> Result<String, kernel::Problem> {
    if s.chars().count() > 255 {
        return Err(kernel::Problem::TooLong(255));
    }
    if s.chars().any(char::is_control) {
        return Err(kernel::Problem::Words("Line breaks are not allowed.".into()));
    }
    Ok(s.to_owned())
}

/// The fields that every write of a user shares.
pub fn fields(r: &mut Reader<'_>) -> Input {
    Input {
        first_name: r.text("firstName", "first_name", 100),
        last_name: r.text("lastName", "last_name", 100),
        email: r.text("email", "email", 100),
        phone: r.text("phone", "phone", 40),
        archived: r.boolean("archived", "archived"),
        last_active: r.last_active("lastActive", "last_active"),
        ..Input::default()
    }
}

/// 3 stands for staff, and leaves a manager one (D75).
fn role(r: &mut Reader<'_>) -> Field<RoleInput> {
    r.role().map(role_input)
}

/// The same, or null as it is shown of pending users (D72).
fn role_or_waiting(r: &mut Reader<'_>) -> Field<RoleInput> {
    r.role_or_null().map(|role| role.map_or(RoleInput::Waiting, role_input))
}

const fn role_input(role: Role) -> RoleInput {
    match role {
        Role::Staff => RoleInput::StaffOrManager,
        other => RoleInput::Exactly(other),
    }
}
