//! Alternate contacts: whom to ask when a person cannot be reached.

use db::{Read, Write, row, sql};
use kernel::{ContactId, Email, Faults, Field, PersonId, Phone, Problem, Result};
use uuid::Uuid;

use super::{address, phone, region};

row! {
    /// Somebody to ask when a person cannot be reached.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AlternateContact {
        /// Its id.
        pub id: ContactId,
        /// Its uid.
        pub uid: Uuid,
        /// Whose.
        pub person_id: PersonId,
        /// Given name.
        pub first_name: Option<String>,
        /// Letter between the names.
        pub middle_initial: Option<String>,
        /// Family name.
        pub last_name: Option<String>,
        /// E-mail address, as written.
        pub email: Option<String>,
        /// How they are related.
        pub description: Option<String>,
        /// Whether to be asked first.
        pub is_primary: bool,
        /// Street and number.
        pub address1: Option<String>,
        /// What else is needed to find the door.
        pub address2: Option<String>,
        /// City.
        pub city: Option<String>,
        /// State or region.
        pub state: Option<String>,
        /// Postal code.
        pub postal: Option<String>,
    }

    /// The uid of a contact, with its person.
    pub(crate) struct Mark {
        pub person_id: PersonId,
        pub uid: Uuid,
    }
}

/// How many contacts a person may have.
const MOST: usize = 20;

/// A contact to be added or changed.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The contact that is meant; without one it is a new contact.
    pub uid: Option<Uuid>,
    /// Given name.
    pub first_name: Field<Option<String>>,
    /// Letter between the names.
    pub middle_initial: Field<Option<String>>,
    /// Family name.
    pub last_name: Field<Option<String>>,
    /// E-mail address.
    pub email: Field<Option<Email>>,
    /// How they are related.
    pub description: Field<Option<String>>,
    /// Whether to be asked first.
    pub primary: Field<bool>,
    /// Their numbers, all of them.
    pub phones: Vec<phone::Input>,
    /// Where they live.
    pub address: address::Input,
}

/// The uids of these people's contacts, by id.
pub(crate) async fn marks(r: &Read, ids: &[PersonId]) -> Result<Vec<Mark>> {
    r.all(sql!(
        "SELECT person_id, uid FROM alternate_contact WHERE org_id = $1 AND person_id = ANY($2) ORDER BY person_id, id",
        r.caller().org,
        ids
    ))
    .await
}

/// A person's contacts, by id.
pub(crate) async fn of_person(r: &Read, id: PersonId) -> Result<Vec<AlternateContact>> {
    r.all(sql!(
        "SELECT id, uid, person_id, first_name, middle_initial, last_name, email, description, is_primary, address1, address2, city, state, postal \
         FROM alternate_contact WHERE org_id = $1 AND person_id = $2 ORDER BY id",
        r.caller().org,
        id
    ))
    .await
}

/// Notes what is wrong under `contacts`, by the position in `inputs`.
pub(crate) fn check(now: &[AlternateContact], inputs: &[Input], country: &str, faults: &mut Faults) {
    for (i, input) in inputs.iter().enumerate() {
        let mut inner = Faults::new();
        if input.uid.is_some_and(|uid| !now.iter().any(|c| c.uid == uid)) {
            inner.add("id", Problem::Unknown);
        }
        for (n, phone) in input.phones.iter().enumerate() {
            let at = vec!["phone_numbers".into(), n.to_string().into(), "number".into()];
            if phone.number.is_absent() {
                inner.add_at(at, Problem::Required);
            } else if phone.number.given().is_some_and(|raw| Phone::read(raw, country).e164().is_none()) {
                inner.add_at(at, Problem::NotPhone);
            }
        }
        if country == "US" {
            if input.address.state.given().is_some_and(|s| !region::is_us_state(s)) {
                inner.add_at(vec!["address".into(), "state".into()], Problem::Unknown);
            }
            if input.address.postal.given().is_some_and(|p| !region::is_us_postal(p)) {
                inner.add_at(vec!["address".into(), "postal".into()], Problem::Malformed);
            }
        }
        let mut here = Faults::new();
        here.nest(i.to_string(), inner);
        faults.nest("contacts", here);
    }
    if now.len() + inputs.iter().filter(|c| c.uid.is_none()).count() > MOST {
        faults.add("contacts", Problem::TooLong(MOST));
    }
}

/// Stores what [`check`] found good.
pub(crate) async fn store(
    w: &Write,
    person: PersonId,
    now: &[AlternateContact],
    inputs: &[Input],
    country: &str,
) -> Result<()> {
    for input in inputs {
        let was = input.uid.and_then(|uid| now.iter().find(|c| c.uid == uid));
        let id = put(w, person, was, input).await?;
        if !input.phones.is_empty() {
            w.execute(sql!("DELETE FROM contact_phone WHERE org_id = $1 AND contact_id = $2", w.caller().org, id))
                .await?;
        }
        for (n, phone) in input.phones.iter().enumerate() {
            let Some(raw) = phone.number.given() else { continue };
            let number = Phone::read(raw, country);
            w.execute(sql!(
                "INSERT INTO contact_phone (org_id, contact_id, raw, e164, extension, label, is_primary) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                w.caller().org,
                id,
                number.raw(),
                number.e164(),
                phone.extension.given().cloned().flatten(),
                phone.label.given().cloned().flatten(),
                phone.primary.or_keep(&(n == 0))
            ))
            .await?;
        }
    }
    Ok(())
}

async fn put(w: &Write, person: PersonId, was: Option<&AlternateContact>, input: &Input) -> Result<ContactId> {
    let keep = |field: &Field<Option<String>>, was: Option<&Option<String>>| field.or_keep(was.unwrap_or(&None));
    let part = |field: &Field<String>, was: Option<&Option<String>>| {
        field.given().cloned().map_or_else(|| was.cloned().flatten(), Some)
    };
    let email = input.email.clone().map(|e| e.map(|e| e.as_str().to_owned()));
    let new = AlternateContact {
        id: was.map_or(ContactId::new(0), |c| c.id),
        uid: was.map_or_else(|| w.uid(), |c| c.uid),
        person_id: person,
        first_name: keep(&input.first_name, was.map(|c| &c.first_name)),
        middle_initial: keep(&input.middle_initial, was.map(|c| &c.middle_initial)),
        last_name: keep(&input.last_name, was.map(|c| &c.last_name)),
        email: keep(&email, was.map(|c| &c.email)),
        description: keep(&input.description, was.map(|c| &c.description)),
        is_primary: input.primary.or_keep(&was.is_some_and(|c| c.is_primary)),
        address1: part(&input.address.address1, was.map(|c| &c.address1)),
        address2: keep(&input.address.address2, was.map(|c| &c.address2)),
        city: part(&input.address.city, was.map(|c| &c.city)),
        state: part(&input.address.state, was.map(|c| &c.state)),
        postal: part(&input.address.postal, was.map(|c| &c.postal)),
    };
    if new.is_primary {
        w.execute(sql!(
            "UPDATE alternate_contact SET is_primary = FALSE WHERE org_id = $1 AND person_id = $2 AND is_primary",
            w.caller().org,
            person
        ))
        .await?;
    }
    if was.is_some() {
        w.execute(sql!(
            "UPDATE alternate_contact SET first_name = $3, middle_initial = $4, last_name = $5, email = $6, description = $7, \
             is_primary = $8, address1 = $9, address2 = $10, city = $11, state = $12, postal = $13, updated_at = $14 \
             WHERE org_id = $1 AND id = $2",
            w.caller().org, new.id, &new.first_name, &new.middle_initial, &new.last_name, &new.email, &new.description,
            new.is_primary, &new.address1, &new.address2, &new.city, &new.state, &new.postal, w.now()
        ))
        .await?;
        return Ok(new.id);
    }
    w.one(sql!(
        "INSERT INTO alternate_contact (uid, org_id, person_id, first_name, middle_initial, last_name, email, description, is_primary, \
         address1, address2, city, state, postal, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15) RETURNING id",
        new.uid, w.caller().org, person, &new.first_name, &new.middle_initial, &new.last_name, &new.email, &new.description,
        new.is_primary, &new.address1, &new.address2, &new.city, &new.state, &new.postal, w.now()
    ))
    .await
}
