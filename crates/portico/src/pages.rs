//! The pages on the identity of the install.

use std::net::IpAddr;

use axum::{http::HeaderMap, response::Response};
use identity::{
    Identity, LinkError, Password, Secret,
    oidc::{Params, Refused, Step},
};
use kernel::{Caller, Door, Error, Faults, Field, OrgId};

/// What the pages need, from the install.
#[derive(Clone)]
pub struct Pages(Identity);

impl Pages {
    /// On this identity.
    #[must_use]
    pub const fn new(identity: Identity) -> Self {
        Self(identity)
    }

    /// A link's token carries its own organization.
    fn caller(&self) -> Caller {
        Caller::anonymous(OrgId::new(0), Door::Pages, self.0.app().now())
    }

    /// The organization that a sign-in is for: that of the program that waits for it, else that of the host.
    async fn organization(&self, attempt: &ui::Attempt) -> Result<OrgId, Error> {
        if let Some(params) = request(&attempt.next)
            && let Some((party, _)) = self.0.oidc().asking(&params).await?
        {
            return Ok(party.org_id);
        }
        let found = self.0.app().organizations().of_host(&attempt.host).await?;
        found.ok_or(Error::NotFound("organization"))
    }
}

/// Shows why a program's request goes no further.
pub fn refused(headers: &HeaderMap, why: Refused) -> Response {
    let why = match why {
        Refused::Client => ui::Refused::Client,
        Refused::Redirect => ui::Refused::Redirect,
        Refused::Malformed => ui::Refused::Request,
    };
    ui::refused(headers, why)
}

fn link(e: LinkError) -> Error {
    match e {
        LinkError::Token(_) => Error::Conflict("link_ended"),
        LinkError::Other(e) => e,
    }
}

/// The program's request that a page leads back to.
fn request(next: &str) -> Option<Params> {
    next.strip_prefix("/oidc/authorize?").map(params)
}

fn params(query: &str) -> Params {
    Params(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

/// Where a step leads.
fn address(step: Step, request: &str) -> String {
    match step {
        Step::Back(to) => to,
        Step::SignIn(next) => {
            let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
            format!("/app/login?next={next}")
        }
        Step::Consent(query) => format!("/app/consent?{query}"),
        // That address shows it.
        Step::Refused(_) => format!("/oidc/authorize?{request}"),
    }
}

impl ui::SetPassword for Pages {
    async fn check(&self, token: &str, from: IpAddr) -> Result<(), Error> {
        self.0.check_link(&self.caller(), token, from).await.map(drop).map_err(link)
    }

    async fn set(&self, token: String, password: String, from: IpAddr) -> Result<(), Error> {
        let typed = Field::Given(Secret(password));
        let password = Password { password: typed.clone(), confirm: typed, faults: Faults::new() };
        self.0.set_password_by_link(&self.caller(), &token, &password, from).await.map_err(link)
    }
}

impl ui::SignIn for Pages {
    fn is_secure(&self) -> bool {
        self.0.app().public_url().starts_with("https:")
    }

    fn secret(&self) -> String {
        self.0.app().random().secret()
    }

    async fn asking(&self, next: String) -> Result<Option<ui::Asking>, Error> {
        let Some(params) = request(&next) else { return Ok(None) };
        let found = self.0.oidc().asking(&params).await?;
        Ok(found.map(|(party, redirect_uri)| ui::Asking { client: party.name, redirect_uri }))
    }

    async fn sign_in(&self, attempt: ui::Attempt) -> Result<String, Error> {
        let caller = Caller { org: self.organization(&attempt).await?, ..self.caller() };
        let password = Secret(attempt.password);
        self.0.web_sign_in(&caller, &attempt.name, password, attempt.from, attempt.cookie.as_deref()).await
    }

    async fn sign_out(&self, cookie: String) -> Result<(), Error> {
        self.0.web_sign_out(&cookie).await
    }

    async fn consent_asked(
        &self,
        request: String,
        cookie: Option<String>,
    ) -> Result<Result<ui::Consent, String>, Error> {
        let asked = self.0.oidc().consent_asked(&params(&request), cookie.as_deref()).await?;
        Ok(match asked {
            Ok(asked) => Ok(ui::Consent {
                client: asked.client,
                person: asked.person,
                scopes: asked.scopes,
                csrf: asked.csrf,
                redirect_uri: asked.redirect_uri,
            }),
            Err(step) => Err(address(step, &request)),
        })
    }

    async fn consent(
        &self,
        request: String,
        cookie: Option<String>,
        csrf: String,
        allow: bool,
    ) -> Result<String, Error> {
        let step = self.0.oidc().consent(&params(&request), cookie.as_deref(), &csrf, allow).await?;
        Ok(address(step, &request))
    }
}
