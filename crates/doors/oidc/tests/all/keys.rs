//! What programs find out by themselves.

use std::collections::BTreeSet;

use world::{World, axum::http::header};

use crate::setup::*;

async fn kids(w: &World) -> BTreeSet<String> {
    let set = w.get("/oidc/jwks").await.expect(200);
    set["keys"].as_array().unwrap().iter().map(|k| k["kid"].as_str().unwrap().to_owned()).collect()
}

world::tests! { crate::setup::open =>
    async fn discovery_tells_what_there_is(w: World) {
        let answer = w.get("/.well-known/openid-configuration").header(header::ORIGIN, "https://spa.example").await;
        let document = answer.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), "https://spa.example");
        assert_eq!(document["issuer"], "https://portico.example");
        for (name, value) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name.ends_with("_uri") {
                let path = value.as_str().unwrap().strip_prefix("https://portico.example").unwrap();
                assert_ne!(w.get(path).await.status, 404, "{path}");
            }
        }
        let key = &w.get("/oidc/jwks").await.expect(200)["keys"][0];
        assert_eq!((&key["kty"], &key["alg"], &key["use"], &key["e"]), (&"RSA".into(), &"RS256".into(), &"sig".into(), &"AQAB".into()));
        assert!(key.get("d").is_none());
    }

    async fn keys_are_shown_before_they_sign_and_after(w: World) {
        let day = 24 * 3600;
        let client = client(&w, w.home.org, false, true).await;
        let first = kids(&w).await;
        assert_eq!(first.len(), 1);
        w.clock.advance(day * 84);
        let both = kids(&w).await;
        assert_eq!(both.len(), 2, "a week ahead");
        let tokens = tokens(&w, &client, &w.home.owner).await;
        w.clock.advance(day * 5 + 23 * 3600 + 1800);
        let renewed = renew(&w, &client, tokens["refresh_token"].as_str().unwrap()).await.expect(200);
        w.clock.advance(1800);
        // Signed by the first key, which does not sign any more.
        userinfo(&w, &renewed).await.expect(200);
        assert_eq!(kids(&w).await, both);
        w.clock.advance(day);
        let left = kids(&w).await;
        assert_eq!(left.len(), 1);
        assert!(left.is_disjoint(&first));
    }
}
