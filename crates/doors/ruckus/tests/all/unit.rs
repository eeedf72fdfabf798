//! The unit and its devices: R8 to R10, R15 to R17, R23, R25 to R31.

use app::{
    portal::Input,
    wifi::{IdentityInput, Kind, Status, UnitInput, UnitStatus},
};
use kernel::Field;
use serde_json::{Value, json};
use uuid::Uuid;
use world::axum::http::{Method, header};

use crate::{Site, error};

const PUT: Method = Method::PUT;

fn long(n: usize) -> String {
    "é".repeat(n)
}

world::tests! { crate::open =>
    async fn operation_8_shows_the_unit(w: Site) {
        let answer = w.call(Method::GET, "/units").header(header::CONTENT_TYPE, "application/json").await;
        let unit = answer.expect(200);
        assert_eq!(answer.header("content-type"), "application/hal+json");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!((&unit["guid"], &unit["number"], &unit["status"]), (&json!(w.flat.uid), &json!("1"), &json!("ENABLED")));
        assert_eq!(unit["contact"]["contactName"], "Renty McRenter");
        for secret in ["secret", "guestSecret"] {
            assert_eq!(unit[secret].as_str().unwrap().len(), 12);
        }
        assert_eq!(unit["_links"]["self"]["href"], format!("https://portico.example{}", w.at("/units")));
    }

    async fn r8_lengths_of_contacts(w: Site) {
        for (field, most) in [("email", 255), ("phoneNumber", 16), ("contactName", 255)] {
            let set = async |n| w.send(PUT, "/units", json!({"contact": {field: long(n)}})).await;
            assert_eq!(set(most).await.expect(200)["contact"][field], long(most), "{field}");
            let refused = set(most + 1).await;
            assert_eq!(error(&refused), 400);
            assert_eq!(refused.json()["validationErrors"], json!([format!("contact.{field}: at most {most} characters")]));
        }
        let both = w.send(PUT, "/units", json!({"contact": {"email": long(256), "phoneNumber": long(17)}, "status": "x"})).await;
        assert_eq!(both.json()["validationErrors"].as_array().unwrap().len(), 3, "all at once: {}", both.text());
        assert_eq!(error(&w.send(PUT, "/units", json!({"description": long(1001)})).await), 400);
        w.send(PUT, "/units", json!({"description": long(1000)})).await.expect(200);
        assert_eq!(error(&w.send(PUT, "/units", json!({"description": "\u{0}"})).await), 400);
    }

    async fn r9_r27_passphrases(w: Site) {
        for field in ["secret", "guestSecret"] {
            for (n, good) in [(64, false), (63, true), (8, true), (7, false)] {
                let text = if field == "secret" { "a ~1" } else { "a ~2" }.repeat(16)[..n].to_owned();
                let answer = w.send(PUT, "/units", json!({field: text})).await;
                if good {
                    assert_eq!(answer.expect(200)[field], text);
                } else {
                    assert_eq!(error(&answer), 400, "{field} {n}");
                }
            }
            for bad in ["ééééééééé", "tab\tinside", "line\nbreak", "\u{7f}delete-it"] {
                assert_eq!(error(&w.send(PUT, "/units", json!({field: bad})).await), 400, "{bad:?}");
            }
        }
        // Whose it is is not told.
        let secret = w.fetch("/units").await["secret"].clone();
        let taken = w.send(PUT, "/units", json!({"guestSecret": secret})).await;
        assert_eq!((error(&taken), taken.json()["status"].clone()), (409, json!("409 CONFLICT")));
    }

    async fn r10_words_outside_of_their_lists(w: Site) {
        for status in [json!("enabled"), json!("BLOCKED"), json!(""), json!(1), json!([])] {
            assert_eq!(error(&w.send(PUT, "/units", json!({"status": status})).await), 400);
        }
        let user = w.user(Kind::Unit).await;
        let path = format!("/units/users/{user}");
        for bad in [json!({"status": "ENABLED"}), json!({"status": "TOKEN_RESET"}), json!({"type": "unit"}), json!({"type": 1})] {
            assert_eq!(error(&w.send(PUT, &path, bad.clone()).await), 400, "{bad}");
        }
        w.send(PUT, &path, json!({"type": "GUEST", "status": "ACTIVE"})).await.expect(200);
        assert_eq!(w.fetch(&path).await["type"], "UNIT", "nobody changes it");
    }

    async fn r15_devices_are_of_the_unit_or_of_its_guests(w: Site) {
        let linked = w.member("Mia").await;
        let mine = w.device(w.user(Kind::Unit).await, "02-00-00-00-00-0a").await;
        let guests = w.device(w.user(Kind::Guest).await, "02:00:00:00:00:0b").await;
        let others = w.device(linked, "0200.0000.000c").await;
        for bad in ["", "?type=", "?type=unit", "?type=LINKED", "?types=UNIT"] {
            assert_eq!(error(&w.call(Method::GET, &format!("/units/devices{bad}")).await), 400, "{bad}");
        }
        let of = async |kind: &str| {
            let all = w.fetch(&format!("/units/devices?type={kind}")).await;
            let list = all["contents"].as_array().unwrap().clone();
            assert!(list.iter().all(|d| d["type"] == kind && d["authType"] == "MACREG" && d.get("lastConnectedDate").is_none()));
            let own = all["_links"]["self"]["href"].as_str().unwrap();
            assert!(own.ends_with(&format!("/units/devices?type={kind}")) && all.get("content").is_none(), "{own}");
            list.iter().map(|d| d["guid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(of("UNIT").await, [mine.to_string(), others.to_string()]);
        assert_eq!(of("GUEST").await, [guests.to_string()]);
        let first = &w.fetch("/units/devices?type=UNIT").await["contents"][0];
        assert_eq!(first["macAddress"], "02:00:00:00:00:0A");
    }

    async fn r16_r22_r29_devices_are_forgotten_once(w: Site) {
        let user = w.user(Kind::Unit).await;
        let guest = w.user(Kind::Guest).await;
        let spellings: [fn(Uuid) -> String; 7] = [
            |uid| uid.to_string(),
            |uid| uid.to_string().to_uppercase(),
            |_| "02:00:00:00:00:0A".to_owned(),
            |_| "02%3a00%3A00:00:00:0a".to_owned(),
            |_| "02-00-00-00-00-0A".to_owned(),
            |_| "0200.0000.000a".to_owned(),
            |_| "02000000000A".to_owned(),
        ];
        for spelt in spellings {
            for base in ["/units/devices".to_owned(), format!("/units/users/{user}/devices")] {
                let id = spelt(w.device(user, "02:00:00:00:00:0a").await);
                let path = format!("{base}/{id}");
                let gone = w.call(Method::DELETE, &path).await;
                assert_eq!((gone.status, gone.body.len()), (200, 0), "{path}");
                assert_eq!(error(&w.call(Method::DELETE, &path).await), 404, "{path}");
            }
        }
        w.device(user, "02:00:00:00:00:0a").await;
        let path = format!("/units/users/{guest}/devices/02000000000A");
        let answer = w.call(Method::DELETE, &path).await;
        assert_eq!((error(&answer), answer.json()["message"].clone()), (404, json!("Device not found for the given unit")), "of another user");
        let answer = w.call(Method::DELETE, "/units/devices/nonsense").await;
        assert_eq!((error(&answer), answer.json()["message"].clone()), (404, json!("Unit device not found for the given unit")));
        // A neighbour's device is not there.
        let neighbour = crate::flat(&w, w.flat.org, w.flat.property, "2").await;
        let theirs = w.app.wifi().unit(&w.system(w.flat.org), neighbour.unit).await.unwrap().of_kind(Kind::Unit).unwrap().uid;
        let made = w.app.wifi().register_device(&w.system(w.flat.org), neighbour.unit, theirs, "020000000099".to_owned().into()).await;
        let uid = made.unwrap().uid;
        for id in [uid.to_string(), "020000000099".to_owned()] {
            assert_eq!(error(&w.call(Method::DELETE, &format!("/units/devices/{id}")).await), 404);
        }
    }

    async fn r17_where_residents_do_not_choose_they_reset(w: Site) {
        w.configure(Input { tenant_set_dpsk: Field::Given(false), ..Input::default() }).await;
        let before = w.fetch("/units").await;
        for field in ["secret", "guestSecret"] {
            assert_eq!(error(&w.send(PUT, "/units", json!({field: "chosen-word"})).await), 403);
            let now = w.send(PUT, "/units", json!({field: ""})).await.expect(200);
            assert_ne!(now[field], before[field]);
            assert_eq!(now[field].as_str().unwrap().len(), 12);
        }
        let path = format!("/units/users/{}", w.user(Kind::Unit).await);
        assert_eq!(error(&w.send(PUT, &path, json!({"passphrase": "chosen-word"})).await), 403);
        w.send(PUT, &path, json!({"passphrase": ""})).await.expect(200);
        assert_eq!(w.fetch("/uiConfigurations").await["tenantSetDpsk"], false);
    }

    async fn r23_a_reset_ends_the_link_and_all_tokens(w: Site) {
        let second = crate::token(&w, &w.flat).await;
        w.send(PUT, "/units", json!({"status": "DISABLED"})).await.expect(200);
        let answer = w.send(PUT, "/units", json!({"status": "TOKEN_RESET", "description": "first"})).await;
        let unit = answer.expect(200);
        assert_eq!((&unit["status"], &unit["description"]), (&json!("DISABLED"), &json!("first")), "the rest is applied");
        for token in [&w.token, &second] {
            let answer = w.get(w.at("/units")).header(header::AUTHORIZATION, token).await;
            assert_eq!(error(&answer), 401);
        }
        let old = w.post(w.at("/units/logins")).json(&json!({"hashedSecret": w.flat.secret})).await;
        assert_eq!(error(&old), 401);
        let fresh = crate::flat(&w, w.flat.org, w.flat.property, "1").await;
        assert_ne!(fresh.secret, w.flat.secret);
        crate::token(&w, &fresh).await;
    }

    async fn r25_what_is_not_sent_stays(w: Site) {
        let full = json!({"description": "d", "contact": {"contactName": "N", "email": "no address", "phoneNumber": "no number"}});
        let set = w.send(PUT, "/units", full).await.expect(200);
        let same = w.send(PUT, "/units", json!({})).await.expect(200);
        assert_eq!(set, same);
        let nulls = json!({"description": null, "contact": null, "status": null, "secret": null, "guestSecret": null});
        assert_eq!(w.send(PUT, "/units", nulls).await.expect(200), set);
        let owned = json!({"number": "42", "guid": "x", "unknown": {"a": []}});
        assert_eq!(w.send(PUT, "/units", owned).await.expect(200), set);
        let one = w.send(PUT, "/units", json!({"contact": {"email": "a@b"}})).await.expect(200);
        assert_eq!(one["contact"], json!({"contactName": "N", "email": "a@b", "phoneNumber": "no number"}));
        let cleared = w.send(PUT, "/units", json!({"description": "", "contact": {"phoneNumber": ""}})).await.expect(200);
        assert_eq!((cleared.get("description"), cleared["contact"].get("phoneNumber")), (None, None));
        for bad in ["", " "] {
            assert_eq!(error(&w.send(PUT, "/units", json!({"contact": {"contactName": bad}})).await), 400);
        }
        let changed = w.changed(w.flat.org).await;
        w.send(PUT, "/units", json!({"contact": {"contactName": "", "email": "x"}, "description": "not kept"})).await;
        assert_eq!(w.changed(w.flat.org).await, changed, "all or nothing");
    }

    async fn r26_one_passphrase_in_two_places(w: Site) {
        for (kind, field, chosen) in [(Kind::Unit, "secret", "chosen by unit"), (Kind::Guest, "guestSecret", "chosen by guest")] {
            let path = format!("/units/users/{}", w.user(kind).await);
            w.send(PUT, "/units", json!({field: chosen})).await.expect(200);
            assert_eq!(w.fetch(&path).await["passphrase"], chosen);
            let other = format!("{chosen} again");
            w.send(PUT, &path, json!({"passphrase": other})).await.expect(200);
            assert_eq!(w.fetch("/units").await[field], other);
            let reset = w.send(PUT, "/units", json!({field: ""})).await.expect(200);
            assert_ne!(reset[field], other);
            assert_eq!(reset[field], w.fetch(&path).await["passphrase"]);
        }
    }

    async fn r28_guests_only_where_they_are_allowed(w: Site) {
        let guest = w.user(Kind::Guest).await;
        w.configure(Input { guest_allowed: Field::Given(false), ..Input::default() }).await;
        let unit = w.fetch("/units").await;
        assert_eq!((unit.get("guestSecret"), unit["secret"].is_string()), (None, true));
        for text in ["", "a passphrase"] {
            let refused = w.send(PUT, "/units", json!({"guestSecret": text})).await;
            assert_eq!((error(&refused), refused.json()["validationErrors"].clone()), (400, json!(["guestSecret: is not allowed"])));
        }
        let all = w.call(Method::POST, "/units/users/query").await.expect(200);
        let kinds: Vec<&Value> = all["content"].as_array().unwrap().iter().map(|u| &u["type"]).collect();
        assert_eq!(kinds, ["UNIT"]);
        assert_eq!(w.call(Method::GET, &format!("/units/users/{guest}")).await.status, 404);
    }

    async fn r31_what_the_desk_locks_a_resident_does_not_open(w: Site) {
        let path = format!("/units/users/{}", w.user(Kind::Unit).await);
        w.send(PUT, &path, json!({"status": "BLOCKED"})).await.expect(200);
        assert_eq!(w.fetch(&path).await["status"], "BLOCKED");
        w.send(PUT, &path, json!({"status": "ACTIVE"})).await.expect(200);
        let off = w.send(PUT, "/units", json!({"status": "DISABLED"})).await.expect(200);
        assert_eq!(off["status"], "DISABLED");
        assert_eq!(w.send(PUT, "/units", json!({"status": "ENABLED"})).await.expect(200)["status"], "ENABLED");

        let (system, unit) = (w.system(w.flat.org), w.flat.unit);
        let user = w.user(Kind::Unit).await;
        let blocked = IdentityInput { status: Field::Given(Status::Blocked), ..Default::default() };
        w.app.wifi().update_identity(&system, unit, user, blocked.into()).await.unwrap();
        let disabled = UnitInput { status: Field::Given(UnitStatus::Disabled), ..Default::default() };
        w.app.wifi().update_unit(&system, unit, disabled.into()).await.unwrap();
        assert_eq!((&w.fetch(&path).await["status"], &w.fetch("/units").await["status"]), (&json!("BLOCKED"), &json!("DISABLED")));
        assert_eq!(error(&w.send(PUT, &path, json!({"status": "ACTIVE"})).await), 403);
        assert_eq!(error(&w.send(PUT, "/units", json!({"status": "ENABLED"})).await), 403);
        // Saying what is so already lifts nothing.
        w.send(PUT, &path, json!({"status": "BLOCKED", "userName": "x"})).await.expect(200);
        w.send(PUT, "/units", json!({"status": "DISABLED"})).await.expect(200);
    }
}
