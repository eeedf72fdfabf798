//! `/desk/units/{id}`: everything about a unit; a new one.

use app::{
    desk::{LedgerRow, UnitFacts, UnitInput, UnitView},
    office::Place,
    wifi::{Network, UnitStatus},
};
use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use identity::Identity;
use kernel::{BuildingId, Currency, Draft, Error, Faults, Field, PageRequest, PropertyId, UnitId};

use super::{
    lines::{Line, lines},
    office::{self, link},
    person::{Stay, stay, way_out},
    places,
    said::{Sentence, names, sentences},
    wifi,
};
use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    language::Language,
    page_route,
    parts::Choice,
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/properties/{id}/units/new", page_route(get(blank).post(make)))
        .route("/desk/units/{id}", page_route(get(show)))
        .route("/desk/units/{id}/edit", page_route(get(edit).post(save)))
}

#[derive(Template)]
#[template(path = "desk/unit.html")]
struct UnitPage {
    s: Shell,
    u: UnitFacts,
    back: String,
    move_in: String,
    move_out: String,
    size: Option<String>,
    now: Vec<Stay>,
    before: Vec<Stay>,
    tickets: Vec<Line>,
    ledgers: Vec<LedgerRow>,
    history: Vec<Sentence>,
    /// The networks of the property; without one there is nothing to tell of WiFi.
    networks: Vec<Network>,
    holders: Vec<wifi::Card>,
    wifi_off: bool,
    may_change: bool,
    may_move: bool,
}

/// Where the form of a unit leads back to; for templates.
pub(super) fn way_back(unit: &Option<UnitId>, property: &PropertyId) -> String {
    unit.map_or_else(|| format!("/desk/properties/{property}"), |id| format!("/desk/units/{id}"))
}

/// Where a unit of the property is made; for templates.
pub(super) fn way_to_new(property: &Option<Place>) -> String {
    property.as_ref().map_or_else(String::new, |p| format!("/desk/properties/{}/units/new", p.id))
}

async fn load(visit: &Visit, n: &str) -> Result<UnitView, Error> {
    let id = n.parse().map(UnitId::new).map_err(|_| Error::NotFound("unit"))?;
    visit.app().desk().unit(&visit.caller, id).await
}

async fn show(visit: Staff, Path(n): Path<String>) -> Response {
    let view = match load(&visit, &n).await {
        Ok(view) => view,
        Err(error) => return visit.failed(&error),
    };
    let s = visit.shell();
    let (now, before): (Vec<Stay>, Vec<Stay>) =
        view.tenancies.iter().map(|t| stay(&s, t)).partition(|t: &Stay| t.running);
    // Where nobody wrote how large it is, width and length tell.
    let measured = |(width, length): (i64, i64)| width * length / 10_000;
    let area = view.facts.area.or_else(|| view.facts.width_mm.zip(view.facts.length_mm).map(measured));
    let property = view.facts.property_id;
    let page = UnitPage {
        back: format!("/desk/properties/{property}"),
        move_in: link("/desk/moves/in", &[("property", &property.to_string()), ("unit", &view.facts.uid.to_string())]),
        move_out: way_out(&now, &view.facts.number),
        size: area.map(|area| office::square_metres(area, visit.language == Language::German)),
        now,
        before,
        tickets: lines(&s, &view.tickets),
        ledgers: view.ledgers,
        history: sentences(&s, &view.history, &names(&[])),
        holders: wifi::cards(&view.wifi),
        wifi_off: view.wifi.status == UnitStatus::Disabled,
        networks: view.wifi.networks,
        may_change: view.may_change,
        may_move: view.may_move,
        u: view.facts,
        s,
    };
    visit.page(&page)
}

#[derive(Template)]
#[template(path = "desk/unit_edit.html")]
struct EditPage {
    s: Shell,
    /// The unit; nothing for a new one.
    unit: Option<UnitId>,
    property: PropertyId,
    title: String,
    buildings: Vec<Choice>,
    form: Shown,
}

fn input(fields: &Fields, faults: &mut Faults) -> UnitInput {
    UnitInput {
        number: fields.text("number"),
        building_id: fields.number("building_id", faults).map(BuildingId::new),
        reference: fields.optional("reference"),
        floor: fields.optional("floor"),
        area: office::area(fields, "area", faults),
        description: fields.optional("description"),
        rentable: Field::Given(fields.ticked("rentable")),
        damaged: Field::Given(fields.ticked("damaged")),
    }
}

async fn blank(visit: Staff, Path(n): Path<String>) -> Response {
    new_page(&visit, &n, Shown::with([("rentable", "yes".to_owned())]), StatusCode::OK).await
}

async fn new_page(visit: &Visit, n: &str, form: Shown, code: StatusCode) -> Response {
    let view = match places::id(n) {
        Ok(id) => visit.app().desk().property(&visit.caller, id, PageRequest { after: None, limit: 1 }).await,
        Err(error) => Err(error),
    };
    match view {
        Ok(view) if !view.may_change => visit.failed(&Error::Forbidden),
        Ok(view) => {
            let page = EditPage {
                s: visit.shell(),
                unit: None,
                property: view.property.id,
                title: view.property.name,
                buildings: view.buildings.iter().map(|b| Choice::new(&b.id, b.name.clone())).collect(),
                form,
            };
            visit.page_with(code, &page)
        }
        Err(error) => visit.failed(&error),
    }
}

async fn make(visit: Staff, Path(n): Path<String>, Posted(fields): Posted) -> Response {
    let mut faults = Faults::new();
    let input = input(&fields, &mut faults);
    let made = match places::id(&n) {
        Ok(id) => visit.app().desk().make_unit(&visit.caller, id, Draft::new(input, faults)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(id) => visit.go(&format!("/desk/units/{id}"), Flash::done("done-work-unit")),
        Err(error) => match Shown::refused(&fields, error, visit.language.texts(), |_| None) {
            Ok(form) => new_page(&visit, &n, form, StatusCode::UNPROCESSABLE_ENTITY).await,
            Err(error) => visit.failed(&error),
        },
    }
}

async fn edit(visit: Staff, Path(n): Path<String>) -> Response {
    match load(&visit, &n).await {
        Ok(view) => {
            let u = &view.facts;
            let tick = |yes: bool| if yes { "yes".to_owned() } else { String::new() };
            let form = Shown::with([
                ("number", u.number.clone()),
                ("building_id", u.building_id.to_string()),
                ("reference", u.reference.clone().unwrap_or_default()),
                ("floor", u.floor.clone().unwrap_or_default()),
                (
                    "area",
                    u.area
                        .map(|area| office::typed(area, Currency::EUR, visit.language == Language::German))
                        .unwrap_or_default(),
                ),
                ("description", u.description.clone().unwrap_or_default()),
                ("rentable", tick(u.rentable)),
                ("damaged", tick(u.damaged)),
            ]);
            edit_page(&visit, view, form, StatusCode::OK)
        }
        Err(error) => visit.failed(&error),
    }
}

fn edit_page(visit: &Visit, view: UnitView, form: Shown, code: StatusCode) -> Response {
    if !view.may_change {
        return visit.failed(&Error::Forbidden);
    }
    let page = EditPage {
        s: visit.shell(),
        unit: Some(view.facts.id),
        property: view.facts.property_id,
        title: view.facts.number,
        buildings: view.buildings.iter().map(|b| Choice::new(&b.id, b.name.clone())).collect(),
        form,
    };
    visit.page_with(code, &page)
}

async fn save(visit: Staff, Path(n): Path<String>, Posted(fields): Posted) -> Response {
    let view = match load(&visit, &n).await {
        Ok(view) => view,
        Err(error) => return visit.failed(&error),
    };
    let mut faults = Faults::new();
    let input = input(&fields, &mut faults);
    match visit.app().desk().change_unit(&visit.caller, view.facts.id, Draft::new(input, faults)).await {
        Ok(()) => visit.go(&format!("/desk/units/{}", view.facts.id), Flash::done("done-work-saved")),
        Err(error) => match Shown::refused(&fields, error, visit.language.texts(), |_| None) {
            Ok(form) => edit_page(&visit, view, form, StatusCode::UNPROCESSABLE_ENTITY),
            Err(error) => visit.failed(&error),
        },
    }
}
