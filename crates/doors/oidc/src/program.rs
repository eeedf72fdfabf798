//! What programs call by themselves: tokens and what is known behind them.
#![expect(clippy::result_large_err, reason = "what is refused is a whole answer")]

use axum::{
    extract::{RawForm, State, rejection::RawFormRejection},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use identity::oidc::{ClientAuth, Grant, GrantError};
use kernel::Error;
use portico_http::{FormFault, TokenForm};
use serde_json::json;

use crate::{Door, wire};

/// A form, or what to answer in its place.
type Form = Result<RawForm, RawFormRejection>;

fn bad(text: &str) -> Response {
    wire::error(StatusCode::BAD_REQUEST, "invalid_request", text)
}

/// The pairs of a form in which no name stands twice.
fn read(form: Form) -> Result<TokenForm, Response> {
    let form = form.map_err(|e| match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => wire::failed(&Error::TooLarge),
        _ => bad("A form (application/x-www-form-urlencoded) is needed."),
    })?;
    TokenForm::read(&form.0).map_err(refused)
}

fn refused(fault: FormFault) -> Response {
    match fault {
        FormFault::NoClient => wire::invalid_client(),
        FormFault::Doubled | FormFault::NamedTwice => bad(fault.words()),
    }
}

/// Who the program says it is.
fn client(headers: &HeaderMap, params: &TokenForm) -> Result<ClientAuth, Response> {
    let (client_id, client_secret) = params.client(headers).map_err(refused)?;
    Ok(ClientAuth { client_id, client_secret })
}

/// Gives tokens for a code or a refresh token.
pub async fn token(State(door): State<Door>, headers: HeaderMap, form: Form) -> Response {
    exchange(&door, &headers, form).await.unwrap_or_else(|refusal| refusal)
}

async fn exchange(door: &Door, headers: &HeaderMap, form: Form) -> Result<Response, Response> {
    let params = read(form)?;
    let own = |name: &str| params.get(name).map(str::to_owned);
    let needed = |name: &str| own(name).ok_or_else(|| bad(&format!("{name} is missing.")));
    let auth = client(headers, &params)?;
    let grant = match params.get("grant_type") {
        Some("authorization_code") => {
            Grant::Code { code: needed("code")?, redirect_uri: needed("redirect_uri")?, verifier: own("code_verifier") }
        }
        Some("refresh_token") => Grant::Refresh { token: needed("refresh_token")?, scope: own("scope") },
        Some(_) => {
            let text = "Only authorization_code and refresh_token are supported.";
            return Err(wire::error(StatusCode::BAD_REQUEST, "unsupported_grant_type", text));
        }
        None => return Err(bad("grant_type is missing.")),
    };
    match door.identity.oidc().grant(&auth, grant).await {
        Ok(granted) => Ok(wire::json(
            StatusCode::OK,
            &json!({
                "access_token": granted.access_token,
                "token_type": "Bearer",
                "expires_in": granted.expires_in,
                "refresh_token": granted.refresh_token,
                "id_token": granted.id_token,
                "scope": granted.scope,
            }),
        )),
        Err(GrantError::Client) => Err(wire::invalid_client()),
        Err(GrantError::Grant) => {
            let text = "The code or token is unknown, used, expired, or was given for something else.";
            Err(wire::error(StatusCode::BAD_REQUEST, "invalid_grant", text))
        }
        Err(GrantError::Scope) => {
            Err(wire::error(StatusCode::BAD_REQUEST, "invalid_scope", "More is asked for than was allowed."))
        }
        Err(GrantError::Other(e)) => Err(wire::failed(&e)),
    }
}

/// Tells who an access token stands for. It comes in the header, or in a form.
pub async fn userinfo(State(door): State<Door>, method: Method, headers: HeaderMap, form: Form) -> Response {
    let token = match headers.get(header::AUTHORIZATION).map(|v| v.to_str().unwrap_or_default()) {
        Some(value) => value
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned()),
        None if method == Method::POST => {
            read(form).ok().and_then(|params| params.get("access_token").map(str::to_owned))
        }
        None => None,
    };
    let Some(token) = token else { return wire::invalid_token(false) };
    match door.identity.oidc().userinfo(&token).await {
        Ok(info) => wire::json(StatusCode::OK, &info),
        Err(Error::Unauthenticated(_)) => wire::invalid_token(true),
        Err(e) => wire::failed(&e),
    }
}

/// Ends a token and its family (RFC 7009).
pub async fn revoke(State(door): State<Door>, headers: HeaderMap, form: Form) -> Response {
    let (auth, token) = match about_token(&headers, form) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    match door.identity.oidc().revoke(&auth, &token).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Error::Unauthenticated(_)) => wire::invalid_client(),
        Err(Error::Forbidden) => {
            let text = "This token was given to another client.";
            wire::error(StatusCode::BAD_REQUEST, "unauthorized_client", text)
        }
        Err(e) => wire::failed(&e),
    }
}

/// Tells a program about one of its tokens (RFC 7662).
pub async fn introspect(State(door): State<Door>, headers: HeaderMap, form: Form) -> Response {
    let (auth, token) = match about_token(&headers, form) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    match door.identity.oidc().introspect(&auth, &token).await {
        Ok(answer) => wire::json(StatusCode::OK, &answer),
        Err(Error::Unauthenticated(_)) => wire::invalid_client(),
        Err(e) => wire::failed(&e),
    }
}

fn about_token(headers: &HeaderMap, form: Form) -> Result<(ClientAuth, String), Response> {
    let params = read(form)?;
    let auth = client(headers, &params)?;
    let token = params.get("token").ok_or_else(|| bad("token is missing."))?;
    Ok((auth, token.to_owned()))
}
