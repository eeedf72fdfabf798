//! One line for every request, when it is over.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, Uri},
};
use tracing::Level;

use crate::{
    RequestInfo,
    counting::{Counted, Reading},
    metrics::{Tally, method_label},
};

/// The level of an event must be known when it is compiled, hence a macro.
macro_rules! line {
    ($level:expr, $record:expr, $status:expr, $took:expr) => {{
        let record = $record;
        tracing::event!(
            target: "portico::request",
            $level,
            request_id = record.info.id(),
            who = %record.info.who(),
            session = record.info.session(),
            door = record.tally.door(),
            method = method_label(&record.method),
            route = record.info.route(),
            path = record.unmatched_path(),
            status = $status,
            ms = ms($took),
            queries = record.counted().queries,
            db_ms = ms(Duration::from_micros(record.counted().micros)),
            "request"
        )
    }};
}

/// What nginx taught everybody to read: the client left before it was answered.
const CLIENT_LEFT: u16 = 499;

const LONGEST_PATH: usize = 200;
/// A part of a path that is longer than a UUID may be a token that was put at a wrong address.
const LONGEST_PART: usize = 36;

/// Counts and logs one request, at the latest when it is dropped.
pub(crate) struct Record {
    tally: Arc<Tally>,
    info: RequestInfo,
    method: Method,
    uri: Uri,
    began: Instant,
    /// Probes and scrapes come every few seconds for ever and say nothing.
    quiet: bool,
    pub(crate) reading: Option<Reading>,
    over: bool,
}

impl Record {
    pub(crate) fn begin(tally: Arc<Tally>, info: RequestInfo, request: &Request<Body>, quiet: bool) -> Self {
        tally.begin();
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self { tally, info, method, uri, began: Instant::now(), quiet, reading: None, over: false }
    }

    pub(crate) fn answered(mut self, status: StatusCode) {
        self.end(Some(status));
    }

    fn end(&mut self, status: Option<StatusCode>) {
        self.over = true;
        let took = self.began.elapsed();
        self.tally.end(self.info.route(), &self.method, status, took);
        match status {
            Some(status) if status.is_server_error() => line!(Level::WARN, self, status.as_u16(), took),
            Some(status) if self.quiet => line!(Level::DEBUG, self, status.as_u16(), took),
            Some(status) => line!(Level::INFO, self, status.as_u16(), took),
            None => line!(Level::INFO, self, CLIENT_LEFT, took),
        }
    }

    fn counted(&self) -> Counted {
        self.reading.as_ref().map(|read| read()).unwrap_or_default()
    }

    /// The path as it was sent, where no route has it: cut, escaped, without what may be a token.
    fn unmatched_path(&self) -> Option<String> {
        self.info.route().is_none().then(|| harmless(self.uri.path()))
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.over {
            self.end(None);
        }
    }
}

fn ms(took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a request does not take centuries")]
    let micros = took.as_micros() as f64;
    micros / 1000.0
}

fn harmless(path: &str) -> String {
    let mut out = String::new();
    for (i, part) in path.split('/').enumerate() {
        if i > 0 {
            out.push('/');
        }
        if part.chars().count() > LONGEST_PART {
            out.push('…');
        } else {
            out.extend(part.escape_debug());
        }
    }
    if let Some((end, _)) = out.char_indices().nth(LONGEST_PATH) {
        out.truncate(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_path_is_made_harmless() {
        assert_eq!(harmless("/a/b.php"), "/a/b.php");
        assert_eq!(harmless("/a\n/\u{1b}[0m"), r"/a\n/\u{1b}[0m");
        assert_eq!(harmless("/join/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.4p6Yq0rV"), "/join/…");
        assert_eq!(harmless("/018f2c1e-7a0b-7d3c-9c55-0123456789ab"), "/018f2c1e-7a0b-7d3c-9c55-0123456789ab");
        assert_eq!(harmless(&"/ä".repeat(500)).chars().count(), LONGEST_PATH);
    }
}
