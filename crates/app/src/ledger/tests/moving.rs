//! Moving in and moving out.

use db::{db_tests, sql};
use kernel::{Error, PersonId};
use uuid::Uuid;

use super::{World, date, draft};
use crate::ledger::{Insurance, LedgerView, MoveIn, State, Who};

fn into(who: Who, unit: Uuid) -> MoveIn {
    MoveIn {
        who,
        unit,
        starts_on: date("2026-11-21"),
        rent: None,
        billing_day: None,
        gate_access_code: None,
        insurance: None,
    }
}

impl World {
    async fn move_in(&self, person: PersonId, unit: Uuid) -> kernel::Result<LedgerView> {
        let input = draft(into(Who::Person(person), unit));
        self.app.ledgers().move_in(&self.system(), self.property, input).await
    }
}

fn conflict(out: kernel::Result<LedgerView>, word: &str) {
    assert_eq!(out.map(|l| l.ledger.id).map_err(|e| e.to_string()), Err(format!("conflict: {word}")));
}

db_tests! {
    async fn moving_in_is_tenancy_account_ledger_and_first_invoice(t: TestDb) {
        let w = World::new(t).await;
        let (unit, ada) = (w.unit("7", 12_000).await, w.person("Ada").await);
        let input = MoveIn {
            starts_on: date("2026-11-20"),
            rent: Some(15_000),
            billing_day: Some(1),
            gate_access_code: Some("4711#".to_owned()),
            insurance: Some(Insurance { premium: 300, text: "Contents".to_owned() }),
            ..into(Who::Person(ada), unit)
        };
        let l = w.app.ledgers().move_in(&w.system(), w.property, draft(input)).await.unwrap();
        // Eleven of thirty days.
        assert_eq!((l.ledger.balance, l.ledger.rent, l.ledger.billing_day), (5_500 + 110, 15_000, 1));
        assert_eq!((l.active, l.opened_on, l.ledger.gate_access_code.as_deref()), (true, date("2026-11-20"), Some("4711#")));
        assert_eq!(l.next_charge, Some((date("2026-12-01"), 15_300)));
        assert!(l.unit.occupied && !l.unit.available && l.unit.current_ledger == Some(l.ledger.uid));
        let invoices = w.app.ledgers().invoices(&w.system(), w.property, l.ledger.uid).await.unwrap();
        assert!(invoices.len() == 1 && invoices[0].lines.iter().all(|l| l.prorated));
        // Dwellingly sees the lease.
        let lease = w.app.tenancies().get(&w.system(), l.ledger.tenancy_id).await.unwrap();
        assert_eq!((lease.resident.person.id, lease.tenancy.unit_number.as_deref()), (ada, Some("7")));
        // Nothing of it is done twice by what comes later.
        w.wait(10);
        w.bill().await;
        assert_eq!(w.ledger().await.ledger.balance, 5_610 + 15_300);
        w.assert_sound().await;
    }

    async fn who_may_not_and_what_is_taken_is_refused(t: TestDb) {
        let w = World::new(t).await;
        let (one, two) = (w.unit("1", 1_000).await, w.unit("2", 1_000).await);
        let (ada, bea) = (w.person("Ada").await, w.person("Bea").await);
        let l = w.move_in(ada, one).await.unwrap();
        conflict(w.move_in(bea, one).await, "unit_occupied");
        w.do_it(|| sql!("UPDATE unit SET rentable = FALSE WHERE number = '2'")).await;
        conflict(w.move_in(bea, two).await, "unit_unrentable");
        w.do_it(|| sql!("UPDATE unit SET rentable = TRUE")).await;
        w.wait(1);
        conflict(w.move_in(ada, two).await, "not_eligible");
        let account = into(Who::Account(l.ledger.account_uid), two);
        conflict(w.app.ledgers().move_in(&w.system(), w.property, draft(account)).await, "not_eligible");
        let wrong = MoveIn {
            rent: Some(-1),
            billing_day: Some(32),
            ..into(Who::Account(Uuid::nil()), Uuid::nil())
        };
        let Err(Error::Invalid(faults)) = w.app.ledgers().move_in(&w.system(), w.property, draft(wrong)).await else {
            panic!("faults")
        };
        let fields: Vec<_> = faults.iter().map(|f| f.path.join(".")).collect();
        assert_eq!(fields, ["unit", "account", "rent", "billing_day"]);
        assert_eq!(w.ledgers().await.len(), 1, "nothing of it happened");
        // Two units of one person are one account with two ledgers.
        w.do_it(|| sql!("UPDATE ledger SET unpaid_since = NULL")).await;
        let second = w.move_in(ada, two).await.unwrap();
        assert_eq!((second.ledger.account_id, second.ledger.number), (l.ledger.account_id, 2));
    }

    async fn moving_out_ends_the_lease_and_keeps_the_balance(t: TestDb) {
        let w = World::new(t).await;
        let (unit, ada) = (w.unit("1", 1_000).await, w.person("Ada").await);
        let l = w.move_in(ada, unit).await.unwrap();
        w.wait(10);
        let early = w.app.now().plus_days(-300);
        let refused = w.app.ledgers().move_out(&w.system(), w.property, l.ledger.uid, early).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
        let at = w.app.now();
        let l = w.app.ledgers().move_out(&w.system(), w.property, l.ledger.uid, at).await.unwrap();
        assert_eq!((l.active, l.ledger.balance, l.ledger.closes_at, l.ledger.next_bill_on), (false, 1_000, Some(at), None));
        conflict(w.app.ledgers().move_out(&w.system(), w.property, l.ledger.uid, at).await, "moved_out_already");
        let lease = w.app.tenancies().get(&w.system(), l.ledger.tenancy_id).await.unwrap().tenancy;
        assert_eq!((lease.shown_end(at), lease.is_running(at), lease.ended_by.as_deref()), (at, false, Some("person")));
        assert!(!w.app.units().get(&w.system(), w.property, unit).await.unwrap().occupied);
        assert_eq!(w.ledgers_of(w.property, State::Previous).await.len(), 1);
        // The next one can come on the same day.
        w.move_in(w.person("Bea").await, unit).await.unwrap_err();
        let input = MoveIn { starts_on: date("2026-12-02"), ..into(Who::Person(w.person("Cem").await), unit) };
        w.app.ledgers().move_in(&w.system(), w.property, draft(input)).await.unwrap();
        assert_eq!(w.bill().await, 0);
    }
}
