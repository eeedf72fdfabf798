//! A PostgreSQL database as files, and back: one file a table, in PostgreSQL's own text format, and one with the
//! numbers that counters of ids stand at. All of it is one snapshot; others go on reading and writing meanwhile.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    pin::pin,
};

use futures_util::{SinkExt as _, TryStreamExt as _};
use kernel::{Error, Result};

use crate::postgres::{connect_to, failure};

/// The file with the counters: `table TAB last id` a line.
const COUNTERS: &str = "counters.tsv";

/// All tables but the list of migrations, parents before children: each comes after the longest way of foreign keys
/// that leads away from it.
pub const TABLES: &str = "WITH RECURSIVE depth (oid, n) AS (SELECT oid, 0 FROM pg_class \
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'migration' \
     UNION SELECT k.conrelid, d.n + 1 FROM depth d JOIN pg_constraint k ON k.confrelid = d.oid AND k.contype = 'f' \
     AND k.conrelid <> k.confrelid) \
     SELECT d.oid::regclass::TEXT FROM depth d GROUP BY d.oid ORDER BY max(d.n), 1";

/// Writes the database at `url` into the empty folder `to`; answers the files, in the order in which they go back.
///
/// # Errors
/// When the database does not answer, or the disk is full.
pub async fn dump(url: &str, to: &Path) -> Result<Vec<PathBuf>> {
    let sql = |e: tokio_postgres::Error| failure(&e).error;
    let mut client = connect_to(url).await?;
    let options = client.build_transaction().isolation_level(tokio_postgres::IsolationLevel::RepeatableRead);
    let t = options.read_only(true).start().await.map_err(sql)?;
    t.batch_execute("SET LOCAL statement_timeout = 0").await.map_err(sql)?;
    let (mut files, mut counters) = (Vec::new(), String::new());
    for (i, row) in t.query(TABLES, &[]).await.map_err(sql)?.iter().enumerate() {
        let table: String = row.get(0);
        let path = to.join(format!("{i:03}-{table}.copy"));
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).map_err(disk)?);
        let mut rows = pin!(t.copy_out(&format!("COPY {table} TO STDOUT")).await.map_err(sql)?);
        while let Some(bytes) = rows.try_next().await.map_err(sql)? {
            file.write_all(&bytes).map_err(disk)?;
        }
        file.flush().map_err(disk)?;
        files.push(path);
        let counter = t
            .query_one(
                "SELECT pg_sequence_last_value(pg_get_serial_sequence($1, a.attname)::regclass) FROM pg_attribute a \
                 WHERE a.attrelid = $1::TEXT::regclass AND a.attidentity <> '' UNION ALL SELECT NULL LIMIT 1",
                &[&table],
            )
            .await
            .map_err(sql)?;
        if let Some(last) = counter.get::<_, Option<i64>>(0) {
            counters.push_str(&format!("{table}\t{last}\n"));
        }
    }
    let path = to.join(COUNTERS);
    std::fs::write(&path, counters).map_err(disk)?;
    files.push(path);
    Ok(files)
}

/// Reads what [`dump`] wrote into the migrated and otherwise empty database at `url`: all of it, or nothing.
///
/// # Errors
/// [`Error::Conflict`] `not_empty`; when the files do not fit the schema.
pub async fn load(url: &str, from: &Path) -> Result<()> {
    let sql = |e: tokio_postgres::Error| failure(&e).error;
    let mut client = connect_to(url).await?;
    let t = client.transaction().await.map_err(sql)?;
    t.batch_execute("SET LOCAL statement_timeout = 0").await.map_err(sql)?;
    let taken = t.query_one("SELECT EXISTS (SELECT 1 FROM organization)", &[]).await.map_err(sql)?;
    if taken.get(0) {
        return Err(Error::Conflict("not_empty"));
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(from).map_err(disk)?.flatten().map(|e| e.path()).collect();
    files.sort();
    for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "copy")) {
        let table = table_of(path).ok_or_else(|| Error::internal("a file that is no table"))?;
        let mut rows = pin!(t.copy_in::<_, bytes::Bytes>(&format!("COPY {table} FROM STDIN")).await.map_err(sql)?);
        let mut file = std::fs::File::open(path).map_err(disk)?;
        let mut part = vec![0; 256 * 1024];
        loop {
            let n = std::io::Read::read(&mut file, &mut part).map_err(disk)?;
            if n == 0 {
                break;
            }
            rows.send(bytes::Bytes::copy_from_slice(&part[..n])).await.map_err(sql)?;
        }
        rows.finish().await.map_err(sql)?;
    }
    for line in std::fs::read_to_string(from.join(COUNTERS)).map_err(disk)?.lines() {
        let Some((table, last)) = line.split_once('\t') else { continue };
        let last: i64 = last.parse().map_err(Error::internal)?;
        t.query_one("SELECT setval(pg_get_serial_sequence($1, 'id')::regclass, $2)", &[&table, &last])
            .await
            .map_err(sql)?;
    }
    t.commit().await.map_err(sql)
}

/// `007-person.copy` → `person`. The name goes into a statement, so nothing but a plain name is taken.
fn table_of(path: &Path) -> Option<&str> {
    let (_, table) = path.file_stem()?.to_str()?.split_once('-')?;
    (!table.is_empty() && table.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).then_some(table)
}

fn disk(e: std::io::Error) -> Error {
    if e.kind() == std::io::ErrorKind::StorageFull {
        Error::Unavailable("the disk is full")
    } else {
        Error::internal(e)
    }
}
