//! The SQL of OpenID Connect.

use db::{Read, Write, row, sql};
use kernel::{ClientId, Instant, OrgId, PersonId, Result, SessionId};

use super::{New, NewCode, Purpose};
use crate::login::Proof;

row! {
    /// A program that lets people sign in here.
    #[derive(Clone, Debug)]
    pub struct Party {
        /// Its id.
        pub id: ClientId,
        /// For whose people it is.
        pub org_id: OrgId,
        /// Its `client_id`.
        pub key: String,
        /// Its name.
        pub name: String,
        /// Whether it has no secret.
        pub is_public: bool,
        /// Whether its tokens open the community API.
        pub opens_community: bool,
    }

    /// A code that was handed out.
    #[derive(Clone, Debug)]
    pub struct Code {
        /// Its id.
        pub id: i64,
        /// For whom.
        pub client_id: ClientId,
        /// Who signed in.
        pub person_id: PersonId,
        /// In which browser.
        pub browser_id: SessionId,
        /// Where it was sent.
        pub redirect_uri: String,
        /// What was allowed.
        pub scopes: String,
        /// Goes into the id token.
        pub nonce: Option<String>,
        /// The hash of the secret that must come with it.
        pub challenge: Option<String>,
        /// When the person proved who they are.
        pub auth_time: Instant,
        /// From when on it is not good any more.
        pub expires_at: Instant,
        /// The session that came of it.
        pub tokens_id: Option<SessionId>,
        /// How the person proved it; nothing where nobody noted it.
        pub proof: Option<Proof>,
    }

    /// All tokens that came of one code.
    #[derive(Clone, Debug)]
    pub struct Family {
        /// Their session.
        pub session_id: SessionId,
        /// Whose they are.
        pub client_id: ClientId,
        /// Who signed in.
        pub person_id: PersonId,
        /// The sign-in on the pages they end with.
        pub browser_id: Option<SessionId>,
        /// What was allowed.
        pub scopes: String,
        /// When the person proved who they are.
        pub auth_time: Instant,
        /// How they did; nothing where nobody noted it.
        pub proof: Option<Proof>,
    }

    /// A refresh token.
    #[derive(Clone, Debug)]
    pub struct Refresh {
        /// Its id.
        pub id: i64,
        /// Of which family.
        pub session_id: SessionId,
        /// When it was made.
        pub created_at: Instant,
        /// From when on it is not good any more.
        pub expires_at: Instant,
        /// When it was used.
        pub used_at: Option<Instant>,
    }
}

/// The program of this `client_id`, of whichever organization; revoked ones are none.
///
/// # Errors
/// When the statement fails.
pub async fn party(r: &Read, key: &str) -> Result<Option<Party>> {
    r.optional(sql!(
        "SELECT id, org_id, key, name, is_public, opens_community FROM client \
         WHERE key = $1 AND kind = 'oidc' AND revoked_at IS NULL",
        key
    ))
    .await
}

/// The secrets of a program that are good now, sealed.
///
/// # Errors
/// When the statement fails.
pub async fn secrets(r: &Read, client: ClientId) -> Result<Vec<Vec<u8>>> {
    r.all(sql!(
        "SELECT sealed FROM client_secret WHERE client_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY id DESC",
        client,
        r.now()
    ))
    .await
}

/// Where a program lets people be sent back to.
///
/// # Errors
/// When the statement fails.
pub async fn redirects(r: &Read, client: ClientId, purpose: Purpose) -> Result<Vec<String>> {
    r.all(sql!(
        "SELECT uri FROM client_redirect WHERE client_id = $1 AND purpose = $2 ORDER BY uri",
        client,
        purpose.as_str()
    ))
    .await
}

pub(super) async fn insert_client(w: &Write, new: &New) -> Result<ClientId> {
    w.one(sql!(
        "INSERT INTO client (uid, org_id, kind, key, name, scopes, all_properties, is_public, opens_community, created_at, updated_at) \
         VALUES ($1, $2, 'oidc', $3, $4, '', TRUE, $5, $6, $7, $7) RETURNING id",
        w.uid(),
        w.caller().org,
        &new.key,
        &new.name,
        new.sealed.is_none(),
        new.community,
        w.now()
    ))
    .await
}

pub(super) async fn insert_redirect(w: &Write, client: ClientId, purpose: Purpose, uri: &str) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO client_redirect (client_id, purpose, uri) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        client,
        purpose.as_str(),
        uri
    ))
    .await
    .map(drop)
}

pub(super) async fn insert_secret(w: &Write, client: ClientId, sealed: &[u8]) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO client_secret (client_id, sealed, created_at) VALUES ($1, $2, $3)",
        client,
        sealed,
        w.now()
    ))
    .await
    .map(drop)
}

/// Keeps a code.
///
/// # Errors
/// When the statement fails.
pub async fn insert_code(w: &Write, new: &NewCode) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO authorization_code (org_id, client_id, person_id, browser_id, code_hash, redirect_uri, scopes, nonce, challenge, \
         auth_time, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        w.caller().org,
        new.client,
        new.person,
        new.browser,
        new.hash.as_slice(),
        &new.redirect_uri,
        &new.scopes,
        &new.nonce,
        &new.challenge,
        new.auth_time,
        w.now(),
        new.expires
    ))
    .await
    .map(drop)
}

/// The code of this hash.
///
/// # Errors
/// When the statement fails.
pub async fn code(r: &Read, hash: &[u8]) -> Result<Option<Code>> {
    r.optional(sql!(
        "SELECT a.id, a.client_id, a.person_id, a.browser_id, a.redirect_uri, a.scopes, a.nonce, a.challenge, a.auth_time, a.expires_at, \
         a.tokens_id, s.proof FROM authorization_code a LEFT JOIN session s ON s.id = a.browser_id \
         WHERE a.org_id = $1 AND a.code_hash = $2",
        r.caller().org,
        hash
    ))
    .await
}

/// Uses a code up.
///
/// # Errors
/// When the statement fails.
pub async fn use_code(w: &Write, id: i64, tokens: SessionId) -> Result<()> {
    w.execute(sql!(
        "UPDATE authorization_code SET tokens_id = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        tokens
    ))
    .await
    .map(drop)
}

/// Codes are kept for a day, so that one that is used again is noticed.
pub(crate) async fn forget_codes(w: &Write) -> Result<u64> {
    w.execute(sql!("DELETE FROM authorization_code WHERE expires_at < $1", w.now().plus_days(-1))).await
}

pub(super) async fn insert_family(w: &Write, family: &Family) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO token_family (session_id, client_id, person_id, browser_id, scopes, auth_time) VALUES ($1, $2, $3, $4, $5, $6)",
        family.session_id,
        family.client_id,
        family.person_id,
        family.browser_id,
        &family.scopes,
        family.auth_time
    ))
    .await
    .map(drop)
}

/// What the tokens of a session are for.
///
/// # Errors
/// When the statement fails.
pub async fn family(r: &Read, session: SessionId) -> Result<Option<Family>> {
    r.optional(sql!(
        "SELECT f.session_id, f.client_id, f.person_id, f.browser_id, f.scopes, f.auth_time, s.proof \
         FROM token_family f JOIN session s ON s.id = f.session_id WHERE s.org_id = $1 AND f.session_id = $2",
        r.caller().org,
        session
    ))
    .await
}

/// Keeps a refresh token, and forgets those of its family that have run out.
///
/// # Errors
/// When a statement fails.
pub async fn add_refresh(w: &Write, session: SessionId, hash: &[u8], expires: Instant) -> Result<()> {
    w.execute(sql!("DELETE FROM refresh_token WHERE session_id = $1 AND expires_at < $2", session, w.now())).await?;
    w.execute(sql!(
        "INSERT INTO refresh_token (session_id, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        session,
        hash,
        w.now(),
        expires
    ))
    .await
    .map(drop)
}

/// The refresh token of this hash.
///
/// # Errors
/// When the statement fails.
pub async fn refresh(r: &Read, hash: &[u8]) -> Result<Option<Refresh>> {
    r.optional(sql!(
        "SELECT t.id, t.session_id, t.created_at, t.expires_at, t.used_at \
         FROM refresh_token t JOIN session s ON s.id = t.session_id WHERE s.org_id = $1 AND t.token_hash = $2",
        r.caller().org,
        hash
    ))
    .await
}

/// Uses a refresh token up.
///
/// # Errors
/// When the statement fails.
pub async fn use_refresh(w: &Write, id: i64) -> Result<()> {
    w.execute(sql!("UPDATE refresh_token SET used_at = $2 WHERE id = $1", id, w.now())).await.map(drop)
}

pub(super) async fn end_session(w: &Write, session: SessionId) -> Result<bool> {
    let ended = w
        .execute(sql!(
            "UPDATE session SET ended_at = $3 WHERE org_id = $1 AND id = $2 AND ended_at IS NULL",
            w.caller().org,
            session,
            w.now()
        ))
        .await?;
    Ok(ended == 1)
}

pub(super) async fn end_of_browser(w: &Write, browser: SessionId) -> Result<()> {
    w.execute(sql!(
        "UPDATE session SET ended_at = $3 WHERE org_id = $1 AND ended_at IS NULL \
         AND id IN (SELECT session_id FROM token_family WHERE browser_id = $2)",
        w.caller().org,
        browser,
        w.now()
    ))
    .await
    .map(drop)
}

pub(super) async fn end_of_client(w: &Write, client: ClientId) -> Result<()> {
    w.execute(sql!(
        "UPDATE session SET ended_at = $3 WHERE org_id = $1 AND ended_at IS NULL \
         AND id IN (SELECT session_id FROM token_family WHERE client_id = $2)",
        w.caller().org,
        client,
        w.now()
    ))
    .await
    .map(drop)
}
