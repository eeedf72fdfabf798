//! Keys of programs, and the tokens they get for them. Of secrets and tokens only hashes are kept.

use db::{Read, Write, row, sql};
use kernel::{ClientId, Door, Instant, OrgId, Result};

/// So many tokens of one program are good at a time; a new one ends the oldest beyond.
const MOST_TOKENS: i64 = 100;

row! {
    /// A secret of a program with a key, as a hash.
    #[derive(Clone, Debug)]
    pub struct KeySecret {
        /// The program.
        pub client_id: ClientId,
        /// For which organization it calls.
        pub org_id: OrgId,
        /// The secret.
        pub secret_id: i64,
        /// Its hash.
        pub hash: Vec<u8>,
    }

    /// Who a token stands for.
    #[derive(Clone, Debug)]
    pub struct KeyToken {
        /// The program.
        pub client_id: ClientId,
        /// For which organization it calls.
        pub org_id: OrgId,
    }
}

/// The secrets behind a key that are good now, of whichever organization; the newest first.
///
/// # Errors
/// When the statement fails.
pub async fn key_secrets(r: &Read, key: &str) -> Result<Vec<KeySecret>> {
    r.all(sql!(
        "SELECT c.id AS client_id, c.org_id, s.id AS secret_id, s.sealed AS hash FROM client c JOIN client_secret s ON s.client_id = c.id \
         WHERE c.key = $1 AND c.kind = 'api_key' AND c.revoked_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > $2) ORDER BY s.id DESC",
        key,
        r.now()
    ))
    .await
}

/// Keeps a token that was given for a secret, good at one door until `expires`.
///
/// # Errors
/// When a statement fails.
pub async fn keep_token(w: &Write, secret: &KeySecret, door: Door, hash: &[u8], expires: Instant) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO key_token (org_id, client_id, secret_id, door, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        secret.org_id,
        secret.client_id,
        secret.secret_id,
        door.as_str(),
        hash,
        w.now(),
        expires
    ))
    .await?;
    super::used(w, secret.org_id, secret.client_id).await?;
    w.execute(sql!(
        "DELETE FROM key_token WHERE client_id = $1 AND id <= \
         (SELECT id FROM key_token WHERE client_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
        secret.client_id,
        MOST_TOKENS
    ))
    .await
    .map(drop)
}

/// Who a token stands for at this door, of whichever organization. Whether the program may still call is looked up
/// where it does something.
///
/// # Errors
/// When the statement fails.
pub async fn key_token(r: &Read, hash: &[u8], door: Door) -> Result<Option<KeyToken>> {
    r.optional(sql!(
        "SELECT t.client_id, t.org_id FROM key_token t JOIN client_secret s ON s.id = t.secret_id \
         WHERE t.token_hash = $1 AND t.door = $2 AND t.expires_at > $3 AND (s.expires_at IS NULL OR s.expires_at > $3)",
        hash,
        door.as_str(),
        r.now()
    ))
    .await
}

/// Forgets tokens that have ended.
pub(super) async fn forget_tokens(w: &Write) -> Result<u64> {
    w.execute(sql!("DELETE FROM key_token WHERE expires_at <= $1", w.now())).await
}
