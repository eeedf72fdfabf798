//! Numbers about the queue for the operator.

use app::job::Queue;
use kernel::Instant;
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

const ENDED: &str = "portico_jobs_total";
const DUE: &str = "portico_jobs_due";
const DEAD: &str = "portico_jobs_dead";
const OLDEST: &str = "portico_jobs_oldest_seconds";

/// How one attempt at a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Done.
    Done,
    /// To be tried again.
    Failed,
    /// Given up.
    Dead,
}

impl End {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }
}

/// Says what the numbers mean.
pub fn describe() {
    describe_counter!(ENDED, "Attempts at jobs: done, failed and to be tried again, or dead, that is given up.");
    describe_gauge!(DUE, "Jobs that are due. Mails wait here while no mail server is set.");
    describe_gauge!(DEAD, "Jobs that were given up and are kept for the operator.");
    describe_gauge!(OLDEST, Unit::Seconds, "How long the job that is due longest has been waiting.");
}

/// Counts an attempt.
pub fn count(kind: &'static str, end: End) {
    counter!(ENDED, "kind" => kind, "outcome" => end.as_str()).increment(1);
}

/// Shows how the queue stands; a kind without jobs has zeros.
#[expect(clippy::cast_precision_loss, reason = "counts and seconds of this size fit")]
pub fn show(kind: &'static str, queue: Option<&Queue>, now: Instant) {
    let waits = |at: Instant| (now.micros() - at.micros()).max(0) as f64 / 1e6;
    gauge!(DUE, "kind" => kind).set(queue.map_or(0.0, |q| q.due as f64));
    gauge!(DEAD, "kind" => kind).set(queue.map_or(0.0, |q| q.dead as f64));
    gauge!(OLDEST, "kind" => kind).set(queue.and_then(|q| q.oldest).map_or(0.0, waits));
}
