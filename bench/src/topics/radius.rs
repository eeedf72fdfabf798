//! A hundred thousand devices, two thousand of which ask each second whether they may join.

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use app::{
    Vault,
    ledger::PageNumber,
    wifi::{NewNetwork, NewRadiusClient, UnitSort},
};
use db::sql;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Caller, Field, OrgId, PropertyId, Random};
use md5::Md5;

use crate::{
    Result,
    bench::Bench,
    server::Server,
    site::Site,
    table::{Row, percentile},
};

const DEVICES: i64 = 100_000;
/// Requests a second.
const RATE: u32 = 2_000;
/// How many ask at the same time.
const ASKERS: u32 = 8;
const SECRET: &str = "sixteen-letters!";
/// The address of the first device; the others follow.
const FIRST: i64 = 0x02_00_00_00_00_00;

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let (site, _) = Site::open(bench, "radius", kind)?;
        fill(&site)?;
        site.settle()?;
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--radius", "127.0.0.1:0"];
        let server = Server::start(site.command(&arguments).stderr(Stdio::null()))?;
        let at = server.radius.ok_or("the server does not say where RADIUS is")?;
        let seconds = u32::try_from(bench.seconds).unwrap_or(3).saturating_mul(3);
        server.on_one_core()?;
        ask(at, 1)?;
        let times = ask(at, seconds)?;
        let (p50, p99) = (percentile(&times, 50), percentile(&times, 99));
        let row = Row::new(
            format!("{}: may this device join, {DEVICES} devices, one core", kind.name()),
            format!("{RATE} requests a second, {} answered", times.len()),
            format!("median {p50:.2} ms, p99 {p99:.2} ms"),
        );
        let all = (RATE * seconds) as usize;
        rows.push(row.wanted("all answered, p99 < 10 ms", times.len() == all && p99 < 10.0));
    }
    Ok(rows)
}

/// A property with a unit, an identity and a device each.
fn fill(site: &Site) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let keys =
            identity::Keys::load_or_create(&site.dir.join("keys"), &Random::System).map_err(|e| e.to_string())?;
        let app = site.app()?.with_vault(Vault::new(keys.wifi_key().as_bytes()));
        let filled = fill_with(&app, &app.system(OrgId::new(1))).await;
        app.close().await;
        filled.map_err(|e| format!("{e}: {e:?}"))
    })
}

async fn fill_with(app: &app::App, caller: &Caller) -> kernel::Result<()> {
    let text = |s: &str| Field::Given(s.to_owned());
    let place = app::property::Input {
        name: text("Hundred Thousand Homes"),
        street: text("Long Road 1"),
        city: text("Graz"),
        state: text("ST"),
        postal: text("8010"),
        ..app::property::Input::default()
    };
    let property = app.properties().create(caller, place.into()).await?.leased.property.id;
    app.write(caller, async move |w, _| units(w, property).await).await?;
    let network = NewNetwork { ssid: text("Homes"), ..NewNetwork::default() };
    app.wifi().add_network(caller, property, network.into()).await?;
    let asker = NewRadiusClient { name: text("AP"), address: text("127.0.0.1"), secret: text(SECRET) };
    app.wifi().add_radius_client(caller, property, asker.into()).await?;
    // Looking at units makes their identities, a page in each operation.
    for page in 1..=DEVICES / 200 {
        app.wifi().units(caller, property, UnitSort::default(), PageNumber { page, per_page: 200 }).await?;
    }
    app.write(caller, async move |w, _| devices(w).await).await
}

async fn units(w: &db::Write, property: PropertyId) -> kernel::Result<()> {
    w.execute(sql!(
        sqlite: "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
            INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
            SELECT randomblob(16), 1, ?2, (SELECT min(id) FROM building WHERE property_id = ?2), 'U' || i, ?3, ?3 FROM n",
        postgres: "INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, $2, (SELECT min(id) FROM building WHERE property_id = $2), 'U' || i, $3, $3 \
            FROM generate_series(1, CAST($1 AS BIGINT)) AS n (i)";
        DEVICES, property, w.now()
    ))
    .await
    .map(drop)
}

/// One each; nobody lives there, so the identities are opened too.
async fn devices(w: &db::Write) -> kernel::Result<()> {
    w.execute(sql!("UPDATE wifi_identity SET is_vacant = FALSE /* scan: all */")).await?;
    w.execute(sql!(
        sqlite: "INSERT INTO wifi_device (uid, org_id, property_id, unit_id, identity_id, mac, auth, created_at, updated_at) \
            SELECT randomblob(16), 1, property_id, unit_id, id, ?1 + row_number() OVER (ORDER BY id) - 1, 'macreg', ?2, ?2 FROM wifi_identity",
        postgres: "INSERT INTO wifi_device (uid, org_id, property_id, unit_id, identity_id, mac, auth, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, property_id, unit_id, id, $1 + row_number() OVER (ORDER BY id) - 1, 'macreg', $2, $2 FROM wifi_identity";
        FIRST, w.now()
    ))
    .await
    .map(drop)
}

/// Asks at the rate, so many seconds; answers how long each accepted request took in milliseconds, counted from when it
/// was to be sent.
fn ask(at: SocketAddr, seconds: u32) -> Result<Vec<f64>> {
    let began = Instant::now();
    let askers: Vec<_> = (0..ASKERS).map(|n| thread::spawn(move || one_asker(at, began, n, seconds))).collect();
    let mut all = Vec::new();
    for asker in askers {
        all.extend(asker.join().map_err(|_| "an asker panicked")?.map_err(|e| e.to_string())?);
    }
    Ok(all)
}

fn one_asker(at: SocketAddr, began: Instant, first: u32, seconds: u32) -> std::io::Result<Vec<f64>> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(at)?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    let random = Random::System;
    let (mut times, mut buffer) = (Vec::new(), [0; 4096]);
    for n in (first..RATE * seconds).step_by(ASKERS as usize) {
        let due = began + Duration::from_secs(1) / RATE * n;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let mac = FIRST + i64::from(random.below(DEVICES as u32));
        socket.send(&request(n.to_le_bytes()[1], random.bytes(), mac))?;
        // An answer that does not come is not counted.
        if socket.recv(&mut buffer).is_ok() && buffer[0] == 2 {
            times.push(due.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(times)
}

/// An Access-Request, signed.
fn request(id: u8, authenticator: [u8; 16], mac: i64) -> Vec<u8> {
    let device = format!("{mac:012x}");
    let mut bytes = vec![1, id, 0, 0];
    bytes.extend_from_slice(&authenticator);
    bytes.extend_from_slice(&[80, 18]);
    bytes.extend_from_slice(&[0; 16]);
    for (kind, value) in [(1, device.as_str()), (31, &device), (30, "02-00-00-00-00-01:Homes")] {
        bytes.extend_from_slice(&[kind, value.len() as u8 + 2]);
        bytes.extend_from_slice(value.as_bytes());
    }
    let length = (bytes.len() as u16).to_be_bytes();
    bytes[2..4].copy_from_slice(&length);
    let mac = Hmac::<Md5>::new_from_slice(SECRET.as_bytes()).map(|mac| mac.chain_update(&bytes));
    if let Ok(mac) = mac {
        bytes[22..38].copy_from_slice(&mac.finalize().into_bytes());
    }
    bytes
}
