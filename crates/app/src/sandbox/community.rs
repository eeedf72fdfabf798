//! What the sandbox's people read and say in their communities: a house in Portland and one in Berlin.

use std::net::{IpAddr, Ipv4Addr};

use kernel::{
    Caller, Door, Draft, Error, FaqGroupId, Field, FileId, FolderId, Instant, Living, PersonId, PostId, Principal,
    PropertyId, Result, TicketId, TicketTypeId, UnitId,
};
use serde_json::json;

use super::{
    Builder, DAY,
    community_texts::{CARDS, DOCUMENTS, EVENTS, FAQ, POSTS},
    faces, history,
    people::RENTY,
    text,
};
use crate::{
    App, audience, contact_card, document, event, faq,
    file::Bytes,
    invite::{self, Redeemer},
    login, post,
    ticket::{CommentInput, Rating, Reply, Report, Status},
    ticket_type::{self, Kind, QuestionInput},
};

/// What somebody who tries a resident's door out needs to know.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Community {
    /// A property.
    pub community_id: PropertyId,
    /// The unit of the tenant there.
    pub unit_id: UnitId,
    /// A form with every kind of question.
    pub ticket_type_id: TicketTypeId,
    /// A ticket the tenant wrote with it.
    pub ticket_id: TicketId,
    /// An invitation that can still be used.
    pub invite_token: String,
    /// The tenant.
    pub tenant: super::User,
    /// An owner there.
    pub owner: super::User,
    /// Somebody who lives with the tenant, and decides nothing.
    pub member: super::User,
}

/// One thing that happens. Numbers are places in the tables of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    Furnish,
    Register(usize),
    Faces,
    Invite,
    Report(usize),
    Close,
    Rate,
    Answer,
    Reply,
    Post(usize),
    Comment(usize, usize),
    Event(usize),
}

/// Who signs in as a resident: their address, and who they are.
const PEOPLE: [(&str, &str, &str, Living); 4] = [
    ("renty.mcrenter@mail.example", "Renty", "McRenter", Living::Tenant),
    ("margaret.lindgren@mail.example", "Margaret", "Lindgren", Living::Owner),
    ("robin.mcrenter@mail.example", "Robin", "McRenter", Living::Member),
    ("juergen.mueller@mail.example", "Jürgen", "Müller", Living::Tenant),
];
const TENANT: usize = 0;
/// The place of the German resident in [`super::people::RESIDENTS`].
const GERMAN: usize = 17;
/// The places of the two houses.
const HOUSES: [usize; 2] = [0, 3];

/// What the tenant reports: where, and what.
const REPORTS: [(&str, &str); 2] = [
    ("Kitchen", "The radiator in the kitchen knocks at night."),
    ("Bathroom", "The radiator in the bathroom stays cold, also with the valve open."),
];

/// The place in [`POSTS`] of what has a picture.
const FOUND: usize = 5;

/// What came of it so far.
#[derive(Default)]
pub struct Talked {
    people: Vec<(PersonId, Caller)>,
    forms: Vec<TicketTypeId>,
    posts: Vec<Option<PostId>>,
    unit: Option<UnitId>,
    ticket: Option<TicketId>,
    token: Option<String>,
}

/// When what happens, in minutes before now; the first things first.
pub fn script() -> Vec<(i64, Talk)> {
    let mut out = vec![(94 * DAY, Talk::Furnish)];
    out.extend((0..PEOPLE.len()).zip(0_i64..).map(|(i, n)| (93 * DAY - n * 45, Talk::Register(i))));
    for (i, p) in POSTS.iter().enumerate() {
        out.push((p.days * DAY + 13, Talk::Post(i)));
        out.extend((0..p.comments.len()).zip(1_i64..).map(|(j, n)| (p.days * DAY + 13 - n * 95, Talk::Comment(i, j))));
    }
    out.extend(EVENTS.iter().enumerate().map(|(i, e)| (e.days * DAY + 7, Talk::Event(i))));
    out.extend([
        (92 * DAY, Talk::Faces),
        (24 * DAY + 200, Talk::Report(0)),
        (22 * DAY + 40, Talk::Close),
        (21 * DAY + 55, Talk::Rate),
        (3 * DAY + 200, Talk::Report(1)),
        (2 * DAY + 300, Talk::Answer),
        (2 * DAY + 120, Talk::Reply),
        (2 * DAY + 30, Talk::Invite),
    ]);
    out
}

/// Who and where, as far as talking needs it.
pub struct Scene<'a> {
    pub b: &'a Builder<'a>,
    pub places: &'a [PropertyId],
    pub residents: &'a [PersonId],
    pub founders: &'a [PersonId],
    /// Somebody of the staff, at the instant of the step.
    pub by: Caller,
}

#[operations::compiled_here]
impl Talked {
    pub async fn step(&mut self, s: &Scene<'_>, talk: Talk) -> Result<()> {
        let app = s.b.app;
        match talk {
            Talk::Furnish => self.furnish(s).await?,
            Talk::Register(i) => self.register(s, i).await?,
            Talk::Invite => {
                let input = invite::Input {
                    unit_id: self.unit.into(),
                    first_name: text("Casey"),
                    last_name: text("Delgado"),
                    email: text("casey.delgado@mail.example"),
                    ..invite::Input::default()
                };
                self.token = Some(app.invites().create(&self.caller(TENANT, s.by.at)?, input.into()).await?.token);
            }
            Talk::Faces => faces::settle(s, &self.caller(TENANT, s.by.at)?).await?,
            Talk::Report(i) => self.report(s, REPORTS[i]).await?,
            Talk::Close => {
                app.tickets().update(&s.by, self.reported()?, history::stand(Status::Done).into()).await?;
            }
            Talk::Rate => {
                let input = Rating { rating: Field::Given(5), comment: text("Quick and friendly.") };
                app.tickets().rate(&self.caller(TENANT, s.by.at)?, self.reported()?, input.into()).await?;
            }
            Talk::Answer => {
                let said = text("Thank you. Could you send a picture of the valve?");
                let input = CommentInput { text: said, public: Field::Given(true), ..CommentInput::default() };
                app.tickets().comment(&s.by, self.reported()?, input.into()).await?;
            }
            Talk::Reply => {
                let by = self.caller(TENANT, s.by.at)?;
                let sent = faces::picture(app, &by, "valve.png", faces::RADIATOR).await?;
                let files = sent.into_iter().map(|f| f.path).collect();
                let input = Reply { text: text("Here it is."), files: Field::Given(files) };
                app.tickets().reply(&by, self.reported()?, input.into()).await?;
            }
            Talk::Post(i) => {
                let p = &POSTS[i];
                let files = match i == FOUND {
                    true => faces::picture(app, &s.by, "keys.png", faces::KEYS).await?.map(|f| f.id),
                    false => None,
                };
                let files = files.into_iter().collect();
                let input = post::Input {
                    title: text(p.title),
                    text: text(p.text),
                    allow_comments: Field::Given(p.allow_comments),
                    files: Field::Given(files),
                    showing: shown(p.audience),
                    ..post::Input::default()
                };
                let id = app.posts().create(&s.by, s.places[HOUSES[p.house]], input.into()).await?;
                self.posts.resize(POSTS.len(), None);
                self.posts[i] = Some(id);
            }
            Talk::Comment(i, j) => {
                let (who, said) = POSTS[i].comments[j];
                let id = self.posts.get(i).copied().flatten().ok_or(Error::NotFound("post"))?;
                let by = if who == STAFF { s.by } else { self.caller(who, s.by.at)? };
                app.posts().comment(&by, id, Draft::from(text(said))).await?;
            }
            Talk::Event(i) => {
                let e = &EVENTS[i];
                let midnight = s.b.day(-e.from_now);
                let starts = midnight.plus_secs(e.hour * 3600);
                let input = event::Input {
                    title: text(e.title),
                    text: text(e.text),
                    location: Field::Given(e.location.map(str::to_owned)),
                    all_day: Field::Given(e.hours == 0),
                    starts_at: Field::Given(starts),
                    ends_at: Field::Given(starts.plus_secs(e.hours * 3600)),
                    showing: shown(audience::Audience::Everyone),
                    ..event::Input::default()
                };
                app.events().create(&s.by, s.places[HOUSES[e.house]], input.into()).await?;
            }
        }
        Ok(())
    }

    fn caller(&self, who: usize, at: Instant) -> Result<Caller> {
        let (_, caller) = self.people.get(who).ok_or(Error::NotFound("person"))?;
        Ok(Caller { at, ..*caller })
    }

    async fn furnish(&mut self, s: &Scene<'_>) -> Result<()> {
        let app = s.b.app;
        for (group, name, about, icon, fields) in forms() {
            let input = ticket_type::Input {
                group: text(group),
                name: text(name),
                description: text(about),
                icon: text(icon),
                fields: Field::Given(fields),
                ..ticket_type::Input::default()
            };
            self.forms.push(app.ticket_types().create(&s.by, input.into()).await?);
        }
        for (i, c) in CARDS.iter().enumerate() {
            let optional = |t: Option<&str>| Field::Given(t.map(str::to_owned));
            let input = contact_card::Input {
                kind: Field::Given(c.kind),
                name: text(c.name),
                company: optional(c.company),
                email: optional(c.email),
                phone: optional(c.phone),
                responsibility: optional(Some(c.responsibility)),
                position: Field::Given(i64::try_from(i).unwrap_or(0)),
                on_dashboard: Field::Given(i % 3 == 0),
                ..contact_card::Input::default()
            };
            let card = app.contact_cards().create(&s.by, s.places[HOUSES[c.house]], input.into()).await?;
            match i {
                0 | 3 => faces::card(s, card, faces::JANA).await?,
                1 => faces::card(s, card, faces::DEVON).await?,
                _ => {}
            }
        }
        for (house, title, items) in FAQ {
            let place = s.places[HOUSES[*house]];
            let group: FaqGroupId = app.faq().create_group(&s.by, place, Draft::from(text(title))).await?;
            for (n, (question, keywords, answer)) in (0_i64..).zip(*items) {
                let about_keys = keywords.starts_with("keys");
                let files = match about_keys {
                    true => faces::picture(app, &s.by, "keys.png", faces::KEYS).await?.map(|f| f.id),
                    false => None,
                };
                let input = faq::Input {
                    ticket_type_id: Field::Given(self.forms.first().copied().filter(|_| about_keys)),
                    files: Field::Given(files.into_iter().collect()),
                    group_id: Field::Given(group),
                    title: text(question),
                    keywords: text(keywords),
                    text: text(answer),
                    position: Field::Given(n),
                    ..faq::Input::default()
                };
                app.faq().create(&s.by, place, input.into()).await?;
            }
        }
        for (house, folder, files) in DOCUMENTS {
            let place = s.places[HOUSES[*house]];
            let folder: FolderId = app.documents().create_folder(&s.by, place, Draft::from(text(folder))).await?;
            for (name, size, to) in *files {
                let input = document::Input {
                    folder_id: Field::Given(folder),
                    name: text(name),
                    file_type: text("application/pdf"),
                    file_size: Field::Given(*size),
                    file_id: paper(app, &s.by, name).await?.into(),
                    showing: shown(*to),
                };
                app.documents().create(&s.by, place, input.into()).await?;
            }
        }
        Ok(())
    }

    /// Somebody gets a login through an invitation, as in real use.
    async fn register(&mut self, s: &Scene<'_>, i: usize) -> Result<()> {
        let app = s.b.app;
        let (email, first, last, living) = PEOPLE[i];
        let known = match i {
            TENANT => Some(s.residents[RENTY]),
            3 => Some(s.residents[GERMAN]),
            _ => None,
        };
        let (place, number) = if i == 3 { (s.places[HOUSES[1]], "EG links") } else { (s.places[HOUSES[0]], "1A") };
        let unit: UnitId = app
            .read(&s.by, async move |r, _| {
                r.one(db::sql!(
                    "SELECT id FROM unit WHERE org_id = $1 AND property_id = $2 AND number = $3 AND deleted_at IS NULL",
                    r.caller().org,
                    place,
                    number
                ))
                .await
            })
            .await?;
        if i == TENANT {
            self.unit = Some(unit);
        }
        let input = invite::Input {
            person_id: known,
            unit_id: Field::Given(unit),
            first_name: text(first),
            last_name: text(last),
            email: text(email),
            living: Field::Given(living),
            unit_admin: Field::Given(living == Living::Owner),
            ..invite::Input::default()
        };
        let made = app.invites().create(&s.by, input.into()).await?;
        let who = Redeemer {
            first_name: None,
            last_name: None,
            email: None,
            password_hash: Some(s.b.password_hash.to_owned()),
        };
        let nobody = Caller::anonymous(s.b.org, Door::Casavi, s.by.at);
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let person = app.invites().redeem(&nobody, &made.token, here, who.into()).await?.person;
        let inside = Caller::system(s.b.org, s.by.at);
        let begin = async move |w: &db::Write, _: &_| {
            let login = login::of_person(w, person).await?.ok_or(Error::NotFound("user"))?;
            login::begin(w, &login, Door::Casavi, 95 * DAY * 60).await
        };
        let session = app.write(&inside, begin).await?.id;
        let caller = Caller { principal: Principal::Person { person, session }, door: Door::Casavi, ..inside };
        self.people.push((person, caller));
        Ok(())
    }

    /// The ticket that was reported last.
    fn reported(&self) -> Result<TicketId> {
        self.ticket.ok_or(Error::NotFound("ticket"))
    }

    async fn report(&mut self, s: &Scene<'_>, (place, what): (&str, &str)) -> Result<()> {
        let app = s.b.app;
        let by = self.caller(TENANT, s.by.at)?;
        let form = *self.forms.first().ok_or(Error::NotFound("ticket_type"))?;
        let questions = app.ticket_types().get(&by, form).await?.fields;
        let sent = faces::picture(app, &by, "radiator.png", faces::RADIATOR).await?;
        let answers = questions.iter().filter_map(|q| {
            let value = match q.kind {
                Kind::Text => json!(place),
                Kind::LongText => json!(what),
                Kind::Number => json!(16.5),
                Kind::Checkbox => json!(true),
                Kind::DropDown => json!(q.options.first()?),
                Kind::Date => json!(s.by.at.utc().date().to_string()),
                Kind::File => json!([{ "path": sent.as_ref()?.path }]),
            };
            Some((q.id.to_string(), value))
        });
        let input = Report {
            property_id: Field::Given(s.places[HOUSES[0]]),
            unit_id: self.unit.into(),
            type_id: Field::Given(form),
            answers: Field::Given(answers.collect()),
        };
        self.ticket = Some(app.tickets().report(&by, input.into()).await?.details.ticket.id);
        Ok(())
    }

    /// Everybody is told; the tenant has read the older ones.
    pub async fn finish(self, b: &Builder<'_>, places: &[PropertyId]) -> Result<Community> {
        let system = b.ago(0);
        while b.app.notifications().follow(&system).await? > 0 {}
        let tenant = self.caller(TENANT, b.now)?;
        let found = b.app.notifications().list(&tenant, crate::notification::Filter::default(), 100).await?;
        let older = found.rows.iter().skip(4).map(|n| n.id).collect();
        b.app.notifications().mark_read(&tenant, Some(older)).await?;
        let missing = || Error::internal("a step of the sandbox is missing");
        let user = |i: usize| super::User {
            email: PEOPLE[i].0.to_owned(),
            password: super::PASSWORD.to_owned(),
            role: PEOPLE[i].3.as_str().to_owned(),
        };
        Ok(Community {
            community_id: places[HOUSES[0]],
            unit_id: self.unit.ok_or_else(missing)?,
            ticket_type_id: *self.forms.first().ok_or_else(missing)?,
            ticket_id: self.ticket.ok_or_else(missing)?,
            invite_token: self.token.ok_or_else(missing)?,
            tenant: user(TENANT),
            owner: user(1),
            member: user(2),
        })
    }
}

/// A document's file, where there is a place for files.
async fn paper(app: &App, by: &Caller, name: &str) -> Result<Option<FileId>> {
    let title = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let file = faces::upload(app, by, name, "application/pdf", Bytes::from(pdf(title))).await?;
    Ok(file.map(|f| f.id))
}

/// A page with one line on it. Letters that the font lacks are left out.
fn pdf(line: &str) -> Vec<u8> {
    let line: String = line.chars().filter(|c| c.is_ascii_alphanumeric() || " -.,".contains(*c)).collect();
    let content = format!("BT /F1 24 Tf 72 720 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", i + 1));
    }
    let table = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    out.extend(places.iter().map(|at| format!("{at:010} 00000 n \n")));
    out.push_str(&format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1));
    out.into_bytes()
}

/// Who comments where it is the staff.
pub const STAFF: usize = usize::MAX;

fn shown(audience: audience::Audience) -> audience::Input {
    audience::Input { audience: Field::Given(audience), ..audience::Input::default() }
}

type Form = (&'static str, &'static str, &'static str, &'static str, Vec<QuestionInput>);

fn forms() -> Vec<Form> {
    let ask = |name: &str, kind: Kind, required: bool, options: &[&str]| QuestionInput {
        name: name.to_owned(),
        kind,
        required,
        options: options.iter().map(|o| (*o).to_owned()).collect(),
        help: String::new(),
    };
    vec![
        (
            "Repairs",
            "Report damage",
            "Something is broken in the flat or in the house.",
            "wrench",
            vec![
                ask("Where is it?", Kind::Text, true, &[]),
                ask("What happened?", Kind::LongText, true, &[]),
                ask(
                    "What is it about?",
                    Kind::DropDown,
                    true,
                    &["Heating", "Water", "Electricity", "Doors and windows"],
                ),
                ask("Since when?", Kind::Date, false, &[]),
                ask("Room temperature in °C", Kind::Number, false, &[]),
                ask("The caretaker may enter with a key", Kind::Checkbox, false, &[]),
                ask("Pictures", Kind::File, false, &[]),
            ],
        ),
        (
            "Anliegen",
            "Frage an die Verwaltung",
            "Fragen zu Vertrag, Abrechnung und Hausordnung.",
            "question",
            vec![ask("Betreff", Kind::Text, true, &[]), ask("Ihre Frage", Kind::LongText, true, &[])],
        ),
        (
            "Anliegen",
            "Schlüssel nachbestellen",
            "Ein Schlüssel fehlt oder wird zusätzlich gebraucht.",
            "key",
            vec![
                ask("Welcher Schlüssel?", Kind::DropDown, true, &["Haustür", "Wohnung", "Briefkasten", "Keller"]),
                ask("Wie viele?", Kind::Number, true, &[]),
                ask("Ich trage die Kosten", Kind::Checkbox, true, &[]),
            ],
        ),
    ]
}
