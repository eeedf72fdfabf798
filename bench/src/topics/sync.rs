//! Another system keeps ten thousand users in step through iDWELL's door: makes them, then goes through all of them once
//! more, in which nothing changes.

use std::{thread, time::Duration};

use app::App;
use db::sql;
use kernel::{Field, OrgId, UnitId};
use serde_json::{Value, json};

use crate::{
    Result,
    bench::{Bench, Kind},
    http::{self, Connection},
    server::Server,
    site::{EMAIL, PASSWORD, Site},
    table::{Row, count},
};

const USERS: usize = 10_000;
const CONNECTIONS: usize = 8;
const PATH: &str = "/api/idwell/v1/users/";
/// How long is waited when the door has answered enough calls of a second.
const PAUSE: Duration = Duration::from_millis(50);

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let (site, _) = Site::open(bench, "sync", kind)?;
        let flats = in_process(&site, flats)?;
        let server = site.serve()?;
        let token = token(&site, &server)?;
        let made = all(&server, &token, &flats, make)?;
        server.stop()?;
        site.settle()?;
        let before = in_process(&site, facts)?;
        let server = site.serve()?;
        let again = all(&server, &token, &flats, look_up_and_send)?;
        server.stop()?;
        let new = in_process(&site, facts)? - before;
        let row = |what: &str, calls: &str, took: Duration| {
            let (seconds, rate) = (took.as_secs_f64(), count(USERS as f64 / took.as_secs_f64()));
            let measured = format!("{seconds:.1} s, {rate} users a second");
            let row =
                Row::new(format!("{}: {what}", kind.name()), format!("{calls}, {CONNECTIONS} connections"), measured);
            if kind == Kind::Sqlite { row.wanted("≤ 60 s", seconds <= 60.0) } else { row }
        };
        rows.push(row(&format!("{USERS} new users"), "`POST`", made));
        rows.push(row("the same again", "`GET ?email=`, `PATCH`", again));
        let quiet = Row::new(format!("{}: changes noted by that", kind.name()), "the spine", new.to_string());
        rows.push(quiet.wanted("0", new == 0));
    }
    Ok(rows)
}

/// What is done for one user, in the flat that is theirs.
type Step = fn(&mut Connection, &str, usize, UnitId) -> Result<()>;

/// Does a step for all users; how long that took.
fn all(server: &Server, token: &str, flats: &[UnitId], step: Step) -> Result<Duration> {
    let began = std::time::Instant::now();
    let some = |first: usize| {
        let mut connection = Connection::open(server.at)?;
        let mine = flats.iter().enumerate().skip(first).step_by(CONNECTIONS);
        mine.into_iter().try_for_each(|(n, flat)| step(&mut connection, token, n, *flat))
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|first| scope.spawn(move || some(first))).collect();
        threads.into_iter().try_for_each(|t| t.join().unwrap_or_else(|_| Err("a connection panicked".into())))
    })?;
    Ok(began.elapsed())
}

fn user(n: usize, flat: UnitId) -> Value {
    json!({"email": format!("user{n}@example.org"), "phone": format!("0664 {:07}", 1_000_000 + n), "first_name": "Vera",
        "last_name": format!("Number {n}"), "role": "dweller", "flats": [flat.get()]})
}

fn make(connection: &mut Connection, token: &str, n: usize, flat: UnitId) -> Result<()> {
    ask(connection, "POST", PATH, token, Some(&user(n, flat)), 201).map(drop)
}

fn look_up_and_send(connection: &mut Connection, token: &str, n: usize, flat: UnitId) -> Result<()> {
    let found = ask(connection, "GET", &format!("{PATH}?email=user{n}@example.org"), token, None, 200)?;
    let id = found["results"][0]["id"].as_i64().ok_or_else(|| format!("user {n} is not found"))?;
    ask(connection, "PATCH", &format!("{PATH}{id}/"), token, Some(&user(n, flat)), 200).map(drop)
}

/// A call; it is made again while the door answers no more.
fn ask(c: &mut Connection, method: &str, path: &str, token: &str, body: Option<&Value>, status: u16) -> Result<Value> {
    loop {
        let answer = c.send(method, path, token, body)?;
        if answer.status != 429 {
            return answer.expect(status);
        }
        thread::sleep(PAUSE);
    }
}

/// A token of the admin for a new program.
fn token(site: &Site, server: &Server) -> Result<String> {
    let made = site.run(&["client", "create", "--kind", "oauth2", "--name", "Accounts"])?;
    let word = |label: &str| made.lines().find_map(|l| l.strip_prefix(label)).map(|v| v.trim().to_owned());
    let (Some(key), Some(secret)) = (word("client_id "), word("client_secret ")) else {
        return Err(format!("no id and secret in {made}"));
    };
    let form =
        format!("grant_type=password&username={EMAIL}&password={PASSWORD}&client_id={key}&client_secret={secret}");
    let given = http::send_form(server.at, "/api/oauth/token/", &form)?.expect(200)?;
    given["access_token"].as_str().map(str::to_owned).ok_or_else(|| "no token".into())
}

/// Runs something on the application in this process, while no server runs.
fn in_process<T>(site: &Site, what: impl AsyncFnOnce(&App) -> kernel::Result<T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let app = site.app()?;
        let out = what(&app).await.map_err(|e| format!("{e}: {e:?}"));
        app.close().await;
        out
    })
}

/// A flat for each user, in one property.
async fn flats(app: &App) -> kernel::Result<Vec<UnitId>> {
    let caller = app.system(OrgId::new(1));
    let text = |s: &str| Field::Given(s.to_owned());
    let place = app::property::Input {
        name: text("Ten Thousand Flats"),
        street: text("Long Road 2"),
        city: text("Graz"),
        state: text("ST"),
        postal: text("8010"),
        ..app::property::Input::default()
    };
    let property = app.properties().create(&caller, place.into()).await?.leased.property.id;
    app.write(&caller, async move |w, _| {
        w.all(sql!(
            sqlite: "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) \
                INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
                SELECT randomblob(16), 1, ?1, (SELECT min(id) FROM building WHERE property_id = ?1), 'Top ' || i, ?3, ?3 FROM n RETURNING id",
            postgres: "INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
                SELECT gen_random_uuid(), 1, $1, (SELECT min(id) FROM building WHERE property_id = $1), 'Top ' || i, $3, $3 \
                FROM generate_series(1, CAST($2 AS BIGINT)) AS n (i) RETURNING id";
            property, i64::try_from(USERS).unwrap_or(i64::MAX), w.now()
        ))
        .await
    })
    .await
}

/// How many facts were noted so far.
async fn facts(app: &App) -> kernel::Result<i64> {
    let caller = app.system(OrgId::new(1));
    app.read(&caller, async |r, _| r.one(sql!("SELECT seq FROM feed WHERE org_id = $1", r.caller().org)).await).await
}
