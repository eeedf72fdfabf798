use super::*;
use crate::{Db, db_tests, sql, testing};

const SYSTEM: kernel::Caller = kernel::Caller::system(kernel::OrgId::new(0), kernel::Instant::from_secs(0));

const PARENT: Migration = Migration {
    name: "1_parent",
    text: "-- A parent; with children.
           CREATE TABLE parent (id ID, name TEXT NOT NULL) STRICT;
           CREATE TABLE child (id ID, parent_id INT NOT NULL REFERENCES parent (id) ON DELETE CASCADE) STRICT;
           INSERT INTO parent (name) VALUES ('a INT -- b'), ('c');
           INSERT INTO child (parent_id) VALUES (1), (1), (2);",
};
const MORE: Migration =
    Migration { name: "2_more", text: "CREATE TABLE more (id ID, at INT NOT NULL, b BOOL) STRICT;" };
const BROKEN: Migration = Migration {
    name: "3_broken",
    text: "CREATE TABLE half (id ID) STRICT; INSERT INTO parent (name) VALUES ('half'); INSERT INTO nowhere VALUES (1);",
};
/// SQLite changes what it cannot alter by building the table anew.
const REBUILT: Migration = Migration {
    name: "3_rebuilt",
    text: "-- sqlite
           CREATE TABLE parent_new (id ID, name TEXT) STRICT;
           INSERT INTO parent_new SELECT id, name FROM parent;
           DROP TABLE parent;
           ALTER TABLE parent_new RENAME TO parent;
           -- postgres
           ALTER TABLE parent ALTER COLUMN name DROP NOT NULL;
           -- both
           INSERT INTO parent (name) VALUES (NULL);",
};
const ORPHANS: Migration = Migration { name: "3_orphans", text: "DELETE FROM parent WHERE id = 1;" };

/// A unit where somebody (2) rents, who invited one (3), and of whose household one (4) is to move out; and an invitation of
/// the management (1).
const HOUSEHOLD: Migration = Migration {
    name: "0015_with_rows",
    text: "-- sqlite
           CREATE TABLE u (id ID, uid BLOB, hash BLOB) STRICT;
           INSERT INTO u (uid, hash) VALUES (randomblob(16), x'01'), (randomblob(16), x'02'), (randomblob(16), x'03'), (randomblob(16), x'04');
           -- postgres
           CREATE TABLE u (id ID, uid UUID, hash BYTES);
           INSERT INTO u (uid, hash) VALUES (gen_random_uuid(), decode('01', 'hex')), (gen_random_uuid(), decode('02', 'hex')),
             (gen_random_uuid(), decode('03', 'hex')), (gen_random_uuid(), decode('04', 'hex'));
           -- both
           INSERT INTO organization (uid, name, slug, country, calling_code, currency, locale, time_zone, created_at, updated_at)
             SELECT uid, 'a', 'a', 'DE', '49', 'EUR', 'de', 'UTC', 1, 1 FROM u WHERE id = 1;
           INSERT INTO property (uid, org_id, name, name_key, kind, street, city, state, postal, country, time_zone, created_at, updated_at)
             SELECT uid, 1, 'a', 'a', 'residential', 'a', 'a', 'a', 'a', 'DE', 'UTC', 1, 1 FROM u WHERE id = 1;
           INSERT INTO building (uid, org_id, property_id, name, created_at, updated_at) SELECT uid, 1, 1, 'a', 1, 1 FROM u WHERE id = 1;
           INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at)
             SELECT uid, 1, 1, 1, '1', 1, 1 FROM u WHERE id = 1;
           INSERT INTO person (uid, org_id, first_name, last_name, name_key, is_resident, changed_at, created_at, updated_at)
             SELECT uid, 1, 'a', 'a', 'a', TRUE, 1, 1, 1 FROM u ORDER BY id;
           INSERT INTO role_grant (person_id, org_id, role, granted_at) VALUES (1, 1, 'admin', 1);
           INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, starts_at, moved_out_at, ended_by, resided_unit_id, created_at, updated_at)
             SELECT uid, 1, 2, 1, 1, 'tenant', 1, 99, 'person', 1, 1, 1 FROM u WHERE id = 2;
           INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, starts_at, moved_out_at, ended_by, created_at, updated_at)
             SELECT uid, 1, 4, 1, 1, 'member', 1, 99, 'person', 1, 1 FROM u WHERE id = 4;
           INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, starts_at, moved_out_at, ended_by, created_at, updated_at)
             SELECT uid, 1, 1, 1, 1, 'owner', 1, 9, 'person', 1, 1 FROM u WHERE id = 1;
           INSERT INTO wifi_identity (uid, org_id, property_id, unit_id, person_id, kind, is_blocked, blocked_by_desk, is_vacant, created_at, updated_at)
             SELECT uid, 1, 1, 1, 4, 'linked', FALSE, FALSE, FALSE, 1, 1 FROM u WHERE id = 4;
           INSERT INTO invitation (org_id, person_id, purpose, token_hash, invited_by, created_at, expires_at, unit_id, property_id)
             SELECT 1, 3, 'community', hash, 2, 1, 99, 1, 1 FROM u WHERE id = 2;
           INSERT INTO invitation (org_id, person_id, purpose, token_hash, invited_by, created_at, expires_at, unit_id, property_id)
             SELECT 1, 3, 'community', hash, 1, 1, 99, 1, 1 FROM u WHERE id = 1;",
};

const ONE: &[Migration] = &[PARENT];
const TWO: &[Migration] = &[PARENT, MORE];
const THREE: &[Migration] = &[PARENT, MORE, REBUILT];
const HALF: &[Migration] = &[PARENT, MORE, BROKEN];
const ORPHANED: &[Migration] = &[PARENT, MORE, ORPHANS];
const REWORDED: &[Migration] = &[Migration { name: "1_parent", text: "CREATE TABLE parent (id ID) STRICT;" }, MORE];

/// An empty database in the place of a migrated one.
async fn empty(t: &testing::TestDb) -> Db {
    match t.folder() {
        Some(folder) => Db::sqlite(&folder.join("empty.db"), &kernel::Random::seeded(1)).unwrap(),
        None => {
            testing::command(&t.url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
            t.db.clone()
        }
    }
}

async fn count(db: &Db, q: crate::Query) -> i64 {
    db.read(&SYSTEM, async move |r| r.one(q).await).await.unwrap()
}

fn told<T: std::fmt::Debug>(out: Result<T>) -> String {
    out.unwrap_err().to_string()
}

db_tests! {
    async fn from_nothing_and_again(t: TestDb) {
        let db = empty(&t).await;
        assert_eq!(db.pending_to(TWO).await.unwrap(), ["1_parent", "2_more"]);
        assert_eq!(db.migrate_to(ONE).await.unwrap(), ["1_parent"]);
        assert_eq!(db.pending_to(TWO).await.unwrap(), ["2_more"]);
        assert_eq!(db.migrate_to(TWO).await.unwrap(), ["2_more"]);
        assert!(db.migrate_to(TWO).await.unwrap().is_empty());
        assert!(db.pending_to(TWO).await.unwrap().is_empty());
        assert_eq!(count(&db, sql!("SELECT count(*) FROM parent WHERE name = 'a INT -- b'")).await, 1);
    }

    async fn several_servers_at_once(t: TestDb) {
        let db = empty(&t).await;
        let all = (0..6).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { db.migrate_to(THREE).await.unwrap() })
        });
        let mut done: Vec<&str> = Vec::new();
        for one in all.collect::<Vec<_>>() {
            done.extend(one.await.unwrap());
        }
        done.sort_unstable();
        assert_eq!(done, ["1_parent", "2_more", "3_rebuilt"]);
    }

    async fn another_history_is_refused(t: TestDb) {
        let db = empty(&t).await;
        db.migrate_to(TWO).await.unwrap();
        for out in [db.migrate_to(REWORDED).await, db.pending_to(REWORDED).await] {
            assert!(told(out).contains("1_parent was applied in another wording"));
        }
        for out in [db.migrate_to(ONE).await, db.pending_to(ONE).await] {
            assert!(told(out).contains("made by a newer Portico: it has migration 2_more"));
        }
        assert!(db.migrate_to(TWO).await.unwrap().is_empty());
    }

    async fn one_that_fails_leaves_nothing(t: TestDb) {
        let db = empty(&t).await;
        let out = told(db.migrate_to(HALF).await);
        assert!(out.contains("migration 3_broken") && out.contains("nowhere"), "{out}");
        assert_eq!(db.pending_to(HALF).await.unwrap(), ["3_broken"]);
        assert_eq!(count(&db, sql!("SELECT count(*) FROM parent")).await, 2);
        // The next try starts where this one did, and another wording may follow what never was applied.
        assert!(told(db.migrate_to(HALF).await).contains("nowhere"));
        assert_eq!(db.migrate_to(THREE).await.unwrap(), ["3_rebuilt"]);
    }

    async fn a_rebuilt_parent_keeps_its_children(t: TestDb) {
        let db = empty(&t).await;
        db.migrate_to(TWO).await.unwrap();
        assert_eq!(db.migrate_to(THREE).await.unwrap(), ["3_rebuilt"]);
        assert_eq!(count(&db, sql!("SELECT count(*) FROM child")).await, 3);
        assert_eq!(count(&db, sql!("SELECT count(*) FROM parent WHERE name IS NULL AND id = 3")).await, 1);
        // Their references still hold.
        let orphan = db.write(&SYSTEM, async |w| w.execute(sql!("INSERT INTO child (parent_id) VALUES (99)")).await).await;
        assert!(told(orphan).to_lowercase().contains("foreign key"));
    }

    async fn households_of_before_are_known(t: TestDb) {
        let db = empty(&t).await;
        let copy = |m: &Migration| Migration { name: m.name, text: m.text };
        let (before, after) = SCHEMA.split_at(SCHEMA.iter().position(|m| m.name == "0016_household").unwrap());
        let all = before.iter().map(copy).chain([copy(&HOUSEHOLD)]).chain(after.iter().map(copy));
        db.migrate_to(Box::leak(all.collect::<Vec<_>>().into_boxed_slice())).await.unwrap();
        let own = count(&db, sql!("SELECT invited_by FROM invitation WHERE org_id = 1 AND of_household /* scan: a test */")).await;
        assert_eq!(own, 2, "those of the management stay its own");
        let due = count(&db, sql!("SELECT count(*) FROM tenancy WHERE leaves_at = 99 /* scan: a test */")).await;
        let all = count(&db, sql!("SELECT count(*) FROM tenancy WHERE leaves_at IS NOT NULL /* scan: a test */")).await;
        assert_eq!((due, all), (2, 2), "what is still to be followed");
    }

    async fn one_that_leaves_orphans(t: TestDb) {
        let db = empty(&t).await;
        let out = db.migrate_to(ORPHANED).await;
        if db.dialect() == Dialect::Sqlite {
            // Foreign keys are off meanwhile, so nothing cascades.
            assert!(told(out).contains("3_orphans leaves rows that point nowhere"));
            assert_eq!(count(&db, sql!("SELECT count(*) FROM parent")).await, 2);
        } else {
            assert_eq!(out.unwrap().len(), 3);
        }
    }
}

#[test]
fn words_and_parts() {
    let m = Migration {
        name: "",
        text: "CREATE TABLE t (id ID, int INT, TEXT TEXT) STRICT; -- an INT\n  -- sqlite\nINSERT 'INT '' -- BOOL'; SELECT BYTES\n-- postgres\nSELECT UUID, BYTES, BOOL\n-- both\n-- gone\nINTO BLOBS 'x\nINT'",
    };
    assert_eq!(
        m.sql(Dialect::Sqlite),
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, int INTEGER, TEXT TEXT) STRICT; \nINSERT 'INT '' -- BOOL'; SELECT BLOB\n\nINTO BLOBS 'x\nINT'\n"
    );
    assert_eq!(
        m.sql(Dialect::Postgres),
        "CREATE TABLE t (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, int BIGINT, TEXT COLLATE \"C\" TEXT COLLATE \"C\") ; \nSELECT UUID, BYTEA, BOOLEAN\n\nINTO BLOBS 'x\nINT'\n"
    );
}
