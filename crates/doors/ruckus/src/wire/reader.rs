//! Reading bodies of JSON, with everything that is wrong noted under the name it was sent by.

use kernel::{Draft, Faults, Field, Problem};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::DoorError;

/// The object that a body holds; an empty one where the body may be missing and is.
///
/// # Errors
/// 400 when the body is no object of JSON (R3).
pub fn object(body: &[u8], optional: bool) -> Result<Map<String, Value>, DoorError> {
    if body.is_empty() && optional {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(Value::Null) if optional => Ok(Map::new()),
        Ok(_) => Err(DoorError::body("the body must be a JSON object")),
        Err(_) if body.is_empty() => Err(DoorError::body("there is no body")),
        Err(e) => Err(DoorError::body(&format!("the body is not JSON: line {}, column {}", e.line(), e.column()))),
    }
}

/// Reads the fields of one object. `null` is as good as not given (section 5); unknown fields are left out (R36).
pub struct Reader<'a> {
    object: Option<&'a Map<String, Value>>,
    faults: Faults,
}

impl<'a> Reader<'a> {
    /// Of a body.
    #[must_use]
    pub const fn of(object: &'a Map<String, Value>) -> Self {
        Self { object: Some(object), faults: Faults::new() }
    }

    /// The draft of what was read.
    pub fn finish<T>(self, input: T) -> Draft<T> {
        Draft::new(input, self.faults)
    }

    /// What was read, when nothing was wrong with it.
    ///
    /// # Errors
    /// 400 with all faults.
    pub fn whole<T>(self, input: T) -> Result<T, DoorError> {
        self.faults.finish()?;
        Ok(input)
    }

    fn sent(&self, name: &str) -> Option<&'a Value> {
        self.object.and_then(|o| o.get(name)).filter(|v| !v.is_null())
    }

    /// Notes that a field is not as it must be.
    pub fn wrong<T>(&mut self, name: &'static str, problem: Problem) -> Field<T> {
        self.faults.add(name, problem);
        Field::Faulty
    }

    /// A text.
    pub fn text(&mut self, name: &'static str) -> Field<String> {
        match self.sent(name) {
            None => Field::Absent,
            Some(Value::String(text)) => Field::Given(text.clone()),
            Some(_) => self.wrong(name, Problem::WrongKind),
        }
    }

    /// One of these words (R10).
    pub fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Field<T> {
        match self.text(name) {
            Field::Given(text) => match words.iter().find(|(word, _)| *word == text) {
                Some((_, meant)) => Field::Given(*meant),
                None => {
                    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                    self.wrong(name, Problem::Words(format!("must be one of {}", known.join(", ")).into()))
                }
            },
            Field::Absent => Field::Absent,
            Field::Faulty => Field::Faulty,
        }
    }

    /// A uuid in the published form.
    pub fn uuid(&mut self, name: &'static str) -> Field<Uuid> {
        match self.text(name) {
            Field::Given(text) => match crate::call::hyphenated(&text) {
                Some(id) => Field::Given(id),
                None => self.wrong(name, Problem::Words("must be a UUID".into())),
            },
            Field::Absent => Field::Absent,
            Field::Faulty => Field::Faulty,
        }
    }

    /// A whole number from 0 to `most`, also written as `1.0`.
    pub fn number(&mut self, name: &'static str, most: i64) -> Field<i64> {
        let Some(value) = self.sent(name) else { return Field::Absent };
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of at most 32 bits")]
        let whole = |f: f64| (f.fract() == 0.0 && f.abs() <= f64::from(u32::MAX)).then_some(f as i64);
        let number = value.as_i64().or_else(|| value.as_f64().and_then(whole));
        match number {
            Some(n) if (0..=most).contains(&n) => Field::Given(n),
            None if !value.is_number() => self.wrong(name, Problem::WrongKind),
            _ => self.wrong(name, Problem::Words(format!("must be a whole number from 0 to {most}").into())),
        }
    }

    /// One of these words, or a list of some (section 5: the published sample is a bare word). Answers whether there is
    /// any.
    pub fn words(&mut self, name: &'static str, known: &[&str]) -> Field<bool> {
        let is_known = |v: &Value| v.as_str().is_some_and(|text| known.contains(&text));
        match self.sent(name) {
            None => Field::Absent,
            Some(Value::Array(all)) if all.iter().all(is_known) => Field::Given(!all.is_empty()),
            Some(one) if is_known(one) => Field::Given(true),
            Some(_) => self.wrong(name, Problem::Words(format!("must be one of {}", known.join(", ")).into())),
        }
    }

    /// What an object inside of this one says.
    pub fn inside<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        let object = match self.sent(name) {
            None => None,
            Some(Value::Object(object)) => Some(object),
            Some(_) => {
                self.faults.add(name, Problem::WrongKind);
                None
            }
        };
        let mut inner = Reader { object, faults: Faults::new() };
        let input = read(&mut inner);
        self.faults.nest(name, inner.faults);
        input
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn r36_types_are_told_apart() {
        let all = json!({"t": 1, "w": "x", "u": "00000000000000000000000000000001", "n": -1, "m": 1.5, "s": ["a", "b"], "o": []});
        let object = all.as_object().unwrap();
        let mut r = Reader::of(object);
        assert_eq!(r.text("t"), Field::Faulty);
        assert_eq!(r.word("w", &[("y", 1)]), Field::Faulty);
        assert_eq!(r.uuid("u"), Field::Faulty);
        assert_eq!(
            (r.number("n", 9), r.number("m", 9), r.number("t", 0)),
            (Field::Faulty, Field::Faulty, Field::Faulty)
        );
        assert_eq!(r.words("s", &["a"]), Field::Faulty);
        r.inside("o", |o| assert_eq!(o.text("x"), Field::Absent));
        assert_eq!(r.faults.iter().count(), 8);
        let good = json!({"n": 2.0, "a": "a", "b": [], "z": null, "w": "y"});
        let mut r = Reader::of(good.as_object().unwrap());
        assert_eq!((r.number("n", 9), r.text("z")), (Field::Given(2), Field::Absent));
        assert_eq!((r.words("a", &["a"]), r.words("b", &["a"])), (Field::Given(true), Field::Given(false)));
        assert_eq!(r.word("w", &[("y", 1)]), Field::Given(1));
        assert!(r.faults.is_empty());
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = object(&body, false);
            let _ = object(&body, true);
        }
    }
}
