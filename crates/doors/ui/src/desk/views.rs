//! Views of lists that somebody keeps: filters under a name, as tabs beside the usual ones.

use app::desk::{Listed, NewView, SavedView};
use axum::{Router, extract::Path, response::Response, routing::post};
use identity::Identity;
use kernel::{Draft, Error, Result};

use super::lines::with_mark;
use crate::{
    flash::Flash,
    form::{Fields, Posted},
    page_route,
    session::{Staff, Visit},
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/views/{list}", page_route(post(keep)))
        .route("/desk/views/{list}/{id}/forget", page_route(post(forget)))
        .route("/desk/views/{list}/{id}/restore", page_route(post(restore)))
}

/// The views of a list, and what is chosen in it now. Templates: `desk/views.html`, `desk/keep.html`.
pub(super) struct Views {
    pub(super) list: &'static str,
    pub(super) path: &'static str,
    /// What is chosen, as the query of an address; empty where nothing is.
    pub(super) query: String,
    pub(super) kept: Vec<(SavedView, bool)>,
}

/// Where a list is, and the fields of its address that narrow it.
const fn place(list: Listed) -> (&'static str, &'static [&'static str]) {
    match list {
        Listed::Tickets => {
            ("/desk/tickets", &["q", "state", "property", "unit", "who", "type", "urgency", "late", "sort", "person"])
        }
        Listed::People => ("/desk/people", &["who", "state", "property", "q"]),
        Listed::Ledgers => ("/desk/money/ledgers", &["property", "state", "q"]),
    }
}

/// What narrows a list, as the query of its address.
fn narrowing(list: Listed, fields: &Fields) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for name in place(list).1 {
        let value = fields.get(name);
        if !value.is_empty() {
            out.append_pair(name, value);
        }
    }
    out.finish()
}

/// The views of a list for the page that shows it.
pub(super) async fn of(visit: &Visit, list: Listed) -> Result<Views> {
    let query = narrowing(list, &visit.query);
    let kept = visit.app().desk().views(&visit.caller, list).await?;
    let kept = kept.into_iter().map(|v| (v.query == query && !query.is_empty(), v)).map(|(c, v)| (v, c)).collect();
    Ok(Views { list: list.as_str(), path: place(list).0, query, kept })
}

fn list(word: &str) -> Result<Listed> {
    Listed::parse(word).ok_or(Error::NotFound("list"))
}

/// Keeps what is chosen under a name.
async fn keep(visit: Staff, Path(word): Path<String>, Posted(fields): Posted) -> Response {
    let list = match list(&word) {
        Ok(list) => list,
        Err(error) => return visit.failed(&error),
    };
    let query = narrowing(list, &Fields::of_query(fields.get("query")));
    let back = format!("{}{}", place(list).0, with_mark(&query));
    let view = NewView { list, name: fields.get("name").to_owned(), query };
    match visit.app().desk().keep_view(&visit.caller, Draft::from(view)).await {
        Ok(()) => visit.go(&back, Flash::done("done-work-view")),
        Err(Error::Invalid(_)) => visit.go(&back, Flash::done("done-work-no-view")),
        Err(error) => visit.failed(&error),
    }
}

async fn forget(visit: Staff, Path((word, id)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let done = async {
        let (list, id) = (list(&word)?, id.parse().unwrap_or(0));
        visit.app().desk().forget_view(&visit.caller, id).await?;
        let undo = format!("/desk/views/{}/{id}/restore", list.as_str());
        Ok(visit.go(place(list).0, Flash::undoable("done-work-view-gone", undo)))
    };
    done.await.unwrap_or_else(|error: Error| visit.failed(&error))
}

async fn restore(visit: Staff, Path((word, id)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let done = async {
        let list = list(&word)?;
        visit.app().desk().restore_view(&visit.caller, id.parse().unwrap_or(0)).await?;
        Ok(visit.go(place(list).0, Flash::done("done-work-view")))
    };
    done.await.unwrap_or_else(|error: Error| visit.failed(&error))
}
