//! `/me/security`: my password, and where I am signed in. The staff's is at `/desk/me`.

use app::me::Device;
use askama::Template;
use axum::{http::StatusCode, response::Response};
use identity::{NewPassword, Secret};
use kernel::{Error, Principal, SessionId};

use crate::{
    client::ClientAddress,
    flash::Flash,
    form::{Fields, Posted, Shown},
    page,
    session::{At, Visit},
    shell::Shell,
};

#[derive(Template)]
#[template(path = "portal/security.html")]
struct SecurityPage {
    s: Shell,
    devices: Vec<Device>,
    here: SessionId,
    form: Shown,
}

#[derive(Template)]
#[template(path = "desk/me.html")]
struct StaffPage {
    s: Shell,
    devices: Vec<Device>,
    here: SessionId,
    form: Shown,
}

/// Shows it.
pub(crate) async fn show(visit: Visit) -> Response {
    if visit.path != room(&visit) {
        return page::see(room(&visit));
    }
    page(&visit, Shown::default(), StatusCode::OK).await
}

/// Where the page of this person is.
fn room(visit: &Visit) -> &'static str {
    if visit.me.role.is_some() { "/desk/me" } else { "/me/security" }
}

async fn page(visit: &Visit, form: Shown, code: StatusCode) -> Response {
    let here = match visit.caller.principal {
        Principal::Person { session, .. } => session,
        _ => SessionId::new(0),
    };
    match visit.app().me().devices(&visit.caller).await {
        Ok(devices) if visit.me.role.is_some() => {
            visit.page_with(code, &StaffPage { s: visit.shell(), devices, here, form })
        }
        Ok(devices) => visit.page_with(code, &SecurityPage { s: visit.shell(), devices, here, form }),
        Err(error) => visit.failed(&error),
    }
}

/// Changes the password.
pub(super) async fn change(visit: Visit, ClientAddress(from): ClientAddress, Posted(fields): Posted) -> Response {
    let secret = |name| Secret(fields.get(name).to_owned());
    let new = NewPassword { current: secret("current"), password: secret("password"), repeat: secret("repeat") };
    match visit.identity.change_password(&visit.caller, new, from).await {
        Ok(()) => visit.go(room(&visit), Flash::done("done-password")),
        Err(Error::RateLimited(after)) => page::busy(visit.language, after, page::WayOn::Front),
        Err(error) => {
            // What was typed is not sent back.
            match Shown::refused(&Fields::default(), error, visit.language.texts(), |_| None) {
                Ok(mut form) => {
                    if form.wrong("current").is_some() {
                        form.set("current", visit.language.texts().say("problem-password"));
                    }
                    page(&visit, form, StatusCode::UNPROCESSABLE_ENTITY).await
                }
                Err(error) => visit.failed(&error),
            }
        }
    }
}

/// Ends one sign-in.
pub(super) async fn end(visit: Visit, At(id): At<String>, _: Posted) -> Response {
    let ended = match id.parse() {
        Ok(id) => visit.app().me().end_device(&visit.caller, SessionId::new(id)).await,
        Err(_) => Err(Error::NotFound("session")),
    };
    match ended {
        Ok(()) => visit.go(room(&visit), Flash::done("done-ended")),
        Err(error) => visit.failed(&error),
    }
}

/// Ends all others.
pub(super) async fn end_others(visit: Visit, _: Posted) -> Response {
    match visit.app().me().end_other_devices(&visit.caller).await {
        Ok(()) => visit.go(room(&visit), Flash::done("done-ended")),
        Err(error) => visit.failed(&error),
    }
}
