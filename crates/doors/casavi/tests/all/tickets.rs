//! Tickets (C5, C6, C14, C15, C17 to C19).

use app::{
    desk::Step,
    ticket::{CommentInput, Input, Status, StatusInput},
};
use kernel::{Caller, Door, Field, TicketId};
use serde_json::json;
use world::axum::http::{Method, header};

use crate::setup::{Site, fields, signed_in, text, uploaded};

const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xd9];

world::tests! { crate::setup::open =>
    async fn c17_a_ticket_is_the_callers(w: Site) {
        let f: Vec<String> = w.house.fields.iter().map(ToString::to_string).collect();
        let more = json!({&f[2]: 234.534, &f[3]: true, &f[4]: "Water", &f[5]: "2026-02-28"});
        let made = w.ticket(&w.anna, &more).await;
        assert_eq!((&made["status"], &made["statusText"]), (&json!("OPEN"), &json!("Offen")));
        assert_eq!((&made["Contact"]["id"], &made["CreatedBy"]["id"]), (&json!(w.anna.id), &json!(w.anna.id)));
        assert_eq!(made["Contact"]["telephone"], "503-555-0100");
        assert_eq!((&made["title"], &made["descriptionRendered"]), (&json!("Report damage"), &json!("The tap drips")));
        assert_eq!(made["referenceId"], format!("T-{}", made["identifier"]));
        assert_eq!(made["Community"]["id"], w.house.place.to_string());
        assert_eq!((&made["Community"]["city"], &made["Community"]["country"]), (&json!("Portland"), &json!("US")));
        assert_eq!((&made["Unit"]["id"], &made["Unit"]["number"]), (&json!(w.anna.unit), &json!("A 1")));
        assert_eq!((&made["Sharings"], &made["AssignedTo"], &made["TicketRating"]), (&json!({}), &json!(null), &json!(null)));
        let custom: Vec<(&str, &str)> = made["customFields"].as_array().unwrap().iter()
            .map(|c| (c["fieldType"].as_str().unwrap(), c["value"].as_str().unwrap())).collect();
        assert_eq!(custom, [("TEXTFIELD", "Bathroom"), ("TEXTBOX", "The tap drips"), ("NUMBER", "234.534"),
            ("CHECKBOX", "true"), ("DROPDOWN", "Water"), ("DATE", "2026-02-28")]);
        let again = w.fetch(format!("/api/v1/tickets/{}", made["id"]), &w.anna).await;
        assert_eq!(again, made);
        // A large number has no exponent.
        let made = w.ticket(&w.anna, &json!({&f[2]: 1e21})).await;
        assert_eq!(made["customFields"][2]["value"], "1000000000000000000000");
    }

    async fn who_has_it_in_hand_is_shown(w: Site) {
        let made = w.ticket(&w.anna, &json!({})).await;
        let path = format!("/api/v1/tickets/{}", made["id"]);
        let admin = signed_in(&w.world, w.house.org, w.world.home.admin.id, Door::Pages).await;
        let give = async |to| {
            let step = Step { number: made["identifier"].as_i64().unwrap(), status: None, assignee: Some(to) };
            w.app.desk().work(&admin, vec![step]).await.unwrap();
            w.fetch(path.as_str(), &w.anna).await["AssignedTo"].clone()
        };
        let staff = &w.world.home.manager;
        let shown = give(Some(staff.id)).await;
        assert_eq!((&shown["id"], &shown["email"], &shown["street"]), (&json!(staff.id), &json!(staff.email), &json!(null)));
        assert_eq!(give(None).await, json!(null));
    }

    async fn c17_only_own_units_and_forms_that_are_offered(w: Site) {
        let good = w.report(&w.anna, &w.house, &json!({}));
        for (key, value, told) in [
            ("unitId", json!(w.ben.unit), "unitId"), ("unitId", json!(w.zoe.unit), "unitId"), ("unitId", json!(0), "unitId"),
            ("unitId", json!(null), "unitId"), ("ticketTypeId", json!(w.elsewhere.form), "ticketTypeId"),
            ("ticketTypeId", json!(null), "ticketTypeId"), ("communityId", json!(null), "communityId"), ("fields", json!(null), "fields"),
        ] {
            let mut body = good.clone();
            body[key] = value;
            assert_eq!(fields(&w.send("/api/v1/tickets", &w.anna, &body).await), [told], "{body}");
        }
        let mut body = good.clone();
        body["communityId"] = json!(w.elsewhere.place);
        assert!(fields(&w.send("/api/v1/tickets", &w.anna, &body).await).contains(&"communityId".to_owned()));
        body["communityId"] = json!(w.world.home.garden);
        assert!(fields(&w.send("/api/v1/tickets", &w.anna, &body).await).contains(&"communityId".to_owned()));
        // Wrong types are told at once.
        for (key, value) in [("unitId", json!("1")), ("communityId", json!(1.5)), ("ticketTypeId", json!([])), ("fields", json!([]))] {
            let mut body = good.clone();
            body[key] = value;
            assert_eq!(w.send("/api/v1/tickets", &w.anna, &body).await.expect(400)["error"], "invalid_request");
        }
        // Who lives nowhere any more reports nothing.
        w.move_out(w.house.org, w.anna.id).await;
        assert_eq!(w.send("/api/v1/tickets", &w.anna, &good).await.expect(403)["error"], "forbidden");
    }

    async fn c5_answers_are_held_against_their_questions(w: Site) {
        let f: Vec<String> = w.house.fields.iter().map(ToString::to_string).collect();
        let told = async |more: serde_json::Value| fields(&w.send("/api/v1/tickets", &w.anna, &w.report(&w.anna, &w.house, &more)).await);
        let at = |i: usize| vec![format!("fields.{}", f[i])];
        assert_eq!(told(json!({"999999": "x"})).await, ["fields.999999"]);
        assert_eq!(told(json!({"x": "y"})).await, ["fields.x"]);
        for nothing in [json!(null), json!(""), json!([])] {
            assert_eq!(told(json!({&f[0]: nothing})).await, at(0));
        }
        for (i, bad) in [
            (0, json!(1)), (0, json!("two\nlines")), (0, json!("x".repeat(256))), (0, json!("a\u{0}b")), (1, json!("x".repeat(10_001))),
            (1, json!({"a": 1})), (2, json!("1")), (2, json!(true)), (3, json!("true")), (4, json!("Gas")), (4, json!(1)),
            (5, json!("2026-02-29")), (5, json!("28.02.2026")), (5, json!(20260228)), (6, json!("x.pdf")), (6, json!([{"name": "x"}])),
            (6, json!([{"path": "unknown-file-of-24-signs.pdf"}])), (6, json!([1])),
        ] {
            assert_eq!(told(json!({&f[i]: bad})).await, at(i), "{i}");
        }
        let all = told(json!({&f[0]: null, &f[2]: "x", "7777777": 1})).await;
        assert_eq!(all.len(), 3, "all at once: {all:?}");
    }

    async fn c6_fields_are_in_their_order(w: Site) {
        let types = w.fetch("/api/v1/ticket_types", &w.anna).await;
        let all = types[0]["TicketTypeFields"].as_array().unwrap();
        let positions: Vec<i64> = all.iter().map(|f| f["position"].as_i64().unwrap()).collect();
        assert!(positions.is_sorted() && all.len() == 7);
        assert_eq!((&all[0]["required"], &all[2]["required"]), (&json!(true), &json!(false)));
        assert_eq!(all[4]["options"], json!(["Heating", "Water"]));
        assert!(all[0].get("options").is_none(), "of choices only");
        assert_eq!(types[0]["id"], json!(w.house.form));
        // One's own community, or none of one's own.
        let of = |id| format!("/api/v1/ticket_types?community_id={id}");
        assert_eq!(w.fetch(of(w.house.place), &w.anna).await, types);
        for foreign in [w.elsewhere.place, w.world.home.garden] {
            assert_eq!(w.fetch(of(foreign), &w.anna).await, json!([]));
        }
        assert_eq!(w.call(Method::GET, "/api/v1/ticket_types?community_id=x", &w.anna).await.expect(400)["error"], "invalid_request");
    }

    async fn files_belong_to_the_ticket_that_took_them(w: Site) {
        let pictures = w.house.fields[6].to_string();
        let a = w.upload(&w.anna, "a.pdf", "application/pdf", crate::setup::PDF).await.expect(200);
        let b = w.upload(&w.anna, "b.jpg", "image/jpeg", JPEG).await.expect(200);
        // What is said besides the path is not believed.
        let lie = json!({"path": a["path"], "name": "../evil.exe", "fileType": "text/html", "fileSize": 1});
        let made = w.ticket(&w.anna, &json!({&pictures: [lie, b]})).await;
        let files = made["Attachments"].as_array().unwrap();
        let names: Vec<&str> = files.iter().map(|f| f["name"].as_str().unwrap()).collect();
        assert_eq!((names, &files[0]["type"]), (vec!["a.pdf", "b.jpg"], &json!("application/pdf")));
        assert!(files[0]["temporaryUrl"].as_str().unwrap().starts_with("https://portico.example/files/"));
        assert_eq!(made["customFields"].as_array().unwrap().len(), 2, "files are no custom fields");
        // Once, by their uploader, within a day.
        let told = async |who: &crate::setup::Resident, paths: &[&serde_json::Value]| {
            let files: Vec<_> = paths.iter().map(|p| json!({"path": p["path"]})).collect();
            fields(&w.send("/api/v1/tickets", who, &w.report(who, &w.house, &json!({&pictures: files}))).await)
        };
        let at = [format!("fields.{pictures}")];
        assert_eq!(told(&w.anna, &[&a]).await, at, "used");
        let mine = w.upload(&w.anna, "c.pdf", "application/pdf", crate::setup::PDF).await.expect(200);
        assert_eq!(told(&w.ben, &[&mine]).await, at, "of somebody else");
        assert_eq!(told(&w.anna, &[&mine, &mine]).await, at, "twice");
        let many: Vec<_> = (0..11).map(|_| &mine).collect();
        assert_eq!(told(&w.anna, &many).await, at, "more than ten");
        w.clock.advance(24 * 3600);
        let (bearer, cookie, caller) = crate::setup::sign_in(&w.world, &w.house, w.anna.id).await;
        let anna = crate::setup::Resident { bearer, cookie, caller, ..w.anna.clone() };
        assert_eq!(told(&anna, &[&mine]).await, at, "a day old");
    }

    async fn c19_comments_answer_the_whole_ticket(w: Site) {
        let made = w.ticket(&w.anna, &json!({})).await;
        let path = format!("/api/v1/tickets/{}/comments", made["id"]);
        let file = w.upload(&w.anna, "photo.jpg", "image/jpeg", JPEG).await.expect(200);
        let other = w.upload(&w.anna, "other.pdf", "application/pdf", crate::setup::PDF).await.expect(200);
        let whole = w.send(&path, &w.anna, &json!({"text": "<script>x</script>\nhttps://a.example"})).await.expect(200);
        let said = &whole["TicketComments"][0];
        assert_eq!(said["textRendered"], "&lt;script&gt;x&lt;/script&gt;<br><a href=\"https://a.example\" rel=\"noopener noreferrer\">https://a.example</a>", "C15");
        assert_eq!((&said["fromTenant"], &said["Attachments"], &said["attachmentList"]), (&json!(false), &json!({}), &json!([])));
        assert_eq!((&said["Author"]["id"], &said["Author"]["email"]), (&json!(w.anna.id), &json!(w.anna.email)));
        w.clock.advance(1);
        let whole = w.send(&path, &w.anna, &json!({"attachments": [file, other]})).await.expect(200);
        let said = whole["TicketComments"].as_array().unwrap();
        assert_eq!(said.len(), 2, "oldest first");
        assert_eq!((&said[1]["Attachments"]["name"], said[1]["attachmentList"].as_array().unwrap().len()), (&json!("photo.jpg"), 2));
        for (body, at) in [(json!({}), "text"), (json!({"text": " "}), "text"), (json!({"text": "", "attachments": []}), "text"),
            (json!({"text": "x".repeat(10_001)}), "text"), (json!({"attachments": [file]}), "attachments.0"),
            (json!({"text": "x", "attachments": vec![&other; 11]}), "attachments")] {
            assert_eq!(fields(&w.send(&path, &w.anna, &body).await), [at]);
        }
        for body in [json!({"text": 1}), json!({"attachments": {}}), json!({"attachments": [{}]}), json!([]), json!("x")] {
            assert_eq!(w.send(&path, &w.anna, &body).await.expect(400)["error"], "invalid_request", "{body}");
        }
        assert_eq!(w.call(Method::POST, &path, &w.anna).raw("application/json", "{").await.expect(400)["error"], "invalid_request");
        let huge = json!({"text": "x".repeat(1 << 20)});
        assert_eq!(w.send(&path, &w.anna, &huge).await.expect(413)["error"], "too_large");
    }

    async fn c14_the_management_answers(w: Site) {
        let made = w.ticket(&w.anna, &json!({})).await;
        let id = TicketId::new(made["id"].as_i64().unwrap());
        let staff = Caller { at: w.app.now(), ..w.house.staff };
        for (said, public) in [("internal", false), ("We come tomorrow", true)] {
            let note = CommentInput { text: text(said), public: Field::Given(public), ..CommentInput::default() };
            w.app.tickets().comment(&staff, id, note.into()).await.unwrap();
        }
        let closed = Input { status: Field::Given(StatusInput::Exactly(Status::Done)), ..Input::default() };
        w.app.tickets().update(&staff, id, closed.into()).await.unwrap();
        let one = w.call(Method::GET, format!("/api/v1/tickets/{id}"), &w.anna);
        let whole = one.header(header::ACCEPT_LANGUAGE, "en-GB,de;q=0.5").await.expect(200);
        let said = whole["TicketComments"].as_array().unwrap();
        assert_eq!((said.len(), &said[0]["fromTenant"], &said[0]["textRendered"]), (1, &json!(true), &json!("We come tomorrow")));
        assert_eq!((&whole["status"], &whole["statusText"]), (&json!("DONE"), &json!("Done")));
        // A closed ticket takes comments, and stays closed.
        let whole = w.send(format!("/api/v1/tickets/{id}/comments"), &w.anna, &json!({"text": "Thanks", "status": "OPEN"})).await.expect(200);
        assert_eq!((&whole["status"], whole["TicketComments"].as_array().unwrap().len()), (&json!("DONE"), 2));
    }

    async fn c18_own_and_shared_tickets_newest_first(w: Site) {
        let first = w.ticket(&w.anna, &json!({})).await;
        let second = w.ticket(&w.anna, &json!({})).await;
        let staff = w.world.home.staff.id;
        let hidden = w.world.ticket(w.house.org, w.anna.id, staff, "Internal about Anna").await;
        let ids = async |path: &str, who| {
            let all = w.fetch(path, who).await;
            all.as_array().unwrap().iter().map(|t| t["id"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        let own = [second["id"].as_i64().unwrap(), first["id"].as_i64().unwrap()];
        assert_eq!(ids("/api/v1/tickets", &w.anna).await, own);
        let shared = Input { shared: Field::Given(true), ..Input::default() };
        w.app.tickets().update(&Caller { at: w.app.now(), ..w.house.staff }, hidden, shared.into()).await.unwrap();
        assert_eq!(ids("/api/v1/tickets", &w.anna).await, [&[hidden.get()][..], &own].concat());
        let free = w.fetch(format!("/api/v1/tickets/{hidden}"), &w.anna).await;
        assert_eq!((&free["title"], &free["TicketType"]["TicketTypeGroup"]["name"]), (&json!("Anliegen"), &json!("Allgemein")));
        assert_eq!((&free["CreatedBy"]["id"], &free["Contact"]["id"]), (&json!(staff), &json!(w.anna.id)));
        for who in [&w.mia, &w.ben] {
            assert_eq!(ids("/api/v1/tickets", who).await, [0; 0]);
        }
        let of = |id: kernel::PropertyId| format!("/api/v1/tickets?community_id={id}");
        assert!(ids(&of(w.house.place), &w.anna).await.starts_with(&own[..1]) || ids(&of(w.house.place), &w.anna).await.contains(&own[0]));
        assert_eq!(ids(&of(w.elsewhere.place), &w.anna).await, [0; 0]);
        assert_eq!(w.call(Method::GET, "/api/v1/tickets?community_id=x", &w.anna).await.status, 400);
        // History stays.
        w.move_out(w.house.org, w.anna.id).await;
        assert_eq!(ids("/api/v1/tickets", &w.anna).await.len(), 3);
        let late = w.send(format!("/api/v1/tickets/{}/comments", first["id"]), &w.anna, &json!({"text": "Hello?"})).await;
        assert_eq!(late.status, 403);
    }

    async fn a_deleted_ticket_takes_its_files_with_it(w: Site) {
        let file = w.upload(&w.anna, "a.pdf", "application/pdf", crate::setup::PDF).await.expect(200);
        let made = w.ticket(&w.anna, &json!({w.house.fields[6].to_string(): [file]})).await;
        let id = TicketId::new(made["id"].as_i64().unwrap());
        w.app.tickets().delete(&Caller { at: w.app.now(), ..w.house.staff }, id).await.unwrap();
        let deleted = format!("file.deleted {}", made["Attachments"][0]["id"]);
        assert!(w.changes(w.house.org).await.contains(&deleted));
        assert_eq!(w.call(Method::GET, format!("/api/v1/tickets/{id}"), &w.anna).await.status, 404);
        let _ = uploaded(&w.world, &w.house.staff, "still works.pdf", crate::setup::PDF).await;
    }
}
