//! SQLite: a few threads that read, one that writes.

mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use kernel::{Caller, Error, OrgId, Random, Result};
use rusqlite::{Connection, ErrorCode, types::ToSqlOutput};
use tokio::sync::oneshot;

use crate::{
    Arg, Lane, Migration, Query, Read, Stmt, Write,
    handle::{Failure, Link},
    migrate,
    queue::Queue,
    run,
    sql::Text,
    work,
};
use writer::{Op, OpOf};

/// Reader threads: one a core, at least two, at most eight; SQLite reads are all processor time.
fn readers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(2, 8)
}

/// How many operations may wait in a lane; more are refused with [`Error::Unavailable`].
const WAITING: usize = 1024;

pub struct Sqlite {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    random: Random,
}

/// What the threads share.
struct Shared {
    path: PathBuf,
    reads: Queue<ReadJob>,
    writes: Queue<Box<dyn Op>>,
    /// Readers hold it shared while an operation runs; the writer takes it alone to truncate the write-ahead log.
    gate: RwLock<()>,
    healthy: AtomicBool,
    wal_pages: AtomicU64,
}

type ReadJob = Box<dyn FnOnce(&Read) + Send>;

/// Opens a connection with all settings Portico relies on.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let c = Connection::open(path)?;
    c.set_prepared_statement_cache_capacity(512);
    c.busy_timeout(Duration::from_secs(2))?;
    c.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    c.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    c.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8192; PRAGMA mmap_size = 268435456; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(c)
}

impl Sqlite {
    pub fn open(path: &Path, random: &Random) -> Result<Self> {
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            reads: Queue::new(WAITING),
            writes: Queue::new(WAITING),
            gate: RwLock::default(),
            healthy: AtomicBool::new(true),
            wal_pages: AtomicU64::new(0),
        });
        let mut threads = Vec::new();
        let connection = open(path).map_err(error)?;
        let (s, r) = (Arc::clone(&shared), random.clone());
        threads.push(spawn("sqlite-write", move || writer::run(&s, connection, &r))?);
        for _ in 0..readers() {
            let connection = open(path).map_err(error)?;
            connection.execute_batch("PRAGMA query_only = ON").map_err(error)?;
            let (s, r) = (Arc::clone(&shared), random.clone());
            threads.push(spawn("sqlite-read", move || reader(&s, connection, r))?);
        }
        Ok(Self { shared, threads: Mutex::new(threads), random: random.clone() })
    }

    pub async fn read<R, F>(&self, lane: Lane, caller: Caller, f: F) -> Result<R>
    where
        F: AsyncFnOnce(&Read) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        let (tx, rx) = oneshot::channel();
        let work = work::current();
        let job = move |r: &Read| {
            if tx.is_closed() {
                return;
            }
            let begun = Instant::now();
            r.begin(caller);
            let out = snapshot(r, f);
            if let Some(work) = work {
                work.add(r.state.queries.get(), begun.elapsed());
            }
            let _ = tx.send(out);
        };
        self.shared.reads.push(lane, Box::new(job)).map_err(|_| Error::Unavailable("the database is busy"))?;
        rx.await.unwrap_or(Err(Error::Unavailable("stopping")))
    }

    pub async fn write<R, F>(&self, lane: Lane, caller: Caller, f: F) -> Result<R>
    where
        F: AsyncFn(&Write) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        let (tx, rx) = oneshot::channel();
        let op = OpOf::new(caller, f, tx, work::current());
        self.shared.writes.push(lane, Box::new(op)).map_err(|_| Error::Unavailable("the database is busy"))?;
        rx.await.unwrap_or(Err(Error::Unavailable("stopping")))
    }

    pub fn healthy(&self) -> bool {
        self.shared.healthy.load(Ordering::Relaxed)
    }

    pub fn wal_bytes(&self) -> u64 {
        self.shared.wal_pages.load(Ordering::Relaxed) * writer::PAGE
    }

    pub async fn migrate(&self, migrations: &'static [Migration]) -> Result<Vec<&'static str>> {
        // On a connection of its own: foreign keys are switched off for the change, and the write lock keeps all
        // other writers out meanwhile.
        let path = self.shared.path.clone();
        blocking(move || migrate::sqlite(&mut open(&path).map_err(error)?, migrations)).await
    }

    pub async fn pending(&self, migrations: &'static [Migration]) -> Result<Vec<&'static str>> {
        let path = self.shared.path.clone();
        blocking(move || migrate::sqlite_pending(&open(&path).map_err(error)?, migrations)).await
    }

    pub async fn copy_to(&self, to: &Path) -> Result<()> {
        let (path, to) = (self.shared.path.clone(), to.to_owned());
        blocking(move || {
            let target = to.to_str().ok_or_else(|| Error::internal("the file name is not UTF-8"))?;
            open(&path).and_then(|c| c.execute("VACUUM INTO ?1", [target])).map_err(error)?;
            std::fs::File::open(&to).and_then(|f| f.sync_all()).map_err(Error::internal)
        })
        .await
    }

    pub async fn check(&self, stmt: &'static Stmt) -> Result<Vec<String>, String> {
        let caller = Caller::system(OrgId::new(0), kernel::Instant::from_micros(0));
        let plan = self.read(Lane::Interactive, caller, async move |r| {
            let c = r.sqlite().ok_or_else(|| Error::internal("not SQLite"))?;
            let plan = || -> rusqlite::Result<Vec<String>> {
                let mut s = c.prepare(&format!("EXPLAIN QUERY PLAN {}", stmt.lite))?;
                for i in 1..=s.parameter_count() {
                    s.raw_bind_parameter(i, "[]")?;
                }
                let (mut rows, mut out) = (s.raw_query(), Vec::new());
                while let Some(row) = rows.next()? {
                    out.push(row.get("detail")?);
                }
                Ok(out)
            };
            Ok(plan().map_err(|e| e.to_string()))
        });
        plan.await.map_err(|e| e.to_string())?
    }

    pub async fn close(&self) {
        self.shared.reads.close();
        self.shared.writes.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let path = self.shared.path.clone();
        let done = blocking(move || {
            for t in threads {
                let _ = t.join();
            }
            open(&path).and_then(|c| c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))).map_err(error)
        });
        if let Err(e) = done.await {
            tracing::warn!(error = %e, "the write-ahead log was not folded in; the next start does it");
        }
    }
}

/// Whoever forgets to close leaves no threads behind that wait for ever.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.shared.reads.close();
        self.shared.writes.close();
        let _ = &self.random;
    }
}

fn spawn(name: &str, f: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(f).map_err(Error::internal)
}

async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(f).await.map_err(Error::internal)?
}

/// A reader thread.
fn reader(shared: &Shared, connection: Connection, random: Random) {
    let nobody = Caller::system(OrgId::new(0), kernel::Instant::from_micros(0));
    let r = Read::new(Link::Sqlite(connection), nobody, random);
    while let Some((_, job)) = shared.reads.pop() {
        let _gate = shared.gate.read().unwrap_or_else(PoisonError::into_inner);
        job(&r);
    }
}

/// Runs a read operation inside one snapshot.
fn snapshot<R, F>(r: &Read, f: F) -> Result<R>
where
    F: AsyncFnOnce(&Read) -> Result<R>,
{
    let c = r.sqlite().ok_or_else(|| Error::internal("not SQLite"))?;
    command(c, "BEGIN").map_err(error)?;
    let out = run::now(run::inside(f(r)));
    if !c.is_autocommit() {
        let _ = command(c, "COMMIT");
    }
    match out {
        Ok(_) if r.failed() => Err(Error::internal("the operation went on after a failed statement")),
        out => out,
    }
}

/// Runs a statement without values or rows.
fn command(c: &Connection, sql: &'static str) -> rusqlite::Result<()> {
    c.prepare_cached(sql)?.raw_execute().map(drop)
}

/// What a driver's error means to an operation.
fn error(e: rusqlite::Error) -> Error {
    match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Unavailable("the disk is full"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Unavailable("the database is locked"),
        Some(ErrorCode::SystemIoFailure) => Error::Unavailable("the disk does not answer"),
        _ => Error::internal(e),
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(e: rusqlite::Error) -> Self {
        error(e).into()
    }
}

impl rusqlite::ToSql for Arg {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Bool(v) => v.to_sql(),
            Self::Int(v) => v.to_sql(),
            Self::Real(v) => v.to_sql(),
            Self::Text(v) => v.to_sql(),
            Self::Bytes(v) => v.to_sql(),
            Self::Uuid(v) => Ok(match v {
                Some(u) => ToSqlOutput::from(u.as_bytes().to_vec()),
                None => ToSqlOutput::from(rusqlite::types::Null),
            }),
            Self::Ints(list) => {
                let mut json = String::with_capacity(list.len() * 8 + 2);
                json.push('[');
                for (i, n) in list.iter().enumerate() {
                    if i > 0 {
                        json.push(',');
                    }
                    json.push_str(&n.to_string());
                }
                json.push(']');
                Ok(ToSqlOutput::from(json))
            }
        }
    }
}

/// Runs a statement with rows; the callback says whether it wants another row.
pub fn query(
    c: &Connection,
    q: &Query,
    mut row: impl FnMut(&rusqlite::Row<'_>) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut s = prepare(c, q)?;
    let mut rows = s.query(rusqlite::params_from_iter(&q.args))?;
    while let Some(r) = rows.next()? {
        if !row(r)? {
            break;
        }
    }
    Ok(())
}

/// Runs a statement and tells how many rows it touched.
pub fn execute(c: &Connection, q: &Query) -> Result<u64, Failure> {
    Ok(prepare(c, q)?.execute(rusqlite::params_from_iter(&q.args))? as u64)
}

fn prepare<'c>(c: &'c Connection, q: &Query) -> rusqlite::Result<rusqlite::CachedStatement<'c>> {
    c.prepare_cached(match &q.text {
        Text::Fixed(s) => s.lite,
        Text::Built { lite, .. } => lite,
    })
}
