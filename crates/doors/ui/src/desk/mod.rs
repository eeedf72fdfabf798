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

use axum::{Router, routing::get};
use identity::Identity;

use crate::page_route;

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
        .route("/desk/me", page_route(get(crate::portal::security::show)))
}
