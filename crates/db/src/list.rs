//! Lists with filters and keyset pages: the only place where SQL is put together at run time.

use kernel::{Error, Key, PageRequest, Problem, Result};
use uuid::Uuid;

use crate::{
    Arg, Query,
    sql::{Text, lite},
};

/// A list: a fixed head, filters that may be absent, a position, an order and a limit.
///
/// ```ignore
/// List::new("people", "SELECT id, name_key FROM person")
///     .filter("org_id = ?", org)
///     .filter_if("role = ?", role)
///     .page(["name_key", "id"], &request)?
/// ```
#[derive(Debug)]
pub struct List {
    pg: String,
    lite: String,
    args: Vec<Arg>,
    scope: String,
}

impl List {
    /// Begins the list `name` with `head` (`SELECT … FROM …`, no `WHERE`).
    #[must_use]
    pub fn new(name: &'static str, head: &'static str) -> Self {
        let mut list = Self { pg: String::new(), lite: String::new(), args: Vec::new(), scope: name.to_owned() };
        list.add(&format!("{head} WHERE TRUE"));
        list
    }

    /// Adds a condition in which `?` stands for the value: `org_id = ?`, `id = ANY(?)`.
    #[must_use]
    pub fn filter(mut self, condition: &'static str, value: impl Into<Arg>) -> Self {
        let value = value.into();
        self.scope.push_str(&format!("|{condition}={value:?}"));
        let place = self.bind(value);
        self.add(" AND ");
        self.add(&condition.replace('?', &place));
        self
    }

    /// Adds a condition when there is a value for it.
    #[must_use]
    pub fn filter_if(self, condition: &'static str, value: Option<impl Into<Arg>>) -> Self {
        match value {
            Some(v) => self.filter(condition, v),
            None => self,
        }
    }

    /// Adds the condition that `column` is one of these uids, when any are named.
    #[must_use]
    pub fn filter_uids(mut self, column: &'static str, uids: Option<&[Uuid]>) -> Self {
        if let Some(uids) = uids {
            self.scope.push_str(&format!("|{column} in {uids:?}"));
            let place = self.bind(Arg::from(uids));
            self.pg.push_str(&format!(" AND {column} = ANY({place})"));
            let place = lite(&place);
            self.lite.push_str(&format!(" AND {column} IN (SELECT unhex(value) FROM json_each({place}))"));
        }
        self
    }

    /// The name and filters as text: what a cursor of this list belongs to.
    #[must_use]
    pub fn scope(&self) -> String {
        self.scope.clone()
    }

    /// How many rows the filters leave.
    #[must_use]
    pub fn count(&self) -> Query {
        let counted = |sql: &str| format!("SELECT count(*) FROM ({sql}) AS list");
        Query { text: Text::Built { lite: counted(&self.lite), pg: counted(&self.pg) }, args: self.args.clone() }
    }

    /// The rows of a page that is told by its number, in the order of `columns`, which must be NOT NULL and together
    /// unique. Pages beyond the middle are read from the end, backwards, so the last costs as much as the first; then
    /// the rows come in the other order, and the answer says so.
    #[must_use]
    pub fn slice<const N: usize>(mut self, columns: [&'static str; N], slice: Slice) -> (Query, bool) {
        let (from_end, offset, rows) = slice.nearest();
        let order = if slice.descending == from_end { "ASC" } else { "DESC" };
        let order = columns.map(|c| format!("{c} {order}")).join(", ");
        let (rows, offset) = (self.bind(Arg::from(rows)), self.bind(Arg::from(offset)));
        self.add(&format!(" ORDER BY {order} LIMIT {rows} OFFSET {offset}"));
        (self.query(), from_end)
    }

    /// One page in ascending order of `columns`, which must be NOT NULL and together unique; fetches one row more
    /// than asked, so that [`kernel::Page::cut`] knows whether there is more.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `cursor` when the cursor belongs to another list.
    pub fn page<const N: usize>(mut self, columns: [&'static str; N], request: &PageRequest) -> Result<Query> {
        let refused = || Error::invalid("cursor", Problem::Unknown);
        let order = columns.join(", ");
        if let Some(cursor) = &request.after {
            let keys = cursor.keys(&self.scope).filter(|k| k.len() == N).ok_or_else(refused)?;
            let values = keys.iter().map(|k| match k {
                Key::Int(n) => Arg::from(*n),
                Key::Text(s) => Arg::from(s.as_str()),
            });
            let places: Vec<String> = values.map(|value| self.bind(value)).collect();
            self.add(&format!(" AND ({order}) > ({})", places.join(", ")));
        }
        let rows = self.bind(Arg::from(request.rows() + 1));
        self.add(&format!(" ORDER BY {order} LIMIT {rows}"));
        Ok(self.query())
    }

    /// Adds text in PostgreSQL's notation.
    fn add(&mut self, text: &str) {
        self.pg.push_str(text);
        self.lite.push_str(&lite(text));
    }

    /// Takes a value; answers its place.
    fn bind(&mut self, value: Arg) -> String {
        self.args.push(value);
        format!("${}", self.args.len())
    }

    fn query(self) -> Query {
        Query { text: Text::Built { lite: self.lite, pg: self.pg }, args: self.args }
    }
}

/// Which rows of a list of known length.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// How many rows the list has.
    pub total: i64,
    /// How many come before the first wanted.
    pub offset: i64,
    /// How many are wanted at most.
    pub rows: i64,
    /// Whether the order is descending.
    pub descending: bool,
}

impl Slice {
    /// The one row there is.
    pub const ONE: Self = Self { total: 1, offset: 0, rows: 1, descending: false };

    /// From the end or not, how many to leave out from there, and how many to read.
    fn nearest(self) -> (bool, i64, i64) {
        let rows = self.rows.min(self.total.saturating_sub(self.offset)).max(0);
        let behind = self.total.saturating_sub(self.offset).saturating_sub(rows).max(0);
        if behind < self.offset { (true, behind, rows) } else { (false, self.offset, rows) }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Cursor;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Read from the nearer end and turned round, a slice is the same rows.
        #[test]
        fn a_slice_is_the_same_from_either_end(total in 0i64..50, offset in 0i64..60, rows in 0i64..20) {
            let all: Vec<i64> = (0..total).collect();
            let wanted: Vec<i64> = all.iter().skip(offset as usize).take(rows as usize).copied().collect();
            let (from_end, skip, take) = Slice { total, offset, rows, descending: false }.nearest();
            let mut list = all;
            if from_end {
                list.reverse();
            }
            let mut got: Vec<i64> = list.into_iter().skip(skip as usize).take(take as usize).collect();
            if from_end {
                got.reverse();
            }
            prop_assert_eq!(got, wanted);
        }

        /// However many filters are present, places and values stay in step, and both texts differ in `$`/`?` alone.
        #[test]
        fn places_match_values(filters in prop::collection::vec(prop::option::of(any::<i64>()), 0..9), after: bool, limit in 0u32..1000) {
            let build = || filters.iter().fold(List::new("x", "SELECT a FROM t"), |l, v| l.filter_if("c = ?", *v));
            let after = after.then(|| Cursor::new(&build().scope(), vec![Key::Int(7), Key::Text("x".into())]));
            let q = build().page(["a", "b"], &PageRequest { after, limit }).unwrap();
            let Text::Built { lite, pg } = &q.text else { panic!("built") };
            prop_assert_eq!(lite.replace('?', "$"), pg.clone());
            let mut places: Vec<usize> = pg.split('$').skip(1)
                .map(|s| s.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()).collect();
            places.sort_unstable();
            prop_assert_eq!(places, (1..=q.args.len()).collect::<Vec<_>>());
            prop_assert_eq!(q.args.last(), Some(&Arg::Int(Some(i64::from(PageRequest { after: None, limit }.rows()) + 1))));
        }
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        let list = |org: i64| List::new("x", "SELECT a FROM t").filter("org_id = ?", org);
        let after = Some(Cursor::new(&list(1).scope(), vec![Key::Int(1)]));
        assert!(list(1).page(["a"], &PageRequest { after: after.clone(), limit: 0 }).is_ok());
        assert!(list(2).page(["a"], &PageRequest { after, limit: 0 }).is_err());
    }
}
