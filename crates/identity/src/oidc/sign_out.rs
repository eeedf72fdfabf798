//! The end-session endpoint (RP-initiated logout).

use app::oidc::Purpose;
use kernel::{Door, Error, Principal, Result, percent_encode};

use super::{
    Oidc,
    jwt::{self, Hint, Kind},
    request::Params,
};

/// What the browser does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedOut {
    /// Is signed out, and goes to this address of the program.
    Back(String),
    /// Is signed out, and sees a page that says so.
    Done,
    /// Is asked: whoever sends a person here does not prove that they want to go.
    Ask,
}

#[operations::compiled_here]
impl Oidc<'_> {
    /// Signs a person out at a program's request. Without an id token of this very sign-in the person is asked first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_session(&self, params: &Params, cookie: Option<&str>) -> Result<SignedOut> {
        let at = self.0.app.now();
        let ring = self.0.keyring.ring(&self.0.app).await?;
        // It may have run out long ago: it proves only who was told.
        let hint: Option<Hint> = params.get("id_token_hint").and_then(|t| jwt::open(&ring, Kind::Id, t, at));
        let hint = hint.filter(|h| h.iss == self.issuer());
        let signed = match cookie {
            Some(cookie) => match self.0.web_caller(cookie, Door::Pages).await {
                Ok(caller) => Some(caller),
                Err(Error::Unauthenticated(_)) => None,
                Err(e) => return Err(e),
            },
            None => None,
        };
        if let Some(caller) = signed {
            let session = match caller.principal {
                Principal::Person { session, .. } => Some(session.get().to_string()),
                _ => None,
            };
            if hint.as_ref().and_then(|h| h.sid.as_ref()) != session.as_ref() {
                return Ok(SignedOut::Ask);
            }
            self.0.web_sign_out(cookie.unwrap_or_default()).await?;
        }
        let client_id = hint.map(|h| h.aud).or_else(|| params.get("client_id").map(str::to_owned));
        let (Some(client_id), Some(uri)) = (client_id, params.get("post_logout_redirect_uri")) else {
            return Ok(SignedOut::Done);
        };
        let Some(party) = self.client(&client_id).await? else { return Ok(SignedOut::Done) };
        if !self.redirects(&party, Purpose::SignOut).await?.iter().any(|known| known == uri) {
            return Ok(SignedOut::Done);
        }
        let joint = if uri.contains('?') { '&' } else { '?' };
        let state = params.get("state").map(|s| format!("{joint}state={}", percent_encode(s))).unwrap_or_default();
        Ok(SignedOut::Back(format!("{uri}{state}")))
    }
}
