//! Invitations, guessing, and registering through a program (C9 to C12, C16, C22, C23, C26; G1 to G7).

use app::invite;
use kernel::{Door, Field, Living};
use serde_json::{Value, json};
use world::{
    Answer,
    axum::http::{Method, header},
};

use crate::{
    setup::{PROVIDER, Resident, Site, fields, resident, signed_in, text, uploaded},
    uploads::PNG,
};

fn invitation(who: &Resident, email: &str) -> Value {
    json!({"contactId": who.id, "unitId": who.unit, "firstName": "Max", "lastName": "Mustermann", "email": email})
}

impl Site {
    async fn invited(&self, email: &str) -> Value {
        self.send(self.at("/users/invite"), &self.anna, &invitation(&self.anna, email)).await.expect(200)["pendingUsers"].take()
    }

    async fn check(&self, token: &str, from: [u8; 4]) -> Answer {
        self.get(format!("/api/v1/invites?invite_token={token}")).from(from).await
    }

    async fn register(&self, changes: &Value, from: [u8; 4]) -> Answer {
        let mut body = json!({"firstName": "Max", "lastName": "Mustermann", "email": "max@mustermann.example",
            "clientId": self.house.client.client_id, "providerKey": PROVIDER, "sub": "u00001"});
        for (key, value) in changes.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.post("/api/v1/oidc/register").from(from).json(&body).await
    }
}

const HERE: [u8; 4] = [10, 0, 0, 1];

world::tests! { crate::setup::open =>
    async fn c23_an_invitation_is_mailed_and_replaced(w: Site) {
        let first = w.invited("max@mail.example").await;
        assert_eq!((&first["invitedAt"], &first["expiresAt"]), (&json!("21.11.2026"), &json!("21.12.2026")));
        assert_eq!((&first["isAdmin"], &first["email"]), (&json!(false), &json!("max@mail.example")), "C9");
        let token = first["inviteToken"].as_str().unwrap();
        assert!(token.len() == 12 && token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "G7: {token}");
        let mails = w.app.messages().list(&w.system(w.house.org), 50).await.unwrap();
        assert!(mails.iter().any(|m| m.to_address.contains("max@mail.example")), "it was mailed");
        let second = w.invited("max@mail.example").await["inviteToken"].take();
        assert_eq!(w.check(token, HERE).await.status, 404, "its place was taken");
        // C26: it may be repeated.
        for _ in 0..3 {
            let told = w.check(second.as_str().unwrap(), HERE).await.expect(200);
            assert_eq!(told, json!({"tokenString": second, "type": "invite",
                "contact": {"firstName": "Max", "lastName": "Mustermann", "email": "max@mail.example"},
                "communities": [{"name": "Harbour View"}],
                "tenant": {"id": w.house.org, "name": "Organization home", "logo": null, "image": null, "hasRequestAccessPage": false},
                "roles": ["Mitbenutzer"]}));
        }
        let admin = w.send(w.at("/users/invite"), &w.anna, &json!({"contactId": w.anna.id, "unitId": w.anna.unit,
            "firstName": "A", "lastName": "B", "email": "ab@mail.example", "isAdmin": true})).await.expect(200);
        assert_eq!(admin["pendingUsers"]["isAdmin"], true);
    }

    async fn c22_only_for_oneself_and_where_one_decides(w: Site) {
        let at = w.at("/users/invite");
        let good = invitation(&w.anna, "x@mail.example");
        let with = |key: &str, value: Value| { let mut b = good.clone(); b[key] = value; b };
        for body in [with("contactId", json!(w.ben.id)), with("contactId", json!(0)), with("unitId", json!(w.ben.unit)),
            with("unitId", json!(w.zoe.unit)), with("unitId", json!(999_999))] {
            assert_eq!(w.send(&at, &w.anna, &body).await.expect(403)["error"], "forbidden", "{body}");
        }
        for (body, at_field) in [(with("contactId", json!(null)), "contactId"), (with("unitId", json!(null)), "unitId"),
            (with("firstName", json!("")), "firstName"), (with("lastName", json!(null)), "lastName"), (with("email", json!("no")), "email")] {
            assert_eq!(fields(&w.send(&at, &w.anna, &body).await), [at_field]);
        }
        assert_eq!(w.send(&at, &w.anna, &with("isAdmin", json!("true"))).await.expect(400)["error"], "invalid_request");
        let path = format!("/api/v1/communities/{}/users/invite", w.elsewhere.place);
        assert_eq!(w.send(path, &w.anna, &good).await.expect(404)["error"], "not_found");
        assert_eq!(w.send(&at, &w.anna, &with("email", json!(w.ben.email))).await.expect(409)["error"], "conflict");
        // A unit of one's own that lies elsewhere is not in this community.
        let garden = w.world.home.garden;
        let other = format!("/api/v1/communities/{garden}/users/invite");
        assert_eq!(w.send(other, &w.anna, &good).await.status, 404);
    }

    async fn what_the_management_asked_is_no_residents_to_take_over(w: Site) {
        // Somebody who rents in Anna's unit, too, and has not registered yet.
        let (org, place) = (w.house.org, w.house.place);
        let known = w.world.resident(org, "Known", "Resident", Some((place, "A 1"))).await;
        let asked = invite::Input {
            person_id: Some(known),
            unit_id: Field::Given(w.anna.unit),
            email: text("known@mail.example"),
            living: Field::Given(Living::Tenant),
            ..invite::Input::default()
        };
        let made = w.app.invites().create(&w.house.staff, asked.into()).await.unwrap();
        let path = w.at("/users/invite");
        for email in ["known@mail.example", "Known@Mail.Example"] {
            let refused = w.send(&path, &w.anna, &invitation(&w.anna, email)).await;
            assert_eq!(refused.expect(409)["error"], "conflict");
        }
        assert_eq!(w.check(&made.token, HERE).await.status, 200, "it is there still");
        // When it has run out, too, the code is for somebody else.
        w.clock.advance(31 * 86_400);
        let anna = crate::setup::sign_in(&w.world, &w.house, w.anna.id).await.0;
        let path = w.at("/users/invite");
        let new = w.post(path).bearer(&anna).json(&invitation(&w.anna, "known@mail.example")).await.expect(200);
        let token = new["pendingUsers"]["inviteToken"].as_str().unwrap().to_owned();
        let body = json!({"inviteCode": token, "email": "known@mail.example", "sub": "someone"});
        w.register(&body, HERE).await.expect(200);
        let login = async move |w: &world::db::Write, _: &kernel::Actor| app::login::of_person(w, known).await;
        assert!(w.app.write(&w.system(org), login).await.unwrap().is_none(), "whom the management knows has no login");
    }

    async fn guessing_costs_growing_waits(w: Site) {
        // G2: three at once, then 1, 2, 4 … seconds.
        for _ in 0..3 {
            assert_eq!(w.check("abcguess0001", HERE).await.expect(404)["error"], "not_found");
        }
        for wait in [1, 2, 4, 8] {
            let closed = w.check("abcguess0001", HERE).await;
            assert_eq!((closed.expect(429)["error"].clone(), closed.header("retry-after")), (json!("too_many_attempts"), wait.to_string()), "G3");
            w.clock.advance(wait);
            assert_eq!(w.check("abcguess0001", HERE).await.status, 404);
        }
        // G1: the address is closed for all codes, the beginning of the code for all addresses, whatever its case.
        assert_eq!(w.check("zzzguess0001", HERE).await.status, 429);
        assert_eq!(w.check("ABCother0001", [10, 0, 0, 2]).await.status, 429);
        assert_eq!(w.check("zzzguess0001", [10, 0, 0, 2]).await.status, 404);
        // G6: registering shares the counters.
        assert_eq!(w.register(&json!({"inviteCode": "abcother0002"}), [10, 0, 0, 3]).await.status, 429);
        // G3: even a good code is not looked at, and the counters stand still.
        let good = w.invited("max@mail.example").await["inviteToken"].as_str().unwrap().to_owned();
        assert_eq!(w.check(&good, HERE).await.status, 429);
        w.clock.advance(16);
        // G4: a success resets both.
        assert_eq!(w.check(&good, HERE).await.status, 200);
        assert_eq!(w.check("qqqguess0001", HERE).await.status, 404);
        assert_eq!(w.check("qqrguess0001", HERE).await.status, 404);
    }

    async fn waits_end_at_a_quarter_and_are_forgotten_after_a_day(w: Site) {
        for n in 1..=15 {
            assert_eq!(w.check("abcguess0001", HERE).await.status, 404, "{n}");
            if n >= 3 {
                w.clock.advance((1 << (n - 3)).min(900));
            }
        }
        assert_eq!(w.check("abcguess0001", HERE).await.status, 404);
        assert_eq!(w.check("abcguess0001", HERE).await.header("retry-after"), "900", "G2");
        w.clock.advance(24 * 3600 + 1);
        for _ in 0..3 {
            assert_eq!(w.check("abcguess0001", HERE).await.status, 404, "G4");
        }
    }

    async fn g5_all_that_is_no_good_looks_the_same(w: Site) {
        for empty in ["/api/v1/invites", "/api/v1/invites?invite_token=", "/api/v1/invites?invite_token=%20"] {
            for _ in 0..4 {
                assert_eq!(w.get(empty).from(HERE).await.expect(400)["error"], "invalid_request", "and does not count");
            }
        }
        let used = w.invited("max@mail.example").await["inviteToken"].as_str().unwrap().to_owned();
        w.register(&json!({"inviteCode": used}), HERE).await.expect(200);
        let expired = w.invited("late@mail.example").await["inviteToken"].as_str().unwrap().to_owned();
        w.clock.advance(30 * 24 * 3600);
        let mut told = Vec::new();
        for (i, code) in ["unknown00000", &used, &expired, "a%00b", "ä", &"x".repeat(5000)].into_iter().enumerate() {
            let answer = w.check(code, [10, 1, 0, u8::try_from(i).unwrap()]).await;
            told.push((answer.status, answer.body));
        }
        assert!(told.iter().all(|t| t.0 == 404 && *t == told[0]));
        for code in ["unknown00000", &used, &expired, "a\u{1}b"] {
            assert_eq!(w.register(&json!({"inviteCode": code}), [10, 1, 1, 1]).await.expect(404)["error"], "not_found");
            w.clock.advance(900);
        }
    }

    async fn c16_registering_answers_tokens(w: Site) {
        let code = w.invited("max@mail.example").await["inviteToken"].as_str().unwrap().to_owned();
        let done = w.register(&json!({"inviteCode": code}), HERE).await.expect(200);
        let reference = done["contactExtRef"].as_str().unwrap();
        assert!(reference.starts_with("c-") && reference.len() > 2);
        let access = done["oidcAccessToken"].as_str().unwrap();
        let units = w.get("/api/v1/units").bearer(access).await.expect(200);
        assert_eq!((&units[0]["id"], &units[0]["isAdmin"]), (&json!(w.anna.unit), &json!(false)));
        assert_eq!(format!("c-{}", units[0]["contactId"]), reference);
        // C11: the subject of our tokens is ours.
        let person = kernel::PersonId::new(units[0]["contactId"].as_i64().unwrap());
        let org = w.house.org;
        let uid = w.write(org, async move |w| w.one::<uuid::Uuid>(world::db::sql!("SELECT uid FROM person WHERE org_id = $1 AND id = $2", org, person)).await).await;
        let claims = world::Server::claims(done["oidcIdToken"].as_str().unwrap());
        assert_eq!((&claims["sub"], &claims["email"], &claims["given_name"]), (&json!(uid.to_string()), &json!("max@mustermann.example"), &json!("Max")));
        assert_eq!(claims["aud"], w.house.client.client_id);
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("urn:portico:acr:invitation"), &json!(["otp"])), "no password was given");
        let linked: Vec<String> = w.write(org, async move |w| w.all(world::db::sql!(
            "SELECT subject FROM external_identity WHERE org_id = $1 AND person_id = $2", org, person)).await).await;
        assert_eq!(linked, ["u00001"]);
        assert!(!done["oidcRefreshToken"].as_str().unwrap().is_empty());
        // A second use.
        assert_eq!(w.register(&json!({"inviteCode": code, "email": "other@mail.example", "sub": "u2"}), HERE).await.status, 404);
        // Without a subject it is the reference.
        let code = w.invited("eva@mail.example").await["inviteToken"].as_str().unwrap().to_owned();
        let done = w.register(&json!({"inviteCode": code, "email": "eva@mail.example", "sub": null}), HERE).await.expect(200);
        let reference = done["contactExtRef"].as_str().unwrap().to_owned();
        let known: i64 = w.write(org, async move |w| w.one(world::db::sql!(
            "SELECT count(*) FROM external_identity WHERE org_id = $1 AND subject = $2 /* scan: a test */", org, &reference)).await).await;
        assert_eq!(known, 1);
        // The management's own word for somebody goes before ours.
        let known = w.world.resident(org, "Rita", "Resident", None).await;
        w.write(org, async move |w| w.execute(world::db::sql!(
            "INSERT INTO person_reference (org_id, reference, person_id) VALUES ($1, 'K-4711', $2)", org, known)).await.map(drop)).await;
        let input = invite::Input {
            person_id: Some(known),
            unit_id: Field::Given(w.ben.unit),
            email: text("rita@mail.example"),
            living: Field::Given(Living::Member),
            ..invite::Input::default()
        };
        let code = w.app.invites().create(&w.house.staff, input.into()).await.unwrap().token;
        let done = w.register(&json!({"inviteCode": code, "email": "rita@mail.example", "sub": null}), HERE).await.expect(200);
        assert_eq!(done["contactExtRef"], "K-4711");
        let linked: Vec<String> = w.write(org, async move |w| w.all(world::db::sql!(
            "SELECT subject FROM external_identity WHERE org_id = $1 AND person_id = $2", org, known)).await).await;
        assert_eq!(linked, ["K-4711"]);
    }

    async fn an_invitation_shows_the_logo_of_the_house(w: Site) {
        let code = w.invited("max@mail.example").await["inviteToken"].as_str().unwrap().to_owned();
        assert_eq!(w.check(&code, HERE).await.expect(200)["tenant"]["logo"], json!(null));
        let admin = signed_in(&w.world, w.house.org, w.world.home.admin.id, Door::Pages).await;
        let logo = uploaded(&w.world, &admin, "logo.png", PNG).await;
        w.app.portals().set_picture(&admin, w.house.place, app::portal::Picture::Logo, Some(logo)).await.unwrap();
        let told = w.check(&code, HERE).await.expect(200);
        let logo = told["tenant"]["logo"].as_str().unwrap();
        assert!(logo.contains("/files/") && logo.contains("signature="), "{logo}");
    }

    async fn c12_what_registering_refuses(w: Site) {
        let code = w.invited("max@mail.example").await["inviteToken"].as_str().unwrap().to_owned();
        let told = async |changes: Value| {
            let mut changes = changes;
            changes["inviteCode"] = changes.get("inviteCode").cloned().unwrap_or(json!(code));
            fields(&w.register(&changes, HERE).await)
        };
        assert_eq!(told(json!({"providerKey": "unknown"})).await, ["providerKey"]);
        assert_eq!(told(json!({"providerKey": "a\u{0}b"})).await, ["providerKey"]);
        assert_eq!(told(json!({"clientId": "unknown"})).await, ["clientId"]);
        assert_eq!(told(json!({"clientId": w.elsewhere.client.client_id})).await, ["clientId"], "of another company");
        let plain = identity::oidc::NewClient { name: "Plain".to_owned(), redirect_uris: vec!["https://a.example/".to_owned()], ..Default::default() };
        let plain = w.identity.oidc().create_client(&w.system(w.house.org), plain).await.unwrap();
        assert_eq!(told(json!({"clientId": plain.client_id})).await, ["clientId"], "not for this call");
        for key in ["firstName", "lastName", "email", "clientId", "inviteCode", "providerKey"] {
            assert_eq!(told(json!({key: null})).await, [key]);
        }
        assert_eq!(told(json!({"email": "x"})).await, ["email"]);
        assert_eq!(told(json!({"email": format!("{}@x.example", "x".repeat(255))})).await, ["email"]);
        assert_eq!(told(json!({"firstName": " "})).await, ["firstName"]);
        assert_eq!(told(json!({"inviteCode": ""})).await, ["inviteCode"]);
        assert_eq!(told(json!({"sub": "x".repeat(256)})).await, ["sub"]);
        assert_eq!(told(json!({"email": "x", "providerKey": "y", "clientId": "z"})).await.len(), 3, "all at once");
        assert_eq!(w.register(&json!({"inviteCode": code, "sub": 1}), HERE).await.expect(400)["error"], "invalid_request");
        assert_eq!(w.post("/api/v1/oidc/register").raw("application/json", &b"\xff{"[..]).await.expect(400)["error"], "invalid_request");
        // None of that used the code up.
        assert_eq!(w.check(&code, HERE).await.status, 200);
        // Somebody else signs in with the address, or is that at the provider.
        assert_eq!(w.register(&json!({"inviteCode": code, "email": w.ben.email}), HERE).await.expect(409)["error"], "conflict");
        w.register(&json!({"inviteCode": code}), HERE).await.expect(200);
        let second = w.invited("eva@mail.example").await["inviteToken"].as_str().unwrap().to_owned();
        assert_eq!(w.register(&json!({"inviteCode": second, "email": "eva@mail.example"}), HERE).await.expect(409)["error"], "conflict", "linked");
        assert_eq!(w.check(&second, HERE).await.status, 200, "all or nothing");
    }

    async fn twice_at_once_is_once(w: Site) {
        let code = w.invited("max@mail.example").await["inviteToken"].as_str().unwrap().to_owned();
        let (a, b) = (json!({"inviteCode": code, "sub": "a"}), json!({"inviteCode": code, "sub": "b"}));
        let (a, b) = tokio::join!(w.register(&a, HERE), w.register(&b, [10, 0, 0, 9]));
        let mut both = [a.status, b.status];
        both.sort_unstable();
        assert_eq!(both, [200, 404]);
    }

    async fn the_host_says_whose_invitation_it_is(w: Site) {
        let code = w.invited("max@mail.example").await["inviteToken"].as_str().unwrap().to_owned();
        let at = |host: &str| w.get(format!("/api/v1/invites?invite_token={code}")).from(HERE).header(header::HOST, host);
        assert_eq!(at("home.example").await.status, 200);
        assert_eq!(at("other.example:8080").await.status, 404);
        let owner = resident(&w.world, &w.house, "Olaf", "C 3", Living::Tenant).await;
        assert_eq!(w.call(Method::GET, "/api/v1/units", &owner).await.status, 200);
    }
}
