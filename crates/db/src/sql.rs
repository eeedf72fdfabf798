//! One SQL text for both databases, and the values bound to it.

use kernel::{Currency, Date, Id, Instant, Living, Role};
use uuid::Uuid;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, inside the process.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A statement known at compile time, and where it was written. A test prepares every one on both databases.
#[derive(Debug)]
pub struct Stmt {
    /// The text for SQLite.
    pub lite: &'static str,
    /// The text for PostgreSQL.
    pub pg: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line there.
    pub line: u32,
}

/// All statements of the program.
#[linkme::distributed_slice]
pub static STATEMENTS: [&'static Stmt];

/// A statement with its values: `sql!("SELECT … WHERE org_id = $1 AND id = $2", org, id)`.
///
/// The text is PostgreSQL's; for SQLite it is rewritten at compile time: `$n` becomes `?n` (SQLite takes `$n` for a
/// *name*) and `= ANY($n)` over a list of numbers becomes `IN (SELECT value FROM json_each(?n))`. Where that is not
/// enough, both texts are given: `sql!(sqlite: "…", postgres: "…"; values)`.
#[macro_export]
macro_rules! sql {
    (sqlite: $l:expr, postgres: $p:expr $(; $($a:expr),* $(,)?)?) => { $crate::sql!(@ $l, $p; $($($a),*)?) };
    ($s:literal $(, $a:expr)* $(,)?) => { $crate::sql!(@ $s, $s; $($a),*) };
    (@ $l:expr, $p:expr; $($a:expr),*) => {{
        const N: usize = $crate::lite_len($l);
        const LITE: [u8; N] = $crate::lite_text::<N>($l);
        static STMT: $crate::Stmt = $crate::Stmt {
            lite: match ::core::str::from_utf8(&LITE) { Ok(s) => s, Err(_) => panic!("the rewritten text is UTF-8") },
            pg: $p,
            file: file!(),
            line: line!(),
        };
        #[$crate::linkme::distributed_slice($crate::STATEMENTS)]
        #[linkme(crate = $crate::linkme)]
        #[expect(unsafe_code, reason = "linkme registers the statement in a link section")]
        static REGISTERED: &'static $crate::Stmt = &STMT;
        $crate::Query::new(&STMT, vec![$($crate::Arg::from($a)),*])
    }};
}

/// The length of [`lite_text`].
#[doc(hidden)]
#[must_use]
pub const fn lite_len(s: &str) -> usize {
    rewrite(s.as_bytes(), &mut [])
}

/// The text for SQLite.
#[doc(hidden)]
#[must_use]
pub const fn lite_text<const N: usize>(s: &str) -> [u8; N] {
    let mut out = [0; N];
    rewrite(s.as_bytes(), &mut out);
    out
}

/// [`lite_text`] of a text put together at run time.
pub(crate) fn lite(s: &str) -> String {
    let mut out = vec![0; lite_len(s)];
    rewrite(s.as_bytes(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Writes the text for SQLite as far as `out` reaches; answers its whole length.
const fn rewrite(s: &[u8], out: &mut [u8]) -> usize {
    const fn put(out: &mut [u8], at: usize, text: &[u8]) -> usize {
        let mut i = 0;
        while i < text.len() {
            if at + i < out.len() {
                out[at + i] = text[i];
            }
            i += 1;
        }
        at + text.len()
    }
    const fn has(s: &[u8], at: usize, word: &[u8]) -> bool {
        let mut i = 0;
        while i < word.len() {
            if at + i >= s.len() || s[at + i] != word[i] {
                return false;
            }
            i += 1;
        }
        true
    }
    const ANY: &[u8] = b"= ANY($";
    let (mut i, mut n, mut quoted, mut list) = (0, 0, false, false);
    while i < s.len() {
        if s[i] == b'\'' {
            quoted = !quoted;
        }
        if !quoted && has(s, i, ANY) {
            n = put(out, n, b"IN (SELECT value FROM json_each(?");
            i += ANY.len();
            list = true;
        } else if list && s[i] == b')' {
            n = put(out, n, b"))");
            i += 1;
            list = false;
        } else if !quoted && s[i] == b'$' && i + 1 < s.len() && s[i + 1].is_ascii_digit() {
            n = put(out, n, b"?");
            i += 1;
        } else {
            n = put(out, n, &[s[i]]);
            i += 1;
        }
    }
    assert!(!quoted, "a quote is left open, perhaps by an apostrophe in a comment");
    n
}

/// A statement ready to run.
#[derive(Debug)]
pub struct Query {
    pub(crate) text: Text,
    pub(crate) args: Vec<Arg>,
}

#[derive(Debug)]
pub(crate) enum Text {
    /// Written in the source; prepared once a connection.
    Fixed(&'static Stmt),
    /// Put together by [`crate::List`].
    Built { lite: String, pg: String },
}

impl Query {
    #[doc(hidden)]
    #[must_use]
    pub fn new(stmt: &'static Stmt, args: Vec<Arg>) -> Self {
        Self { text: Text::Fixed(stmt), args }
    }

    /// Where it was written, unless it was put together.
    pub(crate) fn stmt(&self) -> Option<&'static Stmt> {
        match self.text {
            Text::Fixed(stmt) => Some(stmt),
            Text::Built { .. } => None,
        }
    }
}

/// A value bound to a statement. An absent one still has a type, so that PostgreSQL is told it.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Arg {
    Bool(Option<bool>),
    Int(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Uuid(Option<Uuid>),
    /// A list of numbers for `= ANY($n)`.
    Ints(Vec<i64>),
    /// A list of uids; SQLite sees their hexadecimal digits as JSON, for `IN (SELECT unhex(value) FROM json_each(?n))`.
    Uuids(Vec<Uuid>),
}

macro_rules! arg {
    ($($t:ty => $v:ident, |$x:ident| $e:expr;)*) => {$(
        impl From<$t> for Arg { fn from($x: $t) -> Self { Self::$v(Some($e)) } }
        impl From<Option<$t>> for Arg { fn from(v: Option<$t>) -> Self { Self::$v(v.map(|$x| $e)) } }
    )*};
}
arg! {
    bool => Bool, |x| x;
    i64 => Int, |x| x;
    i32 => Int, |x| i64::from(x);
    u32 => Int, |x| i64::from(x);
    f64 => Real, |x| x;
    String => Text, |x| x;
    &String => Text, |x| x.clone();
    &str => Text, |x| x.to_owned();
    Vec<u8> => Bytes, |x| x;
    &[u8] => Bytes, |x| x.to_vec();
    Uuid => Uuid, |x| x;
    Instant => Int, |x| x.micros();
    Role => Text, |x| x.as_str().to_owned();
    Living => Text, |x| x.as_str().to_owned();
    Date => Text, |x| x.to_string();
    Currency => Text, |x| x.as_str().to_owned();
}
impl<T> From<Id<T>> for Arg {
    fn from(id: Id<T>) -> Self {
        Self::Int(Some(id.get()))
    }
}
impl<T> From<Option<Id<T>>> for Arg {
    fn from(id: Option<Id<T>>) -> Self {
        Self::Int(id.map(Id::get))
    }
}
impl From<&Option<String>> for Arg {
    fn from(s: &Option<String>) -> Self {
        Self::Text(s.clone())
    }
}
impl From<&[Uuid]> for Arg {
    fn from(uids: &[Uuid]) -> Self {
        Self::Uuids(uids.to_vec())
    }
}
impl<T> From<&[Id<T>]> for Arg {
    fn from(ids: &[Id<T>]) -> Self {
        Self::Ints(ids.iter().map(|id| id.get()).collect())
    }
}
impl<T> From<&Vec<Id<T>>> for Arg {
    fn from(ids: &Vec<Id<T>>) -> Self {
        Self::from(ids.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::lite;

    #[test]
    fn the_text_for_sqlite() {
        assert_eq!(
            lite("SELECT '$1 = ANY($2)' FROM t WHERE id = ANY($2) AND (x = $10 OR y IN ($3)) AND ö = 'it''s $4'"),
            "SELECT '$1 = ANY($2)' FROM t WHERE id IN (SELECT value FROM json_each(?2)) AND (x = ?10 OR y IN (?3)) AND ö = 'it''s $4'"
        );
    }

    #[test]
    #[should_panic(expected = "a quote is left open")]
    fn an_apostrophe_in_a_comment_is_told() {
        lite("SELECT a FROM t WHERE b = $1 /* it's small */ AND c = $2");
    }
}
