//! What the management looks after: what was done by whom, the mails that left, and the ways to other settings.

use app::change::{Audited, Filter};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Error, Instant, MessageId, PersonId, Result, Role, Zone, written_date};
use serde_json::Value;

use super::office::{self, name, number};
use crate::{
    flash::Flash,
    form::{Fields, Posted},
    page_route,
    parts::Tone,
    session::Staff,
    shell::Shell,
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/settings", page_route(get(home)))
        .route("/desk/settings/audit", page_route(get(audit)))
        .route("/desk/settings/outbox", page_route(get(outbox)))
        .route("/desk/settings/outbox/{id}/retry", page_route(post(retry)))
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

/// What happened, as a row says it.
struct Fact {
    at: Instant,
    who: String,
    door: String,
    action: String,
    thing: String,
    fields: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "desk/settings/audit.html")]
struct AuditPage {
    s: Shell,
    facts: Vec<Fact>,
    entity: String,
    door: String,
    person: String,
    from: String,
    until: String,
    next: String,
    first: String,
}

async fn audit(visit: Staff) -> Response {
    match audit_page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn audit_page(visit: &Staff) -> Result<AuditPage> {
    let q = &visit.query;
    let zone = Zone::named(&visit.me.organization.time_zone);
    let word = |name: &str| Some(q.get(name).trim().to_owned()).filter(|w| !w.is_empty());
    let day = |name: &str| written_date(q.get(name));
    let filter = Filter {
        person: q.get("person").parse().ok().map(PersonId::new),
        entity: word("entity"),
        door: word("door"),
        from: day("from").map(|d| zone.midnight(d)),
        until: day("until").and_then(|d| d.tomorrow().ok()).map(|d| zone.midnight(d)),
    };
    let (app, caller) = (visit.app(), &visit.caller);
    let page = match app.changes().audit(caller, filter.clone(), office::page(q)).await {
        Err(Error::Invalid(_)) => app.changes().audit(caller, filter, office::page(&Fields::default())).await?,
        other => other?,
    };
    let s = visit.shell();
    let names = ["entity", "door", "person", "from", "until"];
    let filters: Vec<(&str, &str)> = names.iter().map(|n| (*n, q.get(n))).collect();
    Ok(AuditPage {
        facts: page.items.iter().map(|c| fact(&s, c)).collect(),
        next: office::next(&page, "/desk/settings/audit", &filters),
        first: office::first(visit, "/desk/settings/audit", &filters),
        entity: q.get("entity").to_owned(),
        door: q.get("door").to_owned(),
        person: q.get("person").to_owned(),
        from: q.get("from").to_owned(),
        until: q.get("until").to_owned(),
        s,
    })
}

fn fact(s: &Shell, c: &Audited) -> Fact {
    let who = match (c.actor_kind.as_str(), &c.first_name, &c.last_name) {
        ("person", Some(first), Some(last)) => name(first, last, None),
        ("client", ..) => s.say("audit-program"),
        ("anonymous", ..) => s.say("audit-nobody"),
        _ => s.say("audit-server"),
    };
    let fields = match serde_json::from_str(&c.data) {
        Ok(Value::Object(map)) => map.iter().map(|(field, v)| (field.clone(), side(v, 0), side(v, 1))).collect(),
        _ => Vec::new(),
    };
    Fact {
        at: c.at,
        who,
        door: c.door.clone(),
        action: c.action.clone(),
        thing: format!("{} {}", c.entity, c.entity_id),
        fields,
    }
}

/// One side of a change; a secret has none.
fn side(change: &Value, at: usize) -> String {
    match change.get(at) {
        None => "···".to_owned(),
        Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => text.chars().take(120).collect(),
        Some(other) => other.to_string().chars().take(120).collect(),
    }
}

struct Mail {
    to: String,
    subject: String,
    at: Instant,
    attempts: i64,
    error: String,
    tone: Tone,
    state: &'static str,
    retry: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/settings/outbox.html")]
struct OutboxPage {
    s: Shell,
    mails: Vec<Mail>,
    failed: bool,
}

async fn outbox(visit: Staff) -> Response {
    let failed = visit.query.get("state") == "failed";
    match visit.app().messages().outbox(&visit.caller, failed).await {
        Ok(messages) => {
            let mail = |m: app::message::Message| {
                let (tone, state) = match m.state.as_str() {
                    "sent" => (Tone::Done, "mail-sent"),
                    "failed" => (Tone::Refused, "mail-failed"),
                    _ => (Tone::Waiting, "mail-waiting"),
                };
                Mail {
                    retry: (m.state == "failed").then(|| format!("/desk/settings/outbox/{}/retry", m.id)),
                    to: m.to_address,
                    subject: m.subject,
                    at: m.created_at,
                    attempts: m.attempts,
                    error: m.last_error.unwrap_or_default(),
                    tone,
                    state,
                }
            };
            visit.page(&OutboxPage { s: visit.shell(), mails: messages.into_iter().map(mail).collect(), failed })
        }
        Err(error) => visit.failed(&error),
    }
}

async fn retry(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    match visit.app().messages().retry(&visit.caller, MessageId::new(number(&id))).await {
        Ok(()) | Err(Error::Conflict(_)) => visit.go("/desk/settings/outbox", Flash::done("done-mail-again")),
        Err(error) => visit.failed(&error),
    }
}
