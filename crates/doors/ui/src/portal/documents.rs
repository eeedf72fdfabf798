//! `/documents`, and the same at the address that other clients know.

use app::document::{Document, Shelf};
use askama::Template;
use axum::response::Response;
use kernel::{DocumentId, Error, FolderId, PropertyId};

use super::{Tab, houses};
use crate::{
    page::see,
    session::{At, Resident, Visit},
    shell::Shell,
};

/// A folder with what is in it.
struct Folder {
    id: FolderId,
    name: String,
    documents: Vec<Document>,
}

#[derive(Template)]
#[template(path = "portal/documents.html")]
struct DocumentsPage {
    s: Shell,
    houses: Vec<Tab>,
    house: i64,
    folders: Vec<Folder>,
}

#[derive(Template)]
#[template(path = "portal/community_documents.html")]
struct CommunityPage {
    s: Shell,
    house: i64,
    folders: Vec<Folder>,
}

fn folders(shelf: Shelf) -> Vec<Folder> {
    let Shelf { folders, documents } = shelf;
    let of = |id: FolderId| documents.iter().filter(|d| d.folder_id == id).cloned().collect();
    folders.into_iter().map(|f| Folder { id: f.id, documents: of(f.id), name: f.name }).collect()
}

/// Folders with something in them.
pub(super) async fn list(visit: Resident) -> Response {
    let house = visit.house().map(|h| h.id);
    let shelf = match house {
        Some(house) => match visit.app().documents().list(&visit.caller, house).await {
            Ok(shelf) => folders(shelf),
            Err(error) => return visit.failed(&error),
        },
        None => Vec::new(),
    };
    let page = DocumentsPage {
        s: visit.shell(),
        houses: houses(&visit, "/documents"),
        house: house.map_or(0, PropertyId::get),
        folders: shelf.into_iter().filter(|f| !f.documents.is_empty()).collect(),
    };
    visit.page(&page)
}

/// Leads to the file itself.
pub(super) async fn open(visit: Visit, At((house, id)): At<(String, String)>) -> Response {
    let missing = || Error::NotFound("document");
    let (Ok(house), Ok(id)) = (house.parse(), id.parse()) else { return visit.failed(&missing()) };
    match visit.app().documents().file(&visit.caller, PropertyId::new(house), DocumentId::new(id)).await {
        Ok(file) => see(&visit.attachment(&file).href),
        Err(error) => visit.failed(&error),
    }
}

/// `/app/c/{community}/info/documents`: the folders as other clients read them.
pub(super) async fn of_community(visit: Visit, At(community): At<String>) -> Response {
    let Ok(house) = community.parse::<i64>() else { return visit.failed(&Error::NotFound("property")) };
    match visit.app().documents().list(&visit.caller, PropertyId::new(house)).await {
        Ok(shelf) => visit.page(&CommunityPage { s: visit.shell(), house, folders: folders(shelf) }),
        Err(error) => visit.failed(&error),
    }
}
