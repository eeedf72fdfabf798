//! The examples about properties, tenants, leases, contacts and tickets.

use kernel::Role;
use serde_json::{Value, json};
use world::Server;

use super::{capture::Capture, compare::Of};

impl Capture {
    /// Makes a row as user 1; answers its id.
    async fn make(&self, path: &str, body: Value) -> i64 {
        let made = self.s.post(path).by(self.user_of(1)).json(&body).await.expect(201);
        made["id"].as_i64().expect("an id")
    }

    async fn put(&self, path: &str, body: Value) {
        self.s.put(path).by(self.user_of(1)).json(&body).await.expect(200);
    }

    /// Property 1, as the capture left it.
    async fn garden_blocks(&mut self, units: i64) {
        let body = json!({
            "name": "Garden Blocks", "address": "1654 NE 18th Ave.", "city": "Portland", "state": "OR",
            "zipcode": "97218", "num_units": units, "propertyManagerIDs": [5],
        });
        let id = self.make("/api/properties", body).await;
        self.ids.learn(Of::Property, 1, id);
    }

    /// A Renty McRenter without a lease.
    async fn renty(&mut self, id: i64, staff: &[i64]) {
        let body = json!({"firstName": "Renty", "lastName": "McRenter", "phone": "800-RENT-ALOT", "staffIDs": staff});
        let own = self.make("/api/tenants", body).await;
        self.ids.learn(Of::Tenant, id, own);
    }

    /// Tenant 2 with lease 1.
    async fn soren(&mut self, staff: &[i64]) {
        let body = json!({
            "firstName": "Soren", "lastName": "Kierkegaard", "phone": "503-555-0100", "staffIDs": staff,
            "lease": {"propertyID": self.ids.own(Of::Property, 1), "unitNum": "2b", "occupants": 3,
                      "dateTimeStart": "2021-01-01T00:00:00.000Z", "dateTimeEnd": "2099-01-01T00:00:00.000Z"},
        });
        let own = self.make("/api/tenants", body).await;
        self.ids.learn(Of::Tenant, 2, own);
    }

    async fn ticket(&mut self, id: i64) {
        let body = json!({"tenant_id": self.ids.own(Of::Tenant, 1), "author_id": 2});
        let own = self.make("/api/tickets", body).await;
        self.ids.learn(Of::Ticket, id, own);
    }

    /// Asks an example that makes a ticket.
    async fn say_ticket(&mut self, name: &str, id: i64) {
        let made = self.say(name).await;
        self.ids.learn(Of::Ticket, id, made["id"].as_i64().expect("an id"));
    }

    fn own(&self, path: &str, of: Of, id: i64) -> String {
        format!("/api/{path}/{}", self.ids.own(of, id))
    }
}

world::tests! { crate::empty =>
    async fn property(s: Server) {
        let mut c = Capture::staffed(s).await;
        c.say_all(&[
            "property: properties, none yet",
            "property: create a property",
            "property: create, name taken",
            "property: create a property with the keys of the seed",
        ])
        .await;
        // The next one makes the same house.
        c.s.delete(c.own("properties", Of::Property, 2)).by(c.user_of(1)).await.expect(200);
        c.ids.forget(Of::Property, 2);
        c.say_all(&[
            "property: create, num_units empty, as the web client sends it",
            "property: create, empty object",
            "property: create, blank name",
            "property: create, name null",
            "property: create, manager is none",
            "property: create, manager unknown",
            "property: create, manager id no number",
            "property: properties",
            "property: properties, asked for by staff",
            "property: one property",
            "property: one property, unknown",
            "property: update a property in part",
            "property: update, name taken",
            "property: update, managers cleared",
            "property: archive a property by update",
        ])
        .await;
        c.put(&c.own("properties", Of::Property, 1), json!({"propertyManagerIDs": [5]})).await;
        c.say_all(&[
            "property: update with what GET answered",
            "property: update, unknown property",
            "property: archive one (toggle)",
            "property: archive one again",
            "property: archive many",
            "property: archive many, no ids",
            "property: archive many, ids no list",
            "property: archive many, one id unknown: nothing changes",
            "property: archive many, id no number",
            "property: delete, asked for by staff",
        ])
        .await;
        c.put(&c.own("properties", Of::Property, 1), json!({"archived": false})).await;
        c.soren(&[2]).await;
        c.renty(4, &[2]).await;
        let lease = json!({"propertyID": c.ids.own(Of::Property, 1), "unitNum": "9", "occupants": 1,
            "dateTimeStart": "2021-01-01T00:00:00.000Z", "dateTimeEnd": "2099-01-01T00:00:00.000Z"});
        c.put(&c.own("tenants", Of::Tenant, 4), json!({"lease": lease})).await;
        c.say("property: one property with tenants and leases").await;
        let third = json!({"name": "Third", "address": "3", "city": "Portland", "state": "OR", "zipcode": "97201"});
        let id = c.make("/api/properties", third).await;
        c.ids.learn(Of::Property, 3, id);
        c.say_all(&["property: delete a property", "property: delete a property again"]).await;
        c.done("property");
    }

    async fn tenant(s: Server) {
        let mut c = Capture::staffed(s).await;
        c.garden_blocks(1).await;
        c.say_all(&[
            "tenant: tenants, none yet",
            "tenant: create a tenant, body of the seed: propertyID makes a lease from today",
        ])
        .await;
        // Later tenant 1 had no lease.
        c.s.delete(c.own("tenants", Of::Tenant, 1)).by(c.user_of(1)).await.expect(200);
        c.ids.forget(Of::Lease, 1);
        c.renty(1, &[2]).await;
        c.say_all(&[
            "tenant: create a tenant with a lease",
            "tenant: create, staffIDs of the seed where user 1 is an admin",
            "tenant: create, errors in the lease",
            "tenant: create, lease date without fraction",
            "tenant: create, empty object",
            "tenant: create, too short",
            "tenant: create, nulls",
            "tenant: create, staff unknown",
            "tenant: create, staff repeated",
            "tenant: tenants",
            "tenant: tenants without staff",
            "tenant: one tenant without a lease",
            "tenant: one tenant with a lease",
            "tenant: one tenant, unknown",
            "tenant: one tenant, asked for by staff",
            "tenant: update a tenant in part",
            "tenant: archive a tenant by update",
        ])
        .await;
        c.put(&c.own("tenants", Of::Tenant, 1), json!({"archived": "false"})).await;
        c.say_all(&[
            "tenant: update, staff cleared",
            "tenant: update, errors",
            "tenant: update: staff id as text, as the web client sends it",
            "tenant: update, unknown tenant",
        ])
        .await;
        c.renty(4, &[2]).await;
        c.say_all(&[
            "tenant: update: first lease",
            "tenant: update: lease changed, top-level unitNum, as the web client sends it",
            "tenant: assign staff to tenants",
            "tenant: assign nobody: clears",
            "tenant: assign, no tenants",
            "tenant: assign, empty object",
            "tenant: assign, ids unknown",
            "tenant: assign, ids repeated",
            "tenant: delete a tenant",
            "tenant: delete a tenant again",
        ])
        .await;
        c.done("tenant");
    }

    async fn lease(s: Server) {
        let mut c = Capture::staffed(s).await;
        c.garden_blocks(12).await;
        c.renty(1, &[2]).await;
        c.soren(&[2]).await;
        c.say_all(&[
            "lease: leases",
            "lease: create a lease",
            "lease: create a second lease for a tenant",
            "lease: create a lease, empty object",
            "lease: create a lease, ids unknown",
            "lease: one lease",
            "lease: one lease, unknown",
            "lease: update a lease",
            "lease: update a lease, errors",
            "lease: delete a lease",
            "lease: delete a lease again",
        ])
        .await;
        c.done("lease");
    }

    async fn contact(s: Server) {
        let mut c = Capture::staffed(s).await;
        c.say_all(&[
            "contact: contacts, none yet, no token",
            "contact: create a contact",
            "contact: create a contact, name taken",
            "contact: create a contact, empty object",
            "contact: create a contact, no numbers",
            "contact: create a contact, number missing",
            "contact: create a contact, asked for by staff",
            "contact: contacts, no token",
            "contact: one contact, no token",
            "contact: one contact, unknown",
            "contact: update a contact with what GET answered: name changed, number 2 dropped, one added",
            "contact: update a contact, asked for by staff",
            "contact: delete a contact",
            "contact: delete a contact again",
        ])
        .await;
        c.done("contact");
    }

    async fn ticket(s: Server) {
        let mut c = Capture::staffed(s).await;
        c.renty(1, &[2]).await;
        c.renty(2, &[]).await;
        c.say("ticket: tickets, none yet").await;
        c.say_ticket("ticket: create a ticket", 1).await;
        c.ticket(2).await;
        c.say_all(&[
            "ticket: create a ticket without author_id",
            "ticket: create a ticket, empty object",
            "ticket: create a ticket, ids unknown, bad status",
            "ticket: create a ticket, texts too long",
            "ticket: create a ticket, status null",
            "ticket: create a ticket without a token",
            "ticket: one ticket",
            "ticket: one ticket, unknown",
            "ticket: tickets",
            "ticket: tickets of a tenant",
            "ticket: tickets of a tenant, id no number",
        ])
        .await;
        c.say_ticket("ticket: create a ticket, status and urgency as in the seed and from the web client", 3).await;
        c.say_all(&[
            "ticket: update a ticket",
            "ticket: update a ticket, status as the web client sends it",
            "ticket: update a ticket, bad status",
            "ticket: update a ticket, tenant unknown",
            "ticket: update a ticket, unknown",
            "ticket: add a note",
            "ticket: add a note without text",
            "ticket: add a note, text null",
            "ticket: add a note, text a number",
            "ticket: add a note, ticket unknown",
            "ticket: change a note",
            "ticket: change a note of another ticket",
        ])
        .await;
        let first = c.own("tickets", Of::Ticket, 1);
        c.s.post(format!("{first}/notes")).by(c.user_of(2)).json(&json!({"text": ""})).await.expect(200);
        let note = format!("{first}/notes/{}", c.ids.own(Of::Note, 1));
        c.s.patch(note).by(c.user_of(2)).json(&json!({"user_id": 1})).await.expect(200);
        c.say_all(&[
            "ticket: one ticket with notes",
            "ticket: delete a note",
            "ticket: delete a note, unknown",
            "ticket: delete a ticket",
            "ticket: delete a ticket again",
        ])
        .await;
        c.ticket(5).await;
        c.ticket(6).await;
        let third = c.own("tickets", Of::Ticket, 3);
        c.s.post(format!("{third}/notes")).by(c.user_of(2)).json(&json!({"text": "x"})).await.expect(200);
        c.say_all(&[
            "ticket: delete many tickets",
            "ticket: delete many tickets, unknown ids ignored",
            "ticket: delete many tickets, no ids",
            "ticket: delete many tickets, ids no list",
            "ticket: delete many tickets, one with notes",
        ])
        .await;
        c.done("ticket");
    }

    async fn other(s: Server) {
        let mut c = Capture::staffed(s).await;
        c.user("Eight", "Eighth", "eight@x.org", None).await;
        c.user("Amy", "Roberts", "j3@x.org", Some(Role::Staff)).await;
        c.user("A", "R", "j4@x.org", None).await;
        for id in [9, 10] {
            c.set_phone(id, "965-934-2320").await;
        }
        c.without_others().await;
        for id in [6, 8] {
            c.s.delete(format!("/api/user/{id}")).by(c.user_of(1)).await.expect(200);
        }
        c.garden_blocks(12).await;
        c.renty(1, &[2]).await;
        c.soren(&[]).await;
        for id in 1..=4 {
            c.ticket(id).await;
        }
        for id in [3, 4] {
            c.put(&c.own("tickets", Of::Ticket, id), json!({"status": "In Progress"})).await;
        }
        let (org, old) = (c.org, c.ids.own(Of::Ticket, 1));
        c.s.write(org, async move |w| {
            let before = w.now().plus_days(-2);
            w.execute(world::db::sql!("UPDATE ticket SET updated_at = $2 WHERE id = $1", old, before)).await
        })
        .await;
        c.say_all(&[
            "other: widgets",
            "other: widgets without a token",
            "other: dashboard",
            "other: dashboard, asked for by staff",
            "other: unknown path",
            "other: method not allowed",
        ])
        .await;
        c.done("other");
    }
}
