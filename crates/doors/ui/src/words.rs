//! Instants, days, sums and sizes as people say them, with the exact value beside it.

use jiff::civil::{Date, DateTime};
use kernel::{Currency, Instant, Zone};

use crate::language::{Language, Texts};

/// What it takes to say when something is: the language, the instant that is now, and whose days count.
#[derive(Clone)]
pub(crate) struct Clockwork {
    pub(crate) t: &'static Texts,
    pub(crate) now: Instant,
    pub(crate) zone: Zone,
}

impl Clockwork {
    /// "5 minutes ago", "today, 14:05", "yesterday, 9:30", "12 March, 14:05".
    pub(crate) fn instant(&self, at: Instant) -> String {
        let minutes = (self.now.secs() - at.secs()).div_euclid(60);
        match usize::try_from(minutes) {
            Ok(0) => return self.t.say("when-now"),
            Ok(n @ 1..=59) => return self.t.say_with("when-minutes", "n", n),
            _ => {}
        }
        let (civil, _) = self.zone.civil(at);
        self.t.say_all("when-day-time", &[("day", &self.day(civil.date())), ("time", &clock(civil))])
    }

    /// "today", "tomorrow", "Friday", "12 March", "12 March 2024".
    pub(crate) fn day(&self, date: Date) -> String {
        let today = self.zone.date(self.now);
        match (date - today).get_days() {
            -1 => self.t.say("when-yesterday"),
            0 => self.t.say("when-today"),
            1 => self.t.say("when-tomorrow"),
            2..=6 => self.t.say_with("when-weekday", "n", small(date.weekday().to_monday_one_offset())),
            _ => self.date(date),
        }
    }

    /// "12 March", with the year where it is another one.
    pub(crate) fn date(&self, date: Date) -> String {
        let key = if date.year() == self.zone.date(self.now).year() { "when-date" } else { "when-date-year" };
        self.named(key, date)
    }

    /// "12 March 2024", as papers that are kept say it.
    pub(crate) fn full(&self, date: Date) -> String {
        self.named("when-date-year", date)
    }

    fn named(&self, key: &'static str, date: Date) -> String {
        let month = self.t.say_with("when-month", "n", small(date.month()));
        let (day, year) = (date.day().to_string(), date.year().to_string());
        self.t.say_all(key, &[("day", &day), ("month", &month), ("year", &year)])
    }

    /// All of it, for whoever wants to know exactly.
    pub(crate) fn exact(&self, at: Instant) -> String {
        let (civil, _) = self.zone.civil(at);
        let weekday = self.t.say_with("when-weekday", "n", small(civil.weekday().to_monday_one_offset()));
        let date = self.named("when-date-year", civil.date());
        self.t.say_all("when-exact", &[("weekday", &weekday), ("date", &date), ("time", &clock(civil))])
    }

    /// The short name of a month, for a calendar's leaf.
    pub(crate) fn leaf(&self, at: Instant) -> (String, String) {
        let (civil, _) = self.zone.civil(at);
        (civil.day().to_string(), self.t.say_with("when-month-short", "n", small(civil.month())))
    }

    /// A greeting for the hour.
    pub(crate) fn greeting(&self) -> &'static str {
        match self.zone.civil(self.now).0.hour() {
            5..=10 => "greeting-morning",
            18..=23 => "greeting-evening",
            _ => "greeting-day",
        }
    }
}

fn clock(civil: DateTime) -> String {
    format!("{:02}:{:02}", civil.hour(), civil.minute())
}

fn small(n: i8) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// A sum: "€1,234.50" or "1.234,50 €", as mails say it too.
pub(crate) fn money(language: Language, minor: i64, currency: Currency) -> String {
    let language = match language {
        Language::English => app::message::Language::English,
        Language::German => app::message::Language::German,
    };
    language.money(minor, currency)
}

/// "12 KB", "3.4 MB", "46.5 GB".
pub(crate) fn size(language: Language, bytes: i64) -> String {
    let kb = bytes.max(0).saturating_add(1023) / 1024;
    let (tenths, unit) = match kb {
        ..1024 => return format!("{kb}\u{a0}KB"),
        1024..1_048_576 => (kb * 10 / 1024, "MB"),
        _ => (kb / 1024 * 10 / 1024, "GB"),
    };
    let point = if language == Language::German { ',' } else { '.' };
    format!("{}{point}{}\u{a0}{unit}", tenths / 10, tenths % 10)
}

/// Up to two letters for somebody without a picture.
pub(crate) fn initials_of(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default();
    initials(first, words.last().unwrap_or_default())
}

/// Up to two letters of a name in two parts.
pub(crate) fn initials(first: &str, last: &str) -> String {
    [first, last].iter().filter_map(|name| name.trim().chars().next()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(language: Language) -> Clockwork {
        // Saturday, 21 November 2026, 17:28 in Berlin.
        let now = Instant::from_secs(1_795_278_520);
        Clockwork { t: language.texts(), now, zone: Zone::named("Europe/Berlin") }
    }

    #[test]
    fn times_as_people_say_them() {
        let (en, de) = (at(Language::English), at(Language::German));
        for (seconds, english, german) in [
            (0, "just now", "gerade eben"),
            (-60, "1 minute ago", "vor einer Minute"),
            (-59 * 60, "59 minutes ago", "vor 59 Minuten"),
            (-2 * 3600, "today, 15:28", "heute, 15:28"),
            (3600, "today, 18:28", "heute, 18:28"),
            (-24 * 3600, "yesterday, 17:28", "gestern, 17:28"),
            (24 * 3600, "tomorrow, 17:28", "morgen, 17:28"),
            (3 * 24 * 3600, "Tuesday, 17:28", "Dienstag, 17:28"),
            (-3 * 24 * 3600, "18 November, 17:28", "18. November, 17:28"),
            (90 * 24 * 3600, "19 February 2027, 17:28", "19. Februar 2027, 17:28"),
        ] {
            assert_eq!(en.instant(en.now.plus_secs(seconds)), english);
            assert_eq!(de.instant(de.now.plus_secs(seconds)), german);
        }
        assert_eq!(de.exact(de.now), "Samstag, 21. November 2026, 17:28");
    }

    #[test]
    fn sums_and_sizes() {
        let (eur, jpy, chf) = ["EUR", "JPY", "CHF"].map(|c| Currency::parse(c).unwrap()).into();
        for (minor, currency, english, german) in [
            (0, eur, "€0.00", "0,00\u{a0}€"),
            (123_450, eur, "€1,234.50", "1.234,50\u{a0}€"),
            (-5, eur, "\u{2212}€0.05", "\u{2212}0,05\u{a0}€"),
            (1_000_000, jpy, "JPY\u{a0}1,000,000", "1.000.000\u{a0}JPY"),
            (100, chf, "CHF\u{a0}1.00", "1,00\u{a0}CHF"),
        ] {
            assert_eq!(money(Language::English, minor, currency), english);
            assert_eq!(money(Language::German, minor, currency), german);
        }
        assert_eq!(size(Language::English, 0), "0\u{a0}KB");
        assert_eq!(size(Language::English, 1025), "2\u{a0}KB");
        assert_eq!(size(Language::German, 3_500_000), "3,3\u{a0}MB");
        assert_eq!(size(Language::English, 50_000_000_000), "46.5\u{a0}GB");
        assert_eq!(size(Language::English, i64::MAX), "8589934591.9\u{a0}GB");
        assert_eq!(initials("ada", "Lovelace"), "AL");
        assert_eq!(initials("", "ßx"), "SS");
    }
}
