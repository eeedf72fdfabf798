//! Errors as this API tells them (section 10).

use std::{borrow::Cow, time::Duration};

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use kernel::{Error, Unauthenticated};
use portico_http::Refusal;
use serde_json::{Value, json};

use super::{answer::Json, words::Words};

const INTERNAL: &str = "Internal Server Error";
const UNAVAILABLE: &str = "Service unavailable";

/// An error, ready to be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct DoorError {
    status: StatusCode,
    /// A text, or texts by field.
    message: Value,
    retry_after: Option<u64>,
}

impl DoorError {
    /// `{"message": text}`.
    #[must_use]
    pub fn text(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: Value::String(text.into().into_owned()), retry_after: None }
    }

    /// 400 `{"message": {field: [text]}}`.
    #[must_use]
    pub fn field(field: &str, text: &str) -> Self {
        Self::fields(json!({field: [text]}))
    }

    pub(super) const fn fields(message: Value) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message, retry_after: None }
    }

    /// An unknown path, or an id in a path that is not digits (D13).
    #[must_use]
    pub fn no_such_path() -> Self {
        Self::text(
            StatusCode::NOT_FOUND,
            "The requested URL was not found on the server. \
             If you entered the URL manually please check your spelling and try again.",
        )
    }

    /// A known path with a wrong method (D13); `Allow` is the router's to add.
    #[must_use]
    pub fn wrong_method() -> Self {
        Self::text(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed for the requested URL.")
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The value of `message`.
    #[must_use]
    pub const fn message(&self) -> &Value {
        &self.message
    }

    fn retry(mut self, after: Duration) -> Self {
        let up = u64::from(after.subsec_nanos() > 0);
        self.retry_after = Some(after.as_secs().saturating_add(up).max(1));
        self
    }

    /// Everything but faulty fields and what depends on the call, which is the business of [`super::words`].
    pub(super) fn plain(error: &Error, words: &Words) -> Self {
        match error {
            Error::NotFound(what) => Self::text(StatusCode::NOT_FOUND, words.not_found(what)),
            Error::Forbidden => Self::text(words.forbidden_status(), "Not Authorized"),
            Error::Unauthenticated(why) => (*why).into(),
            Error::Invalid(_) => Self::text(StatusCode::BAD_REQUEST, "Invalid input."),
            Error::Conflict(rule) => conflict(rule),
            Error::RateLimited(after) => Self::text(StatusCode::TOO_MANY_REQUESTS, "Too many attempts").retry(*after),
            Error::TooLarge => Self::text(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large"),
            Error::Unavailable(why) => {
                tracing::warn!(why, "not available");
                Self::text(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE).retry(Duration::from_secs(1))
            }
            Error::Internal(defect) => {
                tracing::error!(what = %defect.what, place = %defect.at, "internal error");
                Self::text(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL)
            }
        }
    }
}

/// The core's rules that this API tells as a single text.
fn conflict(rule: &'static str) -> DoorError {
    let (status, text) = match rule {
        "has_written" => (StatusCode::CONFLICT, "User has tickets or notes"),
        "self_archive" => (StatusCode::BAD_REQUEST, "Cannot archive self"),
        "self_delete" => (StatusCode::BAD_REQUEST, "Cannot delete self"),
        "password_mismatch" => (StatusCode::UNAUTHORIZED, "Password does not match."),
        "unconfirmed_password" => (StatusCode::UNPROCESSABLE_ENTITY, "Unconfirmed password"),
        other => (StatusCode::CONFLICT, other),
    };
    DoorError::text(status, text)
}

/// For calls without a body to take words from; others say `.map_err(words::USER.with(&body))`.
impl From<Error> for DoorError {
    fn from(error: Error) -> Self {
        Words::PLAIN.tell(&error, None)
    }
}

impl From<Unauthenticated> for DoorError {
    fn from(why: Unauthenticated) -> Self {
        match why {
            Unauthenticated::Missing => TokenFault::NoHeader.into(),
            Unauthenticated::Credentials => Self::text(StatusCode::UNAUTHORIZED, "Invalid credentials"),
            Unauthenticated::Disabled => Self::text(StatusCode::FORBIDDEN, "Invalid user"),
            Unauthenticated::Ended => TokenFault::Revoked.into(),
            Unauthenticated::Person(id) => TokenFault::Person(id).into(),
        }
    }
}

/// What goes wrong around a handler; the web kit adds the headers.
impl From<Refusal> for DoorError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownPath => Self::no_such_path(),
            Refusal::WrongMethod => Self::wrong_method(),
            Refusal::Crashed => Self::text(refusal.status(), INTERNAL),
            Refusal::TookTooLong => Self::text(refusal.status(), UNAVAILABLE),
        }
    }
}

impl IntoResponse for DoorError {
    fn into_response(self) -> Response {
        let mut answer = Json(self.status, json!({"message": self.message})).into_response();
        if let Some(seconds) = self.retry_after {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// What is wrong with a token or the header it should come in (section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// No `Authorization` header.
    NoHeader,
    /// Another word than `Bearer`.
    OtherScheme,
    /// `Bearer` with nothing, or more than one word, behind it.
    Malformed,
    /// Not three parts.
    Segments,
    /// Parts that cannot be decoded.
    Padding,
    /// A signature that is not ours.
    Signature,
    /// An algorithm that is not ours.
    Algorithm,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// A claim that every token of its kind has.
    MissingClaim(&'static str),
    /// A refresh token where an access token belongs.
    WrongKindAccess,
    /// An access token where a refresh token belongs.
    WrongKindRefresh,
    /// The login it came from has ended.
    Revoked,
    /// Its user is deleted, archived or pending.
    Person(i64),
}

impl TokenFault {
    /// The status and the text.
    #[must_use]
    pub fn told(self) -> (StatusCode, Cow<'static, str>) {
        let (status, text) = match self {
            Self::NoHeader => (401, "Missing authorization header"),
            Self::OtherScheme => {
                (401, "Missing 'bearer' type in 'authorization' header. expected 'authorization: bearer <jwt>'")
            }
            Self::Malformed => (422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"),
            Self::Segments => (422, "Not enough segments"),
            Self::Padding => (422, "Invalid header padding"),
            Self::Signature => (422, "Signature verification failed"),
            Self::Algorithm => (422, "The specified alg value is not allowed"),
            Self::Expired => (401, "Token has expired"),
            Self::NotYetValid => (422, "The token is not yet valid (nbf)"),
            Self::WrongKindAccess => (422, "Only non-refresh tokens are allowed"),
            Self::WrongKindRefresh => (422, "Only refresh tokens are allowed"),
            Self::Revoked => (401, "Token has been revoked"),
            Self::MissingClaim(claim) => {
                return (StatusCode::UNPROCESSABLE_ENTITY, format!("Missing claim: {claim}").into());
            }
            Self::Person(id) => return (StatusCode::UNAUTHORIZED, format!("Error loading the user {id}").into()),
        };
        let status = if status == 401 { StatusCode::UNAUTHORIZED } else { StatusCode::UNPROCESSABLE_ENTITY };
        (status, text.into())
    }

    /// The same for the token of a reset or invitation link (D28): expired, used and superseded ones are told alike,
    /// a token of another kind lacks `user_id`, and a user who is gone is not found.
    #[must_use]
    pub fn of_link(self) -> DoorError {
        match self {
            Self::Expired | Self::Revoked => DoorError::text(StatusCode::UNPROCESSABLE_ENTITY, "Expired token"),
            Self::WrongKindAccess | Self::WrongKindRefresh => Self::MissingClaim("user_id").into(),
            Self::Person(_) => Error::NotFound("user").into(),
            other => other.into(),
        }
    }
}

impl From<TokenFault> for DoorError {
    fn from(fault: TokenFault) -> Self {
        let (status, text) = fault.told();
        Self::text(status, text)
    }
}

#[cfg(test)]
mod tests;
