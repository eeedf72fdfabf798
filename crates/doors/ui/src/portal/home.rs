//! `/home`: what needs me, and what is new.

use app::{
    community::PageNumber, emergency_contact, event::Event, ledger::LedgerView, portal::Portal, post::Post,
    ticket::Stage,
};
use askama::Template;
use axum::response::Response;
use kernel::Error;

use super::tickets::{Line, lines};
use crate::{
    look::Look,
    session::{Resident, Visit},
    shell::Shell,
};

#[derive(Template)]
#[template(path = "portal/home.html")]
struct HomePage {
    s: Shell,
    first_name: String,
    /// Closed tickets that wait for a word of theirs.
    to_rate: Vec<Line>,
    open: Vec<Line>,
    news: Vec<Post>,
    next: Option<Event>,
    ledgers: Vec<LedgerView>,
    emergency: Vec<emergency_contact::Details>,
    /// The names of the house's networks.
    networks: Vec<String>,
    /// What is new, as the management wrote it for everybody.
    announcements: Option<String>,
    lives_here: bool,
}

/// The page with the settings of a portal that are tried out, as a resident with nothing open sees it.
pub(crate) async fn tried(visit: &Visit, portal: &Portal, css: Option<String>) -> Result<impl Template + use<>, Error> {
    let news = visit.app().posts().list(&visit.caller, portal.id, PageNumber::new(0, 3)).await?.rows;
    let mut s = visit.shell();
    (s.house, s.look, s.flash, s.still) = (portal.name.clone(), Look::tried(portal, css), None, true);
    s.path = "/home".to_owned();
    Ok(HomePage {
        first_name: visit.me.first_name.clone(),
        to_rate: Vec::new(),
        open: Vec::new(),
        news,
        next: None,
        ledgers: Vec::new(),
        emergency: Vec::new(),
        networks: portal.ssids.clone(),
        announcements: Some(portal.settings.announcements.clone()).filter(|text| !text.is_empty()),
        lives_here: true,
        s,
    })
}

/// Shows it.
pub(super) async fn show(visit: Resident) -> Response {
    match page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn page(visit: &Resident) -> Result<HomePage, Error> {
    let (app, caller) = (visit.app(), &visit.caller);
    let own = app.tickets().own(caller, None).await?;
    let (closed, open): (Vec<_>, Vec<_>) =
        own.into_iter().partition(|t| t.details.ticket.status.stage() == Stage::Closed);
    let unrated = |t: &app::ticket::Own| {
        t.form.rating.is_none() && t.details.ticket.closed_at.is_some_and(|at| at > visit.app().now().plus_days(-14))
    };
    let to_rate: Vec<_> = closed.into_iter().filter(unrated).take(2).collect();
    let (news, next) = match visit.house() {
        Some(house) => {
            let news = app.posts().list(caller, house.id, PageNumber::new(0, 3)).await?.rows;
            let events = app.events().list(caller, house.id, PageNumber::new(0, 100)).await?.rows;
            (news, events.into_iter().rev().find(|e| e.row.ends_at > app.now()))
        }
        None => (Vec::new(), None),
    };
    let mut ledgers = app.ledgers().own(caller).await?;
    ledgers.retain(|l| l.active || l.ledger.balance != 0);
    let networks = networks(visit).await?;
    let mut emergency = app.emergency_contacts().list(caller).await?;
    emergency.truncate(4);
    Ok(HomePage {
        first_name: visit.me.first_name.clone(),
        to_rate: lines(&to_rate),
        open: lines(&open).into_iter().take(4).collect(),
        news,
        next,
        ledgers,
        emergency,
        networks,
        announcements: visit.house().and_then(|h| h.announcements.clone()),
        lives_here: !visit.me.houses.is_empty(),
        s: visit.shell(),
    })
}

/// The names of the house's networks, for those who live there.
async fn networks(visit: &Resident) -> Result<Vec<String>, Error> {
    let Some(house) = visit.house() else { return Ok(Vec::new()) };
    let lives = visit.me.homes.iter().any(|h| h.property == house.id && h.unit.is_some() && h.resides);
    if lives { Ok(visit.app().portals().get(&visit.caller, house.id).await?.ssids) } else { Ok(Vec::new()) }
}
