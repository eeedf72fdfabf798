//! Entries: written once, each with what it settles.

use std::collections::HashMap;

use db::{Change, Read, Write};
use kernel::{Date, EntryId, Error, InvoiceId, Result};
use uuid::Uuid;

use super::{
    settle::{Open, settle},
    store::{self, Entry, Ledger, OpenEntry},
};

/// What an entry does to the balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something to be paid.
    Charge,
    /// Money that came in.
    Payment,
    /// Something that is given.
    Credit,
    /// Undoes one other entry.
    Reversal,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Charge, Self::Payment, Self::Credit, Self::Reversal];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Payment => "payment",
            Self::Credit => "credit",
            Self::Reversal => "reversal",
        }
    }
}

impl db::Value for Kind {
    fn read(cell: db::Cell<'_>) -> Option<Self> {
        let db::Cell::Text(word) = cell else { return None };
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }
}

/// The code of rent.
pub const RENT: &str = "rent";
/// The code of insurance.
pub const INSURANCE: &str = "insurance";
/// The code of a fee for being late.
pub const LATE_FEE: &str = "late_fee";

/// An entry to be.
#[derive(Clone, Debug)]
pub struct New<'a> {
    pub kind: Kind,
    /// With its sign.
    pub amount: i64,
    pub on: Date,
    pub service: Option<(Date, Date)>,
    pub code: &'a str,
    pub text: &'a str,
    pub cause: Option<&'a str>,
    pub reverses: Option<EntryId>,
    pub invoice: Option<InvoiceId>,
    pub method: Option<&'a str>,
}

impl New<'_> {
    /// Nothing but what every entry has.
    pub const fn plain(kind: Kind, amount: i64, on: Date) -> Self {
        Self {
            kind,
            amount,
            on,
            service: None,
            code: "",
            text: "",
            cause: None,
            reverses: None,
            invoice: None,
            method: None,
        }
    }
}

/// What does not fit in 64 bits is refused; nothing wraps.
pub const fn too_much() -> Error {
    Error::Conflict("amount_too_large")
}

/// What is open on a ledger before and after something was written.
pub struct Book {
    before: HashMap<EntryId, i64>,
    entries: Vec<OpenEntry>,
    /// Whether the date until which rent is paid may be another one now.
    paid_moves: bool,
}

impl Book {
    pub fn new(entries: Vec<OpenEntry>) -> Self {
        Self { before: entries.iter().map(|e| (e.id, e.open)).collect(), entries, paid_moves: false }
    }

    /// An entry that was written just now, all of it open.
    pub fn wrote(&mut self, id: EntryId, ledger: &Ledger, new: &New<'_>) {
        self.before.insert(id, new.amount);
        self.entries.push(OpenEntry {
            id,
            ledger_id: ledger.id,
            code: new.code.to_owned(),
            open: new.amount,
            effective_on: new.on,
            service_from: new.service.map(|s| s.0),
        });
    }
}

/// Writes an entry, settles what can be settled, and keeps the balance.
pub async fn post(w: &Write, ledger: &mut Ledger, new: &New<'_>) -> Result<(EntryId, Uuid)> {
    // The lowest number of all has no opposite to reverse it with.
    new.amount.checked_neg().ok_or_else(too_much)?;
    ledger.balance = ledger.balance.checked_add(new.amount).ok_or_else(too_much)?;
    let mut book = Book::new(store::open_entries(w, &[ledger.id]).await?);
    let (id, uid) = store::insert_entry(w, ledger.id, new, new.amount).await?;
    book.wrote(id, ledger, new);
    keep(w, ledger, book).await?;
    Ok((id, uid))
}

/// Reverses an entry: what a payment settled is owed again, what a charge took settles other charges.
pub async fn reverse(w: &Write, ledger: &mut Ledger, entry: &Entry, on: Date, text: &str) -> Result<(EntryId, Uuid)> {
    if entry.kind == Kind::Reversal {
        return Err(Error::Conflict("is_a_reversal"));
    }
    if entry.reversed {
        return Err(Error::Conflict("already_reversed"));
    }
    let amount = entry.amount.checked_neg().ok_or_else(too_much)?;
    ledger.balance = ledger.balance.checked_add(amount).ok_or_else(too_much)?;
    let ids = [ledger.id];
    let (open, shares) = tokio::try_join!(store::open_entries(w, &ids), store::shares_of(w, ledger.id, entry.id))?;
    let mut book = Book { paid_moves: true, ..Book::new(open) };
    let others: Vec<EntryId> =
        shares.iter().map(|s| if s.credit_id == entry.id { s.charge_id } else { s.credit_id }).collect();
    let missing: Vec<EntryId> =
        others.iter().chain([&entry.id]).filter(|id| !book.before.contains_key(id)).copied().collect();
    for other in store::entries_as_open(w, ledger.id, &missing).await? {
        book.before.insert(other.id, other.open);
        book.entries.push(other);
    }
    for share in &shares {
        for e in &mut book.entries {
            if e.id == share.charge_id {
                e.open += share.amount;
            } else if e.id == share.credit_id {
                e.open -= share.amount;
            }
        }
    }
    book.entries.iter_mut().filter(|e| e.id == entry.id).for_each(|e| e.open = 0);
    store::delete_shares(w, ledger.id, entry.id).await?;
    let new = New { reverses: Some(entry.id), code: &entry.code, text, ..New::plain(Kind::Reversal, amount, on) };
    let written = store::insert_entry(w, ledger.id, &new, 0).await?;
    store::void_invoice_of(w, entry.id).await?;
    keep(w, ledger, book).await?;
    Ok(written)
}

/// Settles what is open and stores how the ledger stands.
pub async fn keep(w: &Write, ledger: &mut Ledger, book: Book) -> Result<()> {
    let Book { before, mut entries, paid_moves } = book;
    let mut open: Vec<Open> = entries.iter().map(|e| Open { id: e.id, on: e.effective_on, amount: e.open }).collect();
    let shares = settle(&mut open);
    for (e, after) in entries.iter_mut().zip(&open) {
        e.open = after.amount;
    }
    for e in &entries {
        if before.get(&e.id) != Some(&e.open) {
            store::set_open(w, ledger.id, e.id, e.open).await?;
        }
    }
    for share in &shares {
        store::insert_share(w, ledger.id, share).await?;
    }
    let today = ledger.today(w);
    let owed = || entries.iter().filter(|e| e.open > 0);
    let was_overdue = ledger.unpaid_since.is_some_and(|on| on < today);
    ledger.unpaid_since = owed().map(|e| e.effective_on).min();
    if paid_moves || !shares.is_empty() {
        let first = owed().filter(|e| e.code == RENT).filter_map(|e| e.service_from).min();
        ledger.paid_through_on = store::paid_through(w, ledger.id, first).await?;
        // What is overdue may have become older: it is looked at again today.
        ledger.arrears_on = None;
    }
    store::update_money(w, ledger).await?;
    let is_overdue = ledger.unpaid_since.is_some_and(|on| on < today);
    if was_overdue && !is_overdue && store::delete_steps(w, ledger.id).await? > 0 {
        w.change(ledger.change("ledger.settled"));
    }
    Ok(())
}

/// The entry of this uid on the ledger.
pub async fn find(r: &Read, ledger: &Ledger, uid: Uuid) -> Result<Entry> {
    store::entry(r, ledger.id, uid).await?.ok_or(Error::NotFound("ledger_entry"))
}

impl Ledger {
    /// A fact about it for the spine.
    pub(super) fn change(&self, action: &'static str) -> Change {
        Change::new(action, self.id).property(self.property_id).unit(self.unit_id).person(self.person_id)
    }
}
