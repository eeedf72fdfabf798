//! What the management calls a person in lists of its own.

use db::{Read, sql};
use kernel::{PersonId, Result};

/// The reference of a person, never empty: the management's own, else one made of the id.
pub(crate) async fn of(r: &Read, person: PersonId) -> Result<String> {
    let given: Option<String> = r
        .optional(sql!(
            "SELECT reference FROM person_reference WHERE org_id = $1 AND person_id = $2",
            r.caller().org,
            person
        ))
        .await?;
    Ok(given.unwrap_or_else(|| made(person)))
}

/// The reference of a person to whom the management gave none.
#[must_use]
pub fn made(person: PersonId) -> String {
    format!("c-{person}")
}
