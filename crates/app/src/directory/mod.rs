//! The organization's records as programs of the management read them: people, units and properties by id, in numbered
//! pages of what is within the caller's reach.

mod store;

use std::collections::HashMap;

use db::Read;
use kernel::{Action, Caller, Draft, Error, Field, Instant, Living, PersonId, PropertyId, Result, UnitId};

use crate::{
    access::reach,
    handle,
    person::{address, phone},
};

pub use crate::person::{address::Address, phone::PhoneNumber, reference::made as made_reference};
pub use store::{Card, Contract, Keeper, PersonRow, PropertyRow, UnitRow};

/// So many rows has a page.
pub const ROWS: i64 = 100;

/// A page, and whether another one follows.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Whether there are more behind them.
    pub more: bool,
}

/// Which people.
#[derive(Clone, Debug, Default)]
pub struct PeopleWanted {
    /// The page, from 1.
    pub page: Field<i64>,
    /// Changed after this instant, with what belongs to them.
    pub modified_after: Field<Instant>,
    /// Whether they have a login of their own.
    pub registered: Field<bool>,
    /// Whether an invitation is open.
    pub invited: Field<bool>,
    /// Own or rent something, at any time.
    pub role: Field<Living>,
}

/// Which units.
#[derive(Clone, Debug, Default)]
pub struct UnitsWanted {
    /// The page, from 1.
    pub page: Field<i64>,
    /// Changed after this instant.
    pub modified_after: Field<Instant>,
    /// Also those whose contracts have all ended.
    pub with_inactive: Field<bool>,
}

/// Which properties.
#[derive(Clone, Debug, Default)]
pub struct PropertiesWanted {
    /// The page, from 1.
    pub page: Field<i64>,
    /// Changed after this instant, with their units and contact cards.
    pub modified_after: Field<Instant>,
}

/// A person of the directory.
#[derive(Clone, Debug)]
pub struct Person {
    /// The person.
    pub person: PersonRow,
    /// The phone numbers, by id.
    pub phones: Vec<PhoneNumber>,
    /// Where letters go.
    pub address: Option<Address>,
    /// What they own and rent within reach, by id.
    pub contracts: Vec<Contract>,
}

/// Where a house of a property stands, and its units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct House {
    /// Street and number.
    pub street: String,
    /// Its units by number: each with what the management calls it, if it does.
    pub units: Vec<(UnitId, Option<String>)>,
}

/// A property of the directory.
#[derive(Clone, Debug)]
pub struct Property {
    /// The property.
    pub property: PropertyRow,
    /// Its houses in the order in which they were made, those with one address as one.
    pub houses: Vec<House>,
    /// Who manages it, by id.
    pub keepers: Vec<Keeper>,
    /// Who else is responsible, in the order in which the management put them.
    pub cards: Vec<Card>,
}

handle! {
    /// Reading page by page.
    Directory
}

#[operations::compiled_here]
impl Directory<'_> {
    /// One page of people.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`].
    pub async fn people(&self, caller: &Caller, wanted: Draft<PeopleWanted>) -> Result<Page<Person>> {
        self.0
            .read(caller, async move |r, actor| {
                let within = reach(actor, Action::ViewPeople)?;
                let (wanted, faults) = wanted.open()?;
                faults.finish()?;
                let page = store::people(r, within.only(), wanted).await?;
                Ok(Page { rows: whole_people(r, within.only(), page.rows).await?, more: page.more })
            })
            .await
    }

    /// One page of units.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`].
    pub async fn units(&self, caller: &Caller, wanted: Draft<UnitsWanted>) -> Result<Page<UnitRow>> {
        self.0
            .read(caller, async move |r, actor| {
                let within = reach(actor, Action::ViewProperties)?;
                let (wanted, faults) = wanted.open()?;
                faults.finish()?;
                store::units(r, within.only(), wanted).await
            })
            .await
    }

    /// One page of properties.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`].
    pub async fn properties(&self, caller: &Caller, wanted: Draft<PropertiesWanted>) -> Result<Page<Property>> {
        self.0
            .read(caller, async move |r, actor| {
                let within = reach(actor, Action::ViewProperties)?;
                let (wanted, faults) = wanted.open()?;
                faults.finish()?;
                let page = store::properties(r, within.only(), wanted).await?;
                Ok(Page { rows: whole_properties(r, page.rows).await?, more: page.more })
            })
            .await
    }

    /// One property, by the management's reference, else by its id. What is out of reach is not found, as if it did not exist.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who may see none; [`Error::NotFound`].
    pub async fn property(&self, caller: &Caller, name: String) -> Result<Property> {
        self.0
            .read(caller, async move |r, actor| {
                let within = reach(actor, Action::ViewProperties)?;
                let missing = Error::NotFound("property");
                let id = store::named(r, &name).await?;
                let id = id.filter(|id| within.only().is_none_or(|all| all.contains(id))).ok_or(missing.clone())?;
                let found = store::property(r, id).await?.ok_or(missing.clone())?;
                whole_properties(r, vec![found]).await?.pop().ok_or(missing)
            })
            .await
    }
}

/// People with what hangs on them, in as many statements for many as for one.
async fn whole_people(r: &Read, within: Option<&[PropertyId]>, rows: Vec<PersonRow>) -> Result<Vec<Person>> {
    let ids: Vec<PersonId> = rows.iter().map(|p| p.id).collect();
    let (phones, addresses, contracts) =
        tokio::try_join!(phone::of_people(r, &ids), address::of_people(r, &ids), store::contracts(r, &ids))?;
    let seen = |c: &Contract| within.is_none_or(|all| all.contains(&c.property_id));
    let mut phones = by(phones, |p| p.person_id);
    let mut addresses = by(addresses.into_iter().filter(|a| a.is_mailing).collect(), |a| a.person_id);
    let mut contracts = by(contracts.into_iter().filter(seen).collect(), |c| c.person_id);
    let whole = |person: PersonRow| Person {
        phones: phones.remove(&person.id).unwrap_or_default(),
        address: addresses.remove(&person.id).and_then(|mut all| all.pop()),
        contracts: contracts.remove(&person.id).unwrap_or_default(),
        person,
    };
    Ok(rows.into_iter().map(whole).collect())
}

/// The same for properties.
async fn whole_properties(r: &Read, rows: Vec<PropertyRow>) -> Result<Vec<Property>> {
    let ids: Vec<PropertyId> = rows.iter().map(|p| p.id).collect();
    let (houses, keepers, cards) =
        tokio::try_join!(store::houses(r, &ids), store::keepers(r, &ids), store::cards(r, &ids))?;
    let mut houses = by(houses, |h| h.property_id);
    let mut keepers = by(keepers, |k| k.property_id);
    let mut cards = by(cards, |c| c.property_id);
    let whole = |property: PropertyRow| Property {
        houses: merged(houses.remove(&property.id).unwrap_or_default()),
        keepers: keepers.remove(&property.id).unwrap_or_default(),
        cards: cards.remove(&property.id).unwrap_or_default(),
        property,
    };
    Ok(rows.into_iter().map(whole).collect())
}

/// Houses with their units; those with one address are one.
fn merged(rows: Vec<store::Housed>) -> Vec<House> {
    let mut all: Vec<House> = Vec::new();
    for row in rows {
        let nth = all.iter().position(|h| h.street == row.street).unwrap_or_else(|| {
            all.push(House { street: row.street, units: Vec::new() });
            all.len() - 1
        });
        if let Some(unit) = row.unit_id {
            all[nth].units.push((unit, row.unit_reference));
        }
    }
    all
}

/// Rows by what they belong to, each in its order.
fn by<K: std::hash::Hash + Eq, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut all: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        all.entry(key(&row)).or_default().push(row);
    }
    all
}
