//! What each row of the reference's section 5 says about itself.

use std::collections::BTreeMap;

use utoipa::openapi::{RefOr, Schema};

use super::{either, shape};
use crate::wire::shapes::{
    AccessToken, Contact, Contacts, Created, Dashboard, Lease, Leases, Message, Note, Properties, Property, Tenant,
    Tenants, Ticket, Tickets, TokenPair, User, UserWithTokens, Users, ValidToken, Widgets,
};

/// A row.
pub struct Row {
    pub tag: &'static str,
    pub summary: &'static str,
    pub about: &'static str,
    pub query: &'static [(&'static str, Kind, &'static str)],
    pub body: &'static [Field],
    pub answer: (u16, Answer),
    /// Statuses that need a word of their own.
    pub errors: &'static [(u16, &'static str)],
}

/// What a row answers.
pub struct Answer {
    pub about: &'static str,
    pub schema: fn(&mut BTreeMap<String, RefOr<Schema>>) -> RefOr<Schema>,
}

/// A field of a body.
pub struct Field {
    pub key: &'static str,
    pub kind: Kind,
    pub required: bool,
}

/// What a field holds. Numbers and booleans may come as text as well.
pub enum Kind {
    Text(Option<usize>),
    TextBetween(usize, usize),
    TextOrNull(Option<usize>),
    Words(&'static [&'static str]),
    Password,
    Integer,
    IntegerOrNull,
    Role,
    RoleOrNull,
    Boolean,
    Date,
    DateOrNull,
    Ids,
    Object(&'static [Field]),
    ObjectOrNull(&'static [Field]),
    Objects(&'static [Field]),
}

pub const TAGS: [(&str, &str); 9] = [
    ("sign-in", "Login, tokens, registration and links that set a password."),
    (
        "users",
        "People who sign in: admins (4), staff (3), property managers (2), and those who wait for approval (null).",
    ),
    ("properties", "Sites with units."),
    ("tenants", "Renters, and the staff who care for them. Tenants do not sign in here."),
    ("leases", "Who rents where, and until when."),
    ("emergency contacts", "Public contacts for emergencies."),
    ("tickets", "Requests."),
    ("notes", "What was said about a ticket."),
    ("numbers", "Widgets and the dashboard."),
];

const fn must(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, required: true }
}
const fn may(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, required: false }
}
const fn text(most: usize) -> Kind {
    Kind::Text(Some(most))
}

const TYPE: Kind = Kind::Words(&["admin", "staff", "property_manager"]);
const ROLE_QUERY: &[(&str, Kind, &str)] =
    &[("r", Kind::Role, "The role's number."), ("type", TYPE, "The role's word, where there is no `r`.")];

const LOGIN: &[Field] = &[must("email", Kind::Text(None)), must("password", Kind::Text(None))];
const EMAIL: &[Field] = &[must("email", Kind::Text(None))];
const NEW_PASSWORD: &[Field] = &[must("password", Kind::Password), must("confirm_password", Kind::Text(None))];
const REGISTER: &[Field] = &[
    must("firstName", text(100)),
    must("lastName", text(100)),
    must("email", text(100)),
    must("phone", text(40)),
    must("password", Kind::Password),
];
const INVITE: &[Field] = &[
    must("firstName", text(100)),
    must("lastName", text(100)),
    must("email", text(100)),
    must("phone", text(40)),
    may("role", Kind::Role),
    may("type", TYPE),
    may("archived", Kind::Boolean),
];
const UPDATE_USER: &[Field] = &[
    may("firstName", text(100)),
    may("lastName", text(100)),
    may("email", text(100)),
    may("phone", text(40)),
    may("role", Kind::RoleOrNull),
    may("type", TYPE),
    may("archived", Kind::Boolean),
    may("lastActive", Kind::DateOrNull),
    may("propertyIDs", Kind::Ids),
    may("password", Kind::Password),
    may("current_password", Kind::Text(None)),
    may("new_password", Kind::Password),
    may("confirm_password", Kind::Text(None)),
];
const CREATE_PROPERTY: &[Field] = &[
    must("name", text(100)),
    must("address", text(250)),
    must("city", text(50)),
    must("state", text(50)),
    must("zipcode", text(20)),
    may("num_units", Kind::IntegerOrNull),
    may("archived", Kind::Boolean),
    may("propertyManagerIDs", Kind::Ids),
];
const UPDATE_PROPERTY: &[Field] = &[
    may("name", text(100)),
    may("address", text(250)),
    may("city", text(50)),
    may("state", text(50)),
    may("zipcode", text(20)),
    may("num_units", Kind::IntegerOrNull),
    may("archived", Kind::Boolean),
    may("propertyManagerIDs", Kind::Ids),
];
const IDS: &[Field] = &[must("ids", Kind::Ids)];
const LEASE_INSIDE: &[Field] = &[
    may("propertyID", Kind::Integer),
    may("unitNum", Kind::TextOrNull(Some(10))),
    may("occupants", Kind::IntegerOrNull),
    may("dateTimeStart", Kind::Date),
    may("dateTimeEnd", Kind::Date),
];
const CREATE_TENANT: &[Field] = &[
    must("firstName", Kind::TextBetween(1, 100)),
    must("lastName", Kind::TextBetween(1, 100)),
    must("phone", Kind::TextBetween(10, 30)),
    may("archived", Kind::Boolean),
    may("staffIDs", Kind::Ids),
    may("lease", Kind::Object(LEASE_INSIDE)),
    may("propertyID", Kind::IntegerOrNull),
    may("unitNum", Kind::TextOrNull(Some(10))),
    may("occupants", Kind::IntegerOrNull),
    may("dateTimeStart", Kind::DateOrNull),
    may("dateTimeEnd", Kind::DateOrNull),
];
const UPDATE_TENANT: &[Field] = &[
    may("firstName", Kind::TextBetween(1, 100)),
    may("lastName", Kind::TextBetween(1, 100)),
    may("phone", Kind::TextBetween(10, 30)),
    may("archived", Kind::Boolean),
    may("staffIDs", Kind::Ids),
    may("lease", Kind::ObjectOrNull(LEASE_INSIDE)),
    may("propertyID", Kind::IntegerOrNull),
    may("unitNum", Kind::TextOrNull(Some(10))),
    may("occupants", Kind::IntegerOrNull),
    may("dateTimeStart", Kind::DateOrNull),
    may("dateTimeEnd", Kind::DateOrNull),
];
const ASSIGN: &[Field] = &[must("staff", Kind::Ids), must("tenants", Kind::Ids)];
const CREATE_LEASE: &[Field] = &[
    must("propertyID", Kind::Integer),
    must("tenantID", Kind::Integer),
    must("dateTimeStart", Kind::Date),
    must("dateTimeEnd", Kind::Date),
    may("unitNum", Kind::TextOrNull(Some(10))),
    may("occupants", Kind::IntegerOrNull),
];
const UPDATE_LEASE: &[Field] = &[
    may("propertyID", Kind::Integer),
    may("tenantID", Kind::Integer),
    may("dateTimeStart", Kind::Date),
    may("dateTimeEnd", Kind::Date),
    may("unitNum", Kind::TextOrNull(Some(10))),
    may("occupants", Kind::IntegerOrNull),
];
const NUMBERS: &[Field] = &[
    may("id", Kind::Integer),
    must("number", text(30)),
    may("numtype", Kind::TextOrNull(Some(30))),
    may("extension", Kind::TextOrNull(Some(10))),
];
const CREATE_CONTACT: &[Field] = &[
    must("name", text(100)),
    may("description", Kind::TextOrNull(Some(256))),
    must("contact_numbers", Kind::Objects(NUMBERS)),
];
const UPDATE_CONTACT: &[Field] = &[
    may("name", text(100)),
    may("description", Kind::TextOrNull(Some(256))),
    may("contact_numbers", Kind::Objects(NUMBERS)),
];
const CREATE_TICKET: &[Field] = &[
    must("tenant_id", Kind::Integer),
    must("author_id", Kind::Integer),
    may("issue", Kind::TextOrNull(Some(144))),
    may("status", Kind::Text(None)),
    may("urgency", Kind::TextOrNull(Some(12))),
    may("public", Kind::Boolean),
];
const UPDATE_TICKET: &[Field] = &[
    may("tenant_id", Kind::IntegerOrNull),
    may("author_id", Kind::Integer),
    may("issue", Kind::TextOrNull(Some(144))),
    may("status", Kind::Text(None)),
    may("urgency", Kind::TextOrNull(Some(12))),
    may("public", Kind::Boolean),
];
const ADD_NOTE: &[Field] = &[must("text", Kind::Text(None)), may("public", Kind::Boolean)];
const UPDATE_NOTE: &[Field] =
    &[may("text", Kind::Text(None)), may("public", Kind::Boolean), may("user_id", Kind::Integer)];
const MESSAGE: &[Field] = &[must("user_id", Kind::Integer), must("subject", text(255)), must("body", text(10_000))];

const TRIES: (u16, &str) = (429, "Too many attempts; see `Retry-After`");
const LINK: (u16, &str) = (422, "A link that has expired, was used, or cannot be read");

macro_rules! rows {
    ($n:expr; $($row:literal $tag:literal $summary:literal, $about:literal, $query:expr, $body:expr, $status:literal $shape:ty, $errors:expr;)*) => {
        match $n {
            $($row => Row {
                tag: $tag,
                summary: $summary,
                about: $about,
                query: $query,
                body: $body,
                answer: ($status, Answer { about: $summary, schema: shape::<$shape> }),
                errors: $errors,
            },)*
            _ => Row {
                tag: "",
                summary: "",
                about: "",
                query: &[],
                body: &[],
                answer: (200, Answer { about: "", schema: shape::<Message<'static>> }),
                errors: &[],
            },
        }
    };
}

/// The row of this number.
pub fn row(n: u8) -> Row {
    let mut row = plain(n);
    if n == 12 {
        row.answer.1.schema = either::<UserWithTokens<'static>, User<'static>>;
    }
    row
}

#[rustfmt::skip]
fn plain(n: u8) -> Row {
    rows! { n;
        1 "sign-in" "Log in", "An archived user, and one who waits for approval, is refused before the password is looked at.", &[],
            LOGIN, 200 TokenPair<'static>, &[(401, "Unknown e-mail address or wrong password"), (403, "The user may not sign in"), TRIES];
        2 "sign-in" "Get a new access token", "The refresh token stays good.", &[], &[], 200 AccessToken<'static>, &[];
        3 "sign-in" "Log out", "Ends the login that the token came from, with all its tokens.", &[], &[], 200 Message<'static>, &[];
        4 "sign-in" "Register", "The new user waits for approval and has no right until then.", &[], REGISTER, 201 Message<'static>, &[TRIES];
        5 "sign-in" "Ask for a link to set a new password", "The link is mailed, good for 10 minutes and for one use.", &[], EMAIL, 200 Message<'static>, &[(400, "Nobody has this e-mail address"), TRIES];
        6 "sign-in" "Look at a link's token", "Changes nothing.", &[], &[], 200 ValidToken<'static>, &[(404, "The user is gone"), LINK, TRIES];
        7 "sign-in" "Set the password with a link's token", "All logins of the user end.", &[], NEW_PASSWORD, 200 Message<'static>, &[(404, "The user is gone"), (422, "A link that does not work, or two passwords that differ"), TRIES];
        8 "users" "List all users", "Those who wait for approval and archived ones too.", ROLE_QUERY, &[], 200 Users<'static>, &[(400, "No such role")];
        9 "users" "List the users of a role", "One of the two parameters is needed.", ROLE_QUERY, &[], 200 Users<'static>, &[(400, "No such role")];
        10 "users" "List the users who wait for approval", "Without archived ones.", &[], &[], 200 Users<'static>, &[];
        11 "users" "Show a user", "", &[], &[], 200 User<'static>, &[];
        12 "users" "Change a user", "Admins change everybody, others themselves without their role. About oneself the answer carries `access_token` and `refresh_token` as well: new tokens of the same login.", &[], UPDATE_USER, 200 User<'static>, &[(403, "Not an admin, and another user or a role was named"), TRIES];
        13 "users" "Delete a user", "With all links and logins.", &[], &[], 200 Message<'static>, &[(400, "Oneself, or the last admin"), (409, "The user has written tickets or notes; archive instead")];
        14 "users" "Archive a user, or bring one back", "Toggles.", &[], &[], 201 User<'static>, &[(400, "Oneself, or the last admin")];
        15 "users" "Invite a user", "Mails a link, good for 7 days, that sets the first password. With a role the user is approved at once.", &[], INVITE, 201 Created<'static>, &[];
        16 "users" "Mail a text to a user", "`userid` and `title` are read as well.", &[], MESSAGE, 200 Message<'static>, &[(404, "No such user")];
        17 "properties" "List all properties", "Archived ones too.", &[], &[], 200 Properties<'static>, &[];
        18 "properties" "Make a property", "`zipCode` is read as well.", &[], CREATE_PROPERTY, 201 Property<'static>, &[];
        19 "properties" "Show a property", "With the tenants whose lease runs now.", &[], &[], 200 Property<'static>, &[];
        20 "properties" "Change a property", "What is not given stays.", &[], UPDATE_PROPERTY, 200 Property<'static>, &[];
        21 "properties" "Delete a property", "With its leases; tenants stay.", &[], &[], 200 Message<'static>, &[];
        22 "properties" "Archive a property, or bring one back", "Toggles.", &[], &[], 200 Message<'static>, &[];
        23 "properties" "Archive several properties", "All or none; answers all properties.", &[], IDS, 200 Properties<'static>, &[(404, "One of them is unknown; nothing was changed")];
        24 "tenants" "List all tenants", "Archived ones too.", &[("unstaffed", Kind::Text(None), "Any text: those nobody cares for, without archived ones, the longest untouched first.")], &[], 200 Tenants<'static>, &[];
        25 "tenants" "Make a tenant", "With a lease, if one is given; a `propertyID` alone makes one that starts today.", &[], CREATE_TENANT, 201 Tenant<'static>, &[];
        26 "tenants" "Show a tenant", "", &[], &[], 200 Tenant<'static>, &[];
        27 "tenants" "Change a tenant", "What is not given stays, in the lease too.", &[], UPDATE_TENANT, 200 Tenant<'static>, &[];
        28 "tenants" "Delete a tenant", "With lease, staff links, tickets and their notes.", &[], &[], 200 Message<'static>, &[];
        29 "tenants" "Assign staff to tenants", "Replaces the staff of each tenant named; an empty list clears.", &[], ASSIGN, 200 Message<'static>, &[];
        30 "leases" "List all leases", "", &[], &[], 200 Leases<'static>, &[];
        31 "leases" "Make a lease", "A tenant has one at most.", &[], CREATE_LEASE, 201 Created<'static>, &[];
        32 "leases" "Show a lease", "", &[], &[], 200 Lease<'static>, &[];
        33 "leases" "Change a lease", "What is not given stays.", &[], UPDATE_LEASE, 200 Lease<'static>, &[];
        34 "leases" "Delete a lease", "", &[], &[], 200 Message<'static>, &[];
        35 "emergency contacts" "List all emergency contacts", "Open to everybody.", &[], &[], 200 Contacts<'static>, &[];
        36 "emergency contacts" "Show an emergency contact", "Open to everybody.", &[], &[], 200 Contact<'static>, &[];
        37 "emergency contacts" "Make an emergency contact", "", &[], CREATE_CONTACT, 201 Contact<'static>, &[];
        38 "emergency contacts" "Change an emergency contact", "The numbers, when given, are the whole new list; those with an `id` are changed.", &[], UPDATE_CONTACT, 200 Contact<'static>, &[];
        39 "emergency contacts" "Delete an emergency contact", "", &[], &[], 200 Message<'static>, &[];
        40 "tickets" "List all tickets", "", &[("tenant_id", Kind::Integer, "Only those about this tenant.")], &[], 200 Tickets<'static>, &[(400, "No id")];
        41 "tickets" "Make a ticket", "In the name of the author given. `public` lets the resident see it.", &[], CREATE_TICKET, 201 Created<'static>, &[];
        42 "tickets" "Delete several tickets", "With their notes; unknown ids are ignored.", &[], IDS, 200 Message<'static>, &[];
        43 "tickets" "Show a ticket", "", &[], &[], 200 Ticket<'static>, &[];
        44 "tickets" "Change a ticket", "What is not given stays. `status`: New, In Progress or Closed.", &[], UPDATE_TICKET, 200 Ticket<'static>, &[];
        45 "tickets" "Delete a ticket", "With its notes.", &[], &[], 200 Message<'static>, &[];
        46 "notes" "Add a note", "In the name of the caller. `public` lets the resident see it.", &[], ADD_NOTE, 200 Note<'static>, &[];
        47 "notes" "Change a note", "What a resident wrote nobody changes.", &[], UPDATE_NOTE, 200 Note<'static>, &[(403, "A resident wrote it")];
        48 "notes" "Delete a note", "What a resident wrote nobody deletes.", &[], &[], 200 Message<'static>, &[(403, "A resident wrote it")];
        49 "numbers" "Numbers about open tickets, and the newest managers", "The second number of each pair counts those changed within 24 hours, or 7 days.", &[], &[], 200 Widgets<'static>, &[];
        50 "numbers" "An admin's first page", "", &[], &[], 200 Dashboard<'static>, &[];
    }
}
