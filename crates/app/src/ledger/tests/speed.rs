//! How fast many are charged; to be run by hand, in release.

use db::db_tests;

use super::World;
use crate::generate;

db_tests! {
    #[ignore = "takes its time; see the message"]
    async fn ten_thousand_ledgers_are_charged_for_a_month(t: TestDb) {
        let w = World::new(t).await;
        w.do_it(|| db::sql!("UPDATE property SET deleted_at = 1")).await;
        let order = generate::Order { units: 10_800, seed: 1, password_hash: None };
        #[expect(clippy::disallowed_methods, reason = "it is the time of day that is measured")]
        let now = || jiff::Timestamp::now().as_millisecond();
        let begin = now();
        generate::run(&w.app, &w.system(), &order, |_, _| ()).await.unwrap();
        println!("{:?}: generated in {} ms", w.t.db.dialect(), now() - begin);
        w.wait(31);
        let begin = now();
        let charged = w.bill().await;
        println!("{:?}: charged {charged} in {} ms", w.t.db.dialect(), now() - begin);
        assert!(charged >= 10_000);
        w.assert_sound().await;
    }
}
