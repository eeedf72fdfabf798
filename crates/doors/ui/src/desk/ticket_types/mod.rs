//! Forms for tickets, as the staff make them: questions in their order, a preview, and the versions there were.

mod builder;

use app::ticket_type::{self, Kept, TicketType, Version};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Action, Draft, Error, Faults, Field, PropertyId, Result, TicketTypeId};

use super::office::number;
use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    icon, page_route,
    parts::Choice,
    portal::report::Asked,
    session::{Staff, Visit},
    shell::Shell,
};
use builder::{Builder, KINDS, Press};

const HERE: &str = "/desk/settings/ticket-types";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(HERE, page_route(get(list)))
        .route("/desk/settings/ticket-types/new", page_route(get(new).post(create)))
        .route("/desk/settings/ticket-types/{id}", page_route(get(edit).post(update)))
        .route("/desk/settings/ticket-types/{id}/retire", page_route(post(retire)))
        .route("/desk/settings/ticket-types/{id}/offer", page_route(post(offer)))
}

struct Item {
    /// Where it is changed; nothing for who may not.
    to: String,
    name: String,
    about: String,
    icon: &'static str,
    questions: usize,
    /// The property, or nothing for all.
    place: String,
    version: i64,
}

#[derive(Template)]
#[template(path = "desk/ticket_types/list.html")]
struct ListPage {
    s: Shell,
    groups: Vec<(String, Vec<Item>)>,
    retired: Vec<Item>,
}

async fn list(visit: Staff) -> Response {
    match list_page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn list_page(visit: &Visit) -> Result<ListPage> {
    let shelf = visit.app().ticket_types().kept(&visit.caller).await?;
    let places = visit.app().office().places(&visit.caller, Action::ManageTicketTypes).await?;
    let place = |id: PropertyId| places.iter().find(|p| p.id == id).map_or_else(String::new, |p| p.name.clone());
    let (mut groups, mut retired): (Vec<(String, Vec<Item>)>, Vec<Item>) = (Vec::new(), Vec::new());
    for Kept { form, may_change } in shelf.forms {
        let item = Item {
            to: if may_change { format!("{HERE}/{}", form.row.id) } else { String::new() },
            icon: icon::of_form(&form.row.icon),
            questions: form.fields.len(),
            place: form.row.property_id.map(place).unwrap_or_default(),
            version: form.row.version,
            name: form.row.name,
            about: form.row.description,
        };
        if form.row.archived_at.is_some() {
            retired.push(item);
        } else if let Some((_, items)) = groups.iter_mut().find(|(name, _)| *name == form.row.group_name) {
            items.push(item);
        } else {
            groups.push((form.row.group_name, vec![item]));
        }
    }
    Ok(ListPage { s: visit.shell(), groups, retired })
}

/// An earlier version, as the page tells it.
struct Past {
    version: i64,
    tickets: i64,
    questions: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "desk/ticket_types/edit.html")]
struct EditPage {
    s: Shell,
    form: Shown,
    title: &'static str,
    action: String,
    /// The places where it can be offered.
    places: Vec<Choice>,
    /// Whether it can be offered everywhere.
    everywhere: bool,
    groups: Vec<String>,
    lines: Vec<builder::Line>,
    kinds: Vec<(&'static str, &'static str, &'static str)>,
    pictures: Vec<(&'static str, &'static str, &'static str)>,
    /// As residents see it.
    asked: Vec<Asked>,
    preview_icon: &'static str,
    is_new: bool,
    retired: bool,
    version: i64,
    /// How many tickets were written with it so far.
    tickets: i64,
    past: Vec<Past>,
}

type Kind = (TicketType, Vec<Version>);

async fn edit_page(visit: &Visit, now: Option<&Kind>, builder: &Builder, form: Shown) -> Result<EditPage> {
    let (app, caller) = (visit.app(), &visit.caller);
    let shelf = app.ticket_types().kept(caller).await?;
    let places = app.office().places(caller, Action::ManageTicketTypes).await?;
    let mut groups: Vec<String> = shelf.forms.into_iter().map(|k| k.form.row.group_name).collect();
    groups.dedup();
    groups.sort();
    groups.dedup();
    let past = |v: &Version| Past {
        version: v.version,
        tickets: v.tickets,
        questions: v.fields.iter().map(|q| (q.name.clone(), builder::kind_key(q.kind))).collect(),
    };
    let version = now.map_or(1, |(t, _)| t.row.version);
    let versions = now.map_or(&[][..], |(_, all)| all);
    let asked = builder.questions().into_iter().zip(0..).map(|(q, n)| Asked::of(format!("preview.{n}"), &q));
    Ok(EditPage {
        title: if now.is_some() { "form-edit" } else { "form-new" },
        action: now.map_or_else(|| format!("{HERE}/new"), |(t, _)| format!("{HERE}/{}", t.row.id)),
        places: places.iter().map(|p| Choice::new(&p.id, p.name.clone())).collect(),
        everywhere: shelf.everywhere,
        groups,
        lines: builder.lines(),
        kinds: KINDS.to_vec(),
        pictures: icon::OF_FORMS.to_vec(),
        asked: asked.collect(),
        preview_icon: icon::of_form(form.value("icon")),
        is_new: now.is_none(),
        retired: now.is_some_and(|(t, _)| t.row.archived_at.is_some()),
        version,
        tickets: versions.iter().map(|v| v.tickets).sum(),
        past: versions.iter().filter(|v| v.version < version).map(past).collect(),
        form,
        s: visit.shell(),
    })
}

async fn new(visit: Staff) -> Response {
    let t = visit.language.texts();
    let builder = Builder::beginning(t.say("form-sample-what"), t.say("form-sample-photos"));
    let head = [("icon", "tool".to_owned()), ("property_id", visit.query.get("property").to_owned())];
    match edit_page(&visit, None, &builder, builder.shown(head)).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn edit(visit: Staff, Path(id): Path<String>) -> Response {
    let page = async {
        let now = visit.app().ticket_types().versions(&visit.caller, TicketTypeId::new(number(&id))).await?;
        let row = &now.0.row;
        let builder = Builder::of(&now.0);
        let head = [
            ("name", row.name.clone()),
            ("description", row.description.clone()),
            ("group", row.group_name.clone()),
            ("icon", picture(&row.icon).to_owned()),
            ("property_id", row.property_id.map(|p| p.to_string()).unwrap_or_default()),
        ];
        edit_page(&visit, Some(&now), &builder, builder.shown(head)).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

/// The picture of the page that a stored name is drawn as.
fn picture(stored: &str) -> &'static str {
    let drawn = icon::of_form(stored);
    icon::OF_FORMS.iter().find(|(_, icon, _)| *icon == drawn).map_or("tool", |(name, ..)| name)
}

/// The form with what was pressed done to its questions; nothing is stored.
async fn pressed(visit: &Visit, now: Option<&Kind>, fields: &Fields, press: Press) -> Result<Response> {
    let mut builder = Builder::sent(fields);
    builder.press(press);
    let form = builder.shown(head(fields));
    Ok(visit.page(&edit_page(visit, now, &builder, form).await?))
}

/// The fields of a form that are no questions, as they were typed.
fn head(fields: &Fields) -> [(&'static str, String); 5] {
    ["name", "description", "group", "icon", "property_id"].map(|name| (name, fields.get(name).to_owned()))
}

/// The form again with its faults.
async fn refused(visit: &Visit, now: Option<&Kind>, fields: &Fields, error: Error) -> Result<Response> {
    let builder = Builder::sent(fields);
    let kept = Fields(builder.fields(head(fields)));
    let mut form = Shown::refused(&kept, error, visit.language.texts(), |_| None)?;
    for line in builder.lines() {
        if form.wrong(&line.options).is_some() {
            form.set(&line.options, visit.language.texts().say("form-options-needed"));
        }
    }
    let page = edit_page(visit, now, &builder, form).await?;
    Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

fn input(fields: &Fields, stored: Option<&str>) -> Draft<ticket_type::Input> {
    let mut faults = Faults::new();
    let property = fields.number("property_id", &mut faults);
    let chosen = fields.get("icon");
    let input = ticket_type::Input {
        group: fields.text("group"),
        property_id: match property {
            Field::Given(id) => Field::Given(Some(PropertyId::new(id))),
            Field::Absent => Field::Given(None),
            Field::Faulty => Field::Faulty,
        },
        name: fields.text("name"),
        description: fields.text("description"),
        // A stored name that is drawn as the picture chosen stays as it is.
        icon: Field::Given(stored.filter(|s| picture(s) == chosen).unwrap_or(chosen).to_owned()),
        fields: Field::Given(Builder::sent(fields).questions()),
        archived: Field::Absent,
    };
    Draft::new(input, faults)
}

async fn create(visit: Staff, Posted(fields): Posted) -> Response {
    let made = async {
        if let Some(press) = Press::of(&fields) {
            return pressed(&visit, None, &fields, press).await;
        }
        match visit.app().ticket_types().create(&visit.caller, input(&fields, None)).await {
            Ok(_) => Ok(visit.go(HERE, Flash::done("done-form"))),
            Err(error) => refused(&visit, None, &fields, error).await,
        }
    };
    made.await.unwrap_or_else(|error| visit.failed(&error))
}

async fn update(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = TicketTypeId::new(number(&id));
    let changed = async {
        let now = visit.app().ticket_types().versions(&visit.caller, id).await?;
        if let Some(press) = Press::of(&fields) {
            return pressed(&visit, Some(&now), &fields, press).await;
        }
        let draft = input(&fields, Some(&now.0.row.icon));
        match visit.app().ticket_types().update(&visit.caller, id, draft).await {
            Ok(new) => {
                let is_newer = new.row.version > now.0.row.version;
                let done = Flash::done(if is_newer { "done-form-version" } else { "done-news-saved" });
                Ok(visit.go(&format!("{HERE}/{id}"), done))
            }
            Err(error) => refused(&visit, Some(&now), &fields, error).await,
        }
    };
    changed.await.unwrap_or_else(|error| visit.failed(&error))
}

/// Offers a form no more, or again.
async fn set_offered(visit: &Staff, id: TicketTypeId, offered: bool, flash: Flash) -> Response {
    let input = ticket_type::Input { archived: Field::Given(!offered), ..ticket_type::Input::default() };
    match visit.app().ticket_types().update(&visit.caller, id, input.into()).await {
        Ok(_) => visit.go(HERE, flash),
        Err(error) => visit.failed(&error),
    }
}

async fn retire(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = TicketTypeId::new(number(&id));
    set_offered(&visit, id, false, Flash::undoable("done-form-retired", format!("{HERE}/{id}/offer"))).await
}

async fn offer(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    set_offered(&visit, TicketTypeId::new(number(&id)), true, Flash::done("done-form-offered")).await
}
