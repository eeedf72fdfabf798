//! Databases for tests: a fresh one each, on both.
//!
//! SQLite files are copies of one migrated file; PostgreSQL databases are made from one migrated template in the
//! server named by `PORTICO_TEST_POSTGRES_URL` (the test command starts one).

use std::{
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use kernel::{Error, Random, Result};

use crate::{Db, Dialect, PostgresOptions};

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
        let path = folder.join("portico.db");
        if let Some(bytes) = TEMPLATE.get() {
            std::fs::write(&path, bytes).map_err(Error::internal)?;
        } else {
            let db = Db::sqlite(&path, &Random::System)?;
            db.migrate().await?;
            db.close().await;
            let _ = TEMPLATE.set(std::fs::read(&path).map_err(Error::internal)?);
        }
        let url = format!("sqlite:{}", path.display());
        Ok(Self { db: Db::sqlite(&path, &Random::seeded(1))?, url, folder: Some(folder) })
    }

    async fn postgres() -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = postgres_server().ok_or_else(|| Error::internal("PORTICO_TEST_POSTGRES_URL is not set"))?;
        let template = template(&server).await?;
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        command(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        // Two databases cannot be copied from one template at the same time.
        let made = format!("CREATE DATABASE {name} TEMPLATE {template}");
        let _one = COPYING.lock().await;
        command(&server, &made).await?;
        drop(_one);
        let url = with_database(&server, &name);
        let options = PostgresOptions { connections: 6, ..PostgresOptions::default() };
        Ok(Self { db: Db::postgres(&url, options, &Random::seeded(1))?, url, folder: None })
    }

    /// A folder beside the database, for files.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

static COPYING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The migrated template of this process.
async fn template(server: &str) -> Result<String> {
    static MADE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    MADE.get_or_try_init(async || {
        let name = format!("template_{}", std::process::id());
        command(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        command(server, &format!("CREATE DATABASE {name}")).await?;
        let db = Db::postgres(&with_database(server, &name), PostgresOptions::default(), &Random::System)?;
        db.migrate().await?;
        // The connection that migrated must be gone before the database can be copied.
        command(
            server,
            &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
        )
        .await?;
        command(server, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await?;
        Ok(name)
    })
    .await
    .cloned()
}

/// Runs one statement on the server's own database.
///
/// # Errors
/// When the server refuses it.
pub async fn command(url: &str, sql: &str) -> Result<()> {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.map_err(Error::internal)?;
    let driver = tokio::spawn(connection);
    let done = client.batch_execute(sql).await.map_err(|e| crate::postgres::failure(&e).error);
    drop(client);
    let _ = driver.await;
    done
}

/// The same server's address with another database.
#[must_use]
pub fn with_database(url: &str, name: &str) -> String {
    let (head, query) = url.split_once('?').map_or((url, None), |(h, q)| (h, Some(q)));
    let base = head.rsplit_once('/').map_or(head, |(base, _)| base);
    query.map_or_else(|| format!("{base}/{name}"), |q| format!("{base}/{name}?{q}"))
}

/// Writes one test for each database from one body: `db_tests! { async fn name(t: TestDb) { … } }`.
#[macro_export]
macro_rules! db_tests {
    ($($(#[$m:meta])* async fn $name:ident($t:ident: TestDb) $body:block)*) => {
        mod on_sqlite { use super::*; $($(#[$m])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::bodies::$name($crate::testing::TestDb::new($crate::Dialect::Sqlite).await).await; })* }
        mod on_postgres { use super::*; $($(#[$m])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if $crate::testing::dialects().contains(&$crate::Dialect::Postgres) {
                    super::bodies::$name($crate::testing::TestDb::new($crate::Dialect::Postgres).await).await;
                }
            })* }
        mod bodies { use super::*; $(pub async fn $name($t: $crate::testing::TestDb) $body)* }
    };
}
