//! Devices that were seen, until they are noted some at a time. What is lost when the server ends in between is a time
//! of day.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use app::{
    App,
    wifi::{Mac, Seen},
};
use kernel::{OrgId, PropertyId};

/// No more are kept: a flood of accounting must not take the memory.
const MOST: usize = 100_000;
/// So many are noted in one transaction.
const AT_ONCE: usize = 500;

/// Devices that were seen and not noted yet.
#[derive(Default)]
pub struct Waiting(Mutex<HashMap<(OrgId, PropertyId, Mac), Seen>>);

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, HashMap<(OrgId, PropertyId, Mac), Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps one. Of several the last counts, and whose it was is not forgotten.
    pub fn push(&self, org: OrgId, mut seen: Seen) {
        let mut all = self.lock();
        let key = (org, seen.property, seen.mac);
        if let Some(before) = all.get(&key) {
            seen.identity = seen.identity.or(before.identity);
        } else if all.len() >= MOST {
            return;
        }
        all.insert(key, seen);
    }

    /// Notes all that wait; what could not be noted waits on.
    pub async fn flush(&self, app: &App) {
        let all: Vec<((OrgId, PropertyId, Mac), Seen)> = self.lock().drain().collect();
        let mut orgs: BTreeMap<OrgId, Vec<Seen>> = BTreeMap::new();
        for ((org, ..), seen) in all {
            orgs.entry(org).or_default().push(seen);
        }
        for (org, seen) in orgs {
            for some in seen.chunks(AT_ONCE) {
                let caller = app.system(org);
                if let Err(error) = app.wifi().seen(&caller, caller.at, some.to_vec()).await {
                    tracing::warn!(%error, devices = some.len(), "devices that were seen are not noted yet");
                    some.iter().for_each(|s| self.push(org, *s));
                }
            }
        }
    }
}
