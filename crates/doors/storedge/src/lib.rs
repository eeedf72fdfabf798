//! The door that speaks the storEDGE API, version 1. It translates that API to Portico's core and back, and decides
//! nothing.
//!
//! Rule ids in this crate (`K4`, `M5`, `T13` …) and numbers of sections are those of the door's wire reference.

mod attributes;
mod call;
mod ledgers;
mod notes;
mod openapi;
mod portal;
mod preferences;
mod present;
mod present_money;
mod routes;
mod tenants;
mod units;
pub mod wire;

use std::sync::Arc;

use app::App;
use axum::{extract::Request, response::Response};
use identity::Identity;
use portico_http::{Entrance, Refusal, RequestInfo};

pub use openapi::openapi;
pub use routes::{Route, routes};

/// What the handlers of this door work with.
#[derive(Clone)]
pub struct Door {
    app: App,
    identity: Identity,
    origin: Option<Arc<str>>,
}

/// The door's entrance: everything below `/v1`. `origin` is the address under which clients sign their requests, where
/// it is configured (O7).
#[must_use]
pub fn entrance(identity: Identity, origin: Option<&str>) -> Entrance {
    let origin = origin.map(|o| Arc::from(o.trim_end_matches('/')));
    let door = Door { app: identity.app().clone(), identity, origin };
    let serve = move |info: RequestInfo, request: Request| call::serve(door.clone(), info, request);
    Entrance::choosing("storedge", &["/v1"], serve, refuse)
}

/// What goes wrong around a call: of what was sent nothing is known here.
fn refuse(refusal: Refusal, info: &RequestInfo) -> Response {
    let error = wire::DoorError::from(refusal);
    call::json(error.status, call::failure(&error, info.method(), info.id(), wire::Object::default()))
}
