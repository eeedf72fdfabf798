//! Who may do what: the one place where rights are looked up, and the one table that decides.

use db::{List, Read, row, sql};
use kernel::{
    Action, Actor, Assigned, BuildingId, Error, Home, Instant, Living, PersonId, Principal, PropertyId, Result, Role,
    Scope, TenancyId, Unauthenticated, UnitId,
};

use crate::{client, portal};

row! {
    struct Standing {
        role: Option<Role>,
        archived_at: Option<Instant>,
        deleted_at: Option<Instant>,
        status: Option<String>,
        awaits_approval: Option<bool>,
        epoch: Option<i64>,
        session_epoch: Option<i64>,
        door: Option<String>,
        expires_at: Option<Instant>,
        ended_at: Option<Instant>,
    }

    struct HomeRow {
        id: TenancyId,
        property_id: PropertyId,
        unit_id: Option<UnitId>,
        building_id: Option<BuildingId>,
        role: Living,
        unit_admin: Option<bool>,
        is_let: bool,
    }
}

/// The tenancies of a person that run now, by id. Owners and tenants decide for their unit unless it was set otherwise.
pub(crate) async fn homes(r: &Read, person: PersonId) -> Result<Vec<Home>> {
    let rows: Vec<HomeRow> = r
        .all(sql!(
            "SELECT t.id, t.property_id, t.unit_id, u.building_id, t.role, t.unit_admin, \
             (t.role = 'owner' AND EXISTS (SELECT 1 FROM tenancy x WHERE x.org_id = t.org_id AND x.unit_id = t.unit_id AND x.role = 'tenant' \
             AND x.deleted_at IS NULL AND (x.starts_at IS NULL OR x.starts_at <= $3) AND (x.ends_at IS NULL OR x.ends_at > $3) \
             AND (x.moved_out_at IS NULL OR x.moved_out_at > $3))) AS is_let \
             FROM tenancy t LEFT JOIN unit u ON u.id = t.unit_id \
             WHERE t.org_id = $1 AND t.person_id = $2 AND t.deleted_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= $3) \
             AND (t.ends_at IS NULL OR t.ends_at > $3) AND (t.moved_out_at IS NULL OR t.moved_out_at > $3) ORDER BY t.id",
            r.caller().org,
            person,
            r.now()
        ))
        .await?;
    let home = |h: HomeRow| Home {
        tenancy: h.id,
        property: h.property_id,
        unit: h.unit_id,
        building: h.building_id,
        living: h.role,
        unit_admin: h.unit_admin.unwrap_or(matches!(h.role, Living::Owner | Living::Tenant)),
        resides: !h.is_let,
    };
    Ok(rows.into_iter().map(home).collect())
}

/// Looks up what the caller's credential is worth now: rights follow every change at once, also on old tokens.
///
/// # Errors
/// [`Error::Unauthenticated`] when the person or the sign-in has ended; [`Error::Forbidden`] when the call is open to
/// other roles only.
pub async fn resolve(r: &Read) -> Result<Actor> {
    let caller = r.caller();
    let (role, assigned) = match caller.principal {
        // The server and its operator act for the organization.
        Principal::System => return Ok(Actor::new(caller, Some(Role::Admin), Vec::new())),
        Principal::Anonymous => (None, Vec::new()),
        // A call that is open to roles is open to people.
        Principal::Client(_) if caller.only.is_some() => return Err(Error::Forbidden),
        Principal::Client(id) => return client::actor(r, id).await,
        Principal::Unit { .. } if caller.only.is_some() => return Err(Error::Forbidden),
        Principal::Unit { unit, token } => return portal::actor(r, unit, token).await,
        Principal::Person { person, session } => {
            let standing: Option<Standing> = r
                .optional(sql!(
                    "SELECT g.role, p.archived_at, p.deleted_at, l.status, l.awaits_approval, l.epoch, \
                     s.epoch AS session_epoch, s.door, s.expires_at, s.ended_at \
                     FROM person p LEFT JOIN login l ON l.person_id = p.id LEFT JOIN role_grant g ON g.person_id = p.id \
                     LEFT JOIN session s ON s.id = $3 AND s.person_id = p.id \
                     WHERE p.org_id = $1 AND p.id = $2",
                    caller.org,
                    person,
                    session
                ))
                .await?;
            let refused = || Error::Unauthenticated(Unauthenticated::Person(person.get()));
            let s = standing.ok_or_else(refused)?;
            let usable = s.status.as_deref().is_some_and(|s| s != "blocked") && s.awaits_approval == Some(false);
            if s.deleted_at.is_some() || s.archived_at.is_some() || !usable {
                return Err(refused());
            }
            if caller.door.is_for_staff() && s.role.is_none() {
                return Err(refused());
            }
            let ended = s.ended_at.is_some()
                || s.epoch != s.session_epoch
                || s.expires_at.is_none_or(|at| at <= caller.at)
                || !s.door.as_deref().is_some_and(|door| caller.door.takes_session_of(door));
            if ended {
                return Err(Error::Unauthenticated(Unauthenticated::Ended));
            }
            let assigned = match s.role {
                Some(Role::PropertyManager) if !caller.door.is_for_staff() => {
                    r.all(sql!(
                        "SELECT property_id FROM property_assignment WHERE org_id = $1 AND person_id = $2 ORDER BY property_id",
                        caller.org,
                        person
                    ))
                    .await?
                }
                _ => Vec::new(),
            };
            if s.role.is_none() && caller.only.is_none() {
                return Ok(Actor::resident(caller, homes(r, person).await?));
            }
            (s.role, assigned)
        }
    };
    if caller.only.is_some_and(|roles| role.is_none_or(|r| !roles.contains(&r))) {
        return Err(Error::Forbidden);
    }
    Ok(Actor::new(caller, role, assigned))
}

/// What an action is about, as far as rights depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The organization as a whole: lists, settings.
    Organization,
    /// Something of a property; `None` where it has none.
    Of(Option<PropertyId>),
    /// Something of a unit of a property.
    Unit(PropertyId, UnitId),
}

/// The matrix: may this actor do this to that?
#[must_use]
pub fn may(actor: &Actor, action: Action, resource: Resource) -> bool {
    use Action::{
        ChangeWifi, InviteToUnit, ManageClients, ManageEmergencyContacts, ManageMoney, ManageOrganization,
        ManagePeople, ManagePortal, ManageProperties, ManageStaff, ManageTenancies, ManageTicketTypes, Operate,
        ReportTickets, SetUpWifi, TakePart, ViewCommunity, ViewDashboard, ViewMoney, ViewPeople, ViewPortal,
        ViewProperties, ViewStaff, ViewTenancies, ViewTickets, ViewWifi, WriteCommunity, WriteTickets, WriteToPeople,
    };
    if let Principal::Client(_) = actor.principal {
        let scope = match action {
            ViewProperties | ViewPeople | ViewTenancies => Scope::Read,
            ManagePeople | ManageTenancies => Scope::Write,
            ViewMoney => Scope::MoneyRead,
            ManageMoney => Scope::MoneyWrite,
            ViewWifi | ChangeWifi | ViewPortal => Scope::Wifi,
            _ => return false,
        };
        return actor.has_scope(scope) && within(actor, resource);
    }
    if let Some((property, unit)) = actor.unit() {
        return match action {
            ViewWifi | ChangeWifi => resource == Resource::Unit(property, unit),
            ViewPortal => resource == Resource::Of(Some(property)) || resource == Resource::Unit(property, unit),
            _ => false,
        };
    }
    let Some(role) = actor.role() else { return actor.homes().iter().any(|h| lives(h, action, resource)) };
    match role {
        Role::Admin => action != Operate || actor.principal == Principal::System,
        Role::Manager => !matches!(action, ManageStaff | ManageClients | ManageOrganization | SetUpWifi | Operate),
        Role::Staff => match action {
            ViewStaff | ViewProperties | ViewPeople | ManagePeople | ViewTenancies | ManageTenancies | ViewTickets
            | WriteTickets | ReportTickets | ManageTicketTypes | ViewCommunity | WriteCommunity | TakePart
            | InviteToUnit | ViewDashboard | WriteToPeople | ViewMoney | ViewWifi | ChangeWifi | ViewPortal => true,
            ManageStaff
            | ManageProperties
            | ManageEmergencyContacts
            | ManageMoney
            | ManageClients
            | SetUpWifi
            | ManagePortal
            | ManageOrganization
            | Operate => false,
        },
        Role::PropertyManager => {
            let allowed = match action {
                ViewStaff | ViewProperties | ViewPeople | ManagePeople | ViewTenancies | ManageTenancies
                | ViewTickets | WriteTickets | ReportTickets | ManageTicketTypes | ViewCommunity | WriteCommunity
                | TakePart | InviteToUnit | ViewDashboard | ViewMoney | ViewWifi | ChangeWifi | ViewPortal => true,
                ManageStaff
                | ManageProperties
                | ManageEmergencyContacts
                | WriteToPeople
                | ManageMoney
                | ManageClients
                | SetUpWifi
                | ManagePortal
                | ManageOrganization
                | Operate => false,
            };
            allowed && within(actor, resource)
        }
    }
}

/// What living somewhere opens there. What is shown has its audience beside this, see [`crate::audience`]; own tickets,
/// own money and the own record have their owner.
fn lives(home: &Home, action: Action, resource: Resource) -> bool {
    let here = match resource {
        Resource::Of(Some(property)) => home.property == property,
        Resource::Unit(property, unit) => home.property == property && home.unit == Some(unit),
        Resource::Organization | Resource::Of(None) => false,
    };
    here && match (action, home.living) {
        (Action::ViewCommunity | Action::ViewPortal, _) => true,
        (Action::ViewWifi | Action::ChangeWifi, Living::Owner | Living::Tenant | Living::Member) => {
            home.resides && matches!(resource, Resource::Unit(..))
        }
        (Action::ReportTickets | Action::TakePart, Living::Owner | Living::Tenant | Living::Member) => true,
        (Action::InviteToUnit, Living::Owner | Living::Tenant | Living::Member) => {
            home.unit_admin && matches!(resource, Resource::Unit(..))
        }
        _ => false,
    }
}

/// Whether a property manager or a program reaches it. At doors for staff alone, whose calls name the roles they are open to, all
/// of the organization; elsewhere what belongs to an assigned property.
fn within(actor: &Actor, resource: Resource) -> bool {
    match resource {
        _ if actor.door.is_for_staff() => true,
        Resource::Of(Some(property)) | Resource::Unit(property, _) => actor.is_assigned(property),
        // What is everywhere is the organization's.
        Resource::Organization => matches!(actor.assigned(), Assigned::All),
        Resource::Of(None) => false,
    }
}

/// Who may upload files: every person who is signed in, whatever their role, and the server itself. What a file is then
/// attached to has its own rules. Answers the person.
///
/// # Errors
/// [`Error::Unauthenticated`] for nobody; [`Error::Forbidden`] for programs.
pub fn uploader(actor: &Actor) -> Result<Option<PersonId>> {
    match actor.principal {
        Principal::Person { person, .. } => Ok(Some(person)),
        Principal::System => Ok(None),
        Principal::Client(_) | Principal::Unit { .. } => Err(Error::Forbidden),
        Principal::Anonymous => Err(Error::Unauthenticated(Unauthenticated::Missing)),
    }
}

/// How far somebody may do something: in all of the organization, or in some properties of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach(Option<Vec<PropertyId>>);

impl Reach {
    /// All of the organization.
    pub(crate) const ALL: Self = Self(None);

    /// One property.
    pub(crate) fn to(property: PropertyId) -> Self {
        Self(Some(vec![property]))
    }

    /// Where somebody of the staff works, whatever they may do there.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub(crate) fn of(actor: &Actor) -> Result<Self> {
        actor.role().ok_or(Error::Forbidden)?;
        Ok(Self(actor.limits().map(<[_]>::to_vec)))
    }

    /// Whether it is all of the organization.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.0.is_none()
    }

    /// The properties it is limited to, if it is.
    #[must_use]
    pub fn only(&self) -> Option<&[PropertyId]> {
        self.0.as_deref()
    }

    /// The properties it is limited to; none where it is not limited. For `($2 OR property_id = ANY($3))`.
    pub(crate) fn ids(&self) -> &[PropertyId] {
        self.only().unwrap_or_default()
    }

    /// Whether something of this property, or of none, lies within.
    pub(crate) fn has(&self, property: Option<PropertyId>) -> bool {
        self.is_all() || property.is_some_and(|p| self.ids().contains(&p))
    }

    /// A list narrowed to it; the condition names the column: `property_id = ANY(?)`.
    pub(crate) fn narrow(&self, list: List, condition: &'static str) -> List {
        list.filter_if(condition, self.only())
    }
}

/// Where an actor may do this, for lists over several properties: they show what is within reach.
///
/// # Errors
/// [`Error::Forbidden`] when it is nowhere; a property manager without properties may in none.
pub fn reach(actor: &Actor, action: Action) -> Result<Reach> {
    if may(actor, action, Resource::Organization) {
        return Ok(Reach::ALL);
    }
    let Assigned::These(mine) = actor.assigned() else { return Err(Error::Forbidden) };
    let here = |p: &PropertyId| may(actor, action, Resource::Of(Some(*p)));
    let properties: Vec<PropertyId> = mine.iter().copied().filter(here).collect();
    if properties.is_empty() && actor.role() != Some(Role::PropertyManager) {
        return Err(Error::Forbidden);
    }
    Ok(Reach(Some(properties)))
}

/// [`may`] as a question that ends the operation when the answer is no.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn require(actor: &Actor, action: Action, resource: Resource) -> Result<()> {
    if may(actor, action, resource) { Ok(()) } else { Err(Error::Forbidden) }
}
