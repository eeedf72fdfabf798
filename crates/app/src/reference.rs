//! What the management calls a place in lists of its own: unique among the properties, and among the units, of an
//! organization.

use kernel::{Faults, Field, Problem};

/// Characters of a reference.
pub const LONGEST: usize = 100;

/// The reference as it is to be stored: without blanks around it, none where nothing is left.
pub(crate) fn tidy(field: &Field<Option<String>>, faults: &mut Faults) -> Field<Option<String>> {
    let tidied = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    let field = field.clone().map(|text| tidied(&text));
    match field.given().and_then(Option::as_deref) {
        Some(text) if text.chars().count() > LONGEST => faults.add("reference", Problem::TooLong(LONGEST)),
        // It stands in lists and addresses.
        Some(text) if text.chars().any(char::is_control) => faults.add("reference", Problem::Malformed),
        _ => {}
    }
    field
}
