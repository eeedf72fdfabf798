//! A month of rent for ten thousand homes, in this process: the schedule's own operations, on a clock of ours.

use std::time::Instant;

use app::App;
use kernel::{Clock, OrgId};

use super::generate;
use crate::{
    Result,
    bench::{Bench, Kind},
    table::Row,
};

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let (site, _) = generate::open(bench, generate::UNITS, kind)?;
        let month = runtime.block_on(async {
            let clock = Clock::manual(site.app()?.now());
            let app = site.app_at(clock.clone())?;
            // What is due today, and then a month later.
            bill(&app).await?;
            clock.advance(31 * 86_400);
            let began = Instant::now();
            let charged = bill(&app).await?;
            let took = began.elapsed().as_secs_f64();
            let again = bill(&app).await?;
            app.close().await;
            Ok::<_, String>((charged, took, again))
        })?;
        let (charged, took, again) = month;
        let name = kind.name();
        let row = Row::new(
            format!("{name}: rent of a month, {charged} ledgers"),
            "crate `app` in process",
            format!("{took:.1} s, {:.0} a second", f64::from(u32::try_from(charged).unwrap_or(u32::MAX)) / took),
        );
        rows.push(match kind {
            Kind::Sqlite => row.wanted("≤ 20 s", took <= 20.0),
            Kind::Postgres => row,
        });
        let twice = Row::new(format!("{name}: the same again"), "crate `app` in process", format!("{again} charged"));
        rows.push(twice.wanted("0", again == 0));
    }
    Ok(rows)
}

/// Charges all that is due; answers how many ledgers were looked at.
async fn bill(app: &App) -> Result<u64> {
    let told = |e: kernel::Error| e.to_string();
    let mut all = 0;
    for (org, property) in app.ledgers().places_to_bill(&app.system(OrgId::new(0))).await.map_err(told)? {
        loop {
            let some = app.ledgers().bill(&app.system(org), property).await.map_err(told)?;
            all += some;
            if some == 0 {
                break;
            }
        }
    }
    Ok(all)
}
