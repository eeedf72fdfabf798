//! `/desk/people`: who lives, lived and works here; somebody new.

use app::desk::{Listed, NewPerson, PeopleFilter, PersonInput, Standing, Who};
use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};
use identity::Identity;
use kernel::{Draft, Error, Faults, Field, PageRequest, PropertyId};

use super::{
    lines::{Somebody, place, somebody},
    tickets::after,
    views::{self, Views},
};
use crate::{
    address,
    flash::Flash,
    form::{Fields, Posted, Shown},
    page_route,
    parts::Choice,
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/people", page_route(get(list)))
        .route("/desk/people/new", page_route(get(blank).post(note)))
}

/// People of a page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "desk/people.html")]
struct ListPage {
    s: Shell,
    tabs: Vec<(String, String, bool)>,
    views: Views,
    text: String,
    who: String,
    standing: Vec<Choice>,
    standing_value: String,
    properties: Vec<Choice>,
    property: String,
    people: Vec<Somebody>,
    staff: bool,
    narrowed: bool,
    later: String,
    earlier: String,
}

async fn list(visit: Staff) -> Response {
    match page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(Error::Invalid(_)) => visit.go("/desk/people", None),
        Err(error) => visit.failed(&error),
    }
}

async fn page(visit: &Visit) -> Result<ListPage, Error> {
    let desk = visit.app().desk();
    let query = &visit.query;
    let (who, is) = match query.get("who") {
        "owners" => (Who::Owners, "owners"),
        "tenants" => (Who::Tenants, "tenants"),
        "staff" => (Who::Staff, "staff"),
        _ => (Who::Residents, ""),
    };
    let standing = match query.get("state") {
        "living" => Standing::Living,
        "former" => Standing::Former,
        "archived" => Standing::Archived,
        _ => Standing::Present,
    };
    let property = query.get("property").parse::<i64>().ok().map(PropertyId::new);
    let filter = PeopleFilter { who, standing, property, text: query.get("q").to_owned() };
    if !filter.text.trim().is_empty() {
        visit.app().search().catch_up(visit.caller.org).await?;
    }
    let request = PageRequest { after: after(query)?, limit: ROWS };
    let page = desk.people(&visit.caller, filter, request).await?;
    let (_, choice) = desk.ticket_counts(&visit.caller).await?;
    let s = visit.shell();
    let fields: Vec<(&str, &str)> = ["who", "state", "property", "q"]
        .map(|n| (n, query.get(n)))
        .into_iter()
        .filter(|(_, v)| !v.is_empty())
        .collect();
    let address = |more: &[(&str, &str)]| {
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(&fields).extend_pairs(more);
        format!("/desk/people?{}", out.finish())
    };
    let tab = |key: &str, word: &str| {
        let href = if word.is_empty() { "/desk/people".to_owned() } else { format!("/desk/people?who={word}") };
        (s.say(key), href, word == is)
    };
    let standings =
        [("living", "work-people-living"), ("former", "work-people-former"), ("archived", "work-people-archived")];
    Ok(ListPage {
        views: views::of(visit, Listed::People).await?,
        tabs: vec![
            tab("work-people-residents", ""),
            tab("work-people-owners", "owners"),
            tab("work-people-tenants", "tenants"),
            tab("work-people-staff", "staff"),
        ],
        text: query.get("q").to_owned(),
        who: is.to_owned(),
        standing: standings.iter().map(|(value, key)| Choice::new(value, s.say(key))).collect(),
        standing_value: query.get("state").to_owned(),
        properties: choice.properties.iter().map(|p| Choice::new(&p.id, p.name.clone())).collect(),
        property: query.get("property").to_owned(),
        people: page.items.into_iter().map(|(p, homes)| somebody(visit, p, homes)).collect(),
        staff: who == Who::Staff,
        narrowed: fields.iter().any(|(n, _)| *n != "who"),
        later: if query.get("after").is_empty() { String::new() } else { address(&[]) },
        earlier: page.next.map_or_else(String::new, |next| address(&[("after", &next.encode())])),
        s,
    })
}

#[derive(Template)]
#[template(path = "desk/person_new.html")]
struct NewPage {
    s: Shell,
    form: Shown,
    properties: Vec<Choice>,
    with_state: bool,
}

async fn blank(visit: Staff) -> Response {
    let form = Shown::with([
        ("property_id", visit.query.get("property").to_owned()),
        ("unit_number", visit.query.get("unit").to_owned()),
    ]);
    form_page(&visit, form, StatusCode::OK).await
}

async fn form_page(visit: &Visit, form: Shown, code: StatusCode) -> Response {
    match visit.app().desk().ticket_counts(&visit.caller).await {
        Ok((_, choice)) => {
            let properties = choice.properties.iter().map(|p| Choice::new(&p.id, p.name.clone())).collect();
            let with_state = address::has_state(None, &visit.me.organization.country);
            visit.page_with(code, &NewPage { s: visit.shell(), form, properties, with_state })
        }
        Err(error) => visit.failed(&error),
    }
}

/// A person's fields in a form.
pub(super) fn person(fields: &Fields) -> PersonInput {
    PersonInput {
        first_name: fields.text("first_name"),
        last_name: fields.text("last_name"),
        salutation: fields.optional("salutation"),
        title: fields.optional("title"),
        email: fields.optional("email"),
        phone: fields.optional("phone"),
        address: address::input(fields),
    }
}

async fn note(visit: Staff, Posted(fields): Posted) -> Response {
    let mut faults = Faults::new();
    let property: Field<i64> = fields.number("property_id", &mut faults);
    let input = NewPerson {
        person: person(&fields),
        property_id: property.map(|id| Some(PropertyId::new(id))),
        unit_number: fields.optional("unit_number"),
    };
    match visit.app().desk().note_person(&visit.caller, Draft::new(input, faults)).await {
        Ok(id) => visit.go(&format!("/desk/people/{id}"), Flash::done("done-work-person")),
        Err(error) => match Shown::refused(&fields, error, visit.language.texts(), |_| None) {
            Ok(form) => form_page(&visit, form, StatusCode::UNPROCESSABLE_ENTITY).await,
            Err(error) => visit.failed(&error),
        },
    }
}

/// Where somebody lives, in words; for templates.
pub(super) fn home(h: &app::desk::Home) -> String {
    place(Some(&h.property_name), h.unit_number.as_deref())
}
