//! The door that speaks the RUCKUS Resident Portal API (version 0) and the part of its admin side that clients need to get
//! at a unit's link. It translates them to Portico's core and back, and decides nothing.
//!
//! Rule ids in this crate (`R7` …) and numbers of sections and operations are those of the door's wire reference.

mod admin;
mod call;
mod openapi;
mod portal;
mod present;
mod routes;
mod token;
mod unit;
mod users;
pub mod wire;

use app::App;
use axum::{extract::Request, response::Response};
use identity::Identity;
use portico_http::{Entrance, Limiter, Rate, Refusal, RequestInfo};

pub use openapi::openapi;
pub use routes::{Access, Route, Sent, routes};

use call::Side;

/// How many calls about each property are answered (section 7).
pub const RATE: Rate = Rate { capacity: 100, per_second: 80 };

/// What the handlers of this door work with.
#[derive(Clone)]
pub struct Door {
    app: App,
    identity: Identity,
    limiter: Limiter,
    /// How many calls each program gets answered.
    programs: Limiter,
}

/// The door's entrances: of residents below `/residents`, and of the admin side. `limiter` counts the calls of residents,
/// at [`RATE`]; `programs` those of each program, here and at other doors.
#[must_use]
pub fn entrances(identity: Identity, limiter: Limiter, programs: Limiter) -> Vec<Entrance> {
    let door = Door { app: identity.app().clone(), identity, limiter, programs };
    let serving = |side: Side| {
        let door = door.clone();
        move |info: RequestInfo, request: Request| call::serve(door.clone(), side, info, request)
    };
    vec![
        Entrance::choosing("ruckus", &["/residents"], serving(Side::Residents), refuse_resident),
        Entrance::choosing(
            "ruckus-admin",
            &["/oauth2/token", "/venues", "/residentPortals"],
            serving(Side::Admin),
            refuse_admin,
        ),
    ]
}

fn refuse_resident(refusal: Refusal, info: &RequestInfo) -> Response {
    call::refused(Side::Residents, refusal, info)
}

fn refuse_admin(refusal: Refusal, info: &RequestInfo) -> Response {
    call::refused(Side::Admin, refusal, info)
}
