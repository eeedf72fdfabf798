//! The rules about users, each by its id (section 6).

use world::db::sql;

use super::*;

world::tests! { crate::open =>
    async fn st1_a_status_sent_has_no_effect(w: Site) {
        let user = w.made(json!({"email": "a@b.example", "first_name": "A", "role": "landlord", "status": "ACTIVE"})).await;
        assert_eq!(user["status"], "INVITED");
        let same = w.change(&user, json!({"status": 7})).await.expect(200);
        assert_eq!(same, user);
    }

    async fn st2_st3_a_new_user_is_invited_and_told_nothing(w: Site) {
        for role in ["admin", "manager", "landlord", "dweller"] {
            let flats = if role == "dweller" { json!([w.flats[0]]) } else { json!([]) };
            let email = format!("{role}@new.example");
            let user = w.made(json!({"email": email, "last_name": "New", "role": role, "flats": flats})).await;
            assert_eq!((&user["status"], &user["identifier"], &user["archived"]), (&json!("INVITED"), &json!(email), &json!(false)));
            assert_eq!(user, w.read(&user).await);
        }
        let mails: i64 = w.write(w.home.org, async |w| w.one(sql!("SELECT count(*) FROM message /* scan: test */")).await).await;
        assert_eq!(mails, 0);
    }

    async fn st4_active_with_a_password(w: Site) {
        let admin = w.read(&json!({"id": w.home.admin.id})).await;
        assert_eq!((&admin["status"], &admin["role"]), (&json!("ACTIVE"), &json!("admin")));
        let tenant = w.read(&json!({"id": w.home.tenant})).await;
        assert_eq!((&tenant["status"], &tenant["role"], &tenant["identifier"]), (&json!("INVITED"), &json!("dweller"), &json!("503-555-0100")));
        let tenant = w.read(&json!({"id": w.home.tenant_with_login.id})).await;
        assert_eq!((&tenant["status"], &tenant["role"]), (&json!("ACTIVE"), &json!("dweller")));
        let owner = w.read(&json!({"id": w.home.owner.id})).await;
        assert_eq!((&owner["status"], &owner["role"]), (&json!("ACTIVE"), &json!("landlord")));
    }

    async fn st5_delete_archives_and_the_record_stays(w: Site) {
        let user = w.dweller("d@b.example").await;
        for _ in 0..2 {
            assert_eq!(w.delete(at(&user)).bearer(&w.admin).await.status, 204);
            let shown = w.read(&user).await;
            assert_eq!((&shown["archived"], &shown["status"], &shown["flats"]), (&json!(true), &json!("BLOCKED"), &json!([])));
        }
        let boss = json!({"id": w.home.manager.id});
        assert_eq!(w.delete(at(&boss)).bearer(&w.admin).await.status, 204);
        assert_eq!(w.read(&boss).await["status"], "BLOCKED");
        w.get(USERS).bearer(&w.manager).await.expect(401);
        w.by_password(&w.home.manager.email, PASSWORD).await.expect(400);
    }

    async fn st6_an_archived_user_is_brought_back_before_anything_else(w: Site) {
        let user = w.dweller("d@b.example").await;
        w.delete(at(&user)).bearer(&w.admin).await;
        assert_eq!(faulty(&w.change(&user, json!({"first_name": "X"})).await), ["archived"]);
        assert_eq!(faulty(&w.change(&user, json!({"first_name": "?"})).await), ["archived", "first_name"]);
        let shown = w.read(&user).await;
        assert_eq!(w.change(&user, shown.clone()).await.status, 200, "what was shown may be sent back");
        assert_eq!(faulty(&w.change(&user, json!({"archived": false})).await), ["flats"]);
        assert_eq!(faulty(&w.change(&user, json!({"archived": false, "flats": []})).await), ["flats"]);
        let back = w.change(&user, json!({"archived": false, "flats": [w.flats[1]], "first_name": "X"})).await.expect(200);
        assert_eq!((&back["status"], &back["archived"], &back["flats"], &back["first_name"]), (&json!("INVITED"), &json!(false), &json!([w.flats[1]]), &json!("X")));
        // Archived and brought back elsewhere only the new flat comes back.
        let (system, id) = (w.system(w.home.org), kernel::PersonId::new(user["id"].as_i64().unwrap()));
        for archived in [true, false] {
            let input = app::resident::Input { archived: kernel::Field::Given(archived), ..Default::default() };
            w.app.residents().update(&system, id, kernel::Draft::from(input)).await.unwrap();
        }
        assert_eq!(w.read(&user).await["flats"], json!([w.flats[1]]));
        let owner = w.made(json!({"email": "o@b.example", "first_name": "O", "role": "landlord"})).await;
        w.delete(at(&owner)).bearer(&w.admin).await;
        assert_eq!(w.change(&owner, json!({"archived": false})).await.expect(200)["status"], "INVITED");
        let boss = json!({"id": w.home.manager.id});
        w.delete(at(&boss)).bearer(&w.admin).await;
        let back = w.change(&boss, json!({"archived": false})).await.expect(200);
        assert_eq!((&back["status"], &back["archived"]), (&json!("INVITED"), &json!(false)), "needs a new invitation");
        w.by_password(&w.home.manager.email, PASSWORD).await.expect(400);
        assert_eq!(faulty(&w.change(&boss, json!({"archived": true})).await), ["archived"]);
        assert_eq!(faulty(&w.make(json!({"email": "n@b.example", "first_name": "N", "role": "landlord", "archived": true})).await), ["archived"]);
        w.made(json!({"email": "n@b.example", "first_name": "N", "role": "landlord", "archived": false})).await;
    }

    async fn ro1_landlords_own_and_dwellers_live(w: Site) {
        let owner = w.made(json!({"email": "o@b.example", "first_name": "O", "role": "landlord", "flats": w.flats})).await;
        let dweller = w.dweller("d@b.example").await;
        let flat = w.fetch(&format!("/api/idwell/v1/flats/{}/", w.flats[0])).await.expect(200);
        assert_eq!((&flat["landlords"], &flat["dwellers"]), (&json!([owner["id"]]), &json!([dweller["id"]])));
        assert_eq!(owner["flats"], json!(w.flats));
    }

    async fn ro2_a_manager_changes_no_roles_and_no_staff(w: Site) {
        let user = w.dweller("d@b.example").await;
        let by_manager = |user: &Value, body: Value| w.patch(at(user)).bearer(&w.manager).json(&body);
        by_manager(&user, json!({"role": "landlord"})).await.expect(403);
        by_manager(&user, json!({"role": "admin"})).await.expect(403);
        by_manager(&user, json!({"role": "dweller", "first_name": "Dörte"})).await.expect(200);
        let boss = json!({"id": w.home.manager.id});
        by_manager(&boss, json!({"first_name": "M"})).await.expect(403);
        by_manager(&boss, json!({"first_name": "?"})).await.expect(403);
        by_manager(&boss, json!({"first_name": "Mary"})).await.expect(200);
        w.delete(at(&json!({"id": w.home.admin.id}))).bearer(&w.manager).await.expect(403);
        for role in ["admin", "manager"] {
            let body = json!({"email": "n@b.example", "first_name": "N", "role": role});
            w.post(USERS).bearer(&w.manager).json(&body).await.expect(403);
        }
        w.post(USERS).bearer(&w.manager).json(&json!({"email": "n@b.example", "first_name": "N", "role": "landlord"})).await.expect(201);
        w.delete(at(&user)).bearer(&w.manager).await.expect(204);
    }

    async fn ro3_four_changes_of_role_and_no_others(w: Site) {
        let roles = ["admin", "manager", "landlord", "dweller"];
        let allowed = [("admin", "manager"), ("manager", "admin"), ("dweller", "landlord"), ("landlord", "dweller")];
        let mut n = 0;
        for from in roles {
            for to in roles {
                n += 1;
                let flats = if ["landlord", "dweller"].contains(&from) { json!([w.flats[0]]) } else { json!([]) };
                let body = json!({"email": format!("u{n}@b.example"), "first_name": "U", "role": from, "flats": flats});
                let user = w.made(body).await;
                let answer = w.change(&user, json!({"role": to})).await;
                if from == to {
                    assert_eq!(answer.expect(200), user);
                } else if allowed.contains(&(from, to)) {
                    let new = answer.expect(200);
                    assert_eq!((&new["role"], &new["flats"]), (&json!(to), &user["flats"]), "{from} to {to}");
                } else {
                    assert!(faulty(&answer).contains(&"role".to_owned()), "{from} to {to}");
                    assert_eq!(w.read(&user).await, user);
                }
            }
        }
    }

    async fn ro4_the_last_active_admin_stays_one(w: Site) {
        let admin = json!({"id": w.home.admin.id});
        w.made(json!({"email": "second@b.example", "first_name": "S", "role": "admin"})).await;
        assert_eq!(faulty(&w.change(&admin, json!({"role": "manager"})).await), ["role"], "the second one is only invited");
        w.delete(at(&admin)).bearer(&w.admin).await.expect(403);
        w.change(&json!({"id": w.home.manager.id}), json!({"role": "admin"})).await.expect(200);
        w.change(&admin, json!({"role": "manager"})).await.expect(200);
        w.change(&admin, json!({"role": "admin"})).await.expect(403);
    }

    async fn id1_an_address_or_a_number(w: Site) {
        for body in [json!({}), json!({"email": "", "phone": ""}), json!({"email": null, "phone": null})] {
            let mut body = body;
            body["first_name"] = "A".into();
            body["role"] = "landlord".into();
            assert_eq!(faulty(&w.make(body).await), ["email", "phone"]);
        }
        let user = w.made(json!({"email": "a@b.example", "first_name": "A", "role": "landlord"})).await;
        assert_eq!(faulty(&w.change(&user, json!({"email": ""})).await), ["email", "phone"]);
        assert_eq!(faulty(&w.change(&user, json!({"email": null, "phone": null})).await), ["email", "phone"]);
        for bad in ["x", "a@b", "a b@c.example", &format!("{}@b.example", "a".repeat(250))] {
            assert_eq!(faulty(&w.change(&user, json!({"email": bad})).await), ["email"], "{bad}");
        }
    }

    async fn id2_beside_an_address_a_number_is_contact_data(w: Site) {
        let phone = "0664 1234567";
        let first = w.made(json!({"phone": phone, "first_name": "A", "role": "landlord"})).await;
        let second = w.made(json!({"email": "a@b.example", "phone": phone, "first_name": "A", "role": "landlord"})).await;
        assert_eq!((&second["identifier"], &second["phone"]), (&json!("a@b.example"), &first["phone"]));
    }

    async fn id3_an_address_in_use_is_refused_whatever_the_number(w: Site) {
        w.dweller("A@b.Example").await;
        let body = json!({"email": "a@B.example", "phone": "0664 1234567", "first_name": "A", "role": "landlord"});
        assert_eq!(faulty(&w.make(body).await), ["email"]);
        let body = json!({"email": w.home.staff.email, "first_name": "A", "role": "landlord"});
        assert_eq!(faulty(&w.make(body).await), ["email"], "of somebody who is no user here");
        w.made(json!({"email": w.other.admin.email, "first_name": "A", "role": "landlord"})).await;
    }

    async fn id4_id5_an_identifying_number_is_unique_by_its_canonical_form(w: Site) {
        let (org, code) = (w.home.org, "49");
        w.write(org, async move |w| w.execute(sql!("UPDATE organization SET calling_code = $2 WHERE id = $1", org, code)).await).await;
        let first = w.made(json!({"phone": "+49 (0)30 901820", "first_name": "A", "role": "landlord"})).await;
        assert_eq!((&first["phone"], &first["identifier"]), (&json!("+49030901820"), &json!("+49030901820")));
        let second = json!({"phone": "030 901820", "first_name": "B", "role": "landlord"});
        assert_eq!(faulty(&w.make(second.clone()).await), ["phone"]);
        w.delete(at(&first)).bearer(&w.admin).await;
        assert_eq!(faulty(&w.make(second).await), ["phone"], "archived ones count");
        // Every number on record counts, also beside an address.
        w.made(json!({"email": "c@b.example", "phone": "0176 12345678", "first_name": "C", "role": "landlord"})).await;
        assert_eq!(faulty(&w.make(json!({"phone": "0176 12345678", "first_name": "D", "role": "landlord"})).await), ["phone"]);
    }

    async fn id6_the_identifier_follows(w: Site) {
        let user = w.made(json!({"email": "a@b.example", "phone": "0664 1234567", "first_name": "A", "role": "landlord"})).await;
        let other = w.made(json!({"email": "b@b.example", "phone": "0664 1234567", "first_name": "B", "role": "landlord"})).await;
        assert_eq!(faulty(&w.change(&user, json!({"email": ""})).await), ["phone"], "now it would identify");
        let changed = w.change(&user, json!({"email": "", "phone": "0664 7654321"})).await.expect(200);
        assert_eq!((&changed["email"], &changed["identifier"]), (&Value::Null, &json!("+436647654321")));
        assert_eq!(w.change(&user, json!({"phone": "+43 664 7654321"})).await.expect(200), changed, "itself excepted");
        assert_eq!(faulty(&w.change(&user, json!({"email": "B@b.example"})).await), ["email"]);
        w.change(&other, json!({"email": "B@b.example"})).await.expect(200);
        let back = w.change(&user, json!({"email": "a@b.example", "phone": null})).await.expect(200);
        assert_eq!((&back["identifier"], &back["phone"]), (&json!("a@b.example"), &Value::Null));
        // Who has a login signs in with the new address.
        let boss = json!({"id": w.home.manager.id});
        w.change(&boss, json!({"email": "boss@b.example"})).await.expect(200);
        w.by_password(&w.home.manager.email, PASSWORD).await.expect(400);
        w.by_password("boss@b.example", PASSWORD).await.expect(200);
    }

    async fn fl1_a_dweller_needs_a_flat(w: Site) {
        for flats in [json!(null), json!([])] {
            let mut body = json!({"email": "d@b.example", "first_name": "D", "role": "dweller"});
            if !flats.is_null() {
                body["flats"] = flats;
            }
            assert_eq!(faulty(&w.make(body).await), ["flats"]);
        }
    }

    async fn fl2_a_dweller_without_flats_is_archived(w: Site) {
        let user = w.dweller("d@b.example").await;
        let shown = w.change(&user, json!({"flats": [], "last_name": "Gone"})).await.expect(200);
        assert_eq!((&shown["archived"], &shown["status"], &shown["flats"], &shown["last_name"]), (&json!(true), &json!("BLOCKED"), &json!([]), &json!("Gone")));
        let owner = w.made(json!({"email": "o@b.example", "first_name": "O", "role": "landlord", "flats": w.flats})).await;
        let shown = w.change(&owner, json!({"flats": []})).await.expect(200);
        assert_eq!((&shown["archived"], &shown["status"]), (&json!(false), &json!("INVITED")), "a landlord may have none");
        let user = w.dweller("e@b.example").await;
        let shown = w.change(&user, json!({"flats": [], "role": "landlord"})).await.expect(200);
        assert_eq!((&shown["archived"], &shown["role"]), (&json!(false), &json!("landlord")));
    }

    async fn fl3_landlords_may_and_staff_must_have_none(w: Site) {
        w.made(json!({"email": "o@b.example", "first_name": "O", "role": "landlord"})).await;
        for role in ["admin", "manager"] {
            let body = json!({"email": "s@b.example", "first_name": "S", "role": role, "flats": [w.flats[0]]});
            assert_eq!(faulty(&w.make(body).await), ["flats"]);
        }
        assert_eq!(faulty(&w.change(&json!({"id": w.home.manager.id}), json!({"flats": [w.flats[0]]})).await), ["flats"]);
        w.change(&json!({"id": w.home.manager.id}), json!({"flats": []})).await.expect(200);
    }

    async fn fl4_a_landlord_without_flats_becomes_no_dweller(w: Site) {
        let owner = w.made(json!({"email": "o@b.example", "first_name": "O", "role": "landlord"})).await;
        assert_eq!(faulty(&w.change(&owner, json!({"role": "dweller"})).await), ["flats"]);
        let owner = w.made(json!({"email": "p@b.example", "first_name": "P", "role": "landlord", "flats": [w.flats[0]]})).await;
        assert_eq!(faulty(&w.change(&owner, json!({"role": "dweller", "flats": []})).await), ["flats"]);
        assert_eq!(w.read(&owner).await, owner, "nothing is archived by accident");
        let lives = w.change(&owner, json!({"role": "dweller", "flats": [w.flats[1]]})).await.expect(200);
        assert_eq!((&lives["role"], &lives["flats"]), (&json!("dweller"), &json!([w.flats[1]])));
    }

    async fn fl5_flats_are_of_this_company(w: Site) {
        for flat in [w.foreign_flat, 999_999, 0, -1] {
            let body = json!({"email": "d@b.example", "first_name": "D", "role": "dweller", "flats": [w.flats[0], flat]});
            assert_eq!(faulty(&w.make(body).await), ["flats"], "{flat}");
        }
        let [a, b, c] = w.flats;
        let user = w.made(json!({"email": "d@b.example", "first_name": "D", "role": "dweller", "flats": [c, a, c]})).await;
        assert_eq!(user["flats"], json!([a, c]), "merged and sorted");
        let other = w.dweller("e@b.example").await;
        assert_eq!(other["flats"], json!([a]), "a flat may have several");
        let moved = w.change(&user, json!({"flats": [b, c]})).await.expect(200);
        assert_eq!(moved["flats"], json!([b, c]));
        assert_eq!(w.read(&other).await["flats"], json!([a]));
    }

    async fn ge1_all_or_nothing_and_everything_that_is_wrong(w: Site) {
        let user = w.dweller("d@b.example").await;
        w.dweller("taken@b.example").await;
        let bad = json!({"email": "taken@b.example", "phone": "12", "first_name": "?", "last_name": 7, "role": "admin",
            "flats": [w.foreign_flat], "archived": "no"});
        assert_eq!(faulty(&w.change(&user, bad).await), ["archived", "email", "first_name", "flats", "last_name", "phone", "role"]);
        let half = json!({"first_name": "New", "flats": [w.flats[1]], "phone": "112"});
        assert_eq!(faulty(&w.change(&user, half).await), ["phone"]);
        assert_eq!(w.read(&user).await, user);
        assert_eq!(faulty(&w.make(json!({})).await), ["email", "first_name", "last_name", "phone", "role"]);
    }

    async fn ge2_unknown_keys_wrong_types_and_bodies_that_are_none(w: Site) {
        let user = w.dweller("d@b.example").await;
        assert_eq!(w.change(&user, json!({"id": 7, "identifier": "x", "unknown": {"a": []}})).await.expect(200), user);
        for (field, wrong) in [
            ("email", json!(1)), ("email", json!("a\0@b.example")), ("phone", json!([])), ("phone", json!("+43 664 1234\0")), ("first_name", json!(null)), ("first_name", json!({})),
            ("last_name", json!(true)), ("role", json!("owner")), ("role", json!(1)), ("role", json!(null)), ("flats", json!(7)),
            ("flats", json!(null)), ("flats", json!(["1"])), ("flats", json!([1.5])), ("flats", json!([[1]])), ("archived", json!(0)), ("archived", json!(null)),
        ] {
            let answer = w.change(&user, json!({field: wrong})).await;
            if field == "phone" && wrong.is_string() {
                assert_eq!(faulty(&answer), ["phone"]);
            } else {
                assert_eq!(faulty(&answer), [field], "{wrong}");
            }
        }
        for body in ["", "{", "[]", "null", "7", "\"x\"", "{\"a\":}", "\u{feff}{}"] {
            let answer = w.patch(at(&user)).bearer(&w.admin).raw("application/json", body).await;
            assert!(answer.expect(400)["detail"].is_string(), "{body:?}");
        }
        let deep = "[".repeat(10_000);
        w.patch(at(&user)).bearer(&w.admin).raw("application/json", format!("{{\"a\":{deep}")).await.expect(400);
        w.patch(at(&user)).bearer(&w.admin).raw("application/json", b"{\"first_name\":\"\xff\"}".to_vec()).await.expect(400);
    }

    async fn names_have_their_letters(w: Site) {
        let user = w.dweller("d@b.example").await;
        for good in ["Jürgen", "Müller-Lüdenscheidt", "A. & B. (GmbH; 2) + C/D_E", "Åsa", "Łukasz 2", &"x".repeat(70)] {
            assert_eq!(w.change(&user, json!({"first_name": good})).await.expect(200)["first_name"], *good);
        }
        for bad in ["O'Hara", "a,b", "<b>", "a\nb", "😀", &"x".repeat(71)] {
            assert_eq!(faulty(&w.change(&user, json!({"first_name": bad})).await), ["first_name"], "{bad}");
        }
        w.change(&user, json!({"first_name": "", "last_name": "Only"})).await.expect(200);
        assert_eq!(faulty(&w.change(&user, json!({"last_name": ""})).await), ["first_name", "last_name"]);
    }

    async fn ph_numbers_are_stored_as_the_rules_say(w: Site) {
        let user = w.dweller("d@b.example").await;
        let shown = w.change(&user, json!({"phone": "tel: +43 664 1234567"})).await.expect(200);
        assert_eq!(shown["phone"], "+436641234567");
        assert_eq!(w.change(&user, json!({"phone": "112"})).await.expect(400), json!({"phone": ["Enter a valid phone number."]}));
        // What another door let in may be sent back.
        let tenant = json!({"id": w.home.tenant});
        let shown = w.read(&tenant).await;
        assert_eq!(w.change(&tenant, shown.clone()).await.expect(200), shown);
    }

    async fn who_is_no_user_here_is_not_found(w: Site) {
        let h = &w.home;
        for id in [h.staff.id, h.property_manager.id, h.pending.id, h.archived.id, w.other.admin.id, w.other.tenant] {
            let user = json!({"id": id});
            assert_eq!(w.fetch(&at(&user)).await.expect(404), json!({"detail": "Not found."}));
            w.change(&user, json!({"first_name": "X"})).await.expect(404);
            w.delete(at(&user)).bearer(&w.admin).await.expect(404);
        }
        for id in ["0", "-1", "x", "1.0", "99999999999999999999", "%00", "1%2F"] {
            w.fetch(&format!("{USERS}{id}/")).await.expect(404);
        }
        // A guest comes for the WiFi.
        let guest = w.resident(h.org, "Gus", "Guest", Some((h.harbour, "7"))).await;
        let org = h.org;
        w.write(org, async move |w| w.execute(sql!("UPDATE tenancy SET role = 'guest' WHERE org_id = $1 AND person_id = $2", org, guest)).await).await;
        w.fetch(&at(&json!({"id": guest}))).await.expect(404);
        w.write(org, async move |w| w.execute(sql!("UPDATE tenancy SET role = 'member' WHERE org_id = $1 AND person_id = $2", org, guest)).await).await;
        let member = w.read(&json!({"id": guest})).await;
        assert_eq!((&member["role"], member["flats"].as_array().unwrap().len()), (&json!("dweller"), 1));
    }

    async fn a_second_pass_changes_nothing(w: Site) {
        let sent: Vec<Value> = (0..5).map(|i| json!({"email": format!("u{i}@sync.example"), "phone": format!("0664 123456{i}"),
            "first_name": "Sync", "last_name": format!("No {i}"), "role": if i % 2 == 0 { "dweller" } else { "landlord" }, "flats": [w.flats[i % 3]]})).collect();
        for body in &sent {
            w.made(body.clone()).await;
        }
        let before = w.changes_so_far().await;
        w.clock.advance(60);
        for body in &sent {
            let found = w.fetch(&format!("{USERS}?email={}", body["email"].as_str().unwrap())).await.expect(200);
            assert_eq!(found["count"], 1);
            let user = &found["results"][0];
            assert_eq!(w.change(user, body.clone()).await.expect(200), *user);
        }
        assert_eq!(w.changes_so_far().await, before);
    }
}
