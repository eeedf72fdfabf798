//! The caller as themselves: who they are to the pages, what they may change about themselves, and where they are
//! signed in.

mod store;

use kernel::{Caller, Door, Error, Home, OrgId, PersonId, PropertyId, Result, Role};

use crate::{handle, notification, organization};

pub use store::House;

/// Who somebody is, as every page shows it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The person.
    pub person: PersonId,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The language they chose, a BCP 47 tag.
    pub language: Option<String>,
    /// The staff role, if they have one.
    pub role: Option<Role>,
    /// The managing company.
    pub organization: organization::Organization,
    /// Where they live or own, by id; staff act for all houses and have none here.
    pub houses: Vec<House>,
    /// Their running tenancies.
    pub homes: Vec<Home>,
    /// How many notifications they have not read.
    pub unread: i64,
}

impl Standing {
    /// The house of this id, if it is one of theirs.
    #[must_use]
    pub fn house(&self, id: PropertyId) -> Option<&House> {
        self.houses.iter().find(|h| h.id == id)
    }
}

handle! {
    /// Operations on oneself.
    Me
}

impl Me<'_> {
    /// Whose pages these are, for those who are not signed in.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn host(&self, org: OrgId) -> Result<organization::Organization> {
        let nobody = Caller::anonymous(org, Door::Pages, self.0.now());
        self.0.read(&nobody, async |r, _| organization::get(r).await).await
    }

    /// Who the caller is.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn standing(&self, caller: &Caller) -> Result<Standing> {
        self.0
            .read(caller, async |r, actor| {
                let person = actor.person().ok_or(Error::Forbidden)?;
                let mut ids: Vec<PropertyId> = actor.homes().iter().map(|h| h.property).collect();
                ids.sort_unstable();
                ids.dedup();
                let unread = notification::Filter { unread_only: true, ..notification::Filter::default() };
                let (name, organization, houses, unread) = tokio::try_join!(
                    store::name(r, person),
                    organization::get(r),
                    store::houses(r, &ids),
                    notification::store::count(r, person, &unread)
                )?;
                let name = name.ok_or(Error::NotFound("person"))?;
                Ok(Standing {
                    person,
                    first_name: name.first_name,
                    last_name: name.last_name,
                    language: name.language,
                    role: actor.role(),
                    organization,
                    houses,
                    homes: actor.homes().to_vec(),
                    unread,
                })
            })
            .await
    }
}
