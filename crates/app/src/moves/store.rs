//! The SQL of moving in and out.

use db::{Read, Write, row, sql};
use kernel::{Currency, Instant, LedgerId, Living, PersonId, PropertyId, Result, TenancyId, UnitId, fold};

use crate::{access::Reach, search};

row! {
    /// Somebody's tenancy, with its place and its ledger.
    #[derive(Clone, Debug)]
    pub struct Stay {
        /// Its id.
        pub id: TenancyId,
        /// Who.
        pub person_id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// The name of a business.
        pub business_name: Option<String>,
        /// Where.
        pub property_id: PropertyId,
        /// That property's name.
        pub property: String,
        /// The time zone of its days.
        pub time_zone: String,
        /// In which unit.
        pub unit_id: Option<UnitId>,
        /// Its number.
        pub unit: Option<String>,
        /// In which role.
        pub living: Living,
        /// From when.
        pub starts_at: Option<Instant>,
        /// Until when.
        pub ends_at: Option<Instant>,
        /// When they moved out.
        pub moved_out_at: Option<Instant>,
        /// What ended it.
        pub ended_by: Option<String>,
        /// Its ledger.
        pub ledger_id: Option<LedgerId>,
        /// What is owed.
        pub balance: Option<i64>,
        /// In which currency.
        pub currency: Option<Currency>,
    }

    /// Somebody who lives in a unit.
    #[derive(Clone, Debug)]
    pub struct Dweller {
        /// Who.
        pub id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// In which role.
        pub living: Living,
    }
}

pub async fn stay(r: &Read, id: TenancyId) -> Result<Option<Stay>> {
    r.optional(sql!(
        "SELECT t.id, t.person_id, p.first_name, p.last_name, p.business_name, t.property_id, h.name AS property, h.time_zone, \
         t.unit_id, u.number AS unit, t.role AS living, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, l.id AS ledger_id, l.balance, l.currency \
         FROM tenancy t JOIN person p ON p.id = t.person_id JOIN property h ON h.id = t.property_id LEFT JOIN unit u ON u.id = t.unit_id \
         LEFT JOIN ledger l ON l.id = (SELECT max(x.id) FROM ledger x WHERE x.tenancy_id = t.id) \
         WHERE t.org_id = $1 AND t.id = $2 AND t.deleted_at IS NULL",
        r.caller().org, id
    ))
    .await
}

macro_rules! stays {
    () => {
        concat!(
            "SELECT t.id, t.person_id, p.first_name, p.last_name, p.business_name, t.property_id, h.name AS property, h.time_zone, \
             t.unit_id, u.number AS unit, t.role AS living, t.starts_at, t.ends_at, t.moved_out_at, t.ended_by, l.id AS ledger_id, l.balance, l.currency \
             FROM tenancy t JOIN person p ON p.id = t.person_id JOIN property h ON h.id = t.property_id LEFT JOIN unit u ON u.id = t.unit_id \
             LEFT JOIN ledger l ON l.id = (SELECT max(x.id) FROM ledger x WHERE x.tenancy_id = t.id) \
             WHERE t.org_id = $1 AND t.deleted_at IS NULL AND t.moved_out_at IS NULL AND (t.ends_at IS NULL OR t.ends_at > $4) \
             AND ($2 OR t.property_id = ANY($3)) AND t.property_id = coalesce($5, t.property_id) \
             AND ((p.name_key >= $6 AND p.name_key < $7) OR u.number = $8 OR ",
            search::person_has!("$9", "$10", "$11", "$12"),
            ") ORDER BY p.name_key, t.id LIMIT 30"
        )
    };
}

/// Tenancies that are not over, by the name of the person or the number of the unit.
pub async fn stays(r: &Read, reach: &Reach, property: Option<PropertyId>, text: &str) -> Result<Vec<Stay>> {
    let (key, number) = (fold(text), text.trim());
    if key.is_empty() {
        return Ok(Vec::new());
    }
    let [first, first_end, second, second_end] = search::two_terms(text);
    let end = format!("{key}\u{10FFFF}");
    r.all(sql!(
        sqlite: stays!(), postgres: stays!();
        r.caller().org, reach.is_all(), reach.ids(), r.now(), property, &key, end, number, &first, &first_end, &second, &second_end
    ))
    .await
}

/// Who else lives in a unit now.
pub async fn dwellers(r: &Read, unit: UnitId, but: TenancyId) -> Result<Vec<Dweller>> {
    r.all(sql!(
        "SELECT p.id, p.first_name, p.last_name, t.role AS living FROM tenancy t JOIN person p ON p.id = t.person_id \
         WHERE t.org_id = $1 AND t.unit_id = $2 AND t.id <> $3 AND t.deleted_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= $4) \
         AND (t.ends_at IS NULL OR t.ends_at > $4) AND (t.moved_out_at IS NULL OR t.moved_out_at > $4) ORDER BY +t.id",
        r.caller().org, unit, but, r.now()
    ))
    .await
}

/// Whether somebody lives in a unit in this role, or is to.
pub async fn lives_in(r: &Read, person: PersonId, unit: UnitId, living: Living) -> Result<bool> {
    r.one(sql!(
        "SELECT EXISTS (SELECT 1 FROM tenancy WHERE org_id = $1 AND unit_id = $2 AND person_id = $3 AND role = $4 \
         AND deleted_at IS NULL AND (ends_at IS NULL OR ends_at > $5) AND (moved_out_at IS NULL OR moved_out_at > $5))",
        r.caller().org,
        unit,
        person,
        living,
        r.now()
    ))
    .await
}

/// Whether another tenant has the unit, or is to have it.
pub async fn is_taken(r: &Read, unit: UnitId, but: TenancyId) -> Result<bool> {
    r.one(sql!(
        "SELECT EXISTS (SELECT 1 FROM tenancy WHERE org_id = $1 AND unit_id = $2 AND id <> $3 AND role = 'tenant' \
         AND deleted_at IS NULL AND (ends_at IS NULL OR ends_at > $4) AND (moved_out_at IS NULL OR moved_out_at > $4))",
        r.caller().org,
        unit,
        but,
        r.now()
    ))
    .await
}

pub async fn insert_person(
    w: &Write,
    first: &str,
    last: &str,
    key: &str,
    email: Option<&str>,
    email_key: Option<&str>,
) -> Result<PersonId> {
    w.one(sql!(
        "INSERT INTO person (uid, org_id, first_name, last_name, name_key, email, email_key, is_resident, changed_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, TRUE, $8, $8, $8) RETURNING id",
        w.uid(), w.caller().org, first, last, key, email.map(str::to_owned), email_key.map(str::to_owned), w.now()
    ))
    .await
}

pub async fn insert(
    w: &Write,
    person: PersonId,
    property: PropertyId,
    unit: UnitId,
    living: Living,
    starts: Instant,
    ends: Option<Instant>,
) -> Result<TenancyId> {
    w.one(sql!(
        "INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, starts_at, ends_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) RETURNING id",
        w.uid(), w.caller().org, person, property, unit, living, starts, ends, w.now()
    ))
    .await
}

pub async fn set_end(w: &Write, id: TenancyId, at: Instant) -> Result<()> {
    w.execute(sql!(
        "UPDATE tenancy SET ends_at = $3, updated_at = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        at,
        w.now()
    ))
    .await
    .map(drop)
}
