//! In which language people are written to.

use std::collections::HashMap;

use db::{Change, Read, Write, row, sql};
use kernel::{Caller, Currency, Error, Instant, PersonId, Result, Unauthenticated};

use super::Messages;

/// A language that mails are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German, with "Sie".
    German,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The word stored, and the one in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language of a locale: `de`, `de-AT`, `de_CH`. What has no translation is written in English.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let word = locale.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|l| l.as_str().eq_ignore_ascii_case(word)).unwrap_or_default()
    }

    /// A date as people write it: `21.12.2026`, `21 December 2026`.
    #[must_use]
    pub fn date(self, date: kernel::Date) -> String {
        match self {
            Self::English => date.strftime("%-d %B %Y").to_string(),
            Self::German => date.strftime("%d.%m.%Y").to_string(),
        }
    }

    /// A sum as people write it: "€1,234.50" or "1.234,50 €".
    #[must_use]
    pub fn money(self, minor: i64, currency: Currency) -> String {
        let digits = currency.digits();
        let scale = 10_u64.pow(digits);
        let (whole, part) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
        let (thousands, point) = match self {
            Self::English => (',', '.'),
            Self::German => ('.', ','),
        };
        let mut number = grouped(whole, thousands);
        if digits > 0 {
            number.push(point);
            number.push_str(&format!("{part:0width$}", width = digits as usize));
        }
        let symbol = match currency.as_str() {
            "EUR" => "€",
            "USD" => "$",
            "GBP" => "£",
            other => other,
        };
        let sign = if minor < 0 { "\u{2212}" } else { "" };
        match self {
            Self::English if symbol.chars().count() == 1 => format!("{sign}{symbol}{number}"),
            Self::English => format!("{sign}{symbol}\u{a0}{number}"),
            Self::German => format!("{sign}{number}\u{a0}{symbol}"),
        }
    }
}

fn grouped(n: u64, mark: char) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(c);
    }
    out
}

row! {
    struct Chosen {
        person_id: PersonId,
        language: String,
    }
}

/// The language of a person: the one they chose, else the organization's.
///
/// # Errors
/// When the statement fails.
pub async fn of(r: &Read, person: PersonId) -> Result<Language> {
    Ok(of_people(r, &[person]).await?.remove(&person).unwrap_or_default())
}

/// The same for many at once.
pub(crate) async fn of_people(r: &Read, ids: &[PersonId]) -> Result<HashMap<PersonId, Language>> {
    let chosen: Vec<Chosen> = r
        .all(sql!(
            "SELECT p.id AS person_id, coalesce(p.language, o.locale) AS language FROM person p \
             JOIN organization o ON o.id = p.org_id WHERE +p.org_id = $1 AND p.id = ANY($2)",
            r.caller().org,
            ids
        ))
        .await?;
    Ok(chosen.into_iter().map(|c| (c.person_id, Language::of_locale(&c.language))).collect())
}

/// Chooses a person's language; `None` goes back to the organization's.
///
/// # Errors
/// When the statement fails.
pub async fn choose(w: &Write, person: PersonId, language: Option<Language>) -> Result<()> {
    let (org, now): (_, Instant) = (w.caller().org, w.now());
    let word = language.map(Language::as_str);
    let changed = w
        .execute(sql!(
            "UPDATE person SET language = $3, changed_at = $4 WHERE org_id = $1 AND id = $2 AND coalesce(language, '') <> coalesce($3, '')",
            org,
            person,
            word,
            now
        ))
        .await?;
    if changed > 0 {
        w.change(Change::new("person.language_chosen", person).person(person));
    }
    Ok(())
}

#[operations::compiled_here]
impl Messages<'_> {
    /// Chooses the language in which the caller is written to; `None` goes back to the organization's.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when no person asks.
    pub async fn choose_language(&self, caller: &Caller, language: Option<Language>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let person = actor.person().ok_or(Error::Unauthenticated(Unauthenticated::Missing))?;
                choose(w, person, language).await
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_have_a_language() {
        for (locale, language) in [
            ("de", Language::German),
            ("de-AT", Language::German),
            ("DE_ch", Language::German),
            ("en", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
        for other in ["", "fr", "den", "-de"] {
            assert_eq!(Language::of_locale(other), Language::English, "{other}");
        }
        let date = kernel::Date::constant(2026, 2, 1);
        assert_eq!(Language::German.date(date), "01.02.2026");
        assert_eq!(Language::English.date(date), "1 February 2026");
    }
}
