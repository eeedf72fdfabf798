//! Whole lists, each under its key.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Contact, Lease, Property, Tenant, Ticket, User};

/// Users, ascending by id (D16).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Users<'a> {
    /// The rows.
    pub users: Vec<User<'a>>,
}

/// Properties, ascending by id (D16).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Properties<'a> {
    /// The rows.
    pub properties: Vec<Property<'a>>,
}

/// Tenants, ascending by id, or as D42 orders them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Tenants<'a> {
    /// The rows.
    pub tenants: Vec<Tenant<'a>>,
}

/// Leases, ascending by id (D16).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Leases<'a> {
    /// The rows.
    pub leases: Vec<Lease<'a>>,
}

/// Emergency contacts, ascending by id (D16).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Contacts<'a> {
    /// The rows.
    pub emergency_contacts: Vec<Contact<'a>>,
}

/// Tickets, ascending by id (D16).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Tickets<'a> {
    /// The rows.
    pub tickets: Vec<Ticket<'a>>,
}
