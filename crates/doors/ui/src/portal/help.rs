//! `/help`: whom to call, and what is often asked.

use app::{
    contact_card::{ContactCard, Kind},
    emergency_contact,
    faq::Article,
};
use askama::Template;
use axum::response::Response;
use kernel::Error;

use super::{Tab, houses};
use crate::{
    session::{Resident, Visit},
    shell::Shell,
    words,
};

#[derive(Template)]
#[template(path = "portal/help.html")]
struct HelpPage {
    s: Shell,
    houses: Vec<Tab>,
    house: i64,
    emergency: Vec<emergency_contact::Details>,
    /// Each with its initials and the address of its picture.
    contacts: Vec<(ContactCard, String, Option<String>)>,
    /// Groups with their questions; while searching, one group without a name.
    groups: Vec<(String, Vec<Article>)>,
    search: String,
}

/// Shows it.
pub(super) async fn show(visit: Resident) -> Response {
    match page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn page(visit: &Visit) -> Result<HelpPage, Error> {
    let (app, caller) = (visit.app(), &visit.caller);
    let search: String = visit.query.get("q").trim().chars().take(200).collect();
    let emergency = app.emergency_contacts().list(caller).await?;
    let (mut contacts, mut groups) = (Vec::new(), Vec::new());
    if let Some(house) = visit.house() {
        contacts = app.contact_cards().list(caller, house.id).await?;
        if search.is_empty() {
            let faq = app.faq().get(caller, house.id).await?;
            let of = |group| faq.articles.iter().filter(|a| a.group_id == group).cloned().collect::<Vec<_>>();
            groups =
                faq.groups.iter().map(|g| (g.title.clone(), of(g.id))).filter(|(_, all)| !all.is_empty()).collect();
        } else {
            let found = app.faq().search(caller, house.id, &search).await?;
            groups.extend((!found.is_empty()).then(|| (String::new(), found)));
        }
    }
    Ok(HelpPage {
        s: visit.shell(),
        houses: houses(visit, "/help"),
        house: visit.house().map_or(0, |h| h.id.get()),
        emergency,
        contacts: contacts.into_iter().map(|c| shown(visit, c)).collect(),
        groups,
        search,
    })
}

/// A card with what stands beside it.
fn shown(visit: &Visit, card: ContactCard) -> (ContactCard, String, Option<String>) {
    let (initials, face) = (words::initials_of(&card.name), visit.face(card.avatar));
    (card, initials, face)
}

/// What somebody is to the house, in words.
pub(crate) const fn role(kind: Kind) -> &'static str {
    match kind {
        Kind::Manager => "contact-manager",
        Kind::Internal => "contact-internal",
        Kind::External => "contact-external",
    }
}
