//! Every form of somebody who is signed in: without its token, from another origin, and about things of another
//! organization. A form that is not in this table fails the test that reads the sources.

use std::{fs, path::Path};

use app::ledger::Query;
use kernel::PageRequest;
use world::axum::http::header;

use crate::{House, cookie_of, html, location};

/// Whose form it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Portal,
    Desk,
}
use Room::{Desk, Portal};

/// Forms that take files come in parts.
pub const MIXED: [&str; 15] = [
    "/me/avatar",
    "/desk/people/{id}/avatar",
    "/desk/community/contacts/{id}/avatar",
    "/desk/settings/organization/image",
    "/report/{form}",
    "/tickets/{number}",
    "/desk/tickets/{number}",
    "/desk/import/send",
    "/desk/community/news/new",
    "/desk/community/news/{id}",
    "/desk/community/faq/new",
    "/desk/community/faq/{id}",
    "/desk/community/documents/new",
    "/desk/community/documents/{property}/{id}",
    "/desk/settings/portal/{property}/{picture}",
];

/// Forms of people who are not signed in yet, or sign in there: they have proofs of their own.
pub const FRONT: [&str; 8] = [
    "/app/login",
    "/app/login/passkey",
    "/app/sign-out",
    "/app/consent",
    "/forgot",
    "/invite/{token}",
    "/portal/{property}",
    "/changePassword",
];

/// An address, as the sources write it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub path: String,
    /// Whether it is a page.
    pub reads: bool,
    /// Whether it takes a form.
    pub takes: bool,
}

/// All addresses of the sources.
pub fn addresses() -> Vec<Route> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                found.extend(routes_of(&fs::read_to_string(entry).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The routes that take forms.
fn routes() -> Vec<String> {
    addresses().into_iter().filter(|r| r.takes).map(|r| r.path).collect()
}

fn routes_of(source: &str) -> Vec<Route> {
    let constant = |name: &str| {
        let head = format!("const {name}: &str = \"");
        source.split(&head).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or(name).to_owned()
    };
    let lines = source.lines().map(str::trim).filter_map(|line| {
        let route = line.strip_prefix(".route(").or_else(|| line.strip_prefix("page("))?;
        let (path, methods) = route.split_once(',')?;
        let any = |words: &[&str]| words.iter().any(|word| methods.contains(word));
        let path = path.strip_prefix('"').map_or_else(|| constant(path), |p| p.trim_end_matches('"').to_owned());
        Some(Route { path, reads: any(&["get("]), takes: any(&["post(", "posting(", "sending"]) })
    });
    lines.collect()
}

/// Which room a form is in.
fn room(route: &str) -> Room {
    if route.starts_with("/desk") { Desk } else { Portal }
}

/// What placeholders of addresses stand for, in the organization `home`.
async fn things(w: &House) -> Vec<(&'static str, String)> {
    let (staff, home) = (w.staff().await, &w.home);
    let mia = w.resident("Mia", "1").await;
    let post = w.news("Lift", "It runs again.").await;
    assert_eq!(w.form(&format!("/news/{post}"), &mia, &[("text", "Good!")]).await.status, 303);
    let comment = w.app.posts().get(&staff, post).await.unwrap().comments[0].0.id;
    // A number that the other organization has no ticket of.
    let mut number = 0;
    for title in ["One", "Two", "Three"] {
        number = w.opened(&home.admin, home.tenant, title).await;
    }
    let ledger = w.app.ledgers().search(&w.system(home.org), Query::default(), PageRequest::default()).await.unwrap();
    let unit = w.unit("1").await;
    let (org, harbour) = (home.org, home.harbour);
    let (building, tenancy): (i64, i64) = w
        .write(org, async move |w| {
            let building = w.one(db::sql!("SELECT min(id) FROM building WHERE property_id = $1", harbour)).await?;
            let tenancy = w.one(db::sql!("SELECT min(id) FROM tenancy WHERE property_id = $1", harbour)).await?;
            Ok((building, tenancy))
        })
        .await;
    let list = b"property,number\nHarbour View,Z1\n";
    let admin = w.cookie(&home.admin).await;
    let import = w.parts("/desk/import/send", &admin, &[("kind", "units")], &[("file", "l.csv", list)]).await;
    let import = location(&import).rsplit('/').next().unwrap().to_owned();
    let identity =
        w.app.wifi().own(&w.caller(&mia).await, unit).await.map_or_else(|_| uuid::Uuid::nil(), |all| all[0].uid);
    vec![
        ("{form}", w.form_of_all_kinds().await.row.id.to_string()),
        ("/tickets/{number}", format!("/tickets/{number}")),
        ("/news/{id}", format!("/news/{post}")),
        ("{comment}", comment.to_string()),
        ("/people/{id}", format!("/people/{}", home.tenant)),
        ("/properties/{id}", format!("/properties/{harbour}")),
        ("/units/{id}", format!("/units/{unit}")),
        ("/import/{id}", format!("/import/{import}")),
        ("/ledgers/{id}", format!("/ledgers/{}", ledger.items[0].id)),
        ("{building}", building.to_string()),
        ("{tenancy}", tenancy.to_string()),
        ("{unit}", unit.to_string()),
        ("{identity}", identity.to_string()),
        ("{deed}", "charge".to_owned()),
        ("{steps}", format!("{number}so")),
        ("{until}", "0".to_owned()),
    ]
}

/// An address with the things in it. What has no thing here has a number that nothing has.
pub fn filled(route: &str, things: &[(&str, String)]) -> String {
    let mut path = route.to_owned();
    for (name, value) in things {
        path = path.replace(name, value);
    }
    while let Some((before, rest)) = path.split_once('{') {
        path = format!("{before}999999{}", rest.split_once('}').unwrap().1);
    }
    path
}

world::tests! { crate::open =>
    async fn every_form_is_refused_to_whom_it_was_not_shown(w: House) {
        let things = things(&w).await;
        let (mia, admin) = (w.resident("Ben", "1").await, w.cookie(&w.home.admin).await);
        let (stranger, foreign) = (w.cookie(&w.other.tenant_with_login).await, w.cookie(&w.other.admin).await);
        let before = (w.changed(w.home.org).await, w.changed(w.other.org).await);
        let all = routes();
        let forms: Vec<&String> = all.iter().filter(|r| !FRONT.contains(&r.as_str())).collect();
        assert!(forms.len() > 40, "the sources are read: {all:?}");
        for route in forms {
            let path = filled(route, &things);
            let (own, other) = if room(route) == Desk { (&admin, &foreign) } else { (&mia, &stranger) };
            let mixed = MIXED.contains(&route.as_str());
            let (kind, empty) = if mixed {
                ("multipart/form-data; boundary=limit", "--limit--\r\n")
            } else {
                ("application/x-www-form-urlencoded", "a=b")
            };
            let session = format!("user_session={own}");
            let bare = w.post(&path).header(header::COOKIE, &session).raw(kind, empty).await;
            assert_eq!(bare.status, 403, "{path} without the token");
            let theirs = w.identity.form_token(other);
            let swapped = format!("csrf={theirs}");
            let swapped = if mixed { format!("--limit\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{theirs}\r\n--limit--\r\n") } else { swapped };
            let swapped = w.post(&path).header(header::COOKIE, &session).raw(kind, swapped).await;
            assert_eq!(swapped.status, 403, "{path} with a token of somebody else");
            let send = |cookie: &str| if mixed { w.parts(&path, cookie, &[], &[]) } else { w.form(&path, cookie, &[]) };
            let elsewhere = send(own).header(header::ORIGIN, "https://evil.example").header(header::HOST, "home.example").await;
            assert_eq!(elsewhere.status, 403, "{path} from elsewhere");
            // Passwords and sign-ins are everybody's own, in both rooms.
            if !route.starts_with("/me/security") {
                let wrong_room = send(if room(route) == Desk { &mia } else { &admin }).await;
                assert_eq!(wrong_room.status, 303, "{path} in the wrong room: {}", html(&wrong_room));
            }
            if route.contains('{') {
                let answer = send(other).await;
                assert_eq!(answer.status, 404, "{path} by another organization: {}", html(&answer));
            }
        }
        let after = (w.changed(w.home.org).await, w.changed(w.other.org).await);
        assert_eq!(after, before, "nothing happened");
    }

    async fn forms_of_the_front_door_are_refused_from_elsewhere_and_without_their_key(w: House) {
        let all = routes();
        // One of them has its route where its page is.
        let named = |route: &&str| *route == "/changePassword" || all.iter().any(|r| r == *route);
        assert!(FRONT.iter().all(named), "{all:?}");
        let (owner, token) = (w.cookie(&w.home.owner).await, w.invitation("Ida").await);
        let property = w.app.portals().list(&w.staff().await).await.unwrap()[0].uid;
        let key = cookie_of(&w.get("/app/login").await, "form_key").unwrap();
        let before = w.changed(w.home.org).await;
        let cookies = format!("form_key={key}; user_session={owner}");
        // All that each form could want, so that nothing but its sender is wrong.
        let whole = format!(
            "csrf={key}&username=owner%40home.example&password={p}&repeat={p}&email=owner%40home.example&first_name=Ida&last_name=I\
             &request=client_id%3Da&answer=allow&token=a.b.c&auth=x&state=s&credential=c",
            p = world::PASSWORD
        );
        for route in FRONT {
            let path = route.replace("{token}", &token).replace("{property}", &property.to_string());
            let send = |body: &str| {
                let call = w.post(&path).header(header::HOST, "home.example").header(header::COOKIE, &cookies);
                call.raw("application/x-www-form-urlencoded", body.to_owned())
            };
            // What a program asked for is told apart from a form that is stale.
            let refused = if route == "/app/consent" { 400 } else { 403 };
            for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
                let answer = send(&whole).header(name.parse().unwrap(), value).await;
                assert_eq!(answer.status, refused, "{path} from elsewhere: {}", html(&answer));
                assert!(cookie_of(&answer, "user_session").is_none(), "{path}");
            }
            let bare = send(&whole.replace(&key, "another")).await;
            match route {
                // Their secret is what they are sent with: a link from a mail, the request of a program.
                "/changePassword" | "/portal/{property}" => assert!(bare.status >= 400 || bare.status == 200, "{path}"),
                "/app/consent" => assert!(location(&bare).starts_with("/oidc/authorize?"), "{path}: {}", location(&bare)),
                _ => assert_eq!(bare.status, 403, "{path} without its key: {}", html(&bare)),
            }
            assert!(cookie_of(&bare, "user_session").is_none(), "{path}");
        }
        assert_eq!(w.changed(w.home.org).await, before, "nothing happened");
        assert_eq!(w.page("/home", &owner).await.status, 200, "still signed in");
        let out = w.post("/app/sign-out").header(header::COOKIE, &cookies).raw("application/x-www-form-urlencoded", format!("csrf={key}")).await;
        assert_eq!((out.status, location(&out)), (303, "/app/signed-out"));
        assert_eq!(out.header("clear-site-data"), "\"storage\"", "no draft is left for the next person");
        assert_eq!(w.page("/home", &owner).await.status, 303);
    }

    async fn an_ended_sign_in_leads_back_to_the_page_of_the_form(w: House) {
        let things = things(&w).await;
        let (mia, admin) = (w.resident("Ben", "1").await, w.cookie(&w.home.admin).await);
        let next = |answer: &world::Answer| {
            let to = location(answer).strip_prefix("/app/login?next=").unwrap_or_default().to_owned();
            form_urlencoded::parse(format!("n={to}").as_bytes()).next().unwrap().1.into_owned()
        };
        for route in routes().iter().filter(|r| !FRONT.contains(&r.as_str())) {
            let path = filled(route, &things);
            let send = |from: &str| {
                let call = w.post(&path).header(header::HOST, "home.example").raw("application/x-www-form-urlencoded", "a=b");
                if from.is_empty() { call } else { call.header(header::REFERER, from) }
            };
            let back = send("https://home.example/tickets/5?a=b&c=d").await;
            assert_eq!(next(&back), "/tickets/5?a=b&c=d", "{path}: {}", html(&back));
            for elsewhere in ["", "https://evil.example/x", "https://home.example.evil/x", "https://home.example//evil.example", "x"] {
                let to = next(&send(elsewhere).await);
                let cookie = if room(route) == Desk { &admin } else { &mia };
                let page = w.page(&to, cookie).await;
                assert!([200, 303].contains(&page.status), "{path} leads to {to}: {}", page.status);
            }
        }
        let page = w.get("/tickets/5?a=b").await;
        assert_eq!(next(&page), "/tickets/5?a=b");
    }

    async fn what_others_write_is_shown_as_text(w: House) {
        let evil = |name: &str| format!("{name}<script>alert(1)</script>\"><img src=x onerror=alert(2)>");
        // Names and texts that come in through other doors are rows like any other.
        let (org, harbour, person) = (w.home.org, w.home.harbour, w.home.tenant_with_login.id);
        let number = w.opened(&w.home.admin, person, &evil("Title")).await;
        let (first, house, unit, contact) = (evil("First"), evil("House"), evil("Unit"), evil("Contact"));
        w.write(org, async move |w| {
            let (first, house, unit, contact) = (first.as_str(), house.as_str(), unit.as_str(), contact.as_str());
            w.execute(db::sql!("UPDATE person SET first_name = $1, last_name = $1 WHERE org_id = $2 AND id = $3", first, org, person)).await?;
            w.execute(db::sql!("UPDATE property SET name = $1 WHERE org_id = $2 AND id = $3", house, org, harbour)).await?;
            w.execute(db::sql!("UPDATE unit SET number = $1 WHERE org_id = $2 AND property_id = $3", unit, org, harbour)).await?;
            w.execute(db::sql!("UPDATE emergency_contact SET name = $1 WHERE org_id = $2", contact, org)).await.map(drop)
        })
        .await;
        let post = w.news(&evil("News"), &evil("Text")).await;
        let (admin, resident) = (w.cookie(&w.home.admin).await, w.cookie(&w.home.tenant_with_login).await);
        let desk = [
            "/desk", "/desk/tickets", "/desk/tickets?as=board", "/desk/people", "/desk/properties", "/search?q=first", "/search?q=house",
            "/desk/money", "/desk/money/ledgers", "/desk/money/arrears", "/desk/moves/in", "/desk/moves/out?q=first", "/desk/settings/audit",
            "/desk/community/news",
        ];
        let mut pages: Vec<(String, &str)> = desk.iter().map(|p| ((*p).to_owned(), admin.as_str())).collect();
        pages.extend([format!("/desk/tickets/{number}"), format!("/desk/people/{person}"), format!("/desk/properties/{harbour}"), format!("/desk/community/news/{post}")].map(|p| (p, admin.as_str())));
        pages.extend(["/home", "/tickets", "/news", "/help", "/me", "/me/household", "/money", "/wifi", "/notifications", "/report"].map(|p| (p.to_owned(), resident.as_str())));
        pages.push((format!("/news/{post}"), resident.as_str()));
        let mut seen = 0;
        for (path, cookie) in pages {
            let page = w.page(&path, cookie).await;
            assert_eq!(page.status, 200, "{path}");
            let text = html(&page);
            assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{path}");
            seen += usize::from(text.contains("&#60;script&#62;alert(1)"));
        }
        assert!(seen > 12, "it is shown: on {seen} pages");
    }
}
