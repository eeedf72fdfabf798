//! What is shown in a community (C1, C7, C8, C20, C21, C24, C25; operations 7 to 12, 16, 17, 19).

use app::{notification::Filter, post, ticket::CommentInput};
use kernel::{Caller, Field, TicketId};
use serde_json::{Value, json};
use world::axum::http::{Method, header};

use crate::setup::{Resident, Site, text};

fn titles(page: &Value) -> Vec<&str> {
    page["rows"].as_array().unwrap().iter().map(|r| r["title"].as_str().unwrap()).collect()
}

world::tests! { crate::setup::open =>
    async fn c1_pages_count_from_nothing(w: Site) {
        let staff = Caller { at: w.app.now(), ..w.house.staff };
        for i in 0..21 {
            let input = post::Input { title: text(&format!("News {i}")), text: text("x"), ..post::Input::default() };
            w.app.posts().create(&staff, w.house.place, input.into()).await.unwrap();
        }
        let page = async |query: &str| w.fetch(w.at(&format!("/posts{query}")), &w.ben).await;
        let first = page("").await;
        assert_eq!((&first["page"], &first["pageCount"], &first["pageSize"]), (&json!(0), &json!(2), &json!(20)));
        assert_eq!(page("?page=0&limit=5").await, first, "posts know no limit");
        let second = page("?page=1").await;
        let all = [titles(&first), titles(&second)].concat();
        assert_eq!((all.len(), all[0], all[22]), (23, "News 20", "Roof works"), "C20: newest first");
        let beyond = page("?page=2").await;
        assert_eq!((&beyond["rows"], &beyond["page"], &beyond["pageCount"]), (&json!([]), &json!(2), &json!(2)));
        assert_eq!(page("?page=9223372036854775807").await["rows"], json!([]));
        let timeline = w.fetch(w.at("/timeline?limit=7&page=1"), &w.ben).await;
        assert_eq!((timeline["rows"].as_array().unwrap().len(), &timeline["pageSize"]), (7, &json!(7)));
        assert_eq!(w.fetch(w.at("/timeline?limit=1000"), &w.ben).await["pageSize"], 100);
        for path in ["/posts?page=-1", "/posts?page=x", "/events?limit=0", "/events?limit=x", "/timeline?page=1.5", "/timeline?limit=-1"] {
            assert_eq!(w.call(Method::GET, w.at(path), &w.ben).await.expect(400)["error"], "invalid_request", "{path}");
        }
    }

    async fn c24_who_decides_sees_more(w: Site) {
        let posts = async |who| w.fetch(w.at("/posts"), who).await;
        assert_eq!(titles(&posts(&w.anna).await), ["For the unit", "Roof works"]);
        assert_eq!(titles(&posts(&w.mia).await), ["Roof works"]);
        let documents = async |who: &Resident| w.fetch(w.at("/documents"), who).await.as_array().unwrap().len();
        assert_eq!((documents(&w.anna).await, documents(&w.mia).await), (2, 1));
        let deed = w.at(&format!("/documents/{}", w.house.deed));
        assert_eq!(w.call(Method::GET, &deed, &w.anna).await.status, 200);
        assert_eq!(w.call(Method::GET, &deed, &w.mia).await.expect(404)["error"], "not_found");
        let invited = json!({"contactId": w.mia.id, "unitId": w.mia.unit, "firstName": "X", "lastName": "Y", "email": "x@mail.example"});
        assert_eq!(w.send(w.at("/users/invite"), &w.mia, &invited).await.expect(403)["error"], "forbidden");
    }

    async fn a_post_has_its_comments_and_files(w: Site) {
        let all = w.fetch(w.at("/posts"), &w.ben).await;
        let post = all["rows"].as_array().unwrap().iter().find(|p| p["id"] == json!(w.house.post)).unwrap();
        assert_eq!((&post["tenantId"], &post["communityId"]), (&json!(w.house.org), &json!(w.house.place)));
        assert_eq!(post["text"], "<b>From Monday on</b>");
        assert_eq!((&post["autor"]["name"], &post["autor"]["roles"], &post["autor"]["link"]), (&json!("Stan Staff"), &json!("Verwaltung"), &json!(false)));
        assert_eq!((&post["comments"][0]["text"], &post["comments"][0]["author"]["name"]), (&json!("It will be loud"), &json!("Stan Staff")));
        let file = &post["attachments"][0];
        assert_eq!((&file["name"], &file["fileType"], &file["temporaryThumbUrl"]), (&json!("plan.pdf"), &json!("application/pdf"), &json!(null)));
        assert!(file["temporaryUrl"].as_str().unwrap().contains("/files/"));
    }

    async fn contacts_events_and_answers(w: Site) {
        let contacts = w.fetch(w.at("/contacts"), &w.mia).await;
        let names: Vec<&str> = contacts.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!((names, &contacts[0]["type"], &contacts[0]["order"]), (vec!["First", "Second"], &json!("MANAGER"), &json!(1)), "C20");
        let events = w.fetch(w.at("/events"), &w.mia).await;
        assert_eq!((&events["rows"][0]["dateStart"], &events["rows"][0]["location"]), (&json!("2026-11-24T16:28:40Z"), &json!("Yard")));
        let faq = w.fetch(w.at("/faq"), &w.mia).await;
        assert_eq!((&faq["groups"][0]["title"], &faq["items"][0]["ticketTypeId"]), (&json!("House"), &json!(w.house.form)));
        assert_eq!(faq["items"][0]["groupId"], faq["groups"][0]["id"]);
        let file = &faq["items"][0]["attachments"][0];
        assert_eq!((&file["name"], &file["size"]), (&json!("desk.pdf"), &json!(crate::setup::PDF.len())));
    }

    async fn c25_one_row_a_unit(w: Site) {
        let units = w.fetch("/api/v1/units", &w.anna).await;
        assert_eq!(units, json!([{"id": w.anna.unit, "identifier": w.anna.unit.to_string(), "name": "A 1", "number": "A 1",
            "communityId": w.house.place, "contactId": w.anna.id, "isAdmin": true}]));
        assert_eq!(w.fetch("/api/v1/units", &w.mia).await[0]["isAdmin"], false);
        // Sorted by community and number.
        let (org, place, anna) = (w.house.org, w.house.place, w.anna.id);
        w.write(org, async move |w| {
            for number in ["Z 9", "A 0"] {
                let unit: kernel::UnitId = w.one(world::db::sql!(
                    "INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
                     SELECT $1, org_id, id, (SELECT min(b.id) FROM building b WHERE b.property_id = property.id), $4, $5, $5 \
                     FROM property WHERE org_id = $2 AND id = $3 RETURNING id", w.uid(), org, place, number, w.now())).await?;
                w.execute(world::db::sql!(
                    "INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, 'owner', $6, $6)", w.uid(), org, anna, place, unit, w.now())).await?;
            }
            Ok(())
        }).await;
        let all = w.fetch("/api/v1/units", &w.anna).await;
        let numbers: Vec<&str> = all.as_array().unwrap().iter().map(|u| u["number"].as_str().unwrap()).collect();
        assert_eq!(numbers, ["A 0", "A 1", "Z 9"]);
    }

    async fn notifications_are_filtered_strictly(w: Site) {
        let made = w.ticket(&w.anna, &json!({})).await;
        let id = TicketId::new(made["id"].as_i64().unwrap());
        for said in ["one", "two", "three"] {
            w.clock.advance(60);
            let staff = Caller { at: w.app.now(), ..w.house.staff };
            let note = CommentInput { text: text(said), public: Field::Given(true), ..CommentInput::default() };
            w.app.tickets().comment(&staff, id, note.into()).await.unwrap();
        }
        while w.app.notifications().follow(&w.system(w.house.org)).await.unwrap() > 0 {}
        let read = async |query: &str| w.fetch(w.at(&format!("/notifications{query}")), &w.anna).await;
        let all = read("").await;
        let rows = all["rows"].as_array().unwrap();
        let of_ticket: Vec<&Value> = rows.iter().filter(|r| r["type"] == "TICKET_COMMENT").collect();
        assert_eq!((of_ticket.len(), &of_ticket[0]["parentItemId"], &of_ticket[0]["ticketStatus"]), (3, &json!(id), &json!("OPEN")));
        assert_eq!((&all["pageSize"], &all["count"], &all["rowsOnPage"]), (&json!(50), &json!(rows.len()), &json!(rows.len())), "C21");
        let times: Vec<&str> = rows.iter().map(|r| r["createdAt"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "C20");
        // C7: both strict, in what is shown.
        let middle = of_ticket[1]["createdAt"].as_str().unwrap();
        let only = |page: &Value| page["rows"].as_array().unwrap().iter().map(|r| r["createdAt"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert!(only(&read(&format!("?after={middle}")).await).iter().all(|t| t.as_str() > middle));
        assert!(only(&read(&format!("?before={middle}")).await).iter().all(|t| t.as_str() < middle));
        let (first, last) = (of_ticket[2]["createdAt"].as_str().unwrap(), of_ticket[0]["createdAt"].as_str().unwrap());
        assert_eq!(only(&read(&format!("?after={first}&before={last}")).await), [middle]);
        for bad in ["?after=x", "?before=2026-01-01", "?unreadOnly=yes"] {
            assert_eq!(w.call(Method::GET, w.at(&format!("/notifications{bad}")), &w.anna).await.expect(400)["error"], "invalid_request");
        }
        // C8
        let mine = w.app.notifications().list(&w.anna.caller, Filter::default(), 100).await.unwrap();
        let caller = Caller { at: w.app.now(), ..w.anna.caller };
        w.app.notifications().mark_read(&caller, Some(vec![mine.rows[0].id])).await.unwrap();
        assert_eq!(read("?unreadOnly=true").await["count"], json!(rows.len() - 1));
        assert_eq!(read("?unreadOnly=false").await["count"], json!(rows.len()));
        assert_eq!(read("").await["rows"][0]["read"], true, "C21: no call marks a row read");
        // Nobody else is told of the ticket.
        let of_ben = w.fetch(w.at("/notifications"), &w.ben).await;
        assert!(of_ben["rows"].as_array().unwrap().iter().all(|r| r["type"] != "TICKET" && r["type"] != "TICKET_COMMENT"));
    }

    async fn the_timeline_is_in_this_apis_words(w: Site) {
        let made = w.ticket(&w.anna, &json!({})).await;
        w.clock.advance(1);
        w.send(format!("/api/v1/tickets/{}/comments", made["id"]), &w.anna, &json!({"text": "Hello"})).await.expect(200);
        let page = w.fetch(w.at("/timeline?limit=100"), &w.anna).await;
        let rows = page["rows"].as_array().unwrap();
        let told: Vec<(&str, &str)> = rows.iter().map(|r| (r["category"].as_str().unwrap(), r["action"].as_str().unwrap())).collect();
        assert_eq!(told[..2], [("ticket", "commented"), ("ticket", "created")]);
        for each in [("post", "created"), ("post", "commented"), ("event", "created"), ("document", "created")] {
            assert!(told.contains(&each), "{each:?}");
        }
        assert_eq!(rows[0]["data"], json!({"byUserId": w.anna.id, "byUserName": "Anna Resident", "byUserAvatar": null}));
        assert_eq!(rows[0]["communityId"], json!(w.house.place));
        assert!(rows.windows(2).all(|r| r[0]["__id"].as_i64() > r[1]["__id"].as_i64()), "C20");
        let of_ben = w.fetch(w.at("/timeline?limit=100"), &w.ben).await;
        assert!(of_ben["rows"].as_array().unwrap().iter().all(|r| r["category"] != "ticket"));
        // What comes out by itself is its author's.
        let later = post::Input {
            title: text("Later"),
            text: text("x"),
            showing: app::audience::Input { published_at: Field::Given(Some(w.app.now().plus_secs(60))), ..Default::default() },
            ..post::Input::default()
        };
        w.app.posts().create(&Caller { at: w.app.now(), ..w.house.staff }, w.house.place, later.into()).await.unwrap();
        w.clock.advance(61);
        while w.app.notifications().follow(&w.system(w.house.org)).await.unwrap() > 0 {}
        let page = w.fetch(w.at("/timeline"), &w.ben).await;
        assert_eq!(page["rows"][0]["data"]["byUserName"], "Stan Staff");
    }

    async fn a_document_is_downloaded_with_its_name(w: Site) {
        let listed = w.fetch(w.at("/documents"), &w.anna).await;
        let document = &listed[0];
        let url = document["url"].as_str().unwrap();
        assert_eq!(url, w.at(&format!("/documents/{}", w.house.document)), "ends with the document's id");
        assert_eq!((&document["fileType"], &document["fileSize"]), (&json!("application/pdf"), &json!(crate::setup::PDF.len())));
        // The cookie alone will do.
        let got = w.get(url).header(header::COOKIE, &format!("user_session={}", w.anna.cookie)).await;
        assert_eq!((got.status, got.body.as_slice()), (200, crate::setup::PDF));
        assert_eq!((got.header("content-type"), got.header("cache-control")), ("application/pdf".to_owned(), "private, no-store".to_owned()));
        let named = got.header("content-disposition");
        assert!(named.starts_with("attachment") && named.contains("House%20rules%20%C3%A4%C3%B6.pdf"), "{named}");
        assert_eq!(w.get(url).await.expect(401)["error"], "unauthenticated");
        let head = w.call(Method::HEAD, url, &w.anna).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        for missing in [format!("/documents/{}", w.elsewhere.document), "/documents/x".to_owned(), "/documents/0".to_owned(), "/documents/99999999999999999999".to_owned()] {
            assert_eq!(w.call(Method::GET, w.at(&missing), &w.anna).await.expect(404)["error"], "not_found");
        }
    }

    async fn documents_and_groups_are_changed_and_noted(w: Site) {
        use app::{document, faq};
        use kernel::{Error, FaqGroupId, FolderId};
        let staff = Caller { at: w.app.now(), ..w.house.staff };
        let before = w.fetch(w.at("/documents"), &w.anna).await;
        let new = crate::setup::uploaded(&w.world, &staff, "new.pdf", b"%PDF-1.7\nnew\n%%EOF\n").await;
        let input = document::Input { name: text("House rules, new"), file_id: Field::Given(new), ..document::Input::default() };
        w.app.documents().update(&staff, w.house.place, w.house.document, input.clone().into()).await.unwrap();
        let got = w.call(Method::GET, before[0]["url"].as_str().unwrap(), &w.anna).await;
        assert_eq!((got.text().contains("new"), got.header("content-disposition").contains("new.pdf")), (true, true));
        let refused = w.app.documents().update(&staff, w.house.place, w.house.document, input.into()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "the file is used");
        let of_ben = w.app.documents().update(&w.ben.caller, w.house.place, w.house.document, document::Input::default().into()).await;
        assert!(matches!(of_ben, Err(Error::Forbidden)));
        let faq = w.fetch(w.at("/faq"), &w.anna).await;
        let group = FaqGroupId::new(faq["groups"][0]["id"].as_i64().unwrap());
        let input = faq::GroupInput { title: text("Our house"), position: Field::Given(3) };
        w.app.faq().update_group(&staff, group, input.into()).await.unwrap();
        assert_eq!(w.fetch(w.at("/faq"), &w.anna).await["groups"][0]["title"], "Our house");
        let shelf = w.app.documents().list(&staff, w.house.place).await.unwrap();
        let folder: FolderId = shelf.folders[0].id;
        w.app.documents().update_folder(&staff, folder, document::FolderInput { name: text("Paper"), ..Default::default() }.into()).await.unwrap();
        let changes = w.changes(w.house.org).await;
        for each in [format!("document.updated {}", w.house.document), format!("faq_group.updated {group}"), format!("document_folder.updated {folder}")] {
            assert!(changes.contains(&each), "{each}");
        }
    }
}
