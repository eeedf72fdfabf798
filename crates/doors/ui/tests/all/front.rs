//! The front door.

use axum::http::header;
use world::{PASSWORD, axum};

use crate::{House, cookie_of, html, location};

world::tests! { crate::open =>
    async fn whose_pages_these_are(w: House) {
        for (language, words) in [("en", "Your home, taken care of"), ("de-AT", "Ihr Zuhause, in guten Händen")] {
            let page = w.get("/").header(header::HOST, "home.example").header(header::ACCEPT_LANGUAGE, language).await;
            assert_eq!(page.status, 200);
            assert!(html(&page).contains(words));
        }
        let resident = w.cookie(&w.home.owner).await;
        assert_eq!(location(&w.page("/", &resident).await), "/home");
        let staff = w.cookie(&w.home.staff).await;
        assert_eq!(location(&w.page("/", &staff).await), "/desk");
        assert_eq!(location(&w.page("/home", &staff).await), "/desk");
    }

    async fn what_pages_refer_to_is_there_and_kept_for_ever(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let page = html(&w.page("/home", &cookie).await);
        let paths: Vec<_> = page.split('"').filter(|s| s.starts_with("/assets/")).collect();
        assert!(paths.len() >= 3, "{paths:?}");
        for path in paths {
            let asset = w.get(path).await;
            assert_eq!(asset.status, 200, "{path}");
            assert_eq!(asset.headers["cache-control"], "public, max-age=31536000, immutable");
        }
        assert_eq!(w.get("/manifest.webmanifest").await.status, 200);
        assert_eq!(w.get("/assets/accent-b00020.css").await.status, 200);
        assert_eq!(w.get("/assets/accent-zzzzzz.css").await.status, 404);
    }

    async fn pages_come_compressed_and_tell_no_token_twice(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let whole = w.page("/home", &cookie).await;
        assert!(!whole.headers.contains_key("content-encoding"));
        let page = w.page("/home", &cookie).header(header::ACCEPT_ENCODING, "gzip, br").await;
        assert_eq!(page.header("content-encoding"), "gzip");
        assert!(page.header("vary").contains("accept-encoding"), "{}", page.header("vary"));
        assert!(page.body.len() * 2 < whole.body.len(), "{} of {} bytes", page.body.len(), whole.body.len());

        let (token, another) = (w.identity.form_token(&cookie), w.identity.form_token(&cookie));
        assert_ne!(token, another, "what pages hold cannot be guessed from their lengths");
        for good in [&token, &another] {
            assert!(w.identity.is_form_token(&cookie, good));
        }
        for bad in ["", "x", &token[1..], &token[..43], &"A".repeat(86), &w.identity.form_token("another")] {
            assert!(!w.identity.is_form_token(&cookie, bad), "{bad}");
        }
    }

    async fn the_contract_of_the_sign_in_page(w: House) {
        let page = html(&w.get("/app/login?next=/news").await);
        for part in ["name=\"username\"", "name=\"password\"", "data-testid=\"login-in\""] {
            assert!(page.contains(part), "{part}");
        }
        let key = cookie_of(&w.get("/app/login").await, "form_key").unwrap();
        let try_with = async |password: &str, next: &str| {
            let body = format!("csrf={key}&username=owner%40home.example&password={password}&next={next}");
            let call = w.post("/app/login").header(header::HOST, "home.example");
            call.header(header::COOKIE, &format!("form_key={key}")).raw("application/x-www-form-urlencoded", body).await
        };
        assert_eq!(try_with("wrong", "").await.status, 422);
        let good = try_with(PASSWORD, "/news").await;
        assert_eq!((good.status, location(&good)), (303, "/news"));
        assert!(cookie_of(&good, "user_session").is_some());
        assert_eq!(location(&try_with(PASSWORD, "//evil.example").await), "/");
        let body = format!("username=owner%40home.example&password={PASSWORD}");
        let without = w.post("/app/login").raw("application/x-www-form-urlencoded", body).await;
        assert_eq!(without.status, 403, "without the key of the form");
    }

    async fn a_forgotten_password_gets_a_link_and_tells_nothing(w: House) {
        let key = cookie_of(&w.get("/forgot").await, "form_key").unwrap();
        let ask = async |email: &str| {
            let call = w.post("/forgot").header(header::HOST, "home.example").header(header::COOKIE, &format!("form_key={key}"));
            call.raw("application/x-www-form-urlencoded", format!("csrf={key}&email={email}")).await
        };
        let mails = async || w.app.messages().list(&w.system(w.home.org), 100).await.unwrap().len();
        let before = mails().await;
        for email in ["nobody%40home.example", "owner%40home.example"] {
            let answer = ask(email).await;
            assert_eq!((answer.status, location(&answer)), (303, "/forgot/sent"), "{email}");
        }
        assert_eq!(mails().await, before + 1);
        assert_eq!(ask("no-address").await.status, 422);
        let newest = w.app.messages().list(&w.system(w.home.org), 1).await.unwrap().remove(0);
        let text = w.app.messages().get(&w.system(w.home.org), newest.id).await.unwrap().text_body;
        let link = text.split_whitespace().find(|s| s.contains("/changePassword?token=")).unwrap();
        let path = link.strip_prefix("https://portico.example").unwrap();
        assert_eq!(w.get(path).await.status, 200);
        let token = path.split("token=").nth(1).unwrap();
        let body = format!("token={token}&password=new-horse-77&repeat=new-horse-77");
        assert_eq!(w.post("/changePassword").raw("application/x-www-form-urlencoded", body).await.status, 200);
        assert_eq!(w.get(path).await.status, 410, "once");
        for _ in 0..6 {
            ask("owner%40home.example").await;
        }
        assert_eq!(ask("owner%40home.example").await.status, 429, "nobody's mailbox is flooded");
    }

    async fn an_invitation_is_redeemed_once(w: House) {
        let ended = w.get("/invite/unknown").await;
        assert_eq!(ended.status, 404);
        assert!(html(&ended).contains("no longer works"));
        assert_eq!(location(&w.get("/app/register?invite_token=a%2Fb").await), "/invite/a%2Fb");
        let cookie = w.resident("Mia", "1").await;
        assert_eq!(w.page("/home", &cookie).await.status, 200, "and is signed in");
        let unit = w.unit("1").await;
        let staff = w.staff().await;
        let input = app::invite::Input {
            unit_id: kernel::Field::Given(unit),
            first_name: kernel::Field::Given("<b>Leo".to_owned()),
            last_name: kernel::Field::Given("L".to_owned()),
            email: kernel::Field::Given("leo@mail.example".to_owned()),
            ..app::invite::Input::default()
        };
        let token = w.app.invites().create(&staff, kernel::Draft::from(input)).await.unwrap().token;
        let path = format!("/invite/{token}");
        let page = w.get(&path).await;
        assert!(html(&page).contains("&#60;b&#62;Leo") && html(&page).contains("Harbour View"));
        let key = cookie_of(&page, "form_key").unwrap();
        let send = async |key: &str, password: &str, repeat: &str| {
            let body = format!("csrf={key}&first_name=Leo&last_name=L&email=leo%40mail.example&password={password}&repeat={repeat}");
            w.post(&path).header(header::COOKIE, &format!("form_key={key}")).raw("application/x-www-form-urlencoded", body).await
        };
        assert_eq!(send(&"y".repeat(42), PASSWORD, PASSWORD).await.status, 403);
        let short = send(&key, "short", "short").await;
        assert!(short.status == 422 && html(&short).contains("password-fault") && !html(&short).contains("value=\"short\""));
        assert_eq!(send(&key, PASSWORD, "other-horse-1").await.status, 422);
        assert_eq!(send(&key, PASSWORD, PASSWORD).await.status, 303);
        assert_eq!(send(&key, PASSWORD, PASSWORD).await.status, 404, "once");
    }

    async fn a_password_link_tells_what_is_wrong(w: House) {
        for (path, status) in [("/changePassword", 422), ("/changePassword?token=", 422), ("/changePassword?token=x", 410)] {
            assert_eq!(w.get(path).await.status, status, "{path}");
        }
        let post = async |body: String| w.post("/changePassword").raw("application/x-www-form-urlencoded", body).await;
        let long = "x".repeat(129);
        for (password, repeat, fault) in [
            ("seven77", "seven77", "password-fault"),
            ("", "", "password-fault"),
            (long.as_str(), long.as_str(), "password-fault"),
            ("correct+horse", "correct+house", "repeat-fault"),
        ] {
            let page = post(format!("token=t.o.k&password={password}&repeat={repeat}")).await;
            let text = html(&page);
            assert_eq!(page.status, 422);
            assert!(text.contains(&format!("id=\"{fault}\"")) && text.contains("name=\"token\" value=\"t.o.k\""), "{text}");
            assert!(password.is_empty() || !text.contains(password), "what was typed is not sent back");
        }
        let huge = format!("token=t&password=correct+horse&repeat=correct+horse&x={}", "x".repeat(16 * 1024));
        assert_eq!(post(huge).await.status, 413);
        assert_eq!(w.post("/changePassword").raw("application/json", "{}").await.status, 400);
        let elsewhere = w.post("/changePassword").header(header::ORIGIN, "https://evil.example").header(header::HOST, "home.example");
        assert_eq!(elsewhere.raw("application/x-www-form-urlencoded", "token=t").await.status, 403);
    }
}
