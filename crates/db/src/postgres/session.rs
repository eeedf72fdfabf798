//! One connection to PostgreSQL while an operation runs on it.

use std::{cell::Cell, error::Error as _, io, ops::Deref};

use bytes::BytesMut;
use deadpool_postgres::{Client, Object, Pool};
use kernel::{Error, Result};
use tokio_postgres::{
    Statement,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

use crate::{
    Arg, Query, Stmt,
    handle::{Cause, Failure},
    sql::Text,
};

/// A connection of the pool. It goes back when its transaction was seen to end; otherwise it is closed.
pub struct Session {
    client: Option<Client>,
    open: Cell<bool>,
}

impl Session {
    pub async fn get(pool: &Pool) -> Result<Self> {
        let client = pool.get().await.map_err(|e| unreachable(&e))?;
        Ok(Self { client: Some(client), open: Cell::new(false) })
    }

    /// Begins the transaction.
    pub async fn begin(&self, sql: &str) -> Result<(), Failure> {
        self.open.set(true);
        self.batch_execute(sql).await.map_err(|e| failure(&e))
    }

    /// Ends the transaction. What goes wrong here is never tried again: it may have happened.
    pub async fn end(&self, sql: &str) -> Result<()> {
        self.batch_execute(sql).await.map_err(|e| failure(&e).error)?;
        self.open.set(false);
        Ok(())
    }

    pub async fn query(&self, q: &Query) -> Result<Vec<tokio_postgres::Row>, Failure> {
        let rows = match &q.text {
            Text::Fixed(s) => {
                let statement = self.statement(s.pg).await?;
                self.deref().query(&statement, &bound(&q.args)).await
            }
            // Built texts are many; they are parsed each time rather than kept.
            Text::Built { pg, .. } => {
                let typed: Vec<(&(dyn ToSql + Sync), Type)> = q.args.iter().map(|a| (a as _, a.pg_type())).collect();
                self.query_typed(pg, &typed).await
            }
        };
        rows.map_err(|e| self.failed(&e))
    }

    pub async fn execute(&self, stmt: &'static Stmt, args: &[Arg]) -> Result<u64, Failure> {
        let statement = self.statement(stmt.pg).await?;
        self.deref().execute(&statement, &bound(args)).await.map_err(|e| self.failed(&e))
    }

    async fn statement(&self, sql: &str) -> Result<Statement, Failure> {
        self.prepare_cached(sql).await.map_err(|e| self.failed(&e))
    }

    /// A plan made before a change of the schema (0A000) is thrown away, and the operation may run again.
    fn failed(&self, e: &tokio_postgres::Error) -> Failure {
        if e.code().is_some_and(|c| c.code() == "0A000") {
            self.statement_cache.clear();
        }
        failure(e)
    }

    /// Prepares a statement without running it; answers what is wrong with it.
    pub async fn check(&self, stmt: &Stmt) -> Result<(), String> {
        let s = self.prepare(stmt.pg).await.map_err(|e| match e.as_db_error() {
            Some(d) => format!("{} {}", d.message(), d.hint().unwrap_or("")),
            None => e.to_string(),
        })?;
        let places = s.params().iter().map(|t| ("a place", t)).chain(s.columns().iter().map(|c| (c.name(), c.type_())));
        for (name, ty) in places {
            let portable = [Type::BOOL, Type::INT8, Type::FLOAT8, Type::TEXT, Type::BYTEA, Type::UUID];
            let list = name == "a place" && *ty == Type::INT8_ARRAY;
            if !list && !portable.contains(ty) {
                return Err(format!("{name} has the type {ty}: outside the portable subset, a CAST may help"));
            }
        }
        Ok(())
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
        if self.open.get()
            && let Some(client) = self.client.take()
        {
            drop(Object::take(client));
        }
    }
}

/// Why there is no connection: the reason is the operator's, in the log.
pub fn unreachable(e: &(dyn std::error::Error + 'static)) -> Error {
    let chain: Vec<String> = std::iter::successors(Some(e), |&e| e.source()).map(ToString::to_string).collect();
    tracing::warn!(error = chain.join(": "), "no connection to PostgreSQL");
    Error::Unavailable("no connection to the database")
}

/// What a driver's error means to an operation.
pub fn failure(e: &tokio_postgres::Error) -> Failure {
    const LOST: Error = Error::Unavailable("the connection to the database was lost");
    let Some(db) = e.as_db_error() else {
        let lost = e.is_closed() || e.source().is_some_and(<dyn std::error::Error>::is::<io::Error>);
        return if lost { LOST } else { Error::internal(e) }.into();
    };
    let rival = |why| Failure { error: Error::Unavailable(why), cause: Cause::Rival };
    let error = match db.code().code() {
        "40001" | "40P01" => return rival("another transaction was in the way"),
        "0A000" if db.routine() == Some("RevalidateCachedQuery") => return rival("the schema has changed"),
        "55P03" => Error::Unavailable("the database is locked"),
        "57014" => Error::Unavailable("the statement took too long"),
        "53100" => Error::Unavailable("the disk is full"),
        "53200" | "53300" => Error::Unavailable("the database has no room"),
        "58030" => Error::Unavailable("the disk does not answer"),
        "25P03" | "57P01" | "57P02" | "57P03" => LOST,
        code if code.starts_with("08") => LOST,
        code => Error::internal(format_args!("{code} {}", db.message())),
    };
    error.into()
}

fn bound(args: &[Arg]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter().map(|a| a as _).collect()
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
            Self::Uuids(_) => Type::UUID_ARRAY,
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
            Self::Uuids(v) => v.to_sql_checked(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
