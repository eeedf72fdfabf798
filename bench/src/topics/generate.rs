//! Filling an organization with made-up data.

use std::time::Instant;

use crate::{
    Result,
    bench::{Bench, Kind},
    site::Site,
    table::Row,
};

/// How many units are made, here and for the start.
pub const UNITS: u32 = 10_000;

/// A site with so many units, and how many seconds it took to make them, unless this run has made it before.
pub fn open(bench: &Bench, units: u32, kind: Kind) -> Result<(Site, Option<f64>)> {
    let (site, new) = Site::open(bench, &format!("generated_{units}"), kind)?;
    if !new {
        return Ok((site, None));
    }
    let began = Instant::now();
    site.run(&["generate", "--units", &units.to_string()])?;
    let took = began.elapsed().as_secs_f64();
    site.settle()?;
    Ok((site, Some(took)))
}

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let (_, took) = open(bench, UNITS, kind)?;
        let took = took.ok_or("generated before")?;
        let command = format!("`portico generate --units {UNITS}`");
        let row = Row::new(format!("{}: {UNITS} units", kind.name()), command, format!("{took:.1} s"));
        rows.push(match kind {
            Kind::Sqlite => row.wanted("≤ 60 s", took <= 60.0),
            Kind::Postgres => row,
        });
    }
    Ok(rows)
}
