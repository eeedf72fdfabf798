//! The SQL of money: here the ledgers themselves, beside it what hangs on them.

mod accounts;
mod entries;
mod following;
mod invoices;
mod steps;

use db::{List, Read, Slice, Write, row, sql};
use kernel::{
    AccountId, Currency, Date, EntryId, Instant, LedgerId, PersonId, PropertyId, Result, TenancyId, UnitId, Zone,
};
use uuid::Uuid;

use super::{PageNumber, Sort, SortBy, State, post::Kind};
use crate::Filter;

pub use accounts::*;
pub use entries::*;
pub use following::*;
pub use invoices::*;
pub use steps::*;

row! {
    /// What a tenancy costs, and how it stands.
    #[derive(Clone, Debug)]
    pub struct Ledger {
        /// Its id.
        pub id: LedgerId,
        /// Its uid.
        pub uid: Uuid,
        /// Where.
        pub property_id: PropertyId,
        /// Whose: the customer.
        pub account_id: AccountId,
        /// That account's uid.
        pub account_uid: Uuid,
        /// That account's person.
        pub person_id: PersonId,
        /// The tenancy it runs with.
        pub tenancy_id: TenancyId,
        /// For which unit.
        pub unit_id: UnitId,
        /// Its number in the property.
        pub number: i64,
        /// The currency of all its amounts.
        pub currency: Currency,
        /// What is owed; negative when more was paid.
        pub balance: i64,
        /// The rent of a period; 0 while none is set.
        pub rent: i64,
        /// When the rent last changed.
        pub rent_changed_at: Option<Instant>,
        /// The rent to come.
        pub next_rent: Option<i64>,
        /// From when it counts.
        pub next_rent_on: Option<Date>,
        /// The day of the month on which periods begin.
        pub billing_day: i64,
        /// When the next period is billed; none while nothing is.
        pub next_bill_on: Option<Date>,
        /// The last day for which rent is paid.
        pub paid_through_on: Option<Date>,
        /// The date of the oldest charge that is not settled.
        pub unpaid_since: Option<Date>,
        /// When its arrears were last looked at.
        pub arrears_on: Option<Date>,
        /// What opens the gate.
        pub gate_access_code: Option<String>,
        /// On which day of the month it is paid by itself.
        pub autopay_day: Option<i64>,
        /// What its insurance costs a period.
        pub insurance_premium: Option<i64>,
        /// What that insurance is.
        pub insurance_text: Option<String>,
        /// From when.
        pub opens_at: Instant,
        /// Until when.
        pub closes_at: Option<Instant>,
        /// When it was made.
        pub created_at: Instant,
        /// When a value of it last changed.
        pub updated_at: Instant,
        /// The time zone of its dates.
        pub time_zone: String,
    }

    /// One line of a ledger.
    #[derive(Clone, Debug)]
    pub struct Entry {
        /// Its id.
        pub id: EntryId,
        /// Its uid.
        pub uid: Uuid,
        /// Of which ledger.
        pub ledger_id: LedgerId,
        /// What it is.
        pub kind: Kind,
        /// With its sign: positive is owed.
        pub amount: i64,
        /// How much of that is tax.
        pub tax: i64,
        /// What of it is not settled, with the sign of the amount.
        pub open: i64,
        /// Its date.
        pub effective_on: Date,
        /// The first day it is for.
        pub service_from: Option<Date>,
        /// The last day it is for.
        pub service_to: Option<Date>,
        /// `rent`, `insurance`, `late_fee`, or a word of whoever wrote it.
        pub code: String,
        /// What it is, for people.
        pub text: String,
        /// How it was paid.
        pub method: Option<String>,
        /// Whether another entry has undone it.
        pub reversed: bool,
        /// When it was written.
        pub created_at: Instant,
    }

    /// An entry of which something is open.
    #[derive(Clone, Debug)]
    pub struct OpenEntry {
        pub id: EntryId,
        pub ledger_id: LedgerId,
        pub code: String,
        pub open: i64,
        pub effective_on: Date,
        pub service_from: Option<Date>,
    }

    /// How much of what settles what.
    pub struct StoredShare {
        pub credit_id: EntryId,
        pub charge_id: EntryId,
        pub amount: i64,
    }

    /// A property as far as money depends on it.
    pub struct Place {
        pub id: PropertyId,
        pub kind: String,
        pub time_zone: String,
        pub currency: Currency,
    }
}

impl Ledger {
    pub(super) fn zone(&self) -> Zone {
        Zone::named(&self.time_zone)
    }

    pub(super) fn today(&self, r: &Read) -> Date {
        self.zone().date(r.now())
    }

    /// Whether it runs at `now`.
    #[must_use]
    pub fn is_current(&self, now: Instant) -> bool {
        self.opens_at <= now && self.closes_at.is_none_or(|at| at > now)
    }
}

impl Place {
    pub fn today(&self, r: &Read) -> Date {
        Zone::named(&self.time_zone).date(r.now())
    }
}

pub async fn place(r: &Read, id: PropertyId) -> Result<Option<Place>> {
    r.optional(sql!(
        "SELECT p.id, p.kind, p.time_zone, o.currency FROM property p JOIN organization o ON o.id = p.org_id \
         WHERE p.org_id = $1 AND p.id = $2 AND p.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn by_uid(r: &Read, property: PropertyId, uid: Uuid) -> Result<Option<Ledger>> {
    r.optional(sql!(
        "SELECT l.id, l.uid, l.property_id, l.account_id, a.uid AS account_uid, a.person_id, l.tenancy_id, l.unit_id, l.number, l.currency, l.balance, \
         l.rent, l.rent_changed_at, l.next_rent, l.next_rent_on, l.billing_day, l.next_bill_on, l.paid_through_on, l.unpaid_since, l.arrears_on, \
         l.gate_access_code, l.autopay_day, l.insurance_premium, l.insurance_text, l.opens_at, l.closes_at, l.created_at, l.updated_at, p.time_zone \
         FROM ledger l JOIN account a ON a.id = l.account_id JOIN property p ON p.id = l.property_id \
         WHERE l.org_id = $1 AND l.property_id = $2 AND l.uid = $3",
        r.caller().org, property, uid
    ))
    .await
}

pub async fn by_id(r: &Read, id: LedgerId) -> Result<Ledger> {
    r.one(sql!(
        "SELECT l.id, l.uid, l.property_id, l.account_id, a.uid AS account_uid, a.person_id, l.tenancy_id, l.unit_id, l.number, l.currency, l.balance, \
         l.rent, l.rent_changed_at, l.next_rent, l.next_rent_on, l.billing_day, l.next_bill_on, l.paid_through_on, l.unpaid_since, l.arrears_on, \
         l.gate_access_code, l.autopay_day, l.insurance_premium, l.insurance_text, l.opens_at, l.closes_at, l.created_at, l.updated_at, p.time_zone \
         FROM ledger l JOIN account a ON a.id = l.account_id JOIN property p ON p.id = l.property_id \
         WHERE l.org_id = $1 AND l.id = $2",
        r.caller().org, id
    ))
    .await
}

/// Ledgers of a property with a period to bill, the oldest first.
pub async fn to_bill(r: &Read, property: PropertyId, today: Date, most: u32) -> Result<Vec<Ledger>> {
    r.all(sql!(
        "SELECT l.id, l.uid, l.property_id, l.account_id, a.uid AS account_uid, a.person_id, l.tenancy_id, l.unit_id, l.number, l.currency, l.balance, \
         l.rent, l.rent_changed_at, l.next_rent, l.next_rent_on, l.billing_day, l.next_bill_on, l.paid_through_on, l.unpaid_since, l.arrears_on, \
         l.gate_access_code, l.autopay_day, l.insurance_premium, l.insurance_text, l.opens_at, l.closes_at, l.created_at, l.updated_at, p.time_zone \
         FROM ledger l JOIN account a ON a.id = l.account_id JOIN property p ON p.id = l.property_id \
         WHERE l.org_id = $1 AND l.property_id = $2 AND l.next_bill_on <= $3 ORDER BY l.next_bill_on, l.id LIMIT $4",
        r.caller().org, property, today, most
    ))
    .await
}

/// Current ledgers of a property that are overdue and were not looked at today; those that are let off are left out.
pub async fn in_arrears(r: &Read, property: PropertyId, today: Date, most: u32) -> Result<Vec<Ledger>> {
    r.all(sql!(
        "SELECT l.id, l.uid, l.property_id, l.account_id, a.uid AS account_uid, a.person_id, l.tenancy_id, l.unit_id, l.number, l.currency, l.balance, \
         l.rent, l.rent_changed_at, l.next_rent, l.next_rent_on, l.billing_day, l.next_bill_on, l.paid_through_on, l.unpaid_since, l.arrears_on, \
         l.gate_access_code, l.autopay_day, l.insurance_premium, l.insurance_text, l.opens_at, l.closes_at, l.created_at, l.updated_at, p.time_zone \
         FROM ledger l JOIN account a ON a.id = l.account_id JOIN property p ON p.id = l.property_id \
         WHERE l.org_id = $1 AND l.property_id = $2 AND l.unpaid_since < $3 AND (l.arrears_on IS NULL OR l.arrears_on < $3) \
         AND l.opens_at <= $4 AND (l.closes_at IS NULL OR l.closes_at > $4) \
         AND NOT EXISTS (SELECT 1 FROM preference q WHERE q.account_id = l.account_id AND q.name = 'delinquency_exempt' AND q.value = 'true') \
         ORDER BY l.unpaid_since, l.id LIMIT $5",
        r.caller().org, property, today, r.now(), most
    ))
    .await
}

/// How a ledger stands, after its entries changed.
pub async fn update_money(w: &Write, l: &Ledger) -> Result<()> {
    w.execute(sql!(
        "UPDATE ledger SET balance = $3, paid_through_on = $4, unpaid_since = $5, arrears_on = $6, next_bill_on = $7, \
         rent = $8, rent_changed_at = $9, next_rent = $10, next_rent_on = $11, updated_at = $12 WHERE org_id = $1 AND id = $2",
        w.caller().org, l.id, l.balance, l.paid_through_on, l.unpaid_since, l.arrears_on, l.next_bill_on,
        l.rent, l.rent_changed_at, l.next_rent, l.next_rent_on, w.now()
    ))
    .await
    .map(drop)
}

pub async fn set_billing_day(w: &Write, id: LedgerId, day: i64) -> Result<()> {
    w.execute(sql!(
        "UPDATE ledger SET billing_day = $3, updated_at = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        day,
        w.now()
    ))
    .await
    .map(drop)
}

/// The columns of a ledger, for lists that are put together at run time; as in the statements above.
/// The head of every list of ledgers.
pub const LEDGERS: &str = "SELECT l.id, l.uid, l.property_id, l.account_id, a.uid AS account_uid, a.person_id, l.tenancy_id, l.unit_id, l.number, \
    l.currency, l.balance, l.rent, l.rent_changed_at, l.next_rent, l.next_rent_on, l.billing_day, l.next_bill_on, l.paid_through_on, \
    l.unpaid_since, l.arrears_on, l.gate_access_code, l.autopay_day, l.insurance_premium, l.insurance_text, l.opens_at, l.closes_at, \
    l.created_at, l.updated_at, p.time_zone \
    FROM ledger l JOIN account a ON a.id = l.account_id JOIN property p ON p.id = l.property_id";

/// One page of the ledgers of a property, and how many there are in all.
pub async fn page(
    r: &Read,
    property: PropertyId,
    state: State,
    sort: Sort,
    page: PageNumber,
    filter: &Filter,
) -> Result<(Vec<Ledger>, i64)> {
    // The plus keeps SQLite on the index that has the order.
    let filtered = |list: List| {
        let list = list
            .filter("l.org_id = ?", r.caller().org)
            .filter("l.property_id = ?", property)
            .filter_if("l.created_at > ?", filter.created_after)
            .filter_if("l.created_at < ?", filter.created_before)
            .filter_if("l.updated_at >= ?", filter.updated_since)
            .filter_uids("l.uid", filter.only.as_deref());
        match state {
            State::All => list,
            State::Current => list.filter("+l.opens_at <= ? AND (l.closes_at IS NULL OR l.closes_at > ?)", r.now()),
            State::Previous => list.filter("+l.closes_at <= ?", r.now()),
        }
    };
    let total = r.one(filtered(List::new("ledgers", "SELECT count(*) FROM ledger l")).whole()).await?;
    let slice = Slice::of(total, page.page, page.per_page);
    let order: &[(&str, bool)] = match sort.by {
        SortBy::Number => &[("l.number", false)],
        SortBy::OpensAt => &[("l.opens_at", false), ("l.id", false)],
    };
    let rows = r.all(filtered(List::new("ledgers", LEDGERS)).slice(order, sort.descending, &slice)).await?;
    Ok((slice.turn(rows), total))
}

/// The ledgers of an account, or its current ones, oldest first.
pub async fn of_account(r: &Read, account: AccountId, current: bool) -> Result<Vec<Ledger>> {
    let list = List::new("ledgers", LEDGERS).filter("l.org_id = ?", r.caller().org).filter("l.account_id = ?", account);
    let now = current.then_some(r.now());
    let list = list.filter_if("l.opens_at <= ? AND (l.closes_at IS NULL OR l.closes_at > ?)", now);
    r.all(list.slice(&[("l.id", false)], false, &Slice::ALL)).await
}

/// The current ledgers of a property, by number.
pub async fn current_of(r: &Read, property: PropertyId) -> Result<Vec<Ledger>> {
    let all = PageNumber { page: 1, per_page: i64::MAX };
    Ok(page(r, property, State::Current, Sort::default(), all, &Filter::default()).await?.0)
}
