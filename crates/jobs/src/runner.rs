//! Claiming jobs and doing them, a few at a time.

use std::{sync::Arc, time::Duration};

use app::{
    App, file, import, invite,
    job::{ATTEMPTS, Job},
    message::{Outcome, SEND},
    portal::SEND_LINK,
};
use futures_util::future::join_all;
use kernel::{Caller, Error, OrgId, Result};
use outbound::Mailer;
use tokio::{
    sync::{OnceCell, watch},
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};

use crate::{
    numbers::{self, End},
    schedule::{SCHEDULES, Schedule},
};

/// For so many seconds a claimed job is its runner's alone: longer than the longest attempt at a mail.
pub const LEASE: i64 = 300;
const _: () = assert!(LEASE as u64 > 2 * outbound::LONGEST.as_secs());

/// How long an idle runner waits before it looks again. Work is not told of: it may come from another process, and
/// looking costs one read.
const POLL: Duration = Duration::from_secs(1);

/// The same after the database refused.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is held when the server stops may take so long.
const GRACE: Duration = Duration::from_secs(20);

/// How often the outcome of a mail is tried to be noted, a second apart, before the lease decides.
const NOTES: usize = 10;

/// Mails that are sent at the same time.
const MAILS: usize = 4;

/// Does the jobs in the queue. Cheap to clone; any number of them may run on one database.
#[derive(Clone)]
pub struct Runner(Arc<Inner>);

struct Inner {
    app: App,
    mailer: Option<Mailer>,
    kept: OnceCell<()>,
}

/// Kinds of jobs that do not wait for the others.
struct Lane {
    kinds: Vec<&'static str>,
    most: usize,
}

impl Runner {
    /// A runner that does nothing yet. Without a mailer mails are left in the queue.
    #[must_use]
    pub fn new(app: App, mailer: Option<Mailer>) -> Self {
        numbers::describe();
        Self(Arc::new(Inner { app, mailer, kept: OnceCell::new() }))
    }

    /// Does jobs as they become due, until `stop`. What is held then is finished, for a while.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let (running, stopped) = watch::channel(());
        let lanes = self.lanes();
        let lanes = join_all(lanes.iter().map(|lane| self.serve(lane, stopped.clone())));
        tokio::join!(lanes, async {
            stop.await;
            drop(running);
        });
    }

    /// One round: claims what is due now and does it; answers how many jobs that were.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tick(&self) -> Result<usize> {
        let mut held = JoinSet::new();
        for lane in self.lanes() {
            for job in self.claim(&lane, lane.most).await? {
                held.spawn(self.clone().attempt(job));
            }
        }
        let claimed = held.len();
        while let Some(ended) = held.join_next().await {
            survive(ended);
        }
        Ok(claimed)
    }

    /// Looks the queue up for the gauges. To be called before the numbers are shown.
    pub async fn measure(&self) {
        let system = self.system();
        let Ok(queue) = self.0.app.jobs().queue(&system).await else { return };
        for kind in SCHEDULES.iter().map(|s| s.name).chain([SEND, file::THUMBNAIL, SEND_LINK, import::RUN, invite::RUN])
        {
            numbers::show(kind, queue.iter().find(|q| q.kind == kind), system.at);
        }
    }

    fn system(&self) -> Caller {
        self.0.app.system(OrgId::new(0))
    }

    fn lanes(&self) -> Vec<Lane> {
        let mut lanes = vec![Lane { kinds: SCHEDULES.iter().map(|s| s.name).collect(), most: SCHEDULES.len() }];
        // One list after the other: each waits for people anyway.
        lanes.push(Lane { kinds: vec![import::RUN], most: 1 });
        lanes.push(Lane { kinds: vec![invite::RUN], most: 1 });
        if self.0.mailer.is_some() {
            lanes.push(Lane { kinds: vec![SEND], most: MAILS });
        }
        if self.0.app.storage().is_some() {
            // One at a time: a picture that is decoded takes its room in memory.
            lanes.push(Lane { kinds: vec![file::THUMBNAIL], most: 1 });
        }
        lanes.push(Lane { kinds: vec![SEND_LINK], most: 1 });
        lanes
    }

    async fn serve(&self, lane: &Lane, mut stopped: watch::Receiver<()>) {
        let mut held = JoinSet::new();
        loop {
            let pause = match self.claim(lane, lane.most - held.len()).await {
                Ok(jobs) => {
                    for job in jobs {
                        held.spawn(self.clone().attempt(job));
                    }
                    POLL
                }
                Err(error) => {
                    tracing::error!(%error, "no jobs can be claimed");
                    PATIENCE
                }
            };
            tokio::select! {
                biased;
                // Nothing is ever said on it: it closes.
                _ = stopped.changed() => break,
                Some(ended) = held.join_next() => survive(ended),
                () = sleep(pause) => {}
            }
        }
        let rest = async {
            while let Some(ended) = held.join_next().await {
                survive(ended);
            }
        };
        if timeout(GRACE, rest).await.is_err() {
            tracing::warn!(jobs = held.len(), "jobs were left in the middle; they are taken again after their lease");
        }
    }

    async fn claim(&self, lane: &Lane, most: usize) -> Result<Vec<Job>> {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        if most == 0 {
            return Ok(Vec::new());
        }
        self.0.kept.get_or_try_init(|| self.keep_schedules()).await?;
        self.0.app.jobs().claim(&self.system(), &lane.kinds, most, LEASE).await
    }

    async fn keep_schedules(&self) -> Result<()> {
        for schedule in SCHEDULES {
            self.0.app.jobs().keep(&self.system(), schedule.name).await?;
        }
        Ok(())
    }

    /// Does one job and notes what became of it.
    async fn attempt(self, job: Job) {
        let schedule = SCHEDULES.iter().find(|s| s.name == job.kind);
        let (kind, ended) = match (schedule, &self.0.mailer) {
            (Some(schedule), _) => (schedule.name, self.scheduled(schedule, &job).await),
            (None, _) if job.kind == import::RUN => (import::RUN, self.import(&job).await),
            (None, _) if job.kind == invite::RUN => (invite::RUN, self.invitations(&job).await),
            (None, _) if job.kind == file::THUMBNAIL => (file::THUMBNAIL, self.thumbnail(&job).await),
            (None, _) if job.kind == SEND_LINK => (SEND_LINK, self.link_mail(&job).await),
            (None, Some(mailer)) => (SEND, self.mail(mailer, &job).await),
            (None, None) => return,
        };
        let (id, attempt) = (job.id.get(), job.attempts);
        match ended {
            Ok(end) => {
                tracing::debug!(kind, job = id, attempt, ?end, "a job ended");
                numbers::count(kind, end);
            }
            Err(error) => {
                tracing::error!(kind, job = id, attempt, %error, "a job's end was not noted; it is taken again after its lease");
                numbers::count(kind, End::Failed);
            }
        }
    }

    async fn scheduled(&self, schedule: &Schedule, job: &Job) -> Result<End> {
        let done = (schedule.what)(self.0.app.clone()).await;
        let next = schedule.after(self.0.app.now());
        let why = done.as_ref().err().map(ToString::to_string);
        self.0.app.jobs().again(&self.system(), job, next, why.as_deref()).await?;
        match done {
            Ok(found) => {
                if found > 0 {
                    tracing::info!(schedule = schedule.name, found, "a schedule found work");
                }
                Ok(End::Done)
            }
            Err(error) => {
                tracing::error!(schedule = schedule.name, %error, "a schedule failed; it comes back at its next time");
                Ok(End::Failed)
            }
        }
    }

    /// Runs again after any end that was not noted: the same picture is written to the same place.
    async fn thumbnail(&self, job: &Job) -> Result<End> {
        let app = &self.0.app;
        let Err(error) = app.files().make_thumbnail(&app.system(job.org_id), job).await else { return Ok(End::Done) };
        tracing::warn!(job = job.id.get(), %error, "a thumbnail could not be made");
        let again = app.jobs().failed(&app.system(job.org_id), job, &error.to_string()).await?;
        Ok(if again { End::Failed } else { End::Dead })
    }

    /// Writing the mail and ending the job is one transaction.
    async fn link_mail(&self, job: &Job) -> Result<End> {
        let app = &self.0.app;
        let Err(error) = app.portals().write_link_mail(&app.system(job.org_id), job).await else {
            return Ok(End::Done);
        };
        tracing::warn!(job = job.id.get(), %error, "a portal link could not be mailed");
        let again = app.jobs().failed(&app.system(job.org_id), job, &error.to_string()).await?;
        Ok(if again { End::Failed } else { End::Dead })
    }

    /// Runs again after any end that was not noted: parts that are done stay so.
    async fn import(&self, job: &Job) -> Result<End> {
        let app = &self.0.app;
        let caller = || app.system(job.org_id);
        let Err(error) = app.imports().run(&caller(), job).await else { return Ok(End::Done) };
        tracing::warn!(job = job.id.get(), %error, "an import was left in the middle");
        let again = app.jobs().failed(&caller(), job, &error.to_string()).await?;
        Ok(if again { End::Failed } else { End::Dead })
    }

    /// Runs again after any end that was not noted: who was decided on stays so.
    async fn invitations(&self, job: &Job) -> Result<End> {
        let app = &self.0.app;
        let caller = || app.system(job.org_id);
        let Err(error) = app.invites().run(&caller(), job).await else { return Ok(End::Done) };
        tracing::warn!(job = job.id.get(), %error, "invitations were left in the middle");
        let again = app.jobs().failed(&caller(), job, &error.to_string()).await?;
        Ok(if again { End::Failed } else { End::Dead })
    }

    async fn mail(&self, mailer: &Mailer, job: &Job) -> Result<End> {
        let app = &self.0.app;
        let outcome = if job.attempts > ATTEMPTS {
            Outcome::Failed("was begun too often and never ended".to_owned())
        } else {
            match app.messages().to_send(&app.system(job.org_id), job).await? {
                Some(message) => mailer.send(&message).await,
                None => {
                    app.jobs().done(&self.system(), job.id).await?;
                    return Ok(End::Done);
                }
            }
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match app.messages().tried(&app.system(job.org_id), job, outcome.clone()).await {
                Err(Error::Unavailable(_)) if tries < NOTES => sleep(Duration::from_secs(1)).await,
                Ok(Outcome::Sent) => return Ok(End::Done),
                Ok(Outcome::Again(_)) => return Ok(End::Failed),
                Ok(Outcome::Failed(_)) => return Ok(End::Dead),
                Err(e) => return Err(e),
            }
        }
    }
}

/// A panic is only its job's own; the job is taken again after its lease.
fn survive(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a job panicked");
    }
}
