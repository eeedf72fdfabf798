//! The attributes of a tenant that update and sign_up take (section 11), read into the core's input.

use app::{
    account::Input,
    person::{address, contact, phone},
};
use identity::{AccountInput, Secret};
use kernel::{Draft, Field, Problem};
use serde_json::{Map, Value};

use crate::wire::{Params, Reader};

/// The names at the top of section 11: what the wrapped key repeats when it was sent flat (M5).
pub const NAMES: [&str; 23] = [
    "first_name",
    "account_number",
    "middle_initial",
    "last_name",
    "drivers_license_number",
    "drivers_license_state",
    "vehicle_license_plate_number",
    "vehicle_license_state",
    "vehicle_description",
    "email",
    "username",
    "password",
    "business_name",
    "title",
    "tax_exempt",
    "is_military",
    "is_business",
    "decline_alternate_contact",
    "military_information",
    "password_recovery_questions_attributes",
    "phone_numbers_attributes",
    "mailing_address_attributes",
    "contacts_attributes",
];

/// What a military field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A boolean.
    Boolean,
    /// A date.
    Date,
    /// Four digits.
    FourDigits,
    /// An e-mail address.
    Email,
    /// A possible phone number.
    Phone,
    /// A state of the US.
    State,
    /// A postal code of the US.
    Postal,
    /// One of these words.
    Words(&'static [&'static str]),
}

const BRANCHES: &[&str] = &["Air Force", "Army", "Coast Guard", "Marines", "Navy", "National Guard", "Other"];
const SERVICES: &[&str] = &["Active Component", "Reserve Component", "National Guard"];

/// The 26 fields of `military_information`, in the order in which they are shown.
pub const MILITARY: [(&str, Kind); 26] = [
    ("retired_military", Kind::Boolean),
    ("no_agent_given", Kind::Boolean),
    ("date_entered_service", Kind::Date),
    ("end_of_active_service_date", Kind::Date),
    ("military_id", Kind::Text),
    ("place_of_birth", Kind::Text),
    ("military_rank", Kind::Text),
    ("current_duty_location", Kind::Text),
    ("military_unit", Kind::Text),
    ("squadron", Kind::Text),
    ("division", Kind::Text),
    ("agent_first_name", Kind::Text),
    ("agent_last_name", Kind::Text),
    ("agent_address", Kind::Text),
    ("agent_city", Kind::Text),
    ("officer_first_name", Kind::Text),
    ("officer_last_name", Kind::Text),
    ("last_4_of_ssn", Kind::FourDigits),
    ("military_email_address", Kind::Email),
    ("agent_email_address", Kind::Email),
    ("branch_of_service", Kind::Words(BRANCHES)),
    ("type_of_service", Kind::Words(SERVICES)),
    ("agent_phone_number", Kind::Phone),
    ("officer_phone_number", Kind::Phone),
    ("agent_state", Kind::State),
    ("agent_postal_code", Kind::Postal),
];

/// Reads all attributes. Those that are not known are ignored (T5).
pub fn read(r: &mut Reader<'_>, country: &str) -> AccountInput {
    let password = r.text_or_null("password");
    let password = match password {
        // A password that is cleared would lock its owner out without saying so.
        Field::Given(None) => r.wrong("password", Problem::Blank),
        other => other.map(|p| Secret(p.unwrap_or_default())),
    };
    AccountInput { input: fields(r, country), password, questions: questions(r) }
}

fn fields(r: &mut Reader<'_>, country: &str) -> Input {
    Input {
        first_name: r.text("first_name"),
        middle_initial: r.text_or_null("middle_initial"),
        last_name: r.text("last_name"),
        title: r.text_or_null("title"),
        email: r.email_or_null("email"),
        is_business: r.boolean("is_business"),
        business_name: r.text_or_null("business_name"),
        account_number: r.positive("account_number"),
        tax_exempt: r.boolean("tax_exempt"),
        decline_alternate_contact: r.boolean("decline_alternate_contact"),
        is_military: r.boolean("is_military"),
        military_information: r.object("military_information", |r| military(r, country)),
        drivers_license_number: r.text_or_null("drivers_license_number"),
        drivers_license_state: r.text_or_null("drivers_license_state"),
        vehicle_license_plate_number: r.text_or_null("vehicle_license_plate_number"),
        vehicle_license_state: r.text_or_null("vehicle_license_state"),
        vehicle_description: r.text_or_null("vehicle_description"),
        username: r.text_or_null("username"),
        password_hash: Field::Absent,
        phone_numbers: given(r.objects("phone_numbers_attributes", phone_number)),
        mailing_address: r.object("mailing_address_attributes", |r| address_fields(r, country)).given().cloned(),
        contacts: given(r.objects("contacts_attributes", |r| contact_fields(r, country))),
        questions: None,
    }
}

fn given<T: Default>(field: Field<T>) -> T {
    if let Field::Given(value) = field { value } else { T::default() }
}

fn phone_number(r: &mut Reader<'_>) -> phone::Input {
    phone::Input {
        uid: uid(r),
        remove: r.boolean("_destroy").given() == Some(&true),
        number: number(r),
        extension: r.text_or_null("extension"),
        label: r.text_or_null("label"),
        primary: r.boolean("primary"),
        sms_opt_in: r.boolean("sms_opt_in"),
    }
}

/// The number of a new or known phone: there is none without digits.
fn number(r: &mut Reader<'_>) -> Field<String> {
    match r.text_or_null("number") {
        Field::Given(None) => r.wrong("number", Problem::Blank),
        other => other.map(Option::unwrap_or_default),
    }
}

/// Which one is meant. What is no id names nothing, which is the core's to tell.
fn uid(r: &mut Reader<'_>) -> Option<uuid::Uuid> {
    r.id("id").given().copied()
}

fn address_fields(r: &mut Reader<'_>, country: &str) -> address::Input {
    address::Input {
        address1: r.text("address1"),
        address2: r.text_or_null("address2"),
        city: r.text("city"),
        state: r.text("state").map(|s| if country == "US" { s.trim().to_uppercase() } else { s.trim().to_owned() }),
        postal: r.text("postal").map(|p| p.trim().to_owned()),
    }
}

fn contact_fields(r: &mut Reader<'_>, country: &str) -> contact::Input {
    contact::Input {
        uid: uid(r),
        first_name: r.text_or_null("first_name"),
        middle_initial: r.text_or_null("middle_initial"),
        last_name: r.text_or_null("last_name"),
        email: r.email_or_null("email"),
        description: r.text_or_null("description"),
        primary: r.boolean("primary"),
        phones: given(r.objects("phone_numbers_attributes", phone_number)),
        address: given(r.object("address_attributes", |r| address_fields(r, country))),
    }
}

/// Questions with their answers; each needs both (T4).
fn questions(r: &mut Reader<'_>) -> Option<Vec<(String, Secret)>> {
    let read = r.objects("password_recovery_questions_attributes", |r| {
        let mut part = |name| match r.text_or_null(name) {
            Field::Given(Some(text)) => text,
            Field::Faulty => String::new(),
            Field::Given(None) | Field::Absent => {
                let _: Field<()> = r.wrong(name, Problem::Required);
                String::new()
            }
        };
        (part("question"), Secret(part("answer")))
    });
    read.given().cloned()
}

/// The fields that were sent; null forgets one.
fn military(r: &mut Reader<'_>, country: &str) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, kind) in MILITARY {
        let text = |field: Field<Option<String>>| field.map(|v| v.map_or(Value::Null, Value::String));
        let field = match kind {
            Kind::Text => text(r.text_or_null(name)),
            Kind::Boolean => r.boolean_or_null(name).map(|b| b.map_or(Value::Null, Value::Bool)),
            Kind::Date => text(r.date_or_null(name).map(|d| d.map(|d| d.to_string()))),
            Kind::FourDigits => text(r.checked(name, |t| t.len() == 4 && t.bytes().all(|b| b.is_ascii_digit()))),
            Kind::Email => text(r.email_or_null(name).map(|e| e.map(|e| e.as_str().to_owned()))),
            Kind::Phone => text(r.phone_or_null(name, country)),
            Kind::State => text(r.state_or_null(name)),
            Kind::Postal => text(r.checked(name, app::person::region::is_us_postal)),
            Kind::Words(words) => text(r.one_of(name, words)),
        };
        if let Field::Given(value) = field {
            out.insert(name.to_owned(), value);
        }
    }
    out
}

/// The attributes of a call as a draft.
pub fn draft(params: &Params, country: &str) -> Draft<AccountInput> {
    let mut r = Reader::of(params, "tenant");
    let input = read(&mut r, country);
    r.finish(input)
}
