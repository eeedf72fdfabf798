//! Collections: which page, which rows, in which order (section 6).

use kernel::Zone;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{DoorError, Params, time, value::Value};

/// How many rows a page has unless another number is asked for.
const USUAL: i64 = 100;
/// No page has more.
const MOST: i64 = 1_000;

/// `meta.pagination`; its numbers are integers or null (K9, K11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pagination {
    /// This page, from 1.
    pub current_page: i64,
    /// How many there are; 1 where there are no rows.
    pub total_pages: i64,
    /// How many rows a page has.
    pub per_page: i64,
    /// How many rows there are.
    pub total_entries: i64,
    /// The page before.
    pub previous_page: Option<i64>,
    /// The page after; null on the last one.
    pub next_page: Option<i64>,
}

impl Pagination {
    /// Of this page of so many rows.
    #[must_use]
    pub const fn new(current_page: i64, per_page: i64, total_entries: i64) -> Self {
        let pages = total_entries / per_page + (total_entries % per_page != 0) as i64;
        let total_pages = if pages < 1 { 1 } else { pages };
        Self {
            current_page,
            total_pages,
            per_page,
            total_entries,
            previous_page: if current_page > 1 { Some(current_page - 1) } else { None },
            next_page: if current_page < total_pages { Some(current_page + 1) } else { None },
        }
    }
}

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// From 1.
    pub page: i64,
    /// From 1 to 1000.
    pub per_page: i64,
}

impl Asked {
    /// Reads `page` and `per_page`; larger pages than the largest are cut to it.
    ///
    /// # Errors
    /// 400 / 4 for what is no whole number from 1.
    pub fn read(params: &Params) -> Result<Self, DoorError> {
        let number = |name: &'static str, usual: i64| match params.get(name) {
            None => Ok(usual),
            Some(_) => {
                let sent = params.text(name).and_then(|text| text.trim().parse::<i64>().ok());
                sent.filter(|n| *n >= 1).ok_or_else(|| DoorError::field(name, "is invalid"))
            }
        };
        Ok(Self { page: number("page", 1)?, per_page: number("per_page", USUAL)?.min(MOST) })
    }

    /// How many rows stand before this page.
    #[must_use]
    pub const fn skip(&self) -> i64 {
        (self.page - 1).saturating_mul(self.per_page)
    }

    /// The pagination of an answer of so many rows in all.
    #[must_use]
    pub const fn of(&self, total: i64) -> Pagination {
        Pagination::new(self.page, self.per_page, total)
    }
}

/// Reads which rows are asked for. A time without an offset is one of the facility; of `only_ids`, what is no id names
/// nothing.
///
/// # Errors
/// 400 / 4 for what is no time.
pub fn filter(params: &Params, zone: &Zone) -> Result<app::Filter, DoorError> {
    let instant = |name: &'static str| match params.text(name) {
        None => Ok(None),
        Some(text) => time::read(&text, zone).map(Some).ok_or_else(|| DoorError::field(name, "is invalid")),
    };
    let ids = params.comma_list("only_ids");
    Ok(app::Filter {
        created_after: instant("created_after")?,
        created_before: instant("created_before")?,
        updated_since: instant("updated_since")?,
        only: ids.map(|ids| ids.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect()),
    })
}

/// The order asked for: the field, and whether it falls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The field's name on the wire.
    pub field: String,
    /// Whether the largest comes first.
    pub falling: bool,
}

impl Sort {
    /// Reads `sort`, `+sort` or `-sort`; a raw `+` arrives as a space.
    #[must_use]
    pub fn read(params: &Params) -> Option<Self> {
        [("sort", false), ("+sort", false), (" sort", false), ("-sort", true)].into_iter().find_map(
            |(name, falling)| {
                params.get(name).map(|value| Self { field: value.text().unwrap_or_default().to_owned(), falling })
            },
        )
    }

    /// The order among those that a resource offers.
    ///
    /// # Errors
    /// 400 / 10 for another field.
    pub fn choose<T: Copy>(asked: Option<&Self>, offered: &[(&str, T)], usual: T) -> Result<(T, bool), DoorError> {
        let Some(asked) = asked else { return Ok((usual, false)) };
        let found = offered.iter().find(|(name, _)| *name == asked.field);
        found.map(|(_, by)| (*by, asked.falling)).ok_or_else(DoorError::unsortable)
    }
}

/// Whether a flag of the query is set.
#[must_use]
pub fn flag(params: &Params, name: &str) -> bool {
    match params.get(name) {
        Some(Value::Bool(b)) => *b,
        Some(Value::Text(text)) => text.eq_ignore_ascii_case("true") || text == "1",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params::read(query, "", b"")
    }

    #[test]
    fn k9_pagination() {
        assert_eq!(
            serde_json::to_string(&Pagination::new(1, 100, 0)).unwrap(),
            "{\"current_page\":1,\"total_pages\":1,\"per_page\":100,\"total_entries\":0,\"previous_page\":null,\
             \"next_page\":null}"
        );
        for (page, per, total, pages, previous, next) in [
            (1, 100, 100, 1, None, None),
            (1, 100, 101, 2, None, Some(2)),
            (2, 100, 101, 2, Some(1), None),
            (9, 2, 3, 2, Some(8), None),
        ] {
            let p = Pagination::new(page, per, total);
            assert_eq!((p.total_pages, p.previous_page, p.next_page), (pages, previous, next), "{p:?}");
        }
    }

    #[test]
    fn section_6_pages() {
        assert_eq!(Asked::read(&params("")).unwrap(), Asked { page: 1, per_page: 100 });
        assert_eq!(Asked::read(&params("page=3&per_page=200")).unwrap().skip(), 400);
        assert_eq!(Asked::read(&params("per_page=5000")).unwrap().per_page, 1000);
        assert!(Asked::read(&params("page=9223372036854775807&per_page=1000")).unwrap().skip() > 0);
        for bad in ["page=0", "page=-1", "page=x", "page=", "per_page=0", "per_page=1.5", "page[]=1"] {
            assert!(Asked::read(&params(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn section_6_sort() {
        let offered = [("name", 1), ("price", 2)];
        for (query, by) in [
            ("", (0, false)),
            ("sort=name", (1, false)),
            ("+sort=name", (1, false)),
            ("%2Bsort=price", (2, false)),
            ("-sort=price", (2, true)),
        ] {
            assert_eq!(Sort::choose(Sort::read(&params(query)).as_ref(), &offered, 0).unwrap(), by, "{query}");
        }
        assert!(Sort::choose(Sort::read(&params("-sort=color")).as_ref(), &offered, 0).is_err());
    }

    #[test]
    fn section_6_filters() {
        let zone = Zone::named("Pacific/Honolulu");
        let read = |query: &str| filter(&params(query), &zone);
        let id = "543a0085-841c-4925-8cbb-848cbd8e3e09";
        let found = read(&format!("only_ids={id},nonsense, {id}&updated_since=2023-09-15T04:37:32.042-10:00")).unwrap();
        assert_eq!(found.only.unwrap().len(), 2);
        assert_eq!(found.updated_since.unwrap().micros(), 1_694_788_652_042_000);
        assert!(read("created_after=yesterday").is_err());
        assert_eq!(read("only_ids=").unwrap().only, Some(Vec::new()));
    }
}
