//! Access points, and controllers of some: whoever may ask over RADIUS.

use std::net::IpAddr;

use db::{Change, Read, Write, row, sql};
use kernel::{Action, Caller, Draft, Error, Field, Instant, Problem, PropertyId, RadiusClientId, Result};
use uuid::Uuid;

use super::{Wifi, network::writable};
use crate::{
    access::{Resource, require},
    diff::Diff,
};

row! {
    /// Whoever may ask over RADIUS. Its secret is shown to nobody.
    #[derive(Clone, Debug)]
    pub struct RadiusClient {
        /// Its id.
        pub id: RadiusClientId,
        /// Its uid.
        pub uid: Uuid,
        /// For which property.
        pub property_id: PropertyId,
        /// What people call it.
        pub name: String,
        /// The address it asks from.
        pub address: String,
        /// When it was made.
        pub created_at: Instant,
    }
}

/// A RADIUS client to be.
#[derive(Clone, Default)]
pub struct NewRadiusClient {
    /// What people call it: 1 to 100 characters.
    pub name: Field<String>,
    /// The address it asks from; one of the whole install.
    pub address: Field<String>,
    /// The secret it shares with the server: 16 to 128 printable ASCII characters.
    pub secret: Field<String>,
}

impl std::fmt::Debug for NewRadiusClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewRadiusClient")
            .field("name", &self.name)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

#[operations::compiled_here]
impl Wifi<'_> {
    /// All RADIUS clients of a property, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn radius_clients(&self, caller: &Caller, property: PropertyId) -> Result<Vec<RadiusClient>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::SetUpWifi, Resource::Of(Some(property)))?;
                clients(r, property).await
            })
            .await
    }

    /// Lets an access point ask.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`], at `address` also when one of this install has it.
    pub async fn add_radius_client(
        &self,
        caller: &Caller,
        property: PropertyId,
        draft: Draft<NewRadiusClient>,
    ) -> Result<RadiusClient> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                writable(w, actor, property).await?;
                let (name, address, secret) = checked(&draft, true)?;
                let secret = secret.ok_or_else(|| Error::internal("a secret was neither given nor faulty"))?;
                let uid = w.uid();
                let sealed = vault.seal(uid, secret, w.random())?;
                let made: Option<RadiusClientId> = w
                    .optional(sql!(
                        "INSERT INTO radius_client (uid, org_id, property_id, name, address, sealed, created_at, updated_at) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING RETURNING id",
                        uid,
                        w.caller().org,
                        property,
                        name,
                        address.to_string(),
                        &sealed[..],
                        w.now()
                    ))
                    .await?;
                let id = made.ok_or_else(|| Error::invalid("address", Problem::Taken))?;
                w.change(Change::new("radius_client.created", id).property(property));
                let found = clients(w, property).await?.into_iter().find(|c| c.id == id);
                found.ok_or_else(|| Error::internal("a RADIUS client is not there"))
            })
            .await
    }

    /// Gives an access point another name or address, and another secret where one is given.
    ///
    /// # Errors
    /// As [`Wifi::add_radius_client`]; [`Error::NotFound`] also for the access point.
    pub async fn change_radius_client(
        &self,
        caller: &Caller,
        property: PropertyId,
        client: Uuid,
        draft: Draft<NewRadiusClient>,
    ) -> Result<()> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                writable(w, actor, property).await?;
                let all = clients(w, property).await?;
                let now = all.iter().find(|c| c.uid == client).ok_or(Error::NotFound("radius_client"))?;
                let (name, address, secret) = checked(&draft, false)?;
                let address = address.to_string();
                if is_taken(w, &address, now.id).await? {
                    return Err(Error::invalid("address", Problem::Taken));
                }
                let mut diff = Diff::default();
                diff.field("name", &now.name.as_str(), &name);
                diff.field("address", &now.address, &address);
                let sealed = match secret {
                    Some(secret) => {
                        diff.secret("secret");
                        Some(vault.seal(now.uid, secret, w.random())?)
                    }
                    None => None,
                };
                if !diff.is_empty() {
                    w.execute(sql!(
                        "UPDATE radius_client SET name = $3, address = $4, sealed = coalesce($5, sealed), updated_at = $6 \
                         WHERE org_id = $1 AND id = $2",
                        w.caller().org,
                        now.id,
                        name,
                        &address,
                        sealed,
                        w.now()
                    ))
                    .await?;
                    w.change(Change::new("radius_client.updated", now.id).property(property).data(diff.json()));
                }
                Ok(())
            })
            .await
    }

    /// Lets an access point ask no more.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn remove_radius_client(&self, caller: &Caller, property: PropertyId, client: Uuid) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                writable(w, actor, property).await?;
                let gone: Option<RadiusClientId> = w
                    .optional(sql!(
                        "UPDATE radius_client SET deleted_at = $4, updated_at = $4 WHERE org_id = $1 AND property_id = $2 AND uid = $3 \
                         AND deleted_at IS NULL RETURNING id",
                        w.caller().org,
                        property,
                        client,
                        w.now()
                    ))
                    .await?;
                let id = gone.ok_or(Error::NotFound("radius_client"))?;
                w.change(Change::new("radius_client.removed", id).property(property));
                Ok(())
            })
            .await
    }
}

/// Name, address and secret, when all are good.
fn checked(draft: &Draft<NewRadiusClient>, new: bool) -> Result<(&str, IpAddr, Option<&str>)> {
    let (input, mut faults) = draft.open()?;
    let name = input.name.required(&mut faults, "name").map(|n| n.trim());
    if name.is_some_and(|n| n.is_empty() || n.chars().count() > 100 || n.contains('\0')) {
        faults.add("name", Problem::Length(1, 100));
    }
    let address = input.address.required(&mut faults, "address");
    // One spelling of each, and none of IPv4 inside IPv6: that is how askers are looked up.
    let address = address.map(|a| a.trim().parse().map(|ip: IpAddr| ip.to_canonical()));
    if matches!(address, Some(Err(_))) {
        faults.add("address", Problem::Malformed);
    }
    let secret = if new { input.secret.required(&mut faults, "secret") } else { input.secret.given() };
    if secret.is_some_and(|s| !(16..=128).contains(&s.len()) || !s.bytes().all(|b| b.is_ascii_graphic())) {
        faults.add("secret", Problem::Length(16, 128));
    }
    faults.finish()?;
    let (Some(name), Some(Ok(address))) = (name, address) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    Ok((name, address, secret.map(String::as_str)))
}

/// Whether another access point of this install, whoever's it is, asks from this address.
async fn is_taken(r: &Read, address: &str, but: RadiusClientId) -> Result<bool> {
    let found: Option<RadiusClientId> = r
        .optional(sql!(
            "SELECT id FROM radius_client WHERE address = $1 AND deleted_at IS NULL AND id <> $2",
            address,
            but
        ))
        .await?;
    Ok(found.is_some())
}

/// Of a property that is deleted: its access points ask no more, their addresses are free for others, and its networks
/// are off the air.
pub(crate) async fn remove_all(w: &Write, property: PropertyId) -> Result<()> {
    let (org, now) = (w.caller().org, w.now());
    w.execute(sql!(
        "UPDATE radius_client SET deleted_at = $3, updated_at = $3 WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL",
        org,
        property,
        now
    ))
    .await?;
    w.execute(sql!(
        "UPDATE wifi_network SET deleted_at = $3, updated_at = $3 WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL",
        org,
        property,
        now
    ))
    .await
    .map(drop)
}

pub(crate) async fn clients(r: &Read, property: PropertyId) -> Result<Vec<RadiusClient>> {
    r.all(sql!(
        "SELECT id, uid, property_id, name, address, created_at FROM radius_client \
         WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL ORDER BY id",
        r.caller().org,
        property
    ))
    .await
}
