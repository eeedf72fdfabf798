//! The token call, and what tokens are worth (section 2).

use identity::oauth2::{Ask, ClientAuth, GrantError, Terms};
use kernel::{Door, Principal, Role};
use world::db::sql;

use super::*;

/// Status and word of an answer without tokens.
#[track_caller]
fn refused(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(body["error_description"].is_string(), "{body}");
    assert_eq!(body.as_object().unwrap().len(), 2);
    assert_eq!(answer.header("www-authenticate").starts_with("Basic"), answer.status == 401);
    (answer.status, body["error"].as_str().unwrap().to_owned())
}

fn told(status: u16, word: &str) -> (u16, String) {
    (status, word.to_owned())
}

world::tests! { crate::open =>
    async fn the_published_call(w: Site) {
        for path in ["/api/oauth/token/", "/api/oauth/token"] {
            let form = json!({"grant_type": "password", "username": w.home.manager.email, "password": PASSWORD});
            let answer = w.post(path).header(header::AUTHORIZATION, &basic(&w.program)).form(&form).await;
            let body = answer.expect(200);
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!((&body["token_type"], &body["expires_in"], &body["scope"]), (&json!("Bearer"), &json!(3600), &json!("read write")));
            assert_eq!(body.as_object().unwrap().len(), 5, "{body}");
            w.get(USERS).bearer(body["access_token"].as_str().unwrap()).await.expect(200);
        }
    }

    async fn the_client_may_stand_in_the_form(w: Site) {
        let form = json!({"grant_type": "password", "username": w.home.admin.email.to_uppercase(), "password": PASSWORD,
            "client_id": w.program.key, "client_secret": w.program.secret, "scope": "read"});
        let body = w.post(TOKEN).form(&form).await.expect(200);
        assert_eq!(body["scope"], "read");
        let token = body["access_token"].as_str().unwrap();
        w.get(USERS).bearer(token).await.expect(200);
        w.post(USERS).bearer(token).json(&json!({})).await.expect(403);
        assert_eq!(refused(&w.ask(&w.program, &form).await), told(400, "invalid_request"), "named twice");
    }

    async fn a_phone_number_signs_in_where_it_identifies(w: Site) {
        let boss = w.made(json!({"phone": "0664 1234567", "first_name": "Bo", "role": "manager"})).await;
        assert_eq!(boss["identifier"], "+436641234567");
        assert_eq!(refused(&w.by_password("0664 1234567", PASSWORD).await), told(400, "invalid_grant"), "only invited");
        let (org, id) = (w.home.org, boss["id"].as_i64().unwrap());
        w.write(org, async move |w| {
            w.execute(sql!("UPDATE login SET status = 'active', password_hash = (SELECT max(password_hash) FROM login WHERE org_id = $1) \
                WHERE org_id = $1 AND person_id = $2", org, id)).await
        }).await;
        for name in ["0664 1234567", "+43 664 1234567", "00436641234567"] {
            w.by_password(name, PASSWORD).await.expect(200);
        }
        // ID2: a number beside an e-mail address is contact data, of however many.
        for email in ["one@b.example", "two@b.example"] {
            let listed = json!({"email": email, "phone": "+43 664 1234567", "first_name": "L", "role": "manager"});
            w.made(listed).await;
            let token = w.by_password("0664 1234567", PASSWORD).await.expect(200)["access_token"].clone();
            w.get(USERS).bearer(token.as_str().unwrap()).await.expect(200);
        }
        let session = async move |w: &db::Write| {
            w.one::<i64>(sql!("SELECT count(*) FROM session WHERE org_id = $1 AND person_id = $2", org, id)).await
        };
        assert_eq!(w.write(org, session).await, 5, "all of them of whom the number identifies");
    }

    async fn a_number_that_several_have_alike_signs_in_nobody(w: Site) {
        let hash = async |id: i64| {
            let org = w.home.org;
            w.write(org, async move |w| {
                w.execute(sql!("UPDATE login SET status = 'active', password_hash = (SELECT max(password_hash) FROM login WHERE org_id = $1) \
                    WHERE org_id = $1 AND person_id = $2", org, id)).await
            }).await;
        };
        for (email, good) in [("one@b.example", true), ("two@b.example", false)] {
            let listed = json!({"email": email, "phone": "+43 664 7654321", "first_name": "L", "role": "manager"});
            hash(w.made(listed).await["id"].as_i64().unwrap()).await;
            assert_eq!(w.by_password("0664 7654321", PASSWORD).await.status == 200, good, "{email}");
        }
        w.by_password("two@b.example", PASSWORD).await.expect(200);
    }

    async fn every_error_of_the_token_call(w: Site) {
        let admin = &w.home.admin.email;
        let form = json!({"grant_type": "password", "username": admin, "password": PASSWORD});
        let stranger = Credential { key: w.program.key.clone(), secret: "wrong".to_owned() };
        let unknown = Credential { key: "nobody".to_owned(), secret: w.program.secret.clone() };
        for client in [&stranger, &unknown] {
            assert_eq!(refused(&w.ask(client, &form).await), told(401, "invalid_client"));
        }
        assert_eq!(refused(&w.post(TOKEN).form(&form).await), told(401, "invalid_client"), "none");
        let named = json!({"client_id": w.program.key, "grant_type": "password", "username": admin, "password": PASSWORD});
        assert_eq!(refused(&w.post(TOKEN).form(&named).await), told(401, "invalid_client"), "without its secret");
        for (form, word) in [
            (json!({}), "invalid_request"),
            (json!({"grant_type": "password"}), "invalid_request"),
            (json!({"grant_type": "password", "username": admin}), "invalid_request"),
            (json!({"grant_type": "refresh_token"}), "invalid_request"),
            (json!({"grant_type": "client_credentials"}), "unsupported_grant_type"),
            (json!({"grant_type": "authorization_code", "code": "x"}), "unsupported_grant_type"),
            (json!({"grant_type": "refresh_token", "refresh_token": "x"}), "invalid_grant"),
            (json!({"grant_type": "password", "username": "x\0y", "password": "x"}), "invalid_grant"),
            (json!({"grant_type": "password", "username": admin, "password": PASSWORD, "scope": "money:read"}), "invalid_scope"),
        ] {
            assert_eq!(refused(&w.ask(&w.program, &form).await), told(400, word), "{form}");
        }
        let twice = format!("grant_type=password&username={admin}&username={admin}&password=x");
        let call = w.post(TOKEN).header(header::AUTHORIZATION, &basic(&w.program));
        assert_eq!(refused(&call.raw("application/x-www-form-urlencoded", twice).await), told(400, "invalid_request"));
        let call = w.post(TOKEN).header(header::AUTHORIZATION, &basic(&w.program));
        assert_eq!(refused(&call.json(&form).await), told(400, "invalid_request"), "JSON");
        let large = w.post(TOKEN).header(header::AUTHORIZATION, &basic(&w.program));
        large.raw("application/x-www-form-urlencoded", vec![b'a'; 300 << 10]).await.expect(413);
        let weak = client(&w, w.home.org, &[GrantType::RefreshToken]).await;
        assert_eq!(refused(&w.ask(&weak, &form).await), told(400, "unauthorized_client"));
    }

    async fn only_active_admins_and_managers_of_the_clients_company(w: Site) {
        let h = &w.home;
        for person in [&h.staff, &h.property_manager, &h.pending, &h.archived, &h.tenant_with_login, &h.owner, &w.other.admin] {
            let answer = w.by_password(&person.email, PASSWORD).await;
            assert_eq!(refused(&answer), told(400, "invalid_grant"), "{}", person.email);
            // Failures of one address are counted together.
            w.clock.advance(1_000);
        }
    }

    async fn a_program_that_guesses_keeps_nobody_from_the_pages(w: Site) {
        for _ in 0..4 {
            w.by_password("nobody@mail.example", "wrong").await;
        }
        assert_eq!(w.by_password("nobody@mail.example", "wrong").await.status, 429);
        let pages = kernel::Caller::anonymous(w.home.org, Door::Pages, w.app.now());
        let here = std::net::IpAddr::from(std::net::Ipv4Addr::LOCALHOST);
        let name = &w.home.manager.email;
        w.identity.web_sign_in(&pages, name, identity::Secret(PASSWORD.to_owned()), here, None).await.unwrap();
    }

    async fn guessing_is_slowed_down_from_the_third_failure_on(w: Site) {
        let name = &w.home.manager.email;
        for _ in 0..3 {
            assert_eq!(refused(&w.by_password(name, "wrong").await), told(400, "invalid_grant"));
        }
        for wait in [1, 2, 4, 8] {
            let answer = w.by_password(name, PASSWORD).await;
            assert_eq!(refused(&answer), told(429, "invalid_request"));
            assert_eq!(answer.header("retry-after"), wait.to_string());
            w.clock.advance(wait);
            assert_eq!(refused(&w.by_password(name, "wrong").await), told(400, "invalid_grant"));
        }
        w.clock.advance(900);
        w.by_password(name, PASSWORD).await.expect(200);
        w.by_password(name, "wrong").await.expect(400);
        w.by_password(name, PASSWORD).await.expect(200);
    }

    async fn a_refresh_token_is_good_once_and_its_second_use_ends_all(w: Site) {
        let first = w.by_password(&w.home.admin.email, PASSWORD).await.expect(200);
        let form = |t: &Value| json!({"grant_type": "refresh_token", "refresh_token": t["refresh_token"]});
        let second = w.ask(&w.program, &form(&first)).await.expect(200);
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        let token = |t: &Value| t["access_token"].as_str().unwrap().to_owned();
        w.get(USERS).bearer(&token(&first)).await.expect(200);
        w.get(USERS).bearer(&token(&second)).await.expect(200);
        let stranger = client(&w, w.home.org, &[GrantType::RefreshToken]).await;
        assert_eq!(refused(&w.ask(&stranger, &form(&second)).await), told(400, "invalid_grant"), "of another program");
        assert_eq!(refused(&w.ask(&w.program, &form(&first)).await), told(400, "invalid_grant"));
        for ended in [&first, &second] {
            w.get(USERS).bearer(&token(ended)).await.expect(401);
        }
        assert_eq!(refused(&w.ask(&w.program, &form(&second)).await), told(400, "invalid_grant"));
    }

    async fn tokens_run_out(w: Site) {
        let tokens = w.by_password(&w.home.admin.email, PASSWORD).await.expect(200);
        let access = tokens["access_token"].as_str().unwrap();
        w.clock.advance(3_599);
        w.get(USERS).bearer(access).await.expect(200);
        w.clock.advance(1);
        let answer = w.get(USERS).bearer(access).await;
        answer.expect(401);
        assert!(answer.header("www-authenticate").contains("invalid_token"));
        let form = json!({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]});
        w.clock.advance(30 * 86_400 - 3_600);
        assert_eq!(refused(&w.ask(&w.program, &form).await), told(400, "invalid_grant"));
    }

    async fn whoever_loses_the_role_loses_the_door(w: Site) {
        let tokens = w.by_password(&w.home.manager.email, PASSWORD).await.expect(200);
        let (org, id) = (w.home.org, w.home.manager.id);
        w.write(org, async move |w| w.execute(sql!("UPDATE role_grant SET role = 'staff' WHERE person_id = $1", id)).await).await;
        w.get(USERS).bearer(&w.manager).await.expect(403);
        let form = json!({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]});
        assert_eq!(refused(&w.ask(&w.program, &form).await), told(400, "invalid_grant"));
    }

    async fn a_revoked_client_is_unknown_and_so_are_its_tokens(w: Site) {
        let system = w.system(w.home.org);
        let id = w.app.clients().list(&system).await.unwrap().into_iter().find(|c| c.key == w.program.key).unwrap().id;
        w.app.clients().revoke(&system, id).await.unwrap();
        w.get(USERS).bearer(&w.admin).await.expect(401);
        assert_eq!(refused(&w.by_password(&w.home.admin.email, PASSWORD).await), told(401, "invalid_client"));
    }

    async fn a_token_names_its_door(w: Site) {
        let oauth2 = w.identity.oauth2();
        assert!(oauth2.bearer(&w.admin, Door::Idwell).await.is_ok());
        for door in [Door::Dwellingly, Door::Storedge, Door::Casavi, Door::Pages, Door::Inside] {
            assert!(oauth2.bearer(&w.admin, door).await.is_err(), "{door:?}");
            assert!(w.identity.authenticate(door, identity::Kind::Access, w.admin.as_bytes()).is_err(), "{door:?}");
        }
        assert!(w.identity.oidc().community(&w.admin).await.is_err());
        w.get(USERS).bearer("x").await.expect(401);
        w.get(USERS).header(header::AUTHORIZATION, &basic(&w.program)).await.expect(401);
    }

    async fn a_programs_own_token(w: Site) {
        let program = client(&w, w.home.org, &[GrantType::ClientCredentials]).await;
        let auth = ClientAuth { client_id: program.key.clone(), client_secret: Some(program.secret.clone()) };
        let oauth2 = w.identity.oauth2();
        let terms = |org| Terms { door: Door::Idwell, org, roles: &[Role::Admin] };
        let ask = || Ask::ClientCredentials { scope: None };
        let granted = oauth2.token(&terms(Some(w.home.org)), &auth, ask()).await.unwrap_or_else(|e| panic!("{e:?}"));
        assert!(granted.refresh_token.is_none());
        let bearer = oauth2.bearer(&granted.access_token, Door::Idwell).await.unwrap();
        assert!(matches!(bearer.caller.principal, Principal::Client(id) if id == bearer.client));
        assert!(matches!(oauth2.token(&terms(Some(w.other.org)), &auth, ask()).await, Err(GrantError::Client)));
        // This door is for people.
        w.get(USERS).bearer(&granted.access_token).await.expect(403);
        let stranger = ClientAuth { client_id: w.program.key.clone(), client_secret: Some(w.program.secret.clone()) };
        assert!(oauth2.revoke(Door::Idwell, &stranger, &granted.access_token).await.is_err());
        oauth2.revoke(Door::Idwell, &auth, &granted.access_token).await.unwrap();
        assert!(oauth2.bearer(&granted.access_token, Door::Idwell).await.is_err());
    }

    async fn a_token_that_is_given_back_opens_nothing(w: Site) {
        let revoke = async |client: &Credential, form: Value| {
            w.post("/api/oauth/revoke/").header(header::AUTHORIZATION, &basic(client)).form(&form).await
        };
        let another = client(&w, w.home.org, &[GrantType::Password]).await;
        let foreign = client(&w, w.other.org, &[GrantType::Password]).await;
        for stranger in [&another, &foreign] {
            let answer = revoke(stranger, json!({"token": w.admin})).await;
            assert_eq!(refused(&answer), told(400, "unauthorized_client"));
        }
        let nobody = Credential { secret: "x".to_owned(), ..another.clone() };
        assert_eq!(refused(&revoke(&nobody, json!({"token": w.admin})).await), told(401, "invalid_client"));
        assert_eq!(refused(&revoke(&w.program, json!({})).await), told(400, "invalid_request"));
        w.get(USERS).bearer(&w.admin).await.expect(200);
        for token in ["nothing", "a\0b", w.admin.as_str(), w.admin.as_str()] {
            assert_eq!(revoke(&w.program, json!({"token": token})).await.status, 200);
        }
        w.get(USERS).bearer(&w.admin).await.expect(401);
        w.get(USERS).bearer(&w.manager).await.expect(200);
        // A refresh token takes the access token of its sign-in along.
        let both = w.by_password(&w.home.manager.email, PASSWORD).await.expect(200);
        assert_eq!(revoke(&w.program, json!({"token": both["refresh_token"]})).await.status, 200);
        w.get(USERS).bearer(both["access_token"].as_str().unwrap()).await.expect(401);
        w.get("/api/oauth/revoke").await.expect(405);
    }

    async fn nothing_of_a_token_is_stored_as_it_is(w: Site) {
        let tokens = w.by_password(&w.home.admin.email, PASSWORD).await.expect(200);
        for token in [&tokens["access_token"], &tokens["refresh_token"]] {
            let token = token.as_str().unwrap().as_bytes().to_vec();
            let found: i64 = w.write(w.home.org, async move |w| {
                w.one(sql!("SELECT (SELECT count(*) FROM access_token WHERE token_hash = $1) \
                    + (SELECT count(*) FROM refresh_token WHERE token_hash = $1)", token.as_slice())).await
            }).await;
            assert_eq!(found, 0);
        }
        w.clock.advance(40 * 86_400);
        w.app.jobs().clean_up(&w.system(OrgId::new(0))).await.unwrap();
        let left: i64 = w.write(w.home.org, async |w| w.one(sql!("SELECT count(*) FROM access_token /* scan: test */")).await).await;
        assert_eq!(left, 0);
    }
}
