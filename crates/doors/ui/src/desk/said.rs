//! What happened, in sentences.

use std::collections::HashMap;

use app::desk::{Colleague, Happening};
use kernel::{Instant, PersonId};
use serde_json::Value;

use super::{
    acts::did,
    lines::{full, status, status_of},
    money::step_word,
};
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
        (action, _) if action.starts_with("ledger.step") => {
            s.say_xy(key, &who, &of_arrears(s, h).unwrap_or_else(|| about(s, h)))
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

/// Which step was taken about a ledger, or until when nothing follows; and what was noted.
fn of_arrears(s: &Shell, h: &Happening) -> Option<String> {
    let data: Value = serde_json::from_str(&h.data).ok()?;
    let word = |field: &str, at: usize| data.get(field)?.get(at)?.as_str().map(str::to_owned);
    let step = word("step", 1).or_else(|| word("step", 0));
    let until = word("until", 1).and_then(|day| day.parse::<kernel::Date>().ok());
    let what = match (step, until) {
        (Some(step), _) => s.say(step_word(&step)?),
        (None, Some(day)) => s.say_x("steps-until-x", &s.clock.date(day)),
        (None, None) => return None,
    };
    Some(word("note", 1).map_or(what.clone(), |note| format!("{what} ({note})")))
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
