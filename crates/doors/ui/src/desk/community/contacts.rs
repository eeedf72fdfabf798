//! Cards of whoever is responsible for something at a property, in the order in which residents see them.

use app::{
    contact_card::{self, ContactCard, Kind},
    emergency_contact::Details,
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
use kernel::{ContactCardId, Draft, Faults, Field, Instant, Problem, Result, Zone};

use super::{
    Around, answered, around, emergency, list_of, named_place, place, shell,
    showing::{self, Readers, audience_key, readers, refused, standing},
    step,
};
use crate::{
    desk::office::number,
    face,
    flash::Flash,
    form::{Fields, Posted, Shown},
    mixed::Mixed,
    page_route,
    parts::{Choice, Tone},
    portal::help::role,
    session::{Staff, Visit},
    shell::Shell,
    words,
};

pub(super) const HERE: &str = "/desk/community/contacts";
const NEW: &str = "/desk/community/contacts/new";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(HERE, page_route(get(list)))
        .route(NEW, page_route(get(new).post(create)))
        .route("/desk/community/contacts/{id}", page_route(get(edit).post(update)))
        .route("/desk/community/contacts/{id}/avatar", page_route(post(show_with)))
        .route("/desk/community/contacts/{id}/avatar/remove", page_route(post(show_without)))
        .route("/desk/community/contacts/{id}/delete", page_route(post(delete)))
        .route("/desk/community/contacts/{id}/restore", page_route(post(restore)))
        .route("/desk/community/contacts/{id}/move/{way}", page_route(post(shift)))
}

struct Item {
    id: ContactCardId,
    name: String,
    kind: &'static str,
    /// What they do, and how they are reached.
    facts: Vec<String>,
    audience: &'static str,
    tone: Tone,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "desk/community/contacts.html")]
struct ListPage {
    s: Shell,
    around: Around,
    cards: Vec<Item>,
    write: String,
    emergency: Vec<Details>,
    may_change_emergency: bool,
}

fn item(c: &ContactCard, now: Instant) -> Item {
    let (tone, state) = standing(&c.showing(), now);
    let facts = [&c.responsibility, &c.company, &c.phone, &c.email];
    Item {
        id: c.id,
        name: c.name.clone(),
        kind: role(c.kind),
        facts: facts.into_iter().flatten().cloned().collect(),
        audience: audience_key(c.audience),
        tone,
        state,
    }
}

async fn list(visit: Staff) -> Response {
    let page = async {
        let around = around(&visit).await?;
        let (emergency, may_change_emergency) = emergency::all(&visit).await?;
        let Some(place) = &around.place else {
            let (cards, write) = (Vec::new(), String::new());
            return Ok(ListPage { s: visit.shell(), around, cards, write, emergency, may_change_emergency });
        };
        let s = shell(&visit, place);
        let cards = visit.app().contact_cards().list(&visit.caller, place.id).await?;
        let cards = cards.iter().map(|c| item(c, s.clock.now)).collect();
        let write = list_of(NEW, place.id);
        Ok(ListPage { cards, write, around, emergency, may_change_emergency, s })
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

#[derive(Template)]
#[template(path = "desk/community/contact_edit.html")]
struct EditPage {
    s: Shell,
    form: Shown,
    title: &'static str,
    action: String,
    place: String,
    back: String,
    kinds: Vec<Choice>,
    readers: Readers,
    state: Option<(Tone, &'static str)>,
    /// The address of the card, or nothing for a new one.
    own: String,
    initials: String,
    face: Option<String>,
}

async fn edit_page(visit: &Visit, place: &Place, card: Option<&ContactCard>, form: Shown) -> Result<EditPage> {
    let s = shell(visit, place);
    let own = card.map(|c| format!("{HERE}/{}", c.id)).unwrap_or_default();
    Ok(EditPage {
        title: if card.is_some() { "contact-edit" } else { "contact-new" },
        action: if own.is_empty() { list_of(NEW, place.id) } else { own.clone() },
        back: list_of(HERE, place.id),
        place: place.name.clone(),
        kinds: Kind::ALL.into_iter().map(|k| Choice::new(k.as_str(), s.say(role(k)))).collect(),
        readers: readers(visit, &s, place).await?,
        state: card.map(|c| standing(&c.showing(), s.clock.now)),
        initials: card.map(|c| words::initials_of(&c.name)).unwrap_or_default(),
        face: visit.face(card.and_then(|c| c.avatar)),
        own,
        form,
        s,
    })
}

async fn new(visit: Staff) -> Response {
    let page = async {
        let place = named_place(&visit).await?;
        let kind = [("kind", Kind::Manager.as_str().to_owned())];
        edit_page(&visit, &place, None, Shown::with(showing::fresh().into_iter().chain(kind))).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn edit(visit: Staff, Path(id): Path<String>) -> Response {
    let page = async {
        let card = visit.app().contact_cards().get(&visit.caller, ContactCardId::new(number(&id))).await?;
        let place = place(&visit, card.property_id).await?;
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        let own = [
            ("kind", card.kind.as_str().to_owned()),
            ("name", card.name.clone()),
            ("company", text(&card.company)),
            ("email", text(&card.email)),
            ("phone", text(&card.phone)),
            ("responsibility", text(&card.responsibility)),
            ("on_dashboard", if card.on_dashboard { "yes".to_owned() } else { String::new() }),
        ];
        let shown = showing::values(&card.showing(), &Zone::named(&place.time_zone));
        edit_page(&visit, &place, Some(&card), Shown::with(own.into_iter().chain(shown))).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

fn input(visit: &Visit, fields: &Fields, place: &Place, was: Option<&ContactCard>) -> Draft<contact_card::Input> {
    let zone = Zone::named(&place.time_zone);
    let mut faults = Faults::new();
    let kind = Kind::ALL.into_iter().find(|k| k.as_str() == fields.get("kind"));
    if kind.is_none() {
        faults.add("kind", Problem::Unknown);
    }
    let published = was.and_then(|c| c.published_at);
    let input = contact_card::Input {
        kind: kind.map_or(Field::Faulty, Field::Given),
        name: fields.text("name"),
        company: fields.optional("company"),
        email: fields.optional("email"),
        phone: fields.optional("phone"),
        responsibility: fields.optional("responsibility"),
        position: Field::Absent,
        on_dashboard: Field::Given(fields.ticked("on_dashboard")),
        showing: showing::input(fields, &zone, visit.app().now(), published, &mut faults),
    };
    Draft::new(input, faults)
}

async fn create(visit: Staff, Posted(fields): Posted) -> Response {
    let made = async {
        let place = named_place(&visit).await?;
        let draft = input(&visit, &fields, &place, None);
        match visit.app().contact_cards().create(&visit.caller, place.id, draft).await {
            Ok(_) => Ok(visit.go(&list_of(HERE, place.id), Flash::done("done-news-saved"))),
            Err(error) => {
                let page = edit_page(&visit, &place, None, refused(&visit, &fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, made.await)
}

async fn update(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = ContactCardId::new(number(&id));
    let changed = async {
        let card = visit.app().contact_cards().get(&visit.caller, id).await?;
        let place = place(&visit, card.property_id).await?;
        let draft = input(&visit, &fields, &place, Some(&card));
        match visit.app().contact_cards().update(&visit.caller, id, draft).await {
            Ok(()) => Ok(visit.go(&list_of(HERE, place.id), Flash::done("done-news-saved"))),
            Err(error) => {
                let page = edit_page(&visit, &place, Some(&card), refused(&visit, &fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, changed.await)
}

/// Has the card shown with a picture.
async fn show_with(visit: Staff, Path(id): Path<String>, sent: Mixed) -> Response {
    let id = ContactCardId::new(number(&id));
    let done = visit.app().contact_cards().set_avatar(&visit.caller, id, face::chosen(sent)).await;
    face::answered(&visit, &format!("{HERE}/{id}"), done)
}

async fn show_without(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = ContactCardId::new(number(&id));
    let done = visit.app().contact_cards().remove_avatar(&visit.caller, id).await;
    face::answered(&visit, &format!("{HERE}/{id}"), done)
}

async fn delete(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = ContactCardId::new(number(&id));
    let done = async {
        let card = visit.app().contact_cards().get(&visit.caller, id).await?;
        visit.app().contact_cards().delete(&visit.caller, id).await?;
        let undo = Flash::undoable("done-publish-deleted", format!("{HERE}/{id}/restore"));
        Ok(visit.go(&list_of(HERE, card.property_id), undo))
    };
    answered(&visit, done.await)
}

async fn restore(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = ContactCardId::new(number(&id));
    let done = async {
        visit.app().contact_cards().restore(&visit.caller, id).await?;
        let card = visit.app().contact_cards().get(&visit.caller, id).await?;
        Ok(visit.go(&list_of(HERE, card.property_id), Flash::done("done-publish-back")))
    };
    answered(&visit, done.await)
}

async fn shift(visit: Staff, Path((id, way)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let id = ContactCardId::new(number(&id));
    let done = async {
        let property = visit.app().contact_cards().step(&visit.caller, id, step(&way)?).await?;
        Ok(visit.go(&format!("{}#contact-{id}", list_of(HERE, property)), None))
    };
    answered(&visit, done.await)
}
