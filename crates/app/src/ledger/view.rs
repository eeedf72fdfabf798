//! Ledgers with everything that is shown of them, a few statements for any number.

use std::collections::BTreeSet;

use db::Read;
use kernel::{Date, InvoiceId, LedgerId, Result, UnitId};

use super::{
    arrears::{self, Step},
    dates,
    payment::Receipt,
    store::{self, Entry, Invoice, Ledger, Line},
};
use crate::{group::grouped, unit};

/// How many payments are shown with a ledger.
const PAYMENTS: u32 = 10;

/// A ledger with everything shown.
#[derive(Clone, Debug)]
pub struct LedgerView {
    /// The ledger.
    pub ledger: Ledger,
    /// Its unit.
    pub unit: unit::View,
    /// Whether it runs now.
    pub active: bool,
    /// Today, where it is.
    pub today: Date,
    /// When it opened.
    pub opened_on: Date,
    /// When it closed or will close.
    pub closes_on: Option<Date>,
    /// Whole months from opening until now, or until it closed.
    pub months: i64,
    /// Since when something is overdue.
    pub overdue_since: Option<Date>,
    /// How much is overdue.
    pub overdue: i64,
    /// Whether something is overdue.
    pub delinquent: bool,
    /// What was done about that.
    pub steps: BTreeSet<Step>,
    /// How much was paid or given that settles nothing yet, 0 or more.
    pub prepaid: i64,
    /// When it is charged next, and how much.
    pub next_charge: Option<(Date, i64)>,
    /// Charges that are not settled, oldest first; `open` is what is left of them.
    pub open_charges: Vec<Entry>,
    /// The last payments, newest first.
    pub payments: Vec<Receipt>,
}

/// An invoice with its lines.
#[derive(Clone, Debug)]
pub struct InvoiceView {
    /// The invoice.
    pub invoice: Invoice,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// Everything about these ledgers, in their order.
pub async fn views(r: &Read, ledgers: Vec<Ledger>) -> Result<Vec<LedgerView>> {
    let ids: Vec<LedgerId> = ledgers.iter().map(|l| l.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let units: Vec<UnitId> = ledgers.iter().map(|l| l.unit_id).collect();
    let (mut steps, units, charges, payments) = tokio::try_join!(
        arrears::taken(r, &ids),
        unit::these(r, &units),
        store::open_charges(r, &ids),
        store::last_payments(r, &ids, PAYMENTS)
    )?;
    let (mut charges, mut payments) = (grouped(charges, |e| e.ledger_id), grouped(payments, |e| e.ledger_id));
    let view = |ledger: Ledger| {
        let unit = units.get(&ledger.unit_id)?.clone();
        let open_charges = charges.remove(&ledger.id).unwrap_or_default();
        let payments = payments.remove(&ledger.id).unwrap_or_default();
        let (zone, today) = (ledger.zone(), ledger.today(r));
        let sum = |charges: &mut dyn Iterator<Item = &Entry>| charges.fold(0i64, |sum, e| sum.saturating_add(e.open));
        let owed = sum(&mut open_charges.iter());
        let overdue = sum(&mut open_charges.iter().filter(|e| e.effective_on < today));
        let opened_on = zone.date(ledger.opens_at);
        let until = ledger.closes_at.map_or(r.now(), |at| at.min(r.now()));
        let rent_next = |on: Date| match (ledger.next_rent, ledger.next_rent_on) {
            (Some(rent), Some(from)) if from <= on => rent,
            _ => ledger.rent,
        };
        let next = |on: Date| rent_next(on).saturating_add(ledger.insurance_premium.unwrap_or(0));
        Some(LedgerView {
            active: ledger.is_current(r.now()),
            today,
            opened_on,
            closes_on: ledger.closes_at.map(|at| zone.date(at)),
            months: dates::months(opened_on, zone.date(until)),
            overdue_since: ledger.unpaid_since.filter(|on| *on < today),
            overdue,
            delinquent: overdue > 0,
            steps: steps.remove(&ledger.id).unwrap_or_default(),
            prepaid: owed.saturating_sub(ledger.balance),
            next_charge: ledger.next_bill_on.map(|on| (on, next(on))),
            open_charges,
            payments: payments.iter().map(Receipt::of).collect(),
            unit,
            ledger,
        })
    };
    Ok(ledgers.into_iter().filter_map(view).collect())
}

/// Invoices with their lines.
pub async fn invoices(r: &Read, invoices: Vec<Invoice>) -> Result<Vec<InvoiceView>> {
    let ids: Vec<InvoiceId> = invoices.iter().map(|i| i.id).collect();
    let mut lines = grouped(store::lines(r, &ids).await?, |line| line.invoice_id);
    let view = |invoice: Invoice| InvoiceView { lines: lines.remove(&invoice.id).unwrap_or_default(), invoice };
    Ok(invoices.into_iter().map(view).collect())
}
