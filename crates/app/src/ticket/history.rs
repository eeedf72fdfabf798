//! How a ticket came to stand as it does: read from the spine.

use db::{Read, row, sql};
use kernel::{Caller, Instant, PersonId, Result, TicketId};
use serde_json::Value;

use super::{Status, Tickets, own::own};

row! {
    struct Fact {
        at: Instant,
        actor_kind: String,
        actor_id: Option<i64>,
        first_name: Option<String>,
        last_name: Option<String>,
        action: String,
        data: String,
    }
}

/// One step of a ticket.
#[derive(Clone, Debug)]
pub struct Moment {
    /// When.
    pub at: Instant,
    /// Who, where a person did it.
    pub person: Option<PersonId>,
    /// Their name.
    pub name: Option<String>,
    /// How it stood from then on.
    pub status: Status,
}

#[operations::compiled_here]
impl Tickets<'_> {
    /// How one of the caller's own tickets came to stand as it does, oldest first.
    ///
    /// # Errors
    /// [`kernel::Error::NotFound`].
    pub async fn own_history(&self, caller: &Caller, id: TicketId) -> Result<Vec<Moment>> {
        self.0
            .read(caller, async move |r, actor| {
                own(r, actor, id).await?;
                history(r, id).await
            })
            .await
    }
}

/// The steps of a ticket that the actor was let see.
pub(crate) async fn history(r: &Read, id: TicketId) -> Result<Vec<Moment>> {
    let facts: Vec<Fact> = r
        .all(sql!(
            "SELECT c.at, c.actor_kind, c.actor_id, p.first_name, p.last_name, c.action, c.data FROM change c \
             LEFT JOIN person p ON c.actor_kind = 'person' AND p.id = c.actor_id AND p.org_id = c.org_id \
             WHERE c.org_id = $1 AND c.entity = 'ticket' AND c.entity_id = $2 ORDER BY c.seq",
            r.caller().org,
            id
        ))
        .await?;
    Ok(facts.into_iter().filter_map(moment).collect())
}

fn moment(fact: Fact) -> Option<Moment> {
    let status = match fact.action.as_str() {
        "ticket.created" => Status::Open,
        _ => {
            let data: Value = serde_json::from_str(&fact.data).ok()?;
            let word = data.get("status")?.get(1)?.as_str()?;
            Status::ALL.into_iter().find(|s| s.as_str() == word)?
        }
    };
    let person = (fact.actor_kind == "person").then_some(fact.actor_id).flatten().map(PersonId::new);
    let name = fact.first_name.zip(fact.last_name).map(|(first, last)| format!("{first} {last}").trim().to_owned());
    Some(Moment { at: fact.at, person, name, status })
}
