//! A million datagrams as nobody should send them, through the function that answers access points.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use app::{
    Vault,
    wifi::{Kind as Of, NewNetwork, NewRadiusClient},
};
use kernel::{Caller, Draft, Field, OrgId, Random};
use radius::{answer::answer, fuzz::Datagrams, index::Index};

use crate::{
    Result,
    bench::{Bench, Kind},
    site::Site,
    table::Row,
};

const DATAGRAMS: u32 = 1_000_000;
const SECRET: &str = "sixteen-letters!";
const DEVICE: &str = "02-00-00-00-00-07";

/// Counts what became of them.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let (site, _) = Site::open(bench, "fuzz", Kind::Sqlite)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    let index = runtime.block_on(async {
        let app = site.app()?.with_vault(Vault::new(&[7; 32]));
        fill(&app, &app.system(OrgId::new(1))).await.map_err(|e| format!("{e}: {e:?}"))?;
        Index::load(app).await.map_err(|e| format!("{e}: {e:?}"))
    })?;
    let (random, all) = (Random::System, Datagrams::new(Random::seeded(1), SECRET, DEVICE));
    let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (mut outcomes, mut panics, began) = (BTreeMap::<&str, u32>::new(), 0_u32, Instant::now());
    for _ in 0..DATAGRAMS {
        let (port, bytes) = all.next();
        let facts = index.facts();
        let replied = catch_unwind(AssertUnwindSafe(|| answer(&facts, index.vault(), &random, port, from, &bytes)));
        match replied {
            Ok(reply) => *outcomes.entry(reply.outcome.as_str()).or_default() += 1,
            Err(_) => panics += 1,
        }
    }
    let took = began.elapsed().as_secs_f64();
    let told: Vec<String> = outcomes.iter().map(|(outcome, n)| format!("{n} {outcome}")).collect();
    let row = Row::new(
        format!("{DATAGRAMS} RADIUS datagrams, half of them signed"),
        "crate `radius` in process".to_owned(),
        format!("{panics} panics, {}, {took:.0} s", told.join(", ")),
    );
    Ok(vec![row.wanted("0 panics, all outcomes reached", panics == 0 && outcomes.len() == 5)])
}

/// A property with a network, an access point, and a device that may join.
async fn fill(app: &app::App, caller: &Caller) -> kernel::Result<()> {
    let text = |s: &str| Field::Given(s.to_owned());
    let place = app::property::Input {
        name: text("Home"),
        street: text("Road 1"),
        city: text("Graz"),
        state: text("ST"),
        postal: text("8010"),
        ..app::property::Input::default()
    };
    let property = app.properties().create(caller, place.into()).await?.leased.property.id;
    let unit = app::desk::UnitInput { number: text("1"), ..app::desk::UnitInput::default() };
    let unit = app.desk().make_unit(caller, property, Draft::from(unit)).await?;
    let (network, asker) = (
        NewNetwork { ssid: text("Home"), ..NewNetwork::default() },
        NewRadiusClient { name: text("AP"), address: text("127.0.0.1"), secret: text(SECRET) },
    );
    app.wifi().add_network(caller, property, network.into()).await?;
    app.wifi().add_radius_client(caller, property, asker.into()).await?;
    let shown = app.wifi().unit(caller, unit).await?;
    let own = shown.of_kind(Of::Unit).ok_or_else(|| kernel::Error::internal("a unit without a passphrase"))?.uid;
    app.wifi().register_device(caller, unit, own, Draft::from(DEVICE.to_owned())).await?;
    // Nobody lives there, so the passphrase is opened.
    let open = async |w: &db::Write, _: &kernel::Actor| {
        w.execute(db::sql!("UPDATE wifi_identity SET is_vacant = FALSE /* scan: all */")).await.map(drop)
    };
    app.write(caller, open).await
}
