//! JSON that keeps its order: `meta.parameters` repeats what was sent as it was sent (M4, M7). Read with bounds on depth
//! and size, because strangers send it.

use std::{cell::Cell, fmt};

use serde::{
    Serialize, Serializer,
    de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor},
};
use serde_json::Number;

/// No request of this API nests deeper than five levels.
pub(super) const MOST_DEPTH: usize = 16;
/// All values and keys together: bounds the memory that 1 MiB of `[0,0,0,…` can take.
const MOST_VALUES: usize = 3_000;

/// A value.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
    Object(Object),
}

/// Names with values, in the order in which they were sent; each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Vec<(String, Value)>);

impl Object {
    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// The value of a name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// Adds a name at the end. One that was there before keeps its place and takes the new value.
    pub fn set(&mut self, name: impl Into<String>, value: Value) {
        let name = name.into();
        match self.get_mut(&name) {
            Some(there) => *there = value,
            None => self.0.push((name, value)),
        }
    }

    /// Adds a name at the end, wherever it was before.
    pub fn set_last(&mut self, name: impl Into<String>, value: Value) {
        let name = name.into();
        self.0.retain(|(n, _)| *n != name);
        self.0.push((name, value));
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(n, _)| n == name)?;
        Some(self.0.remove(at).1)
    }

    /// Keeps the names that pass.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|(n, _)| keep(n));
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v))
    }

    /// All of them, in order, to change them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.0.iter_mut().map(|(n, v)| (n.as_str(), v))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Value {
    /// The text of a text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(s) => Some(s),
            _ => None,
        }
    }

    /// The names of an object.
    #[must_use]
    pub const fn object(&self) -> Option<&Object> {
        match self {
            Self::Object(o) => Some(o),
            _ => None,
        }
    }

    /// Whether there is nothing in it: null, or an empty text (T5).
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Null) || self.text() == Some("")
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::Text(s.to_owned())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => s.serialize_unit(),
            Self::Bool(b) => s.serialize_bool(*b),
            Self::Number(n) => n.serialize(s),
            Self::Text(t) => s.serialize_str(t),
            Self::List(items) => s.collect_seq(items),
            Self::Object(o) => o.serialize(s),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.iter())
    }
}

/// Reads one JSON value. Of doubled names the last counts, in the first one's place.
///
/// # Errors
/// What is wrong; never quotes the text.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    parse_bounded(bytes, MOST_VALUES)
}

/// Reads what this server wrote itself, of whatever size.
///
/// # Errors
/// Never for what this server wrote.
pub(super) fn parse_own(bytes: &[u8]) -> Result<Value, String> {
    parse_bounded(bytes, usize::MAX)
}

fn parse_bounded(bytes: &[u8], most: usize) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let left = Cell::new(most);
    let mut de = serde_json::Deserializer::from_slice(bytes);
    let value = Seed { depth: 0, left: &left }.deserialize(&mut de).map_err(|e| e.to_string())?;
    de.end().map_err(|e| e.to_string())?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Seed<'l> {
    depth: usize,
    left: &'l Cell<usize>,
}

impl Seed<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MOST_DEPTH {
            return Err(E::custom("nested too deeply"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.ok_or_else(|| serde::de::Error::custom("too many values"))?);
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(Number::from_f64(v).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::Text(v))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut names: Vec<(String, Value)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            match places.get(&name).and_then(|at: &usize| names.get_mut(*at)) {
                Some(there) => there.1 = value,
                None => {
                    places.insert(name.clone(), names.len());
                    names.push((name, value));
                }
            }
        }
        Ok(Value::Object(Object(names)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        serde_json::to_string(&parse(text.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn order_and_types_are_kept() {
        for text in
            [r#"{"b":1,"a":[1.5,0.0,null,"ä",true],"A":{"z":{},"y":[]}}"#, "[]", "\"x\"", "18446744073709551615"]
        {
            assert_eq!(shown(text), text);
        }
        assert_eq!(shown("\u{feff}{\"a\": 1, \"b\": 2, \"a\": 3}"), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn bombs_and_broken_texts_are_refused() {
        let depth = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(depth(MOST_DEPTH).as_bytes()).is_ok());
        assert!(parse(depth(MOST_DEPTH + 1).as_bytes()).is_err());
        assert!(parse(format!("[{}0]", "0,".repeat(MOST_VALUES)).as_bytes()).is_err());
        for bad in [&b""[..], b"{bad", b"{} {}", b"nul", b"\"\xff\"", b"NaN"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in r#"[\[\]{}:,"\\0-9a-fu.eE+\- ]{0,60}"#) {
            prop_assert_eq!(parse(text.as_bytes()).is_ok(), serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}
