//! The walk over all statements sees what it is there to see.

use db::{Dialect, Stmt, db_tests, testing};

#[tokio::test]
async fn the_statements_of_this_crate() {
    assert!(db::STATEMENTS.iter().any(|s| s.pg.contains("INSERT INTO change")));
    testing::check_statements().await;
}

const fn stmt(text: &'static str) -> Stmt {
    Stmt { lite: text, pg: text, file: "x.rs", line: 1 }
}

db_tests! {
    async fn faults_are_seen(t: TestDb) {
        static GOOD: [Stmt; 4] = [
            stmt("SELECT id, name FROM organization WHERE slug = 'a'"),
            stmt("WITH c AS (SELECT id FROM organization WHERE id = 1) SELECT id FROM c"),
            stmt("SELECT id FROM organization /* scan: of one row */"),
            stmt("INSERT INTO feed (org_id, seq) VALUES (1, 2)"),
        ];
        for s in &GOOD {
            assert_eq!(testing::faults(&t.db, s).await, Vec::<String>::new(), "{}", s.pg);
        }
        static BAD: [(Stmt, &str); 4] = [
            (stmt("SELECT nothing FROM organization"), "nothing"),
            (stmt("SELECT id FROM organisation"), "organisation"),
            (stmt("SELECT * FROM organization WHERE id = 1"), "SELECT * is banned"),
            (stmt("SELECT id FROM organization WHERE id = 1 AND name LIKE 'a'"), "LIKE is banned"),
        ];
        for (s, told) in &BAD {
            let faults = testing::faults(&t.db, s).await;
            assert!(faults.iter().any(|f| f.contains(told)), "{}: {faults:?}", s.pg);
        }
        static ONE_SIDED: [(Stmt, Dialect, &str); 4] = [
            (stmt("SELECT id FROM organization WHERE name = 'a'"), Dialect::Sqlite, "SCAN organization"),
            (stmt("SELECT count(*) FROM organization"), Dialect::Sqlite, "SCAN organization"),
            (stmt("SELECT sum(id) AS total FROM organization WHERE id = 1"), Dialect::Postgres, "total has the type numeric"),
            (stmt("SELECT substr(name, $1) FROM organization WHERE id = 1"), Dialect::Postgres, "a place has the type int4"),
        ];
        for (s, dialect, told) in &ONE_SIDED {
            let faults = testing::faults(&t.db, s).await;
            assert_eq!(faults.iter().any(|f| f.contains(told)), t.db.dialect() == *dialect, "{}: {faults:?}", s.pg);
        }
    }
}
