//! What happened in a community, as the people of it may see it: a reader of the spine.

use db::row;
use kernel::{Caller, Error, Instant, PersonId, PropertyId, Result};
use uuid::Uuid;

use crate::{
    audience::{Eye, eyed, is_seen},
    community::{self, Counted, PageNumber},
    handle,
};

row! {
    /// One thing that happened.
    #[derive(Clone, Debug)]
    pub struct Activity {
        /// Its number in the organization.
        pub seq: i64,
        /// When.
        pub at: Instant,
        /// What, as in `post.published`.
        pub action: String,
        /// To what kind of thing.
        pub entity: String,
        /// To which one.
        pub entity_id: i64,
        /// Who did it, where it was a person.
        pub person_id: Option<PersonId>,
        /// That person's given name; the organization's name where it was nobody.
        pub first_name: String,
        /// That person's family name.
        pub last_name: String,
        /// The picture they are shown with: the uid of a file with a thumbnail.
        pub avatar: Option<Uuid>,
    }
}

/// What happens to things of a community that are shown; an index is made for these very words.
macro_rules! shown {
    () => {
        "c.action IN ('post.published', 'post.updated', 'post.commented', 'event.published', 'event.updated', \
         'document.published', 'document.updated')"
    };
}

/// The tickets that a person (`$9`) sees: those they wrote, and those about them that are shared.
macro_rules! mine {
    () => {
        "WITH mine (id) AS (SELECT id FROM ticket WHERE org_id = $1 AND author_id = $9 AND deleted_at IS NULL \
         UNION SELECT id FROM ticket WHERE org_id = $1 AND concerns_id = $9 AND shared AND deleted_at IS NULL)"
    };
}

/// What happened to one of those, at a property (`$8`).
macro_rules! of_ticket {
    () => {
        "c.org_id = $1 AND c.entity = 'ticket' AND c.entity_id = mine.id AND +c.property_id = $8 \
         AND c.action IN ('ticket.created', 'ticket.updated', 'ticket.closed', 'ticket.reopened')"
    };
}

/// The public answers to one.
macro_rules! of_answer {
    () => {
        "k.org_id = $1 AND k.ticket_id = mine.id AND NOT k.internal AND k.deleted_at IS NULL AND c.org_id = $1 \
         AND c.entity = 'comment' AND c.entity_id = k.id AND +c.property_id = $8 AND c.action = 'ticket.commented'"
    };
}

/// What happened to all of those. There are few, so they come first, each with its changes: the order of a `CROSS JOIN` is
/// SQLite's, and PostgreSQL, which thinks of how many tickets others have, is held to it by `LATERAL`.
macro_rules! own_lite {
    () => {
        concat!(
            "SELECT c.seq FROM mine CROSS JOIN change c WHERE ",
            of_ticket!(),
            " UNION ALL SELECT c.seq FROM mine CROSS JOIN comment k CROSS JOIN change c WHERE ",
            of_answer!()
        )
    };
}

/// See [`own_lite`].
macro_rules! own_pg {
    () => {
        concat!(
            "SELECT own.seq FROM mine CROSS JOIN LATERAL (SELECT c.seq FROM change c WHERE ", of_ticket!(),
            " OFFSET 0) own UNION ALL SELECT own.seq FROM mine CROSS JOIN LATERAL (SELECT c.seq FROM comment k CROSS JOIN change c WHERE ",
            of_answer!(), " OFFSET 0) own"
        )
    };
}

/// One page: `$10` rows behind `$11` newer ones, `$12` together. What is shown to many is read from the newest on, as far
/// as the page needs it: `OFFSET 0` keeps PostgreSQL from making all of it first. The page comes first, then what is told
/// of its rows.
macro_rules! page {
    ($own:expr) => {
        concat!(
            mine!(),
            ", newest (seq) AS (SELECT c.seq FROM change c WHERE c.org_id = $1 AND c.property_id = $8 AND ",
            shown!(),
            " AND EXISTS (SELECT 1 FROM (\
             SELECT 'post' AS kind, id, audience, building_id, published_at, expires_at FROM post \
             WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL \
             UNION ALL SELECT 'post_comment', k.id, s.audience, s.building_id, s.published_at, s.expires_at FROM post s \
             JOIN post_comment k ON k.org_id = s.org_id AND k.post_id = s.id AND k.deleted_at IS NULL \
             WHERE s.org_id = $1 AND s.property_id = $8 AND s.deleted_at IS NULL \
             UNION ALL SELECT 'event', id, audience, building_id, published_at, expires_at FROM event \
             WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL \
             UNION ALL SELECT 'document', id, audience, building_id, published_at, expires_at FROM document \
             WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL) x WHERE x.kind = c.entity AND x.id = c.entity_id",
            is_seen!(),
            " LIMIT 1 OFFSET 0) ORDER BY c.seq DESC LIMIT $12), facts (seq) AS (",
            $own,
            " UNION ALL SELECT seq FROM newest), f (seq) AS (SELECT seq FROM facts ORDER BY seq DESC LIMIT $10 OFFSET $11) \
             SELECT c.seq, c.at, c.action, c.entity, c.entity_id, p.id AS person_id, coalesce(p.first_name, o.name) AS first_name, \
             coalesce(p.last_name, '') AS last_name, p.avatar FROM f CROSS JOIN change c JOIN organization o ON o.id = c.org_id \
             LEFT JOIN post q ON c.actor_kind <> 'person' AND c.entity = 'post' AND q.id = c.entity_id \
             LEFT JOIN event e ON c.actor_kind <> 'person' AND c.entity = 'event' AND e.id = c.entity_id \
             LEFT JOIN person p ON p.id = CASE WHEN c.actor_kind = 'person' THEN c.actor_id ELSE coalesce(q.author_id, e.author_id) END \
             WHERE c.org_id = $1 AND c.seq = f.seq ORDER BY c.seq DESC"
        )
    };
}

/// How many changes of things of one kind are shown.
macro_rules! of_kind {
    ($table:literal) => {
        concat!(
            "(SELECT count(*) FROM ",
            $table,
            " x CROSS JOIN change c WHERE x.org_id = $1 AND x.property_id = $8 AND x.deleted_at IS NULL",
            is_seen!(),
            " AND c.org_id = $1 AND c.entity = '",
            $table,
            "' AND c.entity_id = x.id AND ",
            shown!(),
            ")"
        )
    };
}

/// How many there are in all. It goes from the things to their changes: things are fewer. A comment is one change.
macro_rules! total {
    () => {
        concat!(
            mine!(), " SELECT (SELECT CAST(coalesce(sum((SELECT count(*) FROM change c WHERE ", of_ticket!(),
            ") + (SELECT count(*) FROM comment k CROSS JOIN change c WHERE ", of_answer!(), ")), 0) AS BIGINT) FROM mine) + ",
            of_kind!("post"), " + ", of_kind!("event"), " + ", of_kind!("document"),
            " + (SELECT count(*) FROM post x CROSS JOIN post_comment k WHERE x.org_id = $1 AND x.property_id = $8 AND x.deleted_at IS NULL",
            is_seen!(), " AND k.org_id = $1 AND k.post_id = x.id AND k.deleted_at IS NULL)"
        )
    };
}

handle! {
    /// Readers of what happened in a community.
    Timelines
}

#[operations::compiled_here]
impl Timelines<'_> {
    /// One page of what happened at a property, newest first: announcements with what is said about them, events and
    /// documents the caller sees, and the caller's own tickets with their public answers.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for whoever is no person.
    pub async fn page(&self, caller: &Caller, property: PropertyId, page: PageNumber) -> Result<Counted<Activity>> {
        self.0
            .read(caller, async move |r, actor| {
                let eye: Eye = community::visit(r, actor, property).await?;
                let me = actor.person().ok_or(Error::Forbidden)?;
                let (limit, offset) = (page.limit, page.offset());
                let until = offset.saturating_add(limit);
                let rows = r.all(eyed!(sqlite: page!(own_lite!()), postgres: page!(own_pg!()); r, eye, property, me, limit, offset, until));
                let total = r.one(eyed!(total!(); r, eye, property, me));
                let (rows, total) = tokio::try_join!(rows, total)?;
                Ok(Counted { rows, total })
            })
            .await
    }
}
