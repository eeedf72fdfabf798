//! Sections 2, 4, 5 and 6: what every answer has, whatever it is about.

use axum::http::header;
use serde_json::{Value, json};
use uuid::Uuid;
use world::axum;

use crate::{Site, error};

world::tests! { crate::open =>
    async fn m1_to_m4_meta_of_a_collection(w: Site) {
        let answer = w.get(w.at("/tenants?page=1")).signed(&w.program).await;
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "private, no-store");
        let text = answer.text();
        let meta = &text[text.find("\"meta\":").unwrap()..];
        let id = answer.header("x-request-id");
        assert!(Uuid::try_parse(&id).is_ok());
        let ending = format!(
            "\"status_code\":200,\"status_message\":\"OK\",\"status_cat\":\"https://http.cat/200\",\"request_method\":\"GET\",\
             \"request_id\":\"{id}\",\"parameters\":{{\"page\":\"1\",\"facility_id\":\"{}\",\"tenant\":{{}}}}}}}}",
            w.facility
        );
        assert!(meta.starts_with("\"meta\":{\"pagination\":{\"current_page\":1,\"total_pages\":1,\"per_page\":100,"), "{meta}");
        assert!(meta.ends_with(&ending), "{meta}");
    }

    async fn k3_any_accept_and_any_content_type_get_json(w: Site) {
        for (name, value) in [
            (header::ACCEPT, "text/html, image/gif"),
            (header::CONTENT_TYPE, "application/json"),
            (header::CONTENT_TYPE, "text/xml"),
            (header::HeaderName::from_static("charset"), "utf-8"),
        ] {
            w.get(w.at("/tenants.json")).header(name, value).signed(&w.program).await.expect(200);
        }
    }

    async fn section_5_bodies_and_ids(w: Site) {
        for body in ["{bad", "[]", "1"] {
            let answer = w.post(w.at("/tenants/username_lookup")).raw("application/json", body).signed(&w.program).await;
            assert_eq!(error(&answer), (400, json!(4)), "{body}");
            let message = "At least one parameter was missing or did not match validation criteria";
            assert_eq!(answer.json()["meta"]["message"], message);
        }
        for path in ["/tenants/x", "/tenants/1", &format!("/tenants/{}", Uuid::nil()), "/tenants/x/notes", "/nothing", "/tenants/a/b/c"] {
            assert_eq!(error(&w.get(w.at(path)).signed(&w.program).await), (404, json!(9)), "{path}");
        }
        let answer = w.delete(w.at("/tenants")).signed(&w.program).await;
        assert_eq!(error(&answer), (405, Value::Null));
        assert_eq!((answer.header("allow").as_str(), answer.json()["meta"]["message"].as_str()), ("GET", Some("Method Not Allowed")));
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
        let answer = w.post(w.at("/tenants/username_lookup")).raw("application/json", large).signed(&w.program).await;
        assert_eq!(error(&answer), (413, Value::Null));
    }

    async fn section_5_faults_name_their_fields(w: Site) {
        let answer = w.send(axum::http::Method::POST, "/tenants/sign_in", &json!({"tenant": {"login": ["x"]}})).await;
        assert_eq!(error(&answer), (400, json!(4)));
        let errors = &answer.json()["meta"]["errors"];
        assert_eq!(*errors, json!({"tenant[login]": ["is invalid"], "tenant[password]": ["can't be blank"]}));
    }

    async fn section_6_pages_sorts_and_filters(w: Site) {
        for bad in ["page=0", "per_page=x", "created_after=soon", "updated_since=1"] {
            assert_eq!(error(&w.get(w.at(&format!("/tenants?{bad}"))).signed(&w.program).await), (400, json!(4)), "{bad}");
        }
        for sort in ["sort=color", "-sort=email", "+sort="] {
            assert_eq!(error(&w.get(w.at(&format!("/tenants?{sort}"))).signed(&w.program).await), (400, json!(10)), "{sort}");
        }
        for sort in ["sort=last_name", "-sort=created_at", "+sort=first_name", "%2Bsort=account_number"] {
            w.fetch(&format!("/tenants?{sort}&include_as_object=x")).await;
        }
        let body = w.fetch("/tenants?page=9&per_page=5000").await;
        assert_eq!((&body["tenants"], &body["meta"]["pagination"]["per_page"]), (&json!([]), &json!(1000)));
        assert_eq!(w.fetch("/tenants?only_ids=x").await["tenants"], json!([]));
    }

    async fn section_6_codes_can_be_suppressed(w: Site) {
        for path in ["/tenants/x?suppress_response_codes=true", "/nothing?suppress_response_codes=1"] {
            let answer = w.get(w.at(path)).signed(&w.program).await;
            assert_eq!((answer.status, &answer.json()["meta"]["status_code"]), (200, &json!(404)));
        }
        let answer = w.get(w.at("/tenants?suppress_response_codes=true")).await;
        assert_eq!((answer.status, &answer.json()["meta"]["status_code"]), (200, &json!(401)));
        assert_eq!(w.get(w.at("/tenants?suppress_response_codes=false")).await.status, 401);
    }
}
