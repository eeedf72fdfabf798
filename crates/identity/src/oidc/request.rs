//! What is asked of the authorization endpoint.

use app::oidc::Party;
use kernel::{Instant, percent_encode};

use super::SCOPES;

/// Of one parameter, in bytes.
const LONGEST: usize = 2000;

/// Names and values as they came, decoded.
#[derive(Clone, Debug, Default)]
pub struct Params(pub Vec<(String, String)>);

impl Params {
    /// The value of that name; empty ones are as good as none.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// Whether a name stands there twice.
    pub(crate) fn doubled(&self) -> bool {
        self.0.iter().enumerate().any(|(i, (name, _))| self.0[..i].iter().any(|(n, _)| n == name))
    }

    /// Whether something cannot be stored or is too long.
    pub(super) fn strange(&self) -> bool {
        self.0.iter().any(|(n, v)| n.len() > LONGEST || v.len() > LONGEST || n.contains('\0') || v.contains('\0'))
    }

    /// The same without these names.
    pub(super) fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(n, _)| !names.contains(&n.as_str())).cloned().collect())
    }

    /// The same with one more.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As a query.
    #[must_use]
    pub fn query(&self) -> String {
        let pair = |(n, v): &(String, String)| format!("{}={}", percent_encode(n), percent_encode(v));
        self.0.iter().map(pair).collect::<Vec<_>>().join("&")
    }
}

/// `prompt`, as far as we know its words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prompt {
    pub(super) none: bool,
    pub(super) login: bool,
    pub(super) consent: bool,
}

/// A request whose client and address are known to be good.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) party: Party,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) scopes: String,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) prompt: Prompt,
    pub(super) max_age: Option<i64>,
    /// Ours: the person is to sign in again, after this instant.
    pub(super) after: Option<Instant>,
}

/// The name under which [`Request::after`] travels.
pub(super) const AFTER: &str = "portico_after";

/// What is wrong with a request: the error's word and a sentence for developers.
pub(super) type Wrong = (&'static str, &'static str);

impl Request {
    pub(super) fn read(party: Party, redirect_uri: &str, params: &Params) -> Result<Self, Wrong> {
        let own = |name| params.get(name).map(str::to_owned);
        match params.get("response_type") {
            Some("code") => {}
            Some(_) => return Err(("unsupported_response_type", "Only response_type=code is supported.")),
            None => return Err(("invalid_request", "response_type is missing.")),
        }
        if params.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(("invalid_request", "Only response_mode=query is supported."));
        }
        if params.get("request").is_some() {
            return Err(("request_not_supported", "The parameter request is not supported."));
        }
        if params.get("request_uri").is_some() {
            return Err(("request_uri_not_supported", "The parameter request_uri is not supported."));
        }
        let asked: Vec<&str> = params.get("scope").unwrap_or_default().split(' ').collect();
        if !asked.contains(&"openid") {
            return Err(("invalid_scope", "The scope openid is missing."));
        }
        let scopes: Vec<&str> = SCOPES.into_iter().filter(|s| asked.contains(s)).collect();
        let challenge = own("code_challenge");
        match (&challenge, params.get("code_challenge_method")) {
            (Some(c), Some("S256")) if is_challenge(c) => {}
            (Some(_), Some("S256")) => return Err(("invalid_request", "code_challenge is no SHA-256 in base64url.")),
            (Some(_), _) => return Err(("invalid_request", "Only code_challenge_method=S256 is supported.")),
            (None, Some(_)) => return Err(("invalid_request", "code_challenge is missing.")),
            (None, None) if party.is_public => {
                return Err(("invalid_request", "This client has to use PKCE: code_challenge is missing."));
            }
            (None, None) => {}
        }
        let prompt = read_prompt(params.get("prompt").unwrap_or_default())?;
        let max_age = match params.get("max_age").map(str::parse::<u32>) {
            None => None,
            Some(Ok(n)) => Some(i64::from(n)),
            Some(Err(_)) => return Err(("invalid_request", "max_age is no number of seconds.")),
        };
        Ok(Self {
            party,
            redirect_uri: redirect_uri.to_owned(),
            state: own("state"),
            scopes: scopes.join(" "),
            nonce: own("nonce"),
            challenge,
            prompt,
            max_age,
            after: params.get(AFTER).and_then(|v| v.parse().ok()).map(Instant::from_micros),
        })
    }

    /// Whether somebody who gave a password then must do so again now.
    pub(super) fn wants_password(&self, auth_time: Instant, at: Instant) -> bool {
        let too_old = self.max_age.is_some_and(|s| auth_time.plus_secs(s) < at || s == 0);
        self.prompt.login || too_old || self.after.is_some_and(|after| auth_time < after)
    }
}

fn read_prompt(text: &str) -> Result<Prompt, Wrong> {
    let mut prompt = Prompt::default();
    let words: Vec<&str> = text.split(' ').filter(|w| !w.is_empty()).collect();
    for word in &words {
        match *word {
            "none" => prompt.none = true,
            // There is one account in a browser at a time: choosing another one is signing in.
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return Err(("invalid_request", "prompt has an unknown word.")),
        }
    }
    if prompt.none && words.len() > 1 {
        return Err(("invalid_request", "prompt=none stands alone."));
    }
    Ok(prompt)
}

fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
