//! The SQL of the directory.

use db::{Arg, List, Read, Row, Slice, row, sql};
use kernel::{BuildingId, ContactCardId, Instant, Living, PersonId, PropertyId, Result, UnitId};

use super::{Page, PeopleWanted, PropertiesWanted, ROWS, UnitsWanted};
use crate::contact_card::Kind;

row! {
    /// A person as stored.
    #[derive(Clone, Debug)]
    pub struct PersonRow {
        /// Its id.
        pub id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// Of a business, its name.
        pub business_name: Option<String>,
        /// E-mail address, as written.
        pub email: Option<String>,
        /// What the management calls them, if it does.
        pub reference: Option<String>,
    }

    /// What somebody owns or rents.
    #[derive(Clone, Debug)]
    pub struct Contract {
        /// Who.
        pub person_id: PersonId,
        /// Where.
        pub property_id: PropertyId,
        /// What the management calls that property, if it does.
        pub property_reference: Option<String>,
        /// Which unit.
        pub unit_id: Option<UnitId>,
        /// What the management calls that unit, if it does.
        pub unit_reference: Option<String>,
        /// As what: owner or tenant.
        pub role: Living,
        /// From when; open when it was always.
        pub starts_at: Option<Instant>,
        /// Until when it was made.
        pub ends_at: Option<Instant>,
        /// When it ended before that.
        pub moved_out_at: Option<Instant>,
    }

    /// A unit with where it is.
    #[derive(Clone, Debug)]
    pub struct UnitRow {
        /// Its id.
        pub id: UnitId,
        /// What the management calls it, if it does.
        pub reference: Option<String>,
        /// Of which property.
        pub property_id: PropertyId,
        /// What the management calls that property, if it does.
        pub property_reference: Option<String>,
        /// Its number.
        pub number: String,
        /// What it is, in words.
        pub description: Option<String>,
        /// Street and number of the house.
        pub street: String,
        /// Postal code.
        pub postal: String,
        /// City.
        pub city: String,
    }

    /// A property as stored.
    #[derive(Clone, Debug)]
    pub struct PropertyRow {
        /// Its id.
        pub id: PropertyId,
        /// What the management calls it, if it does.
        pub reference: Option<String>,
        /// Its name.
        pub name: String,
        /// What it is, in words.
        pub description: Option<String>,
        /// Street and number.
        pub street: String,
        /// City.
        pub city: String,
        /// Postal code.
        pub postal: String,
        /// ISO 3166 alpha-2.
        pub country: String,
    }

    /// A house of a property with one of its units, if it has one.
    pub struct Housed {
        pub property_id: PropertyId,
        pub building_id: BuildingId,
        pub street: String,
        pub unit_id: Option<UnitId>,
        pub unit_reference: Option<String>,
    }

    /// A property manager.
    #[derive(Clone, Debug)]
    pub struct Keeper {
        /// Of which property.
        pub property_id: PropertyId,
        /// Who.
        pub person_id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// E-mail address.
        pub email: Option<String>,
        /// The first number to call.
        pub phone: Option<String>,
        /// What the management calls them, if it does.
        pub reference: Option<String>,
    }

    /// Somebody who is responsible for something.
    #[derive(Clone, Debug)]
    pub struct Card {
        /// The card.
        pub id: ContactCardId,
        /// Of which property.
        pub property_id: PropertyId,
        /// What they are to it.
        pub kind: Kind,
        /// Their name.
        pub name: String,
        /// E-mail address.
        pub email: Option<String>,
        /// Phone number.
        pub phone: Option<String>,
        /// What they are responsible for.
        pub responsibility: Option<String>,
    }
}

const CONTRACT_IN: &str = "EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = p.org_id AND t.person_id = p.id AND t.deleted_at IS NULL \
     AND t.property_id = ANY(?))";
const CONTRACT_AS: &str = "EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = p.org_id AND t.person_id = p.id AND t.deleted_at IS NULL \
     AND t.role = ?)";
const CONTRACT_IN_AS: &str = "EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = p.org_id AND t.person_id = p.id AND t.deleted_at IS NULL \
     AND t.property_id = ANY(?) AND t.role = ?)";
const INVITED: &str = "EXISTS (SELECT 1 FROM invitation i WHERE i.org_id = p.org_id AND i.person_id = p.id AND i.purpose <> 'reset' \
     AND i.used_at IS NULL AND i.superseded_at IS NULL AND i.expires_at > ?)";
const NOT_INVITED: &str = "NOT EXISTS (SELECT 1 FROM invitation i WHERE i.org_id = p.org_id AND i.person_id = p.id AND i.purpose <> 'reset' \
     AND i.used_at IS NULL AND i.superseded_at IS NULL AND i.expires_at > ?)";
const REGISTERED: &str = "(EXISTS (SELECT 1 FROM login l WHERE l.person_id = p.id AND l.status <> 'invited')) = ?";
/// Nobody ever had it, or somebody has it or will.
const IN_USE: &str = "(NOT EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = u.org_id AND t.unit_id = u.id AND t.deleted_at IS NULL \
     AND t.role IN ('owner', 'tenant')) OR EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = u.org_id AND t.unit_id = u.id \
     AND t.deleted_at IS NULL AND t.role IN ('owner', 'tenant') AND (t.ends_at IS NULL OR t.ends_at > ?) \
     AND (t.moved_out_at IS NULL OR t.moved_out_at > ?)))";
const MODIFIED: &str = "(p.updated_at > ? OR EXISTS (SELECT 1 FROM unit u WHERE u.org_id = p.org_id AND u.property_id = p.id \
     AND (u.updated_at > ? OR u.deleted_at > ?)) OR EXISTS (SELECT 1 FROM contact_card c WHERE c.org_id = p.org_id \
     AND c.property_id = p.id AND (c.updated_at > ? OR c.deleted_at > ?)) OR EXISTS (SELECT 1 FROM building b WHERE b.org_id = p.org_id \
     AND b.property_id = p.id AND b.updated_at > ?))";

/// One page of a list: how many there are, and the rows of this page.
async fn page<T: Row>(r: &Read, number: i64, list: impl Fn(bool) -> List, id: &'static str) -> Result<Page<T>> {
    let total: i64 = r.one(list(true).whole()).await?;
    let slice = Slice::of(total, number, ROWS);
    let rows = slice.turn(r.all(list(false).slice(&[(id, false)], false, &slice)).await?);
    Ok(Page { rows, more: total.div_euclid(ROWS) + i64::from(total % ROWS > 0) > number })
}

fn head(counted: bool, count: &'static str, rows: &'static str) -> &'static str {
    if counted { count } else { rows }
}

pub async fn people(r: &Read, within: Option<&[PropertyId]>, wanted: &PeopleWanted) -> Result<Page<PersonRow>> {
    let (org, now) = (r.caller().org, r.now());
    let list = |counted| {
        let rows = "SELECT p.id, p.first_name, p.last_name, p.business_name, p.email, f.reference FROM person p \
            LEFT JOIN person_reference f ON f.person_id = p.id";
        let list = List::new("directory people", head(counted, "SELECT count(*) FROM person p", rows))
            .filter("p.org_id = ? AND p.is_resident AND p.deleted_at IS NULL", org)
            .filter_if("p.changed_at > ?", wanted.modified_after.given().copied())
            .filter_if(REGISTERED, wanted.registered.given().copied())
            .filter_if(INVITED, wanted.invited.given().filter(|yes| **yes).map(|_| now))
            .filter_if(NOT_INVITED, wanted.invited.given().filter(|yes| !**yes).map(|_| now));
        match (within, wanted.role.given()) {
            (None, None) => list,
            (Some(all), None) => list.filter(CONTRACT_IN, all),
            (None, Some(role)) => list.filter(CONTRACT_AS, role.as_str()),
            (Some(all), Some(role)) => list.filter_by(CONTRACT_IN_AS, [Arg::from(all), Arg::from(role.as_str())]),
        }
    };
    page(r, number(&wanted.page), list, "p.id").await
}

pub async fn units(r: &Read, within: Option<&[PropertyId]>, wanted: &UnitsWanted) -> Result<Page<UnitRow>> {
    let (org, now) = (r.caller().org, r.now());
    let active = wanted.with_inactive.given() != Some(&true);
    let list = |counted| {
        let rows = "SELECT u.id, u.reference, u.property_id, p.reference AS property_reference, u.number, u.description, \
            coalesce(b.street, p.street) AS street, coalesce(b.postal, p.postal) AS postal, coalesce(b.city, p.city) AS city \
            FROM unit u JOIN property p ON p.id = u.property_id JOIN building b ON b.id = u.building_id";
        List::new("directory units", head(counted, "SELECT count(*) FROM unit u", rows))
            .filter("u.org_id = ? AND u.deleted_at IS NULL", org)
            .filter_if("u.updated_at > ?", wanted.modified_after.given().copied())
            .filter_if("u.property_id = ANY(?)", within)
            .filter_if(IN_USE, active.then_some(now))
    };
    page(r, number(&wanted.page), list, "u.id").await
}

pub async fn properties(
    r: &Read,
    within: Option<&[PropertyId]>,
    wanted: &PropertiesWanted,
) -> Result<Page<PropertyRow>> {
    let org = r.caller().org;
    let list = |counted| {
        let rows =
            "SELECT p.id, p.reference, p.name, p.description, p.street, p.city, p.postal, p.country FROM property p";
        List::new("directory properties", head(counted, "SELECT count(*) FROM property p", rows))
            .filter("p.org_id = ? AND p.deleted_at IS NULL", org)
            .filter_if(MODIFIED, wanted.modified_after.given().copied())
            .filter_if("p.id = ANY(?)", within)
    };
    page(r, number(&wanted.page), list, "p.id").await
}

fn number(page: &kernel::Field<i64>) -> i64 {
    page.given().copied().unwrap_or(1)
}

pub async fn property(r: &Read, id: PropertyId) -> Result<Option<PropertyRow>> {
    r.optional(sql!(
        "SELECT id, reference, name, description, street, city, postal, country FROM property WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn contracts(r: &Read, ids: &[PersonId]) -> Result<Vec<Contract>> {
    r.all(sql!(
        "SELECT t.person_id, t.property_id, p.reference AS property_reference, t.unit_id, u.reference AS unit_reference, t.role, t.starts_at, \
         t.ends_at, t.moved_out_at FROM tenancy t JOIN property p ON p.id = t.property_id LEFT JOIN unit u ON u.id = t.unit_id \
         WHERE t.org_id = $1 AND t.person_id = ANY($2) AND t.deleted_at IS NULL AND t.role IN ('owner', 'tenant') ORDER BY t.person_id, t.id",
        r.caller().org,
        ids
    ))
    .await
}

/// The houses of properties in the order in which they were made, each with its units by number.
pub async fn houses(r: &Read, ids: &[PropertyId]) -> Result<Vec<Housed>> {
    r.all(sql!(
        "SELECT b.property_id, b.id AS building_id, coalesce(b.street, p.street) AS street, u.id AS unit_id, u.reference AS unit_reference \
         FROM building b JOIN property p ON p.id = b.property_id \
         LEFT JOIN unit u ON u.org_id = b.org_id AND u.property_id = b.property_id AND u.building_id = b.id AND u.deleted_at IS NULL \
         WHERE b.org_id = $1 AND b.property_id = ANY($2) AND b.deleted_at IS NULL ORDER BY b.property_id, b.id, u.number, u.id",
        r.caller().org,
        ids
    ))
    .await
}

/// The property that is named: by what the management calls it, else by its id.
pub async fn named(r: &Read, name: &str) -> Result<Option<PropertyId>> {
    if !kernel::has_no_nul(name) {
        return Ok(None);
    }
    match crate::property::store::referred(r, name).await? {
        Some(id) => Ok(Some(id)),
        // What has a reference is named by it alone.
        None => match shown_id(name) {
            Some(id) => {
                r.optional(sql!(
                    "SELECT id FROM property WHERE org_id = $1 AND id = $2 AND reference IS NULL AND deleted_at IS NULL",
                    r.caller().org,
                    id
                ))
                .await
            }
            None => Ok(None),
        },
    }
}

/// An id, written as it is shown.
fn shown_id(text: &str) -> Option<PropertyId> {
    text.parse().ok().filter(|n: &i64| *n > 0 && n.to_string() == text).map(PropertyId::new)
}

pub async fn keepers(r: &Read, ids: &[PropertyId]) -> Result<Vec<Keeper>> {
    r.all(sql!(
        "SELECT a.property_id, a.person_id, p.first_name, p.last_name, p.email, n.raw AS phone, f.reference FROM property_assignment a \
         JOIN person p ON p.id = a.person_id LEFT JOIN person_reference f ON f.person_id = p.id LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE a.org_id = $1 AND a.property_id = ANY($2) AND p.archived_at IS NULL AND p.deleted_at IS NULL \
         ORDER BY a.property_id, a.person_id",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn cards(r: &Read, ids: &[PropertyId]) -> Result<Vec<Card>> {
    r.all(sql!(
        "SELECT id, property_id, kind, name, email, phone, responsibility FROM contact_card \
         WHERE org_id = $1 AND property_id = ANY($2) AND deleted_at IS NULL AND published_at <= $3 \
         AND (expires_at IS NULL OR expires_at > $3) ORDER BY property_id, position, id",
        r.caller().org,
        ids,
        r.now()
    ))
    .await
}
