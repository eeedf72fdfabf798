//! What happened, for pages of the staff: a reader of the spine.

use db::{Query, Read, row, sql};
use kernel::{Instant, LedgerId, PersonId, PropertyId, Result, TicketId, UnitId};

use super::Reach;

row! {
    /// One thing that happened.
    #[derive(Clone, Debug)]
    pub struct Happening {
        /// Its number in the organization.
        pub seq: i64,
        /// When.
        pub at: Instant,
        /// `person`, `client`, `system` or `anonymous`.
        pub actor_kind: String,
        /// Given name of who did it, where it was a person.
        pub actor_first: Option<String>,
        /// Their family name.
        pub actor_last: Option<String>,
        /// What, as in `ticket.closed`.
        pub action: String,
        /// To what kind of thing.
        pub entity: String,
        /// To which one.
        pub entity_id: i64,
        /// `{field: [old, new]}`, or empty.
        pub data: String,
        /// The number of the ticket it is about.
        pub ticket_number: Option<i64>,
        /// The person it concerns.
        pub person_id: Option<PersonId>,
        /// Their given name.
        pub person_first: Option<String>,
        /// Their family name.
        pub person_last: Option<String>,
        /// The unit it concerns.
        pub unit_id: Option<UnitId>,
        /// That unit's number.
        pub unit_number: Option<String>,
        /// The property it concerns.
        pub property_id: Option<PropertyId>,
        /// That property's name.
        pub property_name: Option<String>,
    }
}

/// A statement about the newest changes `c` for which a condition holds.
macro_rules! happenings {
    ($condition:literal, $most:literal; $($args:expr),*) => {
        sql!(sqlite: happenings!(@ $condition, $most), postgres: happenings!(@ $condition, $most); $($args),*)
    };
    (@ $condition:literal, $most:literal) => {
        concat!(
            "SELECT c.seq, c.at, c.actor_kind, a.first_name AS actor_first, a.last_name AS actor_last, c.action, c.entity, c.entity_id, \
             c.data, t.number AS ticket_number, c.person_id, p.first_name AS person_first, p.last_name AS person_last, c.unit_id, \
             u.number AS unit_number, c.property_id, o.name AS property_name FROM change c \
             LEFT JOIN person a ON c.actor_kind = 'person' AND a.id = c.actor_id \
             LEFT JOIN comment k ON c.entity = 'comment' AND k.id = c.entity_id \
             LEFT JOIN ticket t ON t.id = CASE c.entity WHEN 'ticket' THEN c.entity_id WHEN 'comment' THEN k.ticket_id END \
             LEFT JOIN person p ON p.id = c.person_id LEFT JOIN unit u ON u.id = c.unit_id LEFT JOIN property o ON o.id = c.property_id \
             WHERE c.org_id = $1 AND ", $condition, " ORDER BY c.seq DESC LIMIT ", $most
        )
    };
}

/// How far back the newest are looked for, in facts.
const DEPTH: i64 = 5_000;

/// What happened to a ticket, its answers apart, newest first.
pub async fn of_ticket(r: &Read, id: TicketId) -> Result<Vec<Happening>> {
    r.all(happenings!("c.entity = 'ticket' AND c.entity_id = $2", "60"; r.caller().org, id)).await
}

/// What happened about a person within reach, newest first.
pub async fn of_person(r: &Read, reach: &Reach, id: PersonId) -> Result<Vec<Happening>> {
    r.all(happenings!(
        "c.person_id = $2 AND ($3 OR c.property_id IS NULL OR c.property_id = ANY($4))", "25";
        r.caller().org, id, reach.is_all(), reach.ids()
    ))
    .await
}

/// What happened about a unit, newest first.
pub async fn of_unit(r: &Read, id: UnitId) -> Result<Vec<Happening>> {
    r.all(happenings!("c.unit_id = $2", "25"; r.caller().org, id)).await
}

/// What happened at a property, newest first.
pub async fn of_property(r: &Read, id: PropertyId) -> Result<Vec<Happening>> {
    r.all(happenings!("c.property_id = $2", "15"; r.caller().org, id)).await
}

/// What was done about the arrears of a ledger, newest first.
pub async fn of_ledger(r: &Read, id: LedgerId) -> Result<Vec<Happening>> {
    r.all(happenings!(
        "c.entity = 'ledger' AND c.entity_id = $2 AND c.action IN ('ledger.step_taken', 'ledger.step_undone', 'ledger.steps_paused', \
         'ledger.steps_resumed', 'ledger.reminded', 'ledger.settled')", "20";
        r.caller().org, id
    ))
    .await
}

/// What happened lately within reach that people did, newest first.
pub async fn lately(r: &Read, reach: &Reach) -> Result<Vec<Happening>> {
    let query: Query = happenings!(
        "c.seq > (SELECT f.seq FROM feed f WHERE f.org_id = $1) - $2 AND c.actor_kind = 'person' AND ($3 OR c.property_id = ANY($4)) \
         AND c.action IN ('ticket.created', 'ticket.closed', 'ticket.reopened', 'ticket.commented', 'ticket.assigned', \
         'resident.created', 'resident.archived', 'tenancy.created', 'tenancy.ended', 'invitation.used', 'property.created', \
         'post.published', 'document.published', 'event.published', 'ledger.paid')", "12";
        r.caller().org, DEPTH, reach.is_all(), reach.ids()
    );
    r.all(query).await
}
