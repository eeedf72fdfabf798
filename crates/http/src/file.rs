//! A file of the application as an answer.

use std::time::Duration;

use app::{
    App,
    file::{File, Variant, disposition},
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use kernel::Result;

use crate::{Part, Served, serve};

/// A presigned address at the storage is good for at most so many seconds.
const LONGEST: u64 = 900;

/// How a file is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    /// Which bytes of it.
    pub which: Variant,
    /// Whether it is to be downloaded whatever it is. What browsers should not show always is.
    pub download: bool,
    /// For how many seconds its receiver alone may keep it.
    pub max_age: u64,
    /// Whether the client may be sent to the storage itself. Not where it carries a credential: it would hand it on.
    pub redirect: bool,
}

/// Answers a request for a file that the client was let see: with its bytes, or with an address at the storage.
///
/// # Errors
/// As [`app::file::Files::bytes`].
pub async fn send_file(
    app: &App,
    file: &File,
    sending: Sending,
    method: &Method,
    asked: &HeaderMap,
) -> Result<Response> {
    let (files, Sending { which, max_age, .. }) = (app.files(), sending);
    // `HEAD` is answered here: a presigned address is good for one method.
    if sending.redirect
        && *method == Method::GET
        && let Some(place) = files.elsewhere(file, which, Duration::from_secs(max_age.clamp(1, LONGEST))).await?
    {
        return Ok(redirect(&place));
    }
    let shown = file.is_shown() && !sending.download;
    let mut served = Served {
        content_type: file.content_header(),
        disposition: disposition(shown, &file.name),
        shown,
        size: u64::try_from(file.size).unwrap_or(0),
        tag: file.tag(),
        max_age,
    };
    if which == Variant::Thumbnail {
        let small = files.thumbnail(file).await?;
        served.size = small.len() as u64;
        served.tag.push_str("-thumbnail");
        let open = async |part| {
            Ok(Body::from(match part {
                Part::Whole => small,
                Part::Range(range) => small.slice(index(range.start)..index(range.end)),
            }))
        };
        return serve(method, asked, &served, open).await;
    }
    let open = async |part| {
        let range = match part {
            Part::Whole => None,
            Part::Range(range) => Some(range),
        };
        files.bytes(file, which, range).await.map(Body::from_stream)
    };
    serve(method, asked, &served, open).await
}

/// Within what is held in memory.
fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn redirect(place: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
