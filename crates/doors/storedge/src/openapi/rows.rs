//! What each call says about itself.

use app::account::preference;
use utoipa::openapi::{
    RefOr, Schema,
    schema::{ObjectBuilder, SchemaType, Type},
};

use super::{Schemas, shape};
use crate::{
    attributes::{Kind as Military, MILITARY},
    wire::shapes::{Delinquency, Eligibility, Invoice, Ledger, Note, NoteEvent, Tenant, TenantSettings, Unit},
};

/// A call.
pub struct Row {
    pub tag: &'static str,
    pub summary: &'static str,
    pub about: &'static str,
    pub query: &'static [Parameter],
    /// The key that wraps the body's attributes.
    pub wrapped: Option<&'static str>,
    pub body: &'static [Field],
    pub answer: Answer,
    /// Numbers of errors with status 400.
    pub errors: &'static [u8],
    /// Whether tries are counted.
    pub is_slowed: bool,
}

/// A parameter of the query.
pub type Parameter = (&'static str, Kind, &'static str);

/// What a call answers beside `meta`.
pub enum Answer {
    Nothing,
    One(&'static str, fn(&mut Schemas) -> RefOr<Schema>),
    Page(&'static str, fn(&mut Schemas) -> RefOr<Schema>),
}

/// An attribute.
pub struct Field {
    pub key: &'static str,
    pub kind: Kind,
    pub required: bool,
}

/// What an attribute holds. Numbers and booleans may come as text as well, and texts as numbers.
pub enum Kind {
    Text,
    Uuid,
    DateTime,
    Password,
    Integer,
    Boolean,
    Object(&'static [Field]),
    Objects(&'static [Field]),
    Military,
    Settings,
}

pub const TAGS: [(&str, &str); 6] = [
    ("tenants", "People with an account at the facility."),
    ("portal", "User names and passwords that open `sign_in` of this API, and nothing else."),
    ("preferences", "What a tenant wants to be sent and spared."),
    ("ledgers", "What tenants owe and have paid."),
    ("units", "What is let."),
    ("notes", "Remarks."),
];

/// What every collection takes.
pub const PAGE: [Parameter; 2] = [
    ("page", Kind::Integer, "From 1; past the end there are no rows"),
    ("per_page", Kind::Integer, "How many rows; 100 unless it says otherwise, 1000 at most"),
];

/// What every call takes.
pub const EVERYWHERE: [Parameter; 1] =
    [("suppress_response_codes", Kind::Boolean, "Answers with status 200 always; the real one is in `meta`")];

const FILTERS: &[Parameter] = &[
    ("created_after", Kind::DateTime, ""),
    ("created_before", Kind::DateTime, ""),
    ("updated_since", Kind::DateTime, ""),
    ("only_ids", Kind::Text, "A comma list of ids"),
    ("sort", Kind::Text, "`account_number`, `last_name`, `first_name` or `created_at`; as `-sort` falling"),
];

const fn one(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, required: false }
}

const fn needed(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, required: true }
}

const PLAIN: Row = Row {
    tag: "tenants",
    summary: "",
    about: "",
    query: &[],
    wrapped: None,
    body: &[],
    answer: Answer::Nothing,
    errors: &[],
    is_slowed: false,
};

fn tenants(summary: &'static str) -> Row {
    Row {
        summary,
        query: FILTERS,
        answer: Answer::Page("tenants", shape::<Tenant<'static>>),
        errors: &[4, 10],
        ..PLAIN
    }
}

fn tenant(summary: &'static str) -> Row {
    Row { summary, answer: Answer::One("tenant", shape::<Tenant<'static>>), ..PLAIN }
}

fn portal(summary: &'static str, body: &'static [Field], errors: &'static [u8]) -> Row {
    Row { tag: "portal", wrapped: Some("tenant"), body, errors, is_slowed: true, ..tenant(summary) }
}

fn settings_row(summary: &'static str) -> Row {
    let answer = Answer::One("tenant_settings", shape::<TenantSettings<'static>>);
    Row { tag: "preferences", summary, answer, ..PLAIN }
}

fn note_row(summary: &'static str) -> Row {
    let answer = Answer::One("note_event", shape::<NoteEvent<'static>>);
    Row { tag: "notes", summary, answer, wrapped: Some("note"), body: NOTE, ..PLAIN }
}

fn ledger(summary: &'static str) -> Row {
    Row { tag: "ledgers", answer: Answer::One("ledger", shape::<Ledger<'static>>), ..tenant(summary) }
}

fn ledgers(summary: &'static str) -> Row {
    let query = const { &[("sort", Kind::Text, "`lease_number` or `moved_in_at`; as `-sort` falling")] };
    let answer = Answer::Page("ledgers", shape::<Ledger<'static>>);
    Row { tag: "ledgers", query, answer, errors: &[4, 10], ..tenant(summary) }
}

fn units(summary: &'static str) -> Row {
    let query = const { &[("sort", Kind::Text, "`name`, `price` or `size`; as `-sort` falling")] };
    let answer = Answer::Page("units", shape::<Unit<'static>>);
    Row { tag: "units", query, answer, errors: &[4, 10], ..tenant(summary) }
}

const PAYMENT: &[Field] = &[
    needed("kind", Kind::Text),
    one("amount", Kind::Text),
    one("months", Kind::Integer),
    one("idempotency_key", Kind::Text),
];

const METHOD: &[Field] =
    &[needed("kind", Kind::Text), one("card_number", Kind::Text), one("account_number", Kind::Text)];

const AUTOPAY: &[Field] = &[one("autopay_enabled", Kind::Boolean), one("autopay_day", Kind::Text)];

const NOTE: &[Field] = &[
    needed("note_text", Kind::Text),
    one("tenant_id", Kind::Uuid),
    one("ledger_id", Kind::Uuid),
    one("unit_id", Kind::Uuid),
];

const PHONE: &[Field] = &[
    one("id", Kind::Uuid),
    one("number", Kind::Text),
    one("extension", Kind::Text),
    one("label", Kind::Text),
    one("primary", Kind::Boolean),
    one("sms_opt_in", Kind::Boolean),
    one("_destroy", Kind::Boolean),
];

const ADDRESS: &[Field] = &[
    one("address1", Kind::Text),
    one("address2", Kind::Text),
    one("city", Kind::Text),
    one("state", Kind::Text),
    one("postal", Kind::Text),
];

const CONTACT: &[Field] = &[
    one("id", Kind::Uuid),
    one("first_name", Kind::Text),
    one("middle_initial", Kind::Text),
    one("last_name", Kind::Text),
    one("email", Kind::Text),
    one("description", Kind::Text),
    one("primary", Kind::Boolean),
    one("phone_numbers_attributes", Kind::Objects(PHONE)),
    one("address_attributes", Kind::Object(ADDRESS)),
];

const QUESTION: &[Field] = &[needed("question", Kind::Text), needed("answer", Kind::Text)];

const ATTRIBUTES: &[Field] = &[
    one("first_name", Kind::Text),
    one("account_number", Kind::Integer),
    one("middle_initial", Kind::Text),
    one("last_name", Kind::Text),
    one("drivers_license_number", Kind::Text),
    one("drivers_license_state", Kind::Text),
    one("vehicle_license_plate_number", Kind::Text),
    one("vehicle_license_state", Kind::Text),
    one("vehicle_description", Kind::Text),
    one("email", Kind::Text),
    one("username", Kind::Text),
    one("password", Kind::Password),
    one("business_name", Kind::Text),
    one("title", Kind::Text),
    one("tax_exempt", Kind::Boolean),
    one("is_military", Kind::Boolean),
    one("is_business", Kind::Boolean),
    one("decline_alternate_contact", Kind::Boolean),
    one("military_information", Kind::Military),
    one("password_recovery_questions_attributes", Kind::Objects(QUESTION)),
    one("phone_numbers_attributes", Kind::Objects(PHONE)),
    one("mailing_address_attributes", Kind::Object(ADDRESS)),
    one("contacts_attributes", Kind::Objects(CONTACT)),
];

/// What a row of the table says.
pub fn row(number: u8) -> Row {
    match number {
        1 => tenants("Shows all tenants"),
        2 => tenants("Shows tenants who have moved out"),
        3 => tenants("Shows current tenants"),
        4 => tenant("Shows a tenant"),
        5 => portal("Finds a tenant by user name", const { &[needed("username", Kind::Text)] }, &[4]),
        6 => Row {
            about: "The name is mailed to the tenant; the answer has `meta` alone.",
            answer: Answer::Nothing,
            ..portal("Recovers a user name", const { &[needed("account_number", Kind::Integer)] }, &[4])
        },
        7 => Row {
            query: &[("phone_number", Kind::Text, "In any spelling"), ("account_number", Kind::Integer, "")],
            about: "Either a phone number or an account number, not both.",
            answer: Answer::Page("tenants", shape::<Tenant<'static>>),
            errors: &[4, 5],
            ..tenant("Searches tenants")
        },
        8 => Row { answer: Answer::One("eligibility", shape::<Eligibility>), ..tenant("Whether a tenant may move in") },
        9 => Row {
            tag: "notes",
            answer: Answer::Page("notes", shape::<Note<'static>>),
            errors: &[4, 10],
            ..tenant("Shows the notes of a tenant")
        },
        10 => Row {
            about: "Each true if it holds for any current ledger.",
            answer: Answer::One("delinquency", shape::<Delinquency>),
            ..tenant("What was done about arrears")
        },
        11 => settings_row("Shows preferences"),
        12 => Row {
            body: const { &[needed("tenant_settings", Kind::Settings)] },
            about: "What is not sent stays; null goes back to the default.",
            ..settings_row("Changes preferences")
        },
        13 => Row { query: &[], errors: &[4], ..ledgers("Shows the current ledgers of a tenant") },
        14 | 15 => Row {
            about: "What is not sent stays.",
            wrapped: Some("tenant"),
            body: ATTRIBUTES,
            errors: &[3, 4, 7],
            ..tenant("Changes a tenant")
        },
        16 => portal(
            "Signs in",
            const { &[needed("login", Kind::Text), needed("password", Kind::Text), one("facility_uuid", Kind::Uuid)] },
            &[4, 5, 8],
        ),
        17 => Row {
            about: "`username` and `password` are needed; other attributes are taken as in an update.",
            is_slowed: false,
            ..portal("Opens a portal account", ATTRIBUTES, &[4, 7, 11])
        },
        18 => portal(
            "Changes a password by the old one",
            const { &[needed("current_password", Kind::Text), needed("new_password", Kind::Password)] },
            &[4, 8],
        ),
        19 => Row {
            is_slowed: false,
            ..portal(
                "Sets a password with a mailed token",
                const { &[needed("reset_token", Kind::Text), needed("password", Kind::Password)] },
                &[3, 4],
            )
        },
        20 => ledgers("Shows all ledgers"),
        21 => ledgers("Shows current ledgers"),
        22 => ledgers("Shows ledgers of tenants who have moved out"),
        23 => ledger("Shows a ledger"),
        24 => Row {
            tag: "ledgers",
            answer: Answer::Page("invoices", shape::<Invoice<'static>>),
            errors: &[4, 10],
            ..tenant("Shows the invoices of a ledger")
        },
        25 => Row { body: const { &[needed("gate_access_code", Kind::Text)] }, ..ledger("Sets what opens the gate") },
        26 => Row {
            about: "The same idempotency key again pays nothing and gets the first answer. Of a card or an account the \
                    last four digits are kept.",
            body: const { &[needed("payment", Kind::Object(PAYMENT)), needed("payment_method", Kind::Object(METHOD))] },
            errors: &[3, 4, 7],
            ..ledger("Pays")
        },
        27 => Row {
            body: const { &[needed("autopay", Kind::Object(AUTOPAY))] },
            ..ledger("Sets the day on which a ledger is paid by itself")
        },
        28 => Row {
            tag: "ledgers",
            answer: Answer::One("invoice", shape::<Invoice<'static>>),
            ..tenant("Shows an invoice")
        },
        29 => Row {
            about: "Portico's own call. The token goes to the tenant by mail, lives 24 hours and is good once; the answer \
                    has `meta` alone, and tells nothing about whether there is such a login.",
            answer: Answer::Nothing,
            ..portal("Mails a token that sets a password", const { &[needed("login", Kind::Text)] }, &[4])
        },
        31 => units("Shows all units"),
        32 => units("Shows units that somebody can move into"),
        33 => Row { tag: "units", answer: Answer::One("unit", shape::<Unit<'static>>), ..tenant("Shows a unit") },
        30 => note_row("Writes a note about a tenant, a ledger or a unit"),
        _ => PLAIN,
    }
}

/// The 26 fields of `military_information`.
pub fn military() -> ObjectBuilder {
    MILITARY.iter().fold(ObjectBuilder::new(), |object, (name, kind)| {
        let kind = if *kind == Military::Boolean { Type::Boolean } else { Type::String };
        object.property(*name, ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null])))
    })
}

/// The 12 settings.
pub fn settings() -> ObjectBuilder {
    preference::NAMES.iter().fold(ObjectBuilder::new(), |object, name| {
        object.property(*name, ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Boolean, Type::Null])))
    })
}
