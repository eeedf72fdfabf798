//! The ways to the settings.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use identity::Identity;
use kernel::Role;

use crate::{page_route, session::Staff, shell::Shell};

pub(super) fn routes() -> Router<Identity> {
    Router::new().route("/desk/settings", page_route(get(home)))
}

#[derive(Template)]
#[template(path = "desk/settings/home.html")]
struct HomePage {
    s: Shell,
    is_admin: bool,
    manages: bool,
    /// Whether the list of the staff is for them.
    sees_staff: bool,
}

async fn home(visit: Staff) -> Response {
    let role = visit.me.role;
    visit.page(&HomePage {
        is_admin: role == Some(Role::Admin),
        manages: matches!(role, Some(Role::Admin | Role::Manager)),
        sees_staff: role != Some(Role::PropertyManager),
        s: visit.shell(),
    })
}
