//! Work to be done after a commit: enqueued in the transaction that needs it, claimed with a lease, tried again with
//! growing pauses, and in the end set aside where the operator sees it.

use db::{Read, Write, row, sql};
use kernel::{Action, Caller, Instant, JobId, OrgId, Result};

use crate::{
    access::{Resource, require},
    client, handle, login, oauth2, oidc, once, passkey, portal, tenancy,
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
        /// Until when nobody else gets it; tells this claim from later ones.
        pub leased_until: Instant,
    }

    /// How the queue of one kind of job stands.
    #[derive(Clone, Debug)]
    pub struct Queue {
        /// The kind.
        pub kind: String,
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

/// How often a job is begun at most.
pub const ATTEMPTS: i64 = PAUSES.len() as i64 + 1;

/// Of how many tenancies [`Jobs::end_tenancies`] notes the end at once.
pub const BATCH: u32 = 500;

handle! {
    /// Operations on jobs; for the server alone.
    Jobs
}

#[operations::compiled_here]
impl Jobs<'_> {
    /// Claims up to `most` due jobs of these kinds; nobody else gets them until the lease of so many seconds ends.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn claim(&self, caller: &Caller, kinds: &[&'static str], most: u32, lease: i64) -> Result<Vec<Job>> {
        // Mostly nothing is due: looking first leaves the writer alone.
        let kinds = kinds.to_vec();
        let looked = self.0.read(caller, async move |r, actor| {
            require(actor, Action::Operate, Resource::Organization)?;
            let mut due = Vec::new();
            for kind in kinds {
                if is_due(r, kind).await? {
                    due.push(kind);
                }
            }
            Ok(due)
        });
        let due = looked.await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let mut claimed: Vec<Job> = Vec::new();
                for kind in &due {
                    let left = most.saturating_sub(u32::try_from(claimed.len()).unwrap_or(most));
                    claimed.extend(claim(w, kind, left, lease).await?);
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
                finish(w, id).await
            })
            .await
    }

    /// A job failed: it is put off, or given up after its last attempt. Answers whether it will be tried again.
    /// Nothing happens when somebody else has claimed it since.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn failed(&self, caller: &Caller, job: &Job, why: &str) -> Result<bool> {
        let (job, why) = (job.clone(), why.to_owned());
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                put_off(w, &job, &why).await
            })
            .await
    }

    /// Has the one job of a kind that comes back again and again: makes it, due at once, if there is none.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn keep(&self, caller: &Caller, kind: &'static str) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                enqueue(w, kind, "", w.now(), Some(kind)).await.map(drop)
            })
            .await
    }

    /// A job that comes back is due again at `at`; `why` tells what was wrong this time. Nothing happens when somebody
    /// else has claimed it since.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn again(&self, caller: &Caller, job: &Job, at: Instant, why: Option<&str>) -> Result<()> {
        let (job, why) = (job.clone(), why.map(str::to_owned));
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                w.execute(sql!(
                    "UPDATE job SET run_at = $3, leased_until = 0, attempts = 0, last_error = $4 WHERE id = $1 AND leased_until = $2",
                    job.id, job.leased_until, at, &why
                ))
                .await
                .map(drop)
            })
            .await
    }

    /// How the queue stands, kind by kind.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn queue(&self, caller: &Caller) -> Result<Vec<Queue>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                r.all(sql!(
                    "SELECT kind, count(CASE WHEN dead_at IS NULL AND run_at <= $1 THEN 1 END) AS due, count(dead_at) AS dead, \
                     min(CASE WHEN dead_at IS NULL AND run_at <= $1 THEN run_at END) AS oldest \
                     FROM job GROUP BY kind ORDER BY kind /* scan: of a short queue */",
                    r.now()
                ))
                .await
            })
            .await
    }

    /// Forgets what has run out: sessions, counters of failures, signed requests, and tokens.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn clean_up(&self, caller: &Caller) -> Result<u64> {
        self.0
            .write_in(db::Lane::Bulk, caller, async |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let forgotten = login::forget_expired(w).await? + login::forget_old_failures(w).await?;
                Ok(forgotten
                    + once::forget(w).await?
                    + portal::forget_tokens(w, BATCH).await?
                    + client::forget_old(w).await?
                    + oidc::forget_codes(w).await?
                    + passkey::forget_answers(w).await?
                    + oauth2::forget_tokens(w).await?)
            })
            .await
    }

    /// The organizations with a tenancy whose end has come and was not noted, or not followed.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn organizations_with_ended_tenancies(&self, caller: &Caller) -> Result<Vec<OrgId>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                r.all(sql!(
                    "SELECT o.id FROM organization o WHERE EXISTS (SELECT 1 FROM tenancy t \
                     WHERE t.org_id = o.id AND t.ends_at <= $1 AND t.ended_by IS NULL AND t.deleted_at IS NULL) \
                     OR EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = o.id AND t.leaves_at <= $1) ORDER BY o.id /* scan: all organizations */",
                    r.now()
                ))
                .await
            })
            .await
    }

    /// Notes the tenancies of one organization whose end has come, at most [`BATCH`]; answers how many. May be run any
    /// number of times, and catches up after a pause.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn end_tenancies(&self, caller: &Caller) -> Result<u64> {
        self.0
            .write_in(db::Lane::Bulk, caller, async |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                tenancy::end_due(w, BATCH).await
            })
            .await
    }
}

async fn is_due(r: &Read, kind: &str) -> Result<bool> {
    r.one(sql!(
        "SELECT EXISTS (SELECT 1 FROM job WHERE kind = $2 AND run_at <= $1 AND leased_until <= $1 AND dead_at IS NULL)",
        r.now(),
        kind
    ))
    .await
}

async fn claim(w: &Write, kind: &str, most: u32, lease: i64) -> Result<Vec<Job>> {
    w.all(sql!(
        sqlite: "UPDATE job SET leased_until = ?2, attempts = attempts + 1 WHERE id IN (\
            SELECT id FROM job WHERE kind = ?3 AND run_at <= ?1 AND leased_until <= ?1 AND dead_at IS NULL ORDER BY run_at, id LIMIT ?4) \
            RETURNING id, org_id, kind, payload, attempts, leased_until",
        // The array is made once; a plain IN may be looked up again for every row, and then claims more than asked.
        postgres: "UPDATE job SET leased_until = $2, attempts = attempts + 1 WHERE id = ANY(ARRAY(\
            SELECT id FROM job WHERE kind = $3 AND run_at <= $1 AND leased_until <= $1 AND dead_at IS NULL ORDER BY run_at, id LIMIT $4 \
            FOR UPDATE SKIP LOCKED)) RETURNING id, org_id, kind, payload, attempts, leased_until";
        w.now(), w.now().plus_secs(lease), kind, most
    ))
    .await
}

/// Forgets a job that is done.
pub(crate) async fn finish(w: &Write, id: JobId) -> Result<()> {
    w.execute(sql!("DELETE FROM job WHERE id = $1", id)).await.map(drop)
}

/// Puts a job off, or gives it up after its last attempt; answers whether it will be tried again.
pub(crate) async fn put_off(w: &Write, job: &Job, why: &str) -> Result<bool> {
    let (run_at, dead_at) = match pause_after(job.attempts) {
        Some(s) => (w.now().plus_secs(s), None),
        None => (w.now(), Some(w.now())),
    };
    let held = w
        .execute(sql!(
            "UPDATE job SET run_at = $3, leased_until = 0, last_error = $4, dead_at = $5 WHERE id = $1 AND leased_until = $2",
            job.id, job.leased_until, run_at, why, dead_at
        ))
        .await?;
    Ok(dead_at.is_none() || held == 0)
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
pub async fn enqueue(
    w: &Write,
    kind: &str,
    payload: &str,
    run_at: Instant,
    dedup: Option<&str>,
) -> Result<Option<JobId>> {
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
