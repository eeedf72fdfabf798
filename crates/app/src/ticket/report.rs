//! Tickets that residents write, with a form.

use db::{Change, Read, Write, sql};
use kernel::{
    Action, Actor, Caller, Draft, Error, Faults, Field, FileId, Problem, PropertyId, Result, TicketId, TicketTypeId,
    UnitId,
};
use serde_json::Value;

use super::{
    Status, Tickets,
    form::{self, Answer},
    get,
    own::{Own, one},
    store,
};
use crate::{
    access::{Resource, require},
    file::{self, Holder},
    organization, ticket_type,
};

/// A ticket to be, written with a form.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Where.
    pub property_id: Field<PropertyId>,
    /// About which of the own units.
    pub unit_id: Field<UnitId>,
    /// With which form.
    pub type_id: Field<TicketTypeId>,
    /// The answers: the question's id as text, and what was given.
    pub answers: Field<Vec<(String, Value)>>,
}

#[operations::compiled_here]
impl Tickets<'_> {
    /// Makes a ticket of the caller about one of their units, with a form that is offered there. It holds the files
    /// that answers name by their paths. All faults are told together; those of answers are at `fields.<question>`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever lives nowhere; [`Error::Invalid`].
    pub async fn report(&self, caller: &Caller, draft: Draft<Report>) -> Result<Own> {
        self.0
            .write(caller, async move |w, actor| {
                let reports = |p: PropertyId| require(actor, Action::ReportTickets, Resource::Of(Some(p))).is_ok();
                if !actor.homes().iter().any(|h| reports(h.property)) {
                    return Err(Error::Forbidden);
                }
                let (input, faults) = draft.open()?;
                let id = report(w, actor, input, faults).await?;
                one(w, get(w, id).await?).await
            })
            .await
    }
}

async fn report(w: &Write, actor: &Actor, input: &Report, mut faults: Faults) -> Result<TicketId> {
    let property = input.property_id.required(&mut faults, "property_id").copied();
    let unit = input.unit_id.required(&mut faults, "unit_id").copied();
    let form = input.type_id.required(&mut faults, "type_id").copied();
    let answers = input.answers.required(&mut faults, "fields");
    let reports = |p: PropertyId| require(actor, Action::ReportTickets, Resource::Of(Some(p))).is_ok();
    if property.is_some_and(|p| !reports(p)) {
        faults.add("property_id", Problem::Unknown);
    }
    let lives = |u: UnitId| actor.homes().iter().any(|h| h.unit == Some(u) && property.is_none_or(|p| h.property == p));
    if unit.is_some_and(|u| !lives(u)) {
        faults.add("unit_id", Problem::Unknown);
    }
    let form = match form {
        Some(id) => {
            let offered = |t: &ticket_type::TicketType| {
                t.row.archived_at.is_none() && ticket_type::is_offered(actor, &t.row, property)
            };
            let found = ticket_type::find(w, id).await?.filter(offered);
            if found.is_none() {
                faults.add("type_id", Problem::Unknown);
            }
            found
        }
        None => None,
    };
    let kept = match (&form, answers) {
        (Some(form), Some(given)) => form::check(form, given, &mut faults),
        _ => Vec::new(),
    };
    let files = uploads(w, actor, &kept, &mut faults).await?;
    faults.finish()?;
    let (Some(property), Some(unit), Some(form), Some(me)) = (property, unit, form, actor.person()) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let new = store::New {
        number: organization::next_number(w, "ticket").await?,
        place: store::Place { property: Some(property), unit: Some(unit) },
        concerns: Some(me),
        author: me,
        description: Some(form::description(&form, &kept)),
        status: Status::Open,
        urgency: None,
        shared: true,
        closed_at: None,
    };
    let id = store::insert(w, &new).await?;
    w.execute(sql!(
        "UPDATE ticket SET title = $3, type_id = $4, type_version = $5, answers = $6, icon = $7, group_name = $8 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        &form.row.name,
        form.row.id,
        form.row.version,
        form::snapshot(&kept),
        &form.row.icon,
        &form.row.group_name
    ))
    .await?;
    file::attach(w, actor, &files, Holder::Ticket(id)).await?;
    w.change(Change::new("ticket.created", id).person(me).property(property).unit(unit));
    Ok(id)
}

/// The uploads that answers name by their paths, in the order of the questions. Each is one that the actor made in the
/// last day, that nothing holds, and that is named once.
async fn uploads(r: &Read, actor: &Actor, answers: &[Answer], faults: &mut Faults) -> Result<Vec<FileId>> {
    if form::files(answers).is_empty() {
        return Ok(Vec::new());
    }
    let unused = file::unused(r, actor).await?;
    let mut out = Vec::new();
    for answer in answers {
        for path in form::files(std::slice::from_ref(answer)) {
            match unused.iter().find(|f| f.path == path && !out.contains(&f.id)) {
                Some(file) => out.push(file.id),
                None => {
                    faults.add_at(vec!["fields".into(), answer.id.to_string().into()], Problem::Unknown);
                    break;
                }
            }
        }
    }
    Ok(out)
}
