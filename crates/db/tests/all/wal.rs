//! SQLite's write-ahead log: folded in as it grows, truncated when it has grown large, and nobody waits for ever.

use std::sync::mpsc::channel;

use db::{Db, Dialect, sql, testing::TestDb};

use crate::{SYSTEM, file, queue};

const MB: i64 = 1024 * 1024;

async fn sqlite() -> TestDb {
    let t = TestDb::new(Dialect::Sqlite).await;
    t.schema("CREATE TABLE blob (id ID, data BYTES NOT NULL) STRICT;").await;
    t
}

/// Writes so many bytes.
async fn fill(db: &Db, bytes: i64) {
    let write = db.write(&SYSTEM, async move |w| {
        w.execute(sql!("INSERT INTO blob (data) VALUES ($1)", vec![7; bytes as usize])).await
    });
    assert_eq!(write.await.unwrap(), 1);
}

async fn count(db: &Db) -> i64 {
    db.read(&SYSTEM, async |r| r.one(sql!("SELECT count(*) FROM blob")).await).await.unwrap()
}

fn log_file(t: &TestDb) -> u64 {
    file(t).with_extension("db-wal").metadata().map_or(0, |m| m.len())
}

#[tokio::test]
async fn it_is_folded_in_as_it_grows() {
    let t = sqlite().await;
    for _ in 0..100 {
        fill(&t.db, MB).await;
    }
    // 100 MB went through it.
    assert!(t.db.wal_bytes() < 8 * MB as u64, "{}", t.db.wal_bytes());
    assert!(log_file(&t) < 8 * MB as u64, "{}", log_file(&t));
    let size = file(&t).metadata().unwrap().len();
    assert!(size > 90 * MB as u64, "{size}");
}

/// A reader that stays keeps the log from being folded in; the others go on reading and writing all the while.
#[tokio::test]
async fn a_reader_that_stays_lets_it_grow_until_it_leaves() {
    let t = sqlite().await;
    fill(&t.db, 1).await;
    let ((go, wait), (begun, has_begun)) = (channel::<()>(), channel());
    let mut held = queue(t.db.read(&SYSTEM, async move |r| {
        let before: i64 = r.one(sql!("SELECT count(*) FROM blob")).await?;
        begun.send(()).unwrap();
        let _ = wait.recv();
        Ok((before, r.one::<i64>(sql!("SELECT count(*) FROM blob")).await?))
    }));
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
    for n in 0..90 {
        fill(&t.db, MB).await;
        assert_eq!(count(&t.db).await, n + 2);
    }
    assert!(t.db.wal_bytes() > 80 * MB as u64, "{}", t.db.wal_bytes());
    assert!(log_file(&t) > 80 * MB as u64);
    assert!(futures_util::FutureExt::now_or_never(held.as_mut()).is_none());
    drop(go);
    assert_eq!(held.await.unwrap(), (1, 1), "one snapshot");
    // It is truncated when it has grown by as much again as is worth another try.
    for _ in 0..12 {
        fill(&t.db, MB).await;
    }
    assert!(t.db.wal_bytes() < 16 * MB as u64, "{}", t.db.wal_bytes());
    assert!(log_file(&t) < 16 * MB as u64, "{}", log_file(&t));
    assert_eq!(count(&t.db).await, 103);
}

/// Another process may read as long as it likes: the server does not wait for it.
#[tokio::test]
async fn a_foreign_reader_stops_nobody() {
    let t = sqlite().await;
    fill(&t.db, 1).await;
    let foreign = rusqlite::Connection::open(file(&t)).unwrap();
    foreign.execute_batch("BEGIN; SELECT count(*) FROM blob").unwrap();
    for n in 0..80 {
        let begun = std::time::Instant::now();
        fill(&t.db, MB).await;
        assert_eq!(count(&t.db).await, n + 2);
        assert!(begun.elapsed().as_millis() < 1900, "it would be two seconds with SQLite's own way to wait");
    }
    assert!(t.db.wal_bytes() > 70 * MB as u64, "{}", t.db.wal_bytes());
    drop(foreign);
    for _ in 0..12 {
        fill(&t.db, MB).await;
    }
    assert!(t.db.wal_bytes() < 16 * MB as u64, "{}", t.db.wal_bytes());
}
