//! The SQL about oneself.

use db::{Read, Write, row, sql};
use kernel::{Instant, PersonId, PropertyId, Result};

row! {
    pub struct Name {
        pub first_name: String,
        pub last_name: String,
        pub language: Option<String>,
    }

    /// A person's own record.
    #[derive(Clone, Debug)]
    pub struct Contact {
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// E-mail address.
        pub email: Option<String>,
        /// The language they chose.
        pub language: Option<String>,
        /// Since when they are known here.
        pub created_at: Instant,
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

pub async fn contact(r: &Read, id: PersonId) -> Result<Option<Contact>> {
    r.optional(sql!(
        "SELECT first_name, last_name, email, language, created_at FROM person WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn set_language(w: &Write, id: PersonId, language: Option<&str>) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET language = $3, changed_at = $4, updated_at = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        language,
        w.now()
    ))
    .await
    .map(drop)
}

/// Notes that something of a person changed.
pub async fn touch(w: &Write, id: PersonId) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET changed_at = $3, updated_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        w.now()
    ))
    .await
    .map(drop)
}
