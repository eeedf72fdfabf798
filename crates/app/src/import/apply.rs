//! One part of an import: its rows are decided on, and the good ones written where they are to be.

use std::collections::HashMap;

use db::Write;
use kernel::{Currency, Result, fold};

use super::{
    Kind, State, charges,
    plan::{Fault, Outcome, Places},
    store::{self, Run},
    tenants, units,
};
use crate::access::Reach;

/// What every kind needs to know.
pub struct Around {
    pub places: Places,
    pub currency: Currency,
    pub zones: HashMap<kernel::PropertyId, String>,
}

/// What came of a part.
#[derive(Default)]
pub struct Done {
    pub made: i64,
    pub changed: i64,
    pub same: i64,
    pub faults: Vec<Fault>,
    /// How many rows were not taken.
    pub bad: i64,
}

impl Done {
    pub const fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Made => self.made += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Same => self.same += 1,
        }
    }

    pub fn refuse(&mut self, faults: Vec<Fault>) {
        self.bad += 1;
        self.faults.extend(faults);
    }
}

/// Does the next part; answers whether there is more. With `write` the good rows are written.
pub async fn part(w: &Write, run: &Run, write: bool) -> Result<bool> {
    let Some(part) = store::next_part(w, run.id).await? else {
        let state = if write { State::Taken } else { State::Checked };
        store::finish(w, run.id, state).await?;
        return Ok(false);
    };
    let around = around(w).await?;
    let rows = part.rows()?;
    let done = match run.kind {
        Kind::Tenants => tenants::part(w, run, &around, &rows, write).await?,
        Kind::Units => units::part(w, run, &around, &rows, write).await?,
        Kind::Charges => charges::part(w, run, &around, &rows, write).await?,
    };
    store::part_done(w, &part, &done.faults).await?;
    store::count(w, run.id, rows.len() as i64, &done).await?;
    Ok(true)
}

async fn around(w: &Write) -> Result<Around> {
    let places = crate::office::places(w, &Reach::ALL).await?;
    let currency = store::currency(w).await?;
    let mut by_name: HashMap<String, Vec<kernel::PropertyId>> = HashMap::new();
    for place in &places {
        by_name.entry(fold(&place.name)).or_default().push(place.id);
    }
    let zones = places.into_iter().map(|p| (p.id, p.time_zone)).collect();
    Ok(Around { places: Places(by_name), currency, zones })
}
