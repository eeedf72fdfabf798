//! The SQL of entries, and of what settles what.

use db::{Read, Write, sql};
use kernel::{Date, EntryId, LedgerId, Result};
use uuid::Uuid;

use super::{Entry, OpenEntry, StoredShare};
use crate::ledger::{post::New, settle::Share};

/// All entries of which something is open, oldest first.
pub async fn open_entries(r: &Read, ledgers: &[LedgerId]) -> Result<Vec<OpenEntry>> {
    r.all(sql!(
        "SELECT id, ledger_id, code, open, effective_on, service_from FROM ledger_entry \
         WHERE org_id = $1 AND ledger_id = ANY($2) AND open <> 0 ORDER BY +id",
        r.caller().org,
        ledgers
    ))
    .await
}

pub async fn entries_as_open(r: &Read, ledger: LedgerId, ids: &[EntryId]) -> Result<Vec<OpenEntry>> {
    r.all(sql!(
        "SELECT id, ledger_id, code, open, effective_on, service_from FROM ledger_entry \
         WHERE org_id = $1 AND ledger_id = $2 AND id = ANY($3) ORDER BY +id",
        r.caller().org,
        ledger,
        ids
    ))
    .await
}

pub async fn entry(r: &Read, ledger: LedgerId, uid: Uuid) -> Result<Option<Entry>> {
    r.optional(sql!(
        "SELECT e.id, e.uid, e.ledger_id, e.kind, e.amount, e.tax, e.open, e.effective_on, e.service_from, e.service_to, e.code, e.text, e.method, \
         EXISTS (SELECT 1 FROM ledger_entry x WHERE x.reverses_id = e.id) AS reversed, e.created_at \
         FROM ledger_entry e WHERE e.org_id = $1 AND e.ledger_id = $2 AND e.uid = $3",
        r.caller().org, ledger, uid
    ))
    .await
}

pub async fn entry_by_id(r: &Read, id: EntryId) -> Result<Option<Entry>> {
    r.optional(sql!(
        "SELECT e.id, e.uid, e.ledger_id, e.kind, e.amount, e.tax, e.open, e.effective_on, e.service_from, e.service_to, e.code, e.text, e.method, \
         EXISTS (SELECT 1 FROM ledger_entry x WHERE x.reverses_id = e.id) AS reversed, e.created_at \
         FROM ledger_entry e WHERE e.org_id = $1 AND e.id = $2",
        r.caller().org, id
    ))
    .await
}

/// The entry that another one has undone.
pub async fn reversed_by(r: &Read, ledger: LedgerId, reversal: EntryId) -> Result<Option<Entry>> {
    r.optional(sql!(
        "SELECT e.id, e.uid, e.ledger_id, e.kind, e.amount, e.tax, e.open, e.effective_on, e.service_from, e.service_to, e.code, e.text, e.method, \
         TRUE AS reversed, e.created_at FROM ledger_entry x JOIN ledger_entry e ON e.id = x.reverses_id \
         WHERE x.org_id = $1 AND x.ledger_id = $2 AND x.id = $3",
        r.caller().org, ledger, reversal
    ))
    .await
}

pub async fn entry_by_cause(r: &Read, ledger: LedgerId, cause: &str) -> Result<Option<Entry>> {
    r.optional(sql!(
        "SELECT e.id, e.uid, e.ledger_id, e.kind, e.amount, e.tax, e.open, e.effective_on, e.service_from, e.service_to, e.code, e.text, e.method, \
         EXISTS (SELECT 1 FROM ledger_entry x WHERE x.reverses_id = e.id) AS reversed, e.created_at \
         FROM ledger_entry e WHERE e.org_id = $1 AND e.ledger_id = $2 AND e.cause = $3",
        r.caller().org, ledger, cause
    ))
    .await
}

pub async fn entries(r: &Read, ledger: LedgerId) -> Result<Vec<Entry>> {
    r.all(sql!(
        "SELECT e.id, e.uid, e.ledger_id, e.kind, e.amount, e.tax, e.open, e.effective_on, e.service_from, e.service_to, e.code, e.text, e.method, \
         EXISTS (SELECT 1 FROM ledger_entry x WHERE x.reverses_id = e.id) AS reversed, e.created_at \
         FROM ledger_entry e WHERE e.org_id = $1 AND e.ledger_id = $2 ORDER BY e.id",
        r.caller().org, ledger
    ))
    .await
}

/// Charges of which something is open, oldest first.
pub async fn open_charges(r: &Read, ledgers: &[LedgerId]) -> Result<Vec<Entry>> {
    r.all(sql!(
        "SELECT id, uid, ledger_id, kind, amount, tax, open, effective_on, service_from, service_to, code, text, method, FALSE AS reversed, created_at \
         FROM ledger_entry WHERE org_id = $1 AND ledger_id = ANY($2) AND open <> 0 AND kind = 'charge' ORDER BY effective_on, +id",
        r.caller().org, ledgers
    ))
    .await
}

/// The last payments of each ledger, newest first.
pub async fn last_payments(r: &Read, ledgers: &[LedgerId], most: u32) -> Result<Vec<Entry>> {
    r.all(sql!(
        "WITH n AS (SELECT id, row_number() OVER (PARTITION BY ledger_id ORDER BY id DESC) AS nth FROM ledger_entry \
         WHERE org_id = $1 AND ledger_id = ANY($2) AND kind = 'payment') \
         SELECT e.id, e.uid, e.ledger_id, e.kind, e.amount, e.tax, e.open, e.effective_on, e.service_from, e.service_to, e.code, e.text, e.method, \
         EXISTS (SELECT 1 FROM ledger_entry x WHERE x.reverses_id = e.id) AS reversed, e.created_at \
         FROM n JOIN ledger_entry e ON e.id = n.id WHERE n.nth <= $3 ORDER BY +e.id DESC",
        r.caller().org, ledgers, most
    ))
    .await
}

pub async fn insert_entry(w: &Write, ledger: LedgerId, new: &New<'_>, open: i64) -> Result<(EntryId, Uuid)> {
    let uid = w.uid();
    let (from, to) = new.service.unzip();
    let id = w
        .one(sql!(
            "INSERT INTO ledger_entry (uid, org_id, ledger_id, kind, amount, tax, open, effective_on, service_from, service_to, code, text, cause, \
             reverses_id, invoice_id, method, created_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING id",
            uid, w.caller().org, ledger, new.kind.as_str(), new.amount, open, new.on, from, to, new.code, new.text,
            new.cause.map(str::to_owned), new.reverses, new.invoice, new.method.map(str::to_owned), w.now()
        ))
        .await?;
    Ok((id, uid))
}

pub async fn set_open(w: &Write, ledger: LedgerId, id: EntryId, open: i64) -> Result<()> {
    w.execute(sql!(
        "UPDATE ledger_entry SET open = $4 WHERE org_id = $1 AND ledger_id = $2 AND id = $3",
        w.caller().org,
        ledger,
        id,
        open
    ))
    .await
    .map(drop)
}

pub async fn insert_share(w: &Write, ledger: LedgerId, share: &Share) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO allocation (org_id, ledger_id, credit_id, charge_id, amount, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        w.caller().org, ledger, share.credit, share.charge, share.amount, w.now()
    ))
    .await
    .map(drop)
}

pub async fn shares_of(r: &Read, ledger: LedgerId, entry: EntryId) -> Result<Vec<StoredShare>> {
    r.all(sql!(
        "SELECT credit_id, charge_id, amount FROM allocation \
         WHERE org_id = $1 AND ledger_id = $2 AND (credit_id = $3 OR charge_id = $3) ORDER BY id",
        r.caller().org,
        ledger,
        entry
    ))
    .await
}

pub async fn delete_shares(w: &Write, ledger: LedgerId, entry: EntryId) -> Result<()> {
    w.execute(sql!(
        "DELETE FROM allocation WHERE org_id = $1 AND ledger_id = $2 AND (credit_id = $3 OR charge_id = $3)",
        w.caller().org,
        ledger,
        entry
    ))
    .await
    .map(drop)
}

/// The last day for which rent is paid, when the first day for which it is owed is known.
pub async fn paid_through(r: &Read, ledger: LedgerId, owed_from: Option<Date>) -> Result<Option<Date>> {
    r.one(sql!(
        "SELECT max(e.service_to) FROM ledger_entry e WHERE e.org_id = $1 AND e.ledger_id = $2 AND e.kind = 'charge' AND e.code = 'rent' \
         AND e.service_to < coalesce($3, '9999-12-31') AND NOT EXISTS (SELECT 1 FROM ledger_entry x WHERE x.reverses_id = e.id)",
        r.caller().org, ledger, owed_from
    ))
    .await
}

/// The last day for which rent was charged, taken back or not.
pub async fn billed_to(r: &Read, ledger: LedgerId) -> Result<Option<Date>> {
    r.one(sql!(
        "SELECT max(service_to) FROM ledger_entry WHERE org_id = $1 AND ledger_id = $2 AND kind = 'charge' AND code = 'rent'",
        r.caller().org,
        ledger
    ))
    .await
}
