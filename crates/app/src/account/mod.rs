//! A person as customer of one property: storEDGE's tenant.

mod store;

use db::{Change, Write};
use kernel::{AccountId, PersonId, PropertyId, Result};

/// The account of a person at a property, made when there is none: with the next number, the settings every account
/// begins with, and two recovery questions to be asked.
pub(crate) async fn ensure(w: &Write, person: PersonId, property: PropertyId) -> Result<AccountId> {
    if let Some(id) = store::of_person(w, person, property).await? {
        return Ok(id);
    }
    let id = store::insert(w, person, property).await?;
    w.change(Change::new("account.created", id).person(person).property(property));
    Ok(id)
}
