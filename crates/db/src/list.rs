//! Lists with filters, and keyset or numbered pages: the only place where SQL is put together at run time.

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

    /// Adds a condition with several values, in the order of its `?`.
    #[must_use]
    pub fn filter_by<const N: usize>(mut self, condition: &'static str, values: [Arg; N]) -> Self {
        self.scope.push_str(&format!("|{condition}={values:?}"));
        let mut whole = condition.to_owned();
        for value in values {
            whole = whole.replacen('?', &self.bind(value), 1);
        }
        self.add(&format!(" AND {whole}"));
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

    /// One page in ascending order of `columns`, which must be NOT NULL and together unique; fetches one row more
    /// than asked, so that [`kernel::Page::cut`] knows whether there is more.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `cursor` when the cursor belongs to another list.
    pub fn page<const N: usize>(self, columns: [&'static str; N], request: &PageRequest) -> Result<Query> {
        self.page_in(columns, false, request)
    }

    /// The same in descending order.
    ///
    /// # Errors
    /// As [`List::page`].
    pub fn page_down<const N: usize>(self, columns: [&'static str; N], request: &PageRequest) -> Result<Query> {
        self.page_in(columns, true, request)
    }

    fn page_in<const N: usize>(
        mut self,
        columns: [&'static str; N],
        down: bool,
        request: &PageRequest,
    ) -> Result<Query> {
        let refused = || Error::invalid("cursor", Problem::Unknown);
        let (beyond, turn) = if down { ("<", " DESC") } else { (">", "") };
        let order = columns.join(", ");
        if let Some(cursor) = &request.after {
            let keys = cursor.keys(&self.scope).filter(|k| k.len() == N).ok_or_else(refused)?;
            let values = keys.iter().map(|k| match k {
                Key::Int(n) => Arg::from(*n),
                Key::Text(s) => Arg::from(s.as_str()),
            });
            let places: Vec<String> = values.map(|value| self.bind(value)).collect();
            self.add(&format!(" AND ({order}) {beyond} ({})", places.join(", ")));
        }
        let rows = self.bind(Arg::from(request.rows() + 1));
        let order = columns.map(|column| format!("{column}{turn}")).join(", ");
        self.add(&format!(" ORDER BY {order} LIMIT {rows}"));
        Ok(self.query())
    }

    /// One numbered page, in the order of `columns` (with `true` where one descends), or all of it the other way
    /// round. The columns must be NOT NULL and together unique. [`Slice::turn`] puts the rows right.
    #[must_use]
    pub fn slice(mut self, columns: &[(&'static str, bool)], reversed: bool, slice: &Slice) -> Query {
        let backwards = reversed != slice.backwards;
        let order: Vec<String> =
            columns.iter().map(|(c, down)| format!("{c}{}", if *down != backwards { " DESC" } else { "" })).collect();
        let (limit, offset) = (self.bind(Arg::from(slice.limit)), self.bind(Arg::from(slice.offset)));
        self.add(&format!(" ORDER BY {} LIMIT {limit} OFFSET {offset}", order.join(", ")));
        self.query()
    }

    /// The list without an order and an end, for heads that count or find one row.
    #[must_use]
    pub fn whole(self) -> Query {
        self.query()
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

/// Which rows of how many a numbered page has. Past the middle they are read from the other end, so that the last page
/// costs as much as the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    limit: i64,
    offset: i64,
    backwards: bool,
}

impl Slice {
    /// All rows.
    pub const ALL: Self = Self { limit: i64::MAX, offset: 0, backwards: false };

    /// Page `page` (from 1) of `total` rows; past the end there are none.
    #[must_use]
    pub fn of(total: i64, page: i64, per_page: i64) -> Self {
        let total = total.max(0);
        let before = page.max(1).saturating_sub(1).saturating_mul(per_page.max(0)).min(total);
        let limit = per_page.clamp(0, total - before);
        let after = total - before - limit;
        let backwards = after < before;
        Self { limit, offset: if backwards { after } else { before }, backwards }
    }

    /// The rows in the list's order.
    #[must_use]
    pub fn turn<T>(&self, mut rows: Vec<T>) -> Vec<T> {
        if self.backwards {
            rows.reverse();
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use kernel::Cursor;
    use proptest::prelude::*;

    use super::*;

    proptest! {
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

    proptest! {
        /// Whichever end it is read from, a page has the rows it should have.
        #[test]
        fn a_numbered_page_has_its_rows(total in 0i64..60, page in -1i64..40, per_page in 0i64..20) {
            let all: Vec<i64> = (0..total).collect();
            let slice = Slice::of(total, page, per_page);
            let ordered: Vec<i64> = if slice.backwards { all.iter().rev().copied().collect() } else { all.clone() };
            let read = ordered.into_iter().skip(slice.offset as usize).take(slice.limit as usize).collect();
            let first = ((page.max(1) - 1) * per_page) as usize;
            let expected: Vec<i64> = all.into_iter().skip(first).take(per_page as usize).collect();
            prop_assert_eq!(slice.turn(read), expected);
            prop_assert!(slice.offset <= total / 2);
        }
    }

    #[test]
    fn a_numbered_page_can_run_the_other_way() {
        let text = |reversed, slice: &Slice| {
            let list = List::new("x", "SELECT a FROM t").filter("org_id = ?", 1i64);
            match list.slice(&[("a", false), ("b", true)], reversed, slice).text {
                Text::Built { pg, .. } => pg,
                Text::Fixed(_) => panic!("built"),
            }
        };
        let (first, last) = (Slice::of(100, 1, 10), Slice::of(100, 10, 10));
        assert_eq!(
            text(false, &first),
            "SELECT a FROM t WHERE TRUE AND org_id = $1 ORDER BY a, b DESC LIMIT $2 OFFSET $3"
        );
        assert_eq!(text(true, &first), text(false, &last));
        assert_eq!(text(true, &last), text(false, &first));
        assert_eq!((last.limit, last.offset), (10, 0));
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        let list = |org: i64| List::new("x", "SELECT a FROM t").filter("org_id = ?", org);
        let after = Some(Cursor::new(&list(1).scope(), vec![Key::Int(1)]));
        assert!(list(1).page(["a"], &PageRequest { after: after.clone(), limit: 0 }).is_ok());
        assert!(list(2).page(["a"], &PageRequest { after, limit: 0 }).is_err());
    }
}
