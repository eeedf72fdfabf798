//! The samples, held against what the sandbox answers: what the core knows is there at least once.

use app::{
    file::THUMBNAIL,
    login,
    oidc::{self, NewProvider},
    sandbox::{self, Sandbox},
};
use identity::oidc::NewClient;
use kernel::{Door, OrgId};
use serde_json::{Value, json};
use world::{
    Server,
    axum::http::Method,
    db::{Dialect, Write},
    now,
};

use crate::{
    samples::{Met, compare, samples},
    setup::{KIT, PROVIDER, header_name},
    uploads::PNG,
};

/// The sandbox, and its tenant's token.
pub struct Demo {
    server: Server,
    made: Sandbox,
    bearer: String,
    client: String,
}

pub async fn open(dialect: Dialect) -> Demo {
    let server = Server::new(dialect, KIT).await;
    let app = &server.app;
    let made = sandbox::fill(app, now(), "$hash$", "$portal$").await.unwrap();
    let (org, tenant) = (made.organization.id, made.tenant_id);
    // What jobs do meanwhile.
    loop {
        let jobs = app.jobs().claim(&app.system(OrgId::new(0)), &[THUMBNAIL], 50, 60).await.unwrap();
        if jobs.is_empty() {
            break;
        }
        for job in &jobs {
            app.files().make_thumbnail(&app.system(job.org_id), job).await.unwrap();
        }
    }
    let new = NewClient {
        name: "App".to_owned(),
        redirect_uris: vec!["https://app.example/callback".to_owned()],
        community: true,
        ..NewClient::default()
    };
    let system = server.system(org);
    let client = server.identity.oidc().create_client(&system, new).await.unwrap();
    let party = server.identity.oidc().client(&client.client_id).await.unwrap().unwrap();
    let provider = NewProvider { key: PROVIDER.to_owned(), name: "Somewhere".to_owned(), ..NewProvider::default() };
    app.write(&system, async move |w: &Write, actor| oidc::add_provider(w, actor, &provider).await).await.unwrap();
    let begin = async move |w: &Write, _: &kernel::Actor| {
        let login = login::of_person(w, tenant).await?.unwrap();
        login::begin(w, &login, Door::Pages, 86_400).await.map(drop)
    };
    app.write(&system, begin).await.unwrap();
    let bearer = server.identity.oidc().issue(&system, &party, tenant).await.unwrap().access_token;
    Demo { made, bearer, client: client.client_id, server }
}

impl Demo {
    async fn fetch(&self, path: &str) -> Value {
        self.server.get(path).bearer(&self.bearer).await.expect(200)
    }

    async fn of_house(&self, path: &str) -> Value {
        self.fetch(&format!("/api/v1/communities/{}{path}", self.made.community.community_id)).await
    }

    async fn send(&self, path: &str, body: &Value) -> Value {
        self.server.post(path).bearer(&self.bearer).json(body).await.expect(200)
    }

    async fn upload(&self) -> Value {
        let call = self.server.request(Method::POST, "/api/v1/uploads").bearer(&self.bearer);
        call.header(header_name(), "avatar.png").raw("image/png", PNG).await.expect(200)
    }
}

world::tests! { crate::sandbox::open =>
    async fn every_sample_is_answered_by_the_sandbox(w: Demo) {
        let house = &w.made.community;
        let mut met = Met::default();
        let invite = json!({
            "contactId": w.made.tenant_id, "unitId": house.unit_id, "firstName": "Max", "lastName": "Mustermann",
            "email": "max@email.provider", "isAdmin": false,
        });
        let invited = w.send(&format!("/api/v1/communities/{}/users/invite", house.community_id), &invite).await;
        for sample in samples() {
            let name = sample["operation"].as_str().unwrap();
            let mut body = sample["request"].clone();
            let answer = match name {
                "oidcRegister" => {
                    (body["clientId"], body["providerKey"]) = (json!(w.client), json!(PROVIDER));
                    body["inviteCode"] = invited["pendingUsers"]["inviteToken"].clone();
                    w.server.post("/api/v1/oidc/register").json(&body).await.expect(200)
                }
                // No answer is printed for a new ticket: it is that of the others.
                "createTicket" => continue,
                "commentTicket" => {
                    body["attachments"] = json!([w.upload().await]);
                    w.send(&format!("/api/v1/tickets/{}/comments", house.ticket_id), &body).await
                }
                "listTickets" => w.fetch("/api/v1/tickets").await,
                "listTicketTypes" => w.fetch("/api/v1/ticket_types").await,
                "listEvents" => w.of_house("/events").await,
                "listPosts" => w.of_house("/posts").await,
                "listContacts" => w.of_house("/contacts").await,
                "getFaq" => w.of_house("/faq").await,
                "listNotifications" => w.of_house("/notifications").await,
                "listTimeline" => w.of_house("/timeline").await,
                "uploadFile" => w.upload().await,
                "inviteUser" => invited.clone(),
                "checkInvite" => {
                    w.server.get(format!("/api/v1/invites?invite_token={}", house.invite_token)).await.expect(200)
                }
                other => panic!("{other} is new"),
            };
            compare(name, &sample["response"], &answer, &mut met);
        }
        let never: Vec<_> = met.nothing.difference(&met.something).collect();
        assert!(never.is_empty(), "nothing is ever there: {never:#?}");
    }

    async fn what_the_management_calls_places_is_their_identifier(w: Demo) {
        let units = w.fetch("/api/v1/units").await;
        assert_eq!((units[0]["identifier"].as_str(), units[0]["number"].as_str()), (Some("GB-01"), Some("1A")));
        let ticket = w.fetch(&format!("/api/v1/tickets/{}", w.made.community.ticket_id)).await;
        assert_eq!((&ticket["Community"]["identifier"], &ticket["Unit"]["identifier"]), (&json!("GB"), &json!("GB-01")));
        assert_eq!((&ticket["Contact"]["title"], &ticket["Contact"]["salutation"]), (&json!("Dr."), &json!("Mr.")));
        // The picture is at a signed address.
        let face = ticket["TicketComments"][0]["Author"]["avatar"].as_str().unwrap();
        assert!(face.contains("/thumbnail?expires="), "{face}");
    }
}
