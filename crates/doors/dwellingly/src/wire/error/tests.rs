use kernel::{Faults, Problem};

use super::*;
use crate::wire::words;

fn told(error: impl Into<DoorError>) -> (u16, String) {
    let error = error.into();
    (error.status().as_u16(), error.message().as_str().unwrap().to_owned())
}

fn row(status: u16, text: &str) -> (u16, String) {
    (status, text.to_owned())
}

#[test]
fn section_3_1_token_faults() {
    for (fault, status, text) in [
        (TokenFault::NoHeader, 401, "Missing authorization header"),
        (
            TokenFault::OtherScheme,
            401,
            "Missing 'bearer' type in 'authorization' header. expected 'authorization: bearer <jwt>'",
        ),
        (TokenFault::Malformed, 422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"),
        (TokenFault::Segments, 422, "Not enough segments"),
        (TokenFault::Padding, 422, "Invalid header padding"),
        (TokenFault::Signature, 422, "Signature verification failed"),
        (TokenFault::Algorithm, 422, "The specified alg value is not allowed"),
        (TokenFault::Expired, 401, "Token has expired"),
        (TokenFault::NotYetValid, 422, "The token is not yet valid (nbf)"),
        (TokenFault::MissingClaim("sub"), 422, "Missing claim: sub"),
        (TokenFault::WrongKindAccess, 422, "Only non-refresh tokens are allowed"),
        (TokenFault::WrongKindRefresh, 422, "Only refresh tokens are allowed"),
        (TokenFault::Revoked, 401, "Token has been revoked"),
        (TokenFault::Person(6), 401, "Error loading the user 6"),
    ] {
        assert_eq!(told(fault), row(status, text));
    }
}

#[test]
fn d28_tokens_of_links() {
    for (fault, status, text) in [
        (TokenFault::Expired, 422, "Expired token"),
        (TokenFault::Revoked, 422, "Expired token"),
        (TokenFault::Segments, 422, "Not enough segments"),
        (TokenFault::Signature, 422, "Signature verification failed"),
        (TokenFault::WrongKindAccess, 422, "Missing claim: user_id"),
        (TokenFault::WrongKindRefresh, 422, "Missing claim: user_id"),
        (TokenFault::MissingClaim("user_id"), 422, "Missing claim: user_id"),
        (TokenFault::Person(6), 404, "User not found"),
    ] {
        assert_eq!(told(fault.of_link()), row(status, text));
    }
}

#[test]
fn section_10_every_error_of_the_core() {
    for (error, status, text) in [
        (Error::NotFound("user"), 404, "User not found"),
        (Error::NotFound("property"), 404, "Property not found"),
        (Error::NotFound("tenant"), 404, "Tenant not found"),
        (Error::NotFound("lease"), 404, "Lease not found"),
        (Error::NotFound("emergency_contact"), 404, "EmergencyContact not found"),
        (Error::NotFound("ticket"), 404, "Ticket not found"),
        (Error::NotFound("note"), 404, "ID not found"),
        (Error::Forbidden, 401, "Not Authorized"),
        (Error::Unauthenticated(Unauthenticated::Missing), 401, "Missing authorization header"),
        (Error::Unauthenticated(Unauthenticated::Credentials), 401, "Invalid credentials"),
        (Error::Unauthenticated(Unauthenticated::Disabled), 403, "Invalid user"),
        (Error::Unauthenticated(Unauthenticated::Ended), 401, "Token has been revoked"),
        (Error::Unauthenticated(Unauthenticated::Person(2)), 401, "Error loading the user 2"),
        (Error::Conflict("has_written"), 409, "User has tickets or notes"),
        (Error::Conflict("self_archive"), 400, "Cannot archive self"),
        (Error::Conflict("self_delete"), 400, "Cannot delete self"),
        (Error::Conflict("password_mismatch"), 401, "Password does not match."),
        (Error::Conflict("unconfirmed_password"), 422, "Unconfirmed password"),
        (Error::Conflict("another_rule"), 409, "another_rule"),
        (Error::RateLimited(Duration::from_secs(2)), 429, "Too many attempts"),
        (Error::TooLarge, 413, "Request body too large"),
        (Error::Unavailable("queue"), 503, "Service unavailable"),
        (Error::internal("secret"), 500, "Internal Server Error"),
    ] {
        assert_eq!(told(error), row(status, text));
    }
    assert_eq!(told(words::USER.with_403().bare()(Error::Forbidden)), row(403, "Not Authorized"));
    assert_eq!(
        told(words::NOTE.missing("Notes not found").bare()(Error::NotFound("note"))),
        row(404, "Notes not found")
    );
    assert_eq!(told(Refusal::UnknownPath), told(DoorError::no_such_path()));
    assert_eq!(told(Refusal::WrongMethod), row(405, "The method is not allowed for the requested URL."));
    assert_eq!(told(Refusal::Crashed), row(500, "Internal Server Error"));
    assert_eq!(told(Refusal::TookTooLong), row(503, "Service unavailable"));
}

#[tokio::test]
async fn answers_are_json_with_retry_after_where_due() {
    for (error, retry) in [
        (Error::RateLimited(Duration::ZERO), Some("1")),
        (Error::RateLimited(Duration::from_millis(1)), Some("1")),
        (Error::RateLimited(Duration::from_millis(1001)), Some("2")),
        (Error::RateLimited(Duration::from_secs(900)), Some("900")),
        (Error::Unavailable("queue"), Some("1")),
        (Error::Forbidden, None),
        (Error::TooLarge, None),
    ] {
        let answer = DoorError::from(error).into_response();
        assert_eq!(answer.headers().get(RETRY_AFTER).map(|v| v.to_str().unwrap()), retry);
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.headers()["cache-control"], "private, no-store");
    }
    let mut faults = Faults::new();
    faults.add_at(vec!["ids".into(), "0".into()], Problem::Words("Not a valid integer.".into()));
    let answer = DoorError::from(Error::Invalid(faults)).into_response();
    assert_eq!(answer.status(), 400);
    let bytes = axum::body::to_bytes(answer.into_body(), 1000).await.unwrap();
    assert_eq!(&bytes[..], br#"{"message":{"ids":{"0":["Not a valid integer."]}}}"#);
}
