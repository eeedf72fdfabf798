//! What is to be generated, drawn before the first row is written: who lives where, and what happens when.

use std::ops::Range;

use kernel::{Instant, Random};

use crate::{sandbox::texts::STORIES, ticket::Status};

/// How long the life lasted that is generated.
pub const DAYS: i64 = 730;
const DAY: i64 = 86_400;

/// Somebody's time in a home.
#[derive(Clone, Copy, Debug)]
pub struct Stay {
    /// Their number among the residents.
    pub person: usize,
    pub from: Instant,
    pub until: Option<Instant>,
}

/// A unit, and who lived there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Home {
    pub former: Option<Stay>,
    pub current: Option<Stay>,
}

/// A ticket: about whom, and which of [`STORIES`] it tells.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    pub home: usize,
    pub person: usize,
    pub story: usize,
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// The current resident of a home comes.
    Arrive { home: usize },
    /// A former resident is archived.
    Archive { person: usize },
    /// A ticket comes in.
    Open { ticket: usize },
    /// Its next note.
    Note { ticket: usize, nth: usize },
    /// It moves on.
    Move { ticket: usize, to: Status },
}

#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub at: Instant,
    pub act: Act,
}

/// All of it.
pub struct Plan {
    /// When the organization began to use Portico.
    pub start: Instant,
    pub now: Instant,
    /// The homes of each property.
    pub properties: Vec<Range<usize>>,
    pub homes: Vec<Home>,
    pub residents: usize,
    pub tickets: Vec<Ticket>,
    pub notes: u64,
    /// In the order of time.
    pub events: Vec<Event>,
}

impl Plan {
    /// Draws a plan for so many units.
    pub fn draw(units: usize, random: &Random, now: Instant) -> Self {
        let mut draw = Draw {
            random,
            plan: Self {
                start: now.plus_days(-DAYS),
                now,
                properties: Vec::new(),
                homes: Vec::with_capacity(units),
                residents: 0,
                tickets: Vec::with_capacity(units),
                notes: 0,
                events: Vec::new(),
            },
        };
        draw.properties(units);
        (0..units).for_each(|home| draw.home(home));
        draw.tickets(units * 9 / 10);
        let mut plan = draw.plan;
        plan.events.sort_by_key(|e| e.at);
        plan
    }

    /// Who lives in a home at the start.
    pub fn at_start(&self, home: usize) -> Option<Stay> {
        let home = &self.homes[home];
        home.former.or(home.current).filter(|s| s.from < self.start)
    }
}

struct Draw<'a> {
    random: &'a Random,
    plan: Plan,
}

impl Draw<'_> {
    fn below(&self, n: i64) -> i64 {
        i64::from(self.random.below(u32::try_from(n).unwrap_or(u32::MAX)))
    }

    fn chance(&self, percent: i64) -> bool {
        self.below(100) < percent
    }

    /// Properties of 8 to 120 units.
    fn properties(&mut self, units: usize) {
        let mut first = 0;
        while first < units {
            let rest = units - first;
            let size = 8 + self.random.below(113) as usize;
            // What is left is no property of its own when it is too small for one.
            let size = if rest < size + 8 { rest } else { size };
            self.plan.properties.push(first..first + size);
            first += size;
        }
    }

    /// Midnight so many days before now.
    fn day(&self, days: i64) -> Instant {
        Instant::from_secs((self.plan.now.secs().div_euclid(DAY) - days) * DAY)
    }

    fn stay(&mut self, from: i64, until: Option<i64>) -> Stay {
        let person = self.plan.residents;
        self.plan.residents += 1;
        Stay { person, from: self.day(from), until: until.map(|d| self.day(d)) }
    }

    /// Who lives in a home: 93 of 100 are let. Three in ten residents came while Portico was used already; half of
    /// those found a home that somebody had left.
    fn home(&mut self, home: usize) {
        let mut h = Home::default();
        let lately = 5 + self.below(DAYS - 60);
        let early = DAYS + 1 + self.below(2_500);
        match (self.chance(93), self.chance(30), self.chance(50)) {
            (true, true, again) => {
                if again {
                    h.former = Some(self.former(lately + 1 + self.below(40)));
                }
                let until = self.end();
                h.current = Some(self.stay(lately, until));
                let at = self.day(lately).plus_secs(8 * 3600 + self.below(8 * 3600));
                self.plan.events.push(Event { at, act: Act::Arrive { home } });
            }
            (true, false, _) => {
                let until = self.end();
                h.current = Some(self.stay(early, until));
            }
            (false, _, true) => h.former = Some(self.former(lately)),
            (false, _, false) => {}
        }
        self.plan.homes.push(h);
    }

    /// Somebody who was there at the start and left so many days ago.
    fn former(&mut self, left: i64) -> Stay {
        let from = DAYS + 1 + self.below(2_000);
        let stay = self.stay(from, Some(left));
        if left > 40 && self.chance(50) {
            let at = self.day(left - 20).plus_secs(9 * 3600 + self.below(3600));
            self.plan.events.push(Event { at, act: Act::Archive { person: stay.person } });
        }
        stay
    }

    /// The end of a running tenancy: open, or some time ahead.
    fn end(&self) -> Option<i64> {
        self.chance(60).then(|| -1 - self.below(700))
    }

    fn tickets(&mut self, count: usize) {
        let let_now: Vec<usize> =
            (0..self.plan.homes.len()).filter(|i| self.plan.homes[*i].current.is_some()).collect();
        if let_now.is_empty() {
            return;
        }
        for _ in 0..count {
            let home = let_now[self.random.below(u32::try_from(let_now.len()).unwrap_or(u32::MAX)) as usize];
            self.ticket(home);
        }
    }

    fn ticket(&mut self, home: usize) {
        let Home { former, current: Some(current) } = self.plan.homes[home] else { return };
        let status = match self.below(100) {
            0..82 => Status::Done,
            82..86 => Status::Rejected,
            86..92 => Status::Open,
            92..97 => Status::InProgress,
            _ => Status::Waiting,
        };
        let closed = matches!(status, Status::Done | Status::Rejected);
        // What is not closed is rarely old.
        let ago = if closed { 1 + self.below(DAYS * DAY - 1) } else { 1 + self.below(DAY * (1 + self.below(120))) };
        let at = self.plan.now.plus_secs(-ago);
        let begun = current.from.plus_days(1).max(self.plan.start);
        let before = former.filter(|f| f.until.is_some_and(|until| at < until));
        let (person, at) = match before {
            Some(f) => (f.person, at),
            None if at >= begun => (current.person, at),
            None => (current.person, begun.plus_secs(self.below(self.plan.now.secs() - begun.secs()))),
        };
        let story = self.random.below(u32::try_from(STORIES.len()).unwrap_or(1)) as usize;
        let ticket = self.plan.tickets.len();
        self.plan.tickets.push(Ticket { home, person, story });
        self.tell(ticket, at, status);
    }

    /// A ticket's steps from the instant it comes in.
    fn tell(&mut self, ticket: usize, at: Instant, status: Status) {
        let events = &mut self.plan.events;
        events.push(Event { at, act: Act::Open { ticket } });
        let took = self.below((14 * DAY).min(self.plan.now.secs() - at.secs()).max(1));
        let roll = self.below(100);
        let notes: i64 = match (status, roll) {
            (Status::Open, 0..80) | (_, 0..15) => 0,
            (_, 15..40) => 1,
            (_, 40..65) => 2,
            (_, 65..80) => 3,
            (_, 80..90) => 4,
            (_, 90..96) => 5,
            _ => 6,
        };
        let mut step = |k: i64, act: Act| {
            self.plan.events.push(Event { at: at.plus_secs(took * k / (notes + 2)), act });
        };
        for (k, nth) in (1..=notes).zip(0..) {
            step(k, Act::Note { ticket, nth });
            if k == 1 && matches!(status, Status::Done | Status::Waiting) {
                step(k, Act::Move { ticket, to: Status::InProgress });
            }
        }
        if status != Status::Open {
            step(notes + 1, Act::Move { ticket, to: status });
        }
        self.plan.notes += notes.unsigned_abs();
    }
}
