//! One resident by GET, beside servers that do only the inevitable.

use std::{env, fs, path::Path, process::Command};

use super::ROUNDS;
use crate::{
    Result,
    bench::{Bench, Kind},
    floors, http, portfolio,
    server::Server,
    site::sign_in,
    table::Row,
    wrk::{Load, Rounds},
};

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    bench.kinds().into_iter().try_fold(Vec::new(), |mut rows, kind| {
        rows.extend(on(bench, kind)?);
        Ok(rows)
    })
}

fn on(bench: &Bench, kind: Kind) -> Result<Vec<Row>> {
    let site = portfolio::open(bench, "portfolio", kind)?;
    let ours = site.serve()?;
    let token = sign_in(&ours)?;
    let tenants = portfolio::ids(&ours, &token, "tenants")?;
    let path = format!("/api/tenants/{}", tenants[tenants.len() / 2]);
    let answer = bench.folder.join("answer");
    let raw = http::send(ours.at, "GET", &path, &token, None)?.raw;
    fs::write(&answer, &raw).map_err(|e| format!("{}: {e}", answer.display()))?;

    let database = site.database();
    let (name, floor) = match kind {
        Kind::Sqlite => (kind.name(), "floor-sqlite"),
        Kind::Postgres => (kind.name(), "floor-postgres"),
    };
    let bytes = start_floor(&["floor-bytes"], &answer, &[])?;
    let statements = start_floor(&[floor], &answer, &[&database])?;
    for server in [&bytes, &statements] {
        let theirs = http::send(server.at, "GET", &path, &token, None)?.raw;
        if http::split(&theirs).map(|two| two.1) != http::split(&raw).map(|two| two.1) {
            return Err(format!("a floor answers something else: {}", String::from_utf8_lossy(&theirs)));
        }
    }

    let load = Load::get(8, &path, &token);
    let servers = [&ours, &bytes, &statements];
    let mut rounds: [Rounds; 3] = Default::default();
    for server in servers {
        load.run_for(bench, server, 1)?;
    }
    for round in 0..ROUNDS {
        // Each begins a round now and then.
        for i in (0..servers.len()).map(|i| (i + round) % servers.len()) {
            rounds[i].add(load.run(bench, servers[i])?);
        }
    }
    drop((ours, bytes, statements));
    let queries = site.queries(&path)?;

    let [ours, bytes, statements] = &rounds;
    let (of_bytes, of_statements) = (100.0 * ours.rate() / bytes.rate(), 100.0 * ours.rate() / statements.rate());
    let command = load.command(bench);
    let row = |what: &str, measured: String| Row::new(format!("{name}: {what}"), command.clone(), measured);
    let itself = row("GET /api/tenants/{id}", ours.text());
    let same = row(
        "the same statements and nothing else (b)",
        format!("{}; ours has {of_statements:.0} %", statements.text()),
    );
    let inevitable = row("the same bytes and nothing else (a)", format!("{}; ours has {of_bytes:.0} %", bytes.text()));
    let count = Row::new(format!("{name}: statements"), "request log", queries.to_string());
    let count = count.wanted(floors::STATEMENTS.to_string(), queries == floors::STATEMENTS);
    Ok(match kind {
        Kind::Sqlite => vec![
            itself.wanted("≤ 60 µs CPU", ours.cpu() <= 60.0),
            same.wanted("≥ 80 %", of_statements >= 80.0),
            inevitable.wanted("≥ 30 %", of_bytes >= 30.0),
            count,
        ],
        Kind::Postgres => vec![itself, same.wanted("≥ 65 %", of_statements >= 65.0), inevitable, count],
    })
}

fn start_floor(command: &[&str], answer: &Path, rest: &[&str]) -> Result<Server> {
    let me = env::current_exe().map_err(|e| format!("where am I? {e}"))?;
    Server::start(Command::new(me).args(command).arg(answer).args(rest))
}
