//! Holds every statement of the program against both databases.

use std::fmt::Write as _;

use super::{TestDb, dialects};
use crate::{Db, Dialect, STATEMENTS, Stmt};

/// Words that the two databases understand differently, or that break a transaction.
const BANNED: &[&str] = &[
    "SELECT *",
    "LIKE",
    "NOW()",
    "CURRENT_TIMESTAMP",
    "RANDOM()",
    "->",
    "::",
    "OR ROLLBACK",
    "RAISE",
    "DEFERRABLE",
    "DEFERRED",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "PRAGMA",
    "ATTACH",
];

/// Checks every statement that is linked into the calling test, statements in tests left out. To be called from a
/// test of each crate that has statements.
///
/// # Panics
/// When a database refuses a statement, SQLite would scan a table for it, or it is outside the portable subset; all
/// such statements are named.
#[expect(clippy::panic, reason = "for tests")]
pub async fn check_statements() {
    let mut told = String::new();
    let real = |s: &&&Stmt| !s.file.contains("tests/") && !s.file.ends_with("tests.rs");
    for dialect in dialects() {
        let t = TestDb::new(*dialect).await;
        for stmt in STATEMENTS.iter().filter(real) {
            for fault in faults(&t.db, stmt).await {
                let _ = writeln!(told, "{}:{} on {dialect:?}: {fault}", stmt.file, stmt.line);
            }
        }
    }
    if !told.is_empty() {
        panic!("statements that cannot stay so:\n{told}");
    }
}

/// What one database, or the house, has against a statement.
pub async fn faults(db: &Db, stmt: &'static Stmt) -> Vec<String> {
    let text = match db.dialect() {
        Dialect::Sqlite => stmt.lite,
        Dialect::Postgres => stmt.pg,
    };
    let mut out: Vec<String> =
        BANNED.iter().filter(|w| has(&text.to_uppercase(), w)).map(|w| format!("{w} is banned")).collect();
    if walks(stmt.pg) {
        out.push("by ids, and not by its organization: write `+org_id`".to_owned());
    }
    match db.check(stmt).await {
        Err(e) => out.push(e),
        Ok(_) if text.contains("/* scan: ") => {}
        Ok(plan) => out.extend(plan.into_iter().filter(|line| scans(line, text))),
    }
    out
}

/// Whether a text has a word, and not as a part of a longer one.
fn has(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        let joined = |edge: Option<char>, other: Option<char>| edge.is_some_and(inside) && other.is_some_and(inside);
        !joined(word.chars().next(), before) && !joined(word.chars().next_back(), after)
    })
}

/// Whether a statement names rows by their ids and leaves it open how they are found. SQLite would rather walk through all
/// rows of the organization by an index that begins with it; a plus keeps that index out.
fn walks(text: &str) -> bool {
    const HEAD: &str = "org_id = $1 AND ";
    text.match_indices(HEAD).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + HEAD.len()..]);
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let alias = before.rsplit(|c| !inside(c)).next().unwrap_or_default();
        let by_ids = after.strip_prefix(alias).is_some_and(|rest| rest.starts_with("id = ANY("));
        by_ids && !before[..before.len() - alias.len()].ends_with('+')
    })
}

/// Whether a line of SQLite's plan walks through a whole table. Lists of ids, subqueries and CTEs are no tables.
fn scans(line: &str, text: &str) -> bool {
    let Some(what) = line.strip_prefix("SCAN ") else { return false };
    let name = what.split(' ').next().unwrap_or(what);
    // A new row may settle what its children miss: planned for, but skipped where nothing is missed.
    if text.trim_start().starts_with("INSERT") && !has(text, name) {
        return false;
    }
    let cte = text.contains("WITH ") && (text.contains(&format!("{name} AS (")) || text.contains(&format!("{name} (")));
    !(cte || what.contains("VIRTUAL TABLE") || what.contains("CONSTANT ROW") || name.starts_with('('))
}

#[cfg(test)]
mod tests {
    use super::{has, scans, walks};

    #[test]
    fn rows_are_found_by_their_ids() {
        assert!(walks("SELECT x FROM t WHERE org_id = $1 AND id = ANY($2)"));
        assert!(walks("SELECT x FROM t WHERE a.org_id = $1 AND a.id = ANY($2)"));
        assert!(!walks("SELECT x FROM t WHERE +org_id = $1 AND id = ANY($2)"));
        assert!(!walks("SELECT x FROM t WHERE +a.org_id = $1 AND a.id = ANY($2)"));
        assert!(!walks(
            "SELECT x FROM t a, t b WHERE a.org_id = $1 AND b.id = ANY($2) AND org_id = $1 AND unit_id = ANY($3)"
        ));
    }

    #[test]
    fn words_are_whole() {
        assert!(has("A LIKE 'X'", "LIKE") && !has("LIKELY", "LIKE") && !has("UNLIKE", "LIKE"));
        assert!(has("A->>'X'", "->") && has("SELECT * FROM T", "SELECT *") && !has("SELECT A * B", "SELECT *"));
    }

    #[test]
    fn only_tables_count() {
        assert!(scans("SCAN unit", "SELECT id FROM unit"));
        assert!(scans("SCAN u USING COVERING INDEX unit_list", "SELECT id FROM unit u"));
        assert!(!scans("SCAN json_each VIRTUAL TABLE INDEX 1:", "…"));
        assert!(!scans("SCAN CONSTANT ROW", "SELECT 1"));
        assert!(!scans("SCAN (subquery-1)", "…"));
        assert!(!scans("SCAN tenancy", "INSERT INTO unit (number) VALUES (?1) RETURNING id"));
        assert!(scans("SCAN unit", "INSERT INTO unit (number) SELECT number FROM unit"));
        assert!(scans("SCAN tenancy", "DELETE FROM unit WHERE id = ?1"));
        assert!(!scans("SCAN n", "WITH RECURSIVE n (i) AS (SELECT 1) SELECT i FROM n"));
        assert!(!scans("SEARCH unit USING INTEGER PRIMARY KEY (rowid=?)", "…"));
    }
}
