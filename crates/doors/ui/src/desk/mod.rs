//! The staff's desk: `/desk/…`, and `/search`.

mod acts;
mod dashboard;
mod lines;
mod people;
mod person;
mod places;
mod said;
mod search;
mod ticket;
mod tickets;
mod unit;
mod views;

mod community;
mod csv;
mod ledger;
mod money;
mod moves;
mod office;
mod settings;
mod steps;
mod ticket_types;

mod audit;
mod clients;
mod invitations;
mod look;
mod organization;
mod outbox;
mod providers;
mod staff;

mod wifi;
mod wifi_setup;

use axum::{
    Router,
    response::Response,
    routing::{get, post},
};
use identity::Identity;

use crate::{
    cookie,
    form::Posted,
    page_route,
    portal::{me, security},
    session::Staff,
};

pub(crate) fn routes() -> Router<Identity> {
    Router::new()
        .merge(dashboard::routes())
        .merge(tickets::routes())
        .merge(ticket::routes())
        .merge(people::routes())
        .merge(person::routes())
        .merge(places::routes())
        .merge(unit::routes())
        .merge(views::routes())
        .merge(search::routes())
        .merge(money::routes())
        .merge(ledger::routes())
        .merge(steps::routes())
        .merge(moves::routes())
        .merge(csv::routes())
        .merge(community::routes())
        .merge(ticket_types::routes())
        .merge(settings::routes())
        .merge(audit::routes())
        .merge(outbox::routes())
        .merge(providers::routes())
        .merge(organization::routes())
        .merge(staff::routes())
        .merge(look::routes())
        .merge(clients::routes())
        .merge(invitations::routes())
        .merge(wifi::routes())
        .merge(wifi_setup::routes())
        .route("/desk/rail", page_route(post(fold)))
        .route("/desk/me", page_route(get(me::show_staff).post(me::save_staff)))
        .route("/desk/me/security", page_route(get(security::show)))
}

/// Folds the rail in this browser, or unfolds it.
async fn fold(visit: Staff, Posted(fields): Posted) -> Response {
    let mut response = visit.go_back();
    let (value, seconds) = if fields.ticked("fold") { ("folded", YEAR) } else { ("", 0) };
    cookie::set(&mut response, cookie::RAIL, value, seconds, cookie::is_secure(&visit.identity));
    response
}

const YEAR: i64 = 365 * 24 * 3600;
