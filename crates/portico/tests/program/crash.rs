//! `kill -9` in the middle of writes: what was acknowledged is there once, nothing is half written, and the next start
//! works.

use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use kernel::{Caller, Clock, OrgId, Random};
use serde_json::{Value, json};

use crate::support::{Server, Site, send, sites};

const WRITERS: usize = 8;

/// Ten rounds as a test; more with `PORTICO_CRASH_ROUNDS`.
fn rounds() -> usize {
    std::env::var("PORTICO_CRASH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(10)
}

/// What was sent, and what of it was acknowledged.
#[derive(Default)]
struct Ledger {
    notes: Mutex<Vec<(String, bool)>>,
    tenants: Mutex<Vec<(String, bool)>>,
    acknowledged: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9() {
    for site in sites("crash").await {
        site.found();
        let ticket = prepare(&site);
        let ledger = Ledger::default();
        for round in 0..rounds() {
            let server = site.serve();
            let token = server.sign_in();
            // Another moment each round, told by what happened and not by the clock.
            let until = ledger.acknowledged.load(Ordering::SeqCst) + 5 + round * 7 % 60;
            std::thread::scope(|s| {
                for writer in 0..WRITERS {
                    let (ledger, token, at) = (&ledger, &token, server.at);
                    s.spawn(move || write(at, token, ticket, &format!("r{round}w{writer}"), ledger));
                }
                while ledger.acknowledged.load(Ordering::SeqCst) < until {
                    std::thread::yield_now();
                }
                server.kill();
            });
            check(&site, ticket, &ledger).await;
        }
    }
}

fn prepare(site: &Site) -> i64 {
    let server = site.serve();
    let token = server.sign_in();
    let post = |path: &str, body: Value| {
        let (status, body) = send(server.at, "POST", path, Some(&token), Some(&body)).unwrap();
        assert_eq!(status, 201, "{body}");
        body["id"].as_i64().unwrap()
    };
    let property = post(
        "/api/properties",
        json!({"name": "House", "address": "1 A St", "city": "Graz", "state": "ST", "zipcode": "8010"}),
    );
    assert_eq!(property, 1);
    let tenant = post("/api/tenants", json!({"firstName": "Te", "lastName": "Nant", "phone": "0664 1234567"}));
    let ticket = post("/api/tickets", json!({"tenant_id": tenant, "author_id": 1, "issue": "Crash"}));
    assert!(server.stop().success());
    ticket
}

/// Writes of several kinds until the server is gone.
fn write(at: SocketAddr, token: &str, ticket: i64, name: &str, ledger: &Ledger) {
    for n in 0.. {
        let text = format!("{name}n{n}");
        let (list, method, path, body) = match n % 3 {
            0 => (&ledger.notes, "POST", format!("/api/tickets/{ticket}/notes"), json!({"text": text})),
            1 => {
                let lease = json!({"propertyID": 1, "unitNum": text.get(..10).unwrap_or(&text),
                    "dateTimeStart": "2021-01-01T00:00:00.000Z", "dateTimeEnd": "2099-01-01T00:00:00.000Z"});
                let tenant = json!({"firstName": text, "lastName": "Crash", "phone": "0664 1234567", "lease": lease});
                (&ledger.tenants, "POST", "/api/tenants".to_owned(), tenant)
            }
            _ => {
                let status = if n % 2 == 0 { "Closed" } else { "New" };
                let path = format!("/api/tickets/{ticket}");
                if send(at, "PUT", &path, Some(token), Some(&json!({"status": status}))).is_err() {
                    return;
                }
                continue;
            }
        };
        let sent = send(at, method, &path, Some(token), Some(&body));
        let done = matches!(sent, Ok((200 | 201, _)));
        list.lock().unwrap().push((text, done));
        match sent {
            Ok(_) if done => drop(ledger.acknowledged.fetch_add(1, Ordering::SeqCst)),
            Ok((503, _)) => {}
            Ok(other) => panic!("{other:?}"),
            Err(_) => return,
        }
    }
}

async fn check(site: &Site, ticket: i64, ledger: &Ledger) {
    let server = site.serve();
    let token = server.sign_in();
    let get = |path: &str| {
        let (status, body) = send(server.at, "GET", path, Some(&token), None).unwrap();
        assert_eq!(status, 200, "{body}");
        body
    };
    let (ticket, tenants) = (get(&format!("/api/tickets/{ticket}")), get("/api/tenants"));
    let there: Vec<&str> = ticket["notes"].as_array().unwrap().iter().map(|n| n["text"].as_str().unwrap()).collect();
    once(&ledger.notes, &there);
    let tenants = tenants["tenants"].as_array().unwrap();
    let made = || tenants.iter().filter(|t| t["lastName"] == "Crash");
    once(&ledger.tenants, &made().map(|t| t["firstName"].as_str().unwrap()).collect::<Vec<_>>());
    for t in made() {
        assert!(t["lease"]["unitNum"].is_string() && t["phone"] == "0664 1234567", "half written: {t}");
    }
    assert!(server.stop().success());
    spine(site).await;
}

fn once(sent: &Mutex<Vec<(String, bool)>>, there: &[&str]) {
    let sent = sent.lock().unwrap();
    for (text, acknowledged) in sent.iter() {
        let n = there.iter().filter(|t| *t == text).count();
        assert!(n == 1 || (n == 0 && !acknowledged), "{text}: acknowledged {acknowledged}, there {n} times");
    }
    assert!(there.iter().all(|t| sent.iter().any(|(s, _)| s == t)), "nothing is there that was not sent");
}

/// The spine has every number up to its end, once.
async fn spine(site: &Site) {
    let random = Random::System;
    let db = match &site.postgres {
        None => db::Db::sqlite(&site.dir.join("portico.db"), &random),
        Some(url) => db::Db::postgres(url, db::PostgresOptions::default(), &random),
    }
    .unwrap();
    let caller = Caller::system(OrgId::new(1), Clock::System.now());
    let gaps: i64 = db
        .read(&caller, async |r| {
            r.one(db::sql!(
                "SELECT (SELECT seq FROM feed WHERE org_id = $1) - (SELECT count(*) FROM change WHERE org_id = $1) \
                 + (SELECT max(seq) FROM change WHERE org_id = $1) - (SELECT count(*) FROM change WHERE org_id = $1) /* scan: of one row */",
                r.caller().org
            ))
            .await
        })
        .await
        .unwrap();
    assert_eq!(gaps, 0);
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_data_directory() {
    for site in sites("two").await {
        site.found();
        let first = site.serve();
        let second = site.output(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(second.status.code(), Some(1));
        let told = String::from_utf8(second.stderr).unwrap();
        let (dir, pid) = (site.dir.display(), first.child.id());
        assert_eq!(told, format!("The data directory {dir} is in use by another portico (process {pid}).\n"));
        // Other commands run beside it.
        site.run(&["mail", "list"]);
        assert!(Server::stop(first).success());
    }
}
