//! Entries, what settles what, and the sums that must hold.

use std::collections::BTreeMap;

use db::db_tests;
use kernel::{EntryId, Error};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

use super::World;
use crate::ledger::{
    Entry, Extra, Kind, Ledger,
    post::{self, New},
    settle::{Open, Share, settle},
    store,
};

/// Something that is done to a ledger.
#[derive(Clone, Copy, Debug)]
enum Act {
    Post(Kind, i64, i8),
    Reverse(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let kind = prop_oneof![Just(Kind::Charge), Just(Kind::Charge), Just(Kind::Payment), Just(Kind::Credit)];
    prop_oneof![
        4 => (kind, 1i64..1_000, 1i8..28).prop_map(|(kind, amount, day)| Act::Post(kind, amount, day)),
        1 => (0usize..40).prop_map(Act::Reverse),
    ]
}

/// A ledger in memory: each entry's open part, and all shares, entry by entry from the first.
fn replay(entries: &[(Entry, Option<EntryId>)]) -> (BTreeMap<EntryId, i64>, Vec<Share>) {
    let (mut open, mut shares): (Vec<Open>, Vec<Share>) = (Vec::new(), Vec::new());
    for (e, reverses) in entries {
        if let Some(gone) = reverses {
            let (freed, kept) = shares.into_iter().partition(|s: &Share| s.credit == *gone || s.charge == *gone);
            shares = kept;
            for s in freed {
                open.iter_mut().filter(|o| o.id == s.charge).for_each(|o| o.amount += s.amount);
                open.iter_mut().filter(|o| o.id == s.credit).for_each(|o| o.amount -= s.amount);
            }
            open.iter_mut().filter(|o| o.id == *gone).for_each(|o| o.amount = 0);
            open.push(Open { id: e.id, on: e.effective_on, amount: 0 });
        } else {
            open.push(Open { id: e.id, on: e.effective_on, amount: e.amount });
        }
        shares.extend(settle(&mut open));
    }
    (open.iter().map(|o| (o.id, o.amount)).collect(), shares)
}

async fn run(w: &db::Write, mut ledger: Ledger, acts: &[Act]) -> kernel::Result<()> {
    let mut written: Vec<(EntryId, uuid::Uuid)> = Vec::new();
    let mut log: Vec<(EntryId, Option<EntryId>)> = Vec::new();
    let before = ledger.balance;
    for act in acts {
        match *act {
            Act::Post(kind, amount, day) => {
                let amount = if kind == Kind::Charge { amount } else { -amount };
                let on = jiff::civil::date(2026, 11, day);
                let code = if day % 2 == 0 { "rent" } else { "key" };
                let entry = post::post(w, &mut ledger, &New { code, ..New::plain(kind, amount, on) }).await?;
                written.push(entry);
                log.push((entry.0, None));
            }
            Act::Reverse(_) if written.is_empty() => {}
            Act::Reverse(nth) => {
                let entry = post::find(w, &ledger, written[nth % written.len()].1).await?;
                let on = jiff::civil::date(2026, 11, 21);
                match post::reverse(w, &mut ledger, &entry, on, "").await {
                    Ok((id, _)) => log.push((id, Some(entry.id))),
                    Err(Error::Conflict("already_reversed")) if entry.reversed => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    }
    let entries = store::entries(w, ledger.id).await?;
    let stored = store::by_id(w, ledger.id).await?;
    let sum: i64 = entries.iter().map(|e| e.amount).sum();
    assert_eq!((stored.balance, ledger.balance, before), (sum, sum, 0));
    let owed: i64 = entries.iter().map(|e| e.open.max(0)).sum();
    let free: i64 = entries.iter().map(|e| (-e.open).max(0)).sum();
    assert_eq!(sum, owed - free);
    assert!(owed == 0 || free == 0, "nothing is owed while money lies there");
    let together: Vec<_> = entries.iter().cloned().zip(log.iter().map(|l| l.1)).collect();
    assert!(entries.iter().zip(&log).all(|(e, l)| e.id == l.0));
    let (open, mut shares) = replay(&together);
    assert_eq!(entries.iter().map(|e| (e.id, e.open)).collect::<BTreeMap<_, _>>(), open);
    let mut kept = Vec::new();
    for e in &entries {
        for s in store::shares_of(w, ledger.id, e.id).await? {
            if s.credit_id == e.id {
                kept.push(Share { credit: s.credit_id, charge: s.charge_id, amount: s.amount });
            }
        }
    }
    kept.sort_unstable();
    shares.sort_unstable();
    assert_eq!(kept, shares, "replaying gives the same");
    let first = entries.iter().filter(|e| e.open > 0).map(|e| e.effective_on).min();
    assert_eq!(stored.unpaid_since, first);
    Ok(())
}

db_tests! {
    async fn any_sequence_keeps_the_sums_and_can_be_replayed(t: TestDb) {
        let w = World::new(t).await;
        let ledger = w.let_unit(0).await.ledger;
        let mut runner = TestRunner::deterministic();
        for _ in 0..40 {
            let acts = prop::collection::vec(act(), 1..40).new_tree(&mut runner).unwrap().current();
            let (ledger, told) = (ledger.clone(), acts.clone());
            // Each on the empty ledger: nothing is kept.
            let tried = async move |w: &db::Write, _: &_| {
                run(w, ledger.clone(), &acts).await?;
                Err::<(), _>(Error::Conflict("enough"))
            };
            let out = w.app.write(&w.system(), tried).await;
            assert!(matches!(out, Err(Error::Conflict("enough"))), "{out:?} {told:?}");
        }
    }

    async fn amounts_that_do_not_fit_are_refused(t: TestDb) {
        let w = World::new(t).await;
        let ledger = w.let_unit(0).await.ledger;
        let on = jiff::civil::date(2026, 11, 21);
        for amounts in [vec![i64::MAX, 1], vec![-i64::MAX, -2], vec![i64::MIN]] {
            let (ledger, last) = (ledger.clone(), amounts.len() - 1);
            let post = async move |w: &db::Write, _: &_| {
                let mut ledger = ledger.clone();
                for (i, amount) in amounts.iter().enumerate() {
                    let posted = post::post(w, &mut ledger, &New::plain(Kind::Charge, *amount, on)).await;
                    assert_eq!(posted.is_err(), i == last);
                    posted?;
                }
                Ok(())
            };
            let out = w.app.write(&w.system(), post).await;
            assert!(matches!(out, Err(Error::Conflict("amount_too_large"))), "{out:?}");
        }
        w.assert_sound().await;
    }

    async fn reversing_undoes_what_was_settled(t: TestDb) {
        let w = World::new(t).await;
        let l = w.let_unit(1_000).await.ledger;
        w.bill().await;
        let extra = |amount| Extra { amount, text: "x".to_owned(), code: "x".to_owned(), on: None, key: None };
        let (c, p) = (w.system(), w.property);
        let credit = w.app.ledgers().credit(&c, p, l.uid, extra(1_200)).await.unwrap();
        let view = w.ledger().await;
        assert_eq!((view.ledger.balance, view.prepaid, view.open_charges.len()), (-200, 200, 0));
        assert_eq!(view.ledger.paid_through_on, Some("2026-12-20".parse().unwrap()));
        let key = w.app.ledgers().charge(&c, p, l.uid, extra(500)).await.unwrap();
        assert_eq!((key.open, w.ledger().await.ledger.balance), (300, 300));
        w.app.ledgers().reverse(&c, p, l.uid, credit.uid, "wrong".to_owned()).await.unwrap();
        let view = w.ledger().await;
        let open: Vec<i64> = view.open_charges.iter().map(|e| e.open).collect();
        assert_eq!((view.ledger.balance, open, view.ledger.paid_through_on), (1_500, vec![1_000, 500], None));
        let again = w.app.ledgers().reverse(&c, p, l.uid, credit.uid, String::new()).await;
        assert!(matches!(again, Err(Error::Conflict("already_reversed"))));
        let entries = w.app.ledgers().entries(&c, p, l.uid).await.unwrap();
        let kinds: Vec<_> = entries.iter().map(|e| (e.kind, e.reversed)).collect();
        assert_eq!(kinds, [(Kind::Charge, false), (Kind::Credit, true), (Kind::Charge, false), (Kind::Reversal, false)]);
        let again = w.app.ledgers().reverse(&c, p, l.uid, entries[3].uid, String::new()).await;
        assert!(matches!(again, Err(Error::Conflict("is_a_reversal"))));
        // A charge that goes gives its money to the next one.
        w.app.ledgers().credit(&c, p, l.uid, extra(1_000)).await.unwrap();
        w.app.ledgers().reverse(&c, p, l.uid, entries[0].uid, "not due".to_owned()).await.unwrap();
        let view = w.ledger().await;
        assert_eq!((view.ledger.balance, view.prepaid, view.open_charges.len()), (-500, 500, 0));
        w.assert_sound().await;
    }
}
