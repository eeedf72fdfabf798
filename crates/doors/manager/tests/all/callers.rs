//! Who comes in: pairs, tokens, and everybody else.

use kernel::{Door, Scope};
use manager::routes;
use serde_json::json;
use world::{World, axum, axum::http::header, db::sql};

use crate::*;

const DAY: i64 = 24 * 3600;

world::tests! { crate::open =>
    async fn a_pair_gets_a_token_for_a_month(w: World) {
        let pair = key(&w, w.home.org, &[Scope::Read], None).await;
        let answer = authenticate(&w, &pair).await;
        let got = answer.expect(200);
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert_eq!(got["expiresAt"], "2026-12-21T16:28:40.000Z");
        let token = got["token"].as_str().unwrap();
        get(&w, token, "/v2/contacts").await.expect(200);
        w.clock.advance(30 * DAY - 1);
        get(&w, token, "/v2/contacts").await.expect(200);
        w.clock.advance(1);
        assert_eq!(get(&w, token, "/v2/contacts").await.expect(401)["error"], "unauthenticated");
        w.app.jobs().clean_up(&w.system(w.home.org)).await.unwrap();
        let left = async |r: &db::Read| r.one::<i64>(sql!("SELECT count(*) FROM key_token /* scan: a test */")).await;
        assert_eq!(w.db.db.read(&w.system(w.home.org), left).await.unwrap(), 0);
    }

    async fn wrong_pairs_look_alike(w: World) {
        let (key, secret) = key(&w, w.home.org, &[Scope::Read], None).await;
        let signed = w.program(w.home.org, &Scope::ALL, None).await;
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let mut told = Vec::new();
        for wrong in [
            pair(&key, "wrong"),
            pair(&key, ""),
            pair("", ""),
            pair("nobody", &secret),
            pair(&secret, &key),
            pair("a\0b", &secret),
            pair(&key, &format!("{secret}\0")),
            // A program that signs its requests has no business here.
            pair(&signed.key, &signed.secret),
        ] {
            told.push(authenticate(&w, &wrong).await.expect(401).to_string());
        }
        told.dedup();
        assert_eq!(told.len(), 1, "{told:?}");
        for body in ["", "{", "[]", "null", "{\"key\":\"x\"}", "{\"key\":1,\"secret\":\"x\"}", "\u{feff}{}"] {
            let answer = w.post("/v2/authenticate").raw("application/json", body).await;
            assert_eq!(answer.expect(400)["error"], "invalid_request", "{body}");
        }
        w.post("/v2/authenticate").raw("application/json", b"{\"key\":\"\xff\",\"secret\":\"\"}".to_vec()).await.expect(400);
        let long = format!("{{\"key\":\"{}\",\"secret\":\"\"}}", "x".repeat(20_000));
        w.post("/v2/authenticate").raw("application/json", long).await.expect(413);
    }

    async fn every_call_refuses_everybody_else(w: World) {
        let good = token(&w, w.home.org, None).await;
        let blind = key(&w, w.home.org, &[Scope::Write, Scope::MoneyRead], None).await;
        let blind = authenticate(&w, &blind).await.expect(200)["token"].as_str().unwrap().to_owned();
        let nowhere = token(&w, w.home.org, Some(Vec::new())).await;
        let cookie = {
            let caller = kernel::Caller::anonymous(w.home.org, Door::Pages, w.app.now());
            let password = identity::Secret(world::PASSWORD.to_owned());
            w.identity.web_sign_in(&caller, &w.home.admin.email, password, [127, 0, 0, 1].into(), None).await.unwrap()
        };
        let smuggled = w.smuggled(w.home.org, w.home.admin.id, Door::Manager).await;
        let pages = w.smuggled(w.home.org, w.home.admin.id, Door::Dwellingly).await;
        for route in routes().iter().filter(|r| r.signed_in) {
            let path = route.path.replace("{propertyId}", &w.home.harbour.to_string());
            get(&w, &good, &path).await.expect(200);
            let none = w.get(&path).await.expect(401);
            for wrong in ["", "x", &smuggled.access, &pages.access, &cookie, &good[1..], &format!("{good}x")] {
                assert_eq!(get(&w, wrong, &path).await.expect(401), none, "{path} {wrong}");
            }
            w.get(&path).bearer(&good).await.expect(401);
            w.get(&path).header(header::COOKIE, &format!("user_session={cookie}")).await.expect(401);
            w.get(&path).header(TOKEN, &good).header(TOKEN, &good).await.expect(401);
            w.get(format!("{path}?token={good}")).await.expect(401);
            assert_eq!(get(&w, &blind, &path).await.expect(403)["error"], "forbidden", "{path}");
            assert_eq!(get(&w, &nowhere, &path).await.expect(403)["error"], "forbidden", "{path}");
            let other = w.request(axum::http::Method::DELETE, &path).header(TOKEN, &good).await;
            assert_eq!((other.status, other.header("allow")), (405, "GET,HEAD".to_owned()));
            get(&w, &good, &format!("{path}/")).await.expect(200);
        }
        assert_eq!(get(&w, &good, "/v2/nothing").await.expect(404)["error"], "not_found");
        // The right is told before what is wrong with the query.
        get(&w, &blind, "/v2/contacts?page=x").await.expect(403);
    }

    async fn tokens_end_with_their_program_and_their_secret(w: World) {
        let pair = key(&w, w.home.org, &[Scope::Read], None).await;
        let first = authenticate(&w, &pair).await.expect(200)["token"].as_str().unwrap().to_owned();
        let system = w.system(w.home.org);
        let new = w.identity.rotate_client(&system, &pair.0, 3600).await.unwrap();
        let second = authenticate(&w, &(new.key.clone(), new.secret.clone())).await.expect(200)["token"].as_str().unwrap().to_owned();
        authenticate(&w, &pair).await.expect(200);
        get(&w, &first, "/v2/units").await.expect(200);
        w.clock.advance(3600);
        authenticate(&w, &pair).await.expect(401);
        get(&w, &first, "/v2/units").await.expect(401);
        get(&w, &second, "/v2/units").await.expect(200);
        let clients = w.app.clients();
        let known = clients.list(&system).await.unwrap().into_iter().find(|c| c.key == new.key).unwrap();
        assert_eq!(known.kind, "api_key");
        clients.revoke(&system, known.id).await.unwrap();
        get(&w, &second, "/v2/units").await.expect(401);
        authenticate(&w, &(new.key, new.secret)).await.expect(401);
    }

    async fn a_program_has_at_most_a_hundred_tokens(w: World) {
        let pair = key(&w, w.home.org, &[Scope::Read], None).await;
        let first = authenticate(&w, &pair).await.expect(200)["token"].as_str().unwrap().to_owned();
        for _ in 0..99 {
            authenticate(&w, &pair).await.expect(200);
        }
        get(&w, &first, "/v2/units").await.expect(200);
        authenticate(&w, &pair).await.expect(200);
        get(&w, &first, "/v2/units").await.expect(401);
    }

    async fn neither_secret_nor_token_is_stored(w: World) {
        let pair = key(&w, w.home.org, &[Scope::Read], None).await;
        let token = authenticate(&w, &pair).await.expect(200)["token"].as_str().unwrap().to_owned();
        let kept = async |r: &db::Read| {
            let secrets: Vec<Vec<u8>> = r.all(sql!("SELECT sealed FROM client_secret /* scan: a test */")).await?;
            let tokens: Vec<Vec<u8>> = r.all(sql!("SELECT token_hash FROM key_token /* scan: a test */")).await?;
            Ok((secrets, tokens))
        };
        let (secrets, tokens) = w.db.db.read(&w.system(w.home.org), kept).await.unwrap();
        assert_eq!((secrets[0].len(), tokens[0].len()), (32, 32));
        assert!(secrets[0] != pair.1.as_bytes() && tokens[0] != token.as_bytes());
        let said = serde_json::to_string(&json!(w.changes(w.home.org).await)).unwrap();
        assert!(said.contains("client.created") && !said.contains(&pair.1));
    }
}
