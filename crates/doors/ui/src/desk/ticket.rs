//! `/desk/tickets/{number}`: one ticket, with the list it came from, what was said, and everything about it; and a new
//! one.

use app::{
    desk::{Answer, NewTicket, Step, TicketView},
    ticket,
};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use identity::Identity;
use kernel::{Draft, Error, Faults, Field, Instant, PageRequest, PersonId, PropertyId, UnitId};

use super::{
    lines::{self, Line, choices, full, line, lines, place, statuses},
    said::{Sentence, names, of_ticket},
    tickets::{Chosen, URGENCIES, done, wanted},
};
use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    mixed::Mixed,
    page_route,
    parts::{Attachment, Choice, Said},
    session::{Staff, Visit},
    shell::Shell,
    words,
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/tickets/new", page_route(get(blank).post(open)))
        .route("/desk/tickets/{number}", page_route(get(show).post(answer)))
        .route("/desk/tickets/{number}/work", page_route(post(work)))
        .route("/desk/tickets/{number}/share", page_route(post(share)))
        .route("/desk/tickets/{number}/hide", page_route(post(hide)))
        .route("/desk/tickets/{number}/mark", page_route(get(mark)))
}

/// Tickets beside the one shown.
const BESIDE: u32 = 25;

/// An answer to a form's question.
struct Told {
    name: String,
    text: String,
}

/// Somebody a ticket is about, to be reached.
struct Reachable {
    id: PersonId,
    name: String,
    email: Option<String>,
    phone: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/ticket.html")]
struct TicketPage {
    s: Shell,
    line: Line,
    back: String,
    query: String,
    beside: Vec<Line>,
    created_at: Instant,
    shared: bool,
    person: Option<Reachable>,
    unit: Option<(UnitId, String)>,
    property: Option<(PropertyId, String)>,
    told: Vec<Told>,
    files: Vec<Attachment>,
    author: String,
    author_initials: String,
    author_face: Option<String>,
    talk: Vec<Said>,
    history: Vec<Sentence>,
    related: Vec<Line>,
    workers: Vec<Choice>,
    states: Vec<Choice>,
    work: Shown,
    form: Shown,
    rating: Option<i64>,
    rating_comment: Option<String>,
    may_write: bool,
    mark: String,
    sent: bool,
}

/// The number in an address.
fn number(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::NotFound("ticket"))
}

async fn show(visit: Staff, Path(n): Path<String>) -> Response {
    let form = Shown::with([("to", String::new())]);
    shown(&visit, &n, form, StatusCode::OK).await
}

async fn shown(visit: &Visit, n: &str, form: Shown, code: StatusCode) -> Response {
    match page(visit, n, form).await {
        Ok(page) => visit.page_with(code, &page),
        Err(error) => visit.failed(&error),
    }
}

async fn page(visit: &Visit, n: &str, form: Shown) -> Result<TicketPage, Error> {
    let desk = visit.app().desk();
    let number = number(n)?;
    let (mark, _) = desk.ticket_mark(&visit.caller, number).await?;
    let view = desk.ticket(&visit.caller, number).await?;
    let chosen = Chosen::of(&visit.query, visit.me.person);
    let request = PageRequest { after: None, limit: BESIDE };
    let beside = desk.tickets(&visit.caller, chosen.filter.clone(), chosen.sort, request).await?;
    let s = visit.shell();
    let query = chosen.query();
    let row = &view.row;
    let work = Shown::with([
        ("status", row.status.as_str().to_owned()),
        ("assignee", row.assignee_id.map_or_else(|| "nobody".to_owned(), |id| id.to_string())),
    ]);
    let mut workers = vec![Choice::new("nobody", s.say("work-nobody"))];
    workers.extend(choices(&s, &view.colleagues, visit.me.person));
    let author = view.people.get(&view.author_id);
    Ok(TicketPage {
        line: line(&s, row, &query),
        beside: beside.items.iter().map(|t| line(&s, t, &query)).collect(),
        created_at: row.created_at,
        shared: row.shared,
        person: row.concerns_id.map(|id| reachable(&view, id)),
        unit: row.unit_id.zip(row.unit_number.clone()),
        property: row.property_id.zip(row.property_name.clone()),
        told: told(&s, &view),
        files: visit.attachments(&view.files),
        author: author.map_or_else(String::new, |p| full(Some(&p.first_name), Some(&p.last_name))),
        author_initials: author.map_or_else(String::new, |p| words::initials(&p.first_name, &p.last_name)),
        author_face: visit.face(author.and_then(|p| p.avatar)),
        talk: talk(visit, &view),
        history: of_ticket(&s, &view.history, &names(&view.colleagues)),
        related: lines(&s, &view.related),
        workers,
        states: statuses(&s),
        work,
        form,
        rating: view.form.rating,
        rating_comment: view.form.rating_comment.clone(),
        may_write: view.may_write,
        mark,
        sent: visit.query.get("sent") == "yes",
        back: format!("/desk/tickets{}", lines::with_mark(&query)),
        query,
        s,
    })
}

fn reachable(view: &TicketView, id: PersonId) -> Reachable {
    let card = view.people.get(&id);
    Reachable {
        id,
        name: full(view.row.concerns_first.as_deref(), view.row.concerns_last.as_deref()),
        email: card.and_then(|p| p.email.clone()),
        phone: card.and_then(|p| p.phone.clone()).filter(|p| !p.is_empty()),
    }
}

fn told(s: &Shell, view: &TicketView) -> Vec<Told> {
    if view.answers.is_empty() {
        let text = view.row.description.clone().unwrap_or_default();
        return if text.trim().is_empty() { Vec::new() } else { vec![Told { name: String::new(), text }] };
    }
    let answer = |a: &ticket::Answer| {
        let text = match &a.value {
            serde_json::Value::Bool(true) => s.say("yes"),
            serde_json::Value::Bool(false) => s.say("no"),
            serde_json::Value::String(text) if a.kind == "date" => {
                text.parse().map_or_else(|_| text.clone(), |on| s.clock.date(on))
            }
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(n) => n.to_string(),
            _ => return None,
        };
        Some(Told { name: a.name.clone(), text })
    };
    view.answers.iter().filter_map(answer).collect()
}

fn talk(visit: &Visit, view: &TicketView) -> Vec<Said> {
    let said = |c: &ticket::Comment| Said {
        who: full(Some(&c.author_first), Some(&c.author_last)),
        initials: words::initials(&c.author_first, &c.author_last),
        face: visit.face(view.people.get(&c.author_id).and_then(|p| p.avatar)),
        is_staff: view.people.get(&c.author_id).is_some_and(|p| p.is_staff),
        is_mine: view.people.get(&c.author_id).is_some_and(|p| p.is_staff),
        internal: c.internal,
        at: c.created_at,
        text: c.text.clone(),
        files: view.comment_files.get(&c.id).map(|files| visit.attachments(files)).unwrap_or_default(),
    };
    view.comments.iter().map(said).collect()
}

/// Answers it, to all or to the staff alone.
async fn answer(visit: Staff, Path(n): Path<String>, sent: Mixed) -> Response {
    let number = match number(&n) {
        Ok(number) => number,
        Err(error) => return visit.failed(&error),
    };
    let internal = sent.fields.get("to") != "all";
    let files = sent.fields.files("photos").into_iter().map(|(path, _)| path).collect();
    let status = lines::status_of(sent.fields.get("then"));
    let answer = Answer { text: sent.fields.text("text"), internal, files, status };
    let draft = Draft::new(answer, sent.faults);
    match visit.app().desk().answer(&visit.caller, number, draft).await {
        Ok(_) => {
            let done = if internal { Flash::done("done-work-noted") } else { Flash::done("done-work-answered") };
            visit.go(&format!("/desk/tickets/{number}?sent=yes#end"), done)
        }
        Err(error) => match Shown::refused(&sent.fields, error, visit.language.texts(), |_| None) {
            Ok(form) => shown(&visit, &n, form, StatusCode::UNPROCESSABLE_ENTITY).await,
            Err(error) => visit.failed(&error),
        },
    }
}

/// Gives it to somebody, or another status.
async fn work(visit: Staff, Path(n): Path<String>, Posted(fields): Posted) -> Response {
    match number(&n) {
        Ok(number) => {
            let query = Chosen::of(&Fields::of_query(fields.get("back")), visit.me.person).query();
            let back = format!("/desk/tickets/{number}{}", lines::with_mark(&query));
            done(&visit, vec![Step { number, ..wanted(&fields) }], &back).await
        }
        Err(error) => visit.failed(&error),
    }
}

/// Lets the resident see it.
async fn share(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    set_shared(&visit, &n, true).await
}

/// Hides it from the resident again.
async fn hide(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    set_shared(&visit, &n, false).await
}

async fn set_shared(visit: &Visit, n: &str, shared: bool) -> Response {
    let done = match number(n) {
        Ok(number) => visit.app().desk().share(&visit.caller, number, shared).await.map(|()| number),
        Err(error) => Err(error),
    };
    match done {
        Ok(number) => {
            let (key, back) = if shared { ("done-work-shared", "hide") } else { ("done-work-hidden", "share") };
            let to = format!("/desk/tickets/{number}");
            visit.go(&to, Flash::undoable(key, format!("{to}/{back}")))
        }
        Err(error) => visit.failed(&error),
    }
}

/// A word that changes when something is said or done, and what to say of it.
async fn mark(visit: Staff, Path(n): Path<String>) -> Response {
    let mark = match number(&n) {
        Ok(number) => visit.app().desk().ticket_mark(&visit.caller, number).await,
        Err(error) => Err(error),
    };
    match mark {
        Ok((mark, said)) => {
            let before = visit.query.get("since").split('-').next().and_then(|n| n.parse().ok()).unwrap_or(said);
            let text = match usize::try_from(said - before) {
                Ok(n @ 1..) => format!("{mark}\n{}", visit.language.texts().say_with("work-live-answers", "n", n)),
                _ => mark,
            };
            ([(header::CACHE_CONTROL, "no-store")], text).into_response()
        }
        Err(error) => visit.failed(&error),
    }
}

/// What a new ticket may be about.
struct About {
    /// The field and value that name it.
    name: &'static str,
    value: i64,
    title: String,
    facts: String,
    icon: &'static str,
}

#[derive(Template)]
#[template(path = "desk/ticket_new.html")]
struct NewPage {
    s: Shell,
    about: Option<About>,
    text: String,
    found: Vec<About>,
    form: Shown,
    workers: Vec<Choice>,
    urgencies: Vec<Choice>,
    asked: bool,
}

/// Chooses what it is about, then the form.
async fn blank(visit: Staff) -> Response {
    let form = Shown::with([("shared", "yes".to_owned())]);
    made(&visit, &visit.query.clone(), form, StatusCode::OK).await
}

async fn made(visit: &Visit, fields: &Fields, form: Shown, code: StatusCode) -> Response {
    match new_page(visit, fields, form).await {
        Ok(page) => visit.page_with(code, &page),
        Err(error) => visit.failed(&error),
    }
}

async fn new_page(visit: &Visit, fields: &Fields, form: Shown) -> Result<NewPage, Error> {
    let s = visit.shell();
    let desk = visit.app().desk();
    let id = |name: &str| fields.get(name).parse::<i64>().ok();
    let about = if let Some(person) = id("person") {
        let view = desk.person(&visit.caller, PersonId::new(person)).await?;
        let home = view.tenancies.iter().find(|t| t.is_running(s.clock.now));
        let facts = home.map_or_else(String::new, |t| place(Some(&t.property_name), t.unit_number.as_deref()));
        let name = full(Some(&view.facts.first_name), Some(&view.facts.last_name));
        Some(About { name: "person", value: person, title: name, facts, icon: "user" })
    } else if let Some(unit) = id("unit") {
        let view = desk.unit(&visit.caller, UnitId::new(unit)).await?;
        let facts = view.facts.property_name.clone();
        Some(About { name: "unit", value: unit, title: view.facts.number, facts, icon: "door" })
    } else if let Some(property) = id("property") {
        let view =
            desk.property(&visit.caller, PropertyId::new(property), PageRequest { after: None, limit: 1 }).await?;
        let facts = format!("{}, {}", view.property.street, view.property.city);
        Some(About { name: "property", value: property, title: view.property.name, facts, icon: "building" })
    } else {
        None
    };
    let text = fields.get("q").to_owned();
    let (mut found, mut workers) = (Vec::new(), Vec::new());
    if about.is_none() && !text.trim().is_empty() {
        let all = visit.app().search().find(&visit.caller, &text).await?;
        found.extend(all.people.into_iter().filter(|(p, _)| p.is_resident).map(|(p, homes)| About {
            name: "person",
            value: p.id.get(),
            title: full(Some(&p.first_name), Some(&p.last_name)),
            facts: homes.first().map_or_else(String::new, |h| place(Some(&h.property_name), h.unit_number.as_deref())),
            icon: "user",
        }));
        found.extend(all.units.into_iter().map(|(u, people)| About {
            name: "unit",
            value: u.id.get(),
            title: u.number,
            facts: people.first().map_or(u.property_name.clone(), |p| {
                format!("{} · {}", u.property_name, full(Some(&p.first_name), Some(&p.last_name)))
            }),
            icon: "door",
        }));
        found.extend(all.properties.into_iter().map(|p| About {
            name: "property",
            value: p.id.get(),
            title: p.name,
            facts: format!("{}, {}", p.street, p.city),
            icon: "building",
        }));
    } else if about.is_some() {
        let (_, choice) = desk.ticket_counts(&visit.caller).await?;
        workers = choices(&s, &choice.colleagues, visit.me.person);
    }
    let urgencies = URGENCIES.iter().map(|(value, key)| Choice::new(value, s.say(key))).collect();
    Ok(NewPage { about, asked: !text.trim().is_empty(), text, found, form, workers, urgencies, s })
}

/// Writes it down.
async fn open(visit: Staff, Posted(fields): Posted) -> Response {
    let mut faults = Faults::new();
    let id = |name: &str| fields.get(name).parse::<i64>().ok();
    let input = NewTicket {
        person_id: Field::Given(id("person").map(PersonId::new)),
        unit_id: Field::Given(id("unit").map(UnitId::new)),
        property_id: Field::Given(id("property").map(PropertyId::new)),
        title: fields.text("title"),
        description: fields.optional("description"),
        urgency: fields.optional("urgency"),
        assignee_id: fields.number("assignee_id", &mut faults).map(|id: i64| Some(PersonId::new(id))),
        shared: fields.ticked("shared"),
    };
    match visit.app().desk().open_ticket(&visit.caller, Draft::new(input, faults)).await {
        Ok(number) => visit.go(&format!("/desk/tickets/{number}?sent=yes"), Flash::done("done-work-opened")),
        Err(error) => match Shown::refused(&fields, error, visit.language.texts(), |_| None) {
            Ok(form) => made(&visit, &fields, form, StatusCode::UNPROCESSABLE_ENTITY).await,
            Err(error) => visit.failed(&error),
        },
    }
}
