//! `/tickets`: what I reported, and what was said about it.

use app::ticket::{Answer, Moment, Own, Rating, Reply, Stage, Status};
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use kernel::{Draft, Error, Faults, Field, Instant, TicketId};

use crate::{
    flash::Flash,
    form::{Posted, Shown},
    icon,
    mixed::Mixed,
    page::{self, MISSING, WayOn},
    parts::{Attachment, Said, Step, Tone},
    session::{At, Resident, Visit},
    shell::Shell,
    words,
};

/// A ticket in a list.
pub(crate) struct Line {
    pub(crate) number: i64,
    pub(crate) title: String,
    pub(crate) place: String,
    pub(crate) icon: &'static str,
    pub(crate) tone: Tone,
    pub(crate) status: &'static str,
    pub(crate) at: Instant,
    pub(crate) answers: usize,
}

/// An answer to a form's question.
struct Told {
    name: String,
    text: String,
}

#[derive(Template)]
#[template(path = "portal/tickets.html")]
struct ListPage {
    s: Shell,
    open: Vec<Line>,
    closed: Vec<Line>,
}

#[derive(Template)]
#[template(path = "portal/ticket.html")]
struct TicketPage {
    s: Shell,
    line: Line,
    created_at: Instant,
    told: Vec<Told>,
    files: Vec<Attachment>,
    talk: Vec<Said>,
    steps: Vec<Step>,
    cares: Option<String>,
    closed: bool,
    rating: Option<i64>,
    rating_comment: Option<String>,
    form: Shown,
    mark: String,
    /// The draft that was sent, when the page follows it.
    sent: Option<String>,
}

/// How a status looks and is called.
pub(crate) const fn status(s: Status) -> (Tone, &'static str) {
    match s {
        Status::Open => (Tone::Open, "status-open"),
        Status::InProgress => (Tone::Working, "status-in-progress"),
        Status::Waiting => (Tone::Waiting, "status-waiting"),
        Status::Done => (Tone::Done, "status-closed"),
        Status::Rejected => (Tone::Refused, "status-rejected"),
    }
}

fn line(own: &Own) -> Line {
    let t = &own.details.ticket;
    let (tone, status) = status(t.status);
    let said = |answer: &Answer| answer.value.as_str().map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned);
    let about = own.answers.iter().find(|a| a.kind == "text").and_then(said);
    let description = t.description.as_deref().map(first_line);
    let title = match (&own.form.title, about) {
        (Some(form), Some(about)) => format!("{form}: {about}"),
        (Some(form), None) => form.clone(),
        (None, _) => description.unwrap_or_default(),
    };
    let place = [own.property.as_ref().map(|p| p.name.clone()), own.form.unit_number.clone()];
    Line {
        number: t.number,
        title,
        place: place.into_iter().flatten().collect::<Vec<_>>().join(", "),
        icon: icon::of_form(own.form.icon.as_deref().unwrap_or_default()),
        tone,
        status,
        at: t.updated_at,
        answers: own.details.comments.len(),
    }
}

/// Tickets as lines of a list.
pub(super) fn lines(own: &[Own]) -> Vec<Line> {
    own.iter().map(line).collect()
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 80 { line.chars().take(79).chain(['…']).collect() } else { line.to_owned() }
}

/// All of them.
pub(super) async fn list(visit: Resident) -> Response {
    let own = match visit.app().tickets().own(&visit.caller, None).await {
        Ok(own) => own,
        Err(error) => return visit.failed(&error),
    };
    let (closed, open): (Vec<_>, Vec<_>) =
        own.into_iter().partition(|t| t.details.ticket.status.stage() == Stage::Closed);
    visit.page(&ListPage { s: visit.shell(), open: lines(&open), closed: lines(&closed) })
}

/// The ticket of this number in an address.
async fn find(visit: &Visit, number: &str) -> Result<TicketId, Error> {
    let number = number.parse().map_err(|_| Error::NotFound("ticket"))?;
    visit.app().tickets().own_id(&visit.caller, number).await
}

/// One of them.
pub(super) async fn show(visit: Resident, At(number): At<String>) -> Response {
    let own = match find(&visit, &number).await {
        Ok(id) => visit.app().tickets().own_one(&visit.caller, id).await,
        Err(error) => Err(error),
    };
    match own {
        Ok(own) => whole(&visit, &own, Shown::default(), StatusCode::OK).await,
        Err(error) => visit.failed(&error),
    }
}

/// Answers it.
pub(super) async fn reply(visit: Resident, At(number): At<String>, sent: Mixed) -> Response {
    let id = match find(&visit, &number).await {
        Ok(id) => id,
        Err(error) => return visit.failed(&error),
    };
    let files = sent.fields.files("photos").into_iter().map(|(path, _)| path).collect();
    let reply = Reply { text: sent.fields.text("text"), files: Field::Given(files) };
    let draft = Draft::new(reply, sent.faults);
    match visit.app().tickets().reply(&visit.caller, id, draft).await {
        Ok(_) => visit.go(&format!("/tickets/{number}?sent=reply#end"), Flash::done("done-replied")),
        Err(error) => {
            let form = match Shown::refused(&sent.fields, error, visit.language.texts(), |_| None) {
                Ok(form) => form,
                Err(error) => return visit.failed(&error),
            };
            match visit.app().tickets().own_one(&visit.caller, id).await {
                Ok(own) => whole(&visit, &own, form, StatusCode::UNPROCESSABLE_ENTITY).await,
                Err(error) => visit.failed(&error),
            }
        }
    }
}

/// Says how it went.
pub(super) async fn rate(visit: Resident, At(number): At<String>, Posted(fields): Posted) -> Response {
    let id = match find(&visit, &number).await {
        Ok(id) => id,
        Err(error) => return visit.failed(&error),
    };
    let mut faults = Faults::new();
    let rating = Rating { rating: fields.number("rating", &mut faults), comment: fields.text("comment") };
    match visit.app().tickets().rate(&visit.caller, id, Draft::new(rating, faults)).await {
        Ok(_) => visit.go(&format!("/tickets/{number}"), Flash::done("done-rated")),
        Err(error) => {
            let words = |word: &str| (word == "rated").then_some("ticket-rated-already");
            let form = match Shown::refused(&fields, error, visit.language.texts(), words) {
                Ok(form) => form,
                Err(error) => return visit.failed(&error),
            };
            match visit.app().tickets().own_one(&visit.caller, id).await {
                Ok(own) => whole(&visit, &own, form, StatusCode::UNPROCESSABLE_ENTITY).await,
                Err(error) => visit.failed(&error),
            }
        }
    }
}

/// A word that changes when something is new: what an open page asks for now and then.
pub(super) async fn mark(visit: Resident, At(number): At<String>) -> Response {
    let own = match find(&visit, &number).await {
        Ok(id) => visit.app().tickets().own_one(&visit.caller, id).await,
        Err(error) => Err(error),
    };
    match own {
        Ok(own) => ([(header::CACHE_CONTROL, "no-store")], mark_of(&own)).into_response(),
        Err(_) => page::notice(visit.language, &MISSING, WayOn::Front),
    }
}

fn mark_of(own: &Own) -> String {
    format!("{}-{}", own.details.ticket.updated_at.micros(), own.details.comments.len())
}

async fn whole(visit: &Visit, own: &Own, form: Shown, code: StatusCode) -> Response {
    let history = match visit.app().tickets().own_history(&visit.caller, own.details.ticket.id).await {
        Ok(history) => history,
        Err(error) => return visit.failed(&error),
    };
    let s = visit.shell();
    let t = &own.details.ticket;
    let page = TicketPage {
        line: line(own),
        created_at: t.created_at,
        told: told(&s, own),
        files: visit.attachments(&own.files),
        talk: talk(visit, own),
        steps: history.iter().map(|m| step(&s, m)).collect(),
        cares: own.details.staff.first().map(|m| format!("{} {}", m.first_name, m.last_name)),
        closed: t.status.stage() == Stage::Closed,
        rating: own.form.rating,
        rating_comment: own.form.rating_comment.clone(),
        form,
        mark: mark_of(own),
        sent: match visit.query.get("sent") {
            "reply" => Some(format!("ticket-{}", t.number)),
            form if form.bytes().all(|b| b.is_ascii_digit()) && !form.is_empty() => Some(format!("report-{form}")),
            _ => None,
        },
        s,
    };
    visit.page_with(code, &page)
}

fn told(s: &Shell, own: &Own) -> Vec<Told> {
    if own.answers.is_empty() {
        let text = own.details.ticket.description.clone().unwrap_or_default();
        return vec![Told { name: s.say("ticket-text"), text }];
    }
    let answer = |a: &Answer| {
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
    own.answers.iter().filter_map(answer).collect()
}

fn talk(visit: &Visit, own: &Own) -> Vec<Said> {
    let said = |c: &app::ticket::Comment| Said {
        who: format!("{} {}", c.author_first, c.author_last).trim().to_owned(),
        initials: words::initials(&c.author_first, &c.author_last),
        face: visit.face(own.people.get(&c.author_id).and_then(|p| p.avatar)),
        is_staff: own.people.get(&c.author_id).is_some_and(|p| p.is_staff),
        is_mine: c.author_id == visit.me.person,
        internal: false,
        at: c.created_at,
        text: c.text.clone(),
        files: own.comment_files.get(&c.id).map(|files| visit.attachments(files)).unwrap_or_default(),
    };
    own.details.comments.iter().map(said).collect()
}

fn step(s: &Shell, m: &Moment) -> Step {
    let (tone, key) = status(m.status);
    let word = s.say(key);
    let text = m.name.as_ref().map_or_else(|| word.clone(), |name| s.say_xy("ticket-step", &word, name));
    Step { icon: tone.icon(), text, at: m.at }
}
