//! Files in and out (operations 13 and 17).

use app::file::{Upload, UploadError, Variant};
use axum::{
    body::Body,
    extract::State,
    http::{
        HeaderMap, Method,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::Response,
};
use kernel::entity::{Document, Property};
use portico_http::{BodyLimits, Guarded, Sending, send_file};
use std::time::Duration;

use crate::{
    Door,
    call::{Ids, User},
    present,
    wire::{DoorError, PRIVATE, json},
};

/// The most bytes a file may have (C2).
const MOST_BYTES: usize = 10 * 1024 * 1024;

/// How a file may come.
const LIMITS: BodyLimits =
    BodyLimits { bytes: MOST_BYTES, idle: Duration::from_secs(20), total: Duration::from_secs(120) };

/// Operation 13 (C2, C3, C4).
pub async fn upload(
    User(caller): User,
    State(door): State<Door>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, DoorError> {
    let name = headers.get("x-filename").map(|v| decoded(v.as_bytes())).filter(|n| !n.trim().is_empty());
    let name = name.ok_or_else(|| DoorError::bad("X-Filename is required"))?;
    let claimed = headers.get(CONTENT_TYPE).ok_or_else(|| DoorError::bad("Content-Type is required"))?;
    let claimed = claimed.to_str().ok().map(plain).filter(|claimed| is_media_type(claimed));
    let claimed = claimed.ok_or_else(|| DoorError::bad("Content-Type is not well-formed"))?;
    let sent = Guarded::new(body, LIMITS)?;
    let about = Upload { name, content_type: claimed.clone(), limit: MOST_BYTES as u64 };
    match door.app.files().upload(&caller, about, sent).await {
        Ok(file) => Ok(json(present::upload(&file, claimed))),
        Err(UploadError::Sender(fault)) => Err(fault.into()),
        Err(UploadError::Refused(e)) => Err(e.into()),
    }
}

/// A content type without its parameters.
fn plain(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_lowercase()
}

/// Two names of at most 127 signs (RFC 6838, section 4.2), such as no page takes for anything else.
fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        (1..=127).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    text.split_once('/').is_some_and(|(kind, of)| is_name(kind) && is_name(of))
}

/// A name that came as UTF-8, percent-encoded or not.
fn decoded(sent: &[u8]) -> String {
    let mut out = Vec::with_capacity(sent.len());
    let mut rest = sent;
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|d| std::str::from_utf8(d).ok());
        let digits = digits.filter(|d| first == b'%' && d.bytes().all(|b| b.is_ascii_hexdigit()));
        let byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
        out.push(byte.unwrap_or(first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    // What is no UTF-8 once it is decoded was meant as it stands.
    String::from_utf8(out).unwrap_or_else(|_| String::from_utf8_lossy(sent).into_owned())
}

/// Operation 17.
pub async fn document(
    User(caller): User,
    Ids(community, id): Ids<Property, Document>,
    State(door): State<Door>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, DoorError> {
    let file = door.app.documents().file(&caller, community, id).await?;
    let sending = Sending { which: Variant::Whole, download: true, max_age: 0, redirect: false };
    let mut response = send_file(&door.app, &file, sending, &method, &headers).await?;
    response.headers_mut().insert(CACHE_CONTROL, PRIVATE);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::{decoded, plain};

    #[test]
    fn names_come_encoded_and_raw() {
        for (sent, name) in [
            (&b"avatar.jpg"[..], "avatar.jpg"),
            (b"Stra%C3%9Fe%20%26%20Hof.pdf", "Straße & Hof.pdf"),
            ("Straße.pdf".as_bytes(), "Straße.pdf"),
            (b"100%.txt", "100%.txt"),
            (b"50%zz%4", "50%zz%4"),
            (b"%ff%fe.txt", "%ff%fe.txt"),
            (b"a%2Fb.txt", "a/b.txt"),
        ] {
            assert_eq!(decoded(sent), name);
        }
    }

    #[test]
    fn parameters_of_a_type_are_cut() {
        assert_eq!(plain("Text/Plain; charset=utf-8"), "text/plain");
    }
}
