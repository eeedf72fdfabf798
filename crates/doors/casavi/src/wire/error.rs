//! Errors as this API tells them (section 7).

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use kernel::{Error, Fault, Faults, Problem};
use portico_http::{BodyFault, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// What is answered instead of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct Told {
    /// A stable word.
    pub error: &'static str,
    /// What is wrong, in words.
    pub message: Cow<'static, str>,
    /// What is wrong with which field; only with `validation_failed`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Cow<'static, str>>,
}

/// An error with its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorError {
    status: StatusCode,
    told: Told,
    retry_after: Option<u64>,
}

impl DoorError {
    fn new(status: StatusCode, error: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, told: Told { error, message: message.into(), fields: BTreeMap::new() }, retry_after: None }
    }

    /// Something that could not be read.
    pub fn bad(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    /// Unknown or invisible.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is no such thing.")
    }

    /// What goes wrong around a handler.
    #[must_use]
    pub fn refused(refusal: Refusal, request: &str) -> Self {
        let status = refusal.status();
        match refusal {
            Refusal::UnknownPath => Self::not_found(),
            Refusal::WrongMethod => Self::new(status, "invalid_request", refusal.words()),
            Refusal::Crashed => Self::internal().with_request(request),
            Refusal::TookTooLong => Self::new(status, "unavailable", refusal.words()),
        }
    }

    fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here.")
    }

    fn with_request(mut self, id: &str) -> Self {
        self.told.message = format!("{} Request {id}.", self.told.message).into();
        self
    }

    fn faults(faults: &Faults) -> Self {
        // Outside of the answers to a form a wrong kind is a wrong type of JSON.
        if let Some(fault) = faults.iter().find(|f| f.problem == Problem::WrongKind && !is_answer(f)) {
            return Self::bad(format!("{} has the wrong type", path(fault)));
        }
        let mut fields = BTreeMap::new();
        for fault in faults {
            fields.entry(path(fault)).or_insert_with(|| words(fault));
        }
        let message = match fields.len() {
            1 => "1 field is invalid".to_owned(),
            n => format!("{n} fields are invalid"),
        };
        let mut error = Self::new(StatusCode::BAD_REQUEST, "validation_failed", message);
        error.told.fields = fields;
        error
    }

    fn retry(mut self, after: Duration) -> Self {
        let up = u64::from(after.subsec_nanos() > 0);
        self.retry_after = Some(after.as_secs().saturating_add(up).max(1));
        self
    }
}

/// Whether a fault is about an answer to a form (C5).
fn is_answer(fault: &Fault) -> bool {
    fault.path.len() > 1 && fault.path.first().is_some_and(|first| first == "fields")
}

/// `fields.232`, in the names of this API.
fn path(fault: &Fault) -> String {
    let mut parts = fault.path.iter().map(AsRef::as_ref);
    let first = parts.next().map_or("body", sent_as).to_owned();
    parts.fold(first, |path, part| format!("{path}.{part}"))
}

/// The name by which this API sends what the core calls by another.
fn sent_as(name: &str) -> &str {
    match name {
        "property_id" => "communityId",
        "unit_id" => "unitId",
        "type_id" => "ticketTypeId",
        "first_name" => "firstName",
        "last_name" => "lastName",
        "unit_admin" => "isAdmin",
        "inviter" => "contactId",
        "client_id" => "clientId",
        "code" => "inviteCode",
        "provider_key" => "providerKey",
        "subject" => "sub",
        other => other,
    }
}

fn words(fault: &Fault) -> Cow<'static, str> {
    let field = fault.path.first().map_or("", AsRef::as_ref);
    match &fault.problem {
        Problem::Required | Problem::Null => "is required".into(),
        Problem::Blank => "is empty".into(),
        Problem::TooLong(n) if ["fields", "attachments"].contains(&field) && *n == 10 => {
            "has more than 10 files".into()
        }
        Problem::TooLong(n) => format!("has more than {n} characters").into(),
        Problem::TooShort(n) => format!("has fewer than {n} characters").into(),
        Problem::Length(least, most) => format!("must have {least} to {most} characters").into(),
        Problem::NotEmail => "is not an e-mail address".into(),
        Problem::NotPhone => "is not a phone number".into(),
        Problem::Malformed => "is not well-formed".into(),
        Problem::Taken => "is taken".into(),
        Problem::Unknown => match field {
            "unit_id" => "is not one of your units",
            "property_id" => "is not one of your communities",
            "type_id" => "is not offered there",
            "attachments" => "is not one of your unused uploads",
            _ => "is not known",
        }
        .into(),
        Problem::WrongKind => "has the wrong type".into(),
        Problem::NotAllowed => "is not allowed".into(),
        Problem::Mismatch => "does not match".into(),
        Problem::LastAdmin => "is the last admin".into(),
        Problem::Words(text) => text.clone(),
    }
}

impl From<Error> for DoorError {
    fn from(error: Error) -> Self {
        use StatusCode as S;
        match &error {
            Error::NotFound(_) => Self::not_found(),
            Error::Forbidden => Self::new(S::FORBIDDEN, "forbidden", "This is not allowed."),
            Error::Unauthenticated(_) => Self::new(S::UNAUTHORIZED, "unauthenticated", "Please sign in."),
            Error::Invalid(faults) => Self::faults(faults),
            Error::Conflict(rule) => Self::new(S::CONFLICT, "conflict", conflict(rule)),
            Error::RateLimited(after) => {
                Self::new(S::TOO_MANY_REQUESTS, "too_many_attempts", "Too many attempts. Please wait.").retry(*after)
            }
            Error::TooLarge => Self::new(S::PAYLOAD_TOO_LARGE, "too_large", "This is too large."),
            Error::Unavailable(why) => {
                tracing::warn!(why, "not available");
                let told = Self::new(S::SERVICE_UNAVAILABLE, "unavailable", "This is not possible right now.");
                told.retry(Duration::from_secs(1))
            }
            Error::Internal(defect) => {
                tracing::error!(what = %defect.what, place = %defect.at, "internal error");
                Self::internal()
            }
        }
    }
}

fn conflict(rule: &'static str) -> &'static str {
    match rule {
        "registered" => "This person is registered already.",
        "invited" => "The management has invited this person already.",
        "taken" => "Somebody else signs in with this address.",
        "linked" => "This identity belongs to somebody else.",
        "quota" => "There is no room for more files.",
        other => other,
    }
}

impl From<BodyFault> for DoorError {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge => Error::TooLarge.into(),
            BodyFault::TooSlow | BodyFault::Broken => Self::bad(fault.to_string()),
        }
    }
}

impl IntoResponse for DoorError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.told)).into_response();
        response.headers_mut().insert(CACHE_CONTROL, super::PRIVATE);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use kernel::Unauthenticated;

    use super::*;

    #[test]
    fn section_7_table() {
        let told = |e: Error| {
            let e = DoorError::from(e);
            (e.status.as_u16(), e.told.error, e.retry_after)
        };
        assert_eq!(told(Error::NotFound("ticket")), (404, "not_found", None));
        assert_eq!(told(Error::Forbidden), (403, "forbidden", None));
        for why in [
            Unauthenticated::Missing,
            Unauthenticated::Credentials,
            Unauthenticated::Disabled,
            Unauthenticated::Ended,
            Unauthenticated::Person(1),
        ] {
            assert_eq!(told(Error::Unauthenticated(why)), (401, "unauthenticated", None));
        }
        assert_eq!(told(Error::invalid("email", Problem::NotEmail)), (400, "validation_failed", None));
        assert_eq!(told(Error::invalid("email", Problem::WrongKind)), (400, "invalid_request", None));
        for rule in ["registered", "invited", "taken", "linked", "quota", "other"] {
            assert_eq!(told(Error::Conflict(rule)), (409, "conflict", None));
        }
        assert_eq!(told(Error::RateLimited(Duration::from_millis(1_500))), (429, "too_many_attempts", Some(2)));
        assert_eq!(told(Error::RateLimited(Duration::ZERO)), (429, "too_many_attempts", Some(1)));
        assert_eq!(told(Error::TooLarge), (413, "too_large", None));
        assert_eq!(told(Error::Unavailable("queue")), (503, "unavailable", Some(1)));
        assert_eq!(told(Error::internal("secret")), (500, "internal", None));
        let text = serde_json::to_string(&DoorError::from(Error::internal("secret")).told).unwrap();
        assert!(!text.contains("secret") && !text.contains("fields"));
    }

    #[test]
    fn every_refusal() {
        let all = Refusal::ALL.map(|r| DoorError::refused(r, "7")).map(|e| (e.status.as_u16(), e.told.error));
        assert_eq!(all, [(404, "not_found"), (405, "invalid_request"), (500, "internal"), (503, "unavailable")]);
        assert_eq!(DoorError::from(BodyFault::TooLarge).status, 413);
        assert_eq!(DoorError::from(BodyFault::Broken).told.error, "invalid_request");
        assert_eq!(DoorError::from(BodyFault::TooSlow).status, 400);
    }

    #[test]
    fn faults_are_told_by_the_names_of_this_api() {
        let mut faults = Faults::new();
        faults.add("unit_id", Problem::Unknown);
        faults.add_at(vec!["fields".into(), "232".into()], Problem::Required);
        faults.add_at(vec!["fields".into(), "233".into()], Problem::WrongKind);
        let told = serde_json::to_value(DoorError::from(Error::Invalid(faults)).told).unwrap();
        assert_eq!(
            told,
            serde_json::json!({"error": "validation_failed", "message": "3 fields are invalid", "fields": {
                "unitId": "is not one of your units", "fields.232": "is required", "fields.233": "has the wrong type"}})
        );
    }

    #[test]
    fn every_problem_has_words() {
        let problems = [
            Problem::Required,
            Problem::Null,
            Problem::Blank,
            Problem::TooLong(10),
            Problem::TooLong(9),
            Problem::TooShort(8),
            Problem::Length(1, 2),
            Problem::NotEmail,
            Problem::NotPhone,
            Problem::Malformed,
            Problem::Taken,
            Problem::Unknown,
            Problem::WrongKind,
            Problem::NotAllowed,
            Problem::Mismatch,
            Problem::LastAdmin,
            Problem::Words("x".into()),
        ];
        for field in ["unit_id", "property_id", "type_id", "attachments", "fields", "email"] {
            for problem in &problems {
                let fault = Fault { path: vec![field.into()], problem: problem.clone() };
                assert!(!words(&fault).is_empty());
            }
        }
    }
}
