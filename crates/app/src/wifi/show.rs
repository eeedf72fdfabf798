//! Showing passphrases, and noting that they were shown.

use db::{Change, Write};
use kernel::{Error, PropertyId, Result, UnitId};

use super::{
    Identity, Passphrase, UnitWifi, make,
    store::{self, Place, Row},
};
use crate::{Vault, diff::Diff};

/// A unit as it is now, with its passphrases.
pub(super) async fn shown(w: &Write, vault: &Vault, place: Place) -> Result<UnitWifi> {
    let rows = make::ensure(w, vault, &[place.id]).await?;
    // Making them may have followed somebody who moved in.
    let place = store::place(w, place.id).await?.ok_or(Error::NotFound("unit"))?;
    view(place, rows.into_iter().map(|row| reveal(w, vault, row)))
}

/// A unit with its identities.
pub(super) fn view(p: Place, identities: impl Iterator<Item = Result<Identity>>) -> Result<UnitWifi> {
    let identities: Result<Vec<Identity>> = identities.collect();
    Ok(UnitWifi {
        status: p.status(),
        id: p.id,
        uid: p.uid,
        property_id: p.property_id,
        number: p.number,
        description: p.description,
        contact_name: p.contact_name,
        contact_email: p.contact_email,
        contact_phone: p.contact_phone,
        generation: p.generation,
        identities: identities?,
    })
}

/// Notes that something of a whole page of units was shown: one change with their ids, not one for each.
pub(crate) fn note_page(w: &Write, action: &'static str, property: PropertyId, units: &[UnitId]) {
    if !units.is_empty() {
        let ids: Vec<i64> = units.iter().map(|id| id.get()).collect();
        let mut diff = Diff::default();
        diff.field("units", &None, &Some(ids));
        w.change(Change::new(action, property).property(property).data(diff.json()));
    }
}

/// Opens a passphrase to show it, and notes that.
pub(super) fn reveal(w: &Write, vault: &Vault, row: Row) -> Result<Identity> {
    let change = row.change("wifi_identity.revealed");
    let identity = opened(vault, row)?;
    w.change(change);
    Ok(identity)
}

/// An identity to be shown. Whoever calls this notes that it was.
pub(super) fn opened(vault: &Vault, row: Row) -> Result<Identity> {
    let passphrase = open(vault, &row)?;
    Ok(Identity {
        status: row.status(),
        id: row.id,
        uid: row.uid,
        unit_id: row.unit_id,
        person_id: row.person_id,
        kind: row.kind,
        name: row.name,
        email: row.email,
        phone: row.phone,
        passphrase,
        vlan: row.vlan,
        created_at: row.created_at,
    })
}

/// The passphrase of an identity.
pub(super) fn open(vault: &Vault, row: &Row) -> Result<Passphrase> {
    let sealed = row.sealed.as_deref().ok_or_else(|| Error::internal("an identity without a passphrase"))?;
    vault.open(row.uid, sealed).map(Passphrase::new)
}
