//! What is done about files behind the scenes.

use std::collections::HashSet;

use futures_util::TryStreamExt as _;
use kernel::{Action, Caller, Error, FileId, OrgId, Result};
use storage::{STEM, picture};
use tokio::runtime::Handle;

use super::{File, Files, LAG, Thumbnail, Variant, delete, storage, store};
use crate::{
    access::{Resource, require},
    job::{self, Job},
};

/// The kind of job that makes a file's thumbnail; its payload is the file's id.
pub const THUMBNAIL: &str = "file.thumbnail";

/// How many files are looked at in one operation.
pub const BATCH: u32 = 200;

#[operations::compiled_here]
impl Files<'_> {
    /// Makes the thumbnail that a job asks for, and ends the job. A second run makes it again, under the same path. A
    /// picture that cannot be decoded has none from then on.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the job is to be tried again.
    pub async fn make_thumbnail(&self, caller: &Caller, job: &Job) -> Result<()> {
        let id = FileId::new(job.payload.parse().map_err(Error::internal)?);
        let file = self.0.read(caller, async move |r, actor| {
            require(actor, Action::Operate, Resource::Organization)?;
            store::by_id(r, id).await
        });
        let made = match file.await? {
            Some(file) if file.thumbnail != Thumbnail::None => {
                Some(if self.make_small(&file).await? { Thumbnail::Made } else { Thumbnail::None })
            }
            // Deleted meanwhile: what is noted about it says what is to be deleted.
            _ => None,
        };
        let job = job.id;
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                if let Some(made) = made {
                    store::thumbnail_is(w, id, made).await?;
                }
                job::finish(w, job).await
            })
            .await
    }

    /// Keeps a small picture of a picture; answers whether it could be decoded. The row is the caller's to change.
    pub(crate) async fn make_small(&self, file: &File) -> Result<bool> {
        let storage = storage(self.0)?;
        let (path, content_type) = (file.path_of(Variant::Whole)?, file.content_type.clone());
        let (from, on) = (storage.clone(), Handle::current());
        let make = move || Ok(picture::thumbnail(&from.read_here(&path, &on)?, &content_type));
        // A decoder that panics has met a picture that cannot be decoded.
        let small = picture::alone(make).await.unwrap_or(Ok(None))?;
        match (small, file.thumbnail_path()) {
            (Some(small), Some(path)) => storage.put(&path, small).await.map(|()| true),
            _ => Ok(false),
        }
    }

    /// The organizations with files that nothing has held for a day.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn organizations_with_orphans(&self, caller: &Caller) -> Result<Vec<OrgId>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                store::organizations_with_orphans(r).await
            })
            .await
    }

    /// Deletes the files of one organization that nothing has held for a day, at most [`BATCH`]; answers how many.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn delete_orphans(&self, caller: &Caller) -> Result<u64> {
        self.0
            .write_in(db::Lane::Bulk, caller, async |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let ids = store::orphans(w, BATCH).await?;
                delete(w, &ids).await
            })
            .await
    }

    /// Deletes bytes that no file knows, of whichever organization, a day after they came: what a crash between keeping
    /// bytes and writing their row left behind, or a storage that would not delete. Answers how many. Where this
    /// database seems to be the wrong one for the storage, nothing is deleted: see `suspicious`.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Unavailable`].
    pub async fn sweep(&self, caller: &Caller) -> Result<u64> {
        let storage = storage(self.0)?;
        let began = self.0.read(caller, async |r, actor| {
            require(actor, Action::Operate, Resource::Organization)?;
            store::began(r).await
        });
        // What is older than this database is not its own.
        let Some(began) = began.await? else { return Ok(0) };
        let until = caller.at.plus_secs(-LAG);
        let (mut kept, mut some, mut gone) = (storage.kept(), Vec::new(), 0);
        while let Some(found) = kept.try_next().await? {
            if began <= found.at && found.at <= until {
                some.push(found.name);
            }
            if some.len() == BATCH as usize {
                gone += self.sweep_some(caller, std::mem::take(&mut some)).await?;
            }
        }
        Ok(gone + self.sweep_some(caller, some).await?)
    }

    async fn sweep_some(&self, caller: &Caller, names: Vec<String>) -> Result<u64> {
        if names.is_empty() {
            return Ok(0);
        }
        let storage = storage(self.0)?;
        let paths: Vec<String> = names.iter().map(|name| path_of(name)).collect();
        let known: HashSet<String> = {
            let paths = paths.clone();
            let known = self.0.read(caller, async move |r, _| store::known(r, &paths).await).await?;
            known.into_iter().collect()
        };
        let unknown: Vec<&String> =
            names.iter().zip(&paths).filter(|(_, path)| !known.contains(*path)).map(|(name, _)| name).collect();
        if suspicious(unknown.len(), names.len()) {
            tracing::error!(
                unknown = unknown.len(),
                of = names.len(),
                "the storage holds much that this database does not know; it is left alone"
            );
            return Ok(0);
        }
        for name in &unknown {
            storage.delete(name).await?;
        }
        Ok(unknown.len() as u64)
    }

    /// Deletes the bytes of files whose rows were deleted a day ago, at most [`BATCH`], and forgets them; answers how
    /// many. A second run finds nothing, or bytes that are gone already.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Unavailable`].
    pub async fn purge(&self, caller: &Caller) -> Result<u64> {
        let doomed = self.0.read(caller, async |r, actor| {
            require(actor, Action::Operate, Resource::Organization)?;
            store::doomed(r, r.now().plus_secs(-LAG), BATCH).await
        });
        let doomed = doomed.await?;
        if doomed.is_empty() {
            return Ok(0);
        }
        let storage = storage(self.0)?;
        for file in &doomed {
            // A thumbnail first: while the row is there, what is left is found again. One that was wanted may have been
            // made after the file was deleted.
            if file.thumbnail != Thumbnail::None {
                storage.delete(&super::thumbnail_path(&file.path)).await?;
            }
            storage.delete(&file.path).await?;
        }
        let ids: Vec<FileId> = doomed.iter().map(|f| f.id).collect();
        self.0
            .write_in(db::Lane::Bulk, caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                store::forget(w, &ids).await
            })
            .await
    }
}

/// The path of the file whose bytes, or whose thumbnail's, lie under a name. Nothing has a path with what tells a part.
fn path_of(name: &str) -> String {
    let (width, height) = picture::THUMBNAIL;
    match name.split_at_checked(STEM) {
        Some((stem, rest)) => {
            let rest = rest.strip_prefix(&format!(".{width}.{height}")).unwrap_or(rest);
            format!("{stem}{rest}")
        }
        None => name.to_owned(),
    }
}

/// Whether so many unknown ones of so many are more than accidents leave behind: then somebody else uses the storage, too,
/// or it is another database's.
const fn suspicious(unknown: usize, of: usize) -> bool {
    unknown > 20 && unknown * 2 > of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_of_the_file_whose_stem_they_have() {
        let stem = "iUx8ffxYaVitrBP0Z8LU-w8t";
        for (name, path) in [
            (format!("{stem}.pdf"), format!("{stem}.pdf")),
            (format!("{stem}.300.225.jpg"), format!("{stem}.jpg")),
            (format!("{stem}.300.225"), stem.to_owned()),
            (format!("{stem}.jpg#copy"), format!("{stem}.jpg#copy")),
            ("short".to_owned(), "short".to_owned()),
        ] {
            assert_eq!(path_of(&name), path);
        }
    }

    #[test]
    fn a_few_are_accidents_and_half_are_not() {
        for (unknown, of, is) in [(1, 1, false), (20, 20, false), (21, 21, true), (21, 200, false), (101, 200, true)] {
            assert_eq!(suspicious(unknown, of), is, "{unknown} of {of}");
        }
    }
}
