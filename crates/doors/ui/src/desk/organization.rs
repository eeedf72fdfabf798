//! What an administrator says about the organization: who it is to people, its language and its clock.

use app::organization::{Input, Settings};
use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Draft, Faults, Field, Result};

use crate::{
    face,
    flash::Flash,
    form::{Fields, Posted, Shown},
    language::Language,
    mixed::Mixed,
    page_route,
    parts::Choice,
    session::{Staff, Visit},
    shell::Shell,
    words,
};

const PATH: &str = "/desk/settings/organization";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(PATH, page_route(get(show).post(save)))
        .route("/desk/settings/organization/image", page_route(post(show_with)))
        .route("/desk/settings/organization/image/remove", page_route(post(show_without)))
}

#[derive(Template)]
#[template(path = "desk/settings/organization.html")]
struct OrganizationPage {
    s: Shell,
    form: Shown,
    settings: Settings,
    languages: Vec<Choice>,
    zones: Vec<String>,
    /// How much of the quota is used, in hundredths.
    share: i64,
    initials: String,
    face: Option<String>,
}

async fn show(visit: Staff) -> Response {
    match visit.app().organizations().settings(&visit.caller).await {
        Ok(settings) => {
            let form = begun(&settings);
            visit.page(&page(&visit, settings, form))
        }
        Err(error) => visit.failed(&error),
    }
}

fn begun(settings: &Settings) -> Shown {
    let sender = settings.sender.clone();
    Shown::with([
        ("name", sender.name),
        ("street", sender.street),
        ("postal", sender.postal),
        ("city", sender.city),
        ("email", sender.email),
        ("phone", sender.phone),
        ("locale", app::message::language::Language::of_locale(&sender.locale).as_str().to_owned()),
        ("time_zone", sender.time_zone),
    ])
}

fn page(visit: &Visit, settings: Settings, form: Shown) -> OrganizationPage {
    let zones = jiff::tz::db().available().map(|name| name.to_string()).filter(|name| name.contains('/')).collect();
    OrganizationPage {
        s: visit.shell(),
        form,
        languages: Language::ALL.into_iter().map(|l| Choice::new(l.tag(), l.name())).collect(),
        zones,
        share: (settings.used.saturating_mul(100) / settings.quota.max(1)).clamp(0, 100),
        initials: words::initials_of(&settings.sender.name),
        face: visit.face(settings.sender.image),
        settings,
    }
}

async fn save(visit: Staff, Posted(fields): Posted) -> Response {
    let organizations = visit.app().organizations();
    let error = match organizations.update(&visit.caller, Draft::new(input(&fields), Faults::new())).await {
        Ok(()) => return visit.go(PATH, Flash::done("done-saved")),
        Err(error) => error,
    };
    match again(&visit, &fields, error).await {
        Ok(page) => visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page),
        Err(error) => visit.failed(&error),
    }
}

/// Has the organization shown with a picture.
async fn show_with(visit: Staff, sent: Mixed) -> Response {
    let done = visit.app().organizations().set_image(&visit.caller, face::chosen(sent)).await;
    face::answered(&visit, PATH, done)
}

async fn show_without(visit: Staff, Posted(_): Posted) -> Response {
    let done = visit.app().organizations().remove_image(&visit.caller).await;
    face::answered(&visit, PATH, done)
}

async fn again(visit: &Staff, fields: &Fields, error: kernel::Error) -> Result<OrganizationPage> {
    let form = Shown::refused(fields, error, visit.language.texts(), |_| None)?;
    let settings = visit.app().organizations().settings(&visit.caller).await?;
    Ok(page(visit, settings, form))
}

/// What was sent: a field that the form did not have stays as it is.
fn input(fields: &Fields) -> Input {
    let given = |name: &str| match fields.0.iter().any(|(n, _)| n == name) {
        true => Field::Given(fields.get(name).trim().to_owned()),
        false => Field::Absent,
    };
    Input {
        name: given("name"),
        street: given("street"),
        postal: given("postal"),
        city: given("city"),
        email: given("email"),
        phone: given("phone"),
        locale: given("locale"),
        time_zone: given("time_zone"),
    }
}
