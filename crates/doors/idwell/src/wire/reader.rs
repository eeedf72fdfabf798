//! Reading the fields of a body: a wrong type is a fault of its field (GE2).

use kernel::{Draft, Faults, Field, Id, Problem};
use serde_json::{Map, Value};

/// Reads an object, field by field.
pub struct Reader<'a> {
    sent: &'a Map<String, Value>,
    faults: Faults,
}

impl<'a> Reader<'a> {
    /// Of what was sent.
    #[must_use]
    pub const fn new(sent: &'a Map<String, Value>) -> Self {
        Self { sent, faults: Faults::new() }
    }

    /// The draft of what was read.
    pub fn finish<T>(self, input: T) -> Draft<T> {
        Draft::new(input, self.faults)
    }

    fn wrong<T>(&mut self, name: &'static str, problem: Problem) -> Field<T> {
        self.faults.add(name, problem);
        Field::Faulty
    }

    /// A text or null.
    pub fn text_or_null(&mut self, name: &'static str) -> Field<Option<String>> {
        match self.sent.get(name) {
            None => Field::Absent,
            Some(Value::Null) => Field::Given(None),
            Some(Value::String(text)) if text.contains('\0') => self.wrong(name, Problem::Malformed),
            Some(Value::String(text)) => Field::Given(Some(text.clone())),
            Some(_) => self.wrong(name, Problem::WrongKind),
        }
    }

    /// A text.
    pub fn text(&mut self, name: &'static str) -> Field<String> {
        match self.text_or_null(name) {
            Field::Given(Some(text)) => Field::Given(text),
            Field::Given(None) => self.wrong(name, Problem::Null),
            Field::Absent => Field::Absent,
            Field::Faulty => Field::Faulty,
        }
    }

    /// One of some words.
    pub fn one_of<T>(&mut self, name: &'static str, parse: fn(&str) -> Option<T>) -> Field<T> {
        match self.text(name) {
            Field::Given(word) => parse(&word).map_or_else(|| self.wrong(name, Problem::Malformed), Field::Given),
            Field::Absent => Field::Absent,
            Field::Faulty => Field::Faulty,
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, name: &'static str) -> Field<bool> {
        match self.sent.get(name) {
            None => Field::Absent,
            Some(Value::Bool(yes)) => Field::Given(*yes),
            Some(Value::Null) => self.wrong(name, Problem::Null),
            Some(_) => self.wrong(name, Problem::WrongKind),
        }
    }

    /// A list of whole numbers.
    pub fn ids<T>(&mut self, name: &'static str) -> Field<Vec<Id<T>>> {
        match self.sent.get(name) {
            None => Field::Absent,
            Some(Value::Null) => self.wrong(name, Problem::Null),
            Some(Value::Array(items)) => {
                let ids: Option<Vec<Id<T>>> = items.iter().map(|i| i.as_i64().map(Id::new)).collect();
                ids.map_or_else(|| self.wrong(name, Problem::WrongKind), Field::Given)
            }
            Some(_) => self.wrong(name, Problem::WrongKind),
        }
    }
}
