//! What the staff work with: lists that can be narrowed, and one page per thing with everything about it.
//!
//! Whoever has a staff role works here; a property manager with what belongs to the properties assigned. What lies
//! outside of them is not found.

mod happening;
mod numbers;
pub(crate) mod people;
mod person;
mod places;
mod tickets;
mod unit;
mod view;
mod wifi;
mod work;

#[cfg(test)]
mod tests;

use db::{Read, row, sql};
use kernel::{Action, Actor, Error, PersonId, PropertyId, Result, Role};

use crate::{
    access::{Reach, Resource, may},
    handle,
};

pub use happening::Happening;
pub(crate) use happening::of_ledger as happenings_of_ledger;
pub(crate) use numbers::Kept;
pub use numbers::{Arrears, Numbers, Occupancy, TicketNumbers, Week, week_start};
pub use people::{Home, Input as PersonInput, New as NewPerson, PeopleFilter, PersonRow, Standing, Who};
pub use person::{InviteRow, LedgerRow, MessageRow, PersonFacts, PersonView, Tenancy};
pub(crate) use places::residents;
pub use places::{Building, BuildingInput, Contact, PropertyRow, PropertyView, Shown, UnitRow};
pub(crate) use tickets::rows as ticket_rows;
pub use tickets::{Assignee, Board, Choices, Counts, State, TicketFilter, TicketRow, TicketSort, TicketView};
pub use unit::{Input as UnitInput, UnitFacts, UnitView};
pub use view::{Listed, NewView, SavedView};
pub use wifi::{WifiHolder, WifiSetup, WifiView};
pub use work::{Answer, NewTicket, Step};

/// Whoever waits longer than so many seconds for an answer of the staff waits too long: two days.
pub const PATIENCE: i64 = 2 * 24 * 3600;

handle! {
    /// What the staff work with.
    Desk
}

row! {
    /// Somebody of the staff, as one chooses them.
    #[derive(Clone, Debug)]
    pub struct Colleague {
        /// The person.
        pub id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// Their role.
        pub role: Role,
    }

    /// A property, as one chooses it.
    #[derive(Clone, Debug)]
    pub struct PropertyName {
        /// The property.
        pub id: PropertyId,
        /// Its name.
        pub name: String,
    }
}

/// The right to do something with a thing of a property. What cannot even be seen is not found.
pub(crate) fn right(
    actor: &Actor,
    reach: &Reach,
    action: Action,
    of: Option<PropertyId>,
    name: &'static str,
) -> Result<()> {
    if !reach.has(of) {
        return Err(Error::NotFound(name));
    }
    if may(actor, action, Resource::Of(of)) { Ok(()) } else { Err(Error::Forbidden) }
}

/// Who can work on tickets, by name: property managers where they reach all or one of the properties asked about.
pub(crate) async fn colleagues(r: &Read, reach: &Reach) -> Result<Vec<Colleague>> {
    r.all(sql!(
        "SELECT p.id, p.first_name, p.last_name, g.role FROM role_grant g JOIN person p ON p.id = g.person_id \
         WHERE g.org_id = $1 AND p.deleted_at IS NULL AND p.archived_at IS NULL AND ($2 OR g.role <> 'property_manager' \
         OR EXISTS (SELECT 1 FROM property_assignment a WHERE a.org_id = $1 AND a.person_id = p.id AND a.property_id = ANY($3))) \
         ORDER BY p.name_key, p.id",
        r.caller().org,
        reach.is_all(),
        reach.ids()
    ))
    .await
}

/// The properties within reach that are not archived, by name.
pub(crate) async fn property_names(r: &Read, reach: &Reach) -> Result<Vec<PropertyName>> {
    r.all(sql!(
        "SELECT id, name FROM property WHERE org_id = $1 AND deleted_at IS NULL AND archived_at IS NULL \
         AND ($2 OR id = ANY($3)) ORDER BY name_key, id",
        r.caller().org,
        reach.is_all(),
        reach.ids()
    ))
    .await
}
