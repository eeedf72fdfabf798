//! Every shape of section 6, taken apart from the examples and put together again: the same JSON must come out.

use dwellingly::wire::{
    choice::Status,
    shapes::{
        AccessToken, Contact, ContactNumber, Contacts, Counts, Created, Dashboard, DashboardManager, FullName, Lease,
        LeaseOfTenant, LeaseProperty, LeaseRow, LeaseTenant, Leases, Message, NewTickets, Note, OpenTickets,
        Properties, Property, Rendered, RenderedList, Stat, Tenant, Tenants, Ticket, TicketCounts, Tickets,
        TicketsInProgress, TokenPair, User, UserWithTokens, Users, ValidToken, WidgetManager, Widgets,
    },
    time::{Dt, Iso, lease_date},
};
use serde::Serialize;
use serde_json::Value;

fn int(v: &Value) -> i64 {
    v.as_i64().expect("an integer")
}

fn text(v: &Value) -> &str {
    v.as_str().expect("a text")
}

fn truth(v: &Value) -> bool {
    v.as_bool().expect("a boolean")
}

fn dt(v: &Value) -> Dt {
    Dt(lease_date(text(v)).expect("a date"))
}

fn iso(v: &Value) -> Iso {
    Iso(lease_date(text(v)).expect("a date"))
}

fn name(v: &Value) -> FullName<'_> {
    let (first, last) = text(v).split_once(' ').unwrap_or_default();
    FullName { first, last }
}

fn rows<'v, T>(v: &'v Value, row: impl Fn(&'v Value) -> T) -> Vec<T> {
    v.as_array().expect("a list").iter().map(row).collect()
}

/// Rows written once, kept for the rest of the test.
fn rendered<'v, T: Serialize>(v: &'v Value, row: impl Fn(&'v Value) -> T) -> RenderedList<'static> {
    rows(v, |v| &*Box::leak(Box::new(Rendered::of(&row(v)).expect("can be written"))))
}

fn user(v: &Value) -> User<'_> {
    User {
        id: int(&v["id"]),
        first_name: text(&v["firstName"]),
        last_name: text(&v["lastName"]),
        email: text(&v["email"]),
        phone: text(&v["phone"]),
        role: v["role"].as_u64().map(|n| n.try_into().expect("small")),
        archived: truth(&v["archived"]),
        last_active: Some(&v["lastActive"]).filter(|v| !v.is_null()).map(dt),
        created_at: dt(&v["created_at"]),
        updated_at: dt(&v["updated_at"]),
        properties: v.get("properties").map(|v| rendered(v, property)),
    }
}

fn property(v: &Value) -> Property<'_> {
    Property {
        id: int(&v["id"]),
        name: text(&v["name"]),
        address: text(&v["address"]),
        num_units: v["num_units"].as_i64(),
        city: text(&v["city"]),
        state: text(&v["state"]),
        zipcode: text(&v["zipcode"]),
        zip_code: text(&v["zipCode"]),
        leases: rows(&v["leases"], lease_row),
        archived: truth(&v["archived"]),
        created_at: dt(&v["created_at"]),
        updated_at: dt(&v["updated_at"]),
        tenants: v.get("tenants").map(|v| rows(v, tenant)),
        managers: v.get("propertyManagers").map(|v| rendered(v, user)),
    }
}

fn lease_row(v: &Value) -> LeaseRow<'_> {
    LeaseRow {
        id: int(&v["id"]),
        property_id: int(&v["propertyID"]),
        tenant_id: int(&v["tenantID"]),
        occupants: v["occupants"].as_i64(),
        starts_at: dt(&v["dateTimeStart"]),
        ends_at: dt(&v["dateTimeEnd"]),
        unit: v["unitNum"].as_str(),
    }
}

fn tenant(v: &Value) -> Tenant<'_> {
    Tenant {
        id: int(&v["id"]),
        first_name: text(&v["firstName"]),
        last_name: text(&v["lastName"]),
        full_name: name(&v["fullName"]),
        phone: text(&v["phone"]),
        lease: Some(&v["lease"]).filter(|v| !v.is_null()).map(lease_row),
        staff: rendered(&v["staff"], user),
        created_at: dt(&v["created_at"]),
        updated_at: dt(&v["updated_at"]),
        archived: truth(&v["archived"]),
        property_id: v["propertyID"].as_i64(),
        staff_ids: rows(&v["staffIDs"], int),
    }
}

fn lease(v: &Value) -> Lease<'_> {
    let (t, p) = (&v["tenant"], &v["property"]);
    let l = &t["lease"];
    Lease {
        id: int(&v["id"]),
        unit: v["unitNum"].as_str(),
        occupants: v["occupants"].as_i64(),
        starts_at: iso(&v["dateTimeStart"]),
        ends_at: iso(&v["dateTimeEnd"]),
        created_at: dt(&v["created_at"]),
        updated_at: dt(&v["updated_at"]),
        tenant: LeaseTenant {
            id: int(&t["id"]),
            first_name: text(&t["firstName"]),
            last_name: text(&t["lastName"]),
            phone: text(&t["phone"]),
            archived: truth(&t["archived"]),
            created_at: dt(&t["created_at"]),
            updated_at: dt(&t["updated_at"]),
            lease: LeaseOfTenant {
                id: int(&l["id"]),
                property_id: int(&l["propertyID"]),
                unit: l["unitNum"].as_str(),
                occupants: l["occupants"].as_i64(),
                starts_at: iso(&l["dateTimeStart"]),
                ends_at: iso(&l["dateTimeEnd"]),
                created_at: dt(&l["created_at"]),
                updated_at: dt(&l["updated_at"]),
            },
        },
        property: LeaseProperty {
            id: int(&p["id"]),
            name: text(&p["name"]),
            address: text(&p["address"]),
            num_units: p["num_units"].as_i64(),
            city: text(&p["city"]),
            state: text(&p["state"]),
            zipcode: text(&p["zipcode"]),
            zip_code: text(&p["zipCode"]),
            archived: truth(&p["archived"]),
            created_at: dt(&p["created_at"]),
            updated_at: dt(&p["updated_at"]),
        },
    }
}

fn contact<'v>(v: &'v Value) -> Contact<'v> {
    let number = |v: &'v Value| ContactNumber {
        id: int(&v["id"]),
        number: text(&v["number"]),
        numtype: v["numtype"].as_str(),
        extension: v["extension"].as_str(),
        created_at: dt(&v["created_at"]),
        updated_at: dt(&v["updated_at"]),
    };
    Contact {
        id: int(&v["id"]),
        name: text(&v["name"]),
        description: v["description"].as_str(),
        contact_numbers: rows(&v["contact_numbers"], number),
        created_at: dt(&v["created_at"]),
        updated_at: dt(&v["updated_at"]),
    }
}

fn note(v: &Value) -> Note<'_> {
    Note {
        id: int(&v["id"]),
        ticket_id: int(&v["ticket_id"]),
        text: text(&v["text"]),
        user: name(&v["user"]),
        created_at: iso(&v["created_at"]),
        updated_at: iso(&v["updated_at"]),
        ticketid: int(&v["ticketid"]),
    }
}

fn ticket(v: &Value) -> Ticket<'_> {
    Ticket {
        id: int(&v["id"]),
        issue: v["issue"].as_str(),
        tenant: name(&v["tenant"]),
        author_id: int(&v["author_id"]),
        tenant_id: v["tenant_id"].as_i64(),
        assigned_staff: rendered(&v["assigned_staff"], user),
        author: name(&v["author"]),
        status: Status::parse(text(&v["status"])).expect("a status"),
        mins_past_update: int(&v["minsPastUpdate"]),
        urgency: v["urgency"].as_str(),
        notes: rows(&v["notes"], note),
        created_at: dt(&v["created_at"]),
        updated_at: dt(&v["updated_at"]),
        assigned_user_id: v["assignedUserID"].as_i64(),
    }
}

fn widgets<'v>(v: &'v Value) -> Widgets<'v> {
    let stat = |path: &str| Stat { stat: int(&v.pointer(path).expect(path)["stat"]) };
    let manager = |v: &'v Value| WidgetManager {
        id: int(&v["id"]),
        first_name: text(&v["firstName"]),
        last_name: text(&v["lastName"]),
        date: text(&v["date"]).into(),
        property_name: text(&v["propertyName"]),
    };
    Widgets {
        opentickets: OpenTickets {
            new: NewTickets { all: stat("/opentickets/new/allNew"), recent: stat("/opentickets/new/unseen24Hrs") },
            in_progress: TicketsInProgress {
                all: stat("/opentickets/inProgress/allInProgress"),
                recent: stat("/opentickets/inProgress/inProgress1Week"),
            },
        },
        managers: rows(&v["managers"], manager),
    }
}

fn dashboard<'v>(v: &'v Value) -> Dashboard<'v> {
    let counts = |v: &Value| Counts { total_count: int(&v["total_count"]), latent_count: int(&v["latent_count"]) };
    let manager = |v: &'v Value| DashboardManager {
        id: int(&v["id"]),
        first_name: text(&v["first_name"]),
        last_name: text(&v["last_name"]),
        date: text(&v["date"]).into(),
        property_name: text(&v["property_name"]),
    };
    Dashboard {
        tickets: TicketCounts { new: counts(&v["tickets"]["new"]), in_progress: counts(&v["tickets"]["in_progress"]) },
        managers: rows(&v["managers"], manager),
        pending_users: rows(&v["pending_users"], user),
        staff: rows(&v["staff"], user),
        tenants: rows(&v["tenants"], tenant),
    }
}

fn tokens(v: &Value) -> TokenPair<'_> {
    TokenPair { access_token: text(&v["access_token"]).into(), refresh_token: text(&v["refresh_token"]).into() }
}

/// The shape that an answer has by its keys, written again.
fn again(v: &Value) -> Value {
    fn json(shape: impl Serialize) -> Value {
        serde_json::to_value(shape).expect("can be written")
    }
    let has = |key: &str| v.get(key).is_some();
    match v {
        _ if has("opentickets") => json(widgets(v)),
        _ if has("pending_users") => json(dashboard(v)),
        _ if has("users") => json(Users { users: rows(&v["users"], user) }),
        _ if has("email") && has("access_token") => json(UserWithTokens { user: user(v), tokens: tokens(v) }),
        _ if has("email") => json(user(v)),
        _ if has("refresh_token") => json(tokens(v)),
        _ if has("access_token") => json(AccessToken { access_token: text(&v["access_token"]).into() }),
        _ if has("city") => json(property(v)),
        _ if has("properties") => json(Properties { properties: rows(&v["properties"], property) }),
        _ if has("fullName") => json(tenant(v)),
        _ if has("tenants") => json(Tenants { tenants: rows(&v["tenants"], tenant) }),
        _ if has("leases") => json(Leases { leases: rows(&v["leases"], lease) }),
        _ if has("dateTimeStart") => json(lease(v)),
        _ if has("contact_numbers") => json(contact(v)),
        _ if has("emergency_contacts") => {
            json(Contacts { emergency_contacts: rows(&v["emergency_contacts"], contact) })
        }
        _ if has("ticketid") => json(note(v)),
        _ if has("assigned_staff") => json(ticket(v)),
        _ if has("tickets") => json(Tickets { tickets: rows(&v["tickets"], ticket) }),
        _ if has("user_id") => json(ValidToken { message: text(&v["message"]).into(), user_id: int(&v["user_id"]) }),
        _ if has("id") => json(Created { message: text(&v["message"]).into(), id: int(&v["id"]) }),
        _ => json(Message { message: text(&v["message"]).into() }),
    }
}

#[test]
fn section_6_shapes_are_those_of_the_examples() {
    let examples: Value = serde_json::from_str(include_str!("examples.json")).expect("JSON");
    let mut seen = 0;
    for example in examples.as_array().expect("a list") {
        if int(&example["status"]) < 400 {
            assert_eq!(again(&example["response"]), example["response"], "{}", example["name"]);
            seen += 1;
        }
    }
    assert!(seen > 80);
}

#[test]
fn d72_nobody_has_no_name() {
    let shown = |first, last| serde_json::to_value(FullName { first, last }).expect("can be written");
    assert_eq!(shown("", ""), "");
    assert_eq!(shown("A\"", "B"), "A\" B");
    assert_eq!(shown("A", ""), "A ");
}

#[test]
fn nullable_keys_are_always_there() {
    let at = lease_date("11/21/2026 16:28:41").expect("a date");
    let shape = Ticket {
        id: 1,
        issue: None,
        tenant: FullName::default(),
        author_id: 2,
        tenant_id: None,
        assigned_staff: Vec::new(),
        author: FullName::default(),
        status: Status::New,
        mins_past_update: 0,
        urgency: None,
        notes: Vec::new(),
        created_at: Dt(at),
        updated_at: Dt(at),
        assigned_user_id: None,
    };
    let shown = serde_json::to_value(shape).expect("can be written");
    for key in ["issue", "tenant_id", "urgency", "assignedUserID"] {
        assert_eq!(shown.get(key), Some(&Value::Null), "{key}");
    }
    assert_eq!(shown["tenant"], "");
}
