//! What is wrong with an input, field by field, so that all of it can be told at once.

use std::borrow::Cow;

use crate::Error;

/// What is wrong with one field. Doors put it into their own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not given, but needed.
    Required,
    /// Given as null where null means nothing.
    Null,
    /// Only white space.
    Blank,
    /// More than so many characters.
    TooLong(usize),
    /// Fewer than so many characters.
    TooShort(usize),
    /// Not between so many and so many characters.
    Length(usize, usize),
    /// Not an e-mail address.
    NotEmail,
    /// Not a possible phone number.
    NotPhone,
    /// Not in the form such things have.
    Malformed,
    /// Somebody or something else has it already.
    Taken,
    /// Names something that does not exist here.
    Unknown,
    /// Names something that exists but is not of the kind needed.
    WrongKind,
    /// May not be given in this call.
    NotAllowed,
    /// Contradicts another field.
    Mismatch,
    /// Would leave the organization without an active admin.
    LastAdmin,
    /// In a door's own words: forms that only this door has.
    Words(Cow<'static, str>),
}

/// One fault: where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field's path: names, and positions in lists from 0.
    pub path: Vec<Cow<'static, str>>,
    /// What is wrong there.
    pub problem: Problem,
}

/// All faults of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a fault of a field at the top.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, problem: Problem) {
        self.0.push(Fault { path: vec![field.into()], problem });
    }

    /// Adds a fault further inside.
    pub fn add_at(&mut self, path: Vec<Cow<'static, str>>, problem: Problem) {
        self.0.push(Fault { path, problem });
    }

    /// Adds what was found inside of `field`.
    pub fn nest(&mut self, field: impl Into<Cow<'static, str>>, inner: Self) {
        let field = field.into();
        self.0.extend(inner.0.into_iter().map(|mut f| {
            f.path.insert(0, field.clone());
            f
        }));
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults, in the order found.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }

    /// Goes on when nothing is wrong.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all faults found.
    pub fn finish(self) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A field of a write as it arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Not given: what is stored stays.
    #[default]
    Absent,
    /// Given and well formed.
    Given(T),
    /// Given but ill formed; the fault is noted already, so no rule looks at it again.
    Faulty,
}

impl<T> Field<T> {
    /// The value, when one was given well.
    pub const fn given(&self) -> Option<&T> {
        match self {
            Self::Given(v) => Some(v),
            _ => None,
        }
    }

    /// The value of a field that must be there; notes the fault when it is absent.
    pub fn required(&self, faults: &mut Faults, field: &'static str) -> Option<&T> {
        if matches!(self, Self::Absent) {
            faults.add(field, Problem::Required);
        }
        self.given()
    }

    /// Whether nothing was given.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// This field unless it is absent, else the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.is_absent() { other } else { self }
    }

    /// The same field with its value changed.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Given(v) => Field::Given(f(v)),
            Self::Faulty => Field::Faulty,
        }
    }
}

impl<T: Clone> Field<T> {
    /// What is to be stored: the value given, else what is stored now.
    #[must_use]
    pub fn or_keep(&self, now: &T) -> T {
        self.given().unwrap_or(now).clone()
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Absent, Self::Given)
    }
}

/// An input as a door read it: the fields, and what the door found wrong with their form. An operation opens it only
/// after it has authorised the caller and loaded what the call is about, so a missing right or row is told first;
/// the operation's own rules then add to the faults, and all are told together.
#[derive(Clone, Debug)]
pub struct Draft<T>(Result<(T, Faults), Error>);

impl<T> Draft<T> {
    /// A well-read input.
    pub const fn new(input: T, faults: Faults) -> Self {
        Self(Ok((input, faults)))
    }

    /// An input that could not be read at all; the error is told when the operation opens it.
    pub const fn broken(error: Error) -> Self {
        Self(Err(error))
    }

    /// The input, and the faults so far to add to.
    ///
    /// # Errors
    /// Why the input could not be read.
    pub fn open(&self) -> Result<(&T, Faults), Error> {
        match &self.0 {
            Ok((input, faults)) => Ok((input, faults.clone())),
            Err(e) => Err(e.clone()),
        }
    }
}

impl<T> From<T> for Draft<T> {
    fn from(input: T) -> Self {
        Self::new(input, Faults::new())
    }
}
