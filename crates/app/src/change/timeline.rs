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
        /// That person's given name.
        pub first_name: Option<String>,
        /// That person's family name.
        pub last_name: Option<String>,
    }
}

handle! {
    /// Readers of what happened in a community.
    Timelines
}

impl Timelines<'_> {
    /// One page of what happened at a property, newest first: announcements, events and documents the caller sees, and
    /// the caller's own tickets.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for whoever is no person.
    pub async fn page(&self, caller: &Caller, property: PropertyId, page: PageNumber) -> Result<Counted<Activity>> {
        self.0
            .read(caller, async move |r, actor| {
                let eye: Eye = community::look(actor, property)?;
                let me = actor.person().ok_or(Error::Forbidden)?;
                let rows = r.all(seen!(
                    "SELECT c.seq, c.at, c.action, c.entity, c.entity_id, p.id AS person_id, p.first_name, p.last_name \
                     FROM change c LEFT JOIN person p ON c.actor_kind = 'person' AND p.id = c.actor_id \
                     WHERE c.org_id = $1 AND c.property_id = $8 AND ((c.action IN ('ticket.created', 'ticket.updated', 'ticket.closed', \
                     'ticket.reopened') AND EXISTS (SELECT 1 FROM ticket t WHERE t.id = c.entity_id AND t.deleted_at IS NULL \
                     AND (t.author_id = $9 OR (t.concerns_id = $9 AND t.shared)))) OR (c.action IN ('post.published', 'post.updated', \
                     'event.published', 'event.updated', 'document.published') AND EXISTS (SELECT 1 FROM (\
                     SELECT 'post' AS kind, id, audience, building_id, published_at, expires_at FROM post WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL \
                     UNION ALL SELECT 'event', id, audience, building_id, published_at, expires_at FROM event WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL \
                     UNION ALL SELECT 'document', id, audience, building_id, published_at, expires_at FROM document WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL) x \
                     WHERE x.kind = c.entity AND x.id = c.entity_id",
                    "))) ORDER BY c.seq DESC LIMIT $10 OFFSET $11";
                    r, eye, property, me, page.limit, page.offset()
                ));
                let total = r.one(seen!(
                    "SELECT count(*) FROM change c WHERE c.org_id = $1 AND c.property_id = $8 AND ((c.action IN ('ticket.created', \
                     'ticket.updated', 'ticket.closed', 'ticket.reopened') AND EXISTS (SELECT 1 FROM ticket t WHERE t.id = c.entity_id \
                     AND t.deleted_at IS NULL AND (t.author_id = $9 OR (t.concerns_id = $9 AND t.shared)))) OR (c.action IN ('post.published', \
                     'post.updated', 'event.published', 'event.updated', 'document.published') AND EXISTS (SELECT 1 FROM (\
                     SELECT 'post' AS kind, id, audience, building_id, published_at, expires_at FROM post WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL \
                     UNION ALL SELECT 'event', id, audience, building_id, published_at, expires_at FROM event WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL \
                     UNION ALL SELECT 'document', id, audience, building_id, published_at, expires_at FROM document WHERE org_id = $1 AND property_id = $8 AND deleted_at IS NULL) x \
                     WHERE x.kind = c.entity AND x.id = c.entity_id",
                    ")))";
                    r, eye, property, me
                ));
                let (rows, total) = tokio::try_join!(rows, total)?;
                Ok(Counted { rows, total })
            })
            .await
    }
}
