//! Files that come with something: those it has, those that are added, those that are taken away.

use app::file::File;
use kernel::{Faults, Field, FileId, Problem, Result};

use crate::{form::Fields, parts::Attachment, session::Visit};

/// A file that something has.
pub(super) struct Held {
    pub(super) id: i64,
    pub(super) file: Attachment,
}

/// The files of something, as its form shows them.
pub(super) fn held(visit: &Visit, files: &[File]) -> Vec<Held> {
    files.iter().map(|f| Held { id: f.id.get(), file: visit.attachment(f) }).collect()
}

/// The files that came with a form. One that is not there any more is a fault: it has to be chosen again.
pub(super) async fn added(visit: &Visit, fields: &Fields, faults: &mut Faults) -> Result<Vec<FileId>> {
    let named = fields.files("files");
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let unused = visit.app().files().unused(&visit.caller).await?;
    let found = named.iter().filter_map(|(path, _)| unused.iter().find(|f| f.path == *path).map(|f| f.id));
    let found: Vec<FileId> = found.collect();
    if found.len() < named.len() {
        faults.add("files", Problem::Unknown);
    }
    Ok(found)
}

/// The files that are ticked to be taken away.
pub(super) fn without(fields: &Fields) -> Field<Vec<FileId>> {
    Field::Given(fields.all("without").filter_map(|id| id.parse().ok()).map(FileId::new).collect())
}
