//! Who works and who lives in the sandbox.

use kernel::Role::{self, Admin, Manager, PropertyManager, Staff};

use crate::ticket::Status;

/// A member of the staff, or somebody who waits to become one.
pub struct Member {
    pub first: &'static str,
    pub last: &'static str,
    pub email: &'static str,
    pub phone: &'static str,
    pub role: Option<Role>,
}

const fn member(
    first: &'static str,
    last: &'static str,
    email: &'static str,
    phone: &'static str,
    role: Option<Role>,
) -> Member {
    Member { first, last, email, phone, role }
}

/// Those who were there from the beginning: people 1 to 11.
pub const FOUNDERS: [Member; 11] = [
    member("user1", "tester", "user1@dwellingly.org", "555-555-5555", Some(Admin)),
    member("user2", "tester", "user2@dwellingly.org", "555-555-5555", Some(Admin)),
    member("user3", "tester", "user3@dwellingly.org", "555-555-5555", Some(Admin)),
    member("Margaret", "Okafor", "margaret.okafor@bridgetown.example", "503-555-0111", Some(Manager)),
    member("Jana", "Köhler", "jana.koehler@bridgetown.example", "+49 30 23125 201", Some(Staff)),
    member("Devon", "Ramirez", "devon.ramirez@bridgetown.example", "503-555-0124", Some(Staff)),
    member("Björn", "Lüdtke", "bjoern.luedtke@bridgetown.example", "+49 30 23125 207", Some(Staff)),
    member("Aisha", "Bennett", "aisha.bennett@bridgetown.example", "503-555-0137", Some(Staff)),
    member("Walter", "Groß", "walter.gross@bridgetown.example", "+49 89 99998 112", Some(Staff)),
    member("Claire", "Whitfield", "claire.whitfield@bridgetown.example", "503-555-0150", Some(PropertyManager)),
    member("Matthias", "Jäger", "matthias.jaeger@bridgetown.example", "+49 171 3920014", Some(PropertyManager)),
];

/// The places of some in [`FOUNDERS`].
pub const JANA: usize = 4;
pub const DEVON: usize = 5;
pub const WALTER: usize = 8;
pub const CLAIRE: usize = 9;
/// Who looks after English-speaking residents, and who after German-speaking ones: authors of tickets and notes.
pub const ENGLISH_DESK: [usize; 5] = [5, 7, 3, 9, 0];
pub const GERMAN_DESK: [usize; 4] = [4, 6, 10, 1];
/// The same before Walter left.
pub const OLD_GERMAN_DESK: [usize; 4] = [8, 4, 10, 6];

/// Somebody who came lately.
pub struct Newcomer {
    pub member: Member,
    /// How many minutes ago.
    pub minutes: i64,
    /// What a property manager manages: places in [`super::places::PLACES`].
    pub properties: &'static [usize],
    /// Whether they have a password.
    pub active: bool,
    /// How many minutes ago they were archived.
    pub archived: Option<i64>,
}

const DAY: i64 = 24 * 60;

pub const NEWCOMERS: [Newcomer; 6] = [
    Newcomer {
        member: member("Rita", "Nowak", "rita.nowak@mail.example", "503-555-0163", None),
        minutes: 20 * DAY,
        properties: &[],
        active: true,
        archived: Some(19 * DAY),
    },
    Newcomer {
        member: member("Priya", "Raman", "priya.raman@bridgetown.example", "503-555-0171", Some(PropertyManager)),
        minutes: 5 * DAY,
        properties: &[2, 1],
        active: true,
        archived: None,
    },
    Newcomer {
        member: member("Oskar", "Weiß", "oskar.weiss@mail.example", "+49 171 3920055", None),
        minutes: 2 * DAY,
        properties: &[],
        active: true,
        archived: None,
    },
    Newcomer {
        member: member(
            "Tomasz",
            "Wójcik",
            "tomasz.wojcik@bridgetown.example",
            "+49 89 99998 120",
            Some(PropertyManager),
        ),
        minutes: DAY + 90,
        properties: &[5],
        active: true,
        archived: None,
    },
    Newcomer {
        member: member("Hannah", "Lindqvist", "hannah.lindqvist@mail.example", "503-555-0179", None),
        minutes: 6 * 60,
        properties: &[],
        active: true,
        archived: None,
    },
    Newcomer {
        member: member(
            "Leonie",
            "Grünwald",
            "leonie.gruenwald@bridgetown.example",
            "+49 30 23125 233",
            Some(PropertyManager),
        ),
        minutes: 3 * 60,
        properties: &[],
        active: false,
        archived: None,
    },
];

/// The place of the one in [`NEWCOMERS`] who waits for approval and may sign in elsewhere.
pub const OSKAR: usize = 2;

/// Who lived where: place in [`super::places::PLACES`], unit, from and until how many days ago (below zero: ahead).
pub type Stay = (usize, Option<&'static str>, i64, Option<i64>);

/// Somebody who lives, lived or is going to live in a unit.
pub struct Resident {
    pub first: &'static str,
    pub last: &'static str,
    pub phone: &'static str,
    pub stay: Option<Stay>,
    pub occupants: Option<i64>,
    /// Where they lived before.
    pub before: Option<Stay>,
    /// Places in [`FOUNDERS`].
    pub staff: &'static [usize],
}

const fn resident(
    first: &'static str,
    last: &'static str,
    phone: &'static str,
    stay: Option<Stay>,
    occupants: Option<i64>,
    staff: &'static [usize],
) -> Resident {
    Resident { first, last, phone, stay, occupants, before: None, staff }
}

impl Resident {
    const fn once(mut self, stay: Stay) -> Self {
        self.before = Some(stay);
        self
    }

    /// How many days ago they were noted: those of old with the first import, others two weeks before they come.
    pub fn noted(&self) -> i64 {
        self.stay.map_or(40, |(_, _, from, _)| (from + 14).clamp(3, 1_050))
    }
}

/// The place of the one in [`RESIDENTS`] whom the demo names.
pub const RENTY: usize = 0;
/// The places of those in [`RESIDENTS`] who were archived, and how many days ago.
pub const GONE: [(usize, i64); 3] = [(12, 33), (21, 11), (27, 58)];

pub const RESIDENTS: [Resident; 28] =
    [
        resident("Renty", "McRenter", "800-RENT-ALOT", Some((0, Some("1A"), 1_420, None)), Some(2), &[5, 7]),
        resident("Soo-Jin", "Park", "503-555-0202", Some((0, Some("1B"), 1_260, Some(-200))), Some(3), &[7]),
        resident("Carlos", "Mendoza", "503-555-0203", Some((0, Some("2A"), 990, Some(-105))), Some(4), &[5]),
        resident("Amina", "Yusuf", "503-555-0204", Some((0, Some("2B"), 890, Some(-30))), Some(5), &[5, 4]),
        resident("Gerald", "Thompson", "503-555-0205", Some((0, Some("3A"), 820, None)), Some(1), &[7]),
        resident("Ingrid", "Sørensen", "503-555-0206", Some((0, Some("3B"), 760, Some(-335))), None, &[]),
        resident("Tyrone", "Jackson", "503-555-0207", Some((0, Some("4A"), 640, Some(-90))), Some(2), &[5]),
        resident("Mei", "Chen", "503-555-0208", Some((1, Some("101"), 1_130, None)), Some(2), &[7, 3]),
        resident("Patrick", "O'Donnell", "503-555-0209", Some((1, Some("102"), 930, Some(-165))), Some(1), &[5])
            .once((0, Some("4B"), 1_700, Some(930))),
        resident("Luz", "Herrera", "503-555-0210", Some((1, Some("103"), 580, Some(-150))), Some(4), &[7]),
        resident("Darnell", "Washington", "503-555-0211", Some((1, Some("201"), 410, Some(-320))), Some(1), &[]),
        resident("Ruth", "Abernathy", "503-555-0212", Some((1, Some("202"), 1_010, None)), None, &[3]),
        resident("Kyle", "Brennan", "503-555-0213", Some((1, Some("203"), 700, Some(-30))), Some(1), &[5]),
        resident("Fatima", "Al-Sayed", "503-555-0214", Some((2, Some("1"), 350, Some(-15))), Some(6), &[5, 7]),
        resident("Eleanor", "Vance", "503-555-0215", Some((2, Some("2"), 1_300, None)), Some(1), &[7]),
        resident("Marcus", "Lee", "503-555-0216", Some((2, Some("3"), 260, Some(-105))), Some(2), &[]),
        resident("Nadia", "Petrova", "503-555-0217", Some((2, None, 190, Some(-175))), None, &[5]),
        resident("Jürgen", "Müller", "+49 171 3920031", Some((3, Some("EG links"), 1_810, None)), Some(2), &[4]),
        resident("Käthe", "Schröder", "+49 30 23125 302", Some((3, Some("EG rechts"), 1_240, None)), Some(1), &[4, 6]),
        resident("Emre", "Yıldız", "+49 171 3920033", Some((3, Some("1. OG li."), 520, Some(-210))), Some(4), &[6]),
        resident("Sabine", "Weißenfels", "+49 30 23125 304", Some((3, Some("1. OG re."), 300, None)), Some(3), &[4]),
        resident("Florian", "Bäcker", "+49 171 3920035", Some((3, Some("DG"), 450, Some(-250))), Some(1), &[6]),
        resident("Anneliese", "Huber", "+49 89 99998 206", Some((4, Some("W 1"), 1_600, None)), Some(2), &[6]),
        resident("Xaver", "Obermüller", "+49 89 99998 207", Some((4, Some("W 2"), 870, None)), None, &[6, 4]).once((
            4,
            Some("W 3"),
            2_100,
            Some(880),
        )),
        resident("Zeynep", "Kaya", "+49 171 3920038", Some((4, Some("W 4"), 230, Some(-135))), Some(3), &[]),
        resident("Günther", "Jähnichen", "+49 171 3920039", Some((5, Some("vorne"), 665, None)), Some(1), &[4]),
        resident("Dörte", "Förster", "+49 171 3920040", Some((5, Some("hinten"), 1_030, Some(44))), Some(2), &[4]),
        resident("Harold", "Finch", "503-555-0228", Some((0, Some("4B"), 925, Some(95))), Some(1), &[5]),
    ];

/// Those who came lately, or are still to come.
pub const ARRIVALS: [Resident; 3] = [
    resident("Olivia", "Nguyen", "503-555-0229", Some((0, Some("4B"), -12, Some(-377))), Some(2), &[]),
    resident("Ottilie", "Früh", "+49 89 99998 214", Some((4, Some("W 3"), -40, None)), Some(2), &[6]),
    resident("Frédéric", "Böhme", "+49 171 3920043", None, None, &[6]),
];

/// The second organization's admin and residents.
pub const OTHER_ADMIN: Member =
    member("Eva", "Grünfeld", "eva.gruenfeld@gruenfeld.example", "+43 316 555 0101", Some(Admin));
pub const OTHER_RESIDENTS: [Resident; 2] = [
    resident("Leopold", "Hölzl", "+43 664 555 0121", Some((0, Some("Top 1"), 700, None)), Some(2), &[]),
    resident("Theresia", "Strauß", "+43 664 555 0122", Some((0, Some("Top 2"), 210, Some(-155))), Some(1), &[]),
];
/// What its residents asked for: which resident, how many days ago, what, the answer a day later, and how it stood after
/// two.
pub const OTHER_TICKETS: [(usize, i64, &str, Option<&str>, Status); 3] = [
    (0, 34, "Türöffner der Haustür summt, öffnet aber nicht", Some("Elektriker war da, Feder ersetzt."), Status::Done),
    (1, 9, "Bitte um Abstellplatz für den Kinderwagen", None, Status::InProgress),
    (0, 1, "Wasserhahn im Vorzimmer tropft", None, Status::Open),
];
