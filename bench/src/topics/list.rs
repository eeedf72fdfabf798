//! 1 000 tickets in one answer.

use super::ROUNDS;
use crate::{
    Result,
    bench::{Bench, Kind},
    http, portfolio,
    site::sign_in,
    table::Row,
    wrk::{Load, Rounds},
};

const PATH: &str = "/api/tickets";
/// So many statements at most, however many rows.
const QUERIES: u64 = 10;

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let site = portfolio::open(bench, "portfolio", kind)?;
        let server = site.serve()?;
        let token = sign_in(&server)?;
        let answer = http::send(server.at, "GET", PATH, &token, None)?;
        let kb = answer.raw.len() / 1000;
        let tickets = answer.expect(200)?["tickets"].as_array().map_or(0, Vec::len);
        if tickets != portfolio::TICKETS {
            return Err(format!("the list has {tickets} tickets"));
        }
        let load = Load::get(4, PATH, &token);
        load.run_for(bench, &server, 1)?;
        let mut rounds = Rounds::default();
        for _ in 0..ROUNDS {
            rounds.add(load.run(bench, &server)?);
        }
        drop(server);
        let (queries, name) = (site.queries(PATH)?, kind.name());
        let ms = rounds.cpu() / 1000.0;
        let measured = format!("{ms:.1} ms CPU, {:.0}/s, {kb} KB", rounds.rate());
        let row = Row::new(format!("{name}: GET {PATH}, {tickets} tickets"), load.command(bench), measured);
        rows.push(match kind {
            Kind::Sqlite => row.wanted("≤ 8 ms CPU", ms <= 8.0),
            Kind::Postgres => row,
        });
        let row = Row::new(format!("{name}: statements"), "request log", queries.to_string());
        rows.push(row.wanted(format!("≤ {QUERIES}"), queries <= QUERIES));
    }
    Ok(rows)
}
