//! The door that speaks the iDWELL API. It translates that API to Portico's core and back, and decides nothing.
//!
//! Rule ids in this crate (`ST1`, `FL2` …) and numbers of sections are those of the door's wire reference.

mod call;
mod openapi;
mod places;
mod routes;
mod token;
mod users;
pub mod wire;

use std::sync::Arc;

use app::App;
use axum::response::{IntoResponse as _, Response};
use identity::Identity;
use portico_http::{Entrance, Limiter, Refusal, RequestInfo};

pub use openapi::openapi;
pub use routes::{PATHS, Route, routes};

/// What the handlers of this door work with.
#[derive(Clone)]
pub struct Door {
    app: App,
    identity: Identity,
    /// How many calls each program gets answered.
    programs: Limiter,
    /// The configured address of the server; links to pages begin with it.
    origin: Option<Arc<str>>,
}

/// The door's entrance. `origin` is the address under which clients reach the server, where it is configured; `programs`
/// says how many calls each program gets answered, here and at other doors.
#[must_use]
pub fn entrance(identity: Identity, origin: Option<&str>, programs: Limiter) -> Entrance {
    let origin = origin.map(|o| Arc::from(o.trim_end_matches('/')));
    let door = Door { app: identity.app().clone(), identity, programs, origin };
    Entrance::new("idwell", &["/api/idwell", "/api/oauth/token", "/api/oauth/revoke"], routes::router(door), refuse)
        .either_slash()
}

/// What goes wrong around a handler.
fn refuse(refusal: Refusal, _: &RequestInfo) -> Response {
    wire::DoorError::from(refusal).into_response()
}
