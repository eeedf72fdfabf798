//! Everything is found by the beginnings of its words. An index of folded words serves people, units, properties, tickets,
//! documents and answers alike; a reader of the spine keeps it (`index`). The same text finds the same things on both
//! databases.

mod index;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use db::{List, Read, row, sql};
use kernel::{Caller, DocumentId, FaqArticleId, OrgId, PersonId, PropertyId, Result, TicketId, UnitId};

use crate::{
    access::{Reach, Resource, require},
    audience::Eye,
    desk::{self, PersonRow, TicketRow, people::Home},
    document, faq, handle,
};

/// Facts, or things, that are read in one transaction.
pub const BATCH: u32 = 200;

/// Words of a question.
const MOST_TERMS: usize = 4;
/// Things of each kind that are answered.
const MOST: u32 = 8;

row! {
    /// A unit that was found.
    #[derive(Clone, Debug)]
    pub struct UnitHit {
        /// The unit.
        pub id: UnitId,
        /// Its number.
        pub number: String,
        /// Where.
        pub property_name: String,
        /// In which building.
        pub building_name: String,
    }

    /// A property that was found.
    #[derive(Clone, Debug)]
    pub struct PropertyHit {
        /// The property.
        pub id: PropertyId,
        /// Its name.
        pub name: String,
        /// Street and number.
        pub street: String,
        /// City.
        pub city: String,
    }

    /// A document that was found.
    #[derive(Clone, Debug)]
    pub struct DocumentHit {
        /// The document.
        pub id: DocumentId,
        /// Its name.
        pub name: String,
        /// Where.
        pub property_id: PropertyId,
        /// That property's name.
        pub property_name: String,
    }

    /// A question with its answer that was found.
    #[derive(Clone, Debug)]
    pub struct ArticleHit {
        /// The article.
        pub id: FaqArticleId,
        /// The question.
        pub title: String,
        /// Where.
        pub property_id: PropertyId,
        /// That property's name.
        pub property_name: String,
    }
}

/// What was found, of each kind the best first.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// People, with where they live now; for the staff alone.
    pub people: Vec<(PersonRow, Vec<Home>)>,
    /// Units, with who lives there now; for the staff alone.
    pub units: Vec<(UnitHit, Vec<PersonRow>)>,
    /// Properties; for the staff alone.
    pub properties: Vec<PropertyHit>,
    /// Tickets: of residents their own.
    pub tickets: Vec<TicketRow>,
    /// Documents.
    pub documents: Vec<DocumentHit>,
    /// Questions and answers.
    pub articles: Vec<ArticleHit>,
}

impl Found {
    /// How many things.
    #[must_use]
    pub fn count(&self) -> usize {
        self.people.len()
            + self.units.len()
            + self.properties.len()
            + self.tickets.len()
            + self.documents.len()
            + self.articles.len()
    }
}

handle! {
    /// Readers of the index of words.
    Search
}

#[operations::compiled_here]
impl Search<'_> {
    /// What has all words of the text, or words that begin so, as far as the caller may see it. What was written just
    /// before is found.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, caller: &Caller, text: &str) -> Result<Found> {
        let terms = terms(text);
        if terms.is_empty() {
            return Ok(Found::default());
        }
        self.up_to_date(caller.org, text).await?;
        self.0
            .read(caller, async move |r, actor| {
                if actor.role().is_some() {
                    of_staff(r, &Reach::of(actor)?, &terms).await
                } else {
                    own(r, actor, &terms).await
                }
            })
            .await
    }

    /// Reads on before a list is narrowed by words, if the text has any: what was written just before is found.
    pub(crate) async fn up_to_date(&self, org: OrgId, text: &str) -> Result<()> {
        if terms(text).is_empty() { Ok(()) } else { self.catch_up(org).await }
    }

    /// Reads on, a few batches at most: what is far behind is brought up by the schedule.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn catch_up(&self, org: OrgId) -> Result<()> {
        let system = self.0.system(org);
        if self.0.read(&system, async |r, _| index::is_up(r).await).await? {
            return Ok(());
        }
        for _ in 0..12 {
            if self.follow(&system).await? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Reads the next things or facts of the caller's organization, at most [`BATCH`]. Answers how many; at 0 the index
    /// is up to date. May be run any number of times.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn follow(&self, caller: &Caller) -> Result<u64> {
        self.0
            .write_in(db::Lane::Bulk, caller, async |w, actor| {
                require(actor, kernel::Action::Operate, Resource::Organization)?;
                index::follow(w).await
            })
            .await
    }

    /// The organizations whose index is behind.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn places_behind(&self, caller: &Caller) -> Result<Vec<OrgId>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, kernel::Action::Operate, Resource::Organization)?;
                index::behind(r).await
            })
            .await
    }
}

/// The words of a question, as the index has them.
#[must_use]
pub fn terms(text: &str) -> Vec<String> {
    let mut out: Vec<String> =
        text.split_whitespace().map(index::bare).filter(|t| !t.is_empty()).take(MOST_TERMS).collect();
    out.dedup();
    out
}

/// Whether what `$id` names has a term among its words, as a list is narrowed by it: over the organization, and the term
/// twice.
macro_rules! has_term {
    ($id:literal, $kind:literal) => {
        concat!(
            $id,
            " IN (SELECT s.item_id FROM search_word s WHERE s.org_id = ? AND s.kind = '",
            $kind,
            "' AND s.word >= ? AND s.word < ? || '\u{10FFFF}')"
        )
    };
}

pub(crate) use has_term;

/// Narrows a list to what has all terms of a text; `has` is a [`has_term`].
pub(crate) fn narrow(list: List, has: &'static str, org: OrgId, text: &str) -> List {
    terms(text)
        .iter()
        .map(String::as_str)
        .fold(list, |list, term| list.filter_by(has, [org.into(), term.into(), term.into()]))
}

/// Whether the person `p` has both terms among their words; an empty second one asks for nothing. The four are the
/// parameters: the first term and where its words end, and the same of the second.
macro_rules! person_has {
    ($first:literal, $first_end:literal, $second:literal, $second_end:literal) => {
        concat!(
            "p.id IN (SELECT s.item_id FROM search_word s WHERE s.org_id = $1 AND s.kind = 'person' AND s.word >= ",
            $first,
            " AND s.word < ",
            $first_end,
            " AND (",
            $second,
            " = '' OR EXISTS (SELECT 1 FROM search_word z WHERE z.org_id = $1 \
             AND z.kind = 'person' AND z.item_id = s.item_id AND z.word >= ",
            $second,
            " AND z.word < ",
            $second_end,
            ")))"
        )
    };
}

pub(crate) use person_has;

/// Up to two terms of a question, each with where the words end that begin so, for `person_has`. None finds nobody.
pub(crate) fn two_terms(text: &str) -> [String; 4] {
    let mut terms = terms(text).into_iter();
    let (first, second) = (terms.next().unwrap_or_default(), terms.next().unwrap_or_default());
    let end = |term: &str| if term.is_empty() { String::new() } else { format!("{term}\u{10FFFF}") };
    [first.clone(), end(&first), second.clone(), end(&second)]
}

/// The ids of a kind that have all terms: a statement's condition, over `$4` to `$7`.
macro_rules! having {
    ($kind:literal) => {
        concat!(
            "x.id IN (SELECT s.item_id FROM search_word s WHERE s.org_id = $1 AND s.kind = '", $kind, "' AND s.word >= $4 \
             AND s.word < $4 || '\u{10FFFF}') AND ($5 = '' OR EXISTS (SELECT 1 FROM search_word s WHERE s.org_id = $1 AND s.kind = '",
            $kind, "' AND s.item_id = x.id AND s.word >= $5 AND s.word < $5 || '\u{10FFFF}')) AND ($6 = '' OR EXISTS \
             (SELECT 1 FROM search_word s WHERE s.org_id = $1 AND s.kind = '", $kind, "' AND s.item_id = x.id AND s.word >= $6 \
             AND s.word < $6 || '\u{10FFFF}')) AND ($7 = '' OR EXISTS (SELECT 1 FROM search_word s WHERE s.org_id = $1 AND s.kind = '",
            $kind, "' AND s.item_id = x.id AND s.word >= $7 AND s.word < $7 || '\u{10FFFF}'))"
        )
    };
}

/// A statement about the things `x` of a kind that have all terms.
macro_rules! hits {
    ($r:expr, $reach:expr, $terms:expr, $kind:literal, $head:literal, $condition:literal, $order:literal) => {{
        let term = |n: usize| $terms.get(n).map_or("", String::as_str);
        $r.all(sql!(
            sqlite: concat!($head, " WHERE x.org_id = $1 AND x.deleted_at IS NULL AND ", $condition, " AND ", having!($kind), " ORDER BY ", $order, " LIMIT $8"),
            postgres: concat!($head, " WHERE x.org_id = $1 AND x.deleted_at IS NULL AND ", $condition, " AND ", having!($kind), " ORDER BY ", $order, " LIMIT $8");
            $r.caller().org, $reach.is_all(), $reach.ids(), term(0), term(1), term(2), term(3), MOST
        ))
    }};
}

async fn of_staff(r: &Read, reach: &Reach, terms: &[String]) -> Result<Found> {
    let people = hits!(
        r,
        reach,
        terms,
        "person",
        "SELECT x.id FROM person x",
        "($2 OR EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = $1 AND t.person_id = x.id AND t.deleted_at IS NULL \
         AND t.property_id = ANY($3)))",
        "x.archived_at IS NOT NULL, x.name_key, x.id"
    );
    let tickets = hits!(
        r,
        reach,
        terms,
        "ticket",
        "SELECT x.id FROM ticket x",
        "($2 OR x.property_id = ANY($3))",
        "x.closed_at IS NOT NULL, x.active_at DESC, x.id DESC"
    );
    let units = hits!(
        r,
        reach,
        terms,
        "unit",
        "SELECT x.id, x.number, o.name AS property_name, b.name AS building_name FROM unit x JOIN property o ON o.id = x.property_id \
         JOIN building b ON b.id = x.building_id",
        "($2 OR x.property_id = ANY($3))",
        "x.number, x.id"
    );
    let properties = hits!(
        r,
        reach,
        terms,
        "property",
        "SELECT x.id, x.name, x.street, x.city FROM property x",
        "($2 OR x.id = ANY($3))",
        "x.archived_at IS NOT NULL, x.name_key, x.id"
    );
    let documents = hits!(
        r,
        reach,
        terms,
        "document",
        "SELECT x.id, x.name, x.property_id, o.name AS property_name FROM document x JOIN property o ON o.id = x.property_id",
        "($2 OR x.property_id = ANY($3))",
        "x.name, x.id"
    );
    let articles = hits!(
        r,
        reach,
        terms,
        "faq",
        "SELECT x.id, x.title, x.property_id, o.name AS property_name FROM faq_article x JOIN property o ON o.id = x.property_id",
        "($2 OR x.property_id = ANY($3))",
        "x.title, x.id"
    );
    let (people, tickets, units, properties, documents, articles) =
        tokio::try_join!(people, tickets, units, properties, documents, articles)?;
    let (people, tickets): (Vec<PersonId>, Vec<TicketId>) = (people, tickets);
    let (units, properties): (Vec<UnitHit>, Vec<PropertyHit>) = (units, properties);
    let (documents, articles): (Vec<DocumentHit>, Vec<ArticleHit>) = (documents, articles);
    let ids: Vec<UnitId> = units.iter().map(|u| u.id).collect();
    let (rows, mut homes, tickets, living) = tokio::try_join!(
        desk::people::rows(r, &people),
        desk::people::homes(r, &people),
        desk::ticket_rows(r, &tickets),
        desk::residents(r, &ids)
    )?;
    let who: Vec<PersonId> = living.values().flatten().map(|h| h.person_id).collect();
    let who: HashMap<PersonId, PersonRow> = desk::people::rows(r, &who).await?.into_iter().map(|p| (p.id, p)).collect();
    let with_homes = |p: PersonRow| {
        let homes = homes.remove(&p.id).unwrap_or_default();
        (p, homes)
    };
    let with_people = |u: UnitHit| {
        let homes = living.get(&u.id).map_or(&[][..], Vec::as_slice);
        let people = homes.iter().filter_map(|h| who.get(&h.person_id).cloned()).collect();
        (u, people)
    };
    Ok(Found {
        people: rows.into_iter().map(with_homes).collect(),
        units: units.into_iter().map(with_people).collect(),
        properties,
        tickets,
        documents,
        articles,
    })
}

/// What a resident finds: their own tickets, and what is shown to them.
async fn own(r: &Read, actor: &kernel::Actor, terms: &[String]) -> Result<Found> {
    let term = |n: usize| terms.get(n).map_or("", String::as_str);
    let tickets: Vec<TicketId> = match actor.person() {
        Some(me) => {
            r.all(sql!(
                sqlite: concat!(
                    "SELECT x.id FROM ticket x WHERE x.org_id = $1 AND x.deleted_at IS NULL AND (x.author_id = $2 OR (x.concerns_id = $2 AND x.shared)) \
                     AND $3 AND ", having!("ticket"), " ORDER BY x.active_at DESC, x.id DESC LIMIT $8"),
                postgres: concat!(
                    "SELECT x.id FROM ticket x WHERE x.org_id = $1 AND x.deleted_at IS NULL AND (x.author_id = $2 OR (x.concerns_id = $2 AND x.shared)) \
                     AND $3 AND ", having!("ticket"), " ORDER BY x.active_at DESC, x.id DESC LIMIT $8");
                r.caller().org, me, true, term(0), term(1), term(2), term(3), MOST
            ))
            .await?
        }
        None => Vec::new(),
    };
    let mut found = Found { tickets: desk::ticket_rows(r, &tickets).await?, ..Found::default() };
    let mut places: Vec<PropertyId> = actor.homes().iter().map(|h| h.property).collect();
    places.sort_unstable();
    places.dedup();
    let has_all = |text: &str| {
        let words = index::words(text);
        terms.iter().all(|t| words.iter().any(|w| w.starts_with(t.as_str())))
    };
    for place in places {
        let Some(eye) = Eye::of(actor, place) else { continue };
        let (documents, articles) = tokio::try_join!(document::seen(r, &eye, place), faq::seen(r, &eye, place))?;
        let name = crate::property::find(r, place).await?.map_or_else(String::new, |p| p.name);
        found.documents.extend(documents.into_iter().filter(|d| has_all(&d.name)).map(|d| DocumentHit {
            id: d.id,
            name: d.name,
            property_id: place,
            property_name: name.clone(),
        }));
        let asked = articles.into_iter().filter(|a| has_all(&format!("{} {} {}", a.title, a.keywords, a.text)));
        found.articles.extend(asked.map(|a| ArticleHit {
            id: a.id,
            title: a.title,
            property_id: place,
            property_name: name.clone(),
        }));
    }
    found.documents.truncate(MOST as usize);
    found.articles.truncate(MOST as usize);
    Ok(found)
}
