//! Forms as trees (D4): `lease[propertyID]=1`, `contact_numbers[0][number]=…`, `ids[]=1&ids[]=2`, `ids=1&ids=2`.

use serde_json::{Map, Value, map::Entry};

use super::json::MOST_KEYS;

/// No form of this API nests deeper than three brackets.
const MOST_BRACKETS: usize = 8;

/// Builds a form's tree, pair by pair. Leaves are texts; a doubled key is a list of its texts, of which a reader of a
/// single field takes the last; numbered brackets stay an object, which a reader of a list takes in order.
#[derive(Default)]
pub(super) struct Form {
    root: Map<String, Value>,
    pairs: usize,
}

impl Form {
    /// Adds one pair, decoded already. White space around the key is dropped; the value stays untouched.
    ///
    /// # Errors
    /// What is too much, in words for the client.
    pub(super) fn add(&mut self, key: &str, value: &str) -> Result<(), &'static str> {
        self.pairs += 1;
        if self.pairs > MOST_KEYS {
            return Err("too many keys");
        }
        let key = key.trim();
        if key.is_empty() {
            return Ok(());
        }
        let (name, brackets) = split(key)?;
        insert(&mut self.root, name, &brackets, value.into());
        Ok(())
    }

    /// The tree.
    pub(super) fn finish(self) -> Map<String, Value> {
        self.root
    }
}

/// `lease[propertyID]` → `lease` and [`propertyID`]. A key whose brackets make no sense is a name as it stands.
fn split(key: &str) -> Result<(&str, Vec<&str>), &'static str> {
    let Some((name, mut rest)) = key.find('[').map(|at| key.split_at(at)) else { return Ok((key, Vec::new())) };
    let mut brackets = Vec::new();
    while let Some((inside, tail)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        if brackets.len() == MOST_BRACKETS {
            return Err("nested too deeply");
        }
        brackets.push(inside.trim());
        rest = tail;
    }
    let odd = name.is_empty() || !rest.is_empty() || brackets.iter().any(|b| b.contains('['));
    Ok(if odd { (key, Vec::new()) } else { (name.trim_end(), brackets) })
}

/// Puts `value` where `name` and `brackets` say. Where two pairs contradict each other, the last counts.
fn insert(map: &mut Map<String, Value>, name: &str, brackets: &[&str], value: Value) {
    let entry = map.entry(name);
    match brackets {
        [] => match entry {
            Entry::Vacant(e) => {
                e.insert(value);
            }
            Entry::Occupied(mut e) => match e.get_mut() {
                Value::Array(items) => items.push(value),
                first @ Value::String(_) => *first = Value::Array(vec![first.take(), value]),
                other => *other = value,
            },
        },
        [""] => match entry.or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(items) => items.push(value),
            first @ Value::String(_) => *first = Value::Array(vec![first.take(), value]),
            other => *other = Value::Array(vec![value]),
        },
        [next, rest @ ..] => {
            let slot = entry.or_insert_with(|| Value::Object(Map::new()));
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            let Value::Object(inner) = slot else { return };
            if next.is_empty() {
                let item = open_item(inner, rest);
                insert(inner, &item, rest, value);
            } else {
                insert(inner, next, rest, value);
            }
        }
    }
}

/// Which item `numbers[][number]=…` speaks of: the last one until it has that key already, then a new one.
fn open_item(list: &Map<String, Value>, rest: &[&str]) -> String {
    let last = list.len().saturating_sub(1).to_string();
    let key = rest.first().copied().unwrap_or_default();
    match list.get(&last) {
        Some(Value::Object(item)) if !item.contains_key(key) => last,
        _ => list.len().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn tree(pairs: &[(&str, &str)]) -> Value {
        let mut form = Form::default();
        for (k, v) in pairs {
            form.add(k, v).unwrap();
        }
        Value::Object(form.finish())
    }

    #[test]
    fn d4_keys_are_trimmed_and_values_are_not() {
        assert_eq!(
            tree(&[(" email", " a "), ("\tpassword \n", "x"), ("  ", "lost"), ("", "lost")]),
            json!({"email": " a ", "password": "x"})
        );
        assert_eq!(tree(&[(" lease [ propertyID ]", "1")]), json!({"lease": {"propertyID": "1"}}));
    }

    #[test]
    fn d4_lists_and_nesting() {
        assert_eq!(tree(&[("ids", "1"), ("ids", "2"), ("ids", "3")]), json!({"ids": ["1", "2", "3"]}));
        assert_eq!(tree(&[("ids[]", "1"), ("ids[]", "2")]), json!({"ids": ["1", "2"]}));
        assert_eq!(tree(&[("ids[]", "1")]), json!({"ids": ["1"]}));
        assert_eq!(tree(&[("ids", "1"), ("ids[]", "2")]), json!({"ids": ["1", "2"]}));
        assert_eq!(
            tree(&[("n[0][number]", "1"), ("n[0][ext]", "2"), ("n[10][number]", "3"), ("n[9][number]", "4")]),
            json!({"n": {"0": {"number": "1", "ext": "2"}, "10": {"number": "3"}, "9": {"number": "4"}}})
        );
        assert_eq!(
            tree(&[("n[][number]", "1"), ("n[][ext]", "2"), ("n[][number]", "3")]),
            json!({"n": {"0": {"number": "1", "ext": "2"}, "1": {"number": "3"}}})
        );
    }

    #[test]
    fn d4_contradictions_and_odd_keys() {
        assert_eq!(tree(&[("a", "1"), ("a[b]", "2")]), json!({"a": {"b": "2"}}));
        assert_eq!(tree(&[("a[b]", "2"), ("a", "1")]), json!({"a": "1"}));
        assert_eq!(tree(&[("a[b]", "2"), ("a[]", "1")]), json!({"a": ["1"]}));
        for odd in ["a[", "a]", "[a]", "[]", "a[b", "a[b]c", "a[b]]", "a[[b]]", "[", "a[b][c"] {
            assert_eq!(tree(&[(odd, "1")]), json!({odd: "1"}), "{odd}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        let mut form = Form::default();
        assert!(form.add(&format!("a{}", "[b]".repeat(MOST_BRACKETS)), "1").is_ok());
        assert!(form.add(&format!("a{}", "[b]".repeat(300_000)), "1").is_err());
        assert!(form.add(&"[".repeat(1_000_000), "1").is_ok());
        assert!((0..MOST_KEYS).any(|i| form.add(&i.to_string(), "").is_err()));
    }

    proptest! {
        #[test]
        fn never_panics(pairs in prop::collection::vec(("[ab\\[\\] ]{0,8}", "[x\\[{]{0,2}"), 0..12)) {
            let mut form = Form::default();
            for (k, v) in &pairs {
                let _ = form.add(k, v);
            }
            let _ = form.finish();
        }
    }
}
