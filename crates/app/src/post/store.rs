//! The SQL of announcements.

use db::{Read, Write, row, sql};
use kernel::{BuildingId, Instant, PersonId, PostCommentId, PostId, PropertyId, Result};

use crate::{
    audience::{Audience, Eye, Showing, seen},
    community::PageNumber,
};

row! {
    /// An announcement's own row.
    #[derive(Clone, Debug)]
    pub struct Row {
        /// Its id.
        pub id: PostId,
        /// Where.
        pub property_id: PropertyId,
        /// Who wrote it.
        pub author_id: PersonId,
        /// Its title.
        pub title: String,
        /// Its text.
        pub text: String,
        /// Whether residents may comment.
        pub allow_comments: bool,
        /// To whom it is shown.
        pub audience: Audience,
        /// In which building, where the audience is one.
        pub building_id: Option<BuildingId>,
        /// From when it is shown.
        pub published_at: Option<Instant>,
        /// Until when.
        pub expires_at: Option<Instant>,
        /// Whether people were told.
        pub announced: bool,
        /// When it was written.
        pub created_at: Instant,
        /// When a value of it last changed.
        pub updated_at: Instant,
    }

    /// What somebody said about an announcement.
    #[derive(Clone, Debug)]
    pub struct Comment {
        /// Its id.
        pub id: PostCommentId,
        /// About which announcement.
        pub post_id: PostId,
        /// Who said it.
        pub author_id: PersonId,
        /// What was said.
        pub text: String,
        /// When.
        pub created_at: Instant,
    }
}

row! {
    /// A comment that was deleted, and by whom.
    pub struct Gone {
        pub author_id: PersonId,
        pub deleted_at: Instant,
        pub deleted_by: Option<PersonId>,
    }
}

impl Row {
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

pub async fn page(r: &Read, eye: &Eye, property: PropertyId, page: PageNumber) -> Result<Vec<Row>> {
    r.all(seen!(
        "SELECT x.id, x.property_id, x.author_id, x.title, x.text, x.allow_comments, x.audience, x.building_id, x.published_at, \
         x.expires_at, x.announced, x.created_at, x.updated_at FROM post x \
         WHERE x.org_id = $1 AND x.property_id = $8 AND x.deleted_at IS NULL",
        " ORDER BY coalesce(x.published_at, x.created_at) DESC, x.id DESC LIMIT $9 OFFSET $10";
        r, eye, property, page.limit, page.offset()
    ))
    .await
}

pub async fn count(r: &Read, eye: &Eye, property: PropertyId) -> Result<i64> {
    r.one(seen!(
        "SELECT count(*) FROM post x WHERE x.org_id = $1 AND x.property_id = $8 AND x.deleted_at IS NULL", "";
        r, eye, property
    ))
    .await
}

pub async fn seen_by(r: &Read, eye: &Eye, id: PostId) -> Result<Option<PostId>> {
    r.optional(
        seen!("SELECT x.id FROM post x WHERE x.org_id = $1 AND x.id = $8 AND x.deleted_at IS NULL", ""; r, eye, id),
    )
    .await
}

pub async fn by_id(r: &Read, id: PostId) -> Result<Option<Row>> {
    r.optional(sql!(
        "SELECT id, property_id, author_id, title, text, allow_comments, audience, building_id, published_at, expires_at, announced, \
         created_at, updated_at FROM post WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn comments(r: &Read, ids: &[PostId]) -> Result<Vec<Comment>> {
    r.all(sql!(
        "SELECT id, post_id, author_id, text, created_at FROM post_comment \
         WHERE org_id = $1 AND post_id = ANY($2) AND deleted_at IS NULL ORDER BY +id",
        r.caller().org,
        ids
    ))
    .await
}

#[expect(clippy::too_many_arguments, reason = "a row")]
pub async fn insert(
    w: &Write,
    property: PropertyId,
    author: PersonId,
    title: &str,
    text: &str,
    comments: bool,
    s: &Showing,
    announced: bool,
) -> Result<PostId> {
    w.one(sql!(
        "INSERT INTO post (uid, org_id, property_id, author_id, title, text, allow_comments, audience, building_id, published_at, \
         expires_at, announced, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) RETURNING id",
        w.uid(), w.caller().org, property, author, title, text, comments, s.audience.as_str(), s.building_id, s.published_at,
        s.expires_at, announced, w.now()
    ))
    .await
}

pub async fn update(w: &Write, p: &Row, s: &Showing) -> Result<()> {
    w.execute(sql!(
        "UPDATE post SET title = $3, text = $4, allow_comments = $5, audience = $6, building_id = $7, published_at = $8, \
         expires_at = $9, announced = $10, updated_at = $11 WHERE org_id = $1 AND id = $2",
        w.caller().org, p.id, &p.title, &p.text, p.allow_comments, s.audience.as_str(), s.building_id, s.published_at,
        s.expires_at, p.announced, w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete(w: &Write, id: PostId) -> Result<()> {
    let (org, now) = (w.caller().org, w.now());
    w.execute(sql!(
        "UPDATE post_comment SET deleted_at = $3 WHERE org_id = $1 AND post_id = $2 AND deleted_at IS NULL",
        org,
        id,
        now
    ))
    .await?;
    w.execute(sql!("UPDATE post SET deleted_at = $3 WHERE org_id = $1 AND id = $2", org, id, now)).await.map(drop)
}

pub async fn insert_comment(w: &Write, post: PostId, author: PersonId, text: &str) -> Result<PostCommentId> {
    w.one(sql!(
        "INSERT INTO post_comment (uid, org_id, post_id, author_id, text, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
        w.uid(),
        w.caller().org,
        post,
        author,
        text,
        w.now()
    ))
    .await
}

pub async fn delete_comment(w: &Write, id: PostCommentId) -> Result<()> {
    w.execute(sql!(
        "UPDATE post_comment SET deleted_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        w.now()
    ))
    .await
    .map(drop)
}

/// A comment that was deleted; who did it stands in the spine.
pub async fn deleted_comment(r: &Read, post: PostId, id: PostCommentId) -> Result<Option<Gone>> {
    r.optional(sql!(
        "SELECT k.author_id, k.deleted_at, (SELECT c.actor_id FROM change c WHERE c.org_id = k.org_id AND c.entity = 'post_comment' \
         AND c.entity_id = k.id AND c.action = 'post.comment_deleted' AND c.actor_kind = 'person' ORDER BY c.seq DESC LIMIT 1) AS deleted_by \
         FROM post_comment k WHERE k.org_id = $1 AND k.post_id = $2 AND k.id = $3 AND k.deleted_at IS NOT NULL",
        r.caller().org,
        post,
        id
    ))
    .await
}

pub async fn restore_comment(w: &Write, id: PostCommentId) -> Result<()> {
    w.execute(sql!("UPDATE post_comment SET deleted_at = NULL WHERE org_id = $1 AND id = $2", w.caller().org, id))
        .await
        .map(drop)
}

/// Takes back the deletion of the comments that went with their announcement at that instant.
pub async fn restore_comments(w: &Write, post: PostId, at: Instant) -> Result<()> {
    w.execute(sql!(
        "UPDATE post_comment SET deleted_at = NULL WHERE org_id = $1 AND post_id = $2 AND deleted_at = $3",
        w.caller().org,
        post,
        at
    ))
    .await
    .map(drop)
}
