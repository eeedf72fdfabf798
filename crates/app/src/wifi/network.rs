//! The names under which a property's WiFi is on the air.

use db::{Change, Read, Write, row, sql};
use kernel::{Action, Actor, Caller, Draft, Error, Field, Instant, NetworkId, Problem, PropertyId, Result};
use uuid::Uuid;

use super::{Wifi, make};
use crate::{
    access::{Resource, require},
    diff::Diff,
    property,
};

row! {
    /// A network of a property.
    #[derive(Clone, Debug)]
    pub struct Network {
        /// Its id.
        pub id: NetworkId,
        /// Its uid.
        pub uid: Uuid,
        /// Its name on the air.
        pub ssid: String,
        /// How many characters chosen passphrases have at least.
        pub min_length: i64,
        /// The virtual network of devices whose identity names none.
        pub vlan: Option<i64>,
        /// When it was made.
        pub created_at: Instant,
    }
}

/// A network to be.
#[derive(Clone, Debug, Default)]
pub struct NewNetwork {
    /// Its name on the air: 1 to 32 bytes.
    pub ssid: Field<String>,
    /// How many characters chosen passphrases have at least: 8 (when absent) to 63.
    pub min_length: Field<i64>,
    /// The virtual network of devices whose identity names none: 1 to 4094.
    pub vlan: Field<i64>,
}

#[operations::compiled_here]
impl Wifi<'_> {
    /// The networks of a property, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn networks(&self, caller: &Caller, property: PropertyId) -> Result<Vec<Network>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewPortal, Resource::Of(Some(property)))?;
                property::find(r, property).await?.ok_or(Error::NotFound("property"))?;
                all(r, property).await
            })
            .await
    }

    /// Puts a network on the air.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`], at `ssid` also when the property has one of this
    /// name.
    pub async fn add_network(
        &self,
        caller: &Caller,
        property: PropertyId,
        draft: Draft<NewNetwork>,
    ) -> Result<Network> {
        self.0
            .write(caller, async move |w, actor| {
                writable(w, actor, property).await?;
                let (ssid, least, vlan) = checked(&draft)?;
                let made = insert(w, property, ssid, least, vlan).await?;
                let id = made.ok_or_else(|| Error::invalid("ssid", Problem::Taken))?;
                w.change(Change::new("wifi_network.created", id).property(property));
                let found = all(w, property).await?.into_iter().find(|n| n.id == id);
                found.ok_or_else(|| Error::internal("a network is not there"))
            })
            .await
    }

    /// Gives a network another name, length or virtual network: all three are what is given, as for a new one.
    ///
    /// # Errors
    /// As [`Wifi::add_network`]; [`Error::NotFound`] also for the network.
    pub async fn change_network(
        &self,
        caller: &Caller,
        property: PropertyId,
        network: Uuid,
        draft: Draft<NewNetwork>,
    ) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                writable(w, actor, property).await?;
                let networks = all(w, property).await?;
                let now = networks.iter().find(|n| n.uid == network).ok_or(Error::NotFound("wifi_network"))?;
                let (ssid, least, vlan) = checked(&draft)?;
                if networks.iter().any(|n| n.id != now.id && n.ssid == ssid) {
                    return Err(Error::invalid("ssid", Problem::Taken));
                }
                let mut diff = Diff::default();
                diff.field("ssid", &now.ssid.as_str(), &ssid);
                diff.field("min_length", &now.min_length, &least);
                diff.field("vlan", &now.vlan, &vlan);
                if !diff.is_empty() {
                    update(w, now.id, ssid, least, vlan).await?;
                    w.change(Change::new("wifi_network.updated", now.id).property(property).data(diff.json()));
                }
                Ok(())
            })
            .await
    }

    /// Takes a network off the air. Passphrases stay: they belong to the property's units.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn remove_network(&self, caller: &Caller, property: PropertyId, network: Uuid) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                writable(w, actor, property).await?;
                let gone: Option<NetworkId> = w
                    .optional(sql!(
                        "UPDATE wifi_network SET deleted_at = $4, updated_at = $4 WHERE org_id = $1 AND property_id = $2 AND uid = $3 \
                         AND deleted_at IS NULL RETURNING id",
                        w.caller().org,
                        property,
                        network,
                        w.now()
                    ))
                    .await?;
                let id = gone.ok_or(Error::NotFound("wifi_network"))?;
                w.change(Change::new("wifi_network.removed", id).property(property));
                Ok(())
            })
            .await
    }
}

/// Name, shortest passphrase and virtual network, when all are good.
fn checked(draft: &Draft<NewNetwork>) -> Result<(&str, i64, Option<i64>)> {
    let (input, mut faults) = draft.open()?;
    let ssid = input.ssid.required(&mut faults, "ssid");
    if ssid.is_some_and(|s| s.is_empty() || s.len() > 32 || s.chars().any(char::is_control)) {
        faults.add("ssid", Problem::Malformed);
    }
    let least = input.min_length.given().copied().unwrap_or(make::SHORTEST as i64);
    if !(make::SHORTEST as i64..=make::LONGEST as i64).contains(&least) {
        faults.add("min_length", Problem::Malformed);
    }
    let vlan = input.vlan.given().copied();
    if vlan.is_some_and(|vlan| !(1..=4094).contains(&vlan)) {
        faults.add("vlan", Problem::Malformed);
    }
    faults.finish()?;
    let ssid = ssid.ok_or_else(|| Error::internal("a name was neither given nor faulty"))?;
    Ok((ssid.as_str(), least, vlan))
}

/// Whether the actor may set up the WiFi of a property that is there.
pub(super) async fn writable(r: &Read, actor: &Actor, property: PropertyId) -> Result<()> {
    require(actor, Action::SetUpWifi, Resource::Of(Some(property)))?;
    property::find(r, property).await?.ok_or(Error::NotFound("property")).map(drop)
}

/// The networks of a property, oldest first.
pub(crate) async fn all(r: &Read, property: PropertyId) -> Result<Vec<Network>> {
    r.all(sql!(
        "SELECT id, uid, ssid, min_length, vlan, created_at FROM wifi_network WHERE org_id = $1 AND property_id = $2 \
         AND deleted_at IS NULL ORDER BY +id",
        r.caller().org,
        property
    ))
    .await
}

async fn update(w: &Write, id: NetworkId, ssid: &str, least: i64, vlan: Option<i64>) -> Result<()> {
    w.execute(sql!(
        "UPDATE wifi_network SET ssid = $3, min_length = $4, vlan = $5, updated_at = $6 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        ssid,
        least,
        vlan,
        w.now()
    ))
    .await
    .map(drop)
}

async fn insert(
    w: &Write,
    property: PropertyId,
    ssid: &str,
    least: i64,
    vlan: Option<i64>,
) -> Result<Option<NetworkId>> {
    w.optional(sql!(
        "INSERT INTO wifi_network (uid, org_id, property_id, ssid, min_length, vlan, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING RETURNING id",
        w.uid(),
        w.caller().org,
        property,
        ssid,
        least,
        vlan,
        w.now()
    ))
    .await
}
