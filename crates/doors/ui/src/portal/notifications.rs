//! `/notifications`: what happened; `/me/notifications`: of what I am mailed, and when.

use app::notification::{CANCELLED, Filter, Frequency, HELD, Notification, Topic};
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use kernel::{Draft, Error, Field, NotificationId};

use crate::{
    client::LooksAhead,
    flash::Flash,
    form::{Fields, Posted},
    page::see,
    session::{At, Resident, Visit},
    shell::Shell,
};

/// Notifications of one page.
const PAGE: i64 = 50;

/// A notification in the list.
struct Line {
    id: NotificationId,
    icon: &'static str,
    text: &'static str,
    house: String,
    unread: bool,
    at: kernel::Instant,
}

#[derive(Template)]
#[template(path = "portal/notifications.html")]
struct ListPage {
    s: Shell,
    lines: Vec<Line>,
    any_unread: bool,
}

#[derive(Template)]
#[template(path = "portal/subscriptions.html")]
struct SettingsPage {
    s: Shell,
    /// Each topic: when it is mailed, and whether it is seen here.
    rows: Vec<(Topic, Frequency, bool)>,
}

/// The newest ones.
pub(super) async fn list(visit: Resident) -> Response {
    let found = match visit.app().notifications().list(&visit.caller, Filter::default(), PAGE).await {
        Ok(found) => found,
        Err(error) => return visit.failed(&error),
    };
    let lines: Vec<Line> = found.rows.iter().map(|n| line(&visit, n)).collect();
    let any_unread = lines.iter().any(|l| l.unread);
    visit.page(&ListPage { s: visit.shell(), lines, any_unread })
}

fn line(visit: &Visit, n: &Notification) -> Line {
    let (icon, text) = match n.topic {
        Topic::Ticket => ("activity", "note-ticket"),
        Topic::TicketComment => ("messages", "note-ticket-comment"),
        Topic::Post => ("news", "note-post"),
        Topic::PostComment => ("message-circle", "note-post-comment"),
        Topic::Event => match n.ticket_status.as_deref() {
            Some(CANCELLED) => ("calendar-event", "note-event-cancelled"),
            Some(HELD) => ("calendar-event", "note-event-held"),
            _ => ("calendar-event", "note-event"),
        },
        Topic::Document => ("file-text", "note-document"),
    };
    let house = n.property_id.and_then(|p| visit.me.house(p)).map(|h| h.name.clone()).unwrap_or_default();
    Line { id: n.id, icon, text, house, unread: n.read_at.is_none(), at: n.created_at }
}

/// Marks all read.
pub(super) async fn read(visit: Resident, _: Posted) -> Response {
    match visit.app().notifications().mark_read(&visit.caller, None).await {
        Ok(_) => visit.go("/notifications", Flash::done("done-read")),
        Err(error) => visit.failed(&error),
    }
}

/// Marks one read and leads to what it is about. Whoever only looks ahead has read nothing.
pub(super) async fn follow(visit: Resident, LooksAhead(ahead): LooksAhead, At(id): At<String>) -> Response {
    if ahead {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::CACHE_CONTROL, "no-store")]).into_response();
    }
    match lead(&visit, &id).await {
        Ok(to) => see(&to),
        Err(error) => visit.failed(&error),
    }
}

async fn lead(visit: &Visit, id: &str) -> Result<String, Error> {
    let missing = || Error::NotFound("notification");
    let id = NotificationId::new(id.parse().map_err(|_| missing())?);
    let notifications = visit.app().notifications();
    let n = notifications.get(&visit.caller, id).await?;
    notifications.mark_read(&visit.caller, Some(vec![id])).await?;
    let house = n.property_id.map_or_else(String::new, |p| format!("?house={p}"));
    Ok(match n.topic {
        Topic::Ticket | Topic::TicketComment => {
            let ticket = if n.topic == Topic::Ticket { n.item_id } else { n.parent_id.ok_or_else(missing)? };
            let own = visit.app().tickets().own_one(&visit.caller, kernel::TicketId::new(ticket)).await?;
            format!("/tickets/{}", own.details.ticket.number)
        }
        Topic::Post => format!("/news/{}", n.item_id),
        Topic::PostComment => format!("/news/{}#comments", n.parent_id.ok_or_else(missing)?),
        Topic::Event => format!("/calendar{house}"),
        Topic::Document => format!("/documents{house}"),
    })
}

/// Of what I am mailed.
pub(super) async fn settings(visit: Resident) -> Response {
    match chosen(&visit).await {
        Ok(rows) => visit.page(&SettingsPage { s: visit.shell(), rows }),
        Err(error) => visit.failed(&error),
    }
}

async fn chosen(visit: &Visit) -> Result<Vec<(Topic, Frequency, bool)>, Error> {
    let notifications = visit.app().notifications();
    let (mailed, unwanted) =
        (notifications.subscriptions(&visit.caller).await?, notifications.unwanted(&visit.caller).await?);
    Ok(mailed.into_iter().map(|(topic, mail)| (topic, mail, !unwanted.contains(&topic))).collect())
}

/// Sets it. What is not sent, or is no frequency, stays as it is.
pub(super) async fn save(visit: Resident, Posted(fields): Posted) -> Response {
    match set(&visit, &fields).await {
        Ok(()) => visit.go("/me/notifications", Flash::done("done-saved")),
        Err(error) => visit.failed(&error),
    }
}

async fn set(visit: &Visit, fields: &Fields) -> Result<(), Error> {
    let notifications = visit.app().notifications();
    for (topic, before, here) in chosen(visit).await? {
        let wanted = Frequency::ALL.into_iter().find(|f| f.as_str() == fields.get(topic.as_str()));
        if let Some(wanted) = wanted.filter(|f| *f != before) {
            notifications.subscribe(&visit.caller, topic, Draft::from(Field::Given(wanted))).await?;
        }
        // A box that is not ticked is not sent: the form says that it has boxes.
        let ticked = fields.all("here").any(|word| word == topic.as_str());
        if fields.has("here") && ticked != here {
            notifications.show_here(&visit.caller, topic, ticked).await?;
        }
    }
    Ok(())
}

/// What a topic is called.
pub(super) const fn topic(t: Topic) -> &'static str {
    match t {
        Topic::Ticket => "topic-ticket",
        Topic::TicketComment => "topic-ticket-comment",
        Topic::Post => "topic-post",
        Topic::PostComment => "topic-post-comment",
        Topic::Event => "topic-event",
        Topic::Document => "topic-document",
    }
}

/// What a frequency is called.
pub(super) const fn frequency(f: Frequency) -> &'static str {
    match f {
        Frequency::Now => "mail-now",
        Frequency::Daily => "mail-daily",
        Frequency::Never => "mail-never",
    }
}
