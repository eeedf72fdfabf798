//! What each operation writes.

use std::{collections::BTreeMap, ops::Range};

use db::Write;
use futures_util::future::try_join_all;
use kernel::{Error, Faults, Field, PersonId, Random, Result, Role, TicketId, fold};

use super::{
    names::{
        ENGLISH_CITIES, ENGLISH_FIRST, ENGLISH_LAST, ENGLISH_PLACES, ENGLISH_STREETS, GERMAN_CITIES, GERMAN_FIRST,
        GERMAN_LAST, GERMAN_PLACES, GERMAN_STREETS, NOTES,
    },
    plan::{Act, Stay},
    write::{MANAGED, STAFF, Shared},
};
use crate::{
    ledger, property, resident,
    sandbox::texts::{Language, STORIES},
    staff, tenancy,
    ticket::{self, StatusInput, comment},
    unit,
};

/// Characters of a ticket's text, as at the strictest door.
const LONGEST: usize = 144;

/// How somebody is called, and reached.
struct Name {
    first: &'static str,
    last: &'static str,
    phone: String,
}

impl Shared {
    /// Makes some of the staff, then of the property managers; numbers count through both.
    pub async fn staff(&self, w: &Write, some: Range<usize>) -> Result<()> {
        let count = self.with(|ids| ids.staff.len());
        for i in some {
            let role = if i < count { Role::Staff } else { Role::PropertyManager };
            let name = self.name(1, i);
            let input = staff::Input {
                email: Field::Given(self.email(&name, i)),
                first_name: given(name.first),
                last_name: given(name.last),
                phone: Field::Given(name.phone),
                role: Field::Given(staff::RoleInput::Exactly(role)),
                ..staff::Input::default()
            };
            let id = staff::create(w, &input, Faults::new(), self.password_hash.as_deref()).await?;
            self.with(|ids| if i < count { ids.staff[i] = id } else { ids.managers[i - count] = id });
        }
        Ok(())
    }

    /// Makes some homes of a property, and the property with the first of them.
    pub async fn homes(&self, w: &Write, nth: usize, some: Range<usize>) -> Result<()> {
        let all = &self.plan.properties[nth];
        let property = if some.start == all.start {
            let id = property::create(w, &self.property(nth), Faults::new()).await?;
            self.with(|ids| ids.properties[nth] = id);
            id
        } else {
            self.with(|ids| ids.properties[nth])
        };
        for i in some {
            match self.plan.at_start(i) {
                Some(stay) => self.resident(w, i, nth, &stay).await?,
                None => unit::create(w, property, &number(i - all.start)).await.map(drop)?,
            }
        }
        Ok(())
    }

    /// Lets some of what happened happen.
    pub async fn events(&self, w: &Write, some: Range<usize>) -> Result<()> {
        // What the schedule finds in real use.
        tenancy::end_due(w, 500).await?;
        for event in &self.plan.events[some] {
            match event.act {
                Act::Arrive { home } => {
                    let nth = self.plan.properties.partition_point(|p| p.end <= home);
                    if let Some(stay) = &self.plan.homes[home].current {
                        self.resident(w, home, nth, stay).await?;
                    }
                }
                Act::Archive { person } => {
                    let now = resident::get(w, self.with(|ids| ids.residents[person])).await?;
                    let input = resident::Input { archived: Field::Given(true), ..resident::Input::default() };
                    resident::update(w, &now, &input, Faults::new()).await?;
                }
                Act::Open { ticket } => self.open(w, ticket).await?,
                Act::Note { ticket, nth } => {
                    let (home, told) = (self.plan.tickets[ticket].home, &STORIES[self.plan.tickets[ticket].story]);
                    let text = told.notes.get(nth).unwrap_or(&NOTES[(ticket + nth) % NOTES.len()]);
                    // Mostly of whoever cares for the resident, sometimes of somebody else.
                    let author = if nth % 3 == 2 { self.manager(home) } else { self.carer(home) };
                    comment::write(
                        w,
                        &self.ticket(w, ticket).await?,
                        author,
                        text,
                        comment::By::Staff { internal: nth % 2 == 0 },
                    )
                    .await?;
                }
                Act::Move { ticket, to } => {
                    let now = self.ticket(w, ticket).await?;
                    let status = Field::Given(StatusInput::Exactly(to));
                    let input = ticket::Input { status, longest: LONGEST, ..ticket::Input::default() };
                    ticket::update(w, &now, &input, Faults::new()).await?;
                }
            }
        }
        Ok(())
    }

    async fn resident(&self, w: &Write, home: usize, nth: usize, stay: &Stay) -> Result<()> {
        let name = self.name(2, stay.person);
        let property = self.with(|ids| ids.properties[nth]);
        let unit = number(home - self.plan.properties[nth].start);
        // Nobody cares for one in thirteen.
        let staff = if home % 13 == 5 { Vec::new() } else { vec![self.carer(home)] };
        let lease = tenancy::Input {
            property_id: Field::Given(property),
            unit_number: Field::Given(Some(unit)),
            starts_at: Field::Given(stay.from),
            ends_at: stay.until.into(),
            occupants: Field::Given(Some(1 + (stay.person % 5) as i64)),
            ..tenancy::Input::default()
        };
        let input = resident::Input {
            first_name: given(name.first),
            last_name: given(name.last),
            phone: Field::Given(name.phone),
            staff_ids: Field::Given(staff),
            lease: resident::LeaseInput { fields: lease, ..Default::default() },
            ..resident::Input::default()
        };
        let id = resident::create(w, &input, Faults::new()).await?;
        self.with(|ids| ids.residents[stay.person] = id);
        Ok(())
    }

    async fn open(&self, w: &Write, nth: usize) -> Result<()> {
        let t = self.plan.tickets[nth];
        let story = &STORIES[t.story];
        let input = ticket::Input {
            concerns_id: Field::Given(Some(self.with(|ids| ids.residents[t.person]))),
            author_id: Field::Given(self.carer(t.home)),
            description: Field::Given(Some(story.issue.to_owned())),
            longest: LONGEST,
            urgency: Field::Given(story.urgency.map(str::to_owned)),
            ..ticket::Input::default()
        };
        let id = ticket::create(w, &input, Faults::new()).await?;
        self.with(|ids| ids.tickets[nth] = id);
        Ok(())
    }

    /// Sets what the homes of a property cost, and the rents of those who live there; billing begins today.
    pub async fn rents(&self, w: &Write, nth: usize) -> Result<()> {
        let property = self.with(|ids| ids.properties[nth]);
        let random = Random::seeded(self.seed ^ (4 << 60) ^ nth as u64);
        let mut prices = BTreeMap::new();
        for unit in unit::store::of_property(w, property).await? {
            prices.insert(unit, 45_000 + i64::from(random.below(90)) * 1_000);
        }
        try_join_all(prices.iter().map(|(unit, price)| unit::store::set_price(w, *unit, Some(*price)))).await?;
        ledger::set_rents(w, property, &prices).await
    }

    async fn ticket(&self, w: &Write, nth: usize) -> Result<ticket::Ticket> {
        let id: TicketId = self.with(|ids| ids.tickets[nth]);
        ticket::store::by_id(w, id).await?.ok_or_else(|| Error::internal("a generated ticket is gone"))
    }

    /// Who of the staff cares for a home.
    fn carer(&self, home: usize) -> PersonId {
        self.with(|ids| ids.staff[home / STAFF])
    }

    /// Who manages the property of a home.
    fn manager(&self, home: usize) -> PersonId {
        self.with(|ids| ids.managers[home / MANAGED])
    }

    fn property(&self, nth: usize) -> property::Input {
        let homes = &self.plan.properties[nth];
        let managers = self.with(|ids| ids.managers[homes.start / MANAGED..=(homes.end - 1) / MANAGED].to_vec());
        let random = Random::seeded(self.seed ^ (3 << 60) ^ nth as u64);
        let (house, (city, state, postal)) =
            (1 + random.below(180), pick(&random, self.pair(&ENGLISH_CITIES, &GERMAN_CITIES)));
        let (places, street) =
            (self.pair(&ENGLISH_PLACES, &GERMAN_PLACES), pick(&random, self.pair(&ENGLISH_STREETS, &GERMAN_STREETS)));
        let (place, round) = (places[nth % places.len()], nth / places.len());
        property::Input {
            // Names are unique.
            name: Field::Given(if round == 0 { place.to_owned() } else { format!("{place} {}", round + 1) }),
            street: Field::Given(match self.language {
                Language::English => format!("{} {street}", house * 17),
                Language::German => format!("{street} {house}"),
            }),
            city: given(city),
            state: given(state),
            postal: given(postal),
            reference: Field::Given(Some(format!("P{:03}", nth + 1))),
            declared_units: Field::Given(homes.len() as i64),
            manager_ids: Field::Given(managers),
            ..property::Input::default()
        }
    }

    /// The name of the `i`th person of a kind; three in four are in the country's language.
    fn name(&self, kind: u64, i: usize) -> Name {
        let random = Random::seeded(self.seed ^ (kind << 60) ^ i as u64);
        let (first, last) = match (self.language, random.below(4)) {
            (Language::English, 1..) | (Language::German, 0) => (&ENGLISH_FIRST, &ENGLISH_LAST),
            _ => (&GERMAN_FIRST, &GERMAN_LAST),
        };
        let phone = match self.language {
            Language::English => format!("503-555-{:04}", random.below(10_000)),
            Language::German => format!("+49 171 {:07}", 3_920_000 + random.below(80_000)),
        };
        Name { first: pick(&random, first), last: pick(&random, last), phone }
    }

    fn email(&self, name: &Name, i: usize) -> String {
        let letters = |s: &str| fold(s).chars().filter(char::is_ascii_alphabetic).collect::<String>();
        format!("{}.{}{}@{}.example", letters(name.first), letters(name.last), i + 1, self.slug)
    }

    /// What is said in the country's language.
    fn pair<'t, T>(&self, english: &'t [T], german: &'t [T]) -> &'t [T] {
        match self.language {
            Language::English => english,
            Language::German => german,
        }
    }
}

/// The number of a property's `i`th unit: six on a floor.
fn number(i: usize) -> String {
    format!("{}{:02}", i / 6 + 1, i % 6 + 1)
}

fn given(s: &str) -> Field<String> {
    Field::Given(s.to_owned())
}

fn pick<T: Copy>(random: &Random, from: &[T]) -> T {
    from[random.below(u32::try_from(from.len()).unwrap_or(1)) as usize]
}
