//! From a browser's first request to the end of the last token.

use kernel::{Door, Error};
use world::{World, axum::http::header, db::sql};

use crate::setup::*;

world::tests! { crate::setup::open =>
    async fn a_program_signs_somebody_in(w: World) {
        let client = client(&w, w.home.org, false, true).await;
        let asked = request(&client, &[]);

        // Nobody is signed in, so the browser goes to the page that does it, and back.
        let to = location(&authorize(&w, &asked, None).await);
        let next = value(&to, "next").unwrap();
        assert!(to.starts_with("/app/login?next=%2Foidc%2Fauthorize%3F"), "{to}");
        let cookie = sign_in(&w, w.home.org, &w.home.tenant_with_login).await;
        let answer = w.get(next).header(header::COOKIE, &format!("user_session={cookie}")).await;
        assert!(location(&answer).starts_with("/app/consent?"));

        allow(&w, &asked, &cookie).await;
        let to = location(&authorize(&w, &asked, Some(&cookie)).await);
        assert!(to.starts_with("https://app.example/callback?code="), "{to}");
        assert_eq!(value(&to, "state").unwrap(), "a b&c");
        assert_eq!(value(&to, "iss").unwrap(), "https://portico.example");

        let answer = redeem(&w, &client, &value(&to, "code").unwrap()).await;
        let tokens = answer.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&"Bearer".into(), &3600.into()));
        let id = claims(&tokens["id_token"]);
        assert_eq!(id["iss"], "https://portico.example");
        assert_eq!(id["aud"], client.client_id.as_str());
        assert_eq!(id["nonce"], "n-1");
        assert_eq!(id["email"], w.home.tenant_with_login.email.as_str());
        assert_eq!(id["auth_time"], world::NOW);
        assert_eq!(id["exp"], world::NOW + 3600);
        assert_eq!(id["amr"], serde_json::json!(["pwd"]));

        let info = userinfo(&w, &tokens).await.expect(200);
        assert_eq!(info["sub"], id["sub"]);
        assert_eq!(info["given_name"], id["given_name"]);

        // The same browser is not asked again, and the token opens the community API.
        let again = location(&authorize(&w, &asked, Some(&cookie)).await);
        assert!(value(&again, "code").is_some());
        let access = tokens["access_token"].as_str().unwrap();
        let bearer = w.identity.oidc().community(access).await.unwrap();
        assert_eq!(bearer.caller.person(), Some(w.home.tenant_with_login.id));
        assert_eq!((bearer.caller.org, bearer.caller.door), (w.home.org, Door::Casavi));
        // An id token is no access token.
        assert!(w.identity.oidc().community(tokens["id_token"].as_str().unwrap()).await.is_err());
    }

    async fn only_programs_of_the_community_open_its_api(w: World) {
        let client = client(&w, w.home.org, false, false).await;
        let tokens = tokens(&w, &client, &w.home.owner).await;
        userinfo(&w, &tokens).await.expect(200);
        let refused = w.identity.oidc().community(tokens["access_token"].as_str().unwrap()).await;
        assert!(matches!(refused, Err(Error::Unauthenticated(_))), "{refused:?}");
    }

    async fn pkce_is_checked(w: World) {
        let (public, secret) = (client(&w, w.home.org, true, true).await, client(&w, w.home.org, false, true).await);
        let cookie = sign_in(&w, w.home.org, &w.home.owner).await;
        let none = [("code_challenge", ""), ("code_challenge_method", "")];
        let to = location(&authorize(&w, &request(&public, &none), Some(&cookie)).await);
        assert_eq!(value(&to, "error").unwrap(), "invalid_request");
        let plain = request(&secret, &[("code_challenge_method", "plain")]);
        let to = location(&authorize(&w, &plain, Some(&cookie)).await);
        assert_eq!(value(&to, "error").unwrap(), "invalid_request");

        for client in [&public, &secret] {
            for verifier in ["", "x", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXz"] {
                let code = code(&w, &request(client, &[]), &cookie).await;
                let form = [
                    ("grant_type", "authorization_code"),
                    ("code", code.as_str()),
                    ("redirect_uri", CALLBACK),
                    ("code_verifier", verifier),
                ];
                assert_eq!(token(&w, client, &form).await.expect(400)["error"], "invalid_grant");
            }
            let code = code(&w, &request(client, &[]), &cookie).await;
            redeem(&w, client, &code).await.expect(200);
        }
        // A verifier for a code that had no challenge: somebody took it out.
        let code = code(&w, &request(&secret, &none), &cookie).await;
        redeem(&w, &secret, &code).await.expect(400);
    }

    async fn a_code_is_good_once_and_for_a_minute(w: World) {
        let client = client(&w, w.home.org, false, true).await;
        let cookie = sign_in(&w, w.home.org, &w.home.owner).await;
        let asked = request(&client, &[]);
        let first = code(&w, &asked, &cookie).await;
        let tokens = redeem(&w, &client, &first).await.expect(200);
        userinfo(&w, &tokens).await.expect(200);
        assert_eq!(redeem(&w, &client, &first).await.expect(400)["error"], "invalid_grant");
        userinfo(&w, &tokens).await.expect(401);
        renew(&w, &client, tokens["refresh_token"].as_str().unwrap()).await.expect(400);

        let (late, other) = (code(&w, &asked, &cookie).await, code(&w, &asked, &cookie).await);
        let elsewhere = [
            ("grant_type", "authorization_code"),
            ("code", other.as_str()),
            ("redirect_uri", "https://app.example/other"),
            ("code_verifier", VERIFIER),
        ];
        token(&w, &client, &elsewhere).await.expect(400);
        let stranger = crate::setup::client(&w, w.home.org, false, true).await;
        redeem(&w, &stranger, &other).await.expect(400);
        w.clock.advance(60);
        redeem(&w, &client, &late).await.expect(400);
    }

    async fn refresh_tokens_rotate_and_a_stolen_one_ends_all(w: World) {
        let client = client(&w, w.home.org, false, true).await;
        let first = tokens(&w, &client, &w.home.owner).await;
        let old = first["refresh_token"].as_str().unwrap();
        w.clock.advance(7200);
        userinfo(&w, &first).await.expect(401);
        let second = renew(&w, &client, old).await.expect(200);
        userinfo(&w, &second).await.expect(200);
        assert_eq!(claims(&second["id_token"])["sub"], claims(&first["id_token"])["sub"]);
        assert_eq!(claims(&second["id_token"])["auth_time"], world::NOW);
        let more = [("grant_type", "refresh_token"), ("refresh_token", second["refresh_token"].as_str().unwrap()), ("scope", "openid admin")];
        assert_eq!(token(&w, &client, &more).await.expect(400)["error"], "invalid_scope");

        assert_eq!(renew(&w, &client, old).await.expect(400)["error"], "invalid_grant");
        userinfo(&w, &second).await.expect(401);
        renew(&w, &client, second["refresh_token"].as_str().unwrap()).await.expect(400);
    }

    async fn nobody_is_sent_to_an_unknown_address(w: World) {
        let client = client(&w, w.home.org, false, true).await;
        let cookie = sign_in(&w, w.home.org, &w.home.owner).await;
        for uri in ["", "https://app.example/callback/", "https://app.example/callback?x=1", "https://evil.example/callback"] {
            let answer = authorize(&w, &request(&client, &[("redirect_uri", uri)]), Some(&cookie)).await;
            assert_eq!((answer.status, answer.text().as_str()), (400, "Redirect"), "{uri}");
        }
        let answer = authorize(&w, &request(&client, &[("client_id", "nobody")]), Some(&cookie)).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, "Client"));
        for (name, wrong, error) in [
            ("response_type", "token", "unsupported_response_type"),
            ("response_type", "", "invalid_request"),
            ("response_mode", "fragment", "invalid_request"),
            ("scope", "profile", "invalid_scope"),
            ("prompt", "none login", "invalid_request"),
            ("max_age", "soon", "invalid_request"),
            ("request", "x", "request_not_supported"),
        ] {
            let to = location(&authorize(&w, &request(&client, &[(name, wrong)]), Some(&cookie)).await);
            assert!(to.starts_with(CALLBACK), "{to}");
            assert_eq!(value(&to, "error").as_deref(), Some(error), "{name}={wrong}");
            assert_eq!(value(&to, "state").as_deref(), Some("a b&c"));
        }
    }

    async fn prompt_and_max_age_are_kept(w: World) {
        let client = client(&w, w.home.org, false, true).await;
        let error = async |cookie: Option<&str>, other: &[(&str, &str)]| {
            let to = location(&authorize(&w, &request(&client, other), cookie).await);
            value(&to, "error").unwrap_or(to)
        };
        assert_eq!(error(None, &[("prompt", "none")]).await, "login_required");
        let cookie = sign_in(&w, w.home.org, &w.home.owner).await;
        assert_eq!(error(Some(&cookie), &[("prompt", "none")]).await, "consent_required");
        allow(&w, &request(&client, &[]), &cookie).await;
        let to = location(&authorize(&w, &request(&client, &[("prompt", "none")]), Some(&cookie)).await);
        assert!(value(&to, "code").is_some(), "{to}");
        let to = error(Some(&cookie), &[("prompt", "consent")]).await;
        assert!(to.starts_with("/app/consent?"), "{to}");

        w.clock.advance(100);
        let within = location(&authorize(&w, &request(&client, &[("max_age", "100")]), Some(&cookie)).await);
        assert!(value(&within, "code").is_some(), "{within}");
        assert_eq!(error(Some(&cookie), &[("max_age", "99"), ("prompt", "none")]).await, "login_required");
        for wish in [("max_age", "99"), ("max_age", "0"), ("prompt", "login"), ("prompt", "select_account")] {
            let to = error(Some(&cookie), &[wish]).await;
            let next = value(&to, "next").unwrap_or_else(|| panic!("{wish:?}: {to}"));
            // The old sign-in does not do, a new one does.
            let same = w.get(next.clone()).header(header::COOKIE, &format!("user_session={cookie}")).await;
            assert!(location(&same).starts_with("/app/login?"), "{wish:?}");
            let new = sign_in(&w, w.home.org, &w.home.owner).await;
            let done = w.get(next).header(header::COOKIE, &format!("user_session={new}")).await;
            assert!(location(&done).starts_with(CALLBACK), "{wish:?}");
        }
    }

    async fn what_ended_opens_nothing(w: World) {
        let client = client(&w, w.home.org, false, true).await;
        let owner = tokens(&w, &client, &w.home.owner).await;
        let tenant = tokens(&w, &client, &w.home.tenant_with_login).await;
        let cookie = sign_in(&w, w.home.org, &w.home.owner).await;
        let pending = code(&w, &request(&client, &[]), &cookie).await;
        let (org, id) = (w.home.org, w.home.owner.id);
        let archive = async move |t: &world::db::Write| {
            t.execute(sql!("UPDATE person SET archived_at = $3 WHERE org_id = $1 AND id = $2", org, id, t.now())).await
        };
        w.db.db.write(&w.system(org), archive).await.unwrap();
        userinfo(&w, &owner).await.expect(401);
        renew(&w, &client, owner["refresh_token"].as_str().unwrap()).await.expect(400);
        redeem(&w, &client, &pending).await.expect(400);
        let to = location(&authorize(&w, &request(&client, &[]), Some(&cookie)).await);
        assert!(to.starts_with("/app/login?"), "{to}");
        userinfo(&w, &tenant).await.expect(200);

        let clients = w.app.clients();
        let known = clients.list(&w.system(org)).await.unwrap().pop().unwrap();
        clients.revoke(&w.system(org), known.id).await.unwrap();
        userinfo(&w, &tenant).await.expect(401);
        assert_eq!(renew(&w, &client, tenant["refresh_token"].as_str().unwrap()).await.expect(401)["error"], "invalid_client");
        assert_eq!(authorize(&w, &request(&client, &[]), None).await.status, 400);
    }

    async fn people_of_another_organization_are_nobody(w: World) {
        let client = client(&w, w.home.org, false, true).await;
        let cookie = sign_in(&w, w.other.org, &w.other.owner).await;
        let to = location(&authorize(&w, &request(&client, &[]), Some(&cookie)).await);
        assert!(to.starts_with("/app/login?"), "{to}");
        let foreign = crate::setup::client(&w, w.other.org, false, true).await;
        let tokens = tokens(&w, &client, &w.home.owner).await;
        renew(&w, &foreign, tokens["refresh_token"].as_str().unwrap()).await.expect(400);
        userinfo(&w, &tokens).await.expect(200);
    }

    async fn programs_ask_about_and_end_their_tokens(w: World) {
        let client = client(&w, w.home.org, false, true).await;
        let other = crate::setup::client(&w, w.home.org, false, true).await;
        let public = crate::setup::client(&w, w.home.org, true, true).await;
        let tokens = tokens(&w, &client, &w.home.owner).await;
        let access = [("token", tokens["access_token"].as_str().unwrap())];
        let refresh = [("token", tokens["refresh_token"].as_str().unwrap())];
        let asked = post(&w, "/oidc/introspect", &client, &access).await.expect(200);
        assert_eq!((&asked["active"], &asked["client_id"]), (&true.into(), &client.client_id.clone().into()));
        assert_eq!(post(&w, "/oidc/introspect", &client, &refresh).await.expect(200)["active"], true);
        for token in [access, refresh] {
            let foreign = post(&w, "/oidc/introspect", &other, &token).await.expect(200);
            assert_eq!(foreign, serde_json::json!({"active": false}));
        }
        post(&w, "/oidc/introspect", &public, &access).await.expect(401);
        post(&w, "/oidc/revoke", &other, &access).await.expect(400);
        post(&w, "/oidc/revoke", &client, &[("token", "unknown")]).await.expect(200);
        post(&w, "/oidc/revoke", &client, &refresh).await.expect(200);
        assert_eq!(post(&w, "/oidc/introspect", &client, &access).await.expect(200)["active"], false);
        userinfo(&w, &tokens).await.expect(401);
    }

    async fn signing_out_takes_the_tokens_of_the_browser_along(w: World) {
        let client = client(&w, w.home.org, false, true).await;
        let cookie = sign_in(&w, w.home.org, &w.home.owner).await;
        let code_1 = code(&w, &request(&client, &[("scope", "openid")]), &cookie).await;
        let bound = redeem(&w, &client, &code_1).await.expect(200);
        let code_2 = code(&w, &request(&client, &[]), &cookie).await;
        let offline = redeem(&w, &client, &code_2).await.expect(200);
        assert!(claims(&bound["id_token"]).get("email").is_none());

        let cookie = format!("user_session={cookie}");
        let asked = w.get("/oidc/end-session").header(header::COOKIE, &cookie).await;
        assert_eq!(location(&asked), "/app/sign-out");
        let hint = bound["id_token"].as_str().unwrap();
        let evil = w.get(format!("/oidc/end-session?id_token_hint={hint}&post_logout_redirect_uri=https://evil.example")).await;
        assert_eq!(location(&evil), "/app/signed-out");
        userinfo(&w, &bound).await.expect(200);
        let path = format!("/oidc/end-session?id_token_hint={hint}&post_logout_redirect_uri=https://app.example/bye&state=s");
        let out = w.get(path).header(header::COOKIE, &cookie).await;
        assert_eq!(location(&out), "https://app.example/bye?state=s");
        assert!(out.header("set-cookie").contains("user_session=; Path=/; Max-Age=0"));
        userinfo(&w, &bound).await.expect(401);
        userinfo(&w, &offline).await.expect(200);
    }

    async fn a_cookie_ends_after_two_quiet_weeks_or_a_month(w: World) {
        let day = 24 * 3600;
        let quiet = sign_in(&w, w.home.org, &w.home.owner).await;
        let busy = sign_in(&w, w.home.org, &w.home.owner).await;
        let good = async |cookie: &str| match w.identity.web_caller(cookie, Door::Casavi).await {
            Ok(caller) => w.app.read(&caller, async |_, _| Ok(())).await.is_ok(),
            Err(_) => false,
        };
        for n in 1..=31 {
            w.clock.advance(day);
            assert_eq!(good(&busy).await, n < 30, "day {n}");
        }
        assert!(!good(&quiet).await);
        assert!(!good("").await && !good("nothing").await);
    }
}
