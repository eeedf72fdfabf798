//! Widgets and the dashboard (section 9.1).

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Tenant, User};

/// What a manager without properties manages (D61).
pub const NOT_ASSIGNED: &str = "Not Assigned";

/// Numbers about open tickets, and the newest managers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Widgets<'a> {
    /// Numbers about tickets.
    pub opentickets: OpenTickets,
    /// The newest three property managers (D59).
    pub managers: Vec<WidgetManager<'a>>,
}

/// Numbers about tickets that are not closed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenTickets {
    /// Those in state `New`.
    pub new: NewTickets,
    /// Those in state `In Progress`.
    pub in_progress: TicketsInProgress,
}

/// Numbers about new tickets (D56).
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct NewTickets {
    /// All.
    #[serde(rename = "allNew")]
    pub all: Stat,
    /// Those changed in the last 24 hours.
    #[serde(rename = "unseen24Hrs")]
    pub recent: Stat,
}

/// Numbers about tickets in progress (D57).
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct TicketsInProgress {
    /// All.
    #[serde(rename = "allInProgress")]
    pub all: Stat,
    /// Those changed in the last 7 days.
    #[serde(rename = "inProgress1Week")]
    pub recent: Stat,
}

/// A number.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Stat {
    /// The number.
    pub stat: i64,
}

/// A manager on the widgets.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WidgetManager<'a> {
    /// The id.
    pub id: i64,
    /// The first name.
    #[serde(rename = "firstName")]
    pub first_name: &'a str,
    /// The last name.
    #[serde(rename = "lastName")]
    pub last_name: &'a str,
    /// When the record was made, in words (D60).
    pub date: Cow<'a, str>,
    /// A property managed (D61).
    #[serde(rename = "propertyName")]
    pub property_name: &'a str,
}

/// The same numbers, and the rows an admin starts the day with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dashboard<'a> {
    /// Numbers about tickets.
    pub tickets: TicketCounts,
    /// The newest three property managers (D59).
    pub managers: Vec<DashboardManager<'a>>,
    /// Users who wait for approval.
    pub pending_users: Vec<User<'a>>,
    /// All staff, archived ones too.
    pub staff: Vec<User<'a>>,
    /// Tenants without staff (D42).
    pub tenants: Vec<Tenant<'a>>,
}

/// Numbers about tickets that are not closed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct TicketCounts {
    /// D56.
    pub new: Counts,
    /// D57.
    pub in_progress: Counts,
}

/// All, and the recent ones among them.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Counts {
    /// All.
    pub total_count: i64,
    /// The recent ones, in spite of the name (D58).
    pub latent_count: i64,
}

/// A manager on the dashboard.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DashboardManager<'a> {
    /// The id.
    pub id: i64,
    /// The first name.
    pub first_name: &'a str,
    /// The last name.
    pub last_name: &'a str,
    /// When the record was made, in words (D60).
    pub date: Cow<'a, str>,
    /// A property managed (D61).
    pub property_name: &'a str,
}
