//! `/search`: everything, as far as whoever asks may see it.

use app::search::{ArticleHit, DocumentHit, PropertyHit};
use askama::Template;
use axum::{Router, response::Response, routing::get};
use identity::Identity;
use kernel::UnitId;

use super::lines::{Line, Somebody, full, lines, somebody};
use crate::{page_route, session::Visit, shell::Shell};

pub(super) fn routes() -> Router<Identity> {
    Router::new().route("/search", page_route(get(show)))
}

/// A unit with who lives there.
struct UnitLine {
    id: UnitId,
    number: String,
    facts: String,
    people: Vec<String>,
}

/// What was found.
struct Results {
    text: String,
    count: usize,
    people: Vec<Somebody>,
    units: Vec<UnitLine>,
    properties: Vec<PropertyHit>,
    tickets: Vec<Line>,
    documents: Vec<DocumentHit>,
    articles: Vec<ArticleHit>,
}

#[derive(Template)]
#[template(path = "desk/search.html")]
struct StaffPage {
    s: Shell,
    r: Results,
}

#[derive(Template)]
#[template(path = "portal/search.html")]
struct ResidentPage {
    s: Shell,
    r: Results,
}

async fn show(visit: Visit) -> Response {
    let text: String = visit.query.get("q").chars().take(200).collect();
    let found = match visit.app().search().find(&visit.caller, &text).await {
        Ok(found) => found,
        Err(error) => return visit.failed(&error),
    };
    let s = visit.shell();
    let unit = |(u, people): (app::search::UnitHit, Vec<app::desk::PersonRow>)| UnitLine {
        id: u.id,
        facts: if u.building_name == u.property_name {
            u.property_name
        } else {
            format!("{}, {}", u.property_name, u.building_name)
        },
        number: u.number,
        people: people.iter().map(|p| full(Some(&p.first_name), Some(&p.last_name))).collect(),
    };
    let r = Results {
        count: found.count(),
        text: text.trim().to_owned(),
        people: found.people.into_iter().map(|(p, homes)| somebody(&visit, p, homes)).collect(),
        units: found.units.into_iter().map(unit).collect(),
        properties: found.properties,
        tickets: lines(&s, &found.tickets),
        documents: found.documents,
        articles: found.articles,
    };
    if visit.me.role.is_some() { visit.page(&StaffPage { s, r }) } else { visit.page(&ResidentPage { s, r }) }
}
