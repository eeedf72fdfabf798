//! Answers: one thing, or a page of things with the address of the next (M3).

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::query::Query;

/// What `authenticate` answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// To be sent in the header `token`.
    pub token: String,
    /// From when on it is not good any more.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// Where to go on.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Links {
    /// The next page; the last one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A page.
#[derive(Debug, Serialize)]
struct List<T> {
    list: Vec<T>,
    #[serde(rename = "_links")]
    links: Links,
}

/// An answer for the caller only.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    ([(CACHE_CONTROL, HeaderValue::from_static("private, no-store"))], (status, Json(body))).into_response()
}

/// A page of a list.
pub fn list<T: Serialize>(
    rows: impl Iterator<Item = T>,
    query: &Query,
    more: bool,
    base: &str,
    path: &str,
) -> Response {
    let next = more.then(|| format!("{base}{path}?{}", query.next()));
    json(StatusCode::OK, &List { list: rows.collect(), links: Links { next } })
}
