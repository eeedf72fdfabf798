//! What a request cost the database: counted for the one log line it gets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Counters of one request.
#[derive(Debug, Default)]
pub struct Work {
    queries: AtomicU32,
    micros: AtomicU64,
}

impl Work {
    /// Statements run.
    pub fn queries(&self) -> u32 {
        self.queries.load(Ordering::Relaxed)
    }

    /// Microseconds its operations ran: waiting for a connection is not counted, on PostgreSQL waiting for another
    /// server's lock is.
    pub fn micros(&self) -> u64 {
        self.micros.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, queries: u32, took: Duration) {
        self.queries.fetch_add(queries, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

tokio::task_local! { static WORK: Arc<Work>; }

/// Runs a future; the operations started in it are counted in `work`.
pub async fn scope<F: Future>(work: Arc<Work>, f: F) -> F::Output {
    WORK.scope(work, f).await
}

/// The counters of the request this runs in, if it is in one.
pub(crate) fn current() -> Option<Arc<Work>> {
    WORK.try_with(Arc::clone).ok()
}
