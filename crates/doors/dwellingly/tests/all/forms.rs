//! Every write in every form: D3, D4, D10.

use serde_json::{Value, json};
use world::{Call, World};

use crate::calls::{self, Ready};

/// Sends every write in its order, each with further keys that nobody knows; answers what came of it, without what
/// tells one run from another.
async fn all_writes(w: &World, send: impl for<'c> Fn(Call<'c>, &Value) -> Call<'c>) -> Vec<(Ready, u16, Value)> {
    let mut out = Vec::new();
    for mut call in calls::writes(&w.home) {
        call.body["zzz"] = json!("?");
        call.body["user_uid"] = json!([1, {"a": 2}]);
        let answer = send(call.bare(w), &call.body).await;
        out.push((call, answer.status, masked(answer.json())));
    }
    out
}

fn masked(mut body: Value) -> Value {
    for token in ["access_token", "refresh_token"] {
        if body.get(token).is_some() {
            body[token] = Value::Null;
        }
    }
    body
}

world::tests! { crate::open =>
    async fn d3_json_form_and_multipart_mean_the_same(w: World) {
        let dialect = w.app.dialect();
        let json = all_writes(&w, |c, b| c.json(b)).await;
        for (call, status, body) in &json {
            assert_eq!(*status, call.success, "{call:?}: {body}");
        }
        let form = crate::open(dialect).await;
        assert_eq!(told(&json), told(&all_writes(&form, |c, b| c.form(b)).await));
        let multipart = crate::open(dialect).await;
        assert_eq!(told(&json), told(&all_writes(&multipart, |c, b| c.multipart(b)).await));
        let untyped = crate::open(dialect).await;
        assert_eq!(told(&json), told(&all_writes(&untyped, |c, b| c.raw("", b.to_string())).await));
        let odd = crate::open(dialect).await;
        let kind = "Application/JSON; charset=utf-8";
        assert_eq!(told(&json), told(&all_writes(&odd, |c, b| c.raw(kind, b.to_string())).await));
    }

    async fn d4_forms(w: World) {
        let (admin, org) = (&w.home.admin, w.home.org);
        let form = |path: &str, text: &str| {
            w.post(path).by(admin).raw("application/x-www-form-urlencoded", text).into_future()
        };
        let login = |text: String| w.post("/api/login").raw("application/x-www-form-urlencoded", text).into_future();
        login(format!(" email={}&password={}", admin.email, world::PASSWORD)).await.expect(200);
        login(format!("%20email%09={}&+password+={}", admin.email, world::PASSWORD)).await.expect(200);
        // Values stay untouched.
        login(format!("email={}&password=+{}", admin.email, world::PASSWORD)).await.expect(401);
        login(format!("email=x&email={}&password=y&password={}", admin.email, world::PASSWORD)).await.expect(200);
        let (a, b) = (w.home.garden, w.home.harbour);
        for ids in [
            format!("ids={a}&ids={b}"),
            format!("ids[]={a}&ids[]={b}"),
            format!("ids=[{a},{b}]"),
            format!("ids%5B%5D={a}&ids%5B%5D={b}"),
            format!("ids[0]={a}&ids[1]={b}"),
        ] {
            for id in [a, b] {
                w.put(format!("/api/properties/{id}")).by(admin).json(&json!({"archived": false})).await.expect(200);
            }
            let call = w.patch("/api/properties/archive").by(admin);
            let all = call.raw("application/x-www-form-urlencoded", ids.clone()).await.expect(200);
            let archived = |p: &Value| p["archived"] == true;
            assert!(all["properties"].as_array().is_some_and(|p| p.iter().all(archived)), "{ids}");
        }
        let one = w.patch("/api/properties/archive").by(admin);
        one.raw("application/x-www-form-urlencoded", format!("ids={a}")).await.expect(200);
        let tenant = "firstName=A&lastName=B&phone=503-555-0100";
        let dates = "2021-01-01T00:00:00.0Z&lease[dateTimeEnd]=2099-01-01T00:00:00.0Z";
        let made = form("/api/tenants", &format!("{tenant}&lease[propertyID]={a}&lease[dateTimeStart]={dates}")).await;
        assert_eq!(made.expect(201)["lease"]["propertyID"], a.get());
        let lease = json!({"propertyID": a.get(), "dateTimeStart": "2021-01-01T00:00:00.0Z", "dateTimeEnd": "2099-01-01T00:00:00.0Z"});
        let made = form("/api/tenants", &format!("{tenant}&lease={}", lease.to_string().replace('+', "%2B"))).await;
        assert_eq!(made.expect(201)["lease"]["propertyID"], a.get());
        let numbers = "contact_numbers[0][number]=1&contact_numbers[0][numtype]=Text&contact_numbers[1][number]=2";
        let made = form("/api/emergencycontacts", &format!("name=X&{numbers}")).await.expect(201);
        assert_eq!(made["contact_numbers"][0]["numtype"], "Text");
        assert_eq!(made["contact_numbers"][1]["number"], "2");
        let made = form("/api/emergencycontacts", "name=Y&contact_numbers=[{\"number\":\"5\"}]").await.expect(201);
        assert_eq!(made["contact_numbers"][0]["number"], "5");
        assert_eq!(form("/api/emergencycontacts", "name=Z&contact_numbers=5").await.message(400),
            json!({"contact_numbers": {"0": {"_schema": ["Invalid input type."]}}}));
        // An empty form is no body; one without known keys is an empty object.
        assert_eq!(form("/api/tickets", "").await.message(400), json!({"_schema": ["Invalid input type."]}));
        assert!(form("/api/tickets", "x=1").await.message(400)["author_id"].is_array());
        let before = w.changed(org).await;
        let part = "--l\r\nContent-Disposition: form-data; name=\"name\"; filename=\"a.txt\"\r\n\r\nfile\r\n\
                    --l\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\nD\r\n--l--\r\n";
        let call = w.put(format!("/api/emergencycontacts/{}", w.home.contact)).by(admin);
        let put = call.raw("multipart/form-data; boundary=l", part).await.expect(200);
        assert_eq!((put["name"].as_str(), put["description"].as_str()), (Some("Narcotics Anonymous"), Some("D")));
        assert_eq!(w.changed(org).await, before + 1);
        for broken in ["multipart/form-data", "multipart/form-data; boundary=q"] {
            let call = w.put(format!("/api/emergencycontacts/{}", w.home.contact)).by(admin);
            call.raw(broken, part).await.expect(400);
        }
    }

    async fn d10_unknown_keys(w: World) {
        let tenant = format!("/api/tenants/{}", w.home.tenant);
        let put = |body: Value| w.put(tenant.clone()).by(&w.home.admin).json(&body).into_future();
        put(json!({"foo": 1, "address": "x", "lease_id": 5})).await.expect(200);
        assert_eq!(put(json!({"lease": {"foo": 1}})).await.message(400), json!({"lease": {"foo": ["Unknown field."]}}));
        // What GET shows inside of a lease is known.
        let known = json!({"lease": {"id": 7, "tenantID": 8, "created_at": "x", "updated_at": null}});
        put(known).await.expect(200);
    }
}

fn told(all: &[(Ready, u16, Value)]) -> Vec<String> {
    all.iter().map(|(call, status, body)| format!("{} {}: {status} {body}", call.method, call.path)).collect()
}

#[test]
fn forms_say_what_json_says() {
    let body = json!({"a": {"b": 1}, "c": [1, 2], "d": [{"e": "f"}], "g": [], "h": true, "i": null});
    let pairs: Vec<String> = world::form(&body).into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(pairs, ["a[b]=1", "c[]=1", "c[]=2", "d[0][e]=f", "g=[]", "h=true"]);
}
