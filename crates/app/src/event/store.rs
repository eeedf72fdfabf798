//! The SQL of events.

use db::{Read, Write, row, sql};
use kernel::{BuildingId, EventId, Instant, PersonId, PropertyId, Result};
use uuid::Uuid;

use crate::audience::{Audience, Eye, Showing, seen};

row! {
    /// An event's own row.
    #[derive(Clone, Debug)]
    pub struct Row {
        /// Its id.
        pub id: EventId,
        /// Its uid.
        pub uid: Uuid,
        /// At which property.
        pub property_id: PropertyId,
        /// Who wrote it.
        pub author_id: PersonId,
        /// Its title.
        pub title: String,
        /// Its text.
        pub text: String,
        /// Where it takes place.
        pub location: Option<String>,
        /// Whether it takes whole days.
        pub all_day: bool,
        /// When it begins.
        pub starts_at: Instant,
        /// When it ends.
        pub ends_at: Instant,
        /// The time zone of its days.
        pub time_zone: String,
        /// To whom it is shown.
        pub audience: Audience,
        /// In which building, where the audience is one.
        pub building_id: Option<BuildingId>,
        /// From when it is shown.
        pub published_at: Option<Instant>,
        /// Until when.
        pub expires_at: Option<Instant>,
        /// Since when it is called off.
        pub cancelled_at: Option<Instant>,
        /// Whether people were told.
        pub announced: bool,
        /// When it was written.
        pub created_at: Instant,
        /// When a value of it last changed.
        pub updated_at: Instant,
    }
}

pub struct New<'a> {
    pub title: &'a str,
    pub text: &'a str,
    pub location: Option<String>,
    pub all_day: bool,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub time_zone: String,
    pub announced: bool,
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

pub async fn page(r: &Read, eye: &Eye, places: &[PropertyId], limit: i64, offset: i64) -> Result<Vec<Row>> {
    r.all(seen!(
        "SELECT x.id, x.uid, x.property_id, x.author_id, x.title, x.text, x.location, x.all_day, x.starts_at, x.ends_at, x.time_zone, \
         x.audience, x.building_id, x.published_at, x.expires_at, x.cancelled_at, x.announced, x.created_at, x.updated_at FROM event x \
         WHERE x.org_id = $1 AND x.property_id = ANY($8) AND x.deleted_at IS NULL",
        " ORDER BY x.starts_at DESC, x.id DESC LIMIT $9 OFFSET $10";
        r, eye, places, limit, offset
    ))
    .await
}

pub async fn count(r: &Read, eye: &Eye, property: PropertyId) -> Result<i64> {
    r.one(seen!(
        "SELECT count(*) FROM event x WHERE x.org_id = $1 AND x.property_id = $8 AND x.deleted_at IS NULL", "";
        r, eye, property
    ))
    .await
}

pub async fn by_id(r: &Read, id: EventId) -> Result<Option<Row>> {
    r.optional(sql!(
        "SELECT id, uid, property_id, author_id, title, text, location, all_day, starts_at, ends_at, time_zone, audience, building_id, \
         published_at, expires_at, cancelled_at, announced, created_at, updated_at FROM event WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

/// The time zone of a property.
pub async fn time_zone(r: &Read, property: PropertyId) -> Result<String> {
    r.one(sql!("SELECT time_zone FROM property WHERE org_id = $1 AND id = $2", r.caller().org, property)).await
}

pub async fn insert(w: &Write, property: PropertyId, author: PersonId, e: &New<'_>, s: &Showing) -> Result<EventId> {
    w.one(sql!(
        "INSERT INTO event (uid, org_id, property_id, author_id, title, text, location, all_day, starts_at, ends_at, time_zone, audience, \
         building_id, published_at, expires_at, announced, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17) RETURNING id",
        w.uid(), w.caller().org, property, author, e.title, e.text, &e.location, e.all_day, e.starts_at, e.ends_at, &e.time_zone,
        s.audience.as_str(), s.building_id, s.published_at, s.expires_at, e.announced, w.now()
    ))
    .await
}

pub async fn update(w: &Write, e: &Row, s: &Showing) -> Result<()> {
    w.execute(sql!(
        "UPDATE event SET title = $3, text = $4, location = $5, all_day = $6, starts_at = $7, ends_at = $8, time_zone = $9, \
         audience = $10, building_id = $11, published_at = $12, expires_at = $13, announced = $14, cancelled_at = $15, updated_at = $16 \
         WHERE org_id = $1 AND id = $2",
        w.caller().org, e.id, &e.title, &e.text, &e.location, e.all_day, e.starts_at, e.ends_at, &e.time_zone,
        s.audience.as_str(), s.building_id, s.published_at, s.expires_at, e.announced, e.cancelled_at, w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete(w: &Write, id: EventId) -> Result<()> {
    w.execute(sql!("UPDATE event SET deleted_at = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, w.now()))
        .await
        .map(drop)
}

/// Whose calendar it is: only of those who may still sign in.
pub async fn of_secret(r: &Read, hash: &[u8]) -> Result<Option<PersonId>> {
    r.optional(sql!(
        "SELECT p.id FROM calendar_secret c JOIN person p ON p.id = c.person_id JOIN login l ON l.person_id = p.id \
         WHERE c.org_id = $1 AND c.secret_hash = $2 AND p.deleted_at IS NULL AND p.archived_at IS NULL \
         AND l.status <> 'blocked' AND NOT l.awaits_approval",
        r.caller().org,
        hash
    ))
    .await
}

pub async fn set_secret(w: &Write, person: PersonId, hash: &[u8]) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO calendar_secret (person_id, org_id, secret_hash, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (person_id) DO UPDATE SET secret_hash = excluded.secret_hash, created_at = excluded.created_at",
        person,
        w.caller().org,
        hash,
        w.now()
    ))
    .await
    .map(drop)
}
