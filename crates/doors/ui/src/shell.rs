//! What stands around a page: who looks, in which language, the colours of the house, and the way to other rooms.

use std::borrow::Borrow;

use app::me::{House, Standing};
use jiff::civil::Date;
use kernel::{Currency, Instant};

use crate::{
    assets,
    flash::Flash,
    icon,
    language::{Language, Texts},
    look::Look,
    words::{self, Clockwork},
};

/// What a page knows about its surroundings. Templates say everything through it: `s.say("…")`, `s.icon("…")|safe`.
pub(crate) struct Shell {
    /// The texts.
    pub(crate) t: &'static Texts,
    /// How times are said.
    pub(crate) clock: Clockwork,
    /// The name over the door: the house, or the managing company.
    pub(crate) house: String,
    /// The managing company.
    pub(crate) organization: String,
    /// What stands under its name on papers.
    pub(crate) letterhead: Vec<String>,
    /// Whose drafts the browser may show: the person's number.
    pub(crate) who: i64,
    /// The person's name.
    pub(crate) name: String,
    /// Up to two letters of it.
    pub(crate) initials: String,
    /// The address of their picture.
    pub(crate) face: Option<String>,
    /// How many notifications are not read.
    pub(crate) unread: i64,
    /// For every form.
    pub(crate) csrf: String,
    /// The path of the page.
    pub(crate) path: String,
    /// What was just done.
    pub(crate) flash: Option<Flash>,
    /// How the house looks.
    pub(crate) look: Look,
    /// Whether it is a picture of a page: nothing in it can be used.
    pub(crate) still: bool,
    /// Whether the way to other rooms is narrow, as somebody chose.
    pub(crate) folded: bool,
}

/// The surroundings of pages for those who are not signed in: parts speak through it as through a [`Shell`].
pub(crate) struct Plain {
    /// The texts.
    pub(crate) t: &'static Texts,
}

impl Plain {
    pub(crate) fn of(language: Language) -> Self {
        Self::with(language.texts())
    }

    pub(crate) const fn with(t: &'static Texts) -> Self {
        Self { t }
    }

    /// A text.
    pub(crate) fn say(&self, key: &str) -> String {
        self.t.say(key)
    }

    /// A text with a number in it.
    pub(crate) fn say_n(&self, key: &str, n: impl Borrow<usize>) -> String {
        self.t.say_with(key, "n", *n.borrow())
    }

    /// A text with a text in it, named `x`.
    pub(crate) fn say_x(&self, key: &str, x: &str) -> String {
        self.t.say_all(key, &[("x", x)])
    }

    /// An icon; with `|safe`.
    pub(crate) fn icon(&self, name: &str) -> String {
        icon::icon(name)
    }
}

impl Shell {
    pub(crate) fn new(
        clock: Clockwork,
        me: &Standing,
        face: Option<String>,
        house: Option<&House>,
        csrf: String,
        path: String,
        flash: Option<Flash>,
    ) -> Self {
        Self {
            t: clock.t,
            house: house.map_or(&me.organization.name, |h| &h.name).clone(),
            organization: me.organization.name.clone(),
            letterhead: me.organization.letterhead(),
            who: me.person.get(),
            name: format!("{} {}", me.first_name, me.last_name).trim().to_owned(),
            initials: words::initials(&me.first_name, &me.last_name),
            face,
            unread: me.unread,
            csrf,
            path,
            flash,
            look: house.map(Look::of).unwrap_or_default(),
            still: false,
            folded: false,
            clock,
        }
    }

    /// A text.
    pub(crate) fn say(&self, key: &str) -> String {
        self.t.say(key)
    }

    /// A text with a number in it.
    pub(crate) fn say_n(&self, key: &str, n: impl Borrow<usize>) -> String {
        self.t.say_with(key, "n", *n.borrow())
    }

    /// A text with a text in it, named `x`.
    pub(crate) fn say_x(&self, key: &str, x: &str) -> String {
        self.t.say_all(key, &[("x", x)])
    }

    /// A text with two texts in it, named `x` and `y`.
    pub(crate) fn say_xy(&self, key: &str, x: &str, y: &str) -> String {
        self.t.say_all(key, &[("x", x), ("y", y)])
    }

    /// An icon; with `|safe`.
    pub(crate) fn icon(&self, name: &str) -> String {
        icon::icon(name)
    }

    /// An instant in words, the exact time on hover and for programs; with `|safe`.
    pub(crate) fn time(&self, at: impl Borrow<Instant>) -> String {
        // None of the three can hold a sign of HTML: they are digits, and words of our own texts.
        let at = *at.borrow();
        format!(r#"<time datetime="{}" title="{}">{}</time>"#, at, self.clock.exact(at), self.clock.instant(at))
    }

    /// A day in words; with `|safe`.
    pub(crate) fn date(&self, on: impl Borrow<Date>) -> String {
        let on = *on.borrow();
        format!(r#"<time datetime="{on}">{}</time>"#, self.clock.date(on))
    }

    /// A sum of money.
    pub(crate) fn money(&self, minor: impl Borrow<i64>, currency: impl Borrow<Currency>) -> String {
        words::money(self.t.language(), *minor.borrow(), *currency.borrow())
    }

    /// The size of a file.
    pub(crate) fn size(&self, bytes: impl Borrow<i64>) -> String {
        words::size(self.t.language(), *bytes.borrow())
    }

    /// The language's tag.
    pub(crate) fn lang(&self) -> &'static str {
        self.t.language().tag()
    }

    /// The style sheets, in their order.
    pub(crate) fn styles(&self) -> Vec<&str> {
        let mut all = vec![assets::STYLE.path.as_str()];
        all.extend(self.look.accent.as_deref());
        all.extend(self.look.css.as_deref());
        all
    }

    /// Where the small picture of browser tabs is, and what it is.
    pub(crate) fn tab_icon(&self) -> (&str, &'static str) {
        self.look.icon.as_deref().map_or((assets::ICON.path.as_str(), "image/svg+xml"), |path| (path, "image/png"))
    }

    /// The script of all pages.
    pub(crate) fn script(&self) -> &'static str {
        &assets::SCRIPT.path
    }

    /// `page` for the address shown, `true` for one above it, else nothing: what `aria-current` says of a link.
    pub(crate) fn current(&self, link: &str) -> &'static str {
        match self.path.strip_prefix(link) {
            Some("") => "page",
            Some(rest) if rest.starts_with('/') => "true",
            _ => "",
        }
    }

    /// The same for a link that stands for several addresses.
    pub(crate) fn current_of(&self, links: &[&str]) -> &'static str {
        links.iter().map(|link| self.current(link)).find(|c| !c.is_empty()).unwrap_or("")
    }
}
