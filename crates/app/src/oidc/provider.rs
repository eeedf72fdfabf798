//! Providers at which people sign in elsewhere, and who they are there.

use db::{Change, Read, Write, row, sql};
use kernel::{Action, Actor, Error, PersonId, ProviderId, Result};

use crate::access::{Resource, require};

row! {
    /// A provider that the management knows, as far as people are linked to it.
    #[derive(Clone, Debug)]
    pub struct Provider {
        /// Its id.
        pub id: ProviderId,
        /// Its key, unique in the organization.
        pub key: String,
        /// Its name, as people see it.
        pub name: String,
    }
}

/// A provider to be.
#[derive(Clone, Debug, Default)]
pub struct NewProvider {
    /// Its key, unique in the organization.
    pub key: String,
    /// Its name, as people see it.
    pub name: String,
    /// Its address.
    pub issuer: String,
    /// What we are called there.
    pub client_id: String,
    /// Our secret there, sealed; none for a public client.
    pub client_secret_sealed: Option<Vec<u8>>,
    /// What we ask it for, with blanks between.
    pub scopes: String,
}

/// The provider of this key, when it is in use.
///
/// # Errors
/// When the statement fails.
pub async fn provider(r: &Read, key: &str) -> Result<Option<Provider>> {
    r.optional(sql!(
        "SELECT id, key, name FROM oidc_provider WHERE org_id = $1 AND key = $2 AND enabled AND deleted_at IS NULL",
        r.caller().org,
        key
    ))
    .await
}

/// Whether people may be linked to the provider of this key.
///
/// # Errors
/// When the statement fails.
pub async fn provider_exists(r: &Read, key: &str) -> Result<bool> {
    Ok(provider(r, key).await?.is_some())
}

/// Makes a provider, in use at once.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Conflict`] `taken` for a key that is there already.
pub async fn add_provider(w: &Write, actor: &Actor, new: &NewProvider) -> Result<ProviderId> {
    require(actor, Action::ManageClients, Resource::Organization)?;
    let made: Option<ProviderId> = w
        .optional(sql!(
            "INSERT INTO oidc_provider (uid, org_id, key, name, issuer, client_id, client_secret_sealed, scopes, enabled, \
             created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE, $9, $9) ON CONFLICT DO NOTHING RETURNING id",
            w.uid(),
            w.caller().org,
            &new.key,
            &new.name,
            &new.issuer,
            &new.client_id,
            new.client_secret_sealed.as_deref(),
            &new.scopes,
            w.now()
        ))
        .await?;
    let id = made.ok_or(Error::Conflict("taken"))?;
    w.change(Change::new("oidc_provider.created", id));
    Ok(id)
}

/// Notes who a person is at a provider (C11).
///
/// # Errors
/// [`Error::Conflict`] `linked` when somebody is that already.
pub async fn link(w: &Write, provider: ProviderId, person: PersonId, subject: &str) -> Result<()> {
    let made = w
        .execute(sql!(
            "INSERT INTO external_identity (org_id, provider_id, person_id, subject, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (org_id, provider_id, subject) DO NOTHING",
            w.caller().org,
            provider,
            person,
            subject,
            w.now()
        ))
        .await?;
    if made == 0 {
        return Err(Error::Conflict("linked"));
    }
    w.change(Change::new("person.linked", person).person(person));
    Ok(())
}
