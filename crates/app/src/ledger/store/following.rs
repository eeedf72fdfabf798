//! The SQL with which ledgers follow their tenancies.

use db::{Read, Write, row, sql};
use kernel::{AccountId, Currency, Date, Instant, LedgerId, PersonId, PropertyId, Result, TenancyId, UnitId};

use super::Ledger;

row! {
    /// A tenancy, deleted ones too, with the last ledger that was opened for it.
    pub struct Followed {
        pub id: TenancyId,
        pub person_id: PersonId,
        pub property_id: PropertyId,
        pub unit_id: Option<UnitId>,
        pub role: String,
        pub starts_at: Option<Instant>,
        pub ends_at: Option<Instant>,
        pub moved_out_at: Option<Instant>,
        pub deleted_at: Option<Instant>,
        pub created_at: Instant,
        pub time_zone: String,
        pub currency: Currency,
        pub price: Option<i64>,
        pub account_id: Option<AccountId>,
        pub ledger_id: Option<LedgerId>,
        pub ledger_account_id: Option<AccountId>,
        pub ledger_property_id: Option<PropertyId>,
        pub ledger_unit_id: Option<UnitId>,
        pub rent: Option<i64>,
        pub billing_day: Option<i64>,
        pub next_bill_on: Option<Date>,
        pub opens_at: Option<Instant>,
        pub closes_at: Option<Instant>,
        pub begun_at: Option<Instant>,
        pub has_entries: bool,
    }
}

/// What of these tenancies ledgers follow.
pub async fn followed(r: &Read, ids: &[TenancyId]) -> Result<Vec<Followed>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, t.role, t.starts_at, t.ends_at, t.moved_out_at, t.deleted_at, t.created_at, \
         p.time_zone, o.currency, u.price, a.id AS account_id, l.id AS ledger_id, l.account_id AS ledger_account_id, \
         l.property_id AS ledger_property_id, l.unit_id AS ledger_unit_id, l.rent, l.billing_day, l.next_bill_on, l.opens_at, l.closes_at, \
         (SELECT max(b.closes_at) FROM ledger b WHERE b.tenancy_id = t.id AND b.id < l.id) AS begun_at, \
         EXISTS (SELECT 1 FROM ledger_entry e WHERE e.ledger_id = l.id) AS has_entries \
         FROM tenancy t JOIN property p ON p.id = t.property_id JOIN organization o ON o.id = t.org_id LEFT JOIN unit u ON u.id = t.unit_id \
         LEFT JOIN account a ON a.person_id = t.person_id AND a.property_id = t.property_id \
         LEFT JOIN ledger l ON l.id = (SELECT max(x.id) FROM ledger x WHERE x.tenancy_id = t.id) \
         WHERE +t.org_id = $1 AND t.id = ANY($2) AND t.role IN ('tenant', 'owner') ORDER BY +t.id",
        r.caller().org, ids
    ))
    .await
}

/// A ledger to be.
pub struct NewLedger {
    pub property: PropertyId,
    pub account: AccountId,
    pub tenancy: TenancyId,
    pub unit: UnitId,
    pub currency: Currency,
    pub rent: i64,
    pub billing_day: i64,
    pub next_bill_on: Option<Date>,
    pub gate_access_code: Option<String>,
    pub insurance_premium: Option<i64>,
    pub insurance_text: Option<String>,
    pub opens_at: Instant,
    pub closes_at: Option<Instant>,
}

pub async fn insert_ledger(w: &Write, l: &NewLedger) -> Result<LedgerId> {
    w.one(sql!(
        "INSERT INTO ledger (uid, org_id, property_id, account_id, tenancy_id, unit_id, number, currency, balance, rent, billing_day, next_bill_on, \
         gate_access_code, insurance_premium, insurance_text, opens_at, closes_at, created_at, updated_at) \
         SELECT $1, $2, $3, $4, $5, $6, coalesce(max(number), 0) + 1, $7, 0, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16 \
         FROM ledger WHERE property_id = $3 RETURNING id",
        w.uid(), w.caller().org, l.property, l.account, l.tenancy, l.unit, l.currency, l.rent, l.billing_day, l.next_bill_on,
        &l.gate_access_code, l.insurance_premium, &l.insurance_text, l.opens_at, l.closes_at, w.now()
    ))
    .await
}

/// Where, whose and when a ledger is.
pub struct Moved {
    pub id: LedgerId,
    pub unit: UnitId,
    pub billing_day: Option<i64>,
    pub next_bill_on: Option<Date>,
    pub opens_at: Instant,
    pub closes_at: Option<Instant>,
}

pub async fn move_ledger(w: &Write, m: &Moved) -> Result<()> {
    w.execute(sql!(
        "UPDATE ledger SET unit_id = $3, billing_day = coalesce($4, billing_day), next_bill_on = $5, opens_at = $6, closes_at = $7, updated_at = $8 \
         WHERE org_id = $1 AND id = $2",
        w.caller().org, m.id, m.unit, m.billing_day, m.next_bill_on, m.opens_at, m.closes_at, w.now()
    ))
    .await
    .map(drop)
}

/// A ledger without entries becomes somebody else's, or of another property, where it gets the next number.
pub async fn repoint(w: &Write, id: LedgerId, account: AccountId, property: PropertyId, rent: i64) -> Result<()> {
    w.execute(sql!(
        "UPDATE ledger SET account_id = $3, rent = $5, property_id = $4, gate_access_code = NULL, \
         next_rent = CASE WHEN property_id = $4 THEN next_rent END, next_rent_on = CASE WHEN property_id = $4 THEN next_rent_on END, number = CASE WHEN property_id = $4 THEN number \
         ELSE (SELECT coalesce(max(n.number), 0) + 1 FROM ledger n WHERE n.property_id = $4) END WHERE org_id = $1 AND id = $2",
        w.caller().org, id, account, property, rent
    ))
    .await
    .map(drop)
}

/// Whether somebody has, or will have, the unit at an instant or later.
pub async fn is_let(r: &Read, unit: UnitId, at: Instant) -> Result<bool> {
    r.one(sql!(
        "SELECT EXISTS (SELECT 1 FROM ledger WHERE org_id = $1 AND unit_id = $2 AND (closes_at IS NULL OR closes_at >= $3))",
        r.caller().org,
        unit,
        at
    ))
    .await
}

/// What staff set on a ledger.
pub async fn update_terms(w: &Write, l: &Ledger) -> Result<()> {
    w.execute(sql!(
        "UPDATE ledger SET gate_access_code = $3, autopay_day = $4, insurance_premium = $5, insurance_text = $6, updated_at = $7 \
         WHERE org_id = $1 AND id = $2",
        w.caller().org, l.id, &l.gate_access_code, l.autopay_day, l.insurance_premium, &l.insurance_text, w.now()
    ))
    .await
    .map(drop)
}
