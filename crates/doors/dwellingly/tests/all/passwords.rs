//! Passwords by mail and by oneself: D26 to D31, D39, D41.

use app::message::Language;
use kernel::Role;
use serde_json::{Value, json};
use world::{PASSWORD, Person, World};

const NEW: &str = "battery-staple-7";

/// The newest mails of an organization, newest first.
async fn mails(w: &World) -> Vec<app::message::Message> {
    w.app.messages().list(&w.system(w.home.org), 100).await.expect("the mails")
}

/// The token of the newest mail.
async fn mailed(w: &World) -> String {
    let text = mails(w).await.swap_remove(0).text_body;
    let rest = text.split("https://portico.example/changePassword?token=").nth(1).expect("a link");
    rest.split_whitespace().next().expect("a token").to_owned()
}

async fn ask(w: &World, person: &Person) -> String {
    let answer = w.post("/api/reset-password").json(&json!({"email": person.email})).await;
    assert_eq!(answer.message(200), "Email sent");
    mailed(w).await
}

async fn look(w: &World, token: &str) -> (u16, Value) {
    let answer = w.get(format!("/api/reset-password/{token}")).await;
    (answer.status, answer.json())
}

async fn set(w: &World, token: &str, password: &str) -> (u16, Value) {
    let body = json!({"password": password, "confirm_password": password});
    let answer = w.post(format!("/api/reset-password/{token}")).json(&body).await;
    (answer.status, answer.json()["message"].clone())
}

world::tests! { crate::open =>
    async fn d26_reset_mails_go_to_users_only(w: World) {
        let h = &w.home;
        for person in [&h.admin, &h.staff, &h.property_manager, &h.pending, &h.archived] {
            let token = ask(&w, person).await;
            assert_eq!(look(&w, &token).await, (200, json!({"message": "Valid token", "user_id": person.id.get()})));
            assert_eq!(mails(&w).await[0].to_address, person.email);
        }
        let before = mails(&w).await.len();
        for body in [
            json!({"email": "no@x.org"}),
            json!({"email": h.tenant_with_login.email}),
            json!({"email": h.owner.email}),
            json!({"email": w.other.admin.email}),
            json!({}),
            json!({"email": null}),
            json!({"email": 5}),
            json!({"email": ""}),
            json!([]),
            Value::Null,
        ] {
            assert_eq!(w.post("/api/reset-password").json(&body).await.message(400), "Invalid email", "{body}");
        }
        assert_eq!(mails(&w).await.len(), before);
        assert_eq!(w.get("/api/reset-password").await.status, 405);
        ask(&w, &Person { email: h.staff.email.to_uppercase(), ..h.staff.clone() }).await;
    }

    async fn d27_d28_links(w: World) {
        let staff = &w.home.staff;
        let old = ask(&w, staff).await;
        let token = ask(&w, staff).await;
        let expired = (422, json!({"message": "Expired token"}));
        assert_eq!(look(&w, &old).await, expired, "superseded");
        let good = (200, json!({"message": "Valid token", "user_id": staff.id.get()}));
        for _ in 0..2 {
            assert_eq!(look(&w, &token).await, good, "looking changes nothing");
        }
        let claims = world::Server::claims(&token);
        assert_eq!((&claims["user_id"], &claims["exp"]), (&json!(staff.id.get()), &json!(world::NOW + 600)));
        assert!(claims["jti"].is_string() && claims["purpose"] == "reset");
        let access = w.tokens(staff).await;
        for (bad, status, text) in [
            (w.forged(&token, &json!({"exp": world::NOW})), 422, "Expired token"),
            ("abc".to_owned(), 422, "Not enough segments"),
            (w.sealed_elsewhere(r#"{"alg":"HS256","typ":"JWT"}"#, &claims), 422, "Signature verification failed"),
            (w.sealed(r#"{"alg":"none","typ":"JWT"}"#, &claims), 422, "The specified alg value is not allowed"),
            (w.forged(&token, &json!({"user_id": 4711})), 404, "User not found"),
            (w.forged(&token, &json!({"user_id": null})), 422, "Missing claim: user_id"),
            (w.forged(&token, &json!({"jti": null})), 422, "Missing claim: jti"),
            (w.forged(&token, &json!({"purpose": null})), 422, "Missing claim: purpose"),
            (w.forged(&token, &json!({"exp": null})), 422, "Missing claim: exp"),
            (w.forged(&token, &json!({"jti": w.app.random().uid(world::now())})), 422, "Expired token"),
            (access.access, 422, "Missing claim: user_id"),
            (access.refresh, 422, "Missing claim: user_id"),
        ] {
            assert_eq!(look(&w, &bad).await, (status, json!({"message": text})), "{bad}");
            assert_eq!(set(&w, &bad, NEW).await, (status, json!(text)), "{bad}");
        }
        assert_eq!(look(&w, &token).await, good);
        w.clock.advance(599);
        assert_eq!(look(&w, &token).await, good);
        w.clock.advance(1);
        assert_eq!(look(&w, &token).await, expired);
        assert_eq!(set(&w, &token, NEW).await, (422, json!("Expired token")));
    }

    async fn d27_a_password_that_was_set_ends_links(w: World) {
        let staff = &w.home.staff;
        let token = ask(&w, staff).await;
        let path = format!("/api/user/{}", staff.id);
        w.patch(path).by(&w.home.admin).json(&json!({"password": NEW})).await.expect(200);
        assert_eq!(look(&w, &token).await, (422, json!({"message": "Expired token"})));
        assert_eq!(set(&w, &token, PASSWORD).await, (422, json!("Expired token")));
    }

    async fn d21_nobodys_mailbox_is_flooded(w: World) {
        let email = json!({"email": w.home.staff.email});
        let ask_again = || w.post("/api/reset-password").json(&email).into_future();
        for _ in 0..20 {
            ask_again().await.expect(200);
        }
        assert_eq!(ask_again().await.message(429), "Too many attempts");
        ask(&w, &w.home.manager).await;
        let login = json!({"email": w.home.staff.email, "password": PASSWORD});
        w.post("/api/login").json(&login).await.expect(200);
        w.clock.advance(1);
        let token = ask(&w, &w.home.staff).await;
        assert_eq!(ask_again().await.header("retry-after"), "2");
        assert_eq!(set(&w, &token, NEW).await.0, 200);
        ask_again().await.expect(200);
    }

    async fn d29_setting_by_link(w: World) {
        let staff = &w.home.staff;
        let tokens = w.sign_in(staff).await;
        let token = ask(&w, staff).await;
        let post = |body: Value| w.post(format!("/api/reset-password/{token}")).json(&body).into_future();
        for body in [
            json!({"password": NEW}),
            json!({"password": NEW, "confirm_password": "other-horse-99"}),
            json!({"password": NEW, "confirm_password": null}),
            json!({"password": NEW, "confirm_password": 5}),
        ] {
            assert_eq!(post(body.clone()).await.message(422), "Unconfirmed password", "{body}");
        }
        for (body, told) in [
            (json!({"password": "short", "confirm_password": "short"}), json!({"password": ["Shorter than minimum length 8."]})),
            (json!({}), json!({"password": ["Missing data for required field."]})),
            (json!({"password": 5, "confirm_password": 5}),
                json!({"password": ["Not a valid string."], "confirm_password": ["Not a valid string."]})),
            (json!([]), json!({"_schema": ["Invalid input type."]})),
        ] {
            assert_eq!(post(body.clone()).await.message(400), told, "{body}");
        }
        let before = w.get(format!("/api/user/{}", staff.id)).by(&w.home.admin).await.expect(200);
        assert_eq!(set(&w, &token, NEW).await, (200, json!("Password updated")));
        assert_eq!(set(&w, &token, "another-horse-9").await, (422, json!("Expired token")), "single use");
        assert_eq!(look(&w, &token).await.0, 422);
        let widgets = w.get("/api/widgets").bearer(&tokens.access).await;
        assert_eq!(widgets.message(401), "Token has been revoked");
        w.post("/api/login").json(&json!({"email": staff.email, "password": PASSWORD})).await.expect(401);
        w.sign_in(&staff.with_password(NEW)).await;
        let after = w.get(format!("/api/user/{}", staff.id)).by(&w.home.admin).await.expect(200);
        assert_eq!((&after["role"], &after["archived"]), (&before["role"], &before["archived"]));
        // Pending and archived users may set one, and stay what they are.
        for person in [&w.home.pending, &w.home.archived] {
            let token = ask(&w, person).await;
            assert_eq!(set(&w, &token, NEW).await.0, 200);
            w.post("/api/login").json(&json!({"email": person.email, "password": NEW})).await.expect(403);
        }
        // Who is gone is told before a link that ended.
        let leaver = w.person(w.home.org, "L", "L", "leaver@x.org", Some(Role::Staff)).await;
        let token = ask(&w, &leaver).await;
        w.delete(format!("/api/user/{}", leaver.id)).by(&w.home.admin).await.expect(200);
        assert_eq!(look(&w, &token).await, (404, json!({"message": "User not found"})));
        assert_eq!(set(&w, &token, NEW).await, (404, json!("User not found")));
    }

    async fn d30_the_own_password(w: World) {
        let staff = &w.home.staff;
        let (mine, other) = (w.sign_in(staff).await, w.sign_in(staff).await);
        let path = format!("/api/user/{}", staff.id);
        let patch = |body: Value| w.patch(path.clone()).bearer(&mine.access).json(&body).into_future();
        for (body, status, told) in [
            (json!({"new_password": NEW, "confirm_password": "x", "current_password": "x"}), 422, json!("Unconfirmed password")),
            (json!({"new_password": NEW, "current_password": PASSWORD}), 422, json!("Unconfirmed password")),
            (json!({"new_password": NEW, "confirm_password": null}), 422, json!("Unconfirmed password")),
            (json!({"new_password": "x", "confirm_password": "x", "current_password": "nope"}), 401, json!("Password does not match.")),
            (json!({"new_password": NEW, "confirm_password": NEW}), 400,
                json!({"current_password": ["Missing data for required field."]})),
            (json!({"new_password": NEW, "confirm_password": NEW, "current_password": null}), 400,
                json!({"current_password": ["Field may not be null."]})),
            (json!({"new_password": "short", "confirm_password": "short", "current_password": PASSWORD}), 400,
                json!({"new_password": ["Shorter than minimum length 8."]})),
            (json!({"new_password": 5, "confirm_password": 5, "current_password": PASSWORD}), 400,
                json!({"new_password": ["Not a valid string."], "confirm_password": ["Not a valid string."]})),
            // D39: a plain one needs the current one too, when it is one's own.
            (json!({"password": NEW}), 400, json!({"current_password": ["Missing data for required field."]})),
            (json!({"password": NEW, "current_password": "nope"}), 401, json!("Password does not match.")),
        ] {
            let answer = patch(body.clone()).await;
            assert_eq!((answer.status, &answer.json()["message"]), (status, &told), "{body}");
        }
        let change = json!({"new_password": NEW, "confirm_password": NEW, "current_password": PASSWORD, "firstName": "Stanley"});
        let answer = patch(change).await.expect(200);
        assert_eq!(answer["firstName"], "Stanley");
        for token in ["access_token", "refresh_token"] {
            assert!(answer[token].as_str().is_some_and(|t| t.split('.').count() == 3));
        }
        assert!(answer.get("password").is_none());
        // The login in use stays, the other one ends.
        for access in [mine.access.as_str(), answer["access_token"].as_str().expect("a token")] {
            w.get("/api/widgets").bearer(access).await.expect(200);
        }
        w.post("/api/refresh").bearer(&mine.refresh).await.expect(200);
        assert_eq!(w.get("/api/widgets").bearer(&other.access).await.message(401), "Token has been revoked");
        w.post("/api/login").json(&json!({"email": staff.email, "password": PASSWORD})).await.expect(401);
        w.sign_in(&staff.with_password(NEW)).await;
        let plain = json!({"password": "another-horse-9", "current_password": NEW});
        patch(plain).await.expect(200);
        w.sign_in(&staff.with_password("another-horse-9")).await;
    }

    async fn mails_are_in_the_persons_language(w: World) {
        let (org, admin) = (w.home.org, w.home.admin.id);
        let subject = async || {
            ask(&w, &w.home.admin).await;
            mails(&w).await.swap_remove(0).subject
        };
        let choose = async |language: Option<Language>| {
            w.write(org, async move |t| app::message::language::choose(t, admin, language).await).await;
        };
        assert_eq!(subject().await, "Reset password for Dwellingly");
        choose(Some(Language::German)).await;
        assert_eq!(subject().await, "Neues Passwort für Dwellingly");
        assert!(w.changes(org).await.contains(&format!("person.language_chosen {admin}")));
        let changed = w.changed(org).await;
        choose(Some(Language::German)).await;
        assert_eq!(w.changed(org).await, changed, "nothing changed");
        // Who has chosen nothing is written to in the organization's language.
        choose(None).await;
        w.write(org, async move |t| {
            t.execute(world::db::sql!("UPDATE organization SET locale = 'de-AT' WHERE id = $1", org)).await.map(drop)
        })
        .await;
        assert_eq!(subject().await, "Neues Passwort für Dwellingly");
        let body = json!({"firstName": "Amy", "lastName": "Roberts", "phone": "965-934-2320", "email": "amy@x.org",
            "role": 3, "password": "xlLHBzv()3"});
        w.post("/api/user/invite").by(&w.home.admin).json(&body).await.expect(201);
        let mail = mails(&w).await.swap_remove(0);
        assert_eq!(mail.subject, "Ihr Konto bei Dwellingly");
        assert!(mail.html_body.as_deref().unwrap_or_default().contains("<html lang=\"de\">"));
    }

    async fn d31_mails_hold_a_link_and_never_a_password(w: World) {
        ask(&w, &w.home.staff).await;
        let body = json!({"firstName": "Amy", "lastName": "Roberts", "phone": "965-934-2320", "email": "amy@x.org",
            "role": 3, "password": "xlLHBzv()3"});
        w.post("/api/user/invite").by(&w.home.admin).json(&body).await.expect(201);
        let mails = mails(&w).await;
        for (mail, subject, to) in [
            (&mails[1], "Reset password for Dwellingly", w.home.staff.email.as_str()),
            (&mails[0], "Create Your Dwellingly Account", "amy@x.org"),
        ] {
            assert_eq!((mail.subject.as_str(), mail.to_address.as_str()), (subject, to));
            assert_eq!(mail.state, "waiting", "queued, whatever the mail server does");
            let html = mail.html_body.as_deref().expect("text and HTML");
            for text in [mail.text_body.as_str(), html] {
                assert!(text.contains("https://portico.example/changePassword?token="), "{text}");
                assert!(!text.contains("xlLHBzv") && !text.contains(PASSWORD), "{text}");
            }
        }
    }

    async fn d39_an_admin_sets_the_password_of_another(w: World) {
        let staff = &w.home.staff;
        let tokens = w.sign_in(staff).await;
        let path = format!("/api/user/{}", staff.id);
        let answer = w.patch(path.clone()).by(&w.home.admin).json(&json!({"password": NEW})).await.expect(200);
        assert!(answer.get("access_token").is_none(), "tokens come back about oneself only");
        assert_eq!(w.get("/api/widgets").bearer(&tokens.access).await.status, 401);
        w.sign_in(&staff.with_password(NEW)).await;
        let other = format!("/api/user/{}", w.home.manager.id);
        let by_staff = w.patch(other).by(&staff.with_password(NEW)).json(&json!({"password": NEW})).await;
        assert_eq!(by_staff.message(403), "Not Authorized");
        let without = w.patch(path).by(&w.home.admin).json(&json!({"new_password": PASSWORD, "confirm_password": PASSWORD})).await;
        assert_eq!(without.message(400), json!({"current_password": ["Missing data for required field."]}));
    }

    async fn d41_nobody_signs_in_before_the_link_was_used(w: World) {
        let body = json!({"firstName": "Amy", "lastName": "Roberts", "phone": "965-934-2320", "email": "amy@x.org",
            "role": 3, "password": "xlLHBzv()3", "makeAdmin": true, "confirmPassword": "y"});
        let answer = w.post("/api/user/invite").by(&w.home.admin).json(&body).await.expect(201);
        let id = answer["id"].as_i64().expect("an id");
        assert_eq!(answer["message"], "User Invited");
        for password in ["xlLHBzv()3", "", PASSWORD] {
            w.post("/api/login").json(&json!({"email": "amy@x.org", "password": password})).await.expect(401);
        }
        let amy = w.get(format!("/api/user/{id}")).by(&w.home.admin).await.expect(200);
        assert_eq!((&amy["role"], &amy["archived"]), (&json!(3), &json!(false)));
        let token = mailed(&w).await;
        w.clock.advance(7 * 86_400 - 1);
        assert_eq!(look(&w, &token).await, (200, json!({"message": "Valid token", "user_id": id})));
        assert_eq!(set(&w, &token, NEW).await.0, 200);
        w.post("/api/login").json(&json!({"email": "amy@x.org", "password": NEW})).await.expect(200);
        // Without a role one waits, link or not.
        let mut pending = body.clone();
        pending["email"] = json!("bob@x.org");
        pending.as_object_mut().map(|o| o.remove("role"));
        w.post("/api/user/invite").by(&w.home.admin).json(&pending).await.expect(201);
        let token = mailed(&w).await;
        assert_eq!(set(&w, &token, NEW).await.0, 200);
        w.post("/api/login").json(&json!({"email": "bob@x.org", "password": NEW})).await.expect(403);
        let again = w.post("/api/user/invite").by(&w.home.admin).json(&body).await;
        assert_eq!(again.message(400), json!({"email": ["A user with email 'amy@x.org' already exists"]}));
    }
}
