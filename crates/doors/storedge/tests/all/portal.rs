//! Rows 6 and 16 to 19: the portal accounts of tenants.

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use world::axum;

use crate::{Site, error};

impl Site {
    async fn tenant_call(&self, method: Method, path: &str, attributes: Value) -> world::Answer {
        self.send(method, &format!("/tenants/{path}"), &json!({"tenant": attributes})).await
    }

    async fn sign_in(&self, login: &str, password: &str) -> world::Answer {
        self.tenant_call(Method::POST, "sign_in", json!({"login": login, "password": password})).await
    }

    async fn signed_up(&self, first: &str) -> Uuid {
        let id = self.tenant(first, "Quigley").await;
        self.update(id, json!({"email": format!("{first}@q.example")})).await;
        let sent = json!({"username": format!("{first}_5000"), "password": "supersecretpassword"});
        let tenant = self.tenant_call(Method::POST, &format!("{id}/sign_up"), sent).await.expect(200)["tenant"].take();
        assert_eq!((&tenant["has_tenant_portal_account"], &tenant["last_sign_in_at"]), (&json!(true), &Value::Null));
        id
    }
}

world::tests! { crate::open =>
    async fn t14_t15_sign_in(w: Site) {
        let id = w.signed_up("Al").await;
        for login in ["Al_5000", "al_5000", "AL@Q.example"] {
            let answer = w.sign_in(login, "supersecretpassword").await;
            let body = answer.expect(200);
            assert_eq!(body["tenant"]["id"], id.to_string(), "{login}");
            assert!(body["tenant"]["last_sign_in_at"].as_str().unwrap().starts_with("2026-11-21T08:28:40.000-08:00"));
            assert_eq!(body["meta"]["parameters"]["tenant"]["password"], "[FILTERED]");
            assert_eq!(answer.header("set-cookie"), "");
        }
        let stranger = w.tenant("Bo", "B").await;
        w.update(stranger, json!({"username": "bo"})).await;
        for (login, password) in [("Al_5000", "wrong-password"), ("nobody", "supersecretpassword"), ("bo", "supersecretpassword")] {
            assert_eq!(error(&w.sign_in(login, password).await), (400, json!(8)), "{login}");
        }
        let elsewhere = json!({"login": "Al_5000", "password": "supersecretpassword", "facility_uuid": Uuid::nil()});
        assert_eq!(error(&w.tenant_call(Method::POST, "sign_in", elsewhere).await), (400, json!(5)));
        let here = json!({"login": "Al_5000", "password": "supersecretpassword", "facility_uuid": w.facility});
        w.tenant_call(Method::POST, "sign_in", here).await.expect(200);
        // Flat as well.
        let flat = json!({"login": "Al_5000", "password": "supersecretpassword"});
        w.send(Method::POST, "/tenants/sign_in", &flat).await.expect(200);
    }

    async fn t16_sign_up(w: Site) {
        let id = w.signed_up("Al").await;
        let again = json!({"username": "x", "password": "supersecretpassword"});
        assert_eq!(error(&w.tenant_call(Method::POST, &format!("{id}/sign_up"), again).await), (400, json!(11)));
        let other = w.tenant("Bo", "B").await;
        let path = format!("{other}/sign_up");
        for (sent, faults) in [
            (json!({"username": "bo"}), json!({"tenant[password]": ["can't be blank"]})),
            (json!({"password": "supersecretpassword"}), json!({"tenant[username]": ["can't be blank"]})),
            (json!({"username": "bo", "password": "short"}), json!({"tenant[password]": ["must have 8 to 128 characters"]})),
            (json!({"username": "AL_5000", "password": "supersecretpassword"}), json!({"tenant[username]": ["has already been taken"]})),
        ] {
            let answer = w.tenant_call(Method::POST, &path, sent).await;
            assert_eq!(error(&answer), (400, json!(4)));
            assert_eq!(answer.json()["meta"]["errors"], faults);
        }
        let sent = json!({"username": "bo", "password": "supersecretpassword", "title": "Dr"});
        let body = w.tenant_call(Method::POST, &path, sent).await.expect(200);
        assert_eq!((&body["tenant"]["title"], &body["tenant"]["username"]), (&json!("Dr"), &json!("bo")));
    }

    async fn t8_the_password_of_an_update(w: Site) {
        let id = w.signed_up("Al").await;
        w.update(id, json!({"password": "another-password"})).await;
        w.sign_in("Al_5000", "another-password").await.expect(200);
        assert_eq!(error(&w.sign_in("Al_5000", "supersecretpassword").await), (400, json!(8)));
        let other = w.tenant("Bo", "B").await;
        let answer = w.tenant_call(Method::PUT, &other.to_string(), json!({"password": "another-password"})).await;
        assert_eq!(error(&answer), (400, json!(3)), "there is no portal account");
    }

    async fn t17_change_password(w: Site) {
        let id = w.signed_up("Al").await;
        let path = format!("/tenants/{id}/change_password");
        let sent = json!({"current_password": "supersecretpassword", "new_password": "super_new_password"});
        let body = w.send(Method::PUT, &path, &sent).await.expect(200);
        assert_eq!(body["tenant"]["id"], id.to_string());
        assert_eq!(body["meta"]["parameters"]["new_password"], "[FILTERED]");
        assert_eq!(error(&w.sign_in("Al_5000", "supersecretpassword").await), (400, json!(8)));
        w.sign_in("Al_5000", "super_new_password").await.expect(200);
        // Wrapped, as in the example.
        let back = json!({"tenant": {"current_password": "super_new_password", "new_password": "supersecretpassword"}});
        w.send(Method::PUT, &path, &back).await.expect(200);
        assert_eq!(error(&w.send(Method::PUT, &path, &back).await), (400, json!(8)));
        let short = json!({"current_password": "supersecretpassword", "new_password": "short"});
        assert_eq!(error(&w.send(Method::PUT, &path, &short).await), (400, json!(4)));
        let other = w.tenant("Bo", "B").await;
        let answer = w.send(Method::PUT, &format!("/tenants/{other}/change_password"), &sent).await;
        assert_eq!(error(&answer), (400, json!(8)), "no account");
    }

    async fn t18_reset_with_a_mailed_token(w: Site) {
        let id = w.signed_up("Al").await;
        let caller = w.system(w.home.org);
        let request = async |login: &str| w.send(Method::POST, "/tenants/request_password_reset", &json!({"login": login})).await;
        let (known, unknown) = (request("Al_5000").await, request("nobody").await);
        assert_eq!((known.status, unknown.status), (200, 200));
        assert_eq!(known.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["meta"]);
        assert_eq!(error(&w.send(Method::POST, "/tenants/request_password_reset", &json!({})).await), (400, json!(4)));
        let mail = w.app.messages().list(&caller, 1).await.unwrap().swap_remove(0);
        let token = mail.text_body.lines().map(str::trim).find(|l| l.len() == 43 && !l.contains(' ')).unwrap().to_owned();
        let sent = json!({"reset_token": token, "password": "brand-new-password"});
        let reset = async |sent: &Value| w.send(Method::POST, "/tenants/reset_password_with_token", sent).await;
        let body = reset(&sent).await.expect(200);
        assert_eq!(body["tenant"]["id"], id.to_string());
        assert_eq!(body["meta"]["parameters"]["reset_token"], "[FILTERED]");
        w.sign_in("Al_5000", "brand-new-password").await.expect(200);
        assert_eq!(error(&reset(&sent).await), (400, json!(3)), "used");
        assert_eq!(error(&reset(&json!({"reset_token": "x", "password": "brand-new-password"})).await), (400, json!(3)));
        assert_eq!(error(&reset(&json!({"password": "brand-new-password"})).await), (400, json!(4)));
        assert_eq!(error(&reset(&json!({"reset_token": "x", "password": "short"})).await), (400, json!(4)));
    }

    async fn t12_forgot_username(w: Site) {
        let id = w.signed_up("Al").await;
        let number = w.fetch(&format!("/tenants/{id}")).await["tenant"]["account_number"].clone();
        let body = w.send(Method::POST, "/tenants/forgot_username", &json!({"account_number": number, "tenant": {"account_number": number}})).await.expect(200);
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["meta"]);
        assert_eq!(body["meta"]["parameters"]["account_number"], "[FILTERED]");
        let mail = w.app.messages().list(&w.system(w.home.org), 1).await.unwrap().swap_remove(0);
        assert!(mail.text_body.contains("Al_5000"));
        let unknown = w.send(Method::POST, "/tenants/forgot_username", &json!({"account_number": 1})).await;
        assert_eq!(error(&unknown), (404, json!(9)));
        let answer = w.send(Method::POST, "/tenants/forgot_username", &json!({"account_number": "x"})).await;
        assert_eq!(error(&answer), (400, json!(4)));
    }

    async fn t19_guessing_is_slowed_down(w: Site) {
        w.signed_up("Al").await;
        for _ in 0..5 {
            assert_eq!(error(&w.sign_in("Al_5000", "wrong-password").await), (400, json!(8)));
        }
        let slowed = w.sign_in("Al_5000", "supersecretpassword").await;
        assert_eq!(error(&slowed), (429, Value::Null));
        assert_eq!(slowed.json()["meta"]["message"], "Too Many Requests");
        assert!(slowed.header("retry-after").parse::<u64>().unwrap() >= 1);
        w.clock.advance(900);
        w.sign_in("Al_5000", "supersecretpassword").await.expect(200);
    }
}
