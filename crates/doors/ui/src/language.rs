//! The languages of the pages and their texts: `texts/LANGUAGE/AREA.ftl`, the same keys in all languages.

use std::{convert::Infallible, sync::LazyLock};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

macro_rules! sources {
    ($language:literal) => {
        [
            include_str!(concat!("../texts/", $language, "/front.ftl")),
            include_str!(concat!("../texts/", $language, "/shell.ftl")),
            include_str!(concat!("../texts/", $language, "/portal.ftl")),
            include_str!(concat!("../texts/", $language, "/desk.ftl")),
            include_str!(concat!("../texts/", $language, "/desk_work.ftl")),
            include_str!(concat!("../texts/", $language, "/desk_office.ftl")),
            include_str!(concat!("../texts/", $language, "/desk_community.ftl")),
            include_str!(concat!("../texts/", $language, "/desk_settings.ftl")),
            include_str!(concat!("../texts/", $language, "/desk_wifi.ftl")),
            include_str!(concat!("../texts/", $language, "/desk_audit.ftl")),
        ]
    };
}

/// A language that the pages speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::German];

    /// As in `lang` and `Content-Language`.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The one the browser likes best of those we have, else English.
    pub(crate) fn preferred(headers: &HeaderMap) -> Self {
        let mut best = (Self::English, 0.0);
        let wishes = headers.get_all(header::ACCEPT_LANGUAGE).into_iter().filter_map(|v| v.to_str().ok());
        for wish in wishes.flat_map(|v| v.split(',')) {
            let (range, quality) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let primary = range.trim().split('-').next().unwrap_or_default();
            let Some(language) = Self::ALL.into_iter().find(|l| primary.eq_ignore_ascii_case(l.tag())) else {
                continue;
            };
            let quality = quality.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(0.0);
            if quality > best.1 {
                best = (language, quality);
            }
        }
        best.0
    }

    /// Its texts.
    pub(crate) fn texts(self) -> &'static Texts {
        static ENGLISH: LazyLock<Texts> = LazyLock::new(|| Texts::new(Language::English));
        static GERMAN: LazyLock<Texts> = LazyLock::new(|| Texts::new(Language::German));
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }

    /// The language of a BCP 47 tag, if the pages speak it.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|l| primary.eq_ignore_ascii_case(l.tag()))
    }

    /// Its name, in itself.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// Its texts, one file an area.
    const fn sources(self) -> [&'static str; 10] {
        match self {
            Self::English => sources!("en"),
            Self::German => sources!("de"),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::preferred(&parts.headers))
    }
}

/// The texts of one language.
pub(crate) struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    #[expect(clippy::expect_used, reason = "the texts are part of the program, and tests read them all")]
    fn new(language: Language) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![language.tag().parse().expect("a language tag")]);
        // The marks around inserted values are for texts of mixed direction; there are none.
        bundle.set_use_isolating(false);
        for source in language.sources() {
            let texts = FluentResource::try_new(source.to_owned()).expect("sound texts");
            bundle.add_resource(texts).expect("each key once");
        }
        Self { language, bundle }
    }

    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// The text of that key.
    pub(crate) fn say(&self, key: &str) -> String {
        self.find(key, &FluentArgs::new())
    }

    /// The text of that key with a number in it.
    pub(crate) fn say_with(&self, key: &str, name: &'static str, number: usize) -> String {
        let mut args = FluentArgs::new();
        args.set(name, FluentValue::from(number));
        self.find(key, &args)
    }

    /// The text of that key with a text in it.
    pub(crate) fn say_of(&self, key: &str, name: &'static str, text: &str) -> String {
        let mut args = FluentArgs::new();
        args.set(name, FluentValue::from(text));
        self.find(key, &args)
    }

    /// The text of that key with several texts in it.
    pub(crate) fn say_all(&self, key: &str, texts: &[(&'static str, &str)]) -> String {
        let args = texts.iter().map(|(name, text)| (*name, FluentValue::from(*text))).collect();
        self.find(key, &args)
    }

    /// Whether there is a text of that key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// A missing text shows as its key; a test sees to it that none is missing.
    fn find(&self, key: &str, args: &FluentArgs<'_>) -> String {
        let pattern = self.bundle.get_message(key).and_then(|m| m.value());
        debug_assert!(pattern.is_some(), "no text {key:?}");
        let Some(pattern) = pattern else { return key.to_owned() };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        debug_assert!(errors.is_empty(), "{key:?}: {errors:?}");
        text
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn the_browser_chooses() {
        for (wish, language) in [
            ("", Language::English),
            ("de", Language::German),
            ("DE-at", Language::German),
            ("en-GB,en;q=0.9,de;q=0.8", Language::English),
            ("fr-CH, fr;q=0.9, de;q=0.7, en;q=0.5, *;q=0.1", Language::German),
            ("fr, de;q=0.5, en;q=0.5", Language::German),
            ("fr", Language::English),
            ("*", Language::English),
            ("de;q=0", Language::English),
            ("de;q=x", Language::English),
            ("de;q=NaN,;;;,q=1", Language::English),
            ("den", Language::English),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, wish.parse().unwrap());
            assert_eq!(Language::preferred(&headers), language, "{wish:?}");
        }
    }

    /// What is said about each key: the values it inserts.
    fn keys(language: Language) -> BTreeSet<(String, Vec<String>)> {
        let mut all: Vec<(String, Vec<String>)> = Vec::new();
        for line in language.sources().into_iter().flat_map(str::lines) {
            match line.split_once(" = ") {
                Some((key, _)) if !line.starts_with(' ') => all.push((key.to_owned(), Vec::new())),
                _ => {}
            }
            let inserted = line.split('$').skip(1).map(|s| s.split(' ').next().unwrap().to_owned());
            if let Some((_, values)) = all.last_mut() {
                values.extend(inserted);
                values.sort();
                values.dedup();
            }
        }
        let set: BTreeSet<_> = all.iter().cloned().collect();
        assert_eq!(set.len(), all.len(), "each key once");
        set
    }

    #[test]
    fn all_languages_have_the_same_keys() {
        let english = keys(Language::English);
        for language in Language::ALL {
            assert_eq!(keys(language), english, "{language:?}");
            for (key, _) in &english {
                assert!(language.texts().bundle.get_message(key).is_some_and(|m| m.value().is_some()), "{key}");
            }
        }
    }

    /// All files below these folders, as text.
    fn sources(folders: [&str; 2]) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (mut open, mut all) = (folders.map(|f| root.join(f)).to_vec(), Vec::new());
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                all.push(fs::read_to_string(path).unwrap());
            }
        }
        all
    }

    /// Every text that is said by its name exists, and every text is named somewhere.
    #[test]
    fn every_key_used_exists_and_every_key_is_used() {
        let sources = sources(["templates", "src"]);
        let known: BTreeSet<_> = keys(Language::English).into_iter().map(|(key, _)| key).collect();
        let is_key = |key: &&str| {
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        for before in [
            "say(\"",
            "say_with(\"",
            "say_of(\"",
            "say_all(\"",
            "say_n(\"",
            "say_x(\"",
            "say_xy(\"",
            "title: \"",
            "text: \"",
            "next: Some(\"",
        ] {
            for source in &sources {
                for key in source.split(before).skip(1).map(|s| s.split('"').next().unwrap()).filter(is_key) {
                    assert!(known.contains(key), "no text {key}");
                }
            }
        }
        for key in &known {
            let quoted = format!("\"{key}\"");
            assert!(sources.iter().any(|source| source.contains(&quoted)), "nobody says {key}");
        }
    }

    #[test]
    fn german_counts() {
        let t = Language::German.texts();
        assert_eq!(t.say_with("busy-seconds", "n", 1), "In einer Sekunde können Sie es wieder versuchen.");
        assert_eq!(t.say_with("busy-seconds", "n", 2), "In 2 Sekunden können Sie es wieder versuchen.");
    }
}
