//! Tenants and their leases: rows 24 to 34, D42, D44 to D47, D50, and the fields of section 8.

use kernel::PersonId;
use serde_json::{Value, json};
use world::{Answer, World};

const START: &str = "2021-01-01T00:00:00.000Z";
const END: &str = "2099-01-01T00:00:00.000Z";

fn person() -> Value {
    json!({"firstName": "Soren", "lastName": "Kierkegaard", "phone": "503-555-0100"})
}

fn with(mut body: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    body
}

async fn create(w: &World, more: Value) -> Answer {
    w.post("/api/tenants").by(&w.home.admin).json(&with(person(), &more)).await
}

async fn put(w: &World, id: PersonId, body: Value) -> Answer {
    w.put(format!("/api/tenants/{id}")).by(&w.home.admin).json(&body).await
}

async fn get(w: &World, id: PersonId) -> Value {
    w.get(format!("/api/tenants/{id}")).by(&w.home.admin).await.expect(200)
}

world::tests! { crate::open =>
    async fn section_8_fields_of_tenants(w: World) {
        let long = "Length must be between 1 and 100.";
        for (key, value, told) in [
            ("firstName", json!(""), long),
            ("firstName", json!("f".repeat(101)), long),
            ("lastName", json!("ä".repeat(101)), long),
            ("lastName", Value::Null, "Field may not be null."),
            ("phone", json!("123456789"), "Length must be between 10 and 30."),
            ("phone", json!("1".repeat(31)), "Length must be between 10 and 30."),
            ("phone", json!(5_035_550_100_i64), "Not a valid string."),
            ("archived", json!(2), "Not a valid boolean."),
            ("staffIDs", json!(2), "Not a valid list."),
            ("lease", json!("x"), ""),
        ] {
            let told = if key == "lease" { json!({"lease": {"_schema": ["Invalid input type."]}}) } else { json!({key: [told]}) };
            assert_eq!(create(&w, json!({key: value.clone()})).await.message(400), told, "{key} {value}");
            assert_eq!(put(&w, w.home.tenant, json!({key: value})).await.message(400), told, "{key}");
        }
        let edge = json!({"firstName": "ä".repeat(100), "lastName": "x", "phone": "ä".repeat(30), "archived": "True"});
        let made = create(&w, edge.clone()).await.expect(201);
        for key in ["firstName", "lastName", "phone"] {
            assert_eq!(made[key], edge[key]);
        }
        assert_eq!((&made["archived"], &made["fullName"]), (&json!(true), &json!(format!("{} x", "ä".repeat(100)))));
        let h = &w.home;
        for ids in [
            json!([h.admin.id.get()]), json!([999]), json!([h.staff.id.get(), h.staff.id.get()]),
            json!([h.property_manager.id.get()]), json!([h.pending.id.get()]), json!([w.other.staff.id.get()]),
            json!([h.tenant.get()]), json!([0]), json!([-1]), json!([2_147_483_647]),
        ] {
            let list = ids.to_string().replace(',', ", ");
            let told = json!({"staffIDs": {"staff": [format!("{list} contains invalid staff IDs")]}});
            assert_eq!(create(&w, json!({"staffIDs": ids.clone()})).await.message(400), told);
            assert_eq!(put(&w, h.tenant, json!({"staffIDs": ids})).await.message(400), told);
        }
        let fine = json!({"staffIDs": [h.archived.id.get().to_string(), h.manager.id.get(), h.staff.id.get()]});
        let made = create(&w, fine).await.expect(201);
        assert_eq!(made["staffIDs"], json!([h.manager.id.get(), h.staff.id.get(), h.archived.id.get()]));
    }

    async fn d42_unstaffed(w: World) {
        let h = &w.home;
        let unstaffed = async |query: &str| -> Vec<i64> {
            let all = w.get(format!("/api/tenants{query}")).by(&h.admin).await.expect(200);
            all["tenants"].as_array().expect("a list").iter().filter_map(|t| t["id"].as_i64()).collect()
        };
        let all = unstaffed("").await;
        assert_eq!(unstaffed("?unstaffed=").await, all);
        let (tenant, owner, newcomer) = (h.tenant_with_login.id.get(), h.owner.id.get(), h.newcomer.get());
        assert_eq!(unstaffed("?unstaffed=x").await, [tenant, owner, newcomer]);
        w.clock.advance(60);
        put(&w, h.tenant_with_login.id, json!({"lastName": "Changed"})).await.expect(200);
        for query in ["?unstaffed=true", "?unstaffed=false", "?unstaffed=0"] {
            assert_eq!(unstaffed(query).await, [owner, newcomer, tenant], "oldest change first");
        }
        put(&w, h.owner.id, json!({"archived": true})).await.expect(200);
        put(&w, h.newcomer, json!({"staffIDs": [h.staff.id.get()]})).await.expect(200);
        assert_eq!(unstaffed("?unstaffed=1").await, [tenant]);
        assert_eq!(unstaffed("").await, all, "they stay in the whole list");
    }

    async fn d44_a_whole_lease(w: World) {
        let harbour = w.home.harbour.get();
        let whole = json!({"propertyID": harbour, "dateTimeStart": START, "dateTimeEnd": END});
        let made = create(&w, json!({"lease": with(whole.clone(), &json!({"unitNum": "2b", "occupants": "3"}))})).await.expect(201);
        let lease = &made["lease"];
        assert_eq!((&lease["unitNum"], &lease["occupants"], &lease["propertyID"]), (&json!("2b"), &json!(3), &json!(harbour)));
        assert_eq!((&lease["dateTimeStart"], &lease["dateTimeEnd"]), (&json!("01/01/2021 00:00:00"), &json!("01/01/2099 00:00:00")));
        assert_eq!((&lease["tenantID"], &made["propertyID"]), (&made["id"], &json!(harbour)));
        let missing = |keys: &[&str]| {
            let all: serde_json::Map<_, _> = keys.iter().map(|k| ((*k).to_owned(), json!(["Missing data for required field."]))).collect();
            json!({"lease": all})
        };
        for (lease, told) in [
            (json!({}), missing(&["propertyID", "dateTimeStart", "dateTimeEnd"])),
            (json!({"propertyID": harbour}), missing(&["dateTimeStart", "dateTimeEnd"])),
            (json!({"dateTimeStart": START, "dateTimeEnd": END}), missing(&["propertyID"])),
            (json!({"propertyID": harbour, "dateTimeStart": null, "dateTimeEnd": END}),
                json!({"lease": {"dateTimeStart": ["Field may not be null."]}})),
            (with(whole.clone(), &json!({"unitNum": "12345678901", "occupants": "x"})),
                json!({"lease": {"unitNum": ["Longer than maximum length 10."], "occupants": ["Not a valid integer."]}})),
            (with(whole.clone(), &json!({"propertyID": w.other.harbour.get()})),
                json!({"lease": {"propertyID": [format!("{} is not a valid property ID", w.other.harbour)]}})),
        ] {
            assert_eq!(create(&w, json!({"lease": lease.clone()})).await.message(400), told, "{lease}");
            assert_eq!(put(&w, w.home.newcomer, json!({"lease": lease})).await.message(400), told);
        }
        assert_eq!(create(&w, json!({"lease": null})).await.message(400), json!({"lease": ["Field may not be null."]}));
        assert_eq!(put(&w, w.home.tenant, json!({"lease": null})).await.message(400), json!({"lease": ["Field may not be null."]}));
        let nulls = with(whole, &json!({"unitNum": null, "occupants": null}));
        let put = put(&w, w.home.newcomer, json!({"lease": null})).await.expect(200);
        assert_eq!(put["lease"], Value::Null, "what is shown may be sent back");
        let made = create(&w, json!({"lease": nulls})).await.expect(201);
        assert_eq!((&made["lease"]["unitNum"], &made["lease"]["occupants"]), (&Value::Null, &Value::Null));
    }

    async fn d45_a_lease_is_changed_in_part(w: World) {
        let (h, tenant) = (&w.home, w.home.tenant);
        let before = get(&w, tenant).await;
        let id = before["lease"]["id"].clone();
        let dates = json!({"lease": {"dateTimeStart": "2022-02-02T00:00:00.000Z", "dateTimeEnd": "2098-01-01T00:00:00.000Z"}});
        let changed = put(&w, tenant, dates).await.expect(200)["lease"].take();
        assert_eq!((&changed["id"], &changed["unitNum"], &changed["occupants"]), (&id, &json!("1"), &json!(3)));
        assert_eq!((&changed["dateTimeStart"], &changed["dateTimeEnd"]), (&json!("02/02/2022 00:00:00"), &json!("01/01/2098 00:00:00")));
        let moved = put(&w, tenant, json!({"lease": {"propertyID": h.garden.get()}})).await.expect(200)["lease"].take();
        assert_eq!((&moved["id"], &moved["propertyID"], &moved["unitNum"]), (&id, &json!(h.garden.get()), &json!("1")));
        let cleared = put(&w, tenant, json!({"lease": {"unitNum": null, "occupants": null}})).await.expect(200)["lease"].take();
        assert_eq!((&cleared["unitNum"], &cleared["occupants"]), (&Value::Null, &Value::Null));
        put(&w, tenant, json!({"lease": {}})).await.expect(200);
        let odd = put(&w, tenant, json!({"lease": {"dateTimeEnd": "2000-01-01T00:00:00.000Z"}})).await.expect(200);
        assert_eq!(odd["lease"]["dateTimeEnd"], "01/01/2000 00:00:00", "the end is not compared with the start");
        assert_eq!(w.get("/api/lease").by(&h.admin).await.expect(200)["leases"].as_array().map(Vec::len), Some(2));
    }

    async fn d46_lease_fields_at_the_top_level(w: World) {
        let (h, harbour, garden) = (&w.home, w.home.harbour.get(), w.home.garden.get());
        let made = create(&w, json!({"propertyID": harbour})).await.expect(201)["lease"].take();
        assert_eq!((&made["dateTimeStart"], &made["dateTimeEnd"]), (&json!("11/21/2026 00:00:00"), &json!("11/21/2027 00:00:00")));
        assert_eq!((&made["unitNum"], &made["occupants"]), (&Value::Null, &Value::Null));
        let full = json!({"propertyID": harbour.to_string(), "unitNum": "5", "occupants": 2, "dateTimeStart": START, "dateTimeEnd": END});
        let made = create(&w, full).await.expect(201)["lease"].take();
        assert_eq!((&made["unitNum"], &made["dateTimeStart"], &made["dateTimeEnd"]),
            (&json!("5"), &json!("01/01/2021 00:00:00"), &json!("01/01/2099 00:00:00")));
        let started = create(&w, json!({"propertyID": harbour, "dateTimeStart": START})).await.expect(201)["lease"].take();
        assert_eq!(started["dateTimeEnd"], "01/01/2027 00:00:00", "the next anniversary");
        // Inside wins; what it leaves open is taken from outside.
        let both = json!({"propertyID": garden, "unitNum": "out", "occupants": 9,
            "lease": {"propertyID": harbour, "unitNum": "in", "dateTimeStart": START, "dateTimeEnd": END}});
        let made = create(&w, both).await.expect(201)["lease"].take();
        assert_eq!((&made["propertyID"], &made["unitNum"], &made["occupants"]), (&json!(harbour), &json!("in"), &json!(9)));
        let split = json!({"propertyID": garden, "lease": {"dateTimeStart": START, "dateTimeEnd": END}});
        assert_eq!(create(&w, split).await.expect(201)["lease"]["propertyID"], garden);
        // null counts as absent; the other four are ignored without lease or property, whatever they hold.
        for alone in [
            json!({"propertyID": null}),
            json!({"unitNum": "5", "occupants": 2, "dateTimeStart": START, "dateTimeEnd": END}),
            json!({"unitNum": "12345678901", "occupants": "x", "dateTimeStart": "x", "dateTimeEnd": 5}),
            json!({"unitNum": null, "occupants": null, "dateTimeStart": null, "dateTimeEnd": null}),
        ] {
            assert_eq!(create(&w, alone.clone()).await.expect(201)["lease"], Value::Null, "{alone}");
            assert_eq!(put(&w, h.newcomer, alone).await.expect(200)["lease"], Value::Null);
        }
        // Errors under the top-level key.
        for (body, told) in [
            (json!({"propertyID": 999}), json!({"propertyID": ["999 is not a valid property ID"]})),
            (json!({"propertyID": "x"}), json!({"propertyID": ["Not a valid integer."]})),
            (json!({"propertyID": harbour, "unitNum": "12345678901", "dateTimeEnd": "x"}),
                json!({"unitNum": ["Longer than maximum length 10."], "dateTimeEnd": ["Not a valid datetime."]})),
            (json!({"propertyID": 999, "lease": {"dateTimeStart": START, "dateTimeEnd": END}}),
                json!({"propertyID": ["999 is not a valid property ID"]})),
            (json!({"propertyID": 999, "lease": {"propertyID": 998, "dateTimeStart": START, "dateTimeEnd": END}}),
                json!({"lease": {"propertyID": ["998 is not a valid property ID"]}})),
        ] {
            assert_eq!(create(&w, body.clone()).await.message(400), told, "{body}");
            assert_eq!(put(&w, h.newcomer, body).await.message(400), told);
        }
        // With a lease the property moves it, and null does nothing.
        let id = get(&w, h.tenant).await["lease"]["id"].clone();
        let moved = put(&w, h.tenant, json!({"propertyID": garden, "unitNum": "77", "occupants": null})).await.expect(200);
        assert_eq!((&moved["lease"]["id"], &moved["lease"]["propertyID"]), (&id, &json!(garden)));
        assert_eq!((&moved["lease"]["unitNum"], &moved["lease"]["occupants"]), (&json!("77"), &json!(3)));
        put(&w, h.tenant, json!({"propertyID": null})).await.expect(200);
        assert_eq!(get(&w, h.tenant).await["propertyID"], garden);
    }

    async fn d46_an_open_end_sent_back_changes_nothing(w: World) {
        let h = &w.home;
        let made = put(&w, h.newcomer, json!({"propertyID": h.harbour.get()})).await.expect(200);
        let (shown, id) = (made["lease"]["dateTimeEnd"].clone(), made["lease"]["id"].as_i64().expect("an id"));
        assert_eq!(shown, "11/21/2027 00:00:00");
        let before = w.changed(h.org).await;
        put(&w, h.newcomer, json!({"lease": {"dateTimeEnd": shown.clone()}})).await.expect(200);
        put(&w, h.newcomer, json!({"lease": {"dateTimeEnd": "2027-11-21T00:00:00.0Z"}})).await.expect(200);
        let lease = json!({"dateTimeEnd": shown});
        w.put(format!("/api/lease/{id}")).by(&h.staff).json(&lease).await.expect(200);
        assert_eq!(w.changed(h.org).await, before + 1, "a sign-in");
        w.clock.advance(366 * 86_400);
        assert_eq!(get(&w, h.newcomer).await["lease"]["dateTimeEnd"], "11/21/2028 00:00:00", "it goes on");
        put(&w, h.newcomer, json!({"lease": {"dateTimeEnd": "11/21/2030 00:00:00"}})).await.expect(200);
        w.clock.advance(366 * 86_400);
        assert_eq!(get(&w, h.newcomer).await["lease"]["dateTimeEnd"], "11/21/2030 00:00:00", "now it has one");
        // The owner's tenancy elsewhere has an open start too.
        let tenant = get(&w, h.tenant_with_login.id).await;
        assert_eq!(tenant["lease"]["dateTimeStart"], "01/01/2021 00:00:00");
        let (org, person) = (h.org, h.tenant_with_login.id);
        w.write(org, async move |w| {
            w.execute(world::db::sql!("UPDATE tenancy SET starts_at = NULL WHERE org_id = $1 AND person_id = $2", org, person)).await
        })
        .await;
        let tenant = get(&w, h.tenant_with_login.id).await;
        assert_eq!(tenant["lease"]["dateTimeStart"], "11/21/2026 16:28:40", "an open start is shown as the creation");
    }

    async fn d47_deleting_a_tenant(w: World) {
        let h = &w.home;
        let delete = || w.delete(format!("/api/tenants/{}", h.tenant)).by(&h.admin).into_future();
        assert_eq!(delete().await.message(200), "Tenant deleted");
        assert_eq!(delete().await.message(404), "Tenant not found");
        w.get(format!("/api/lease/{}", h.lease)).by(&h.admin).await.expect(404);
        w.get(format!("/api/tickets/{}", h.ticket)).by(&h.admin).await.expect(404);
        w.get(format!("/api/tickets/{}", h.reported)).by(&h.admin).await.expect(200);
        let property = w.get(format!("/api/properties/{}", h.harbour)).by(&h.admin).await.expect(200);
        assert_eq!(property["leases"].as_array().map(Vec::len), Some(1));
        // With the notes gone nothing keeps who wrote them.
        w.delete(format!("/api/user/{}", h.staff.id)).by(&h.admin).await.expect(200);
        // A tenant's login elsewhere ends with them.
        w.delete(format!("/api/tenants/{}", h.owner.id)).by(&h.admin).await.expect(200);
        assert!(w.identity.sign_in(
            &kernel::Caller::anonymous(h.org, kernel::Door::Pages, world::now()), &h.owner.email,
            Some(world::PASSWORD.to_owned()), [127, 0, 0, 1].into()).await.is_err());
    }

    async fn d50_staff_of_several_tenants(w: World) {
        let h = &w.home;
        let assign = |body: Value| w.patch("/api/staff-tenants").by(&h.admin).json(&body).into_future();
        let staff = async |id: PersonId| get(&w, id).await["staffIDs"].take();
        let (a, b) = (h.tenant.get(), h.newcomer.get());
        let (x, y) = (h.staff.id.get(), h.manager.id.get());
        let done = "Staff-Tenant associations updated successfully";
        let before = get(&w, h.tenant).await["updated_at"].take();
        w.clock.advance(60);
        assert_eq!(assign(json!({"staff": [y, x.to_string()], "tenants": [a, b.to_string()]})).await.message(200), done);
        assert_eq!((staff(h.tenant).await, staff(h.newcomer).await), (json!([y, x]), json!([y, x])));
        assert_eq!(get(&w, h.tenant).await["updated_at"], before, "links do not touch the tenant");
        assert_eq!(assign(json!({"staff": [y], "tenants": [a]})).await.message(200), done);
        assert_eq!((staff(h.tenant).await, staff(h.newcomer).await), (json!([y]), json!([y, x])));
        assert_eq!(assign(json!({"staff": [], "tenants": [a]})).await.message(200), done);
        assert_eq!(staff(h.tenant).await, json!([]));
        let missing = json!(["Missing data for required field."]);
        for (body, told) in [
            (json!({}), json!({"staff": missing, "tenants": missing})),
            (json!({"staff": [x], "tenants": []}), json!({"tenants": ["At least one tenant ID is required"]})),
            (json!({"staff": [x], "tenants": [b, 999]}), json!({"tenants": [format!("[{b}, 999] contains invalid tenant IDs")]})),
            (json!({"staff": [x], "tenants": [b, b]}), json!({"tenants": [format!("[{b}, {b}] contains invalid tenant IDs")]})),
            (json!({"staff": [x], "tenants": [w.other.tenant.get()]}), json!({"tenants": [format!("[{}] contains invalid tenant IDs", w.other.tenant)]})),
            (json!({"staff": [h.admin.id.get()], "tenants": [b]}), json!({"staff": [format!("[{}] contains invalid staff IDs", h.admin.id)]})),
            (json!({"staff": 5, "tenants": null}), json!({"staff": ["Not a valid list."], "tenants": ["Field may not be null."]})),
            (json!({"staff": ["a"], "tenants": [1.5, "x"]}),
                json!({"staff": {"0": ["Not a valid integer."]}, "tenants": {"1": ["Not a valid integer."]}})),
        ] {
            assert_eq!(assign(body.clone()).await.message(400), told, "{body}");
        }
        assert_eq!(staff(h.newcomer).await, json!([y, x]), "nothing of it was done");
    }
}
