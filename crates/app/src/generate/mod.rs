//! Plausible, deterministic data in any amount, for load tests and trials: an organization that has used Portico for
//! two years.

#[rustfmt::skip]
mod names;
mod plan;
mod rows;
#[cfg(test)]
mod tests;
mod write;

use db::sql;
use kernel::{Action, Caller, Error, Random, Result};

use crate::{
    App,
    access::{Resource, require},
    organization,
};
use plan::Plan;
use write::Writer;

/// What to generate.
#[derive(Clone, Debug)]
pub struct Order {
    /// How many units. About 93 of 100 are let.
    pub units: u32,
    /// The same seed gives the same data, as long as the time is the same.
    pub seed: u64,
    /// The hash of a password with which the staff made here can sign in; none leaves them invited.
    pub password_hash: Option<String>,
}

/// What was generated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Summary {
    pub properties: u64,
    pub units: u64,
    pub residents: u64,
    pub staff: u64,
    pub property_managers: u64,
    pub tickets: u64,
    pub notes: u64,
}

/// Fills the caller's organization; it may have staff, but no property yet. `progress` is told how much of how much is
/// done, about a hundred times a second.
///
/// Everything is made in bulk operations of a few milliseconds, in the order in which it would have happened, through
/// the same rules as in real use. When it is stopped half-way, what is there is sound, only less; to have all of it,
/// run it in another organization.
///
/// # Errors
/// [`Error::Forbidden`] to all but the server and its operator; [`Error::Conflict`] `has_properties`; when a write
/// fails.
pub async fn run(app: &App, caller: &Caller, order: &Order, progress: impl FnMut(u64, u64)) -> Result<Summary> {
    let organization = app
        .read(caller, async |r, actor| {
            require(actor, Action::Operate, Resource::Organization)?;
            let taken: bool = r
                .one(sql!(
                    "SELECT EXISTS (SELECT 1 FROM property WHERE org_id = $1 AND deleted_at IS NULL)",
                    r.caller().org
                ))
                .await?;
            if taken { Err(Error::Conflict("has_properties")) } else { organization::get(r).await }
        })
        .await?;
    let units = usize::try_from(order.units).map_err(Error::internal)?;
    let plan = Plan::draw(units, &Random::seeded(order.seed), caller.at);
    Writer::new(app, &organization, order, plan, progress).run().await
}
