//! Passkeys: how somebody gets one, and signs in with it (WebAuthn).
//!
//! A ceremony is two requests. What has to be remembered between them travels with the browser, sealed with a key of the
//! install: who only looks at the sign-in leaves nothing behind, and several servers need no common memory. What is kept
//! is that a challenge was answered, in the transaction that believes the answer, so that it counts once.

#[cfg(feature = "passkeys")]
mod webauthn;
#[cfg(not(feature = "passkeys"))]
#[path = "without.rs"]
mod webauthn;

use std::net::IpAddr;

use app::{
    login::{self, Login, Proof},
    organization,
    passkey::{self, Known, New, Owner},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Caller, Error, Instant, PasskeyId, PersonId, Principal, Problem, Result, SessionId, Unauthenticated};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Identity, Secret, oidc::digest, sign_in::usable_here, web};

/// How long somebody may take, in seconds.
const LONGEST: i64 = 300;
/// For so many seconds after a sign-in nobody is asked for the password again.
const FRESH: i64 = 600;
/// An answer of a browser is never larger, in bytes.
const LARGEST: usize = 16 * 1024;

/// What the states of the two ceremonies are sealed for: one is worth nothing in the place of the other.
const SIGN_IN: &str = "passkey sign-in";
const ADD: &str = "passkey";

/// Whether this build knows passkeys: the feature `passkeys`.
pub const PASSKEYS: bool = webauthn::THERE;

/// Where a browser is: the host that its passkeys are for, and the origin that it says it was at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Site {
    rp_id: String,
    origin: String,
}

/// What a browser is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As `navigator.credentials` takes it, its bytes as base64url.
    pub options: Value,
    /// What has to come back with the answer.
    pub state: String,
}

/// What a browser brings back.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// That of [`Asked`].
    pub state: String,
    /// What `navigator.credentials` gave, as JSON, its bytes as base64url.
    pub credential: String,
}

/// A ceremony that was begun: what the browser is asked, and what its check needs.
struct Begun {
    options: Value,
    check: Vec<u8>,
}

/// Why an answer does not hold.
enum Wrong {
    /// The counter of the key went back.
    #[cfg_attr(not(feature = "passkeys"), expect(dead_code, reason = "no key is checked"))]
    Counter,
    /// Anything else.
    Answer,
}

/// What has to be remembered.
#[derive(Serialize, Deserialize)]
struct Memory {
    org: i64,
    rp_id: String,
    origin: String,
    until: i64,
    /// Who gets a passkey, through which sign-in.
    who: Option<(i64, i64)>,
    check: String,
}

#[operations::compiled_here]
impl Identity {
    /// Whether there can be passkeys for a browser that asked at this host.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn passkeys_at(&self, caller: &Caller, host: &str) -> Result<bool> {
        self.site(caller, host).await.map(|site| site.is_some())
    }

    /// Asks a browser at this host for a passkey. `caller` is nobody yet, of the organization; nothing comes back where
    /// there can be no passkeys.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn passkey_begin(&self, caller: &Caller, host: &str) -> Result<Option<Asked>> {
        let Some(site) = self.site(caller, host).await? else { return Ok(None) };
        let begun = webauthn::ask(&site.rp_id)?;
        self.asked(SIGN_IN, caller, site, None, begun).map(Some)
    }

    /// Signs a person in with what their browser brought; answers the cookie. A sign-in that `old`, the cookie sent with
    /// it, still stands for ends. `caller` is nobody yet, of the organization and at the pages.
    ///
    /// # Errors
    /// [`Error::Conflict`] `passkey_stale` when it comes too late or again; [`Error::Unauthenticated`] with `Credentials`,
    /// whatever else is wrong; [`Error::RateLimited`] after too many failures with this passkey or from this address.
    pub async fn passkey_sign_in(
        &self,
        caller: &Caller,
        answer: &Answer,
        from: IpAddr,
        old: Option<&str>,
    ) -> Result<String> {
        let wrong = || Error::Unauthenticated(Unauthenticated::Credentials);
        let memory = self.asked_before(SIGN_IN, caller, &answer.state).ok_or(Error::Conflict("passkey_stale"))?;
        if answer.credential.len() > LARGEST {
            return Err(wrong());
        }
        let assertion = webauthn::Assertion::read(&answer.credential).ok_or_else(wrong)?;
        let credential = assertion.credential().to_vec();
        let name = format!("passkey:{}", URL_SAFE_NO_PAD.encode(digest_of(&credential)));
        let _turn = self.turns.wait(format!("login:{}:{name}", caller.org)).await;
        let known = {
            let (name, credential) = (name.clone(), credential.clone());
            let look = async move |r: &db::Read, _: &kernel::Actor| {
                login::check_attempts(r, &web::counters(r, &name, from)).await?;
                passkey::find(r, &credential).await
            };
            self.app.read(caller, look).await?
        };
        let known = known.filter(|k| k.rp_id == memory.rp_id);
        // Outside of the transaction: it is arithmetic that takes a while.
        let checked = match &known {
            Some(known) => assertion.check(&memory.rp_id, &memory.origin, &memory.check()?, known),
            None => Err(Wrong::Answer),
        };
        let cookie = self.app.random().secret();
        let (kept, old) = (digest(&cookie), old.map(digest));
        let (challenge, until) = (digest(&memory.check), Instant::from_secs(memory.until));
        let finish = async move |w: &db::Write, _: &kernel::Actor| {
            let counters = web::counters(w, &name, from);
            let fresh = passkey::first_answer(w, &challenge, until).await?;
            let login = match (&known, &checked) {
                (Some(known), Ok(_)) if fresh => entering(w, &credential, known).await?,
                (Some(known), Err(Wrong::Counter)) if fresh => {
                    passkey::note_counter(w, known);
                    tracing::warn!(passkey = known.id.get(), "the counter of a passkey went back");
                    None
                }
                _ => None,
            };
            let (Some(login), Some(known), Ok(state)) = (login, &known, &checked) else {
                login::count_failure(w, &counters).await?;
                return Ok(Err(fresh));
            };
            login::forget_failures(w, &counters).await?;
            passkey::note_used(w, known.id, state).await?;
            web::begin(w, &login, Proof::Passkey, &kept, old.as_deref()).await?;
            Ok(Ok(()))
        };
        match self.app.write(caller, finish).await? {
            Ok(()) => Ok(cookie),
            Err(true) => Err(wrong()),
            Err(false) => Err(Error::Conflict("passkey_stale")),
        }
    }

    /// Whether the caller signed in a moment ago: then they are not asked for their password again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person; [`Error::Unauthenticated`].
    pub async fn is_fresh(&self, caller: &Caller) -> Result<bool> {
        let Principal::Person { session, .. } = caller.principal else { return Err(Error::Forbidden) };
        let began = self.app.read(caller, async move |r, _| login::began(r, session).await).await?;
        Ok(began.is_some_and(|at| caller.at < at.plus_secs(FRESH)))
    }

    /// Asks the caller's browser to make a passkey, after the caller proved once more who they are: by a sign-in that
    /// began a moment ago, or with their password.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `current`; [`Error::RateLimited`]; [`Error::Conflict`] `no_passkeys_here`.
    pub async fn passkey_add_begin(
        &self,
        caller: &Caller,
        host: &str,
        password: Option<Secret>,
        from: IpAddr,
    ) -> Result<Asked> {
        let Principal::Person { person, session } = caller.principal else { return Err(Error::Forbidden) };
        self.prove(caller, password, from).await?;
        let site = self.site(caller, host).await?.ok_or(Error::Conflict("no_passkeys_here"))?;
        let (owner, has) = {
            let rp_id = site.rp_id.clone();
            let look = async move |r: &db::Read, _: &kernel::Actor| {
                tokio::try_join!(passkey::owner(r, person), passkey::credentials(r, person, &rp_id))
            };
            self.app.read(caller, look).await?
        };
        let owner: Owner = owner.ok_or(Error::NotFound("person"))?;
        let begun = webauthn::make(&site.rp_id, &owner, has)?;
        self.asked(ADD, caller, site, Some((person, session)), begun)
    }

    /// Keeps the passkey that the caller's browser made.
    ///
    /// # Errors
    /// [`Error::Conflict`] `passkey_stale`, `passkey_wrong`, `passkey_taken`, `too_many_passkeys`; [`Error::Invalid`] at
    /// `name`.
    pub async fn passkey_add(&self, caller: &Caller, answer: &Answer, name: &str) -> Result<PasskeyId> {
        let Principal::Person { person, session } = caller.principal else { return Err(Error::Forbidden) };
        passkey::check_name(name)?;
        let memory = self.asked_before(ADD, caller, &answer.state);
        let memory = memory.filter(|m| m.who == Some((person.get(), session.get())));
        let memory = memory.ok_or(Error::Conflict("passkey_stale"))?;
        let wrong = || Error::Conflict("passkey_wrong");
        if answer.credential.len() > LARGEST {
            return Err(wrong());
        }
        let made = webauthn::made(&answer.credential, &memory.rp_id, &memory.origin, &memory.check()?);
        let made = made.ok_or_else(wrong)?;
        let new = New { rp_id: memory.rp_id.clone(), name: name.trim().to_owned(), ..made };
        let (challenge, until) = (digest(&memory.check), Instant::from_secs(memory.until));
        let keep = async move |w: &db::Write, actor: &kernel::Actor| {
            let me = actor.person().ok_or(Error::Forbidden)?;
            if !passkey::first_answer(w, &challenge, until).await? {
                return Err(Error::Conflict("passkey_stale"));
            }
            passkey::add(w, me, &new).await
        };
        self.app.write(caller, keep).await
    }

    /// Takes a passkey of the caller away, after they proved once more who they are.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] at `current`; [`Error::RateLimited`]; [`Error::Conflict`] `last_way_in`.
    pub async fn passkey_remove(
        &self,
        caller: &Caller,
        id: PasskeyId,
        password: Option<Secret>,
        from: IpAddr,
    ) -> Result<()> {
        let known = self.app.passkeys().list(caller).await?;
        if !known.iter().any(|k| k.id == id) {
            return Err(Error::NotFound("passkey"));
        }
        self.prove(caller, password, from).await?;
        let remove = async move |w: &db::Write, actor: &kernel::Actor| {
            passkey::remove(w, actor.person().ok_or(Error::Forbidden)?, id).await
        };
        self.app.write(caller, remove).await
    }

    /// Lets only those go on who signed in a moment ago, or give their password.
    async fn prove(&self, caller: &Caller, password: Option<Secret>, from: IpAddr) -> Result<()> {
        if self.is_fresh(caller).await? {
            return Ok(());
        }
        let wrong = |problem| Error::invalid("current", problem);
        let password = password.filter(|p| !p.0.is_empty()).ok_or_else(|| wrong(Problem::Required))?;
        let me = caller.person().ok_or(Error::Forbidden)?;
        let login = self.app.read(caller, async move |r, _| login::of_person(r, me).await).await?;
        let login = login.ok_or(Error::Forbidden)?;
        self.check_current(caller, &login, password, from).await.map_err(|e| match e {
            Error::Conflict("password_mismatch") => wrong(Problem::Mismatch),
            other => other,
        })
    }

    /// Where the browser is that asked at this host: at the organization's own, or at the public address. Passkeys are
    /// for names, and browsers want HTTPS, but for `localhost`.
    async fn site(&self, caller: &Caller, host: &str) -> Result<Option<Site>> {
        if !webauthn::THERE {
            return Ok(None);
        }
        let nobody = Caller { principal: Principal::Anonymous, ..*caller };
        let own = self.app.read(&nobody, async |r, _| organization::get(r).await).await?.host;
        Ok(site_of(self.app.public_url(), own.as_deref(), host))
    }

    fn asked(
        &self,
        purpose: &str,
        caller: &Caller,
        site: Site,
        who: Option<(PersonId, SessionId)>,
        begun: Begun,
    ) -> Result<Asked> {
        let memory = Memory {
            org: caller.org.get(),
            rp_id: site.rp_id,
            origin: site.origin,
            until: caller.at.plus_secs(LONGEST).secs(),
            who: who.map(|(person, session)| (person.get(), session.get())),
            check: URL_SAFE_NO_PAD.encode(begun.check),
        };
        let text = serde_json::to_string(&memory).map_err(Error::internal)?;
        let sealed = self.sealing.seal(purpose, &text, self.app.random())?;
        Ok(Asked { options: begun.options, state: URL_SAFE_NO_PAD.encode(sealed) })
    }

    fn asked_before(&self, purpose: &str, caller: &Caller, state: &str) -> Option<Memory> {
        let text = self.sealing.open(purpose, &URL_SAFE_NO_PAD.decode(state).ok()?)?;
        let memory: Memory = serde_json::from_str(&text).ok()?;
        (memory.org == caller.org.get() && caller.at.secs() < memory.until).then_some(memory)
    }
}

impl Memory {
    fn check(&self) -> Result<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(&self.check).map_err(Error::internal)
    }
}

/// The login of a passkey that was found good, if both still stand as they did when it was checked.
async fn entering(w: &db::Write, credential: &[u8], checked: &Known) -> Result<Option<Login>> {
    let now = passkey::find(w, credential).await?;
    if !now.is_some_and(|n| n.id == checked.id && n.person_id == checked.person_id && n.state == checked.state) {
        return Ok(None);
    }
    let login = login::of_person(w, checked.person_id).await?;
    Ok(login.filter(|l| usable_here(w.caller().door)(l).is_ok()))
}

fn digest_of(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).to_vec()
}

/// The site of a request: `public` is the install's address, `own` the organization's host, `asked` what the request says.
fn site_of(public: &str, own: Option<&str>, asked: &str) -> Option<Site> {
    let (scheme, rest) = public.split_once("://")?;
    let public_authority = rest.split('/').next()?.to_ascii_lowercase();
    let asked = asked.to_ascii_lowercase();
    let (name, public_name) = (name_of(&asked), name_of(&public_authority));
    let here = |rp_id: &str, authority: &str| Site {
        rp_id: rp_id.to_owned(),
        origin: format!("{scheme}://{}", without_usual_port(scheme, authority)),
    };
    // On this machine the public address is often written as a number, which no passkey can be for.
    let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&public_name);
    if loopback {
        return (name == "localhost").then(|| here("localhost", &asked));
    }
    if scheme != "https" {
        return None;
    }
    if own.is_some_and(|own| own.eq_ignore_ascii_case(name)) && is_name(name) {
        return Some(here(name, &asked));
    }
    // Whatever else the request came under is not where the browser is allowed to be.
    (is_name(public_name) && name == public_name).then(|| here(public_name, &public_authority))
}

/// Whether passkeys can be for it: a name, not a number.
fn is_name(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    !last.starts_with('[') && !last.bytes().all(|b| b.is_ascii_digit())
}

fn name_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Browsers leave the usual port out of an origin.
fn without_usual_port<'a>(scheme: &str, authority: &'a str) -> &'a str {
    let usual = if scheme == "https" { ":443" } else { ":80" };
    authority.strip_suffix(usual).unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_is_where_people_come_by_name() {
        let at = |public, own, asked| site_of(public, own, asked).map(|s| format!("{} {}", s.rp_id, s.origin));
        for (public, own, asked, site) in [
            ("https://home.example", None, "home.example", Some("home.example https://home.example")),
            ("https://home.example:8443/", None, "Home.Example:8443", Some("home.example https://home.example:8443")),
            ("https://home.example:443", None, "home.example", Some("home.example https://home.example")),
            ("https://a.example", Some("b.example"), "b.example", Some("b.example https://b.example")),
            ("https://a.example", Some("b.example"), "b.example:444", Some("b.example https://b.example:444")),
            ("https://a.example", Some("b.example"), "a.example", Some("a.example https://a.example")),
            ("https://a.example", Some("b.example"), "c.example", None),
            ("http://a.example", None, "a.example", None),
            ("https://192.0.2.1", None, "192.0.2.1", None),
            ("https://[2001:db8::1]", None, "[2001:db8::1]", None),
            ("https://intranet", None, "intranet", Some("intranet https://intranet")),
            ("http://127.0.0.1:8080", None, "localhost:8080", Some("localhost http://localhost:8080")),
            ("http://localhost:8080", None, "localhost:8080", Some("localhost http://localhost:8080")),
            ("http://127.0.0.1:8080", None, "127.0.0.1:8080", None),
            ("http://127.0.0.1:8080", Some("evil.example"), "evil.example", None),
        ] {
            assert_eq!(at(public, own, asked).as_deref(), site, "{public} {own:?} {asked}");
        }
    }
}
