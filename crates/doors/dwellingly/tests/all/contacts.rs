//! Emergency contacts: rows 35 to 39, D55, and the fields of section 8.

use axum::http::header;
use serde_json::{Value, json};
use world::{Answer, World, axum};

async fn put(w: &World, body: Value) -> Answer {
    w.put(format!("/api/emergencycontacts/{}", w.home.contact)).by(&w.home.admin).json(&body).await
}

async fn get(w: &World) -> Value {
    w.get(format!("/api/emergencycontacts/{}", w.home.contact)).await.expect(200)
}

fn ids(contact: &Value) -> Vec<i64> {
    contact["contact_numbers"].as_array().expect("a list").iter().filter_map(|n| n["id"].as_i64()).collect()
}

world::tests! { crate::open =>
    async fn contacts_are_public(w: World) {
        for path in ["/api/emergencycontacts", "/api/emergencycontacts/"] {
            let all = w.get(path).await;
            assert_eq!(all.header("cache-control"), "");
            assert_eq!(all.expect(200)["emergency_contacts"][0]["id"], w.home.contact.get());
        }
        for id in [999, w.other.contact.get(), 0] {
            let answer = w.get(format!("/api/emergencycontacts/{id}")).await;
            assert_eq!(answer.message(404), "EmergencyContact not found");
        }
    }

    async fn section_8_fields_of_contacts(w: World) {
        let numbers = json!([{"number": "1"}]);
        let long = |n: usize| format!("Longer than maximum length {n}.");
        for (key, value, told) in [
            ("name", json!("n".repeat(101)), json!([long(100)])),
            ("name", Value::Null, json!(["Field may not be null."])),
            ("description", json!("d".repeat(257)), json!([long(256)])),
            ("description", json!(5), json!(["Not a valid string."])),
            ("contact_numbers", Value::Null, json!(["Field may not be null."])),
            ("contact_numbers", json!([]), json!(["Emergency contacts must have at least one contact number."])),
            ("contact_numbers", json!("5"), json!(["Not a valid list."])),
            ("contact_numbers", json!([5]), json!({"0": {"_schema": ["Invalid input type."]}})),
            ("contact_numbers", json!([{"number": "1"}, {}]), json!({"1": {"number": ["Missing data for required field."]}})),
            ("contact_numbers", json!([{"number": null}]), json!({"0": {"number": ["Field may not be null."]}})),
            ("contact_numbers", json!([{"number": "1".repeat(31), "numtype": "t".repeat(31), "extension": "e".repeat(11)}]),
                json!({"0": {"number": [long(30)], "numtype": [long(30)], "extension": [long(10)]}})),
        ] {
            let mut body = json!({"name": "Fresh", "contact_numbers": numbers});
            body[key] = value.clone();
            let told = json!({key: told});
            let post = w.post("/api/emergencycontacts").by(&w.home.admin).json(&body).await;
            assert_eq!(post.message(400), told, "{key} {value}");
            assert_eq!(put(&w, json!({key: value})).await.message(400), told, "{key}");
        }
        let taken = json!({"name": "Narcotics Anonymous", "contact_numbers": numbers});
        let told = json!({"name": ["Narcotics Anonymous is already an emergency contact"]});
        assert_eq!(w.post("/api/emergencycontacts").by(&w.home.admin).json(&taken).await.message(400), told);
        let edge = json!({"name": "ä".repeat(100), "description": "ä".repeat(256),
            "contact_numbers": [{"number": "", "numtype": "", "extension": null}, {"number": "ä".repeat(30), "numtype": "t".repeat(30), "extension": "e".repeat(10)}]});
        let made = w.post("/api/emergencycontacts").by(&w.home.admin).json(&edge).await.expect(201);
        assert_eq!((&made["description"], &made["contact_numbers"][0]["extension"]), (&edge["description"], &Value::Null));
        let plain = json!({"name": "", "contact_numbers": [{"number": "5"}]});
        assert_eq!(w.post("/api/emergencycontacts").by(&w.home.admin).json(&plain).await.expect(201)["description"], Value::Null);
        assert_eq!(put(&w, json!({"name": ""})).await.message(400), json!({"name": [" is already an emergency contact"]}));
    }

    async fn d55_numbers_are_the_whole_new_list(w: World) {
        let before = get(&w).await;
        let numbers = ids(&before);
        let (a, b) = (numbers[0], numbers[1]);
        // One changed in part, one dropped, two new: one without an id, one with somebody else's.
        let foreign = w.get("/api/emergencycontacts").header(header::HOST, "other.example").await.expect(200);
        let theirs = ids(&foreign["emergency_contacts"][0])[0];
        w.clock.advance(60);
        let body = json!({"contact_numbers": [{"id": b.to_string(), "numtype": "Text"}, {"number": "3"}, {"id": theirs, "number": "4"},
            {"id": "x", "number": "5"}, {"id": null, "number": "6"}]});
        let after = put(&w, body).await.expect(200);
        let now = ids(&after);
        assert_eq!((now[0], now.len()), (b, 5));
        assert!(!now.contains(&a) && !now.contains(&theirs) && now.is_sorted(), "{now:?}");
        assert_eq!((&after["contact_numbers"][0]["number"], &after["contact_numbers"][0]["numtype"]), (&json!("503-291-9111"), &json!("Text")));
        assert_eq!((&after["name"], &after["description"]), (&before["name"], &before["description"]));
        assert_eq!(after["updated_at"], before["updated_at"], "its own values are as they were");
        assert_ne!(after["contact_numbers"][0]["updated_at"], after["contact_numbers"][0]["created_at"]);
        // An id named twice is one number and a new one, which needs a number.
        let twice = json!({"contact_numbers": [{"id": b}, {"id": b}]});
        assert_eq!(put(&w, twice).await.message(400),
            json!({"contact_numbers": {"1": {"number": ["Missing data for required field."]}}}));
        let twice = json!({"contact_numbers": [{"id": b}, {"id": b, "number": "7"}]});
        assert_eq!(ids(&put(&w, twice).await.expect(200)).len(), 2);
        // The other organization's numbers are as they were.
        let same = w.get("/api/emergencycontacts").header(header::HOST, "other.example").await.expect(200);
        assert_eq!(same, foreign);
        assert_eq!(put(&w, json!({"name": "NA", "description": null})).await.expect(200)["description"], Value::Null);
    }
}
