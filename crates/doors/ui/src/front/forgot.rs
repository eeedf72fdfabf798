//! `/forgot`: asking for a link that sets a new password. Whether somebody has a login is not told.

use askama::Template;
use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use identity::Identity;
use kernel::{Caller, Door, Error};

use super::{
    form_key::{FormKey, is_ours},
    sign_in::{organization, trouble},
};
use crate::{
    client::ClientAddress,
    form::{Fields, Shown, unread},
    language::{Language, Texts},
    page::{Notice, Tone, WayOn, answer, busy, notice, see},
    shell::Plain,
};

const SENT: Notice = Notice {
    status: StatusCode::OK,
    tone: Tone::Done,
    title: "forgot-sent-title",
    text: "forgot-sent-text",
    next: Some("forgot-sent-next"),
};

#[derive(Template)]
#[template(path = "front/forgot.html")]
struct ForgotPage<'a> {
    t: &'static Texts,
    s: Plain,
    csrf: &'a str,
    form: Shown,
}

/// Asks for the address.
pub(super) async fn show(State(identity): State<Identity>, language: Language, headers: HeaderMap) -> Response {
    page(&identity, language, &headers, Shown::default(), StatusCode::OK)
}

fn page(identity: &Identity, language: Language, headers: &HeaderMap, form: Shown, code: StatusCode) -> Response {
    let key = FormKey::of(identity, headers);
    let mut response =
        answer(language, code, &ForgotPage { t: language.texts(), s: Plain::of(language), csrf: &key.value, form });
    key.give(identity, &mut response);
    response
}

/// Sends the link, if somebody signs in with that address.
pub(super) async fn submit(
    State(identity): State<Identity>,
    ClientAddress(from): ClientAddress,
    language: Language,
    headers: HeaderMap,
    body: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let fields = match body {
        Ok(Form(fields)) => Fields(fields),
        Err(e) => return unread(language, &e),
    };
    let t = language.texts();
    let email = fields.get("email").trim();
    let mut form = Shown::with([("email", email.to_owned())]);
    if !is_ours(&headers, &fields.0) {
        form.fault = Some(t.say("forgot-stale"));
        return page(&identity, language, &headers, form, StatusCode::FORBIDDEN);
    }
    if !email.contains('@') || email.chars().count() > 255 {
        form.set("email", t.say("problem-email"));
        return page(&identity, language, &headers, form, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let asked = async {
        let org = organization(&identity, &headers).await?;
        let caller = Caller::anonymous(org, Door::Pages, identity.app().now());
        identity.web_forgot(&caller, email, from).await
    };
    match asked.await {
        Ok(()) => see("/forgot/sent"),
        Err(Error::RateLimited(after)) => busy(language, after, WayOn::Front),
        Err(error) => trouble(language, &error),
    }
}

/// Says what happens now.
pub(super) async fn sent(language: Language) -> Response {
    notice(language, &SENT, WayOn::Front)
}
