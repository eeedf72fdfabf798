//! What the staff do in the office part of the desk: money, moves, lists, news, and what the management reads.

use app::ledger::{LedgerRow, Query};
use axum::http::header;
use kernel::{ImportId, LedgerId, PageRequest};
use world::{Place, axum};

use crate::{House, html, location, rights::is_sound};

const EVIL: &str = "<script>alert(1)</script>";

/// The ledgers of an organization.
async fn ledgers(w: &House, at: &Place) -> Vec<LedgerRow> {
    let all = w.app.ledgers().search(&w.system(at.org), Query::default(), PageRequest::default()).await;
    all.unwrap().items
}

/// Does what is left of an import.
async fn finish(w: &House, path: &str) {
    let id = ImportId::new(path.rsplit('/').next().unwrap().parse().unwrap());
    while w.app.imports().advance(&w.system(w.home.org), id).await.unwrap() {}
}

/// A value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let at = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("no {name} in {page}"));
    at.split('"').next().unwrap().to_owned()
}

/// Where the undo of what was just done is sent.
fn undo(answer: &world::Answer) -> String {
    let flash = crate::cookie_of(answer, "flash").unwrap();
    flash.split_once('~').unwrap().1.to_owned()
}

const PAGES: [&str; 36] = [
    "/desk/money",
    "/desk/money/ledgers",
    "/desk/money/ledgers?state=owing",
    "/desk/money/ledgers?q=mcr",
    "/desk/money/ledgers?q=1&after=nonsense",
    "/desk/money/arrears",
    "/desk/moves/in",
    "/desk/moves/in?property=HARBOUR",
    "/desk/moves/out",
    "/desk/moves/out?q=mcr",
    "/desk/import",
    "/desk/export",
    "/desk/community/news",
    "/desk/community/news/new?property=HARBOUR",
    "/desk/community/events",
    "/desk/community/events?property=HARBOUR",
    "/desk/community/events/new?property=HARBOUR",
    "/desk/community/faq",
    "/desk/community/faq?property=HARBOUR",
    "/desk/community/faq/new?property=HARBOUR",
    "/desk/community/documents",
    "/desk/community/documents?property=HARBOUR",
    "/desk/community/documents/new?property=HARBOUR",
    "/desk/community/contacts",
    "/desk/community/contacts/new?property=HARBOUR",
    "/desk/community/emergency/new",
    "/desk/settings/ticket-types",
    "/desk/settings/ticket-types/new",
    "/desk/settings",
    "/desk/settings/audit",
    "/desk/settings/audit?area=money&name=admin&as=about&door=pages&from=2026-01-01&until=2030-01-01",
    "/desk/settings/audit?name=nobody-at-all",
    "/desk/settings/outbox",
    "/desk/settings/providers",
    "/desk/money/rules",
    "/desk/money/rules?property=HARBOUR",
];

world::tests! { crate::open =>
    async fn every_page_of_the_office_for_everybody(w: House) {
        let ledger = ledgers(&w, &w.home).await.remove(0).id;
        let admin = w.cookie(&w.home.admin).await;
        let resident = w.resident("Mia", "1").await;
        let stranger = w.cookie(&w.other.admin).await;
        let harbour = w.home.harbour.to_string();
        let mut paths: Vec<String> = PAGES.iter().map(|p| p.replace("HARBOUR", &harbour)).collect();
        let own = format!("/desk/ledgers/{ledger}");
        paths.extend(["", "/payment", "/charge", "/credit", "/terms", "/step", "/pause", "/remind"].map(|deed| format!("{own}{deed}")));
        for path in &paths {
            let nobody = w.get(path.as_str()).await;
            assert!(location(&nobody).starts_with("/app/login?next="), "{path}");
            let home = w.page(path, &resident).await;
            assert_eq!((home.status, location(&home)), (303, "/home"), "{path}");
            let page = w.page(path, &admin).await;
            assert_eq!(page.status, 200, "{path}: {}", html(&page));
            is_sound(path, &page);
            let german = w.page(path, &admin).header(header::ACCEPT_LANGUAGE, "de").await;
            assert_eq!(german.status, 200, "{path}");
            if path.contains("?property=") || path.starts_with("/desk/ledgers/") {
                assert_eq!(w.page(path, &stranger).await.status, 404, "{path} of another organization");
            }
        }
    }

    async fn money_is_read_by_staff_and_written_by_managers(w: House) {
        let here = ledgers(&w, &w.home).await.remove(0);
        let own = format!("/desk/ledgers/{}", here.id);
        let staff = w.cookie(&w.home.staff).await;
        let keeper = w.cookie(&w.home.property_manager).await;
        for who in [&staff, &keeper] {
            let page = w.page(&own, who).await;
            assert_eq!(page.status, 200);
            assert!(!html(&page).contains("/payment\""), "no buttons for what may not be done");
            assert_eq!(w.page(&format!("{own}/payment"), who).await.status, 403);
            let form = [("amount", "5"), ("on", "2026-11-01"), ("means", "cash")];
            assert_eq!(w.form(&format!("{own}/payment"), who, &form).await.status, 403);
            assert_eq!(w.page("/desk/settings/audit", who).await.status, 403);
            assert_eq!(w.page("/desk/settings/outbox", who).await.status, 403);
            assert_eq!(w.page("/desk/settings/audit.csv", who).await.status, 403);
            assert_eq!(w.page("/desk/settings/providers", who).await.status, 403);
            for deed in ["step", "pause", "remind"] {
                assert_eq!(w.page(&format!("{own}/{deed}"), who).await.status, 403, "{deed}");
            }
            assert_eq!(w.form(&format!("{own}/remind"), who, &[]).await.status, 403);
            assert_eq!(w.page("/desk/money/rules", who).await.status, 403);
        }
        // The garden is not the property manager's.
        let new = w.server.resident(w.home.org, "Gus", "Gardener", Some((w.home.garden, "7"))).await;
        let garden = ledgers(&w, &w.home).await.into_iter().find(|l| l.person_id == new).unwrap();
        assert_eq!(w.page(&format!("/desk/ledgers/{}", garden.id), &keeper).await.status, 404);
        assert_eq!(w.page(&format!("/desk/ledgers/{}", garden.id), &staff).await.status, 200);
        for path in ["/desk/money", "/desk/money/ledgers", "/desk/moves/out?q=gardener", "/desk/moves/in"] {
            assert!(!html(&w.page(path, &keeper).await).contains("Garden"), "{path}");
        }
        assert_eq!(w.page(&format!("/desk/moves/in?property={}", w.home.garden), &keeper).await.status, 404);
        assert_eq!(w.page("/desk/import", &keeper).await.status, 403);
        let list = html(&w.page("/desk/export/units.csv", &keeper).await);
        assert!(list.contains("Harbour View") && !list.contains("Garden"), "{list}");
    }

    async fn charge_pay_take_back_and_restore(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let own = format!("/desk/ledgers/{}", ledgers(&w, &w.home).await.remove(0).id);
        let charge = format!("{own}/charge");
        let bad = w.form(&charge, &admin, &[("amount", "a lot"), ("on", "soon"), ("text", "")]).await;
        assert_eq!(bad.status, 422);
        let text = html(&bad);
        assert!(text.contains("value=\"a lot\"") && text.contains("amount-fault") && text.contains("text-fault"), "{text}");
        let key = hidden(&html(&w.page(&charge, &admin).await), "key");
        let good = [("amount", "1,234.50"), ("on", "2026-11-02"), ("text", EVIL), ("key", key.as_str())];
        for _ in 0..2 {
            let sent = w.form(&charge, &admin, &good).await;
            assert_eq!((sent.status, location(&sent)), (303, own.as_str()), "sent twice, charged once");
        }
        let balance = async || ledgers(&w, &w.home).await.remove(0).balance;
        assert_eq!(balance().await, 123_450);
        let page = html(&w.page(&own, &admin).await);
        assert!(!page.contains(EVIL) && page.contains("&#60;script&#62;"));
        let pay = format!("{own}/payment");
        assert!(html(&w.page(&pay, &admin).await).contains("value=\"1234.50\""), "what is owed is offered");
        let future = w.form(&pay, &admin, &[("amount", "1"), ("on", "2027-11-02"), ("means", "cash")]).await;
        assert_eq!(future.status, 422);
        let paid = w.form(&pay, &admin, &[("amount", "1300"), ("on", "20.11.2026"), ("means", "ach")]).await;
        assert_eq!(paid.status, 303, "{}", html(&paid));
        assert_eq!(balance().await, -6_550, "more than is owed stays as credit");
        let taken_back = w.form(&undo(&paid), &admin, &[]).await;
        assert_eq!((taken_back.status, balance().await), (303, 123_450));
        for _ in 0..2 {
            let restored = w.form(&undo(&taken_back), &admin, &[]).await;
            assert_eq!((restored.status, balance().await), (303, -6_550), "restored once");
        }
        let terms = [("rent", "700"), ("from", "2027-01-01"), ("billing_day", "15")];
        assert_eq!(w.form(&format!("{own}/terms"), &admin, &terms).await.status, 303);
        let foreign = w.cookie(&w.other.admin).await;
        assert_eq!(w.form(&charge, &foreign, &good).await.status, 404);
        let other_site = w.form(&charge, &admin, &good).header(header::ORIGIN, "https://evil.example").await;
        assert_eq!(other_site.status, 403);
    }

    async fn moving_in_and_out_once(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let property = w.home.harbour;
        w.write(w.home.org, async move |w| {
            w.execute(db::sql!(
                "INSERT INTO unit (uid, org_id, property_id, building_id, number, price, created_at, updated_at) \
                 SELECT $1, org_id, property_id, id, '22', 90000, created_at, created_at FROM building WHERE property_id = $2",
                w.uid(),
                property
            ))
            .await
            .map(drop)
        })
        .await;
        let units = html(&w.page(&format!("/desk/moves/in?property={property}"), &admin).await);
        let unit = units.split("unit=").nth(1).unwrap().split(['"', '&']).next().unwrap().to_owned();
        let at = format!("/desk/moves/in?property={property}&unit={unit}");
        let people = html(&w.page(&format!("{at}&q=newcomer"), &admin).await);
        assert!(people.contains("Nina Newcomer"), "{people}");
        let begun = html(&w.page(&format!("{at}&person=new"), &admin).await);
        let again = format!("/desk/moves/in?property={property}&#38;person=new");
        assert!(begun.contains(&again), "another unit is chosen for the same person: {begun}");
        let terms = html(&w.page(&format!("{at}&person=new"), &admin).await);
        let key = hidden(&terms, "key");
        let place = property.to_string();
        let fields = |step: &'static str, last: &'static str| {
            vec![
                ("property", place.clone()),
                ("unit", unit.clone()),
                ("person", "new".to_owned()),
                ("first_name", "Eva".to_owned()),
                ("last_name", last.to_owned()),
                ("email", "eva@mail.example".to_owned()),
                ("living", "tenant".to_owned()),
                ("starts_on", "2026-11-21".to_owned()),
                ("rent", "900".to_owned()),
                ("invite", "yes".to_owned()),
                ("key", key.clone()),
                ("step", step.to_owned()),
            ]
        };
        let send = async |fields: Vec<(&str, String)>| {
            let all: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            w.form("/desk/moves/in", &admin, &all).await
        };
        let bad = send(fields("", "")).await;
        assert_eq!(bad.status, 422);
        assert!(html(&bad).contains("last_name-fault") && html(&bad).contains("value=\"Eva\""));
        let before = ledgers(&w, &w.home).await.len();
        let checked = send(fields("", "Neu")).await;
        assert_eq!((checked.status, ledgers(&w, &w.home).await.len()), (200, before), "nothing is written before the last step");
        assert!(html(&checked).contains("eva@mail.example gets an invitation"), "{}", html(&checked));
        let mut to = String::new();
        for _ in 0..2 {
            let done = send(fields("done", "Neu")).await;
            assert_eq!(done.status, 303, "{}", html(&done));
            to = location(&done).to_owned();
        }
        assert_eq!(ledgers(&w, &w.home).await.len(), before + 1, "sent twice, moved in once");
        let ledger = LedgerId::new(to.rsplit('/').next().unwrap().parse().unwrap());
        let row = w.app.ledgers().row(&w.system(w.home.org), ledger).await.unwrap();
        assert!(row.balance > 0, "the first rent is charged");
        let mails = w.app.messages().list(&w.system(w.home.org), 100).await.unwrap();
        let codes: Vec<&str> = mails
            .iter()
            .filter(|m| m.to_address == "eva@mail.example")
            .filter_map(|m| m.text_body.split("invite_token=").nth(1)?.split_whitespace().next())
            .collect();
        let [code] = codes[..] else { panic!("{} invitations", codes.len()) };
        let eva = w.accept(code, "Eva", "eva@mail.example").await;
        assert_eq!(w.person(&eva).await, row.person_id, "who registers is who moved in");
        let bills = html(&w.page(&to, &admin).await);
        let bill = bills.split("/desk/invoices/").nth(1).unwrap().split('"').next().unwrap();
        let paper = w.page(&format!("/desk/invoices/{bill}/pdf"), &admin).await;
        assert_eq!((paper.status, paper.header("content-type").as_str()), (200, "application/pdf"));
        assert!(paper.body.starts_with(b"%PDF-1.7"));

        let found = html(&w.page("/desk/moves/out?q=neu", &admin).await);
        let tenancy = found.split("tenancy=").nth(1).unwrap().split('"').next().unwrap().to_owned();
        while w.app.search().follow(&w.system(w.home.org)).await.unwrap() > 0 {}
        for name in ["eva", "Eva Neu", "NEU, eva", "ev n"] {
            let q = name.replace(' ', "+");
            assert!(html(&w.page(&format!("/desk/moves/out?q={q}"), &admin).await).contains(&tenancy), "{name}");
            let people = html(&w.page(&format!("{at}&q={q}"), &admin).await);
            assert!(people.contains(&format!("person={}", row.person_id)), "{name}");
            assert!(html(&w.page(&format!("/desk/money/ledgers?q={q}"), &admin).await).contains(&to), "{name}");
        }
        assert!(html(&w.page("/desk/money/ledgers?q=22", &admin).await).contains(&to));
        for name in ["eve", "eva+altmann", "--"] {
            assert!(!html(&w.page(&format!("/desk/money/ledgers?q={name}"), &admin).await).contains(&to), "{name}");
        }
        for name in ["eve", "eva+altmann", "--"] {
            assert!(!html(&w.page(&format!("/desk/moves/out?q={name}"), &admin).await).contains("tenancy="), "{name}");
        }
        let leaving = html(&w.page(&format!("/desk/moves/out?tenancy={tenancy}"), &admin).await);
        let key = hidden(&leaving, "key");
        let out = [("tenancy", tenancy.as_str()), ("on", "2026-11-21"), ("key", key.as_str())];
        let early = [("tenancy", tenancy.as_str()), ("on", "2020-01-01")];
        assert_eq!(w.form("/desk/moves/out", &admin, &early).await.status, 422);
        let gone = w.form("/desk/moves/out", &admin, &out).await;
        assert_eq!((gone.status, location(&gone)), (303, to.as_str()), "{}", html(&gone));
        assert_eq!(w.form("/desk/moves/out", &admin, &out).await.status, 303, "sent twice");
        let closes = async || w.app.ledgers().row(&w.system(w.home.org), ledger).await.unwrap().closes_at;
        assert!(closes().await.is_some());
        assert_eq!(w.form(&undo(&gone), &admin, &[]).await.status, 303);
        assert!(closes().await.is_none(), "undone");
        let foreign = w.cookie(&w.other.admin).await;
        assert_eq!(w.page(&format!("/desk/moves/out?tenancy={tenancy}"), &foreign).await.status, 404);
        assert_eq!(w.form("/desk/moves/out", &foreign, &out).await.status, 404);
    }

    async fn a_list_is_sent_checked_taken_and_taken_back(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let send = async |kind: &str, text: &str| {
            w.parts("/desk/import/send", &admin, &[("kind", kind)], &[("file", "list.csv", text.as_bytes())]).await
        };
        let empty = send("units", "").await;
        assert_eq!(empty.status, 422);
        let wrong = send("units", "a,b\n1,2\n").await;
        assert!(html(&wrong).contains("property, number"), "{}", html(&wrong));
        let list = format!("property,number,floor\nHarbour View,A1,2\nHarbour View,A2,{EVIL}\nNowhere {EVIL},A3,1\n");
        let sent = send("units", &list).await;
        assert_eq!(sent.status, 303, "{}", html(&sent));
        let run = location(&sent).to_owned();
        let working = w.page(&run, &admin).await;
        assert_eq!(working.headers["refresh"], "2");
        finish(&w, &run).await;
        let page = w.page(&run, &admin).await;
        is_sound(&run, &page);
        assert!(!html(&page).contains(EVIL) && html(&page).contains("Take the 2 good rows"), "{}", html(&page));
        for _ in 0..2 {
            assert_eq!(w.form(&format!("{run}/take"), &admin, &[]).await.status, 303);
        }
        finish(&w, &run).await;
        let units = async || String::from_utf8(w.page("/desk/export/units.csv", &admin).await.body).unwrap();
        assert!(units().await.contains("Harbour View,A1,2"));
        assert_eq!(w.form(&format!("{run}/undo"), &admin, &[]).await.status, 303);
        finish(&w, &run).await;
        assert!(!units().await.contains("Harbour View,A1,2"));
        let foreign = w.cookie(&w.other.admin).await;
        for (path, what) in [(run.clone(), "shown"), (format!("{run}/take"), "taken")] {
            let answer = if what == "shown" { w.page(&path, &foreign).await } else { w.form(&path, &foreign, &[]).await };
            assert_eq!(answer.status, 404, "{what}");
        }
        let staff = w.cookie(&w.home.staff).await;
        let refused = w.parts("/desk/import/send", &staff, &[("kind", "units")], &[("file", "l.csv", b"property,number\nx,1\n")]).await;
        assert_eq!(refused.status, 403);
    }

    async fn news_for_an_audience(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let property = w.home.harbour.to_string();
        let write = format!("/desk/community/news/new?property={property}");
        let page = html(&w.page(&write, &admin).await);
        assert!(page.contains("reaches 3 people") && page.contains("reaches 1 person"), "{page}");
        let bad = w.parts(&write, &admin, &[("title", ""), ("text", "Kept"), ("audience", "owners"), ("from", "2026-12-02"), ("until", "2026-12-01")], &[]).await;
        assert_eq!(bad.status, 422);
        assert!(html(&bad).contains("title-fault") && html(&bad).contains(">Kept</textarea>"), "{}", html(&bad));
        let made = w.parts(&write, &admin, &[("title", EVIL), ("text", "For owners"), ("audience", "owners")], &[]).await;
        assert_eq!(made.status, 303, "{}", html(&made));
        let list = html(&w.page(location(&made), &admin).await);
        assert!(!list.contains(EVIL));
        let post = list.split("/desk/community/news/").find_map(|s| s.split('"').next()?.parse::<i64>().ok()).unwrap();
        let (path, tenant) = (format!("/desk/community/news/{post}"), w.resident("Mia", "1").await);
        assert_eq!(w.page(&format!("/news/{post}"), &tenant).await.status, 404, "not for tenants");
        let change = [("title", "Now for all"), ("text", "x"), ("audience", "everyone"), ("allow_comments", "yes")];
        assert_eq!(w.parts(&path, &admin, &change, &[]).await.status, 303);
        assert_eq!(w.page(&format!("/news/{post}"), &tenant).await.status, 200);
        w.clock.advance(60);
        let hidden = w.form(&format!("{path}/hide"), &admin, &[]).await;
        assert_eq!((hidden.status, w.page(&format!("/news/{post}"), &tenant).await.status), (303, 404));
        let edit = w.page(&path, &admin).await;
        is_sound(&path, &edit);
        assert_eq!(w.form(&undo(&hidden), &admin, &[]).await.status, 303);
        assert_eq!(w.page(&format!("/news/{post}"), &tenant).await.status, 200, "undone");
        let foreign = w.cookie(&w.other.admin).await;
        for answer in [w.page(&path, &foreign).await, w.form(&format!("{path}/hide"), &foreign, &[]).await] {
            assert_eq!(answer.status, 404);
        }
    }

    /// However many rows there are, a list costs the same.
    async fn lists_cost_the_same_for_many(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let lists = ["/desk/money", "/desk/money/ledgers", "/desk/money/arrears", "/desk/import", "/desk/community/news", "/desk/community/events",
            "/desk/community/faq", "/desk/community/documents", "/desk/community/contacts", "/desk/settings/ticket-types"];
        let mut few = Vec::new();
        for path in lists {
            few.push(w.page(path, &admin).await.queries);
        }
        for n in ["31", "32", "33", "34"] {
            w.server.resident(w.home.org, "More", "People", Some((w.home.harbour, n))).await;
            w.news("News", "More of it").await;
        }
        for (path, few) in lists.into_iter().zip(few) {
            assert_eq!(w.page(path, &admin).await.queries, few, "{path}");
        }
    }
}
