//! A file on its way in.

use db::Change;
use futures_util::Stream;
use kernel::{Caller, Error, Problem, Result};
use storage::{Bytes, ReceiveError, STEM, Spool, Storage, kind, name, picture};
use tokio::runtime::Handle;

use super::{File, Files, QUOTA, THUMBNAIL, Thumbnail, storage, store};
use crate::{App, access::uploader, job};

/// Pictures of more bytes are refused: each is held in memory while its metadata is taken out.
const LARGEST_PICTURE: u64 = 64 * 1024 * 1024;

/// What is said about a file that is uploaded.
#[derive(Clone, Debug)]
pub struct Upload {
    /// What people call it; folders and what misleads is taken off.
    pub name: String,
    /// What the sender says it is, as in `Content-Type`.
    pub content_type: String,
    /// How many bytes it may have.
    pub limit: u64,
}

/// Why a file was not taken; nothing of it is kept.
#[derive(Debug)]
pub enum UploadError<E> {
    /// The sender failed.
    Sender(E),
    /// It was refused.
    Refused(Error),
}

impl<E> From<Error> for UploadError<E> {
    fn from(e: Error) -> Self {
        Self::Refused(e)
    }
}

impl<E> From<ReceiveError<E>> for UploadError<E> {
    fn from(e: ReceiveError<E>) -> Self {
        match e {
            ReceiveError::Sender(e) => Self::Sender(e),
            ReceiveError::TooLarge => Self::Refused(Error::TooLarge),
            ReceiveError::Storage(e) => Self::Refused(e),
        }
    }
}

#[operations::compiled_here]
impl Files<'_> {
    /// Takes a file in: its bytes as they come, then its row. Pictures lose what tells where and when they were taken.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] and [`Error::Forbidden`] before the first byte is read; [`Error::TooLarge`] with the
    /// first byte over the limit; [`Error::Invalid`] at `file` for no bytes at all, and for a picture that is broken and
    /// holds metadata; [`Error::Conflict`] `quota` when the organization has no room left; [`Error::Unavailable`].
    pub async fn upload<S, E>(&self, caller: &Caller, upload: Upload, sender: S) -> Result<File, UploadError<E>>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let used = self.0.read(caller, async |r, actor| {
            uploader(actor)?;
            store::used(r).await
        });
        if used.await? >= QUOTA {
            return Err(Error::Conflict("quota").into());
        }
        let spool = storage(self.0)?.receive(sender, upload.limit).await?;
        if spool.size() == 0 {
            return Err(Error::invalid("file", Problem::Required).into());
        }
        // From here on it goes to its end, also when the client does not wait for the answer: bytes that are kept get
        // their row.
        let (app, caller) = (self.0.clone(), *caller);
        let kept = tokio::spawn(async move { finish(&app, &caller, &upload, spool).await });
        Ok(kept.await.map_err(Error::internal)??)
    }
}

async fn finish(app: &App, caller: &Caller, upload: &Upload, spool: Spool) -> Result<File> {
    let content_type = kind::decide(spool.head(), &upload.content_type);
    let name = name::clean(&upload.name);
    let extension = name::extension(&name).or_else(|| kind::extension(&content_type).map(str::to_owned));
    let stem: String = app.random().secret().chars().take(STEM).collect();
    let path = extension.map_or_else(|| stem.clone(), |extension| format!("{stem}.{extension}"));
    let mut new = store::New {
        uid: app.random().uid(caller.at),
        path,
        name,
        content_type,
        size: i64::try_from(spool.size()).map_err(Error::internal)?,
        sha256: spool.sha256().to_vec(),
        pixels: None,
        thumbnail: Thumbnail::None,
        by: None,
    };
    let storage = storage(app)?;
    if kind::tells_places(&new.content_type) {
        if spool.size() > LARGEST_PICTURE {
            return Err(Error::TooLarge);
        }
        let (storage, on) = (storage.clone(), Handle::current());
        new = picture::alone(move || clean(&storage, &on, &spool, new)).await??;
    } else {
        storage.keep(&new.path, &spool).await?;
    }
    let path = new.path.clone();
    let made = insert(app, caller, new).await;
    if made.is_err()
        && let Err(error) = storage.delete(&path).await
    {
        tracing::error!(%error, "the bytes of a file without a row were left behind");
    }
    made
}

/// Keeps of a picture what is needed to draw it, and notes what is known of that.
fn clean(storage: &Storage, on: &Handle, spool: &Spool, mut new: store::New) -> Result<store::New> {
    let whole = spool.read_here()?;
    let parts = match picture::strip(&whole, &new.content_type) {
        Some(parts) => parts,
        // A picture whose build nobody understands is kept as it is, unless it could tell a place.
        None if !picture::has_metadata(&whole) => vec![whole.clone()],
        None => return Err(Error::invalid("file", Problem::Malformed)),
    };
    new.size = i64::try_from(parts.iter().map(Bytes::len).sum::<usize>()).map_err(Error::internal)?;
    new.sha256 = storage::sha256(&parts).to_vec();
    new.pixels = picture::size_of(&parts, &new.content_type);
    if new.pixels.is_some_and(picture::may_be_decoded) {
        new.thumbnail = Thumbnail::Wanted;
    }
    on.block_on(storage.put_parts(&new.path, parts))?;
    Ok(new)
}

async fn insert(app: &App, caller: &Caller, new: store::New) -> Result<File> {
    app.write(caller, async move |w, actor| {
        let by = uploader(actor)?;
        // One organization, one writer: nobody adds to the sum meanwhile.
        if store::used(w).await? + new.size > QUOTA {
            return Err(Error::Conflict("quota"));
        }
        let id = store::insert(w, &store::New { by, ..new.clone() }).await?;
        if new.thumbnail == Thumbnail::Wanted {
            job::enqueue(w, THUMBNAIL, &id.to_string(), w.now(), None).await?;
        }
        w.change(Change::new("file.uploaded", id).person(by));
        store::by_id(w, id).await?.ok_or_else(|| Error::internal("a file that was just written is gone"))
    })
    .await
}
