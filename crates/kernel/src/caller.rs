//! Who is asking, through which door, and what they might do.

use std::{fmt, ops::Deref, sync::Arc};

use crate::{BuildingId, ClientId, Instant, OrgId, PersonId, PropertyId, SessionId, TenancyId, UnitId, UnitTokenId};

/// A way into Portico. Every token names its door and every other door refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// Dwellingly's API.
    Dwellingly,
    /// storEDGE's API.
    Storedge,
    /// casavi's community API.
    Casavi,
    /// casavi's Manager API.
    Manager,
    /// iDWELL's API.
    Idwell,
    /// RUCKUS's resident portal.
    Ruckus,
    /// Portico's own web pages.
    Pages,
    /// The command line and work inside the server.
    Inside,
}

impl Door {
    /// Whether only people with a staff role come in here: any other login is refused as if it did not exist.
    #[must_use]
    pub const fn is_for_staff(self) -> bool {
        matches!(self, Self::Dwellingly | Self::Idwell)
    }

    /// Whether a session that began at the door of this name is good here. A sign-in on the pages opens the community
    /// API too: its clients send the cookie of the pages.
    #[must_use]
    pub fn takes_session_of(self, door: &str) -> bool {
        door == self.as_str() || (self == Self::Casavi && door == Self::Pages.as_str())
    }

    /// The word stored with sessions and changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dwellingly => "dwellingly",
            Self::Storedge => "storedge",
            Self::Casavi => "casavi",
            Self::Manager => "manager",
            Self::Idwell => "idwell",
            Self::Ruckus => "ruckus",
            Self::Pages => "pages",
            Self::Inside => "inside",
        }
    }
}

/// What staff may do in an organization. One role a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The same as staff, within the properties assigned.
    PropertyManager,
    /// People, tenancies, tickets, community of the organization.
    Staff,
    /// Everything but settings, clients, roles and staff.
    Manager,
    /// Everything in the organization.
    Admin,
}

impl Role {
    /// All roles, the smallest right first.
    pub const ALL: [Self; 4] = [Self::PropertyManager, Self::Staff, Self::Manager, Self::Admin];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PropertyManager => "property_manager",
            Self::Staff => "staff",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }

    /// Reads the word stored.
    #[must_use]
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == s)
    }
}

/// As what a person has a place in a property. What follows from it is decided by `app::access::may`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Living {
    /// Owns it.
    Owner,
    /// Rents it.
    Tenant,
    /// Lives there with one of these.
    Member,
    /// Is there for a while.
    Guest,
}

impl Living {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Tenant, Self::Member, Self::Guest];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Tenant => "tenant",
            Self::Member => "member",
            Self::Guest => "guest",
        }
    }

    /// Reads the word stored.
    #[must_use]
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.as_str() == s)
    }
}

/// A running tenancy of somebody who asks: what a person without a staff role acts through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The tenancy.
    pub tenancy: TenancyId,
    /// Where.
    pub property: PropertyId,
    /// In which unit.
    pub unit: Option<UnitId>,
    /// In which building that unit is.
    pub building: Option<BuildingId>,
    /// As what.
    pub living: Living,
    /// Whether they may decide for the unit: invite others, read its documents.
    pub unit_admin: bool,
    /// Whether this is where they live: an owner does only while no tenant lives there.
    pub resides: bool,
}

/// What a credential says about who is asking. Whether it still holds is looked up in each operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody in particular.
    Anonymous,
    /// A person, through one sign-in.
    Person {
        /// Who.
        person: PersonId,
        /// Through which sign-in.
        session: SessionId,
    },
    /// A program, by its own credential.
    Client(ClientId),
    /// Whoever holds the portal link of a unit, through one sign-in with it.
    Unit {
        /// Which unit.
        unit: UnitId,
        /// Through which sign-in.
        token: UnitTokenId,
    },
    /// The server itself or its operator at the command line.
    System,
}

/// What a program may do for its organization: each word opens actions, see `app::access::may`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// People, tenancies, units, properties: to read.
    Read,
    /// People and tenancies: to write.
    Write,
    /// Ledgers and invoices: to read.
    MoneyRead,
    /// Payments and whatever else moves a ledger.
    MoneyWrite,
    /// WiFi and portals of units: passphrases, devices, links.
    Wifi,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::MoneyRead, Self::MoneyWrite, Self::Wifi];

    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::MoneyRead => "money:read",
            Self::MoneyWrite => "money:write",
            Self::Wifi => "wifi",
        }
    }

    /// Reads the word stored.
    #[must_use]
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == s)
    }
}

/// Who asks, of which organization, through which door, and when: what is known before the database is asked.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// The organization the call is about. A credential carries its own.
    pub org: OrgId,
    /// Who.
    pub principal: Principal,
    /// Through which door.
    pub door: Door,
    /// The instant the call counts as happening.
    pub at: Instant,
    /// The roles this call is open to, where a door is stricter than the core's own rules; `None` leaves it to them.
    pub only: Option<&'static [Role]>,
}

impl Caller {
    /// The server itself, at `at`.
    #[must_use]
    pub const fn system(org: OrgId, at: Instant) -> Self {
        Self { org, principal: Principal::System, door: Door::Inside, at, only: None }
    }

    /// Nobody in particular, through `door`.
    #[must_use]
    pub const fn anonymous(org: OrgId, door: Door, at: Instant) -> Self {
        Self { org, principal: Principal::Anonymous, door, at, only: None }
    }

    /// The same caller, with the call open to these roles only.
    #[must_use]
    pub const fn only(mut self, roles: &'static [Role]) -> Self {
        self.only = Some(roles);
        self
    }

    /// The person, when one is asking.
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        match self.principal {
            Principal::Person { person, .. } => Some(person),
            _ => None,
        }
    }
}

/// A caller whose credential was looked up and holds: what rules are decided on. Lives as long as one operation.
#[derive(Clone)]
pub struct Actor(Arc<Inner>);

struct Inner {
    caller: Caller,
    role: Option<Role>,
    scopes: Vec<Scope>,
    assigned: Assigned,
    homes: Vec<Home>,
    unit: Option<(PropertyId, UnitId)>,
}

/// Which properties an actor's rights reach, where they are limited.
#[derive(Clone, Debug)]
pub enum Assigned {
    /// All of the organization.
    All,
    /// These.
    These(Vec<PropertyId>),
}

impl Actor {
    /// Binds a caller to what the database says about it.
    #[must_use]
    pub fn new(caller: Caller, role: Option<Role>, assigned: Vec<PropertyId>) -> Self {
        let assigned = Assigned::These(assigned);
        Self(Arc::new(Inner { caller, role, scopes: Vec::new(), assigned, homes: Vec::new(), unit: None }))
    }

    /// A person without a staff role, with the tenancies that run now.
    #[must_use]
    pub fn resident(caller: Caller, homes: Vec<Home>) -> Self {
        let assigned = Assigned::These(Vec::new());
        Self(Arc::new(Inner { caller, role: None, scopes: Vec::new(), assigned, homes, unit: None }))
    }

    /// Whoever holds the portal link of this unit.
    #[must_use]
    pub fn of_unit(caller: Caller, property: PropertyId, unit: UnitId) -> Self {
        let (assigned, unit) = (Assigned::These(Vec::new()), Some((property, unit)));
        Self(Arc::new(Inner { caller, role: None, scopes: Vec::new(), assigned, homes: Vec::new(), unit }))
    }

    /// A program with its scopes and properties.
    #[must_use]
    pub fn program(caller: Caller, scopes: Vec<Scope>, assigned: Assigned) -> Self {
        Self(Arc::new(Inner { caller, role: None, scopes, assigned, homes: Vec::new(), unit: None }))
    }

    /// Which properties its rights reach, where they are limited.
    #[must_use]
    pub fn assigned(&self) -> &Assigned {
        &self.0.assigned
    }

    /// Whether a property manager or a program is assigned to this property.
    #[must_use]
    pub fn is_assigned(&self, property: PropertyId) -> bool {
        match &self.0.assigned {
            Assigned::All => true,
            Assigned::These(ids) => ids.contains(&property),
        }
    }

    /// The unit whose portal link the caller holds, and its property.
    #[must_use]
    pub fn unit(&self) -> Option<(PropertyId, UnitId)> {
        self.0.unit
    }

    /// Whether the management asks, or a program of it: not somebody who lives there.
    #[must_use]
    pub fn is_desk(&self) -> bool {
        self.0.role.is_some() || matches!(self.0.caller.principal, Principal::Client(_))
    }

    /// The properties that a property manager reaches; nothing where the role reaches all of the organization.
    #[must_use]
    pub fn limits(&self) -> Option<&[PropertyId]> {
        match (&self.0.role, &self.0.assigned) {
            (Some(Role::PropertyManager), Assigned::These(ids)) if !self.door.is_for_staff() => Some(ids),
            _ => None,
        }
    }

    /// Whether a program is let do what this scope opens.
    #[must_use]
    pub fn has_scope(&self, scope: Scope) -> bool {
        self.0.scopes.contains(&scope)
    }

    /// The running tenancies of a person without a staff role, at doors that are not for staff alone.
    #[must_use]
    pub fn homes(&self) -> &[Home] {
        &self.0.homes
    }

    /// The same in one property.
    pub fn homes_in(&self, property: PropertyId) -> impl Iterator<Item = &Home> {
        self.0.homes.iter().filter(move |h| h.property == property)
    }

    /// The staff role, if the caller has one.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.0.role
    }
}

impl Deref for Actor {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.0.caller
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor").field("caller", &self.0.caller).field("role", &self.0.role).finish()
    }
}

/// What can be done. The matrix of who may do it is one function, `app::access::may`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Action {
    ViewStaff,
    ManageStaff,
    ViewProperties,
    ManageProperties,
    ViewPeople,
    ManagePeople,
    ViewTenancies,
    ManageTenancies,
    ViewTickets,
    WriteTickets,
    ReportTickets,
    ManageTicketTypes,
    ViewCommunity,
    WriteCommunity,
    TakePart,
    InviteToUnit,
    ManageEmergencyContacts,
    ViewDashboard,
    WriteToPeople,
    ViewMoney,
    ManageMoney,
    ManageClients,
    ViewWifi,
    ChangeWifi,
    SetUpWifi,
    ViewPortal,
    ManagePortal,
    ManageOrganization,
    Operate,
}

impl Action {
    /// All actions, in the order of the matrix.
    pub const ALL: [Self; 29] = [
        Self::ViewStaff,
        Self::ManageStaff,
        Self::ViewProperties,
        Self::ManageProperties,
        Self::ViewPeople,
        Self::ManagePeople,
        Self::ViewTenancies,
        Self::ManageTenancies,
        Self::ViewTickets,
        Self::WriteTickets,
        Self::ReportTickets,
        Self::ManageTicketTypes,
        Self::ViewCommunity,
        Self::WriteCommunity,
        Self::TakePart,
        Self::InviteToUnit,
        Self::ManageEmergencyContacts,
        Self::ViewDashboard,
        Self::WriteToPeople,
        Self::ViewMoney,
        Self::ManageMoney,
        Self::ManageClients,
        Self::ViewWifi,
        Self::ChangeWifi,
        Self::SetUpWifi,
        Self::ViewPortal,
        Self::ManagePortal,
        Self::ManageOrganization,
        Self::Operate,
    ];
}
