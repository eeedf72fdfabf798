//! Limits that hold at several doors, and on several servers: the latter with `PORTICO_TEST_REDIS_URL` only.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    env, io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use app::oauth2::GrantType;
use axum::{body::Body, extract::Request};
use db::Dialect;
use futures_util::future::join_all;
use identity::oauth2::NewClient;
use kernel::{Door, Instant, Random, Scope};
use metrics_exporter_prometheus::PrometheusBuilder;
use portico::shared::Redis;
use portico_http::{Front, Kit as HttpKit, Limiter, Rate};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tower::ServiceExt as _;
use world::{Kit, World};

const KIT: Kit = Kit {
    door: Door::Ruckus,
    entrances: |identity| ruckus::entrances(identity, limiter(&env::var(URL).unwrap()), own(1_000)),
    sign_in: "",
    tokens: |_| None,
};

const URL: &str = "PORTICO_TEST_REDIS_URL";

fn limiter(url: &str) -> Limiter {
    Limiter::new(ruckus::RATE, Some(Arc::new(Redis::new(url).unwrap())))
}

/// A limiter of this server alone.
fn own(calls: u32) -> Limiter {
    Limiter::new(Rate::per_second(calls), None)
}

fn redis() -> Option<String> {
    env::var(URL).ok().filter(|url| !url.is_empty())
}

/// A key that no other test run has.
fn key() -> String {
    Random::System.uid(Instant::from_secs(0)).to_string()
}

async fn passed(limiters: &[&Limiter], key: &str, now: Instant, calls: usize) -> usize {
    let taken = (0..calls).map(|n| limiters[n % limiters.len()].take(key, now));
    join_all(taken).await.into_iter().filter(Result::is_ok).count()
}

#[tokio::test]
async fn several_servers_take_from_one_bucket() {
    let Some(url) = redis() else { return };
    let (a, b, key, start) = (limiter(&url), limiter(&url), key(), Instant::from_secs(1_795_278_520));
    assert_eq!(passed(&[&a, &b], &key, start, 150).await, 100);
    let almost = Instant::from_micros(start.micros() + 999_999);
    assert_eq!(a.take(&key, almost).await.unwrap_err().as_micros(), 1);
    assert_eq!(passed(&[&b, &a], &key, start.plus_secs(1), 100).await, 80, "as much as one server alone would");
    assert_eq!(passed(&[&a], &key, start, 10).await, 0, "a clock that is behind adds nothing");
    assert_eq!(passed(&[&a, &b], &key, start.plus_secs(9), 150).await, 100);
    let late = Instant::from_micros(start.plus_secs(20).micros() + 900_000);
    assert_eq!(passed(&[&a], &key, late, 1).await, 1);
    assert_eq!(passed(&[&b], &key, late, 150).await, 99, "a full one counts from the first call");
    assert_eq!(passed(&[&a], &key, Instant::from_micros(late.micros() + 999_999), 9).await, 0);
    assert_eq!(passed(&[&a, &b], &self::key(), start, 150).await, 100, "another property has its own");
}

#[tokio::test]
async fn without_redis_each_server_counts_for_itself() {
    // Nobody listens there.
    let (a, b) = (limiter("redis://127.0.0.1:1"), limiter("redis://127.0.0.1:1"));
    let now = Instant::from_secs(1_795_278_520);
    for limiter in [&a, &b] {
        assert_eq!(passed(&[limiter], "k", now, 150).await, 100);
    }
    assert!(Redis::new("http://127.0.0.1").is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_answer_a_property_as_one_would() {
    let Some(url) = redis() else { return };
    let world = World::new(Dialect::Sqlite, KIT).await;
    let second = Front::new(
        HttpKit { clock: world.clock.clone(), ..HttpKit::default() },
        (KIT.entrances)(world.identity.clone()),
    );
    let place = world.app.portals().get(&world.system(world.home.org), world.home.harbour).await.unwrap().uid;
    // The uids of a test are the same each time: what an earlier one took is given back.
    let mut redis = redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap();
    let _: i64 = redis::cmd("DEL").arg(format!("portico:limit:ruckus:{place}")).query_async(&mut redis).await.unwrap();
    let path = format!("/residents/properties/{place}/access");
    let mut passed = [0, 0];
    for _ in 0..60 {
        passed[0] += usize::from(world.get(path.clone()).await.status == 200);
        let request = Request::get(path.as_str()).body(Body::empty()).unwrap();
        passed[1] += usize::from(second.clone().oneshot(request).await.unwrap().status() == 200);
    }
    assert_eq!(passed, [50, 50]);
    world.clock.advance(1);
    let mut more = 0;
    for _ in 0..90 {
        more += usize::from(world.get(path.clone()).await.status == 200);
    }
    assert_eq!(more, 80);
}

/// What is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn count(&self, text: &str) -> usize {
        String::from_utf8_lossy(&self.0.lock().unwrap()).matches(text).count()
    }
}

/// The Redis of the tests behind an address that can go away: dropped, its connections break and nobody listens.
struct Way {
    at: SocketAddr,
    _open: JoinSet<()>,
}

impl Way {
    async fn open(at: SocketAddr, redis: &str) -> Self {
        // Connections of before may still be closing.
        let listener = loop {
            match TcpListener::bind(at).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let at = listener.local_addr().unwrap();
        let url = redis.trim_start_matches("redis://").trim_end_matches('/').to_owned();
        let mut open = JoinSet::new();
        open.spawn(async move {
            let mut passing = JoinSet::new();
            loop {
                let (mut here, _) = listener.accept().await.unwrap();
                let mut there = TcpStream::connect(&url).await.unwrap();
                passing.spawn(async move { drop(tokio::io::copy_bidirectional(&mut here, &mut there).await) });
            }
        });
        Self { at, _open: open }
    }
}

#[tokio::test]
async fn a_redis_that_dies_and_comes_back() {
    let Some(url) = redis() else { return };
    let (log, recorder) = (Log::default(), PrometheusBuilder::new().build_recorder());
    let metrics = recorder.handle();
    let _counted = metrics::set_default_local_recorder(&recorder);
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _logged = tracing::subscriber::set_default(subscriber);
    let counted = || {
        let text = metrics.render();
        let line = text.lines().find_map(|l| l.strip_prefix("portico_limits_own_total ")).map(str::to_owned);
        line.map_or(0, |n| n.parse::<usize>().unwrap())
    };

    let way = Way::open("127.0.0.1:0".parse().unwrap(), &url).await;
    let (at, now, key) = (way.at, Instant::from_secs(1_795_278_520), key());
    let limiter = limiter(&format!("redis://{at}"));
    assert_eq!((passed(&[&limiter], &key, now, 60).await, counted()), (60, 0));
    drop(way);
    // Its own bucket is full: this server counts for itself, and says so once.
    assert_eq!(passed(&[&limiter], &key, now, 150).await, 100);
    assert_eq!((counted(), log.count("Redis does not answer")), (150, 1));
    assert_eq!(log.count("127.0.0.1"), 0, "its address may hold a password");
    let _way = Way::open(at, &url).await;
    let back = async {
        while log.count("Redis answers again") == 0 {
            // What is taken meanwhile comes out of its own bucket, which is empty.
            let _ = limiter.take(&key, now).await;
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), back).await.expect("it is asked again");
    let (own, left) = (counted(), passed(&[&limiter], &key, now, 60).await);
    assert!((30..=40).contains(&left), "the bucket of before: {left}");
    assert_eq!((counted(), log.count("Redis does not answer")), (own, 1));
}

const PROGRAMS: Kit = Kit {
    door: Door::Ruckus,
    entrances: |identity| {
        let programs = own(10);
        let mut all = ruckus::entrances(identity.clone(), own(1_000), programs.clone());
        all.push(idwell::entrance(identity, None, programs));
        all
    },
    sign_in: "",
    tokens: |_| None,
};

#[tokio::test]
async fn calls_of_a_program_count_together_at_all_doors() {
    let world = World::new(Dialect::Sqlite, PROGRAMS).await;
    let (org, admin) = (world.home.org, &world.home.admin);
    let program = async || {
        let grants = vec![GrantType::Password, GrantType::ClientCredentials];
        let scopes = vec![Scope::Read, Scope::Wifi];
        let new = NewClient { name: "Sync".to_owned(), grants, scopes, properties: None };
        let client = world.identity.oauth2().create_client(&world.system(org), new).await.unwrap();
        let with = |mut form: serde_json::Value| {
            form["client_id"] = json!(client.key);
            form["client_secret"] = json!(client.secret);
            form
        };
        let tenant = async move |w: &db::Write| {
            w.one::<uuid::Uuid>(db::sql!("SELECT uid FROM organization WHERE id = $1", org)).await
        };
        let path = format!("/oauth2/token/{}", world.write(org, tenant).await);
        let own = world.post(path).form(&with(json!({"grant_type": "client_credentials"}))).await.expect(200);
        let form = json!({"grant_type": "password", "username": admin.email, "password": world::PASSWORD});
        let persons = world.post("/api/oauth/token/").form(&with(form)).await.expect(200);
        [own, persons].map(|token| token["access_token"].as_str().unwrap().to_owned())
    };
    let [own, persons] = program().await;
    for _ in 0..5 {
        world.get("/venues").bearer(&own).await.expect(200);
        world.get("/api/idwell/v1/flats/").bearer(&persons).await.expect(200);
    }
    let refused = [
        world.get("/venues").bearer(&own).await,
        world.get("/api/idwell/v1/flats/").bearer(&persons).await,
        world.get("/residentPortals").bearer(&own).await,
    ];
    for answer in refused {
        assert_eq!((answer.status, answer.header("retry-after").as_str()), (429, "1"), "{}", answer.text());
    }
    // Another program of the same organization is not affected, and a second later neither is this one.
    let [other, _] = program().await;
    world.get("/venues").bearer(&other).await.expect(200);
    world.clock.advance(1);
    world.get("/venues").bearer(&own).await.expect(200);
}
