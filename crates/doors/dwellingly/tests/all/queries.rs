//! How many statements a call takes does not depend on how many rows there are; and every statement is sound.

use kernel::Role;
use serde_json::json;
use world::World;

use crate::calls;

/// Every kind of row, several times, with everything that hangs on it.
async fn grow(w: &World, rows: std::ops::Range<usize>) {
    let (h, org) = (&w.home, w.home.org);
    for i in rows {
        let keeper = w.person(org, "K", "K", &format!("keeper{i}@x.org"), Some(Role::PropertyManager)).await;
        let staff = w.person(org, "S", "S", &format!("carer{i}@x.org"), Some(Role::Staff)).await;
        w.person(org, "P", "P", &format!("waits{i}@x.org"), None).await;
        let property = w.property(org, &format!("House {i}"), &[keeper.id, h.property_manager.id]).await;
        let tenant = w.resident(org, "T", "T", Some((property, "1"))).await;
        w.resident(org, "T", "T", Some((h.harbour, &format!("h{i}")))).await;
        let body = json!({"staffIDs": [staff.id.get(), h.staff.id.get()]});
        w.put(format!("/api/tenants/{tenant}")).by(&h.admin).json(&body).await.expect(200);
        let ticket = w.ticket(org, tenant, staff.id, "x").await;
        for text in ["a", "b"] {
            w.note(org, ticket, staff.id, text).await;
            w.note(org, h.ticket, staff.id, text).await;
        }
        w.contact(org, &format!("Contact {i}")).await;
    }
}

/// What every GET takes, and PATCH of the list of properties, which answers all of them.
async fn costs(w: &World) -> Vec<(String, u32)> {
    let mut out = Vec::new();
    let reads = calls::all(&w.home).into_iter().filter(|c| c.method == "GET").map(|c| c.path);
    let more = ["/api/user?r=2", "/api/user?r=3", "/api/tenants?unstaffed=x"].map(str::to_owned);
    let about = format!("/api/tickets?tenant_id={}", w.home.tenant);
    for path in reads.chain(more).chain([about]) {
        w.tokens(&w.home.admin).await;
        out.push((path.clone(), w.get(path).by(&w.home.admin).await.queries));
    }
    let archive = w.patch("/api/properties/archive").by(&w.home.admin).json(&json!({"ids": []})).await;
    archive.expect(200);
    out.push(("archive".to_owned(), archive.queries));
    out
}

world::tests! { crate::open =>
    async fn no_query_per_row(w: World) {
        grow(&w, 0..1).await;
        let few = costs(&w).await;
        grow(&w, 1..50).await;
        assert_eq!(few, costs(&w).await);
        // And they are few: the caller's rights, and one statement for each kind of thing shown.
        for (path, queries) in few {
            assert!((1..=16).contains(&queries), "{path}: {queries}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statement_is_sound_on_both() {
    world::db::testing::check_statements().await;
}
