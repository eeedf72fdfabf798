//! What is seen without a network: one page, kept by a service worker that keeps nothing else but what the page looks like.

use std::sync::LazyLock;

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use identity::Identity;
use sha2::{Digest as _, Sha256};

use crate::{
    assets,
    language::Language,
    page::{self, Notice, Tone, WayOn},
    page_route,
};

const OFFLINE: Notice = Notice {
    status: StatusCode::OK,
    tone: Tone::Wait,
    title: "offline-title",
    text: "offline-text",
    next: Some("offline-next"),
};

/// The worker. What it keeps has names with a hash, and so has the place where it keeps it.
static WORKER: LazyLock<String> = LazyLock::new(|| {
    let kept = serde_json::json!(["/offline", assets::STYLE.path, assets::ICON.path]).to_string();
    let code = include_str!("../assets/worker.js").replace("__KEPT__", &kept);
    let hash: String = Sha256::digest(&code).iter().take(8).map(|b| format!("{b:02x}")).collect();
    code.replace("__NAME__", &hash)
});

pub(crate) fn routes() -> Router<Identity> {
    Router::new().route("/offline", page_route(get(show))).route("/sw.js", page_route(get(worker)))
}

async fn show(language: Language) -> Response {
    page::notice(language, &OFFLINE, WayOn::Front)
}

async fn worker() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        // Browsers ask for it anew, so that a new one is found.
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; connect-src 'self'"),
    ];
    (headers, WORKER.as_str()).into_response()
}
