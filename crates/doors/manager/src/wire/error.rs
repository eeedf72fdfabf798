//! Errors: `{"error":"…","message":"…"}`, and `fields` where the query is wrong (M7).

use std::{collections::BTreeMap, time::Duration};

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use kernel::{Error, Faults, Problem};
use portico_http::{BodyFault, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer;

/// An error on its way to the client.
#[derive(Debug)]
pub struct DoorError {
    /// The status.
    pub status: StatusCode,
    /// Its body.
    pub body: Failure,
    /// When to try again, in seconds.
    pub retry_after: Option<u64>,
}

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct Failure {
    /// A stable word.
    pub error: &'static str,
    /// The same in words.
    pub message: String,
    /// What is wrong with each parameter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

impl DoorError {
    fn new(status: StatusCode, error: &'static str, message: &str) -> Self {
        let body = Failure { error, message: message.to_owned(), fields: BTreeMap::new() };
        Self { status, body, retry_after: None }
    }

    /// A request that cannot be understood.
    #[must_use]
    pub fn request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    fn later(mut self, after: Duration) -> Self {
        self.retry_after = Some(after.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX));
        self
    }

    fn invalid(faults: &Faults) -> Self {
        let mut error = Self::new(StatusCode::BAD_REQUEST, "validation_failed", "");
        for fault in faults {
            error.body.fields.entry(fault.path.join(".")).or_insert_with(|| words(&fault.problem));
        }
        error.body.message = match error.body.fields.len() {
            1 => "1 parameter is invalid".to_owned(),
            n => format!("{n} parameters are invalid"),
        };
        error
    }
}

impl IntoResponse for DoorError {
    fn into_response(self) -> Response {
        let mut response = answer::json(self.status, &self.body);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Error> for DoorError {
    fn from(error: Error) -> Self {
        use StatusCode as S;
        match error {
            Error::NotFound(what) => Self::new(S::NOT_FOUND, "not_found", &format!("no such {what}")),
            Error::Forbidden => Self::new(S::FORBIDDEN, "forbidden", "this key may not do that"),
            Error::Unauthenticated(_) => Self::new(S::UNAUTHORIZED, "unauthenticated", "a good key or token is needed"),
            Error::Invalid(faults) => Self::invalid(&faults),
            Error::Conflict(rule) => Self::new(S::CONFLICT, "conflict", rule),
            Error::RateLimited(after) => {
                Self::new(S::TOO_MANY_REQUESTS, "too_many_attempts", "too many attempts").later(after)
            }
            Error::TooLarge => Self::new(S::PAYLOAD_TOO_LARGE, "too_large", "the request is too large"),
            Error::Unavailable(_) => Self::new(S::SERVICE_UNAVAILABLE, "unavailable", "please try again in a moment")
                .later(Duration::from_secs(1)),
            Error::Internal(defect) => {
                tracing::error!(what = %defect.what, at = %defect.at, "a request failed");
                Self::new(S::INTERNAL_SERVER_ERROR, "internal", "something went wrong here")
            }
        }
    }
}

impl From<BodyFault> for DoorError {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge => Error::TooLarge.into(),
            BodyFault::TooSlow => Self::new(fault.status(), "invalid_request", "the body came too slowly"),
            BodyFault::Broken => Self::request("the body broke off"),
        }
    }
}

impl From<Refusal> for DoorError {
    fn from(refusal: Refusal) -> Self {
        let word = match refusal {
            Refusal::UnknownPath => "not_found",
            Refusal::WrongMethod => "invalid_request",
            Refusal::Crashed => "internal",
            Refusal::TookTooLong => "unavailable",
        };
        Self::new(refusal.status(), word, refusal.words())
    }
}

/// What is wrong, in words.
fn words(problem: &Problem) -> String {
    match problem {
        Problem::Required | Problem::Null | Problem::Blank => "is required".to_owned(),
        Problem::TooLong(n) => format!("must have at most {n} characters"),
        Problem::TooShort(n) => format!("must have at least {n} characters"),
        Problem::Length(a, b) => format!("must have {a} to {b} characters"),
        Problem::NotEmail => "must be an e-mail address".to_owned(),
        Problem::NotPhone => "must be a phone number".to_owned(),
        Problem::Malformed | Problem::WrongKind => "is not valid".to_owned(),
        Problem::Taken => "is taken".to_owned(),
        Problem::Unknown => "is unknown".to_owned(),
        Problem::NotAllowed => "is not allowed".to_owned(),
        Problem::Mismatch => "does not match".to_owned(),
        Problem::LastAdmin => "is the last admin".to_owned(),
        Problem::Words(words) => words.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use kernel::Unauthenticated;

    use super::*;

    #[test]
    fn every_error_of_the_core() {
        let told = |e: Error| {
            let e = DoorError::from(e);
            (e.status.as_u16(), e.body.error, e.retry_after)
        };
        assert_eq!(told(Error::NotFound("property")), (404, "not_found", None));
        assert_eq!(told(Error::Forbidden), (403, "forbidden", None));
        use Unauthenticated::{Credentials, Disabled, Ended, Missing, Person};
        for why in [Missing, Credentials, Disabled, Ended, Person(1)] {
            assert_eq!(told(Error::Unauthenticated(why)), (401, "unauthenticated", None));
        }
        assert_eq!(told(Error::invalid("page", Problem::Malformed)), (400, "validation_failed", None));
        assert_eq!(told(Error::Conflict("rule")), (409, "conflict", None));
        assert_eq!(told(Error::RateLimited(Duration::from_millis(1_500))), (429, "too_many_attempts", Some(2)));
        assert_eq!(told(Error::TooLarge), (413, "too_large", None));
        assert_eq!(told(Error::Unavailable("queue")), (503, "unavailable", Some(1)));
        assert_eq!(told(Error::internal("secret")), (500, "internal", None));
        assert!(!DoorError::from(Error::internal("secret")).body.message.contains("secret"));
    }

    #[test]
    fn every_refusal_and_every_fault_of_a_body() {
        let all = Refusal::ALL.map(DoorError::from).map(|e| (e.status.as_u16(), e.body.error));
        assert_eq!(all, [(404, "not_found"), (405, "invalid_request"), (500, "internal"), (503, "unavailable")]);
        let all = [BodyFault::TooLarge, BodyFault::TooSlow, BodyFault::Broken].map(DoorError::from);
        assert_eq!(all.map(|e| e.status.as_u16()), [413, 408, 400]);
    }

    #[test]
    fn every_problem_has_words() {
        use Problem as P;
        let problems = [
            (P::Required, "is required"),
            (P::Null, "is required"),
            (P::Blank, "is required"),
            (P::TooLong(9), "must have at most 9 characters"),
            (P::TooShort(8), "must have at least 8 characters"),
            (P::Length(1, 2), "must have 1 to 2 characters"),
            (P::NotEmail, "must be an e-mail address"),
            (P::NotPhone, "must be a phone number"),
            (P::Malformed, "is not valid"),
            (P::Taken, "is taken"),
            (P::Unknown, "is unknown"),
            (P::WrongKind, "is not valid"),
            (P::NotAllowed, "is not allowed"),
            (P::Mismatch, "does not match"),
            (P::LastAdmin, "is the last admin"),
            (P::Words("x".into()), "x"),
        ];
        for (problem, text) in problems {
            let error = DoorError::from(Error::invalid("page", problem));
            assert_eq!(error.body.fields["page"], text);
            assert_eq!(error.body.message, "1 parameter is invalid");
        }
    }
}
