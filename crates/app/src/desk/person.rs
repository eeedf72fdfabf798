//! A person with everything about them.

use db::{Read, row, sql};
use kernel::{
    Caller, Currency, Error, Instant, InvitationId, Living, MessageId, PersonId, PropertyId, Result, Role, TenancyId,
    UnitId,
};
use uuid::Uuid;

use super::{Colleague, Desk, Happening, Reach, TicketRow, happening, people, tickets, wifi};
use crate::{
    access::{Resource, may},
    file::{self, File, Holder},
    person::{Address, address},
};

row! {
    /// What is known about a person.
    #[derive(Clone, Debug)]
    pub struct PersonFacts {
        /// Who.
        pub id: PersonId,
        /// How they are addressed in letters.
        pub salutation: Option<String>,
        /// Title.
        pub title: Option<String>,
        /// The picture they are shown with: the uid of a file with a thumbnail.
        pub avatar: Option<Uuid>,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// The name of their business.
        pub business_name: Option<String>,
        /// E-mail address.
        pub email: Option<String>,
        /// First phone number, as written.
        pub phone: Option<String>,
        /// The language they chose.
        pub language: Option<String>,
        /// The staff role.
        pub role: Option<Role>,
        /// Whether there is a record of them as a resident.
        pub is_resident: bool,
        /// How their login stands; nothing without one.
        pub login: Option<String>,
        /// When they were last active.
        pub last_active_at: Option<Instant>,
        /// Since when archived.
        pub archived_at: Option<Instant>,
        /// When noted.
        pub created_at: Instant,
    }

    /// Who lived where, and when.
    #[derive(Clone, Debug)]
    pub struct Tenancy {
        /// Its id.
        pub id: TenancyId,
        /// Who.
        pub person_id: PersonId,
        /// Their given name.
        pub first_name: String,
        /// Their family name.
        pub last_name: String,
        /// As what.
        pub living: Living,
        /// Where.
        pub property_id: PropertyId,
        /// That property's name.
        pub property_name: String,
        /// In which unit.
        pub unit_id: Option<UnitId>,
        /// That unit's number.
        pub unit_number: Option<String>,
        /// From when.
        pub starts_at: Option<Instant>,
        /// Until when.
        pub ends_at: Option<Instant>,
        /// When they moved out.
        pub moved_out_at: Option<Instant>,
    }

    /// What somebody pays for.
    #[derive(Clone, Debug)]
    pub struct LedgerRow {
        /// Its uid.
        pub uid: Uuid,
        /// Its number in the property.
        pub number: i64,
        /// What is owed, in minor units.
        pub balance: i64,
        /// Of this money.
        pub currency: Currency,
        /// The rent.
        pub rent: i64,
        /// Since when something is owed.
        pub unpaid_since: Option<kernel::Date>,
        /// When it was closed.
        pub closes_at: Option<Instant>,
        /// For which unit.
        pub unit_number: String,
        /// Where.
        pub property_name: String,
    }

    /// An invitation to the residents' pages.
    #[derive(Clone, Debug)]
    pub struct InviteRow {
        /// Its id.
        pub id: InvitationId,
        /// Where it was mailed.
        pub email: Option<String>,
        /// When it was made.
        pub created_at: Instant,
        /// When its code ends.
        pub expires_at: Instant,
        /// When it was used.
        pub used_at: Option<Instant>,
    }

    /// A mail to a person.
    #[derive(Clone, Debug)]
    pub struct MessageRow {
        /// Its id.
        pub id: MessageId,
        /// Its subject.
        pub subject: String,
        /// `waiting`, `sent`, or `failed` for good.
        pub state: String,
        /// When it was written.
        pub created_at: Instant,
    }
}

impl Tenancy {
    /// Whether it runs at `now`.
    #[must_use]
    pub fn is_running(&self, now: Instant) -> bool {
        self.starts_at.is_none_or(|at| at <= now)
            && self.ends_at.is_none_or(|at| at > now)
            && self.moved_out_at.is_none_or(|at| at > now)
    }

    /// When it ended or will end.
    #[must_use]
    pub fn end(&self) -> Option<Instant> {
        match (self.ends_at, self.moved_out_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

/// A person with everything about them, as far as it lies within reach.
#[derive(Clone, Debug)]
pub struct PersonView {
    /// What is known.
    pub facts: PersonFacts,
    /// Where letters to them go.
    pub address: Option<Address>,
    /// Where they live and lived, newest first.
    pub tenancies: Vec<Tenancy>,
    /// What they pay for; nothing for whoever may not see money.
    pub ledgers: Vec<LedgerRow>,
    /// Tickets about them or by them, newest first.
    pub tickets: Vec<TicketRow>,
    /// The files of those tickets.
    pub files: Vec<File>,
    /// Who cares for them.
    pub carers: Vec<Colleague>,
    /// Invitations, newest first.
    pub invites: Vec<InviteRow>,
    /// Mails to them, newest first.
    pub messages: Vec<MessageRow>,
    /// What happened about them, newest first.
    pub history: Vec<Happening>,
    /// Which of the properties have WiFi.
    pub with_wifi: Vec<PropertyId>,
    /// Whether the caller may change them.
    pub may_change: bool,
}

/// Rows of each part of the page.
const MOST: u32 = 10;

#[operations::compiled_here]
impl Desk<'_> {
    /// A person with everything about them.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for whoever is not of the staff.
    pub async fn person(&self, caller: &Caller, id: PersonId) -> Result<PersonView> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = Reach::of(actor)?;
                let missing = || Error::NotFound("person");
                let home = people::reached(r, &reach, id).await?.ok_or_else(missing)?;
                let sees_money = match home {
                    Some(p) => may(actor, kernel::Action::ViewMoney, Resource::Of(Some(p))),
                    None => may(actor, kernel::Action::ViewMoney, Resource::Organization),
                };
                let (facts, address, tenancies, tickets, carers, invites, messages, history) = tokio::try_join!(
                    facts(r, id),
                    address::mailing(r, id),
                    tenancies(r, &reach, id),
                    tickets::of_person(r, &reach, id, MOST),
                    carers(r, id),
                    invites(r, id),
                    messages(r, id),
                    happening::of_person(r, &reach, id)
                )?;
                let facts = facts.ok_or_else(missing)?;
                let ledgers = if sees_money { ledgers(r, &reach, id).await? } else { Vec::new() };
                let holders: Vec<Holder> = tickets.iter().map(|t| Holder::Ticket(t.id)).collect();
                let files = file::of_entities(r, &holders).await?.into_values().flatten().collect();
                let may_change = people::may_change(actor, &reach, facts.role, home);
                let properties: Vec<PropertyId> = tenancies.iter().map(|t: &Tenancy| t.property_id).collect();
                let with_wifi = wifi::places(r, &properties).await?;
                Ok(PersonView {
                    facts,
                    address,
                    tenancies,
                    ledgers,
                    tickets,
                    files,
                    carers,
                    invites,
                    messages,
                    history,
                    with_wifi,
                    may_change,
                })
            })
            .await
    }
}

async fn facts(r: &Read, id: PersonId) -> Result<Option<PersonFacts>> {
    r.optional(sql!(
        "SELECT p.id, p.salutation, p.title, p.avatar, p.first_name, p.last_name, p.business_name, p.email, n.raw AS phone, \
         p.language, g.role, p.is_resident, l.status AS login, l.last_active_at, p.archived_at, p.created_at \
         FROM person p LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         LEFT JOIN role_grant g ON g.person_id = p.id LEFT JOIN login l ON l.person_id = p.id \
         WHERE p.org_id = $1 AND p.id = $2 AND p.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

async fn tenancies(r: &Read, reach: &Reach, id: PersonId) -> Result<Vec<Tenancy>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, p.first_name, p.last_name, t.role AS living, t.property_id, o.name AS property_name, t.unit_id, \
         u.number AS unit_number, t.starts_at, t.ends_at, t.moved_out_at FROM tenancy t JOIN person p ON p.id = t.person_id \
         JOIN property o ON o.id = t.property_id LEFT JOIN unit u ON u.id = t.unit_id \
         WHERE t.org_id = $1 AND t.person_id = $2 AND t.deleted_at IS NULL AND ($3 OR t.property_id = ANY($4)) ORDER BY t.id DESC LIMIT 50",
        r.caller().org,
        id,
        reach.is_all(),
        reach.ids()
    ))
    .await
}

/// Who lives and lived in a unit, newest first.
pub(super) async fn of_unit(r: &Read, id: UnitId) -> Result<Vec<Tenancy>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, p.first_name, p.last_name, t.role AS living, t.property_id, o.name AS property_name, t.unit_id, \
         u.number AS unit_number, t.starts_at, t.ends_at, t.moved_out_at FROM tenancy t JOIN person p ON p.id = t.person_id \
         JOIN property o ON o.id = t.property_id LEFT JOIN unit u ON u.id = t.unit_id \
         WHERE t.org_id = $1 AND t.unit_id = $2 AND t.deleted_at IS NULL ORDER BY t.id DESC LIMIT 50",
        r.caller().org,
        id
    ))
    .await
}

async fn ledgers(r: &Read, reach: &Reach, id: PersonId) -> Result<Vec<LedgerRow>> {
    r.all(sql!(
        "SELECT l.uid, l.number, l.balance, l.currency, l.rent, l.unpaid_since, l.closes_at, u.number AS unit_number, o.name AS property_name \
         FROM account c JOIN ledger l ON l.account_id = c.id JOIN unit u ON u.id = l.unit_id JOIN property o ON o.id = l.property_id \
         WHERE c.org_id = $1 AND c.person_id = $2 AND ($3 OR l.property_id = ANY($4)) ORDER BY l.id DESC LIMIT 20",
        r.caller().org,
        id,
        reach.is_all(),
        reach.ids()
    ))
    .await
}

/// What is paid for a unit, newest first.
pub(super) async fn ledgers_of_unit(r: &Read, id: UnitId) -> Result<Vec<LedgerRow>> {
    r.all(sql!(
        "SELECT l.uid, l.number, l.balance, l.currency, l.rent, l.unpaid_since, l.closes_at, u.number AS unit_number, o.name AS property_name \
         FROM ledger l JOIN unit u ON u.id = l.unit_id JOIN property o ON o.id = l.property_id \
         WHERE l.org_id = $1 AND l.unit_id = $2 ORDER BY l.id DESC LIMIT 10",
        r.caller().org,
        id
    ))
    .await
}

async fn carers(r: &Read, id: PersonId) -> Result<Vec<Colleague>> {
    r.all(sql!(
        "SELECT p.id, p.first_name, p.last_name, g.role FROM staff_assignment s JOIN person p ON p.id = s.staff_id \
         JOIN role_grant g ON g.person_id = p.id WHERE s.org_id = $1 AND s.resident_id = $2 AND p.deleted_at IS NULL ORDER BY p.name_key",
        r.caller().org,
        id
    ))
    .await
}

async fn invites(r: &Read, id: PersonId) -> Result<Vec<InviteRow>> {
    r.all(sql!(
        "SELECT id, email, created_at, expires_at, used_at FROM invitation WHERE org_id = $1 AND person_id = $2 \
         AND purpose IN ('community', 'invite') AND superseded_at IS NULL ORDER BY id DESC LIMIT 5",
        r.caller().org,
        id
    ))
    .await
}

async fn messages(r: &Read, id: PersonId) -> Result<Vec<MessageRow>> {
    r.all(sql!(
        "SELECT id, subject, state, created_at FROM message WHERE org_id = $1 AND person_id = $2 ORDER BY id DESC LIMIT 10",
        r.caller().org,
        id
    ))
    .await
}
