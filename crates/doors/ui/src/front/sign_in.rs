//! `/app/login`: signing in, and `/app/sign-out`. The cookie `user_session` opens the pages and the community API.

use std::net::IpAddr;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::Response,
};
use identity::{Identity, Secret, oidc::Params};
use kernel::{Caller, Door, Error, OrgId, percent_encode};

use super::form_key::{FormKey, is_ours};
use crate::{
    client::{self, ClientAddress},
    cookie::{self, LONGEST, SESSION},
    form::field,
    language::{Language, Texts},
    look::Look,
    page::{Notice, TROUBLE, Tone, WayOn, answer, answer_towards, in_words, is_safe, notice, scripted, see},
};

const SIGNED_OUT: Notice =
    Notice { status: StatusCode::OK, tone: Tone::Done, title: "signed-out-title", text: "signed-out-text", next: None };

#[derive(Template)]
#[template(path = "front/login.html")]
struct LoginPage<'a> {
    t: &'static Texts,
    csrf: &'a str,
    next: &'a str,
    username: &'a str,
    client: Option<&'a str>,
    fault: Option<String>,
    providers: Vec<(String, String)>,
    property: &'a str,
    house: Option<House>,
    /// Where the script gets the question for a passkey; empty where there can be none.
    passkey: String,
}

#[derive(Template)]
#[template(path = "front/sign_out.html")]
struct SignOutPage<'a> {
    t: &'static Texts,
    csrf: &'a str,
}

/// What the form is shown with.
pub(super) struct Shown<'a> {
    pub(super) next: &'a str,
    pub(super) username: &'a str,
    /// The uid of a house, where the address names one.
    pub(super) property: &'a str,
    pub(super) fault: Option<String>,
    pub(super) status: StatusCode,
}

/// Shows the form.
pub(crate) async fn show(
    State(identity): State<Identity>,
    language: Language,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let fields = Query::try_from_uri(&uri).map_or_else(|_| Vec::new(), |Query(fields)| fields);
    let fault = provider_fault(field(&fields, "provider")).map(|key| language.texts().say(key));
    let property = field(&fields, "property");
    let shown = Shown { next: field(&fields, "next"), username: "", property, fault, status: StatusCode::OK };
    form(&identity, language, &headers, shown).await
}

/// Signs in.
pub(crate) async fn submit(
    State(identity): State<Identity>,
    ClientAddress(from): ClientAddress,
    language: Language,
    headers: HeaderMap,
    body: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let t = language.texts();
    let fields = body.map_or_else(|_| Vec::new(), |Form(fields)| fields);
    let (next, username) = (field(&fields, "next"), field(&fields, "username"));
    let property = field(&fields, "property");
    let mut shown = Shown { next, username, property, fault: None, status: StatusCode::UNPROCESSABLE_ENTITY };
    if !is_ours(&headers, &fields) {
        shown.fault = Some(t.say("login-stale"));
        shown.status = StatusCode::FORBIDDEN;
        return form(&identity, language, &headers, shown).await;
    }
    match sign_in(&identity, &fields, &headers, from).await {
        Ok(secret) => entered(&identity, &headers, next, &secret).await,
        Err(error) => refused(&identity, language, &headers, shown, &error, "login-wrong").await,
    }
}

/// Somebody is in: they get their cookie and go on.
pub(super) async fn entered(identity: &Identity, headers: &HeaderMap, next: &str, secret: &str) -> Response {
    let mut response = see(if is_safe(next) { next } else { "/" });
    cookie::set(&mut response, SESSION, secret, LONGEST, cookie::is_secure(identity));
    describe(identity, secret, headers).await;
    response
}

/// Shows the form again with the reason; `wrong` are the words for what does not match.
pub(super) async fn refused(
    identity: &Identity,
    language: Language,
    headers: &HeaderMap,
    mut shown: Shown<'_>,
    error: &Error,
    wrong: &str,
) -> Response {
    let t = language.texts();
    match error {
        Error::Unauthenticated(_) | Error::Forbidden | Error::NotFound(_) | Error::Invalid(_) | Error::TooLarge => {
            shown.fault = Some(t.say(wrong));
            form(identity, language, headers, shown).await
        }
        Error::Conflict("passkey_stale") => {
            shown.fault = Some(t.say("passkey-stale"));
            form(identity, language, headers, shown).await
        }
        Error::RateLimited(after) => {
            let (seconds, text) = in_words(t, *after);
            shown.fault = Some(format!("{} {text}", t.say("busy-text")));
            shown.status = StatusCode::TOO_MANY_REQUESTS;
            let mut response = form(identity, language, headers, shown).await;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        error => trouble(language, error),
    }
}

/// Nobody yet, of the organization that a sign-in is for: that of the program that waits for it, else that of the host.
pub(super) async fn visitor(identity: &Identity, next: &str, headers: &HeaderMap) -> Result<Caller, Error> {
    let org = match request(next) {
        Some(params) => identity.oidc().asking(&params).await?.map(|(party, _)| party.org_id),
        None => None,
    };
    let org = match org {
        Some(org) => org,
        None => organization(identity, headers).await?,
    };
    Ok(Caller::anonymous(org, Door::Pages, identity.app().now()))
}

async fn sign_in(
    identity: &Identity,
    fields: &[(String, String)],
    headers: &HeaderMap,
    from: IpAddr,
) -> Result<String, Error> {
    let caller = visitor(identity, field(fields, "next"), headers).await?;
    let password = Secret(field(fields, "password").to_owned());
    identity.web_sign_in(&caller, field(fields, "username"), password, from, cookie::read(headers, SESSION)).await
}

/// Notes the browser, for the list of devices. Signing in does not hang on it.
async fn describe(identity: &Identity, cookie: &str, headers: &HeaderMap) {
    let Some(browser) = client::browser(headers) else { return };
    if let Ok(caller) = identity.web_caller(cookie, Door::Pages).await
        && let Err(error) = identity.app().me().describe_device(&caller, &browser).await
    {
        tracing::warn!(%error, "a browser was not noted");
    }
}

/// Where else people of the host's organization can sign in: the name of each provider and where it begins.
async fn providers(identity: &Identity, headers: &HeaderMap, next: &str) -> Result<Vec<(String, String)>, Error> {
    let all = identity.providers(host(headers)).await?;
    let next = percent_encode(next);
    let begin = |key: &str| match next.as_str() {
        "" => format!("/app/login/provider/{key}"),
        next => format!("/app/login/provider/{key}?next={next}"),
    };
    Ok(all.into_iter().map(|p| (p.name, begin(&p.key))).collect())
}

/// Why somebody came back from a provider without being signed in.
fn provider_fault(word: &str) -> Option<&'static str> {
    Some(match word {
        "" => return None,
        "unknown" => "provider-unknown",
        "stale" => "provider-stale",
        "denied" => "provider-denied",
        "unreachable" => "provider-unreachable",
        "stranger" => "provider-stranger",
        "disabled" => "provider-disabled",
        "taken" => "provider-taken",
        _ => "provider-untrusted",
    })
}

/// The organization of the request's host.
pub(super) async fn organization(identity: &Identity, headers: &HeaderMap) -> Result<OrgId, Error> {
    let found = identity.app().organizations().of_host(host(headers)).await?;
    found.ok_or(Error::NotFound("organization"))
}

/// The house that an address names, if it is one of the host's organization.
pub(super) async fn house(identity: &Identity, headers: &HeaderMap, property: &str) -> Result<Option<House>, Error> {
    let Ok(property) = property.parse() else { return Ok(None) };
    match organization(identity, headers).await {
        Ok(org) => Ok(identity.app().me().house_of(org, property).await?.as_ref().map(House::of)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A house over the door of those who are not signed in.
pub(super) struct House {
    pub(super) name: String,
    pub(super) look: Look,
}

impl House {
    fn of(house: &app::me::House) -> Self {
        Self { name: house.name.clone(), look: Look::of(house) }
    }
}

/// The program's request that a page leads back to.
fn request(next: &str) -> Option<Params> {
    next.strip_prefix("/oidc/authorize?").map(super::consent::params)
}

/// Asks whether to sign out.
pub(crate) async fn ask_out(State(identity): State<Identity>, language: Language, headers: HeaderMap) -> Response {
    out_form(&identity, language, &headers, StatusCode::OK)
}

fn out_form(identity: &Identity, language: Language, headers: &HeaderMap, status: StatusCode) -> Response {
    let key = FormKey::of(identity, headers);
    let mut response = answer(language, status, &SignOutPage { t: language.texts(), csrf: &key.value });
    key.give(identity, &mut response);
    response
}

/// Signs out.
pub(crate) async fn sign_out(
    State(identity): State<Identity>,
    language: Language,
    headers: HeaderMap,
    body: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let fields = body.map_or_else(|_| Vec::new(), |Form(fields)| fields);
    if !is_ours(&headers, &fields) {
        return out_form(&identity, language, &headers, StatusCode::FORBIDDEN);
    }
    if let Some(secret) = cookie::read(&headers, SESSION)
        && let Err(error) = identity.web_sign_out(secret).await
    {
        return trouble(language, &error);
    }
    let mut response = see("/app/signed-out");
    // Drafts of what somebody typed stay in their browser until then; the next person shall not find them.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"storage\""));
    cookie::set(&mut response, SESSION, "", 0, cookie::is_secure(&identity));
    response
}

/// Says so.
pub(crate) async fn signed_out(language: Language) -> Response {
    notice(language, &SIGNED_OUT, WayOn::Front)
}

/// The page with the form.
pub(super) async fn form(identity: &Identity, language: Language, headers: &HeaderMap, shown: Shown<'_>) -> Response {
    let asking = match request(shown.next) {
        Some(params) => identity.oidc().asking(&params).await,
        None => Ok(None),
    };
    let asking = match asking {
        Ok(asking) => asking,
        Err(error) => return trouble(language, &error),
    };
    let next = if is_safe(shown.next) { shown.next } else { "" };
    let providers = match providers(identity, headers, next).await {
        Ok(providers) => providers,
        Err(error) => return trouble(language, &error),
    };
    let house = match house(identity, headers, shown.property).await {
        Ok(house) => house,
        Err(error) => return trouble(language, &error),
    };
    let passkeys = match visitor(identity, shown.next, headers).await {
        Ok(caller) => identity.passkeys_at(&caller, client::authority(headers)).await,
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    };
    let passkey = match passkeys {
        Ok(true) => format!("/app/login/passkey?next={}", percent_encode(next)),
        Ok(false) => String::new(),
        Err(error) => return trouble(language, &error),
    };
    let key = FormKey::of(identity, headers);
    let page = LoginPage {
        t: language.texts(),
        csrf: &key.value,
        next,
        username: shown.username,
        client: asking.as_ref().map(|(party, _)| party.name.as_str()),
        fault: shown.fault,
        providers,
        property: if house.is_some() { shown.property } else { "" },
        house,
        passkey,
    };
    // After signing in the browser is sent on to the program at once, which counts as where the form leads.
    let towards = asking.as_ref().map(|(_, uri)| uri.as_str());
    let mut response = answer_towards(language, shown.status, &page, towards);
    if !page.passkey.is_empty() {
        response = scripted(response);
    }
    key.give(identity, &mut response);
    response
}

pub(crate) fn trouble(language: Language, error: &Error) -> Response {
    let status = match error {
        Error::Unavailable(_) | Error::RateLimited(_) => StatusCode::SERVICE_UNAVAILABLE,
        error => {
            tracing::error!(%error, "a sign-in page failed");
            TROUBLE.status
        }
    };
    notice(language, &Notice { status, ..SIGN_IN_TROUBLE }, WayOn::Front)
}

const SIGN_IN_TROUBLE: Notice = Notice { text: "login-trouble", ..TROUBLE };

pub(crate) fn host(headers: &HeaderMap) -> &str {
    client::host_name(client::authority(headers))
}
