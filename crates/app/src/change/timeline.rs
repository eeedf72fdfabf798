//! What happened in a community, as the people of it may see it: a reader of the spine.

use db::row;
use kernel::{Caller, Error, Instant, PersonId, PropertyId, Result};

use crate::{
    audience::{Eye, seen},
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
    }
}

/// A statement about the changes `c` of a property (`$8`) that a person (`$9`) sees. What is shown has its audience, and
/// a comment that of its announcement. A ticket is seen by whoever wrote it and, when it is shared, by whom it concerns;
/// an answer to it when it is public.
macro_rules! seen_changes {
    ($head:literal, $tail:literal; $($args:expr),*) => {
        seen!(
            concat!(
                $head,
                " WHERE c.org_id = $1 AND c.property_id = $8 AND ((c.action IN ('ticket.created', 'ticket.updated', 'ticket.closed', \
                 'ticket.reopened') AND EXISTS (SELECT 1 FROM ticket t WHERE t.id = c.entity_id AND t.deleted_at IS NULL \
                 AND (t.author_id = $9 OR (t.concerns_id = $9 AND t.shared)))) OR (c.action = 'ticket.commented' AND EXISTS (\
                 SELECT 1 FROM comment k JOIN ticket t ON t.id = k.ticket_id WHERE k.id = c.entity_id AND NOT k.internal \
                 AND k.deleted_at IS NULL AND t.deleted_at IS NULL AND (t.author_id = $9 OR (t.concerns_id = $9 AND t.shared)))) \
                 OR (c.action IN ('post.published', 'post.updated', 'post.commented', 'event.published', 'event.updated', \
                 'document.published', 'document.updated') AND EXISTS (SELECT 1 FROM (\
                 SELECT 'post' AS kind, id, audience, building_id, published_at, expires_at FROM post \
                 WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL \
                 UNION ALL SELECT 'post_comment', k.id, s.audience, s.building_id, s.published_at, s.expires_at FROM post s \
                 JOIN post_comment k ON k.org_id = s.org_id AND k.post_id = s.id AND k.deleted_at IS NULL \
                 WHERE s.org_id = $1 AND s.property_id = $8 AND s.deleted_at IS NULL \
                 UNION ALL SELECT 'event', id, audience, building_id, published_at, expires_at FROM event \
                 WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL \
                 UNION ALL SELECT 'document', id, audience, building_id, published_at, expires_at FROM document \
                 WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL) x WHERE x.kind = c.entity AND x.id = c.entity_id"
            ),
            $tail;
            $($args),*
        )
    };
}

handle! {
    /// Readers of what happened in a community.
    Timelines
}

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
                let rows = r.all(seen_changes!(
                    "SELECT c.seq, c.at, c.action, c.entity, c.entity_id, p.id AS person_id, coalesce(p.first_name, o.name) AS first_name, \
                     coalesce(p.last_name, '') AS last_name FROM change c JOIN organization o ON o.id = c.org_id \
                     LEFT JOIN post q ON c.actor_kind <> 'person' AND c.entity = 'post' AND q.id = c.entity_id \
                     LEFT JOIN event e ON c.actor_kind <> 'person' AND c.entity = 'event' AND e.id = c.entity_id \
                     LEFT JOIN person p \
                     ON p.id = CASE WHEN c.actor_kind = 'person' THEN c.actor_id ELSE coalesce(q.author_id, e.author_id) END",
                    "))) ORDER BY c.seq DESC LIMIT $10 OFFSET $11";
                    r, eye, property, me, page.limit, page.offset()
                ));
                let total = r.one(seen_changes!("SELECT count(*) FROM change c", ")))"; r, eye, property, me));
                let (rows, total) = tokio::try_join!(rows, total)?;
                Ok(Counted { rows, total })
            })
            .await
    }
}
