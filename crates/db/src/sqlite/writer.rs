//! The one thread that writes: takes what waits into one transaction, each operation in a savepoint of its own, and
//! answers after the commit.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use kernel::{Caller, Error, OrgId, Random, Result};
use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::{Shared, command, error, open};
use crate::{Lane, Read, Write, handle::Link, run, work::Work};

/// A group takes no new operation after this time, so that the first one in it is not kept waiting.
const GROUP: Duration = Duration::from_millis(5);
/// Bytes in a page of the database.
pub const PAGE: u64 = 4096;
/// Pages in the write-ahead log after which it is folded into the database, as far as readers allow.
const FOLD: u64 = 1_000;
/// Pages in the log above which new reads wait until it is truncated: 64 MB.
const TRUNCATE: u64 = 64 * 1024 * 1024 / PAGE;

/// A write operation as the thread sees it.
pub trait Op: Send {
    /// Runs it; whether it may be kept.
    fn run(&mut self, w: &Write) -> bool;
    /// Replaces its answer by an error.
    fn refuse(&mut self, e: Error);
    /// Sends its answer.
    fn answer(&mut self);
    /// Whether nobody waits for it any more.
    fn gone(&self) -> bool;
}

/// An operation and whoever waits for it.
pub struct OpOf<F, R> {
    caller: Caller,
    f: F,
    out: Option<Result<R>>,
    tx: Option<oneshot::Sender<Result<R>>>,
    work: Option<Arc<Work>>,
}

impl<F, R> OpOf<F, R> {
    pub fn new(caller: Caller, f: F, tx: oneshot::Sender<Result<R>>, work: Option<Arc<Work>>) -> Self {
        Self { caller, f, out: None, tx: Some(tx), work }
    }
}

impl<F, R> Op for OpOf<F, R>
where
    F: AsyncFn(&Write) -> Result<R> + Send,
    R: Send,
{
    fn run(&mut self, w: &Write) -> bool {
        let begun = Instant::now();
        let out = run::now(run::inside(w.whole(self.caller, &self.f)));
        if let Some(work) = &self.work {
            work.add(w.state.queries.get(), begun.elapsed());
        }
        let keep = out.is_ok();
        self.out = Some(out);
        keep
    }
    fn refuse(&mut self, e: Error) {
        self.out = Some(Err(e));
    }
    fn answer(&mut self) {
        if let (Some(tx), Some(out)) = (self.tx.take(), self.out.take()) {
            let _ = tx.send(out);
        }
    }
    fn gone(&self) -> bool {
        self.tx.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

/// The thread's life.
pub fn run(shared: &Shared, connection: Connection, random: &Random) {
    let mut w = handle(shared, connection, random);
    let mut pause = Pause::default();
    while let Some((lane, first)) = shared.writes.pop() {
        let broken = group(shared, &w, lane, first);
        if broken {
            shared.healthy.store(false, Ordering::Relaxed);
            // After an I/O error the connection's view of the file cannot be trusted.
            drop(w.into_read());
            w = loop {
                match open(&shared.path) {
                    Ok(c) => break handle(shared, c, random),
                    Err(e) => {
                        tracing::error!(error = %e, "the database cannot be opened again");
                        std::thread::park_timeout(Duration::from_millis(200));
                    }
                }
            };
        }
        fold(shared, &w, &mut pause);
    }
}

fn handle(shared: &Shared, mut connection: Connection, random: &Random) -> Write {
    let pages = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let (seen, nobody) = (Arc::clone(&pages), Caller::system(OrgId::new(0), kernel::Instant::from_micros(0)));
    let hook = connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, n: std::ffi::c_int| {
        seen.store(u64::try_from(n).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }));
    if let Err(e) = hook {
        tracing::error!(error = %e, "the write-ahead log cannot be watched");
    }
    let _ = shared;
    PAGES.with(|p| *p.borrow_mut() = pages);
    Write::new(Read::new(Link::Sqlite(connection), nobody, random.clone()))
}

thread_local! {
    /// Pages in the log after the last commit of this thread's connection.
    static PAGES: std::cell::RefCell<Arc<std::sync::atomic::AtomicU64>> = std::cell::RefCell::default();
}

/// Runs one group; answers whether the connection met an I/O error and must be opened again.
fn group(shared: &Shared, w: &Write, lane: Lane, first: Box<dyn Op>) -> bool {
    let Some(c) = w.sqlite() else { return false };
    let until = Instant::now() + GROUP;
    let mut bulk = lane == Lane::Bulk;
    let mut next = Some(first);
    let mut take = move || {
        next.take().or_else(|| {
            if Instant::now() >= until {
                return None;
            }
            shared.writes.try_pop(Lane::Interactive).or_else(|| {
                let taken = if bulk { None } else { shared.writes.try_pop(Lane::Bulk) };
                bulk = bulk || taken.is_some();
                taken
            })
        })
    };
    if let Err(e) = command(c, "BEGIN IMMEDIATE") {
        let broken = is_io(&e);
        let e = error(e);
        while let Some(mut op) = take() {
            op.refuse(e.clone());
            op.answer();
        }
        return broken;
    }
    let (mut done, mut again, mut broken) = (Vec::new(), Vec::new(), false);
    while let Some(mut op) = take() {
        if op.gone() {
            continue;
        }
        let kept = command(c, "SAVEPOINT op").map(|()| op.run(w)).and_then(|ok| {
            if c.is_autocommit() {
                Ok(ok)
            } else if ok {
                command(c, "RELEASE op").map(|()| true)
            } else {
                command(c, "ROLLBACK TO op").and_then(|()| command(c, "RELEASE op")).map(|()| false)
            }
        });
        if let Err(e) = &kept {
            broken |= is_io(e);
        }
        if c.is_autocommit() {
            // The whole transaction is gone (a full disk, an I/O error, out of memory do that): this operation is the
            // culprit; the ones before it are run again, each alone, and so is what still waits.
            again.append(&mut done);
            match kept {
                Ok(false) => {}
                Ok(true) => op.refuse(Error::Unavailable("the transaction was lost")),
                Err(e) => op.refuse(error(e)),
            }
            op.answer();
            break;
        }
        if let Err(e) = kept {
            op.refuse(error(e));
        }
        done.push(op);
    }
    if !c.is_autocommit() {
        match command(c, "COMMIT") {
            Ok(()) => {
                shared.healthy.store(true, Ordering::Relaxed);
                done.iter_mut().for_each(|op| op.answer());
                done.clear();
            }
            Err(e) => {
                broken |= is_io(&e);
                let _ = command(c, "ROLLBACK");
                if let [op] = done.as_mut_slice() {
                    op.refuse(error(e));
                    op.answer();
                    done.clear();
                }
                again.append(&mut done);
            }
        }
    }
    for mut op in again {
        alone(shared, w, op.as_mut(), &mut broken);
    }
    broken
}

/// Runs one operation in a transaction of its own.
fn alone(shared: &Shared, w: &Write, op: &mut dyn Op, broken: &mut bool) {
    let Some(c) = w.sqlite() else { return };
    let done = command(c, "BEGIN IMMEDIATE").and_then(|()| match op.run(w) {
        true if c.is_autocommit() => {
            op.refuse(Error::Unavailable("the transaction was lost"));
            Ok(())
        }
        true => command(c, "COMMIT").map(|()| shared.healthy.store(true, Ordering::Relaxed)),
        false => Ok(()),
    });
    if let Err(e) = done {
        *broken |= is_io(&e);
        op.refuse(error(e));
    }
    if !c.is_autocommit() {
        let _ = command(c, "ROLLBACK");
    }
    op.answer();
}

fn is_io(e: &rusqlite::Error) -> bool {
    matches!(e.sqlite_error_code(), Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::NotADatabase))
}

/// How many groups to wait before trying to fold again, after readers were in the way.
#[derive(Default)]
struct Pause {
    groups: u32,
    next: u32,
}

/// Folds the write-ahead log into the database between groups.
fn fold(shared: &Shared, w: &Write, pause: &mut Pause) {
    let Some(c) = w.sqlite() else { return };
    let pages = PAGES.with(|p| p.borrow().load(Ordering::Relaxed));
    shared.wal_pages.store(pages, Ordering::Relaxed);
    if pages < FOLD {
        return;
    }
    if pages >= TRUNCATE {
        let _alone = shared.gate.write().unwrap_or_else(PoisonError::into_inner);
        checkpoint(shared, c, "PRAGMA wal_checkpoint(TRUNCATE)");
        return;
    }
    if pause.groups < pause.next {
        pause.groups += 1;
        return;
    }
    let blocked = !checkpoint(shared, c, "PRAGMA wal_checkpoint(PASSIVE)");
    *pause = Pause { groups: 0, next: if blocked { (pause.next * 2).clamp(8, 1024) } else { 0 } };
}

/// Whether the whole log was folded in.
fn checkpoint(shared: &Shared, c: &Connection, sql: &'static str) -> bool {
    let seen: rusqlite::Result<(i64, i64, i64)> =
        c.prepare_cached(sql).and_then(|mut s| s.query_row([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))));
    match seen {
        Ok((busy, log, folded)) => {
            let whole = busy == 0 && log == folded;
            if whole {
                // The next commit begins the log anew and reports its true length.
                PAGES.with(|p| p.borrow().store(0, Ordering::Relaxed));
                shared.wal_pages.store(0, Ordering::Relaxed);
            }
            whole
        }
        Err(e) => {
            tracing::warn!(error = %e, "the write-ahead log cannot be folded in");
            false
        }
    }
}
