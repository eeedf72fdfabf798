//! Documents in folders: uploaded, renamed, moved, replaced, deleted and taken back.

use app::{
    document::{self, Document, FolderInput},
    office::Place,
};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{DocumentId, Draft, Error, Faults, Field, FileId, FolderId, Instant, Problem, PropertyId, Result, Zone};

use super::{
    Around, answered, around, files, list_of, named_place, place, shell,
    showing::{self, Readers, audience_key, readers, refused, refused_name, standing},
    step,
};
use crate::{
    desk::office::{link, number},
    flash::Flash,
    form::{Fields, Posted, Shown},
    mixed::Mixed,
    page_route,
    parts::{Attachment, Choice, Tone},
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) const HERE: &str = "/desk/community/documents";
const NEW: &str = "/desk/community/documents/new";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(HERE, page_route(get(list)))
        .route("/desk/community/documents/folders", page_route(post(add_folder)))
        .route("/desk/community/documents/folders/{id}", page_route(post(rename_folder)))
        .route("/desk/community/documents/folders/{id}/delete", page_route(post(delete_folder)))
        .route("/desk/community/documents/folders/{id}/restore", page_route(post(restore_folder)))
        .route("/desk/community/documents/folders/{id}/move/{way}", page_route(post(move_folder)))
        .route(NEW, page_route(get(new).post(create)))
        .route("/desk/community/documents/{property}/{id}", page_route(get(edit).post(update)))
        .route("/desk/community/documents/{property}/{id}/delete", page_route(post(delete)))
        .route("/desk/community/documents/{property}/{id}/restore", page_route(post(restore)))
}

/// Where a document is changed.
pub(crate) fn address(property: PropertyId, id: DocumentId) -> String {
    format!("{HERE}/{property}/{id}")
}

struct Item {
    to: String,
    name: String,
    size: i64,
    at: Instant,
    audience: &'static str,
    tone: Tone,
    state: &'static str,
}

struct Folder {
    id: FolderId,
    /// Its place on the page, and the name under which a wrong name is told.
    mark: String,
    name: String,
    upload: String,
    items: Vec<Item>,
}

#[derive(Template)]
#[template(path = "desk/community/documents.html")]
struct ListPage {
    s: Shell,
    around: Around,
    folders: Vec<Folder>,
    form: Shown,
}

fn item(d: &Document, now: Instant) -> Item {
    let (tone, state) = standing(&d.showing(), now);
    Item {
        to: address(d.property_id, d.id),
        name: d.name.clone(),
        size: d.file_size,
        at: d.published_at.unwrap_or(d.created_at),
        audience: audience_key(d.audience),
        tone,
        state,
    }
}

async fn list(visit: Staff) -> Response {
    match list_page(&visit, around(&visit).await, Shown::default()).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn list_page(visit: &Visit, around: Result<Around>, form: Shown) -> Result<ListPage> {
    let around = around?;
    let Some(place) = &around.place else {
        return Ok(ListPage { s: visit.shell(), around, folders: Vec::new(), form });
    };
    let shelf = visit.app().documents().list(&visit.caller, place.id).await?;
    let s = shell(visit, place);
    let folder = |f: &document::Folder| Folder {
        id: f.id,
        mark: format!("folder-{}", f.id),
        name: f.name.clone(),
        upload: link(NEW, &[("property", &around.property), ("folder", &f.id.to_string())]),
        items: shelf.documents.iter().filter(|d| d.folder_id == f.id).map(|d| item(d, s.clock.now)).collect(),
    };
    let folders = shelf.folders.iter().map(folder).collect();
    Ok(ListPage { folders, around, form, s })
}

/// The list that a folder is on, with the place on it.
fn at(property: PropertyId, folder: FolderId) -> String {
    format!("{}#folder-{folder}", list_of(HERE, property))
}

async fn add_folder(visit: Staff, Posted(fields): Posted) -> Response {
    let made = async {
        let around = around(&visit).await?;
        let place = around.place.as_ref().ok_or(Error::NotFound("property"))?;
        let name = Draft::from(fields.text("name"));
        match visit.app().documents().create_folder(&visit.caller, place.id, name).await {
            Ok(id) => Ok(visit.go(&at(place.id, id), Flash::done("done-folder"))),
            Err(error) => {
                let page = list_page(&visit, Ok(around), refused(&visit, &fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, made.await)
}

async fn rename_folder(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = FolderId::new(number(&id));
    let done = async {
        let input = FolderInput { name: fields.text("title"), ..FolderInput::default() };
        match visit.app().documents().update_folder(&visit.caller, id, input.into()).await {
            Ok(property) => Ok(visit.go(&at(property, id), Flash::done("done-news-saved"))),
            Err(error) => {
                let form = refused_name(&visit, &fields, error, &format!("folder-{id}"))?;
                let page = list_page(&visit, around(&visit).await, form).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, done.await)
}

async fn delete_folder(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = FolderId::new(number(&id));
    let done = visit.app().documents().delete_folder(&visit.caller, id).await.map(|property| {
        let undo = Flash::undoable("done-publish-deleted", format!("{HERE}/folders/{id}/restore"));
        visit.go(&list_of(HERE, property), undo)
    });
    answered(&visit, done)
}

async fn restore_folder(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = FolderId::new(number(&id));
    let done = visit.app().documents().restore_folder(&visit.caller, id).await;
    answered(&visit, done.map(|property| visit.go(&at(property, id), Flash::done("done-publish-back"))))
}

async fn move_folder(visit: Staff, Path((id, way)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let id = FolderId::new(number(&id));
    let done = async {
        let property = visit.app().documents().step_folder(&visit.caller, id, step(&way)?).await?;
        Ok(visit.go(&at(property, id), None))
    };
    answered(&visit, done.await)
}

#[derive(Template)]
#[template(path = "desk/community/document_edit.html")]
struct EditPage {
    s: Shell,
    form: Shown,
    title: &'static str,
    action: String,
    place: String,
    back: String,
    readers: Readers,
    folders: Vec<Choice>,
    file: Option<Attachment>,
    state: Option<(Tone, &'static str)>,
    /// The address of the document, or nothing for a new one.
    own: String,
}

async fn edit_page(visit: &Visit, place: &Place, document: Option<&Document>, form: Shown) -> Result<EditPage> {
    let s = shell(visit, place);
    let documents = visit.app().documents();
    let folders = documents.list(&visit.caller, place.id).await?.folders;
    let file = match document {
        Some(d) => match documents.file(&visit.caller, place.id, d.id).await {
            Ok(file) => Some(visit.attachment(&file)),
            // A document can be known whose file is elsewhere.
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let own = document.map(|d| address(place.id, d.id)).unwrap_or_default();
    Ok(EditPage {
        title: if document.is_some() { "document-edit" } else { "document-new" },
        action: if own.is_empty() { list_of(NEW, place.id) } else { own.clone() },
        back: list_of(HERE, place.id),
        place: place.name.clone(),
        readers: readers(visit, &s, place).await?,
        folders: folders.iter().map(|f| Choice::new(&f.id, f.name.clone())).collect(),
        state: document.map(|d| standing(&d.showing(), s.clock.now)),
        file,
        own,
        form,
        s,
    })
}

async fn new(visit: Staff) -> Response {
    let page = async {
        let place = named_place(&visit).await?;
        let folder = [("folder_id", visit.query.get("folder").to_owned())];
        edit_page(&visit, &place, None, Shown::with(showing::fresh().into_iter().chain(folder))).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

/// The document that an address names, and its property.
async fn named(visit: &Visit, property: &str, id: &str) -> Result<(Document, Place)> {
    let place = place(visit, PropertyId::new(number(property))).await?;
    let document = visit.app().documents().get(&visit.caller, place.id, DocumentId::new(number(id))).await?;
    Ok((document, place))
}

async fn edit(visit: Staff, Path((property, id)): Path<(String, String)>) -> Response {
    let page = async {
        let (document, place) = named(&visit, &property, &id).await?;
        let own = [("folder_id", document.folder_id.to_string()), ("name", document.name.clone())];
        let shown = showing::values(&document.showing(), &Zone::named(&place.time_zone));
        edit_page(&visit, &place, Some(&document), Shown::with(own.into_iter().chain(shown))).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

/// A document is one file; of several the last counts.
fn input(
    visit: &Visit,
    fields: &Fields,
    mut faults: Faults,
    place: &Place,
    was: Option<&Document>,
    sent: &[FileId],
) -> Draft<document::Input> {
    let zone = Zone::named(&place.time_zone);
    let published = was.and_then(|d| d.published_at);
    let folder = fields.number("folder_id", &mut faults);
    if folder.is_absent() {
        faults.add("folder_id", Problem::Required);
    }
    // Who names nothing means the name of the file.
    let name = match fields.get("name").trim() {
        "" => fields.files("files").pop().map_or_else(|| fields.text("name"), |(_, name)| Field::Given(name)),
        _ => fields.text("name"),
    };
    let input = document::Input {
        folder_id: folder.given().map_or(Field::Faulty, |id| Field::Given(FolderId::new(*id))),
        name,
        file_type: Field::Absent,
        file_size: Field::Absent,
        file_id: sent.last().map_or(Field::Absent, |id| Field::Given(*id)),
        showing: showing::input(fields, &zone, visit.app().now(), published, &mut faults),
    };
    Draft::new(input, faults)
}

async fn create(visit: Staff, sent: Mixed) -> Response {
    let made = async {
        let place = named_place(&visit).await?;
        let mut faults = sent.faults;
        let files = files::added(&visit, &sent.fields, &mut faults).await?;
        let draft = input(&visit, &sent.fields, faults, &place, None, &files);
        match visit.app().documents().create(&visit.caller, place.id, draft).await {
            Ok(_) => Ok(visit.go(&list_of(HERE, place.id), Flash::done("done-document"))),
            Err(error) => {
                let page = edit_page(&visit, &place, None, refused(&visit, &sent.fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, made.await)
}

async fn update(visit: Staff, Path((property, id)): Path<(String, String)>, sent: Mixed) -> Response {
    let changed = async {
        let (document, place) = named(&visit, &property, &id).await?;
        let mut faults = sent.faults;
        let files = files::added(&visit, &sent.fields, &mut faults).await?;
        let draft = input(&visit, &sent.fields, faults, &place, Some(&document), &files);
        match visit.app().documents().update(&visit.caller, place.id, document.id, draft).await {
            Ok(()) => Ok(visit.go(&list_of(HERE, place.id), Flash::done("done-news-saved"))),
            Err(error) => {
                let form = refused(&visit, &sent.fields, error)?;
                let page = edit_page(&visit, &place, Some(&document), form).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, changed.await)
}

async fn delete(visit: Staff, Path((property, id)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let done = async {
        let (document, place) = named(&visit, &property, &id).await?;
        visit.app().documents().delete(&visit.caller, place.id, document.id).await?;
        let undo = format!("{}/restore", address(place.id, document.id));
        Ok(visit.go(&at(place.id, document.folder_id), Flash::undoable("done-publish-deleted", undo)))
    };
    answered(&visit, done.await)
}

async fn restore(visit: Staff, Path((property, id)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let (property, id) = (PropertyId::new(number(&property)), DocumentId::new(number(&id)));
    let done = visit.app().documents().restore(&visit.caller, property, id).await;
    answered(&visit, done.map(|()| visit.go(&list_of(HERE, property), Flash::done("done-publish-back"))))
}
