//! Rent, month by month.

use db::{db_tests, sql};
use kernel::{Error, Field, Instant};

use super::{World, date};
use crate::{
    App,
    ledger::{Insurance, LedgerView},
    tenancy,
};

fn dues(l: &[super::super::InvoiceView]) -> Vec<String> {
    l.iter().map(|i| i.invoice.due_on.to_string()).collect()
}

impl World {
    async fn invoices(&self, l: &LedgerView) -> Vec<super::super::InvoiceView> {
        self.app.ledgers().invoices(&self.system(), self.property, l.ledger.uid).await.unwrap()
    }
}

db_tests! {
    async fn each_month_is_charged_once_however_often_it_runs(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(90_000).await;
        assert_eq!(w.bill().await, 1);
        assert_eq!(w.bill().await, 0);
        w.wait(29);
        assert_eq!(w.bill().await, 0, "the 20th of December");
        w.wait(1);
        assert_eq!(w.bill().await, 1);
        let l = w.app.ledgers().get(&w.system(), w.property, l.ledger.uid).await.unwrap();
        assert_eq!((l.ledger.balance, l.next_charge), (180_000, Some((date("2027-01-21"), 90_000))));
        let invoices = w.invoices(&l).await;
        assert_eq!(dues(&invoices), ["2026-11-21", "2026-12-21"]);
        let second = &invoices[1];
        assert_eq!((second.invoice.number, second.invoice.total, second.invoice.balance_on_due_date), (1_001, 90_000, 90_000));
        let line = &second.lines[0];
        assert_eq!((line.price, line.quantity, line.prorated, line.code.as_str()), (90_000, 1, false, "rent"));
        assert_eq!((line.service_from, line.service_to), (Some(date("2026-12-21")), Some(date("2027-01-20"))));
        assert_eq!(w.app.ledgers().invoice(&w.system(), w.property, second.invoice.uid).await.unwrap().0.lines.len(), 1);
        w.assert_sound().await;
    }

    async fn months_of_pause_are_caught_up_with(t: TestDb) {
        let w = World::new(t).await;
        w.unit("1", 1_000).await;
        w.lease(w.person("Ada").await, Some("1"), "2026-12-31").await;
        w.wait(500);
        assert_eq!(w.bill().await, 16);
        let l = w.ledger().await;
        let dues = dues(&w.invoices(&l).await);
        assert_eq!(dues[..4], ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]);
        assert_eq!(dues[13..], ["2028-01-31", "2028-02-29", "2028-03-31"], "a leap year");
        w.assert_sound().await;
    }

    async fn the_day_begins_in_the_time_zone_of_the_property(t: TestDb) {
        let w = World::new(t).await;
        w.unit("1", 1_000).await;
        w.lease(w.person("Ada").await, Some("1"), "2026-11-22").await;
        // Berlin is an hour ahead of UTC: its 22nd begins at 23:00.
        w.app.clock().advance(6 * 3600 + 39 * 60 + 29);
        assert_eq!((w.bill().await, w.app.now().to_string().as_str()), (0, "2026-11-21T22:59:59.000000Z"));
        w.app.clock().advance(1);
        assert_eq!(w.bill().await, 1);
    }

    async fn a_ledger_that_closes_is_charged_no_more(t: TestDb) {
        let w = World::new(t).await;
        w.unit("1", 1_000).await;
        let id = w.lease(w.person("Ada").await, Some("1"), "2026-11-21").await;
        let end = Instant::from_utc(date("2027-01-21").at(0, 0, 0, 0)).unwrap();
        w.change(id, tenancy::Input { ends_at: Field::Given(end), ..Default::default() }).await;
        w.wait(200);
        w.bill().await;
        let l = w.ledger().await;
        assert_eq!(dues(&w.invoices(&l).await), ["2026-11-21", "2026-12-21"]);
        assert_eq!((l.ledger.next_bill_on, l.active, l.ledger.balance), (None, false, 2_000));
        // It goes on after all.
        w.change(id, tenancy::Input { ends_at: Field::Given(end.plus_days(59)), ..Default::default() }).await;
        w.bill().await;
        assert_eq!(dues(&w.invoices(&l).await)[2..], ["2027-01-21", "2027-02-21"]);
    }

    async fn without_rent_nothing_is_charged_until_one_is_set(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(0).await;
        w.wait(40);
        assert_eq!(w.bill().await, 0);
        let uid = l.ledger.uid;
        let l = w.app.ledgers().set_rent(&w.system(), w.property, uid, 700, date("2026-12-25")).await.unwrap();
        assert_eq!((l.ledger.rent, l.ledger.next_bill_on), (700, Some(date("2027-01-21"))));
        assert!(l.ledger.rent_changed_at.is_some());
        w.wait(30);
        w.bill().await;
        let l = w.app.ledgers().set_rent(&w.system(), w.property, uid, 900, date("2027-03-01")).await.unwrap();
        assert_eq!((l.ledger.rent, l.next_charge), (700, Some((date("2027-02-21"), 700))));
        w.wait(60);
        w.bill().await;
        let totals: Vec<i64> = w.invoices(&l).await.iter().map(|i| i.invoice.total).collect();
        assert_eq!(totals, [700, 700, 900]);
        let l = w.app.ledgers().set_rent(&w.system(), w.property, uid, 0, date("2027-03-01")).await.unwrap();
        assert_eq!(l.ledger.next_bill_on, None);
        let refused = w.app.ledgers().set_rent(&w.system(), w.property, uid, -1, date("2027-03-01")).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }

    async fn insurance_is_a_line_of_its_own(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await;
        let insurance = Some(Insurance { premium: 90, text: "Contents".to_owned() });
        let l = w.app.ledgers().set_insurance(&w.system(), w.property, l.ledger.uid, insurance).await.unwrap();
        assert_eq!(l.next_charge, Some((date("2026-11-21"), 1_090)));
        w.bill().await;
        let invoice = &w.invoices(&l).await[0];
        let lines: Vec<_> = invoice.lines.iter().map(|l| (l.code.as_str(), l.description.as_str(), l.price)).collect();
        assert_eq!((invoice.invoice.total, lines), (1_090, vec![("rent", "Rent", 1_000), ("insurance", "Contents", 90)]));
    }

    async fn what_was_stopped_in_the_middle_goes_on_where_it_was(t: TestDb) {
        let w = World::new(t).await;
        for i in 0..7 {
            let number = ["1", "2", "3", "4", "5", "6", "7"][i];
            w.unit(number, 1_000).await;
            w.lease(w.person("Ada").await, Some(number), "2026-11-21").await;
        }
        w.wait(40);
        // One transaction of three is done; the next one fails at its end.
        assert_eq!(w.app.ledgers().bill_some(&w.system(), w.property, 3).await.unwrap(), 3);
        let property = w.property;
        let killed = async move |w: &db::Write, _: &_| {
            crate::ledger::billing::run(w, property, 3).await?;
            Err::<(), _>(Error::Unavailable("killed"))
        };
        assert!(w.app.write(&w.system(), killed).await.is_err());
        assert_eq!(w.number(sql!("SELECT count(*) FROM ledger_entry")).await, 3);
        // Another server on the same database.
        let other = App::new(w.t.db.clone(), w.app.clock().clone(), kernel::Random::seeded(99), "http://x");
        while other.ledgers().bill_some(&w.system(), w.property, 2).await.unwrap() > 0 {}
        assert_eq!(w.number(sql!("SELECT count(*) FROM ledger_entry")).await, 14);
        assert_eq!(w.number(sql!("SELECT count(*) FROM invoice")).await, 14);
        assert_eq!(w.number(sql!("SELECT count(*) FROM ledger WHERE balance = 2000")).await, 7);
        w.assert_sound().await;
    }

    async fn a_period_that_was_charged_is_not_charged_again(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await;
        w.bill().await;
        w.do_it(|| sql!("UPDATE ledger SET next_bill_on = '2026-11-21'")).await;
        w.bill().await;
        let l = w.app.ledgers().get(&w.system(), w.property, l.ledger.uid).await.unwrap();
        assert_eq!((l.ledger.balance, l.ledger.next_bill_on), (1_000, Some(date("2026-12-21"))));
    }
}
