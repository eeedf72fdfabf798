//! `/desk/people/{id}`: everything about a person.

use app::{
    desk::{LedgerRow, PersonFacts, PersonView, Tenancy},
    invite,
};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Draft, Error, Field, Instant, PersonId, Role, TenancyId};

use super::{
    lines::{Line, full, lines, living, login, place, role},
    office::link,
    outbox, people,
    said::{Sentence, names, sentences},
};
use crate::{
    address, face,
    flash::Flash,
    form::{Posted, Shown},
    mixed::Mixed,
    page_route,
    parts::{Attachment, Tone},
    session::{Staff, Visit},
    shell::Shell,
    words,
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/people/{id}", page_route(get(show)))
        .route("/desk/people/{id}/edit", page_route(get(edit).post(save)))
        .route("/desk/people/{id}/avatar", page_route(post(show_with)))
        .route("/desk/people/{id}/avatar/remove", page_route(post(show_without)))
        .route("/desk/people/{id}/archive", page_route(post(archive)))
        .route("/desk/people/{id}/unarchive", page_route(post(unarchive)))
        .route("/desk/people/{id}/invite", page_route(post(send_invitation)))
}

/// A tenancy, as it is shown.
pub(super) struct Stay {
    pub(super) id: TenancyId,
    pub(super) person: PersonId,
    pub(super) name: String,
    pub(super) living: &'static str,
    pub(super) href: String,
    pub(super) place: String,
    pub(super) from: Option<Instant>,
    pub(super) until: Option<Instant>,
    pub(super) running: bool,
}

/// Where those leave who live somewhere now: their own page of moving out, or all that a search finds; nothing where
/// nobody lives.
pub(super) fn way_out(stays: &[Stay], search: &str) -> String {
    let mut running = stays.iter().filter(|t| t.running);
    match (running.next(), running.next()) {
        (None, _) => String::new(),
        (Some(only), None) => link("/desk/moves/out", &[("tenancy", &only.id.to_string())]),
        (Some(_), Some(_)) => link("/desk/moves/out", &[("q", search)]),
    }
}

/// A tenancy in words.
pub(super) fn stay(s: &Shell, t: &Tenancy) -> Stay {
    Stay {
        id: t.id,
        person: t.person_id,
        name: full(Some(&t.first_name), Some(&t.last_name)),
        living: living(t.living),
        href: t.unit_id.map_or_else(|| format!("/desk/properties/{}", t.property_id), |u| format!("/desk/units/{u}")),
        place: place(Some(&t.property_name), t.unit_number.as_deref()),
        from: t.starts_at,
        until: t.end(),
        running: t.is_running(s.clock.now),
    }
}

/// Mails and invitations: what, how it stands, when.
struct Sent {
    text: String,
    /// Where it is read; may be empty.
    href: String,
    tone: Tone,
    word: &'static str,
    at: Instant,
}

#[derive(Template)]
#[template(path = "desk/person.html")]
struct PersonPage {
    s: Shell,
    facts: PersonFacts,
    address: Vec<String>,
    name: String,
    initials: String,
    face: Option<String>,
    role: Option<&'static str>,
    login: (Tone, &'static str),
    stays: Vec<Stay>,
    ledgers: Vec<LedgerRow>,
    tickets: Vec<Line>,
    files: Vec<Attachment>,
    carers: Vec<String>,
    invites: Vec<Sent>,
    move_in: String,
    move_out: String,
    messages: Vec<Sent>,
    history: Vec<Sentence>,
    /// The places with WiFi where they live, and where it is seen to.
    wifi: Vec<(String, String)>,
    may_change: bool,
    /// Whether they could be invited, and what is missing for it.
    invitable: bool,
    form: Shown,
}

fn id(text: &str) -> Result<PersonId, Error> {
    text.parse().map(PersonId::new).map_err(|_| Error::NotFound("person"))
}

async fn load(visit: &Visit, text: &str) -> Result<PersonView, Error> {
    visit.app().desk().person(&visit.caller, id(text)?).await
}

async fn show(visit: Staff, Path(n): Path<String>) -> Response {
    whole(&visit, &n, Shown::default(), StatusCode::OK).await
}

async fn whole(visit: &Visit, n: &str, form: Shown, code: StatusCode) -> Response {
    let view = match load(visit, n).await {
        Ok(view) => view,
        Err(error) => return visit.failed(&error),
    };
    let s = visit.shell();
    let stays: Vec<Stay> = view.tenancies.iter().map(|t| stay(&s, t)).collect();
    let sent = |state: &str| match state {
        "sent" => (Tone::Done, "work-mail-sent"),
        "failed" => (Tone::Refused, "work-mail-failed"),
        _ => (Tone::Waiting, "work-mail-waiting"),
    };
    let invitation = |expires: Instant, used: Option<Instant>| match used {
        Some(_) => (Tone::Done, "work-invite-used"),
        None if expires <= s.clock.now => (Tone::Waiting, "work-invite-expired"),
        None => (Tone::Open, "work-invite-open"),
    };
    // Mails to the staff are read by whoever manages them, and by themselves.
    let readable = view.facts.role.is_none() || visit.me.role == Some(Role::Admin) || visit.me.person == view.facts.id;
    let has_unit = view.tenancies.iter().any(|t| t.unit_id.is_some() && t.is_running(s.clock.now));
    let page = PersonPage {
        name: full(Some(&view.facts.first_name), Some(&view.facts.last_name)),
        initials: words::initials(&view.facts.first_name, &view.facts.last_name),
        face: visit.face(view.facts.avatar),
        role: view.facts.role.map(role),
        login: login(view.facts.login.as_deref()),
        tickets: lines(&s, &view.tickets),
        files: visit.attachments(&view.files),
        carers: view.carers.iter().map(|c| full(Some(&c.first_name), Some(&c.last_name))).collect(),
        invites: view
            .invites
            .iter()
            .map(|i| {
                let (tone, word) = invitation(i.expires_at, i.used_at);
                Sent { text: i.email.clone().unwrap_or_default(), href: String::new(), tone, word, at: i.created_at }
            })
            .collect(),
        messages: view
            .messages
            .iter()
            .map(|m| {
                let (tone, word) = sent(&m.state);
                Sent {
                    text: m.subject.clone(),
                    href: if readable { outbox::address(m.id) } else { String::new() },
                    tone,
                    word,
                    at: m.created_at,
                }
            })
            .collect(),
        history: sentences(&s, &view.history, &names(&view.carers)),
        wifi: places_with_wifi(&view, s.clock.now),
        move_in: link("/desk/moves/in", &[("person", &view.facts.id.to_string())]),
        move_out: way_out(&stays, &full(Some(&view.facts.first_name), Some(&view.facts.last_name))),
        may_change: view.may_change,
        invitable: view.facts.login.is_none() && view.facts.archived_at.is_none() && view.facts.is_resident && has_unit,
        ledgers: view.ledgers,
        address: address::lines(view.address.as_ref()),
        facts: view.facts,
        stays,
        form,
        s,
    };
    visit.page_with(code, &page)
}

fn places_with_wifi(view: &PersonView, now: Instant) -> Vec<(String, String)> {
    let here = |t: &&Tenancy| t.is_running(now) && view.with_wifi.contains(&t.property_id);
    let line = |t: &Tenancy| {
        let name = place(Some(&t.property_name), t.unit_number.as_deref());
        t.unit_id.map(|unit| (name, format!("/desk/units/{unit}/wifi")))
    };
    let mut all: Vec<_> = view.tenancies.iter().filter(here).filter_map(line).collect();
    all.dedup();
    all
}

#[derive(Template)]
#[template(path = "desk/person_edit.html")]
struct EditPage {
    s: Shell,
    back: String,
    name: String,
    initials: String,
    face: Option<String>,
    form: Shown,
    with_state: bool,
}

async fn edit(visit: Staff, Path(n): Path<String>) -> Response {
    match load(&visit, &n).await {
        Ok(view) if !view.may_change => visit.failed(&Error::Forbidden),
        Ok(view) => {
            let (p, address) = (view.facts, view.address.as_ref());
            let own = [
                ("first_name", p.first_name.clone()),
                ("last_name", p.last_name.clone()),
                ("salutation", p.salutation.unwrap_or_default()),
                ("title", p.title.unwrap_or_default()),
                ("email", p.email.unwrap_or_default()),
                ("phone", p.phone.unwrap_or_default()),
            ];
            let form = Shown::with(own.into_iter().chain(address::values(address)));
            let name = full(Some(&p.first_name), Some(&p.last_name));
            let with_state = address::has_state(address, &visit.me.organization.country);
            let initials = words::initials(&p.first_name, &p.last_name);
            let (back, face) = (format!("/desk/people/{}", p.id), visit.face(p.avatar));
            visit.page(&EditPage { s: visit.shell(), back, name, initials, face, form, with_state })
        }
        Err(error) => visit.failed(&error),
    }
}

async fn save(visit: Staff, Path(n): Path<String>, Posted(fields): Posted) -> Response {
    let id = match id(&n) {
        Ok(id) => id,
        Err(error) => return visit.failed(&error),
    };
    match visit.app().desk().change_person(&visit.caller, id, Draft::from(people::person(&fields))).await {
        Ok(()) => visit.go(&format!("/desk/people/{id}"), Flash::done("done-work-saved")),
        Err(error) => match Shown::refused(&fields, error, visit.language.texts(), |_| None) {
            Ok(form) => {
                let name = full(Some(form.value("first_name")), Some(form.value("last_name")));
                let with_state = fields.has("state");
                let avatar = match load(&visit, &n).await {
                    Ok(view) => view.facts.avatar,
                    Err(error) => return visit.failed(&error),
                };
                let (back, face) = (format!("/desk/people/{id}"), visit.face(avatar));
                let initials = words::initials(form.value("first_name"), form.value("last_name"));
                let page = EditPage { s: visit.shell(), back, name, initials, face, form, with_state };
                visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
            }
            Err(error) => visit.failed(&error),
        },
    }
}

/// Has them shown with a picture.
async fn show_with(visit: Staff, Path(n): Path<String>, sent: Mixed) -> Response {
    let done = match id(&n) {
        Ok(id) => visit.app().desk().set_avatar(&visit.caller, id, face::chosen(sent)).await,
        Err(error) => Err(error),
    };
    face::answered(&visit, &format!("/desk/people/{n}"), done)
}

async fn show_without(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    let done = match id(&n) {
        Ok(id) => visit.app().desk().remove_avatar(&visit.caller, id).await,
        Err(error) => Err(error),
    };
    face::answered(&visit, &format!("/desk/people/{n}"), done)
}

async fn archive(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    set_archived(&visit, &n, true).await
}

async fn unarchive(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    set_archived(&visit, &n, false).await
}

async fn set_archived(visit: &Visit, n: &str, archived: bool) -> Response {
    let done = match id(n) {
        Ok(id) => visit.app().desk().archive_person(&visit.caller, id, archived).await.map(|()| id),
        Err(error) => Err(error),
    };
    match done {
        Ok(id) => {
            let to = format!("/desk/people/{id}");
            let (key, back) =
                if archived { ("done-work-archived", "unarchive") } else { ("done-work-unarchived", "archive") };
            visit.go(&to, Flash::undoable(key, format!("{to}/{back}")))
        }
        Err(Error::Conflict("self_archive")) => {
            visit.go(&format!("/desk/people/{n}"), Flash::done("done-work-not-self"))
        }
        Err(Error::Invalid(_)) => visit.go(&format!("/desk/people/{n}"), Flash::done("done-work-last-admin")),
        Err(error) => visit.failed(&error),
    }
}

/// Invites somebody who lives here to the residents' pages, by mail.
async fn send_invitation(visit: Staff, Path(n): Path<String>, Posted(fields): Posted) -> Response {
    let view = match load(&visit, &n).await {
        Ok(view) => view,
        Err(error) => return visit.failed(&error),
    };
    let now = visit.app().now();
    let Some(home) = view.tenancies.iter().find(|t| t.is_running(now) && t.unit_id.is_some()) else {
        return visit.go(&format!("/desk/people/{}", view.facts.id), Flash::done("done-work-no-home"));
    };
    let input = invite::Input {
        person_id: Some(view.facts.id),
        property_id: Some(home.property_id),
        unit_id: home.unit_id.into(),
        email: fields.text("email"),
        living: Field::Given(home.living),
        ..invite::Input::default()
    };
    match visit.app().invites().create(&visit.caller, Draft::from(input)).await {
        Ok(_) => visit.go(&format!("/desk/people/{}", view.facts.id), Flash::done("done-work-invited")),
        Err(error) => {
            let words = |word: &str| (word == "registered").then_some("work-invite-registered");
            match Shown::refused(&fields, error, visit.language.texts(), words) {
                Ok(form) => whole(&visit, &n, form, StatusCode::UNPROCESSABLE_ENTITY).await,
                Err(error) => visit.failed(&error),
            }
        }
    }
}
