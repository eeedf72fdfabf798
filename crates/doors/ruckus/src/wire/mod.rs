//! How this API looks on the wire. Everything here is about form; what things mean is the core's.

pub mod admin;
mod error;
pub mod media;
pub mod page;
mod reader;
pub mod shapes;

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
};
use kernel::Instant;
use serde::Serialize;

pub use error::{DoorError, ErrorResource, Told};
pub use media::Media;
pub use reader::{Reader, object};

/// JSON for the caller only: most answers hold a token or a passphrase (R35).
///
/// # Errors
/// [`kernel::Error::Internal`] when it cannot be written.
pub fn json(status: StatusCode, media: &'static str, thing: &impl Serialize) -> Result<Response, DoorError> {
    let body = serde_json::to_vec(thing).map_err(|e| kernel::Error::internal(format_args!("answer: {e}")))?;
    let headers =
        [(CONTENT_TYPE, HeaderValue::from_static(media)), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((status, headers, body).into_response())
}

/// An instant as this API shows it: `2026-01-15T08:30:00.000Z`.
#[must_use]
pub fn time(at: Instant) -> String {
    at.utc().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
