//! What stands behind the question mark: filters and the page (M3).

use app::directory::{PeopleWanted, PropertiesWanted, UnitsWanted};
use kernel::{Draft, Faults, Field, Instant, Living, Problem};

use crate::wire::time;

/// The names that calls know, in the order in which `next` repeats them.
pub const NAMES: [&str; 6] = ["isRegistered", "isInvited", "includeInactiveContracts", "modifiedAfter", "role", PAGE];
const PAGE: &str = "page";
/// Beyond this no page can be.
const LAST_PAGE: i64 = 1_000_000_000;

/// The pairs of a query that have a known name; the others are ignored.
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Takes a query apart.
    pub fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned();
        Self(pairs.filter(|(name, _)| NAMES.contains(&name.as_str())).collect())
    }

    /// Contacts.
    pub fn people(&self) -> Draft<PeopleWanted> {
        let mut f = Faults::new();
        let wanted = PeopleWanted {
            page: self.page(&mut f),
            modified_after: self.modified_after(&mut f),
            registered: self.flag("isRegistered", &mut f),
            invited: self.flag("isInvited", &mut f),
            role: self.value("role", &mut f, "must be OWNER or RENTER", |text| match text {
                "OWNER" => Some(Living::Owner),
                "RENTER" => Some(Living::Tenant),
                _ => None,
            }),
        };
        Draft::new(wanted, f)
    }

    /// Units.
    pub fn units(&self) -> Draft<UnitsWanted> {
        let mut f = Faults::new();
        let wanted = UnitsWanted {
            page: self.page(&mut f),
            modified_after: self.modified_after(&mut f),
            with_inactive: self.flag("includeInactiveContracts", &mut f),
        };
        Draft::new(wanted, f)
    }

    /// Properties.
    pub fn properties(&self) -> Draft<PropertiesWanted> {
        let mut f = Faults::new();
        let wanted = PropertiesWanted { page: self.page(&mut f), modified_after: self.modified_after(&mut f) };
        Draft::new(wanted, f)
    }

    /// The same query with the page behind this one.
    pub fn next(&self) -> String {
        let page = self.get(PAGE).and_then(|text| text.parse().ok()).unwrap_or(1_i64);
        let rest = self.0.iter().filter(|(name, _)| name != PAGE);
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(rest).append_pair(PAGE, &page.saturating_add(1).to_string());
        out.finish()
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn page(&self, faults: &mut Faults) -> Field<i64> {
        self.value(PAGE, faults, "must be a whole number from 1", |text| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            // What has too many digits is behind the last page as well.
            digits.then(|| text.parse().unwrap_or(LAST_PAGE).min(LAST_PAGE)).filter(|page| *page >= 1)
        })
    }

    fn modified_after(&self, faults: &mut Faults) -> Field<Instant> {
        self.value("modifiedAfter", faults, "must be a date-time like 2019-08-24T14:15:22Z", time::read)
    }

    fn flag(&self, name: &'static str, faults: &mut Faults) -> Field<bool> {
        self.value(name, faults, "must be true or false", |text| match text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    /// A value that is given at most once and can be read.
    fn value<T>(
        &self,
        name: &'static str,
        faults: &mut Faults,
        words: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Field<T> {
        let mut all = self.0.iter().filter(|(n, _)| n == name);
        let (first, second) = (all.next(), all.next());
        let Some((_, text)) = first else { return Field::Absent };
        if second.is_some() {
            faults.add(name, Problem::Words("is given twice".into()));
            return Field::Faulty;
        }
        match read(text) {
            Some(value) => Field::Given(value),
            None => {
                faults.add(name, Problem::Words(words.into()));
                Field::Faulty
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_keeps_the_filters() {
        let query = Query::read(Some("page=2&isInvited=true&utm=1&modifiedAfter=2019-08-24T14%3A15%3A22%2B02%3A00"));
        assert_eq!(query.next(), "isInvited=true&modifiedAfter=2019-08-24T14%3A15%3A22%2B02%3A00&page=3");
        assert_eq!(Query::read(None).next(), "page=2");
    }

    #[test]
    fn all_faults_are_told_together() {
        let query = "isRegistered=1&isInvited=yes&role=owner&modifiedAfter=today&page=0";
        let faults = Query::read(Some(query)).people().open().map(|(_, f)| f).unwrap_or_default();
        let names: Vec<String> = faults.iter().map(|f| f.path.join(".")).collect();
        assert_eq!(names, ["page", "modifiedAfter", "isRegistered", "isInvited", "role"]);
    }

    #[test]
    fn pages_are_numbers_from_one() {
        let page = |text: &str| {
            let read = Query::read(Some(&format!("page={text}")));
            let draft = read.units();
            draft.open().ok().and_then(|(wanted, _)| wanted.page.given().copied())
        };
        for (text, number) in [("1", Some(1)), ("007", Some(7)), ("99999999999999999999", Some(LAST_PAGE))] {
            assert_eq!(page(text), number, "{text}");
        }
        for text in ["", "0", "-1", "1.0", "%2B1", "x", "1%00"] {
            assert_eq!(page(text), None, "{text}");
        }
        let twice = Query::read(Some("page=1&page=2")).units();
        assert_eq!(twice.open().map(|(_, f)| f.iter().count()).unwrap_or_default(), 1);
    }
}
