//! The runner of the queue: what was enqueued in a transaction is done after its commit, and what the passing of time
//! brings about is found by [schedules](schedule).
//!
//! A job is done at least once: its runner may be gone before it could say so, and then another one takes the job when
//! its lease has ended. Whatever a job does must bear that. A mail's state is looked at before it is sent and noted in
//! the transaction that ends the job, so one is sent twice only when the server ends in between; both then have the
//! same `Message-ID`.

mod numbers;
mod runner;
pub mod schedule;

pub use runner::{LEASE, Runner};
