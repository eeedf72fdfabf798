//! Every page × who opens it, and every form × where it comes from.

use axum::http::{Method, header};
use world::axum;

use crate::{House, cookie_of, html, location};

/// Pages of residents, with things of their own where one is needed.
async fn pages(w: &House, cookie: &str) -> Vec<String> {
    let form = w.form_of_all_kinds().await.row.id;
    let post = w.news("Lift", "It runs again.").await;
    let long = w.form_of_all_kinds().await;
    let field = long.fields.iter().find(|f| f.kind == app::ticket_type::Kind::LongText).unwrap().id;
    let path = format!("/report/{}", long.row.id);
    let sent = w.parts(&path, cookie, &[(&format!("fields.{field}"), "Broken")], &[]).await;
    let ticket = location(&sent).split('?').next().unwrap().to_owned();
    let fixed = [
        "/home",
        "/report",
        "/tickets",
        "/news",
        "/calendar",
        "/documents",
        "/help",
        "/help?q=a",
        "/money",
        "/me",
        "/me/household",
        "/me/notifications",
        "/me/security",
        "/me/data",
        "/notifications",
    ];
    let mut all: Vec<String> = fixed.map(str::to_owned).to_vec();
    all.extend([format!("/report/{form}"), format!("/news/{post}"), ticket]);
    all
}

/// What holds for every page of somebody who is signed in.
pub fn is_sound(path: &str, page: &world::Answer) {
    let text = html(page);
    let header = |name| page.headers.get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    assert!(
        header("content-security-policy").starts_with("default-src 'none'; style-src 'self'; script-src 'self';"),
        "{path}"
    );
    assert_eq!(header("cache-control"), "no-store", "{path}");
    assert_eq!(header("referrer-policy"), "same-origin", "{path}");
    assert_eq!(text.matches("<h1").count(), 1, "{path}: {text}");
    for banned in [" style=", " onclick", "<script>", "javascript:"] {
        assert!(!text.contains(banned), "{banned} at {path}");
    }
    let ids: Vec<_> = text.split(" id=\"").skip(1).map(|s| s.split('"').next().unwrap()).collect();
    for id in &ids {
        assert_eq!(ids.iter().filter(|i| i == &id).count(), 1, "{id} once at {path}");
    }
    for form in text.split("<form").skip(1).map(|f| f.split("</form>").next().unwrap()) {
        assert!(
            !form.contains("method=\"post\"") || form.contains("name=\"csrf\""),
            "a form without a token at {path}: {form}"
        );
    }
}

world::tests! { crate::open =>
    async fn every_page_for_everybody(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let staff = w.cookie(&w.home.staff).await;
        for path in pages(&w, &cookie).await {
            let nobody = w.get(&path).await;
            assert_eq!(nobody.status, 303, "{path}");
            let back: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
            assert_eq!(location(&nobody), format!("/app/login?next={back}"));
            let old = w.page(&path, &"x".repeat(43)).await;
            assert_eq!((old.status, location(&old).starts_with("/app/login?next=")), (303, true), "{path}");
            let worker = w.page(&path, &staff).await;
            let room = if path == "/me/security" { "/desk/me/security" } else { "/desk" };
            assert_eq!((worker.status, location(&worker)), (303, room), "{path}");
            let mine = w.page(&path, &cookie).await;
            assert_eq!(mine.status, 200, "{path}: {}", html(&mine));
            is_sound(&path, &mine);
        }
    }

    async fn what_belongs_to_others_is_not_found(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let mine = pages(&w, &cookie).await;
        let stranger = w.cookie(&w.other.tenant_with_login).await;
        for path in mine.iter().filter(|p| p.ends_with(|c: char| c.is_ascii_digit())) {
            assert_eq!(w.page(path, &stranger).await.status, 404, "{path}");
        }
        let missing = [
            "/tickets/999999", "/tickets/x", "/tickets/1/mark", "/report/999999", "/report/x", "/news/999999", "/news/x",
            "/documents/1/999999", "/documents/x/y", "/app/c/999999/info/documents", "/app/c/x/info/documents", "/money/x", "/money/x/y/pdf",
            "/money/00000000-0000-0000-0000-000000000000", "/notifications/999999", "/calendar/guess.ics",
        ];
        for path in missing {
            let page = w.page(path, &cookie).await;
            assert_eq!(page.status, 404, "{path}");
        }
        // Tickets of the house that are not theirs.
        let foreign = w.app.tickets().get(&w.staff().await, w.home.ticket).await.unwrap().ticket.number;
        assert_eq!(w.page(&format!("/tickets/{foreign}"), &cookie).await.status, 404);
    }

    async fn forms_come_from_our_own_pages(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let post = w.news("Lift", "It runs again.").await;
        let form = w.form_of_all_kinds().await.row.id;
        let forms = [
            format!("/report/{form}"), "/tickets/1".to_owned(), "/tickets/1/rating".to_owned(), format!("/news/{post}"),
            format!("/news/{post}/comments/1/delete"), "/calendar/address".to_owned(), "/me".to_owned(), "/me/household".to_owned(),
            "/me/household/1/withdraw".to_owned(), "/me/notifications".to_owned(), "/me/security".to_owned(),
            "/me/security/others/end".to_owned(), "/me/security/1/end".to_owned(), "/notifications".to_owned(),
        ];
        for path in &forms {
            let mixed = path.starts_with("/report/") || path == "/tickets/1";
            let kind = if mixed { "multipart/form-data; boundary=limit" } else { "application/x-www-form-urlencoded" };
            let empty = if mixed { "--limit--\r\n" } else { "a=b" };
            let session = format!("user_session={cookie}");
            let without = w.post(path).header(header::COOKIE, &session).raw(kind, empty).await;
            assert_eq!(without.status, 403, "{path} without the token");
            let from_elsewhere = if mixed { w.parts(path, &cookie, &[], &[]) } else { w.form(path, &cookie, &[]) };
            let answer = from_elsewhere.header(header::ORIGIN, "https://evil.example").header(header::HOST, "home.example").await;
            assert_eq!(answer.status, 403, "{path} from elsewhere");
            let nobody = w.post(path).raw(kind, empty).await;
            assert_eq!((nobody.status, location(&nobody).starts_with("/app/login?next=")), (303, true), "{path} by nobody");
        }
        // Nothing happened.
        assert!(w.app.posts().get(&w.caller(&cookie).await, post).await.unwrap().comments.is_empty());
        assert_eq!(w.page("/me", &cookie).await.status, 200, "still signed in");
    }

    async fn other_methods_and_odd_addresses_are_pages(w: House) {
        let cookie = w.resident("Mia", "1").await;
        for (method, path, status) in [
            (Method::DELETE, "/home", 405),
            (Method::PUT, "/me", 405),
            (Method::GET, "/tickets/1/rating", 405),
            (Method::GET, "/home/nothing", 404),
            (Method::GET, "/news/%ff", 404),
            (Method::GET, "/help?q=%00%ff%2B%22%3E", 200),
            (Method::GET, "/news?page=-1&house=x", 200),
            (Method::GET, "/news?page=99999999999999999999", 200),
        ] {
            let page = w.request(method, path).header(header::COOKIE, &format!("user_session={cookie}")).await;
            assert_eq!(page.status, status, "{path}");
            assert!(page.status < 500 && html(&page).contains("<h1"), "{path}");
        }
    }

    async fn a_flash_is_told_once_and_holds_nothing_foreign(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let saved = w.form("/me", &cookie, &[("language", "de")]).await;
        let flash = cookie_of(&saved, "flash").unwrap();
        let with = async |flash: &str| {
            let cookies = format!("user_session={cookie}; flash={flash}");
            w.get("/me").header(header::COOKIE, &cookies).await
        };
        let page = with(&flash).await;
        assert!(html(&page).contains("Gespeichert."));
        let cleared = page.headers.get_all(header::SET_COOKIE).iter().any(|v| v.to_str().unwrap().starts_with("flash=; "));
        assert!(cleared, "told once");
        assert!(html(&with("done-invited~/me/household/7/withdraw").await).contains("action=\"/me/household/7/withdraw\""));
        for foreign in ["done-nothing", "name", "done-saved~https://evil.example", "done-saved~//evil.example", "<b>x</b>"] {
            let text = html(&with(foreign).await);
            assert!(!text.contains("evil.example") && !text.contains("<b>x"), "{foreign}");
        }
    }
}
