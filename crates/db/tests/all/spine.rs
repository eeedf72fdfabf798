//! The spine of changes: numbered for each organization without gaps, and only for what stays.

use db::{Change, db_tests, row, sql};
use kernel::{Caller, Door, Error, Instant, OrgId, PersonId, Principal, PropertyId, SessionId, TicketId, UnitId};
use tokio::task::JoinSet;

use crate::{SYSTEM, assert_defect, note, noted, notes, organization, system};

row! {
    #[derive(Debug, PartialEq)]
    struct Row {
        org_id: OrgId,
        seq: i64,
        at: Instant,
        actor_kind: String,
        actor_id: Option<PersonId>,
        session_id: Option<SessionId>,
        door: String,
        action: String,
        entity: String,
        entity_id: i64,
        property_id: Option<PropertyId>,
        unit_id: Option<UnitId>,
        person_id: Option<PersonId>,
        data: String,
    }
}

async fn changes(t: &db::testing::TestDb) -> Vec<Row> {
    let all = async |r: &db::Read| {
        r.all(sql!(
            "SELECT org_id, seq, at, actor_kind, actor_id, session_id, door, action, entity, entity_id, property_id, unit_id, person_id, data \
             FROM change ORDER BY org_id, seq"
        ))
        .await
    };
    t.db.read(&SYSTEM, all).await.unwrap()
}

async fn last(t: &db::testing::TestDb, org: i64) -> i64 {
    t.db.read(&SYSTEM, async move |r| r.one(sql!("SELECT seq FROM feed WHERE org_id = $1", org)).await).await.unwrap()
}

const TICKET: TicketId = TicketId::new(5);

db_tests! {
    async fn a_change_says_who_did_what_and_where(t: TestDb) {
        organization(&t, 3).await;
        let at = Instant::from_micros(1_700_000_000_123_456);
        let principal = Principal::Person { person: PersonId::new(11), session: SessionId::new(12) };
        let caller = Caller { org: OrgId::new(3), principal, door: Door::Dwellingly, at, only: None };
        t.db.write(&caller, async |w| {
            w.change(Change::new("ticket.closed", TICKET).property(PropertyId::new(6)).unit(Some(UnitId::new(7)))
                .person(PersonId::new(8)).data(r#"{"status":["open","done"]}"#.to_owned()));
            w.change(Change::new("ticket.seen", TICKET).unit(None));
            assert_eq!(w.now(), w.caller().at);
            Ok(())
        }).await.unwrap();
        t.db.write(&Caller::anonymous(OrgId::new(3), Door::Pages, at), async |w| {
            w.change(Change::new("person.registered", PersonId::new(9)));
            Ok(())
        }).await.unwrap();
        let row = |seq, kind: &str, action: &str, entity: &str, entity_id| Row {
            org_id: caller.org, seq, at, actor_kind: kind.to_owned(), actor_id: None, session_id: None, door: "pages".to_owned(),
            action: action.to_owned(), entity: entity.to_owned(), entity_id, property_id: None, unit_id: None, person_id: None, data: String::new(),
        };
        let by_person = |seq, action| Row {
            actor_id: Some(PersonId::new(11)), session_id: Some(SessionId::new(12)), door: "dwellingly".to_owned(),
            ..row(seq, "person", action, "ticket", 5)
        };
        assert_eq!(changes(&t).await, [
            Row {
                property_id: Some(PropertyId::new(6)), unit_id: Some(UnitId::new(7)), person_id: Some(PersonId::new(8)),
                data: r#"{"status":["open","done"]}"#.to_owned(), ..by_person(1, "ticket.closed")
            },
            by_person(2, "ticket.seen"),
            row(3, "anonymous", "person.registered", "person", 9),
        ]);
    }

    async fn what_did_not_happen_leaves_no_change(t: TestDb) {
        let caller = organization(&t, 1).await;
        notes(&t).await;
        let refused: Result<(), Error> = t.db.write(&caller, async |w| {
            w.change(Change::new("ticket.closed", TICKET));
            Err(Error::Forbidden)
        }).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        let panicked: Result<(), Error> = t.db.write(&caller, async |w| {
            w.change(Change::new("ticket.closed", TICKET));
            panic!("after a change")
        }).await;
        assert_defect(panicked, "after a change");
        // The next operation on the same connection inherits nothing, and without a change nothing is numbered.
        t.db.write(&caller, async |w| note(w, 1).await).await.unwrap();
        assert_eq!((changes(&t).await.len(), last(&t, 1).await), (0, 0));
    }

    async fn a_change_that_cannot_be_written_undoes_the_operation(t: TestDb) {
        notes(&t).await;
        let nowhere = t.db.write(&system(99), async |w| {
            note(w, 1).await?;
            w.change(Change::new("ticket.closed", TICKET));
            Ok(())
        }).await;
        assert_defect(nowhere, "a statement that always has a row had none");
        let caller = organization(&t, 1).await;
        t.schema("INSERT INTO change (org_id, seq, at, actor_kind, door, action, entity, entity_id, data)
                  VALUES (1, 2, 0, '', '', '', '', 0, '');").await;
        let taken = t.db.write(&caller, async |w| {
            note(w, 2).await?;
            w.change(Change::new("ticket.closed", TICKET));
            w.change(Change::new("ticket.closed", TICKET));
            Ok(())
        }).await;
        assert_defect(taken, "handle.rs");
        assert_eq!((noted(&t).await, last(&t, 1).await), (vec![], 0));
    }

    async fn numbers_have_no_gaps(t: TestDb) {
        for org in 1..=3 {
            organization(&t, org).await;
        }
        notes(&t).await;
        let mut tasks = JoinSet::new();
        for task in 0..16i64 {
            let db = t.db.clone();
            tasks.spawn(async move {
                let mut noted = [0; 3];
                for i in 0..30i64 {
                    let org = (task + i) % 3;
                    let out = db.write(&system(org + 1), async move |w| {
                        for _ in 0..i % 4 {
                            w.change(Change::new("ticket.closed", TicketId::new(task * 100 + i)));
                        }
                        note(w, task * 100 + i).await?;
                        match i % 5 {
                            1 => Err(Error::Conflict("a_rule")),
                            2 => note(w, task * 100 + i).await.map(drop),
                            3 => panic!("sometimes"),
                            _ => Ok(()),
                        }
                    }).await;
                    assert_eq!(out.is_ok(), matches!(i % 5, 0 | 4), "{out:?}");
                    noted[org as usize] += if out.is_ok() { i % 4 } else { 0 };
                }
                noted
            });
        }
        let counts = tasks.join_all().await.into_iter().fold([0; 3], |sum, n| std::array::from_fn(|i| sum[i] + n[i]));
        let rows = changes(&t).await;
        for org in 1..=3 {
            let mine: Vec<i64> = rows.iter().filter(|r| r.org_id.get() == org).map(|r| r.seq).collect();
            let count = counts[org as usize - 1];
            assert!(count > 50);
            assert_eq!(mine, (1..=count).collect::<Vec<_>>());
            assert_eq!(last(&t, org).await, count);
        }
        // The changes of one operation are neighbours.
        let mut ids: Vec<i64> = rows.iter().map(|r| r.entity_id).collect();
        ids.dedup();
        let operations = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), operations);
    }
}
