//! The front door: what works for people who are not signed in. None of it needs JavaScript but passkeys.

pub(crate) mod consent;
mod forgot;
mod form_key;
mod invitation;
mod passkey;
mod set_password;
pub(crate) mod sign_in;
mod welcome;

use axum::{Router, routing::get};
use identity::Identity;

use crate::{leads, page_route};

pub(crate) fn routes() -> Router<Identity> {
    Router::new()
        .route("/", page_route(get(welcome::show)))
        .route("/sign-in", leads("/app/login"))
        .route("/sign-out", leads("/app/sign-out"))
        .route("/app/login", page_route(get(sign_in::show).post(sign_in::submit)))
        .route("/app/login/passkey", page_route(get(passkey::ask).post(passkey::submit)))
        .route("/app/sign-out", page_route(get(sign_in::ask_out).post(sign_in::sign_out)))
        .route("/app/signed-out", page_route(get(sign_in::signed_out)))
        .route("/app/consent", page_route(get(consent::show).post(consent::submit)))
        .route("/forgot", page_route(get(forgot::show).post(forgot::submit)))
        .route("/forgot/sent", page_route(get(forgot::sent)))
        .route("/app/register", page_route(get(invitation::by_query)))
        .route("/invite/{token}", page_route(get(invitation::show).post(invitation::submit)))
        .route("/changePassword", set_password::route())
}
