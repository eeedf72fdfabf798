//! The shapes of answers (section 6). Lists are always whole, so rows borrow what the core gave, and what is nested
//! in many rows is written once, as [`Rendered`].

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{
    choice::Status,
    time::{Dt, Iso},
};

mod dashboard;
mod lists;

pub use dashboard::*;
pub use lists::*;

/// A shape written once, to be put into many others: the staff of a thousand tickets.
#[derive(Clone, Debug)]
pub struct Rendered(Box<RawValue>);

impl Rendered {
    /// Writes a shape.
    ///
    /// # Errors
    /// Never for the shapes of this module.
    pub fn of(shape: &impl Serialize) -> Result<Self, kernel::Error> {
        serde_json::value::to_raw_value(shape)
            .map(Self)
            .map_err(|e| kernel::Error::internal(format_args!("answer: {e}")))
    }
}

impl Serialize for Rendered {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}

/// Shapes written once and borrowed from where they are kept.
pub type RenderedList<'a> = Vec<&'a Rendered>;

/// "First Last"; "" where there is nobody (D72).
#[derive(Clone, Copy, Debug, Default)]
pub struct FullName<'a> {
    /// The first name.
    pub first: &'a str,
    /// The last name.
    pub last: &'a str,
}

impl Serialize for FullName<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self { first: "", last: "" } => s.serialize_str(""),
            Self { first, last } => s.collect_str(&format_args!("{first} {last}")),
        }
    }
}

/// `{"message": text}`: most answers without a shape of their own, and all errors that are no faults of fields.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Message<'a> {
    /// The text.
    pub message: Cow<'a, str>,
}

/// Answer of calls that make an invite, a lease or a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Created<'a> {
    /// The text.
    pub message: Cow<'a, str>,
    /// The id of what was made.
    pub id: i64,
}

/// Answer of login.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokenPair<'a> {
    /// Good for 15 minutes.
    pub access_token: Cow<'a, str>,
    /// Good for 7 days, for new access tokens.
    pub refresh_token: Cow<'a, str>,
}

/// Answer of refresh.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccessToken<'a> {
    /// Good for 15 minutes.
    pub access_token: Cow<'a, str>,
}

/// Answer to a look at the token of a reset link (D28).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ValidToken<'a> {
    /// The text.
    pub message: Cow<'a, str>,
    /// Whose password it sets.
    pub user_id: i64,
}

/// Somebody who signs in here.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(no_recursion)]
pub struct User<'a> {
    /// The id.
    pub id: i64,
    /// The first name.
    pub first_name: &'a str,
    /// The last name.
    pub last_name: &'a str,
    /// As given.
    pub email: &'a str,
    /// As given.
    pub phone: &'a str,
    /// 4 admin, 3 staff, 2 property manager, null pending.
    #[schema(required)]
    pub role: Option<u8>,
    /// Whether sign-in is refused.
    pub archived: bool,
    /// The last sign-in, or when the record was made.
    #[schema(required)]
    pub last_active: Option<Dt>,
    /// When the record was made.
    #[serde(rename = "created_at")]
    pub created_at: Dt,
    /// When the record last changed.
    #[serde(rename = "updated_at")]
    pub updated_at: Dt,
    /// The properties managed, without their managers and tenants; for property managers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Property>>, nullable = false)]
    pub properties: Option<RenderedList<'a>>,
}

/// A user's answer to a change of oneself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserWithTokens<'a> {
    /// The user.
    #[serde(flatten)]
    pub user: User<'a>,
    /// New tokens of the same login.
    #[serde(flatten)]
    pub tokens: TokenPair<'a>,
}

/// A site.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(no_recursion)]
pub struct Property<'a> {
    /// The id.
    pub id: i64,
    /// The name, unique.
    pub name: &'a str,
    /// Street and number.
    pub address: &'a str,
    /// How many units it has.
    #[schema(required)]
    pub num_units: Option<i64>,
    /// The city.
    pub city: &'a str,
    /// The state.
    pub state: &'a str,
    /// The postal code.
    pub zipcode: &'a str,
    /// The same under the published document's name.
    #[serde(rename = "zipCode")]
    pub zip_code: &'a str,
    /// All leases, past and future ones too.
    pub leases: Vec<LeaseRow<'a>>,
    /// Whether it is archived.
    pub archived: bool,
    /// When the record was made.
    pub created_at: Dt,
    /// When the record last changed.
    pub updated_at: Dt,
    /// Tenants with a running lease; where a single property is asked for only (D49).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tenants: Option<Vec<Tenant<'a>>>,
    /// Its managers; absent in a user's `properties`.
    #[serde(rename = "propertyManagers", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<User>>, nullable = false)]
    pub managers: Option<RenderedList<'a>>,
}

/// A lease inside a tenant or a property.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeaseRow<'a> {
    /// The id.
    pub id: i64,
    /// The property's id.
    #[serde(rename = "propertyID")]
    pub property_id: i64,
    /// The tenant's id.
    #[serde(rename = "tenantID")]
    pub tenant_id: i64,
    /// How many people live there.
    #[schema(required)]
    pub occupants: Option<i64>,
    /// The start.
    #[serde(rename = "dateTimeStart")]
    pub starts_at: Dt,
    /// The end.
    #[serde(rename = "dateTimeEnd")]
    pub ends_at: Dt,
    /// The unit's number.
    #[serde(rename = "unitNum")]
    #[schema(required)]
    pub unit: Option<&'a str>,
}

/// A renter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Tenant<'a> {
    /// The id.
    pub id: i64,
    /// The first name.
    #[serde(rename = "firstName")]
    pub first_name: &'a str,
    /// The last name.
    #[serde(rename = "lastName")]
    pub last_name: &'a str,
    /// Both.
    #[schema(value_type = String, example = "Renty McRenter")]
    #[serde(rename = "fullName")]
    pub full_name: FullName<'a>,
    /// As given.
    pub phone: &'a str,
    /// The lease to show (D73).
    #[schema(required)]
    pub lease: Option<LeaseRow<'a>>,
    /// The staff assigned.
    #[schema(value_type = Vec<User>)]
    pub staff: RenderedList<'a>,
    /// When the record was made.
    pub created_at: Dt,
    /// When the record last changed.
    pub updated_at: Dt,
    /// Whether the tenant is archived.
    pub archived: bool,
    /// The property's id in the lease.
    #[serde(rename = "propertyID")]
    #[schema(required)]
    pub property_id: Option<i64>,
    /// The ids in `staff`.
    #[serde(rename = "staffIDs")]
    pub staff_ids: Vec<i64>,
}

/// A lease on its own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Lease<'a> {
    /// The id.
    pub id: i64,
    /// The unit's number.
    #[serde(rename = "unitNum")]
    #[schema(required)]
    pub unit: Option<&'a str>,
    /// How many people live there.
    #[schema(required)]
    pub occupants: Option<i64>,
    /// The start.
    #[serde(rename = "dateTimeStart")]
    pub starts_at: Iso,
    /// The end.
    #[serde(rename = "dateTimeEnd")]
    pub ends_at: Iso,
    /// When the record was made.
    pub created_at: Dt,
    /// When the record last changed.
    pub updated_at: Dt,
    /// The renter.
    pub tenant: LeaseTenant<'a>,
    /// The site.
    pub property: LeaseProperty<'a>,
}

/// The renter in a lease.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeaseTenant<'a> {
    /// The id.
    pub id: i64,
    /// The first name.
    #[serde(rename = "firstName")]
    pub first_name: &'a str,
    /// The last name.
    #[serde(rename = "lastName")]
    pub last_name: &'a str,
    /// As given.
    pub phone: &'a str,
    /// Whether the tenant is archived.
    pub archived: bool,
    /// When the record was made.
    pub created_at: Dt,
    /// When the record last changed.
    pub updated_at: Dt,
    /// The same lease once more.
    pub lease: LeaseOfTenant<'a>,
}

/// The lease in the renter in a lease.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeaseOfTenant<'a> {
    /// The id.
    pub id: i64,
    /// The property's id.
    #[serde(rename = "propertyID")]
    pub property_id: i64,
    /// The unit's number.
    #[serde(rename = "unitNum")]
    #[schema(required)]
    pub unit: Option<&'a str>,
    /// How many people live there.
    #[schema(required)]
    pub occupants: Option<i64>,
    /// The start.
    #[serde(rename = "dateTimeStart")]
    pub starts_at: Iso,
    /// The end.
    #[serde(rename = "dateTimeEnd")]
    pub ends_at: Iso,
    /// When the record was made.
    pub created_at: Dt,
    /// When the record last changed.
    pub updated_at: Dt,
}

/// The site in a lease.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeaseProperty<'a> {
    /// The id.
    pub id: i64,
    /// The name.
    pub name: &'a str,
    /// Street and number.
    pub address: &'a str,
    /// How many units it has.
    #[schema(required)]
    pub num_units: Option<i64>,
    /// The city.
    pub city: &'a str,
    /// The state.
    pub state: &'a str,
    /// The postal code.
    pub zipcode: &'a str,
    /// The same under the published document's name.
    #[serde(rename = "zipCode")]
    pub zip_code: &'a str,
    /// Whether it is archived.
    pub archived: bool,
    /// When the record was made.
    pub created_at: Dt,
    /// When the record last changed.
    pub updated_at: Dt,
}

/// Whom to call in an emergency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Contact<'a> {
    /// The id.
    pub id: i64,
    /// The name, unique.
    pub name: &'a str,
    /// What they do.
    #[schema(required)]
    pub description: Option<&'a str>,
    /// At least one.
    pub contact_numbers: Vec<ContactNumber<'a>>,
    /// When the record was made.
    pub created_at: Dt,
    /// When the record last changed.
    pub updated_at: Dt,
}

/// A number of an emergency contact.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactNumber<'a> {
    /// The id.
    pub id: i64,
    /// As given.
    pub number: &'a str,
    /// Say, "Text".
    #[schema(required)]
    pub numtype: Option<&'a str>,
    /// As given.
    #[schema(required)]
    pub extension: Option<&'a str>,
    /// When the record was made.
    pub created_at: Dt,
    /// When the record last changed.
    pub updated_at: Dt,
}

/// A request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ticket<'a> {
    /// The id.
    pub id: i64,
    /// What is the matter.
    #[schema(required)]
    pub issue: Option<&'a str>,
    /// Whom it concerns; "" for nobody.
    #[schema(value_type = String, example = "Renty McRenter")]
    pub tenant: FullName<'a>,
    /// Who reported it.
    pub author_id: i64,
    /// Whom it concerns; null for nobody.
    #[schema(required)]
    pub tenant_id: Option<i64>,
    /// The staff of the tenant at this moment (D52).
    #[schema(value_type = Vec<User>)]
    pub assigned_staff: RenderedList<'a>,
    /// Who reported it.
    #[schema(value_type = String, example = "Renty McRenter")]
    pub author: FullName<'a>,
    /// The state.
    pub status: Status,
    /// Whole minutes since `updated_at`.
    #[serde(rename = "minsPastUpdate")]
    pub mins_past_update: i64,
    /// `Low`, `Medium`, `High` or another text.
    #[schema(required)]
    pub urgency: Option<&'a str>,
    /// What was said about it.
    pub notes: Vec<Note<'a>>,
    /// When the record was made.
    pub created_at: Dt,
    /// When the record last changed.
    pub updated_at: Dt,
    /// The first of `assigned_staff`.
    #[serde(rename = "assignedUserID")]
    #[schema(required)]
    pub assigned_user_id: Option<i64>,
}

/// Something said about a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Note<'a> {
    /// The id.
    pub id: i64,
    /// The ticket's id.
    pub ticket_id: i64,
    /// What was said.
    pub text: &'a str,
    /// By whom.
    #[schema(value_type = String, example = "Renty McRenter")]
    pub user: FullName<'a>,
    /// When; differs between the notes of a ticket (D54).
    pub created_at: Iso,
    /// When it last changed.
    pub updated_at: Iso,
    /// The ticket's id under the published document's name.
    pub ticketid: i64,
}
