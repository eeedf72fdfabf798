//! The reader of the spine behind the search. First it reads what is there, kind by kind and by id; from then on it
//! follows the facts. Either way a thing's words are taken out and put in anew, so that a second run does no harm.

use std::collections::BTreeSet;

use db::{Read, Write, row, sql};
use kernel::{OrgId, Result, fold};

use super::BATCH;

row! {
    struct Reader {
        seq: i64,
        stage: i64,
        last_id: i64,
    }

    struct Fact {
        seq: i64,
        entity: String,
        entity_id: i64,
        person_id: Option<i64>,
    }

    struct Item {
        id: i64,
        text: String,
    }
}

/// A kind of thing that is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Property,
    Unit,
    Person,
    Ticket,
    Document,
    Faq,
}

impl Kind {
    /// All of them, in the order in which they are read at first.
    const ALL: [Self; 6] = [Self::Property, Self::Unit, Self::Person, Self::Ticket, Self::Document, Self::Faq];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Property => "property",
            Self::Unit => "unit",
            Self::Person => "person",
            Self::Ticket => "ticket",
            Self::Document => "document",
            Self::Faq => "faq",
        }
    }

    /// The kind that a fact is about.
    fn of(entity: &str) -> Option<Self> {
        match entity {
            "property" => Some(Self::Property),
            "unit" => Some(Self::Unit),
            "person" => Some(Self::Person),
            "ticket" => Some(Self::Ticket),
            "document" => Some(Self::Document),
            "faq_article" => Some(Self::Faq),
            _ => None,
        }
    }
}

/// Characters of a text that are read.
const MOST_TEXT: usize = 2_000;
/// Characters of a word.
const LONGEST: usize = 40;

/// A word without anything but letters and digits, folded: `A-12` is `a12`.
pub fn bare(word: &str) -> String {
    fold(word).chars().filter(|c| c.is_alphanumeric()).take(LONGEST).collect()
}

/// The words of a text: each whole, and its parts where signs divide it.
pub fn words(text: &str) -> BTreeSet<String> {
    let text: String = text.chars().take(MOST_TEXT).collect();
    let mut out = BTreeSet::new();
    for word in text.split_whitespace() {
        out.insert(bare(word));
        out.extend(word.split(|c: char| !c.is_alphanumeric()).map(bare));
    }
    out.remove("");
    out
}

/// Whether the index has everything that happened.
pub async fn is_up(r: &Read) -> Result<bool> {
    let up: Option<bool> = r
        .optional(sql!(
            "SELECT s.stage >= 6 AND s.seq >= f.seq FROM search_reader s JOIN feed f ON f.org_id = s.org_id WHERE s.org_id = $1",
            r.caller().org
        ))
        .await?;
    Ok(up.unwrap_or(false))
}

/// The organizations whose index is behind.
pub async fn behind(r: &Read) -> Result<Vec<OrgId>> {
    r.all(sql!(
        "SELECT f.org_id FROM feed f LEFT JOIN search_reader s ON s.org_id = f.org_id \
         WHERE s.seq IS NULL OR s.stage < 6 OR s.seq < f.seq ORDER BY f.org_id /* scan: one row an organization */"
    ))
    .await
}

/// Reads on; answers how many things or facts were read.
pub async fn follow(w: &Write) -> Result<u64> {
    let org = w.caller().org;
    // What happens while the things are read is followed afterwards, from where the spine stood at the beginning.
    w.execute(sql!(
        "INSERT INTO search_reader (org_id, seq, stage, last_id) \
         SELECT o.id, coalesce((SELECT f.seq FROM feed f WHERE f.org_id = $1), 0), 0, 0 FROM organization o WHERE o.id = $1 \
         ON CONFLICT (org_id) DO NOTHING",
        org
    ))
    .await?;
    let Some(reader) =
        w.optional::<Reader>(sql!("SELECT seq, stage, last_id FROM search_reader WHERE org_id = $1", org)).await?
    else {
        return Ok(0);
    };
    let stage = usize::try_from(reader.stage).unwrap_or(usize::MAX);
    match Kind::ALL.get(stage) {
        Some(kind) => build(w, *kind, reader).await,
        None => facts(w, reader.seq).await,
    }
}

async fn build(w: &Write, kind: Kind, reader: Reader) -> Result<u64> {
    let items = after(w, kind, reader.last_id).await?;
    put(w, kind, &items, &[]).await?;
    let (stage, last) = match items.last() {
        Some(last) if items.len() == BATCH as usize => (reader.stage, last.id),
        _ => (reader.stage + 1, 0),
    };
    w.execute(sql!("UPDATE search_reader SET stage = $2, last_id = $3 WHERE org_id = $1", w.caller().org, stage, last))
        .await?;
    // A step is a step, also where there was nothing of a kind.
    Ok(u64::try_from(items.len()).unwrap_or(0).max(1))
}

async fn facts(w: &Write, seq: i64) -> Result<u64> {
    let org = w.caller().org;
    let facts: Vec<Fact> = w
        .all(sql!(
            "SELECT seq, entity, entity_id, person_id FROM change WHERE org_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            org,
            seq,
            BATCH
        ))
        .await?;
    let Some(last) = facts.last() else { return Ok(0) };
    for kind in Kind::ALL {
        let mut ids: Vec<i64> = facts
            .iter()
            .filter(|f| Kind::of(&f.entity) == Some(kind))
            .map(|f| f.entity_id)
            // A person is concerned where something that belongs to them changed.
            .chain(facts.iter().filter(|_| kind == Kind::Person).filter_map(|f| f.person_id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            let items = these(w, kind, &ids).await?;
            put(w, kind, &items, &ids).await?;
        }
    }
    w.execute(sql!("UPDATE search_reader SET seq = $2 WHERE org_id = $1", org, last.seq)).await?;
    Ok(u64::try_from(facts.len()).unwrap_or(0))
}

/// Takes the words of these things out, and puts those of the items in.
async fn put(w: &Write, kind: Kind, items: &[Item], ids: &[i64]) -> Result<()> {
    let org = w.caller().org;
    let gone: Vec<kernel::PersonId> =
        items.iter().map(|i| i.id).chain(ids.iter().copied()).map(kernel::PersonId::new).collect();
    w.execute(sql!(
        "DELETE FROM search_word WHERE org_id = $1 AND kind = $2 AND item_id = ANY($3)",
        org,
        kind.as_str(),
        &gone
    ))
    .await?;
    for item in items {
        // The words of one thing as one text: one statement a thing.
        let words = words(&item.text).into_iter().collect::<Vec<_>>();
        let json = serde_json::to_string(&words).unwrap_or_default();
        w.execute(sql!(
            sqlite: "INSERT INTO search_word (org_id, kind, word, item_id) SELECT $1, $2, value, $3 FROM json_each($4) WHERE TRUE ON CONFLICT DO NOTHING",
            postgres: "INSERT INTO search_word (org_id, kind, word, item_id) SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), value, CAST($3 AS BIGINT) FROM json_array_elements_text(CAST(CAST($4 AS TEXT) AS json)) ON CONFLICT DO NOTHING";
            org, kind.as_str(), item.id, &json
        ))
        .await?;
    }
    Ok(())
}

/// What is read of a kind: a statement over the things `x` for which a condition holds.
macro_rules! items {
    ($kind:expr, $condition:literal, $tail:literal; $($args:expr),*) => {
        match $kind {
            Kind::Property => items!(@ "SELECT x.id, x.name || ' ' || x.street || ' ' || x.city || ' ' || x.postal || ' ' || coalesce(x.reference, '') AS text FROM property x", $condition, $tail; $($args),*),
            Kind::Unit => items!(@ "SELECT x.id, x.number || ' ' || o.name || ' ' || b.name || ' ' || coalesce(x.description, '') || ' ' || coalesce(x.reference, '') AS text FROM unit x JOIN property o ON o.id = x.property_id JOIN building b ON b.id = x.building_id", $condition, $tail; $($args),*),
            Kind::Person => items!(@ "SELECT x.id, x.first_name || ' ' || x.last_name || ' ' || coalesce(x.business_name, '') || ' ' || coalesce(x.email, '') || ' ' || coalesce(n.e164, '') || ' ' || coalesce(n.raw, '') AS text FROM person x LEFT JOIN phone_number n ON n.person_id = x.id AND n.is_primary", $condition, $tail; $($args),*),
            Kind::Ticket => items!(@ "SELECT x.id, x.number || ' ' || coalesce(x.title, '') || ' ' || coalesce(x.description, '') || ' ' || coalesce(c.last_name, '') AS text FROM ticket x LEFT JOIN person c ON c.id = x.concerns_id", $condition, $tail; $($args),*),
            Kind::Document => items!(@ "SELECT x.id, x.name AS text FROM document x", $condition, $tail; $($args),*),
            Kind::Faq => items!(@ "SELECT x.id, x.title || ' ' || x.keywords || ' ' || x.text AS text FROM faq_article x", $condition, $tail; $($args),*),
        }
    };
    (@ $head:literal, $condition:literal, $tail:literal; $($args:expr),*) => {
        sql!(
            sqlite: concat!($head, " WHERE x.deleted_at IS NULL AND ", $condition, $tail),
            postgres: concat!($head, " WHERE x.deleted_at IS NULL AND ", $condition, $tail);
            $($args),*
        )
    };
}

async fn after(r: &Read, kind: Kind, id: i64) -> Result<Vec<Item>> {
    r.all(items!(kind, "x.org_id = $1 AND x.id > $2", " ORDER BY x.id LIMIT $3"; r.caller().org, id, BATCH)).await
}

async fn these(r: &Read, kind: Kind, ids: &[i64]) -> Result<Vec<Item>> {
    let ids: Vec<kernel::PersonId> = ids.iter().copied().map(kernel::PersonId::new).collect();
    r.all(items!(kind, "+x.org_id = $1 AND x.id = ANY($2)", ""; r.caller().org, &ids)).await
}
