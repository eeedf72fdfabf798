//! Programs with a key and a secret that get a token for both, and send it with every call.

use app::client::{self, KeySecret, Kind, New};
use kernel::{Caller, ClientId, Door, Error, Instant, OrgId, Principal, PropertyId, Result, Scope, Unauthenticated};
use subtle::ConstantTimeEq as _;

use crate::{
    Identity,
    oauth1::{Credential, checked_name, new_key},
    oidc::digest,
};

/// How many days a token is good.
pub const KEY_TOKEN_DAYS: i64 = 30;

/// A token, shown this once.
#[derive(Clone)]
pub struct KeyToken {
    /// The token.
    pub token: String,
    /// From when on it is not good any more.
    pub expires_at: Instant,
    /// Whose it is.
    pub caller: Caller,
}

impl std::fmt::Debug for KeyToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[operations::compiled_here]
impl Identity {
    /// Makes a program with a key and a secret of 256 bits; of the secret only the hash is kept. `properties` limits
    /// where it may do what its scopes say; `None` stands for everywhere.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for a property of somebody else; [`Error::Invalid`] on `name`.
    pub async fn create_api_key(
        &self,
        caller: &Caller,
        name: &str,
        scopes: &[Scope],
        properties: Option<Vec<PropertyId>>,
    ) -> Result<Credential> {
        let name = checked_name(name)?;
        let random = self.app.random();
        let made = Credential { key: new_key(random), secret: random.secret() };
        let sealed = digest(&made.secret);
        let new = New {
            kind: Kind::ApiKey,
            key: made.key.clone(),
            sealed,
            name,
            grants: Vec::new(),
            scopes: scopes.to_vec(),
            properties,
        };
        let _: ClientId = self.app.clients().create(caller, new).await?;
        Ok(made)
    }

    /// Gives a token for a key and its secret, good at this door for [`KEY_TOKEN_DAYS`].
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] with `Credentials`, whichever of the two was wrong.
    pub async fn key_token(&self, door: Door, key: &str, secret: &str) -> Result<KeyToken> {
        let at = self.app.now();
        // A key carries its organization; before it is known there is none.
        let nobody = Caller::anonymous(OrgId::new(0), door, at);
        let key = key.to_owned();
        let known = self.app.read(&nobody, async move |r, _| client::key_secrets(r, &key).await).await?;
        let hash = digest(secret);
        let good: Option<KeySecret> = known.into_iter().find(|s| bool::from(s.hash.ct_eq(&hash)));
        let good = good.ok_or(Error::Unauthenticated(Unauthenticated::Credentials))?;
        let caller = Caller { org: good.org_id, principal: Principal::Client(good.client_id), door, at, only: None };
        let (token, expires_at) = (self.app.random().secret(), at.plus_days(KEY_TOKEN_DAYS));
        let kept = digest(&token);
        let keep =
            async move |w: &db::Write, _: &kernel::Actor| client::keep_token(w, &good, door, &kept, expires_at).await;
        self.app.write(&caller, keep).await?;
        Ok(KeyToken { token, expires_at, caller })
    }

    /// Who a token of [`Identity::key_token`] stands for at this door; operations look up what it may do.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] with `Ended`.
    pub async fn key_caller(&self, door: Door, token: &str) -> Result<Caller> {
        let at = self.app.now();
        let nobody = Caller::anonymous(OrgId::new(0), door, at);
        let hash = digest(token);
        let known = self.app.read(&nobody, async move |r, _| client::key_token(r, &hash, door).await).await?;
        let known = known.ok_or(Error::Unauthenticated(Unauthenticated::Ended))?;
        Ok(Caller { org: known.org_id, principal: Principal::Client(known.client_id), door, at, only: None })
    }
}
