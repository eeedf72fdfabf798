//! Signing in, and what a portal shows: R1 to R3, R5, R18, R32, R33.

use app::portal::{Input, Picture};
use kernel::Field;
use serde_json::json;
use uuid::Uuid;
use world::axum::http::{Method, header};

use crate::{PNG, Site, error};

world::tests! { crate::open =>
    async fn r1_the_right_secret_signs_in(w: Site) {
        let answer = w.post(w.at("/units/logins")).json(&json!({"hashedSecret": w.flat.secret, "more": [1]})).await;
        let body = answer.expect(200);
        assert_eq!(answer.header("content-type"), "application/hal+json");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(body["unitGuid"], w.flat.uid.to_string());
        assert_eq!(body["expireDateTime"], "2026-11-22T16:28:40.000Z");
        assert!(body["serverVersion"].is_string() && body.get("_links").is_none());
        let token = body["token"].as_str().unwrap();
        assert_eq!(token.len(), 43);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_ne!(token, w.token, "several may be alive");
        for value in [token.to_owned(), format!("Bearer {token}"), format!("bearer {}", w.token), w.token.clone()] {
            w.get(w.at("/units")).header(header::AUTHORIZATION, &value).await.expect(200);
        }
        // A header that nobody asked for is not looked at.
        let again = w.call(Method::POST, "/units/logins").json(&json!({"hashedSecret": w.flat.secret}));
        again.await.expect(200);
        let bad = w.post(w.at("/units/logins")).header(header::AUTHORIZATION, "Bearer nonsense");
        bad.json(&json!({"hashedSecret": w.flat.secret})).await.expect(200);
    }

    async fn r2_a_wrong_secret_or_property_is_401(w: Site) {
        let mut wrong = w.flat.secret.clone();
        let last = wrong.pop().unwrap();
        wrong.push(if last == 'A' { 'B' } else { 'A' });
        let neighbour = crate::flat(&w, w.flat.org, w.home.garden, "1").await;
        let nowhere = Uuid::nil().to_string();
        let place = w.flat.place.to_string();
        for (property, secret) in [
            (place.as_str(), wrong.as_str()),
            (&place, "x"),
            (&place, "\u{0}"),
            (&place, &neighbour.secret),
            (&nowhere, &w.flat.secret),
            ("nonsense", &w.flat.secret),
            (&w.flat.place.simple().to_string(), &w.flat.secret),
        ] {
            let path = format!("/residents/properties/{property}/units/logins");
            let answer = w.post(path).json(&json!({"hashedSecret": secret})).await;
            assert_eq!(error(&answer), 401, "{property} {secret}");
            assert_eq!(answer.json()["status"], "401 UNAUTHORIZED");
        }
        let upper = format!("/residents/properties/{}/units/logins", place.to_uppercase());
        w.post(upper).json(&json!({"hashedSecret": w.flat.secret})).await.expect(200);
    }

    async fn r3_a_login_without_a_secret_is_400(w: Site) {
        for body in ["", "{", "[]", "\"x\"", "null", "{}", r#"{"hashedSecret":null}"#, r#"{"hashedSecret":""}"#,
            r#"{"hashedSecret":1}"#, r#"{"hashedSecret":["x"]}"#, "\u{feff}{}"] {
            let answer = w.post(w.at("/units/logins")).raw("application/json", body).await;
            assert_eq!(error(&answer), 400, "{body}");
        }
        let bytes = w.post(w.at("/units/logins")).raw("application/json", b"{\"hashedSecret\":\"\xff\"}".to_vec()).await;
        assert_eq!(error(&bytes), 400);
    }

    async fn r5_an_unknown_property_is_404(w: Site) {
        for path in ["", "/uiConfigurations", "/files/logo"] {
            let path = format!("/residents/properties/{}{path}", Uuid::nil());
            let answer = w.get(path).header(header::AUTHORIZATION, &w.token).await;
            assert_eq!(error(&answer), 404);
            assert_eq!(answer.json()["message"], "Property requested is not found");
        }
        for property in [Uuid::nil().to_string(), "x".to_owned(), w.flat.place.simple().to_string()] {
            for path in ["/access", "/styles", "/files/favicons"] {
                let answer = w.get(format!("/residents/properties/{property}{path}")).await;
                assert_eq!(error(&answer), 404, "{property}{path}");
            }
        }
    }

    async fn r18_a_closed_portal_says_so_and_signs_nobody_in(w: Site) {
        let text = Input { login_text: Field::Given("Ask the desk".to_owned()), ..Input::default() };
        w.configure(text).await;
        let open = w.get(w.at("/access")).await;
        assert_eq!(open.header("content-type"), "application/json");
        assert_eq!(open.expect(200), json!({"loginText": "Ask the desk", "portalAllowed": true}));
        w.configure(Input { portal_allowed: Field::Given(false), ..Input::default() }).await;
        assert_eq!(w.get(w.at("/access")).await.expect(200)["portalAllowed"], false);
        let answer = w.post(w.at("/units/logins")).json(&json!({"hashedSecret": w.flat.secret})).await;
        assert_eq!(error(&answer), 401);
    }

    async fn r32_pictures(w: Site) {
        for path in ["/files/logo", "/files/favIcon", "/files/favicon", "/files/x", "/files/%00"] {
            assert_eq!(error(&w.call(Method::GET, path).await), 404, "{path}");
        }
        assert_eq!(error(&w.get(w.at("/files/favicons")).await), 404);
        w.picture(Picture::Logo).await;
        w.picture(Picture::Icon).await;
        for answer in [
            w.call(Method::GET, "/files/logo").header(header::ACCEPT, "application/json").await,
            w.call(Method::GET, "/files/favIcon").await,
            w.get(w.at("/files/favicons")).await,
        ] {
            assert_eq!((answer.status, answer.header("content-type").as_str()), (200, "image/png"));
            assert!(answer.body.starts_with(&PNG[..8]));
        }
        let ui = w.fetch("/uiConfigurations").await;
        assert_eq!((&ui["logoFileName"], &ui["iconFileName"]), (&json!("pixel.png"), &json!("pixel.png")));
        assert_eq!(error(&w.call(Method::GET, "/files/Logo").await), 404, "letters count");
    }

    async fn r33_the_colours_are_a_style_sheet(w: Site) {
        let input = Input {
            main_color: Field::Given("#123".to_owned()),
            accent_color: Field::Given(Some("A0b1C2".to_owned())),
            text_color: Field::Given(String::new()),
            css: Field::Given("body { margin: 0 }".to_owned()),
            ..Input::default()
        };
        w.configure(input).await;
        let answer = w.get(w.at("/styles")).await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").starts_with("text/css"));
        let style = answer.text();
        assert!(style.starts_with(":root {\n"), "{style}");
        for line in ["--main-color: #123;", "--accent-color: #A0b1C2;", "--separator-color: #D9D9D6;", "--text-color: initial;"] {
            assert!(style.contains(line), "{style}");
        }
        assert!(style.ends_with("body { margin: 0 }"));
    }

    async fn operations_2_and_3_show_what_is_set(w: Site) {
        let system = w.system(w.flat.org);
        let network = app::wifi::NewNetwork { ssid: Field::Given("Harbour".to_owned()), ..Default::default() };
        w.app.wifi().add_network(&system, w.flat.property, network.into()).await.unwrap();
        let input = Input {
            title: Field::Given("WiFi".to_owned()),
            help_text: Field::Given("Ask".to_owned()),
            announcements: Field::Given("New".to_owned()),
            management_phone: Field::Given(Some("555".to_owned())),
            max_units: Field::Given(Some(12)),
            enforce_max_units: Field::Given(true),
            ..Input::default()
        };
        w.configure(input).await;
        let answer = w.call(Method::GET, "").await;
        assert_eq!(answer.header("content-type"), "application/hal+json");
        let p = answer.expect(200);
        assert_eq!(p["guid"], w.flat.place.to_string());
        assert_eq!(p["ssids"], json!(["Harbour"]));
        assert_eq!((&p["maxUnits"], &p["enforceMaxUnits"], &p["allowSeparateGuestSecret"]), (&json!(12), &json!(true), &json!(true)));
        assert_eq!((&p["tenantPortalHelpText"], &p["tenantPortalAnnouncements"]), (&json!("Ask"), &json!("New")));
        assert_eq!((&p["managementPhone"], p.get("managementEmail")), (&json!("555"), None));
        assert!(p["name"].is_string() && p["address"].is_string() && p["sendEmail"].is_boolean() && p["sendSms"].is_boolean());
        assert_eq!(p["_links"]["self"]["href"], format!("https://portico.example{}", w.at("")));
        let ui = w.fetch("/uiConfigurations").await;
        assert_eq!((&ui["tenantTitle"], ui.get("tenantSubtitle"), ui.get("logoFileName")), (&json!("WiFi"), None, None));
        assert_eq!([&ui["mainColor"], &ui["accentColor"], &ui["separatorColor"], &ui["textColor"]],
            ["#101820", "#E57200", "#D9D9D6", "#54585A"]);
        assert_eq!([&ui["apiAllowed"], &ui["tenantSetDpsk"], &ui["portalAllowed"]], [true, true, true]);
    }
}
