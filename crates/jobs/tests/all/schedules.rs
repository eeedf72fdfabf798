//! What comes back again and again.

use db::{db_tests, sql};
use jobs::schedule::SCHEDULES;

use super::{Org, World};

impl Org<'_> {
    /// Makes tenancies of the one person whose end has come, and one that still runs.
    async fn tenancies(&self, ended: i64) {
        let person = self.person;
        let insert = async move |w: &db::Write, _: &kernel::Actor| {
            let (org, now) = (w.caller().org, w.now());
            let property: kernel::PropertyId = w
                .one(sql!(
                    "INSERT INTO property (uid, org_id, name, name_key, kind, street, city, state, postal, country, time_zone, created_at, updated_at) \
                     VALUES ($1, $2, 'Pier 1', 'pier 1', 'residential', '', '', '', '', 'US', 'UTC', 0, 0) RETURNING id",
                    w.uid(), org
                ))
                .await?;
            for i in 0..=ended {
                w.execute(sql!(
                    "INSERT INTO tenancy (uid, org_id, person_id, property_id, role, starts_at, ends_at, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, 'tenant', 0, $5, 0, 0)",
                    w.uid(), org, person, property, now.plus_secs(if i < ended { -i } else { 50 })
                ))
                .await?;
            }
            Ok(())
        };
        self.world.app.write(&self.system(), insert).await.unwrap();
    }
}

impl World {
    /// A counter of failed sign-ins, untouched for longer than a day.
    async fn old_attempt(&self) {
        let insert = async |w: &db::Write, _: &kernel::Actor| {
            let last = w.now().plus_days(-2);
            w.execute(sql!(
                "INSERT INTO attempt (name, failures, closed_until, last_at) VALUES ('login:1:x', 1, 0, $1)",
                last
            ))
            .await
        };
        self.app.write(&self.install(), insert).await.unwrap();
    }

    async fn attempts(&self) -> i64 {
        self.number(async |r| r.one(sql!("SELECT count(*) FROM attempt")).await).await
    }
}

db_tests! {
    async fn every_hour_what_has_run_out_is_forgotten(t: TestDb) {
        let w = World::new(t).await;
        w.old_attempt().await;
        let runner = w.runner_without_mailer();
        assert_eq!(runner.tick().await.unwrap(), SCHEDULES.len(), "the schedules, once each");
        assert_eq!(w.attempts().await, 0);

        w.old_attempt().await;
        // To 16:59:59, and with the next second to 17:00.
        w.wait(3_589);
        runner.tick().await.unwrap();
        assert_eq!(w.attempts().await, 1);
        w.wait(1);
        runner.tick().await.unwrap();
        assert_eq!(w.attempts().await, 0);
    }

    async fn every_minute_ended_tenancies_are_noted_once(t: TestDb) {
        let w = World::new(t).await;
        let (a, b) = (w.organization("a").await, w.organization("b").await);
        a.tenancies(3).await;
        b.tenancies(1).await;
        let (one, two) = (w.runner_without_mailer(), w.runner_without_mailer());
        let (x, y) = tokio::join!(one.tick(), two.tick());
        assert_eq!(x.unwrap() + y.unwrap(), SCHEDULES.len(), "the schedules, once each");
        assert_eq!((a.changes("tenancy.ended").await, b.changes("tenancy.ended").await), (3, 1));

        // The third and second of both end at 16:01:00, which is when the schedule comes back.
        w.wait(49);
        one.tick().await.unwrap();
        assert_eq!((a.changes("tenancy.ended").await, b.changes("tenancy.ended").await), (3, 1));
        w.wait(1);
        two.tick().await.unwrap();
        assert_eq!(one.tick().await.unwrap(), 0, "one of them does it");
        assert_eq!((a.changes("tenancy.ended").await, b.changes("tenancy.ended").await), (4, 2));
        w.wait(60);
        one.tick().await.unwrap();
        assert_eq!((a.changes("tenancy.ended").await, b.changes("tenancy.ended").await), (4, 2));
    }

    async fn a_long_pause_is_caught_up_with(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let runner = w.runner_without_mailer();
        runner.tick().await.unwrap();
        org.tenancies(1_200).await;
        w.wait(7 * 86_400);
        assert_eq!(runner.tick().await.unwrap(), SCHEDULES.len(), "a week is one run of each");
        assert_eq!(org.changes("tenancy.ended").await, 1_201);
        assert_eq!(runner.tick().await.unwrap(), 0);
    }

    async fn a_schedule_outlives_its_failures(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let runner = w.runner_without_mailer();
        runner.tick().await.unwrap();
        org.tenancies(1).await;
        // Without its feed an organization cannot note anything.
        let feed = |by: i64| {
            let org = org.id;
            async move |w: &db::Write, _: &kernel::Actor| w.execute(sql!("UPDATE feed SET org_id = org_id + $2 WHERE org_id = $1", org, by)).await
        };
        let none = async |w: &db::Write, _: &kernel::Actor| {
            w.execute(sql!(
                "INSERT INTO organization (uid, name, slug, country, calling_code, currency, locale, time_zone, created_at, updated_at) \
                 VALUES ($1, '', 'no-feed', 'US', '1', 'USD', 'en', 'UTC', 0, 0)",
                w.uid()
            ))
            .await
        };
        w.app.write(&w.install(), none).await.unwrap();
        w.app.write(&w.install(), feed(1)).await.unwrap();
        for _ in 0..20 {
            w.wait(60);
            runner.tick().await.unwrap();
        }
        assert_eq!(org.changes("tenancy.ended").await, 0);
        let fail = async |r: &db::Read| r.one(sql!("SELECT count(*) FROM job WHERE kind = 'end_tenancies' AND last_error IS NOT NULL AND dead_at IS NULL")).await;
        assert_eq!(w.number(fail).await, 1);

        let back = async |w: &db::Write, _: &kernel::Actor| w.execute(sql!("UPDATE feed SET org_id = org_id - 1")).await;
        w.app.write(&w.install(), back).await.unwrap();
        w.wait(60);
        runner.tick().await.unwrap();
        assert_eq!(org.changes("tenancy.ended").await, 2);
        assert_eq!(w.number(fail).await, 0);
    }
}
