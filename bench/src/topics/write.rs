//! Durable notes on tickets.

use super::ROUNDS;
use crate::{
    Result,
    bench::{Bench, Kind},
    portfolio,
    site::sign_in,
    table::{Row, count},
    wrk::{Load, Rounds},
};

/// Lua that writes notes on one ticket after the other.
pub fn notes(tickets: &[i64]) -> String {
    let ids: Vec<String> = tickets.iter().map(i64::to_string).collect();
    format!(
        r#"
local ids, n = {{{}}}, 0
wrk.headers["Content-Type"] = "application/json"
request = function()
  n = n + 1
  return wrk.format("POST", "/api/tickets/" .. ids[n % #ids + 1] .. "/notes", nil, '{{"text": "Note ' .. n .. '"}}')
end
"#,
        ids.join(",")
    )
}

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let site = portfolio::open(bench, "written", kind)?;
        let server = site.serve()?;
        let token = sign_in(&server)?;
        let script = notes(&portfolio::ids(&server, &token, "tickets")?);
        let path = "/api/tickets";
        let load = |connections| Load { script: &script, ..Load::get(connections, path, &token) };
        let (one, many) = (load(1), load(32));
        let (mut alone, mut together) = (Rounds::default(), Rounds::default());
        many.run_for(bench, &server, 1)?;
        for _ in 0..ROUNDS {
            alone.add(one.run(bench, &server)?);
            together.add(many.run(bench, &server)?);
        }
        let (name, times) = (kind.name(), together.rate() / alone.rate());
        let row =
            |what: &str, load: &Load<'_>, measured| Row::new(format!("{name}: {what}"), load.command(bench), measured);
        let p99 = |rounds: &Rounds| rounds.of(|o| o.p99) / 1000.0;
        let first = row("notes from 1 connection", &one, format!("{}, p99 {:.1} ms", alone.text(), p99(&alone)));
        let then = row("notes from 32", &many, format!("{}, p99 {:.1} ms", together.text(), p99(&together)));
        let ratio = Row::new(format!("{name}: 32 against 1"), "", format!("{times:.1}×"));
        rows.extend(match kind {
            Kind::Sqlite => [
                first,
                then.wanted(format!("≥ {}/s", count(5_000.0)), together.rate() >= 5_000.0),
                ratio.wanted("≥ 5×", times >= 5.0),
            ],
            Kind::Postgres => [first, then, ratio],
        });
    }
    Ok(rows)
}
