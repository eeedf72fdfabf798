//! Who is asking: passwords, tokens, the install's secret keys, and the operations around them.

mod account;
mod api_key;
mod file_link;
mod keys;
mod oauth1;
pub mod oauth2;
pub mod oidc;
mod own;
mod passkey;
mod password;
mod portal;
mod provider;
mod reset;
mod sign_in;
mod token;
mod turns;
mod web;

use app::{App, seal::Sealing};

pub use account::{Password, Registration, Secret, Update};
pub use api_key::{KEY_TOKEN_DAYS, KeyToken};
pub use file_link::{FILE_LINK_LIFETIME, FileLink, FileLinkFault};
pub use keys::{Keys, KeysError, SecretKey};
pub use oauth1::{Credential, SignatureError, SignedRequest, TIME_WINDOW};
pub use own::NewPassword;
pub use passkey::{Answer as PasskeyAnswer, Asked as PasskeyAsked, PASSKEYS};
pub use password::Passwords;
pub use portal::{AccountInput, PORTAL_RESET_LIFETIME};
pub use provider::{Begun, NewProvider, ProviderFault, Returned, SignInProvider};
pub use reset::LinkError;
pub use sign_in::{FreeTries, Pair};
pub use token::{
    ACCESS_LIFETIME, Holder, INVITE_LIFETIME, Kind, Link, LinkClaims, Purpose, REFRESH_LIFETIME, RESET_LIFETIME,
    TokenClaims, TokenFault, Tokens,
};

/// Signing in and everything about passwords, for all doors and pages. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    app: App,
    passwords: Passwords,
    tokens: Tokens,
    free_tries: FreeTries,
    turns: turns::Turns,
    sealing: Sealing,
    file_links: file_link::FileLinks,
    /// Stands in for the secret of a key that nobody has.
    decoy: Vec<u8>,
    keyring: std::sync::Arc<oidc::Keyring>,
    remotes: std::sync::Arc<provider::Remotes>,
    /// Proves where forms come from.
    forms: SecretKey,
}

impl Identity {
    /// Puts identity on an application with the install's keys. Counters of failures are shared by all doors; the free
    /// tries are this one's.
    #[must_use]
    pub fn new(app: App, passwords: Passwords, keys: &Keys, free_tries: FreeTries) -> Self {
        let sealing = Sealing::new(keys.client_key().as_bytes());
        let decoy = oauth1::decoy(&sealing);
        let (tokens, turns) = (Tokens::new(&keys.token_key()), turns::Turns::default());
        let file_links = file_link::FileLinks::new(keys.file_key());
        let keyring = std::sync::Arc::new(oidc::Keyring::new(Sealing::new(keys.oidc_key().as_bytes())));
        let (forms, remotes) = (keys.form_key(), std::sync::Arc::default());
        Self { app, passwords, tokens, free_tries, turns, sealing, file_links, decoy, keyring, remotes, forms }
    }

    /// The application.
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }
}
