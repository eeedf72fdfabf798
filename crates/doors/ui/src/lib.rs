//! Portico's own web pages: the front page, signing in and out, letting programs know who one is, and the page behind a
//! mailed link that sets a password.
//!
//! All of it works without JavaScript; there is none. The pages speak English and German (`Accept-Language`), come
//! with headers that allow nothing but this server's own style sheet and icon, and never know the database: what they
//! need is [`SetPassword`] and [`SignIn`].

mod assets;
mod client;
mod consent;
mod language;
mod page;
mod set_password;
mod sign_in;

use std::net::IpAddr;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::HeaderMap,
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

/// A try to sign in.
#[derive(Clone)]
pub struct Attempt {
    /// An e-mail address or a phone number.
    pub name: String,
    /// What was typed as the password.
    pub password: String,
    /// The page first asked for.
    pub next: String,
    /// The host of the request, without its port.
    pub host: String,
    /// The client's address.
    pub from: IpAddr,
    /// The cookie of an earlier sign-in.
    pub cookie: Option<String>,
}

/// A program that waits for a sign-in.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Its name.
    pub client: String,
    /// Where the browser goes in the end.
    pub redirect_uri: String,
}

/// What a person is asked.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The program's name.
    pub client: String,
    /// Who is signed in.
    pub person: String,
    /// What the program wants, as words of OpenID Connect.
    pub scopes: Vec<String>,
    /// To be sent back with the answer.
    pub csrf: String,
    /// Where the browser goes in the end.
    pub redirect_uri: String,
}

/// Why a program's request goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The program is not known.
    Client,
    /// It has not registered the address.
    Redirect,
    /// The request cannot be read.
    Request,
}

/// What the pages need to sign people in and out, and to ask them about programs. Texts that say where to go are addresses
/// of this server or of a program.
pub trait SignIn: Clone + Send + Sync + 'static {
    /// Whether people come by HTTPS, so that cookies can be kept to it.
    fn is_secure(&self) -> bool;

    /// A new secret of 43 characters, for a form.
    fn secret(&self) -> String;

    /// The program that waits for a sign-in after which this page is opened.
    fn asking(&self, next: String) -> impl Future<Output = Result<Option<Asking>, Error>> + Send;

    /// Signs in; answers the cookie. [`Error::Unauthenticated`] whatever was wrong; [`Error::RateLimited`] after too many
    /// tries.
    fn sign_in(&self, attempt: Attempt) -> impl Future<Output = Result<String, Error>> + Send;

    /// Ends the sign-in of a cookie.
    fn sign_out(&self, cookie: String) -> impl Future<Output = Result<(), Error>> + Send;

    /// What to ask about a request, the query of the authorization endpoint; or where to go instead.
    fn consent_asked(
        &self,
        request: String,
        cookie: Option<String>,
    ) -> impl Future<Output = Result<Result<Consent, String>, Error>> + Send;

    /// Takes the answer; answers where to go. [`Error::Forbidden`] when it does not come from the page.
    fn consent(
        &self,
        request: String,
        cookie: Option<String>,
        csrf: String,
        allow: bool,
    ) -> impl Future<Output = Result<String, Error>> + Send;
}

/// The page that tells why a program's request goes no further.
#[must_use]
pub fn refused(headers: &HeaderMap, why: Refused) -> Response {
    consent::refused(Language::preferred(headers), why)
}

/// The pages, with a page for every path that nobody has.
pub fn router<S: SetPassword + SignIn>(service: S) -> Router {
    let assets = [&assets::STYLE, &assets::ICON]
        .into_iter()
        .fold(Router::new(), |router, asset| router.route(&asset.path, page_route(get(async || asset.response()))));
    let set_password = page_route(get(set_password::show::<S>).post(set_password::submit::<S>));
    let form = |methods: MethodRouter<S>| page_route(methods).layer(DefaultBodyLimit::max(set_password::MAX_BODY));
    Router::new()
        .route("/app/login", form(get(sign_in::show::<S>).post(sign_in::submit::<S>)))
        .route("/app/sign-out", form(get(sign_in::ask_out).post(sign_in::sign_out::<S>)))
        .route("/app/signed-out", page_route(get(sign_in::signed_out)))
        .route("/app/consent", form(get(consent::show::<S>).post(consent::submit::<S>)))
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
