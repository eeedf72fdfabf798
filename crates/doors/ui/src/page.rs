//! Pages as answers: what they look like, and the headers that all of them carry.

use std::time::Duration;

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};

use crate::{
    assets::AHEAD,
    language::{Language, Texts},
};

/// Nothing may be loaded, framed or sent to but our own style sheet, pictures and forms.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                                       frame-ancestors 'none'; base-uri 'none'";
/// Inside, our own script runs too: it asks this server for news, and shows pictures before they are sent.
const INSIDE: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; manifest-src 'self'; \
                      img-src 'self' blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page that tells one thing.
pub(crate) struct Notice {
    pub(crate) status: StatusCode,
    pub(crate) tone: Tone,
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) next: Option<&'static str>,
}

/// Its sign: never without the words.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Done,
    Wait,
    Stop,
}

/// What can be done on a notice.
pub(crate) enum WayOn<'a> {
    Nowhere,
    Front,
    /// The link that led here, once more.
    Again(&'a str),
}

/// No such page.
pub(crate) const MISSING: Notice = Notice {
    status: StatusCode::NOT_FOUND,
    tone: Tone::Stop,
    title: "missing-title",
    text: "missing-text",
    next: None,
};
/// No such method.
pub(crate) const METHOD: Notice = Notice {
    status: StatusCode::METHOD_NOT_ALLOWED,
    tone: Tone::Stop,
    title: "method-title",
    text: "method-text",
    next: None,
};

/// The fault is ours.
pub(crate) const TROUBLE: Notice = Notice {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    tone: Tone::Stop,
    title: "trouble-title",
    text: "trouble-here",
    next: Some("trouble-next"),
};
/// The role does not allow it.
pub(crate) const NOT_ALLOWED: Notice = Notice {
    status: StatusCode::FORBIDDEN,
    tone: Tone::Stop,
    title: "forbidden-title",
    text: "forbidden-text",
    next: None,
};
/// Things stand otherwise than the page showed.
pub(crate) const CHANGED: Notice =
    Notice { status: StatusCode::CONFLICT, tone: Tone::Stop, title: "changed-title", text: "changed-text", next: None };
/// A form came from elsewhere, or its page was open for too long.
pub(crate) const FOREIGN: Notice = Notice {
    status: StatusCode::FORBIDDEN,
    tone: Tone::Stop,
    title: "stale-title",
    text: "stale-text",
    next: Some("stale-next"),
};
/// A form is too large.
pub(crate) const LARGE: Notice = Notice {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    tone: Tone::Stop,
    title: "large-title",
    text: "large-here",
    next: None,
};
/// A body is no form of ours.
pub(crate) const UNREADABLE: Notice = Notice {
    status: StatusCode::BAD_REQUEST,
    tone: Tone::Stop,
    title: "unreadable-title",
    text: "unreadable-text",
    next: None,
};
pub(crate) const BUSY: Notice = Notice {
    status: StatusCode::TOO_MANY_REQUESTS,
    tone: Tone::Wait,
    title: "busy-title",
    text: "busy-text",
    next: None,
};

#[derive(Template)]
#[template(path = "front/notice.html")]
pub(crate) struct NoticePage<'a> {
    pub(crate) t: &'static Texts,
    pub(crate) tone: Tone,
    pub(crate) title: String,
    pub(crate) texts: Vec<String>,
    pub(crate) way_on: WayOn<'a>,
}

impl<'a> NoticePage<'a> {
    /// A notice in its language; texts may be added before it is shown.
    pub(crate) fn new(language: Language, notice: &Notice, way_on: WayOn<'a>) -> Self {
        let t = language.texts();
        let texts = [Some(notice.text), notice.next].into_iter().flatten().map(|key| t.say(key)).collect();
        Self { t, tone: notice.tone, title: t.say(notice.title), texts, way_on }
    }
}

/// A notice, whole.
pub(crate) fn notice(language: Language, notice: &Notice, way_on: WayOn<'_>) -> Response {
    answer(language, notice.status, &NoticePage::new(language, notice, way_on))
}

/// How long to wait: in whole seconds, and in words.
pub(crate) fn in_words(t: &Texts, after: Duration) -> (u64, String) {
    let seconds = u64::try_from(after.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1);
    let text = match usize::try_from(seconds).unwrap_or(usize::MAX) {
        n @ ..=90 => t.say_with("busy-seconds", "n", n),
        n => t.say_with("busy-minutes", "n", n.div_ceil(60)),
    };
    (seconds, text)
}

/// Too many tries: how long to wait.
pub(crate) fn busy(language: Language, after: Duration, way_on: WayOn<'_>) -> Response {
    let mut page = NoticePage::new(language, &BUSY, way_on);
    let (seconds, text) = in_words(page.t, after);
    page.texts.push(text);
    let mut response = answer(language, BUSY.status, &page);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Goes on elsewhere, by GET.
pub(crate) fn see(to: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    let mut response = (StatusCode::SEE_OTHER, headers).into_response();
    let to = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, to);
    response
}

/// Whether a page of this server is meant, so that nobody is led elsewhere.
pub(crate) fn is_safe(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && HeaderValue::try_from(path).is_ok()
}

/// A page with the headers that all pages carry. No page is kept by anybody; the address of some is a secret, so no
/// page tells the next one where it came from.
pub(crate) fn answer(language: Language, status: StatusCode, page: &impl Template) -> Response {
    answer_towards(language, status, page, None)
}

/// A page for somebody who is signed in: with our script.
pub(crate) fn answer_inside(language: Language, status: StatusCode, page: &impl Template) -> Response {
    let mut response = answer(language, status, page);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(INSIDE));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    // Told to this server alone: where the sign-in has ended under a form, it leads back to the page of the form.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    // Which links browsers may follow ahead, before they are clicked; what they fetch so is not kept either.
    if let Ok(rules) = HeaderValue::try_from(format!("\"{}\"", AHEAD.path)) {
        response.headers_mut().insert("speculation-rules", rules);
    }
    response
}

/// A page of the front door that runs a script of ours, which asks this server.
pub(crate) fn scripted(mut response: Response) -> Response {
    let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let wider = policy.map(|policy| format!("{policy}; script-src 'self'; connect-src 'self'"));
    if let Some(Ok(policy)) = wider.map(HeaderValue::try_from) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A page that shows another page of ours in a frame.
pub(crate) fn framing(mut response: Response) -> Response {
    let policy = HeaderValue::try_from(format!("{INSIDE}; frame-src 'self'"));
    if let Ok(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A page that one of ours may show in a frame. It runs no script and sends no form.
pub(crate) fn framed(mut response: Response) -> Response {
    let policy = HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'self'; base-uri 'none'",
    );
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// The same for a page whose form leads, by way of this server, to an address of a program: browsers look at the whole
/// way.
pub(crate) fn answer_towards(
    language: Language,
    status: StatusCode,
    page: &impl Template,
    towards: Option<&str>,
) -> Response {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_LANGUAGE, language.tag()),
        (header::VARY, "Accept-Language"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let wider = towards
        .and_then(source)
        .map(|source| CONTENT_SECURITY_POLICY.replace("form-action 'self'", &format!("form-action 'self' {source}")));
    if let Some(Ok(policy)) = wider.map(HeaderValue::try_from) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// An address as a source of a policy: its origin, or the scheme of an app.
fn source(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once(':')?;
    let origin = match scheme {
        "http" | "https" => {
            let host = rest.strip_prefix("//")?.split(['/', '?']).next()?;
            format!("{scheme}://{host}")
        }
        _ => format!("{scheme}:"),
    };
    let safe = |b: u8| b.is_ascii_alphanumeric() || b":/.-+[]".contains(&b);
    origin.bytes().all(safe).then_some(origin)
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
