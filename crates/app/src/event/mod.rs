//! What happens in a community, when and where; also as a calendar that other programs read.

mod ical;
mod store;

use db::{Read, Write};
use kernel::{
    Action, Actor, Caller, Draft, Error, EventId, Faults, Field, Instant, PersonId, Problem, PropertyId, Result, Zone,
};
use sha2::{Digest, Sha256};

use crate::{
    access::{self, Resource, require},
    audience,
    community::{self, Counted, PageNumber, PersonCard, restore::restore},
    diff::Diff,
    handle,
    post::community_diff,
};

pub use store::Row;

/// An event with who wrote it.
#[derive(Clone, Debug)]
pub struct Event {
    /// The event.
    pub row: Row,
    /// Who wrote it.
    pub author: PersonCard,
}

/// An event as it can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Its title.
    pub title: Field<String>,
    /// Its text.
    pub text: Field<String>,
    /// Where it takes place.
    pub location: Field<Option<String>>,
    /// Whether it takes whole days: those of its start and its end, and all between.
    pub all_day: Field<bool>,
    /// When it begins.
    pub starts_at: Field<Instant>,
    /// When it ends.
    pub ends_at: Field<Instant>,
    /// Whether it is called off; it stays to be seen.
    pub cancelled: Field<bool>,
    /// The time zone of its days; the property's unless told.
    pub time_zone: Field<String>,
    /// To whom it is shown, and when.
    pub showing: audience::Input,
}

/// Events of one calendar.
const MOST: i64 = 1_000;

handle! {
    /// Operations on events.
    Events
}

#[operations::compiled_here]
impl Events<'_> {
    /// One page of what the caller sees, the latest first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn list(&self, caller: &Caller, property: PropertyId, page: PageNumber) -> Result<Counted<Event>> {
        self.0
            .read(caller, async move |r, actor| {
                let eye = community::visit(r, actor, property).await?;
                let places = [property];
                let (rows, total) = tokio::try_join!(
                    store::page(r, &eye, &places, page.limit, page.offset()),
                    store::count(r, &eye, property)
                )?;
                let people = community::people(r, rows.iter().map(|e| e.author_id).collect()).await?;
                let event = |row: Row| Some(Event { author: people.get(&row.author_id)?.clone(), row });
                Ok(Counted { rows: rows.into_iter().filter_map(event).collect(), total })
            })
            .await
    }

    /// The events the caller sees at a property, as a calendar (RFC 5545).
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn calendar(&self, caller: &Caller, property: PropertyId) -> Result<String> {
        self.0.read(caller, async move |r, actor| calendar(r, actor, &[property]).await).await
    }

    /// Makes the secret of the caller's calendar feed, in the place of the one before. It is shown once.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn renew_feed(&self, caller: &Caller) -> Result<String> {
        self.0
            .write(caller, async |w, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                let secret = w.random().secret();
                store::set_secret(w, me, &hash(&secret)).await?;
                let mut diff = Diff::default();
                diff.secret("secret");
                w.change(db::Change::new("person.calendar_renewed", me).person(me).data(diff.json()));
                Ok(secret)
            })
            .await
    }

    /// The calendar behind a feed's secret: the events of all places where that person lives now.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown secret, and for whoever may not sign in any more.
    pub async fn feed(&self, caller: &Caller, secret: &str) -> Result<String> {
        let hash = hash(secret);
        self.0
            .read(caller, async move |r, actor| {
                let person = store::of_secret(r, &hash).await?.ok_or(Error::NotFound("calendar"))?;
                let homes = access::homes(r, person).await?;
                let mut places: Vec<PropertyId> = homes.iter().map(|h| h.property).collect();
                places.sort_unstable();
                places.dedup();
                calendar(r, &Actor::resident(**actor, homes), &places).await
            })
            .await
    }

    /// Writes an event in the caller's name.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, property: PropertyId, draft: Draft<Input>) -> Result<EventId> {
        self.0
            .write(caller, async move |w, actor| {
                community::write_right(w, actor, property).await?;
                let (input, faults) = draft.open()?;
                create(w, property, actor.person().ok_or(Error::Forbidden)?, input, faults).await
            })
            .await
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, id: EventId, draft: Draft<Input>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = to_write(w, actor, id).await?;
                let (input, faults) = draft.open()?;
                update(w, &now, input, faults).await
            })
            .await
    }

    /// One event, for whoever may change it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn get(&self, caller: &Caller, id: EventId) -> Result<Row> {
        self.0.read(caller, async move |r, actor| to_write(r, actor, id).await).await
    }

    /// Takes the deletion of an event back, within a day.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `too_late`.
    pub async fn restore(&self, caller: &Caller, id: EventId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                restore!(w, actor, "event", id);
                Ok(())
            })
            .await
    }

    /// Deletes an event.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: EventId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = to_write(w, actor, id).await?;
                store::delete(w, id).await?;
                community::note(w, "event.deleted", id, now.property_id, String::new());
                Ok(())
            })
            .await
    }
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

async fn calendar(r: &Read, actor: &Actor, places: &[PropertyId]) -> Result<String> {
    let mut rows = Vec::new();
    // What somebody sees differs from place to place; nobody lives in many.
    for property in places {
        let eye = community::look(actor, *property)?;
        rows.extend(store::page(r, &eye, &[*property], MOST, 0).await?);
    }
    rows.retain(|e| e.published_at.is_some_and(|at| at <= r.now()));
    rows.sort_by_key(|e| (e.starts_at, e.id));
    Ok(ical::write(&rows))
}

async fn to_write(r: &Read, actor: &Actor, id: EventId) -> Result<Row> {
    let row = store::by_id(r, id).await?.ok_or(Error::NotFound("event"))?;
    community::look(actor, row.property_id).map_err(|_| Error::NotFound("event"))?;
    require(actor, Action::WriteCommunity, Resource::Of(Some(row.property_id)))?;
    Ok(row)
}

/// Writes an event; all faults are told together.
pub(crate) async fn create(
    w: &Write,
    property: PropertyId,
    author: PersonId,
    input: &Input,
    mut faults: Faults,
) -> Result<EventId> {
    let title = input.title.required(&mut faults, "title");
    let starts = input.starts_at.required(&mut faults, "starts_at").copied();
    let ends = input.ends_at.required(&mut faults, "ends_at").copied();
    check(input, starts, ends, &mut faults);
    let s = audience::settle(w, property, &input.showing, None, &mut faults).await?;
    faults.finish()?;
    let (Some(title), Some(starts_at), Some(ends_at)) = (title, starts, ends) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let zone = store::time_zone(w, property).await?;
    let announced = s.published_at.is_some_and(|at| at <= w.now());
    let new = store::New {
        title,
        text: input.text.given().map_or("", String::as_str),
        location: input.location.given().cloned().flatten(),
        all_day: input.all_day.given().copied().unwrap_or(false),
        starts_at,
        ends_at,
        time_zone: input.time_zone.given().cloned().unwrap_or(zone),
        announced,
    };
    let id = store::insert(w, property, author, &new, &s).await?;
    community::note(w, if announced { "event.published" } else { "event.created" }, id, property, String::new());
    Ok(id)
}

async fn update(w: &Write, now: &Row, input: &Input, mut faults: Faults) -> Result<()> {
    let mut new = now.clone();
    new.starts_at = input.starts_at.or_keep(&now.starts_at);
    new.ends_at = input.ends_at.or_keep(&now.ends_at);
    check(input, Some(new.starts_at), Some(new.ends_at), &mut faults);
    let old = now.showing();
    let s = audience::settle(w, now.property_id, &input.showing, Some(old), &mut faults).await?;
    faults.finish()?;
    new.title = input.title.or_keep(&now.title);
    new.text = input.text.or_keep(&now.text);
    new.location = input.location.or_keep(&now.location);
    new.all_day = input.all_day.or_keep(&now.all_day);
    new.time_zone = input.time_zone.or_keep(&now.time_zone);
    if let Some(cancelled) = input.cancelled.given() {
        new.cancelled_at = if *cancelled { now.cancelled_at.or(Some(w.now())) } else { None };
    }
    let mut diff = Diff::default();
    diff.field("title", &now.title, &new.title);
    diff.field("cancelled", &now.cancelled_at.is_some(), &new.cancelled_at.is_some());
    diff.field("text", &now.text, &new.text);
    diff.field("location", &now.location, &new.location);
    diff.field("all_day", &now.all_day, &new.all_day);
    diff.field("starts_at", &now.starts_at.micros(), &new.starts_at.micros());
    diff.field("ends_at", &now.ends_at.micros(), &new.ends_at.micros());
    diff.field("time_zone", &now.time_zone, &new.time_zone);
    community_diff(&mut diff, &old, &s);
    if diff.is_empty() {
        return Ok(());
    }
    let first = !now.announced && s.published_at.is_some_and(|at| at <= w.now());
    new.announced = now.announced || first;
    store::update(w, &new, &s).await?;
    community::note(w, if first { "event.published" } else { "event.updated" }, now.id, now.property_id, diff.json());
    Ok(())
}

fn check(input: &Input, starts: Option<Instant>, ends: Option<Instant>, faults: &mut Faults) {
    community::check_text("title", &input.title, 255, faults);
    community::check_optional("location", &input.location, 255, faults);
    if input.text.given().is_some_and(|t| t.chars().count() > 50_000) {
        faults.add("text", Problem::TooLong(50_000));
    }
    if let (Some(starts), Some(ends)) = (starts, ends)
        && ends < starts
    {
        faults.add("ends_at", Problem::Mismatch);
    }
    if input.time_zone.given().is_some_and(|z| Zone::find(z).is_none()) {
        faults.add("time_zone", Problem::Unknown);
    }
}
