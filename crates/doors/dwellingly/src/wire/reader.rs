//! Reading the fields of a write (sections 7 and 8).

use std::borrow::Cow;

use kernel::{Draft, Error, Faults, Field, Instant, Problem, Role};
use serde_json::{Map, Value};

use super::{
    choice::{self, Status},
    time,
    value::{self, Sent, SentObject},
};

/// Texts for values of the wrong form.
const NOT_STRING: &str = "Not a valid string.";
const NOT_INTEGER: &str = "Not a valid integer.";
const NOT_BOOLEAN: &str = "Not a valid boolean.";
const NOT_DATETIME: &str = "Not a valid datetime.";
const NOT_LIST: &str = "Not a valid list.";
const NOT_OBJECT: &str = "Invalid input type.";
/// The key under which a fault of a whole object is told.
pub(super) const SCHEMA: &str = "_schema";
/// How many faulty items of one list, or unknown keys of one object, are told: an answer must not be many times as
/// large as its request.
const MOST_TOLD: usize = 1000;

/// Marks a name in a fault's path that came from the request, so that it is not taken for a name of the core.
pub(super) const VERBATIM: char = '=';

/// A problem in this API's words.
#[must_use]
pub const fn words(text: &'static str) -> Problem {
    Problem::Words(Cow::Borrowed(text))
}

/// Takes fields out of an object and notes what is wrong with their form. Every read names the key on the wire and the
/// core's name of the field; faults are noted under the latter, [`super::words`] leads back. A field that is not there
/// is [`Field::Absent`], whether it is needed is the core's rule; an ill-formed one is [`Field::Faulty`].
pub struct Reader<'a> {
    object: SentObject<'a>,
    faults: Faults,
    null_is_absent: bool,
}

impl<'a> Reader<'a> {
    /// Reads an object that came as JSON.
    #[must_use]
    pub const fn json(object: &'a Map<String, Value>) -> Self {
        Self::new(SentObject { map: Cow::Borrowed(object), form: false })
    }

    pub(super) const fn new(object: SentObject<'a>) -> Self {
        Self { object, faults: Faults::new(), null_is_absent: false }
    }

    /// What was read, with the faults noted.
    #[must_use]
    pub fn finish<T>(self, input: T) -> Draft<T> {
        Draft::new(input, self.faults)
    }

    /// Whether a key is there; its value may be null.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.object.map.contains_key(key)
    }

    /// Whether null was sent under this key.
    #[must_use]
    pub fn is_null(&self, key: &str) -> bool {
        self.object.get(key).is_some_and(|v| v.is_null())
    }

    /// The first of these keys that is there, else the first: for fields with two names (D11 and section 8).
    #[must_use]
    pub fn first_of(&self, keys: [&'static str; 2]) -> &'static str {
        if self.has(keys[0]) || !self.has(keys[1]) { keys[0] } else { keys[1] }
    }

    /// Notes a fault that the handler found itself.
    pub fn fault(&mut self, field: &'static str, problem: Problem) {
        self.faults.add(field, problem);
    }

    /// Notes that a field is missing, where the door itself must know.
    pub fn require<T>(&mut self, field: &'static str, read: &Field<T>) {
        let _ = read.required(&mut self.faults, field);
    }

    /// Reads with null counting as absent (D46: the lease fields at the top level).
    pub fn skipping_nulls<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.null_is_absent, true);
        let out = read(self);
        self.null_is_absent = before;
        out
    }

    /// Notes every key that is not one of these as `Unknown field.` (D10: inside `lease`).
    pub fn only(&mut self, keys: &[&str]) {
        let unknown = self.object.map.keys().filter(|k| !keys.contains(&k.as_str()));
        for key in unknown.take(MOST_TOLD) {
            self.faults.add(format!("{VERBATIM}{key}"), words("Unknown field."));
        }
    }

    /// A text of at most `most` characters, not trimmed. A longer one is given all the same, besides the fault: the core
    /// takes the fault back where it is what is stored (D72).
    pub fn text(&mut self, key: &str, field: &'static str, most: usize) -> Field<String> {
        self.measured(key, field, |s| too_long(s, most))
    }

    /// A text of `least` to `most` characters; one of another length is given besides the fault.
    pub fn text_between(&mut self, key: &str, field: &'static str, least: usize, most: usize) -> Field<String> {
        let length = |s: &str| s.chars().take(most + 1).count();
        self.measured(key, field, |s| (!(least..=most).contains(&length(s))).then_some(Problem::Length(least, most)))
    }

    /// A text of at most `most` characters, or null; a longer one is given besides the fault.
    pub fn text_or_null(&mut self, key: &str, field: &'static str, most: usize) -> Field<Option<String>> {
        match self.object.get(key) {
            Some(v) if v.is_null() && !self.null_is_absent => Field::Given(None),
            _ => self.text(key, field, most).map(Some),
        }
    }

    fn measured(
        &mut self,
        key: &str,
        field: &'static str,
        wrong: impl FnOnce(&str) -> Option<Problem>,
    ) -> Field<String> {
        self.sent(key, field, |v, faults| {
            let Some(text) = value::text(v.single()) else {
                faults.add(field, words(NOT_STRING));
                return None;
            };
            if let Some(problem) = wrong(text) {
                faults.add(field, problem);
            }
            Some(text.to_owned())
        })
    }

    /// A text with a form of its own; what is no text is told as usual.
    pub fn text_as<T>(
        &mut self,
        key: &str,
        field: &'static str,
        read: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Field<T> {
        self.one(key, field, |v| value::text(v).ok_or(words(NOT_STRING)).and_then(read))
    }

    /// An integer of 32 bits.
    pub fn integer(&mut self, key: &str, field: &'static str) -> Field<i64> {
        self.one(key, field, integer)
    }

    /// An integer of 32 bits, or null.
    pub fn integer_or_null(&mut self, key: &str, field: &'static str) -> Field<Option<i64>> {
        self.one_or_null(key, field, integer)
    }

    /// An integer of 32 bits; null and "" count as absent (section 8, `num_units`).
    pub fn integer_or_nothing(&mut self, key: &str, field: &'static str) -> Field<i64> {
        let empty = self.object.get(key).is_some_and(|v| v.is_null() || v.single() == "");
        if empty { Field::Absent } else { self.integer(key, field) }
    }

    /// The id of something.
    pub fn id<T: From<i64>>(&mut self, key: &str, field: &'static str) -> Field<T> {
        self.integer(key, field).map(T::from)
    }

    /// The id of something, or null for nothing.
    pub fn id_or_null<T: From<i64>>(&mut self, key: &str, field: &'static str) -> Field<Option<T>> {
        self.integer_or_null(key, field).map(|id| id.map(T::from))
    }

    /// An id that only helps to find something again: what is none is no fault (D55).
    #[must_use]
    pub fn id_hint<T: From<i64>>(&self, key: &str) -> Option<T> {
        self.object.get(key).and_then(|v| value::integer(v.single())).map(T::from)
    }

    /// A boolean, in one of its many spellings.
    pub fn boolean(&mut self, key: &str, field: &'static str) -> Field<bool> {
        self.one(key, field, |v| value::boolean(v).ok_or(words(NOT_BOOLEAN)))
    }

    /// A date of a lease.
    pub fn lease_date(&mut self, key: &str, field: &'static str) -> Field<Instant> {
        self.one(key, field, |v| v.as_str().and_then(time::lease_date).ok_or(words(NOT_DATETIME)))
    }

    /// Whether one of these dates is told in whole seconds, as the `dt` form does.
    #[must_use]
    pub fn in_seconds(&self, keys: [&str; 2]) -> bool {
        keys.iter()
            .any(|key| self.object.get(key).is_some_and(|v| v.single().as_str().is_some_and(|s| s.contains('/'))))
    }

    /// The time of a user's last activity, or null.
    pub fn last_active(&mut self, key: &str, field: &'static str) -> Field<Option<Instant>> {
        self.one_or_null(key, field, |v| v.as_str().and_then(time::last_active).ok_or(words(NOT_DATETIME)))
    }

    /// A ticket's state.
    pub fn status(&mut self, key: &str, field: &'static str) -> Field<Status> {
        self.text_as(key, field, |s| {
            Status::parse(s).ok_or_else(|| Problem::Words(format!("{s} is not a valid status").into()))
        })
    }

    /// A ticket's urgency of at most `most` characters, or null.
    pub fn urgency(&mut self, key: &str, field: &'static str, most: usize) -> Field<Option<String>> {
        self.text_or_null(key, field, most).map(|u| u.map(|u| choice::urgency(&u).into_owned()))
    }

    /// A user's role from `role`, `type` or both (D32, D33); null where nothing but `role: null` was sent.
    pub fn role_or_null(&mut self) -> Field<Option<Role>> {
        let null = self.is_null("role") && !self.has("type");
        if null { Field::Given(None) } else { self.role().map(Some) }
    }

    /// A user's role from `role`, `type` or both (D32, D33).
    pub fn role(&mut self) -> Field<Role> {
        let role = self.one("role", "role", |v| role_value(v).ok_or(words("Invalid role")));
        let kind = self.one("type", "type", |v| v.as_str().and_then(choice::role_of_type).ok_or(words("Invalid type")));
        match (&role, &kind) {
            (Field::Given(role), Field::Given(kind)) if role != kind => {
                self.fault("type", words("Type does not match role"));
                Field::Faulty
            }
            (Field::Faulty, _) | (_, Field::Faulty) => Field::Faulty,
            _ => role.or(kind),
        }
    }

    /// Notes a role or type where none may be given (D24).
    pub fn no_role(&mut self) {
        let _: Field<()> = self.one("role", "role", |v| {
            Err(words(if role_value(v).is_some() { "Role is not allowed" } else { "Invalid role" }))
        });
        if self.has("type") {
            self.fault("type", words("Type is not allowed"));
        }
    }

    /// A list of ids; digits as text are fine.
    pub fn ids<T: From<i64>>(&mut self, key: &str, field: &'static str) -> Field<Vec<T>> {
        self.list(key, field, |v, faults| match integer(v.single()) {
            Ok(n) => Some(T::from(n)),
            Err(problem) => {
                faults.add_at(Vec::new(), problem);
                None
            }
        })
    }

    /// Whether a list was sent under this key (D48, D51).
    #[must_use]
    pub fn has_list(&self, key: &str) -> bool {
        self.object.get(key).is_some_and(|v| v.list().is_some())
    }

    /// An object inside. Faults of its fields are noted inside `field`, and do not make it faulty itself, so that the
    /// core can add its own.
    pub fn object<T>(&mut self, key: &str, field: &'static str, read: impl FnOnce(&mut Reader<'_>) -> T) -> Field<T> {
        self.sent(key, field, |v, faults| {
            let mut inner = Faults::new();
            let out = read_object(v, &mut inner, read);
            faults.nest(field, inner);
            out
        })
    }

    /// A list of objects. Faults are noted by position; the list itself is faulty only where an item is no object.
    pub fn objects<T>(
        &mut self,
        key: &str,
        field: &'static str,
        mut read: impl FnMut(&mut Reader<'_>) -> T,
    ) -> Field<Vec<T>> {
        self.list(key, field, |v, faults| read_object(v, faults, &mut read))
    }

    fn list<T>(
        &mut self,
        key: &str,
        field: &'static str,
        mut read: impl FnMut(&Sent<'_>, &mut Faults) -> Option<T>,
    ) -> Field<Vec<T>> {
        self.sent(key, field, |v, faults| {
            let Some(items) = v.list() else {
                faults.add(field, words(NOT_LIST));
                return None;
            };
            let (mut told, mut inner) = (0, Faults::new());
            let out: Vec<Option<T>> = items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    let mut of_item = Faults::new();
                    let out = read(item, &mut of_item);
                    if !of_item.is_empty() && told < MOST_TOLD {
                        told += 1;
                        inner.nest(at.to_string(), of_item);
                    }
                    out
                })
                .collect();
            faults.nest(field, inner);
            out.into_iter().collect()
        })
    }

    fn one<T>(&mut self, key: &str, field: &'static str, read: impl FnOnce(&Value) -> Result<T, Problem>) -> Field<T> {
        self.sent(key, field, |v, faults| read(v.single()).map_err(|problem| faults.add(field, problem)).ok())
    }

    fn one_or_null<T>(
        &mut self,
        key: &str,
        field: &'static str,
        read: impl FnOnce(&Value) -> Result<T, Problem>,
    ) -> Field<Option<T>> {
        match self.object.get(key) {
            Some(v) if v.is_null() && !self.null_is_absent => Field::Given(None),
            _ => self.one(key, field, read).map(Some),
        }
    }

    /// Every read goes through here: absent, null, or a value whose faults `read` notes when it answers `None`.
    fn sent<T>(
        &mut self,
        key: &str,
        field: &'static str,
        read: impl FnOnce(&Sent<'_>, &mut Faults) -> Option<T>,
    ) -> Field<T> {
        match self.object.get(key) {
            None => Field::Absent,
            Some(v) if v.is_null() && self.null_is_absent => Field::Absent,
            Some(v) if v.is_null() => {
                self.faults.add(field, Problem::Null);
                Field::Faulty
            }
            Some(v) => read(&v, &mut self.faults).map_or(Field::Faulty, Field::Given),
        }
    }
}

fn read_object<T>(sent: &Sent<'_>, faults: &mut Faults, read: impl FnOnce(&mut Reader<'_>) -> T) -> Option<T> {
    if sent.is_null() {
        faults.add_at(Vec::new(), Problem::Null);
        return None;
    }
    let Some(object) = sent.object() else {
        faults.add(SCHEMA, words(NOT_OBJECT));
        return None;
    };
    let mut reader = Reader::new(object);
    let out = read(&mut reader);
    *faults = reader.faults;
    Some(out)
}

fn too_long(text: &str, most: usize) -> Option<Problem> {
    // Bytes first: most texts are short, and counting characters of a long one is for nothing then.
    (text.len() > most && text.chars().nth(most).is_some()).then_some(Problem::TooLong(most))
}

fn integer(value: &Value) -> Result<i64, Problem> {
    value::integer(value).ok_or(words(NOT_INTEGER))
}

/// 2, 3 or 4, as number or digits; unlike other integers without cutting a fraction.
fn role_value(value: &Value) -> Option<Role> {
    let whole = value.as_f64().is_none_or(|f| f.fract() == 0.0);
    value::integer(value).filter(|_| whole).and_then(choice::role_of_number)
}

/// The error of a body that is no object (D9).
#[must_use]
pub fn not_an_object() -> Error {
    Error::invalid(SCHEMA, words(NOT_OBJECT))
}

#[cfg(test)]
mod tests;
