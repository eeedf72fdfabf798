//! Files: coming in, held by one thing, looked at, and gone again. Rows are here, bytes in [`Storage`].
//!
//! A file's row is written when its bytes are whole and kept, never before. Until something holds the file it is its
//! uploader's alone, and after a day it is deleted. Bytes are deleted a day after their row, so that a backup whose
//! database was copied first finds every file that its database knows.

pub(crate) mod store;
mod upload;
mod work;

#[cfg(test)]
mod tests;

use std::{collections::HashMap, ops::Range, time::Duration};

use db::{Cell, Change, Read, Value, Write, row};
use kernel::{
    Actor, Caller, CommentId, ContactCardId, Error, FileId, Instant, OrgId, PersonId, Problem, Result, TicketId,
};
use storage::Shown;
pub use storage::{
    ByteStream, Bytes,
    name::{clean as clean_name, disposition},
};
use uuid::Uuid;

use crate::{App, Storage, access::uploader, handle};

pub use upload::{Upload, UploadError};
pub use work::{BATCH, THUMBNAIL};

/// What an organization's files may take in all: 50 GB.
pub const QUOTA: i64 = 50_000_000_000;

/// How long a file may wait for something to hold it, in seconds.
pub const UNUSED: i64 = 24 * 3600;

/// How long bytes outlive their row, in seconds.
pub const LAG: i64 = 24 * 3600;

row! {
    /// What is known about a file.
    #[derive(Clone, Debug)]
    pub struct File {
        /// Its id.
        pub id: FileId,
        /// Its uid, which its addresses name.
        pub uid: Uuid,
        /// Where its bytes are: 24 random characters and the extension. It cannot be guessed.
        pub path: String,
        /// What people call it.
        pub name: String,
        /// What it is, by its bytes.
        pub content_type: String,
        /// How many bytes are kept.
        pub size: i64,
        sha256: Vec<u8>,
        /// Width of a picture, in pixels as it is looked at.
        pub width: Option<i64>,
        /// Height of a picture.
        pub height: Option<i64>,
        /// How its thumbnail stands.
        pub thumbnail: Thumbnail,
        /// Who uploaded it; nobody for the server.
        pub uploaded_by: Option<PersonId>,
        /// When.
        pub created_at: Instant,
    }
}

/// How a file's thumbnail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thumbnail {
    /// There is none: no picture, one that is too large, or one that cannot be decoded.
    None,
    /// It will be made.
    Wanted,
    /// It is there.
    Made,
}

impl Thumbnail {
    const ALL: [Self; 3] = [Self::None, Self::Wanted, Self::Made];

    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Wanted => "wanted",
            Self::Made => "made",
        }
    }
}

impl Value for Thumbnail {
    fn read(cell: Cell<'_>) -> Option<Self> {
        let Cell::Text(word) = cell else { return None };
        Self::ALL.into_iter().find(|t| t.as_str() == word)
    }
}

/// Which bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// All of it.
    Whole,
    /// A small picture of it.
    Thumbnail,
}

/// What can hold a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A ticket.
    Ticket(TicketId),
    /// An answer to a ticket or a post.
    Comment(CommentId),
    /// News of the management.
    Post(i64),
    /// An answer to a frequent question.
    Article(i64),
    /// A document for residents.
    Document(i64),
    /// A property's own look.
    Portal(i64),
    /// A person, who is shown with it.
    Person(PersonId),
    /// A contact card, which is shown with it.
    ContactCard(ContactCardId),
    /// The organization, which is shown with it.
    Organization(OrgId),
}

impl Holder {
    /// The word stored.
    #[must_use]
    pub const fn entity(self) -> &'static str {
        match self {
            Self::Ticket(_) => "ticket",
            Self::Comment(_) => "comment",
            Self::Post(_) => "post",
            Self::Article(_) => "article",
            Self::Document(_) => "document",
            Self::Portal(_) => "portal",
            Self::Person(_) => "person",
            Self::ContactCard(_) => "contact_card",
            Self::Organization(_) => "organization",
        }
    }

    /// The number stored.
    #[must_use]
    pub const fn id(self) -> i64 {
        match self {
            Self::Ticket(id) => id.get(),
            Self::Comment(id) => id.get(),
            Self::Person(id) => id.get(),
            Self::ContactCard(id) => id.get(),
            Self::Organization(id) => id.get(),
            Self::Post(id) | Self::Article(id) | Self::Document(id) | Self::Portal(id) => id,
        }
    }
}

impl File {
    /// Where its thumbnail's bytes are, or will be, when it is a picture: `<stem>.300.225.<extension>`.
    #[must_use]
    pub fn thumbnail_path(&self) -> Option<String> {
        storage::kind::is_picture(&self.content_type).then(|| thumbnail_path(&self.path))
    }

    /// Whether a thumbnail of it can be made, as far as its head tells.
    #[must_use]
    pub(crate) fn can_be_small(&self) -> bool {
        self.thumbnail != Thumbnail::None
    }

    /// Whether a browser may show it by itself; everything else is only to be downloaded.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        storage::kind::is_shown(&self.content_type)
    }

    /// The `Content-Type` it is sent with.
    #[must_use]
    pub fn content_header(&self) -> String {
        storage::kind::header(&self.content_type)
    }

    /// A word that changes with its bytes.
    #[must_use]
    pub fn tag(&self) -> String {
        self.sha256.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The bytes' SHA-256.
    #[must_use]
    pub fn sha256(&self) -> &[u8] {
        &self.sha256
    }

    fn path_of(&self, which: Variant) -> Result<String> {
        match which {
            Variant::Whole => Ok(self.path.clone()),
            Variant::Thumbnail if self.thumbnail == Thumbnail::Made => Ok(thumbnail_path(&self.path)),
            Variant::Thumbnail => Err(Error::NotFound("thumbnail")),
        }
    }
}

fn thumbnail_path(path: &str) -> String {
    let (width, height) = storage::picture::THUMBNAIL;
    match path.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{width}.{height}.{extension}"),
        None => format!("{path}.{width}.{height}"),
    }
}

handle! {
    /// Operations on files.
    Files
}

#[operations::compiled_here]
impl Files<'_> {
    /// A file by the uid in a signed address, of whichever organization: the signature is the right.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn by_uid(&self, caller: &Caller, uid: Uuid) -> Result<File> {
        self.0.read(caller, async move |r, _| store::by_uid(r, uid).await?.ok_or(Error::NotFound("file"))).await
    }

    /// What the caller uploaded in the last day and nothing holds yet, oldest first.
    ///
    /// # Errors
    /// As [`uploader`].
    pub async fn unused(&self, caller: &Caller) -> Result<Vec<File>> {
        self.0.read(caller, async |r, actor| unused(r, actor).await).await
    }

    /// The bytes of a file, or a part of them. Whoever has the [`File`] was let see it.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for a thumbnail that is not made; [`Error::Unavailable`].
    pub async fn bytes(&self, file: &File, which: Variant, range: Option<Range<u64>>) -> Result<ByteStream> {
        storage(self.0)?.get(&file.path_of(which)?, range).await
    }

    /// All bytes of a thumbnail.
    ///
    /// # Errors
    /// As [`Files::bytes`].
    pub async fn thumbnail(&self, file: &File) -> Result<Bytes> {
        storage(self.0)?.read(&file.path_of(Variant::Thumbnail)?).await
    }

    /// An address at the storage itself, good for a while; none where files are in a directory.
    ///
    /// # Errors
    /// As [`Files::bytes`].
    pub async fn elsewhere(&self, file: &File, which: Variant, lifetime: Duration) -> Result<Option<String>> {
        let (content_type, disposition) = (file.content_header(), disposition(file.is_shown(), &file.name));
        let shown = Shown { content_type: &content_type, disposition: &disposition };
        storage(self.0)?.presign(&file.path_of(which)?, lifetime, shown).await
    }
}

fn storage(app: &App) -> Result<&Storage> {
    app.storage().ok_or(Error::Unavailable("there is no storage for files"))
}

/// What the caller uploaded in the last day and nothing holds yet, oldest first: to find what a client names by path.
///
/// # Errors
/// As [`uploader`].
pub async fn unused(r: &Read, actor: &Actor) -> Result<Vec<File>> {
    store::unused(r, uploader(actor)?).await
}

/// Has something hold files, after those it holds already, in the order given. Only their uploader can do that, within a
/// day and once; the caller has made sure that the actor may write the holder.
///
/// # Errors
/// [`Error::Invalid`] at `attachments.N` for each file that is not there to be taken, foreign ones alike.
pub async fn attach(w: &Write, actor: &Actor, ids: &[FileId], holder: Holder) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let taken = store::take(w, ids, uploader(actor)?).await?;
    let mut faults = kernel::Faults::new();
    for (i, id) in ids.iter().enumerate() {
        if !taken.contains(id) || ids[..i].contains(id) {
            faults.add_at(vec!["attachments".into(), i.to_string().into()], Problem::Unknown);
        }
    }
    faults.finish()?;
    let first = store::next_position(w, holder).await?;
    for (position, id) in (first..).zip(ids) {
        store::hold(w, *id, holder, position).await?;
        w.change(Change::new("file.attached", *id));
    }
    Ok(())
}

/// The files of many things of one kind, by the thing's id, each in its order; two statements in all. The caller has
/// made sure that whoever asks may see these things.
///
/// # Errors
/// When the database does not answer.
pub async fn of_entities(r: &Read, holders: &[Holder]) -> Result<HashMap<i64, Vec<File>>> {
    let Some(first) = holders.first() else { return Ok(HashMap::new()) };
    if holders.iter().any(|h| h.entity() != first.entity()) {
        return Err(Error::internal("files of things of different kinds"));
    }
    let ids: Vec<i64> = holders.iter().map(|h| h.id()).collect();
    let held = store::held(r, first.entity(), &ids).await?;
    let files: Vec<FileId> = held.iter().map(|h| h.file_id).collect();
    let files: HashMap<FileId, File> = store::these(r, &files).await?.into_iter().map(|f| (f.id, f)).collect();
    let mut all: HashMap<i64, Vec<File>> = HashMap::new();
    for h in held {
        if let Some(file) = files.get(&h.file_id) {
            all.entry(h.entity_id).or_default().push(file.clone());
        }
    }
    Ok(all)
}

/// Deletes the files of things that are deleted.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_of(w: &Write, holders: &[Holder]) -> Result<()> {
    let ids: Vec<FileId> = of_entities(w, holders).await?.into_values().flatten().map(|f| f.id).collect();
    delete(w, &ids).await.map(drop)
}

/// Deletes some of the files of a thing.
///
/// # Errors
/// [`Error::Invalid`] at `without.N` for each file that the thing does not hold.
pub(crate) async fn release(w: &Write, ids: &[FileId], holder: Holder) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let held = of_entities(w, &[holder]).await?.remove(&holder.id()).unwrap_or_default();
    let mut faults = kernel::Faults::new();
    for (id, i) in ids.iter().zip(0..) {
        if !held.iter().any(|f| f.id == *id) {
            faults.add_at(vec!["without".into(), i.to_string().into()], Problem::Unknown);
        }
    }
    faults.finish()?;
    delete(w, ids).await.map(drop)
}

/// Takes back the deletion of the files of a thing that was deleted at that instant, less than [`LAG`] ago.
pub(crate) async fn restore_of(w: &Write, holder: Holder, at: Instant) -> Result<()> {
    for id in store::restore(w, holder, at).await? {
        w.change(Change::new("file.restored", id));
    }
    Ok(())
}

/// Deletes files; their bytes follow after [`LAG`].
pub(crate) async fn delete(w: &Write, ids: &[FileId]) -> Result<u64> {
    let deleted = store::delete(w, ids).await?;
    for id in &deleted {
        w.change(Change::new("file.deleted", *id));
    }
    Ok(deleted.len() as u64)
}
