//! Houses of properties. They stand where their property is, unless they have an address of their own.

use db::{List, Slice, row};
use kernel::{Action, BuildingId, Caller, Error, Result};

use crate::{
    access::{Resource, require},
    account::Part,
    handle,
    unit::PageNumber,
};

row! {
    /// A house.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Building {
        /// Its id.
        pub id: BuildingId,
        /// Its name.
        pub name: String,
        /// Street and number.
        pub street: String,
        /// Postal code.
        pub postal: String,
        /// Town.
        pub city: String,
        /// ISO 3166 alpha-2.
        pub country: String,
        /// How many flats it has.
        pub flats: i64,
    }
}

const BUILDINGS: &str = "SELECT b.id, b.name, coalesce(b.street, p.street) AS street, coalesce(b.postal, p.postal) AS postal, \
    coalesce(b.city, p.city) AS city, p.country, \
    (SELECT count(*) FROM unit u WHERE u.org_id = b.org_id AND u.building_id = b.id AND u.deleted_at IS NULL) AS flats \
    FROM building b JOIN property p ON p.id = b.property_id";

handle! {
    /// Operations on buildings.
    Buildings
}

#[operations::compiled_here]
impl Buildings<'_> {
    /// One page of the houses, by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn page(&self, caller: &Caller, page: PageNumber) -> Result<Part<Building>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewProperties, Resource::Organization)?;
                let all = |list: List| list.filter("b.deleted_at IS NULL AND b.org_id = ?", r.caller().org);
                let total = r.one(all(List::new("buildings", "SELECT count(*) FROM building b")).whole()).await?;
                let slice = Slice::of(total, page.page, page.per_page);
                let rows =
                    r.all(all(List::new("buildings", BUILDINGS)).slice(&[("b.id", false)], false, &slice)).await?;
                Ok(Part { items: slice.turn(rows), total })
            })
            .await
    }

    /// One house.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: BuildingId) -> Result<Building> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewProperties, Resource::Organization)?;
                let list =
                    List::new("buildings", BUILDINGS).filter("b.deleted_at IS NULL AND b.org_id = ?", r.caller().org);
                r.optional(list.filter("b.id = ?", id).whole()).await?.ok_or(Error::NotFound("building"))
            })
            .await
    }
}
