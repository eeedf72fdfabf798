//! The authorization endpoint: from a program's request, through sign-in and consent, to a code.

use app::oidc::{self, NewCode, Party, Purpose};
use kernel::{Caller, Door, Error, Instant, Principal, Result, percent_encode};

use super::{
    Oidc, digest,
    request::{AFTER, Params, Request},
};

/// How long a code is good, in seconds.
const CODE_LIFETIME: i64 = 60;

/// Why nobody is sent anywhere: a page tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No such program.
    Client,
    /// The program has not registered this address.
    Redirect,
    /// Parameters are doubled, too long, or cannot be read.
    Malformed,
}

/// What the browser does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Goes to the program, with a code or an error.
    Back(String),
    /// Signs in; the text is where to go afterwards.
    SignIn(String),
    /// Asks for consent; the text is the query of the page that does.
    Consent(String),
    /// Shows why not.
    Refused(Refused),
}

/// What the consent page shows.
#[derive(Clone, Debug)]
pub struct ConsentAsked {
    /// The program's name.
    pub client: String,
    /// What it wants.
    pub scopes: Vec<String>,
    /// Who is signed in.
    pub person: String,
    /// Proves that the answer comes from the page.
    pub csrf: String,
    /// Where the browser goes in the end.
    pub redirect_uri: String,
}

/// Who is signed in in this browser.
struct Signed {
    caller: Caller,
    auth_time: Instant,
    consented: String,
}

/// What to do about a request that is good so far.
enum Ready {
    Step(Step),
    Ask(Box<Request>, Signed),
    Code(Box<Request>, Signed),
}

#[operations::compiled_here]
impl Oidc<'_> {
    /// Answers a request of a browser. `cookie` is the one of the pages.
    ///
    /// # Errors
    /// When the database does not answer; everything else is a [`Step`].
    pub async fn authorize(&self, params: &Params, cookie: Option<&str>) -> Result<Step> {
        match self.judge(params, cookie).await? {
            Ready::Step(step) => Ok(step),
            Ready::Ask(..) => Ok(Step::Consent(params.query())),
            Ready::Code(request, signed) => self.hand_out(*request, signed).await.map(Step::Back),
        }
    }

    /// What the consent page shows; where to go when there is nothing to ask.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn consent_asked(&self, params: &Params, cookie: Option<&str>) -> Result<Result<ConsentAsked, Step>> {
        match self.judge(params, cookie).await? {
            Ready::Step(step) => Ok(Err(step)),
            Ready::Code(..) => Ok(Err(Step::Back(self.again(params)))),
            Ready::Ask(request, signed) => {
                let person = signed.caller.person().ok_or(Error::Forbidden)?;
                let profile = self.0.app.read(&signed.caller, async move |r, _| oidc::profile(r, person).await).await?;
                let profile = profile.ok_or(Error::NotFound("person"))?;
                Ok(Ok(ConsentAsked {
                    client: request.party.name.clone(),
                    scopes: request.scopes.split(' ').map(str::to_owned).collect(),
                    person: format!("{} {}", profile.first_name, profile.last_name).trim().to_owned(),
                    csrf: self.csrf(&signed.caller, params),
                    redirect_uri: request.redirect_uri.clone(),
                }))
            }
        }
    }

    /// Takes the answer of the consent page.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the answer does not come from that page; when the database does not answer.
    pub async fn consent(&self, params: &Params, cookie: Option<&str>, csrf: &str, allow: bool) -> Result<Step> {
        let (request, signed) = match self.judge(params, cookie).await? {
            Ready::Step(step) => return Ok(step),
            Ready::Code(..) => return Ok(Step::Back(self.again(params))),
            Ready::Ask(request, signed) => (request, signed),
        };
        if !bool::from(subtle::ConstantTimeEq::ct_eq(csrf.as_bytes(), self.csrf(&signed.caller, params).as_bytes())) {
            return Err(Error::Forbidden);
        }
        if !allow {
            return Ok(self.error(
                &request.redirect_uri,
                request.state.as_deref(),
                ("access_denied", "The person said no."),
            ));
        }
        let person = signed.caller.person().ok_or(Error::Forbidden)?;
        let client = request.party.id;
        let mut scopes = request.scopes.clone();
        for known in
            signed.consented.split(' ').filter(|s| !s.is_empty() && !request.scopes.split(' ').any(|n| n == *s))
        {
            scopes.push(' ');
            scopes.push_str(known);
        }
        let keep = async move |w: &db::Write, _: &kernel::Actor| oidc::set_consent(w, person, client, &scopes).await;
        self.0.app.write(&signed.caller, keep).await?;
        Ok(Step::Back(self.again(params)))
    }

    /// The organization whose people a request is for; nothing when no program asks.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn asking(&self, params: &Params) -> Result<Option<(Party, String)>> {
        let Some(party) = self.client(params.get("client_id").unwrap_or_default()).await? else { return Ok(None) };
        let uris = self.redirects(&party, Purpose::SignIn).await?;
        let uri = params.get("redirect_uri").filter(|uri| uris.iter().any(|u| u == uri));
        Ok(uri.map(|uri| (party, uri.to_owned())))
    }

    /// The same request, after what it asked to be done was done.
    fn again(&self, params: &Params) -> String {
        format!("/oidc/authorize?{}", params.without(&["prompt"]).query())
    }

    async fn judge(&self, params: &Params, cookie: Option<&str>) -> Result<Ready> {
        let refused = |why| Ok(Ready::Step(Step::Refused(why)));
        if params.doubled() || params.strange() {
            return refused(Refused::Malformed);
        }
        let Some(party) = self.client(params.get("client_id").unwrap_or_default()).await? else {
            return refused(Refused::Client);
        };
        // Before the address is known to be the program's, nobody is sent there.
        let Some((party, redirect_uri)) = self.asking(params).await?.filter(|(p, _)| p.id == party.id) else {
            return refused(Refused::Redirect);
        };
        let request = match Request::read(party, &redirect_uri, params) {
            Ok(request) => request,
            Err(wrong) => return Ok(Ready::Step(self.error(&redirect_uri, params.get("state"), wrong))),
        };
        let at = self.0.app.now();
        let signed = self.signed(&request, cookie).await?;
        let error = |wrong| Ok(Ready::Step(self.error(&redirect_uri, request.state.as_deref(), wrong)));
        let Some(signed) = signed.filter(|s| !request.wants_password(s.auth_time, at)) else {
            if request.prompt.none {
                return error(("login_required", "Nobody is signed in."));
            }
            // What was asked for is turned into an instant: after signing in it is fulfilled.
            let next = params.without(&["prompt", "max_age", AFTER]);
            let next = if request.prompt.consent { next.with("prompt", "consent") } else { next };
            let next = next.with(AFTER, &at.micros().to_string());
            return Ok(Ready::Step(Step::SignIn(format!("/oidc/authorize?{}", next.query()))));
        };
        let missing = request.scopes.split(' ').any(|s| !signed.consented.split(' ').any(|known| known == s));
        if missing && request.prompt.none {
            return error(("consent_required", "The person was not asked yet."));
        }
        let request = Box::new(request);
        Ok(if missing || request.prompt.consent { Ready::Ask(request, signed) } else { Ready::Code(request, signed) })
    }

    async fn signed(&self, request: &Request, cookie: Option<&str>) -> Result<Option<Signed>> {
        let Some(cookie) = cookie else { return Ok(None) };
        let (caller, auth_time) = match self.0.web_session(cookie, Door::Pages).await {
            Ok(found) => found,
            Err(Error::Unauthenticated(_)) => return Ok(None),
            Err(e) => return Err(e),
        };
        // People of another organization are nobody here.
        if caller.org != request.party.org_id {
            return Ok(None);
        }
        let Some(person) = caller.person() else { return Ok(None) };
        let client = request.party.id;
        // Looks up whether the sign-in still holds.
        match self.0.app.read(&caller, async move |r, _| oidc::consent(r, person, client).await).await {
            Ok(known) => Ok(Some(Signed { caller, auth_time, consented: known.unwrap_or_default() })),
            Err(Error::Unauthenticated(_)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    async fn hand_out(&self, request: Request, signed: Signed) -> Result<String> {
        let Principal::Person { person, session } = signed.caller.principal else { return Err(Error::Forbidden) };
        let code = self.0.app.random().secret();
        let new = NewCode {
            client: request.party.id,
            person,
            browser: session,
            hash: digest(&code),
            redirect_uri: request.redirect_uri.clone(),
            scopes: request.scopes,
            nonce: request.nonce,
            challenge: request.challenge,
            auth_time: signed.auth_time,
            expires: signed.caller.at.plus_secs(CODE_LIFETIME),
        };
        self.0.app.write(&signed.caller, async move |w, _| oidc::insert_code(w, &new).await).await?;
        Ok(self.back(&request.redirect_uri, request.state.as_deref(), &[("code", &code)]))
    }

    fn error(&self, uri: &str, state: Option<&str>, (error, description): (&str, &str)) -> Step {
        Step::Back(self.back(uri, state, &[("error", error), ("error_description", description)]))
    }

    /// An address of a program with an answer: the state as it was sent, and who answers (RFC 9207).
    fn back(&self, uri: &str, state: Option<&str>, answer: &[(&str, &str)]) -> String {
        let all = answer.iter().copied().chain(state.map(|s| ("state", s))).chain([("iss", self.issuer())]);
        let query: Vec<String> = all.map(|(n, v)| format!("{n}={}", percent_encode(v))).collect();
        let joint = if uri.contains('?') { '&' } else { '?' };
        format!("{uri}{joint}{}", query.join("&"))
    }

    /// Bound to the sign-in and to what is asked.
    fn csrf(&self, caller: &Caller, params: &Params) -> String {
        let session = match caller.principal {
            Principal::Person { session, .. } => session.get(),
            _ => 0,
        };
        let key = self.0.forms.derive(&format!("consent {} {session} {}", caller.org, params.query()));
        key.as_bytes().iter().map(|b| format!("{b:02x}")).collect()
    }
}
