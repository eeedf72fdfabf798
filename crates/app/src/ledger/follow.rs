//! Ledgers follow their tenancies: whatever writes a tenancy calls [`follow_all`] in the same transaction.

use db::{Change, Write};
use kernel::{Date, Instant, LedgerId, Result, TenancyId, UnitId, Zone};

use super::{
    dates,
    post::{self, INSURANCE, Kind, RENT},
    store::{self, Followed, Moved, NewLedger},
};
use crate::account;

/// Brings accounts and ledgers of tenancies to where these are.
pub(crate) async fn follow_all(w: &Write, ids: &[TenancyId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut accounts = Vec::new();
    for t in store::followed(w, ids).await? {
        accounts.extend(t.account_id);
        one(w, t).await?;
    }
    store::touch_accounts(w, &accounts).await
}

async fn one(w: &Write, mut t: Followed) -> Result<()> {
    if t.account_id.is_none() && t.deleted_at.is_none() {
        t.account_id = Some(account::ensure(w, t.person_id, t.property_id).await?);
    }
    let unit = t.unit_id.filter(|_| t.role == "tenant");
    match (t.ledger_id, unit) {
        (None, Some(unit)) if t.deleted_at.is_none() => open(w, &t, unit, t.start(), &Before::default()).await,
        (None, _) => Ok(()),
        (Some(id), None) => close(w, &t, id).await,
        (Some(id), Some(unit)) => keep_up(w, &mut t, id, unit).await,
    }
}

impl Followed {
    fn start(&self) -> Instant {
        self.starts_at.unwrap_or(self.created_at)
    }

    fn end(&self) -> Option<Instant> {
        [self.moved_out_at, self.ends_at, self.deleted_at].into_iter().flatten().min()
    }

    fn zone(&self) -> Zone {
        Zone::named(&self.time_zone)
    }

    fn day_of(&self, opens: Instant) -> i64 {
        i64::from(self.zone().date(opens).day())
    }

    /// When the first period is billed that begins on the day it is noted or later: what was before it is settled
    /// elsewhere.
    fn first_bill(&self, w: &Write, rent: i64, opens: Instant, closes: Option<Instant>) -> Result<Option<Date>> {
        let zone = self.zone();
        let (day, opens) = (self.day_of(opens), zone.date(opens));
        let first = first_bill(day, opens, zone.date(w.now()), None)?;
        Ok((rent > 0 && runs(&zone, closes, first)).then_some(first))
    }
}

/// Whether a period that begins on a date is before the end.
pub fn runs(zone: &Zone, closes: Option<Instant>, from: Date) -> bool {
    closes.is_none_or(|at| from < zone.date(at))
}

/// The first day to bill that is not before `from`: the day of opening, the day after what was billed, or else a
/// billing date.
pub fn first_bill(day: i64, opens: Date, from: Date, billed_to: Option<Date>) -> Result<Date> {
    let begin = match billed_to {
        Some(to) => to.tomorrow().map_err(kernel::Error::internal)?,
        None => opens,
    };
    if begin >= from { Ok(begin) } else { dates::on_or_after(day, from) }
}

/// What a ledger takes over from the one before it: the terms, where the place is the same, and to when that was billed,
/// so that no day is charged twice.
#[derive(Default)]
struct Before {
    rent: Option<i64>,
    billing_day: Option<i64>,
    billed_to: Option<Date>,
}

async fn open(w: &Write, t: &Followed, unit: UnitId, opens: Instant, before: &Before) -> Result<()> {
    let Some(account) = t.account_id else { return Ok(()) };
    let rent = before.rent.or(t.price).unwrap_or(0);
    let next_bill_on = match before.billed_to {
        Some(to) => {
            let (zone, day) = (t.zone(), before.billing_day.unwrap_or_else(|| t.day_of(opens)));
            let next = first_bill(day, zone.date(opens), zone.date(w.now()), Some(to))?;
            (rent > 0 && runs(&zone, t.end(), next)).then_some(next)
        }
        None => t.first_bill(w, rent, opens, t.end())?,
    };
    let new = NewLedger {
        property: t.property_id,
        account,
        tenancy: t.id,
        unit,
        currency: t.currency,
        rent,
        billing_day: before.billing_day.unwrap_or_else(|| t.day_of(opens)),
        next_bill_on,
        gate_access_code: None,
        insurance_premium: None,
        insurance_text: None,
        opens_at: opens,
        closes_at: t.end(),
    };
    let id = store::insert_ledger(w, &new).await?;
    note(w, t, id, unit, "ledger.opened");
    Ok(())
}

/// Closes a ledger whose tenancy has no unit any more; the balance stays.
async fn close(w: &Write, t: &Followed, id: LedgerId) -> Result<()> {
    let (Some(unit), Some(opens)) = (t.ledger_unit_id, t.opens_at) else { return Ok(()) };
    let closes = t.end().map_or(w.now(), |at| at.min(w.now()));
    if t.closes_at.is_some_and(|at| at <= closes) {
        return Ok(());
    }
    let moved = Moved { id, unit, billing_day: None, next_bill_on: None, opens_at: opens, closes_at: Some(closes) };
    store::move_ledger(w, &moved).await?;
    forgive(w, t, id, Some(closes)).await?;
    note(w, t, id, unit, "ledger.closed");
    Ok(())
}

/// Takes back what was charged for periods that begin after the end.
async fn forgive(w: &Write, t: &Followed, id: LedgerId, closes: Option<Instant>) -> Result<()> {
    let Some(end) = closes.filter(|_| t.has_entries).map(|at| t.zone().date(at)) else { return Ok(()) };
    let after = |e: &store::Entry| {
        e.kind == Kind::Charge
            && (e.code == RENT || e.code == INSURANCE)
            && !e.reversed
            && e.service_from.is_some_and(|from| from > end)
    };
    let (entries, mut ledger) = tokio::try_join!(store::entries(w, id), store::by_id(w, id))?;
    let today = ledger.today(w);
    for entry in entries.iter().filter(|e| after(e)) {
        post::reverse(w, &mut ledger, entry, today, "After the end").await?;
        w.change(ledger.change("ledger.reversed"));
    }
    Ok(())
}

async fn keep_up(w: &Write, t: &mut Followed, id: LedgerId, unit: UnitId) -> Result<()> {
    let elsewhere =
        t.deleted_at.is_none() && (t.account_id != t.ledger_account_id || Some(t.property_id) != t.ledger_property_id);
    if elsewhere {
        if t.has_entries {
            close(w, t, id).await?;
            // Over is over: nothing begins where it is moved to.
            if t.end().is_some_and(|at| at <= w.now()) {
                return Ok(());
            }
            let same_place = Some(t.property_id) == t.ledger_property_id;
            let before = Before {
                rent: t.rent.filter(|_| same_place),
                billing_day: t.billing_day.filter(|_| same_place),
                billed_to: store::billed_to(w, id).await?,
            };
            return open(w, t, unit, t.start().max(w.now()), &before).await;
        }
        let Some(account) = t.account_id else { return Ok(()) };
        // Another property has other prices.
        if Some(t.property_id) != t.ledger_property_id {
            t.rent = t.price.or(Some(0));
        }
        store::repoint(w, id, account, t.property_id, t.rent.unwrap_or(0)).await?;
    }
    // One that came after another of the same tenancy begins where that one ended.
    let opens = t.begun_at.map_or(t.start(), |at| at.max(t.start()));
    let closes = t.end();
    let same = Some(unit) == t.ledger_unit_id && Some(opens) == t.opens_at && closes == t.closes_at;
    if same && !elsewhere {
        return Ok(());
    }
    let next_bill_on = next_bill(w, t, id, opens, closes, elsewhere).await?;
    let billing_day = (!t.has_entries && Some(opens) != t.opens_at).then(|| t.day_of(opens));
    store::move_ledger(w, &Moved { id, unit, billing_day, next_bill_on, opens_at: opens, closes_at: closes }).await?;
    if closes != t.closes_at {
        forgive(w, t, id, closes).await?;
    }
    let action = match (t.closes_at.is_some_and(|at| at <= w.now()), closes.is_some_and(|at| at <= w.now())) {
        (false, true) => "ledger.closed",
        (true, false) => "ledger.reopened",
        _ => "ledger.updated",
    };
    note(w, t, id, unit, action);
    Ok(())
}

/// What is billed next after the dates have moved: nothing after the end; what was billed stays billed.
async fn next_bill(
    w: &Write,
    t: &Followed,
    id: LedgerId,
    opens: Instant,
    closes: Option<Instant>,
    elsewhere: bool,
) -> Result<Option<Date>> {
    let (zone, rent) = (t.zone(), t.rent.unwrap_or(0));
    if !t.has_entries {
        let kept = t.next_bill_on.filter(|_| Some(opens) == t.opens_at && !elsewhere);
        return match kept {
            Some(on) => Ok(Some(on).filter(|on| runs(&zone, closes, *on))),
            None => t.first_bill(w, rent, opens, closes),
        };
    }
    let next = match (t.next_bill_on, rent > 0) {
        (Some(on), _) => Some(on),
        (None, false) => None,
        // It was over. With a later end it goes on from where it was billed to; resumed without one, from now on.
        (None, true) => {
            let (today, billed_to) = (zone.date(w.now()), store::billed_to(w, id).await?);
            let was_over = closes.is_none() && t.closes_at.is_some_and(|at| zone.date(at) < today);
            let from = if billed_to.is_some() && !was_over { zone.date(opens) } else { today };
            Some(first_bill(t.billing_day.unwrap_or(1), zone.date(opens), from, billed_to)?)
        }
    };
    Ok(next.filter(|on| runs(&zone, closes, *on)))
}

fn note(w: &Write, t: &Followed, id: LedgerId, unit: UnitId, action: &'static str) {
    w.change(Change::new(action, id).person(t.person_id).property(t.property_id).unit(unit));
}
