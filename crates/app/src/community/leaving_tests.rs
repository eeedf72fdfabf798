//! What whoever has left is told no more, and what whoever lives somewhere can still answer.

use db::{db_tests, sql};
use kernel::{Caller, Draft, Error, Field, Living, PersonId};

use super::tests::{Town, move_out, settler, text, town};
use crate::{
    audience::{self, Audience},
    notification::{Filter, Topic},
    post,
    ticket::{self, Rating, Reply, StatusInput},
};

impl Town {
    async fn follow(&self) {
        let now = Caller { at: self.app.now(), ..self.system };
        while self.app.notifications().follow(&now).await.unwrap() > 0 {}
    }

    /// Of how many comments on announcements somebody was told.
    async fn told(&self, who: &Caller) -> usize {
        self.follow().await;
        let all = self.app.notifications().list(who, Filter::default(), 1_000).await.unwrap().rows;
        all.iter().filter(|n| n.topic == Topic::PostComment).count()
    }

    async fn shared_ticket(&self, about: PersonId) -> ticket::Ticket {
        let staff = self.staff.person().unwrap();
        let input = ticket::Input {
            concerns_id: Field::Given(Some(about)),
            author_id: Field::Given(staff),
            description: Field::Given(Some("It drips".to_owned())),
            longest: 100,
            shared: Field::Given(true),
            ..ticket::Input::default()
        };
        let id = self.app.tickets().create(&self.system, input.into()).await.unwrap();
        self.app.tickets().get(&self.system, id).await.unwrap().ticket
    }
}

db_tests! {
    crate::sandbox::tests::db =>
    async fn comments_are_told_to_those_who_may_read_them(t: TestDb) {
        let t = town(&t).await;
        let input = post::Input { title: text("Lift"), text: text("It runs again"), ..post::Input::default() };
        let post = t.app.posts().create(&t.staff, t.place, input.into()).await.unwrap();
        let (gone, leaver) = settler(&t, Living::Member, false).await;
        let say = async |who: &Caller| t.app.posts().comment(who, post, Draft::from(text("Good"))).await.unwrap();
        say(&leaver).await;
        say(&t.member).await;
        say(&t.tenant).await;
        let before = (t.told(&leaver).await, t.told(&t.member).await, t.told(&t.staff).await);
        assert!(before.0 >= 2 && before.1 >= 1 && before.2 >= 3, "{before:?}: all who talk, and whoever wrote it");
        move_out(&t, gone).await;
        say(&t.tenant).await;
        let rows = async |person: PersonId| {
            let count = async move |r: &db::Read, _: &kernel::Actor| {
                r.one::<i64>(sql!("SELECT count(*) FROM notification WHERE org_id = $1 AND person_id = $2 AND topic = 'post_comment'", r.caller().org, person)).await
            };
            t.follow().await;
            t.app.read(&t.system, count).await.unwrap()
        };
        assert_eq!(rows(gone).await, before.0 as i64, "whoever has moved out is told no more");
        assert_eq!((t.told(&t.member).await, t.told(&t.staff).await), (before.1 + 1, before.2 + 1));
        // Nor are those whom it is not for any more, and nobody but the staff once it has run out.
        let for_owners = post::Input {
            showing: audience::Input { audience: Field::Given(Audience::Owners), ..audience::Input::default() },
            ..post::Input::default()
        };
        t.app.posts().update(&t.staff, post, for_owners.into()).await.unwrap();
        say(&t.staff).await;
        assert_eq!(t.told(&t.member).await, before.1 + 1);
        let over = audience::Input {
            audience: Field::Given(Audience::Everyone),
            expires_at: Field::Given(Some(t.app.now().plus_secs(60))),
            ..audience::Input::default()
        };
        t.app.posts().update(&t.staff, post, post::Input { showing: over, ..post::Input::default() }.into()).await.unwrap();
        say(&t.tenant).await;
        t.app.clock().advance(61);
        assert_eq!(rows(t.member.person().unwrap()).await, before.1 as i64 + 1, "it was read after it had run out");
    }

    async fn whoever_sees_a_ticket_answers_it_wherever_they_live(t: TestDb) {
        let t = town(&t).await;
        let reply = || Reply { text: text("Still"), files: Field::Absent };
        // Owners and members have a place, too.
        for who in [&t.owner, &t.member] {
            let ticket = t.shared_ticket(who.person().unwrap()).await;
            assert_eq!(ticket.property_id, Some(t.place));
            t.app.tickets().reply(who, ticket.id, reply().into()).await.unwrap();
        }
        // One that was noted before they lived anywhere.
        let ticket = t.shared_ticket(t.member.person().unwrap()).await;
        let id = ticket.id;
        let nowhere = async move |w: &db::Write, _: &kernel::Actor| {
            w.execute(sql!("UPDATE ticket SET property_id = NULL, unit_id = NULL WHERE org_id = $1 AND id = $2", w.caller().org, id)).await
        };
        t.app.write(&t.system, nowhere).await.unwrap();
        t.app.tickets().reply(&t.member, id, reply().into()).await.unwrap();
        let closed = ticket::Input { status: Field::Given(StatusInput::Exactly(ticket::Status::Done)), ..ticket::Input::default() };
        t.app.tickets().update(&t.system, id, closed.into()).await.unwrap();
        let rating = || Rating { rating: Field::Given(5), comment: Field::Absent };
        assert!(matches!(t.app.tickets().rate(&t.tenant, id, rating().into()).await, Err(Error::NotFound(_))));
        t.app.tickets().rate(&t.member, id, rating().into()).await.unwrap();
        // Whoever lives nowhere reads it, and no more.
        move_out(&t, t.member.person().unwrap()).await;
        assert!(matches!(t.app.tickets().reply(&t.member, id, reply().into()).await, Err(Error::Forbidden)));
        assert_eq!(t.app.tickets().own_one(&t.member, id).await.unwrap().details.ticket.id, id);
    }
}
