//! How exactly the calls to a property are limited, on a server that runs.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use kernel::{Field, OrgId};

use crate::{
    Result,
    bench::{Bench, Kind},
    http::Connection,
    server::Server,
    site::Site,
    table::Row,
};

/// How many pass at once, and how many more in each second.
const CAPACITY: u32 = 100;
const PER_SECOND: u32 = 80;

/// Calls one property without a pause.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let (site, _) = Site::open(bench, "bucket", Kind::Sqlite)?;
    let place = place(&site)?;
    let server = Server::start(site.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::null()))?;
    let (mut connection, path) = (Connection::open(server.at)?, format!("/residents/properties/{place}/access"));
    let mut passes = || match connection.send("GET", &path, "", None)?.status {
        200 => Ok(true),
        429 => Ok(false),
        status => Err(format!("{path}: {status}")),
    };
    let began = Instant::now();
    let mut first = 0;
    while passes()? {
        first += 1;
    }
    let at_once = began.elapsed();
    let seconds = u32::try_from(bench.seconds).unwrap_or(3).max(3) * 3;
    // Seconds count from the first call; half a second more, so that the last of them is whole.
    let end = Duration::from_secs(seconds.into()) + Duration::from_millis(500);
    let mut more = 0_u32;
    while began.elapsed() < end {
        more += u32::from(passes()?);
    }
    let wanted = PER_SECOND * seconds;
    let off = (f64::from(more) / f64::from(wanted) - 1.0) * 100.0;
    let command = || "GET /residents/properties/{id}/access".to_owned();
    Ok(vec![
        Row::new(
            "a property's calls at once".to_owned(),
            command(),
            format!("{first} pass, in {} ms", at_once.as_millis()),
        )
        .wanted("100, then 429", first == CAPACITY),
        Row::new(format!("in the {seconds} seconds after"), command(), format!("{more} pass: {off:+.1} %"))
            .wanted("80 a second, within 5 %", off.abs() <= 5.0),
    ])
}

/// The uid of a property.
fn place(site: &Site) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    let made = runtime.block_on(async {
        let app = site.app()?;
        let caller = app.system(OrgId::new(1));
        let text = |s: &str| Field::Given(s.to_owned());
        let place = app::property::Input {
            name: text("Home"),
            street: text("Road 1"),
            city: text("Graz"),
            state: text("ST"),
            postal: text("8010"),
            ..app::property::Input::default()
        };
        let made = async {
            let property = app.properties().create(&caller, place.into()).await?.leased.property.id;
            app.properties().uid(&caller, property).await
        };
        let uid = made.await;
        app.close().await;
        uid.map_err(|e| format!("{e}: {e:?}"))
    })?;
    Ok(made.to_string())
}
