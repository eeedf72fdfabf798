//! The spine as the management reads it: who did what, when, and through which door; and what the things are called.

use std::collections::HashMap;

use db::{List, Read, row, sql};
use kernel::{Action, Caller, Currency, Door, Instant, Key, Page, PageRequest, PersonId, Result, fold};
use serde_json::Value;

use super::Changes;
use crate::{
    access::{Resource, require},
    import,
};

row! {
    /// One fact with the name of who did it.
    #[derive(Clone, Debug)]
    pub struct Audited {
        /// Newest first: the number counted down from the largest there can be.
        pub place: i64,
        /// Its number in the organization.
        pub seq: i64,
        /// When.
        pub at: Instant,
        /// `person`, `client`, `system` or `anonymous`.
        pub actor_kind: String,
        /// Who; a person, or a program.
        pub actor_id: Option<i64>,
        /// Through which door.
        pub door: String,
        /// What, as in `ticket.closed`.
        pub action: String,
        /// To what kind of thing.
        pub entity: String,
        /// To which one.
        pub entity_id: i64,
        /// The property it concerns.
        pub property_id: Option<i64>,
        /// The unit it concerns.
        pub unit_id: Option<i64>,
        /// The person it concerns.
        pub person_id: Option<i64>,
        /// `{field: [old, new]}`, or empty.
        pub data: String,
    }

    struct Named {
        kind: String,
        id: i64,
        name: String,
    }

    /// Somebody whose name was looked for.
    #[derive(Clone, Debug)]
    pub struct Someone {
        /// Who.
        pub id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// The address, to tell two of a name apart.
        pub email: Option<String>,
    }
}

/// What facts are about, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Area {
    Tickets,
    People,
    Places,
    Money,
    Community,
    Wifi,
    Files,
    Settings,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Tickets,
        Self::People,
        Self::Places,
        Self::Money,
        Self::Community,
        Self::Wifi,
        Self::Files,
        Self::Settings,
    ];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::People => "people",
            Self::Places => "places",
            Self::Money => "money",
            Self::Community => "community",
            Self::Wifi => "wifi",
            Self::Files => "files",
            Self::Settings => "settings",
        }
    }

    /// The area of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == word)
    }

    /// The kinds of things in it, as a condition.
    const fn condition(self) -> &'static str {
        match self {
            Self::Tickets => {
                "c.entity IN ('ticket', 'comment', 'ticket_type', 'ticket_type_group', 'ticket_field') AND c.org_id = ?"
            }
            Self::People => {
                "c.entity IN ('person', 'login', 'session', 'invitation', 'invite_run', 'tenancy', 'phone_number', 'address', \
                 'alternate_contact', 'notification') AND c.org_id = ?"
            }
            Self::Places => "c.entity IN ('property', 'building', 'unit', 'unit_type') AND c.org_id = ?",
            Self::Money => {
                "c.entity IN ('account', 'account_note', 'ledger', 'ledger_entry', 'invoice') AND c.org_id = ?"
            }
            Self::Community => {
                "c.entity IN ('post', 'post_comment', 'event', 'contact_card', 'faq_group', 'faq_article', 'document_folder', \
                 'document', 'emergency_contact', 'emergency_number') AND c.org_id = ?"
            }
            Self::Wifi => {
                "c.entity IN ('wifi_network', 'wifi_identity', 'wifi_device', 'radius_client', 'unit_token') AND c.org_id = ?"
            }
            Self::Files => "c.entity IN ('file', 'import', 'message', 'job') AND c.org_id = ?",
            Self::Settings => "c.entity IN ('organization', 'client', 'oidc_provider') AND c.org_id = ?",
        }
    }
}

/// Which facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// By this person.
    pub by: Option<PersonId>,
    /// That concern this person.
    pub about: Option<PersonId>,
    /// To these kinds of things.
    pub area: Option<Area>,
    /// Through this door.
    pub door: Option<Door>,
    /// At this instant or later.
    pub from: Option<Instant>,
    /// Before this instant.
    pub until: Option<Instant>,
}

/// What things are called, by kind and id. What was deleted keeps its name.
#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<(String, i64), String>);

impl Names {
    /// What a thing is called.
    #[must_use]
    pub fn of(&self, kind: &str, id: i64) -> Option<&str> {
        self.0.get(&(kind.to_owned(), id)).map(String::as_str).filter(|name| !name.is_empty())
    }
}

/// Facts with the names of what they are about.
#[derive(Clone, Debug)]
pub struct Trail {
    /// The facts.
    pub page: Page<Audited>,
    /// The names.
    pub names: Names,
    /// The currency of their sums.
    pub currency: Currency,
}

/// The most that a list of facts for a spreadsheet holds.
pub const MOST_LISTED: usize = 5_000;

#[operations::compiled_here]
impl Changes<'_> {
    /// One page of what happened, newest first. For whoever manages the staff.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`]; [`kernel::Error::Invalid`] on a foreign cursor.
    pub async fn audit(&self, caller: &Caller, filter: Filter, page: PageRequest) -> Result<Trail> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ManageStaff, Resource::Organization)?;
                let org = r.caller().org;
                let list = List::new(
                    "audit",
                    "SELECT -c.seq AS place, c.seq, c.at, c.actor_kind, c.actor_id, c.door, c.action, c.entity, c.entity_id, \
                     c.property_id, c.unit_id, c.person_id, c.data FROM change c",
                )
                .filter("c.org_id = ?", org)
                .filter_if("c.actor_kind = 'person' AND c.actor_id = ?", filter.by)
                .filter_if("c.person_id = ?", filter.about)
                .filter_if("c.door = ?", filter.door.map(Door::as_str))
                .filter_if("c.at >= ?", filter.from)
                .filter_if("c.at < ?", filter.until);
                let list = match filter.area {
                    Some(area) => list.filter(area.condition(), org),
                    None => list,
                };
                let scope = list.scope();
                let rows = r.all(list.page(["-c.seq"], &page)?).await?;
                let page = Page::cut(rows, page.rows(), &scope, |c: &Audited| vec![Key::from(c.place)]);
                let (names, currency) = tokio::try_join!(names(r, &page.items), import::currency(r))?;
                Ok(Trail { page, names, currency })
            })
            .await
    }

    /// People whose name begins so, family name or given name first, at most 20: residents and staff, archived ones too.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn people(&self, caller: &Caller, text: &str) -> Result<Vec<Someone>> {
        let key = fold(text.trim());
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ManageStaff, Resource::Organization)?;
                if key.is_empty() {
                    return Ok(Vec::new());
                }
                let (first, rest) = key.split_once(' ').unwrap_or((&key, ""));
                let turned = format!("{rest} {first}").trim().to_owned();
                let end = |key: &str| format!("{key}\u{10FFFF}");
                let mut found: Vec<Someone> = r
                    .all(sql!(
                        "SELECT id, first_name, last_name, email FROM person WHERE org_id = $1 AND deleted_at IS NULL \
                         AND ((name_key >= $2 AND name_key < $3) OR (name_key >= $4 AND name_key < $5)) ORDER BY name_key, id LIMIT 20",
                        r.caller().org, &key, end(&key), &turned, end(&turned)
                    ))
                    .await?;
                if found.is_empty() && !key.contains(' ') {
                    found = r
                        .all(sql!(
                            "SELECT p.id, p.first_name, p.last_name, p.email FROM person p WHERE p.org_id = $1 AND p.id IN (\
                             SELECT s.item_id FROM search_word s WHERE s.org_id = $1 AND s.kind = 'person' AND s.word >= $2 AND s.word < $3) \
                             ORDER BY p.name_key, p.id LIMIT 20",
                            r.caller().org, &key, end(&key)
                        ))
                        .await?;
                }
                Ok(found)
            })
            .await
    }

    /// One of them.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn someone(&self, caller: &Caller, id: PersonId) -> Result<Option<Someone>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ManageStaff, Resource::Organization)?;
                r.optional(sql!(
                    "SELECT id, first_name, last_name, email FROM person WHERE org_id = $1 AND id = $2",
                    r.caller().org,
                    id
                ))
                .await
            })
            .await
    }
}

/// Fields whose values are ids of things of a kind.
const POINTERS: [(&str, &str); 15] = [
    ("assignee", "person"),
    ("author", "person"),
    ("concerns", "person"),
    ("managers", "person"),
    ("person", "person"),
    ("staff", "person"),
    ("properties", "property"),
    ("property", "property"),
    ("building", "building"),
    ("units", "unit"),
    ("folder", "document_folder"),
    ("group", "faq_group"),
    ("ticket_type", "ticket_type"),
    ("file", "file"),
    ("logo", "file"),
];

/// The kind of things whose ids a field holds.
#[must_use]
pub fn points_to(field: &str) -> Option<&'static str> {
    POINTERS.iter().find(|(name, _)| *name == field).map(|(_, kind)| *kind)
}

/// Every id that these facts name. Ids of different kinds share one list: a few names too many are read by their keys,
/// and it is one statement.
fn ids(facts: &[Audited]) -> Vec<PersonId> {
    fn collect(value: &Value, out: &mut Vec<i64>) {
        match value {
            Value::Number(n) => out.extend(n.as_i64()),
            Value::Array(all) => all.iter().for_each(|v| collect(v, out)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for fact in facts {
        all.push(fact.entity_id);
        all.extend([fact.actor_id, fact.property_id, fact.unit_id, fact.person_id].into_iter().flatten());
        if let Ok(Value::Object(fields)) = serde_json::from_str(&fact.data) {
            fields.iter().filter(|(name, _)| points_to(name).is_some()).for_each(|(_, v)| collect(v, &mut all));
        }
    }
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(PersonId::new).collect()
}

async fn names(r: &Read, facts: &[Audited]) -> Result<Names> {
    let ids = ids(facts);
    if ids.is_empty() {
        return Ok(Names::default());
    }
    let org = r.caller().org;
    let (here, said) = tokio::try_join!(
        r.all::<Named>(sql!(
            "SELECT 'property' AS kind, id, name FROM property WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'building', id, name FROM building WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'unit', u.id, p.name || ', ' || u.number FROM unit u JOIN property p ON p.id = u.property_id WHERE +u.org_id = $1 AND u.id = ANY($2) \
             UNION ALL SELECT 'person', id, first_name || ' ' || last_name FROM person WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'login', l.id, p.first_name || ' ' || p.last_name FROM login l JOIN person p ON p.id = l.person_id WHERE +l.org_id = $1 AND l.id = ANY($2) \
             UNION ALL SELECT 'session', l.id, p.first_name || ' ' || p.last_name FROM session l JOIN person p ON p.id = l.person_id WHERE +l.org_id = $1 AND l.id = ANY($2) \
             UNION ALL SELECT 'invitation', l.id, p.first_name || ' ' || p.last_name FROM invitation l JOIN person p ON p.id = l.person_id WHERE +l.org_id = $1 AND l.id = ANY($2) \
             UNION ALL SELECT 'tenancy', t.id, p.first_name || ' ' || p.last_name FROM tenancy t JOIN person p ON p.id = t.person_id WHERE +t.org_id = $1 AND t.id = ANY($2) \
             UNION ALL SELECT 'ledger', l.id, p.first_name || ' ' || p.last_name FROM ledger l JOIN account a ON a.id = l.account_id JOIN person p ON p.id = a.person_id WHERE +l.org_id = $1 AND l.id = ANY($2) \
             UNION ALL SELECT 'account', a.id, p.first_name || ' ' || p.last_name FROM account a JOIN person p ON p.id = a.person_id WHERE +a.org_id = $1 AND a.id = ANY($2) \
             UNION ALL SELECT 'invoice', id, CAST(number AS TEXT) FROM invoice WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'client', id, name FROM client WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'oidc_provider', id, name FROM oidc_provider WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'wifi_network', id, ssid FROM wifi_network WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'radius_client', id, name FROM radius_client WHERE +org_id = $1 AND id = ANY($2)",
            org,
            &ids
        )),
        r.all::<Named>(sql!(
            "SELECT 'ticket' AS kind, id, CAST(number AS TEXT) AS name FROM ticket WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'comment', c.id, CAST(t.number AS TEXT) FROM comment c JOIN ticket t ON t.id = c.ticket_id WHERE +c.org_id = $1 AND c.id = ANY($2) \
             UNION ALL SELECT 'ticket_type', id, name FROM ticket_type WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'post', id, title FROM post WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'post_comment', c.id, p.title FROM post_comment c JOIN post p ON p.id = c.post_id WHERE +c.org_id = $1 AND c.id = ANY($2) \
             UNION ALL SELECT 'event', id, title FROM event WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'contact_card', id, name FROM contact_card WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'faq_group', id, title FROM faq_group WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'faq_article', id, title FROM faq_article WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'document_folder', id, name FROM document_folder WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'document', id, name FROM document WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'emergency_contact', id, name FROM emergency_contact WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'file', id, name FROM file WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'import', id, name FROM import_run WHERE +org_id = $1 AND id = ANY($2) \
             UNION ALL SELECT 'message', id, subject FROM message WHERE +org_id = $1 AND id = ANY($2)",
            org,
            &ids
        ))
    )?;
    Ok(Names(here.into_iter().chain(said).map(|n| ((n.kind, n.id), n.name.trim().to_owned())).collect()))
}
