//! Cookies: read and set.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use identity::Identity;

/// The cookie of a sign-in.
pub(crate) const SESSION: &str = "user_session";
/// A sign-in ends after so many seconds in any case.
pub(crate) const LONGEST: i64 = 30 * 24 * 3600;
/// The cookie that a form has to be sent with where nobody is signed in.
pub(crate) const FORM: &str = "form_key";
/// What the next page says about what was just done.
pub(crate) const FLASH: &str = "flash";

/// Whether the rail of the desk is folded in this browser.
pub(crate) const RAIL: &str = "rail";

/// The value of a cookie, if one was sent.
pub(crate) fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok());
    let mut pairs = all.flat_map(|v| v.split(';')).filter_map(|p| p.trim().split_once('='));
    pairs.find(|(n, v)| *n == name && !v.is_empty()).map(|(_, value)| value)
}

/// The cookie of a sign-in, if one was sent.
pub(crate) fn session(headers: &HeaderMap) -> Option<String> {
    read(headers, SESSION).map(str::to_owned)
}

/// Sets a cookie for so many seconds; 0 takes it away.
pub(crate) fn set(response: &mut Response, name: &str, value: &str, seconds: i64, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::try_from(text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Whether people come by HTTPS, so that cookies can be kept to it.
pub(crate) fn is_secure(identity: &Identity) -> bool {
    identity.app().public_url().starts_with("https:")
}
