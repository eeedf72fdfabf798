//! What can befall operations on PostgreSQL: callers that leave, connections that die, others in the way.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use db::{Db, Dialect, Lane, PostgresOptions, sql, testing, testing::TestDb};
use futures_util::future::join_all;
use kernel::{Error, Random, Result};
use tokio::{
    sync::{Barrier, Notify, Semaphore},
    task::JoinSet,
};

use crate::{SYSTEM, Waiting, assert_defect, assert_unavailable, note, noted, notes, queue, system};

const LOST: &str = "the connection to the database was lost";

/// A database with notes, unless there is no server.
async fn postgres() -> Option<TestDb> {
    if !testing::dialects().contains(&Dialect::Postgres) {
        return None;
    }
    let t = TestDb::new(Dialect::Postgres).await;
    notes(&t).await;
    Some(t)
}

fn reopened(t: &TestDb, options: PostgresOptions) -> Db {
    Db::postgres(&t.url, options, &Random::seeded(1)).unwrap()
}

/// How many connections to this database are in this state, seen from a database beside it.
async fn connections(t: &TestDb, state: &str) -> i64 {
    let server = testing::with_database(&t.url, "postgres");
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let name = t.url.rsplit('/').next().unwrap();
    let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND state LIKE $2";
    client.query_one(count, &[&name, &state]).await.unwrap().get(0)
}

async fn backend(r: &db::Read) -> Result<i64> {
    r.one(sql!(sqlite: "SELECT 0", postgres: "SELECT CAST(pg_backend_pid() AS BIGINT)")).await
}

/// Ends the connection of an operation that is running.
async fn terminate(t: &TestDb, pid: i64) {
    testing::command(&t.url, &format!("SELECT pg_terminate_backend({pid}::int, 10000)")).await.unwrap();
}

#[tokio::test]
async fn a_caller_that_leaves_leaves_no_transaction_open() {
    let Some(t) = postgres().await else { return };
    let (inside, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (db, theirs, wait) = (t.db.clone(), inside.clone(), go.clone());
    let task = tokio::spawn(async move {
        let operation = async move |w: &db::Write| {
            note(w, 1).await?;
            theirs.notify_one();
            wait.notified().await;
            note(w, 2).await
        };
        db.write(&SYSTEM, operation).await
    });
    inside.notified().await;
    assert_eq!(connections(&t, "idle in transaction").await, 1);
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    go.notify_one();
    // The operation goes on to its end; one that comes after it in the same organization finds it finished.
    t.db.write(&SYSTEM, async |w| note(w, 3).await).await.unwrap();
    assert_eq!(noted(&t).await, [1, 2, 3]);
    t.db.close().await;
    assert_eq!(connections(&t, "idle in transaction%").await, 0);
}

#[tokio::test]
async fn a_connection_that_dies_in_the_middle() {
    let Some(t) = postgres().await else { return };
    let t = Arc::new(t);
    for n in 0..2 {
        let killer = t.clone();
        let killed = async move |w: &db::Write| {
            note(w, n).await?;
            terminate(&killer, backend(w).await?).await;
            note(w, 100 + n).await
        };
        assert_unavailable(t.db.write(&SYSTEM, killed).await, LOST);
        let killer = t.clone();
        let killed = async move |r: &db::Read| {
            terminate(&killer, backend(r).await?).await;
            backend(r).await
        };
        assert_unavailable(t.db.read(&SYSTEM, killed).await, LOST);
        // And before the commit, after the last statement.
        let killer = t.clone();
        let killed = async move |w: &db::Write| {
            note(w, n).await?;
            terminate(&killer, backend(w).await?).await;
            Ok(())
        };
        assert_unavailable(t.db.write(&SYSTEM, killed).await, LOST);
        t.db.write(&SYSTEM, async move |w| note(w, 1000 + n).await).await.unwrap();
    }
    assert_eq!(noted(&t).await, (1000..1002).collect::<Vec<_>>(), "nothing half, and nothing lost");
}

#[tokio::test]
async fn all_idle_connections_die() {
    let Some(t) = postgres().await else { return };
    for _ in 0..2 {
        join_all((0..6).map(|_| noted(&t))).await;
        let others = "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        testing::command(&t.url, others).await.unwrap();
        // Who meets a dead connection is told that it was lost; nobody hangs, and soon all are good again.
        let mut good = 0;
        while good < 6 {
            match t.db.ready(&SYSTEM).await {
                Ok(()) => good += 1,
                lost => assert_unavailable(lost, LOST),
            }
        }
    }
}

/// Operations of two organizations lock the same rows crosswise.
#[tokio::test]
async fn a_deadlock_is_run_again() {
    let Some(t) = postgres().await else { return };
    t.schema("CREATE TABLE cell (id INT PRIMARY KEY, n INT NOT NULL) STRICT; INSERT INTO cell VALUES (1, 0), (2, 0);")
        .await;
    let (both, tries) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
    let all = [(1, 2), (2, 1)].map(|(first, second)| {
        let (db, both, all, mine) = (t.db.clone(), both.clone(), tries.clone(), AtomicUsize::new(0));
        tokio::spawn(async move {
            let add =
                async |w: &db::Write, id: i64| w.execute(sql!("UPDATE cell SET n = n + 1 WHERE id = $1", id)).await;
            let operation = async move |w: &db::Write| {
                all.fetch_add(1, Ordering::SeqCst);
                add(w, first).await?;
                if mine.fetch_add(1, Ordering::SeqCst) == 0 {
                    both.wait().await;
                }
                add(w, second).await
            };
            db.write(&system(first), operation).await
        })
    });
    for one in join_all(all).await {
        assert_eq!(one.unwrap().unwrap(), 1);
    }
    let cells = t.db.read(&SYSTEM, async |r| r.all::<i64>(sql!("SELECT n FROM cell ORDER BY id")).await);
    assert_eq!(cells.await.unwrap(), [2, 2]);
    assert!(tries.load(Ordering::SeqCst) > 2, "one of them ran again");
}

/// A serialization failure in the midst of others that are sent with it.
#[tokio::test]
async fn others_in_the_way_are_tried_three_times() {
    let Some(t) = postgres().await else { return };
    t.schema(
        "-- postgres
              CREATE FUNCTION refuse() RETURNS BIGINT LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '40001'; END $$;",
    )
    .await;
    for (fails, at_once) in [(1, false), (2, false), (2, true), (3, true), (4, false)] {
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = tries.clone();
        let operation = async move |w: &db::Write| {
            let fail = counted.fetch_add(1, Ordering::SeqCst) < fails;
            let refuse = async || {
                if fail { w.one::<i64>(sql!(sqlite: "SELECT 1", postgres: "SELECT refuse()")).await } else { Ok(1) }
            };
            if at_once {
                let (refused, noted, pid) = futures_util::future::join3(refuse(), note(w, -1), backend(w)).await;
                refused?;
                noted?;
                pid?;
                return w.execute(sql!("DELETE FROM note WHERE n = -1")).await;
            }
            note(w, 1).await?;
            refuse().await?;
            w.execute(sql!("DELETE FROM note")).await
        };
        let out = t.db.write(&SYSTEM, operation).await;
        if fails < 3 {
            assert_eq!(out.unwrap(), 1);
        } else {
            assert_unavailable(out, "another transaction was in the way");
        }
        assert_eq!(tries.load(Ordering::SeqCst), (fails + 1).min(3));
        assert!(noted(&t).await.is_empty());
    }
}

#[tokio::test]
async fn a_plan_of_before_a_change_of_the_schema() {
    let Some(t) = postgres().await else { return };
    let read = async |r: &db::Read| r.all::<i64>(sql!("SELECT n FROM note")).await;
    let db = reopened(&t, PostgresOptions { connections: 1, ..PostgresOptions::default() });
    db.write(&SYSTEM, async |w| w.all::<i64>(sql!("SELECT n FROM note WHERE n >= 0")).await).await.unwrap();
    db.read(&SYSTEM, read).await.unwrap();
    t.schema("-- postgres
              ALTER TABLE note ALTER COLUMN n TYPE NUMERIC; ALTER TABLE note ALTER COLUMN n TYPE BIGINT; INSERT INTO note (n) VALUES (5);
              ALTER TABLE note ALTER COLUMN n TYPE SMALLINT;").await;
    let told = "has type int2: outside the portable subset";
    let written = db.write(&SYSTEM, async |w| w.all::<i64>(sql!("SELECT n FROM note WHERE n >= 0")).await).await;
    assert_defect(written, told);
    assert_defect(db.read(&SYSTEM, read).await, told);
}

#[tokio::test]
async fn statements_are_not_compiled_unless_the_address_says_so() {
    let Some(t) = postgres().await else { return };
    let jit = async |r: &db::Read| {
        r.one::<String>(
            sql!(sqlite: "SELECT ''", postgres: "SELECT CAST(current_setting('jit') AS TEXT) COLLATE \"C\""),
        )
        .await
    };
    assert_eq!(t.db.read(&SYSTEM, jit).await.unwrap(), "off");
    let url = format!("{}{}options=-c%20jit=on", t.url, if t.url.contains('?') { '&' } else { '?' });
    let db = Db::postgres(&url, PostgresOptions::default(), &Random::seeded(1)).unwrap();
    assert_eq!(db.read(&SYSTEM, jit).await.unwrap(), "on");
    db.close().await;
}

#[tokio::test]
async fn what_takes_too_long_is_ended() {
    let Some(t) = postgres().await else { return };
    let db = reopened(&t, PostgresOptions { statement: Duration::from_millis(100), ..PostgresOptions::default() });
    let slow = async |r: &db::Read| {
        r.one::<i64>(sql!(sqlite: "SELECT 1", postgres: "SELECT CAST(1 AS BIGINT) FROM pg_sleep(600)")).await
    };
    assert_unavailable(db.read(&SYSTEM, slow).await, "the statement took too long");
    assert_unavailable(db.write(&SYSTEM, async move |w| slow(w).await).await, "the statement took too long");
    // One that does nothing in its transaction holds its locks no longer either.
    let idle = async |w: &db::Write| {
        note(w, 1).await?;
        let (pid, mut tries) = (backend(w).await?, 0);
        while connections_of(pid).await > 0 {
            tries += 1;
            assert!(tries < 100_000);
        }
        note(w, 2).await
    };
    assert_unavailable(db.write(&SYSTEM, idle).await, LOST);
    db.write(&SYSTEM, async |w| note(w, 3).await).await.unwrap();
    assert_eq!(noted(&t).await, [3]);
    db.close().await;
}

async fn connections_of(pid: i64) -> i64 {
    let server = std::env::var("PORTICO_TEST_POSTGRES_URL").unwrap();
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.query_one("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", &[&(pid as i32)]).await.unwrap().get(0)
}

/// Operations that hold their connections and the locks of their organizations.
struct Held {
    operations: JoinSet<Result<()>>,
    go: Arc<Semaphore>,
}

async fn hold(db: &Db, orgs: impl Iterator<Item = i64>) -> Held {
    let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let mut operations = JoinSet::new();
    for org in orgs {
        let (db, inside, go) = (db.clone(), inside.clone(), go.clone());
        operations.spawn(async move {
            let operation = async move |w: &db::Write| {
                backend(w).await?;
                inside.add_permits(1);
                let _closed = go.acquire().await;
                Ok(())
            };
            db.write(&system(org), operation).await
        });
    }
    tokio::select! {
        all = inside.acquire_many(operations.len() as u32) => drop(all.unwrap()),
        Some(ended) = operations.join_next() => panic!("{ended:?}"),
    }
    Held { operations, go }
}

impl Held {
    async fn release(self) {
        self.go.close();
        for out in self.operations.join_all().await {
            out.unwrap();
        }
    }
}

#[tokio::test]
async fn no_free_connection() {
    let Some(t) = postgres().await else { return };
    let wait = Duration::from_secs(1);
    let db = reopened(&t, PostgresOptions { connections: 2, wait, ..PostgresOptions::default() });
    let held = hold(&db, 1..=2).await;
    let begun = Instant::now();
    assert_unavailable(db.read(&SYSTEM, backend).await, "no connection to the database");
    assert_unavailable(db.write(&system(3), async |w| note(w, 1).await).await, "no connection to the database");
    assert!(begun.elapsed() >= wait && begun.elapsed() < Duration::from_secs(20));
    held.release().await;
    db.ready(&SYSTEM).await.unwrap();
}

#[tokio::test]
async fn different_organizations_run_side_by_side() {
    let Some(t) = postgres().await else { return };
    let held = hold(&t.db, 1..=2).await;
    // Many wait for their turn in one of them, and all but the next hold no connection meanwhile.
    let (first, mut waiting) = (system(1), Vec::new());
    for n in 0..50 {
        waiting.push(queue(t.db.write(&first, async move |w| note(w, n).await)));
    }
    t.db.write(&system(5), async |w| note(w, 100).await).await.unwrap();
    assert_eq!(noted(&t).await, [100]);
    held.release().await;
    assert!(join_all(waiting).await.into_iter().all(|out| out.is_ok()));
    assert_eq!(noted(&t).await.len(), 51);
}

#[tokio::test]
async fn one_organization_waits_no_longer_than_asked() {
    let Some(t) = postgres().await else { return };
    let options = PostgresOptions { wait: Duration::from_secs(1), ..PostgresOptions::default() };
    let (here, elsewhere) = (reopened(&t, options), reopened(&t, options));
    let held = hold(&here, 1..=1).await;
    let caller = system(1);
    // One waits at the lock, others not even there; another server has lines of its own.
    let (a, b, c) = tokio::join!(
        here.write(&caller, async |w| note(w, 1).await),
        here.write(&caller, async |w| note(w, 1).await),
        elsewhere.write(&caller, async |w| note(w, 1).await),
    );
    for out in [a, b, c] {
        assert!(matches!(out, Err(Error::Unavailable("the database is busy" | "the database is locked"))), "{out:?}");
    }
    held.release().await;
    elsewhere.write(&caller, async |w| note(w, 1).await).await.unwrap();
}

#[tokio::test]
async fn bulk_work_leaves_connections_to_people() {
    let Some(t) = postgres().await else { return };
    let db = reopened(&t, PostgresOptions { connections: 4, ..PostgresOptions::default() });
    let (running, most, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let mut all: Vec<Waiting<()>> = Vec::new();
    for n in 0..8 {
        let (running, most, go) = (running.clone(), most.clone(), go.clone());
        let caller = system(n);
        let db = &db;
        all.push(queue(async move {
            let operation = async move |w: &db::Write| {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                if n == 0 {
                    go.notified().await;
                }
                note(w, n).await?;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            };
            db.write_in(Lane::Bulk, &caller, operation).await
        }));
    }
    db.write(&system(9), async |w| note(w, 100).await).await.unwrap();
    go.notify_one();
    assert!(join_all(all).await.into_iter().all(|out| out.is_ok()));
    assert_eq!((most.load(Ordering::SeqCst), noted(&t).await.len()), (1, 9));
}

#[tokio::test]
async fn too_many_are_refused_at_once() {
    let Some(t) = postgres().await else { return };
    let held = hold(&t.db, 1..=1).await;
    let caller = system(1);
    let mut waiting: Vec<Waiting<u64>> = Vec::new();
    for n in 0..1023 {
        waiting.push(queue(t.db.write(&caller, async move |w| note(w, n).await)));
    }
    assert_unavailable(t.db.write(&caller, async |w| note(w, -1).await).await, "the database is busy");
    // Who left before the start is skipped.
    waiting.truncate(10);
    held.release().await;
    assert!(join_all(waiting).await.into_iter().all(|out| out.is_ok()));
    t.db.write(&caller, async |w| note(w, 5000).await).await.unwrap();
    assert_eq!(noted(&t).await, (0..10).chain([5000]).collect::<Vec<_>>());
}

#[tokio::test]
async fn closing_finishes_what_was_taken() {
    let Some(t) = postgres().await else { return };
    let held = hold(&t.db, 1..=3).await;
    let mut closing = Box::pin(t.db.close());
    assert!(futures_util::FutureExt::now_or_never(closing.as_mut()).is_none());
    assert_unavailable(t.db.write(&SYSTEM, async |w| note(w, 1).await).await, "stopping");
    held.release().await;
    closing.await;
    while connections(&t, "%").await > 0 {}
}

#[tokio::test]
async fn an_address_that_leads_nowhere() {
    let wait = PostgresOptions { wait: Duration::from_millis(500), ..PostgresOptions::default() };
    let told = Db::postgres("postgres://user:secret@[", PostgresOptions::default(), &Random::System).err().unwrap();
    assert!(!told.to_string().contains("secret"), "{told}");
    let db = Db::postgres("postgres://user@127.0.0.1:1/none", wait, &Random::System).unwrap();
    let none = "no connection to the database";
    assert_unavailable(db.ready(&SYSTEM).await, none);
    assert_unavailable(db.write(&SYSTEM, async |_| Ok(())).await, none);
    assert_unavailable(db.migrate().await, none);
    db.close().await;
}
