//! Texts that follow the language of who asks.

use app::ticket::Status;

/// A language this API speaks (section 5, `statusText`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Unless something else is wanted.
    #[default]
    German,
    /// English.
    English,
}

impl Language {
    /// The better liked of both in an `Accept-Language`.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let weight = |wanted: &str| {
            let liked = header.split(',').filter_map(|part| {
                let (tag, rest) = part.split_once(';').unwrap_or((part, ""));
                let primary = tag.trim().split('-').next().unwrap_or_default();
                let q = rest.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
                primary.eq_ignore_ascii_case(wanted).then_some(q.unwrap_or(0.0))
            });
            liked.fold(0.0, f32::max)
        };
        let (german, english) = (weight("de"), weight("en"));
        let first = || header.find("en").is_some_and(|en| header.find("de").is_none_or(|de| en < de));
        match english.partial_cmp(&german) {
            Some(std::cmp::Ordering::Greater) => Self::English,
            Some(std::cmp::Ordering::Equal) if english > 0.0 && first() => Self::English,
            _ => Self::German,
        }
    }

    /// How a ticket stands.
    #[must_use]
    pub const fn status(self, status: Status) -> &'static str {
        match (self, status) {
            (Self::German, Status::Open) => "Offen",
            (Self::German, Status::InProgress) => "In Bearbeitung",
            (Self::German, Status::Waiting) => "Wartend",
            (Self::German, Status::Done) => "Erledigt",
            (Self::German, Status::Rejected) => "Abgelehnt",
            (Self::English, Status::Open) => "Open",
            (Self::English, Status::InProgress) => "In progress",
            (Self::English, Status::Waiting) => "Waiting",
            (Self::English, Status::Done) => "Done",
            (Self::English, Status::Rejected) => "Rejected",
        }
    }

    /// What a ticket without a form is called.
    #[must_use]
    pub const fn free_text(self) -> &'static str {
        match self {
            Self::German => "Anliegen",
            Self::English => "Request",
        }
    }

    /// The title of an event that is called off: the API has no other place for it.
    #[must_use]
    pub fn called_off(self, title: &str) -> String {
        let word = match self {
            Self::German => "Abgesagt",
            Self::English => "Called off",
        };
        format!("{word}: {title}")
    }

    /// The group of tickets without a form.
    #[must_use]
    pub const fn general(self) -> &'static str {
        match self {
            Self::German => "Allgemein",
            Self::English => "General",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_unless_english_is_liked_better() {
        for german in ["", "*", "de", "de-AT,en;q=0.8", "fr", "fr,de;q=0.2", "en;q=0", "en;q=x", "de,en"] {
            assert_eq!(Language::accepted(german), Language::German, "{german}");
        }
        for english in ["en", "en-US,en;q=0.9,de;q=0.8", "EN-gb", "fr, en;q=0.1", "de;q=0.1,en;q=0.2", "en,de"] {
            assert_eq!(Language::accepted(english), Language::English, "{english}");
        }
    }
}
