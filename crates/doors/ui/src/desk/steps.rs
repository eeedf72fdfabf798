//! What is done about arrears by hand: a step, a pause, a reminder; and the rules of a property.

use app::ledger::{LateFee, LedgerRow, Rules, Step, StepRule, Taken, TheRules};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Action, Currency, Draft, Error, Faults, Field, LedgerId, Problem, PropertyId, Result};

use super::{
    money::step_key,
    office::{self, amount, day, link, name, number},
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

const RULES: &str = "/desk/money/rules";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/ledgers/{id}/step", page_route(get(step).post(take)))
        .route("/desk/ledgers/{id}/step/{step}/undo", page_route(post(undo)))
        .route("/desk/ledgers/{id}/pause", page_route(get(pausing).post(pause)))
        .route("/desk/ledgers/{id}/resume", page_route(post(resume)))
        .route("/desk/ledgers/{id}/remind", page_route(get(reminding).post(remind)))
        .route(RULES, page_route(get(rules).post(set_rules)))
}

/// What is done about a ledger here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Step,
    Pause,
    Remind,
}

impl Deed {
    const fn title(self) -> &'static str {
        match self {
            Self::Step => "step-take",
            Self::Pause => "steps-pause",
            Self::Remind => "remind",
        }
    }
}

#[derive(Template)]
#[template(path = "desk/money/step.html")]
struct StepPage {
    s: Shell,
    form: Shown,
    deed: Deed,
    steps: Vec<Choice>,
    who: String,
    back: String,
    /// What a reminder would say, in one sentence.
    about: String,
}

impl StepPage {
    fn new(visit: &Visit, deed: Deed, row: &LedgerRow, form: Shown, about: String) -> Self {
        let s = visit.shell();
        let steps = Step::ALL.into_iter().map(|step| Choice::new(step.as_str(), s.say(step_key(step))));
        let called = name(&row.first_name, &row.last_name, row.business_name.as_deref());
        Self {
            steps: steps.collect(),
            who: format!("{called} · {} · {}", row.unit, row.property),
            back: back(row),
            deed,
            about,
            form,
            s,
        }
    }
}

fn back(row: &LedgerRow) -> String {
    format!("/desk/ledgers/{}", row.id)
}

async fn row(visit: &Visit, id: &str) -> Result<LedgerRow> {
    visit.app().ledgers().row(&visit.caller, LedgerId::new(number(id))).await
}

/// The page of a deed, for whoever may do it.
async fn begin(visit: &Visit, id: &str, deed: Deed) -> Result<Response> {
    let open = visit.app().ledgers().open(&visit.caller, LedgerId::new(number(id)), None).await?;
    if !open.may_manage {
        return Err(Error::Forbidden);
    }
    let s = visit.shell();
    let about = match (deed, open.view.overdue_since) {
        (Deed::Remind, Some(since)) => {
            s.say_xy("remind-about", &s.money(open.view.overdue, open.row.currency), &s.clock.date(since))
        }
        _ => String::new(),
    };
    let form = match deed {
        Deed::Step => Shown::with([("on", open.view.today.to_string())]),
        Deed::Pause | Deed::Remind => Shown::default(),
    };
    Ok(visit.page(&StepPage::new(visit, deed, &open.row, form, about)))
}

fn answered(visit: &Visit, done: Result<Response>) -> Response {
    done.unwrap_or_else(|error| visit.failed(&error))
}

/// The page once more, with what was wrong.
fn again(visit: &Visit, deed: Deed, row: &LedgerRow, fields: &Fields, error: Error) -> Result<Response> {
    let form = Shown::refused(fields, error, visit.language.texts(), |word| match word {
        "not_overdue" => Some("refused-not-overdue"),
        "no_email" => Some("refused-no-email"),
        "reminded_today" => Some("refused-reminded"),
        _ => None,
    })?;
    Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &StepPage::new(visit, deed, row, form, String::new())))
}

async fn step(visit: Staff, Path(id): Path<String>) -> Response {
    answered(&visit, begin(&visit, &id, Deed::Step).await)
}

async fn take(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let done = async {
        let row = row(&visit, &id).await?;
        let mut faults = Faults::new();
        let on = day(&fields, "on", &mut faults);
        let step = match (Step::parse(fields.get("step")), fields.get("step")) {
            (Some(step), _) => Field::Given(step),
            (None, "") => Field::Absent,
            (None, _) => {
                faults.add("step", Problem::Unknown);
                Field::Faulty
            }
        };
        let word = fields.get("step").to_owned();
        let taken = Taken { step, on, note: fields.optional("note") };
        let ledgers = visit.app().ledgers();
        match ledgers.take_step(&visit.caller, row.property_id, row.uid, Draft::new(taken, faults)).await {
            Ok(()) => {
                let undo = format!("{}/step/{word}/undo", back(&row));
                Ok(visit.go(&back(&row), Flash::undoable("done-step", undo)))
            }
            Err(error) => again(&visit, Deed::Step, &row, &fields, error),
        }
    };
    answered(&visit, done.await)
}

async fn undo(visit: Staff, Path((id, step)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let done = async {
        let row = row(&visit, &id).await?;
        let step = Step::parse(&step).ok_or(Error::NotFound("step"))?;
        visit.app().ledgers().undo_step(&visit.caller, row.property_id, row.uid, step).await?;
        Ok(visit.go(&back(&row), Flash::done("done-step-undone")))
    };
    answered(&visit, done.await)
}

async fn pausing(visit: Staff, Path(id): Path<String>) -> Response {
    answered(&visit, begin(&visit, &id, Deed::Pause).await)
}

async fn pause(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let done = async {
        let row = row(&visit, &id).await?;
        let mut faults = Faults::new();
        let until = day(&fields, "until", &mut faults);
        let draft = Draft::new((until, fields.optional("note")), faults);
        match visit.app().ledgers().pause_steps(&visit.caller, row.property_id, row.uid, draft).await {
            Ok(()) => Ok(visit.go(&back(&row), Flash::undoable("done-paused", format!("{}/resume", back(&row))))),
            Err(error) => again(&visit, Deed::Pause, &row, &fields, error),
        }
    };
    answered(&visit, done.await)
}

async fn resume(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let done = async {
        let row = row(&visit, &id).await?;
        visit.app().ledgers().resume_steps(&visit.caller, row.property_id, row.uid).await?;
        Ok(visit.go(&back(&row), Flash::done("done-resumed")))
    };
    answered(&visit, done.await)
}

async fn reminding(visit: Staff, Path(id): Path<String>) -> Response {
    answered(&visit, begin(&visit, &id, Deed::Remind).await)
}

async fn remind(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let done = async {
        let row = row(&visit, &id).await?;
        match visit.app().ledgers().remind(&visit.caller, row.property_id, row.uid).await {
            Ok(_) => Ok(visit.go(&back(&row), Flash::done("done-reminded"))),
            Err(error) => again(&visit, Deed::Remind, &row, &fields, error),
        }
    };
    answered(&visit, done.await)
}

#[derive(Template)]
#[template(path = "desk/money/rules.html")]
struct RulesPage {
    s: Shell,
    form: Shown,
    places: Vec<Choice>,
    property: String,
    title: String,
    /// Each step: the name of its field, and what it is called.
    steps: Vec<(&'static str, &'static str)>,
    currency: Currency,
}

/// The property the address names, else the first one whose rules they set.
async fn chosen(visit: &Visit) -> Result<(PropertyId, Vec<Choice>)> {
    // A property manager sets no rules.
    if !visit.app().desk().may_everywhere(&visit.caller, Action::ManageProperties).await? {
        return Err(Error::Forbidden);
    }
    let places = visit.app().office().places(&visit.caller, Action::ManageProperties).await?;
    let wanted = visit.query.get("property");
    let found = places.iter().find(|p| wanted.is_empty() || p.id.to_string() == wanted);
    let id = found.map(|p| p.id).ok_or(Error::NotFound("property"))?;
    Ok((id, places.iter().map(|p| Choice::new(&p.id, p.name.clone())).collect()))
}

fn rules_page(visit: &Visit, id: PropertyId, places: Vec<Choice>, now: &TheRules, form: Shown) -> RulesPage {
    RulesPage {
        steps: Step::ALL.into_iter().map(|step| (step.as_str(), step_key(step))).collect(),
        title: now.property.clone(),
        currency: now.currency,
        property: id.to_string(),
        s: visit.shell(),
        places,
        form,
    }
}

async fn rules(visit: Staff) -> Response {
    let done = async {
        let (id, places) = match chosen(&visit).await {
            // Without a property there are no rules yet: the list of properties says what to do.
            Err(Error::NotFound(_)) if visit.query.get("property").is_empty() => {
                return Ok(visit.go("/desk/properties", None));
            }
            found => found?,
        };
        let now = visit.app().ledgers().rules(&visit.caller, id).await?;
        let german = visit.language == Language::German;
        let fee = now.rules.late_fee.iter().flat_map(|fee| {
            let sum = office::typed(fee.amount, now.currency, german);
            [("fee_days", fee.after_days.to_string()), ("fee", sum)]
        });
        let steps = now.rules.steps.iter().map(|rule| (rule.step.as_str(), rule.after_days.to_string()));
        let form = Shown::with(fee.chain(steps));
        Ok(visit.page(&rules_page(&visit, id, places, &now, form)))
    };
    answered(&visit, done.await)
}

/// The rules as they were typed; a step without days is not taken.
fn typed(fields: &Fields, currency: Currency) -> Result<Rules> {
    let mut faults = Faults::new();
    let mut days = |name: &'static str| {
        let days = fields.number(name, &mut faults).given().and_then(|n| i32::try_from(*n).ok());
        if days.is_some_and(|days| !(1..=3_660).contains(&days)) {
            faults.add(name, Problem::NotAllowed);
        }
        days
    };
    let fee_days = days("fee_days");
    let steps = Step::ALL.into_iter().filter_map(|step| Some(StepRule { step, after_days: days(step.as_str())? }));
    let steps = steps.collect();
    let fee = amount(fields, "fee", currency, &mut faults).given().copied();
    if fee.is_some_and(|fee| fee < 0) {
        faults.add("fee", Problem::NotAllowed);
    }
    let late_fee = match (fee.filter(|fee| *fee > 0), fee_days) {
        (Some(amount), Some(after_days)) => Some(LateFee { after_days, amount }),
        (Some(_), None) => {
            faults.add("fee_days", Problem::Required);
            None
        }
        (None, _) => None,
    };
    faults.finish()?;
    Ok(Rules { late_fee, steps })
}

async fn set_rules(visit: Staff, Posted(fields): Posted) -> Response {
    let done = async {
        let (id, places) = chosen(&visit).await?;
        let ledgers = visit.app().ledgers();
        let now = ledgers.rules(&visit.caller, id).await?;
        let set = match typed(&fields, now.currency) {
            Ok(rules) => ledgers.set_rules(&visit.caller, id, rules).await,
            Err(error) => Err(error),
        };
        match set {
            Ok(()) => Ok(visit.go(&link(RULES, &[("property", &id.to_string())]), Flash::done("done-rules"))),
            Err(error) => {
                let form = Shown::refused(&fields, error, visit.language.texts(), |_| None)?;
                let page = rules_page(&visit, id, places, &now, form);
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, done.await)
}
