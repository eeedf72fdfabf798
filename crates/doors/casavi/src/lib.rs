//! The door that speaks the casavi community API. It translates that API to Portico's core and back, and decides
//! nothing.
//!
//! Rule ids in this crate (`C4`, `G3` …), numbers of operations and of sections are those of the door's wire reference.

mod call;
mod community;
mod invites;
mod openapi;
mod present;
mod routes;
mod tickets;
mod uploads;
pub mod wire;

use std::time::Duration;

use app::App;
use axum::{
    Router,
    response::{IntoResponse as _, Response},
};
use identity::Identity;
use portico_http::{Entrance, Refusal, RequestInfo};

pub use openapi::openapi;
pub use routes::{Access, Route, routes};

/// Uploads over slow lines take their time.
const TIME_LIMIT: Duration = Duration::from_secs(130);

/// What the handlers of this door work with.
#[derive(Clone)]
pub struct Door {
    app: App,
    identity: Identity,
}

/// The door's entrance: everything below `/api/v1`.
#[must_use]
pub fn entrance(identity: Identity) -> Entrance {
    let door = Door { app: identity.app().clone(), identity };
    let router = routes().into_iter().fold(Router::new(), |router, route| router.route(route.path, route.handler));
    Entrance::new("casavi", &["/api/v1"], router.with_state(door), refuse).either_slash().time_limit(TIME_LIMIT)
}

/// What goes wrong around a handler.
fn refuse(refusal: Refusal, info: &RequestInfo) -> Response {
    wire::DoorError::refused(refusal, info.id()).into_response()
}
