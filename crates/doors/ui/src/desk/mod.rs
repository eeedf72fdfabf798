//! The staff's desk: `/desk/…`.

use axum::Router;
use identity::Identity;

pub(crate) fn routes() -> Router<Identity> {
    Router::new()
}
