//! What goes over the wire: shapes, texts, errors.

pub mod body;
pub mod error;
pub mod rich;
pub mod shapes;
pub mod time;
mod words;

use axum::{
    Json,
    http::{HeaderValue, header::CACHE_CONTROL},
    response::{IntoResponse as _, Response},
};

pub use body::{Body, Reader};
pub use error::DoorError;
pub use words::Language;

/// What nobody may keep but the one who asked, and not even they on disk (C27).
pub const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// An answer of JSON.
pub fn json<T: serde::Serialize>(value: T) -> Response {
    let mut response = Json(value).into_response();
    response.headers_mut().insert(CACHE_CONTROL, PRIVATE);
    response
}
