//! What residents do on their pages.

use app::ticket_type::Kind;
use axum::http::header;
use kernel::Draft;
use world::{PASSWORD, axum};

use crate::{House, cookie_of, html, location};

const EVIL: &str = "<script>alert(1)</script>";
const SHOWN: &str = "&#60;script&#62;alert(1)";

/// The field of a question of this kind.
fn field(form: &app::ticket_type::TicketType, kind: Kind) -> String {
    format!("fields.{}", form.fields.iter().find(|f| f.kind == kind).unwrap().id)
}

/// A picture of one colour: a GIF of 2 × 1 pixels.
const GIF: &[u8] = b"GIF89a\x02\0\x01\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02\x04\n\0;";

world::tests! { crate::open =>
    async fn somebody_is_shown_with_a_picture_and_without(w: House) {
        let (cookie, post) = (w.resident("Mia", "1").await, w.news("Lift", "It runs again.").await);
        let said = format!("/news/{post}");
        assert_eq!(w.form(&said, &cookie, &[("text", "Good")]).await.status, 303);
        let face = "/face/thumbnail?expires=";
        assert!(!html(&w.page(&said, &cookie).await).contains(face), "initials");
        let sent = w.parts("/me/avatar", &cookie, &[], &[("avatar", "me.gif", GIF)]).await;
        assert_eq!((sent.status, location(&sent)), (303, "/me"), "{}", html(&sent));
        for page in ["/me", said.as_str(), "/home"] {
            assert!(html(&w.page(page, &cookie).await).contains(face), "{page}");
        }
        // The staff sees the same, and may take it away.
        let admin = w.cookie(&w.home.admin).await;
        let person = w.caller(&cookie).await.person().unwrap();
        let about = format!("/desk/people/{person}");
        assert!(html(&w.page(&about, &admin).await).contains(face));
        assert!(html(&w.page(&format!("{about}/edit"), &admin).await).contains("/avatar/remove\""));
        for wrong in [&[("avatar", "me.txt", b"hello".as_slice())][..], &[]] {
            let refused = w.parts("/me/avatar", &cookie, &[], wrong).await;
            assert_eq!(cookie_of(&refused, "flash").as_deref(), Some("done-face-refused"));
        }
        let gone = w.form(&format!("{about}/avatar/remove"), &admin, &[]).await;
        assert_eq!((gone.status, location(&gone)), (303, about.as_str()));
        assert!(!html(&w.page("/me", &cookie).await).contains(face));
        let set = w.parts(&format!("{about}/avatar"), &admin, &[], &[("avatar", "a.gif", GIF)]).await;
        assert_eq!(location(&set), about);
        assert!(html(&w.page("/me", &cookie).await).contains(face));
        assert_eq!(location(&w.form("/me/avatar/remove", &cookie, &[]).await), "/me");
        assert!(!html(&w.page(&about, &admin).await).contains(face));
        // The staff's own.
        let own = w.parts("/me/avatar", &admin, &[], &[("avatar", "a.gif", GIF)]).await;
        assert_eq!(location(&own), "/desk/me");
        assert!(html(&w.page("/desk", &admin).await).contains(face));
    }

    async fn a_report_with_everything_and_its_conversation(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let form = w.form_of_all_kinds().await;
        let (path, of) = (format!("/report/{}", form.row.id), |kind| field(&form, kind));
        let shown = html(&w.page(&path, &cookie).await);
        for kind in Kind::ALL {
            assert!(shown.contains(&format!("name=\"{}\"", of(kind))), "{kind:?} is asked");
        }
        // All faults beside their fields, with what was typed; files that were taken need not be sent again.
        let bad = w.parts(
            &path,
            &cookie,
            &[(&of(Kind::Text), "Kitchen"), (&of(Kind::Number), "many"), (&of(Kind::DropDown), "Other"), (&of(Kind::Date), "soon")],
            &[(&of(Kind::File), "first.txt", b"one")],
        ).await;
        let text = html(&bad);
        assert_eq!(bad.status, 422);
        for kind in [Kind::LongText, Kind::Number, Kind::DropDown, Kind::Date] {
            assert!(text.contains(&format!("id=\"{}-fault\"", of(kind))), "{kind:?}: {text}");
        }
        assert!(text.contains("Please write a number.") && text.contains("value=\"Kitchen\""));
        let kept = text.split(&format!("name=\"{}.kept\" value=\"", of(Kind::File))).nth(1).unwrap().split('"').next().unwrap().replace("&#47;", "/");
        let good = w.parts(
            &path,
            &cookie,
            &[
                (&of(Kind::Text), EVIL), (&of(Kind::LongText), "It drips.\r\nAll night."), (&of(Kind::Number), "2,5"),
                (&of(Kind::Checkbox), "yes"), (&of(Kind::DropDown), "High"), (&of(Kind::Date), "2026-11-20"),
                (&format!("{}.kept", of(Kind::File)), &kept),
            ],
            &[(&of(Kind::File), "second.txt", b"two")],
        ).await;
        assert_eq!(good.status, 303, "{}", html(&good));
        let ticket = location(&good).split('?').next().unwrap().to_owned();
        let text = html(&w.page(&ticket, &cookie).await);
        for words in [SHOWN, "It drips.\nAll night.", "2.5", "High", "20 November", "first.txt", "second.txt", "/files/"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains(EVIL) && !text.contains("https://portico.example/files"));

        // A conversation, with a file; nothing said is told beside the field.
        let silent = w.parts(&ticket, &cookie, &[("text", " ")], &[]).await;
        assert_eq!(silent.status, 422);
        assert!(html(&silent).contains("id=\"text-fault\""));
        let mark = async || html(&w.page(&format!("{ticket}/mark"), &cookie).await);
        let before = mark().await;
        let said = w.parts(&ticket, &cookie, &[("text", EVIL)], &[("photos", "third.txt", b"three")]).await;
        assert_eq!(said.status, 303, "{}", html(&said));
        let text = html(&w.page(&ticket, &cookie).await);
        assert!(text.contains("third.txt") && text.matches(SHOWN).count() >= 2 && !text.contains(EVIL));
        assert_ne!(mark().await, before, "an open page learns of it");
        for path in ["/tickets", "/home"] {
            let list = html(&w.page(path, &cookie).await);
            assert!(list.contains(&ticket) && list.contains(SHOWN) && !list.contains(EVIL), "{path}");
        }
    }

    async fn a_ticket_is_rated_once_when_closed(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let form = w.form_of_all_kinds().await;
        let sent = w.parts(&format!("/report/{}", form.row.id), &cookie, &[(&field(&form, Kind::LongText), "Broken")], &[]).await;
        let ticket = location(&sent).split('?').next().unwrap().to_owned();
        let rating = format!("{ticket}/rating");
        assert_eq!(w.form(&rating, &cookie, &[("rating", "5")]).await.status, 409, "not closed");
        let number: i64 = ticket.rsplit('/').next().unwrap().parse().unwrap();
        let id = w.app.tickets().own_id(&w.caller(&cookie).await, number).await.unwrap();
        let input = app::ticket::Input { status: kernel::Field::Given(app::ticket::StatusInput::Exactly(app::ticket::Status::Done)), ..Default::default() };
        w.app.tickets().update(&w.staff().await, id, Draft::from(input)).await.unwrap();
        assert!(html(&w.page(&ticket, &cookie).await).contains("id=\"rate\""));
        for wrong in ["", "0", "6", "x"] {
            assert_eq!(w.form(&rating, &cookie, &[("rating", wrong)]).await.status, 422, "{wrong}");
        }
        let rated = w.form(&rating, &cookie, &[("rating", "4"), ("comment", "Quick.")]).await;
        assert_eq!((rated.status, location(&rated)), (303, ticket.as_str()));
        let text = html(&w.page(&ticket, &cookie).await);
        assert!(text.contains("4 stars") && text.contains("Quick.") && !text.contains("id=\"rate\""));
        assert!(text.contains("Closed, by Ada Admin"), "the history tells who");
        assert_eq!(w.form(&rating, &cookie, &[("rating", "1")]).await.status, 422, "once");
    }

    async fn news_are_commented(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let post = w.news(EVIL, "The lift runs.\nAgain.").await;
        let path = format!("/news/{post}");
        for page in ["/news", "/home", path.as_str()] {
            let text = html(&w.page(page, &cookie).await);
            assert!(text.contains(SHOWN) && !text.contains(EVIL), "{page}");
        }
        assert_eq!(w.form(&path, &cookie, &[("text", "  ")]).await.status, 422);
        let said = w.form(&path, &cookie, &[("text", EVIL)]).await;
        assert_eq!(said.status, 303);
        let text = html(&w.page(&path, &cookie).await);
        assert!(text.matches(SHOWN).count() >= 2 && !text.contains(EVIL) && text.contains("1 comment"));
        let delete = text.split("action=\"").find_map(|s| s.split('"').next().filter(|a| a.ends_with("/delete"))).unwrap();
        let neighbour = w.cookie(&w.home.tenant_with_login).await;
        assert_eq!(w.form(delete, &neighbour, &[]).await.status, 403, "it is not theirs");
        assert_eq!(w.form(delete, &cookie, &[]).await.status, 303);
        assert!(!html(&w.page(&path, &cookie).await).contains(delete));
    }

    async fn the_chosen_language_wins_over_the_browsers(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let german = async || w.page("/me", &cookie).header(header::ACCEPT_LANGUAGE, "de").await;
        assert!(html(&german().await).contains("<html lang=\"de\">"));
        assert_eq!(w.form("/me", &cookie, &[("language", "en"), ("phone", "")]).await.status, 303);
        assert!(html(&german().await).contains("<html lang=\"en\">"));
        let wrong = w.form("/me", &cookie, &[("language", "en"), ("phone", "12ab<>")]).await;
        assert_eq!(wrong.status, 422);
        assert!(html(&wrong).contains("id=\"phone-fault\"") && html(&wrong).contains("12ab&#60;&#62;"));
        assert_eq!(w.form("/me", &cookie, &[("language", ""), ("phone", "+1 503 555 0123")]).await.status, 303);
        let text = html(&german().await);
        assert!(text.contains("<html lang=\"de\">") && text.contains("+1 503 555 0123"));
        assert_eq!(w.form("/me", &cookie, &[("language", ""), ("phone", "")]).await.status, 303);
        assert!(!html(&german().await).contains("555 0123"));
    }

    async fn somebody_is_invited_into_the_household_and_comes(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let unit = w.unit("1").await.to_string();
        let fields = [("unit_id", unit.as_str()), ("first_name", "Leo"), ("last_name", "Resident"), ("email", "leo@mail.example")];
        assert_eq!(w.form("/me/household", &cookie, &[("unit_id", &unit)]).await.status, 422, "names are needed");
        assert_eq!(w.form("/me/household", &cookie, &fields).await.status, 303);
        let text = html(&w.page("/me/household", &cookie).await);
        let withdraw = text.split("action=\"").find_map(|s| s.split('"').next().filter(|a| a.ends_with("/withdraw"))).unwrap();
        assert!(text.contains("leo@mail.example"));
        let stranger = w.cookie(&w.home.owner).await;
        assert_eq!(w.form(withdraw, &stranger, &[]).await.status, 404, "it is not theirs");
        assert_eq!(w.form(withdraw, &cookie, &[]).await.status, 303);
        assert!(!html(&w.page("/me/household", &cookie).await).contains("leo@mail.example"));
        assert_eq!(w.form(withdraw, &cookie, &[]).await.status, 404, "once");
        let foreign = [("unit_id", "999999"), ("first_name", "Leo"), ("last_name", "R"), ("email", "leo@mail.example")];
        assert_eq!(w.form("/me/household", &cookie, &foreign).await.status, 403);
    }

    async fn a_new_password_ends_the_other_sign_ins(w: House) {
        let (here, there) = (w.cookie(&w.home.owner).await, w.cookie(&w.home.owner).await);
        for (current, password, repeat, fault) in [
            ("wrong-password", "new-horse-77", "new-horse-77", "current-fault"),
            (PASSWORD, "short", "short", "password-fault"),
            (PASSWORD, "new-horse-77", "new-horse-78", "repeat-fault"),
        ] {
            let answer = w.form("/me/security", &here, &[("current", current), ("password", password), ("repeat", repeat)]).await;
            let text = html(&answer);
            assert!(answer.status == 422 && text.contains(&format!("id=\"{fault}\"")) && !text.contains(&format!("value=\"{password}\"")), "{fault}");
        }
        let fields = [("current", PASSWORD), ("password", "new-horse-77"), ("repeat", "new-horse-77")];
        assert_eq!(w.form("/me/security", &here, &fields).await.status, 303);
        assert_eq!((w.page("/me", &here).await.status, w.page("/me", &there).await.status), (200, 303));
    }

    async fn devices_are_signed_out_from_elsewhere(w: House) {
        let (here, there) = (w.cookie(&w.home.owner).await, w.cookie(&w.home.owner).await);
        let foreign = w.resident("Mia", "1").await;
        let text = html(&w.page("/me/security", &here).await);
        let end = text.split("action=\"").find_map(|s| s.split('"').next().filter(|a| a.ends_with("/end") && !a.contains("others"))).unwrap();
        assert_eq!(w.form(end, &foreign, &[]).await.status, 404);
        assert_eq!(w.form(end, &here, &[]).await.status, 303);
        assert_eq!((w.page("/me", &here).await.status, w.page("/me", &there).await.status), (200, 303));
        let third = w.cookie(&w.home.owner).await;
        assert_eq!(w.form("/me/security/others/end", &here, &[]).await.status, 303);
        assert_eq!((w.page("/me", &here).await.status, w.page("/me", &third).await.status), (200, 303));
    }

    async fn mails_are_chosen_and_data_is_had(w: House) {
        let cookie = w.resident("Mia", "1").await;
        assert_eq!(w.form("/me/notifications", &cookie, &[("post", "daily"), ("event", "sometimes")]).await.status, 303);
        let text = html(&w.page("/me/notifications", &cookie).await);
        assert!(text.contains("name=\"post\" value=\"daily\" checked") && text.contains("name=\"event\" value=\"never\" checked"));
        assert!(text.contains("name=\"here\" value=\"post\" checked"), "seen here unless one says otherwise");
        assert_eq!(w.form("/me/notifications", &cookie, &[("here", ""), ("here", "ticket")]).await.status, 303);
        let text = html(&w.page("/me/notifications", &cookie).await);
        assert!(text.contains("name=\"here\" value=\"ticket\" checked") && text.contains("name=\"here\" value=\"post\">"), "{text}");
        assert_eq!(w.form("/notifications", &cookie, &[]).await.status, 303);
        let data = w.page("/me/data.json", &cookie).await;
        let value: serde_json::Value = serde_json::from_slice(&data.body).unwrap();
        assert_eq!(value["person"]["email"], "mia@mail.example");
        assert_eq!(value["homes"][0]["as"], "tenant");
        assert!(value["mails"].as_array().unwrap().iter().any(|m| m["about"] == "post" && m["when"] == "daily"));
    }

    async fn all_that_is_kept_about_somebody_is_handed_out(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let (org, me, unit, harbour) = (w.home.org, w.person(&cookie).await, w.unit("1").await, w.home.harbour);
        let form = w.form_of_all_kinds().await;
        let field = form.fields.iter().find(|f| f.kind == Kind::LongText).unwrap().id;
        let sent = w.parts(&format!("/report/{}", form.row.id), &cookie, &[(&format!("fields.{field}"), "It drips")], &[]).await;
        assert_eq!(sent.status, 303, "{}", html(&sent));
        w.write(org, async move |w| {
            let now = w.now();
            w.execute(db::sql!("UPDATE ticket SET title = 'Tap', rating = 4, rating_comment = 'Quick' WHERE org_id = $1 AND author_id = $2", org, me)).await?;
            w.execute(db::sql!(
                "INSERT INTO address (uid, org_id, person_id, address1, city, state, postal, country, label, is_mailing, invalid_data, created_at, updated_at) \
                 VALUES ($1, $2, $3, 'Quay 1', 'Harbour', '', '12345', 'DE', 'Home', TRUE, FALSE, $4, $4)", w.uid(), org, me, now)).await?;
            w.execute(db::sql!(
                "INSERT INTO alternate_contact (uid, org_id, person_id, first_name, is_primary, created_at, updated_at) \
                 VALUES ($1, $2, $3, 'Aunt', TRUE, $4, $4)", w.uid(), org, me, now)).await?;
            let identity: i64 = w.one(db::sql!(
                "INSERT INTO wifi_identity (uid, org_id, property_id, unit_id, person_id, kind, is_blocked, blocked_by_desk, is_vacant, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, 'linked', FALSE, FALSE, FALSE, $6, $6) ON CONFLICT DO NOTHING RETURNING id", w.uid(), org, harbour, unit, me, now)).await?;
            w.execute(db::sql!(
                "INSERT INTO wifi_device (uid, org_id, property_id, unit_id, identity_id, mac, auth, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, 1, 'MACREG', $6, $6)", w.uid(), org, harbour, unit, identity, now)).await?;
            w.execute(db::sql!(
                "INSERT INTO passkey (org_id, person_id, credential, rp_id, public_key, state, name, created_at) \
                 VALUES ($1, $2, $3, 'home.example', $3, $3, 'Phone', $4)", org, me, &[1u8, 2][..], now)).await?;
            w.execute(db::sql!(
                "INSERT INTO message (uid, org_id, person_id, kind, to_address, subject, text_body, state, attempts, created_at) \
                 VALUES ($1, $2, $3, 'news', 'mia@mail.example', 'There is news', 'x', 'waiting', 0, $4)", w.uid(), org, me, now)).await
        }).await;
        let invite = [("unit_id", unit.to_string()), ("first_name", "Noa".to_owned()), ("last_name", "N".to_owned()), ("email", "noa@mail.example".to_owned())];
        let invite: Vec<(&str, &str)> = invite.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(w.form("/me/household", &cookie, &invite).await.status, 303);
        let data: serde_json::Value = serde_json::from_slice(&w.page("/me/data.json", &cookie).await.body).unwrap();
        assert_eq!(data["person"]["addresses"][0]["street"], "Quay 1");
        assert_eq!(data["person"]["people_to_ask"][0]["first_name"], "Aunt");
        let ticket = &data["tickets"][0];
        assert_eq!((&ticket["title"], &ticket["rating"], &ticket["rating_comment"]), (&"Tap".into(), &4.into(), &"Quick".into()));
        assert!(ticket["answers"].to_string().contains("It drips"), "{ticket}");
        let signed = &data["sign_ins"][0];
        assert_eq!((&signed["door"], &signed["with"]), (&"pages".into(), &"password".into()));
        assert_eq!(data["passkeys"][0]["name"], "Phone");
        assert_eq!(data["wifi_devices"][0]["address"], "00:00:00:00:00:01");
        let mails = data["mails_sent"].as_array().unwrap();
        assert!(mails.iter().any(|m| m["subject"] == "There is news"), "{mails:?}");
        let invited = data["invitations"].as_array().unwrap();
        assert!(invited.iter().any(|i| i["to_me"] == true) && invited.iter().any(|i| i["email"] == "noa@mail.example"), "{invited:?}");
        for secret in ["credential", "public_key", "passphrase", "token", "hash", "text_body"] {
            assert!(!data.to_string().contains(secret), "{secret}");
        }
        // Others, and the staff about themselves, have their own.
        let staff = w.cookie(&w.home.staff).await;
        let other = String::from_utf8(w.page("/me/data.json", &staff).await.body).unwrap();
        assert!(!other.contains("Quay 1") && !other.contains("There is news") && other.contains("sign_ins"), "{other}");
    }

    async fn the_staff_choose_their_language_and_say_how_they_are_reached(w: House) {
        let staff = w.cookie(&w.home.staff).await;
        let page = html(&w.page("/desk/me", &staff).await);
        assert!(page.contains("name=\"language\"") && page.contains("/me/data.json"), "{page}");
        let bad = w.form("/desk/me", &staff, &[("language", "de"), ("phone", "nonsense")]).await;
        assert_eq!(bad.status, 422);
        let saved = w.form("/desk/me", &staff, &[("language", "de"), ("phone", "+1 503 555 0199")]).await;
        assert_eq!((saved.status, location(&saved)), (303, "/desk/me"));
        let page = html(&w.page("/desk/me", &staff).header(header::ACCEPT_LANGUAGE, "en").await);
        assert!(page.contains("<html lang=\"de\"") && page.contains("+1 503 555 0199"), "{page}");
        let resident = w.resident("Mia", "1").await;
        assert_eq!(location(&w.page("/desk/me", &resident).await), "/home");
    }

    async fn the_rail_stays_as_it_was_folded(w: House) {
        let staff = w.cookie(&w.home.staff).await;
        assert!(html(&w.page("/desk", &staff).await).contains("<body class=\"desk\""));
        let from = "https://home.example/desk/tickets?state=open";
        let folded = w.form("/desk/rail", &staff, &[("fold", "yes")]).header(header::HOST, "home.example").header(header::REFERER, from).await;
        assert_eq!((folded.status, location(&folded)), (303, "/desk/tickets?state=open"));
        assert_eq!(cookie_of(&folded, "rail").as_deref(), Some("folded"));
        let page = html(&w.get("/desk").header(header::COOKIE, &format!("user_session={staff}; rail=folded")).await);
        assert!(page.contains("<body class=\"desk folded\""), "{page}");
        let back = w.form("/desk/rail", &staff, &[("fold", "")]).await;
        assert_eq!((location(&back), cookie_of(&back, "rail")), ("/desk", None));
    }

    async fn calendars_of_others_read_events_at_a_secret_address(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let page = html(&w.form("/calendar/address", &cookie, &[]).await);
        let address = page.split("id=\"address\">").nth(1).unwrap().split('<').next().unwrap().replace("&#47;", "/");
        let path = address.strip_prefix("https://portico.example").unwrap().replace("&#38;", "&");
        let feed = w.get(&path).await;
        assert_eq!(feed.status, 200, "{path}");
        assert!(html(&feed).starts_with("BEGIN:VCALENDAR"));
        assert!(!html(&w.page("/calendar", &cookie).await).contains("id=\"address\""), "shown once");
        w.form("/calendar/address", &cookie, &[]).await;
        assert_eq!(w.get(&path).await.status, 404, "the one before ends");
    }

    async fn the_page_other_clients_know(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let path = format!("/app/c/{}/info/documents", w.home.harbour);
        let nobody = w.get(&path).await;
        assert!(location(&nobody).starts_with("/app/login?next=%2Fapp%2Fc%2F"));
        assert_eq!(w.page(&path, &cookie).await.status, 200, "also without a folder");
        let staff = w.staff().await;
        w.app.documents().create_folder(&staff, w.home.harbour, Draft::from(kernel::Field::Given("Minutes".to_owned()))).await.unwrap();
        let text = html(&w.page(&path, &cookie).await);
        assert!(text.contains("<div class=\"clickable box-subhead--title dashboard-tile-company-background\">Minutes</div>"), "{text}");
        assert_eq!(w.page(&path, &w.cookie(&w.other.tenant_with_login).await).await.status, 404);
        assert!(cookie_of(&nobody, "user_session").is_none());
    }
}
