//! Work to be done after a commit: enqueued in the transaction that needs it, claimed with a lease, tried again with
//! growing pauses, and in the end set aside where the operator sees it.

use db::{Read, Write, row, sql};
use kernel::{Action, Caller, Instant, JobId, OrgId, Result};

use crate::{
    access::{Resource, require},
    handle, login, tenancy,
};

row! {
    /// A job that was claimed.
    #[derive(Clone, Debug)]
    pub struct Job {
        /// Its id.
        pub id: JobId,
        /// For which organization; 0 for the install.
        pub org_id: OrgId,
        /// What is to be done.
        pub kind: String,
        /// With what.
        pub payload: String,
        /// How often it was begun, this time included.
        pub attempts: i64,
    }

    /// How the queue stands.
    #[derive(Clone, Copy, Debug)]
    pub struct Queue {
        /// Jobs that are due.
        pub due: i64,
        /// Jobs that were given up.
        pub dead: i64,
        /// Since when the oldest due one waits.
        pub oldest: Option<Instant>,
    }
}

/// Pauses between attempts, in seconds; after the last one a job is given up.
const PAUSES: [i64; 8] = [5, 30, 120, 600, 1_800, 3_600, 10_800, 43_200];

handle! {
    /// Operations on jobs; for the server alone.
    Jobs
}

impl Jobs<'_> {
    /// Claims up to `most` due jobs of these kinds; nobody else gets them until the lease ends.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn claim(&self, caller: &Caller, kinds: &'static [&'static str], most: u32, lease: i64) -> Result<Vec<Job>> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let mut claimed: Vec<Job> = Vec::new();
                for kind in kinds {
                    let left = most.saturating_sub(u32::try_from(claimed.len()).unwrap_or(most));
                    let jobs: Vec<Job> = w
                        .all(sql!(
                            sqlite: "UPDATE job SET leased_until = ?2, attempts = attempts + 1 WHERE id IN (\
                                SELECT id FROM job WHERE run_at <= ?1 AND leased_until <= ?1 AND kind = ?3 AND dead_at IS NULL ORDER BY run_at, id LIMIT ?4) \
                                RETURNING id, org_id, kind, payload, attempts",
                            postgres: "UPDATE job SET leased_until = $2, attempts = attempts + 1 WHERE id IN (\
                                SELECT id FROM job WHERE run_at <= $1 AND leased_until <= $1 AND kind = $3 AND dead_at IS NULL ORDER BY run_at, id LIMIT $4 \
                                FOR UPDATE SKIP LOCKED) RETURNING id, org_id, kind, payload, attempts";
                            w.now(), w.now().plus_secs(lease), *kind, left
                        ))
                        .await?;
                    claimed.extend(jobs);
                }
                claimed.sort_by_key(|j| j.id);
                Ok(claimed)
            })
            .await
    }

    /// A job is done, and forgotten.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn done(&self, caller: &Caller, id: JobId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                w.execute(sql!("DELETE FROM job WHERE id = $1", id)).await.map(drop)
            })
            .await
    }

    /// A job failed: it is put off, or given up after its last attempt. Answers whether it will be tried again.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn failed(&self, caller: &Caller, job: &Job, why: &str) -> Result<bool> {
        let (id, pause, why) = (job.id, pause_after(job.attempts), why.to_owned());
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let (run_at, dead_at) = match pause {
                    Some(s) => (w.now().plus_secs(s), None),
                    None => (w.now(), Some(w.now())),
                };
                w.execute(sql!(
                    "UPDATE job SET run_at = $2, leased_until = 0, last_error = $3, dead_at = $4 WHERE id = $1",
                    id,
                    run_at,
                    &why,
                    dead_at
                ))
                .await?;
                Ok(pause.is_some())
            })
            .await
    }

    /// How the queue stands.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn queue(&self, caller: &Caller) -> Result<Queue> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                r.one(sql!(
                    "SELECT (SELECT count(*) FROM job WHERE run_at <= $1 AND dead_at IS NULL) AS due, \
                     (SELECT count(*) FROM job WHERE dead_at IS NOT NULL) AS dead, \
                     (SELECT min(run_at) FROM job WHERE run_at <= $1 AND dead_at IS NULL) AS oldest /* scan: of one row */",
                    r.now()
                ))
                .await
            })
            .await
    }

    /// Forgets what has run out: sessions, and counters of failures.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn clean_up(&self, caller: &Caller) -> Result<u64> {
        self.0
            .write(caller, async |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                Ok(login::forget_expired(w).await? + login::forget_old_failures(w).await?)
            })
            .await
    }

    /// Notes the tenancies of one organization whose end has come; may be run any number of times, and catches up
    /// after a pause.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn end_tenancies(&self, caller: &Caller) -> Result<u64> {
        self.0
            .write_in(db::Lane::Bulk, caller, async |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                tenancy::end_due(w, 500).await
            })
            .await
    }
}

/// The pause before the next attempt, after so many.
const fn pause_after(attempts: i64) -> Option<i64> {
    let n = if attempts < 1 { 0 } else { attempts as usize - 1 };
    if n < PAUSES.len() { Some(PAUSES[n]) } else { None }
}

/// Enqueues work in the transaction that needs it. With a `dedup` name there is at most one such job waiting; a second
/// one answers `None`.
///
/// # Errors
/// When the statement fails.
pub async fn enqueue(w: &Write, kind: &str, payload: &str, run_at: Instant, dedup: Option<&str>) -> Result<Option<JobId>> {
    w.optional(sql!(
        "INSERT INTO job (org_id, kind, payload, dedup, run_at, leased_until, attempts, created_at) VALUES ($1, $2, $3, $4, $5, 0, 0, $6) \
         ON CONFLICT DO NOTHING RETURNING id",
        w.caller().org, kind, payload, dedup, run_at, w.now()
    ))
    .await
}

/// Whether the queue holds a job of this kind; for tests and the operator.
///
/// # Errors
/// When the statement fails.
pub async fn waiting(r: &Read, kind: &str) -> Result<i64> {
    r.one(sql!("SELECT count(*) FROM job WHERE kind = $1 AND dead_at IS NULL /* scan: of a short queue */", kind)).await
}
