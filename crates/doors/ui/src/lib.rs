//! Portico's own web pages: the front page, and the page behind a mailed link that sets a password.
//!
//! All of it works without JavaScript; there is none. The pages speak English and German (`Accept-Language`), come
//! with headers that allow nothing but this server's own style sheet and icon, and never know the database: what they
//! need is [`SetPassword`].

mod assets;
mod client;
mod language;
mod page;
mod set_password;

use std::net::IpAddr;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    response::Response,
    routing::{self, MethodRouter, get},
};
use kernel::Error;

use crate::{
    language::Language,
    page::{METHOD, MISSING, WayOn},
};

/// What the pages need to set a password with a mailed link.
///
/// Both calls answer [`Error::Conflict`] for every link that is of no use (expired, used, superseded, foreign,
/// unknown), [`Error::RateLimited`] after too many tries, and [`Error::Invalid`] with faults on `password`; for any
/// other error the page says that the fault is ours.
pub trait SetPassword: Clone + Send + Sync + 'static {
    /// Whether the link can set a password now. Changes nothing.
    fn check(&self, token: &str, from: IpAddr) -> impl Future<Output = Result<(), Error>> + Send;

    /// Sets the password and uses the link up.
    fn set(&self, token: String, password: String, from: IpAddr) -> impl Future<Output = Result<(), Error>> + Send;
}

/// The pages, with a page for every path that nobody has.
pub fn router<S: SetPassword>(service: S) -> Router {
    let assets = [&assets::STYLE, &assets::ICON]
        .into_iter()
        .fold(Router::new(), |router, asset| router.route(&asset.path, page_route(get(async || asset.response()))));
    let set_password = page_route(get(set_password::show::<S>).post(set_password::submit::<S>));
    Router::new()
        .route("/", page_route(get(async |language: Language| page::front(language))))
        .route("/changePassword", set_password.layer(DefaultBodyLimit::max(set_password::MAX_BODY)))
        .with_state(service)
        .merge(assets)
        // A route and no fallback: the entrance has one for all doors.
        .route("/{*path}", routing::any(async |language: Language| page::notice(language, &MISSING, WayOn::Front)))
}

/// A route that answers other methods with a page too.
fn page_route<S: Clone + Send + Sync + 'static>(methods: MethodRouter<S>) -> MethodRouter<S> {
    methods.fallback(async |language: Language| -> Response { page::notice(language, &METHOD, WayOn::Front) })
}

#[cfg(test)]
mod tests;
