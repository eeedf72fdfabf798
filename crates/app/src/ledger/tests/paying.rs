//! Payments.

use db::{db_tests, sql};
use kernel::Error;

use super::{World, draft};
use crate::ledger::{Amount, Insurance, Means, Method, Payment, Receipt};

fn paid(kind: Amount, key: Option<&str>) -> Payment {
    let method = Method::new(Means::CreditCard, Some("4111 1111 1111 1234"));
    Payment { kind, method, idempotency_key: key.map(str::to_owned) }
}

impl World {
    async fn pay(&self, kind: Amount, key: Option<&str>) -> kernel::Result<Receipt> {
        let ledger = self.ledger().await.ledger.uid;
        self.app.ledgers().pay(&self.system(), self.property, ledger, draft(paid(kind, key))).await
    }
}

fn faulty(out: kernel::Result<Receipt>, field: &str) {
    let Err(Error::Invalid(faults)) = out else { panic!("{out:?}") };
    assert!(faults.iter().all(|f| f.path == ["payment", field]), "{faults:?}");
}

db_tests! {
    async fn the_same_key_again_pays_nothing(t: TestDb) {
        let w = World::new(t).await;
        w.let_unit(1_000).await;
        w.bill().await;
        let first = w.pay(Amount::Custom { amount: 400 }, Some("k1")).await.unwrap();
        let again = w.pay(Amount::Custom { amount: 400 }, Some("k1")).await.unwrap();
        assert_eq!((&first, first.amount), (&again, 400));
        let view = w.ledger().await;
        assert_eq!((view.ledger.balance, view.payments.len(), view.open_charges[0].open), (600, 1, 600));
        assert_eq!(view.payments[0].method.as_ref().unwrap().last_four(), Some("1234"));
        assert_eq!(w.number(sql!("SELECT count(*) FROM ledger_entry WHERE method = 'credit_card:1234'")).await, 1);
        assert_eq!(w.pay(Amount::Custom { amount: 400 }, Some("k2")).await.unwrap().amount, 400);
    }

    async fn two_at_once_pay_once(t: TestDb) {
        let w = World::new(t).await;
        w.let_unit(1_000).await;
        w.bill().await;
        let both = tokio::join!(w.pay(Amount::Balance, Some("k")), w.pay(Amount::Balance, Some("k")));
        assert_eq!(both.0.unwrap(), both.1.unwrap());
        // Without a key one of the two finds nothing left to pay.
        w.wait(30);
        w.bill().await;
        let both = tokio::join!(w.pay(Amount::Balance, None), w.pay(Amount::Balance, None));
        assert_eq!(u8::from(both.0.is_ok()) + u8::from(both.1.is_ok()), 1);
        assert_eq!(w.ledger().await.ledger.balance, 0);
        w.assert_sound().await;
    }

    async fn only_a_prepayment_is_more_than_what_is_owed(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await;
        let insurance = Some(Insurance { premium: 100, text: "x".to_owned() });
        w.app.ledgers().set_insurance(&w.system(), w.property, l.ledger.uid, insurance).await.unwrap();
        w.bill().await;
        for amount in [0, -5, 1_101, i64::MAX, i64::MIN] {
            faulty(w.pay(Amount::Custom { amount }, None).await, "amount");
        }
        for months in [0, -1, 121, i64::MAX / 1_100] {
            faulty(w.pay(Amount::Prepay { months }, None).await, "months");
        }
        assert_eq!(w.pay(Amount::Prepay { months: 2 }, None).await.unwrap().amount, 3_300);
        let view = w.ledger().await;
        assert_eq!((view.ledger.balance, view.prepaid), (-2_200, 2_200));
        assert!(matches!(w.pay(Amount::Balance, None).await, Err(Error::Conflict("nothing_to_pay"))));
        // What was paid ahead settles what comes.
        w.wait(75);
        w.bill().await;
        let view = w.ledger().await;
        assert_eq!((view.ledger.balance, view.delinquent), (0, false));
        assert_eq!(view.ledger.paid_through_on, Some("2027-02-20".parse().unwrap()));
        w.assert_sound().await;
    }

    async fn a_property_and_an_account_can_refuse(t: TestDb) {
        let w = World::new(t).await;
        w.let_unit(1_000).await;
        w.bill().await;
        w.do_it(|| sql!("INSERT INTO property_setting (org_id, property_id, name, value) SELECT org_id, id, 'tenant_portal_disable_partial_payment', 'true' FROM property")).await;
        let part = w.pay(Amount::Custom { amount: 1 }, None).await;
        assert!(matches!(part, Err(Error::Conflict("partial_payment_disabled"))));
        w.do_it(|| sql!("UPDATE account SET blocked_payments = TRUE")).await;
        assert!(matches!(w.pay(Amount::Balance, None).await, Err(Error::Conflict("payments_blocked"))));
    }

    async fn of_a_number_four_digits_are_kept(t: TestDb) {
        drop(t);
        for (number, kept) in [("4111-1111-1111-1234", Some("1234")), ("12", Some("12")), ("", None), ("xx", None)] {
            assert_eq!(Method::new(Means::Ach, Some(number)).last_four(), kept);
        }
    }
}
