//! Errors as this API tells them (section 5).

use std::{borrow::Cow, time::Duration};

use axum::http::StatusCode;
use kernel::{Error, Fault, Faults, Problem, Unauthenticated};
use portico_http::{BodyFault, Refusal};

use super::value::{Object, Value};

/// The vendor's errors, each with its status, code and message, word for word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Code {
    Unknown,
    Signature,
    NotPerformed,
    Parameters,
    Conflict,
    Disabled,
    Credentials,
    NotFound,
    Sort,
    HasAccount,
    Forbidden,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Unknown,
        Self::Signature,
        Self::NotPerformed,
        Self::Parameters,
        Self::Conflict,
        Self::Disabled,
        Self::Credentials,
        Self::NotFound,
        Self::Sort,
        Self::HasAccount,
        Self::Forbidden,
    ];

    /// Status, code and message.
    #[must_use]
    pub const fn told(self) -> (u16, u8, &'static str) {
        match self {
            Self::Unknown => (500, 1, "Unknown API error. Sorry."),
            Self::Signature => (401, 2, "Invalid OAuth Request."),
            Self::NotPerformed => (400, 3, "The requested action could not be performed."),
            Self::Parameters => (400, 4, "At least one parameter was missing or did not match validation criteria"),
            Self::Conflict => (400, 5, "The supplied parameters conflict with one another."),
            // Two spaces, as published.
            Self::Disabled => (
                400,
                7,
                "The requested action has been disabled for tenants.  Please visit the facility for more information.",
            ),
            Self::Credentials => (400, 8, "The login and/or password provided was incorrect."),
            Self::NotFound => (404, 9, "The resource you requested could not be found."),
            Self::Sort => (
                400,
                10,
                "Either the sort parameter you specified is not supported, or this resource does not support sorting.",
            ),
            Self::HasAccount => {
                (400, 11, "The tenant account you are trying to register already has an account setup.")
            }
            Self::Forbidden => (403, 13, "The client does not have access rights to the requested content."),
        }
    }
}

/// An error, ready to be put into `meta`.
#[derive(Clone, Debug, PartialEq)]
pub struct DoorError {
    /// The status.
    pub status: StatusCode,
    /// The vendor's number for it, where there is one.
    pub code: Option<u8>,
    /// What is wrong.
    pub message: &'static str,
    /// What is wrong with which field.
    pub errors: Object,
    /// When to try again, in seconds.
    pub retry_after: Option<u64>,
}

impl DoorError {
    /// A status without a code of the vendor's: the message is its name.
    #[must_use]
    pub fn bare(status: StatusCode) -> Self {
        let message = status.canonical_reason().unwrap_or_default();
        Self { status, code: None, message, errors: Object::default(), retry_after: None }
    }

    /// 400 / 4 because of one parameter.
    #[must_use]
    pub fn field(name: &str, text: &str) -> Self {
        let mut error = Self::from(Code::Parameters);
        error.add(name, text);
        error
    }

    /// 400 / 10.
    #[must_use]
    pub fn unsortable() -> Self {
        Code::Sort.into()
    }

    /// 404 / 9.
    #[must_use]
    pub fn not_found() -> Self {
        Code::NotFound.into()
    }

    /// Tells an error of the core about what was sent under `key`: with its faults named as they were sent.
    pub fn under(key: &'static str) -> impl Fn(Error) -> Self {
        move |error| match error {
            Error::Invalid(faults) => {
                let mut inside = Faults::new();
                for fault in &faults {
                    let path = fault
                        .path
                        .iter()
                        .map(|part| sent_as(part).map_or_else(|| part.clone(), Cow::Borrowed))
                        .collect();
                    inside.add_at(path, fault.problem.clone());
                }
                let mut all = Faults::new();
                all.nest(key, inside);
                Error::Invalid(all).into()
            }
            other => other.into(),
        }
    }

    fn add(&mut self, name: &str, text: &str) {
        match self.errors.get_mut(name) {
            Some(Value::List(texts)) => texts.push(text.into()),
            _ => self.errors.set(name, Value::List(vec![text.into()])),
        }
    }

    fn faults(faults: &Faults) -> Self {
        let mut error = Self::from(Code::Parameters);
        for fault in faults {
            error.add(&name(fault), &words(&fault.problem));
        }
        error
    }

    fn retry(mut self, after: Duration) -> Self {
        let up = u64::from(after.subsec_nanos() > 0);
        self.retry_after = Some(after.as_secs().saturating_add(up).max(1));
        self
    }
}

impl From<Code> for DoorError {
    fn from(code: Code) -> Self {
        let (status, number, message) = code.told();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { code: Some(number), message, ..Self::bare(status) }
    }
}

/// The name by which this API sends what the core calls by another; nothing where they agree.
fn sent_as(part: &str) -> Option<&'static str> {
    match part {
        "phone_numbers" => Some("phone_numbers_attributes"),
        "mailing_address" => Some("mailing_address_attributes"),
        "contacts" => Some("contacts_attributes"),
        "address" => Some("address_attributes"),
        _ => None,
    }
}

/// `tenant[phone_numbers_attributes][0][number]`.
fn name(fault: &Fault) -> String {
    let mut parts = fault.path.iter();
    let first = parts.next().map(Cow::as_ref).unwrap_or("base").to_owned();
    parts.fold(first, |name, part| format!("{name}[{part}]"))
}

/// What is wrong with a field, in the words that clients of this API know.
fn words(problem: &Problem) -> Cow<'static, str> {
    match problem {
        Problem::Required | Problem::Null | Problem::Blank => "can't be blank".into(),
        Problem::TooLong(n) => format!("is too long (maximum is {n} characters)").into(),
        Problem::TooShort(n) => format!("is too short (minimum is {n} characters)").into(),
        Problem::Length(least, most) => format!("must have {least} to {most} characters").into(),
        Problem::NotEmail | Problem::NotPhone | Problem::Malformed | Problem::WrongKind => "is invalid".into(),
        Problem::Taken => "has already been taken".into(),
        Problem::Unknown => "could not be found".into(),
        Problem::NotAllowed => "is not allowed".into(),
        Problem::Mismatch => "does not match".into(),
        Problem::LastAdmin => "is the last admin".into(),
        Problem::Words(text) => text.clone(),
    }
}

impl From<Error> for DoorError {
    fn from(error: Error) -> Self {
        match &error {
            Error::NotFound(_) => Code::NotFound.into(),
            Error::Forbidden => Code::Forbidden.into(),
            Error::Unauthenticated(why) => (*why).into(),
            Error::Invalid(faults) => Self::faults(faults),
            Error::Conflict(rule) => conflict(rule),
            Error::RateLimited(after) => Self::bare(StatusCode::TOO_MANY_REQUESTS).retry(*after),
            Error::TooLarge => Self::bare(StatusCode::PAYLOAD_TOO_LARGE),
            Error::Unavailable(why) => {
                tracing::warn!(why, "not available");
                Self::bare(StatusCode::SERVICE_UNAVAILABLE).retry(Duration::from_secs(1))
            }
            Error::Internal(defect) => {
                tracing::error!(what = %defect.what, place = %defect.at, "internal error");
                Code::Unknown.into()
            }
        }
    }
}

/// The core's rules that have a number of their own here; the others could not be performed.
fn conflict(rule: &'static str) -> DoorError {
    match rule {
        "portal_exists" => Code::HasAccount,
        "other_tenants_ledger" => Code::Conflict,
        "address_locked" | "partial_payment_disabled" => Code::Disabled,
        _ => Code::NotPerformed,
    }
    .into()
}

/// Of a person (sign-in, change of the password) the password was wrong; of the program, its signature (O8).
impl From<Unauthenticated> for DoorError {
    fn from(why: Unauthenticated) -> Self {
        match why {
            Unauthenticated::Credentials | Unauthenticated::Disabled => Code::Credentials,
            Unauthenticated::Missing | Unauthenticated::Ended | Unauthenticated::Person(_) => Code::Signature,
        }
        .into()
    }
}

impl From<BodyFault> for DoorError {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge | BodyFault::TooSlow => Self::bare(fault.status()),
            BodyFault::Broken => Code::Parameters.into(),
        }
    }
}

/// What goes wrong around a handler.
impl From<Refusal> for DoorError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownPath => Code::NotFound.into(),
            Refusal::WrongMethod | Refusal::TookTooLong => Self::bare(refusal.status()),
            Refusal::Crashed => Code::Unknown.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_5_table() {
        let all = Code::ALL.map(Code::told);
        assert!(all.windows(2).all(|two| two[0].1 < two[1].1), "each code once, ascending");
        assert!(all[5].2.contains("tenants.  Please"));
        assert_eq!(all[1], (401, 2, "Invalid OAuth Request."));
    }

    #[test]
    fn every_error_of_the_core() {
        let told = |e: Error| {
            let e = DoorError::from(e);
            (e.status.as_u16(), e.code, e.retry_after)
        };
        assert_eq!(told(Error::NotFound("account")), (404, Some(9), None));
        assert_eq!(told(Error::Forbidden), (403, Some(13), None));
        assert_eq!(told(Error::Unauthenticated(Unauthenticated::Credentials)), (400, Some(8), None));
        assert_eq!(told(Error::Unauthenticated(Unauthenticated::Disabled)), (400, Some(8), None));
        for why in [Unauthenticated::Missing, Unauthenticated::Ended, Unauthenticated::Person(1)] {
            assert_eq!(told(Error::Unauthenticated(why)), (401, Some(2), None));
        }
        assert_eq!(told(Error::invalid("email", Problem::NotEmail)), (400, Some(4), None));
        assert_eq!(told(Error::Conflict("other")), (400, Some(3), None));
        assert_eq!(told(Error::Conflict("portal_exists")), (400, Some(11), None));
        assert_eq!(told(Error::Conflict("address_locked")), (400, Some(7), None));
        assert_eq!(told(Error::RateLimited(Duration::from_millis(1_500))), (429, None, Some(2)));
        assert_eq!(told(Error::TooLarge), (413, None, None));
        assert_eq!(told(Error::Unavailable("queue")), (503, None, Some(1)));
        assert_eq!(told(Error::internal("x")), (500, Some(1), None));
        assert_eq!(DoorError::bare(StatusCode::TOO_MANY_REQUESTS).message, "Too Many Requests");
    }

    #[test]
    fn every_refusal() {
        let all = Refusal::ALL.map(DoorError::from).map(|e| (e.status.as_u16(), e.code));
        assert_eq!(all, [(404, Some(9)), (405, None), (500, Some(1)), (503, None)]);
    }

    #[test]
    fn every_problem_names_its_field() {
        let problems = [
            (Problem::Required, "can't be blank"),
            (Problem::Null, "can't be blank"),
            (Problem::Blank, "can't be blank"),
            (Problem::TooLong(9), "is too long (maximum is 9 characters)"),
            (Problem::TooShort(8), "is too short (minimum is 8 characters)"),
            (Problem::Length(1, 2), "must have 1 to 2 characters"),
            (Problem::NotEmail, "is invalid"),
            (Problem::NotPhone, "is invalid"),
            (Problem::Malformed, "is invalid"),
            (Problem::Taken, "has already been taken"),
            (Problem::Unknown, "could not be found"),
            (Problem::WrongKind, "is invalid"),
            (Problem::NotAllowed, "is not allowed"),
            (Problem::Mismatch, "does not match"),
            (Problem::LastAdmin, "is the last admin"),
            (Problem::Words("x".into()), "x"),
        ];
        let mut faults = Faults::new();
        for (problem, _) in &problems {
            faults.add_at(vec!["tenant".into(), "phone_numbers_attributes".into(), "0".into()], problem.clone());
        }
        faults.add_at(Vec::new(), Problem::Blank);
        let error = DoorError::from(Error::Invalid(faults));
        let told = serde_json::to_value(&error.errors).unwrap();
        let texts: Vec<_> = problems.iter().map(|(_, text)| *text).collect();
        assert_eq!(told["tenant[phone_numbers_attributes][0]"], serde_json::json!(texts));
        assert_eq!(told["base"], serde_json::json!(["can't be blank"]));
    }
}
