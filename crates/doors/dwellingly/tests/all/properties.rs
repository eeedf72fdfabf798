//! Properties: rows 17 to 23, D47 to D49, and the fields of section 8.

use serde_json::{Value, json};
use world::{Answer, World};

fn house(name: &str) -> Value {
    json!({"name": name, "address": "1 A St", "city": "Portland", "state": "OR", "zipcode": "97201"})
}

fn with(mut body: Value, key: &str, value: Value) -> Value {
    body[key] = value;
    body
}

async fn create(w: &World, body: Value) -> Answer {
    w.post("/api/properties").by(&w.home.admin).json(&body).await
}

async fn put(w: &World, id: kernel::PropertyId, body: Value) -> Answer {
    w.put(format!("/api/properties/{id}")).by(&w.home.admin).json(&body).await
}

async fn get(w: &World, id: kernel::PropertyId) -> Value {
    w.get(format!("/api/properties/{id}")).by(&w.home.admin).await.expect(200)
}

world::tests! { crate::open =>
    async fn section_8_fields_of_properties(w: World) {
        let garden = w.home.garden;
        for (key, value, told) in [
            ("name", json!("n".repeat(101)), "Longer than maximum length 100."),
            ("name", json!("Harbour View"), "A property with this name already exists"),
            ("name", json!(""), "Property name cannot be blank"),
            ("name", json!(" \t\n "), "Property name cannot be blank"),
            ("name", json!(5), "Not a valid string."),
            ("address", json!("a".repeat(251)), "Longer than maximum length 250."),
            ("city", json!("c".repeat(51)), "Longer than maximum length 50."),
            ("state", json!("s".repeat(51)), "Longer than maximum length 50."),
            ("zipcode", json!("z".repeat(21)), "Longer than maximum length 20."),
            ("zipcode", Value::Null, "Field may not be null."),
            ("num_units", json!("x"), "Not a valid integer."),
            ("num_units", json!(true), "Not a valid integer."),
            ("num_units", json!(3_000_000_000_i64), "Not a valid integer."),
            ("archived", json!("maybe"), "Not a valid boolean."),
            ("propertyManagerIDs", json!("5"), "Not a valid list."),
            ("propertyManagerIDs", Value::Null, "Field may not be null."),
        ] {
            let told = json!({key: [told]});
            assert_eq!(create(&w, with(house("Fresh"), key, value.clone())).await.message(400), told, "{key} {value}");
            assert_eq!(put(&w, garden, json!({key: value})).await.message(400), told, "{key}");
        }
        // Errors of the other name are told under the first.
        let body = with(house("Fresh"), "zipcode", Value::Null);
        let mut body = with(body, "zipCode", json!("z".repeat(21)));
        body.as_object_mut().map(|o| o.remove("zipcode"));
        assert_eq!(create(&w, body).await.message(400), json!({"zipcode": ["Longer than maximum length 20."]}));
        let both = with(house("Both"), "zipCode", json!("2"));
        assert_eq!(create(&w, both).await.expect(201)["zipCode"], "97201", "zipcode counts");
        let edge = json!({"name": "ä".repeat(100), "address": "a".repeat(250), "city": "c".repeat(50),
            "state": "s".repeat(50), "zipCode": "z".repeat(20), "num_units": "-3"});
        let made = create(&w, edge.clone()).await.expect(201);
        for key in ["name", "address", "city", "state"] {
            assert_eq!(made[key], edge[key]);
        }
        assert_eq!((&made["num_units"], &made["zipcode"]), (&json!(-3), &edge["zipCode"]));
        let empty = json!({"name": "E", "address": "", "city": "", "state": "", "zipcode": ""});
        assert_eq!(create(&w, empty).await.expect(201)["city"], "");
        for (i, (units, shown)) in [
            (json!(7), 7), (json!("7"), 7), (json!(" 7 "), 7), (json!(7.9), 7), (json!(""), 1), (Value::Null, 1),
        ]
        .into_iter()
        .enumerate()
        {
            let made = create(&w, with(house(&format!("Units {i}")), "num_units", units.clone())).await.expect(201);
            assert_eq!(made["num_units"], shown, "{units}");
        }
        // Names differ by case; a deleted one is free.
        create(&w, house("harbour view")).await.expect(201);
        w.delete(format!("/api/properties/{garden}")).by(&w.home.admin).await.expect(200);
        create(&w, house("Garden Blocks")).await.expect(201);
        create(&w, with(house("Archived"), "archived", json!("yes"))).await.expect(201);
    }

    async fn section_8_managers_of_properties(w: World) {
        let (h, keeper) = (&w.home, w.home.property_manager.id.get());
        let told = |at: &str, text: &str| json!({"propertyManagerIDs": {at: {"manager_id": [text]}}});
        for (ids, expected) in [
            (json!([h.admin.id.get()]), told("0", "User is not a property manager")),
            (json!([keeper, h.staff.id.get()]), told("1", "User is not a property manager")),
            (json!([h.pending.id.get()]), told("0", "User is not a property manager")),
            (json!([999]), told("0", "not a valid user id")),
            (json!([h.tenant.get()]), told("0", "not a valid user id")),
            (json!([w.other.property_manager.id.get()]), told("0", "not a valid user id")),
            (json!(["a"]), json!({"propertyManagerIDs": {"0": ["Not a valid integer."]}})),
            (json!([null]), json!({"propertyManagerIDs": {"0": ["Not a valid integer."]}})),
        ] {
            let body = json!({"propertyManagerIDs": ids, "city": "Changed"});
            assert_eq!(put(&w, h.garden, body).await.message(400), expected, "{ids}");
            let body = with(house("Fresh"), "propertyManagerIDs", ids);
            assert_eq!(create(&w, body).await.message(400), expected);
        }
        assert_eq!(get(&w, h.garden).await["city"], "Portland");
        let second = w.person(h.org, "Second", "Keeper", "second@x.org", Some(kernel::Role::PropertyManager)).await;
        let before = get(&w, h.garden).await;
        w.clock.advance(60);
        let set = put(&w, h.garden, json!({"propertyManagerIDs": [second.id.get().to_string(), keeper, keeper]})).await.expect(200);
        let ids: Vec<_> = set["propertyManagers"].as_array().expect("a list").iter().map(|m| m["id"].clone()).collect();
        assert_eq!(ids, [json!(keeper), json!(second.id.get())], "a set, ascending");
        assert_eq!(set["updated_at"], before["updated_at"], "links do not touch the property");
        let nested = &set["propertyManagers"][0]["properties"];
        let mut ids: Vec<i64> = nested.as_array().expect("a list").iter().filter_map(|p| p["id"].as_i64()).collect();
        ids.sort_unstable();
        assert_eq!(ids, [h.harbour.get(), h.garden.get()]);
        assert!(nested[0].get("propertyManagers").is_none() && nested[0].get("tenants").is_none());
        put(&w, h.garden, json!({"num_units": 3})).await.expect(200);
        assert_eq!(get(&w, h.garden).await["propertyManagers"].as_array().map(Vec::len), Some(2), "absent: as before");
        assert_eq!(put(&w, h.garden, json!({"propertyManagerIDs": []})).await.expect(200)["propertyManagers"], json!([]));
    }

    async fn shapes_of_properties(w: World) {
        let keys = |v: &Value| v.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let base = ["address", "archived", "city", "created_at", "id", "leases", "name", "num_units", "propertyManagers",
            "state", "updated_at", "zipCode", "zipcode"];
        let list = w.get("/api/properties").by(&w.home.admin).await.expect(200);
        let mut of_list = keys(&list["properties"][0]);
        of_list.sort();
        assert_eq!(of_list, base);
        let mut of_one = keys(&get(&w, w.home.harbour).await);
        of_one.sort();
        assert_eq!(of_one.iter().filter(|k| *k != "tenants").collect::<Vec<_>>(), base.iter().collect::<Vec<_>>());
        assert!(of_one.contains(&"tenants".to_owned()));
        let mut of_put = keys(&put(&w, w.home.harbour, json!({})).await.expect(200));
        of_put.sort();
        assert_eq!(of_put, base);
    }

    async fn d47_deleting_a_property_leaves_the_people(w: World) {
        let h = &w.home;
        let delete = || w.delete(format!("/api/properties/{}", h.harbour)).by(&h.admin).into_future();
        assert_eq!(delete().await.message(200), "Property deleted");
        assert_eq!(delete().await.message(404), "Property not found");
        let tenant = w.get(format!("/api/tenants/{}", h.tenant)).by(&h.admin).await.expect(200);
        assert_eq!((&tenant["lease"], &tenant["propertyID"]), (&Value::Null, &Value::Null));
        w.get(format!("/api/lease/{}", h.lease)).by(&h.admin).await.expect(404);
        assert_eq!(w.get("/api/lease").by(&h.admin).await.expect(200), json!({"leases": []}));
        let keeper = w.get(format!("/api/user/{}", h.property_manager.id)).by(&h.admin).await.expect(200);
        assert_eq!(keeper["properties"], json!([]));
        w.get(format!("/api/tickets/{}", h.ticket)).by(&h.admin).await.expect(200);
        let lease = json!({"propertyID": h.harbour.get()});
        let answer = w.put(format!("/api/tenants/{}", h.tenant)).by(&h.admin).json(&lease).await;
        assert_eq!(answer.message(400), json!({"propertyID": [format!("{} is not a valid property ID", h.harbour)]}));
    }

    async fn d48_archiving(w: World) {
        let (h, admin) = (&w.home, &w.home.admin);
        let (a, b) = (h.harbour.get(), h.garden.get());
        let many = |body: Value| w.patch("/api/properties/archive").by(admin).json(&body).into_future();
        let archived = async || [get(&w, h.harbour).await["archived"] == true, get(&w, h.garden).await["archived"] == true];
        for (body, status, told) in [
            (json!({}), 400, json!("Property IDs missing in request")),
            (json!({"ids": 1}), 400, json!("Property IDs missing in request")),
            (json!({"ids": null}), 400, json!("Property IDs missing in request")),
            (json!({"ids": "1"}), 400, json!("Property IDs missing in request")),
            (json!({"ids": {"0": 1}}), 400, json!("Property IDs missing in request")),
            (json!({"ids": ["a", a]}), 400, json!({"ids": {"0": ["Not a valid integer."]}})),
            (json!({"ids": [a, 999]}), 404, json!("Property not found")),
            (json!({"ids": [a, w.other.garden.get()]}), 404, json!("Property not found")),
            (json!({"ids": [a, -1]}), 404, json!("Property not found")),
        ] {
            let answer = many(body.clone()).await;
            assert_eq!((answer.status, &answer.json()["message"]), (status, &told), "{body}");
        }
        assert_eq!(archived().await, [false, false]);
        let none = many(json!({"ids": []})).await.expect(200);
        assert_eq!(none["properties"].as_array().map(Vec::len), Some(2), "all of them");
        for _ in 0..2 {
            many(json!({"ids": [a.to_string(), a]})).await.expect(200);
            assert_eq!(archived().await, [true, false], "sets, not toggles");
        }
        let toggle = |id: i64| w.post(format!("/api/properties/archive/{id}")).by(admin).into_future();
        assert_eq!(toggle(a).await.message(200), "Property unarchived successfully");
        assert_eq!(toggle(b).await.message(200), "Property archived successfully");
        assert_eq!(archived().await, [false, true]);
        assert_eq!(toggle(999).await.message(404), "Property not found");
        put(&w, h.garden, json!({"archived": "FALSE"})).await.expect(200);
        assert_eq!(archived().await, [false, false]);
        // An archived property keeps working (D35).
        many(json!({"ids": [b]})).await.expect(200);
        let lease = json!({"lease": {"propertyID": b, "dateTimeStart": "2021-01-01T00:00:00.0Z", "dateTimeEnd": "2099-01-01T00:00:00.0Z"}});
        w.put(format!("/api/tenants/{}", h.newcomer)).by(admin).json(&lease).await.expect(200);
        assert_eq!(get(&w, h.garden).await["tenants"][0]["id"], h.newcomer.get());
    }

    async fn d49_tenants_of_one_property(w: World) {
        let (h, org) = (&w.home, w.home.org);
        let ids = async || -> Vec<i64> {
            let p = get(&w, h.garden).await;
            p["tenants"].as_array().expect("a list").iter().filter_map(|t| t["id"].as_i64()).collect()
        };
        let now = "2026-11-21T16:28:40.000000Z";
        for (start, end, shown) in [
            ("2021-01-01T00:00:00.0Z", "2099-01-01T00:00:00.0Z", true),
            ("2026-11-21T16:28:39.999999Z", "2026-11-21T16:28:40.000001Z", true),
            (now, "2099-01-01T00:00:00.0Z", false),
            ("2021-01-01T00:00:00.0Z", now, false),
            ("2027-01-01T00:00:00.0Z", "2099-01-01T00:00:00.0Z", false),
            ("2021-01-01T00:00:00.0Z", "2022-01-01T00:00:00.0Z", false),
            ("2099-01-01T00:00:00.0Z", "2021-01-01T00:00:00.0Z", false),
            ("0001-01-01T00:00:00.0Z", "9999-12-31T23:59:59.999999Z", true),
        ] {
            let tenant = w.resident(org, "T", "T", None).await;
            let lease = json!({"lease": {"propertyID": h.garden.get(), "dateTimeStart": start, "dateTimeEnd": end}});
            w.put(format!("/api/tenants/{tenant}")).by(&h.admin).json(&lease).await.expect(200);
            assert_eq!(ids().await.contains(&tenant.get()), shown, "{start} {end}");
            let leases = get(&w, h.garden).await["leases"].take();
            let one = leases.as_array().and_then(|l| l.iter().find(|l| l["tenantID"] == tenant.get())).expect("the lease");
            assert_eq!(one["propertyID"], h.garden.get(), "all leases, past and future");
        }
        assert_eq!(get(&w, h.garden).await["leases"].as_array().map(Vec::len), Some(8));
        // An open end is always ahead.
        let open = json!({"propertyID": h.garden.get()});
        w.put(format!("/api/tenants/{}", h.newcomer)).by(&h.admin).json(&open).await.expect(200);
        assert!(ids().await.contains(&h.newcomer.get()));
    }
}
