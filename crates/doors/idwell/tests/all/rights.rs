//! Every call by everybody.

use world::axum::http::Method;

use super::*;

/// A call that would succeed if the caller may make it; of the organization at home.
async fn calls(w: &Site) -> Vec<(Method, String, Value)> {
    let user = w.dweller("d@b.example").await;
    let building = w.fetch(&format!("/api/idwell/v1/flats/{}/", w.flats[0])).await.expect(200)["building"].clone();
    let paths = idwell::routes().filter(|r| !r.path.starts_with("/api/oauth/")).map(|r| {
        let id = match r.path {
            p if p.contains("users") => user["id"].to_string(),
            p if p.contains("flats") => w.flats[0].to_string(),
            _ => building.to_string(),
        };
        let body = match r.method {
            Method::POST => json!({"email": "n@b.example", "first_name": "N", "role": "landlord"}),
            Method::PATCH => json!({"last_name": "N"}),
            _ => Value::Null,
        };
        (r.method, r.path.replace("{id}", &id), body)
    });
    paths.collect()
}

world::tests! { crate::open =>
    async fn every_call_by_everybody(w: Site) {
        let other = {
            let program = client(&w, w.other.org, &[GrantType::Password]).await;
            let form = json!({"grant_type": "password", "username": w.other.admin.email, "password": PASSWORD});
            w.ask(&program, &form).await.expect(200)["access_token"].as_str().unwrap().to_owned()
        };
        let program = client(&w, w.home.org, &[GrantType::ClientCredentials]).await;
        let own = {
            let auth = identity::oauth2::ClientAuth { client_id: program.key, client_secret: Some(program.secret) };
            let terms = identity::oauth2::Terms { door: kernel::Door::Idwell, org: None, roles: &[] };
            let ask = identity::oauth2::Ask::ClientCredentials { scope: None };
            let granted = w.identity.oauth2().token(&terms, &auth, ask).await;
            granted.unwrap_or_else(|e| panic!("{e:?}")).access_token
        };
        let calls = calls(&w).await;
        assert_eq!(calls.len(), 9);
        for (method, path, body) in &calls {
            let call = |token: Option<&str>| {
                let call = w.request(method.clone(), path.clone());
                let call = if body.is_null() { call } else { call.json(body) };
                match token {
                    Some(token) => call.bearer(token),
                    None => call,
                }
            };
            let nobody = call(None).await;
            assert_eq!(nobody.status, 401, "{method} {path}");
            assert!(nobody.header("www-authenticate").starts_with("Bearer"));
            assert_eq!(call(Some("x")).await.status, 401);
            assert_eq!(call(Some(&own)).await.status, 403, "{method} {path}");
            let foreign = call(Some(&other)).await.status;
            let expected = match (path.contains("/v1/users/") || path.matches('/').count() > 4, method) {
                (true, _) => 404,
                (false, &Method::POST) => 201,
                (false, _) => 200,
            };
            assert_eq!(foreign, expected, "{method} {path}");
        }
        // The one that archives comes last for each.
        for token in [&w.manager, &w.admin] {
            for (method, path, body) in &calls {
                let call = w.request(method.clone(), path.clone()).bearer(token);
                let call = if body.is_null() { call } else { call.json(body) };
                let status = call.await.status;
                let again = token == &w.admin && matches!(*method, Method::POST | Method::PATCH);
                let expected = match *method {
                    // The manager has made that user, and archived the other one.
                    _ if again => 400,
                    Method::POST => 201,
                    Method::DELETE => 204,
                    _ => 200,
                };
                let unchanged = again && *method == Method::PATCH && status == 200;
                assert!(status == expected || unchanged, "{method} {path}: {status}");
            }
        }
    }

    async fn another_companys_users_are_not_shown(w: Site) {
        let all = w.fetch(&format!("{USERS}?page_size=200")).await.expect(200);
        let h = &w.home;
        let mut known = [h.admin.id, h.manager.id, h.tenant, h.newcomer, h.tenant_with_login.id, h.owner.id].map(|id| id.get());
        known.sort_unstable();
        let shown: Vec<i64> = all["results"].as_array().unwrap().iter().map(|u| u["id"].as_i64().unwrap()).collect();
        assert_eq!(shown, known);
    }
}
