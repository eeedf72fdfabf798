//! The SQL of sign-ins on the pages, of what people allowed, and of the keys that sign.

use db::{Read, Write, row, sql};
use kernel::{ClientId, Instant, OrgId, PersonId, Result, SessionId};
use uuid::Uuid;

row! {
    /// A sign-in on the pages.
    #[derive(Clone, Debug)]
    pub struct Web {
        /// Its session.
        pub session_id: SessionId,
        /// Of which organization.
        pub org_id: OrgId,
        /// Who.
        pub person_id: PersonId,
        /// When the person proved who they are.
        pub created_at: Instant,
        /// When it ends.
        pub expires_at: Instant,
        /// When the cookie was last seen, to the hour.
        pub used_at: Instant,
    }

    /// What a program may be told about a person.
    #[derive(Clone, Debug)]
    pub struct Profile {
        /// The subject of tokens.
        pub uid: Uuid,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// E-mail address.
        pub email: Option<String>,
        /// When that last changed.
        pub updated_at: Instant,
    }

    /// A key that signs tokens.
    #[derive(Clone, Debug)]
    pub struct SigningKey {
        /// Names it.
        pub kid: String,
        /// The private half, sealed.
        pub sealed: Vec<u8>,
        /// Of the public half, in base64url.
        pub modulus: String,
        /// Of the public half, in base64url.
        pub exponent: String,
        /// From when on it signs.
        pub signs_from: Instant,
        /// Until when.
        pub signs_until: Instant,
        /// Until when its tokens are accepted.
        pub known_until: Instant,
    }
}

/// A key to be.
pub type NewKey = SigningKey;

pub(super) async fn insert_web(w: &Write, session: SessionId, hash: &[u8]) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO web_session (session_id, token_hash, used_at) VALUES ($1, $2, $3)",
        session,
        hash,
        w.now()
    ))
    .await
    .map(drop)
}

/// The sign-in on the pages whose cookie has this hash, of whichever organization.
///
/// # Errors
/// When the statement fails.
pub async fn web(r: &Read, hash: &[u8]) -> Result<Option<Web>> {
    r.optional(sql!(
        "SELECT s.id AS session_id, s.org_id, s.person_id, s.created_at, s.expires_at, w.used_at \
         FROM web_session w JOIN session s ON s.id = w.session_id WHERE w.token_hash = $1 AND s.ended_at IS NULL",
        hash
    ))
    .await
}

/// Notes that a cookie was seen, and moves the end of its session.
///
/// # Errors
/// When a statement fails.
pub async fn touch_web(w: &Write, session: SessionId, expires: Instant) -> Result<()> {
    w.execute(sql!("UPDATE web_session SET used_at = $2 WHERE session_id = $1", session, w.now())).await?;
    w.execute(sql!(
        "UPDATE session SET expires_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        session,
        expires
    ))
    .await
    .map(drop)
}

/// What a person allowed a program to know.
///
/// # Errors
/// When the statement fails.
pub async fn consent(r: &Read, person: PersonId, client: ClientId) -> Result<Option<String>> {
    r.optional(sql!(
        "SELECT scopes FROM consent WHERE org_id = $1 AND person_id = $2 AND client_id = $3",
        r.caller().org,
        person,
        client
    ))
    .await
}

/// Notes what a person allows a program to know.
///
/// # Errors
/// When the statement fails.
pub async fn set_consent(w: &Write, person: PersonId, client: ClientId, scopes: &str) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO consent (org_id, person_id, client_id, scopes, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5) \
         ON CONFLICT (org_id, person_id, client_id) DO UPDATE SET scopes = excluded.scopes, updated_at = excluded.updated_at",
        w.caller().org,
        person,
        client,
        scopes,
        w.now()
    ))
    .await?;
    w.change(db::Change::new("client.allowed", client).person(person));
    Ok(())
}

/// What a program may be told about a person.
///
/// # Errors
/// When the statement fails.
pub async fn profile(r: &Read, person: PersonId) -> Result<Option<Profile>> {
    r.optional(sql!(
        "SELECT uid, first_name, last_name, email, updated_at FROM person \
         WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL AND archived_at IS NULL",
        r.caller().org,
        person
    ))
    .await
}

/// The keys whose tokens are accepted, the oldest first.
///
/// # Errors
/// When the statement fails.
pub async fn keys(r: &Read) -> Result<Vec<SigningKey>> {
    r.all(sql!(
        "SELECT kid, sealed, modulus, exponent, signs_from, signs_until, known_until FROM signing_key \
         WHERE known_until > $1 ORDER BY signs_from, id",
        r.now()
    ))
    .await
}

/// Keeps a key.
///
/// # Errors
/// When the statement fails.
pub async fn insert_key(w: &Write, new: &NewKey) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO signing_key (kid, sealed, modulus, exponent, signs_from, signs_until, known_until, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &new.kid,
        new.sealed.as_slice(),
        &new.modulus,
        &new.exponent,
        new.signs_from,
        new.signs_until,
        new.known_until,
        w.now()
    ))
    .await
    .map(drop)
}
