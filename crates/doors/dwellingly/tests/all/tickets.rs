//! Tickets and notes: rows 40 to 48, D51 to D54, D71, D72, and the fields of section 8.

use kernel::TicketId;
use serde_json::{Value, json};
use world::{Answer, World, db::sql};

async fn put(w: &World, id: TicketId, body: Value) -> Answer {
    w.put(format!("/api/tickets/{id}")).by(&w.home.staff).json(&body).await
}

async fn get(w: &World, id: TicketId) -> Value {
    w.get(format!("/api/tickets/{id}")).by(&w.home.staff).await.expect(200)
}

async fn create(w: &World, more: Value) -> Answer {
    let mut body = json!({"tenant_id": w.home.tenant.get(), "author_id": w.home.staff.id.get()});
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    w.post("/api/tickets").by(&w.home.staff).json(&body).await
}

/// Puts a ticket into a state that this door cannot write.
async fn set_status(w: &World, id: TicketId, status: &'static str) {
    let org = w.home.org;
    w.write(org, async move |w| {
        w.execute(sql!("UPDATE ticket SET status = $3 WHERE org_id = $1 AND id = $2", org, id, status)).await
    })
    .await;
}

async fn status_of(w: &World, id: TicketId) -> &'static str {
    let details = w.app.tickets().get(&w.system(w.home.org), id).await.expect("a ticket");
    details.ticket.status.as_str()
}

world::tests! { crate::open =>
    async fn section_8_fields_of_tickets(w: World) {
        let h = &w.home;
        let tenant = |id: i64| format!("{id} is not a valid tenant ID");
        let user = |id: i64| format!("{id} is not a valid user ID");
        for (key, value, told) in [
            ("tenant_id", json!(999), tenant(999)),
            ("tenant_id", json!("999"), tenant(999)),
            ("tenant_id", json!(w.other.tenant.get()), tenant(w.other.tenant.get())),
            ("tenant_id", json!(h.staff.id.get()), tenant(h.staff.id.get())),
            ("tenant_id", json!("x"), "Not a valid integer.".to_owned()),
            ("tenant_id", Value::Null, "Field may not be null.".to_owned()),
            ("author_id", json!(999), user(999)),
            ("author_id", json!(h.tenant.get()), user(h.tenant.get())),
            ("author_id", json!(h.owner.id.get()), user(h.owner.id.get())),
            ("author_id", json!(w.other.staff.id.get()), user(w.other.staff.id.get())),
            ("author_id", Value::Null, "Field may not be null.".to_owned()),
            ("issue", json!("i".repeat(145)), "Longer than maximum length 144.".to_owned()),
            ("issue", json!(5), "Not a valid string.".to_owned()),
            ("status", json!("Open"), "Open is not a valid status".to_owned()),
            ("status", json!(""), " is not a valid status".to_owned()),
            ("status", json!("InProgress"), "InProgress is not a valid status".to_owned()),
            ("status", json!(1), "Not a valid string.".to_owned()),
            ("status", Value::Null, "Field may not be null.".to_owned()),
            ("urgency", json!("u".repeat(13)), "Longer than maximum length 12.".to_owned()),
            ("urgency", json!(1), "Not a valid string.".to_owned()),
            ("public", json!("maybe"), "Not a valid boolean.".to_owned()),
        ] {
            let told = json!({key: [told]});
            assert_eq!(create(&w, json!({key: value.clone()})).await.message(400), told, "{key} {value}");
            assert_eq!(put(&w, h.ticket, json!({key: value})).await.message(400), told, "{key}");
        }
        // Nothing but two ids is needed; the author is not taken from the token.
        let plain = create(&w, json!({"author_id": h.pending.id.get(), "assignedUserID": 999})).await.expect(201);
        assert_eq!(plain["message"], "Ticket successfully created");
        let ticket = get(&w, TicketId::new(plain["id"].as_i64().expect("an id"))).await;
        assert_eq!((&ticket["issue"], &ticket["urgency"], &ticket["status"]), (&Value::Null, &Value::Null, &json!("New")));
        assert_eq!((&ticket["author"], &ticket["tenant"]), (&json!("Paul Pending"), &json!("Renty McRenter")));
        assert_eq!((&ticket["notes"], &ticket["minsPastUpdate"]), (&json!([]), &json!(0)));
        let edge = create(&w, json!({"issue": "ä".repeat(144), "urgency": "ä".repeat(12)})).await;
        edge.expect(201);
        for (sent, shown) in [("low", "Low"), ("MEDIUM", "Medium"), ("hIgH", "High"), ("soon", "soon"), ("", "")] {
            assert_eq!(put(&w, h.ticket, json!({"urgency": sent})).await.expect(200)["urgency"], shown);
        }
        assert_eq!(put(&w, h.ticket, json!({"urgency": null, "issue": null})).await.expect(200)["urgency"], Value::Null);
    }

    async fn section_7_and_d71_states(w: World) {
        let ticket = w.home.ticket;
        for (sent, shown, stored) in [
            ("in progress", "In Progress", "in_progress"),
            ("NEW", "New", "open"),
            ("In_Progress", "In Progress", "in_progress"),
            ("closed", "Closed", "done"),
            ("in-progress", "In Progress", "in_progress"),
        ] {
            assert_eq!(put(&w, ticket, json!({"status": sent})).await.expect(200)["status"], shown);
            assert_eq!(status_of(&w, ticket).await, stored);
        }
        for (status, shown, word) in [
            ("open", "New", "new"),
            ("in_progress", "In Progress", "In_Progress"),
            ("waiting", "In Progress", "In Progress"),
            ("done", "Closed", "Closed"),
            ("rejected", "Closed", "CLOSED"),
        ] {
            set_status(&w, ticket, status).await;
            let before = (get(&w, ticket).await, w.changed(w.home.org).await);
            assert_eq!(before.0["status"], shown);
            w.clock.advance(60);
            let after = put(&w, ticket, json!({"status": word})).await.expect(200);
            assert_eq!((status_of(&w, ticket).await, &after["updated_at"]), (status, &before.0["updated_at"]));
            assert_eq!(w.changed(w.home.org).await, before.1, "the state already shown changes nothing");
        }
    }

    async fn lists_of_tickets(w: World) {
        let h = &w.home;
        let list = async |query: &str, by| -> Vec<i64> {
            let all = w.get(format!("/api/tickets{query}")).by(by).await.expect(200);
            all["tickets"].as_array().expect("a list").iter().filter_map(|t| t["id"].as_i64()).collect()
        };
        let (a, b) = (h.ticket.get(), h.reported.get());
        for by in [&h.staff, &h.manager, &h.property_manager, &h.admin] {
            assert_eq!(list("", by).await, [a, b], "everybody sees all");
        }
        assert_eq!(list(&format!("?tenant_id={}", h.tenant), &h.staff).await, [a]);
        assert_eq!(list(&format!("/?tenant_id={}", h.tenant_with_login.id), &h.staff).await, [b]);
        for nobody in ["999", "0", "-1", "2147483647"] {
            assert_eq!(list(&format!("?tenant_id={nobody}"), &h.staff).await, [0; 0]);
        }
        assert_eq!(list(&format!("?tenant_id={}", w.other.tenant), &h.staff).await, [0; 0]);
        for bad in ["abc", "1.5", "1e3", "99999999999", "true", "%00"] {
            let answer = w.get(format!("/api/tickets?tenant_id={bad}")).by(&h.staff).await;
            assert_eq!(answer.message(400), json!({"tenant_id": ["Not a valid integer."]}), "{bad}");
        }
    }

    async fn d51_deleting_many(w: World) {
        let h = &w.home;
        let delete = |body: Value| w.delete("/api/tickets").by(&h.staff).json(&body).into_future();
        let missing = json!("Ticket IDs missing in request");
        for (body, told) in [
            (json!({}), missing.clone()),
            (json!({"ids": 3}), missing.clone()),
            (json!({"ids": null}), missing.clone()),
            (json!({"ids": "3"}), missing.clone()),
            (json!([h.ticket.get()]), missing),
            (json!({"ids": [h.ticket.get(), "a"]}), json!({"ids": {"1": ["Not a valid integer."]}})),
        ] {
            assert_eq!(delete(body.clone()).await.message(400), told, "{body}");
        }
        for ids in [json!([]), json!([999]), json!([w.other.ticket.get(), w.other.reported.get()])] {
            assert_eq!(delete(json!({"ids": ids})).await.message(200), "Tickets successfully deleted");
        }
        get(&w, h.ticket).await;
        w.get(format!("/api/tickets/{}", w.other.ticket)).by(&w.other.staff).await.expect(200);
        delete(json!({"ids": [h.ticket.get().to_string(), h.ticket.get(), 999]})).await.expect(200);
        w.get(format!("/api/tickets/{}", h.ticket)).by(&h.staff).await.expect(404);
        get(&w, h.reported).await;
        // Notes went too: nothing keeps their author now.
        w.delete(format!("/api/user/{}", h.staff.id)).by(&h.admin).await.expect(200);
        assert_eq!(w.delete(format!("/api/tickets/{}", h.reported)).by(&h.admin).await.message(200), "Ticket removed from database");
        assert_eq!(w.delete(format!("/api/tickets/{}", h.reported)).by(&h.admin).await.message(404), "Ticket not found");
    }

    async fn d52_assigned_staff_is_the_tenants(w: World) {
        let h = &w.home;
        let ticket = get(&w, h.ticket).await;
        assert_eq!((&ticket["assignedUserID"], &ticket["assigned_staff"][0]["id"]), (&json!(h.staff.id.get()), &json!(h.staff.id.get())));
        let body = json!({"staffIDs": [h.archived.id.get(), h.manager.id.get()]});
        w.put(format!("/api/tenants/{}", h.tenant)).by(&h.admin).json(&body).await.expect(200);
        let ticket = get(&w, h.ticket).await;
        let ids: Vec<_> = ticket["assigned_staff"].as_array().expect("a list").iter().map(|s| s["id"].clone()).collect();
        assert_eq!(ids, [json!(h.manager.id.get()), json!(h.archived.id.get())]);
        assert_eq!(ticket["assignedUserID"], h.manager.id.get());
        let list = w.get("/api/tickets").by(&h.staff).await.expect(200);
        assert_eq!(list["tickets"][0]["assigned_staff"], ticket["assigned_staff"]);
        let put = put(&w, h.ticket, json!({"assignedUserID": 999})).await.expect(200);
        assert_eq!(put["assignedUserID"], h.manager.id.get());
        w.patch("/api/staff-tenants").by(&h.admin).json(&json!({"staff": [], "tenants": [h.tenant.get()]})).await.expect(200);
        assert_eq!((&get(&w, h.ticket).await["assignedUserID"], &get(&w, h.ticket).await["assigned_staff"]), (&Value::Null, &json!([])));
    }

    async fn d53_notes(w: World) {
        let h = &w.home;
        let notes = format!("/api/tickets/{}/notes", h.ticket);
        let made = w.post(notes.clone()).by(&h.property_manager).json(&json!({"text": "Seen.", "user_id": 1})).await.expect(200);
        assert_eq!((&made["user"], &made["ticket_id"], &made["ticketid"]), (&json!("Pam Keeper"), &json!(h.ticket.get()), &json!(h.ticket.get())));
        let path = format!("{notes}/{}", made["id"]);
        let patch = |body: Value| w.patch(path.clone()).by(&h.staff).json(&body).into_future();
        let changed = patch(json!({"text": "", "ticket_id": h.reported.get()})).await.expect(200);
        assert_eq!((&changed["text"], &changed["user"], &changed["ticket_id"]), (&json!(""), &json!("Pam Keeper"), &json!(h.ticket.get())));
        assert_eq!(patch(json!({"user_id": h.admin.id.get().to_string()})).await.expect(200)["user"], "Ada Admin");
        assert_eq!(patch(json!({"user_id": h.archived.id.get()})).await.expect(200)["user"], "Arno Archived");
        for nobody in [999, h.pending.id.get(), h.tenant.get(), h.owner.id.get(), w.other.staff.id.get()] {
            let told = json!({"user_id": [format!("{nobody} is not a valid User ID")]});
            assert_eq!(patch(json!({"user_id": nobody, "text": "no"})).await.message(400), told);
        }
        assert_eq!(patch(json!({"text": null})).await.message(400), json!({"text": ["Field may not be null."]}));
        assert_eq!(patch(json!({"text": 5, "user_id": "x"})).await.message(400),
            json!({"text": ["Not a valid string."], "user_id": ["Not a valid integer."]}));
        assert_eq!(patch(json!({})).await.expect(200)["text"], "");
        w.post(notes.clone()).by(&h.staff).json(&json!({"text": "x".repeat(100_000)})).await.expect(200);
        // A note of another ticket, of nobody's, of another organization.
        let elsewhere = format!("/api/tickets/{}/notes/{}", h.reported, made["id"]);
        for path in [elsewhere, format!("{notes}/999"), format!("/api/tickets/999/notes/{}", made["id"]),
            format!("/api/tickets/{}/notes/{}", w.other.ticket, w.other.note), format!("{notes}/{}", w.other.note)]
        {
            assert_eq!(w.patch(path.clone()).by(&h.staff).json(&json!({"text": "no"})).await.message(404), "ID not found");
            assert_eq!(w.delete(path.clone()).by(&h.staff).await.message(404), "Notes not found");
        }
        // What a resident said stays as it was said; that is told before a bad body.
        let said = format!("/api/tickets/{}/notes/{}", h.reported, h.said);
        for by in [&h.staff, &h.admin] {
            assert_eq!(w.patch(said.clone()).by(by).json(&json!({"text": "no"})).await.message(403), "Not Authorized");
            assert_eq!(w.patch(said.clone()).by(by).raw("application/json", "{").await.message(403), "Not Authorized");
            assert_eq!(w.delete(said.clone()).by(by).await.message(403), "Not Authorized");
        }
        assert_eq!(get(&w, h.reported).await["notes"][0]["text"], "Still no hot water");
        assert_eq!(w.delete(path.clone()).by(&h.manager).await.message(200), "Note deleted");
        assert_eq!(w.delete(path).by(&h.manager).await.message(404), "Notes not found");
        assert_eq!(w.post("/api/tickets/999/notes").by(&h.staff).json(&json!({"text": "x"})).await.message(404), "Ticket not found");
    }

    async fn d54_instants_of_notes_differ_and_grow(w: World) {
        let path = format!("/api/tickets/{}/notes", w.home.ticket);
        let mut last = String::new();
        for i in 0..10 {
            let note = w.post(path.clone()).by(&w.home.staff).json(&json!({"text": i.to_string()})).await.expect(200);
            let at = note["created_at"].as_str().expect("a time").to_owned();
            assert!(at > last && at.len() == 27, "{at} after {last}");
            last = at;
        }
        let before = get(&w, w.home.ticket).await;
        w.clock.advance(3600);
        w.post(path).by(&w.home.staff).json(&json!({"text": "later"})).await.expect(200);
        let after = get(&w, w.home.ticket).await;
        assert_eq!(after["updated_at"], before["updated_at"], "notes do not touch their ticket");
        assert_eq!(after["minsPastUpdate"], 60);
        w.clock.advance(59);
        assert_eq!(get(&w, w.home.ticket).await["minsPastUpdate"], 60, "whole minutes, cut");
        w.clock.advance(1);
        assert_eq!(get(&w, w.home.ticket).await["minsPastUpdate"], 61);
    }

    async fn d72_tickets_of_other_doors(w: World) {
        let (h, org) = (&w.home, w.home.org);
        let reported = get(&w, h.reported).await;
        assert_eq!((&reported["author"], &reported["author_id"]), (&json!("Tom Tenant"), &json!(h.tenant_with_login.id.get())));
        assert_eq!((&reported["tenant"], &reported["tenant_id"]), (&json!("Tom Tenant"), &json!(h.tenant_with_login.id.get())));
        assert_eq!(reported["notes"][0]["user"], "Tom Tenant", "comments appear as notes");
        // A longer text, a longer urgency and no tenant; all of it may be sent back.
        let (id, text) = (h.reported, "ä".repeat(2000));
        let long = text.clone();
        w.write(org, async move |w| {
            w.execute(sql!("UPDATE ticket SET description = $3, urgency = $4, concerns_id = NULL WHERE org_id = $1 AND id = $2",
                org, id, &long, "very urgent indeed")).await
        })
        .await;
        let shown = get(&w, id).await;
        assert_eq!((&shown["issue"], &shown["tenant"], &shown["tenant_id"]), (&json!(text), &json!(""), &Value::Null));
        let before = w.changed(org).await;
        w.clock.advance(60);
        let mut back = put(&w, id, shown.clone()).await.expect(200);
        back["minsPastUpdate"] = shown["minsPastUpdate"].clone();
        assert_eq!(back, shown);
        assert_eq!(w.changed(org).await, before);
        let other = json!({"issue": format!("{text}!"), "urgency": "very urgent indeed!"});
        assert_eq!(put(&w, id, other).await.message(400),
            json!({"issue": ["Longer than maximum length 144."], "urgency": ["Longer than maximum length 12."]}));
        assert_eq!(put(&w, id, json!({"tenant_id": h.tenant.get()})).await.expect(200)["tenant"], "Renty McRenter");
        assert_eq!(put(&w, id, json!({"tenant_id": null})).await.message(400), json!({"tenant_id": ["Field may not be null."]}));
    }

    async fn d72_the_resident_sees_what_is_public(w: World) {
        let h = &w.home;
        let shared = async |id: i64| {
            let details = w.app.tickets().get(&w.system(h.org), TicketId::new(id)).await.expect("a ticket");
            details.ticket.shared
        };
        let id = |v: Value| v["id"].as_i64().expect("an id");
        let hidden = id(create(&w, json!({})).await.expect(201));
        let open = id(create(&w, json!({"public": "true"})).await.expect(201));
        assert_eq!([shared(hidden).await, shared(open).await], [false, true]);
        put(&w, TicketId::new(hidden), json!({"public": true})).await.expect(200);
        put(&w, TicketId::new(open), json!({"urgency": "Low"})).await.expect(200);
        assert_eq!([shared(hidden).await, shared(open).await], [true, true]);
        let path = format!("/api/tickets/{hidden}/notes");
        let internal = async || -> Vec<bool> {
            let details = w.app.tickets().get(&w.system(h.org), TicketId::new(hidden)).await.expect("a ticket");
            details.comments.iter().map(|c| c.internal).collect()
        };
        let first = id(w.post(path.clone()).by(&h.staff).json(&json!({"text": "a"})).await.expect(200));
        w.post(path.clone()).by(&h.staff).json(&json!({"text": "b", "public": true})).await.expect(200);
        assert_eq!(internal().await, [true, false]);
        w.patch(format!("{path}/{first}")).by(&h.staff).json(&json!({"public": "yes"})).await.expect(200);
        assert_eq!(internal().await, [false, false]);
        assert!(get(&w, TicketId::new(open)).await.get("public").is_none());
    }
}
