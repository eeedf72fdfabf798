//! Changing units and identities: by whoever lives there, by the portal link, by the management.

use db::Write;
use kernel::{Action, Actor, Caller, Draft, Error, Faults, Field, Problem, Result, UnitId};
use uuid::Uuid;

use super::{
    Identity, Kind, Status, UnitStatus, UnitWifi, Wifi, find, follow, make, place, reveal, shown,
    store::{self, Place, Row},
};
use crate::{Vault, diff::Diff};

/// The fields of a unit that its portal can write.
#[derive(Clone, Debug, Default)]
pub struct UnitInput {
    /// What it is, in words; empty for nothing.
    pub description: Field<String>,
    /// The contact's name: 1 to 255 characters.
    pub contact_name: Field<String>,
    /// The contact's e-mail address: at most 255 characters, of whatever form; empty for none.
    pub contact_email: Field<String>,
    /// The contact's phone number: at most 16 characters, of whatever form; empty for none.
    pub contact_phone: Field<String>,
    /// Whether its devices may join.
    pub status: Field<UnitStatus>,
    /// The passphrase of the unit; empty for a new one.
    pub secret: Field<String>,
    /// The passphrase of its guests; empty for a new one.
    pub guest_secret: Field<String>,
    /// Whether the portal link and all sign-ins with it end, after everything else (R23).
    pub reset_link: bool,
}

/// The fields of an identity that can be written.
#[derive(Clone, Debug, Default)]
pub struct IdentityInput {
    /// A name: at most 255 characters; empty for none.
    pub name: Field<String>,
    /// An e-mail address: at most 255 characters, of whatever form; empty for none.
    pub email: Field<String>,
    /// A phone number: at most 16 characters, of whatever form; empty for none.
    pub phone: Field<String>,
    /// The passphrase; empty for a new one (R7).
    pub passphrase: Field<String>,
    /// Whether its devices may join.
    pub status: Field<Status>,
    /// The virtual network of its devices, 1 to 4094. For the management alone.
    pub vlan: Field<Option<i64>>,
}

#[operations::compiled_here]
impl Wifi<'_> {
    /// Changes what is given of a unit.
    ///
    /// # Errors
    /// [`Error::Forbidden`], also for a resident who may not choose passphrases (R17) or lifts what the management
    /// blocked (R31); [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Conflict`] `passphrase_taken`.
    pub async fn update_unit(&self, caller: &Caller, unit: UnitId, draft: Draft<UnitInput>) -> Result<UnitWifi> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                let place = unit_changed(w, actor, &vault, unit, &draft).await?;
                shown(w, &vault, place).await
            })
            .await
    }

    /// [`Wifi::update_unit`] by somebody who is shown nothing.
    ///
    /// # Errors
    /// As [`Wifi::update_unit`].
    pub async fn change_unit(&self, caller: &Caller, unit: UnitId, draft: Draft<UnitInput>) -> Result<()> {
        let vault = self.0.vault()?;
        self.0.write(caller, async move |w, actor| unit_changed(w, actor, &vault, unit, &draft).await.map(drop)).await
    }

    /// Changes what is given of an identity.
    ///
    /// # Errors
    /// As [`Wifi::update_unit`].
    pub async fn update_identity(
        &self,
        caller: &Caller,
        unit: UnitId,
        uid: Uuid,
        draft: Draft<IdentityInput>,
    ) -> Result<Identity> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| {
                let row = identity_changed(w, actor, &vault, unit, uid, &draft).await?;
                reveal(w, &vault, row)
            })
            .await
    }

    /// [`Wifi::update_identity`] by somebody who is not shown the passphrase.
    ///
    /// # Errors
    /// As [`Wifi::update_unit`].
    pub async fn change_identity(
        &self,
        caller: &Caller,
        unit: UnitId,
        uid: Uuid,
        draft: Draft<IdentityInput>,
    ) -> Result<()> {
        let vault = self.0.vault()?;
        self.0
            .write(caller, async move |w, actor| identity_changed(w, actor, &vault, unit, uid, &draft).await.map(drop))
            .await
    }
}

async fn unit_changed(
    w: &Write,
    actor: &Actor,
    vault: &Vault,
    unit: UnitId,
    draft: &Draft<UnitInput>,
) -> Result<Place> {
    let now = place(w, actor, Action::ChangeWifi, unit).await?;
    let (input, mut faults) = draft.open()?;
    check_unit(&now, input, &mut faults);
    faults.finish()?;
    may_choose(actor, &now, &[&input.secret, &input.guest_secret])?;
    let rows = make::ensure(w, vault, &[unit]).await?;
    let now = place(w, actor, Action::ChangeWifi, unit).await?;
    write_unit(w, actor, &now, input).await?;
    for (kind, given) in [(Kind::Unit, &input.secret), (Kind::Guest, &input.guest_secret)] {
        if let (Some(text), Some(row)) = (given.given(), rows.iter().find(|i| i.kind == kind)) {
            set_passphrase(w, vault, &mut row.clone(), text).await?;
        }
    }
    if input.reset_link {
        follow::end_links(w, unit).await?;
        w.change(now.change("unit.portal_link_renewed"));
    }
    Ok(now)
}

async fn identity_changed(
    w: &Write,
    actor: &Actor,
    vault: &Vault,
    unit: UnitId,
    uid: Uuid,
    draft: &Draft<IdentityInput>,
) -> Result<Row> {
    let place = place(w, actor, Action::ChangeWifi, unit).await?;
    let mut row = find(make::ensure(w, vault, &[unit]).await?, uid)?;
    let (input, mut faults) = draft.open()?;
    check_identity(actor, &place, input, &mut faults);
    faults.finish()?;
    may_choose(actor, &place, &[&input.passphrase])?;
    write_identity(w, actor, &mut row, input).await?;
    if let Some(text) = input.passphrase.given() {
        set_passphrase(w, vault, &mut row, text).await?;
    }
    Ok(row)
}

/// Where residents do not choose passphrases they can only have new ones made (R17).
fn may_choose(actor: &Actor, place: &Place, given: &[&Field<String>]) -> Result<()> {
    let chosen = given.iter().any(|field| field.given().is_some_and(|text| !text.is_empty()));
    if chosen && !place.tenant_set_dpsk && !actor.is_desk() { Err(Error::Forbidden) } else { Ok(()) }
}

async fn set_passphrase(w: &Write, vault: &Vault, row: &mut Row, text: &str) -> Result<()> {
    if text.is_empty() { make::renew(w, vault, row).await } else { make::choose(w, vault, row, text).await }
}

fn check_unit(place: &Place, input: &UnitInput, faults: &mut Faults) {
    longest(faults, &["description"], &input.description, 1000);
    longest(faults, &["contact", "name"], &input.contact_name, 255);
    if input.contact_name.given().is_some_and(|name| name.trim().is_empty()) {
        faults.add_at(vec!["contact".into(), "name".into()], Problem::Blank);
    }
    longest(faults, &["contact", "email"], &input.contact_email, 255);
    longest(faults, &["contact", "phone"], &input.contact_phone, 16);
    check_passphrase(place, "secret", &input.secret, faults);
    if !input.guest_secret.is_absent() && !place.guest_allowed {
        faults.add("guest_secret", Problem::NotAllowed);
    } else {
        check_passphrase(place, "guest_secret", &input.guest_secret, faults);
    }
}

fn check_identity(actor: &Actor, place: &Place, input: &IdentityInput, faults: &mut Faults) {
    longest(faults, &["name"], &input.name, 255);
    longest(faults, &["email"], &input.email, 255);
    longest(faults, &["phone"], &input.phone, 16);
    check_passphrase(place, "passphrase", &input.passphrase, faults);
    match input.vlan.given() {
        Some(_) if !actor.is_desk() => faults.add("vlan", Problem::NotAllowed),
        Some(Some(vlan)) if !(1..=4094).contains(vlan) => faults.add("vlan", Problem::Malformed),
        _ => {}
    }
}

fn check_passphrase(place: &Place, field: &'static str, given: &Field<String>, faults: &mut Faults) {
    if let Some(problem) = given.given().filter(|text| !text.is_empty()).and_then(|text| make::problem(place, text)) {
        faults.add(field, problem);
    }
}

fn longest(faults: &mut Faults, path: &[&'static str], given: &Field<String>, most: usize) {
    let path = || path.iter().map(|p| (*p).into()).collect();
    match given.given() {
        Some(text) if text.chars().count() > most => faults.add_at(path(), Problem::TooLong(most)),
        Some(text) if text.contains('\0') => faults.add_at(path(), Problem::Malformed),
        _ => {}
    }
}

/// The value given, nothing when it is empty, else what is stored.
fn text(given: &Field<String>, now: &Option<String>) -> Option<String> {
    given.given().map_or_else(|| now.clone(), |text| Some(text.clone()).filter(|t| !t.is_empty()))
}

async fn write_unit(w: &Write, actor: &Actor, now: &Place, input: &UnitInput) -> Result<()> {
    let mut new = Place {
        description: text(&input.description, &now.description),
        contact_name: text(&input.contact_name, &now.contact_name),
        contact_email: text(&input.contact_email, &now.contact_email),
        contact_phone: text(&input.contact_phone, &now.contact_phone),
        ..now.clone()
    };
    let locked = now.status() == UnitStatus::Disabled;
    if let Some(status) = input.status.given().filter(|s| Locks::moves(actor, locked, **s == UnitStatus::Disabled)) {
        let locks = Locks { own: &mut new.is_disabled, desk: &mut new.blocked_by_desk };
        locks.set(actor, *status == UnitStatus::Disabled)?;
    }
    if new.description != now.description {
        new.described_by_resident = !actor.is_desk() && new.description.is_some();
    }
    let mut diff = Diff::default();
    diff.field("description", &now.description, &new.description);
    // The contact is personal data: that it changed is enough.
    let contact = |p: &Place| (p.contact_name.clone(), p.contact_email.clone(), p.contact_phone.clone());
    if contact(now) != contact(&new) {
        diff.secret("contact");
    }
    diff.field("disabled", &now.is_disabled, &new.is_disabled);
    diff.field("blocked_by_desk", &now.blocked_by_desk, &new.blocked_by_desk);
    if !diff.is_empty() {
        store::update_place(w, &new).await?;
        w.change(now.change("unit.wifi_updated").data(diff.json()));
    }
    Ok(())
}

async fn write_identity(w: &Write, actor: &Actor, row: &mut Row, input: &IdentityInput) -> Result<()> {
    let now = row.clone();
    row.name = text(&input.name, &now.name);
    row.email = text(&input.email, &now.email);
    row.phone = text(&input.phone, &now.phone);
    row.vlan = input.vlan.or_keep(&now.vlan);
    let locked = now.status() == Status::Blocked;
    if let Some(status) = input.status.given().filter(|s| Locks::moves(actor, locked, **s == Status::Blocked)) {
        // Nobody lives there whose it would be.
        if now.is_vacant && !actor.is_desk() {
            return Err(Error::Forbidden);
        }
        let locks = Locks { own: &mut row.is_blocked, desk: &mut row.blocked_by_desk };
        locks.set(actor, *status == Status::Blocked)?;
    }
    let mut diff = Diff::default();
    let contact = |i: &Row| (i.name.clone(), i.email.clone(), i.phone.clone());
    if contact(&now) != contact(row) {
        diff.secret("contact");
    }
    diff.field("vlan", &now.vlan, &row.vlan);
    diff.field("blocked", &now.is_blocked, &row.is_blocked);
    diff.field("blocked_by_desk", &now.blocked_by_desk, &row.blocked_by_desk);
    if !diff.is_empty() {
        store::update(w, row).await?;
        w.change(row.change("wifi_identity.updated").data(diff.json()));
    }
    Ok(())
}

/// What keeps something out: the resident's own lock, and the management's, which a resident cannot lift (R31).
pub(super) struct Locks<'a> {
    pub own: &'a mut bool,
    pub desk: &'a mut bool,
}

impl Locks<'_> {
    /// Whether this is more than what is so already: the management may add its lock to a resident's.
    pub fn moves(actor: &Actor, is_locked: bool, locked: bool) -> bool {
        is_locked != locked || (locked && actor.is_desk())
    }

    pub fn set(self, actor: &Actor, locked: bool) -> Result<()> {
        match (actor.is_desk(), locked) {
            (true, true) => *self.desk = true,
            (true, false) => (*self.own, *self.desk) = (false, false),
            (false, true) => *self.own = true,
            (false, false) if *self.desk => return Err(Error::Forbidden),
            (false, false) => *self.own = false,
        }
        Ok(())
    }
}
