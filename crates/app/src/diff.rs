//! What changed in a row, for the spine; and what was only sent back.

use kernel::{Faults, Field, Instant};
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

/// Takes back what a door has against a value that is the one stored. What was shown may always be sent back, also where
/// it came in through a door of wider limits.
pub fn allow_same<T: PartialEq>(faults: &mut Faults, path: &[&str], given: &Field<T>, stored: &T) {
    if given.given() == Some(stored) {
        drop_faults(faults, |at| at == path);
    }
}

/// An instant as doors show it that know only whole seconds.
pub const fn whole_second(at: Instant) -> Instant {
    Instant::from_secs(at.secs())
}

/// Takes back the faults at certain paths.
pub fn drop_faults(faults: &mut Faults, at: impl Fn(&[&str]) -> bool) {
    let mut kept = Faults::new();
    for fault in &*faults {
        let path: Vec<&str> = fault.path.iter().map(AsRef::as_ref).collect();
        if !at(&path) {
            kept.add_at(fault.path.clone(), fault.problem.clone());
        }
    }
    *faults = kept;
}
