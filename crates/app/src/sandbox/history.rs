//! The last three months of the sandbox, step by step in the order things happened.

use futures_util::TryStreamExt as _;
use kernel::{Caller, Door, Error, Field, Instant, PersonId, Principal, PropertyId, Random, Result, TicketId};

use super::{
    Builder, DAY,
    community::{self, Scene, Talk, Talked},
    in_order,
    people::{
        ARRIVALS, ENGLISH_DESK, FOUNDERS, GERMAN_DESK, GONE, NEWCOMERS, OLD_GERMAN_DESK, OTHER_TICKETS, RENTY,
        RESIDENTS, WALTER,
    },
    places::PLACES,
    text,
    texts::{Language, STORIES},
};
use crate::{
    login, resident, tenancy,
    ticket::{self, CommentInput, Status, StatusInput},
};

/// The place in [`STORIES`] of the ticket the demo names: it is about [`RENTY`].
pub const SHOWN: usize = 40;
/// How many stories were told while Walter was there.
const OLD: usize = 15;
/// Characters of a ticket's text, as at the strictest door.
const LONGEST: usize = 144;

/// One step. Numbers are places in the tables of the sandbox.
#[derive(Clone, Copy, Debug)]
enum Act {
    Open { story: usize, resident: usize },
    Note { story: usize, text: &'static str, public: bool },
    Move { story: usize, to: Status },
    Join(usize),
    Arrive(usize),
    Dismiss(Of),
    Leave(usize),
    SignIn,
    EndTenancies,
    Talk(Talk),
}

#[derive(Clone, Copy, Debug)]
enum Of {
    Founders(usize),
    Newcomers(usize),
}

#[derive(Clone, Copy, Debug)]
struct Step {
    at: Instant,
    /// Which of the founders does it.
    by: usize,
    act: Act,
}

/// What came of a step.
enum Made {
    Ticket(usize, TicketId),
    Person(usize, PersonId),
    Nothing,
}

pub struct History<'a> {
    b: &'a Builder<'a>,
    founders: &'a [PersonId],
    places: &'a [PropertyId],
    residents: &'a [PersonId],
    newcomers: Vec<Option<PersonId>>,
    tickets: Vec<Option<TicketId>>,
    callers: Vec<Caller>,
    talked: Talked,
    random: Random,
}

impl<'a> History<'a> {
    pub fn new(
        b: &'a Builder<'a>,
        founders: &'a [PersonId],
        places: &'a [PropertyId],
        residents: &'a [PersonId],
    ) -> Self {
        Self {
            b,
            founders,
            places,
            residents,
            newcomers: vec![None; NEWCOMERS.len()],
            tickets: vec![None; STORIES.len()],
            callers: Vec::new(),
            talked: Talked::default(),
            random: Random::seeded(2),
        }
    }

    /// Lets it all happen; answers the tickets in the order of [`STORIES`].
    pub async fn play(mut self) -> Result<(Vec<TicketId>, Talked)> {
        // Everybody signs in once before, until now.
        let from = self.b.ago(95 * DAY);
        let ops = self.founders.iter().map(|p| sign_in(self.b, *p, from.at, 95 * DAY * 60));
        self.callers = in_order(self.b.app, ops).try_collect().await?;
        let steps = self.script();
        let mut rest = steps.as_slice();
        while !rest.is_empty() {
            // As far as all ids are known.
            let end = rest.iter().position(|s| !self.ready(s)).unwrap_or(rest.len());
            let ops = rest[..end].iter().map(|s| self.step(s));
            let made: Vec<Made> = in_order(self.b.app, ops).try_collect().await?;
            for m in made {
                match m {
                    Made::Ticket(i, id) => self.tickets[i] = Some(id),
                    Made::Person(i, id) => self.newcomers[i] = Some(id),
                    Made::Nothing => {}
                }
            }
            if let (0, Some(Step { at, by, act: Act::Talk(talk) })) = (end, rest.first()) {
                let by = Caller { at: *at, ..self.callers[*by] };
                let (b, places, residents, founders) = (self.b, self.places, self.residents, self.founders);
                let scene = Scene { b, places, residents, founders, by };
                self.talked.step(&scene, *talk).await?;
                rest = &rest[1..];
                continue;
            }
            if end == 0 {
                return Err(Error::internal("a step of the sandbox comes before what it is about"));
            }
            rest = &rest[end..];
        }
        let opened = |t: Option<TicketId>| t.ok_or_else(|| Error::internal("a ticket was not opened"));
        Ok((self.tickets.into_iter().map(opened).collect::<Result<_>>()?, self.talked))
    }

    fn script(&self) -> Vec<Step> {
        let mut out = Vec::new();
        let mut told = [0, 0];
        for i in 0..STORIES.len() {
            let told = &mut told[usize::from(STORIES[i].language == Language::German)];
            self.tell(i, *told, &mut out);
            *told += 1;
        }
        let at = |minutes: i64| self.b.ago(minutes).at;
        let arrivals = ARRIVALS.iter().enumerate();
        out.extend(arrivals.map(|(i, r)| Step { at: at(r.noted() * DAY + 5 - i as i64), by: 3, act: Act::Arrive(i) }));
        for (i, n) in NEWCOMERS.iter().enumerate() {
            out.push(Step { at: at(n.minutes), by: 0, act: Act::Join(i) });
            if let Some(minutes) = n.archived {
                out.push(Step { at: at(minutes), by: 0, act: Act::Dismiss(Of::Newcomers(i)) });
            }
        }
        out.push(Step { at: at(40 * DAY), by: 1, act: Act::Dismiss(Of::Founders(WALTER)) });
        out.extend(GONE.iter().map(|(i, days)| Step { at: at(days * DAY + 77), by: 3, act: Act::Leave(*i) }));
        // The schedule finds ended tenancies each night; here only where there are some.
        out.extend([90, 43, 1].map(|days| Step { at: at(days * DAY), by: 0, act: Act::EndTenancies }));
        let present = (0..FOUNDERS.len()).filter(|i| *i != WALTER);
        out.extend(present.zip(1..).map(|(by, n)| Step { at: at(n * n * 37), by, act: Act::SignIn }));
        out.extend(community::script().into_iter().map(|(m, talk)| Step { at: at(m), by: 0, act: Act::Talk(talk) }));
        out.sort_by_key(|s| s.at);
        out
    }

    /// The steps of one ticket; `nth` counts those in its language.
    fn tell(&self, i: usize, nth: usize, out: &mut Vec<Step>) {
        let story = &STORIES[i];
        let desk: &[usize] = match story.language {
            Language::English => &ENGLISH_DESK,
            Language::German if i < OLD => &OLD_GERMAN_DESK,
            Language::German => &GERMAN_DESK,
        };
        let resident = if i == SHOWN { RENTY } else { who(story.language, nth) };
        let opened = self.opened(i);
        let left = self.b.now.secs() - opened.secs();
        // So long it took, or has taken until now.
        let took = left.min((2 + self.up_to(13)) * 86_400);
        let count = i64::try_from(story.notes.len()).unwrap_or(0);
        let by = |n: usize| desk[(i + n) % desk.len()];
        out.push(Step { at: opened, by: by(0), act: Act::Open { story: i, resident } });
        let mut last = opened;
        let mut status = Status::Open;
        for ((note, n), k) in story.notes.iter().zip(1..).zip(1_i64..) {
            let early = self.up_to(took / (count + 2) / 2);
            last = opened.plus_secs(took * k / (count + 1) - early);
            out.push(Step { at: last, by: by(n), act: Act::Note { story: i, text: note, public: n % 3 == 1 } });
            let next = match (story.status, status) {
                (Status::Open | Status::Rejected, _) => continue,
                (to, _) if k == count && count > 1 => to,
                (_, Status::Open) => Status::InProgress,
                _ => continue,
            };
            if next != status {
                status = next;
                last = last.plus_secs(40 + self.up_to(60));
                out.push(Step { at: last, by: by(n), act: Act::Move { story: i, to: next } });
            }
        }
        if story.status != status {
            let at = last.plus_secs(45 + self.up_to(15));
            out.push(Step { at, by: by(story.notes.len()), act: Act::Move { story: i, to: story.status } });
        }
    }

    /// When a ticket came in: more and more of them, in office hours but for those of the last day.
    fn opened(&self, i: usize) -> Instant {
        let x = i64::try_from(STORIES.len() - i).unwrap_or(1);
        let all = i64::try_from(STORIES.len()).unwrap_or(1);
        let at = self.b.now.plus_secs(-89 * 86_400 * x * x / (all * all));
        if self.b.now.secs() - at.secs() < 2 * 86_400 {
            return at;
        }
        let (hour, micros) = match STORIES[i].language {
            Language::English => (16, self.up_to(1_000_000)),
            Language::German => (7, self.up_to(1_000_000)),
        };
        let second = (at.secs().div_euclid(86_400) * 24 + hour) * 3600 + self.up_to(8 * 3600);
        Instant::from_micros(second * 1_000_000 + micros)
    }

    fn up_to(&self, n: i64) -> i64 {
        i64::from(self.random.below(u32::try_from(n).unwrap_or(1)))
    }

    /// Whether all that the step is about is there already.
    fn ready(&self, step: &Step) -> bool {
        match step.act {
            Act::Note { story, .. } | Act::Move { story, .. } => self.tickets[story].is_some(),
            Act::Dismiss(Of::Newcomers(i)) => self.newcomers[i].is_some(),
            // What is said may be about anything before, so it is said alone.
            Act::Talk(_) => false,
            _ => true,
        }
    }

    async fn step(&self, step: &Step) -> Result<Made> {
        let app = self.b.app;
        let by = Caller { at: step.at, ..self.callers[step.by] };
        let inside = Caller::system(self.b.org, step.at);
        match step.act {
            Act::Open { story, resident } => {
                let input = opening(self.residents[resident], self.founders[step.by], story);
                return Ok(Made::Ticket(story, app.tickets().create(&by, input.into()).await?));
            }
            Act::Note { story, text: note, public } => {
                let input = CommentInput { text: text(note), public: Field::Given(public), ..CommentInput::default() };
                app.tickets().comment(&by, self.ticket(story)?, input.into()).await?;
            }
            Act::Move { story, to } => {
                app.tickets().update(&by, self.ticket(story)?, stand(to).into()).await?;
            }
            Act::Join(i) => {
                let n = &NEWCOMERS[i];
                // Who registers does so without anybody's help.
                let caller = if n.member.role.is_some() { by } else { inside };
                let properties = n.properties.iter().map(|p| self.places[*p]).collect();
                return Ok(Made::Person(i, self.b.member(caller, &n.member, properties, n.active).await?));
            }
            Act::Arrive(i) => {
                self.b.resident(by, &ARRIVALS[i], self.places, self.founders).await?;
            }
            Act::Dismiss(who) => {
                let id = match who {
                    Of::Founders(i) => Some(self.founders[i]),
                    Of::Newcomers(i) => self.newcomers[i],
                };
                let id = id.ok_or(Error::NotFound("user"))?;
                app.staff().toggle_archived(&by, id).await?;
            }
            Act::Leave(i) => {
                let input = resident::Input { archived: Field::Given(true), ..resident::Input::default() };
                app.residents().update(&by, self.residents[i], input.into()).await?;
            }
            Act::SignIn => {
                sign_in(self.b, self.founders[step.by], step.at, 900).await?;
            }
            Act::Talk(_) => return Err(Error::internal("what is said is said alone")),
            Act::EndTenancies => {
                app.write(&inside, async |w, _| tenancy::end_due(w, 500).await).await?;
            }
        }
        Ok(Made::Nothing)
    }

    fn ticket(&self, story: usize) -> Result<TicketId> {
        self.tickets[story].ok_or(Error::NotFound("ticket"))
    }
}

/// The `nth` resident who speaks the language, lives there and goes on doing so.
fn who(language: Language, nth: usize) -> usize {
    let lives = |i: &usize| {
        let staying = RESIDENTS[*i].stay.filter(|(_, _, from, until)| *from > 100 && until.is_none_or(|d| d < 0));
        staying.is_some_and(|s| PLACES[s.0].language == language) && GONE.iter().all(|(gone, _)| gone != i)
    };
    let all: Vec<usize> = (0..RESIDENTS.len()).filter(lives).collect();
    all[nth * 5 % all.len()]
}

fn opening(concerns: PersonId, author: PersonId, story: usize) -> ticket::Input {
    let story = &STORIES[story];
    ticket::Input {
        concerns_id: Field::Given(Some(concerns)),
        author_id: Field::Given(author),
        description: Field::Given(Some(story.issue.to_owned())),
        longest: LONGEST,
        urgency: Field::Given(story.urgency.map(str::to_owned)),
        ..ticket::Input::default()
    }
}

pub fn stand(status: Status) -> ticket::Input {
    ticket::Input { status: Field::Given(StatusInput::Exactly(status)), longest: LONGEST, ..ticket::Input::default() }
}

/// Somebody of the staff signs in for so many seconds.
async fn sign_in(b: &Builder<'_>, person: PersonId, at: Instant, seconds: i64) -> Result<Caller> {
    let inside = Caller::system(b.org, at);
    let begin = async move |w: &db::Write, _: &_| {
        let login = login::of_person(w, person).await?.ok_or(Error::NotFound("user"))?;
        login::begin(w, &login, Door::Dwellingly, seconds).await
    };
    let session = b.app.write(&inside, begin).await?;
    Ok(Caller { principal: Principal::Person { person, session: session.id }, door: Door::Dwellingly, ..inside })
}

/// The second organization's tickets, the oldest first.
pub async fn other(b: &Builder<'_>, admin: PersonId, residents: &[PersonId]) -> Result<Vec<TicketId>> {
    let caller = sign_in(b, admin, b.ago(40 * DAY).at, 40 * DAY * 60).await?;
    let at = |days: i64| Caller { at: b.ago(days * DAY).at, ..caller };
    let tickets = b.app.tickets();
    let mut out = Vec::new();
    for (resident, days, issue, note, status) in OTHER_TICKETS {
        let input = ticket::Input {
            concerns_id: Field::Given(Some(residents[resident])),
            author_id: Field::Given(admin),
            description: Field::Given(Some(issue.to_owned())),
            longest: LONGEST,
            ..ticket::Input::default()
        };
        let id = tickets.create(&at(days), input.into()).await?;
        if let Some(note) = note {
            let input = CommentInput { text: text(note), ..CommentInput::default() };
            tickets.comment(&at(days - 1), id, input.into()).await?;
        }
        if status != Status::Open {
            tickets.update(&at(days - 2), id, stand(status).into()).await?;
        }
        out.push(id);
    }
    Ok(out)
}
