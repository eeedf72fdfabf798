//! What is answered when no handler answers.

use std::time::Duration;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};

use crate::RequestInfo;

/// Why a request got no answer from a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No route has this path.
    UnknownPath,
    /// The path exists, with other methods; the kit adds `Allow`.
    WrongMethod,
    /// The handler panicked; the log has the message under the request's id.
    Crashed,
    /// The handler took longer than the entrance allows; the kit adds `Retry-After`.
    TookTooLong,
}

/// How a door puts a refusal into its own shape. The status is [`Refusal::status`] unless the door's reference says
/// otherwise; of a crash nothing is told but the request's id.
pub type Render = fn(Refusal, &RequestInfo) -> Response;

/// How long a client is asked to wait after [`Refusal::TookTooLong`].
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(5);

impl Refusal {
    /// All of them, for the test that renders every one at every door.
    pub const ALL: [Self; 4] = [Self::UnknownPath, Self::WrongMethod, Self::Crashed, Self::TookTooLong];

    /// The usual status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Crashed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TookTooLong => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A few plain words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::UnknownPath => "There is nothing at this address.",
            Self::WrongMethod => "This address does not know that method.",
            Self::Crashed => "Something went wrong here.",
            Self::TookTooLong => "This took too long. Please try again.",
        }
    }
}

/// Plain text, where no door is responsible.
pub fn plain(refusal: Refusal, info: &RequestInfo) -> Response {
    let mut text = refusal.words().to_owned();
    if refusal == Refusal::Crashed {
        text.push_str(" Request ");
        text.push_str(info.id());
        text.push('.');
    }
    text.push('\n');
    (refusal.status(), [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
