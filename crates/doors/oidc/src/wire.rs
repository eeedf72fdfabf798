//! Answers in the shapes of OAuth 2.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use kernel::Error;
use portico_http::{Refusal, RequestInfo};
use serde::Serialize;
use serde_json::{Value, json};

/// How long clients may keep what seldom changes. Keys are shown days before they sign.
const KEPT: &str = "public, max-age=300";

/// An answer that may be kept for a while.
pub fn kept(body: &Value) -> Response {
    ([(header::CACHE_CONTROL, KEPT)], Json(body)).into_response()
}

/// An answer that nobody keeps.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    (status, headers, Json(body)).into_response()
}

/// An error of RFC 6749 section 5.2.
pub fn error(status: StatusCode, word: &str, description: &str) -> Response {
    json(status, &json!({"error": word, "error_description": description}))
}

/// The program did not prove itself.
pub fn invalid_client() -> Response {
    let text = "The client is unknown or did not prove itself.";
    let mut response = error(StatusCode::UNAUTHORIZED, "invalid_client", text);
    let headers = response.headers_mut();
    headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Portico\""));
    response
}

/// The access token is missing or not good (RFC 6750).
pub fn invalid_token(given: bool) -> Response {
    let (told, word) = if given {
        ("Bearer realm=\"Portico\", error=\"invalid_token\"", "invalid_token")
    } else {
        ("Bearer realm=\"Portico\"", "invalid_request")
    };
    let mut response = error(StatusCode::UNAUTHORIZED, word, "A valid access token is needed.");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(told));
    response
}

/// Everything that is not the protocol's to name.
pub fn failed(error: &Error) -> Response {
    match error {
        Error::Unavailable(_) | Error::RateLimited(_) => {
            let text = "Please try again in a moment.";
            let mut response = self::error(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", text);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
        Error::TooLarge => self::error(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "The request is too large."),
        Error::Internal(_)
        | Error::NotFound(_)
        | Error::Forbidden
        | Error::Unauthenticated(_)
        | Error::Invalid(_)
        | Error::Conflict(_) => {
            tracing::error!(%error, "an OpenID Connect request failed");
            self::error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "Something went wrong here.")
        }
    }
}

/// What goes wrong around a handler.
pub fn refusal(refusal: Refusal, info: &RequestInfo) -> Response {
    let word = match refusal {
        Refusal::UnknownPath | Refusal::WrongMethod => "invalid_request",
        Refusal::Crashed => "server_error",
        Refusal::TookTooLong => "temporarily_unavailable",
    };
    let text = match refusal {
        Refusal::Crashed => format!("{} Request {}.", refusal.words(), info.id()),
        _ => refusal.words().to_owned(),
    };
    error(refusal.status(), word, &text)
}
