//! Leases on their own: rows 30 to 34, and the dates of section 7.

use serde_json::{Value, json};
use world::World;

const START: &str = "2021-01-01T00:00:00.000Z";
const END: &str = "2099-01-01T00:00:00.000Z";

world::tests! { crate::open =>
    async fn every_approved_user_writes_leases(w: World) {
        let h = &w.home;
        for (i, by) in [&h.staff, &h.manager, &h.property_manager, &h.admin].into_iter().enumerate() {
            let tenant = w.resident(h.org, "T", "T", None).await;
            let body = json!({"propertyID": h.garden.get(), "tenantID": tenant.get(), "dateTimeStart": START, "dateTimeEnd": END,
                "unitNum": format!("{i}"), "occupants": 2});
            let made = w.post("/api/lease").by(by).json(&body).await.expect(201);
            assert_eq!(made["message"], "Lease created successfully");
            let path = format!("/api/lease/{}", made["id"]);
            let lease = w.get(path.clone()).by(by).await.expect(200);
            assert_eq!((&lease["dateTimeStart"], &lease["dateTimeEnd"]),
                (&json!("2021-01-01T00:00:00.000000Z"), &json!("2099-01-01T00:00:00.000000Z")));
            assert!(lease.get("propertyID").is_none() && lease.get("tenantID").is_none());
            assert_eq!((&lease["tenant"]["id"], &lease["property"]["id"]), (&json!(tenant.get()), &json!(h.garden.get())));
            assert_eq!(lease["tenant"]["lease"]["id"], made["id"]);
            w.put(path.clone()).by(by).json(&json!({"occupants": null, "unitNum": null})).await.expect(200);
            assert_eq!(w.delete(path.clone()).by(by).await.message(200), "Lease deleted");
            for answer in [w.get(path.clone()).by(by).await, w.delete(path.clone()).by(by).await] {
                assert_eq!(answer.message(404), "Lease not found");
            }
            // D73: never shown again, and the tenant may have another one.
            let shown = w.get(format!("/api/tenants/{tenant}")).by(&h.admin).await.expect(200);
            assert_eq!(shown["lease"], Value::Null);
            w.post("/api/lease").by(by).json(&body).await.expect(201);
        }
    }

    async fn section_8_fields_of_leases(w: World) {
        let h = &w.home;
        let good = json!({"propertyID": h.garden.get(), "tenantID": h.newcomer.get(), "dateTimeStart": START, "dateTimeEnd": END});
        let path = format!("/api/lease/{}", h.lease);
        let property = |id: i64| format!("{id} is not a valid property ID");
        let tenant = |id: i64| format!("{id} is not a valid tenantID");
        for (key, value, told) in [
            ("propertyID", json!(999), property(999)),
            ("propertyID", json!("999"), property(999)),
            ("propertyID", json!(w.other.garden.get()), property(w.other.garden.get())),
            ("propertyID", json!(0), property(0)),
            ("propertyID", json!(-5), property(-5)),
            ("propertyID", json!("x"), "Not a valid integer.".to_owned()),
            ("propertyID", json!(4_000_000_000_i64), "Not a valid integer.".to_owned()),
            ("propertyID", Value::Null, "Field may not be null.".to_owned()),
            ("tenantID", json!(999), tenant(999)),
            ("tenantID", json!(w.other.newcomer.get()), tenant(w.other.newcomer.get())),
            ("tenantID", json!(h.staff.id.get()), tenant(h.staff.id.get())),
            ("tenantID", json!(h.tenant_with_login.id.get()), "Tenant already has a lease".to_owned()),
            ("tenantID", Value::Null, "Field may not be null.".to_owned()),
            ("unitNum", json!("12345678901"), "Longer than maximum length 10.".to_owned()),
            ("unitNum", json!(5), "Not a valid string.".to_owned()),
            ("occupants", json!("x"), "Not a valid integer.".to_owned()),
            ("occupants", json!("1.5"), "Not a valid integer.".to_owned()),
            ("dateTimeStart", Value::Null, "Field may not be null.".to_owned()),
            ("dateTimeEnd", json!(5), "Not a valid datetime.".to_owned()),
        ] {
            let told = json!({key: [told]});
            let mut body = good.clone();
            body[key] = value.clone();
            assert_eq!(w.post("/api/lease").by(&h.staff).json(&body).await.message(400), told, "{key} {value}");
            let put = w.put(path.clone()).by(&h.staff).json(&json!({key: value, "unitNum2": 5})).await;
            assert_eq!(put.message(400), told, "{key}");
        }
        let moved = w.put(path.clone()).by(&h.staff).json(&json!({"tenantID": h.newcomer.get(), "occupants": "3"})).await.expect(200);
        assert_eq!((&moved["tenant"]["id"], &moved["occupants"]), (&json!(h.newcomer.get()), &json!(3)));
        let own = w.put(path).by(&h.staff).json(&json!({"tenantID": h.newcomer.get()})).await;
        own.expect(200);
    }

    async fn section_7_dates_of_leases(w: World) {
        let path = format!("/api/lease/{}", w.home.lease);
        let put = |date: Value| w.put(path.clone()).by(&w.home.staff).json(&json!({"dateTimeStart": date})).into_future();
        for (sent, shown) in [
            ("2022-03-04T05:06:07.8Z", "2022-03-04T05:06:07.800000Z"),
            ("2022-03-04T05:06:07.123456Z", "2022-03-04T05:06:07.123456Z"),
            ("2022-03-04T05:06:07.000Z", "2022-03-04T05:06:07.000000Z"),
            ("03/05/2022 01:02:03", "2022-03-05T01:02:03.000000Z"),
            ("0001-01-01T00:00:00.0Z", "0001-01-01T00:00:00.000000Z"),
            ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
            ("2024-02-29T00:00:00.0Z", "2024-02-29T00:00:00.000000Z"),
        ] {
            assert_eq!(put(json!(sent)).await.expect(200)["dateTimeStart"], shown, "{sent}");
        }
        for bad in [
            json!("01/01/2021"), json!("2021-01-01T00:00:00Z"), json!("2021-01-01"), json!("2021-01-01T00:00:00.0"),
            json!("2021-01-01T00:00:00.1234567Z"), json!("2021-02-30T00:00:00.0Z"), json!("2021-01-01T24:00:00.0Z"),
            json!("2021-01-01T00:00:00.0+02:00"), json!(""), json!(1_609_459_200), json!(true), json!([]), json!({}),
            json!("0000-01-01T00:00:00.0Z"), json!("10000-01-01T00:00:00.0Z"), json!("07-01-2020 21:29:29"),
        ] {
            assert_eq!(put(bad.clone()).await.message(400), json!({"dateTimeStart": ["Not a valid datetime."]}), "{bad}");
        }
        let forever = json!({"dateTimeStart": "2021-01-01T00:00:00.0Z", "dateTimeEnd": "9999-12-31T23:59:59.999999Z"});
        w.put(path.clone()).by(&w.home.staff).json(&forever).await.expect(200);
        let tenant = w.get(format!("/api/tenants/{}", w.home.tenant)).by(&w.home.admin).await.expect(200);
        assert_eq!(tenant["lease"]["dateTimeEnd"], "12/31/9999 23:59:59");
        let property = w.get(format!("/api/properties/{}", w.home.harbour)).by(&w.home.admin).await.expect(200);
        assert!(property["tenants"].as_array().is_some_and(|t| t.iter().any(|t| t["id"] == w.home.tenant.get())));
    }
}
