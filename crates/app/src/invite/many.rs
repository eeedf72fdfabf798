//! Invitations to many at once: all who live somewhere and have no login. Whom they are for is noted when they are asked
//! for; the queue then invites one after the other, each with what came of it.

use std::collections::HashSet;

use db::{Change, Lane, Read, Write, row, sql};
use kernel::{
    Action, Actor, BuildingId, Caller, Email, Error, Faults, Field, Instant, InviteRunId, Living, PersonId, Problem,
    PropertyId, Result, TenancyId, UnitId, fold,
};

use super::{Input, Invites, create::create};
use crate::{
    access::{Reach, Resource, reach, require},
    job::{self, Job},
    login,
};

/// The kind of job that goes on with invitations to many; its payload is the id of the run.
pub const RUN: &str = "invite.run";

/// One run is for so many people at most.
pub const MOST: usize = 5000;

/// So many people are invited in one operation.
const PART: u32 = 20;

/// Whom invitations are for: residents without a login, narrowed.
#[derive(Clone, Debug, Default)]
pub struct Whom {
    /// Of this property; of all within reach without one.
    pub property: Option<PropertyId>,
    /// Of this building.
    pub building: Option<BuildingId>,
    /// In units whose number begins so; empty for all.
    pub unit: String,
    /// These are left out.
    pub but: Vec<PersonId>,
    /// Whether those are invited again who have an invitation that was not used; it ends then.
    pub renew: bool,
}

/// How somebody stands before invitations are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Gets an invitation.
    Ready,
    /// Has one that can still be used.
    Invited,
    /// Has no e-mail address that can be written to.
    NoEmail,
}

/// What came of one invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was mailed.
    Invited,
    /// It took the place of one before, and was mailed.
    Renewed,
    /// Has one that can still be used, and no new one was wanted.
    Already,
    /// Has no e-mail address that can be written to.
    NoEmail,
    /// Has a login meanwhile.
    HasLogin,
    /// Does not live there any more.
    Gone,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Invited, Self::Renewed, Self::Already, Self::NoEmail, Self::HasLogin, Self::Gone];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Renewed => "renewed",
            Self::Already => "already",
            Self::NoEmail => "no_email",
            Self::HasLogin => "has_login",
            Self::Gone => "gone",
        }
    }

    /// Whether a mail was written.
    #[must_use]
    pub const fn is_mailed(self) -> bool {
        matches!(self, Self::Invited | Self::Renewed)
    }
}

impl db::Value for Outcome {
    fn read(cell: db::Cell<'_>) -> Option<Self> {
        let db::Cell::Text(word) = cell else { return None };
        Self::ALL.into_iter().find(|o| o.as_str() == word)
    }
}

row! {
    struct Found {
        tenancy_id: TenancyId,
        person_id: PersonId,
        first_name: String,
        last_name: String,
        email: Option<String>,
        unit: String,
        property: String,
        invited_at: Option<Instant>,
    }

    /// Invitations to many, and how far they are.
    #[derive(Clone, Debug)]
    pub struct InviteRun {
        /// Its id.
        pub id: InviteRunId,
        /// The property they were narrowed to.
        pub property_id: Option<PropertyId>,
        /// Whether invitations took the place of earlier ones.
        pub renew: bool,
        /// How many people.
        pub total: i64,
        /// Who asked for it.
        pub person_id: Option<PersonId>,
        /// When.
        pub created_at: Instant,
        /// When the last one was decided on.
        pub finished_at: Option<Instant>,
    }

    /// One person of a run.
    #[derive(Clone, Debug)]
    pub struct Row {
        /// Who.
        pub person_id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// Their address now.
        pub email: Option<String>,
        /// The number of the unit.
        pub unit: String,
        /// The name of the property.
        pub property: String,
        /// What came of it; nothing while it waits.
        pub outcome: Option<Outcome>,
    }

    struct Due {
        id: i64,
        person_id: PersonId,
        unit_id: UnitId,
    }

    struct Known {
        email: Option<String>,
    }
}

/// Somebody who may be invited.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Who.
    pub person: PersonId,
    /// As which tenancy: the first of theirs.
    tenancy: TenancyId,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Where the invitation goes.
    pub email: Option<String>,
    /// The number of the unit.
    pub unit: String,
    /// The name of the property.
    pub property: String,
    /// How they stand.
    pub standing: Standing,
    /// When they were invited last, where that can still be used.
    pub invited_at: Option<Instant>,
}

#[operations::compiled_here]
impl Invites<'_> {
    /// Residents without a login, by property and name, at most [`MOST`]; those left out are among them.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for a property out of reach.
    pub async fn candidates(&self, caller: &Caller, whom: Whom) -> Result<Vec<Candidate>> {
        self.0.read(caller, async move |r, actor| candidates(r, actor, &whom).await).await
    }

    /// Has them invited by the queue; answers the run. With a key that came before it is that run, and nothing is done.
    ///
    /// # Errors
    /// As [`Invites::candidates`]; [`Error::Conflict`] `nobody` when there is nobody who would get a mail.
    pub async fn invite_many(&self, caller: &Caller, whom: Whom, key: String) -> Result<InviteRunId> {
        self.0
            .write(caller, async move |w, actor| {
                if let Some(before) = crate::once::answer(w, &key).await? {
                    return Ok(InviteRunId::new(before));
                }
                let mut all = candidates(w, actor, &whom).await?;
                all.retain(|c| !whom.but.contains(&c.person));
                let mailed =
                    |c: &Candidate| c.standing == Standing::Ready || whom.renew && c.standing == Standing::Invited;
                if !all.iter().any(mailed) {
                    return Err(Error::Conflict("nobody"));
                }
                let id = insert(w, &whom, all.len() as i64).await?;
                insert_rows(w, id, &all.iter().map(|c| c.tenancy).collect::<Vec<_>>()).await?;
                crate::once::keep(w, &key, id.get()).await?;
                w.change(Change::new("invite_run.created", id).property(whom.property));
                job::enqueue(w, RUN, &id.to_string(), w.now(), None).await?;
                Ok(id)
            })
            .await
    }

    /// A run, with its people as they stand.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`], also for the run of somebody who reaches further than the caller.
    pub async fn invite_run(&self, caller: &Caller, id: InviteRunId) -> Result<(InviteRun, Vec<Row>)> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = reach(actor, Action::InviteToUnit)?;
                let run = by_id(r, id).await?.filter(|run| is_within(run, &reach, actor));
                let run = run.ok_or(Error::NotFound("invite_run"))?;
                Ok((run, rows(r, id).await?))
            })
            .await
    }

    /// The runs within reach, newest first, at most 20.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn invite_runs(&self, caller: &Caller) -> Result<Vec<InviteRun>> {
        self.0
            .read(caller, async |r, actor| {
                let reach = reach(actor, Action::InviteToUnit)?;
                let mut all = list(r).await?;
                all.retain(|run| is_within(run, &reach, actor));
                Ok(all)
            })
            .await
    }

    /// Invites the next people of a run; answers whether there are more. For the server; may be run any number of times:
    /// a mail and the note of it are one transaction.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn advance_run(&self, caller: &Caller, id: InviteRunId) -> Result<bool> {
        let base = self.0.public_url().to_owned();
        self.0
            .write_in(Lane::Bulk, caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let run = by_id(w, id).await?.ok_or(Error::NotFound("invite_run"))?;
                let due = next(w, id).await?;
                if due.is_empty() {
                    finish(w, id).await?;
                    return Ok(false);
                }
                for row in due {
                    let by = run.person_id;
                    let outcome = invite(w, actor, &base, by, (row.person_id, row.unit_id), run.renew).await?;
                    decide(w, row.id, outcome).await?;
                }
                Ok(true)
            })
            .await
    }

    /// Does a run to its end, as the job that was made for it.
    ///
    /// # Errors
    /// As [`Invites::advance_run`].
    pub async fn run(&self, caller: &Caller, job: &Job) -> Result<()> {
        let id = InviteRunId::new(job.payload.parse().map_err(Error::internal)?);
        while self.advance_run(caller, id).await? {}
        self.0.jobs().done(caller, job.id).await
    }
}

/// Whoever does not reach everything sees the runs of their properties, and their own.
fn is_within(run: &InviteRun, reach: &Reach, actor: &Actor) -> bool {
    let own = run.person_id.is_some() && run.person_id == actor.person();
    own || reach.has(run.property_id)
}

async fn candidates(r: &Read, actor: &Actor, whom: &Whom) -> Result<Vec<Candidate>> {
    let mut reach = reach(actor, Action::InviteToUnit)?;
    if let Some(property) = whom.property {
        if !reach.has(Some(property)) || crate::property::find(r, property).await?.is_none() {
            return Err(Error::NotFound("property"));
        }
        reach = Reach::to(property);
    }
    let (key, mut known) = (fold(whom.unit.trim()), HashSet::new());
    let mut all: Vec<Candidate> = Vec::new();
    for f in residents(r, &reach, whom.building).await? {
        // One invitation a person, into the first unit they live in.
        if !fold(&f.unit).starts_with(&key) || !known.insert(f.person_id) {
            continue;
        }
        let reachable = f.email.as_deref().is_some_and(|e| Email::parse(e).is_some());
        let standing = match (reachable, f.invited_at) {
            (false, _) => Standing::NoEmail,
            (true, Some(_)) => Standing::Invited,
            (true, None) => Standing::Ready,
        };
        all.push(Candidate {
            person: f.person_id,
            tenancy: f.tenancy_id,
            first_name: f.first_name,
            last_name: f.last_name,
            email: f.email,
            unit: f.unit,
            property: f.property,
            standing,
            invited_at: f.invited_at,
        });
        if all.len() == MOST {
            break;
        }
    }
    Ok(all)
}

/// Invites somebody who lives in a unit, or will. What stands against it is an outcome: nothing was written then.
pub(crate) async fn invite(
    w: &Write,
    actor: &Actor,
    base: &str,
    by: Option<PersonId>,
    (person, unit): (PersonId, UnitId),
    renew: bool,
) -> Result<Outcome> {
    if login::of_person(w, person).await?.is_some() {
        return Ok(Outcome::HasLogin);
    }
    let (known, living) = tokio::try_join!(known(w, person), super::store::living(w, person, unit))?;
    let (Some(known), Some(living)) = (known, living) else { return Ok(Outcome::Gone) };
    let Some(email) = known.email.filter(|e| Email::parse(e).is_some()) else { return Ok(Outcome::NoEmail) };
    let earlier = is_invited(w, person).await?;
    if earlier && !renew {
        return Ok(Outcome::Already);
    }
    let input = Input {
        person_id: Some(person),
        unit_id: Field::Given(unit),
        email: Field::Given(email),
        living: Field::Given(living),
        unit_admin: Field::Given(matches!(living, Living::Owner | Living::Tenant)),
        ..Input::default()
    };
    match create(w, actor, base, by, &input, Faults::new()).await {
        Ok(_) if earlier => Ok(Outcome::Renewed),
        Ok(_) => Ok(Outcome::Invited),
        Err(Error::Conflict("registered")) => Ok(Outcome::HasLogin),
        Err(Error::Invalid(faults)) if faults.iter().all(|f| f.problem == Problem::NotEmail) => Ok(Outcome::NoEmail),
        Err(error) => Err(error),
    }
}

/// Running and coming tenancies of people without a login, by property, unit and name.
async fn residents(r: &Read, reach: &Reach, building: Option<BuildingId>) -> Result<Vec<Found>> {
    r.all(sql!(
        "SELECT t.id AS tenancy_id, t.person_id, p.first_name, p.last_name, p.email, u.number AS unit, x.name AS property, \
         (SELECT max(coalesce(i.renewed_at, i.created_at)) FROM invitation i WHERE i.org_id = t.org_id AND i.person_id = t.person_id \
         AND i.purpose = 'community' AND i.used_at IS NULL AND i.superseded_at IS NULL AND i.expires_at > $4) AS invited_at \
         FROM tenancy t JOIN person p ON p.id = t.person_id AND p.deleted_at IS NULL AND p.archived_at IS NULL AND p.is_resident \
         JOIN unit u ON u.id = t.unit_id AND u.deleted_at IS NULL \
         JOIN property x ON x.id = t.property_id AND x.deleted_at IS NULL AND x.archived_at IS NULL \
         WHERE t.org_id = $1 AND ($2 OR t.property_id = ANY($3)) AND (u.building_id = $5 OR $5 = 0) AND t.deleted_at IS NULL \
         AND t.role <> 'guest' AND (t.ends_at IS NULL OR t.ends_at > $4) AND (t.moved_out_at IS NULL OR t.moved_out_at > $4) \
         AND NOT EXISTS (SELECT 1 FROM login l WHERE l.person_id = t.person_id) \
         ORDER BY x.name_key, x.id, u.number, p.name_key, t.id LIMIT $6",
        r.caller().org,
        reach.is_all(),
        reach.ids(),
        r.now(),
        building.map_or(0, BuildingId::get),
        4 * MOST as i64
    ))
    .await
}

/// Whether somebody has an invitation that can still be used.
async fn is_invited(r: &Read, person: PersonId) -> Result<bool> {
    r.one(sql!(
        "SELECT EXISTS (SELECT 1 FROM invitation WHERE org_id = $1 AND person_id = $2 AND purpose = 'community' AND used_at IS NULL \
         AND superseded_at IS NULL AND expires_at > $3)",
        r.caller().org,
        person,
        r.now()
    ))
    .await
}

async fn known(r: &Read, person: PersonId) -> Result<Option<Known>> {
    r.optional(sql!(
        "SELECT email FROM person WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL AND archived_at IS NULL",
        r.caller().org,
        person
    ))
    .await
}

async fn insert(w: &Write, whom: &Whom, total: i64) -> Result<InviteRunId> {
    w.one(sql!(
        "INSERT INTO invite_run (uid, org_id, property_id, renew, total, person_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        w.uid(),
        w.caller().org,
        whom.property,
        whom.renew,
        total,
        w.caller().person(),
        w.now()
    ))
    .await
}

async fn insert_rows(w: &Write, run: InviteRunId, tenancies: &[TenancyId]) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO invite_run_row (org_id, run_id, person_id, unit_id) \
         SELECT org_id, $2, person_id, unit_id FROM tenancy WHERE +org_id = $1 AND id = ANY($3) AND unit_id IS NOT NULL ORDER BY id",
        w.caller().org,
        run,
        tenancies
    ))
    .await
    .map(drop)
}

async fn by_id(r: &Read, id: InviteRunId) -> Result<Option<InviteRun>> {
    r.optional(sql!(
        "SELECT id, property_id, renew, total, person_id, created_at, finished_at FROM invite_run WHERE org_id = $1 AND id = $2",
        r.caller().org,
        id
    ))
    .await
}

async fn list(r: &Read) -> Result<Vec<InviteRun>> {
    r.all(sql!(
        "SELECT id, property_id, renew, total, person_id, created_at, finished_at FROM invite_run WHERE org_id = $1 ORDER BY id DESC LIMIT 20",
        r.caller().org
    ))
    .await
}

async fn rows(r: &Read, run: InviteRunId) -> Result<Vec<Row>> {
    r.all(sql!(
        "SELECT i.person_id, p.first_name, p.last_name, p.email, u.number AS unit, x.name AS property, i.outcome FROM invite_run_row i \
         JOIN person p ON p.id = i.person_id JOIN unit u ON u.id = i.unit_id JOIN property x ON x.id = u.property_id \
         WHERE i.org_id = $1 AND i.run_id = $2 ORDER BY x.name_key, x.id, u.number, p.name_key, i.id",
        r.caller().org,
        run
    ))
    .await
}

async fn next(r: &Read, run: InviteRunId) -> Result<Vec<Due>> {
    r.all(sql!(
        "SELECT id, person_id, unit_id FROM invite_run_row WHERE org_id = $1 AND run_id = $2 AND outcome IS NULL ORDER BY id LIMIT $3",
        r.caller().org,
        run,
        PART
    ))
    .await
}

async fn decide(w: &Write, row: i64, outcome: Outcome) -> Result<()> {
    w.execute(sql!(
        "UPDATE invite_run_row SET outcome = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        row,
        outcome.as_str()
    ))
    .await
    .map(drop)
}

async fn finish(w: &Write, run: InviteRunId) -> Result<()> {
    w.execute(sql!(
        "UPDATE invite_run SET finished_at = $3 WHERE org_id = $1 AND id = $2 AND finished_at IS NULL",
        w.caller().org,
        run,
        w.now()
    ))
    .await
    .map(drop)
}
