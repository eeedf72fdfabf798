//! One way to two databases: SQLite inside the process, PostgreSQL when one machine is no longer enough.
//!
//! An operation is one closure and one transaction. It travels to a thread that owns a connection, runs there to its
//! end and answers; a client that hangs up cannot leave it half done. The SQL is one text for both databases
//! ([`sql!`]); every such text is prepared on both by a test.
//!
//! ```ignore
//! let open: i64 = db.read(&caller, async |r| {
//!     r.one(sql!("SELECT count(*) FROM ticket WHERE org_id = $1 AND status = $2", r.caller().org, "open")).await
//! }).await?;
//! ```

pub mod dump;
mod gate;
mod handle;
mod list;
mod migrate;
mod operation;
mod postgres;
mod queue;
mod row;
mod run;
mod sql;
mod sqlite;
pub mod testing;
pub mod work;

use std::{path::Path, pin::Pin, sync::Arc};

use kernel::{Caller, Random, Result};
use operation::{Answer, Reading, Writing};

#[doc(hidden)]
pub use linkme;

pub use handle::{Change, Read, Write};
pub use list::{List, Slice};
pub use migrate::{Migration, SCHEMA, schema_version};
pub use postgres::Options as PostgresOptions;
pub use row::{Cell, Columns, Row, Value};
pub use sql::{Arg, Dialect, Query, STATEMENTS, Stmt};
#[doc(hidden)]
pub use sql::{lite_len, lite_text};

/// How urgent an operation is: bulk work waits for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Somebody is waiting.
    Interactive,
    /// The same for a small note that no rule looks at and that tells no change (that a request was seen, say): on
    /// PostgreSQL it does not stand in the line of its organization's writers.
    Unordered,
    /// Imports, jobs, generated data: on SQLite at most one operation of this lane in each group of commits, on
    /// PostgreSQL on a quarter of the connections. Keep one operation to 500 rows or 5 ms.
    Bulk,
}

/// An operation that was started. In a box, because the body of an asynchronous method is compiled anew in every crate
/// that calls it.
type Started<'a> = Pin<Box<dyn Future<Output = Result<Answer>> + Send + 'a>>;

/// A database. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

#[expect(clippy::large_enum_variant, reason = "there is one a process")]
enum Inner {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens the SQLite database at `path`, making it when it is missing. The schema is not looked at.
    ///
    /// # Errors
    /// When the file cannot be opened or is no database.
    pub fn sqlite(path: &Path, random: &Random) -> Result<Self> {
        Ok(Self(Arc::new(Inner::Sqlite(sqlite::Sqlite::open(path, random)?))))
    }

    /// Prepares connections to a PostgreSQL database; the first is made when it is needed. To another machine they use
    /// TLS where the server offers it, and then its certificate must be one of a public authority; `sslmode` in the
    /// address (`require`, `disable`) decides otherwise.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub fn postgres(url: &str, options: PostgresOptions, random: &Random) -> Result<Self> {
        Ok(Self(Arc::new(Inner::Postgres(postgres::Postgres::open(url, options, random)?))))
    }

    /// Which of the two it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &*self.0 {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs an operation that only reads. It sees one snapshot.
    ///
    /// # Errors
    /// What the operation answers; [`kernel::Error::Unavailable`] when the queue is full or the database is gone.
    pub async fn read<R, F>(&self, caller: &Caller, f: F) -> Result<R>
    where
        F: AsyncFnOnce(&Read) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        self.read_in(Lane::Interactive, caller, f).await
    }

    /// [`Db::read`] in a lane of choice.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_in<R, F>(&self, lane: Lane, caller: &Caller, f: F) -> Result<R>
    where
        F: AsyncFnOnce(&Read) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        operation::answered(self.run_reading(lane, *caller, operation::reading(f)).await)
    }

    /// Runs an operation that writes: one transaction, committed when the operation answers `Ok`, gone otherwise.
    /// It may be run again (a group that was lost, a deadlock), hence `AsyncFn`; nothing outside the database may be
    /// done in it, and no other operation may be started from it.
    ///
    /// # Errors
    /// What the operation answers; [`kernel::Error::Unavailable`] when the queue is full, or the database is gone,
    /// locked or out of space.
    pub async fn write<R, F>(&self, caller: &Caller, f: F) -> Result<R>
    where
        F: AsyncFn(&Write) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        self.write_in(Lane::Interactive, caller, f).await
    }

    /// [`Db::write`] in a lane of choice.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_in<R, F>(&self, lane: Lane, caller: &Caller, f: F) -> Result<R>
    where
        F: AsyncFn(&Write) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        operation::answered(self.run_writing(lane, *caller, operation::writing(f)).await)
    }

    fn run_reading(&self, lane: Lane, caller: Caller, f: Box<dyn Reading>) -> Started<'_> {
        Box::pin(async move {
            run::outside()?;
            match &*self.0 {
                Inner::Sqlite(s) => s.read(lane, caller, f).await,
                Inner::Postgres(p) => p.read(lane, caller, f).await,
            }
        })
    }

    fn run_writing(&self, lane: Lane, caller: Caller, f: Box<dyn Writing>) -> Started<'_> {
        Box::pin(async move {
            run::outside()?;
            match &*self.0 {
                Inner::Sqlite(s) => s.write(lane, caller, f).await,
                Inner::Postgres(p) => p.write(lane, caller, f).await,
            }
        })
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When a migration fails (nothing of it stays), when one that was applied reads differently now, or when the
    /// database was made by a newer Portico.
    pub async fn migrate(&self) -> Result<Vec<&'static str>> {
        self.migrate_to(SCHEMA).await
    }

    async fn migrate_to(&self, schema: &'static [Migration]) -> Result<Vec<&'static str>> {
        match &*self.0 {
            Inner::Sqlite(s) => s.migrate(schema).await,
            Inner::Postgres(p) => p.migrate(schema).await,
        }
    }

    /// The names of the migrations still to be applied.
    ///
    /// # Errors
    /// As [`Db::migrate`].
    pub async fn pending(&self) -> Result<Vec<&'static str>> {
        self.pending_to(SCHEMA).await
    }

    async fn pending_to(&self, schema: &'static [Migration]) -> Result<Vec<&'static str>> {
        match &*self.0 {
            Inner::Sqlite(s) => s.pending(schema).await,
            Inner::Postgres(p) => p.pending(schema).await,
        }
    }

    /// Whether it answers, its schema is this program's, and (on SQLite) whether the last write that met an I/O error was followed by a good one.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ready(&self, caller: &Caller) -> Result<()> {
        if let Inner::Sqlite(s) = &*self.0
            && !s.healthy()
        {
            return Err(kernel::Error::Unavailable("the last write met an I/O error"));
        }
        let names = self.read(caller, async |r| {
            r.all::<String>(sql!("SELECT name FROM migration ORDER BY name /* scan: of a few rows */")).await
        });
        // An older one is not ready either: what a newer release made may not fit.
        if names.await?.iter().eq(SCHEMA.iter().map(|m| m.name)) {
            Ok(())
        } else {
            Err(kernel::Error::Unavailable("the schema is not current"))
        }
    }

    /// Bytes in SQLite's write-ahead log; 0 on PostgreSQL.
    #[must_use]
    pub fn wal_bytes(&self) -> u64 {
        match &*self.0 {
            Inner::Sqlite(s) => s.wal_bytes(),
            Inner::Postgres(_) => 0,
        }
    }

    /// Commits on SQLite since it was opened: fewer than the writes answered, as operations share them. 0 on PostgreSQL.
    #[must_use]
    pub fn commits(&self) -> u64 {
        match &*self.0 {
            Inner::Sqlite(s) => s.commits(),
            Inner::Postgres(_) => 0,
        }
    }

    /// Copies a consistent SQLite database into the new file `to`, while others go on reading and writing.
    ///
    /// # Errors
    /// On PostgreSQL (its own tools do that), when `to` exists, or when the disk is full.
    pub async fn copy_to(&self, to: &Path) -> Result<()> {
        match &*self.0 {
            Inner::Sqlite(s) => s.copy_to(to).await,
            Inner::Postgres(_) => Err(kernel::Error::Conflict("copy_is_for_sqlite")),
        }
    }

    /// Ends all threads after the operations that were taken, closes the connections, and (on SQLite) folds the
    /// write-ahead log into the database. Later operations are refused.
    pub async fn close(&self) {
        match &*self.0 {
            Inner::Sqlite(s) => s.close().await,
            Inner::Postgres(p) => p.close().await,
        }
    }

    /// Prepares a statement without running it; for the test that walks [`STATEMENTS`].
    ///
    /// # Errors
    /// What the database has against the text.
    #[doc(hidden)]
    pub async fn check(&self, stmt: &'static Stmt) -> Result<Vec<String>, String> {
        match &*self.0 {
            Inner::Sqlite(s) => s.check(stmt).await,
            Inner::Postgres(p) => p.check(stmt).await,
        }
    }
}
