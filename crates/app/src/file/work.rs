//! What is done about files behind the scenes.

use kernel::{Action, Caller, Error, FileId, OrgId, Result};
use storage::picture;

use super::{Files, LAG, Thumbnail, Variant, delete, storage, store};
use crate::{
    access::{Resource, require},
    job::{self, Job},
};

/// The kind of job that makes a file's thumbnail; its payload is the file's id.
pub const THUMBNAIL: &str = "file.thumbnail";

/// How many files are looked at in one operation.
pub const BATCH: u32 = 200;

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
                let storage = storage(self.0)?;
                let _turn = storage.turn().await?;
                let bytes = storage.read(&file.path_of(Variant::Whole)?).await?;
                let content_type = file.content_type.clone();
                let small = move || picture::thumbnail(&bytes, &content_type);
                // A decoder that panics has met a picture that cannot be decoded.
                let small = tokio::task::spawn_blocking(small).await.unwrap_or_default();
                match (small, file.thumbnail_path()) {
                    (Some(small), Some(path)) => {
                        storage.put(&path, small).await?;
                        Some(Thumbnail::Made)
                    }
                    _ => Some(Thumbnail::None),
                }
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
