//! What happened, in sentences.

use std::collections::HashMap;

use app::desk::{Colleague, Happening};
use kernel::{Instant, PersonId};
use serde_json::Value;

use super::lines::{full, status, status_of};
use crate::shell::Shell;

/// One thing that happened, as it is shown.
pub(super) struct Sentence {
    pub(super) icon: &'static str,
    pub(super) text: String,
    /// Where more of it is; may be empty.
    pub(super) href: String,
    pub(super) at: Instant,
}

/// Who is who, for sentences that name colleagues by their id.
pub(super) fn names(colleagues: &[Colleague]) -> HashMap<PersonId, String> {
    colleagues.iter().map(|c| (c.id, full(Some(&c.first_name), Some(&c.last_name)))).collect()
}

/// What happened, in sentences, newest first.
pub(super) fn sentences(s: &Shell, all: &[Happening], names: &HashMap<PersonId, String>) -> Vec<Sentence> {
    all.iter().map(|h| sentence(s, h, names, true)).collect()
}

/// The same on a ticket's own page, which need not be named.
pub(super) fn of_ticket(s: &Shell, all: &[Happening], names: &HashMap<PersonId, String>) -> Vec<Sentence> {
    all.iter().map(|h| sentence(s, h, names, false)).collect()
}

fn sentence(s: &Shell, h: &Happening, names: &HashMap<PersonId, String>, named: bool) -> Sentence {
    let who = match h.actor_kind.as_str() {
        "person" => full(h.actor_first.as_deref(), h.actor_last.as_deref()),
        "client" => s.say("work-did-program"),
        _ => s.say("work-did-server"),
    };
    let (icon, key) = did(&h.action);
    let text = match (h.action.as_str(), changed(s, h, names)) {
        ("ticket.updated" | "ticket.closed" | "ticket.reopened" | "ticket.assigned", Some(what)) => {
            let what = if named { s.say_xy("work-did-ticket-set", &about(s, h), &what) } else { what };
            s.say_xy("work-did-set", &who, &what)
        }
        _ => s.say_xy(key, &who, &about(s, h)),
    };
    Sentence { icon, text, href: href(h), at: h.at }
}

/// What it is about, in words: the ticket, or the person, or the place.
fn about(s: &Shell, h: &Happening) -> String {
    if let Some(number) = h.ticket_number {
        return s.say_x("work-ticket-number", &number.to_string());
    }
    let person = full(h.person_first.as_deref(), h.person_last.as_deref());
    if !person.is_empty() {
        return person;
    }
    h.unit_number.clone().or_else(|| h.property_name.clone()).unwrap_or_default()
}

fn href(h: &Happening) -> String {
    match (h.ticket_number, h.person_id, h.unit_id, h.property_id) {
        (Some(number), ..) => format!("/desk/tickets/{number}"),
        (None, Some(person), ..) => format!("/desk/people/{person}"),
        (None, None, Some(unit), _) => format!("/desk/units/{unit}"),
        (None, None, None, Some(property)) => format!("/desk/properties/{property}"),
        (None, None, None, None) => String::new(),
    }
}

/// What a change of a ticket set, in words.
fn changed(s: &Shell, h: &Happening, names: &HashMap<PersonId, String>) -> Option<String> {
    let data: Value = serde_json::from_str(&h.data).ok()?;
    let new = |field: &str| data.get(field).and_then(|v| v.get(1)).cloned();
    if let Some(word) = new("status") {
        return Some(s.say(status(status_of(word.as_str()?)?).1));
    }
    if let Some(id) = new("assignee") {
        let name =
            id.as_i64().map(|id| names.get(&PersonId::new(id)).cloned().unwrap_or_else(|| s.say("work-somebody")));
        return Some(name.map_or_else(|| s.say("work-unassigned"), |name| s.say_x("work-did-assigned", &name)));
    }
    if let Some(shared) = new("shared") {
        return Some(s.say(if shared == Value::Bool(true) { "work-shared" } else { "work-not-shared" }));
    }
    if let Some(urgency) = new("urgency") {
        return Some(urgency.as_str().map_or_else(|| s.say("work-urgency-none"), str::to_owned));
    }
    None
}

/// The sign and the words of an action.
fn did(action: &str) -> (&'static str, &'static str) {
    match action {
        "ticket.created" => ("plus", "work-did-ticket-created"),
        "ticket.closed" => ("circle-check", "work-did-ticket-closed"),
        "ticket.reopened" => ("arrow-back-up", "work-did-ticket-reopened"),
        "ticket.commented" => ("message-circle", "work-did-ticket-commented"),
        "ticket.assigned" => ("user", "work-did-ticket-updated"),
        "ticket.updated" => ("edit", "work-did-ticket-updated"),
        "ticket.rated" => ("star", "work-did-ticket-rated"),
        "resident.created" | "staff.created" | "staff.registered" => ("user-plus", "work-did-person-created"),
        "resident.updated" | "staff.updated" => ("edit", "work-did-person-updated"),
        "resident.archived" | "staff.archived" => ("folder", "work-did-archived"),
        "resident.unarchived" | "staff.unarchived" => ("arrow-back-up", "work-did-unarchived"),
        "tenancy.created" => ("door-enter", "work-did-tenancy-created"),
        "tenancy.ended" | "tenancy.moved_out" => ("door-exit", "work-did-tenancy-ended"),
        "tenancy.updated" => ("key", "work-did-tenancy-updated"),
        "invitation.created" | "invitation.renewed" => ("mail", "work-did-invited"),
        "invitation.used" => ("user", "work-did-registered"),
        "property.created" | "building.created" => ("building", "work-did-place-created"),
        "property.updated" | "building.updated" | "unit.updated" => ("edit", "work-did-place-updated"),
        "property.archived" => ("folder", "work-did-archived"),
        "property.unarchived" => ("arrow-back-up", "work-did-unarchived"),
        "unit.created" => ("door", "work-did-place-created"),
        "post.published" | "event.published" => ("news", "work-did-published"),
        "document.published" => ("file-text", "work-did-published"),
        "post.commented" => ("message-circle", "work-did-ticket-commented"),
        "login.signed_in" => ("key", "work-did-signed-in"),
        _ if ["ledger.", "account.", "invoice."].iter().any(|part| action.starts_with(part)) => {
            ("coin", "work-did-money")
        }
        _ if ["wifi_", "unit.portal_link", "unit.resident"].iter().any(|part| action.starts_with(part)) => {
            ("wifi", "work-did-wifi")
        }
        _ if action.starts_with("login.") || action.starts_with("passkey.") => ("key", "work-did-login"),
        _ if action.starts_with("file.") => ("paperclip", "work-did-file"),
        _ if action.starts_with("message.") => ("mail", "work-did-mailed"),
        _ => ("activity", "work-did-other"),
    }
}
