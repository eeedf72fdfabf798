//! What the sandbox's tickets say, about in the order in which they came. Generated data borrows from the same texts.

use crate::ticket::Status::{self, Done, InProgress, Open, Rejected, Waiting};

/// In which language a resident and the staff talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    German,
}
use Language::{English, German};

/// A ticket from its first line to where it stands today.
pub struct Story {
    pub language: Language,
    pub urgency: Option<&'static str>,
    pub status: Status,
    pub issue: &'static str,
    pub notes: &'static [&'static str],
}

const fn story(
    language: Language,
    urgency: Option<&'static str>,
    status: Status,
    issue: &'static str,
    notes: &'static [&'static str],
) -> Story {
    Story { language, urgency, status, issue, notes }
}

const LOW: Option<&str> = Some("Low");
const MEDIUM: Option<&str> = Some("Medium");
const HIGH: Option<&str> = Some("High");

/// The tickets, about in the order in which they came.
pub const STORIES: &[Story] = &[
    story(
        English,
        MEDIUM,
        Done,
        "Kitchen tap drips",
        &[
            "Went by, the cartridge is worn out. Ordered a new one at the hardware store.",
            "Replaced the cartridge, no more dripping.",
        ],
    ),
    story(
        German,
        HIGH,
        Done,
        "Heizung im Bad wird nicht warm",
        &[
            "Entlüftet, Vorlauf bleibt trotzdem kalt. Firma Böhm ist verständigt.",
            "Monteur kommt Donnerstag zwischen 8 und 10 Uhr, Mieterin ist informiert.",
            "Thermostatventil getauscht, Heizkörper wird wieder heiß.",
        ],
    ),
    story(
        English,
        LOW,
        Done,
        "Hallway light on the second floor flickers",
        &["Changed the bulb and the starter. Works."],
    ),
    story(
        German,
        LOW,
        Rejected,
        "Möchte eine Katze halten und fragt nach Erlaubnis",
        &["Laut Mietvertrag sind Katzen ohne Zustimmung erlaubt, kein Vorgang nötig. Mieter angerufen."],
    ),
    story(
        English,
        HIGH,
        Waiting,
        "Water stain on the bedroom ceiling is getting bigger",
        &[
            "Took photos. The stain is right below the bathroom of the flat above.",
            "Plumber found a cracked drain pipe. Repaired, but the ceiling has to dry before we can paint.",
            "Moisture meter still shows 19 %. Check again in two weeks.",
        ],
    ),
    story(
        German,
        MEDIUM,
        Done,
        "Kellertür schließt nicht mehr richtig",
        &["Schließblech war verbogen, nachgestellt und geölt."],
    ),
    story(
        English,
        None,
        Done,
        "Lost one of two mailbox keys",
        &["Ordered a copy, tenant pays the 12 dollars in cash.", "Handed over the new key."],
    ),
    story(
        English,
        MEDIUM,
        Done,
        "Neighbor plays loud music after midnight",
        &[
            "Called both sides. Neighbor works shifts and did not know how thin the wall is.",
            "They agreed on headphones after 10 pm. No complaints for a week.",
        ],
    ),
    story(
        German,
        MEDIUM,
        Done,
        "Fenster im Kinderzimmer zieht",
        &[
            "Dichtung ist porös, Material bestellt.",
            "Dichtungen an beiden Flügeln erneuert. Bitte beim nächsten Frost noch einmal nachfragen.",
            "Nachgefragt: alles dicht.",
        ],
    ),
    story(
        English,
        HIGH,
        Done,
        "Smoke alarm beeps every minute",
        &["Battery was empty. Replaced it, and the one in the hallway too."],
    ),
    story(
        German,
        HIGH,
        Done,
        "Wasser läuft aus der Waschmaschine der Nachbarn durch die Decke",
        &[
            "Hauptabsperrung zugedreht, Notdienst ist unterwegs.",
            "Schlauch war geplatzt. Zwei Trockner aufgestellt, laufen bis Montag.",
            "Versicherung hat die Schadensnummer geschickt, Gutachter war da.",
            "Decke gestrichen, Trockner abgeholt.",
        ],
    ),
    story(English, LOW, Open, "Would like a second shelf in the laundry room", &[]),
    story(
        English,
        MEDIUM,
        Done,
        "Fridge does not cool below 50 °F",
        &[
            "Fan of the freezer is iced up. Defrosted it, please watch for two days.",
            "Same again, so it gets replaced. Delivery on Friday.",
            "New fridge is in, the old one was taken away.",
        ],
    ),
    story(German, LOW, Done, "Namensschild an Klingel und Briefkasten fehlt", &["Schilder gedruckt und angebracht."]),
    story(
        English,
        MEDIUM,
        Rejected,
        "Asks us to repair his own dishwasher",
        &["The dishwasher is the tenant's own. Gave him the number of a repair shop."],
    ),
    story(German, MEDIUM, Done, "Rauchmelder im Flur hängt lose", &["Neu verklebt und geprüft."]),
    story(
        English,
        HIGH,
        Done,
        "No hot water since this morning",
        &[
            "Boiler shows error F4, technician is on the way.",
            "Ignition electrode replaced. Hot water is back for the whole building.",
        ],
    ),
    story(
        German,
        MEDIUM,
        Done,
        "Müllraum riecht stark, Tonnen sind überfüllt",
        &[
            "Entsorger hat eine Leerung ausgelassen, Sonderleerung ist beauftragt.",
            "Tonnen geleert, Boden gereinigt. Gutschrift ist angefragt.",
        ],
    ),
    story(
        English,
        MEDIUM,
        Done,
        "Bathroom fan runs but does not pull any air",
        &["Duct was blocked by a bird's nest. Cleared it and put a grille on."],
    ),
    story(
        English,
        None,
        Done,
        "Needs proof of residence for the school",
        &["Letter signed by the office, handed over today."],
    ),
    story(
        German,
        HIGH,
        Done,
        "Stromausfall in der halben Wohnung",
        &[
            "FI-Schalter löst sofort wieder aus, vermutlich der Herd.",
            "Elektriker hat die Herdanschlussdose erneuert, Messprotokoll liegt vor.",
        ],
    ),
    story(English, LOW, Done, "Bike rack in the yard is bent", &["Straightened it, two screws were missing."]),
    story(
        German,
        MEDIUM,
        Waiting,
        "Rollladen im Wohnzimmer klemmt auf halber Höhe",
        &[
            "Gurt ist gerissen. Ersatz in der passenden Breite muss bestellt werden.",
            "Lieferant meldet drei Wochen Lieferzeit, Mieterin weiß Bescheid.",
        ],
    ),
    story(
        English,
        HIGH,
        Done,
        "Front door of the building does not lock at night",
        &["The strike is worn. Locksmith comes tomorrow at 9.", "New electric strike installed, closes reliably."],
    ),
    story(
        English,
        MEDIUM,
        Done,
        "Mold around the bathroom window",
        &[
            "Cleaned and treated. Measured humidity: 71 %. Explained airing and left a hygrometer.",
            "Second visit after two weeks: 55 %, no new spots.",
        ],
    ),
    story(
        German,
        LOW,
        Done,
        "Bittet um Termin für die Schlüsselübergabe des Kellerabteils",
        &["Termin am Mittwoch um 16 Uhr vereinbart.", "Schlüssel übergeben, Protokoll unterschrieben."],
    ),
    story(
        English,
        HIGH,
        InProgress,
        "Cockroaches in the kitchen",
        &[
            "Pest control was there for a first treatment. They found the way in behind the sink.",
            "Second treatment is due in ten days. Neighbors on both sides are informed.",
        ],
    ),
    story(
        German,
        MEDIUM,
        Done,
        "Nebenkostenabrechnung: Wasser erscheint doppelt so hoch wie im Vorjahr",
        &[
            "Zählerstand geprüft: Ablesefehler, 318 statt 218 Kubikmeter.",
            "Korrigierte Abrechnung ist heute mit der Post verschickt.",
        ],
    ),
    story(English, LOW, Done, "Window screen in the living room is torn", &["New screen fitted."]),
    story(
        English,
        MEDIUM,
        Rejected,
        "Wants the parking space next to the entrance",
        &[
            "All spaces near the entrance are reserved for wheelchair users. Put the tenant on the waiting list for the yard.",
        ],
    ),
    story(
        German,
        HIGH,
        Done,
        "Aufzug bleibt zwischen dem 2. und 3. Stock stehen",
        &[
            "Wartungsfirma gerufen, niemand war eingeschlossen. Aufzug ist gesperrt.",
            "Türkontakt ersetzt, TÜV-Prüfung bestanden. Wieder in Betrieb.",
        ],
    ),
    story(English, MEDIUM, Done, "Toilet keeps running after flushing", &["Flapper replaced."]),
    story(English, None, Done, "Change of phone number", &["Updated in the file."]),
    story(
        German,
        MEDIUM,
        InProgress,
        "Risse im Putz neben der Balkontür",
        &[
            "Risse markiert und fotografiert, Breite unter 1 mm. Statikerin sieht sich das am Freitag an.",
            "Laut Statikerin nur der Putz. Malerbetrieb Öztürk macht ein Angebot.",
        ],
    ),
    story(
        English,
        HIGH,
        Done,
        "Glass of the balcony door is broken",
        &["Boarded up for the night.", "Glazier measured, tempered glass takes five working days.", "New pane is in."],
    ),
    story(
        German,
        LOW,
        Done,
        "Treppenhauslicht geht zu früh aus",
        &["Zeitschaltuhr von einer auf drei Minuten gestellt."],
    ),
    story(
        English,
        MEDIUM,
        Waiting,
        "Rent assistance form needs our signature",
        &["Page 3 is missing, asked the tenant to bring it."],
    ),
    story(
        English,
        MEDIUM,
        Done,
        "Dryer in the laundry room takes coins but does not start",
        &["Refunded four dollars, coin slot cleaned.", "Belt was torn as well. Replaced."],
    ),
    story(
        German,
        MEDIUM,
        InProgress,
        "Abfluss in der Küche ist verstopft",
        &["Mit der Spirale nicht frei zu bekommen, die Rohrreinigung kommt morgen früh."],
    ),
    story(English, LOW, Open, "Squeaking stairs between first and second floor", &[]),
    story(
        English,
        HIGH,
        InProgress,
        "Heater makes a loud banging noise",
        &[
            "Bled the radiators, still banging. Could be the expansion tank.",
            "Technician ordered for Monday morning. Tenant has an electric heater until then.",
        ],
    ),
    story(
        German,
        HIGH,
        Done,
        "Gasgeruch im Keller",
        &[
            "Versorger sofort verständigt, Haus gelüftet, Keller gesperrt.",
            "Verschraubung am Zähler nachgezogen, Dichtheitsprüfung in Ordnung. Entwarnung an alle Parteien.",
        ],
    ),
    story(English, None, Done, "Asked for a copy of the lease", &["Printed and mailed."]),
    story(German, MEDIUM, Open, "Herdplatte vorne links wird nicht heiß", &["Foto vom Typenschild ist angefordert."]),
    story(English, MEDIUM, Done, "Shower drains very slowly", &["Pulled out a lot of hair, put a strainer in."]),
    story(
        English,
        MEDIUM,
        InProgress,
        "Neighbor's dog barks all day",
        &["Spoke with the neighbor. A dog sitter starts next week; we check again then."],
    ),
    story(
        German,
        LOW,
        Waiting,
        "Wunsch nach einem barrierearmen Badumbau",
        &[
            "Antrag auf Zuschuss bei der Pflegekasse ist gestellt.",
            "Unterlagen nachgereicht, Bescheid dauert etwa vier Wochen.",
        ],
    ),
    story(
        English,
        HIGH,
        Done,
        "Locked out, key broke off in the lock",
        &["Locksmith was there within an hour, new cylinder, three keys handed over."],
    ),
    story(
        German,
        MEDIUM,
        InProgress,
        "Balkonabfluss verstopft, bei Regen steht das Wasser",
        &["Laub entfernt, das Fallrohr ist weiter unten zu. Dachdecker hat für Dienstag zugesagt."],
    ),
    story(English, LOW, Open, "Paint in the entrance is peeling off", &[]),
    story(
        English,
        MEDIUM,
        Waiting,
        "Oven door does not close",
        &["Hinge is bent. Spare part ordered, should arrive next week."],
    ),
    story(
        German,
        HIGH,
        InProgress,
        "Wohnungstür nach Einbruchsversuch beschädigt",
        &["Anzeige ist erstattet, Tür provisorisch gesichert.", "Tischlerei Krämer misst heute Nachmittag auf."],
    ),
    story(
        English,
        None,
        Open,
        "Question about adding a roommate to the lease",
        &["Sent the application form by mail."],
    ),
    story(German, LOW, Open, "Fahrradkeller: Licht lässt sich nicht mehr ausschalten", &[]),
    story(
        English,
        MEDIUM,
        InProgress,
        "Dishwasher leaves a puddle on the floor",
        &["Door seal looks fine. Will run a cycle with the tenant this afternoon."],
    ),
    story(
        English,
        HIGH,
        Open,
        "Outlet in the kitchen sparks",
        &["Told the tenant to switch off the breaker and not to use it. Electrician is called."],
    ),
    story(German, MEDIUM, Open, "Warmwasser schwankt beim Duschen zwischen heiß und kalt", &[]),
    story(English, LOW, Open, "Weeds on the path to the parking lot", &[]),
    story(German, HIGH, Open, "Heizung in der ganzen Wohnung kalt", &[]),
    story(English, MEDIUM, Open, "Garbage disposal hums but does not turn", &[]),
];
