//! Tickets and people as lines of lists, and what lists are chosen by, in words.

use app::{
    desk::{Colleague, Home, PersonRow, TicketRow},
    ticket::Status,
};
use kernel::{Instant, Living, PersonId, Role};

use super::tickets::URGENCIES;
use crate::{
    parts::{Choice, Tone},
    session::Visit,
    shell::Shell,
    words,
};

/// A ticket in a list.
pub(super) struct Line {
    pub(super) number: i64,
    pub(super) title: String,
    pub(super) place: String,
    pub(super) person: String,
    pub(super) tone: Tone,
    pub(super) status: &'static str,
    pub(super) urgency: Option<String>,
    /// Name and initials of who works on it.
    pub(super) assignee: Option<(String, String)>,
    pub(super) at: Instant,
    /// Since when somebody waits for an answer.
    pub(super) asked: Option<Instant>,
    pub(super) overdue: bool,
    pub(super) href: String,
}

/// An urgency in words: the usual ones are translated, others are told as they were written.
fn urgency(s: &Shell, word: &str) -> String {
    let known = URGENCIES.iter().find(|(value, _)| *value == word);
    known.map_or_else(|| word.to_owned(), |(_, key)| s.say(key))
}

/// How a status looks and is called.
pub(super) const fn status(s: Status) -> (Tone, &'static str) {
    match s {
        Status::Open => (Tone::Open, "status-open"),
        Status::InProgress => (Tone::Working, "status-in-progress"),
        Status::Waiting => (Tone::Waiting, "status-waiting"),
        Status::Done => (Tone::Done, "status-closed"),
        Status::Rejected => (Tone::Refused, "status-rejected"),
    }
}

/// The status of a word in a form or an address.
pub(super) fn status_of(word: &str) -> Option<Status> {
    Status::ALL.into_iter().find(|s| s.as_str() == word)
}

/// All of them to choose from.
pub(super) fn statuses(s: &Shell) -> Vec<Choice> {
    Status::ALL.iter().map(|x| Choice::new(x.as_str(), s.say(status(*x).1))).collect()
}

/// A ticket as a line; the query goes with its address.
pub(super) fn line(s: &Shell, t: &TicketRow, query: &str) -> Line {
    let (tone, status) = status(t.status);
    let name = |first: &Option<String>, last: &Option<String>| full(first.as_deref(), last.as_deref());
    let assignee = t.assignee_id.map(|_| {
        let (first, last) =
            (t.assignee_first.as_deref().unwrap_or_default(), t.assignee_last.as_deref().unwrap_or_default());
        (full(Some(first), Some(last)), words::initials(first, last))
    });
    Line {
        number: t.number,
        title: title(s, t),
        place: place(t.property_name.as_deref(), t.unit_number.as_deref()),
        person: name(&t.concerns_first, &t.concerns_last),
        tone,
        status,
        urgency: t.urgency.as_deref().filter(|u| !u.trim().is_empty()).map(|u| urgency(s, u)),
        assignee,
        at: t.active_at,
        asked: t.asked_at.filter(|_| t.closed_at.is_none()),
        overdue: t.is_overdue(s.clock.now),
        href: format!("/desk/tickets/{}{}", t.number, with_mark(query)),
    }
}

/// Tickets as lines.
pub(super) fn lines(s: &Shell, tickets: &[TicketRow]) -> Vec<Line> {
    tickets.iter().map(|t| line(s, t, "")).collect()
}

/// What a ticket is called: its title with the beginning of what is the matter, or that beginning.
pub(super) fn title(s: &Shell, t: &TicketRow) -> String {
    let first = t.description.as_deref().and_then(|d| d.lines().map(str::trim).find(|l| !l.is_empty())).map(short);
    match (&t.title, first) {
        (Some(title), Some(first)) if t.type_id.is_some() && *title != first => format!("{title}: {first}"),
        (Some(title), _) => title.clone(),
        (None, Some(first)) => first,
        (None, None) => s.say("work-untitled"),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() > 90 { text.chars().take(89).chain(['…']).collect() } else { text.to_owned() }
}

/// A query with its mark, or nothing.
pub(super) fn with_mark(query: &str) -> String {
    if query.is_empty() { String::new() } else { format!("?{query}") }
}

/// A person's name.
pub(super) fn full(first: Option<&str>, last: Option<&str>) -> String {
    format!("{} {}", first.unwrap_or_default(), last.unwrap_or_default()).trim().to_owned()
}

/// "Harbour View, 12".
pub(super) fn place(property: Option<&str>, unit: Option<&str>) -> String {
    [property, unit].into_iter().flatten().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(", ")
}

/// What a role is called.
pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Admin => "work-role-admin",
        Role::Manager => "work-role-manager",
        Role::Staff => "work-role-staff",
        Role::PropertyManager => "work-role-property-manager",
    }
}

/// As what somebody lives somewhere.
pub(super) const fn living(living: Living) -> &'static str {
    match living {
        Living::Owner => "work-living-owner",
        Living::Tenant => "work-living-tenant",
        Living::Member => "work-living-member",
        Living::Guest => "work-living-guest",
    }
}

/// Colleagues to choose from; the caller first, as "Me".
pub(super) fn choices(s: &Shell, colleagues: &[Colleague], me: PersonId) -> Vec<Choice> {
    let own = colleagues.iter().filter(|c| c.id == me).map(|c| Choice::new(&c.id, s.say("work-me")));
    let others = colleagues.iter().filter(|c| c.id != me);
    own.chain(others.map(|c| Choice::new(&c.id, full(Some(&c.first_name), Some(&c.last_name))))).collect()
}

/// Somebody in a list.
pub(super) struct Somebody {
    pub(super) id: PersonId,
    pub(super) name: String,
    pub(super) initials: String,
    /// The address of their picture.
    pub(super) face: Option<String>,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) homes: Vec<Home>,
    pub(super) role: Option<&'static str>,
    pub(super) living: Option<&'static str>,
    pub(super) archived: bool,
    /// How they sign in: a tone and a word.
    pub(super) login: (Tone, &'static str),
}

/// A person as a line.
pub(super) fn somebody(visit: &Visit, p: PersonRow, homes: Vec<Home>) -> Somebody {
    Somebody {
        id: p.id,
        name: full(Some(&p.first_name), Some(&p.last_name)),
        initials: words::initials(&p.first_name, &p.last_name),
        face: visit.face(p.avatar),
        email: p.email.unwrap_or_default(),
        phone: p.phone.unwrap_or_default(),
        role: p.role.map(role),
        living: homes.first().map(|h| living(h.living)),
        archived: p.archived_at.is_some(),
        login: login(p.login.as_deref()),
        homes,
    }
}

/// How a login stands.
pub(super) fn login(status: Option<&str>) -> (Tone, &'static str) {
    match status {
        Some("active") => (Tone::Done, "work-login-active"),
        Some("invited") => (Tone::Working, "work-login-invited"),
        Some(_) => (Tone::Refused, "work-login-blocked"),
        None => (Tone::Waiting, "work-login-none"),
    }
}
