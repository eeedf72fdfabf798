//! The SQL of users.

use db::{List, Read, Write, row, sql};
use kernel::{Email, Instant, Living, PersonId, PropertyId, Result, TenancyId, UnitId};

use super::{Query, Role, Status, User};
use crate::unit::PageNumber;

row! {
    /// A user's own row.
    #[derive(Clone, Debug)]
    pub struct Row {
        pub id: PersonId,
        pub first_name: String,
        pub last_name: String,
        pub email: Option<String>,
        pub phone: Option<String>,
        pub role: String,
        pub status: String,
        pub archived_at: Option<Instant>,
        pub created_at: Instant,
        pub changed_at: Instant,
    }

    /// A running tenancy that makes a flat somebody's.
    #[derive(Clone, Debug)]
    pub struct Link {
        pub id: TenancyId,
        pub person_id: PersonId,
        pub property_id: PropertyId,
        pub unit_id: UnitId,
        pub role: Living,
    }

    /// A flat that somebody can have.
    #[derive(Clone, Debug)]
    pub struct Flat {
        pub id: UnitId,
        pub property_id: PropertyId,
    }
}

impl Row {
    /// The role; the statement answers no other words.
    pub fn role(&self) -> Role {
        Role::parse(&self.role).unwrap_or(Role::Dweller)
    }

    fn status(&self) -> Status {
        Status::ALL.into_iter().find(|s| s.as_str() == self.status).unwrap_or(Status::Blocked)
    }
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            role: row.role(),
            status: row.status(),
            archived: row.archived_at.is_some(),
            email: row.email.filter(|e| !e.is_empty()),
            phone: row.phone,
            first_name: row.first_name,
            last_name: row.last_name,
            flats: Vec::new(),
            created_at: row.created_at,
            changed_at: row.changed_at,
        }
    }
}

/// Everybody who is a user. Staff with other roles, people who wait for approval, and mere guests are none. A resident
/// of whom it was never said owns what they are the owner of, and else lives there.
macro_rules! users {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM (SELECT p.id, p.org_id, p.first_name, p.last_name, p.email, p.email_key, n.raw AS phone, \
             coalesce(g.role, p.resident_kind, CASE WHEN EXISTS (SELECT 1 FROM tenancy o WHERE o.org_id = p.org_id \
             AND o.person_id = p.id AND o.role = 'owner' AND o.deleted_at IS NULL AND (o.ended_by IS NULL OR o.ended_by = 'archive')) \
             THEN 'landlord' ELSE 'dweller' END) AS role, \
             CASE WHEN p.archived_at IS NOT NULL OR l.status = 'blocked' THEN 'blocked' WHEN l.status = 'active' THEN 'active' \
             ELSE 'invited' END AS status, p.archived_at, p.created_at, p.changed_at \
             FROM person p LEFT JOIN role_grant g ON g.person_id = p.id LEFT JOIN login l ON l.person_id = p.id \
             LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
             WHERE p.deleted_at IS NULL AND (g.role IN ('admin', 'manager') OR (g.role IS NULL AND p.is_resident \
             AND (l.awaits_approval IS NULL OR NOT l.awaits_approval) AND (p.resident_kind IS NOT NULL \
             OR NOT EXISTS (SELECT 1 FROM tenancy v WHERE v.org_id = p.org_id AND v.person_id = p.id AND v.role = 'guest' AND v.deleted_at IS NULL) \
             OR EXISTS (SELECT 1 FROM tenancy v WHERE v.org_id = p.org_id AND v.person_id = p.id AND v.role <> 'guest' AND v.deleted_at IS NULL))))) u"
        )
    };
}

const USERS: &str =
    users!("id, first_name, last_name, email, phone, role, status, archived_at, created_at, changed_at");
const COUNT: &str = users!("count(*)");

/// What of a query has to be looked up before: people by phone and by flat.
#[derive(Debug, Default)]
pub struct Narrowed {
    phone: Option<Vec<PersonId>>,
    flat: Option<Vec<PersonId>>,
}

impl Narrowed {
    /// Looks it up.
    pub async fn of(r: &Read, query: &Query) -> Result<Self> {
        let phone = match &query.phone {
            Some(text) => {
                let code = super::calling_code(r).await?;
                let invalid = || kernel::Error::invalid("phone", kernel::Problem::NotPhone);
                let phone = super::read_phone(text, &code).ok_or_else(invalid)?;
                Some(with_phone(r, phone.e164().unwrap_or_default()).await?)
            }
            None => None,
        };
        let flat = match query.flat {
            Some(flat) => Some(super::of_flats(r, &[flat]).await?.into_iter().map(|(_, person, _)| person).collect()),
            None => None,
        };
        Ok(Self { phone, flat })
    }
}

/// One page of the users, and how many there are in all.
pub async fn page(r: &Read, query: &Query, narrowed: &Narrowed, page: PageNumber) -> Result<(Vec<Row>, i64)> {
    let filtered = |list: List| {
        list.filter("u.org_id = ?", r.caller().org)
            .filter("(u.archived_at IS NOT NULL) = ?", query.archived)
            .filter_if("u.role = ?", query.role.map(Role::as_str))
            .filter_if("u.status = ?", query.status.map(Status::as_str))
            .filter_if("u.email_key = ?", query.email.as_ref().map(Email::key))
            .filter_if("u.id = ANY(?)", narrowed.phone.as_deref())
            .filter_if("u.id = ANY(?)", narrowed.flat.as_deref())
            .filter_if("u.changed_at >= ?", query.updated_since)
    };
    let total = r.one(filtered(List::new("users", COUNT)).whole()).await?;
    let slice = db::Slice::of(total, page.page, page.per_page);
    let rows = r.all(filtered(List::new("users", USERS)).slice(&[("u.id", false)], false, &slice)).await?;
    Ok((slice.turn(rows), total))
}

/// Those of these people who are users, by id.
pub async fn these(r: &Read, ids: &[PersonId]) -> Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = List::new("users", USERS).filter("+u.org_id = ?", r.caller().org).filter("u.id = ANY(?)", ids);
    let mut rows: Vec<Row> = r.all(list.whole()).await?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// The flats of these people now.
pub async fn links_of(r: &Read, ids: &[PersonId]) -> Result<Vec<Link>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, t.role FROM tenancy t \
         WHERE t.org_id = $1 AND t.person_id = ANY($2) AND t.unit_id IS NOT NULL AND t.deleted_at IS NULL AND t.role <> 'guest' \
         AND (t.starts_at IS NULL OR t.starts_at <= $3) AND (t.ends_at IS NULL OR t.ends_at > $3) \
         AND (t.moved_out_at IS NULL OR t.moved_out_at > $3) ORDER BY t.person_id, t.unit_id, +t.id",
        r.caller().org,
        ids,
        r.now()
    ))
    .await
}

/// The people of these flats now.
pub async fn links_in(r: &Read, flats: &[UnitId]) -> Result<Vec<Link>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, t.role FROM tenancy t \
         WHERE t.org_id = $1 AND t.unit_id = ANY($2) AND t.deleted_at IS NULL AND t.role <> 'guest' \
         AND (t.starts_at IS NULL OR t.starts_at <= $3) AND (t.ends_at IS NULL OR t.ends_at > $3) \
         AND (t.moved_out_at IS NULL OR t.moved_out_at > $3) ORDER BY t.unit_id, t.person_id, +t.id",
        r.caller().org,
        flats,
        r.now()
    ))
    .await
}

/// Those of these units that there are, by id.
pub async fn flats(r: &Read, ids: &[UnitId]) -> Result<Vec<Flat>> {
    r.all(sql!(
        "SELECT id, property_id FROM unit WHERE +org_id = $1 AND id = ANY($2) AND deleted_at IS NULL ORDER BY +id",
        r.caller().org,
        ids
    ))
    .await
}

/// Everybody with this number among theirs.
pub async fn with_phone(r: &Read, e164: &str) -> Result<Vec<PersonId>> {
    r.all(sql!(
        "SELECT p.id FROM phone_number n JOIN person p ON p.id = n.person_id \
         WHERE n.org_id = $1 AND n.e164 = $2 AND p.deleted_at IS NULL ORDER BY p.id",
        r.caller().org,
        e164
    ))
    .await
}

/// Everybody with this address, and whoever signs in with it.
pub async fn with_email(r: &Read, key: &str) -> Result<Vec<PersonId>> {
    r.all(sql!(
        "SELECT id FROM person WHERE org_id = $1 AND email_key = $2 AND deleted_at IS NULL \
         UNION SELECT l.person_id FROM login_identifier i JOIN login l ON l.id = i.login_id \
         WHERE i.org_id = $1 AND i.kind = 'email' AND i.value = $2",
        r.caller().org,
        key
    ))
    .await
}

/// What a person's own row holds.
pub struct Own<'a> {
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub name_key: String,
    pub email: Option<&'a str>,
    pub kind: Option<&'static str>,
}

pub async fn insert(w: &Write, own: &Own<'_>) -> Result<PersonId> {
    w.one(sql!(
        "INSERT INTO person (uid, org_id, first_name, last_name, name_key, email, email_key, is_resident, resident_kind, \
         changed_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10) RETURNING id",
        w.uid(),
        w.caller().org,
        own.first_name,
        own.last_name,
        &own.name_key,
        own.email,
        own.email.map(Email::key_of),
        own.kind.is_some(),
        own.kind,
        w.now()
    ))
    .await
}

/// Writes a person's own row; a kind that is not given stays as it is.
pub async fn update(w: &Write, id: PersonId, own: &Own<'_>) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET first_name = $3, last_name = $4, name_key = $5, email = $6, email_key = $7, \
         resident_kind = coalesce($8, resident_kind), changed_at = $9, updated_at = $9 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        own.first_name,
        own.last_name,
        &own.name_key,
        own.email,
        own.email.map(Email::key_of),
        own.kind,
        w.now()
    ))
    .await
    .map(drop)
}

/// What archiving ended stays ended, whenever the person is archived again and brought back elsewhere.
pub async fn keep_ended(w: &Write, id: PersonId) -> Result<()> {
    w.execute(sql!(
        "UPDATE tenancy SET ended_by = 'person' WHERE org_id = $1 AND person_id = $2 AND ended_by = 'archive' AND deleted_at IS NULL",
        w.caller().org,
        id
    ))
    .await
    .map(drop)
}
