//! The users of a unit: R4, R6, R7, R11 to R14, R21, R24, R30.

use app::wifi::Kind;
use serde_json::{Value, json};
use uuid::Uuid;
use world::{
    Answer,
    axum::http::{Method, header},
};

use crate::{Site, error};

const V1: &str = "application/vnd.ruckus.v1+json";
const QUERY: &str = "/units/users/query";

impl Site {
    async fn query(&self, body: Value) -> Answer {
        self.send(Method::POST, QUERY, body).await
    }
}

fn ids(page: &Value) -> Vec<String> {
    page["content"].as_array().unwrap().iter().map(|u| u["userId"].as_str().unwrap().to_owned()).collect()
}

fn accept<'w>(call: world::Call<'w>, media: &str) -> world::Call<'w> {
    call.header(header::ACCEPT, media)
}

world::tests! { crate::open =>
    async fn r4_ill_formed_ids_are_400(w: Site) {
        let simple = w.flat.place.simple().to_string();
        for property in ["x", simple.as_str(), "00000000-0000-0000-0000-00000000000g", "%7B0%7D"] {
            for path in ["", "/uiConfigurations", "/files/logo", "/units", "/units/devices?type=UNIT", "/units/users/x"] {
                let answer = w.get(format!("/residents/properties/{property}{path}")).header(header::AUTHORIZATION, &w.token).await;
                assert_eq!(error(&answer), 400, "{property}{path}");
            }
        }
        let user = w.user(Kind::Unit).await;
        let simple = user.simple().to_string();
        for id in ["x", simple.as_str(), "QUERY"] {
            for (method, rest) in [(Method::GET, ""), (Method::PUT, ""), (Method::GET, "/devices"), (Method::DELETE, "/devices/x")] {
                let answer = w.send(method, &format!("/units/users/{id}{rest}"), json!({})).await;
                assert_eq!(error(&answer), 400, "{id}{rest}");
            }
        }
        let upper = w.flat.place.to_string().to_uppercase();
        let path = format!("/residents/properties/{upper}/units/users/{}", user.to_string().to_uppercase());
        w.get(path).header(header::AUTHORIZATION, &w.token).await.expect(200);
    }

    async fn r6_users_that_are_not_there(w: Site) {
        let neighbour = crate::flat(&w, w.flat.org, w.flat.property, "2").await;
        let theirs = w.app.wifi().unit(&w.system(w.flat.org), neighbour.unit).await.unwrap().of_kind(Kind::Unit).unwrap().uid;
        let foreign = crate::flat(&w, w.other.org, w.other.harbour, "1").await;
        let foreign = w.app.wifi().unit(&w.system(w.other.org), foreign.unit).await.unwrap().of_kind(Kind::Unit).unwrap().uid;
        for id in [Uuid::nil(), theirs, foreign] {
            let path = format!("/units/users/{id}");
            for empty in [path.clone(), format!("{path}/devices")] {
                let answer = w.call(Method::GET, &empty).await;
                assert_eq!((answer.status, answer.body.len()), (404, 0), "{empty}");
            }
            let changed = w.changed(w.other.org).await;
            assert_eq!(error(&w.send(Method::PUT, &path, json!({"passphrase": ""})).await), 404);
            assert_eq!(error(&w.call(Method::DELETE, &format!("{path}/devices/020000000001")).await), 404);
            assert_eq!(w.changed(w.other.org).await, changed);
        }
    }

    async fn r7_r30_an_empty_passphrase_makes_a_new_one(w: Site) {
        let path = format!("/units/users/{}", w.user(Kind::Unit).await);
        let mut seen = vec![w.fetch(&path).await["passphrase"].as_str().unwrap().to_owned()];
        for _ in 0..5 {
            let answer = w.send(Method::PUT, &path, json!({"passphrase": ""})).await;
            let result = answer.expect(200);
            let id = |key: &str| Uuid::try_parse(result[key].as_str().unwrap()).unwrap();
            assert_ne!(id("personaUpdateId"), id("dpskUpdateId"));
            let now = w.fetch(&path).await["passphrase"].as_str().unwrap().to_owned();
            assert!(now.len() == 12 && now.bytes().all(|b| b.is_ascii_alphanumeric() && !b"0Oo1lI".contains(&b)), "{now}");
            assert!(!seen.contains(&now));
            seen.push(now);
        }
        let all = json!({"userName": "N", "email": "E", "phoneNumber": "P", "passphrase": "a passphrase"});
        w.send(Method::PUT, &path, all).await.expect(200);
        let user = w.fetch(&path).await;
        assert_eq!([&user["userName"], &user["email"], &user["phoneNumber"], &user["passphrase"]], ["N", "E", "P", "a passphrase"]);
        w.send(Method::PUT, &path, json!({"userName": "", "email": null})).await.expect(200);
        let user = w.fetch(&path).await;
        assert_eq!((user.get("userName"), &user["email"], &user["passphrase"]), (None, &json!("E"), &json!("a passphrase")));
    }

    async fn r8_lengths_of_users(w: Site) {
        let path = format!("/units/users/{}", w.user(Kind::Guest).await);
        for (field, most) in [("email", 255), ("phoneNumber", 16), ("userName", 255)] {
            w.send(Method::PUT, &path, json!({field: "ü".repeat(most)})).await.expect(200);
            let refused = w.send(Method::PUT, &path, json!({field: "ü".repeat(most + 1)})).await;
            assert_eq!(error(&refused), 400, "{field}");
            assert_eq!(refused.json()["validationErrors"], json!([format!("{field}: at most {most} characters")]));
        }
        for bad in ["short", "no\u{e9}-ascii-here", &"x".repeat(64)] {
            assert_eq!(error(&w.send(Method::PUT, &path, json!({"passphrase": bad})).await), 400);
        }
        for id in [json!(Uuid::nil()), json!("x"), json!(1)] {
            assert_eq!(error(&w.send(Method::PUT, &path, json!({"userId": id})).await), 400, "another one than the path's");
        }
        for body in ["", "[]", "null", "{"] {
            assert_eq!(error(&w.call(Method::PUT, &path).raw("application/json", body).await), 400, "{body}");
        }
    }

    async fn r11_to_r14_r24_queries(w: Site) {
        for name in ["Ann", "Ben", "Cem"] {
            w.member(name).await;
        }
        let first = w.call(Method::POST, QUERY).await.expect(200);
        assert_eq!((&first["totalElements"], &first["size"], &first["number"]), (&json!(5), &json!(20), &json!(0)));
        assert_eq!(first["sort"], json!({"empty": true, "sorted": false, "unsorted": true}));
        for same in [json!({}), json!({"page": 0}), json!({"pageSize": 0}), json!({"page": null, "userId": null, "sortFields": []})] {
            assert_eq!(w.query(same).await.expect(200), first);
        }
        assert_eq!(w.call(Method::POST, QUERY).raw("application/json", "null").await.expect(200), first);
        assert!(first["content"].as_array().unwrap().iter().all(|u| u["_links"]["self"]["href"].is_string()));

        let asc = w.query(json!({"sortDirection": "ASC"})).await.expect(200);
        let mut down = ids(&w.query(json!({"sortDirection": "DESC", "sortFields": ["userId"]})).await.expect(200));
        assert_eq!(asc["sort"]["sorted"], true);
        let up = ids(&asc);
        assert!(up.is_sorted() && up.len() == 5);
        down.reverse();
        assert_eq!(down, up);

        let mut paged = Vec::new();
        for page in 0..3 {
            let part = w.query(json!({"page": page, "pageSize": 2, "sortDirection": "ASC"})).await.expect(200);
            assert_eq!((&part["first"], &part["last"], &part["totalPages"]), (&json!(page == 0), &json!(page == 2), &json!(3)));
            paged.extend(ids(&part));
        }
        assert_eq!(paged, up);
        for past in [3, 1_000, i32::MAX] {
            let empty = w.query(json!({"page": past, "pageSize": 2})).await.expect(200);
            assert_eq!((&empty["content"], &empty["empty"], &empty["number"]), (&json!([]), &json!(true), &json!(past)));
        }

        assert_eq!(ids(&w.query(json!({"userId": up[3]})).await.expect(200)), [up[3].clone()]);
        assert_eq!(ids(&w.query(json!({"userId": up[3].to_uppercase()})).await.expect(200)), [up[3].clone()]);
        let none = w.query(json!({"userId": Uuid::nil()})).await.expect(200);
        assert_eq!((&none["totalElements"], &none["totalPages"], &none["last"]), (&json!(0), &json!(0), &json!(true)));
        // As it is published.
        let sample = json!({"sortDirection": "ASC", "page": 0, "pageSize": 0, "userId": up[0], "sortFields": "userId"});
        assert_eq!(w.query(sample).await.expect(200)["size"], 20);

        for bad in [json!({"page": -1}), json!({"pageSize": -1}), json!({"pageSize": 1001}), json!({"page": 1.5}), json!({"page": "0"}),
            json!({"page": 2_147_483_648_i64}), json!({"page": 1e300}), json!({"sortDirection": "asc"}), json!({"sortFields": "email"}),
            json!({"sortFields": ["userId", "x"]}), json!({"sortFields": {}}), json!({"userId": "x"}), json!([]), json!(1)] {
            let answer = w.query(bad.clone()).await;
            assert_eq!(error(&answer), 400, "{bad}");
            assert_eq!(answer.json()["message"], "Invalid query data supplied.");
        }
        w.query(json!({"pageSize": 1000})).await.expect(200);
    }

    async fn r21_version_one_where_it_is_asked_for(w: Site) {
        let path = format!("/units/users/{}", w.user(Kind::Unit).await);
        for (media, is) in [(V1, V1), ("text/html", "application/json"), ("*/*", "application/json")] {
            for path in [path.clone(), format!("{path}/devices")] {
                let answer = accept(w.call(Method::GET, &path), media).await;
                assert_eq!((answer.status, answer.header("content-type").as_str()), (200, is), "{path}");
            }
            let answer = accept(w.call(Method::POST, QUERY), media).await;
            assert_eq!((answer.status, answer.header("content-type").as_str()), (200, is));
            let bad = accept(w.call(Method::POST, QUERY).raw(V1, "{"), media).await;
            assert_eq!((error(&bad), bad.header("content-type").as_str()), (400, is));
            let hal = accept(w.call(Method::GET, "/units"), media).await;
            assert_eq!((hal.status, hal.header("content-type").as_str()), (200, "application/hal+json"), "never 406");
            let put = accept(w.call(Method::PUT, &path).raw(V1, "{}"), media).await;
            assert_eq!((put.status, put.header("content-type").as_str()), (200, "application/json"));
        }
    }
}
