//! A postal address in forms and on pages.

use app::person::{Address, address::Input};
use kernel::Field;

use crate::form::Fields;

/// Where an address is not whole without a state.
const WITH_STATES: [&str; 6] = ["AU", "BR", "CA", "IN", "MX", "US"];

/// The address as it was typed; what the form does not have stays.
pub(crate) fn input(fields: &Fields) -> Input {
    let text = |name: &str| if fields.has(name) { fields.text(name) } else { Field::Absent };
    Input {
        address1: text("address1"),
        address2: text("address2").map(|line| Some(line).filter(|l| !l.trim().is_empty())),
        city: text("city"),
        state: text("state"),
        postal: text("postal"),
    }
}

/// The address in the fields of a form.
pub(crate) fn values(address: Option<&Address>) -> Vec<(&'static str, String)> {
    let Some(a) = address else { return Vec::new() };
    vec![
        ("address1", a.address1.clone()),
        ("address2", a.address2.clone().unwrap_or_default()),
        ("city", a.city.clone()),
        ("state", a.state.clone()),
        ("postal", a.postal.clone()),
    ]
}

/// Whether a form asks for the state.
pub(crate) fn has_state(address: Option<&Address>, country: &str) -> bool {
    let country = address.map_or(country, |a| a.country.as_str());
    WITH_STATES.contains(&country) || address.is_some_and(|a| !a.state.trim().is_empty())
}

/// The address, line by line, as it stands on a letter.
pub(crate) fn lines(address: Option<&Address>) -> Vec<String> {
    let Some(a) = address else { return Vec::new() };
    let place = match a.country.as_str() {
        "US" => {
            let city = [a.city.trim(), a.state.trim()].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>();
            format!("{} {}", city.join(", "), a.postal.trim())
        }
        _ => format!("{} {}", a.postal.trim(), a.city.trim()),
    };
    let state = if a.country == "US" { "" } else { a.state.trim() };
    let all = [a.address1.trim(), a.address2.as_deref().unwrap_or_default().trim(), place.trim(), state];
    all.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
