//! The SQL of portals: settings, and sign-ins with the link of a unit.

use db::{Read, Write, row, sql};
use kernel::{FileId, Instant, OrgId, PersonId, PropertyId, Result, UnitId, UnitTokenId};
use uuid::Uuid;

use super::settings::Settings;
use crate::Vault;

row! {
    /// A property with what its portal shows.
    #[derive(Clone, Debug)]
    pub struct Row {
        pub id: PropertyId,
        pub uid: Uuid,
        pub org_id: OrgId,
        pub name: String,
        pub street: String,
        pub city: String,
        pub state: String,
        pub postal: String,
        pub country: String,
        pub description: Option<String>,
        pub management_name: Option<String>,
        pub management_phone: Option<String>,
        pub management_email: Option<String>,
        pub title: Option<String>,
        pub subtitle: Option<String>,
        pub login_text: Option<String>,
        pub announcements: Option<String>,
        pub help_text: Option<String>,
        pub main_color: Option<String>,
        pub accent_color: Option<String>,
        pub separator_color: Option<String>,
        pub text_color: Option<String>,
        pub css: Option<String>,
        pub logo_file_id: Option<FileId>,
        pub icon_file_id: Option<FileId>,
        pub portal_allowed: Option<bool>,
        pub api_allowed: Option<bool>,
        pub tenant_set_dpsk: Option<bool>,
        pub guest_allowed: Option<bool>,
        pub enforce_max_units: Option<bool>,
        pub max_units: Option<i64>,
        pub send_email: Option<bool>,
        pub send_sms: Option<bool>,
        pub created_at: Instant,
    }

    /// A unit that somebody may mean who has a link.
    #[derive(Clone)]
    pub struct Linked {
        pub id: UnitId,
        pub uid: Uuid,
        pub generation: i64,
    }

    /// What a token of a unit stands for.
    #[derive(Clone, Debug)]
    pub struct Token {
        pub id: UnitTokenId,
        pub org_id: OrgId,
        pub unit_id: UnitId,
        pub unit_uid: Uuid,
        pub property_id: PropertyId,
        pub property_uid: Uuid,
        pub is_good: bool,
        pub api_allowed: bool,
        pub expires_at: Instant,
    }

    /// A person to whom a link is mailed, and of which unit.
    pub struct Addressee {
        pub uid: Uuid,
        pub generation: i64,
        pub property_uid: Uuid,
        pub property_name: String,
        pub email: Option<String>,
        pub wanted: bool,
    }
}

impl Linked {
    /// The secret of its link.
    pub fn secret(&self, vault: &Vault) -> String {
        vault.link(self.id, self.uid, self.generation)
    }

    /// Whether this is that secret.
    pub fn is_opened_by(&self, vault: &Vault, secret: &str) -> bool {
        vault.is_link(self.id, self.uid, self.generation, secret)
    }
}

/// The property of this id, of the caller's organization.
pub async fn by_id(r: &Read, id: PropertyId) -> Result<Option<Row>> {
    r.optional(sql!(
        "SELECT p.id, p.uid, p.org_id, p.name, p.street, p.city, p.state, p.postal, p.country, p.description, p.management_name, \
         p.management_phone, p.management_email, s.title, s.subtitle, s.login_text, s.announcements, s.help_text, s.main_color, \
         p.accent AS accent_color, s.separator_color, s.text_color, s.css, s.logo_file_id, s.icon_file_id, s.portal_allowed, s.api_allowed, \
         s.tenant_set_dpsk, s.guest_allowed, s.enforce_max_units, s.max_units, s.send_email, s.send_sms, p.created_at \
         FROM property p LEFT JOIN portal_settings s ON s.property_id = p.id \
         WHERE p.org_id = $1 AND p.id = $2 AND p.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

/// The property of this uid, of whichever organization: what a portal shows before somebody signs in is public.
pub async fn by_uid(r: &Read, uid: Uuid) -> Result<Option<Row>> {
    r.optional(sql!(
        "SELECT p.id, p.uid, p.org_id, p.name, p.street, p.city, p.state, p.postal, p.country, p.description, p.management_name, \
         p.management_phone, p.management_email, s.title, s.subtitle, s.login_text, s.announcements, s.help_text, s.main_color, \
         p.accent AS accent_color, s.separator_color, s.text_color, s.css, s.logo_file_id, s.icon_file_id, s.portal_allowed, s.api_allowed, \
         s.tenant_set_dpsk, s.guest_allowed, s.enforce_max_units, s.max_units, s.send_email, s.send_sms, p.created_at \
         FROM property p LEFT JOIN portal_settings s ON s.property_id = p.id WHERE p.uid = $1 AND p.deleted_at IS NULL",
        uid
    ))
    .await
}

/// Whether there is a property of this uid, of whichever organization.
pub async fn exists(r: &Read, uid: Uuid) -> Result<bool> {
    let found: Option<PropertyId> =
        r.optional(sql!("SELECT id FROM property WHERE uid = $1 AND deleted_at IS NULL", uid)).await?;
    Ok(found.is_some())
}

/// These units of a property.
pub async fn linked_of(r: &Read, property: PropertyId, units: &[UnitId]) -> Result<Vec<Linked>> {
    r.all(sql!(
        "SELECT id, uid, portal_generation AS generation FROM unit WHERE org_id = $1 AND property_id = $2 AND id = ANY($3) \
         AND deleted_at IS NULL ORDER BY +id",
        r.caller().org,
        property,
        units
    ))
    .await
}

/// All properties of the organization that are not archived, as they were made.
pub async fn all(r: &Read) -> Result<Vec<Row>> {
    r.all(sql!(
        "SELECT p.id, p.uid, p.org_id, p.name, p.street, p.city, p.state, p.postal, p.country, p.description, p.management_name, \
         p.management_phone, p.management_email, s.title, s.subtitle, s.login_text, s.announcements, s.help_text, s.main_color, \
         p.accent AS accent_color, s.separator_color, s.text_color, s.css, s.logo_file_id, s.icon_file_id, s.portal_allowed, s.api_allowed, \
         s.tenant_set_dpsk, s.guest_allowed, s.enforce_max_units, s.max_units, s.send_email, s.send_sms, p.created_at \
         FROM property p LEFT JOIN portal_settings s ON s.property_id = p.id \
         WHERE p.org_id = $1 AND p.deleted_at IS NULL AND p.archived_at IS NULL ORDER BY p.id",
        r.caller().org
    ))
    .await
}

pub async fn store(w: &Write, id: PropertyId, s: &Settings) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO portal_settings (property_id, org_id, title, subtitle, login_text, announcements, help_text, main_color, accent_color, \
         separator_color, text_color, css, portal_allowed, api_allowed, tenant_set_dpsk, guest_allowed, enforce_max_units, max_units, \
         send_email, send_sms, logo_file_id, icon_file_id, created_at, updated_at) VALUES \
         ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $23) \
         ON CONFLICT (property_id) DO UPDATE SET title = excluded.title, subtitle = excluded.subtitle, login_text = excluded.login_text, \
         announcements = excluded.announcements, help_text = excluded.help_text, main_color = excluded.main_color, \
         accent_color = excluded.accent_color, separator_color = excluded.separator_color, text_color = excluded.text_color, \
         css = excluded.css, portal_allowed = excluded.portal_allowed, api_allowed = excluded.api_allowed, \
         tenant_set_dpsk = excluded.tenant_set_dpsk, guest_allowed = excluded.guest_allowed, \
         enforce_max_units = excluded.enforce_max_units, max_units = excluded.max_units, send_email = excluded.send_email, \
         send_sms = excluded.send_sms, logo_file_id = excluded.logo_file_id, icon_file_id = excluded.icon_file_id, \
         updated_at = excluded.updated_at",
        id,
        w.caller().org,
        &s.title,
        &s.subtitle,
        &s.login_text,
        &s.announcements,
        &s.help_text,
        &s.main_color,
        &s.accent_color,
        &s.separator_color,
        &s.text_color,
        &s.css,
        s.portal_allowed,
        s.api_allowed,
        s.tenant_set_dpsk,
        s.guest_allowed,
        s.enforce_max_units,
        s.max_units,
        s.send_email,
        s.send_sms,
        s.logo,
        s.icon,
        w.now()
    ))
    .await?;
    w.execute(sql!(
        "UPDATE property SET description = $3, management_name = $4, management_phone = $5, management_email = $6, accent = $7 \
         WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        &s.description,
        &s.management_name,
        &s.management_phone,
        &s.management_email,
        s.accent_chosen.then_some(&s.accent_color)
    ))
    .await
    .map(drop)
}

/// A unit of a property, of whichever organization, with what its link is made from.
pub async fn linked(r: &Read, property: PropertyId, unit: UnitId) -> Result<Option<Linked>> {
    r.optional(sql!(
        "SELECT id, uid, portal_generation AS generation FROM unit WHERE id = $2 AND property_id = $1 AND deleted_at IS NULL",
        property,
        unit
    ))
    .await
}

pub async fn link_of(r: &Read, unit: UnitId) -> Result<Option<(Linked, PropertyId, Uuid)>> {
    row! {
        struct Found {
            id: UnitId,
            uid: Uuid,
            generation: i64,
            property_id: PropertyId,
            property_uid: Uuid,
        }
    }
    let found: Option<Found> = r
        .optional(sql!(
            "SELECT u.id, u.uid, u.portal_generation AS generation, u.property_id, p.uid AS property_uid FROM unit u \
             JOIN property p ON p.id = u.property_id WHERE u.org_id = $1 AND u.id = $2 AND u.deleted_at IS NULL",
            r.caller().org,
            unit
        ))
        .await?;
    Ok(found.map(|f| (Linked { id: f.id, uid: f.uid, generation: f.generation }, f.property_id, f.property_uid)))
}

pub async fn insert_token(w: &Write, unit: &Linked, hash: &[u8], until: Instant) -> Result<UnitTokenId> {
    w.one(sql!(
        "INSERT INTO unit_token (org_id, unit_id, generation, token_hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        w.caller().org,
        unit.id,
        unit.generation,
        hash,
        w.now(),
        until
    ))
    .await
}

/// What a token stands for, of whichever organization.
pub async fn token(r: &Read, hash: &[u8]) -> Result<Option<Token>> {
    r.optional(sql!(
        "SELECT t.id, t.org_id, t.unit_id, u.uid AS unit_uid, u.property_id, p.uid AS property_uid, \
         (t.expires_at > $2 AND t.generation = u.portal_generation AND u.deleted_at IS NULL AND p.deleted_at IS NULL) AS is_good, \
         coalesce(s.api_allowed, TRUE) AS api_allowed, t.expires_at FROM unit_token t JOIN unit u ON u.id = t.unit_id \
         JOIN property p ON p.id = u.property_id LEFT JOIN portal_settings s ON s.property_id = p.id WHERE t.token_hash = $1",
        hash,
        r.now()
    ))
    .await
}

/// The same of a token that was looked up already.
pub async fn token_by_id(r: &Read, id: UnitTokenId, unit: UnitId) -> Result<Option<Token>> {
    r.optional(sql!(
        "SELECT t.id, t.org_id, t.unit_id, u.uid AS unit_uid, u.property_id, p.uid AS property_uid, \
         (t.expires_at > $4 AND t.generation = u.portal_generation AND u.deleted_at IS NULL AND p.deleted_at IS NULL) AS is_good, \
         coalesce(s.api_allowed, TRUE) AS api_allowed, t.expires_at FROM unit_token t JOIN unit u ON u.id = t.unit_id \
         JOIN property p ON p.id = u.property_id LEFT JOIN portal_settings s ON s.property_id = p.id \
         WHERE t.org_id = $1 AND t.id = $2 AND t.unit_id = $3",
        r.caller().org,
        id,
        unit,
        r.now()
    ))
    .await
}

/// Forgets sign-ins that have run out, at most `most`.
pub async fn forget_tokens(w: &Write, most: u32) -> Result<u64> {
    w.execute(sql!(
        "DELETE FROM unit_token WHERE id IN (SELECT id FROM unit_token WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        w.now(),
        most
    ))
    .await
}

/// Whom to mail the link of a unit, and whether the property wants that: it has WiFi and an open portal, and mails.
pub async fn addressee(r: &Read, unit: UnitId, person: PersonId) -> Result<Option<Addressee>> {
    r.optional(sql!(
        "SELECT u.uid, u.portal_generation AS generation, p.uid AS property_uid, p.name AS property_name, x.email, \
         (coalesce(s.send_email, TRUE) AND coalesce(s.portal_allowed, TRUE) AND EXISTS (SELECT 1 FROM wifi_network n \
         WHERE n.org_id = u.org_id AND n.property_id = u.property_id AND n.deleted_at IS NULL)) AS wanted \
         FROM unit u JOIN property p ON p.id = u.property_id LEFT JOIN portal_settings s ON s.property_id = p.id \
         JOIN person x ON x.org_id = u.org_id AND x.id = $3 AND x.deleted_at IS NULL AND x.archived_at IS NULL \
         WHERE u.org_id = $1 AND u.id = $2 AND u.deleted_at IS NULL",
        r.caller().org,
        unit,
        person
    ))
    .await
}

/// Who lives in a unit, as its WiFi sees it.
pub async fn residing(r: &Read, unit: UnitId) -> Result<Vec<PersonId>> {
    r.all(sql!(
        "SELECT person_id FROM tenancy WHERE org_id = $1 AND resided_unit_id = $2 ORDER BY id",
        r.caller().org,
        unit
    ))
    .await
}

/// Keeps a style sheet that somebody tries out.
pub async fn keep_preview(w: &Write, person: PersonId, property: PropertyId, css: &str) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO portal_preview (org_id, person_id, property_id, css, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (org_id, person_id, property_id) DO UPDATE SET css = excluded.css, at = excluded.at",
        w.caller().org,
        person,
        property,
        css,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn preview(r: &Read, person: PersonId, property: PropertyId) -> Result<Option<String>> {
    r.optional(sql!(
        "SELECT css FROM portal_preview WHERE org_id = $1 AND person_id = $2 AND property_id = $3",
        r.caller().org,
        person,
        property
    ))
    .await
}

/// Forgets style sheets that were tried out a day ago.
pub async fn forget_previews(w: &Write) -> Result<u64> {
    w.execute(sql!("DELETE FROM portal_preview WHERE at < $1", w.now().plus_days(-1))).await
}
