//! WiFi: what other doors bring about there, and what access points are told.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use app::{
    ledger::{MoveIn, Who},
    wifi::{DeviceKey, Kind, NewNetwork, NewRadiusClient, Status, UnitWifi},
};
use axum::http::{Method, header::AUTHORIZATION};
use db::sql;
use kernel::{Field, PersonId, PropertyId, Random, UnitId, Zone};
use radius::{
    Addresses, Server,
    packet::{attribute, code, signed},
};
use serde_json::{Value, json};
use tokio::{
    net::UdpSocket,
    sync::oneshot,
    time::{sleep, timeout},
};
use world::Answer;

use crate::Site;

const SECRET: &str = "sixteen-letters!";
const DEVICE: &str = "3C-22-FB-10-4A-01";

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

    async fn login(&self, secret: &str) -> Answer {
        let path = format!("/residents/properties/{}/units/logins", self.facility);
        self.world.request(Method::POST, path).json(&json!({"hashedSecret": secret})).await
    }

    /// What the unit's token is answered.
    async fn at_ruckus(&self, flat: &Flat) -> Answer {
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

/// An access point that asks whether one device may join.
struct AccessPoint {
    socket: UdpSocket,
    at: SocketAddr,
    asked: u64,
}

impl AccessPoint {
    async fn may_join(&mut self) -> bool {
        loop {
            // Every request is a new one: the same again would be given the same answer.
            self.asked += 1;
            let id = self.asked.to_be_bytes()[7];
            let attributes = [(attribute::CALLING_STATION_ID, DEVICE.as_bytes())];
            let authenticator = Random::seeded(self.asked).bytes();
            let request = signed(code::ACCESS_REQUEST, id, authenticator, &attributes, SECRET.as_bytes());
            self.socket.send_to(&request, self.at).await.unwrap();
            let mut answer = [0; 4096];
            let answered = timeout(Duration::from_millis(250), self.socket.recv_from(&mut answer)).await;
            if answered.is_ok() && answer[1] == id {
                return answer[0] == code::ACCESS_ACCEPT;
            }
        }
    }

    /// How long it takes until it is told this.
    async fn until(&mut self, may_join: bool) -> Duration {
        let since = Instant::now();
        while self.may_join().await != may_join {
            assert!(since.elapsed() < Duration::from_secs(30), "never told {may_join}");
            sleep(Duration::from_millis(5)).await;
        }
        since.elapsed()
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

    async fn what_a_resident_blocks_is_rejected_by_radius_within_a_second(w: Site) {
        let flat = w.wifi().await;
        let (app, system) = (&w.world.app, w.world.system(w.world.home.org));
        let text = |s: &str| Field::Given(s.to_owned());
        let asker = NewRadiusClient { name: text("AP"), address: text("127.0.0.1"), secret: text(SECRET) };
        app.wifi().add_radius_client(&system, flat.place, asker.into()).await.unwrap();
        let users = format!("/residents/properties/{}/units/users", w.facility);
        let call = |method, path: String| w.world.request(method, path).header(AUTHORIZATION, &flat.token);
        let all = call(Method::POST, format!("{users}/query")).await.expect(200);
        let own = all["content"].as_array().unwrap().iter().find(|u| u["type"] == "UNIT").unwrap().clone();
        assert_eq!((&own["userName"], &own["phoneNumber"]), (&json!("Cleo Crosser"), &json!("+15035550177")));
        let user = own["userId"].as_str().unwrap();
        let mac = DEVICE.to_owned().into();
        app.wifi().register_device(&system, flat.unit, user.parse().unwrap(), mac).await.unwrap();

        let local = "127.0.0.1:0".parse().unwrap();
        let server = Server::bind(app.clone(), Addresses { authentication: local, accounting: None }).await.unwrap();
        let at = server.addresses().unwrap().0;
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async { drop(stopped.await) }));
        let mut point = AccessPoint { socket: UdpSocket::bind("127.0.0.1:0").await.unwrap(), at, asked: 0 };
        point.until(true).await;
        let mut slowest = Duration::ZERO;
        for (status, may_join) in [("BLOCKED", false), ("ACTIVE", true)] {
            let set = call(Method::PUT, format!("{users}/{user}")).json(&json!({"status": status})).await;
            set.expect(200);
            slowest = slowest.max(point.until(may_join).await);
        }
        // A single device, as the desk blocks it.
        let key = DeviceKey::parse(DEVICE);
        app.wifi().set_device_status(&system, flat.unit, None, key, Status::Blocked).await.unwrap();
        slowest = slowest.max(point.until(false).await);
        let devices = call(Method::GET, format!("/residents/properties/{}/units/devices?type=UNIT", w.facility)).await.expect(200);
        assert_eq!(devices["contents"].as_array().unwrap().len(), 1, "it is still shown");
        let gone = call(Method::DELETE, format!("/residents/properties/{}/units/devices/{DEVICE}", w.facility)).await;
        assert_eq!(gone.status, 403, "the management blocked it");
        assert!(slowest <= Duration::from_secs(1), "{slowest:?}");
        drop(stop);
        running.await.unwrap();
    }

    async fn who_is_invited_at_casavis_has_a_passphrase_of_their_own(w: Site) {
        let flat = w.wifi().await;
        let (world, org, cleo) = (&w.world, w.world.home.org, PersonId::new(w.tenant));
        let decides = async move |w: &db::Write| {
            w.execute(sql!("UPDATE tenancy SET unit_admin = TRUE WHERE org_id = $1 AND person_id = $2", org, cleo)).await
        };
        world.write(org, decides).await;
        let max = json!({"contactId": w.tenant, "unitId": flat.unit, "firstName": "Max", "lastName": "Member", "email": "max@mail.example"});
        let path = format!("/communities/{}/users/invite", flat.place);
        let mut invited = w.casavi(Method::POST, &path, Some(max)).await.expect(200);
        let body = json!({"firstName": "Max", "lastName": "Member", "email": "max@mail.example", "clientId": w.client,
            "providerKey": crate::PROVIDER, "sub": "u00001", "inviteCode": invited["pendingUsers"]["inviteToken"].take()});
        world.post("/api/v1/oidc/register").json(&body).await.expect(200);
        let unit = w.unit(&flat).await;
        let linked = unit.identities.iter().find(|i| i.kind == Kind::Linked).unwrap();
        assert_eq!((linked.name.as_deref(), linked.status), (Some("Max Member"), Status::Active));
        let shown = w.idwell(Method::GET, "users/?email=max%40mail.example", Value::Null).await.expect(200);
        let user = &shown["results"][0];
        assert_eq!((&user["role"], &user["flats"]), (&json!("dweller"), &json!([flat.unit])));
    }
}
