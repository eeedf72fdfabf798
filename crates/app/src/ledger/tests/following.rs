//! Ledgers follow what is written about tenancies.

use db::{db_tests, sql};
use kernel::{Field, Instant};

use super::{World, date};
use crate::{
    ledger::{Extra, State},
    resident, tenancy,
};

fn to_unit(number: Option<&str>) -> tenancy::Input {
    tenancy::Input { unit_number: Field::Given(number.map(str::to_owned)), ..Default::default() }
}

fn extra(amount: i64) -> Extra {
    Extra { amount, text: "A key".to_owned(), code: "key".to_owned(), on: None, key: None }
}

impl World {
    async fn archive(&self, person: kernel::PersonId, archived: bool) {
        let input = resident::Input { archived: Field::Given(archived), ..Default::default() };
        let update = async move |w: &db::Write, _: &_| {
            let now = resident::get(w, person).await?;
            resident::update(w, &now, &input, kernel::Faults::new()).await
        };
        self.app.write(&self.system(), update).await.unwrap();
    }

    async fn states(&self) -> (usize, usize) {
        let count = async |state| self.ledgers_of(self.property, state).await.len();
        (count(State::Current).await, count(State::Previous).await)
    }
}

db_tests! {
    async fn a_tenancy_with_a_unit_has_an_account_and_a_ledger(t: TestDb) {
        let w = World::new(t).await;
        w.unit("1", 90_000).await;
        let (a, b) = (w.person("Ada").await, w.person("Bea").await);
        w.lease(a, Some("1"), "2026-11-30").await;
        w.lease(b, None, "2026-11-01").await;
        let l = w.ledger().await;
        assert_eq!((l.ledger.number, l.ledger.rent, l.ledger.balance, l.ledger.billing_day), (1, 90_000, 0, 30));
        assert_eq!((l.ledger.person_id, l.ledger.currency.as_str(), l.active), (a, "EUR", false));
        assert_eq!(l.ledger.next_bill_on, Some(date("2026-11-30")));
        assert_eq!(l.opened_on, date("2026-11-30"), "midnight UTC is one o'clock in Berlin");
        assert_eq!(w.account(b).await.get(), w.account(a).await.get() + 1, "an account even without a unit");
        assert_eq!(w.number(sql!("SELECT count(*) FROM change WHERE action = 'ledger.opened'")).await, 1);
    }

    async fn what_was_before_it_was_noted_is_not_charged(t: TestDb) {
        let w = World::new(t).await;
        w.unit("1", 90_000).await;
        w.lease(w.person("Ada").await, Some("1"), "2019-03-31").await;
        let l = w.ledger().await;
        assert_eq!((l.ledger.billing_day, l.ledger.next_bill_on), (31, Some(date("2026-11-30"))));
        assert_eq!(l.months, 91);
    }

    async fn its_dates_follow(t: TestDb) {
        let w = World::new(t).await;
        w.unit("1", 90_000).await;
        let id = w.lease(w.person("Ada").await, Some("1"), "2026-11-25").await;
        let at = |s: &str| Instant::from_utc(date(s).at(0, 0, 0, 0)).unwrap();
        let until = |s: &str| tenancy::Input { ends_at: Field::Given(at(s)), ..Default::default() };
        w.change(id, tenancy::Input { starts_at: Field::Given(at("2026-12-03")), ..until("2026-12-20") }).await;
        let l = w.ledger().await;
        assert_eq!((l.ledger.billing_day, l.ledger.next_bill_on), (3, Some(date("2026-12-03"))));
        assert_eq!((l.opened_on, l.closes_on), (date("2026-12-03"), Some(date("2026-12-20"))));
        w.change(id, until("2026-12-01")).await;
        assert_eq!(w.ledger().await.ledger.next_bill_on, None, "it ends before it begins");
        w.change(id, until("2027-12-01")).await;
        assert_eq!(w.ledger().await.ledger.next_bill_on, Some(date("2026-12-03")));
        w.app.tenancies().delete(&w.system(), id).await.unwrap();
        assert_eq!(w.states().await, (0, 1));
    }

    async fn archiving_makes_it_previous_and_unarchiving_current(t: TestDb) {
        let w = World::new(t).await;
        w.unit("1", 90_000).await;
        let person = w.person("Ada").await;
        w.lease(person, Some("1"), "2026-11-21").await;
        w.bill().await;
        assert_eq!(w.states().await, (1, 0));
        w.archive(person, true).await;
        let l = w.ledger().await;
        assert_eq!((w.states().await, l.ledger.balance, l.ledger.next_bill_on), ((0, 1), 90_000, None));
        w.archive(person, false).await;
        let l = w.ledger().await;
        assert_eq!((w.states().await, l.ledger.next_bill_on), ((1, 0), Some(date("2026-12-21"))));
        assert_eq!(l.ledger.number, 1);
    }

    async fn in_another_unit_it_is_the_same_and_without_one_it_closes(t: TestDb) {
        let w = World::new(t).await;
        w.unit("1", 90_000).await;
        w.unit("2", 50_000).await;
        let id = w.lease(w.person("Ada").await, Some("1"), "2026-11-21").await;
        w.change(id, to_unit(Some("2"))).await;
        let l = w.ledger().await;
        assert_eq!((l.unit.number.as_str(), l.ledger.rent, l.ledger.number), ("2", 90_000, 1));
        w.change(id, to_unit(None)).await;
        assert_eq!(w.states().await, (0, 1));
    }

    async fn one_with_entries_stays_with_whom_it_belongs_to(t: TestDb) {
        let w = World::new(t).await;
        w.unit("1", 90_000).await;
        let (a, b, c) = (w.person("Ada").await, w.person("Bea").await, w.person("Cem").await);
        let id = w.lease(a, Some("1"), "2026-11-21").await;
        let of = |person| tenancy::Input { person_id: Field::Given(person), ..Default::default() };
        w.change(id, of(b)).await;
        let l = w.ledger().await;
        assert_eq!((l.ledger.person_id, l.ledger.number), (b, 1), "without entries it is handed over");
        w.app.ledgers().charge(&w.system(), w.property, l.ledger.uid, extra(500)).await.unwrap();
        w.wait(1);
        w.change(id, of(c)).await;
        let all = w.ledgers().await;
        let seen: Vec<_> = all.iter().map(|l| (l.ledger.person_id, l.ledger.balance, l.active)).collect();
        assert_eq!(seen, [(b, 500, false), (c, 0, true)]);
        assert_eq!(all[1].ledger.opens_at, all[0].ledger.closes_at.unwrap());
        // What does not concern it leaves it alone.
        w.change(id, tenancy::Input { occupants: Field::Given(Some(3)), ..Default::default() }).await;
        assert_eq!(w.ledgers().await[1].ledger.opens_at, all[0].ledger.closes_at.unwrap());
        let other = w.place("Werk").await;
        w.change(id, tenancy::Input { property_id: Field::Given(other), ..to_unit(Some("9")) }).await;
        assert_eq!(w.ledgers_of(other, State::Current).await.len(), 1);
        assert_eq!(w.ledgers().await.len(), 1, "the one without entries went along");
        w.assert_sound().await;
    }
}
