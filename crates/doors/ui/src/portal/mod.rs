//! The residents' portal.

use axum::Router;
use identity::Identity;

pub(crate) fn routes() -> Router<Identity> {
    Router::new()
}
