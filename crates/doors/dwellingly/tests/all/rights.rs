//! Who may call what: every row for every kind of caller, as a table to be read and reviewed.

use std::fmt::Write as _;

use axum::http::Method;
use dwellingly::Caller;
use kernel::Door;
use serde_json::json;
use world::{Place, Tokens, World, axum, db::Dialect};

use crate::calls;

/// The columns. All but the last are people of the first organization.
const WHO: [&str; 11] = [
    "anonymous",
    "tenant",
    "owner",
    "pending",
    "archived",
    "prop.mgr",
    "staff",
    "manager",
    "admin",
    "pages",
    "foreign",
];

/// The tokens of a column. People who cannot sign in here get theirs behind the door's back.
async fn tokens(w: &World, who: &str) -> Option<Tokens> {
    let h = &w.home;
    let smuggled = async |id, door| Some(w.smuggled(h.org, id, door).await);
    match who {
        "anonymous" => None,
        "tenant" => smuggled(h.tenant_with_login.id, Door::Dwellingly).await,
        "owner" => smuggled(h.owner.id, Door::Dwellingly).await,
        "pending" => smuggled(h.pending.id, Door::Dwellingly).await,
        "archived" => smuggled(h.archived.id, Door::Dwellingly).await,
        "prop.mgr" => Some(w.tokens(&h.property_manager).await),
        "staff" => Some(w.tokens(&h.staff).await),
        "manager" => Some(w.tokens(&h.manager).await),
        "admin" => Some(w.tokens(&h.admin).await),
        // An admin who signed in on Portico's own pages.
        "pages" => smuggled(h.admin.id, Door::Pages).await,
        _ => Some(w.tokens(&w.other.admin).await),
    }
}

/// What one kind of caller is answered to every call about the things of `place`: rows in the order of the table.
/// Writes send an empty object; deletions come last, and what hangs on other things first.
async fn column(w: &World, who: &str, place: &Place) -> Vec<u16> {
    let tokens = tokens(w, who).await;
    let all = calls::all(place);
    let late = |c: &calls::Ready| c.method == Method::DELETE || c.row == 3;
    let first = (0..all.len()).filter(|i| !late(&all[*i]));
    let last = (0..all.len()).rev().filter(|i| late(&all[*i]));
    let mut out = vec![0; all.len()];
    for i in first.chain(last) {
        let call = &all[i];
        let mut request = w.request(call.method.clone(), call.path.clone());
        if let Some(tokens) = &tokens {
            let refresh = call.caller == Caller::Refresh;
            request = request.bearer(if refresh { &tokens.refresh } else { &tokens.access });
        }
        out[i] = if call.method == Method::GET { request.await } else { request.json(&json!({})).await }.status;
    }
    out
}

async fn table(dialect: Dialect) -> String {
    let mut columns = Vec::new();
    for who in WHO {
        let w = crate::open(dialect).await;
        columns.push(column(&w, who, &w.home).await);
    }
    let mut out = format!("{:<40}", "");
    for who in WHO {
        let _ = write!(out, "{who:<10}");
    }
    let w = crate::open(dialect).await;
    for (i, (call, route)) in calls::all(&w.home).iter().zip(dwellingly::routes()).enumerate() {
        out.truncate(out.trim_end().len());
        let _ = write!(out, "\n{:<40}", format!("{:>2} {} {}", call.row, call.method, route.path));
        for column in &columns {
            let _ = write!(out, "{:<10}", column[i]);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_for_every_caller_on_sqlite() {
    insta::assert_snapshot!("rights", table(Dialect::Sqlite).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_for_every_caller_on_postgres() {
    if world::db::testing::dialects().contains(&Dialect::Postgres) {
        insta::assert_snapshot!("rights", table(Dialect::Postgres).await);
    }
}

world::tests! { crate::open =>
    async fn who_may_not_changes_nothing(w: World) {
        // A look at everything that an admin of the first organization sees.
        let seen = async || {
            let mut all = Vec::new();
            for path in ["users", "properties", "tenants", "lease", "tickets", "emergencycontacts", "dashboard"] {
                all.push(w.get(format!("/api/{path}")).by(&w.home.admin).await.expect(200));
            }
            all
        };
        let before = seen().await;
        for who in ["anonymous", "tenant", "owner", "pending", "archived", "pages", "foreign"] {
            let mut places = vec![&w.home];
            if who != "foreign" {
                places.push(&w.other);
            }
            for place in places {
                column(&w, who, place).await;
            }
            let after = seen().await;
            assert_eq!(before, after, "{who}");
        }
        let changes = w.changes(w.home.org).await;
        let odd: Vec<_> = changes.iter().filter(|c| c.starts_with("ticket.deleted") || c.contains(".updated")).collect();
        assert_eq!(odd.len(), 0, "{odd:?}");
    }

    async fn foreign_ids_in_bodies_are_unknown_ids(w: World) {
        let (h, o) = (&w.home, &w.other);
        let before = w.changed(o.org).await;
        let calls = calls::writes(o).into_iter().zip(calls::writes(h));
        for (theirs, mine) in calls {
            // The path is of this organization, the body names things of the other one.
            let answer = mine.bare(&w).json(&theirs.body).await;
            let names_things = matches!(mine.row, 16 | 18 | 20 | 23 | 25 | 27 | 29 | 31 | 33 | 41 | 44 | 47);
            if names_things {
                assert!(answer.status == 400 || answer.status == 404, "{} {}: {}", mine.method, mine.path, answer.text());
            }
        }
        let theirs = w.changes(o.org).await.split_off(before);
        assert!(theirs.is_empty(), "{theirs:?}");
    }
}
