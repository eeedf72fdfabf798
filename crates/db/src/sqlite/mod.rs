//! SQLite: a few threads that read, one that writes.

mod writer;

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use kernel::{Caller, Error, OrgId, Random, Result};
use rusqlite::{
    Connection, ErrorCode,
    types::{ToSqlOutput, ValueRef},
};
use tokio::sync::oneshot;

use crate::{
    Arg, Lane, Migration, Query, Read, Stmt,
    gate::Gate,
    handle::{Cause, Failure, Link},
    migrate,
    operation::{self, Answer, Reading, Writing},
    queue::Queue,
    run,
    sql::Text,
    work,
};
use writer::{Op, Writer};

/// Reader threads: one a core, at least two, at most eight; SQLite reads are all processor time.
fn readers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(2, 8)
}

/// How many operations may wait in a lane; more are refused with [`Error::Unavailable`].
const WAITING: usize = 1024;
/// How long to wait for a lock that another process holds.
const BUSY: Duration = Duration::from_secs(2);
/// The same for a migration.
const BUSY_MIGRATING: Duration = Duration::from_secs(60);

pub struct Sqlite {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the threads share.
struct Shared {
    path: PathBuf,
    reads: Queue<ReadJob>,
    writes: Queue<Op>,
    /// Readers are inside while an operation runs; the writer shuts it to truncate the write-ahead log.
    gate: Gate,
    healthy: AtomicBool,
    wal_pages: AtomicU64,
    commits: AtomicU64,
}

type ReadJob = Box<dyn FnOnce(&Read) + Send>;

/// Opens a connection with all settings Portico relies on.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let c = Connection::open(path)?;
    c.set_prepared_statement_cache_capacity(512);
    c.busy_timeout(BUSY)?;
    c.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    c.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // Plans do not depend on the values bound: otherwise most statements are parsed and planned anew at every use.
    c.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    c.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16384; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(c)
}

/// Threads that read see the first GiB of the file through memory, which spares a system call for each page that is not
/// in their cache. The price: where the disk fails to give such a page, the process ends, and not the operation alone.
/// Nothing that was acknowledged is lost by that. The writer does without.
const READER: &str = "PRAGMA query_only = ON; PRAGMA mmap_size = 1073741824";

impl Sqlite {
    pub fn open(path: &Path, random: &Random) -> Result<Self> {
        let failed = |e| Error::internal(format_args!("{}: {e}", path.display()));
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            reads: Queue::new(WAITING),
            writes: Queue::new(WAITING),
            gate: Gate::default(),
            healthy: AtomicBool::new(true),
            wal_pages: AtomicU64::new(0),
            commits: AtomicU64::new(0),
        });
        // A failure from here on drops `this`, and that ends the threads there are.
        let this = Self { shared: Arc::clone(&shared), threads: Mutex::default() };
        let connection = open(path).map_err(failed)?;
        let writer = Writer::new(Arc::clone(&shared), connection, random.clone()).map_err(failed)?;
        this.spawn("sqlite-write", move || writer.live())?;
        for _ in 0..readers() {
            let connection = open(path).map_err(failed)?;
            connection.execute_batch(READER).map_err(failed)?;
            let (shared, random) = (Arc::clone(&shared), random.clone());
            this.spawn("sqlite-read", move || reader(&shared, connection, random))?;
        }
        Ok(this)
    }

    fn spawn(&self, name: &str, f: impl FnOnce() + Send + 'static) -> Result<()> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(f).map_err(Error::internal)?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    pub async fn read(&self, lane: Lane, caller: Caller, f: Box<dyn Reading>) -> Result<Answer> {
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
        self.shared.reads.push(lane, Box::new(job))?;
        rx.await.unwrap_or(Err(Error::Unavailable("stopping")))
    }

    pub async fn write(&self, lane: Lane, caller: Caller, f: Box<dyn Writing>) -> Result<Answer> {
        let (tx, rx) = oneshot::channel();
        self.shared.writes.push(lane, Op::new(caller, f, tx, work::current()))?;
        rx.await.unwrap_or(Err(Error::Unavailable("stopping")))
    }

    pub fn healthy(&self) -> bool {
        self.shared.healthy.load(Ordering::Relaxed)
    }

    pub fn wal_bytes(&self) -> u64 {
        self.shared.wal_pages.load(Ordering::Relaxed) * writer::PAGE
    }

    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::Relaxed)
    }

    pub async fn migrate(&self, migrations: &'static [Migration]) -> Result<Vec<&'static str>> {
        // On a connection of its own: foreign keys are switched off for the change, and the write lock keeps all
        // other writers out meanwhile.
        self.beside(move |c| {
            c.busy_timeout(BUSY_MIGRATING).map_err(error)?;
            migrate::sqlite(c, migrations)
        })
        .await
    }

    pub async fn pending(&self, migrations: &'static [Migration]) -> Result<Vec<&'static str>> {
        self.beside(move |c| migrate::sqlite_pending(c, migrations)).await
    }

    pub async fn copy_to(&self, to: &Path) -> Result<()> {
        let to = to.to_owned();
        self.beside(move |c| {
            let name = to.to_str().ok_or_else(|| Error::internal("the file name is not UTF-8"))?;
            // Made here, so that what is removed after a failure is ours.
            File::create_new(&to).map_err(|e| Error::internal(format_args!("{name}: {e}")))?;
            let copied = c.execute("VACUUM INTO ?1", [name]).map_err(error).and_then(|_| sync(&to));
            if copied.is_err() {
                let _ = std::fs::remove_file(&to);
            }
            copied
        })
        .await
    }

    pub async fn check(&self, stmt: &'static Stmt) -> Result<Vec<String>, String> {
        let plan = operation::reading(async move |r| {
            let c = r.lite();
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
        let plan = self.read(Lane::Interactive, nobody(), plan).await;
        operation::answered::<Result<_, String>>(plan).map_err(|e| e.to_string())?
    }

    pub async fn close(&self) {
        self.shared.reads.close();
        self.shared.writes.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let folded = self.beside(move |c| {
            for t in threads {
                let _ = t.join();
            }
            let busy = c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get::<_, bool>(0)).map_err(error)?;
            if busy { Err(Error::Unavailable("another process reads the database")) } else { Ok(()) }
        });
        if let Err(e) = folded.await {
            tracing::warn!(error = %e, "the write-ahead log was not folded in; the next start does it");
        }
    }

    /// Runs something that takes its time, with a connection of its own.
    async fn beside<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = self.shared.path.clone();
        let done = tokio::task::spawn_blocking(move || f(&mut open(&path).map_err(error)?));
        done.await.map_err(Error::internal)?
    }
}

/// Whoever forgets to close leaves no threads behind that wait for ever.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.shared.reads.close();
        self.shared.writes.close();
    }
}

/// A new file is safe when it and the name in its folder are on the disk.
fn sync(file: &Path) -> Result<()> {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    [file, folder]
        .into_iter()
        .try_for_each(|p| File::open(p)?.sync_all())
        .map_err(|e: std::io::Error| Error::internal(e))
}

/// Whom a handle belongs to before its first operation.
const fn nobody() -> Caller {
    Caller::system(OrgId::new(0), kernel::Instant::from_micros(0))
}

/// A reader thread.
fn reader(shared: &Shared, connection: Connection, random: Random) {
    let r = Read::new(Link::Sqlite(connection), nobody(), random);
    while let Some((_, job)) = shared.reads.pop() {
        let _inside = shared.gate.enter();
        run::survive(|| job(&r));
    }
}

/// Runs a read operation inside one snapshot.
fn snapshot(r: &Read, f: Box<dyn Reading>) -> Result<Answer> {
    let c = r.lite();
    command(c, "BEGIN").map_err(error)?;
    let out = run::now(run::inside(f.run(r)));
    if !c.is_autocommit()
        && let Err(e) = command(c, "ROLLBACK")
    {
        tracing::error!(error = %e, "a snapshot could not be left");
    }
    r.judge(out)
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
        Some(ErrorCode::OutOfMemory) => Error::Unavailable("out of memory"),
        _ if is_disk(&e) => Error::Unavailable("the disk does not answer"),
        _ => Error::internal(e),
    }
}

/// Whether the disk failed, or the file is not what it was.
fn is_disk(e: &rusqlite::Error) -> bool {
    matches!(e.sqlite_error_code(), Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen))
}

impl From<rusqlite::Error> for Failure {
    fn from(e: rusqlite::Error) -> Self {
        let cause = if is_disk(&e) { Cause::Disk } else { Cause::Statement };
        Self { error: error(e), cause }
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
            Self::Uuid(v) => {
                Ok(ToSqlOutput::Borrowed(v.as_ref().map_or(ValueRef::Null, |u| ValueRef::Blob(u.as_bytes()))))
            }
            // Debug's form of a list of numbers is JSON's.
            Self::Ints(list) => Ok(ToSqlOutput::from(format!("{list:?}"))),
            Self::Uuids(list) => {
                let words: Vec<String> = list.iter().map(|u| u.simple().to_string()).collect();
                Ok(ToSqlOutput::from(format!("{words:?}")))
            }
        }
    }
}

/// Runs a statement with rows; the callback says whether it wants another one. A statement that writes is done before
/// it gives its first row.
pub fn query(
    c: &Connection,
    q: &Query,
    mut row: impl FnMut(&rusqlite::Row<'_>) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut s = c.prepare_cached(match &q.text {
        Text::Fixed(s) => s.lite,
        Text::Built { lite, .. } => lite,
    })?;
    let mut rows = s.query(rusqlite::params_from_iter(&q.args))?;
    while let Some(r) = rows.next()? {
        if !row(r)? {
            break;
        }
    }
    Ok(())
}

/// Runs a statement and tells how many rows it touched.
pub fn execute(c: &Connection, stmt: &'static Stmt, args: &[Arg]) -> Result<u64, Failure> {
    Ok(c.prepare_cached(stmt.lite)?.execute(rusqlite::params_from_iter(args))? as u64)
}
