//! Making identities and passphrases.

use db::{Read, Write, row, sql};
use kernel::{Error, PersonId, Problem, Result, UnitId};

use super::{
    follow, open,
    store::{self, Place, Row},
    words::{Kind, Passphrase},
};
use crate::{Vault, diff::Diff};

/// A passphrase has so many characters (R9, R27).
pub const SHORTEST: usize = 8;
/// WPA takes no longer ones.
pub const LONGEST: usize = 63;

row! {
    /// A unit, and what it has not yet.
    struct Lacking {
        id: UnitId,
        property_id: kernel::PropertyId,
        lacks_unit: bool,
        lacks_guest: bool,
        resident: Option<PersonId>,
    }
}

/// The identities of units, by unit and uid. What is missing is made: identities, and passphrases that were erased.
pub(super) async fn ensure(w: &Write, vault: &Vault, units: &[UnitId]) -> Result<Vec<Row>> {
    follow::settle(w, units).await?;
    for unit in lacking(w, units).await? {
        let kinds = [(Kind::Unit, unit.lacks_unit), (Kind::Guest, unit.lacks_guest)];
        for (kind, _) in kinds.into_iter().filter(|(_, lacks)| *lacks) {
            insert(
                w,
                &store::New {
                    uid: w.uid(),
                    property: unit.property_id,
                    unit: unit.id,
                    person: unit.resident,
                    kind,
                    name: None,
                    email: None,
                    phone: None,
                    is_vacant: unit.resident.is_none(),
                },
            )
            .await?;
        }
        if let Some(person) = unit.resident.filter(|_| unit.lacks_unit) {
            follow::name_holder(w, unit.id, person).await?;
        }
    }
    for p in store::unlinked(w, units).await? {
        let name = format!("{} {}", p.first_name, p.last_name);
        insert(
            w,
            &store::New {
                uid: w.uid(),
                property: p.property_id,
                unit: p.unit_id,
                person: Some(p.person_id),
                kind: Kind::Linked,
                name: Some(name.trim()),
                email: p.email.as_deref(),
                phone: p.phone.as_deref(),
                is_vacant: false,
            },
        )
        .await?;
    }
    let mut rows = store::of_units(w, units).await?;
    for row in rows.iter_mut().filter(|row| row.sealed.is_none()) {
        renew(w, vault, row).await?;
    }
    Ok(rows)
}

async fn insert(w: &Write, new: &store::New<'_>) -> Result<()> {
    if let Some(id) = store::insert(w, new).await? {
        let change = db::Change::new("wifi_identity.created", id).property(new.property).unit(new.unit);
        w.change(change.person(new.person));
    }
    Ok(())
}

async fn lacking(r: &Read, units: &[UnitId]) -> Result<Vec<Lacking>> {
    r.all(sql!(
        "SELECT u.id, u.property_id, \
         NOT EXISTS (SELECT 1 FROM wifi_identity i WHERE i.org_id = u.org_id AND i.unit_id = u.id AND i.kind = 'unit') AS lacks_unit, \
         (coalesce(s.guest_allowed, FALSE) \
         AND NOT EXISTS (SELECT 1 FROM wifi_identity i WHERE i.org_id = u.org_id AND i.unit_id = u.id AND i.kind = 'guest')) AS lacks_guest, \
         (SELECT t.person_id FROM tenancy t WHERE t.org_id = u.org_id AND t.resided_unit_id = u.id ORDER BY t.id LIMIT 1) AS resident \
         FROM unit u LEFT JOIN portal_settings s ON s.property_id = u.property_id \
         WHERE +u.org_id = $1 AND u.id = ANY($2) AND u.deleted_at IS NULL ORDER BY +u.id",
        r.caller().org,
        units
    ))
    .await
}

/// Gives an identity another passphrase than it has, one that nobody in the property has.
pub(super) async fn renew(w: &Write, vault: &Vault, row: &mut Row) -> Result<()> {
    // Two of 66 random bits are never the same; the loop only says what happens if they were.
    for _ in 0..3 {
        let passphrase = Passphrase::generate(w.random());
        if store_passphrase(w, vault, row, &passphrase).await? {
            return Ok(());
        }
    }
    Err(Error::internal("three random passphrases were all taken"))
}

/// Gives an identity the passphrase somebody chose: nothing changes when it is the one it has.
///
/// # Errors
/// [`Error::Conflict`] `passphrase_taken`, without telling whose it is.
pub(super) async fn choose(w: &Write, vault: &Vault, row: &mut Row, text: &str) -> Result<()> {
    let chosen = Passphrase::new(text.to_owned());
    if row.sealed.is_some() && open(vault, row)? == chosen {
        return Ok(());
    }
    if store_passphrase(w, vault, row, &chosen).await? { Ok(()) } else { Err(Error::Conflict("passphrase_taken")) }
}

/// What is wrong with a passphrase that somebody chose: 8 to 63 characters of printable ASCII, and as many as the
/// property's networks want.
pub(super) fn problem(place: &Place, text: &str) -> Option<Problem> {
    let shortest = usize::try_from(place.min_length).unwrap_or(SHORTEST).clamp(SHORTEST, LONGEST);
    let length = text.chars().count();
    if !(shortest..=LONGEST).contains(&length) {
        Some(Problem::Length(shortest, LONGEST))
    } else if !text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        Some(Problem::Malformed)
    } else {
        None
    }
}

async fn store_passphrase(w: &Write, vault: &Vault, row: &mut Row, passphrase: &Passphrase) -> Result<bool> {
    let fingerprint = vault.fingerprint(row.property_id, passphrase.expose());
    if store::is_taken(w, row.property_id, &fingerprint, row.id).await? {
        return Ok(false);
    }
    let sealed = vault.seal(row.uid, passphrase.expose(), w.random())?;
    store::set_passphrase(w, row.id, &sealed, &fingerprint).await?;
    row.sealed = Some(sealed);
    let mut diff = Diff::default();
    diff.secret("passphrase");
    w.change(row.change("wifi_identity.passphrase_changed").data(diff.json()));
    Ok(true)
}
