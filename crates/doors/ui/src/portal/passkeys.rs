//! `/me/security/passkeys/…`: keys in one's devices that take the place of the password. Residents and staff have the
//! same pages, each in their own room.

use std::net::IpAddr;

use app::passkey::{LONGEST_NAME, Passkey};
use askama::Template;
use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use identity::{PasskeyAnswer, PasskeyAsked, Secret};
use kernel::{Error, PasskeyId};

use super::security::room;
use crate::{
    client::{ClientAddress, browser},
    flash::Flash,
    form::{Fields, Posted, Shown},
    page::{self, WayOn},
    session::{At, Visit},
    shell::Shell,
};

/// A passkey in the making: first the proof of who somebody is, then what their browser is asked.
struct New {
    asked: Option<PasskeyAsked>,
    form: Shown,
    back: &'static str,
}

/// One that is there.
struct One {
    key: Passkey,
    form: Shown,
    /// Whether the password is asked for before it is removed.
    asks: bool,
    back: &'static str,
}

#[derive(Template)]
#[template(path = "portal/passkey_new.html")]
struct NewPage {
    s: Shell,
    new: New,
}

#[derive(Template)]
#[template(path = "desk/passkey_new.html")]
struct StaffNewPage {
    s: Shell,
    new: New,
}

#[derive(Template)]
#[template(path = "portal/passkey.html")]
struct OnePage {
    s: Shell,
    one: One,
}

#[derive(Template)]
#[template(path = "desk/passkey.html")]
struct StaffOnePage {
    s: Shell,
    one: One,
}

/// How to get one: who signed in a moment ago goes on at once, others prove who they are first.
pub(super) async fn new(visit: Visit, headers: HeaderMap, ClientAddress(from): ClientAddress) -> Response {
    begin(&visit, &headers, None, from, Shown::default(), StatusCode::OK).await
}

/// Takes the password.
pub(super) async fn prove(
    visit: Visit,
    headers: HeaderMap,
    ClientAddress(from): ClientAddress,
    Posted(fields): Posted,
) -> Response {
    let password = Some(Secret(fields.get("current").to_owned()));
    begin(&visit, &headers, password, from, Shown::default(), StatusCode::OK).await
}

/// Keeps what the browser made.
pub(super) async fn add(
    visit: Visit,
    headers: HeaderMap,
    ClientAddress(from): ClientAddress,
    Posted(fields): Posted,
) -> Response {
    let answer =
        PasskeyAnswer { state: fields.get("state").to_owned(), credential: fields.get("credential").to_owned() };
    match visit.identity.passkey_add(&visit.caller, &answer, fields.get("name")).await {
        Ok(_) => visit.go(room(&visit), Flash::done("done-passkey-added")),
        Err(error) => {
            let typed = Fields(vec![("name".to_owned(), fields.get("name").to_owned())]);
            match Shown::refused(&typed, error, visit.language.texts(), words) {
                Ok(form) => begin(&visit, &headers, None, from, form, StatusCode::UNPROCESSABLE_ENTITY).await,
                Err(error) => visit.failed(&error),
            }
        }
    }
}

/// Asks the browser, or for the password first.
async fn begin(
    visit: &Visit,
    headers: &HeaderMap,
    password: Option<Secret>,
    from: IpAddr,
    mut form: Shown,
    code: StatusCode,
) -> Response {
    let given = password.is_some();
    let begun = visit.identity.passkey_add_begin(&visit.caller, &visit.authority, password, from).await;
    let (asked, code) = match begun {
        Ok(asked) => {
            if !form.is_faulty() {
                form = Shown::with([("name", named(headers, visit))]);
            }
            (Some(asked), code)
        }
        // Nobody was asked yet.
        Err(Error::Invalid(_)) if !given => (None, code),
        Err(Error::Conflict("no_passkeys_here")) => return page::see(room(visit)),
        Err(error) => match wrong_password(visit, error) {
            Ok(form) => return new_page(visit, New { asked: None, form, back: room(visit) }, UNPROCESSABLE),
            Err(response) => return response,
        },
    };
    new_page(visit, New { asked, form, back: room(visit) }, code)
}

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

fn new_page(visit: &Visit, new: New, code: StatusCode) -> Response {
    let s = visit.shell();
    if visit.me.role.is_some() {
        visit.page_with(code, &StaffNewPage { s, new })
    } else {
        visit.page_with(code, &NewPage { s, new })
    }
}

/// The name a new one is offered: the browser and the machine it is on.
fn named(headers: &HeaderMap, visit: &Visit) -> String {
    let name = browser(headers).unwrap_or_else(|| visit.language.texts().say("passkey-usual-name"));
    name.chars().take(LONGEST_NAME).collect()
}

/// One of them, to be renamed or removed.
pub(super) async fn show(visit: Visit, At(id): At<String>) -> Response {
    one(&visit, &id, Shown::default(), StatusCode::OK).await
}

async fn one(visit: &Visit, id: &str, form: Shown, code: StatusCode) -> Response {
    let found = async {
        let all = visit.app().passkeys().list(&visit.caller).await?;
        let key = all.into_iter().find(|k| Some(k.id) == read(id)).ok_or(Error::NotFound("passkey"))?;
        Ok::<_, Error>((key, visit.identity.is_fresh(&visit.caller).await?))
    };
    let (key, fresh) = match found.await {
        Ok(found) => found,
        Err(error) => return visit.failed(&error),
    };
    let form = if form.is_faulty() { form } else { Shown::with([("name", key.name.clone())]) };
    let (s, one) = (visit.shell(), One { key, form, asks: !fresh, back: room(visit) });
    if visit.me.role.is_some() {
        visit.page_with(code, &StaffOnePage { s, one })
    } else {
        visit.page_with(code, &OnePage { s, one })
    }
}

/// Calls it otherwise.
pub(super) async fn rename(visit: Visit, At(id): At<String>, Posted(fields): Posted) -> Response {
    let renamed = match read(&id) {
        Some(key) => visit.app().passkeys().rename(&visit.caller, key, fields.get("name")).await,
        None => Err(Error::NotFound("passkey")),
    };
    match renamed {
        Ok(()) => visit.go(room(&visit), Flash::done("done-saved")),
        Err(error) => match Shown::refused(&fields, error, visit.language.texts(), words) {
            Ok(form) => one(&visit, &id, form, UNPROCESSABLE).await,
            Err(error) => visit.failed(&error),
        },
    }
}

/// Takes it away.
pub(super) async fn remove(
    visit: Visit,
    At(id): At<String>,
    ClientAddress(from): ClientAddress,
    Posted(fields): Posted,
) -> Response {
    let password = Some(Secret(fields.get("current").to_owned()));
    let removed = match read(&id) {
        Some(key) => visit.identity.passkey_remove(&visit.caller, key, password, from).await,
        None => Err(Error::NotFound("passkey")),
    };
    match removed {
        Ok(()) => visit.go(room(&visit), Flash::done("done-passkey-removed")),
        Err(error) => match wrong_password(&visit, error) {
            Ok(form) => one(&visit, &id, form, UNPROCESSABLE).await,
            Err(response) => response,
        },
    }
}

fn read(id: &str) -> Option<PasskeyId> {
    id.parse().ok().map(PasskeyId::new)
}

/// A refused proof as a form; what was typed is not sent back.
#[expect(clippy::result_large_err, reason = "what is refused is a whole answer")]
fn wrong_password(visit: &Visit, error: Error) -> Result<Shown, Response> {
    if let Error::RateLimited(after) = error {
        return Err(page::busy(visit.language, after, WayOn::Front));
    }
    let mut form = Shown::refused(&Fields::default(), error, visit.language.texts(), words)
        .map_err(|error| visit.failed(&error))?;
    if form.wrong("current").is_some() {
        form.set("current", visit.language.texts().say("problem-password"));
    }
    Ok(form)
}

/// What a person can do something about.
fn words(conflict: &str) -> Option<&'static str> {
    Some(match conflict {
        "passkey_stale" => "passkey-stale",
        "passkey_wrong" => "passkey-wrong",
        "passkey_taken" => "passkey-taken",
        "too_many_passkeys" => "passkey-many",
        "last_way_in" => "passkey-last",
        _ => return None,
    })
}
