//! The SQL of imports.

use db::{Read, Write, row, sql};
use kernel::{
    Currency, Error, Id, ImportId, Instant, LedgerId, Living, PersonId, PropertyId, Result, TenancyId, UnitId,
};

use super::{
    Kind, State,
    apply::Done,
    plan::{Fault, Row},
};

/// How many rows a part has.
const PART: usize = 25;

row! {
    /// A list that came in, and how far it is.
    #[derive(Clone, Debug)]
    pub struct Run {
        /// Its id.
        pub id: ImportId,
        /// What it is about.
        pub kind: Kind,
        /// The name of the file.
        pub name: String,
        /// How far it is.
        pub state: State,
        /// How many rows it has.
        pub total: i64,
        /// How many of them were done in this state.
        pub done: i64,
        /// How many things are new.
        pub made: i64,
        /// How many are changed.
        pub changed: i64,
        /// How many were so already.
        pub same: i64,
        /// How many rows are not taken.
        pub bad: i64,
        /// Who sent it.
        pub person_id: Option<PersonId>,
        /// When it came.
        pub created_at: Instant,
        /// When the last step ended.
        pub finished_at: Option<Instant>,
    }

    /// Some rows of it.
    pub struct Part {
        pub id: i64,
        pub rows: String,
    }

    /// Something it made.
    pub struct Made {
        pub id: i64,
        pub entity: String,
        pub entity_id: i64,
    }

    /// A person who may be meant.
    #[derive(Clone, Debug)]
    pub struct Known {
        pub id: PersonId,
        pub reference: Option<String>,
        pub first_name: String,
        pub last_name: String,
        pub name_key: String,
        pub email: Option<String>,
        pub email_key: Option<String>,
        pub phone: Option<String>,
    }

    /// A unit that may be meant.
    #[derive(Clone, Debug)]
    pub struct KnownUnit {
        pub id: UnitId,
        pub property_id: PropertyId,
        pub number: String,
        pub floor: Option<String>,
        pub description: Option<String>,
        pub price: Option<i64>,
        /// In square decimetres.
        pub area: Option<i64>,
        pub reference: Option<String>,
    }

    /// A tenancy of a unit that is not over.
    #[derive(Clone, Debug)]
    pub struct KnownTenancy {
        pub id: TenancyId,
        pub unit_id: UnitId,
        pub person_id: PersonId,
        pub living: Living,
        pub starts_at: Option<Instant>,
        pub ends_at: Option<Instant>,
        pub moved_out_at: Option<Instant>,
    }

    /// A ledger of a unit.
    #[derive(Clone, Debug)]
    pub struct KnownLedger {
        pub id: LedgerId,
        pub unit_id: UnitId,
        pub opens_at: Instant,
        pub closes_at: Option<Instant>,
    }

    struct Told {
        faults: String,
    }
}

impl Part {
    pub fn rows(&self) -> Result<Vec<Row>> {
        serde_json::from_str(&self.rows).map_err(Error::internal)
    }
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

pub async fn insert(w: &Write, kind: Kind, name: &str, total: i64, by: Option<PersonId>) -> Result<ImportId> {
    w.one(sql!(
        "INSERT INTO import_run (uid, org_id, kind, name, state, total, done, made, changed, same, bad, person_id, created_at) \
         VALUES ($1, $2, $3, $4, 'checking', $5, 0, 0, 0, 0, 0, $6, $7) RETURNING id",
        w.uid(), w.caller().org, kind.as_str(), name, total, by, w.now()
    ))
    .await
}

/// Keeps the rows, in parts; many parts go in one statement.
pub async fn insert_parts(w: &Write, id: ImportId, rows: &[Row]) -> Result<()> {
    let mut parts = Vec::new();
    for part in rows.chunks(PART) {
        parts.push(json(part)?);
    }
    for (nth, some) in parts.chunks(200).enumerate() {
        let first = (nth * 200) as i64;
        w.execute(sql!(
            sqlite: "INSERT INTO import_part (org_id, import_id, position, rows) \
                SELECT ?1, ?2, ?3 + key, value FROM json_each(?4) ORDER BY key",
            // One database unfolds a list in its own way, the other in its own.
            postgres: "INSERT INTO import_part (org_id, import_id, position, rows) \
                SELECT $1, $2, $3 + e.nth - 1, e.value FROM json_array_elements_text(CAST(CAST($4 AS TEXT) AS JSON)) WITH ORDINALITY AS e (value, nth)";
            w.caller().org, id, first, json(some)?
        ))
        .await?;
    }
    Ok(())
}

pub async fn by_id(r: &Read, id: ImportId) -> Result<Option<Run>> {
    r.optional(sql!(
        "SELECT id, kind, name, state, total, done, made, changed, same, bad, person_id, created_at, finished_at FROM import_run \
         WHERE org_id = $1 AND id = $2",
        r.caller().org, id
    ))
    .await
}

pub async fn list(r: &Read) -> Result<Vec<Run>> {
    r.all(sql!(
        "SELECT id, kind, name, state, total, done, made, changed, same, bad, person_id, created_at, finished_at FROM import_run \
         WHERE org_id = $1 ORDER BY id DESC LIMIT 50",
        r.caller().org
    ))
    .await
}

/// What is wrong with rows, in their order.
pub async fn faults(r: &Read, id: ImportId, most: u32) -> Result<Vec<Fault>> {
    let told: Vec<Told> = r
        .all(sql!(
            "SELECT faults FROM import_part WHERE org_id = $1 AND import_id = $2 AND faults IS NOT NULL ORDER BY position LIMIT $3",
            r.caller().org,
            id,
            most
        ))
        .await?;
    let mut all: Vec<Fault> = Vec::new();
    for part in told {
        all.extend(serde_json::from_str::<Vec<Fault>>(&part.faults).map_err(Error::internal)?);
    }
    all.truncate(most as usize);
    Ok(all)
}

/// Begins another step: nothing of it is done yet.
pub async fn begin(w: &Write, id: ImportId, state: State) -> Result<()> {
    w.execute(sql!(
        "UPDATE import_run SET state = $3, done = 0, finished_at = NULL WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        state.as_str()
    ))
    .await
    .map(drop)
}

/// All parts are to be done once more, and counted anew.
pub async fn reopen_parts(w: &Write, id: ImportId) -> Result<()> {
    let org = w.caller().org;
    w.execute(sql!(
        "UPDATE import_part SET done_at = NULL, faults = NULL WHERE org_id = $1 AND import_id = $2",
        org,
        id
    ))
    .await?;
    w.execute(sql!(
        "UPDATE import_run SET made = 0, changed = 0, same = 0, bad = 0 WHERE org_id = $1 AND id = $2",
        org,
        id
    ))
    .await
    .map(drop)
}

pub async fn finish(w: &Write, id: ImportId, state: State) -> Result<()> {
    w.execute(sql!(
        "UPDATE import_run SET state = $3, finished_at = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        state.as_str(),
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn next_part(r: &Read, id: ImportId) -> Result<Option<Part>> {
    r.optional(sql!(
        "SELECT id, rows FROM import_part WHERE org_id = $1 AND import_id = $2 AND done_at IS NULL ORDER BY position LIMIT 1",
        r.caller().org,
        id
    ))
    .await
}

pub async fn part_done(w: &Write, part: &Part, faults: &[Fault]) -> Result<()> {
    let faults = if faults.is_empty() { None } else { Some(json(faults)?) };
    w.execute(sql!(
        "UPDATE import_part SET done_at = $3, faults = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        part.id,
        w.now(),
        &faults
    ))
    .await
    .map(drop)
}

pub async fn count(w: &Write, id: ImportId, rows: i64, done: &Done) -> Result<()> {
    w.execute(sql!(
        "UPDATE import_run SET done = done + $3, made = made + $4, changed = changed + $5, same = same + $6, bad = bad + $7 \
         WHERE org_id = $1 AND id = $2",
        w.caller().org, id, rows, done.made, done.changed, done.same, done.bad
    ))
    .await
    .map(drop)
}

/// Notes what was made, for undoing.
pub async fn made<T>(w: &Write, run: &Run, entity: &'static str, id: Id<T>) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO import_made (org_id, import_id, entity, entity_id) VALUES ($1, $2, $3, $4)",
        w.caller().org,
        run.id,
        entity,
        id
    ))
    .await
    .map(drop)
}

/// The last things made.
pub async fn last_made(r: &Read, id: ImportId, most: u32) -> Result<Vec<Made>> {
    r.all(sql!(
        "SELECT id, entity, entity_id FROM import_made WHERE org_id = $1 AND import_id = $2 ORDER BY id DESC LIMIT $3",
        r.caller().org,
        id,
        most
    ))
    .await
}

pub async fn forget_made(w: &Write, id: ImportId, from: i64) -> Result<()> {
    w.execute(sql!(
        "DELETE FROM import_made WHERE org_id = $1 AND import_id = $2 AND id >= $3",
        w.caller().org,
        id,
        from
    ))
    .await
    .map(drop)
}

pub async fn currency(r: &Read) -> Result<Currency> {
    r.one(sql!("SELECT currency FROM organization WHERE id = $1", r.caller().org)).await
}

/// People with one of these references or e-mail addresses.
pub async fn people(r: &Read, references: &[&str], emails: &[String]) -> Result<Vec<Known>> {
    r.all(sql!(
        sqlite: "SELECT p.id, f.reference, p.first_name, p.last_name, p.name_key, p.email, p.email_key, n.raw AS phone FROM person p \
            LEFT JOIN person_reference f ON f.person_id = p.id LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
            WHERE p.org_id = ?1 AND p.deleted_at IS NULL AND p.id IN (SELECT person_id FROM person_reference WHERE org_id = ?1 \
            AND reference IN (SELECT value FROM json_each(?2)) UNION SELECT id FROM person WHERE org_id = ?1 AND email_key IS NOT NULL \
            AND email_key IN (SELECT value FROM json_each(?3)))",
        // Lists of texts are unfolded differently.
        postgres: "SELECT p.id, f.reference, p.first_name, p.last_name, p.name_key, p.email, p.email_key, n.raw AS phone FROM person p \
            LEFT JOIN person_reference f ON f.person_id = p.id LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
            WHERE p.org_id = $1 AND p.deleted_at IS NULL AND p.id IN (SELECT person_id FROM person_reference WHERE org_id = $1 \
            AND reference IN (SELECT json_array_elements_text(CAST(CAST($2 AS TEXT) AS JSON))) UNION SELECT id FROM person WHERE org_id = $1 AND email_key IS NOT NULL \
            AND email_key IN (SELECT json_array_elements_text(CAST(CAST($3 AS TEXT) AS JSON))))";
        r.caller().org, json(references)?, json(emails)?
    ))
    .await
}

/// Units of these properties with one of these numbers.
pub async fn units(r: &Read, properties: &[PropertyId], numbers: &[&str]) -> Result<Vec<KnownUnit>> {
    r.all(sql!(
        sqlite: "SELECT id, property_id, number, floor, description, price, area, reference FROM unit WHERE org_id = ?1 AND deleted_at IS NULL \
            AND property_id IN (SELECT value FROM json_each(?2)) AND number IN (SELECT value FROM json_each(?3))",
        // Lists of texts are unfolded differently.
        postgres: "SELECT id, property_id, number, floor, description, price, area, reference FROM unit WHERE org_id = $1 AND deleted_at IS NULL \
            AND property_id = ANY($2) AND number IN (SELECT json_array_elements_text(CAST(CAST($3 AS TEXT) AS JSON)))";
        r.caller().org, properties, json(numbers)?
    ))
    .await
}

/// Tenancies of these units that are not over.
pub async fn tenancies(r: &Read, units: &[UnitId]) -> Result<Vec<KnownTenancy>> {
    r.all(sql!(
        "SELECT id, unit_id, person_id, role AS living, starts_at, ends_at, moved_out_at FROM tenancy \
         WHERE org_id = $1 AND unit_id = ANY($2) AND deleted_at IS NULL",
        r.caller().org,
        units
    ))
    .await
}

/// Ledgers of these units.
pub async fn ledgers(r: &Read, units: &[UnitId]) -> Result<Vec<KnownLedger>> {
    r.all(sql!(
        "SELECT id, unit_id, opens_at, closes_at FROM ledger WHERE org_id = $1 AND unit_id = ANY($2) ORDER BY +id",
        r.caller().org,
        units
    ))
    .await
}

pub async fn set_reference(w: &Write, person: PersonId, reference: &str) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO person_reference (org_id, reference, person_id) VALUES ($1, $2, $3)",
        w.caller().org,
        reference,
        person
    ))
    .await
    .map(drop)
}

pub async fn forget_reference(w: &Write, person: PersonId) -> Result<()> {
    w.execute(sql!("DELETE FROM person_reference WHERE org_id = $1 AND person_id = $2", w.caller().org, person))
        .await
        .map(drop)
}

pub async fn update_person(
    w: &Write,
    id: PersonId,
    first: &str,
    last: &str,
    key: &str,
    email: &Option<String>,
    email_key: &Option<String>,
) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET first_name = $3, last_name = $4, name_key = $5, email = $6, email_key = $7, changed_at = $8, updated_at = $8 \
         WHERE org_id = $1 AND id = $2",
        w.caller().org, id, first, last, key, email, email_key, w.now()
    ))
    .await
    .map(drop)
}

pub async fn describe_unit(w: &Write, unit: &KnownUnit) -> Result<()> {
    w.execute(sql!(
        "UPDATE unit SET floor = $3, description = $4, price = $5, area = $6, updated_at = $7, reference = $8, described_by_resident = FALSE WHERE org_id = $1 AND id = $2",
        w.caller().org,
        unit.id,
        &unit.floor,
        &unit.description,
        unit.price,
        unit.area,
        w.now(),
        &unit.reference
    ))
    .await
    .map(drop)
}

pub async fn delete_unit(w: &Write, id: UnitId) -> Result<()> {
    w.execute(sql!(
        "UPDATE unit SET deleted_at = $3, updated_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        w.now()
    ))
    .await
    .map(drop)
}

/// Whether something that an import made was used since: a person signs in, asks, or lives elsewhere too; a ledger has
/// entries; a unit has somebody.
pub async fn in_use(r: &Read, id: ImportId) -> Result<bool> {
    r.one(sql!(
        "SELECT EXISTS (SELECT 1 FROM import_made m WHERE m.org_id = $1 AND m.import_id = $2 AND ( \
         (m.entity = 'person' AND (EXISTS (SELECT 1 FROM login l WHERE l.person_id = m.entity_id) \
          OR EXISTS (SELECT 1 FROM ticket k WHERE k.org_id = $1 AND k.concerns_id = m.entity_id AND k.deleted_at IS NULL) \
          OR EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = $1 AND t.person_id = m.entity_id AND t.deleted_at IS NULL \
           AND NOT EXISTS (SELECT 1 FROM import_made o WHERE o.import_id = $2 AND o.entity = 'tenancy' AND o.entity_id = t.id)))) \
         OR (m.entity = 'tenancy' AND EXISTS (SELECT 1 FROM ledger l JOIN ledger_entry e ON e.ledger_id = l.id WHERE l.tenancy_id = m.entity_id)) \
         OR (m.entity = 'unit' AND EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = $1 AND t.unit_id = m.entity_id AND t.deleted_at IS NULL)) \
         OR (m.entity = 'ledger_entry' AND EXISTS (SELECT 1 FROM allocation a JOIN ledger_entry e ON e.ledger_id = a.ledger_id \
          WHERE e.id = m.entity_id AND a.charge_id = e.id))))",
        r.caller().org, id
    ))
    .await
}
