//! The words in which each kind of thing tells its faults (section 8), and the way from the core's names of fields to
//! the keys on the wire.
//!
//! A handler says `.map_err(words::USER.with(&body))`. Paths of faults are the core's; each name in them is looked up
//! in the keys of the words, and what is not found there stays as it is. Where a text quotes what was sent, it is
//! taken from the body.

use axum::http::StatusCode;
use kernel::{Error, Faults, Problem};
use serde_json::{Map, Value};

use super::{
    body::Body,
    error::DoorError,
    reader::{SCHEMA, VERBATIM},
    value::{self, Sent, SentObject},
};

mod table;

pub use table::*;

/// How one kind of thing tells its errors.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The core's name of a field, and its key. A missing field is told under all keys, other faults under the first.
    keys: &'static [(&'static str, &'static [&'static str])],
    /// Texts that differ from the general ones.
    rules: &'static [Rule],
    /// A name that this call gives to a field.
    called: Option<(&'static str, &'static str)>,
    /// Fields of this object may have come at the top level instead (D46).
    lifted: Option<&'static str>,
    forbidden: StatusCode,
    missing: Option<&'static str>,
}

/// A text for certain problems of a field.
#[derive(Debug)]
struct Rule {
    /// The core's name of the field.
    field: &'static str,
    problems: &'static [On],
    at: At,
    /// `{}` stands for what was sent.
    text: &'static str,
}

/// Where a text is told.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    /// Where the fault is.
    Here,
    /// Under a key inside of where the fault is.
    Inside(&'static str),
    /// Once for the whole list, which is what `{}` stands for then.
    List,
    /// Once for the whole list, under a key inside of it.
    ListInside(&'static str),
}

impl Rule {
    fn of_list(&self) -> bool {
        matches!(self.at, At::List | At::ListInside(_))
    }

    /// The text, with what was sent at `path` in the place of `{}`.
    fn say(&self, path: &[&str], sent: Option<&SentObject<'_>>) -> String {
        if !self.text.contains("{}") {
            return self.text.to_owned();
        }
        let quote = if self.of_list() { quote_list } else { quote };
        let quoted = sent.and_then(|s| s.find(path, quote)).unwrap_or_else(|| "This".to_owned());
        self.text.replacen("{}", &quoted, 1)
    }
}

/// A [`Problem`] without its numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum On {
    Required,
    Blank,
    TooShort,
    Taken,
    Unknown,
    WrongKind,
    NotAllowed,
    Mismatch,
}

impl On {
    const fn of(problem: &Problem) -> Option<Self> {
        match problem {
            Problem::Required => Some(Self::Required),
            Problem::Blank => Some(Self::Blank),
            Problem::TooShort(_) => Some(Self::TooShort),
            Problem::Taken => Some(Self::Taken),
            Problem::Unknown => Some(Self::Unknown),
            Problem::WrongKind => Some(Self::WrongKind),
            Problem::NotAllowed => Some(Self::NotAllowed),
            Problem::Mismatch => Some(Self::Mismatch),
            _ => None,
        }
    }
}

impl Words {
    /// The general words only.
    pub const PLAIN: Self =
        Self { keys: &[], rules: &[], called: None, lifted: None, forbidden: StatusCode::UNAUTHORIZED, missing: None };

    /// Tells faults of the core's `field` under `key` in this call: a password is told under the key it came in (D25).
    #[must_use]
    pub const fn calling(mut self, field: &'static str, key: &'static str) -> Self {
        self.called = Some((field, key));
        self
    }

    /// Tells a caller without the right with 403 instead of 401 (D36: `PATCH /user/:id`).
    #[must_use]
    pub const fn with_403(mut self) -> Self {
        self.forbidden = StatusCode::FORBIDDEN;
        self
    }

    /// Tells 404 with this text: notes have two (section 10).
    #[must_use]
    pub const fn missing(mut self, text: &'static str) -> Self {
        self.missing = Some(text);
        self
    }

    /// Puts the core's errors into these words, quoting what the body holds.
    pub fn with(self, body: &Body) -> impl Fn(Error) -> DoorError {
        move |error| self.tell(&error, body.sent().ok().flatten().as_ref())
    }

    /// The same for a call without a body.
    pub fn bare(self) -> impl Fn(Error) -> DoorError {
        move |error| self.tell(&error, None)
    }

    pub(super) fn tell(&self, error: &Error, sent: Option<&SentObject<'_>>) -> DoorError {
        match error {
            Error::Invalid(faults) => self.faults(faults, sent),
            other => DoorError::plain(other, self),
        }
    }

    pub(super) const fn forbidden_status(&self) -> StatusCode {
        self.forbidden
    }

    pub(super) fn not_found(&self, what: &'static str) -> String {
        if let Some(text) = self.missing {
            return text.to_owned();
        }
        let name = match what {
            "user" => "User",
            "property" => "Property",
            "tenant" => "Tenant",
            "lease" => "Lease",
            "emergency_contact" => "EmergencyContact",
            "ticket" => "Ticket",
            "note" => "ID",
            other => other,
        };
        format!("{name} not found")
    }

    fn faults(&self, faults: &Faults, sent: Option<&SentObject<'_>>) -> DoorError {
        let mut all = faults.iter();
        if let (Some(fault), None) = (all.next(), all.next())
            && fault.path.is_empty()
        {
            return DoorError::fields(Value::String(general(&fault.problem)));
        }
        let mut tree = Map::new();
        for fault in faults {
            let names: Vec<&str> = fault.path.iter().map(AsRef::as_ref).collect();
            self.fault(&names, &fault.problem, sent, &mut tree);
        }
        DoorError::fields(Value::Object(tree))
    }

    fn fault(&self, names: &[&str], problem: &Problem, sent: Option<&SentObject<'_>>, tree: &mut Map<String, Value>) {
        // D75: told under the role, whatever would have taken it away.
        let names = if *problem == Problem::LastAdmin { &["role"] } else { names };
        let named = names.iter().rposition(|n| !is_position(n));
        let rule = named.and_then(|i| self.rule(names[i], problem));
        let names = match named {
            Some(i) if rule.is_some_and(Rule::of_list) => &names[..=i],
            _ => names,
        };
        let (last, above) = names.split_last().unwrap_or((&SCHEMA, &[]));
        let above: Vec<&str> = above.iter().map(|n| self.keys_of(n)[0]).collect();
        let keys = self.keys_of(last);
        let told = if *problem == Problem::Required { keys.len() } else { 1 };
        for key in &keys[..told] {
            let mut path = above.clone();
            path.push(key);
            self.lift(&mut path, sent);
            let text = match rule {
                Some(rule) => rule.say(&path, sent),
                None => general(problem),
            };
            if let Some(At::Inside(key) | At::ListInside(key)) = rule.map(|r| r.at) {
                path.push(key);
            }
            put(tree, &path, text);
        }
    }

    fn rule(&self, field: &str, problem: &Problem) -> Option<&'static Rule> {
        let on = On::of(problem)?;
        self.rules.iter().find(|r| r.field == field && r.problems.contains(&on))
    }

    fn keys_of<'n>(&self, name: &'n str) -> Keys<'n> {
        if let Some(key) = name.strip_prefix(VERBATIM) {
            return Keys::One([key]);
        }
        if let Some((_, key)) = self.called.filter(|(field, _)| *field == name) {
            return Keys::One([key]);
        }
        match self.keys.iter().find(|(field, _)| *field == name) {
            Some((_, keys)) => Keys::Some(keys),
            None => Keys::One([name]),
        }
    }

    /// D46: a fault of a lease is told at the top level where its field came from there.
    fn lift(&self, path: &mut Vec<&str>, sent: Option<&SentObject<'_>>) {
        if let [object, key] = path[..]
            && Some(object) == self.lifted
            && let Some(sent) = sent
            && sent.find(&[object, key], |_| ()).is_none()
            && (sent.get(key).is_some_and(|v| !v.is_null()) || sent.get(object).is_none())
        {
            path.remove(0);
        }
    }
}

/// The keys of a field.
enum Keys<'n> {
    One([&'n str; 1]),
    Some(&'static [&'static str]),
}

impl<'n> std::ops::Deref for Keys<'n> {
    type Target = [&'n str];
    fn deref(&self) -> &[&'n str] {
        match self {
            Self::One(key) => key,
            Self::Some(keys) => keys,
        }
    }
}

fn is_position(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_digit())
}

/// The general text for a problem.
fn general(problem: &Problem) -> String {
    match problem {
        Problem::Required => "Missing data for required field.".to_owned(),
        Problem::Null => "Field may not be null.".to_owned(),
        Problem::Blank => "Field may not be blank.".to_owned(),
        Problem::TooLong(most) => format!("Longer than maximum length {most}."),
        Problem::TooShort(least) => format!("Shorter than minimum length {least}."),
        Problem::Length(least, most) => format!("Length must be between {least} and {most}."),
        Problem::NotEmail => "Not a valid email address.".to_owned(),
        Problem::NotPhone => "Not a valid phone number.".to_owned(),
        Problem::Malformed => "Not valid.".to_owned(),
        Problem::Taken => "Already taken.".to_owned(),
        Problem::Unknown => "Unknown value.".to_owned(),
        Problem::WrongKind => "Wrong kind of value.".to_owned(),
        Problem::NotAllowed => "Not allowed.".to_owned(),
        Problem::Mismatch => "Does not match.".to_owned(),
        Problem::LastAdmin => "Last admin".to_owned(),
        Problem::Words(text) => text.clone().into_owned(),
    }
}

/// A value as the original would print it after reading: `999`, a text as it is.
fn quote(sent: &Sent<'_>) -> String {
    let single = sent.single();
    match value::integer(single) {
        Some(n) => n.to_string(),
        None => single.as_str().map_or_else(|| single.to_string(), str::to_owned),
    }
}

/// A list likewise: `[1, 2]`.
fn quote_list(sent: &Sent<'_>) -> String {
    match sent.list() {
        Some(items) => format!("[{}]", items.iter().map(quote).collect::<Vec<_>>().join(", ")),
        None => quote(sent),
    }
}

/// Adds a text at a path. Where a field has both texts of its own and faults inside of it, its own go under `_schema`.
fn put(tree: &mut Map<String, Value>, path: &[&str], text: String) {
    let Some((first, rest)) = path.split_first() else { return };
    let slot = tree.entry(*first).or_insert(Value::Null);
    match slot {
        Value::Object(inner) => put(inner, if rest.is_empty() { &[SCHEMA] } else { rest }, text),
        Value::Array(texts) if rest.is_empty() => {
            if !texts.iter().any(|t| *t == text) {
                texts.push(text.into());
            }
        }
        _ if rest.is_empty() => *slot = Value::Array(vec![text.into()]),
        _ => {
            let mut inner = Map::new();
            if slot.is_array() {
                inner.insert(SCHEMA.to_owned(), slot.take());
            }
            put(&mut inner, rest, text);
            *slot = Value::Object(inner);
        }
    }
}

#[cfg(test)]
mod tests;
