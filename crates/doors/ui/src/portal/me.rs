//! `/me`: what is known about me, and what I may change. The staff's is at `/desk/me`.

use app::me::{Input, Reach};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use kernel::{Draft, Field};

use crate::{
    address, face,
    flash::Flash,
    form::{Fields, Posted, Shown},
    language::Language,
    mixed::Mixed,
    parts::Choice,
    session::{Resident, Staff, Visit},
    shell::Shell,
};

#[derive(Template)]
#[template(path = "portal/me.html")]
struct MePage {
    s: Shell,
    reach: Reach,
    languages: Vec<Choice>,
    form: Shown,
    with_state: bool,
    address: Vec<String>,
}

#[derive(Template)]
#[template(path = "desk/me.html")]
struct StaffPage {
    s: Shell,
    reach: Reach,
    languages: Vec<Choice>,
    form: Shown,
}

#[derive(Template)]
#[template(path = "portal/data.html")]
struct DataPage {
    s: Shell,
}

/// Shows it.
pub(super) async fn show(visit: Resident) -> Response {
    page(&visit, None).await
}

/// The same of the staff.
pub(crate) async fn show_staff(visit: Staff) -> Response {
    page(&visit, None).await
}

async fn page(visit: &Visit, form: Option<Shown>) -> Response {
    let reach = match visit.app().me().reach(&visit.caller).await {
        Ok(reach) => reach,
        Err(error) => return visit.failed(&error),
    };
    let code = if form.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let form = form.unwrap_or_else(|| {
        let phone = reach.phones.first().map(|n| n.raw.clone()).unwrap_or_default();
        let own = [("phone", phone), ("language", reach.contact.language.clone().unwrap_or_default())];
        Shown::with(own.into_iter().chain(address::values(reach.address.as_ref())))
    });
    let with_state = address::has_state(reach.address.as_ref(), &visit.me.organization.country);
    let address = address::lines(reach.address.as_ref());
    let languages = Language::ALL.into_iter().map(|l| Choice::new(l.tag(), l.name())).collect();
    let s = visit.shell();
    if visit.me.role.is_some() {
        visit.page_with(code, &StaffPage { s, reach, languages, form })
    } else {
        visit.page_with(code, &MePage { s, reach, languages, form, with_state, address })
    }
}

/// Changes it.
pub(super) async fn save(visit: Resident, Posted(fields): Posted) -> Response {
    changed(&visit, &fields).await
}

/// The same of the staff.
pub(crate) async fn save_staff(visit: Staff, Posted(fields): Posted) -> Response {
    changed(&visit, &fields).await
}

async fn changed(visit: &Visit, fields: &Fields) -> Response {
    let language = match fields.get("language") {
        "" => None,
        tag => Language::of_tag(tag).map(|l| l.tag().to_owned()),
    };
    let input =
        Input { language: Field::Given(language), phone: fields.optional("phone"), address: address::input(fields) };
    match visit.app().me().update(&visit.caller, Draft::from(input)).await {
        Ok(()) => visit.go(if visit.me.role.is_some() { "/desk/me" } else { "/me" }, Flash::done("done-saved")),
        Err(error) => match Shown::refused(fields, error, visit.language.texts(), locked) {
            Ok(form) => page(visit, Some(form)).await,
            Err(error) => visit.failed(&error),
        },
    }
}

fn locked(word: &str) -> Option<&'static str> {
    (word == "address_locked").then_some("me-address-locked")
}

/// Has me shown with a picture, the staff too.
pub(super) async fn show_with(visit: Visit, sent: Mixed) -> Response {
    let done = visit.app().me().set_avatar(&visit.caller, face::chosen(sent)).await;
    face::answered(&visit, room(&visit), done)
}

/// Has me shown without one.
pub(super) async fn show_without(visit: Visit, Posted(_): Posted) -> Response {
    let done = visit.app().me().remove_avatar(&visit.caller).await;
    face::answered(&visit, room(&visit), done)
}

/// Where the page about oneself is.
fn room(visit: &Visit) -> &'static str {
    if visit.me.role.is_some() { "/desk/me" } else { "/me" }
}

/// What can be had of what is kept.
pub(super) async fn data(visit: Resident) -> Response {
    visit.page(&DataPage { s: visit.shell() })
}

/// All of it, as a file.
pub(super) async fn download(visit: Visit) -> Response {
    let data = match visit.app().me().data(&visit.caller).await {
        Ok(data) => data,
        Err(error) => return visit.failed(&error),
    };
    let mut response = format!("{data:#}\n").into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
