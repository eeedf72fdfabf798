//! Money over all properties: how they stand, their ledgers, and what is overdue.

use app::{
    desk::Listed,
    ledger::{Arrears, LedgerRow, Overview, Query, State, Step},
    office::Place,
};
use askama::Template;
use axum::{Router, response::Response, routing::get};
use identity::Identity;
use kernel::{Action, Currency, Error, PropertyId, Result};

use super::{
    office::{self, link, name},
    views::{self, Views},
};
use crate::{page_route, parts::Tone, session::Staff, shell::Shell};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/money", page_route(get(overview)))
        .route("/desk/money/ledgers", page_route(get(ledgers)))
        .route("/desk/money/arrears", page_route(get(arrears)))
}

#[derive(Template)]
#[template(path = "desk/money/overview.html")]
struct OverviewPage {
    s: Shell,
    money: Overview,
    owed: i64,
    credit: i64,
    late: i64,
    paid: i64,
}

async fn overview(visit: Staff) -> Response {
    match visit.app().ledgers().overview(&visit.caller).await {
        Ok(money) => {
            let sum = |of: fn(&(app::ledger::Standing, i64)) -> i64| money.properties.iter().map(of).sum();
            visit.page(&OverviewPage {
                s: visit.shell(),
                owed: sum(|(p, _)| p.owed),
                credit: sum(|(p, _)| p.credit),
                late: sum(|(p, _)| p.late),
                paid: sum(|(_, paid)| *paid),
                money,
            })
        }
        Err(error) => visit.failed(&error),
    }
}

/// A ledger as a row shows it.
pub(super) struct Row {
    pub(super) to: String,
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) property: String,
    pub(super) balance: i64,
    pub(super) rent: i64,
    pub(super) currency: Currency,
    pub(super) tone: Tone,
    pub(super) state: &'static str,
}

impl Row {
    fn of(l: &LedgerRow, s: &Shell) -> Self {
        let late = l.balance > 0 && l.unpaid_since.is_some_and(|on| on < s.clock.zone.date(s.clock.now));
        let ended = l.closes_at.is_some_and(|at| at <= s.clock.now);
        let (tone, state) = match (late, l.balance > 0, ended) {
            (true, ..) => (Tone::Working, "ledger-late"),
            (_, true, _) => (Tone::Open, "ledger-owing"),
            (.., true) => (Tone::Waiting, "ledger-ended"),
            _ => (Tone::Done, "ledger-settled"),
        };
        Self {
            to: format!("/desk/ledgers/{}", l.id),
            name: name(&l.first_name, &l.last_name, l.business_name.as_deref()),
            unit: l.unit.clone(),
            property: l.property.clone(),
            balance: l.balance,
            rent: l.rent,
            currency: l.currency,
            tone,
            state,
        }
    }
}

#[derive(Template)]
#[template(path = "desk/money/ledgers.html")]
struct LedgersPage {
    s: Shell,
    rows: Vec<Row>,
    views: Views,
    places: Vec<Place>,
    property: String,
    state: String,
    text: String,
    filtered: bool,
    next: String,
    first: String,
}

async fn ledgers(visit: Staff) -> Response {
    match ledgers_page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn ledgers_page(visit: &Staff) -> Result<LedgersPage> {
    let q = &visit.query;
    let (property, state, text) = (q.get("property"), q.get("state"), q.get("q"));
    let query = Query {
        property: chosen(property),
        state: match state {
            "all" => State::All,
            "ended" => State::Previous,
            _ if state == "owing" => State::All,
            _ => State::Current,
        },
        owing: state == "owing",
        text: text.to_owned(),
    };
    let (app, caller) = (visit.app(), &visit.caller);
    let places = app.office().places(caller, Action::ViewMoney).await?;
    let page = match app.ledgers().search(caller, query.clone(), office::page(q)).await {
        // A cursor of another list: from the beginning.
        Err(Error::Invalid(_)) => {
            app.ledgers().search(caller, query, office::page(&crate::form::Fields::default())).await?
        }
        other => other?,
    };
    let s = visit.shell();
    let filters = [("property", property), ("state", state), ("q", text)];
    Ok(LedgersPage {
        rows: page.items.iter().map(|l| Row::of(l, &s)).collect(),
        views: views::of(visit, Listed::Ledgers).await?,
        next: office::next(&page, "/desk/money/ledgers", &filters),
        first: office::first(visit, "/desk/money/ledgers", &filters),
        filtered: filters.iter().any(|(_, v)| !v.is_empty()),
        property: property.to_owned(),
        state: state.to_owned(),
        text: text.to_owned(),
        places,
        s,
    })
}

/// The property of a filter.
pub(super) fn chosen(property: &str) -> Option<PropertyId> {
    property.parse().ok().map(PropertyId::new)
}

/// What a step is called.
pub(super) const fn step_key(step: Step) -> &'static str {
    match step {
        Step::GateLockout => "step-gate-lockout",
        Step::Overlock => "step-overlock",
        Step::CutLock => "step-cut-lock",
        Step::Lien => "step-lien",
        Step::Auction => "step-auction",
    }
}

/// The same of the word that is stored.
pub(super) fn step_word(word: &str) -> Option<&'static str> {
    Step::parse(word).map(step_key)
}

struct Late {
    to: String,
    name: String,
    place: String,
    balance: i64,
    days: i32,
    since: kernel::Date,
    steps: Vec<&'static str>,
    next: Option<(&'static str, kernel::Date)>,
    paused_until: Option<kernel::Date>,
}

#[derive(Template)]
#[template(path = "desk/money/arrears.html")]
struct ArrearsPage {
    s: Shell,
    currency: Currency,
    ages: Vec<(&'static str, i64)>,
    late: Vec<Late>,
    places: Vec<Place>,
    property: String,
    next: String,
    first: String,
    may_set_rules: bool,
}

async fn arrears(visit: Staff) -> Response {
    match arrears_page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn arrears_page(visit: &Staff) -> Result<ArrearsPage> {
    let property = visit.query.get("property");
    let (app, caller) = (visit.app(), &visit.caller);
    let places = app.office().places(caller, Action::ViewMoney).await?;
    let found = match app.ledgers().arrears(caller, chosen(property), office::page(&visit.query)).await {
        Err(Error::Invalid(_)) => {
            app.ledgers().arrears(caller, chosen(property), office::page(&crate::form::Fields::default())).await?
        }
        other => other?,
    };
    let filters = [("property", property)];
    let (next, first) = (
        office::next(&found.page, "/desk/money/arrears", &filters),
        office::first(visit, "/desk/money/arrears", &filters),
    );
    let Arrears { currency, owed, page, may_set_rules } = found;
    let late = page.items.into_iter().map(|l| Late {
        to: link(&format!("/desk/ledgers/{}", l.row.id), &[]),
        name: name(&l.row.first_name, &l.row.last_name, l.row.business_name.as_deref()),
        place: format!("{} · {}", l.row.unit, l.row.property),
        balance: l.row.balance,
        days: l.days,
        since: l.row.unpaid_since.unwrap_or_default(),
        steps: l.steps.into_iter().map(step_key).collect(),
        next: l.next.map(|(step, on)| (step_key(step), on)),
        paused_until: l.paused_until,
    });
    Ok(ArrearsPage {
        ages: vec![
            ("age-30", owed.days_30),
            ("age-60", owed.days_60),
            ("age-90", owed.days_90),
            ("age-longer", owed.longer),
        ],
        late: late.collect(),
        may_set_rules,
        property: property.to_owned(),
        s: visit.shell(),
        currency,
        places,
        next,
        first,
    })
}
