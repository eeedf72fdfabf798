//! Lists with filters, and keyset or numbered pages: the only place where SQL is put together at run time.

use kernel::{Error, Key, PageRequest, Problem, Result};

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
    sql: String,
    args: Vec<Arg>,
    scope: String,
}

impl List {
    /// Begins the list `name` with `head` (`SELECT … FROM …`, no `WHERE`).
    #[must_use]
    pub fn new(name: &'static str, head: &'static str) -> Self {
        Self { sql: format!("{head} WHERE TRUE"), args: Vec::new(), scope: name.to_owned() }
    }

    /// Adds a condition in which `?` stands for the value: `org_id = ?`, `id = ANY(?)`.
    #[must_use]
    pub fn filter(mut self, condition: &'static str, value: impl Into<Arg>) -> Self {
        let value = value.into();
        self.scope.push_str(&format!("|{condition}={value:?}"));
        self.args.push(value);
        let place = format!("${}", self.args.len());
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &place));
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
    pub fn page<const N: usize>(mut self, columns: [&'static str; N], request: &PageRequest) -> Result<Query> {
        let refused = || Error::invalid("cursor", Problem::Unknown);
        let order = columns.join(", ");
        if let Some(cursor) = &request.after {
            let keys = cursor.keys(&self.scope).filter(|k| k.len() == N).ok_or_else(refused)?;
            let places: Vec<String> = (1..=N).map(|i| format!("${}", self.args.len() + i)).collect();
            self.sql.push_str(&format!(" AND ({order}) > ({})", places.join(", ")));
            self.args.extend(keys.iter().map(|k| match k {
                Key::Int(n) => Arg::from(*n),
                Key::Text(s) => Arg::from(s.as_str()),
            }));
        }
        self.args.push(Arg::from(request.rows() + 1));
        self.sql.push_str(&format!(" ORDER BY {order} LIMIT ${}", self.args.len()));
        Ok(self.query())
    }

    /// One numbered page, in the order of `columns` (with `true` where one descends), or all of it the other way
    /// round. The columns must be NOT NULL and together unique. [`Slice::turn`] puts the rows right.
    #[must_use]
    pub fn slice(mut self, columns: &[(&'static str, bool)], reversed: bool, slice: &Slice) -> Query {
        let backwards = reversed != slice.backwards;
        let order: Vec<String> =
            columns.iter().map(|(c, down)| format!("{c}{}", if *down != backwards { " DESC" } else { "" })).collect();
        let places = (self.args.len() + 1, self.args.len() + 2);
        self.sql.push_str(&format!(" ORDER BY {} LIMIT ${} OFFSET ${}", order.join(", "), places.0, places.1));
        self.args.extend([Arg::from(slice.limit), Arg::from(slice.offset)]);
        self.query()
    }

    /// The list without an order and an end, for heads that count.
    #[must_use]
    pub fn count(self) -> Query {
        self.query()
    }

    fn query(self) -> Query {
        Query { text: Text::Built { lite: lite(&self.sql), pg: self.sql }, args: self.args }
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
