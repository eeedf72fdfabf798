//! The SQL of tenancies.

use db::{Read, Write, row, sql};
use kernel::{Instant, Living, PersonId, PropertyId, Result, TenancyId, UnitId};

row! {
    /// Who lives where, and until when.
    #[derive(Clone, Debug)]
    pub struct Tenancy {
        /// Its id.
        pub id: TenancyId,
        /// Who.
        pub person_id: PersonId,
        /// Where.
        pub property_id: PropertyId,
        /// In which unit.
        pub unit_id: Option<UnitId>,
        /// That unit's number.
        pub unit_number: Option<String>,
        /// How many live there.
        pub occupants: Option<i64>,
        /// From when; open when not known.
        pub starts_at: Option<Instant>,
        /// Until when; open when not foreseen.
        pub ends_at: Option<Instant>,
        /// When the person moved out.
        pub moved_out_at: Option<Instant>,
        /// What ended it: `archive`, `person`, `schedule`, `household` with whom they lived, or `removed` by those.
        pub ended_by: Option<String>,
        /// When it was noted.
        pub created_at: Instant,
        /// When a value of it last changed.
        pub updated_at: Instant,
    }

    /// Where a tenancy is.
    #[derive(Clone, Debug)]
    pub struct Place {
        pub id: TenancyId,
        pub property_id: PropertyId,
        pub unit_id: Option<UnitId>,
        pub role: Living,
    }
}

pub async fn by_id(r: &Read, id: TenancyId) -> Result<Option<Tenancy>> {
    r.optional(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, u.number AS unit_number, t.occupants, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, t.created_at, t.updated_at \
         FROM tenancy t LEFT JOIN unit u ON u.id = t.unit_id WHERE t.org_id = $1 AND t.id = $2 AND t.role = 'tenant' AND t.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

/// The tenancy of this id, in whatever role.
pub async fn any_by_id(r: &Read, id: TenancyId) -> Result<Option<Tenancy>> {
    r.optional(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, u.number AS unit_number, t.occupants, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, t.created_at, t.updated_at \
         FROM tenancy t LEFT JOIN unit u ON u.id = t.unit_id WHERE t.org_id = $1 AND t.id = $2 AND t.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn all(r: &Read) -> Result<Vec<Tenancy>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, u.number AS unit_number, t.occupants, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, t.created_at, t.updated_at \
         FROM tenancy t LEFT JOIN unit u ON u.id = t.unit_id WHERE t.org_id = $1 AND t.role = 'tenant' AND t.deleted_at IS NULL ORDER BY t.id",
        r.caller().org
    ))
    .await
}

pub async fn of_person(r: &Read, id: PersonId) -> Result<Vec<Tenancy>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, u.number AS unit_number, t.occupants, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, t.created_at, t.updated_at \
         FROM tenancy t LEFT JOIN unit u ON u.id = t.unit_id WHERE t.org_id = $1 AND t.person_id = $2 AND t.role = 'tenant' AND t.deleted_at IS NULL ORDER BY t.id",
        r.caller().org,
        id
    ))
    .await
}

pub async fn of_person_any_role(r: &Read, id: PersonId) -> Result<Vec<Tenancy>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, u.number AS unit_number, t.occupants, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, t.created_at, t.updated_at \
         FROM tenancy t LEFT JOIN unit u ON u.id = t.unit_id WHERE t.org_id = $1 AND t.person_id = $2 AND t.deleted_at IS NULL ORDER BY t.id",
        r.caller().org,
        id
    ))
    .await
}

pub async fn of_people(r: &Read, ids: &[PersonId]) -> Result<Vec<Tenancy>> {
    // The plus, here and below, keeps SQLite from walking through all tenancies only because they are in order.
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, u.number AS unit_number, t.occupants, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, t.created_at, t.updated_at \
         FROM tenancy t LEFT JOIN unit u ON u.id = t.unit_id WHERE t.org_id = $1 AND t.person_id = ANY($2) AND t.role = 'tenant' AND t.deleted_at IS NULL ORDER BY +t.id",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn of_properties(r: &Read, ids: &[PropertyId]) -> Result<Vec<Tenancy>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, u.number AS unit_number, t.occupants, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, t.created_at, t.updated_at \
         FROM tenancy t LEFT JOIN unit u ON u.id = t.unit_id WHERE t.org_id = $1 AND t.property_id = ANY($2) AND t.role = 'tenant' AND t.deleted_at IS NULL ORDER BY +t.id",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn of_property_any_role(r: &Read, id: PropertyId) -> Result<Vec<Tenancy>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, u.number AS unit_number, t.occupants, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, t.created_at, t.updated_at \
         FROM tenancy t LEFT JOIN unit u ON u.id = t.unit_id WHERE t.org_id = $1 AND t.property_id = $2 AND t.deleted_at IS NULL ORDER BY t.id",
        r.caller().org,
        id
    ))
    .await
}

/// Tenancies whose end has come and was not noted.
pub async fn due(r: &Read, most: u32) -> Result<Vec<Tenancy>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, u.number AS unit_number, t.occupants, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, t.created_at, t.updated_at \
         FROM tenancy t LEFT JOIN unit u ON u.id = t.unit_id WHERE t.org_id = $1 AND t.ends_at <= $2 AND t.ended_by IS NULL AND t.deleted_at IS NULL \
         ORDER BY t.ends_at, t.id LIMIT $3",
        r.caller().org,
        r.now(),
        most
    ))
    .await
}

pub async fn insert(
    w: &Write,
    person: PersonId,
    property: PropertyId,
    unit: Option<UnitId>,
    starts: Instant,
    ends: Option<Instant>,
    occupants: Option<i64>,
) -> Result<TenancyId> {
    w.one(sql!(
        "INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, starts_at, ends_at, occupants, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, 'tenant', $6, $7, $8, $9, $9) RETURNING id",
        w.uid(), w.caller().org, person, property, unit, starts, ends, occupants, w.now()
    ))
    .await
}

pub async fn insert_as(
    w: &Write,
    person: PersonId,
    property: PropertyId,
    unit: Option<UnitId>,
    living: Living,
    starts: Instant,
) -> Result<TenancyId> {
    w.one(sql!(
        "INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, starts_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING id",
        w.uid(),
        w.caller().org,
        person,
        property,
        unit,
        living,
        starts,
        w.now()
    ))
    .await
}

/// The running tenancies of a person who is to be an owner and is none there, or is to live where they own.
pub async fn of_other_living(r: &Read, person: PersonId, living: Living) -> Result<Vec<Place>> {
    r.all(sql!(
        "SELECT id, property_id, unit_id, role FROM tenancy WHERE org_id = $1 AND person_id = $2 AND deleted_at IS NULL \
         AND role <> 'guest' AND (role = 'owner') <> $4 AND (starts_at IS NULL OR starts_at <= $3) AND (ends_at IS NULL OR ends_at > $3) \
         AND (moved_out_at IS NULL OR moved_out_at > $3) ORDER BY id",
        r.caller().org,
        person,
        r.now(),
        living == Living::Owner
    ))
    .await
}

pub async fn set_living(w: &Write, ids: &[TenancyId], living: Living) -> Result<()> {
    w.execute(sql!(
        "UPDATE tenancy SET role = $3, updated_at = $4 WHERE +org_id = $1 AND id = ANY($2)",
        w.caller().org,
        ids,
        living,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn update(w: &Write, t: &Tenancy) -> Result<()> {
    // An end that nothing has noted is found by itself.
    let leaves = [t.moved_out_at, t.ends_at].into_iter().flatten().min();
    let leaves = leaves.filter(|at| *at > w.now() && t.ended_by.is_some());
    w.execute(sql!(
        "UPDATE tenancy SET person_id = $3, property_id = $4, unit_id = $5, occupants = $6, starts_at = $7, ends_at = $8, moved_out_at = $9, \
         ended_by = $10, updated_at = $11, leaves_at = $12 WHERE org_id = $1 AND id = $2",
        w.caller().org, t.id, t.person_id, t.property_id, t.unit_id, t.occupants, t.starts_at, t.ends_at, t.moved_out_at, &t.ended_by, w.now(),
        leaves
    ))
    .await
    .map(drop)
}

/// Notes that somebody moves out at an instant, or does not. What follows is due then.
pub async fn move_out(w: &Write, id: TenancyId, at: Option<Instant>, by: Option<&'static str>) -> Result<()> {
    w.execute(sql!(
        "UPDATE tenancy SET moved_out_at = $3, ended_by = $4, updated_at = $5, leaves_at = CASE WHEN CAST($3 AS BIGINT) <= CAST($5 AS BIGINT) \
         OR ends_at <= $5 THEN NULL WHEN ends_at < $3 THEN ends_at ELSE $3 END WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        at,
        by,
        w.now()
    ))
    .await
    .map(drop)
}

/// Tenancies that were to end by now, as was noted ahead.
pub async fn left(r: &Read, most: u32) -> Result<Vec<TenancyId>> {
    r.all(sql!(
        "SELECT id FROM tenancy WHERE org_id = $1 AND leaves_at <= $2 ORDER BY leaves_at, id LIMIT $3",
        r.caller().org,
        r.now(),
        most
    ))
    .await
}

pub async fn note_left(w: &Write, ids: &[TenancyId]) -> Result<()> {
    let org = w.caller().org;
    w.execute(sql!("UPDATE tenancy SET leaves_at = NULL WHERE +org_id = $1 AND id = ANY($2)", org, ids)).await.map(drop)
}

pub async fn ended_by_schedule(w: &Write, ids: &[TenancyId]) -> Result<()> {
    let org = w.caller().org;
    w.execute(sql!("UPDATE tenancy SET ended_by = 'schedule' WHERE +org_id = $1 AND id = ANY($2)", org, ids))
        .await
        .map(drop)
}

/// Notes that where these people live changed, for "updated since" filters.
pub async fn touch_people(w: &Write, ids: &[TenancyId]) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET changed_at = $3 WHERE org_id = $1 AND id IN \
         (SELECT t.person_id FROM tenancy t WHERE +t.org_id = $1 AND t.id = ANY($2))",
        w.caller().org,
        ids,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete(w: &Write, id: TenancyId) -> Result<()> {
    w.execute(sql!("UPDATE tenancy SET deleted_at = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, w.now()))
        .await
        .map(drop)
}
