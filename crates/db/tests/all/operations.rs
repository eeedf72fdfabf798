//! What holds for every operation, on both databases.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use db::{List, db_tests, sql};
use kernel::{Error, PageRequest};
use tokio::task::JoinSet;

use crate::{SYSTEM, assert_defect, note, noted, notes, system};

db_tests! {
    async fn all_or_nothing(t: TestDb) {
        notes(&t).await;
        let refused: Result<(), Error> = t.db.write(&SYSTEM, async |w| {
            note(w, 1).await?;
            Err(Error::Conflict("a_rule"))
        }).await;
        assert!(matches!(refused, Err(Error::Conflict("a_rule"))));
        assert!(noted(&t).await.is_empty());
        t.db.write(&SYSTEM, async |w| note(w, 2).await).await.unwrap();
        assert_eq!(noted(&t).await, [2]);
    }

    async fn a_panic_is_the_operations_own(t: TestDb) {
        notes(&t).await;
        let written = t.db.write(&SYSTEM, async |w| {
            note(w, 1).await?;
            let none: Vec<i64> = Vec::new();
            Ok(none[w.caller().org.get() as usize])
        }).await;
        assert_defect(written, "panic: index out of bounds");
        let read = t.db.read(&SYSTEM, async |r| -> kernel::Result<()> {
            r.one::<i64>(sql!("SELECT CAST(1 AS BIGINT)")).await?;
            panic!("of the reader")
        }).await;
        assert_defect(read, "panic: of the reader");
        assert!(noted(&t).await.is_empty());
        t.db.write(&SYSTEM, async |w| note(w, 2).await).await.unwrap();
        assert_eq!(noted(&t).await, [2]);
    }

    /// The caller hung up, and what nobody takes panics when it is dropped: the threads live on.
    async fn a_panic_behind_an_operation_ends_no_thread(t: TestDb) {
        struct Bomb(Arc<AtomicBool>);
        impl Drop for Bomb {
            fn drop(&mut self) {
                assert!(!self.0.load(Ordering::SeqCst), "a bomb");
            }
        }
        notes(&t).await;
        for n in 0..20 {
            let armed = Arc::new(AtomicBool::new(true));
            let (theirs, entered) = (armed.clone(), Arc::new(AtomicBool::new(false)));
            let (db, begun) = (t.db.clone(), entered.clone());
            let task = tokio::spawn(async move {
                let bomb = async move |r: &db::Read| {
                    begun.store(true, Ordering::SeqCst);
                    r.one::<i64>(sql!("SELECT CAST(1 AS BIGINT)")).await?;
                    Ok(Bomb(theirs))
                };
                db.read(&SYSTEM, bomb).await
            });
            while !entered.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
            task.abort();
            if let Ok(Ok(bomb)) = task.await {
                armed.store(false, Ordering::SeqCst);
                drop(bomb);
            }
            t.db.write(&SYSTEM, async move |w| note(w, n).await).await.unwrap();
        }
        assert_eq!(noted(&t).await.len(), 20);
    }

    async fn a_swallowed_failure_is_never_ok(t: TestDb) {
        notes(&t).await;
        let written = t.db.write(&SYSTEM, async |w| {
            note(w, 1).await?;
            assert_defect(note(w, 1).await, "");
            assert_defect(note(w, 2).await, "a statement after a failed statement");
            Ok("looks fine")
        }).await;
        assert_defect(written, "the operation went on after a failed statement");
        assert!(noted(&t).await.is_empty());
        let read = t.db.read(&SYSTEM, async |r| {
            assert_defect(r.one::<i64>(sql!("SELECT n FROM missing")).await, "operations.rs");
            assert_defect(r.one::<i64>(sql!("SELECT CAST(1 AS BIGINT)")).await, "a statement after a failed statement");
            Ok("looks fine")
        }).await;
        assert_defect(read, "the operation went on after a failed statement");
        t.db.write(&SYSTEM, async |w| note(w, 2).await).await.unwrap();
        assert_eq!(noted(&t).await, [2]);
    }

    /// The row of a statement that its constraints refuse is not given out.
    async fn a_returned_row_is_a_row_that_stays(t: TestDb) {
        t.schema("CREATE TABLE parent (id ID, name TEXT NOT NULL) STRICT;
                  CREATE TABLE child (id ID, parent_id INT NOT NULL REFERENCES parent (id)) STRICT;").await;
        let orphans = t.db.write(&SYSTEM, async |w| {
            w.one::<i64>(sql!("INSERT INTO child (parent_id) VALUES (7), (8) RETURNING id")).await
        }).await;
        assert_defect(orphans, "operations.rs");
        let rows = t.db.write(&SYSTEM, async |w| {
            let first: i64 = w.one(sql!("INSERT INTO parent (name) VALUES ('a'), ('b'), ('c') RETURNING id")).await?;
            Ok((first, w.one::<i64>(sql!("SELECT count(*) FROM parent")).await?))
        }).await;
        assert_eq!(rows.unwrap().1, 3);
    }

    async fn a_read_does_not_write(t: TestDb) {
        notes(&t).await;
        let out = t.db.read(&SYSTEM, async |r| {
            r.optional::<i64>(sql!("INSERT INTO note (n) VALUES (1) RETURNING n")).await
        }).await;
        assert_defect(out, "operations.rs");
        assert!(noted(&t).await.is_empty());
        let list = t.db.write(&SYSTEM, async |w| {
            w.execute(List::new("note", "SELECT n FROM note").page(["n"], &PageRequest::default())?).await
        }).await;
        assert!(list.is_err(), "{list:?}");
    }

    async fn a_read_is_one_snapshot(t: TestDb) {
        notes(&t).await;
        let (db, (go, gone)) = (t.db.clone(), (std::sync::mpsc::channel(), std::sync::mpsc::channel()));
        let ((seen, was_seen), (written, was_written)) = (go, gone);
        let reader = tokio::spawn(async move {
            db.read(&SYSTEM, async move |r| {
                let count = async || r.one::<i64>(sql!("SELECT count(*) FROM note")).await;
                let before = count().await?;
                seen.send(()).unwrap();
                was_written.recv().unwrap();
                Ok((before, count().await?))
            }).await
        });
        tokio::task::spawn_blocking(move || was_seen.recv().unwrap()).await.unwrap();
        t.db.write(&SYSTEM, async |w| note(w, 1).await).await.unwrap();
        written.send(()).unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), (0, 0));
        assert_eq!(noted(&t).await, [1]);
    }

    async fn no_operation_inside_another(t: TestDb) {
        let (a, b, c) = (t.db.clone(), t.db.clone(), t.db.clone());
        let refused = "an operation inside an operation";
        let one = async |r: &db::Read| r.one::<i64>(sql!("SELECT CAST(1 AS BIGINT)")).await;
        assert_defect(t.db.write(&SYSTEM, async move |_| a.read(&SYSTEM, one).await).await, refused);
        assert_defect(t.db.write(&SYSTEM, async move |_| b.write(&SYSTEM, async |_| Ok(())).await).await, refused);
        assert_defect(t.db.read(&SYSTEM, async move |_| c.read(&SYSTEM, one).await).await, refused);
    }

    async fn statements_can_be_joined(t: TestDb) {
        notes(&t).await;
        let sum = t.db.write(&SYSTEM, async |w| {
            futures_util::future::try_join_all((0..100).map(|n| note(w, n))).await?;
            let (a, b) = futures_util::future::try_join(
                w.one::<i64>(sql!("SELECT count(*) FROM note WHERE n < $1", 50i64)),
                w.one::<i64>(sql!("SELECT CAST(sum(n) AS BIGINT) FROM note")),
            ).await?;
            Ok(a + b)
        }).await;
        assert_eq!(sum.unwrap(), 50 + 4950);
        let failed = t.db.write(&SYSTEM, async |w| {
            futures_util::future::try_join_all((90..110).map(|n| note(w, n))).await
        }).await;
        // The first failure is told, not the echoes of those sent with it.
        assert!(matches!(&failed, Err(Error::Internal(i)) if i.what.to_lowercase().contains("unique")), "{failed:?}");
        assert_eq!(noted(&t).await.len(), 100);
    }

    async fn who_hangs_up_leaves_nothing_half(t: TestDb) {
        notes(&t).await;
        for round in 0..40i64 {
            let (db, entered) = (t.db.clone(), Arc::new(tokio::sync::Notify::new()));
            let inside = entered.clone();
            let task = tokio::spawn(async move {
                db.write(&SYSTEM, async move |w| {
                    note(w, round * 20).await?;
                    inside.notify_one();
                    for n in 1..20 {
                        note(w, round * 20 + n).await?;
                    }
                    Ok(())
                }).await
            });
            entered.notified().await;
            task.abort();
            let _ = task.await;
        }
        // One organization, one writer: this one comes after all of them.
        t.db.write(&SYSTEM, async |w| note(w, -1).await).await.unwrap();
        let notes = noted(&t).await;
        assert_eq!(notes.len(), 40 * 20 + 1, "each was begun, so each was finished");
    }

    /// A rule that is checked in Rust: at most one note for each of 40 numbers, without a constraint.
    async fn one_organization_one_writer(t: TestDb) {
        t.schema("CREATE TABLE seat (id ID, org_id INT NOT NULL, n INT NOT NULL) STRICT;
                  CREATE INDEX seat_n ON seat (org_id, n);").await;
        let (mut tasks, taken) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
        for task in 0..16 {
            let (db, taken) = (t.db.clone(), taken.clone());
            tasks.spawn(async move {
                for n in 0..40i64 {
                    let took = db.write(&system(1 + task % 2), async move |w| {
                        let free = w.one::<i64>(sql!("SELECT count(*) FROM seat WHERE org_id = $1 AND n = $2", w.caller().org, n)).await? == 0;
                        if free {
                            w.execute(sql!("INSERT INTO seat (org_id, n) VALUES ($1, $2)", w.caller().org, n)).await?;
                        }
                        Ok(free)
                    }).await.unwrap();
                    taken.fetch_add(usize::from(took), Ordering::SeqCst);
                }
            });
        }
        tasks.join_all().await;
        let seats: i64 = t.db.read(&SYSTEM, async |r| r.one(sql!("SELECT count(*) FROM seat")).await).await.unwrap();
        assert_eq!((seats, taken.load(Ordering::SeqCst)), (80, 80));
    }
}
