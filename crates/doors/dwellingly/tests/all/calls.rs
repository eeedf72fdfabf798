//! Every call of the door, with something to say: for the tests that hold all of them against one rule.

use axum::http::Method;
use dwellingly::{Caller, Route, routes};
use serde_json::{Value, json};
use world::{Call, Person, Place, World, axum};

/// A call that can be sent.
#[derive(Clone, Debug)]
pub struct Ready {
    pub row: u8,
    pub method: Method,
    pub path: String,
    pub caller: Caller,
    /// A good body; null for calls whose body is not looked at.
    pub body: Value,
    /// The status of its success.
    pub success: u16,
}

/// The path of a route about the things of a place.
pub fn path(route: &Route, place: &Place) -> String {
    let id = match route.path.split('/').nth(1) {
        Some("user" | "users") => place.staff.id.get(),
        Some("properties") => place.garden.get(),
        Some("tenants") => place.tenant.get(),
        Some("lease") => place.lease.get(),
        Some("emergencycontacts") => place.contact.get(),
        _ => place.ticket.get(),
    };
    let path = route.full_path().replace("{id}", &id.to_string()).replace("{token}", "abc");
    path.replace("{nid}", &place.note.get().to_string())
}

/// All routes about the things of a place, in the order of the rows.
pub fn all(place: &Place) -> Vec<Ready> {
    routes()
        .iter()
        .map(|route| {
            let (body, success) = good(route.row, place);
            let (method, caller) = (route.method.clone(), route.caller);
            Ready { row: route.row, method, path: path(route, place), caller, body, success }
        })
        .collect()
}

/// Those that read a body.
pub fn writes(place: &Place) -> Vec<Ready> {
    all(place).into_iter().filter(|c| !c.body.is_null()).collect()
}

impl Ready {
    /// Who may call it, of a place.
    pub fn by<'p>(&self, place: &'p Place) -> Option<&'p Person> {
        match self.caller {
            Caller::Public => None,
            _ => Some(&place.admin),
        }
    }

    /// The call by somebody who may, without its body.
    pub fn bare<'w>(&self, w: &'w World) -> Call<'w> {
        w.request(self.method.clone(), self.path.clone()).by(self.by(&w.home))
    }
}

/// A body that a row takes, and the status it answers. Bodies make new things where names must be unique.
fn good(row: u8, p: &Place) -> (Value, u16) {
    let (harbour, newcomer, staff) = (p.harbour.get(), p.newcomer.get(), p.staff.id.get());
    let start = "2021-01-01T00:00:00.000Z";
    let person =
        |email: &str| json!({"firstName": "Amy", "lastName": "Roberts", "phone": "965-934-2320", "email": email});
    let with = |mut object: Value, more: Value| {
        for (key, value) in more.as_object().into_iter().flatten() {
            object[key] = value.clone();
        }
        object
    };
    match row {
        1 => (json!({"email": p.admin.email, "password": world::PASSWORD}), 200),
        4 => (with(person("new@x.org"), json!({"password": "correct-horse-9"})), 201),
        5 => (json!({"email": p.admin.email}), 200),
        7 => (json!({"password": "correct-horse-9", "confirm_password": "correct-horse-9"}), 422),
        12 => (
            with(
                person("changed@x.org"),
                json!({"role": 3, "type": "staff", "archived": false, "propertyIDs": [harbour],
            "lastActive": "2021-10-01T00:00:00", "password": "correct-horse-8"}),
            ),
            200,
        ),
        15 => (with(person("invited@x.org"), json!({"role": 2, "type": "property_manager"})), 201),
        16 => (json!({"user_id": staff, "subject": "Hello", "body": "How are you?\nBye"}), 200),
        18 => (
            json!({"name": "Third", "address": "1 A St", "city": "Portland", "state": "OR", "zipcode": "97201",
            "num_units": 4, "archived": false, "propertyManagerIDs": [p.property_manager.id.get()]}),
            201,
        ),
        20 => (
            json!({"name": "Fourth", "address": "2 A St", "city": "Salem", "state": "OR", "zipCode": "97301",
            "num_units": 5, "archived": true, "propertyManagerIDs": [p.property_manager.id.get()]}),
            200,
        ),
        23 => (json!({"ids": [harbour, p.garden.get()]}), 200),
        25 => (
            json!({"firstName": "Soren", "lastName": "Kierkegaard", "phone": "503-555-0100", "staffIDs": [staff],
            "archived": false, "lease": {"propertyID": harbour, "unitNum": "2b", "dateTimeStart": start,
            "dateTimeEnd": "2099-01-01T00:00:00.000Z", "occupants": 3}}),
            201,
        ),
        27 => (
            json!({"firstName": "Rena", "lastName": "McRent", "phone": "503-555-0101", "staffIDs": [staff],
            "archived": false, "propertyID": harbour, "unitNum": "7", "occupants": 2, "dateTimeStart": start,
            "dateTimeEnd": "2098-01-01T00:00:00.000Z", "lease": {"unitNum": "8"}}),
            200,
        ),
        29 => (json!({"staff": [staff], "tenants": [newcomer, p.tenant.get()]}), 200),
        31 => (
            json!({"propertyID": harbour, "tenantID": newcomer, "unitNum": "9", "occupants": 1, "dateTimeStart": start,
            "dateTimeEnd": "2099-01-01T00:00:00.000Z"}),
            201,
        ),
        33 => (
            json!({"propertyID": harbour, "tenantID": p.tenant.get(), "unitNum": "10", "occupants": 4,
            "dateTimeStart": start, "dateTimeEnd": "2097-01-01T00:00:00.000Z"}),
            200,
        ),
        37 => (
            json!({"name": "Fire", "description": "Fire brigade",
            "contact_numbers": [{"number": "911", "numtype": "Phone", "extension": ""}]}),
            201,
        ),
        38 => (
            json!({"name": "NA", "description": "Help",
            "contact_numbers": [{"number": "911", "numtype": "Phone", "extension": "1"}, {"number": "912"}]}),
            200,
        ),
        41 => (
            json!({"issue": "Leak", "tenant_id": newcomer, "author_id": staff, "status": "New", "urgency": "High",
            "public": true}),
            201,
        ),
        42 => (json!({"ids": [p.reported.get()]}), 200),
        44 => (
            json!({"issue": "Flood", "tenant_id": newcomer, "author_id": p.admin.id.get(), "status": "In_Progress",
            "urgency": "high", "public": true}),
            200,
        ),
        46 => (json!({"text": "Looked at it.", "public": true}), 200),
        47 => (json!({"text": "Looked at it again.", "user_id": p.admin.id.get(), "public": true}), 200),
        // Bodies of these are not looked at; statuses are those of the calls above, in their order.
        2 | 3 => (Value::Null, 200),
        6 => (Value::Null, 422),
        9 => (Value::Null, 400),
        14 => (Value::Null, 201),
        13 => (Value::Null, 409),
        _ => (Value::Null, 200),
    }
}
