//! What one door writes, every other door shows.
#![expect(clippy::unwrap_used, reason = "tests")]

use app::{
    ledger::{MoveIn, Who},
    wifi::{Kind, NewNetwork, Status, UnitWifi},
};
use axum::http::{Method, header::AUTHORIZATION};
use db::{Dialect, sql};
use kernel::{Field, PersonId, PropertyId, Scope, UnitId, Zone};
use serde_json::{Value, json};
use world::{Kit, Program, Tokens, World};

const KIT: Kit = Kit {
    door: kernel::Door::Dwellingly,
    entrances: |identity| {
        vec![
            dwellingly::entrance(identity.clone(), portico_http::Cors::any()),
            storedge::entrance(identity.clone(), Some(world::ORIGIN)),
        ]
        .into_iter()
        .chain(ruckus::entrances(identity, portico_http::Limiter::new(ruckus::RATE, None)))
        .collect()
    },
    sign_in: "/api/login",
    tokens: |answer| {
        let token = |key: &str| answer[key].as_str().map(str::to_owned);
        Some(Tokens { access: token("access_token")?, refresh: token("refresh_token")? })
    },
};

/// A world with both doors, a program, and a tenant made at Dwellingly's.
struct Site {
    world: World,
    program: Program,
    facility: String,
    /// The tenant at Dwellingly's.
    tenant: i64,
    /// The same at storEDGE's.
    account: String,
}

async fn open(dialect: Dialect) -> Site {
    let world = World::new(dialect, KIT).await;
    let (org, property) = (world.home.org, world.home.harbour);
    let program = world.program(org, &Scope::ALL, None).await;
    let facility = world.app.properties().uid(&world.system(org), property).await.unwrap().to_string();
    let lease = json!({"propertyID": property.get(), "unitNum": "C 7", "occupants": 1,
        "dateTimeStart": "2026-01-01T00:00:00.000Z", "dateTimeEnd": "2030-01-01T00:00:00.000Z"});
    let tenant = json!({"firstName": "Cleo", "lastName": "Crosser", "phone": "503-555-0177", "lease": lease});
    let made =
        world.request(Method::POST, "/api/tenants".to_owned()).by(&world.home.admin).json(&tenant).await.expect(201);
    let mut site = Site { program, facility, tenant: made["id"].as_i64().unwrap(), account: String::new(), world };
    let all = site.storedge(Method::GET, "/tenants", None).await;
    let found = all["tenants"].as_array().unwrap().iter().find(|t| t["last_name"] == "Crosser").unwrap();
    site.account = found["id"].as_str().unwrap().to_owned();
    site
}

impl Site {
    async fn storedge(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let call = self.world.request(method, format!("/v1/{}{path}", self.facility));
        let call = match &body {
            Some(body) => call.json(body),
            None => call,
        };
        call.signed(&self.program).await.expect(200)
    }

    async fn dwellingly(&self, method: Method, path: &str, body: Value) -> Value {
        self.world.request(method, path.to_owned()).by(&self.world.home.admin).json(&body).await.expect(200)
    }

    /// Which of the two lists at storEDGE's has the tenant: current, previous.
    async fn lists(&self) -> (bool, bool) {
        let mut has = [false; 2];
        for (has, list) in has.iter_mut().zip(["/tenants/current", "/tenants/previous"]) {
            let body = self.storedge(Method::GET, list, None).await;
            *has = body["tenants"].as_array().unwrap().iter().any(|t| t["id"] == self.account.as_str());
        }
        (has[0], has[1])
    }
}

/// A unit with a link to its portal.
struct Flat {
    place: PropertyId,
    unit: UnitId,
    secret: String,
    token: String,
}

impl Site {
    /// The unit of the tenant, in a property with WiFi, with somebody signed in.
    async fn wifi(&self) -> Flat {
        let (org, place) = (self.world.home.org, self.world.home.harbour);
        let system = self.world.system(org);
        let network = NewNetwork { ssid: Field::Given("Harbour".to_owned()), ..NewNetwork::default() };
        self.world.app.wifi().add_network(&system, place, network.into()).await.unwrap();
        let find = async move |w: &db::Write| {
            w.one(sql!("SELECT id FROM unit WHERE property_id = $1 AND number = 'C 7'", place)).await
        };
        let unit: UnitId = self.world.write(org, find).await;
        self.world.app.wifi().unit(&system, unit).await.unwrap();
        let secret = self.world.app.portals().secret(&system, unit).await.unwrap();
        let signed = self.login(&secret).await.expect(200);
        Flat { place, unit, secret, token: signed["token"].as_str().unwrap().to_owned() }
    }

    async fn login(&self, secret: &str) -> world::Answer {
        let path = format!("/residents/properties/{}/units/logins", self.facility);
        self.world.request(Method::POST, path).json(&json!({"hashedSecret": secret})).await
    }

    /// What the unit's token is answered.
    async fn at_ruckus(&self, flat: &Flat) -> world::Answer {
        let path = format!("/residents/properties/{}/units", self.facility);
        self.world.request(Method::GET, path).header(AUTHORIZATION, &flat.token).await
    }

    async fn unit(&self, flat: &Flat) -> UnitWifi {
        self.world.app.wifi().unit(&self.world.system(self.world.home.org), flat.unit).await.unwrap()
    }

    /// Somebody moves in with the tenant, in this role; answers their lease at Dwellingly's.
    async fn joins(&self, first: &str, role: &'static str) -> PersonId {
        let home = &self.world.home;
        let person = self.world.resident(home.org, first, "Joiner", Some((home.harbour, "C 7"))).await;
        let join = async move |w: &db::Write| {
            w.execute(sql!(
                "UPDATE tenancy SET role = $3, resided_unit_id = NULL WHERE org_id = $1 AND person_id = $2",
                w.caller().org,
                person,
                role
            ))
            .await
        };
        if role != "tenant" {
            self.world.write(home.org, join).await;
        }
        person
    }

    /// The tenant moves out, at storEDGE's.
    async fn moves_out(&self) {
        let tenant = self.storedge(Method::GET, &format!("/tenants/{}", self.account), None).await["tenant"].take();
        let ledger = tenant["current_ledger_ids"][0].as_str().unwrap().parse().unwrap();
        let (home, world) = (&self.world.home, &self.world);
        world.app.ledgers().move_out(&world.system(home.org), home.harbour, ledger, world.app.now()).await.unwrap();
        world.clock.advance(1);
    }

    /// That nobody lives in the unit any more: its tokens and its link have ended, and its passphrases join nothing.
    async fn is_shut(&self, flat: &Flat) {
        self.at_ruckus(flat).await.expect(401);
        self.login(&flat.secret).await.expect(401);
        let unit = self.unit(flat).await;
        assert!(unit.identities.iter().all(|i| i.status == Status::Blocked), "{unit:?}");
    }
}

world::tests! { crate::open =>
    async fn moving_out_ends_the_tokens_of_the_unit_and_its_wifi(w: Site) {
        let flat = w.wifi().await;
        let before = w.at_ruckus(&flat).await.expect(200);
        assert_eq!(before["contact"]["contactName"], "Cleo Crosser");
        w.moves_out().await;
        w.is_shut(&flat).await;
    }

    async fn archiving_at_dwellinglys_ends_them_too(w: Site) {
        let flat = w.wifi().await;
        w.dwellingly(Method::PUT, &format!("/api/tenants/{}", w.tenant), json!({"archived": true})).await;
        w.is_shut(&flat).await;
        w.dwellingly(Method::PUT, &format!("/api/tenants/{}", w.tenant), json!({"archived": false})).await;
        let unit = w.unit(&flat).await;
        assert_eq!(unit.of_kind(Kind::Unit).unwrap().status, Status::Active);
        w.login(&flat.secret).await.expect(401);
    }

    async fn deleting_at_dwellinglys_ends_them_too(w: Site) {
        let flat = w.wifi().await;
        w.dwellingly(Method::DELETE, &format!("/api/tenants/{}", w.tenant), json!({})).await;
        w.is_shut(&flat).await;
    }

    async fn when_one_of_several_moves_out_only_their_own_wifi_ends(w: Site) {
        let flat = w.wifi().await;
        let (second, member) = (w.joins("Sam", "tenant").await, w.joins("Mia", "member").await);
        let own = |unit: &UnitWifi| unit.identities.iter().find(|i| i.person_id == Some(member)).unwrap().clone();
        let before = w.unit(&flat).await;
        assert_eq!(own(&before).status, Status::Active);

        w.dwellingly(Method::PUT, &format!("/api/tenants/{member}"), json!({"archived": true})).await;
        let after = w.unit(&flat).await;
        assert_eq!((own(&after).status, after.of_kind(Kind::Unit).unwrap().status), (Status::Blocked, Status::Active));
        w.moves_out().await;
        let after = w.unit(&flat).await;
        let (was, is) = (before.of_kind(Kind::Unit).unwrap(), after.of_kind(Kind::Unit).unwrap());
        assert_eq!((is.status, is.passphrase == was.passphrase), (Status::Active, true), "another tenant lives there");
        w.at_ruckus(&flat).await.expect(200);

        w.dwellingly(Method::DELETE, &format!("/api/tenants/{second}"), json!({})).await;
        w.is_shut(&flat).await;
    }

    async fn moving_in_gives_a_new_passphrase_and_mails_the_link(w: Site) {
        let flat = w.wifi().await;
        let before = w.at_ruckus(&flat).await.expect(200)["secret"].take();
        w.moves_out().await;
        let (world, system) = (&w.world, w.world.system(w.world.home.org));
        let unit = w.unit(&flat).await.uid;
        let newcomer = world.home.newcomer;
        let address = async move |w: &db::Write| {
            w.execute(sql!("UPDATE person SET email = 'new@comer.example' WHERE org_id = $1 AND id = $2", w.caller().org, newcomer))
                .await
        };
        world.write(world.home.org, address).await;
        let today = Zone::named("America/Los_Angeles").date(world.app.now());
        let input = MoveIn {
            who: Who::Person(newcomer),
            unit,
            starts_on: today,
            rent: None,
            billing_day: None,
            gate_access_code: None,
            insurance: None,
        };
        world.app.ledgers().move_in(&system, flat.place, input.into()).await.unwrap();
        jobs::Runner::new(world.app.clone(), None).tick().await.unwrap();
        let mails = world.app.messages().list(&system, 100).await.unwrap();
        let mail = mails.iter().find(|m| m.to_address.contains("new@comer.example")).unwrap();
        let link = mail.text_body.split_whitespace().find(|word| word.contains("/portal/")).unwrap();
        let (address, secret) = link.split_once("?auth=").unwrap();
        assert_eq!(address, format!("https://portico.example/portal/{}", w.facility));
        let signed = w.login(secret).await.expect(200);
        let flat = Flat { token: signed["token"].as_str().unwrap().to_owned(), ..flat };
        let now = w.at_ruckus(&flat).await.expect(200);
        assert_ne!(now["secret"], before);
        assert_ne!(secret, flat.secret);
    }

    async fn a_tenant_is_one_person_at_both_doors(w: Site) {
        let path = format!("/api/tenants/{}", w.tenant);
        let new = json!({"tenant": {"first_name": "Cleopatra", "phone_numbers_attributes": [{"number": "5035550178", "primary": "true"}]}});
        w.storedge(Method::PUT, &format!("/tenants/{}", w.account), Some(new)).await;
        let shown = w.dwellingly(Method::GET, &path, json!({})).await;
        assert_eq!((&shown["firstName"], &shown["phone"]), (&json!("Cleopatra"), &json!("5035550178")));

        w.dwellingly(Method::PUT, &path, json!({"lastName": "Crossing", "phone": "800-RENT-ALOT"})).await;
        let shown = w.storedge(Method::GET, &format!("/tenants/{}", w.account), None).await["tenant"].take();
        assert_eq!(shown["last_name"], "Crossing");
        let first = shown["phone_numbers"].as_array().unwrap().iter().find(|n| n["primary"] == true).unwrap();
        assert_eq!(first["number"], "800-RENT-ALOT", "it has one digit too many for a number");
    }

    async fn archiving_at_one_door_ends_the_ledger_at_the_other(w: Site) {
        let path = format!("/api/tenants/{}", w.tenant);
        assert_eq!(w.lists().await, (true, false));
        w.dwellingly(Method::PUT, &path, json!({"archived": true})).await;
        assert_eq!(w.lists().await, (false, true));
        w.dwellingly(Method::PUT, &path, json!({"archived": false})).await;
        assert_eq!(w.lists().await, (true, false));
    }

    async fn moving_out_at_one_door_ends_the_lease_at_the_other(w: Site) {
        let tenant = w.storedge(Method::GET, &format!("/tenants/{}", w.account), None).await["tenant"].take();
        let ledger = tenant["current_ledger_ids"][0].as_str().unwrap().parse().unwrap();
        let (home, world) = (&w.world.home, &w.world);
        world.app.ledgers().move_out(&world.system(home.org), home.harbour, ledger, world.app.now()).await.unwrap();
        world.clock.advance(1);
        assert_eq!(w.lists().await, (false, true));
        let lease = w.dwellingly(Method::GET, &format!("/api/tenants/{}", w.tenant), json!({})).await["lease"].take();
        assert_eq!(lease["dateTimeEnd"], "11/21/2026 16:28:40");
    }

    async fn deleting_at_one_door_leaves_the_books_at_the_other(w: Site) {
        let path = format!("/api/tenants/{}", w.tenant);
        w.dwellingly(Method::DELETE, &path, json!({})).await;
        assert_eq!(w.lists().await, (false, true));
        let books = w.storedge(Method::GET, "/ledgers/previous", None).await;
        assert!(books["ledgers"].as_array().unwrap().iter().any(|l| l["tenant"]["id"] == w.account.as_str()));
    }
}
