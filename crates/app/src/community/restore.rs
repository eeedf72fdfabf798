//! Taking a deletion back: what is deleted keeps its row, and its files for a day.

use db::{Write, row};
use kernel::{Action, Actor, Error, Instant, PropertyId, Result};

use super::look;
use crate::{
    access::{Resource, require},
    file,
};

row! {
    /// A thing that was deleted.
    pub(crate) struct Deleted {
        pub property_id: PropertyId,
        pub deleted_at: Instant,
    }
}

/// The thing, if the actor may write there and it is not too late: after a day its files may be gone.
pub(crate) fn restorable(w: &Write, actor: &Actor, gone: Option<Deleted>, entity: &'static str) -> Result<Deleted> {
    let gone = gone.ok_or(Error::NotFound(entity))?;
    look(actor, gone.property_id).map_err(|_| Error::NotFound(entity))?;
    require(actor, Action::WriteCommunity, Resource::Of(Some(gone.property_id)))?;
    if gone.deleted_at.plus_secs(file::LAG) <= w.now() {
        return Err(Error::Conflict("too_late"));
    }
    Ok(gone)
}

/// Takes the deletion of a thing of a property back; `$table` is the word for its kind, too.
macro_rules! restore {
    ($w:expr, $actor:expr, $table:literal, $id:expr) => {{
        let gone: Option<$crate::community::restore::Deleted> = $w
            .optional(db::sql!(
                sqlite: concat!("SELECT property_id, deleted_at FROM ", $table, " WHERE org_id = $1 AND id = $2 AND deleted_at IS NOT NULL"),
                postgres: concat!("SELECT property_id, deleted_at FROM ", $table, " WHERE org_id = $1 AND id = $2 AND deleted_at IS NOT NULL");
                $w.caller().org, $id
            ))
            .await?;
        let gone = $crate::community::restore::restorable($w, $actor, gone, $table)?;
        $w.execute(db::sql!(
            sqlite: concat!("UPDATE ", $table, " SET deleted_at = NULL, updated_at = $3 WHERE org_id = $1 AND id = $2"),
            postgres: concat!("UPDATE ", $table, " SET deleted_at = NULL, updated_at = $3 WHERE org_id = $1 AND id = $2");
            $w.caller().org, $id, $w.now()
        ))
        .await?;
        $crate::community::note($w, concat!($table, ".restored"), $id, gone.property_id, String::new());
        gone
    }};
}
pub(crate) use restore;
