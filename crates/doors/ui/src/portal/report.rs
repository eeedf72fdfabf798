//! `/report`: telling what is the matter.

use app::{
    community::OwnUnit,
    ticket::Report,
    ticket_type::{Kind, Question, QuestionInput, TicketType},
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use kernel::{Draft, Error, Field, TicketTypeId, UnitId};
use serde_json::Value;

use crate::{
    flash::Flash,
    form::{Fields, Shown},
    icon,
    mixed::Mixed,
    parts::Choice,
    session::{At, Resident, Visit},
    shell::Shell,
};

/// A form to choose.
struct Tile {
    id: TicketTypeId,
    name: String,
    about: String,
    icon: &'static str,
}

#[derive(Template)]
#[template(path = "portal/report.html")]
struct ChoosePage {
    s: Shell,
    groups: Vec<(String, Vec<Tile>)>,
}

/// A question as a page asks it.
pub(crate) struct Asked {
    /// The name of its field.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) help: String,
    pub(crate) required: bool,
    pub(crate) choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "portal/report_form.html")]
struct FormPage {
    s: Shell,
    id: TicketTypeId,
    name: String,
    about: String,
    units: Vec<Choice>,
    asked: Vec<Asked>,
    form: Shown,
}

/// Which form?
pub(super) async fn choose(visit: Resident) -> Response {
    let all = match visit.app().ticket_types().list(&visit.caller, None).await {
        Ok(all) => all,
        Err(error) => return visit.failed(&error),
    };
    let mut groups: Vec<(String, Vec<Tile>)> = Vec::new();
    for form in all {
        let tile = Tile {
            id: form.row.id,
            name: form.row.name,
            about: form.row.description,
            icon: icon::of_form(&form.row.icon),
        };
        match groups.iter_mut().find(|(name, _)| *name == form.row.group_name) {
            Some((_, tiles)) => tiles.push(tile),
            None => groups.push((form.row.group_name, vec![tile])),
        }
    }
    visit.page(&ChoosePage { s: visit.shell(), groups })
}

/// The form.
pub(super) async fn show(visit: Resident, At(id): At<String>) -> Response {
    match load(&visit, &id).await {
        Ok((form, units)) => visit.page(&page(&visit, &form, &units, Shown::default())),
        Err(error) => visit.failed(&error),
    }
}

/// Takes it.
pub(super) async fn send(visit: Resident, At(id): At<String>, sent: Mixed) -> Response {
    let (form, units) = match load(&visit, &id).await {
        Ok(loaded) => loaded,
        Err(error) => return visit.failed(&error),
    };
    let unit = match units.as_slice() {
        [one] => Some(one),
        several => {
            let asked = sent.fields.get("unit_id").parse().ok().map(UnitId::new);
            several.iter().find(|u| Some(u.unit.id) == asked)
        }
    };
    let report = Report {
        property_id: unit.map_or(Field::Faulty, |u| Field::Given(u.unit.property_id)),
        unit_id: unit.map_or(Field::Absent, |u| Field::Given(u.unit.id)),
        type_id: Field::Given(form.row.id),
        answers: Field::Given(form.fields.iter().filter_map(|q| answer(q, &sent.fields)).collect()),
    };
    let draft = Draft::new(report, sent.faults);
    match visit.app().tickets().report(&visit.caller, draft).await {
        Ok(own) => {
            let to = format!("/tickets/{}?sent={}", own.details.ticket.number, form.row.id);
            visit.go(&to, Flash::done("done-reported"))
        }
        Err(error) => match Shown::refused(&sent.fields, error, visit.language.texts(), |_| None) {
            Ok(mut shown) => {
                name_numbers(&visit, &form, &mut shown);
                visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&visit, &form, &units, shown))
            }
            Err(error) => visit.failed(&error),
        },
    }
}

async fn load(visit: &Visit, id: &str) -> Result<(TicketType, Vec<OwnUnit>), Error> {
    let id = id.parse().map_err(|_| Error::NotFound("ticket_type"))?;
    let form = visit.app().ticket_types().get(&visit.caller, TicketTypeId::new(id)).await?;
    if form.row.archived_at.is_some() {
        return Err(Error::NotFound("ticket_type"));
    }
    let mut units = visit.app().communities().units(&visit.caller).await?;
    units.retain(|u| form.row.property_id.is_none_or(|p| p == u.unit.property_id));
    Ok((form, units))
}

fn page(visit: &Visit, form: &TicketType, units: &[OwnUnit], shown: Shown) -> FormPage {
    let house = |u: &OwnUnit| visit.me.house(u.unit.property_id).map_or("", |h| h.name.as_str()).to_owned();
    let units = units.iter().map(|u| Choice::new(&u.unit.id, format!("{}, {}", u.unit.number, house(u))));
    FormPage {
        s: visit.shell(),
        id: form.row.id,
        name: form.row.name.clone(),
        about: form.row.description.clone(),
        units: units.collect(),
        asked: form.fields.iter().map(|q| Asked::of(name(q), &q.input())).collect(),
        form: shown,
    }
}

/// The name of a question's field: where faults of its answer are told.
fn name(question: &Question) -> String {
    format!("fields.{}", question.id)
}

impl Asked {
    /// A question as the residents' form asks it, under the name of its field.
    pub(crate) fn of(name: String, question: &QuestionInput) -> Self {
        Self {
            name,
            kind: question.kind,
            text: question.name.clone(),
            help: question.help.clone(),
            required: question.required,
            choices: question.options.iter().map(|o| Choice::new(o, o.clone())).collect(),
        }
    }
}

/// What was answered; nothing where nothing was.
fn answer(question: &Question, fields: &Fields) -> Option<(String, Value)> {
    let field = name(question);
    let text = fields.get(&field).replace("\r\n", "\n");
    let value = match question.kind {
        Kind::Text | Kind::LongText | Kind::DropDown | Kind::Date => Value::from(text),
        Kind::Checkbox => Value::from(fields.ticked(&field)),
        Kind::Number if text.trim().is_empty() => return None,
        Kind::Number => number(&text).map_or_else(|| Value::from(text.clone()), Value::from),
        Kind::File => {
            let files = fields.files(&field);
            files.into_iter().map(|(path, _)| serde_json::json!({ "path": path })).collect()
        }
    };
    Some((question.id.to_string(), value))
}

/// A number as people write it, with a point or a comma.
fn number(text: &str) -> Option<f64> {
    text.trim().replace(',', ".").parse().ok().filter(|n: &f64| n.is_finite())
}

/// A number that is none is told in other words than a choice that is none.
fn name_numbers(visit: &Visit, form: &TicketType, shown: &mut Shown) {
    for question in form.fields.iter().filter(|q| q.kind == Kind::Number) {
        let name = name(question);
        if shown.wrong(&name).is_some() && !shown.value(&name).trim().is_empty() {
            shown.set(&name, visit.language.texts().say("problem-number"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_with_point_and_comma() {
        assert_eq!(number(" 21,5 "), Some(21.5));
        assert_eq!(number("3"), Some(3.0));
        assert_eq!((number("NaN"), number("inf"), number("x"), number("")), (None, None, None, None));
    }
}
