//! What the staff publish: events, answers, documents, contacts, and the forms that residents fill in.

use axum::http::header;
use world::{Answer, axum};

use crate::{House, html, location, rights::is_sound};

const EVIL: &str = "<script>alert(1)</script>";

/// Where the undo of what was just done is sent.
fn undo(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", html(answer));
    crate::cookie_of(answer, "flash").unwrap().split_once('~').unwrap().1.to_owned()
}

/// The last number that follows a path on a page.
fn id_after(page: &str, path: &str) -> i64 {
    let found = page.split(path).skip(1).filter_map(|s| s.split(['"', '/', '?']).next()?.parse().ok()).last();
    found.unwrap_or_else(|| panic!("no {path} in {page}"))
}

impl House {
    /// A list of the harbour, as somebody sees it.
    async fn list_of(&self, what: &str, cookie: &str) -> String {
        let path = format!("/desk/community/{what}?property={}", self.home.harbour);
        let page = self.page(&path, cookie).await;
        assert_eq!(page.status, 200, "{path}: {}", html(&page));
        is_sound(&path, &page);
        html(&page)
    }

    /// A form of the harbour.
    fn new_at(&self, what: &str) -> String {
        format!("/desk/community/{what}?property={}", self.home.harbour)
    }
}

world::tests! { crate::open =>
    async fn an_event_is_written_called_off_deleted_and_taken_back(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let tenant = w.resident("Mia", "1").await;
        let new = w.new_at("events/new");
        let bad = [("title", " "), ("text", "Kept"), ("starts", "2026-12-02"), ("ends", "2026-12-01"), ("audience", "everyone")];
        let bad = w.form(&new, &admin, &bad).await;
        let text = html(&bad);
        assert_eq!(bad.status, 422);
        assert!(text.contains("title-fault") && text.contains("ends-fault") && text.contains(">Kept</textarea>"), "{text}");
        let empty = html(&w.form(&new, &admin, &[]).await);
        assert!(empty.contains("starts-fault") && empty.contains("audience-fault"), "{empty}");
        let good = [("title", EVIL), ("location", EVIL), ("starts", "2026-12-24"), ("starts_time", "18:30"),
            ("ends_time", "20:00"), ("audience", "everyone")];
        let made = w.form(&new, &admin, &good).await;
        assert_eq!(made.status, 303, "{}", html(&made));
        let list = w.list_of("events", &admin).await;
        assert!(!list.contains(EVIL) && list.contains("&#60;script&#62;") && list.contains("18:30–20:00"), "{list}");
        let id = id_after(&list, "/desk/community/events/");
        let own = format!("/desk/community/events/{id}");
        let edit = html(&w.page(&own, &admin).await);
        assert!(edit.contains("value=\"2026-12-24\"") && edit.contains("value=\"18:30\""), "{edit}");
        let seen = async || html(&w.page("/calendar", &tenant).await);
        assert!(!seen().await.contains("Called off"));
        let off = w.form(&format!("{own}/cancel"), &admin, &[]).await;
        assert!(seen().await.contains("Called off"), "residents still see it");
        assert_eq!(w.form(&undo(&off), &admin, &[]).await.status, 303);
        assert!(!seen().await.contains("Called off"));
        let whole = [("title", "Market"), ("all_day", "yes"), ("starts", "2026-12-24"), ("audience", "staff")];
        assert_eq!(w.form(&own, &admin, &whole).await.status, 303);
        assert!(!seen().await.contains("Market"), "for the staff alone");
        assert!(w.list_of("events", &admin).await.contains("all day"));
        let gone = w.form(&format!("{own}/delete"), &admin, &[]).await;
        assert_eq!(w.page(&own, &admin).await.status, 404);
        assert_eq!(w.form(&undo(&gone), &admin, &[]).await.status, 303);
        assert_eq!(w.page(&own, &admin).await.status, 200, "undone");
    }

    async fn questions_in_groups_are_written_and_ordered(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let groups = w.new_at("faq/groups");
        let bad = w.form(&groups, &admin, &[("title", "  ")]).await;
        assert_eq!((bad.status, html(&bad).contains("title-fault")), (422, true));
        for title in ["Moving in", EVIL] {
            assert_eq!(w.form(&groups, &admin, &[("title", title)]).await.status, 303);
        }
        let list = w.list_of("faq", &admin).await;
        assert!(!list.contains(EVIL) && list.contains("&#60;script&#62;"), "{list}");
        let second = id_after(&list, "id=\"group-");
        let group = format!("/desk/community/faq/groups/{second}");
        let wrong = w.form(&format!("{group}?property={}", w.home.harbour), &admin, &[("name", " ")]).await;
        assert_eq!((wrong.status, html(&wrong).contains(&format!("group-{second}-fault"))), (422, true));
        assert_eq!(w.form(&group, &admin, &[("name", "Waste")]).await.status, 303);
        let before = |page: &str, a: &str, b: &str| page.find(a).unwrap() < page.find(b).unwrap();
        assert!(before(&w.list_of("faq", &admin).await, "Moving in", ">Waste<"));
        assert_eq!(w.form(&format!("{group}/move/up"), &admin, &[]).await.status, 303);
        assert!(before(&w.list_of("faq", &admin).await, ">Waste<", "Moving in"));
        assert_eq!(w.form(&format!("{group}/move/sideways"), &admin, &[]).await.status, 404);

        let new = w.new_at("faq/new");
        let bad = w.parts(&new, &admin, &[("title", ""), ("text", "Kept"), ("audience", "everyone")], &[("files", "plan.txt", b"plan")]).await;
        let text = html(&bad);
        assert_eq!(bad.status, 422);
        assert!(text.contains("title-fault") && text.contains("group_id-fault") && text.contains(">Kept</textarea>"), "{text}");
        assert!(text.contains("name=\"files.kept\"") && text.contains("plan.txt"), "an uploaded file is kept: {text}");
        let id = second.to_string();
        let mut articles = Vec::new();
        for question in ["Where?", EVIL] {
            let fields = [("title", question), ("text", EVIL), ("audience", "everyone"), ("group_id", id.as_str())];
            let made = w.parts(&new, &admin, &fields, &[("files", "plan.txt", b"plan")]).await;
            assert_eq!(made.status, 303, "{}", html(&made));
            articles.push(location(&made).split("article-").nth(1).unwrap().parse::<i64>().unwrap());
        }
        let own = format!("/desk/community/faq/{}", articles[1]);
        assert_eq!(w.form(&format!("{own}/move/up"), &admin, &[]).await.status, 303);
        let list = w.list_of("faq", &admin).await;
        assert!(!list.contains(EVIL) && before(&list, &format!("article-{}", articles[1]), &format!("article-{}", articles[0])));
        let edit = w.page(&own, &admin).await;
        is_sound(&own, &edit);
        let text = html(&edit);
        let file = text.split("name=\"without\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert!(!text.contains(EVIL) && text.contains("plan.txt"));
        let less = [("title", "How?"), ("text", "x"), ("audience", "everyone"), ("group_id", id.as_str()), ("without", file.as_str())];
        assert_eq!(w.parts(&own, &admin, &less, &[]).await.status, 303);
        assert!(!html(&w.page(&own, &admin).await).contains("plan.txt"), "taken away");
        assert_eq!(w.parts(&own, &admin, &less, &[]).await.status, 422, "it is not there any more");

        assert_eq!(w.form(&format!("{group}/delete"), &admin, &[]).await.status, 409, "not empty");
        let gone = w.form(&format!("{own}/delete"), &admin, &[]).await;
        assert_eq!(w.page(&own, &admin).await.status, 404);
        assert_eq!(w.form(&undo(&gone), &admin, &[]).await.status, 303);
        assert_eq!(w.page(&own, &admin).await.status, 200);
    }

    async fn documents_are_uploaded_moved_replaced_and_taken_back(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let tenant = w.resident("Mia", "1").await;
        for name in ["Minutes", EVIL] {
            assert_eq!(w.form(&w.new_at("documents/folders"), &admin, &[("name", name)]).await.status, 303);
        }
        let list = w.list_of("documents", &admin).await;
        assert!(!list.contains(EVIL));
        let folder = id_after(&list, "id=\"folder-").to_string();
        let new = w.new_at("documents/new");
        let bad = w.parts(&new, &admin, &[("name", "Kept"), ("audience", "everyone")], &[]).await;
        let text = html(&bad);
        assert_eq!(bad.status, 422);
        assert!(text.contains("files-fault") && text.contains("folder_id-fault") && text.contains("value=\"Kept\""), "{text}");
        let fields = [("name", ""), ("audience", "owners"), ("folder_id", folder.as_str())];
        let made = w.parts(&new, &admin, &fields, &[("files", "Minutes 2026.txt", b"first")]).await;
        assert_eq!(made.status, 303, "{}", html(&made));
        let list = w.list_of("documents", &admin).await;
        assert!(list.contains("Minutes 2026.txt"), "called like its file: {list}");
        let at = format!("/desk/community/documents/{}/", w.home.harbour);
        let own = format!("{at}{}", id_after(&list, &at));
        let edit = w.page(&own, &admin).await;
        is_sound(&own, &edit);
        assert!(!html(&w.page("/documents", &tenant).await).contains("Minutes 2026"), "for owners");
        let change = [("name", EVIL), ("audience", "everyone"), ("folder_id", folder.as_str())];
        let changed = w.parts(&own, &admin, &change, &[("files", "Minutes 2027.txt", b"second")]).await;
        assert_eq!(changed.status, 303, "{}", html(&changed));
        let text = html(&w.page(&own, &admin).await);
        assert!(text.contains("Minutes 2027.txt") && !text.contains("Minutes 2026.txt") && !text.contains(EVIL), "{text}");
        assert!(html(&w.page("/documents", &tenant).await).contains("&#60;script&#62;"));
        let found = html(&w.page("/search?q=script", &admin).await);
        assert!(found.contains(&format!("href=\"{own}\"")), "found, and leads to itself: {found}");
        let gone = w.form(&format!("{own}/delete"), &admin, &[]).await;
        assert_eq!(w.page(&own, &admin).await.status, 404);
        assert_eq!(w.form(&undo(&gone), &admin, &[]).await.status, 303);
        assert!(html(&w.page(&own, &admin).await).contains("Minutes 2027.txt"), "with its file");
        let full = w.form(&format!("/desk/community/documents/folders/{folder}/delete"), &admin, &[]).await;
        assert_eq!(full.status, 409, "not empty");
        assert_eq!(w.form(&format!("/desk/community/documents/folders/{folder}/move/up"), &admin, &[]).await.status, 303);
    }

    async fn contacts_in_order_and_numbers_for_emergencies(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let tenant = w.resident("Mia", "1").await;
        let new = w.new_at("contacts/new");
        let bad = w.form(&new, &admin, &[("name", ""), ("email", "nobody"), ("company", "Kept"), ("kind", "manager"), ("audience", "everyone")]).await;
        let text = html(&bad);
        assert_eq!(bad.status, 422);
        assert!(text.contains("name-fault") && text.contains("email-fault") && text.contains("value=\"Kept\""), "{text}");
        for name in ["Carl Caretaker", EVIL] {
            let made = w.form(&new, &admin, &[("name", name), ("kind", "internal"), ("audience", "everyone"), ("phone", "+1 503 555 0100")]).await;
            assert_eq!(made.status, 303, "{}", html(&made));
        }
        let list = w.list_of("contacts", &admin).await;
        let id = id_after(&list, "id=\"contact-");
        assert!(!list.contains(EVIL) && list.find("Carl").unwrap() < list.find("&#60;script").unwrap());
        let own = format!("/desk/community/contacts/{id}");
        assert_eq!(w.form(&format!("{own}/move/up"), &admin, &[]).await.status, 303);
        let list = html(&w.page("/help", &tenant).await);
        assert!(list.find("Carl").unwrap() > list.find("&#60;script").unwrap(), "residents see the same order");
        let gone = w.form(&format!("{own}/delete"), &admin, &[]).await;
        assert_eq!(w.page(&own, &admin).await.status, 404);
        assert_eq!(w.form(&undo(&gone), &admin, &[]).await.status, 303);
        assert_eq!(w.page(&own, &admin).await.status, 200);

        let (make, staff) = ("/desk/community/emergency/new", w.cookie(&w.home.staff).await);
        let none = w.form(make, &admin, &[("name", "Lift rescue"), ("description", EVIL)]).await;
        assert_eq!((none.status, html(&none).contains("numbers-fault")), (422, true), "{}", html(&none));
        let long = "1".repeat(51);
        let wrong = w.form(make, &admin, &[("name", ""), ("numbers.1.number", long.as_str())]).await;
        let text = html(&wrong);
        assert!(text.contains("name-fault") && text.contains("numbers.1.number-fault") && text.contains(&long), "{text}");
        let fields = [("name", EVIL), ("numbers.0.number", "112"), ("numbers.2.number", "110"), ("numbers.2.kind", "night")];
        assert_eq!(w.form(make, &admin, &fields).await.status, 303);
        let list = w.list_of("contacts", &admin).await;
        assert!(!list.contains(EVIL) && list.contains("112") && list.contains("110"));
        let own = format!("/desk/community/emergency/{}", id_after(&list, "/desk/community/emergency/"));
        let page = w.page(&own, &admin).await;
        is_sound(&own, &page);
        let keep = html(&page).split("name=\"numbers.1.id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let less = [("name", "Lift rescue"), ("numbers.0.number", ""), ("numbers.1.number", "110"), ("numbers.1.id", keep.as_str())];
        assert_eq!(w.form(&own, &admin, &less).await.status, 303);
        let list = w.list_of("contacts", &staff).await;
        assert!(list.contains("Lift rescue") && !list.contains("112") && !list.contains("/desk/community/emergency/"), "{list}");
        for path in [make, &own, &format!("{own}/delete")] {
            assert_eq!(w.page(path, &staff).await.status, 403, "{path}");
            assert_eq!(w.form(path, &staff, &less).await.status, 403, "{path}");
        }
        let ask = w.page(&format!("{own}/delete"), &admin).await;
        is_sound(&own, &ask);
        assert!(html(&ask).contains("110"), "it names what goes");
        assert_eq!(w.form(&format!("{own}/delete"), &admin, &[]).await.status, 303);
        assert_eq!(w.page(&own, &admin).await.status, 404);
    }

    async fn news_have_files(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let tenant = w.resident("Mia", "1").await;
        let fields = [("title", "Plans"), ("text", "See below"), ("audience", "everyone")];
        let made = w.parts(&w.new_at("news/new"), &admin, &fields, &[("files", "plan.txt", b"a plan"), ("files", "other.txt", b"b")]).await;
        assert_eq!(made.status, 303, "{}", html(&made));
        let id = id_after(&w.list_of("news", &admin).await, "/desk/community/news/");
        let own = format!("/desk/community/news/{id}");
        let seen = html(&w.page(&format!("/news/{id}"), &tenant).await);
        assert!(seen.contains("plan.txt") && seen.contains("other.txt"), "{seen}");
        let edit = html(&w.page(&own, &admin).await);
        let file = edit.split("name=\"without\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let less = [fields[0], fields[1], fields[2], ("without", file.as_str())];
        assert_eq!(w.parts(&own, &admin, &less, &[]).await.status, 303);
        let seen = html(&w.page(&format!("/news/{id}"), &tenant).await);
        assert!(!seen.contains("plan.txt") && seen.contains("other.txt"), "{seen}");
        let stale = w.parts(&own, &admin, &[fields[0], fields[1], fields[2], ("files.kept", "0000/none.txt")], &[]).await;
        assert_eq!((stale.status, html(&stale).contains("files-fault")), (422, true));
    }

    async fn a_form_is_built_without_a_script(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let tenant = w.resident("Mia", "1").await;
        let new = "/desk/settings/ticket-types/new";
        let head = [("name", "Lost key"), ("group", "Keys"), ("icon", "key"), ("description", EVIL), ("property_id", "")];
        let with = |more: &[(&'static str, &'static str)]| [&head[..], more].concat();
        let one = [("count", "1"), ("fields.0.name", "Which one?"), ("fields.0.kind", "text"), ("fields.0.required", "yes")];
        let added = w.form(new, &admin, &[&with(&one)[..], &[("do", "add.drop_down")]].concat()).await;
        let text = html(&added);
        assert_eq!(added.status, 200);
        is_sound(new, &added);
        assert!(text.contains("name=\"count\" value=\"2\"") && text.contains("value=\"Which one?\"") && text.contains("value=\"Lost key\""), "{text}");
        assert!(w.app.ticket_types().list(&w.staff().await, None).await.unwrap().is_empty(), "nothing is stored");
        let two = [("count", "2"), ("fields.0.name", "Which one?"), ("fields.0.kind", "text"), ("fields.0.required", "yes"),
            ("fields.1.name", EVIL), ("fields.1.kind", "drop_down"), ("fields.1.help", "As it is engraved.")];
        let up = html(&w.form(new, &admin, &[&with(&two)[..], &[("do", "up.1")]].concat()).await);
        assert!(up.find("&#60;script").unwrap() < up.find("Which one?").unwrap() && !up.contains(EVIL), "{up}");
        let bad = w.form(new, &admin, &[&with(&two)[..], &[("do", "save")]].concat()).await;
        let text = html(&bad);
        assert_eq!(bad.status, 422);
        assert!(text.contains("fields.1.options-fault") && text.contains("value=\"As it is engraved.\""), "{text}");
        let nothing = html(&w.form(new, &admin, &[("do", "save"), ("count", "1"), ("icon", "key")]).await);
        for field in ["name-fault", "group-fault", "fields.0.name-fault"] {
            assert!(nothing.contains(field), "{field}: {nothing}");
        }
        let saved = w.form(new, &admin, &[&with(&two)[..], &[("fields.1.options", "Front\nCellar"), ("do", "save")]].concat()).await;
        assert_eq!((saved.status, location(&saved)), (303, "/desk/settings/ticket-types"), "{}", html(&saved));
        let list = html(&w.page(location(&saved), &admin).await);
        assert!(list.contains("Lost key") && !list.contains(EVIL), "{list}");
        let own = format!("/desk/settings/ticket-types/{}", id_after(&list, "/desk/settings/ticket-types/"));
        let report = format!("/report/{}", id_after(&list, "/desk/settings/ticket-types/"));
        let seen = html(&w.page(&report, &tenant).await);
        assert!(seen.contains("As it is engraved.") && seen.contains("<option value=\"Cellar\"") && !seen.contains(EVIL), "{seen}");
        let first = seen.split("name=\"fields.").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let sent = w.parts(&report, &tenant, &[(&format!("fields.{first}"), "The front door")], &[]).await;
        assert_eq!(sent.status, 303, "{}", html(&sent));
        // Saved as it is: no new version. With another question: a new one, and the ticket keeps its own.
        let same = [&with(&two)[..], &[("fields.1.options", "Front\r\nCellar"), ("do", "save")]].concat();
        assert_eq!(w.form(&own, &admin, &same).await.status, 303);
        assert!(html(&w.page(&own, &admin).await).contains("Version 1"));
        assert_eq!(w.form(&own, &admin, &[&with(&one)[..], &[("do", "save")]].concat()).await.status, 303);
        let page = w.page(&own, &admin).await;
        is_sound(&own, &page);
        let text = html(&page);
        assert!(text.contains("Version 2 · 1 ticket") && text.contains("Version 1 · 1 ticket") && !text.contains(EVIL), "{text}");
        let retired = w.form(&format!("{own}/retire"), &admin, &[]).await;
        assert_eq!(w.page(&report, &tenant).await.status, 404, "no longer offered");
        assert_eq!(w.form(&undo(&retired), &admin, &[]).await.status, 303);
        assert_eq!(w.page(&report, &tenant).await.status, 200);
    }

    async fn a_property_manager_keeps_the_forms_of_their_houses(w: House) {
        let keeper = w.cookie(&w.home.property_manager).await;
        let form = w.form_of_all_kinds().await.row.id;
        let list = html(&w.page("/desk/settings/ticket-types", &keeper).await);
        assert!(list.contains("Damage") && list.contains("From the management"), "{list}");
        assert_eq!(w.page(&format!("/desk/settings/ticket-types/{form}"), &keeper).await.status, 403);
        let new = "/desk/settings/ticket-types/new";
        let (harbour, garden) = (w.home.harbour.to_string(), w.home.garden.to_string());
        let page = html(&w.page(new, &keeper).await);
        assert!(!page.contains("All properties") && page.contains("Harbour View") && !page.contains("Garden"), "{page}");
        let at = |property: &str| -> Vec<(String, String)> {
            [("name", "Own"), ("group", "Own"), ("icon", "key"), ("property_id", property), ("count", "0"), ("do", "save")]
                .map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec()
        };
        for (property, status) in [("", 403), (garden.as_str(), 403), (harbour.as_str(), 303)] {
            let fields = at(property);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(w.form(new, &keeper, &fields).await.status, status, "{property}");
        }
    }

    /// Every address × whose thing it is, and every form × where it comes from.
    async fn things_of_others_are_not_found_and_forms_are_our_own(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let stranger = w.cookie(&w.other.admin).await;
        let keeper = w.cookie(&w.home.property_manager).await;
        let tenant = w.resident("Mia", "1").await;
        let form = w.form_of_all_kinds().await.row.id;
        let garden = w.home.garden;
        let at = |what: &str| format!("/desk/community/{what}?property={garden}");
        let post = |path: String, fields: Vec<(&'static str, String)>| {
            let (w, admin) = (&w, &admin);
            async move {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
                let made = w.form(&path, admin, &fields).await;
                assert_eq!(made.status, 303, "{path}: {}", html(&made));
            }
        };
        let text = |t: &str| t.to_owned();
        post(at("events/new"), vec![("title", text("E")), ("starts", text("2026-12-24")), ("audience", text("everyone"))]).await;
        post(at("contacts/new"), vec![("name", text("C")), ("kind", text("manager")), ("audience", text("everyone"))]).await;
        post(at("faq/groups"), vec![("title", text("G"))]).await;
        post(at("documents/folders"), vec![("name", text("F"))]).await;
        post(text("/desk/community/emergency/new"), vec![("name", text("N")), ("numbers.0.number", text("112"))]).await;
        let page = async |what: &str| html(&w.page(&at(what), &admin).await);
        let (faq, documents) = (page("faq").await, page("documents").await);
        let (group, folder) = (id_after(&faq, "id=\"group-"), id_after(&documents, "id=\"folder-"));
        let article = [("title", "Q"), ("text", "A"), ("audience", "everyone"), ("group_id", &group.to_string())];
        assert_eq!(w.parts(&at("faq/new"), &admin, &article, &[]).await.status, 303);
        let document = [("name", "D"), ("audience", "everyone"), ("folder_id", &folder.to_string())];
        assert_eq!(w.parts(&at("documents/new"), &admin, &document, &[("files", "d.txt", b"d")]).await.status, 303);
        let news = [("title", "News"), ("text", "A"), ("audience", "everyone")];
        assert_eq!(w.parts(&at("news/new"), &admin, &news, &[]).await.status, 303);

        let event = format!("/desk/community/events/{}", id_after(&page("events").await, "/desk/community/events/"));
        let contacts = page("contacts").await;
        let contact = format!("/desk/community/contacts/{}", id_after(&contacts, "id=\"contact-"));
        let emergency = format!("/desk/community/emergency/{}", id_after(&contacts, "/desk/community/emergency/"));
        let article = format!("/desk/community/faq/{}", id_after(&page("faq").await, "id=\"article-"));
        let within = format!("/desk/community/documents/{garden}/");
        let document = format!("{within}{}", id_after(&page("documents").await, &within));
        let post = format!("/desk/community/news/{}", id_after(&page("news").await, "/desk/community/news/"));
        let (groups, folders) = (format!("/desk/community/faq/groups/{group}"), format!("/desk/community/documents/folders/{folder}"));
        let own_form = format!("/desk/settings/ticket-types/{form}");

        let of_garden = [&event, &contact, &article, &document, &post];
        for path in of_garden.into_iter().chain([&emergency, &own_form]) {
            let mine = w.page(path, &admin).await;
            assert_eq!(mine.status, 200, "{path}");
            is_sound(path, &mine);
            assert_eq!(w.page(path, &admin).header(header::ACCEPT_LANGUAGE, "de").await.status, 200, "{path}");
            assert_eq!(w.page(path, &stranger).await.status, 404, "{path} of another organization");
            assert_eq!(location(&w.page(path, &tenant).await), "/home", "{path}");
            assert!(location(&w.get(path).await).starts_with("/app/login?next="), "{path}");
        }
        for path in of_garden {
            assert_eq!(w.page(path, &keeper).await.status, 404, "{path} of a property that is not theirs");
        }
        let mut forms: Vec<(String, bool)> = Vec::new();
        let plain = |path: String| (path, false);
        for own in [&event, &contact, &article, &document] {
            forms.push(plain(format!("{own}/delete")));
            forms.push(plain(format!("{own}/restore")));
        }
        for own in [&contact, &article, &groups, &folders] {
            forms.push(plain(format!("{own}/move/up")));
        }
        forms.extend([&event, &contact, &groups, &folders].map(|own| plain(own.clone())));
        forms.extend([&groups, &folders].map(|own| plain(format!("{own}/delete"))));
        forms.extend([&groups, &folders].map(|own| plain(format!("{own}/restore"))));
        forms.extend(["cancel", "hold"].map(|verb| plain(format!("{event}/{verb}"))));
        forms.extend(["retire", "offer"].map(|verb| plain(format!("{own_form}/{verb}"))));
        forms.extend([plain(own_form.clone()), plain(emergency.clone()), plain(format!("{emergency}/delete"))]);
        forms.extend([&article, &document, &post].map(|own| (own.clone(), true)));
        for what in ["events/new", "contacts/new", "faq/groups", "documents/folders"] {
            forms.push(plain(at(what)));
        }
        forms.extend(["news/new", "faq/new", "documents/new"].map(|what| (at(what), true)));
        let good = [("title", "x"), ("name", "x"), ("text", "x"), ("starts", "2026-12-24"), ("audience", "everyone"), ("numbers.0.number", "1")];
        for (path, mixed) in &forms {
            let send = |cookie: &str| if *mixed { w.parts(path, cookie, &good, &[]) } else { w.form(path, cookie, &good) };
            assert_eq!(send(&stranger).await.status, 404, "{path} by somebody of another organization");
            assert_eq!(location(&send(&tenant).await), "/home", "{path} by a resident");
            let kind = if *mixed { "multipart/form-data; boundary=limit" } else { "application/x-www-form-urlencoded" };
            let empty = if *mixed { "--limit--\r\n" } else { "a=b" };
            let session = format!("user_session={admin}");
            assert_eq!(w.post(path).header(header::COOKIE, &session).raw(kind, empty).await.status, 403, "{path} without the token");
            let elsewhere = send(&admin).header(header::ORIGIN, "https://evil.example").header(header::HOST, "home.example").await;
            assert_eq!(elsewhere.status, 403, "{path} from elsewhere");
        }
        for path in of_garden.into_iter().chain([&emergency, &own_form]) {
            assert_eq!(w.page(path, &admin).await.status, 200, "nothing happened to {path}");
        }
    }
}
