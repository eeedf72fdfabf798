//! The token endpoint: a code, or a refresh token, for tokens.

use app::{
    login::{self, Proof},
    oidc::{self, Code, Family, Party},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Caller, ClientId, Door, Error, Instant, PersonId, Principal, Result, SessionId, Unauthenticated};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::oauth2::narrowed;

use super::{
    ClientAuth, Oidc, SCOPES, digest,
    jwt::{self, Access, Claims, Id, Kind, LIFETIME},
};

/// How long a refresh token is good, in seconds.
const REFRESH_LIFETIME: i64 = 30 * 24 * 3600;

/// What a program offers for tokens.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Grant {
    Code { code: String, redirect_uri: String, verifier: Option<String> },
    Refresh { token: String, scope: Option<String> },
}

/// Why there are no tokens.
#[derive(Debug)]
pub enum GrantError {
    /// No such program, or it did not prove itself.
    Client,
    /// The code or token is not good, or not for this.
    Grant,
    /// More is asked for than was allowed.
    Scope,
    /// The database does not answer.
    Other(Error),
}

impl From<Error> for GrantError {
    fn from(e: Error) -> Self {
        match e {
            // The person or the sign-in behind the code is gone.
            Error::Unauthenticated(_) | Error::NotFound(_) => Self::Grant,
            e => Self::Other(e),
        }
    }
}

/// Tokens.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Granted {
    pub access_token: String,
    pub id_token: String,
    pub refresh_token: String,
    /// In seconds.
    pub expires_in: i64,
    pub scope: String,
}

/// What the tokens of a sign-in will be for.
pub(super) struct Wanted {
    pub client: ClientId,
    /// The sign-in on the pages they end with.
    pub browser: Option<SessionId>,
    pub scopes: String,
    pub auth_time: Instant,
    pub proof: Option<Proof>,
}

/// What tokens are made of.
pub(super) struct Made {
    pub family: Family,
    pub nonce: Option<String>,
    pub browser: Option<SessionId>,
    pub profile: oidc::Profile,
    pub scope: String,
    pub refresh: String,
}

#[operations::compiled_here]
impl Oidc<'_> {
    /// Gives tokens to a program that proves itself.
    ///
    /// # Errors
    /// [`GrantError`].
    pub async fn grant(&self, auth: &ClientAuth, grant: Grant) -> Result<Granted, GrantError> {
        let party = self.authenticated(auth).await?.ok_or(GrantError::Client)?;
        let made = match grant {
            Grant::Code { code, redirect_uri, verifier } => {
                self.redeem(&party, &code, &redirect_uri, verifier.as_deref()).await?
            }
            Grant::Refresh { token, scope } => self.renew(&party, &token, scope.as_deref()).await?,
        };
        Ok(self.tokens(&party, made).await?)
    }

    /// Tokens for a person who proved themselves otherwise, with all scopes, as after a sign-in in the program's own
    /// window. `caller` acts for the organization of both.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the person may not sign in; [`Error::NotFound`].
    pub async fn issue(&self, caller: &Caller, party: &Party, person: PersonId) -> Result<Granted> {
        let refresh = self.0.app.random().secret();
        let (client, kept) = (party.id, digest(&refresh));
        let begin = async move |w: &db::Write, _: &kernel::Actor| {
            let login = login::of_person(w, person).await?.ok_or(Error::NotFound("person"))?;
            crate::sign_in::usable_here(Door::Casavi)(&login)?;
            let (scopes, auth_time) = (SCOPES.join(" "), w.now());
            let wanted = Wanted { client, browser: None, scopes, auth_time, proof: Some(Proof::Password) };
            begin_family(w, &login, &kept, wanted).await
        };
        let (family, profile) = self.0.app.write(caller, begin).await?;
        let scope = family.scopes.clone();
        self.tokens(party, Made { family, nonce: None, browser: None, profile, scope, refresh }).await
    }

    async fn redeem(&self, party: &Party, code: &str, uri: &str, verifier: Option<&str>) -> Result<Made, GrantError> {
        let at = self.0.app.now();
        let nobody = Caller { org: party.org_id, ..Caller::anonymous(party.org_id, Door::Pages, at) };
        let hash = digest(code);
        let known = hash.clone();
        let found = self.0.app.read(&nobody, async move |r, _| oidc::code(r, &known).await).await?;
        let found = found.filter(|c| c.client_id == party.id).ok_or(GrantError::Grant)?;
        if let Some(tokens) = found.tokens_id {
            return self.stolen(&nobody, tokens, found.person_id).await;
        }
        if found.expires_at <= at || found.redirect_uri != uri || !is_verified(&found, verifier, party) {
            return Err(GrantError::Grant);
        }
        let refresh = self.0.app.random().secret();
        let kept = digest(&refresh);
        // In the name of the sign-in in the browser: it must still hold.
        let principal = Principal::Person { person: found.person_id, session: found.browser_id };
        let caller = Caller { principal, ..nobody };
        let begin = async move |w: &db::Write, _: &kernel::Actor| {
            let code = oidc::code(w, &hash).await?.ok_or(Error::NotFound("code"))?;
            if let Some(tokens) = code.tokens_id {
                return Ok(Err(tokens));
            }
            let ended = Error::Unauthenticated(Unauthenticated::Ended);
            let login = login::of_person(w, code.person_id).await?.ok_or(ended)?;
            let offline = code.scopes.split(' ').any(|s| s == "offline_access");
            let wanted = Wanted {
                client: code.client_id,
                // What is to work while nobody is there does not end with the sign-in in the browser.
                browser: (!offline).then_some(code.browser_id),
                scopes: code.scopes.clone(),
                auth_time: code.auth_time,
                proof: code.proof,
            };
            let made = begin_family(w, &login, &kept, wanted).await?;
            oidc::use_code(w, code.id, made.0.session_id).await?;
            Ok(Ok((made, code)))
        };
        match self.0.app.write(&caller, begin).await? {
            Err(tokens) => self.stolen(&nobody, tokens, found.person_id).await,
            Ok(((family, profile), code)) => {
                let scope = family.scopes.clone();
                Ok(Made { family, nonce: code.nonce, browser: Some(code.browser_id), profile, scope, refresh })
            }
        }
    }

    async fn renew(&self, party: &Party, token: &str, scope: Option<&str>) -> Result<Made, GrantError> {
        let at = self.0.app.now();
        let nobody = Caller::anonymous(party.org_id, Door::Casavi, at);
        let hash = digest(token);
        let known = hash.clone();
        let look = async move |r: &db::Read, _: &kernel::Actor| {
            let Some(token) = oidc::refresh(r, &known).await? else { return Ok(None) };
            Ok(oidc::family(r, token.session_id).await?.map(|family| (token, family)))
        };
        let (old, family) = self.0.app.read(&nobody, look).await?.ok_or(GrantError::Grant)?;
        if family.client_id != party.id {
            return Err(GrantError::Grant);
        }
        if old.used_at.is_some() {
            return self.stolen(&nobody, family.session_id, family.person_id).await;
        }
        if old.expires_at <= at {
            return Err(GrantError::Grant);
        }
        let scope = narrowed(&family.scopes, scope).ok_or(GrantError::Scope)?;
        let principal = Principal::Person { person: family.person_id, session: family.session_id };
        let caller = Caller { principal, ..nobody };
        let refresh = self.0.app.random().secret();
        let kept = digest(&refresh);
        let session = family.session_id;
        let person = family.person_id;
        let rotate = async move |w: &db::Write, _: &kernel::Actor| {
            let old = oidc::refresh(w, &hash).await?.ok_or(Error::NotFound("token"))?;
            if old.used_at.is_some() {
                return Ok(None);
            }
            oidc::use_refresh(w, old.id).await?;
            oidc::add_refresh(w, session, &kept, w.now().plus_secs(REFRESH_LIFETIME)).await?;
            login::extend(w, session, REFRESH_LIFETIME + LIFETIME).await?;
            oidc::profile(w, person).await?.ok_or(Error::NotFound("person")).map(Some)
        };
        match self.0.app.write(&caller, rotate).await? {
            None => self.stolen(&nobody, session, person).await,
            Some(profile) => {
                let browser = family.browser_id;
                Ok(Made { family, nonce: None, browser, profile, scope, refresh })
            }
        }
    }

    /// What is good once came twice: one of the two is a thief, so both lose everything.
    async fn stolen<T>(&self, caller: &Caller, tokens: SessionId, person: PersonId) -> Result<T, GrantError> {
        tracing::warn!(session = tokens.get(), "a code or refresh token was used again; its tokens end");
        self.0.app.write(caller, async move |w, _| oidc::end(w, tokens, person).await).await?;
        Err(GrantError::Grant)
    }

    pub(super) async fn tokens(&self, party: &Party, made: Made) -> Result<Granted> {
        let ring = self.0.keyring.ring(&self.0.app).await?;
        // After that: the first key of an install signs from the instant at which it was asked for.
        let at = self.0.app.now();
        let key = ring.signing(at).cloned().ok_or_else(|| Error::internal("there is no key to sign with"))?;
        let (issuer, party) = (self.issuer().to_owned(), party.clone());
        let jti = self.0.app.random().uid(at).to_string();
        // A signature takes milliseconds of a core.
        let signing = tokio::task::spawn_blocking(move || {
            let (iat, sub) = (at.secs(), made.profile.uid.to_string());
            let access_token = jwt::sign(
                &key,
                Kind::Access,
                &Access {
                    iss: issuer.clone(),
                    sub: sub.clone(),
                    aud: jwt::audiences(&issuer, &party),
                    client_id: party.key.clone(),
                    scope: made.scope.clone(),
                    iat,
                    exp: iat + LIFETIME,
                    jti,
                    sid: made.family.session_id.get(),
                    org: party.org_id.get(),
                    person: made.family.person_id.get(),
                },
            )?;
            let id = Id {
                iss: &issuer,
                sub,
                aud: &party.key,
                iat,
                exp: iat + LIFETIME,
                auth_time: made.family.auth_time.secs(),
                nonce: made.nonce.as_deref(),
                acr: made.family.proof.map(jwt::acr),
                amr: made.family.proof.map(jwt::amr),
                sid: made.browser.map(|b| b.get().to_string()),
                at_hash: jwt::half_hash(&access_token),
                claims: Claims::of(&made.profile, &made.scope),
            };
            let id_token = jwt::sign(&key, Kind::Id, &id)?;
            let (refresh_token, scope) = (made.refresh, made.scope);
            Ok(Granted { access_token, id_token, refresh_token, expires_in: LIFETIME, scope })
        });
        signing.await.map_err(Error::internal)?
    }
}

/// Begins the session of a family of tokens, with its first refresh token.
pub(super) async fn begin_family(
    w: &db::Write,
    login: &login::Login,
    refresh: &[u8],
    wanted: Wanted,
) -> Result<(Family, oidc::Profile)> {
    let session = login::begin_by(w, login, Door::Casavi, REFRESH_LIFETIME + LIFETIME, wanted.proof).await?;
    let family = Family {
        session_id: session.id,
        client_id: wanted.client,
        person_id: login.person_id,
        browser_id: wanted.browser,
        scopes: wanted.scopes,
        auth_time: wanted.auth_time,
        proof: wanted.proof,
    };
    oidc::keep_family(w, &family).await?;
    oidc::add_refresh(w, session.id, refresh, w.now().plus_secs(REFRESH_LIFETIME)).await?;
    let profile = oidc::profile(w, login.person_id).await?.ok_or(Error::NotFound("person"))?;
    Ok((family, profile))
}

/// Whether the one who brings the code is the one who asked for it (RFC 7636).
fn is_verified(code: &Code, verifier: Option<&str>, party: &Party) -> bool {
    match (&code.challenge, verifier) {
        (Some(challenge), Some(verifier)) => {
            let made = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
            (43..=128).contains(&verifier.len()) && bool::from(made.as_bytes().ct_eq(challenge.as_bytes()))
        }
        (None, None) => !party.is_public,
        // A verifier without a challenge tells of somebody who took the challenge out.
        _ => false,
    }
}
