//! What lists have, and what people call it.

use super::Kind;

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, as exports write it.
    pub name: &'static str,
    /// Whether a list without it cannot be taken.
    pub required: bool,
    /// What else it is called, folded, in English and in German.
    pub also: &'static [&'static str],
}

const fn needed(name: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, required: true, also }
}

const fn optional(name: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, required: false, also }
}

const PROPERTY: Column = needed(
    "property",
    &["objekt", "liegenschaft", "immobilie", "haus", "building", "site", "facility", "property name"],
);

const TENANTS: &[Column] = &[
    optional("reference", &["referenz", "kundennummer", "personennummer", "mieternummer", "customer number", "ref"]),
    needed("first_name", &["first name", "vorname", "given name"]),
    needed("last_name", &["last name", "nachname", "name", "family name", "surname", "firma"]),
    optional("email", &["e-mail", "mail", "e-mail-adresse", "e-mail address", "email address"]),
    optional("phone", &["telefon", "telefonnummer", "tel", "mobil", "handy", "phone number", "mobile"]),
    PROPERTY,
    needed("unit", &["einheit", "wohnung", "wohneinheit", "flat", "apartment", "unit number", "nummer"]),
    optional("role", &["rolle", "art"]),
    needed("starts_on", &["starts on", "start", "from", "von", "beginn", "mietbeginn", "einzug", "move in", "move-in"]),
    optional("ends_on", &["ends on", "end", "until", "bis", "ende", "mietende", "auszug", "move out", "move-out"]),
    optional("rent", &["miete", "kaltmiete", "monatsmiete", "monthly rent"]),
];

const UNITS: &[Column] = &[
    PROPERTY,
    needed("number", &["unit", "einheit", "nummer", "wohnung", "nr", "nr.", "unit number", "flat"]),
    optional("floor", &["etage", "stockwerk", "geschoss"]),
    optional("description", &["beschreibung", "lage", "bemerkung", "note"]),
    optional("price", &["preis", "miete", "rent", "kaltmiete"]),
    optional("area", &["flaeche", "wohnflaeche", "nutzflaeche", "qm", "m2", "square metres", "size"]),
    optional("reference", &["referenz", "objektnummer", "einheitennummer", "ref", "unit reference"]),
];

const CHARGES: &[Column] = &[
    optional("reference", &["referenz", "belegnummer", "beleg", "document", "number", "ref"]),
    PROPERTY,
    needed("unit", &["einheit", "wohnung", "wohneinheit", "flat", "apartment", "unit number"]),
    needed("amount", &["betrag", "summe", "sum", "total"]),
    needed("on", &["date", "datum", "tag", "day", "faellig", "due"]),
    needed("text", &["verwendungszweck", "zweck", "bezeichnung", "description", "beschreibung", "what"]),
];

pub(super) const fn of(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Tenants => TENANTS,
        Kind::Units => UNITS,
        Kind::Charges => CHARGES,
    }
}
