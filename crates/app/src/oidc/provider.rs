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

row! {
    /// A provider with all that signing in there needs.
    #[derive(Clone)]
    pub struct Settings {
        /// Its id.
        pub id: ProviderId,
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
        /// Whether it is in use.
        pub enabled: bool,
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("id", &self.id).field("key", &self.key).finish_non_exhaustive()
    }
}

/// The providers in use, by name.
///
/// # Errors
/// When the statement fails.
pub async fn providers(r: &Read) -> Result<Vec<Provider>> {
    r.all(sql!(
        "SELECT id, key, name FROM oidc_provider WHERE org_id = $1 AND enabled AND deleted_at IS NULL ORDER BY name, id",
        r.caller().org
    ))
    .await
}

/// All providers, by key.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn all_providers(r: &Read, actor: &Actor) -> Result<Vec<Settings>> {
    require(actor, Action::ManageClients, Resource::Organization)?;
    r.all(sql!(
        "SELECT id, key, name, issuer, client_id, client_secret_sealed, scopes, enabled FROM oidc_provider \
         WHERE org_id = $1 AND deleted_at IS NULL ORDER BY key",
        r.caller().org
    ))
    .await
}

/// What signing in at the provider of this key needs, when it is in use.
///
/// # Errors
/// When the statement fails.
pub async fn settings(r: &Read, key: &str) -> Result<Option<Settings>> {
    r.optional(sql!(
        "SELECT id, key, name, issuer, client_id, client_secret_sealed, scopes, enabled FROM oidc_provider \
         WHERE org_id = $1 AND key = $2 AND enabled AND deleted_at IS NULL",
        r.caller().org,
        key
    ))
    .await
}

/// Takes a provider away, and forgets who people are there.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`].
pub async fn remove_provider(w: &Write, actor: &Actor, key: &str) -> Result<()> {
    require(actor, Action::ManageClients, Resource::Organization)?;
    let org = w.caller().org;
    let gone: Option<ProviderId> = w
        .optional(sql!(
            "UPDATE oidc_provider SET deleted_at = $3, updated_at = $3, client_secret_sealed = NULL \
             WHERE org_id = $1 AND key = $2 AND deleted_at IS NULL RETURNING id",
            org,
            key,
            w.now()
        ))
        .await?;
    let id = gone.ok_or(Error::NotFound("oidc_provider"))?;
    w.execute(sql!("DELETE FROM external_identity WHERE org_id = $1 AND provider_id = $2", org, id)).await?;
    w.change(Change::new("oidc_provider.deleted", id));
    Ok(())
}

/// Who this subject of a provider is here. People who are gone are nobody.
///
/// # Errors
/// When the statement fails.
pub async fn linked(r: &Read, provider: ProviderId, subject: &str) -> Result<Option<PersonId>> {
    r.optional(sql!(
        "SELECT person_id FROM external_identity WHERE org_id = $1 AND provider_id = $2 AND subject = $3",
        r.caller().org,
        provider,
        subject
    ))
    .await
}

/// Notes that somebody signed in there.
///
/// # Errors
/// When the statement fails.
pub async fn note_link_used(w: &Write, provider: ProviderId, subject: &str) -> Result<()> {
    w.execute(sql!(
        "UPDATE external_identity SET used_at = $4 WHERE org_id = $1 AND provider_id = $2 AND subject = $3",
        w.caller().org,
        provider,
        subject,
        w.now()
    ))
    .await
    .map(drop)
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
