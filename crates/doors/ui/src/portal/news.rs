//! `/news`: announcements, and what neighbours say about them.

use app::{community::PageNumber, post::Post};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use kernel::{Draft, Error, PostCommentId, PostId};

use super::{Tab, houses};
use crate::{
    flash::Flash,
    form::{Posted, Shown},
    parts::{Attachment, Said},
    session::{At, Resident, Visit},
    shell::Shell,
    words,
};

/// Announcements of one page.
const PAGE: i64 = 20;

#[derive(Template)]
#[template(path = "portal/news.html")]
struct NewsPage {
    s: Shell,
    houses: Vec<Tab>,
    posts: Vec<Post>,
    earlier: String,
    later: String,
}

#[derive(Template)]
#[template(path = "portal/post.html")]
struct PostPage {
    s: Shell,
    post: Post,
    files: Vec<Attachment>,
    talk: Vec<(Said, Option<PostCommentId>)>,
    form: Shown,
    sent: bool,
}

/// All of them, the newest first.
pub(super) async fn list(visit: Resident) -> Response {
    let page: i64 = visit.query.get("page").parse().unwrap_or(0).clamp(0, 100_000);
    let (posts, total) = match visit.house() {
        Some(house) => match visit.app().posts().list(&visit.caller, house.id, PageNumber::new(page, PAGE)).await {
            Ok(found) => (found.rows, found.total),
            Err(error) => return visit.failed(&error),
        },
        None => (Vec::new(), 0),
    };
    let house = visit.house().map_or(0, |h| h.id.get());
    let to = |page: i64| format!("/news?house={house}&page={page}");
    let page = NewsPage {
        s: visit.shell(),
        houses: houses(&visit, "/news"),
        posts,
        earlier: if (page + 1) * PAGE < total { to(page + 1) } else { String::new() },
        later: if page > 0 { to(page - 1) } else { String::new() },
    };
    visit.page(&page)
}

fn id(text: &str) -> Result<PostId, Error> {
    text.parse().map(PostId::new).map_err(|_| Error::NotFound("post"))
}

async fn post(visit: &Visit, text: &str) -> Result<Post, Error> {
    visit.app().posts().get(&visit.caller, id(text)?).await
}

/// One of them.
pub(super) async fn show(visit: Resident, At(id): At<String>) -> Response {
    match post(&visit, &id).await {
        Ok(post) => visit.page(&page(&visit, post, Shown::default())),
        Err(error) => visit.failed(&error),
    }
}

/// Says something about it.
pub(super) async fn comment(visit: Resident, At(text): At<String>, Posted(fields): Posted) -> Response {
    let said = match id(&text) {
        Ok(id) => visit.app().posts().comment(&visit.caller, id, Draft::from(fields.text("text"))).await,
        Err(error) => Err(error),
    };
    let Err(error) = said else {
        return visit.go(&format!("/news/{text}?sent=comment#comments"), Flash::done("done-commented"));
    };
    let words = |word: &str| (word == "no_comments").then_some("news-closed");
    let shown = Shown::refused(&fields, error, visit.language.texts(), words);
    match (shown, post(&visit, &text).await) {
        (Ok(form), Ok(post)) => visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&visit, post, form)),
        (Err(error), _) | (_, Err(error)) => visit.failed(&error),
    }
}

/// Takes something back that one said.
pub(super) async fn delete_comment(visit: Resident, At((text, comment)): At<(String, String)>, _: Posted) -> Response {
    let deleted = match said(&text, &comment) {
        Ok((id, comment)) => visit.app().posts().delete_comment(&visit.caller, id, comment).await,
        Err(error) => Err(error),
    };
    let undo = format!("/news/{text}/comments/{comment}/restore");
    match deleted {
        Ok(()) => visit.go(&format!("/news/{text}#comments"), Flash::undoable("done-comment-deleted", undo)),
        Err(error) => visit.failed(&error),
    }
}

/// Puts it there again.
pub(super) async fn restore_comment(visit: Resident, At((text, comment)): At<(String, String)>, _: Posted) -> Response {
    let restored = match said(&text, &comment) {
        Ok((id, comment)) => visit.app().posts().restore_comment(&visit.caller, id, comment).await,
        Err(error) => Err(error),
    };
    match restored {
        Ok(()) => visit.go(&format!("/news/{text}#comments"), Flash::done("done-commented")),
        Err(error) => visit.failed(&error),
    }
}

fn said(text: &str, comment: &str) -> Result<(PostId, PostCommentId), Error> {
    let comment = comment.parse().map(PostCommentId::new).map_err(|_| Error::NotFound("post_comment"))?;
    Ok((id(text)?, comment))
}

fn page(visit: &Visit, post: Post, form: Shown) -> PostPage {
    let me = visit.me.person;
    let talk = post.comments.iter().map(|(c, who)| {
        let said = Said {
            who: format!("{} {}", who.first_name, who.last_name).trim().to_owned(),
            initials: words::initials(&who.first_name, &who.last_name),
            face: visit.face(who.avatar),
            is_staff: who.is_staff,
            is_mine: c.author_id == me,
            internal: false,
            at: c.created_at,
            text: c.text.clone(),
            files: Vec::new(),
        };
        (said, (c.author_id == me).then_some(c.id))
    });
    let sent = visit.query.get("sent") == "comment";
    PostPage { s: visit.shell(), files: visit.attachments(&post.files), talk: talk.collect(), form, sent, post }
}
