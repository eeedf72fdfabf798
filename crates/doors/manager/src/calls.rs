//! The calls: who asks, one call into the core, the answer in this API's shape.

use axum::{
    body::Body,
    extract::{FromRequestParts, Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse as _, Response},
};
use kernel::{Caller, Door as Through, Error, Unauthenticated};
use portico_http::{BodyLimits, RequestInfo, read_body};
use serde::Deserialize;

use crate::{
    Door,
    query::Query,
    wire::{
        DoorError,
        answer::{self, Token},
        shapes::{Contact, Property, Unit},
        time,
    },
};

/// The most bytes a body may have.
const MOST_BYTES: usize = 16 * 1024;

/// The program whose token came with the call, in the header `token` (M2).
pub struct Program(Caller);

impl FromRequestParts<Door> for Program {
    type Rejection = DoorError;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        let info = RequestInfo::from_request_parts(parts, door).await.unwrap_or_else(|never| match never {});
        let token = single(&parts.headers, "token").ok_or(Error::Unauthenticated(Unauthenticated::Missing))?;
        let caller = door.identity.key_caller(Through::Manager, token).await?;
        info.set_caller(&caller);
        Ok(Self(caller))
    }
}

/// The text of a header that was sent once.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    all.next().filter(|_| all.next().is_none()).and_then(|v| v.to_str().ok()).filter(|v| !v.is_empty())
}

#[derive(Deserialize)]
struct Pair {
    key: String,
    secret: String,
}

/// `POST /v2/authenticate` (M1).
pub async fn authenticate(State(door): State<Door>, info: RequestInfo, body: Body) -> Result<Response, DoorError> {
    let body = read_body(body, BodyLimits::bytes(MOST_BYTES)).await?;
    let wrong = |_| DoorError::request("the body must be a JSON object with the texts key and secret");
    let pair: Pair = serde_json::from_slice(&body).map_err(wrong)?;
    // What cannot be stored cannot be a key.
    if pair.key.contains('\0') {
        return Err(Error::Unauthenticated(Unauthenticated::Credentials).into());
    }
    let made = door.identity.key_token(Through::Manager, &pair.key, &pair.secret).await?;
    info.set_caller(&made.caller);
    Ok(answer::json(StatusCode::OK, &Token { token: made.token, expires_at: time::shown(made.expires_at) }))
}

/// `GET /v2/contacts` (M4).
pub async fn contacts(
    Program(caller): Program,
    State(door): State<Door>,
    RawQuery(query): RawQuery,
) -> Result<Response, DoorError> {
    let query = Query::read(query.as_deref());
    let page = door.app.directory().people(&caller, query.people()).await?;
    let base = door.app.public_url();
    Ok(answer::list(page.rows.iter().map(|p| Contact::of(p, base)), &query, page.more, base, "/v2/contacts"))
}

/// `GET /v2/units` (M5).
pub async fn units(
    Program(caller): Program,
    State(door): State<Door>,
    RawQuery(query): RawQuery,
) -> Result<Response, DoorError> {
    let query = Query::read(query.as_deref());
    let page = door.app.directory().units(&caller, query.units()).await?;
    Ok(answer::list(page.rows.iter().map(Unit::of), &query, page.more, door.app.public_url(), "/v2/units"))
}

/// `GET /v2/properties` (M6).
pub async fn properties(
    Program(caller): Program,
    State(door): State<Door>,
    RawQuery(query): RawQuery,
) -> Result<Response, DoorError> {
    let query = Query::read(query.as_deref());
    let page = door.app.directory().properties(&caller, query.properties()).await?;
    let base = door.app.public_url();
    Ok(answer::list(page.rows.iter().map(|p| Property::of(p, base)), &query, page.more, base, "/v2/properties"))
}

/// `GET /v2/properties/{propertyId}` (M6, M8).
pub async fn property(
    Program(caller): Program,
    State(door): State<Door>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, DoorError> {
    let name = id.map(|Path(text)| text).unwrap_or_default();
    let found = door.app.directory().property(&caller, name).await?;
    Ok(answer::json(StatusCode::OK, &Property::of(&found, door.app.public_url())).into_response())
}
