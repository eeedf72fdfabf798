//! Who is asking: passwords, tokens, the install's secret keys, and the operations around them.

mod account;
mod keys;
mod password;
mod portal;
mod reset;
mod sign_in;
mod token;
mod turns;

use app::App;

pub use account::{Password, Registration, Secret, Update};
pub use keys::{Keys, KeysError, SecretKey};
pub use password::Passwords;
pub use portal::{AccountInput, PORTAL_RESET_LIFETIME};
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
}

impl Identity {
    /// Puts identity on an application with the install's keys. Counters of failures are shared by all doors; the free
    /// tries are this one's.
    #[must_use]
    pub fn new(app: App, passwords: Passwords, keys: &Keys, free_tries: FreeTries) -> Self {
        Self { app, passwords, tokens: Tokens::new(&keys.token_key()), free_tries, turns: turns::Turns::default() }
    }

    /// The application.
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }
}
