//! Charges of a list: each goes to the ledger of whoever rents the unit on its day, once.

use db::{Change, Write};
use kernel::{Date, LedgerId, PropertyId, Result, UnitId, Zone, fold};

use super::{
    Kind,
    apply::{Around, Done},
    plan::{Outcome, Reader, Reason, Row},
    store::{self, KnownLedger, Run},
};
use crate::ledger;

const REFERENCE: usize = 0;
const PROPERTY: usize = 1;
const UNIT: usize = 2;
const AMOUNT: usize = 3;
const ON: usize = 4;
const TEXT: usize = 5;

pub async fn part(w: &Write, run: &Run, around: &Around, rows: &[Row], write: bool) -> Result<Done> {
    let mut places: Vec<PropertyId> = around.zones.keys().copied().collect();
    places.sort_unstable();
    let numbers: Vec<&str> = rows.iter().map(|r| r.cell(UNIT)).collect();
    let units = store::units(w, &places, &numbers).await?;
    let ids: Vec<UnitId> = units.iter().map(|u| u.id).collect();
    let ledgers = store::ledgers(w, &ids).await?;
    let mut done = Done::default();
    for row in rows {
        let mut reader = Reader::new(row, Kind::Charges.columns());
        let (reference, text) = (reader.text(REFERENCE), reader.needed(TEXT));
        let property = around.places.find(&mut reader, PROPERTY);
        let number = reader.needed(UNIT);
        let unit = units.iter().find(|u| Some(u.property_id) == property && u.number == number);
        if property.is_some() && unit.is_none() && !number.is_empty() {
            reader.wrong(UNIT, Reason::NoUnit);
        }
        reader.needed(AMOUNT);
        reader.needed(ON);
        let (amount, on) = (reader.amount(AMOUNT, around.currency), reader.date(ON));
        if amount == Some(0) {
            reader.wrong(AMOUNT, Reason::NoAmount);
        }
        let zone = property.and_then(|p| around.zones.get(&p)).map(|name| Zone::named(name));
        let ledger = unit.zip(on).zip(zone).and_then(|((u, on), zone)| of_day(&ledgers, u.id, on, &zone));
        if unit.is_some() && on.is_some() && ledger.is_none() {
            reader.wrong(UNIT, Reason::NoLedger);
        }
        reader.twice();
        let (Some(ledger), Some(amount), Some(on), true) = (ledger, amount, on, reader.faults.is_empty()) else {
            done.refuse(reader.faults);
            continue;
        };
        let cause = match reference {
            "" => format!("import:{on}:{amount}:{}", fold(text)),
            reference => format!("import:{reference}"),
        };
        let cause: String = cause.chars().take(250).collect();
        done.count(charge(w, run, ledger, (amount, on, text), &cause, write).await?);
    }
    Ok(done)
}

/// The ledger of whoever rents a unit on a day; the last of several.
fn of_day(ledgers: &[KnownLedger], unit: UnitId, on: Date, zone: &Zone) -> Option<LedgerId> {
    let runs = |l: &&KnownLedger| {
        l.unit_id == unit && zone.date(l.opens_at) <= on && l.closes_at.is_none_or(|at| zone.date(at) >= on)
    };
    ledgers.iter().rfind(|l| runs(l)).map(|l| l.id)
}

async fn charge(
    w: &Write,
    run: &Run,
    id: LedgerId,
    (amount, on, text): (i64, Date, &str),
    cause: &str,
    write: bool,
) -> Result<Outcome> {
    if ledger::store::entry_by_cause(w, id, cause).await?.is_some_and(|e| !e.reversed) {
        return Ok(Outcome::Same);
    }
    if write {
        let entry = ledger::charge_from_list(w, id, amount, on, text, cause).await?;
        store::made(w, run, "ledger_entry", entry).await?;
        w.change(Change::new("ledger.charged", id));
    }
    Ok(Outcome::Made)
}
