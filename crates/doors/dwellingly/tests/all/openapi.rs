//! The OpenAPI document is what the running door does: every answer is one that the document knows.

use std::path::Path;

use serde_json::{Value, json};
use world::{Answer, World};

use crate::calls::{self, Ready};

fn document() -> Value {
    serde_json::to_value(dwellingly::openapi()).expect("JSON")
}

/// The document is kept where readers find it.
#[test]
fn the_document_is_the_one_that_is_published() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/api/dwellingly.openapi.json");
    let made = dwellingly::openapi().to_pretty_json().expect("JSON") + "\n";
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "docs/api/dwellingly.openapi.json is not up to date; `cargo xtask generate` writes it");
}

#[test]
fn names_and_references_are_sound() {
    let document = document();
    assert!(document["openapi"].as_str().is_some_and(|v| v.starts_with("3.1")));
    for kind in ["schemas", "securitySchemes"] {
        for name in document["components"][kind].as_object().expect("components").keys() {
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{name}");
        }
    }
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            ids.push(operation["operationId"].as_str().expect("an id").to_owned());
            for key in ["summary", "tags", "responses"] {
                assert!(!operation[key].is_null(), "{key} of {method} {path}");
            }
            for security in operation["security"].as_array().into_iter().flatten() {
                for name in security.as_object().expect("names").keys() {
                    assert!(document["components"]["securitySchemes"][name].is_object(), "{name}");
                }
            }
            for name in path.split(['{', '}']).skip(1).step_by(2) {
                let named = |p: &Value| p["name"] == name && p["in"] == "path" && p["required"] == true;
                assert!(operation["parameters"].as_array().is_some_and(|p| p.iter().any(named)), "{name} of {path}");
            }
        }
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), all), (dwellingly::routes().len(), all));
}

/// What a value has against a schema, of the few constructs that the document uses. A key that the schema does not name
/// is a fault here: the document is to be complete.
fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.strip_prefix("#/components/schemas/").expect("a schema");
        return faults(document, &document["components"]["schemas"][name], value, at);
    }
    for (word, all) in [("oneOf", false), ("anyOf", false), ("allOf", true)] {
        let Some(options) = schema[word].as_array() else { continue };
        if all {
            let whole = options.iter().fold(json!({}), |whole, o| merged(document, whole, o));
            return faults(document, &whole, value, at);
        }
        let each: Vec<_> = options.iter().map(|o| faults(document, o, value, at)).collect();
        return if each.iter().any(Vec::is_empty) { Vec::new() } else { each.concat() };
    }
    let mut out = Vec::new();
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.contains(&kind) {
        out.push(format!("{at}: {kind} is none of {kinds:?}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        out.push(format!("{at}: {value} is none of {words:?}"));
    }
    for (i, item) in value.as_array().into_iter().flatten().enumerate() {
        out.extend(faults(document, &schema["items"], item, &format!("{at}/{i}")));
    }
    if let Some(object) = value.as_object() {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(key) {
                out.push(format!("{at}/{key} is missing"));
            }
        }
        // The texts of faulty fields are an open map.
        let Some(known) = schema["properties"].as_object() else { return out };
        for (key, inner) in object {
            match known.get(key) {
                Some(schema) => out.extend(faults(document, schema, inner, &format!("{at}/{key}"))),
                None => out.push(format!("{at}/{key} is not in the document")),
            }
        }
    }
    out
}

/// Two schemas of objects as one.
fn merged(document: &Value, mut whole: Value, part: &Value) -> Value {
    let part = match part["$ref"].as_str().and_then(|r| r.strip_prefix("#/components/schemas/")) {
        Some(name) => &document["components"]["schemas"][name],
        None => part,
    };
    whole["type"] = json!("object");
    for (key, value) in part["properties"].as_object().into_iter().flatten() {
        whole["properties"][key] = value.clone();
    }
    let mut required = whole["required"].as_array().cloned().unwrap_or_default();
    required.extend(part["required"].as_array().into_iter().flatten().cloned());
    whole["required"] = required.into();
    whole
}

/// Holds an answer against what the document says about the call.
#[track_caller]
fn is_known(document: &Value, route: &dwellingly::Route, answer: &Answer) {
    let operation = &document["paths"][route.full_path()][route.method.as_str().to_lowercase()];
    let response = &operation["responses"][answer.status.to_string()];
    let what = format!("{} {} {}", answer.status, route.method, route.path);
    assert!(response.is_object(), "{what} is not in the document: {}", answer.text());
    let schema = &response["content"]["application/json"]["schema"];
    let faults = faults(document, schema, &answer.json(), "");
    assert!(faults.is_empty(), "{what}: {faults:#?}");
}

/// All calls, deletions last and what hangs on other things first.
fn in_order(all: &[Ready]) -> Vec<usize> {
    let late = |i: &usize| all[*i].method == "DELETE" || all[*i].row == 3;
    let order = 0..all.len();
    order.clone().filter(|i| !late(i)).chain(order.rev().filter(late)).collect()
}

world::tests! { crate::open =>
    async fn every_answer_is_in_the_document(w: World) {
        let (document, routes) = (document(), dwellingly::routes());
        let h = &w.home;
        let all = calls::all(h);
        // Nobody, too little a right, broken bodies, things that are not there.
        for (route, call) in routes.iter().zip(&all) {
            let send = |by| w.request(call.method.clone(), call.path.clone()).by(by);
            is_known(&document, route, &send(None).await);
            if call.method == "DELETE" || call.row == 3 {
                continue;
            }
            for by in [Some(&h.staff), Some(&h.admin)] {
                if !call.body.is_null() {
                    for body in ["{}", "{", "[]", "{\"ids\":[\"a\"],\"email\":5,\"name\":5,\"text\":5,\"role\":9,\"lease\":{\"x\":1}}"] {
                        is_known(&document, route, &send(by).raw("application/json", body).await);
                    }
                    let large = send(by).raw("application/json", "x".repeat(2 << 20)).await;
                    is_known(&document, route, &large);
                }
                if call.path != "/api/login" && route.path.contains("id}") {
                    let nothing = route.full_path().replace("{id}", "999").replace("{nid}", "999");
                    is_known(&document, route, &w.request(call.method.clone(), nothing).by(by).json(&json!({})).await);
                }
            }
        }
        // Good calls.
        for i in in_order(&all) {
            let (route, call) = (&routes[i], &all[i]);
            w.tokens(&h.admin).await;
            let refresh = w.tokens(&h.admin).await.refresh;
            let mut request = if call.row == 2 {
                w.request(call.method.clone(), call.path.clone()).bearer(&refresh)
            } else {
                call.bare(&w)
            };
            if !call.body.is_null() {
                request = request.json(&call.body);
            }
            let answer = request.await;
            assert!(answer.status < 500, "{}", answer.text());
            is_known(&document, route, &answer);
        }
    }

    async fn answers_about_oneself_and_conflicts(w: World) {
        let (document, routes) = (document(), dwellingly::routes());
        let h = &w.home;
        let route = |row: u8| routes.iter().find(|r| r.row == row).expect("a row");
        let own = format!("/api/user/{}", h.admin.id);
        is_known(&document, route(12), &w.patch(own.clone()).by(&h.admin).json(&json!({"firstName": "A"})).await);
        let wrong = json!({"current_password": "x", "new_password": "12345678", "confirm_password": "12345678"});
        is_known(&document, route(12), &w.patch(own.clone()).by(&h.admin).json(&wrong).await);
        is_known(&document, route(12), &w.patch(own.clone()).by(&h.admin).json(&json!({"new_password": "x"})).await);
        is_known(&document, route(12), &w.patch(own.clone()).by(&h.staff).json(&json!({})).await);
        is_known(&document, route(13), &w.delete(own).by(&h.admin).await);
        is_known(&document, route(13), &w.delete(format!("/api/user/{}", h.staff.id)).by(&h.admin).await);
        is_known(&document, route(14), &w.post(format!("/api/user/archive/{}", h.admin.id)).by(&h.admin).await);
        for _ in 0..6 {
            let login = json!({"email": h.staff.email, "password": "x"});
            is_known(&document, route(1), &w.post("/api/login").json(&login).await);
            is_known(&document, route(5), &w.post("/api/reset-password").json(&json!({"email": "no@x.org"})).await);
        }
        is_known(&document, route(1), &w.post("/api/login").json(&json!({"email": h.pending.email})).await);
        let said = format!("/api/tickets/{}/notes/{}", h.reported, h.said);
        is_known(&document, route(47), &w.patch(said.clone()).by(&h.staff).json(&json!({"text": "x"})).await);
        is_known(&document, route(48), &w.delete(said).by(&h.staff).await);
        for id in [h.harbour, h.garden] {
            is_known(&document, route(19), &w.get(format!("/api/properties/{id}")).by(&h.admin).await);
        }
    }
}

/// The examples of the reference are in the document too.
#[test]
fn every_example_is_in_the_document() {
    let (document, routes) = (document(), dwellingly::routes());
    for example in crate::examples() {
        let path = example["path"]
            .as_str()
            .expect("a path")
            .split('?')
            .next()
            .unwrap_or_default()
            .trim_end_matches('/')
            .to_owned();
        let matches = |r: &&dwellingly::Route| {
            let pattern = r.full_path();
            let (a, b): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
            a.len() == b.len()
                && a.iter().zip(&b).all(|(a, b)| a == b || a.starts_with('{'))
                && r.method.as_str() == example["method"]
        };
        let Some(route) = routes.iter().find(matches) else { continue };
        let operation = &document["paths"][route.full_path()][route.method.as_str().to_lowercase()];
        let response = &operation["responses"][example["status"].to_string()];
        assert!(response.is_object(), "{}: {} is not in the document", example["name"], example["status"]);
        let schema = &response["content"]["application/json"]["schema"];
        let faults = faults(&document, schema, &example["response"], "");
        // Property managers always have `properties` here: see the exceptions of the replay.
        assert!(faults.is_empty(), "{}: {faults:#?}", example["name"]);
    }
}

#[test]
fn the_check_notices() {
    let document = document();
    let faults_of = |name: &str, value: Value| {
        faults(&document, &json!({"$ref": format!("#/components/schemas/{name}")}), &value, "")
    };
    let note =
        json!({"id": 1, "ticket_id": 1, "text": "", "user": "", "created_at": "", "updated_at": "", "ticketid": 1});
    assert!(faults_of("Note", note.clone()).is_empty());
    let mut more = note.clone();
    more["zzz"] = json!(1);
    assert_eq!(faults_of("Note", more), ["/zzz is not in the document"]);
    let mut less = note;
    less.as_object_mut().map(|o| o.remove("text"));
    less["id"] = json!("1");
    assert_eq!(faults_of("Note", less), ["/text is missing", "/id: string is none of [\"integer\"]"]);
    assert_eq!(faults_of("Error", json!({"message": 5})).len(), 2);
    assert!(faults_of("Error", json!({"message": {"a": {"0": ["x"]}}})).is_empty());
    let pair = json!({"access_token": "", "refresh_token": ""});
    assert!(!faults_of("UserWithTokens", pair).is_empty());
}
