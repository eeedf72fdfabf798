//! Questions and answers in groups: written, ordered, deleted and taken back.

use app::{
    faq::{self, Article},
    file::File,
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
use kernel::{Draft, Error, FaqArticleId, FaqGroupId, Faults, Field, Instant, Problem, Result, TicketTypeId, Zone};

use super::{
    Around, answered, around,
    files::{self, Held},
    list_of, named_place, place, shell,
    showing::{self, Readers, audience_key, readers, refused, refused_name, standing},
    step,
};
use crate::{
    desk::office::{link, number},
    flash::Flash,
    form::{Fields, Posted, Shown},
    mixed::Mixed,
    page_route,
    parts::{Choice, Tone},
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) const HERE: &str = "/desk/community/faq";
const NEW: &str = "/desk/community/faq/new";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(HERE, page_route(get(list)))
        .route("/desk/community/faq/groups", page_route(post(add_group)))
        .route("/desk/community/faq/groups/{id}", page_route(post(rename_group)))
        .route("/desk/community/faq/groups/{id}/delete", page_route(post(delete_group)))
        .route("/desk/community/faq/groups/{id}/restore", page_route(post(restore_group)))
        .route("/desk/community/faq/groups/{id}/move/{way}", page_route(post(move_group)))
        .route(NEW, page_route(get(new).post(create)))
        .route("/desk/community/faq/{id}", page_route(get(edit).post(update)))
        .route("/desk/community/faq/{id}/delete", page_route(post(delete)))
        .route("/desk/community/faq/{id}/restore", page_route(post(restore)))
        .route("/desk/community/faq/{id}/move/{way}", page_route(post(shift)))
}

struct Item {
    id: FaqArticleId,
    title: String,
    audience: &'static str,
    tone: Tone,
    state: &'static str,
}

struct Group {
    id: FaqGroupId,
    /// Its place on the page, and the name under which a wrong title is told.
    mark: String,
    title: String,
    write: String,
    items: Vec<Item>,
}

#[derive(Template)]
#[template(path = "desk/community/faq.html")]
struct ListPage {
    s: Shell,
    around: Around,
    groups: Vec<Group>,
    form: Shown,
}

fn item(a: &Article, now: Instant) -> Item {
    let (tone, state) = standing(&a.showing(), now);
    Item { id: a.id, title: a.title.clone(), audience: audience_key(a.audience), tone, state }
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
        return Ok(ListPage { s: visit.shell(), around, groups: Vec::new(), form });
    };
    let faq = visit.app().faq().get(&visit.caller, place.id).await?;
    let s = shell(visit, place);
    let group = |g: &faq::Group| Group {
        id: g.id,
        mark: format!("group-{}", g.id),
        title: g.title.clone(),
        write: link(NEW, &[("property", &around.property), ("group", &g.id.to_string())]),
        items: faq.articles.iter().filter(|a| a.group_id == g.id).map(|a| item(a, s.clock.now)).collect(),
    };
    let groups = faq.groups.iter().map(group).collect();
    Ok(ListPage { groups, around, form, s })
}

async fn add_group(visit: Staff, Posted(fields): Posted) -> Response {
    let made = async {
        let around = around(&visit).await?;
        let place = around.place.as_ref().ok_or(Error::NotFound("property"))?;
        let title = Draft::from(fields.text("title"));
        match visit.app().faq().create_group(&visit.caller, place.id, title).await {
            Ok(_) => Ok(visit.go(&list_of(HERE, place.id), Flash::done("done-group"))),
            Err(error) => {
                let page = list_page(&visit, Ok(around), refused(&visit, &fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, made.await)
}

/// The list that a group or an article is on, with the place on it.
fn at(property: kernel::PropertyId, mark: &str) -> String {
    format!("{}#{mark}", list_of(HERE, property))
}

async fn rename_group(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = FaqGroupId::new(number(&id));
    let done = async {
        let input = faq::GroupInput { title: fields.text("name"), ..faq::GroupInput::default() };
        match visit.app().faq().update_group(&visit.caller, id, input.into()).await {
            Ok(property) => Ok(visit.go(&at(property, &format!("group-{id}")), Flash::done("done-news-saved"))),
            Err(error) => {
                let form = refused_name(&visit, &fields, error, &format!("group-{id}"))?;
                let page = list_page(&visit, around(&visit).await, form).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, done.await)
}

async fn delete_group(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = FaqGroupId::new(number(&id));
    let done = visit.app().faq().delete_group(&visit.caller, id).await.map(|property| {
        let undo = Flash::undoable("done-publish-deleted", format!("{HERE}/groups/{id}/restore"));
        visit.go(&list_of(HERE, property), undo)
    });
    answered(&visit, done)
}

async fn restore_group(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = FaqGroupId::new(number(&id));
    let done = visit.app().faq().restore_group(&visit.caller, id).await;
    let to = |property| visit.go(&at(property, &format!("group-{id}")), Flash::done("done-publish-back"));
    answered(&visit, done.map(to))
}

async fn move_group(visit: Staff, Path((id, way)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let id = FaqGroupId::new(number(&id));
    let done = async {
        let property = visit.app().faq().step_group(&visit.caller, id, step(&way)?).await?;
        Ok(visit.go(&at(property, &format!("group-{id}")), None))
    };
    answered(&visit, done.await)
}

#[derive(Template)]
#[template(path = "desk/community/faq_edit.html")]
struct EditPage {
    s: Shell,
    form: Shown,
    title: &'static str,
    action: String,
    place: String,
    back: String,
    readers: Readers,
    groups: Vec<Choice>,
    forms: Vec<Choice>,
    files: Vec<Held>,
    state: Option<(Tone, &'static str)>,
    /// The address of the article, or nothing for a new one.
    own: String,
}

type Written = (Article, Vec<File>);

async fn edit_page(visit: &Visit, place: &Place, written: Option<&Written>, form: Shown) -> Result<EditPage> {
    let s = shell(visit, place);
    let (app, caller) = (visit.app(), &visit.caller);
    let groups = app.faq().get(caller, place.id).await?.groups;
    let forms = app.ticket_types().list(caller, Some(place.id)).await?;
    let own = written.map(|(a, _)| format!("{HERE}/{}", a.id)).unwrap_or_default();
    Ok(EditPage {
        title: if written.is_some() { "faq-edit" } else { "faq-new" },
        action: if own.is_empty() { list_of(NEW, place.id) } else { own.clone() },
        back: list_of(HERE, place.id),
        place: place.name.clone(),
        readers: readers(visit, &s, place).await?,
        groups: groups.iter().map(|g| Choice::new(&g.id, g.title.clone())).collect(),
        forms: forms.iter().map(|t| Choice::new(&t.row.id, t.row.name.clone())).collect(),
        files: written.map(|(_, all)| files::held(visit, all)).unwrap_or_default(),
        state: written.map(|(a, _)| standing(&a.showing(), s.clock.now)),
        own,
        form,
        s,
    })
}

async fn new(visit: Staff) -> Response {
    let page = async {
        let place = named_place(&visit).await?;
        let group = [("group_id", visit.query.get("group").to_owned())];
        edit_page(&visit, &place, None, Shown::with(showing::fresh().into_iter().chain(group))).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn edit(visit: Staff, Path(id): Path<String>) -> Response {
    let page = async {
        let written = visit.app().faq().article(&visit.caller, FaqArticleId::new(number(&id))).await?;
        let (article, _) = &written;
        let place = place(&visit, article.property_id).await?;
        let own = [
            ("group_id", article.group_id.to_string()),
            ("title", article.title.clone()),
            ("keywords", article.keywords.clone()),
            ("text", article.text.clone()),
            ("ticket_type_id", article.ticket_type_id.map(|t| t.to_string()).unwrap_or_default()),
        ];
        let shown = showing::values(&article.showing(), &Zone::named(&place.time_zone));
        edit_page(&visit, &place, Some(&written), Shown::with(own.into_iter().chain(shown))).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn input(
    visit: &Visit,
    fields: &Fields,
    mut faults: Faults,
    place: &Place,
    was: Option<&Article>,
) -> Result<Draft<faq::Input>> {
    let zone = Zone::named(&place.time_zone);
    let published = was.and_then(|a| a.published_at);
    let group = fields.number("group_id", &mut faults);
    if group.is_absent() {
        faults.add("group_id", Problem::Required);
    }
    let form = fields.get("ticket_type_id").parse().ok().map(TicketTypeId::new);
    let input = faq::Input {
        group_id: group.given().map_or(Field::Faulty, |id| Field::Given(FaqGroupId::new(*id))),
        title: fields.text("title"),
        keywords: fields.text("keywords"),
        text: fields.text("text"),
        ticket_type_id: Field::Given(form),
        position: Field::Absent,
        files: Field::Given(files::added(visit, fields, &mut faults).await?),
        without: files::without(fields),
        showing: showing::input(fields, &zone, visit.app().now(), published, &mut faults),
    };
    Ok(Draft::new(input, faults))
}

async fn create(visit: Staff, sent: Mixed) -> Response {
    let made = async {
        let place = named_place(&visit).await?;
        let draft = input(&visit, &sent.fields, sent.faults, &place, None).await?;
        match visit.app().faq().create(&visit.caller, place.id, draft).await {
            Ok(id) => Ok(visit.go(&at(place.id, &format!("article-{id}")), Flash::done("done-news-saved"))),
            Err(error) => {
                let page = edit_page(&visit, &place, None, refused(&visit, &sent.fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, made.await)
}

async fn update(visit: Staff, Path(id): Path<String>, sent: Mixed) -> Response {
    let id = FaqArticleId::new(number(&id));
    let changed = async {
        let written = visit.app().faq().article(&visit.caller, id).await?;
        let place = place(&visit, written.0.property_id).await?;
        let draft = input(&visit, &sent.fields, sent.faults, &place, Some(&written.0)).await?;
        match visit.app().faq().update(&visit.caller, id, draft).await {
            Ok(()) => Ok(visit.go(&at(place.id, &format!("article-{id}")), Flash::done("done-news-saved"))),
            Err(error) => {
                let page = edit_page(&visit, &place, Some(&written), refused(&visit, &sent.fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, changed.await)
}

async fn delete(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = FaqArticleId::new(number(&id));
    let done = async {
        let (article, _) = visit.app().faq().article(&visit.caller, id).await?;
        visit.app().faq().delete(&visit.caller, id).await?;
        let undo = Flash::undoable("done-publish-deleted", format!("{HERE}/{id}/restore"));
        Ok(visit.go(&at(article.property_id, &format!("group-{}", article.group_id)), undo))
    };
    answered(&visit, done.await)
}

async fn restore(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = FaqArticleId::new(number(&id));
    let done = async {
        visit.app().faq().restore(&visit.caller, id).await?;
        let (article, _) = visit.app().faq().article(&visit.caller, id).await?;
        Ok(visit.go(&at(article.property_id, &format!("article-{id}")), Flash::done("done-publish-back")))
    };
    answered(&visit, done.await)
}

async fn shift(visit: Staff, Path((id, way)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let id = FaqArticleId::new(number(&id));
    let done = async {
        let property = visit.app().faq().step(&visit.caller, id, step(&way)?).await?;
        Ok(visit.go(&at(property, &format!("article-{id}")), None))
    };
    answered(&visit, done.await)
}
