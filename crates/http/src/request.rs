//! What is known about the request being answered.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, OnceLock},
};

use axum::{
    extract::{FromRequestParts, MatchedPath, Request},
    http::{HeaderValue, Method, request::Parts},
};
use kernel::{Caller, Principal};
use tower::{Layer, Service};

/// The record of one request, shared by all layers: they read the id and the client's address from it and note in it
/// who is asking. Handlers and extractors take it as an extractor.
#[derive(Clone, Debug)]
pub struct RequestInfo(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: HeaderValue,
    client: IpAddr,
    method: Method,
    proxied: bool,
    principal: OnceLock<Principal>,
    route: OnceLock<Route>,
}

#[derive(Debug)]
enum Route {
    Matched(MatchedPath),
    Fixed(&'static str),
}

/// Who asked, as far as it may be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who(Principal);

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Principal::Anonymous => f.write_str("anonymous"),
            Principal::System => f.write_str("system"),
            Principal::Person { person, .. } => write!(f, "person {person}"),
            Principal::Client(id) => write!(f, "client {id}"),
            Principal::Unit { unit, .. } => write!(f, "unit {unit}"),
        }
    }
}

impl RequestInfo {
    pub(crate) fn new(id: HeaderValue, client: IpAddr, method: Method, proxied: bool) -> Self {
        Self(Arc::new(Inner { id, client, method, proxied, principal: OnceLock::new(), route: OnceLock::new() }))
    }

    /// The request's id, as the answer's `X-Request-Id` and the log tell it.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id.to_str().unwrap_or_default()
    }

    /// The client's address: the key of limits for each address.
    #[must_use]
    pub fn client(&self) -> IpAddr {
        self.0.client
    }

    /// The method on the wire.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// Whether a trusted proxy brought the request: only then does what it says about scheme and host count.
    #[must_use]
    pub fn is_proxied(&self) -> bool {
        self.0.proxied
    }

    /// Notes who is asking, for the log. To be called as soon as the credential is known to be genuine.
    pub fn set_caller(&self, caller: &Caller) {
        let _ = self.0.principal.set(caller.principal);
    }

    pub(crate) fn id_header(&self) -> HeaderValue {
        self.0.id.clone()
    }

    pub(crate) fn who(&self) -> Who {
        Who(self.0.principal.get().copied().unwrap_or(Principal::Anonymous))
    }

    pub(crate) fn session(&self) -> Option<i64> {
        match self.0.principal.get() {
            Some(Principal::Person { session, .. }) => Some(session.get()),
            _ => None,
        }
    }

    /// The pattern of the route that answers, `None` when none does.
    pub(crate) fn route(&self) -> Option<&str> {
        match self.0.route.get()? {
            Route::Matched(path) => Some(path.as_str()),
            Route::Fixed(path) => Some(path),
        }
    }

    /// Notes the pattern of the route that answers, in a door that chooses it itself.
    pub fn set_route(&self, path: &'static str) {
        let _ = self.0.route.set(Route::Fixed(path));
    }
}

/// Never fails: outside of a [`crate::Front`] (a router tested alone) there is a record that nobody reads.
impl<S: Sync> FromRequestParts<S> for RequestInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get_or_insert_with(Self::nobodys).clone())
    }
}

impl RequestInfo {
    fn nobodys() -> Self {
        Self::new(HeaderValue::from_static("none"), IpAddr::V4(Ipv4Addr::UNSPECIFIED), Method::GET, false)
    }
}

/// Notes the route that axum chose. Only layers inside of a router can see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoteRoute;

impl<S> Layer<S> for NoteRoute {
    type Service = NotingRoute<S>;
    fn layer(&self, inner: S) -> NotingRoute<S> {
        NotingRoute(inner)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct NotingRoute<S>(S);

impl<S: Service<Request>> Service<Request> for NotingRoute<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> S::Future {
        let all = request.extensions();
        if let (Some(info), Some(path)) = (all.get::<RequestInfo>(), all.get::<MatchedPath>()) {
            let _ = info.0.route.set(Route::Matched(path.clone()));
        }
        self.0.call(request)
    }
}
