//! What an operation works with: a snapshot to read, or a transaction to write.

use std::{
    cell::{Cell, RefCell},
    ops::Deref,
};

use kernel::{Caller, Error, Instant, PersonId, Principal, PropertyId, Random, Result, UnitId};
use uuid::Uuid;

use crate::{
    Columns, Query, Row, Stmt,
    operation::{Answer, Writing},
    postgres::Session,
    sql, sqlite,
};

/// The connection an operation runs on.
pub enum Link {
    Sqlite(rusqlite::Connection),
    Postgres(Session),
}

/// One snapshot. It stays on its thread, and independent statements can be joined (PostgreSQL then pipelines them).
pub struct Read {
    pub(crate) link: Link,
    pub(crate) state: State,
}

/// What is kept while an operation runs.
pub struct State {
    /// Why the first statement that failed did so.
    failed: Cell<Option<Cause>>,
    pub queries: Cell<u32>,
    caller: Cell<Caller>,
    random: Random,
}

impl Read {
    pub(crate) fn new(link: Link, caller: Caller, random: Random) -> Self {
        let state = State { failed: Cell::new(None), queries: Cell::new(0), caller: Cell::new(caller), random };
        Self { link, state }
    }

    /// Makes the handle ready for the next operation.
    pub(crate) fn begin(&self, caller: Caller) {
        self.state.failed.set(None);
        self.state.queries.set(0);
        self.state.caller.set(caller);
    }

    /// Why the operation's first failed statement failed, if one did.
    pub(crate) fn failed(&self) -> Option<Cause> {
        self.state.failed.get()
    }

    /// An operation's answer; one that went on after a failed statement has none, whatever it says.
    pub(crate) fn judge<R>(&self, out: Result<R>) -> Result<R> {
        match out {
            Ok(_) if self.failed().is_some() => Err(Error::internal("the operation went on after a failed statement")),
            out => out,
        }
    }

    /// Who asks.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.state.caller.get()
    }

    /// The instant the operation counts as happening.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.caller().at
    }

    /// Runs one statement. After a failure nothing more may be asked: on PostgreSQL the transaction is dead anyway, on
    /// SQLite it may be gone.
    async fn step<T>(&self, q: &Query, f: impl AsyncFnOnce() -> Result<T, Failure>) -> Result<T> {
        if self.failed().is_some() {
            return Err(Error::internal("a statement after a failed statement"));
        }
        self.state.queries.set(self.state.queries.get() + 1);
        f().await.map_err(|failure| {
            // Statements that were sent together fail together; the first one knows why.
            self.state.failed.set(self.failed().or(Some(failure.cause)));
            match failure.error {
                Error::Internal(i) => defect(q.stmt(), &i.what),
                e => e,
            }
        })
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// When the statement fails; the operation is over then.
    pub async fn all<T: Row>(&self, q: Query) -> Result<Vec<T>> {
        self.step(&q, async || match &self.link {
            Link::Sqlite(c) => {
                let mut out = Vec::new();
                sqlite::query(c, &q, |r| {
                    out.push(T::read(&mut Columns::sqlite(r))?);
                    Ok(true)
                })?;
                Ok(out)
            }
            Link::Postgres(s) => {
                let rows = s.query(&q).await?;
                Ok(rows.iter().map(|r| T::read(&mut Columns::postgres(r))).collect::<Result<_>>()?)
            }
        })
        .await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Read::all`].
    pub async fn optional<T: Row>(&self, q: Query) -> Result<Option<T>> {
        self.step(&q, async || match &self.link {
            Link::Sqlite(c) => {
                let mut out = None;
                sqlite::query(c, &q, |r| {
                    out = Some(T::read(&mut Columns::sqlite(r))?);
                    Ok(false)
                })?;
                Ok(out)
            }
            Link::Postgres(s) => {
                let rows = s.query(&q).await?;
                Ok(rows.first().map(|r| T::read(&mut Columns::postgres(r))).transpose()?)
            }
        })
        .await
    }

    /// The first row of a statement that always has one.
    ///
    /// # Errors
    /// As [`Read::all`]; a missing row is a defect.
    pub async fn one<T: Row>(&self, q: Query) -> Result<T> {
        let stmt = q.stmt();
        self.optional(q).await?.ok_or_else(|| defect(stmt, "a statement that always has a row had none"))
    }

    #[doc(hidden)]
    pub fn sqlite(&self) -> Option<&rusqlite::Connection> {
        match &self.link {
            Link::Sqlite(c) => Some(c),
            Link::Postgres(_) => None,
        }
    }

    /// The connection, on a thread that has made this handle for SQLite.
    #[expect(clippy::expect_used, reason = "the thread's own handle")]
    pub(crate) fn lite(&self) -> &rusqlite::Connection {
        self.sqlite().expect("a handle for SQLite")
    }

    /// The same for PostgreSQL.
    #[expect(clippy::panic, reason = "the thread's own handle")]
    pub(crate) fn session(&self) -> &Session {
        match &self.link {
            Link::Postgres(s) => s,
            Link::Sqlite(_) => panic!("a handle for PostgreSQL"),
        }
    }
}

/// A defect, told with the place of its statement.
fn defect(stmt: Option<&'static Stmt>, what: &str) -> Error {
    match stmt {
        Some(s) => Error::internal(format_args!("{}:{}: {what}", s.file, s.line)),
        None => Error::internal(what),
    }
}

/// A failed statement.
pub struct Failure {
    pub error: Error,
    pub cause: Cause,
}

/// Why a statement failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The statement itself, or the database as a whole.
    Statement,
    /// Another transaction was in the way: the operation may simply run again.
    Rival,
    /// The disk did not answer: the connection cannot be trusted any more.
    Disk,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, cause: Cause::Statement }
    }
}

/// A fact for the spine: what happened to what. Written in the transaction that made it happen, and read by timelines,
/// notifications, webhooks and audits; nothing else tells them.
#[derive(Clone, Debug)]
pub struct Change {
    action: &'static str,
    entity: &'static str,
    entity_id: i64,
    property: Option<PropertyId>,
    unit: Option<UnitId>,
    person: Option<PersonId>,
    data: String,
}

impl Change {
    /// `action` (as in `ticket.closed`) happened to an entity.
    #[must_use]
    pub fn new<T: kernel::Entity>(action: &'static str, id: kernel::Id<T>) -> Self {
        Self {
            action,
            entity: T::NAME,
            entity_id: id.get(),
            property: None,
            unit: None,
            person: None,
            data: String::new(),
        }
    }

    /// It concerns this property.
    #[must_use]
    pub fn property(mut self, id: impl Into<Option<PropertyId>>) -> Self {
        self.property = id.into();
        self
    }

    /// It concerns this unit.
    #[must_use]
    pub fn unit(mut self, id: impl Into<Option<UnitId>>) -> Self {
        self.unit = id.into();
        self
    }

    /// It concerns this person.
    #[must_use]
    pub fn person(mut self, id: impl Into<Option<PersonId>>) -> Self {
        self.person = id.into();
        self
    }

    /// What changed: a JSON object `{field: [old, new]}`, or nothing at all; secrets never appear in it.
    #[must_use]
    pub fn data(mut self, json: String) -> Self {
        self.data = json;
        self
    }
}

/// One transaction. A `&Write` is a `&Read` as well.
pub struct Write {
    read: Read,
    changes: RefCell<Vec<Change>>,
}

impl Deref for Write {
    type Target = Read;
    fn deref(&self) -> &Read {
        &self.read
    }
}

impl Write {
    pub(crate) fn new(read: Read) -> Self {
        Self { read, changes: RefCell::default() }
    }

    /// Runs a statement and tells how many rows it touched.
    ///
    /// # Errors
    /// As [`Read::all`].
    pub async fn execute(&self, q: Query) -> Result<u64> {
        self.step(&q, async || match (&self.link, q.stmt()) {
            (_, None) => Err(Error::internal("a list does not write").into()),
            (Link::Sqlite(c), Some(stmt)) => sqlite::execute(c, stmt, &q.args),
            (Link::Postgres(s), Some(stmt)) => s.execute(stmt, &q.args).await,
        })
        .await
    }

    /// A new uid, sortable by this operation's instant.
    #[must_use]
    pub fn uid(&self) -> Uuid {
        self.state.random.uid(self.now())
    }

    /// The source of random bits.
    #[must_use]
    pub fn random(&self) -> &Random {
        &self.state.random
    }

    /// Notes a fact; it is written as the last step before the commit and numbered in the organization's commit
    /// order, without gaps.
    pub fn change(&self, change: Change) {
        self.changes.borrow_mut().push(change);
    }

    /// The whole operation: the closure, then its changes.
    pub(crate) async fn whole(&self, caller: Caller, f: &dyn Writing) -> Result<Answer> {
        self.begin(caller);
        self.changes.borrow_mut().clear();
        let out = self.judge(f.run(self).await)?;
        self.write_changes(caller).await?;
        Ok(out)
    }

    async fn write_changes(&self, caller: Caller) -> Result<()> {
        let changes = self.changes.take();
        if changes.is_empty() {
            return Ok(());
        }
        let count = i64::try_from(changes.len()).map_err(Error::internal)?;
        let last: i64 =
            self.one(sql!("UPDATE feed SET seq = seq + $2 WHERE org_id = $1 RETURNING seq", caller.org, count)).await?;
        let (actor, session) = match caller.principal {
            Principal::Person { person, session } => (Some(person.get()), Some(session)),
            Principal::Client(client) => (Some(client.get()), None),
            Principal::Unit { unit, .. } => (Some(unit.get()), None),
            Principal::Anonymous | Principal::System => (None, None),
        };
        let kind = match caller.principal {
            Principal::Person { .. } => "person",
            Principal::Client(_) => "client",
            Principal::Unit { .. } => "unit",
            Principal::Anonymous => "anonymous",
            Principal::System => "system",
        };
        let rows = changes.into_iter().zip(last - count + 1..).map(|(c, seq)| {
            self.execute(sql!(
                "INSERT INTO change (org_id, seq, at, actor_kind, actor_id, session_id, door, action, entity, entity_id, property_id, unit_id, person_id, data) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                caller.org, seq, caller.at, kind, actor, session, caller.door.as_str(),
                c.action, c.entity, c.entity_id, c.property, c.unit, c.person, c.data
            ))
        });
        futures_util::future::try_join_all(rows).await?;
        Ok(())
    }
}
