//! What is kept of OpenID Connect: programs that let people sign in here, codes and tokens, what people allowed, and
//! sign-ins on the pages. The protocol itself, and everything that is signed, is in `identity`.

mod people;
mod provider;
mod store;

use db::{Change, Write};
use kernel::{Action, Actor, ClientId, Instant, PersonId, Result, SessionId};

use crate::{
    access::{Resource, require},
    client,
};

pub(crate) use store::forget_codes;

pub use people::{NewKey, Profile, SigningKey, Web, consent, insert_key, keys, profile, set_consent, touch_web, web};
pub use provider::{
    NewProvider, Provider, Settings, add_provider, all_providers, link, linked, note_link_used, provider,
    provider_exists, providers, remove_provider, settings,
};
pub use store::{
    Code, Family, Party, Refresh, add_refresh, code, family, insert_code, party, redirects, refresh, secrets, use_code,
    use_refresh,
};

/// What redirect addresses are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Back to the program with a code or an error.
    SignIn,
    /// Back to the program after signing out.
    SignOut,
}

impl Purpose {
    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
        }
    }
}

/// A program to be.
#[derive(Clone, Debug)]
pub struct New {
    /// Names it; no secret.
    pub key: String,
    /// Its name, as people see it when they are asked.
    pub name: String,
    /// Its secret, sealed; a public client has none.
    pub sealed: Option<Vec<u8>>,
    /// Whether its tokens open the community API.
    pub community: bool,
    /// Where people may be sent back to.
    pub redirects: Vec<(Purpose, String)>,
}

/// A code to be.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// For whom.
    pub client: ClientId,
    /// Who signed in.
    pub person: PersonId,
    /// In which browser.
    pub browser: SessionId,
    /// Of the code.
    pub hash: Vec<u8>,
    /// Where the code is sent.
    pub redirect_uri: String,
    /// What was allowed.
    pub scopes: String,
    /// Goes into the id token.
    pub nonce: Option<String>,
    /// The hash of the secret that must come with the code.
    pub challenge: Option<String>,
    /// When the person proved who they are.
    pub auth_time: Instant,
    /// From when on it is not good any more.
    pub expires: Instant,
}

/// Makes a program.
///
/// # Errors
/// [`kernel::Error::Forbidden`].
pub async fn create(w: &Write, actor: &Actor, new: &New) -> Result<ClientId> {
    require(actor, Action::ManageClients, Resource::Organization)?;
    let id = store::insert_client(w, new).await?;
    for (purpose, uri) in &new.redirects {
        store::insert_redirect(w, id, *purpose, uri).await?;
    }
    if let Some(sealed) = &new.sealed {
        store::insert_secret(w, id, sealed).await?;
    }
    w.change(Change::new("client.created", id));
    Ok(id)
}

/// Keeps the cookie of a session.
///
/// # Errors
/// When the statement fails.
pub async fn keep_web(w: &Write, session: SessionId, hash: &[u8]) -> Result<()> {
    people::insert_web(w, session, hash).await
}

/// Keeps what the tokens of a session are for.
///
/// # Errors
/// When the statement fails.
pub async fn keep_family(w: &Write, family: &Family) -> Result<()> {
    store::insert_family(w, family).await?;
    client::used(w, w.caller().org, family.client_id).await
}

/// Ends a session, whoever asks.
///
/// # Errors
/// When the statement fails.
pub async fn end(w: &Write, session: SessionId, person: PersonId) -> Result<()> {
    if store::end_session(w, session).await? {
        w.change(Change::new("login.signed_out", session).person(person));
    }
    Ok(())
}

/// Ends the tokens that were to end with a sign-in on the pages.
///
/// # Errors
/// When the statement fails.
pub async fn end_of_browser(w: &Write, browser: SessionId) -> Result<()> {
    store::end_of_browser(w, browser).await
}

/// Ends all tokens of a program.
pub(crate) async fn end_of_client(w: &Write, client: ClientId) -> Result<()> {
    store::end_of_client(w, client).await
}
