//! Devices: what is known of them, registering and removing them.

use kernel::{Action, Caller, DeviceId, Draft, Error, IdentityId, Problem, Result, UnitId};
use uuid::Uuid;

use db::{Change, Write};

use super::{Auth, Device, Kind, Mac, Wifi, find, make, place, store};

/// How many devices an identity has at most.
pub const MOST: usize = 200;

/// What a device is named by: its uid, or its address in any spelling (R29).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKey {
    /// By its uid.
    Uid(Uuid),
    /// By its address.
    Mac(Mac),
}

impl DeviceKey {
    /// Reads either.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match Mac::parse(text) {
            Some(mac) => Some(Self::Mac(mac)),
            None => Uuid::try_parse(text).ok().filter(|_| text.len() == 36).map(Self::Uid),
        }
    }

    fn names(self, device: &Device) -> bool {
        match self {
            Self::Uid(uid) => device.uid == uid,
            Self::Mac(mac) => device.mac == mac,
        }
    }
}

impl Wifi<'_> {
    /// The devices of a unit: those of its guests, or all others (R15). Oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn devices(&self, caller: &Caller, unit: UnitId, guests: bool) -> Result<Vec<Device>> {
        self.0
            .read(caller, async move |r, actor| {
                let place = place(r, actor, Action::ViewWifi, unit).await?;
                let mut all = store::devices(r, unit).await?;
                all.retain(|d| (d.kind == Kind::Guest) == guests && (place.guest_allowed || !guests));
                Ok(all)
            })
            .await
    }

    /// The devices of one identity, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn devices_of(&self, caller: &Caller, unit: UnitId, identity: Uuid) -> Result<Vec<Device>> {
        self.0
            .read(caller, async move |r, actor| {
                place(r, actor, Action::ViewWifi, unit).await?;
                let owner = find(store::of_units(r, &[unit]).await?, identity)?.id;
                let mut all = store::devices(r, unit).await?;
                all.retain(|d| d.identity_id == owner);
                Ok(all)
            })
            .await
    }

    /// Makes a device known by its address, so that it may join with the passphrase of this identity.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] at `mac`, also when the address is known in the
    /// property already; [`Error::Conflict`] `too_many_devices`.
    pub async fn register_device(
        &self,
        caller: &Caller,
        unit: UnitId,
        identity: Uuid,
        mac: Draft<String>,
    ) -> Result<Device> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                place(w, actor, Action::ChangeWifi, unit).await?;
                let owner = find(make::ensure(w, &vault, &[unit]).await?, identity)?;
                let (text, mut faults) = mac.open()?;
                let mac = Mac::parse(text).filter(|mac| mac.is_single());
                if mac.is_none() {
                    faults.add("mac", Problem::Malformed);
                }
                faults.finish()?;
                let mac = mac.ok_or_else(|| Error::internal("an address was neither good nor faulty"))?;
                if store::devices(w, unit).await?.iter().filter(|d| d.identity_id == owner.id).count() >= MOST {
                    return Err(Error::Conflict("too_many_devices"));
                }
                let made = store::insert_device(w, &owner, mac, Auth::Macreg).await?;
                let id = made.ok_or_else(|| Error::invalid("mac", Problem::Taken))?;
                w.change(Change::new("wifi_device.registered", id).property(owner.property_id).unit(unit));
                let all = store::devices(w, unit).await?;
                all.into_iter().find(|d| d.id == id).ok_or_else(|| Error::internal("a device is not there"))
            })
            .await
    }

    /// Forgets a device: it can join no more. Of any identity of the unit, or of this one only.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for the identity, then for the device.
    pub async fn remove_device(
        &self,
        caller: &Caller,
        unit: UnitId,
        identity: Option<Uuid>,
        key: Option<DeviceKey>,
    ) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let place = place(w, actor, Action::ChangeWifi, unit).await?;
                let owner: Option<IdentityId> = match identity {
                    Some(uid) => Some(find(store::of_units(w, &[unit]).await?, uid)?.id),
                    None => None,
                };
                let key = key.ok_or(Error::NotFound("wifi_device"))?;
                let all = store::devices(w, unit).await?;
                let visible = |d: &Device| d.kind != Kind::Guest || place.guest_allowed;
                let fits = |d: &&Device| key.names(d) && visible(d) && owner.is_none_or(|id| id == d.identity_id);
                let id = all.iter().find(fits).map(|d| d.id).ok_or(Error::NotFound("wifi_device"))?;
                remove(w, &place, id).await
            })
            .await
    }
}

async fn remove(w: &Write, place: &store::Place, id: DeviceId) -> Result<()> {
    store::delete_device(w, id).await?;
    w.change(Change::new("wifi_device.removed", id).property(place.property_id).unit(place.id));
    Ok(())
}
