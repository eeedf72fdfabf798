//! What is kept of OAuth 2.0 for programs that call: which ways to a token they have, and their tokens, hashed. The
//! protocol itself is in `identity`; families of refresh tokens are those of [`crate::oidc`].

use db::{Read, Write, row, sql};
use kernel::{ClientId, Door, Instant, OrgId, PersonId, Result, Scope, SessionId};

use crate::client;

/// A way to a token (RFC 6749).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// A person's name and password, which the person gave to the program (section 4.3).
    Password,
    /// A refresh token from before (section 6).
    RefreshToken,
    /// The program's own secret (section 4.4).
    ClientCredentials,
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Password, Self::RefreshToken, Self::ClientCredentials];

    /// The word of `grant_type`, also as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.as_str() == s)
    }
}

row! {
    /// A program that gets tokens.
    #[derive(Clone, Debug)]
    pub struct Party {
        /// Its id.
        pub id: ClientId,
        /// For which organization it calls.
        pub org_id: OrgId,
        /// Its `client_id`.
        pub key: String,
        grants: String,
        /// What it may do at most, as words with spaces between.
        pub scopes: String,
    }

    /// A token that is sent with every request.
    #[derive(Clone, Debug)]
    pub struct Access {
        /// Which program has it.
        pub client_id: ClientId,
        /// Of which organization.
        pub org_id: OrgId,
        /// The sign-in that it came from; none for the program's own.
        pub session_id: Option<SessionId>,
        /// Who signed in.
        pub person_id: Option<PersonId>,
        scopes: String,
        /// From when on it is not good any more.
        pub expires_at: Instant,
    }
}

impl Party {
    /// Whether it has this way to a token.
    #[must_use]
    pub fn has(&self, grant: GrantType) -> bool {
        self.grants.split(' ').any(|g| g == grant.as_str())
    }
}

impl Access {
    /// What it opens.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes.split(' ').filter_map(Scope::parse).collect()
    }
}

/// A token to be.
#[derive(Clone, Debug)]
pub struct NewAccess {
    /// Of the token.
    pub hash: Vec<u8>,
    /// Which program has it.
    pub client: ClientId,
    /// The sign-in that it comes from.
    pub session: Option<SessionId>,
    /// Where it is good.
    pub door: Door,
    /// What it opens, as words with spaces between.
    pub scopes: String,
    /// From when on it is not good any more.
    pub expires: Instant,
}

/// The program of this `client_id`, of whichever organization; revoked ones are none.
///
/// # Errors
/// When the statement fails.
pub async fn party(r: &Read, key: &str) -> Result<Option<Party>> {
    r.optional(sql!(
        "SELECT id, org_id, key, grants, scopes FROM client WHERE key = $1 AND kind = 'oauth2' AND revoked_at IS NULL",
        key
    ))
    .await
}

/// Keeps a token.
///
/// # Errors
/// When the statement fails.
pub async fn keep(w: &Write, new: &NewAccess) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO access_token (token_hash, org_id, client_id, session_id, door, scopes, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.hash.as_slice(),
        w.caller().org,
        new.client,
        new.session,
        new.door.as_str(),
        &new.scopes,
        w.now(),
        new.expires
    ))
    .await?;
    client::used(w, w.caller().org, new.client).await
}

/// The token of this hash at a door, of whichever organization; those of revoked programs are none.
///
/// # Errors
/// When the statement fails.
pub async fn access(r: &Read, hash: &[u8], door: Door) -> Result<Option<Access>> {
    r.optional(sql!(
        "SELECT t.client_id, t.org_id, t.session_id, s.person_id, t.scopes, t.expires_at \
         FROM access_token t JOIN client c ON c.id = t.client_id AND c.revoked_at IS NULL LEFT JOIN session s ON s.id = t.session_id \
         WHERE t.token_hash = $1 AND t.door = $2",
        hash,
        door.as_str()
    ))
    .await
}

/// Ends a token of a program's own.
///
/// # Errors
/// When the statement fails.
pub async fn end(w: &Write, hash: &[u8]) -> Result<()> {
    w.execute(sql!("DELETE FROM access_token WHERE org_id = $1 AND token_hash = $2", w.caller().org, hash))
        .await
        .map(drop)
}

/// Forgets tokens that have run out.
pub(crate) async fn forget_tokens(w: &Write) -> Result<u64> {
    w.execute(sql!("DELETE FROM access_token WHERE expires_at < $1", w.now())).await
}
