//! Single values as they were sent (section 7), and how forms are read more freely than JSON (D4).

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::json;

/// A value as it was sent.
#[derive(Clone)]
pub(super) struct Sent<'a> {
    value: Cow<'a, Value>,
    form: bool,
}

/// An object as it was sent.
#[derive(Clone)]
pub(super) struct SentObject<'a> {
    pub(super) map: Cow<'a, Map<String, Value>>,
    pub(super) form: bool,
}

impl<'a> Sent<'a> {
    pub(super) const fn new(value: &'a Value, form: bool) -> Self {
        Self { value: Cow::Borrowed(value), form }
    }

    const fn json(value: Value) -> Self {
        Self { value: Cow::Owned(value), form: false }
    }

    pub(super) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// As a single value: in a form the last of doubled ones.
    pub(super) fn single(&self) -> &Value {
        match self.value.as_ref() {
            Value::Array(items) if self.form => items.last().unwrap_or(&Value::Null),
            single => single,
        }
    }

    /// As a list. In a form it may also be JSON text, numbered keys, or one value.
    pub(super) fn list(&self) -> Option<Vec<Sent<'_>>> {
        let item = |value| Sent::new(value, self.form);
        match self.value.as_ref() {
            Value::Array(items) => Some(items.iter().map(item).collect()),
            Value::Object(map) if self.form => {
                let mut numbered =
                    map.iter().map(|(k, v)| k.parse().ok().map(|n: u32| (n, v))).collect::<Option<Vec<_>>>()?;
                numbered.sort_by_key(|(n, _)| *n);
                Some(numbered.into_iter().map(|(_, v)| item(v)).collect())
            }
            Value::String(text) if self.form => Some(match json_text(text, '[') {
                Some(Value::Array(items)) => items.into_iter().map(Sent::json).collect(),
                _ => vec![item(&self.value)],
            }),
            _ => None,
        }
    }

    /// As an object. In a form it may also be JSON text.
    pub(super) fn object(&self) -> Option<SentObject<'_>> {
        match self.value.as_ref() {
            Value::Object(map) => Some(SentObject { map: Cow::Borrowed(map), form: self.form }),
            _ if self.form => match json_text(self.single().as_str()?, '{') {
                Some(Value::Object(map)) => Some(SentObject { map: Cow::Owned(map), form: false }),
                _ => None,
            },
            _ => None,
        }
    }
}

impl SentObject<'_> {
    /// The value of `key`, as it was sent.
    pub(super) fn get(&self, key: &str) -> Option<Sent<'_>> {
        self.map.get(key).map(|value| Sent::new(value, self.form))
    }

    /// What was sent at a path of keys and positions.
    pub(super) fn find<T>(&self, path: &[&str], see: impl FnOnce(&Sent<'_>) -> T) -> Option<T> {
        let (first, rest) = path.split_first()?;
        walk(&self.get(first)?, rest, see)
    }
}

fn walk<T>(sent: &Sent<'_>, path: &[&str], see: impl FnOnce(&Sent<'_>) -> T) -> Option<T> {
    let Some((next, rest)) = path.split_first() else { return Some(see(sent)) };
    if let Some(object) = sent.object().filter(|o| o.map.contains_key(*next)) {
        walk(&object.get(next)?, rest, see)
    } else {
        walk(sent.list()?.get(next.parse::<usize>().ok()?)?, rest, see)
    }
}

/// A value of a form that holds JSON text (D4).
fn json_text(text: &str, begins: char) -> Option<Value> {
    text.trim_start().starts_with(begins).then(|| json::parse(text.as_bytes()).ok()).flatten()
}

/// A text that can be stored: neither database takes NUL.
pub(super) fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|s| kernel::has_no_nul(s))
}

/// An integer of 32 bits: a number, its fraction cut, or digits as text.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => match n.as_i64() {
            Some(n) => in_range(n),
            // What is not exact here is far outside the range, or has a fraction.
            None => n.as_f64().filter(|f| f.abs() < 3e9).and_then(|f| in_range(f.trunc() as i64)),
        },
        Value::String(text) => integer_text(text),
        _ => None,
    }
}

/// Digits as text: outer white space and a minus are fine. Also for values in query strings.
#[must_use]
pub fn integer_text(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().and_then(in_range)
}

/// An id in a path: digits only (D2). One that is too large for any id is still one, of nothing.
#[must_use]
pub fn path_id(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(i64::MAX))
}

fn in_range(n: i64) -> Option<i64> {
    i32::try_from(n).ok().map(i64::from)
}

/// A boolean: itself, 1 or 0, or one of the words for it in any letter case.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    const TRUE: [&str; 6] = ["t", "true", "y", "yes", "on", "1"];
    const FALSE: [&str; 6] = ["f", "false", "n", "no", "off", "0"];
    match value {
        Value::Bool(b) => Some(*b),
        Value::Number(n) if n.as_f64() == Some(1.0) => Some(true),
        Value::Number(n) if n.as_f64() == Some(0.0) => Some(false),
        Value::String(s) if TRUE.iter().any(|word| word.eq_ignore_ascii_case(s)) => Some(true),
        Value::String(s) if FALSE.iter().any(|word| word.eq_ignore_ascii_case(s)) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn section_7_integers() {
        for (sent, read) in [
            (json!(3), 3),
            (json!(-3), -3),
            (json!(1.5), 1),
            (json!(-1.5), -1),
            (json!(-0.9), 0),
            (json!(1e3), 1000),
            (json!("3"), 3),
            (json!(" 3\n"), 3),
            (json!("-3"), -3),
            (json!("007"), 7),
            (json!("-0"), 0),
            (json!(2_147_483_647), 2_147_483_647),
            (json!(2_147_483_647.5), 2_147_483_647),
            (json!(-2_147_483_648_i64), -2_147_483_648),
            (json!("-2147483648"), -2_147_483_648),
        ] {
            assert_eq!(integer(&sent), Some(read), "{sent}");
        }
        for bad in [
            json!("1.5"),
            json!(true),
            json!(""),
            json!(" "),
            json!("-"),
            json!("- 3"),
            json!("+3"),
            json!("1_0"),
            json!("0x10"),
            json!("٣"),
            json!("a"),
            json!("3\u{0}"),
            json!([1]),
            json!({}),
            json!(2_147_483_648_i64),
            json!(-2_147_483_649_i64),
            json!(u64::MAX),
            json!(1e300),
            json!(-1e300),
            json!("2147483648"),
            json!("99999999999999999999999999"),
        ] {
            assert_eq!(integer(&bad), None, "{bad}");
        }
    }

    #[test]
    fn section_7_booleans() {
        for yes in [
            json!(true),
            json!(1),
            json!(1.0),
            json!("t"),
            json!("TRUE"),
            json!("tRuE"),
            json!("Y"),
            json!("yes"),
            json!("On"),
            json!("1"),
        ] {
            assert_eq!(boolean(&yes), Some(true), "{yes}");
        }
        for no in [
            json!(false),
            json!(0),
            json!("f"),
            json!("False"),
            json!("false"),
            json!("N"),
            json!("no"),
            json!("OFF"),
            json!("0"),
        ] {
            assert_eq!(boolean(&no), Some(false), "{no}");
        }
        for bad in
            [json!(2), json!(-1), json!(0.5), json!(""), json!(" true"), json!("ja"), json!("10"), json!([]), json!({})]
        {
            assert_eq!(boolean(&bad), None, "{bad}");
        }
    }

    #[test]
    fn d2_ids_in_paths() {
        for (text, id) in [("7", 7), ("007", 7), ("0", 0), ("99999999999999999999", i64::MAX)] {
            assert_eq!(path_id(text), Some(id), "{text}");
        }
        for bad in ["", "abc", "-1", "+1", " 1", "1.0", "٣"] {
            assert_eq!(path_id(bad), None, "{bad}");
        }
    }

    #[test]
    fn texts_with_nul_are_none() {
        assert_eq!(text(&json!(" a ")), Some(" a "));
        for bad in [json!("a\u{0}"), json!(1), json!(true), json!([]), json!({})] {
            assert_eq!(text(&bad), None, "{bad}");
        }
    }

    #[test]
    fn d4_forms_are_read_freely_and_json_is_not() {
        let single = |v: Value, form| Sent::new(&v, form).single().clone();
        assert_eq!(single(json!(["1", "2"]), true), json!("2"));
        assert_eq!(single(json!(["1", "2"]), false), json!(["1", "2"]));

        let list = |v: Value, form| {
            Sent::new(&v, form).list().map(|l| l.iter().map(|s| s.single().clone()).collect::<Vec<_>>())
        };
        assert_eq!(list(json!("1"), true), Some(vec![json!("1")]));
        assert_eq!(list(json!(" [1, 2]"), true), Some(vec![json!(1), json!(2)]));
        assert_eq!(list(json!("[1, "), true), Some(vec![json!("[1, ")]));
        assert_eq!(list(json!({"10": "c", "9": "b", "0": "a"}), true), Some(vec![json!("a"), json!("b"), json!("c")]));
        assert_eq!(list(json!({"x": "c"}), true), None);
        for bad in [json!("1"), json!("[1]"), json!({"0": "a"}), json!(1)] {
            assert_eq!(list(bad.clone(), false), None, "{bad}");
        }

        let object = |v: Value, form| Sent::new(&v, form).object().map(|o| o.map.into_owned());
        assert_eq!(object(json!(r#"{"a":1}"#), true).map(Value::Object), Some(json!({"a": 1})));
        assert_eq!(object(json!(r#"{"a":1}"#), false), None);
        assert_eq!(object(json!("x"), true), None);
    }

    #[test]
    fn paths_lead_to_what_was_sent() {
        let body = json!({"lease": {"propertyID": 9}, "ids": [1, "x"], "text": "{\"a\":[5]}"});
        let map = body.as_object().unwrap();
        let find =
            |path: &[&str], form| SentObject { map: Cow::Borrowed(map), form }.find(path, |s| s.single().clone());
        assert_eq!(find(&["lease", "propertyID"], false), Some(json!(9)));
        assert_eq!(find(&["ids", "1"], false), Some(json!("x")));
        assert_eq!(find(&["text", "a", "0"], true), Some(json!(5)));
        for nowhere in [&["lease", "x"][..], &["ids", "2"], &["ids", "x"], &["text", "a"], &[]] {
            assert_eq!(find(nowhere, false), None, "{nowhere:?}");
        }
    }
}
