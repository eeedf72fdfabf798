//! The body of a request, in whatever form it came (D3, D4, D8, D9, section 10).

use std::{borrow::Cow, convert::Infallible, fmt};

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use bytes::Bytes;
use futures_util::stream;
use kernel::{Draft, Error, Faults, Field, Problem};
use portico_http::{BodyFault, BodyLimits, read_body};
use serde_json::{Map, Value};

use super::{
    form::Form,
    json,
    reader::{self, Reader},
    value::SentObject,
};

/// The most bytes a body may have.
pub const MOST_BYTES: usize = 1 << 20;

/// The body of a request. Extracting it never fails: what is wrong with it is remembered, and told when the core
/// opens the draft made from it, after everything that comes before it (D7).
pub struct Body(Came);

enum Came {
    Object { map: Map<String, Value>, form: bool },
    Nothing,
    NotAnObject,
    Broken(String),
    TooLarge,
}

impl Body {
    /// Reads the body's fields into an input for the core. Where there is no object to read from, the draft holds the
    /// error: D9 when there is something else or nothing, D8 when it is broken, 413 when it is too large.
    pub fn draft<T>(&self, read: impl FnOnce(&mut Reader<'_>) -> T) -> Draft<T> {
        match self.sent() {
            Ok(Some(object)) => {
                let mut reader = Reader::new(object);
                let input = read(&mut reader);
                reader.finish(input)
            }
            Ok(None) => Draft::broken(reader::not_an_object()),
            Err(e) => Draft::broken(e),
        }
    }

    /// Like [`Body::draft`], where no object counts as an empty one (D26).
    pub fn draft_or_empty<T>(&self, read: impl FnOnce(&mut Reader<'_>) -> T) -> Draft<T> {
        match self.sent() {
            Ok(object) => {
                let nothing = SentObject { map: Cow::Owned(Map::new()), form: false };
                let mut reader = Reader::new(object.unwrap_or(nothing));
                let input = read(&mut reader);
                reader.finish(input)
            }
            Err(e) => Draft::broken(e),
        }
    }

    /// The list `ids`; without an object, without `ids` or where it is no list, `missing` is told (D48, D51).
    pub fn ids<T: From<i64>>(&self, missing: &'static str) -> Draft<Vec<T>> {
        match self.sent() {
            Ok(Some(object)) => {
                let mut reader = Reader::new(object);
                if !reader.has_list("ids") {
                    return Draft::broken(whole(missing));
                }
                let ids = reader.ids("ids", "ids");
                // Where ids are faulty, the faults keep the core from looking at them.
                let ids = if let Field::Given(ids) = ids { ids } else { Vec::new() };
                reader.finish(ids)
            }
            Ok(None) => Draft::broken(whole(missing)),
            Err(e) => Draft::broken(e),
        }
    }

    /// The object sent, if there was one. Texts of a form may be lists here; a [`Reader`] knows what to make of them.
    #[must_use]
    pub const fn object(&self) -> Option<&Map<String, Value>> {
        match &self.0 {
            Came::Object { map, .. } => Some(map),
            _ => None,
        }
    }

    /// Whether a key was sent; its value may be null. False where there is no object.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.object().is_some_and(|map| map.contains_key(key))
    }

    /// The object; none where the body is no object but readable.
    pub(super) fn sent(&self) -> Result<Option<SentObject<'_>>, Error> {
        match &self.0 {
            Came::Object { map, form } => Ok(Some(SentObject { map: Cow::Borrowed(map), form: *form })),
            Came::Nothing | Came::NotAnObject => Ok(None),
            Came::Broken(text) => Err(whole(text.clone())),
            Came::TooLarge => Err(Error::TooLarge),
        }
    }

    /// Reads a body that came with these headers.
    pub async fn decode(headers: &HeaderMap, bytes: Bytes) -> Self {
        let content_type = headers.get(CONTENT_TYPE).map_or("", |v| v.to_str().unwrap_or("?"));
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Self(match essence.as_str() {
            "" if bytes.is_empty() => Came::Nothing,
            "" | "application/json" => of_json(&bytes),
            other if other.starts_with("application/") && other.ends_with("+json") => of_json(&bytes),
            "application/x-www-form-urlencoded" | "multipart/form-data" if bytes.is_empty() => Came::Nothing,
            "application/x-www-form-urlencoded" => of_form(&bytes),
            "multipart/form-data" => of_multipart(content_type, bytes).await,
            _ => Came::Nothing,
        })
    }
}

/// An error about a whole request: a single text instead of texts by field. Noted as the lone fault of an empty path.
#[must_use]
pub fn whole(text: impl Into<Cow<'static, str>>) -> Error {
    let mut faults = Faults::new();
    faults.add_at(Vec::new(), Problem::Words(text.into()));
    Error::Invalid(faults)
}

fn broken(what: &str, why: impl fmt::Display) -> Came {
    Came::Broken(format!("Failed to decode {what}: {why}"))
}

fn of_json(bytes: &[u8]) -> Came {
    match json::parse(bytes) {
        Ok(Value::Object(map)) => Came::Object { map, form: false },
        Ok(_) => Came::NotAnObject,
        Err(why) => broken("JSON object", why),
    }
}

/// Bytes that are no UTF-8 become replacement characters.
fn of_form(bytes: &[u8]) -> Came {
    let mut form = Form::default();
    for (key, value) in form_urlencoded::parse(bytes) {
        if let Err(why) = form.add(&key, &value) {
            return broken("form", why);
        }
    }
    Came::Object { map: form.finish(), form: true }
}

async fn of_multipart(content_type: &str, bytes: Bytes) -> Came {
    match parts(content_type, bytes).await {
        Ok(map) => Came::Object { map, form: true },
        Err(why) => broken("form", why),
    }
}

async fn parts(
    content_type: &str,
    bytes: Bytes,
) -> Result<Map<String, Value>, Box<dyn std::error::Error + Send + Sync>> {
    let boundary = multer::parse_boundary(content_type)?;
    let whole = stream::iter([Ok::<_, Infallible>(bytes)]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await? {
        if part.file_name().is_some() {
            continue;
        }
        let name = part.name().unwrap_or_default().to_owned();
        let value = part.bytes().await?;
        form.add(&name, &String::from_utf8_lossy(&value))?;
    }
    Ok(form.finish())
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(match read_body(body, BodyLimits::bytes(MOST_BYTES)).await {
            Ok(bytes) => Self::decode(&parts.headers, bytes).await,
            Err(BodyFault::TooLarge) => Self(Came::TooLarge),
            Err(why) => Self(broken("JSON object", why)),
        })
    }
}

/// Bodies hold passwords and personal data: only their kind is told.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Came::Object { form: false, .. } => "Body(JSON object)",
            Came::Object { form: true, .. } => "Body(form)",
            Came::Nothing => "Body(nothing)",
            Came::NotAnObject => "Body(no object)",
            Came::Broken(_) => "Body(broken)",
            Came::TooLarge => "Body(too large)",
        })
    }
}

#[cfg(test)]
mod tests;
