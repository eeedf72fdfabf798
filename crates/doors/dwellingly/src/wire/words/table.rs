//! What each kind of thing calls its fields, and its own texts.

use super::{At, On, Rule, Words};

const fn rule(field: &'static str, problems: &'static [On], at: At, text: &'static str) -> Rule {
    Rule { field, problems, at, text }
}

/// Ids that name nothing that would do.
const NO_GOOD: &[On] = &[On::Unknown, On::WrongKind];
/// The same in a list, where repetitions are not taken either.
const NO_GOOD_IN_LIST: &[On] = &[On::Unknown, On::WrongKind, On::Taken, On::Mismatch, On::NotAllowed];
/// A list that needs at least one item.
const EMPTY: &[On] = &[On::Blank, On::TooShort];

/// Users: register, invite, change (rows 4, 12, 15).
pub const USER: Words = Words {
    keys: &[
        ("first_name", &["firstName"]),
        ("last_name", &["lastName"]),
        ("last_active", &["lastActive"]),
        ("property_ids", &["propertyIDs"]),
    ],
    rules: &[
        rule("email", &[On::Taken], At::Here, "A user with email '{}' already exists"),
        rule("role", &[On::NotAllowed], At::Here, "Role is not allowed"),
        rule("role", NO_GOOD, At::Here, "Invalid role"),
        rule("property_ids", NO_GOOD, At::Here, "{} is not a valid property ID"),
    ],
    ..Words::PLAIN
};

/// Properties (rows 18, 20).
pub const PROPERTY: Words = Words {
    keys: &[
        ("street", &["address"]),
        ("postal", &["zipcode", "zipCode"]),
        ("declared_units", &["num_units"]),
        ("manager_ids", &["propertyManagerIDs"]),
    ],
    rules: &[
        rule("name", &[On::Taken], At::Here, "A property with this name already exists"),
        rule("name", &[On::Blank], At::Here, "Property name cannot be blank"),
        rule("manager_ids", &[On::WrongKind], At::Inside("manager_id"), "User is not a property manager"),
        rule("manager_ids", &[On::Unknown], At::Inside("manager_id"), "not a valid user id"),
    ],
    ..Words::PLAIN
};

const LEASE_KEYS: [(&str, &[&str]); 5] = [
    ("property_id", &["propertyID"]),
    ("person_id", &["tenantID"]),
    ("unit_number", &["unitNum"]),
    ("starts_at", &["dateTimeStart"]),
    ("ends_at", &["dateTimeEnd"]),
];
const LEASE_PROPERTY: Rule = rule("property_id", NO_GOOD, At::Here, "{} is not a valid property ID");

/// Tenants, with their lease inside or at the top level (rows 25, 27; D44–D46).
pub const TENANT: Words = Words {
    keys: &[
        ("first_name", &["firstName"]),
        ("last_name", &["lastName"]),
        ("staff_ids", &["staffIDs"]),
        LEASE_KEYS[0],
        LEASE_KEYS[2],
        LEASE_KEYS[3],
        LEASE_KEYS[4],
    ],
    rules: &[
        rule("first_name", &[On::Required], At::Here, "First name is required."),
        rule("last_name", &[On::Required], At::Here, "Last name is required."),
        rule("phone", &[On::Required], At::Here, "Phone number is required."),
        rule("staff_ids", NO_GOOD_IN_LIST, At::ListInside("staff"), "{} contains invalid staff IDs"),
        LEASE_PROPERTY,
    ],
    lifted: Some("lease"),
    ..Words::PLAIN
};

/// Staff of tenants (row 29).
pub const STAFF_TENANTS: Words = Words {
    keys: &[("staff_ids", &["staff"]), ("resident_ids", &["tenants"])],
    rules: &[
        rule("resident_ids", EMPTY, At::Here, "At least one tenant ID is required"),
        rule("resident_ids", NO_GOOD_IN_LIST, At::List, "{} contains invalid tenant IDs"),
        rule("staff_ids", NO_GOOD_IN_LIST, At::List, "{} contains invalid staff IDs"),
    ],
    ..Words::PLAIN
};

/// Leases on their own (rows 31, 33).
pub const LEASE: Words = Words {
    keys: &LEASE_KEYS,
    rules: &[
        LEASE_PROPERTY,
        rule("person_id", NO_GOOD, At::Here, "{} is not a valid tenantID"),
        rule("person_id", &[On::Taken], At::Here, "Tenant already has a lease"),
    ],
    ..Words::PLAIN
};

/// Emergency contacts (rows 37, 38).
pub const CONTACT: Words = Words {
    keys: &[("numbers", &["contact_numbers"]), ("kind", &["numtype"])],
    rules: &[
        rule("name", &[On::Taken], At::Here, "{} is already an emergency contact"),
        rule("numbers", EMPTY, At::Here, "Emergency contacts must have at least one contact number."),
    ],
    ..Words::PLAIN
};

/// Tickets (rows 41, 44).
pub const TICKET: Words = Words {
    keys: &[("concerns_id", &["tenant_id"]), ("description", &["issue"]), ("shared", &["public"])],
    rules: &[
        rule("concerns_id", NO_GOOD, At::Here, "{} is not a valid tenant ID"),
        rule("author_id", NO_GOOD, At::Here, "{} is not a valid user ID"),
    ],
    ..Words::PLAIN
};

/// Notes of a ticket (rows 46 to 48).
pub const NOTE: Words = Words {
    keys: &[("author_id", &["user_id"])],
    rules: &[rule("author_id", NO_GOOD, At::Here, "{} is not a valid User ID")],
    ..Words::PLAIN
};

/// Messages to users (row 16).
pub const MESSAGE: Words = Words { keys: &[("person_id", &["user_id"])], ..Words::PLAIN };
