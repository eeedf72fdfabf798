//! `/invite/{code}`: becoming a resident with a login.

use std::net::IpAddr;

use app::invite::{Checked, Redeemer};
use askama::Template;
use axum::{
    Form,
    extract::{RawQuery, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use identity::{Identity, Password, Secret};
use kernel::{Caller, Door, Error, Faults, Field};

use super::{
    form_key::{FormKey, is_ours},
    sign_in::{organization, trouble},
};
use crate::{
    client::ClientAddress,
    cookie::{self, LONGEST, SESSION},
    form::{Fields, Shown, unread},
    language::{Language, Texts},
    page::{Notice, Tone, WayOn, answer, busy, notice, see},
    session::At,
    shell::Plain,
};

const ENDED: Notice = Notice {
    status: StatusCode::NOT_FOUND,
    tone: Tone::Stop,
    title: "invite-ended-title",
    text: "invite-ended-text",
    next: None,
};

#[derive(Template)]
#[template(path = "front/invitation.html")]
struct InvitationPage<'a> {
    t: &'static Texts,
    s: Plain,
    csrf: &'a str,
    token: &'a str,
    invited: &'a Checked,
    form: Shown,
}

/// The address that mails name.
pub(super) async fn by_query(RawQuery(query): RawQuery) -> Response {
    let fields = Fields::of_query(&query.unwrap_or_default());
    let code: String = form_urlencoded::byte_serialize(fields.get("invite_token").as_bytes()).collect();
    see(&format!("/invite/{code}"))
}

/// Shows who invites, and the form.
pub(super) async fn show(
    State(identity): State<Identity>,
    ClientAddress(from): ClientAddress,
    language: Language,
    headers: HeaderMap,
    At(token): At<String>,
) -> Response {
    match check(&identity, &headers, &token, from).await {
        Ok((_, invited)) => {
            let form = Shown::with([
                ("first_name", invited.invite.first_name.clone()),
                ("last_name", invited.invite.last_name.clone()),
                ("email", invited.invite.email.clone()),
            ]);
            page(&identity, language, &headers, (&token, &invited), form, StatusCode::OK)
        }
        Err(error) => failed(language, &error),
    }
}

/// Takes the form; whoever is in is signed in.
pub(super) async fn submit(
    State(identity): State<Identity>,
    ClientAddress(from): ClientAddress,
    language: Language,
    headers: HeaderMap,
    At(token): At<String>,
    body: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let fields = match body {
        Ok(Form(fields)) => Fields(fields),
        Err(e) => return unread(language, &e),
    };
    let (caller, invited) = match check(&identity, &headers, &token, from).await {
        Ok(found) => found,
        Err(error) => return failed(language, &error),
    };
    let t = language.texts();
    let again = |form: Shown, code| page(&identity, language, &headers, (&token, &invited), form, code);
    if !is_ours(&headers, &fields.0) {
        let mut form = without_password(&fields);
        form.fault = Some(t.say("forgot-stale"));
        return again(form, StatusCode::FORBIDDEN);
    }
    match accept(&identity, &caller, &token, from, &fields).await {
        Ok(()) => {}
        Err(Error::RateLimited(after)) => return busy(language, after, WayOn::Front),
        Err(error) => {
            let words = |word: &str| match word {
                "registered" => Some("invite-has-login"),
                "taken" => Some("invite-taken"),
                "unconfirmed_password" => Some("fault-repeat"),
                _ => None,
            };
            let kept = Fields(fields.0.into_iter().filter(|(n, _)| !n.starts_with("pass") && n != "repeat").collect());
            return match Shown::refused(&kept, error, t, words) {
                Ok(form) => again(form, StatusCode::UNPROCESSABLE_ENTITY),
                Err(error) => failed(language, &error),
            };
        }
    }
    let password = Secret(fields.get("password").to_owned());
    let old = cookie::read(&headers, SESSION);
    match identity.web_sign_in(&caller, fields.get("email"), password, from, old).await {
        Ok(secret) => {
            let mut response = see("/home");
            cookie::set(&mut response, SESSION, &secret, LONGEST, cookie::is_secure(&identity));
            response
        }
        // They have their login, and may use it.
        Err(_) => see("/app/login"),
    }
}

async fn check(
    identity: &Identity,
    headers: &HeaderMap,
    token: &str,
    from: IpAddr,
) -> Result<(Caller, Checked), Error> {
    let org = organization(identity, headers).await?;
    let caller = Caller::anonymous(org, Door::Pages, identity.app().now());
    Ok((caller, identity.app().invites().check(&caller, token, from).await?))
}

async fn accept(identity: &Identity, caller: &Caller, token: &str, from: IpAddr, fields: &Fields) -> Result<(), Error> {
    let text = |name| Some(fields.get(name).to_owned());
    let who = Redeemer {
        first_name: text("first_name"),
        last_name: text("last_name"),
        email: text("email"),
        password_hash: None,
    };
    let secret = |name| Field::Given(Secret(fields.get(name).to_owned()));
    let password = Password { password: secret("password"), confirm: secret("repeat"), faults: Faults::new() };
    identity.accept_invitation(caller, token, from, who, &password).await
}

fn without_password(fields: &Fields) -> Shown {
    Shown::with(["first_name", "last_name", "email"].map(|name| (name, fields.get(name).to_owned())))
}

fn page(
    identity: &Identity,
    language: Language,
    headers: &HeaderMap,
    (token, invited): (&str, &Checked),
    form: Shown,
    code: StatusCode,
) -> Response {
    let key = FormKey::of(identity, headers);
    let page = InvitationPage { t: language.texts(), s: Plain::of(language), csrf: &key.value, token, invited, form };
    let mut response = answer(language, code, &page);
    key.give(identity, &mut response);
    response
}

fn failed(language: Language, error: &Error) -> Response {
    match error {
        Error::NotFound(_) => notice(language, &ENDED, WayOn::Front),
        Error::RateLimited(after) => busy(language, *after, WayOn::Front),
        error => trouble(language, error),
    }
}
