//! People with a staff role, and those who registered and wait for one.

pub(crate) mod store;

use std::{collections::HashSet, sync::Arc};

use db::{Change, Read, Write};
use kernel::{
    Action, Caller, Email, Error, Faults, Field, Instant, PersonId, Phone, Problem, PropertyId, Result, Role, fold,
};

use crate::{
    access::{Resource, require},
    diff::{Diff, allow_same, drop_faults, whole_second},
    handle, login, organization,
    property::{self, Leased, Managed},
};

pub use store::Member;

/// How many faulty items of one list are told.
pub(crate) const MOST_FAULTS: usize = 1000;

/// A member of the staff, with what a property manager manages.
#[derive(Clone, Debug)]
pub struct Details {
    /// The member.
    pub member: Arc<Member>,
    /// What they manage, by id; empty for other roles.
    pub properties: Vec<Arc<Leased>>,
}

/// Which members a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All, those waiting too.
    All,
    /// Those with one of these roles.
    Roles(&'static [Role]),
    /// Those who wait for approval and are not archived.
    Waiting,
}

/// What role is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleInput {
    /// This one.
    Exactly(Role),
    /// Staff; a manager stays one, for doors that know no managers.
    StaffOrManager,
    /// None, as it is shown of somebody who waits for one. There is no way back to waiting.
    Waiting,
}

impl RoleInput {
    fn given_to(self, now: Option<Role>) -> Option<Role> {
        match self {
            Self::Exactly(role) => Some(role),
            Self::StaffOrManager if now == Some(Role::Manager) => now,
            Self::StaffOrManager => Some(Role::Staff),
            Self::Waiting => now,
        }
    }
}

/// The fields of a member that can be written. Passwords are not among them: they are set beside this, by `identity`.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Given name.
    pub first_name: Field<String>,
    /// Family name.
    pub last_name: Field<String>,
    /// Unique as a sign-in in the organization, without regard to case.
    pub email: Field<String>,
    /// The first phone number, as written; empty for none.
    pub phone: Field<String>,
    /// The role.
    pub role: Field<RoleInput>,
    /// Whether the member is archived.
    pub archived: Field<bool>,
    /// When the member was last active.
    pub last_active: Field<Option<Instant>>,
    /// What a property manager manages, all of it; ignored for other roles.
    pub property_ids: Field<Vec<PropertyId>>,
}

handle! {
    /// Operations on the staff.
    Staff
}

#[operations::compiled_here]
impl Staff<'_> {
    /// Members of the staff, archived ones too, by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, caller: &Caller, filter: Filter) -> Result<Vec<Details>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewStaff, Resource::Organization)?;
                list(r, filter).await
            })
            .await
    }

    /// Members who were invited and have not set a password yet, by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn invited(&self, caller: &Caller) -> Result<Vec<PersonId>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::ViewStaff, Resource::Organization)?;
                store::invited(r).await
            })
            .await
    }

    /// One member.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: PersonId) -> Result<Details> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewStaff, Resource::Organization)?;
                details(r, id).await
            })
            .await
    }

    /// Archives a member, or brings one back.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `self_archive`; [`Error::Invalid`] for the last
    /// active admin.
    pub async fn toggle_archived(&self, caller: &Caller, id: PersonId) -> Result<Details> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageStaff, Resource::Organization)?;
                let now = get(w, id).await?;
                if actor.person() == Some(id) {
                    return Err(Error::Conflict("self_archive"));
                }
                set_archived(w, &now, now.archived_at.is_none()).await?;
                details(w, id).await
            })
            .await
    }

    /// Takes a member away, which ends their sign-ins for good, or brings one back. Who is so already stays so.
    ///
    /// # Errors
    /// As [`Self::toggle_archived`], whose members find their old tokens working again when they come back (D35).
    pub async fn set_away(&self, caller: &Caller, id: PersonId, away: bool) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageStaff, Resource::Organization)?;
                let now = get(w, id).await?;
                if actor.person() == Some(id) {
                    return Err(Error::Conflict("self_archive"));
                }
                set_archived(w, &now, away).await?;
                if away { login::end_all(w, id, None).await } else { Ok(()) }
            })
            .await
    }

    /// Deletes a member with all links and sign-ins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `self_delete`, or `has_written` for one who wrote
    /// tickets or notes; [`Error::Invalid`] for the last active admin.
    pub async fn delete(&self, caller: &Caller, id: PersonId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageStaff, Resource::Organization)?;
                let now = get(w, id).await?;
                if actor.person() == Some(id) {
                    return Err(Error::Conflict("self_delete"));
                }
                if store::has_written(w, id).await? {
                    return Err(Error::Conflict("has_written"));
                }
                keep_an_admin(w, &now).await?;
                store::delete(w, id).await?;
                login::remove(w, id).await?;
                w.change(Change::new("staff.deleted", id).person(id));
                Ok(())
            })
            .await
    }
}

/// Holds a new member's fields against the rules; all faults are told together.
///
/// # Errors
/// [`Error::Invalid`].
pub async fn check_new(r: &Read, input: &Input, mut faults: Faults) -> Result<()> {
    input.first_name.required(&mut faults, "first_name");
    input.last_name.required(&mut faults, "last_name");
    input.phone.required(&mut faults, "phone");
    input.email.required(&mut faults, "email");
    check_email(r, input, None, &mut faults).await?;
    if input.role.given() == Some(&RoleInput::Waiting) {
        faults.add("role", Problem::Null);
    }
    if input.role.given() == Some(&RoleInput::Exactly(Role::PropertyManager)) {
        check_properties(r, input, &mut faults).await?;
    }
    faults.finish()
}

/// Makes a member: approved when a role is given, else waiting. `invited` members have no password yet.
///
/// # Errors
/// [`Error::Invalid`].
pub async fn create(w: &Write, input: &Input, faults: Faults, password_hash: Option<&str>) -> Result<PersonId> {
    check_new(w, input, faults).await?;
    let text = |f: &Field<String>| f.given().cloned().unwrap_or_default();
    let (first, last, email) = (text(&input.first_name), text(&input.last_name), text(&input.email));
    let archived_at = input.archived.given().and_then(|yes| yes.then_some(w.now()));
    let id = store::insert(w, &first, &last, &fold(&format!("{last} {first}")), &email, archived_at).await?;
    set_phone(w, id, &text(&input.phone)).await?;
    let role = input.role.given().and_then(|r| r.given_to(None));
    if let Some(role) = role {
        store::grant(w, id, role).await?;
    }
    let last_active = input.last_active.given().copied().unwrap_or(Some(w.now()));
    login::create(w, id, Some(&email), password_hash, role.is_none(), last_active).await?;
    if let (Some(Role::PropertyManager), Some(ids)) = (role, input.property_ids.given()) {
        store::set_properties(w, id, ids).await?;
    }
    w.change(Change::new(if role.is_some() { "staff.created" } else { "staff.registered" }, id).person(id));
    Ok(id)
}

/// Holds a member's changed fields against the rules.
///
/// # Errors
/// [`Error::Invalid`].
pub async fn check_update(r: &Read, now: &Member, input: &Input, mut faults: Faults) -> Result<()> {
    let text = |stored: &Option<String>| stored.clone().unwrap_or_default();
    allow_same(&mut faults, &["first_name"], &input.first_name, &now.first_name);
    allow_same(&mut faults, &["last_name"], &input.last_name, &now.last_name);
    allow_same(&mut faults, &["email"], &input.email, &text(&now.email));
    allow_same(&mut faults, &["phone"], &input.phone, &text(&now.phone));
    check_email(r, input, Some(now), &mut faults).await?;
    if input.role.given() == Some(&RoleInput::Waiting) && now.role.is_some() {
        faults.add("role", Problem::Null);
    }
    let role = input.role_of(now);
    if role == Some(Role::PropertyManager) {
        check_properties(r, input, &mut faults).await?;
    } else {
        forget_properties(&mut faults);
    }
    let demoted = now.role == Some(Role::Admin) && role != Some(Role::Admin);
    let archived = now.archived_at.is_none() && input.archived.given() == Some(&true);
    if (demoted || archived) && is_last_admin(r, now).await? {
        faults.add("role", Problem::LastAdmin);
    }
    faults.finish()
}

impl Input {
    /// The role that somebody has after this change.
    fn role_of(&self, now: &Member) -> Option<Role> {
        self.role.given().map_or(now.role, |r| r.given_to(now.role))
    }
}

/// Takes back what was wrong with a list of properties that does not count.
pub fn forget_properties(faults: &mut Faults) {
    drop_faults(faults, |at| at.first() == Some(&"property_ids"));
}

async fn check_properties(r: &Read, input: &Input, faults: &mut Faults) -> Result<()> {
    let Some(ids) = input.property_ids.given() else { return Ok(()) };
    let known: HashSet<PropertyId> = property::store::these(r, ids).await?.iter().map(|p| p.id).collect();
    for (i, _) in ids.iter().enumerate().filter(|(_, id)| !known.contains(id)).take(MOST_FAULTS) {
        faults.add_at(vec!["property_ids".into(), i.to_string().into()], Problem::Unknown);
    }
    Ok(())
}

/// Changes what is given, after [`check_update`] found nothing.
///
/// # Errors
/// When a statement fails.
pub async fn update(w: &Write, now: &Member, input: &Input) -> Result<()> {
    let mut diff = Diff::default();
    let mut new = now.clone();
    new.first_name = input.first_name.or_keep(&now.first_name);
    new.last_name = input.last_name.or_keep(&now.last_name);
    // Where there is none, "" is shown.
    new.email = input.email.given().filter(|e| !e.is_empty()).cloned().or_else(|| now.email.clone());
    let phone = input.phone.given().cloned().unwrap_or_else(|| now.phone.clone().unwrap_or_default());
    // Doors that show whole seconds may send them back.
    let last_active = match input.last_active.given() {
        Some(at) if *at != now.last_active_at.map(whole_second) => *at,
        _ => now.last_active_at,
    };
    let role = input.role_of(now);
    diff.field("first_name", &now.first_name, &new.first_name);
    diff.field("last_name", &now.last_name, &new.last_name);
    diff.field("email", &now.email, &new.email);
    diff.field("phone", &now.phone.as_deref().unwrap_or_default(), &phone.as_str());
    diff.field("last_active", &now.last_active_at.map(Instant::micros), &last_active.map(Instant::micros));
    diff.field("role", &now.role.map(Role::as_str), &role.map(Role::as_str));
    if !diff.is_empty() {
        let key = fold(&format!("{} {}", new.last_name, new.first_name));
        store::update(w, now.id, &new.first_name, &new.last_name, &key, new.email.as_deref()).await?;
        if new.email != now.email {
            login::rename(w, now.id, new.email.as_deref()).await?;
        }
        if now.phone.as_deref().unwrap_or_default() != phone {
            set_phone(w, now.id, &phone).await?;
        }
        if last_active != now.last_active_at {
            login::set_last_active(w, now.id, last_active).await?;
        }
        if role != now.role
            && let Some(role) = role
        {
            store::grant(w, now.id, role).await?;
            login::approve(w, now.id).await?;
            // A role takes with it the links it cannot have.
            if role != Role::PropertyManager {
                store::set_properties(w, now.id, &[]).await?;
            }
            if !matches!(role, Role::Staff | Role::Manager) {
                store::drop_residents(w, now.id).await?;
            }
        }
        w.change(Change::new("staff.updated", now.id).person(now.id).data(diff.json()));
    }
    if let Some(archived) = input.archived.given() {
        set_archived(w, now, *archived).await?;
    }
    if let (Some(Role::PropertyManager), Some(ids)) = (role, input.property_ids.given()) {
        set_properties(w, now.id, ids).await?;
    }
    Ok(())
}

/// Replaces what a property manager manages.
async fn set_properties(w: &Write, id: PersonId, properties: &[PropertyId]) -> Result<()> {
    let now = store::properties(w, id).await?;
    let mut new = properties.to_vec();
    new.sort_unstable();
    new.dedup();
    if now == new {
        return Ok(());
    }
    store::set_properties(w, id, &new).await?;
    let mut diff = Diff::default();
    diff.field("properties", &now, &new);
    w.change(Change::new("staff.properties_changed", id).person(id).data(diff.json()));
    Ok(())
}

pub(crate) async fn set_archived(w: &Write, now: &Member, archived: bool) -> Result<()> {
    if now.archived_at.is_some() == archived {
        return Ok(());
    }
    if archived {
        keep_an_admin(w, now).await?;
    }
    store::set_archived(w, now.id, archived.then_some(w.now())).await?;
    let action = if archived { "staff.archived" } else { "staff.unarchived" };
    w.change(Change::new(action, now.id).person(now.id));
    Ok(())
}

/// Whether nobody else is an active admin.
pub(crate) async fn is_last_admin(r: &Read, now: &Member) -> Result<bool> {
    Ok(now.role == Some(Role::Admin) && now.archived_at.is_none() && !store::other_admin(r, now.id).await?)
}

async fn keep_an_admin(r: &Read, now: &Member) -> Result<()> {
    if is_last_admin(r, now).await? { Err(Error::invalid("role", Problem::LastAdmin)) } else { Ok(()) }
}

async fn check_email(r: &Read, input: &Input, now: Option<&Member>, faults: &mut Faults) -> Result<()> {
    let same = |e: &String| now.is_some_and(|m| m.email.as_deref().unwrap_or_default() == e);
    let Some(email) = input.email.given().filter(|e| !same(e)) else { return Ok(()) };
    match Email::parse(email) {
        None => faults.add("email", Problem::NotEmail),
        Some(email) => {
            if login::owner(r, "email", &email.key()).await?.is_some_and(|id| now.is_none_or(|m| m.id != id)) {
                faults.add("email", Problem::Taken);
            }
        }
    }
    Ok(())
}

/// Sets a person's first phone number; an empty one removes it.
pub(crate) async fn set_phone(w: &Write, id: PersonId, raw: &str) -> Result<()> {
    let country = organization::get(w).await?.country;
    store::set_phone(w, id, &Phone::read(raw, &country)).await
}

/// One member, when the id is of one.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(r: &Read, id: PersonId) -> Result<Member> {
    store::by_id(r, id).await?.ok_or(Error::NotFound("user"))
}

/// One member with what they manage.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn details(r: &Read, id: PersonId) -> Result<Details> {
    let member = Arc::new(get(r, id).await?);
    let ids = if member.role == Some(Role::PropertyManager) { store::properties(r, id).await? } else { Vec::new() };
    Ok(Details { member, properties: property::leased(r, &ids).await? })
}

/// Those of these ids that are members.
pub(crate) async fn by_ids(r: &Read, ids: &[PersonId]) -> Result<Vec<Member>> {
    if ids.is_empty() { Ok(Vec::new()) } else { store::these(r, ids).await }
}

pub(crate) async fn list(r: &Read, filter: Filter) -> Result<Vec<Details>> {
    let (members, links) = tokio::try_join!(store::list(r, filter), store::all_properties(r))?;
    let leased = if links.is_empty() { Vec::new() } else { property::all_leased(r).await? };
    let details = |member: Member| {
        let mine = links.iter().filter(|l| l.person_id == member.id && member.role == Some(Role::PropertyManager));
        let properties = mine.filter_map(|l| property::at(&leased, l.property_id)).collect();
        Details { member: Arc::new(member), properties }
    };
    Ok(members.into_iter().map(details).collect())
}

/// All property managers with the ids of what they manage, by id.
pub(crate) async fn managers(r: &Read) -> Result<Vec<Managed>> {
    let (members, links) =
        tokio::try_join!(store::list(r, Filter::Roles(&[Role::PropertyManager])), store::all_properties(r))?;
    let managed = |m: Member| Managed {
        property_ids: links.iter().filter(|l| l.person_id == m.id).map(|l| l.property_id).collect(),
        member: Arc::new(m),
    };
    Ok(members.into_iter().map(managed).collect())
}

/// The managers of one property with the ids of all they manage, by id.
pub(crate) async fn managers_of(r: &Read, id: PropertyId) -> Result<Vec<Managed>> {
    let ids = store::managers_of(r, id).await?;
    let mut out = Vec::new();
    if ids.is_empty() {
        return Ok(out);
    }
    let (members, links) = tokio::try_join!(store::these(r, &ids), store::properties_of(r, &ids))?;
    for m in members {
        let property_ids = links.iter().filter(|l| l.person_id == m.id).map(|l| l.property_id).collect();
        out.push(Managed { member: Arc::new(m), property_ids });
    }
    Ok(out)
}

/// Replaces the managers of a property.
pub(crate) async fn set_managers(w: &Write, id: PropertyId, managers: &[PersonId]) -> Result<()> {
    let mut now = store::managers_of(w, id).await?;
    now.sort_unstable();
    let mut new = managers.to_vec();
    new.sort_unstable();
    new.dedup();
    if now == new {
        return Ok(());
    }
    store::set_managers(w, id, &new).await?;
    let mut diff = Diff::default();
    diff.field("managers", &now, &new);
    w.change(Change::new("property.managers_changed", id).property(id).data(diff.json()));
    Ok(())
}
