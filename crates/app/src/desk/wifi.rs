//! The WiFi of a unit and of a property, as the desk sees them: whose passphrases there are, but not the passphrases.

use db::{Read, row, sql};
use kernel::{Action, Actor, Caller, Error, IdentityId, PersonId, PropertyId, Result, UnitId};
use uuid::Uuid;

use super::{Desk, Reach, right};
use crate::{
    access::{Resource, may},
    property,
    wifi::{Device, Kind, Network, RadiusClient, Status, UnitStatus, network, setup, store},
};

row! {
    /// Whose a passphrase is.
    #[derive(Clone, Debug)]
    pub struct WifiHolder {
        /// The identity.
        pub id: IdentityId,
        /// Its uid.
        pub uid: Uuid,
        /// The unit's own, its guests', or a person's.
        pub kind: Kind,
        /// A name for it.
        pub name: Option<String>,
        /// The person, where it is one's.
        pub person_id: Option<PersonId>,
        /// Their given name.
        pub first_name: Option<String>,
        /// Their family name.
        pub last_name: Option<String>,
        /// The virtual network of its devices.
        pub vlan: Option<i64>,
        /// Whether a resident blocked it.
        pub is_blocked: bool,
        /// Whether the management did.
        pub blocked_by_desk: bool,
        /// Whether nobody lives there whose it would be.
        pub is_vacant: bool,
    }
}

impl WifiHolder {
    /// Whether its devices may join.
    #[must_use]
    pub const fn status(&self) -> Status {
        if self.is_blocked || self.blocked_by_desk || self.is_vacant { Status::Blocked } else { Status::Active }
    }
}

/// The WiFi of a unit.
#[derive(Clone, Debug)]
pub struct WifiView {
    /// The unit.
    pub unit_id: UnitId,
    /// Its number.
    pub number: String,
    /// Where.
    pub property_id: PropertyId,
    /// Whether devices may join at all.
    pub status: UnitStatus,
    /// Whether it was the management that blocked it.
    pub blocked_by_desk: bool,
    /// The networks of the property; without one there is no WiFi.
    pub networks: Vec<Network>,
    /// Whose passphrases there are, the unit's own first; none before somebody looked at them.
    pub holders: Vec<WifiHolder>,
    /// What joins, oldest first.
    pub devices: Vec<Device>,
    /// Whether the caller may set up networks.
    pub may_set_up: bool,
}

/// How a property's WiFi is set up.
#[derive(Clone, Debug)]
pub struct WifiSetup {
    /// The property.
    pub property_id: PropertyId,
    /// Its name.
    pub name: String,
    /// Its networks, oldest first.
    pub networks: Vec<Network>,
    /// Who may ask over RADIUS, oldest first.
    pub clients: Vec<RadiusClient>,
}

#[operations::compiled_here]
impl Desk<'_> {
    /// The WiFi of a unit. Nothing of it is a secret, so looking is not noted.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for whoever is not of the staff.
    pub async fn unit_wifi(&self, caller: &Caller, unit: UnitId) -> Result<WifiView> {
        self.0.read(caller, async move |r, actor| of_unit(r, actor, unit).await).await
    }

    /// How the WiFi of a property is set up.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for whoever may not set it up.
    pub async fn wifi_setup(&self, caller: &Caller, id: PropertyId) -> Result<WifiSetup> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = Reach::of(actor)?;
                let name = property::find(r, id).await?.ok_or(Error::NotFound("property"))?.name;
                right(actor, &reach, Action::SetUpWifi, Some(id), "property")?;
                let (networks, clients) = tokio::try_join!(network::all(r, id), setup::clients(r, id))?;
                Ok(WifiSetup { property_id: id, name, networks, clients })
            })
            .await
    }
}

pub(super) async fn of_unit(r: &Read, actor: &Actor, unit: UnitId) -> Result<WifiView> {
    let reach = Reach::of(actor)?;
    let place = store::place(r, unit).await?.ok_or(Error::NotFound("unit"))?;
    let property = place.property_id;
    right(actor, &reach, Action::ViewWifi, Some(property), "unit")?;
    let (networks, holders, mut devices) =
        tokio::try_join!(network::all(r, property), holders(r, unit), store::devices(r, unit))?;
    devices.retain(|d| holders.iter().any(|h| h.id == d.identity_id));
    Ok(WifiView {
        unit_id: unit,
        status: place.status(),
        number: place.number,
        property_id: property,
        blocked_by_desk: place.blocked_by_desk,
        networks,
        holders,
        devices,
        may_set_up: may(actor, Action::SetUpWifi, Resource::Of(Some(property))),
    })
}

/// Those for guests are there only where guests are allowed.
async fn holders(r: &Read, unit: UnitId) -> Result<Vec<WifiHolder>> {
    let mut all: Vec<WifiHolder> = r
        .all(sql!(
            "SELECT i.id, i.uid, i.kind, i.name, i.person_id, p.first_name, p.last_name, i.vlan, i.is_blocked, i.blocked_by_desk, i.is_vacant \
             FROM wifi_identity i LEFT JOIN person p ON p.id = i.person_id AND p.deleted_at IS NULL \
             LEFT JOIN portal_settings s ON s.property_id = i.property_id \
             WHERE i.org_id = $1 AND i.unit_id = $2 AND (i.kind <> 'guest' OR coalesce(s.guest_allowed, FALSE)) ORDER BY +i.id",
            r.caller().org,
            unit
        ))
        .await?;
    all.sort_by_key(|i| match i.kind {
        Kind::Unit => 0,
        Kind::Linked => 1,
        Kind::Guest => 2,
    });
    Ok(all)
}

/// Which of these properties have WiFi.
pub(super) async fn places(r: &Read, properties: &[PropertyId]) -> Result<Vec<PropertyId>> {
    r.all(sql!(
        "SELECT DISTINCT property_id FROM wifi_network WHERE org_id = $1 AND property_id = ANY($2) AND deleted_at IS NULL",
        r.caller().org,
        properties
    ))
    .await
}
