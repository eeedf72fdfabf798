//! What the original web client does, call by call: D63 to D70. And D73.

use axum::http::header;
use serde_json::{Value, json};
use world::{World, axum, db::sql};

world::tests! { crate::open =>
    async fn d63_d64_signing_in_from_a_page(w: World) {
        // It sends `Bearer ` with nothing behind it before there is a token, and a JSON type with GET.
        let login = w.post("/api/login")
            .header(header::AUTHORIZATION, "Bearer ")
            .header(header::ORIGIN, "https://client.example")
            .json(&json!({"email": w.home.admin.email, "password": world::PASSWORD}))
            .await;
        assert_eq!(login.header("access-control-allow-origin"), "https://client.example");
        let login = login.expect(200);
        let token = login["access_token"].as_str().expect("a token");
        let claims = world::Server::claims(token);
        for key in ["sub", "firstName", "lastName", "email", "phone", "exp"] {
            assert!(claims.get(key).is_some(), "{key}");
        }
        assert!(claims["exp"].as_i64().expect("a time") - world::NOW > 180, "it refreshes every 3 minutes");
        w.get("/api/tickets").bearer(token).raw("application/json", "").await.expect(200);
        let refresh = login["refresh_token"].as_str().expect("a token");
        let fresh = w.post("/api/refresh").bearer(refresh).json(&json!({})).await.expect(200);
        assert!(fresh["access_token"].is_string());
    }

    async fn d65_what_it_reads_from_writes(w: World) {
        let h = &w.home;
        let admin = &h.admin;
        let property = json!({"name": "New", "address": "1", "city": "P", "state": "OR", "zipcode": "1", "num_units": "", "propertyManagerIDs": []});
        assert!(w.post("/api/properties").by(admin).json(&property).await.expect(201)["id"].is_i64());
        assert!(w.put(format!("/api/properties/{}", h.garden)).by(admin).json(&json!({})).await.expect(200)["id"].is_i64());
        assert!(w.put(format!("/api/tenants/{}", h.tenant)).by(admin).json(&json!({})).await.expect(200)["id"].is_i64());
        assert!(w.put(format!("/api/tickets/{}", h.ticket)).by(admin).json(&json!({})).await.expect(200)["id"].is_i64());
        let notes = format!("/api/tickets/{}/notes", h.ticket);
        let note = w.post(notes.clone()).by(admin).json(&json!({"text": "x"})).await.expect(200);
        let path = format!("{notes}/{}", note["id"]);
        assert_eq!(w.patch(path.clone()).by(admin).json(&json!({"text": "y"})).await.expect(200)["text"], "y");
        assert!(w.delete(path).by(admin).json(&json!({})).await.message(200).is_string());
        assert!(w.delete("/api/tickets").by(admin).json(&json!({"ids": [h.ticket.get()]})).await.message(200).is_string());
        let own = w.patch(format!("/api/user/{}", admin.id)).by(admin).json(&json!({"firstName": "Ada"})).await.expect(200);
        assert!(own["id"].is_i64() && own["access_token"].is_string());
    }

    async fn d66_the_lists_it_loads(w: World) {
        let admin = &w.home.admin;
        let list = async |path: &str, key: &str| -> Vec<Value> {
            w.get(path).by(admin).await.expect(200)[key].as_array().expect("a list").clone()
        };
        let properties = list("/api/properties", "properties").await;
        for path in ["/api/user?r=2", "/api/user?r=3", "/api/user?r=4"] {
            for user in list(path, "users").await {
                assert!(user["lastActive"].is_string());
                if path.ends_with('2') {
                    assert!(user["properties"].as_array().expect("a list").iter().all(|p| p["name"].is_string()));
                }
            }
        }
        for tenant in list("/api/tenants", "tenants").await {
            let known = properties.iter().any(|p| p["id"] == tenant["lease"]["propertyID"]);
            assert!(tenant["lease"].is_null() || known, "{tenant}");
        }
        for property in &properties {
            let occupants = |l: &Value| l["occupants"].is_i64() || l["occupants"].is_null();
            assert!(property["leases"].as_array().expect("a list").iter().all(occupants));
        }
        assert!(!list("/api/tickets", "tickets").await.is_empty());
        assert!(!list("/api/emergencycontacts", "emergency_contacts").await.is_empty());
    }

    async fn d67_its_bodies(w: World) {
        let (h, admin) = (&w.home, &w.home.admin);
        let path = format!("/api/properties/{}", h.harbour);
        let mut property = w.get(path.clone()).by(admin).await.expect(200);
        property["propertyManagerIDs"] = json!([h.property_manager.id.get()]);
        property["num_units"] = json!("13");
        property["city"] = json!("Salem");
        let changed = w.put(path).by(admin).json(&property).await.expect(200);
        assert_eq!((&changed["num_units"], &changed["city"]), (&json!(13), &json!("Salem")));
        let tenant = json!({"firstName": "Renty", "lastName": "McRenter", "phone": "800-RENT-ALOT", "address": "1 A St", "unitNum": "10",
            "lease": {"dateTimeStart": "2022-01-01T00:00:00.000Z", "dateTimeEnd": "2099-01-01T00:00:00.000Z"}});
        let changed = w.put(format!("/api/tenants/{}", h.tenant)).by(admin).json(&tenant).await.expect(200);
        assert_eq!((&changed["lease"]["unitNum"], &changed["lease"]["dateTimeStart"]), (&json!("10"), &json!("01/01/2022 00:00:00")));
        let ticket = w.put(format!("/api/tickets/{}", h.ticket)).by(admin).json(&json!({"status": "In_Progress"})).await.expect(200);
        assert_eq!(ticket["status"], "In Progress");
        let contact = w.get(format!("/api/emergencycontacts/{}", h.contact)).await.expect(200);
        w.put(format!("/api/emergencycontacts/{}", h.contact)).by(admin).json(&contact).await.expect(200);
    }

    async fn d68_d69_dashboard_and_invitations(w: World) {
        let (h, admin) = (&w.home, &w.home.admin);
        let staffed = json!({"staffIDs": [h.staff.id.get().to_string()]});
        let tenant = w.put(format!("/api/tenants/{}", h.newcomer)).by(admin).json(&staffed).await.expect(200);
        assert_eq!((&tenant["id"], &tenant["staffIDs"]), (&json!(h.newcomer.get()), &json!([h.staff.id.get()])));
        let approve = json!({"role": 2, "firstName": "Paul", "lastName": "Pending", "email": h.pending.email, "propertyIDs": [h.garden.get()]});
        let user = w.patch(format!("/api/user/{}", h.pending.id)).by(admin).json(&approve).await.expect(200);
        assert_eq!((&user["role"], &user["properties"][0]["id"]), (&json!(2), &json!(h.garden.get())));
        let declined = w.person(h.org, "D", "D", "declined@x.org", None).await;
        w.delete(format!("/api/user/{}", declined.id)).by(admin).json(&json!({})).await.expect(200);
        let invite = json!({"email": "new@x.org", "firstName": "Nora", "lastName": "New", "phone": "555-111-2222", "role": 2,
            "type": "property_manager", "makeAdmin": false});
        let invited = w.post("/api/user/invite").by(admin).json(&invite).await.expect(201);
        let managers = json!({"propertyManagerIDs": [invited["id"]]});
        let property = w.put(format!("/api/properties/{}", h.garden)).by(admin).json(&managers).await.expect(200);
        assert_eq!(property["propertyManagers"][0]["id"], invited["id"]);
    }

    async fn d70_no_lease_is_null(w: World) {
        let tenant = w.get(format!("/api/tenants/{}", w.home.newcomer)).by(&w.home.admin).await.expect(200);
        assert_eq!((&tenant["lease"], &tenant["propertyID"]), (&Value::Null, &Value::Null));
        let body = json!({"tenant_id": w.home.newcomer.get(), "author_id": w.home.staff.id.get(), "urgency": null});
        let id = w.post("/api/tickets").by(&w.home.staff).json(&body).await.expect(201)["id"].take();
        assert_eq!(w.get(format!("/api/tickets/{id}")).by(&w.home.staff).await.expect(200)["urgency"], Value::Null);
    }

    async fn d73_one_lease_of_several_tenancies(w: World) {
        let (h, org) = (&w.home, w.home.org);
        let (person, property) = (h.newcomer, h.garden);
        let add = async |starts: i64, ends: Option<i64>, moved: Option<i64>| -> i64 {
            w.write(org, async move |w| {
                let at = |days: i64| w.now().plus_days(days);
                w.one(sql!(
                    "INSERT INTO tenancy (uid, org_id, person_id, property_id, role, starts_at, ends_at, moved_out_at, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, 'tenant', $5, $6, $7, $8, $8) RETURNING id",
                    w.uid(), org, person, property, at(starts), ends.map(at), moved.map(at), w.now()
                ))
                .await
            })
            .await
        };
        let shown = async || {
            let one = w.get(format!("/api/tenants/{person}")).by(&h.admin).await.expect(200)["lease"]["id"].take();
            let all = w.get("/api/tenants").by(&h.admin).await.expect(200)["tenants"].take();
            let row = all.as_array().and_then(|t| t.iter().find(|t| t["id"] == person.get())).expect("the tenant");
            assert_eq!(row["lease"]["id"], one);
            one
        };
        add(-400, Some(-300), None).await;
        let later = add(-900, Some(9), Some(-200)).await;
        assert_eq!(shown().await, later, "else the last ended");
        add(30, None, None).await;
        let next = add(10, None, None).await;
        assert_eq!(shown().await, next, "else the next to come");
        let running = add(-100, Some(100), None).await;
        add(-200, None, None).await;
        assert_eq!(shown().await, running, "the running one that started last");
        w.delete(format!("/api/lease/{running}")).by(&h.staff).await.expect(200);
        assert_ne!(shown().await, running, "a deleted one is never shown");
        // All of them are leases of the property, and a new one is not taken.
        let leases = w.get(format!("/api/properties/{property}")).by(&h.admin).await.expect(200)["leases"].take();
        assert_eq!(leases.as_array().map(Vec::len), Some(5));
        let body = json!({"propertyID": property.get(), "tenantID": person.get(), "dateTimeStart": "2021-01-01T00:00:00.0Z",
            "dateTimeEnd": "2099-01-01T00:00:00.0Z"});
        assert_eq!(w.post("/api/lease").by(&h.staff).json(&body).await.message(400), json!({"tenantID": ["Tenant already has a lease"]}));
    }

    async fn archiving_a_tenant_ends_the_lease_until_they_are_back(w: World) {
        let h = &w.home;
        let path = format!("/api/tenants/{}", h.tenant);
        let put = |body: Value| w.put(path.clone()).by(&h.admin).json(&body).into_future();
        let archived = put(json!({"archived": true})).await.expect(200);
        assert_eq!((&archived["archived"], &archived["lease"]["dateTimeEnd"]), (&json!(true), &json!("11/21/2026 16:28:40")));
        let listed = w.get("/api/tenants").by(&h.admin).await.expect(200)["tenants"].take();
        assert!(listed.as_array().is_some_and(|t| t.iter().any(|t| t["id"] == h.tenant.get())), "they stay in lists");
        let property = w.get(format!("/api/properties/{}", h.harbour)).by(&h.admin).await.expect(200);
        assert!(property["tenants"].as_array().is_some_and(|t| t.iter().all(|t| t["id"] != h.tenant.get())));
        w.clock.advance(60);
        let back = put(json!({"archived": false})).await.expect(200);
        assert_eq!((&back["archived"], &back["lease"]["dateTimeEnd"]), (&json!(false), &json!("01/01/2099 00:00:00")));
    }
}
