//! The door that speaks casavi's Manager API, version 2, its calls that read: programs of the management look up
//! contacts, units and properties. It translates that API to Portico's core and back, and decides nothing.
//!
//! Rule ids in this crate (`M1` …) are those of the door's reference.

mod calls;
mod openapi;
mod query;
mod routes;
pub mod wire;

use app::App;
use axum::response::{IntoResponse as _, Response};
use identity::Identity;
use portico_http::{Entrance, Refusal, RequestInfo};

pub use openapi::openapi;
pub use routes::{Route, routes};

/// What the handlers of this door work with.
#[derive(Clone)]
pub struct Door {
    app: App,
    identity: Identity,
}

/// The door's entrance: everything below `/v2`.
#[must_use]
pub fn entrance(identity: Identity) -> Entrance {
    let door = Door { app: identity.app().clone(), identity };
    Entrance::new("manager", &["/v2"], routes::router(door), refuse).either_slash()
}

/// What goes wrong around a handler.
fn refuse(refusal: Refusal, _: &RequestInfo) -> Response {
    wire::DoorError::from(refusal).into_response()
}
