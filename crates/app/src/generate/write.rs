//! Writes a plan, operation by operation, in the order of time.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use db::{Lane, Write};
use kernel::{Caller, Instant, OrgId, PersonId, PropertyId, Result, TicketId};

use super::{Order, Summary, plan::Plan};
use crate::{App, organization::Organization, sandbox::texts::Language, tenancy};

/// How many homes one operation fills, and how many events it lets happen.
const HOMES: usize = 25;
const EVENTS: usize = 60;
/// All events of an operation happen at one instant: the last of them, at most so many seconds late.
const SPAN: i64 = 12 * 3600;
/// One of the staff cares for so many units, a property manager for so many.
pub const STAFF: usize = 150;
pub const MANAGED: usize = 400;

/// Writes a plan.
pub struct Writer<'a, P> {
    app: &'a App,
    shared: Arc<Shared>,
    progress: P,
    done: u64,
    total: u64,
}

/// What all operations look at.
pub struct Shared {
    org: OrgId,
    pub slug: String,
    pub language: Language,
    pub seed: u64,
    pub password_hash: Option<String>,
    pub plan: Plan,
    ids: Mutex<Ids>,
}

impl Shared {
    /// Looks at the ids, or adds to them.
    pub fn with<R>(&self, f: impl FnOnce(&mut Ids) -> R) -> R {
        f(&mut self.ids.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The ids that came of what was written. An operation that is run again writes them again.
pub struct Ids {
    pub staff: Vec<PersonId>,
    pub managers: Vec<PersonId>,
    pub properties: Vec<PropertyId>,
    pub residents: Vec<PersonId>,
    pub tickets: Vec<TicketId>,
}

impl<'a, P: FnMut(u64, u64)> Writer<'a, P> {
    pub fn new(app: &'a App, organization: &Organization, order: &Order, plan: Plan, progress: P) -> Self {
        let units = plan.homes.len();
        let ids = Ids {
            staff: vec![PersonId::new(0); units.div_ceil(STAFF)],
            managers: vec![PersonId::new(0); units.div_ceil(MANAGED)],
            properties: vec![PropertyId::new(0); plan.properties.len()],
            residents: vec![PersonId::new(0); plan.residents],
            tickets: vec![TicketId::new(0); plan.tickets.len()],
        };
        let total = (units + plan.events.len()) as u64;
        let german = ["DE", "AT", "CH", "LI"].contains(&organization.country.as_str());
        let shared = Shared {
            org: organization.id,
            slug: organization.slug.clone(),
            language: if german { Language::German } else { Language::English },
            seed: order.seed,
            password_hash: order.password_hash.clone(),
            plan,
            ids: Mutex::new(ids),
        };
        Self { app, shared: Arc::new(shared), progress, done: 0, total }
    }

    pub async fn run(mut self) -> Result<Summary> {
        let shared = Arc::clone(&self.shared);
        let plan = &shared.plan;
        let (staff, managers) = shared.with(|ids| (ids.staff.len(), ids.managers.len()));
        for some in pieces(0..staff + managers, HOMES) {
            self.write(plan.start.plus_days(-2), 0, async move |s, w| s.staff(w, some.clone()).await).await?;
        }
        // What was there before: on the day before the start.
        let mut at = plan.start.plus_days(-1);
        let pause = 80_000 / i64::try_from(plan.homes.len() / HOMES + plan.properties.len() + 1).unwrap_or(80_000);
        for (nth, homes) in plan.properties.iter().enumerate() {
            for some in pieces(homes.clone(), HOMES) {
                at = at.plus_secs(pause);
                let count = some.len();
                self.write(at, count, async move |s, w| s.homes(w, nth, some.clone()).await).await?;
            }
        }
        let mut first = 0;
        while let Some(event) = plan.events.get(first) {
            let until = event.at.plus_secs(SPAN);
            let some = plan.events[first..].iter().take(EVENTS).take_while(|e| e.at <= until).count();
            let range = first..first + some;
            let at = plan.events[range.end - 1].at;
            self.write(at, some, async move |s, w| s.events(w, range.clone()).await).await?;
            first += some;
        }
        self.write(plan.now, 0, async |_, w| tenancy::end_due(w, 500).await.map(drop)).await?;
        for nth in 0..plan.properties.len() {
            self.write(plan.now, 0, async move |s, w| s.rents(w, nth).await).await?;
        }
        Ok(Summary {
            properties: plan.properties.len() as u64,
            units: plan.homes.len() as u64,
            residents: plan.residents as u64,
            staff: staff as u64,
            property_managers: managers as u64,
            tickets: plan.tickets.len() as u64,
            notes: plan.notes,
        })
    }

    /// One operation at an instant; `count` is what it adds to the progress.
    async fn write(
        &mut self,
        at: Instant,
        count: usize,
        f: impl AsyncFn(&Shared, &Write) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let caller = Caller::system(shared.org, at);
        self.app.write_in(Lane::Bulk, &caller, async move |w, _| f(&shared, w).await).await?;
        self.done += count as u64;
        (self.progress)(self.done, self.total);
        Ok(())
    }
}

/// A range in pieces of at most so many.
fn pieces(all: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> {
    let end = all.end;
    all.step_by(most).map(move |first| first..end.min(first + most))
}
