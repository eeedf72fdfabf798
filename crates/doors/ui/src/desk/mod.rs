//! The staff's desk: `/desk/…`.

mod csv;
mod ledger;
mod money;
mod moves;
mod office;
mod publish;
mod settings;

use axum::Router;
use identity::Identity;

pub(crate) fn routes() -> Router<Identity> {
    Router::new()
        .merge(money::routes())
        .merge(ledger::routes())
        .merge(moves::routes())
        .merge(csv::routes())
        .merge(publish::routes())
        .merge(settings::routes())
}
