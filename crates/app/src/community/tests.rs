use std::net::{IpAddr, Ipv4Addr};

use db::{db_tests, sql, testing::TestDb};
use kernel::{
    Caller, Door, Draft, Error, Field, Instant, Living, PersonId, PostId, Principal, PropertyId, Result, UnitId,
};
use serde_json::{Value, json};

use super::{Counted, PageNumber};
use crate::{
    App,
    audience::{self, Audience},
    event,
    file::{Bytes, Upload},
    invite::{self, Redeemer},
    login,
    notification::{Filter, Frequency, Topic},
    post,
    sandbox::{self, Sandbox},
    ticket::{self, CommentInput, Rating, Reply, Report, Status, StatusInput},
    ticket_type::{self, Kind, QuestionInput},
};

pub struct Town {
    pub app: App,
    pub made: Sandbox,
    pub system: Caller,
    pub staff: Caller,
    pub tenant: Caller,
    pub owner: Caller,
    pub member: Caller,
    pub place: PropertyId,
}

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub async fn signed_in(app: &App, system: Caller, email: &str, door: Door) -> Caller {
    let key = kernel::Email::key_of(email);
    let begin = async move |w: &db::Write, _: &kernel::Actor| {
        let login = login::by_identifier(w, "email", &key).await?.ok_or(Error::NotFound("user"))?;
        let session = login::begin(w, &login, door, 86_400 * 400).await?;
        Ok((login.person_id, session.id))
    };
    let (person, session) = app.write(&system, begin).await.unwrap();
    Caller { principal: Principal::Person { person, session }, door, ..system }
}

pub async fn town(t: &TestDb) -> Town {
    let (app, made) = sandbox::tests::settled(t).await;
    let system = Caller::system(made.organization.id, sandbox::tests::now());
    let who = async |email: &str, door| signed_in(&app, system, email, door).await;
    let c = &made.community;
    Town {
        staff: who(&made.users[0].email, Door::Pages).await,
        tenant: who(&c.tenant.email, Door::Casavi).await,
        owner: who(&c.owner.email, Door::Casavi).await,
        member: who(&c.member.email, Door::Casavi).await,
        place: c.community_id,
        app,
        system,
        made,
    }
}

pub fn text(s: &str) -> Field<String> {
    Field::Given(s.to_owned())
}

pub fn all() -> PageNumber {
    PageNumber::new(0, 100)
}

fn announcement(to: Audience) -> post::Input {
    post::Input {
        title: text("Title"),
        text: text("Text"),
        showing: audience::Input { audience: Field::Given(to), ..audience::Input::default() },
        ..post::Input::default()
    }
}

pub fn paths<T: std::fmt::Debug>(out: Result<T>) -> Vec<String> {
    let Err(Error::Invalid(faults)) = out else { panic!("{out:?}") };
    let told = |f: &kernel::Fault| format!("{} {:?}", f.path.join("."), f.problem);
    let mut out: Vec<String> = faults.iter().map(told).collect();
    out.sort();
    out
}

/// A person of a role in a unit of the place, with a session at casavi's door.
pub async fn settler(t: &Town, living: Living, unit_admin: bool) -> (PersonId, Caller) {
    let input = invite::Input {
        unit_id: Field::Given(t.made.community.unit_id),
        first_name: text("Sam"),
        last_name: text("Settler"),
        email: text(&format!("sam.{}@mail.example", living.as_str())),
        living: Field::Given(living),
        unit_admin: Field::Given(unit_admin),
        ..invite::Input::default()
    };
    let made = t.app.invites().create(&t.staff, input.into()).await.unwrap();
    let who = Redeemer { first_name: None, last_name: None, email: None, password_hash: Some("hash".to_owned()) };
    let nobody = Caller::anonymous(t.system.org, Door::Casavi, t.system.at);
    let person = t.app.invites().redeem(&nobody, &made.token, HERE, who.into()).await.unwrap().person;
    let email = format!("sam.{}@mail.example", living.as_str());
    (person, signed_in(&t.app, t.system, &email, Door::Casavi).await)
}

pub async fn move_out(t: &Town, person: PersonId) {
    let out = async move |w: &db::Write, _: &kernel::Actor| {
        w.execute(sql!(
            "UPDATE tenancy SET moved_out_at = $3 WHERE org_id = $1 AND person_id = $2",
            w.caller().org,
            person,
            w.now()
        ))
        .await
    };
    t.app.write(&t.system, out).await.unwrap();
}

async fn report(t: &Town, by: &Caller, answers: Vec<(String, Value)>) -> Result<ticket::Own> {
    let c = &t.made.community;
    let input = Report {
        property_id: Field::Given(t.place),
        unit_id: Field::Given(c.unit_id),
        type_id: Field::Given(c.ticket_type_id),
        answers: Field::Given(answers),
    };
    t.app.tickets().report(by, input.into()).await
}

async fn answers(t: &Town) -> Vec<(String, Value)> {
    let form = t.app.ticket_types().get(&t.tenant, t.made.community.ticket_type_id).await.unwrap();
    let about = Upload { name: "x.pdf".to_owned(), content_type: "application/pdf".to_owned(), limit: 1 << 20 };
    let bytes = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from_static(b"%PDF-1.4\n%%EOF"))]);
    let path = t.app.files().upload(&t.tenant, about, bytes).await.unwrap().path;
    let value = |kind: Kind| match kind {
        Kind::Text => json!("Kitchen"),
        Kind::LongText => json!("It drips.\nAll night."),
        Kind::Number => json!(234.534),
        Kind::Checkbox => json!(true),
        Kind::DropDown => json!("Water"),
        Kind::Date => json!("2026-02-28"),
        Kind::File => json!([{"path": path, "name": "other.exe"}]),
    };
    form.fields.iter().map(|q| (q.id.to_string(), value(q.kind))).collect()
}

db_tests! {
    crate::sandbox::tests::db =>
    async fn a_form_takes_every_kind_of_answer_and_tells_all_that_is_wrong(t: TestDb) {
        let t = town(&t).await;
        let good = answers(&t).await;
        let own = report(&t, &t.tenant, good.clone()).await.unwrap();
        assert_eq!(own.answers.len(), 7);
        assert_eq!(own.details.ticket.description.as_deref(), Some("It drips.\nAll night."));
        assert_eq!((own.form.title.as_deref(), own.details.ticket.shared), (Some("Report damage"), true));
        assert_eq!(ticket::answered_files(&own.answers), [own.files[0].path.as_str()]);
        assert_eq!((own.files.len(), own.files[0].name.as_str()), (1, "x.pdf"));
        assert_eq!(paths(report(&t, &t.tenant, good.clone()).await), [format!("fields.{} Unknown", good[6].0)], "a file is used once");
        let wrong = [json!("two\nlines"), json!(7), json!("Roof"), json!("2026-02-30"), json!("many"), json!("yes"), json!([{"path": "../x"}])];
        let mut bad: Vec<(String, Value)> = good.iter().zip(wrong).map(|((k, _), v)| (k.clone(), v)).collect();
        bad.push(("99999".to_owned(), json!("x")));
        bad.push(("x".to_owned(), json!(null)));
        let told = paths(report(&t, &t.tenant, bad).await);
        assert_eq!(told.len(), 9, "{told:?}");
        let none = paths(report(&t, &t.tenant, vec![(good[0].0.clone(), json!("")), (good[1].0.clone(), json!([]))]).await);
        assert_eq!(none.len(), 3, "{none:?}");
        assert!(none.iter().all(|n| n.starts_with("fields.") && n.ends_with("Required")));
        // Foreign units and unknown forms are faults, and all are told together.
        let c = &t.made.community;
        let foreign = Report {
            property_id: Field::Given(t.place),
            unit_id: Field::Given(UnitId::new(c.unit_id.get() + 1)),
            type_id: Field::Given(999.into()),
            answers: Field::Absent,
        };
        let told = paths(t.app.tickets().report(&t.tenant, foreign.into()).await);
        assert_eq!(told, ["fields Required", "type_id Unknown", "unit_id Unknown"]);
    }

    async fn old_tickets_keep_the_version_of_their_form(t: TestDb) {
        let t = town(&t).await;
        let id = t.made.community.ticket_type_id;
        let own = report(&t, &t.tenant, answers(&t).await).await.unwrap();
        let one = QuestionInput { name: "What?".to_owned(), kind: Kind::Text, required: true, options: Vec::new(), help: String::new() };
        let input = ticket_type::Input { fields: Field::Given(vec![one]), ..ticket_type::Input::default() };
        let new = t.app.ticket_types().update(&t.staff, id, input.clone().into()).await.unwrap();
        assert_eq!((new.row.version, new.fields.len()), (2, 1));
        // The same questions again are no new version.
        let again = t.app.ticket_types().update(&t.staff, id, input.into()).await.unwrap();
        assert_eq!(again.row.version, 2);
        // Nor is another name, group or symbol, and old tickets keep those that they were written with.
        let renamed = ticket_type::Input { name: text("Broken?"), group: text("House"), icon: text("key"), ..ticket_type::Input::default() };
        assert_eq!(t.app.ticket_types().update(&t.staff, id, renamed.into()).await.unwrap().row.version, 2);
        let old = t.app.tickets().own_one(&t.tenant, own.details.ticket.id).await.unwrap();
        assert_eq!((old.form.type_version, old.answers.len()), (Some(1), 7));
        let form = |o: &ticket::Own| (o.form.title.clone().unwrap(), o.form.group_name.clone().unwrap(), o.form.icon.clone().unwrap());
        assert_eq!(form(&old), ("Report damage".to_owned(), "Repairs".to_owned(), "wrench".to_owned()));
        let asked = report(&t, &t.tenant, vec![(new.fields[0].id.to_string(), json!("Only this"))]).await.unwrap();
        assert_eq!(asked.details.ticket.description.as_deref(), Some("Only this"));
        assert_eq!(form(&asked), ("Broken?".to_owned(), "House".to_owned(), "key".to_owned()));
        assert!(matches!(t.app.ticket_types().create(&t.tenant, ticket_type::Input::default().into()).await, Err(Error::Forbidden)));
    }

    async fn a_resident_has_their_own_tickets_and_what_is_shared(t: TestDb) {
        let t = town(&t).await;
        let tenant = t.tenant.person().unwrap();
        let before = t.app.tickets().own(&t.tenant, None).await.unwrap();
        assert!(before.iter().all(|o| o.details.ticket.author_id == tenant || o.details.ticket.shared));
        assert!(before.windows(2).all(|w| w[0].details.ticket.id > w[1].details.ticket.id), "newest first");
        // A ticket of the staff about them is theirs only when it is shared.
        let id = t.made.ticket_id;
        assert!(matches!(t.app.tickets().own_one(&t.tenant, id).await, Err(Error::NotFound(_))));
        let share = ticket::Input { shared: Field::Given(true), longest: 144, ..ticket::Input::default() };
        t.app.tickets().update(&t.staff, id, share.into()).await.unwrap();
        let shared = t.app.tickets().own_one(&t.tenant, id).await.unwrap();
        let whole = t.app.tickets().get(&t.staff, id).await.unwrap();
        let public = whole.comments.iter().filter(|c| !c.internal).count();
        assert_eq!(shared.details.comments.len(), public, "nothing internal");
        assert!(public < whole.comments.len());
        // Nobody else sees it, and it is not told that it exists.
        for other in [&t.owner, &t.member] {
            assert!(matches!(t.app.tickets().own_one(other, id).await, Err(Error::NotFound(_))));
        }
        // What residents may not do at all.
        assert!(matches!(t.app.tickets().list(&t.tenant, None).await, Err(Error::Forbidden)));
        assert!(matches!(t.app.residents().list(&t.tenant).await, Err(Error::Forbidden)));
        assert!(matches!(t.app.tickets().delete(&t.tenant, id).await, Err(Error::Forbidden)));
    }

    async fn a_residents_ticket_and_reply_are_before_the_staff(t: TestDb) {
        let t = town(&t).await;
        let own = report(&t, &t.tenant, answers(&t).await).await.unwrap();
        let id = own.details.ticket.id;
        let said = Reply { text: text("<script>"), ..Reply::default() };
        let own = t.app.tickets().reply(&t.tenant, id, said.into()).await.unwrap();
        assert_eq!(own.details.comments.len(), 1);
        let none = t.app.tickets().reply(&t.tenant, id, Reply::default().into()).await;
        assert_eq!(paths(none), ["text Required"]);
        let seen = t.app.tickets().list(&t.staff, None).await.unwrap().into_iter().find(|d| d.ticket.id == id).unwrap();
        assert_eq!((seen.ticket.unit_id, seen.ticket.concerns_id), (Some(t.made.community.unit_id), t.tenant.person()));
        assert_eq!((seen.comments.len(), seen.comments[0].internal, seen.ticket.first_response_at), (1, false, None));
        // The staff cannot change what a resident said.
        let change = CommentInput { text: text("other"), ..CommentInput::default() };
        assert!(matches!(t.app.tickets().update_comment(&t.staff, id, seen.comments[0].id, change.into()).await, Err(Error::Forbidden)));
        // An answer of the staff is internal unless it is public.
        for public in [false, true] {
            let note = CommentInput { text: text("We come"), public: Field::Given(public), ..CommentInput::default() };
            t.app.tickets().comment(&t.staff, id, note.into()).await.unwrap();
        }
        assert_eq!(t.app.tickets().own_one(&t.tenant, id).await.unwrap().details.comments.len(), 2);
    }

    async fn a_ticket_is_rated_once_after_it_was_closed(t: TestDb) {
        let t = town(&t).await;
        let id = report(&t, &t.tenant, answers(&t).await).await.unwrap().details.ticket.id;
        let rate = async |by: &Caller, n: i64| {
            let rating = Rating { rating: Field::Given(n), comment: text(" quick ") };
            t.app.tickets().rate(by, id, rating.into()).await
        };
        assert!(matches!(rate(&t.tenant, 5).await, Err(Error::Conflict("not_closed"))));
        assert_eq!(paths(rate(&t.tenant, 6).await), ["rating Malformed"]);
        let done = ticket::Input { status: Field::Given(StatusInput::Exactly(Status::Done)), ..ticket::Input::default() };
        t.app.tickets().update(&t.staff, id, done.into()).await.unwrap();
        assert!(matches!(rate(&t.owner, 5).await, Err(Error::NotFound(_))));
        let rated = rate(&t.tenant, 4).await.unwrap();
        assert_eq!((rated.form.rating, rated.form.rating_comment.as_deref()), (Some(4), Some("quick")));
        assert!(matches!(rate(&t.tenant, 5).await, Err(Error::Conflict("rated"))));
    }

    async fn who_sees_what_is_shown(t: TestDb) {
        let t = town(&t).await;
        let guest = settler(&t, Living::Guest, true).await.1;
        let building: kernel::BuildingId = {
            let unit = t.made.community.unit_id;
            let find = async move |r: &db::Read, _: &kernel::Actor| {
                r.one(sql!("SELECT building_id FROM unit WHERE org_id = $1 AND id = $2", r.caller().org, unit)).await
            };
            t.app.read(&t.system, find).await.unwrap()
        };
        let mut ids = Vec::new();
        for to in Audience::ALL {
            let mut input = announcement(to);
            if to == Audience::Building {
                assert_eq!(paths(t.app.posts().create(&t.staff, t.place, input.clone().into()).await), ["building_id Required"]);
                input.showing.building_id = Field::Given(Some(building));
            }
            ids.push(t.app.posts().create(&t.staff, t.place, input.into()).await.unwrap());
        }
        let sees = [
            ("staff", &t.staff, [true, true, true, true, true, true]),
            ("owner", &t.owner, [true, true, false, true, true, false]),
            ("tenant", &t.tenant, [true, false, true, true, true, false]),
            ("member", &t.member, [true, false, true, true, false, false]),
            ("guest", &guest, [true, false, false, false, false, false]),
        ];
        for (name, who, expected) in sees {
            let listed = t.app.posts().list(who, t.place, all()).await.unwrap();
            assert_eq!(listed.total, i64::try_from(listed.rows.len()).unwrap());
            for ((id, to), yes) in ids.iter().zip(Audience::ALL).zip(expected) {
                assert_eq!(listed.rows.iter().any(|p| p.row.id == *id), yes, "{name} {to:?}");
                assert_eq!(t.app.posts().get(who, *id).await.is_ok(), yes, "{name} {to:?}");
            }
        }
        // Another place is not there at all.
        let elsewhere = PropertyId::new(2);
        assert!(matches!(t.app.posts().list(&t.tenant, elsewhere, all()).await, Err(Error::NotFound(_))));
        assert!(matches!(t.app.faq().get(&t.tenant, elsewhere).await, Err(Error::NotFound(_))));
        // Guests read; residents comment; only the staff write.
        let comment = Draft::from(text("Well"));
        assert!(matches!(t.app.posts().comment(&guest, ids[0], comment.clone()).await, Err(Error::Forbidden)));
        assert_eq!(t.app.posts().comment(&t.member, ids[0], comment.clone()).await.unwrap().comments.len(), 1);
        assert!(matches!(t.app.posts().comment(&t.member, ids[1], comment).await, Err(Error::NotFound(_))));
        assert!(matches!(t.app.posts().create(&t.owner, t.place, announcement(Audience::Everyone).into()).await, Err(Error::Forbidden)));
    }

    async fn drafts_and_what_has_run_out_are_for_the_staff(t: TestDb) {
        let t = town(&t).await;
        let (now, at) = (t.system.at, |d: i64| Field::Given(Some(sandbox::tests::now().plus_days(d))));
        let mut ids = Vec::new();
        for (from, until) in [(Field::Given(None), Field::Absent), (at(1), Field::Absent), (at(-2), at(-1)), (at(-2), at(1))] {
            let mut input = announcement(Audience::Everyone);
            (input.showing.published_at, input.showing.expires_at) = (from, until);
            ids.push(t.app.posts().create(&t.staff, t.place, input.into()).await.unwrap());
        }
        let sees = async |who: &Caller| {
            let rows = t.app.posts().list(who, t.place, all()).await.unwrap().rows;
            ids.iter().map(|id| rows.iter().any(|p| p.row.id == *id)).collect::<Vec<_>>()
        };
        assert_eq!(sees(&t.tenant).await, [false, false, false, true]);
        assert_eq!(sees(&t.staff).await, [true; 4]);
        let later = Caller { at: now.plus_days(1).plus_secs(1), ..t.tenant };
        assert_eq!(sees(&later).await, [false, true, false, false]);
        // Its time comes: people are told then, once.
        let told = async || {
            let f = Filter::default();
            let rows = t.app.notifications().list(&later, f, 100).await.unwrap().rows;
            rows.iter().filter(|n| n.topic == Topic::Post && n.item_id == ids[1].get()).count()
        };
        let run = async |at: Instant| while t.app.notifications().follow(&Caller { at, ..t.system }).await.unwrap() > 0 {};
        run(now).await;
        assert_eq!(told().await, 0);
        for _ in 0..2 {
            // The first pass notes it, and the next one reads it.
            run(later.at).await;
            run(later.at).await;
            assert_eq!(told().await, 1);
        }
    }

    async fn an_ended_tenancy_takes_the_community_away(t: TestDb) {
        let t = town(&t).await;
        let given = answers(&t).await;
        let own = report(&t, &t.tenant, given.clone()).await.unwrap();
        assert_eq!(t.app.communities().list(&t.tenant).await.unwrap().len(), 1);
        assert_eq!(t.app.communities().units(&t.tenant).await.unwrap().len(), 1);
        move_out(&t, t.tenant.person().unwrap()).await;
        assert!(t.app.communities().list(&t.tenant).await.unwrap().is_empty());
        assert!(t.app.communities().units(&t.tenant).await.unwrap().is_empty());
        assert!(t.app.ticket_types().list(&t.tenant, None).await.unwrap().is_empty());
        assert!(matches!(t.app.posts().list(&t.tenant, t.place, all()).await, Err(Error::NotFound(_))));
        // History stays readable, and nothing is added to it.
        let id = own.details.ticket.id;
        assert!(t.app.tickets().own_one(&t.tenant, id).await.is_ok());
        let said = Reply { text: text("Hello?"), ..Reply::default() };
        assert!(matches!(t.app.tickets().reply(&t.tenant, id, said.into()).await, Err(Error::Forbidden)));
        assert!(matches!(report(&t, &t.tenant, given).await, Err(Error::Forbidden)));
    }

    async fn pages_of_posts_hold_each_once(t: TestDb) {
        let t = town(&t).await;
        let whole = t.app.posts().list(&t.owner, t.place, all()).await.unwrap();
        assert!(whole.rows.len() >= 6 && whole.rows.iter().any(|p| p.comments.len() > 1));
        let mut seen = Vec::new();
        for page in 0..10 {
            let part = t.app.posts().list(&t.owner, t.place, PageNumber::new(page, 2)).await.unwrap();
            assert_eq!(part.total, whole.total);
            seen.extend(part.rows.iter().map(|p| p.row.id));
        }
        assert_eq!(seen, whole.rows.iter().map(|p| p.row.id).collect::<Vec<_>>());
    }

    async fn answers_are_found_by_the_beginnings_of_words(t: TestDb) {
        let t = town(&t).await;
        let found = async |what: &str| {
            let found = t.app.faq().search(&t.tenant, t.place, what).await.unwrap();
            found.into_iter().map(|a| a.title).collect::<Vec<_>>()
        };
        assert_eq!(found("laundry").await, ["How do I book the laundry room?"]);
        assert_eq!(found("LAUND ro").await, ["How do I book the laundry room?"]);
        assert_eq!(found("rent").await, ["When is rent due?"]);
        assert_eq!(found("dog lift").await, Vec::<String>::new());
        assert_eq!(found(" ?! ").await, Vec::<String>::new());
        let faq = t.app.faq().get(&t.tenant, t.place).await.unwrap();
        assert_eq!((faq.groups.len(), faq.articles.len()), (2, 6));
        let key = faq.articles.iter().find(|a| a.title.contains("key")).unwrap().id;
        let input = crate::faq::Input { title: text("Straße gesperrt"), ..crate::faq::Input::default() };
        t.app.faq().update(&t.staff, key, input.into()).await.unwrap();
        assert_eq!(found("strasse").await.len() + found("straße").await.len(), 2);
        t.app.faq().delete(&t.staff, key).await.unwrap();
        assert_eq!(found("straße").await, Vec::<String>::new());
    }

    async fn events_are_a_calendar_and_a_feed(t: TestDb) {
        let t = town(&t).await;
        let zone = kernel::Zone::named("America/Los_Angeles");
        let day = zone.midnight("2027-03-14".parse().unwrap());
        let input = event::Input {
            title: text("Spring; cleaning, all"),
            text: text(&"Bring gloves.\n".repeat(20)),
            all_day: Field::Given(true),
            starts_at: Field::Given(day),
            ends_at: Field::Given(day.plus_secs(3600)),
            ..event::Input::default()
        };
        t.app.events().create(&t.staff, t.place, input.into()).await.unwrap();
        let text = t.app.events().calendar(&t.tenant, t.place).await.unwrap();
        assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
        assert!(text.split("\r\n").all(|l| l.len() <= 75));
        assert!(text.contains("DTSTART;VALUE=DATE:20270314\r\nDTEND;VALUE=DATE:20270315\r\nSUMMARY:Spring\\; cleaning\\, all\r\n"), "{text}");
        let first = t.app.events().renew_feed(&t.tenant).await.unwrap();
        let nobody = Caller::anonymous(t.system.org, Door::Casavi, t.system.at);
        assert_eq!(t.app.events().feed(&nobody, &first).await.unwrap(), text);
        let second = t.app.events().renew_feed(&t.tenant).await.unwrap();
        assert!(matches!(t.app.events().feed(&nobody, &first).await, Err(Error::NotFound(_))));
        move_out(&t, t.tenant.person().unwrap()).await;
        assert!(!t.app.events().feed(&nobody, &second).await.unwrap().contains("VEVENT"));
    }

    async fn people_are_told_once_and_mailed_as_they_want(t: TestDb) {
        let t = town(&t).await;
        let run = async || while t.app.notifications().follow(&t.system).await.unwrap() > 0 {};
        let told = async |who: &Caller, unread_only: bool| {
            let f = Filter { unread_only, property: Some(t.place), ..Filter::default() };
            t.app.notifications().list(who, f, 100).await.unwrap().total
        };
        run().await;
        let (before, unread) = (told(&t.tenant, false).await, told(&t.tenant, true).await);
        assert!(unread > 0 && unread < before, "{unread} of {before}");
        let id = report(&t, &t.tenant, answers(&t).await).await.unwrap().details.ticket.id;
        run().await;
        assert_eq!(told(&t.tenant, false).await, before, "nobody is told what they did themselves");
        let mails = async || {
            let all = t.app.messages().list(&t.system, 1000).await.unwrap();
            all.iter().filter(|m| m.kind == "news").count()
        };
        let mailed = mails().await;
        let answer = async |public: bool| {
            let note = CommentInput { text: text("We come"), public: Field::Given(public), ..CommentInput::default() };
            t.app.tickets().comment(&t.staff, id, note.into()).await.unwrap();
            run().await;
            run().await;
        };
        answer(false).await;
        assert_eq!(told(&t.tenant, false).await, before, "an internal note is nobody's news");
        answer(true).await;
        assert_eq!((told(&t.tenant, false).await, mails().await), (before + 1, mailed + 1));
        let newest = t.app.notifications().list(&t.tenant, Filter::default(), 1).await.unwrap().rows.remove(0);
        assert_eq!((newest.topic, newest.parent_id), (Topic::TicketComment, Some(id.get())));
        for (frequency, digests) in [(Frequency::Never, 0), (Frequency::Daily, 1)] {
            t.app.notifications().subscribe(&t.tenant, Topic::TicketComment, Draft::from(Field::Given(frequency))).await.unwrap();
            answer(true).await;
            assert_eq!(mails().await, mailed + 1, "{frequency:?}");
            assert_eq!(t.app.notifications().digest(&t.system).await.unwrap(), digests);
            assert_eq!(t.app.notifications().digest(&t.system).await.unwrap(), 0);
        }
        assert_eq!(mails().await, mailed + 2);
        // A reader that lost its place tells nothing twice.
        let total = told(&t.tenant, false).await;
        let reset = async |w: &db::Write, _: &kernel::Actor| w.execute(sql!("UPDATE notification_reader SET seq = 0 WHERE org_id = $1", w.caller().org)).await;
        t.app.write(&t.system, reset).await.unwrap();
        run().await;
        assert_eq!((told(&t.tenant, false).await, mails().await), (total, mailed + 2));
        t.app.notifications().mark_read(&t.tenant, None).await.unwrap();
        assert_eq!(told(&t.tenant, true).await, 0);
        // Who does not want to see it here is mailed all the same, as chosen.
        t.app.notifications().show_here(&t.tenant, Topic::TicketComment, false).await.unwrap();
        t.app.notifications().subscribe(&t.tenant, Topic::TicketComment, Draft::from(Field::Given(Frequency::Now))).await.unwrap();
        answer(true).await;
        assert_eq!((told(&t.tenant, false).await, told(&t.tenant, true).await, mails().await), (total, 0, mailed + 3));
        assert_eq!(t.app.notifications().unwanted(&t.tenant).await.unwrap(), [Topic::TicketComment]);
        t.app.notifications().show_here(&t.tenant, Topic::TicketComment, true).await.unwrap();
        answer(true).await;
        assert_eq!((told(&t.tenant, false).await, told(&t.tenant, true).await, mails().await), (total + 1, 1, mailed + 4));
        // What is gone is nobody's news: neither the ticket nor what was said under it.
        t.app.tickets().delete(&t.staff, id).await.unwrap();
        run().await;
        let left = told(&t.tenant, false).await;
        assert_eq!((left, told(&t.tenant, true).await), (before, 0));
        let news = Filter { property: Some(t.place), ..Filter::default() };
        let rows = t.app.notifications().list(&t.tenant, news, 100).await.unwrap().rows;
        let post = PostId::new(rows.iter().find(|n| n.topic == Topic::Post).unwrap().item_id);
        t.app.posts().delete(&t.staff, post).await.unwrap();
        run().await;
        assert!(told(&t.tenant, false).await < left);
        t.app.posts().restore(&t.staff, post).await.unwrap();
        run().await;
        assert_eq!(told(&t.tenant, false).await, left, "what came back is told again");
    }

    async fn an_invitation_is_used_once_and_makes_all_at_once(t: TestDb) {
        let t = town(&t).await;
        let c = &t.made.community;
        let nobody = Caller::anonymous(t.system.org, Door::Casavi, t.system.at);
        let checked = t.app.invites().check(&nobody, &c.invite_token, HERE).await.unwrap();
        assert_eq!((checked.invite.first_name.as_str(), checked.living), ("Casey", Living::Member));
        assert_eq!(c.invite_token.len(), 12);
        // A second invitation of the same address takes the place of the first.
        let input = invite::Input {
            unit_id: Field::Given(c.unit_id),
            first_name: text("Casey"),
            last_name: text("Delgado"),
            email: text("Casey.Delgado@mail.example"),
            ..invite::Input::default()
        };
        let made = t.app.invites().create(&t.tenant, input.clone().into()).await.unwrap();
        assert_eq!(made.invite.person_id, checked.invite.person_id);
        let newest = async || t.app.messages().list(&t.system, 1).await.unwrap().swap_remove(0);
        assert!(newest().await.text_body.contains("until 21 December 2026"), "{}", newest().await.text_body);
        assert!(matches!(t.app.invites().check(&nobody, &c.invite_token, HERE).await, Err(Error::NotFound(_))));
        let person = made.invite.person_id;
        let german = async move |w: &db::Write, _: &kernel::Actor| {
            crate::message::language::choose(w, person, Some(crate::message::Language::German)).await
        };
        t.app.write(&t.system, german).await.unwrap();
        let renewed = t.app.invites().renew(&t.tenant, made.invite.id).await.unwrap();
        assert!(newest().await.subject.starts_with("Ihre Einladung: "));
        assert!(newest().await.text_body.contains("bis zum 21.12.2026"), "{}", newest().await.text_body);
        assert!(matches!(t.app.invites().check(&nobody, &made.token, HERE).await, Err(Error::NotFound(_))));
        let before = t.app.residents().list(&t.staff).await.unwrap().len();
        let who = Redeemer { first_name: None, last_name: None, email: None, password_hash: None };
        let taken = Redeemer { email: Some(c.owner.email.clone()), ..who.clone() };
        assert!(matches!(t.app.invites().redeem(&nobody, &renewed.token, HERE, taken.into()).await, Err(Error::Conflict("taken"))));
        let done = t.app.invites().redeem(&nobody, &renewed.token, HERE, who.clone().into()).await.unwrap();
        assert!(done.tenancy.is_some());
        assert_eq!(t.app.residents().list(&t.staff).await.unwrap().len(), before + 1);
        let casey = signed_in(&t.app, t.system, "casey.delgado@mail.example", Door::Casavi).await;
        assert_eq!(t.app.communities().list(&casey).await.unwrap().len(), 1);
        assert!(!t.app.communities().units(&casey).await.unwrap()[0].unit_admin);
        assert!(matches!(t.app.invites().redeem(&nobody, &renewed.token, HERE, who.into()).await, Err(Error::NotFound(_))));
        // Whoever decides nothing invites nobody; nobody invites into other units, or as more than a member.
        for by in [&casey, &t.member] {
            assert!(matches!(t.app.invites().create(by, input.clone().into()).await, Err(Error::Forbidden)));
        }
        let elsewhere = invite::Input { unit_id: Field::Given(UnitId::new(c.unit_id.get() + 1)), ..input.clone() };
        assert!(matches!(t.app.invites().create(&t.tenant, elsewhere.into()).await, Err(Error::Forbidden)));
        let owner = invite::Input { living: Field::Given(Living::Owner), ..input.clone() };
        assert!(matches!(t.app.invites().create(&t.tenant, owner.into()).await, Err(Error::Forbidden)));
        assert!(matches!(t.app.invites().create(&t.staff, input.into()).await, Err(Error::Conflict("registered"))));
    }

    async fn an_invitation_runs_out(t: TestDb) {
        let t = town(&t).await;
        let at = t.system.at.plus_days(invite::DAYS);
        let nobody = Caller::anonymous(t.system.org, Door::Casavi, at);
        assert!(matches!(t.app.invites().check(&nobody, &t.made.community.invite_token, HERE).await, Err(Error::NotFound(_))));
    }

    async fn guessing_costs_growing_waits(t: TestDb) {
        let t = town(&t).await;
        let at = |s: i64| Caller::anonymous(t.system.org, Door::Casavi, t.system.at.plus_secs(s));
        let guess = async |s: i64, code: &str, last: u8| {
            let here = IpAddr::V4(Ipv4Addr::new(10, 0, 0, last));
            match t.app.invites().check(&at(s), code, here).await {
                Err(Error::NotFound(_)) => 0,
                Err(Error::RateLimited(wait)) => wait.as_secs(),
                other => panic!("{other:?}"),
            }
        };
        for _ in 0..3 {
            assert_eq!(guess(0, "abc", 1).await, 0);
        }
        assert_eq!(guess(0, "xyz", 1).await, 1, "the address waits");
        assert_eq!(guess(0, "ABCdef", 2).await, 1, "so does the beginning of the code");
        assert_eq!(guess(0, "xyz", 2).await, 0, "others do not");
        assert_eq!(guess(1, "abc", 1).await, 0);
        assert_eq!(guess(1, "abc", 1).await, 2, "and then longer");
        // A success forgets both.
        assert!(t.app.invites().check(&at(3), &t.made.community.invite_token, IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))).await.is_ok());
        assert_eq!(guess(3, "pqr", 1).await, 0);
        assert_eq!(guess(86_400 * 2, "abc", 1).await, 0);
    }

    async fn the_timeline_tells_what_one_may_see(t: TestDb) {
        let t = town(&t).await;
        report(&t, &t.tenant, answers(&t).await).await.unwrap();
        let of = async |who: &Caller| t.app.timeline().page(who, t.place, all()).await.unwrap();
        let (tenant, owner) = (of(&t.tenant).await, of(&t.owner).await);
        assert_eq!(tenant.rows[0].action, "ticket.created");
        assert_eq!(tenant.rows[0].first_name, "Renty");
        assert!(owner.rows.iter().all(|a| a.entity != "ticket"));
        assert!(tenant.rows.windows(2).all(|w| w[0].seq > w[1].seq));
        assert_eq!(tenant.total, i64::try_from(tenant.rows.len()).unwrap());
        let count = |c: &Counted<crate::change::Activity>, e: &str| c.rows.iter().filter(|a| a.entity == e).count();
        assert_eq!(count(&tenant, "event"), count(&owner, "event"));
        assert!(count(&owner, "post") > count(&tenant, "post"), "posts for owners");
    }

    async fn all_pages_of_a_timeline_are_what_it_counts(t: TestDb) {
        let t = town(&t).await;
        let ticket = report(&t, &t.tenant, answers(&t).await).await.unwrap().details.ticket.id;
        for public in [false, true] {
            let note = CommentInput { text: text("We come"), public: Field::Given(public), ..CommentInput::default() };
            t.app.tickets().comment(&t.staff, ticket, note.into()).await.unwrap();
        }
        let gone = t.app.posts().create(&t.staff, t.place, announcement(Audience::Everyone).into()).await.unwrap();
        t.app.posts().comment(&t.tenant, gone, Draft::from(text("Thank you"))).await.unwrap();
        t.app.posts().delete(&t.staff, gone).await.unwrap();
        let post = t.app.posts().create(&t.staff, t.place, announcement(Audience::Tenants).into()).await.unwrap();
        for said in ["One", "Two"] {
            t.app.posts().comment(&t.tenant, post, Draft::from(text(said))).await.unwrap();
        }
        let said = t.app.posts().get(&t.tenant, post).await.unwrap().comments[0].0.id;
        t.app.posts().delete_comment(&t.tenant, post, said).await.unwrap();
        let change = post::Input { title: text("Other"), ..post::Input::default() };
        t.app.posts().update(&t.staff, post, change.into()).await.unwrap();
        let mut draft = announcement(Audience::Everyone);
        draft.showing.published_at = Field::Given(None);
        let draft = t.app.posts().create(&t.staff, t.place, draft.into()).await.unwrap();
        let change = post::Input { title: text("Other"), ..post::Input::default() };
        t.app.posts().update(&t.staff, draft, change.into()).await.unwrap();

        let mut totals = Vec::new();
        for who in [&t.tenant, &t.owner, &t.member, &t.staff] {
            let (mut rows, mut page) = (Vec::new(), 0);
            let total = loop {
                let found = t.app.timeline().page(who, t.place, PageNumber::new(page, 3)).await.unwrap();
                if found.rows.is_empty() {
                    break found.total;
                }
                rows.extend(found.rows);
                page += 1;
            };
            assert!(rows.windows(2).all(|w| w[0].seq > w[1].seq), "newest first, each once");
            assert_eq!(i64::try_from(rows.len()).unwrap(), total);
            let of = |entity: &str, id: i64| rows.iter().filter(|a| a.entity == entity && a.entity_id == id).count();
            assert_eq!((of("post", gone.get()), of("post_comment", said.get())), (0, 0), "gone");
            let is_staff = who.door == Door::Pages;
            assert_eq!(of("post", draft.get()) > 0, is_staff, "a draft");
            assert_eq!(of("post", post.get()), if who.principal == t.owner.principal { 0 } else { 2 });
            assert_eq!(of("ticket", ticket.get()), usize::from(who.principal == t.tenant.principal));
            let far = t.app.timeline().page(who, t.place, PageNumber::new(i64::MAX, 100)).await.unwrap();
            assert_eq!((far.rows.len(), far.total), (0, total));
            totals.push(total);
        }
        assert!(totals[0] > totals[2] && totals[3] > totals[1], "{totals:?}");
    }

    async fn a_ticket_that_goes_to_another_resident_is_not_shared_with_them(t: TestDb) {
        let t = town(&t).await;
        let id = report(&t, &t.tenant, answers(&t).await).await.unwrap().details.ticket.id;
        let (tenant, owner) = (t.tenant.person(), t.owner.person());
        let to = |who, shared| ticket::Input {
            concerns_id: Field::Given(who),
            shared,
            longest: 144,
            ..ticket::Input::default()
        };
        t.app.tickets().update(&t.staff, id, to(owner, Field::Absent).into()).await.unwrap();
        assert!(matches!(t.app.tickets().own_one(&t.owner, id).await, Err(Error::NotFound(_))));
        assert!(t.app.tickets().own_one(&t.tenant, id).await.is_ok(), "whoever wrote it keeps it");
        // The staff can say so; then the other one's name is all that is known of them.
        t.app.tickets().update(&t.staff, id, to(tenant, Field::Absent).into()).await.unwrap();
        t.app.tickets().update(&t.staff, id, to(owner, Field::Given(true)).into()).await.unwrap();
        let seen = t.app.tickets().own_one(&t.owner, id).await.unwrap();
        let (author, own) = (&seen.people[&tenant.unwrap()], &seen.people[&owner.unwrap()]);
        assert_eq!((author.first_name.as_str(), &author.email, &author.phone), ("Renty", &None, &None));
        assert!(own.email.is_some());
        // Of the staff it is known how they are reached, and not where they live.
        let staff = seen.people.values().find(|p| p.is_staff);
        assert!(staff.is_none_or(|s| s.email.is_some() && s.street.is_none()));
    }

    async fn residents_act_through_what_runs_and_only_where_they_may(t: TestDb) {
        let t = town(&t).await;
        let homes = async |c: &Caller| t.app.read(c, async |_, a| Ok(a.homes().to_vec())).await.unwrap();
        let tenant = homes(&t.tenant).await;
        assert_eq!((tenant.len(), tenant[0].living, tenant[0].unit_admin), (1, Living::Tenant, true));
        assert_eq!(homes(&t.staff).await.len(), 0);
        let member = homes(&t.member).await;
        assert_eq!((member[0].living, member[0].unit_admin), (Living::Member, false));
        // A member is a resident for Dwellingly's doors, without lease, account or ledger.
        let list = t.app.residents().list(&t.staff).await.unwrap();
        let robin = list.iter().find(|r| r.person.first_name == "Robin").unwrap();
        assert!(robin.lease.is_none());
    }
}
