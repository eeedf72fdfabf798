//! What the passing of time does to ledgers; for the server alone.

use db::Lane;
use kernel::{Action, Caller, Date, Instant, OrgId, PropertyId, Result, Zone};

use super::{Ledgers, arrears, billing, store};
use crate::access::{Resource, require};

/// How many ledgers are charged, or looked at, in one transaction.
pub const BATCH: u32 = 500;

/// The latest date there is anywhere at an instant.
fn latest(now: Instant) -> Date {
    Zone::UTC.date(now.plus_secs(14 * 3600))
}

#[operations::compiled_here]
impl Ledgers<'_> {
    /// Where rent may be due: properties of all organizations. Their own time zone decides.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn places_to_bill(&self, caller: &Caller) -> Result<Vec<(OrgId, PropertyId)>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let due = store::places_to_bill(r, latest(r.now())).await?;
                Ok(due.into_iter().map(|d| (d.org_id, d.property_id)).collect())
            })
            .await
    }

    /// Charges what is due in a property: at most one period each of [`BATCH`] ledgers. Answers how many it looked
    /// at; until that is 0 there may be more. May be run any number of times, and catches up after a pause.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn bill(&self, caller: &Caller, property: PropertyId) -> Result<u64> {
        self.bill_some(caller, property, BATCH).await
    }

    pub(crate) async fn bill_some(&self, caller: &Caller, property: PropertyId, most: u32) -> Result<u64> {
        self.0
            .write_in(Lane::Bulk, caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                billing::run(w, property, most).await
            })
            .await
    }

    /// Where something may have to be done about arrears: properties of all organizations.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn places_in_arrears(&self, caller: &Caller) -> Result<Vec<(OrgId, PropertyId)>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let due = store::places_in_arrears(r, latest(r.now())).await?;
                Ok(due.into_iter().map(|d| (d.org_id, d.property_id)).collect())
            })
            .await
    }

    /// Takes the steps and charges the fees that are due in a property, for at most [`BATCH`] ledgers; answers how
    /// many it looked at. Each ledger is looked at once a day, and again when something of it is settled.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn follow_up(&self, caller: &Caller, property: PropertyId) -> Result<u64> {
        self.0
            .write_in(Lane::Bulk, caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                arrears::run(w, property, BATCH).await
            })
            .await
    }
}
