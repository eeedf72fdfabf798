//! How SQLite's one writer takes what waits: together, people first, bulk work one at a time.

use std::sync::{
    Arc, Barrier, Mutex,
    mpsc::{Receiver, Sender, channel},
};

use db::{Db, Dialect, Lane, sql, testing::TestDb};
use futures_util::future::join_all;
use kernel::{Error, Result};

use crate::{SYSTEM, Waiting, assert_defect, assert_unavailable, note, noted, notes, queue};

/// Holds the writer with an operation that waits, so that others queue up behind it.
pub struct Hold<'f> {
    go: Sender<()>,
    operation: Waiting<'f, ()>,
}

impl<'f> Hold<'f> {
    pub async fn writer(db: &'f Db) -> Self {
        let ((go, wait), (begun, has_begun)) = (channel(), channel());
        let operation = queue(db.write(&SYSTEM, holding(begun, wait)));
        tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
        Self { go, operation }
    }

    pub async fn release(self) {
        drop(self.go);
        self.operation.await.unwrap();
    }
}

/// An operation that tells that it has begun and ends when the other end of `wait` is dropped.
fn holding(begun: Sender<()>, wait: Receiver<()>) -> impl AsyncFn(&db::Write) -> Result<()> + Send {
    let wait = Mutex::new(wait);
    async move |_: &db::Write| {
        let _ = begun.send(());
        let _ = wait.lock().unwrap().recv();
        Ok(())
    }
}

async fn sqlite() -> TestDb {
    let t = TestDb::new(Dialect::Sqlite).await;
    notes(&t).await;
    t
}

#[tokio::test]
async fn operations_share_a_commit() {
    let t = sqlite().await;
    let hold = Hold::writer(&t.db).await;
    let mut all: Vec<Waiting<u64>> = Vec::new();
    for n in 0..32 {
        all.push(queue(t.db.write(&SYSTEM, async move |w| note(w, n).await)));
    }
    hold.release().await;
    for out in join_all(all).await {
        assert_eq!(out.unwrap(), 1);
    }
    // One, unless the machine is so slow that a group's time runs out.
    assert!(t.db.commits() < 16, "{} commits", t.db.commits());
    assert_eq!(noted(&t).await, (0..32).collect::<Vec<_>>());
}

#[tokio::test]
async fn only_the_culprit_fails() {
    let t = sqlite().await;
    let hold = Hold::writer(&t.db).await;
    let mut all: Vec<Waiting<u64>> = Vec::new();
    for n in 0..30i64 {
        all.push(queue(t.db.write(&SYSTEM, async move |w| {
            note(w, n).await?;
            match n % 6 {
                1 => Err(Error::Conflict("a_rule")),
                2 => note(w, n).await,
                3 => panic!("sometimes"),
                4 => note(w, n).await.or(Ok(0)),
                _ => Ok(1),
            }
        })));
    }
    hold.release().await;
    for (n, out) in join_all(all).await.into_iter().enumerate() {
        match n % 6 {
            1 => assert!(matches!(out, Err(Error::Conflict("a_rule")))),
            2 => assert_defect(out, "UNIQUE"),
            3 => assert_defect(out, "panic: sometimes"),
            4 => assert_defect(out, "went on after a failed statement"),
            _ => assert_eq!(out.unwrap(), 1),
        }
    }
    assert_eq!(noted(&t).await, (0..30).filter(|n| matches!(n % 6, 0 | 5)).collect::<Vec<_>>());
    assert!(t.db.commits() < 5, "{} commits: the group stayed whole", t.db.commits());
}

#[tokio::test]
async fn who_left_before_the_start_is_skipped() {
    let t = sqlite().await;
    let hold = Hold::writer(&t.db).await;
    let leaves = queue(t.db.write(&SYSTEM, async |w| note(w, 1).await));
    let stays = queue(t.db.write(&SYSTEM, async |w| note(w, 2).await));
    drop(leaves);
    hold.release().await;
    stays.await.unwrap();
    assert_eq!(noted(&t).await, [2]);
}

/// A held group is over its time, so what waits is taken by the groups after it, whose order and commits are told by
/// the operations themselves.
#[tokio::test]
async fn people_first_and_bulk_work_one_at_a_time() {
    let t = sqlite().await;
    type Seen = (&'static str, i64, u64);
    let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let hold = Hold::writer(&t.db).await;
    let mut all: Vec<Waiting<u64>> = Vec::new();
    for (lane, name, count) in [(Lane::Bulk, "bulk", 3), (Lane::Interactive, "people", 8), (Lane::Bulk, "bulk", 2)] {
        for i in 0..count {
            let (seen, db) = (seen.clone(), t.db.clone());
            all.push(queue(t.db.write_in(lane, &SYSTEM, async move |w| {
                let nth = {
                    let mut seen = seen.lock().unwrap();
                    seen.push((name, i, db.commits()));
                    seen.len() as i64
                };
                note(w, nth).await
            })));
        }
    }
    hold.release().await;
    for out in join_all(all).await {
        out.unwrap();
    }
    let seen = seen.lock().unwrap();
    let order: Vec<_> = seen.iter().map(|(name, i, _)| (*name, *i)).collect();
    let people = (0..8).map(|i| ("people", i));
    assert_eq!(order, people.chain([0, 1, 2, 0, 1].map(|i| ("bulk", i))).collect::<Vec<_>>());
    let commits: Vec<u64> = seen.iter().filter(|s| s.0 == "bulk").map(|s| s.2).collect();
    assert!(commits.windows(2).all(|w| w[0] < w[1]), "no two in one group: {commits:?}");
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let t = sqlite().await;
    let hold = Hold::writer(&t.db).await;
    let mut all: Vec<Waiting<u64>> = Vec::new();
    for n in 0..1024 {
        all.push(queue(t.db.write(&SYSTEM, async move |w| note(w, n).await)));
    }
    assert_unavailable(t.db.write(&SYSTEM, async |w| note(w, -1).await).await, "the database is busy");
    // The other lane has its own room, and so have reads.
    let bulk = queue(t.db.write_in(Lane::Bulk, &SYSTEM, async |w| note(w, -2).await));
    assert!(noted(&t).await.is_empty());
    hold.release().await;
    bulk.await.unwrap();
    assert!(join_all(all).await.into_iter().all(|out| out.is_ok()));
    assert_eq!(noted(&t).await.len(), 1025);
}

#[tokio::test]
async fn full_reads_refuse_at_once_too() {
    let t = sqlite().await;
    let readers = std::thread::available_parallelism().unwrap().get().clamp(2, 8);
    let (all_in, go) = (Arc::new(Barrier::new(readers + 1)), Arc::new(Barrier::new(readers + 1)));
    let mut all: Vec<Waiting<i64>> = Vec::new();
    for _ in 0..readers {
        let (all_in, go) = (all_in.clone(), go.clone());
        all.push(queue(t.db.read(&SYSTEM, async move |_| {
            all_in.wait();
            go.wait();
            Ok(0)
        })));
    }
    tokio::task::spawn_blocking(move || all_in.wait()).await.unwrap();
    for _ in 0..1024 {
        all.push(queue(t.db.read(&SYSTEM, async |r| r.one(sql!("SELECT count(*) FROM note")).await)));
    }
    let one_more = t.db.read(&SYSTEM, async |_| Ok(0)).await;
    assert_unavailable(one_more, "the database is busy");
    tokio::task::spawn_blocking(move || go.wait()).await.unwrap();
    assert!(join_all(all).await.into_iter().all(|out| out.is_ok()));
}

/// The threads can only run what needs nothing but their connection; anything else is told, and they live on.
#[tokio::test]
async fn waiting_for_something_else_is_an_error_at_once() {
    let t = sqlite().await;
    let told = "waited for something that is not its connection";
    let never = t.db.write(&SYSTEM, async |w| {
        note(w, 1).await?;
        std::future::pending::<Result<()>>().await
    });
    assert_defect(never.await, told);
    let (_tx, rx) = tokio::sync::watch::channel(());
    let channel = t.db.read(&SYSTEM, async move |_| rx.clone().changed().await.map_err(Error::internal));
    assert_defect(channel.await, told);
    let slept = t.db.write(&SYSTEM, async |_| {
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
        Ok(())
    });
    assert_defect(slept.await, "panic");
    let spawned = t.db.write(&SYSTEM, async |_| tokio::spawn(async {}).await.map_err(Error::internal));
    assert_defect(spawned.await, "panic");
    // One that gives way and goes on is fine.
    t.db.write(&SYSTEM, async |w| {
        tokio::task::yield_now().await;
        note(w, 2).await
    })
    .await
    .unwrap();
    assert_eq!(noted(&t).await, [2]);
}

#[tokio::test]
async fn closing_finishes_what_was_taken() {
    let t = sqlite().await;
    let hold = Hold::writer(&t.db).await;
    let mut all: Vec<Waiting<u64>> = Vec::new();
    for n in 0..10 {
        all.push(queue(t.db.write(&SYSTEM, async move |w| note(w, n).await)));
    }
    let mut closing = Box::pin(t.db.close());
    assert!(futures_util::FutureExt::now_or_never(closing.as_mut()).is_none());
    assert_unavailable(t.db.write(&SYSTEM, async |w| note(w, -1).await).await, "stopping");
    assert_unavailable(t.db.read(&SYSTEM, async |_| Ok(0)).await, "stopping");
    hold.release().await;
    closing.await;
    assert!(join_all(all).await.into_iter().all(|out| out.is_ok()));
    let wal = crate::file(&t).with_extension("db-wal");
    assert!(!wal.exists() || wal.metadata().unwrap().len() == 0, "the log was folded in");
    let again = Db::sqlite(&crate::file(&t), &kernel::Random::seeded(2)).unwrap();
    let count = again.read(&SYSTEM, async |r| r.one::<i64>(sql!("SELECT count(*) FROM note")).await);
    assert_eq!(count.await.unwrap(), 10);
    again.close().await;
    again.close().await;
}
