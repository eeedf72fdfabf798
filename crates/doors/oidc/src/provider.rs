//! Signing in with an outside provider: a browser is sent there, and comes back.

use axum::{
    Router,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
    routing::get,
};
use identity::ProviderFault;
use kernel::Error;

use crate::{
    Door,
    browser::{cookie, named_cookie, params, see},
    wire,
};

/// Remembers a sign-in that was begun; it is sent back to these pages alone.
const MEMORY: &str = "provider_sign_in";
/// A sign-in on the pages ends after so many seconds in any case.
const LONGEST: i64 = 30 * 24 * 3600;

type Key = Result<Path<String>, PathRejection>;

/// The routes of this part.
pub fn routes() -> Router<Door> {
    Router::new()
        .route("/app/login/provider/{key}", get(begin).post(link))
        .route("/app/login/provider/{key}/callback", get(come_back))
}

/// Sends a browser to the provider. `next` is the page that it goes to afterwards.
async fn begin(State(door): State<Door>, key: Key, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let (key, next) = (key_of(key), next(query.as_deref()));
    let begun = door.identity.provider_begin(host(&headers), &key, &next).await;
    sent(&door, begun, &next)
}

/// The same for somebody who is signed in, to sign in there from now on. Only our own pages send this.
async fn link(State(door): State<Door>, key: Key, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let (key, next) = (key_of(key), next(query.as_deref()));
    let Some(session) = cookie(&headers).filter(|_| !portico_http::is_cross_site(&headers)) else {
        return to_login(ProviderFault::Stale, &next);
    };
    match door.identity.provider_link(host(&headers), &key, &next, &session).await {
        Err(Error::Unauthenticated(_) | Error::Forbidden) => to_login(ProviderFault::Stale, &next),
        begun => sent(&door, begun, &next),
    }
}

fn sent(door: &Door, begun: kernel::Result<Result<identity::Begun, ProviderFault>>, next: &str) -> Response {
    match begun {
        Ok(Ok(begun)) => {
            let mut response = see(&begun.location);
            remember(door, &mut response, &begun.cookie, begun.seconds);
            response
        }
        Ok(Err(fault)) => to_login(fault, next),
        Err(e) => wire::failed(&e),
    }
}

/// Takes a browser back and signs its person in.
async fn come_back(State(door): State<Door>, key: Key, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let (key, params) = (key_of(key), params(query.unwrap_or_default().as_bytes()));
    let memory = named_cookie(&headers, MEMORY);
    let old = cookie(&headers);
    let returned = door.identity.provider_return(&key, &params, memory.as_deref(), old.as_deref()).await;
    let mut response = match returned {
        Ok(Ok(returned)) => {
            let mut response = see(if is_ours(&returned.next) { &returned.next } else { "/" });
            if let Some(session) = &returned.session {
                set_cookie(&door, &mut response, &format!("user_session={session}; Path=/; Max-Age={LONGEST}"));
            }
            response
        }
        Ok(Err(fault)) => to_login(fault, ""),
        Err(e) => return wire::failed(&e),
    };
    // It was good for this one answer.
    remember(&door, &mut response, "", 0);
    response
}

/// Back to the login page, which says why.
fn to_login(fault: ProviderFault, next: &str) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("provider", fault.as_str());
    if is_ours(next) {
        query.append_pair("next", next);
    }
    see(&format!("/app/login?{}", query.finish()))
}

fn remember(door: &Door, response: &mut Response, value: &str, seconds: i64) {
    set_cookie(door, response, &format!("{MEMORY}={value}; Path=/app/login/provider; Max-Age={seconds}"));
}

fn set_cookie(door: &Door, response: &mut Response, text: &str) {
    let secure = if door.identity.app().public_url().starts_with("https:") { "; Secure" } else { "" };
    if let Ok(value) = HeaderValue::try_from(format!("{text}; HttpOnly; SameSite=Lax{secure}")) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// A key that cannot be read is nobody's.
fn key_of(key: Key) -> String {
    key.map(|Path(key)| key).unwrap_or_default().replace('\0', "")
}

fn next(query: Option<&str>) -> String {
    let found = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).find(|(name, _)| name == "next");
    found.map(|(_, next)| next.into_owned()).filter(|next| is_ours(next)).unwrap_or_default()
}

/// Whether a page of this server is meant, so that nobody is led elsewhere after signing in. It travels in a cookie,
/// so it is not long.
fn is_ours(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 1500
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn nobody_is_led_elsewhere() {
        for good in ["/", "/app/c/4/info/documents", "/oidc/authorize?client_id=a&login_hint=b%20c"] {
            assert!(is_ours(good), "{good}");
        }
        for bad in ["", "app", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/a\r\nX: y", "/ä"]
        {
            assert!(!is_ours(bad), "{bad}");
        }
        assert!(!is_ours(&format!("/{}", "x".repeat(1500))));
    }
}
