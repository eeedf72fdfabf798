//! The residents' portal.

mod calendar;
mod documents;
pub(crate) mod help;
pub(crate) mod home;
mod household;
mod housemate;
pub(crate) mod me;
mod money;
mod news;
mod notifications;
mod passkeys;
pub(crate) mod report;
pub(crate) mod security;
mod tickets;

use app::me::House;
use axum::{
    Router,
    routing::{get, post},
};
use identity::Identity;

use crate::{page_route, session::Visit};

pub(crate) fn routes() -> Router<Identity> {
    let page = |path: &'static str, methods| (path, page_route(methods));
    let all = [
        page("/home", get(home::show)),
        page("/report", get(report::choose)),
        page("/report/{form}", get(report::show).post(report::send)),
        page("/tickets", get(tickets::list)),
        page("/tickets/{number}", get(tickets::show).post(tickets::reply)),
        page("/tickets/{number}/rating", post(tickets::rate)),
        page("/tickets/{number}/mark", get(tickets::mark)),
        page("/news", get(news::list)),
        page("/news/{id}", get(news::show).post(news::comment)),
        page("/news/{id}/comments/{comment}/delete", post(news::delete_comment)),
        page("/news/{id}/comments/{comment}/restore", post(news::restore_comment)),
        page("/calendar", get(calendar::show)),
        page("/calendar/address", post(calendar::renew)),
        page("/calendar/{secret}", get(calendar::feed)),
        page("/documents", get(documents::list)),
        page("/documents/{house}/{id}", get(documents::open)),
        page("/app/c/{community}/info/documents", get(documents::of_community)),
        page("/help", get(help::show)),
        page("/money", get(money::list)),
        page("/money/{ledger}", get(money::show)),
        page("/money/{ledger}/{invoice}", get(money::invoice)),
        page("/money/{ledger}/{invoice}/pdf", get(money::pdf)),
        page("/me", get(me::show).post(me::save)),
        page("/me/avatar", post(me::show_with)),
        page("/me/avatar/remove", post(me::show_without)),
        page("/me/data", get(me::data)),
        page("/me/data.json", get(me::download)),
        page("/me/household", get(household::show).post(household::invite)),
        page("/me/household/{invitation}/withdraw", post(household::withdraw)),
        page("/me/household/people/{tenancy}", get(housemate::show).post(housemate::save)),
        page("/me/household/people/{tenancy}/remove", post(housemate::remove)),
        page("/me/household/people/{tenancy}/back", post(housemate::back)),
        page("/me/household/{invitation}/restore", post(household::restore)),
        page("/me/notifications", get(notifications::settings).post(notifications::save)),
        page("/me/security", get(security::show).post(security::change)),
        page("/me/security/passkeys", post(passkeys::add)),
        page("/me/security/passkeys/new", get(passkeys::new).post(passkeys::prove)),
        page("/me/security/passkeys/{id}", get(passkeys::show).post(passkeys::rename)),
        page("/me/security/passkeys/{id}/remove", post(passkeys::remove)),
        page("/me/security/others/end", post(security::end_others)),
        page("/me/security/{session}/end", post(security::end)),
        page("/notifications", get(notifications::list).post(notifications::read)),
        page("/notifications/{id}", get(notifications::follow)),
    ];
    all.into_iter().fold(Router::new(), |router, (path, methods)| router.route(path, methods))
}

/// A house to choose, where somebody has several.
pub(crate) struct Tab {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) current: bool,
}

/// The houses as tabs; none where there is one.
fn houses(visit: &Visit, path: &str) -> Vec<Tab> {
    let all = &visit.me.houses;
    if all.len() < 2 {
        return Vec::new();
    }
    let here = visit.house().map(|h| h.id);
    let tab =
        |h: &House| Tab { name: h.name.clone(), href: format!("{path}?house={}", h.id), current: here == Some(h.id) };
    all.iter().map(tab).collect()
}
