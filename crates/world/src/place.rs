//! An organization with people and things in it.

use app::{
    emergency_contact::{self, NumberInput},
    property, resident,
    staff::{Input, RoleInput},
    tenancy, ticket,
};
use db::sql;
use identity::{Registration, Secret};
use kernel::{
    CommentId, Draft, EmergencyContactId, Field, Instant, OrgId, PersonId, PropertyId, Role, TenancyId, TicketId,
};

use crate::Server;

/// Everybody's password.
pub const PASSWORD: &str = "correct-horse-9";

/// Somebody with a login.
#[derive(Clone, Debug)]
pub struct Person {
    /// The id.
    pub id: PersonId,
    /// What they sign in with.
    pub email: String,
    /// The host of their organization.
    pub host: String,
    /// Their password, where it is not everybody's.
    pub password: Option<String>,
}

impl Person {
    pub(crate) fn password(&self) -> &str {
        self.password.as_deref().unwrap_or(PASSWORD)
    }

    /// The same person with another password.
    #[must_use]
    pub fn with_password(&self, password: &str) -> Self {
        Self { password: Some(password.to_owned()), ..self.clone() }
    }
}

/// An organization. Names and numbers are the same in every one.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Place {
    /// The organization.
    pub org: OrgId,
    pub admin: Person,
    pub manager: Person,
    pub staff: Person,
    /// Manages [`Place::harbour`].
    pub property_manager: Person,
    /// Registered, and waits for approval.
    pub pending: Person,
    /// Of the staff, and archived.
    pub archived: Person,
    /// A property with the tenants and the owner, a unit `1` and a number of units of 12.
    pub harbour: PropertyId,
    /// A property with nobody in it.
    pub garden: PropertyId,
    /// Rents unit 1 of the harbour; has no login. [`Place::staff`] cares for them.
    pub tenant: PersonId,
    pub lease: TenancyId,
    /// Rents in the harbour, and signs in elsewhere.
    pub tenant_with_login: Person,
    /// Owns in the harbour, and signs in elsewhere.
    pub owner: Person,
    /// Has neither lease nor staff.
    pub newcomer: PersonId,
    /// About [`Place::tenant`], written by [`Place::staff`].
    pub ticket: TicketId,
    /// On that ticket, written by [`Place::staff`].
    pub note: CommentId,
    /// Written by [`Place::tenant_with_login`] about themselves.
    pub reported: TicketId,
    /// On [`Place::reported`], written by [`Place::tenant_with_login`].
    pub said: CommentId,
    /// With two numbers.
    pub contact: EmergencyContactId,
}

fn given<T, U: From<T>>(value: T) -> Field<U> {
    Field::Given(value.into())
}

/// From 2021 on.
fn start() -> Instant {
    Instant::from_secs(1_609_459_200)
}

/// Until 2099.
fn end() -> Instant {
    Instant::from_secs(4_070_908_800)
}

#[expect(clippy::expect_used, reason = "for tests")]
#[operations::compiled_here]
impl Server {
    /// Makes an organization; its host is `<slug>.example`.
    ///
    /// # Panics
    /// When there is one of this name.
    pub async fn organization(&self, slug: &str) -> OrgId {
        let new = app::organization::New {
            name: format!("Organization {slug}"),
            slug: slug.to_owned(),
            host: Some(format!("{slug}.example")),
            country: "US".to_owned(),
            calling_code: "1".to_owned(),
            currency: "USD".to_owned(),
            locale: "en".to_owned(),
            time_zone: "America/Los_Angeles".to_owned(),
        };
        self.app.organizations().create(&self.system(OrgId::new(0)), new).await.expect("an organization")
    }

    /// Makes somebody with a login: of the staff, or waiting for approval without a role.
    ///
    /// # Panics
    /// When the address is taken.
    pub async fn person(&self, org: OrgId, first: &str, last: &str, email: &str, role: Option<Role>) -> Person {
        let input = Input {
            first_name: given(first),
            last_name: given(last),
            email: given(email),
            phone: given("555-111-2222"),
            role: role.map(RoleInput::Exactly).into(),
            ..Input::default()
        };
        let registration = Registration { input, password: Field::Given(Secret(PASSWORD.to_owned())) };
        let id = self.identity.create_staff(&self.system(org), Draft::from(registration)).await.expect("a person");
        let host = self.app.organizations().list(&self.system(OrgId::new(0))).await.expect("the organizations");
        let host = host.into_iter().find(|o| o.id == org).and_then(|o| o.host).unwrap_or_default();
        Person { id, email: email.to_owned(), host, password: None }
    }

    /// Makes a resident; `at` names a property and a unit to rent.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn resident(&self, org: OrgId, first: &str, last: &str, at: Option<(PropertyId, &str)>) -> PersonId {
        let mut input = resident::Input {
            first_name: given(first),
            last_name: given(last),
            phone: given("503-555-0100"),
            ..resident::Input::default()
        };
        if let Some((property, unit)) = at {
            input.lease.whole = true;
            input.lease.fields = tenancy::Input {
                property_id: given(property),
                unit_number: Field::Given(Some(unit.to_owned())),
                starts_at: given(start()),
                ends_at: given(end()),
                occupants: Field::Given(Some(3)),
                ..tenancy::Input::default()
            };
        }
        self.app.residents().create(&self.system(org), Draft::from(input)).await.expect("a resident").person.id
    }

    /// Makes a property.
    ///
    /// # Panics
    /// When there is one of this name.
    pub async fn property(&self, org: OrgId, name: &str, managers: &[PersonId]) -> PropertyId {
        let input = property::Input {
            name: given(name),
            street: given("1654 NE 18th Ave."),
            city: given("Portland"),
            state: given("OR"),
            postal: given("97218"),
            declared_units: given(12),
            manager_ids: given(managers),
            ..property::Input::default()
        };
        let made = self.app.properties().create(&self.system(org), Draft::from(input)).await.expect("a property");
        made.leased.property.id
    }

    /// Makes a ticket about a resident.
    ///
    /// # Panics
    /// When the author is not of the staff.
    pub async fn ticket(&self, org: OrgId, concerns: PersonId, author: PersonId, text: &str) -> TicketId {
        let input = ticket::Input {
            concerns_id: Field::Given(Some(concerns)),
            author_id: given(author),
            description: Field::Given(Some(text.to_owned())),
            urgency: Field::Given(Some("Low".to_owned())),
            longest: usize::MAX,
            ..ticket::Input::default()
        };
        self.app.tickets().create(&self.system(org), Draft::from(input)).await.expect("a ticket")
    }

    /// Answers a ticket in somebody's name.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn note(&self, org: OrgId, ticket: TicketId, author: PersonId, text: &str) -> CommentId {
        let text = text.to_owned();
        self.write(org, async move |w| {
            w.one(sql!(
                "INSERT INTO comment (uid, org_id, ticket_id, author_id, text, internal, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, FALSE, $6, $6) RETURNING id",
                w.uid(),
                org,
                ticket,
                author,
                &text,
                w.now()
            ))
            .await
        })
        .await
    }

    /// Makes somebody who signs in elsewhere a resident.
    async fn lives_here(&self, org: OrgId, person: PersonId, property: PropertyId, role: &'static str) {
        self.write(org, async move |w| {
            w.execute(sql!("UPDATE person SET is_resident = TRUE WHERE org_id = $1 AND id = $2", org, person)).await?;
            w.execute(sql!(
                "UPDATE login SET awaits_approval = FALSE WHERE org_id = $1 AND person_id = $2",
                org,
                person
            ))
            .await?;
            w.execute(sql!(
                "INSERT INTO tenancy (uid, org_id, person_id, property_id, role, starts_at, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
                w.uid(),
                org,
                person,
                property,
                role,
                start(),
                w.now()
            ))
            .await
            .map(drop)
        })
        .await;
    }

    /// A ticket that a resident wrote about themselves.
    async fn reported(&self, org: OrgId, by: PersonId, staff: PersonId) -> TicketId {
        let id = self.ticket(org, by, staff, "No hot water since this morning").await;
        self.write(org, async move |w| {
            w.execute(sql!(
                "UPDATE ticket SET author_id = $3, shared = TRUE WHERE org_id = $1 AND id = $2",
                org,
                id,
                by
            ))
            .await
            .map(drop)
        })
        .await;
        id
    }

    /// Writes straight to the database what no operation writes yet.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn write<R, F>(&self, org: OrgId, f: F) -> R
    where
        F: AsyncFn(&db::Write) -> kernel::Result<R> + Send + 'static,
        R: Send + 'static,
    {
        self.db.db.write(&self.system(org), f).await.expect("a write")
    }

    /// Makes an emergency contact with two numbers.
    ///
    /// # Panics
    /// When there is one of this name.
    pub async fn contact(&self, org: OrgId, name: &str) -> EmergencyContactId {
        let number = |number: &str| NumberInput { number: given(number), ..NumberInput::default() };
        let input = emergency_contact::Input {
            name: given(name),
            description: Field::Given(Some("Addiction services".to_owned())),
            numbers: Field::Given(vec![number("503-345-9839"), number("503-291-9111")]),
        };
        let made = self.app.emergency_contacts().create(&self.system(org), Draft::from(input)).await;
        made.expect("a contact").contact.id
    }
}

#[operations::compiled_here]
impl Place {
    /// Makes an organization with everybody and everything in it.
    pub async fn settle(s: &Server, slug: &str) -> Self {
        let org = s.organization(slug).await;
        let of = |name: &str| format!("{name}@{slug}.example");
        let admin = s.person(org, "Ada", "Admin", &of("admin"), Some(Role::Admin)).await;
        let manager = s.person(org, "Mary", "Manager", &of("manager"), Some(Role::Manager)).await;
        let staff = s.person(org, "Stan", "Staff", &of("staff"), Some(Role::Staff)).await;
        let keeper = s.person(org, "Pam", "Keeper", &of("property-manager"), Some(Role::PropertyManager)).await;
        let pending = s.person(org, "Paul", "Pending", &of("pending"), None).await;
        let archived = s.person(org, "Arno", "Archived", &of("archived"), Some(Role::Staff)).await;
        let harbour = s.property(org, "Harbour View", &[keeper.id]).await;
        let garden = s.property(org, "Garden Blocks", &[]).await;
        let tenant = s.resident(org, "Renty", "McRenter", Some((harbour, "1"))).await;
        let tenant_with_login = s.person(org, "Tom", "Tenant", &of("tenant"), None).await;
        s.lives_here(org, tenant_with_login.id, harbour, "tenant").await;
        let owner = s.person(org, "Olga", "Owner", &of("owner"), None).await;
        s.lives_here(org, owner.id, harbour, "owner").await;
        let newcomer = s.resident(org, "Nina", "Newcomer", None).await;
        let ticket = s.ticket(org, tenant, staff.id, "Property Damage").await;
        let note = s.note(org, ticket, staff.id, "Tenant has over 40 cats.").await;
        let reported = s.reported(org, tenant_with_login.id, staff.id).await;
        let said = s.note(org, reported, tenant_with_login.id, "Still no hot water").await;
        let contact = s.contact(org, "Narcotics Anonymous").await;
        let lease = s.settle(org, tenant, staff.id, archived.id).await;
        Self {
            org,
            admin,
            manager,
            staff,
            property_manager: keeper,
            pending,
            archived,
            harbour,
            garden,
            tenant,
            lease,
            tenant_with_login,
            owner,
            newcomer,
            ticket,
            note,
            reported,
            said,
            contact,
        }
    }
}

#[expect(clippy::expect_used, reason = "for tests")]
impl Server {
    /// Gives the tenant somebody who cares, and archives the archived; answers the tenant's lease.
    async fn settle(&self, org: OrgId, tenant: PersonId, staff: PersonId, archived: PersonId) -> TenancyId {
        let caring = resident::Input { staff_ids: given(vec![staff]), ..resident::Input::default() };
        let system = self.system(org);
        let tenant = self.app.residents().update(&system, tenant, Draft::from(caring)).await.expect("a tenant");
        self.app.staff().toggle_archived(&system, archived).await.expect("a member of the staff");
        tenant.lease.expect("a lease").id
    }
}
