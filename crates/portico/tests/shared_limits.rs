//! Several servers that count together. With `PORTICO_TEST_REDIS_URL` only.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{env, sync::Arc};

use axum::{body::Body, extract::Request};
use db::Dialect;
use futures_util::future::join_all;
use kernel::{Door, Instant, Random};
use portico::shared::Redis;
use portico_http::{Front, Kit as HttpKit, Limiter};
use tower::ServiceExt as _;
use world::{Kit, World};

const KIT: Kit = Kit {
    door: Door::Ruckus,
    entrances: |identity| ruckus::entrances(identity, limiter(&env::var(URL).unwrap())),
    sign_in: "",
    tokens: |_| None,
};

const URL: &str = "PORTICO_TEST_REDIS_URL";

fn limiter(url: &str) -> Limiter {
    Limiter::new(ruckus::RATE, Some(Arc::new(Redis::new(url).unwrap())))
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
