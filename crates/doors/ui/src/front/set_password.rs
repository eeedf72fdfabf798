//! `/changePassword?token=…`: the page behind the mailed link (D31). Opening it changes nothing; only the form does.

use std::net::IpAddr;

use askama::Template;
use axum::{
    Form,
    extract::{DefaultBodyLimit, Query, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
    routing::{MethodRouter, get},
};
use identity::{Identity, LinkError, Password, Secret};
use kernel::{Caller, Door, Error, Faults, Field, OrgId, Problem};

use crate::{
    client::{ClientAddress, is_cross_site},
    form::field,
    language::{Language, Texts},
    page::{self, Notice, Tone, WayOn, answer, busy, notice},
    page_route,
};

/// The form is never larger, in bytes.
const MAX_BODY: usize = 16 * 1024;
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
#[template(path = "front/set_password.html")]
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

/// Its route: forms are small here.
pub(super) fn route() -> MethodRouter<Identity> {
    page_route(get(show).post(submit).layer(DefaultBodyLimit::max(MAX_BODY)))
}

/// Shows the form, or why the link cannot be used.
async fn show(
    State(identity): State<Identity>,
    ClientAddress(from): ClientAddress,
    language: Language,
    uri: Uri,
) -> Response {
    let fields = Query::try_from_uri(&uri).map_or_else(|_| Vec::new(), |Query(fields)| fields);
    let token = field(&fields, "token");
    if token.is_empty() {
        return notice(language, &INCOMPLETE, WayOn::Nowhere);
    }
    match identity.check_link(&nobody(&identity), token, from).await.map(drop).map_err(link) {
        Ok(()) => form(language, token, None),
        Err(error) => failed(language, token, &error),
    }
}

/// Sets the password.
async fn submit(
    State(identity): State<Identity>,
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
    match set(&identity, token, password, from).await {
        Ok(()) => notice(language, &DONE, WayOn::Nowhere),
        Err(Error::Invalid(faults)) => form(language, token, Some(told(&faults))),
        Err(error) => failed(language, token, &error),
    }
}

async fn set(identity: &Identity, token: &str, password: &str, from: IpAddr) -> Result<(), Error> {
    let typed = Field::Given(Secret(password.to_owned()));
    let password = Password { password: typed.clone(), confirm: typed, faults: Faults::new() };
    identity.set_password_by_link(&nobody(identity), token, &password, from).await.map_err(link)
}

/// A link's token carries its own organization.
fn nobody(identity: &Identity) -> Caller {
    Caller::anonymous(OrgId::new(0), Door::Pages, identity.app().now())
}

fn link(e: LinkError) -> Error {
    match e {
        LinkError::Token(_) => Error::Conflict("link_ended"),
        LinkError::Other(e) => e,
    }
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
        Error::RateLimited(after) => busy(language, *after, WayOn::Again(token)),
        Error::TooLarge => notice(language, &LARGE, WayOn::Nowhere),
        Error::Unavailable(_) => trouble(language, token, StatusCode::SERVICE_UNAVAILABLE),
        Error::Internal(_) | Error::Invalid(_) => {
            tracing::error!(%error, "a password link failed");
            trouble(language, token, StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn trouble(language: Language, token: &str, status: StatusCode) -> Response {
    notice(language, &Notice { status, text: "trouble-text", ..page::TROUBLE }, WayOn::Again(token))
}
