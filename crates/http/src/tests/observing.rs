//! What operators see of requests: numbers and log lines.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use tower::ServiceExt as _;
use tracing_subscriber::fmt::MakeWriter;

use super::{api, ask, call, pages};
use crate::{Cors, Counted, Counting, Front, Kit};

#[tokio::test]
async fn metrics_count_in_closed_sets_of_labels() {
    let kit = Kit::default();
    let metrics = kit.metrics.clone();
    metrics.before_render({
        let metrics = metrics.clone();
        move || {
            let metrics = metrics.clone();
            async move { metrics.entrance("refreshed").begin() }
        }
    });
    let front = Front::new(kit, vec![api().either_slash().cors(Cors::any()), pages()]);
    for (method, path) in [
        ("GET", "/api/things"),
        ("GET", "/api/things/"),
        ("GET", "/api/things/1"),
        ("GET", "/api/things/2"),
        ("DELETE", "/api/things"),
        ("BREW", "/api/pot"),
        ("GET", "/api/another"),
        ("OPTIONS", "/api/whatever"),
        ("GET", "/api/panic"),
    ] {
        call(&front, method, path).await;
    }
    let left = front.clone().oneshot(ask("POST", "/api/never").body(Body::empty()).unwrap());
    assert!(futures_util::FutureExt::now_or_never(left).is_none());

    let answer = call(&front, "GET", "/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let mut counted: Vec<_> =
        answer.text.lines().filter_map(|l| l.strip_prefix("portico_http_requests_total")).collect();
    counted.sort_unstable();
    assert_eq!(
        counted,
        [
            r#"{door="api",route="/api/never",method="POST",status="gone"} 1"#,
            r#"{door="api",route="/api/panic",method="GET",status="5xx"} 1"#,
            r#"{door="api",route="/api/things",method="DELETE",status="4xx"} 1"#,
            r#"{door="api",route="/api/things",method="GET",status="2xx"} 2"#,
            r#"{door="api",route="/api/things/{id}",method="GET",status="2xx"} 2"#,
            r#"{door="api",route="preflight",method="OPTIONS",status="2xx"} 1"#,
            r#"{door="api",route="unmatched",method="GET",status="4xx"} 1"#,
            r#"{door="api",route="unmatched",method="other",status="4xx"} 1"#,
        ]
    );
    for line in [
        r#"portico_http_request_duration_seconds_bucket{door="api",le="0.0005"}"#,
        r#"portico_http_request_duration_seconds_count{door="api"} 10"#,
        r#"portico_http_requests_in_flight{door="api"} 0"#,
        r#"portico_http_requests_in_flight{door="server"} 1"#,
        r#"portico_http_requests_in_flight{door="refreshed"} 1"#,
        r#"portico_build_info{version="0."#,
        "process_start_time_seconds 1",
    ] {
        assert!(answer.text.contains(line), "{line} is not in:\n{}", answer.text);
    }
}

/// What was logged, line by line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn take(&self) -> Vec<serde_json::Value> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        String::from_utf8(bytes).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }
}

#[tokio::test]
async fn one_line_for_every_request() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(lines.clone()).finish();
    // While there is one subscriber, the first thread that reaches a line of the source decides for all whether it is ever
    // told, also a thread of another test. With two, each thread decides for itself.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);
    let counting = Counting::new(|answering| (answering, Box::new(|| Counted { queries: 3, micros: 1500 })));
    let front = Front::new(Kit { counting: Some(counting), ..Kit::default() }, vec![api().either_slash()]);

    let answer = call(&front, "GET", "/api/things/5/?token=secret").await;
    let [line] = &lines.take()[..] else { panic!("one line") };
    assert_eq!(line["target"], "portico::request");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["request_id"], answer.header("x-request-id").unwrap());
    assert_eq!((&line["who"], &line["session"]), (&"person 7".into(), &70.into()));
    assert_eq!((&line["door"], &line["method"]), (&"api".into(), &"GET".into()));
    assert_eq!(line["route"], "/api/things/{id}");
    assert_eq!(line.get("path"), None);
    assert_eq!(line["status"], 200);
    assert_eq!((&line["queries"], &line["db_ms"]), (&3.into(), &1.5.into()));
    assert!(line["ms"].as_f64().unwrap() >= 0.0);

    call(&front, "BREW", "/nothing/\u{e9}?token=secret").await;
    let [line] = &lines.take()[..] else { panic!("one line") };
    assert_eq!((&line["path"], line.get("route")), (&"/nothing/\u{e9}".into(), None));
    assert_eq!((&line["method"], &line["status"], &line["who"]), (&"other".into(), &404.into(), &"anonymous".into()));

    let answer = call(&front, "GET", "/api/panic").await;
    let both = lines.take();
    let [panic, line] = &both[..] else { panic!("two lines: {both:?}") };
    assert_eq!((&panic["level"], &panic["panic"]), (&"ERROR".into(), &"out of luck".into()), "{panic}");
    assert_eq!(panic["request_id"], answer.header("x-request-id").unwrap());
    assert_eq!((&line["level"], &line["status"]), (&"WARN".into(), &500.into()));

    let left = front.clone().oneshot(ask("POST", "/api/never").body(Body::empty()).unwrap());
    assert!(futures_util::FutureExt::now_or_never(left).is_none());
    let [line] = &lines.take()[..] else { panic!("one line") };
    assert_eq!((&line["status"], &line["route"], &line["queries"]), (&499.into(), &"/api/never".into(), &3.into()));

    call(&front, "GET", "/health/ready").await;
    call(&front, "GET", "/metrics").await;
    assert!(lines.take().is_empty(), "probes are not worth a line");
}
