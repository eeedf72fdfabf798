//! PostgreSQL: two threads that own their connections. Inside one organization operations that write go one after the
//! other, as on SQLite, so that a rule checked in Rust holds on both.

use std::{
    cell::Cell,
    ops::Deref,
    panic::AssertUnwindSafe,
    pin::Pin,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::BytesMut;
use deadpool_postgres::{Client, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures_util::{FutureExt, future::join};
use kernel::{Caller, Error, Random, Result};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{
    Statement,
    config::SslMode,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    Arg, Migration, Query, Read, Stmt, Write,
    handle::{Failure, Link},
    migrate, run,
    sql::Text,
    work,
};

/// How many connections, and how long to wait for what.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections of this server in all.
    pub connections: usize,
    /// For a free connection, and for making one.
    pub wait: Duration,
    /// For one statement.
    pub statement: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { connections: 16, wait: Duration::from_secs(5), statement: Duration::from_secs(30) }
    }
}

const THREADS: usize = 2;
/// How many operations may wait for a thread; more are refused with [`Error::Unavailable`].
const WAITING: usize = 1024;
/// How often an operation that met a deadlock or a serialization failure is run.
const TRIES: usize = 3;

type Job = Box<dyn FnOnce(Pool) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

pub struct Postgres {
    threads: Vec<mpsc::Sender<Job>>,
    next: AtomicUsize,
    random: Random,
    config: tokio_postgres::Config,
    closed: std::sync::atomic::AtomicBool,
}

/// TLS as the address asks for it; certificates are checked against the public roots.
fn tls() -> Result<MakeRustlsConnect> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

impl Postgres {
    pub fn open(url: &str, options: Options, random: &Random) -> Result<Self> {
        // The driver's own message may hold the password.
        let mut config = tokio_postgres::Config::from_str(url)
            .map_err(|_| Error::internal("the address of the PostgreSQL database cannot be understood"))?;
        if config.get_application_name().is_none() {
            config.application_name("portico");
        }
        config.connect_timeout(options.wait);
        let timeout = format!("-c statement_timeout={}", options.statement.as_millis());
        let given = config.get_options().map(|o| format!("{o} ")).unwrap_or_default();
        config.options(format!("{given}{timeout}"));
        let (mut threads, each) = (Vec::new(), options.connections.div_ceil(THREADS).max(1));
        for _ in 0..THREADS {
            let (tx, mut rx) = mpsc::channel::<Job>(WAITING);
            let pool = pool(&config, each, &options)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::internal)?;
            let life = move || {
                tokio::task::LocalSet::new().block_on(&runtime, async move {
                    let mut running = tokio::task::JoinSet::new();
                    while let Some(job) = rx.recv().await {
                        running.spawn_local(job(pool.clone()));
                        while running.try_join_next().is_some() {}
                    }
                    while running.join_next().await.is_some() {}
                });
            };
            std::thread::Builder::new().name("postgres".to_owned()).spawn(life).map_err(Error::internal)?;
            threads.push(tx);
        }
        Ok(Self {
            threads,
            next: AtomicUsize::new(0),
            random: random.clone(),
            config,
            closed: std::sync::atomic::AtomicBool::new(false),
        })
    }

    async fn run<R: Send + 'static>(
        &self,
        job: impl AsyncFnOnce(Pool, oneshot::Sender<Result<R>>) + Send + 'static,
    ) -> Result<R> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Error::Unavailable("stopping"));
        }
        let (tx, rx) = oneshot::channel();
        let thread = &self.threads[self.next.fetch_add(1, Ordering::Relaxed) % self.threads.len()];
        let job: Job = Box::new(move |pool| {
            Box::pin(async move {
                // Who left before the start is skipped.
                if !tx.is_closed() {
                    job(pool, tx).await;
                }
            })
        });
        thread.try_send(job).map_err(|_| Error::Unavailable("the database is busy"))?;
        rx.await.unwrap_or(Err(Error::Unavailable("stopping")))
    }

    pub async fn read<R, F>(&self, caller: Caller, f: F) -> Result<R>
    where
        F: AsyncFnOnce(&Read) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        let (random, work) = (self.random.clone(), work::current());
        self.run(async move |pool, tx| {
            let once = async {
                let r = Read::new(Link::Postgres(Session::get(&pool).await?), caller, random);
                let Link::Postgres(session) = &r.link else { return Err(Error::internal("not PostgreSQL")) };
                let begun = Instant::now();
                // Sent together with the first statement.
                let begin = session.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
                let (begin, out) = join(begin, run::inside(f(&r))).await;
                begin.map_err(|e| failure(&e).error)?;
                if let Some(work) = work {
                    work.add(r.state.queries.get(), begun.elapsed());
                }
                let out = match out {
                    Ok(_) if r.failed() => Err(Error::internal("the operation went on after a failed statement")),
                    out => out,
                };
                Ok((out, r))
            };
            match AssertUnwindSafe(once).catch_unwind().await.unwrap_or_else(|p| Err(run::panicked(p.as_ref()))) {
                Ok((out, r)) => {
                    // The answer is complete; the connection is tidied up behind it.
                    let _ = tx.send(out);
                    if let Link::Postgres(session) = &r.link {
                        let _ = session.end("COMMIT").await;
                    }
                }
                Err(e) => {
                    let _ = tx.send(Err(e));
                }
            }
        })
        .await
    }

    pub async fn write<R, F>(&self, caller: Caller, f: F) -> Result<R>
    where
        F: AsyncFn(&Write) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        let (random, work) = (self.random.clone(), work::current());
        self.run(async move |pool, tx| {
            let once = async || -> Result<(Result<R>, bool)> {
                let w = Write::new(Read::new(Link::Postgres(Session::get(&pool).await?), caller, random.clone()));
                let Link::Postgres(session) = &w.link else { return Err(Error::internal("not PostgreSQL")) };
                let begun = Instant::now();
                // One organization, one writer. The lock is taken before the first snapshot of the transaction.
                let lock = format!("BEGIN; SET LOCAL lock_timeout = '5s'; SELECT pg_advisory_xact_lock({})", caller.org);
                session.batch_execute(&lock).await.map_err(|e| failure(&e).error)?;
                let out = run::inside(w.whole(caller, &f)).await;
                if let Some(work) = &work {
                    work.add(w.state.queries.get(), begun.elapsed());
                }
                let out = match out {
                    // A connection lost during COMMIT is never tried again: it may have happened.
                    Ok(out) => session.end("COMMIT").await.map(|()| out),
                    Err(e) => session.end("ROLLBACK").await.and(Err(e)),
                };
                Ok((out, w.state.retry.get()))
            };
            let mut answer = Err(Error::internal("never run"));
            for _ in 0..TRIES {
                let tried = AssertUnwindSafe(once()).catch_unwind().await;
                let (out, retry) = match tried.unwrap_or_else(|p| Err(run::panicked(p.as_ref()))) {
                    Ok(done) => done,
                    Err(e) => (Err(e), false),
                };
                answer = out;
                if !retry {
                    break;
                }
            }
            let _ = tx.send(answer);
        })
        .await
    }

    pub async fn migrate(&self, migrations: &'static [Migration]) -> Result<Vec<&'static str>> {
        migrate::postgres(&mut self.connect().await?, migrations).await
    }

    pub async fn pending(&self, migrations: &'static [Migration]) -> Result<Vec<&'static str>> {
        migrate::postgres_pending(&self.connect().await?, migrations).await
    }

    /// A connection outside the pools.
    async fn connect(&self) -> Result<tokio_postgres::Client> {
        let (client, connection) = self.config.connect(tls()?).await.map_err(|e| failure(&e).error)?;
        tokio::spawn(connection);
        Ok(client)
    }

    pub async fn check(&self, stmt: &'static Stmt) -> Result<Vec<String>, String> {
        let client = self.connect().await.map_err(|e| e.to_string())?;
        client.prepare(stmt.pg).await.map(|_| Vec::new()).map_err(|e| {
            e.as_db_error().map_or_else(|| e.to_string(), |d| format!("{} {}", d.message(), d.hint().unwrap_or("")))
        })
    }

    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

fn pool(config: &tokio_postgres::Config, connections: usize, options: &Options) -> Result<Pool> {
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = if config.get_ssl_mode() == SslMode::Disable {
        Manager::from_config(config.clone(), tokio_postgres::NoTls, recycling)
    } else {
        Manager::from_config(config.clone(), tls()?, recycling)
    };
    Pool::builder(manager)
        .max_size(connections)
        .wait_timeout(Some(options.wait))
        .create_timeout(Some(options.wait))
        .recycle_timeout(Some(options.wait))
        .runtime(deadpool_postgres::Runtime::Tokio1)
        .build()
        .map_err(Error::internal)
}

/// A connection of the pool. It goes back only when its transaction was seen to end; otherwise it is closed.
pub struct Session {
    client: Option<Client>,
    clean: Cell<bool>,
}

impl Session {
    async fn get(pool: &Pool) -> Result<Self> {
        let client = pool.get().await.map_err(|e| {
            tracing::warn!(error = %e, "no connection to PostgreSQL");
            Error::Unavailable("no connection to the database")
        })?;
        Ok(Self { client: Some(client), clean: Cell::new(false) })
    }

    async fn end(&self, sql: &str) -> Result<()> {
        self.batch_execute(sql).await.map_err(|e| failure(&e).error)?;
        self.clean.set(true);
        Ok(())
    }

    pub async fn query(&self, q: &Query) -> Result<Vec<tokio_postgres::Row>, Failure> {
        let args: Vec<&(dyn ToSql + Sync)> = q.args.iter().map(|a| a as _).collect();
        let rows = match &q.text {
            Text::Fixed(s) => {
                let statement = self.statement(s.pg).await?;
                self.deref().query(&statement, &args).await
            }
            // Built texts are many; they are parsed each time rather than kept.
            Text::Built { pg, .. } => {
                let typed: Vec<(&(dyn ToSql + Sync), Type)> = q.args.iter().map(|a| (a as _, a.pg_type())).collect();
                self.query_typed(pg, &typed).await
            }
        };
        rows.map_err(|e| self.failed(&e))
    }

    pub async fn execute(&self, q: &Query) -> Result<u64, Failure> {
        let args: Vec<&(dyn ToSql + Sync)> = q.args.iter().map(|a| a as _).collect();
        let Text::Fixed(s) = &q.text else { return Err(Error::internal("a list does not write").into()) };
        let statement = self.statement(s.pg).await?;
        self.deref().execute(&statement, &args).await.map_err(|e| self.failed(&e))
    }

    async fn statement(&self, sql: &str) -> Result<Statement, Failure> {
        self.prepare_cached(sql).await.map_err(|e| self.failed(&e))
    }

    /// A plan made before a schema change (0A000) is thrown away, and the operation runs again.
    fn failed(&self, e: &tokio_postgres::Error) -> Failure {
        let mut f = failure(e);
        if e.code().is_some_and(|c| c.code() == "0A000") {
            self.statement_cache.clear();
            f.retry = true;
        }
        f
    }
}

impl Deref for Session {
    type Target = Client;
    #[expect(clippy::expect_used, reason = "taken only in drop")]
    fn deref(&self) -> &Client {
        self.client.as_ref().expect("taken only in drop")
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.clean.get()
            && let Some(client) = self.client.take()
        {
            drop(Object::take(client));
        }
    }
}

/// What a driver's error means to an operation.
pub fn failure(e: &tokio_postgres::Error) -> Failure {
    let code = e.code().map(tokio_postgres::error::SqlState::code);
    let retry = matches!(code, Some("40001" | "40P01"));
    let error = match code {
        Some("40001" | "40P01") => Error::Unavailable("another transaction was in the way"),
        Some("55P03") => Error::Unavailable("the database is locked"),
        Some("57014") => Error::Unavailable("the statement took too long"),
        Some("53100") => Error::Unavailable("the disk is full"),
        Some("53300" | "57P01" | "57P03" | "53200") => Error::Unavailable("the database has no room"),
        Some(code) => {
            let text = e.as_db_error().map_or("", tokio_postgres::error::DbError::message);
            Error::internal(format_args!("{code} {text}"))
        }
        None if e.is_closed() => Error::Unavailable("the connection to the database was lost"),
        None if e.to_string().starts_with("error connecting") => Error::Unavailable("no connection to the database"),
        None => Error::internal(e),
    };
    Failure { error, retry }
}

impl Arg {
    fn pg_type(&self) -> Type {
        match self {
            Self::Bool(_) => Type::BOOL,
            Self::Int(_) => Type::INT8,
            Self::Real(_) => Type::FLOAT8,
            Self::Text(_) => Type::TEXT,
            Self::Bytes(_) => Type::BYTEA,
            Self::Uuid(_) => Type::UUID,
            Self::Ints(_) => Type::INT8_ARRAY,
        }
    }
}

impl ToSql for Arg {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Bool(v) => v.to_sql_checked(ty, out),
            Self::Int(v) => v.to_sql_checked(ty, out),
            Self::Real(v) => v.to_sql_checked(ty, out),
            Self::Text(v) => v.to_sql_checked(ty, out),
            Self::Bytes(v) => v.to_sql_checked(ty, out),
            Self::Uuid(v) => v.to_sql_checked(ty, out),
            Self::Ints(v) => v.to_sql_checked(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

