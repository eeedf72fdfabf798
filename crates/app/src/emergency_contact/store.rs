//! The SQL of emergency contacts.

use db::{Read, Write, row, sql};
use kernel::{EmergencyContactId, EmergencyNumberId, Instant, Result};

row! {
    /// A contact's own row.
    #[derive(Clone, Debug)]
    pub struct Contact {
        /// Its id.
        pub id: EmergencyContactId,
        /// Its name.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
        /// When made.
        pub created_at: Instant,
        /// When a value of it last changed.
        pub updated_at: Instant,
    }

    /// A number of a contact.
    #[derive(Clone, Debug)]
    pub struct Number {
        /// Its id.
        pub id: EmergencyNumberId,
        /// Of which contact.
        pub contact_id: EmergencyContactId,
        /// The number, as written.
        pub number: String,
        /// Of what kind.
        pub kind: Option<String>,
        /// Extension.
        pub extension: Option<String>,
        /// When made.
        pub created_at: Instant,
        /// When a value of it last changed.
        pub updated_at: Instant,
    }
}

pub async fn all(r: &Read) -> Result<Vec<Contact>> {
    r.all(sql!(
        "SELECT id, name, description, created_at, updated_at FROM emergency_contact WHERE org_id = $1 AND deleted_at IS NULL ORDER BY id",
        r.caller().org
    ))
    .await
}

pub async fn all_numbers(r: &Read) -> Result<Vec<Number>> {
    r.all(sql!(
        "SELECT id, contact_id, number, kind, extension, created_at, updated_at FROM emergency_number WHERE org_id = $1 ORDER BY contact_id, id",
        r.caller().org
    ))
    .await
}

pub async fn by_id(r: &Read, id: EmergencyContactId) -> Result<Option<Contact>> {
    r.optional(sql!(
        "SELECT id, name, description, created_at, updated_at FROM emergency_contact WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn numbers(r: &Read, id: EmergencyContactId) -> Result<Vec<Number>> {
    r.all(sql!(
        "SELECT id, contact_id, number, kind, extension, created_at, updated_at FROM emergency_number WHERE org_id = $1 AND contact_id = $2 ORDER BY id",
        r.caller().org,
        id
    ))
    .await
}

pub async fn find(r: &Read, name: &str) -> Result<Option<EmergencyContactId>> {
    r.optional(sql!(
        "SELECT id FROM emergency_contact WHERE org_id = $1 AND name = $2 AND deleted_at IS NULL",
        r.caller().org,
        name
    ))
    .await
}

pub async fn insert(w: &Write, name: &str, description: Option<&str>) -> Result<EmergencyContactId> {
    w.one(sql!(
        "INSERT INTO emergency_contact (uid, org_id, name, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5) RETURNING id",
        w.uid(),
        w.caller().org,
        name,
        description,
        w.now()
    ))
    .await
}

pub async fn update(w: &Write, id: EmergencyContactId, name: &str, description: Option<&str>) -> Result<()> {
    w.execute(sql!(
        "UPDATE emergency_contact SET name = $3, description = $4, updated_at = $5 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        name,
        description,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete(w: &Write, id: EmergencyContactId) -> Result<()> {
    let org = w.caller().org;
    w.execute(sql!("DELETE FROM emergency_number WHERE org_id = $1 AND contact_id = $2", org, id)).await?;
    w.execute(sql!("UPDATE emergency_contact SET deleted_at = $3 WHERE org_id = $1 AND id = $2", org, id, w.now()))
        .await
        .map(drop)
}

pub async fn insert_number(
    w: &Write,
    contact: EmergencyContactId,
    number: &str,
    kind: Option<&str>,
    extension: Option<&str>,
) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO emergency_number (org_id, contact_id, number, kind, extension, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
        w.caller().org,
        contact,
        number,
        kind,
        extension,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn update_number(w: &Write, n: &Number) -> Result<()> {
    w.execute(sql!(
        "UPDATE emergency_number SET number = $3, kind = $4, extension = $5, updated_at = $6 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        n.id,
        &n.number,
        &n.kind,
        &n.extension,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete_number(w: &Write, id: EmergencyNumberId) -> Result<()> {
    w.execute(sql!("DELETE FROM emergency_number WHERE org_id = $1 AND id = $2", w.caller().org, id)).await.map(drop)
}
