//! The one error type. Doors render it in their own shape; nothing else is ever shown to a client.

use std::{panic::Location, sync::Arc, time::Duration};

use crate::Faults;

/// What an operation answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation did not happen. When one is answered, nothing was changed.
#[derive(Clone, Debug)]
pub enum Error {
    /// No such thing for this caller: unknown, deleted, or of another organization. Holds the entity's name.
    NotFound(&'static str),
    /// The caller is known and may not do this.
    Forbidden,
    /// The caller is not, or no longer, who the credential says.
    Unauthenticated(Unauthenticated),
    /// The input breaks rules; all faults at once.
    Invalid(Faults),
    /// The state of things does not allow it; a stable word says which rule.
    Conflict(&'static str),
    /// Too many tries; may be tried again after this time.
    RateLimited(Duration),
    /// The input is larger than allowed.
    TooLarge,
    /// Cannot be done right now (a full queue, a full disk, a database that is gone); may be tried again.
    Unavailable(&'static str),
    /// A defect, or something outside broke. Clients see a request id, operators the log.
    Internal(Arc<Internal>),
}

/// Why a credential is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unauthenticated {
    /// None was sent.
    Missing,
    /// Wrong identifier or password.
    Credentials,
    /// The login may not be used here: archived, blocked, not approved, or not of this door.
    Disabled,
    /// The sign-in this token came from has ended.
    Ended,
    /// The person this token stands for is gone or may not sign in.
    Person(i64),
}

/// A defect: what happened, and where it was noticed.
#[derive(Debug)]
pub struct Internal {
    /// What happened, for operators; never holds personal data or secrets.
    pub what: String,
    /// Where in the source it was noticed.
    pub at: &'static Location<'static>,
}

impl Error {
    /// A defect with its place in the source.
    #[track_caller]
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::Internal(Arc::new(Internal { what: what.to_string(), at: Location::caller() }))
    }

    /// A single faulty field.
    #[must_use]
    pub fn invalid(field: &'static str, problem: crate::Problem) -> Self {
        let mut faults = Faults::new();
        faults.add(field, problem);
        Self::Invalid(faults)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound(what) => write!(f, "no such {what}"),
            Self::Forbidden => f.write_str("not allowed"),
            Self::Unauthenticated(why) => write!(f, "not signed in: {why:?}"),
            Self::Invalid(faults) => {
                f.write_str("invalid input:")?;
                for fault in faults {
                    write!(f, " {}: {:?};", fault.path.join("."), fault.problem)?;
                }
                Ok(())
            }
            Self::Conflict(rule) => write!(f, "conflict: {rule}"),
            Self::RateLimited(after) => write!(f, "too many tries, again in {} s", after.as_secs_f32().ceil()),
            Self::TooLarge => f.write_str("too large"),
            Self::Unavailable(why) => write!(f, "not available: {why}"),
            Self::Internal(i) => write!(f, "{} ({}:{})", i.what, i.at.file(), i.at.line()),
        }
    }
}
impl std::error::Error for Error {}
