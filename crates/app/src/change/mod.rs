//! The spine: what happened, in commit order. Everything that tells people about facts reads it.

mod audit;
mod timeline;

use db::{row, sql};
use kernel::{Action, Caller, Instant, Result};

use crate::{
    access::{Resource, require},
    handle,
};

pub use audit::{Area, Audited, Filter, MOST_LISTED, Names, Someone, Trail, points_to};
pub use timeline::{Activity, Timelines};

row! {
    /// One fact.
    #[derive(Clone, Debug)]
    pub struct Change {
        /// Its number in the organization: from 1, without gaps, in commit order.
        pub seq: i64,
        /// When.
        pub at: Instant,
        /// `person`, `client`, `system` or `anonymous`.
        pub actor_kind: String,
        /// Who.
        pub actor_id: Option<i64>,
        /// Through which door.
        pub door: String,
        /// What, as in `ticket.closed`.
        pub action: String,
        /// To what kind of thing.
        pub entity: String,
        /// To which one.
        pub entity_id: i64,
        /// `{field: [old, new]}`, or empty.
        pub data: String,
    }
}

handle! {
    /// Readers of the spine.
    Changes
}

#[operations::compiled_here]
impl Changes<'_> {
    /// The facts after number `after`, at most `limit`.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn after(&self, caller: &Caller, after: i64, limit: u32) -> Result<Vec<Change>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                r.all(sql!(
                    "SELECT seq, at, actor_kind, actor_id, door, action, entity, entity_id, data FROM change \
                     WHERE org_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                    r.caller().org,
                    after,
                    limit
                ))
                .await
            })
            .await
    }
}
