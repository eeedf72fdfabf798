//! The texts of the sandbox's communities.

use super::community::STAFF;
use crate::{
    audience::Audience::{self, Everyone, Owners, UnitAdmins},
    contact_card::Kind::{self, External, Internal, Manager},
};

/// An announcement: in which house, how many days ago, to whom, and who said what about it.
pub struct Post {
    pub house: usize,
    pub days: i64,
    pub audience: Audience,
    pub allow_comments: bool,
    pub title: &'static str,
    pub text: &'static str,
    pub comments: &'static [(usize, &'static str)],
}

const fn post(
    (house, days, audience): (usize, i64, Audience),
    title: &'static str,
    text: &'static str,
    comments: &'static [(usize, &'static str)],
) -> Post {
    Post { house, days, audience, allow_comments: true, title, text, comments }
}

pub const POSTS: &[Post] = &[
    post(
        (0, 85, Everyone),
        "Welcome to your community",
        "Here you find news of the house, whom to call, and answers to what is often asked.",
        &[(0, "Nice, finally everything in one place."), (2, "Thanks!")],
    ),
    post(
        (1, 83, Everyone),
        "Willkommen in Ihrer Hausgemeinschaft",
        "Hier finden Sie Neuigkeiten, Ansprechpartner und Antworten auf häufige Fragen.",
        &[(3, "Danke, sehr übersichtlich.")],
    ),
    post(
        (0, 70, Everyone),
        "Water is off on Tuesday from 9 to 11",
        "A valve in the basement is replaced. Please fill a pot before.",
        &[(0, "Does that include the laundry room?"), (STAFF, "Yes, the laundry room as well.")],
    ),
    post((0, 61, Owners), "Owners’ meeting: the agenda", "Roof, reserves, and the offer of a new lift company.", &[]),
    post(
        (1, 56, Everyone),
        "Treppenhaus wird gestrichen",
        "Ab Montag streicht Firma Böhm das Treppenhaus. Bitte keine Fahrräder abstellen.",
        &[(3, "Wie lange dauert es?"), (STAFF, "Voraussichtlich vier Tage.")],
    ),
    post(
        (0, 44, Everyone),
        "Found: a set of keys",
        "With a red ribbon, in front of the mailboxes. At the office.",
        &[(2, "Mine, thank you!")],
    ),
    post((0, 38, UnitAdmins), "Statement of costs is ready", "You find it among the documents.", &[]),
    post((1, 30, Everyone), "Heizung: Wartung am 2. und 3.", "An beiden Tagen kann es vormittags kühler werden.", &[]),
    post(
        (0, 22, Everyone),
        "Bicycle room tidied up",
        "Bicycles without a tag were put aside and are kept until the end of the year.",
        &[(1, "Good idea."), (0, "Mine has a tag now.")],
    ),
    post((1, 14, Everyone), "Neue Müllabfuhrtermine", "Die Biotonne wird ab jetzt donnerstags geleert.", &[]),
    post(
        (0, 6, Everyone),
        "Snow on the way",
        "Please keep the entrance free; the winter service comes at six.",
        &[(0, "Will do.")],
    ),
    post(
        (0, 1, Everyone),
        "Lift out of order",
        "The technician comes tomorrow morning. We are sorry for the stairs.",
        &[],
    ),
];

/// An event: in which house, told how many days ago, how many days from now, at which hour and for how many hours.
pub struct Event {
    pub house: usize,
    pub days: i64,
    pub from_now: i64,
    pub hour: i64,
    pub hours: i64,
    pub title: &'static str,
    pub text: &'static str,
    pub location: Option<&'static str>,
}

const fn event(
    (house, days, from_now): (usize, i64, i64),
    (hour, hours): (i64, i64),
    title: &'static str,
    text: &'static str,
    location: Option<&'static str>,
) -> Event {
    Event { house, days, from_now, hour, hours, title, text, location }
}

pub const EVENTS: &[Event] = &[
    event((0, 80, -60), (2, 2), "Summer party in the yard", "Bring a salad or a chair.", Some("Courtyard")),
    event((1, 75, -40), (16, 2), "Hofputz", "Besen und Säcke sind da, danach gibt es Kuchen.", Some("Hof")),
    event((0, 50, -20), (1, 2), "Owners’ meeting", "The agenda is among the posts.", Some("Community room")),
    event((0, 40, 5), (17, 8), "Reading of the heat meters", "Somebody has to be at home.", None),
    event((1, 28, 9), (8, 0), "Heizungswartung", "Vormittags kann es kühler werden.", None),
    event((0, 20, 16), (8, 0), "Window cleaning", "Please clear the sills.", None),
    event((1, 12, 20), (17, 3), "Adventsfeier", "Glühwein und Plätzchen; Kinder sind willkommen.", Some("Hof")),
    event((0, 9, 31), (3, 3), "New Year’s toast", "Everybody brings a glass.", Some("Roof terrace")),
];

/// Somebody responsible.
pub struct Card {
    pub house: usize,
    pub kind: Kind,
    pub name: &'static str,
    pub company: Option<&'static str>,
    pub email: Option<&'static str>,
    pub phone: Option<&'static str>,
    pub responsibility: &'static str,
}

pub const CARDS: &[Card] = &[
    Card {
        house: 0,
        kind: Manager,
        name: "Claire Dubois",
        company: Some("Bridgetown Housing"),
        email: Some("office@bridgetown.example"),
        phone: Some("503-555-0110"),
        responsibility: "Management",
    },
    Card {
        house: 0,
        kind: Internal,
        name: "Hank Miller",
        company: None,
        email: None,
        phone: Some("503-555-0111"),
        responsibility: "Caretaker",
    },
    Card {
        house: 0,
        kind: External,
        name: "Rose City Lifts",
        company: Some("Rose City Lifts Inc."),
        email: Some("service@rosecitylifts.example"),
        phone: Some("503-555-0190"),
        responsibility: "Lift",
    },
    Card {
        house: 1,
        kind: Manager,
        name: "Jana Berger",
        company: Some("Bridgetown Housing"),
        email: Some("berlin@bridgetown.example"),
        phone: Some("+49 30 23125 100"),
        responsibility: "Verwaltung",
    },
    Card {
        house: 1,
        kind: External,
        name: "Firma Böhm",
        company: Some("Böhm Heizung und Sanitär"),
        email: None,
        phone: Some("+49 30 23125 190"),
        responsibility: "Heizung und Sanitär",
    },
];

type Items = &'static [(&'static str, &'static str, &'static str)];

/// House, group, and in it question, keywords and answer.
pub const FAQ: &[(usize, &str, Items)] = &[
    (
        0,
        "Living here",
        &[
            ("When is quiet time?", "noise night music", "From 10 pm to 7 am, on Sundays all day."),
            ("Where does the garbage go?", "trash recycling bins", "The bins are behind the house; recycling is blue."),
            ("May I keep a dog?", "pets animals cat", "Yes, after a short note to the management."),
            (
                "How do I book the laundry room?",
                "washing machine dryer",
                "On the list at its door, two hours at a time.",
            ),
        ],
    ),
    (
        0,
        "Contract and costs",
        &[
            ("When is rent due?", "pay payment", "On the first of each month."),
            ("How do I get another key?", "keys lost", "Write a ticket; a copy takes about a week."),
        ],
    ),
    (
        1,
        "Wohnen",
        &[
            ("Wann ist Ruhezeit?", "Lärm Nacht Musik", "Von 22 bis 7 Uhr, sonntags ganztägig."),
            ("Wohin mit dem Sperrmüll?", "Müll Möbel Abfall", "Einen Termin gibt es bei der Stadtreinigung."),
            (
                "Wie lüfte ich richtig?",
                "Schimmel Fenster Heizung",
                "Dreimal am Tag fünf Minuten mit weit offenen Fenstern.",
            ),
            ("Wer räumt den Schnee?", "Winterdienst Eis", "Der Winterdienst; die Kellertreppe räumt der Hausmeister."),
        ],
    ),
];

type Files = &'static [(&'static str, i64, Audience)];

/// House, folder, and in it name, bytes, and to whom it is shown.
pub const DOCUMENTS: &[(usize, &str, Files)] = &[
    (0, "House rules", &[("House rules.pdf", 84_213, Everyone), ("Fire safety.pdf", 120_004, Everyone)]),
    (
        0,
        "Statements",
        &[("Statement 2025.pdf", 231_990, UnitAdmins), ("Minutes of the owners’ meeting.pdf", 98_112, Owners)],
    ),
    (1, "Hausordnung", &[("Hausordnung.pdf", 77_310, Everyone)]),
];
