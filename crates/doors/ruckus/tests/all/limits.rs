//! How many calls are answered: section 7, R19.

use kernel::{Door, Scope};
use portico_http::{Limiter, Rate};
use serde_json::json;
use uuid::Uuid;
use world::{Kit, World, axum::http::header, db::Dialect};

use crate::{Site, error};

const LIMITED: Kit = Kit {
    door: Door::Ruckus,
    entrances: |identity| {
        ruckus::entrances(identity, Limiter::new(ruckus::RATE, None), Limiter::new(Rate::per_second(20), None))
    },
    sign_in: "",
    tokens: |_| None,
};

async fn limited(dialect: Dialect) -> Site {
    let site = crate::settled(World::new(dialect, LIMITED).await).await;
    site.clock.advance(60);
    site
}

impl Site {
    /// How many of so many calls pass.
    async fn pass(&self, path: &str, calls: usize) -> usize {
        let mut passed = 0;
        for _ in 0..calls {
            let answer = self.get(path).await;
            match answer.status {
                429 => {
                    assert_eq!((error(&answer), answer.header("retry-after").as_str()), (429, "1"));
                    assert_eq!(answer.json()["status"], "429 TOO_MANY_REQUESTS");
                }
                _ => passed += 1,
            }
        }
        passed
    }
}

world::tests! { super::limited =>
    async fn who_is_refused_is_logged_without_the_device(w: Site) {
        let log = crate::secrets::log();
        w.pass(&w.at("/access"), 100).await;
        let device = w.at("/units/devices/02:5E:C2:E7:00:01");
        assert_eq!(error(&w.delete(device).header(header::AUTHORIZATION, &w.token).await), 429);
        // Nor is one whose path no route has, or not with this method.
        w.clock.advance(60);
        let at = w.at("/units/devices/02:5E:C2:E7:00:02");
        assert_eq!(w.get(at.clone()).await.status, 405);
        assert_eq!(w.get(format!("{at}/x")).await.status, 404);
        assert_eq!(w.get("/residents/02:5E:C2:E7:00:03").await.status, 404);
        assert!(!log.text().contains("5E:C2:E7"), "{}", log.text());
        assert!(log.text().contains("/residents/*"), "{}", log.text());
    }

    async fn r19_a_hundred_at_once_and_eighty_a_second(w: Site) {
        let here = w.at("/access");
        let garden = crate::flat(&w, w.flat.org, w.home.garden, "1").await;
        let there = format!("/residents/properties/{}/access", garden.place);
        assert_eq!(w.pass(&here, 105).await, 100, "the 101st does not pass");
        assert_eq!(w.pass(&there, 1).await, 1, "another property is unaffected");
        w.clock.advance(1);
        assert_eq!(w.pass(&here, 90).await, 80);
        w.clock.advance(1);
        assert_eq!(w.pass(&here, 90).await, 80);
        w.clock.advance(60);
        assert_eq!(w.pass(&here, 110).await, 100, "never more");
        assert_eq!(w.pass(&there, 110).await, 100);
    }

    async fn section_7_every_request_counts_whatever_its_outcome(w: Site) {
        let upper = w.flat.place.to_string().to_uppercase();
        let outcomes = [
            w.get(w.at("/units")).await.status,
            w.get(w.at("/nothing")).await.status,
            w.get(w.at("/units/logins")).await.status,
            w.get(w.at("/units/users/x")).await.status,
            w.post(w.at("/units/logins")).json(&json!({})).await.status,
            w.get(format!("/residents/properties/{upper}/access")).await.status,
            w.get(w.at("/units")).header(header::AUTHORIZATION, &w.token).await.status,
        ];
        assert_eq!(outcomes, [401, 404, 405, 400, 400, 200, 200]);
        assert_eq!(w.pass(&w.at("/access"), 100).await, 93);
        // It comes before everything else.
        let first = [w.get(w.at("/units/users/x")).await, w.post(w.at("/units/logins")).raw("x", "{").await, w.get(w.at("")).await];
        assert!(first.iter().all(|a| a.status == 429));
    }

    async fn a_program_has_one_bucket_for_its_calls(w: Site) {
        let token = async || {
            let made = crate::admin::program(&w, w.flat.org, &[Scope::Wifi], None).await;
            crate::admin::bearer(&w, &made).await
        };
        let (first, second) = (token().await, token().await);
        let venues = async |token: &str| w.get("/venues").bearer(token).await;
        for _ in 0..20 {
            assert_eq!(venues(&first).await.status, 200);
        }
        let refused = venues(&first).await;
        assert_eq!((error(&refused), refused.header("retry-after").as_str()), (429, "1"));
        assert_eq!(w.get("/residentPortals").bearer(&first).await.status, 429, "whatever it calls");
        assert_eq!(venues(&second).await.status, 200, "another program has its own");
        w.clock.advance(1);
        assert_eq!(venues(&first).await.status, 200);
    }

    async fn section_7_an_unknown_property_has_no_bucket(w: Site) {
        let nowhere = format!("/residents/properties/{}/access", Uuid::nil());
        assert_eq!(w.pass(&nowhere, 120).await, 120);
        assert_eq!(w.pass("/residents/properties/x/access", 120).await, 120);
    }
}
