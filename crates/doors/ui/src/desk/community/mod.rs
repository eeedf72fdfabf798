//! What residents read, as the staff write it: news, dates, answers, documents, and whom to call.

mod contacts;
mod documents;
mod emergency;
mod events;
mod faq;
mod files;
mod news;
mod showing;

use app::{office::Place, order::Step};
use axum::Router;
use identity::Identity;
use kernel::{Action, Error, PropertyId, Result, Zone};

use super::office::link;
use crate::{
    session::{Staff, Visit},
    shell::Shell,
};
pub(super) use showing::audience_key;

/// The pages of this part, each with its name.
pub(crate) const TABS: [(&str, &str); 5] = [
    (news::HERE, "nav-news"),
    (events::HERE, "nav-calendar"),
    (faq::HERE, "work-faq"),
    (documents::HERE, "nav-documents"),
    (contacts::HERE, "community-contacts"),
];

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/community", crate::leads(news::HERE))
        .merge(news::routes())
        .merge(events::routes())
        .merge(faq::routes())
        .merge(documents::routes())
        .merge(contacts::routes())
        .merge(emergency::routes())
}

/// The property a list is about, and the others to choose.
struct Around {
    places: Vec<Place>,
    place: Option<Place>,
    /// The id of the property, or nothing.
    property: String,
}

/// The property that the address names, else the first one.
async fn around(visit: &Visit) -> Result<Around> {
    let places = visit.app().office().places(&visit.caller, Action::WriteCommunity).await?;
    let place = place_of(&places, visit.query.get("property"))?;
    let property = place.as_ref().map_or_else(String::new, |p| p.id.to_string());
    Ok(Around { places, place, property })
}

fn place_of(places: &[Place], wanted: &str) -> Result<Option<Place>> {
    if wanted.is_empty() {
        return Ok(places.first().cloned());
    }
    let found = places.iter().find(|p| p.id.to_string() == wanted).cloned();
    found.map(Some).ok_or(Error::NotFound("property"))
}

/// The property that something new is for.
async fn named_place(visit: &Visit) -> Result<Place> {
    around(visit).await?.place.ok_or(Error::NotFound("property"))
}

/// The property of something that is there.
async fn place(visit: &Visit, id: PropertyId) -> Result<Place> {
    let places = visit.app().office().places(&visit.caller, Action::WriteCommunity).await?;
    place_of(&places, &id.to_string())?.ok_or(Error::NotFound("property"))
}

/// The surroundings of a page about a property: times are its own.
fn shell(visit: &Visit, place: &Place) -> Shell {
    let mut s = visit.shell();
    s.clock.zone = Zone::named(&place.time_zone);
    s
}

/// A list of a property.
fn list_of(path: &str, property: PropertyId) -> String {
    link(path, &[("property", &property.to_string())])
}

/// The step that the end of an address names.
fn step(word: &str) -> Result<Step> {
    match word {
        "up" => Ok(Step::Up),
        "down" => Ok(Step::Down),
        _ => Err(Error::NotFound("step")),
    }
}

/// What is wrong with a deed that is one press: it is told as a page.
fn answered(visit: &Staff, done: Result<axum::response::Response>) -> axum::response::Response {
    done.unwrap_or_else(|error| visit.failed(&error))
}
