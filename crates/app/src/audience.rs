//! To whom something is shown, and from when until when: the same for posts, events, contacts, answers and documents.

use db::{Cell, Read, Value};
use kernel::{Action, Actor, BuildingId, Faults, Field, Instant, Living, Problem, PropertyId, Result};

use crate::access::{Resource, may};

/// To whom something is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Audience {
    /// All who live there, guests too.
    #[default]
    Everyone,
    /// Those who own.
    Owners,
    /// Those who rent, and those who live with them.
    Tenants,
    /// Those who live in one building.
    Building,
    /// Those who decide for a unit.
    UnitAdmins,
    /// The staff alone.
    Staff,
}

impl Audience {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Everyone, Self::Owners, Self::Tenants, Self::Building, Self::UnitAdmins, Self::Staff];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Owners => "owners",
            Self::Tenants => "tenants",
            Self::Building => "building",
            Self::UnitAdmins => "unit_admins",
            Self::Staff => "staff",
        }
    }

    /// The audience of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == word)
    }
}

impl Value for Audience {
    fn read(cell: Cell<'_>) -> Option<Self> {
        let Cell::Text(word) = cell else { return None };
        Self::parse(word)
    }
}

/// How something is shown, as it can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// To whom; everyone unless told.
    pub audience: Field<Audience>,
    /// Which building, where the audience is one.
    pub building_id: Field<Option<BuildingId>>,
    /// From when; now unless told, and nothing for a draft.
    pub published_at: Field<Option<Instant>>,
    /// Until when.
    pub expires_at: Field<Option<Instant>>,
}

/// How something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Showing {
    /// To whom.
    pub audience: Audience,
    /// Which building, where the audience is one.
    pub building_id: Option<BuildingId>,
    /// From when; nothing for a draft.
    pub published_at: Option<Instant>,
    /// Until when.
    pub expires_at: Option<Instant>,
}

impl Showing {
    /// Whether it is out at `now`.
    #[must_use]
    pub fn is_out(&self, now: Instant) -> bool {
        self.published_at.is_some_and(|at| at <= now) && self.expires_at.is_none_or(|at| at > now)
    }
}

/// What is to be stored: what is given over what is stored.
pub(crate) async fn settle(
    r: &Read,
    property: PropertyId,
    input: &Input,
    now: Option<Showing>,
    faults: &mut Faults,
) -> Result<Showing> {
    let now = now.unwrap_or(Showing {
        audience: Audience::Everyone,
        building_id: None,
        published_at: Some(r.now()),
        expires_at: None,
    });
    let mut new = Showing {
        audience: input.audience.or_keep(&now.audience),
        building_id: input.building_id.or_keep(&now.building_id),
        published_at: input.published_at.or_keep(&now.published_at),
        expires_at: input.expires_at.or_keep(&now.expires_at),
    };
    if new.audience != Audience::Building {
        new.building_id = None;
    } else if let Some(building) = new.building_id {
        let known: Option<BuildingId> = r
            .optional(db::sql!(
                "SELECT id FROM building WHERE org_id = $1 AND property_id = $2 AND id = $3 AND deleted_at IS NULL",
                r.caller().org,
                property,
                building
            ))
            .await?;
        if known.is_none() {
            faults.add("building_id", Problem::Unknown);
        }
    } else {
        faults.add("building_id", Problem::Required);
    }
    if let (Some(from), Some(until)) = (new.published_at, new.expires_at)
        && until <= from
    {
        faults.add("expires_at", Problem::Mismatch);
    }
    Ok(new)
}

/// What an actor sees of a property.
#[derive(Clone, Debug)]
pub(crate) struct Eye {
    /// Everything: drafts and what has run out too.
    pub all: bool,
    pub owners: bool,
    pub tenants: bool,
    pub unit_admins: bool,
    pub buildings: Vec<BuildingId>,
}

impl Eye {
    /// What the actor sees there; nothing where they may not look at all.
    pub fn of(actor: &Actor, property: PropertyId) -> Option<Self> {
        if !may(actor, Action::ViewCommunity, Resource::Of(Some(property))) {
            return None;
        }
        let any = |is: fn(Living) -> bool| actor.homes_in(property).any(|h| is(h.living));
        let residing = || actor.homes_in(property).filter(|h| h.living != Living::Guest);
        Some(Self {
            all: actor.role().is_some(),
            owners: any(|l| l == Living::Owner),
            tenants: any(|l| matches!(l, Living::Tenant | Living::Member)),
            unit_admins: residing().any(|h| h.unit_admin),
            buildings: residing().filter_map(|h| h.building).collect(),
        })
    }
}

/// A statement about what somebody sees: a head that ends inside a `WHERE` over the rows `x`, and a tail. `$1` is the
/// organization, `$2` the instant, `$3` to `$7` the eye; values of its own begin with `$8`.
macro_rules! seen {
    ($head:expr, $tail:expr; $r:expr, $eye:expr $(, $arg:expr)* $(,)?) => {
        $crate::audience::eyed!(concat!($head, $crate::audience::is_seen!(), $tail); $r, $eye $(, $arg)*)
    };
}
pub(crate) use seen;

/// The same of a whole text, in which [`is_seen`] stands where it is asked, once or often.
macro_rules! eyed {
    ($text:expr; $r:expr, $eye:expr $(, $arg:expr)* $(,)?) => {
        $crate::audience::eyed!(sqlite: $text, postgres: $text; $r, $eye $(, $arg)*)
    };
    (sqlite: $lite:expr, postgres: $pg:expr; $r:expr, $eye:expr $(, $arg:expr)* $(,)?) => {
        db::sql!(sqlite: $lite, postgres: $pg;
            $r.caller().org, $r.now(), $eye.all, $eye.owners, $eye.tenants, $eye.unit_admins, &$eye.buildings $(, $arg)*)
    };
}
pub(crate) use eyed;

/// The condition that the eye sees the row `x`.
macro_rules! is_seen {
    () => {
        " AND ($3 OR (x.published_at <= $2 AND (x.expires_at IS NULL OR x.expires_at > $2) AND (x.audience = 'everyone' \
         OR ($4 AND x.audience = 'owners') OR ($5 AND x.audience = 'tenants') OR ($6 AND x.audience = 'unit_admins') \
         OR (x.audience = 'building' AND x.building_id = ANY($7)))))"
    };
}
pub(crate) use is_seen;
