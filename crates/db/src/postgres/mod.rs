//! PostgreSQL: two threads that own their connections. Inside one organization operations that write go one after the
//! other, as on SQLite, so that a rule checked in Rust holds on both.

mod session;

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use futures_util::{FutureExt, future::join};
use kernel::{Caller, Error, OrgId, Random, Result};
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError, mpsc, oneshot};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    Lane, Migration, Read, Stmt, Write,
    handle::{Cause, Failure, Link},
    migrate,
    operation::{self, Answer, Reading, Writing},
    run,
    work::{self, Work},
};
pub use session::{Session, failure};

/// How many connections, and how long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Connections of this server in all.
    pub connections: usize,
    /// For a turn, for a free connection, for making one, and for a lock that another server holds.
    pub wait: Duration,
    /// For one statement, and for the next one inside a transaction.
    pub statement: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { connections: 16, wait: Duration::from_secs(5), statement: Duration::from_secs(30) }
    }
}

const THREADS: usize = 2;
/// How many operations may be waiting or running on a thread; more are refused with [`Error::Unavailable`].
const WAITING: usize = 512;
/// How often an operation that another transaction was in the way of is run.
const TRIES: usize = 3;
/// The pause before it is run again, in which the other one can finish.
const PAUSE: Duration = Duration::from_millis(10);
/// Lines that organizations queue up in, each in one of them: so many can write at once.
const LINES: usize = 64;

type Job = Box<dyn FnOnce(Pool) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

pub struct Postgres {
    threads: Vec<Thread>,
    joins: Mutex<Vec<JoinHandle<()>>>,
    turns: Arc<Turns>,
    config: tokio_postgres::Config,
    random: Random,
}

struct Thread {
    /// Where it takes its jobs from; none ends it.
    jobs: mpsc::UnboundedSender<Option<Job>>,
    room: Arc<Semaphore>,
}

/// What an operation waits for before it takes a connection, so that no organization and no bulk work can hold all
/// connections while others wait.
struct Turns {
    organizations: [Semaphore; LINES],
    bulk: Semaphore,
    wait: Duration,
}

impl Turns {
    /// Waits until bulk work may run one more operation; others need not wait.
    async fn bulk(&self, lane: Lane) -> Result<Option<SemaphorePermit<'_>>> {
        match lane {
            Lane::Interactive | Lane::Unordered => Ok(None),
            Lane::Bulk => self.take(&self.bulk).await.map(Some),
        }
    }

    /// Waits until few others write in the organization: one does, and one stands at the database's lock to be next.
    async fn organization(&self, lane: Lane, org: OrgId) -> Result<Option<SemaphorePermit<'_>>> {
        match lane {
            Lane::Unordered => Ok(None),
            _ => self.take(&self.organizations[org.get().unsigned_abs() as usize % LINES]).await.map(Some),
        }
    }

    async fn take<'t>(&self, line: &'t Semaphore) -> Result<SemaphorePermit<'t>> {
        let turn = tokio::time::timeout(self.wait, line.acquire()).await;
        turn.map_err(|_| Error::Unavailable("the database is busy"))?.map_err(Error::internal)
    }
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

fn config(url: &str, options: &Options) -> Result<tokio_postgres::Config> {
    // The driver's own message may hold the password.
    let mut config = tokio_postgres::Config::from_str(url)
        .map_err(|_| Error::internal("the address of the PostgreSQL database cannot be understood"))?;
    if config.get_application_name().is_none() {
        config.application_name("portico");
    }
    config.connect_timeout(options.wait);
    // On this machine nobody listens in, and Debian's server offers TLS with a certificate that nobody has signed.
    if config.get_ssl_mode() == SslMode::Prefer && config.get_hosts().iter().all(is_here) {
        config.ssl_mode(SslMode::Disable);
    }
    // A server that is gone is noticed, and one that has lost us lets go of its locks.
    let silence = options.statement.max(Duration::from_secs(1));
    config.keepalives_idle(silence).tcp_user_timeout(silence);
    let ms = options.statement.as_millis();
    let given = config.get_options().map(|o| format!("{o} ")).unwrap_or_default();
    // Statements here are short: compiling one, as PostgreSQL does where it expects many rows, takes half a second.
    config.options(format!("-c jit=off {given}-c statement_timeout={ms} -c idle_in_transaction_session_timeout={ms}"));
    Ok(config)
}

/// A connection outside all pools, for what is no operation.
pub async fn connect_to(url: &str) -> Result<tokio_postgres::Client> {
    connect(&config(url, &Options::default())?).await
}

async fn connect(config: &tokio_postgres::Config) -> Result<tokio_postgres::Client> {
    let (client, connection) = config.connect(tls()?).await.map_err(|e| session::unreachable(&e))?;
    tokio::spawn(connection);
    Ok(client)
}

/// Whether a server is on this machine.
fn is_here(host: &tokio_postgres::config::Host) -> bool {
    match host {
        tokio_postgres::config::Host::Tcp(name) => matches!(name.as_str(), "127.0.0.1" | "::1" | "localhost"),
        #[cfg(unix)]
        tokio_postgres::config::Host::Unix(_) => true,
    }
}

impl Postgres {
    pub fn open(url: &str, options: Options, random: &Random) -> Result<Self> {
        let config = config(url, &options)?;
        let (count, mut threads, mut joins) = (THREADS.min(options.connections).max(1), Vec::new(), Vec::new());
        for _ in 0..count {
            let (tx, rx) = mpsc::unbounded_channel();
            let pool = pool(&config, options.connections.div_ceil(count).max(1), &options)?;
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::internal)?;
            let life = move || tokio::task::LocalSet::new().block_on(&runtime, live(rx, pool));
            let thread = std::thread::Builder::new().name("postgres".to_owned());
            joins.push(thread.spawn(life).map_err(Error::internal)?);
            threads.push(Thread { jobs: tx, room: Arc::new(Semaphore::new(WAITING)) });
        }
        let turns = Turns {
            organizations: std::array::from_fn(|_| Semaphore::new(2)),
            bulk: Semaphore::new((options.connections / 4).max(1)),
            wait: options.wait,
        };
        Ok(Self { threads, joins: Mutex::new(joins), turns: Arc::new(turns), config, random: random.clone() })
    }

    async fn run(
        &self,
        job: impl AsyncFnOnce(Pool, oneshot::Sender<Result<Answer>>) + Send + 'static,
    ) -> Result<Answer> {
        const STOPPING: Error = Error::Unavailable("stopping");
        let thread = self.threads.iter().max_by_key(|t| t.room.available_permits()).ok_or(STOPPING)?;
        let room = Arc::clone(&thread.room).try_acquire_owned().map_err(|e| match e {
            TryAcquireError::Closed => STOPPING,
            TryAcquireError::NoPermits => Error::Unavailable("the database is busy"),
        })?;
        let (tx, rx) = oneshot::channel();
        let job: Job = Box::new(move |pool| {
            Box::pin(async move {
                job(pool, tx).await;
                drop(room);
            })
        });
        thread.jobs.send(Some(job)).map_err(|_| STOPPING)?;
        rx.await.unwrap_or(Err(STOPPING))
    }

    pub async fn read(&self, lane: Lane, caller: Caller, f: Box<dyn Reading>) -> Result<Answer> {
        let (random, turns, work) = (self.random.clone(), Arc::clone(&self.turns), work::current());
        self.run(async move |pool, tx| {
            let operation = async {
                let _turn = turns.bulk(lane).await?;
                let session = Session::get(&pool).await?;
                if tx.is_closed() {
                    return Err(GONE);
                }
                let r = Read::new(Link::Postgres(session), caller, random);
                let begun = Instant::now();
                // Sent together with the first statement.
                let begin = r.session().begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
                let (begin, out) = join(begin, run::inside(f.run(&r))).await;
                begin.map_err(|f| f.error)?;
                if let Some(work) = work {
                    work.add(r.state.queries.get(), begun.elapsed());
                }
                Ok((r.judge(out), r))
            };
            let done =
                AssertUnwindSafe(operation).catch_unwind().await.unwrap_or_else(|p| Err(run::panicked(p.as_ref())));
            let _ = match done {
                Ok((out, r)) => {
                    // The answer is complete; the connection is tidied up behind it.
                    let _ = tx.send(out);
                    r.session().end("COMMIT").await
                }
                Err(e) => tx.send(Err(e)).map_err(|_| GONE),
            };
        })
        .await
    }

    pub async fn write(&self, lane: Lane, caller: Caller, f: Box<dyn Writing>) -> Result<Answer> {
        let (random, turns, work) = (self.random.clone(), Arc::clone(&self.turns), work::current());
        self.run(async move |pool, tx| {
            let operation = async {
                let _bulk = turns.bulk(lane).await?;
                let _turn = turns.organization(lane, caller.org).await?;
                let mut tries = 1;
                loop {
                    let session = Session::get(&pool).await?;
                    if tx.is_closed() {
                        return Err(GONE);
                    }
                    let w = Write::new(Read::new(Link::Postgres(session), caller, random.clone()));
                    match attempt(&w, lane, turns.wait, f.as_ref(), work.as_deref()).await {
                        Err(Failure { cause: Cause::Rival, .. }) if tries < TRIES => tries += 1,
                        out => return out.map_err(|f| f.error),
                    }
                    drop(w);
                    tokio::time::sleep(PAUSE).await;
                }
            };
            let done = AssertUnwindSafe(operation).catch_unwind().await;
            let _ = tx.send(done.unwrap_or_else(|p| Err(run::panicked(p.as_ref()))));
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
        connect(&self.config).await
    }

    pub async fn check(&self, stmt: &'static Stmt) -> Result<Vec<String>, String> {
        let nobody = Caller::system(OrgId::new(0), kernel::Instant::from_micros(0));
        let check = operation::reading(async move |r| Ok(r.session().check(stmt).await));
        let checked = self.read(Lane::Interactive, nobody, check).await;
        operation::answered::<Result<(), String>>(checked).map_err(|e| e.to_string())?.map(|()| Vec::new())
    }

    pub async fn close(&self) {
        for thread in &self.threads {
            thread.room.close();
            let _ = thread.jobs.send(None);
        }
        let joins = std::mem::take(&mut *self.joins.lock().unwrap_or_else(PoisonError::into_inner));
        let joined = tokio::task::spawn_blocking(|| joins.into_iter().try_for_each(JoinHandle::join));
        if !matches!(joined.await, Ok(Ok(()))) {
            tracing::warn!("a database thread ended in a panic");
        }
    }
}

/// Who left before the start is skipped; nobody hears this.
const GONE: Error = Error::Unavailable("nobody waits");

/// A thread's life: runs what comes, side by side, until it is told to stop, and then to the end.
async fn live(mut jobs: mpsc::UnboundedReceiver<Option<Job>>, pool: Pool) {
    let mut running = tokio::task::JoinSet::new();
    while let Some(Some(job)) = jobs.recv().await {
        running.spawn_local(job(pool.clone()));
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
    pool.close();
}

/// Runs a write operation once, in a transaction of its own.
async fn attempt(
    w: &Write,
    lane: Lane,
    wait: Duration,
    f: &dyn Writing,
    work: Option<&Work>,
) -> Result<Answer, Failure> {
    let (caller, wait) = (w.caller(), wait.as_millis());
    let mut start = format!("BEGIN; SET LOCAL lock_timeout = {wait}");
    if lane != Lane::Unordered {
        // One organization, one writer, on all servers. Sent together with the first statement, whose snapshot is
        // taken after the lock.
        start.push_str(&format!("; SELECT pg_advisory_xact_lock({})", caller.org));
    }
    let begun = Instant::now();
    let (begin, out) = join(w.session().begin(&start), run::inside(w.whole(caller, f))).await;
    if let Some(work) = work {
        work.add(w.state.queries.get(), begun.elapsed());
    }
    let failure = match (begin, out) {
        (Ok(()), Ok(out)) => return Ok(w.session().end("COMMIT").await.map(|()| out)?),
        (Ok(()), Err(error)) => Failure { error, cause: w.failed().unwrap_or(Cause::Statement) },
        (Err(failure), _) => failure,
    };
    let _ = w.session().end("ROLLBACK").await;
    Err(failure)
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
