//! Who may call a door from a page of another origin.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};

/// Cross-origin rules of one door. No credentials: doors that use this take tokens, never cookies. Nothing is cached
/// by `max-age`.
#[derive(Clone, Debug)]
pub struct Cors {
    /// `None`: any.
    origins: Option<Vec<HeaderValue>>,
}

const METHODS: HeaderValue = HeaderValue::from_static("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");

impl Cors {
    /// Any origin may call.
    #[must_use]
    pub const fn any() -> Self {
        Self { origins: None }
    }

    /// These origins (`https://example.org`) may call and no others.
    #[must_use]
    pub fn only(origins: &[String]) -> Self {
        Self { origins: Some(origins.iter().filter_map(|o| HeaderValue::from_str(o).ok()).collect()) }
    }

    /// The answer to `OPTIONS` on any path, to be finished by [`Cors::decorate`].
    pub(crate) fn preflight(&self, asked: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        if self.allowed(asked.get(header::ORIGIN)).is_some() {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            for wanted in asked.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS) {
                headers.append(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
            }
        }
        response
    }

    /// Adds what every answer carries, whatever its status.
    pub(crate) fn decorate(&self, origin: Option<&HeaderValue>, response: &mut Response) {
        let headers = response.headers_mut();
        if let Some(allowed) = self.allowed(origin) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        }
        if origin.is_some() || self.origins.is_some() {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().append(header::ALLOW, HeaderValue::from_static("OPTIONS"));
        }
    }

    fn allowed(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        match (&self.origins, origin) {
            (None, None) => Some(HeaderValue::from_static("*")),
            (None, Some(origin)) => Some(origin.clone()),
            (Some(_), None) => None,
            (Some(list), Some(origin)) => list.contains(origin).then(|| origin.clone()),
        }
    }
}
