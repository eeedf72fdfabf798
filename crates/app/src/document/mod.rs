//! Documents of a property, in folders.

mod store;

use db::{Read, Write};
use kernel::{
    Action, Actor, Caller, DocumentId, Draft, Error, Faults, Field, FileId, FolderId, Problem, PropertyId, Result,
};

use crate::{
    access::{Resource, require},
    audience,
    community::{self, restore::restore},
    diff::Diff,
    file::{self, File, Holder},
    handle,
    order::{Step, renumber, stepped},
    post::community_diff,
};

pub(crate) use store::list as seen;
pub use store::{Document, Folder};

/// Folders and the documents in them.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The folders, in the order set.
    pub folders: Vec<Folder>,
    /// The documents the caller sees, by id.
    pub documents: Vec<Document>,
}

/// A folder as it can be written.
#[derive(Clone, Debug, Default)]
pub struct FolderInput {
    /// Its name.
    pub name: Field<String>,
    /// Its place in the list.
    pub position: Field<i64>,
}

/// A document as it can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// In which folder.
    pub folder_id: Field<FolderId>,
    /// Its name.
    pub name: Field<String>,
    /// The type of its file, where the file itself is not here.
    pub file_type: Field<String>,
    /// The bytes of it.
    pub file_size: Field<i64>,
    /// Its file, uploaded by the caller; one that it had before is deleted.
    pub file_id: Field<FileId>,
    /// To whom it is shown, and when.
    pub showing: audience::Input,
}

handle! {
    /// Operations on documents.
    Documents
}

#[operations::compiled_here]
impl Documents<'_> {
    /// All folders with what the caller sees in them.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn list(&self, caller: &Caller, property: PropertyId) -> Result<Shelf> {
        self.0
            .read(caller, async move |r, actor| {
                let eye = community::visit(r, actor, property).await?;
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

    /// The file of a document, to be sent.
    ///
    /// # Errors
    /// [`Error::NotFound`], also when the file itself is not here.
    pub async fn file(&self, caller: &Caller, property: PropertyId, id: DocumentId) -> Result<File> {
        self.0
            .read(caller, async move |r, actor| {
                let missing = || Error::NotFound("document");
                let eye = community::look(actor, property).map_err(|_| missing())?;
                store::one(r, &eye, property, id).await?.ok_or_else(missing)?;
                let mut held = file::of_entities(r, &[Holder::Document(id.get())]).await?;
                held.remove(&id.get()).and_then(|mut files| files.pop()).ok_or_else(missing)
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

    /// Changes what is given of a folder; answers where it is.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update_folder(&self, caller: &Caller, id: FolderId, draft: Draft<FolderInput>) -> Result<PropertyId> {
        self.0
            .write(caller, async move |w, actor| {
                let now = folder_to_write(w, actor, id).await?;
                let (input, mut faults) = draft.open()?;
                community::check_text("name", &input.name, 255, &mut faults);
                faults.finish()?;
                let (name, position) = (input.name.or_keep(&now.name), input.position.or_keep(&now.position));
                let mut diff = Diff::default();
                diff.field("name", &now.name, &name);
                diff.field("position", &now.position, &position);
                if !diff.is_empty() {
                    store::update_folder(w, id, &name, position).await?;
                    community::note(w, "document_folder.updated", id, now.property_id, diff.json());
                }
                Ok(now.property_id)
            })
            .await
    }

    /// Moves a folder one place on; at the end it stays.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn step_folder(&self, caller: &Caller, id: FolderId, step: Step) -> Result<PropertyId> {
        self.0
            .write(caller, async move |w, actor| {
                let property = folder_to_write(w, actor, id).await?.property_id;
                let order: Vec<FolderId> = store::folders(w, property).await?.iter().map(|f| f.id).collect();
                if let Some(order) = stepped(&order, id, step) {
                    renumber!(w, "document_folder", order);
                    community::note(w, "document_folder.moved", id, property, String::new());
                }
                Ok(property)
            })
            .await
    }

    /// Deletes a folder that is empty; answers where it was.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `not_empty`.
    pub async fn delete_folder(&self, caller: &Caller, id: FolderId) -> Result<PropertyId> {
        self.0
            .write(caller, async move |w, actor| {
                let property = folder_to_write(w, actor, id).await?.property_id;
                let eye = community::look(actor, property)?;
                if store::list(w, &eye, property).await?.iter().any(|d| d.folder_id == id) {
                    return Err(Error::Conflict("not_empty"));
                }
                store::delete_folder(w, id).await?;
                community::note(w, "document_folder.deleted", id, property, String::new());
                Ok(property)
            })
            .await
    }

    /// Takes the deletion of a folder back, within a day; answers where it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `too_late`.
    pub async fn restore_folder(&self, caller: &Caller, id: FolderId) -> Result<PropertyId> {
        self.0.write(caller, async move |w, actor| Ok(restore!(w, actor, "document_folder", id).property_id)).await
    }

    /// Takes the deletion of a document back, with its file, within a day.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `too_late`, or `folder_gone`.
    pub async fn restore(&self, caller: &Caller, property: PropertyId, id: DocumentId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let gone = restore!(w, actor, "document", id);
                if gone.property_id != property {
                    return Err(Error::NotFound("document"));
                }
                file::restore_of(w, Holder::Document(id.get()), gone.deleted_at).await?;
                let eye = community::look(actor, property)?;
                let back = store::one(w, &eye, property, id).await?.ok_or(Error::NotFound("document"))?;
                store::folder(w, back.folder_id).await?.map(drop).ok_or(Error::Conflict("folder_gone"))
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
                create(w, actor, property, input, faults).await
            })
            .await
    }

    /// Changes what is given of a document.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(
        &self,
        caller: &Caller,
        property: PropertyId,
        id: DocumentId,
        draft: Draft<Input>,
    ) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let eye = community::look(actor, property)?;
                let now = store::one(w, &eye, property, id).await?.ok_or(Error::NotFound("document"))?;
                require(actor, Action::WriteCommunity, Resource::Of(Some(property)))?;
                let (input, faults) = draft.open()?;
                update(w, actor, &now, input, faults).await
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
                file::delete_of(w, &[Holder::Document(id.get())]).await?;
                store::delete(w, id).await?;
                community::note(w, "document.deleted", id, property, String::new());
                Ok(())
            })
            .await
    }
}

async fn folder_to_write(r: &Read, actor: &Actor, id: FolderId) -> Result<store::FolderRow> {
    let folder = store::folder(r, id).await?.ok_or(Error::NotFound("document_folder"))?;
    community::look(actor, folder.property_id).map_err(|_| Error::NotFound("document_folder"))?;
    require(actor, Action::WriteCommunity, Resource::Of(Some(folder.property_id)))?;
    Ok(folder)
}

async fn create(
    w: &Write,
    actor: &Actor,
    property: PropertyId,
    input: &Input,
    mut faults: Faults,
) -> Result<DocumentId> {
    let folder = input.folder_id.required(&mut faults, "folder_id").copied();
    let name = input.name.required(&mut faults, "name");
    let uploaded = uploaded(w, actor, input, &mut faults).await?;
    if uploaded.is_none() {
        let _ = input.file_type.required(&mut faults, "file_type");
    }
    check(w, property, input, &mut faults).await?;
    let showing = audience::settle(w, property, &input.showing, None, &mut faults).await?;
    faults.finish()?;
    let (Some(folder_id), Some(name)) = (folder, name) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let announced = showing.published_at.is_some_and(|at| at <= w.now());
    let new = store::New {
        folder_id,
        name: name.clone(),
        file_type: uploaded
            .as_ref()
            .map_or_else(|| input.file_type.or_keep(&String::new()), |f| f.content_type.clone()),
        file_size: uploaded.as_ref().map_or_else(|| input.file_size.or_keep(&0), |f| f.size),
        file_id: uploaded.as_ref().map(|f| f.id),
        announced,
    };
    let id = store::insert(w, property, &new, &showing).await?;
    if let Some(file) = uploaded {
        file::attach(w, actor, &[file.id], Holder::Document(id.get())).await?;
    }
    let action = if announced { "document.published" } else { "document.created" };
    community::note(w, action, id, property, String::new());
    Ok(id)
}

async fn update(w: &Write, actor: &Actor, now: &Document, input: &Input, mut faults: Faults) -> Result<()> {
    let uploaded = uploaded(w, actor, input, &mut faults).await?;
    check(w, now.property_id, input, &mut faults).await?;
    let old = now.showing();
    let showing = audience::settle(w, now.property_id, &input.showing, Some(old), &mut faults).await?;
    faults.finish()?;
    let first = !now.announced && showing.published_at.is_some_and(|at| at <= w.now());
    let mut new = store::New {
        folder_id: input.folder_id.or_keep(&now.folder_id),
        name: input.name.or_keep(&now.name),
        file_type: now.file_type.clone(),
        file_size: now.file_size,
        file_id: now.file_id,
        announced: now.announced || first,
    };
    if let Some(file) = &uploaded {
        (new.file_type, new.file_size, new.file_id) = (file.content_type.clone(), file.size, Some(file.id));
    } else if now.file_id.is_none() {
        new.file_type = input.file_type.or_keep(&now.file_type);
        new.file_size = input.file_size.or_keep(&now.file_size);
    }
    let mut diff = Diff::default();
    diff.field("folder", &now.folder_id, &new.folder_id);
    diff.field("name", &now.name, &new.name);
    diff.field("file_type", &now.file_type, &new.file_type);
    diff.field("file_size", &now.file_size, &new.file_size);
    diff.field("file", &now.file_id, &new.file_id);
    community_diff(&mut diff, &old, &showing);
    if diff.is_empty() {
        return Ok(());
    }
    if let Some(file) = uploaded {
        file::delete_of(w, &[Holder::Document(now.id.get())]).await?;
        file::attach(w, actor, &[file.id], Holder::Document(now.id.get())).await?;
    }
    store::update(w, now.id, &new, &showing).await?;
    let action = if first { "document.published" } else { "document.updated" };
    community::note(w, action, now.id, now.property_id, diff.json());
    Ok(())
}

/// The file that is named, if the actor may still have something hold it.
async fn uploaded(w: &Write, actor: &Actor, input: &Input, faults: &mut Faults) -> Result<Option<File>> {
    let Some(id) = input.file_id.given() else { return Ok(None) };
    let found = file::unused(w, actor).await?.into_iter().find(|f| f.id == *id);
    if found.is_none() {
        faults.add("file_id", Problem::Unknown);
    }
    Ok(found)
}

async fn check(w: &Write, property: PropertyId, input: &Input, faults: &mut Faults) -> Result<()> {
    community::check_text("name", &input.name, 255, faults);
    community::check_text("file_type", &input.file_type, 255, faults);
    if input.file_size.given().is_some_and(|n| *n < 0) {
        faults.add("file_size", Problem::Malformed);
    }
    if let Some(id) = input.folder_id.given()
        && !store::folders(w, property).await?.iter().any(|f| f.id == *id)
    {
        faults.add("folder_id", Problem::Unknown);
    }
    Ok(())
}
