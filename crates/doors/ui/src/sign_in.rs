//! `/app/login`: signing in, and `/app/sign-out`. The cookie `user_session` opens the pages and the community API.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use kernel::Error;

use crate::{
    Attempt, SignIn,
    client::{ClientAddress, is_cross_site},
    language::{Language, Texts},
    page::{Notice, Tone, WayOn, answer, answer_towards, notice},
    set_password::{TROUBLE, field, in_words},
};

/// The cookie of a sign-in.
const SESSION: &str = "user_session";
/// A sign-in ends after so many seconds in any case.
const LONGEST: i64 = 30 * 24 * 3600;
/// The cookie that a form has to be sent with.
const FORM: &str = "form_key";

const SIGNED_OUT: Notice =
    Notice { status: StatusCode::OK, tone: Tone::Done, title: "signed-out-title", text: "signed-out-text", next: None };

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    t: &'static Texts,
    csrf: &'a str,
    next: &'a str,
    username: &'a str,
    client: Option<&'a str>,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_out.html")]
struct SignOutPage {
    t: &'static Texts,
}

/// What the form is shown with.
struct Shown<'a> {
    next: &'a str,
    username: &'a str,
    fault: Option<String>,
    status: StatusCode,
}

/// Shows the form.
pub(crate) async fn show<S: SignIn>(
    State(service): State<S>,
    language: Language,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let fields = Query::try_from_uri(&uri).map_or_else(|_| Vec::new(), |Query(fields)| fields);
    let shown = Shown { next: field(&fields, "next"), username: "", fault: None, status: StatusCode::OK };
    form(&service, language, &headers, shown).await
}

/// Signs in.
pub(crate) async fn submit<S: SignIn>(
    State(service): State<S>,
    ClientAddress(from): ClientAddress,
    language: Language,
    headers: HeaderMap,
    body: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let t = language.texts();
    let fields = body.map_or_else(|_| Vec::new(), |Form(fields)| fields);
    let (next, username) = (field(&fields, "next"), field(&fields, "username"));
    let mut shown = Shown { next, username, fault: None, status: StatusCode::UNPROCESSABLE_ENTITY };
    let key = cookie(&headers, FORM).filter(|key| is_form_key(key));
    if is_cross_site(&headers) || key.is_none_or(|key| field(&fields, "csrf") != key) {
        shown.fault = Some(t.say("login-stale"));
        shown.status = StatusCode::FORBIDDEN;
        return form(&service, language, &headers, shown).await;
    }
    let attempt = Attempt {
        name: username.to_owned(),
        password: field(&fields, "password").to_owned(),
        next: next.to_owned(),
        host: host(&headers).to_owned(),
        from,
        cookie: cookie(&headers, SESSION).map(str::to_owned),
    };
    match service.sign_in(attempt).await {
        Ok(secret) => {
            let to = if is_safe(next) { next } else { "/" };
            let mut response = see(to);
            set_cookie(&mut response, SESSION, &secret, LONGEST, service.is_secure());
            response
        }
        Err(
            Error::Unauthenticated(_) | Error::Forbidden | Error::NotFound(_) | Error::Invalid(_) | Error::TooLarge,
        ) => {
            shown.fault = Some(t.say("login-wrong"));
            form(&service, language, &headers, shown).await
        }
        Err(Error::RateLimited(after)) => {
            let (seconds, text) = in_words(t, after);
            shown.fault = Some(format!("{} {text}", t.say("busy-text")));
            shown.status = StatusCode::TOO_MANY_REQUESTS;
            let mut response = form(&service, language, &headers, shown).await;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Err(error) => trouble(language, &error),
    }
}

/// Asks whether to sign out.
pub(crate) async fn ask_out(language: Language) -> Response {
    answer(language, StatusCode::OK, &SignOutPage { t: language.texts() })
}

/// Signs out.
pub(crate) async fn sign_out<S: SignIn>(State(service): State<S>, language: Language, headers: HeaderMap) -> Response {
    if is_cross_site(&headers) {
        return ask_out(language).await;
    }
    if let Some(secret) = cookie(&headers, SESSION)
        && let Err(error) = service.sign_out(secret.to_owned()).await
    {
        return trouble(language, &error);
    }
    let mut response = see("/app/signed-out");
    set_cookie(&mut response, SESSION, "", 0, service.is_secure());
    response
}

/// Says so.
pub(crate) async fn signed_out(language: Language) -> Response {
    notice(language, &SIGNED_OUT, WayOn::Front)
}

async fn form<S: SignIn>(service: &S, language: Language, headers: &HeaderMap, shown: Shown<'_>) -> Response {
    let asking = match service.asking(shown.next.to_owned()).await {
        Ok(asking) => asking,
        Err(error) => return trouble(language, &error),
    };
    let known = cookie(headers, FORM).filter(|key| is_form_key(key)).map(str::to_owned);
    let key = known.clone().unwrap_or_else(|| service.secret());
    let page = LoginPage {
        t: language.texts(),
        csrf: &key,
        next: if is_safe(shown.next) { shown.next } else { "" },
        username: shown.username,
        client: asking.as_ref().map(|a| a.client.as_str()),
        fault: shown.fault,
    };
    // After signing in the browser is sent on to the program at once, which counts as where the form leads.
    let towards = asking.as_ref().map(|a| a.redirect_uri.as_str());
    let mut response = answer_towards(language, shown.status, &page, towards);
    if known.is_none() {
        set_cookie(&mut response, FORM, &key, LONGEST, service.is_secure());
    }
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

/// Whether a page of this server is meant, so that nobody is led elsewhere after signing in.
fn is_safe(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && HeaderValue::try_from(next).is_ok()
}

/// As [`SignIn::secret`] makes them.
fn is_form_key(key: &str) -> bool {
    key.len() == 43 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

pub(crate) fn host(headers: &HeaderMap) -> &str {
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
    crate::client::host_name(host)
}

/// The cookie of a sign-in, if one was sent.
pub(crate) fn session_cookie(headers: &HeaderMap) -> Option<String> {
    cookie(headers, SESSION).map(str::to_owned)
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok());
    let mut pairs = all.flat_map(|v| v.split(';')).filter_map(|p| p.trim().split_once('='));
    pairs.find(|(n, v)| *n == name && !v.is_empty()).map(|(_, value)| value)
}

fn set_cookie(response: &mut Response, name: &str, value: &str, seconds: i64, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::try_from(text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Goes on elsewhere, by GET.
pub(crate) fn see(to: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    let mut response = (StatusCode::SEE_OTHER, headers).into_response();
    let to = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, to);
    response
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn nobody_is_led_elsewhere() {
        for good in ["/", "/app/c/4/info/documents", "/oidc/authorize?client_id=a&login_hint=b%20c"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in ["", "app", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/a\r\nX: y", "/ä"]
        {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
