//! Times: ISO 8601 in UTC with milliseconds.

use kernel::Instant;

/// A date-time as this API shows it: `2019-08-24T14:15:22.000Z`.
#[must_use]
pub fn shown(at: Instant) -> String {
    at.utc().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Reads a date-time with its offset. In a query a raw `+` has become a space.
#[must_use]
pub fn read(text: &str) -> Option<Instant> {
    let text = match text.char_indices().find(|(at, c)| *at > 10 && *c == ' ') {
        Some((at, _)) => format!("{}+{}", text.get(..at)?, text.get(at + 1..)?),
        None => text.to_owned(),
    };
    text.parse::<jiff::Timestamp>().ok().map(|at| Instant::from_micros(at.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_and_read() {
        let at = Instant::from_micros(1_566_656_122_042_999);
        assert_eq!(shown(at), "2019-08-24T14:15:22.042Z");
        assert_eq!(read("2019-08-24T14:15:22.042999Z"), Some(at));
        assert_eq!(read("2019-08-24T16:15:22.042999+02:00"), Some(at));
        assert_eq!(read("2019-08-24T16:15:22.042999 02:00"), Some(at));
        for wrong in ["", "2019-08-24", "2019-08-24T14:15:22", "2019-13-24T14:15:22Z", "ä2019-08-24 T", "now"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
