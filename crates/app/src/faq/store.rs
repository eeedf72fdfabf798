//! The SQL of questions and answers.

use std::collections::BTreeMap;

use db::{Read, Write, row, sql};
use kernel::{BuildingId, FaqArticleId, FaqGroupId, Instant, PropertyId, Result, TicketTypeId};

use crate::audience::{Audience, Eye, Showing, seen};

row! {
    /// A group of questions.
    #[derive(Clone, Debug)]
    pub struct Group {
        /// Its id.
        pub id: FaqGroupId,
        /// Its title.
        pub title: String,
    }

    /// A group with its place.
    pub struct GroupRow {
        pub property_id: PropertyId,
        pub title: String,
        pub position: i64,
    }

    /// A question with its answer.
    #[derive(Clone, Debug)]
    pub struct Article {
        /// Its id.
        pub id: FaqArticleId,
        /// At which property.
        pub property_id: PropertyId,
        /// In which group.
        pub group_id: FaqGroupId,
        /// The question.
        pub title: String,
        /// Other words for it.
        pub keywords: String,
        /// The answer.
        pub text: String,
        /// The form that helps further.
        pub ticket_type_id: Option<TicketTypeId>,
        /// Its place in the list.
        pub position: i64,
        /// To whom it is shown.
        pub audience: Audience,
        /// In which building, where the audience is one.
        pub building_id: Option<BuildingId>,
        /// From when it is shown.
        pub published_at: Option<Instant>,
        /// Until when.
        pub expires_at: Option<Instant>,
    }

    pub struct Hit {
        pub article_id: FaqArticleId,
        pub weight: i64,
    }
}

pub struct New {
    pub group_id: FaqGroupId,
    pub title: String,
    pub keywords: String,
    pub text: String,
    pub ticket_type_id: Option<TicketTypeId>,
    pub position: i64,
}

impl Article {
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

pub async fn groups(r: &Read, property: PropertyId) -> Result<Vec<Group>> {
    r.all(sql!(
        "SELECT id, title FROM faq_group WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL ORDER BY position, id",
        r.caller().org,
        property
    ))
    .await
}

pub async fn list(r: &Read, eye: &Eye, property: PropertyId) -> Result<Vec<Article>> {
    r.all(seen!(
        "SELECT x.id, x.property_id, x.group_id, x.title, x.keywords, x.text, x.ticket_type_id, x.position, x.audience, x.building_id, \
         x.published_at, x.expires_at FROM faq_article x WHERE x.org_id = $1 AND x.property_id = $8 AND x.deleted_at IS NULL",
        " ORDER BY x.position, x.id";
        r, eye, property
    ))
    .await
}

pub async fn by_id(r: &Read, id: FaqArticleId) -> Result<Option<Article>> {
    r.optional(sql!(
        "SELECT id, property_id, group_id, title, keywords, text, ticket_type_id, position, audience, building_id, published_at, expires_at \
         FROM faq_article WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

/// The articles with a word that begins so.
pub async fn hits(r: &Read, property: PropertyId, word: &str) -> Result<Vec<Hit>> {
    r.all(sql!(
        "SELECT article_id, CAST(sum(weight) AS BIGINT) AS weight FROM faq_word \
         WHERE org_id = $1 AND property_id = $2 AND word >= $3 AND word < $4 GROUP BY article_id",
        r.caller().org,
        property,
        word,
        format!("{word}\u{10ffff}")
    ))
    .await
}

/// Replaces the words of an article.
pub async fn set_words(w: &Write, property: PropertyId, id: FaqArticleId, words: &BTreeMap<String, i64>) -> Result<()> {
    w.execute(sql!("DELETE FROM faq_word WHERE article_id = $1", id)).await?;
    for (word, weight) in words {
        w.execute(sql!(
            "INSERT INTO faq_word (org_id, property_id, word, article_id, weight) VALUES ($1, $2, $3, $4, $5)",
            w.caller().org,
            property,
            word,
            id,
            *weight
        ))
        .await?;
    }
    Ok(())
}

pub async fn insert_group(w: &Write, property: PropertyId, title: &str) -> Result<FaqGroupId> {
    w.one(sql!(
        "INSERT INTO faq_group (uid, org_id, property_id, title, position, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, (SELECT coalesce(max(g.position) + 1, 0) FROM faq_group g \
         WHERE g.org_id = $2 AND g.property_id = $3 AND g.deleted_at IS NULL), $5, $5) RETURNING id",
        w.uid(),
        w.caller().org,
        property,
        title,
        w.now()
    ))
    .await
}

/// The place after the last article.
pub async fn next_position(r: &Read, property: PropertyId) -> Result<i64> {
    r.one(sql!(
        "SELECT coalesce(max(position) + 1, 0) FROM faq_article WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL",
        r.caller().org,
        property
    ))
    .await
}

pub async fn delete_group(w: &Write, id: FaqGroupId) -> Result<()> {
    w.execute(sql!("UPDATE faq_group SET deleted_at = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, w.now()))
        .await
        .map(drop)
}

pub async fn insert(w: &Write, property: PropertyId, a: &New, s: &Showing) -> Result<FaqArticleId> {
    w.one(sql!(
        "INSERT INTO faq_article (uid, org_id, property_id, group_id, title, keywords, text, ticket_type_id, position, audience, \
         building_id, published_at, expires_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) RETURNING id",
        w.uid(), w.caller().org, property, a.group_id, &a.title, &a.keywords, &a.text, a.ticket_type_id, a.position,
        s.audience.as_str(), s.building_id, s.published_at, s.expires_at, w.now()
    ))
    .await
}

pub async fn update(w: &Write, id: FaqArticleId, a: &New, s: &Showing) -> Result<()> {
    w.execute(sql!(
        "UPDATE faq_article SET group_id = $3, title = $4, keywords = $5, text = $6, ticket_type_id = $7, position = $8, audience = $9, \
         building_id = $10, published_at = $11, expires_at = $12, updated_at = $13 WHERE org_id = $1 AND id = $2",
        w.caller().org, id, a.group_id, &a.title, &a.keywords, &a.text, a.ticket_type_id, a.position, s.audience.as_str(),
        s.building_id, s.published_at, s.expires_at, w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete(w: &Write, id: FaqArticleId) -> Result<()> {
    w.execute(sql!("DELETE FROM faq_word WHERE article_id = $1", id)).await?;
    w.execute(sql!("UPDATE faq_article SET deleted_at = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, w.now()))
        .await
        .map(drop)
}

pub async fn group(r: &Read, id: FaqGroupId) -> Result<Option<GroupRow>> {
    r.optional(sql!(
        "SELECT property_id, title, position FROM faq_group WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn update_group(w: &Write, id: FaqGroupId, title: &str, position: i64) -> Result<()> {
    w.execute(sql!(
        "UPDATE faq_group SET title = $3, position = $4, updated_at = $5 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        title,
        position,
        w.now()
    ))
    .await
    .map(drop)
}
