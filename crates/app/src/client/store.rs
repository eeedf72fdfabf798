//! The SQL of programs.

use db::{Read, Write, row, sql};
use kernel::{ClientId, Instant, OrgId, PropertyId, Result, Scope};
use uuid::Uuid;

use super::New;

row! {
    /// A program that calls for an organization.
    #[derive(Clone, Debug)]
    pub struct Client {
        /// Its id.
        pub id: ClientId,
        /// Its uid.
        pub uid: Uuid,
        /// Which kind of credential: `oauth1`, `oauth2` or `oidc`.
        pub kind: String,
        /// The public half of its credential.
        pub key: String,
        /// Its name.
        pub name: String,
        scopes: String,
        /// Whether it reaches all properties.
        pub all_properties: bool,
        /// Since when it is refused.
        pub revoked_at: Option<Instant>,
        /// When it was made.
        pub created_at: Instant,
    }

    pub struct Secret {
        pub id: ClientId,
        pub org_id: OrgId,
        pub sealed: Vec<u8>,
    }
}

impl Client {
    /// What it may do.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes.split(' ').filter_map(Scope::parse).collect()
    }
}

pub async fn by_id(r: &Read, id: ClientId) -> Result<Option<Client>> {
    r.optional(sql!(
        "SELECT id, uid, kind, key, name, scopes, all_properties, revoked_at, created_at FROM client WHERE org_id = $1 AND id = $2",
        r.caller().org,
        id
    ))
    .await
}

pub async fn all(r: &Read) -> Result<Vec<Client>> {
    r.all(sql!(
        "SELECT id, uid, kind, key, name, scopes, all_properties, revoked_at, created_at FROM client WHERE org_id = $1 ORDER BY id",
        r.caller().org
    ))
    .await
}

pub async fn by_key(r: &Read, key: &str) -> Result<Vec<Secret>> {
    r.all(sql!(
        "SELECT c.id, c.org_id, s.sealed FROM client c JOIN client_secret s ON s.client_id = c.id \
         WHERE c.key = $1 AND c.kind = 'oauth1' AND c.revoked_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > $2) ORDER BY s.id DESC",
        key,
        r.now()
    ))
    .await
}

pub async fn properties(r: &Read, id: ClientId) -> Result<Vec<PropertyId>> {
    r.all(sql!("SELECT property_id FROM client_property WHERE client_id = $1", id)).await
}

pub async fn insert(w: &Write, new: &New) -> Result<ClientId> {
    let scopes: Vec<&str> = new.scopes.iter().map(|s| s.as_str()).collect();
    let grants: Vec<&str> = new.grants.iter().map(|g| g.as_str()).collect();
    w.one(sql!(
        "INSERT INTO client (uid, org_id, kind, key, name, scopes, grants, all_properties, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) RETURNING id",
        w.uid(),
        w.caller().org,
        new.kind.as_str(),
        &new.key,
        &new.name,
        scopes.join(" "),
        grants.join(" "),
        new.properties.is_none(),
        w.now()
    ))
    .await
}

pub async fn assign(w: &Write, id: ClientId, property: PropertyId) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO client_property (client_id, property_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        id,
        property
    ))
    .await
    .map(drop)
}

pub async fn insert_secret(w: &Write, id: ClientId, sealed: &[u8]) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO client_secret (client_id, sealed, created_at) VALUES ($1, $2, $3)",
        id,
        sealed,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn end_secrets(w: &Write, id: ClientId, at: Instant) -> Result<()> {
    w.execute(sql!(
        "UPDATE client_secret SET expires_at = $2 WHERE client_id = $1 AND (expires_at IS NULL OR expires_at > $2)",
        id,
        at
    ))
    .await
    .map(drop)
}

pub async fn revoke(w: &Write, id: ClientId) -> Result<()> {
    w.execute(sql!(
        "UPDATE client SET revoked_at = $3, updated_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        w.now()
    ))
    .await
    .map(drop)
}

/// Notes a request; answers whether it was not known.
pub async fn insert_nonce(w: &Write, id: ClientId, at: i64, nonce: &str) -> Result<bool> {
    let made = w
        .execute(sql!(
            "INSERT INTO nonce (client_id, at, nonce) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            id,
            at,
            nonce
        ))
        .await?;
    Ok(made == 1)
}

/// Requests are accepted for five minutes before and after their time; ten are kept.
pub async fn forget_nonces(w: &Write) -> Result<u64> {
    w.execute(sql!("DELETE FROM nonce WHERE at < $1", w.now().secs() - 600)).await
}
