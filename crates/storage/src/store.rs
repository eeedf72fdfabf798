//! Where bytes are kept.

use std::{
    fmt, fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, future::ready, stream::BoxStream};
use kernel::{Error, Instant, Result};
use object_store::{
    GetOptions, ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart, aws::AmazonS3, local::LocalFileSystem,
    memory::InMemory, path::Path as Location, signer::Signer as _,
};

use tokio::sync::Semaphore;

use crate::{Spool, s3, shelves};

/// What is larger goes to S3 in parts of this size, the smallest that it takes; each is held in memory.
const PART: usize = 5 * 1024 * 1024;

/// Parts of one file that are on their way at the same time.
const PARTS: usize = 1;

/// Files that are on their way to S3 at the same time.
const SENDS: usize = 2;

/// Random characters at the beginning of each path.
pub const STEM: usize = 24;

/// The bytes of a file as they come.
pub type ByteStream = std::pin::Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// A place where bytes are kept under a path. Cheap to clone.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    store: Arc<dyn ObjectStore>,
    s3: Option<AmazonS3>,
    folder: Option<PathBuf>,
    /// Where bytes lie until they are whole.
    spool: PathBuf,
    prefix: Location,
    sends: Semaphore,
}

/// How a presigned address is to be answered.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The `Content-Type`.
    pub content_type: &'a str,
    /// The `Content-Disposition`.
    pub disposition: &'a str,
}

/// Why a setting cannot be used: half a sentence without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError(pub(crate) String);

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for SettingError {}

impl Storage {
    /// The place that `file:PATH` or `s3://bucket[/prefix]?region=…&endpoint=…&allow_http=…` names. A directory is made
    /// when it is missing, for its owner's eyes only; a bucket must be there. Without keys in the address those of the
    /// environment are taken, by their usual names (`AWS_ACCESS_KEY_ID`, …).
    ///
    /// # Errors
    /// When it cannot be understood, or the directory cannot be made.
    pub fn from_url(url: &str) -> Result<Self, SettingError> {
        match url.split_once(':') {
            Some(("file", path)) if !path.is_empty() => {
                Self::directory(Path::new(path.strip_prefix("//").unwrap_or(path)))
            }
            Some(("s3", rest)) if rest.starts_with("//") => {
                let (store, prefix) = s3::open(rest)?;
                Ok(Self(Arc::new(Inner {
                    store: Arc::new(store.clone()),
                    s3: Some(store),
                    folder: None,
                    spool: std::env::temp_dir(),
                    prefix,
                    sends: Semaphore::new(SENDS),
                })))
            }
            _ => Err(SettingError("must begin with `file:` or be like `s3://bucket?region=…`".to_owned())),
        }
    }

    /// A directory, made when it is missing, for its owner's eyes only.
    ///
    /// # Errors
    /// When it cannot be made or opened.
    pub fn directory(path: &Path) -> Result<Self, SettingError> {
        let cannot = |what: &str, e: &dyn fmt::Display| SettingError(format!("cannot {what} {}: {e}", path.display()));
        if !path.exists() {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(path).map_err(|e| cannot("make", &e))?;
        }
        let folder = path.canonicalize().map_err(|e| cannot("open", &e))?;
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|e| cannot("open", &e))?.with_fsync(true);
        Ok(Self(Arc::new(Inner {
            store: Arc::new(store),
            s3: None,
            spool: folder.clone(),
            folder: Some(folder),
            prefix: Location::default(),
            sends: Semaphore::new(SENDS),
        })))
    }

    /// A place that ends with the process, for tests.
    #[must_use]
    pub fn in_memory() -> Self {
        Self(Arc::new(Inner {
            store: Arc::new(InMemory::new()),
            s3: None,
            folder: None,
            spool: std::env::temp_dir(),
            prefix: Location::default(),
            sends: Semaphore::new(SENDS),
        }))
    }

    /// The directory, when it is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.0.folder.as_deref()
    }

    /// Where a path's bytes are. The first two characters are a folder of their own, so that no directory gets long.
    fn at(&self, path: &str) -> Location {
        self.0.prefix.clone().join(shelf(path)).join(path)
    }

    pub(crate) fn spool(&self) -> &Path {
        &self.0.spool
    }

    /// Keeps bytes under a path. They are there whole or not at all.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        self.put_parts(path, vec![bytes]).await
    }

    /// Keeps under a path what these parts are together.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn put_parts(&self, path: &str, parts: Vec<Bytes>) -> Result<()> {
        self.0.store.put(&self.at(path), PutPayload::from_iter(parts)).await.map(drop).map_err(unavailable)
    }

    /// Keeps under a path what was received.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; nothing stays then.
    pub async fn keep(&self, path: &str, spool: &Spool) -> Result<()> {
        let at = self.at(path);
        if let Some(folder) = &self.0.folder {
            return spool.copy(folder.join(at.as_ref())).await;
        }
        let _turn = self.0.sends.acquire().await.map_err(Error::internal)?;
        if spool.size() <= PART as u64 {
            return self.put(path, spool.read().await?).await;
        }
        let upload = self.0.store.put_multipart(&at).await.map_err(unavailable)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, PART);
        let mut chunks = spool.chunks();
        while let Some(chunk) = chunks.next().await {
            let written = match chunk {
                Ok(chunk) => {
                    let ready = writer.wait_for_capacity(PARTS).await.map_err(unavailable);
                    writer.put(chunk);
                    ready
                }
                Err(e) => Err(e),
            };
            if let Err(e) = written {
                let _ = writer.abort().await;
                return Err(e);
            }
        }
        // An upload that cannot be finished is aborted by the writer.
        writer.finish().await.map(drop).map_err(unavailable)
    }

    /// The bytes under a path, or a part of them.
    ///
    /// # Errors
    /// [`Error::NotFound`] `file`; [`Error::Unavailable`], also in the midst of the bytes.
    pub async fn get(&self, path: &str, range: Option<Range<u64>>) -> Result<ByteStream> {
        let options = GetOptions { range: range.map(Into::into), ..GetOptions::default() };
        let found = self.0.store.get_opts(&self.at(path), options).await.map_err(unavailable)?;
        Ok(Box::pin(found.into_stream().map_err(unavailable)))
    }

    /// All bytes under a path.
    ///
    /// # Errors
    /// As [`Storage::get`].
    pub async fn read(&self, path: &str) -> Result<Bytes> {
        let found = self.0.store.get(&self.at(path)).await.map_err(unavailable)?;
        found.bytes().await.map_err(unavailable)
    }

    /// All bytes under a path, in memory that this thread takes: see [`picture::alone`](crate::picture::alone).
    ///
    /// # Errors
    /// As [`Storage::get`].
    pub fn read_here(&self, path: &str, on: &tokio::runtime::Handle) -> Result<Bytes> {
        let Some(folder) = &self.0.folder else { return on.block_on(self.read(path)) };
        match fs::read(folder.join(shelf(path)).join(path)) {
            Ok(bytes) => Ok(bytes.into()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::NotFound("file")),
            Err(error) => {
                tracing::error!(%error, "bytes that are kept could not be read");
                Err(Error::Unavailable("the disk fails"))
            }
        }
    }

    /// Whether there is something under a path.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn exists(&self, path: &str) -> Result<bool> {
        match self.0.store.head(&self.at(path)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(e) => Err(unavailable(e)),
        }
    }

    /// Everything that is kept, in no order, some at a time: also what a crash left of a file that was to be kept, under
    /// a name of its own (`…#copy`). What lies at the same place and is not ours is left out.
    #[must_use]
    pub fn kept(&self) -> BoxStream<'static, Result<Kept>> {
        match &self.0.folder {
            Some(folder) => shelves::walk(folder.clone()),
            None => {
                let all = self.0.store.list(Some(&self.0.prefix));
                let kept = |found: object_store::ObjectMeta| {
                    let name = found.location.filename()?.to_owned();
                    let at = Instant::from_micros(found.last_modified.timestamp_micros());
                    is_ours(&name).then_some(Kept { name, at })
                };
                all.map_err(unavailable).try_filter_map(move |found| ready(Ok(kept(found)))).boxed()
            }
        }
    }

    /// Deletes what is under a path; that there is nothing is good as well.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn delete(&self, path: &str) -> Result<()> {
        if let Some(folder) = &self.0.folder {
            return shelves::delete(folder.join(shelf(path)).join(path)).await;
        }
        match self.0.store.delete(&self.at(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(unavailable(e)),
        }
    }

    /// An address at which the bytes can be fetched from the storage itself for a while; none for a directory.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn presign(&self, path: &str, lifetime: Duration, shown: Shown<'_>) -> Result<Option<String>> {
        let Some(s3) = &self.0.s3 else { return Ok(None) };
        let query = [
            ("response-cache-control", "private"),
            ("response-content-disposition", shown.disposition),
            ("response-content-type", shown.content_type),
        ];
        let options = object_store::signer::SignedUrlOptions::new().with_query(query);
        let url = s3.signed_url_opts(s3::GET, &self.at(path), lifetime, &options).await.map_err(unavailable)?;
        Ok(Some(url.into()))
    }

    /// Whether something can be kept, found, listed and deleted; for the operator.
    ///
    /// # Errors
    /// Why not, in the storage's own words.
    pub async fn check(&self) -> Result<(), String> {
        let at = self.0.prefix.clone().join("portico-check");
        let words = |e: object_store::Error| e.to_string();
        self.0.store.put(&at, PutPayload::from_static(b"ok")).await.map_err(words)?;
        let read = self.0.store.get(&at).await.map_err(words)?.bytes().await.map_err(words)?;
        self.0.store.list(Some(&self.0.prefix)).next().await.transpose().map_err(words)?;
        self.0.store.delete(&at).await.map_err(words)?;
        if &read[..] == b"ok" { Ok(()) } else { Err("answers other bytes than were kept".to_owned()) }
    }
}

/// The folder in which a path lies.
fn shelf(path: &str) -> String {
    path.chars().take(2).collect()
}

/// Something that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its path.
    pub name: String,
    /// When it came.
    pub at: Instant,
}

/// Whether a name is one under which this program keeps bytes: [`STEM`] random characters, then an extension, or what
/// tells a part.
pub(crate) fn is_ours(name: &str) -> bool {
    let random = |stem: &str| stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let rest = |rest: &str| rest.is_empty() || rest.starts_with(['.', '#']);
    name.get(..STEM).is_some_and(random) && name.get(STEM..).is_some_and(rest)
}

/// What the storage has against it, for clients; the log has its own words. They name paths, never people.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(crate) fn unavailable(e: object_store::Error) -> Error {
    if matches!(e, object_store::Error::NotFound { .. }) {
        return Error::NotFound("file");
    }
    let full = is_full(&e);
    tracing::error!(error = %e, "the storage failed");
    Error::Unavailable(if full { "the disk is full" } else { "the storage does not answer" })
}

fn is_full(e: &(dyn std::error::Error + 'static)) -> bool {
    let io = e.downcast_ref::<std::io::Error>();
    io.is_some_and(crate::spool::is_full) || e.source().is_some_and(is_full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_storage_that_is_gone() {
        let failed = |kind: std::io::ErrorKind| {
            unavailable(object_store::Error::Generic { store: "test", source: std::io::Error::from(kind).into() })
        };
        assert!(matches!(failed(std::io::ErrorKind::StorageFull), Error::Unavailable("the disk is full")));
        assert!(matches!(failed(std::io::ErrorKind::TimedOut), Error::Unavailable("the storage does not answer")));
    }
}
