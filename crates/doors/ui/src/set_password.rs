//! `/changePassword?token=…`: the page behind the mailed link (D31). Opening it changes nothing; only the form does.

use std::{net::IpAddr, time::Duration};

use askama::Template;
use axum::{
    Form,
    extract::{Query, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::Response,
};
use kernel::{Error, Faults, Problem};

use crate::{
    SetPassword,
    client::{ClientAddress, is_cross_site},
    language::{Language, Texts},
    page::{Notice, NoticePage, Tone, WayOn, answer, notice},
};

/// The form is never larger, in bytes.
pub(crate) const MAX_BODY: usize = 16 * 1024;
/// The shortest and the longest password, in characters (D25).
const MIN_CHARS: usize = 8;
const MAX_CHARS: usize = 128;

const DONE: Notice = Notice {
    status: StatusCode::OK,
    tone: Tone::Done,
    title: "done-title",
    text: "done-text",
    next: Some("done-next"),
};
const ENDED: Notice = Notice {
    status: StatusCode::GONE,
    tone: Tone::Stop,
    title: "ended-title",
    text: "ended-text",
    next: Some("ended-next"),
};
const INCOMPLETE: Notice = Notice {
    status: StatusCode::UNPROCESSABLE_ENTITY,
    tone: Tone::Stop,
    title: "incomplete-title",
    text: "incomplete-text",
    next: Some("incomplete-next"),
};
const BUSY: Notice = Notice {
    status: StatusCode::TOO_MANY_REQUESTS,
    tone: Tone::Wait,
    title: "busy-title",
    text: "busy-text",
    next: None,
};
pub(crate) const TROUBLE: Notice = Notice {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    tone: Tone::Stop,
    title: "trouble-title",
    text: "trouble-text",
    next: Some("trouble-next"),
};
const FOREIGN: Notice = Notice {
    status: StatusCode::FORBIDDEN,
    tone: Tone::Stop,
    title: "foreign-title",
    text: "foreign-text",
    next: Some("foreign-next"),
};
const LARGE: Notice = Notice {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    tone: Tone::Stop,
    title: "large-title",
    text: "large-text",
    next: Some("large-next"),
};
const UNREADABLE: Notice = Notice {
    status: StatusCode::BAD_REQUEST,
    tone: Tone::Stop,
    title: "unreadable-title",
    text: "unreadable-text",
    next: Some("unreadable-next"),
};

#[derive(Template)]
#[template(path = "set_password.html")]
struct FormPage<'a> {
    t: &'static Texts,
    token: &'a str,
    on_password: Option<String>,
    on_repeat: Option<String>,
}

impl FormPage<'_> {
    const fn faulty(&self) -> bool {
        self.on_password.is_some() || self.on_repeat.is_some()
    }
}

/// What is wrong with the passwords typed. What was typed is not sent back, so one fault at a time is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Short,
    Long,
    Different,
    Refused,
}

/// Shows the form, or why the link cannot be used.
pub(crate) async fn show<S: SetPassword>(
    State(service): State<S>,
    ClientAddress(from): ClientAddress,
    language: Language,
    uri: Uri,
) -> Response {
    let fields = Query::try_from_uri(&uri).map_or_else(|_| Vec::new(), |Query(fields)| fields);
    let token = field(&fields, "token");
    if token.is_empty() {
        return notice(language, &INCOMPLETE, WayOn::Nowhere);
    }
    match service.check(token, from).await {
        Ok(()) => form(language, token, None),
        Err(error) => failed(language, token, &error),
    }
}

/// Sets the password.
pub(crate) async fn submit<S: SetPassword>(
    State(service): State<S>,
    ClientAddress(from): ClientAddress,
    language: Language,
    headers: HeaderMap,
    body: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    if is_cross_site(&headers) {
        return notice(language, &FOREIGN, WayOn::Nowhere);
    }
    let fields = match body {
        Ok(Form(fields)) => fields,
        Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => return notice(language, &LARGE, WayOn::Nowhere),
        Err(_) => return notice(language, &UNREADABLE, WayOn::Nowhere),
    };
    let token = field(&fields, "token");
    if token.is_empty() {
        return notice(language, &INCOMPLETE, WayOn::Nowhere);
    }
    let password = field(&fields, "password");
    if let Err(fault) = judge(password, field(&fields, "repeat")) {
        return form(language, token, Some(fault));
    }
    match set(&service, token, password, from).await {
        Ok(()) => notice(language, &DONE, WayOn::Nowhere),
        Err(Error::Invalid(faults)) => form(language, token, Some(told(&faults))),
        Err(error) => failed(language, token, &error),
    }
}

async fn set<S: SetPassword>(service: &S, token: &str, password: &str, from: IpAddr) -> Result<(), Error> {
    service.set(token.to_owned(), password.to_owned(), from).await
}

/// The first field of that name, or nothing.
pub(crate) fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

/// What can be told without asking anybody.
fn judge(password: &str, repeat: &str) -> Result<(), Fault> {
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        Err(Fault::Short)
    } else if chars > MAX_CHARS {
        Err(Fault::Long)
    } else if password != repeat {
        Err(Fault::Different)
    } else {
        Ok(())
    }
}

/// What the service found wrong.
fn told(faults: &Faults) -> Fault {
    match faults.iter().next().map(|f| &f.problem) {
        Some(Problem::TooShort(_)) => Fault::Short,
        Some(Problem::TooLong(_)) => Fault::Long,
        _ => Fault::Refused,
    }
}

fn form(language: Language, token: &str, fault: Option<Fault>) -> Response {
    let t = language.texts();
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (on_password, on_repeat) = match fault {
        None => (None, None),
        Some(Fault::Short) => (Some(t.say_with("fault-short", "min", MIN_CHARS)), None),
        Some(Fault::Long) => (Some(t.say_with("fault-long", "max", MAX_CHARS)), None),
        Some(Fault::Refused) => (Some(t.say("fault-refused")), None),
        Some(Fault::Different) => (None, Some(t.say("fault-repeat"))),
    };
    answer(language, status, &FormPage { t, token, on_password, on_repeat })
}

/// Why it did not work, and what to do about it.
fn failed(language: Language, token: &str, error: &Error) -> Response {
    match error {
        Error::Conflict(_) | Error::NotFound(_) | Error::Unauthenticated(_) | Error::Forbidden => {
            notice(language, &ENDED, WayOn::Nowhere)
        }
        Error::RateLimited(after) => busy(language, token, *after),
        Error::TooLarge => notice(language, &LARGE, WayOn::Nowhere),
        Error::Unavailable(_) => trouble(language, token, StatusCode::SERVICE_UNAVAILABLE),
        Error::Internal(_) | Error::Invalid(_) => {
            tracing::error!(%error, "a password link failed");
            trouble(language, token, TROUBLE.status)
        }
    }
}

fn busy(language: Language, token: &str, after: Duration) -> Response {
    let mut page = NoticePage::new(language, &BUSY, WayOn::Again(token));
    let (seconds, text) = in_words(page.t, after);
    page.texts.push(text);
    let mut response = answer(language, BUSY.status, &page);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
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

fn trouble(language: Language, token: &str, status: StatusCode) -> Response {
    notice(language, &Notice { status, ..TROUBLE }, WayOn::Again(token))
}
