//! A call, from the wire to its handler and back. The checks stand here in the order of section 3.1.

use std::{ops::Deref, time::Duration};

use app::portal::Entered;
use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, Method, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
        request::Parts,
    },
    response::Response,
};
use bytes::Bytes;
use identity::Identity;
use kernel::{Caller, Clock, Door as Through, Scope};
use portico_http::{BodyLimits, Refusal, RequestInfo, read_body};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    Door,
    routes::{self, Chosen, Handler, Route, Sent},
    wire::{self, DoorError, Told, media},
};

/// The most bytes a body may have (R36).
const MOST_BYTES: usize = 64 << 10;

/// Which of the two APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// That of residents.
    Residents,
    /// That of the management.
    Admin,
}

/// A call whose path is good.
pub struct Asked {
    /// What handlers work with.
    pub door: Door,
    /// The call.
    pub route: &'static Route,
    /// The method on the wire.
    pub method: Method,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, of calls that take one.
    pub body: Bytes,
    query: String,
    path: String,
    ids: Vec<String>,
}

impl Asked {
    /// What the path carries at this place.
    pub fn id(&self, at: usize) -> &str {
        self.ids.get(at).map(String::as_str).unwrap_or_default()
    }

    /// The same as a uuid in the published form.
    pub fn uuid(&self, at: usize) -> Option<Uuid> {
        hyphenated(self.id(at))
    }

    /// A parameter of the query; the last one counts.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let all = form_urlencoded::parse(self.query.as_bytes());
        all.filter(|(n, _)| n == name).last().map(|(_, value)| value.into_owned())
    }

    /// Signing in.
    pub const fn identity(&self) -> &Identity {
        &self.door.identity
    }

    /// The address under which this call was made, whole.
    pub fn address(&self) -> String {
        format!("{}{}", self.door.app.public_url(), self.path)
    }

    /// A success in the type that is wanted.
    pub fn shown(&self, thing: &impl Serialize) -> Result<Response, DoorError> {
        wire::json(StatusCode::OK, self.route.media.of(&self.headers), thing)
    }
}

/// A call with the token of a unit of this property.
pub struct Visiting {
    asked: Asked,
    /// Who comes in.
    pub entered: Entered,
}

impl Deref for Visiting {
    type Target = Asked;
    fn deref(&self) -> &Asked {
        &self.asked
    }
}

/// A call of a program of the management.
pub struct Managing {
    asked: Asked,
    /// Which program.
    pub caller: Caller,
}

impl Deref for Managing {
    type Target = Asked;
    fn deref(&self) -> &Asked {
        &self.asked
    }
}

/// Reads a uuid in the published form: 8-4-4-4-12 digits of either case.
pub fn hyphenated(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36)
}

/// Answers a request.
pub async fn serve(door: Door, side: Side, info: RequestInfo, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let chosen = routes::choose(parts.uri.path(), &parts.method);
    let route = match &chosen {
        Chosen::Route(route, _) => {
            // Known to the log before anything is refused: the path itself may hold the address of a device.
            info.set_route(route.path);
            Some(*route)
        }
        Chosen::WrongMethod(_) | Chosen::Nothing => {
            // The same of paths that no route has: they may name a device as well.
            if side == Side::Residents {
                info.set_route("/residents/*");
            }
            None
        }
    };
    let media = route.map_or(media::JSON, |r| r.media.of_error(&parts.headers));
    let now = door.app.now();
    let outcome = match side {
        Side::Residents => resident(door, &info, parts, body, chosen).await,
        Side::Admin => admin(door, &info, parts, body, chosen).await,
    };
    let request_id = (side == Side::Admin).then(|| info.id());
    outcome.unwrap_or_else(|error| error.response(&Told { media, now, request_id }))
}

/// What goes wrong around a call.
pub fn refused(side: Side, refusal: Refusal, info: &RequestInfo) -> Response {
    let request_id = (side == Side::Admin).then(|| info.id());
    DoorError::from(refusal).response(&Told { media: media::JSON, now: Clock::System.now(), request_id })
}

async fn resident(
    door: Door,
    info: &RequestInfo,
    parts: Parts,
    body: Body,
    chosen: Chosen,
) -> Result<Response, DoorError> {
    let exists = limited(&door, parts.uri.path()).await?;
    let mut asked = asked(door, &parts, chosen)?;
    match &asked.route.handler {
        Handler::Public(handler) => {
            asked.body = read(asked.route, &parts.headers, body).await?;
            handler(asked).await
        }
        Handler::Unit(handler) => {
            let property = well_formed(&asked)?;
            let token = token(&parts.headers).ok_or_else(DoorError::unauthorized)?;
            let entered = asked.door.app.portals().enter(Through::Ruckus, token).await?;
            info.set_caller(&entered.caller);
            if !exists && matches!(asked.route.row, 2..=4) {
                return Err(kernel::Error::NotFound("property").into());
            }
            if entered.property_uid != property || !entered.api_allowed {
                return Err(kernel::Error::Forbidden.into());
            }
            asked.body = read(asked.route, &parts.headers, body).await?;
            handler(Visiting { asked, entered }).await
        }
        Handler::Program(_) => Err(DoorError::not_found()),
    }
}

async fn admin(
    door: Door,
    info: &RequestInfo,
    parts: Parts,
    body: Body,
    chosen: Chosen,
) -> Result<Response, DoorError> {
    let mut asked = asked(door, &parts, chosen)?;
    match &asked.route.handler {
        Handler::Public(handler) => {
            asked.body = read(asked.route, &parts.headers, body).await?;
            handler(asked).await
        }
        Handler::Program(handler) => {
            // A venue may be written without hyphens.
            let bad = asked.route.names().zip(&asked.ids).find(|(name, id)| {
                hyphenated(id).is_none() && !(*name == "venueId" && id.len() == 32 && Uuid::try_parse(id).is_ok())
            });
            if let Some((name, _)) = bad {
                return Err(DoorError::bad_path(name));
            }
            let token = bearer(&parts.headers).ok_or_else(DoorError::unauthorized)?;
            let bearer = asked.identity().oauth2().bearer(token, Through::Ruckus).await?;
            info.set_caller(&bearer.caller);
            asked.door.programs.take_of(bearer.client, bearer.caller.at).await?;
            bearer.require(Scope::Wifi)?;
            let caller = bearer.caller;
            handler(Managing { asked, caller }).await
        }
        Handler::Unit(_) => Err(DoorError::not_found()),
    }
}

/// Takes a call out of the bucket of the property that the path names (section 7); tells whether there is that property.
async fn limited(door: &Door, path: &str) -> Result<bool, DoorError> {
    let named = path.strip_prefix("/residents/properties/").and_then(|rest| rest.split('/').next());
    let Some(property) = named.and_then(kernel::percent_decode).as_deref().and_then(hyphenated) else {
        return Ok(false);
    };
    if !door.app.portals().exists(property).await? {
        return Ok(false);
    }
    let taken = door.limiter.take(&format!("ruckus:{property}"), door.app.now()).await;
    // The reference says one second, however much less is left of it.
    taken.map_err(|_| kernel::Error::RateLimited(Duration::from_secs(1)))?;
    Ok(true)
}

fn asked(door: Door, parts: &Parts, chosen: Chosen) -> Result<Asked, DoorError> {
    match chosen {
        Chosen::Route(route, ids) => Ok(Asked {
            door,
            route,
            method: parts.method.clone(),
            headers: parts.headers.clone(),
            body: Bytes::new(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            path: parts.uri.path().to_owned(),
            ids,
        }),
        Chosen::WrongMethod(allowed) => Err(DoorError::method(&allowed)),
        Chosen::Nothing => Err(DoorError::not_found()),
    }
}

/// The property of a call whose ids have their published forms (R4).
fn well_formed(asked: &Asked) -> Result<Uuid, DoorError> {
    for (at, name) in asked.route.names().enumerate() {
        if matches!(name, "propertyId" | "userId") && asked.uuid(at).is_none() {
            return Err(DoorError::bad_path(name));
        }
    }
    asked.uuid(0).ok_or_else(|| DoorError::bad_path("propertyId"))
}

/// The raw token, or the one after `Bearer`.
fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
    Some(bearer(headers).unwrap_or(value)).filter(|token| !token.is_empty())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The body of a call that takes one, when it is of a type that the call knows; without a type it is what the call wants
/// (R36).
async fn read(route: &Route, headers: &HeaderMap, body: Body) -> Result<Bytes, DoorError> {
    let known: &[&str] = match route.sent {
        Sent::Nothing => return Ok(Bytes::new()),
        Sent::Json => &[media::JSON],
        Sent::JsonOrV1 => &[media::JSON, media::V1],
        // The token endpoint tells its own errors.
        Sent::Form => &[],
    };
    let said = headers.get(CONTENT_TYPE).map(|v| v.to_str().unwrap_or("?"));
    let said = said.map(|v| v.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let wrong = said.is_some_and(|said| !known.is_empty() && !known.contains(&said.as_str()));
    if wrong {
        return Err(DoorError::bare(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    Ok(read_body(body, BodyLimits::bytes(MOST_BYTES)).await?)
}
