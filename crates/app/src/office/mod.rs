//! What the desk's forms choose from: properties and people the caller reaches.

use db::{Read, row, sql};
use kernel::{Action, Caller, Currency, PersonId, PropertyId, Result, fold};

use crate::{
    access::{self, Reach, Resource, require},
    handle, search,
};

row! {
    /// A property to choose.
    #[derive(Clone, Debug)]
    pub struct Place {
        /// Its id.
        pub id: PropertyId,
        /// Its name.
        pub name: String,
        /// The time zone of its days.
        pub time_zone: String,
        /// The currency of its money.
        pub currency: Currency,
    }

    /// A person to choose.
    #[derive(Clone, Debug)]
    pub struct Someone {
        /// Who.
        pub id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// The name of a business.
        pub business_name: Option<String>,
        /// The address, to tell two of a name apart.
        pub email: Option<String>,
    }
}

row! {
    /// How many people an audience has.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Reached {
        /// All who live there or own.
        pub everyone: i64,
        /// Those who own.
        pub owners: i64,
        /// Those who rent, and those who live with them.
        pub tenants: i64,
        /// Those who decide for a unit.
        pub unit_admins: i64,
    }

    /// A building to choose.
    #[derive(Clone, Debug)]
    pub struct Building {
        /// Its id.
        pub id: kernel::BuildingId,
        /// Its name.
        pub name: String,
    }

    /// A building with how many people an announcement to it reaches.
    #[derive(Clone, Debug)]
    pub struct House {
        /// Its id.
        pub id: kernel::BuildingId,
        /// Its name.
        pub name: String,
        /// How many live there.
        pub people: i64,
    }
}

/// How many people are found at most.
const FOUND: u32 = 20;

handle! {
    /// What the desk chooses from.
    Offices
}

#[operations::compiled_here]
impl Offices<'_> {
    /// The properties in which the caller may do this, by name; archived ones are left out.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn places(&self, caller: &Caller, action: Action) -> Result<Vec<Place>> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = access::reach(actor, action)?;
                places(r, &reach).await
            })
            .await
    }

    /// The buildings of a property, by name, for whoever may invite there; none of a property out of reach.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn buildings(&self, caller: &Caller, property: PropertyId) -> Result<Vec<Building>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::InviteToUnit, Resource::Of(Some(property)))?;
                r.all(sql!(
                    "SELECT id, name FROM building WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL ORDER BY name, id",
                    r.caller().org,
                    property
                ))
                .await
            })
            .await
    }

    /// How many people announcements at a property reach, by audience and by building.
    ///
    /// # Errors
    /// [`kernel::Error::NotFound`], [`kernel::Error::Forbidden`].
    pub async fn reached(&self, caller: &Caller, property: PropertyId) -> Result<(Reached, Vec<House>)> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::WriteCommunity, Resource::Of(Some(property)))?;
                tokio::try_join!(reached(r, property), houses(r, property))
            })
            .await
    }

    /// Residents whose name begins so, or whose names begin with these words in any order, at most 20; a property manager finds those of
    /// their properties.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn people(&self, caller: &Caller, text: String) -> Result<Vec<Someone>> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = access::reach(actor, Action::ViewPeople)?;
                let key = fold(&text);
                if key.is_empty() {
                    return Ok(Vec::new());
                }
                people(r, &reach, &key, &text).await
            })
            .await
    }

    /// One resident, as [`Offices::people`] finds them.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn person(&self, caller: &Caller, id: PersonId) -> Result<Option<Someone>> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = access::reach(actor, Action::ViewPeople)?;
                person(r, &reach, id).await
            })
            .await
    }
}

/// The properties within reach, by name.
pub(crate) async fn places(r: &Read, reach: &Reach) -> Result<Vec<Place>> {
    r.all(sql!(
        "SELECT p.id, p.name, p.time_zone, o.currency FROM property p JOIN organization o ON o.id = p.org_id \
         WHERE p.org_id = $1 AND p.deleted_at IS NULL AND p.archived_at IS NULL AND ($2 OR p.id = ANY($3)) ORDER BY p.name_key, p.id",
        r.caller().org, reach.is_all(), reach.ids()
    ))
    .await
}

/// Whoever was noted this moment is not in the index of words yet, and is found by the beginning of their name.
macro_rules! people {
    () => {
        concat!(
            "SELECT p.id, p.first_name, p.last_name, p.business_name, p.email FROM person p \
             WHERE p.org_id = $1 AND p.deleted_at IS NULL AND p.archived_at IS NULL AND p.is_resident \
             AND ((p.name_key >= $4 AND p.name_key < $5) OR ",
            search::person_has!("$6", "$7", "$8", "$9"),
            ") AND ($2 OR EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = p.org_id AND t.person_id = p.id AND t.deleted_at IS NULL \
             AND t.property_id = ANY($3))) ORDER BY p.name_key, p.id LIMIT $10"
        )
    };
}

async fn people(r: &Read, reach: &Reach, key: &str, text: &str) -> Result<Vec<Someone>> {
    let [first, first_end, second, second_end] = search::two_terms(text);
    let end = format!("{key}\u{10FFFF}");
    r.all(sql!(
        sqlite: people!(), postgres: people!();
        r.caller().org, reach.is_all(), reach.ids(), key, end, &first, &first_end, &second, &second_end, FOUND
    ))
    .await
}

/// The resident, if they are within reach.
pub(crate) async fn person(r: &Read, reach: &Reach, id: PersonId) -> Result<Option<Someone>> {
    r.optional(sql!(
        "SELECT p.id, p.first_name, p.last_name, p.business_name, p.email FROM person p \
         WHERE p.org_id = $1 AND p.id = $4 AND p.deleted_at IS NULL AND p.archived_at IS NULL AND p.is_resident \
         AND ($2 OR EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = p.org_id AND t.person_id = p.id AND t.deleted_at IS NULL \
         AND t.property_id = ANY($3)))",
        r.caller().org, reach.is_all(), reach.ids(), id
    ))
    .await
}

async fn reached(r: &Read, property: PropertyId) -> Result<Reached> {
    r.one(sql!(
        "SELECT count(DISTINCT person_id) AS everyone, count(DISTINCT CASE WHEN role = 'owner' THEN person_id END) AS owners, \
         count(DISTINCT CASE WHEN role IN ('tenant', 'member') THEN person_id END) AS tenants, \
         count(DISTINCT CASE WHEN role <> 'guest' AND coalesce(unit_admin, role IN ('owner', 'tenant')) THEN person_id END) AS unit_admins \
         FROM tenancy WHERE org_id = $1 AND property_id = $2 AND deleted_at IS NULL AND (starts_at IS NULL OR starts_at <= $3) \
         AND (ends_at IS NULL OR ends_at > $3) AND (moved_out_at IS NULL OR moved_out_at > $3)",
        r.caller().org, property, r.now()
    ))
    .await
}

async fn houses(r: &Read, property: PropertyId) -> Result<Vec<House>> {
    r.all(sql!(
        "SELECT b.id, b.name, count(DISTINCT t.person_id) AS people FROM building b \
         LEFT JOIN unit u ON u.org_id = b.org_id AND u.property_id = b.property_id AND u.building_id = b.id AND u.deleted_at IS NULL \
         LEFT JOIN tenancy t ON t.org_id = b.org_id AND t.unit_id = u.id AND t.role <> 'guest' AND t.deleted_at IS NULL \
         AND (t.starts_at IS NULL OR t.starts_at <= $3) AND (t.ends_at IS NULL OR t.ends_at > $3) AND (t.moved_out_at IS NULL OR t.moved_out_at > $3) \
         WHERE b.org_id = $1 AND b.property_id = $2 AND b.deleted_at IS NULL GROUP BY b.id, b.name ORDER BY b.id",
        r.caller().org, property, r.now()
    ))
    .await
}
