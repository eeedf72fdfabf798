//! What the parts of a community share: the person as others see them, checks of texts, and numbered pages.

#[cfg(test)]
mod faces_tests;
#[cfg(test)]
mod leaving_tests;
#[cfg(test)]
mod publish_tests;
pub(crate) mod restore;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;

use db::{Change, Read, Write, row, sql};
use kernel::{Action, Actor, Caller, Entity, Error, Faults, Field, Id, PersonId, Problem, PropertyId, Result, UnitId};
use uuid::Uuid;

use crate::{
    access::{Resource, require},
    audience::Eye,
    handle,
    property::{self, Property},
};

row! {
    /// A person as others of a community may see them.
    #[derive(Clone, Debug)]
    pub struct PersonCard {
        /// The person.
        pub id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// Title.
        pub title: Option<String>,
        /// How they are addressed in letters.
        pub salutation: Option<String>,
        /// The picture they are shown with: the uid of a file with a thumbnail.
        pub avatar: Option<Uuid>,
        /// E-mail address.
        pub email: Option<String>,
        /// First phone number, as written.
        pub phone: Option<String>,
        /// The number of their mobile phone.
        pub mobile: Option<String>,
        /// The number of their fax.
        pub fax: Option<String>,
        /// Street of the postal address.
        pub street: Option<String>,
        /// Postal code of it.
        pub postal: Option<String>,
        /// City of it.
        pub city: Option<String>,
        /// Country of it.
        pub country: Option<String>,
        /// Whether they have a staff role.
        pub is_staff: bool,
    }

    /// A unit of the caller.
    #[derive(Clone, Debug)]
    pub struct UnitRow {
        /// The unit.
        pub id: UnitId,
        /// Where.
        pub property_id: PropertyId,
        /// Its number.
        pub number: String,
        /// What it is, in words.
        pub description: Option<String>,
        /// What the management calls it, if it does.
        pub reference: Option<String>,
    }
}

impl PersonCard {
    /// As far as a reader may know them: the staff knows all, everybody knows themselves, of the staff how it is reached
    /// is known, and of others name and picture.
    pub(crate) fn shown_to(mut self, reader: Option<&Self>) -> Self {
        if reader.is_some_and(|reader| reader.is_staff || reader.id == self.id) {
            return self;
        }
        (self.street, self.postal, self.city, self.country) = (None, None, None, None);
        if !self.is_staff {
            (self.email, self.phone, self.mobile, self.fax) = (None, None, None, None);
        }
        self
    }
}

/// One of the units of the caller.
#[derive(Clone, Debug)]
pub struct OwnUnit {
    /// The unit.
    pub unit: UnitRow,
    /// Whether they decide for it.
    pub unit_admin: bool,
}

/// A page counted from 0, as far as it was asked for.
#[derive(Clone, Copy, Debug)]
pub struct PageNumber {
    /// Which one.
    pub page: i64,
    /// How many rows, 1 to 100.
    pub limit: i64,
}

impl PageNumber {
    /// Rows of a page are between 1 and 100.
    #[must_use]
    pub fn new(page: i64, limit: i64) -> Self {
        Self { page: page.max(0), limit: limit.clamp(1, 100) }
    }

    pub(crate) const fn offset(self) -> i64 {
        self.page.saturating_mul(self.limit)
    }
}

/// Some of many.
#[derive(Clone, Debug)]
pub struct Counted<T> {
    /// These.
    pub rows: Vec<T>,
    /// How many there are in all.
    pub total: i64,
}

handle! {
    /// What a person has of communities.
    Communities
}

#[operations::compiled_here]
impl Communities<'_> {
    /// The properties in which the caller takes part, by id: those of running tenancies; for staff those they reach.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Property>> {
        self.0
            .read(caller, async |r, actor| {
                if actor.role().is_some() {
                    let mut all = property::store::all(r).await?;
                    all.retain(|p| require(actor, Action::ViewCommunity, Resource::Of(Some(p.id))).is_ok());
                    return Ok(all);
                }
                let mut ids: Vec<PropertyId> = actor.homes().iter().map(|h| h.property).collect();
                ids.sort_unstable();
                ids.dedup();
                let mut mine = property::store::these(r, &ids).await?;
                mine.sort_by_key(|p| p.id);
                Ok(mine)
            })
            .await
    }

    /// The units of the caller, by property and number; one row a unit.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn units(&self, caller: &Caller) -> Result<Vec<OwnUnit>> {
        self.0
            .read(caller, async |r, actor| {
                let ids: Vec<UnitId> = actor.homes().iter().filter_map(|h| h.unit).collect();
                let rows: Vec<UnitRow> = r
                    .all(sql!(
                        "SELECT id, property_id, number, description, reference FROM unit WHERE +org_id = $1 AND id = ANY($2) AND deleted_at IS NULL",
                        r.caller().org,
                        &ids
                    ))
                    .await?;
                let admin = |u: UnitId| actor.homes().iter().any(|h| h.unit == Some(u) && h.unit_admin);
                let mut out: Vec<OwnUnit> =
                    rows.into_iter().map(|unit| OwnUnit { unit_admin: admin(unit.id), unit }).collect();
                out.sort_by(|a, b| (a.unit.property_id, &a.unit.number).cmp(&(b.unit.property_id, &b.unit.number)));
                Ok(out)
            })
            .await
    }

    /// The caller's own card.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn me(&self, caller: &Caller) -> Result<PersonCard> {
        self.0
            .read(caller, async |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                people(r, vec![me]).await?.remove(&me).ok_or(Error::NotFound("person"))
            })
            .await
    }
}

/// These people, by id.
pub(crate) async fn people(r: &Read, mut ids: Vec<PersonId>) -> Result<HashMap<PersonId, PersonCard>> {
    ids.sort_unstable();
    ids.dedup();
    let rows: Vec<PersonCard> = r
        .all(sql!(
            "SELECT p.id, p.first_name, p.last_name, p.title, p.salutation, p.avatar, p.email, n.raw AS phone, \
             (SELECT min(m.raw) FROM phone_number m WHERE m.person_id = p.id AND lower(m.label) IN ('cell', 'mobile')) AS mobile, \
             (SELECT min(f.raw) FROM phone_number f WHERE f.person_id = p.id AND lower(f.label) = 'fax') AS fax, a.address1 AS street, a.postal, a.city, \
             a.country, EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = p.id) AS is_staff \
             FROM person p LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
             LEFT JOIN address a ON a.person_id = p.id AND a.is_mailing WHERE +p.org_id = $1 AND p.id = ANY($2)",
            r.caller().org,
            &ids
        ))
        .await?;
    Ok(rows.into_iter().map(|p| (p.id, p)).collect())
}

/// A property the actor may look at, and what they see of it; else it is not found.
pub(crate) fn look(actor: &Actor, property: PropertyId) -> Result<Eye> {
    Eye::of(actor, property).ok_or(Error::NotFound("property"))
}

/// The same of a property that a caller names: residents live there, the staff could name any.
pub(crate) async fn visit(r: &Read, actor: &Actor, property: PropertyId) -> Result<Eye> {
    let eye = look(actor, property)?;
    if actor.role().is_some() {
        property::find(r, property).await?.ok_or(Error::NotFound("property"))?;
    }
    Ok(eye)
}

/// The right to write what is shown at a property that exists.
pub(crate) async fn write_right(r: &Read, actor: &Actor, property: PropertyId) -> Result<()> {
    require(actor, Action::WriteCommunity, Resource::Of(Some(property)))?;
    property::find(r, property).await?.map(drop).ok_or(Error::NotFound("property"))
}

/// A text that is given is neither blank nor too long.
pub(crate) fn check_text(path: &'static str, field: &Field<String>, most: usize, faults: &mut Faults) {
    if let Some(text) = field.given() {
        if text.trim().is_empty() {
            faults.add(path, Problem::Blank);
        } else if text.chars().count() > most {
            faults.add(path, Problem::TooLong(most));
        }
    }
}

/// The same of one that may be missing.
pub(crate) fn check_optional(path: &'static str, field: &Field<Option<String>>, most: usize, faults: &mut Faults) {
    if field.given().and_then(Option::as_ref).is_some_and(|t| t.chars().count() > most) {
        faults.add(path, Problem::TooLong(most));
    }
}

/// Notes what happened to a thing of a property.
pub(crate) fn note<T: Entity>(w: &Write, action: &'static str, id: Id<T>, property: PropertyId, data: String) {
    w.change(Change::new(action, id).property(property).data(data));
}
