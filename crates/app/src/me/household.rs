//! Where somebody lives, and with whom.

use db::{Read, row, sql};
use kernel::{Caller, Error, Home, Instant, Living, PersonId, PropertyId, Result, TenancyId, UnitId};

use super::Me;
use crate::invite;

row! {
    /// A tenancy of the caller, also one that has ended.
    #[derive(Clone, Debug)]
    pub struct Place {
        /// The tenancy.
        pub id: TenancyId,
        /// Where.
        pub property_id: PropertyId,
        /// The name of that.
        pub property_name: String,
        /// In which unit.
        pub unit_id: Option<UnitId>,
        /// Its number.
        pub unit_number: Option<String>,
        /// As what.
        pub role: Living,
        /// From when.
        pub starts_at: Option<Instant>,
        /// Until when.
        pub ends_at: Option<Instant>,
        /// When they moved out.
        pub moved_out_at: Option<Instant>,
    }

    /// Somebody who lives in the same unit now.
    #[derive(Clone, Debug)]
    pub struct Member {
        /// Their tenancy.
        pub id: TenancyId,
        /// The person.
        pub person_id: PersonId,
        /// In which unit.
        pub unit_id: UnitId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// As what.
        pub role: Living,
        /// Whether they decide for the unit.
        pub unit_admin: bool,
    }
}

/// Where somebody lives, with whom, and who is invited.
#[derive(Clone, Debug)]
pub struct Household {
    /// All tenancies, the newest first.
    pub places: Vec<Place>,
    /// The tenancies that run now.
    pub running: Vec<TenancyId>,
    /// Who lives in the units of those.
    pub members: Vec<Member>,
    /// Invitations into units for which the caller decides, by those who live there: the management's are its own.
    pub invites: Vec<invite::Invite>,
    /// Those units.
    pub decides_for: Vec<UnitId>,
}

#[operations::compiled_here]
impl Me<'_> {
    /// Where the caller lives, with whom, and who is invited.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn household(&self, caller: &Caller) -> Result<Household> {
        self.0
            .read(caller, async |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                let units: Vec<UnitId> = actor.homes().iter().filter_map(|h| h.unit).collect();
                let mut decides_for: Vec<UnitId> =
                    actor.homes().iter().filter(|h| decides(h)).filter_map(|h| h.unit).collect();
                decides_for.sort_unstable();
                decides_for.dedup();
                let (places, members, mut invites) =
                    tokio::try_join!(places(r, me), members(r, &units), invite::open_into(r, &decides_for))?;
                invites.retain(|i| i.of_household && i.expires_at > r.now());
                let running = actor.homes().iter().map(|h| h.tenancy).collect();
                Ok(Household { places, running, members, invites, decides_for })
            })
            .await
    }
}

fn decides(home: &Home) -> bool {
    home.unit_admin && home.living != Living::Guest
}

pub(super) async fn places(r: &Read, me: PersonId) -> Result<Vec<Place>> {
    r.all(sql!(
        "SELECT t.id, t.property_id, p.name AS property_name, t.unit_id, u.number AS unit_number, t.role, t.starts_at, t.ends_at, \
         t.moved_out_at FROM tenancy t JOIN property p ON p.id = t.property_id LEFT JOIN unit u ON u.id = t.unit_id \
         WHERE t.org_id = $1 AND t.person_id = $2 AND t.deleted_at IS NULL ORDER BY t.id DESC",
        r.caller().org,
        me
    ))
    .await
}

async fn members(r: &Read, units: &[UnitId]) -> Result<Vec<Member>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.unit_id, p.first_name, p.last_name, t.role, \
         (t.role <> 'guest' AND coalesce(t.unit_admin, t.role IN ('owner', 'tenant'))) AS unit_admin FROM tenancy t JOIN person p ON p.id = t.person_id \
         WHERE t.org_id = $1 AND t.unit_id = ANY($2) AND t.deleted_at IS NULL AND p.deleted_at IS NULL \
         AND (t.starts_at IS NULL OR t.starts_at <= $3) AND (t.ends_at IS NULL OR t.ends_at > $3) \
         AND (t.moved_out_at IS NULL OR t.moved_out_at > $3) ORDER BY t.unit_id, t.id",
        r.caller().org,
        units,
        r.now()
    ))
    .await
}
