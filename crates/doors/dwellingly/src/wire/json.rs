//! JSON of strangers: read with bounds on depth and size.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// No request of this API nests deeper than four levels.
const MOST_DEPTH: usize = 32;
/// All keys of all objects together.
pub(super) const MOST_KEYS: usize = 10_000;
/// All values together: bounds the memory that 1 MiB of `[0,0,0,…` can take.
const MOST_VALUES: usize = 200_000;

/// Reads one JSON value. The last of doubled keys counts, as in most readers.
///
/// # Errors
/// What is wrong, and where, in words for the client; never quotes the text.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let left = Left { keys: Cell::new(MOST_KEYS), values: Cell::new(MOST_VALUES) };
    let mut de = serde_json::Deserializer::from_slice(bytes);
    let value = Seed { depth: 0, left: &left }.deserialize(&mut de).map_err(|e| e.to_string())?;
    de.end().map_err(|e| e.to_string())?;
    Ok(value)
}

/// What may still come.
struct Left {
    keys: Cell<usize>,
    values: Cell<usize>,
}

fn take<E: serde::de::Error>(left: &Cell<usize>, what: &str) -> Result<(), E> {
    left.set(left.get().checked_sub(1).ok_or_else(|| E::custom(format_args!("too many {what}")))?);
    Ok(())
}

/// Builds a [`Value`] like its own `Deserialize` does, but counts, and knows no magic keys.
#[derive(Clone, Copy)]
struct Seed<'l> {
    depth: usize,
    left: &'l Left,
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
        take(&self.left.values, "values")?;
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
        Ok(v.into())
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            take::<A::Error>(&self.left.keys, "keys")?;
            map.insert(key, entries.next_value_seed(inner)?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_values() {
        for text in
            ["null", "true", "-1", "18446744073709551615", "1.5", "\"ä\\u0000\"", "[1,[2],{}]", r#"{"a":{"b":[]}}"#]
        {
            assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
        assert_eq!(parse(b"\xef\xbb\xbf {\"a\": 1, \"a\": 2} ").unwrap(), json!({"a": 2}));
        // What serde_json's own reader would unfold.
        let magic = r#"{"$serde_json::private::RawValue":"[1]"}"#;
        assert_eq!(parse(magic.as_bytes()).unwrap(), json!({"$serde_json::private::RawValue": "[1]"}));
    }

    #[test]
    fn broken_texts_are_told() {
        for bad in [
            &b""[..],
            b"{bad",
            b"{",
            b"[1,]",
            b"{} {}",
            b"nul",
            b"'a'",
            b"{\"a\":\xff}",
            b"\"\xff\"",
            b"\"\\ud800\"",
            b"NaN",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        let depth = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(depth(MOST_DEPTH).as_bytes()).is_ok());
        assert!(parse(depth(MOST_DEPTH + 1).as_bytes()).unwrap_err().contains("nested too deeply"));
        for bomb in ["[".repeat(1 << 20), r#"{"a":"#.repeat(1 << 18)] {
            assert!(parse(bomb.as_bytes()).is_err());
        }
        let keys = |n: usize| format!("{{{}}}", (0..n).map(|i| format!("\"{i}\":0")).collect::<Vec<_>>().join(","));
        assert!(parse(keys(MOST_KEYS).as_bytes()).is_ok());
        assert!(parse(keys(MOST_KEYS + 1).as_bytes()).unwrap_err().contains("too many keys"));
        assert!(parse(format!("[{}0]", "0,".repeat(MOST_VALUES)).as_bytes()).unwrap_err().contains("too many values"));
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn never_panics_on_nearly_json(text in r#"[\[\]{}:,"\\0-9a-fu.eE+\- ]{0,60}"#) {
            // Depth and size aside, the same is accepted as by serde_json.
            prop_assert_eq!(parse(text.as_bytes()).is_ok(), serde_json::from_str::<Value>(&text).is_ok());
        }
    }
}
