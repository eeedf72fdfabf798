//! Lists (section 5).

use app::invite::{self, Redeemer};
use kernel::{Caller, Door, Field, Living, PersonId};

use super::*;

world::tests! { crate::open =>
    async fn pages_with_absolute_neighbours(w: Site) {
        for i in 0..5 {
            w.dweller(&format!("d{i}@b.example")).await;
        }
        let page = |n: i64| format!("https://portico.example{USERS}?page={n}&page_size=2&role=dweller&updated_since=2026-01-01T00%3A00%3A00Z");
        let all = w.listed("role=dweller").await;
        assert!(all.len() > 4 && all.is_sorted());
        let mut seen = Vec::new();
        let mut next = Value::from(page(1));
        let mut n = 0;
        while let Some(address) = next.as_str() {
            n += 1;
            assert_eq!(address, page(n));
            let body = w.fetch(address.strip_prefix("https://portico.example").unwrap()).await.expect(200);
            assert_eq!(body["count"], all.len());
            assert_eq!(body["previous"], if n == 1 { Value::Null } else { page(n - 1).into() });
            seen.extend(body["results"].as_array().unwrap().iter().map(|u| u["id"].as_i64().unwrap()));
            next = body["next"].clone();
        }
        assert_eq!(seen, all);
    }

    async fn pages_that_are_none(w: Site) {
        for page in ["0", "-1", "x", "", "99"] {
            let answer = w.fetch(&format!("{USERS}?page={page}")).await;
            assert_eq!(answer.expect(404), json!({"detail": "Invalid page."}), "{page}");
        }
        let empty = w.fetch(&format!("{USERS}?email=nobody@b.example&page=1")).await.expect(200);
        assert_eq!(empty, json!({"count": 0, "next": null, "previous": null, "results": []}));
        w.fetch(&format!("{USERS}?email=nobody@b.example&page=2")).await.expect(404);
        assert!(w.fetch(&format!("{USERS}?page_size=1000")).await.expect(200)["next"].is_null());
    }

    async fn filters(w: Site) {
        let [a, b, _] = w.flats;
        let dora = w.made(json!({"email": "Dora@b.example", "phone": "0664 1234567", "first_name": "D", "role": "dweller", "flats": [a, b]})).await;
        let olaf = w.made(json!({"email": "o@b.example", "first_name": "O", "role": "landlord", "flats": [a]})).await;
        let id = |user: &Value| user["id"].as_i64().unwrap();
        let (dora, olaf) = (id(&dora), id(&olaf));
        assert_eq!(w.listed("email=dORA@B.example").await, [dora]);
        assert_eq!(w.listed("phone=%2B43%20664%201234567").await, [dora]);
        assert_eq!(w.listed("phone=06641234567").await, [dora]);
        assert_eq!(w.listed(&format!("flat={a}")).await, [dora, olaf]);
        assert_eq!(w.listed(&format!("flat={b}")).await, [dora]);
        assert_eq!(w.listed(&format!("flat={}", w.foreign_flat)).await, Vec::<i64>::new());
        assert_eq!(w.listed(&format!("flat={a}&role=landlord")).await, [olaf]);
        assert_eq!(w.listed("role=admin").await, [w.home.admin.id.get()]);
        assert_eq!(w.listed("role=manager&status=ACTIVE").await, [w.home.manager.id.get()]);
        assert!(w.listed("status=INVITED").await.contains(&dora));
        w.delete(format!("{USERS}{dora}/")).bearer(&w.admin).await.expect(204);
        assert!(!w.listed("").await.contains(&dora));
        assert!(!w.listed("archived=false").await.contains(&dora));
        assert_eq!(w.listed("archived=true").await, [dora]);
        assert_eq!(w.listed("archived=true&status=BLOCKED&role=dweller").await, [dora]);
        assert_eq!(w.listed("status=BLOCKED").await, Vec::<i64>::new());
        assert_eq!(w.listed(&format!("flat={a}")).await, [olaf], "whoever is gone has no flats");
    }

    async fn updated_since_is_inclusive(w: Site) {
        w.clock.advance(60);
        let user = w.dweller("d@b.example").await;
        let id = user["id"].as_i64().unwrap();
        let shown = user["updated_at"].as_str().unwrap();
        assert_eq!(shown, "2026-11-21T16:29:40.000Z");
        assert_eq!(w.listed(&format!("updated_since={shown}")).await, [id]);
        assert_eq!(w.listed("updated_since=2026-11-21T17:29:40%2B01:00").await, [id]);
        assert_eq!(w.listed("updated_since=2026-11-21T16:29:40.001Z").await, Vec::<i64>::new());
        w.clock.advance(60);
        // What happens to their flats happens to them.
        w.change(&user, json!({"flats": [w.flats[2]]})).await.expect(200);
        assert_eq!(w.listed("updated_since=2026-11-21T16:30:40Z").await, [id]);
    }

    async fn who_signs_in_has_not_changed(w: Site) {
        w.clock.advance(1_200);
        let now = idwell::wire::shapes::instant(w.clock.now());
        w.by_password(&w.home.manager.email, PASSWORD).await.expect(200);
        assert_eq!(w.listed(&format!("updated_since={now}")).await, Vec::<i64>::new());
        let made = w.dweller("d@b.example").await;
        assert_eq!(w.listed(&format!("updated_since={now}")).await, [made["id"].as_i64().unwrap()]);
    }

    async fn who_accepts_an_invitation_has_changed(w: Site) {
        let id = w.dweller("d@b.example").await["id"].as_i64().unwrap();
        w.clock.advance(1_200);
        let asked = invite::Input {
            person_id: Some(PersonId::new(id)),
            unit_id: Field::Given(UnitId::new(w.flats[0])),
            email: Field::Given("d@b.example".to_owned()),
            living: Field::Given(Living::Tenant),
            ..invite::Input::default()
        };
        let made = w.app.invites().create(&w.system(w.home.org), asked.into()).await.unwrap();
        w.clock.advance(1_200);
        let now = idwell::wire::shapes::instant(w.clock.now());
        assert_eq!(w.listed(&format!("updated_since={now}")).await, Vec::<i64>::new());
        let text = |s: &str| Some(s.to_owned());
        let who = Redeemer { first_name: text("D"), last_name: text("B"), email: None, password_hash: text("a hash") };
        let nobody = Caller::anonymous(w.home.org, Door::Pages, w.clock.now());
        w.app.invites().redeem(&nobody, &made.token, [127, 0, 0, 9].into(), who.into()).await.unwrap();
        assert_eq!(w.listed(&format!("updated_since={now}")).await, [id]);
    }

    async fn what_time_brings_about_counts_as_a_change(w: Site) {
        let gone = w.dweller("d@b.example").await;
        let come = json!({"email": "e@b.example", "first_name": "E", "role": "dweller", "flats": [w.flats[1]]});
        let come = w.made(come).await;
        let id = |user: &Value| user["id"].as_i64().unwrap();
        let (home, gone, come, at) = (w.home.org, id(&gone), id(&come), w.clock.now().plus_secs(600));
        w.write(home, async move |w| {
            let org = w.caller().org;
            w.execute(sql!("UPDATE tenancy SET ends_at = $3 WHERE org_id = $1 AND person_id = $2", org, gone, at)).await?;
            w.execute(sql!("UPDATE tenancy SET starts_at = $3, resided_unit_id = NULL WHERE org_id = $1 AND person_id = $2", org, come, at))
                .await
        })
        .await;
        let flats = async |of: i64| w.fetch(&format!("{USERS}{of}/")).await.expect(200)["flats"].clone();
        assert_eq!((flats(gone).await, flats(come).await), (json!([w.flats[0]]), json!([])));
        w.clock.advance(1_800);
        let now = idwell::wire::shapes::instant(w.clock.now());
        assert_eq!(w.listed(&format!("updated_since={now}")).await, Vec::<i64>::new());
        w.app.jobs().end_tenancies(&w.system(home)).await.unwrap();
        w.app.wifi().follow_arrivals(&w.system(home)).await.unwrap();
        let changed = w.listed(&format!("updated_since={now}")).await;
        assert!(changed.contains(&gone) && changed.contains(&come), "{changed:?}");
        assert_eq!((flats(gone).await, flats(come).await), (json!([]), json!([w.flats[1]])));
    }

    async fn bad_filters_are_named(w: Site) {
        for bad in ["role=owner", "status=invited", "flat=x", "flat=0", "email=x", "email=", "phone=112", "archived=yes", "updated_since=2026-01-01", "page_size=0"] {
            let (name, _) = bad.split_once('=').unwrap();
            assert_eq!(faulty(&w.fetch(&format!("{USERS}?{bad}&unknown=1")).await), [name], "{bad}");
        }
        assert_eq!(faulty(&w.fetch(&format!("{USERS}?role=x&status=y")).await), ["role", "status"]);
        assert_eq!(faulty(&w.fetch("/api/idwell/v1/flats/?building=x").await), ["building"]);
        w.fetch(&format!("{USERS}?email=a%00b@c.example")).await.expect(400);
        w.fetch(&format!("{USERS}?email=%ff@c.example")).await;
    }

    async fn a_page_takes_as_many_statements_as_a_row(w: Site) {
        let one = w.fetch(&format!("{USERS}?page_size=1")).await.queries;
        for i in 0..20 {
            w.dweller(&format!("d{i}@b.example")).await;
        }
        assert_eq!(w.fetch(&format!("{USERS}?page_size=200")).await.queries, one);
        let flats = |size: i64| format!("/api/idwell/v1/flats/?page_size={size}");
        assert_eq!(w.fetch(&flats(1)).await.queries, w.fetch(&flats(200)).await.queries);
        assert!(one <= 6, "{one}");
    }
}
