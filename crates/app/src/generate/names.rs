//! Names of people and places for generated data.

pub const ENGLISH_FIRST: [&str; 48] = [
    "Olivia", "Liam", "Emma", "Noah", "Ava", "James", "Sophia", "Lucas", "Mia", "Henry", "Isabella", "Theodore",
    "Charlotte", "Jack", "Amelia", "Levi", "Harper", "Daniel", "Evelyn", "Mason", "Abigail", "Ethan", "Ella", "Logan",
    "Grace", "Owen", "Chloe", "Samuel", "Victoria", "Carlos", "Rosa", "Miguel", "Lucía", "Javier", "Linh", "Minh",
    "Wei", "Priya", "Arjun", "Aisha", "Omar", "Fatima", "Darnell", "Keisha", "Sean", "Siobhán", "Yuki", "Ji-ho",
];

pub const ENGLISH_LAST: [&str; 60] = [
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Miller", "Davis", "Wilson", "Anderson", "Taylor", "Thomas",
    "Moore", "Jackson", "Martin", "Lee", "Thompson", "White", "Harris", "Clark", "Lewis", "Robinson", "Walker", "Young",
    "Allen", "King", "Wright", "Scott", "Hill", "Green", "Adams", "Baker", "Nelson", "Carter", "Mitchell", "Roberts",
    "Turner", "Phillips", "Campbell", "Parker", "Evans", "García", "Martínez", "Rodríguez", "Hernández", "López",
    "Nguyen", "Tran", "Pham", "Kim", "Park", "Chen", "Wang", "Patel", "Singh", "Hassan", "Okafor", "O'Brien",
    "Sullivan", "Petrov", "Tanaka",
];

pub const GERMAN_FIRST: [&str; 48] = [
    "Anna", "Jürgen", "Sabine", "Björn", "Käthe", "Günther", "Ursula", "Jörg", "Renate", "Wolfgang", "Monika", "Uwe",
    "Petra", "Stefan", "Birgit", "Matthias", "Silke", "Torsten", "Heike", "Andreas", "Lena", "Felix", "Marie", "Jonas",
    "Sophie", "Maximilian", "Clara", "Moritz", "Frieda", "Anton", "Johanna", "Jakob", "Greta", "Emil", "Zoë", "Götz",
    "Ayşe", "Mehmet", "Elif", "Emre", "Zeynep", "Katarzyna", "Paweł", "Dragana", "Milan", "Svetlana", "Giulia", "Luca",
];

pub const GERMAN_LAST: [&str; 60] = [
    "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann", "Schäfer",
    "Koch", "Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann", "Schwarz", "Zimmermann", "Braun", "Krüger",
    "Hofmann", "Hartmann", "Lange", "Schmitt", "Werner", "Krause", "Lehmann", "Köhler", "Maier", "König", "Huber",
    "Kaiser", "Fuchs", "Lang", "Weiß", "Jung", "Hahn", "Vogel", "Günther", "Groß", "Förster", "Böhm", "Jäger", "Strauß",
    "Lindner", "Grünwald", "Yılmaz", "Öztürk", "Kaya", "Demir", "Nowak", "Kowalski", "Wójcik", "Petrović", "Ivanov",
    "Rossi", "Nguyễn", "Haddad",
];

/// The first words of properties' names.
pub const ENGLISH_PLACES: [&str; 24] = [
    "Alder Court", "Birch Terrace", "Cedar Commons", "Douglas Row", "Elm Street House", "Fern Hill", "Garden Lofts",
    "Hazel Place", "Ivy Court", "Juniper Flats", "Kingston Arms", "Laurel Heights", "Maple Gardens", "North Park",
    "Oak Grove", "Pearl Lofts", "Quarry Yard", "Rose Terrace", "Spruce Commons", "Tabor View", "Union House",
    "Vista Court", "Willow Bend", "Yew Tree House",
];

pub const GERMAN_PLACES: [&str; 24] = [
    "Lindenhof", "Haus Schönblick", "Mühlenhof", "Am Stadtgarten", "Rosenhöfe", "Kastanienhof", "Wohnpark Süd",
    "Brückenhaus", "Alte Gärtnerei", "Sonnenhof", "Eichenhof", "Wohnen am Fluss", "Turmhaus", "Weberhöfe", "Ahornhof",
    "Haus am See", "Bahnhofsquartier", "Grüner Winkel", "Färberhof", "Marktquartier", "Birkenhof", "Schlossgärten",
    "Ziegelhof", "Nordlicht",
];

pub const ENGLISH_STREETS: [&str; 20] = [
    "NE 18th Ave.", "SE Hawthorne Blvd.", "N Lombard St.", "NW 23rd Ave.", "SW Barbur Blvd.", "SE Division St.",
    "NE Alberta St.", "N Mississippi Ave.", "SE Belmont St.", "NE Sandy Blvd.", "SW Macadam Ave.", "SE Powell Blvd.",
    "NE Killingsworth St.", "N Williams Ave.", "SE Stark St.", "NW Thurman St.", "SE Foster Rd.", "NE Glisan St.",
    "SW Alder St.", "N Denver Ave.",
];

pub const GERMAN_STREETS: [&str; 20] = [
    "Lindenstraße", "Hauptstraße", "Gartenweg", "Bahnhofstraße", "Mühlgasse", "Schillerstraße", "Goethestraße",
    "Am Anger", "Bergstraße", "Kirchgasse", "Wiesenweg", "Uferstraße", "Rosenstraße", "Ringstraße", "Marktplatz",
    "Brückenstraße", "Färberstraße", "Grünstraße", "Königsallee", "Weidenweg",
];

/// City, state, postal code.
pub const ENGLISH_CITIES: [(&str, &str, &str); 6] = [
    ("Portland", "OR", "97211"),
    ("Portland", "OR", "97214"),
    ("Portland", "OR", "97218"),
    ("Gresham", "OR", "97030"),
    ("Beaverton", "OR", "97005"),
    ("Vancouver", "WA", "98660"),
];

pub const GERMAN_CITIES: [(&str, &str, &str); 6] = [
    ("Berlin", "Berlin", "10969"),
    ("München", "Bayern", "81245"),
    ("Leipzig", "Sachsen", "04229"),
    ("Köln", "Nordrhein-Westfalen", "50674"),
    ("Nürnberg", "Bayern", "90443"),
    ("Görlitz", "Sachsen", "02826"),
];

/// What is noted on tickets whose own story has been told.
pub const NOTES: [&str; 12] = [
    "Called, nobody answered. Will try again tomorrow.",
    "Appointment on Tuesday between 9 and 11.",
    "Spare part is ordered.",
    "Checked on site, took photos.",
    "Tenant confirms: all fine now.",
    "Offer of the contractor is in, approved.",
    "Niemanden erreicht, neuer Versuch morgen.",
    "Termin am Dienstag zwischen 9 und 11 Uhr.",
    "Ersatzteil ist bestellt.",
    "Vor Ort geprüft und fotografiert.",
    "Mieter bestätigt: alles in Ordnung.",
    "Angebot der Firma liegt vor und ist freigegeben.",
];
