//! The way of a browser: to the provider with a request that nobody can guess, and back with a code.
//!
//! What has to be remembered on the way stands in a cookie, sealed with a key of the install: nothing is kept here for
//! those who never come back, and a code that was not asked for in this browser is worth nothing.

use app::{login, oidc};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Caller, Door, Error, Instant, OrgId, PersonId, Principal, Result, SessionId, percent_encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{
    check::{Expected, Token},
    remote::{Document, Exchange, Remote},
};
use crate::{
    Identity,
    oidc::{Params, digest},
    sign_in::usable_here,
};

/// How long somebody may stay at the provider, in seconds.
const LONGEST: i64 = 600;
/// What the cookie is sealed for.
const SEALED_FOR: &str = "provider sign-in";

/// A sign-in that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub location: String,
    /// What it has to bring back, as a cookie of [`Begun::seconds`].
    pub cookie: String,
    /// How long it is good.
    pub seconds: i64,
}

/// Somebody who came back and is in.
#[derive(Clone, Debug)]
pub struct Returned {
    /// The cookie of the sign-in; none where somebody who was signed in has linked themselves.
    pub session: Option<String>,
    /// The page first asked for, unchecked; empty where there was none.
    pub next: String,
}

/// Why somebody did not get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderFault {
    /// No such provider here.
    Unknown,
    /// The answer does not belong to a sign-in that was begun in this browser, or it came too late.
    Stale,
    /// The person, or the provider, said no.
    Denied,
    /// The provider does not answer as it should.
    Unreachable,
    /// Its answer does not hold.
    Untrusted,
    /// Nobody here is linked to whoever this is there.
    Stranger,
    /// Whoever is linked may not sign in.
    Disabled,
    /// Somebody else is linked to whoever this is there.
    Taken,
}

impl ProviderFault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Unknown,
        Self::Stale,
        Self::Denied,
        Self::Unreachable,
        Self::Untrusted,
        Self::Stranger,
        Self::Disabled,
        Self::Taken,
    ];

    /// A stable word, as the login page gets it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Stale => "stale",
            Self::Denied => "denied",
            Self::Unreachable => "unreachable",
            Self::Untrusted => "untrusted",
            Self::Stranger => "stranger",
            Self::Disabled => "disabled",
            Self::Taken => "taken",
        }
    }
}

/// What has to be remembered.
#[derive(Serialize, Deserialize)]
struct Memory {
    org: i64,
    key: String,
    state: String,
    nonce: String,
    verifier: String,
    redirect_uri: String,
    next: String,
    until: i64,
    /// Who links themselves, through which sign-in.
    linking: Option<(i64, i64)>,
}

#[operations::compiled_here]
impl Identity {
    /// Sends a browser to a provider of the host's organization. `next` is where it goes in the end.
    ///
    /// # Errors
    /// When the database does not answer; everything else is a [`ProviderFault`].
    pub async fn provider_begin(&self, host: &str, key: &str, next: &str) -> Result<Result<Begun, ProviderFault>> {
        let Some(caller) = self.visitor(host).await? else { return Ok(Err(ProviderFault::Unknown)) };
        self.begin_at(&caller, host, key, next, None).await
    }

    /// The same for somebody who is signed in and wants to sign in there from now on.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when nobody is signed in; when the database does not answer.
    pub async fn provider_link(
        &self,
        host: &str,
        key: &str,
        next: &str,
        cookie: &str,
    ) -> Result<Result<Begun, ProviderFault>> {
        let caller = self.web_caller(cookie, Door::Pages).await?;
        let Principal::Person { person, session } = caller.principal else { return Err(Error::Forbidden) };
        // Looks up whether the sign-in still holds.
        self.app.read(&caller, async |_, _| Ok(())).await?;
        self.begin_at(&caller, host, key, next, Some((person, session))).await
    }

    async fn begin_at(
        &self,
        caller: &Caller,
        host: &str,
        key: &str,
        next: &str,
        linking: Option<(PersonId, SessionId)>,
    ) -> Result<Result<Begun, ProviderFault>> {
        let Some(provider) = self.settings(caller, key).await? else { return Ok(Err(ProviderFault::Unknown)) };
        let asked = match self.remotes.at(&provider.issuer) {
            Ok(remote) => remote.document(caller.at).await,
            Err(why) => Err(why),
        };
        let document = match asked {
            Ok(document) => document,
            Err(why) => return Ok(Err(unreachable(&provider, &why))),
        };
        let random = self.app.random();
        let base = self.base(caller, host).await?;
        let memory = Memory {
            org: caller.org.get(),
            key: provider.key.clone(),
            state: random.secret(),
            nonce: random.secret(),
            verifier: random.secret(),
            redirect_uri: format!("{base}/app/login/provider/{}/callback", provider.key),
            next: next.to_owned(),
            until: caller.at.plus_secs(LONGEST).secs(),
            linking: linking.map(|(person, session)| (person.get(), session.get())),
        };
        let text = serde_json::to_string(&memory).map_err(Error::internal)?;
        let cookie = URL_SAFE_NO_PAD.encode(self.sealing.seal(SEALED_FOR, &text, random)?);
        let location = request(&document, &provider, &memory);
        Ok(Ok(Begun { location, cookie, seconds: LONGEST }))
    }

    /// Takes a browser back. `memory` is the cookie of [`Begun`], `old` the one of the pages, whose sign-in ends with
    /// the new one.
    ///
    /// # Errors
    /// When the database does not answer; everything else is a [`ProviderFault`].
    pub async fn provider_return(
        &self,
        key: &str,
        params: &Params,
        memory: Option<&str>,
        old: Option<&str>,
    ) -> Result<Result<Returned, ProviderFault>> {
        let at = self.app.now();
        let Some(memory) = memory.and_then(|cookie| self.remembered(cookie, at)) else {
            return Ok(Err(ProviderFault::Stale));
        };
        let state = params.get("state").unwrap_or_default();
        let same = bool::from(state.as_bytes().ct_eq(memory.state.as_bytes()));
        if params.doubled() || memory.key != key || !same {
            return Ok(Err(ProviderFault::Stale));
        }
        let caller = Caller::anonymous(OrgId::new(memory.org), Door::Pages, at);
        let Some(provider) = self.settings(&caller, key).await? else { return Ok(Err(ProviderFault::Unknown)) };
        // Before the code is used up.
        let linking = match memory.linking {
            None => None,
            Some(me) => match self.still_signed_in(&caller, me, old).await? {
                Some(signed) => Some(signed),
                None => return Ok(Err(ProviderFault::Stale)),
            },
        };
        let subject = match self.subject(&provider, params, &memory, at).await? {
            Ok(subject) => subject,
            Err(fault) => return Ok(Err(fault)),
        };
        match linking {
            Some(signed) => self.link_them(&signed, &provider, subject, memory.next).await,
            None => self.let_in(&caller, &provider, subject, old, memory.next).await,
        }
    }

    fn remembered(&self, cookie: &str, at: Instant) -> Option<Memory> {
        let text = self.sealing.open(SEALED_FOR, &URL_SAFE_NO_PAD.decode(cookie).ok()?)?;
        serde_json::from_str::<Memory>(&text).ok().filter(|memory| at.secs() < memory.until)
    }

    /// Who the provider says it is.
    async fn subject(
        &self,
        provider: &oidc::Settings,
        params: &Params,
        memory: &Memory,
        at: Instant,
    ) -> Result<Result<String, ProviderFault>> {
        let remote = match self.remotes.at(&provider.issuer) {
            Ok(remote) => remote,
            Err(why) => return Ok(Err(unreachable(provider, &why))),
        };
        let document = match remote.document(at).await {
            Ok(document) => document,
            Err(why) => return Ok(Err(unreachable(provider, &why))),
        };
        // Somebody else's answer, brought here to be taken for this provider's.
        let answers = params.get("iss");
        let must = document.authorization_response_iss_parameter_supported;
        if answers.is_some_and(|iss| iss != document.issuer) || (must && answers.is_none()) {
            return Ok(Err(untrusted(provider, "somebody else answers")));
        }
        if let Some(error) = params.get("error") {
            let denied =
                matches!(error, "access_denied" | "login_required" | "consent_required" | "interaction_required");
            return Ok(Err(if denied {
                ProviderFault::Denied
            } else {
                unreachable(provider, "it refuses the request")
            }));
        }
        let Some(code) = params.get("code") else { return Ok(Err(untrusted(provider, "there is no code"))) };
        let secret = self.secret_at(provider)?;
        let exchange = Exchange {
            client_id: &provider.client_id,
            secret: secret.as_deref(),
            code,
            redirect_uri: &memory.redirect_uri,
            verifier: &memory.verifier,
        };
        let token = match remote.exchange(&document, &exchange).await {
            Ok(token) => token,
            Err(why) => return Ok(Err(unreachable(provider, &why))),
        };
        let expected = Expected { issuer: &provider.issuer, client_id: &provider.client_id, nonce: &memory.nonce, at };
        Ok(judge(&remote, &token, &expected).await.map_err(|why| untrusted(provider, &why)))
    }

    /// Begins the session of whoever is linked.
    async fn let_in(
        &self,
        caller: &Caller,
        provider: &oidc::Settings,
        subject: String,
        old: Option<&str>,
        next: String,
    ) -> Result<Result<Returned, ProviderFault>> {
        let cookie = self.app.random().secret();
        let (kept, old, provider) = (digest(&cookie), old.map(digest), provider.id);
        let begin = async move |w: &db::Write, _: &kernel::Actor| {
            let Some(person) = oidc::linked(w, provider, &subject).await? else {
                return Ok(Err(ProviderFault::Stranger));
            };
            let login = login::of_person(w, person).await?.filter(|l| usable_here(Door::Pages)(l).is_ok());
            let Some(login) = login else { return Ok(Err(ProviderFault::Disabled)) };
            oidc::note_link_used(w, provider, &subject).await?;
            crate::web::begin(w, &login, login::Proof::Provider, &kept, old.as_deref()).await?;
            Ok(Ok(()))
        };
        let begun = self.app.write(caller, begin).await?;
        Ok(begun.map(|()| Returned { session: Some(cookie), next }))
    }

    /// Whoever began to link themselves, if they are still signed in, in this browser, as the same person.
    async fn still_signed_in(&self, caller: &Caller, me: (i64, i64), cookie: Option<&str>) -> Result<Option<Caller>> {
        let Some(cookie) = cookie else { return Ok(None) };
        let me = Principal::Person { person: PersonId::new(me.0), session: SessionId::new(me.1) };
        match self.web_caller(cookie, Door::Pages).await {
            Ok(signed) => Ok(Some(signed).filter(|s| s.principal == me && s.org == caller.org)),
            Err(Error::Unauthenticated(_)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Links somebody who is signed in.
    async fn link_them(
        &self,
        signed: &Caller,
        provider: &oidc::Settings,
        subject: String,
        next: String,
    ) -> Result<Result<Returned, ProviderFault>> {
        let provider = provider.id;
        let link = async move |w: &db::Write, actor: &kernel::Actor| {
            let me = actor.person().ok_or(Error::Forbidden)?;
            match oidc::linked(w, provider, &subject).await? {
                Some(known) if known == me => Ok(Ok(())),
                Some(_) => Ok(Err(ProviderFault::Taken)),
                None => oidc::link(w, provider, me, &subject).await.map(Ok),
            }
        };
        match self.app.write(signed, link).await {
            Ok(linked) => Ok(linked.map(|()| Returned { session: None, next })),
            Err(Error::Unauthenticated(_)) => Ok(Err(ProviderFault::Stale)),
            Err(e) => Err(e),
        }
    }

    /// Nobody yet, of the organization that is meant.
    pub(super) async fn visitor(&self, host: &str) -> Result<Option<Caller>> {
        let found = self.app.organizations().of_host(host_name(host)).await?;
        Ok(found.map(|org| Caller::anonymous(org, Door::Pages, self.app.now())))
    }

    async fn settings(&self, caller: &Caller, key: &str) -> Result<Option<oidc::Settings>> {
        let key = key.to_owned();
        let nobody = Caller { principal: Principal::Anonymous, ..*caller };
        self.app.read(&nobody, async move |r, _| oidc::settings(r, &key).await).await
    }

    /// Where this browser reaches us: at the organization's own host, if it asked there, else at the public address.
    async fn base(&self, caller: &Caller, host: &str) -> Result<String> {
        let public = self.app.public_url();
        let nobody = Caller { principal: Principal::Anonymous, ..*caller };
        let organization = self.app.read(&nobody, async |r, _| app::organization::get(r).await).await?;
        let asked = host_name(host).to_ascii_lowercase();
        Ok(match (organization.host, public.split_once("://")) {
            (Some(own), Some((scheme, _))) if own == asked => format!("{scheme}://{}", host.to_ascii_lowercase()),
            _ => public.to_owned(),
        })
    }
}

/// The address at the provider that asks.
fn request(document: &Document, provider: &oidc::Settings, memory: &Memory) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&memory.verifier));
    let all = [
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", &memory.redirect_uri),
        ("scope", &provider.scopes),
        ("state", &memory.state),
        ("nonce", &memory.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let query: Vec<String> = all.iter().map(|(n, v)| format!("{n}={}", percent_encode(v))).collect();
    let joint = if document.authorization_endpoint.contains('?') { '&' } else { '?' };
    format!("{}{joint}{}", document.authorization_endpoint, query.join("&"))
}

/// The subject of a good token. A key that is not known yet is asked for once.
async fn judge(remote: &Remote, token: &str, expected: &Expected<'_>) -> Result<String, String> {
    let token = Token::read(token)?;
    for missing in [false, true] {
        let keys = remote.keys(expected.at, missing).await?;
        if let Some(key) = token.key(&keys) {
            return Ok(token.subject(key, expected)?);
        }
    }
    Err("no key of the provider fits the token".to_owned())
}

fn unreachable(provider: &oidc::Settings, why: &str) -> ProviderFault {
    tracing::warn!(provider = provider.key, why, "a provider does not answer as it should");
    ProviderFault::Unreachable
}

fn untrusted(provider: &oidc::Settings, why: &str) -> ProviderFault {
    tracing::warn!(provider = provider.key, why, "the answer of a provider does not hold");
    ProviderFault::Untrusted
}

/// A host without its port.
fn host_name(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}
