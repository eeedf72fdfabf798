//! What can befall SQLite's writer: full disks, disks that fail, locks held by others. Only the culprit fails, what was
//! answered is there, and the next operation goes on.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use db::{Db, Dialect, sql, testing, testing::TestDb};
use futures_util::future::join_all;
use kernel::{Error, Random, Result};

use crate::{SYSTEM, Waiting, assert_defect, assert_unavailable, file, groups::Hold, note, noted, notes, queue};

async fn sqlite() -> TestDb {
    let t = TestDb::new(Dialect::Sqlite).await;
    notes(&t).await;
    t.schema("CREATE TABLE blob (id ID, data BYTES NOT NULL) STRICT;").await;
    t
}

/// Writes a note and so many bytes.
async fn fill(w: &db::Write, n: i64, bytes: usize) -> Result<u64> {
    note(w, n).await?;
    w.execute(sql!("INSERT INTO blob (data) VALUES ($1)", vec![7; bytes])).await
}

/// Queues operations 0 to 19 behind a held writer; number 7 does what the test is about.
async fn one_in_twenty<F>(t: &TestDb, culprit: F) -> Vec<Result<u64>>
where
    F: AsyncFn(&db::Write) -> Result<u64> + Send + Clone + 'static,
{
    let hold = Hold::writer(&t.db).await;
    let mut all: Vec<Waiting<u64>> = Vec::new();
    for n in 0..20 {
        let culprit = culprit.clone();
        all.push(queue(t.db.write(&SYSTEM, async move |w| {
            note(w, n).await?;
            if n == 7 { culprit(w).await } else { Ok(1) }
        })));
    }
    hold.release().await;
    join_all(all).await
}

/// Number 7 is refused for this reason, the others are there once, and the writer goes on.
async fn only_number_7(t: &TestDb, mut answers: Vec<Result<u64>>) -> Result<u64> {
    let culprit = answers.remove(7);
    for out in answers {
        assert_eq!(out.unwrap(), 1);
    }
    let others: Vec<i64> = (0..20).filter(|n| *n != 7).collect();
    assert_eq!(noted(t).await, others);
    t.db.write(&SYSTEM, async |w| note(w, 99).await).await.unwrap();
    t.db.ready(&SYSTEM).await.unwrap();
    culprit
}

#[tokio::test]
async fn a_full_database_in_the_middle_of_a_group() {
    let t = sqlite().await;
    let limit = async |w: &db::Write, pages: i64| {
        let c = w.sqlite().unwrap();
        c.pragma_update_and_check(None, "max_page_count", pages, |r| r.get::<_, i64>(0)).map_err(Error::internal)
    };
    let now = t.db.write(&SYSTEM, async move |w| limit(w, 0).await).await.unwrap();
    assert!(now > 1000);
    let size = t.db.write(&SYSTEM, async |w| {
        w.sqlite().unwrap().query_row("PRAGMA page_count", [], |r| r.get::<_, i64>(0)).map_err(Error::internal)
    });
    let size = size.await.unwrap();
    t.db.write(&SYSTEM, async move |w| limit(w, size + 100).await).await.unwrap();
    let answers = one_in_twenty(&t, async |w| fill(w, 1000, 4096 * 200).await).await;
    assert_unavailable(only_number_7(&t, answers).await, "the disk is full");
}

/// What checks a deferred foreign key fails at COMMIT, with the whole group.
#[tokio::test]
async fn a_commit_that_fails() {
    let t = sqlite().await;
    t.schema("CREATE TABLE late (id ID, note INT NOT NULL REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED) STRICT;")
        .await;
    let answers = one_in_twenty(&t, async |w| w.execute(sql!("INSERT INTO late (note) VALUES (12345)")).await).await;
    assert_defect(only_number_7(&t, answers).await, "FOREIGN KEY");
}

/// What the check of statements forbids does no harm to others either.
#[tokio::test]
async fn an_operation_that_ends_its_own_transaction() {
    let t = sqlite().await;
    let answers = one_in_twenty(&t, async |w| w.execute(sql!("ROLLBACK")).await).await;
    assert_defect(only_number_7(&t, answers).await, "the operation ended its own transaction");
    let t = sqlite().await;
    let answers = one_in_twenty(&t, async |w| w.execute(sql!("RELEASE op")).await).await;
    assert_defect(only_number_7(&t, answers).await, "no such savepoint");
}

#[tokio::test]
async fn an_operation_that_rolls_back_by_trigger() {
    let t = sqlite().await;
    t.schema(
        "CREATE TRIGGER no_note AFTER INSERT ON note WHEN new.n = 1000 BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END;",
    )
    .await;
    let answers = one_in_twenty(&t, async |w| note(w, 1000).await).await;
    assert_defect(only_number_7(&t, answers).await, "all of it");
}

#[tokio::test]
async fn a_lock_held_by_another_process() {
    let t = sqlite().await;
    let foreign = rusqlite::Connection::open(file(&t)).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    // All that waits is refused with the first: the lock was waited for, and is not waited for by each in turn.
    let mut all: Vec<Waiting<u64>> = Vec::new();
    for n in 0..10 {
        all.push(queue(t.db.write(&SYSTEM, async move |w| note(w, n).await)));
    }
    let begun = std::time::Instant::now();
    for out in join_all(all).await {
        assert_unavailable(out, "the database is locked");
    }
    assert!(begun.elapsed().as_secs() < 10);
    assert!(noted(&t).await.is_empty(), "reads go on");
    foreign.execute_batch("ROLLBACK").unwrap();
    t.db.write(&SYSTEM, async |w| note(w, 1).await).await.unwrap();
    assert_eq!(noted(&t).await, [1]);
}

/// A file system of its own that is really full. Needs the right to mount one.
#[tokio::test]
async fn a_full_disk() {
    let folder = testing::folder();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4m", "none"])
        .arg(&folder)
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|s| s.success()) {
        return;
    }
    let _unmount = Unmount(&folder);
    let db = Db::sqlite(&folder.join("portico.db"), &Random::seeded(1)).unwrap();
    db.migrate().await.unwrap();
    let c = rusqlite::Connection::open(folder.join("portico.db")).unwrap();
    c.execute_batch("CREATE TABLE note (id INTEGER PRIMARY KEY, n INTEGER UNIQUE); CREATE TABLE blob (data BLOB)")
        .unwrap();
    let count =
        async || db.read(&SYSTEM, async |r| r.one::<i64>(sql!("SELECT count(*) FROM note")).await).await.unwrap();
    let mut fits = 0;
    let refused = loop {
        match db.write(&SYSTEM, async move |w| fill(w, fits, 100_000).await).await {
            Ok(_) => fits += 1,
            refused => break refused,
        }
    };
    assert!(fits > 5, "{fits}");
    assert_unavailable(refused, "the disk is full");
    assert_eq!(count().await, fits);
    // Several at once, too large for what is left.
    let all = (0..8).map(|n| db.write(&SYSTEM, async move |w| fill(w, 1000 + n, 100_000).await));
    for out in join_all(all).await {
        assert_unavailable(out, "the disk is full");
    }
    assert_eq!(count().await, fits);
    let bigger = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&folder).status().unwrap();
    assert!(bigger.success());
    db.write(&SYSTEM, async |w| fill(w, -1, 100_000).await).await.unwrap();
    assert_eq!(count().await, fits + 1);
    db.close().await;
}

struct Unmount<'p>(&'p Path);
impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
        let _ = std::fs::remove_dir(self.0);
    }
}

/// A disk that fails is played by a limit on the size of files. It holds for a whole process, so the test below runs
/// in one of its own, with the signal ignored that comes with the limit.
#[test]
fn a_disk_that_fails() {
    let ignoring = "trap '' XFSZ; exec \"$0\" --exact accidents::with_a_disk_that_fails --ignored";
    let child = Command::new("sh").arg("-c").arg(ignoring).arg(std::env::current_exe().unwrap()).output();
    let Ok(child) = child else { return };
    let told = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && told.contains("1 passed"), "{told}{}", String::from_utf8_lossy(&child.stderr));
}

/// Limits the size of this process's files; whether the system can do that.
fn limit_files(bytes: &str) -> bool {
    let limit = Command::new("prlimit")
        .args(["--pid", &std::process::id().to_string(), &format!("--fsize={bytes}:unlimited")])
        .status();
    limit.is_ok_and(|s| s.success())
}

#[tokio::test]
#[ignore = "run by a_disk_that_fails"]
async fn with_a_disk_that_fails() {
    let t = sqlite().await;
    for n in 0..10 {
        t.db.write(&SYSTEM, async move |w| fill(w, n, 10_000).await).await.unwrap();
    }
    let size = file(&t).with_extension("db-wal").metadata().unwrap().len();
    // Room for small operations; number 7 of a group meets the limit.
    if !limit_files(&(size + 400_000).to_string()) {
        return;
    }
    let lost = "the disk does not answer";
    let large = async |w: &db::Write| fill(w, 1007, 20_000_000).await;
    assert_unavailable(t.db.write(&SYSTEM, large).await, lost);
    assert_unavailable(t.db.ready(&SYSTEM).await, "the last write met an I/O error");
    // The commit of several fails, and then each alone.
    assert!(limit_files(&size.to_string()));
    let hold = Hold::writer(&t.db).await;
    let all: Vec<Waiting<u64>> =
        (20..25).map(|n| queue(t.db.write(&SYSTEM, async move |w| note(w, n).await))).collect();
    hold.release().await;
    for out in join_all(all).await {
        assert_unavailable(out, lost);
    }
    assert_unavailable(t.db.ready(&SYSTEM).await, "the last write met an I/O error");
    assert_eq!(noted(&t).await, (0..10).collect::<Vec<_>>());
    assert!(limit_files("unlimited"));
    // Nothing was written, so nothing is known.
    t.db.write(&SYSTEM, async |_| Ok(())).await.unwrap();
    assert_unavailable(t.db.ready(&SYSTEM).await, "the last write met an I/O error");
    t.db.write(&SYSTEM, async |w| note(w, 20).await).await.unwrap();
    t.db.ready(&SYSTEM).await.unwrap();
    let whole = rusqlite::Connection::open(file(&t)).unwrap();
    assert_eq!(whole.query_row("PRAGMA integrity_check", [], |r| r.get::<_, String>(0)).unwrap(), "ok");
    assert_eq!(noted(&t).await, [(0..10).collect::<Vec<_>>(), vec![20]].concat());
}
