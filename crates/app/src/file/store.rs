//! The SQL of files.

use db::{Read, Write, row, sql};
use kernel::{Error, FileId, Instant, OrgId, PersonId, Result};
use uuid::Uuid;

use super::{File, Holder, Thumbnail, UNUSED};

row! {
    /// A file whose bytes are to be deleted.
    #[derive(Clone, Debug)]
    pub struct Doomed {
        pub id: FileId,
        pub path: String,
        pub thumbnail: Thumbnail,
    }

    /// A file and what holds it.
    pub struct Held {
        pub entity_id: i64,
        pub file_id: FileId,
    }
}

/// A file to be.
#[derive(Clone, Debug)]
pub struct New {
    pub uid: Uuid,
    pub path: String,
    pub name: String,
    pub content_type: String,
    pub size: i64,
    pub sha256: Vec<u8>,
    pub pixels: Option<(u32, u32)>,
    pub thumbnail: Thumbnail,
    pub by: Option<PersonId>,
}

/// What an organization's files take, in bytes; deleted ones count until their bytes are gone.
pub async fn used(r: &Read) -> Result<i64> {
    r.one(sql!("SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM file WHERE org_id = $1", r.caller().org)).await
}

pub async fn insert(w: &Write, new: &New) -> Result<FileId> {
    w.one(sql!(
        "INSERT INTO file (uid, org_id, path, name, content_type, size, sha256, width, height, thumbnail, state, uploaded_by, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'uploaded', $11, $12, $12) RETURNING id",
        new.uid,
        w.caller().org,
        &new.path,
        &new.name,
        &new.content_type,
        new.size,
        &new.sha256[..],
        new.pixels.map(|(width, _)| width),
        new.pixels.map(|(_, height)| height),
        new.thumbnail.as_str(),
        new.by,
        w.now()
    ))
    .await
}

pub async fn by_id(r: &Read, id: FileId) -> Result<Option<File>> {
    r.optional(sql!(
        "SELECT id, uid, path, name, content_type, size, sha256, width, height, thumbnail, uploaded_by, created_at FROM file \
         WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

/// Of whichever organization: for those who hold a signed address.
pub async fn by_uid(r: &Read, uid: Uuid) -> Result<Option<File>> {
    r.optional(sql!(
        "SELECT id, uid, path, name, content_type, size, sha256, width, height, thumbnail, uploaded_by, created_at FROM file \
         WHERE uid = $1 AND deleted_at IS NULL",
        uid
    ))
    .await
}

/// What somebody uploaded in the last day and nothing holds.
pub async fn unused(r: &Read, by: Option<PersonId>) -> Result<Vec<File>> {
    r.all(sql!(
        "SELECT id, uid, path, name, content_type, size, sha256, width, height, thumbnail, uploaded_by, created_at FROM file \
         WHERE org_id = $1 AND created_at > $3 AND state = 'uploaded' AND deleted_at IS NULL AND coalesce(uploaded_by, 0) = $2 \
         ORDER BY id",
        r.caller().org,
        by.map_or(0, PersonId::get),
        r.now().plus_secs(-UNUSED)
    ))
    .await
}

/// Takes a file for good; answers whether it was there to be taken.
pub async fn take(w: &Write, ids: &[FileId], by: Option<PersonId>) -> Result<Vec<FileId>> {
    w.all(sql!(
        "UPDATE file SET state = 'attached', updated_at = $5 WHERE +org_id = $1 AND id = ANY($2) AND coalesce(uploaded_by, 0) = $3 \
         AND state = 'uploaded' AND deleted_at IS NULL AND created_at > $4 RETURNING id",
        w.caller().org,
        ids,
        by.map_or(0, PersonId::get),
        w.now().plus_secs(-UNUSED),
        w.now()
    ))
    .await
}

/// The files get the positions of their ids in the list.
pub async fn hold(w: &Write, file: FileId, holder: Holder, position: i64) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO attachment (org_id, file_id, entity, entity_id, position, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        w.caller().org,
        file,
        holder.entity(),
        holder.id(),
        position,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn next_position(r: &Read, holder: Holder) -> Result<i64> {
    r.one(sql!(
        "SELECT coalesce(max(position) + 1, 0) FROM attachment WHERE org_id = $1 AND entity = $2 AND entity_id = $3",
        r.caller().org,
        holder.entity(),
        holder.id()
    ))
    .await
}

pub async fn held(r: &Read, entity: &str, ids: &[i64]) -> Result<Vec<Held>> {
    let ids: Vec<FileId> = ids.iter().copied().map(FileId::new).collect();
    r.all(sql!(
        "SELECT entity_id, file_id FROM attachment WHERE org_id = $1 AND entity = $2 AND entity_id = ANY($3) \
         ORDER BY entity_id, position, id",
        r.caller().org,
        entity,
        &ids
    ))
    .await
}

pub async fn these(r: &Read, ids: &[FileId]) -> Result<Vec<File>> {
    r.all(sql!(
        "SELECT id, uid, path, name, content_type, size, sha256, width, height, thumbnail, uploaded_by, created_at FROM file \
         WHERE +org_id = $1 AND id = ANY($2) AND deleted_at IS NULL",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn delete(w: &Write, ids: &[FileId]) -> Result<Vec<FileId>> {
    w.all(sql!(
        "UPDATE file SET deleted_at = $3, updated_at = $3 WHERE +org_id = $1 AND id = ANY($2) AND deleted_at IS NULL RETURNING id",
        w.caller().org,
        ids,
        w.now()
    ))
    .await
}

pub async fn thumbnail_is(w: &Write, id: FileId, thumbnail: Thumbnail) -> Result<()> {
    w.execute(sql!(
        "UPDATE file SET thumbnail = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        thumbnail.as_str()
    ))
    .await
    .map(drop)
}

pub async fn organizations_with_orphans(r: &Read) -> Result<Vec<OrgId>> {
    r.all(sql!(
        "SELECT o.id FROM organization o WHERE EXISTS (SELECT 1 FROM file f WHERE f.org_id = o.id AND f.created_at <= $1 \
         AND f.state = 'uploaded' AND f.deleted_at IS NULL) ORDER BY o.id /* scan: all organizations */",
        r.now().plus_secs(-UNUSED)
    ))
    .await
}

pub async fn orphans(r: &Read, most: u32) -> Result<Vec<FileId>> {
    r.all(sql!(
        "SELECT id FROM file WHERE org_id = $1 AND created_at <= $2 AND state = 'uploaded' AND deleted_at IS NULL \
         ORDER BY created_at LIMIT $3",
        r.caller().org,
        r.now().plus_secs(-UNUSED),
        most
    ))
    .await
}

/// Files of all organizations that were deleted until `before`, from the id `after` on.
pub async fn doomed(r: &Read, before: Instant, most: u32) -> Result<Vec<Doomed>> {
    r.all(sql!(
        "SELECT id, path, thumbnail FROM file WHERE deleted_at <= $1 ORDER BY deleted_at, id LIMIT $2",
        before,
        most
    ))
    .await
}

/// Takes back the deletion of the files of one thing that were deleted at that instant.
pub async fn restore(w: &Write, holder: Holder, at: Instant) -> Result<Vec<FileId>> {
    w.all(sql!(
        "UPDATE file SET deleted_at = NULL, updated_at = $5 WHERE org_id = $1 AND deleted_at = $4 \
         AND id IN (SELECT file_id FROM attachment WHERE org_id = $1 AND entity = $2 AND entity_id = $3) RETURNING id",
        w.caller().org,
        holder.entity(),
        holder.id(),
        at,
        w.now()
    ))
    .await
}

/// Forgets files whose bytes are gone.
pub async fn forget(w: &Write, ids: &[FileId]) -> Result<u64> {
    w.execute(sql!("DELETE FROM attachment WHERE file_id = ANY($1)", ids)).await?;
    w.execute(sql!("DELETE FROM file WHERE id = ANY($1) AND deleted_at IS NOT NULL", ids)).await
}

/// When the oldest organization was made.
pub async fn began(r: &Read) -> Result<Option<Instant>> {
    r.one(sql!("SELECT min(created_at) FROM organization /* scan: all organizations */")).await
}

/// Which of these paths are those of files, of whichever organization, deleted ones too.
pub async fn known(r: &Read, paths: &[String]) -> Result<Vec<String>> {
    let paths = serde_json::to_string(paths).map_err(Error::internal)?;
    r.all(sql!(
        sqlite: "SELECT path FROM file WHERE path IN (SELECT value FROM json_each(?1))",
        // Lists of texts are unfolded differently.
        postgres: "SELECT path FROM file WHERE path IN (SELECT json_array_elements_text(CAST(CAST($1 AS TEXT) AS JSON)))";
        paths
    ))
    .await
}
