//! Programs that let people sign in here.

use app::oidc::{self, New, Party, Purpose};
use kernel::{Caller, ClientId, Door, Error, OrgId, Problem, Result};
use subtle::ConstantTimeEq as _;

use super::Oidc;
use crate::Identity;

/// No name is longer, in characters.
const LONGEST_NAME: usize = 100;
/// No address is longer, in bytes.
const LONGEST_URI: usize = 2000;

/// A program to be.
#[derive(Clone, Debug, Default)]
pub struct NewClient {
    /// Its name, as people see it when they are asked.
    pub name: String,
    /// Where people may be sent back to after signing in; at least one.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent back to after signing out.
    pub sign_out_uris: Vec<String>,
    /// Whether it cannot keep a secret (an app, a page); it must use PKCE then.
    pub public: bool,
    /// Whether its tokens open the community API.
    pub community: bool,
}

/// What a program was given. The secret is shown this once.
#[derive(Clone, PartialEq, Eq)]
pub struct NewCredential {
    /// Names it.
    pub client_id: String,
    /// Its secret; a public client has none.
    pub client_secret: Option<String>,
}

impl std::fmt::Debug for NewCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewCredential").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// How a program says who it is.
#[derive(Clone, Default)]
pub struct ClientAuth {
    /// Names it.
    pub client_id: String,
    /// Its secret; public clients send none.
    pub client_secret: Option<String>,
}

impl std::fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientAuth").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[operations::compiled_here]
impl Oidc<'_> {
    /// Makes a program.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] on `name` or `redirect_uris`.
    pub async fn create_client(&self, caller: &Caller, new: NewClient) -> Result<NewCredential> {
        let name = new.name.trim().to_owned();
        match name.chars().count() {
            0 => return Err(Error::invalid("name", Problem::Blank)),
            n if n > LONGEST_NAME => return Err(Error::invalid("name", Problem::TooLong(LONGEST_NAME))),
            _ if name.chars().any(char::is_control) => return Err(Error::invalid("name", Problem::NotAllowed)),
            _ => {}
        }
        if new.redirect_uris.is_empty() {
            return Err(Error::invalid("redirect_uris", Problem::Blank));
        }
        if !new.redirect_uris.iter().chain(&new.sign_out_uris).all(|uri| is_redirect(uri)) {
            return Err(Error::invalid("redirect_uris", Problem::NotAllowed));
        }
        let random = self.0.app.random();
        let key: String = random.bytes::<16>().iter().map(|b| format!("{b:02x}")).collect();
        let secret = (!new.public).then(|| random.secret());
        let sealed = secret.as_ref().map(|s| self.0.sealing.seal(&key, s, random)).transpose()?;
        let sign_in = new.redirect_uris.into_iter().map(|uri| (Purpose::SignIn, uri));
        let sign_out = new.sign_out_uris.into_iter().map(|uri| (Purpose::SignOut, uri));
        let redirects = sign_in.chain(sign_out).collect();
        let made = NewCredential { client_id: key.clone(), client_secret: secret };
        let new = New { key, name, sealed, community: new.community, redirects };
        self.0.app.write(caller, async move |w, actor| oidc::create(w, actor, &new).await).await?;
        Ok(made)
    }

    /// The program of this `client_id`; revoked ones are none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn client(&self, client_id: &str) -> Result<Option<Party>> {
        let key = client_id.to_owned();
        if key.is_empty() || key.len() > LONGEST_URI || key.contains('\0') {
            return Ok(None);
        }
        self.0.app.read(&self.nobody(), async move |r, _| oidc::party(r, &key).await).await
    }

    /// The program that says so, when it proves it. A public one proves nothing; what it asks for must.
    pub(super) async fn authenticated(&self, auth: &ClientAuth) -> Result<Option<Party>> {
        let Some(party) = self.client(&auth.client_id).await? else { return Ok(None) };
        if party.is_public {
            return Ok(auth.client_secret.as_ref().is_none_or(String::is_empty).then_some(party));
        }
        let good = self.0.proves(party.id, auth).await?;
        Ok(good.then_some(party))
    }

    pub(super) async fn redirects(&self, party: &Party, purpose: Purpose) -> Result<Vec<String>> {
        let id = party.id;
        self.0.app.read(&self.nobody(), async move |r, _| oidc::redirects(r, id, purpose).await).await
    }
}

impl Identity {
    /// Whether a program sent one of its secrets.
    pub(crate) async fn proves(&self, client: ClientId, auth: &ClientAuth) -> Result<bool> {
        let Some(given) = &auth.client_secret else { return Ok(false) };
        let nobody = Caller::anonymous(OrgId::new(0), Door::Inside, self.app.now());
        let sealed = self.app.read(&nobody, async move |r, _| oidc::secrets(r, client).await).await?;
        Ok(sealed.iter().filter_map(|s| self.sealing.open(&auth.client_id, s)).any(|s| {
            // Both are secrets of one length, or the comparison fails at once and tells only that.
            s.as_bytes().ct_eq(given.as_bytes()).into()
        }))
    }
}

/// Whether people may be sent there at all: `https`, `http` on this very machine, or a scheme of an app (RFC 8252).
fn is_redirect(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let sane = uri.len() <= LONGEST_URI
        && uri.bytes().all(|b| b.is_ascii_graphic())
        && !uri.contains(['#', '"', '<', '>', '\\']);
    let named = !scheme.is_empty()
        && scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b));
    let host = rest.strip_prefix("//").map(|r| r.split(['/', '?']).next().unwrap_or_default());
    let placed = match scheme {
        "https" => host.is_some_and(|h| !h.is_empty() && !h.contains('@')),
        "http" => host.is_some_and(|h| {
            let name = h.strip_prefix("[::1]").map_or_else(|| h.split(':').next().unwrap_or_default(), |_| "[::1]");
            ["127.0.0.1", "[::1]", "localhost"].contains(&name)
        }),
        // Apps own names that are turned around: `com.example.app`.
        _ => scheme.contains('.'),
    };
    sane && named && placed
}

#[cfg(test)]
mod tests {
    use super::is_redirect;

    #[test]
    fn people_are_sent_to_safe_places() {
        for good in [
            "https://app.example/callback",
            "https://app.example:8443/callback?a=b",
            "http://127.0.0.1:9999/callback",
            "http://[::1]:9999/callback",
            "http://localhost/cb",
            "com.example.app:/callback",
            "com.example.app://callback",
        ] {
            assert!(is_redirect(good), "{good}");
        }
        for bad in [
            "",
            "callback",
            "/callback",
            "https:",
            "https://",
            "http://app.example/callback",
            "http://127.0.0.1.evil.example/",
            "http://localhost@evil.example/",
            "https://a@b.example/",
            "https://app.example/#part",
            "https://app.example/a b",
            "https://app.example/ä",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "HTTPS://app.example/",
        ] {
            assert!(!is_redirect(bad), "{bad}");
        }
    }
}
