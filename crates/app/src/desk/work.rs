//! What the staff do with tickets: one step or many at once, each with the way back; new ones; answers with files.

use std::collections::{BTreeMap, HashMap};

use db::{Change, Read, Write, row, sql};
use kernel::{
    Action, Actor, Caller, CommentId, Draft, Error, Faults, Field, PersonId, Problem, PropertyId, Result, TicketId,
    UnitId,
};

use super::{Desk, Reach, colleagues, people, right, tickets};
use crate::{
    diff::Diff,
    file::{self, Holder},
    organization,
    ticket::{self, Input, Status, StatusInput, Ticket, comment, store},
};

/// Characters of a title.
const LONGEST_TITLE: usize = 120;
/// Characters of a description or an answer.
const LONGEST_TEXT: usize = 10_000;
/// Characters of an urgency.
const LONGEST_URGENCY: usize = 12;
/// Tickets of one step.
const MOST: usize = 100;

/// What to do with a ticket; what is not given stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Which one.
    pub number: i64,
    /// How it is to stand.
    pub status: Option<Status>,
    /// Who is to work on it; nobody for `Some(None)`.
    pub assignee: Option<Option<PersonId>>,
}

/// A ticket that somebody of the staff writes down.
#[derive(Clone, Debug, Default)]
pub struct NewTicket {
    /// About whom.
    pub person_id: Field<Option<PersonId>>,
    /// About which unit; of the person's own unless told.
    pub unit_id: Field<Option<UnitId>>,
    /// At which property; the unit's or the person's unless told.
    pub property_id: Field<Option<PropertyId>>,
    /// In few words.
    pub title: Field<String>,
    /// What is the matter.
    pub description: Field<Option<String>>,
    /// How urgent.
    pub urgency: Field<Option<String>>,
    /// Who is to work on it.
    pub assignee_id: Field<Option<PersonId>>,
    /// Whether the resident may see it.
    pub shared: bool,
}

/// What somebody of the staff says to a ticket.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// What is said.
    pub text: Field<String>,
    /// Whether only the staff see it.
    pub internal: bool,
    /// Files uploaded before, by their paths.
    pub files: Vec<String>,
    /// How the ticket is to stand afterwards.
    pub status: Option<Status>,
}

row! {
    struct Worker {
        id: TicketId,
        assignee_id: Option<PersonId>,
    }

    struct Place {
        id: UnitId,
        property_id: PropertyId,
    }
}

#[operations::compiled_here]
impl Desk<'_> {
    /// Does these steps, all or none. Answers the steps that lead back.
    ///
    /// # Errors
    /// [`Error::NotFound`] when one of the tickets is out of reach; [`Error::Forbidden`]; [`Error::Invalid`].
    pub async fn work(&self, caller: &Caller, steps: Vec<Step>) -> Result<Vec<Step>> {
        self.0
            .write(caller, async move |w, actor| {
                let reach = Reach::of(actor)?;
                if steps.len() > MOST {
                    return Err(Error::invalid("tickets", Problem::TooLong(MOST)));
                }
                let found = reached(w, actor, &reach, &steps).await?;
                let mut back: BTreeMap<i64, Step> =
                    steps.iter().map(|s| (s.number, Step { number: s.number, ..Step::default() })).collect();
                assign(w, &reach, &found, &steps, &mut back).await?;
                for step in &steps {
                    let (Some(status), Some(now)) = (step.status, found.get(&step.number)) else { continue };
                    if now.status != status {
                        set_status(w, now, status).await?;
                        if let Some(step) = back.get_mut(&step.number) {
                            step.status = Some(now.status);
                        }
                    }
                }
                Ok(back.into_values().filter(|s| s.status.is_some() || s.assignee.is_some()).collect())
            })
            .await
    }

    /// Writes a ticket down for somebody; answers its number.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn open_ticket(&self, caller: &Caller, draft: Draft<NewTicket>) -> Result<i64> {
        self.0
            .write(caller, async move |w, actor| {
                let reach = Reach::of(actor)?;
                let (input, faults) = draft.open()?;
                open(w, actor, &reach, input, faults).await
            })
            .await
    }

    /// Says something to a ticket, to all or to the staff alone.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn answer(&self, caller: &Caller, number: i64, draft: Draft<Answer>) -> Result<CommentId> {
        self.0
            .write(caller, async move |w, actor| {
                let reach = Reach::of(actor)?;
                let step = Step { number, ..Step::default() };
                let found = reached(w, actor, &reach, &[step]).await?;
                let now = found.get(&number).ok_or(Error::NotFound("ticket"))?;
                let (input, mut faults) = draft.open()?;
                let text = input.text.given().map_or("", |t| t.trim());
                if text.is_empty() && input.files.is_empty() && input.text.given().is_some() {
                    faults.add("text", Problem::Required);
                } else if text.chars().count() > LONGEST_TEXT {
                    faults.add("text", Problem::TooLong(LONGEST_TEXT));
                }
                let files = ticket::named(w, actor, &input.files, &mut faults).await?;
                faults.finish()?;
                let me = actor.person().ok_or(Error::Forbidden)?;
                let by = comment::By::Staff { internal: input.internal };
                let said = comment::write(w, now, me, text, by).await?;
                file::attach(w, actor, &files, Holder::Comment(said.id)).await?;
                if let Some(status) = input.status.filter(|s| *s != now.status) {
                    let now = store::by_id(w, now.id).await?.ok_or(Error::NotFound("ticket"))?;
                    set_status(w, &now, status).await?;
                }
                Ok(said.id)
            })
            .await
    }

    /// Shows a ticket to the resident it concerns, or takes it back. Answers whether it is shown.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn share(&self, caller: &Caller, number: i64, shared: bool) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let reach = Reach::of(actor)?;
                let step = Step { number, ..Step::default() };
                let found = reached(w, actor, &reach, &[step]).await?;
                let now = found.get(&number).ok_or(Error::NotFound("ticket"))?;
                let input = Input { shared: Field::Given(shared), longest: usize::MAX, ..Input::default() };
                ticket::update(w, now, &input, Faults::new()).await
            })
            .await
    }
}

/// The tickets of these steps, by number; each must be within reach.
async fn reached(r: &Read, actor: &Actor, reach: &Reach, steps: &[Step]) -> Result<HashMap<i64, Ticket>> {
    let numbers: Vec<i64> = steps.iter().map(|s| s.number).collect();
    let ids = tickets::by_numbers(r, &numbers).await?;
    let found: HashMap<i64, Ticket> = store::these(r, &ids).await?.into_iter().map(|t| (t.number, t)).collect();
    for number in numbers {
        let ticket = found.get(&number).ok_or(Error::NotFound("ticket"))?;
        right(actor, reach, Action::WriteTickets, ticket.property_id, "ticket")?;
    }
    Ok(found)
}

async fn assign(
    w: &Write,
    reach: &Reach,
    found: &HashMap<i64, Ticket>,
    steps: &[Step],
    back: &mut BTreeMap<i64, Step>,
) -> Result<()> {
    let ids: Vec<TicketId> = found.values().map(|t| t.id).collect();
    let now: Vec<Worker> = w
        .all(sql!("SELECT id, assignee_id FROM ticket WHERE +org_id = $1 AND id = ANY($2)", w.caller().org, &ids))
        .await?;
    let now: HashMap<TicketId, Option<PersonId>> = now.into_iter().map(|x| (x.id, x.assignee_id)).collect();
    let mut by_worker: HashMap<Option<PersonId>, Vec<&Ticket>> = HashMap::new();
    for step in steps {
        let (Some(worker), Some(ticket)) = (step.assignee, found.get(&step.number)) else { continue };
        let before = now.get(&ticket.id).copied().flatten();
        if before != worker {
            by_worker.entry(worker).or_default().push(ticket);
            if let Some(step) = back.get_mut(&step.number) {
                step.assignee = Some(before);
            }
        }
    }
    if by_worker.is_empty() {
        return Ok(());
    }
    let known = colleagues(w, reach).await?;
    if by_worker.keys().flatten().any(|id| !known.iter().any(|c| c.id == *id)) {
        return Err(Error::invalid("assignee", Problem::Unknown));
    }
    for (worker, tickets) in by_worker {
        let ids: Vec<TicketId> = tickets.iter().map(|t| t.id).collect();
        w.execute(sql!(
            "UPDATE ticket SET assignee_id = $3, active_at = $4 WHERE +org_id = $1 AND id = ANY($2)",
            w.caller().org,
            &ids,
            worker,
            w.now()
        ))
        .await?;
        for ticket in tickets {
            let mut diff = Diff::default();
            diff.field("assignee", &now.get(&ticket.id).copied().flatten(), &worker);
            let change =
                Change::new("ticket.assigned", ticket.id).person(ticket.concerns_id).property(ticket.property_id);
            w.change(change.unit(ticket.unit_id).data(diff.json()));
        }
    }
    Ok(())
}

async fn set_status(w: &Write, now: &Ticket, status: Status) -> Result<()> {
    let status = Field::Given(StatusInput::Exactly(status));
    ticket::update(w, now, &Input { status, longest: usize::MAX, ..Input::default() }, Faults::new()).await
}

async fn open(w: &Write, actor: &Actor, reach: &Reach, input: &NewTicket, mut faults: Faults) -> Result<i64> {
    let me = actor.person().ok_or(Error::Forbidden)?;
    let (property, unit) = place(w, reach, input, &mut faults).await?;
    match input.title.given().map(|t| t.trim()) {
        Some("") => faults.add("title", Problem::Required),
        Some(title) if title.chars().count() > LONGEST_TITLE => faults.add("title", Problem::TooLong(LONGEST_TITLE)),
        _ => {}
    }
    let description = input.description.given().cloned().flatten();
    if description.as_ref().is_some_and(|d| d.chars().count() > LONGEST_TEXT) {
        faults.add("description", Problem::TooLong(LONGEST_TEXT));
    }
    let urgency = input.urgency.given().cloned().flatten();
    if urgency.as_ref().is_some_and(|u| u.chars().count() > LONGEST_URGENCY) {
        faults.add("urgency", Problem::TooLong(LONGEST_URGENCY));
    }
    let assignee = input.assignee_id.given().copied().flatten();
    if let Some(id) = assignee
        && !colleagues(w, reach).await?.iter().any(|c| c.id == id)
    {
        faults.add("assignee_id", Problem::Unknown);
    }
    faults.finish()?;
    right(actor, reach, Action::WriteTickets, property, "property")?;
    let person = input.person_id.given().copied().flatten();
    let new = store::New {
        number: organization::next_number(w, "ticket").await?,
        place: store::Place { property, unit },
        concerns: person,
        author: me,
        description,
        status: Status::Open,
        urgency,
        shared: input.shared && person.is_some(),
        closed_at: None,
    };
    let id = store::insert(w, &new).await?;
    w.execute(sql!(
        "UPDATE ticket SET title = $3, assignee_id = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        input.title.given().map(|t| t.trim().to_owned()),
        assignee
    ))
    .await?;
    w.change(Change::new("ticket.created", id).person(person).property(property).unit(unit));
    Ok(new.number)
}

/// Where a new ticket belongs: as told, else where the unit is, else where the person lives.
async fn place(
    r: &Read,
    reach: &Reach,
    input: &NewTicket,
    faults: &mut Faults,
) -> Result<(Option<PropertyId>, Option<UnitId>)> {
    if let Some(unit) = input.unit_id.given().copied().flatten() {
        let found: Option<Place> = r
            .optional(sql!(
                "SELECT id, property_id FROM unit WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
                r.caller().org,
                unit
            ))
            .await?;
        return Ok(match found.filter(|u| reach.has(Some(u.property_id))) {
            Some(unit) => (Some(unit.property_id), Some(unit.id)),
            None => {
                faults.add("unit_id", Problem::Unknown);
                (None, None)
            }
        });
    }
    if let Some(person) = input.person_id.given().copied().flatten() {
        if people::reached(r, reach, person).await?.is_none() {
            faults.add("person_id", Problem::Unknown);
            return Ok((None, None));
        }
        let place = ticket::place_of(r, Some(person)).await?;
        return Ok((place.property, place.unit));
    }
    match input.property_id.given().copied().flatten() {
        Some(property) if reach.has(Some(property)) && crate::property::find(r, property).await?.is_some() => {
            Ok((Some(property), None))
        }
        Some(_) => {
            faults.add("property_id", Problem::Unknown);
            Ok((None, None))
        }
        None => {
            faults.add("property_id", Problem::Required);
            Ok((None, None))
        }
    }
}
