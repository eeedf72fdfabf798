//! The SQL about oneself.

use db::{Read, row, sql};
use kernel::{PersonId, PropertyId, Result};

row! {
    pub struct Name {
        pub first_name: String,
        pub last_name: String,
        pub language: Option<String>,
    }

    /// A property as its pages show it.
    #[derive(Clone, Debug)]
    pub struct House {
        /// Its id.
        pub id: PropertyId,
        /// Its name.
        pub name: String,
        /// The time zone of its dates.
        pub time_zone: String,
        /// The colour of its pages, six hexadecimal digits.
        pub accent: Option<String>,
    }
}

pub async fn name(r: &Read, id: PersonId) -> Result<Option<Name>> {
    r.optional(sql!(
        "SELECT first_name, last_name, language FROM person WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn houses(r: &Read, ids: &[PropertyId]) -> Result<Vec<House>> {
    r.all(sql!(
        "SELECT id, name, time_zone, accent FROM property WHERE org_id = $1 AND id = ANY($2) AND deleted_at IS NULL ORDER BY id",
        r.caller().org,
        ids
    ))
    .await
}
