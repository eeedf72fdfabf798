//! `/desk/properties`: all of them, one with everything about it, a new one; its buildings.

use app::{
    desk::{Building, BuildingInput, Contact, PropertyRow, Shown as Published},
    property,
};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Action, BuildingId, Draft, Error, Faults, Field, PageRequest, PropertyId, UnitId};

use super::{
    lines::{Line, full, lines, living},
    said::{Sentence, names, sentences},
    tickets::after,
};
use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    page_route,
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/properties", page_route(get(list)))
        .route("/desk/properties/new", page_route(get(blank).post(make)))
        .route("/desk/properties/{id}", page_route(get(show)))
        .route("/desk/properties/{id}/edit", page_route(get(edit).post(save)))
        .route("/desk/properties/{id}/archive", page_route(post(archive)))
        .route("/desk/properties/{id}/unarchive", page_route(post(unarchive)))
        .route("/desk/properties/{id}/buildings", page_route(post(build)))
        .route("/desk/properties/{id}/buildings/{building}", page_route(post(rebuild)))
}

/// Units of a page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "desk/properties.html")]
struct ListPage {
    s: Shell,
    archived: bool,
    rows: Vec<(PropertyRow, i64)>,
    may_make: bool,
}

/// How many of a hundred.
pub(super) fn percent(part: i64, whole: i64) -> i64 {
    if whole <= 0 { 0 } else { (part * 100 / whole).clamp(0, 100) }
}

async fn list(visit: Staff) -> Response {
    let archived = visit.query.ticked("archived");
    let desk = visit.app().desk();
    let rows = match desk.properties(&visit.caller, archived).await {
        Ok(rows) => rows,
        Err(error) => return visit.failed(&error),
    };
    match desk.may_everywhere(&visit.caller, Action::ManageProperties).await {
        Ok(may_make) => {
            let rows = rows.into_iter().map(|r| (percent(r.occupied, r.property.units()), r)).map(|(n, r)| (r, n));
            visit.page(&ListPage { s: visit.shell(), archived, rows: rows.collect(), may_make })
        }
        Err(error) => visit.failed(&error),
    }
}

/// A unit with who lives there.
struct UnitLine {
    id: UnitId,
    number: String,
    building: String,
    floor: String,
    description: String,
    people: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "desk/property.html")]
struct PropertyPage {
    s: Shell,
    place: property::Property,
    percent: i64,
    occupied: i64,
    buildings: Vec<Building>,
    units: Vec<UnitLine>,
    later: String,
    earlier: String,
    managers: Vec<String>,
    tickets: Vec<Line>,
    posts: Vec<Published>,
    documents: Vec<Published>,
    contacts: Vec<Contact>,
    history: Vec<Sentence>,
    networks: Vec<String>,
    may_change: bool,
    may_set_up_wifi: bool,
    form: Shown,
}

/// Where the form of a property leads back to; for templates.
pub(super) fn way_back(id: &Option<PropertyId>) -> String {
    id.map_or_else(|| "/desk/properties".to_owned(), |id| format!("/desk/properties/{id}"))
}

/// The property in an address.
pub(super) fn id(text: &str) -> Result<PropertyId, Error> {
    text.parse().map(PropertyId::new).map_err(|_| Error::NotFound("property"))
}

async fn show(visit: Staff, Path(n): Path<String>) -> Response {
    whole(&visit, &n, Shown::default(), StatusCode::OK).await
}

async fn whole(visit: &Visit, n: &str, form: Shown, code: StatusCode) -> Response {
    match page(visit, n, form).await {
        Ok(page) => visit.page_with(code, &page),
        Err(Error::Invalid(_)) => visit.go(&format!("/desk/properties/{n}"), None),
        Err(error) => visit.failed(&error),
    }
}

async fn page(visit: &Visit, n: &str, form: Shown) -> Result<PropertyPage, Error> {
    let request = PageRequest { after: after(&visit.query)?, limit: ROWS };
    let view = visit.app().desk().property(&visit.caller, id(n)?, request).await?;
    let s = visit.shell();
    let here = format!("/desk/properties/{}", view.property.id);
    let mut units = Vec::new();
    for (unit, homes) in view.units.items {
        let people = homes.iter().filter_map(|h| {
            let p = view.people.get(&h.person_id)?;
            Some((full(Some(&p.first_name), Some(&p.last_name)), living(h.living)))
        });
        units.push(UnitLine {
            people: people.collect(),
            id: unit.id,
            number: unit.number,
            building: unit.building_name,
            floor: unit.floor.unwrap_or_default(),
            description: unit.description.unwrap_or_default(),
        });
    }
    Ok(PropertyPage {
        percent: percent(view.occupied, view.property.units()),
        occupied: view.occupied,
        buildings: view.buildings,
        units,
        later: if visit.query.get("after").is_empty() { String::new() } else { format!("{here}#units") },
        earlier: view.units.next.map_or_else(String::new, |next| format!("{here}?after={}#units", next.encode())),
        managers: view.managers.iter().map(|c| full(Some(&c.first_name), Some(&c.last_name))).collect(),
        tickets: lines(&s, &view.tickets),
        posts: view.posts,
        documents: view.documents,
        contacts: view.contacts,
        history: sentences(&s, &view.history, &names(&view.managers)),
        networks: view.networks,
        may_change: view.may_change,
        may_set_up_wifi: view.may_set_up_wifi,
        place: view.property,
        form,
        s,
    })
}

#[derive(Template)]
#[template(path = "desk/property_edit.html")]
struct EditPage {
    s: Shell,
    /// The property; nothing for a new one.
    id: Option<PropertyId>,
    name: String,
    form: Shown,
}

async fn blank(visit: Staff) -> Response {
    match visit.app().desk().may_everywhere(&visit.caller, Action::ManageProperties).await {
        Ok(true) => visit.page(&EditPage { s: visit.shell(), id: None, name: String::new(), form: Shown::default() }),
        Ok(false) => visit.failed(&Error::Forbidden),
        Err(error) => visit.failed(&error),
    }
}

fn input(fields: &Fields, faults: &mut Faults) -> property::Input {
    let mut text = |name: &'static str| match fields.get(name).trim() {
        "" => {
            faults.add(name, kernel::Problem::Required);
            Field::Faulty
        }
        text => Field::Given(text.to_owned()),
    };
    let (name, street, city, postal) = (text("name"), text("street"), text("city"), text("postal"));
    property::Input {
        name,
        street,
        city,
        postal,
        state: Field::Given(fields.get("state").trim().to_owned()),
        reference: fields.optional("reference"),
        declared_units: fields.number("declared_units", faults),
        ..property::Input::default()
    }
}

async fn make(visit: Staff, Posted(fields): Posted) -> Response {
    let mut faults = Faults::new();
    let input = input(&fields, &mut faults);
    match visit.app().properties().create(&visit.caller, Draft::new(input, faults)).await {
        Ok(made) => {
            let to = format!("/desk/properties/{}", made.leased.property.id);
            visit.go(&to, Flash::done("done-work-property"))
        }
        Err(error) => refused(&visit, None, &fields, error),
    }
}

fn refused(visit: &Visit, id: Option<PropertyId>, fields: &Fields, error: Error) -> Response {
    match Shown::refused(fields, error, visit.language.texts(), |_| None) {
        Ok(form) => {
            let page = EditPage { s: visit.shell(), id, name: form.value("name").to_owned(), form };
            visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => visit.failed(&error),
    }
}

async fn edit(visit: Staff, Path(n): Path<String>) -> Response {
    let request = PageRequest { after: None, limit: 1 };
    let view = match id(&n) {
        Ok(id) => visit.app().desk().property(&visit.caller, id, request).await,
        Err(error) => Err(error),
    };
    match view {
        Ok(view) if !view.may_change => visit.failed(&Error::Forbidden),
        Ok(view) => {
            let p = view.property;
            let form = Shown::with([
                ("name", p.name.clone()),
                ("street", p.street),
                ("city", p.city),
                ("state", p.state),
                ("postal", p.postal),
                ("reference", p.reference.unwrap_or_default()),
                ("declared_units", p.declared_units.map_or_else(String::new, |n| n.to_string())),
            ]);
            visit.page(&EditPage { s: visit.shell(), id: Some(p.id), name: p.name, form })
        }
        Err(error) => visit.failed(&error),
    }
}

async fn save(visit: Staff, Path(n): Path<String>, Posted(fields): Posted) -> Response {
    let id = match id(&n) {
        Ok(id) => id,
        Err(error) => return visit.failed(&error),
    };
    let request = PageRequest { after: None, limit: 1 };
    // What is out of reach is not found, whatever the role may change.
    if let Err(error) = visit.app().desk().property(&visit.caller, id, request).await {
        return visit.failed(&error);
    }
    let mut faults = Faults::new();
    let input = input(&fields, &mut faults);
    match visit.app().properties().update(&visit.caller, id, Draft::new(input, faults)).await {
        Ok(_) => visit.go(&format!("/desk/properties/{id}"), Flash::done("done-work-saved")),
        Err(error) => refused(&visit, Some(id), &fields, error),
    }
}

async fn archive(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    set_archived(&visit, &n, true).await
}

async fn unarchive(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    set_archived(&visit, &n, false).await
}

async fn set_archived(visit: &Visit, n: &str, archived: bool) -> Response {
    let id = match id(n) {
        Ok(id) => id,
        Err(error) => return visit.failed(&error),
    };
    let input = property::Input { archived: Field::Given(archived), ..property::Input::default() };
    match visit.app().properties().update(&visit.caller, id, Draft::from(input)).await {
        Ok(_) => {
            let to = format!("/desk/properties/{id}");
            let (key, back) =
                if archived { ("done-work-archived", "unarchive") } else { ("done-work-unarchived", "archive") };
            visit.go(&to, Flash::undoable(key, format!("{to}/{back}")))
        }
        Err(error) => visit.failed(&error),
    }
}

fn house(fields: &Fields) -> BuildingInput {
    BuildingInput {
        name: fields.text("name"),
        street: fields.optional("street"),
        postal: fields.optional("postal"),
        city: fields.optional("city"),
    }
}

async fn build(visit: Staff, Path(n): Path<String>, Posted(fields): Posted) -> Response {
    let done = match id(&n) {
        Ok(id) => visit.app().desk().make_building(&visit.caller, id, Draft::from(house(&fields))).await,
        Err(error) => Err(error),
    };
    built(&visit, &n, &fields, done).await
}

async fn rebuild(visit: Staff, Path((n, building)): Path<(String, String)>, Posted(fields): Posted) -> Response {
    let building = building.parse().map(BuildingId::new).map_err(|_| Error::NotFound("building"));
    let done = match (id(&n), building) {
        (Ok(id), Ok(building)) => {
            visit.app().desk().change_building(&visit.caller, id, building, Draft::from(house(&fields))).await
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    built(&visit, &n, &fields, done).await
}

async fn built(visit: &Visit, n: &str, fields: &Fields, done: Result<(), Error>) -> Response {
    match done {
        Ok(()) => visit.go(&format!("/desk/properties/{n}#buildings"), Flash::done("done-work-saved")),
        Err(error) => match Shown::refused(fields, error, visit.language.texts(), |_| None) {
            Ok(form) => whole(visit, n, form, StatusCode::UNPROCESSABLE_ENTITY).await,
            Err(error) => visit.failed(&error),
        },
    }
}
