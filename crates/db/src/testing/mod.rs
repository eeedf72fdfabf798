//! Databases for tests: a fresh one each, on both.
//!
//! SQLite files are copies of one migrated file; PostgreSQL databases are made from one migrated template in the
//! server named by `PORTICO_TEST_POSTGRES_URL` (the test command starts one).

mod statements;

use std::{
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use kernel::{Error, Random, Result};

use crate::{Db, Dialect, Migration, PostgresOptions, SCHEMA, migrate};

pub use statements::{check_statements, faults};

/// A database that is deleted when this is dropped.
pub struct TestDb {
    /// The open database.
    pub db: Db,
    /// Its address, as `PORTICO_DATABASE_URL` would name it.
    pub url: String,
    folder: Option<PathBuf>,
}

/// The databases to test on: both, or SQLite alone where no PostgreSQL server is named. The test command names one.
#[must_use]
pub fn dialects() -> &'static [Dialect] {
    if postgres_server().is_some() { &[Dialect::Sqlite, Dialect::Postgres] } else { &[Dialect::Sqlite] }
}

fn postgres_server() -> Option<String> {
    std::env::var("PORTICO_TEST_POSTGRES_URL").ok().filter(|s| !s.is_empty())
}

/// A new folder for one test, outside the source tree.
///
/// # Panics
/// When it cannot be made.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests")]
pub fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // In memory where the system offers it: tests commit often and need no durability.
    let shm = Path::new("/dev/shm");
    let base = if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() };
    let name = format!("portico-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = base.join(name);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

impl TestDb {
    /// A fresh, migrated database.
    ///
    /// # Panics
    /// When it cannot be made: the test cannot go on then.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub async fn new(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Self::sqlite().await.expect("a SQLite database for the test"),
            Dialect::Postgres => Self::postgres().await.expect("a PostgreSQL database for the test"),
        }
    }

    async fn sqlite() -> Result<Self> {
        static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
        let folder = folder();
        let path = folder.join(FILE);
        if let Some(bytes) = TEMPLATE.get() {
            std::fs::write(&path, bytes).map_err(Error::internal)?;
        } else {
            let db = Db::sqlite(&path, &Random::System)?;
            db.migrate().await?;
            db.close().await;
            let _ = TEMPLATE.set(std::fs::read(&path).map_err(Error::internal)?);
        }
        Self::of_file(folder, 1)
    }

    fn of_file(folder: PathBuf, seed: u64) -> Result<Self> {
        let path = folder.join(FILE);
        let url = format!("sqlite:{}", path.display());
        Ok(Self { db: Db::sqlite(&path, &Random::seeded(seed))?, url, folder: Some(folder) })
    }

    async fn postgres() -> Result<Self> {
        static TEMPLATE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
        let server = server()?;
        let template = TEMPLATE.get_or_try_init(|| template(&server)).await?;
        Self::of_template(&server, template, 1).await
    }

    async fn of_template(server: &str, template: &str, seed: u64) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        command(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        command(server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        let url = with_database(server, &name);
        // A machine that is busy with other tests is no reason to fail.
        let wait = Duration::from_secs(30);
        let options = PostgresOptions { connections: 6, wait, ..PostgresOptions::default() };
        Ok(Self { db: Db::postgres(&url, options, &Random::seeded(seed))?, url, folder: None })
    }

    /// Closes the database and keeps it as it is, so that tests can begin with a copy: filling one takes far longer.
    ///
    /// # Panics
    /// When it cannot be read.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub async fn into_image(self) -> Image {
        self.db.close().await;
        match self.folder() {
            Some(folder) => Image::Sqlite(std::fs::read(folder.join(FILE)).expect("the file of the image")),
            None => Image::Postgres(self),
        }
    }

    /// A copy of an image. What is random in it is not what it was in the image.
    ///
    /// # Panics
    /// When it cannot be made: the test cannot go on then.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub async fn copy_of(image: &Image) -> Self {
        let copy = match image {
            Image::Sqlite(bytes) => {
                let folder = folder();
                let written = std::fs::write(folder.join(FILE), bytes).map_err(Error::internal);
                written.and_then(|()| Self::of_file(folder, 2))
            }
            Image::Postgres(of) => match server() {
                Ok(server) => Self::of_template(&server, name(&of.url), 2).await,
                Err(error) => Err(error),
            },
        };
        copy.expect("a copy of a database for the test")
    }

    /// A folder beside the database, for files.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Changes the schema of this one database: `text` in the words of a migration, for tables that only a test has.
    ///
    /// # Panics
    /// When the database refuses it.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub async fn schema(&self, text: &'static str) {
        let sql = Migration { name: "", text }.sql(self.db.dialect());
        match self.url.strip_prefix("sqlite:") {
            Some(path) => {
                let c = rusqlite::Connection::open(path).expect("the test's database");
                c.busy_timeout(Duration::from_secs(10))
                    .and_then(|()| c.execute_batch(&sql))
                    .expect("a schema for SQLite");
            }
            None => command(&self.url, &sql).await.expect("a schema for PostgreSQL"),
        }
    }
}

/// A database that nobody uses, to be copied.
pub enum Image {
    /// The file.
    Sqlite(Vec<u8>),
    /// A database of the server. It goes with the value, or, where that is a static one, with a later test process.
    Postgres(TestDb),
}

/// The name of a SQLite database in its folder.
const FILE: &str = "portico.db";

/// The name of a database of a server, from its address.
fn name(url: &str) -> &str {
    let path = url.rsplit_once('/').map_or(url, |(_, name)| name);
    path.split_once('?').map_or(path, |(name, _)| name)
}

fn server() -> Result<String> {
    postgres_server().ok_or_else(|| Error::internal("PORTICO_TEST_POSTGRES_URL is not set"))
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        } else if let Some(server) = postgres_server() {
            let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name(&self.url));
            // On a thread of its own, as this one may belong to a runtime.
            let dropped = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.map_err(Error::internal)?.block_on(command(&server, &sql))
            });
            let _ = dropped.join();
        }
    }
}

/// The migrated database that others are copied from. All test processes with this schema share it.
async fn template(server: &str) -> Result<String> {
    let name = format!("template_{}", migrate::fingerprint(SCHEMA));
    let (client, connection) = connect(server).await?;
    let failed = |e: tokio_postgres::Error| crate::postgres::failure(&e).error;
    client.batch_execute("SELECT pg_advisory_lock(7303015)").await.map_err(failed)?;
    forget_left_behind(&client).await.map_err(failed)?;
    // One that was not closed was not finished either.
    let made = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1 AND NOT datallowconn", &[&name]).await;
    if made.map_err(failed)?.is_none() {
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.map_err(failed)?;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.map_err(failed)?;
        let db = Db::postgres(&with_database(server, &name), PostgresOptions::default(), &Random::System)?;
        db.migrate().await?;
        db.close().await;
        client.batch_execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await.map_err(failed)?;
        // Nobody can be connected to a database that is copied.
        let others = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = $1";
        client.query_one(others, &[&name]).await.map_err(failed)?;
    }
    drop(client);
    let _ = connection.await;
    Ok(name)
}

/// Drops the databases of test processes that have ended without doing so, as far as that can be seen.
async fn forget_left_behind(client: &tokio_postgres::Client) -> Result<(), tokio_postgres::Error> {
    let idle = "SELECT datname::text FROM pg_database d WHERE datname ~ '^test_[0-9]+_[0-9]+$' \
                AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datid = d.oid) LIMIT 20";
    for row in client.query(idle, &[]).await? {
        let name: String = row.get(0);
        let process = name.split('_').nth(1).map(|pid| Path::new("/proc").join(pid));
        if Path::new("/proc/self").exists() && process.is_some_and(|p| !p.exists()) {
            client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await?;
        }
    }
    Ok(())
}

async fn connect(url: &str) -> Result<(tokio_postgres::Client, tokio::task::JoinHandle<()>)> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.map_err(Error::internal)?;
    Ok((client, tokio::spawn(async move { drop(connection.await) })))
}

/// Runs one statement on the server's own database.
///
/// # Errors
/// When the server refuses it.
pub async fn command(url: &str, sql: &str) -> Result<()> {
    let (client, connection) = connect(url).await?;
    let done = client.batch_execute(sql).await.map_err(|e| crate::postgres::failure(&e).error);
    drop(client);
    let _ = connection.await;
    done
}

/// The same server's address with another database.
#[must_use]
pub fn with_database(url: &str, name: &str) -> String {
    let (head, query) = url.split_once('?').map_or((url, None), |(h, q)| (h, Some(q)));
    let base = head.rsplit_once('/').map_or(head, |(base, _)| base);
    query.map_or_else(|| format!("{base}/{name}"), |q| format!("{base}/{name}?{q}"))
}

/// Writes one test for each database from one body: `db_tests! { async fn name(t: TestDb) { … } }`. With
/// `db_tests! { path::open => … }` each test gets what `open` makes for a [`Dialect`], instead of an empty database.
#[macro_export]
macro_rules! db_tests {
    ($($(#[$m:meta])* async fn $name:ident($t:ident: TestDb) $body:block)*) => {
        $crate::db_tests! { $crate::testing::TestDb::new => $($(#[$m])* async fn $name($t: TestDb) $body)* }
    };
    ($open:path => $($(#[$m:meta])* async fn $name:ident($t:ident: TestDb) $body:block)*) => {
        mod on_sqlite { $($(#[$m])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::bodies::$name($open($crate::Dialect::Sqlite).await).await; })* }
        mod on_postgres { $($(#[$m])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if $crate::testing::dialects().contains(&$crate::Dialect::Postgres) {
                    super::bodies::$name($open($crate::Dialect::Postgres).await).await;
                }
            })* }
        mod bodies { use super::*; $(pub async fn $name($t: $crate::testing::TestDb) $body)* }
    };
}
