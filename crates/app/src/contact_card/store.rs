//! The SQL of cards.

use db::{Read, Write, row, sql};
use kernel::{BuildingId, ContactCardId, Instant, PropertyId, Result};
use uuid::Uuid;

use super::Kind;
use crate::audience::{Audience, Eye, Showing, seen};

row! {
    /// A card.
    #[derive(Clone, Debug)]
    pub struct Row {
        /// Its id.
        pub id: ContactCardId,
        /// At which property.
        pub property_id: PropertyId,
        /// What they are to it.
        pub kind: Kind,
        /// Their name.
        pub name: String,
        /// Their company.
        pub company: Option<String>,
        /// Their e-mail address.
        pub email: Option<String>,
        /// Their phone number.
        pub phone: Option<String>,
        /// What they are responsible for.
        pub responsibility: Option<String>,
        /// Their place in the list.
        pub position: i64,
        /// Whether they are shown on the first page.
        pub on_dashboard: bool,
        /// To whom it is shown.
        pub audience: Audience,
        /// In which building, where the audience is one.
        pub building_id: Option<BuildingId>,
        /// From when it is shown.
        pub published_at: Option<Instant>,
        /// Until when.
        pub expires_at: Option<Instant>,
        /// The picture it is shown with: the uid of a file with a thumbnail.
        pub avatar: Option<Uuid>,
    }
}

pub struct New {
    pub kind: Kind,
    pub name: String,
    pub company: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub responsibility: Option<String>,
    pub position: i64,
    pub on_dashboard: bool,
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

pub async fn list(r: &Read, eye: &Eye, property: PropertyId) -> Result<Vec<Row>> {
    r.all(seen!(
        "SELECT x.id, x.property_id, x.kind, x.name, x.company, x.email, x.phone, x.responsibility, x.position, x.on_dashboard, \
         x.audience, x.building_id, x.published_at, x.expires_at, x.avatar FROM contact_card x \
         WHERE x.org_id = $1 AND x.property_id = $8 AND x.deleted_at IS NULL",
        " ORDER BY x.position, x.id";
        r, eye, property
    ))
    .await
}

pub async fn by_id(r: &Read, id: ContactCardId) -> Result<Option<Row>> {
    r.optional(sql!(
        "SELECT id, property_id, kind, name, company, email, phone, responsibility, position, on_dashboard, audience, building_id, \
         published_at, expires_at, avatar FROM contact_card WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

/// The place after the last card.
pub async fn next_position(r: &Read, property: PropertyId) -> Result<i64> {
    r.one(sql!(
        "SELECT coalesce(max(position) + 1, 0) FROM contact_card WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL",
        r.caller().org,
        property
    ))
    .await
}

pub async fn insert(w: &Write, property: PropertyId, c: &New, s: &Showing) -> Result<ContactCardId> {
    w.one(sql!(
        "INSERT INTO contact_card (uid, org_id, property_id, kind, name, company, email, phone, responsibility, position, on_dashboard, \
         audience, building_id, published_at, expires_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16) RETURNING id",
        w.uid(), w.caller().org, property, c.kind.as_str(), &c.name, &c.company, &c.email, &c.phone, &c.responsibility, c.position,
        c.on_dashboard, s.audience.as_str(), s.building_id, s.published_at, s.expires_at, w.now()
    ))
    .await
}

pub async fn update(w: &Write, id: ContactCardId, c: &New, s: &Showing) -> Result<()> {
    w.execute(sql!(
        "UPDATE contact_card SET kind = $3, name = $4, company = $5, email = $6, phone = $7, responsibility = $8, position = $9, \
         on_dashboard = $10, audience = $11, building_id = $12, published_at = $13, expires_at = $14, updated_at = $15 \
         WHERE org_id = $1 AND id = $2",
        w.caller().org, id, c.kind.as_str(), &c.name, &c.company, &c.email, &c.phone, &c.responsibility, c.position, c.on_dashboard,
        s.audience.as_str(), s.building_id, s.published_at, s.expires_at, w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete(w: &Write, id: ContactCardId) -> Result<()> {
    w.execute(sql!(
        "UPDATE contact_card SET deleted_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        w.now()
    ))
    .await
    .map(drop)
}
