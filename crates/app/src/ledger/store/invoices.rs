//! The SQL of invoices.

use db::{Read, Write, row, sql};
use kernel::{Date, EntryId, Instant, InvoiceId, LedgerId, PropertyId, Result};
use uuid::Uuid;

row! {
    /// A bill.
    #[derive(Clone, Debug)]
    pub struct Invoice {
        /// Its id.
        pub id: InvoiceId,
        /// Its uid.
        pub uid: Uuid,
        /// Of which property.
        pub property_id: PropertyId,
        /// Of which ledger.
        pub ledger_id: LedgerId,
        /// Its number in the property, from 1000.
        pub number: i64,
        /// When it is to be paid.
        pub due_on: Date,
        /// When it was written.
        pub finalized_on: Date,
        /// Whether it was taken back.
        pub voided: bool,
        /// Whether it was sent.
        pub sent: bool,
        /// The sum of its lines.
        pub total: i64,
        /// What was owed before it.
        pub balance_on_due_date: i64,
        /// When it was made.
        pub created_at: Instant,
        /// When a value of it last changed.
        pub updated_at: Instant,
    }

    /// One line of a bill.
    #[derive(Clone, Debug)]
    pub struct Line {
        /// Its uid.
        pub uid: Uuid,
        /// Of which bill.
        pub invoice_id: InvoiceId,
        /// What it is, for people.
        pub description: String,
        /// How many.
        pub quantity: i64,
        /// What one costs.
        pub price: i64,
        /// The tax on it.
        pub tax: i64,
        /// Whether it is for a part of a period.
        pub prorated: bool,
        /// As of its entry.
        pub code: String,
        /// The first day it is for.
        pub service_from: Option<Date>,
        /// The last day it is for.
        pub service_to: Option<Date>,
    }
}

/// The number of the property's next invoice.
pub async fn next_invoice(r: &Read, property: PropertyId) -> Result<i64> {
    r.one(sql!(
        "SELECT coalesce(max(number), 999) + 1 FROM invoice WHERE org_id = $1 AND property_id = $2",
        r.caller().org,
        property
    ))
    .await
}

/// Those of these ledgers whose next period was charged already.
pub async fn charged(r: &Read, ledgers: &[LedgerId]) -> Result<Vec<LedgerId>> {
    r.all(sql!(
        "SELECT l.id FROM ledger l JOIN ledger_entry e ON e.ledger_id = l.id AND e.cause = 'rent:' || l.next_bill_on \
         WHERE +l.org_id = $1 AND l.id = ANY($2)",
        r.caller().org,
        ledgers
    ))
    .await
}

/// An invoice to be.
pub struct NewInvoice {
    pub property: PropertyId,
    pub ledger: LedgerId,
    pub number: i64,
    pub due_on: Date,
    pub finalized_on: Date,
    pub total: i64,
    pub balance: i64,
}

pub async fn insert_invoice(w: &Write, i: &NewInvoice) -> Result<InvoiceId> {
    w.one(sql!(
        "INSERT INTO invoice (uid, org_id, property_id, ledger_id, number, due_on, finalized_on, voided, sent, total, balance_on_due_date, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, FALSE, $8, $9, $10, $10) RETURNING id",
        w.uid(), w.caller().org, i.property, i.ledger, i.number, i.due_on, i.finalized_on, i.total, i.balance, w.now()
    ))
    .await
}

/// A line of an invoice to be.
pub struct NewLine<'a> {
    pub invoice: InvoiceId,
    pub entry: EntryId,
    pub text: &'a str,
    pub code: &'a str,
    pub price: i64,
    pub prorated: bool,
    pub service: (Date, Date),
}

pub async fn insert_line(w: &Write, l: &NewLine<'_>) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO invoice_line (uid, org_id, invoice_id, entry_id, description, quantity, price, tax, prorated, code, service_from, service_to) \
         VALUES ($1, $2, $3, $4, $5, 1, $6, 0, $7, $8, $9, $10)",
        w.uid(), w.caller().org, l.invoice, l.entry, l.text, l.price, l.prorated, l.code, l.service.0, l.service.1
    ))
    .await
    .map(drop)
}

pub async fn invoices_of(r: &Read, ledger: LedgerId) -> Result<Vec<Invoice>> {
    r.all(sql!(
        "SELECT id, uid, property_id, ledger_id, number, due_on, finalized_on, voided, sent, total, balance_on_due_date, created_at, updated_at \
         FROM invoice WHERE org_id = $1 AND ledger_id = $2 ORDER BY id",
        r.caller().org, ledger
    ))
    .await
}

pub async fn invoice(r: &Read, property: PropertyId, uid: Uuid) -> Result<Option<Invoice>> {
    r.optional(sql!(
        "SELECT id, uid, property_id, ledger_id, number, due_on, finalized_on, voided, sent, total, balance_on_due_date, created_at, updated_at \
         FROM invoice WHERE org_id = $1 AND property_id = $2 AND uid = $3",
        r.caller().org, property, uid
    ))
    .await
}

pub async fn lines(r: &Read, invoices: &[InvoiceId]) -> Result<Vec<Line>> {
    r.all(sql!(
        "SELECT uid, invoice_id, description, quantity, price, tax, prorated, code, service_from, service_to FROM invoice_line \
         WHERE org_id = $1 AND invoice_id = ANY($2) ORDER BY invoice_id, id",
        r.caller().org, invoices
    ))
    .await
}

/// Voids the invoice of an entry that was reversed, when nothing of it stands any more.
pub async fn void_invoice_of(w: &Write, entry: EntryId) -> Result<()> {
    w.execute(sql!(
        "UPDATE invoice SET voided = TRUE, updated_at = $3 WHERE org_id = $1 AND id = (SELECT invoice_id FROM ledger_entry WHERE id = $2) \
         AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.invoice_id = invoice.id \
         AND NOT EXISTS (SELECT 1 FROM ledger_entry v WHERE v.reverses_id = e.id))",
        w.caller().org,
        entry,
        w.now()
    ))
    .await
    .map(drop)
}
