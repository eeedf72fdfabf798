//! How a storm of sign-ins is felt by those who read.

use std::{thread, time::Duration};

use super::ROUNDS;
use crate::{
    Result,
    bench::{Bench, Kind},
    portfolio,
    site::{EMAIL, PASSWORD, sign_in},
    table::{Row, count},
    wrk::{Load, Rounds},
};

/// Lua that signs in.
pub fn script() -> String {
    format!(
        r#"
wrk.method = "POST"
wrk.body = '{{"email": "{EMAIL}", "password": "{PASSWORD}"}}'
wrk.headers["Content-Type"] = "application/json"
"#
    )
}

/// Measures it on SQLite, where hashing and reading share one process.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let site = portfolio::open(bench, "signed_in", Kind::Sqlite)?;
    let server = site.serve()?;
    let token = sign_in(&server)?;
    let path = format!("/api/tenants/{}", portfolio::ids(&server, &token, "tenants")?[0]);
    let (script, reads) = (script(), Load::get(8, &path, &token));
    // Who comes when the line is full is refused, and wrk comes back at once.
    let storm = Load { script: &script, refusals: true, ..Load::get(16, "/api/login", "") };
    let (mut idle, mut busy, mut sign_ins) = (Rounds::default(), Rounds::default(), Rounds::default());
    reads.run_for(bench, &server, 1)?;
    for _ in 0..ROUNDS {
        idle.add(reads.run(bench, &server)?);
        let (during, storming) = thread::scope(|s| {
            // The storm begins earlier and ends later.
            let storming = s.spawn(|| storm.run_for(bench, &server, bench.seconds + 2));
            thread::sleep(Duration::from_secs(1));
            (reads.run(bench, &server), storming.join().unwrap_or_else(|_| Err("the storm broke off".into())))
        });
        busy.add(during?);
        sign_ins.add(storming?);
    }
    let p99 = |rounds: &Rounds| rounds.of(|o| o.p99) / 1000.0;
    let times = p99(&busy) / p99(&idle);
    let text = |rounds: &Rounds| format!("p99 {:.2} ms at {}/s", p99(rounds), count(rounds.rate()));
    let storm_text = format!("{:.0}/s, {}/s refused", sign_ins.rate(), count(sign_ins.of(|o| o.refused)));
    Ok(vec![
        Row::new("SQLite: reads alone", reads.command(bench), text(&idle)),
        Row::new("SQLite: reads during sign-ins", reads.command(bench), format!("{}: {times:.1}×", text(&busy)))
            .wanted("< 3×", times < 3.0),
        Row::new("SQLite: the sign-ins", storm.command(bench), storm_text),
    ])
}
