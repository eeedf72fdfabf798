//! Errors as this API tells them (section 6).

use std::{borrow::Cow, time::Duration};

use axum::{
    http::{
        HeaderValue, Method, StatusCode,
        header::{ALLOW, RETRY_AFTER},
    },
    response::{IntoResponse as _, Response},
};
use kernel::{Error, Fault, Faults, Instant, Problem, Unauthenticated};
use portico_http::{BodyFault, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorResource<'a> {
    /// Number and name: `404 NOT_FOUND`.
    pub status: String,
    /// When.
    pub timestamp: String,
    /// What is wrong.
    pub message: &'a str,
    /// More of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detailed_message: Option<&'a str>,
    /// What is wrong with which field: `<field>: <reason>`.
    pub validation_errors: &'a [String],
    /// The request's id; on the admin side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
    /// The same once more, for programs; on the admin side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<[AdminError<'a>; 1]>,
}

/// An error of the admin side.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminError<'a> {
    /// The name of the status.
    pub code: String,
    /// What is wrong.
    pub message: &'a str,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
}

/// What an error is told with.
pub struct Told<'a> {
    /// In which type.
    pub media: &'static str,
    /// When.
    pub now: Instant,
    /// The request's id, on the admin side.
    pub request_id: Option<&'a str>,
}

/// An error, ready to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct DoorError {
    /// The status.
    pub status: StatusCode,
    /// What is wrong.
    pub message: Cow<'static, str>,
    /// More of it.
    pub detail: Option<String>,
    /// What is wrong with which field.
    pub fields: Vec<String>,
    /// When to try again, in seconds.
    pub retry_after: Option<u64>,
    /// The methods that would have done.
    allow: Option<String>,
    /// Whether there is no body (R6).
    is_empty: bool,
}

impl DoorError {
    /// A status with its own name as message.
    #[must_use]
    pub fn bare(status: StatusCode) -> Self {
        let message = status.canonical_reason().unwrap_or_default().into();
        Self { status, message, detail: None, fields: Vec::new(), retry_after: None, allow: None, is_empty: false }
    }

    fn new(status: StatusCode, message: &'static str) -> Self {
        Self { message: message.into(), ..Self::bare(status) }
    }

    /// 404, of what is not there.
    #[must_use]
    pub fn not_found() -> Self {
        Self::bare(StatusCode::NOT_FOUND)
    }

    /// 401, without a token.
    #[must_use]
    pub fn unauthorized() -> Self {
        Unauthenticated::Missing.into()
    }

    /// 400, because a part of the path has not its form (R4).
    #[must_use]
    pub fn bad_path(name: &str) -> Self {
        let fields = vec![format!("{name}: must be a UUID")];
        Self { fields, ..Self::new(StatusCode::BAD_REQUEST, "Invalid path") }
    }

    /// 400, because of one field or parameter.
    #[must_use]
    pub fn field(name: &str, text: &str) -> Self {
        let fields = vec![format!("{name}: {text}")];
        Self { fields, ..Self::new(StatusCode::BAD_REQUEST, "Invalid request") }
    }

    /// 400, because the body is not there or is not JSON.
    #[must_use]
    pub fn body(detail: &str) -> Self {
        Self { detail: Some(detail.to_owned()), ..Self::new(StatusCode::BAD_REQUEST, BAD_BODY) }
    }

    /// 405.
    #[must_use]
    pub fn method(allowed: &[Method]) -> Self {
        let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        Self { allow: Some(names.join(", ")), ..Self::bare(StatusCode::METHOD_NOT_ALLOWED) }
    }

    /// The same in the words published for a call, where it has this status.
    #[must_use]
    pub fn said(self, status: StatusCode, message: &'static str) -> Self {
        if self.status == status { Self { message: message.into(), ..self } } else { self }
    }

    /// The same without a body, where it is a 404 (R6).
    #[must_use]
    pub fn empty_when_missing(self) -> Self {
        Self { is_empty: self.status == StatusCode::NOT_FOUND, ..self }
    }

    fn faults(faults: &Faults) -> Self {
        let fields: Vec<String> = faults.iter().map(|f| format!("{}: {}", name(f), words(&f.problem))).collect();
        let detail = match fields.len() {
            1 => "1 field is invalid".to_owned(),
            n => format!("{n} fields are invalid"),
        };
        Self { fields, ..Self::body(&detail) }
    }

    fn retry(mut self, after: Duration) -> Self {
        let up = u64::from(after.subsec_nanos() > 0);
        self.retry_after = Some(after.as_secs().saturating_add(up).max(1));
        self
    }

    /// The answer.
    #[must_use]
    pub fn response(&self, told: &Told<'_>) -> Response {
        let body = ErrorResource {
            status: format!("{} {}", self.status.as_u16(), self.name()),
            timestamp: super::time(told.now),
            message: &self.message,
            detailed_message: self.detail.as_deref(),
            validation_errors: &self.fields,
            request_id: told.request_id,
            errors: told.request_id.map(|_| {
                let reason = self.detail.as_deref().or(self.fields.first().map(String::as_str));
                [AdminError { code: self.name(), message: &self.message, reason }]
            }),
        };
        let mut response = if self.is_empty {
            self.status.into_response()
        } else {
            super::json(self.status, told.media, &body).unwrap_or_else(|_| self.status.into_response())
        };
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow.as_deref().and_then(|a| HeaderValue::from_str(a).ok()) {
            response.headers_mut().insert(ALLOW, allow);
        }
        response
    }

    /// The name of the status: `NOT_FOUND`.
    fn name(&self) -> String {
        self.status.canonical_reason().unwrap_or_default().to_uppercase().replace([' ', '-'], "_")
    }
}

const BAD_BODY: &str = "Missing or invalid request body";

/// The field's name as it is sent: `contact.phoneNumber`.
fn name(fault: &Fault) -> String {
    let parts: Vec<&str> = fault.path.iter().map(Cow::as_ref).collect();
    match parts.as_slice() {
        [] => "body".to_owned(),
        ["name"] => "userName".to_owned(),
        ["phone"] => "phoneNumber".to_owned(),
        ["guest_secret"] => "guestSecret".to_owned(),
        ["contact", "name"] => "contact.contactName".to_owned(),
        ["contact", "phone"] => "contact.phoneNumber".to_owned(),
        parts => parts.join("."),
    }
}

/// What is wrong with a field.
fn words(problem: &Problem) -> Cow<'static, str> {
    match problem {
        Problem::Required | Problem::Null => "is required".into(),
        Problem::Blank => "must not be empty".into(),
        Problem::TooLong(n) => format!("at most {n} characters").into(),
        Problem::TooShort(n) => format!("at least {n} characters").into(),
        Problem::Length(least, most) => format!("{least} to {most} characters").into(),
        Problem::NotEmail => "is not an e-mail address".into(),
        Problem::NotPhone => "is not a phone number".into(),
        Problem::Malformed => "is not valid".into(),
        Problem::Taken => "is in use already".into(),
        Problem::Unknown => "does not exist".into(),
        Problem::WrongKind => "is of the wrong type".into(),
        Problem::NotAllowed => "is not allowed".into(),
        Problem::Mismatch => "contradicts the path".into(),
        Problem::LastAdmin => "is the last admin".into(),
        Problem::Words(text) => text.clone(),
    }
}

impl From<Error> for DoorError {
    fn from(error: Error) -> Self {
        match &error {
            Error::NotFound(what) => Self::new(StatusCode::NOT_FOUND, missing(what)),
            Error::Forbidden => Self::new(StatusCode::FORBIDDEN, "This is not allowed"),
            Error::Unauthenticated(why) => (*why).into(),
            Error::Invalid(faults) => Self::faults(faults),
            Error::Conflict(rule) => Self::new(StatusCode::CONFLICT, conflict(rule)),
            Error::RateLimited(after) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests for this property").retry(*after)
            }
            Error::TooLarge => Self::bare(StatusCode::PAYLOAD_TOO_LARGE),
            Error::Unavailable(why) => {
                tracing::warn!(why, "not available");
                Self::bare(StatusCode::SERVICE_UNAVAILABLE).retry(Duration::from_secs(1))
            }
            Error::Internal(defect) => {
                tracing::error!(what = %defect.what, place = %defect.at, "internal error");
                Self::bare(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

/// The published texts of what is not there.
fn missing(what: &str) -> &'static str {
    match what {
        "property" => "Property requested is not found",
        "unit" => "Unit configuration not found for the given unit id",
        "wifi_device" => "Unit device not found for the given unit",
        "wifi_identity" => "User not found for the given unit",
        _ => "Not Found",
    }
}

fn conflict(rule: &str) -> &'static str {
    match rule {
        "passphrase_taken" => "This passphrase cannot be used, choose another one",
        _ => "Conflict",
    }
}

/// Nothing tells which of property, link and unit was wrong (R2).
impl From<Unauthenticated> for DoorError {
    fn from(why: Unauthenticated) -> Self {
        let message = match why {
            Unauthenticated::Credentials | Unauthenticated::Disabled => "Login failed",
            Unauthenticated::Missing | Unauthenticated::Ended | Unauthenticated::Person(_) => "A valid token is needed",
        };
        Self::new(StatusCode::UNAUTHORIZED, message)
    }
}

impl From<BodyFault> for DoorError {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge | BodyFault::TooSlow => Self::bare(fault.status()),
            BodyFault::Broken => Self::body("the body broke off"),
        }
    }
}

/// What goes wrong around a handler.
impl From<Refusal> for DoorError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownPath | Refusal::WrongMethod | Refusal::Crashed | Refusal::TookTooLong => {
                Self::bare(refusal.status())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_6_every_error_of_the_core() {
        let told = |e: Error| {
            let e = DoorError::from(e);
            (format!("{} {}", e.status.as_u16(), e.name()), e.retry_after)
        };
        let is = |status: &str, retry: Option<u64>| (status.to_owned(), retry);
        assert_eq!(told(Error::NotFound("property")), is("404 NOT_FOUND", None));
        assert_eq!(told(Error::Forbidden), is("403 FORBIDDEN", None));
        for why in [
            Unauthenticated::Credentials,
            Unauthenticated::Disabled,
            Unauthenticated::Missing,
            Unauthenticated::Ended,
            Unauthenticated::Person(1),
        ] {
            assert_eq!(told(Error::Unauthenticated(why)), is("401 UNAUTHORIZED", None));
        }
        assert_eq!(told(Error::invalid("email", Problem::NotEmail)), is("400 BAD_REQUEST", None));
        assert_eq!(told(Error::Conflict("passphrase_taken")), is("409 CONFLICT", None));
        assert_eq!(told(Error::Conflict("other")), is("409 CONFLICT", None));
        assert_eq!(told(Error::RateLimited(Duration::from_millis(1_500))), is("429 TOO_MANY_REQUESTS", Some(2)));
        assert_eq!(told(Error::TooLarge), is("413 PAYLOAD_TOO_LARGE", None));
        assert_eq!(told(Error::Unavailable("queue")), is("503 SERVICE_UNAVAILABLE", Some(1)));
        assert_eq!(told(Error::internal("x")), is("500 INTERNAL_SERVER_ERROR", None));
        assert_eq!(DoorError::bare(StatusCode::UNSUPPORTED_MEDIA_TYPE).name(), "UNSUPPORTED_MEDIA_TYPE");
    }

    #[test]
    fn every_refusal() {
        let all = Refusal::ALL.map(DoorError::from).map(|e| format!("{} {}", e.status.as_u16(), e.name()));
        assert_eq!(
            all,
            ["404 NOT_FOUND", "405 METHOD_NOT_ALLOWED", "500 INTERNAL_SERVER_ERROR", "503 SERVICE_UNAVAILABLE"]
        );
        let slow = DoorError::from(BodyFault::TooSlow);
        assert_eq!((slow.status.as_u16(), slow.name().as_str()), (408, "REQUEST_TIMEOUT"));
    }

    #[test]
    fn every_problem_names_its_field() {
        let problems = [
            (Problem::Required, "is required"),
            (Problem::Null, "is required"),
            (Problem::Blank, "must not be empty"),
            (Problem::TooLong(255), "at most 255 characters"),
            (Problem::TooShort(8), "at least 8 characters"),
            (Problem::Length(8, 63), "8 to 63 characters"),
            (Problem::NotEmail, "is not an e-mail address"),
            (Problem::NotPhone, "is not a phone number"),
            (Problem::Malformed, "is not valid"),
            (Problem::Taken, "is in use already"),
            (Problem::Unknown, "does not exist"),
            (Problem::WrongKind, "is of the wrong type"),
            (Problem::NotAllowed, "is not allowed"),
            (Problem::Mismatch, "contradicts the path"),
            (Problem::LastAdmin, "is the last admin"),
            (Problem::Words("x".into()), "x"),
        ];
        let mut faults = Faults::new();
        for (problem, _) in &problems {
            faults.add_at(vec!["contact".into(), "phone".into()], problem.clone());
        }
        let error = DoorError::from(Error::Invalid(faults));
        let texts: Vec<String> = problems.iter().map(|(_, text)| format!("contact.phoneNumber: {text}")).collect();
        assert_eq!(error.fields, texts);
        assert_eq!(error.detail.as_deref(), Some("16 fields are invalid"));
        for (path, named) in [
            (vec!["name"], "userName"),
            (vec!["phone"], "phoneNumber"),
            (vec!["guest_secret"], "guestSecret"),
            (vec!["contact", "name"], "contact.contactName"),
            (vec!["contact", "email"], "contact.email"),
            (vec![], "body"),
        ] {
            let path = path.into_iter().map(Cow::Borrowed).collect();
            assert_eq!(name(&Fault { path, problem: Problem::Blank }), named);
        }
    }
}
