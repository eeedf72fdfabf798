//! The database layer as its users see it, on both databases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accidents;
mod groups;
mod life;
mod operations;
mod postgres;
mod schema;
mod spine;
mod statements;
mod values;
mod wal;

use std::{path::PathBuf, pin::Pin};

use db::{sql, testing::TestDb};
use futures_util::FutureExt;
use kernel::{Caller, Error, Instant, OrgId, Result};

/// The server itself, about no organization.
const SYSTEM: Caller = system(0);

/// The server itself, about one organization.
const fn system(org: i64) -> Caller {
    Caller::system(OrgId::new(org), Instant::from_secs(1_700_000_000))
}

/// Makes organization `org`; answers the server as a caller about it.
async fn organization(t: &TestDb, org: i64) -> Caller {
    let made = t.db.write(&SYSTEM, async move |w| {
        w.execute(sql!(
            "INSERT INTO organization (id, uid, name, slug, country, calling_code, currency, locale, time_zone, created_at, updated_at) \
             VALUES ($1, $2, 'Name', $3, 'US', '1', 'USD', 'en', 'UTC', 0, 0)",
            org, w.uid(), format!("org-{org}")
        ))
        .await?;
        w.execute(sql!("INSERT INTO feed (org_id, seq) VALUES ($1, 0)", org)).await
    });
    made.await.unwrap();
    system(org)
}

/// A table for tests that write: `note (id, n)`, `n` unique.
async fn notes(t: &TestDb) {
    t.schema("CREATE TABLE note (id ID, n INT NOT NULL UNIQUE) STRICT;").await;
}

/// Writes a note.
async fn note(w: &db::Write, n: i64) -> Result<u64> {
    w.execute(sql!("INSERT INTO note (n) VALUES ($1)", n)).await
}

/// All notes, smallest first.
async fn noted(t: &TestDb) -> Vec<i64> {
    t.db.read(&SYSTEM, async |r| r.all(sql!("SELECT n FROM note ORDER BY n")).await).await.unwrap()
}

/// The file of a SQLite database.
fn file(t: &TestDb) -> PathBuf {
    t.folder().unwrap().join("portico.db")
}

/// An operation that is in its queue and has not been answered.
type Waiting<'f, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'f>>;

/// Puts an operation into its queue without waiting for the answer.
fn queue<'f, T>(operation: impl Future<Output = Result<T>> + Send + 'f) -> Waiting<'f, T> {
    let mut operation: Waiting<'f, T> = Box::pin(operation);
    assert!(operation.as_mut().now_or_never().is_none(), "answered before it could have run");
    operation
}

#[track_caller]
fn assert_unavailable<T: std::fmt::Debug>(out: Result<T>, why: &str) {
    match out {
        Err(Error::Unavailable(told)) => assert_eq!(told, why),
        other => panic!("unavailable ({why}) was expected, not {other:?}"),
    }
}

#[track_caller]
fn assert_defect<T: std::fmt::Debug>(out: Result<T>, what: &str) {
    match out {
        Err(Error::Internal(told)) => assert!(told.what.contains(what), "{what} was expected in {told:?}"),
        other => panic!("a defect ({what}) was expected, not {other:?}"),
    }
}
