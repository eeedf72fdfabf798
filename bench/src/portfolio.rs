//! What reading and writing is measured on: 50 properties, 200 tenants, 1 000 tickets, with staff and notes.

use serde_json::{Value, json};

use crate::{
    Result,
    bench::{Bench, Kind},
    http,
    server::Server,
    site::{Site, sign_in},
};

const PROPERTIES: usize = 50;
const TENANTS: usize = 200;
const STAFF: usize = 10;
/// How many tickets there are.
pub const TICKETS: usize = 1_000;

const ISSUES: [&str; 4] = [
    "The radiator in the living room stays cold although it is turned up; the others get warm.",
    "Water drips from the kitchen tap, about a glass an hour.",
    "The light in the staircase between the second and the third floor does not go on any more.",
    "The lift stops between floors now and then and goes on only after a minute or two.",
];
const NOTE: &str = "Called back; somebody will have a look at it tomorrow between 8 and 10.";

/// Makes it through the API, unless this run has made it before.
pub fn open(bench: &Bench, name: &str, kind: Kind) -> Result<Site> {
    let (site, new) = Site::open(bench, name, kind)?;
    if new {
        let names: Vec<String> = (0..STAFF).map(|n| format!("staff{n}@example.org")).collect();
        let staff: Vec<i64> = names.iter().map(|name| site.person("Staff", name, "staff")).collect::<Result<_>>()?;
        let server = site.serve()?;
        fill(&server, &staff)?;
        server.stop()?;
        site.settle()?;
    }
    Ok(site)
}

fn fill(server: &Server, staff: &[i64]) -> Result<()> {
    let token = sign_in(server)?;
    let post = |path: &str, status: u16, body: &Value| -> Result<i64> {
        let made = http::send(server.at, "POST", path, &token, Some(body))?.expect(status)?;
        made["id"].as_i64().ok_or_else(|| format!("no id in {made}"))
    };
    let mut properties = Vec::new();
    for n in 0..PROPERTIES {
        let (name, street) = (format!("House {n}"), format!("Main Street {n}"));
        let place =
            json!({"name": name, "address": street, "city": "Graz", "state": "ST", "zipcode": "8010", "num_units": 4});
        properties.push(post("/api/properties", 201, &place)?);
    }
    let mut tenants = Vec::new();
    for n in 0..TENANTS {
        let lease = json!({"propertyID": properties[n % PROPERTIES], "unitNum": format!("{}", n / PROPERTIES + 1),
            "occupants": 2, "dateTimeStart": "2021-01-01T00:00:00.000Z", "dateTimeEnd": "2099-01-01T00:00:00.000Z"});
        let carers = [staff[n % STAFF]];
        let tenant = json!({"firstName": format!("Tenant{n}"), "lastName": "Muster", "phone": "0664 1234567",
            "staffIDs": carers, "lease": lease});
        tenants.push(post("/api/tenants", 201, &tenant)?);
    }
    for n in 0..TICKETS {
        let status = ["New", "In Progress", "Closed"][n % 3];
        let ticket = json!({"tenant_id": tenants[n % TENANTS], "author_id": staff[n % STAFF], "status": status,
            "urgency": "Low", "issue": ISSUES[n % ISSUES.len()]});
        let id = post("/api/tickets", 201, &ticket)?;
        for _ in 0..n % 3 {
            post(&format!("/api/tickets/{id}/notes"), 200, &json!({"text": NOTE}))?;
        }
    }
    Ok(())
}

/// The ids of tenants or of tickets, as their list names them.
pub fn ids(server: &Server, token: &str, of: &str) -> Result<Vec<i64>> {
    let list = http::send(server.at, "GET", &format!("/api/{of}"), token, None)?.expect(200)?;
    let rows = list[of].as_array().ok_or_else(|| format!("no {of} in their list"))?;
    Ok(rows.iter().filter_map(|row| row["id"].as_i64()).collect())
}
