//! Section 3: what a signature must be, and what is told when it is not.

use axum::http::{HeaderName, Method, header};
use kernel::Scope;
use serde_json::json;
use uuid::Uuid;
use world::{Kit, Signing, World, axum, db};

use crate::{Site, error, settled, uid_of};

const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// The door without a configured address (O7), as at a demo.
async fn plain(dialect: db::Dialect) -> Site {
    let kit = Kit { entrances: |identity| vec![storedge::entrance(identity, None)], ..crate::KIT };
    settled(World::new(dialect, kit).await).await
}

world::tests! { crate::open =>
    async fn a_good_signature_opens_the_door(w: Site) {
        let answer = w.get(w.at("/tenants")).signed(&w.program).await;
        let body = answer.expect(200);
        assert!(body["tenants"].is_array());
        assert_eq!(body["meta"]["request_id"], answer.header("x-request-id"));
        // Everything a query may hold.
        for query in ["per_page=5&a=b+c&d=%25&e=%2B&f=%C3%A4&g&g=&g=1&h[]=1&h[]=2&i[j]=k,l&m=%E2%82%AC~-._!'()*"] {
            w.get(w.at(&format!("/tenants?{query}"))).signed(&w.program).await.expect(200);
        }
    }

    async fn o2_o5_o8_whatever_is_wrong_is_told_alike(w: Site) {
        let path = || w.at("/tenants?page=1");
        let good = |signing: Signing| w.get(path()).signed_as(&w.program, &signing);
        let with = |name: &'static str, value: &str| Signing { extra: vec![(name, value.to_owned())], ..Signing::default() };
        let unknown = world::Program { key: "nobody".to_owned(), ..w.program.clone() };
        let wrong = world::Program { secret: "wrong".to_owned(), ..w.program.clone() };
        let late = |late| Signing { late, ..Signing::default() };
        let header = w.get(path()).authorization(&w.program, &Signing::default());
        let refused = [
            w.get(path()).await,
            w.get(path()).signed(&unknown).await,
            w.get(path()).signed(&wrong).await,
            good(late(301)).await,
            good(late(-301)).await,
            good(with("oauth_version", "2.0")).await,
            good(with("oauth_token", "t")).await,
            good(Signing { nonce: Some(String::new()), ..Signing::default() }).await,
            good(Signing { nonce: Some("x".repeat(256)), ..Signing::default() }).await,
            good(Signing { origin: "https://elsewhere.example".to_owned(), ..Signing::default() }).await,
            w.get(path()).header(header::AUTHORIZATION, &header.replace("OAuth", "Bearer")).await,
            w.get(path()).header(header::AUTHORIZATION, &header.replace("HMAC-SHA1", "PLAINTEXT")).await,
            w.get(w.at("/tenants?page=2")).header(header::AUTHORIZATION, &header).await,
            w.get(w.at("/tenants/?page=1")).header(header::AUTHORIZATION, &header).await,
            w.post(path()).header(header::AUTHORIZATION, &header).await,
            w.get(w.at("/nothing")).await,
            w.get("/v1").await,
            w.get("/v1/x/y").signed(&wrong).await,
        ];
        for answer in &refused {
            assert_eq!(error(answer), (401, json!(2)));
            let meta = &answer.json()["meta"];
            assert_eq!(meta["message"], "Invalid OAuth Request.");
            assert_eq!(meta.get("errors"), None);
        }
        let same = |a: &world::Answer| { let mut m = a.json(); m["meta"]["request_id"].take(); m };
        assert_eq!(same(&refused[1]), same(&refused[2]), "an unknown key and a wrong secret");
        for good_one in [late(300), late(-300), with("oauth_token", ""), Signing { extra: Vec::new(), ..Signing::default() }] {
            good(good_one).await.expect(200);
        }
    }

    async fn o5_a_nonce_is_good_once(w: Site) {
        let once = Signing { nonce: Some("-8376237462837462837".to_owned()), ..Signing::default() };
        w.get(w.at("/tenants")).signed_as(&w.program, &once).await.expect(200);
        assert_eq!(error(&w.get(w.at("/tenants")).signed_as(&w.program, &once).await), (401, json!(2)));
        // Another second is another request, and so is another program's.
        w.clock.advance(1);
        w.get(w.at("/tenants")).signed_as(&w.program, &once).await.expect(200);
        let second = w.program(w.home.org, &Scope::ALL, None).await;
        w.get(w.at("/tenants")).signed_as(&second, &once).await.expect(200);
    }

    async fn a_bad_signature_writes_nothing(w: Site) {
        let count = async || -> i64 {
            w.write(w.home.org, async |w| w.one(db::sql!("SELECT count(*) FROM nonce")).await).await
        };
        let wrong = world::Program { secret: "wrong".to_owned(), ..w.program.clone() };
        let nonce = Signing { nonce: Some("n".to_owned()), ..Signing::default() };
        let answer = w.get(w.at("/tenants")).signed_as(&wrong, &nonce).await;
        assert_eq!(error(&answer), (401, json!(2)));
        assert_eq!(count().await, 0);
        // The nonce is not used up by who cannot sign.
        w.get(w.at("/tenants")).signed_as(&w.program, &nonce).await.expect(200);
        assert_eq!(count().await, 1);
    }

    async fn o6_the_query_or_a_form_may_carry_it(w: Site) {
        let header = w.get(w.at("/tenants?page=1")).authorization(&w.program, &Signing::default());
        let query = header.trim_start_matches("OAuth ").replace("\", ", "&").replace(['"', ' '], "");
        w.get(w.at(&format!("/tenants?page=1&{query}"))).await.expect(200);
        let header = w.post(w.at("/tenants/username_lookup")).raw("application/x-www-form-urlencoded", "tenant[username]=n+%C3%A4")
            .authorization(&w.program, &Signing::default());
        let form = header.trim_start_matches("OAuth ").replace("\", ", "&").replace(['"', ' '], "");
        let body = format!("tenant[username]=n+%C3%A4&{form}");
        let answer = w.post(w.at("/tenants/username_lookup")).raw("application/x-www-form-urlencoded", body).await;
        assert_eq!(error(&answer), (404, json!(9)), "signed well, and nobody has this name");
        assert_eq!(answer.json()["meta"]["parameters"]["tenant"], json!({"username": "n ä"}));
    }

    async fn k4_the_signature_covers_post(w: Site) {
        let id = Uuid::nil();
        for method in ["PATCH", "put"] {
            let answer = w.post(w.at(&format!("/tenants/{id}"))).header(OVERRIDE, method).json(&json!({})).signed(&w.program).await;
            assert_eq!(error(&answer), (404, json!(9)));
            assert_eq!(answer.json()["meta"]["request_method"], method.to_uppercase());
        }
        let answer = w.post(w.at("/tenants")).header(OVERRIDE, "GET").signed(&w.program).await;
        assert_eq!(error(&answer), (405, json!(null)));
        assert_eq!(answer.header("allow"), "GET");
        let answer = w.get(w.at("/tenants")).header(OVERRIDE, "DELETE").signed(&w.program).await;
        answer.expect(200);
    }

    async fn o9_other_companies_and_nobody(w: Site) {
        let other = w.program(w.other.org, &Scope::ALL, None).await;
        let answer = w.get(w.at("/tenants")).signed(&other).await;
        assert_eq!(error(&answer), (403, json!(13)));
        for facility in [Uuid::nil().to_string(), "x".to_owned(), "1".to_owned()] {
            let answer = w.get(format!("/v1/{facility}/tenants")).signed(&w.program).await;
            assert_eq!(error(&answer), (404, json!(9)), "{facility}");
        }
        // As 32 digits, in capitals.
        let bare = w.facility.simple().to_string().to_uppercase();
        let body = w.get(format!("/v1/{bare}/tenants")).signed(&w.program).await.expect(200);
        assert_eq!(body["meta"]["parameters"]["facility_id"], w.facility.to_string());
    }

    async fn a_program_does_what_it_may_and_where(w: Site) {
        let garden = uid_of(&w, w.home.org, w.home.garden).await;
        let gardener = w.program(w.home.org, &Scope::ALL, Some(vec![w.home.garden])).await;
        w.get(format!("/v1/{garden}/tenants")).signed(&gardener).await.expect(200);
        assert_eq!(error(&w.get(w.at("/tenants")).signed(&gardener).await), (403, json!(13)));
        let reader = w.program(w.home.org, &[Scope::Read], None).await;
        w.get(w.at("/tenants")).signed(&reader).await.expect(200);
        let id = Uuid::nil();
        let answer = w.put(w.at(&format!("/tenants/{id}"))).json(&json!({})).signed(&reader).await;
        assert_eq!(error(&answer), (403, json!(13)), "the right before the thing");
        let nothing = w.program(w.home.org, &[], None).await;
        assert_eq!(error(&w.get(w.at("/tenants")).signed(&nothing).await), (403, json!(13)));
    }

    async fn secrets_change_without_a_pause_and_end(w: Site) {
        let system = w.system(w.home.org);
        let fresh = w.identity.rotate_client(&system, &w.program.key, 60).await.unwrap();
        let fresh = world::Program { key: fresh.key, secret: fresh.secret };
        for program in [&w.program, &fresh] {
            w.get(w.at("/tenants")).signed(program).await.expect(200);
        }
        w.clock.advance(61);
        assert_eq!(error(&w.get(w.at("/tenants")).signed(&w.program).await), (401, json!(2)));
        w.get(w.at("/tenants")).signed(&fresh).await.expect(200);
        let id = w.client(w.home.org, &fresh).await.id;
        w.app.clients().revoke(&w.system(w.home.org), id).await.unwrap();
        assert_eq!(error(&w.get(w.at("/tenants")).signed(&fresh).await), (401, json!(2)));
        assert!(w.identity.rotate_client(&system, &fresh.key, 0).await.is_err());
    }

    async fn the_secret_is_stored_sealed(w: Site) {
        let stored: Vec<Vec<u8>> =
            w.write(w.home.org, async |w| w.all(db::sql!("SELECT sealed FROM client_secret")).await).await;
        assert!(!stored.is_empty());
        for sealed in &stored {
            assert!(!sealed.windows(8).any(|part| part == &w.program.secret.as_bytes()[..8]));
        }
        assert!(!format!("{:?}", w.client(w.home.org, &w.program).await).contains(&w.program.secret));
    }
}

mod without_an_address {
    use super::*;

    world::tests! { crate::signatures::plain =>
        async fn o7_k1_the_host_and_its_port_are_signed(w: Site) {
            let signing = |origin: &str| Signing { origin: origin.to_owned(), ..Signing::default() };
            for (host, origin) in [
                ("127.0.0.1:8080", "http://127.0.0.1:8080"),
                ("LocalHost:80", "http://localhost"),
                ("portico.example", "http://portico.example"),
            ] {
                let call = w.get(w.at("/tenants")).header(header::HOST, host);
                call.signed_as(&w.program, &signing(origin)).await.expect(200);
            }
            // What a stranger says about scheme and host does not count.
            let forwarded = HeaderName::from_static("x-forwarded-proto");
            let call = w.request(Method::GET, w.at("/tenants")).header(header::HOST, "portico.example").header(forwarded, "https");
            let answer = call.signed_as(&w.program, &signing("https://portico.example")).await;
            assert_eq!(error(&answer), (401, json!(2)));
        }
    }
}
