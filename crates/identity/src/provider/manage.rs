//! Which providers an organization knows.

use app::oidc;
use kernel::{Caller, Error, Problem, ProviderId, Result};

use super::fetch::issuer_url;
use crate::{Identity, oauth1::checked_name};

/// No key is longer.
const LONGEST_KEY: usize = 40;
/// What a provider is asked for unless it was said otherwise.
const SCOPES: &str = "openid";

/// A provider to be.
#[derive(Clone, Default)]
pub struct NewProvider {
    /// Names it in addresses, unique in the organization: lower-case letters, digits, hyphens and underscores.
    pub key: String,
    /// Its name, as people see it.
    pub name: String,
    /// Its address: https, or http on this machine. What its tokens call `iss`.
    pub issuer: String,
    /// What we are called there.
    pub client_id: String,
    /// Our secret there; a public client has none.
    pub client_secret: Option<String>,
    /// What we ask it for, with blanks between; `openid` is always asked for.
    pub scopes: Vec<String>,
}

impl std::fmt::Debug for NewProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewProvider").field("key", &self.key).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// A provider that people can choose when they sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInProvider {
    /// Its key: `/app/login/provider/{key}` begins the sign-in.
    pub key: String,
    /// Its name, as people see it.
    pub name: String,
}

#[operations::compiled_here]
impl Identity {
    /// Makes a provider, in use at once. Its secret is sealed with a key of the install.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] on `key`, `name`, `issuer` or `client_id`; [`Error::Conflict`] `taken`.
    pub async fn create_provider(&self, caller: &Caller, new: NewProvider) -> Result<ProviderId> {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if new.key.is_empty() || new.key.len() > LONGEST_KEY || !new.key.chars().all(good) {
            return Err(Error::invalid("key", Problem::Malformed));
        }
        let name = checked_name(&new.name)?;
        if issuer_url(&new.issuer).is_none() {
            return Err(Error::invalid("issuer", Problem::NotAllowed));
        }
        let client_id = new.client_id.trim().to_owned();
        if client_id.is_empty() || client_id.chars().any(char::is_control) {
            return Err(Error::invalid("client_id", Problem::Malformed));
        }
        let secret = new.client_secret.as_deref();
        let sealed = secret.map(|s| self.sealing.seal(&sealed_for(&new.key), s, self.app.random())).transpose()?;
        let mut scopes = vec![SCOPES.to_owned()];
        scopes.extend(new.scopes.into_iter().filter(|s| s != SCOPES));
        let new = oidc::NewProvider {
            key: new.key,
            name,
            issuer: new.issuer,
            client_id,
            client_secret_sealed: sealed,
            scopes: scopes.join(" "),
        };
        self.app.write(caller, async move |w, actor| oidc::add_provider(w, actor, &new).await).await
    }

    /// Takes a provider away; who people are there is forgotten.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn remove_provider(&self, caller: &Caller, key: &str) -> Result<()> {
        let key = key.to_owned();
        self.app.write(caller, async move |w, actor| oidc::remove_provider(w, actor, &key).await).await
    }

    /// The providers of the organization, by key.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn all_providers(&self, caller: &Caller) -> Result<Vec<oidc::Settings>> {
        self.app.read(caller, async |r, actor| oidc::all_providers(r, actor).await).await
    }

    /// The providers at which people of a host's organization can sign in, by name: for buttons on the login page.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn providers(&self, host: &str) -> Result<Vec<SignInProvider>> {
        let Some(caller) = self.visitor(host).await? else { return Ok(Vec::new()) };
        let all = self.app.read(&caller, async |r, _| oidc::providers(r).await).await?;
        Ok(all.into_iter().map(|p| SignInProvider { key: p.key, name: p.name }).collect())
    }

    /// Our secret at a provider.
    pub(super) fn secret_at(&self, provider: &oidc::Settings) -> Result<Option<String>> {
        let Some(sealed) = &provider.client_secret_sealed else { return Ok(None) };
        let opened = self.sealing.open(&sealed_for(&provider.key), sealed);
        opened
            .map(Some)
            .ok_or_else(|| Error::internal("a provider's secret does not open with the keys of this install"))
    }
}

/// What a provider's secret is bound to. Keys of programs have no blank.
fn sealed_for(key: &str) -> String {
    format!("provider {key}")
}
