//! The forms a new organization begins with, so that its first resident can report something.

use kernel::{Action, Caller, Faults, Field, Result};

use super::{Input, Kind, QuestionInput, TicketTypes, create, store};
use crate::access::{Resource, require};

/// A form: its group, its name, what it is for, its sign, its questions.
struct Form {
    group: &'static str,
    name: &'static str,
    about: &'static str,
    icon: &'static str,
    /// Each with whether it must be answered.
    questions: &'static [(&'static str, Kind, bool)],
}

const ENGLISH: [Form; 2] = [
    Form {
        group: "Repairs",
        name: "Report damage",
        about: "Something is broken in the flat or in the house.",
        icon: "wrench",
        questions: &[
            ("Where is it?", Kind::Text, true),
            ("What happened?", Kind::LongText, true),
            ("Pictures", Kind::File, false),
        ],
    },
    Form {
        group: "Questions",
        name: "Ask the management",
        about: "About your contract, a bill or the house rules.",
        icon: "question",
        questions: &[
            ("Subject", Kind::Text, true),
            ("Your question", Kind::LongText, true),
            ("Documents", Kind::File, false),
        ],
    },
];

const GERMAN: [Form; 2] = [
    Form {
        group: "Reparaturen",
        name: "Schaden melden",
        about: "In der Wohnung oder im Haus ist etwas kaputt.",
        icon: "wrench",
        questions: &[
            ("Wo ist es?", Kind::Text, true),
            ("Was ist passiert?", Kind::LongText, true),
            ("Bilder", Kind::File, false),
        ],
    },
    Form {
        group: "Anliegen",
        name: "Frage an die Verwaltung",
        about: "Zu Vertrag, Abrechnung oder Hausordnung.",
        icon: "question",
        questions: &[
            ("Betreff", Kind::Text, true),
            ("Ihre Frage", Kind::LongText, true),
            ("Unterlagen", Kind::File, false),
        ],
    },
];

#[operations::compiled_here]
impl TicketTypes<'_> {
    /// Makes the forms that organizations begin with, in their language (`de`, else English). Nothing where there is a form
    /// already.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn make_first(&self, caller: &Caller, locale: &str) -> Result<()> {
        let forms = if locale.starts_with("de") { GERMAN } else { ENGLISH };
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageTicketTypes, Resource::Organization)?;
                if !store::all(w).await?.is_empty() {
                    return Ok(());
                }
                for form in &forms {
                    create(w, &form.input(), Faults::new()).await?;
                }
                Ok(())
            })
            .await
    }
}

impl Form {
    fn input(&self) -> Input {
        let text = |s: &str| Field::Given(s.to_owned());
        let question = |(name, kind, required): &(&str, Kind, bool)| QuestionInput {
            name: (*name).to_owned(),
            kind: *kind,
            required: *required,
            options: Vec::new(),
            help: String::new(),
        };
        Input {
            group: text(self.group),
            name: text(self.name),
            description: text(self.about),
            icon: text(self.icon),
            fields: Field::Given(self.questions.iter().map(question).collect()),
            ..Input::default()
        }
    }
}
