//! What a request cost the database. The kit does not know the database; the program connects the two:
//!
//! ```ignore
//! Counting::new(|answering| {
//!     let work = Arc::<db::work::Work>::default();
//!     let read = work.clone();
//!     (
//!         Box::pin(db::work::scope(work, answering)),
//!         Box::new(move || Counted { queries: read.queries(), micros: read.micros() }),
//!     )
//! })
//! ```

use std::{pin::Pin, sync::Arc};

use axum::response::Response;

/// The work of answering one request.
pub type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Reads the counters of one request, at its end, also when it was given up.
pub type Reading = Box<dyn Fn() -> Counted + Send + Sync>;

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Statements run.
    pub queries: u32,
    /// Microseconds spent in the database.
    pub micros: u64,
}

/// Wraps the work of answering so that what the database does inside of it is counted.
#[derive(Clone)]
pub struct Counting(Arc<Begin>);

type Begin = dyn Fn(Answering) -> (Answering, Reading) + Send + Sync;

impl Counting {
    /// With the database's own way of counting.
    pub fn new(begin: impl Fn(Answering) -> (Answering, Reading) + Send + Sync + 'static) -> Self {
        Self(Arc::new(begin))
    }

    pub(crate) fn begin(&self, answering: Answering) -> (Answering, Reading) {
        (self.0)(answering)
    }
}
