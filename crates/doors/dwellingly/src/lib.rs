//! The door that speaks the Dwellingly API. It translates that API to Portico's core and back, and decides nothing.
//!
//! Rule ids in this crate (`D8`, `D46` …) and numbers of sections are those of the door's wire reference.

mod accounts;
mod calls;
mod contacts;
mod dashboard;
mod leases;
mod openapi;
mod present;
mod properties;
mod routes;
mod tenants;
mod tickets;
mod users;
pub mod wire;

use std::collections::BTreeSet;

use app::App;
use axum::{response::IntoResponse as _, routing::MethodRouter};
use identity::Identity;
use portico_http::{Entrance, Refusal, RequestInfo};

pub use openapi::openapi;
pub use routes::{Caller, Route, routes};

/// What the handlers of this door work with.
#[derive(Clone)]
pub struct Door {
    app: App,
    identity: Identity,
}

/// The door's entrance: everything below `/api` that no other door claims (D2).
#[must_use]
pub fn entrance(identity: Identity) -> Entrance {
    let door = Door { app: identity.app().clone(), identity };
    let mut router = axum::Router::new();
    let mut with_ids = BTreeSet::new();
    for route in routes() {
        router = router.route(&route.full_path(), route.handler());
        if route.path.contains("id}") {
            with_ids.insert(route.full_path());
        }
    }
    for path in with_ids {
        router = router.route(&path, MethodRouter::new().fallback(calls::wrong_method));
    }
    Entrance::new("dwellingly", &["/api"], router.with_state(door), refuse).either_slash()
}

fn refuse(refusal: Refusal, _: &RequestInfo) -> axum::response::Response {
    wire::DoorError::from(refusal).into_response()
}
