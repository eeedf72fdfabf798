//! What the door says around its calls (section 8), and its document.

use std::collections::BTreeSet;

use world::axum::http::Method;

use super::*;

world::tests! { crate::open =>
    async fn every_path_with_and_without_a_slash(w: Site) {
        for path in ["users", "flats", "buildings"] {
            for slash in ["", "/"] {
                w.fetch(&format!("/api/idwell/v1/{path}{slash}")).await.expect(200);
            }
            w.fetch(&format!("/api/idwell/v1/{path}//")).await.expect(404);
        }
        for path in ["/api/idwell", "/api/idwell/v1/", "/api/idwell/v2/users/", "/api/idwell/v1/users/1/flats/"] {
            assert!(w.fetch(path).await.expect(404)["detail"].is_string());
        }
    }

    async fn other_methods_are_told_which_would_do(w: Site) {
        for (path, known) in idwell::PATHS {
            let path = path.replace("{id}", "1");
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                if known.contains(&method) {
                    continue;
                }
                let answer = w.request(method.clone(), path.clone()).bearer(&w.admin).await;
                assert!(answer.expect(405)["detail"].is_string(), "{method} {path}");
                let allow = answer.header("allow");
                let told: BTreeSet<&str> = allow.split(',').map(str::trim).filter(|m| *m != "HEAD").collect();
                assert_eq!(told, known.iter().map(Method::as_str).collect(), "{method} {path}");
            }
        }
    }

    async fn bodies_too_large_or_of_another_type(w: Site) {
        let large = format!("{{\"first_name\":\"{}\"}}", "x".repeat(256 << 10));
        let answer = w.post(USERS).bearer(&w.admin).raw("application/json", large).await;
        assert!(answer.expect(413)["detail"].is_string());
        for kind in ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            let answer = w.post(USERS).bearer(&w.admin).raw(kind, "{}").await;
            assert!(answer.expect(415)["detail"].is_string(), "{kind}");
        }
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
            w.post(USERS).bearer(&w.admin).raw(kind, "{}").await.expect(400);
        }
        w.post(USERS).raw("text/plain", "x").await.expect(401);
    }

    async fn a_program_that_calls_too_often_waits(w: Site) {
        let tokens = w.by_password(&w.home.admin.email, PASSWORD).await.expect(200);
        let token = tokens["access_token"].as_str().unwrap();
        let other = client(&w, w.home.org, &[GrantType::Password]).await;
        let form = json!({"grant_type": "password", "username": w.home.admin.email, "password": PASSWORD});
        let others = w.ask(&other, &form).await.expect(200);
        for _ in 0..1_000 {
            // Cheap: refused before anything is read.
            w.fetch(&format!("{USERS}0/")).await.expect(404);
        }
        let answer = w.get(USERS).bearer(token).await;
        assert!(answer.expect(429)["detail"].is_string(), "all tokens of a program count together");
        assert_eq!(answer.header("retry-after"), "1");
        w.get(USERS).bearer(others["access_token"].as_str().unwrap()).await.expect(200);
        w.clock.advance(1);
        w.get(USERS).bearer(token).await.expect(200);
    }
}

#[test]
fn the_document_has_every_call_and_no_other() {
    let document: Value = serde_json::from_str(&idwell::openapi().to_json().unwrap()).unwrap();
    let mut told = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            told.insert((path.clone(), method.to_uppercase()));
        }
    }
    let offered = idwell::routes().map(|r| (format!("{}/", r.path), r.method.to_string()));
    assert_eq!(told, offered.collect());
    let schemas = &document["components"]["schemas"];
    let names = |schema: &str| -> BTreeSet<String> {
        schemas[schema]["properties"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names("User").len(), 12);
    assert_eq!(names("Flat").len(), 7);
    assert_eq!(names("Building").len(), 7);
}
