//! Every call this door offers, once: the door is made from this table, and the OpenAPI document and the tests of rights
//! are held against it.

use axum::{
    Router,
    http::Method,
    routing::{MethodRouter, get, post},
};

use crate::{Door, places, token, users};

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its whole path, without the slash that may stand at the end.
    pub path: &'static str,
}

/// Each path with the methods it knows.
pub const PATHS: [(&str, &[Method]); 8] = [
    ("/api/oauth/token", &[Method::POST]),
    ("/api/oauth/revoke", &[Method::POST]),
    ("/api/idwell/v1/users", &[Method::GET, Method::POST]),
    ("/api/idwell/v1/users/{id}", &[Method::GET, Method::PATCH, Method::DELETE]),
    ("/api/idwell/v1/flats", &[Method::GET]),
    ("/api/idwell/v1/flats/{id}", &[Method::GET]),
    ("/api/idwell/v1/buildings", &[Method::GET]),
    ("/api/idwell/v1/buildings/{id}", &[Method::GET]),
];

/// All calls.
pub fn routes() -> impl Iterator<Item = Route> {
    PATHS.into_iter().flat_map(|(path, methods)| methods.iter().map(move |m| Route { method: m.clone(), path }))
}

/// What answers at each path, in the order of [`PATHS`].
fn handlers() -> [MethodRouter<Door>; 8] {
    [
        post(token::token),
        post(token::revoke),
        get(users::list).post(users::create),
        get(users::get).patch(users::update).delete(users::archive),
        get(places::flats),
        get(places::flat),
        get(places::buildings),
        get(places::building),
    ]
}

/// The door's routes.
pub fn router(door: Door) -> Router {
    let all = PATHS.iter().zip(handlers());
    all.fold(Router::new(), |router, ((path, _), handler)| router.route(path, handler)).with_state(door)
}
