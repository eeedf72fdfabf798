//! WiFi: whose passphrases there are in a unit, and what joins with them.
//!
//! A unit has one identity of its own, one for guests where they are allowed, and one for each person who lives there
//! with others. They are made, and their passphrases are, when somebody looks: no secret exists that nobody needs. All
//! networks of a property share their passphrases. Rule ids (`R7` …) are those of the RUCKUS reference, section 8.

mod device;
pub(crate) mod follow;
mod make;
pub(crate) mod network;
pub mod radius;
pub(crate) mod setup;
mod show;
pub(crate) mod store;
mod update;
mod words;

#[cfg(test)]
mod tests;

use db::{Change, Read};
use kernel::{Action, Actor, Caller, Error, IdentityId, Instant, PersonId, PropertyId, Result, UnitId};
use uuid::Uuid;

use crate::{
    access::{Resource, require},
    handle,
    ledger::PageNumber,
    tenancy,
};

pub use device::DeviceKey;
pub(crate) use follow::{follow, hand_over};
pub use network::{Network, NewNetwork};
pub use radius::Seen;
pub(crate) use setup::remove_all;
pub use setup::{NewRadiusClient, RadiusClient};
pub(crate) use show::note_page;
use show::{open, opened, reveal, shown, view};
pub use store::Device;
use store::{Place, Row};
pub use update::{IdentityInput, UnitInput};
pub use words::{Auth, Kind, Mac, Passphrase};

/// Whether an identity's devices may join, or one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// They may.
    Active,
    /// They may not: the resident or the management blocked it, or nobody lives there whose it would be.
    Blocked,
}

impl Status {
    const fn of(blocked: bool) -> Self {
        if blocked { Self::Blocked } else { Self::Active }
    }
}

/// Whether devices of any identity of a unit may join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitStatus {
    /// They may.
    Enabled,
    /// None may.
    Disabled,
}

/// Whose a passphrase is, with the passphrase.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Its uid.
    pub uid: Uuid,
    /// The unit it belongs to.
    pub unit_id: UnitId,
    /// Whose it is, when that is a person.
    pub person_id: Option<PersonId>,
    /// The unit's own, its guests', or a person's.
    pub kind: Kind,
    /// A name for it.
    pub name: Option<String>,
    /// An e-mail address for it.
    pub email: Option<String>,
    /// A phone number for it.
    pub phone: Option<String>,
    /// Its passphrase.
    pub passphrase: Passphrase,
    /// The virtual network its devices are put into, instead of the network's own.
    pub vlan: Option<i64>,
    /// Whether its devices may join.
    pub status: Status,
    /// When it was made.
    pub created_at: Instant,
}

/// A unit, as far as its WiFi goes.
#[derive(Clone, Debug)]
pub struct UnitWifi {
    /// Its id.
    pub id: UnitId,
    /// Its uid.
    pub uid: Uuid,
    /// Where it is.
    pub property_id: PropertyId,
    /// Its number, which is its name.
    pub number: String,
    /// What it is, in words.
    pub description: Option<String>,
    /// Whom the portal names as contact: a copy made at move-in.
    pub contact_name: Option<String>,
    /// The contact's e-mail address.
    pub contact_email: Option<String>,
    /// The contact's phone number.
    pub contact_phone: Option<String>,
    /// Whether devices may join at all.
    pub status: UnitStatus,
    /// How often its portal link was renewed.
    pub generation: i64,
    /// Its identities by uid: always one of kind unit, one of kind guest where guests are allowed.
    pub identities: Vec<Identity>,
}

impl UnitWifi {
    /// The identity of this kind that a unit has at most once.
    #[must_use]
    pub fn of_kind(&self, kind: Kind) -> Option<&Identity> {
        self.identities.iter().find(|i| i.kind == kind)
    }
}

/// Which identities of a unit.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// Only the one of this uid.
    pub only: Option<Uuid>,
    /// Whether the largest uid comes first.
    pub descending: bool,
    /// Which page.
    pub page: PageNumber,
}

/// The order of the units of a property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitSort {
    /// By number; else as they were made.
    pub by_number: bool,
    /// Whether the last comes first.
    pub descending: bool,
}

handle! {
    /// Operations on the WiFi of units. Each that shows a passphrase notes that it did.
    Wifi
}

#[operations::compiled_here]
impl Wifi<'_> {
    /// The unit of this uid.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn unit_id(&self, caller: &Caller, property: PropertyId, unit: Uuid) -> Result<UnitId> {
        self.0
            .read(caller, async move |r, actor| {
                let found = store::unit_by_uid(r, property, unit).await?.ok_or(Error::NotFound("unit"))?;
                require(actor, Action::ViewWifi, Resource::Unit(property, found))?;
                Ok(found)
            })
            .await
    }

    /// A unit with its passphrases.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn unit(&self, caller: &Caller, unit: UnitId) -> Result<UnitWifi> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                let place = place(w, actor, Action::ViewWifi, unit).await?;
                shown(w, &vault, place).await
            })
            .await
    }

    /// One page of the units of a property with their passphrases, and how many there are in all. A page has at most 200,
    /// and that they were shown is one change.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn units(
        &self,
        caller: &Caller,
        property: PropertyId,
        sort: UnitSort,
        page: PageNumber,
    ) -> Result<(Vec<UnitWifi>, i64)> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ViewWifi, Resource::Of(Some(property)))?;
                let (ids, total) = store::units(w, property, sort, page.page, page.per_page.min(200)).await?;
                let mut rows = make::ensure(w, &vault, &ids).await?;
                let mut places = store::places(w, &ids).await?;
                places.sort_by_key(|p| ids.iter().position(|id| *id == p.id));
                let mut all = Vec::new();
                for place in places {
                    let (own, others) = rows.into_iter().partition(|i: &Row| i.unit_id == place.id);
                    rows = others;
                    all.push(view(place, own.into_iter().map(|row| opened(&vault, row)))?);
                }
                note_page(w, "property.passphrases_revealed", property, &ids);
                Ok((all, total))
            })
            .await
    }

    /// One page of the identities of a unit, and how many there are in all.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn identities(&self, caller: &Caller, unit: UnitId, query: Query) -> Result<(Vec<Identity>, i64)> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                place(w, actor, Action::ViewWifi, unit).await?;
                let mut rows = make::ensure(w, &vault, &[unit]).await?;
                rows.retain(|i| query.only.is_none_or(|only| only == i.uid));
                if query.descending {
                    rows.reverse();
                }
                let total = i64::try_from(rows.len()).map_err(Error::internal)?;
                let (page, size) = (query.page.page.max(1), query.page.per_page.clamp(0, 1000));
                let skipped = usize::try_from((page - 1).saturating_mul(size)).unwrap_or(usize::MAX);
                let some = rows.into_iter().skip(skipped).take(usize::try_from(size).unwrap_or(0));
                let shown: Result<Vec<Identity>> = some.map(|row| reveal(w, &vault, row)).collect();
                Ok((shown?, total))
            })
            .await
    }

    /// One identity of a unit.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn identity(&self, caller: &Caller, unit: UnitId, uid: Uuid) -> Result<Identity> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                place(w, actor, Action::ViewWifi, unit).await?;
                let row = find(make::ensure(w, &vault, &[unit]).await?, uid)?;
                reveal(w, &vault, row)
            })
            .await
    }

    /// Makes the identities of a unit that are missing, with their passphrases, and shows none of them.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn make(&self, caller: &Caller, unit: UnitId) -> Result<()> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                place(w, actor, Action::ChangeWifi, unit).await?;
                make::ensure(w, &vault, &[unit]).await.map(drop)
            })
            .await
    }

    /// The identities that a resident uses in a unit: a member's or guest's own; of those who may see them, all.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn own(&self, caller: &Caller, unit: UnitId) -> Result<Vec<Identity>> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                let place = store::place(w, unit).await?.ok_or(Error::NotFound("unit"))?;
                let all = crate::access::may(actor, Action::ViewWifi, Resource::Unit(place.property_id, unit));
                if !all && !actor.homes().iter().any(|h| h.unit == Some(unit)) {
                    return Err(Error::Forbidden);
                }
                let mut rows = make::ensure(w, &vault, &[unit]).await?;
                rows.retain(|i| all || (i.kind == Kind::Linked && i.person_id == actor.person()));
                rows.into_iter().map(|row| reveal(w, &vault, row)).collect()
            })
            .await
    }
}

/// For the server: what only time brings about.
#[operations::compiled_here]
impl Wifi<'_> {
    /// Organizations in which tenants have moved in since.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn organizations_with_arrivals(&self, caller: &Caller) -> Result<Vec<kernel::OrgId>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                follow::organizations_with_starting(r).await
            })
            .await
    }

    /// Follows tenancies that have begun, at most [`crate::job::BATCH`]; answers how many.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn follow_arrivals(&self, caller: &Caller) -> Result<u64> {
        self.0
            .write_in(db::Lane::Bulk, caller, async |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let ids = follow::starting(w, ARRIVALS).await?;
                tenancy::arrived(w, &ids).await?;
                Ok(ids.len() as u64)
            })
            .await
    }
}

/// How many tenancies are followed at once.
pub const ARRIVALS: u32 = 100;

/// The unit, when the actor may do this to its WiFi.
async fn place(r: &Read, actor: &Actor, action: Action, unit: UnitId) -> Result<Place> {
    let place = store::place(r, unit).await?.ok_or(Error::NotFound("unit"))?;
    require(actor, action, Resource::Unit(place.property_id, unit))?;
    Ok(place)
}

fn find(rows: Vec<Row>, uid: Uuid) -> Result<Row> {
    rows.into_iter().find(|i| i.uid == uid).ok_or(Error::NotFound("wifi_identity"))
}

impl Row {
    fn status(&self) -> Status {
        Status::of(self.is_blocked || self.blocked_by_desk || self.is_vacant)
    }

    fn change(&self, action: &'static str) -> Change {
        Change::new(action, self.id).property(self.property_id).unit(self.unit_id).person(self.person_id)
    }
}

impl Place {
    pub(crate) const fn status(&self) -> UnitStatus {
        if self.is_disabled || self.blocked_by_desk { UnitStatus::Disabled } else { UnitStatus::Enabled }
    }

    fn change(&self, action: &'static str) -> Change {
        Change::new(action, self.id).property(self.property_id).unit(self.id)
    }
}
