use db::{db_tests, sql, testing::TestDb};
use kernel::{Caller, Error, OrgId};

use super::{Order, Summary, run};
use crate::{
    App, organization,
    sandbox::tests::{app, assert_sound, dump, number},
};

async fn generated(t: &TestDb, order: &Order) -> (App, Caller, Summary) {
    let app = app(t);
    let new = organization::New {
        name: "Wohnbau Mitte".to_owned(),
        slug: "mitte".to_owned(),
        host: None,
        country: "DE".to_owned(),
        calling_code: "49".to_owned(),
        currency: "EUR".to_owned(),
        locale: "de".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
    };
    // Founded before the first generated day.
    let founded = Caller::system(OrgId::new(0), app.now().plus_days(-1_000));
    let org = app.organizations().create(&founded, new).await.unwrap();
    let caller = app.system(org);
    let mut told = (0, 1);
    let summary = run(&app, &caller, order, |done, total| {
        assert!(done >= told.0 && done <= total);
        told = (done, total);
    })
    .await
    .unwrap();
    assert_eq!(told.0, told.1, "all is done in the end");
    (app, caller, summary)
}

const ORDER: Order = Order { units: 200, seed: 11, password_hash: None };

db_tests! {
    async fn it_is_the_same_each_time(t: TestDb) {
        let u = TestDb::new(t.db.dialect()).await;
        let (first, second) = (generated(&t, &ORDER).await.2, generated(&u, &ORDER).await.2);
        assert_eq!(first, second);
        let (a, b) = (dump(&t).await, dump(&u).await);
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(&b) {
            assert_eq!(a, b);
        }
    }

    async fn it_is_sound(t: TestDb) {
        let (_, _, summary) = generated(&t, &ORDER).await;
        assert_sound(&t).await;
        let rows = [
            (summary.units, sql!("SELECT count(*) FROM unit")),
            (summary.properties, sql!("SELECT count(*) FROM property")),
            (summary.residents, sql!("SELECT count(*) FROM person WHERE is_resident")),
            (summary.residents, sql!("SELECT count(*) FROM tenancy")),
            (summary.residents, sql!("SELECT count(*) FROM account")),
            (summary.residents, sql!("SELECT count(*) FROM ledger")),
            (summary.units, sql!("SELECT count(*) FROM unit WHERE price > 0")),
            (summary.staff + summary.property_managers, sql!("SELECT count(*) FROM role_grant")),
            (summary.tickets, sql!("SELECT count(*) FROM ticket")),
            (summary.notes, sql!("SELECT count(*) FROM comment")),
        ];
        for (told, query) in rows {
            assert_eq!(i64::try_from(told).unwrap(), number(&t, query).await);
        }
    }

    async fn those_who_live_there_are_billed_from_today_on(t: TestDb) {
        let (app, _, _) = generated(&t, &ORDER).await;
        let unlike = sql!(
            "SELECT count(*) FROM ledger l JOIN unit u ON u.id = l.unit_id WHERE (l.closes_at IS NULL OR l.closes_at > $1) \
             AND (l.rent <> u.price OR l.next_bill_on IS NULL OR l.next_bill_on < '2026-11-21' OR l.next_bill_on > '2026-12-21')",
            app.now()
        );
        assert_eq!(number(&t, unlike).await, 0);
        assert_eq!(number(&t, sql!("SELECT count(*) FROM ledger WHERE closes_at <= $1 AND next_bill_on IS NOT NULL", app.now())).await, 0);
    }

    async fn it_looks_like_an_organization(t: TestDb) {
        let (app, caller, summary) = generated(&t, &Order { password_hash: Some("$hash$".to_owned()), ..ORDER }).await;
        assert_eq!((summary.units, summary.tickets, summary.staff, summary.property_managers), (200, 180, 2, 1));
        let properties = app.properties().list(&caller).await.unwrap();
        for p in &properties {
            let p = &p.leased.property;
            assert!((8..=120).contains(&p.unit_count) && p.declared_units == Some(p.unit_count), "{}", p.unit_count);
        }
        let residents = app.residents().list(&caller).await.unwrap();
        let live = residents.iter().filter(|p| p.lease.as_ref().is_some_and(|l| l.is_running(app.now()))).count();
        assert!((170..=198).contains(&live), "{live} of 200 units are let");
        assert!(residents.iter().all(|p| p.person.phone.is_some() && p.lease.is_some()));
        assert!(residents.iter().any(|p| p.person.archived_at.is_some()) && residents.iter().any(|p| p.staff.is_empty()));
        let done = number(&t, sql!("SELECT count(*) FROM ticket WHERE status = 'done'")).await;
        let rejected = number(&t, sql!("SELECT count(*) FROM ticket WHERE status = 'rejected'")).await;
        let rest = 180 - done - rejected;
        assert!((125..=170).contains(&done) && rejected > 0 && rest > 8, "{done} done, {rejected} rejected, {rest} others");
        assert_eq!(number(&t, sql!("SELECT count(*) FROM login WHERE status = 'active' AND password_hash = '$hash$'")).await, 3);
    }

    async fn it_fills_empty_organizations_only(t: TestDb) {
        let (app, caller, _) = generated(&t, &Order { units: 3, ..ORDER }).await;
        let again = run(&app, &caller, &ORDER, |_, _| ()).await;
        assert!(matches!(again, Err(Error::Conflict("has_properties"))), "{again:?}");
        let nobody = Caller::anonymous(caller.org, kernel::Door::Pages, app.now());
        assert!(matches!(run(&app, &nobody, &ORDER, |_, _| ()).await, Err(Error::Forbidden)));
    }

    async fn no_units_are_no_work(t: TestDb) {
        let (_, _, summary) = generated(&t, &Order { units: 0, ..ORDER }).await;
        assert_eq!(summary, Summary::default());
    }
}
