//! What is somebody's own is seen by nobody else: every address with the real ids of one household, opened and sent by a
//! neighbour, by those who lived there before, by whoever lived with them, and by other organizations.

use app::{
    audience::{self, Audience},
    desk::Listed,
    document, invite,
    moves::{MoveIn, Who},
    post,
    wifi::{Kind, NewNetwork},
};
use kernel::{BuildingId, Caller, Draft, Field, Living, PersonId, TenancyId, UnitId};
use world::db;

use crate::{
    House, html, location,
    rights::is_sound,
    walk::{FRONT, MIXED, addresses, filled},
};

/// Addresses with something in them that is everybody's who lives in the house, or nobody's.
const SHARED: [&str; 9] = [
    "/report/{form}",
    "/calendar/{secret}",
    "/app/c/{community}/info/documents",
    "/look/{property}/{part}",
    "/look/{property}/style.css",
    "/assets/{name}",
    "/invite/{token}",
    "/portal/{property}",
    "/{*path}",
];

/// Fields that any of the forms may want.
const FIELDS: [(&str, &str); 10] = [
    ("text", "x"),
    ("rating", "5"),
    ("living", "guest"),
    ("status", "done"),
    ("first_name", "X"),
    ("last_name", "Y"),
    ("amount", "1"),
    ("on", "2026-11-21"),
    ("title", "X"),
    ("device", "02:00:00:00:00:07"),
];

/// Somebody who is signed in.
pub struct Somebody {
    name: &'static str,
    id: PersonId,
    pub cookie: String,
}

/// Anna's household, and those who are none of it.
pub struct Scene {
    pub anna: Somebody,
    /// Lives with her.
    mia: Somebody,
    /// A neighbour, one who lives with him, the tenant before her, one who lived with him, and one who lived with her.
    others: Vec<Somebody>,
    /// What addresses of hers stand for.
    pub things: Vec<(&'static str, String)>,
    /// Words that stand for what is hers.
    secrets: Vec<String>,
    unit: UnitId,
}

impl House {
    async fn join(&self, name: &'static str, unit: UnitId, living: Living, known: Option<PersonId>) -> Somebody {
        let email = format!("{}@mail.example", name.to_lowercase());
        let input = invite::Input {
            person_id: known,
            unit_id: Field::Given(unit),
            first_name: Field::Given(name.to_owned()),
            last_name: Field::Given("Resident".to_owned()),
            email: Field::Given(email.clone()),
            living: Field::Given(living),
            ..invite::Input::default()
        };
        let token = self.app.invites().create(&self.staff().await, Draft::from(input)).await.unwrap().token;
        let cookie = self.accept(&token, name, &email).await;
        Somebody { name, id: self.person(&cookie).await, cookie }
    }

    async fn tenancy_of(&self, person: PersonId) -> TenancyId {
        let org = self.home.org;
        let find = async move |w: &db::Write| {
            w.one(db::sql!("SELECT max(id) FROM tenancy WHERE org_id = $1 AND person_id = $2", org, person)).await
        };
        self.write(org, find).await
    }

    async fn moves_out(&self, person: PersonId) {
        let id = self.tenancy_of(person).await;
        let today = kernel::Zone::named("America/Los_Angeles").date(self.app.now());
        self.app.moves().move_out(&self.staff().await, id, today, String::new()).await.unwrap();
        self.clock.advance(60);
    }

    /// A building of the harbour in which this unit alone is.
    async fn apart(&self, unit: UnitId) -> BuildingId {
        let (org, harbour) = (self.home.org, self.home.harbour);
        self.write(org, async move |w| {
            let id: BuildingId = w
                .one(db::sql!(
                    "INSERT INTO building (uid, org_id, property_id, name, created_at, updated_at) \
                     VALUES ($1, $2, $3, 'Tower', $4, $4) RETURNING id",
                    w.uid(),
                    org,
                    harbour,
                    w.now()
                ))
                .await?;
            w.execute(db::sql!("UPDATE unit SET building_id = $3 WHERE org_id = $1 AND id = $2", org, unit, id))
                .await?;
            Ok(id)
        })
        .await
    }

    /// Anna, who lives in A1, and everybody around her.
    pub async fn scene(&self) -> Scene {
        let (org, harbour) = (self.home.org, self.home.harbour);
        let network = NewNetwork { ssid: Field::Given("Harbour".to_owned()), ..NewNetwork::default() };
        self.app.wifi().add_network(&self.system(org), harbour, Draft::from(network)).await.unwrap();
        // Who lived there before.
        let fred = self.server.resident(org, "Fred", "Resident", Some((harbour, "A1"))).await;
        let unit = self.unit("A1").await;
        let fred = self.join("Fred", unit, Living::Tenant, Some(fred)).await;
        let fay = self.join("Fay", unit, Living::Member, None).await;
        self.clock.advance(60);
        self.moves_out(fred.id).await;
        self.clock.advance(86_400);
        // Anna, and who lives with her.
        let uid: uuid::Uuid = self
            .write(org, async move |w| {
                w.one(db::sql!("SELECT uid FROM unit WHERE org_id = $1 AND id = $2", org, unit)).await
            })
            .await;
        let anna = self.server.resident(org, "Anna", "Resident", None).await;
        let rents = MoveIn {
            who: Who::Known(anna),
            unit: uid,
            living: Living::Tenant,
            starts_on: kernel::Zone::named("America/Los_Angeles").date(self.app.now()),
            ends_on: None,
            rent: Some(98_765),
            billing_day: None,
            invite: false,
            key: String::new(),
        };
        let staff = self.staff().await;
        let moved = self.app.moves().move_in(&staff, harbour, Draft::from(rents)).await.unwrap();
        self.clock.advance(60);
        let anna = self.join("Anna", unit, Living::Tenant, Some(anna)).await;
        let mia = self.join("Mia", unit, Living::Member, None).await;
        let mo = self.join("Mo", unit, Living::Member, None).await;
        self.clock.advance(60);
        let me = self.caller(&anna.cookie).await;
        self.app.households().remove(&me, self.tenancy_of(mo.id).await).await.unwrap();
        // Neighbours.
        let ben = self.server.resident(org, "Ben", "Resident", Some((harbour, "B2"))).await;
        let next_door = self.unit("B2").await;
        let ben = self.join("Ben", next_door, Living::Tenant, Some(ben)).await;
        let bea = self.join("Bea", next_door, Living::Member, None).await;
        let (mut things, secrets) = self.things_of(&anna, &mia, unit).await;
        things.push(("/ledgers/{id}", format!("/ledgers/{}", moved.ledger.unwrap())));
        Scene { anna, mia, others: vec![ben, bea, fred, fay, mo], things, secrets, unit }
    }

    /// What is Anna's.
    async fn things_of(
        &self,
        anna: &Somebody,
        mia: &Somebody,
        unit: UnitId,
    ) -> (Vec<(&'static str, String)>, Vec<String>) {
        let (org, harbour) = (self.home.org, self.home.harbour);
        // A report with a file; numbers count in each organization, so this one is where the other has none.
        for _ in 0..9 {
            self.opened(&self.home.admin, self.home.tenant, "Something else").await;
        }
        let form = self.form_of_all_kinds().await;
        let field = |kind| format!("fields.{}", form.fields.iter().find(|f| f.kind == kind).unwrap().id);
        let (long, file) = (field(app::ticket_type::Kind::LongText), field(app::ticket_type::Kind::File));
        let sent = self
            .parts(
                &format!("/report/{}", form.row.id),
                &anna.cookie,
                &[(&long, "secretreport")],
                &[(&file, "secretfile.txt", b"one")],
            )
            .await;
        let ticket = location(&sent).split('?').next().unwrap().to_owned();
        let said = self.parts(&ticket, &anna.cookie, &[("text", "secretcomment")], &[]).await;
        assert_eq!(said.status, 303, "{}", html(&said));
        let staff = self.staff().await;
        let number = ticket.rsplit('/').next().unwrap().parse().unwrap();
        let id = self.app.tickets().own_id(&self.caller(&anna.cookie).await, number).await.unwrap();
        let answer = app::ticket::CommentInput {
            text: Field::Given("secretanswer".to_owned()),
            public: Field::Given(true),
            ..app::ticket::CommentInput::default()
        };
        self.app.tickets().comment(&staff, id, Draft::from(answer)).await.unwrap();
        // What is shown to her building alone.
        let building = self.apart(unit).await;
        let shown = || audience::Input {
            audience: Field::Given(Audience::Building),
            building_id: Field::Given(Some(building)),
            ..audience::Input::default()
        };
        let news = post::Input {
            title: Field::Given("secretnews".to_owned()),
            text: Field::Given("Only for the tower".to_owned()),
            showing: shown(),
            ..post::Input::default()
        };
        let news = self.app.posts().create(&staff, harbour, Draft::from(news)).await.unwrap();
        let said = self.form(&format!("/news/{news}"), &anna.cookie, &[("text", "secrettalk")]).await;
        assert_eq!(said.status, 303, "{}", html(&said));
        let comment = self.app.posts().get(&staff, news).await.unwrap().comments[0].0.id;
        let folder =
            self.app.documents().create_folder(&staff, harbour, Draft::from(Field::Given("Minutes".to_owned()))).await;
        let deed = document::Input {
            folder_id: Field::Given(folder.unwrap()),
            name: Field::Given("secretdocument".to_owned()),
            file_id: Field::Given(self.upload(&staff, "deed.pdf").await),
            showing: shown(),
            ..document::Input::default()
        };
        let deed = self.app.documents().create(&staff, harbour, Draft::from(deed)).await.unwrap();
        while self.app.notifications().follow(&self.system(org)).await.unwrap() > 0 {}
        while self.app.search().follow(&self.system(org)).await.unwrap() > 0 {}
        let me = self.caller(&anna.cookie).await;
        let told = self.app.notifications().list(&me, app::notification::Filter::default(), 10).await.unwrap().rows;
        let told = told.iter().find(|n| n.topic == app::notification::Topic::TicketComment).unwrap().id;
        // Money, WiFi, household, sign-ins.
        let own = self.app.ledgers().own(&me).await.unwrap().remove(0);
        let own = self.app.ledgers().own_one(&me, own.ledger.uid).await.unwrap();
        let invoice = &own.invoices[0].invoice;
        let known = self.app.wifi().own(&me, unit).await.unwrap();
        let identity = known.iter().find(|i| i.kind == Kind::Unit).unwrap();
        let mac = Draft::from("02:00:00:00:00:07".to_owned());
        self.app.wifi().register_device(&me, unit, identity.uid, mac).await.unwrap();
        let noa = [("unit_id", unit.to_string()), ("living", "member".to_owned())];
        let noa: Vec<(&str, &str)> = noa.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let who = [("first_name", "Noa"), ("last_name", "Secretguest"), ("email", "secretguest@mail.example")];
        let invited = self.form("/me/household", &anna.cookie, &[&noa[..], &who[..]].concat()).await;
        assert_eq!(invited.status, 303, "{}", html(&invited));
        let invitation = self.app.me().household(&me).await.unwrap().invites[0].id;
        let kernel::Principal::Person { session, .. } = me.principal else { unreachable!("Anna is a person") };
        let mut secrets: Vec<String> = [
            "secretreport",
            "secretfile",
            "secretcomment",
            "secretanswer",
            "secretnews",
            "secrettalk",
            "secretdocument",
            "Secretguest",
            "secretguest",
            "987.65",
            "987,65",
            "02:00:00:00:00:07",
            "anna@mail.example",
        ]
        .map(str::to_owned)
        .into();
        secrets.extend(known.iter().map(|i| i.passphrase.expose().to_owned()));
        let things = vec![
            ("{form}", form.row.id.to_string()),
            ("/tickets/{number}", ticket),
            ("/news/{id}", format!("/news/{news}")),
            ("{comment}", comment.to_string()),
            ("/documents/{house}/{id}", format!("/documents/{harbour}/{deed}")),
            ("/desk/community/documents/{property}/{id}", format!("/desk/community/documents/{harbour}/{deed}")),
            ("/notifications/{id}", format!("/notifications/{told}")),
            ("{ledger}", own.view.ledger.uid.to_string()),
            ("/invoices/{id}", format!("/invoices/{}", invoice.id)),
            ("{invoice}", invoice.uid.to_string()),
            ("{invitation}", invitation.to_string()),
            ("{tenancy}", self.tenancy_of(mia.id).await.to_string()),
            ("{session}", session.to_string()),
            ("{unit}", unit.to_string()),
            ("{identity}", identity.uid.to_string()),
            ("{community}", harbour.to_string()),
            ("/people/{id}", format!("/people/{}", anna.id)),
            ("/units/{id}", format!("/units/{unit}")),
            ("{deed}", "charge".to_owned()),
        ];
        (things, secrets)
    }

    async fn upload(&self, by: &Caller, name: &str) -> kernel::FileId {
        let about =
            app::file::Upload { name: name.to_owned(), content_type: "application/pdf".to_owned(), limit: 1 << 20 };
        let bytes = app::file::Bytes::from_static(b"%PDF-1.4\n% a file\n%%EOF\n");
        let sent = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(bytes)]);
        let by = Caller { at: self.app.now(), ..*by };
        self.app.files().upload(&by, about, sent).await.unwrap().id
    }
}

/// Whether an address names something real of Anna's.
fn names(route: &str, things: &[(&str, String)]) -> bool {
    let path = filled(route, things);
    route.contains('{') && !SHARED.contains(&route) && !FRONT.contains(&route) && !path.contains("999999")
}

world::tests! { crate::open =>
    async fn nobody_else_opens_what_is_hers(w: House) {
        let scene = w.scene().await;
        let pages: Vec<String> = addresses().into_iter().filter(|r| r.reads).map(|r| r.path).collect();
        let mut hers = 0;
        for route in pages.iter().filter(|r| !r.starts_with("/desk") && names(r, &scene.things)) {
            let path = filled(route, &scene.things);
            let own = w.page(&path, &scene.anna.cookie).await;
            assert!([200, 303].contains(&own.status), "{path} is hers: {}", own.status);
            hers += 1;
        }
        assert!(hers >= 9, "{hers} of {pages:?}");
        let zoe = Somebody { name: "Zoe", id: w.other.tenant_with_login.id, cookie: w.cookie(&w.other.tenant_with_login).await };
        for who in scene.others.iter().chain([&zoe]) {
            for route in &pages {
                let mut path = filled(route, &scene.things);
                if route == "/search" {
                    path.push_str("?q=secret");
                }
                let page = w.page(&path, &who.cookie).await;
                let text = String::from_utf8_lossy(&page.body).into_owned();
                for secret in &scene.secrets {
                    assert!(!text.contains(secret.as_str()), "{secret} at {path} for {}: {text}", who.name);
                }
                let knows_her = text.contains("Anna") || text.contains("Mia");
                assert!(!knows_her, "her name at {path} for {}: {text}", who.name);
                if route.starts_with("/desk") {
                    assert!(page.status == 303 && !location(&page).starts_with("/desk"), "{path} for {}", who.name);
                } else if names(route, &scene.things) {
                    assert_eq!(page.status, 404, "{path} for {}", who.name);
                }
            }
        }
        // Who lives with her has the home, and nothing else of hers.
        for route in pages.iter().filter(|r| ["/tickets", "/money", "/notifications", "/me/household"].iter().any(|p| r.starts_with(p))) {
            let page = w.page(&filled(route, &scene.things), &scene.mia.cookie).await;
            if names(route, &scene.things) {
                assert_eq!(page.status, 404, "{route}");
            }
            let text = String::from_utf8_lossy(&page.body).into_owned();
            for secret in ["secretreport", "secretfile", "secretcomment", "secretanswer", "987", "Secretguest", "anna@"] {
                assert!(!text.contains(secret), "{secret} at {route} for who lives with her");
            }
        }
        assert!(html(&w.page("/me/household", &scene.mia.cookie).await).contains("Anna"));
    }

    async fn nobody_else_changes_what_is_hers(w: House) {
        let scene = w.scene().await;
        let zoe = Somebody { name: "Zoe", id: w.other.tenant_with_login.id, cookie: w.cookie(&w.other.tenant_with_login).await };
        let before = (w.changed(w.home.org).await, w.changed(w.other.org).await);
        let forms: Vec<String> = addresses().into_iter().filter(|r| r.takes && names(&r.path, &scene.things)).map(|r| r.path).collect();
        assert!(forms.iter().filter(|r| !r.starts_with("/desk")).count() >= 10, "{forms:?}");
        for who in scene.others.iter().chain([&zoe]) {
            for route in &forms {
                let path = filled(route, &scene.things);
                let mixed = MIXED.contains(&route.as_str());
                let answer = if mixed { w.parts(&path, &who.cookie, &FIELDS, &[]).await } else { w.form(&path, &who.cookie, &FIELDS).await };
                let refused = if route.starts_with("/desk") {
                    answer.status == 303 && !location(&answer).starts_with("/desk")
                } else if route.starts_with("/wifi/") {
                    // Whose unit it is, is no secret; what is in it is.
                    [403, 404].contains(&answer.status)
                } else {
                    answer.status == 404
                };
                assert!(refused, "{path} by {}: {} {}", who.name, answer.status, html(&answer));
            }
        }
        let after = (w.changed(w.home.org).await, w.changed(w.other.org).await);
        assert_eq!(after, before, "nothing happened");
        assert!(scene.others.iter().all(|who| who.id != scene.anna.id));
    }

    async fn staff_of_others_opens_nothing_here(w: House) {
        let scene = w.scene().await;
        let foreign = w.cookie(&w.other.admin).await;
        let desk: Vec<_> = addresses().into_iter().filter(|r| r.path.starts_with("/desk")).collect();
        let mut real = 0;
        for route in &desk {
            let path = filled(&route.path, &scene.things);
            if route.reads {
                let page = w.page(&path, &foreign).await;
                let text = String::from_utf8_lossy(&page.body).into_owned();
                for secret in &scene.secrets {
                    assert!(!text.contains(secret.as_str()), "{secret} at {path}");
                }
                if names(&route.path, &scene.things) {
                    assert_eq!(page.status, 404, "{path}");
                    real += 1;
                }
            }
            if route.takes && names(&route.path, &scene.things) {
                let mixed = MIXED.contains(&route.path.as_str());
                let answer = if mixed { w.parts(&path, &foreign, &FIELDS, &[]).await } else { w.form(&path, &foreign, &FIELDS).await };
                assert_eq!(answer.status, 404, "{path}: {}", html(&answer));
            }
        }
        assert!(real >= 8, "{real} pages with her things");
        // What colleagues keep for themselves.
        let (admin, manager) = (w.cookie(&w.home.admin).await, w.cookie(&w.home.manager).await);
        w.form("/desk/views/tickets", &admin, &[("name", "secretview"), ("query", "state=any")]).await;
        let view = w.app.desk().views(&w.caller(&admin).await, Listed::Tickets).await.unwrap()[0].id;
        for who in [&manager, &foreign] {
            assert!(!html(&w.page("/desk/tickets", who).await).contains("secretview"));
            w.form(&format!("/desk/views/tickets/{view}/forget"), who, &[]).await;
        }
        assert_eq!(w.app.desk().views(&w.caller(&admin).await, Listed::Tickets).await.unwrap().len(), 1, "it is there still");
    }

    async fn one_opens_ones_own_ledger_invoice_and_paper(w: House) {
        let scene = w.scene().await;
        let cookie = &scene.anna.cookie;
        let list = html(&w.page("/money", cookie).await);
        let at = |route: &str| filled(route, &scene.things);
        assert!(list.contains(&format!("href=\"{}\"", at("/money/{ledger}"))), "{list}");
        let ledger = w.page(&at("/money/{ledger}"), cookie).await;
        is_sound("ledger", &ledger);
        assert!(html(&ledger).contains("$") && html(&ledger).contains(&at("/money/{ledger}/{invoice}")), "{}", html(&ledger));
        let invoice = w.page(&at("/money/{ledger}/{invoice}"), cookie).await;
        is_sound("invoice", &invoice);
        let paper = w.page(&at("/money/{ledger}/{invoice}/pdf"), cookie).await;
        assert_eq!((paper.status, paper.header("content-type").as_str()), (200, "application/pdf"));
        assert!(paper.body.starts_with(b"%PDF-1.7") && paper.header("cache-control").contains("no-store"));
    }

    async fn a_passphrase_is_renewed_and_a_device_removed(w: House) {
        let scene = w.scene().await;
        let cookie = &scene.anna.cookie;
        let own = async |kind: Kind| {
            let all = w.app.wifi().own(&w.caller(cookie).await, scene.unit).await.unwrap();
            all.into_iter().find(|i| i.kind == kind).unwrap()
        };
        let before = own(Kind::Unit).await;
        let shown = html(&w.page("/wifi", cookie).await);
        assert!(shown.contains(before.passphrase.expose()) && shown.contains("02:00:00:00:00:07"), "{shown}");
        let at = |route: &str| filled(route, &scene.things);
        let renewed = w.form(&at("/wifi/{unit}/{identity}/renew"), cookie, &[]).await;
        assert_eq!((renewed.status, location(&renewed)), (303, "/wifi"), "{}", html(&renewed));
        let after = own(Kind::Unit).await;
        assert_ne!(after.passphrase, before.passphrase);
        let shown = html(&w.page("/wifi", cookie).await);
        assert!(shown.contains(after.passphrase.expose()) && !shown.contains(before.passphrase.expose()));
        // Nobody joins with the old one: access points are told the new one alone.
        let device = w.app.wifi().devices_of(&w.caller(cookie).await, scene.unit, after.uid).await.unwrap().remove(0);
        let unknown = w.form(&at("/wifi/{unit}/{identity}/remove"), cookie, &[("device", "02:00:00:00:00:08")]).await;
        assert_eq!(unknown.status, 404);
        let removed = w.form(&at("/wifi/{unit}/{identity}/remove"), cookie, &[("device", &device.uid.to_string())]).await;
        assert_eq!((removed.status, location(&removed)), (303, "/wifi"));
        assert!(!html(&w.page("/wifi", cookie).await).contains("02:00:00:00:00:07"));
        assert!(w.app.wifi().known_in(&w.system(w.home.org), vec![scene.unit], Vec::new()).await.unwrap().is_empty());
        // Whoever was removed from the household has no WiFi here.
        let mo = &scene.others[4];
        assert!(!html(&w.page("/wifi", &mo.cookie).await).contains(after.passphrase.expose()));
    }
}
