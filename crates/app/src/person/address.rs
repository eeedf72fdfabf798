//! Postal addresses of people.

use db::{Read, Write, row, sql};
use kernel::{AddressId, Faults, Field, PersonId, Problem, Result};
use uuid::Uuid;

use super::region;

row! {
    /// A postal address of a person.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Address {
        /// Its id.
        pub id: AddressId,
        /// Its uid.
        pub uid: Uuid,
        /// Whose.
        pub person_id: PersonId,
        /// Street and number.
        pub address1: String,
        /// What else is needed to find the door.
        pub address2: Option<String>,
        /// City.
        pub city: String,
        /// State or region.
        pub state: String,
        /// Postal code.
        pub postal: String,
        /// ISO 3166 alpha-2.
        pub country: String,
        /// Home, Work …
        pub label: String,
        /// Whether letters go there.
        pub is_mailing: bool,
        /// Degrees north, where known.
        pub latitude: Option<f64>,
        /// Degrees east, where known.
        pub longitude: Option<f64>,
        /// Whether letters came back.
        pub invalid_data: bool,
    }
}

impl Address {
    /// The IANA name of the time zone there, as far as country and state tell it.
    #[must_use]
    pub fn time_zone(&self) -> Option<&'static str> {
        region::zone(&self.country, &self.state)
    }
}

/// A change of the mailing address: what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Street and number.
    pub address1: Field<String>,
    /// What else is needed to find the door.
    pub address2: Field<Option<String>>,
    /// City.
    pub city: Field<String>,
    /// State or region.
    pub state: Field<String>,
    /// Postal code.
    pub postal: Field<String>,
}

/// The addresses of these people, by id.
pub(crate) async fn of_people(r: &Read, ids: &[PersonId]) -> Result<Vec<Address>> {
    r.all(sql!(
        "SELECT id, uid, person_id, address1, address2, city, state, postal, country, label, is_mailing, latitude, longitude, invalid_data \
         FROM address WHERE org_id = $1 AND person_id = ANY($2) ORDER BY person_id, id",
        r.caller().org,
        ids
    ))
    .await
}

/// Holds a mailing address against the rules of its country. Notes what is wrong under `mailing_address`.
pub(crate) fn check(input: &Input, country: &str, faults: &mut Faults) {
    let mut inner = Faults::new();
    if let Some(state) = input.state.given()
        && country == "US"
        && region::zone(country, state).is_none()
    {
        inner.add("state", Problem::Unknown);
    }
    if let Some(postal) = input.postal.given()
        && country == "US"
        && !region::is_us_postal(postal)
    {
        inner.add("postal", Problem::Malformed);
    }
    faults.nest("mailing_address", inner);
}

/// Changes the mailing address, or makes it; answers whether anything changed.
pub(crate) async fn store_mailing(
    w: &Write,
    person: PersonId,
    now: Option<&Address>,
    input: &Input,
    country: &str,
) -> Result<bool> {
    let (org, at) = (w.caller().org, w.now());
    if let Some(now) = now {
        let new = Address {
            address1: input.address1.or_keep(&now.address1),
            address2: input.address2.or_keep(&now.address2),
            city: input.city.or_keep(&now.city),
            state: input.state.or_keep(&now.state),
            postal: input.postal.or_keep(&now.postal),
            ..now.clone()
        };
        if new == *now {
            return Ok(false);
        }
        return w
            .execute(sql!(
                "UPDATE address SET address1 = $3, address2 = $4, city = $5, state = $6, postal = $7, updated_at = $8 \
                 WHERE org_id = $1 AND id = $2",
                org,
                now.id,
                &new.address1,
                &new.address2,
                &new.city,
                &new.state,
                &new.postal,
                at
            ))
            .await
            .map(|_| true);
    }
    let text = |field: &Field<String>| field.given().cloned().unwrap_or_default();
    w.execute(sql!(
        "INSERT INTO address (uid, org_id, person_id, address1, address2, city, state, postal, country, label, is_mailing, invalid_data, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'Home', TRUE, FALSE, $10, $10)",
        w.uid(), org, person, text(&input.address1), input.address2.given().cloned().flatten(), text(&input.city), text(&input.state),
        text(&input.postal), country, at
    ))
    .await?;
    Ok(true)
}
