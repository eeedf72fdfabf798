//! The SQL of programs.

use db::{Read, Write, row, sql};
use kernel::{ClientId, Instant, OrgId, PropertyId, Result, Scope};
use uuid::Uuid;

use super::New;
use crate::oauth2::GrantType;

row! {
    /// A program that calls for an organization.
    #[derive(Clone, Debug)]
    pub struct Client {
        /// Its id.
        pub id: ClientId,
        /// Its uid.
        pub uid: Uuid,
        /// Which kind of credential: `oauth1`, `oauth2`, `oidc` or `api_key`.
        pub kind: String,
        /// The public half of its credential.
        pub key: String,
        /// Its name.
        pub name: String,
        scopes: String,
        grants: String,
        /// Whether it reaches all properties.
        pub all_properties: bool,
        /// Whether it cannot keep a secret, and has none.
        pub is_public: bool,
        /// Whether its tokens open the community API.
        pub opens_community: bool,
        /// Since when it is refused.
        pub revoked_at: Option<Instant>,
        /// When it was made.
        pub created_at: Instant,
        used_at: Option<Instant>,
        signed_at: Option<i64>,
    }

    /// A secret of a program, without the secret.
    #[derive(Clone, Copy, Debug)]
    pub struct SecretAge {
        /// When it was made.
        pub created_at: Instant,
        /// When it ends, if that was said.
        pub expires_at: Option<Instant>,
    }

    /// Where a program may do something.
    #[derive(Clone, Debug)]
    pub struct Place {
        /// The property.
        pub id: PropertyId,
        /// Its uid, by which APIs name it.
        pub uid: Uuid,
        /// Its name.
        pub name: String,
    }

    /// Where a program of OpenID Connect may send people.
    #[derive(Clone, Debug)]
    pub struct Redirect {
        /// After what: `sign_in` or `sign_out`.
        pub purpose: String,
        /// The address.
        pub uri: String,
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

    /// The ways to a token that it has; of kind `oauth2` alone.
    #[must_use]
    pub fn grants(&self) -> Vec<GrantType> {
        self.grants.split(' ').filter_map(GrantType::parse).collect()
    }

    /// When it last got a token, or signed a request; the latter by its own clock.
    #[must_use]
    pub fn last_used(&self) -> Option<Instant> {
        self.used_at.max(self.signed_at.map(Instant::from_secs))
    }
}

pub async fn by_id(r: &Read, id: ClientId) -> Result<Option<Client>> {
    r.optional(sql!(
        "SELECT id, uid, kind, key, name, scopes, grants, all_properties, is_public, opens_community, revoked_at, created_at, used_at, \
         (SELECT max(n.at) FROM nonce n WHERE n.client_id = client.id) AS signed_at FROM client WHERE org_id = $1 AND id = $2",
        r.caller().org,
        id
    ))
    .await
}

pub async fn all(r: &Read) -> Result<Vec<Client>> {
    r.all(sql!(
        "SELECT id, uid, kind, key, name, scopes, grants, all_properties, is_public, opens_community, revoked_at, created_at, used_at, \
         (SELECT max(n.at) FROM nonce n WHERE n.client_id = client.id) AS signed_at FROM client WHERE org_id = $1 ORDER BY id",
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

/// Requests are accepted for five minutes before and after their time; ten are kept. When each program called last is
/// noted before.
pub async fn forget_nonces(w: &Write) -> Result<u64> {
    let old = w.now().secs() - 600;
    w.execute(sql!(
        "UPDATE client SET used_at = (SELECT max(n.at) * 1000000 FROM nonce n WHERE n.client_id = client.id AND n.at < $1) \
         WHERE id IN (SELECT client_id FROM nonce WHERE at < $1)",
        old
    ))
    .await?;
    w.execute(sql!("DELETE FROM nonce WHERE at < $1", old)).await
}

/// Notes that a program was given a token now.
pub async fn used(w: &Write, org: OrgId, id: ClientId) -> Result<()> {
    w.execute(sql!("UPDATE client SET used_at = $3 WHERE org_id = $1 AND id = $2", org, id, w.now())).await.map(drop)
}

/// Its secrets that are good now, the newest first.
pub async fn secret_ages(r: &Read, id: ClientId) -> Result<Vec<SecretAge>> {
    r.all(sql!(
        "SELECT created_at, expires_at FROM client_secret WHERE client_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY id DESC",
        id,
        r.now()
    ))
    .await
}

/// The properties it is limited to, by name.
pub async fn places(r: &Read, id: ClientId) -> Result<Vec<Place>> {
    r.all(sql!(
        "SELECT p.id, p.uid, p.name FROM client_property c JOIN property p ON p.id = c.property_id WHERE p.org_id = $1 AND c.client_id = $2 ORDER BY p.name_key, p.id",
        r.caller().org,
        id
    ))
    .await
}

/// Where it may send people.
pub async fn redirects(r: &Read, id: ClientId) -> Result<Vec<Redirect>> {
    r.all(sql!("SELECT purpose, uri FROM client_redirect WHERE client_id = $1 ORDER BY purpose, uri", id)).await
}
