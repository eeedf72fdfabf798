//! The SQL of invitations into a community.

use db::{Change, Read, Write, row, sql};
use kernel::{Actor, Instant, InvitationId, Living, PersonId, PropertyId, Result, TenancyId, UnitId};

row! {
    /// An invitation into a community.
    #[derive(Clone, Debug)]
    pub struct Invite {
        /// Its id.
        pub id: InvitationId,
        /// Whom it is for.
        pub person_id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// Where the code was mailed.
        pub email: String,
        /// Into which unit.
        pub unit_id: UnitId,
        /// Where that is.
        pub property_id: PropertyId,
        /// As what.
        pub tenancy_role: Option<Living>,
        /// Whether they decide for the unit.
        pub unit_admin: bool,
        /// Who invited.
        pub invited_by: Option<PersonId>,
        /// When it was made.
        pub created_at: Instant,
        /// When its code ends.
        pub expires_at: Instant,
        /// When it got a new code.
        pub renewed_at: Option<Instant>,
        /// When it was used.
        pub used_at: Option<Instant>,
        /// When another one took its place, or it ended otherwise.
        pub superseded_at: Option<Instant>,
        /// Whether somebody who lives in the unit made it, and not the management.
        pub of_household: bool,
    }

    struct Ended {
        id: InvitationId,
        person_id: PersonId,
        property_id: PropertyId,
        unit_id: UnitId,
    }
}

impl Invite {
    /// Whether it was neither used nor replaced.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.used_at.is_none() && self.superseded_at.is_none()
    }

    /// Whether it is the actor's to change: the staff's are all, and residents' those that their households made.
    pub(super) fn is_of(&self, actor: &Actor) -> bool {
        self.of_household || actor.role().is_some()
    }
}

pub struct New {
    pub person_id: PersonId,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub email_key: String,
    pub unit_id: UnitId,
    pub property_id: PropertyId,
    pub living: Living,
    pub unit_admin: bool,
    pub invited_by: Option<PersonId>,
    pub of_household: bool,
    pub expires_at: Instant,
}

pub async fn by_id(r: &Read, id: InvitationId) -> Result<Option<Invite>> {
    r.optional(sql!(
        "SELECT id, person_id, first_name, last_name, email, unit_id, property_id, tenancy_role, unit_admin, invited_by, created_at, \
         expires_at, renewed_at, used_at, superseded_at, of_household FROM invitation WHERE org_id = $1 AND id = $2 AND purpose = 'community'",
        r.caller().org,
        id
    ))
    .await
}

pub async fn by_hash(r: &Read, hash: &[u8]) -> Result<Option<Invite>> {
    r.optional(sql!(
        "SELECT id, person_id, first_name, last_name, email, unit_id, property_id, tenancy_role, unit_admin, invited_by, created_at, \
         expires_at, renewed_at, used_at, superseded_at, of_household FROM invitation WHERE token_hash = $2 AND org_id = $1 AND purpose = 'community'",
        r.caller().org,
        hash
    ))
    .await
}

/// Those of an address into a unit that can still be used, the newest first.
pub async fn open_of(r: &Read, unit: UnitId, email_key: &str) -> Result<Vec<Invite>> {
    r.all(sql!(
        "SELECT id, person_id, first_name, last_name, email, unit_id, property_id, tenancy_role, unit_admin, invited_by, created_at, \
         expires_at, renewed_at, used_at, superseded_at, of_household FROM invitation \
         WHERE org_id = $1 AND unit_id = $2 AND email_key = $3 AND used_at IS NULL AND superseded_at IS NULL ORDER BY id DESC",
        r.caller().org,
        unit,
        email_key
    ))
    .await
}

/// Those into these units that were not used, the newest first.
pub async fn open_into(r: &Read, units: &[UnitId]) -> Result<Vec<Invite>> {
    r.all(sql!(
        "SELECT id, person_id, first_name, last_name, email, unit_id, property_id, tenancy_role, unit_admin, invited_by, created_at, \
         expires_at, renewed_at, used_at, superseded_at, of_household FROM invitation \
         WHERE org_id = $1 AND unit_id = ANY($2) AND used_at IS NULL AND superseded_at IS NULL ORDER BY id DESC",
        r.caller().org,
        units
    ))
    .await
}

pub async fn withdraw(w: &Write, id: InvitationId) -> Result<()> {
    w.execute(sql!(
        "UPDATE invitation SET superseded_at = $3 WHERE org_id = $1 AND id = $2 AND used_at IS NULL",
        w.caller().org,
        id,
        w.now()
    ))
    .await
    .map(drop)
}

/// Whether the last that happened to it is that somebody took it back: others are replaced.
pub async fn was_withdrawn(r: &Read, id: InvitationId) -> Result<bool> {
    let last: Option<String> = r
        .optional(sql!(
            "SELECT action FROM change WHERE org_id = $1 AND entity = 'invitation' AND entity_id = $2 ORDER BY seq DESC LIMIT 1",
            r.caller().org,
            id
        ))
        .await?;
    Ok(last.as_deref() == Some("invitation.withdrawn"))
}

pub async fn restore(w: &Write, id: InvitationId) -> Result<()> {
    w.execute(sql!("UPDATE invitation SET superseded_at = NULL WHERE org_id = $1 AND id = $2", w.caller().org, id))
        .await
        .map(drop)
}

/// Ends those of an address, or of a person, into a unit: all of them, or those of the household alone.
pub async fn supersede(w: &Write, unit: UnitId, email_key: &str, person: PersonId, all: bool) -> Result<()> {
    w.execute(sql!(
        "UPDATE invitation SET superseded_at = $5 WHERE org_id = $1 AND unit_id = $2 AND (email_key = $3 OR person_id = $4) \
         AND used_at IS NULL AND superseded_at IS NULL AND ($6 OR of_household)",
        w.caller().org,
        unit,
        email_key,
        person,
        w.now(),
        all
    ))
    .await
    .map(drop)
}

pub async fn insert(w: &Write, n: &New, hash: &[u8]) -> Result<InvitationId> {
    w.one(sql!(
        "INSERT INTO invitation (org_id, person_id, purpose, token_hash, invited_by, created_at, expires_at, first_name, last_name, email, \
         email_key, unit_id, property_id, tenancy_role, unit_admin, of_household) \
         VALUES ($1, $2, 'community', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id",
        w.caller().org, n.person_id, hash, n.invited_by, w.now(), n.expires_at, &n.first_name, &n.last_name, &n.email,
        &n.email_key, n.unit_id, n.property_id, n.living, n.unit_admin, n.of_household
    ))
    .await
}

/// The condition that an invitation `i` stands for nothing any more: somebody of the unit made it who does not decide for it
/// now; whom it is for lived there and left since; or there is no such person or unit. `$1` is the organization, `$2` now.
macro_rules! is_void {
    () => {
        "((i.of_household AND NOT EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = i.org_id AND t.unit_id = i.unit_id \
         AND t.person_id = i.invited_by AND t.deleted_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= $2) \
         AND (t.ends_at IS NULL OR t.ends_at > $2) AND (t.moved_out_at IS NULL OR t.moved_out_at > $2) \
         AND t.role <> 'guest' AND coalesce(t.unit_admin, t.role IN ('owner', 'tenant')))) \
         OR (EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = i.org_id AND t.unit_id = i.unit_id AND t.person_id = i.person_id \
         AND (t.updated_at >= i.created_at OR t.ends_at >= i.created_at OR t.deleted_at >= i.created_at)) \
         AND NOT EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = i.org_id AND t.unit_id = i.unit_id AND t.person_id = i.person_id \
         AND t.deleted_at IS NULL AND (t.ends_at IS NULL OR t.ends_at > $2) AND (t.moved_out_at IS NULL OR t.moved_out_at > $2))) \
         OR EXISTS (SELECT 1 FROM person p WHERE p.id = i.person_id AND (p.archived_at IS NOT NULL OR p.deleted_at IS NOT NULL)) \
         OR EXISTS (SELECT 1 FROM unit u WHERE u.id = i.unit_id AND u.deleted_at IS NOT NULL))"
    };
}

/// Whether it stands for something still.
pub async fn stands(r: &Read, id: InvitationId) -> Result<bool> {
    r.one(sql!(
        sqlite: concat!("SELECT NOT ", is_void!(), " FROM invitation i WHERE i.org_id = $1 AND i.id = $3"),
        postgres: concat!("SELECT NOT ", is_void!(), " FROM invitation i WHERE i.org_id = $1 AND i.id = $3");
        r.caller().org, r.now(), id
    ))
    .await
}

/// Ends those into these units that stand for nothing any more.
pub async fn end_void_into(w: &Write, units: &[UnitId]) -> Result<()> {
    let ended: Vec<Ended> = w
        .all(sql!(
            sqlite: concat!("UPDATE invitation AS i SET superseded_at = $2 WHERE i.org_id = $1 AND i.unit_id = ANY($3) AND i.purpose = 'community' \
                AND i.used_at IS NULL AND i.superseded_at IS NULL AND ", is_void!(), " RETURNING id, person_id, property_id, unit_id"),
            postgres: concat!("UPDATE invitation AS i SET superseded_at = $2 WHERE i.org_id = $1 AND i.unit_id = ANY($3) AND i.purpose = 'community' \
                AND i.used_at IS NULL AND i.superseded_at IS NULL AND ", is_void!(), " RETURNING id, person_id, property_id, unit_id");
            w.caller().org, w.now(), units
        ))
        .await?;
    note_ended(w, ended);
    Ok(())
}

/// Ends all that somebody has.
pub async fn end_of(w: &Write, person: PersonId) -> Result<()> {
    let ended = w
        .all(sql!(
            "UPDATE invitation SET superseded_at = $3 WHERE org_id = $1 AND person_id = $2 AND purpose = 'community' \
             AND used_at IS NULL AND superseded_at IS NULL RETURNING id, person_id, property_id, unit_id",
            w.caller().org,
            person,
            w.now()
        ))
        .await?;
    note_ended(w, ended);
    Ok(())
}

/// Ends those to join a household that is over: made until then, not by who resides now, and not for somebody who lives
/// there or is to.
pub async fn end_joining(w: &Write, unit: UnitId, until: Instant, residents: &[PersonId]) -> Result<()> {
    let ended = w
        .all(sql!(
            "UPDATE invitation SET superseded_at = $3 WHERE org_id = $1 AND unit_id = $2 AND purpose = 'community' \
             AND used_at IS NULL AND superseded_at IS NULL AND created_at <= $4 AND NOT coalesce(invited_by = ANY($5), FALSE) \
             AND coalesce(tenancy_role, 'member') IN ('member', 'guest') \
             AND NOT EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = $1 AND t.unit_id = $2 AND t.person_id = invitation.person_id \
             AND t.deleted_at IS NULL AND (t.ends_at IS NULL OR t.ends_at > $3) AND (t.moved_out_at IS NULL OR t.moved_out_at > $3)) \
             RETURNING id, person_id, property_id, unit_id",
            w.caller().org,
            unit,
            w.now(),
            until,
            residents
        ))
        .await?;
    note_ended(w, ended);
    Ok(())
}

fn note_ended(w: &Write, mut ended: Vec<Ended>) {
    ended.sort_by_key(|i| i.id);
    for i in ended {
        let change = Change::new("invitation.ended", i.id).person(i.person_id).property(i.property_id);
        w.change(change.unit(i.unit_id));
    }
}

/// Whether nothing is known of somebody but that people of a household invited them.
pub async fn is_only_invited(r: &Read, person: PersonId) -> Result<bool> {
    r.one(sql!(
        "SELECT EXISTS (SELECT 1 FROM person p WHERE p.org_id = $1 AND p.id = $2 AND NOT p.is_resident AND p.deleted_at IS NULL \
         AND p.archived_at IS NULL AND NOT EXISTS (SELECT 1 FROM login l WHERE l.person_id = p.id) \
         AND NOT EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = p.id) \
         AND NOT EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = $1 AND t.person_id = p.id AND t.deleted_at IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM invitation i WHERE i.org_id = $1 AND i.person_id = p.id AND NOT i.of_household))",
        r.caller().org,
        person
    ))
    .await
}

pub async fn renew(w: &Write, id: InvitationId, hash: &[u8], expires: Instant) -> Result<()> {
    w.execute(sql!(
        "UPDATE invitation SET token_hash = $3, expires_at = $4, renewed_at = $5 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        hash,
        expires,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn use_up(w: &Write, id: InvitationId) -> Result<()> {
    w.execute(sql!("UPDATE invitation SET used_at = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, w.now()))
        .await
        .map(drop)
}

/// Where a unit is.
pub async fn place(r: &Read, unit: UnitId) -> Result<Option<PropertyId>> {
    r.optional(sql!(
        "SELECT property_id FROM unit WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        unit
    ))
    .await
}

/// As what a person lives in a unit now.
pub async fn living(r: &Read, person: PersonId, unit: UnitId) -> Result<Option<Living>> {
    r.optional(sql!(
        "SELECT role FROM tenancy WHERE org_id = $1 AND person_id = $2 AND unit_id = $3 AND deleted_at IS NULL \
         AND (ends_at IS NULL OR ends_at > $4) AND (moved_out_at IS NULL OR moved_out_at > $4) ORDER BY id",
        r.caller().org,
        person,
        unit,
        r.now()
    ))
    .await
}

/// Somebody who is nobody's resident yet.
pub async fn note_person(
    w: &Write,
    first: &str,
    last: &str,
    key: &str,
    email: &str,
    email_key: &str,
) -> Result<PersonId> {
    w.one(sql!(
        "INSERT INTO person (uid, org_id, first_name, last_name, name_key, email, email_key, is_resident, changed_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, $8, $8, $8) RETURNING id",
        w.uid(),
        w.caller().org,
        first,
        last,
        key,
        email,
        email_key,
        w.now()
    ))
    .await
}

pub async fn is_resident(r: &Read, id: PersonId) -> Result<bool> {
    r.one(sql!("SELECT is_resident FROM person WHERE org_id = $1 AND id = $2", r.caller().org, id)).await
}

pub async fn become_resident(
    w: &Write,
    id: PersonId,
    first: &str,
    last: &str,
    key: &str,
    email: &str,
    email_key: &str,
) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET first_name = $3, last_name = $4, name_key = $5, email = $6, email_key = $7, is_resident = TRUE, \
         changed_at = $8, updated_at = $8 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        first,
        last,
        key,
        email,
        email_key,
        w.now()
    ))
    .await
    .map(drop)
}

/// Notes the address of somebody who had none.
pub async fn reach_at(w: &Write, id: PersonId, email: &str, email_key: &str) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET email = $3, email_key = $4, changed_at = $5 WHERE org_id = $1 AND id = $2 AND email IS NULL",
        w.caller().org,
        id,
        email,
        email_key,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn insert_tenancy(w: &Write, i: &Invite, living: Living, from: Instant) -> Result<TenancyId> {
    w.one(sql!(
        "INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, starts_at, unit_admin, invited_by, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) RETURNING id",
        w.uid(), w.caller().org, i.person_id, i.property_id, i.unit_id, living, from, i.unit_admin, i.invited_by, w.now()
    ))
    .await
}
