//! The web kit that all doors share.
//!
//! [`Front`] is the whole HTTP side of the server. It gives every request an id, finds out who the client is, chooses
//! the [`Entrance`] by path, counts, logs, and turns what goes wrong around a handler (unknown path, wrong method,
//! panic, too long) into a [`Refusal`] that the entrance renders in its own shape. A door brings its routes and that
//! one function; nothing else about HTTP is decided in a door.
//!
//! ```
//! use axum::{Router, response::{IntoResponse, Response}, routing::get};
//! use portico_http::{Cors, Entrance, Front, Kit, Refusal, RequestInfo};
//! use tower::ServiceExt as _;
//!
//! fn refuse(refusal: Refusal, _: &RequestInfo) -> Response {
//!     (refusal.status(), format!(r#"{{"message":"{}"}}"#, refusal.words())).into_response()
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! // Routes are written without a trailing slash; `either_slash` lets both spellings in.
//! let routes = Router::new().route("/api/properties", get(|| async { "[]" }));
//! let door = Entrance::new("dwellingly", &["/api"], routes, refuse).either_slash().cors(Cors::any());
//! let front = Front::new(Kit::default(), vec![door]);
//!
//! let request = axum::http::Request::get("/api/properties/").body(axum::body::Body::empty()).unwrap();
//! let response = front.oneshot(request).await.unwrap();
//! assert_eq!(response.status(), 200);
//! assert_eq!(response.headers()["access-control-allow-origin"], "*");
//! assert!(response.headers().contains_key("x-request-id"));
//! # });
//! ```

mod bucket;
mod bytes_out;
mod client_addr;
mod cors;
mod counting;
mod cross_site;
mod entrance;
mod file;
mod front;
mod health;
mod limiter;
mod limits;
mod log;
mod metrics;
mod oauth_form;
mod panic;
mod refusal;
mod request;
mod request_id;
mod slash;
#[cfg(test)]
mod tests;

pub use bucket::{Buckets, Rate};
pub use bytes_out::{Part, Served, serve};
pub use client_addr::{Cidr, ForwardedHeader, Proxies};
pub use cors::Cors;
pub use counting::{Answering, Counted, Counting, Reading};
pub use cross_site::{host_name, is_cross_site};
pub use entrance::Entrance;
pub use file::{Sending, send_file};
pub use front::{Front, Kit};
pub use health::Ready;
pub use limiter::{Limiter, SharedBuckets, Taking};
pub use limits::{BodyFault, BodyLimits, Guarded, read_body};
pub use metrics::Metrics;
pub use oauth_form::{FormFault, TokenForm};
pub use refusal::{Refusal, Render, plain};
pub use request::RequestInfo;
