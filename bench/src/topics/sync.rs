//! Another system keeps ten thousand users in step at iDWELL's door: once to make them, and once more to find that
//! nothing has changed.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use db::sql;
use kernel::{Field, OrgId};
use serde_json::{Value, json};

use crate::{
    Result,
    bench::{Bench, Kind},
    http,
    server::Server,
    site::{EMAIL, PASSWORD, Site},
    table::Row,
};

/// How many users; fewer for a look with `PORTICO_BENCH_SYNC`.
const USERS: u32 = 10_000;
/// On how many flats.
const FLATS: i64 = 500;
/// How many ask at the same time.
const CONNECTIONS: usize = 8;
/// How long the first pass may take on SQLite.
const WANTED: Duration = Duration::from_secs(60);

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let users = std::env::var("PORTICO_BENCH_SYNC").ok().and_then(|n| n.parse().ok()).unwrap_or(USERS);
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let (site, _) = Site::open(bench, "sync", kind)?;
        let flats = fill(&site)?;
        let made = site.run(&["client", "create", "--kind", "oauth2", "--name", "Bench"])?;
        let word = |label: &str| made.lines().find_map(|l| l.strip_prefix(label)).map(|v| v.trim().to_owned());
        let (Some(id), Some(secret)) = (word("client_id"), word("client_secret")) else {
            return Err(format!("no client in {made}"));
        };
        // More calls than a program gets answered by default.
        let mut command = site.command(&["serve", "--listen", "127.0.0.1:0"]);
        let server =
            Server::start(command.env("PORTICO_CALLS_PER_SECOND", "1000000").stderr(std::process::Stdio::null()))?;
        let token = sign_in(&server, &id, &secret)?;
        let first = pass(users, |user| create(&server, &token, user, &flats))?;
        let changes = changes(&site)?;
        let second = pass(users, |user| update(&server, &token, user, &flats))?;
        let new = self::changes(&site)? - changes;
        server.stop()?;
        let name = kind.name();
        let text = |took: Duration| {
            format!("{:.1} s, {:.0} a second", took.as_secs_f64(), f64::from(users) / took.as_secs_f64())
        };
        let row = Row::new(
            format!("{name}: {users} users made"),
            format!("{CONNECTIONS} connections, one call each"),
            text(first),
        );
        rows.push(if kind == Kind::Sqlite { row.wanted("≤ 60 s", first <= WANTED) } else { row });
        let row = Row::new(format!("{name}: the same once more"), "looked up by e-mail, sent again", text(second));
        rows.push(row);
        let row = Row::new(format!("{name}: changes noted by that"), "rows of `change`", new.to_string());
        rows.push(row.wanted("none", new == 0));
    }
    Ok(rows)
}

/// A house with flats; answers their ids.
fn fill(site: &Site) -> Result<Vec<i64>> {
    with_app(site, async |app| {
        let caller = app.system(OrgId::new(1));
        let text = |s: &str| Field::Given(s.to_owned());
        let place = app::property::Input {
            name: text("Long House"),
            street: text("Long Road 1"),
            city: text("Graz"),
            state: text("ST"),
            postal: text("8010"),
            ..app::property::Input::default()
        };
        let property = app.properties().create(&caller, place.into()).await?.leased.property.id;
        let make = async move |w: &db::Write, _: &kernel::Actor| {
            w.all(sql!(
                sqlite: "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
                    INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
                    SELECT randomblob(16), 1, ?2, (SELECT id FROM building WHERE org_id = 1 AND property_id = ?2), 'Top ' || i, ?3, ?3 FROM n RETURNING id",
                postgres: "INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
                    SELECT gen_random_uuid(), 1, $2, (SELECT id FROM building WHERE org_id = 1 AND property_id = $2), 'Top ' || i, $3, $3 \
                    FROM generate_series(1, CAST($1 AS BIGINT)) AS n (i) RETURNING id";
                FLATS, property, w.now()
            ))
            .await
        };
        app.write(&caller, make).await
    })
}

/// How many changes were noted.
fn changes(site: &Site) -> Result<i64> {
    with_app(site, async |app| {
        let count = async |r: &db::Read, _: &kernel::Actor| {
            r.one(sql!("SELECT coalesce(max(seq), 0) FROM change WHERE org_id = $1", r.caller().org)).await
        };
        app.read(&app.system(OrgId::new(1)), count).await
    })
}

fn with_app<T>(site: &Site, f: impl AsyncFnOnce(&app::App) -> kernel::Result<T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let app = site.app()?;
        let done = f(&app).await.map_err(|e| e.to_string());
        app.close().await;
        done
    })
}

fn sign_in(server: &Server, id: &str, secret: &str) -> Result<String> {
    let form = format!("grant_type=password&username={EMAIL}&password={PASSWORD}");
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let answer = http::send_form(server.at, "/api/oauth/token/", &basic, &form)?.expect(200)?;
    answer["access_token"].as_str().map(str::to_owned).ok_or_else(|| "no token after signing in".into())
}

/// What is sent about a user.
fn user(n: i64, flats: &[i64]) -> Value {
    let flat = usize::try_from(n).ok().and_then(|n| flats.get(n % flats.len().max(1))).copied().unwrap_or_default();
    let role = if n % 4 == 0 { "landlord" } else { "dweller" };
    json!({"email": format!("user{n}@sync.example"), "phone": format!("0664 {:07}", 1_000_000 + n), "first_name": "Sync",
        "last_name": format!("Number {n}"), "role": role, "flats": [flat]})
}

fn create(server: &Server, token: &str, n: i64, flats: &[i64]) -> Result<()> {
    let body = user(n, flats);
    http::send(server.at, "POST", "/api/idwell/v1/users/", token, Some(&body))?.expect(201).map(drop)
}

fn update(server: &Server, token: &str, n: i64, flats: &[i64]) -> Result<()> {
    let path = format!("/api/idwell/v1/users/?email=user{n}@sync.example");
    let found = http::send(server.at, "GET", &path, token, None)?.expect(200)?;
    let id = found["results"][0]["id"].as_i64().ok_or_else(|| format!("user {n} is not there"))?;
    let path = format!("/api/idwell/v1/users/{id}/");
    http::send(server.at, "PATCH", &path, token, Some(&user(n, flats)))?.expect(200).map(drop)
}

/// Does it for each user, so many at a time; answers how long it took.
fn pass(users: u32, each: impl Fn(i64) -> Result<()> + Sync) -> Result<Duration> {
    let (next, began) = (AtomicI64::new(0), Instant::now());
    let work = || -> Result<()> {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= i64::from(users) {
                return Ok(());
            }
            each(n)?;
        }
    };
    thread::scope(|s| {
        let all: Vec<_> = (0..CONNECTIONS).map(|_| s.spawn(work)).collect();
        all.into_iter().try_for_each(|one| one.join().map_err(|_| "a thread panicked".to_owned())?)
    })?;
    Ok(began.elapsed())
}
