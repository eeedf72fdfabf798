//! Where programs send browsers.

use axum::{
    extract::{RawForm, RawQuery, State, rejection::RawFormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use identity::oidc::{Params, Refused, SignedOut, Step};
use kernel::Error;

use crate::{Door, wire};

/// The cookie of the pages.
const COOKIE: &str = "user_session";

/// Begins or goes on with a sign-in.
pub async fn authorize(State(door): State<Door>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    step(&door, &headers, query.unwrap_or_default().as_bytes()).await
}

/// The same as a form.
pub async fn authorize_form(
    State(door): State<Door>,
    headers: HeaderMap,
    form: Result<RawForm, RawFormRejection>,
) -> Response {
    match form {
        Ok(RawForm(body)) => step(&door, &headers, &body).await,
        Err(_) => (door.refused)(&headers, Refused::Malformed),
    }
}

async fn step(door: &Door, headers: &HeaderMap, query: &[u8]) -> Response {
    let step = door.identity.oidc().authorize(&params(query), cookie(headers).as_deref()).await;
    match step {
        Ok(Step::Back(to)) => see(&to),
        Ok(Step::SignIn(next)) => {
            let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
            see(&format!("/app/login?next={next}"))
        }
        Ok(Step::Consent(query)) => see(&format!("/app/consent?{query}")),
        Ok(Step::Refused(why)) => (door.refused)(headers, why),
        // Signed out in this very moment.
        Err(Error::Unauthenticated(_)) => see("/app/login"),
        Err(e) => wire::failed(&e),
    }
}

/// Signs a person out.
pub async fn end_session(State(door): State<Door>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    leave(&door, &headers, query.unwrap_or_default().as_bytes()).await
}

/// The same as a form.
pub async fn end_session_form(
    State(door): State<Door>,
    headers: HeaderMap,
    form: Result<RawForm, RawFormRejection>,
) -> Response {
    match form {
        Ok(RawForm(body)) => leave(&door, &headers, &body).await,
        Err(_) => (door.refused)(&headers, Refused::Malformed),
    }
}

async fn leave(door: &Door, headers: &HeaderMap, query: &[u8]) -> Response {
    match door.identity.oidc().end_session(&params(query), cookie(headers).as_deref()).await {
        Ok(SignedOut::Back(to)) => without_cookie(see(&to)),
        Ok(SignedOut::Done) => without_cookie(see("/app/signed-out")),
        Ok(SignedOut::Ask) => see("/app/sign-out"),
        Err(e) => wire::failed(&e),
    }
}

/// The pairs of a query or a form.
pub fn params(query: &[u8]) -> Params {
    Params(form_urlencoded::parse(query).into_owned().collect())
}

/// The cookie of the pages, if one was sent.
pub fn cookie(headers: &HeaderMap) -> Option<String> {
    named_cookie(headers, COOKIE)
}

/// The cookie of this name, if one was sent.
pub fn named_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok());
    let mut pairs = all.flat_map(|v| v.split(';')).filter_map(|p| p.trim().split_once('='));
    pairs.find(|(n, _)| *n == name).map(|(_, value)| value.to_owned()).filter(|v| !v.is_empty())
}

/// Goes on elsewhere, by GET; nothing of this address is told there.
pub fn see(to: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    let mut response = (StatusCode::SEE_OTHER, headers).into_response();
    match HeaderValue::try_from(to) {
        Ok(value) => {
            response.headers_mut().insert(header::LOCATION, value);
            response
        }
        Err(e) => wire::failed(&Error::internal(e)),
    }
}

fn without_cookie(mut response: Response) -> Response {
    let gone = HeaderValue::from_static("user_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    response.headers_mut().append(header::SET_COOKIE, gone);
    response
}
