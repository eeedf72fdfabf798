//! Numbers for Prometheus.
//!
//! Label values come from closed sets: entrances, the patterns of their routes, known methods, classes of status.
//! What a client makes up is counted as `unmatched` or `other`.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use axum::http::{Method, StatusCode};
use kernel::Clock;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Metadata, Recorder as _, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

const REQUESTS: &str = "portico_http_requests_total";
const SECONDS: &str = "portico_http_request_duration_seconds";
const IN_FLIGHT: &str = "portico_http_requests_in_flight";
const STARTED: &str = "process_start_time_seconds";
const BUILD: &str = "portico_build_info";

/// From half a millisecond, since most answers take less than ten.
const BUCKETS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// How long the numbers of others are waited for before what is known is shown.
const PATIENCE: Duration = Duration::from_secs(2);

const METHOD_LABELS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
const UNMATCHED: &str = "unmatched";
/// The last is for clients that left before the answer.
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "gone"];

const META: Metadata<'static> = Metadata::new("portico", metrics::Level::INFO, None);

/// The server's numbers. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    refresh: Mutex<Vec<Refresh>>,
}

type Refresh = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

impl Metrics {
    /// With the version of the program and the time it started.
    #[must_use]
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "the list of buckets is not empty")]
    pub fn new(version: &'static str, clock: &Clock) -> Self {
        let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are buckets").build_recorder();
        recorder.describe_counter(KeyName::from_const_str(REQUESTS), None, "Requests answered.".into());
        recorder.describe_histogram(
            KeyName::from_const_str(SECONDS),
            Some(Unit::Seconds),
            "From a request's head to its answer's head.".into(),
        );
        recorder.describe_gauge(KeyName::from_const_str(IN_FLIGHT), None, "Requests being answered.".into());
        recorder.describe_gauge(KeyName::from_const_str(STARTED), Some(Unit::Seconds), "Start of the process.".into());
        recorder.describe_gauge(KeyName::from_const_str(BUILD), None, "Which Portico this is.".into());

        let build = Key::from_static_parts(BUILD, &[]).with_extra_labels(vec![Label::new("version", version)]);
        recorder.register_gauge(&build, &META).set(1.0);
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
        recorder.register_gauge(&Key::from_static_name(STARTED), &META).set(clock.now().micros() as f64 / 1e6);

        let handle = recorder.handle();
        Self(Arc::new(Inner { recorder: Arc::new(recorder), handle, refresh: Mutex::default() }))
    }

    /// Makes the macros of the `metrics` crate count here, in the whole process.
    ///
    /// # Errors
    /// When something else counts already.
    pub fn install(&self) -> Result<(), String> {
        metrics::set_global_recorder(self.0.recorder.clone()).map_err(|e| e.to_string())
    }

    /// Has `refresh` run before the numbers are shown: for gauges that are looked up, not counted.
    pub fn before_render<F, Fut>(&self, refresh: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let refresh: Refresh = Arc::new(move || Box::pin(refresh()));
        self.0.refresh.lock().unwrap_or_else(PoisonError::into_inner).push(refresh);
    }

    /// All numbers as Prometheus reads them.
    pub async fn render(&self) -> String {
        let refresh = self.0.refresh.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let all = futures_util::future::join_all(refresh.iter().map(|refresh| refresh()));
        // Too late is as good as never: what is known is shown.
        let _ = tokio::time::timeout(PATIENCE, all).await;
        self.0.handle.render()
    }

    /// Folds what was measured into its buckets, for ever. Without it the memory of an install that nobody scrapes
    /// grows with every request, so the program must run it.
    pub async fn upkeep(self) {
        let mut tick = tokio::time::interval(Duration::from_secs(5));
        loop {
            tick.tick().await;
            self.0.handle.run_upkeep();
        }
    }

    pub(crate) fn entrance(&self, door: &'static str) -> Tally {
        let key = |name| Key::from_parts(name, vec![Label::new("door", door)]);
        Tally {
            door,
            recorder: self.0.recorder.clone(),
            seconds: self.0.recorder.register_histogram(&key(SECONDS), &META),
            in_flight: self.0.recorder.register_gauge(&key(IN_FLIGHT), &META),
            routes: RwLock::default(),
        }
    }
}

/// One entrance's numbers. Looking a counter up by its labels costs more than the rest of the kit, so the handles are
/// kept.
pub(crate) struct Tally {
    door: &'static str,
    recorder: Arc<PrometheusRecorder>,
    seconds: Histogram,
    in_flight: Gauge,
    routes: RwLock<HashMap<Box<str>, Arc<Counters>>>,
}

/// A counter for each method and class; known only when it was needed.
type Counters = [[OnceLock<Counter>; CLASSES.len()]; METHOD_LABELS.len()];

fn method_index(method: &Method) -> usize {
    METHOD_LABELS.iter().position(|label| *label == method.as_str()).unwrap_or(METHOD_LABELS.len() - 1)
}

/// The method's name, or `other` for what a client made up.
pub(crate) fn method_label(method: &Method) -> &'static str {
    METHOD_LABELS[method_index(method)]
}

impl Tally {
    pub(crate) const fn door(&self) -> &'static str {
        self.door
    }

    pub(crate) fn begin(&self) {
        self.in_flight.increment(1.0);
    }

    /// `status` is `None` when the client left before the answer.
    pub(crate) fn end(&self, route: Option<&str>, method: &Method, status: Option<StatusCode>, took: Duration) {
        self.in_flight.decrement(1.0);
        self.seconds.record(took.as_secs_f64());
        let class = status.map_or(CLASSES.len() - 1, |s| usize::from(s.as_u16() / 100).clamp(1, 5) - 1);
        let method = method_index(method);
        let route = route.unwrap_or(UNMATCHED);
        let counters = self.counters(route);
        counters[method][class].get_or_init(|| self.register(route, method, class)).increment(1);
    }

    fn counters(&self, route: &str) -> Arc<Counters> {
        if let Some(known) = self.routes.read().unwrap_or_else(PoisonError::into_inner).get(route) {
            return known.clone();
        }
        self.routes.write().unwrap_or_else(PoisonError::into_inner).entry(route.into()).or_default().clone()
    }

    fn register(&self, route: &str, method: usize, class: usize) -> Counter {
        let labels = vec![
            Label::new("door", self.door),
            Label::new("route", route.to_owned()),
            Label::new("method", METHOD_LABELS[method]),
            Label::new("status", CLASSES[class]),
        ];
        self.recorder.register_counter(&Key::from_parts(REQUESTS, labels), &META)
    }
}
