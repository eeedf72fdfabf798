//! What a country and a state tell about a place.

/// The IANA name of the time zone of most inhabitants of a state of the US, by its two letters; elsewhere that of the
/// country, where it has one alone.
#[must_use]
pub fn zone(country: &str, state: &str) -> Option<&'static str> {
    let state = state.trim().to_ascii_uppercase();
    Some(match country {
        "US" => match state.as_str() {
            "CT" | "DC" | "DE" | "FL" | "GA" | "IN" | "KY" | "MA" | "MD" | "ME" | "MI" | "NC" | "NH" | "NJ" | "NY"
            | "OH" | "PA" | "RI" | "SC" | "VA" | "VT" | "WV" => "America/New_York",
            "AL" | "AR" | "IA" | "IL" | "KS" | "LA" | "MN" | "MO" | "MS" | "ND" | "NE" | "OK" | "SD" | "TN" | "TX"
            | "WI" => "America/Chicago",
            "CO" | "ID" | "MT" | "NM" | "UT" | "WY" => "America/Denver",
            "AZ" => "America/Phoenix",
            "CA" | "NV" | "OR" | "WA" => "America/Los_Angeles",
            "AK" => "America/Anchorage",
            "HI" => "Pacific/Honolulu",
            "PR" | "VI" => "America/Puerto_Rico",
            "GU" | "MP" => "Pacific/Guam",
            "AS" => "Pacific/Pago_Pago",
            _ => return None,
        },
        "AT" => "Europe/Vienna",
        "CH" => "Europe/Zurich",
        "DE" => "Europe/Berlin",
        "FR" => "Europe/Paris",
        "GB" => "Europe/London",
        "IT" => "Europe/Rome",
        "NL" => "Europe/Amsterdam",
        _ => return None,
    })
}

/// Whether these are two letters of a state or territory of the US.
#[must_use]
pub fn is_us_state(state: &str) -> bool {
    zone("US", state).is_some()
}

/// Whether it is a postal code of the US: five digits, or five and four.
#[must_use]
pub fn is_us_postal(postal: &str) -> bool {
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    match postal.trim().split_once('-') {
        Some((zip, plus)) => digits(zip, 5) && digits(plus, 4),
        None => digits(postal.trim(), 5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_named_is_known() {
        let letters = || b'A'..=b'Z';
        let states: Vec<String> =
            letters().flat_map(|a| letters().map(move |b| format!("{}{}", a as char, b as char))).collect();
        let known: Vec<&String> = states.iter().filter(|s| is_us_state(s)).collect();
        assert_eq!(known.len(), 56, "50 states, the district and five territories");
        for state in known {
            assert!(zone("US", state).and_then(kernel::Zone::find).is_some(), "{state}");
        }
        for country in ["AT", "CH", "DE", "FR", "GB", "IT", "NL"] {
            assert!(zone(country, "").and_then(kernel::Zone::find).is_some(), "{country}");
        }
        assert_eq!((zone("US", "de"), zone("US", "KS")), (Some("America/New_York"), Some("America/Chicago")));
        assert_eq!((zone("US", "Ontario"), zone("XX", "DE")), (None, None));
    }

    #[test]
    fn postal_codes() {
        assert!(["89980", "97218-1234", " 12345 "].iter().all(|p| is_us_postal(p)));
        assert!(!["8998", "899801", "97218-", "97218-12", "1234a", ""].iter().any(|p| is_us_postal(p)));
    }
}
