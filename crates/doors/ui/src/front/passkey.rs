//! `/app/login/passkey`: signing in with a key in one's device. The script of the page gets a question here and sends the
//! answer as a form.

use axum::{
    Form, Json,
    extract::{Query, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use identity::{Identity, PasskeyAnswer};
use kernel::Error;
use serde_json::json;

use super::{
    form_key::is_ours,
    sign_in::{Shown, entered, form, refused, visitor},
};
use crate::{
    client::{ClientAddress, authority},
    cookie::{self, SESSION},
    form::field,
    language::Language,
};

/// The question, as JSON for the script.
pub(super) async fn ask(State(identity): State<Identity>, headers: HeaderMap, uri: Uri) -> Response {
    let fields: Vec<(String, String)> = Query::try_from_uri(&uri).map_or_else(|_| Vec::new(), |Query(fields)| fields);
    let asked = match visitor(&identity, field(&fields, "next"), &headers).await {
        Ok(caller) => identity.passkey_begin(&caller, authority(&headers)).await,
        Err(error) => Err(error),
    };
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    match asked {
        Ok(Some(asked)) => (headers, Json(json!({"options": asked.options, "state": asked.state}))).into_response(),
        Ok(None) | Err(Error::NotFound(_)) => (StatusCode::NOT_FOUND, headers).into_response(),
        Err(error) => {
            tracing::error!(%error, "nobody can be asked for a passkey");
            (StatusCode::SERVICE_UNAVAILABLE, headers).into_response()
        }
    }
}

/// The answer.
pub(super) async fn submit(
    State(identity): State<Identity>,
    ClientAddress(from): ClientAddress,
    language: Language,
    headers: HeaderMap,
    body: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let fields = body.map_or_else(|_| Vec::new(), |Form(fields)| fields);
    let next = field(&fields, "next");
    let mut shown = Shown {
        next,
        username: "",
        property: field(&fields, "property"),
        fault: None,
        status: StatusCode::UNPROCESSABLE_ENTITY,
    };
    if !is_ours(&headers, &fields) {
        shown.fault = Some(language.texts().say("login-stale"));
        shown.status = StatusCode::FORBIDDEN;
        return form(&identity, language, &headers, shown).await;
    }
    let answer = PasskeyAnswer {
        state: field(&fields, "state").to_owned(),
        credential: field(&fields, "credential").to_owned(),
    };
    let signed = match visitor(&identity, next, &headers).await {
        Ok(caller) => identity.passkey_sign_in(&caller, &answer, from, cookie::read(&headers, SESSION)).await,
        Err(error) => Err(error),
    };
    match signed {
        Ok(secret) => entered(&identity, &headers, next, &secret).await,
        Err(error) => refused(&identity, language, &headers, shown, &error, "passkey-unknown").await,
    }
}
