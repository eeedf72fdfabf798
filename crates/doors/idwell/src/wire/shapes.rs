//! The shapes of answers, keys in their order on the wire (section 4).

use app::user::{self, Status};
use kernel::Instant;
use serde::Serialize;
use utoipa::ToSchema;

/// A user.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names are the reference's")]
pub struct User<'a> {
    pub id: i64,
    pub email: Option<&'a str>,
    /// As stored: `+` and digits.
    pub phone: Option<&'a str>,
    /// What the user signs in with.
    pub identifier: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
    /// `landlord`, `dweller`, `admin` or `manager`.
    pub role: &'static str,
    /// `INVITED`, `ACTIVE` or `BLOCKED`.
    pub status: &'static str,
    /// Ids, ascending.
    pub flats: Vec<i64>,
    pub archived: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

impl<'a> User<'a> {
    /// Shows a user.
    #[must_use]
    pub fn of(u: &'a user::User) -> Self {
        Self {
            id: u.id.get(),
            email: u.email.as_deref(),
            phone: u.phone.as_deref(),
            identifier: u.identifier(),
            first_name: &u.first_name,
            last_name: &u.last_name,
            role: u.role.as_str(),
            status: status(u.status),
            flats: u.flats.iter().map(|id| id.get()).collect(),
            archived: u.archived,
            created_at: instant(u.created_at),
            updated_at: instant(u.changed_at),
        }
    }
}

/// What is sent about a user; all of it may be left out of a change.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "for the document alone")]
pub struct UserWrite {
    /// At least one of e-mail address and phone number; the e-mail address identifies where there is one.
    #[schema(max_length = 254)]
    email: Option<String>,
    phone: Option<String>,
    /// Letters, digits, spaces and `_ & ; / . + - ( )`. One of the two names may be empty.
    #[schema(max_length = 70)]
    first_name: Option<String>,
    #[schema(max_length = 70)]
    last_name: Option<String>,
    /// Needed for a new user: `landlord`, `dweller`, `admin` or `manager`.
    role: Option<String>,
    /// All flats.
    flats: Option<Vec<i64>>,
    /// Only `false`, for an archived user.
    archived: Option<bool>,
}

/// A flat.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names are the reference's")]
pub struct Flat<'a> {
    pub id: i64,
    /// Id.
    pub building: i64,
    pub name: &'a str,
    pub floor: Option<&'a str>,
    /// In square metres.
    pub area: Option<f64>,
    /// Ids of users, ascending.
    pub landlords: Vec<i64>,
    /// Ids of users, ascending.
    pub dwellers: Vec<i64>,
}

impl<'a> Flat<'a> {
    /// Shows a flat.
    #[must_use]
    pub fn of(f: &'a app::unit::Flat) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "no flat has so many square decimetres")]
        let square_metres = |square_decimetres: i64| square_decimetres as f64 / 100.0;
        Self {
            id: f.id.get(),
            building: f.building.get(),
            name: &f.number,
            floor: f.floor.as_deref(),
            area: f.area.map(square_metres),
            landlords: f.landlords.iter().map(|id| id.get()).collect(),
            dwellers: f.dwellers.iter().map(|id| id.get()).collect(),
        }
    }
}

/// A building.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names are the reference's")]
pub struct Building<'a> {
    pub id: i64,
    pub name: &'a str,
    pub street: &'a str,
    pub zip: &'a str,
    pub city: &'a str,
    /// ISO 3166 alpha-2.
    pub country: &'a str,
    pub flats_count: i64,
}

impl<'a> Building<'a> {
    /// Shows a building.
    #[must_use]
    pub fn of(b: &'a app::building::Building) -> Self {
        Self {
            id: b.id.get(),
            name: &b.name,
            street: &b.street,
            zip: &b.postal,
            city: &b.city,
            country: &b.country,
            flats_count: b.flats,
        }
    }
}

/// Tokens (RFC 6749 section 5.1).
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub struct Token {
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// In seconds.
    pub expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    pub scope: String,
}

/// Why there are no tokens (RFC 6749 section 5.2).
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub struct TokenError {
    pub error: &'static str,
    pub error_description: String,
}

/// What went wrong, in a sentence.
#[derive(Debug, Serialize, ToSchema)]
pub struct Detail {
    /// The sentence.
    pub detail: String,
}

/// The word of a status.
#[must_use]
pub const fn status(status: Status) -> &'static str {
    match status {
        Status::Invited => "INVITED",
        Status::Active => "ACTIVE",
        Status::Blocked => "BLOCKED",
    }
}

/// RFC 3339, UTC, with milliseconds.
#[must_use]
pub fn instant(at: Instant) -> String {
    format!("{}Z", at.utc().strftime("%Y-%m-%dT%H:%M:%S%.3f"))
}
