//! `kill -9` in the middle of writes and of uploads, many times.

use std::time::Instant;

use crate::{Result, bench::Bench, table::Row};

const ROUNDS: u32 = 100;

/// Runs the program's own test with more rounds.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut cargo = bench.cargo(&["test", "--release", "--package", "portico", "--test", "program", "crash"]);
    let began = Instant::now();
    let out = cargo.env("PORTICO_CRASH_ROUNDS", ROUNDS.to_string()).output().map_err(|e| format!("cargo: {e}"))?;
    if !out.status.success() {
        eprintln!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    }
    let kinds: Vec<&str> = bench.kinds().into_iter().map(|kind| kind.name()).collect();
    let what = format!(
        "{}: {ROUNDS} rounds of kill -9 each under writes, and under uploads and tickets that name them",
        kinds.join(", ")
    );
    let command = format!("`PORTICO_CRASH_ROUNDS={ROUNDS} cargo test --release -p portico --test program crash`");
    let measured = if out.status.success() { "passed" } else { "failed" };
    let measured = format!("{measured} after {:.0} s", began.elapsed().as_secs_f64());
    Ok(vec![
        Row::new(what, command, measured).wanted(
            "nothing acknowledged is lost or half written, no ticket names a missing file",
            out.status.success(),
        ),
    ])
}
