//! Units as flats: in which house, how large, and who owns them or lives there.

use std::collections::HashMap;

use db::{List, Read, Slice, row};
use kernel::{Action, BuildingId, Caller, Error, PersonId, Result, UnitId};

use super::{PageNumber, Units};
use crate::{
    access::{Resource, require},
    account::Part,
    user::{self, Role},
};

row! {
    struct Row {
        id: UnitId,
        building_id: BuildingId,
        number: String,
        floor: Option<String>,
        area: Option<i64>,
    }
}

/// A flat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flat {
    /// The unit.
    pub id: UnitId,
    /// The house it is in.
    pub building: BuildingId,
    /// Its number there.
    pub number: String,
    /// On which floor.
    pub floor: Option<String>,
    /// How large, in square decimetres.
    pub area: Option<i64>,
    /// Who owns it now, by id.
    pub landlords: Vec<PersonId>,
    /// Who lives there now, by id.
    pub dwellers: Vec<PersonId>,
}

/// Where nobody wrote how large it is, width and length tell.
const FLATS: &str = "SELECT u.id, u.building_id, u.number, u.floor, coalesce(u.area, u.width_mm * u.length_mm / 10000) AS area FROM unit u";

#[operations::compiled_here]
impl Units<'_> {
    /// One page of all flats, or of those of one house, by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn flats(&self, caller: &Caller, building: Option<BuildingId>, page: PageNumber) -> Result<Part<Flat>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewProperties, Resource::Organization)?;
                require(actor, Action::ViewPeople, Resource::Organization)?;
                let filtered = |list: List| {
                    list.filter("u.deleted_at IS NULL AND u.org_id = ?", r.caller().org)
                        .filter_if("u.building_id = ?", building)
                };
                let total = r.one(filtered(List::new("flats", "SELECT count(*) FROM unit u")).whole()).await?;
                let slice = Slice::of(total, page.page, page.per_page);
                let rows = r.all(filtered(List::new("flats", FLATS)).slice(&[("u.id", false)], false, &slice)).await?;
                Ok(Part { items: with_people(r, slice.turn(rows)).await?, total })
            })
            .await
    }

    /// One flat.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn flat(&self, caller: &Caller, id: UnitId) -> Result<Flat> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewProperties, Resource::Organization)?;
                require(actor, Action::ViewPeople, Resource::Organization)?;
                let list = List::new("flats", FLATS).filter("u.deleted_at IS NULL AND u.org_id = ?", r.caller().org);
                let rows = r.all(list.filter("u.id = ?", id).whole()).await?;
                with_people(r, rows).await?.pop().ok_or(Error::NotFound("unit"))
            })
            .await
    }
}

async fn with_people(r: &Read, rows: Vec<Row>) -> Result<Vec<Flat>> {
    let ids: Vec<UnitId> = rows.iter().map(|row| row.id).collect();
    let mut people: HashMap<UnitId, [Vec<PersonId>; 2]> = HashMap::new();
    for (flat, person, role) in user::of_flats(r, &ids).await? {
        let [landlords, dwellers] = people.entry(flat).or_default();
        if role == Role::Landlord { landlords.push(person) } else { dwellers.push(person) }
    }
    let flat = |row: Row| {
        let [landlords, dwellers] = people.remove(&row.id).unwrap_or_default();
        Flat {
            id: row.id,
            building: row.building_id,
            number: row.number,
            floor: row.floor,
            area: row.area,
            landlords,
            dwellers,
        }
    };
    Ok(rows.into_iter().map(flat).collect())
}
