//! What the management looks after: the organization, its staff, looks, programs, and invitations to many.

use app::{client::Client, invite::InviteRun, message::Message, wifi::NewNetwork};
use axum::http::header;
use kernel::{Draft, Field, InviteRunId};
use world::{Person, axum, db};

use crate::{House, cookie_of, html, location, rights::is_sound};

const EVIL: &str = "<script>alert(1)</script>";
const PNG: &[u8] = include_bytes!("../../assets/portico-180.png");

/// A value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let at = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("no {name} in {page}"));
    at.split('"').next().unwrap().to_owned()
}

/// What an element of this id holds.
fn inside(page: &str, id: &str) -> String {
    let at = page.split(&format!("id=\"{id}\">")).nth(1).unwrap_or_else(|| panic!("no {id} in {page}"));
    at.split('<').next().unwrap().to_owned()
}

impl House {
    async fn clients(&self) -> Vec<Client> {
        self.app.clients().list(&self.system(self.home.org)).await.unwrap()
    }

    /// The mails of a kind.
    pub async fn mails(&self, kind: &str) -> Vec<Message> {
        let all = self.app.messages().list(&self.system(self.home.org), 200).await.unwrap();
        all.into_iter().filter(|m| m.kind == kind).collect()
    }

    /// The home organization's harbour as an address names it.
    async fn harbour_uid(&self) -> uuid::Uuid {
        self.app.portals().get(&self.system(self.home.org), self.home.harbour).await.unwrap().uid
    }

    /// Settles how the harbour looks.
    async fn dress(&self, cookie: &str, fields: &[(&str, &str)]) -> world::Answer {
        self.form(&format!("/desk/settings/portal/{}", self.home.harbour), cookie, fields).await
    }
}

/// A page, and who may open it, in this order: administrator, manager, staff, property manager.
async fn pages(w: &House) -> Vec<(String, [u16; 4])> {
    let (harbour, garden) = (w.home.harbour, w.home.garden);
    w.identity.create_client(&w.system(w.home.org), "A program", &kernel::Scope::ALL, None).await.unwrap();
    let client = w.clients().await.remove(0).id;
    let (admins, leads, office, all) = ([200, 403, 403, 403], [200, 200, 403, 403], [200, 200, 200, 403], [200; 4]);
    let mut pages: Vec<(String, [u16; 4])> = [
        ("/desk/settings/organization", admins),
        ("/desk/settings/staff", office),
        ("/desk/settings/staff/new", admins),
        ("/desk/settings/portal", leads),
        ("/desk/settings/clients", admins),
        ("/desk/settings/clients/new", admins),
        ("/desk/settings/clients/new/oauth1", admins),
        ("/desk/settings/clients/new/oauth2", admins),
        ("/desk/settings/clients/new/api_key", admins),
        ("/desk/settings/clients/new/oidc", admins),
        ("/desk/invitations", all),
        ("/desk/invitations?unit=1&renew=yes", all),
        ("/desk/settings", all),
    ]
    .map(|(path, who)| (path.to_owned(), who))
    .to_vec();
    pages.push((format!("/desk/settings/staff/{}", w.home.staff.id), admins));
    pages.push((format!("/desk/settings/staff/{}", w.home.pending.id), admins));
    pages.push((format!("/desk/settings/staff/{}", w.home.archived.id), admins));
    pages.push((format!("/desk/settings/portal/{harbour}"), leads));
    pages.push((format!("/desk/settings/clients/{client}"), admins));
    pages.push((format!("/desk/invitations?property={harbour}"), all));
    pages.push((format!("/desk/invitations?property={garden}"), [200, 200, 200, 404]));
    pages
}

world::tests! { crate::open =>
    async fn every_page_of_the_settings_for_everybody(w: House) {
        let roles = [&w.home.admin, &w.home.manager, &w.home.staff, &w.home.property_manager];
        let mut cookies = Vec::new();
        for who in roles {
            cookies.push(w.cookie(who).await);
        }
        let resident = w.resident("Mia", "1").await;
        let stranger = w.cookie(&w.other.admin).await;
        for (path, allowed) in pages(&w).await {
            let nobody = w.get(&path).await;
            assert!(location(&nobody).starts_with("/app/login?next="), "{path}");
            let home = w.page(&path, &resident).await;
            assert_eq!((home.status, location(&home)), (303, "/home"), "{path}");
            for ((who, cookie), status) in roles.iter().zip(&cookies).zip(allowed) {
                let page = w.page(&path, cookie).await;
                assert_eq!(page.status, status, "{path} by {}: {}", who.email, html(&page));
                if status == 200 {
                    is_sound(&path, &page);
                    let german = w.page(&path, cookie).header(header::ACCEPT_LANGUAGE, "de").await;
                    assert_eq!(german.status, 200, "{path}");
                }
            }
            let foreign = path.rsplit(['/', '=']).next().unwrap().parse::<i64>().is_ok();
            if foreign && !path.contains("unit=") {
                assert_eq!(w.page(&path, &stranger).await.status, 404, "{path} of another organization");
            }
        }
    }

    async fn forms_of_the_settings_come_from_our_own_pages(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let (harbour, staff) = (w.home.harbour, w.home.staff.id);
        w.identity.create_client(&w.system(w.home.org), "A program", &kernel::Scope::ALL, None).await.unwrap();
        let client = w.clients().await.remove(0).id;
        let forms = [
            "/desk/settings/organization".to_owned(), "/desk/settings/staff/new".to_owned(), format!("/desk/settings/staff/{staff}"),
            format!("/desk/settings/staff/{staff}/mail"), format!("/desk/settings/staff/{staff}/remove"),
            format!("/desk/settings/staff/{staff}/restore"), format!("/desk/settings/portal/{harbour}"),
            format!("/desk/settings/portal/{harbour}/preview"), format!("/desk/settings/portal/{harbour}/logo"),
            "/desk/settings/clients/new/oauth1".to_owned(), format!("/desk/settings/clients/{client}/rotate"),
            format!("/desk/settings/clients/{client}/revoke"), "/desk/invitations".to_owned(),
        ];
        let before = w.changes(w.home.org).await.len();
        for path in &forms {
            let mixed = path.ends_with("/logo");
            let kind = if mixed { "multipart/form-data; boundary=limit" } else { "application/x-www-form-urlencoded" };
            let empty = if mixed { "--limit--\r\n" } else { "name=x" };
            let session = format!("user_session={admin}");
            let without = w.post(path).header(header::COOKIE, &session).raw(kind, empty).await;
            assert_eq!(without.status, 403, "{path} without the token");
            let sent = if mixed { w.parts(path, &admin, &[], &[]) } else { w.form(path, &admin, &[("name", "x")]) };
            let elsewhere = sent.header(header::ORIGIN, "https://evil.example").header(header::HOST, "home.example").await;
            assert_eq!(elsewhere.status, 403, "{path} from elsewhere");
            let nobody = w.post(path).raw(kind, empty).await;
            assert_eq!((nobody.status, location(&nobody).starts_with("/app/login?next=")), (303, true), "{path} by nobody");
        }
        assert_eq!(w.changes(w.home.org).await.len(), before, "nothing happened");
        // Nor does it for those who may not, or are elsewhere.
        let stranger = w.cookie(&w.other.admin).await;
        let worker = w.cookie(&w.home.staff).await;
        let before = w.changes(w.home.org).await.len();
        for path in forms.iter().filter(|p| p.as_str() != "/desk/invitations") {
            let send = |cookie: &str| match path.ends_with("/logo") {
                true => w.parts(path, cookie, &[("remove", "yes")], &[]),
                false => w.form(path, cookie, &[("name", "x"), ("role", "staff"), ("where", "all"), ("scope", "read")]),
            };
            assert_eq!(send(&worker).await.status, 403, "{path} by staff");
            if path.chars().any(|c| c.is_ascii_digit()) && !path.ends_with("oauth1") {
                assert_eq!(send(&stranger).await.status, 404, "{path} by a stranger");
            }
        }
        assert_eq!(w.changes(w.home.org).await.len(), before, "nothing happened");
    }

    async fn an_organization_says_who_it_is(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let path = "/desk/settings/organization";
        let bad = [("name", " "), ("email", "nowhere"), ("city", "Kept"), ("locale", "en"), ("time_zone", "Mars/Base")];
        let refused = w.form(path, &admin, &bad).await;
        let text = html(&refused);
        assert_eq!(refused.status, 422);
        for part in ["name-fault", "email-fault", "time_zone-fault", "value=\"Kept\"", "value=\"Mars/Base\""] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let good = [("name", EVIL), ("email", "a@b.example"), ("locale", "de"), ("time_zone", "Europe/Berlin")];
        assert_eq!(w.form(path, &admin, &good).await.status, 303);
        let page = html(&w.page(path, &admin).await);
        assert!(!page.contains(EVIL) && page.contains("&#60;script&#62;") && page.contains("value=\"a@b.example\""), "{page}");
        let other = w.app.me().host(w.other.org).await.unwrap();
        assert!(!other.name.contains("script"), "of this organization alone");
    }

    async fn staff_are_invited_changed_taken_away_and_brought_back(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let path = "/desk/settings/staff/new";
        let bad = [("first_name", ""), ("last_name", "Kept"), ("email", "x"), ("role", "king"), ("phone", "")];
        let refused = w.form(path, &admin, &bad).await;
        let text = html(&refused);
        assert_eq!(refused.status, 422, "{text}");
        for part in ["first_name-fault", "email-fault", "role-fault", "value=\"Kept\""] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let harbour = w.home.harbour.to_string();
        let new = [("first_name", EVIL), ("last_name", "New"), ("email", "new@home.example"), ("role", "property_manager"), ("property", harbour.as_str())];
        assert_eq!(w.form(path, &admin, &new).await.status, 303);
        assert_eq!(w.mails("invite").await.len(), 1);
        let taken = html(&w.form(path, &admin, &new).await);
        assert!(taken.contains("email-fault"), "twice: {taken}");
        let list = html(&w.page("/desk/settings/staff", &admin).await);
        assert!(!list.contains(EVIL) && list.contains("Harbour View") && list.contains("Invited"), "{list}");
        let theirs = list.split("/desk/settings/staff/").filter_map(|s| s.split('"').next()?.parse::<i64>().ok()).max().unwrap();
        let own = format!("/desk/settings/staff/{theirs}");
        assert_eq!(w.form(&format!("{own}/mail"), &admin, &[]).await.status, 303);
        assert_eq!(w.mails("invite").await.len(), 2, "once more");
        let foreign = w.other.harbour.to_string();
        let elsewhere = [("first_name", "N"), ("last_name", "New"), ("email", "new@home.example"), ("role", "property_manager"), ("property", foreign.as_str())];
        assert_eq!(w.form(&own, &admin, &elsewhere).await.status, 422, "a property of others");
        assert_eq!(w.form(path, &admin, &[("first_name", "A"), ("last_name", "B"), ("email", "b@home.example"), ("role", "property_manager"), ("property", foreign.as_str())]).await.status, 422);

        // Taken away: signed out at once, also after coming back.
        let worker = w.cookie(&w.home.staff).await;
        let away = format!("/desk/settings/staff/{}", w.home.staff.id);
        assert_eq!(w.page("/desk", &worker).await.status, 200);
        let removed = w.form(&format!("{away}/remove"), &admin, &[]).await;
        assert_eq!(removed.status, 303);
        assert!(location(&w.page("/desk", &worker).await).starts_with("/app/login"));
        let flash = cookie_of(&removed, "flash").unwrap();
        let undo = flash.split_once('~').unwrap().1.to_owned();
        assert_eq!(w.form(&undo, &admin, &[]).await.status, 303);
        assert!(location(&w.page("/desk", &worker).await).starts_with("/app/login"), "the old sign-in stays ended");
        let again = w.cookie(&w.home.staff).await;
        assert_eq!(w.page("/desk", &again).await.status, 200, "brought back");
        let up = [("first_name", "S"), ("last_name", "T"), ("email", w.home.staff.email.as_str()), ("role", "manager")];
        assert_eq!(w.form(&away, &again, &up).await.status, 403, "nobody raises themselves");
        assert_eq!(w.form(&away, &admin, &up).await.status, 303);
        assert_eq!(w.page("/desk/settings/portal", &again).await.status, 200, "counts at once");
    }

    async fn the_last_administrator_stays(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let own = format!("/desk/settings/staff/{}", w.home.admin.id);
        let removed = w.form(&format!("{own}/remove"), &admin, &[]).await;
        assert_eq!(removed.status, 409);
        assert!(html(&removed).contains("This is you"), "{}", html(&removed));
        let down = |who: &Person| [("first_name", "A".to_owned()), ("last_name", "B".to_owned()), ("email", who.email.clone()), ("role", "staff".to_owned())];
        let fields = down(&w.home.admin);
        let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(w.form(&own, &admin, &fields).await.status, 422, "nor makes themselves less");
        // A second one may take the first away, and is the last one then.
        let raised = [("first_name", "M"), ("last_name", "N"), ("email", w.home.manager.email.as_str()), ("role", "admin")];
        assert_eq!(w.form(&format!("/desk/settings/staff/{}", w.home.manager.id), &admin, &raised).await.status, 303);
        let second = w.cookie(&w.home.manager).await;
        assert_eq!(w.form(&format!("{own}/remove"), &second, &[]).await.status, 303);
        assert!(location(&w.page("/desk", &admin).await).starts_with("/app/login"));
        let last = w.form(&format!("/desk/settings/staff/{}/remove", w.home.manager.id), &second, &[]).await;
        assert_eq!(last.status, 409);
    }

    async fn a_house_has_its_look(w: House) {
        let (admin, tenant) = (w.cookie(&w.home.admin).await, w.resident("Mia", "1").await);
        let css = format!(".card {{ border: 0 }} @import url(https://evil.example/x.css); </style>{EVIL}");
        let own = [("colour", "own"), ("accent_color", "#B00020"), ("announcements", EVIL), ("css", css.as_str()), ("title", "T")];
        assert_eq!(w.dress(&admin, &own).await.status, 303);
        let home = w.page("/home", &tenant).await;
        is_sound("/home", &home);
        let text = html(&home);
        assert!(text.contains("/assets/accent-b00020.css") && text.contains("&#60;script&#62;") && !text.contains("evil.example"), "{text}");
        let sheet = text.split('"').find(|s| s.starts_with("/look/") && s.contains("style.css")).unwrap().to_owned();
        let sent = w.get(&sheet).await;
        assert_eq!((sent.status, sent.headers["content-type"].to_str().unwrap()), (200, "text/css; charset=utf-8"));
        assert_eq!(sent.headers["x-content-type-options"], "nosniff");
        assert!(html(&sent).contains("</style>"), "as it was written, in a file of its own");
        let policy = home.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert!(!html(&w.page("/desk", &admin).await).contains("/look/"), "the desk has no look of a house");

        // The logo, on the pages and at the sign-in that names the house.
        let path = format!("/desk/settings/portal/{}", w.home.harbour);
        let none = w.parts(&format!("{path}/logo"), &admin, &[], &[]).await;
        assert_eq!((none.status, html(&none).contains("logo-fault")), (422, true));
        let text = w.parts(&format!("{path}/logo"), &admin, &[], &[("file", "logo.png", b"no picture")]).await;
        assert_eq!(text.status, 422);
        assert!(html(&text).contains("This is no PNG picture."), "{}", html(&text));
        assert_eq!(w.parts(&format!("{path}/logo"), &admin, &[], &[("file", "logo.png", PNG)]).await.status, 303);
        assert_eq!(w.parts(&format!("{path}/icon"), &admin, &[], &[("file", "icon.png", PNG)]).await.status, 303);
        assert_eq!(w.parts(&format!("{path}/other"), &admin, &[], &[("file", "icon.png", PNG)]).await.status, 404);
        let home = html(&w.page("/home", &tenant).await);
        let logo = home.split('"').find(|s| s.starts_with("/look/") && s.contains("/logo")).unwrap().to_owned();
        let sent = w.get(&logo).await;
        assert_eq!((sent.status, sent.headers["content-type"].to_str().unwrap()), (200, "image/png"));
        let uid = w.harbour_uid().await;
        for page in ["/app/login", "/"] {
            let named = html(&w.get(format!("{page}?property={uid}")).header(header::HOST, &w.home.admin.host).await);
            assert!(named.contains("Harbour View") && named.contains(&logo) && named.contains("/assets/accent-b00020.css"), "{named}");
            let elsewhere = html(&w.get(format!("{page}?property={uid}")).header(header::HOST, &w.other.admin.host).await);
            assert!(!elsewhere.contains("/look/"), "not at the door of others: {elsewhere}");
        }
        for odd in ["x", "00000000-0000-0000-0000-000000000000", "%00", "%3Cb%3E"] {
            assert_eq!(w.get(format!("/app/login?property={odd}")).await.status, 200, "{odd}");
        }
        let remove = w.parts(&format!("{path}/logo"), &admin, &[("remove", "yes")], &[]).await;
        assert_eq!((remove.status, w.get(&logo).await.status), (303, 404));
        for odd in ["logo", "nothing"] {
            assert_eq!(w.get(format!("/look/{uid}/{odd}")).await.status, 404);
        }
        let usual = [("colour", "usual"), ("accent_color", "#b00020")];
        assert_eq!(w.dress(&admin, &usual).await.status, 303);
        assert!(!html(&w.page("/home", &tenant).await).contains("/assets/accent-"), "the usual colour");
        let kept = w.app.portals().get(&w.staff().await, w.home.harbour).await.unwrap().settings;
        assert_eq!((kept.accent_color.as_str(), kept.accent_chosen), ("#E57200", false), "other doors say the default");
    }

    async fn a_look_is_seen_before_it_is_saved(w: House) {
        let (admin, tenant) = (w.cookie(&w.home.admin).await, w.resident("Mia", "1").await);
        let path = format!("/desk/settings/portal/{}", w.home.harbour);
        let page = w.page(&path, &admin).await;
        assert!(page.headers["content-security-policy"].to_str().unwrap().ends_with("; frame-src 'self'"));
        let manager = w.cookie(&w.home.manager).await;
        let before = w.changes(w.home.org).await.len();
        let tried = [("colour", "own"), ("accent_color", "#0a0a7a"), ("announcements", "Soon"), ("css", "h1 { color: red }")];
        let seen = w.form(&format!("{path}/preview"), &admin, &tried).await;
        let text = html(&seen);
        assert_eq!(seen.status, 200, "{text}");
        assert!(text.contains("/assets/accent-0a0a7a.css") && text.contains("Soon") && text.contains(" inert"), "{text}");
        assert!(!text.contains("h1 { color: red }"), "nothing stands in the page");
        let policy = seen.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'self'") && policy.contains("form-action 'none'") && !policy.contains("script-src"));
        let sheet = text.split('"').find(|s| s.contains("/preview/")).unwrap().to_owned();
        assert_eq!(html(&w.page(&sheet, &admin).await), "h1 { color: red }");
        assert_eq!(w.page(&sheet, &manager).await.status, 404, "of whoever tries it");
        assert_eq!(w.changes(w.home.org).await.len(), before, "nothing is saved");
        assert!(!html(&w.page("/home", &tenant).await).contains("Soon"));
        let saved = html(&w.page(&format!("{path}/preview"), &admin).await);
        assert!(!saved.contains("Soon") && saved.contains(" inert"), "{saved}");
        let bad = w.form(&format!("{path}/preview"), &admin, &[("colour", "own"), ("accent_color", "red")]).await;
        assert_eq!(bad.status, 422);
        let long = "x".repeat(53);
        let refused = w.dress(&admin, &[("login_text", long.as_str()), ("title", "Kept"), ("main_color", "blue"), ("colour", "own"), ("accent_color", "#12")]).await;
        let text = html(&refused);
        assert_eq!(refused.status, 422);
        for part in ["login_text-fault", "main_color-fault", "accent_color-fault", "value=\"Kept\""] {
            assert!(text.contains(part), "{part}: {text}");
        }
        is_sound(&path, &refused);
    }

    async fn programs_of_all_kinds_are_made_renewed_and_revoked(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let (harbour, foreign) = (w.home.harbour.to_string(), w.other.harbour.to_string());
        let make = async |kind: &str, fields: &[(&str, &str)]| w.form(&format!("/desk/settings/clients/new/{kind}"), &admin, fields).await;
        let kinds: [(&str, Vec<(&str, &str)>); 4] = [
            ("oauth1", vec![("name", EVIL), ("scope", "read"), ("scope", "money:read"), ("where", "some"), ("property", &harbour)]),
            ("oauth2", vec![("name", "Two"), ("scope", "read"), ("grant", "client_credentials"), ("where", "all")]),
            ("api_key", vec![("name", "Key"), ("scope", "wifi"), ("where", "all")]),
            ("oidc", vec![("name", "App"), ("redirect_uris", "https://app.example/back\r\ncom.example.app:/back"), ("community", "yes")]),
        ];
        for (kind, fields) in &kinds {
            let made = make(kind, fields).await;
            assert_eq!(made.status, 201, "{kind}: {}", html(&made));
            is_sound(kind, &made);
            let (key, secret) = (inside(&html(&made), "key"), inside(&html(&made), "secret"));
            let client = w.clients().await.into_iter().find(|c| c.key == key).unwrap();
            assert_eq!(client.kind, *kind);
            let own = format!("/desk/settings/clients/{}", client.id);
            let page = w.page(&own, &admin).await;
            is_sound(&own, &page);
            let text = html(&page);
            assert!(text.contains(&key) && !text.contains(&secret) && !text.contains(EVIL), "{text}");
            let list = html(&w.page("/desk/settings/clients", &admin).await);
            assert!(!list.contains(&secret) && !list.contains(EVIL));
            let renewed = w.form(&format!("{own}/rotate"), &admin, &[("overlap", "3600")]).await;
            assert_eq!(renewed.status, 200);
            assert_ne!(inside(&html(&renewed), "secret"), secret);
            let stranger = w.cookie(&w.other.admin).await;
            for deed in ["rotate", "revoke"] {
                assert_eq!(w.form(&format!("{own}/{deed}"), &stranger, &[]).await.status, 404);
            }
            assert_eq!(w.form(&format!("{own}/revoke"), &admin, &[]).await.status, 303);
            assert_eq!(w.form(&format!("{own}/revoke"), &admin, &[]).await.status, 404, "once");
            assert_eq!(w.form(&format!("{own}/rotate"), &admin, &[]).await.status, 404, "no more secrets");
        }
        let made = w.clients().await;
        let two = made.iter().find(|c| c.name == "Two").unwrap();
        assert_eq!((two.scopes(), two.all_properties), (vec![kernel::Scope::Read], true));
        let app = w.app.clients().get(&w.system(w.home.org), made.iter().find(|c| c.name == "App").unwrap().id).await.unwrap();
        assert_eq!((app.redirects.len(), app.client.opens_community), (2, true));

        let empty = make("oauth2", &[("name", ""), ("where", "some")]).await;
        let text = html(&empty);
        assert_eq!(empty.status, 422);
        assert_eq!(text.matches("class=\"fault\" id=").count(), 4, "name, scope, grant, property: {text}");
        let odd = make("oidc", &[("name", "Kept"), ("redirect_uris", "javascript:alert(1)")]).await;
        assert!(odd.status == 422 && html(&odd).contains("value=\"Kept\"") && html(&odd).contains("redirect_uris-fault"));
        let of_others = make("oauth1", &[("name", "x"), ("scope", "read"), ("where", "some"), ("property", &foreign)]).await;
        assert_eq!(of_others.status, 404);
        assert_eq!(make("nothing", &[]).await.status, 404);
        let public = make("oidc", &[("name", "Public"), ("redirect_uris", "https://app.example/"), ("public", "yes")]).await;
        assert!(public.status == 201 && !html(&public).contains("id=\"secret\""));
    }

    async fn many_are_invited_once(w: House) {
        let admin = w.cookie(&w.home.admin).await;
        let harbour = w.home.harbour.to_string();
        let with_mail = w.server.resident(w.home.org, EVIL, "People", Some((w.home.harbour, "21"))).await;
        let org = w.home.org;
        w.write(org, async move |w| {
            w.execute(db::sql!("UPDATE person SET email = 'many@home.example' WHERE org_id = $1 AND id = $2", org, with_mail)).await
        })
        .await;
        let page = w.page(&format!("/desk/invitations?property={harbour}"), &admin).await;
        let text = html(&page);
        assert!(!text.contains(EVIL) && text.contains("&#60;script&#62;"), "{text}");
        let (key, property) = (hidden(&text, "key"), ("property", harbour.as_str()));
        let send = [property, ("key", key.as_str())];
        let sent = w.form("/desk/invitations", &admin, &send).await;
        assert_eq!(sent.status, 303, "{}", html(&sent));
        let run = location(&sent).to_owned();
        assert_eq!(location(&w.form("/desk/invitations", &admin, &send).await), run, "sent twice, one run");
        let working = w.page(&run, &admin).await;
        assert_eq!(working.headers["refresh"], "2", "it may be left");
        is_sound(&run, &working);
        let id = InviteRunId::new(run.rsplit('/').next().unwrap().parse().unwrap());
        while w.app.invites().advance_run(&w.system(w.home.org), id).await.unwrap() {}
        let mailed = w.mails("community_invite").await.len();
        assert!(mailed > 0);
        let done = html(&w.page(&run, &admin).await);
        assert!(done.contains(">Invited<") && !done.contains(EVIL), "{done}");
        let (told, _): (InviteRun, _) = w.app.invites().invite_run(&w.system(w.home.org), id).await.unwrap();
        assert!(told.finished_at.is_some() && told.person_id == Some(w.home.admin.id));

        let nobody = w.form("/desk/invitations", &admin, &[property]).await;
        assert_eq!(nobody.status, 422, "nobody is left");
        assert_eq!(w.mails("community_invite").await.len(), mailed, "no second mail");
        let again = w.form("/desk/invitations", &admin, &[property, ("renew", "yes")]).await;
        assert_eq!(again.status, 303);
        let second = InviteRunId::new(location(&again).rsplit('/').next().unwrap().parse().unwrap());
        while w.app.invites().advance_run(&w.system(w.home.org), second).await.unwrap() {}
        assert_eq!(w.mails("community_invite").await.len(), 2 * mailed, "on purpose");

        let keeper = w.cookie(&w.home.property_manager).await;
        assert_eq!(w.page(&run, &keeper).await.status, 200, "of their property");
        let garden = w.home.garden.to_string();
        assert_eq!(w.form("/desk/invitations", &keeper, &[("property", garden.as_str())]).await.status, 404);
        let stranger = w.cookie(&w.other.admin).await;
        assert_eq!(w.page(&run, &stranger).await.status, 404);
        assert_eq!(w.form("/desk/invitations", &stranger, &[property]).await.status, 404);
    }

    async fn a_page_is_there_without_a_network(w: House) {
        let worker = w.get("/sw.js").await;
        assert_eq!((worker.status, worker.headers["cache-control"].to_str().unwrap()), (200, "no-cache"));
        assert!(worker.headers["content-type"].to_str().unwrap().starts_with("text/javascript"));
        let code = html(&worker);
        let kept = code.split("const KEPT = ").nth(1).unwrap().split(';').next().unwrap();
        let kept: Vec<String> = serde_json::from_str(kept).unwrap();
        assert_eq!(kept.iter().filter(|p| !p.starts_with("/assets/")).collect::<Vec<_>>(), ["/offline"]);
        for path in &kept {
            assert_eq!(w.get(path).await.status, 200, "{path}");
        }
        assert!(code.len() < 2_000 && !code.contains("__"), "{code}");
        let cookie = w.resident("Mia", "1").await;
        for language in ["en", "de"] {
            let mine = w.page("/offline", &cookie).header(header::ACCEPT_LANGUAGE, language).await;
            let anybodys = w.get("/offline").header(header::ACCEPT_LANGUAGE, language).await;
            assert_eq!(html(&mine), html(&anybodys), "nothing of anybody");
        }
        let manifest: serde_json::Value = serde_json::from_slice(&w.get("/manifest.webmanifest").await.body).unwrap();
        for icon in manifest["icons"].as_array().unwrap() {
            let sent = w.get(icon["src"].as_str().unwrap()).await;
            assert_eq!((sent.status, sent.headers["content-type"].to_str().unwrap()), (200, icon["type"].as_str().unwrap()));
        }
    }

    async fn looking_ahead_reads_nothing(w: House) {
        let cookie = w.resident("Mia", "1").await;
        let page = w.page("/home", &cookie).await;
        let rules = page.headers["speculation-rules"].to_str().unwrap().trim_matches('"').to_owned();
        let sent = w.get(&rules).await;
        assert_eq!(sent.headers["content-type"], "application/speculationrules+json");
        let rules: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
        let never = rules["prefetch"][0]["where"]["and"][1]["not"]["href_matches"].to_string();
        for path in ["/notifications/*", "/app/*", "/sign-out", "/files/*", "/documents/*"] {
            assert!(never.contains(path), "{path}");
        }
        w.news("Lift", "It runs again.").await;
        let unread = async || {
            let caller = w.caller(&cookie).await;
            let list = w.app.notifications().list(&caller, app::notification::Filter::default(), 10).await.unwrap();
            list.rows.into_iter().find(|n| n.read_at.is_none()).map(|n| n.id)
        };
        let Some(id) = unread().await else { return };
        let path = format!("/notifications/{id}");
        for (name, value) in [("sec-purpose", "prefetch"), ("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch")] {
            let ahead = w.page(&path, &cookie).header(header::HeaderName::from_static(name), value).await;
            assert_eq!(ahead.status, 503);
            assert_eq!(unread().await, Some(id), "{name}: {value}");
        }
        assert_eq!(w.page(&path, &cookie).await.status, 303);
        assert_ne!(unread().await, Some(id), "read");
    }

    async fn home_names_the_networks_and_no_passphrase(w: House) {
        let cookie = w.resident("Mia", "1").await;
        assert!(!html(&w.page("/home", &cookie).await).contains("To the passphrase"), "without networks no card");
        let new = NewNetwork { ssid: Field::Given(EVIL.to_owned()), ..NewNetwork::default() };
        w.app.wifi().add_network(&w.system(w.home.org), w.home.harbour, Draft::from(new)).await.unwrap();
        let home = html(&w.page("/home", &cookie).await);
        assert!(home.contains("&#60;script&#62;") && !home.contains(EVIL), "{home}");
        let wifi = html(&w.page("/wifi", &cookie).await);
        let passphrase = wifi.split("<code class=\"address\"").nth(1).unwrap().split('>').nth(1).unwrap().split('<').next().unwrap();
        assert!(passphrase.len() >= 8 && !home.contains(passphrase));
    }
}
