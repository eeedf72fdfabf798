//! What the pages of the office share: names, addresses with queries, pages of lists, forms that count once.

use kernel::{Cursor, Date, Field, Page, PageRequest, Problem, written_date};

use crate::{form::Fields, session::Visit};

/// How many rows a list of the desk has.
const ROWS: u32 = 50;

/// The number in an address; what is none finds nothing.
pub(crate) fn number(text: &str) -> i64 {
    text.parse().unwrap_or(0)
}

/// What somebody is called.
pub(crate) fn name(first: &str, last: &str, business: Option<&str>) -> String {
    match business.filter(|b| !b.is_empty()) {
        Some(business) => business.to_owned(),
        None => format!("{first} {last}").trim().to_owned(),
    }
}

/// An address with a query; empty values are left out.
pub(crate) fn link(path: &str, query: &[(&str, &str)]) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        pairs.append_pair(name, value);
    }
    let query = pairs.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The page of a list that was asked for. What is no cursor begins at the beginning.
pub(crate) fn page(query: &Fields) -> PageRequest {
    PageRequest { after: Cursor::decode(query.get("after")), limit: ROWS }
}

/// Where the list goes on, or nothing.
pub(crate) fn next<T>(page: &Page<T>, path: &str, query: &[(&str, &str)]) -> String {
    let Some(cursor) = &page.next else { return String::new() };
    let cursor = cursor.encode();
    let mut all = query.to_vec();
    all.push(("after", &cursor));
    link(path, &all)
}

/// Where the list begins, for whoever is further on; or nothing.
pub(crate) fn first(visit: &Visit, path: &str, query: &[(&str, &str)]) -> String {
    if visit.query.get("after").is_empty() { String::new() } else { link(path, query) }
}

/// A key for a form that counts once.
pub(crate) fn fresh_key(visit: &Visit) -> String {
    visit.app().random().secret()
}

/// A day that was typed: one that cannot be read is a fault of its field.
pub(crate) fn day(fields: &Fields, name: &'static str, faults: &mut kernel::Faults) -> Field<Date> {
    match fields.get(name).trim() {
        "" => Field::Absent,
        text => match written_date(text) {
            Some(date) => Field::Given(date),
            None => {
                faults.add(name, Problem::Malformed);
                Field::Faulty
            }
        },
    }
}

/// A sum that was typed.
pub(crate) fn amount(
    fields: &Fields,
    name: &'static str,
    currency: kernel::Currency,
    faults: &mut kernel::Faults,
) -> Field<i64> {
    match fields.get(name).trim() {
        "" => Field::Absent,
        text => match kernel::written_amount(text, currency) {
            Some(minor) => Field::Given(minor),
            None => {
                faults.add(name, Problem::Malformed);
                Field::Faulty
            }
        },
    }
}

/// Square metres that were typed, in square decimetres; nothing for none. They are written as euros are: with two digits
/// after point or comma at most.
pub(crate) fn area(fields: &Fields, name: &'static str, faults: &mut kernel::Faults) -> Field<Option<i64>> {
    match amount(fields, name, kernel::Currency::EUR, faults) {
        Field::Absent => Field::Given(None),
        typed => typed.map(Some),
    }
}

/// Square decimetres as square metres: "65 m²", "65.5 m²".
pub(crate) fn square_metres(area: i64, german: bool) -> String {
    let exact = typed(area, kernel::Currency::EUR, german);
    format!("{}\u{a0}m²", exact.trim_end_matches('0').trim_end_matches(['.', ',']))
}

/// A sum as a field holds it: digits, and a point or comma as the language writes it.
pub(crate) fn typed(minor: i64, currency: kernel::Currency, german: bool) -> String {
    let digits = currency.digits();
    if digits == 0 {
        return minor.to_string();
    }
    let scale = 10_u64.pow(digits);
    let (whole, part) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
    let (sign, mark) = (if minor < 0 { "-" } else { "" }, if german { ',' } else { '.' });
    format!("{sign}{whole}{mark}{part:0width$}", width = digits as usize)
}

#[cfg(test)]
mod tests {
    use kernel::{Currency, written_amount};

    use super::*;

    #[test]
    fn addresses_leave_out_what_is_empty() {
        assert_eq!(link("/desk/money", &[("q", ""), ("property", "")]), "/desk/money");
        assert_eq!(link("/desk/money", &[("q", "a&b ü"), ("property", "3")]), "/desk/money?q=a%26b+%C3%BC&property=3");
    }

    #[test]
    fn areas_have_no_more_digits_than_they_need() {
        assert_eq!(square_metres(6_550, true), "65,5\u{a0}m²");
        assert_eq!(square_metres(10_000, false), "100\u{a0}m²");
        assert_eq!(square_metres(0, false), "0\u{a0}m²");
    }

    #[test]
    fn sums_are_read_as_they_were_written() {
        for minor in [0, 5, -5, 123_456, 100] {
            for german in [true, false] {
                assert_eq!(written_amount(&typed(minor, Currency::EUR, german), Currency::EUR), Some(minor));
            }
        }
    }
}
