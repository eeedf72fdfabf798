//! `/app/consent`: whether a program may know who somebody is. And why a program's request goes no further.

use askama::Template;
use axum::{
    Form,
    extract::{RawQuery, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use kernel::Error;

use crate::{
    Consent, Refused, SignIn,
    client::is_cross_site,
    language::{Language, Texts},
    page::{Notice, Tone, WayOn, answer_towards, notice},
    set_password::field,
    sign_in::{see, session_cookie, trouble},
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
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    t: &'static Texts,
    asked: &'a Consent,
    request: &'a str,
}

/// Asks.
pub(crate) async fn show<S: SignIn>(
    State(service): State<S>,
    language: Language,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let request = query.unwrap_or_default();
    match service.consent_asked(request.clone(), session_cookie(&headers)).await {
        Ok(Ok(asked)) => {
            let page = ConsentPage { t: language.texts(), asked: &asked, request: &request };
            answer_towards(language, StatusCode::OK, &page, Some(&asked.redirect_uri))
        }
        Ok(Err(elsewhere)) => see(&elsewhere),
        Err(error) => trouble(language, &error),
    }
}

/// Takes the answer. Anything but a clear yes is a no.
pub(crate) async fn submit<S: SignIn>(
    State(service): State<S>,
    language: Language,
    headers: HeaderMap,
    body: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let Ok(Form(fields)) = body else { return refused(language, Refused::Request) };
    if is_cross_site(&headers) {
        return refused(language, Refused::Request);
    }
    let (request, csrf) = (field(&fields, "request").to_owned(), field(&fields, "csrf").to_owned());
    let allow = field(&fields, "answer") == "allow";
    match service.consent(request, session_cookie(&headers), csrf, allow).await {
        Ok(elsewhere) => see(&elsewhere),
        Err(Error::Forbidden) => refused(language, Refused::Request),
        Err(error) => trouble(language, &error),
    }
}

/// Why a program's request goes no further.
pub(crate) fn refused(language: Language, why: Refused) -> Response {
    let page = match why {
        Refused::Client => &CLIENT,
        Refused::Redirect => &REDIRECT,
        Refused::Request => &REQUEST,
    };
    notice(language, page, WayOn::Nowhere)
}
