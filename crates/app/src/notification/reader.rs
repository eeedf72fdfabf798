//! The reader of the spine behind notifications.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Change, Read, Write, row, sql};
use kernel::{DocumentId, EventId, Instant, PersonId, PostId, PropertyId, Result};

use super::{CANCELLED, Frequency, HELD, Topic, store};
use crate::{
    message::{self, Mail, templates},
    organization,
};

/// Facts read in one transaction.
pub const BATCH: u32 = 100;

row! {
    struct Fact {
        seq: i64,
        at: Instant,
        actor_kind: String,
        actor_id: Option<i64>,
        action: String,
        entity_id: i64,
        property_id: Option<PropertyId>,
        data: String,
    }

    struct Came {
        id: i64,
        property_id: PropertyId,
    }

    struct TicketNow {
        id: i64,
        comment_id: Option<i64>,
        internal: Option<bool>,
        author_id: PersonId,
        concerns_id: Option<PersonId>,
        shared: bool,
        status: String,
    }

    struct Reader {
        person_id: PersonId,
    }
}

/// A person to be told.
struct To {
    person: PersonId,
    topic: Topic,
    item: i64,
    parent: Option<i64>,
    status: Option<String>,
}

/// Notes what has come out by the passing of time.
pub async fn announce(w: &Write) -> Result<()> {
    let (org, now) = (w.caller().org, w.now());
    let posts: Vec<Came> = w
        .all(sql!(
            "UPDATE post SET announced = TRUE WHERE org_id = $1 AND published_at <= $2 AND NOT announced AND deleted_at IS NULL \
             RETURNING id, property_id",
            org,
            now
        ))
        .await?;
    let events: Vec<Came> = w
        .all(sql!(
            "UPDATE event SET announced = TRUE WHERE org_id = $1 AND published_at <= $2 AND NOT announced AND deleted_at IS NULL \
             RETURNING id, property_id",
            org,
            now
        ))
        .await?;
    let documents: Vec<Came> = w
        .all(sql!(
            "UPDATE document SET announced = TRUE WHERE org_id = $1 AND published_at <= $2 AND NOT announced AND deleted_at IS NULL \
             RETURNING id, property_id",
            org,
            now
        ))
        .await?;
    let sorted = |mut came: Vec<Came>| {
        came.sort_by_key(|c| c.id);
        came
    };
    for c in sorted(posts) {
        w.change(Change::new("post.published", PostId::new(c.id)).property(c.property_id));
    }
    for c in sorted(events) {
        w.change(Change::new("event.published", EventId::new(c.id)).property(c.property_id));
    }
    for c in sorted(documents) {
        w.change(Change::new("document.published", DocumentId::new(c.id)).property(c.property_id));
    }
    Ok(())
}

/// Reads the next facts and writes who is told.
pub async fn follow(w: &Write, base: &str) -> Result<u64> {
    let org = w.caller().org;
    let from = store::position(w).await?;
    let facts: Vec<Fact> = w
        .all(sql!(
            "SELECT seq, at, actor_kind, actor_id, action, entity_id, property_id, data FROM change \
             WHERE org_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            org,
            from,
            BATCH
        ))
        .await?;
    let Some(last) = facts.last().map(|f| f.seq) else { return Ok(0) };
    let tickets = tickets(w, &facts).await?;
    let mut mails: BTreeMap<PersonId, BTreeSet<Topic>> = BTreeMap::new();
    for fact in &facts {
        if let Some((_, gone, topic, below)) = AWAY.iter().find(|(action, ..)| *action == fact.action) {
            store::set_gone(w, *topic, *below, fact.entity_id, *gone).await?;
            continue;
        }
        let mut to = concerned(w, fact, &tickets).await?;
        // Nobody is told what they did themselves.
        if fact.actor_kind == "person" {
            to.retain(|t| Some(t.person.get()) != fact.actor_id);
        }
        to.sort_by_key(|t| t.person);
        to.dedup_by_key(|t| t.person);
        tell(w, fact, to, &mut mails).await?;
    }
    send(w, base, mails).await?;
    store::set_position(w, last).await?;
    Ok(facts.len() as u64)
}

/// Facts by which something goes, or comes back: whether it is gone, the topic under which people were told about it,
/// and that of what hangs on it.
const AWAY: [(&str, bool, Topic, Option<Topic>); 10] = [
    ("ticket.deleted", true, Topic::Ticket, Some(Topic::TicketComment)),
    ("ticket.comment_deleted", true, Topic::TicketComment, None),
    ("post.deleted", true, Topic::Post, Some(Topic::PostComment)),
    ("post.restored", false, Topic::Post, Some(Topic::PostComment)),
    ("post.comment_deleted", true, Topic::PostComment, None),
    ("post.comment_restored", false, Topic::PostComment, None),
    ("event.deleted", true, Topic::Event, None),
    ("event.restored", false, Topic::Event, None),
    ("document.deleted", true, Topic::Document, None),
    ("document.restored", false, Topic::Document, None),
];

async fn tickets(r: &Read, facts: &[Fact]) -> Result<HashMap<(bool, i64), TicketNow>> {
    let of = |is: fn(&str) -> bool| facts.iter().filter(|f| is(&f.action)).map(|f| f.entity_id).collect::<Vec<_>>();
    let ids: Vec<kernel::TicketId> = of(is_ticket).into_iter().map(kernel::TicketId::new).collect();
    let said: Vec<kernel::CommentId> = of(is_comment).into_iter().map(kernel::CommentId::new).collect();
    let own: Vec<TicketNow> = r
        .all(sql!(
            "SELECT id, NULL AS comment_id, NULL AS internal, author_id, concerns_id, shared, status FROM ticket \
             WHERE +org_id = $1 AND id = ANY($2) AND deleted_at IS NULL",
            r.caller().org,
            &ids
        ))
        .await?;
    let answered: Vec<TicketNow> = r
        .all(sql!(
            "SELECT t.id, c.id AS comment_id, c.internal, t.author_id, t.concerns_id, t.shared, t.status FROM comment c \
             JOIN ticket t ON t.id = c.ticket_id WHERE +c.org_id = $1 AND c.id = ANY($2) AND c.deleted_at IS NULL AND t.deleted_at IS NULL",
            r.caller().org,
            &said
        ))
        .await?;
    let key = |t: TicketNow| ((t.comment_id.is_some(), t.comment_id.unwrap_or(t.id)), t);
    Ok(own.into_iter().chain(answered).map(key).collect())
}

fn is_ticket(action: &str) -> bool {
    matches!(action, "ticket.created" | "ticket.updated" | "ticket.closed" | "ticket.reopened")
}

fn is_comment(action: &str) -> bool {
    matches!(action, "ticket.commented" | "ticket.comment_updated")
}

/// Whether a field changed in a fact.
fn touches(fact: &Fact, field: &str) -> bool {
    let data: Option<serde_json::Value> = serde_json::from_str(&fact.data).ok();
    data.is_some_and(|d| d.get(field).is_some())
}

/// What a field changed to in a fact.
fn changed_to(fact: &Fact, field: &str) -> Option<serde_json::Value> {
    let data: serde_json::Value = serde_json::from_str(&fact.data).ok()?;
    data.get(field)?.get(1).cloned()
}

async fn concerned(r: &Read, fact: &Fact, tickets: &HashMap<(bool, i64), TicketNow>) -> Result<Vec<To>> {
    let action = fact.action.as_str();
    if is_ticket(action) {
        let news = action != "ticket.updated" || touches(fact, "status") || touches(fact, "shared");
        let Some(t) = tickets.get(&(false, fact.entity_id)).filter(|_| news) else { return Ok(Vec::new()) };
        let status = Some(t.status.clone());
        return of_ticket(r, t, |person| To {
            person,
            topic: Topic::Ticket,
            item: t.id,
            parent: None,
            status: status.clone(),
        })
        .await;
    }
    if is_comment(action) {
        let news = action == "ticket.commented" || touches(fact, "internal");
        let found = tickets.get(&(true, fact.entity_id)).filter(|t| news && t.internal == Some(false));
        let Some(t) = found else { return Ok(Vec::new()) };
        let to = |person| To {
            person,
            topic: Topic::TicketComment,
            item: fact.entity_id,
            parent: Some(t.id),
            status: Some(t.status.clone()),
        };
        return of_ticket(r, t, to).await;
    }
    if action == "event.updated" {
        let Some(off) = changed_to(fact, "cancelled").and_then(|v| v.as_bool()) else { return Ok(Vec::new()) };
        let people = store::readers_of_coming_event(r, fact.entity_id).await?;
        let status = if off { CANCELLED } else { HELD };
        let to = |person| To {
            person,
            topic: Topic::Event,
            item: fact.entity_id,
            parent: None,
            status: Some(status.to_owned()),
        };
        return Ok(people.into_iter().map(to).collect());
    }
    let (topic, people, parent) = match action {
        "post.published" => (Topic::Post, store::readers_of_post(r, fact.entity_id).await?, None),
        "event.published" => (Topic::Event, store::readers_of_event(r, fact.entity_id).await?, None),
        "document.published" => (Topic::Document, store::readers_of_document(r, fact.entity_id).await?, None),
        "post.commented" => match store::post_of(r, fact.entity_id).await? {
            Some(post) => (Topic::PostComment, store::talkers(r, post).await?, Some(post.get())),
            None => return Ok(Vec::new()),
        },
        _ => return Ok(Vec::new()),
    };
    let to = |person| To { person, topic, item: fact.entity_id, parent, status: None };
    Ok(people.into_iter().map(to).collect())
}

/// Whom a ticket concerns: whoever wrote it, whoever it is about if they may see it, and the staff who care for them.
async fn of_ticket(r: &Read, t: &TicketNow, to: impl Fn(PersonId) -> To) -> Result<Vec<To>> {
    let mut people = vec![t.author_id];
    if let Some(person) = t.concerns_id {
        if t.shared {
            people.push(person);
        }
        let staff: Vec<Reader> = r
            .all(sql!(
                "SELECT staff_id AS person_id FROM staff_assignment WHERE org_id = $1 AND resident_id = $2 ORDER BY staff_id",
                r.caller().org,
                person
            ))
            .await?;
        people.extend(staff.into_iter().map(|s| s.person_id));
    }
    people.sort_unstable();
    people.dedup();
    Ok(people.into_iter().map(to).collect())
}

async fn tell(w: &Write, fact: &Fact, to: Vec<To>, mails: &mut BTreeMap<PersonId, BTreeSet<Topic>>) -> Result<()> {
    let people: Vec<PersonId> = to.iter().map(|t| t.person).collect();
    if people.is_empty() {
        return Ok(());
    }
    let chosen = store::chosen(w, &people).await?;
    let unwanted = store::unwanted(w, &people).await?;
    // Only those who can sign in are told at all.
    let readers = store::able(w, &people).await?;
    // After a long pause nobody is mailed what is old.
    let fresh = fact.at.plus_days(1) > w.now();
    for t in to {
        let Some(reader) = readers.iter().find(|r| r.person_id == t.person) else { continue };
        let of = chosen.iter().find(|c| c.person_id == t.person && c.topic == t.topic);
        let when = of.map_or(t.topic.usual(reader.is_staff), |c| c.frequency);
        let mail = if when == Frequency::Daily { "daily" } else { "no" };
        let hidden = unwanted.iter().any(|u| u.person_id == t.person && u.topic == t.topic);
        let new = store::New {
            person: t.person,
            property: fact.property_id,
            seq: fact.seq,
            topic: t.topic,
            item: t.item,
            parent: t.parent,
            status: t.status,
            mail,
            hidden,
            at: fact.at,
        };
        if store::insert(w, &new).await? && when == Frequency::Now && fresh {
            mails.entry(t.person).or_default().insert(t.topic);
        }
    }
    Ok(())
}

/// One mail a person, about all of it.
async fn send(w: &Write, base: &str, mails: BTreeMap<PersonId, BTreeSet<Topic>>) -> Result<()> {
    if mails.is_empty() {
        return Ok(());
    }
    let people: Vec<PersonId> = mails.keys().copied().collect();
    let addresses = store::addresses(w, &people).await?;
    let organization = organization::get(w).await?;
    let languages = message::language::of_people(w, &people).await?;
    for a in addresses {
        let Some(what) = mails.get(&a.person_id) else { continue };
        let language = languages.get(&a.person_id).copied().unwrap_or_default();
        let what = what.iter().map(|topic| topic.words(language)).collect::<Vec<_>>().join(", ");
        let (subject, text, html) = templates::news(language, base, &organization.name, &what);
        let mail = Mail { person: a.person_id, kind: "news", to: a.email, subject, text, html: Some(html) };
        message::queue(w, &mail).await?;
    }
    Ok(())
}

/// Mails what waits for the day's mail.
pub async fn digest(w: &Write, base: &str) -> Result<u64> {
    let waiting = store::take_daily(w).await?;
    let mut mails: BTreeMap<PersonId, BTreeSet<Topic>> = BTreeMap::new();
    for n in waiting {
        mails.entry(n.person_id).or_default().insert(n.topic);
    }
    let people = mails.len() as u64;
    send(w, base, mails).await?;
    Ok(people)
}
