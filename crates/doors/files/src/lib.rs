//! Files at signed addresses: `/files/{uid}/{name}?expires=…&signature=…`, and `…/thumbnail` of pictures. The signature
//! is the right; nobody signs in here. Every door makes such addresses with `Identity::file_address`.

use app::file::Variant;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use identity::{FileLink, Identity};
use kernel::{Caller, Door, Error, OrgId};
use portico_http::{Entrance, Refusal, RequestInfo, Sending, plain, send_file};
use serde::Deserialize;
use uuid::Uuid;

/// The entrance: everything below `/files`.
#[must_use]
pub fn entrance(identity: Identity) -> Entrance {
    let routes = Router::new()
        .route("/files/{uid}/{name}", get(whole))
        .route("/files/{uid}/{name}/thumbnail", get(thumbnail))
        .with_state(identity);
    Entrance::new("files", &["/files"], routes, plain)
}

/// What an address carries behind its path.
#[derive(Deserialize)]
struct Signed {
    expires: Option<i64>,
    signature: Option<String>,
}

/// The request, as far as the answer depends on it.
type Asked = (Method, HeaderMap, RequestInfo);

async fn whole(
    State(identity): State<Identity>,
    path: Result<Path<(Uuid, String)>, axum::extract::rejection::PathRejection>,
    signed: Result<Query<Signed>, axum::extract::rejection::QueryRejection>,
    method: Method,
    headers: HeaderMap,
    info: RequestInfo,
) -> Response {
    let (Ok(Path(place)), Ok(Query(signed))) = (path, signed) else { return closed() };
    answer(&identity, place, &signed, Variant::Whole, (method, headers, info)).await
}

async fn thumbnail(
    State(identity): State<Identity>,
    path: Result<Path<(Uuid, String)>, axum::extract::rejection::PathRejection>,
    signed: Result<Query<Signed>, axum::extract::rejection::QueryRejection>,
    method: Method,
    headers: HeaderMap,
    info: RequestInfo,
) -> Response {
    let (Ok(Path(place)), Ok(Query(signed))) = (path, signed) else { return closed() };
    answer(&identity, place, &signed, Variant::Thumbnail, (method, headers, info)).await
}

async fn answer(
    identity: &Identity,
    (uid, name): (Uuid, String),
    signed: &Signed,
    which: Variant,
    asked: Asked,
) -> Response {
    let app = identity.app();
    let at = app.now();
    let (Some(expires), Some(signature)) = (signed.expires, &signed.signature) else { return closed() };
    let link = FileLink { uid, name: &name, which, expires, signature };
    if identity.check_file_link(link, at).is_err() {
        return closed();
    }
    let caller = Caller::anonymous(OrgId::new(0), Door::Pages, at);
    let left = u64::try_from(expires - at.secs()).unwrap_or(0);
    let sent = match app.files().by_uid(&caller, uid).await {
        Ok(file) => {
            let sending = Sending { which, download: false, max_age: left, redirect: true };
            send_file(app, &file, sending, &asked.0, &asked.1).await
        }
        Err(e) => Err(e),
    };
    sent.unwrap_or_else(|e| refused(&e, &asked.2))
}

/// An address that was changed or has ended; which of both is not told, nor whether there is such a file.
fn closed() -> Response {
    words(StatusCode::NOT_FOUND, "This address is not valid, or not any more.\n")
}

fn words(status: StatusCode, text: &'static str) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, kind, text).into_response()
}

fn refused(e: &Error, info: &RequestInfo) -> Response {
    match e {
        Error::NotFound(_) => plain(Refusal::UnknownPath, info),
        Error::Unavailable(_) | Error::RateLimited(_) => {
            let mut response =
                words(StatusCode::SERVICE_UNAVAILABLE, "This is not possible right now. Please try again.\n");
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            response
        }
        // None of these can be: nobody signs in here, and nothing is written.
        Error::Forbidden
        | Error::Unauthenticated(_)
        | Error::Invalid(_)
        | Error::Conflict(_)
        | Error::TooLarge
        | Error::Internal(_) => {
            tracing::error!(request_id = info.id(), error = %e, "a file could not be sent");
            plain(Refusal::Crashed, info)
        }
    }
}
