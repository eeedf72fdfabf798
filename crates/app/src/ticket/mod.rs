//! Requests and their answers.

pub(crate) mod comment;
mod form;
mod history;
mod own;
mod report;
pub(crate) mod store;

use std::sync::Arc;

use db::{Change, Read, Write};
use kernel::{
    Action, Caller, CommentId, Draft, Error, Faults, Field, Instant, Key, Living, Page, PageRequest, PersonId, Problem,
    Result, TicketId,
};

use crate::{
    access::{self, Resource, require},
    diff::{Diff, allow_same},
    file::{self, Holder},
    group::grouped,
    handle, organization,
    property::reach,
    resident,
    staff::{self, Member},
    tenancy,
};

pub use comment::{Comment, Input as CommentInput};
pub(crate) use form::read as read_answers;
pub use form::{Answer, files as answered_files};
pub use history::Moment;
pub use own::{FormRow, Own, Rating, Reply};
pub(crate) use own::{forms, mine, named};
pub use report::Report;
pub use store::Ticket;

/// How a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody has begun.
    Open,
    /// Somebody works on it.
    InProgress,
    /// Something is awaited.
    Waiting,
    /// Done.
    Done,
    /// Will not be done.
    Rejected,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Open, Self::InProgress, Self::Waiting, Self::Done, Self::Rejected];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Rejected => "rejected",
        }
    }

    /// The coarser state.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::Open => Stage::New,
            Self::InProgress | Self::Waiting => Stage::InProgress,
            Self::Done | Self::Rejected => Stage::Closed,
        }
    }
}

impl db::Value for Status {
    fn read(cell: db::Cell<'_>) -> Option<Self> {
        let db::Cell::Text(word) = cell else { return None };
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

/// How a ticket stands, as doors show it that know three states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has begun.
    New,
    /// Somebody works on it, or something is awaited.
    InProgress,
    /// Done or rejected.
    Closed,
}

/// What status is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusInput {
    /// This one.
    Exactly(Status),
    /// One of this stage: the stage it is at already changes nothing.
    Stage(Stage),
}

impl StatusInput {
    fn given_to(self, now: Option<Status>) -> Status {
        match self {
            Self::Exactly(status) => status,
            Self::Stage(stage) => now.filter(|s| s.stage() == stage).unwrap_or(match stage {
                Stage::New => Status::Open,
                Stage::InProgress => Status::InProgress,
                Stage::Closed => Status::Done,
            }),
        }
    }
}

/// A ticket with everything shown.
#[derive(Clone, Debug)]
pub struct Details {
    /// The ticket.
    pub ticket: Ticket,
    /// Its answers, oldest first.
    pub comments: Vec<Comment>,
    /// The staff of the person it concerns, at this moment.
    pub staff: Vec<Arc<Member>>,
}

/// The fields of a ticket that can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Whom it concerns; null only where it concerns nobody already.
    pub concerns_id: Field<Option<PersonId>>,
    /// Who wrote it: a member of the staff.
    pub author_id: Field<PersonId>,
    /// What is the matter.
    pub description: Field<Option<String>>,
    /// How many characters a new description may have at this door; what is stored already may be longer.
    pub longest: usize,
    /// How it stands.
    pub status: Field<StatusInput>,
    /// How urgent, in few words.
    pub urgency: Field<Option<String>>,
    /// Whether the resident may see it.
    pub shared: Field<bool>,
}

handle! {
    /// Operations on tickets.
    Tickets
}

#[operations::compiled_here]
impl Tickets<'_> {
    /// All tickets, or those about one person, by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, caller: &Caller, concerns: Option<PersonId>) -> Result<Vec<Details>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewTickets, Resource::Organization)?;
                let Some(person) = concerns else {
                    let (tickets, comments, links) =
                        tokio::try_join!(store::all(r), comment::all(r), resident::store::all_staff_links(r))?;
                    return assemble(r, tickets, comments, links).await;
                };
                let tickets = store::about(r, person).await?;
                with_everything(r, tickets).await
            })
            .await
    }

    /// One page of the tickets, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] on a foreign cursor.
    pub async fn page(&self, caller: &Caller, status: Option<Status>, request: PageRequest) -> Result<Page<Details>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewTickets, Resource::Organization)?;
                let page = store::page(r, status, &request).await?;
                Ok(Page { items: with_everything(r, page.items).await?, next: page.next })
            })
            .await
    }

    /// One ticket.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: TicketId) -> Result<Details> {
        self.0
            .read(caller, async move |r, actor| {
                let details = details(r, id).await?;
                reach(actor, Action::ViewTickets, details.ticket.property_id)?;
                Ok(details)
            })
            .await
    }

    /// Makes a ticket in the name of a member of the staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, draft: Draft<Input>) -> Result<TicketId> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::WriteTickets, Resource::Organization)?;
                let (input, faults) = draft.open()?;
                create(w, input, faults).await
            })
            .await
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, id: TicketId, draft: Draft<Input>) -> Result<Details> {
        self.0
            .write(caller, async move |w, actor| {
                let now = get(w, id).await?;
                reach(actor, Action::WriteTickets, now.property_id)?;
                let (input, faults) = draft.open()?;
                update(w, &now, input, faults).await?;
                details(w, id).await
            })
            .await
    }

    /// Deletes a ticket with its notes.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: TicketId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = get(w, id).await?;
                reach(actor, Action::WriteTickets, now.property_id)?;
                remove(w, &now).await
            })
            .await
    }

    /// Deletes those of these tickets that exist, with their notes.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn delete_many(&self, caller: &Caller, ids: Draft<Vec<TicketId>>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::WriteTickets, Resource::Organization)?;
                let (ids, faults) = ids.open()?;
                faults.finish()?;
                for ticket in store::these(w, ids).await? {
                    remove(w, &ticket).await?;
                }
                Ok(())
            })
            .await
    }

    /// Answers a ticket.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn comment(&self, caller: &Caller, id: TicketId, draft: Draft<CommentInput>) -> Result<Comment> {
        self.0
            .write(caller, async move |w, actor| {
                let ticket = get(w, id).await?;
                reach(actor, Action::WriteTickets, ticket.property_id)?;
                let (input, faults) = draft.open()?;
                comment::create(w, &ticket, input, faults).await
            })
            .await
    }

    /// Changes an answer. What a resident wrote nobody changes.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update_comment(
        &self,
        caller: &Caller,
        ticket: TicketId,
        id: CommentId,
        draft: Draft<CommentInput>,
    ) -> Result<Comment> {
        self.0
            .write(caller, async move |w, actor| {
                let (ticket, now) = comment::get(w, ticket, id).await?;
                reach(actor, Action::WriteTickets, ticket.property_id)?;
                comment::only_of_staff(w, &now).await?;
                let (input, faults) = draft.open()?;
                comment::update(w, &ticket, &now, input, faults).await
            })
            .await
    }

    /// Deletes an answer. What a resident wrote nobody deletes.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete_comment(&self, caller: &Caller, ticket: TicketId, id: CommentId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let (ticket, now) = comment::get(w, ticket, id).await?;
                reach(actor, Action::WriteTickets, ticket.property_id)?;
                comment::remove(w, &ticket, &now).await
            })
            .await
    }
}

/// Makes a ticket; all faults are told together.
pub(crate) async fn create(w: &Write, input: &Input, mut faults: Faults) -> Result<TicketId> {
    let concerns = input.concerns_id.required(&mut faults, "concerns_id");
    let author = input.author_id.required(&mut faults, "author_id");
    check(w, None, input, &mut faults).await?;
    faults.finish()?;
    let (Some(concerns), Some(author)) = (concerns, author) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let place = place_of(w, *concerns).await?;
    let status = input.status.given().map_or(Status::Open, |s| s.given_to(None));
    let new = store::New {
        number: organization::next_number(w, "ticket").await?,
        place,
        concerns: *concerns,
        author: *author,
        description: input.description.given().cloned().flatten(),
        status,
        urgency: input.urgency.given().cloned().flatten(),
        shared: input.shared.given().copied().unwrap_or(false),
        closed_at: (status.stage() == Stage::Closed).then_some(w.now()),
    };
    let id = store::insert(w, &new).await?;
    w.change(Change::new("ticket.created", id).person(*concerns).property(place.property).unit(place.unit));
    Ok(id)
}

pub(crate) async fn update(w: &Write, now: &Ticket, input: &Input, mut faults: Faults) -> Result<()> {
    allow_same(&mut faults, &["urgency"], &input.urgency, &now.urgency);
    check(w, Some(now), input, &mut faults).await?;
    faults.finish()?;
    let mut new = now.clone();
    new.concerns_id = input.concerns_id.or_keep(&now.concerns_id);
    new.author_id = input.author_id.or_keep(&now.author_id);
    new.description = input.description.or_keep(&now.description);
    new.urgency = input.urgency.or_keep(&now.urgency);
    // What was shared with one resident was not shared with another.
    let still = now.shared && new.concerns_id == now.concerns_id;
    new.shared = input.shared.or_keep(&still);
    new.status = input.status.given().map_or(now.status, |s| s.given_to(Some(now.status)));
    let mut diff = Diff::default();
    diff.field("concerns", &now.concerns_id, &new.concerns_id);
    diff.field("author", &now.author_id, &new.author_id);
    diff.field("description", &now.description, &new.description);
    diff.field("urgency", &now.urgency, &new.urgency);
    diff.field("shared", &now.shared, &new.shared);
    diff.field("status", &now.status.as_str(), &new.status.as_str());
    if diff.is_empty() {
        return Ok(());
    }
    if new.concerns_id != now.concerns_id {
        let place = place_of(w, new.concerns_id).await?;
        (new.property_id, new.unit_id) = (place.property, place.unit);
    }
    let closed = |s: Status| s.stage() == Stage::Closed;
    new.closed_at = if closed(new.status) { now.closed_at.or(Some(w.now())) } else { None };
    if new.status != now.status {
        new.first_response_at = now.first_response_at.or(Some(w.now()));
    }
    store::update(w, &new).await?;
    let action = match (closed(now.status), closed(new.status)) {
        (false, true) => "ticket.closed",
        (true, false) => "ticket.reopened",
        _ => "ticket.updated",
    };
    let change = Change::new(action, now.id).person(new.concerns_id).property(new.property_id).unit(new.unit_id);
    w.change(change.data(diff.json()));
    Ok(())
}

async fn check(r: &Read, now: Option<&Ticket>, input: &Input, faults: &mut Faults) -> Result<()> {
    let same = |id: &PersonId, shown: fn(&Ticket) -> Option<PersonId>| now.and_then(shown) == Some(*id);
    match input.concerns_id.given() {
        Some(None) if now.is_none_or(|t| t.concerns_id.is_some()) => faults.add("concerns_id", Problem::Null),
        Some(Some(id)) if !same(id, |t| t.concerns_id) && resident::find(r, *id).await?.is_none() => {
            faults.add("concerns_id", Problem::Unknown);
        }
        _ => {}
    }
    if let Some(id) = input.author_id.given().filter(|id| !same(id, |t| Some(t.author_id)))
        && staff::store::by_id(r, *id).await?.is_none()
    {
        faults.add("author_id", Problem::Unknown);
    }
    if let Some(Some(text)) = input.description.given()
        && now.is_none_or(|t| t.description.as_ref() != Some(text))
        && text.chars().count() > input.longest
    {
        faults.add("description", Problem::TooLong(input.longest));
    }
    Ok(())
}

/// Where a ticket about this person belongs: where they rent as it is shown, or, if that does not run, where they live in
/// whatever role.
pub(crate) async fn place_of(r: &Read, person: Option<PersonId>) -> Result<store::Place> {
    let Some(person) = person else { return Ok(store::Place::default()) };
    let lease = tenancy::shown(tenancy::store::of_person(r, person).await?, r.now());
    if !lease.as_ref().is_some_and(|l| l.is_running(r.now()))
        && let Some(home) = access::homes(r, person)
            .await?
            .into_iter()
            .filter(|h| h.living != Living::Guest)
            .min_by_key(|h| (h.living, h.tenancy))
    {
        return Ok(store::Place { property: Some(home.property), unit: home.unit });
    }
    Ok(lease.map_or_else(store::Place::default, |l| store::Place { property: Some(l.property_id), unit: l.unit_id }))
}

async fn get(r: &Read, id: TicketId) -> Result<Ticket> {
    store::by_id(r, id).await?.ok_or(Error::NotFound("ticket"))
}

async fn details(r: &Read, id: TicketId) -> Result<Details> {
    let ids = [id];
    let (ticket, comments) = tokio::try_join!(store::by_id(r, id), comment::of_tickets(r, &ids))?;
    let ticket = ticket.ok_or(Error::NotFound("ticket"))?;
    let staff = match ticket.concerns_id {
        Some(person) => resident::store::staff_of(r, person).await?,
        None => Vec::new(),
    };
    Ok(Details { ticket, comments, staff: staff.into_iter().map(Arc::new).collect() })
}

async fn with_everything(r: &Read, tickets: Vec<Ticket>) -> Result<Vec<Details>> {
    let ids: Vec<TicketId> = tickets.iter().map(|t| t.id).collect();
    let people: Vec<PersonId> = tickets.iter().filter_map(|t| t.concerns_id).collect();
    let (comments, links) = tokio::try_join!(comment::of_tickets(r, &ids), resident::store::staff_links(r, &people))?;
    assemble(r, tickets, comments, links).await
}

async fn assemble(
    r: &Read,
    tickets: Vec<Ticket>,
    comments: Vec<Comment>,
    links: Vec<resident::store::Link>,
) -> Result<Vec<Details>> {
    let carers = resident::carers(r, links).await?;
    let mut by_ticket = grouped(comments, |c| c.ticket_id);
    let with = |ticket: Ticket| Details {
        comments: by_ticket.remove(&ticket.id).unwrap_or_default(),
        staff: ticket.concerns_id.and_then(|p| carers.get(&p)).cloned().unwrap_or_default(),
        ticket,
    };
    Ok(tickets.into_iter().map(with).collect())
}

async fn remove(w: &Write, now: &Ticket) -> Result<()> {
    let said: Vec<Holder> =
        comment::of_tickets(w, &[now.id]).await?.into_iter().map(|c| Holder::Comment(c.id)).collect();
    file::delete_of(w, &[Holder::Ticket(now.id)]).await?;
    file::delete_of(w, &said).await?;
    store::delete(w, now.id).await?;
    let change = Change::new("ticket.deleted", now.id).person(now.concerns_id).property(now.property_id);
    w.change(change.unit(now.unit_id));
    Ok(())
}

/// Deletes all tickets about a person.
pub(crate) async fn remove_about(w: &Write, person: PersonId) -> Result<()> {
    for ticket in store::about(w, person).await? {
        remove(w, &ticket).await?;
    }
    Ok(())
}

impl Ticket {
    pub(crate) fn position(&self) -> Vec<Key> {
        vec![Key::from(self.id.get())]
    }

    /// Whole minutes since a value of it last changed, at `now`.
    #[must_use]
    pub fn minutes_since_update(&self, now: Instant) -> i64 {
        (now.micros() - self.updated_at.micros()).max(0) / 60_000_000
    }
}
