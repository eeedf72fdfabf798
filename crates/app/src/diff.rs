//! What changed in a row, for the spine.

use serde_json::{Map, Value};

/// Collects the fields whose stored value changes: `{field: [old, new]}`.
#[derive(Default)]
pub struct Diff(Map<String, Value>);

impl Diff {
    /// Compares one field.
    pub fn field<T: PartialEq + serde::Serialize>(&mut self, name: &str, old: &T, new: &T) {
        if old != new {
            let value = |v: &T| serde_json::to_value(v).unwrap_or(Value::Null);
            self.0.insert(name.to_owned(), Value::Array(vec![value(old), value(new)]));
        }
    }

    /// A field whose values are secret: only that it changed is told.
    pub fn secret(&mut self, name: &str) {
        self.0.insert(name.to_owned(), Value::Null);
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As JSON text; empty when nothing changed.
    pub fn json(&self) -> String {
        if self.is_empty() { String::new() } else { Value::Object(self.0.clone()).to_string() }
    }
}
