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

/// Characters of one line of an address as people type it.
const LONGEST: usize = 200;

impl Input {
    fn is_absent(&self) -> bool {
        let texts = [&self.address1, &self.city, &self.state, &self.postal];
        texts.iter().all(|field| field.is_absent()) && self.address2.is_absent()
    }

    /// What is given over what is there, without what stands around it: street, what else, city, state, postal code.
    fn over(&self, now: Option<&Address>) -> [String; 5] {
        let text = |field: &Field<String>, now: Option<&String>| {
            field.given().or(now).map(|text| text.trim().to_owned()).unwrap_or_default()
        };
        let second = match self.address2.given() {
            Some(given) => given.clone(),
            None => now.and_then(|a| a.address2.clone()),
        };
        [
            text(&self.address1, now.map(|a| &a.address1)),
            second.unwrap_or_default().trim().to_owned(),
            text(&self.city, now.map(|a| &a.city)),
            text(&self.state, now.map(|a| &a.state)),
            text(&self.postal, now.map(|a| &a.postal)),
        ]
    }
}

/// The address that letters to a person go to.
pub(crate) async fn mailing(r: &Read, person: PersonId) -> Result<Option<Address>> {
    Ok(of_people(r, &[person]).await?.into_iter().find(|a| a.is_mailing))
}

/// A mailing address as a person typed it, held against what is there. What is not changed is not looked at again.
pub(crate) struct Typed {
    now: Option<Address>,
    new: [String; 5],
    country: String,
}

impl Typed {
    /// Reads it: all of it empty means that there is none any more. What is wrong is noted under the names of its fields.
    pub(crate) async fn read(
        r: &Read,
        person: Option<PersonId>,
        input: &Input,
        country: &str,
        faults: &mut Faults,
    ) -> Result<Option<Self>> {
        if input.is_absent() {
            return Ok(None);
        }
        let now = match person {
            Some(person) => mailing(r, person).await?,
            None => None,
        };
        let (was, new) = (Input::default().over(now.as_ref()), input.over(now.as_ref()));
        let country = now.as_ref().map_or(country, |a| a.country.as_str()).to_owned();
        if new == was {
            return Ok(None);
        }
        let [street, _, city, state, postal] = &new;
        for (name, text) in ["address1", "address2", "city", "state", "postal"].into_iter().zip(&new) {
            if text.chars().count() > LONGEST {
                faults.add(name, Problem::TooLong(LONGEST));
            }
        }
        let typed = Self { now, country, new: new.clone() };
        if typed.is_blank() {
            return Ok(Some(typed));
        }
        for (name, text) in [("address1", street), ("city", city)] {
            if text.is_empty() {
                faults.add(name, Problem::Required);
            }
        }
        if typed.country == "US" {
            if region::zone("US", state).is_none() {
                faults.add("state", Problem::Unknown);
            }
            if !region::is_us_postal(postal) {
                faults.add("postal", Problem::Malformed);
            }
        }
        Ok(Some(typed))
    }

    fn is_blank(&self) -> bool {
        self.new.iter().all(String::is_empty)
    }

    /// Stores it.
    pub(crate) async fn store(self, w: &Write, person: PersonId) -> Result<()> {
        if self.is_blank() {
            let Some(now) = self.now else { return Ok(()) };
            let gone = sql!("DELETE FROM address WHERE org_id = $1 AND id = $2", w.caller().org, now.id);
            return w.execute(gone).await.map(drop);
        }
        let [street, second, city, state, postal] = self.new;
        let input = Input {
            address1: Field::Given(street),
            address2: Field::Given(Some(second).filter(|s| !s.is_empty())),
            city: Field::Given(city),
            state: Field::Given(state),
            postal: Field::Given(postal),
        };
        store_mailing(w, person, self.now.as_ref(), &input, &self.country).await.map(drop)
    }
}
