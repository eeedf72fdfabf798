//! OAuth 2.0 for programs that call an API (RFC 6749): a person's password, a refresh token or the program's own secret
//! for tokens that open one door.
//!
//! Tokens are random and kept hashed. Nothing is believed of them alone: program, sign-in and person are looked up in the
//! operation that a token is used for. Refresh tokens are good once; a second use ends all that came of the sign-in.

mod bearer;
mod grant;

use app::{
    client::{Kind, New},
    oauth2::{self, GrantType, Party},
};
use kernel::{Caller, Door, Error, Instant, OrgId, PropertyId, Result, Role, Scope};

use crate::{Credential, Identity};

pub use crate::oidc::ClientAuth;
pub use bearer::Bearer;
pub use grant::{Ask, GrantError, Granted};

/// How long an access token is good, in seconds.
pub const ACCESS_LIFETIME: i64 = 3600;
/// How long a refresh token is good, in seconds.
pub const REFRESH_LIFETIME: i64 = 30 * 24 * 3600;

/// The longest `client_id` that is looked for.
const LONGEST_ID: usize = 100;

/// What a door's token endpoint gives tokens for.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The door that they open.
    pub door: Door,
    /// The organization, where the endpoint names one: programs of others are unknown there.
    pub org: Option<OrgId>,
    /// Who may sign in there by password.
    pub roles: &'static [Role],
}

/// A program to be.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// Its name, as people see it beside what it did.
    pub name: String,
    /// The ways to a token that it has.
    pub grants: Vec<GrantType>,
    /// What its tokens may open at most.
    pub scopes: Vec<Scope>,
    /// Where its own tokens may do that; `None` for everywhere. Those of people reach as far as the people.
    pub properties: Option<Vec<PropertyId>>,
}

/// OAuth 2.0. Borrowed from [`Identity::oauth2`].
#[derive(Clone, Copy)]
pub struct OAuth2<'a>(pub(crate) &'a Identity);

impl Identity {
    /// OAuth 2.0 for programs.
    #[must_use]
    pub const fn oauth2(&self) -> OAuth2<'_> {
        OAuth2(self)
    }
}

#[operations::compiled_here]
impl OAuth2<'_> {
    /// Makes a program; its key is the `client_id`.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for a property of somebody else; [`Error::Invalid`].
    pub async fn create_client(&self, caller: &Caller, new: NewClient) -> Result<Credential> {
        let NewClient { name, grants, scopes, properties } = new;
        let build = |key, sealed, name| New { kind: Kind::Oauth2, key, sealed, name, grants, scopes, properties };
        self.0.new_client(caller, &name, build).await
    }

    /// The program that says so, when it proves it and belongs here.
    async fn authenticated(&self, org: Option<OrgId>, auth: &ClientAuth) -> Result<Option<Party>> {
        let key = auth.client_id.clone();
        if key.is_empty() || key.len() > LONGEST_ID || key.contains('\0') {
            return Ok(None);
        }
        let nobody = Caller::anonymous(OrgId::new(0), Door::Inside, self.0.app.now());
        let party = self.0.app.read(&nobody, async move |r, _| oauth2::party(r, &key).await).await?;
        let Some(party) = party.filter(|p| org.is_none_or(|org| org == p.org_id)) else { return Ok(None) };
        Ok(self.0.proves(party.id, auth).await?.then_some(party))
    }

    /// Nobody in particular of a program's organization, at a door.
    fn nobody(&self, party: &Party, door: Door) -> Caller {
        Caller::anonymous(party.org_id, door, self.0.app.now())
    }
}

/// When a token made now ends.
const fn access_end(at: Instant) -> Instant {
    at.plus_secs(ACCESS_LIFETIME)
}

/// The scopes of new tokens: those asked for, when they were all allowed.
pub(crate) fn narrowed(allowed: &str, asked: Option<&str>) -> Option<String> {
    let Some(asked) = asked.filter(|s| !s.is_empty()) else { return Some(allowed.to_owned()) };
    let wanted: Vec<&str> = asked.split(' ').filter(|s| !s.is_empty()).collect();
    wanted.iter().all(|w| allowed.split(' ').any(|a| a == *w)).then(|| wanted.join(" "))
}

/// Ends with the answer of a program that did not prove itself.
fn unproven() -> Error {
    Error::Unauthenticated(kernel::Unauthenticated::Credentials)
}
