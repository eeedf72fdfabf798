//! Two at once.

use std::future::IntoFuture as _;

use super::*;

world::tests! { crate::open =>
    async fn one_address_makes_one_user(w: Site) {
        let body = json!({"email": "twin@b.example", "first_name": "T", "role": "landlord"});
        let (a, b) = tokio::join!(w.make(body.clone()), w.make(body.clone()));
        let mut both = [a.status, b.status];
        both.sort_unstable();
        assert_eq!(both, [201, 400]);
        let refused = if a.status == 400 { a } else { b };
        assert_eq!(faulty(&refused), ["email"]);
        assert_eq!(w.listed("email=twin@b.example").await.len(), 1);
    }

    async fn one_number_makes_one_user(w: Site) {
        let body = |phone: &str| json!({"phone": phone, "first_name": "T", "role": "landlord"});
        let (a, b) = tokio::join!(w.make(body("0664 1234567")), w.make(body("+43 664 123 45 67")));
        assert_eq!(a.status + b.status, 601);
    }

    async fn two_admins_do_not_both_go(w: Site) {
        let second = json!({"id": w.home.manager.id});
        w.change(&second, json!({"role": "admin"})).await.expect(200);
        let first = json!({"id": w.home.admin.id});
        let down = json!({"role": "manager"});
        let by_second = w.patch(at(&second)).bearer(&w.manager).json(&down);
        let (a, b) = tokio::join!(w.change(&first, down.clone()), by_second.into_future());
        let mut both = [a.status, b.status];
        both.sort_unstable();
        assert_eq!(both, [200, 400]);
        let admins: Vec<i64> = {
            let left = if a.status == 200 { &w.manager } else { &w.admin };
            let page = w.get(format!("{USERS}?role=admin")).bearer(left).await.expect(200);
            page["results"].as_array().unwrap().iter().map(|u| u["id"].as_i64().unwrap()).collect()
        };
        assert_eq!(admins.len(), 1);
    }

    async fn two_admins_do_not_archive_each_other(w: Site) {
        let second = json!({"id": w.home.manager.id});
        w.change(&second, json!({"role": "admin"})).await.expect(200);
        let first = json!({"id": w.home.admin.id});
        let a = w.delete(at(&second)).bearer(&w.admin);
        let b = w.delete(at(&first)).bearer(&w.manager);
        let (a, b) = tokio::join!(a.into_future(), b.into_future());
        assert!([a.status, b.status].iter().filter(|s| **s == 204).count() == 1, "{} {}", a.status, b.status);
    }

    async fn one_refresh_token_used_twice_at_once(w: Site) {
        let tokens = w.by_password(&w.home.admin.email, PASSWORD).await.expect(200);
        let form = json!({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]});
        let (a, b) = tokio::join!(w.ask(&w.program, &form).into_future(), w.ask(&w.program, &form).into_future());
        assert_eq!(a.status + b.status, 600);
        let granted = if a.status == 200 { a } else { b }.expect(200);
        w.get(USERS).bearer(granted["access_token"].as_str().unwrap()).await.expect(401);
    }
}
