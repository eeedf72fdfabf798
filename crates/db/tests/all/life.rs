//! Opening, readiness, backup, counting, closing.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use db::{
    Db, Dialect, SCHEMA, db_tests, dump, schema_version, sql,
    testing::{self, TestDb},
    work::{self, Work},
};
use kernel::{Error, Random};
use tokio::task::JoinSet;

use crate::{SYSTEM, assert_unavailable, note, noted, notes, organization};

db_tests! {
    async fn ready_until_closed(t: TestDb) {
        notes(&t).await;
        t.db.ready(&SYSTEM).await.unwrap();
        assert!(t.db.pending().await.unwrap().is_empty());
        assert!(t.db.migrate().await.unwrap().is_empty());
        assert_eq!(schema_version(), SCHEMA.last().unwrap().name);
        t.db.write(&SYSTEM, async |w| note(w, 1).await).await.unwrap();
        assert_eq!(t.db.commits(), u64::from(t.db.dialect() == Dialect::Sqlite));
        t.db.close().await;
        assert_unavailable(t.db.ready(&SYSTEM).await, "stopping");
        assert_unavailable(t.db.write(&SYSTEM, async |w| note(w, 2).await).await, "stopping");
        t.db.close().await;
    }

    async fn work_is_counted_where_it_was_asked_for(t: TestDb) {
        notes(&t).await;
        let (mine, other) = (Arc::new(Work::default()), Arc::new(Work::default()));
        let (db, db2) = (t.db.clone(), t.db.clone());
        work::scope(mine.clone(), async move {
            for n in 0..3 {
                db.write(&SYSTEM, async move |w| note(w, n).await).await.unwrap();
            }
            let two = async |r: &db::Read| {
                r.one::<i64>(sql!("SELECT count(*) FROM note")).await?;
                r.all::<i64>(sql!("SELECT n FROM note")).await
            };
            db.read(&SYSTEM, two).await.unwrap();
            assert!(db.write(&SYSTEM, async |w| note(w, 1).await).await.is_err());
        }).await;
        work::scope(other.clone(), async move { db2.ready(&SYSTEM).await }).await.unwrap();
        noted(&t).await;
        assert_eq!((mine.queries(), other.queries()), (6, 1));
        assert!(mine.micros() > 0);
    }

    async fn many_at_once(t: TestDb) {
        notes(&t).await;
        let mut tasks = JoinSet::new();
        for task in 0..24i64 {
            let db = t.db.clone();
            tasks.spawn(async move {
                for i in 0..20 {
                    db.write(&SYSTEM, async move |w| note(w, task * 20 + i).await).await.unwrap();
                    let count = db.read(&SYSTEM, async |r| r.one::<i64>(sql!("SELECT count(*) FROM note")).await).await.unwrap();
                    assert!(count > i, "what was answered is seen");
                }
            });
        }
        tasks.join_all().await;
        assert_eq!(noted(&t).await.len(), 480);
    }
}

#[tokio::test]
async fn a_copy_is_whole_while_others_write() {
    let t = TestDb::new(Dialect::Sqlite).await;
    notes(&t).await;
    let (stop, mut writers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    for task in 0..4i64 {
        let (db, stop) = (t.db.clone(), stop.clone());
        writers.spawn(async move {
            let mut n = 0;
            while !stop.load(Ordering::SeqCst) {
                // Always in pairs.
                let pair = async move |w: &db::Write| {
                    note(w, task * 1_000_000 + n).await?;
                    note(w, task * 1_000_000 + n + 1).await
                };
                db.write(&SYSTEM, pair).await.unwrap();
                n += 2;
            }
        });
    }
    for i in 0..5 {
        let to = t.folder().unwrap().join(format!("copy {i}.db"));
        t.db.copy_to(&to).await.unwrap();
        let copy = Db::sqlite(&to, &Random::seeded(1)).unwrap();
        assert!(copy.pending().await.unwrap().is_empty());
        let odd = sql!(
            "SELECT count(*) FROM note a WHERE NOT EXISTS (SELECT 1 FROM note b WHERE b.n = a.n + 1 - 2 * (a.n % 2))"
        );
        assert_eq!(copy.read(&SYSTEM, async move |r| r.one::<i64>(odd).await).await.unwrap(), 0);
        copy.close().await;
        let c = rusqlite::Connection::open(&to).unwrap();
        assert_eq!(c.query_row("PRAGMA integrity_check", [], |r| r.get::<_, String>(0)).unwrap(), "ok");
        // What is there already is left alone.
        assert!(matches!(t.db.copy_to(&to).await, Err(Error::Internal(_))));
        assert!(to.metadata().unwrap().len() > 0);
    }
    stop.store(true, Ordering::SeqCst);
    writers.join_all().await;
    let nowhere = t.folder().unwrap().join("no folder").join("copy.db");
    assert!(t.db.copy_to(&nowhere).await.is_err());
}

#[tokio::test]
async fn a_dump_goes_back_whole() {
    if !testing::dialects().contains(&Dialect::Postgres) {
        return;
    }
    let (t, empty, folder) =
        (TestDb::new(Dialect::Postgres).await, TestDb::new(Dialect::Postgres).await, testing::folder());
    let all = async |t: &TestDb| {
        let names = async |r: &db::Read| {
            r.all::<String>(sql!("SELECT name || ' of ' || CAST(org_id AS TEXT) FROM property ORDER BY id")).await
        };
        t.db.read(&SYSTEM, names).await.unwrap()
    };
    let add = async |t: &TestDb, org: i64, name: &'static str| {
        let add = async move |w: &db::Write| {
            w.execute(sql!(
                "INSERT INTO property (uid, org_id, name, name_key, kind, street, city, state, postal, country, time_zone, created_at, updated_at) \
                 VALUES ($1, $2, $3, '', '', '', '', '', '', '', '', 0, 0)",
                w.uid(), org, name
            ))
            .await
        };
        t.db.write(&SYSTEM, add).await
    };
    organization(&t, 7).await;
    for name in ["plain", "tab\tand\nline \\N", "\\.", "Ä'\"", ""] {
        add(&t, 7, name).await.unwrap();
    }
    assert_eq!(dump::dump(&t.url, &folder).await.unwrap().len(), std::fs::read_dir(&folder).unwrap().count());
    dump::load(&empty.url, &folder).await.unwrap();
    assert_eq!(all(&empty).await, all(&t).await);
    // Ids go on where they stood, and what is in use is not overwritten.
    add(&empty, 7, "after").await.unwrap();
    assert!(matches!(dump::load(&empty.url, &folder).await, Err(Error::Conflict("not_empty"))));
    assert_eq!(all(&empty).await.last().unwrap(), "after of 7");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told() {
    let folder = testing::folder();
    let path = folder.join("text.db");
    std::fs::write(&path, "a text that is long enough to be looked at and is no database ".repeat(20)).unwrap();
    let told = Db::sqlite(&path, &Random::System).err().unwrap().to_string();
    assert!(told.contains("text.db") && told.contains("not a database"), "{told}");
    let told = Db::sqlite(&folder.join("no folder").join("x.db"), &Random::System).err().unwrap().to_string();
    assert!(told.contains("no folder"), "{told}");
    std::fs::remove_dir_all(folder).unwrap();
}
