//! The SQL of residents.

use db::{List, Read, Write, row, sql};
use kernel::{Instant, Page, PageRequest, PersonId, Result};

use crate::staff::Member;

row! {
    /// A resident's own row.
    #[derive(Clone, Debug)]
    pub struct Person {
        /// The person's id.
        pub id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// The name as it is sorted.
        pub name_key: String,
        /// First phone number, as written.
        pub phone: Option<String>,
        /// Since when archived.
        pub archived_at: Option<Instant>,
        /// When noted.
        pub created_at: Instant,
        /// When a value of it last changed.
        pub updated_at: Instant,
    }

    pub struct Link {
        pub resident_id: PersonId,
        pub staff_id: PersonId,
    }
}

pub async fn by_id(r: &Read, id: PersonId) -> Result<Option<Person>> {
    r.optional(sql!(
        "SELECT p.id, p.first_name, p.last_name, p.name_key, n.raw AS phone, p.archived_at, p.created_at, p.updated_at \
         FROM person p LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE p.org_id = $1 AND p.id = $2 AND p.is_resident AND p.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

pub async fn all(r: &Read) -> Result<Vec<Person>> {
    r.all(sql!(
        "SELECT p.id, p.first_name, p.last_name, p.name_key, n.raw AS phone, p.archived_at, p.created_at, p.updated_at \
         FROM person p LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE p.org_id = $1 AND p.is_resident AND p.deleted_at IS NULL ORDER BY p.id",
        r.caller().org
    ))
    .await
}

pub async fn these(r: &Read, ids: &[PersonId]) -> Result<Vec<Person>> {
    r.all(sql!(
        "SELECT p.id, p.first_name, p.last_name, p.name_key, n.raw AS phone, p.archived_at, p.created_at, p.updated_at \
         FROM person p LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE +p.org_id = $1 AND p.id = ANY($2) AND p.is_resident AND p.deleted_at IS NULL ORDER BY p.id",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn page(r: &Read, request: &PageRequest) -> Result<Page<Person>> {
    let list = List::new(
        "residents",
        "SELECT id, first_name, last_name, name_key, \
         (SELECT n.raw FROM phone_number n WHERE n.person_id = person.id AND n.is_primary) AS phone, archived_at, created_at, updated_at FROM person",
    )
    .filter("is_resident AND deleted_at IS NULL AND org_id = ?", r.caller().org);
    let scope = list.scope();
    let rows = r.all(list.page(["name_key", "id"], request)?).await?;
    Ok(Page::cut(rows, request.rows(), &scope, Person::position))
}

pub async fn unstaffed(r: &Read) -> Result<Vec<PersonId>> {
    r.all(sql!(
        "SELECT p.id FROM person p WHERE p.org_id = $1 AND p.is_resident AND p.deleted_at IS NULL AND p.archived_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM staff_assignment a WHERE a.org_id = p.org_id AND a.resident_id = p.id)",
        r.caller().org
    ))
    .await
}

pub async fn insert(w: &Write, first: &str, last: &str, key: &str) -> Result<PersonId> {
    w.one(sql!(
        "INSERT INTO person (uid, org_id, first_name, last_name, name_key, is_resident, changed_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, TRUE, $6, $6, $6) RETURNING id",
        w.uid(),
        w.caller().org,
        first,
        last,
        key,
        w.now()
    ))
    .await
}

pub async fn update(w: &Write, id: PersonId, first: &str, last: &str, key: &str) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET first_name = $3, last_name = $4, name_key = $5, changed_at = $6, updated_at = $6 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        first,
        last,
        key,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn set_archived(w: &Write, id: PersonId, at: Option<Instant>) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET archived_at = $3, changed_at = $4, updated_at = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        at,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn touch(w: &Write, id: PersonId) -> Result<()> {
    w.execute(sql!("UPDATE person SET changed_at = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, w.now()))
        .await
        .map(drop)
}

pub async fn delete(w: &Write, id: PersonId) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET deleted_at = $3, changed_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        w.now()
    ))
    .await
    .map(drop)
}

/// The staff who care for a resident, in one statement.
pub async fn staff_of(r: &Read, id: PersonId) -> Result<Vec<Member>> {
    r.all(sql!(
        "SELECT p.id, p.first_name, p.last_name, p.email, n.raw AS phone, g.role, p.archived_at, l.last_active_at, p.created_at, p.updated_at \
         FROM staff_assignment a JOIN person p ON p.id = a.staff_id AND p.deleted_at IS NULL JOIN role_grant g ON g.person_id = p.id \
         LEFT JOIN login l ON l.person_id = p.id LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE a.org_id = $1 AND a.resident_id = $2 ORDER BY a.staff_id",
        r.caller().org,
        id
    ))
    .await
}

pub async fn staff_links(r: &Read, ids: &[PersonId]) -> Result<Vec<Link>> {
    r.all(sql!(
        "SELECT resident_id, staff_id FROM staff_assignment WHERE org_id = $1 AND resident_id = ANY($2) ORDER BY resident_id, staff_id",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn all_staff_links(r: &Read) -> Result<Vec<Link>> {
    r.all(sql!(
        "SELECT resident_id, staff_id FROM staff_assignment WHERE org_id = $1 ORDER BY resident_id, staff_id",
        r.caller().org
    ))
    .await
}

pub async fn set_staff(w: &Write, residents: &[PersonId], staff: &[PersonId]) -> Result<()> {
    let org = w.caller().org;
    if residents.is_empty() {
        return Ok(());
    }
    w.execute(sql!("DELETE FROM staff_assignment WHERE org_id = $1 AND resident_id = ANY($2)", org, residents)).await?;
    if staff.is_empty() {
        return Ok(());
    }
    w.execute(sql!(
        "INSERT INTO staff_assignment (org_id, resident_id, staff_id) \
         SELECT $1, r.id, s.id FROM person r, person s WHERE r.id = ANY($2) AND s.id = ANY($3) AND r.org_id = $1 AND s.org_id = $1",
        org, residents, staff
    ))
    .await
    .map(drop)
}
