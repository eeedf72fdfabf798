//! What goes in comes out, on both databases the same.

use db::{List, db_tests, row, sql};
use kernel::{Instant, Key, Page, PageRequest, PersonId, Role};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use uuid::Uuid;

use crate::{SYSTEM, assert_defect, system};

const ALL: &str = "CREATE TABLE thing (
    id ID, flag BOOL, n INT, name TEXT, data BYTES, uid UUID, at INT, person INT, role TEXT) STRICT;";

row! {
    #[derive(Clone, Debug, PartialEq)]
    struct Thing {
        flag: Option<bool>,
        n: Option<i64>,
        name: Option<String>,
        data: Option<Vec<u8>>,
        uid: Option<Uuid>,
        at: Option<Instant>,
        person: Option<PersonId>,
        role: Option<Role>,
    }
}

row! {
    #[derive(Debug)]
    struct Wrong {
        id: i64,
        title: Option<String>,
    }
    #[derive(Clone, Debug, PartialEq)]
    struct Named {
        name: String,
        id: i64,
    }
}

fn thing() -> impl Strategy<Value = Thing> {
    let text = prop::option::of("[^\\x00]{0,20}");
    let micros = prop::option::of(any::<i64>().prop_map(Instant::from_micros));
    let uid = prop::option::of(any::<[u8; 16]>().prop_map(Uuid::from_bytes));
    let role = prop::option::of(prop::sample::select(&Role::ALL[..]));
    let person = prop::option::of(any::<i64>().prop_map(PersonId::new));
    let all = (any::<Option<bool>>(), any::<Option<i64>>(), text, any::<Option<Vec<u8>>>(), uid, micros, person, role);
    all.prop_map(|(flag, n, name, data, uid, at, person, role)| Thing { flag, n, name, data, uid, at, person, role })
}

db_tests! {
    async fn every_type_comes_back(t: TestDb) {
        t.schema(ALL).await;
        let mut random = TestRunner::deterministic();
        let mut things: Vec<Thing> = (0..200).map(|_| thing().new_tree(&mut random).unwrap().current()).collect();
        things.push(Thing { flag: None, n: None, name: None, data: None, uid: None, at: None, person: None, role: None });
        let given = things.clone();
        let ids: Vec<i64> = t.db.write(&SYSTEM, async move |w| {
            let mut ids = Vec::new();
            for x in &given {
                ids.push(w.one(sql!(
                    "INSERT INTO thing (flag, n, name, data, uid, at, person, role) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
                    x.flag, x.n, &x.name, x.data.clone(), x.uid, x.at, x.person, x.role
                )).await?);
            }
            Ok(ids)
        }).await.unwrap();
        assert!(ids.is_sorted() && ids[0] > 0);
        let back: Vec<Thing> = t.db.read(&SYSTEM, async |r| {
            r.all(sql!("SELECT flag, n, name, data, uid, at, person, role FROM thing ORDER BY id")).await
        }).await.unwrap();
        assert_eq!(back, things);
        // Each is also found by its value: it was stored as what it is, not as something that reads alike.
        let sought = things.clone();
        let found: usize = t.db.read(&SYSTEM, async move |r| {
            let mut found = 0;
            for x in &sought {
                found += usize::from(r.one::<bool>(sql!(
                    "SELECT count(*) > 0 FROM thing WHERE uid IS NOT DISTINCT FROM $1 AND data IS NOT DISTINCT FROM $2 \
                     AND name IS NOT DISTINCT FROM $3 AND flag IS NOT DISTINCT FROM $4 AND at IS NOT DISTINCT FROM $5",
                    x.uid, x.data.clone(), &x.name, x.flag, x.at
                )).await?);
            }
            Ok(found)
        }).await.unwrap();
        assert_eq!(found, things.len());
    }

    async fn values_are_bound_by_number(t: TestDb) {
        row! { struct Twelve { a: i64, b: i64, c: i64, d: String, e: i64, f: String } }
        let x: Twelve = t.db.read(&SYSTEM, async |r| r.one(sql!(
            "SELECT CAST($2 AS BIGINT) AS a, CAST($1 AS BIGINT) AS b, CAST($10 AS BIGINT) AS c, CAST($11 AS TEXT) AS d, \
             CAST($3 AS BIGINT) + $4 + $5 + $6 + $7 + $8 + $9 AS e, '$1 '' $2' AS f WHERE CAST($2 AS BIGINT) > $1",
            1i64, 2i64, 3i64, 4i64, 5i64, 6i64, 7i64, 8i64, 9i64, 10i64, "eleven"
        )).await).await.unwrap();
        assert_eq!((x.a, x.b, x.c, x.d.as_str(), x.e, x.f.as_str()), (2, 1, 10, "eleven", 42, "$1 ' $2"));
    }

    async fn lists_of_ids(t: TestDb) {
        t.schema("CREATE TABLE many (id ID, n INT NOT NULL) STRICT;").await;
        let found = t.db.write(&SYSTEM, async |w| {
            w.execute(sql!("WITH RECURSIVE c (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM c WHERE i < 20000) \
                            INSERT INTO many (id, n) SELECT i, i FROM c")).await?;
            let mut found = Vec::new();
            for count in [0, 1, 10_000] {
                let ids: Vec<PersonId> = (1..=count).map(|i| PersonId::new(i * 2)).collect();
                found.push(w.one::<i64>(sql!("SELECT count(*) FROM many WHERE id = ANY($1) AND n > $2", &ids, 0i64)).await?);
                found.push(w.execute(sql!("UPDATE many SET n = n WHERE id = ANY($1)", ids.as_slice())).await? as i64);
            }
            Ok(found)
        }).await.unwrap();
        assert_eq!(found, [0, 0, 1, 1, 10_000, 10_000]);
        let listed: Vec<i64> = t.db.read(&SYSTEM, async |r| {
            let ids = [3, 1, 4, -1, 1].map(PersonId::new);
            r.all(List::new("many", "SELECT n FROM many").filter("id = ANY(?)", &ids[..]).page(["id"], &PageRequest::default())?).await
        }).await.unwrap();
        assert_eq!(listed, [1, 3, 4]);
    }

    async fn a_statement_that_fits_its_row_type_no_more_is_told(t: TestDb) {
        t.schema(ALL).await;
        t.db.write(&SYSTEM, async |w| w.execute(sql!("INSERT INTO thing (name) VALUES ('x')")).await).await.unwrap();
        let renamed = t.db.read(&SYSTEM, async |r| r.all::<Wrong>(sql!("SELECT id, name FROM thing")).await);
        assert_defect(renamed.await, "column 1 is Some(\"name\"), the row type wants title");
        let short = t.db.read(&SYSTEM, async |r| r.all::<Wrong>(sql!("SELECT id FROM thing")).await);
        assert_defect(short.await, "column 1 is None");
        let null = t.db.read(&SYSTEM, async |r| r.one::<i64>(sql!("SELECT n FROM thing")).await);
        assert_defect(null.await, "is NULL");
        let other = t.db.read(&SYSTEM, async |r| r.one::<i64>(sql!("SELECT name FROM thing")).await);
        assert_defect(other.await, "has another type");
        let none = t.db.read(&SYSTEM, async |r| r.one::<i64>(sql!("SELECT n FROM thing WHERE id < 0")).await);
        assert_defect(none.await, "values.rs");
    }

    async fn text_is_ordered_by_its_bytes(t: TestDb) {
        t.schema("CREATE TABLE word (word TEXT PRIMARY KEY) STRICT;").await;
        let words: Vec<String> = t.db.write(&SYSTEM, async |w| {
            for word in ["Öl", "Zug", "a", "ab", "Ab", "z", "ä", "a b", "a-b", ""] {
                w.execute(sql!("INSERT INTO word (word) VALUES ($1)", word)).await?;
            }
            assert_eq!(w.one::<String>(sql!("SELECT min(word) FROM word WHERE word > 'Z' AND word < $1", "b")).await?, "Zug");
            w.all(sql!("SELECT word FROM word ORDER BY word")).await
        }).await.unwrap();
        assert_eq!(words, ["", "Ab", "Zug", "a", "a b", "a-b", "ab", "z", "Öl", "ä"]);
    }

    /// 300 rows, of which many share a name: page by page each comes once, in one order on both databases.
    async fn pages_are_complete(t: TestDb) {
        t.schema("CREATE TABLE named (id ID, org_id INT NOT NULL, name TEXT NOT NULL, live BOOL NOT NULL) STRICT;
                  CREATE INDEX named_sorted ON named (org_id, name, id);").await;
        let names = ["", "A", "Z", "a", "b c", "b-c", "bc", "Ä", "ä", "z"];
        t.db.write(&SYSTEM, async move |w| {
            for i in 0..300usize {
                let name = names[i * i % names.len()];
                w.execute(sql!("INSERT INTO named (org_id, name, live) VALUES ($1, $2, $3)", (i % 2) as i64, name, i % 3 > 0)).await?;
            }
            Ok(())
        }).await.unwrap();
        let mut expected: Vec<Named> = (0..300usize)
            .filter(|i| i % 2 == 1 && i % 3 > 0)
            .map(|i| Named { name: names[i * i % names.len()].to_owned(), id: i as i64 + 1 })
            .collect();
        expected.sort_by(|a, b| (a.name.as_bytes(), a.id).cmp(&(b.name.as_bytes(), b.id)));
        for limit in [1, 7, 100, 500] {
            let (mut after, mut seen) = (None, Vec::new());
            loop {
                let request = PageRequest { after: after.take(), limit };
                let page = t.db.read(&system(1), async move |r| {
                    let list = List::new("named", "SELECT name, id FROM named")
                        .filter("org_id = ?", r.caller().org)
                        .filter_if("id > ?", None::<i64>)
                        .filter("live = ?", true);
                    let (scope, rows) = (list.scope(), request.rows());
                    let found: Vec<Named> = r.all(list.page(["name", "id"], &request)?).await?;
                    Ok(Page::cut(found, rows, &scope, |n| vec![Key::from(n.name.clone()), Key::from(n.id)]))
                }).await.unwrap();
                assert!(page.items.len() <= limit as usize);
                seen.extend(page.items);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, expected, "pages of {limit}");
        }
    }
}
