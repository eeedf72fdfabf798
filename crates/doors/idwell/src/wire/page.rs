//! Lists: which page, which rows, and the addresses of the pages around it (section 5).

use app::unit::PageNumber;
use axum::http::StatusCode;
use kernel::{Error, Faults, Id, Instant, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::DoorError;
use crate::call::id;

/// How many rows a page has unless another number is asked for.
const USUAL: i64 = 50;
/// No page has more.
const MOST: i64 = 200;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageOf<T> {
    /// How many there are in all.
    pub count: i64,
    /// The address of the next page.
    pub next: Option<String>,
    /// The address of the page before.
    pub previous: Option<String>,
    /// The rows of this page.
    pub results: Vec<T>,
}

/// The query of a list, read parameter by parameter.
#[derive(Debug, Default)]
pub struct List {
    pairs: Vec<(String, String)>,
    faults: Faults,
}

impl List {
    /// Of what stood behind the `?`.
    #[must_use]
    pub fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        Self { pairs, faults: Faults::new() }
    }

    /// A parameter; of several the last one counts.
    fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that parses; what does not is noted.
    pub fn one_of<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.get(name)?;
        let parsed = parse(text).filter(|_| !text.contains('\0'));
        if parsed.is_none() {
            self.faults.add(name, Problem::Malformed);
        }
        parsed
    }

    /// A text.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.one_of(name, |text| Some(text.to_owned()))
    }

    /// An id.
    pub fn id<T>(&mut self, name: &'static str) -> Option<Id<T>> {
        self.one_of(name, id)
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        self.one_of(name, |text| text.parse().ok())
    }

    /// A date-time with its offset. A `+` that was not encoded came as a space.
    pub fn instant(&mut self, name: &'static str) -> Option<Instant> {
        let parse = |text: &str| {
            let (date, time) = text.split_at_checked(11)?;
            let text = format!("{date}{}", time.replace(' ', "+"));
            let at: jiff::Timestamp = text.parse().ok()?;
            // Stored instants are finer than shown ones.
            Some(Instant::from_micros(at.as_microsecond()))
        };
        self.one_of(name, parse)
    }

    /// Which page is asked for.
    ///
    /// # Errors
    /// 400 with all parameters that are not good; 404 for a page that cannot be.
    pub fn page(&mut self) -> Result<PageNumber, DoorError> {
        let positive = |text: &str| id::<()>(text).map(Id::get);
        // More digits than fit are more than enough.
        let many = |text: &str| (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(MOST);
        let rows = self.one_of("page_size", |text| positive(text).or_else(|| many(text).filter(|_| text.len() > 18)));
        std::mem::take(&mut self.faults).finish().map_err(|e: Error| DoorError::from(e))?;
        let page = self.get("page").map_or(Some(1), positive).ok_or_else(invalid_page)?;
        Ok(PageNumber { page, per_page: rows.unwrap_or(USUAL).min(MOST) })
    }

    /// The page as it is shown.
    ///
    /// # Errors
    /// 404 for a page past the end.
    pub fn shown<T>(
        &self,
        origin: &str,
        path: &str,
        asked: PageNumber,
        count: i64,
        results: Vec<T>,
    ) -> Result<PageOf<T>, DoorError> {
        let pages = (count / asked.per_page + i64::from(count % asked.per_page != 0)).max(1);
        if asked.page > pages {
            return Err(invalid_page());
        }
        let address = |page: i64| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("page", &page.to_string()).append_pair("page_size", &asked.per_page.to_string());
            let others = self.pairs.iter().filter(|(n, _)| n != "page" && n != "page_size");
            query.extend_pairs(others);
            format!("{origin}{path}?{}", query.finish())
        };
        let next = (asked.page < pages).then(|| address(asked.page + 1));
        let previous = (asked.page > 1).then(|| address(asked.page - 1));
        Ok(PageOf { count, next, previous, results })
    }
}

fn invalid_page() -> DoorError {
    DoorError::detail(StatusCode::NOT_FOUND, "Invalid page.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(list: &List, page: i64, per_page: i64, count: i64) -> (Option<String>, Option<String>) {
        let shown = list.shown::<()>("https://h", "/u/", PageNumber { page, per_page }, count, Vec::new()).unwrap();
        (shown.next, shown.previous)
    }

    #[test]
    fn pages_know_their_neighbours() {
        let list = List::read(Some("role=dweller&page=2&page_size=50&email=a%2Bb%40c.d"));
        let rest = "page_size=50&role=dweller&email=a%2Bb%40c.d";
        let at = |page: i64| Some(format!("https://h/u/?page={page}&{rest}"));
        assert_eq!(told(&list, 2, 50, 123), (at(3), at(1)));
        assert_eq!(told(&list, 1, 50, 100), (at(2), None));
        assert_eq!(told(&list, 2, 50, 100), (None, at(1)));
        assert_eq!(told(&list, 1, 50, 0), (None, None));
        assert!(list.shown::<()>("", "", PageNumber { page: 3, per_page: 50 }, 100, Vec::new()).is_err());
        assert!(list.shown::<()>("", "", PageNumber { page: i64::MAX, per_page: 1 }, 0, Vec::new()).is_err());
    }

    #[test]
    fn numbers_of_pages() {
        let page = |query: &str| List::read(Some(query)).page().map(|p| (p.page, p.per_page)).map_err(|e| e.status);
        assert_eq!(page(""), Ok((1, 50)));
        assert_eq!(page("page=7&page_size=200"), Ok((7, 200)));
        assert_eq!(page("page_size=201"), Ok((1, 200)));
        assert_eq!(page("page_size=99999999999999999999999"), Ok((1, 200)));
        for bad in ["page=0", "page=-1", "page=x", "page=", "page=1.0", "page=99999999999999999999999"] {
            assert_eq!(page(bad), Err(StatusCode::NOT_FOUND), "{bad}");
        }
        for bad in ["page_size=0", "page_size=-1", "page_size=x", "page_size=", "page_size=0&page=0"] {
            assert_eq!(page(bad), Err(StatusCode::BAD_REQUEST), "{bad}");
        }
    }

    #[test]
    fn instants() {
        let at = |text: &str| List { pairs: vec![("t".to_owned(), text.to_owned())], ..List::default() }.instant("t");
        let noon = Some(Instant::from_secs(1_798_804_800));
        for good in ["2027-01-01T12:00:00Z", "2027-01-01T14:00:00.000+02:00", "2027-01-01T14:00:00 02:00"] {
            assert_eq!(at(good), noon, "{good}");
        }
        for bad in ["", "2027-01-01", "2027-01-01T12:00:00", "yesterday", "2027-02-30T00:00:00Z", "ääääääääää"]
        {
            assert_eq!(at(bad), None, "{bad}");
        }
    }
}
