//! The body of a write: JSON, an object.

use std::convert::Infallible;

use axum::extract::{FromRequest, Request};
use kernel::{Draft, Error, Faults, Field, Problem, has_no_nul};
use portico_http::{BodyFault, BodyLimits, read_body};
use serde_json::{Map, Value};

/// The most bytes a body may have.
const MOST_BYTES: usize = 1 << 20;

/// The body of a request. Extracting it never fails: what is wrong with it is told when the core opens the draft made
/// from it, after everything that comes before it.
pub struct Body(Result<Map<String, Value>, Error>);

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = Infallible;
    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let body = match read_body(request.into_body(), BodyLimits::bytes(MOST_BYTES)).await {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| Error::invalid("body", Problem::WrongKind)),
            Err(BodyFault::TooLarge) => Err(Error::TooLarge),
            Err(BodyFault::TooSlow | BodyFault::Broken) => Err(Error::invalid("body", Problem::WrongKind)),
        };
        Ok(Self(body))
    }
}

impl Body {
    /// Reads the fields into an input for the core.
    pub fn draft<T>(&self, read: impl FnOnce(&mut Reader<'_>) -> T) -> Draft<T> {
        match &self.0 {
            Ok(map) => {
                let mut reader = Reader { map, faults: Faults::new() };
                let input = read(&mut reader);
                Draft::new(input, reader.faults)
            }
            Err(e) => Draft::broken(e.clone()),
        }
    }
}

/// Reads the fields of an object. Null counts as not given. `field` is what the core calls what is sent as `key`.
pub struct Reader<'a> {
    map: &'a Map<String, Value>,
    faults: Faults,
}

impl Reader<'_> {
    /// A text.
    pub fn text(&mut self, key: &str, field: &'static str) -> Field<String> {
        match self.map.get(key) {
            None | Some(Value::Null) => Field::Absent,
            Some(Value::String(text)) if has_no_nul(text) => Field::Given(text.clone()),
            Some(Value::String(_)) => self.wrong(field, Problem::Malformed),
            Some(_) => self.wrong(field, Problem::WrongKind),
        }
    }

    /// The id of something.
    pub fn id<T>(&mut self, key: &str, field: &'static str) -> Field<kernel::Id<T>> {
        match self.map.get(key) {
            None | Some(Value::Null) => Field::Absent,
            Some(value) => match value.as_i64() {
                Some(n) => Field::Given(n.into()),
                None => self.wrong(field, Problem::WrongKind),
            },
        }
    }

    /// Yes or no.
    pub fn flag(&mut self, key: &str, field: &'static str) -> Field<bool> {
        match self.map.get(key) {
            None | Some(Value::Null) => Field::Absent,
            Some(Value::Bool(yes)) => Field::Given(*yes),
            Some(_) => self.wrong(field, Problem::WrongKind),
        }
    }

    /// An object of any values.
    pub fn values(&mut self, key: &str, field: &'static str) -> Field<Vec<(String, Value)>> {
        match self.map.get(key) {
            None | Some(Value::Null) => Field::Absent,
            Some(Value::Object(map)) => Field::Given(map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()),
            Some(_) => self.wrong(field, Problem::WrongKind),
        }
    }

    /// Uploads: of each only its path is read (section 4).
    pub fn uploads(&mut self, key: &str, field: &'static str) -> Field<Vec<String>> {
        match self.map.get(key) {
            None | Some(Value::Null) => Field::Absent,
            Some(Value::Array(all)) => {
                let path = |upload: &Value| upload.get("path").and_then(Value::as_str).map(str::to_owned);
                match all.iter().map(path).collect() {
                    Some(paths) => Field::Given(paths),
                    None => self.wrong(field, Problem::WrongKind),
                }
            }
            Some(_) => self.wrong(field, Problem::WrongKind),
        }
    }

    fn wrong<T>(&mut self, field: &'static str, problem: Problem) -> Field<T> {
        self.faults.add(field, problem);
        Field::Faulty
    }
}
