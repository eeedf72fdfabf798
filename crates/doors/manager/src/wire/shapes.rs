//! The shapes of things, keys in their order on the wire (M4 to M6). What this API has and the core does not is null.

use std::collections::BTreeMap;

use app::{
    contact_card::Kind,
    directory::{self, PhoneNumber},
};
use kernel::Living;
use serde::Serialize;
use utoipa::ToSchema;

use super::time;

/// Fields that the management defines itself: there are none.
type CustomFields = BTreeMap<String, String>;

/// The reference of a contact: the management's own, else one made of the id.
fn contact_id(id: kernel::PersonId, reference: Option<&String>) -> String {
    reference.cloned().unwrap_or_else(|| directory::made_reference(id))
}

/// The reference of a property or a unit: the management's own, else the digits of the id.
fn place_id(id: impl std::fmt::Display, reference: Option<&String>) -> String {
    reference.cloned().unwrap_or_else(|| id.to_string())
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Contact<'a> {
    /// The management's reference.
    pub id: String,
    /// The id in the database.
    pub internal_id: i64,
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub company_name: Option<&'a str>,
    pub email: Option<&'a str>,
    pub telephone: Option<&'a str>,
    pub mobile: Option<&'a str>,
    pub street: Option<&'a str>,
    pub postal_code: Option<&'a str>,
    pub city: Option<&'a str>,
    pub country: Option<&'a str>,
    /// What they own and rent, ended contracts too.
    pub contracts: Vec<Contract>,
    pub custom_fields: CustomFields,
    /// Their page on the desk.
    pub app_link: String,
}

/// What somebody owns or rents.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    /// As what.
    #[serde(rename = "type")]
    #[schema(example = "RENTER")]
    pub kind: &'static str,
    /// The property's id.
    pub property_id: String,
    /// The unit's id; null when it is about the whole property.
    pub unit_id: Option<String>,
    /// From when; null when it was always.
    #[schema(format = DateTime)]
    pub start_date: Option<String>,
    /// Until when; null when it is open.
    #[schema(format = DateTime)]
    pub end_date: Option<String>,
}

impl<'a> Contact<'a> {
    /// A person of the directory. `base` is the install's address.
    #[must_use]
    pub fn of(p: &'a directory::Person, base: &str) -> Self {
        let is_mobile = |n: &PhoneNumber| {
            n.label.as_deref().is_some_and(|l| l.eq_ignore_ascii_case("mobile") || l.eq_ignore_ascii_case("cell"))
        };
        let number = |mobile| p.phones.iter().filter(move |n| is_mobile(n) == mobile);
        let first = |mobile| number(mobile).find(|n| n.is_primary).or(number(mobile).next()).map(|n| n.raw.as_str());
        let address = p.address.as_ref();
        Self {
            id: contact_id(p.person.id, p.person.reference.as_ref()),
            internal_id: p.person.id.get(),
            first_name: &p.person.first_name,
            last_name: &p.person.last_name,
            company_name: p.person.business_name.as_deref(),
            email: p.person.email.as_deref(),
            telephone: first(false),
            mobile: first(true),
            street: address.map(|a| a.address1.as_str()),
            postal_code: address.map(|a| a.postal.as_str()),
            city: address.map(|a| a.city.as_str()),
            country: address.map(|a| a.country.as_str()),
            contracts: p.contracts.iter().map(Contract::of).collect(),
            custom_fields: CustomFields::new(),
            app_link: format!("{base}/desk/people/{}", p.person.id),
        }
    }
}

impl Contract {
    fn of(c: &directory::Contract) -> Self {
        let end = [c.ends_at, c.moved_out_at].into_iter().flatten().min();
        Self {
            kind: if c.role == Living::Owner { "OWNER" } else { "RENTER" },
            property_id: place_id(c.property_id, c.property_reference.as_ref()),
            unit_id: c.unit_id.map(|id| place_id(id, c.unit_reference.as_ref())),
            start_date: c.starts_at.map(time::shown),
            end_date: end.map(time::shown),
        }
    }
}

/// What is let or owned.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Unit<'a> {
    pub id: String,
    pub internal_id: i64,
    /// What it is in words, else its number.
    pub name: &'a str,
    pub number: &'a str,
    pub property_id: String,
    /// Street, postal code and city on one line; may be empty.
    pub address: String,
}

impl<'a> Unit<'a> {
    /// A unit of the directory.
    #[must_use]
    pub fn of(u: &'a directory::UnitRow) -> Self {
        let town = format!("{} {}", u.postal, u.city);
        let parts = [u.street.trim(), town.trim()].into_iter().filter(|part| !part.is_empty());
        Self {
            id: place_id(u.id, u.reference.as_ref()),
            internal_id: u.id.get(),
            name: u.description.as_deref().filter(|d| !d.trim().is_empty()).unwrap_or(&u.number),
            number: &u.number,
            property_id: place_id(u.property_id, u.property_reference.as_ref()),
            address: parts.collect::<Vec<_>>().join(", "),
        }
    }
}

/// A site with units.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Property<'a> {
    pub id: String,
    pub internal_id: i64,
    pub name: &'a str,
    /// What it is, in words.
    pub note: Option<&'a str>,
    pub country: &'a str,
    pub city: &'a str,
    pub postal_code: &'a str,
    /// The management's reference.
    pub number: String,
    pub msc_number: Option<String>,
    pub msc_provider_name: Option<String>,
    pub msc_provider_identifier: Option<String>,
    pub images: Vec<String>,
    pub addresses: Vec<Address<'a>>,
    pub responsibilities: Vec<Responsibility<'a>>,
    pub custom_fields: CustomFields,
    /// Its page on the desk.
    pub app_link: String,
}

/// Where houses of a property stand, with their units.
#[derive(Debug, Serialize, ToSchema)]
pub struct Address<'a> {
    /// Street and number.
    pub street: &'a str,
    /// The ids of the units, by number.
    pub units: Vec<String>,
}

/// Who is responsible for something at a property.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Responsibility<'a> {
    pub contact_id: String,
    pub contact_internal_id: i64,
    pub contact_name: String,
    pub role_name: String,
    /// `internal` or `external`.
    pub role_type: &'static str,
    pub email: Option<&'a str>,
    pub telephone: Option<&'a str>,
}

impl<'a> Property<'a> {
    /// A property of the directory. `base` is the install's address.
    #[must_use]
    pub fn of(p: &'a directory::Property, base: &str) -> Self {
        let row = &p.property;
        let units = |h: &'a directory::House| h.units.iter().map(|(id, named)| place_id(id, named.as_ref())).collect();
        let address = |h: &'a directory::House| Address { street: &h.street, units: units(h) };
        let keepers = p.keepers.iter().map(Responsibility::keeper);
        Self {
            id: place_id(row.id, row.reference.as_ref()),
            internal_id: row.id.get(),
            name: &row.name,
            note: row.description.as_deref(),
            country: &row.country,
            city: &row.city,
            postal_code: &row.postal,
            number: place_id(row.id, row.reference.as_ref()),
            msc_number: None,
            msc_provider_name: None,
            msc_provider_identifier: None,
            images: Vec::new(),
            addresses: p.houses.iter().map(address).collect(),
            responsibilities: keepers.chain(p.cards.iter().map(Responsibility::card)).collect(),
            custom_fields: CustomFields::new(),
            app_link: format!("{base}/desk/properties/{}", row.id),
        }
    }
}

impl<'a> Responsibility<'a> {
    fn keeper(k: &'a directory::Keeper) -> Self {
        Self {
            contact_id: contact_id(k.person_id, k.reference.as_ref()),
            contact_internal_id: k.person_id.get(),
            contact_name: format!("{} {}", k.first_name, k.last_name).trim().to_owned(),
            role_name: "Property manager".to_owned(),
            role_type: "internal",
            email: k.email.as_deref(),
            telephone: k.phone.as_deref(),
        }
    }

    /// A contact card is no person of the directory: its reference says so.
    fn card(c: &'a directory::Card) -> Self {
        let (role, kind) = match c.kind {
            Kind::Manager => ("Manager", "internal"),
            Kind::Internal => ("Internal", "internal"),
            Kind::External => ("External", "external"),
        };
        Self {
            contact_id: format!("card-{}", c.id),
            contact_internal_id: c.id.get(),
            contact_name: c.name.clone(),
            role_name: c.responsibility.clone().unwrap_or_else(|| role.to_owned()),
            role_type: kind,
            email: c.email.as_deref(),
            telephone: c.phone.as_deref(),
        }
    }
}
