//! News for residents: written, shown to an audience from when until when, and taken out of sight again.

use app::{
    audience,
    community::PageNumber,
    office::Place,
    post::{self, Post},
};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post as posting},
};
use identity::Identity;
use kernel::{Draft, Error, Faults, Field, Instant, PersonId, PostCommentId, PostId, Result, Zone};

use super::{
    Around, answered, around,
    files::{self, Held},
    list_of, named_place, place, shell,
    showing::{self, Readers, audience_key, readers, refused, standing},
};
use crate::{
    desk::office::{link, number},
    flash::Flash,
    form::{Fields, Posted, Shown},
    mixed::Mixed,
    page_route,
    parts::{Said, Tone},
    session::{Staff, Visit},
    shell::Shell,
    words,
};

pub(super) const HERE: &str = "/desk/community/news";
const NEW: &str = "/desk/community/news/new";
/// Announcements on one page.
const ROWS: i64 = 30;

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(HERE, page_route(get(list)))
        .route(NEW, page_route(get(new).post(create)))
        .route("/desk/community/news/{id}", page_route(get(edit).post(update)))
        .route("/desk/community/news/{id}/hide", page_route(posting(hide)))
        .route("/desk/community/news/{id}/show/{until}", page_route(posting(unhide)))
        .route("/desk/community/news/{id}/delete", page_route(posting(delete)))
        .route("/desk/community/news/{id}/restore", page_route(posting(restore)))
        .route("/desk/community/news/{id}/comments", page_route(posting(comment)))
        .route("/desk/community/news/{id}/comments/{comment}/delete", page_route(posting(delete_comment)))
        .route("/desk/community/news/{id}/comments/{comment}/restore", page_route(posting(restore_comment)))
}

struct Item {
    to: String,
    title: String,
    audience: &'static str,
    author: String,
    comments: usize,
    files: usize,
    at: Option<Instant>,
    tone: Tone,
    state: &'static str,
}

impl Item {
    fn of(post: &Post, now: Instant) -> Self {
        let (tone, state) = standing(&post.row.showing(), now);
        Self {
            to: format!("{HERE}/{}", post.row.id),
            title: post.row.title.clone(),
            audience: audience_key(post.row.audience),
            author: format!("{} {}", post.author.first_name, post.author.last_name).trim().to_owned(),
            comments: post.comments.len(),
            files: post.files.len(),
            at: post.row.published_at,
            tone,
            state,
        }
    }
}

#[derive(Template)]
#[template(path = "desk/community/news.html")]
struct ListPage {
    s: Shell,
    around: Around,
    items: Vec<Item>,
    write: String,
    earlier: String,
    later: String,
}

async fn list(visit: Staff) -> Response {
    match list_page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn list_page(visit: &Visit) -> Result<ListPage> {
    let around = around(visit).await?;
    let Some(place) = &around.place else {
        let (write, earlier, later) = (String::new(), String::new(), String::new());
        return Ok(ListPage { s: visit.shell(), around, items: Vec::new(), write, earlier, later });
    };
    let nth: i64 = visit.query.get("page").parse().unwrap_or(0).clamp(0, 100_000);
    let page = visit.app().posts().list(&visit.caller, place.id, PageNumber::new(nth, ROWS)).await?;
    let at = |n: i64| link(HERE, &[("property", &around.property), ("page", &n.to_string())]);
    let s = shell(visit, place);
    Ok(ListPage {
        items: page.rows.iter().map(|p| Item::of(p, s.clock.now)).collect(),
        write: list_of(NEW, place.id),
        earlier: if (nth + 1) * ROWS < page.total { at(nth + 1) } else { String::new() },
        later: if nth > 0 { at(nth - 1) } else { String::new() },
        around,
        s,
    })
}

#[derive(Template)]
#[template(path = "desk/community/news_edit.html")]
struct EditPage {
    s: Shell,
    form: Shown,
    title: &'static str,
    action: String,
    place: String,
    back: String,
    readers: Readers,
    files: Vec<Held>,
    state: Option<(Tone, &'static str)>,
    hide: String,
    show: String,
    /// The address of the announcement, once there is one.
    own: String,
    /// Whether something can be said about it.
    open: bool,
    comments: Vec<Comment>,
    reply: Shown,
    sent: bool,
}

/// What somebody said about an announcement.
struct Comment {
    id: PostCommentId,
    person: PersonId,
    said: Said,
}

fn comments(visit: &Visit, post: &Post) -> Vec<Comment> {
    let me = visit.me.person;
    let one = |(c, who): &(post::Comment, app::community::PersonCard)| Comment {
        id: c.id,
        person: who.id,
        said: Said {
            who: format!("{} {}", who.first_name, who.last_name).trim().to_owned(),
            initials: words::initials(&who.first_name, &who.last_name),
            face: visit.face(who.avatar),
            is_staff: who.is_staff,
            is_mine: c.author_id == me,
            internal: false,
            at: c.created_at,
            text: c.text.clone(),
            files: Vec::new(),
        },
    };
    post.comments.iter().map(one).collect()
}

async fn edit_page(visit: &Visit, place: &Place, post: Option<&Post>, form: Shown) -> Result<EditPage> {
    let s = shell(visit, place);
    let state = post.map(|p| standing(&p.row.showing(), s.clock.now));
    let hidden = state.is_some_and(|(_, key)| key == "news-over" || key == "news-draft");
    let own = |verb: &str| post.map(|p| format!("{HERE}/{}/{verb}", p.row.id)).unwrap_or_default();
    Ok(EditPage {
        title: if post.is_some() { "news-edit" } else { "news-new" },
        action: post.map_or_else(|| list_of(NEW, place.id), |p| format!("{HERE}/{}", p.row.id)),
        back: list_of(HERE, place.id),
        hide: if hidden { String::new() } else { own("hide") },
        show: if hidden { own("show/0") } else { String::new() },
        own: post.map(|p| format!("{HERE}/{}", p.row.id)).unwrap_or_default(),
        open: post.is_some_and(|p| p.row.allow_comments),
        comments: post.map(|p| comments(visit, p)).unwrap_or_default(),
        reply: Shown::default(),
        sent: visit.query.get("sent") == "comment",
        files: post.map(|p| files::held(visit, &p.files)).unwrap_or_default(),
        place: place.name.clone(),
        readers: readers(visit, &s, place).await?,
        state,
        form,
        s,
    })
}

async fn new(visit: Staff) -> Response {
    let page = async {
        let place = named_place(&visit).await?;
        let form = Shown::with(showing::fresh().into_iter().chain([("allow_comments", "yes".to_owned())]));
        edit_page(&visit, &place, None, form).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn edit(visit: Staff, Path(id): Path<String>) -> Response {
    let page = async {
        let post = visit.app().posts().get(&visit.caller, PostId::new(number(&id))).await?;
        let place = place(&visit, post.row.property_id).await?;
        edit_page(&visit, &place, Some(&post), kept(&post, &place)).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

/// An announcement as it stands, in the fields of its form.
fn kept(post: &Post, place: &Place) -> Shown {
    let own = [
        ("title", post.row.title.clone()),
        ("text", post.row.text.clone()),
        ("allow_comments", if post.row.allow_comments { "yes".to_owned() } else { String::new() }),
    ];
    Shown::with(own.into_iter().chain(showing::values(&post.row.showing(), &Zone::named(&place.time_zone))))
}

/// What was written. `was` is from when it is shown so far.
async fn input(
    visit: &Visit,
    fields: &Fields,
    mut faults: Faults,
    place: &Place,
    was: Option<Instant>,
) -> Result<Draft<post::Input>> {
    let zone = Zone::named(&place.time_zone);
    let showing = showing::input(fields, &zone, visit.app().now(), was, &mut faults);
    let files = files::added(visit, fields, &mut faults).await?;
    let input = post::Input {
        title: fields.text("title"),
        text: fields.text("text"),
        allow_comments: Field::Given(fields.ticked("allow_comments")),
        files: Field::Given(files),
        without: files::without(fields),
        showing,
    };
    Ok(Draft::new(input, faults))
}

async fn create(visit: Staff, sent: Mixed) -> Response {
    let made = async {
        let place = named_place(&visit).await?;
        let draft = input(&visit, &sent.fields, sent.faults, &place, None).await?;
        match visit.app().posts().create(&visit.caller, place.id, draft).await {
            Ok(_) => {
                let key = if sent.fields.ticked("draft") { "done-news-draft" } else { "done-news" };
                Ok(visit.go(&list_of(HERE, place.id), Flash::done(key)))
            }
            Err(error) => {
                let page = edit_page(&visit, &place, None, refused(&visit, &sent.fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, made.await)
}

async fn update(visit: Staff, Path(id): Path<String>, sent: Mixed) -> Response {
    let id = PostId::new(number(&id));
    let changed = async {
        let post = visit.app().posts().get(&visit.caller, id).await?;
        let place = place(&visit, post.row.property_id).await?;
        let draft = input(&visit, &sent.fields, sent.faults, &place, post.row.published_at).await?;
        match visit.app().posts().update(&visit.caller, id, draft).await {
            Ok(_) => Ok(visit.go(&format!("{HERE}/{id}"), Flash::done("done-news-saved"))),
            Err(error) => {
                let page = edit_page(&visit, &place, Some(&post), refused(&visit, &sent.fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, changed.await)
}

/// Takes an announcement out of sight: one that is out ends now, one to come becomes a draft.
async fn hide(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = PostId::new(number(&id));
    let hidden = async {
        let post = visit.app().posts().get(&visit.caller, id).await?;
        let now = visit.app().now();
        let is_out = post.row.published_at.is_some_and(|at| at < now);
        let showing = audience::Input {
            published_at: if is_out { Field::Absent } else { Field::Given(None) },
            expires_at: if is_out { Field::Given(Some(now)) } else { Field::Absent },
            ..audience::Input::default()
        };
        let draft = Draft::from(post::Input { showing, ..post::Input::default() });
        visit.app().posts().update(&visit.caller, id, draft).await?;
        let until = post.row.expires_at.map_or(0, |at| at.secs().max(0));
        let undo = Flash::undoable("done-news-hidden", format!("{HERE}/{id}/show/{until}"));
        Ok::<_, Error>(visit.go(&list_of(HERE, post.row.property_id), undo))
    };
    answered(&visit, hidden.await)
}

/// Shows an announcement again, until it was to end; 0 for no end.
async fn unhide(visit: Staff, Path((id, until)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let id = PostId::new(number(&id));
    let again = async {
        let post = visit.app().posts().get(&visit.caller, id).await?;
        let now = visit.app().now();
        let until = Some(number(&until)).filter(|s| *s > now.secs()).map(Instant::from_secs);
        let showing = audience::Input {
            published_at: if post.row.published_at.is_none() { Field::Given(Some(now)) } else { Field::Absent },
            expires_at: Field::Given(until),
            ..audience::Input::default()
        };
        let draft = Draft::from(post::Input { showing, ..post::Input::default() });
        visit.app().posts().update(&visit.caller, id, draft).await?;
        Ok::<_, Error>(visit.go(&format!("{HERE}/{id}"), Flash::done("done-news-shown")))
    };
    answered(&visit, again.await)
}

async fn delete(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = PostId::new(number(&id));
    let done = async {
        let property = visit.app().posts().get(&visit.caller, id).await?.row.property_id;
        visit.app().posts().delete(&visit.caller, id).await?;
        let undo = Flash::undoable("done-publish-deleted", format!("{HERE}/{id}/restore"));
        Ok::<_, Error>(visit.go(&list_of(HERE, property), undo))
    };
    answered(&visit, done.await)
}

async fn restore(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = PostId::new(number(&id));
    let done = async {
        visit.app().posts().restore(&visit.caller, id).await?;
        Ok::<_, Error>(visit.go(&format!("{HERE}/{id}"), Flash::done("done-publish-back")))
    };
    answered(&visit, done.await)
}

/// Says something about an announcement, as one of the management.
async fn comment(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = PostId::new(number(&id));
    let said = async {
        let said = visit.app().posts().comment(&visit.caller, id, Draft::from(fields.text("say"))).await;
        let Err(error) = said else {
            let to = format!("{HERE}/{id}?sent=comment#comments");
            return Ok(visit.go(&to, Flash::done("done-comment-said")));
        };
        let closed = |word: &str| (word == "no_comments").then_some("news-closed");
        let mut reply = Shown::refused(&fields, error, visit.language.texts(), closed)?;
        if let Some(wrong) = reply.wrong("text").map(str::to_owned) {
            reply.set("say", wrong);
        }
        let post = visit.app().posts().get(&visit.caller, id).await?;
        let place = place(&visit, post.row.property_id).await?;
        let page = EditPage { reply, ..edit_page(&visit, &place, Some(&post), kept(&post, &place)).await? };
        Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
    };
    answered(&visit, said.await)
}

/// Takes out of sight what somebody said.
async fn delete_comment(visit: Staff, Path((id, said)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let (id, said) = (PostId::new(number(&id)), PostCommentId::new(number(&said)));
    let undo = format!("{HERE}/{id}/comments/{said}/restore");
    let done = visit.app().posts().delete_comment(&visit.caller, id, said).await;
    let flash = Flash::undoable("done-comment-removed", undo);
    answered(&visit, done.map(|()| visit.go(&format!("{HERE}/{id}#comments"), flash)))
}

async fn restore_comment(visit: Staff, Path((id, said)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let (id, said) = (PostId::new(number(&id)), PostCommentId::new(number(&said)));
    let done = visit.app().posts().restore_comment(&visit.caller, id, said).await;
    let flash = Flash::done("done-publish-back");
    answered(&visit, done.map(|()| visit.go(&format!("{HERE}/{id}#comments"), flash)))
}
