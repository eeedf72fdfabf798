//! Widgets and dashboard: D56 to D62.

use kernel::{Instant, Role, TicketId};
use serde_json::{Value, json};
use world::{World, db::sql};

/// A ticket in a state, changed so long ago.
async fn ticket(w: &World, status: &'static str, seconds_ago: i64) -> TicketId {
    let org = w.home.org;
    let id = w.ticket(org, w.home.tenant, w.home.staff.id, "x").await;
    w.write(org, async move |w| {
        let at = w.now().plus_secs(-seconds_ago);
        w.execute(sql!(
            "UPDATE ticket SET status = $3, updated_at = $4 WHERE org_id = $1 AND id = $2",
            org,
            id,
            status,
            at
        ))
        .await
    })
    .await;
    id
}

async fn widgets(w: &World) -> Value {
    w.get("/api/widgets").by(&w.home.staff).await.expect(200)
}

async fn dashboard(w: &World) -> Value {
    w.get("/api/dashboard").by(&w.home.admin).await.expect(200)
}

const DAY: i64 = 86_400;

world::tests! { crate::open =>
    async fn d56_to_d58_recent_ones_are_counted(w: World) {
        let h = &w.home;
        w.delete("/api/tickets").by(&h.staff).json(&json!({"ids": [h.ticket.get(), h.reported.get()]})).await.expect(200);
        for ago in [0, DAY - 1, DAY, DAY + 1, 30 * DAY] {
            ticket(&w, "open", ago).await;
        }
        for (status, ago) in [("in_progress", 0), ("waiting", 7 * DAY), ("waiting", 7 * DAY + 1), ("in_progress", 99 * DAY)] {
            ticket(&w, status, ago).await;
        }
        for status in ["done", "rejected"] {
            ticket(&w, status, 0).await;
        }
        let counts = json!({"new": {"allNew": {"stat": 5}, "unseen24Hrs": {"stat": 3}},
            "inProgress": {"allInProgress": {"stat": 4}, "inProgress1Week": {"stat": 2}}});
        assert_eq!(widgets(&w).await["opentickets"], counts);
        let counts = json!({"new": {"total_count": 5, "latent_count": 3}, "in_progress": {"total_count": 4, "latent_count": 2}});
        assert_eq!(dashboard(&w).await["tickets"], counts);
        // Deleted ones and those of other organizations are not in it; notes do not make a ticket recent.
        let old = ticket(&w, "open", 2 * DAY).await;
        w.post(format!("/api/tickets/{old}/notes")).by(&h.staff).json(&json!({"text": "x"})).await.expect(200);
        assert_eq!(widgets(&w).await["opentickets"]["new"], json!({"allNew": {"stat": 6}, "unseen24Hrs": {"stat": 3}}));
        w.delete(format!("/api/tickets/{old}")).by(&h.staff).await.expect(200);
        assert_eq!(widgets(&w).await["opentickets"]["new"]["allNew"]["stat"], 5);
    }

    async fn d59_to_d61_the_newest_managers(w: World) {
        let (h, org) = (&w.home, w.home.org);
        let mut made = Vec::new();
        for (name, days) in [("A", 0), ("B", 1), ("C", 7), ("D", 8), ("E", 1)] {
            let person = w.person(org, name, "Keeper", &format!("{name}@x.org"), Some(Role::PropertyManager)).await;
            let id = person.id;
            w.write(org, async move |w| {
                let at = Instant::from_secs(w.now().secs() - days * DAY);
                w.execute(sql!("UPDATE person SET created_at = $3 WHERE org_id = $1 AND id = $2", org, id, at)).await
            })
            .await;
            made.push(id.get());
        }
        let (a, e) = (made[0], made[4]);
        let row = |id: i64, first: &str, date: &str, property: &str| {
            json!({"id": id, "firstName": first, "lastName": "Keeper", "date": date, "propertyName": property})
        };
        // Of two with the same instant the higher id comes first.
        let keeper = h.property_manager.id.get();
        assert_eq!(widgets(&w).await["managers"], json!([
            row(a, "A", "Today", "Not Assigned"), row(keeper, "Pam", "Today", "Harbour View"), row(e, "E", "Yesterday", "Not Assigned")]));
        let under = |v: &Value| json!({"id": v["id"], "first_name": v["firstName"], "last_name": v["lastName"], "date": v["date"],
            "property_name": v["propertyName"]});
        let both = (widgets(&w).await["managers"].take(), dashboard(&w).await["managers"].take());
        assert_eq!(both.1, both.0.as_array().expect("a list").iter().map(under).collect::<Value>());
        // Archived ones stay, and the property is the one with the lowest id.
        for id in [a, keeper] {
            w.post(format!("/api/user/archive/{id}")).by(&h.admin).await.expect(201);
        }
        w.put(format!("/api/properties/{}", h.garden)).by(&h.admin).json(&json!({"propertyManagerIDs": [a, keeper]})).await.expect(200);
        let managers = widgets(&w).await["managers"].take();
        assert_eq!((&managers[0]["propertyName"], &managers[1]["propertyName"]), (&json!("Garden Blocks"), &json!("Harbour View")));
        for id in [a, keeper, e] {
            w.delete(format!("/api/user/{id}")).by(&h.admin).await.expect(200);
        }
        let dates: Vec<_> = widgets(&w).await["managers"].as_array().expect("a list").iter().map(|m| m["date"].clone()).collect();
        assert_eq!(dates, [json!("Yesterday"), json!("This Week"), json!("11/13")]);
        for id in &made[1..4] {
            w.delete(format!("/api/user/{id}")).by(&h.admin).await.expect(200);
        }
        assert_eq!(widgets(&w).await["managers"], json!([]), "never absent");
        assert_eq!(dashboard(&w).await["managers"], json!([]));
    }

    async fn d62_the_lists_of_the_dashboard(w: World) {
        let h = &w.home;
        let d = dashboard(&w).await;
        let ids = |key: &str| -> Vec<i64> {
            d[key].as_array().expect("a list").iter().filter_map(|r| r["id"].as_i64()).collect()
        };
        assert_eq!(ids("pending_users"), [h.pending.id.get()]);
        assert_eq!(ids("staff"), [h.manager.id.get(), h.staff.id.get(), h.archived.id.get()]);
        assert_eq!(ids("tenants"), [h.tenant_with_login.id.get(), h.owner.id.get(), h.newcomer.get()]);
        let pending = w.get("/api/users/pending").by(&h.admin).await.expect(200);
        assert_eq!(d["pending_users"], pending["users"]);
        let staff = w.get("/api/user?r=3").by(&h.admin).await.expect(200);
        assert_eq!(d["staff"], staff["users"]);
        let unstaffed = w.get("/api/tenants?unstaffed=x").by(&h.admin).await.expect(200);
        assert_eq!(d["tenants"], unstaffed["tenants"]);
    }
}
