//! The folders of a directory: what lies in them, parts of files that a crash left included, which the store does not see.

use std::{
    fs::{self, DirEntry},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use futures_util::{StreamExt as _, stream, stream::BoxStream};
use kernel::{Error, Instant, Result};
use tokio::sync::mpsc::{self, Sender};

use crate::{Kept, store::is_ours};

/// How many names wait to be looked at.
const AHEAD: usize = 256;

/// Everything in the shelves of a folder. It is read as far as somebody looks at it.
pub fn walk(folder: PathBuf) -> BoxStream<'static, Result<Kept>> {
    let (to, from) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = shelves(&folder, &to) {
            let _ = to.blocking_send(Err(failed(&error)));
        }
    });
    stream::unfold(from, |mut from| async move { from.recv().await.map(|found| (found, from)) }).boxed()
}

fn shelves(folder: &Path, to: &Sender<Result<Kept>>) -> io::Result<()> {
    for shelf in fs::read_dir(folder)? {
        let shelf = shelf?;
        if shelf.file_name().len() != 2 || !shelf.file_type()?.is_dir() {
            continue;
        }
        for entry in fs::read_dir(shelf.path())? {
            let Some(kept) = kept(&entry?)? else { continue };
            // Nobody looks any more.
            if to.blocking_send(Ok(kept)).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn kept(entry: &DirEntry) -> io::Result<Option<Kept>> {
    let Some(name) = entry.file_name().to_str().filter(|name| is_ours(name)).map(str::to_owned) else {
        return Ok(None);
    };
    match entry.metadata().and_then(|about| about.modified()) {
        Ok(modified) => Ok(Some(Kept { name, at: instant(modified) })),
        // Deleted meanwhile.
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn instant(at: SystemTime) -> Instant {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Deletes a file; that there is none is good as well.
pub async fn delete(path: PathBuf) -> Result<()> {
    let deleted = tokio::task::spawn_blocking(move || fs::remove_file(path)).await.map_err(Error::internal)?;
    match deleted {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed(&e)),
        _ => Ok(()),
    }
}

fn failed(error: &io::Error) -> Error {
    tracing::error!(%error, "the storage failed");
    Error::Unavailable("the storage does not answer")
}
