//! The questions of a form while somebody works on them. They live in the fields of the page: a press of a button sends
//! them all, and the page comes back with one moved, added or taken out. So it works without a script, and nothing is
//! stored before it is saved.

use app::ticket_type::{Kind, QuestionInput, TicketType};

use crate::form::{Fields, Shown};

/// Questions that a page takes.
const MOST: usize = 100;

/// The kinds of questions, each with its icon and its name.
pub(super) const KINDS: [(&str, &str, &str); 7] = [
    ("text", "edit", "kind-text"),
    ("long_text", "list", "kind-long-text"),
    ("number", "hash", "kind-number"),
    ("checkbox", "checkbox", "kind-checkbox"),
    ("drop_down", "select", "kind-drop-down"),
    ("date", "calendar-event", "kind-date"),
    ("file", "camera", "kind-file"),
];

/// What a kind is called.
pub(super) const fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "kind-text",
        Kind::LongText => "kind-long-text",
        Kind::Number => "kind-number",
        Kind::Checkbox => "kind-checkbox",
        Kind::DropDown => "kind-drop-down",
        Kind::Date => "kind-date",
        Kind::File => "kind-file",
    }
}

/// A question as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Typed {
    name: String,
    kind: String,
    required: bool,
    help: String,
    /// What can be chosen, one a line.
    options: String,
}

/// A button that was pressed, other than the one that saves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Press {
    Add(Kind),
    Up(usize),
    Down(usize),
    Remove(usize),
    /// The preview, as things stand.
    Show,
}

impl Press {
    /// What was pressed; nothing where the form is to be saved.
    pub(super) fn of(fields: &Fields) -> Option<Self> {
        let (word, rest) = fields.get("do").split_once('.').unwrap_or((fields.get("do"), ""));
        match word {
            "add" => Kind::parse(rest).map(Self::Add),
            "up" => rest.parse().ok().map(Self::Up),
            "down" => rest.parse().ok().map(Self::Down),
            "remove" => rest.parse().ok().map(Self::Remove),
            "show" => Some(Self::Show),
            _ => None,
        }
    }
}

/// The names of the fields of one question.
pub(super) struct Line {
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) required: String,
    pub(super) help: String,
    pub(super) options: String,
    pub(super) is_last: bool,
}

/// The questions of a form, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Builder(Vec<Typed>);

impl Builder {
    /// What a new form begins with.
    pub(super) fn beginning(what: String, photos: String) -> Self {
        let one =
            |name, kind: Kind, required| Typed { name, kind: kind.as_str().to_owned(), required, ..Typed::default() };
        Self(vec![one(what, Kind::LongText, true), one(photos, Kind::File, false)])
    }

    /// Those of a form that is stored.
    pub(super) fn of(form: &TicketType) -> Self {
        let typed = |q: &app::ticket_type::Question| Typed {
            name: q.name.clone(),
            kind: q.kind.as_str().to_owned(),
            required: q.required,
            help: q.help.clone(),
            options: q.options.join("\n"),
        };
        Self(form.fields.iter().map(typed).collect())
    }

    /// Those that a page sent.
    pub(super) fn sent(fields: &Fields) -> Self {
        let count = fields.get("count").parse().unwrap_or(0).min(MOST);
        let typed = |n: usize| {
            let get = |field: &str| fields.get(&format!("fields.{n}.{field}")).replace("\r\n", "\n");
            Typed {
                name: get("name"),
                kind: get("kind"),
                required: fields.ticked(&format!("fields.{n}.required")),
                help: get("help"),
                options: get("options"),
            }
        };
        Self((0..count).map(typed).collect())
    }

    /// Does what was pressed.
    pub(super) fn press(&mut self, press: Press) {
        let all = &mut self.0;
        match press {
            Press::Add(kind) if all.len() < MOST => {
                all.push(Typed { kind: kind.as_str().to_owned(), ..Typed::default() });
            }
            Press::Up(n) if n > 0 && n < all.len() => all.swap(n - 1, n),
            Press::Down(n) if n.saturating_add(1) < all.len() => all.swap(n, n + 1),
            Press::Remove(n) if n < all.len() => drop(all.remove(n)),
            _ => {}
        }
    }

    /// The names of the fields of the questions.
    pub(super) fn lines(&self) -> Vec<Line> {
        let line = |at: usize| Line {
            at,
            name: format!("fields.{at}.name"),
            kind: format!("fields.{at}.kind"),
            required: format!("fields.{at}.required"),
            help: format!("fields.{at}.help"),
            options: format!("fields.{at}.options"),
            is_last: at + 1 == self.0.len(),
        };
        (0..self.0.len()).map(line).collect()
    }

    /// Every field of the page, with what stands in it.
    pub(super) fn fields(&self, head: impl IntoIterator<Item = (&'static str, String)>) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = head.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (line, q) in self.lines().into_iter().zip(&self.0) {
            all.push((line.name, q.name.clone()));
            all.push((line.kind, q.kind.clone()));
            all.push((line.required, if q.required { "yes".to_owned() } else { String::new() }));
            all.push((line.help, q.help.clone()));
            all.push((line.options, q.options.clone()));
        }
        all
    }

    /// The form as it is shown.
    pub(super) fn shown(&self, head: impl IntoIterator<Item = (&'static str, String)>) -> Shown {
        Shown::typed(&Fields(self.fields(head)))
    }

    /// The questions as they would be stored. A kind that is none is a line of text; only a list has choices.
    pub(super) fn questions(&self) -> Vec<QuestionInput> {
        let question = |q: &Typed| {
            let kind = Kind::parse(&q.kind).unwrap_or(Kind::Text);
            let options = q.options.lines().map(str::trim).filter(|o| !o.is_empty()).map(str::to_owned);
            QuestionInput {
                name: q.name.trim().to_owned(),
                kind,
                required: q.required,
                options: if kind == Kind::DropDown { options.collect() } else { Vec::new() },
                help: q.help.trim().to_owned(),
            }
        };
        self.0.iter().map(question).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(b: &Builder) -> Vec<&str> {
        b.0.iter().map(|q| q.name.as_str()).collect()
    }

    #[test]
    fn questions_are_moved_added_and_taken_out() {
        let mut b = Builder::beginning("a".to_owned(), "b".to_owned());
        b.press(Press::Up(0));
        b.press(Press::Down(1));
        b.press(Press::Down(usize::MAX));
        b.press(Press::Remove(9));
        assert_eq!(names(&b), ["a", "b"], "at the ends nothing happens");
        b.press(Press::Up(1));
        assert_eq!(names(&b), ["b", "a"]);
        b.press(Press::Add(Kind::Date));
        b.press(Press::Remove(0));
        assert_eq!(names(&b), ["a", ""]);
        for _ in 0..200 {
            b.press(Press::Add(Kind::Text));
        }
        assert_eq!(b.0.len(), MOST);
    }

    #[test]
    fn what_is_sent_back_is_what_was_shown() {
        let mut b = Builder::beginning("What?".to_owned(), "Photos".to_owned());
        b.press(Press::Add(Kind::DropDown));
        let mut fields = b.fields([("name", "x".to_owned())]);
        fields.push(("count".to_owned(), "3".to_owned()));
        assert_eq!(Builder::sent(&Fields(fields)), b);
    }

    #[test]
    fn only_a_list_has_choices() {
        let q = |kind: &str| Typed { kind: kind.to_owned(), options: " Low \n\nHigh\n".to_owned(), ..Typed::default() };
        let all = Builder(vec![q("drop_down"), q("text"), q("nonsense")]).questions();
        let options: Vec<_> = all.iter().map(|q| q.options.clone()).collect();
        assert_eq!(options, [vec!["Low".to_owned(), "High".to_owned()], vec![], vec![]]);
    }

    #[test]
    fn a_press_is_read_from_its_button() {
        let press = |word: &str| Press::of(&Fields(vec![("do".to_owned(), word.to_owned())]));
        assert_eq!(press("add.date"), Some(Press::Add(Kind::Date)));
        assert_eq!((press("up.3"), press("remove.0")), (Some(Press::Up(3)), Some(Press::Remove(0))));
        assert_eq!((press("save"), press("add.x"), press("up.x"), press("")), (None, None, None, None));
    }
}
