//! Tokens: section 3, D22, D23, D64.

use axum::http::header;
use kernel::Door;
use serde_json::{Value, json};
use world::{Server, World, axum, now};

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// What a call that any approved user may make says about a header.
async fn said(w: &World, authorization: &str) -> (u16, Value) {
    let answer = w.get("/api/widgets").header(header::AUTHORIZATION, authorization).await;
    (answer.status, answer.json()["message"].clone())
}

async fn of_token(w: &World, token: &str) -> (u16, Value) {
    said(w, &format!("Bearer {token}")).await
}

world::tests! { crate::open =>
    async fn claims_and_lifetimes(w: World) {
        let person = w.person(w.home.org, "Ünal ?>~", "Öz_-/+", "uenal@x.org", Some(kernel::Role::Staff)).await;
        let tokens = w.tokens(&person).await;
        for (token, kind, fresh, lifetime) in
            [(&tokens.access, "access", true, 900), (&tokens.refresh, "refresh", false, 604_800)]
        {
            let claims = Server::claims(token);
            assert_eq!((&claims["type"], &claims["fresh"]), (&json!(kind), &json!(fresh)));
            assert_eq!(claims["sub"], json!(person.id.get()), "a number");
            assert_eq!((&claims["iat"], &claims["nbf"]), (&json!(world::NOW), &json!(world::NOW)));
            assert_eq!(claims["exp"], world::NOW + lifetime);
            assert_eq!(claims["jti"].as_str().map(str::len), Some(36));
            assert_eq!((&claims["firstName"], &claims["lastName"]), (&json!("Ünal ?>~"), &json!("Öz_-/+")));
            assert_eq!((&claims["email"], &claims["phone"]), (&json!("uenal@x.org"), &json!("555-111-2222")));
            assert!(claims.get("role").is_none());
            let payload = token.split('.').nth(1).expect("three parts");
            assert!(!payload.contains(['-', '_', '=']), "the client's decoder breaks on them: {payload}");
        }
        let again = w.sign_in(&person).await;
        assert_ne!(Server::claims(&again.access)["jti"], Server::claims(&tokens.access)["jti"]);
    }

    async fn section_3_1_every_row(w: World) {
        let tokens = w.tokens(&w.home.staff).await;
        let (good, id) = (&tokens.access, w.home.staff.id.get());
        let claims = Server::claims(good);
        assert_eq!(w.get("/api/widgets").await.message(401), "Missing authorization header");
        for (sent, status, text) in [
            ("Bearer".to_owned(), 422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"),
            (format!("Bearer {good} {good}"), 422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"),
            (format!("bearer {good}"), 401, "Missing 'bearer' type in 'authorization' header. expected 'authorization: bearer <jwt>'"),
            (good.clone(), 401, "Missing 'bearer' type in 'authorization' header. expected 'authorization: bearer <jwt>'"),
            ("Bearer abc".to_owned(), 422, "Not enough segments"),
            ("Bearer a.b".to_owned(), 422, "Not enough segments"),
            ("Bearer a.b.c.d".to_owned(), 422, "Not enough segments"),
            (format!("Bearer {}", "x".repeat(20_000)), 422, "Not enough segments"),
            ("Bearer a.b.c".to_owned(), 422, "Invalid header padding"),
        ] {
            assert_eq!(said(&w, &sent).await, (status, json!(text)), "{sent}");
        }
        assert_eq!(of_token(&w, good).await.0, 200);
        for (token, status, text) in [
            (w.sealed_elsewhere(HS256, &claims), 422, "Signature verification failed".to_owned()),
            (format!("{}x", &good[..good.len() - 1]), 422, "Signature verification failed".to_owned()),
            (tampered(good), 422, "Signature verification failed".to_owned()),
            (w.sealed(r#"{"alg":"none","typ":"JWT"}"#, &claims), 422, "The specified alg value is not allowed".to_owned()),
            (w.sealed(r#"{"alg":"None"}"#, &claims), 422, "The specified alg value is not allowed".to_owned()),
            (w.sealed(r#"{"alg":"HS512","typ":"JWT"}"#, &claims), 422, "The specified alg value is not allowed".to_owned()),
            (w.sealed(r#"{"alg":"RS256","typ":"JWT"}"#, &claims), 422, "The specified alg value is not allowed".to_owned()),
            (w.forged(good, &json!({"exp": world::NOW})), 401, "Token has expired".to_owned()),
            (w.forged(good, &json!({"exp": 0})), 401, "Token has expired".to_owned()),
            (w.forged(good, &json!({"nbf": world::NOW + 1})), 422, "The token is not yet valid (nbf)".to_owned()),
            (w.forged(good, &json!({"sub": null})), 422, "Missing claim: sub".to_owned()),
            (w.forged(good, &json!({"type": null})), 422, "Missing claim: type".to_owned()),
            (w.forged(good, &json!({"jti": null})), 422, "Missing claim: jti".to_owned()),
            (w.forged(good, &json!({"exp": null})), 422, "Missing claim: exp".to_owned()),
            (w.sealed(HS256, &json!({"sub": 1})), 422, "Missing claim: type".to_owned()),
            (tokens.refresh.clone(), 422, "Only non-refresh tokens are allowed".to_owned()),
            (w.forged(good, &json!({"sub": 4711})), 401, "Error loading the user 4711".to_owned()),
            (w.forged(good, &json!({"sub": w.home.tenant.get()})), 401, format!("Error loading the user {}", w.home.tenant)),
            (w.forged(good, &json!({"sub": w.other.staff.id.get()})), 401, format!("Error loading the user {}", w.other.staff.id)),
            (w.forged(good, &json!({"org": w.other.org.get()})), 401, format!("Error loading the user {id}")),
            (w.forged(good, &json!({"sid": 4711})), 401, "Token has been revoked".to_owned()),
        ] {
            assert_eq!(of_token(&w, &token).await, (status, json!(text)), "{token}");
        }
        assert_eq!(w.post("/api/refresh").bearer(good).await.message(422), "Only refresh tokens are allowed");
        // Claims of a wrong form: some text, but never a defect.
        for (claim, value) in [("sub", json!("1")), ("sub", json!(1.5)), ("exp", json!("x")), ("jti", json!("x")),
            ("type", json!("x")), ("sid", json!([])), ("org", json!(-1)), ("door", json!(5)), ("sub", json!(1e30))]
        {
            let (status, _) = of_token(&w, &w.forged(good, &json!({claim: value}))).await;
            assert!(status == 422 || status == 401, "{claim} {value}: {status}");
        }
    }

    async fn tokens_live_as_long_as_they_say(w: World) {
        let tokens = w.sign_in(&w.home.staff).await;
        w.clock.advance(899);
        assert_eq!(of_token(&w, &tokens.access).await.0, 200);
        w.clock.advance(1);
        assert_eq!(of_token(&w, &tokens.access).await, (401, json!("Token has expired")));
        w.clock.advance(604_800 - 901);
        let last = w.post("/api/refresh").bearer(&tokens.refresh).await.expect(200)["access_token"].clone();
        let last = last.as_str().expect("a token");
        w.clock.advance(1);
        assert_eq!(w.post("/api/refresh").bearer(&tokens.refresh).await.message(401), "Token has expired");
        // The last access token outlives the refresh token it came from.
        w.clock.advance(890);
        assert_eq!(of_token(&w, last).await.0, 200);
        w.clock.advance(9);
        assert_eq!(of_token(&w, last).await, (401, json!("Token has expired")));
    }

    async fn d22_refresh(w: World) {
        let tokens = w.sign_in(&w.home.staff).await;
        let before = w.get(format!("/api/user/{}", w.home.staff.id)).by(&w.home.admin).await.expect(200);
        w.clock.advance(60);
        for _ in 0..2 {
            let answer = w.post("/api/refresh").bearer(&tokens.refresh).json(&json!({})).await.expect(200);
            assert_eq!(answer.as_object().map(|o| o.len()), Some(1), "{answer}");
            let access = answer["access_token"].as_str().expect("a token");
            let claims = Server::claims(access);
            assert_eq!((&claims["fresh"], &claims["type"]), (&json!(false), &json!("access")));
            assert_eq!(claims["exp"], world::NOW + 960);
            assert_eq!(of_token(&w, access).await.0, 200);
        }
        // D20: it does not count as activity.
        let after = w.get(format!("/api/user/{}", w.home.staff.id)).by(&w.home.admin).await.expect(200);
        assert_eq!(before, after);
        assert_eq!(w.post("/api/refresh").await.message(401), "Missing authorization header");
        w.post(format!("/api/user/archive/{}", w.home.staff.id)).by(&w.home.admin).await.expect(201);
        let told = format!("Error loading the user {}", w.home.staff.id);
        assert_eq!(w.post("/api/refresh").bearer(&tokens.refresh).await.message(401), told);
    }

    async fn d23_logout_ends_the_whole_login(w: World) {
        for use_refresh in [false, true] {
            let (mine, other) = (w.sign_in(&w.home.staff).await, w.sign_in(&w.home.staff).await);
            let got = w.post("/api/refresh").bearer(&mine.refresh).await.expect(200);
            let got = got["access_token"].as_str().expect("a token").to_owned();
            let with = if use_refresh { &mine.refresh } else { &mine.access };
            assert_eq!(w.post("/api/logout").bearer(with).await.message(200), "Logged out");
            for access in [&mine.access, &got] {
                assert_eq!(of_token(&w, access).await, (401, json!("Token has been revoked")));
            }
            assert_eq!(w.post("/api/refresh").bearer(&mine.refresh).await.message(401), "Token has been revoked");
            assert_eq!(w.post("/api/logout").bearer(with).await.message(401), "Token has been revoked");
            assert_eq!(of_token(&w, &other.access).await.0, 200, "another login stays");
        }
        let tokens = w.sign_in(&w.home.staff).await;
        assert_eq!(w.post("/api/logout").await.message(401), "Missing authorization header");
        for token in [&tokens.access, &tokens.refresh] {
            let expired = w.forged(token, &json!({"exp": 1}));
            assert_eq!(w.post("/api/logout").bearer(&expired).await.message(401), "Token has expired");
            let foreign = w.sealed_elsewhere(HS256, &Server::claims(token));
            assert_eq!(w.post("/api/logout").bearer(&foreign).await.message(422), "Signature verification failed");
        }
    }

    async fn rights_follow_every_change_at_once(w: World) {
        let (admin, staff) = (&w.home.admin, &w.home.staff);
        let tokens = w.sign_in(staff).await;
        let path = format!("/api/user/{}", staff.id);
        let list = || w.get("/api/properties").bearer(&tokens.access).into_future();
        assert_eq!(list().await.message(401), "Not Authorized");
        w.patch(path.clone()).by(admin).json(&json!({"role": 4})).await.expect(200);
        list().await.expect(200);
        w.patch(path.clone()).by(admin).json(&json!({"role": 2})).await.expect(200);
        assert_eq!(list().await.message(401), "Not Authorized");
        // D35: archived, and back.
        let told = json!(format!("Error loading the user {}", staff.id));
        w.post(format!("/api/user/archive/{}", staff.id)).by(admin).await.expect(201);
        assert_eq!(of_token(&w, &tokens.access).await, (401, told.clone()));
        w.post(format!("/api/user/archive/{}", staff.id)).by(admin).await.expect(201);
        assert_eq!(of_token(&w, &tokens.access).await.0, 200);
        w.post("/api/refresh").bearer(&tokens.refresh).await.expect(200);
        // An admin sets the password: all logins end.
        w.patch(path).by(admin).json(&json!({"password": "another-horse-9"})).await.expect(200);
        assert_eq!(of_token(&w, &tokens.access).await, (401, json!("Token has been revoked")));
        // Deleted.
        let leaver = w.person(w.home.org, "L", "L", "leaver@x.org", Some(kernel::Role::Staff)).await;
        let tokens = w.sign_in(&leaver).await;
        w.delete(format!("/api/user/{}", leaver.id)).by(admin).await.expect(200);
        let told = json!(format!("Error loading the user {}", leaver.id));
        assert_eq!(of_token(&w, &tokens.access).await, (401, told));
    }

    async fn tokens_of_other_doors_and_other_kinds(w: World) {
        for door in [Door::Pages, Door::Inside] {
            let token = w.smuggled(w.home.org, w.home.admin.id, door).await.access;
            assert_eq!(of_token(&w, &token).await, (422, json!("Signature verification failed")), "{door:?}");
            // Even one that lies about its door has its session against it.
            let lying = w.forged(&token, &json!({"door": "dwellingly"}));
            assert_eq!(of_token(&w, &lying).await, (401, json!("Token has been revoked")), "{door:?}");
        }
        for person in [&w.home.tenant_with_login, &w.home.owner, &w.home.pending, &w.home.archived] {
            let token = w.smuggled(w.home.org, person.id, Door::Dwellingly).await.access;
            let told = json!(format!("Error loading the user {}", person.id));
            assert_eq!(of_token(&w, &token).await, (401, told));
        }
        let good = w.smuggled(w.home.org, w.home.admin.id, Door::Dwellingly).await.access;
        assert_eq!(of_token(&w, &good).await.0, 200);
        // Reset links are not taken for access tokens.
        let link = w.sealed(HS256, &json!({"user_id": 1, "exp": world::NOW + 600, "jti": w.app.random().uid(now()),
            "purpose": "reset", "org": 1}));
        assert_eq!(of_token(&w, &link).await, (422, json!("Missing claim: sub")));
    }
}

/// The same signature below another payload.
fn tampered(token: &str) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    format!("{}.{}A.{}", parts[0], parts[1], parts[2])
}
