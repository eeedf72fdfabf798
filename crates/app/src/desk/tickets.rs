//! Tickets as lists, as a board, and one at a time.

use std::collections::HashMap;

use db::{List, Read, row, sql};
use kernel::{
    Action, Caller, CommentId, Error, Instant, Key, Page, PageRequest, PersonId, PropertyId, Result, TicketId,
    TicketTypeId, UnitId,
};

use super::{Colleague, Desk, Happening, PATIENCE, PropertyName, Reach, colleagues, happening, property_names, right};
use crate::{
    community::{self, PersonCard},
    file::{self, File, Holder},
    search,
    ticket::{self, Comment, FormRow, Status, comment},
};

row! {
    /// A ticket, as lists show it.
    #[derive(Clone, Debug)]
    pub struct TicketRow {
        /// Its id.
        pub id: TicketId,
        /// Its number in the organization.
        pub number: i64,
        /// Its title, or the name of its form.
        pub title: Option<String>,
        /// What is the matter.
        pub description: Option<String>,
        /// How it stands.
        pub status: Status,
        /// How urgent, in few words.
        pub urgency: Option<String>,
        /// Whether the resident may see it.
        pub shared: bool,
        /// Where.
        pub property_id: Option<PropertyId>,
        /// That property's name.
        pub property_name: Option<String>,
        /// In which unit.
        pub unit_id: Option<UnitId>,
        /// That unit's number.
        pub unit_number: Option<String>,
        /// Whom it concerns.
        pub concerns_id: Option<PersonId>,
        /// Their given name.
        pub concerns_first: Option<String>,
        /// Their family name.
        pub concerns_last: Option<String>,
        /// Who works on it.
        pub assignee_id: Option<PersonId>,
        /// Their given name.
        pub assignee_first: Option<String>,
        /// Their family name.
        pub assignee_last: Option<String>,
        /// Its form.
        pub type_id: Option<TicketTypeId>,
        /// Since when an answer of the staff is awaited.
        pub asked_at: Option<Instant>,
        /// When the staff first answered.
        pub first_response_at: Option<Instant>,
        /// When it was closed.
        pub closed_at: Option<Instant>,
        /// When it was made.
        pub created_at: Instant,
        /// When something last happened to it, answers counted.
        pub active_at: Instant,
    }

    /// How many tickets that are not closed there are.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Counts {
        /// All of them.
        pub running: i64,
        /// Those the caller works on.
        pub mine: i64,
        /// Those nobody works on.
        pub unassigned: i64,
        /// Those in which somebody waits for an answer of the staff for too long.
        pub overdue: i64,
    }

    struct Kind {
        id: TicketTypeId,
        name: String,
    }
}

impl TicketRow {
    /// Whether somebody waits too long for an answer.
    #[must_use]
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.closed_at.is_none() && self.asked_at.is_some_and(|at| at <= now.plus_secs(-PATIENCE))
    }
}

/// Which tickets, by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Those that are not closed.
    #[default]
    Running,
    /// Those that are.
    Closed,
    /// All.
    Any,
    /// Exactly so.
    Exactly(Status),
}

/// Which tickets, by who works on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assignee {
    /// Whoever.
    #[default]
    Anybody,
    /// Nobody.
    Nobody,
    /// This one.
    This(PersonId),
}

/// What tickets are narrowed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketFilter {
    /// How they stand.
    pub state: State,
    /// Where.
    pub property: Option<PropertyId>,
    /// In which unit.
    pub unit: Option<UnitId>,
    /// Whom they concern.
    pub person: Option<PersonId>,
    /// Who works on them.
    pub assignee: Assignee,
    /// With which form.
    pub kind: Option<TicketTypeId>,
    /// How urgent.
    pub urgency: Option<String>,
    /// Only those in which somebody waits too long.
    pub overdue: bool,
    /// Words in them, or their number.
    pub text: String,
}

/// The order of tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TicketSort {
    /// What something happened to last comes first.
    #[default]
    Active,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// The columns of a board: each with its first tickets, and how many there are.
#[derive(Clone, Debug)]
pub struct Board {
    /// The columns.
    pub columns: Vec<(Status, Vec<TicketRow>, i64)>,
}

/// What a list of tickets is chosen by.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Who works on tickets.
    pub colleagues: Vec<Colleague>,
    /// Where.
    pub properties: Vec<PropertyName>,
    /// The forms, id and name.
    pub kinds: Vec<(TicketTypeId, String)>,
}

/// A ticket with everything about it.
#[derive(Clone, Debug)]
pub struct TicketView {
    /// The ticket.
    pub row: TicketRow,
    /// What it has of its form.
    pub form: FormRow,
    /// The answers to the form's questions.
    pub answers: Vec<ticket::Answer>,
    /// What was said, internal notes too, oldest first.
    pub comments: Vec<Comment>,
    /// The files that came with it.
    pub files: Vec<File>,
    /// The files that came with its answers.
    pub comment_files: HashMap<CommentId, Vec<File>>,
    /// Who wrote it.
    pub author_id: PersonId,
    /// Everybody named in it.
    pub people: HashMap<PersonId, PersonCard>,
    /// What happened to it, newest first.
    pub history: Vec<Happening>,
    /// Who could work on it.
    pub colleagues: Vec<Colleague>,
    /// Other tickets of the same unit or person, newest first.
    pub related: Vec<TicketRow>,
    /// Whether the caller may write.
    pub may_write: bool,
}

/// Tickets of one column of a board.
const COLUMN: u32 = 30;

#[operations::compiled_here]
impl Desk<'_> {
    /// One page of the tickets within reach.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is not of the staff; [`Error::Invalid`] on a foreign cursor.
    pub async fn tickets(
        &self,
        caller: &Caller,
        filter: TicketFilter,
        sort: TicketSort,
        request: PageRequest,
    ) -> Result<Page<TicketRow>> {
        self.0.search().up_to_date(caller.org, &filter.text).await?;
        self.0.read(caller, async move |r, actor| page(r, &Reach::of(actor)?, &filter, sort, &request).await).await
    }

    /// How many tickets there are within reach, and what a list can be chosen by.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn ticket_counts(&self, caller: &Caller) -> Result<(Counts, Choices)> {
        self.0
            .read(caller, async |r, actor| {
                let reach = Reach::of(actor)?;
                let kinds = r.all::<Kind>(sql!(
                    "SELECT id, name FROM ticket_type WHERE org_id = $1 AND archived_at IS NULL \
                     AND ($2 OR property_id IS NULL OR property_id = ANY($3)) ORDER BY name, id",
                    r.caller().org,
                    reach.is_all(),
                    reach.ids()
                ));
                let (counts, colleagues, properties, kinds) =
                    tokio::try_join!(counts(r, &reach), colleagues(r, &reach), property_names(r, &reach), kinds)?;
                let kinds = kinds.into_iter().map(|k| (k.id, k.name)).collect();
                Ok((counts, Choices { colleagues, properties, kinds }))
            })
            .await
    }

    /// The tickets within reach that are narrowed so, in columns by how they stand.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn board(&self, caller: &Caller, filter: TicketFilter) -> Result<Board> {
        self.0.search().up_to_date(caller.org, &filter.text).await?;
        self.0
            .read(caller, async move |r, actor| {
                let reach = Reach::of(actor)?;
                let column = async |status: Status| {
                    let filter = TicketFilter { state: State::Exactly(status), ..filter.clone() };
                    let request = PageRequest { after: None, limit: COLUMN };
                    let page = page(r, &reach, &filter, TicketSort::Active, &request).await?;
                    let counted = narrowed(r, &reach, &filter, "SELECT count(*) FROM ticket");
                    let total: i64 = r.one(counted.whole()).await?;
                    Ok::<_, Error>((status, page.items, total))
                };
                let mut columns = Vec::new();
                for status in [Status::Open, Status::InProgress, Status::Waiting, Status::Done] {
                    columns.push(column(status).await?);
                }
                Ok(Board { columns })
            })
            .await
    }

    /// One ticket by its number, with everything about it.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn ticket(&self, caller: &Caller, number: i64) -> Result<TicketView> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = Reach::of(actor)?;
                let id = by_numbers(r, &[number]).await?.pop().ok_or(Error::NotFound("ticket"))?;
                let row = rows(r, &[id]).await?.pop().ok_or(Error::NotFound("ticket"))?;
                right(actor, &reach, Action::ViewTickets, row.property_id, "ticket")?;
                let may_write = right(actor, &reach, Action::WriteTickets, row.property_id, "ticket").is_ok();
                view(r, &reach, row, may_write).await
            })
            .await
    }

    /// A mark that changes whenever something is said or done in a ticket, and how many answers it has.
    ///
    /// # Errors
    /// As [`Desk::ticket`].
    pub async fn ticket_mark(&self, caller: &Caller, number: i64) -> Result<(String, i64)> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = Reach::of(actor)?;
                let id = by_numbers(r, &[number]).await?.pop().ok_or(Error::NotFound("ticket"))?;
                let row = rows(r, &[id]).await?.pop().ok_or(Error::NotFound("ticket"))?;
                right(actor, &reach, Action::ViewTickets, row.property_id, "ticket")?;
                let said: i64 = r
                    .one(sql!(
                        "SELECT count(*) FROM comment WHERE org_id = $1 AND ticket_id = $2 AND deleted_at IS NULL",
                        r.caller().org,
                        id
                    ))
                    .await?;
                let done: Option<i64> = r
                    .one(sql!(
                        "SELECT max(seq) FROM change WHERE org_id = $1 AND entity = 'ticket' AND entity_id = $2",
                        r.caller().org,
                        id
                    ))
                    .await?;
                Ok((format!("{said}-{}", done.unwrap_or(0)), said))
            })
            .await
    }

    /// A mark that changes whenever something happens to a ticket within reach.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn tickets_mark(&self, caller: &Caller) -> Result<String> {
        self.0
            .read(caller, async |r, actor| {
                let reach = Reach::of(actor)?;
                let list = reach.narrow(List::new("active", "SELECT active_at FROM ticket"), "property_id = ANY(?)");
                let list = list.filter("deleted_at IS NULL AND org_id = ?", r.caller().org);
                let request = PageRequest { after: None, limit: 1 };
                let newest: Vec<Instant> = r.all(list.page_down(["active_at", "id"], &request)?).await?;
                Ok(newest.first().map_or(0, |at| at.micros()).to_string())
            })
            .await
    }
}

/// How many tickets that are not closed there are within reach.
pub(super) async fn counts(r: &Read, reach: &Reach) -> Result<Counts> {
    r.one(sql!(
        "SELECT count(*) AS running, count(CASE WHEN t.assignee_id = $4 THEN 1 END) AS mine, \
         count(CASE WHEN t.assignee_id IS NULL THEN 1 END) AS unassigned, count(CASE WHEN t.asked_at <= $5 THEN 1 END) AS overdue \
         FROM ticket t WHERE t.org_id = $1 AND t.closed_at IS NULL AND t.deleted_at IS NULL AND ($2 OR t.property_id = ANY($3))",
        r.caller().org,
        reach.is_all(),
        reach.ids(),
        r.caller().person(),
        r.now().plus_secs(-PATIENCE)
    ))
    .await
}

/// A list of tickets within reach, narrowed.
fn narrowed(r: &Read, reach: &Reach, filter: &TicketFilter, head: &'static str) -> List {
    let org = r.caller().org;
    let (mut closed, mut running, mut status) = (None, None, None);
    match filter.state {
        State::Running => running = Some(org),
        State::Closed => closed = Some(org),
        State::Any => {}
        State::Exactly(s) => status = Some(s.as_str()),
    }
    let (nobody, somebody) = match filter.assignee {
        Assignee::Anybody => (None, None),
        Assignee::Nobody => (Some(org), None),
        Assignee::This(person) => (None, Some(person)),
    };
    let late = filter.overdue.then_some(r.now().plus_secs(-PATIENCE));
    let list = reach
        .narrow(List::new("desk tickets", head), "property_id = ANY(?)")
        .filter("deleted_at IS NULL AND org_id = ?", org)
        .filter_if("closed_at IS NULL AND org_id = ?", running)
        .filter_if("closed_at IS NOT NULL AND org_id = ?", closed)
        .filter_if("status = ?", status)
        .filter_if("property_id = ?", filter.property)
        .filter_if("unit_id = ?", filter.unit)
        .filter_if("concerns_id = ?", filter.person)
        .filter_if("assignee_id IS NULL AND org_id = ?", nobody)
        .filter_if("assignee_id = ?", somebody)
        .filter_if("type_id = ?", filter.kind)
        .filter_if("urgency = ?", filter.urgency.as_deref())
        .filter_if("closed_at IS NULL AND asked_at <= ?", late);
    search::narrow(list, search::has_term!("id", "ticket"), org, &filter.text)
}

async fn page(
    r: &Read,
    reach: &Reach,
    filter: &TicketFilter,
    sort: TicketSort,
    request: &PageRequest,
) -> Result<Page<TicketRow>> {
    let list = narrowed(r, reach, filter, "SELECT id FROM ticket");
    let scope = list.scope();
    let query = match sort {
        TicketSort::Active => list.page_down(["active_at", "id"], request)?,
        TicketSort::Newest => list.page_down(["id"], request)?,
        TicketSort::Oldest => list.page(["id"], request)?,
    };
    let ids: Vec<TicketId> = r.all(query).await?;
    let position = |t: &TicketRow| match sort {
        TicketSort::Active => vec![Key::from(t.active_at.micros()), Key::from(t.id.get())],
        TicketSort::Newest | TicketSort::Oldest => vec![Key::from(t.id.get())],
    };
    Ok(Page::cut(rows(r, &ids).await?, request.rows(), &scope, position))
}

/// These tickets, in this order.
pub(crate) async fn rows(r: &Read, ids: &[TicketId]) -> Result<Vec<TicketRow>> {
    let found: Vec<TicketRow> = r
        .all(sql!(
            "SELECT t.id, t.number, coalesce(t.title, f.name) AS title, t.description, t.status, t.urgency, t.shared, t.property_id, \
             o.name AS property_name, t.unit_id, u.number AS unit_number, t.concerns_id, c.first_name AS concerns_first, \
             c.last_name AS concerns_last, t.assignee_id, a.first_name AS assignee_first, a.last_name AS assignee_last, t.type_id, \
             t.asked_at, t.first_response_at, t.closed_at, t.created_at, t.active_at FROM ticket t \
             LEFT JOIN ticket_type f ON f.id = t.type_id LEFT JOIN property o ON o.id = t.property_id LEFT JOIN unit u ON u.id = t.unit_id \
             LEFT JOIN person c ON c.id = t.concerns_id LEFT JOIN person a ON a.id = t.assignee_id \
             WHERE +t.org_id = $1 AND t.id = ANY($2) AND t.deleted_at IS NULL",
            r.caller().org,
            ids
        ))
        .await?;
    let mut by_id: HashMap<TicketId, TicketRow> = found.into_iter().map(|t| (t.id, t)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// The ids behind numbers, by number.
pub(super) async fn by_numbers(r: &Read, numbers: &[i64]) -> Result<Vec<TicketId>> {
    let numbers: Vec<TicketId> = numbers.iter().map(|n| TicketId::new(*n)).collect();
    r.all(sql!(
        "SELECT id FROM ticket WHERE org_id = $1 AND number = ANY($2) AND deleted_at IS NULL ORDER BY number",
        r.caller().org,
        &numbers
    ))
    .await
}

/// The newest tickets of a person, within reach.
pub(super) async fn of_person(r: &Read, reach: &Reach, person: PersonId, most: u32) -> Result<Vec<TicketRow>> {
    let ids: Vec<TicketId> = r
        .all(sql!(
            "SELECT id FROM ticket WHERE org_id = $1 AND (concerns_id = $2 OR author_id = $2) AND deleted_at IS NULL \
             AND ($3 OR property_id = ANY($4)) ORDER BY id DESC LIMIT $5",
            r.caller().org,
            person,
            reach.is_all(),
            reach.ids(),
            most
        ))
        .await?;
    rows(r, &ids).await
}

/// The newest tickets of a unit.
pub(super) async fn of_unit(r: &Read, unit: UnitId, most: u32) -> Result<Vec<TicketRow>> {
    let ids: Vec<TicketId> = r
        .all(sql!(
            "SELECT id FROM ticket WHERE org_id = $1 AND unit_id = $2 AND deleted_at IS NULL ORDER BY id DESC LIMIT $3",
            r.caller().org,
            unit,
            most
        ))
        .await?;
    rows(r, &ids).await
}

/// The tickets of a property that are not closed: what happened last first.
pub(super) async fn running_at(r: &Read, property: PropertyId, most: u32) -> Result<Vec<TicketRow>> {
    let ids: Vec<TicketId> = r
        .all(sql!(
            "SELECT id FROM ticket WHERE org_id = $1 AND property_id = $2 AND closed_at IS NULL AND deleted_at IS NULL \
             ORDER BY active_at DESC, id DESC LIMIT $3",
            r.caller().org,
            property,
            most
        ))
        .await?;
    rows(r, &ids).await
}

/// What needs the caller: tickets of theirs or nobody's in which somebody waits, the longest first.
pub(super) async fn needing(r: &Read, reach: &Reach, most: u32) -> Result<Vec<TicketRow>> {
    let ids: Vec<TicketId> = r
        .all(sql!(
            "SELECT id FROM ticket WHERE org_id = $1 AND asked_at IS NOT NULL AND closed_at IS NULL AND deleted_at IS NULL \
             AND (assignee_id IS NULL OR assignee_id = $4) AND ($2 OR property_id = ANY($3)) ORDER BY asked_at, id LIMIT $5",
            r.caller().org,
            reach.is_all(),
            reach.ids(),
            r.caller().person(),
            most
        ))
        .await?;
    rows(r, &ids).await
}

async fn view(r: &Read, reach: &Reach, row: TicketRow, may_write: bool) -> Result<TicketView> {
    let id = row.id;
    let (ids, own) = ([id], [Holder::Ticket(id)]);
    let (form, comments, full, history) = tokio::try_join!(
        ticket::forms(r, &ids),
        comment::of_tickets(r, &ids),
        ticket::store::by_id(r, id),
        happening::of_ticket(r, id)
    )?;
    let author_id = full.ok_or(Error::NotFound("ticket"))?.author_id;
    let form = form.into_iter().next().ok_or_else(|| Error::internal("a ticket has a row"))?;
    let mut named: Vec<PersonId> = vec![author_id];
    named.extend(row.concerns_id);
    named.extend(row.assignee_id);
    named.extend(comments.iter().map(|c| c.author_id));
    let said: Vec<Holder> = comments.iter().map(|c| Holder::Comment(c.id)).collect();
    let here = row.property_id.map_or_else(|| reach.clone(), Reach::to);
    let (people, mut files, mut with_comments, colleagues) = tokio::try_join!(
        community::people(r, named),
        file::of_entities(r, &own),
        file::of_entities(r, &said),
        colleagues(r, &here)
    )?;
    let mut related = match (row.unit_id, row.concerns_id) {
        (Some(unit), _) => of_unit(r, unit, 6).await?,
        (None, Some(person)) => of_person(r, reach, person, 6).await?,
        (None, None) => Vec::new(),
    };
    related.retain(|t| t.id != id);
    let comment_files = comments.iter().filter_map(|c| Some((c.id, with_comments.remove(&c.id.get())?))).collect();
    Ok(TicketView {
        answers: ticket::read_answers(form.answers.as_deref()),
        files: files.remove(&id.get()).unwrap_or_default(),
        row,
        form,
        comments,
        comment_files,
        author_id,
        people,
        history,
        colleagues,
        related,
        may_write,
    })
}
