//! Those who live in a unit with its residents: members of the household, and guests. Their tenancies end when the last
//! resident's does, and whoever decides for the unit may end or change them before.

use db::{Change, Read, Write, row, sql};
use kernel::{
    Action, Actor, Caller, Draft, Error, Field, Instant, Living, PersonId, Problem, PropertyId, Result, TenancyId,
    UnitId,
};

use super::{follow, store};
use crate::{
    access::{Resource, require},
    diff::Diff,
    handle, invite, ledger,
};

row! {
    /// Somebody who lives in a unit with its residents now.
    struct Other {
        id: TenancyId,
        person_id: PersonId,
        property_id: PropertyId,
        unit_id: UnitId,
        role: Living,
        begins_at: Instant,
        created_at: Instant,
        invited_by: Option<PersonId>,
    }

    /// A member of a household, or a guest.
    #[derive(Clone, Debug)]
    pub struct Housemate {
        /// The tenancy.
        pub id: TenancyId,
        /// Who.
        pub person_id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// Where.
        pub property_id: PropertyId,
        /// The name of that.
        pub property_name: String,
        /// In which unit.
        pub unit_id: UnitId,
        /// Its number.
        pub unit_number: String,
        /// As what.
        pub role: Living,
        /// Whether they decide for the unit.
        pub unit_admin: bool,
        /// Whether they live there now.
        pub runs: bool,
        /// What ended it.
        pub ended_by: Option<String>,
        /// When they left.
        pub moved_out_at: Option<Instant>,
    }
}

/// What ended a tenancy: its household ended.
const BY: &str = "household";

/// What ended a tenancy: whoever decides for the unit.
const REMOVED: &str = "removed";

/// For so long whoever was removed can be taken back.
const UNDO_HOURS: i64 = 24;

/// What of a member or guest can be changed by those who decide for the unit.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// As what they live there: member or guest.
    pub living: Field<Living>,
    /// Whether they decide for the unit; guests never do.
    pub unit_admin: Field<bool>,
}

handle! {
    /// What those who decide for a unit do about the others who live there.
    Households
}

#[operations::compiled_here]
impl Households<'_> {
    /// A member or guest of a unit for which the caller decides.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for tenants, owners and the caller.
    pub async fn get(&self, caller: &Caller, id: TenancyId) -> Result<Housemate> {
        self.0.read(caller, async move |r, actor| running(r, actor, id).await).await
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// As [`Households::get`]; [`Error::Invalid`] on `living` and `unit_admin`.
    pub async fn update(&self, caller: &Caller, id: TenancyId, draft: Draft<Input>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = running(w, actor, id).await?;
                let (input, mut faults) = draft.open()?;
                let living = input.living.or_keep(&now.role);
                if matches!(living, Living::Owner | Living::Tenant) {
                    faults.add("living", Problem::NotAllowed);
                }
                if living == Living::Guest && input.unit_admin.given() == Some(&true) {
                    faults.add("unit_admin", Problem::NotAllowed);
                }
                faults.finish()?;
                let unit_admin = input.unit_admin.or_keep(&now.unit_admin) && living != Living::Guest;
                let mut diff = Diff::default();
                diff.field("role", &now.role.as_str(), &living.as_str());
                diff.field("unit_admin", &now.unit_admin, &unit_admin);
                if diff.is_empty() {
                    return Ok(());
                }
                set_rights(w, id, living, unit_admin).await?;
                w.change(now.change("tenancy.updated").data(diff.json()));
                crate::resident::touch(w, now.person_id).await?;
                follow(w, id).await
            })
            .await
    }

    /// Ends the stay of a member or guest, at once.
    ///
    /// # Errors
    /// As [`Households::get`].
    pub async fn remove(&self, caller: &Caller, id: TenancyId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = running(w, actor, id).await?;
                store::move_out(w, id, Some(w.now()), Some(REMOVED)).await?;
                w.change(now.change("tenancy.ended"));
                crate::resident::touch(w, now.person_id).await?;
                follow(w, id).await
            })
            .await
    }

    /// Takes back whoever was removed within the last day.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `not_removed`.
    pub async fn take_back(&self, caller: &Caller, id: TenancyId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = theirs(w, actor, id).await?;
                let removed = now.ended_by.as_deref() == Some(REMOVED);
                let fresh = now.moved_out_at.is_some_and(|at| at.plus_secs(UNDO_HOURS * 3_600) > w.now());
                if !removed || !fresh || now.runs || is_gone(w, now.person_id).await? {
                    return Err(Error::Conflict("not_removed"));
                }
                store::move_out(w, id, None, None).await?;
                w.change(now.change("tenancy.resumed"));
                crate::resident::touch(w, now.person_id).await?;
                follow(w, id).await
            })
            .await
    }
}

impl Housemate {
    fn change(&self, action: &'static str) -> Change {
        Change::new(action, self.id).person(self.person_id).property(self.property_id).unit(self.unit_id)
    }
}

/// One of the others in a unit for which the actor decides; whose unit it is, nobody else learns.
async fn theirs(r: &Read, actor: &Actor, id: TenancyId) -> Result<Housemate> {
    let missing = || Error::NotFound("tenancy");
    let found = by_id(r, id).await?.ok_or_else(missing)?;
    require(actor, Action::InviteToUnit, Resource::Unit(found.property_id, found.unit_id)).map_err(|_| missing())?;
    if actor.person() == Some(found.person_id) { Err(missing()) } else { Ok(found) }
}

async fn running(r: &Read, actor: &Actor, id: TenancyId) -> Result<Housemate> {
    theirs(r, actor, id).await.and_then(|h| if h.runs { Ok(h) } else { Err(Error::NotFound("tenancy")) })
}

/// The end of a household: nobody resides in the unit any more, or others do.
pub(crate) struct Over {
    /// Where.
    pub unit: UnitId,
    /// The tenancy whose return brings the others back; nothing where others reside by now.
    pub with: Option<TenancyId>,
    /// Who resided.
    pub former: Vec<PersonId>,
    /// Who resides now.
    pub now: Vec<PersonId>,
    /// When those began, where others may have been noted for them already.
    pub since: Option<Instant>,
}

impl Over {
    /// Whether somebody belonged to the former household: all whom the new residents did not invite; where those are known
    /// to have come later, whoever was there before them.
    fn ends(&self, o: &Other) -> bool {
        let by = |people: &[PersonId]| o.invited_by.is_some_and(|who| people.contains(&who));
        match self.since {
            Some(since) => by(&self.former) || (o.begins_at < since && o.created_at <= since),
            None => !by(&self.now),
        }
    }
}

/// Ends what hangs on a household that is over: the tenancies of members and guests, and invitations to join them. Where
/// one of the members resides now, the household goes on.
pub(crate) async fn end(w: &Write, over: &Over) -> Result<()> {
    let all = others(w, over.unit).await?;
    let stays_on = |o: &Other| {
        o.role == Living::Member && over.now.contains(&o.person_id) && over.since.is_none_or(|at| o.begins_at < at)
    };
    if all.iter().any(stays_on) {
        return Ok(());
    }
    let ended: Vec<&Other> = all.iter().filter(|o| over.ends(o)).collect();
    let ids: Vec<TenancyId> = ended.iter().map(|o| o.id).collect();
    if !ids.is_empty() {
        end_these(w, &ids, over.with).await?;
        store::touch_people(w, &ids).await?;
    }
    for o in ended {
        note(w, "tenancy.ended", o);
    }
    ledger::follow_all(w, &ids).await?;
    invite::end_joining(w, over.unit, over.since.unwrap_or(w.now()), &over.now).await
}

/// What brought back the tenancies of residents brings back who lived with them, unless those live there again already.
pub(crate) async fn resume(w: &Write, residents: &[TenancyId]) -> Result<()> {
    let back = resumable(w, residents).await?;
    let ids: Vec<TenancyId> = back.iter().map(|o| o.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    resume_these(w, &ids).await?;
    store::touch_people(w, &ids).await?;
    for o in &back {
        note(w, "tenancy.resumed", o);
    }
    ledger::follow_all(w, &ids).await
}

fn note(w: &Write, action: &'static str, o: &Other) {
    w.change(Change::new(action, o.id).person(o.person_id).property(o.property_id).unit(o.unit_id));
}

async fn by_id(r: &Read, id: TenancyId) -> Result<Option<Housemate>> {
    r.optional(sql!(
        "SELECT t.id, t.person_id, p.first_name, p.last_name, t.property_id, h.name AS property_name, u.id AS unit_id, u.number AS unit_number, \
         t.role, coalesce(t.unit_admin, FALSE) AS unit_admin, ((t.starts_at IS NULL OR t.starts_at <= $3) AND (t.ends_at IS NULL OR t.ends_at > $3) \
         AND (t.moved_out_at IS NULL OR t.moved_out_at > $3)) AS runs, t.ended_by, t.moved_out_at \
         FROM tenancy t JOIN person p ON p.id = t.person_id JOIN property h ON h.id = t.property_id JOIN unit u ON u.id = t.unit_id \
         WHERE t.org_id = $1 AND t.id = $2 AND t.role IN ('member', 'guest') AND t.deleted_at IS NULL AND p.deleted_at IS NULL",
        r.caller().org,
        id,
        r.now()
    ))
    .await
}

async fn is_gone(r: &Read, person: PersonId) -> Result<bool> {
    r.one(sql!(
        "SELECT EXISTS (SELECT 1 FROM person WHERE org_id = $1 AND id = $2 AND (archived_at IS NOT NULL OR deleted_at IS NOT NULL))",
        r.caller().org,
        person
    ))
    .await
}

async fn set_rights(w: &Write, id: TenancyId, living: Living, unit_admin: bool) -> Result<()> {
    w.execute(sql!(
        "UPDATE tenancy SET role = $3, unit_admin = $4, updated_at = $5 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        living,
        unit_admin,
        w.now()
    ))
    .await
    .map(drop)
}

async fn others(r: &Read, unit: UnitId) -> Result<Vec<Other>> {
    r.all(sql!(
        "SELECT id, person_id, property_id, unit_id, role, coalesce(starts_at, created_at) AS begins_at, created_at, invited_by \
         FROM tenancy WHERE org_id = $1 AND unit_id = $2 AND role IN ('member', 'guest') AND deleted_at IS NULL \
         AND (starts_at IS NULL OR starts_at <= $3) AND (ends_at IS NULL OR ends_at > $3) \
         AND (moved_out_at IS NULL OR moved_out_at > $3) ORDER BY id",
        r.caller().org,
        unit,
        r.now()
    ))
    .await
}

async fn end_these(w: &Write, ids: &[TenancyId], with: Option<TenancyId>) -> Result<()> {
    w.execute(sql!(
        "UPDATE tenancy SET moved_out_at = $3, ended_by = $4, ended_with = $5, leaves_at = NULL, updated_at = $3 \
         WHERE +org_id = $1 AND id = ANY($2)",
        w.caller().org,
        ids,
        w.now(),
        BY,
        with
    ))
    .await
    .map(drop)
}

/// Whose stay ended with one of these tenancies, in the unit that those have now.
async fn resumable(r: &Read, residents: &[TenancyId]) -> Result<Vec<Other>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, t.role, coalesce(t.starts_at, t.created_at) AS begins_at, t.created_at, t.invited_by \
         FROM tenancy t JOIN tenancy x ON x.id = t.ended_with JOIN person p ON p.id = t.person_id \
         WHERE t.org_id = $1 AND t.ended_with = ANY($2) AND t.ended_by = $3 AND t.unit_id = x.unit_id AND t.deleted_at IS NULL \
         AND p.archived_at IS NULL AND p.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM tenancy n WHERE n.org_id = t.org_id AND n.unit_id = t.unit_id AND n.person_id = t.person_id \
         AND n.deleted_at IS NULL AND (n.ends_at IS NULL OR n.ends_at > $4) AND (n.moved_out_at IS NULL OR n.moved_out_at > $4)) ORDER BY +t.id",
        r.caller().org,
        residents,
        BY,
        r.now()
    ))
    .await
}

async fn resume_these(w: &Write, ids: &[TenancyId]) -> Result<()> {
    w.execute(sql!(
        "UPDATE tenancy SET moved_out_at = NULL, ended_by = NULL, ended_with = NULL, updated_at = $3 WHERE +org_id = $1 AND id = ANY($2)",
        w.caller().org,
        ids,
        w.now()
    ))
    .await
    .map(drop)
}

/// Whoever else resides in a unit by now: nobody comes back with those who did before.
pub(crate) async fn forget(w: &Write, unit: UnitId, residents: &[TenancyId]) -> Result<()> {
    w.execute(sql!(
        "UPDATE tenancy SET ended_with = NULL WHERE org_id = $1 AND unit_id = $2 AND ended_with IS NOT NULL \
         AND deleted_at IS NULL AND NOT (ended_with = ANY($3))",
        w.caller().org,
        unit,
        residents
    ))
    .await
    .map(drop)
}
