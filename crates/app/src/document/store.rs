//! The SQL of documents.

use db::{Read, Write, row, sql};
use kernel::{BuildingId, DocumentId, FileId, FolderId, Instant, PropertyId, Result};

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

    /// A folder with its place.
    pub struct FolderRow {
        pub property_id: PropertyId,
        pub name: String,
        pub position: i64,
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
        pub file_id: Option<FileId>,
        /// To whom it is shown.
        pub audience: Audience,
        /// In which building, where the audience is one.
        pub building_id: Option<BuildingId>,
        /// From when it is shown.
        pub published_at: Option<Instant>,
        /// Until when.
        pub expires_at: Option<Instant>,
        /// Whether it was told of.
        pub announced: bool,
        /// When it was noted.
        pub created_at: Instant,
    }
}

pub struct New {
    pub folder_id: FolderId,
    pub name: String,
    pub file_type: String,
    pub file_size: i64,
    pub file_id: Option<FileId>,
    pub announced: bool,
}

impl Document {
    /// How it is shown.
    #[must_use]
    pub const fn showing(&self) -> Showing {
        Showing {
            audience: self.audience,
            building_id: self.building_id,
            published_at: self.published_at,
            expires_at: self.expires_at,
        }
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
        "SELECT x.id, x.property_id, x.folder_id, x.name, x.file_type, x.file_size, x.file_id, x.audience, x.building_id, \
         x.published_at, x.expires_at, x.announced, x.created_at \
         FROM document x WHERE x.org_id = $1 AND x.property_id = $8 AND x.deleted_at IS NULL",
        " ORDER BY x.id";
        r, eye, property
    ))
    .await
}

pub async fn one(r: &Read, eye: &Eye, property: PropertyId, id: DocumentId) -> Result<Option<Document>> {
    r.optional(seen!(
        "SELECT x.id, x.property_id, x.folder_id, x.name, x.file_type, x.file_size, x.file_id, x.audience, x.building_id, \
         x.published_at, x.expires_at, x.announced, x.created_at \
         FROM document x WHERE x.org_id = $1 AND x.property_id = $8 AND x.id = $9 AND x.deleted_at IS NULL",
        "";
        r, eye, property, id
    ))
    .await
}

pub async fn insert_folder(w: &Write, property: PropertyId, name: &str) -> Result<FolderId> {
    w.one(sql!(
        "INSERT INTO document_folder (uid, org_id, property_id, name, position, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, (SELECT coalesce(max(f.position) + 1, 0) FROM document_folder f \
         WHERE f.org_id = $2 AND f.property_id = $3 AND f.deleted_at IS NULL), $5, $5) RETURNING id",
        w.uid(),
        w.caller().org,
        property,
        name,
        w.now()
    ))
    .await
}

pub async fn folder(r: &Read, id: FolderId) -> Result<Option<FolderRow>> {
    r.optional(sql!(
        "SELECT property_id, name, position FROM document_folder WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn update_folder(w: &Write, id: FolderId, name: &str, position: i64) -> Result<()> {
    w.execute(sql!(
        "UPDATE document_folder SET name = $3, position = $4, updated_at = $5 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        name,
        position,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete_folder(w: &Write, id: FolderId) -> Result<()> {
    w.execute(sql!(
        "UPDATE document_folder SET deleted_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn insert(w: &Write, property: PropertyId, n: &New, s: &Showing) -> Result<DocumentId> {
    w.one(sql!(
        "INSERT INTO document (uid, org_id, property_id, folder_id, name, file_type, file_size, file_id, audience, building_id, \
         published_at, expires_at, announced, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) RETURNING id",
        w.uid(), w.caller().org, property, n.folder_id, &n.name, &n.file_type, n.file_size, n.file_id, s.audience.as_str(),
        s.building_id, s.published_at, s.expires_at, n.announced, w.now()
    ))
    .await
}

pub async fn update(w: &Write, id: DocumentId, n: &New, s: &Showing) -> Result<()> {
    w.execute(sql!(
        "UPDATE document SET folder_id = $3, name = $4, file_type = $5, file_size = $6, file_id = $7, audience = $8, \
         building_id = $9, published_at = $10, expires_at = $11, announced = $12, updated_at = $13 WHERE org_id = $1 AND id = $2",
        w.caller().org, id, n.folder_id, &n.name, &n.file_type, n.file_size, n.file_id, s.audience.as_str(), s.building_id,
        s.published_at, s.expires_at, n.announced, w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete(w: &Write, id: DocumentId) -> Result<()> {
    w.execute(sql!("UPDATE document SET deleted_at = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, w.now()))
        .await
        .map(drop)
}
