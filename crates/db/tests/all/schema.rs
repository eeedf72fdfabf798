//! The schema is one on both databases, and inside of what both can do.

use std::collections::{BTreeMap, BTreeSet};

use db::{
    Dialect, SCHEMA,
    testing::{self, TestDb},
};
use rusqlite::Connection;

use crate::file;

/// What a schema consists of, in words that both databases share.
#[derive(Debug, Default, PartialEq)]
struct Catalog {
    /// table.column → type and whether it may be NULL
    columns: BTreeMap<String, String>,
    /// table: columns of indexes and keys, whether unique, whether partial
    indexes: BTreeSet<String>,
    /// table.column → table.column
    references: BTreeSet<String>,
}

fn of_sqlite(c: &Connection) -> rusqlite::Result<Catalog> {
    let mut out = Catalog::default();
    let texts = |sql: &str, of: &str| -> rusqlite::Result<Vec<[String; 4]>> {
        let mut s = c.prepare(sql)?;
        s.query_map([of], |r| Ok([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?]))?.collect()
    };
    let tables =
        texts("SELECT name, '', '', '' FROM sqlite_schema WHERE type = ?1 AND name <> 'sqlite_sequence'", "table")?;
    for [table, ..] in &tables {
        let mut key = BTreeMap::new();
        let columns =
            "SELECT name, type, CAST(\"notnull\" OR pk > 0 AS TEXT), CAST(pk AS TEXT) FROM pragma_table_info(?1)";
        for [name, ty, not_null, pk] in texts(columns, table)? {
            out.columns.insert(
                format!("{table}.{name}"),
                format!("{ty} {}", if not_null == "1" { "NOT NULL" } else { "NULL" }),
            );
            if pk != "0" {
                key.insert(pk, name);
            }
        }
        let key: Vec<String> = key.into_values().collect();
        out.indexes.insert(format!("{table} ({}) unique", key.join(", ")));
        let indexes = "SELECT name, CAST(\"unique\" AS TEXT), CAST(partial AS TEXT), origin FROM pragma_index_list(?1)";
        for [index, unique, partial, _] in texts(indexes, table)? {
            // Expressions have no name; neither catalogue is asked for them.
            let columns = "SELECT name, '', '', '' FROM pragma_index_info(?1) WHERE name IS NOT NULL ORDER BY seqno";
            let columns = texts(columns, &index)?;
            let columns: Vec<&str> = columns.iter().map(|c| c[0].as_str()).collect();
            out.indexes.insert(index_words(table, &columns.join(", "), unique == "1", partial == "1"));
        }
        let references = "SELECT \"from\", \"table\", \"to\", on_delete FROM pragma_foreign_key_list(?1)";
        for [from, other, to, on_delete] in texts(references, table)? {
            out.references.insert(format!("{table}.{from} -> {other}.{to} {on_delete}"));
        }
    }
    Ok(out)
}

fn index_words(table: &str, columns: &str, unique: bool, partial: bool) -> String {
    let (unique, partial) = (if unique { " unique" } else { "" }, if partial { " partial" } else { "" });
    format!("{table} ({columns}){unique}{partial}")
}

async fn of_postgres(url: &str) -> Catalog {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let mut out = Catalog::default();
    let columns = "SELECT table_name || '.' || column_name, data_type, is_nullable = 'NO', collation_name \
                   FROM information_schema.columns WHERE table_schema = 'public'";
    for r in client.query(columns, &[]).await.unwrap() {
        let (name, ty, not_null, collation): (String, String, bool, Option<String>) =
            (r.get(0), r.get(1), r.get(2), r.get(3));
        let shared = match ty.as_str() {
            "bigint" | "boolean" => "INTEGER",
            "text" => "TEXT",
            "uuid" | "bytea" => "BLOB",
            "double precision" => "REAL",
            other => panic!("{name} is {other}: outside the portable subset"),
        };
        assert!(ty != "text" || collation.as_deref() == Some("C"), "{name} has the collation {collation:?}");
        out.columns.insert(name, format!("{shared} {}", if not_null { "NOT NULL" } else { "NULL" }));
    }
    let indexes = "SELECT i.indrelid::regclass::text, i.indisunique, i.indpred IS NOT NULL, \
                   (SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k (attnum, n) \
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) \
                   FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace";
    for r in client.query(indexes, &[]).await.unwrap() {
        out.indexes.insert(index_words(r.get(0), r.get(3), r.get(1), r.get(2)));
    }
    let references = "SELECT c.conrelid::regclass || '.' || a.attname || ' -> ' || c.confrelid::regclass || '.' || b.attname, \
                      c.confdeltype = 'a', c.condeferrable FROM pg_constraint c \
                      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
                      JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] WHERE c.contype = 'f'";
    for r in client.query(references, &[]).await.unwrap() {
        assert!(r.get::<_, bool>(1) && !r.get::<_, bool>(2), "{}", r.get::<_, String>(0));
        out.references.insert(format!("{} NO ACTION", r.get::<_, String>(0)));
    }
    out
}

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let lite = TestDb::new(Dialect::Sqlite).await;
    let c = Connection::open(file(&lite)).unwrap();
    let mut lite = of_sqlite(&c).unwrap();
    assert!(lite.columns.len() > 100 && lite.indexes.len() > 30 && lite.references.len() > 30);
    if testing::dialects().contains(&Dialect::Postgres) {
        let pg = TestDb::new(Dialect::Postgres).await;
        let mut pg = of_postgres(&pg.url).await;
        for (name, ty) in &lite.columns {
            assert_eq!(pg.columns.remove(name).as_ref(), Some(ty), "{name}");
        }
        let only_lite: Vec<_> = lite.indexes.difference(&pg.indexes).cloned().collect();
        let only_pg: Vec<_> = pg.indexes.difference(&lite.indexes).cloned().collect();
        assert_eq!((only_lite, only_pg), (vec![], vec![]));
        assert_eq!(lite.references, pg.references);
        lite.columns.clear();
        assert_eq!(pg.columns, lite.columns, "PostgreSQL has more columns");
    }
}

#[tokio::test]
async fn every_table_is_strict() {
    let t = TestDb::new(Dialect::Sqlite).await;
    let c = Connection::open(file(&t)).unwrap();
    let lax = "SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND NOT strict \
               AND name NOT IN ('sqlite_schema', 'sqlite_sequence')";
    assert_eq!(c.query_row(lax, [], |r| r.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn what_breaks_a_group_or_differs_is_not_in_the_schema() {
    for m in SCHEMA {
        // Uids for rows that are there already are made by the database.
        let text = m.text.to_uppercase().replace("RANDOMBLOB(16)", "").replace("GEN_RANDOM_UUID()", "");
        for word in ["DEFERR", "RAISE", "OR ROLLBACK", "LIKE", "CHECK", "NOW()", "CURRENT_", "RANDOM", "::", "VARCHAR"]
        {
            assert!(!text.contains(word), "{word} in {}", m.name);
        }
    }
    assert!(SCHEMA.is_sorted_by_key(|m| m.name), "applied in the order of their names");
}
