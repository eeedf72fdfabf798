//! Rules of the desk that no page shows: who waits since when.

use std::sync::Arc;

use db::{sql, testing::TestDb};
use kernel::{Caller, Door, Draft, Field, Instant, OrgId, PersonId, TicketId};

use crate::{
    App,
    community::tests::{signed_in, town},
    sandbox::tests::app,
    ticket::{self, comment},
};

async fn asked(t: &TestDb, app: &App, org: OrgId, id: TicketId) -> Option<Instant> {
    let read = async move |r: &db::Read| {
        r.one(sql!("SELECT asked_at FROM ticket WHERE org_id = $1 AND id = $2", org, id)).await
    };
    t.db.read(&app.system(org), read).await.unwrap()
}

db::db_tests! {
    async fn whoever_wrote_last_waits_or_does_not(t: TestDb) {
        let app = app(&t);
        let new = crate::organization::New {
            name: "Waiting".to_owned(),
            slug: "waiting".to_owned(),
            host: None,
            country: "DE".to_owned(),
            calling_code: "49".to_owned(),
            currency: "EUR".to_owned(),
            locale: "de".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
        };
        let org = app.organizations().create(&app.system(OrgId::new(0)), new).await.unwrap();
        let system = app.system(org);
        let given = |s: &str| Field::Given(s.to_owned());
        let input = crate::resident::Input {
            first_name: given("Ada"),
            last_name: given("Asks"),
            phone: given(""),
            ..crate::resident::Input::default()
        };
        let ada: PersonId = app.residents().create(&system, Draft::from(input)).await.unwrap().person.id;
        let member = crate::staff::Input {
            first_name: given("Sam"),
            last_name: given("Staff"),
            phone: given(""),
            email: given("sam@waiting.example"),
            role: Field::Given(crate::staff::RoleInput::Exactly(kernel::Role::Staff)),
            ..crate::staff::Input::default()
        };
        let sam = t
            .db
            .write(&system, async move |w| crate::staff::create(w, &member, kernel::Faults::new(), None).await)
            .await
            .unwrap();
        let input = ticket::Input {
            concerns_id: Field::Given(Some(ada)),
            author_id: Field::Given(sam),
            longest: 100,
            ..ticket::Input::default()
        };
        let id = app.tickets().create(&system, Draft::from(input)).await.unwrap();
        assert_eq!(asked(&t, &app, org, id).await, Some(app.now()), "a new one waits");
        let say = async |by: comment::By, who: PersonId| {
            let write = async move |w: &db::Write| {
                let ticket = ticket::store::by_id(w, id).await?.unwrap();
                comment::write(w, &ticket, who, "Hm", by).await
            };
            t.db.write(&app.system(org), write).await.unwrap();
        };
        say(comment::By::Staff { internal: true }, sam).await;
        assert!(asked(&t, &app, org, id).await.is_some(), "a note is no answer");
        say(comment::By::Staff { internal: false }, sam).await;
        assert_eq!(asked(&t, &app, org, id).await, None, "an answer is one");
        say(comment::By::Resident, ada).await;
        assert!(asked(&t, &app, org, id).await.is_some(), "and the resident asks again");
        let done = ticket::StatusInput::Exactly(ticket::Status::Waiting);
        let input = ticket::Input { status: Field::Given(done), longest: 100, ..ticket::Input::default() };
        app.tickets().update(&system, id, Draft::from(input)).await.unwrap();
        assert_eq!(asked(&t, &app, org, id).await, None, "whose turn it is was decided");
    }
}

/// In the sandbox.
mod numbers {
    use super::*;

    db::db_tests! {
        crate::sandbox::tests::db =>
        async fn numbers_move_with_what_happens_and_with_time(t: TestDb) {
            let town = town(&t).await;
            let desk = async |by: &Caller| town.app.desk().numbers(by).await.unwrap();
            let at = |secs| Caller { at: town.staff.at.plus_secs(secs), ..town.staff };
            let before = desk(&town.staff).await;
            assert!(Arc::ptr_eq(&before, &desk(&at(1)).await), "nothing is counted twice while nothing happens");
            let other = signed_in(&town.app, town.system, &town.made.users[2].email, Door::Pages).await;
            assert!(!Arc::ptr_eq(&before, &desk(&other).await), "everybody has their own");

            let input = ticket::Input {
                concerns_id: Field::Given(town.tenant.person()),
                author_id: Field::Given(town.staff.person().unwrap()),
                longest: 100,
                ..ticket::Input::default()
            };
            town.app.tickets().create(&town.staff, Draft::from(input)).await.unwrap();
            let after = desk(&at(2)).await;
            assert_eq!(after.tickets.new, before.tickets.new + 1, "what happened shows at once");
            assert!(Arc::ptr_eq(&after, &desk(&at(3)).await));

            // Midnight, days and months pass without a change: a minute is as long as numbers are kept.
            let day = desk(&at(86_400 + 60)).await;
            assert_eq!(day.tickets.unseen, day.tickets.new, "all that is new has waited for a day");
            assert!(after.tickets.unseen < after.tickets.new);
        }
    }
}
