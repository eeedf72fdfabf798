//! The statements on PostgreSQL: two threads that own their connections, one hop a request, and what is independent
//! sent together.

use std::{
    str::FromStr as _,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use deadpool_postgres::{Manager, Pool};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Config, NoTls, types::ToSql};

use super::{Statements, WHO, Who};
use crate::Result;

const THREADS: usize = 2;
/// Of each thread, as in the program.
const CONNECTIONS: usize = 8;

type Question = (i64, oneshot::Sender<Result<usize>>);

/// Threads with connections.
pub struct Threads {
    questions: Vec<mpsc::UnboundedSender<Question>>,
    next: AtomicUsize,
}

impl Threads {
    /// Starts them.
    pub fn start(url: &str, statements: Statements) -> Result<Self> {
        let config = Config::from_str(url).map_err(|e| e.to_string())?;
        let statements: &'static Statements = Box::leak(Box::new(statements));
        let mut questions = Vec::new();
        for _ in 0..THREADS {
            let (tx, rx) = mpsc::unbounded_channel();
            let pool = Pool::builder(Manager::new(config.clone(), NoTls)).max_size(CONNECTIONS).build();
            let pool = pool.map_err(|e| e.to_string())?;
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
            thread::spawn(move || tokio::task::LocalSet::new().block_on(&runtime, live(rx, pool, statements)));
            questions.push(tx);
        }
        Ok(Self { questions, next: AtomicUsize::new(0) })
    }

    /// How many rows the statements give for a resident.
    pub async fn rows(&self, id: i64) -> Result<usize> {
        let (tx, rx) = oneshot::channel();
        let thread = &self.questions[self.next.fetch_add(1, Ordering::Relaxed) % THREADS];
        thread.send((id, tx)).map_err(|e| e.to_string())?;
        rx.await.map_err(|e| e.to_string())?
    }
}

async fn live(mut asked: mpsc::UnboundedReceiver<Question>, pool: Pool, statements: &'static Statements) {
    let who = match who(&pool).await {
        Ok(who) => who,
        Err(e) => return eprintln!("floor-postgres: {e}"),
    };
    while let Some((id, answer)) = asked.recv().await {
        let pool = pool.clone();
        tokio::task::spawn_local(async move {
            let _ = answer.send(rows(&pool, who, statements, id).await);
        });
    }
}

async fn who(pool: &Pool) -> Result<Who> {
    let client = pool.get().await.map_err(|e| e.to_string())?;
    let row = client.query_one(WHO, &[]).await.map_err(|e| e.to_string())?;
    Ok(Who { org: row.get(0), person: row.get(1), session: row.get(2) })
}

async fn rows(pool: &Pool, Who { org, person, session }: Who, statements: &Statements, id: i64) -> Result<usize> {
    let client = pool.get().await.map_err(|e| e.to_string())?;
    let fetch = async |text: &str, values: &[&(dyn ToSql + Sync)]| {
        let statement = client.prepare_cached(text).await?;
        client.query(&statement, values).await.map(|rows| rows.len())
    };
    let Statements { standing, person: resident, tenancies, staff } = statements;
    let of: &[&(dyn ToSql + Sync)] = &[&org, &id];
    let all = async {
        let standing = fetch(standing.pg, &[&org, &person, &session]).await?;
        let (a, b, c) = tokio::try_join!(fetch(resident.pg, of), fetch(tenancies.pg, of), fetch(staff.pg, of))?;
        Ok::<_, tokio_postgres::Error>(standing + a + b + c)
    };
    all.await.map_err(|e| e.to_string())
}
