//! Every operation, asked by every kind of caller, with a token and with the cookie (C13, C27; section 2).

use casavi::{Access, Route, routes};
use kernel::{Door, Living};
use serde_json::{Value, json};
use world::{
    Answer, Call,
    axum::http::{Method, header},
};

use crate::setup::{PDF, Resident, Site, header_name, resident, sign_in, signed_in};

/// The path of an operation with these ids in it.
#[expect(clippy::needless_pass_by_value, reason = "ids and words alike")]
fn filled(route: &Route, community: impl ToString, ticket: impl ToString, document: impl ToString) -> String {
    route
        .path
        .replace("{community_id}", &community.to_string())
        .replace("{ticket_id}", &ticket.to_string())
        .replace("{document_id}", &document.to_string())
}

impl Site {
    /// A good call of an operation; `nth` tells several apart.
    fn good<'a>(&'a self, route: &Route, who: &Resident, ticket: i64, nth: usize) -> Call<'a> {
        let house = if who.id == self.zoe.id { &self.elsewhere } else { &self.house };
        let call = self.request(route.method.clone(), filled(route, house.place, ticket, house.document));
        match route.number {
            4 => call.json(&self.report(who, house, &json!({}))),
            5 => call.json(&json!({"text": "Hello"})),
            13 => call.header(header_name(), "a.pdf").raw("application/pdf", PDF),
            14 => call.json(&json!({"contactId": who.id, "unitId": who.unit, "firstName": "A", "lastName": "B",
                "email": format!("new-{nth}@mail.example")})),
            _ => call,
        }
    }
}

fn signed_in_routes() -> impl Iterator<Item = Route> {
    routes().into_iter().filter(|r| r.access != Access::Public)
}

/// Ids and times differ from write to write.
fn kind_of(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            map.iter().map(|(k, v)| (k.clone(), kind_of(v))).collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(all) => all.iter().take(1).map(kind_of).collect(),
        Value::Null => json!(null),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!(0),
        Value::Bool(_) => json!(true),
    }
}

#[track_caller]
fn is_private(answer: &Answer, name: &str) {
    assert_eq!(answer.header("cache-control"), "private, no-store", "{name}");
}

world::tests! { crate::setup::open =>
    async fn c13_token_and_cookie_get_the_same(w: Site) {
        let ticket = w.ticket(&w.anna, &json!({})).await["id"].as_i64().unwrap();
        for (nth, route) in signed_in_routes().enumerate() {
            let name = route.name;
            let good = |nth: usize| w.good(&route, &w.anna, ticket, nth);
            let token = good(nth).bearer(&w.anna.bearer).await;
            assert_eq!(token.status, 200, "{name}: {}", token.text());
            let cookie = good(nth + 100).header(header::COOKIE, &format!("a=b; user_session={}", w.anna.cookie)).await;
            assert_eq!(cookie.status, 200, "{name}: {}", cookie.text());
            let bare = good(nth + 200).header(header::AUTHORIZATION, &w.anna.bearer).await;
            assert_eq!(bare.status, 200, "{name}: the word may be left out");
            if route.method == Method::GET && token.header("content-type") == "application/json" {
                // Signed addresses are made anew with each answer.
                assert_eq!(kind_of(&token.json()), kind_of(&cookie.json()), "{name}");
            }
            assert_eq!(token.header("content-type"), cookie.header("content-type"));
            for answer in [&token, &cookie] {
                is_private(answer, name);
            }
        }
    }

    async fn c13_nobody_gets_in(w: Site) {
        let ticket = w.ticket(&w.anna, &json!({})).await["id"].as_i64().unwrap();
        let nobody = [
            (header::AUTHORIZATION, String::new()), (header::AUTHORIZATION, "Bearer".to_owned()), (header::AUTHORIZATION, "Bearer x.y.z".to_owned()),
            (header::AUTHORIZATION, "Basic YTpi".to_owned()), (header::COOKIE, "user_session=".to_owned()), (header::COOKIE, "user_session=wrong".to_owned()),
            (header::COOKIE, "other=1".to_owned()),
            // A token of a program without the permission reaches userinfo only.
            (header::AUTHORIZATION, format!("Bearer {}", foreign_token(&w).await)),
        ];
        for route in signed_in_routes() {
            let bare = w.good(&route, &w.anna, ticket, 0).await;
            assert_eq!(bare.expect(401)["error"], "unauthenticated", "{}", route.name);
            is_private(&bare, route.name);
            for (name, value) in &nobody {
                let answer = w.good(&route, &w.anna, ticket, 0).header(name.clone(), value).await;
                assert_eq!(answer.expect(401)["error"], "unauthenticated", "{} {value}", route.name);
            }
            // The token counts, also when it is bad and the cookie good.
            let both = w.good(&route, &w.anna, ticket, 0).bearer("bad").header(header::COOKIE, &format!("user_session={}", w.anna.cookie));
            assert_eq!(both.await.status, 401, "{}", route.name);
        }
    }

    async fn an_ended_sign_in_opens_nothing(w: Site) {
        let ticket = w.ticket(&w.anna, &json!({})).await["id"].as_i64().unwrap();
        w.identity.web_sign_out(&w.anna.cookie).await.unwrap();
        let (org, ben) = (w.house.org, w.ben.id);
        // Ben is archived; his token is good by its looks.
        w.write(org, async move |w| {
            w.execute(world::db::sql!("UPDATE person SET archived_at = $3 WHERE org_id = $1 AND id = $2", org, ben, w.now())).await.map(drop)
        }).await;
        // A session of another door is no token here, whatever its person.
        let admin = signed_in(&w.world, org, w.world.home.admin.id, Door::Dwellingly).await;
        assert!(admin.person().is_some());
        let smuggled = w.smuggled(org, w.world.home.admin.id, Door::Dwellingly).await.access;
        for route in signed_in_routes() {
            let cookie = w.good(&route, &w.anna, ticket, 0).header(header::COOKIE, &format!("user_session={}", w.anna.cookie)).await;
            assert_eq!(cookie.status, 401, "{}", route.name);
            assert_eq!(w.good(&route, &w.ben, ticket, 0).bearer(&w.ben.bearer).await.status, 401, "{}", route.name);
            assert_eq!(w.good(&route, &w.anna, ticket, 0).bearer(&smuggled).await.status, 401, "{}", route.name);
        }
        w.clock.advance(3601);
        assert_eq!(w.call(Method::GET, "/api/v1/units", &w.zoe).await.status, 401, "tokens live for an hour");
    }

    async fn a_write_with_the_cookie_comes_from_this_site(w: Site) {
        let ticket = w.ticket(&w.anna, &json!({})).await["id"].as_i64().unwrap();
        let cookie = format!("user_session={}", w.anna.cookie);
        let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
        for (nth, route) in signed_in_routes().enumerate() {
            for (name, value) in foreign {
                let name = header::HeaderName::from_static(name);
                let good = || w.good(&route, &w.anna, ticket, nth).header(name.clone(), value).header(header::HOST, "home.example");
                let answer = good().header(header::COOKIE, &cookie).await;
                let wanted = if route.method == Method::POST { 403 } else { 200 };
                assert_eq!(answer.status, wanted, "{}: {}", route.name, answer.text());
                assert_eq!(good().bearer(&w.anna.bearer).await.status, 200, "{}: a token is no cookie", route.name);
            }
        }
        let same = w.good(&routes()[2], &w.anna, ticket, 0).header(header::COOKIE, &cookie);
        assert_eq!(same.header(header::HOST, "home.example").header(header::ORIGIN, "https://home.example").await.status, 200);
    }

    async fn what_is_foreign_does_not_exist(w: Site) {
        let ticket = w.ticket(&w.zoe, &json!({})).await["id"].as_i64().unwrap();
        let of_ben = w.ticket(&w.ben, &json!({})).await["id"].as_i64().unwrap();
        for route in signed_in_routes().filter(|r| r.path.contains('{')) {
            let bad: Vec<String> = ["0", "-1", "x", "1.0", "99999999999999999999", "%00", "1%2F2"].iter().map(ToString::to_string).collect();
            let foreign = [w.elsewhere.place.to_string(), w.world.home.garden.to_string()];
            for id in foreign.iter().chain(&bad) {
                let good = w.good(&route, &w.anna, 0, 0);
                let path = filled(&route, id, if bad.contains(id) { id.clone() } else { ticket.to_string() }, w.elsewhere.document);
                let call = match route.number {
                    5 => w.request(route.method.clone(), path).json(&json!({"text": "x"})),
                    14 => w.request(route.method.clone(), path).json(&json!({"contactId": w.anna.id, "unitId": w.anna.unit, "firstName": "A", "lastName": "B", "email": "n@x.example"})),
                    _ => w.request(route.method.clone(), path),
                };
                drop(good);
                assert_eq!(call.bearer(&w.anna.bearer).await.expect(404)["error"], "not_found", "{} {id}", route.name);
            }
        }
        assert_eq!(w.call(Method::GET, format!("/api/v1/tickets/{of_ben}"), &w.anna).await.status, 404);
        assert_eq!(w.send(format!("/api/v1/tickets/{of_ben}/comments"), &w.anna, &json!({"text": "x"})).await.status, 404);
    }

    async fn guests_and_those_who_left(w: Site) {
        let guest = resident(&w.world, &w.house, "Gus", "A 1", Living::Guest).await;
        assert_eq!(w.fetch(w.at("/posts"), &guest).await["rows"].as_array().unwrap().len(), 1, "public posts");
        assert_eq!(w.send("/api/v1/tickets", &guest, &w.report(&guest, &w.house, &json!({}))).await.status, 403);
        assert_eq!(w.fetch("/api/v1/ticket_types", &guest).await, json!([]));
        let ticket = w.ticket(&w.ben, &json!({})).await["id"].as_i64().unwrap();
        w.move_out(w.house.org, w.ben.id).await;
        for route in signed_in_routes().filter(|r| r.path.contains("community_id")) {
            assert_eq!(w.good(&route, &w.ben, ticket, 0).bearer(&w.ben.bearer).await.status, 404, "{}", route.name);
        }
        assert_eq!(w.fetch("/api/v1/units", &w.ben).await, json!([]));
        assert_eq!(w.fetch("/api/v1/tickets", &w.ben).await[0]["id"], ticket);
    }

    async fn the_staff_look_through_the_same_door(w: Site) {
        let (bearer, cookie, caller) = sign_in(&w.world, &w.house, w.world.home.manager.id).await;
        let manager = Resident { id: w.world.home.manager.id, bearer, cookie, caller, ..w.anna.clone() };
        assert_eq!(w.fetch(w.at("/posts"), &manager).await["rows"].as_array().unwrap().len(), 4);
        assert_eq!(w.fetch("/api/v1/units", &manager).await, json!([]));
        let path = format!("/api/v1/communities/{}/posts", w.elsewhere.place);
        assert_eq!(w.call(Method::GET, path, &manager).await.status, 404);
    }

    async fn paths_and_methods(w: Site) {
        for path in ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/communities/1", "/api/v1/tickets/1/2/3"] {
            assert_eq!(w.call(Method::GET, path, &w.anna).await.expect(404)["error"], "not_found", "{path}");
        }
        for route in routes() {
            let path = filled(&route, w.house.place, 1, 1);
            let answer = w.call(Method::DELETE, &path, &w.anna).await;
            assert_eq!((answer.expect(405)["error"].clone(), answer.header("allow").is_empty()), (json!("invalid_request"), false), "{path}");
        }
        assert_eq!(w.call(Method::GET, "/api/v1/units/", &w.anna).await.status, 200, "a slash at the end means nothing");
    }
}

/// A token of a program that may not open this API.
async fn foreign_token(w: &Site) -> String {
    let new = identity::oidc::NewClient {
        name: "Other".to_owned(),
        redirect_uris: vec!["https://app.example/".to_owned()],
        ..Default::default()
    };
    let client = w.identity.oidc().create_client(&w.system(w.house.org), new).await.unwrap();
    let party = w.identity.oidc().client(&client.client_id).await.unwrap().unwrap();
    w.identity.oidc().issue(&w.system(w.house.org), &party, w.anna.id).await.unwrap().access_token
}
