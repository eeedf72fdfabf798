//! The admin side: section 9, and the whole of section 3.2.

use app::{oauth2::GrantType, portal::Input, wifi::Kind};
use identity::oauth2::NewClient;
use kernel::{Field, OrgId, PropertyId, Scope};
use serde_json::{Value, json};
use uuid::Uuid;
use world::{
    Answer, World,
    axum::http::{Method, header},
    db::sql,
};

use crate::{Site, error};

/// A program with its id, its secret and its organization.
pub(crate) struct Program {
    id: String,
    secret: String,
    tenant: Uuid,
}

pub(crate) async fn program(
    world: &World,
    org: OrgId,
    scopes: &[Scope],
    properties: Option<Vec<PropertyId>>,
) -> Program {
    let new = NewClient {
        name: "Desk".to_owned(),
        grants: vec![GrantType::ClientCredentials],
        scopes: scopes.to_vec(),
        properties,
    };
    let made = world.identity.oauth2().create_client(&world.system(org), new).await.unwrap();
    let tenant =
        world.write(org, async move |w| w.one(sql!("SELECT uid FROM organization WHERE id = $1", org)).await).await;
    Program { id: made.key, secret: made.secret, tenant }
}

async fn ask(world: &World, tenant: &str, form: Value) -> Answer {
    world.post(format!("/oauth2/token/{tenant}")).form(&form).await
}

pub(crate) async fn bearer(world: &World, program: &Program) -> String {
    let form = json!({"grant_type": "client_credentials", "client_id": program.id, "client_secret": program.secret});
    let answer = ask(world, &program.tenant.to_string(), form).await;
    let body = answer.expect(200);
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(
        (answer.header("cache-control").as_str(), answer.header("content-type").as_str()),
        ("no-store", "application/json")
    );
    body["access_token"].as_str().unwrap().to_owned()
}

impl Site {
    async fn desk(&self) -> String {
        let made = program(self, self.flat.org, &[Scope::Wifi], None).await;
        bearer(self, &made).await
    }
}

world::tests! { crate::open =>
    async fn section_3_2_from_a_program_to_a_unit(w: Site) {
        let token = w.desk().await;
        let venues = w.get("/venues").bearer(&token).await.expect(200);
        let id = venues.as_array().unwrap().iter().map(|v| v["id"].as_str().unwrap()).find(|id| *id == w.flat.place.simple().to_string());
        let id = id.unwrap();
        let units = w.get(format!("/venues/{id}/units")).bearer(&token).await.expect(200);
        let first = units["content"].as_array().unwrap().iter().find(|u| u["name"] == "1").unwrap();
        let unit = w.get(format!("/venues/{id}/units/{}", first["id"].as_str().unwrap())).bearer(&token).await.expect(200);
        assert_eq!(unit["_links"]["residentPortal"], first["_links"]["residentPortal"]);
        let href = unit["_links"]["residentPortal"]["href"].as_str().unwrap();
        assert!(href.starts_with(&format!("https://portico.example/portal/{}?auth=", w.flat.place)), "{href}");
        let auth = href.split_once("auth=").unwrap().1;
        assert!(auth.len() == 43 && auth.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "as good decoded twice");
        let signed = w.post(w.at("/units/logins")).json(&json!({"hashedSecret": auth})).await.expect(200);
        let resident = signed["token"].as_str().unwrap();
        let own = w.get(w.at("/units")).header(header::AUTHORIZATION, resident).await.expect(200);
        assert_eq!((&own["guid"], &own["secret"]), (&unit["id"], &unit["dpsks"][0]["passphrase"]));
        w.put(w.at("/units")).header(header::AUTHORIZATION, resident).json(&json!({"status": "TOKEN_RESET"})).await.expect(200);
        let after = w.get(format!("/venues/{id}/units/{}", w.flat.uid)).bearer(&token).await.expect(200);
        assert_ne!(after["_links"]["residentPortal"]["href"], href, "R23");
    }

    async fn tokens_of_programs(w: Site) {
        let p = program(&w, w.flat.org, &[Scope::Wifi], None).await;
        let good = json!({"grant_type": "client_credentials", "client_id": p.id, "client_secret": p.secret});
        let tenant = p.tenant.to_string();
        for spelt in [tenant.clone(), p.tenant.simple().to_string(), tenant.to_uppercase()] {
            ask(&w, &spelt, good.clone()).await.expect(200);
        }
        let other = program(&w, w.other.org, &[Scope::Wifi], None).await;
        let with = |key: &str, value: Value| {
            let mut form = good.clone();
            form[key] = value;
            form
        };
        for (tenant, form, status, word) in [
            (tenant.as_str(), with("client_secret", json!("x")), 401, "invalid_client"),
            (&tenant, with("client_id", json!("x")), 401, "invalid_client"),
            (&tenant, with("client_id", Value::Null), 401, "invalid_client"),
            (&other.tenant.to_string(), good.clone(), 401, "invalid_client"),
            (&Uuid::nil().to_string(), good.clone(), 401, "invalid_client"),
            ("x", good.clone(), 401, "invalid_client"),
            (&tenant, with("grant_type", Value::Null), 400, "invalid_request"),
            (&tenant, with("grant_type", json!("password")), 400, "unsupported_grant_type"),
            (&tenant, with("scope", json!("everything")), 400, "invalid_scope"),
        ] {
            let answer = ask(&w, tenant, form.clone()).await;
            assert_eq!(answer.expect(status)["error"], word, "{tenant} {form}");
        }
        let path = format!("/oauth2/token/{tenant}");
        assert_eq!(w.post(path.clone()).json(&good).await.expect(400)["error"], "invalid_request");
        assert_eq!(w.post(path.clone()).raw("application/x-www-form-urlencoded", "client_id=a&client_id=b").await.expect(400)["error"], "invalid_request");
        let huge = w.post(path).raw("application/x-www-form-urlencoded", "x".repeat(70_000)).await;
        assert_eq!(error(&huge), 413);
    }

    async fn every_caller_of_the_admin_side(w: Site) {
        let place = w.flat.place;
        let paths = [
            "/venues".to_owned(),
            "/residentPortals".to_owned(),
            format!("/residentPortals/{place}"),
            format!("/venues/{place}/units"),
            format!("/venues/{}/units", place.simple()),
            format!("/venues/{place}/units/{}", w.flat.uid),
        ];
        let desk = w.desk().await;
        let reader = bearer(&w, &program(&w, w.flat.org, &[Scope::Read, Scope::Write], None).await).await;
        let garden = bearer(&w, &program(&w, w.flat.org, &[Scope::Wifi], Some(vec![w.home.garden])).await).await;
        let foreign = bearer(&w, &program(&w, w.other.org, &[Scope::Wifi], None).await).await;
        for path in &paths {
            let of = async |token: &str| w.get(path.clone()).bearer(token).await.status;
            let is_list = path.as_str() == "/venues" || path.as_str() == "/residentPortals";
            assert_eq!(error(&w.get(path.clone()).await), 401, "{path}");
            assert_eq!(of(&desk).await, 200, "{path}");
            assert_eq!(of(&reader).await, 403, "{path}");
            assert_eq!(of(&garden).await, if is_list { 200 } else { 403 }, "{path}");
            assert_eq!(of(&foreign).await, if is_list { 200 } else { 404 }, "{path}");
            assert_eq!(of(&w.token).await, 401, "a resident's token opens nothing here: {path}");
            let raw = w.get(path.clone()).header(header::AUTHORIZATION, &desk).await;
            assert_eq!(error(&raw), 401, "without Bearer");
            let told = raw.json();
            assert!(told["requestId"].is_string() && told["errors"][0]["code"] == "UNAUTHORIZED", "{told}");
        }
        for token in [&garden, &foreign] {
            let venues = w.get("/venues").bearer(token).await.expect(200);
            assert!(venues.as_array().unwrap().iter().all(|v| v["id"] != place.simple().to_string()));
            let portals = w.get("/residentPortals").bearer(token).await.expect(200);
            assert!(portals["content"].as_array().unwrap().iter().all(|v| v["id"] != place.to_string()));
        }
        let strange = crate::flat(&w, w.flat.org, w.home.garden, "1").await;
        for unit in [Uuid::nil(), strange.uid] {
            assert_eq!(error(&w.get(format!("/venues/{place}/units/{unit}")).bearer(&desk).await), 404);
        }
        for bad in ["/venues/x/units".to_owned(), format!("/venues/{place}/units/x"), "/residentPortals/x".to_owned(), format!("/venues/{place}/units/{}", w.flat.uid.simple())] {
            assert_eq!(error(&w.get(bad.clone()).bearer(&desk).await), 400, "{bad}");
        }
        w.clock.advance(3600);
        assert_eq!(w.get("/venues").bearer(&desk).await.status, 401, "a token ends after an hour");
    }

    async fn venues_units_and_portals(w: Site) {
        let token = w.desk().await;
        let about = Input { title: Field::Given("WiFi".to_owned()), description: Field::Given(Some("By the water".to_owned())), ..Input::default() };
        w.configure(about).await;
        let answer = w.get("/venues").bearer(&token).await;
        assert_eq!(answer.header("content-type"), "application/json");
        let venues = answer.expect(200);
        let venue = venues.as_array().unwrap().iter().find(|v| v["description"] == "By the water").unwrap();
        assert!(venue["address"]["country"].is_string() && venue["address"]["city"].is_string());
        assert_eq!(venue["id"].as_str().unwrap().len(), 32);

        let path = format!("/venues/{}/units", w.flat.place);
        let all = w.get(path.clone()).bearer(&token).await.expect(200);
        let unit = all["content"].as_array().unwrap().iter().find(|u| u["name"] == "1").unwrap();
        let known = w.shown().await;
        assert_eq!(unit["resident"]["name"], "Renty McRenter");
        assert_eq!((&unit["personaId"], &unit["guestPersonaId"]),
            (&json!(known.of_kind(Kind::Unit).unwrap().uid), &json!(known.of_kind(Kind::Guest).unwrap().uid)));
        assert_eq!((&unit["identityCount"], &unit["dpsks"][1]["type"], &unit["status"]), (&json!(2), &json!("GUEST"), &json!("ENABLED")));
        let one = w.get(format!("{path}?size=1&page=2&sort=name,desc")).bearer(&token).await.expect(200);
        assert_eq!((&one["number"], &one["size"], &one["numberOfElements"], &one["sort"]["sorted"]), (&json!(1), &json!(1), &json!(1), &json!(true)));
        assert_eq!(one["totalElements"], all["totalElements"]);
        let up = w.get(format!("{path}?sort=name")).bearer(&token).await.expect(200);
        let names: Vec<&str> = up["content"].as_array().unwrap().iter().map(|u| u["name"].as_str().unwrap()).collect();
        assert!(names.is_sorted(), "{names:?}");
        assert_eq!(w.get(format!("{path}?size=9999")).bearer(&token).await.expect(200)["size"], 200);
        for bad in ["?page=0", "?page=x", "?size=0", "?size=-1", "?sort=rent", "?sort=name,up"] {
            assert_eq!(error(&w.get(format!("{path}{bad}")).bearer(&token).await), 400, "{bad}");
        }
        for (accept, is) in [("application/vnd.ruckus.v1+json", "application/vnd.ruckus.v1+json"), ("text/html", "application/hal+json")] {
            let call = w.get(format!("{path}/{}", w.flat.uid)).bearer(&token).header(header::ACCEPT, accept);
            assert_eq!(call.await.header("content-type"), is);
        }

        let portals = w.get("/residentPortals").bearer(&token).header(header::CONTENT_TYPE, "application/json").await.expect(200);
        let id = portals["content"].as_array().unwrap().iter().find(|p| p["name"] == "WiFi").unwrap()["id"].as_str().unwrap().to_owned();
        let portal = w.get(format!("/residentPortals/{id}")).bearer(&token).await.expect(200);
        for shown in portals["content"].as_array().unwrap() {
            let alone = w.get(format!("/residentPortals/{}", shown["id"].as_str().unwrap())).bearer(&token).await.expect(200);
            assert_eq!(shown["uiConfiguration"], alone["uiConfiguration"], "the list shows what each shows alone");
        }
        assert_eq!((&portal["portalStatus"], &portal["venueCount"]), (&json!("ENABLED"), &json!(1)));
        let look = &portal["uiConfiguration"];
        assert_eq!((&look["text"]["title"], &look["color"]["mainColor"], &look["access"]["tenantSetDpsk"]), (&json!("WiFi"), &json!("#101820"), &json!(true)));
        assert_eq!(error(&w.get(format!("/residentPortals/{}", Uuid::nil())).bearer(&token).await), 404);
        assert_eq!(error(&w.request(Method::DELETE, "/venues").bearer(&token).await), 405);
        assert_eq!(error(&w.get("/venues/x/y/z").bearer(&token).await), 404);
    }
}
