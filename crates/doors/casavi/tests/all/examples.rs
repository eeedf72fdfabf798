//! The reference's samples, replayed where something of everything is.

use serde_json::{Value, json};
use world::axum::http::Method;

use crate::{
    samples::{Met, compare, samples},
    setup::{PDF, PROVIDER, Site},
};

world::tests! { crate::setup::open =>
    async fn every_sample(w: Site) {
        // Something of everything, for a resident whom the staff care for.
        let (org, anna, staff) = (w.house.org, w.anna.id, w.world.home.staff.id);
        w.write(org, async move |w| {
            w.execute(world::db::sql!("INSERT INTO staff_assignment (org_id, staff_id, resident_id) VALUES ($1, $2, $3)", org, staff, anna)).await.map(drop)
        }).await;
        let file = w.upload(&w.anna, "example.pdf", "application/pdf", PDF).await.expect(200);
        let f = &w.house.fields;
        let ticket = w.ticket(&w.anna, &json!({f[6].to_string(): [file], f[2].to_string(): 234.534})).await;
        while w.app.notifications().follow(&w.system(org)).await.unwrap() > 0 {}
        let picture = w.upload(&w.anna, "avatar.jpg", "image/jpeg", crate::uploads::PNG).await.expect(200);
        let invited = json!({"contactId": anna, "unitId": w.anna.unit, "firstName": "Max", "lastName": "Mustermann", "email": "max@email.provider", "isAdmin": false});
        let mut replayed = 0;
        let mut token = Value::Null;
        // The invitation comes before what needs it.
        let mut all = samples();
        all.sort_by_key(|s| match s["operation"].as_str().unwrap() { "commentTicket" => 0, "inviteUser" => 1, "checkInvite" => 2, "oidcRegister" => 3, _ => 4 });
        let mut comment = Value::Null;
        for sample in all {
            let name = sample["operation"].as_str().unwrap();
            let answer = match name {
                "oidcRegister" => {
                    let mut body = sample["request"].clone();
                    (body["clientId"], body["inviteCode"], body["providerKey"]) = (json!(w.house.client.client_id), token.clone(), json!(PROVIDER));
                    w.post("/api/v1/oidc/register").json(&body).await.expect(200)
                }
                "listTickets" => w.fetch("/api/v1/tickets", &w.anna).await,
                "createTicket" => ticket.clone(),
                "commentTicket" => {
                    let mut body = sample["request"].clone();
                    body["attachments"][0]["path"] = picture["path"].clone();
                    comment = w.send(format!("/api/v1/tickets/{}/comments", ticket["id"]), &w.anna, &body).await.expect(200);
                    comment.clone()
                }
                "listTicketTypes" => w.fetch("/api/v1/ticket_types", &w.anna).await,
                "listEvents" => w.fetch(w.at("/events"), &w.anna).await,
                "listPosts" => {
                    // The one with a file first.
                    let mut page = w.fetch(w.at("/posts"), &w.anna).await;
                    page["rows"].as_array_mut().unwrap().retain(|p| p["id"] == json!(w.house.post));
                    page
                }
                "listContacts" => w.fetch(w.at("/contacts"), &w.anna).await,
                "getFaq" => w.fetch(w.at("/faq"), &w.anna).await,
                "listNotifications" => w.fetch(w.at("/notifications"), &w.anna).await,
                "listTimeline" => w.fetch(w.at("/timeline"), &w.anna).await,
                "uploadFile" => picture.clone(),
                "inviteUser" => {
                    let made = w.send(w.at("/users/invite"), &w.anna, &invited).await.expect(200);
                    token = made["pendingUsers"]["inviteToken"].clone();
                    made
                }
                "checkInvite" => {
                    let path = format!("/api/v1/invites?invite_token={}", token.as_str().unwrap());
                    w.request(Method::GET, path).await.expect(200)
                }
                other => panic!("{other} is new"),
            };
            replayed += 1;
            // No answer is printed for a new ticket: it is that of the others.
            let wanted = if name == "createTicket" { continue } else { &sample["response"] };
            compare(name, wanted, &answer, &mut Met::default());
        }
        assert_eq!((replayed, comment["TicketComments"][0]["Attachments"]["name"].as_str()), (14, Some("avatar.jpg")));
    }
}
