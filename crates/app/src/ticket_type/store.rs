//! The SQL of forms.

use db::{Read, Write, row, sql};
use kernel::{Instant, PropertyId, Result, TicketFieldId, TicketTypeGroupId, TicketTypeId};

use super::{Kind, Question, QuestionInput};

row! {
    /// A form's own row.
    #[derive(Clone, Debug)]
    pub struct Row {
        /// Its id.
        pub id: TicketTypeId,
        /// Its group.
        pub group_id: TicketTypeGroupId,
        /// That group's name.
        pub group_name: String,
        /// Where it is offered; nothing for everywhere.
        pub property_id: Option<PropertyId>,
        /// Its name.
        pub name: String,
        /// What it is for.
        pub description: String,
        /// The name of a symbol.
        pub icon: String,
        /// Its newest version.
        pub version: i64,
        /// Since when it is offered no more.
        pub archived_at: Option<Instant>,
    }

    pub struct FieldRow {
        pub id: TicketFieldId,
        pub type_id: TicketTypeId,
        pub version: i64,
        pub position: i64,
        pub name: String,
        pub kind: Kind,
        pub required: bool,
        pub options: String,
        pub help: String,
    }

    /// How many tickets were written with a version.
    pub struct Count {
        pub version: i64,
        pub tickets: i64,
    }
}

impl FieldRow {
    pub fn question(self) -> Question {
        let options = serde_json::from_str(&self.options).unwrap_or_default();
        let Self { id, position, name, kind, required, help, .. } = self;
        Question { id, position, name, kind, required, options, help }
    }
}

pub async fn offered(r: &Read) -> Result<Vec<Row>> {
    r.all(sql!(
        "SELECT t.id, t.group_id, g.name AS group_name, t.property_id, t.name, t.description, t.icon, t.version, t.archived_at \
         FROM ticket_type t JOIN ticket_type_group g ON g.id = t.group_id \
         WHERE t.org_id = $1 AND t.archived_at IS NULL ORDER BY t.id",
        r.caller().org
    ))
    .await
}

pub async fn by_id(r: &Read, id: TicketTypeId) -> Result<Option<Row>> {
    r.optional(sql!(
        "SELECT t.id, t.group_id, g.name AS group_name, t.property_id, t.name, t.description, t.icon, t.version, t.archived_at \
         FROM ticket_type t JOIN ticket_type_group g ON g.id = t.group_id WHERE t.org_id = $1 AND t.id = $2",
        r.caller().org,
        id
    ))
    .await
}

/// All forms, archived ones at the end.
pub async fn all(r: &Read) -> Result<Vec<Row>> {
    r.all(sql!(
        "SELECT t.id, t.group_id, g.name AS group_name, t.property_id, t.name, t.description, t.icon, t.version, t.archived_at \
         FROM ticket_type t JOIN ticket_type_group g ON g.id = t.group_id \
         WHERE t.org_id = $1 ORDER BY t.archived_at IS NOT NULL, g.name, t.name, t.id",
        r.caller().org
    ))
    .await
}

/// The questions of all versions of a form.
pub async fn all_fields(r: &Read, id: TicketTypeId) -> Result<Vec<FieldRow>> {
    r.all(sql!(
        "SELECT id, type_id, version, position, name, kind, required, options, help FROM ticket_field \
         WHERE org_id = $1 AND type_id = $2 ORDER BY version, position, id",
        r.caller().org,
        id
    ))
    .await
}

/// How many tickets were written with each version of a form.
pub async fn counts(r: &Read, id: TicketTypeId) -> Result<Vec<Count>> {
    r.all(sql!(
        "SELECT type_version AS version, count(*) AS tickets FROM ticket \
         WHERE org_id = $1 AND type_id = $2 AND deleted_at IS NULL GROUP BY type_version",
        r.caller().org,
        id
    ))
    .await
}

/// The questions of the newest version of each.
pub async fn fields(r: &Read, ids: &[TicketTypeId]) -> Result<Vec<FieldRow>> {
    r.all(sql!(
        "SELECT f.id, f.type_id, f.version, f.position, f.name, f.kind, f.required, f.options, f.help \
         FROM ticket_field f JOIN ticket_type t ON t.id = f.type_id AND t.version = f.version \
         WHERE t.org_id = $1 AND f.type_id = ANY($2) ORDER BY f.type_id, f.position, f.id",
        r.caller().org,
        ids
    ))
    .await
}

/// The group of this name; made when it is missing.
pub async fn group(w: &Write, name: &str) -> Result<TicketTypeGroupId> {
    w.one(sql!(
        "INSERT INTO ticket_type_group (uid, org_id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) \
         ON CONFLICT (org_id, name) DO UPDATE SET updated_at = excluded.updated_at RETURNING id",
        w.uid(),
        w.caller().org,
        name,
        w.now()
    ))
    .await
}

pub async fn insert(
    w: &Write,
    group: TicketTypeGroupId,
    property: Option<PropertyId>,
    name: &str,
    description: &str,
    icon: &str,
) -> Result<TicketTypeId> {
    w.one(sql!(
        "INSERT INTO ticket_type (uid, org_id, group_id, property_id, name, description, icon, version, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8) RETURNING id",
        w.uid(),
        w.caller().org,
        group,
        property,
        name,
        description,
        icon,
        w.now()
    ))
    .await
}

pub async fn insert_fields(w: &Write, id: TicketTypeId, version: i64, fields: &[QuestionInput]) -> Result<()> {
    for (f, position) in fields.iter().zip(0_i64..) {
        let options = serde_json::to_string(&f.options).map_err(kernel::Error::internal)?;
        w.execute(sql!(
            "INSERT INTO ticket_field (org_id, type_id, version, position, name, kind, required, options, help) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            w.caller().org,
            id,
            version,
            position,
            &f.name,
            f.kind.as_str(),
            f.required,
            options,
            &f.help
        ))
        .await?;
    }
    Ok(())
}

pub async fn update(w: &Write, t: &Row) -> Result<()> {
    w.execute(sql!(
        "UPDATE ticket_type SET group_id = $3, property_id = $4, name = $5, description = $6, icon = $7, version = $8, \
         archived_at = $9, updated_at = $10 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        t.id,
        t.group_id,
        t.property_id,
        &t.name,
        &t.description,
        &t.icon,
        t.version,
        t.archived_at,
        w.now()
    ))
    .await
    .map(drop)
}
