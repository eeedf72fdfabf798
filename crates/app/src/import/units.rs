//! Units of a list: known by property and number.

use std::collections::HashSet;

use db::{Change, Write};
use kernel::{PropertyId, Result};

use super::{
    Kind,
    apply::{Around, Done},
    plan::{Outcome, Reader, Reason, Row},
    store::{self, KnownUnit, Run},
};
use crate::{diff::Diff, unit};

const PROPERTY: usize = 0;
const NUMBER: usize = 1;
const FLOOR: usize = 2;
const DESCRIPTION: usize = 3;
const PRICE: usize = 4;
const AREA: usize = 5;
const REFERENCE: usize = 6;

pub async fn part(w: &Write, run: &Run, around: &Around, rows: &[Row], write: bool) -> Result<Done> {
    let mut places: Vec<PropertyId> = around.zones.keys().copied().collect();
    places.sort_unstable();
    let numbers: Vec<&str> = rows.iter().map(|r| r.cell(NUMBER)).collect();
    let known = store::units(w, &places, &numbers).await?;
    let (mut done, mut named) = (Done::default(), HashSet::new());
    for row in rows {
        let mut reader = Reader::new(row, Kind::Units.columns());
        let property = around.places.find(&mut reader, PROPERTY);
        let number = reader.needed(NUMBER);
        let floor = Some(reader.text(FLOOR).to_owned()).filter(|s| !s.is_empty());
        let description = Some(reader.text(DESCRIPTION).to_owned()).filter(|s| !s.is_empty());
        let price = reader.amount(PRICE, around.currency);
        let area = reader.hundredths(AREA);
        let reference = Some(reader.text(REFERENCE).to_owned()).filter(|s| !s.is_empty());
        let own = |u: &KnownUnit| Some(u.property_id) == property && u.number == number;
        if let Some(reference) = &reference
            && let Some(holder) = unit::referred(w, reference).await?
            && known.iter().find(|u| own(u)).is_none_or(|u| u.id != holder)
        {
            reader.wrong(REFERENCE, Reason::OtherUnit);
        }
        if let Some(reference) = &reference
            && !named.insert(reference.clone())
        {
            reader.wrong(REFERENCE, Reason::Twice);
        }
        reader.twice();
        let (Some(property), true) = (property, reader.faults.is_empty()) else {
            done.refuse(reader.faults);
            continue;
        };
        let was = known.iter().find(|u| u.property_id == property && u.number == number);
        // An empty cell says nothing: what is known stays.
        let new = |u: &KnownUnit| KnownUnit {
            floor: floor.clone().or_else(|| u.floor.clone()),
            description: description.clone().or_else(|| u.description.clone()),
            price: price.or(u.price),
            area: area.or(u.area),
            reference: reference.clone().or_else(|| u.reference.clone()),
            ..u.clone()
        };
        done.count(match was {
            Some(was) => change(w, was, &new(was), write).await?,
            None if write => {
                let id = unit::create(w, property, number).await?;
                store::made(w, run, "unit", id).await?;
                let number = number.to_owned();
                let unit = KnownUnit { id, property_id: property, number, floor, description, price, area, reference };
                store::describe_unit(w, &unit).await?;
                Outcome::Made
            }
            None => Outcome::Made,
        });
    }
    Ok(done)
}

async fn change(w: &Write, was: &KnownUnit, new: &KnownUnit, write: bool) -> Result<Outcome> {
    let mut diff = Diff::default();
    diff.field("floor", &was.floor, &new.floor);
    diff.field("description", &was.description, &new.description);
    diff.field("price", &was.price, &new.price);
    diff.field("area", &was.area, &new.area);
    diff.field("reference", &was.reference, &new.reference);
    if diff.is_empty() {
        return Ok(Outcome::Same);
    }
    if write {
        store::describe_unit(w, new).await?;
        w.change(Change::new("unit.updated", was.id).property(was.property_id).unit(was.id).data(diff.json()));
    }
    Ok(Outcome::Changed)
}
