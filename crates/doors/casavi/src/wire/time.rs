//! Points in time, as this API writes and reads them (sections 5 and 10).

use jiff::{Timestamp, ToSpan as _, civil::Date, fmt::temporal::Pieces};
use kernel::{Instant, Zone};

/// Days between an invitation and its end.
const DAYS: i64 = app::invite::DAYS;

/// RFC 3339 in UTC, in whole seconds.
#[must_use]
pub fn date_time(at: Instant) -> String {
    at.utc().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// RFC 3339 with any offset. A blank stands for the `+` that forms make of it.
#[must_use]
pub fn parse(text: &str) -> Option<Instant> {
    let text = text.trim().replace(' ', "+");
    let at = text.parse().ok().or_else(|| beyond(&text))?;
    Some(Instant::from_micros(at.as_microsecond()))
}

/// The last hours of the year 9999 are no points in time here; who names them means no end.
fn beyond(text: &str) -> Option<Timestamp> {
    let pieces = Pieces::parse(text).ok()?;
    let is_last = pieces.date() >= Date::constant(9999, 12, 30);
    (is_last && pieces.time().is_some() && pieces.offset().is_some()).then_some(Timestamp::MAX)
}

/// The day of an invitation and that of its end, `DD.MM.YYYY`, in German time (C23).
#[must_use]
pub fn invited(at: Instant) -> (String, String) {
    let day = Zone::named("Europe/Berlin").date(at);
    (german(day), german(day.saturating_add(DAYS.days())))
}

fn german(day: Date) -> String {
    day.strftime("%d.%m.%Y").to_string()
}

/// The same bound for what is shown in whole seconds: later than `at` as it is shown (C7).
#[must_use]
pub fn after(at: Instant) -> Instant {
    Instant::from_micros(Instant::from_secs(at.secs()).micros().saturating_add(999_999))
}

/// Earlier than `at` as it is shown (C7).
#[must_use]
pub fn before(at: Instant) -> Instant {
    let whole = Instant::from_secs(at.secs());
    if whole < at { Instant::from_micros(whole.micros().saturating_add(1_000_000)) } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read() {
        let at = Instant::from_micros(1_566_656_122_900_000);
        assert_eq!(date_time(at), "2019-08-24T14:15:22Z");
        for text in ["2019-08-24T14:15:22Z", "2019-08-24T16:15:22+02:00", "2019-08-24T16:15:22 02:00"] {
            assert_eq!(parse(text), Some(Instant::from_secs(1_566_656_122)), "{text}");
        }
        assert_eq!(parse("9999-12-31T23:59:59Z"), Some(Instant::from_micros(Timestamp::MAX.as_microsecond())));
        for bad in [
            "9999-12-31",
            "9999-12-31T25:00:00Z",
            "",
            "now",
            "2019-08-24",
            "2019-08-24T14:15:22",
            "2019-13-24T14:15:22Z",
            "1566656122",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn both_bounds_are_strict_in_what_is_shown() {
        let at = |micros: i64| Instant::from_micros(1_000_000_000 + micros);
        // Shown as second 1000, whatever the part of it.
        for part in [0, 1, 500_000, 999_999] {
            assert!(at(part) <= after(at(0)) && at(part) >= before(at(0)));
        }
        assert!(at(1_000_000) > after(at(0)) && at(-1) < before(at(0)));
        assert!(at(0) < before(at(1)), "second 1000 is before 1000.000001");
    }

    #[test]
    fn thirty_days_apart_in_germany() {
        let at = Instant::from_secs(1_774_740_600); // 2026-03-28T23:30Z, half past midnight in Berlin
        assert_eq!(invited(at), ("29.03.2026".to_owned(), "28.04.2026".to_owned()));
    }
}
