//! Whether the process lives, and whether it can serve.

use std::{pin::Pin, sync::Arc, time::Duration};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};

const PATIENCE: Duration = Duration::from_secs(5);
const LONGEST: usize = 200;

/// Answers whether the server can do its work: the database answers, the schema is current, no stop is under way.
#[derive(Clone)]
pub struct Ready(Arc<Check>);

type Check = dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync;

impl Ready {
    /// `check` says in a few words what is missing. Everybody can read them: no addresses, no secrets.
    pub fn new<F, Fut>(check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(check())))
    }

    pub(crate) async fn answer(&self) -> Response {
        match tokio::time::timeout(PATIENCE, (self.0)()).await {
            Ok(Ok(())) => text(StatusCode::OK, "ready\n".to_owned()),
            Ok(Err(why)) => {
                let line: String = why.lines().next().unwrap_or_default().chars().take(LONGEST).collect();
                text(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {line}\n"))
            }
            Err(_) => text(StatusCode::SERVICE_UNAVAILABLE, "not ready: the check took too long\n".to_owned()),
        }
    }
}

/// Always ready.
impl Default for Ready {
    fn default() -> Self {
        Self::new(|| async { Ok(()) })
    }
}

pub(crate) fn live() -> Response {
    text(StatusCode::OK, "live\n".to_owned())
}

fn text(status: StatusCode, text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, text).into_response()
}
