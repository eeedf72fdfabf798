//! What happens at a property, when and where: written, called off, deleted.

use app::{
    community::PageNumber,
    event::{self, Row},
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
use kernel::{Draft, Error, EventId, Faults, Field, Instant, Problem, Result, Zone};

use super::{
    Around, answered, around, list_of, named_place, place, shell,
    showing::{self, Readers, audience_key, instant, moment, readers, refused, standing},
};
use crate::{
    desk::office::{link, number},
    flash::Flash,
    form::{Fields, Posted, Shown},
    page_route,
    parts::Tone,
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) const HERE: &str = "/desk/community/events";
const NEW: &str = "/desk/community/events/new";
/// Events on one page.
const ROWS: i64 = 50;

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(HERE, page_route(get(list)))
        .route(NEW, page_route(get(new).post(create)))
        .route("/desk/community/events/{id}", page_route(get(edit).post(update)))
        .route("/desk/community/events/{id}/cancel", page_route(post(cancel)))
        .route("/desk/community/events/{id}/hold", page_route(post(hold)))
        .route("/desk/community/events/{id}/delete", page_route(post(delete)))
        .route("/desk/community/events/{id}/restore", page_route(post(restore)))
}

struct Item {
    to: String,
    title: String,
    location: String,
    audience: &'static str,
    /// Day and month.
    leaf: (String, String),
    when: String,
    tone: Tone,
    state: &'static str,
    cancelled: bool,
}

impl Item {
    fn of(s: &Shell, e: &Row) -> Self {
        let (tone, state) = match e.cancelled_at {
            Some(_) => (Tone::Refused, "event-cancelled"),
            None => standing(&e.showing(), s.clock.now),
        };
        Self {
            to: format!("{HERE}/{}", e.id),
            title: e.title.clone(),
            location: e.location.clone().unwrap_or_default(),
            audience: audience_key(e.audience),
            leaf: s.clock.leaf(e.starts_at),
            when: when(s, e),
            cancelled: e.cancelled_at.is_some(),
            tone,
            state,
        }
    }
}

/// From when until when, in words.
fn when(s: &Shell, e: &Row) -> String {
    let zone = &s.clock.zone;
    let (from, until) = (zone.date(e.starts_at), zone.date(e.ends_at));
    let (first, last) = (s.clock.date(from), s.clock.date(until));
    let ((_, begins), (_, ends)) = (moment(zone, e.starts_at), moment(zone, e.ends_at));
    match (e.all_day, from == until) {
        (true, true) => format!("{first}, {}", s.say("event-all-day")),
        (true, false) => format!("{first} – {last}"),
        (false, true) if begins == ends => format!("{first}, {begins}"),
        (false, true) => format!("{first}, {begins}–{ends}"),
        (false, false) => format!("{first}, {begins} – {last}, {ends}"),
    }
}

#[derive(Template)]
#[template(path = "desk/community/events.html")]
struct ListPage {
    s: Shell,
    around: Around,
    coming: Vec<Item>,
    past: Vec<Item>,
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
        let (coming, past) = (Vec::new(), Vec::new());
        return Ok(ListPage { s: visit.shell(), around, coming, past, write, earlier, later });
    };
    let nth: i64 = visit.query.get("page").parse().unwrap_or(0).clamp(0, 100_000);
    let page = visit.app().events().list(&visit.caller, place.id, PageNumber::new(nth, ROWS)).await?;
    let at = |n: i64| link(HERE, &[("property", &around.property), ("page", &n.to_string())]);
    let s = shell(visit, place);
    let (mut coming, past): (Vec<_>, Vec<_>) = page.rows.iter().partition(|e| e.row.ends_at > s.clock.now);
    // What is next stands first; what was last stands first, too.
    coming.reverse();
    Ok(ListPage {
        coming: coming.into_iter().map(|e| Item::of(&s, &e.row)).collect(),
        past: past.into_iter().map(|e| Item::of(&s, &e.row)).collect(),
        write: list_of(NEW, place.id),
        earlier: if (nth + 1) * ROWS < page.total { at(nth + 1) } else { String::new() },
        later: if nth > 0 { at(nth - 1) } else { String::new() },
        around,
        s,
    })
}

#[derive(Template)]
#[template(path = "desk/community/event_edit.html")]
struct EditPage {
    s: Shell,
    form: Shown,
    title: &'static str,
    action: String,
    place: String,
    zone: String,
    back: String,
    readers: Readers,
    state: Option<(Tone, &'static str)>,
    /// The address of the event, or nothing for a new one.
    own: String,
    cancelled: bool,
}

async fn edit_page(visit: &Visit, place: &Place, event: Option<&Row>, form: Shown) -> Result<EditPage> {
    let s = shell(visit, place);
    let own = event.map(|e| format!("{HERE}/{}", e.id)).unwrap_or_default();
    Ok(EditPage {
        title: if event.is_some() { "event-edit" } else { "event-new" },
        action: if own.is_empty() { list_of(NEW, place.id) } else { own.clone() },
        back: list_of(HERE, place.id),
        place: place.name.clone(),
        zone: place.time_zone.replace('_', " "),
        readers: readers(visit, &s, place).await?,
        state: event.map(|e| {
            let item = Item::of(&s, e);
            (item.tone, item.state)
        }),
        cancelled: event.is_some_and(|e| e.cancelled_at.is_some()),
        own,
        form,
        s,
    })
}

async fn new(visit: Staff) -> Response {
    let page = async {
        let place = named_place(&visit).await?;
        edit_page(&visit, &place, None, Shown::with(showing::fresh())).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn edit(visit: Staff, Path(id): Path<String>) -> Response {
    let page = async {
        let event = visit.app().events().get(&visit.caller, EventId::new(number(&id))).await?;
        let place = place(&visit, event.property_id).await?;
        let zone = Zone::named(&place.time_zone);
        let ((starts, starts_time), (ends, ends_time)) = (moment(&zone, event.starts_at), moment(&zone, event.ends_at));
        let time = |time: String| if event.all_day { String::new() } else { time };
        let own = [
            ("title", event.title.clone()),
            ("text", event.text.clone()),
            ("location", event.location.clone().unwrap_or_default()),
            ("all_day", if event.all_day { "yes".to_owned() } else { String::new() }),
            ("starts", starts),
            ("starts_time", time(starts_time)),
            ("ends", ends),
            ("ends_time", time(ends_time)),
        ];
        let form = Shown::with(own.into_iter().chain(showing::values(&event.showing(), &zone)));
        edit_page(&visit, &place, Some(&event), form).await
    };
    match page.await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

/// From when until when: whole days reach to the last second of the last one; without an end it ends as it begins.
fn times(fields: &Fields, zone: &Zone, faults: &mut Faults) -> (Field<Instant>, Field<Instant>) {
    let all_day = fields.ticked("all_day");
    let time = |name: &'static str| if all_day { "" } else { name };
    let Some(starts) = instant(fields, "starts", time("starts_time"), zone, faults) else {
        if fields.get("starts").trim().is_empty() {
            faults.add("starts", Problem::Required);
        }
        return (Field::Faulty, Field::Faulty);
    };
    let same_day = Fields(vec![
        ("ends".to_owned(), zone.date(starts).to_string()),
        ("ends_time".to_owned(), fields.get("ends_time").to_owned()),
    ]);
    let has_end = !fields.get("ends").trim().is_empty();
    let ends = match (has_end, fields.get("ends_time").trim().is_empty() && !all_day) {
        // A day alone is no end of something that begins at an hour.
        (_, true) if fields.get("ends").trim().is_empty() || fields.get("ends") == fields.get("starts") => Some(starts),
        (true, _) => instant(fields, "ends", time("ends_time"), zone, faults),
        (false, _) => instant(&same_day, "ends", time("ends_time"), zone, faults),
    };
    let last = |at: Instant| match zone.date(at).tomorrow() {
        Ok(next) if all_day => zone.midnight(next).plus_secs(-1),
        _ => at,
    };
    (Field::Given(starts), ends.map_or(Field::Faulty, |at| Field::Given(last(at))))
}

fn input(visit: &Visit, fields: &Fields, place: &Place, was: Option<&Row>) -> Draft<event::Input> {
    let zone = Zone::named(&place.time_zone);
    let mut faults = Faults::new();
    let (starts_at, ends_at) = times(fields, &zone, &mut faults);
    let published = was.and_then(|e| e.published_at);
    let input = event::Input {
        title: fields.text("title"),
        text: fields.text("text"),
        location: fields.optional("location"),
        all_day: Field::Given(fields.ticked("all_day")),
        starts_at,
        ends_at,
        cancelled: Field::Absent,
        time_zone: Field::Given(place.time_zone.clone()),
        showing: showing::input(fields, &zone, visit.app().now(), published, &mut faults),
    };
    Draft::new(input, faults)
}

async fn create(visit: Staff, Posted(fields): Posted) -> Response {
    let made = async {
        let place = named_place(&visit).await?;
        let draft = input(&visit, &fields, &place, None);
        match visit.app().events().create(&visit.caller, place.id, draft).await {
            Ok(_) => {
                let key = if fields.ticked("draft") { "done-news-draft" } else { "done-event" };
                Ok(visit.go(&list_of(HERE, place.id), Flash::done(key)))
            }
            Err(error) => {
                let page = edit_page(&visit, &place, None, refused(&visit, &fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, made.await)
}

async fn update(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = EventId::new(number(&id));
    let changed = async {
        let event = visit.app().events().get(&visit.caller, id).await?;
        let place = place(&visit, event.property_id).await?;
        let draft = input(&visit, &fields, &place, Some(&event));
        match visit.app().events().update(&visit.caller, id, draft).await {
            Ok(()) => Ok(visit.go(&list_of(HERE, place.id), Flash::done("done-news-saved"))),
            Err(error) => {
                let page = edit_page(&visit, &place, Some(&event), refused(&visit, &fields, error)?).await?;
                Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        }
    };
    answered(&visit, changed.await)
}

/// Calls an event off, or takes that back: it stays in the calendar, struck out.
async fn call(visit: &Staff, id: &str, cancelled: bool, flash: impl FnOnce(EventId) -> Flash) -> Response {
    let id = EventId::new(number(id));
    let done = async {
        let event = visit.app().events().get(&visit.caller, id).await?;
        let input = event::Input { cancelled: Field::Given(cancelled), ..event::Input::default() };
        visit.app().events().update(&visit.caller, id, input.into()).await?;
        Ok::<_, Error>(visit.go(&list_of(HERE, event.property_id), flash(id)))
    };
    answered(visit, done.await)
}

async fn cancel(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    call(&visit, &id, true, |id| Flash::undoable("done-event-cancelled", format!("{HERE}/{id}/hold"))).await
}

async fn hold(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    call(&visit, &id, false, |_| Flash::done("done-event-held")).await
}

async fn delete(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = EventId::new(number(&id));
    let done = async {
        let property = visit.app().events().get(&visit.caller, id).await?.property_id;
        visit.app().events().delete(&visit.caller, id).await?;
        let undo = Flash::undoable("done-publish-deleted", format!("{HERE}/{id}/restore"));
        Ok::<_, Error>(visit.go(&list_of(HERE, property), undo))
    };
    answered(&visit, done.await)
}

async fn restore(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = EventId::new(number(&id));
    let done = async {
        visit.app().events().restore(&visit.caller, id).await?;
        Ok::<_, Error>(visit.go(&format!("{HERE}/{id}"), Flash::done("done-publish-back")))
    };
    answered(&visit, done.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (Field<Instant>, Field<Instant>, usize) {
        let fields = Fields(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect());
        let mut faults = Faults::new();
        let (starts, ends) = times(&fields, &Zone::named("Europe/Berlin"), &mut faults);
        let count = (&faults).into_iter().count();
        (starts, ends, count)
    }

    #[test]
    fn an_end_that_is_left_out_is_the_nearest_one() {
        let zone = Zone::named("Europe/Berlin");
        let at = |day: &str, hour: i64| Field::Given(zone.midnight(day.parse().unwrap()).plus_secs(hour * 3600));
        let starts = [("starts", "2026-12-01"), ("starts_time", "18:00")];
        assert_eq!(read(&starts), (at("2026-12-01", 18), at("2026-12-01", 18), 0));
        let with = |more: &[(&'static str, &'static str)]| read(&[&starts[..], more].concat());
        assert_eq!(with(&[("ends_time", "20:00")]), (at("2026-12-01", 18), at("2026-12-01", 20), 0));
        assert_eq!(with(&[("ends", "2026-12-01")]), (at("2026-12-01", 18), at("2026-12-01", 18), 0));
        assert_eq!(
            with(&[("ends", "2026-12-02"), ("ends_time", "01:00")]),
            (at("2026-12-01", 18), at("2026-12-02", 1), 0)
        );
        let (starts, ends, _) = with(&[("all_day", "yes")]);
        assert_eq!(starts, at("2026-12-01", 0));
        let Field::Given(ends) = ends else { panic!("no end") };
        assert_eq!(zone.date(ends).to_string(), "2026-12-01");
        assert_eq!(read(&[("starts", "soon")]), (Field::Faulty, Field::Faulty, 1));
        assert_eq!(read(&[]), (Field::Faulty, Field::Faulty, 1));
    }
}
