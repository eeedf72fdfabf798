//! Documents of a property, in folders.

mod store;

use db::Write;
use kernel::{Action, Caller, DocumentId, Draft, Error, Faults, Field, FolderId, Problem, PropertyId, Result};

use crate::{
    access::{Resource, require},
    audience, community, handle,
};

pub use store::{Document, Folder};

/// Folders and the documents in them.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The folders, in the order set.
    pub folders: Vec<Folder>,
    /// The documents the caller sees, by id.
    pub documents: Vec<Document>,
}

/// A document as it can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// In which folder.
    pub folder_id: Field<FolderId>,
    /// Its name.
    pub name: Field<String>,
    /// The type of its file.
    pub file_type: Field<String>,
    /// The bytes of its file.
    pub file_size: Field<i64>,
    /// Its file.
    pub file_id: Field<Option<i64>>,
    /// To whom it is shown, and when.
    pub showing: audience::Input,
}

handle! {
    /// Operations on documents.
    Documents
}

impl Documents<'_> {
    /// All folders with what the caller sees in them.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn list(&self, caller: &Caller, property: PropertyId) -> Result<Shelf> {
        self.0
            .read(caller, async move |r, actor| {
                let eye = community::look(actor, property)?;
                let (folders, documents) =
                    tokio::try_join!(store::folders(r, property), store::list(r, &eye, property))?;
                Ok(Shelf { folders, documents })
            })
            .await
    }

    /// One document of a property.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, property: PropertyId, id: DocumentId) -> Result<Document> {
        self.0
            .read(caller, async move |r, actor| {
                let missing = || Error::NotFound("document");
                let eye = community::look(actor, property).map_err(|_| missing())?;
                store::one(r, &eye, property, id).await?.ok_or_else(missing)
            })
            .await
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn create_folder(
        &self,
        caller: &Caller,
        property: PropertyId,
        name: Draft<Field<String>>,
    ) -> Result<FolderId> {
        self.0
            .write(caller, async move |w, actor| {
                community::write_right(w, actor, property).await?;
                let (name, mut faults) = name.open()?;
                let given = name.required(&mut faults, "name");
                community::check_text("name", name, 255, &mut faults);
                faults.finish()?;
                let id = store::insert_folder(w, property, given.map_or("", |t| t.as_str())).await?;
                community::note(w, "document_folder.created", id, property, String::new());
                Ok(id)
            })
            .await
    }

    /// Puts a document into a folder.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, property: PropertyId, draft: Draft<Input>) -> Result<DocumentId> {
        self.0
            .write(caller, async move |w, actor| {
                community::write_right(w, actor, property).await?;
                let (input, faults) = draft.open()?;
                create(w, property, input, faults).await
            })
            .await
    }

    /// Deletes a document.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete(&self, caller: &Caller, property: PropertyId, id: DocumentId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let eye = community::look(actor, property)?;
                store::one(w, &eye, property, id).await?.ok_or(Error::NotFound("document"))?;
                require(actor, Action::WriteCommunity, Resource::Of(Some(property)))?;
                store::delete(w, id).await?;
                community::note(w, "document.deleted", id, property, String::new());
                Ok(())
            })
            .await
    }
}

pub(crate) async fn create(w: &Write, property: PropertyId, input: &Input, mut faults: Faults) -> Result<DocumentId> {
    let folder = input.folder_id.required(&mut faults, "folder_id").copied();
    let name = input.name.required(&mut faults, "name");
    let kind = input.file_type.required(&mut faults, "file_type");
    community::check_text("name", &input.name, 255, &mut faults);
    community::check_text("file_type", &input.file_type, 255, &mut faults);
    if let Some(id) = folder
        && !store::folders(w, property).await?.iter().any(|f| f.id == id)
    {
        faults.add("folder_id", Problem::Unknown);
    }
    let size = input.file_size.given().copied().unwrap_or(0);
    if size < 0 {
        faults.add("file_size", Problem::Malformed);
    }
    let showing = audience::settle(w, property, &input.showing, None, &mut faults).await?;
    faults.finish()?;
    let (Some(folder), Some(name), Some(kind)) = (folder, name, kind) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let announced = showing.published_at.is_some_and(|at| at <= w.now());
    let file = (kind.as_str(), size, input.file_id.given().copied().flatten());
    let id = store::insert(w, property, folder, name, file, &showing, announced).await?;
    let action = if announced { "document.published" } else { "document.created" };
    community::note(w, action, id, property, String::new());
    Ok(id)
}
