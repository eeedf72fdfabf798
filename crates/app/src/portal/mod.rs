//! The portal of a property, in which residents see to the WiFi of their unit: what it looks like, and who comes in.
//!
//! A unit has one link, which holds a secret that can be made again and again; renewing it raises the unit's
//! generation. Signing in with it gives a token for a day, of which a hash is kept.

pub(crate) mod mail;
mod settings;
mod store;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use db::{Change, Read, Write};
use kernel::{
    Action, Actor, Caller, Door, Error, Instant, OrgId, Principal, PropertyId, Result, Unauthenticated, UnitId,
    UnitTokenId,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    Vault,
    access::{Resource, require},
    file::{self, File},
    handle, wifi,
};

pub use mail::SEND_LINK;
pub use settings::{Input, Picture, Settings};

/// How long a sign-in with a portal link is good, in seconds.
pub const LIFETIME: i64 = 24 * 3600;

/// A property with what its portal shows.
#[derive(Clone, Debug)]
pub struct Portal {
    /// The property.
    pub id: PropertyId,
    /// Its uid, by which portals are addressed.
    pub uid: Uuid,
    /// Whose it is.
    pub org_id: OrgId,
    /// Its name.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// City.
    pub city: String,
    /// State or region.
    pub state: String,
    /// Postal code.
    pub postal: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// How it looks and what it lets residents do.
    pub settings: Settings,
    /// The logo.
    pub logo: Option<File>,
    /// The small picture in a browser's tab.
    pub icon: Option<File>,
    /// The names of the property's networks, oldest first.
    pub ssids: Vec<String>,
    /// When the property was made.
    pub created_at: Instant,
}

/// Who comes in with a token.
#[derive(Clone, Copy, Debug)]
pub struct Entered {
    /// As a caller; whether the token holds is looked up again in each operation.
    pub caller: Caller,
    /// The unit.
    pub unit: UnitId,
    /// Its uid.
    pub unit_uid: Uuid,
    /// Its property.
    pub property: PropertyId,
    /// That property's uid.
    pub property_uid: Uuid,
    /// Whether the property lets residents' programs in; where it does not, every operation refuses them (R34).
    pub api_allowed: bool,
    /// When the token ends.
    pub expires_at: Instant,
}

/// A new sign-in with a portal link.
#[derive(Clone)]
pub struct SignIn {
    /// The token: shown this once, never kept.
    pub token: String,
    /// Who comes in with it.
    pub entered: Entered,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("entered", &self.entered).finish_non_exhaustive()
    }
}

handle! {
    /// Operations on portals.
    Portals
}

#[operations::compiled_here]
impl Portals<'_> {
    /// What a portal shows to everybody, before somebody signs in.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn public(&self, property: Uuid) -> Result<Portal> {
        let nobody = Caller::anonymous(OrgId::new(0), Door::Ruckus, self.0.now());
        let row = self.0.read(&nobody, async move |r, _| store::by_uid(r, property).await);
        let row = row.await?.ok_or(Error::NotFound("property"))?;
        // Its files and networks are looked up in its own organization.
        let of_its_org = Caller::anonymous(row.org_id, Door::Ruckus, self.0.now());
        self.0.read(&of_its_org, async move |r, _| portal(r, row).await).await
    }

    /// Whether there is a property of this uid, of whichever organization.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn exists(&self, property: Uuid) -> Result<bool> {
        let nobody = Caller::anonymous(OrgId::new(0), Door::Ruckus, self.0.now());
        self.0.read(&nobody, async move |r, _| store::exists(r, property).await).await
    }

    /// The portal of the caller's organization with this uid.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn by_uid(&self, caller: &Caller, property: Uuid) -> Result<Portal> {
        self.0
            .read(caller, async move |r, actor| {
                let row = store::by_uid(r, property).await?.filter(|row| row.org_id == r.caller().org);
                let row = row.ok_or(Error::NotFound("property"))?;
                require(actor, Action::ViewPortal, Resource::Of(Some(row.id)))?;
                portal(r, row).await
            })
            .await
    }

    /// A portal with its settings.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, property: PropertyId) -> Result<Portal> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewPortal, Resource::Of(Some(property)))?;
                portal(r, get(r, property).await?).await
            })
            .await
    }

    /// All portals that the caller may see, as their properties were made, without their networks; those of archived
    /// properties are left out.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Portal>> {
        self.0
            .read(caller, async |r, actor| {
                let mut rows = store::all(r).await?;
                rows.retain(|row| crate::access::may(actor, Action::ViewPortal, Resource::Of(Some(row.id))));
                let ids: Vec<_> = rows.iter().flat_map(|row| [row.logo_file_id, row.icon_file_id]).flatten().collect();
                let files = file::store::these(r, &ids).await?;
                Ok(rows.into_iter().map(|row| shown(row, &files)).collect())
            })
            .await
    }

    /// The secret of a unit's portal link: the same until the link is renewed.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn secret(&self, caller: &Caller, unit: UnitId) -> Result<String> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                let (linked, property, _) = store::link_of(w, unit).await?.ok_or(Error::NotFound("unit"))?;
                require(actor, Action::ChangeWifi, Resource::Unit(property, unit))?;
                w.change(Change::new("unit.portal_link_shown", unit).property(property).unit(unit));
                Ok(linked.secret(&vault))
            })
            .await
    }

    /// The portal links of these units of a property, as people open them. That they were shown is one change.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn links(
        &self,
        caller: &Caller,
        property: PropertyId,
        units: Vec<UnitId>,
    ) -> Result<HashMap<UnitId, String>> {
        let (vault, base) = (self.0.vault()?, self.0.public_url().to_owned());
        self.0
            .write(caller, async move |w, actor| {
                let place = get(w, property).await?.uid;
                let (mut links, mut shown) = (HashMap::new(), Vec::new());
                for unit in store::linked_of(w, property, &units).await? {
                    require(actor, Action::ChangeWifi, Resource::Unit(property, unit.id))?;
                    shown.push(unit.id);
                    links.insert(unit.id, address(&base, place, &unit.secret(&vault)));
                }
                wifi::note_page(w, "property.portal_links_shown", property, &shown);
                Ok(links)
            })
            .await
    }

    /// The portal link of a unit, as people open it.
    ///
    /// # Errors
    /// As [`Portals::secret`].
    pub async fn link(&self, caller: &Caller, unit: UnitId) -> Result<String> {
        let secret = self.secret(caller, unit).await?;
        let found = self.0.read(caller, async move |r, _| store::link_of(r, unit).await).await?;
        let (_, _, property) = found.ok_or(Error::NotFound("unit"))?;
        Ok(address(self.0.public_url(), property, &secret))
    }

    /// Renews the portal link of a unit: the old one and all sign-ins with it end (R23).
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn renew_link(&self, caller: &Caller, unit: UnitId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let (_, property, _) = store::link_of(w, unit).await?.ok_or(Error::NotFound("unit"))?;
                require(actor, Action::ChangeWifi, Resource::Unit(property, unit))?;
                wifi::follow::end_links(w, unit).await?;
                w.change(Change::new("unit.portal_link_renewed", unit).property(property).unit(unit));
                Ok(())
            })
            .await
    }

    /// Signs in with the secret of a portal link.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] with `Credentials`, whatever was wrong: property, secret, or a portal that is closed
    /// (R2, R18).
    pub async fn sign_in(&self, door: Door, property: Uuid, secret: &str) -> Result<SignIn> {
        let vault = self.0.vault()?;
        let now = self.0.now();
        let nobody = Caller::anonymous(OrgId::new(0), door, now);
        let wrong = || Error::Unauthenticated(Unauthenticated::Credentials);
        let named = Vault::named_by(secret).ok_or_else(wrong)?;
        let found = self.0.read(&nobody, async move |r, _| match store::by_uid(r, property).await? {
            Some(row) => Ok(store::linked(r, row.id, named).await?.map(|unit| (unit, row))),
            None => Ok(None),
        });
        let (unit, row) = found.await?.ok_or_else(wrong)?;
        if !unit.is_opened_by(&vault, secret) || !Settings::of(&row).portal_allowed {
            return Err(wrong());
        }
        let token = self.0.random().secret();
        let (hash, until) = (digest(&token), now.plus_secs(LIFETIME));
        let (property, unit_uid) = (row.id, unit.uid);
        let begin = async move |w: &Write, _: &Actor| {
            // It may have been renewed, or the portal closed, since.
            let same = store::link_of(w, unit.id).await?.is_some_and(|(now, ..)| now.generation == unit.generation);
            if !same || !Settings::of(&get(w, property).await?).portal_allowed {
                return Err(wrong());
            }
            let id = store::insert_token(w, &unit, &hash, until).await?;
            w.change(Change::new("unit.signed_in", unit.id).property(property).unit(unit.id));
            Ok((unit.id, id))
        };
        let caller = Caller::anonymous(row.org_id, door, now);
        let (unit, id) = self.0.write(&caller, begin).await?;
        let caller = of_unit(row.org_id, door, now, unit, id);
        let api_allowed = Settings::of(&row).api_allowed;
        let entered =
            Entered { caller, unit, unit_uid, property, property_uid: row.uid, api_allowed, expires_at: until };
        Ok(SignIn { token, entered })
    }

    /// Who comes in with this token.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    pub async fn enter(&self, door: Door, token: &str) -> Result<Entered> {
        let (now, hash) = (self.0.now(), digest(token));
        let nobody = Caller::anonymous(OrgId::new(0), door, now);
        let found = self.0.read(&nobody, async move |r, _| store::token(r, &hash).await).await?;
        let t = found.filter(|t| t.is_good).ok_or(Error::Unauthenticated(Unauthenticated::Ended))?;
        Ok(Entered {
            caller: of_unit(t.org_id, door, now, t.unit_id, t.id),
            unit: t.unit_id,
            unit_uid: t.unit_uid,
            property: t.property_id,
            property_uid: t.property_uid,
            api_allowed: t.api_allowed,
            expires_at: t.expires_at,
        })
    }
}

const fn of_unit(org: OrgId, door: Door, at: Instant, unit: UnitId, token: UnitTokenId) -> Caller {
    Caller { org, principal: Principal::Unit { unit, token }, door, at, only: None }
}

/// What a sign-in with a portal link is worth now. Where residents' programs are not let in, nothing (R34).
pub(crate) async fn actor(r: &Read, unit: UnitId, token: UnitTokenId) -> Result<Actor> {
    let found = store::token_by_id(r, token, unit).await?.filter(|t| t.is_good);
    let t = found.ok_or(Error::Unauthenticated(Unauthenticated::Ended))?;
    if t.api_allowed { Ok(Actor::of_unit(r.caller(), t.property_id, unit)) } else { Err(Error::Forbidden) }
}

/// Forgets sign-ins that have run out, at most `most`, and what was tried out; answers how many.
pub(crate) async fn forget_tokens(w: &Write, most: u32) -> Result<u64> {
    Ok(store::forget_tokens(w, most).await? + store::forget_previews(w).await?)
}

/// Where a portal link leads.
pub(crate) fn address(public_url: &str, property: Uuid, secret: &str) -> String {
    format!("{public_url}/portal/{property}?auth={secret}")
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

async fn get(r: &Read, property: PropertyId) -> Result<store::Row> {
    store::by_id(r, property).await?.ok_or(Error::NotFound("property"))
}

/// The logo of a property.
pub(crate) async fn logo(r: &Read, property: PropertyId) -> Result<Option<File>> {
    let row = store::by_id(r, property).await?;
    match row.and_then(|row| row.logo_file_id) {
        Some(id) => file::store::by_id(r, id).await,
        None => Ok(None),
    }
}

/// A portal with its pictures and networks.
async fn portal(r: &Read, row: store::Row) -> Result<Portal> {
    let ids: Vec<_> = [row.logo_file_id, row.icon_file_id].into_iter().flatten().collect();
    let (files, networks) = tokio::try_join!(file::store::these(r, &ids), wifi::network::all(r, row.id))?;
    Ok(Portal { ssids: networks.into_iter().map(|n| n.ssid).collect(), ..shown(row, &files) })
}

/// A portal with those of its pictures that are among these files.
fn shown(row: store::Row, files: &[File]) -> Portal {
    let of = |id: Option<_>| files.iter().find(|f| Some(f.id) == id).cloned();
    Portal {
        logo: of(row.logo_file_id),
        icon: of(row.icon_file_id),
        settings: Settings::of(&row),
        id: row.id,
        uid: row.uid,
        org_id: row.org_id,
        name: row.name,
        street: row.street,
        city: row.city,
        state: row.state,
        postal: row.postal,
        country: row.country,
        ssids: Vec::new(),
        created_at: row.created_at,
    }
}
