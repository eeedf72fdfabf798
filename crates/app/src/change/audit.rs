//! The spine as the management reads it: who did what, when, and through which door.

use db::{List, row};
use kernel::{Action, Caller, Instant, Key, Page, PageRequest, PersonId, Result};

use super::Changes;
use crate::access::{Resource, require};

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
        /// Who, where it was a person.
        pub person_id: Option<PersonId>,
        /// Their given name.
        pub first_name: Option<String>,
        /// Their family name.
        pub last_name: Option<String>,
        /// Through which door.
        pub door: String,
        /// What, as in `ticket.closed`.
        pub action: String,
        /// To what kind of thing.
        pub entity: String,
        /// To which one.
        pub entity_id: i64,
        /// `{field: [old, new]}`, or empty.
        pub data: String,
    }
}

/// Which facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// By this person.
    pub person: Option<PersonId>,
    /// To this kind of thing.
    pub entity: Option<String>,
    /// Through this door.
    pub door: Option<String>,
    /// At this instant or later.
    pub from: Option<Instant>,
    /// Before this instant.
    pub until: Option<Instant>,
}

impl Changes<'_> {
    /// One page of what happened, newest first. For whoever manages the staff.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`]; [`kernel::Error::Invalid`] on a foreign cursor.
    pub async fn audit(&self, caller: &Caller, filter: Filter, page: PageRequest) -> Result<Page<Audited>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ManageStaff, Resource::Organization)?;
                let list = List::new(
                    "audit",
                    "SELECT -c.seq AS place, c.seq, c.at, c.actor_kind, p.id AS person_id, p.first_name, p.last_name, c.door, c.action, \
                     c.entity, c.entity_id, c.data FROM change c \
                     LEFT JOIN person p ON p.org_id = c.org_id AND p.id = c.actor_id AND c.actor_kind = 'person'",
                )
                .filter("c.org_id = ?", r.caller().org)
                .filter_if("c.actor_kind = 'person' AND c.actor_id = ?", filter.person)
                .filter_if("c.entity = ?", filter.entity.as_deref())
                .filter_if("c.door = ?", filter.door.as_deref())
                .filter_if("c.at >= ?", filter.from)
                .filter_if("c.at < ?", filter.until);
                let scope = list.scope();
                let rows = r.all(list.page(["-c.seq"], &page)?).await?;
                Ok(Page::cut(rows, page.rows(), &scope, |c: &Audited| vec![Key::from(c.place)]))
            })
            .await
    }
}
