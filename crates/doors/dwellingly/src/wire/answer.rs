//! Answers with JSON (D14).

use std::borrow::Cow;

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    error::DoorError,
    shapes::{Created, Message},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// An answer for the caller only: JSON in one buffer, `Cache-Control: private, no-store`.
#[derive(Debug)]
pub struct Json<T>(pub StatusCode, pub T);

/// An answer that anybody may see and keep: the same without `Cache-Control` (the public contacts).
#[derive(Debug)]
pub struct Public<T>(pub T);

impl<T> Json<T> {
    /// An answer of status 200.
    pub const fn ok(value: T) -> Self {
        Self(StatusCode::OK, value)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.1) {
            Ok(bytes) => (self.0, [(CONTENT_TYPE, JSON), (CACHE_CONTROL, PRIVATE)], bytes).into_response(),
            Err(e) => DoorError::from(kernel::Error::internal(format_args!("answer: {e}"))).into_response(),
        }
    }
}

impl<T: Serialize> IntoResponse for Public<T> {
    fn into_response(self) -> Response {
        let mut answer = Json::ok(self.0).into_response();
        if answer.status().is_success() {
            answer.headers_mut().remove(CACHE_CONTROL);
        }
        answer
    }
}

/// `{"message": text}`.
#[must_use]
pub fn message(status: StatusCode, text: &str) -> Json<Message<'_>> {
    Json(status, Message { message: Cow::Borrowed(text) })
}

/// `{"message": text, "id": id}` with status 201.
#[must_use]
pub fn created(text: &str, id: i64) -> Json<Created<'_>> {
    Json(StatusCode::CREATED, Created { message: Cow::Borrowed(text), id })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn bytes(r: Response) -> Vec<u8> {
        axum::body::to_bytes(r.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    #[tokio::test]
    async fn d14_headers() {
        let r = message(StatusCode::CREATED, "Grüße \"1\"").into_response();
        assert_eq!(r.status(), 201);
        assert_eq!(r.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(r.headers()[CACHE_CONTROL], "private, no-store");
        assert_eq!(bytes(r).await, "{\"message\":\"Grüße \\\"1\\\"\"}".as_bytes());

        let r = Public(vec![1, 2]).into_response();
        assert_eq!(r.status(), 200);
        assert_eq!(r.headers()[CONTENT_TYPE], "application/json");
        assert!(!r.headers().contains_key(CACHE_CONTROL));
        assert_eq!(bytes(r).await, b"[1,2]");

        let r = created("User Invited", 8).into_response();
        assert_eq!(r.status(), 201);
        assert_eq!(bytes(r).await, br#"{"message":"User Invited","id":8}"#);
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_a_defect() {
        struct Bad;
        impl Serialize for Bad {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no"))
            }
        }
        let r = Public(Bad).into_response();
        assert_eq!(r.status(), 500);
        assert_eq!(r.headers()[CACHE_CONTROL], "private, no-store");
        assert_eq!(bytes(r).await, br#"{"message":"Internal Server Error"}"#);
    }
}
