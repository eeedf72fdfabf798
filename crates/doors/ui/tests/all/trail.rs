//! What the desk reads back and sets right: comments on news, mails, addresses, the audit trail, arrears, sign-in elsewhere.

use app::{ledger::Query, message};
use axum::http::header;
use kernel::{MessageId, PageRequest};
use world::axum;

use crate::{House, cookie_of, html, location, rights::is_sound};

const EVIL: &str = "<script>alert(1)</script>";

/// Where the undo of what was just done is sent.
fn undo(answer: &world::Answer) -> String {
    assert_eq!(answer.status, 303, "{}", html(answer));
    cookie_of(answer, "flash").unwrap().split_once('~').unwrap().1.to_owned()
}

impl House {
    /// Writes a mail to somebody.
    async fn mail(&self, person: kernel::PersonId, kind: &'static str, text: &str) -> MessageId {
        let text = text.to_owned();
        self.write(self.home.org, async move |w| {
            let mail = message::Mail {
                person,
                kind,
                to: "somebody@mail.example".to_owned(),
                subject: format!("About {EVIL}"),
                text: text.clone(),
                html: Some(EVIL.to_owned()),
            };
            message::queue(w, &mail).await
        })
        .await
    }
}

world::tests! { crate::open =>
    async fn comments_on_news_are_answered_deleted_and_brought_back(w: House) {
        let (admin, keeper, tenant) = (w.cookie(&w.home.admin).await, w.cookie(&w.home.property_manager).await, w.resident("Mia", "1").await);
        let post = w.news("Lift", "It runs again.").await;
        let own = format!("/desk/community/news/{post}");
        assert_eq!(w.form(&format!("/news/{post}"), &tenant, &[("text", EVIL)]).await.status, 303);
        let blank = w.form(&format!("{own}/comments"), &keeper, &[("say", " ")]).await;
        assert!(blank.status == 422 && html(&blank).contains("id=\"say-fault\""), "{}", html(&blank));
        assert_eq!(w.form(&format!("{own}/comments"), &keeper, &[("say", "Thank you")]).await.status, 303);
        let page = w.page(&own, &admin).await;
        is_sound(&own, &page);
        let text = html(&page);
        assert!(text.contains("&#60;script&#62;") && text.contains("Thank you") && !text.contains(EVIL), "{text}");
        let seen = async || html(&w.page(&format!("/news/{post}"), &tenant).await);
        assert!(seen().await.contains("Thank you"));

        let theirs = text.split("/comments/").nth(1).unwrap().split('/').next().unwrap().to_owned();
        let gone = w.form(&format!("{own}/comments/{theirs}/delete"), &keeper, &[]).await;
        assert!(!seen().await.contains("&#60;script&#62;"), "out of sight");
        assert_eq!(w.form(&format!("/news/{post}/comments/{theirs}/restore"), &tenant, &[]).await.status, 403, "its author does not put back what the staff took away");
        assert_eq!(w.form(&undo(&gone), &keeper, &[]).await.status, 303);
        assert!(seen().await.contains("&#60;script&#62;"), "undone");
        assert_eq!(w.form(&undo(&gone), &keeper, &[]).await.status, 404, "once");

        let mine = w.form(&format!("/news/{post}/comments/{theirs}/delete"), &tenant, &[]).await;
        assert_eq!(w.form(&undo(&mine), &tenant, &[]).await.status, 303, "one's own comes back");
        assert!(seen().await.contains("&#60;script&#62;"));

        w.clock.advance(1);
        let away = w.form(&format!("{own}/delete"), &admin, &[]).await;
        assert_eq!((w.page(&own, &admin).await.status, w.page(&format!("/news/{post}"), &tenant).await.status), (404, 404));
        assert_eq!(w.form(&undo(&away), &admin, &[]).await.status, 303);
        let back = seen().await;
        assert!(back.contains("It runs again.") && back.contains("Thank you"), "with what was said");
    }

    async fn mails_are_read_and_their_rights_are_the_admins(w: House) {
        let (admin, staff, keeper) = (w.cookie(&w.home.admin).await, w.cookie(&w.home.staff).await, w.cookie(&w.home.property_manager).await);
        let link = "Hello,\n\nHere you go:\n\nhttps://portico.example/invite/x?token=very-secret-1\n\nThe code is very-secret-1.\n";
        let right = w.mail(w.home.tenant, "invite", link).await;
        let plain = w.mail(w.home.tenant, "news", &format!("There is news. {EVIL}")).await;
        let inside = w.mail(w.home.manager.id, "message", "For the manager").await;
        let odd = w.mail(w.home.tenant, "something", "very-secret-1").await;
        let path = |id: MessageId| format!("/desk/settings/outbox/{id}");
        for cookie in [&admin, &staff, &keeper] {
            let page = w.page(&path(right), cookie).await;
            let text = html(&page);
            is_sound(&path(right), &page);
            assert!(text.contains("Here you go") && !text.contains("very-secret") && !text.contains(EVIL), "{text}");
            assert!(!html(&w.page(&path(odd), cookie).await).contains("very-secret"), "what is not understood is not shown");
            assert!(html(&w.page(&path(plain), cookie).await).contains("There is news. &#60;script&#62;"));
        }
        assert_eq!(w.form(&path(right), &staff, &[]).await.status, 403);
        let before = w.changed(w.home.org).await;
        let shown = w.form(&path(right), &admin, &[]).await;
        let text = html(&shown);
        assert!(shown.status == 200 && text.contains("id=\"link\">https:") && text.contains("token=very-secret-1"), "{text}");
        assert!(w.changed(w.home.org).await > before, "that it was shown is noted");
        assert!(html(&w.page("/desk/settings/audit", &admin).await).contains("looked at the link in a mail"));

        assert!(html(&w.page(&path(inside), &admin).await).contains("For the manager"));
        assert_eq!(w.page(&path(inside), &staff).await.status, 404, "colleagues do not read each other's mail");
        assert_eq!(w.page(&path(right), &w.cookie(&w.other.admin).await).await.status, 404);
        let person = html(&w.page(&format!("/desk/people/{}", w.home.tenant), &staff).await);
        assert!(person.contains(&format!("href=\"{}\"", path(right))), "{person}");
        assert!(html(&w.page("/desk/settings/outbox", &admin).await).contains(&format!("href=\"{}\"", path(plain))));
        assert_eq!(w.form("/desk/settings/outbox/99999/retry", &admin, &[]).await.status, 404);
    }

    async fn an_address_is_written_by_the_staff_and_by_oneself(w: House) {
        let staff = w.cookie(&w.home.staff).await;
        let mia = w.resident("Mia", "1").await;
        let id = w.person(&mia).await;
        let edit = format!("/desk/people/{id}/edit");
        let who = [("first_name", "Mia"), ("last_name", "Resident"), ("email", "mia@mail.example"), ("phone", "")];
        let half = [&who[..], &[("address1", ""), ("city", "Berlin"), ("postal", "10115")]].concat();
        let refused = w.form(&edit, &staff, &half).await;
        assert!(refused.status == 422 && html(&refused).contains("id=\"address1-fault\""), "{}", html(&refused));
        let whole = [&who[..], &[("address1", EVIL), ("address2", "Rear house"), ("city", "Albany"), ("state", "NY"), ("postal", "12207")]].concat();
        let saved = w.form(&edit, &staff, &whole).await;
        assert_eq!(saved.status, 303, "{}", html(&saved));
        let page = html(&w.page(&format!("/desk/people/{id}"), &staff).await);
        assert!(page.contains("&#60;script&#62;") && page.contains("Rear house<br>") && page.contains("12207") && !page.contains(EVIL), "{page}");
        // A form without these fields changes nothing about them.
        assert_eq!(w.form(&edit, &staff, &who).await.status, 303);
        let me = html(&w.page("/me", &mia).await);
        assert!(me.contains("value=\"12207\"") && me.contains("value=\"Albany\""), "{me}");
        let moved = [("phone", ""), ("language", ""), ("address1", "1 Quay"), ("address2", ""), ("city", "Buffalo"), ("state", "NY"), ("postal", "14201")];
        assert_eq!(w.form("/me", &mia, &moved).await.status, 303);
        let data = w.page("/me/data.json", &mia).await;
        let data: serde_json::Value = serde_json::from_slice(&data.body).unwrap();
        assert_eq!(data["person"]["addresses"][0]["street"], "1 Quay");
        let (system, name) = (w.system(w.home.org), "tenant_portal_disable_mailing_address");
        w.app.properties().set(&system, w.home.harbour, name, Some("true".to_owned())).await.unwrap();
        let locked = w.form("/me", &mia, &[("phone", ""), ("language", ""), ("address1", "2 Quay"), ("city", "Buffalo"), ("state", "NY"), ("postal", "14201")]).await;
        assert_eq!(locked.status, 422, "the house keeps it");
        let me = html(&w.page("/me", &mia).await);
        assert!(!me.contains("name=\"address1\"") && me.contains("1 Quay"), "{me}");
        let none = [&who[..], &[("address1", ""), ("address2", ""), ("city", ""), ("state", ""), ("postal", "")]].concat();
        assert_eq!(w.form(&edit, &staff, &none).await.status, 303);
        assert!(!html(&w.page(&format!("/desk/people/{id}"), &staff).await).contains("1 Quay"), "taken away");
    }

    async fn the_audit_trail_speaks(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let tenant = w.home.tenant;
        let edit = format!("/desk/people/{tenant}/edit");
        let new = [("first_name", EVIL), ("last_name", "Lessee"), ("email", ""), ("phone", "")];
        assert_eq!(w.form(&edit, &admin, &new).await.status, 303);
        let all = w.page("/desk/settings/audit", &admin).await;
        is_sound("/desk/settings/audit", &all);
        let text = html(&all);
        assert!(!text.contains(EVIL) && text.contains("changed the details of: &#60;script&#62;"), "{text}");
        assert!(text.contains(&format!("href=\"/desk/people/{tenant}\"")) && text.contains("First name") && text.contains(" → &#60;script&#62;"), "{text}");
        for code in ["resident.", "ticket.", "<code>", "did something"] {
            assert!(!text.contains(code), "{code} in {text}");
        }
        let german = html(&w.page("/desk/settings/audit", &admin).header(header::ACCEPT_LANGUAGE, "de").await);
        assert!(german.contains("hat Angaben geändert"), "{german}");
        let audit = async |query: &str| html(&w.page(&format!("/desk/settings/audit?{query}"), &admin).await);
        let tickets = audit("area=tickets").await;
        assert!(tickets.contains("opened: Ticket ") && !tickets.contains("changed the details"), "{tickets}");
        assert!(audit("until=2001-01-01").await.contains("Nothing fits"));
        assert!(audit("door=ruckus").await.contains("Nothing fits"));
        assert!(audit("name=nobodyatall").await.contains("Nobody here is called so"));
        let who = w.home.admin.id;
        assert!(audit(&format!("who={who}")).await.contains("changed the details of"));
        assert!(audit(&format!("who={tenant}")).await.contains("Nothing fits"), "they did nothing");
        assert!(audit(&format!("who={tenant}&as=about")).await.contains("changed the details of"), "but it concerns them");
        // Two of a name: one chooses.
        w.server.resident(w.home.org, "Otto", "Lessee", None).await;
        let two = audit("name=lessee").await;
        assert!(two.contains("Whom do you mean?") && two.matches("who=").count() >= 2, "{two}");
        let list = w.page("/desk/settings/audit.csv?area=people", &admin).await;
        let text = html(&list);
        assert_eq!(list.headers["content-type"], "text/csv; charset=utf-8");
        assert!(text.starts_with('\u{FEFF}') && text.contains("changed the details of"), "{text}");
        assert_eq!(w.page("/desk/settings/audit", &w.cookie(&w.home.manager).await).await.status, 403);
    }

    async fn steps_are_taken_paused_and_reminded_of(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let all = w.app.ledgers().search(&w.system(w.home.org), Query::default(), PageRequest::default()).await.unwrap();
        let ledger = all.items.into_iter().find(|l| l.person_id == w.home.tenant).unwrap_or_else(|| panic!("the tenant has a ledger"));
        let own = format!("/desk/ledgers/{}", ledger.id);
        let early = w.form(&format!("{own}/step"), &admin, &[("step", "lien"), ("on", ""), ("note", "")]).await;
        assert!(early.status == 422 && html(&early).contains("Nothing is overdue"), "{}", html(&early));
        let today = kernel::Zone::UTC.date(w.clock.now());
        let day = |back: i32| today.checked_sub(jiff::ToSpan::days(i64::from(back))).unwrap().to_string();
        let long_ago = day(40);
        let charge = [("amount", "100.00"), ("on", long_ago.as_str()), ("text", "Repair"), ("key", "one")];
        assert_eq!(w.form(&format!("{own}/charge"), &admin, &charge).await.status, 303);

        let wrong = w.form(&format!("{own}/step"), &admin, &[("step", ""), ("on", "2031-01-01")]).await;
        assert!(wrong.status == 422 && html(&wrong).contains("id=\"on-fault\""), "{}", html(&wrong));
        let taken = w.form(&format!("{own}/step"), &admin, &[("step", "lien"), ("on", &day(3)), ("note", EVIL)]).await;
        let page = w.page(&own, &admin).await;
        is_sound(&own, &page);
        let text = html(&page);
        assert!(text.contains("took a step: Lien (&#60;script&#62;") && !text.contains(EVIL), "{text}");
        let account = w.app.ledgers().get(&w.system(w.home.org), ledger.property_id, ledger.uid).await.unwrap().ledger.account_id;
        let told = async || w.app.ledgers().delinquency(&w.system(w.home.org), account).await.unwrap().lien;
        assert!(told().await, "programs see it");
        assert!(html(&w.page("/desk/money/arrears", &admin).await).contains(">Lien<"));
        assert_eq!(w.form(&undo(&taken), &admin, &[]).await.status, 303);
        assert!(!told().await);

        let paused = w.form(&format!("{own}/pause"), &admin, &[("until", &day(-10)), ("note", "Pays in parts")]).await;
        assert!(html(&w.page("/desk/money/arrears", &admin).await).contains("Paused until"));
        assert_eq!(w.form(&undo(&paused), &admin, &[]).await.status, 303);
        assert!(!html(&w.page(&own, &admin).await).contains("Paused until "));
        let past = w.form(&format!("{own}/pause"), &admin, &[("until", &day(1))]).await;
        assert!(past.status == 422 && html(&past).contains("id=\"until-fault\""));

        let unknown = w.form(&format!("{own}/remind"), &admin, &[]).await;
        assert!(unknown.status == 422 && html(&unknown).contains("no e-mail address"), "{}", html(&unknown));
        let (org, tenant) = (w.home.org, w.home.tenant);
        w.write(org, async move |w| {
            w.execute(db::sql!("UPDATE person SET email = 'lessee@mail.example', language = 'de' WHERE org_id = $1 AND id = $2", org, tenant)).await
        })
        .await;
        let asked = html(&w.page(&format!("{own}/remind"), &admin).await);
        assert!(asked.contains("100.00") && asked.contains("cannot be called back"), "{asked}");
        assert_eq!(location(&w.form(&format!("{own}/remind"), &admin, &[]).await), own);
        let mails = w.mails("reminder").await;
        assert_eq!(mails.len(), 1);
        let text = format!("{} {}", mails[0].subject, mails[0].text_body);
        assert!(text.contains("Zahlungserinnerung: 100,00") && text.contains("fällig"), "in their language: {text}");
        assert_eq!(w.form(&format!("{own}/remind"), &admin, &[]).await.status, 422, "once a day");
        assert!(html(&w.page(&own, &admin).await).contains("sent a reminder"));
    }

    async fn rules_are_set_by_managers(w: House) {
        let manager = w.cookie(&w.home.manager).await;
        let path = format!("/desk/money/rules?property={}", w.home.harbour);
        let bad = w.form(&path, &manager, &[("fee", "5"), ("fee_days", ""), ("lien", "0"), ("auction", "soon")]).await;
        let text = html(&bad);
        assert!(bad.status == 422 && ["fee_days-fault", "lien-fault", "auction-fault"].iter().all(|f| text.contains(f)), "{text}");
        let good = [("fee", "7.50"), ("fee_days", "10"), ("gate_lockout", "20"), ("lien", "")];
        assert_eq!(w.form(&path, &manager, &good).await.status, 303);
        let page = html(&w.page(&path, &manager).await);
        assert!(page.contains("value=\"7.50\"") && page.contains("name=\"gate_lockout\" value=\"20\""), "{page}");
        let set = w.app.ledgers().rules(&w.system(w.home.org), w.home.harbour).await.unwrap().rules;
        assert_eq!((set.late_fee.map(|f| (f.after_days, f.amount)), set.steps.len()), (Some((10, 750)), 1));
        let admin = w.cookie(&w.home.admin).await;
        let audit = html(&w.page("/desk/settings/audit?area=places", &admin).await);
        assert!(audit.contains("set what follows when rent is late") && audit.contains("7.50"), "{audit}");
        assert_eq!(w.form(&path, &w.cookie(&w.other.admin).await, &good).await.status, 404);
    }

    async fn sign_in_elsewhere_is_set_up_and_its_secret_never_comes_back(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let path = "/desk/settings/providers";
        let bad = [("key", "Bad key"), ("name", "Acme"), ("issuer", "https://id.acme.example"), ("client_id", "portico"), ("client_secret", "hush-hush")];
        let refused = w.form(path, &admin, &bad).await;
        let text = html(&refused);
        assert!(refused.status == 422 && text.contains("id=\"key-fault\"") && text.contains("value=\"Acme\"") && !text.contains("hush-hush"), "{text}");
        let good = [("key", "acme"), ("name", EVIL), ("issuer", "https://id.acme.example"), ("client_id", "portico"), ("client_secret", "hush-hush"), ("scopes", "email profile")];
        assert_eq!(w.form(path, &admin, &good).await.status, 303);
        assert_eq!(w.form(path, &admin, &good).await.status, 422, "one of a name");
        let page = w.page(path, &admin).await;
        is_sound(path, &page);
        let text = html(&page);
        assert!(text.contains("/app/login/provider/acme/callback") && !text.contains("hush-hush") && !text.contains(EVIL), "{text}");
        assert!(html(&w.get("/app/login").header(header::HOST, &w.home.admin.host).await).contains("provider/acme"));
        assert_eq!(w.form(&format!("{path}/acme/remove"), &w.cookie(&w.other.admin).await, &[]).await.status, 404);
        assert_eq!(w.form(path, &w.cookie(&w.home.manager).await, &good).await.status, 403);
        assert_eq!(w.form(&format!("{path}/acme/remove"), &admin, &[]).await.status, 303);
        assert!(!html(&w.page(path, &admin).await).contains("callback"));
    }

    async fn keys_and_the_search_are_everywhere(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        for path in ["/desk", "/desk/money", "/desk/money/arrears", "/desk/settings", "/desk/settings/audit", "/desk/settings/outbox", "/desk/community/news", "/desk/me"] {
            let text = html(&w.page(path, &admin).await);
            assert_eq!(text.matches("id=\"keys\"").count(), 1, "{path}");
        }
        let mia = w.resident("Mia", "1").await;
        for path in ["/home", "/news", "/me"] {
            assert!(html(&w.page(path, &mia).await).contains("href=\"/search\" data-key=\"/\""), "{path}");
        }
        assert_eq!(html(&w.page("/search", &mia).await).matches("data-key=\"/\"").count(), 1);
    }

    async fn a_withdrawn_invitation_counts_again(w: House) {
        let mia = w.resident("Mia", "1").await;
        let unit = w.unit("1").await.to_string();
        let sent = w.form("/me/household", &mia, &[("unit_id", unit.as_str()), ("first_name", "Ben"), ("last_name", "Friend"), ("email", "ben@mail.example")]).await;
        let withdraw = undo(&sent);
        let gone = w.form(&withdraw, &mia, &[]).await;
        assert!(!html(&w.page("/me/household", &mia).await).contains("ben@mail.example"));
        let stranger = w.cookie(&w.other.tenant_with_login).await;
        assert_eq!(w.form(&undo(&gone), &stranger, &[]).await.status, 404);
        assert_eq!(w.form(&undo(&gone), &mia, &[]).await.status, 303);
        assert!(html(&w.page("/me/household", &mia).await).contains("ben@mail.example"));
        assert_eq!(w.form(&undo(&gone), &mia, &[]).await.status, 404, "it counts already");
    }
}
