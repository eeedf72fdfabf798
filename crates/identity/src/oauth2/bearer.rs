//! What an access token is worth at a door, and its end.

use app::{oauth2, oidc};
use kernel::{Caller, ClientId, Door, Error, OrgId, Principal, Result, Scope, Unauthenticated};

use super::{ClientAuth, OAuth2, unproven};
use crate::oidc::digest;

/// Who an access token stands for.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// The person who signed in, or the program itself; operations look up whether that still holds.
    pub caller: Caller,
    /// The program that has the token.
    pub client: ClientId,
    scopes: Vec<Scope>,
}

impl Bearer {
    /// Goes on when the token opens this.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

#[operations::compiled_here]
impl OAuth2<'_> {
    /// Who an access token stands for at this door; at all others it is unknown.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for every token that is not good here.
    pub async fn bearer(&self, token: &str, door: Door) -> Result<Bearer> {
        let at = self.0.app.now();
        let nobody = Caller::anonymous(OrgId::new(0), door, at);
        let hash = digest(token);
        let known = self.0.app.read(&nobody, async move |r, _| oauth2::access(r, &hash, door).await).await?;
        let ended = Error::Unauthenticated(Unauthenticated::Ended);
        let known = known.filter(|t| at < t.expires_at).ok_or(ended)?;
        let principal = match (known.session_id, known.person_id) {
            (Some(session), Some(person)) => Principal::Person { person, session },
            _ => Principal::Client(known.client_id),
        };
        let caller = Caller { org: known.org_id, principal, door, at, only: None };
        Ok(Bearer { caller, client: known.client_id, scopes: known.scopes() })
    }

    /// Ends one of a program's own tokens, and with it all that came of the same sign-in. A token that is none is fine
    /// (RFC 7009).
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the program does not prove itself; [`Error::Forbidden`] for a token of another one.
    pub async fn revoke(&self, door: Door, auth: &ClientAuth, token: &str) -> Result<()> {
        let party = self.authenticated(None, auth).await?.ok_or_else(unproven)?;
        let (caller, hash, client) = (self.nobody(&party, door), digest(token), party.id);
        let end = async move |w: &db::Write, _: &kernel::Actor| {
            let session = match (oauth2::access(w, &hash, door).await?, oidc::refresh(w, &hash).await?) {
                (Some(access), _) if access.client_id != client => return Err(Error::Forbidden),
                (Some(access), _) if access.session_id.is_none() => return oauth2::end(w, &hash).await,
                (Some(access), _) => access.session_id,
                (None, refresh) => refresh.map(|r| r.session_id),
            };
            let Some(session) = session else { return Ok(()) };
            match oidc::family(w, session).await? {
                Some(family) if family.client_id == client => oidc::end(w, session, family.person_id).await,
                Some(_) => Err(Error::Forbidden),
                None => Ok(()),
            }
        };
        self.0.app.write(&caller, end).await
    }
}
