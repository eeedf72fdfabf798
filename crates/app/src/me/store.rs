//! The SQL about oneself.

use db::{Read, Write, row, sql};
use kernel::{FileId, Instant, PersonId, PropertyId, Result};
use uuid::Uuid;

row! {
    pub struct Name {
        pub first_name: String,
        pub last_name: String,
        pub language: Option<String>,
        pub avatar: Option<Uuid>,
    }

    /// A person's own record.
    #[derive(Clone, Debug)]
    pub struct Contact {
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// Title.
        pub title: Option<String>,
        /// How they are addressed in letters.
        pub salutation: Option<String>,
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
        /// Its uid, by which its look is addressed.
        pub uid: Uuid,
        /// Its name.
        pub name: String,
        /// The time zone of its dates.
        pub time_zone: String,
        /// The colour of its pages: three or six hexadecimal digits, perhaps after a `#`; none, or empty, for the usual one.
        pub accent: Option<String>,
        /// Its logo.
        pub logo: Option<FileId>,
        /// The small picture in a browser's tab.
        pub icon: Option<FileId>,
        /// When its own style sheet changed, if it has one.
        pub styled_at: Option<Instant>,
        /// What is new, as the management wrote it for everybody.
        pub announcements: Option<String>,
    }
}

pub async fn name(r: &Read, id: PersonId) -> Result<Option<Name>> {
    r.optional(sql!(
        "SELECT first_name, last_name, language, avatar FROM person WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn houses(r: &Read, ids: &[PropertyId]) -> Result<Vec<House>> {
    r.all(sql!(
        "SELECT p.id, p.uid, p.name, p.time_zone, p.accent, s.logo_file_id AS logo, s.icon_file_id AS icon, \
         CASE WHEN s.css <> '' THEN s.updated_at END AS styled_at, nullif(s.announcements, '') AS announcements \
         FROM property p LEFT JOIN portal_settings s ON s.property_id = p.id \
         WHERE +p.org_id = $1 AND p.id = ANY($2) AND p.deleted_at IS NULL ORDER BY p.id",
        r.caller().org,
        ids
    ))
    .await
}

/// The property of this uid, if it is the organization's.
pub async fn house_of(r: &Read, uid: Uuid) -> Result<Option<House>> {
    r.optional(sql!(
        "SELECT p.id, p.uid, p.name, p.time_zone, p.accent, s.logo_file_id AS logo, s.icon_file_id AS icon, \
         CASE WHEN s.css <> '' THEN s.updated_at END AS styled_at, nullif(s.announcements, '') AS announcements \
         FROM property p LEFT JOIN portal_settings s ON s.property_id = p.id \
         WHERE p.org_id = $1 AND p.uid = $2 AND p.deleted_at IS NULL AND p.archived_at IS NULL",
        r.caller().org,
        uid
    ))
    .await
}

pub async fn contact(r: &Read, id: PersonId) -> Result<Option<Contact>> {
    r.optional(sql!(
        "SELECT first_name, last_name, title, salutation, email, language, created_at FROM person WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
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
