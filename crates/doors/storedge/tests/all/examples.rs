//! The reference's pairs of request and answer, replayed: the same keys in the same order, the same types, null where
//! the example has null.

use axum::http::Method;
use serde_json::json;
use storedge::wire::{Value, parse};
use uuid::Uuid;
use world::axum;

use crate::Site;

/// What differs, and why.
const DIFFERENT: [&str; 5] = [
    // Ours is the request's id (M3).
    ".meta.request_id",
    // Nobody measures addresses here.
    ".latitude",
    ".longitude",
    // These depend on the tenant and not on the API.
    ".extension",
    ".last_sign_in_at",
];

fn compare(path: &str, wanted: &Value, got: &Value) {
    if DIFFERENT.iter().any(|end| path.ends_with(end)) {
        return;
    }
    match (wanted, got) {
        (Value::Object(w), Value::Object(g)) => {
            let names = |o: &storedge::wire::Object| o.iter().map(|(n, _)| n.to_owned()).collect::<Vec<_>>();
            assert_eq!(names(w), names(g), "keys of {path}");
            for (name, value) in w.iter() {
                compare(&format!("{path}.{name}"), value, g.get(name).unwrap());
            }
        }
        // Lists of the same kind of thing; how many there are is the tenant's business.
        (Value::List(w), Value::List(g)) => {
            if let (Some(w), Some(g)) = (w.first(), g.first()) {
                compare(&format!("{path}[]"), w, g);
            }
        }
        (w, g) => {
            let kind = std::mem::discriminant::<Value>;
            assert_eq!(kind(w), kind(g), "type of {path}: {w:?} and {g:?}");
            if let (Value::Text(w), Value::Text(g)) = (w, g) {
                assert_eq!(form(w), form(g), "form of {path}: {w} and {g}");
            }
        }
    }
}

/// The form of a text that is a machine's: an id, a date-time, a date.
fn form(text: &str) -> &'static str {
    let is = |pattern: &str| {
        text.len() == pattern.len()
            && text.chars().zip(pattern.chars()).all(|(c, p)| match p {
                '0' => c.is_ascii_digit(),
                '±' => "+-".contains(c),
                p => c == p,
            })
    };
    if Uuid::try_parse(text).is_ok() {
        "an id"
    } else if text.chars().count() == 29 && text.is_ascii() && text.contains('T') && text.contains('.') {
        "a date-time"
    } else if is("0000-00-00") {
        "a date"
    } else {
        "a text"
    }
}

/// Somebody like the tenants of the examples.
async fn example_tenant(w: &Site, first: &str) -> Uuid {
    let id = w.tenant(first, "Quigley").await;
    let attributes = json!({"email": format!("{first}@q.example"), "username": format!("username_{first}"),
        "phone_numbers_attributes": [{"number": "2762547277", "extension": "8650", "label": "Fax", "primary": true}],
        "mailing_address_attributes": {"address1": "54591024 Parisian Ridges", "city": "North Cruzfurt", "state": "DE", "postal": "89980"},
        "contacts_attributes": [{"first_name": "Bo", "description": "Brother"}]});
    w.update(id, attributes).await;
    let shown = w.fetch(&format!("/tenants/{id}")).await["tenant"]["phone_numbers"][0]["id"].clone();
    w.update(id, json!({"phone_numbers_attributes": [{"id": shown, "label": "Home"}]})).await;
    id
}

world::tests! { crate::open =>
    async fn every_example_is_answered_in_its_shape(w: Site) {
        // A facility with nobody else in it.
        let garden = w.home.garden;
        let w = Site { facility: crate::uid_of(&w, w.home.org, garden).await, property: garden, ..w };
        let text = include_str!("../examples.json");
        let typed: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
        let Value::List(ordered) = parse_all(text) else { panic!("a list of examples") };
        assert_eq!((typed.len(), ordered.len()), (15, 15));
        let plain = example_tenant(&w, "al").await;
        let portal = example_tenant(&w, "bo").await;
        let sent = json!({"tenant": {"username": "bo_5000", "password": "super_secret_password"}});
        w.send(Method::POST, &format!("/tenants/{portal}/sign_up"), &sent).await.expect(200);
        w.send(Method::POST, &format!("/tenants/{plain}/notes"), &json!({"note": {"note_text": "test"}})).await.expect(200);
        let gone = example_tenant(&w, "cy").await;
        let ledgers = w.fetch(&format!("/tenants/{gone}/ledgers")).await;
        let ledger: Uuid = ledgers["ledgers"][0]["id"].as_str().unwrap().parse().unwrap();
        w.clock.advance(86_400);
        w.app.ledgers().move_out(&w.system(w.home.org), garden, ledger, w.app.now()).await.unwrap();
        w.clock.advance(1);
        for (example, ordered) in typed.iter().zip(&ordered) {
            let template = example["path_template"].as_str().unwrap();
            let portal_call = ["sign_in", "change_password"].iter().any(|end| template.ends_with(end));
            let id = if portal_call { portal } else { plain };
            let path = template.replace(":facility_id", &w.facility.to_string()).replace(":tenant_id", &id.to_string());
            let path = path.replace(":id", &id.to_string());
            let method: Method = example["method"].as_str().unwrap().parse().unwrap();
            let mut call = w.request(method, path);
            if !example["request"].is_null() {
                let sent = ordered.object().unwrap().get("request").unwrap();
                // As it was sent, in its order.
                let sent = serde_json::to_string(sent).unwrap();
                call = call.raw("application/json", like(&w, sent, &example["request"], template, plain).await);
            }
            let answer = call.signed(&w.program).await;
            assert_eq!(u64::from(answer.status), example["status"].as_u64().unwrap(), "{template}: {}", answer.text());
            let wanted = ordered.object().unwrap().get("response").unwrap();
            compare(template, wanted, &parse_all(&answer.text()));
        }
    }
}

fn parse_all(text: &str) -> Value {
    parse(text.as_bytes()).unwrap()
}

/// The example's body, about our tenants.
async fn like(w: &Site, sent: String, body: &serde_json::Value, template: &str, plain: Uuid) -> String {
    let swap = |from: &serde_json::Value, to: &str| sent.replace(from.as_str().unwrap(), to);
    if template.ends_with("username_lookup") {
        swap(&body["username"], "username_al")
    } else if template.ends_with("sign_in") {
        swap(&body["tenant"]["login"], "bo_5000")
    } else if template.ends_with("forgot_username") {
        let number = w.fetch(&format!("/tenants/{plain}")).await["tenant"]["account_number"].to_string();
        sent.replace("1000002", &number)
    } else {
        sent
    }
}
