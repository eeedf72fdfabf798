//! What GET showed may be sent back (D11, D72): everything is as it was, and nothing is noted.

use kernel::{OrgId, PersonId};
use serde_json::{Value, json};
use world::{Person, World, db::sql};

/// Sends back what a path shows, as JSON and, without its nulls, as a form; answers what it showed.
async fn there_and_back(w: &World, path: &str, by: &Person, method: &str) -> Value {
    let method: axum::http::Method = method.parse().expect("a method");
    // Signing in is noted: it is done before.
    for person in [&w.home.admin, by] {
        w.forget(person);
        w.tokens(person).await;
    }
    let shown = w.get(path).by(&w.home.admin).await.expect(200);
    let before = w.changed(w.home.org).await;
    w.clock.advance(61);
    for call in [
        w.request(method.clone(), path).by(by).json(&shown),
        w.request(method.clone(), path).by(by).form(&shown),
        w.request(method.clone(), path).by(by).multipart(&shown),
    ] {
        let mut answer = call.await.expect(200);
        for token in ["access_token", "refresh_token"] {
            answer.as_object_mut().map(|o| o.remove(token));
        }
        // The minutes go on, and only GET of one property shows its tenants.
        for key in ["minsPastUpdate", "tenants"] {
            if let Some(value) = shown.get(key) {
                answer[key] = value.clone();
            }
        }
        assert_eq!(answer, shown, "{path}");
    }
    let noted = w.changes(w.home.org).await.split_off(before);
    assert!(noted.is_empty(), "{path}: {noted:?}");
    let mut again = w.get(path).by(&w.home.admin).await.expect(200);
    if shown.get("minsPastUpdate").is_some() {
        again["minsPastUpdate"] = shown["minsPastUpdate"].clone();
    }
    assert_eq!(again, shown, "{path}");
    shown
}

/// Names, numbers and texts as a door with wider limits writes them.
async fn beyond_all_limits(w: &World) {
    let (h, org) = (&w.home, w.home.org);
    let (harbour, contact) = (h.harbour, h.contact);
    let people = [h.staff.id, h.pending.id, h.tenant, h.owner.id];
    w.write(org, async move |w| {
        let long = "ä".repeat(300);
        for person in people {
            w.execute(sql!(
                "UPDATE person SET first_name = $3, last_name = $4, updated_at = $5 WHERE org_id = $1 AND id = $2",
                org, person, &long, "", w.now().plus_secs(0)
            ))
            .await?;
            w.execute(sql!("UPDATE phone_number SET raw = $3 WHERE org_id = $1 AND person_id = $2", org, person, "1".repeat(60))).await?;
            // Instants have a fraction.
            w.execute(sql!("UPDATE login SET last_active_at = last_active_at + 1234 WHERE org_id = $1 AND person_id = $2", org, person))
                .await?;
        }
        w.execute(sql!(
            "UPDATE property SET name = $3, street = $3, city = $3, state = $3, postal = $3, declared_units = NULL WHERE org_id = $1 AND id = $2",
            org, harbour, &long
        ))
        .await?;
        w.execute(sql!("UPDATE unit SET number = $3 WHERE org_id = $1 AND property_id = $2", org, harbour, "Staircase 4, top floor left")).await?;
        w.execute(sql!(
            "UPDATE tenancy SET starts_at = starts_at + 1234567, ends_at = ends_at + 7654321 WHERE org_id = $1", org
        ))
        .await?;
        w.execute(sql!("UPDATE emergency_contact SET name = $3, description = $3 WHERE org_id = $1 AND id = $2", org, contact, &long)).await?;
        w.execute(sql!(
            "UPDATE emergency_number SET number = $3, kind = $3, extension = $3 WHERE org_id = $1 AND contact_id = $2",
            org, contact, &long
        ))
        .await
    })
    .await;
}

async fn without_phone_and_email(w: &World, org: OrgId, person: PersonId) {
    w.write(org, async move |w| {
        w.execute(sql!("DELETE FROM phone_number WHERE org_id = $1 AND person_id = $2", org, person)).await?;
        w.execute(sql!("UPDATE person SET email = NULL, first_name = '' WHERE org_id = $1 AND id = $2", org, person))
            .await
    })
    .await;
}

async fn everything(w: &World) {
    let h = &w.home;
    for person in [&h.admin, &h.manager, &h.staff, &h.property_manager, &h.pending, &h.archived] {
        there_and_back(w, &format!("/api/user/{}", person.id), &h.admin, "PATCH").await;
        there_and_back(w, &format!("/api/users/{}", person.id), &h.admin, "PATCH").await;
    }
    for property in [h.harbour, h.garden] {
        there_and_back(w, &format!("/api/properties/{property}"), &h.admin, "PUT").await;
    }
    for tenant in [h.tenant, h.newcomer, h.tenant_with_login.id, h.owner.id] {
        there_and_back(w, &format!("/api/tenants/{tenant}"), &h.admin, "PUT").await;
    }
    let leases = w.get("/api/lease").by(&h.staff).await.expect(200)["leases"].take();
    for lease in leases.as_array().expect("a list") {
        there_and_back(w, &format!("/api/lease/{}", lease["id"]), &h.staff, "PUT").await;
    }
    there_and_back(w, &format!("/api/emergencycontacts/{}", h.contact), &h.admin, "PUT").await;
    for ticket in [h.ticket, h.reported] {
        there_and_back(w, &format!("/api/tickets/{ticket}"), &h.staff, "PUT").await;
    }
    for note in
        w.get(format!("/api/tickets/{}", h.ticket)).by(&h.staff).await.expect(200)["notes"].as_array().expect("notes")
    {
        let before = w.changed(h.org).await;
        let path = format!("/api/tickets/{}/notes/{}", h.ticket, note["id"]);
        assert_eq!(w.patch(path).by(&h.staff).json(note).await.expect(200), *note);
        assert_eq!(w.changed(h.org).await, before);
    }
}

world::tests! { crate::open =>
    async fn d11_what_is_shown_may_be_sent_back(w: World) {
        everything(&w).await;
        // Archived, with what archiving ended.
        let h = &w.home;
        w.put(format!("/api/tenants/{}", h.tenant)).by(&h.admin).json(&json!({"archived": true})).await.expect(200);
        w.post(format!("/api/properties/archive/{}", h.harbour)).by(&h.admin).await.expect(200);
        everything(&w).await;
    }

    async fn d72_also_what_other_doors_wrote(w: World) {
        beyond_all_limits(&w).await;
        everything(&w).await;
        // Another value of that length is not taken, and is told under its key.
        let h = &w.home;
        let long = "ö".repeat(300);
        let body = json!({"firstName": long, "phone": "2".repeat(60), "lease": {"unitNum": "Staircase 5, top floor left"}});
        let told = w.put(format!("/api/tenants/{}", h.tenant)).by(&h.admin).json(&body).await.message(400);
        assert_eq!(told, json!({"firstName": ["Length must be between 1 and 100."], "phone": ["Length must be between 10 and 30."],
            "lease": {"unitNum": ["Longer than maximum length 10."]}}));
        let body = json!({"unitNum": "Staircase 4, top floor left", "occupants": 9});
        let same = w.put(format!("/api/tenants/{}", h.tenant)).by(&h.admin).json(&body).await.expect(200);
        assert_eq!((&same["lease"]["unitNum"], &same["lease"]["occupants"]), (&body["unitNum"], &json!(9)), "at the top level too");
        let contact = w.get(format!("/api/emergencycontacts/{}", h.contact)).await.expect(200);
        let mut body = contact.clone();
        body["contact_numbers"][0]["number"] = json!(long);
        let told = w.put(format!("/api/emergencycontacts/{}", h.contact)).by(&h.admin).json(&body).await.message(400);
        assert_eq!(told, json!({"contact_numbers": {"0": {"number": ["Longer than maximum length 30."]}}}));
        w.property(h.org, "Somewhere", &[]).await;
        let told = w.put(format!("/api/properties/{}", h.harbour)).by(&h.admin).json(&json!({"name": long, "zipcode": long})).await;
        assert_eq!(told.message(400), json!({"name": ["Longer than maximum length 100."], "zipcode": ["Longer than maximum length 20."]}));
    }

    async fn d72_people_without_phone_or_address(w: World) {
        for person in [w.home.staff.id, w.home.newcomer] {
            without_phone_and_email(&w, w.home.org, person).await;
        }
        everything(&w).await;
    }

    async fn d74_the_count_of_units_stays_a_count(w: World) {
        let (h, org) = (&w.home, w.home.org);
        let garden = h.garden;
        w.write(org, async move |w| {
            w.execute(sql!("UPDATE property SET declared_units = NULL WHERE org_id = $1 AND id = $2", org, garden)).await
        })
        .await;
        let path = format!("/api/properties/{garden}");
        assert_eq!(there_and_back(&w, &path, &h.admin, "PUT").await["num_units"], 0);
        let lease = json!({"propertyID": garden.get(), "unitNum": "9"});
        w.put(format!("/api/tenants/{}", h.newcomer)).by(&h.admin).json(&lease).await.expect(200);
        assert_eq!(there_and_back(&w, &path, &h.admin, "PUT").await["num_units"], 1, "a new number made the unit");
        // The same number is the same unit.
        let tenant = w.resident(org, "Second", "Flatmate", None).await;
        w.put(format!("/api/tenants/{tenant}")).by(&h.admin).json(&lease).await.expect(200);
        assert_eq!(w.get(path.clone()).by(&h.admin).await.expect(200)["num_units"], 1);
        w.put(path.clone()).by(&h.admin).json(&json!({"num_units": 5})).await.expect(200);
        assert_eq!(w.get(path).by(&h.admin).await.expect(200)["num_units"], 5);
    }
}
