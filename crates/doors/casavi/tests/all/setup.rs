//! A house with people in it, what they read there, and a program that they use.

use std::ops::Deref;

use app::{
    audience::{self, Audience},
    contact_card, document, event, faq,
    file::{Bytes, THUMBNAIL, Upload},
    invite::{self, Redeemer},
    login,
    oidc::{self, NewProvider, Party},
    post,
    ticket_type::{self, Kind, QuestionInput},
};
use futures_util::stream;
use identity::oidc::{NewClient, NewCredential};
use kernel::{
    Caller, DocumentId, Door, Draft, Field, FileId, Living, OrgId, PersonId, PostId, Principal, PropertyId,
    TicketTypeId, UnitId,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use world::{
    Answer, Call, Kit, World,
    axum::http::{Method, header},
    db::{Dialect, sql},
};

pub const KIT: Kit =
    Kit { door: Door::Casavi, entrances: |identity| vec![casavi::entrance(identity)], sign_in: "", tokens: |_| None };

/// The key of a provider that each organization knows.
pub const PROVIDER: &str = "somekey";

/// Somebody who lives somewhere, and is signed in twice.
#[derive(Clone, Debug)]
pub struct Resident {
    pub id: PersonId,
    pub email: String,
    pub place: PropertyId,
    pub unit: UnitId,
    pub bearer: String,
    pub cookie: String,
    pub caller: Caller,
}

/// What is in a house.
pub struct House {
    pub org: OrgId,
    pub place: PropertyId,
    /// A form with every kind of question.
    pub form: TicketTypeId,
    /// Its questions: text, long text, number, checkbox, choice, date, files; the first two must be answered.
    pub fields: Vec<i64>,
    /// For everybody; with a file.
    pub post: PostId,
    /// For everybody; with a file.
    pub document: DocumentId,
    /// For those who decide for a unit.
    pub deed: DocumentId,
    pub staff: Caller,
    pub client: NewCredential,
    pub party: Party,
}

pub struct Site {
    pub world: World,
    pub house: House,
    /// Rents unit A, and decides for it.
    pub anna: Resident,
    /// Lives with Anna, and decides nothing.
    pub mia: Resident,
    /// Rents unit B.
    pub ben: Resident,
    /// The same in another organization.
    pub zoe: Resident,
    pub elsewhere: House,
}

impl Deref for Site {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

pub async fn open(dialect: Dialect) -> Site {
    let world = World::new(dialect, KIT).await;
    let house = furnish(&world, world.home.org, world.home.harbour, world.home.staff.id).await;
    let elsewhere = furnish(&world, world.other.org, world.other.harbour, world.other.staff.id).await;
    let anna = resident(&world, &house, "Anna", "A 1", Living::Tenant).await;
    let mia = resident(&world, &house, "Mia", "A 1", Living::Member).await;
    let ben = resident(&world, &house, "Ben", "B 2", Living::Tenant).await;
    let zoe = resident(&world, &elsewhere, "Zoe", "A 1", Living::Tenant).await;
    Site { house, elsewhere, anna, mia, ben, zoe, world }
}

pub fn text(t: &str) -> Field<String> {
    Field::Given(t.to_owned())
}

fn shown(to: Audience) -> audience::Input {
    audience::Input { audience: Field::Given(to), ..audience::Input::default() }
}

/// A session of somebody, as a caller at a door.
pub async fn signed_in(w: &World, org: OrgId, person: PersonId, door: Door) -> Caller {
    let begin = async move |w: &world::db::Write, _: &kernel::Actor| {
        let login = login::of_person(w, person).await?.unwrap();
        Ok(login::begin(w, &login, door, 86_400 * 14).await?.id)
    };
    let session = w.app.write(&w.system(org), begin).await.unwrap();
    Caller { principal: Principal::Person { person, session }, door, ..w.system(org) }
}

async fn cookie(w: &World, caller: Caller) -> String {
    let Principal::Person { session, .. } = caller.principal else { panic!("a person") };
    let cookie = format!("cookie-of-{session}");
    let hash = Sha256::digest(&cookie).to_vec();
    w.app.write(&caller, async move |w, _| oidc::keep_web(w, session, &hash).await).await.unwrap();
    cookie
}

/// Uploads something in somebody's name.
pub async fn uploaded(w: &World, by: &Caller, name: &str, bytes: &'static [u8]) -> FileId {
    let about = Upload { name: name.to_owned(), content_type: "application/pdf".to_owned(), limit: 1 << 20 };
    let sent = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from_static(bytes))]);
    let by = Caller { at: w.app.now(), ..*by };
    w.app.files().upload(&by, about, sent).await.unwrap().id
}

pub const PDF: &[u8] = b"%PDF-1.4\n% a file\n%%EOF\n";

async fn furnish(w: &World, org: OrgId, place: PropertyId, staff: PersonId) -> House {
    let staff = signed_in(w, org, staff, Door::Pages).await;
    let app = &w.app;
    let ask = |name: &str, kind: Kind, required: bool, options: &[&str]| QuestionInput {
        name: name.to_owned(),
        kind,
        required,
        options: options.iter().map(|o| (*o).to_owned()).collect(),
        help: String::new(),
    };
    let input = ticket_type::Input {
        group: text("Repairs"),
        name: text("Report damage"),
        description: text("Something is broken."),
        icon: text("wrench"),
        fields: Field::Given(vec![
            ask("Where?", Kind::Text, true, &[]),
            ask("What?", Kind::LongText, true, &[]),
            ask("How warm?", Kind::Number, false, &[]),
            ask("Key?", Kind::Checkbox, false, &[]),
            ask("Which?", Kind::DropDown, false, &["Heating", "Water"]),
            ask("Since?", Kind::Date, false, &[]),
            ask("Pictures", Kind::File, false, &[]),
        ]),
        ..ticket_type::Input::default()
    };
    let form = app.ticket_types().create(&staff, input.into()).await.unwrap();
    let fields = app.ticket_types().get(&staff, form).await.unwrap().fields.iter().map(|f| f.id.get()).collect();
    let mut first = None;
    for (title, to, files) in [
        ("Roof works", Audience::Everyone, true),
        ("For owners", Audience::Owners, false),
        ("For the unit", Audience::UnitAdmins, false),
        ("For the staff", Audience::Staff, false),
    ] {
        let files = if files { vec![uploaded(w, &staff, "plan.pdf", PDF).await] } else { Vec::new() };
        let input = post::Input {
            title: text(title),
            text: text("<b>From Monday on</b>"),
            files: Field::Given(files),
            showing: shown(to),
            ..post::Input::default()
        };
        let id = app.posts().create(&staff, place, input.into()).await.unwrap();
        app.posts().comment(&staff, id, Draft::from(text("It will be loud"))).await.unwrap();
        first = first.or(Some(id));
    }
    let begins = w.app.now().plus_days(3);
    let input = event::Input {
        title: text("Summer party"),
        text: text("In the yard"),
        location: Field::Given(Some("Yard".to_owned())),
        starts_at: Field::Given(begins),
        ends_at: Field::Given(begins.plus_secs(7200)),
        ..event::Input::default()
    };
    app.events().create(&staff, place, input.into()).await.unwrap();
    for (name, position) in [("Second", 2), ("First", 1)] {
        let input = contact_card::Input {
            name: text(name),
            company: Field::Given(Some("Hausmeisterei".to_owned())),
            email: Field::Given(Some("care@house.example".to_owned())),
            phone: Field::Given(Some("030 123".to_owned())),
            responsibility: Field::Given(Some("Heating".to_owned())),
            position: Field::Given(position),
            ..contact_card::Input::default()
        };
        app.contact_cards().create(&staff, place, input.into()).await.unwrap();
    }
    let group = app.faq().create_group(&staff, place, Draft::from(text("House"))).await.unwrap();
    let input = faq::Input {
        group_id: Field::Given(group),
        title: text("Where is the key?"),
        keywords: text("key"),
        text: text("At the desk"),
        ticket_type_id: Field::Given(Some(form)),
        files: Field::Given(vec![uploaded(w, &staff, "desk.pdf", PDF).await]),
        ..faq::Input::default()
    };
    app.faq().create(&staff, place, input.into()).await.unwrap();
    let folder = app.documents().create_folder(&staff, place, Draft::from(text("Rules"))).await.unwrap();
    let mut documents = Vec::new();
    for (name, to) in [("House rules", Audience::Everyone), ("Deed", Audience::UnitAdmins)] {
        let input = document::Input {
            folder_id: Field::Given(folder),
            name: text(name),
            file_id: Field::Given(uploaded(w, &staff, &format!("{name} äö.pdf"), PDF).await),
            showing: shown(to),
            ..document::Input::default()
        };
        documents.push(app.documents().create(&staff, place, input.into()).await.unwrap());
    }
    let new = NewClient {
        name: "App".to_owned(),
        redirect_uris: vec!["https://app.example/callback".to_owned()],
        community: true,
        ..NewClient::default()
    };
    let client = w.identity.oidc().create_client(&w.system(org), new).await.unwrap();
    let party = w.identity.oidc().client(&client.client_id).await.unwrap().unwrap();
    let provider = NewProvider { key: PROVIDER.to_owned(), name: "Somewhere".to_owned(), ..NewProvider::default() };
    w.app.write(&w.system(org), async move |w, actor| oidc::add_provider(w, actor, &provider).await).await.unwrap();
    let post = first.unwrap();
    House { org, place, form, fields, post, document: documents[0], deed: documents[1], staff, client, party }
}

/// Somebody moves into a unit, which is made when there is none, and gets a login through an invitation.
pub async fn resident(w: &World, house: &House, first: &str, number: &'static str, living: Living) -> Resident {
    let (org, place) = (house.org, house.place);
    let known = match living {
        Living::Tenant => Some(w.resident(org, first, "Resident", Some((place, number))).await),
        _ => None,
    };
    let unit: UnitId = w
        .write(org, async move |w| {
            w.one(sql!(
                "SELECT id FROM unit WHERE org_id = $1 AND property_id = $2 AND number = $3",
                org,
                place,
                number
            ))
            .await
        })
        .await;
    let email = format!("{}-{org}@mail.example", first.to_lowercase());
    let input = invite::Input {
        person_id: known,
        unit_id: Field::Given(unit),
        first_name: text(first),
        last_name: text("Resident"),
        email: text(&email),
        living: Field::Given(living),
        ..invite::Input::default()
    };
    let made = w.app.invites().create(&house.staff, input.into()).await.unwrap();
    let nobody = Caller::anonymous(org, Door::Casavi, w.app.now());
    let who = Redeemer { first_name: None, last_name: None, email: None, password_hash: None };
    let done = w.app.invites().redeem(&nobody, &made.token, [127, 0, 0, 9].into(), who.into()).await.unwrap();
    let (bearer, cookie, caller) = sign_in(w, house, done.person).await;
    Resident { id: done.person, email, place, unit, bearer, cookie, caller }
}

/// A token and a cookie of somebody.
pub async fn sign_in(w: &World, house: &House, person: PersonId) -> (String, String, Caller) {
    let caller = signed_in(w, house.org, person, Door::Pages).await;
    let cookie = cookie(w, caller).await;
    let tokens = w.identity.oidc().issue(&w.system(house.org), &house.party, person).await.unwrap();
    (tokens.access_token, cookie, Caller { door: Door::Casavi, ..caller })
}

impl Site {
    /// A path in the house's community.
    pub fn at(&self, path: &str) -> String {
        format!("/api/v1/communities/{}{path}", self.house.place)
    }

    /// A request of somebody.
    pub fn call(&self, method: Method, path: impl Into<String>, who: &Resident) -> Call<'_> {
        self.request(method, path.into()).bearer(&who.bearer)
    }

    /// What somebody reads.
    pub async fn fetch(&self, path: impl Into<String>, who: &Resident) -> Value {
        self.call(Method::GET, path, who).await.expect(200)
    }

    /// What somebody writes.
    pub async fn send(&self, path: impl Into<String>, who: &Resident, body: &Value) -> Answer {
        self.call(Method::POST, path, who).json(body).await
    }

    /// Uploads a file at the door.
    pub async fn upload(&self, who: &Resident, name: &str, kind: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        self.call(Method::POST, "/api/v1/uploads", who).header(header_name(), name).raw(kind, bytes).await
    }

    /// Makes the thumbnails that wait; answers how many.
    pub async fn thumbnails(&self) -> usize {
        let jobs = self.app.jobs().claim(&self.system(OrgId::new(0)), &[THUMBNAIL], 50, 60).await.unwrap();
        for job in &jobs {
            self.app.files().make_thumbnail(&self.system(job.org_id), job).await.unwrap();
        }
        jobs.len()
    }

    /// A ticket to be, with these answers beside those that must be there.
    pub fn report(&self, who: &Resident, house: &House, more: &Value) -> Value {
        let mut fields = json!({house.fields[0].to_string(): "Bathroom", house.fields[1].to_string(): "The tap drips"});
        for (key, value) in more.as_object().into_iter().flatten() {
            fields[key] = value.clone();
        }
        json!({"communityId": who.place, "ticketTypeId": house.form, "unitId": who.unit, "fields": fields})
    }

    /// Makes a ticket at the door.
    pub async fn ticket(&self, who: &Resident, more: &Value) -> Value {
        let house = if who.id == self.zoe.id { &self.elsewhere } else { &self.house };
        self.send("/api/v1/tickets", who, &self.report(who, house, more)).await.expect(200)
    }

    /// Moves somebody out as the management does.
    pub async fn leaves(&self, who: &Resident) {
        let (org, person) = (self.house.org, who.id);
        let find = async move |w: &world::db::Write| {
            w.one(sql!("SELECT max(id) FROM tenancy WHERE org_id = $1 AND person_id = $2", org, person)).await
        };
        let id = self.write(org, find).await;
        let today = kernel::Zone::named("America/Los_Angeles").date(self.app.now());
        self.app.moves().move_out(&self.system(org), id, today, String::new()).await.unwrap();
        self.clock.advance(1);
    }

    /// Ends what somebody rents.
    pub async fn move_out(&self, org: OrgId, person: PersonId) {
        self.write(org, async move |w| {
            w.execute(sql!(
                "UPDATE tenancy SET moved_out_at = $3 WHERE org_id = $1 AND person_id = $2",
                org,
                person,
                w.now()
            ))
            .await
            .map(drop)
        })
        .await;
        self.clock.advance(1);
    }
}

pub fn header_name() -> header::HeaderName {
    header::HeaderName::from_static("x-filename")
}

/// The faulty fields of a 400.
#[track_caller]
pub fn fields(answer: &Answer) -> Vec<String> {
    let body = answer.expect(400);
    assert_eq!(body["error"], "validation_failed", "{body}");
    body["fields"].as_object().unwrap().keys().cloned().collect()
}
