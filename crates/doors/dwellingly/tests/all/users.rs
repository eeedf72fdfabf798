//! Users: D32 to D41, D43, D75, and the fields of section 8.

use kernel::{PersonId, Role};
use serde_json::{Value, json};
use world::{Answer, Person, World};

async fn patch(w: &World, id: PersonId, by: &Person, body: Value) -> Answer {
    w.patch(format!("/api/user/{id}")).by(by).json(&body).await
}

async fn user(w: &World, id: PersonId) -> Value {
    w.get(format!("/api/users/{id}")).by(&w.home.admin).await.expect(200)
}

/// The ids in a list of users.
async fn listed(w: &World, path: &str) -> Vec<i64> {
    let all = w.get(path).by(&w.home.admin).await.expect(200);
    all["users"].as_array().expect("a list").iter().filter_map(|u| u["id"].as_i64()).collect()
}

world::tests! { crate::open =>
    async fn d32_d33_role_and_type_move_together(w: World) {
        let admin = &w.home.admin;
        for (i, (body, role)) in [
            (json!({"role": 3}), 3),
            (json!({"type": "staff"}), 3),
            (json!({"role": "2"}), 2),
            (json!({"role": " 4 "}), 4),
            (json!({"type": "property_manager"}), 2),
            (json!({"role": 4, "type": "admin"}), 4),
            (json!({"role": 2.0}), 2),
        ]
        .into_iter()
        .enumerate()
        {
            let waiting = w.person(w.home.org, "W", "W", &format!("w{i}@x.org"), None).await;
            let changed = patch(&w, waiting.id, admin, body.clone()).await.expect(200);
            assert_eq!(changed["role"], role, "{body}");
            assert!(changed.get("type").is_none());
            assert_eq!(changed.get("properties").is_some(), role == 2, "{body}");
            w.sign_in(&waiting).await;
            let mut invite = json!({"firstName": "I", "lastName": "I", "phone": "", "email": format!("i{i}@x.org")});
            for (key, value) in body.as_object().into_iter().flatten() {
                invite[key] = value.clone();
            }
            let id = w.post("/api/user/invite").by(admin).json(&invite).await.expect(201)["id"].as_i64();
            assert_eq!(user(&w, PersonId::new(id.expect("an id"))).await["role"], role, "{body}");
        }
        let pending = w.home.pending.id;
        let role = json!({"role": ["Invalid role"]});
        let kind = json!({"type": ["Invalid type"]});
        for (body, told) in [
            (json!({"role": 1}), role.clone()),
            (json!({"role": 0}), role.clone()),
            (json!({"role": 5}), role.clone()),
            (json!({"role": -2}), role.clone()),
            (json!({"role": 2.5}), role.clone()),
            (json!({"role": "2.0"}), role.clone()),
            (json!({"role": "admin"}), role.clone()),
            (json!({"role": ""}), role.clone()),
            (json!({"role": true}), role.clone()),
            (json!({"role": [2]}), role.clone()),
            (json!({"type": "boss"}), kind.clone()),
            (json!({"type": "user"}), kind.clone()),
            (json!({"type": "Admin"}), kind.clone()),
            (json!({"type": 4}), kind.clone()),
            (json!({"type": null}), json!({"type": ["Field may not be null."]})),
            (json!({"role": 3, "type": "admin"}), json!({"type": ["Type does not match role"]})),
            (json!({"role": 9, "type": "boss"}), json!({"role": ["Invalid role"], "type": ["Invalid type"]})),
        ] {
            assert_eq!(patch(&w, pending, admin, body.clone()).await.message(400), told, "{body}");
            let mut invite = json!({"firstName": "I", "lastName": "I", "phone": "", "email": "bad@x.org"});
            for (key, value) in body.as_object().into_iter().flatten() {
                invite[key] = value.clone();
            }
            assert_eq!(w.post("/api/user/invite").by(admin).json(&invite).await.message(400), told, "{body}");
        }
        // No way back to pending; what waits may be told to go on waiting.
        let null = json!({"role": ["Field may not be null."]});
        assert_eq!(patch(&w, w.home.staff.id, admin, json!({"role": null})).await.message(400), null);
        assert_eq!(patch(&w, pending, admin, json!({"role": null})).await.expect(200)["role"], Value::Null);
        let invite = json!({"firstName": "I", "lastName": "I", "phone": "", "email": "null@x.org", "role": null});
        assert_eq!(w.post("/api/user/invite").by(admin).json(&invite).await.message(400), null);
    }

    async fn d34_a_changed_role_drops_links(w: World) {
        let (admin, h) = (&w.home.admin, &w.home);
        assert_eq!(user(&w, h.property_manager.id).await["properties"][0]["id"], h.harbour.get());
        patch(&w, h.property_manager.id, admin, json!({"role": 3})).await.expect(200);
        let property = w.get(format!("/api/properties/{}", h.harbour)).by(admin).await.expect(200);
        assert_eq!(property["propertyManagers"], json!([]));
        patch(&w, h.property_manager.id, admin, json!({"role": 2})).await.expect(200);
        assert_eq!(user(&w, h.property_manager.id).await["properties"], json!([]));
        let tenant = || w.get(format!("/api/tenants/{}", h.tenant)).by(admin).into_future();
        assert_eq!(tenant().await.expect(200)["staffIDs"], json!([h.staff.id.get()]));
        patch(&w, h.staff.id, admin, json!({"role": 3, "type": "staff"})).await.expect(200);
        assert_eq!(tenant().await.expect(200)["staffIDs"], json!([h.staff.id.get()]), "the same role keeps them");
        patch(&w, h.staff.id, admin, json!({"role": 4})).await.expect(200);
        assert_eq!(tenant().await.expect(200)["staffIDs"], json!([]));
    }

    async fn d35_archived_users_stay_in_lists_but_do_not_wait(w: World) {
        let h = &w.home;
        assert!(listed(&w, "/api/users").await.contains(&h.archived.id.get()));
        assert!(listed(&w, "/api/user?r=3").await.contains(&h.archived.id.get()));
        assert_eq!(listed(&w, "/api/users/pending").await, [h.pending.id.get()]);
        patch(&w, h.pending.id, &h.admin, json!({"archived": true})).await.expect(200);
        assert!(listed(&w, "/api/users/pending").await.is_empty());
        assert!(listed(&w, "/api/users").await.contains(&h.pending.id.get()));
        patch(&w, h.archived.id, &h.admin, json!({"archived": "false"})).await.expect(200);
        w.sign_in(&h.archived).await;
        // The toggle answers 201 and the user.
        for archived in [true, false] {
            let answer = w.post(format!("/api/user/archive/{}", h.staff.id)).by(&h.admin).await.expect(201);
            assert_eq!((&answer["archived"], &answer["id"]), (&json!(archived), &json!(h.staff.id.get())));
        }
        for id in [999, h.tenant.get(), h.owner.id.get(), w.other.staff.id.get()] {
            let answer = w.post(format!("/api/user/archive/{id}")).by(&h.admin).await;
            assert_eq!(answer.message(404), "User not found");
        }
    }

    async fn d36_d38_rights_on_users(w: World) {
        let h = &w.home;
        assert_eq!(patch(&w, h.admin.id, &h.staff, json!({"firstName": "X"})).await.message(403), "Not Authorized");
        for own in [json!({"role": 3}), json!({"type": "staff"}), json!({"role": null}), json!({"role": "x"})] {
            assert_eq!(patch(&w, h.staff.id, &h.staff, own).await.message(403), "Not Authorized");
        }
        for id in [999, h.tenant.get(), h.owner.id.get(), w.other.staff.id.get()] {
            assert_eq!(patch(&w, PersonId::new(id), &h.staff, json!({})).await.message(404), "User not found");
        }
        for person in [&h.staff, &h.manager, &h.property_manager, &h.admin] {
            let answer = patch(&w, person.id, person, json!({"lastName": "Own"})).await.expect(200);
            assert_eq!(answer["lastName"], "Own");
            assert!(answer["access_token"].is_string() && answer["refresh_token"].is_string());
            assert_eq!(answer.get("properties").is_some(), person.id == h.property_manager.id);
        }
        let fresh = patch(&w, h.staff.id, &h.staff, json!({"firstName": "Neu"})).await.expect(200);
        let claims = world::Server::claims(fresh["access_token"].as_str().expect("a token"));
        assert_eq!((&claims["firstName"], &claims["fresh"]), (&json!("Neu"), &json!(true)));
        let other = patch(&w, h.staff.id, &h.admin, json!({"firstName": "Stan"})).await.expect(200);
        assert!(other.get("access_token").is_none());
        // The same login: ending it ends both pairs.
        w.post("/api/logout").bearer(fresh["refresh_token"].as_str().expect("a token")).await.expect(200);
        let old = w.tokens(&h.staff).await;
        assert_eq!(w.get("/api/widgets").bearer(&old.access).await.message(401), "Token has been revoked");
        w.forget(&h.staff);
    }

    async fn d37_lists_of_users(w: World) {
        let h = &w.home;
        let (admin, manager, staff) = (h.admin.id.get(), h.manager.id.get(), h.staff.id.get());
        let (keeper, pending, archived) = (h.property_manager.id.get(), h.pending.id.get(), h.archived.id.get());
        for (query, ids) in [
            ("?r=4", vec![admin]),
            ("?r=3", vec![manager, staff, archived]),
            ("?r=2", vec![keeper]),
            ("?type=admin", vec![admin]),
            ("?type=staff", vec![manager, staff, archived]),
            ("?type=property_manager", vec![keeper]),
            ("?r=1&r=4", vec![admin]),
        ] {
            for path in ["/api/user", "/api/user/", "/api/users", "/api/users/"] {
                assert_eq!(listed(&w, &format!("{path}{query}")).await, ids, "{path}{query}");
            }
        }
        assert_eq!(listed(&w, "/api/users").await, [admin, manager, staff, keeper, pending, archived]);
        for query in ["", "?r=1", "?r=5", "?r=abc", "?r=", "?type=boss", "?type=user", "?type=", "?x=4"] {
            let answer = w.get(format!("/api/user{query}")).by(&h.admin).await;
            assert_eq!(answer.message(400), "Invalid role", "{query}");
        }
        for query in ["?r=1", "?r=abc", "?type=boss"] {
            assert_eq!(w.get(format!("/api/users{query}")).by(&h.admin).await.message(400), "Invalid role", "{query}");
        }
    }

    async fn d39_oneself_and_properties(w: World) {
        let h = &w.home;
        assert_eq!(patch(&w, h.admin.id, &h.admin, json!({"archived": true})).await.message(400), "Cannot archive self");
        assert_eq!(patch(&w, h.staff.id, &h.staff, json!({"archived": true})).await.message(400), "Cannot archive self");
        patch(&w, h.staff.id, &h.staff, json!({"archived": false})).await.expect(200);
        let ids = |v: &Value| -> Vec<i64> {
            v["properties"].as_array().expect("a list").iter().filter_map(|p| p["id"].as_i64()).collect()
        };
        let approve = json!({"role": 2, "firstName": "Paul", "lastName": "P", "email": h.pending.email,
            "propertyIDs": [h.garden.get().to_string(), h.harbour.get(), h.garden.get()]});
        let approved = patch(&w, h.pending.id, &h.admin, approve).await.expect(200);
        assert_eq!(ids(&approved), [h.harbour.get(), h.garden.get()]);
        let told = json!({"propertyIDs": {"0": ["999 is not a valid property ID"], "2": ["Not a valid integer."]}});
        let bad = json!({"propertyIDs": [999, h.garden.get(), "x"]});
        let answer = patch(&w, h.pending.id, &h.admin, bad.clone()).await.message(400);
        assert!(answer == told || answer == json!({"propertyIDs": {"2": ["Not a valid integer."]}}), "{answer}");
        let foreign = json!({"propertyIDs": [w.other.garden.get()]});
        assert_eq!(patch(&w, h.pending.id, &h.admin, foreign).await.status, 400);
        // Ignored where they mean nothing, whatever they are.
        for (id, by) in [(h.staff.id, &h.admin), (h.staff.id, &h.staff), (h.property_manager.id, &h.property_manager)] {
            for sent in [bad["propertyIDs"].clone(), json!("x"), Value::Null] {
                patch(&w, id, by, json!({"propertyIDs": sent})).await.expect(200);
            }
        }
        assert_eq!(ids(&user(&w, h.property_manager.id).await), [h.harbour.get()]);
        assert_eq!(ids(&patch(&w, h.pending.id, &h.admin, json!({"propertyIDs": []})).await.expect(200)), [0; 0]);
    }

    async fn d40_deleting(w: World) {
        let h = &w.home;
        let delete = |id: i64| w.delete(format!("/api/users/{id}")).by(&h.admin).into_future();
        assert_eq!(delete(h.admin.id.get()).await.message(400), "Cannot delete self");
        assert_eq!(delete(h.staff.id.get()).await.message(409), "User has tickets or notes");
        let noter = w.person(h.org, "N", "N", "noter@x.org", Some(Role::Staff)).await;
        let note = w.note(h.org, h.ticket, noter.id, "x").await;
        assert_eq!(delete(noter.id.get()).await.message(409), "User has tickets or notes");
        w.delete(format!("/api/tickets/{}/notes/{note}", h.ticket)).by(&h.admin).await.expect(200);
        assert_eq!(delete(noter.id.get()).await.message(200), "User deleted");
        assert_eq!(delete(noter.id.get()).await.message(404), "User not found");
        let email = h.property_manager.email.clone();
        assert_eq!(delete(h.property_manager.id.get()).await.message(200), "User deleted");
        let property = w.get(format!("/api/properties/{}", h.harbour)).by(&h.admin).await.expect(200);
        assert_eq!(property["propertyManagers"], json!([]));
        assert_eq!(delete(h.pending.id.get()).await.message(200), "User deleted");
        // The address is free again.
        let body = json!({"firstName": "P", "lastName": "K", "phone": "", "email": email, "password": "12345678"});
        w.post("/api/register").json(&body).await.expect(201);
    }

    async fn d43_messages_are_plain_mails(w: World) {
        let h = &w.home;
        let send = |body: Value| w.post("/api/user/message").by(&h.admin).json(&body).into_future();
        let staff = h.staff.id.get();
        for body in [
            json!({"userid": staff, "title": "Häuser & <b>", "body": "Line 1\nLine 2 ☃"}),
            json!({"user_id": staff.to_string(), "subject": "Häuser & <b>", "body": "Line 1\nLine 2 ☃"}),
            json!({"user_id": staff, "userid": 999, "subject": "Häuser & <b>", "title": "no", "body": "Line 1\nLine 2 ☃"}),
        ] {
            assert_eq!(send(body).await.message(200), "Message sent");
            let mail = w.app.messages().list(&w.system(h.org), 1).await.expect("the mails").swap_remove(0);
            assert_eq!((mail.to_address.as_str(), mail.subject.as_str()), (h.staff.email.as_str(), "Häuser & <b>"));
            assert_eq!((mail.text_body.as_str(), mail.html_body.as_deref()), ("Line 1\nLine 2 ☃", None));
        }
        let missing = |key: &str| json!({key: ["Missing data for required field."]});
        for (body, told) in [
            (json!({"subject": "a", "body": "b"}), missing("user_id")),
            (json!({"userid": staff, "body": "b"}), missing("subject")),
            (json!({"userid": staff, "title": "b"}), missing("body")),
            (json!({"userid": "x", "title": "a", "body": "b"}), json!({"user_id": ["Not a valid integer."]})),
            (json!({"userid": staff, "title": "a".repeat(256), "body": "b"}), json!({"subject": ["Longer than maximum length 255."]})),
            (json!({"userid": staff, "title": "a", "body": "b".repeat(10_001)}), json!({"body": ["Longer than maximum length 10000."]})),
            (json!({"userid": staff, "title": "a\r\nBcc: x", "body": "b"}), json!({"subject": ["Line breaks are not allowed."]})),
        ] {
            assert_eq!(send(body.clone()).await.message(400), told, "{body}");
        }
        send(json!({"userid": staff, "title": "ä".repeat(255), "body": "b".repeat(10_000)})).await.expect(200);
        for id in [999, h.tenant.get(), h.owner.id.get(), w.other.staff.id.get()] {
            assert_eq!(send(json!({"userid": id, "title": "a", "body": "b"})).await.message(404), "User not found");
        }
        send(json!({"userid": h.pending.id.get(), "title": "a", "body": "b"})).await.expect(200);
    }

    async fn d75_managers_and_the_last_admin(w: World) {
        let h = &w.home;
        assert_eq!(user(&w, h.manager.id).await["role"], 3);
        let before = w.changed(h.org).await;
        for same in [json!({"role": 3}), json!({"type": "staff"}), json!({"role": "3", "type": "staff"})] {
            patch(&w, h.manager.id, &h.admin, same).await.expect(200);
        }
        assert_eq!(w.changed(h.org).await, before);
        let role = w.app.staff().get(&w.system(h.org), h.manager.id).await.expect("the manager").member.role;
        assert_eq!(role, Some(Role::Manager));
        // Managers may do here what staff may do.
        assert_eq!(w.get("/api/properties").by(&h.manager).await.message(401), "Not Authorized");
        w.get("/api/tickets").by(&h.manager).await.expect(200);
        let staffed = json!({"staffIDs": [h.manager.id.get()]});
        w.put(format!("/api/tenants/{}", h.newcomer)).by(&h.admin).json(&staffed).await.expect(200);
        // The last active admin stays one.
        let last = json!({"role": ["Last admin"]});
        for body in [json!({"role": 3}), json!({"role": 2}), json!({"type": "staff"})] {
            assert_eq!(patch(&w, h.admin.id, &h.admin, body).await.message(400), last);
        }
        let invited = json!({"firstName": "I", "lastName": "I", "phone": "", "email": "i@x.org", "role": 4});
        w.post("/api/user/invite").by(&h.admin).json(&invited).await.expect(201);
        assert_eq!(patch(&w, h.admin.id, &h.admin, json!({"role": 3})).await.message(400), last, "an invited admin is not active");
        let second = w.person(h.org, "Second", "Admin", "second@x.org", Some(Role::Admin)).await;
        patch(&w, h.admin.id, &second, json!({"archived": true})).await.expect(200);
        for body in [json!({"role": 3}), json!({"role": 2, "firstName": "X"})] {
            assert_eq!(patch(&w, second.id, &second, body).await.message(400), last, "an archived admin is not active");
        }
        assert_eq!(user_by(&w, &second).await, (json!("Second"), json!(4)), "nothing of it was done");
    }

    async fn section_8_fields_of_users(w: World) {
        let h = &w.home;
        for (body, told) in [
            (json!({"firstName": "f".repeat(101)}), json!({"firstName": ["Longer than maximum length 100."]})),
            (json!({"lastName": "ä".repeat(101)}), json!({"lastName": ["Longer than maximum length 100."]})),
            (json!({"phone": "1".repeat(41)}), json!({"phone": ["Longer than maximum length 40."]})),
            (json!({"email": format!("{}@x.org", "e".repeat(95))}), json!({"email": ["Longer than maximum length 100."]})),
            (json!({"email": "a b@x.org"}), json!({"email": ["Not a valid email address."]})),
            (json!({"email": "a@b"}), json!({"email": ["Not a valid email address."]})),
            (json!({"email": "a@b@c.d"}), json!({"email": ["Not a valid email address."]})),
            (json!({"email": ""}), json!({"email": ["Not a valid email address."]})),
            (json!({"archived": "x"}), json!({"archived": ["Not a valid boolean."]})),
            (json!({"archived": null}), json!({"archived": ["Field may not be null."]})),
            (json!({"lastActive": "yesterday"}), json!({"lastActive": ["Not a valid datetime."]})),
            (json!({"firstName": null, "lastName": 5}),
                json!({"firstName": ["Field may not be null."], "lastName": ["Not a valid string."]})),
        ] {
            assert_eq!(patch(&w, h.staff.id, &h.admin, body.clone()).await.message(400), told, "{body}");
        }
        let edge = json!({"firstName": "ä".repeat(100), "lastName": "", "phone": "", "email": format!("{}@x.org", "e".repeat(94)),
            "lastActive": "2021-10-01T02:00:00.5+02:00"});
        let changed = patch(&w, h.staff.id, &h.admin, edge.clone()).await.expect(200);
        for key in ["firstName", "lastName", "phone", "email"] {
            assert_eq!(changed[key], edge[key]);
        }
        assert_eq!(changed["lastActive"], "10/01/2021 00:00:00");
        let null = patch(&w, h.staff.id, &h.admin, json!({"lastActive": null})).await.expect(200);
        assert_eq!(null["lastActive"], Value::Null);
        let shown = patch(&w, h.staff.id, &h.admin, json!({"lastActive": "10/01/2021 00:00:00"})).await.expect(200);
        assert_eq!(shown["lastActive"], "10/01/2021 00:00:00");
        let made = json!({"firstName": "", "lastName": "", "phone": "", "email": "e@x.org", "password": "12345678",
            "archived": true, "lastActive": null});
        w.post("/api/register").json(&made).await.expect(201);
    }
}

async fn user_by(w: &World, admin: &Person) -> (Value, Value) {
    let user = w.get(format!("/api/user/{}", admin.id)).by(admin).await.expect(200);
    (user["firstName"].clone(), user["role"].clone())
}
