//! Where the sandbox's people live, and whom they call in an emergency.

use super::texts::Language::{self, English, German};

/// A property with its units.
pub struct Place {
    pub name: &'static str,
    pub street: &'static str,
    pub city: &'static str,
    pub state: &'static str,
    pub postal: &'static str,
    /// What the management calls it, and its units with a number behind.
    pub reference: Option<&'static str>,
    /// What is spoken there; with the state it says in which country it is.
    pub language: Language,
    pub declared_units: Option<i64>,
    pub units: &'static [&'static str],
    /// Who manages it: places in [`super::people::FOUNDERS`].
    pub managers: &'static [usize],
}

impl Place {
    /// Country and time zone.
    pub fn country(&self) -> (&'static str, &'static str) {
        match (self.language, self.state) {
            (English, _) => ("US", "America/Los_Angeles"),
            (German, "Steiermark") => ("AT", "Europe/Vienna"),
            (German, _) => ("DE", "Europe/Berlin"),
        }
    }
}

/// The first organization's properties: 30 units in six of them; the last was sold.
pub const PLACES: [Place; 7] = [
    Place {
        name: "Garden Blocks",
        street: "1654 NE 18th Ave.",
        city: "Portland",
        state: "OR",
        postal: "97218",
        reference: Some("GB"),
        language: English,
        declared_units: Some(8),
        units: &["1A", "1B", "2A", "2B", "3A", "3B", "4A", "4B"],
        managers: &[9],
    },
    Place {
        name: "Hawthorne Court",
        street: "3415 SE Hawthorne Blvd.",
        city: "Portland",
        state: "OR",
        postal: "97214",
        reference: Some("HC"),
        language: English,
        declared_units: None,
        units: &["101", "102", "103", "201", "202", "203"],
        managers: &[9],
    },
    Place {
        name: "Alder Street House",
        street: "2210 SW Alder St.",
        city: "Portland",
        state: "OR",
        postal: "97205",
        reference: Some("AS"),
        language: English,
        declared_units: Some(6),
        units: &["1", "2", "3", "4", "5"],
        managers: &[],
    },
    Place {
        name: "Lindenhof",
        street: "Lindenstraße 48",
        city: "Berlin",
        state: "Berlin",
        postal: "10969",
        reference: Some("LH"),
        language: German,
        declared_units: None,
        units: &["EG links", "EG rechts", "1. OG li.", "1. OG re.", "DG"],
        managers: &[10],
    },
    Place {
        name: "Haus Schönblick",
        street: "Schönblickweg 9",
        city: "München",
        state: "Bayern",
        postal: "81245",
        reference: Some("HS"),
        language: German,
        declared_units: Some(4),
        units: &["W 1", "W 2", "W 3", "W 4"],
        managers: &[10, 9],
    },
    Place {
        name: "Brückenmühle",
        street: "Mühlgasse 3a",
        city: "Leipzig",
        state: "Sachsen",
        postal: "04229",
        reference: None,
        language: German,
        declared_units: None,
        units: &["vorne", "hinten"],
        managers: &[],
    },
    Place {
        name: "Maple Annex",
        street: "7 N Maple Ct.",
        city: "Portland",
        state: "OR",
        postal: "97217",
        reference: None,
        language: English,
        declared_units: Some(2),
        units: &[],
        managers: &[],
    },
];

/// The one of [`PLACES`] that was sold.
pub const SOLD: usize = 6;

/// The second organization's property.
pub const OTHER_PLACE: Place = Place {
    name: "Weidengasse 12",
    street: "Weidengasse 12",
    city: "Graz",
    state: "Steiermark",
    postal: "8020",
    reference: Some("W12"),
    language: German,
    declared_units: None,
    units: &["Top 1", "Top 2"],
    managers: &[],
};

/// A number to call: number, kind, extension.
pub type Call = (&'static str, Option<&'static str>, Option<&'static str>);

/// Name, what for, numbers.
pub const CONTACTS: [(&str, Option<&str>, &[Call]); 6] = [
    ("Emergency services", Some("Police, fire, ambulance"), &[("911", Some("Call"), None)]),
    (
        "Notruf",
        Some("Feuerwehr und Rettungsdienst (112), Polizei (110)"),
        &[("112", Some("Notruf"), None), ("110", Some("Polizei"), None)],
    ),
    (
        "Crisis Line",
        Some("Somebody to talk to, day and night"),
        &[("503-555-0188", Some("Call"), None), ("741-555", Some("Text"), None)],
    ),
    ("Narcotics Anonymous", Some("Help with addiction; a meeting every day"), &[("503-555-0119", Some("Call"), None)]),
    (
        "Hausmeister-Notdienst Böhm",
        Some("Heizung, Wasser, Schlüssel; abends und am Wochenende"),
        &[("+49 30 23125 110", Some("Tel."), Some("2"))],
    ),
    ("Water Bureau", None, &[("503-555-0142", None, Some("14"))]),
];
