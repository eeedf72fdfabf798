//! Pages as answers: what they look like, and the headers that all of them carry.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};

use crate::language::{Language, Texts};

/// Nothing may be loaded, framed or sent to but our own style sheet, pictures and forms.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                                       frame-ancestors 'none'; base-uri 'none'";

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

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    t: &'static Texts,
}

#[derive(Template)]
#[template(path = "notice.html")]
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

/// The front page for those who are not signed in.
pub(crate) fn front(language: Language) -> Response {
    answer(language, StatusCode::OK, &FrontPage { t: language.texts() })
}

/// A notice, whole.
pub(crate) fn notice(language: Language, notice: &Notice, way_on: WayOn<'_>) -> Response {
    answer(language, notice.status, &NoticePage::new(language, notice, way_on))
}

/// A page with the headers that all pages carry. No page is kept by anybody; the address of some is a secret, so no
/// page tells the next one where it came from.
pub(crate) fn answer(language: Language, status: StatusCode, page: &impl Template) -> Response {
    answer_towards(language, status, page, None)
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
