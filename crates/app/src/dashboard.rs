//! Numbers at a glance.

use db::{Read, row, sql};
use kernel::{Action, Caller, Instant, PersonId, Result, Role};

use crate::{
    access::{Resource, require},
    handle,
    resident::{self, Resident},
    staff,
};

row! {
    /// How many tickets stand where.
    #[derive(Clone, Copy, Debug)]
    pub struct Counts {
        /// Tickets nobody has begun.
        pub new: i64,
        /// Those of them that changed within the last 24 hours.
        pub new_recent: i64,
        /// Tickets somebody works on.
        pub in_progress: i64,
        /// Those of them that changed within the last 7 days.
        pub in_progress_recent: i64,
    }

    /// A property manager, as the dashboard shows the newest.
    #[derive(Clone, Debug)]
    pub struct Manager {
        /// The person.
        pub id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// Since when.
        pub created_at: Instant,
        /// The name of the first property they manage.
        pub property_name: Option<String>,
    }
}

/// The counts and the newest managers.
#[derive(Clone, Debug)]
pub struct Widgets {
    /// The counts.
    pub counts: Counts,
    /// The three newest property managers, newest first.
    pub managers: Vec<Manager>,
}

/// Everything an admin's first page shows.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// The counts and the newest managers.
    pub widgets: Widgets,
    /// Who waits for approval.
    pub waiting: Vec<staff::Details>,
    /// All staff.
    pub staff: Vec<staff::Details>,
    /// Residents nobody cares for yet.
    pub unstaffed: Vec<Resident>,
}

handle! {
    /// Readers of the numbers.
    Dashboards
}

#[operations::compiled_here]
impl Dashboards<'_> {
    /// The counts and the newest managers.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn widgets(&self, caller: &Caller) -> Result<Widgets> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::ViewDashboard, Resource::Organization)?;
                widgets(r).await
            })
            .await
    }

    /// Everything an admin's first page shows.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn whole(&self, caller: &Caller) -> Result<Dashboard> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::ViewDashboard, Resource::Organization)?;
                let (widgets, waiting, staff, unstaffed) = tokio::try_join!(
                    widgets(r),
                    staff::list(r, staff::Filter::Waiting),
                    staff::list(r, staff::Filter::Roles(&[Role::Staff, Role::Manager])),
                    resident::unstaffed(r)
                )?;
                Ok(Dashboard { widgets, waiting, staff, unstaffed })
            })
            .await
    }
}

async fn widgets(r: &Read) -> Result<Widgets> {
    let (org, now) = (r.caller().org, r.now());
    let counts = r.one(sql!(
        "SELECT (SELECT count(*) FROM ticket WHERE org_id = $1 AND status = 'open' AND deleted_at IS NULL) AS new, \
         (SELECT count(*) FROM ticket WHERE org_id = $1 AND status = 'open' AND updated_at >= $2 AND deleted_at IS NULL) AS new_recent, \
         (SELECT count(*) FROM ticket WHERE org_id = $1 AND status IN ('in_progress', 'waiting') AND deleted_at IS NULL) AS in_progress, \
         (SELECT count(*) FROM ticket WHERE org_id = $1 AND status IN ('in_progress', 'waiting') AND updated_at >= $3 AND deleted_at IS NULL) AS in_progress_recent \
         /* scan: of one row */",
        org,
        now.plus_days(-1),
        now.plus_days(-7)
    ));
    let managers = r.all(sql!(
        "SELECT p.id, p.first_name, p.last_name, p.created_at, \
         (SELECT o.name FROM property_assignment a JOIN property o ON o.id = a.property_id \
          WHERE a.org_id = $1 AND a.person_id = p.id AND o.deleted_at IS NULL ORDER BY o.id LIMIT 1) AS property_name \
         FROM role_grant g JOIN person p ON p.id = g.person_id \
         WHERE g.org_id = $1 AND g.role = 'property_manager' AND p.deleted_at IS NULL ORDER BY p.created_at DESC, p.id DESC LIMIT 3",
        org
    ));
    let (counts, managers) = tokio::try_join!(counts, managers)?;
    Ok(Widgets { counts, managers })
}
