//! The parts that pages are made of (`templates/parts.html` holds the macros, `docs/develop/pages.md` the list), and a
//! page that shows all of them, in debug builds: `/desk/settings/parts`.

use axum::Router;
use identity::Identity;

/// How something stands, as a badge: a colour and a word, never one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nobody has begun.
    Open,
    /// It is worked on.
    Working,
    /// It waits for somebody.
    Waiting,
    /// It is done.
    Done,
    /// It will not be done.
    Refused,
}

impl Tone {
    /// The class of the badge.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// Its icon.
    pub(crate) const fn icon(self) -> &'static str {
        match self {
            Self::Open => "circle-dot",
            Self::Working => "activity",
            Self::Waiting => "clock",
            Self::Done => "circle-check",
            Self::Refused => "circle-x",
        }
    }
}

/// A choice of a select or of radio buttons.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) text: String,
}

impl Choice {
    pub(crate) fn new(value: &(impl ToString + ?Sized), text: impl Into<String>) -> Self {
        Self { value: value.to_string(), text: text.into() }
    }
}

/// A file as pages show it: a picture large enough to see, or a row.
#[derive(Clone, Debug)]
pub(crate) struct Attachment {
    pub(crate) name: String,
    /// The signed address of the file.
    pub(crate) href: String,
    /// The signed address of its small picture, where it has one.
    pub(crate) thumbnail: Option<String>,
    pub(crate) bytes: i64,
}

/// A thing said in a conversation.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) who: String,
    pub(crate) initials: String,
    /// The address of their picture.
    pub(crate) face: Option<String>,
    pub(crate) is_staff: bool,
    pub(crate) is_mine: bool,
    /// Only the staff see it.
    pub(crate) internal: bool,
    pub(crate) at: kernel::Instant,
    pub(crate) text: String,
    pub(crate) files: Vec<Attachment>,
}

/// A step of a timeline.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) icon: &'static str,
    pub(crate) text: String,
    pub(crate) at: kernel::Instant,
}

#[cfg(not(debug_assertions))]
pub(crate) fn routes() -> Router<Identity> {
    Router::new()
}

#[cfg(debug_assertions)]
pub(crate) fn routes() -> Router<Identity> {
    Router::new().route("/desk/settings/parts", crate::page_route(axum::routing::get(sample::show)))
}

#[cfg(debug_assertions)]
mod sample {
    use askama::Template;
    use axum::response::Response;
    use kernel::Currency;

    use super::{Attachment, Choice, Said, Step, Tone};
    use crate::{form::Shown, session::Staff, shell::Shell};

    #[derive(Template)]
    #[template(path = "parts/sample.html")]
    struct PartsPage {
        s: Shell,
        form: Shown,
        tones: Vec<(Tone, &'static str)>,
        choices: Vec<Choice>,
        talk: Vec<Said>,
        steps: Vec<Step>,
        files: Vec<Attachment>,
        chart: Vec<(String, i64)>,
        currency: Option<Currency>,
    }

    /// Shows every part in all its states.
    pub(super) async fn show(visit: Staff) -> Response {
        let s = visit.shell();
        let now = s.clock.now;
        let mut form = Shown::with([("filled", "Karl-Marx-Straße 12".to_owned()), ("choice", "b".to_owned())]);
        form.set("wrong", visit.language.texts().say("problem-required"));
        form.set("wrong_choice", visit.language.texts().say("problem-choice"));
        let said = |who: &str, staff, internal, text: &str, ago: i64| Said {
            who: who.to_owned(),
            initials: who.split(' ').filter_map(|n| n.chars().next()).collect(),
            face: None,
            is_staff: staff,
            is_mine: !staff,
            internal,
            at: now.plus_secs(-ago),
            text: text.to_owned(),
            files: Vec::new(),
        };
        let file =
            |name: &str, bytes| Attachment { name: name.to_owned(), href: "#file".to_owned(), thumbnail: None, bytes };
        let page = PartsPage {
            form,
            tones: vec![
                (Tone::Open, "status-open"),
                (Tone::Working, "status-in-progress"),
                (Tone::Waiting, "status-waiting"),
                (Tone::Done, "status-closed"),
                (Tone::Refused, "status-rejected"),
            ],
            choices: vec![Choice::new("a", "Kitchen"), Choice::new("b", "Bathroom"), Choice::new("c", "Hall")],
            talk: vec![
                said("Ada Lovelace", false, false, "The tap in the kitchen drips.\nAll night long.", 200_000),
                said("Sam Staff", true, false, "Thank you. The plumber comes on Friday between 9 and 11.", 90_000),
                said("Sam Staff", true, true, "Second time this year: look at the valve.", 80_000),
            ],
            steps: vec![
                Step { icon: "plus", text: "Ada Lovelace reported it".to_owned(), at: now.plus_secs(-200_000) },
                Step { icon: "activity", text: "In progress".to_owned(), at: now.plus_secs(-90_000) },
            ],
            files: vec![
                file("House rules.pdf", 245_000),
                file("A very long name of a document that does not fit into one line of a phone.pdf", 3_000_000),
            ],
            chart: vec![("Jan".to_owned(), 12), ("Feb".to_owned(), 30), ("Mar".to_owned(), 21)],
            currency: Currency::parse("EUR"),
            s,
        };
        visit.page(&page)
    }
}
