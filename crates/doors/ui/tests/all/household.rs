//! `/me/household`: who lives there, who may join, and what those who decide do about the others.

use std::net::Ipv4Addr;

use app::{invite, notification::Filter};
use axum::http::header;
use kernel::{Draft, Field, Living, Principal, TenancyId};
use world::{axum, db};

use crate::{House, cookie_of, html, location};

impl House {
    /// Somebody whom the household of this cookie invites at its page, and who has accepted; their cookie.
    async fn let_in(&self, by: &str, first: &str, living: &str) -> String {
        let unit = self.unit("1").await.to_string();
        let email = format!("{}@mail.example", first.to_lowercase());
        let fields = [
            ("unit_id", unit.as_str()),
            ("first_name", first),
            ("last_name", "Resident"),
            ("email", email.as_str()),
            ("living", living),
        ];
        let sent = self.form("/me/household", by, &fields).await;
        assert_eq!(sent.status, 303, "{}", html(&sent));
        let mails = self.app.messages().list(&self.system(self.home.org), 100).await.unwrap();
        let mail = mails.into_iter().find(|m| m.to_address == email).unwrap().text_body;
        let token = mail.split("invite_token=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        self.accept(&token, first, &email).await
    }

    /// Renty, whom the management invites into unit 1.
    async fn invited_by_the_management(&self) -> invite::Made {
        let asked = invite::Input {
            person_id: Some(self.home.tenant),
            unit_id: Field::Given(self.unit("1").await),
            email: Field::Given("renty@mail.example".to_owned()),
            living: Field::Given(Living::Tenant),
            ..invite::Input::default()
        };
        self.app.invites().create(&self.staff().await, Draft::from(asked)).await.unwrap()
    }

    async fn stay(&self, cookie: &str) -> TenancyId {
        let (org, person) = (self.home.org, self.person(cookie).await);
        let find = async move |w: &db::Write| {
            w.one(db::sql!("SELECT max(id) FROM tenancy WHERE org_id = $1 AND person_id = $2", org, person)).await
        };
        self.write(org, find).await
    }
}

/// Where the undo of what was just done is sent.
fn undo(answer: &world::Answer) -> String {
    cookie_of(answer, "flash").unwrap().split_once('~').unwrap().1.to_owned()
}

world::tests! { crate::open =>
    async fn rights_are_given_and_taken(w: House) {
        let ada = w.resident("Ada", "1").await;
        let kim = w.let_in(&ada, "Kim", "member").await;
        let page = format!("/me/household/people/{}", w.stay(&kim).await);
        let list = html(&w.page("/me/household", &ada).await);
        assert!(list.contains(&page) && !list.contains("decides, too"), "{list}");
        assert!(!html(&w.page("/me/household", &kim).await).contains("/me/household/people/"), "Kim decides nothing");
        assert_eq!(w.page(&page, &kim).await.status, 404);
        let shown = w.page(&page, &ada).await;
        crate::rights::is_sound(&page, &shown);
        assert!(html(&shown).contains("value=\"member\" checked"));
        // What guests may not is told beside the field.
        let wrong = w.form(&page, &ada, &[("living", "guest"), ("unit_admin", "yes")]).await;
        assert_eq!(wrong.status, 422);
        assert!(html(&wrong).contains("Guests cannot decide for the home."), "{}", html(&wrong));
        let right = w.form(&page, &ada, &[("living", "member"), ("unit_admin", "yes")]).await;
        assert_eq!((right.status, location(&right)), (303, "/me/household"));
        assert!(html(&w.page("/me/household", &ada).await).contains("decides, too"));
        // Kim decides now, too: over guests, not over Ada or Kim.
        let gus = w.let_in(&kim, "Gus", "guest").await;
        let list = html(&w.page("/me/household", &kim).await);
        assert!(list.contains(&format!("/people/{}", w.stay(&gus).await)) && !list.contains(&page));
        for own in [w.stay(&kim).await, w.stay(&ada).await] {
            assert_eq!(w.page(&format!("/me/household/people/{own}"), &kim).await.status, 404);
            assert_eq!(w.form(&format!("/me/household/people/{own}/remove"), &kim, &[]).await.status, 404);
        }
        w.form(&page, &ada, &[("living", "member")]).await;
        assert_eq!(w.page(&format!("/me/household/people/{}", w.stay(&gus).await), &kim).await.status, 404);
        let german = html(&w.page(&page, &ada).header(header::ACCEPT_LANGUAGE, "de").await);
        assert!(german.contains("Aus dem Haushalt entfernen"));
    }

    async fn somebody_is_removed_and_taken_back(w: House) {
        let ada = w.resident("Ada", "1").await;
        let kim = w.let_in(&ada, "Kim", "member").await;
        let page = format!("/me/household/people/{}", w.stay(&kim).await);
        let post = w.news("Lift", "It runs again.").await;
        assert_eq!(w.page(&format!("/news/{post}"), &kim).await.status, 200);
        let gone = w.form(&format!("{page}/remove"), &ada, &[]).await;
        assert_eq!((gone.status, location(&gone)), (303, "/me/household"), "{}", html(&gone));
        assert_eq!(w.page(&format!("/news/{post}"), &kim).await.status, 404, "at once");
        assert!(html(&w.page("/home", &kim).await).contains("<h1"), "signed in still");
        assert!(!html(&w.page("/me/household", &ada).await).contains("Kim"));
        assert_eq!(w.form(&format!("{page}/remove"), &ada, &[]).await.status, 404);
        let back = undo(&gone);
        assert_eq!(w.form(&back, &kim, &[]).await.status, 404, "not by whom it concerns");
        assert_eq!(w.form(&back, &ada, &[]).await.status, 303);
        assert_eq!(w.page(&format!("/news/{post}"), &kim).await.status, 200);
        assert!(html(&w.page("/me/household", &ada).await).contains("Kim"));
    }

    async fn the_managements_invitations_are_its_own(w: House) {
        let (ada, unit) = (w.resident("Ada", "1").await, w.unit("1").await);
        let made = w.invited_by_the_management().await;
        let list = html(&w.page("/me/household", &ada).await);
        assert!(!list.contains("renty@mail.example") && !list.contains("/withdraw"), "{list}");
        assert_eq!(w.form(&format!("/me/household/{}/withdraw", made.invite.id), &ada, &[]).await.status, 404);
        let unit = unit.to_string();
        let again = [
            ("unit_id", unit.as_str()), ("first_name", "Renty"), ("last_name", "X"), ("email", "Renty@mail.example"), ("living", "member"),
        ];
        let refused = w.form("/me/household", &ada, &again).await;
        assert_eq!(refused.status, 422);
        assert!(html(&refused).contains("has invited this address already"), "{}", html(&refused));
        let renty = w.accept(&made.token, "Renty", "renty@mail.example").await;
        assert_eq!(w.person(&renty).await, w.home.tenant);
        // What Ada invites herself she takes back herself.
        let other = [("email", "kim@mail.example"), ("first_name", "Kim")];
        let fields = [("unit_id", unit.as_str()), ("last_name", "X"), ("living", "guest")];
        let sent = w.form("/me/household", &ada, &[&fields[..], &other[..]].concat()).await;
        assert!(html(&w.page("/me/household", &ada).await).contains("kim@mail.example"));
        assert_eq!(w.form(&undo(&sent), &ada, &[]).await.status, 303);
        assert!(!html(&w.page("/me/household", &ada).await).contains("kim@mail.example"));
    }

    async fn what_the_management_took_back_residents_do_not_bring_back(w: House) {
        let (ada, staff) = (w.resident("Ada", "1").await, w.staff().await);
        let made = w.invited_by_the_management().await;
        w.app.invites().withdraw(&staff, made.invite.id).await.unwrap();
        let restore = format!("/me/household/{}/restore", made.invite.id);
        assert_eq!(w.form(&restore, &ada, &[]).await.status, 404);
        assert!(w.app.invites().check(&staff, &made.token, Ipv4Addr::LOCALHOST.into()).await.is_err(), "it stays so");
        w.app.invites().restore(&staff, made.invite.id).await.unwrap();
        let renty = w.accept(&made.token, "Renty", "renty@mail.example").await;
        assert_eq!(w.person(&renty).await, w.home.tenant);
    }

    async fn the_desk_says_who_leaves_along(w: House) {
        let (ada, admin) = (w.resident("Ada", "1").await, w.cookie(&w.home.admin).await);
        w.let_in(&ada, "Kim", "member").await;
        let page = format!("/desk/moves/out?tenancy={}", w.stay(&ada).await);
        let text = html(&w.page(&page, &admin).await);
        assert!(text.contains("These stay: ") && !text.contains("These leave, too"), "another tenant stays: {text}");
        let today = kernel::Zone::named("America/Los_Angeles").date(w.app.now());
        w.app.moves().move_out(&w.staff().await, w.home.lease, today, String::new()).await.unwrap();
        let text = html(&w.page(&page, &admin).await);
        assert!(text.contains("with whom they live: Kim Resident (Household member)") && !text.contains("These stay"), "{text}");
    }

    async fn old_notifications_lead_somewhere(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let (org, me) = (w.home.org, w.caller(&cookie).await);
        let Principal::Person { person, .. } = me.principal else { unreachable!("Mia is a person") };
        let post = w.news("Lift", "It runs again.").await;
        let harbour = w.home.harbour;
        w.write(org, async move |w| {
            w.execute(db::sql!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) \
                 INSERT INTO notification (org_id, person_id, property_id, seq, topic, item_id, mail, created_at) \
                 SELECT $1, $2, $3, 100000 + i, 'post', $4, 'no', CAST($5 AS BIGINT) + i FROM n",
                org, person, harbour, post, w.now()
            ))
            .await
            .map(drop)
        })
        .await;
        let all = w.app.notifications().list(&me, Filter::default(), 2_000).await.unwrap().rows;
        let oldest = all.iter().rfind(|n| n.item_id == post.get()).unwrap().id;
        let to = w.page(&format!("/notifications/{oldest}"), &cookie).await;
        assert_eq!((to.status, location(&to)), (303, format!("/news/{post}").as_str()));
    }
}
