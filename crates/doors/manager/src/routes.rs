//! Every call this door offers, once: the door, the OpenAPI document and the tests of callers are all made from this
//! table.

use axum::{
    Router,
    http::Method,
    routing::{MethodRouter, get, post},
};

use crate::{Door, calls};

/// A call.
pub struct Route {
    /// Its name in the document.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its whole path.
    pub path: &'static str,
    /// Whether it needs a token.
    pub signed_in: bool,
    handler: fn() -> MethodRouter<Door>,
}

/// All calls.
#[must_use]
#[rustfmt::skip]
pub fn routes() -> [Route; 5] {
    [
        Route { id: "authenticate", method: Method::POST, path: "/v2/authenticate", signed_in: false, handler: || post(calls::authenticate) },
        Route { id: "listContacts", method: Method::GET, path: "/v2/contacts", signed_in: true, handler: || get(calls::contacts) },
        Route { id: "listUnits", method: Method::GET, path: "/v2/units", signed_in: true, handler: || get(calls::units) },
        Route { id: "listProperties", method: Method::GET, path: "/v2/properties", signed_in: true, handler: || get(calls::properties) },
        Route { id: "getProperty", method: Method::GET, path: "/v2/properties/{propertyId}", signed_in: true, handler: || get(calls::property) },
    ]
}

/// The routes with their handlers.
pub(crate) fn router(door: Door) -> Router {
    let all = routes().into_iter().fold(Router::new(), |all, route| all.route(route.path, (route.handler)()));
    all.with_state(door)
}
