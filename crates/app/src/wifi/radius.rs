//! What a RADIUS server keeps in memory, how it learns of changes, and what it tells of devices it saw. For the server
//! alone: passphrases leave here sealed, and are opened for one answer.

use std::collections::{BTreeMap, BTreeSet};

use db::{Change, Lane, Read, Write, row, sql};
use kernel::{Action, Caller, DeviceId, OrgId, PropertyId, RadiusClientId, Result, UnitId};
use uuid::Uuid;

use super::{
    Auth, Mac, Wifi,
    store::{self, Row},
};
use crate::{
    Vault,
    access::{Resource, require},
};

row! {
    /// A device, and what joining takes.
    #[derive(Clone, Debug)]
    pub struct Known {
        /// The device.
        pub id: DeviceId,
        /// Where it is known.
        pub property_id: PropertyId,
        /// In which unit.
        pub unit_id: UnitId,
        /// Its address.
        pub mac: Mac,
        identity_uid: Uuid,
        sealed: Option<Vec<u8>>,
        /// The virtual network it belongs into, instead of the network's own.
        pub vlan: Option<i64>,
        /// Whether it may join now.
        pub may_join: bool,
    }

    /// Whoever may ask, with the secret it shares with the server.
    #[derive(Clone)]
    pub struct Asker {
        /// Its id.
        pub id: RadiusClientId,
        /// Whose it is.
        pub org_id: OrgId,
        /// For which property it asks.
        pub property_id: PropertyId,
        /// The address it asks from.
        pub address: String,
        uid: Uuid,
        sealed: Vec<u8>,
    }

    /// A network on the air.
    #[derive(Clone, Debug)]
    pub struct OnAir {
        /// Of which property.
        pub property_id: PropertyId,
        /// Its name.
        pub ssid: String,
        /// Its virtual network.
        pub vlan: Option<i64>,
    }

    struct Fact {
        seq: i64,
        action: String,
        entity: String,
        property_id: Option<PropertyId>,
        unit_id: Option<UnitId>,
    }

    struct Feed {
        org_id: OrgId,
        seq: i64,
    }
}

impl Known {
    /// The passphrase, for an answer; nothing while none is made.
    ///
    /// # Errors
    /// When it does not open.
    pub fn passphrase(&self, vault: &Vault) -> Result<Option<super::Passphrase>> {
        let open = |sealed: &Vec<u8>| vault.open(self.identity_uid, sealed).map(super::Passphrase::new);
        self.sealed.as_ref().map(open).transpose()
    }
}

impl Asker {
    /// The secret it shares with the server.
    ///
    /// # Errors
    /// When it does not open.
    pub fn secret(&self, vault: &Vault) -> Result<String> {
        vault.open(self.uid, &self.sealed)
    }
}

/// What happened in an organization that concerns joining.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The number of the last fact that was looked at.
    pub seq: i64,
    /// Units to be read anew.
    pub units: BTreeSet<UnitId>,
    /// Properties to be read anew, with all their units.
    pub properties: BTreeSet<PropertyId>,
    /// Whether askers or networks are others.
    pub setup: bool,
}

/// A device that was seen in the WiFi.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Where.
    pub property: PropertyId,
    /// Its address.
    pub mac: Mac,
    /// Whose passphrase it used, when the access point knows.
    pub identity: Option<Uuid>,
}

/// How many facts, and how many devices, are read at once.
pub const BATCH: u32 = 2000;

#[operations::compiled_here]
impl Wifi<'_> {
    /// The keys with which passphrases are opened.
    ///
    /// # Errors
    /// [`kernel::Error::Unavailable`] where there are none.
    pub fn vault(&self) -> Result<Vault> {
        self.0.vault()
    }

    /// How far the facts of each organization go.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn feeds(&self, caller: &Caller) -> Result<Vec<(OrgId, i64)>> {
        let all = self.0.read(caller, async |r, actor| {
            require(actor, Action::Operate, Resource::Organization)?;
            r.all::<Feed>(sql!("SELECT org_id, seq FROM feed /* scan: all organizations */")).await
        });
        Ok(all.await?.into_iter().map(|f| (f.org_id, f.seq)).collect())
    }

    /// What of the facts after `seq` concerns joining; at most [`BATCH`] facts are looked at.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn news(&self, caller: &Caller, seq: i64) -> Result<News> {
        let facts = self.0.read(caller, async move |r, actor| {
            require(actor, Action::Operate, Resource::Organization)?;
            r.all::<Fact>(sql!(
                "SELECT seq, action, entity, property_id, unit_id FROM change WHERE org_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                r.caller().org,
                seq,
                BATCH
            ))
            .await
        });
        let mut news = News { seq, ..News::default() };
        for fact in facts.await? {
            news.seq = fact.seq;
            match (fact.action.as_str(), fact.entity.as_str(), fact.unit_id, fact.property_id) {
                // Looking changes nothing.
                ("wifi_identity.revealed" | "unit.signed_in" | "unit.portal_link_shown", ..) => {}
                (_, "unit" | "wifi_identity" | "wifi_device", Some(unit), _) => drop(news.units.insert(unit)),
                ("property.portal_updated", _, _, Some(property)) => drop(news.properties.insert(property)),
                (_, "radius_client" | "wifi_network", ..) | ("property.deleted", ..) => news.setup = true,
                _ => {}
            }
        }
        Ok(news)
    }

    /// The devices of an organization after this one, by id, at most [`BATCH`].
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn known(&self, caller: &Caller, after: DeviceId) -> Result<Vec<Known>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                r.all(sql!(
                    "SELECT d.id, d.property_id, d.unit_id, d.mac, i.uid AS identity_uid, i.sealed, i.vlan, \
                     NOT (d.is_blocked OR d.blocked_by_desk OR i.is_blocked OR i.blocked_by_desk OR i.is_vacant OR u.is_disabled OR u.blocked_by_desk \
                     OR u.deleted_at IS NOT NULL OR (i.kind = 'guest' AND NOT coalesce(s.guest_allowed, FALSE))) AS may_join \
                     FROM wifi_device d JOIN wifi_identity i ON i.id = d.identity_id JOIN unit u ON u.id = d.unit_id \
                     LEFT JOIN portal_settings s ON s.property_id = d.property_id \
                     WHERE d.org_id = $1 AND d.id > $2 ORDER BY d.id LIMIT $3",
                    r.caller().org,
                    after,
                    BATCH
                ))
                .await
            })
            .await
    }

    /// The devices of these units and properties.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn known_in(
        &self,
        caller: &Caller,
        units: Vec<UnitId>,
        properties: Vec<PropertyId>,
    ) -> Result<Vec<Known>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                r.all(sql!(
                    "SELECT d.id, d.property_id, d.unit_id, d.mac, i.uid AS identity_uid, i.sealed, i.vlan, \
                     NOT (d.is_blocked OR d.blocked_by_desk OR i.is_blocked OR i.blocked_by_desk OR i.is_vacant OR u.is_disabled OR u.blocked_by_desk \
                     OR u.deleted_at IS NOT NULL OR (i.kind = 'guest' AND NOT coalesce(s.guest_allowed, FALSE))) AS may_join \
                     FROM wifi_device d JOIN wifi_identity i ON i.id = d.identity_id JOIN unit u ON u.id = d.unit_id \
                     LEFT JOIN portal_settings s ON s.property_id = d.property_id \
                     WHERE d.id IN (SELECT a.id FROM wifi_device a WHERE a.org_id = $1 AND a.unit_id = ANY($2) \
                     UNION SELECT b.id FROM wifi_device b WHERE b.org_id = $1 AND b.property_id = ANY($3))",
                    r.caller().org,
                    &units[..],
                    &properties[..]
                ))
                .await
            })
            .await
    }

    /// Everybody who may ask, and all networks, of all organizations.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn setup(&self, caller: &Caller) -> Result<(Vec<Asker>, Vec<OnAir>)> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let askers = r.all(sql!(
                    "SELECT id, org_id, property_id, address, uid, sealed FROM radius_client WHERE deleted_at IS NULL ORDER BY id \
                     /* scan: all that may ask */"
                ));
                let networks = r.all(sql!(
                    "SELECT property_id, ssid, vlan FROM wifi_network WHERE deleted_at IS NULL ORDER BY id /* scan: all networks */"
                ));
                tokio::try_join!(askers, networks)
            })
            .await
    }

    /// Notes devices of the caller's organization that were seen at `at`. One that is not known yet becomes so when its
    /// identity is told, in the same property: an access point that checks passphrases itself tells whose it was.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn seen(&self, caller: &Caller, at: kernel::Instant, seen: Vec<Seen>) -> Result<()> {
        self.0
            .write_in(Lane::Bulk, caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let mut places: BTreeMap<PropertyId, Vec<Seen>> = BTreeMap::new();
                for s in &seen {
                    places.entry(s.property).or_default().push(*s);
                }
                for (property, seen) in places {
                    learn(w, property, &seen).await?;
                    note(w, property, &seen, at).await?;
                }
                Ok(())
            })
            .await
    }
}

async fn note(w: &Write, property: PropertyId, seen: &[Seen], at: kernel::Instant) -> Result<()> {
    w.execute(sql!(
        "UPDATE wifi_device SET last_connected_at = $4 WHERE org_id = $1 AND property_id = $2 AND mac = ANY($3) \
         AND (last_connected_at IS NULL OR last_connected_at < $4)",
        w.caller().org,
        property,
        &macs(seen)[..],
        at
    ))
    .await
    .map(drop)
}

async fn learn(w: &Write, property: PropertyId, seen: &[Seen]) -> Result<()> {
    if seen.iter().all(|s| s.identity.is_none()) {
        return Ok(());
    }
    let known: Vec<Mac> = w
        .all(sql!(
            "SELECT mac FROM wifi_device WHERE org_id = $1 AND property_id = $2 AND mac = ANY($3)",
            w.caller().org,
            property,
            &macs(seen)[..]
        ))
        .await?;
    for s in seen.iter().filter(|s| !known.contains(&s.mac) && s.mac.is_single()) {
        let Some(uid) = s.identity else { continue };
        let Some(owner) = identity(w, property, uid).await? else { continue };
        let count = store::devices(w, owner.unit_id).await?.iter().filter(|d| d.identity_id == owner.id).count();
        if count >= super::device::MOST {
            continue;
        }
        if let Some(id) = store::insert_device(w, &owner, s.mac, Auth::Dpsk).await? {
            w.change(Change::new("wifi_device.learned", id).property(property).unit(owner.unit_id));
        }
    }
    Ok(())
}

async fn identity(r: &Read, property: PropertyId, uid: Uuid) -> Result<Option<Row>> {
    r.optional(sql!(
        "SELECT id, uid, property_id, unit_id, person_id, kind, name, email, phone, sealed, vlan, is_blocked, blocked_by_desk, is_vacant, \
         created_at FROM wifi_identity WHERE org_id = $1 AND property_id = $2 AND uid = $3",
        r.caller().org,
        property,
        uid
    ))
    .await
}

/// Addresses as a list of numbers, which is what ids are to a statement.
fn macs(seen: &[Seen]) -> Vec<DeviceId> {
    seen.iter().map(|s| DeviceId::new(s.mac.number())).collect()
}
