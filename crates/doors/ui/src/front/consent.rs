//! `/app/consent`: whether a program may know who somebody is. And why a program's request goes no further.

use askama::Template;
use axum::{
    Form,
    extract::{RawQuery, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use identity::{
    Identity,
    oidc::{ConsentAsked, Params, Refused, Step},
};
use kernel::Error;

use super::sign_in::trouble;
use crate::{
    client::is_cross_site,
    cookie,
    form::field,
    language::{Language, Texts},
    page::{Notice, Tone, WayOn, answer_towards, notice, see},
};

const CLIENT: Notice = Notice {
    status: StatusCode::BAD_REQUEST,
    tone: Tone::Stop,
    title: "refused-client-title",
    text: "refused-client-text",
    next: None,
};
const REDIRECT: Notice = Notice {
    status: StatusCode::BAD_REQUEST,
    tone: Tone::Stop,
    title: "refused-redirect-title",
    text: "refused-redirect-text",
    next: None,
};
const REQUEST: Notice = Notice {
    status: StatusCode::BAD_REQUEST,
    tone: Tone::Stop,
    title: "refused-request-title",
    text: "refused-request-text",
    next: None,
};

#[derive(Template)]
#[template(path = "front/consent.html")]
struct ConsentPage<'a> {
    t: &'static Texts,
    asked: &'a ConsentAsked,
    request: &'a str,
}

/// Asks.
pub(crate) async fn show(
    State(identity): State<Identity>,
    language: Language,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let request = query.unwrap_or_default();
    match identity.oidc().consent_asked(&params(&request), cookie::session(&headers).as_deref()).await {
        Ok(Ok(asked)) => {
            let page = ConsentPage { t: language.texts(), asked: &asked, request: &request };
            answer_towards(language, StatusCode::OK, &page, Some(&asked.redirect_uri))
        }
        Ok(Err(step)) => see(&address(step, &request)),
        Err(error) => trouble(language, &error),
    }
}

/// Takes the answer. Anything but a clear yes is a no.
pub(crate) async fn submit(
    State(identity): State<Identity>,
    language: Language,
    headers: HeaderMap,
    body: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let Ok(Form(fields)) = body else { return refused(language, Refused::Malformed) };
    if is_cross_site(&headers) {
        return refused(language, Refused::Malformed);
    }
    let (request, csrf) = (field(&fields, "request"), field(&fields, "csrf"));
    let allow = field(&fields, "answer") == "allow";
    let cookie = cookie::session(&headers);
    match identity.oidc().consent(&params(request), cookie.as_deref(), csrf, allow).await {
        Ok(step) => see(&address(step, request)),
        Err(Error::Forbidden) => refused(language, Refused::Malformed),
        Err(error) => trouble(language, &error),
    }
}

/// Why a program's request goes no further.
pub(crate) fn refused(language: Language, why: Refused) -> Response {
    let page = match why {
        Refused::Client => &CLIENT,
        Refused::Redirect => &REDIRECT,
        Refused::Malformed => &REQUEST,
    };
    notice(language, page, WayOn::Nowhere)
}

/// A query as a program's request.
pub(super) fn params(query: &str) -> Params {
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
