//! The rules of passkeys, on both databases. What devices say is tested where they are asked, at the pages.

use db::{db_tests, sql, testing::TestDb};
use kernel::{Caller, Error, OrgId, PersonId, Problem};

use super::{LONGEST_NAME, MOST, New, add, find, first_answer, remove};
use crate::{App, login, sandbox};

/// The sandbox, and somebody in it who signs in with a password.
async fn filled(t: &TestDb) -> (App, Caller, PersonId) {
    let (app, made) = sandbox::tests::settled(t).await;
    let (caller, org) = (app.system(made.organization.id), made.organization.id);
    let query = async move |r: &db::Read| {
        r.one(sql!("SELECT min(person_id) FROM login WHERE org_id = $1 AND password_hash IS NOT NULL", org)).await
    };
    let person = t.db.read(&caller, query).await.unwrap();
    (app, caller, person)
}

fn key(n: u8, name: &str) -> New {
    New {
        credential: vec![n; 16],
        rp_id: "home.example".to_owned(),
        public_key: vec![1],
        state: vec![2],
        name: name.to_owned(),
    }
}

db_tests! {
    crate::sandbox::tests::db =>
    async fn names_are_short_and_said(t: TestDb) {
        let (_, caller, me) = filled(&t).await;
        let (long, longer) = ("ä".repeat(LONGEST_NAME), "ä".repeat(LONGEST_NAME + 1));
        for (name, problem) in [
            (" ", Some(Problem::Required)),
            (long.as_str(), None),
            (longer.as_str(), Some(Problem::TooLong(LONGEST_NAME))),
            ("a\0", Some(Problem::Malformed)),
        ] {
            let new = key(u8::try_from(name.len() % 250).unwrap(), name);
            let added = t.db.write(&caller, async move |w| add(w, me, &new).await.map(drop)).await;
            match (added, problem) {
                (Ok(()), None) => {}
                (Err(Error::Invalid(faults)), Some(problem)) => {
                    assert_eq!(faults.iter().map(|f| f.problem.clone()).collect::<Vec<_>>(), [problem], "{name:?}");
                }
                (added, _) => panic!("{name:?}: {added:?}"),
            }
        }
    }

    async fn there_are_not_too_many_and_none_twice(t: TestDb) {
        let (app, caller, me) = filled(&t).await;
        for n in 0..MOST {
            let new = key(u8::try_from(n).unwrap(), "Key");
            t.db.write(&caller, async move |w| add(w, me, &new).await).await.unwrap();
        }
        let new = key(200, "Key");
        let added = t.db.write(&caller, async move |w| add(w, me, &new).await).await;
        assert!(matches!(added, Err(Error::Conflict("too_many_passkeys"))), "{added:?}");
        let other: PersonId = t.db.read(&caller, async move |r| {
            let org = r.caller().org;
            r.one(sql!("SELECT max(person_id) FROM login WHERE org_id = $1 AND person_id <> $2", org, me)).await
        }).await.unwrap();
        let new = key(0, "Key");
        let added = t.db.write(&caller, async move |w| add(w, other, &new).await).await;
        assert!(matches!(added, Err(Error::Conflict("passkey_taken"))), "{added:?}");
        // A login that ends takes its passkeys along.
        t.db.write(&caller, async move |w| login::remove(w, me).await).await.unwrap();
        let known = async |org: OrgId| t.db.read(&app.system(org), async |r| find(r, &[0; 16]).await).await.unwrap();
        assert!(known(caller.org).await.is_none());
    }

    async fn a_key_is_known_in_its_own_organization_and_removed_by_its_owner(t: TestDb) {
        let (app, caller, me) = filled(&t).await;
        let new = key(1, " Key ");
        let id = t.db.write(&caller, async move |w| add(w, me, &new).await).await.unwrap();
        let known = async |org: OrgId| t.db.read(&app.system(org), async |r| find(r, &[1; 16]).await).await.unwrap();
        assert_eq!(known(caller.org).await.map(|k| (k.id, k.person_id)), Some((id, me)));
        assert!(known(OrgId::new(caller.org.get() + 1)).await.is_none());
        let stranger = PersonId::new(me.get() + 1);
        let removed = t.db.write(&caller, async move |w| remove(w, stranger, id).await).await;
        assert!(matches!(removed, Err(Error::NotFound("passkey"))), "{removed:?}");
        let alone = async move |w: &db::Write| {
            let org = w.caller().org;
            w.execute(sql!("UPDATE login SET password_hash = NULL WHERE org_id = $1 AND person_id = $2", org, me)).await
        };
        t.db.write(&caller, alone).await.unwrap();
        let removed = t.db.write(&caller, async move |w| remove(w, me, id).await).await;
        assert!(matches!(removed, Err(Error::Conflict("last_way_in"))), "{removed:?}");
        let new = key(2, "Another");
        t.db.write(&caller, async move |w| add(w, me, &new).await).await.unwrap();
        t.db.write(&caller, async move |w| remove(w, me, id).await).await.unwrap();
        assert!(known(caller.org).await.is_none());
    }

    async fn a_challenge_is_answered_once_and_then_forgotten(t: TestDb) {
        let (app, caller, _) = filled(&t).await;
        let until = caller.at.plus_secs(300);
        let answer = async |n: u8| t.db.write(&caller, async move |w| first_answer(w, &[n; 32], until).await).await.unwrap();
        assert!(answer(1).await && answer(2).await);
        assert!(!answer(1).await);
        let later = Caller { at: caller.at.plus_secs(301), ..app.system(OrgId::new(0)) };
        app.jobs().clean_up(&later).await.unwrap();
        assert!(answer(1).await);
    }
}
