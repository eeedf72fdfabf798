//! Rows as both databases give them.

use kernel::{Error, Id, Instant, Result};
use tokio_postgres::types::Type;
use uuid::Uuid;

/// One value of a row, whichever database it came from.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Cell<'r> {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(&'r str),
    Bytes(&'r [u8]),
    Uuid(Uuid),
}

/// A row that is being read, column by column in the order of the statement.
pub struct Columns<'r> {
    row: Driver<'r>,
    next: usize,
}

enum Driver<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Columns<'r> {
    pub(crate) fn sqlite(row: &'r rusqlite::Row<'r>) -> Self {
        Self { row: Driver::Sqlite(row), next: 0 }
    }

    pub(crate) fn postgres(row: &'r tokio_postgres::Row) -> Self {
        Self { row: Driver::Postgres(row), next: 0 }
    }

    /// The next column. Tests also hold its name against `name` (an empty one matches any), so that a row type and
    /// its statement cannot drift apart.
    ///
    /// # Errors
    /// When the statement has no such column there or the value is of another type.
    pub fn next<T: Value>(&mut self, name: &str) -> Result<T> {
        let i = self.next;
        self.next += 1;
        if cfg!(debug_assertions) && !name.is_empty() && self.name(i) != Some(name) {
            return Err(Error::internal(format_args!("column {i} is {:?}, the row type wants {name}", self.name(i))));
        }
        let cell = self.cell(i)?;
        let held = if matches!(cell, Cell::Null) { "is NULL" } else { "has another type" };
        <T as Value>::read(cell).ok_or_else(|| Error::internal(format_args!("column {i} ({name}) {held}")))
    }

    fn name(&self, i: usize) -> Option<&str> {
        match self.row {
            Driver::Sqlite(r) => r.as_ref().column_name(i).ok(),
            Driver::Postgres(r) => r.columns().get(i).map(tokio_postgres::Column::name),
        }
    }

    fn cell(&self, i: usize) -> Result<Cell<'r>> {
        match self.row {
            Driver::Sqlite(r) => {
                use rusqlite::types::ValueRef;
                Ok(match r.get_ref(i).map_err(Error::internal)? {
                    ValueRef::Null => Cell::Null,
                    ValueRef::Integer(n) => Cell::Int(n),
                    ValueRef::Real(x) => Cell::Real(x),
                    ValueRef::Text(t) => Cell::Text(std::str::from_utf8(t).map_err(Error::internal)?),
                    ValueRef::Blob(b) => Cell::Bytes(b),
                })
            }
            Driver::Postgres(r) => {
                let column = r.columns().get(i).ok_or_else(|| Error::internal(format_args!("no column {i}")))?;
                let cell = match *column.type_() {
                    Type::INT8 => r.try_get::<_, Option<i64>>(i).map(|v| v.map(Cell::Int)),
                    Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => {
                        r.try_get::<_, Option<&str>>(i).map(|v| v.map(Cell::Text))
                    }
                    Type::BOOL => r.try_get::<_, Option<bool>>(i).map(|v| v.map(Cell::Bool)),
                    Type::UUID => r.try_get::<_, Option<Uuid>>(i).map(|v| v.map(Cell::Uuid)),
                    Type::BYTEA => r.try_get::<_, Option<&[u8]>>(i).map(|v| v.map(Cell::Bytes)),
                    Type::FLOAT8 => r.try_get::<_, Option<f64>>(i).map(|v| v.map(Cell::Real)),
                    ref other => {
                        return Err(Error::internal(format_args!(
                            "column {i} has type {other}: outside the portable subset"
                        )));
                    }
                };
                Ok(cell.map_err(Error::internal)?.unwrap_or(Cell::Null))
            }
        }
    }
}

/// A type that a column can be read as.
pub trait Value: Sized {
    /// The value, or nothing when the cell holds something else.
    fn read(cell: Cell<'_>) -> Option<Self>;
}

macro_rules! value {
    ($($t:ty: $($p:pat => $e:expr),+;)*) => {$(
        impl Value for $t { fn read(cell: Cell<'_>) -> Option<Self> { match cell { $($p => $e,)+ _ => None } } }
    )*};
}
value! {
    bool: Cell::Bool(b) => Some(b), Cell::Int(n) => Some(n != 0);
    i64: Cell::Int(n) => Some(n);
    f64: Cell::Real(x) => Some(x);
    String: Cell::Text(s) => Some(s.to_owned());
    Vec<u8>: Cell::Bytes(b) => Some(b.to_vec());
    Uuid: Cell::Uuid(u) => Some(u), Cell::Bytes(b) => Uuid::from_slice(b).ok();
    Instant: Cell::Int(us) => Some(Instant::from_micros(us));
    kernel::Role: Cell::Text(s) => kernel::Role::parse(s);
    kernel::Living: Cell::Text(s) => kernel::Living::parse(s);
    kernel::Date: Cell::Text(s) => s.parse().ok();
    kernel::Currency: Cell::Text(s) => kernel::Currency::parse(s);
}
impl<T> Value for Id<T> {
    fn read(cell: Cell<'_>) -> Option<Self> {
        <i64 as Value>::read(cell).map(Self::new)
    }
}
impl<T: Value> Value for Option<T> {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            cell => <T as Value>::read(cell).map(Some),
        }
    }
}

/// A type that a whole row can be read as. A single [`Value`] is one: the first column.
pub trait Row: Sized {
    /// Reads the columns in the order of the statement.
    ///
    /// # Errors
    /// As [`Columns::next`].
    fn read(row: &mut Columns<'_>) -> Result<Self>;
}

impl<T: Value> Row for T {
    fn read(row: &mut Columns<'_>) -> Result<Self> {
        row.next("")
    }
}

/// A struct that is read from a row: its fields are the statement's columns, in that order and with those names.
#[macro_export]
macro_rules! row {
    ($($(#[$m:meta])* $v:vis struct $n:ident { $($(#[$fm:meta])* $fv:vis $f:ident: $t:ty),* $(,)? })*) => {$(
        $(#[$m])* $v struct $n { $($(#[$fm])* $fv $f: $t),* }
        impl $crate::Row for $n {
            fn read(row: &mut $crate::Columns<'_>) -> ::kernel::Result<Self> {
                Ok(Self { $($f: row.next(stringify!($f))?),* })
            }
        }
    )*};
}
