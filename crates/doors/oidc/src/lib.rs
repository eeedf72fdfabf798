//! The door of OpenID Connect: programs let people sign in with their Portico login.
//!
//! It translates the protocol (OpenID Connect Core and Discovery, RP-initiated logout, RFC 6749, 7009, 7636, 7662, 9207)
//! to `identity::oidc` and back. The pages where people sign in and are asked live in the pages' door; this one sends
//! browsers there. The other way round, people come in who prove elsewhere who they are: `provider`.

mod browser;
mod discovery;
mod program;
mod provider;
mod wire;

use axum::{
    Router,
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use identity::{Identity, oidc::Refused};
use portico_http::{Cors, Entrance, Refusal, RequestInfo};

/// Shows a person why a request goes no further: a page in the house's look.
pub type RefusedPage = fn(&HeaderMap, Refused) -> Response;

/// What the handlers of this door work with.
#[derive(Clone)]
pub struct Door {
    identity: Identity,
    refused: RefusedPage,
}

/// The door's entrances: what programs call, open to pages of all origins as it takes no cookies; where browsers are
/// sent, open to none; and from where they are sent to outside providers, and come back.
#[must_use]
pub fn entrances(identity: Identity, refused: RefusedPage) -> Vec<Entrance> {
    let door = Door { identity, refused };
    let programs = Router::new()
        .route("/.well-known/openid-configuration", get(discovery::document))
        .route("/oidc/jwks", get(discovery::keys))
        .route("/oidc/token", post(program::token))
        .route("/oidc/userinfo", get(program::userinfo).post(program::userinfo))
        .route("/oidc/revoke", post(program::revoke))
        .route("/oidc/introspect", post(program::introspect))
        .with_state(door.clone());
    let browsers = Router::new()
        .route("/oidc/authorize", get(browser::authorize).post(browser::authorize_form))
        .route("/oidc/end-session", get(browser::end_session).post(browser::end_session_form))
        .with_state(door.clone());
    let providers = provider::routes().with_state(door);
    vec![
        Entrance::new("oidc", &["/.well-known/openid-configuration", "/oidc"], programs, refuse).cors(Cors::any()),
        Entrance::new("oidc-pages", &["/oidc/authorize", "/oidc/end-session"], browsers, refuse),
        Entrance::new("oidc-providers", &["/app/login/provider"], providers, refuse),
    ]
}

fn refuse(refusal: Refusal, info: &RequestInfo) -> Response {
    wire::refusal(refusal, info)
}
