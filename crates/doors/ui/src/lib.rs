//! Portico's own web pages: the front door (signing in and out, invitations, passwords, consent), the residents' portal,
//! and the staff's desk.
//!
//! Pages are rendered here, with real links and forms; they work without JavaScript except for what cannot. They speak
//! English and German, and come with headers that allow nothing but this server's own style sheet, script and pictures.
//! This door decides nothing: every rule and every right is in `app`.
//!
//! A page is a struct with a template: it holds a `shell::Shell`, which knows who looks, in which language, and what
//! stands around the page. `session::Resident` and `session::Staff` are how a handler says for whom it is;
//! `form::Posted` is how it takes a form; `session::Visit::page` and `session::Visit::go` are how it answers.

mod accent;
mod address;
mod assets;
mod client;
mod cookie;
mod desk;
mod face;
mod field;
mod flash;
mod form;
mod frame;
mod front;
mod icon;
mod invoice;
mod language;
mod look;
mod mixed;
mod offline;
mod page;
mod parts;
mod portal;
mod qr;
mod session;
mod shell;
mod wifi;
mod words;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::HeaderMap,
    response::Response,
    routing::{self, MethodRouter, get},
};
use identity::{Identity, oidc::Refused};
use portico_http::{Entrance, Refusal, RequestInfo};

use crate::{
    language::Language,
    page::{METHOD, MISSING, WayOn},
};

/// A form without files is never larger, in bytes.
pub(crate) const MAX_FORM: usize = 64 * 1024;

/// The entrance: every path that no other door has.
#[must_use]
pub fn entrance(identity: Identity) -> Entrance {
    Entrance::new("pages", &[""], router(identity), refusal).compressed()
}

/// The page that tells why a program's request goes no further.
#[must_use]
pub fn refused(headers: &HeaderMap, why: Refused) -> Response {
    front::consent::refused(Language::preferred(headers), why)
}

fn router(identity: Identity) -> Router {
    Router::new()
        .merge(front::routes())
        .merge(portal::routes())
        .merge(desk::routes())
        .merge(wifi::routes())
        .merge(parts::routes())
        .merge(look::routes())
        .merge(offline::routes())
        .with_state(identity)
        .merge(assets::routes())
        // A route and no fallback: the entrance has one for all doors.
        .route("/{*path}", routing::any(async |language: Language| page::notice(language, &MISSING, WayOn::Front)))
}

/// The pages answer unknown addresses themselves; what is left is plain.
fn refusal(refusal: Refusal, info: &RequestInfo) -> Response {
    portico_http::plain(refusal, info)
}

/// A route that answers other methods with a page too, and takes forms of a usual size.
fn page_route<S: Clone + Send + Sync + 'static>(methods: MethodRouter<S>) -> MethodRouter<S> {
    let other = async |language: Language| -> Response { page::notice(language, &METHOD, WayOn::Front) };
    methods.fallback(other).layer(DefaultBodyLimit::max(MAX_FORM))
}

/// An address that only leads on.
fn leads<S: Clone + Send + Sync + 'static>(to: &'static str) -> MethodRouter<S> {
    page_route(get(async move || page::see(to)))
}
