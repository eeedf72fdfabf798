//! The audit trail: who did what, in sentences, with what changed from what to what; as a page, and as a list for
//! spreadsheets.

use app::{
    audience::Audience,
    change::{Area, Audited, Filter, MOST_LISTED, Names, Someone, points_to},
    import,
};
use askama::Template;
use axum::{
    Router,
    http::header,
    response::{IntoResponse as _, Response},
    routing::get,
};
use identity::Identity;
use kernel::{Currency, Date, Door, Error, Instant, PageRequest, PersonId, Result, Role, Zone, written_date};
use serde_json::Value;

use super::{
    acts::{did, field, thing},
    lines::{full, role, status, status_of},
    money,
    office::{self, link},
};
use crate::{
    page_route,
    parts::Choice,
    session::{Staff, Visit},
    shell::Shell,
};

const HERE: &str = "/desk/settings/audit";
const LIST: &str = "/desk/settings/audit.csv";

pub(super) fn routes() -> Router<Identity> {
    Router::new().route(HERE, page_route(get(show))).route(LIST, page_route(get(list)))
}

/// What happened, as a row says it.
struct Fact {
    at: Instant,
    icon: &'static str,
    text: String,
    /// Where the thing is; may be empty.
    href: String,
    place: String,
    door: &'static str,
    fields: Vec<Changed>,
}

/// What a field was, and is.
struct Changed {
    name: String,
    /// None of a secret: only that it changed is known.
    values: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "desk/settings/audit.html")]
struct AuditPage {
    s: Shell,
    facts: Vec<Fact>,
    areas: Vec<Choice>,
    area: String,
    doors: Vec<Choice>,
    door: String,
    /// What was typed as a name.
    name: String,
    /// Whether it is about what concerns them.
    about: bool,
    /// Several of that name, to choose from: where each leads, name, address.
    found: Vec<(String, String, String)>,
    nobody: bool,
    from: String,
    until: String,
    next: String,
    first: String,
    csv: String,
}

/// What is asked for.
struct Asked {
    filter: Filter,
    /// Whom a name or an address means; several where it is not settled.
    people: Vec<Someone>,
    nobody: bool,
}

impl Asked {
    /// Nothing can be shown before it is settled who is meant.
    fn is_open(&self) -> bool {
        self.nobody || self.people.len() > 1
    }
}

async fn asked(visit: &Visit) -> Result<Asked> {
    let (q, zone) = (&visit.query, Zone::named(&visit.me.organization.time_zone));
    let (name, who) = (q.get("name").trim(), q.get("who").parse::<i64>().ok().map(PersonId::new));
    let changes = visit.app().changes();
    let people = match who {
        Some(id) => changes.someone(&visit.caller, id).await?.into_iter().collect(),
        None => changes.people(&visit.caller, name).await?,
    };
    let one = if let [one] = &people[..] { Some(one.id) } else { None };
    let about = q.get("as") == "about";
    let day = |name: &str| written_date(q.get(name));
    let filter = Filter {
        by: one.filter(|_| !about),
        about: one.filter(|_| about),
        area: Area::parse(q.get("area")),
        door: DOORS.iter().map(|(door, _)| *door).find(|door| door.as_str() == q.get("door")),
        from: day("from").map(|d| zone.midnight(d)),
        until: day("until").and_then(|d| d.tomorrow().ok()).map(|d| zone.midnight(d)),
    };
    Ok(Asked { filter, nobody: people.is_empty() && (who.is_some() || !name.is_empty()), people })
}

async fn show(visit: Staff) -> Response {
    match page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn page(visit: &Staff) -> Result<AuditPage> {
    let (q, s) = (&visit.query, visit.shell());
    let asked = asked(visit).await?;
    let who = if let [one] = &asked.people[..] { one.id.to_string() } else { String::new() };
    let names = ["area", "door", "as", "from", "until"];
    let mut filters: Vec<(&str, &str)> = names.iter().map(|n| (*n, q.get(n))).collect();
    let to = |id: &str, filters: &[(&str, &str)]| link(HERE, &[filters, &[("who", id)]].concat());
    let found = asked.people.iter().filter(|_| asked.people.len() > 1).map(|p| {
        let name = full(Some(&p.first_name), Some(&p.last_name));
        (to(&p.id.to_string(), &filters), name, p.email.clone().unwrap_or_default())
    });
    let found: Vec<_> = found.collect();
    filters.push(("who", &who));
    let (changes, caller) = (visit.app().changes(), &visit.caller);
    let (mut facts, mut next) = (Vec::new(), String::new());
    if !asked.is_open() {
        let trail = match changes.audit(caller, asked.filter.clone(), office::page(q)).await {
            Err(Error::Invalid(_)) => changes.audit(caller, asked.filter.clone(), PageRequest::default()).await?,
            other => other?,
        };
        let words = Words { s: &s, names: &trail.names, currency: trail.currency };
        facts = trail.page.items.iter().map(|c| words.fact(c)).collect();
        next = office::next(&trail.page, HERE, &filters);
    }
    Ok(AuditPage {
        facts,
        next,
        first: office::first(visit, HERE, &filters),
        csv: if asked.is_open() { String::new() } else { link(LIST, &filters) },
        areas: Area::ALL.into_iter().map(|a| Choice::new(a.as_str(), s.say(area_key(a)))).collect(),
        area: q.get("area").to_owned(),
        doors: DOORS.into_iter().map(|(d, key)| Choice::new(d.as_str(), s.say(key))).collect(),
        door: q.get("door").to_owned(),
        name: match &asked.people[..] {
            [one] => full(Some(&one.first_name), Some(&one.last_name)),
            _ => q.get("name").to_owned(),
        },
        about: q.get("as") == "about",
        nobody: asked.nobody,
        found,
        from: q.get("from").to_owned(),
        until: q.get("until").to_owned(),
        s,
    })
}

/// The same for spreadsheets: at most so many rows, the newest first.
async fn list(visit: Staff) -> Response {
    match sheet(&visit).await {
        Ok(list) => {
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
                (header::CACHE_CONTROL, "no-store"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, list).into_response()
        }
        Err(error) => visit.failed(&error),
    }
}

async fn sheet(visit: &Staff) -> Result<Vec<u8>> {
    let (asked, s) = (asked(visit).await?, visit.shell());
    let head = ["audit-when", "what", "property", "audit-door", "audit-changed"];
    let mut rows = vec![head.map(|key| s.say(key)).to_vec()];
    let mut page = PageRequest { after: None, limit: 500 };
    while !asked.is_open() && rows.len() <= MOST_LISTED {
        let trail = visit.app().changes().audit(&visit.caller, asked.filter.clone(), page).await?;
        let words = Words { s: &s, names: &trail.names, currency: trail.currency };
        for change in &trail.page.items {
            let fact = words.fact(change);
            let fields = fact.fields.iter().map(|c| match &c.values {
                Some((old, new)) => format!("{}: {old} → {new}", c.name),
                None => c.name.clone(),
            });
            let fields = fields.collect::<Vec<_>>().join("; ");
            rows.push(vec![fact.at.to_string(), fact.text, fact.place, s.say(fact.door), fields]);
        }
        match trail.page.next {
            Some(next) => page = PageRequest { after: Some(next), limit: 500 },
            None => break,
        }
    }
    import::sheet(&rows)
}

/// The doors, as people call them.
const DOORS: [(Door, &str); 8] = [
    (Door::Pages, "door-pages"),
    (Door::Inside, "door-inside"),
    (Door::Dwellingly, "door-dwellingly"),
    (Door::Storedge, "door-storedge"),
    (Door::Casavi, "door-casavi"),
    (Door::Manager, "door-manager"),
    (Door::Idwell, "door-idwell"),
    (Door::Ruckus, "door-ruckus"),
];

const fn area_key(area: Area) -> &'static str {
    match area {
        Area::Tickets => "nav-tickets",
        Area::People => "nav-people",
        Area::Places => "work-properties",
        Area::Money => "nav-money",
        Area::Community => "nav-community",
        Area::Wifi => "area-wifi",
        Area::Files => "area-files",
        Area::Settings => "nav-settings",
    }
}

/// What it takes to say what happened.
struct Words<'a> {
    s: &'a Shell,
    names: &'a Names,
    currency: Currency,
}

impl Words<'_> {
    fn fact(&self, c: &Audited) -> Fact {
        let who = match (c.actor_kind.as_str(), c.actor_id) {
            ("person", Some(id)) => self.name("person", id),
            ("client", Some(id)) => self.name("client", id),
            ("anonymous", _) => None,
            _ => Some(self.s.say("work-did-server")),
        };
        let who = who
            .unwrap_or_else(|| self.s.say(if c.actor_kind == "client" { "work-did-program" } else { "audit-nobody" }));
        let (icon, key) = did(&c.action);
        let place = c.property_id.and_then(|id| self.name("property", id)).unwrap_or_default();
        Fact {
            at: c.at,
            icon,
            text: self.s.say_xy(key, &who, &self.about(c)),
            href: self.href(c),
            place,
            door: DOORS.iter().find(|(d, _)| d.as_str() == c.door).map_or("door-other", |(_, key)| *key),
            fields: self.fields(&c.data),
        }
    }

    fn name(&self, kind: &str, id: i64) -> Option<String> {
        self.names.of(kind, id).map(str::to_owned)
    }

    /// What it is about: the thing by its name, else whom or what it concerns.
    fn about(&self, c: &Audited) -> String {
        let own = self.name(&c.entity, c.entity_id);
        let near = || {
            let unit = c.unit_id.and_then(|id| self.name("unit", id));
            unit.or_else(|| c.person_id.and_then(|id| self.name("person", id)))
                .or_else(|| c.property_id.and_then(|id| self.name("property", id)))
        };
        let name = own.or_else(near).unwrap_or_default();
        let thing = self.s.say_x(thing(&c.entity), &name);
        // A thing without a name is told without marks around it.
        if name.is_empty() { thing.trim_end_matches([' ', '“', '”', '„']).to_owned() } else { thing }
    }

    /// Where the thing is shown, else what it concerns.
    fn href(&self, c: &Audited) -> String {
        let gone = c.action.ends_with(".deleted") || c.action.ends_with(".removed");
        let id = c.entity_id;
        let own = match c.entity.as_str() {
            _ if gone => None,
            "property" => Some(format!("/desk/properties/{id}")),
            "unit" => Some(format!("/desk/units/{id}")),
            "person" => Some(format!("/desk/people/{id}")),
            "ticket" | "comment" => self.name(&c.entity, id).map(|number| format!("/desk/tickets/{number}")),
            "ticket_type" => Some(format!("/desk/settings/ticket-types/{id}")),
            "ledger" => Some(format!("/desk/ledgers/{id}")),
            "invoice" => Some(format!("/desk/invoices/{id}")),
            "post" => Some(format!("/desk/community/news/{id}")),
            "event" => Some(format!("/desk/community/events/{id}")),
            "faq_article" => Some(format!("/desk/community/faq/{id}")),
            "document" => c.property_id.map(|at| format!("/desk/community/documents/{at}/{id}")),
            "client" => Some(format!("/desk/settings/clients/{id}")),
            "message" => Some(super::outbox::address(kernel::MessageId::new(id))),
            "organization" => Some("/desk/settings/organization".to_owned()),
            "oidc_provider" => Some(super::providers::HERE.to_owned()),
            _ => None,
        };
        let near = || match (c.person_id, c.unit_id, c.property_id) {
            (Some(id), ..) => format!("/desk/people/{id}"),
            (None, Some(id), _) => format!("/desk/units/{id}"),
            (None, None, Some(id)) => format!("/desk/properties/{id}"),
            (None, None, None) => String::new(),
        };
        own.unwrap_or_else(near)
    }

    fn fields(&self, data: &str) -> Vec<Changed> {
        let Ok(Value::Object(all)) = serde_json::from_str(data) else { return Vec::new() };
        let one = |(name, value): (&String, &Value)| {
            let label = field(name).map_or_else(|| name.replace('_', " "), |key| self.s.say(key));
            let values = match value {
                Value::Array(both) => {
                    let side = |at: usize| self.value(name, both.get(at).unwrap_or(&Value::Null));
                    Some((side(0), side(1)))
                }
                Value::Null => None,
                only => Some((String::new(), self.value(name, only))),
            };
            Changed { name: label, values }
        };
        all.iter().map(one).collect()
    }

    /// A value as people say it.
    fn value(&self, name: &str, value: &Value) -> String {
        let s = self.s;
        let known = match value {
            Value::Null => return s.say("audit-empty"),
            Value::Bool(yes) => return s.say(if *yes { "yes" } else { "no" }),
            Value::Array(all) if all.is_empty() => return s.say("audit-empty"),
            Value::Array(all) => {
                return all.iter().map(|v| self.value(name, v)).collect::<Vec<_>>().join(", ");
            }
            Value::Number(n) => n.as_i64().and_then(|n| self.number(name, n)),
            Value::String(word) => self.word(name, word),
            Value::Object(_) => None,
        };
        let plain = || match value {
            Value::String(text) if text.trim().is_empty() => s.say("audit-empty"),
            Value::String(text) => text.chars().take(200).collect(),
            other => other.to_string().chars().take(200).collect(),
        };
        known.unwrap_or_else(plain)
    }

    fn number(&self, name: &str, n: i64) -> Option<String> {
        if let Some(kind) = points_to(name) {
            return Some(self.name(kind, n).unwrap_or_else(|| self.s.say("work-somebody")));
        }
        match name {
            "starts_at" | "ends_at" | "moved_out_at" | "published_at" | "expires_at" | "last_active" => {
                Some(self.s.clock.exact(Instant::from_micros(n)))
            }
            "rent" | "next_rent" | "price" | "insurance_premium" | "late_fee" => Some(self.s.money(n, self.currency)),
            _ => None,
        }
    }

    fn word(&self, name: &str, word: &str) -> Option<String> {
        let s = self.s;
        match name {
            "status" => status_of(word).map(|w| s.say(status(w).1)),
            "role" => Role::ALL.into_iter().find(|r| r.as_str() == word).map(|r| s.say(role(r))),
            "audience" => Audience::parse(word).map(|a| s.say(super::community::audience_key(a))),
            "step" => money::step_word(word).map(|key| s.say(key)),
            "language" => crate::language::Language::of_tag(word).map(|l| l.name().to_owned()),
            _ => word.parse::<Date>().ok().map(|day| s.clock.full(day)),
        }
    }
}
