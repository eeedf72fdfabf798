//! Addresses, bodies and answers: D1 to D10, D12 to D17.

use axum::http::{Method, header};
use serde_json::{Value, json};
use world::{Answer, World, axum};

use crate::calls::{self, Ready};

const NO_PATH: &str = "The requested URL was not found on the server. If you entered the URL manually please check your \
                       spelling and try again.";
const NO_METHOD: &str = "The method is not allowed for the requested URL.";

/// Everything but what makes an answer unlike another of the same kind.
fn essence(a: &Answer) -> (u16, Value) {
    (a.status, a.json()["message"].clone())
}

world::tests! { crate::open =>
    async fn d1_with_and_without_a_slash(w: World) {
        for call in calls::all(&w.home) {
            let anonymous = |path: String| w.request(call.method.clone(), path).into_future();
            let (a, b) = (anonymous(call.path.clone()).await, anonymous(format!("{}/", call.path)).await);
            assert_eq!(essence(&a), essence(&b), "{call:?}");
            assert!(!(300..400).contains(&a.status), "{call:?}");
            assert_ne!(a.json()["message"], NO_PATH, "{call:?}");
            assert_eq!(anonymous(format!("{}//", call.path)).await.message(404), NO_PATH, "{call:?}");
        }
        w.get("/api/user/?r=3").by(&w.home.admin).await.expect(200);
        w.get("/api/tenants/?unstaffed=x").by(&w.home.admin).await.expect(200);
    }

    async fn d2_fixed_words_win_over_ids(w: World) {
        let admin = &w.home.admin;
        for (method, path, status, message) in [
            (Method::GET, "/api/users/pending", 200, Value::Null),
            (Method::GET, "/api/user/invite", 405, json!(NO_METHOD)),
            (Method::GET, "/api/user/message", 405, json!(NO_METHOD)),
            (Method::PUT, "/api/properties/archive", 405, json!(NO_METHOD)),
            (Method::GET, "/api/user/archive", 404, json!(NO_PATH)),
            (Method::GET, "/api/user/pending", 404, json!(NO_PATH)),
            (Method::DELETE, "/api/users/pending", 405, json!(NO_METHOD)),
            (Method::GET, "/api/v1", 404, json!(NO_PATH)),
            (Method::POST, "/api/oauth/token/", 404, json!(NO_PATH)),
            (Method::GET, "/api/idwell/v1/users", 404, json!(NO_PATH)),
        ] {
            let answer = w.request(method.clone(), path).by(admin).await;
            assert_eq!(essence(&answer), (status, message), "{method} {path}");
        }
        let routes = dwellingly::routes();
        for route in routes.iter().filter(|r| r.path.contains("id}")) {
            let place = &w.home;
            let path = calls::path(route, place);
            let id = path.split('/').find(|p| p.parse::<i64>().is_ok()).expect("an id").to_owned();
            let at = |id2: &str| path.replacen(&format!("/{id}"), &format!("/{id2}"), 1);
            for bad in ["abc", "-1", "+1", "1.0", "1e3", "%31x", "0x1", "%20", "1%00", "%D9%A3", "null"] {
                let answer = w.request(route.method.clone(), at(bad)).by(admin).await;
                assert_eq!(essence(&answer), (404, json!(NO_PATH)), "{} {}", route.method, at(bad));
                // The path is told before the method.
                let answer = w.request(Method::PATCH, at(bad)).by(admin).await;
                assert_eq!(essence(&answer), (404, json!(NO_PATH)), "PATCH {}", at(bad));
            }
            for nothing in ["0", "999", "2147483648", "9007199254740993", "99999999999999999999999"] {
                let answer = w.request(route.method.clone(), at(nothing)).by(admin).json(&json!({})).await;
                assert_eq!(answer.status, 404, "{} {}: {}", route.method, at(nothing), answer.text());
                assert!(answer.text().ends_with(" not found\"}"), "{}", answer.text());
            }
        }
    }

    async fn d5_bodies_that_nobody_looks_at(w: World) {
        let admin = &w.home.admin;
        for path in ["/api/properties", "/api/emergencycontacts", "/api/widgets", "/api/dashboard"] {
            w.get(path).by(admin).raw("application/json", "").await.expect(200);
            w.get(path).by(admin).raw("application/json", "{bad").await.expect(200);
        }
        let (note, ticket) = (w.home.note, w.home.ticket);
        w.delete(format!("/api/tickets/{ticket}/notes/{note}")).by(admin).json(&json!({})).await.expect(200);
        w.delete(format!("/api/tickets/{ticket}")).by(admin).raw("application/json", "{bad").await.expect(200);
        w.delete(format!("/api/lease/{}", w.home.lease)).by(admin).json(&json!([1])).await.expect(200);
        w.post(format!("/api/user/archive/{}", w.home.staff.id)).by(admin).raw("application/json", "").await.expect(201);
        w.post(format!("/api/properties/archive/{}", w.home.garden)).by(admin).raw("text/plain", "x").await.expect(200);
        let tokens = w.tokens(admin).await;
        w.post("/api/refresh").bearer(&tokens.refresh).raw("application/json", "").await.expect(200);
        w.post("/api/refresh").bearer(&tokens.refresh).json(&json!({})).await.expect(200);
        w.post("/api/logout").bearer(&tokens.refresh).raw("application/json", "[").await.expect(200);
    }

    async fn d6_public_calls_ignore_authorization(w: World) {
        let expired = w.forged(&w.tokens(&w.home.admin).await.access, &json!({"exp": 1}));
        for value in ["Bearer ", "Bearer", "x", "Bearer a b", "Bearer abc", "Basic YTpi", &format!("Bearer {expired}")] {
            for call in calls::all(&w.home).into_iter().filter(|c| c.caller == dwellingly::Caller::Public) {
                let send = || match &call.body {
                    Value::Null => w.request(call.method.clone(), call.path.clone()),
                    body => w.request(call.method.clone(), call.path.clone()).json(body),
                };
                let (with, without) = (send().header(header::AUTHORIZATION, value).await, send().await);
                assert_eq!(with.status == 401, without.status == 401, "{value} {call:?}: {}", with.text());
                assert!(!with.text().contains("uthorization"), "{value} {call:?}: {}", with.text());
            }
        }
    }

    async fn d7_the_order_of_checks(w: World) {
        let (admin, staff) = (&w.home.admin, &w.home.staff);
        let bad = || w.put("/api/properties/999").raw("application/json", "{bad");
        assert_eq!(w.put("/api/properties/abc").raw("application/json", "{bad").await.message(404), NO_PATH);
        assert_eq!(w.post("/api/properties/999").await.message(405), NO_METHOD);
        assert_eq!(bad().await.message(401), "Missing authorization header");
        assert_eq!(bad().by(staff).await.message(401), "Not Authorized");
        assert_eq!(bad().by(admin).await.message(404), "Property not found");
        let body = w.put(format!("/api/properties/{}", w.home.garden)).by(admin).raw("application/json", "{bad").await;
        assert!(body.message(400).as_str().is_some_and(|m| m.starts_with("Failed to decode JSON object: ")));
        for (path, method) in [("/api/user/invite", Method::POST), ("/api/staff-tenants", Method::PATCH)] {
            let answer = w.request(method, path).by(staff).raw("application/json", "{bad").await;
            assert_eq!(answer.message(401), "Not Authorized");
        }
        assert_eq!(w.get("/api/user?r=abc").by(staff).await.message(401), "Not Authorized");
        assert_eq!(w.get("/api/user?r=abc").await.message(401), "Missing authorization header");
        // An unknown id comes before a missing right here (D38).
        assert_eq!(w.patch("/api/user/999").by(staff).raw("application/json", "{").await.message(404), "User not found");
        let other = format!("/api/user/{}", w.home.admin.id);
        assert_eq!(w.patch(other).by(staff).raw("application/json", "{").await.message(403), "Not Authorized");
        let large = "x".repeat(2 << 20);
        assert_eq!(bad().by(admin).raw("application/json", large).await.message(404), "Property not found");
    }

    async fn d8_broken_json(w: World) {
        for call in calls::writes(&w.home) {
            for broken in ["", "{bad", "{", "nul", "{\"a\":1", "[1,]", "{\"a\":\"\\ud800\"}", "\u{1}"] {
                let answer = call.bare(&w).raw("application/json", broken).await;
                if call.row == 7 {
                    assert_eq!(answer.message(422), "Not enough segments");
                    continue;
                }
                let text = answer.message(400);
                let told = text.as_str().is_some_and(|t| t.starts_with("Failed to decode JSON object: "));
                assert!(told, "{call:?} {broken}: {text}");
            }
        }
    }

    async fn d9_no_object(w: World) {
        let schema = json!({"_schema": ["Invalid input type."]});
        for call in calls::writes(&w.home) {
            for (kind, body) in [
                ("application/json", "null"),
                ("application/json", "[]"),
                ("application/json", "[{}]"),
                ("application/json", "1"),
                ("application/json", "\"x\""),
                ("application/json", "true"),
                ("text/plain", "{}"),
                ("application/xml", "<a/>"),
                ("", ""),
            ] {
                let answer = call.bare(&w).raw(kind, body).await;
                let expected = match call.row {
                    5 => (400, json!("Invalid email")),
                    7 => (422, json!("Not enough segments")),
                    23 => (400, json!("Property IDs missing in request")),
                    42 => (400, json!("Ticket IDs missing in request")),
                    _ => (400, schema.clone()),
                };
                if call.row == 5 && answer.status == 429 {
                    continue;
                }
                assert_eq!(essence(&answer), expected, "{call:?} {kind} {body}");
            }
        }
    }

    async fn d12_all_faults_together_and_nothing_done(w: World) {
        let before = w.changed(w.home.org).await;
        let admin = &w.home.admin;
        let tenant = json!({"firstName": "", "phone": 5, "staffIDs": ["a"], "archived": "maybe",
            "lease": {"propertyID": 999, "occupants": "x", "dateTimeEnd": "x", "foo": 1, "bar": 2}});
        let answer = w.put(format!("/api/tenants/{}", w.home.tenant)).by(admin).json(&tenant).await;
        assert_eq!(
            answer.message(400),
            json!({"firstName": ["Length must be between 1 and 100."], "phone": ["Not a valid string."],
                "staffIDs": {"0": ["Not a valid integer."]}, "archived": ["Not a valid boolean."],
                "lease": {"propertyID": ["999 is not a valid property ID"], "occupants": ["Not a valid integer."],
                    "dateTimeEnd": ["Not a valid datetime."], "foo": ["Unknown field."], "bar": ["Unknown field."]}})
        );
        let half = json!({"phone": "503-555-0199", "lease": {"unitNum": "99", "propertyID": 999}});
        w.put(format!("/api/tenants/{}", w.home.tenant)).by(admin).json(&half).await.expect(400);
        let half = json!({"name": "New name", "propertyManagerIDs": [w.home.staff.id.get()]});
        w.put(format!("/api/properties/{}", w.home.garden)).by(admin).json(&half).await.expect(400);
        assert_eq!(w.changed(w.home.org).await, before + 1, "the sign-in");
    }

    async fn d13_unknown_paths_and_methods(w: World) {
        for path in ["/api", "/api/", "/api/nope", "/api/login/x", "/api/tickets/1/notes/2/3", "/api/user/1/2", "/api//login"] {
            for method in [Method::GET, Method::POST, Method::DELETE, Method::HEAD, Method::TRACE] {
                let answer = w.request(method.clone(), path).await;
                assert_eq!(answer.status, 404, "{method} {path}");
                if method != Method::HEAD {
                    assert_eq!(answer.json(), json!({"message": NO_PATH}), "{method} {path}");
                }
            }
        }
        let routes = dwellingly::routes();
        for call in calls::all(&w.home) {
            let mine = |m: &Method| calls::all(&w.home).iter().any(|c| c.method == *m && c.path == call.path);
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                if mine(&method) {
                    continue;
                }
                let answer = w.request(method.clone(), call.path.clone()).await;
                assert_eq!(answer.message(405), NO_METHOD, "{method} {}", call.path);
                let allow = answer.header("allow").replace(' ', "");
                for allowed in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                    let named = allow.split(',').any(|m| m == allowed.as_str());
                    assert_eq!(named, mine(&allowed), "{allowed} in {allow} of {}", call.path);
                }
            }
        }
        assert_eq!(routes.iter().map(|r| r.row).max(), Some(50));
    }

    async fn d13_head_is_get_without_a_body(w: World) {
        for call in calls::all(&w.home).into_iter().filter(|c| c.method == Method::GET) {
            for by in [call.by(&w.home), None] {
                let get = w.get(call.path.clone()).by(by).await;
                let head = w.request(Method::HEAD, call.path.clone()).by(by).await;
                assert_eq!((head.status, head.body.len()), (get.status, 0), "{call:?}");
                for name in ["content-type", "cache-control", "content-length", "access-control-allow-origin"] {
                    assert_eq!(head.header(name), get.header(name), "{name} {call:?}");
                }
            }
        }
    }

    async fn d14_d15_headers_of_every_answer(w: World) {
        let public = |call: &Ready, status: u16| (call.row == 35 || call.row == 36) && status == 200;
        for call in calls::all(&w.home) {
            for by in [None, call.by(&w.home)] {
                let send = || w.request(call.method.clone(), call.path.clone()).by(by);
                let answers = [
                    send().await,
                    send().header(header::ORIGIN, "https://client.example").await,
                    send().header(header::ORIGIN, "null").raw("application/json", "{").await,
                ];
                let origins = ["*", "https://client.example", "null"];
                for (answer, origin) in answers.iter().zip(origins) {
                    let seen = format!("{call:?} {}", answer.status);
                    assert_eq!(answer.header("content-type"), "application/json", "{seen}");
                    let cache = if public(&call, answer.status) { "" } else { "private, no-store" };
                    assert_eq!(answer.header("cache-control"), cache, "{seen}");
                    assert_eq!(answer.header("access-control-allow-origin"), origin, "{seen}");
                    assert_eq!(answer.header("vary"), if origin == "*" { "" } else { "Origin" }, "{seen}");
                    assert_eq!(answer.header("access-control-allow-credentials"), "", "{seen}");
                    assert_eq!(answer.header("access-control-max-age"), "", "{seen}");
                    assert!(!answer.header("x-request-id").is_empty(), "{seen}");
                    assert!(String::from_utf8(answer.body.clone()).is_ok(), "{seen}");
                }
            }
        }
    }

    async fn d15_preflight(w: World) {
        let mut paths: Vec<String> = calls::all(&w.home).into_iter().map(|c| c.path).collect();
        paths.extend(["/api/nope", "/api/user/abc", "/api"].map(str::to_owned));
        for path in paths {
            for path in [format!("{path}/"), path] {
                let ask = || {
                    w.request(Method::OPTIONS, path.clone())
                        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "PUT")
                        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,x-odd")
                };
                let with = ask().header(header::ORIGIN, "https://client.example").await;
                let without = ask().await;
                for (answer, origin) in [(with, "https://client.example"), (without, "*")] {
                    assert_eq!((answer.status, answer.body.len()), (200, 0), "{path}");
                    assert_eq!(answer.header("access-control-allow-origin"), origin);
                    let methods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";
                    assert_eq!(answer.header("access-control-allow-methods"), methods);
                    assert_eq!(answer.header("access-control-allow-headers"), "authorization,x-odd");
                    assert_eq!(answer.header("access-control-max-age"), "");
                }
            }
        }
    }

    async fn d16_lists_are_whole_and_ascending(w: World) {
        for i in 0..30 {
            w.resident(w.home.org, "Anna", &format!("Nr{i}"), None).await;
            w.property(w.home.org, &format!("House {}", 30 - i), &[w.home.property_manager.id]).await;
        }
        for (path, key) in [
            ("/api/users", "users"),
            ("/api/user?r=3", "users"),
            ("/api/properties", "properties"),
            ("/api/tenants", "tenants"),
            ("/api/lease", "leases"),
            ("/api/tickets", "tickets"),
            ("/api/emergencycontacts", "emergency_contacts"),
        ] {
            let all = w.get(path).by(&w.home.admin).await.expect(200);
            let ids: Vec<i64> = all[key].as_array().expect("a list").iter().filter_map(|r| r["id"].as_i64()).collect();
            assert!(ids.is_sorted() && !ids.is_empty(), "{path}: {ids:?}");
            if path == "/api/properties" {
                assert_eq!(ids.len(), 32);
            }
        }
        let manager = w.get(format!("/api/user/{}", w.home.property_manager.id)).by(&w.home.admin).await.expect(200);
        let ids: Vec<i64> = manager["properties"].as_array().expect("a list").iter().filter_map(|r| r["id"].as_i64()).collect();
        assert!(ids.is_sorted() && ids.len() == 31);
        // Archived ones are in them (D35).
        let users = w.get("/api/users").by(&w.home.admin).await.expect(200);
        assert!(users["users"].as_array().is_some_and(|u| u.iter().any(|u| u["archived"] == true)));
    }

    async fn d17_the_organization_of_public_calls_is_the_hosts(w: World) {
        w.contact(w.other.org, "Only there").await;
        let names = |a: Answer| {
            a.expect(200)["emergency_contacts"].as_array().expect("a list").len()
        };
        let at = |host: &str| w.get("/api/emergencycontacts").header(header::HOST, host).into_future();
        assert_eq!(names(w.get("/api/emergencycontacts").await), 1);
        for (host, there) in [
            ("home.example", 1),
            ("other.example", 2),
            ("OTHER.example:8080", 2),
            ("nobody.example", 1),
            ("[::1]:8080", 1),
            ("", 1),
        ] {
            assert_eq!(names(at(host).await), there, "{host}");
        }
        let login = json!({"email": w.other.admin.email, "password": world::PASSWORD});
        w.post("/api/login").json(&login).await.expect(401);
        w.post("/api/login").header(header::HOST, "other.example").json(&login).await.expect(200);
        // The same address may register in both.
        let person = json!({"firstName": "A", "lastName": "B", "phone": "", "email": w.other.staff.email, "password": "12345678"});
        w.post("/api/register").json(&person).await.expect(201);
        w.post("/api/register").header(header::HOST, "other.example").json(&person).await.expect(400);
    }
}
