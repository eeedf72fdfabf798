//! Who may call what, and which error comes first: section 3.1, R20, R34, R36.

use app::portal::Input;
use kernel::{Field, Scope};
use ruckus::{Access, Route, routes};
use serde_json::json;
use uuid::Uuid;
use world::{
    Answer,
    axum::http::{Method, header},
};

use crate::{Site, error};

impl Site {
    /// Calls a route of residents with a token or without; what its path carries besides the property is as given.
    async fn try_route(&self, route: &Route, property: &str, user: &str, token: Option<&str>, body: &str) -> Answer {
        let path = route.path.replace("{propertyId}", property).replace("{userId}", user);
        let path = path.replace("{deviceId}", "020000000001").replace("{type}", "logo");
        let path = if route.row == 10 { format!("{path}?type=UNIT") } else { path };
        let call = self.request(route.method.clone(), path);
        let call = if body.is_empty() { call } else { call.raw("application/json", body) };
        match token {
            Some(token) => call.header(header::AUTHORIZATION, token).await,
            None => call.await,
        }
    }
}

fn residents() -> impl Iterator<Item = &'static Route> {
    routes().iter().filter(|r| r.path.starts_with("/residents"))
}

/// What succeeds where the body may say nothing.
fn calm(route: &Route) -> u16 {
    match route.row {
        1 => 400,
        // There is no picture and no device.
        4 | 7 | 11 | 16 => 404,
        _ => 200,
    }
}

world::tests! { crate::open =>
    async fn every_caller_and_every_call(w: Site) {
        let place = w.flat.place.to_string();
        let user = w.user(app::wifi::Kind::Unit).await.to_string();
        let neighbour = crate::flat(&w, w.flat.org, w.flat.property, "2").await;
        let garden = crate::flat(&w, w.flat.org, w.home.garden, "1").await;
        let foreign = crate::flat(&w, w.other.org, w.other.harbour, "1").await;
        let [neighbours, gardens, foreigns] = [
            crate::token(&w, &neighbour).await,
            crate::token(&w, &garden).await,
            crate::token(&w, &foreign).await,
        ];
        let reset = crate::token(&w, &neighbour).await;
        w.app.portals().renew_link(&w.system(w.flat.org), neighbour.unit).await.unwrap();
        let neighbour = crate::flat(&w, w.flat.org, w.flat.property, "2").await;
        let neighbours_now = crate::token(&w, &neighbour).await;
        let program = crate::admin::program(&w, w.flat.org, &Scope::ALL, None).await;
        let programs = crate::admin::bearer(&w, &program).await;

        for route in residents() {
            let calls = [
                ("nobody", None),
                ("own", Some(w.token.as_str())),
                ("neighbour", Some(&neighbours_now)),
                ("reset", Some(&reset)),
                ("reset too", Some(&neighbours)),
                ("other property", Some(&gardens)),
                ("other organization", Some(&foreigns)),
                ("program", Some(&programs)),
                ("empty", Some("")),
                ("nonsense", Some("Bearer ÿ")),
            ];
            for (who, token) in calls {
                let answer = w.try_route(route, &place, &user, token, "{}").await;
                let is = match (route.access(), who) {
                    (Access::Public, _) | (_, "own") => calm(route),
                    (_, "neighbour") if matches!(route.row, 13..=16) => 404,
                    (_, "neighbour") => calm(route),
                    (_, "other property" | "other organization") => 403,
                    _ => 401,
                };
                assert_eq!(answer.status, is, "{} by {who}: {}", route.id, answer.text());
                assert_ne!(answer.status, 204);
            }
            // What is theirs is not shown to others: the unit is the token's, not the path's.
            if route.row == 8 {
                let theirs = w.try_route(route, &place, &user, Some(&neighbours_now), "").await.expect(200);
                assert_eq!(theirs["guid"], neighbour.uid.to_string());
            }
        }

        w.clock.advance(24 * 3600);
        for route in residents().filter(|r| r.access() == Access::Unit) {
            let late = w.try_route(route, &place, &user, Some(&w.token), "{}").await;
            assert_eq!(error(&late), 401, "{}: a token ends after a day", route.id);
        }
    }

    async fn section_3_1_which_error_comes_first(w: Site) {
        let place = w.flat.place.to_string();
        let garden = crate::flat(&w, w.flat.org, w.home.garden, "1").await;
        let elsewhere = crate::token(&w, &garden).await;
        let nowhere = Uuid::nil().to_string();
        let user = Uuid::nil().to_string();
        w.configure(Input { api_allowed: Field::Given(false), ..Input::default() }).await;
        for route in residents().filter(|r| r.access() == Access::Unit) {
            let with_user = route.path.contains("{userId}");
            let tried = async |property: &str, user: &str, token: Option<&str>| {
                w.try_route(route, property, user, token, "{").await.status
            };
            let name = route.id;
            // path syntax → token → property → its own property → api allowed → body → resource
            assert_eq!(tried("x", "x", None).await, 400, "{name}");
            if with_user {
                assert_eq!(tried(&place, "x", None).await, 400, "{name}");
            }
            assert_eq!(tried(&nowhere, &user, None).await, 401, "{name}");
            let unknown = tried(&nowhere, &user, Some(&w.token)).await;
            assert_eq!(unknown, if matches!(route.row, 2..=4) { 404 } else { 403 }, "{name}");
            assert_eq!(tried(&place, &user, Some(&elsewhere)).await, 403, "R20 {name}");
            assert_eq!(tried(&place, &user, Some(&w.token)).await, 403, "R34 {name}");
        }
        let huge = w.call(Method::PUT, "/units").raw("text/plain", "x".repeat(70_000)).await;
        assert_eq!(error(&huge), 403);
        assert_eq!(w.get(w.at("/access")).await.status, 200, "what is public stays");
        w.configure(Input { api_allowed: Field::Given(true), ..Input::default() }).await;
        for route in residents().filter(|r| r.access() == Access::Unit && r.sent != ruckus::Sent::Nothing) {
            assert_eq!(w.try_route(route, &place, &user, Some(&w.token), "{").await.status, 400, "{}", route.id);
        }
    }

    async fn r36_bodies(w: Site) {
        let filled = |n: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(n - 8));
        for (method, path, v1) in [
            (Method::PUT, "/units".to_owned(), false),
            (Method::POST, "/units/users/query".to_owned(), true),
            (Method::PUT, format!("/units/users/{}", w.user(app::wifi::Kind::Unit).await), true),
        ] {
            let sent = async |media: &str, body: String| w.call(method.clone(), &path).raw(media, body).await;
            sent("application/json", filled(65_536)).await.expect(200);
            assert_eq!(error(&sent("application/json", filled(65_537)).await), 413, "{path}");
            sent("", "{}".to_owned()).await.expect(200);
            sent("Application/JSON; charset=utf-8", "{}".to_owned()).await.expect(200);
            for media in ["text/plain", "application/x-www-form-urlencoded", "application/hal+json", "?"] {
                assert_eq!(error(&sent(media, "{}".to_owned()).await), 415, "{media}");
            }
            let version = sent("application/vnd.ruckus.v1+json", "{}".to_owned()).await;
            assert_eq!(version.status, if v1 { 200 } else { 415 }, "{path}");
            for bad in ["{", "[]", "1", "{\"a\":}", "{} {}"] {
                assert_eq!(error(&sent("application/json", bad.to_owned()).await), 400, "{path} {bad}");
            }
            assert_eq!(error(&sent("application/json", "[".repeat(10_000)).await), 400);
        }
        let login = w.post(w.at("/units/logins")).raw("application/json", filled(65_537)).await;
        assert_eq!(error(&login), 413);
        let form = w.post(w.at("/units/logins")).raw("text/plain", "{}").await;
        assert_eq!(error(&form), 415);
        // Who asks for something may say of what type nothing is.
        let odd = w.call(Method::GET, "/units").raw("text/plain", "whatever");
        odd.await.expect(200);
    }

    async fn addresses_and_methods_that_are_none(w: Site) {
        for path in ["/", "/units/", "/units/users", "/units/users/", "/files", "/nothing", "/units/devices/"] {
            assert_eq!(error(&w.call(Method::GET, path).await), 404, "{path}");
        }
        for path in ["/residents", "/residents/properties", "/residents/properties/", "/residents/x"] {
            assert_eq!(error(&w.get(path).await), 404, "{path}");
        }
        for (method, path, allow) in [
            (Method::PATCH, "/units", "GET, PUT"),
            (Method::DELETE, "/units", "GET, PUT"),
            (Method::GET, "/units/logins", "POST"),
            (Method::GET, "/units/users/query", "POST"),
            (Method::OPTIONS, "/access", "GET"),
        ] {
            let answer = w.call(method, path).json(&json!({})).await;
            assert_eq!((error(&answer), answer.header("allow").as_str()), (405, allow), "{path}");
        }
        let head = w.call(Method::HEAD, "/units").await;
        assert_eq!(head.status, 200);
    }
}
