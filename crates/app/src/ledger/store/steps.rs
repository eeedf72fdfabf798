//! The SQL of arrears: the rules of a property, and what was done about a ledger.

use db::{Read, Write, row, sql};
use kernel::{Date, Instant, LedgerId, OrgId, PropertyId, Result};

row! {
    /// Something that was done about a ledger.
    pub struct StepDone {
        pub ledger_id: LedgerId,
        pub step: String,
    }

    /// Until when nothing follows.
    pub struct Paused {
        pub ledger_id: LedgerId,
        pub until: Date,
    }

    /// A fee for being late.
    pub struct LateFee {
        pub ledger_id: LedgerId,
        pub cause: String,
    }

    /// A property with something to do.
    pub struct Due {
        pub org_id: OrgId,
        pub property_id: PropertyId,
    }
}

/// A setting of a property, as JSON.
pub async fn setting(r: &Read, property: PropertyId, name: &str) -> Result<Option<String>> {
    r.optional(sql!(
        "SELECT value FROM property_setting WHERE org_id = $1 AND property_id = $2 AND name = $3",
        r.caller().org,
        property,
        name
    ))
    .await
}

pub async fn set_setting(w: &Write, property: PropertyId, name: &str, value: &str) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO property_setting (org_id, property_id, name, value) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (property_id, name) DO UPDATE SET value = excluded.value",
        w.caller().org,
        property,
        name,
        value
    ))
    .await
    .map(drop)
}

/// Properties of all organizations with a period to bill, at the latest date anywhere.
pub async fn places_to_bill(r: &Read, latest: Date) -> Result<Vec<Due>> {
    r.all(sql!(
        "SELECT p.org_id, p.id AS property_id FROM property p WHERE EXISTS (SELECT 1 FROM ledger l \
         WHERE l.property_id = p.id AND l.next_bill_on <= $1) ORDER BY p.id /* scan: all properties */",
        latest
    ))
    .await
}

/// Properties of all organizations that have rules and a ledger whose arrears were not looked at.
pub async fn places_in_arrears(r: &Read, latest: Date) -> Result<Vec<Due>> {
    r.all(sql!(
        "SELECT p.org_id, p.id AS property_id FROM property p WHERE (p.kind = 'storage' OR EXISTS (SELECT 1 FROM property_setting s \
         WHERE s.property_id = p.id AND s.name = 'delinquency')) AND EXISTS (SELECT 1 FROM ledger l \
         WHERE l.property_id = p.id AND l.unpaid_since < $1 AND (l.arrears_on IS NULL OR l.arrears_on < $1)) \
         ORDER BY p.id /* scan: all properties */",
        latest
    ))
    .await
}

pub async fn steps(r: &Read, ledgers: &[LedgerId]) -> Result<Vec<StepDone>> {
    r.all(sql!(
        "SELECT s.ledger_id, s.step FROM delinquency_step s JOIN ledger l ON l.id = s.ledger_id \
         WHERE l.org_id = $1 AND s.ledger_id = ANY($2) ORDER BY s.ledger_id, s.done_on, s.step",
        r.caller().org,
        ledgers
    ))
    .await
}

pub async fn insert_step(w: &Write, ledger: LedgerId, step: &str, on: Date) -> Result<()> {
    w.execute(sql!("INSERT INTO delinquency_step (ledger_id, step, done_on) VALUES ($1, $2, $3)", ledger, step, on))
        .await
        .map(drop)
}

pub async fn delete_steps(w: &Write, ledger: LedgerId) -> Result<u64> {
    w.execute(sql!("DELETE FROM delinquency_step WHERE ledger_id = $1", ledger)).await
}

/// The fees for being late that ledgers have: which overdue charge each was for.
pub async fn late_fees(r: &Read, ledgers: &[LedgerId]) -> Result<Vec<LateFee>> {
    r.all(sql!(
        "SELECT ledger_id, cause FROM ledger_entry \
         WHERE org_id = $1 AND ledger_id = ANY($2) AND cause >= 'late:' AND cause < 'late;'",
        r.caller().org,
        ledgers
    ))
    .await
}

pub async fn looked_at(w: &Write, ledgers: &[LedgerId], on: Date) -> Result<()> {
    w.execute(sql!(
        "UPDATE ledger SET arrears_on = $3 WHERE +org_id = $1 AND id = ANY($2)",
        w.caller().org,
        ledgers,
        on
    ))
    .await
    .map(drop)
}

pub async fn delete_step(w: &Write, ledger: LedgerId, step: &str) -> Result<u64> {
    w.execute(sql!("DELETE FROM delinquency_step WHERE ledger_id = $1 AND step = $2", ledger, step)).await
}

/// The ledgers about which nothing follows today, and until when.
pub async fn paused(r: &Read, ledgers: &[LedgerId], today: Date) -> Result<Vec<Paused>> {
    r.all(sql!(
        "SELECT id AS ledger_id, steps_paused_until AS until FROM ledger \
         WHERE +org_id = $1 AND id = ANY($2) AND steps_paused_until >= $3",
        r.caller().org,
        ledgers,
        today
    ))
    .await
}

/// Pauses, or lets go on; either way the ledger is looked at again today.
pub async fn set_paused(w: &Write, ledger: LedgerId, until: Option<Date>) -> Result<()> {
    w.execute(sql!(
        "UPDATE ledger SET steps_paused_until = $3, arrears_on = NULL WHERE org_id = $1 AND id = $2",
        w.caller().org,
        ledger,
        until
    ))
    .await
    .map(drop)
}

/// When the tenant was last reminded.
pub async fn reminded_at(r: &Read, ledger: LedgerId) -> Result<Option<Instant>> {
    r.optional(sql!(
        "SELECT at FROM change WHERE org_id = $1 AND entity = 'ledger' AND entity_id = $2 AND action = 'ledger.reminded' \
         ORDER BY seq DESC LIMIT 1",
        r.caller().org,
        ledger
    ))
    .await
}
