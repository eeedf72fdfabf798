//! Everything that an answer takes, in memory: who may ask, which networks there are, which devices are known. It
//! follows the spine, so what somebody blocks is refused within a second, by all servers on one database.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use app::{
    App, Vault,
    wifi::{
        Mac,
        radius::{Asker, BATCH, Known, OnAir},
    },
};
use kernel::{DeviceId, OrgId, PropertyId, Result, UnitId};

/// Whoever may ask.
#[derive(Clone)]
pub struct Client {
    /// Whose it is.
    pub org: OrgId,
    /// For which property it asks.
    pub property: PropertyId,
    /// The secret it shares with the server.
    pub secret: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("property", &self.property).finish_non_exhaustive()
    }
}

/// What is known at one instant.
#[derive(Debug, Default)]
pub struct Facts {
    clients: HashMap<IpAddr, Client>,
    networks: HashMap<PropertyId, HashMap<String, Option<i64>>>,
    devices: HashMap<PropertyId, HashMap<Mac, Known>>,
    units: HashMap<UnitId, Vec<(PropertyId, Mac)>>,
}

impl Facts {
    /// Whoever asks from this address.
    #[must_use]
    pub fn client(&self, from: IpAddr) -> Option<&Client> {
        self.clients.get(&from.to_canonical())
    }

    /// The virtual network of a network, if the property has one of this name.
    #[must_use]
    pub fn network(&self, property: PropertyId, ssid: &str) -> Option<Option<i64>> {
        self.networks.get(&property)?.get(ssid).copied()
    }

    /// A device of a property.
    #[must_use]
    pub fn device(&self, property: PropertyId, mac: Mac) -> Option<&Known> {
        self.devices.get(&property)?.get(&mac)
    }

    /// How many devices are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.devices.values().map(HashMap::len).sum()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn set_up(&mut self, clients: HashMap<IpAddr, Client>, networks: Vec<OnAir>) {
        self.clients = clients;
        self.networks.clear();
        for n in networks {
            self.networks.entry(n.property_id).or_default().insert(n.ssid, n.vlan);
        }
    }

    fn add(&mut self, known: Vec<Known>) {
        for k in known {
            self.units.entry(k.unit_id).or_default().push((k.property_id, k.mac));
            self.devices.entry(k.property_id).or_default().insert(k.mac, k);
        }
    }

    fn forget_unit(&mut self, unit: UnitId) {
        for (property, mac) in self.units.remove(&unit).unwrap_or_default() {
            let devices = self.devices.get_mut(&property);
            // Its address may be another unit's by now.
            if let Some(devices) = devices
                && devices.get(&mac).is_some_and(|k| k.unit_id == unit)
            {
                devices.remove(&mac);
            }
        }
    }

    fn forget_property(&mut self, property: PropertyId) {
        for known in self.devices.remove(&property).unwrap_or_default().into_values() {
            self.units.remove(&known.unit_id);
        }
    }
}

/// The facts, and how far they go.
pub struct Index {
    app: App,
    vault: Vault,
    facts: RwLock<Facts>,
    seqs: tokio::sync::Mutex<BTreeMap<OrgId, i64>>,
}

impl Index {
    /// Reads everything.
    ///
    /// # Errors
    /// When the database does not answer, or there are no keys for passphrases.
    pub async fn load(app: App) -> Result<Self> {
        let vault = app.wifi().vault()?;
        let index = Self { app, vault, facts: RwLock::default(), seqs: tokio::sync::Mutex::default() };
        index.read_setup().await?;
        index.refresh().await?;
        Ok(index)
    }

    /// What is known now.
    pub fn facts(&self) -> RwLockReadGuard<'_, Facts> {
        self.facts.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys with which passphrases are opened.
    #[must_use]
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Reads what has changed since; answers whether anything has. Facts are applied after they were committed, and any
    /// number of times does no harm.
    ///
    /// # Errors
    /// When the database does not answer: what is known stays as it is.
    pub async fn refresh(&self) -> Result<bool> {
        let mut seqs = self.seqs.lock().await;
        let mut changed = false;
        for (org, last) in self.app.wifi().feeds(&self.app.system(OrgId::new(0))).await? {
            match seqs.get(&org).copied() {
                Some(seq) if seq >= last => continue,
                Some(seq) => {
                    let reached = self.follow(org, seq, last).await?;
                    seqs.insert(org, reached);
                }
                // What happens while it is read is read again afterwards.
                None => {
                    self.read_all(org).await?;
                    seqs.insert(org, last);
                }
            }
            changed = true;
        }
        Ok(changed)
    }

    async fn follow(&self, org: OrgId, mut seq: i64, last: i64) -> Result<i64> {
        let caller = self.app.system(org);
        while seq < last {
            let news = self.app.wifi().news(&caller, seq).await?;
            if news.setup {
                self.read_setup().await?;
            }
            if !news.units.is_empty() || !news.properties.is_empty() {
                let units: Vec<UnitId> = news.units.iter().copied().collect();
                let properties: Vec<PropertyId> = news.properties.iter().copied().collect();
                let known = self.app.wifi().known_in(&caller, units, properties).await?;
                let mut facts = self.facts.write().unwrap_or_else(PoisonError::into_inner);
                news.units.iter().for_each(|unit| facts.forget_unit(*unit));
                news.properties.iter().for_each(|property| facts.forget_property(*property));
                facts.add(known);
            }
            if news.seq == seq {
                break;
            }
            seq = news.seq;
        }
        Ok(seq)
    }

    async fn read_all(&self, org: OrgId) -> Result<()> {
        let caller = self.app.system(org);
        let mut after = DeviceId::new(0);
        loop {
            let known = self.app.wifi().known(&caller, after).await?;
            let Some(last) = known.last().map(|k| k.id) else { return Ok(()) };
            let whole = known.len() == BATCH as usize;
            self.facts.write().unwrap_or_else(PoisonError::into_inner).add(known);
            if !whole {
                return Ok(());
            }
            after = last;
        }
    }

    async fn read_setup(&self) -> Result<()> {
        let (askers, networks) = self.app.wifi().setup(&self.app.system(OrgId::new(0))).await?;
        let mut clients = HashMap::new();
        for asker in askers {
            if let Some((ip, client)) = self.client(&asker)? {
                clients.insert(ip, client);
            }
        }
        self.facts.write().unwrap_or_else(PoisonError::into_inner).set_up(clients, networks);
        Ok(())
    }

    fn client(&self, asker: &Asker) -> Result<Option<(IpAddr, Client)>> {
        let Ok(ip) = asker.address.parse::<IpAddr>() else { return Ok(None) };
        let secret = asker.secret(&self.vault)?;
        Ok(Some((ip, Client { org: asker.org_id, property: asker.property_id, secret })))
    }
}

#[cfg(test)]
impl Facts {
    /// One asker, and no devices.
    pub fn of_client(from: IpAddr, client: Client) -> Self {
        Self { clients: HashMap::from([(from, client)]), ..Self::default() }
    }
}
