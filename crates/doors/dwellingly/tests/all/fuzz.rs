//! Bad input: never a defect, always the door's shape, and nothing done when it is refused.

use serde_json::{Value, json};
use world::{Answer, World, axum::http::header};

use crate::calls::{self, Ready};

/// What is put into every field, as JSON text: not all of it is JSON.
const BAD: [&str; 22] = [
    "null",
    "\"\"",
    "0",
    "-1",
    "7",
    "2147483648",
    "99999999999999999999",
    "1e400",
    "-1e400",
    "0.1",
    "true",
    "false",
    "[]",
    "[[]]",
    "{}",
    "{\"a\":{}}",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"👩‍👩‍👧\"",
    "\"1\"",
    "\"' OR 1=1 --\"",
    "[null]",
];

/// What holds for every answer.
#[track_caller]
fn is_sound(answer: &Answer, asked: &str) {
    let asked: String = asked.chars().take(200).collect();
    assert!(answer.status < 500, "{asked}: {} {}", answer.status, answer.text());
    assert_eq!(answer.header("content-type"), "application/json", "{asked}");
    assert_eq!(answer.header("access-control-allow-origin"), "*", "{asked}");
    if answer.status >= 400 {
        let body = answer.json();
        let shape = body.as_object().is_some_and(|o| o.len() == 1) && is_message(&body["message"]);
        assert!(shape, "{asked}: {body}");
        assert!(answer.body.len() < 200_000, "{asked}: {} bytes", answer.body.len());
    }
}

/// A text, or texts below fields.
fn is_message(message: &Value) -> bool {
    let texts = |v: &Value| v.as_array().is_some_and(|t| !t.is_empty() && t.iter().all(Value::is_string));
    fn tree(v: &Value, texts: &dyn Fn(&Value) -> bool) -> bool {
        texts(v) || v.as_object().is_some_and(|o| !o.is_empty() && o.values().all(|v| tree(v, texts)))
    }
    message.is_string() || (message.is_object() && tree(message, &texts))
}

/// Every way to put `bad` into one place of a body: at each key, and inside of nested objects and lists.
fn spoiled(body: &Value, bad: &str) -> Vec<String> {
    let mark = "\u{1}mark\u{1}";
    let mut out = Vec::new();
    let Some(map) = body.as_object() else { return out };
    let mut put = |changed: Value| out.push(changed.to_string().replace(&json!(mark).to_string(), bad));
    for (key, value) in map {
        let mut changed = body.clone();
        changed[key] = json!(mark);
        put(changed);
        if let Some(inner) = value.as_object() {
            for inside in inner.keys() {
                let mut changed = body.clone();
                changed[key][inside] = json!(mark);
                put(changed);
            }
        }
        if let Some(items) = value.as_array() {
            let mut changed = body.clone();
            changed[key] = json!([mark]);
            put(changed);
            for inside in items.first().and_then(Value::as_object).into_iter().flat_map(|o| o.keys()) {
                let mut changed = body.clone();
                changed[key][0][inside] = json!(mark);
                put(changed);
            }
        }
    }
    out
}

/// What the organization looks like, in few words: what happened, and how many attempts at guessing were counted is left
/// out.
async fn state(w: &World) -> usize {
    w.changed(w.home.org).await
}

/// Fields that are looked at before the others, or not at all: a status of another kind may come of them.
fn send<'w>(w: &'w World, call: &Ready, body: &str) -> world::Call<'w>
where
{
    let by = if call.caller == dwellingly::Caller::Public { None } else { Some(&w.home.admin) };
    w.request(call.method.clone(), call.path.clone()).by(by).raw("application/json", body.as_bytes())
}

async fn fuzz(w: &World, calls: Vec<Ready>, bad: &[&str]) {
    for call in calls {
        for bad in bad {
            for body in spoiled(&call.body, bad) {
                w.tokens(&w.home.admin).await;
                let before = state(w).await;
                let answer = send(w, &call, &body).await;
                let asked = format!("{} {} {body}", call.method, call.path);
                is_sound(&answer, &asked);
                if answer.status >= 400 {
                    assert_eq!(state(w).await, before, "{asked}: {}", answer.text());
                }
                if answer.status == 429 {
                    w.clock.advance(900);
                }
            }
        }
    }
}

world::tests! { crate::open =>
    async fn every_field_of_every_write(w: World) {
        let calls = calls::writes(&w.home).into_iter().filter(|c| c.row != 7).collect();
        fuzz(&w, calls, &BAD).await;
    }

    async fn every_field_long(w: World) {
        let long = format!("\"{}\"", "x".repeat(10_000));
        let emoji = format!("\"{}\"", "👩".repeat(10_000));
        let list = format!("[{}0]", "0,".repeat(10_000));
        let calls = calls::writes(&w.home).into_iter().filter(|c| c.row != 7).collect();
        fuzz(&w, calls, &[&long, &emoji, &list]).await;
    }

    async fn a_password_by_link(w: World) {
        let link = async || {
            w.clock.advance(1000);
            w.post("/api/reset-password").json(&json!({"email": w.home.admin.email})).await.expect(200);
            let mail = w.app.messages().list(&w.system(w.home.org), 1).await.expect("the mails").swap_remove(0);
            let token = mail.text_body.split("token=").nth(1).expect("a link").split_whitespace().next().expect("a token").to_owned();
            format!("/api/reset-password/{token}")
        };
        let mut path = link().await;
        let good = json!({"password": "correct-horse-9", "confirm_password": "correct-horse-9"});
        for bad in BAD {
            for body in spoiled(&good, bad) {
                let answer = w.post(path.clone()).raw("application/json", body.as_bytes()).await;
                is_sound(&answer, &body);
                assert!(answer.status >= 400, "{body}");
            }
        }
        path = link().await;
        w.post(path).json(&good).await.expect(200);
    }

    async fn the_same_fields_as_forms(w: World) {
        let calls = calls::writes(&w.home).into_iter().filter(|c| c.row != 7);
        for call in calls {
            for (key, value) in world::form(&call.body) {
                for bad in ["", " ", "[", "{", "[1,", "{\"a\":1}", "[[[]]]", "%00", "null", "💥", "-1", &"9".repeat(40)] {
                    let mut pairs = world::form(&call.body);
                    for pair in &mut pairs {
                        if pair.0 == key {
                            bad.clone_into(&mut pair.1);
                        }
                    }
                    pairs.push((format!("{key}[x][]"), value.clone()));
                    let text: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}={}", v.replace(['&', '+', '%'], " "))).collect();
                    w.tokens(&w.home.admin).await;
                    let before = state(&w).await;
                    let body = text.join("&");
                    let by = if call.caller == dwellingly::Caller::Public { None } else { Some(&w.home.admin) };
                    let request = w.request(call.method.clone(), call.path.clone()).by(by);
                    let answer = request.raw("application/x-www-form-urlencoded", body.as_bytes()).await;
                    is_sound(&answer, &body);
                    if answer.status >= 400 {
                        assert_eq!(state(&w).await, before, "{body}");
                    }
                    if answer.status == 429 {
                        w.clock.advance(900);
                    }
                }
            }
        }
    }

    async fn whole_bodies(w: World) {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let keys = format!("{{{}\"z\":1}}", (0..50_000).map(|i| format!("\"k{i}\":1,")).collect::<String>());
        let large = format!("{{\"name\":\"{}\"}}", "x".repeat(10 << 20));
        for call in calls::writes(&w.home).into_iter().filter(|c| c.row != 7) {
            w.tokens(&w.home.admin).await;
            let before = state(&w).await;
            for (body, status) in [(&deep, 400), (&keys, 400), (&large, 413)] {
                let answer = send(&w, &call, body).await;
                is_sound(&answer, &call.path);
                assert_eq!(answer.status, status, "{call:?}");
                if status == 413 {
                    assert_eq!(answer.message(413), "Request body too large");
                }
            }
            // Announced, but not sent.
            let answer = send(&w, &call, "{}").header(header::CONTENT_LENGTH, "99999999").await;
            is_sound(&answer, &call.path);
            if call.row != 12 {
                assert_eq!(state(&w).await, before, "{call:?}");
            }
        }
        // Repeated keys: the last counts.
        let body = format!("{{\"email\":5,\"email\":\"{}\",\"password\":null,\"password\":\"{}\"}}", w.home.admin.email, world::PASSWORD);
        w.post("/api/login").raw("application/json", body).await.expect(200);
    }

    async fn ids_and_queries(w: World) {
        let (h, admin) = (&w.home, &w.home.admin);
        // Gone, and of another organization.
        w.delete(format!("/api/properties/{}", h.garden)).by(admin).await.expect(200);
        for (id, told) in [(h.garden.get(), 400), (w.other.harbour.get(), 400), (0, 400), (-1, 400), (i64::from(i32::MAX), 400)] {
            let body = json!({"propertyID": id});
            let answer = w.put(format!("/api/tenants/{}", h.newcomer)).by(admin).json(&body).await;
            assert_eq!(answer.status, told, "{id}");
            assert_eq!(answer.message(400), json!({"propertyID": [format!("{id} is not a valid property ID")]}));
        }
        for path in ["/api/user?r=%00", "/api/user?r=%ff", "/api/tickets?tenant_id=%F0%9F%92%A5", "/api/tenants?unstaffed=%00",
            "/api/user?type=%00", "/api/tickets?tenant_id=-99999999999999999999", "/api/user?r[]=3", "/api/users?r=3&r=x", "/api/tickets?&&=&"]
        {
            is_sound(&w.get(path).by(admin).await, path);
        }
        for path in ["/api/reset-password/%00", "/api/reset-password/a%2Fb", "/api/reset-password/%ff.%ff.%ff", "/api/user/%F0%9F%92%A5",
            "/api/tickets/1/notes/%00", "/api/%00", "/api/user/9223372036854775808"]
        {
            is_sound(&w.get(path).by(admin).await, path);
            is_sound(&w.delete(path).by(admin).await, path);
        }
        for value in ["", " ", "Bearer \u{e9}", "Bearer a.b.c, Bearer d.e.f", "Bearer ..", "Bearer ...."] {
            let answer = w.get("/api/widgets").header(header::AUTHORIZATION, value).await;
            is_sound(&answer, value);
            assert!(answer.status == 401 || answer.status == 422, "{value}");
        }
    }
}
