//! A person as customer of one property: storEDGE's tenant. The record shown is the account with its person.

pub mod note;
pub mod portal;
pub mod preference;
mod store;
#[cfg(test)]
mod tests;
mod update;

use std::collections::HashMap;

use db::{Change, List, Read, Slice, Write};
use kernel::{AccountId, Action, Actor, Caller, Draft, Error, PersonId, Phone, Problem, PropertyId, Result, Zone};
use uuid::Uuid;

use crate::{
    Filter,
    access::{Resource, require},
    group::grouped,
    handle,
    person::{self, Address, PhoneNumber},
    property,
};

pub use preference::Overrides;
pub use store::{Account, LedgerMark};
pub(crate) use update::ADDRESS_LOCKED;
pub use update::{Input, Question};

/// An account with its person and everything shown with it.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The account and its person.
    pub account: Account,
    /// Phone numbers, by id.
    pub phones: Vec<PhoneNumber>,
    /// Addresses, by id.
    pub addresses: Vec<Address>,
    /// The uids of alternate contacts, by id.
    pub contacts: Vec<Uuid>,
    /// The uids of recovery questions, by id.
    pub questions: Vec<Uuid>,
    /// What the account sets otherwise than the defaults say.
    pub preferences: Overrides,
    /// Its ledgers, by id.
    pub ledgers: Vec<LedgerMark>,
    /// Whether something is overdue on a current ledger.
    pub delinquent: bool,
}

impl Tenant {
    /// Where letters go.
    #[must_use]
    pub fn mailing_address(&self) -> Option<&Address> {
        self.addresses.iter().find(|a| a.is_mailing)
    }

    /// Whether they may rent another unit: nothing overdue, and payments not blocked.
    #[must_use]
    pub fn may_move_in(&self) -> bool {
        !self.delinquent && !self.account.blocked_payments
    }
}

/// Which accounts, by their ledgers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// All of them, those without a ledger too.
    #[default]
    All,
    /// With a current ledger.
    Current,
    /// Without a current ledger, but with one that has ended.
    Previous,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By account number.
    #[default]
    Number,
    /// By family name, then given name.
    LastName,
    /// By given name.
    FirstName,
    /// By when they were made.
    CreatedAt,
}

/// Which accounts, and which page of them.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// By their ledgers.
    pub state: State,
    /// By themselves; a change of the person is one of the account.
    pub filter: Filter,
    /// The order.
    pub sort: Sort,
    /// Whether the order is turned round.
    pub descending: bool,
    /// Which page, from 1.
    pub page: i64,
    /// How many rows it has at most.
    pub per_page: i64,
}

/// What somebody is looked up by.
#[derive(Clone, Debug)]
pub enum By {
    /// The account's uid.
    Uid(Uuid),
    /// The portal user name, without regard to case.
    Username(String),
    /// The account number.
    Number(i64),
}

/// A part of a list, and how long the whole list is.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// The rows asked for.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: i64,
}

handle! {
    /// Operations on accounts.
    Accounts
}

#[operations::compiled_here]
impl Accounts<'_> {
    /// A page of a property's accounts.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn page(&self, caller: &Caller, property: PropertyId, query: Query) -> Result<Part<Tenant>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewPeople, Resource::Of(Some(property)))?;
                let (ids, total) = page(r, property, &query).await?;
                Ok(Part { items: load(r, &ids).await?, total })
            })
            .await
    }

    /// One account.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, property: PropertyId, by: By) -> Result<Tenant> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewPeople, Resource::Of(Some(property)))?;
                one(r, find(r, property, &by).await?).await
            })
            .await
    }

    /// The accounts with this phone number, in whichever spelling, by account number.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn with_phone(&self, caller: &Caller, property: PropertyId, number: &str) -> Result<Vec<Tenant>> {
        let number = number.to_owned();
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewPeople, Resource::Of(Some(property)))?;
                let country = property::country(r, property).await?;
                let phone = Phone::read(&number, &country);
                let Some(e164) = phone.e164() else { return Ok(Vec::new()) };
                let ids = store::with_phone(r, property, e164).await?;
                load(r, &ids).await
            })
            .await
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`]; [`Error::Conflict`] `address_locked` when the
    /// property does not let its tenants change the mailing address.
    pub async fn update(
        &self,
        caller: &Caller,
        property: PropertyId,
        uid: Uuid,
        draft: Draft<Input>,
    ) -> Result<Tenant> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePeople, Resource::Of(Some(property)))?;
                let now = one(w, find(w, property, &By::Uid(uid)).await?).await?;
                let (input, faults) = draft.open()?;
                update::update(w, &now, input, faults, false).await?;
                one(w, now.account.id).await
            })
            .await
    }

    /// Begins the portal of an account: user name and password, and whatever else is given.
    ///
    /// # Errors
    /// As [`Accounts::update`]; [`Error::Conflict`] `portal_exists`.
    pub async fn sign_up(
        &self,
        caller: &Caller,
        property: PropertyId,
        uid: Uuid,
        draft: Draft<Input>,
    ) -> Result<Tenant> {
        self.0
            .write(caller, async move |w, actor| {
                require_portal(actor, property)?;
                let now = one(w, find(w, property, &By::Uid(uid)).await?).await?;
                if now.account.has_portal {
                    return Err(Error::Conflict("portal_exists"));
                }
                let (input, mut faults) = draft.open()?;
                match input.username.given() {
                    Some(None) => faults.add("username", Problem::Blank),
                    _ => drop(input.username.required(&mut faults, "username")),
                }
                input.password_hash.required(&mut faults, "password");
                update::update(w, &now, input, faults, true).await?;
                one(w, now.account.id).await
            })
            .await
    }

    /// Sets preferences; `None` goes back to the default.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn set_preferences(
        &self,
        caller: &Caller,
        property: PropertyId,
        uid: Uuid,
        draft: Draft<Vec<preference::Change>>,
    ) -> Result<Tenant> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePeople, Resource::Of(Some(property)))?;
                let now = one(w, find(w, property, &By::Uid(uid)).await?).await?;
                let (changes, mut faults) = draft.open()?;
                preference::check(changes, &mut faults);
                faults.finish()?;
                preference::store(w, now.account.id, changes, &note::author(w).await?.name).await?;
                touch(w, &now.account).await?;
                let names: Vec<&str> = changes.iter().map(|(name, _)| name.as_str()).collect();
                let data = serde_json::json!({ "preferences": names }).to_string();
                w.change(change("account.preferences_set", &now.account).data(data));
                one(w, now.account.id).await
            })
            .await
    }
}

/// The account of a person at a property, made when there is none: with the next number, the settings every account
/// begins with, and two recovery questions to be asked.
pub(crate) async fn ensure(w: &Write, person: PersonId, property: PropertyId) -> Result<AccountId> {
    if let Some(id) = store::of_person(w, person, property).await? {
        return Ok(id);
    }
    let id = store::insert(w, person, property).await?;
    w.change(Change::new("account.created", id).person(person).property(property));
    Ok(id)
}

/// The id of the account that is meant.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(r: &Read, property: PropertyId, by: &By) -> Result<AccountId> {
    let found = match by {
        By::Uid(uid) => store::by_uid(r, property, *uid).await?,
        By::Username(name) => store::by_username(r, property, &name.to_lowercase()).await?,
        By::Number(number) => store::by_number(r, property, *number).await?,
    };
    found.ok_or(Error::NotFound("tenant"))
}

/// One account with everything shown.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn one(r: &Read, id: AccountId) -> Result<Tenant> {
    load(r, &[id]).await?.pop().ok_or(Error::NotFound("tenant"))
}

/// Accounts with everything shown, in the order of their ids given: eight statements, however many they are.
pub(crate) async fn load(r: &Read, ids: &[AccountId]) -> Result<Vec<Tenant>> {
    let accounts = store::these(r, ids).await?;
    let people: Vec<PersonId> = accounts.iter().map(|a| a.person_id).collect();
    let (phones, addresses, contacts, questions, mut preferences, ledgers) = tokio::try_join!(
        person::phone::of_people(r, &people),
        person::address::of_people(r, &people),
        person::contact::marks(r, &people),
        store::questions(r, ids),
        preference::of_accounts(r, ids),
        store::ledgers(r, ids)
    )?;
    let (mut phones, mut addresses) = (grouped(phones, |p| p.person_id), grouped(addresses, |a| a.person_id));
    let mut contacts = grouped(contacts, |c| c.person_id);
    let (mut questions, mut ledgers) = (grouped(questions, |q| q.account_id), grouped(ledgers, |l| l.account_id));
    let mut found: HashMap<AccountId, Tenant> = accounts
        .into_iter()
        .map(|account| {
            let (id, person) = (account.id, account.person_id);
            let ledgers = ledgers.remove(&id).unwrap_or_default();
            let today = Zone::named(&account.time_zone).date(r.now());
            let tenant = Tenant {
                // A person may have accounts at several properties, but one page shows those of one.
                phones: phones.remove(&person).unwrap_or_default(),
                addresses: addresses.remove(&person).unwrap_or_default(),
                contacts: contacts.remove(&person).unwrap_or_default().into_iter().map(|c| c.uid).collect(),
                questions: questions.remove(&id).unwrap_or_default().into_iter().map(|q| q.uid).collect(),
                preferences: preferences.remove(&id).unwrap_or_default(),
                delinquent: ledgers.iter().any(|l| l.is_current && l.unpaid_since.is_some_and(|on| on < today)),
                ledgers,
                account,
            };
            (id, tenant)
        })
        .collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

const CURRENT: &str = "EXISTS (SELECT 1 FROM ledger l WHERE l.account_id = a.id AND l.opens_at <= ? \
                       AND (l.closes_at IS NULL OR l.closes_at > ?))";
const PREVIOUS: &str = "EXISTS (SELECT 1 FROM ledger l WHERE l.account_id = a.id AND l.closes_at <= ?) \
                        AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.account_id = a.id AND l.opens_at <= ? \
                        AND (l.closes_at IS NULL OR l.closes_at > ?))";

/// The ids on a page, and how many there are in all.
async fn page(r: &Read, property: PropertyId, query: &Query) -> Result<(Vec<AccountId>, i64)> {
    let now = r.now();
    let by_name = matches!(query.sort, Sort::LastName | Sort::FirstName);
    // The person is looked at only where it matters: a page far in passes many accounts by.
    let Filter { created_after, created_before, updated_since, only } = &query.filter;
    let (count, rows) = if by_name || updated_since.is_some() {
        (
            "SELECT count(*) FROM account a JOIN person p ON p.id = a.person_id",
            "SELECT a.id FROM account a JOIN person p ON p.id = a.person_id",
        )
    } else {
        ("SELECT count(*) FROM account a", "SELECT a.id FROM account a")
    };
    let filtered = |head| {
        List::new("accounts", head)
            .filter("a.property_id = ?", property)
            .filter("a.org_id = ?", r.caller().org)
            .filter_if("a.created_at > ?", *created_after)
            .filter_if("a.created_at < ?", *created_before)
            .filter_if("(p.changed_at >= ? OR a.updated_at >= ?)", *updated_since)
            .filter_if(CURRENT, (query.state == State::Current).then_some(now))
            .filter_if(PREVIOUS, (query.state == State::Previous).then_some(now))
            .filter_uids("a.uid", only.as_deref())
    };
    let total: i64 = r.one(filtered(count).whole()).await?;
    let order: &[(&str, bool)] = match query.sort {
        Sort::Number => &[("a.number", false)],
        Sort::LastName => &[("p.name_key", false), ("a.id", false)],
        Sort::FirstName => &[("p.first_name", false), ("a.id", false)],
        Sort::CreatedAt => &[("a.created_at", false), ("a.id", false)],
    };
    let slice = Slice::of(total, query.page, query.per_page);
    let ids = r.all(filtered(rows).slice(order, query.descending, &slice)).await?;
    Ok((slice.turn(ids), total))
}

/// The right to sign people in and to change their passwords.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn require_portal(actor: &Actor, property: PropertyId) -> Result<()> {
    require(actor, Action::ManagePeople, Resource::Of(Some(property)))
}

/// The name of an account's property, for mails.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn property_name(r: &Read, property: PropertyId) -> Result<String> {
    Ok(property::store::get(r, property).await?.name)
}

/// Notes that the account or its person changed, for "updated since" filters.
pub(crate) async fn touch(w: &Write, account: &Account) -> Result<()> {
    store::touch(w, account.id).await
}

/// A change of an account.
#[must_use]
pub fn change(action: &'static str, account: &Account) -> Change {
    Change::new(action, account.id).person(account.person_id).property(account.property_id)
}
