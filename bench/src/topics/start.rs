//! From the start of the process until it is ready.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use super::{ROUNDS, generate};
use crate::{
    Result,
    bench::Bench,
    http,
    table::{Row, median},
};

/// Longer than this is no start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let (site, _) = generate::open(bench, generate::UNITS, kind)?;
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            let at = free_address()?;
            let began = Instant::now();
            let mut command = site.command(&["serve", "--listen", &at.to_string()]);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            let mut child = child.map_err(|e| format!("{command:?}: {e}"))?;
            while !http::send(at, "GET", "/health/ready", "", None).is_ok_and(|a| a.status == 200)
                && began.elapsed() < PATIENCE
            {
                thread::sleep(Duration::from_millis(1));
            }
            took.push(began.elapsed().as_secs_f64() * 1000.0);
            let _ = child.kill();
            let _ = child.wait();
        }
        let ms = median(took);
        let what = format!("{}: ready with {} units", kind.name(), generate::UNITS);
        let command = "`portico serve`, then GET /health/ready until it says 200";
        rows.push(Row::new(what, command, format!("{ms:.0} ms")).wanted("≤ 300 ms", ms <= 300.0));
    }
    Ok(rows)
}

fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr());
    listener.map_err(|e| format!("no free port: {e}"))
}
