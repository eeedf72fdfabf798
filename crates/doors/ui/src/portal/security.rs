//! `/me/security`: my password, and where I am signed in. The staff's is at `/desk/me/security`.

use app::{me::Device, passkey::Passkey};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use identity::{NewPassword, PASSKEYS, Secret};
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
    passkeys: Passkeys,
}

#[derive(Template)]
#[template(path = "desk/security.html")]
struct StaffPage {
    s: Shell,
    devices: Vec<Device>,
    here: SessionId,
    form: Shown,
    passkeys: Passkeys,
}

/// Somebody's passkeys.
struct Passkeys {
    all: Vec<Passkey>,
    /// Whether this build knows them.
    there: bool,
    /// Whether one can be made where they are.
    can: bool,
}

/// Shows it.
pub(crate) async fn show(visit: Visit) -> Response {
    if visit.path != room(&visit) {
        return page::see(room(&visit));
    }
    page(&visit, Shown::default(), StatusCode::OK).await
}

/// Where the page of this person is.
pub(super) fn room(visit: &Visit) -> &'static str {
    if visit.me.role.is_some() { "/desk/me/security" } else { "/me/security" }
}

async fn page(visit: &Visit, form: Shown, code: StatusCode) -> Response {
    let here = match visit.caller.principal {
        Principal::Person { session, .. } => session,
        _ => SessionId::new(0),
    };
    let found = async {
        let devices = visit.app().me().devices(&visit.caller).await?;
        let all = visit.app().passkeys().list(&visit.caller).await?;
        let can = visit.identity.passkeys_at(&visit.caller, &visit.authority).await?;
        Ok((devices, Passkeys { all, there: PASSKEYS, can }))
    };
    let (devices, passkeys) = match found.await {
        Ok(found) => found,
        Err(error) => return visit.failed(&error),
    };
    let s = visit.shell();
    if visit.me.role.is_some() {
        visit.page_with(code, &StaffPage { s, devices, here, form, passkeys })
    } else {
        visit.page_with(code, &SecurityPage { s, devices, here, form, passkeys })
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
