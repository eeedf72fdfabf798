//! Devices: what is known of them, registering and removing them.

use kernel::{Action, Actor, Caller, Draft, Error, IdentityId, Problem, Result, UnitId};
use uuid::Uuid;

use db::{Change, Read, Write};

use super::{Auth, Device, Kind, Mac, Status, Wifi, find, make, place, store, update::Locks};
use crate::diff::Diff;

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

#[operations::compiled_here]
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

    /// Forgets a device: it can join no more, until it is registered or learned again. Of any identity of the unit, or
    /// of this one only.
    ///
    /// # Errors
    /// [`Error::Forbidden`], also for a resident when the management blocked it: forgotten, it could come back;
    /// [`Error::NotFound`] for the identity, then for the device.
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
                let device = named(w, &place, identity, key).await?;
                if device.blocked_by_desk && !actor.is_desk() {
                    return Err(Error::Forbidden);
                }
                store::delete_device(w, device.id).await?;
                w.change(Change::new("wifi_device.removed", device.id).property(place.property_id).unit(unit));
                Ok(())
            })
            .await
    }

    /// Keeps a device out of the WiFi, whoever knows the passphrase, or lets it in again. Of any identity of the unit, or
    /// of this one only. Unlike a device that is removed it stays known, so accounting does not bring it back.
    ///
    /// # Errors
    /// [`Error::Forbidden`], also for a resident who lifts what the management blocked; [`Error::NotFound`] for the
    /// identity, then for the device.
    pub async fn set_device_status(
        &self,
        caller: &Caller,
        unit: UnitId,
        identity: Option<Uuid>,
        key: Option<DeviceKey>,
        status: Status,
    ) -> Result<Device> {
        self.0
            .write(caller, async move |w, actor| {
                let place = place(w, actor, Action::ChangeWifi, unit).await?;
                let now = named(w, &place, identity, key).await?;
                set_status(w, actor, &place, now, status).await
            })
            .await
    }
}

/// The device of a unit that is meant.
async fn named(r: &Read, place: &store::Place, identity: Option<Uuid>, key: Option<DeviceKey>) -> Result<Device> {
    let owner: Option<IdentityId> = match identity {
        Some(uid) => Some(find(store::of_units(r, &[place.id]).await?, uid)?.id),
        None => None,
    };
    let key = key.ok_or(Error::NotFound("wifi_device"))?;
    let visible = |d: &Device| d.kind != Kind::Guest || place.guest_allowed;
    let fits = |d: &Device| key.names(d) && visible(d) && owner.is_none_or(|id| id == d.identity_id);
    store::devices(r, place.id).await?.into_iter().find(fits).ok_or(Error::NotFound("wifi_device"))
}

async fn set_status(w: &Write, actor: &Actor, place: &store::Place, now: Device, status: Status) -> Result<Device> {
    let (mut new, blocked) = (now.clone(), status == Status::Blocked);
    if Locks::moves(actor, now.status() == Status::Blocked, blocked) {
        let locks = Locks { own: &mut new.is_blocked, desk: &mut new.blocked_by_desk };
        locks.set(actor, blocked)?;
    }
    let mut diff = Diff::default();
    diff.field("blocked", &now.is_blocked, &new.is_blocked);
    diff.field("blocked_by_desk", &now.blocked_by_desk, &new.blocked_by_desk);
    if !diff.is_empty() {
        store::set_device_blocked(w, &new).await?;
        let change = Change::new("wifi_device.updated", new.id).property(place.property_id).unit(place.id);
        w.change(change.data(diff.json()));
    }
    Ok(new)
}

impl Device {
    /// Whether it may join, as far as that depends on itself.
    #[must_use]
    pub const fn status(&self) -> Status {
        Status::of(self.is_blocked || self.blocked_by_desk)
    }
}
