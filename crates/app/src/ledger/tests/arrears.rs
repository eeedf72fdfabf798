//! What follows when a charge is not paid in time.

use db::{db_tests, sql};

use kernel::{Draft, Error, Field};

use super::{World, date, draft};
use crate::ledger::{Amount, LateFee, Means, Method, Payment, Rules, Step, Taken};

fn in_full() -> Payment {
    Payment { kind: Amount::Balance, method: Method::new(Means::Cash, None), idempotency_key: None }
}

db_tests! {
    async fn homes_have_no_steps_and_storage_has_its_usual_ones(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await;
        w.bill().await;
        assert!(!w.ledger().await.delinquent, "on its day it is not overdue");
        w.wait(1);
        let view = w.ledger().await;
        assert_eq!((view.delinquent, view.overdue_since, view.overdue), (true, Some(date("2026-11-21")), 1_000));
        w.wait(11);
        assert_eq!(w.follow_up().await, 0);
        w.storage().await;
        assert_eq!(w.follow_up().await, 1);
        assert_eq!(w.follow_up().await, 0, "once a day");
        assert_eq!(w.ledger().await.steps.into_iter().collect::<Vec<_>>(), [Step::GateLockout, Step::Overlock]);
        let account = l.ledger.account_id;
        let d = w.app.ledgers().delinquency(&w.system(), account).await.unwrap();
        assert_eq!((d.gate_lockout, d.overlock, d.cut_lock, d.lien, d.auction), (true, true, false, false, false));
        w.wait(18);
        w.follow_up().await;
        assert_eq!(w.ledger().await.steps.len(), 3);
        assert_eq!(w.number(sql!("SELECT count(*) FROM change WHERE action = 'ledger.step_taken'")).await, 3);
        w.app.ledgers().pay(&w.system(), w.property, l.ledger.uid, draft(in_full())).await.unwrap();
        let view = w.ledger().await;
        assert_eq!((view.delinquent, view.steps.len()), (false, 0));
        assert_eq!(w.number(sql!("SELECT count(*) FROM change WHERE action = 'ledger.settled'")).await, 1);
        w.assert_sound().await;
    }

    async fn a_late_fee_is_charged_once_for_each_charge_that_is_late(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await;
        let rules = Rules { late_fee: Some(LateFee { after_days: 5, amount: 200 }), steps: Vec::new() };
        w.app.ledgers().set_rules(&w.system(), w.property, rules).await.unwrap();
        w.bill().await;
        let mut balances = Vec::new();
        for _ in 0..20 {
            w.wait(1);
            w.follow_up().await;
            balances.push(w.ledger().await.ledger.balance);
        }
        assert_eq!((balances[3], balances[4], balances[19]), (1_000, 1_200, 1_200));
        // The rent is paid, the fee is not: no fee for the fee.
        let rent = Payment { kind: Amount::Custom { amount: 1_000 }, ..in_full() };
        w.app.ledgers().pay(&w.system(), w.property, l.ledger.uid, draft(rent)).await.unwrap();
        w.wait(9);
        w.follow_up().await;
        assert_eq!((w.ledger().await.ledger.balance, w.ledger().await.delinquent), (200, true));
        // The next rent is late as well.
        w.wait(10);
        w.bill().await;
        w.follow_up().await;
        assert_eq!(w.ledger().await.ledger.balance, 1_400);
        w.assert_sound().await;
    }

    async fn who_is_let_off_is_left_out(t: TestDb) {
        let w = World::new(t).await;
        w.let_unit(1_000).await;
        w.storage().await;
        w.bill().await;
        w.wait(20);
        w.do_it(|| sql!("UPDATE preference SET value = 'true' WHERE name = 'delinquency_exempt'")).await;
        assert_eq!(w.follow_up().await, 0);
        w.do_it(|| sql!("UPDATE preference SET value = 'false' WHERE name = 'delinquency_exempt'")).await;
        assert_eq!(w.follow_up().await, 1);
    }

    async fn a_payment_that_bounces_brings_the_steps_back(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await;
        w.storage().await;
        w.bill().await;
        w.wait(7);
        w.follow_up().await;
        let paid = w.app.ledgers().pay(&w.system(), w.property, l.ledger.uid, draft(in_full())).await.unwrap();
        w.app.ledgers().reverse(&w.system(), w.property, l.ledger.uid, paid.uid, "bounced".to_owned()).await.unwrap();
        w.follow_up().await;
        let view = w.ledger().await;
        assert_eq!((view.steps.len(), view.payments.len(), view.payments[0].success), (1, 1, false));
    }

    async fn while_it_is_paused_nothing_follows(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await;
        w.storage().await;
        let rules = Rules { late_fee: Some(LateFee { after_days: 2, amount: 200 }), ..Rules::of_kind("storage") };
        w.app.ledgers().set_rules(&w.system(), w.property, rules).await.unwrap();
        w.bill().await;
        let until = |day: &str| Draft::from((Field::Given(date(day)), Field::Given(Some("Pays in parts".to_owned()))));
        let ledgers = || w.app.ledgers();
        for wrong in ["2026-11-20", "2028-01-01"] {
            assert!(ledgers().pause_steps(&w.system(), w.property, l.ledger.uid, until(wrong)).await.is_err(), "{wrong}");
        }
        ledgers().pause_steps(&w.system(), w.property, l.ledger.uid, until("2026-12-01")).await.unwrap();
        w.wait(10);
        w.follow_up().await;
        let view = w.ledger().await;
        assert_eq!((view.ledger.balance, view.steps.len()), (1_000, 0), "on the last day of the pause, too");
        let open = ledgers().open(&w.system(), view.ledger.id, None).await.unwrap();
        assert_eq!(open.paused_until, Some(date("2026-12-01")));
        // Whoever lets it go on earlier need not wait for tomorrow.
        ledgers().resume_steps(&w.system(), w.property, l.ledger.uid).await.unwrap();
        ledgers().resume_steps(&w.system(), w.property, l.ledger.uid).await.unwrap();
        w.follow_up().await;
        let view = w.ledger().await;
        assert_eq!((view.ledger.balance, view.steps.len()), (1_200, 2));
        let noted = async |action| w.number(sql!("SELECT count(*) FROM change WHERE action = $1", action)).await;
        assert_eq!((noted("ledger.steps_paused").await, noted("ledger.steps_resumed").await), (1, 1), "each once");
        ledgers().pause_steps(&w.system(), w.property, l.ledger.uid, until("2026-12-02")).await.unwrap();
        w.wait(2);
        w.follow_up().await;
        assert_eq!(w.ledger().await.steps.len(), 2, "what was taken stays; the pause is over by itself");
        w.wait(30);
        w.follow_up().await;
        assert_eq!(w.ledger().await.steps.len(), 3);
        w.assert_sound().await;
    }

    async fn a_step_is_taken_by_hand_once_and_goes_when_all_is_paid(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await;
        w.bill().await;
        let ledgers = || w.app.ledgers();
        let lien = |on: &str| Draft::from(Taken { step: Field::Given(Step::Lien), on: Field::Given(date(on)), ..Taken::default() });
        let take = async |on: &str| ledgers().take_step(&w.system(), w.property, l.ledger.uid, lien(on)).await;
        assert!(matches!(take("2026-11-21").await, Err(Error::Conflict("not_overdue"))));
        w.wait(5);
        for wrong in ["2026-11-20", "2026-11-27"] {
            assert!(matches!(take(wrong).await, Err(Error::Invalid(_))), "{wrong}");
        }
        take("2026-11-25").await.unwrap();
        assert!(matches!(take("2026-11-25").await, Err(Error::Invalid(_))), "once");
        assert!(ledgers().delinquency(&w.system(), l.ledger.account_id).await.unwrap().lien);
        ledgers().undo_step(&w.system(), w.property, l.ledger.uid, Step::Lien).await.unwrap();
        let again = ledgers().undo_step(&w.system(), w.property, l.ledger.uid, Step::Lien).await;
        assert!(matches!(again, Err(Error::NotFound(_))));
        take("2026-11-26").await.unwrap();
        ledgers().pay(&w.system(), w.property, l.ledger.uid, draft(in_full())).await.unwrap();
        assert!(w.ledger().await.steps.is_empty());
        assert!(matches!(ledgers().remind(&w.system(), w.property, l.ledger.uid).await, Err(Error::Conflict("not_overdue"))));
    }

    async fn rules_that_cannot_be_read_are_none(t: TestDb) {
        let w = World::new(t).await;
        w.let_unit(1_000).await;
        w.storage().await;
        w.do_it(|| sql!("INSERT INTO property_setting (org_id, property_id, name, value) SELECT org_id, id, 'delinquency', 'oops' FROM property")).await;
        w.bill().await;
        w.wait(90);
        assert_eq!((w.follow_up().await, w.ledger().await.steps.len()), (1, 0));
    }
}
