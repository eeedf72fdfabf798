//! Login, register and the counters of failures: D18 to D21, D24, D25.

use serde_json::{Value, json};
use world::{Answer, PASSWORD, World};

async fn login(w: &World, email: &str, password: &str) -> Answer {
    w.post("/api/login").json(&json!({"email": email, "password": password})).await
}

async fn user(w: &World, id: kernel::PersonId) -> Value {
    w.get(format!("/api/user/{id}")).by(&w.home.admin).await.expect(200)
}

fn newcomer(email: &str) -> Value {
    json!({"firstName": "Stan", "lastName": "New", "phone": "555-111-2222", "email": email, "password": "correct-horse-9"})
}

world::tests! { crate::open =>
    async fn d18_login(w: World) {
        let h = &w.home;
        assert_eq!(login(&w, &h.staff.email, PASSWORD).await.status, 200);
        for (body, status, message) in [
            (json!({"email": "who@x.org", "password": PASSWORD}), 401, json!("Invalid credentials")),
            (json!({"email": h.staff.email, "password": "nope"}), 401, json!("Invalid credentials")),
            (json!({"email": h.staff.email}), 401, json!("Invalid credentials")),
            (json!({"password": PASSWORD}), 401, json!("Invalid credentials")),
            (json!({}), 401, json!("Invalid credentials")),
            (json!({"email": h.staff.email, "password": ""}), 401, json!("Invalid credentials")),
            (json!({"email": h.staff.email, "password": "x".repeat(100_000)}), 401, json!("Invalid credentials")),
            (json!({"email": "x".repeat(100_000), "password": "x"}), 401, json!("Invalid credentials")),
            (json!({"email": format!(" {}", h.staff.email), "password": PASSWORD}), 401, json!("Invalid credentials")),
            // Before the password is looked at; wrong or missing ones make no difference.
            (json!({"email": h.pending.email, "password": PASSWORD}), 403, json!("Invalid user")),
            (json!({"email": h.pending.email, "password": "nope"}), 403, json!("Invalid user")),
            (json!({"email": h.archived.email}), 403, json!("Invalid user")),
            (json!({"email": h.tenant_with_login.email, "password": PASSWORD}), 403, json!("Invalid user")),
            (json!({"email": h.owner.email, "password": "nope"}), 403, json!("Invalid user")),
            (json!({"email": h.staff.email, "password": 1234}), 400, json!({"password": ["Not a valid string."]})),
            (json!({"email": 5, "password": []}), 400,
                json!({"email": ["Not a valid string."], "password": ["Not a valid string."]})),
            (json!({"email": null, "password": null}), 400,
                json!({"email": ["Field may not be null."], "password": ["Field may not be null."]})),
        ] {
            let answer = w.post("/api/login").json(&body).await;
            let shown = body.to_string().chars().take(90).collect::<String>();
            assert_eq!((answer.status, &answer.json()["message"]), (status, &message), "{shown}");
            w.clock.advance(2);
        }
    }

    async fn d19_addresses_have_no_case(w: World) {
        w.post("/api/register").json(&newcomer("Mixed.Case@X.org")).await.expect(201);
        for again in ["mixed.case@x.org", "MIXED.CASE@X.ORG", "Mixed.Case@X.org"] {
            let told = format!("A user with email '{again}' already exists");
            assert_eq!(w.post("/api/register").json(&newcomer(again)).await.message(400), json!({"email": [told]}));
        }
        let waiting = w.get("/api/users/pending").by(&w.home.admin).await.expect(200);
        let stored = waiting["users"].as_array().expect("a list").iter().any(|u| u["email"] == "Mixed.Case@X.org");
        assert!(stored, "shown as given: {waiting}");
        assert_eq!(login(&w, &w.home.staff.email.to_uppercase(), PASSWORD).await.status, 200);
        let own = json!({"email": w.home.staff.email.to_uppercase()});
        let path = format!("/api/user/{}", w.home.staff.id);
        let changed = w.patch(path).by(&w.home.admin).json(&own).await.expect(200);
        assert_eq!(changed["email"], w.home.staff.email.to_uppercase(), "one's own in other letters is fine");
        let umlaut = newcomer("ÄRGER@bücher.example");
        w.post("/api/register").json(&umlaut).await.expect(201);
        w.post("/api/register").json(&newcomer("ärger@BÜCHER.example")).await.expect(400);
    }

    async fn d20_login_counts_as_activity(w: World) {
        let id = w.home.staff.id;
        let before = user(&w, id).await;
        assert_eq!(before["lastActive"], "11/21/2026 16:28:40", "the moment of creation");
        w.clock.advance(60);
        login(&w, &w.home.staff.email, "nope").await.expect(401);
        assert_eq!(user(&w, id).await, before);
        w.sign_in(&w.home.staff).await;
        let after = user(&w, id).await;
        assert_eq!(after["lastActive"], "11/21/2026 16:29:40");
        assert_eq!((&after["updated_at"], &after["created_at"]), (&after["lastActive"], &before["created_at"]));
    }

    async fn d21_failures_of_one_login(w: World) {
        let (email, other) = (&w.home.staff.email, &w.home.manager.email);
        for _ in 0..5 {
            login(&w, email, "nope").await.expect(401);
        }
        let mut wait = 1;
        while wait < 900 {
            let answer = login(&w, email, PASSWORD).await;
            assert_eq!(answer.message(429), "Too many attempts");
            assert_eq!(answer.header("retry-after"), wait.to_string());
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(login(&w, other, PASSWORD).await.status, 200, "others are not concerned");
            w.clock.advance(wait - 1);
            assert_eq!(login(&w, &email.to_uppercase(), PASSWORD).await.status, 429, "the same login in any case");
            w.clock.advance(1);
            login(&w, email, "nope").await.expect(401);
            wait = (wait * 2).min(900);
        }
        for _ in 0..2 {
            assert_eq!(login(&w, email, PASSWORD).await.header("retry-after"), "900");
            w.clock.advance(900);
            login(&w, email, "nope").await.expect(401);
        }
        w.clock.advance(900);
        login(&w, email, PASSWORD).await.expect(200);
        // A success forgets them all.
        for _ in 0..4 {
            login(&w, email, "nope").await.expect(401);
        }
        login(&w, email, PASSWORD).await.expect(200);
        for _ in 0..4 {
            login(&w, email, "nope").await.expect(401);
        }
        login(&w, email, PASSWORD).await.expect(200);
    }

    async fn d21_failures_of_one_address(w: World) {
        let try_one = |i: usize, from: [u8; 4]| {
            let body = json!({"email": format!("nobody{i}@x.org"), "password": "x"});
            let call = w.post("/api/login").from(from);
            async move { call.json(&body).await }
        };
        for i in 0..50 {
            try_one(i, [10, 0, 0, 1]).await.expect(401);
        }
        let answer = try_one(50, [10, 0, 0, 1]).await;
        assert_eq!((answer.message(429), answer.header("retry-after")), (json!("Too many attempts"), "1".to_owned()));
        try_one(51, [10, 0, 0, 2]).await.expect(401);
    }

    async fn d21_other_calls_that_are_counted(w: World) {
        let staff = &w.home.staff;
        w.tokens(staff).await;
        // A wrong current password.
        let change = json!({"current_password": "nope", "new_password": "another-horse-9", "confirm_password": "another-horse-9"});
        let path = format!("/api/user/{}", staff.id);
        for _ in 0..5 {
            w.patch(path.clone()).by(staff).json(&change).await.expect(401);
        }
        let right = json!({"current_password": PASSWORD, "new_password": "another-horse-9", "confirm_password": "another-horse-9"});
        assert_eq!(w.patch(path.clone()).by(staff).json(&right).await.message(429), "Too many attempts");
        login(&w, &staff.email, PASSWORD).await.expect(429);
        w.clock.advance(1);
        w.patch(path).by(staff).json(&right).await.expect(200);
        // Unknown addresses at reset, and taken ones at register.
        for _ in 0..5 {
            w.post("/api/reset-password").json(&json!({"email": "no@x.org"})).await.expect(400);
            w.post("/api/register").json(&newcomer(&w.home.manager.email)).await.expect(400);
        }
        w.post("/api/reset-password").json(&json!({"email": "no@x.org"})).await.expect(429);
        let taken = w.post("/api/register").json(&newcomer(&w.home.manager.email)).await;
        assert_eq!(taken.message(429), "Too many attempts");
        assert!(!taken.header("retry-after").is_empty());
        // Bad tokens of links, by address.
        for _ in 0..50 {
            w.get("/api/reset-password/a.b.c").from([10, 1, 1, 1]).await.expect(422);
        }
        w.get("/api/reset-password/a.b.c").from([10, 1, 1, 1]).await.expect(429);
        let body = json!({"password": "another-horse-9", "confirm_password": "another-horse-9"});
        w.post("/api/reset-password/a.b.c").from([10, 1, 1, 1]).json(&body).await.expect(429);
    }

    async fn d24_register_gives_no_right(w: World) {
        let mut body = newcomer("new@x.org");
        body["confirmPassword"] = json!("something else");
        body["makeAdmin"] = json!(true);
        body["archived"] = json!(false);
        assert_eq!(w.post("/api/register").json(&body).await.expect(201), json!({"message": "User created successfully."}));
        let waiting = w.get("/api/users/pending").by(&w.home.admin).await.expect(200)["users"].take();
        let new = waiting.as_array().and_then(|u| u.iter().find(|u| u["email"] == "new@x.org")).expect("the new user");
        assert_eq!((&new["role"], &new["archived"]), (&Value::Null, &json!(false)));
        assert_eq!(new["lastActive"], new["created_at"]);
        assert!(new.get("type").is_none() && new.get("password").is_none());
        assert_eq!(login(&w, "new@x.org", "correct-horse-9").await.message(403), "Invalid user");
        for (key, value, told) in [
            ("role", json!(4), json!({"role": ["Role is not allowed"]})),
            ("role", json!("2"), json!({"role": ["Role is not allowed"]})),
            ("role", json!(1), json!({"role": ["Invalid role"]})),
            ("role", json!("x"), json!({"role": ["Invalid role"]})),
            ("role", Value::Null, json!({"role": ["Field may not be null."]})),
            ("type", json!("staff"), json!({"type": ["Type is not allowed"]})),
            ("type", json!("boss"), json!({"type": ["Type is not allowed"]})),
        ] {
            let mut body = newcomer("other@x.org");
            body[key] = value.clone();
            assert_eq!(w.post("/api/register").json(&body).await.message(400), told, "{key} {value}");
        }
        w.post("/api/register").json(&newcomer("other@x.org")).await.expect(201);
    }

    async fn d25_the_password_policy_holds_wherever_one_is_set(w: World) {
        let (admin, staff) = (&w.home.admin, &w.home.staff);
        let path = format!("/api/user/{}", staff.id);
        for (password, told) in [
            ("", Some("Shorter than minimum length 8.")),
            ("1234567", Some("Shorter than minimum length 8.")),
            ("äöüßäöü", Some("Shorter than minimum length 8.")),
            ("12345678", None),
            ("äöüßäöüß", None),
            (&"ä".repeat(128), None),
            (&"x".repeat(129), Some("Longer than maximum length 128.")),
            (&"x".repeat(100_000), Some("Longer than maximum length 128.")),
        ] {
            let mut body = newcomer(&format!("p{}@x.org", password.len()));
            body["password"] = json!(password);
            let register = w.post("/api/register").json(&body).await;
            let set = w.patch(path.clone()).by(admin).json(&json!({"password": password})).await;
            w.forget(staff);
            match told {
                None => {
                    register.expect(201);
                    set.expect(200);
                    login(&w, &staff.email, password).await.expect(200);
                    let back = w.patch(path.clone()).by(admin).json(&json!({"password": PASSWORD})).await;
                    back.expect(200);
                }
                Some(told) => {
                    assert_eq!(register.message(400), json!({"password": [told]}));
                    assert_eq!(set.message(400), json!({"password": [told]}));
                }
            }
            let own = json!({"current_password": PASSWORD, "new_password": password, "confirm_password": password});
            let own = w.patch(path.clone()).by(staff).json(&own).await;
            match told {
                None => drop(own.expect(200)),
                Some(told) => assert_eq!(own.message(400), json!({"new_password": [told]})),
            }
            w.patch(path.clone()).by(admin).json(&json!({"password": PASSWORD})).await.expect(200);
            w.forget(staff);
        }
    }
}
