//! The desk's first page: how things stand, in numbers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use db::{Read, row, sql};
use kernel::{Action, Caller, Currency, Instant, OrgId, PersonId, PropertyId, Result};

use super::{
    Desk, Happening, Reach, happening, tickets,
    tickets::{Counts, TicketRow},
};
use crate::access::{Resource, may};

row! {
    /// How tickets stand that are not closed.
    #[derive(Clone, Copy, Debug)]
    pub struct TicketNumbers {
        /// Nobody has begun.
        pub new: i64,
        /// Nobody has begun for more than a day.
        pub unseen: i64,
        /// Somebody works on it.
        pub in_progress: i64,
        /// Something is awaited.
        pub waiting: i64,
        /// Closed within the last seven days.
        pub closed: i64,
    }

    /// One week of tickets.
    #[derive(Clone, Copy, Debug)]
    pub struct Week {
        /// Which one, from 0; the last is the present one.
        pub week: i64,
        /// How many came.
        pub made: i64,
        /// How many of them were answered.
        pub answered: i64,
        /// How long those waited for the first answer, in all, in microseconds.
        pub waited: i64,
    }

    /// How many units of a property have somebody.
    #[derive(Clone, Debug)]
    pub struct Occupancy {
        /// The property.
        pub id: PropertyId,
        /// Its name.
        pub name: String,
        /// How many units it has.
        pub units: i64,
        /// How many of them have somebody who lives there.
        pub occupied: i64,
    }

    /// What is owed, by how long it has been.
    #[derive(Clone, Copy, Debug)]
    pub struct Arrears {
        /// How many ledgers owe something.
        pub ledgers: i64,
        /// For up to 30 days, in minor units.
        pub days_30: i64,
        /// For 31 to 60 days.
        pub days_60: i64,
        /// For 61 to 90 days.
        pub days_90: i64,
        /// For longer.
        pub older: i64,
    }

    struct Held {
        property_id: PropertyId,
        n: i64,
    }

    struct Named {
        id: PropertyId,
        name: String,
    }
}

/// Everything the first page shows.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// Tickets by how they stand.
    pub tickets: TicketNumbers,
    /// Tickets by whose they are.
    pub counts: Counts,
    /// The last eight weeks, oldest first.
    pub weeks: Vec<Week>,
    /// Properties within reach, by name.
    pub occupancy: Vec<Occupancy>,
    /// What is owed; nothing for whoever may not see money.
    pub arrears: Option<Arrears>,
    /// The currency of that.
    pub currency: Currency,
    /// Tickets that need the caller, those that wait longest first.
    pub needing: Vec<TicketRow>,
    /// What happened lately.
    pub lately: Vec<Happening>,
}

/// Weeks that are shown.
const WEEKS: i64 = 8;

/// Up to when numbers hold: they were counted when so much had happened, within this minute, for such a reach.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    seq: i64,
    minute: i64,
    reach: Reach,
    sees_money: bool,
}

/// The numbers that people looked at last. Nothing is counted again until something has happened in the organization,
/// by which server ever, or a minute has passed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Arc<Mutex<KeptNumbers>>);

type KeptNumbers = HashMap<(OrgId, PersonId), (Mark, Arc<Numbers>)>;

/// Numbers of no more people are kept.
const MOST_KEPT: usize = 256;

impl Kept {
    fn get(&self, who: (OrgId, PersonId), mark: &Mark) -> Option<Arc<Numbers>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&who).filter(|(of, _)| of == mark).map(|(_, numbers)| Arc::clone(numbers))
    }

    fn put(&self, who: (OrgId, PersonId), mark: Mark, numbers: Arc<Numbers>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_KEPT && !all.contains_key(&who) {
            all.retain(|_, (of, _)| of.minute == mark.minute);
            if all.len() >= MOST_KEPT {
                all.clear();
            }
        }
        all.insert(who, (mark, numbers));
    }
}

#[operations::compiled_here]
impl Desk<'_> {
    /// How things stand within reach; what only time brings about, a minute late at most.
    ///
    /// # Errors
    /// [`kernel::Error::Forbidden`].
    pub async fn numbers(&self, caller: &Caller) -> Result<Arc<Numbers>> {
        let kept = self.0.kept_numbers().clone();
        self.0
            .read(caller, async move |r, actor| {
                let reach = Reach::of(actor)?;
                let of = reach.ids().first().copied();
                let sees_money = may(
                    actor,
                    Action::ViewMoney,
                    if reach.is_all() { Resource::Organization } else { Resource::Of(of) },
                );
                let seq = r.optional(sql!("SELECT seq FROM feed WHERE org_id = $1", r.caller().org)).await?;
                let mark =
                    Mark { seq: seq.unwrap_or(0), minute: r.now().secs() / 60, reach: reach.clone(), sees_money };
                let who = actor.person().map(|person| (r.caller().org, person));
                if let Some(numbers) = who.and_then(|who| kept.get(who, &mark)) {
                    return Ok(numbers);
                }
                let (tickets, counts, weeks, occupancy, needing, lately, currency) = tokio::try_join!(
                    stand(r, &reach),
                    tickets::counts(r, &reach),
                    weeks(r, &reach),
                    occupancy(r, &reach),
                    tickets::needing(r, &reach, 8),
                    happening::lately(r, &reach),
                    r.one::<Currency>(sql!("SELECT currency FROM organization WHERE id = $1", r.caller().org))
                )?;
                let arrears = if sees_money { Some(arrears(r, &reach).await?) } else { None };
                let numbers = Numbers { tickets, counts, weeks, occupancy, arrears, currency, needing, lately };
                let numbers = Arc::new(numbers);
                if let Some(who) = who {
                    kept.put(who, mark, Arc::clone(&numbers));
                }
                Ok(numbers)
            })
            .await
    }
}

async fn stand(r: &Read, reach: &Reach) -> Result<TicketNumbers> {
    r.one(sql!(
        "SELECT count(CASE WHEN status = 'open' THEN 1 END) AS new, \
         count(CASE WHEN status = 'open' AND active_at < $4 THEN 1 END) AS unseen, \
         count(CASE WHEN status = 'in_progress' THEN 1 END) AS in_progress, count(CASE WHEN status = 'waiting' THEN 1 END) AS waiting, \
         (SELECT count(*) FROM ticket c WHERE c.org_id = $1 AND c.active_at >= $5 AND c.closed_at >= $5 AND c.deleted_at IS NULL \
          AND ($2 OR c.property_id = ANY($3))) AS closed \
         FROM ticket WHERE org_id = $1 AND closed_at IS NULL AND deleted_at IS NULL AND ($2 OR property_id = ANY($3))",
        r.caller().org,
        reach.is_all(),
        reach.ids(),
        r.now().plus_days(-1),
        r.now().plus_days(-7)
    ))
    .await
}

async fn weeks(r: &Read, reach: &Reach) -> Result<Vec<Week>> {
    let from = r.now().plus_days(-7 * WEEKS);
    let found: Vec<Week> = r
        .all(sql!(
            "SELECT week, count(*) AS made, count(first_response_at) AS answered, \
             CAST(coalesce(sum(first_response_at - created_at), 0) AS BIGINT) AS waited FROM (\
             SELECT (created_at - $4) / 604800000000 AS week, created_at, first_response_at FROM ticket \
             WHERE org_id = $1 AND created_at > $4 AND created_at <= $5 AND deleted_at IS NULL AND ($2 OR property_id = ANY($3))) x \
             GROUP BY week ORDER BY week",
            r.caller().org,
            reach.is_all(),
            reach.ids(),
            from,
            r.now()
        ))
        .await?;
    // A ticket made this instant belongs to the present week.
    let by_week: HashMap<i64, Week> = found.into_iter().map(|w| (w.week.min(WEEKS - 1), w)).collect();
    Ok((0..WEEKS)
        .map(|week| by_week.get(&week).copied().unwrap_or(Week { week, made: 0, answered: 0, waited: 0 }))
        .collect())
}

/// The properties within reach that are not archived, with how many of their units have somebody.
pub(super) async fn occupancy(r: &Read, reach: &Reach) -> Result<Vec<Occupancy>> {
    let org = r.caller().org;
    let names = r.all::<Named>(sql!(
        "SELECT id, name FROM property WHERE org_id = $1 AND deleted_at IS NULL AND archived_at IS NULL AND ($2 OR id = ANY($3)) \
         ORDER BY name_key, id",
        org,
        reach.is_all(),
        reach.ids()
    ));
    let units = r.all::<Held>(sql!(
        "SELECT property_id, count(*) AS n FROM unit WHERE org_id = $1 AND deleted_at IS NULL AND ($2 OR property_id = ANY($3)) \
         GROUP BY property_id",
        org,
        reach.is_all(),
        reach.ids()
    ));
    let occupied = r.all::<Held>(sql!(
        "SELECT property_id, count(DISTINCT unit_id) AS n FROM tenancy WHERE org_id = $1 AND deleted_at IS NULL AND unit_id IS NOT NULL \
         AND role IN ('tenant', 'owner') AND (starts_at IS NULL OR starts_at <= $4) AND (ends_at IS NULL OR ends_at > $4) \
         AND (moved_out_at IS NULL OR moved_out_at > $4) AND ($2 OR property_id = ANY($3)) GROUP BY property_id",
        org,
        reach.is_all(),
        reach.ids(),
        r.now()
    ));
    let (names, units, occupied) = tokio::try_join!(names, units, occupied)?;
    let by = |held: Vec<Held>| -> HashMap<PropertyId, i64> { held.into_iter().map(|h| (h.property_id, h.n)).collect() };
    let (units, occupied) = (by(units), by(occupied));
    let count = |of: &HashMap<PropertyId, i64>, id: PropertyId| of.get(&id).copied().unwrap_or(0);
    let row =
        |p: Named| Occupancy { units: count(&units, p.id), occupied: count(&occupied, p.id), id: p.id, name: p.name };
    Ok(names.into_iter().map(row).collect())
}

async fn arrears(r: &Read, reach: &Reach) -> Result<Arrears> {
    let days = |n: i64| r.now().plus_days(-n).utc().date();
    r.one(sql!(
        "SELECT count(*) AS ledgers, CAST(coalesce(sum(CASE WHEN l.unpaid_since >= $4 THEN l.balance END), 0) AS BIGINT) AS days_30, \
         CAST(coalesce(sum(CASE WHEN l.unpaid_since < $4 AND l.unpaid_since >= $5 THEN l.balance END), 0) AS BIGINT) AS days_60, \
         CAST(coalesce(sum(CASE WHEN l.unpaid_since < $5 AND l.unpaid_since >= $6 THEN l.balance END), 0) AS BIGINT) AS days_90, \
         CAST(coalesce(sum(CASE WHEN l.unpaid_since < $6 THEN l.balance END), 0) AS BIGINT) AS older \
         FROM property p JOIN ledger l ON l.property_id = p.id AND l.unpaid_since IS NOT NULL AND l.balance > 0 \
         WHERE p.org_id = $1 AND p.deleted_at IS NULL AND ($2 OR p.id = ANY($3))",
        r.caller().org,
        reach.is_all(),
        reach.ids(),
        days(30),
        days(60),
        days(90)
    ))
    .await
}

/// An instant so many weeks before the present one's end.
#[must_use]
pub fn week_start(now: Instant, week: i64) -> Instant {
    now.plus_days(-7 * (WEEKS - week))
}
