//! The one thread that writes: takes what waits into one transaction, each operation in a savepoint of its own, and
//! answers after the commit.

use std::{
    iter,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use kernel::{Caller, Error, Random, Result};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{BUSY, Shared, command, error, is_disk, nobody, open};
use crate::{
    Lane, Read, Write,
    handle::{Cause, Link},
    operation::{Answer, Writing},
    queue::Queue,
    run,
    work::Work,
};

/// A group takes no new operation after this time, so that the first one in it is not kept waiting.
const GROUP: Duration = Duration::from_millis(5);
/// Bytes in a page of the database.
pub const PAGE: u64 = 4096;
/// Pages in the write-ahead log after which it is folded into the database, as far as readers allow.
const FOLD: u64 = 1_000;
/// Pages in the log above which new reads wait until it is truncated: 64 MB.
const TRUNCATE: u64 = 64 * 1024 * 1024 / PAGE;
/// How long new reads are kept back at most for those that run to end.
const KEPT_BACK: Duration = Duration::from_millis(200);

/// A write operation as the thread sees it, and whoever waits for it.
pub struct Op {
    caller: Caller,
    f: Box<dyn Writing>,
    out: Option<Result<Answer>>,
    tx: Option<oneshot::Sender<Result<Answer>>>,
    work: Option<Arc<Work>>,
}

impl Op {
    pub fn new(
        caller: Caller,
        f: Box<dyn Writing>,
        tx: oneshot::Sender<Result<Answer>>,
        work: Option<Arc<Work>>,
    ) -> Self {
        Self { caller, f, out: None, tx: Some(tx), work }
    }

    /// Runs it; whether it may be kept.
    fn run(&mut self, w: &Write) -> bool {
        let begun = Instant::now();
        let out = run::now(run::inside(w.whole(self.caller, self.f.as_ref())));
        if let Some(work) = &self.work {
            work.add(w.state.queries.get(), begun.elapsed());
        }
        self.out.insert(out).is_ok()
    }

    /// Replaces its answer by an error.
    fn refuse(&mut self, e: Error) {
        self.out = Some(Err(e));
    }

    /// Sends its answer.
    fn answer(&mut self) {
        if let (Some(tx), Some(out)) = (self.tx.take(), self.out.take()) {
            let _ = tx.send(out);
        }
    }

    /// Whether nobody waits for it any more.
    fn gone(&self) -> bool {
        self.tx.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

/// The thread's state.
pub struct Writer {
    shared: Arc<Shared>,
    random: Random,
    /// None after the disk failed, until the database could be opened again.
    handle: Option<Write>,
    /// The log's length in pages when last looked at, and the length at which it is folded in next.
    seen: u64,
    fold_at: u64,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, connection: Connection, random: Random) -> rusqlite::Result<Self> {
        let handle = Some(handle(&shared, connection, &random)?);
        Ok(Self { shared, random, handle, seen: 0, fold_at: FOLD })
    }

    /// The thread's life.
    pub fn live(mut self) {
        while let Some((lane, first)) = self.shared.writes.pop() {
            run::survive(|| {
                let shared = Arc::clone(&self.shared);
                for op in self.transaction(Group::new(&shared.writes, lane, first)) {
                    self.transaction(iter::once(op));
                }
                self.fold();
            });
        }
    }

    /// Runs operations in one transaction. When it is lost through one of them, that one gets the error and those
    /// before it come back, to be run again, each alone; the same after a failed commit of several.
    fn transaction(&mut self, ops: impl Iterator<Item = Op>) -> Vec<Op> {
        let w = match self.begin() {
            Ok(w) => w,
            Err(e) => {
                // What waits has no better prospects, and has waited for the lock as well.
                for mut op in ops.collect::<Vec<_>>() {
                    op.refuse(e.clone());
                    op.answer();
                }
                return Vec::new();
            }
        };
        let c = w.lite();
        let (mut done, mut lost, mut broken) = (Vec::new(), false, false);
        for mut op in ops {
            if op.gone() {
                continue;
            }
            let whole = savepoint(&w, &mut op);
            broken = w.failed() == Some(Cause::Disk) || whole.as_ref().is_err_and(is_disk);
            match whole {
                Ok(true) if !broken => {
                    done.push(op);
                    continue;
                }
                Ok(_) => {}
                Err(e) => op.refuse(error(e)),
            }
            self.noticed(broken);
            op.answer();
            lost = true;
            break;
        }
        if !lost {
            match command(c, "COMMIT") {
                Ok(()) => done.drain(..).for_each(|mut op| op.answer()),
                Err(e) => {
                    broken = is_disk(&e);
                    self.noticed(broken);
                    if let [op] = done.as_mut_slice() {
                        op.refuse(error(e));
                        op.answer();
                        done.clear();
                    }
                }
            }
        }
        if !c.is_autocommit()
            && let Err(e) = command(c, "ROLLBACK")
        {
            tracing::error!(error = %e, "a transaction could not be left; the connection is opened again");
            broken = true;
        }
        if !broken {
            self.handle = Some(w);
        }
        done
    }

    /// After the disk failed the server is not ready until a commit succeeds.
    fn noticed(&self, broken: bool) {
        if broken {
            self.shared.healthy.store(false, Ordering::Relaxed);
        }
    }

    /// Takes the handle, opened again when it was lost, and begins a transaction on it.
    fn begin(&mut self) -> Result<Write> {
        let w = match self.handle.take() {
            Some(w) => w,
            None => open(&self.shared.path).and_then(|c| handle(&self.shared, c, &self.random)).map_err(error)?,
        };
        let Err(e) = command(w.lite(), "BEGIN IMMEDIATE") else { return Ok(w) };
        let broken = is_disk(&e);
        self.noticed(broken);
        if !broken {
            self.handle = Some(w);
        }
        Err(error(e))
    }

    /// Folds the write-ahead log into the database, each time it has grown by so much.
    fn fold(&mut self) {
        let pages = self.shared.wal_pages.load(Ordering::Relaxed);
        if pages < self.seen {
            // It was begun anew.
            self.fold_at = FOLD;
        }
        self.seen = pages;
        let Some(w) = self.handle.as_ref().filter(|_| pages >= self.fold_at) else { return };
        self.fold_at = pages + FOLD.max(pages / 8);
        let truncated =
            if pages < TRUNCATE { None } else { self.shared.gate.alone(KEPT_BACK, || self.truncate(w.lite())) };
        let passive = || w.lite().query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        if let Err(e) = truncated.unwrap_or_else(passive) {
            tracing::warn!(error = %e, "the write-ahead log cannot be folded in");
        }
    }

    /// Folds in all of the log and gives its space back, unless another process reads it.
    fn truncate(&self, c: &Connection) -> rusqlite::Result<()> {
        c.busy_timeout(Duration::ZERO)?;
        let busy: rusqlite::Result<bool> = c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0));
        c.busy_timeout(BUSY)?;
        if !busy? {
            self.shared.wal_pages.store(0, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// What waits, as one group takes it: the first, then others for a while, and at most one of bulk work.
struct Group<'q> {
    queue: &'q Queue<Op>,
    first: Option<Op>,
    until: Instant,
    bulk: bool,
}

impl<'q> Group<'q> {
    fn new(queue: &'q Queue<Op>, lane: Lane, first: Op) -> Self {
        Self { queue, first: Some(first), until: Instant::now(), bulk: lane == Lane::Bulk }
    }
}

impl Iterator for Group<'_> {
    type Item = Op;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            // The time begins here: waiting for the lock does not count.
            self.until = Instant::now() + GROUP;
            return Some(first);
        }
        if Instant::now() >= self.until {
            return None;
        }
        self.queue.try_pop(Lane::Interactive).or_else(|| {
            let op = if self.bulk { None } else { self.queue.try_pop(Lane::Bulk) };
            self.bulk |= op.is_some();
            op
        })
    }
}

/// Runs one operation in a savepoint. Answers whether the transaction is still there: a full disk, an I/O error or
/// being out of memory end it.
fn savepoint(w: &Write, op: &mut Op) -> rusqlite::Result<bool> {
    let c = w.lite();
    command(c, "SAVEPOINT op")?;
    let keep = op.run(w);
    if c.is_autocommit() {
        if keep {
            op.refuse(Error::internal("the operation ended its own transaction"));
        }
        return Ok(false);
    }
    if !keep {
        command(c, "ROLLBACK TO op")?;
    }
    command(c, "RELEASE op")?;
    Ok(true)
}

/// A handle for writing, whose connection tells of each commit.
fn handle(shared: &Arc<Shared>, mut connection: Connection, random: &Random) -> rusqlite::Result<Write> {
    let shared = Arc::clone(shared);
    connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
        shared.wal_pages.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
        shared.commits.fetch_add(1, Ordering::Relaxed);
        shared.healthy.store(true, Ordering::Relaxed);
        Ok(())
    }))?;
    Ok(Write::new(Read::new(Link::Sqlite(connection), nobody(), random.clone())))
}
