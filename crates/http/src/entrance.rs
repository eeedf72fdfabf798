//! The HTTP side of one door.

use std::time::Duration;

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    http::{HeaderValue, Method, header},
    response::Response,
};
use tower::Service as _;
use tower_http::compression::CompressionLayer;

use crate::{Cors, Refusal, Render, RequestInfo, panic, refusal::RETRY_AFTER, request::NoteRoute, slash};

const TIME_LIMIT: Duration = Duration::from_secs(30);

/// A door's routes, and its manners around them. What it says about unknown paths, methods and origins holds for the
/// paths below its own prefixes and nowhere else.
#[derive(Clone)]
pub struct Entrance {
    name: &'static str,
    prefixes: &'static [&'static str],
    routes: Router,
    render: Render,
    cors: Option<Cors>,
    either_slash: bool,
    time_limit: Duration,
}

impl Entrance {
    /// An entrance called `name` in log and metrics, for every path that is one of `prefixes` or below it; the longest
    /// prefix of all entrances wins, and `""` takes what is left. `routes` hold whole paths.
    #[must_use]
    pub fn new(name: &'static str, prefixes: &'static [&'static str], routes: Router, render: Render) -> Self {
        let routes = routes
            .fallback(move |info: RequestInfo| async move { render(Refusal::UnknownPath, &info) })
            .method_not_allowed_fallback(move |info: RequestInfo| async move { render(Refusal::WrongMethod, &info) })
            .layer(NoteRoute);
        Self { name, prefixes, routes, render, cors: None, either_slash: false, time_limit: TIME_LIMIT }
    }

    /// An entrance whose door chooses among its routes itself, because they follow other rules than axum's: `handler`
    /// gets every request. It notes the route it chose with [`RequestInfo::set_route`].
    #[must_use]
    pub fn choosing<H, T>(name: &'static str, prefixes: &'static [&'static str], handler: H, render: Render) -> Self
    where
        H: Handler<T, ()>,
        T: 'static,
    {
        let routes = Router::new().fallback(handler);
        Self { name, prefixes, routes, render, cors: None, either_slash: false, time_limit: TIME_LIMIT }
    }

    /// Lets pages of other origins call.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
        self
    }

    /// Takes paths with and without one trailing slash for the same, without a redirect. The routes are to be written
    /// without.
    #[must_use]
    pub const fn either_slash(mut self) -> Self {
        self.either_slash = true;
        self
    }

    /// Compresses what clients take compressed: texts, not pictures, and nothing that is in parts or compressed already.
    #[must_use]
    pub fn compressed(mut self) -> Self {
        self.routes = self.routes.layer(CompressionLayer::new());
        self
    }

    /// Another time limit than 30 s for a handler, the reading of the body included.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) const fn prefixes(&self) -> &'static [&'static str] {
        self.prefixes
    }

    pub(crate) async fn answer(&self, request: Request, info: &RequestInfo) -> Response {
        let Some(cors) = &self.cors else { return self.route(request, info).await };
        let origin = request.headers().get(header::ORIGIN).cloned();
        // A preflight carries no credential, so it never gets as far as a route.
        let mut response = if request.method() == Method::OPTIONS {
            info.set_route("preflight");
            cors.preflight(request.headers())
        } else {
            self.route(request, info).await
        };
        cors.decorate(origin.as_ref(), &mut response);
        response
    }

    async fn route(&self, mut request: Request, info: &RequestInfo) -> Response {
        if self.either_slash {
            slash::take_off(request.uri_mut());
        }
        let mut routes = self.routes.clone();
        let answering = async move { routes.call(request).await };
        match tokio::time::timeout(self.time_limit, panic::caught(answering)).await {
            Ok(Ok(Ok(response))) => response,
            Ok(Err(panic)) => {
                let (request_id, route) = (info.id(), info.route());
                tracing::error!(request_id, door = self.name, route, panic, "a handler panicked");
                (self.render)(Refusal::Crashed, info)
            }
            Err(_) => {
                let mut response = (self.render)(Refusal::TookTooLong, info);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER.as_secs()));
                response
            }
        }
    }
}
