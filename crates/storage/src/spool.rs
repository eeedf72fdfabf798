//! Bytes on their way in: they lie in a file without a name until they are whole. When the sender goes away, the disk
//! is full or the server crashes, nothing is left: the system forgets such a file with its last handle.

use std::{
    fmt, io,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use kernel::{Error, Result};
use sha2::{Digest as _, Sha256};

use crate::Storage;

/// So many bytes at the beginning tell what a file is.
const HEAD: usize = 8192;

/// So much is gathered before it goes to the disk.
const CHUNK: usize = 128 * 1024;

/// A whole file that is not kept yet.
#[derive(Debug)]
pub struct Spool {
    file: Arc<std::fs::File>,
    size: u64,
    sha256: [u8; 32],
    head: Bytes,
}

/// Why bytes could not be received.
#[derive(Debug)]
pub enum ReceiveError<E> {
    /// The sender failed.
    Sender(E),
    /// More than allowed.
    TooLarge,
    /// The disk.
    Storage(Error),
}

impl<E: fmt::Display> fmt::Display for ReceiveError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sender(e) => e.fmt(f),
            Self::TooLarge => f.write_str("too large"),
            Self::Storage(e) => e.fmt(f),
        }
    }
}
impl<E: fmt::Debug + fmt::Display> std::error::Error for ReceiveError<E> {}

impl Storage {
    /// Receives a whole file of at most `limit` bytes.
    ///
    /// # Errors
    /// See [`ReceiveError`]. More than `limit` is noticed with the first byte too many.
    pub async fn receive<S, E>(&self, mut sender: S, limit: u64) -> Result<Spool, ReceiveError<E>>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let spool = self.spool().to_owned();
        let file = blocking(move || tempfile::tempfile_in(spool)).await.map_err(ReceiveError::Storage)?;
        let file = Arc::new(file);
        let (mut size, mut hash, mut head, mut waiting) = (0, Sha256::new(), BytesMut::new(), BytesMut::new());
        while let Some(chunk) = sender.next().await {
            let chunk = chunk.map_err(ReceiveError::Sender)?;
            size += chunk.len() as u64;
            if size > limit {
                return Err(ReceiveError::TooLarge);
            }
            hash.update(&chunk);
            head.extend_from_slice(&chunk[..chunk.len().min(HEAD - head.len())]);
            waiting.extend_from_slice(&chunk);
            if waiting.len() >= CHUNK {
                waiting = write(&file, waiting).await.map_err(ReceiveError::Storage)?;
            }
        }
        write(&file, waiting).await.map_err(ReceiveError::Storage)?;
        Ok(Spool { file, size, sha256: hash.finalize().into(), head: head.freeze() })
    }
}

impl Spool {
    /// How many bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Their SHA-256.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The first of them, at most 8 KiB.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// All of them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn read(&self) -> Result<Bytes> {
        let (file, size) = (self.file.clone(), self.size);
        blocking(move || whole(&file, size)).await
    }

    /// All of them, in memory that this thread takes: see [`picture::alone`](crate::picture::alone).
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn read_here(&self) -> Result<Bytes> {
        whole(&self.file, self.size).map_err(|e| failed(&e))
    }

    /// Copies all of them to a new file, within the system, and waits until they are on the disk.
    pub(crate) async fn copy(&self, to: std::path::PathBuf) -> Result<()> {
        let file = self.file.clone();
        blocking(move || {
            // Under another name until it is whole.
            let mut staged = to.clone().into_os_string();
            staged.push("#copy");
            let shelf = to.parent().unwrap_or(&to);
            if !shelf.exists() {
                std::fs::create_dir_all(shelf)?;
                std::fs::File::open(shelf.parent().unwrap_or(shelf))?.sync_all()?;
            }
            let copied = std::fs::File::create(&staged).and_then(|mut copy| {
                (&*file).seek(SeekFrom::Start(0))?;
                io::copy(&mut &*file, &mut copy)?;
                copy.sync_all()?;
                std::fs::rename(&staged, &to)?;
                std::fs::File::open(shelf)?.sync_all()
            });
            if copied.is_err() {
                let _ = std::fs::remove_file(&staged);
            }
            copied
        })
        .await
    }

    /// All of them, a part at a time.
    pub(crate) fn chunks(&self) -> impl Stream<Item = Result<Bytes>> + Unpin + use<> {
        let (file, size) = (self.file.clone(), self.size);
        Box::pin(stream::try_unfold(0, move |at| {
            let file = file.clone();
            async move {
                if at >= size {
                    return Ok(None);
                }
                let chunk = blocking(move || {
                    let mut bytes = vec![0; CHUNK];
                    (&*file).seek(SeekFrom::Start(at))?;
                    let n = (&*file).read(&mut bytes)?;
                    bytes.truncate(n);
                    if n == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Bytes::from(bytes)) }
                })
                .await?;
                let next = at + chunk.len() as u64;
                Ok(Some((chunk, next)))
            }
        }))
    }
}

/// Writes what is gathered, and hands the empty buffer back. One buffer serves a whole file: memory that one thread takes
/// and another gives back piles up.
async fn write(file: &Arc<std::fs::File>, mut gathered: BytesMut) -> Result<BytesMut> {
    if gathered.is_empty() {
        return Ok(gathered);
    }
    let file = file.clone();
    blocking(move || {
        (&*file).write_all(&gathered)?;
        gathered.clear();
        Ok(gathered)
    })
    .await
}

async fn blocking<T: Send + 'static>(f: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(f).await.map_err(Error::internal)?.map_err(|e| failed(&e))
}

fn failed(e: &io::Error) -> Error {
    tracing::error!(error = %e, "bytes on their way in could not be kept");
    Error::Unavailable(if is_full(e) { "the disk is full" } else { "the disk fails" })
}

fn whole(mut file: &std::fs::File, size: u64) -> io::Result<Bytes> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

pub fn is_full(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
