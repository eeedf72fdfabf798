//! `/calendar`: what happens, and the address under which other calendars read it.

use app::{community::PageNumber, event::Event};
use askama::Template;
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use identity::Identity;
use kernel::{Caller, Door, OrgId};

use super::{Tab, houses};
use crate::{
    form::Posted,
    language::Language,
    session::{At, Resident, Visit, failed},
    shell::Shell,
};

#[derive(Template)]
#[template(path = "portal/calendar.html")]
struct CalendarPage {
    s: Shell,
    houses: Vec<Tab>,
    coming: Vec<Event>,
    past: Vec<Event>,
    /// The new address, shown once.
    address: Option<String>,
}

/// Shows it.
pub(super) async fn show(visit: Resident) -> Response {
    page(&visit, None).await
}

/// Makes a new address for other calendars; the one before ends.
pub(super) async fn renew(visit: Resident, _: Posted) -> Response {
    match visit.app().events().renew_feed(&visit.caller).await {
        Ok(secret) => {
            let address = format!("{}/calendar/{secret}.ics?org={}", visit.app().public_url(), visit.caller.org);
            page(&visit, Some(address)).await
        }
        Err(error) => visit.failed(&error),
    }
}

async fn page(visit: &Visit, address: Option<String>) -> Response {
    let events = match visit.house() {
        Some(house) => match visit.app().events().list(&visit.caller, house.id, PageNumber::new(0, 100)).await {
            Ok(found) => found.rows,
            Err(error) => return visit.failed(&error),
        },
        None => Vec::new(),
    };
    let now = visit.app().now();
    let (mut coming, past): (Vec<_>, Vec<_>) = events.into_iter().partition(|e| e.row.ends_at > now);
    coming.reverse();
    visit.page(&CalendarPage { s: visit.shell(), houses: houses(visit, "/calendar"), coming, past, address })
}

/// The calendar for other programs. The secret in the address is the right.
pub(super) async fn feed(
    State(identity): State<Identity>,
    language: Language,
    At(name): At<String>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Response {
    let app = identity.app();
    let secret = name.strip_suffix(".ics").unwrap_or(&name);
    let org = crate::form::Fields::of_query(&query.unwrap_or_default()).get("org").parse().unwrap_or(0);
    let caller = Caller::anonymous(OrgId::new(org), Door::Pages, app.now());
    match app.events().feed(&caller, secret).await {
        Ok(calendar) => {
            let headers = [
                (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (header::CACHE_CONTROL, "private, no-store"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, calendar).into_response()
        }
        Err(error) => failed(language, "/calendar", &error),
    }
}
