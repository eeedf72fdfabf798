//! Pages of ledgers and units, and who may see them.

use db::db_tests;
use kernel::{Error, OrgId, PropertyId};

use super::{ALL, World, draft};
use crate::{
    Filter,
    ledger::{PageNumber, Sort, SortBy, State},
    unit,
};

const NUMBERS: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

db_tests! {
    async fn pages_have_the_same_rows_from_both_ends(t: TestDb) {
        let w = World::new(t).await;
        for (i, number) in (0..).zip(NUMBERS) {
            w.unit(number, 100 - i).await;
            if i < 7 {
                w.lease(w.person("Ada").await, Some(number), "2026-11-20").await;
            }
        }
        let c = w.system();
        for descending in [false, true] {
            let mut seen = Vec::new();
            for page in 1..=5 {
                let sort = Sort { by: SortBy::Number, descending };
                let page = PageNumber { page, per_page: 2 };
                let (rows, total) = w.app.ledgers().page(&c, w.property, State::Current, sort, page, Filter::default()).await.unwrap();
                assert_eq!(total, 7);
                seen.extend(rows.iter().map(|l| l.ledger.number));
            }
            if descending {
                seen.reverse();
            }
            assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
        }
        let by_date = Sort { by: SortBy::OpensAt, descending: true };
        let (rows, _) = w.app.ledgers().page(&c, w.property, State::All, by_date, ALL, Filter::default()).await.unwrap();
        assert_eq!(rows[0].ledger.number, 7);
        assert_eq!(w.app.ledgers().page(&c, w.property, State::Previous, by_date, ALL, Filter::default()).await.unwrap().1, 0);

        let mut numbers = Vec::new();
        for page in 1..=5 {
            let page = PageNumber { page, per_page: 2 };
            let (units, total) = w.app.units().page(&c, w.property, unit::Sort::default(), page, Filter::default()).await.unwrap();
            assert_eq!(total, 9);
            numbers.extend(units.into_iter().map(|u| (u.number, u.occupied)));
        }
        assert!(numbers.iter().map(|u| u.0.as_str()).eq(NUMBERS) && numbers.iter().filter(|u| u.1).count() == 7);
        let price = unit::Sort { by: unit::SortBy::Price, descending: false };
        let (free, total) = w.app.units().available(&c, w.property, price, ALL, Filter::default()).await.unwrap();
        assert_eq!((total, free[0].number.as_str(), free[1].price), (2, "9", Some(93)));
        let unit = w.app.units().set_price(&c, w.property, free[0].uid, None).await.unwrap();
        assert_eq!((unit.price, w.app.units().get(&c, w.property, unit.uid).await.unwrap().price), (None, None));
    }

    async fn what_is_foreign_is_not_found(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await;
        w.bill().await;
        let (c, other) = (w.system(), w.place("Werk").await);
        let invoice = w.app.ledgers().invoices(&c, w.property, l.ledger.uid).await.unwrap().remove(0).invoice;
        let ledgers = w.app.ledgers();
        for (caller, property) in [(c, other), (w.app.system(OrgId::new(77)), w.property), (c, PropertyId::new(999))] {
            assert!(matches!(ledgers.get(&caller, property, l.ledger.uid).await, Err(Error::NotFound("ledger"))));
            assert!(matches!(ledgers.invoices(&caller, property, l.ledger.uid).await, Err(Error::NotFound("ledger"))));
            assert!(matches!(ledgers.invoice(&caller, property, invoice.uid).await, Err(Error::NotFound(_))));
            assert!(matches!(w.app.units().get(&caller, property, l.unit.uid).await, Err(Error::NotFound("unit"))));
        }
        let gone = ledgers.page(&c, PropertyId::new(999), State::All, Sort::default(), ALL, Filter::default()).await;
        assert!(matches!(gone, Err(Error::NotFound("property"))));
        let foreign = w.app.system(OrgId::new(77));
        assert!(matches!(ledgers.of_account(&foreign, l.ledger.account_id, true).await, Err(Error::NotFound("account"))));
        assert_eq!(ledgers.of_account(&c, l.ledger.account_id, true).await.unwrap().len(), 1);
        let nobody = kernel::Caller::anonymous(w.org, kernel::Door::Pages, w.app.now());
        assert!(matches!(ledgers.get(&nobody, w.property, l.ledger.uid).await, Err(Error::Forbidden)));
    }

    async fn the_gate_code_is_a_secret_of_the_spine(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await.ledger;
        let code = draft(Some("4711#".to_owned()));
        let l = w.app.ledgers().set_gate_code(&w.system(), w.property, l.uid, code).await.unwrap();
        assert_eq!(l.ledger.gate_access_code.as_deref(), Some("4711#"));
        let l = w.app.ledgers().set_autopay(&w.system(), w.property, l.ledger.uid, Some(5)).await.unwrap();
        assert_eq!(l.ledger.autopay_day, Some(5));
        let told = w.app.changes().after(&w.system(), 0, 1000).await.unwrap();
        assert!(told.iter().all(|c| !c.data.contains("4711")) && told.iter().any(|c| c.data.contains("gate_access_code")));
    }
}
