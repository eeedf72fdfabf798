//! Tokens of programs (section 9, RFC 6749).

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::Response,
};
use identity::oauth2::{Ask, ClientAuth, GrantError, Terms};
use kernel::Door as Through;
use portico_http::{FormFault, TokenForm};
use serde_json::json;
use uuid::Uuid;

use crate::{
    call::Asked,
    wire::{self, DoorError, admin::ProgramToken, media},
};

/// Row 17.
pub async fn token(asked: Asked) -> Result<Response, DoorError> {
    let sent = asked.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !sent.trim().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return bad("A form (application/x-www-form-urlencoded) is needed.");
    }
    let named = TokenForm::read(&asked.body).and_then(|form| Ok((form.client(&asked.headers)?, form)));
    let ((client_id, client_secret), form) = match named {
        Ok(named) => named,
        Err(FormFault::NoClient) => return unproven(),
        Err(fault @ (FormFault::Doubled | FormFault::NamedTwice)) => return bad(fault.words()),
    };
    match form.get("grant_type") {
        Some("client_credentials") => {}
        Some(_) => {
            return error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Only client_credentials is supported.");
        }
        None => return bad("grant_type is missing."),
    }
    // The organization, with or without hyphens. Of another one nothing is known here.
    let tenant = Uuid::try_parse(asked.id(0)).ok().filter(|_| matches!(asked.id(0).len(), 32 | 36));
    let org = match tenant {
        Some(uid) => asked.door.app.organizations().of_uid(uid).await?,
        None => None,
    };
    let Some(org) = org else { return unproven() };
    let terms = Terms { door: Through::Ruckus, org: Some(org), roles: &[] };
    let ask = Ask::ClientCredentials { scope: form.get("scope").map(str::to_owned) };
    match asked.identity().oauth2().token(&terms, &ClientAuth { client_id, client_secret }, ask).await {
        Ok(granted) => wire::json(
            StatusCode::OK,
            media::JSON,
            &ProgramToken { access_token: &granted.access_token, token_type: "Bearer", expires_in: granted.expires_in },
        ),
        Err(GrantError::Client) => unproven(),
        Err(GrantError::NotAllowed) => {
            error(StatusCode::BAD_REQUEST, "unauthorized_client", "The client may not get tokens in this way.")
        }
        Err(GrantError::Grant) => error(StatusCode::BAD_REQUEST, "invalid_grant", "There are no tokens for this."),
        Err(GrantError::Scope) => {
            error(StatusCode::BAD_REQUEST, "invalid_scope", "More is asked for than was allowed.")
        }
        Err(GrantError::Other(e)) => Err(e.into()),
    }
}

fn error(status: StatusCode, word: &str, text: &str) -> Result<Response, DoorError> {
    wire::json(status, media::JSON, &json!({"error": word, "error_description": text}))
}

fn bad(text: &str) -> Result<Response, DoorError> {
    error(StatusCode::BAD_REQUEST, "invalid_request", text)
}

fn unproven() -> Result<Response, DoorError> {
    let words = FormFault::NoClient.words();
    let mut response = error(StatusCode::UNAUTHORIZED, "invalid_client", words)?;
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Portico\""));
    Ok(response)
}
