//! Invitations to many: who lives here and has no login, who of them gets a mail, and what came of it.

use app::{
    invite::{Candidate, InviteRun, Outcome, Row, Standing, Whom},
    office::Place,
};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, StatusCode},
    response::Response,
    routing::get,
};
use identity::Identity;
use kernel::{Action, BuildingId, Instant, InviteRunId, PersonId, PropertyId, Result};

use super::office::{fresh_key, name, number};
use crate::{
    form::{Fields, Posted, Shown},
    page_route,
    parts::{Choice, Tone},
    session::Staff,
    shell::Shell,
};

const PATH: &str = "/desk/invitations";

/// So many people are shown; all who match are invited.
const SHOWN: usize = 200;

pub(super) fn routes() -> Router<Identity> {
    Router::new().route(PATH, page_route(get(choose).post(send))).route("/desk/invitations/{id}", page_route(get(show)))
}

/// Somebody in the list.
struct Line {
    id: PersonId,
    name: String,
    email: String,
    place: String,
    tone: Tone,
    state: &'static str,
    invited_at: Option<Instant>,
    /// Whether there is anything to leave out.
    may_leave_out: bool,
}

impl Line {
    fn of(c: &Candidate) -> Self {
        let (tone, state) = match c.standing {
            Standing::Ready => (Tone::Open, "invite-ready"),
            Standing::Invited => (Tone::Waiting, "invite-open"),
            Standing::NoEmail => (Tone::Waiting, "invite-no-email"),
        };
        Self {
            id: c.person,
            name: name(&c.first_name, &c.last_name, None),
            email: c.email.clone().unwrap_or_default(),
            place: format!("{}, {}", c.property, c.unit),
            tone,
            state,
            invited_at: c.invited_at,
            may_leave_out: c.standing != Standing::NoEmail,
        }
    }
}

#[derive(Template)]
#[template(path = "desk/invitations/choose.html")]
struct ChoosePage {
    s: Shell,
    form: Shown,
    places: Vec<Choice>,
    buildings: Vec<Choice>,
    property: String,
    building: String,
    unit: String,
    key: String,
    lines: Vec<Line>,
    /// How many have an address and no invitation, have one, have no address, and are not shown.
    ready: usize,
    invited: usize,
    without: usize,
    hidden: usize,
    runs: Vec<Past>,
}

/// A run before.
struct Past {
    to: String,
    place: String,
    total: usize,
    at: Instant,
    tone: Tone,
    state: &'static str,
}

/// Whom the address, or the form, is about.
fn whom(fields: &Fields) -> Whom {
    let id = |name: &str| fields.get(name).parse::<i64>().ok();
    Whom {
        property: id("property").map(PropertyId::new),
        building: id("building").map(BuildingId::new),
        unit: fields.get("unit").trim().chars().take(50).collect(),
        but: fields.all("but").filter_map(|id| id.parse().ok().map(PersonId::new)).collect(),
        renew: fields.ticked("renew"),
    }
}

async fn choose_page(visit: &Staff, fields: &Fields, form: Shown) -> Result<ChoosePage> {
    let (app, caller, whom) = (visit.app(), &visit.caller, whom(fields));
    let places: Vec<Place> = app.office().places(caller, Action::InviteToUnit).await?;
    let all = app.invites().candidates(caller, whom.clone()).await?;
    let buildings = match whom.property {
        Some(property) => app.office().buildings(caller, property).await?,
        None => Vec::new(),
    };
    let runs = app.invites().invite_runs(caller).await?;
    let count = |standing| all.iter().filter(|c| c.standing == standing).count();
    let s = visit.shell();
    let past = |run: &InviteRun| {
        let place = run.property_id.and_then(|id| places.iter().find(|p| p.id == id)).map(|p| p.name.clone());
        let (tone, state) = run_state(run);
        Past {
            to: format!("{PATH}/{}", run.id),
            place: place.unwrap_or_else(|| s.say("all-properties")),
            total: usize::try_from(run.total).unwrap_or(0),
            at: run.created_at,
            tone,
            state,
        }
    };
    Ok(ChoosePage {
        runs: runs.iter().map(past).collect(),
        // A building without a name is the property's only one.
        buildings: buildings
            .iter()
            .filter(|b| !b.name.is_empty())
            .map(|b| Choice::new(&b.id, b.name.clone()))
            .collect(),
        places: places.iter().map(|p| Choice::new(&p.id, p.name.clone())).collect(),
        property: whom.property.map(|p| p.to_string()).unwrap_or_default(),
        building: whom.building.map(|b| b.to_string()).unwrap_or_default(),
        unit: whom.unit,
        key: fresh_key(visit),
        ready: count(Standing::Ready),
        invited: count(Standing::Invited),
        without: count(Standing::NoEmail),
        hidden: all.len().saturating_sub(SHOWN),
        lines: all.iter().take(SHOWN).map(Line::of).collect(),
        form,
        s,
    })
}

const fn run_state(run: &InviteRun) -> (Tone, &'static str) {
    if run.finished_at.is_some() { (Tone::Done, "invite-done") } else { (Tone::Working, "invite-working") }
}

async fn choose(visit: Staff) -> Response {
    match choose_page(&visit, &visit.query.clone(), Shown::default()).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn send(visit: Staff, Posted(fields): Posted) -> Response {
    let key = fields.get("key").to_owned();
    let error = match visit.app().invites().invite_many(&visit.caller, whom(&fields), key).await {
        Ok(id) => return visit.go(&format!("{PATH}/{id}"), None),
        Err(error) => error,
    };
    let nobody = |word: &str| (word == "nobody").then_some("invite-nobody");
    let page = match Shown::refused(&fields, error, visit.language.texts(), nobody) {
        Ok(form) => choose_page(&visit, &fields, form).await,
        Err(error) => Err(error),
    };
    match page {
        Ok(page) => visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page),
        Err(error) => visit.failed(&error),
    }
}

/// What came of one person.
struct Came {
    id: PersonId,
    name: String,
    email: String,
    place: String,
    tone: Tone,
    state: &'static str,
}

impl Came {
    fn of(row: &Row) -> Self {
        let (tone, state) = match row.outcome {
            None => (Tone::Waiting, "invite-waits"),
            Some(outcome) => (if outcome.is_mailed() { Tone::Done } else { Tone::Refused }, outcome_text(outcome)),
        };
        Self {
            id: row.person_id,
            name: name(&row.first_name, &row.last_name, None),
            email: row.email.clone().unwrap_or_default(),
            place: format!("{}, {}", row.property, row.unit),
            tone,
            state,
        }
    }
}

const fn outcome_text(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Invited => "invite-mailed",
        Outcome::Renewed => "invite-renewed",
        Outcome::Already => "invite-already",
        Outcome::NoEmail => "invite-no-email",
        Outcome::HasLogin => "invite-has-access",
        Outcome::Gone => "invite-gone",
    }
}

#[derive(Template)]
#[template(path = "desk/invitations/run.html")]
struct RunPage {
    s: Shell,
    run: InviteRun,
    tone: Tone,
    state: &'static str,
    done: usize,
    mailed: usize,
    skipped: usize,
    rows: Vec<Came>,
}

async fn show(visit: Staff, Path(id): Path<String>) -> Response {
    let (run, rows) = match visit.app().invites().invite_run(&visit.caller, InviteRunId::new(number(&id))).await {
        Ok(found) => found,
        Err(error) => return visit.failed(&error),
    };
    let working = run.finished_at.is_none();
    let done = rows.iter().filter(|r| r.outcome.is_some()).count();
    let mailed = rows.iter().filter(|r| r.outcome.is_some_and(Outcome::is_mailed)).count();
    let (tone, state) = run_state(&run);
    let mut rows: Vec<Came> = rows.iter().map(Came::of).collect();
    // Who got none is what there is to do.
    rows.sort_by_key(|r| r.tone == Tone::Done);
    let page = RunPage { s: visit.shell(), tone, state, done, mailed, skipped: done - mailed, rows, run };
    let mut response = visit.page(&page);
    if working {
        // Without a script too the page goes on by itself, and it may be left.
        response.headers_mut().insert("refresh", HeaderValue::from_static("2"));
    }
    response
}
