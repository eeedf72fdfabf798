//! What one door writes, every other door shows.
#![expect(clippy::unwrap_used, reason = "tests")]

mod wifi;

use app::{
    invite::{self, Redeemer},
    oauth2::GrantType,
    oidc::{self as app_oidc, NewProvider},
    ticket_type::{self, Kind as Form, QuestionInput},
};
use axum::http::Method;
use db::Dialect;
use identity::{oauth2, oidc::NewClient};
use kernel::{Caller, Field, PersonId, Scope, UnitId};
use portico_http::{Limiter, Rate};
use serde_json::{Value, json};
use world::{Answer, Kit, Program, Tokens, World};

/// A provider at which people sign in to casavi's.
const PROVIDER: &str = "somekey";

const DRIP: &[u8] = b"%PDF-1.4\n% it drips\n%%EOF\n";

const KIT: Kit = Kit {
    door: kernel::Door::Dwellingly,
    entrances: |identity| {
        let programs = Limiter::new(Rate::per_second(1_000), None);
        vec![
            dwellingly::entrance(identity.clone()),
            casavi::entrance(identity.clone()),
            files::entrance(identity.clone()),
            storedge::entrance(identity.clone(), Some(world::ORIGIN)),
            idwell::entrance(identity.clone(), None, programs.clone()),
        ]
        .into_iter()
        .chain(ruckus::entrances(identity, Limiter::new(ruckus::RATE, None), programs))
        .collect()
    },
    sign_in: "/api/login",
    tokens: |answer| {
        let token = |key: &str| answer[key].as_str().map(str::to_owned);
        Some(Tokens { access: token("access_token")?, refresh: token("refresh_token")? })
    },
};

/// A world with all these doors, a program, and a tenant made at Dwellingly's.
struct Site {
    world: World,
    program: Program,
    facility: String,
    /// The tenant at Dwellingly's.
    tenant: i64,
    /// The same at storEDGE's.
    account: String,
    /// The same at casavi's: a token.
    resident: String,
    /// A form for tickets, with one question for a text and one for files.
    form: (i64, [i64; 2]),
    /// The app at casavi's: its client and a provider.
    client: String,
}

async fn open(dialect: Dialect) -> Site {
    let world = World::new(dialect, KIT).await;
    let (org, property) = (world.home.org, world.home.harbour);
    let program = world.program(org, &Scope::ALL, None).await;
    let facility = world.app.properties().uid(&world.system(org), property).await.unwrap().to_string();
    let lease = json!({"propertyID": property.get(), "unitNum": "C 7", "occupants": 1,
        "dateTimeStart": "2026-01-01T00:00:00.000Z", "dateTimeEnd": "2030-01-01T00:00:00.000Z"});
    let tenant = json!({"firstName": "Cleo", "lastName": "Crosser", "phone": "503-555-0177", "lease": lease});
    let made =
        world.request(Method::POST, "/api/tenants".to_owned()).by(&world.home.admin).json(&tenant).await.expect(201);
    let tenant = made["id"].as_i64().unwrap();
    let (resident, form, client) = community(&world, PersonId::new(tenant)).await;
    let mut site = Site { program, facility, tenant, account: String::new(), resident, form, client, world };
    let all = site.storedge(Method::GET, "/tenants", None).await;
    let found = all["tenants"].as_array().unwrap().iter().find(|t| t["last_name"] == "Crosser").unwrap();
    site.account = found["id"].as_str().unwrap().to_owned();
    site
}

/// Lets the tenant sign in at casavi's, and makes a form.
async fn community(w: &World, tenant: PersonId) -> (String, (i64, [i64; 2]), String) {
    let system = w.system(w.home.org);
    let text = |t: &str| Field::Given(t.to_owned());
    let question = |kind| QuestionInput {
        name: "What?".to_owned(),
        kind,
        required: false,
        options: Vec::new(),
        help: String::new(),
    };
    let form = ticket_type::Input {
        group: text("Repairs"),
        name: text("Report damage"),
        icon: text("wrench"),
        fields: Field::Given(vec![question(Form::LongText), question(Form::File)]),
        ..ticket_type::Input::default()
    };
    let form = w.app.ticket_types().create(&system, form.into()).await.unwrap();
    let fields = w.app.ticket_types().get(&system, form).await.unwrap().fields;
    let (org, harbour) = (w.home.org, w.home.harbour);
    let unit: UnitId = w
        .write(org, async move |w| {
            w.one(db::sql!(
                "SELECT id FROM unit WHERE org_id = $1 AND property_id = $2 AND number = 'C 7'",
                org,
                harbour
            ))
            .await
        })
        .await;
    let input = invite::Input {
        person_id: Some(tenant),
        unit_id: Field::Given(unit),
        email: text("cleo@mail.example"),
        ..invite::Input::default()
    };
    let code = w.app.invites().create(&system, input.into()).await.unwrap().token;
    let nobody = Caller::anonymous(org, kernel::Door::Casavi, w.app.now());
    let who = Redeemer { first_name: None, last_name: None, email: None, password_hash: None };
    w.app.invites().redeem(&nobody, &code, [127, 0, 0, 9].into(), who.into()).await.unwrap();
    let new = NewClient {
        name: "App".to_owned(),
        redirect_uris: vec!["https://app.example/".to_owned()],
        community: true,
        ..NewClient::default()
    };
    let client = w.identity.oidc().create_client(&system, new).await.unwrap();
    let party = w.identity.oidc().client(&client.client_id).await.unwrap().unwrap();
    let token = w.identity.oidc().issue(&system, &party, tenant).await.unwrap().access_token;
    let provider = NewProvider { key: PROVIDER.to_owned(), name: "Somewhere".to_owned(), ..NewProvider::default() };
    w.app.write(&system, async move |w, actor| app_oidc::add_provider(w, actor, &provider).await).await.unwrap();
    (token, (form.get(), [fields[0].id.get(), fields[1].id.get()]), client.client_id)
}

impl Site {
    /// Calls casavi's door as the tenant.
    async fn casavi(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let call = self.world.request(method, format!("/api/v1{path}")).bearer(&self.resident);
        match &body {
            Some(body) => call.json(body).await,
            None => call.await,
        }
    }

    /// The tenant makes a ticket with a file.
    async fn report(&self) -> Value {
        let unit = self.casavi(Method::GET, "/units", None).await.expect(200)[0]["id"].take();
        let name = axum::http::HeaderName::from_static("x-filename");
        let call = self.world.request(Method::POST, "/api/v1/uploads").bearer(&self.resident).header(name, "drip.pdf");
        let file = call.raw("application/pdf", DRIP).await.expect(200);
        let fields = json!({self.form.1[0].to_string(): "The tap drips", self.form.1[1].to_string(): [file]});
        let body = json!({"communityId": self.world.home.harbour, "unitId": unit, "ticketTypeId": self.form.0, "fields": fields});
        self.casavi(Method::POST, "/tickets", Some(body)).await.expect(200)
    }

    async fn storedge(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let call = self.world.request(method, format!("/v1/{}{path}", self.facility));
        let call = match &body {
            Some(body) => call.json(body),
            None => call,
        };
        call.signed(&self.program).await.expect(200)
    }

    async fn dwellingly(&self, method: Method, path: &str, body: Value) -> Value {
        self.world.request(method, path.to_owned()).by(&self.world.home.admin).json(&body).await.expect(200)
    }

    /// Which of the two lists at storEDGE's has the tenant: current, previous.
    async fn lists(&self) -> (bool, bool) {
        let mut has = [false; 2];
        for (has, list) in has.iter_mut().zip(["/tenants/current", "/tenants/previous"]) {
            let body = self.storedge(Method::GET, list, None).await;
            *has = body["tenants"].as_array().unwrap().iter().any(|t| t["id"] == self.account.as_str());
        }
        (has[0], has[1])
    }
}

impl Site {
    /// Calls iDWELL's door as the admin.
    async fn idwell(&self, method: Method, path: &str, body: Value) -> Answer {
        let (world, admin) = (&self.world, &self.world.home.admin);
        let grants = vec![GrantType::Password];
        let scopes = vec![Scope::Read, Scope::Write];
        let new = oauth2::NewClient { name: "Accounts".to_owned(), grants, scopes, properties: None };
        let client = world.identity.oauth2().create_client(&world.system(world.home.org), new).await.unwrap();
        let form = json!({"grant_type": "password", "username": admin.email, "password": world::PASSWORD,
            "client_id": client.key, "client_secret": client.secret});
        let token = world.post("/api/oauth/token/").form(&form).await.expect(200);
        let call = world.request(method, format!("/api/idwell/v1/{path}"));
        let call = if body.is_null() { call } else { call.json(&body) };
        call.bearer(token["access_token"].as_str().unwrap()).await
    }

    /// The flat that the tenant rents.
    async fn flat(&self) -> Value {
        self.idwell(Method::GET, &format!("users/{}/", self.tenant), Value::Null).await.expect(200)["flats"][0].clone()
    }
}

world::tests! { crate::open =>
    async fn what_a_resident_reports_is_before_the_staff(w: Site) {
        let open = async || w.world.get("/api/widgets").by(&w.world.home.staff).await.expect(200)["opentickets"]["new"]["allNew"]["stat"].as_i64().unwrap();
        let before = open().await;
        let made = w.report().await;
        let said = json!({"text": "It is worse today"});
        w.casavi(Method::POST, &format!("/tickets/{}/comments", made["id"]), Some(said)).await.expect(200);
        let seen = w.world.get(format!("/api/tickets/{}", made["id"])).by(&w.world.home.staff).await.expect(200);
        assert_eq!((&seen["issue"], &seen["tenant"], &seen["tenant_id"]), (&json!("The tap drips"), &json!("Cleo Crosser"), &json!(w.tenant)));
        assert_eq!((&seen["author"], &seen["status"], &seen["notes"][0]["text"]), (&json!("Cleo Crosser"), &json!("New"), &json!("It is worse today")));
        assert_eq!(open().await, before + 1);
        assert_eq!(made["Unit"]["number"], "C 7");
        // Its file is at its address, without a sign-in, for a quarter of an hour.
        let address = made["Attachments"][0]["temporaryUrl"].as_str().unwrap();
        let path = address.strip_prefix("https://portico.example").unwrap();
        assert_eq!(w.world.get(path).await.body, DRIP);
        w.world.clock.advance(15 * 60);
        assert_eq!(w.world.get(path).await.status, 404);
    }

    async fn the_staffs_public_note_reaches_the_resident(w: Site) {
        let made = w.report().await;
        let (org, notes) = (w.world.home.org, format!("/api/tickets/{}/notes", made["id"]));
        for body in [json!({"text": "He complains often"}), json!({"text": "We come on Monday", "public": true})] {
            let added = w.world.request(Method::POST, notes.clone()).by(&w.world.home.staff).json(&body).await;
            assert!(added.status < 300, "{}", added.text());
        }
        let seen = w.casavi(Method::GET, &format!("/tickets/{}", made["id"]), None).await.expect(200);
        let said = seen["TicketComments"].as_array().unwrap();
        assert_eq!((said.len(), &said[0]["textRendered"], &said[0]["fromTenant"]), (1, &json!("We come on Monday"), &json!(true)));
        while w.world.app.notifications().follow(&w.world.system(org)).await.unwrap() > 0 {}
        let told = w.casavi(Method::GET, &format!("/communities/{}/notifications", w.world.home.harbour), None).await.expect(200);
        assert_eq!((&told["count"], &told["rows"][0]["type"], &told["rows"][0]["parentItemId"]), (&json!(1), &json!("TICKET_COMMENT"), &made["id"]));
        w.world.request(Method::PUT, format!("/api/tickets/{}", made["id"])).by(&w.world.home.staff).json(&json!({"status": "Closed"})).await.expect(200);
        assert_eq!(w.casavi(Method::GET, "/tickets", None).await.expect(200)[0]["status"], "DONE");
    }

    async fn moving_out_takes_the_community_away(w: Site) {
        let made = w.report().await;
        let posts = format!("/communities/{}/posts", w.world.home.harbour);
        assert_eq!(w.casavi(Method::GET, &posts, None).await.status, 200);
        let tenant = w.storedge(Method::GET, &format!("/tenants/{}", w.account), None).await["tenant"].take();
        let ledger = tenant["current_ledger_ids"][0].as_str().unwrap().parse().unwrap();
        let (home, world) = (&w.world.home, &w.world);
        world.app.ledgers().move_out(&world.system(home.org), home.harbour, ledger, world.app.now()).await.unwrap();
        world.clock.advance(1);
        assert_eq!(w.casavi(Method::GET, &posts, None).await.status, 404);
        assert_eq!(w.casavi(Method::GET, "/units", None).await.expect(200), json!([]));
        assert_eq!(w.casavi(Method::GET, "/tickets", None).await.expect(200)[0]["id"], made["id"], "history stays");
    }

    async fn a_dweller_made_at_idwells_is_a_tenant_and_can_be_invited(w: Site) {
        let flat = w.flat().await;
        let new = json!({"email": "dora@dweller.example", "phone": "650 253 0000", "first_name": "Dora", "last_name": "Dweller", "role": "dweller", "flats": [flat]});
        let made = w.idwell(Method::POST, "users/", new).await.expect(201);
        let id = made["id"].as_i64().unwrap();
        let shown = w.dwellingly(Method::GET, &format!("/api/tenants/{id}"), json!({})).await;
        assert_eq!((&shown["firstName"], &shown["phone"], &shown["lease"]["unitNum"]), (&json!("Dora"), &json!("+16502530000"), &json!("C 7")));
        let current = w.storedge(Method::GET, "/tenants/current", None).await;
        assert!(current["tenants"].as_array().unwrap().iter().any(|t| t["last_name"] == "Dweller"), "with a ledger");

        let (world, person) = (&w.world, PersonId::new(id));
        let input = invite::Input {
            person_id: Some(person),
            unit_id: Field::Given(UnitId::new(flat.as_i64().unwrap())),
            email: Field::Given("dora@dweller.example".to_owned()),
            ..Default::default()
        };
        let system = world.system(world.home.org);
        let invite = world.app.invites().create(&system, kernel::Draft::from(input)).await.unwrap();
        let password_hash = Some("x".to_owned());
        let who = Redeemer { first_name: None, last_name: None, email: None, password_hash };
        let nobody = Caller::anonymous(world.home.org, kernel::Door::Casavi, world.app.now());
        let from = std::net::IpAddr::from([127, 0, 0, 1]);
        world.app.invites().redeem(&nobody, &invite.token, from, who.into()).await.unwrap();
        let shown = w.idwell(Method::GET, &format!("users/{id}/"), Value::Null).await.expect(200);
        assert_eq!((&shown["status"], &shown["flats"]), (&json!("ACTIVE"), &json!([flat])));
    }

    async fn archiving_at_idwells_ends_everything_everywhere(w: Site) {
        assert_eq!(w.lists().await, (true, false));
        let user = format!("users/{}/", w.tenant);
        let (world, person) = (&w.world, PersonId::new(w.tenant));
        let gone = w.idwell(Method::PATCH, &user, json!({"flats": []})).await.expect(200);
        assert_eq!((&gone["status"], &gone["archived"]), (&json!("BLOCKED"), &json!(true)));
        assert_eq!(w.lists().await, (false, true), "the ledger is closed");
        let shown = w.dwellingly(Method::GET, &format!("/api/tenants/{}", w.tenant), json!({})).await;
        assert_eq!(shown["archived"], true);
        // Whoever could sign in cannot any more.
        let resident = &world.home.tenant_with_login;
        let nobody = Caller::anonymous(world.home.org, kernel::Door::Pages, world.app.now());
        let sign_in = || async {
            let password = identity::Secret(world::PASSWORD.to_owned());
            let from = std::net::IpAddr::from([127, 0, 0, 1]);
            world.identity.web_sign_in(&nobody, &resident.email, password, from, None).await
        };
        let cookie = sign_in().await.unwrap();
        w.idwell(Method::DELETE, &format!("users/{}/", resident.id), Value::Null).await.expect(204);
        assert!(sign_in().await.is_err());
        let caller = world.identity.web_caller(&cookie, kernel::Door::Pages).await.unwrap();
        assert!(world.app.read(&caller, async |_, _| Ok(())).await.is_err(), "the session has ended");
        // Brought back at Dwellingly's, what archiving ended goes on.
        w.dwellingly(Method::PUT, &format!("/api/tenants/{person}"), json!({"archived": false})).await;
        let back = w.idwell(Method::GET, &user, Value::Null).await.expect(200);
        assert_eq!((&back["archived"], back["flats"].as_array().unwrap().len()), (&json!(false), 1));
    }

    async fn a_landlord_owns_and_rents_nothing(w: Site) {
        let user = format!("users/{}/", w.tenant);
        let changed = w.idwell(Method::PATCH, &user, json!({"email": "cleo@b.example", "role": "landlord"})).await.expect(200);
        assert_eq!((&changed["role"], changed["flats"].as_array().unwrap().len()), (&json!("landlord"), 1));
        assert_eq!(w.lists().await, (false, true), "owners are not billed");
        w.idwell(Method::PATCH, &user, json!({"role": "dweller"})).await.expect(200);
        assert_eq!(w.lists().await, (true, false));
    }

    async fn a_tenant_is_one_person_at_both_doors(w: Site) {
        let path = format!("/api/tenants/{}", w.tenant);
        let new = json!({"tenant": {"first_name": "Cleopatra", "phone_numbers_attributes": [{"number": "5035550178", "primary": "true"}]}});
        w.storedge(Method::PUT, &format!("/tenants/{}", w.account), Some(new)).await;
        let shown = w.dwellingly(Method::GET, &path, json!({})).await;
        assert_eq!((&shown["firstName"], &shown["phone"]), (&json!("Cleopatra"), &json!("5035550178")));

        w.dwellingly(Method::PUT, &path, json!({"lastName": "Crossing", "phone": "800-RENT-ALOT"})).await;
        let shown = w.storedge(Method::GET, &format!("/tenants/{}", w.account), None).await["tenant"].take();
        assert_eq!(shown["last_name"], "Crossing");
        let first = shown["phone_numbers"].as_array().unwrap().iter().find(|n| n["primary"] == true).unwrap();
        assert_eq!(first["number"], "800-RENT-ALOT", "it has one digit too many for a number");
    }

    async fn archiving_at_one_door_ends_the_ledger_at_the_other(w: Site) {
        let path = format!("/api/tenants/{}", w.tenant);
        assert_eq!(w.lists().await, (true, false));
        w.dwellingly(Method::PUT, &path, json!({"archived": true})).await;
        assert_eq!(w.lists().await, (false, true));
        w.dwellingly(Method::PUT, &path, json!({"archived": false})).await;
        assert_eq!(w.lists().await, (true, false));
    }

    async fn moving_out_at_one_door_ends_the_lease_at_the_other(w: Site) {
        let tenant = w.storedge(Method::GET, &format!("/tenants/{}", w.account), None).await["tenant"].take();
        let ledger = tenant["current_ledger_ids"][0].as_str().unwrap().parse().unwrap();
        let (home, world) = (&w.world.home, &w.world);
        world.app.ledgers().move_out(&world.system(home.org), home.harbour, ledger, world.app.now()).await.unwrap();
        world.clock.advance(1);
        assert_eq!(w.lists().await, (false, true));
        let lease = w.dwellingly(Method::GET, &format!("/api/tenants/{}", w.tenant), json!({})).await["lease"].take();
        assert_eq!(lease["dateTimeEnd"], "11/21/2026 16:28:40");
    }

    async fn deleting_at_one_door_leaves_the_books_at_the_other(w: Site) {
        let path = format!("/api/tenants/{}", w.tenant);
        w.dwellingly(Method::DELETE, &path, json!({})).await;
        assert_eq!(w.lists().await, (false, true));
        let books = w.storedge(Method::GET, "/ledgers/previous", None).await;
        assert!(books["ledgers"].as_array().unwrap().iter().any(|l| l["tenant"]["id"] == w.account.as_str()));
    }
}
