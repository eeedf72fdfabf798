//! The people of an organization in one list, staff and residents, as another system keeps them in step: who they are,
//! how they are reached, which flats are theirs.
//!
//! Rule ids (`ST1` …) are those of the iDWELL reference, sections 6 and 7. What they add to the core: an e-mail address or
//! a phone number has one user in the organization, and a role is changed only within staff or within residents.

mod number;
mod rules;
mod store;
mod write;

use std::collections::HashMap;

use db::Read;
use kernel::{Action, Actor, Caller, Draft, Email, Error, Field, Instant, PersonId, Result, UnitId};

use crate::{
    access::{Resource, require},
    account::Part,
    handle, organization, staff,
    unit::PageNumber,
};

pub use number::read as read_phone;

/// As what somebody belongs to the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Of the staff, with all rights.
    Admin,
    /// Of the staff.
    Manager,
    /// Owns flats.
    Landlord,
    /// Lives in a flat.
    Dweller,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Landlord, Self::Dweller, Self::Admin, Self::Manager];

    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Landlord => "landlord",
            Self::Dweller => "dweller",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == s)
    }

    /// The role among the staff.
    #[must_use]
    pub const fn of_staff(self) -> Option<kernel::Role> {
        match self {
            Self::Admin => Some(kernel::Role::Admin),
            Self::Manager => Some(kernel::Role::Manager),
            Self::Landlord | Self::Dweller => None,
        }
    }

    /// Whether a tenancy of this kind makes a flat theirs: owners are landlords; whoever lives there with a tenant is a
    /// dweller too.
    const fn is_of(self, living: kernel::Living) -> bool {
        use kernel::Living::{Guest, Member, Owner, Tenant};
        match living {
            Owner => matches!(self, Self::Landlord),
            Tenant | Member => matches!(self, Self::Dweller),
            Guest => false,
        }
    }
}

/// How far somebody is with signing in (ST4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Has not set a password yet.
    Invited,
    /// May sign in.
    Active,
    /// May not, or is archived.
    Blocked,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Invited, Self::Active, Self::Blocked];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Blocked => "blocked",
        }
    }
}

/// Somebody of the staff or a resident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The person.
    pub id: PersonId,
    /// E-mail address, as written.
    pub email: Option<String>,
    /// First phone number, as stored.
    pub phone: Option<String>,
    /// Given name; may be empty.
    pub first_name: String,
    /// Family name; may be empty.
    pub last_name: String,
    /// As what.
    pub role: Role,
    /// How far with signing in.
    pub status: Status,
    /// Whether archived.
    pub archived: bool,
    /// The flats owned by a landlord, or lived in by a dweller, now; ascending.
    pub flats: Vec<UnitId>,
    /// When noted.
    pub created_at: Instant,
    /// When anything that belongs to the person last changed.
    pub changed_at: Instant,
}

impl User {
    /// What they sign in with: the e-mail address, else the phone number, else nothing (ID2, ID4).
    #[must_use]
    pub fn identifier(&self) -> &str {
        self.email.as_deref().or(self.phone.as_deref()).unwrap_or_default()
    }
}

/// The fields of a user that can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// E-mail address; none or "" for none.
    pub email: Field<Option<String>>,
    /// Phone number as somebody writes it; none or "" for none.
    pub phone: Field<Option<String>>,
    /// Given name.
    pub first_name: Field<String>,
    /// Family name.
    pub last_name: Field<String>,
    /// As what.
    pub role: Field<Role>,
    /// All flats.
    pub flats: Field<Vec<UnitId>>,
    /// Brings an archived user back with `false`.
    pub archived: Field<bool>,
}

/// Which users a list shows; what is absent narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// With this role.
    pub role: Option<Role>,
    /// With this status.
    pub status: Option<Status>,
    /// Whose flat this is.
    pub flat: Option<UnitId>,
    /// With this e-mail address.
    pub email: Option<Email>,
    /// With this phone number among theirs, as somebody writes it.
    pub phone: Option<String>,
    /// Archived ones, or the others.
    pub archived: bool,
    /// Changed then or later.
    pub updated_since: Option<Instant>,
}

handle! {
    /// Operations on users.
    Users
}

#[operations::compiled_here]
impl Users<'_> {
    /// One page of the users, by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] on `phone` for what is no number.
    pub async fn page(&self, caller: &Caller, query: Query, page: PageNumber) -> Result<Part<User>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewPeople, Resource::Organization)?;
                let narrowed = store::Narrowed::of(r, &query).await?;
                let (rows, total) = store::page(r, &query, &narrowed, page).await?;
                Ok(Part { items: with_flats(r, rows).await?, total })
            })
            .await
    }

    /// One user, archived ones too.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: PersonId) -> Result<User> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewPeople, Resource::Organization)?;
                get(r, id).await
            })
            .await
    }

    /// Makes a user, who may not sign in yet and is not told of it (ST2, ST3).
    ///
    /// # Errors
    /// [`Error::Forbidden`], also to make staff without the right to; [`Error::Invalid`] with all that is wrong (GE1).
    pub async fn create(&self, caller: &Caller, draft: Draft<Input>) -> Result<User> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePeople, Resource::Organization)?;
                let (input, faults) = draft.open()?;
                if input.role.given().is_some_and(|role| role.of_staff().is_some()) {
                    may_manage_staff(actor)?;
                }
                let wanted = rules::check_new(w, input, faults).await?;
                get(w, write::create(w, &wanted).await?).await
            })
            .await
    }

    /// Changes what is given. A dweller who is left without flats is archived (FL2).
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`], also for a change of staff or of a role without the right to;
    /// [`Error::Invalid`] with all that is wrong (GE1).
    pub async fn update(&self, caller: &Caller, id: PersonId, draft: Draft<Input>) -> Result<User> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePeople, Resource::Organization)?;
                let now = get(w, id).await?;
                let (input, faults) = draft.open()?;
                if input.role.given().is_some_and(|role| *role != now.role) {
                    may_manage_staff(actor)?;
                }
                let checked = rules::check_update(w, &now, input, faults).await;
                // Of staff nothing changes through somebody who may not change staff, be it right or wrong.
                let changes = !matches!(&checked, Ok(wanted) if wanted.is(&now));
                if changes && now.role.of_staff().is_some() {
                    may_manage_staff(actor)?;
                }
                write::update(w, &now, &checked?).await?;
                get(w, id).await
            })
            .await
    }

    /// Archives a user: flats and sign-in end, the record stays (ST5). One that is archived already stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`], also for staff without the right to, and for the last active admin (RO4).
    pub async fn archive(&self, caller: &Caller, id: PersonId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePeople, Resource::Organization)?;
                let now = get(w, id).await?;
                if now.role.of_staff().is_some() {
                    may_manage_staff(actor)?;
                }
                if rules::is_last_admin(w, &now).await? {
                    return Err(Error::Forbidden);
                }
                if now.archived { Ok(()) } else { write::archive(w, &now).await }
            })
            .await
    }
}

/// Staff and roles are the admins' (RO2).
fn may_manage_staff(actor: &Actor) -> Result<()> {
    require(actor, Action::ManageStaff, Resource::Organization)
}

async fn get(r: &Read, id: PersonId) -> Result<User> {
    let rows = store::these(r, &[id]).await?;
    with_flats(r, rows).await?.pop().ok_or(Error::NotFound("user"))
}

async fn with_flats(r: &Read, rows: Vec<store::Row>) -> Result<Vec<User>> {
    let ids: Vec<PersonId> = rows.iter().map(|row| row.id).collect();
    let mut links: HashMap<PersonId, Vec<store::Link>> = HashMap::new();
    for link in store::links_of(r, &ids).await? {
        links.entry(link.person_id).or_default().push(link);
    }
    let user = |row: store::Row| {
        let role = row.role();
        let mine = links.remove(&row.id).unwrap_or_default();
        let mut flats: Vec<UnitId> = mine.iter().filter(|l| role.is_of(l.role)).map(|l| l.unit_id).collect();
        flats.sort_unstable();
        flats.dedup();
        User { flats, ..row.into() }
    };
    Ok(rows.into_iter().map(user).collect())
}

/// The landlords and dwellers of flats now: flat, person, and as what; by flat and person.
pub(crate) async fn of_flats(r: &Read, flats: &[UnitId]) -> Result<Vec<(UnitId, PersonId, Role)>> {
    let links = store::links_in(r, flats).await?;
    let mut ids: Vec<PersonId> = links.iter().map(|l| l.person_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = store::these(r, &ids).await?;
    let role = |id| people.binary_search_by_key(&id, |p| p.id).ok().and_then(|i| people.get(i)).map(store::Row::role);
    let theirs = |l: &store::Link| role(l.person_id).filter(|role| role.is_of(l.role));
    let mut all: Vec<_> = links.iter().filter_map(|l| Some((l.unit_id, l.person_id, theirs(l)?))).collect();
    all.dedup();
    Ok(all)
}

/// The digits before numbers of the organization's own country.
async fn calling_code(r: &Read) -> Result<String> {
    organization::calling_code(r).await
}

/// The member of the staff behind a user, for the rules of the staff.
async fn member(r: &Read, user: &User) -> Result<Option<staff::Member>> {
    if user.role.of_staff().is_some() { staff::get(r, user.id).await.map(Some) } else { Ok(None) }
}
