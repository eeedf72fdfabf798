//! News for residents: written, shown to an audience from when until when, and taken out of sight again.

use app::{
    audience::{self, Audience, Showing},
    community::PageNumber,
    office::{House, Place, Reached},
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
use kernel::{
    Action, BuildingId, Draft, Error, Faults, Field, Instant, PostId, Problem, PropertyId, Result, Zone, written_date,
};

use super::office::{link, number};
use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    page_route,
    parts::{Choice, Tone},
    session::{Staff, Visit},
    shell::Shell,
};

const NEWS: &str = "/desk/community/news";
/// Announcements on one page.
const ROWS: i64 = 30;

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/community", crate::leads(NEWS))
        .route(NEWS, page_route(get(list)))
        .route("/desk/community/news/new", page_route(get(new).post(create)))
        .route("/desk/community/news/{id}", page_route(get(edit).post(update)))
        .route("/desk/community/news/{id}/hide", page_route(posting(hide)))
        .route("/desk/community/news/{id}/show/{until}", page_route(posting(unhide)))
}

/// How something stands towards its readers.
fn standing(showing: &Showing, now: Instant) -> (Tone, &'static str) {
    match (showing.published_at, showing.expires_at) {
        (None, _) => (Tone::Waiting, "news-draft"),
        (_, Some(until)) if until <= now => (Tone::Waiting, "news-over"),
        (Some(from), _) if from > now => (Tone::Working, "news-scheduled"),
        _ => (Tone::Done, "news-out"),
    }
}

const fn audience_key(audience: Audience) -> &'static str {
    match audience {
        Audience::Everyone => "audience-everyone",
        Audience::Owners => "audience-owners",
        Audience::Tenants => "audience-tenants",
        Audience::Building => "audience-building",
        Audience::UnitAdmins => "audience-unit-admins",
        Audience::Staff => "audience-staff",
    }
}

struct Item {
    to: String,
    title: String,
    audience: &'static str,
    author: String,
    comments: usize,
    at: Option<Instant>,
    tone: Tone,
    state: &'static str,
}

impl Item {
    fn of(post: &Post, now: Instant) -> Self {
        let (tone, state) = standing(&post.row.showing(), now);
        Self {
            to: format!("{NEWS}/{}", post.row.id),
            title: post.row.title.clone(),
            audience: audience_key(post.row.audience),
            author: format!("{} {}", post.author.first_name, post.author.last_name).trim().to_owned(),
            comments: post.comments.len(),
            at: post.row.published_at,
            tone,
            state,
        }
    }
}

#[derive(Template)]
#[template(path = "desk/publish/list.html")]
struct ListPage {
    s: Shell,
    places: Vec<Place>,
    property: String,
    items: Vec<Item>,
    write: String,
    earlier: String,
    later: String,
}

/// The property that is asked for, else the first one.
fn place_of(places: &[Place], wanted: &str) -> Result<Option<Place>> {
    if wanted.is_empty() {
        return Ok(places.first().cloned());
    }
    let found = places.iter().find(|p| p.id.to_string() == wanted).cloned();
    found.map(Some).ok_or(Error::NotFound("property"))
}

async fn list(visit: Staff) -> Response {
    match list_page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn list_page(visit: &Staff) -> Result<ListPage> {
    let (app, caller) = (visit.app(), &visit.caller);
    let places = app.office().places(caller, Action::WriteCommunity).await?;
    let place = place_of(&places, visit.query.get("property"))?;
    let s = visit.shell();
    let Some(place) = place else {
        let nothing = String::new;
        return Ok(ListPage {
            property: nothing(),
            items: Vec::new(),
            write: nothing(),
            earlier: nothing(),
            later: nothing(),
            places,
            s,
        });
    };
    let id = place.id.to_string();
    let nth: i64 = visit.query.get("page").parse().unwrap_or(0).clamp(0, 100_000);
    let page = app.posts().list(caller, place.id, PageNumber::new(nth, ROWS)).await?;
    let at = |n: i64| link(NEWS, &[("property", &id), ("page", &n.to_string())]);
    Ok(ListPage {
        items: page.rows.iter().map(|p| Item::of(p, s.clock.now)).collect(),
        write: link("/desk/community/news/new", &[("property", &id)]),
        earlier: if (nth + 1) * ROWS < page.total { at(nth + 1) } else { String::new() },
        later: if nth > 0 { at(nth - 1) } else { String::new() },
        property: id,
        places,
        s,
    })
}

/// An audience to choose, with how many people it has.
struct Reader {
    value: &'static str,
    text: String,
    people: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/publish/edit.html")]
struct EditPage {
    s: Shell,
    form: Shown,
    title: &'static str,
    action: String,
    place: String,
    back: String,
    readers: Vec<Reader>,
    houses: Vec<Choice>,
    state: Option<(Tone, &'static str)>,
    hide: String,
    show: String,
    comments: Vec<(String, Instant, String)>,
}

fn people(s: &Shell, n: i64) -> String {
    s.say_n("reaches", usize::try_from(n).unwrap_or(0))
}

async fn edit_page(visit: &Visit, place: &Place, post: Option<&Post>, form: Shown) -> Result<EditPage> {
    let (reached, houses): (Reached, Vec<House>) = visit.app().office().reached(&visit.caller, place.id).await?;
    let s = visit.shell();
    let count = |audience: Audience| match audience {
        Audience::Everyone => Some(reached.everyone),
        Audience::Owners => Some(reached.owners),
        Audience::Tenants => Some(reached.tenants),
        Audience::UnitAdmins => Some(reached.unit_admins),
        Audience::Building | Audience::Staff => None,
    };
    let reader = |audience: Audience| Reader {
        value: audience.as_str(),
        text: s.say(audience_key(audience)),
        people: count(audience).map(|n| people(&s, n)),
    };
    let readers = Audience::ALL.into_iter().map(reader).collect();
    let house = |h: &House| {
        let name = if h.name.is_empty() { place.name.as_str() } else { h.name.as_str() };
        Choice::new(&h.id, format!("{name} · {}", people(&s, h.people)))
    };
    let houses = houses.iter().map(house).collect();
    let said = |p: &Post| {
        let one = |(c, who): &(post::Comment, app::community::PersonCard)| {
            (format!("{} {}", who.first_name, who.last_name), c.created_at, c.text.clone())
        };
        p.comments.iter().map(one).collect()
    };
    let state = post.map(|p| standing(&p.row.showing(), s.clock.now));
    let hidden = state.is_some_and(|(_, key)| key == "news-over" || key == "news-draft");
    let own = |verb: &str| post.map(|p| format!("{NEWS}/{}/{verb}", p.row.id)).unwrap_or_default();
    Ok(EditPage {
        title: if post.is_some() { "news-edit" } else { "news-new" },
        action: match post {
            Some(p) => format!("{NEWS}/{}", p.row.id),
            None => link("/desk/community/news/new", &[("property", &place.id.to_string())]),
        },
        back: link(NEWS, &[("property", &place.id.to_string())]),
        hide: if hidden { String::new() } else { own("hide") },
        show: if hidden { own("show/0") } else { String::new() },
        comments: post.map(said).unwrap_or_default(),
        place: place.name.clone(),
        readers,
        houses,
        state,
        form,
        s,
    })
}

async fn own_place(visit: &Staff, id: Option<PropertyId>, wanted: &str) -> Result<Place> {
    let places = visit.app().office().places(&visit.caller, Action::WriteCommunity).await?;
    let wanted = id.map_or_else(|| wanted.to_owned(), |id| id.to_string());
    place_of(&places, &wanted)?.ok_or(Error::NotFound("property"))
}

async fn new(visit: Staff) -> Response {
    let page = async {
        let place = own_place(&visit, None, visit.query.get("property")).await?;
        let form = Shown::with([("audience", "everyone".to_owned()), ("allow_comments", "yes".to_owned())]);
        edit_page(&visit, &place, None, form).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

/// A day and an hour as two fields hold them.
fn moment(zone: &Zone, at: Instant) -> (String, String) {
    let (civil, _) = zone.civil(at);
    (civil.date().to_string(), format!("{:02}:{:02}", civil.hour(), civil.minute()))
}

async fn edit(visit: Staff, Path(id): Path<String>) -> Response {
    let page = async {
        let post = visit.app().posts().get(&visit.caller, PostId::new(number(&id))).await?;
        let place = own_place(&visit, Some(post.row.property_id), "").await?;
        let zone = Zone::named(&place.time_zone);
        let (from, from_time) = post.row.published_at.map(|at| moment(&zone, at)).unwrap_or_default();
        let (until, until_time) = post.row.expires_at.map(|at| moment(&zone, at)).unwrap_or_default();
        let form = Shown::with([
            ("title", post.row.title.clone()),
            ("text", post.row.text.clone()),
            ("audience", post.row.audience.as_str().to_owned()),
            ("building_id", post.row.building_id.map(|b| b.to_string()).unwrap_or_default()),
            ("from", from),
            ("from_time", from_time),
            ("until", until),
            ("until_time", until_time),
            ("allow_comments", if post.row.allow_comments { "yes".to_owned() } else { String::new() }),
            ("draft", if post.row.published_at.is_none() { "yes".to_owned() } else { String::new() }),
        ]);
        edit_page(&visit, &place, Some(&post), form).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

/// The instant that two fields name.
fn instant(fields: &Fields, day: &'static str, time: &str, zone: &Zone, faults: &mut Faults) -> Option<Instant> {
    let text = fields.get(day).trim();
    if text.is_empty() {
        return None;
    }
    let minutes = match fields.get(time).trim() {
        "" => Some(0),
        clock => clock.split_once(':').and_then(|(h, m)| {
            let (h, m): (i64, i64) = (h.parse().ok()?, m.get(..2)?.parse().ok()?);
            ((0..24).contains(&h) && (0..60).contains(&m)).then_some(h * 60 + m)
        }),
    };
    let at = written_date(text).zip(minutes).map(|(date, minutes)| zone.midnight(date).plus_secs(minutes * 60));
    if at.is_none() {
        faults.add(day, Problem::Malformed);
    }
    at
}

fn input(fields: &Fields, place: &Place, now: Instant, was: Option<Instant>) -> Draft<post::Input> {
    let zone = Zone::named(&place.time_zone);
    let mut faults = Faults::new();
    let audience = Audience::ALL.into_iter().find(|a| a.as_str() == fields.get("audience"));
    if audience.is_none() {
        faults.add("audience", Problem::Unknown);
    }
    let from = instant(fields, "from", "from_time", &zone, &mut faults);
    let until = instant(fields, "until", "until_time", &zone, &mut faults);
    let same = |at: Instant| was.filter(|was| was.secs().div_euclid(60) == at.secs().div_euclid(60)).unwrap_or(at);
    let published = if fields.ticked("draft") { None } else { Some(from.map_or(was.unwrap_or(now), same)) };
    let building = fields.get("building_id").parse().ok().map(BuildingId::new);
    let input = post::Input {
        title: fields.text("title"),
        text: fields.text("text"),
        allow_comments: Field::Given(fields.ticked("allow_comments")),
        files: Field::Absent,
        showing: audience::Input {
            audience: audience.map_or(Field::Faulty, Field::Given),
            building_id: Field::Given(building),
            published_at: Field::Given(published),
            expires_at: Field::Given(until),
        },
    };
    Draft::new(input, faults)
}

/// Faults of the core's fields stand beside those of the page.
fn shown(visit: &Staff, fields: &Fields, error: Error) -> Result<Shown> {
    let renamed = match error {
        Error::Invalid(faults) => {
            let mut own = Faults::new();
            for fault in &faults {
                let name = match fault.path.first().map(AsRef::as_ref) {
                    Some("expires_at") => "until".into(),
                    Some("published_at") => "from".into(),
                    _ => fault.path.first().cloned().unwrap_or_default(),
                };
                own.add(name, fault.problem.clone());
            }
            Error::Invalid(own)
        }
        other => other,
    };
    Shown::refused(fields, renamed, visit.language.texts(), |_| None)
}

async fn create(visit: Staff, Posted(fields): Posted) -> Response {
    let made = async {
        let place = own_place(&visit, None, visit.query.get("property")).await?;
        let draft = input(&fields, &place, visit.app().now(), None);
        match visit.app().posts().create(&visit.caller, place.id, draft).await {
            Ok(_) => {
                let key = if fields.ticked("draft") { "done-news-draft" } else { "done-news" };
                Ok(visit.go(&link(NEWS, &[("property", &place.id.to_string())]), Flash::done(key)))
            }
            Err(error) => {
                let page = edit_page(&visit, &place, None, shown(&visit, &fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    made.await.unwrap_or_else(|error| visit.failed(&error))
}

async fn update(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = PostId::new(number(&id));
    let changed = async {
        let post = visit.app().posts().get(&visit.caller, id).await?;
        let place = own_place(&visit, Some(post.row.property_id), "").await?;
        let draft = input(&fields, &place, visit.app().now(), post.row.published_at);
        match visit.app().posts().update(&visit.caller, id, draft).await {
            Ok(_) => Ok(visit.go(&format!("{NEWS}/{id}"), Flash::done("done-news-saved"))),
            Err(error) => {
                let page = edit_page(&visit, &place, Some(&post), shown(&visit, &fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    changed.await.unwrap_or_else(|error| visit.failed(&error))
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
        Ok::<_, Error>((post.row.property_id, format!("{NEWS}/{id}/show/{until}")))
    };
    match hidden.await {
        Ok((property, undo)) => {
            let to = link(NEWS, &[("property", &property.to_string())]);
            visit.go(&to, Flash::undoable("done-news-hidden", undo))
        }
        Err(error) => visit.failed(&error),
    }
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
        visit.app().posts().update(&visit.caller, id, draft).await
    };
    match again.await {
        Ok(_) => visit.go(&format!("{NEWS}/{id}"), Flash::done("done-news-shown")),
        Err(error) => visit.failed(&error),
    }
}
