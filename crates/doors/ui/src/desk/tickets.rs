//! `/desk/tickets`: all tickets, as a list and as a board; many at once; views that somebody keeps.

use app::desk::{Assignee, Choices, Counts, Listed, State, Step, TicketFilter, TicketSort};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::header,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use identity::Identity;
use kernel::{Cursor, Error, PageRequest, PersonId, PropertyId, TicketTypeId, UnitId};

use super::{
    lines::{Line, choices, line, status, status_of, statuses},
    views::{self, Views},
};
use crate::{
    flash::Flash,
    form::{Fields, Posted},
    page_route,
    parts::{Choice, Tone},
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/tickets", page_route(get(list)))
        .route("/desk/tickets/mark", page_route(get(mark)))
        .route("/desk/tickets/many", page_route(post(many)))
        .route("/desk/tickets/undo/{steps}", page_route(post(undo)))
}

/// Tickets of a page.
const ROWS: u32 = 50;

/// What is chosen in the address of the list.
#[derive(Clone, Default)]
pub(super) struct Chosen {
    pub(super) filter: TicketFilter,
    pub(super) sort: TicketSort,
    /// The names and values as they stand in the address, without what is empty.
    fields: Vec<(String, String)>,
}

/// The fields of the address that narrow.
const FIELDS: [&str; 9] = ["q", "state", "property", "unit", "who", "type", "urgency", "late", "sort"];

impl Chosen {
    pub(super) fn of(query: &Fields, me: PersonId) -> Self {
        let id = |name: &str| query.get(name).parse::<i64>().ok();
        let state = match query.get("state") {
            "closed" => State::Closed,
            "any" => State::Any,
            word => status_of(word).map_or(State::Running, State::Exactly),
        };
        let assignee = match query.get("who") {
            "me" => Assignee::This(me),
            "nobody" => Assignee::Nobody,
            word => word.parse().map_or(Assignee::Anybody, |id: i64| Assignee::This(PersonId::new(id))),
        };
        let filter = TicketFilter {
            state,
            property: id("property").map(PropertyId::new),
            unit: id("unit").map(UnitId::new),
            person: id("person").map(PersonId::new),
            assignee,
            kind: id("type").map(TicketTypeId::new),
            urgency: Some(query.get("urgency").to_owned()).filter(|u| !u.is_empty()),
            overdue: query.ticked("late"),
            text: query.get("q").to_owned(),
        };
        let sort = match query.get("sort") {
            "new" => TicketSort::Newest,
            "old" => TicketSort::Oldest,
            _ => TicketSort::Active,
        };
        let field = |name: &&str| (name.to_string(), query.get(name).to_owned());
        let fields = FIELDS.iter().chain(&["person"]).map(field).filter(|(_, value)| !value.is_empty()).collect();
        Self { filter, sort, fields }
    }

    /// As the query of an address.
    pub(super) fn query(&self) -> String {
        encoded(&self.fields)
    }

    /// The same with another value of a field.
    fn with(&self, name: &str, value: &str) -> String {
        let mut fields: Vec<_> = self.fields.iter().filter(|(n, _)| n != name).cloned().collect();
        if !value.is_empty() {
            fields.push((name.to_owned(), value.to_owned()));
        }
        encoded(&fields)
    }

    fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }
}

fn encoded(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A way to other tickets: a word, where it leads, how many there are.
struct Tab {
    text: String,
    href: String,
    count: Option<i64>,
    current: bool,
}

/// A select of the filter bar.
struct Pick {
    name: &'static str,
    label: String,
    all: String,
    choices: Vec<Choice>,
    value: String,
}

/// A column of the board.
struct Column {
    tone: Tone,
    status: &'static str,
    lines: Vec<Line>,
    total: i64,
    /// Where all of them are.
    all: String,
}

#[derive(Template)]
#[template(path = "desk/tickets.html")]
struct ListPage {
    s: Shell,
    tabs: Vec<Tab>,
    views: Views,
    picks: Vec<Pick>,
    text: String,
    narrowed: bool,
    query: String,
    list_href: String,
    board_href: String,
    columns: Option<Vec<Column>>,
    lines: Vec<Line>,
    later: String,
    earlier: String,
    workers: Vec<Choice>,
    statuses: Vec<Choice>,
    mark: String,
    /// Where all of the page are picked, or none.
    all_href: String,
    all_picked: bool,
}

/// The list, or the board.
async fn list(visit: Staff) -> Response {
    match page(&visit).await {
        Ok(page) => visit.page(&page),
        // Another list's cursor is no cursor.
        Err(Error::Invalid(_)) => visit.go("/desk/tickets", None),
        Err(error) => visit.failed(&error),
    }
}

async fn page(visit: &Visit) -> Result<ListPage, Error> {
    let (desk, me) = (visit.app().desk(), visit.me.person);
    let chosen = Chosen::of(&visit.query, me);
    let mark = desk.tickets_mark(&visit.caller).await?;
    let (counts, choice) = desk.ticket_counts(&visit.caller).await?;
    let views = views::of(visit, Listed::Tickets).await?;
    let s = visit.shell();
    let query = chosen.query();
    let is_board = visit.query.get("as") == "board";
    let all_picked = visit.query.get("pick") == "all";
    let (mut columns, mut lines, mut earlier) = (None, Vec::new(), String::new());
    if is_board {
        let board = desk.board(&visit.caller, chosen.filter.clone()).await?;
        let column = |(state, rows, total): (app::ticket::Status, Vec<_>, i64)| {
            let (tone, word) = status(state);
            let all = format!("/desk/tickets?{}", chosen.with("state", state.as_str()));
            Column { tone, status: word, lines: rows.iter().map(|t| line(&s, t, &query)).collect(), total, all }
        };
        columns = Some(board.columns.into_iter().map(column).collect());
    } else {
        let request = PageRequest { after: after(&visit.query)?, limit: ROWS };
        let page = desk.tickets(&visit.caller, chosen.filter.clone(), chosen.sort, request).await?;
        lines = page.items.iter().map(|t| line(&s, t, &query)).collect();
        earlier = page
            .next
            .map_or_else(String::new, |next| format!("/desk/tickets?{}", chosen.with("after", &next.encode())));
    }
    let board = |mut query: String| {
        query.push_str(if query.is_empty() { "as=board" } else { "&as=board" });
        format!("/desk/tickets?{query}")
    };
    Ok(ListPage {
        tabs: tabs(&s, &chosen, &counts),
        views,
        all_href: {
            let all: &[(&str, &str)] = if all_picked { &[] } else { &[("pick", "all")] };
            let mut out = form_urlencoded::Serializer::new(String::new());
            out.extend_pairs(&chosen.fields).extend_pairs(
                Some(("after", visit.query.get("after"))).filter(|(_, after)| !after.is_empty()).iter().chain(all),
            );
            format!("/desk/tickets{}", super::lines::with_mark(&out.finish()))
        },
        all_picked,
        picks: picks(&s, &chosen, &choice, me),
        text: chosen.filter.text.clone(),
        narrowed: !query.is_empty(),
        list_href: format!("/desk/tickets{}", super::lines::with_mark(&query)),
        board_href: board(query.clone()),
        later: if visit.query.get("after").is_empty() { String::new() } else { format!("/desk/tickets?{query}") },
        earlier,
        workers: choices(&s, &choice.colleagues, me),
        statuses: statuses(&s),
        query,
        columns,
        lines,
        mark,
        s,
    })
}

/// Where the page before ended.
pub(super) fn after(query: &Fields) -> Result<Option<Cursor>, Error> {
    match query.get("after") {
        "" => Ok(None),
        text => Cursor::decode(text).map(Some).ok_or_else(|| Error::invalid("cursor", kernel::Problem::Malformed)),
    }
}

fn tabs(s: &Shell, chosen: &Chosen, counts: &Counts) -> Vec<Tab> {
    let query = chosen.query();
    let tab = |key: &str, query_of: &str, count: Option<i64>| Tab {
        text: s.say(key),
        href: format!("/desk/tickets{}", super::lines::with_mark(query_of)),
        count,
        current: query == query_of,
    };
    vec![
        tab("work-tab-running", "", Some(counts.running)),
        tab("work-tab-mine", "who=me", Some(counts.mine)),
        tab("work-tab-unassigned", "who=nobody", Some(counts.unassigned)),
        tab("work-tab-late", "late=yes", Some(counts.overdue)),
        tab("work-tab-closed", "state=closed", None),
    ]
}

/// How urgent a ticket can be said to be here.
pub(super) const URGENCIES: [(&str, &str); 3] =
    [("Low", "work-urgency-low"), ("Medium", "work-urgency-medium"), ("High", "work-urgency-high")];

fn picks(s: &Shell, chosen: &Chosen, choice: &Choices, me: PersonId) -> Vec<Pick> {
    let pick = |name: &'static str, label: &str, all: &str, choices: Vec<Choice>| Pick {
        name,
        label: s.say(label),
        all: s.say(all),
        choices,
        value: chosen.value(name).to_owned(),
    };
    let states = [("closed", "work-tab-closed"), ("any", "work-state-any")];
    let mut state = statuses(s);
    state.extend(states.map(|(value, key)| Choice::new(value, s.say(key))));
    let mut who = vec![Choice::new("me", s.say("work-me")), Choice::new("nobody", s.say("work-nobody"))];
    who.extend(choices(s, &choice.colleagues, me).into_iter().filter(|c| c.value != me.to_string()));
    let properties = choice.properties.iter().map(|p| Choice::new(&p.id, p.name.clone())).collect();
    let kinds: Vec<Choice> = choice.kinds.iter().map(|(id, name)| Choice::new(id, name.clone())).collect();
    let urgency = URGENCIES.iter().map(|(value, key)| Choice::new(value, s.say(key))).collect();
    let sorts = [("new", "work-sort-new"), ("old", "work-sort-old")];
    let sorts = sorts.iter().map(|(value, key)| Choice::new(value, s.say(key))).collect();
    let mut all = vec![
        pick("state", "work-state", "work-tab-running", state),
        pick("property", "work-property", "work-all", properties),
        pick("who", "work-assignee", "work-all", who),
    ];
    if !kinds.is_empty() {
        all.push(pick("type", "work-type", "work-all", kinds));
    }
    all.push(pick("urgency", "work-urgency", "work-all", urgency));
    all.push(pick("sort", "work-sort", "work-sort-active", sorts));
    all
}

/// A word that changes when something happens to any ticket.
async fn mark(visit: Staff) -> Response {
    match visit.app().desk().tickets_mark(&visit.caller).await {
        Ok(mark) => ([(header::CACHE_CONTROL, "no-store")], mark).into_response(),
        Err(error) => visit.failed(&error),
    }
}

/// Gives several tickets to somebody, or another status.
async fn many(visit: Staff, Posted(fields): Posted) -> Response {
    let back = format!("/desk/tickets{}", super::lines::with_mark(fields.get("back")));
    let step = Step { number: 0, ..wanted(&fields) };
    let steps: Vec<Step> =
        fields.all("ticket").filter_map(|n| n.parse().ok()).map(|number| Step { number, ..step }).collect();
    if steps.is_empty() || (step.status.is_none() && step.assignee.is_none()) {
        return visit.go(&back, Flash::done("done-work-nothing"));
    }
    done(&visit, steps, &back).await
}

/// What a form wants of tickets: `status`, and `assignee`, where `nobody` is one.
pub(super) fn wanted(fields: &Fields) -> Step {
    let assignee = match fields.get("assignee") {
        "" => None,
        "nobody" => Some(None),
        id => id.parse().ok().map(|id: i64| Some(PersonId::new(id))),
    };
    Step { number: 0, status: status_of(fields.get("status")), assignee }
}

/// Does steps and says how to undo them.
pub(super) async fn done(visit: &Visit, steps: Vec<Step>, back: &str) -> Response {
    match visit.app().desk().work(&visit.caller, steps).await {
        Ok(undo) if undo.is_empty() => visit.go(back, Flash::done("done-work-nothing")),
        Ok(undo) => {
            let path = format!("/desk/tickets/undo/{}", written(&undo));
            visit.go(back, Flash::undoable("done-work-changed", path))
        }
        Err(Error::Invalid(_)) => visit.go(back, Flash::done("done-work-nothing")),
        Err(error) => visit.failed(&error),
    }
}

/// Steps as a part of an address: `12so-13a7-14a0`, number, what, value.
fn written(steps: &[Step]) -> String {
    let mut out = Vec::new();
    for step in steps {
        if let Some(status) = step.status {
            out.push(format!("{}s{}", step.number, status.as_str().chars().next().unwrap_or('o')));
        }
        if let Some(assignee) = step.assignee {
            out.push(format!("{}a{}", step.number, assignee.map_or(0, PersonId::get)));
        }
    }
    out.join("-")
}

/// What [`written`] wrote.
fn read(text: &str) -> Option<Vec<Step>> {
    let step = |part: &str| {
        let at = part.find(|c: char| !c.is_ascii_digit())?;
        let (number, rest) = part.split_at(at);
        let number = number.parse().ok()?;
        let (what, value) = rest.split_at_checked(1)?;
        match what {
            "s" => {
                let status = app::ticket::Status::ALL.into_iter().find(|s| s.as_str().get(..1) == Some(value))?;
                Some(Step { number, status: Some(status), assignee: None })
            }
            "a" => {
                let id: i64 = value.parse().ok()?;
                Some(Step { number, status: None, assignee: Some((id != 0).then(|| PersonId::new(id))) })
            }
            _ => None,
        }
    };
    text.split('-').map(step).collect()
}

/// Undoes steps.
async fn undo(visit: Staff, Path(steps): Path<String>, Posted(_): Posted) -> Response {
    let Some(steps) = read(&steps) else { return visit.failed(&Error::NotFound("ticket")) };
    let back = match steps.as_slice() {
        [first, rest @ ..] if rest.iter().all(|s| s.number == first.number) => {
            format!("/desk/tickets/{}", first.number)
        }
        _ => "/desk/tickets".to_owned(),
    };
    match visit.app().desk().work(&visit.caller, steps).await {
        Ok(_) => visit.go(&back, Flash::done("done-undone")),
        Err(error) => visit.failed(&error),
    }
}

#[cfg(test)]
mod tests {
    use app::ticket::Status;

    use super::*;

    #[test]
    fn steps_travel_in_an_address() {
        let steps = vec![
            Step { number: 12, status: Some(Status::InProgress), assignee: None },
            Step { number: 13, status: None, assignee: Some(Some(PersonId::new(7))) },
            Step { number: 14, status: None, assignee: Some(None) },
        ];
        assert_eq!(written(&steps), "12si-13a7-14a0");
        assert_eq!(read("12si-13a7-14a0"), Some(steps));
        for bad in ["", "x", "12", "12s", "12sx", "12a", "a5", "12si-", "99999999999999999999so"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        let letters: std::collections::BTreeSet<_> = Status::ALL.iter().map(|s| s.as_str().get(..1)).collect();
        assert_eq!(letters.len(), Status::ALL.len(), "one letter stands for one status");
    }
}
