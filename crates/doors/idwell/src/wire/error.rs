//! Errors as this API tells them (section 8).

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{Error, Faults, Problem, Unauthenticated};
use portico_http::{BodyFault, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::Detail;

/// What is wrong with which field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fields(pub BTreeMap<Cow<'static, str>, Vec<Cow<'static, str>>>);

/// An error, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorError {
    /// The status.
    pub status: StatusCode,
    told: Told,
    retry_after: Option<u64>,
    /// What `WWW-Authenticate` says.
    challenge: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Detail(Cow<'static, str>),
    Fields(Fields),
}

impl DoorError {
    /// A sentence.
    #[must_use]
    pub fn detail(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, told: Told::Detail(text.into()), retry_after: None, challenge: None }
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::detail(StatusCode::NOT_FOUND, "Not found.")
    }

    fn faults(faults: &Faults) -> Self {
        let mut fields = Fields::default();
        for fault in faults {
            let field = fault.path.first().cloned().unwrap_or(Cow::Borrowed("non_field_errors"));
            let text = words(&field, &fault.problem);
            fields.0.entry(field).or_default().push(text);
        }
        Self { told: Told::Fields(fields), ..Self::detail(StatusCode::BAD_REQUEST, "") }
    }

    fn retry(mut self, after: Duration) -> Self {
        self.retry_after = Some(retry_after(after));
        self
    }
}

/// Whole seconds, rounded up, at least one.
#[must_use]
pub fn retry_after(after: Duration) -> u64 {
    let up = u64::from(after.subsec_nanos() > 0);
    after.as_secs().saturating_add(up).max(1)
}

impl IntoResponse for DoorError {
    fn into_response(self) -> Response {
        let mut response = match self.told {
            Told::Detail(text) => (self.status, Json(Detail { detail: text.into_owned() })).into_response(),
            Told::Fields(fields) => (self.status, Json(fields)).into_response(),
        };
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

/// What is wrong with a field, in English; clients read the names of the fields alone.
fn words(field: &str, problem: &Problem) -> Cow<'static, str> {
    match (field, problem) {
        ("email" | "phone", Problem::Required) => "An e-mail address or a phone number is needed.".into(),
        ("flats", Problem::Required) => "A dweller needs at least one flat.".into(),
        ("flats", Problem::NotAllowed) => "Staff have no flats.".into(),
        ("flats", Problem::Unknown) => "There is no such flat.".into(),
        ("role", Problem::NotAllowed) => "This change of role is not possible.".into(),
        ("archived", Problem::NotAllowed) => {
            "An archived user is brought back with archived false, and archived by DELETE.".into()
        }
        ("email", Problem::Taken) => "This e-mail address is already in use.".into(),
        ("phone", Problem::Taken) => "This phone number is already in use.".into(),
        ("phone", Problem::NotPhone) => "Enter a valid phone number.".into(),
        (_, Problem::Required) => "This field is required.".into(),
        (_, Problem::Null) => "This field may not be null.".into(),
        (_, Problem::Blank) => "This field may not be blank.".into(),
        (_, Problem::TooLong(n)) => format!("At most {n} characters.").into(),
        (_, Problem::TooShort(n)) => format!("At least {n} characters.").into(),
        (_, Problem::Length(least, most)) => format!("{least} to {most} characters.").into(),
        (_, Problem::NotEmail) => "Enter a valid e-mail address.".into(),
        (_, Problem::NotPhone) => "Enter a valid phone number.".into(),
        (_, Problem::Malformed) => "Enter a valid value.".into(),
        (_, Problem::WrongKind) => "This is not of the right type.".into(),
        (_, Problem::Taken) => "This is already in use.".into(),
        (_, Problem::Unknown) => "There is no such thing.".into(),
        (_, Problem::NotAllowed) => "This is not allowed.".into(),
        (_, Problem::Mismatch) => "This does not match.".into(),
        (_, Problem::LastAdmin) => "The last active admin stays one.".into(),
        (_, Problem::Words(text)) => text.clone(),
    }
}

impl From<Error> for DoorError {
    fn from(error: Error) -> Self {
        match &error {
            Error::NotFound(_) => Self::not_found(),
            Error::Forbidden => Self::detail(StatusCode::FORBIDDEN, "You may not do this."),
            Error::Unauthenticated(why) => (*why).into(),
            Error::Invalid(faults) => Self::faults(faults),
            Error::Conflict(rule) => Self::detail(StatusCode::CONFLICT, format!("Not possible now: {rule}.")),
            Error::RateLimited(after) => {
                Self::detail(StatusCode::TOO_MANY_REQUESTS, "Too many requests.").retry(*after)
            }
            Error::TooLarge => Self::detail(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
            Error::Unavailable(why) => {
                tracing::warn!(why, "not available");
                let text = "Please try again in a moment.";
                Self::detail(StatusCode::SERVICE_UNAVAILABLE, text).retry(Duration::from_secs(1))
            }
            Error::Internal(defect) => {
                tracing::error!(what = %defect.what, place = %defect.at, "internal error");
                Self::detail(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here.")
            }
        }
    }
}

impl From<Unauthenticated> for DoorError {
    fn from(why: Unauthenticated) -> Self {
        let (text, challenge) = match why {
            Unauthenticated::Missing => ("An access token is needed.", r#"Bearer realm="Portico""#),
            Unauthenticated::Credentials
            | Unauthenticated::Disabled
            | Unauthenticated::Ended
            | Unauthenticated::Person(_) => {
                ("The access token is unknown or has ended.", r#"Bearer realm="Portico", error="invalid_token""#)
            }
        };
        Self { challenge: Some(challenge), ..Self::detail(StatusCode::UNAUTHORIZED, text) }
    }
}

impl From<BodyFault> for DoorError {
    fn from(fault: BodyFault) -> Self {
        let text = match fault {
            BodyFault::TooLarge => "The body is too large.",
            BodyFault::TooSlow => "The body came too slowly.",
            BodyFault::Broken => "The body broke off.",
        };
        Self::detail(fault.status(), text)
    }
}

/// What goes wrong around a handler.
impl From<Refusal> for DoorError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownPath => Self::not_found(),
            Refusal::WrongMethod | Refusal::Crashed | Refusal::TookTooLong => {
                Self::detail(refusal.status(), refusal.words())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(e: impl Into<DoorError>) -> (u16, Option<u64>, bool) {
        let e = e.into();
        (e.status.as_u16(), e.retry_after, e.challenge.is_some())
    }

    #[test]
    fn every_error_of_the_core() {
        assert_eq!(told(Error::NotFound("user")), (404, None, false));
        assert_eq!(told(Error::Forbidden), (403, None, false));
        for why in [
            Unauthenticated::Missing,
            Unauthenticated::Credentials,
            Unauthenticated::Disabled,
            Unauthenticated::Ended,
            Unauthenticated::Person(1),
        ] {
            assert_eq!(told(Error::Unauthenticated(why)), (401, None, true));
        }
        assert_eq!(told(Error::invalid("email", Problem::NotEmail)), (400, None, false));
        assert_eq!(told(Error::Conflict("x")), (409, None, false));
        assert_eq!(told(Error::RateLimited(Duration::from_millis(1_500))), (429, Some(2), false));
        assert_eq!(told(Error::RateLimited(Duration::ZERO)), (429, Some(1), false));
        assert_eq!(told(Error::TooLarge), (413, None, false));
        assert_eq!(told(Error::Unavailable("queue")), (503, Some(1), false));
        assert_eq!(told(Error::internal("x")), (500, None, false));
    }

    #[test]
    fn every_refusal_and_every_fault_of_a_body() {
        assert_eq!(Refusal::ALL.map(|r| told(r).0), [404, 405, 500, 503]);
        assert_eq!([BodyFault::TooLarge, BodyFault::TooSlow, BodyFault::Broken].map(|f| told(f).0), [413, 408, 400]);
    }

    #[test]
    fn every_problem_stands_under_its_field() {
        let problems = [
            Problem::Required,
            Problem::Null,
            Problem::Blank,
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
        for field in ["email", "phone", "flats", "role", "archived", "first_name"] {
            let mut faults = Faults::new();
            problems.iter().for_each(|p| faults.add(field, p.clone()));
            let Told::Fields(fields) = DoorError::from(Error::Invalid(faults)).told else { panic!("fields") };
            let texts = &fields.0[field];
            assert_eq!(texts.len(), problems.len());
            assert!(texts.iter().all(|text| !text.is_empty()), "{texts:?}");
        }
        let mut faults = Faults::new();
        faults.add("email", Problem::Taken);
        faults.add("flats", Problem::Required);
        let Told::Fields(fields) = DoorError::from(Error::Invalid(faults)).told else { panic!("fields") };
        // The example of section 8.
        assert_eq!(
            serde_json::to_string(&fields).unwrap(),
            r#"{"email":["This e-mail address is already in use."],"flats":["A dweller needs at least one flat."]}"#
        );
    }
}
