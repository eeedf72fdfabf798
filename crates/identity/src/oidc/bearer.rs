//! What tokens are worth: at the community API, at userinfo, and to programs that ask.

use app::oidc;
use kernel::{Caller, Door, Error, Instant, OrgId, PersonId, Principal, Result, SessionId, Unauthenticated};
use serde::Serialize;

use super::{
    ClientAuth, Oidc, digest,
    jwt::{self, Access, Claims, Kind},
};

/// Who an access token stands for.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// As a caller at [`Door::Casavi`]; operations look up whether the sign-in still holds.
    pub caller: Caller,
    /// The program that has the token.
    pub client_id: String,
    /// What was allowed.
    pub scope: String,
}

/// What userinfo answers.
#[derive(Clone, Debug, Serialize)]
pub struct UserInfo {
    /// The person.
    pub sub: String,
    /// As far as the scopes go.
    #[serde(flatten)]
    pub claims: Claims,
}

/// What introspection answers (RFC 7662); of a token that is not good only that.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub struct Introspection {
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
}

#[operations::compiled_here]
impl Oidc<'_> {
    /// Who an access token stands for at the community API: one of a program with the permission for it.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for every token that is not good here.
    pub async fn community(&self, token: &str) -> Result<Bearer> {
        self.bearer(token, &jwt::community(self.issuer())).await
    }

    /// What a program is told about the person of an access token.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for every token that is not good, or whose sign-in has ended.
    pub async fn userinfo(&self, token: &str) -> Result<UserInfo> {
        let bearer = self.bearer(token, &jwt::userinfo(self.issuer())).await?;
        let person = bearer.caller.person().ok_or(Error::Unauthenticated(Unauthenticated::Missing))?;
        let profile = self.0.app.read(&bearer.caller, async move |r, _| oidc::profile(r, person).await).await?;
        let profile = profile.ok_or(Error::Unauthenticated(Unauthenticated::Person(person.get())))?;
        Ok(UserInfo { sub: profile.uid.to_string(), claims: Claims::of(&profile, &bearer.scope) })
    }

    async fn bearer(&self, token: &str, audience: &str) -> Result<Bearer> {
        let access = self.read(token).await?.filter(|a| a.aud.iter().any(|aud| aud == audience));
        let access = access.ok_or(Error::Unauthenticated(Unauthenticated::Ended))?;
        let caller = self.caller(&access);
        Ok(Bearer { caller, client_id: access.client_id, scope: access.scope })
    }

    fn caller(&self, access: &Access) -> Caller {
        let principal = Principal::Person { person: PersonId::new(access.person), session: SessionId::new(access.sid) };
        Caller { org: OrgId::new(access.org), principal, door: Door::Casavi, at: self.0.app.now(), only: None }
    }

    /// The claims of an access token whose signature and time are good.
    async fn read(&self, token: &str) -> Result<Option<Access>> {
        let at = self.0.app.now();
        let ring = self.0.keyring.ring(&self.0.app).await?;
        let access: Option<Access> = jwt::open(&ring, Kind::Access, token, at);
        Ok(access.filter(|a| a.iss == self.issuer() && at < Instant::from_secs(a.exp)))
    }

    /// Tells a program about one of its own tokens.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the program does not prove itself; public ones cannot.
    pub async fn introspect(&self, auth: &ClientAuth, token: &str) -> Result<Introspection> {
        let party = self.authenticated(auth).await?.filter(|p| !p.is_public);
        let party = party.ok_or(Error::Unauthenticated(Unauthenticated::Credentials))?;
        let nothing = Ok(Introspection::default());
        let told = |scope, exp: i64, iat, sub| Introspection {
            active: true,
            scope: Some(scope),
            client_id: Some(party.key.clone()),
            token_type: None,
            exp: Some(exp),
            iat: Some(iat),
            sub: Some(sub),
            iss: Some(self.issuer().to_owned()),
        };
        if let Some(access) = self.read(token).await? {
            if access.client_id != party.key {
                return nothing;
            }
            let mut answer = told(access.scope.clone(), access.exp, access.iat, access.sub.clone());
            answer.token_type = Some("Bearer");
            // Looks up whether the sign-in still holds.
            return match self.0.app.read(&self.caller(&access), async |_, _| Ok(())).await {
                Ok(()) => Ok(answer),
                Err(Error::Unauthenticated(_)) => nothing,
                Err(e) => Err(e),
            };
        }
        let at = self.0.app.now();
        let Some((token, family)) = self.refresh_token(&party, token).await? else { return nothing };
        if token.used_at.is_some() || token.expires_at <= at {
            return nothing;
        }
        let principal = Principal::Person { person: family.person_id, session: family.session_id };
        let caller = Caller { principal, ..Caller::anonymous(party.org_id, Door::Casavi, at) };
        let person = family.person_id;
        match self.0.app.read(&caller, async move |r, _| oidc::profile(r, person).await).await {
            Ok(Some(profile)) => {
                let (exp, iat) = (token.expires_at.secs(), token.created_at.secs());
                Ok(told(family.scopes, exp, iat, profile.uid.to_string()))
            }
            Ok(None) | Err(Error::Unauthenticated(_)) => nothing,
            Err(e) => Err(e),
        }
    }

    /// Ends one of a program's own tokens, and with it all that came of the same sign-in. A token that is none is fine
    /// (RFC 7009).
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the program does not prove itself; [`Error::Forbidden`] for a token of another one.
    pub async fn revoke(&self, auth: &ClientAuth, token: &str) -> Result<()> {
        let party = self.authenticated(auth).await?;
        let party = party.ok_or(Error::Unauthenticated(Unauthenticated::Credentials))?;
        let (session, person) = if let Some(access) = self.read(token).await? {
            if access.client_id != party.key {
                return Err(Error::Forbidden);
            }
            (SessionId::new(access.sid), PersonId::new(access.person))
        } else if let Some((_, family)) = self.refresh_token(&party, token).await? {
            (family.session_id, family.person_id)
        } else {
            return Ok(());
        };
        let caller = Caller::anonymous(party.org_id, Door::Casavi, self.0.app.now());
        self.0.app.write(&caller, async move |w, _| oidc::end(w, session, person).await).await
    }

    /// A refresh token of this program.
    async fn refresh_token(&self, party: &oidc::Party, token: &str) -> Result<Option<(oidc::Refresh, oidc::Family)>> {
        let (hash, client) = (digest(token), party.id);
        let caller = Caller::anonymous(party.org_id, Door::Casavi, self.0.app.now());
        let look = async move |r: &db::Read, _: &kernel::Actor| {
            let Some(token) = oidc::refresh(r, &hash).await? else { return Ok(None) };
            let family = oidc::family(r, token.session_id).await?.filter(|f| f.client_id == client);
            Ok(family.map(|family| (token, family)))
        };
        self.0.app.read(&caller, look).await
    }
}
