//! The SQL of staff: people with a role or waiting for one, and what they are assigned to.

use db::{Read, Write, row, sql};
use kernel::{Email, Instant, PersonId, Phone, PropertyId, Result, Role};

use super::Filter;

row! {
    /// A member of the staff, or somebody who waits to become one.
    #[derive(Clone, Debug)]
    pub struct Member {
        /// The person.
        pub id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// E-mail address, as written.
        pub email: Option<String>,
        /// First phone number, as written.
        pub phone: Option<String>,
        /// The role; none while waiting for approval.
        pub role: Option<Role>,
        /// Since when archived.
        pub archived_at: Option<Instant>,
        /// When last active.
        pub last_active_at: Option<Instant>,
        /// When made.
        pub created_at: Instant,
        /// When a value last changed.
        pub updated_at: Instant,
    }

    pub struct Link {
        pub person_id: PersonId,
        pub property_id: PropertyId,
    }
}

pub async fn by_id(r: &Read, id: PersonId) -> Result<Option<Member>> {
    r.optional(sql!(
        "SELECT p.id, p.first_name, p.last_name, p.email, n.raw AS phone, g.role, p.archived_at, l.last_active_at, p.created_at, p.updated_at \
         FROM person p LEFT JOIN role_grant g ON g.person_id = p.id LEFT JOIN login l ON l.person_id = p.id \
         LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE p.org_id = $1 AND p.id = $2 AND p.deleted_at IS NULL AND (g.role IS NOT NULL OR l.awaits_approval)",
        r.caller().org,
        id
    ))
    .await
}

pub async fn these(r: &Read, ids: &[PersonId]) -> Result<Vec<Member>> {
    // The plus keeps SQLite from walking through all people of the organization instead of looking up the few.
    r.all(sql!(
        "SELECT p.id, p.first_name, p.last_name, p.email, n.raw AS phone, g.role, p.archived_at, l.last_active_at, p.created_at, p.updated_at \
         FROM person p LEFT JOIN role_grant g ON g.person_id = p.id LEFT JOIN login l ON l.person_id = p.id \
         LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE +p.org_id = $1 AND p.id = ANY($2) AND p.deleted_at IS NULL AND (g.role IS NOT NULL OR l.awaits_approval) ORDER BY p.id",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn list(r: &Read, filter: Filter) -> Result<Vec<Member>> {
    let all: Vec<Member> = r
        .all(sql!(
            "SELECT p.id, p.first_name, p.last_name, p.email, n.raw AS phone, g.role, p.archived_at, l.last_active_at, p.created_at, p.updated_at \
             FROM (SELECT person_id FROM role_grant WHERE org_id = $1 \
                   UNION SELECT person_id FROM login WHERE org_id = $1 AND awaits_approval) m \
             JOIN person p ON p.id = m.person_id LEFT JOIN role_grant g ON g.person_id = p.id LEFT JOIN login l ON l.person_id = p.id \
             LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
             WHERE p.org_id = $1 AND p.deleted_at IS NULL ORDER BY p.id /* scan: of the union */",
            r.caller().org
        ))
        .await?;
    // The staff of an organization are few: one statement, told apart here.
    Ok(all
        .into_iter()
        .filter(|m| match filter {
            Filter::All => true,
            Filter::Roles(roles) => m.role.is_some_and(|r| roles.contains(&r)),
            Filter::Waiting => m.role.is_none() && m.archived_at.is_none(),
        })
        .collect())
}

pub async fn insert(
    w: &Write,
    first: &str,
    last: &str,
    key: &str,
    email: &str,
    archived_at: Option<Instant>,
) -> Result<PersonId> {
    w.one(sql!(
        "INSERT INTO person (uid, org_id, first_name, last_name, name_key, email, email_key, is_resident, archived_at, changed_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $9, FALSE, $7, $8, $8, $8) RETURNING id",
        w.uid(), w.caller().org, first, last, key, email, archived_at, w.now(), Email::key_of(email)
    ))
    .await
}

pub async fn update(w: &Write, id: PersonId, first: &str, last: &str, key: &str, email: Option<&str>) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET first_name = $3, last_name = $4, name_key = $5, email = $6, email_key = $8, changed_at = $7, updated_at = $7 \
         WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        first,
        last,
        key,
        email,
        w.now(),
        email.map(Email::key_of)
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

/// Sets, changes or (for an empty text) removes a person's first phone number.
pub async fn set_phone(w: &Write, id: PersonId, phone: &Phone) -> Result<()> {
    let (org, now) = (w.caller().org, w.now());
    if phone.raw().is_empty() {
        return w
            .execute(sql!("DELETE FROM phone_number WHERE org_id = $1 AND person_id = $2 AND is_primary", org, id))
            .await
            .map(drop);
    }
    w.execute(sql!(
        "INSERT INTO phone_number (uid, org_id, person_id, raw, e164, is_primary, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, TRUE, $6, $6) \
         ON CONFLICT (person_id) WHERE is_primary DO UPDATE SET raw = excluded.raw, e164 = excluded.e164, updated_at = excluded.updated_at",
        w.uid(),
        org,
        id,
        phone.raw(),
        phone.e164(),
        now
    ))
    .await
    .map(drop)
}

pub async fn grant(w: &Write, id: PersonId, role: Role) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO role_grant (person_id, org_id, role, granted_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (person_id) DO UPDATE SET role = excluded.role, granted_at = excluded.granted_at",
        id,
        w.caller().org,
        role.as_str(),
        w.now()
    ))
    .await
    .map(drop)
}

/// Members who were invited and have not set a password yet.
pub async fn invited(r: &Read) -> Result<Vec<PersonId>> {
    r.all(sql!(
        "SELECT g.person_id FROM role_grant g JOIN login l ON l.person_id = g.person_id \
         WHERE g.org_id = $1 AND l.status = 'invited' ORDER BY g.person_id",
        r.caller().org
    ))
    .await
}

/// Whether the organization has an active admin besides this one.
pub async fn other_admin(r: &Read, id: PersonId) -> Result<bool> {
    r.one(sql!(
        "SELECT EXISTS (SELECT 1 FROM role_grant g JOIN person p ON p.id = g.person_id JOIN login l ON l.person_id = p.id \
         WHERE g.org_id = $1 AND g.role = 'admin' AND g.person_id <> $2 AND p.archived_at IS NULL AND p.deleted_at IS NULL \
         AND l.status = 'active')",
        r.caller().org,
        id
    ))
    .await
}

pub async fn has_written(r: &Read, id: PersonId) -> Result<bool> {
    r.one(sql!(
        "SELECT EXISTS (SELECT 1 FROM ticket WHERE org_id = $1 AND author_id = $2 AND deleted_at IS NULL) \
         OR EXISTS (SELECT 1 FROM comment WHERE org_id = $1 AND author_id = $2 AND deleted_at IS NULL)",
        r.caller().org,
        id
    ))
    .await
}

pub async fn delete(w: &Write, id: PersonId) -> Result<()> {
    let org = w.caller().org;
    w.execute(sql!("DELETE FROM role_grant WHERE person_id = $1", id)).await?;
    set_properties(w, id, &[]).await?;
    drop_residents(w, id).await?;
    w.execute(sql!(
        // Who lives here too stays a resident.
        "UPDATE person SET deleted_at = CASE WHEN is_resident THEN deleted_at ELSE $3 END, changed_at = $3 \
         WHERE org_id = $1 AND id = $2",
        org,
        id,
        w.now()
    ))
    .await
    .map(drop)
}

/// The ids of what a property manager manages, ascending.
pub async fn properties(r: &Read, id: PersonId) -> Result<Vec<PropertyId>> {
    r.all(sql!(
        "SELECT property_id FROM property_assignment WHERE org_id = $1 AND person_id = $2 ORDER BY property_id",
        r.caller().org,
        id
    ))
    .await
}

pub async fn properties_of(r: &Read, ids: &[PersonId]) -> Result<Vec<Link>> {
    r.all(sql!(
        "SELECT person_id, property_id FROM property_assignment WHERE org_id = $1 AND person_id = ANY($2) ORDER BY person_id, property_id",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn all_properties(r: &Read) -> Result<Vec<Link>> {
    r.all(sql!(
        "SELECT person_id, property_id FROM property_assignment WHERE org_id = $1 ORDER BY person_id, property_id",
        r.caller().org
    ))
    .await
}

pub async fn set_properties(w: &Write, id: PersonId, properties: &[PropertyId]) -> Result<()> {
    let org = w.caller().org;
    w.execute(sql!("DELETE FROM property_assignment WHERE org_id = $1 AND person_id = $2", org, id)).await?;
    for property in properties {
        w.execute(sql!(
            "INSERT INTO property_assignment (org_id, person_id, property_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            org,
            id,
            *property
        ))
        .await?;
    }
    Ok(())
}

pub async fn managers_of(r: &Read, id: PropertyId) -> Result<Vec<PersonId>> {
    r.all(sql!(
        "SELECT person_id FROM property_assignment WHERE org_id = $1 AND property_id = $2 ORDER BY person_id",
        r.caller().org,
        id
    ))
    .await
}

pub async fn set_managers(w: &Write, id: PropertyId, managers: &[PersonId]) -> Result<()> {
    let org = w.caller().org;
    w.execute(sql!("DELETE FROM property_assignment WHERE org_id = $1 AND property_id = $2", org, id)).await?;
    for person in managers {
        w.execute(sql!(
            "INSERT INTO property_assignment (org_id, person_id, property_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            org,
            *person,
            id
        ))
        .await?;
    }
    Ok(())
}

/// Ends a staff member's assignments to residents.
pub async fn drop_residents(w: &Write, id: PersonId) -> Result<()> {
    w.execute(sql!("DELETE FROM staff_assignment WHERE org_id = $1 AND staff_id = $2", w.caller().org, id))
        .await
        .map(drop)
}
