//! The token endpoint: what a program offers, and the tokens it gets for it.

use std::net::IpAddr;

use app::{
    login::{self, Login, Proof},
    oauth2::{self, GrantType, NewAccess, Party},
    oidc::{self, Family},
    staff,
};
use kernel::{Caller, ClientId, Error, PersonId, Principal, Result, SessionId};

use super::{ACCESS_LIFETIME, ClientAuth, OAuth2, REFRESH_LIFETIME, Terms, access_end, narrowed};
use crate::{Secret, oidc::digest};

/// What a program offers for tokens.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Ask {
    /// A person's name and password. `from` is the client's address, for the counters of failures.
    Password { username: String, password: Secret, scope: Option<String>, from: IpAddr },
    /// A refresh token.
    Refresh { token: Secret, scope: Option<String> },
    /// Nothing but the program's own secret.
    ClientCredentials { scope: Option<String> },
}

impl Ask {
    const fn kind(&self) -> GrantType {
        match self {
            Self::Password { .. } => GrantType::Password,
            Self::Refresh { .. } => GrantType::RefreshToken,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
        }
    }
}

/// Why there are no tokens.
#[derive(Clone, Debug)]
pub enum GrantError {
    /// No such program, or it did not prove itself: `invalid_client`.
    Client,
    /// The program does not have this way to a token: `unauthorized_client`.
    NotAllowed,
    /// Name, password or token are not good, or the person may not sign in here: `invalid_grant`.
    Grant,
    /// More is asked for than was allowed: `invalid_scope`.
    Scope,
    /// Too many failures, or the database does not answer.
    Other(Error),
}

impl From<Error> for GrantError {
    fn from(e: Error) -> Self {
        match e {
            // The person, the role or the sign-in behind it is gone.
            Error::Unauthenticated(_) | Error::Forbidden | Error::NotFound(_) => Self::Grant,
            e => Self::Other(e),
        }
    }
}

/// Tokens.
#[derive(Clone)]
pub struct Granted {
    /// Sent with every request.
    pub access_token: String,
    /// Gets new tokens, once; programs that may not refresh get none, nor do those that ask for themselves.
    pub refresh_token: Option<String>,
    /// How long the access token is good, in seconds.
    pub expires_in: i64,
    /// What it opens, as words with spaces between.
    pub scope: String,
}

#[operations::compiled_here]
impl OAuth2<'_> {
    /// Gives tokens to a program that proves itself.
    ///
    /// # Errors
    /// [`GrantError`].
    pub async fn token(&self, terms: &Terms, auth: &ClientAuth, ask: Ask) -> Result<Granted, GrantError> {
        // What concerns the program itself is not the person's fault.
        let party = self.authenticated(terms.org, auth).await.map_err(GrantError::Other)?;
        let party = party.ok_or(GrantError::Client)?;
        if !party.has(ask.kind()) {
            return Err(GrantError::NotAllowed);
        }
        match ask {
            Ask::Password { username, password, scope, from } => {
                let scope = narrowed(&party.scopes, scope.as_deref()).ok_or(GrantError::Scope)?;
                self.by_password(terms, &party, &username, password, scope, from).await
            }
            Ask::Refresh { token, scope } => self.renew(terms, &party, &token.0, scope.as_deref()).await,
            Ask::ClientCredentials { scope } => {
                let scope = narrowed(&party.scopes, scope.as_deref()).ok_or(GrantError::Scope)?;
                self.own(terms, &party, scope).await
            }
        }
    }

    async fn by_password(
        &self,
        terms: &Terms,
        party: &Party,
        username: &str,
        password: Secret,
        scope: String,
        from: IpAddr,
    ) -> Result<Granted, GrantError> {
        let (granted, kept) = self.minted(party, scope.clone());
        let (client, roles, door) = (party.id, terms.roles, terms.door);
        let begin = async move |w: &db::Write, login: &Login| {
            if login.status != "active" || !has_role(w, login.person_id, roles).await? {
                return Ok(None);
            }
            let session = login::begin(w, login, door, REFRESH_LIFETIME + ACCESS_LIFETIME).await?.id;
            let family = Family {
                session_id: session,
                client_id: client,
                person_id: login.person_id,
                browser_id: None,
                scopes: scope.clone(),
                auth_time: w.now(),
                proof: Some(Proof::Password),
            };
            oidc::keep_family(w, &family).await?;
            kept.keep(w, client, session, &scope).await?;
            Ok(Some(()))
        };
        self.0.sign_in_by_name(&self.nobody(party, door), username, password, from, begin).await?;
        Ok(granted)
    }

    async fn renew(
        &self,
        terms: &Terms,
        party: &Party,
        token: &str,
        scope: Option<&str>,
    ) -> Result<Granted, GrantError> {
        let nobody = self.nobody(party, terms.door);
        let (hash, known) = (digest(token), digest(token));
        let look = async move |r: &db::Read, _: &kernel::Actor| {
            let Some(token) = oidc::refresh(r, &known).await? else { return Ok(None) };
            Ok(oidc::family(r, token.session_id).await?.map(|family| (token, family)))
        };
        let found = self.0.app.read(&nobody, look).await?;
        let (old, family) = found.filter(|(_, f)| f.client_id == party.id).ok_or(GrantError::Grant)?;
        if old.used_at.is_some() {
            return self.stolen(&nobody, &family).await;
        }
        if old.expires_at <= nobody.at {
            return Err(GrantError::Grant);
        }
        let scope = narrowed(&family.scopes, scope).ok_or(GrantError::Scope)?;
        let (granted, kept) = self.minted(party, scope.clone());
        let (client, session) = (party.id, family.session_id);
        let rotate = async move |w: &db::Write, _: &kernel::Actor| {
            let old = oidc::refresh(w, &hash).await?.ok_or(Error::NotFound("token"))?;
            if old.used_at.is_some() {
                return Ok(false);
            }
            oidc::use_refresh(w, old.id).await?;
            kept.keep(w, client, session, &scope).await?;
            login::extend(w, session, REFRESH_LIFETIME + ACCESS_LIFETIME).await?;
            Ok(true)
        };
        // In the name of the sign-in: it and the role must still hold, and be of this door.
        let principal = Principal::Person { person: family.person_id, session };
        let caller = Caller { principal, ..nobody }.only(terms.roles);
        if self.0.app.write(&caller, rotate).await? { Ok(granted) } else { self.stolen(&nobody, &family).await }
    }

    /// What is good once came twice: one of the two is a thief, so both lose everything.
    async fn stolen(&self, caller: &Caller, family: &Family) -> Result<Granted, GrantError> {
        tracing::warn!(session = family.session_id.get(), "a refresh token was used again; its tokens end");
        let (session, person) = (family.session_id, family.person_id);
        self.0.app.write(caller, async move |w, _| oidc::end(w, session, person).await).await?;
        Err(GrantError::Grant)
    }

    /// A token for the program itself.
    async fn own(&self, terms: &Terms, party: &Party, scope: String) -> Result<Granted, GrantError> {
        let access_token = self.0.app.random().secret();
        let caller = self.nobody(party, terms.door);
        let new = NewAccess {
            hash: digest(&access_token),
            client: party.id,
            session: None,
            door: terms.door,
            scopes: scope.clone(),
            expires: access_end(caller.at),
        };
        self.0.app.write(&caller, async move |w, _| oauth2::keep(w, &new).await).await?;
        Ok(Granted { access_token, refresh_token: None, expires_in: ACCESS_LIFETIME, scope })
    }

    /// New tokens of a sign-in, and what is kept of them.
    fn minted(&self, party: &Party, scope: String) -> (Granted, Kept) {
        let random = self.0.app.random();
        let access_token = random.secret();
        let refresh_token = party.has(GrantType::RefreshToken).then(|| random.secret());
        let kept = Kept { access: digest(&access_token), refresh: refresh_token.as_deref().map(digest) };
        (Granted { access_token, refresh_token, expires_in: ACCESS_LIFETIME, scope }, kept)
    }
}

/// The hashes of new tokens.
struct Kept {
    access: Vec<u8>,
    refresh: Option<Vec<u8>>,
}

impl Kept {
    async fn keep(&self, w: &db::Write, client: ClientId, session: SessionId, scope: &str) -> Result<()> {
        let access = NewAccess {
            hash: self.access.clone(),
            client,
            session: Some(session),
            door: w.caller().door,
            scopes: scope.to_owned(),
            expires: access_end(w.now()),
        };
        oauth2::keep(w, &access).await?;
        match &self.refresh {
            Some(hash) => oidc::add_refresh(w, session, hash, w.now().plus_secs(REFRESH_LIFETIME)).await,
            None => Ok(()),
        }
    }
}

async fn has_role(r: &db::Read, person: PersonId, roles: &[kernel::Role]) -> Result<bool> {
    match staff::get(r, person).await {
        Ok(member) => Ok(member.role.is_some_and(|role| roles.contains(&role))),
        Err(Error::NotFound(_)) => Ok(false),
        Err(e) => Err(e),
    }
}
