//! Signing in and out, registering, and setting a password with a mailed link (rows 1 to 7).

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use identity::{LinkError, Pair, Password, Registration, Secret};
use kernel::{Error, Field};
use portico_http::RequestInfo;

use crate::{
    Door,
    calls::{Either, LinkToken, Public, Refresh},
    users,
    wire::{
        Body, DoorError, Json, Reader, TokenFault, message,
        shapes::{AccessToken, TokenPair, ValidToken},
        words,
    },
};

/// Row 1.
pub async fn login(
    Public(caller): Public,
    State(door): State<Door>,
    info: RequestInfo,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(|r| (r.text("email", "email", usize::MAX), r.text("password", "password", usize::MAX)));
    let said = words::USER.with(&body);
    let ((email, password), faults) = draft.open().map_err(&said)?;
    faults.finish().map_err(&said)?;
    let email = email.given().map_or("", String::as_str);
    let pair = door.identity.sign_in(&caller, email, password.given().cloned(), info.client()).await?;
    Ok(Json::ok(tokens(&pair)).into_response())
}

/// The two tokens.
pub fn tokens(pair: &Pair) -> TokenPair<'_> {
    TokenPair { access_token: pair.access.as_str().into(), refresh_token: pair.refresh.as_str().into() }
}

/// Row 2.
pub async fn refresh(Refresh(caller): Refresh, State(door): State<Door>) -> Result<Response, DoorError> {
    let access_token = door.identity.refresh(&caller).await?.into();
    Ok(Json::ok(AccessToken { access_token }).into_response())
}

/// Row 3.
pub async fn logout(Either(caller): Either, State(door): State<Door>) -> Result<Response, DoorError> {
    door.identity.sign_out(&caller).await?;
    Ok(message(StatusCode::OK, "Logged out").into_response())
}

/// Row 4.
pub async fn register(
    Public(caller): Public,
    State(door): State<Door>,
    info: RequestInfo,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(|r| {
        r.no_role();
        Registration { input: users::fields(r), password: secret(r, "password") }
    });
    door.identity.register(&caller, draft, info.client()).await.map_err(words::USER.with(&body))?;
    Ok(message(StatusCode::CREATED, "User created successfully.").into_response())
}

/// A password under a key.
pub fn secret(r: &mut Reader<'_>, key: &'static str) -> Field<Secret> {
    r.text(key, key, usize::MAX).map(Secret)
}

/// Row 5.
pub async fn request_reset(
    Public(caller): Public,
    State(door): State<Door>,
    info: RequestInfo,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft_or_empty(|r| r.text("email", "email", usize::MAX));
    let (email, _) = draft.open()?;
    match door.identity.request_reset(&caller, email.given().map(String::as_str), info.client()).await {
        Ok(()) => Ok(message(StatusCode::OK, "Email sent").into_response()),
        Err(Error::Conflict("unknown_email")) => Err(DoorError::text(StatusCode::BAD_REQUEST, "Invalid email")),
        Err(e) => Err(e.into()),
    }
}

/// Row 6.
pub async fn look_at_link(
    Public(caller): Public,
    State(door): State<Door>,
    info: RequestInfo,
    LinkToken(token): LinkToken,
) -> Result<Response, DoorError> {
    let person = door.identity.check_link(&caller, &token, info.client()).await.map_err(link)?;
    Ok(Json::ok(ValidToken { message: "Valid token".into(), user_id: person.get() }).into_response())
}

/// Row 7.
pub async fn use_link(
    Public(caller): Public,
    State(door): State<Door>,
    info: RequestInfo,
    LinkToken(token): LinkToken,
    body: Body,
) -> Result<Response, DoorError> {
    // A bad token is told before a bad body (D7).
    door.identity.check_link(&caller, &token, info.client()).await.map_err(link)?;
    let draft = body.draft(|r| (secret(r, "password"), secret(r, "confirm_password")));
    let said = words::USER.with(&body);
    let ((password, confirm), faults) = draft.open().map_err(&said)?;
    let password = Password { password: password.clone(), confirm: confirm.clone(), faults };
    door.identity.set_password_by_link(&caller, &token, &password, info.client()).await.map_err(|e| match e {
        LinkError::Other(e @ (Error::Invalid(_) | Error::Conflict("unconfirmed_password"))) => said(e),
        other => link(other),
    })?;
    Ok(message(StatusCode::OK, "Password updated").into_response())
}

/// D28.
fn link(e: LinkError) -> DoorError {
    match e {
        LinkError::Token(fault) => TokenFault::from(fault).of_link(),
        LinkError::Other(Error::Conflict("link_ended")) => TokenFault::Revoked.of_link(),
        LinkError::Other(e) => e.into(),
    }
}
