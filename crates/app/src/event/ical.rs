//! Events as a calendar (RFC 5545): times in UTC, whole days as dates of their own time zone, lines of at most 75
//! octets.

use std::fmt::Write as _;

use kernel::{Instant, Zone};

use super::Row;

/// A calendar of these events.
pub(super) fn write(events: &[Row]) -> String {
    let mut out = String::new();
    let mut line = |text: &str| fold(text, &mut out);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//Portico//Community//EN");
    line("CALSCALE:GREGORIAN");
    for e in events {
        line("BEGIN:VEVENT");
        line(&format!("UID:{}@portico", e.uid));
        line(&format!("DTSTAMP:{}", utc(e.updated_at)));
        if e.all_day {
            let zone = Zone::named(&e.time_zone);
            let (from, until) = (zone.date(e.starts_at), zone.date(e.ends_at));
            // The end is the day after the last one.
            let after = until.tomorrow().unwrap_or(until);
            line(&format!("DTSTART;VALUE=DATE:{}", from.strftime("%Y%m%d")));
            line(&format!("DTEND;VALUE=DATE:{}", after.strftime("%Y%m%d")));
        } else {
            line(&format!("DTSTART:{}", utc(e.starts_at)));
            if e.ends_at > e.starts_at {
                line(&format!("DTEND:{}", utc(e.ends_at)));
            }
        }
        line(&format!("SUMMARY:{}", escaped(&e.title)));
        if e.cancelled_at.is_some() {
            line("STATUS:CANCELLED");
        }
        if !e.text.is_empty() {
            line(&format!("DESCRIPTION:{}", escaped(&e.text)));
        }
        if let Some(location) = e.location.as_deref().filter(|l| !l.is_empty()) {
            line(&format!("LOCATION:{}", escaped(location)));
        }
        line("END:VEVENT");
    }
    line("END:VCALENDAR");
    out
}

fn utc(at: Instant) -> String {
    at.utc().strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// Adds a line, folded between characters; the space that begins a continuation counts.
fn fold(text: &str, out: &mut String) {
    let mut used = 0;
    for c in text.chars() {
        if used + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    let _ = write!(out, "\r\n");
}

#[cfg(test)]
mod tests {
    use super::{escaped, fold};

    #[test]
    fn lines_are_folded_between_characters() {
        for text in ["x".repeat(75), "x".repeat(76), "ä".repeat(200), "SUMMARY:😀".repeat(40)] {
            let mut out = String::new();
            fold(&text, &mut out);
            assert!(out.ends_with("\r\n") && out.split("\r\n").all(|l| l.len() <= 75), "{out}");
            assert_eq!(out.replace("\r\n ", "").trim_end_matches("\r\n"), text);
        }
    }

    #[test]
    fn signs_of_the_format_are_escaped() {
        assert_eq!(escaped("a, b; c\\d\r\ne\nf\u{7}"), "a\\, b\\; c\\\\d\\ne\\nf");
    }
}
