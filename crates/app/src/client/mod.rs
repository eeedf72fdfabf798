//! Programs that call for an organization: what they may do, where, and with which secrets.

mod keys;
mod store;

use db::{Change, Lane, Read, Write};
use kernel::{
    Action, Actor, Assigned, Caller, ClientId, Error, Instant, OrgId, PropertyId, Result, Scope, Unauthenticated,
};

use crate::{
    access::{Resource, require},
    handle,
    oauth2::GrantType,
    oidc, property,
};

pub use keys::{KeySecret, KeyToken, keep_token, key_secrets, key_token};
pub(crate) use store::used;
pub use store::{Client, Place, Redirect, SecretAge};

/// Which kind of credential a program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A key and a secret that sign each request (RFC 5849).
    Oauth1,
    /// A key and a secret that get a token.
    ApiKey,
    /// A `client_id` and a secret that get tokens (RFC 6749).
    Oauth2,
}

impl Kind {
    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oauth1 => "oauth1",
            Self::ApiKey => "api_key",
            Self::Oauth2 => "oauth2",
        }
    }
}

/// A program to be.
#[derive(Clone, Debug)]
pub struct New {
    /// Which kind of credential.
    pub kind: Kind,
    /// The public half of its credential.
    pub key: String,
    /// The secret half, sealed; of an API key its hash.
    pub sealed: Vec<u8>,
    /// Its name, as people see it.
    pub name: String,
    /// The ways to a token that it has; none of kind oauth1, which needs no tokens.
    pub grants: Vec<GrantType>,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Where it may do it; `None` for all properties.
    pub properties: Option<Vec<PropertyId>>,
}

/// A program with everything that is known about it, but its secrets.
#[derive(Clone, Debug)]
pub struct Details {
    /// The program.
    pub client: Client,
    /// Where it may do what its scopes say; empty where that is everywhere.
    pub properties: Vec<Place>,
    /// Where it may send people, of OpenID Connect alone.
    pub redirects: Vec<Redirect>,
    /// Its secrets that are good now, the newest first.
    pub secrets: Vec<SecretAge>,
}

/// What checking a signature needs to know about a program.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its id.
    pub id: ClientId,
    /// For which organization it calls.
    pub org: OrgId,
    /// Its secrets that are good now, sealed; the newest first.
    pub sealed: Vec<Vec<u8>>,
}

handle! {
    /// Operations on programs.
    Clients
}

#[operations::compiled_here]
impl Clients<'_> {
    /// All programs of the organization, by id; revoked ones too.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Client>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::ManageClients, Resource::Organization)?;
                store::all(r).await
            })
            .await
    }

    /// One program; revoked ones too.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: ClientId) -> Result<Details> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ManageClients, Resource::Organization)?;
                let client = store::by_id(r, id).await?.ok_or(Error::NotFound("client"))?;
                let (properties, redirects, secrets) =
                    tokio::try_join!(store::places(r, id), store::redirects(r, id), store::secret_ages(r, id))?;
                Ok(Details { client, properties, redirects, secrets })
            })
            .await
    }

    /// Makes a program.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for a property of somebody else.
    pub async fn create(&self, caller: &Caller, new: New) -> Result<ClientId> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageClients, Resource::Organization)?;
                for id in new.properties.iter().flatten() {
                    property::find(w, *id).await?.ok_or(Error::NotFound("property"))?;
                }
                create(w, &new).await
            })
            .await
    }

    /// Adds a secret; those before it end at `old_until`.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `public_client` for one that keeps no secret.
    pub async fn add_secret(&self, caller: &Caller, id: ClientId, sealed: Vec<u8>, old_until: Instant) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageClients, Resource::Organization)?;
                let client = store::by_id(w, id).await?.filter(|c| c.revoked_at.is_none());
                if client.ok_or(Error::NotFound("client"))?.is_public {
                    return Err(Error::Conflict("public_client"));
                }
                store::end_secrets(w, id, old_until).await?;
                store::insert_secret(w, id, &sealed).await?;
                w.change(Change::new("client.secret_added", id));
                Ok(())
            })
            .await
    }

    /// Ends a program at once.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn revoke(&self, caller: &Caller, id: ClientId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageClients, Resource::Organization)?;
                store::by_id(w, id).await?.filter(|c| c.revoked_at.is_none()).ok_or(Error::NotFound("client"))?;
                store::revoke(w, id).await?;
                oidc::end_of_client(w, id).await?;
                w.change(Change::new("client.revoked", id));
                Ok(())
            })
            .await
    }

    /// The program behind a key, of whichever organization; revoked ones are none. For those who check signatures.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn by_key(&self, caller: &Caller, key: &str) -> Result<Option<Known>> {
        let key = key.to_owned();
        self.0
            .read(caller, async move |r, _| {
                let rows = store::by_key(r, &key).await?;
                let first = rows.first().map(|row| (row.id, row.org_id));
                Ok(first.map(|(id, org)| Known { id, org, sealed: rows.into_iter().map(|row| row.sealed).collect() }))
            })
            .await
    }

    /// Notes a signed request; answers whether it is the first of its kind. `at` is the time the request tells, in
    /// seconds.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn first_use(&self, client: ClientId, at: i64, nonce: &str) -> Result<bool> {
        let nonce = nonce.to_owned();
        let caller = self.0.system(OrgId::new(0));
        let note = async move |w: &Write, _: &Actor| store::insert_nonce(w, client, at, &nonce).await;
        self.0.write_in(Lane::Unordered, &caller, note).await
    }
}

/// Makes a program.
pub(crate) async fn create(w: &Write, new: &New) -> Result<ClientId> {
    let id = store::insert(w, new).await?;
    for property in new.properties.iter().flatten() {
        store::assign(w, id, *property).await?;
    }
    store::insert_secret(w, id, &new.sealed).await?;
    w.change(Change::new("client.created", id));
    Ok(id)
}

/// What a program may do now.
pub(crate) async fn actor(r: &Read, id: ClientId) -> Result<Actor> {
    let (client, properties) = tokio::try_join!(store::by_id(r, id), store::properties(r, id))?;
    let client = client.filter(|c| c.revoked_at.is_none()).ok_or(Error::Unauthenticated(Unauthenticated::Ended))?;
    let assigned = if client.all_properties { Assigned::All } else { Assigned::These(properties) };
    Ok(Actor::program(r.caller(), client.scopes(), assigned))
}

/// The name a program is known by.
pub(crate) async fn name(r: &Read, id: ClientId) -> Result<String> {
    store::by_id(r, id).await.map(|c| c.map(|c| c.name).unwrap_or_default())
}

/// Forgets signed requests whose time would be refused anyway, and tokens that have ended.
pub(crate) async fn forget_old(w: &Write) -> Result<u64> {
    Ok(store::forget_nonces(w).await? + keys::forget_tokens(w).await?)
}
