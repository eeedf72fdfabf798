//! Servers that do only the inevitable, to compare with: the same bytes and headers from the same HTTP library, with
//! nothing behind, or with the same statements behind. What the program needs above them is its own.

mod postgres;
mod sqlite;

use std::{fs, net::Ipv4Addr, path::Path, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path as FromPath, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use db::Stmt;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::TcpListener;

use crate::{Result, http};

/// What the application runs for a GET of one resident, with the values: organization, person and session of the
/// caller; organization and id of the resident.
struct Statements {
    standing: &'static Stmt,
    person: &'static Stmt,
    tenancies: &'static Stmt,
    staff: &'static Stmt,
}

/// How many they are.
pub const STATEMENTS: u64 = 4;

/// Finds who signed in last.
const WHO: &str = "SELECT org_id, person_id, id FROM session ORDER BY id DESC LIMIT 1";

/// Who asks.
#[derive(Clone, Copy)]
struct Who {
    org: i64,
    person: i64,
    session: i64,
}

/// What is behind a floor.
enum Behind {
    Nothing,
    Sqlite(sqlite::Readers),
    Postgres(postgres::Threads),
}

struct Floor {
    head: HeaderMap,
    body: Bytes,
    behind: Behind,
}

/// `floor-bytes`: the answer kept in a file, and nothing else.
pub fn bytes(answer: &str) -> Result<()> {
    serve(answer, Behind::Nothing)
}

/// `floor-sqlite`: the same after the statements on SQLite.
pub fn sqlite(answer: &str, file: &str) -> Result<()> {
    let readers = sqlite::Readers::start(Path::new(file), &statements()?);
    serve(answer, Behind::Sqlite(readers.map_err(|e| format!("{file}: {e}"))?))
}

/// `floor-postgres`: the same after the statements on PostgreSQL.
pub fn postgres(answer: &str, url: &str) -> Result<()> {
    serve(answer, Behind::Postgres(postgres::Threads::start(url, statements()?)?))
}

/// The application's own texts, so that a floor cannot fall behind them.
fn statements() -> Result<Statements> {
    let find = |file: &str, part: &str| {
        let mut found = db::STATEMENTS.iter().filter(|s| s.file.ends_with(file) && s.pg.contains(part));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(*one),
            _ => {
                Err(format!("not exactly one statement in {file} has `{part}`: the floors must follow the application"))
            }
        }
    };
    Ok(Statements {
        standing: find("app/src/access.rs", "LEFT JOIN session")?,
        person: find("app/src/resident/store.rs", "p.id = $2 AND p.is_resident")?,
        tenancies: find("app/src/tenancy/store.rs", "t.person_id = $2 AND t.role = 'tenant'")?,
        staff: find("app/src/resident/store.rs", "FROM staff_assignment a JOIN person")?,
    })
}

async fn tenant(FromPath(id): FromPath<i64>, State(floor): State<Arc<Floor>>) -> Response {
    let rows = match &floor.behind {
        Behind::Nothing => Ok(1),
        Behind::Sqlite(readers) => readers.rows(id).await,
        Behind::Postgres(threads) => threads.rows(id).await,
    };
    match rows {
        Ok(1..) => {
            let mut response = Response::new(Body::from(floor.body.clone()));
            response.headers_mut().clone_from(&floor.head);
            response
        }
        Ok(_) => StatusCode::NOT_FOUND.into_response(),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e).into_response(),
    }
}

fn serve(answer: &str, behind: Behind) -> Result<()> {
    let (head, body) = read(answer)?;
    let router =
        Router::new().route("/api/tenants/{id}", get(tenant)).with_state(Arc::new(Floor { head, body, behind }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(accept(router)).map_err(|e| e.to_string())
}

async fn accept(router: Router) -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("The floor is at http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// Headers and body of an answer that was kept as it came. What the HTTP library adds itself is left out.
fn read(file: &str) -> Result<(HeaderMap, Bytes)> {
    let raw = fs::read(file).map_err(|e| format!("{file}: {e}"))?;
    let (head, body) = http::split(&raw).ok_or("no answer in the file")?;
    let mut headers = HeaderMap::new();
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        let name = name.parse::<HeaderName>().map_err(|e| e.to_string())?;
        if ![header::DATE, header::CONTENT_LENGTH, header::CONNECTION].contains(&name) {
            headers.append(name, HeaderValue::from_str(value).map_err(|e| e.to_string())?);
        }
    }
    Ok((headers, Bytes::copy_from_slice(body)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_statements_are_found() {
        super::statements().unwrap();
    }
}
