//! Moving in and moving out, one transaction each.

use std::collections::BTreeMap;

use db::{Change, Read, Write};
use futures_util::future::try_join_all;
use kernel::{AccountId, Date, Error, Faults, Instant, LedgerId, PersonId, Problem, PropertyId, Result, UnitId, Zone};
use uuid::Uuid;

use super::{
    billing, eligible,
    follow::{self, runs},
    payment::MOST,
    store::{self, Ledger, NewLedger, Place},
};
use crate::{account, portal, resident, tenancy, unit, wifi};

/// Who moves in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A resident; the account is made when there is none.
    Person(PersonId),
    /// Who has this account at the property.
    Account(Uuid),
}

/// Insurance that is charged with the rent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insurance {
    /// What it costs a period.
    pub premium: i64,
    /// What it is.
    pub text: String,
}

/// A move-in to be.
#[derive(Clone, Debug)]
pub struct MoveIn {
    /// Who.
    pub who: Who,
    /// Into which unit.
    pub unit: Uuid,
    /// From which day.
    pub starts_on: Date,
    /// The rent of a period; the unit's price when not given.
    pub rent: Option<i64>,
    /// The day of the month on which periods begin; that of the start when not given.
    pub billing_day: Option<i64>,
    /// What opens the gate.
    pub gate_access_code: Option<String>,
    /// Insurance.
    pub insurance: Option<Insurance>,
}

/// Who moves in, where, and on which terms, after all was checked.
struct Terms {
    person: PersonId,
    account: Option<AccountId>,
    unit: unit::View,
}

/// Moves in: tenancy, account, ledger, first charge and invoice.
pub(crate) async fn move_in(w: &Write, place: &Place, input: &MoveIn, faults: Faults) -> Result<LedgerId> {
    let starts = Zone::named(&place.time_zone).midnight(input.starts_on);
    let terms = check(w, place, input, faults).await?;
    let account = match terms.account {
        Some(id) => id,
        None => account::ensure(w, terms.person, place.id).await?,
    };
    let rent = input.rent.or(terms.unit.price).unwrap_or(0);
    let tenancy = tenancy::begin(w, terms.person, place.id, Some(terms.unit.id), starts, None, None).await?;
    let new = NewLedger {
        property: place.id,
        account,
        tenancy,
        unit: terms.unit.id,
        currency: place.currency,
        rent,
        billing_day: input.billing_day.unwrap_or(i64::from(input.starts_on.day())),
        next_bill_on: (rent > 0).then_some(input.starts_on),
        gate_access_code: input.gate_access_code.clone(),
        insurance_premium: input.insurance.as_ref().map(|i| i.premium),
        insurance_text: input.insurance.as_ref().map(|i| i.text.clone()),
        opens_at: starts,
        closes_at: None,
    };
    let id = store::insert_ledger(w, &new).await?;
    wifi::follow(w, &[tenancy]).await?;
    portal::mail::send_link(w, terms.unit.id, terms.person).await?;
    let change = Change::new("ledger.opened", id).person(terms.person).property(place.id);
    w.change(change.unit(terms.unit.id));
    if rent > 0 {
        billing::charge(w, place.id, vec![store::by_id(w, id).await?]).await?;
    }
    Ok(id)
}

async fn check(w: &Write, place: &Place, input: &MoveIn, mut faults: Faults) -> Result<Terms> {
    let unit = unit::find(w, place.id, input.unit).await?;
    if unit.is_none() {
        faults.add("unit", Problem::Unknown);
    }
    let (person, account) = match input.who {
        Who::Person(id) => {
            let known = resident::find(w, id).await?;
            if known.is_none() {
                faults.add("person", Problem::Unknown);
            }
            (known.map(|p| (p.id, p.archived_at)), store::account_of(w, place.id, id).await?)
        }
        Who::Account(uid) => {
            let found = store::account_by_uid(w, place.id, uid).await?;
            let known = match &found {
                Some(a) => resident::find(w, a.person_id).await?,
                None => None,
            };
            if known.is_none() {
                faults.add("account", Problem::Unknown);
            }
            (known.map(|p| (p.id, p.archived_at)), found.map(|a| a.id))
        }
    };
    if input.rent.is_some_and(|rent| !(0..=MOST).contains(&rent)) {
        faults.add("rent", Problem::NotAllowed);
    }
    if input.billing_day.is_some_and(|day| !(1..=31).contains(&day)) {
        faults.add("billing_day", Problem::NotAllowed);
    }
    if input.insurance.as_ref().is_some_and(|i| !(0..=MOST).contains(&i.premium)) {
        faults.add("insurance", Problem::NotAllowed);
    }
    faults.finish()?;
    let (Some(unit), Some((person, archived_at))) = (unit, person) else {
        return Err(Error::internal("something was neither found nor faulty"));
    };
    if archived_at.is_some() {
        return Err(Error::Conflict("person_archived"));
    }
    may_begin(w, place, &unit, account, input.starts_on).await?;
    Ok(Terms { person, account, unit })
}

/// Whether a unit can be moved into on a day, and whether the account may.
async fn may_begin(
    r: &Read,
    place: &Place,
    unit: &unit::View,
    account: Option<AccountId>,
    starts_on: Date,
) -> Result<()> {
    if !unit.rentable || unit.damaged {
        return Err(Error::Conflict("unit_unrentable"));
    }
    // Somebody may move in on the day on which somebody else moves out.
    let day_after = starts_on.tomorrow().map_err(Error::internal)?;
    if store::is_let(r, unit.id, Zone::named(&place.time_zone).midnight(day_after)).await? {
        return Err(Error::Conflict("unit_occupied"));
    }
    match account {
        Some(id) if !eligible(r, place, id).await? => Err(Error::Conflict("not_eligible")),
        _ => Ok(()),
    }
}

/// What would keep somebody from moving into a unit as its tenant.
///
/// # Errors
/// [`Error::Conflict`] `unit_unrentable`, `unit_occupied`, `not_eligible`.
pub(crate) async fn check_move_in(
    r: &Read,
    place: &Place,
    unit: &unit::View,
    person: Option<Who>,
    starts_on: Date,
) -> Result<()> {
    let account = match person {
        Some(Who::Person(id)) => store::account_of(r, place.id, id).await?,
        Some(Who::Account(uid)) => store::account_by_uid(r, place.id, uid).await?.map(|a| a.id),
        None => None,
    };
    may_begin(r, place, unit, account, starts_on).await
}

/// Moves out: the tenancy ends, the ledger closes, and its balance stays.
pub(crate) async fn move_out(w: &Write, ledger: &Ledger, at: Instant) -> Result<()> {
    if ledger.closes_at.is_some_and(|closes| closes <= w.now()) {
        return Err(Error::Conflict("moved_out_already"));
    }
    if at < ledger.opens_at {
        return Err(Error::invalid("at", Problem::NotAllowed));
    }
    tenancy::move_out(w, ledger.tenancy_id, at).await?;
    tenancy::follow(w, ledger.tenancy_id).await
}

/// Sets the rent that later invoices use: the periods that begin on `from` or later.
pub async fn set_rent(w: &Write, ledger: &mut Ledger, amount: i64, from: Date) -> Result<()> {
    if !(0..=MOST).contains(&amount) {
        return Err(Error::invalid("rent", Problem::NotAllowed));
    }
    let mut diff = crate::diff::Diff::default();
    diff.field("rent", &ledger.rent, &amount);
    diff.field("next_rent", &ledger.next_rent, &None);
    if ledger.next_rent_on.is_some_and(|on| on < from) {
        return Err(Error::Conflict("rent_change_pending"));
    }
    let zone = ledger.zone();
    if ledger.next_bill_on.is_some_and(|on| on < from) {
        // A period before it is still to be billed, with what holds now.
        (ledger.next_rent, ledger.next_rent_on) = (Some(amount), Some(from));
    } else {
        if ledger.rent != amount {
            ledger.rent_changed_at = Some(w.now());
        }
        ledger.rent = amount;
        (ledger.next_rent, ledger.next_rent_on) = (None, None);
        let next = match ledger.next_bill_on {
            Some(on) => on,
            None => {
                let billed_to = store::billed_to(w, ledger.id).await?;
                follow::first_bill(ledger.billing_day, zone.date(ledger.opens_at), from, billed_to)?
            }
        };
        ledger.next_bill_on = (amount > 0 && runs(&zone, ledger.closes_at, next)).then_some(next);
    }
    store::update_money(w, ledger).await?;
    if !diff.is_empty() {
        w.change(ledger.change("ledger.rent_set").data(diff.json()));
    }
    Ok(())
}

/// Sets the rents of a property's current ledgers to what their units cost, from today on.
pub(crate) async fn set_rents(w: &Write, property: PropertyId, prices: &BTreeMap<UnitId, i64>) -> Result<()> {
    let ledgers = store::current_of(w, property).await?;
    // PostgreSQL is sent several at a time.
    let rents = ledgers.into_iter().filter_map(|l| prices.get(&l.unit_id).map(|price| (l, *price)));
    let set = rents.map(async |(mut ledger, price)| {
        let today = ledger.today(w);
        set_rent(w, &mut ledger, price, today).await
    });
    try_join_all(set).await.map(drop)
}
