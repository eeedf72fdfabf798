//! Web pages of an organization with ten thousand units, asked a hundred times a second by browsers that are signed in.

use app::invite;
use db::sql;
use kernel::{Draft, Field, Living, OrgId, UnitId, percent_encode};

use super::generate;
use crate::{
    Result,
    bench::Bench,
    http, pace,
    server::Server,
    site::{EMAIL, PASSWORD, Site},
    table::{Row, percentile},
};

/// Requests a second.
const RATE: u32 = 100;
/// What the 95th of 100 answers may take, in milliseconds.
const WANTED: f64 = 25.0;

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let (site, _) = generate::open(bench, generate::UNITS, kind)?;
        let invitation = invite(&site)?;
        site.settle()?;
        let server = site.serve()?;
        let resident = enter(&server, &format!("/invite/{invitation}"), &newcomer())?;
        let sign_in = format!("username={}&password={PASSWORD}&next=", percent_encode(EMAIL));
        let admin = enter(&server, "/app/login", &sign_in)?;
        let seconds = u32::try_from(bench.seconds).unwrap_or(3).saturating_mul(2);
        let pages = [("/home", &resident), ("/desk", &admin), ("/desk/tickets", &admin), ("/desk/people", &admin)];
        for (path, cookie) in pages {
            let ask = |_| match http::browse(server.at, path, cookie, None)? {
                page if page.status == 200 => Ok(()),
                page => Err(format!("{path}: {}", page.status)),
            };
            pace::ask(RATE, 1, ask)?;
            let times: Vec<f64> = pace::ask(RATE, seconds, ask)?.into_iter().map(|(_, took)| took).collect();
            let (p50, p95) = (percentile(&times, 50), percentile(&times, 95));
            let what = format!("{}: {path} with {} units", kind.name(), generate::UNITS);
            let command = format!("{RATE} requests a second, compressed");
            let row = Row::new(what, command, format!("median {p50:.1} ms, p95 {p95:.1} ms"));
            rows.push(row.wanted(format!("p95 ≤ {WANTED} ms"), p95 <= WANTED));
        }
    }
    Ok(rows)
}

/// Invites somebody to the first unit; answers the token of the mailed link.
fn invite(site: &Site) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let app = site.app()?;
        let caller = app.system(OrgId::new(1));
        let first = async |r: &db::Read, _: &kernel::Actor| {
            r.one::<UnitId>(sql!("SELECT min(id) FROM unit WHERE org_id = $1", OrgId::new(1))).await
        };
        let unit = app.read(&caller, first).await.map_err(|e| e.to_string())?;
        let input = invite::Input {
            unit_id: Field::Given(unit),
            first_name: Field::Given("Nora".to_owned()),
            last_name: Field::Given("Newcomer".to_owned()),
            email: Field::Given("nora@example.org".to_owned()),
            living: Field::Given(Living::Tenant),
            ..invite::Input::default()
        };
        let made = app.invites().create(&caller, Draft::from(input)).await.map_err(|e| e.to_string())?;
        // What reads the spine goes on for minutes after so much was made at once: that is another matter.
        while app.notifications().follow(&caller).await.map_err(|e| e.to_string())? > 0 {}
        while app.search().follow(&caller).await.map_err(|e| e.to_string())? > 0 {}
        app.close().await;
        Ok(made.token)
    })
}

fn newcomer() -> String {
    let email = percent_encode("nora@example.org");
    format!("first_name=Nora&last_name=Newcomer&email={email}&password={PASSWORD}&repeat={PASSWORD}")
}

/// Sends the form of a page of the front door; answers the cookie of who is signed in then.
fn enter(server: &Server, path: &str, fields: &str) -> Result<String> {
    let page = http::browse(server.at, path, "", None)?;
    let key = page.cookie("form_key").ok_or_else(|| format!("no form at {path}"))?;
    let form = format!("csrf={key}&{fields}");
    let answer = http::browse(server.at, path, &format!("form_key={key}"), Some(&form))?;
    let session = answer.cookie("user_session").ok_or_else(|| format!("{path} signs nobody in: {}", answer.status))?;
    Ok(format!("user_session={session}"))
}
