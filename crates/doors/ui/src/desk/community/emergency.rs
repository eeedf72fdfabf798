//! Whom to call when it burns: the contacts of the whole organization, each with its numbers.

use app::emergency_contact::{Details, Input, NumberInput};
use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use identity::Identity;
use kernel::{Action, Draft, EmergencyContactId, EmergencyNumberId, Error, Faults, Field, Problem, Result};

use super::{answered, contacts, showing::refused};
use crate::{
    desk::office::number,
    flash::Flash,
    form::{Fields, Posted, Shown, in_words},
    page_route,
    session::{Staff, Visit},
    shell::Shell,
};

/// Lines for numbers that a form has at least, and lines that are free.
const LINES: usize = 3;
const FREE: usize = 2;
/// Characters of a name, and of a number.
const MOST_NAME: usize = 255;
const MOST_NUMBER: usize = 50;

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/community/emergency/new", page_route(get(new).post(create)))
        .route("/desk/community/emergency/{id}", page_route(get(edit).post(update)))
        .route("/desk/community/emergency/{id}/delete", page_route(get(ask).post(delete)))
}

/// All of them, and whether whoever looks may change them.
pub(super) async fn all(visit: &Visit) -> Result<(Vec<Details>, bool)> {
    let all = visit.app().emergency_contacts().list(&visit.caller).await?;
    Ok((all, may_change(visit).await?))
}

async fn may_change(visit: &Visit) -> Result<bool> {
    // Whoever is limited to properties may nowhere: these contacts are everybody's.
    visit.app().desk().may_everywhere(&visit.caller, Action::ManageEmergencyContacts).await
}

/// A line for a number, with the names of its fields.
struct Line {
    number: String,
    kind: String,
    id: String,
}

#[derive(Template)]
#[template(path = "desk/community/emergency_edit.html")]
struct EditPage {
    s: Shell,
    form: Shown,
    title: &'static str,
    /// The address of the contact, or of new ones.
    action: String,
    lines: Vec<Line>,
    is_new: bool,
}

fn edit_page(visit: &Visit, id: Option<EmergencyContactId>, form: Shown) -> EditPage {
    let used = (0..=100).rev().find(|n| !form.value(&format!("numbers.{n}.number")).is_empty());
    let count = LINES.max(used.map_or(0, |n| n + 1) + FREE);
    let line = |n: usize| Line {
        number: format!("numbers.{n}.number"),
        kind: format!("numbers.{n}.kind"),
        id: format!("numbers.{n}.id"),
    };
    EditPage {
        title: if id.is_some() { "emergency-edit" } else { "emergency-new" },
        action: format!("/desk/community/emergency/{}", id.map_or_else(|| "new".to_owned(), |id| id.to_string())),
        lines: (0..count).map(line).collect(),
        is_new: id.is_none(),
        form,
        s: visit.shell(),
    }
}

async fn new(visit: Staff) -> Response {
    match may_change(&visit).await {
        Ok(true) => visit.page(&edit_page(&visit, None, Shown::default())),
        Ok(false) => visit.failed(&Error::Forbidden),
        Err(error) => visit.failed(&error),
    }
}

/// The contact that an address names, for whoever may change it.
async fn named(visit: &Visit, id: &str) -> Result<Details> {
    let found = visit.app().emergency_contacts().get(&visit.caller, EmergencyContactId::new(number(id))).await?;
    if may_change(visit).await? { Ok(found) } else { Err(Error::Forbidden) }
}

async fn edit(visit: Staff, Path(id): Path<String>) -> Response {
    match named(&visit, &id).await {
        Ok(found) => {
            let mut fields = vec![
                ("name".to_owned(), found.contact.name.clone()),
                ("description".to_owned(), found.contact.description.clone().unwrap_or_default()),
            ];
            for (n, at) in found.numbers.iter().zip(0..) {
                fields.push((format!("numbers.{at}.id"), n.id.to_string()));
                fields.push((format!("numbers.{at}.number"), n.number.clone()));
                fields.push((format!("numbers.{at}.kind"), n.kind.clone().unwrap_or_default()));
            }
            visit.page(&edit_page(&visit, Some(found.contact.id), Shown::typed(&Fields(fields))))
        }
        Err(error) => visit.failed(&error),
    }
}

/// What was typed: a line without a number is none. A form of this page has at most so many lines.
fn input(fields: &Fields) -> Draft<Input> {
    let mut faults = Faults::new();
    let name = fields.get("name").trim();
    if name.is_empty() {
        faults.add("name", Problem::Blank);
    } else if name.chars().count() > MOST_NAME {
        faults.add("name", Problem::TooLong(MOST_NAME));
    }
    if fields.get("description").chars().count() > MOST_NAME {
        faults.add("description", Problem::TooLong(MOST_NAME));
    }
    let mut numbers = Vec::new();
    for n in 0..=100 {
        let (number, kind) = (format!("numbers.{n}.number"), format!("numbers.{n}.kind"));
        let typed = fields.get(&number).trim();
        if typed.is_empty() {
            continue;
        }
        for (field, text) in [(&number, typed), (&kind, fields.get(&kind))] {
            if text.chars().count() > MOST_NUMBER {
                faults.add(field.clone(), Problem::TooLong(MOST_NUMBER));
            }
        }
        numbers.push(NumberInput {
            id: fields.get(&format!("numbers.{n}.id")).parse().ok().map(EmergencyNumberId::new),
            number: Field::Given(typed.to_owned()),
            kind: fields.optional(&kind),
            extension: Field::Absent,
        });
    }
    let input = Input {
        name: Field::Given(name.to_owned()),
        description: fields.optional("description"),
        numbers: Field::Given(numbers),
    };
    Draft::new(input, faults)
}

/// The form again. That there is no number at all stands above the lines, in words of its own.
fn again(visit: &Visit, id: Option<EmergencyContactId>, fields: &Fields, error: Error) -> Result<Response> {
    let no_number = matches!(&error, Error::Invalid(all) if all.into_iter().any(|f| f.path.join(".") == "numbers"));
    let long: Vec<String> = match &error {
        Error::Invalid(all) => {
            all.into_iter().map(|f| f.path.join(".")).filter(|p| p.starts_with("numbers.")).collect()
        }
        _ => Vec::new(),
    };
    let mut form = refused(visit, fields, error)?;
    let t = visit.language.texts();
    if no_number {
        form.set("numbers", t.say("emergency-number-needed"));
    }
    for path in long {
        form.set(&path, in_words(t, &Problem::TooLong(MOST_NUMBER)));
    }
    Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &edit_page(visit, id, form)))
}

async fn create(visit: Staff, Posted(fields): Posted) -> Response {
    let made = match visit.app().emergency_contacts().create(&visit.caller, input(&fields)).await {
        Ok(_) => Ok(visit.go(contacts::HERE, Flash::done("done-news-saved"))),
        Err(error) => again(&visit, None, &fields, error),
    };
    answered(&visit, made)
}

async fn update(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = EmergencyContactId::new(number(&id));
    let made = match visit.app().emergency_contacts().update(&visit.caller, id, input(&fields)).await {
        Ok(_) => Ok(visit.go(contacts::HERE, Flash::done("done-news-saved"))),
        Err(error) => again(&visit, Some(id), &fields, error),
    };
    answered(&visit, made)
}

#[derive(Template)]
#[template(path = "desk/community/emergency_delete.html")]
struct AskPage {
    s: Shell,
    found: Details,
}

/// Its numbers do not come back, so it is asked before.
async fn ask(visit: Staff, Path(id): Path<String>) -> Response {
    match named(&visit, &id).await {
        Ok(found) => visit.page(&AskPage { s: visit.shell(), found }),
        Err(error) => visit.failed(&error),
    }
}

async fn delete(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let done = visit.app().emergency_contacts().delete(&visit.caller, EmergencyContactId::new(number(&id))).await;
    answered(&visit, done.map(|()| visit.go(contacts::HERE, Flash::done("done-emergency-deleted"))))
}
