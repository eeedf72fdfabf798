//! OpenID Connect: this install as the one who says who somebody is.
//!
//! `authorize` is what the browser goes through, `grant` what the program gets for it, `bearer` what an access token
//! is worth. Everything that must end at once (sessions, programs, people) is looked up; tokens are never believed
//! alone.

mod authorize;
mod bearer;
mod clients;
mod grant;
mod jwt;
mod keyring;
mod register;
mod request;
mod sign_out;

use kernel::{Caller, Door, OrgId, Result};
use sha2::{Digest as _, Sha256};

use crate::Identity;

pub use authorize::{ConsentAsked, Refused, Step};
pub use bearer::{Bearer, Introspection, UserInfo};
pub use clients::{ClientAuth, NewClient, NewCredential};
pub use grant::{Grant, GrantError, Granted};
pub use jwt::Claims;
pub(crate) use keyring::Keyring;
pub use keyring::PublicKey;
pub use register::Registered;
pub use request::Params;
pub use sign_out::SignedOut;

/// What can be asked for.
pub const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The provider. Borrowed from [`Identity::oidc`].
#[derive(Clone, Copy)]
pub struct Oidc<'a>(pub(crate) &'a Identity);

impl Identity {
    /// OpenID Connect.
    #[must_use]
    pub const fn oidc(&self) -> Oidc<'_> {
        Oidc(self)
    }
}

#[operations::compiled_here]
impl Oidc<'_> {
    /// Who issues tokens: the public address of the install.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.app.public_url()
    }

    /// How people prove who they are, as `acr` says it.
    #[must_use]
    pub fn acr_values(&self) -> [&'static str; 4] {
        app::login::Proof::ALL.map(jwt::acr)
    }

    /// The keys that clients check signatures with; those of tomorrow too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keys(&self) -> Result<Vec<PublicKey>> {
        Ok(self.0.keyring.ring(&self.0.app).await?.public(self.0.app.now()))
    }

    /// Nobody, before it is known which organization this is about.
    fn nobody(&self) -> Caller {
        Caller::anonymous(OrgId::new(0), Door::Pages, self.0.app.now())
    }
}

/// What is kept of a secret that was handed out.
pub(crate) fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
