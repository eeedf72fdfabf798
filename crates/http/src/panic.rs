//! A panic in a handler costs one request, not the server.

use std::{any::Any, panic::AssertUnwindSafe};

use futures_util::FutureExt as _;

const LONGEST: usize = 200;

/// Runs a future to its end; a panic in it becomes its message. What the future shared with others is not looked at
/// again by this request, and others must bear a panic anyway.
pub(crate) async fn caught<F: Future>(f: F) -> Result<F::Output, String> {
    AssertUnwindSafe(f).catch_unwind().await.map_err(|panic| message(&*panic))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "no message",
    };
    text.chars().take(LONGEST).collect()
}
