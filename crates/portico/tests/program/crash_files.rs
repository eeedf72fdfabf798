//! `kill -9` while residents upload files and make tickets with them: no ticket names a file that is not there, and no
//! file that was acknowledged is lost.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use app::{
    App, Storage,
    invite::{self, Redeemer},
    login, oidc, property, resident, tenancy,
    ticket_type::{self, Kind, QuestionInput},
};
use kernel::{Caller, Clock, Door, Field, OrgId, Random, UnitId};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Site, sites};

const WRITERS: usize = 6;
const COOKIE: &str = "the-cookie-of-a-resident";

/// Three rounds as a test; more with `PORTICO_CRASH_ROUNDS`.
fn rounds() -> usize {
    std::env::var("PORTICO_CRASH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3)
}

/// Where a resident makes tickets.
struct Place {
    community: i64,
    unit: i64,
    form: i64,
    field: i64,
}

/// What was acknowledged: uploads by path with their bytes, tickets with the path of their file.
#[derive(Default)]
struct Ledger {
    uploads: Mutex<Vec<(String, Vec<u8>)>>,
    tickets: Mutex<Vec<(i64, Vec<u8>)>>,
    acknowledged: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_their_tickets_survive_kill_9() {
    for site in sites("crash_files").await {
        site.found();
        let place = prepare(&site).await;
        let ledger = Ledger::default();
        for round in 0..rounds() {
            let server = site.serve();
            let until = ledger.acknowledged.load(Ordering::SeqCst) + 5 + round * 7 % 20;
            std::thread::scope(|s| {
                for writer in 0..WRITERS {
                    let (ledger, at, place) = (&ledger, server.at, &place);
                    s.spawn(move || write(at, place, &format!("r{round}w{writer}"), ledger));
                }
                while ledger.acknowledged.load(Ordering::SeqCst) < until {
                    std::thread::yield_now();
                }
                server.kill();
            });
            check(&site, &ledger).await;
        }
    }
}

fn open(site: &Site) -> App {
    let random = Random::System;
    let db = match &site.postgres {
        None => db::Db::sqlite(&site.dir.join("portico.db"), &random),
        Some(url) => db::Db::postgres(url, db::PostgresOptions::default(), &random),
    };
    let storage = Storage::directory(&site.dir.join("files")).unwrap();
    App::new(db.unwrap(), Clock::System, random, "").with_storage(storage)
}

/// A resident with a cookie, and a form for tickets.
async fn prepare(site: &Site) -> Place {
    let app = open(site);
    let system = app.system(OrgId::new(1));
    let text = |t: &str| Field::Given(t.to_owned());
    let house = property::Input {
        name: text("House"),
        street: text("1 A St"),
        city: text("Graz"),
        state: text("ST"),
        postal: text("8010"),
        ..property::Input::default()
    };
    let house = app.properties().create(&system, house.into()).await.unwrap().leased.property.id;
    let mut tenant = resident::Input {
        first_name: text("Re"),
        last_name: text("Sident"),
        phone: text("0664 1234567"),
        ..resident::Input::default()
    };
    tenant.lease.whole = true;
    tenant.lease.fields = tenancy::Input {
        property_id: Field::Given(house),
        unit_number: Field::Given(Some("1".to_owned())),
        starts_at: Field::Given(app.now().plus_days(-1)),
        ends_at: Field::Given(app.now().plus_days(365)),
        ..tenancy::Input::default()
    };
    let tenant = app.residents().create(&system, tenant.into()).await.unwrap().person.id;
    let unit: UnitId = app
        .read(&system, async |r, _| {
            r.one(db::sql!("SELECT id FROM unit WHERE org_id = $1 /* scan: a test */", r.caller().org)).await
        })
        .await
        .unwrap();
    let question = QuestionInput {
        name: "Pictures".to_owned(),
        kind: Kind::File,
        required: true,
        options: Vec::new(),
        help: String::new(),
    };
    let form = ticket_type::Input {
        group: text("Repairs"),
        name: text("Report damage"),
        fields: Field::Given(vec![question]),
        ..ticket_type::Input::default()
    };
    let form = app.ticket_types().create(&system, form.into()).await.unwrap();
    let field = app.ticket_types().get(&system, form).await.unwrap().fields[0].id.get();
    let input = invite::Input {
        person_id: Some(tenant),
        unit_id: Field::Given(unit),
        email: text("re@mail.example"),
        ..invite::Input::default()
    };
    let code = app.invites().create(&system, input.into()).await.unwrap().token;
    let nobody = Caller::anonymous(OrgId::new(1), Door::Casavi, app.now());
    let who = Redeemer { first_name: None, last_name: None, email: None, password_hash: None };
    let person = app.invites().redeem(&nobody, &code, [127, 0, 0, 1].into(), who.into()).await.unwrap().person;
    let hash = Sha256::digest(COOKIE).to_vec();
    let begin = async move |w: &db::Write, _: &kernel::Actor| {
        let login = login::of_person(w, person).await?.unwrap();
        let session = login::begin(w, &login, Door::Pages, 86_400).await?;
        oidc::keep_web(w, session.id, &hash).await
    };
    app.write(&system, begin).await.unwrap();
    app.close().await;
    Place { community: house.get(), unit: unit.get(), form: form.get(), field }
}

/// Uploads and tickets in turn until the server is gone.
fn write(at: SocketAddr, place: &Place, name: &str, ledger: &Ledger) {
    for n in 0.. {
        let bytes = format!("{name}n{n} ").repeat(20_000).into_bytes();
        let head = format!("X-Filename: {name}n{n}.txt\r\nContent-Type: text/plain\r\n");
        let Ok((status, file)) = send(at, "POST", "/api/v1/uploads", &head, &bytes) else { return };
        assert!([200, 503].contains(&status), "{status}");
        if status != 200 {
            continue;
        }
        let file: Value = serde_json::from_slice(&file).unwrap();
        ledger.uploads.lock().unwrap().push((file["path"].as_str().unwrap().to_owned(), bytes.clone()));
        let body = json!({"communityId": place.community, "unitId": place.unit, "ticketTypeId": place.form,
            "fields": {place.field.to_string(): [file]}});
        let head = "Content-Type: application/json\r\n";
        let Ok((status, made)) = send(at, "POST", "/api/v1/tickets", head, body.to_string().as_bytes()) else { return };
        assert!([200, 503].contains(&status), "{status}");
        if status == 200 {
            let made: Value = serde_json::from_slice(&made).unwrap();
            ledger.tickets.lock().unwrap().push((made["id"].as_i64().unwrap(), bytes));
            ledger.acknowledged.fetch_add(1, Ordering::SeqCst);
        }
    }
}

async fn check(site: &Site, ledger: &Ledger) {
    let server = site.serve();
    let (status, tickets) = send(server.at, "GET", "/api/v1/tickets", "", b"").unwrap();
    assert_eq!(status, 200);
    let tickets: Vec<Value> = serde_json::from_slice(&tickets).unwrap();
    let acknowledged = ledger.tickets.lock().unwrap().clone();
    for ticket in &tickets {
        // Every ticket has its file, also those whose answer nobody got.
        let address = ticket["Attachments"][0]["temporaryUrl"].as_str().unwrap();
        let path = &address[address.find("/files/").unwrap()..];
        let (status, bytes) = send(server.at, "GET", path, "", b"").unwrap();
        assert_eq!(status, 200, "{path}");
        let known = acknowledged.iter().find(|(id, _)| ticket["id"] == *id);
        assert!(known.is_none_or(|(_, sent)| *sent == bytes), "the bytes are those that were sent");
    }
    for (id, _) in &acknowledged {
        assert_eq!(tickets.iter().filter(|t| t["id"] == *id).count(), 1, "ticket {id} is there once");
    }
    assert!(server.stop().success());
    let app = open(site);
    let uploads = ledger.uploads.lock().unwrap().clone();
    for (path, sent) in uploads {
        let row = path.clone();
        let rows: i64 = app
            .read(&app.system(OrgId::new(1)), async move |r, _| {
                r.one(db::sql!(
                    "SELECT count(*) FROM file WHERE org_id = $1 AND path = $2 /* scan: a test */",
                    r.caller().org,
                    &row
                ))
                .await
            })
            .await
            .unwrap();
        assert_eq!(rows, 1, "{path} was acknowledged");
        assert_eq!(app.storage().unwrap().read(&path).await.unwrap(), sent);
    }
    app.close().await;
}

/// One request with the resident's cookie. An error is a connection that broke before the whole answer came.
fn send(at: SocketAddr, method: &str, path: &str, head: &str, body: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let length = body.len();
    let cookie = format!("Cookie: user_session={COOKIE}");
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n{cookie}\r\n{head}Content-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").ok_or_else(broken)?;
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let status = head.get(9..12).and_then(|s| s.parse().ok()).ok_or_else(broken)?;
    let body = answer.split_off(end + 4);
    let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")?.parse::<usize>().ok());
    if length.is_some_and(|n| n != body.len()) {
        return Err(broken());
    }
    Ok((status, body))
}
