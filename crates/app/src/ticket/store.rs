//! The SQL of tickets.

use db::{List, Read, Write, row, sql};
use kernel::{Instant, Page, PageRequest, PersonId, PropertyId, Result, TicketId, UnitId};

use super::Status;

row! {
    /// A ticket's own row, with the names of the people in it.
    #[derive(Clone, Debug)]
    pub struct Ticket {
        /// Its id.
        pub id: TicketId,
        /// Its number in the organization.
        pub number: i64,
        /// Where.
        pub property_id: Option<PropertyId>,
        /// In which unit.
        pub unit_id: Option<UnitId>,
        /// Whom it concerns.
        pub concerns_id: Option<PersonId>,
        /// Given name of whom it concerns.
        pub concerns_first: Option<String>,
        /// Family name of whom it concerns.
        pub concerns_last: Option<String>,
        /// Who wrote it.
        pub author_id: PersonId,
        /// Given name of who wrote it.
        pub author_first: String,
        /// Family name of who wrote it.
        pub author_last: String,
        /// What is the matter.
        pub description: Option<String>,
        /// How it stands.
        pub status: Status,
        /// How urgent.
        pub urgency: Option<String>,
        /// Whether the resident may see it.
        pub shared: bool,
        /// When the staff first answered.
        pub first_response_at: Option<Instant>,
        /// When it was closed.
        pub closed_at: Option<Instant>,
        /// When it was made.
        pub created_at: Instant,
        /// When a value of it last changed.
        pub updated_at: Instant,
    }
}

/// Where a ticket belongs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    pub property: Option<PropertyId>,
    pub unit: Option<UnitId>,
}

pub struct New {
    pub number: i64,
    pub place: Place,
    pub concerns: Option<PersonId>,
    pub author: PersonId,
    pub description: Option<String>,
    pub status: Status,
    pub urgency: Option<String>,
    pub shared: bool,
    pub closed_at: Option<Instant>,
}

pub async fn by_id(r: &Read, id: TicketId) -> Result<Option<Ticket>> {
    r.optional(sql!(
        "SELECT t.id, t.number, t.property_id, t.unit_id, t.concerns_id, c.first_name AS concerns_first, c.last_name AS concerns_last, \
         t.author_id, a.first_name AS author_first, a.last_name AS author_last, t.description, t.status, t.urgency, t.shared, \
         t.first_response_at, t.closed_at, t.created_at, t.updated_at \
         FROM ticket t JOIN person a ON a.id = t.author_id LEFT JOIN person c ON c.id = t.concerns_id \
         WHERE t.org_id = $1 AND t.id = $2 AND t.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn all(r: &Read) -> Result<Vec<Ticket>> {
    r.all(sql!(
        "SELECT t.id, t.number, t.property_id, t.unit_id, t.concerns_id, c.first_name AS concerns_first, c.last_name AS concerns_last, \
         t.author_id, a.first_name AS author_first, a.last_name AS author_last, t.description, t.status, t.urgency, t.shared, \
         t.first_response_at, t.closed_at, t.created_at, t.updated_at \
         FROM ticket t JOIN person a ON a.id = t.author_id LEFT JOIN person c ON c.id = t.concerns_id \
         WHERE t.org_id = $1 AND t.deleted_at IS NULL ORDER BY t.id",
        r.caller().org
    ))
    .await
}

pub async fn these(r: &Read, ids: &[TicketId]) -> Result<Vec<Ticket>> {
    r.all(sql!(
        "SELECT t.id, t.number, t.property_id, t.unit_id, t.concerns_id, c.first_name AS concerns_first, c.last_name AS concerns_last, \
         t.author_id, a.first_name AS author_first, a.last_name AS author_last, t.description, t.status, t.urgency, t.shared, \
         t.first_response_at, t.closed_at, t.created_at, t.updated_at \
         FROM ticket t JOIN person a ON a.id = t.author_id LEFT JOIN person c ON c.id = t.concerns_id \
         WHERE +t.org_id = $1 AND t.id = ANY($2) AND t.deleted_at IS NULL ORDER BY t.id",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn about(r: &Read, person: PersonId) -> Result<Vec<Ticket>> {
    r.all(sql!(
        "SELECT t.id, t.number, t.property_id, t.unit_id, t.concerns_id, c.first_name AS concerns_first, c.last_name AS concerns_last, \
         t.author_id, a.first_name AS author_first, a.last_name AS author_last, t.description, t.status, t.urgency, t.shared, \
         t.first_response_at, t.closed_at, t.created_at, t.updated_at \
         FROM ticket t JOIN person a ON a.id = t.author_id LEFT JOIN person c ON c.id = t.concerns_id \
         WHERE t.org_id = $1 AND t.concerns_id = $2 AND t.deleted_at IS NULL ORDER BY t.id",
        r.caller().org,
        person
    ))
    .await
}

pub async fn page(r: &Read, status: Option<Status>, request: &PageRequest) -> Result<Page<Ticket>> {
    let list = List::new("tickets", "SELECT id FROM ticket")
        .filter("deleted_at IS NULL AND org_id = ?", r.caller().org)
        .filter_if("status = ?", status.map(Status::as_str));
    let scope = list.scope();
    let ids: Vec<TicketId> = r.all(list.page(["id"], request)?).await?;
    let tickets = these(r, &ids).await?;
    Ok(Page::cut(tickets, request.rows(), &scope, Ticket::position))
}

pub async fn insert(w: &Write, t: &New) -> Result<TicketId> {
    w.one(sql!(
        "INSERT INTO ticket (uid, org_id, number, property_id, unit_id, concerns_id, author_id, description, status, urgency, shared, closed_at, created_at, updated_at, \
         active_at, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $13, $14) RETURNING id",
        w.uid(), w.caller().org, t.number, t.place.property, t.place.unit, t.concerns, t.author, &t.description,
        t.status.as_str(), &t.urgency, t.shared, t.closed_at, w.now(), t.closed_at.is_none().then_some(w.now())
    ))
    .await
}

pub async fn update(w: &Write, t: &Ticket) -> Result<()> {
    w.execute(sql!(
        "UPDATE ticket SET property_id = $3, unit_id = $4, concerns_id = $5, author_id = $6, description = $7, status = $8, urgency = $9, \
         shared = $10, first_response_at = $11, closed_at = $12, updated_at = $13, active_at = $13, \
         asked_at = CASE WHEN status = $8 THEN asked_at END WHERE org_id = $1 AND id = $2",
        w.caller().org, t.id, t.property_id, t.unit_id, t.concerns_id, t.author_id, &t.description, t.status.as_str(), &t.urgency,
        t.shared, t.first_response_at, t.closed_at, w.now()
    ))
    .await
    .map(drop)
}

/// Notes that the staff wrote: whoever waits has an answer when it is no internal one. `updated_at` stays.
pub async fn answered(w: &Write, id: TicketId, internal: bool) -> Result<()> {
    w.execute(sql!(
        "UPDATE ticket SET first_response_at = coalesce(first_response_at, $3), active_at = $3, \
         asked_at = CASE WHEN $4 THEN asked_at END WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        w.now(),
        internal
    ))
    .await
    .map(drop)
}

/// Notes that a resident wrote and waits for an answer; `updated_at` stays.
pub async fn asked(w: &Write, id: TicketId) -> Result<()> {
    w.execute(sql!(
        "UPDATE ticket SET active_at = $3, asked_at = coalesce(asked_at, $3) WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete(w: &Write, id: TicketId) -> Result<()> {
    let (org, now) = (w.caller().org, w.now());
    w.execute(sql!(
        "UPDATE comment SET deleted_at = $3 WHERE org_id = $1 AND ticket_id = $2 AND deleted_at IS NULL",
        org,
        id,
        now
    ))
    .await?;
    w.execute(sql!("UPDATE ticket SET deleted_at = $3 WHERE org_id = $1 AND id = $2", org, id, now)).await.map(drop)
}
