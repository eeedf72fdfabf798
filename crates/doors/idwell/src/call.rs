//! What stands before a handler: the token, the limit of calls, the id in the path, the body.

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::{StatusCode, header, request::Parts},
};
use kernel::{Caller, Door as Through, Error, Id, Role, Scope, Unauthenticated};
use portico_http::{BodyFault, BodyLimits, RequestInfo, read_body};
use serde_json::{Map, Value};

use crate::{Door, wire::DoorError};

/// The most bytes a body may have (section 8).
const MOST_BYTES: usize = 256 << 10;

/// Who this door is for (section 2).
pub const ROLES: &[Role] = &[Role::Admin, Role::Manager];

/// Somebody with a token that may read.
pub struct Reading(pub Caller);

/// Somebody with a token that may write.
pub struct Writing(pub Caller);

impl FromRequestParts<Door> for Reading {
    type Rejection = DoorError;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        caller(parts, door, Scope::Read).await.map(Self)
    }
}

impl FromRequestParts<Door> for Writing {
    type Rejection = DoorError;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        caller(parts, door, Scope::Write).await.map(Self)
    }
}

async fn caller(parts: &mut Parts, door: &Door, scope: Scope) -> Result<Caller, DoorError> {
    let token = bearer(parts).ok_or(Error::Unauthenticated(Unauthenticated::Missing))?;
    let bearer = door.identity.oauth2().bearer(token, Through::Idwell).await?;
    if let Some(info) = parts.extensions.get::<RequestInfo>() {
        info.set_caller(&bearer.caller);
    }
    door.programs.take_of(bearer.client, bearer.caller.at).await?;
    bearer.require(scope)?;
    Ok(bearer.caller.only(ROLES))
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The id in the path. What is no number names nothing.
pub struct Named<T>(pub Id<T>);

impl<T> FromRequestParts<Door> for Named<T> {
    type Rejection = DoorError;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        let text = Path::<String>::from_request_parts(parts, door).await.map(|Path(text)| text).unwrap_or_default();
        id(&text).map(Self).ok_or_else(DoorError::not_found)
    }
}

/// A positive whole number, digits alone.
pub fn id<T>(text: &str) -> Option<Id<T>> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|n| *n > 0).map(Id::new)
}

/// A body that is a JSON object (GE2).
pub struct Object(pub Map<String, Value>);

impl FromRequest<Door> for Object {
    type Rejection = DoorError;

    async fn from_request(request: Request, _: &Door) -> Result<Self, DoorError> {
        let (parts, body) = request.into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE).map(|v| v.to_str().unwrap_or_default());
        if !kind.is_some_and(is_json) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(DoorError::detail(status, "A body of type application/json is needed."));
        }
        let body = body_of(body).await?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(object)) => Ok(Self(object)),
            Ok(_) => Err(DoorError::detail(StatusCode::BAD_REQUEST, "The body must be a JSON object.")),
            Err(_) => Err(DoorError::detail(StatusCode::BAD_REQUEST, "The body is not JSON.")),
        }
    }
}

/// Reads a whole body.
pub async fn body_of(body: Body) -> Result<axum::body::Bytes, BodyFault> {
    read_body(body, BodyLimits::bytes(MOST_BYTES)).await
}

/// `application/json`, or `application/…+json`.
fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.strip_prefix("application/").is_some_and(|sub| sub == "json" || sub.ends_with("+json"))
}

/// Under which address the client reached us: the configured one, else the one it named.
pub struct Origin(pub String);

impl FromRequestParts<Door> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Self::Rejection> {
        let info = RequestInfo::from_request_parts(parts, door).await?;
        Ok(Self(door.origin.as_ref().map_or_else(|| info.origin(parts), ToString::to_string)))
    }
}
