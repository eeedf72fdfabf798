//! Tickets as residents have them: those they wrote, and those about them that are shared.

use std::{collections::HashMap, sync::Arc};

use db::{Change, Read, row, sql};
use kernel::{
    Action, Actor, Caller, CommentId, Draft, Error, Faults, Field, FileId, PersonId, Problem, PropertyId, Result,
    TicketId, TicketTypeId,
};

use super::{
    Details, Stage, Ticket, Tickets, comment,
    form::{self, Answer},
    get, store, with_everything,
};
use crate::{
    access::{Resource, may},
    community::{self, PersonCard},
    file::{self, File, Holder},
    property::{self, Property},
};

row! {
    /// What a ticket has of its form.
    #[derive(Clone, Debug)]
    pub struct FormRow {
        /// The ticket.
        pub ticket_id: TicketId,
        /// The form; nothing for free text.
        pub type_id: Option<TicketTypeId>,
        /// The version it was written with.
        pub type_version: Option<i64>,
        /// The form's name when it was written.
        pub title: Option<String>,
        /// The form's symbol when it was written.
        pub icon: Option<String>,
        /// The form's group when it was written.
        pub group_name: Option<String>,
        /// The answers as they are stored.
        pub answers: Option<String>,
        /// What the resident thinks of how it went, 1 to 5.
        pub rating: Option<i64>,
        /// The same in words.
        pub rating_comment: Option<String>,
        /// The number of its unit.
        pub unit_number: Option<String>,
        /// What its unit is, in words.
        pub unit_description: Option<String>,
        /// What the management calls its unit, if it does.
        pub unit_reference: Option<String>,
        /// The country of its property.
        pub country: Option<String>,
        /// Who of the staff has it in hand.
        pub assignee_id: Option<PersonId>,
    }
}

/// A ticket as a resident has it: without what is internal.
#[derive(Clone, Debug)]
pub struct Own {
    /// The ticket with its public answers.
    pub details: Details,
    /// What it has of its form.
    pub form: FormRow,
    /// The answers to the form's questions.
    pub answers: Vec<Answer>,
    /// The files that came with it.
    pub files: Vec<File>,
    /// The files that came with its answers.
    pub comment_files: HashMap<CommentId, Vec<File>>,
    /// Where.
    pub property: Option<Arc<Property>>,
    /// Who has it in hand: whom it was given to, else the first of the staff who care for the resident.
    pub assignee: Option<PersonId>,
    /// Everybody named in it, by id, as far as the reader may know them: whom it concerns, who wrote it and its answers,
    /// and who has it in hand.
    pub people: HashMap<PersonId, PersonCard>,
}

impl Own {
    fn assignee(form: &FormRow, details: &Details) -> Option<PersonId> {
        form.assignee_id.or_else(|| details.staff.first().map(|m| m.id))
    }
}

/// An answer of a resident; one of the two must be something.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// What is said.
    pub text: Field<String>,
    /// Files uploaded before, by their paths.
    pub files: Field<Vec<String>>,
}

/// What a resident thinks of how it went.
#[derive(Clone, Debug, Default)]
pub struct Rating {
    /// 1 to 5.
    pub rating: Field<i64>,
    /// In words.
    pub comment: Field<String>,
}

/// Characters of a comment.
const LONGEST_COMMENT: usize = 10_000;

/// Files of an answer.
const MOST_FILES: usize = 10;

#[operations::compiled_here]
impl Tickets<'_> {
    /// The caller's own tickets, newest first, of all places or of one.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn own(&self, caller: &Caller, property: Option<PropertyId>) -> Result<Vec<Own>> {
        self.0
            .read(caller, async move |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                let ids = own_ids(r, me).await?;
                let mut tickets = store::these(r, &ids).await?;
                tickets.retain(|t| property.is_none_or(|p| t.property_id == Some(p)));
                tickets.reverse();
                present(r, tickets).await
            })
            .await
    }

    /// The caller's own ticket of this number.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person, [`Error::NotFound`].
    pub async fn own_id(&self, caller: &Caller, number: i64) -> Result<TicketId> {
        self.0
            .read(caller, async move |r, actor| {
                let org = r.caller().org;
                let id: Option<TicketId> =
                    r.optional(sql!("SELECT id FROM ticket WHERE org_id = $1 AND number = $2", org, number)).await?;
                let id = id.ok_or(Error::NotFound("ticket"))?;
                own(r, actor, id).await.map(|t| t.id)
            })
            .await
    }

    /// One of the caller's own tickets.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person, [`Error::NotFound`].
    pub async fn own_one(&self, caller: &Caller, id: TicketId) -> Result<Own> {
        self.0
            .read(caller, async move |r, actor| {
                let ticket = own(r, actor, id).await?;
                one(r, ticket).await
            })
            .await
    }

    /// Answers one of the caller's own tickets: never internally, and the status stays.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] when nobody lives there any more, [`Error::Invalid`]; a file that is
    /// not there to be taken is a fault at `attachments.<n>`.
    pub async fn reply(&self, caller: &Caller, id: TicketId, draft: Draft<Reply>) -> Result<Own> {
        self.0
            .write(caller, async move |w, actor| {
                let ticket = own(w, actor, id).await?;
                takes_part(actor, &ticket)?;
                let (input, mut faults) = draft.open()?;
                let text = input.text.given().map_or("", |t| t.as_str());
                let files = input.files.given().map_or(&[][..], Vec::as_slice);
                let unread = matches!(input.text, Field::Faulty) || matches!(input.files, Field::Faulty);
                if text.trim().is_empty() && files.is_empty() && !unread {
                    faults.add("text", Problem::Required);
                } else if text.chars().count() > LONGEST_COMMENT {
                    faults.add("text", Problem::TooLong(LONGEST_COMMENT));
                }
                let files = named(w, actor, files, &mut faults).await?;
                faults.finish()?;
                let me = actor.person().ok_or(Error::Forbidden)?;
                let said = comment::write(w, &ticket, me, text, comment::By::Resident).await?;
                file::attach(w, actor, &files, Holder::Comment(said.id)).await?;
                one(w, get(w, id).await?).await
            })
            .await
    }

    /// Rates one of the caller's own tickets, once, after it was closed.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Conflict`] `not_closed` or `rated`.
    pub async fn rate(&self, caller: &Caller, id: TicketId, draft: Draft<Rating>) -> Result<Own> {
        self.0
            .write(caller, async move |w, actor| {
                let ticket = own(w, actor, id).await?;
                takes_part(actor, &ticket)?;
                // Whoever cares for it does not rate it.
                if actor.role().is_some() {
                    return Err(Error::Forbidden);
                }
                let (input, mut faults) = draft.open()?;
                let rating = input.rating.required(&mut faults, "rating");
                if rating.is_some_and(|n| !(1..=5).contains(n)) {
                    faults.add("rating", Problem::Malformed);
                }
                let words = input.comment.given().map(|c| c.trim()).filter(|c| !c.is_empty());
                if words.is_some_and(|c| c.chars().count() > 2_000) {
                    faults.add("comment", Problem::TooLong(2_000));
                }
                faults.finish()?;
                if ticket.status.stage() != Stage::Closed {
                    return Err(Error::Conflict("not_closed"));
                }
                let rated = w
                    .execute(sql!(
                        "UPDATE ticket SET rating = $3, rating_comment = $4 WHERE org_id = $1 AND id = $2 AND rating IS NULL",
                        w.caller().org,
                        id,
                        rating.copied(),
                        words.map(str::to_owned)
                    ))
                    .await?;
                if rated == 0 {
                    return Err(Error::Conflict("rated"));
                }
                let change = Change::new("ticket.rated", id).person(ticket.concerns_id).property(ticket.property_id);
                w.change(change.unit(ticket.unit_id));
                one(w, ticket).await
            })
            .await
    }
}

/// Whether the actor answers and rates a ticket: whoever lives where it belongs, and of one that belongs nowhere whoever
/// lives anywhere.
fn takes_part(actor: &Actor, ticket: &Ticket) -> Result<()> {
    let here = |place| may(actor, Action::ReportTickets, Resource::Of(place));
    let anywhere = || actor.homes().iter().any(|h| here(Some(h.property)));
    if here(ticket.property_id) || (ticket.property_id.is_none() && anywhere()) {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

/// A ticket of the caller, else none is found.
pub(super) async fn own(r: &Read, actor: &Actor, id: TicketId) -> Result<Ticket> {
    let me = actor.person().ok_or(Error::Forbidden)?;
    let ticket = get(r, id).await?;
    let mine = ticket.author_id == me || (ticket.concerns_id == Some(me) && ticket.shared);
    if mine { Ok(ticket) } else { Err(Error::NotFound("ticket")) }
}

/// All tickets that are somebody's own, by id.
pub(crate) async fn mine(r: &Read, me: PersonId) -> Result<Vec<Ticket>> {
    let ids = own_ids(r, me).await?;
    store::these(r, &ids).await
}

async fn own_ids(r: &Read, me: PersonId) -> Result<Vec<TicketId>> {
    r.all(sql!(
        "SELECT id FROM ticket WHERE org_id = $1 AND author_id = $2 AND deleted_at IS NULL \
         UNION SELECT id FROM ticket WHERE org_id = $1 AND concerns_id = $2 AND shared AND deleted_at IS NULL",
        r.caller().org,
        me
    ))
    .await
}

/// The uploads that an answer names by their paths. Each is one that the actor made in the last day, that nothing holds, and
/// that is named once.
pub(crate) async fn named(r: &Read, actor: &Actor, paths: &[String], faults: &mut Faults) -> Result<Vec<FileId>> {
    if paths.len() > MOST_FILES {
        faults.add("attachments", Problem::TooLong(MOST_FILES));
    }
    if paths.is_empty() || paths.len() > MOST_FILES {
        return Ok(Vec::new());
    }
    let unused = file::unused(r, actor).await?;
    let mut out = Vec::new();
    for (i, path) in paths.iter().enumerate() {
        match unused.iter().find(|f| f.path == *path && !out.contains(&f.id)) {
            Some(file) => out.push(file.id),
            None => faults.add_at(vec!["attachments".into(), i.to_string().into()], Problem::Unknown),
        }
    }
    Ok(out)
}

pub(super) async fn one(r: &Read, ticket: Ticket) -> Result<Own> {
    present(r, vec![ticket]).await?.pop().ok_or(Error::NotFound("ticket"))
}

async fn present(r: &Read, tickets: Vec<Ticket>) -> Result<Vec<Own>> {
    let ids: Vec<TicketId> = tickets.iter().map(|t| t.id).collect();
    let mut places: Vec<PropertyId> = tickets.iter().filter_map(|t| t.property_id).collect();
    places.sort_unstable();
    places.dedup();
    let (forms, properties) = tokio::try_join!(forms(r, &ids), property::store::these(r, &places))?;
    let mut forms: HashMap<TicketId, FormRow> = forms.into_iter().map(|f| (f.ticket_id, f)).collect();
    let properties: HashMap<PropertyId, Arc<Property>> = properties.into_iter().map(|p| (p.id, Arc::new(p))).collect();
    let mut all = with_everything(r, tickets).await?;
    let mut named = Vec::new();
    for d in &mut all {
        d.comments.retain(|c| !c.internal);
        named.extend([d.ticket.author_id].into_iter().chain(d.ticket.concerns_id));
        named.extend(d.comments.iter().map(|c| c.author_id));
        named.extend(forms.get(&d.ticket.id).and_then(|form| Own::assignee(form, d)));
    }
    let me = r.caller().person();
    named.extend(me);
    let tickets: Vec<Holder> = all.iter().map(|d| Holder::Ticket(d.ticket.id)).collect();
    let said: Vec<Holder> = all.iter().flat_map(|d| &d.comments).map(|c| Holder::Comment(c.id)).collect();
    let (people, mut files, mut said) =
        tokio::try_join!(community::people(r, named), file::of_entities(r, &tickets), file::of_entities(r, &said))?;
    let reader = me.and_then(|me| people.get(&me)).cloned();
    let own = |details: Details| {
        let form = forms.remove(&details.ticket.id).ok_or_else(|| Error::internal("a ticket has a row"))?;
        let t = &details.ticket;
        let assignee = Own::assignee(&form, &details);
        let mut named = vec![t.author_id];
        named.extend(t.concerns_id.into_iter().chain(assignee));
        named.extend(details.comments.iter().map(|c| c.author_id));
        let shown = |id: PersonId| Some((id, people.get(&id)?.clone().shown_to(reader.as_ref())));
        let people = named.into_iter().filter_map(shown).collect();
        let property = t.property_id.and_then(|p| properties.get(&p)).cloned();
        let files = files.remove(&t.id.get()).unwrap_or_default();
        let comment_files = details.comments.iter().filter_map(|c| Some((c.id, said.remove(&c.id.get())?))).collect();
        let answers = form::read(form.answers.as_deref());
        Ok(Own { answers, form, files, comment_files, property, assignee, people, details })
    };
    all.into_iter().map(own).collect()
}

pub(crate) async fn forms(r: &Read, ids: &[TicketId]) -> Result<Vec<FormRow>> {
    r.all(sql!(
        "SELECT t.id AS ticket_id, t.type_id, t.type_version, t.title, t.icon, t.group_name, t.answers, t.rating, \
         t.rating_comment, u.number AS unit_number, u.description AS unit_description, u.reference AS unit_reference, \
         p.country, t.assignee_id FROM ticket t LEFT JOIN unit u ON u.id = t.unit_id LEFT JOIN property p ON p.id = t.property_id WHERE +t.org_id = $1 AND t.id = ANY($2)",
        r.caller().org,
        ids
    ))
    .await
}
