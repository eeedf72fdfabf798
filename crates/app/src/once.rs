//! Forms that count once: what a key has brought about is answered again, and nothing is done twice.

use db::{Read, Write, sql};
use kernel::{Error, Problem, Result};

/// The longest key, in bytes.
const LONGEST: usize = 100;
/// Keys are kept for so many seconds.
const KEPT: i64 = 30 * 86_400;

/// What this key brought about, if it was used already.
pub async fn answer(r: &Read, key: &str) -> Result<Option<i64>> {
    if key.len() > LONGEST {
        return Err(Error::invalid("key", Problem::TooLong(LONGEST)));
    }
    r.optional(sql!("SELECT answer FROM form_key WHERE org_id = $1 AND key = $2", r.caller().org, key)).await
}

/// Keeps what a key has brought about; without a key there is nothing to keep.
pub async fn keep(w: &Write, key: &str, answer: i64) -> Result<()> {
    if key.is_empty() {
        return Ok(());
    }
    w.execute(sql!(
        "INSERT INTO form_key (org_id, key, answer, at) VALUES ($1, $2, $3, $4)",
        w.caller().org,
        key,
        answer,
        w.now()
    ))
    .await
    .map(drop)
}

/// Forgets keys of all organizations that are too old to come again.
pub async fn forget(w: &Write) -> Result<u64> {
    w.execute(sql!("DELETE FROM form_key WHERE at < $1", w.now().plus_secs(-KEPT))).await
}
