//! Times (section 8): ISO 8601 with milliseconds, in the facility's offset at that instant.

use jiff::{civil, tz::TimeZone};
use kernel::{Date, Instant, Zone};

/// A date-time as this API shows it: `2023-09-15T04:37:32.042-10:00`.
#[must_use]
pub fn shown(at: Instant, zone: &Zone) -> String {
    let (civil, offset) = zone.civil(at);
    format!("{}{}", civil.strftime("%Y-%m-%dT%H:%M:%S%.3f"), self::offset(offset))
}

/// An offset from UTC in seconds: `-04:00`.
#[must_use]
pub fn offset(seconds: i32) -> String {
    let minutes = seconds.unsigned_abs() / 60;
    format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

/// The beginning of a date in a zone, as a date-time.
#[must_use]
pub fn midnight(date: Date, zone: &Zone) -> String {
    shown(zone.midnight(date), zone)
}

/// Reads a date-time; without an offset it is one of the zone, and a bare date is its beginning there. In a query a raw
/// `+` has become a space.
#[must_use]
pub fn read(text: &str, zone: &Zone) -> Option<Instant> {
    let text = text.trim();
    if let Ok(date) = text.parse::<Date>()
        && text.len() == 10
    {
        return Some(zone.midnight(date));
    }
    // The space between date and time is at the 11th place; a later one was a plus sign.
    let text = match text.char_indices().find(|(at, c)| *at > 10 && *c == ' ') {
        Some((at, _)) => format!("{}+{}", text.get(..at)?, text.get(at + 1..)?),
        None => text.to_owned(),
    };
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Instant::from_micros(at.as_microsecond()));
    }
    let civil: civil::DateTime = text.parse().ok()?;
    let utc = civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond();
    // The offset there then; at a change of offset the hour before counts.
    let near = zone.civil(Instant::from_micros(utc)).1;
    let first = Instant::from_micros(utc).plus_secs(-i64::from(near));
    let exact = zone.civil(first).1;
    Some(Instant::from_micros(utc).plus_secs(-i64::from(exact)))
}

/// Reads `YYYY-MM-DD`.
#[must_use]
pub fn date(text: &str) -> Option<Date> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    shaped.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_8_date_times() {
        let at = Instant::from_micros(1_694_788_652_042_999);
        assert_eq!(shown(at, &Zone::named("Pacific/Honolulu")), "2023-09-15T04:37:32.042-10:00");
        assert_eq!(shown(at, &Zone::UTC), "2023-09-15T14:37:32.042+00:00");
        assert_eq!(shown(at, &Zone::named("Asia/Kolkata")), "2023-09-15T20:07:32.042+05:30");
        // Winter and summer have their own offsets.
        let zone = Zone::named("America/New_York");
        assert!(shown(Instant::from_secs(1_700_000_000), &zone).ends_with("-05:00"));
        assert!(shown(Instant::from_secs(1_690_000_000), &zone).ends_with("-04:00"));
    }

    #[test]
    fn what_is_shown_is_read() {
        let zone = Zone::named("America/New_York");
        for secs in [1_690_000_000, 1_700_000_000, 0] {
            let at = Instant::from_secs(secs);
            let text = shown(at, &zone);
            assert_eq!(read(&text, &zone), Some(at));
            assert_eq!(read(&text[..23], &zone), Some(at), "its own zone");
            assert_eq!(read(&text.replacen('T', " ", 1), &zone), Some(at));
        }
        let plus = "2023-09-15T14:37:32.042 00:00";
        assert_eq!(read(plus, &zone).unwrap().micros(), 1_694_788_652_042_000);
        assert_eq!(read("2023-09-15", &zone).unwrap(), zone.midnight("2023-09-15".parse().unwrap()));
        for bad in ["", "x", "2023", "2023-13-01", "2023-09-15T25:00:00Z", "äöüäöüäöüäöü x"] {
            assert_eq!(read(bad, &zone), None, "{bad}");
        }
    }

    #[test]
    fn dates() {
        assert!(date("2023-02-28").is_some());
        for bad in ["2023-02-29", "2023-2-28", "20230228", "2023-02-28T00:00", "", "+002023-02"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }
}
