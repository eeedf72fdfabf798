//! Taking back what an import made, last things first.

use db::{Change, Read, Write};
use kernel::{EntryId, ImportId, PersonId, Result, TenancyId, UnitId};

use super::{
    State,
    store::{self, Made, Run},
};
use crate::{ledger, resident, tenancy};

/// How many things are taken back at once.
const PART: u32 = 25;

/// Whether something that the import made was used since.
pub async fn in_use(r: &Read, id: ImportId) -> Result<bool> {
    store::in_use(r, id).await
}

/// Takes some things back; answers whether there is more.
pub async fn part(w: &Write, run: &Run) -> Result<bool> {
    let made = store::last_made(w, run.id, PART).await?;
    let Some(last) = made.last() else {
        store::finish(w, run.id, State::Undone).await?;
        return Ok(false);
    };
    for thing in &made {
        take_back(w, thing).await?;
    }
    store::forget_made(w, run.id, last.id).await?;
    Ok(true)
}

async fn take_back(w: &Write, thing: &Made) -> Result<()> {
    let id = thing.entity_id;
    match thing.entity.as_str() {
        "tenancy" => match tenancy::store::any_by_id(w, TenancyId::new(id)).await? {
            Some(t) => tenancy::remove(w, &t).await,
            None => Ok(()),
        },
        "person" => {
            let id = PersonId::new(id);
            store::forget_reference(w, id).await?;
            resident::store::delete(w, id).await?;
            w.change(Change::new("resident.deleted", id).person(id));
            Ok(())
        }
        "unit" => {
            let id = UnitId::new(id);
            store::delete_unit(w, id).await?;
            w.change(Change::new("unit.deleted", id).unit(id));
            Ok(())
        }
        _ => ledger::take_back(w, EntryId::new(id)).await,
    }
}
