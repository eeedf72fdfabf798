//! What comes back again and again. Each schedule is one row in the queue that is never done, only put off, so several
//! servers on one database share it, and a pause is caught up with by one run.
//!
//! A schedule finds its work by looking for facts that were not noted yet. It may be run any number of times.

use std::pin::Pin;

use app::{App, file, job::BATCH, ledger, notification, wifi};
use kernel::{Instant, OrgId, Result};

/// One run of a schedule.
pub type Run = Pin<Box<dyn Future<Output = Result<u64>> + Send>>;

/// One schedule.
pub struct Schedule {
    /// Its name: the kind of its job.
    pub name: &'static str,
    /// How many seconds lie between two runs.
    pub every: i64,
    /// What is done; answers how much was found.
    pub what: fn(App) -> Run,
}

/// All schedules.
pub const SCHEDULES: &[Schedule] = &[
    Schedule { name: "clean_up", every: 3_600, what: |app| Box::pin(clean_up(app)) },
    Schedule { name: "collect_files", every: 3_600, what: |app| Box::pin(collect_files(app)) },
    Schedule { name: "sweep_files", every: 86_400, what: |app| Box::pin(sweep_files(app)) },
    Schedule { name: "end_tenancies", every: 60, what: |app| Box::pin(end_tenancies(app)) },
    Schedule { name: "follow_arrivals", every: 60, what: |app| Box::pin(follow_arrivals(app)) },
    Schedule { name: "charge_rent", every: 600, what: |app| Box::pin(charge_rent(app)) },
    Schedule { name: "notify", every: 5, what: |app| Box::pin(notify(app)) },
    Schedule { name: "index_words", every: 10, what: |app| Box::pin(index_words(app)) },
    Schedule { name: "daily_news", every: 86_400, what: |app| Box::pin(daily_news(app)) },
    Schedule { name: "follow_up_arrears", every: 600, what: |app| Box::pin(follow_up_arrears(app)) },
];

impl Schedule {
    /// When it is due after `now`: at whole multiples of its pause, so that runs do not drift.
    #[must_use]
    pub const fn after(&self, now: Instant) -> Instant {
        Instant::from_secs((now.secs().div_euclid(self.every) + 1) * self.every)
    }
}

/// Forgets what has run out.
async fn clean_up(app: App) -> Result<u64> {
    let mut all = 0;
    loop {
        let some = app.jobs().clean_up(&app.system(OrgId::new(0))).await?;
        all += some;
        if some < u64::from(BATCH) {
            return Ok(all);
        }
    }
}

/// Deletes files that nothing has held for a day, and the bytes of those that were deleted a day ago.
async fn collect_files(app: App) -> Result<u64> {
    if app.storage().is_none() {
        return Ok(0);
    }
    let mut all = 0;
    for org in app.files().organizations_with_orphans(&app.system(OrgId::new(0))).await? {
        loop {
            let deleted = app.files().delete_orphans(&app.system(org)).await?;
            all += deleted;
            if deleted < u64::from(file::BATCH) {
                break;
            }
        }
    }
    loop {
        let purged = app.files().purge(&app.system(OrgId::new(0))).await?;
        all += purged;
        if purged < u64::from(file::BATCH) {
            return Ok(all);
        }
    }
}

/// Deletes bytes that no file knows.
async fn sweep_files(app: App) -> Result<u64> {
    if app.storage().is_none() {
        return Ok(0);
    }
    app.files().sweep(&app.system(OrgId::new(0))).await
}

/// Notes the tenancies whose end has come.
async fn end_tenancies(app: App) -> Result<u64> {
    let mut all = 0;
    for org in app.jobs().organizations_with_ended_tenancies(&app.system(OrgId::new(0))).await? {
        loop {
            let ended = app.jobs().end_tenancies(&app.system(org)).await?;
            all += ended;
            if ended < u64::from(BATCH) {
                break;
            }
        }
    }
    Ok(all)
}

/// Has the WiFi follow the tenants who have moved in since.
async fn follow_arrivals(app: App) -> Result<u64> {
    let mut all = 0;
    for org in app.wifi().organizations_with_arrivals(&app.system(OrgId::new(0))).await? {
        loop {
            let followed = app.wifi().follow_arrivals(&app.system(org)).await?;
            all += followed;
            if followed < u64::from(wifi::ARRIVALS) {
                break;
            }
        }
    }
    Ok(all)
}

/// Charges the rent that is due, one period of each ledger a pass, until nothing is left.
async fn charge_rent(app: App) -> Result<u64> {
    let mut all = 0;
    for (org, property) in app.ledgers().places_to_bill(&app.system(OrgId::new(0))).await? {
        loop {
            let charged = app.ledgers().bill(&app.system(org), property).await?;
            all += charged;
            if charged == 0 {
                break;
            }
        }
    }
    Ok(all)
}

/// Tells people of the facts that came since, organization by organization.
async fn notify(app: App) -> Result<u64> {
    let mut all = 0;
    for org in app.notifications().places_behind(&app.system(OrgId::new(0))).await? {
        loop {
            let read = app.notifications().follow(&app.system(org)).await?;
            all += read;
            if read < u64::from(notification::BATCH) {
                break;
            }
        }
    }
    Ok(all)
}

/// Reads what came since into the index of words, organization by organization.
async fn index_words(app: App) -> Result<u64> {
    let mut all = 0;
    for org in app.search().places_behind(&app.system(OrgId::new(0))).await? {
        loop {
            let read = app.search().follow(&app.system(org)).await?;
            all += read;
            if read == 0 {
                break;
            }
        }
    }
    Ok(all)
}

/// Mails what people want to be told once a day.
async fn daily_news(app: App) -> Result<u64> {
    let mut all = 0;
    for org in app.notifications().places_with_digests(&app.system(OrgId::new(0))).await? {
        loop {
            let mailed = app.notifications().digest(&app.system(org)).await?;
            all += mailed;
            if mailed == 0 {
                break;
            }
        }
    }
    Ok(all)
}

/// Does what is due about ledgers in arrears.
async fn follow_up_arrears(app: App) -> Result<u64> {
    let mut all = 0;
    for (org, property) in app.ledgers().places_in_arrears(&app.system(OrgId::new(0))).await? {
        loop {
            let looked_at = app.ledgers().follow_up(&app.system(org), property).await?;
            all += looked_at;
            if looked_at < u64::from(ledger::BATCH) {
                break;
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_do_not_drift() {
        let hourly = &SCHEDULES[0];
        for (now, next) in [(0, 3_600), (3_599, 3_600), (3_600, 7_200), (-1, 0), (1_800_000_001, 1_800_003_600)] {
            assert_eq!(hourly.after(Instant::from_secs(now)), Instant::from_secs(next), "{now}");
        }
    }
}
