//! Rent and insurance, charged period by period. May be run any number of times: each period has a name on the ledger,
//! and what was missed during a pause is caught up with, one period a pass.

use std::collections::HashSet;

use db::{Change, Write};
use futures_util::future::try_join_all;
use kernel::{AccountId, Date, LedgerId, PropertyId, Result};

use super::{
    dates::{self, Period},
    follow::runs,
    post::{self, Book, INSURANCE, Kind, New, RENT},
    store::{self, Ledger, NewInvoice, NewLine, OpenEntry},
};
use crate::group::grouped;

/// What a ledger is charged for a period.
struct Bill {
    ledger: Ledger,
    period: Period,
    rent: i64,
    insurance: i64,
    number: i64,
    open: Vec<OpenEntry>,
}

/// Charges what is due in a property, at most one period each of so many ledgers; answers how many it looked at.
pub async fn run(w: &Write, property: PropertyId, most: u32) -> Result<u64> {
    let Some(place) = store::place(w, property).await? else { return forget(w, property, most).await };
    let due = store::to_bill(w, property, place.today(w), most).await?;
    let found = due.len() as u64;
    if found > 0 {
        charge(w, property, due).await?;
    }
    Ok(found)
}

/// A property that was deleted charges nothing more.
async fn forget(w: &Write, property: PropertyId, most: u32) -> Result<u64> {
    let latest = Date::MAX;
    let due = store::to_bill(w, property, latest, most).await?;
    for mut ledger in due.iter().cloned() {
        ledger.next_bill_on = None;
        store::update_money(w, &ledger).await?;
    }
    Ok(due.len() as u64)
}

/// Charges the next period of each of these ledgers of a property.
pub async fn charge(w: &Write, property: PropertyId, ledgers: Vec<Ledger>) -> Result<()> {
    let ids: Vec<LedgerId> = ledgers.iter().map(|l| l.id).collect();
    let accounts: Vec<AccountId> = ledgers.iter().map(|l| l.account_id).collect();
    store::touch_accounts(w, &accounts).await?;
    let (open, charged, first) =
        tokio::try_join!(store::open_entries(w, &ids), store::charged(w, &ids), store::next_invoice(w, property))?;
    let charged: HashSet<LedgerId> = charged.into_iter().collect();
    let mut open_of = grouped(open, |e| e.ledger_id);
    let (mut bills, mut others, mut number) = (Vec::new(), Vec::new(), first);
    for mut ledger in ledgers {
        let open = open_of.remove(&ledger.id).unwrap_or_default();
        let done = charged.contains(&ledger.id);
        match next(w, &mut ledger, done)? {
            Some((period, rent, insurance)) => {
                bills.push(Bill { ledger, period, rent, insurance, number, open });
                number += 1;
            }
            None => others.push(ledger),
        }
    }
    // PostgreSQL is sent several at a time.
    try_join_all(others.iter().map(|l| store::update_money(w, l))).await?;
    try_join_all(bills.into_iter().map(|bill| write(w, bill))).await?;
    Ok(())
}

/// What is charged now, and the ledger as it stands afterwards; nothing when it has ended, costs nothing, or was
/// charged already.
fn next(w: &Write, ledger: &mut Ledger, charged: bool) -> Result<Option<(Period, i64, i64)>> {
    let Some(from) = ledger.next_bill_on.take() else { return Ok(None) };
    if !runs(&ledger.zone(), ledger.closes_at, from) {
        return Ok(None);
    }
    if let Some((rent, on)) = ledger.next_rent.zip(ledger.next_rent_on)
        && on <= from
    {
        ledger.rent = rent;
        ledger.rent_changed_at = Some(w.now());
        (ledger.next_rent, ledger.next_rent_on) = (None, None);
    }
    if ledger.rent == 0 {
        ledger.next_bill_on = match ledger.next_rent_on {
            Some(on) => Some(dates::on_or_after(ledger.billing_day, on)?),
            None => None,
        };
        return Ok(None);
    }
    let period = Period::from(ledger.billing_day, from)?;
    let after = period.to.tomorrow().map_err(kernel::Error::internal)?;
    ledger.next_bill_on = Some(after).filter(|on| runs(&ledger.zone(), ledger.closes_at, *on));
    if charged {
        return Ok(None);
    }
    let insurance = period.share(ledger.insurance_premium.unwrap_or(0))?;
    Ok(Some((period, period.share(ledger.rent)?, insurance)))
}

async fn write(w: &Write, bill: Bill) -> Result<()> {
    let Bill { mut ledger, period, rent, insurance, number, open } = bill;
    let total = rent.checked_add(insurance).ok_or_else(post::too_much)?;
    let balance = ledger.balance;
    ledger.balance = balance.checked_add(total).ok_or_else(post::too_much)?;
    let invoice = store::insert_invoice(
        w,
        &NewInvoice {
            property: ledger.property_id,
            ledger: ledger.id,
            number,
            due_on: period.from,
            finalized_on: ledger.today(w),
            total,
            balance,
        },
    )
    .await?;
    let insured = ledger.insurance_text.clone().unwrap_or_else(|| "Insurance".to_owned());
    let mut book = Book::new(open);
    for (amount, code, text) in [(rent, RENT, "Rent"), (insurance, INSURANCE, insured.as_str())] {
        if amount == 0 && code != RENT {
            continue;
        }
        let cause = format!("{code}:{}", period.from);
        let new = New {
            service: Some((period.from, period.to)),
            code,
            text,
            cause: Some(&cause),
            invoice: Some(invoice),
            ..New::plain(Kind::Charge, amount, period.from)
        };
        let (entry, _) = store::insert_entry(w, ledger.id, &new, amount).await?;
        book.wrote(entry, &ledger, &new);
        let service = (period.from, period.to);
        let line = NewLine { invoice, entry, text, code, price: amount, prorated: period.is_short(), service };
        store::insert_line(w, &line).await?;
    }
    post::keep(w, &mut ledger, book).await?;
    let change = Change::new("invoice.created", invoice).property(ledger.property_id).unit(ledger.unit_id);
    w.change(change.person(ledger.person_id));
    Ok(())
}
