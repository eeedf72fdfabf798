//! One JSON object a line. Every request gets one, so this is written by hand: a fraction of what a general
//! serialiser takes.

use std::fmt::{self, Write};

use kernel::{Clock, Instant};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// The format: `{"at":…,"level":…,"target":…,"message":…, fields…}`.
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        write_event(out, Clock::System.now(), event)
    }
}

fn write_event(mut out: impl Write, at: Instant, event: &Event<'_>) -> fmt::Result {
    let meta = event.metadata();
    // A line is put together in one text: the subscriber's own writer does more for each piece.
    let mut line = String::with_capacity(512);
    line.push_str("{\"at\":\"");
    instant(&mut line, at);
    line.push_str("\",\"level\":\"");
    line.push_str(meta.level().as_str());
    line.push_str("\",\"target\":\"");
    escape(&mut line, meta.target());
    line.push('"');
    event.record(&mut Fields(&mut line));
    line.push_str("}\n");
    out.write_str(&line)
}

struct Fields<'a>(&'a mut String);

impl Fields<'_> {
    fn key(&mut self, field: &Field) {
        self.0.push_str(",\"");
        self.0.push_str(field.name());
        self.0.push_str("\":");
    }

    fn plain(&mut self, field: &Field, value: impl fmt::Display) {
        self.key(field);
        let _ = write!(self.0, "{value}");
    }

    fn text(&mut self, field: &Field, value: &str) {
        self.key(field);
        self.0.push('"');
        escape(self.0, value);
        self.0.push('"');
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() { self.plain(field, value) } else { self.text(field, "not a number") }
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.key(field);
        self.0.push('"');
        let _ = write!(Escaped(self.0), "{value:?}");
        self.0.push('"');
    }
}

/// Escapes what is written through it.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        escape(self.0, s);
        Ok(())
    }
}

fn escape(out: &mut String, s: &str) {
    let mut done = 0;
    for (i, byte) in s.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&s[done..i]);
        done = i + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            other => drop(write!(out, "\\u{other:04x}")),
        }
    }
    out.push_str(&s[done..]);
}

/// As [`Instant`] shows itself, without asking a calendar library to read a format.
fn instant(out: &mut String, at: Instant) {
    let t = at.utc();
    let (date, time, micros) = (t.date(), t.time(), at.micros().rem_euclid(1_000_000));
    let _ = write!(out, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
    let _ = write!(out, "T{:02}:{:02}:{:02}.{micros:06}Z", time.hour(), time.minute(), time.second());
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::{Layer, layer::Context, prelude::*};

    use super::*;

    const AT: Instant = Instant::from_micros(1_795_278_521_000_042);

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<String>>);

    impl<S: Subscriber> Layer<S> for Lines {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            write_event(&mut *self.0.lock().unwrap(), AT, event).unwrap();
        }
    }

    #[test]
    fn every_kind_of_value() {
        let lines = Lines::default();
        let guard = tracing_subscriber::registry().with(lines.clone()).set_default();
        let (nothing, strange) = (None::<i64>, "a\"b\\c\n\u{1}ä\u{7f}");
        tracing::info!(target: "t", s = strange, d = %strange, n = -1, u = 2_u64, b = true, nothing, "words");
        tracing::error!(error = ?std::io::Error::other("x\ny"), f = 1.5, nan = f64::NAN);
        drop(guard);
        let text = lines.0.lock().unwrap().clone();
        let all: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let [first, second] = &all[..] else { panic!("two lines") };
        assert_eq!(
            first,
            &serde_json::json!({
                "at": AT.to_string(), "level": "INFO", "target": "t", "message": "words",
                "s": strange, "d": strange, "n": -1, "u": 2, "b": true,
            })
        );
        assert_eq!(second["error"], r#"Custom { kind: Other, error: "x\ny" }"#);
        assert_eq!((&second["f"], &second["nan"]), (&1.5.into(), &"not a number".into()));
    }
}
