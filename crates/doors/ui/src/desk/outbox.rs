//! The mails that left, and those that did not: as a list, and one with what stands in it.

use app::message::{Message, Opened};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Error, Instant, MessageId};

use super::{lines::full, office::number};
use crate::{
    flash::Flash,
    form::Posted,
    page_route,
    parts::Tone,
    session::{Staff, Visit},
    shell::Shell,
};

const HERE: &str = "/desk/settings/outbox";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(HERE, page_route(get(list)))
        .route("/desk/settings/outbox/{id}", page_route(get(show).post(reveal)))
        .route("/desk/settings/outbox/{id}/retry", page_route(post(retry)))
}

/// Where a mail is read.
pub(super) fn address(id: MessageId) -> String {
    format!("{HERE}/{id}")
}

struct Mail {
    href: String,
    to: String,
    subject: String,
    at: Instant,
    attempts: i64,
    error: String,
    tone: Tone,
    state: &'static str,
    retry: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/settings/outbox.html")]
struct OutboxPage {
    s: Shell,
    mails: Vec<Mail>,
    failed: bool,
}

/// How a mail stands.
fn state(word: &str) -> (Tone, &'static str) {
    match word {
        "sent" => (Tone::Done, "mail-sent"),
        "failed" => (Tone::Refused, "mail-failed"),
        _ => (Tone::Waiting, "mail-waiting"),
    }
}

async fn list(visit: Staff) -> Response {
    let failed = visit.query.get("state") == "failed";
    match visit.app().messages().outbox(&visit.caller, failed).await {
        Ok(messages) => {
            let mail = |m: Message| {
                let (tone, state) = state(&m.state);
                Mail {
                    href: address(m.id),
                    retry: (m.state == "failed").then(|| format!("{}/retry", address(m.id))),
                    to: m.to_address,
                    subject: m.subject,
                    at: m.created_at,
                    attempts: m.attempts,
                    error: m.last_error.unwrap_or_default(),
                    tone,
                    state,
                }
            };
            visit.page(&OutboxPage { s: visit.shell(), mails: messages.into_iter().map(mail).collect(), failed })
        }
        Err(error) => visit.failed(&error),
    }
}

#[derive(Template)]
#[template(path = "desk/settings/mail.html")]
struct MailPage {
    s: Shell,
    mail: Opened,
    own: String,
    /// Where one came from: its address and name.
    back: (String, String),
    /// Whom it is for: the address and name of their page.
    person: Option<(String, String)>,
    tone: Tone,
    state: &'static str,
    /// The link in the text, where its right is shown.
    link: Option<String>,
}

fn page(visit: &Visit, mail: Opened, revealed: bool) -> MailPage {
    let s = visit.shell();
    let (tone, state) = state(&mail.state);
    let person = mail.person.as_ref();
    let person =
        person.map(|(id, first, last)| (format!("/desk/people/{id}"), full(Some(first.as_str()), Some(last.as_str()))));
    let back = match &person {
        Some(person) if !mail.keeps => person.clone(),
        _ => (HERE.to_owned(), s.say("outbox")),
    };
    let mut words = mail.text.as_deref().unwrap_or_default().split_whitespace();
    let link = words.find(|w| w.starts_with("https://") || w.starts_with("http://")).map(str::to_owned);
    MailPage { own: address(mail.id), link: link.filter(|_| revealed), back, person, tone, state, mail, s }
}

async fn show(visit: Staff, Path(id): Path<String>) -> Response {
    match visit.app().messages().open(&visit.caller, MessageId::new(number(&id))).await {
        Ok(mail) => visit.page(&page(&visit, mail, false)),
        Err(error) => visit.failed(&error),
    }
}

/// Shows the right that is in it, this once.
async fn reveal(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    match visit.app().messages().reveal(&visit.caller, MessageId::new(number(&id))).await {
        Ok(mail) => visit.page(&page(&visit, mail, true)),
        Err(error) => visit.failed(&error),
    }
}

async fn retry(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    match visit.app().messages().retry(&visit.caller, MessageId::new(number(&id))).await {
        Ok(()) | Err(Error::Conflict(_)) => visit.go(HERE, Flash::done("done-mail-again")),
        Err(error) => visit.failed(&error),
    }
}
