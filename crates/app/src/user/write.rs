//! Writing users: what follows from what is the core's own, whoever asks.

use std::collections::HashSet;

use db::{Change, Write};
use kernel::{Living, PersonId, Result, TenancyId, UnitId, fold};

use super::{
    Role, User,
    rules::{Number, Wanted},
    store::{self, Own},
};
use crate::{diff::Diff, login, resident, staff, tenancy};

impl Wanted {
    fn own(&self) -> Own<'_> {
        Own {
            first_name: &self.first_name,
            last_name: &self.last_name,
            name_key: fold(&format!("{} {}", self.last_name, self.first_name)),
            email: self.email.as_deref(),
            kind: self.role.of_staff().is_none().then_some(self.role.as_str()),
        }
    }
}

/// Makes a user; staff get a login that waits for its first password, residents get theirs with an invitation.
pub async fn create(w: &Write, wanted: &Wanted) -> Result<PersonId> {
    let id = store::insert(w, &wanted.own()).await?;
    set_phone(w, id, wanted.phone.as_ref()).await?;
    match wanted.role.of_staff() {
        Some(role) => {
            staff::store::grant(w, id, role).await?;
            login::create(w, id, wanted.email.as_deref(), None, false, None).await?;
            w.change(Change::new("staff.created", id).person(id));
        }
        None => {
            w.change(Change::new("resident.created", id).person(id));
            for flat in &wanted.flats {
                move_in(w, id, wanted.role, flat).await?;
            }
        }
    }
    Ok(id)
}

/// Changes what differs; nothing is written when nothing does.
pub async fn update(w: &Write, now: &User, wanted: &Wanted) -> Result<()> {
    if wanted.archived && !now.archived {
        set_own(w, now, wanted).await?;
        return archive(w, now).await;
    }
    if now.archived && !wanted.archived {
        restore(w, now).await?;
    }
    set_own(w, now, wanted).await?;
    if wanted.moves && wanted.role.of_staff().is_none() {
        set_flats(w, now, wanted).await?;
    }
    Ok(())
}

/// The row of the person, how they are reached, and the role.
async fn set_own(w: &Write, now: &User, wanted: &Wanted) -> Result<()> {
    let mut diff = Diff::default();
    diff.field("first_name", &now.first_name, &wanted.first_name);
    diff.field("last_name", &now.last_name, &wanted.last_name);
    diff.field("email", &now.email, &wanted.email);
    diff.field("phone", &now.phone.as_deref(), &wanted.phone.as_ref().map(Number::raw));
    diff.field("role", &now.role.as_str(), &wanted.role.as_str());
    if diff.is_empty() {
        return Ok(());
    }
    store::update(w, now.id, &wanted.own()).await?;
    set_phone(w, now.id, wanted.phone.as_ref()).await?;
    if wanted.phone.is_none() && now.phone.is_some() {
        staff::set_phone(w, now.id, "").await?;
    }
    if wanted.email != now.email {
        login::rename(w, now.id, wanted.email.as_deref()).await?;
    }
    let of_staff = wanted.role.of_staff();
    if wanted.role != now.role {
        match of_staff {
            Some(role) => staff::store::grant(w, now.id, role).await?,
            // A landlord who becomes a dweller lives where they owned, and the other way round.
            None => tenancy::change_living(w, now.id, living(wanted.role)).await?,
        }
    }
    let action = if of_staff.is_some() { "staff.updated" } else { "resident.updated" };
    w.change(Change::new(action, now.id).person(now.id).data(diff.json()));
    Ok(())
}

async fn set_phone(w: &Write, id: PersonId, phone: Option<&Number>) -> Result<()> {
    match phone {
        Some(Number::New(phone)) => staff::store::set_phone(w, id, phone).await,
        Some(Number::Kept(_)) | None => Ok(()),
    }
}

const fn living(role: Role) -> Living {
    match role {
        Role::Dweller => Living::Tenant,
        Role::Landlord | Role::Admin | Role::Manager => Living::Owner,
    }
}

/// Begins what is new and ends what is gone. The roles of the tenancies are right already.
async fn set_flats(w: &Write, now: &User, wanted: &Wanted) -> Result<()> {
    let links = store::links_of(w, &[now.id]).await?;
    let links: Vec<_> = links.into_iter().filter(|l| wanted.role.is_of(l.role)).collect();
    let (has, wants): (HashSet<UnitId>, HashSet<UnitId>) =
        (links.iter().map(|l| l.unit_id).collect(), wanted.flats.iter().map(|f| f.id).collect());
    let mut ended: Vec<TenancyId> = Vec::new();
    for link in links.iter().filter(|l| !wants.contains(&l.unit_id)) {
        let place = (link.property_id, Some(link.unit_id));
        tenancy::leave(w, now.id, link.id, place, w.now()).await?;
        ended.push(link.id);
    }
    tenancy::follow_all(w, &ended).await?;
    for flat in wanted.flats.iter().filter(|f| !has.contains(&f.id)) {
        move_in(w, now.id, wanted.role, flat).await?;
    }
    Ok(())
}

async fn move_in(w: &Write, id: PersonId, role: Role, flat: &store::Flat) -> Result<()> {
    let place = (flat.property_id, Some(flat.id));
    let tenancy = tenancy::begin_as(w, id, place, living(role), w.now()).await?;
    tenancy::follow(w, tenancy).await
}

/// ST5, FL2.
pub async fn archive(w: &Write, now: &User) -> Result<()> {
    match super::member(w, now).await? {
        Some(member) => {
            staff::set_archived(w, &member, true).await?;
            login::end_all(w, now.id, None).await
        }
        None => resident::set_archived(w, now.id, true).await,
    }
}

/// ST6: the person needs a new invitation, and whatever archiving ended stays so.
async fn restore(w: &Write, now: &User) -> Result<()> {
    match super::member(w, now).await? {
        Some(member) => {
            staff::set_archived(w, &member, false).await?;
            login::invite_again(w, now.id).await
        }
        None => {
            store::keep_ended(w, now.id).await?;
            resident::store::set_archived(w, now.id, None).await?;
            // With an invitation residents get a login of their own.
            login::remove(w, now.id).await?;
            w.change(Change::new("resident.unarchived", now.id).person(now.id));
            Ok(())
        }
    }
}
