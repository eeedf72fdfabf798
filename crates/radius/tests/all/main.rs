//! A RADIUS server on a real database, asked by FreeRADIUS's own client.
#![expect(clippy::unwrap_used, reason = "tests")]

mod asker;

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    process::Stdio,
    time::Duration,
};

use app::{
    App, Storage, Vault,
    sandbox::{self, Sandbox},
    wifi::{IdentityInput, Kind, Mac, NewRadiusClient, Status, UnitInput},
};
use db::{db_tests, testing::TestDb};
use kernel::{Caller, Clock, Field, Instant, PropertyId, Random};
use radius::{Addresses, Server, answer::answer, fuzz::Datagrams, index::Index, packet::Packet};
use tokio::{io::AsyncWriteExt as _, net::UdpSocket, process::Command, sync::oneshot, time::timeout};

const SECRET: &str = "sixteen-letters!";
/// Devices of the sandbox: one of the unit, one of its guests.
const OWN: &str = "3C-22-FB-10-4A-01";
const GUEST: &str = "F0-18-98-44-71-0E";

struct House {
    app: App,
    made: Sandbox,
    desk: Caller,
    property: PropertyId,
    auth: SocketAddr,
    acct: SocketAddr,
    stop: oneshot::Sender<()>,
    running: tokio::task::JoinHandle<()>,
}

async fn house(t: &TestDb) -> House {
    let at = Instant::from_utc("2026-11-21T16:20:30".parse().unwrap()).unwrap();
    let app = App::new(t.db.clone(), Clock::manual(at), Random::seeded(7), "http://127.0.0.1:8080")
        .with_storage(Storage::in_memory())
        .with_vault(Vault::new(&[7; 32]));
    let made = sandbox::fill(&app, at, "hash", "portal").await.unwrap();
    let desk = app.system(made.organization.id);
    let property = app.portals().public(made.wifi.property_id).await.unwrap().id;
    let local = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(app.clone(), Addresses { authentication: local, accounting: None }).await.unwrap();
    let (auth, acct) = server.addresses().unwrap();
    let (stop, stopped) = oneshot::channel();
    let running = tokio::spawn(server.run(async { drop(stopped.await) }));
    House { app, made, desk, property, auth, acct, stop, running }
}

/// What `radclient` prints about one request: `None` when nothing was answered.
async fn ask(at: SocketAddr, kind: &str, secret: &str, attributes: &str) -> Option<String> {
    let mut client = Command::new("radclient")
        .args(["-x", "-r", "8", "-t", "0.25", &at.to_string(), kind, secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("radclient is needed: install Debian's freeradius-utils, or run cargo xtask test");
    client.stdin.take().unwrap().write_all(attributes.as_bytes()).await.unwrap();
    let out = client.wait_with_output().await.unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.split_once("Received ").map(|(_, answer)| answer.to_owned())
}

fn joining(mac: &str, network: &str) -> String {
    format!(
        "User-Name = \"{}\"\nUser-Password = \"x\"\nCalling-Station-Id = \"{mac}\"\n\
         Called-Station-Id = \"02-00-00-00-00-01:{network}\"\nMessage-Authenticator = 0x00\n",
        mac.replace('-', "").to_lowercase()
    )
}

impl House {
    async fn join(&self, mac: &str, network: &str) -> Option<String> {
        ask(self.auth, "auth", SECRET, &joining(mac, network)).await
    }

    async fn tell(&self, attributes: &str) -> Option<String> {
        ask(self.acct, "acct", SECRET, attributes).await
    }

    async fn let_ask(&self) {
        let given = |s: &str| Field::Given(s.to_owned());
        let new = NewRadiusClient { name: given("AP"), address: given("127.0.0.1"), secret: given(SECRET) };
        self.app.wifi().add_radius_client(&self.desk, self.property, new.into()).await.unwrap();
    }

    /// Asks until the answer begins with `code`.
    async fn becomes(&self, mac: &str, code: &str) {
        let asked = async {
            loop {
                if self.join(mac, "Garden Blocks").await.is_some_and(|a| a.starts_with(code)) {
                    return;
                }
            }
        };
        // The server looks each quarter of a second; the rest is for the processes that ask, on a busy machine.
        timeout(Duration::from_secs(10), asked).await.unwrap_or_else(|_| panic!("no {code}"));
    }

    async fn end(self) -> App {
        drop(self.stop);
        self.running.await.unwrap();
        self.app
    }
}

db_tests! {
    async fn a_known_device_gets_its_own_passphrase(t: TestDb) {
        let h = house(&t).await;
        assert_eq!(h.join(OWN, "Garden Blocks").await, None, "strangers get no answer");
        h.let_ask().await;
        h.becomes(OWN, "Access-Accept").await;
        let shown = h.app.wifi().unit(&h.desk, h.made.wifi.unit_id).await.unwrap();
        let (own, guest) = (shown.of_kind(Kind::Unit).unwrap(), shown.of_kind(Kind::Guest).unwrap());
        let answer = h.join(OWN, "Garden Blocks").await.unwrap();
        let passphrase = |i: &app::wifi::Identity| format!("Tunnel-Password:0 = \"{}\"", i.passphrase.expose());
        assert!(answer.contains(&passphrase(own)) && answer.contains("Message-Authenticator"), "{answer}");
        assert!(!answer.contains("Tunnel-Private-Group-Id"), "{answer}");
        let answer = h.join(GUEST, "Garden Blocks Guests").await.unwrap();
        assert!(answer.contains(&passphrase(guest)), "{answer}");
        assert!(answer.contains("Tunnel-Private-Group-Id:0 = \"40\"") && answer.contains("VLAN"), "{answer}");
        for (mac, network) in [("02-00-00-00-00-77", "Garden Blocks"), (OWN, "Somewhere else"), ("nonsense", "Garden Blocks")] {
            assert!(h.join(mac, network).await.unwrap().starts_with("Access-Reject"), "{mac} {network}");
        }
        // Without a good signature nothing is answered.
        assert_eq!(ask(h.auth, "auth", "another-secret!!", &joining(OWN, "Garden Blocks")).await, None);
        let unsigned = joining(OWN, "Garden Blocks").replace("Message-Authenticator = 0x00\n", "");
        assert_eq!(ask(h.auth, "auth", SECRET, &unsigned).await, None);
        // radclient signs its requests for the status itself.
        assert!(ask(h.auth, "status", SECRET, "Message-Authenticator = 0x00\n").await.unwrap().starts_with("Access-Accept"));
        h.end().await;
    }

    async fn what_is_blocked_is_refused_soon(t: TestDb) {
        let h = house(&t).await;
        h.let_ask().await;
        h.becomes(OWN, "Access-Accept").await;
        let (wifi, unit) = (h.app.wifi(), h.made.wifi.unit_id);
        let own = wifi.unit(&h.desk, unit).await.unwrap().of_kind(Kind::Unit).unwrap().uid;
        let set = async |status| {
            let input = IdentityInput { status: Field::Given(status), ..IdentityInput::default() };
            wifi.update_identity(&h.desk, unit, own, input.into()).await.unwrap()
        };
        set(Status::Blocked).await;
        h.becomes(OWN, "Access-Reject").await;
        assert!(h.join(GUEST, "Garden Blocks").await.unwrap().starts_with("Access-Accept"));
        set(Status::Active).await;
        h.becomes(OWN, "Access-Accept").await;
        // Another passphrase is told from then on.
        let renewed = UnitInput { secret: Field::Given("correct horse".to_owned()), ..UnitInput::default() };
        wifi.update_unit(&h.desk, unit, renewed.into()).await.unwrap();
        let told = async { while !h.join(OWN, "Garden Blocks").await.unwrap().contains("correct horse") {} };
        timeout(Duration::from_secs(10), told).await.unwrap();
        let key = app::wifi::DeviceKey::parse(OWN);
        wifi.remove_device(&h.desk, unit, None, key).await.unwrap();
        h.becomes(OWN, "Access-Reject").await;
        let closed = app::portal::Input { guest_allowed: Field::Given(false), ..app::portal::Input::default() };
        h.app.portals().update(&h.desk, h.property, closed.into()).await.unwrap();
        h.becomes(GUEST, "Access-Reject").await;
        h.end().await;
    }

    async fn what_is_blocked_is_refused_within_a_second(t: TestDb) {
        let h = house(&t).await;
        h.let_ask().await;
        h.becomes(OWN, "Access-Accept").await;
        let (wifi, unit) = (h.app.wifi(), h.made.wifi.unit_id);
        let own = wifi.unit(&h.desk, unit).await.unwrap().of_kind(Kind::Unit).unwrap().uid;
        let mut asker = asker::Asker::at(h.auth, h.acct, SECRET).await;
        assert!(asker.may_join(OWN).await);
        let mut slowest = Duration::ZERO;
        for status in [Status::Blocked, Status::Active].repeat(3) {
            let input = IdentityInput { status: Field::Given(status), ..IdentityInput::default() };
            // Devices are seen all the while.
            let (changed, ()) = tokio::join!(wifi.update_identity(&h.desk, unit, own, input.into()), asker.see(OWN, own));
            changed.unwrap();
            let since = std::time::Instant::now();
            while asker.may_join(OWN).await != (status == Status::Active) {}
            slowest = slowest.max(since.elapsed());
        }
        assert!(slowest <= Duration::from_secs(1), "{slowest:?}");
        // One device alone; that it is seen with the passphrase does not let it in.
        let key = app::wifi::DeviceKey::parse(OWN);
        for status in [Status::Blocked, Status::Active].repeat(3) {
            let set = wifi.set_device_status(&h.desk, unit, None, key, status);
            let (changed, ()) = tokio::join!(set, asker.see(OWN, own));
            changed.unwrap();
            let since = std::time::Instant::now();
            while asker.may_join(OWN).await != (status == Status::Active) {}
            slowest = slowest.max(since.elapsed());
            assert!(asker.may_join("A4-83-E7-5D-20-9C").await, "another one of the unit is not concerned");
        }
        assert!(slowest <= Duration::from_secs(1), "{slowest:?}");
        drop(asker);
        let (desk, app) = (h.desk, h.end().await);
        assert!(app.wifi().devices(&desk, unit, false).await.unwrap().iter().any(|d| d.last_connected_at.is_some()));
    }

    async fn accounting_tells_who_was_seen_and_learns(t: TestDb) {
        let h = house(&t).await;
        h.let_ask().await;
        h.becomes(OWN, "Access-Accept").await;
        let unit = h.made.wifi.unit_id;
        let own = h.app.wifi().unit(&h.desk, unit).await.unwrap().of_kind(Kind::Unit).unwrap().uid;
        h.app.clock().advance(3600);
        let seen = |mac: &str, name: &str| format!(
            "User-Name = \"{name}\"\nCalling-Station-Id = \"{mac}\"\nAcct-Status-Type = Start\nAcct-Session-Id = \"1\"\n");
        assert!(h.tell(&seen(OWN, "x")).await.unwrap().starts_with("Accounting-Response"));
        assert!(h.tell(&seen("02-00-00-00-00-99", &own.to_string())).await.is_some());
        assert!(h.tell(&seen("02-00-00-00-00-98", "somebody")).await.is_some());
        assert_eq!(ask(h.acct, "acct", "another-secret!!", &seen("02-00-00-00-00-97", &own.to_string())).await, None);
        h.becomes("02-00-00-00-00-99", "Access-Accept").await;
        assert!(h.join("02-00-00-00-00-98", "Garden Blocks").await.unwrap().starts_with("Access-Reject"));
        let (desk, made) = (h.desk, h.made.wifi.unit_id);
        // What waits is noted at the end at the latest.
        let app = h.end().await;
        let all = app.wifi().devices(&desk, made, false).await.unwrap();
        let of = |mac: &str| all.iter().find(|d| Some(d.mac) == Mac::parse(mac));
        assert_eq!(of(OWN).unwrap().last_connected_at, Some(desk.at.plus_secs(3600)));
        assert_eq!(of("02-00-00-00-00-99").unwrap().auth, app::wifi::Auth::Dpsk);
        assert!(of("02-00-00-00-00-98").is_none() && of("02-00-00-00-00-97").is_none());
    }

    async fn whatever_comes_in_does_no_harm(t: TestDb) {
        let h = house(&t).await;
        h.let_ask().await;
        let (index, from) = (Index::load(h.app.clone()).await.unwrap(), IpAddr::from([127, 0, 0, 1]));
        let (random, all) = (Random::seeded(5), Datagrams::new(Random::seeded(4), SECRET, OWN));
        let mut outcomes: BTreeMap<&str, u32> = BTreeMap::new();
        // `cargo xtask bench fuzz` takes a million of them.
        for _ in 0..5_000 {
            let (port, bytes) = all.next();
            let reply = answer(&index.facts(), index.vault(), &random, port, from, &bytes);
            assert!(reply.bytes.is_none_or(|b| Packet::parse(&b).is_some()), "an answer is well formed");
            *outcomes.entry(reply.outcome.as_str()).or_default() += 1;
        }
        let seen: Vec<&str> = outcomes.keys().copied().collect();
        assert_eq!(seen, ["accepted", "accounted", "alive", "dropped", "rejected"], "everything is reached: {outcomes:?}");
        h.end().await;
    }

    async fn noise_is_survived_and_repetition_answered_alike(t: TestDb) {
        let h = house(&t).await;
        h.let_ask().await;
        h.becomes(OWN, "Access-Accept").await;
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let random = Random::seeded(3);
        for _ in 0..2_000 {
            let noise: [u8; 64] = random.bytes();
            socket.send_to(&noise[..random.below(64) as usize], h.auth).await.unwrap();
            socket.send_to(&noise, h.acct).await.unwrap();
        }
        assert!(h.join(OWN, "Garden Blocks").await.unwrap().starts_with("Access-Accept"));
        h.end().await;
    }
}
