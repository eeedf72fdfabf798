//! `/desk`: how things stand, and what needs me.

use app::desk::{Numbers, Occupancy, Week, week_start};
use askama::Template;
use axum::{Router, response::Response, routing::get};
use identity::Identity;
use kernel::{Action, Result};

use super::{
    lines::{Line, lines},
    places::percent,
    said::{Sentence, names, sentences},
};
use crate::{page_route, session::Staff, shell::Shell};

pub(super) fn routes() -> Router<Identity> {
    Router::new().route("/desk", page_route(get(show)))
}

/// A bar of a chart: what, how tall of a hundred, and its value in words.
struct Bar {
    name: String,
    height: i64,
    value: String,
}

/// Bars with their table.
struct Chart {
    title: String,
    bars: Vec<Bar>,
    column: String,
    /// Room for one bar.
    step: usize,
}

/// A number with what it counts and where those are.
struct Tile {
    text: String,
    number: i64,
    small: String,
    href: &'static str,
    loud: bool,
}

/// Something to do before anybody lives here.
struct Step {
    done: bool,
    icon: &'static str,
    title: String,
    text: String,
    href: String,
}

#[derive(Template)]
#[template(path = "desk/dashboard.html")]
struct DashboardPage {
    s: Shell,
    greeting: &'static str,
    tiles: Vec<Tile>,
    needing: Vec<Line>,
    came: Chart,
    waited: Chart,
    arrears: Option<(Chart, String)>,
    occupancy: Vec<(Occupancy, i64)>,
    occupied: (i64, i64, i64),
    lately: Vec<Sentence>,
    mark: String,
    /// What whoever begins does first; nothing once somebody has moved in.
    first: Vec<Step>,
}

/// Properties of the chart.
const MOST: usize = 8;

async fn show(visit: Staff) -> Response {
    match page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn page(visit: &Staff) -> Result<DashboardPage> {
    let desk = visit.app().desk();
    let numbers = desk.numbers(&visit.caller).await?;
    let mark = desk.tickets_mark(&visit.caller).await?;
    let begins = numbers.occupancy.iter().all(|o| o.occupied == 0)
        && desk.may_everywhere(&visit.caller, Action::ManageProperties).await?;
    let s = visit.shell();
    let (units, occupied) =
        numbers.occupancy.iter().fold((0, 0), |(units, occupied), o| (units + o.units, occupied + o.occupied));
    let mut emptiest: Vec<(Occupancy, i64)> =
        numbers.occupancy.iter().filter(|o| o.units > 0).map(|o| (o.clone(), percent(o.occupied, o.units))).collect();
    emptiest.sort_by_key(|(o, n)| (*n, o.id));
    emptiest.truncate(MOST);
    Ok(DashboardPage {
        greeting: s.clock.greeting(),
        tiles: tiles(&s, &numbers),
        needing: lines(&s, &numbers.needing),
        came: came(&s, &numbers.weeks),
        waited: waited(&s, &numbers.weeks),
        arrears: arrears(&s, &numbers),
        occupancy: emptiest,
        occupied: (occupied, units, percent(occupied, units)),
        lately: sentences(&s, &numbers.lately, &names(&[])),
        mark,
        first: if begins { first_steps(&s, &numbers.occupancy) } else { Vec::new() },
        s,
    })
}

/// From nothing to the first resident.
fn first_steps(s: &Shell, occupancy: &[Occupancy]) -> Vec<Step> {
    let step = |done: bool, icon: &'static str, title: &str, text: &str, href: String| Step {
        done,
        icon,
        title: s.say(title),
        text: s.say(text),
        href,
    };
    // One by one where there is one property; a list says the properties itself.
    let units = match occupancy {
        [only] => format!("/desk/properties/{}/units/new", only.id),
        _ => "/desk/import".to_owned(),
    };
    vec![
        step(
            !occupancy.is_empty(),
            "building",
            "work-first-property",
            "work-first-property-text",
            "/desk/properties/new".to_owned(),
        ),
        step(occupancy.iter().any(|o| o.units > 0), "door", "work-first-units", "work-first-units-text", units),
        step(false, "key", "work-first-resident", "work-first-resident-text", "/desk/moves/in".to_owned()),
        step(false, "users", "work-first-staff", "work-first-staff-text", "/desk/settings/staff/new".to_owned()),
    ]
}

fn tiles(s: &Shell, n: &Numbers) -> Vec<Tile> {
    let tile = |key: &str, number: i64, small: String, href: &'static str, loud: bool| Tile {
        text: s.say(key),
        number,
        small,
        href,
        loud: loud && number > 0,
    };
    let count = |key: &str, n: i64| s.say_n(key, usize::try_from(n).unwrap_or(0));
    vec![
        tile(
            "work-tile-new",
            n.tickets.new,
            count("work-tile-unseen", n.tickets.unseen),
            "/desk/tickets?state=open",
            false,
        ),
        tile("work-tile-late", n.counts.overdue, s.say("work-tile-late-small"), "/desk/tickets?late=yes", true),
        tile(
            "work-tile-working",
            n.tickets.in_progress,
            count("work-tile-waiting", n.tickets.waiting),
            "/desk/tickets?state=in_progress",
            false,
        ),
        tile(
            "work-tile-mine",
            n.counts.mine,
            count("work-tile-nobodys", n.counts.unassigned),
            "/desk/tickets?who=me",
            false,
        ),
        tile(
            "work-tile-closed",
            n.tickets.closed,
            s.say("work-tile-closed-small"),
            "/desk/tickets?state=closed",
            false,
        ),
    ]
}

/// Bars as tall as their share of the tallest.
fn bars(values: Vec<(String, i64, String)>) -> Vec<Bar> {
    let most = values.iter().map(|(_, n, _)| *n).max().unwrap_or(0).max(1);
    values.into_iter().map(|(name, n, value)| Bar { name, height: (n * 100 / most).clamp(0, 100), value }).collect()
}

fn week(s: &Shell, w: &Week) -> String {
    let (day, month) = s.clock.leaf(week_start(s.clock.now, w.week));
    s.say_xy("work-day", &day, &month)
}

fn came(s: &Shell, weeks: &[Week]) -> Chart {
    let values = weeks.iter().map(|w| (week(s, w), w.made, w.made.to_string())).collect();
    Chart { title: s.say("work-chart-came"), bars: bars(values), column: s.say("work-chart-week"), step: 48 }
}

/// How long the first answer took, on average.
fn waited(s: &Shell, weeks: &[Week]) -> Chart {
    let minutes = |w: &Week| if w.answered == 0 { 0 } else { w.waited / w.answered / 60_000_000 };
    let value = |w: &Week| if w.answered == 0 { "–".to_owned() } else { span(s, minutes(w)) };
    let values = weeks.iter().map(|w| (week(s, w), minutes(w), value(w))).collect();
    Chart { title: s.say("work-chart-waited"), bars: bars(values), column: s.say("work-chart-week"), step: 48 }
}

/// "45 min", "5 h", "3 days".
fn span(s: &Shell, minutes: i64) -> String {
    let n = |n: i64| usize::try_from(n).unwrap_or(0);
    match minutes {
        ..=119 => s.say_n("work-minutes", n(minutes)),
        120..=2879 => s.say_n("work-hours", n(minutes / 60)),
        _ => s.say_n("work-days", n(minutes / 1440)),
    }
}

fn arrears(s: &Shell, n: &Numbers) -> Option<(Chart, String)> {
    let a = n.arrears?;
    let money = |minor: i64| s.money(minor, n.currency);
    let rows = [
        ("work-arrears-30", a.days_30),
        ("work-arrears-60", a.days_60),
        ("work-arrears-90", a.days_90),
        ("work-arrears-older", a.older),
    ];
    let total = rows.iter().map(|(_, minor)| minor).sum::<i64>();
    let values = rows.iter().map(|(key, minor)| (s.say(key), *minor, money(*minor))).collect();
    let chart = Chart { title: s.say("work-arrears"), bars: bars(values), column: s.say("work-arrears-age"), step: 96 };
    Some((chart, money(total)))
}
