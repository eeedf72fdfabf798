//! Answers to a ticket.

use db::{Change, Read, Write, row, sql};
use kernel::{CommentId, Error, Faults, Field, Instant, PersonId, Problem, Result, TicketId};

use super::{Ticket, store};
use crate::staff;

row! {
    /// An answer, with its author's name.
    #[derive(Clone, Debug)]
    pub struct Comment {
        /// Its id.
        pub id: CommentId,
        /// To which ticket.
        pub ticket_id: TicketId,
        /// Who wrote it.
        pub author_id: PersonId,
        /// Given name of who wrote it.
        pub author_first: String,
        /// Family name of who wrote it.
        pub author_last: String,
        /// What was said.
        pub text: String,
        /// Whether only the staff see it.
        pub internal: bool,
        /// When; grows strictly within a ticket.
        pub created_at: Instant,
        /// When its text last changed.
        pub updated_at: Instant,
    }
}

/// The fields of an answer that can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// What is said.
    pub text: Field<String>,
    /// Whether the resident may see it; new answers are internal unless told.
    pub public: Field<bool>,
    /// In whose name it stands: another member of the staff. Only on a change.
    pub author_id: Field<PersonId>,
}

pub async fn all(r: &Read) -> Result<Vec<Comment>> {
    r.all(sql!(
        "SELECT c.id, c.ticket_id, c.author_id, a.first_name AS author_first, a.last_name AS author_last, c.text, c.internal, c.created_at, c.updated_at \
         FROM comment c JOIN person a ON a.id = c.author_id WHERE c.org_id = $1 AND c.deleted_at IS NULL ORDER BY c.ticket_id, c.id",
        r.caller().org
    ))
    .await
}

pub async fn of_tickets(r: &Read, ids: &[TicketId]) -> Result<Vec<Comment>> {
    r.all(sql!(
        "SELECT c.id, c.ticket_id, c.author_id, a.first_name AS author_first, a.last_name AS author_last, c.text, c.internal, c.created_at, c.updated_at \
         FROM comment c JOIN person a ON a.id = c.author_id WHERE c.org_id = $1 AND c.ticket_id = ANY($2) AND c.deleted_at IS NULL ORDER BY c.ticket_id, c.id",
        r.caller().org,
        ids
    ))
    .await
}

/// An answer and its ticket. An answer of another ticket is not found.
pub async fn get(r: &Read, ticket: TicketId, id: CommentId) -> Result<(Ticket, Comment)> {
    let missing = || Error::NotFound("note");
    let ticket = store::by_id(r, ticket).await?.ok_or_else(missing)?;
    let found = by_id(r, ticket.id, id).await?.ok_or_else(missing)?;
    Ok((ticket, found))
}

async fn by_id(r: &Read, ticket: TicketId, id: CommentId) -> Result<Option<Comment>> {
    r.optional(sql!(
        "SELECT c.id, c.ticket_id, c.author_id, a.first_name AS author_first, a.last_name AS author_last, c.text, c.internal, c.created_at, c.updated_at \
         FROM comment c JOIN person a ON a.id = c.author_id WHERE c.org_id = $1 AND c.ticket_id = $2 AND c.id = $3 AND c.deleted_at IS NULL",
        r.caller().org,
        ticket,
        id
    ))
    .await
}

pub async fn create(w: &Write, ticket: &Ticket, input: &Input, mut faults: Faults) -> Result<Comment> {
    let text = input.text.required(&mut faults, "text");
    faults.finish()?;
    let text = text.ok_or_else(|| Error::internal("the text was neither given nor faulty"))?;
    let author = w.caller().person().ok_or(Error::Forbidden)?;
    let internal = input.public.given() != Some(&true);
    write(w, ticket, author, text, By::Staff { internal }).await
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Somebody of the staff, perhaps for the staff alone.
    Staff { internal: bool },
    /// A resident, for all.
    Resident,
}

/// Adds an answer.
pub(crate) async fn write(w: &Write, ticket: &Ticket, author: PersonId, text: &str, by: By) -> Result<Comment> {
    let internal = by == By::Staff { internal: true };
    let org = w.caller().org;
    // The instant is a sort key for clients: two answers of a ticket never share a microsecond.
    let last: Option<Instant> = w
        .one(sql!(
            "SELECT max(created_at) FROM comment WHERE org_id = $1 AND ticket_id = $2 AND deleted_at IS NULL",
            org,
            ticket.id
        ))
        .await?;
    let at = last.map_or(w.now(), |l| w.now().max(Instant::from_micros(l.micros() + 1)));
    let id: CommentId = w
        .one(sql!(
            "INSERT INTO comment (uid, org_id, ticket_id, author_id, text, internal, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id",
            w.uid(),
            org,
            ticket.id,
            author,
            text,
            internal,
            at
        ))
        .await?;
    match by {
        By::Staff { internal } => store::answered(w, ticket.id, internal).await?,
        By::Resident => store::asked(w, ticket.id).await?,
    }
    let change = Change::new("ticket.commented", id).person(ticket.concerns_id).property(ticket.property_id);
    w.change(change.unit(ticket.unit_id));
    by_id(w, ticket.id, id).await?.ok_or_else(|| Error::internal("an answer just written is there"))
}

/// What a resident said stays as it was said.
pub async fn only_of_staff(r: &Read, now: &Comment) -> Result<()> {
    match staff::store::by_id(r, now.author_id).await? {
        Some(_) => Ok(()),
        None => Err(Error::Forbidden),
    }
}

pub async fn update(w: &Write, ticket: &Ticket, now: &Comment, input: &Input, mut faults: Faults) -> Result<Comment> {
    if let Some(id) = input.author_id.given()
        && staff::store::by_id(w, *id).await?.is_none_or(|m| m.role.is_none())
    {
        faults.add("author_id", Problem::Unknown);
    }
    faults.finish()?;
    let text = input.text.or_keep(&now.text);
    let author = input.author_id.or_keep(&now.author_id);
    let internal = input.public.given().map_or(now.internal, |public| !public);
    let mut diff = crate::diff::Diff::default();
    diff.field("text", &now.text, &text);
    diff.field("author", &now.author_id, &author);
    diff.field("internal", &now.internal, &internal);
    if !diff.is_empty() {
        w.execute(sql!(
            "UPDATE comment SET text = $3, author_id = $4, internal = $5, updated_at = $6 WHERE org_id = $1 AND id = $2",
            w.caller().org,
            now.id,
            &text,
            author,
            internal,
            w.now().max(now.created_at)
        ))
        .await?;
        let change = Change::new("ticket.comment_updated", now.id).person(ticket.concerns_id);
        w.change(change.property(ticket.property_id).unit(ticket.unit_id).data(diff.json()));
    }
    by_id(w, ticket.id, now.id).await?.ok_or_else(|| Error::internal("an answer just changed is there"))
}

pub async fn remove(w: &Write, ticket: &Ticket, now: &Comment) -> Result<()> {
    only_of_staff(w, now).await?;
    w.execute(sql!(
        "UPDATE comment SET deleted_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        now.id,
        w.now()
    ))
    .await?;
    let change = Change::new("ticket.comment_deleted", now.id).person(ticket.concerns_id);
    w.change(change.property(ticket.property_id).unit(ticket.unit_id));
    Ok(())
}
