//! The SQL of documents.

use db::{Read, Write, row, sql};
use kernel::{DocumentId, FolderId, Instant, PropertyId, Result};

use crate::audience::{Audience, Eye, Showing, seen};

row! {
    /// A folder.
    #[derive(Clone, Debug)]
    pub struct Folder {
        /// Its id.
        pub id: FolderId,
        /// Its name.
        pub name: String,
    }

    /// A document.
    #[derive(Clone, Debug)]
    pub struct Document {
        /// Its id.
        pub id: DocumentId,
        /// At which property.
        pub property_id: PropertyId,
        /// In which folder.
        pub folder_id: FolderId,
        /// Its name.
        pub name: String,
        /// The type of its file.
        pub file_type: String,
        /// The bytes of its file.
        pub file_size: i64,
        /// Its file.
        pub file_id: Option<i64>,
        /// To whom it is shown.
        pub audience: Audience,
        /// From when it is shown.
        pub published_at: Option<Instant>,
        /// When it was noted.
        pub created_at: Instant,
    }
}

pub async fn folders(r: &Read, property: PropertyId) -> Result<Vec<Folder>> {
    r.all(sql!(
        "SELECT id, name FROM document_folder WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL ORDER BY position, id",
        r.caller().org,
        property
    ))
    .await
}

pub async fn list(r: &Read, eye: &Eye, property: PropertyId) -> Result<Vec<Document>> {
    r.all(seen!(
        "SELECT x.id, x.property_id, x.folder_id, x.name, x.file_type, x.file_size, x.file_id, x.audience, x.published_at, x.created_at \
         FROM document x WHERE x.org_id = $1 AND x.property_id = $8 AND x.deleted_at IS NULL",
        " ORDER BY x.id";
        r, eye, property
    ))
    .await
}

pub async fn one(r: &Read, eye: &Eye, property: PropertyId, id: DocumentId) -> Result<Option<Document>> {
    r.optional(seen!(
        "SELECT x.id, x.property_id, x.folder_id, x.name, x.file_type, x.file_size, x.file_id, x.audience, x.published_at, x.created_at \
         FROM document x WHERE x.org_id = $1 AND x.property_id = $8 AND x.id = $9 AND x.deleted_at IS NULL",
        "";
        r, eye, property, id
    ))
    .await
}

pub async fn insert_folder(w: &Write, property: PropertyId, name: &str) -> Result<FolderId> {
    w.one(sql!(
        "INSERT INTO document_folder (uid, org_id, property_id, name, position, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, 0, $5, $5) RETURNING id",
        w.uid(),
        w.caller().org,
        property,
        name,
        w.now()
    ))
    .await
}

pub async fn insert(
    w: &Write,
    property: PropertyId,
    folder: FolderId,
    name: &str,
    (kind, size, file): (&str, i64, Option<i64>),
    s: &Showing,
    announced: bool,
) -> Result<DocumentId> {
    w.one(sql!(
        "INSERT INTO document (uid, org_id, property_id, folder_id, name, file_type, file_size, file_id, audience, building_id, \
         published_at, expires_at, announced, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) RETURNING id",
        w.uid(), w.caller().org, property, folder, name, kind, size, file, s.audience.as_str(), s.building_id, s.published_at,
        s.expires_at, announced, w.now()
    ))
    .await
}

pub async fn delete(w: &Write, id: DocumentId) -> Result<()> {
    w.execute(sql!("UPDATE document SET deleted_at = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, w.now()))
        .await
        .map(drop)
}
