//! The core's things in this API's shapes. What is nested in many rows is written once and kept in [`Kept`].

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use app::{
    emergency_contact,
    property::{self, Leased},
    resident::Resident,
    staff::{self, Member},
    tenancy::{self, Tenancy},
    ticket::{self, Stage},
};
use kernel::{Error, Instant, PersonId, PropertyId, Role};

use crate::wire::{
    choice::{Status, role_number},
    shapes::{
        Contact, ContactNumber, FullName, Lease, LeaseOfTenant, LeaseProperty, LeaseRow, LeaseTenant, Note, Property,
        Rendered, RenderedList, Tenant, Ticket, User,
    },
    time::{Dt, Iso},
};

/// Shapes written once: properties as they stand inside users, and users as they stand inside everything else.
pub struct Kept {
    now: Instant,
    places: HashMap<PropertyId, Rendered>,
    users: HashMap<PersonId, Rendered>,
}

impl Kept {
    /// Nothing yet; open ends are shown as seen at `now`.
    pub fn new(now: Instant) -> Self {
        Self { now, places: HashMap::new(), users: HashMap::new() }
    }

    /// Keeps the properties of these members.
    pub fn places<'a>(&mut self, members: impl IntoIterator<Item = &'a staff::Details>) -> Result<(), Error> {
        for place in members.into_iter().flat_map(|m| &m.properties) {
            let id = place.property.id;
            if !self.places.contains_key(&id) {
                let shape = self.property(place, None, None);
                self.places.insert(id, Rendered::of(&shape)?);
            }
        }
        Ok(())
    }

    /// Keeps these property managers, whose properties are kept already.
    pub fn managers<'a>(&mut self, members: impl IntoIterator<Item = &'a staff::Details>) -> Result<(), Error> {
        for m in members {
            if !self.users.contains_key(&m.member.id) {
                let user = Rendered::of(&self.user(m))?;
                self.users.insert(m.member.id, user);
            }
        }
        Ok(())
    }

    /// Keeps the staff of these residents or tickets.
    pub fn staff<'a>(&mut self, members: impl IntoIterator<Item = &'a Arc<Member>>) -> Result<(), Error> {
        for m in members {
            if let Entry::Vacant(slot) = self.users.entry(m.id) {
                slot.insert(Rendered::of(&member(m, None))?);
            }
        }
        Ok(())
    }

    fn kept_users<'a>(&'a self, ids: impl Iterator<Item = PersonId>) -> RenderedList<'a> {
        ids.filter_map(|id| self.users.get(&id)).collect()
    }

    /// A user; property managers with the properties kept.
    pub fn user<'a>(&'a self, m: &'a staff::Details) -> User<'a> {
        let managed = || m.properties.iter().filter_map(|p| self.places.get(&p.property.id)).collect();
        member(&m.member, (m.member.role == Some(Role::PropertyManager)).then(managed))
    }

    /// A property with the managers kept, and with its tenants where they are given.
    pub fn property_details<'a>(&'a self, p: &'a property::Details, tenants: Option<&'a [Resident]>) -> Property<'a> {
        let managers = self.kept_users(p.managers.iter().map(|m| m.member.id));
        let tenants = tenants.map(|t| t.iter().map(|t| self.tenant(t)).collect());
        self.property(&p.leased, Some(managers), tenants)
    }

    fn property<'a>(
        &self,
        p: &'a Leased,
        managers: Option<RenderedList<'a>>,
        tenants: Option<Vec<Tenant<'a>>>,
    ) -> Property<'a> {
        let leases = p.leases.iter().map(|l| self.lease_row(l)).collect();
        let p = &p.property;
        Property {
            id: p.id.get(),
            name: &p.name,
            address: &p.street,
            num_units: Some(p.units()),
            city: &p.city,
            state: &p.state,
            zipcode: &p.postal,
            zip_code: &p.postal,
            leases,
            archived: p.archived_at.is_some(),
            created_at: Dt(p.created_at),
            updated_at: Dt(p.updated_at),
            tenants,
            managers,
        }
    }

    fn lease_row<'a>(&self, l: &'a Tenancy) -> LeaseRow<'a> {
        LeaseRow {
            id: l.id.get(),
            property_id: l.property_id.get(),
            tenant_id: l.person_id.get(),
            occupants: l.occupants,
            starts_at: Dt(l.shown_start()),
            ends_at: Dt(l.shown_end(self.now)),
            unit: l.unit_number.as_deref(),
        }
    }

    /// A tenant with the staff kept.
    pub fn tenant<'a>(&'a self, t: &'a Resident) -> Tenant<'a> {
        let p = &t.person;
        Tenant {
            id: p.id.get(),
            first_name: &p.first_name,
            last_name: &p.last_name,
            full_name: FullName { first: &p.first_name, last: &p.last_name },
            phone: p.phone.as_deref().unwrap_or_default(),
            lease: t.lease.as_ref().map(|l| self.lease_row(l)),
            staff: self.kept_users(t.staff.iter().map(|m| m.id)),
            created_at: Dt(p.created_at),
            updated_at: Dt(p.updated_at),
            archived: p.archived_at.is_some(),
            property_id: t.lease.as_ref().map(|l| l.property_id.get()),
            staff_ids: t.staff.iter().map(|m| m.id.get()).collect(),
        }
    }

    /// A lease on its own.
    pub fn lease<'a>(&self, l: &'a tenancy::Details) -> Lease<'a> {
        let (t, p) = (&l.resident.person, &l.property);
        // The renter's own lease is the one to show of them, which need not be this one (D73).
        let shown = l.resident.lease.as_ref().unwrap_or(&l.tenancy);
        let l = &l.tenancy;
        Lease {
            id: l.id.get(),
            unit: l.unit_number.as_deref(),
            occupants: l.occupants,
            starts_at: Iso(l.shown_start()),
            ends_at: Iso(l.shown_end(self.now)),
            created_at: Dt(l.created_at),
            updated_at: Dt(l.updated_at),
            tenant: LeaseTenant {
                id: t.id.get(),
                first_name: &t.first_name,
                last_name: &t.last_name,
                phone: t.phone.as_deref().unwrap_or_default(),
                archived: t.archived_at.is_some(),
                created_at: Dt(t.created_at),
                updated_at: Dt(t.updated_at),
                lease: LeaseOfTenant {
                    id: shown.id.get(),
                    property_id: shown.property_id.get(),
                    unit: shown.unit_number.as_deref(),
                    occupants: shown.occupants,
                    starts_at: Iso(shown.shown_start()),
                    ends_at: Iso(shown.shown_end(self.now)),
                    created_at: Dt(shown.created_at),
                    updated_at: Dt(shown.updated_at),
                },
            },
            property: LeaseProperty {
                id: p.id.get(),
                name: &p.name,
                address: &p.street,
                num_units: Some(p.units()),
                city: &p.city,
                state: &p.state,
                zipcode: &p.postal,
                zip_code: &p.postal,
                archived: p.archived_at.is_some(),
                created_at: Dt(p.created_at),
                updated_at: Dt(p.updated_at),
            },
        }
    }

    /// A ticket with the staff kept.
    pub fn ticket<'a>(&'a self, t: &'a ticket::Details) -> Ticket<'a> {
        let staff = &t.staff;
        let (t, comments) = (&t.ticket, &t.comments);
        Ticket {
            id: t.id.get(),
            issue: t.description.as_deref(),
            tenant: FullName {
                first: t.concerns_first.as_deref().unwrap_or_default(),
                last: t.concerns_last.as_deref().unwrap_or_default(),
            },
            author_id: t.author_id.get(),
            tenant_id: t.concerns_id.map(PersonId::get),
            assigned_staff: self.kept_users(staff.iter().map(|m| m.id)),
            author: FullName { first: &t.author_first, last: &t.author_last },
            status: match t.status.stage() {
                Stage::New => Status::New,
                Stage::InProgress => Status::InProgress,
                Stage::Closed => Status::Closed,
            },
            mins_past_update: t.minutes_since_update(self.now),
            urgency: t.urgency.as_deref(),
            notes: comments.iter().map(note).collect(),
            created_at: Dt(t.created_at),
            updated_at: Dt(t.updated_at),
            assigned_user_id: staff.first().map(|m| m.id.get()),
        }
    }
}

/// A note.
pub fn note(c: &ticket::Comment) -> Note<'_> {
    Note {
        id: c.id.get(),
        ticket_id: c.ticket_id.get(),
        text: &c.text,
        user: FullName { first: &c.author_first, last: &c.author_last },
        created_at: Iso(c.created_at),
        updated_at: Iso(c.updated_at),
        ticketid: c.ticket_id.get(),
    }
}

/// An emergency contact.
pub fn contact(c: &emergency_contact::Details) -> Contact<'_> {
    let number = |n: &'_ emergency_contact::Number| (n.id.get(), Dt(n.created_at), Dt(n.updated_at));
    Contact {
        id: c.contact.id.get(),
        name: &c.contact.name,
        description: c.contact.description.as_deref(),
        contact_numbers: c
            .numbers
            .iter()
            .map(|n| {
                let (id, created_at, updated_at) = number(n);
                let (numtype, extension) = (n.kind.as_deref(), n.extension.as_deref());
                ContactNumber { id, number: &n.number, numtype, extension, created_at, updated_at }
            })
            .collect(),
        created_at: Dt(c.contact.created_at),
        updated_at: Dt(c.contact.updated_at),
    }
}

fn member<'a>(m: &'a Member, properties: Option<RenderedList<'a>>) -> User<'a> {
    User {
        id: m.id.get(),
        first_name: &m.first_name,
        last_name: &m.last_name,
        email: m.email.as_deref().unwrap_or_default(),
        phone: m.phone.as_deref().unwrap_or_default(),
        role: m.role.map(role_number),
        archived: m.archived_at.is_some(),
        last_active: m.last_active_at.map(Dt),
        created_at: Dt(m.created_at),
        updated_at: Dt(m.updated_at),
        properties,
    }
}
