//! What the server holds after all kinds of work.

use super::{sign_in, write};
use crate::{Result, bench::Bench, portfolio, site, table::Row, wrk::Load};

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let site = portfolio::open(bench, "remembered", kind)?;
        let server = site.serve()?;
        let token = site::sign_in(&server)?;
        let path = format!("/api/tenants/{}", portfolio::ids(&server, &token, "tenants")?[0]);
        let notes = write::notes(&portfolio::ids(&server, &token, "tickets")?);
        let sign_ins = sign_in::script();
        let loads = [
            ("reading", Load::get(8, &path, &token)),
            ("listing", Load::get(4, "/api/tickets", &token)),
            ("writing", Load { script: &notes, ..Load::get(32, "/api/tickets", &token) }),
            ("signing in", Load { script: &sign_ins, refusals: true, ..Load::get(16, "/api/login", "") }),
        ];
        let mut held = vec![format!("{:.0} at the start", server.memory()?)];
        let mut last = 0.0;
        for (name, load) in loads {
            load.run(bench, &server)?;
            last = server.memory()?;
            held.push(format!("{last:.0} after {name}"));
        }
        let what = format!("{}: RssAnon", kind.name());
        rows.push(
            Row::new(what, "/proc/PID/status", format!("{last:.0} MiB ({})", held.join(", ")))
                .wanted("≤ 80 MiB", last <= 80.0),
        );
    }
    Ok(rows)
}
