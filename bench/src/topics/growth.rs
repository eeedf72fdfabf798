//! Whether a hundred times as much makes what is asked every day slower. Asked in this process, so that HTTP does not
//! hide it.

use std::time::Instant;

use app::App;
use kernel::{Caller, Cursor, OrgId, Page, PageRequest, PersonId};

use super::generate;
use crate::{
    Result,
    bench::{Bench, Kind},
    table::{Row, median},
};

const SMALL: u32 = 1_000;
const LARGE: u32 = 100_000;
/// How often each is asked.
const TIMES: usize = 300;
/// Those asked before it counts.
const WARM: usize = 30;

const QUESTIONS: [&str; 5] =
    ["one resident", "a page of residents", "a page of tickets", "a page of properties", "widgets"];

/// Measures it on SQLite.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let (small, _) = generate::open(bench, SMALL, Kind::Sqlite)?;
    let (large, took) = generate::open(bench, LARGE, Kind::Sqlite)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    let times = runtime.block_on(async {
        let (small, large) = (Place::new(small.app()?).await?, Place::new(large.app()?).await?);
        let mut times: [[Vec<f64>; 2]; QUESTIONS.len()] = Default::default();
        for time in 0..TIMES + WARM {
            for (question, times) in times.iter_mut().enumerate() {
                for (place, times) in [&small, &large].into_iter().zip(times) {
                    let began = Instant::now();
                    place.ask(question, time).await?;
                    if time >= WARM {
                        times.push(began.elapsed().as_secs_f64() * 1e6);
                    }
                }
            }
        }
        small.app.close().await;
        large.app.close().await;
        Ok::<_, String>(times)
    })?;
    let mut rows = Vec::new();
    for (name, [small, large]) in QUESTIONS.into_iter().zip(times) {
        let (small, large) = (median(small), median(large));
        let measured = format!("{small:.0} µs, {large:.0} µs: {:.2}×", large / small);
        let row = Row::new(format!("SQLite: {name}, {SMALL} and {LARGE} units"), "crate `app` in process", measured);
        rows.push(if name == "widgets" {
            row.wanted("≤ 5 ms", large <= 5_000.0)
        } else {
            row.wanted("≤ 1.5×", large / small <= 1.5)
        });
    }
    if let Some(took) = took {
        let command = format!("`portico generate --units {LARGE}`");
        rows.push(Row::new(format!("SQLite: making {LARGE} units"), command, format!("{took:.0} s")));
    }
    Ok(rows)
}

/// A database, and places in the middle of its lists.
struct Place {
    app: App,
    residents: PageRequest,
    tickets: PageRequest,
    properties: PageRequest,
    ids: Vec<PersonId>,
}

impl Place {
    async fn new(app: App) -> Result<Self> {
        let caller = operator(&app);
        let residents = middle(async |r| app.residents().page(&caller, r).await).await?;
        let tickets = middle(async |r| app.tickets().page(&caller, None, r).await).await?;
        // The smaller one has about 15 properties.
        let properties = middle(async |r| app.properties().page(&caller, r).await).await?;
        let properties = PageRequest { limit: 5, ..properties };
        let page = app.residents().page(&caller, residents.clone()).await.map_err(|e| e.to_string())?;
        let ids = page.items.iter().map(|r| r.person.id).collect();
        Ok(Self { app, residents, tickets, properties, ids })
    }

    async fn ask(&self, question: usize, time: usize) -> Result<()> {
        let (app, caller) = (&self.app, &operator(&self.app));
        let done = match question {
            0 => app.residents().get(caller, self.ids[time % self.ids.len()]).await.map(drop),
            1 => app.residents().page(caller, self.residents.clone()).await.map(drop),
            2 => app.tickets().page(caller, None, self.tickets.clone()).await.map(drop),
            3 => app.properties().page(caller, self.properties.clone()).await.map(drop),
            _ => app.dashboard().widgets(caller).await.map(drop),
        };
        done.map_err(|e| e.to_string())
    }
}

fn operator(app: &App) -> Caller {
    app.system(OrgId::new(1))
}

/// The request for the page in the middle of a list.
async fn middle<T>(ask: impl AsyncFn(PageRequest) -> kernel::Result<Page<T>>) -> Result<PageRequest> {
    let mut ends: Vec<Cursor> = Vec::new();
    loop {
        let page = ask(PageRequest { after: ends.last().cloned(), limit: 10 }).await.map_err(|e| e.to_string())?;
        match page.next {
            Some(end) => ends.push(end),
            None => break,
        }
    }
    let middle = ends.len() / 2;
    Ok(PageRequest { after: (!ends.is_empty()).then(|| ends.swap_remove(middle)), limit: 0 })
}
