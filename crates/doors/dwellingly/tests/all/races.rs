//! Several at once, and clients that leave: all or nothing, and every rule holds.

use std::pin::pin;

use futures_util::{FutureExt as _, future::join_all};
use serde_json::{Value, json};
use world::{Answer, Call, World, db::sql};

/// Sends calls at once.
async fn at_once<'w>(calls: impl IntoIterator<Item = Call<'w>>) -> Vec<Answer> {
    join_all(calls.into_iter().map(IntoFuture::into_future)).await
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|a| a.status == status).count()
}

/// Sends a call, but leaves after the request was looked at `polls` times; answers whether an answer came before.
async fn leave_after(call: Call<'_>, polls: usize) -> bool {
    let mut sent = pin!(call.into_future());
    for _ in 0..polls {
        if sent.as_mut().now_or_never().is_some() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

world::tests! { crate::open =>
    async fn sixteen_registers_with_one_address(w: World) {
        let body = |i: usize| {
            let email = if i.is_multiple_of(2) { "same@x.org" } else { "SAME@x.org" };
            json!({"firstName": "S", "lastName": format!("{i}"), "phone": "", "email": email, "password": "correct-horse-9"})
        };
        let answers = at_once((0..16).map(|i| w.post("/api/register").from([10, 0, 0, i as u8]).json(&body(i)))).await;
        assert_eq!(count(&answers, 201), 1, "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
        // The others were told that it is taken, or to come back later.
        assert_eq!(count(&answers, 400) + count(&answers, 429), 15);
        let all = w.get("/api/users").by(&w.home.admin).await.expect(200);
        let same = |u: &&Value| u["email"].as_str().is_some_and(|e| e.eq_ignore_ascii_case("same@x.org"));
        assert_eq!(all["users"].as_array().expect("a list").iter().filter(same).count(), 1);
    }

    async fn sixteen_things_of_one_name(w: World) {
        let admin = &w.home.admin;
        w.tokens(admin).await;
        let property = json!({"name": "One", "address": "1", "city": "P", "state": "OR", "zipcode": "1"});
        let answers = at_once((0..16).map(|_| w.post("/api/properties").by(admin).json(&property))).await;
        assert_eq!((count(&answers, 201), count(&answers, 400)), (1, 15));
        let contact = json!({"name": "One", "contact_numbers": [{"number": "1"}]});
        let answers = at_once((0..16).map(|_| w.post("/api/emergencycontacts").by(admin).json(&contact))).await;
        assert_eq!((count(&answers, 201), count(&answers, 400)), (1, 15));
        let invite = json!({"firstName": "A", "lastName": "B", "phone": "", "email": "one@x.org", "role": 3});
        let answers = at_once((0..16).map(|_| w.post("/api/user/invite").by(admin).json(&invite))).await;
        assert_eq!((count(&answers, 201), count(&answers, 400)), (1, 15));
        let unit = json!({"propertyID": w.home.garden.get(), "unitNum": "77"});
        let tenants = [w.home.newcomer, w.home.tenant, w.home.tenant_with_login.id, w.home.owner.id];
        at_once(tenants.map(|t| w.put(format!("/api/tenants/{t}")).by(admin).json(&unit))).await.iter().for_each(|a| drop(a.expect(200)));
        let units = w.changes(w.home.org).await.iter().filter(|c| c.starts_with("unit.created")).count();
        assert_eq!(units, 2, "unit 1 of the harbour and unit 77 of the garden");
    }

    async fn one_lease_for_one_tenant(w: World) {
        let h = &w.home;
        w.tokens(&h.staff).await;
        w.tokens(&h.admin).await;
        let lease = json!({"propertyID": h.garden.get(), "tenantID": h.newcomer.get(), "dateTimeStart": "2021-01-01T00:00:00.0Z",
            "dateTimeEnd": "2099-01-01T00:00:00.0Z"});
        let inside = json!({"propertyID": h.harbour.get()});
        let posts = (0..8).map(|_| w.post("/api/lease").by(&h.staff).json(&lease));
        let puts = (0..8).map(|_| w.put(format!("/api/tenants/{}", h.newcomer)).by(&h.admin).json(&inside));
        let answers = at_once(posts.chain(puts)).await;
        assert!(count(&answers, 201) <= 1 && count(&answers, 200) == 8, "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
        let leases = w.get("/api/lease").by(&h.staff).await.expect(200)["leases"].take();
        let of = |l: &&Value| l["tenant"]["id"] == h.newcomer.get();
        assert_eq!(leases.as_array().expect("a list").iter().filter(of).count(), 1);
    }

    async fn toggles_toggle_each_time(w: World) {
        let h = &w.home;
        w.tokens(&h.admin).await;
        let user = format!("/api/user/archive/{}", h.staff.id);
        let answers = at_once((0..15).map(|_| w.post(user.clone()).by(&h.admin))).await;
        assert_eq!(count(&answers, 201), 15);
        let archived = answers.iter().filter(|a| a.json()["archived"] == true).count();
        assert_eq!(archived, 8);
        let now = w.get(format!("/api/user/{}", h.staff.id)).by(&h.admin).await.expect(200);
        assert_eq!(now["archived"], true);
        let property = format!("/api/properties/archive/{}", h.garden);
        let answers = at_once((0..15).map(|_| w.post(property.clone()).by(&h.admin))).await;
        let archived = answers.iter().filter(|a| a.message(200) == "Property archived successfully").count();
        assert_eq!(archived, 8);
    }

    async fn two_changes_at_once_are_both_whole(w: World) {
        let h = &w.home;
        w.tokens(&h.admin).await;
        let path = format!("/api/tenants/{}", h.tenant);
        let body = |i: i64| json!({"firstName": format!("F{i}"), "lastName": format!("L{i}"), "unitNum": format!("U{i}"), "occupants": i});
        let answers = at_once((0..12).map(|i| w.put(path.clone()).by(&h.admin).json(&body(i)))).await;
        for answer in answers.iter().chain([&w.get(path.clone()).by(&h.admin).await]) {
            let t = answer.expect(200);
            let i = t["lease"]["occupants"].as_i64().expect("a number");
            assert_eq!((&t["firstName"], &t["lastName"], &t["lease"]["unitNum"]),
                (&json!(format!("F{i}")), &json!(format!("L{i}")), &json!(format!("U{i}"))));
        }
        // Different fields of one row: none is lost.
        let ticket = format!("/api/tickets/{}", h.ticket);
        let fields = [json!({"issue": "New text"}), json!({"urgency": "High"}), json!({"status": "Closed"})];
        at_once(fields.iter().map(|f| w.put(ticket.clone()).by(&h.admin).json(f))).await;
        let now = w.get(ticket).by(&h.admin).await.expect(200);
        assert_eq!((&now["issue"], &now["urgency"], &now["status"]), (&json!("New text"), &json!("High"), &json!("Closed")));
    }

    async fn notes_at_once_are_in_order(w: World) {
        let h = &w.home;
        w.tokens(&h.staff).await;
        let path = format!("/api/tickets/{}/notes", h.ticket);
        at_once((0..16).map(|i| w.post(path.clone()).by(&h.staff).json(&json!({"text": format!("{i}")})))).await;
        let notes = w.get(format!("/api/tickets/{}", h.ticket)).by(&h.staff).await.expect(200)["notes"].take();
        let times: Vec<&str> = notes.as_array().expect("a list").iter().filter_map(|n| n["created_at"].as_str()).collect();
        assert_eq!(times.len(), 17);
        assert!(times.windows(2).all(|w| w[0] < w[1]), "{times:?}");
    }

    async fn a_link_is_used_once_and_one_admin_is_left(w: World) {
        let h = &w.home;
        w.post("/api/reset-password").json(&json!({"email": h.staff.email})).await.expect(200);
        let mail = w.app.messages().list(&w.system(h.org), 1).await.expect("the mails").swap_remove(0);
        let token = mail.text_body.split("token=").nth(1).expect("a link").split_whitespace().next().expect("a token").to_owned();
        let body = |i: u8| json!({"password": format!("correct-horse-{i}"), "confirm_password": format!("correct-horse-{i}")});
        let calls = (0..8).map(|i| w.post(format!("/api/reset-password/{token}")).from([10, 0, 0, i]).json(&body(i)));
        let answers = at_once(calls).await;
        assert_eq!(count(&answers, 200), 1, "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
        // Two admins who demote each other.
        let second = w.person(h.org, "S", "S", "second@x.org", Some(kernel::Role::Admin)).await;
        w.tokens(&h.admin).await;
        w.tokens(&second).await;
        let demote = json!({"role": 3});
        let answers = at_once([
            w.patch(format!("/api/user/{}", second.id)).by(&h.admin).json(&demote),
            w.patch(format!("/api/user/{}", h.admin.id)).by(&second).json(&demote),
        ])
        .await;
        assert_eq!(count(&answers, 200), 1);
        let admins = w.app.staff().list(&w.system(h.org), app::staff::Filter::Roles(&[kernel::Role::Admin])).await.expect("a list");
        assert_eq!(admins.len(), 1);
    }

    async fn a_client_that_leaves_leaves_all_or_nothing(w: World) {
        let (h, admin) = (&w.home, &w.home.admin);
        w.tokens(admin).await;
        for polls in 0..24 {
            let name = format!("House {polls}");
            let body = json!({"name": name, "address": "1", "city": "P", "state": "OR", "zipcode": "1",
                "propertyManagerIDs": [h.property_manager.id.get()]});
            let answered = leave_after(w.post("/api/properties").by(admin).json(&body), polls).await;
            let all = w.get("/api/properties").by(admin).await.expect(200)["properties"].take();
            let row = all.as_array().expect("a list").iter().find(|p| p["name"] == name.as_str()).cloned();
            assert!(row.is_some() || !answered);
            if let Some(row) = row {
                assert_eq!(row["propertyManagers"][0]["id"], h.property_manager.id.get());
            }
            let tenant = json!({"firstName": "T", "lastName": format!("{polls}"), "phone": "503-555-0100", "staffIDs": [h.staff.id.get()],
                "propertyID": h.garden.get(), "unitNum": format!("{polls}")});
            leave_after(w.post("/api/tenants").by(admin).json(&tenant), polls).await;
            let all = w.get("/api/tenants").by(admin).await.expect(200)["tenants"].take();
            for row in all.as_array().expect("a list").iter().filter(|t| t["firstName"] == "T") {
                assert_eq!((&row["lease"]["propertyID"], &row["staffIDs"]), (&json!(h.garden.get()), &json!([h.staff.id.get()])));
            }
        }
        // Every house that is there was noted once, at any moment.
        let org = h.org;
        let unnoted = w.write(org, async move |w| {
            w.one::<i64>(sql!(
                "SELECT (SELECT count(*) FROM property WHERE org_id = $1) - (SELECT count(*) FROM change WHERE org_id = $1 AND action = 'property.created')",
                org
            ))
            .await
        });
        assert_eq!(unnoted.await, 0);
    }
}
