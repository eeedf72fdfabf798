//! The token call (section 2).

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use identity::{
    Secret,
    oauth2::{Ask, ClientAuth, GrantError, Granted, Terms},
};
use kernel::{Door as Through, Error};
use portico_http::{BodyFault, FormFault, RequestInfo, TokenForm};

use crate::{
    Door,
    call::{ROLES, body_of},
    wire::{
        error::retry_after,
        shapes::{Token, TokenError},
    },
};

/// Gets tokens for a manager's name and password, or for a refresh token.
#[utoipa::path(post, path = "/api/oauth/token/", tag = "token", operation_id = "token", security(("client" = [])),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Token), (status = 400, body = TokenError), (status = 401, body = TokenError),
        (status = 429, body = TokenError, headers(("Retry-After" = i64)))))]
pub async fn token(State(door): State<Door>, info: RequestInfo, request: Request) -> Response {
    exchange(&door, &info, request).await.unwrap_or_else(Refused::render)
}

/// What the token call takes.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the document alone")]
pub struct TokenRequest {
    /// `password` or `refresh_token`.
    grant_type: String,
    /// With `password`: the manager's e-mail address or phone number.
    username: Option<String>,
    /// With `password`.
    password: Option<String>,
    /// With `refresh_token`.
    refresh_token: Option<String>,
    /// `read`, `write`, or both; everything the client may when it is left out.
    scope: Option<String>,
    /// Where it is not sent by HTTP Basic.
    client_id: Option<String>,
    /// Where it is not sent by HTTP Basic.
    client_secret: Option<String>,
}

/// Ends an access or a refresh token, and all that came of the same sign-in (RFC 7009). One that is none is fine.
#[utoipa::path(post, path = "/api/oauth/revoke/", tag = "token", operation_id = "revoke", security(("client" = [])),
    request_body(content = RevokeRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It opens nothing any more."), (status = 400, body = TokenError), (status = 401, body = TokenError)))]
pub async fn revoke(State(door): State<Door>, request: Request) -> Response {
    end(&door, request).await.unwrap_or_else(Refused::render)
}

/// What the revocation takes.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the document alone")]
pub struct RevokeRequest {
    /// The token.
    token: String,
    /// Where it is not sent by HTTP Basic.
    client_id: Option<String>,
    /// Where it is not sent by HTTP Basic.
    client_secret: Option<String>,
}

async fn end(door: &Door, request: Request) -> Result<Response, Refused> {
    let (form, auth) = sent(request).await?;
    let token = form.get("token").ok_or_else(|| Refused::request("token is missing."))?;
    match door.identity.oauth2().revoke(Through::Idwell, &auth, token).await {
        Ok(()) => Ok(StatusCode::OK.into_response()),
        Err(Error::Unauthenticated(_)) => Err(Refused::client()),
        Err(Error::Forbidden) => {
            let text = "This token was given to another client.";
            Err(Refused::new(StatusCode::BAD_REQUEST, "unauthorized_client", text))
        }
        Err(e) => Err(e.into()),
    }
}

/// The form of a request, and which program sends it.
async fn sent(request: Request) -> Result<(TokenForm, ClientAuth), Refused> {
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|k| k.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
        return Err(Refused::request("A form (application/x-www-form-urlencoded) is needed."));
    }
    let form = TokenForm::read(&body_of(body).await?)?;
    let (client_id, client_secret) = form.client(&parts.headers)?;
    Ok((form, ClientAuth { client_id, client_secret }))
}

async fn exchange(door: &Door, info: &RequestInfo, request: Request) -> Result<Response, Refused> {
    let (form, auth) = sent(request).await?;
    let own = |name: &str| form.get(name).map(str::to_owned);
    let needed = |name: &str| own(name).ok_or_else(|| Refused::request(format!("{name} is missing.")));
    let ask = match form.get("grant_type") {
        Some("password") => Ask::Password {
            username: needed("username")?,
            password: Secret(needed("password")?),
            scope: own("scope"),
            from: info.client(),
        },
        Some("refresh_token") => Ask::Refresh { token: Secret(needed("refresh_token")?), scope: own("scope") },
        Some(_) => {
            let text = "Only password and refresh_token are supported.";
            return Err(Refused::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", text));
        }
        None => return Err(Refused::request("grant_type is missing.")),
    };
    let terms = Terms { door: Through::Idwell, org: None, roles: ROLES };
    let granted = door.identity.oauth2().token(&terms, &auth, ask).await?;
    Ok(unkept(StatusCode::OK, &shown(granted)))
}

fn shown(granted: Granted) -> Token {
    let Granted { access_token, refresh_token, expires_in, scope } = granted;
    Token { access_token, token_type: "Bearer", expires_in, refresh_token, scope }
}

/// An answer that nobody keeps.
fn unkept(status: StatusCode, body: &impl serde::Serialize) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    (status, headers, Json(body)).into_response()
}

/// Why there are no tokens.
struct Refused {
    status: StatusCode,
    body: TokenError,
    retry_after: Option<u64>,
}

impl Refused {
    fn new(status: StatusCode, error: &'static str, text: impl Into<String>) -> Self {
        Self { status, body: TokenError { error, error_description: text.into() }, retry_after: None }
    }

    fn request(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", text)
    }

    fn client() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", FormFault::NoClient.words())
    }

    fn render(self) -> Response {
        let mut response = unkept(self.status, &self.body);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Portico\""));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<BodyFault> for Refused {
    fn from(fault: BodyFault) -> Self {
        Self { status: fault.status(), ..Self::request(format!("Not read: {fault}.")) }
    }
}

impl From<FormFault> for Refused {
    fn from(fault: FormFault) -> Self {
        match fault {
            FormFault::NoClient => Self::client(),
            FormFault::Doubled | FormFault::NamedTwice => Self::request(fault.words()),
        }
    }
}

impl From<GrantError> for Refused {
    fn from(e: GrantError) -> Self {
        let bad = |error, text: &str| Self::new(StatusCode::BAD_REQUEST, error, text);
        match e {
            GrantError::Client => Self::client(),
            GrantError::NotAllowed => bad("unauthorized_client", "The client may not get tokens in this way."),
            GrantError::Grant => bad("invalid_grant", "Name, password or token are not good, or not for this."),
            GrantError::Scope => bad("invalid_scope", "More is asked for than the client may."),
            GrantError::Other(e) => e.into(),
        }
    }
}

impl From<Error> for Refused {
    fn from(e: Error) -> Self {
        match &e {
            Error::RateLimited(after) => Self {
                retry_after: Some(retry_after(*after)),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "invalid_request", "Too many failures.")
            },
            Error::Unavailable(why) => {
                tracing::warn!(why, "not available");
                let text = "Please try again in a moment.";
                let refused = Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", text);
                Self { retry_after: Some(1), ..refused }
            }
            Error::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "The request is too large."),
            Error::NotFound(_)
            | Error::Forbidden
            | Error::Unauthenticated(_)
            | Error::Invalid(_)
            | Error::Conflict(_)
            | Error::Internal(_) => {
                tracing::error!(error = %e, "a token call failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "Something went wrong here.")
            }
        }
    }
}
