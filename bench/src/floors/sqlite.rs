//! The statements on SQLite: as many threads that read as the program has, one hop a request.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
};

use rusqlite::{Connection, OpenFlags, Params, config::DbConfig, params};
use tokio::sync::oneshot;

use super::{Statements, WHO, Who};
use crate::Result;

type Question = (i64, oneshot::Sender<rusqlite::Result<usize>>);

/// Threads that read.
pub struct Readers(Arc<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Question>>,
    more: Condvar,
}

impl Readers {
    /// Starts them.
    pub fn start(file: &Path, statements: &Statements) -> rusqlite::Result<Self> {
        let queue = Arc::<Queue>::default();
        let cores = thread::available_parallelism().map_or(2, usize::from);
        let Statements { standing, person, tenancies, staff } = statements;
        let texts = [standing.lite, person.lite, tenancies.lite, staff.lite];
        for _ in 0..cores.clamp(2, 8) {
            let c =
                Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            // Without it SQLite plans a statement anew whenever values are bound.
            c.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            c.execute_batch("PRAGMA cache_size = -8192; PRAGMA mmap_size = 268435456; PRAGMA temp_store = MEMORY")?;
            let who = |r: &rusqlite::Row<'_>| Ok(Who { org: r.get(0)?, person: r.get(1)?, session: r.get(2)? });
            let (who, queue) = (c.query_row(WHO, [], who)?, Arc::clone(&queue));
            thread::spawn(move || read(&c, who, texts, &queue));
        }
        Ok(Self(queue))
    }

    /// How many rows the statements give for a resident.
    pub async fn rows(&self, id: i64) -> Result<usize> {
        let (tx, rx) = oneshot::channel();
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back((id, tx));
        self.0.more.notify_one();
        rx.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())
    }
}

fn read(c: &Connection, who: Who, texts: [&str; 4], queue: &Queue) {
    loop {
        let waiting = queue.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let some = queue.more.wait_while(waiting, |w| w.is_empty());
        let next = some.unwrap_or_else(PoisonError::into_inner).pop_front();
        if let Some((id, answer)) = next {
            let _ = answer.send(rows(c, who, texts, id));
        }
    }
}

/// In one snapshot, which is quicker than one for each statement.
fn rows(c: &Connection, Who { org, person, session }: Who, texts: [&str; 4], id: i64) -> rusqlite::Result<usize> {
    let [standing, resident, tenancies, staff] = texts;
    c.prepare_cached("BEGIN")?.execute([])?;
    let rows = fetch(c, standing, params![org, person, session])?
        + fetch(c, resident, params![org, id])?
        + fetch(c, tenancies, params![org, id])?
        + fetch(c, staff, params![org, id])?;
    c.prepare_cached("ROLLBACK")?.execute([])?;
    Ok(rows)
}

fn fetch(c: &Connection, text: &str, values: impl Params) -> rusqlite::Result<usize> {
    let mut statement = c.prepare_cached(text)?;
    let mut rows = statement.query(values)?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}
