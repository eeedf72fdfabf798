//! Passkeys, with an authenticator made of software: it makes keys and signs as a device does, and lies when it is told to.

use app::login::Proof;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Instant;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use world::{Answer, Person, axum::http::header, db};

use crate::{House, cookie_of, html, location};

const HOME: &str = "home.example";
/// In seconds, more than the longest pause after failures, so that tries do not wait for each other.
const PAUSE: i64 = 1000;

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A device with one key in it.
#[derive(Clone)]
struct Device {
    key: SigningKey,
    id: Vec<u8>,
    user: String,
    counter: u32,
    /// Present and verified.
    flags: u8,
    rp_id: String,
    origin: String,
}

impl Device {
    fn new(seed: u8, host: &str) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let (rp_id, origin) = (host.to_owned(), format!("https://{host}"));
        Self { key, id: vec![seed; 20], user: String::new(), counter: 0, flags: 0b101, rp_id, origin }
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let origin = &self.origin;
        let text = format!(
            r#"{{"type":"webauthn.{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#
        );
        text.into_bytes()
    }

    fn authenticator_data(&self, more_flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(&self.rp_id).to_vec();
        data.push(self.flags | more_flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// What the browser says of a new key.
    fn make(&mut self, options: &Value) -> Value {
        self.user = options["user"]["id"].as_str().unwrap().to_owned();
        let mut data = self.authenticator_data(0b0100_0000);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        let point = self.key.verifying_key().to_encoded_point(false);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().unwrap());
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().unwrap());
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        let client = self.client_data("create", options["challenge"].as_str().unwrap());
        self.said(&json!({"clientDataJSON": encoded(client), "attestationObject": encoded(object), "transports": ["internal"]}))
    }

    /// What the browser says of a sign-in.
    fn sign(&mut self, options: &Value) -> Value {
        self.sign_as("get", options["challenge"].as_str().unwrap())
    }

    fn sign_as(&mut self, kind: &str, challenge: &str) -> Value {
        self.counter += 1;
        let (client, data) = (self.client_data(kind, challenge), self.authenticator_data(0));
        let signed = [data.clone(), Sha256::digest(&client).to_vec()].concat();
        let signature: Signature = self.key.sign(&signed);
        self.said(&json!({
            "clientDataJSON": encoded(client), "authenticatorData": encoded(data),
            "signature": encoded(signature.to_der()), "userHandle": self.user,
        }))
    }

    fn said(&self, response: &Value) -> Value {
        let id = encoded(&self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
    }
}

/// The value of a hidden field of a page.
fn field(page: &str, name: &str) -> String {
    let at = format!("name=\"{name}\" value=\"");
    page.split(&at).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// What a page asks a browser.
fn asked(page: &str) -> Value {
    let text = page.split("data-options=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    serde_json::from_str(&text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&")).unwrap_or_default()
}

/// A sign-in in the making: the question, and what has to come with its answer.
struct Try {
    host: String,
    form_key: String,
    options: Value,
    state: String,
}

impl House {
    /// Makes a passkey for somebody who is signed in.
    async fn make(&self, host: &str, cookie: &str, device: &mut Device) -> Answer {
        let page = self.page("/me/security/passkeys/new", cookie).header(header::HOST, host).await;
        assert_eq!(page.status, 200, "{}", html(&page));
        let page = html(&page);
        let said = device.make(&asked(&page)).to_string();
        self.keep(host, cookie, &field(&page, "state"), &said).await
    }

    async fn keep(&self, host: &str, cookie: &str, state: &str, credential: &str) -> Answer {
        let fields = [("state", state), ("credential", credential), ("name", "Phone")];
        self.form("/me/security/passkeys", cookie, &fields).header(header::HOST, host).await
    }

    /// A device of somebody, with a passkey that is kept.
    async fn device(&self, seed: u8, who: &Person) -> Device {
        let mut device = Device::new(seed, &who.host);
        let cookie = self.cookie(who).await;
        let kept = self.make(&who.host, &cookie, &mut device).await;
        assert_eq!(kept.status, 303, "{}", html(&kept));
        device
    }

    /// Asks for a passkey at a host.
    async fn ask(&self, host: &str) -> Try {
        let page = self.get("/app/login").header(header::HOST, host).await;
        let form_key = cookie_of(&page, "form_key").unwrap();
        let question = self.get("/app/login/passkey?next=%2Fnews").header(header::HOST, host).await.expect(200);
        let (options, state) = (question["options"].clone(), question["state"].as_str().unwrap().to_owned());
        Try { host: host.to_owned(), form_key, options, state }
    }

    async fn answer(&self, to: &Try, credential: &Value) -> Answer {
        let credential = credential.to_string();
        let pairs = [
            ("csrf", to.form_key.as_str()),
            ("next", "/news"),
            ("state", to.state.as_str()),
            ("credential", credential.as_str()),
        ];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.post("/app/login/passkey")
            .header(header::HOST, &to.host)
            .header(header::COOKIE, &format!("form_key={}", to.form_key))
            .raw("application/x-www-form-urlencoded", body)
            .await
    }

    /// Signs in with a device.
    async fn enter(&self, device: &mut Device) -> Answer {
        let question = self.ask(HOME).await;
        let said = device.sign(&question.options);
        self.answer(&question, &said).await
    }
}

/// That nobody came in.
#[track_caller]
fn refused(what: &str, answer: &Answer) {
    assert_eq!(answer.status, 422, "{what}: {}", html(answer));
    assert!(cookie_of(answer, "user_session").is_none(), "{what}");
}

world::tests! { crate::open =>
    async fn a_passkey_is_made_and_signs_in(w: House) {
        let mut device = w.device(1, &w.home.owner).await;
        let cookie = w.cookie(&w.home.owner).await;
        let page = html(&w.page("/me/security", &cookie).header(header::HOST, HOME).await);
        assert!(page.contains("Phone") && page.contains("home.example"), "{page}");
        let mail = w.app.messages().list(&w.system(w.home.org), 1).await.unwrap().swap_remove(0);
        assert_eq!((mail.kind.as_str(), mail.to_address.as_str()), ("passkey", w.home.owner.email.as_str()));
        assert!(mail.text_body.contains("Phone"));
        assert!(w.changes(w.home.org).await.iter().any(|c| c.starts_with("passkey.added")));

        let question = w.ask(HOME).await;
        assert_eq!((&question.options["rpId"], &question.options["userVerification"]), (&"home.example".into(), &"required".into()));
        let said = device.sign(&question.options);
        let entered = w.answer(&question, &said).await;
        assert_eq!((entered.status, location(&entered)), (303, "/news"), "{}", html(&entered));
        let cookie = cookie_of(&entered, "user_session").unwrap();
        assert_eq!(w.person(&cookie).await, w.home.owner.id);
        assert_eq!(w.page("/news", &cookie).await.status, 200);
        let (org, person) = (w.home.org, w.home.owner.id);
        let proof: Option<Proof> = w.write(org, async move |w| {
            w.one(db::sql!("SELECT proof FROM session WHERE org_id = $1 AND person_id = $2 ORDER BY id DESC LIMIT 1", org, person)).await
        }).await;
        assert_eq!(proof, Some(Proof::Passkey));
        let key = w.app.passkeys().list(&w.caller(&cookie).await).await.unwrap().swap_remove(0);
        assert_eq!(key.used_at, Some(w.clock.now()));
        // Staff have the same page in their room.
        let staff = w.cookie(&w.home.staff).await;
        let mut other = Device::new(2, HOME);
        assert_eq!(location(&w.make(HOME, &staff, &mut other).await), "/desk/me/security");
        assert!(html(&w.page("/desk/me/security", &staff).header(header::HOST, HOME).await).contains("Phone"));
        assert_eq!(w.enter(&mut other).await.status, 303);
    }

    async fn an_answer_counts_once_and_only_for_a_while(w: House) {
        let mut device = w.device(1, &w.home.owner).await;
        let question = w.ask(HOME).await;
        let said = device.sign(&question.options);
        assert_eq!(w.answer(&question, &said).await.status, 303);
        refused("again", &w.answer(&question, &said).await);
        let said = device.sign(&question.options);
        refused("another answer to the same question", &w.answer(&question, &said).await);
        w.clock.advance(PAUSE);
        let late = w.ask(HOME).await;
        w.clock.advance(301);
        let said = device.sign(&late.options);
        let answer = w.answer(&late, &said).await;
        refused("late", &answer);
        assert!(html(&answer).contains("That took too long"), "{}", html(&answer));
        assert_eq!(w.enter(&mut device).await.status, 303);
    }

    async fn what_a_device_says_must_hold(w: House) {
        let device = w.device(1, &w.home.owner).await;
        let other = w.device(2, &w.home.tenant_with_login).await;
        let known = w.changed(w.home.org).await;
        let with = |change: fn(&mut Device)| { let mut d = device.clone(); change(&mut d); d };
        let liars = [
            ("another origin", with(|d| d.origin = "https://evil.example".to_owned())),
            ("the origin of a name below", with(|d| d.origin = "https://a.home.example".to_owned())),
            ("no HTTPS", with(|d| d.origin = "http://home.example".to_owned())),
            ("another port", with(|d| d.origin = "https://home.example:444".to_owned())),
            ("another host's key", with(|d| d.rp_id = "evil.example".to_owned())),
            ("nobody verified", with(|d| d.flags = 0b001)),
            ("nobody present", with(|d| d.flags = 0b100)),
            ("a key that can now be copied", with(|d| d.flags = 0b1101)),
            ("another key", with(|d| d.key = SigningKey::from_slice(&[9; 32]).unwrap())),
            ("a key that nobody has", with(|d| d.id = vec![7; 20])),
            ("the key of somebody else", Device { id: other.id.clone(), ..device.clone() }),
            ("somebody else's key as one's own", Device { user: device.user.clone(), ..other.clone() }),
            ("one's own key as somebody else", Device { user: other.user.clone(), ..device.clone() }),
        ];
        for (what, mut liar) in liars {
            w.clock.advance(PAUSE);
            refused(what, &w.enter(&mut liar).await);
        }
        type Twist = fn(&mut Value);
        let flip = |v: &mut Value, name: &str, at: usize| {
            let mut bytes = URL_SAFE_NO_PAD.decode(v["response"][name].as_str().unwrap()).unwrap();
            bytes[at] ^= 1;
            v["response"][name] = encoded(bytes).into();
        };
        for (name, at) in [("signature", 20), ("authenticatorData", 36), ("authenticatorData", 3), ("clientDataJSON", 10), ("clientDataJSON", 40)] {
            w.clock.advance(PAUSE);
            let question = w.ask(HOME).await;
            let mut said = device.clone().sign(&question.options);
            flip(&mut said, name, at);
            refused(&format!("{name} {at}"), &w.answer(&question, &said).await);
        }
        let twists: [(&str, Twist); 6] = [
            ("nothing", |v| *v = Value::Null),
            ("no answer", |v| *v = json!({"id": v["id"], "response": {}})),
            ("no person", |v| v["response"]["userHandle"] = Value::Null),
            ("two names", |v| v["rawId"] = "AAAA".into()),
            ("a long answer", |v| v["response"]["signature"] = "A".repeat(20_000).into()),
            ("no signature", |v| v["response"]["signature"] = "".into()),
        ];
        for (what, twist) in twists {
            w.clock.advance(PAUSE);
            let question = w.ask(HOME).await;
            let mut said = device.clone().sign(&question.options);
            twist(&mut said);
            refused(what, &w.answer(&question, &said).await);
        }
        w.clock.advance(PAUSE);
        let question = w.ask(HOME).await;
        refused("made and not asked for", &w.answer(&question, &device.clone().sign_as("create", question.options["challenge"].as_str().unwrap())).await);
        w.clock.advance(PAUSE);
        let (one, another) = (w.ask(HOME).await, w.ask(HOME).await);
        refused("the answer to another question", &w.answer(&one, &device.clone().sign(&another.options)).await);
        w.clock.advance(PAUSE);
        let mut question = w.ask(HOME).await;
        question.state.replace_range(30..31, if &question.state[30..31] == "A" { "B" } else { "A" });
        refused("a state of one's own", &w.answer(&question, &device.clone().sign(&question.options)).await);
        assert_eq!(w.changed(w.home.org).await, known, "nothing happened");
        w.clock.advance(PAUSE);
        assert_eq!(w.enter(&mut device.clone()).await.status, 303, "the device itself is fine");
    }

    async fn a_form_from_elsewhere_signs_nobody_in(w: House) {
        let mut device = w.device(1, &w.home.owner).await;
        let mut question = w.ask(HOME).await;
        let said = device.sign(&question.options).to_string();
        question.form_key = "A".repeat(43);
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("state", question.state.as_str()), ("credential", said.as_str())])
            .finish();
        let kind = "application/x-www-form-urlencoded";
        assert_eq!(w.post("/app/login/passkey").header(header::HOST, HOME).raw(kind, body).await.status, 403);
    }

    async fn keys_of_another_organization_are_unknown(w: House) {
        let mut foreign = w.device(1, &w.other.owner).await;
        let question = w.ask(HOME).await;
        foreign.origin = format!("https://{HOME}");
        foreign.rp_id = HOME.to_owned();
        refused("a foreign key", &w.answer(&question, &foreign.sign(&question.options)).await);
        let mut foreign = Device { rp_id: w.other.owner.host.clone(), origin: format!("https://{}", w.other.owner.host), ..foreign };
        let mut question = w.ask(&w.other.owner.host).await;
        let said = foreign.sign(&question.options);
        question.host = HOME.to_owned();
        refused("a question of another organization", &w.answer(&question, &said).await);
        // It is good where it belongs, and its name is taken everywhere.
        question.host = w.other.owner.host.clone();
        assert_eq!(w.answer(&question, &said).await.status, 303);
        let cookie = w.cookie(&w.home.owner).await;
        let taken = w.make(HOME, &cookie, &mut Device::new(1, HOME)).await;
        assert_eq!(taken.status, 422, "{}", html(&taken));
        let id = w.app.passkeys().list(&w.caller(&w.cookie(&w.other.owner).await).await).await.unwrap()[0].id;
        for path in [format!("/me/security/passkeys/{id}"), format!("/me/security/passkeys/{id}/remove")] {
            assert_eq!(w.form(&path, &cookie, &[("name", "Mine")]).await.status, 404, "{path}");
        }
        assert_eq!(w.page(&format!("/me/security/passkeys/{id}"), &cookie).await.status, 404);
    }

    async fn who_may_not_sign_in_does_not(w: House) {
        let mut device = w.device(1, &w.home.owner).await;
        let (org, person) = (w.home.org, w.home.owner.id);
        w.write(org, async move |w| {
            w.execute(db::sql!("UPDATE login SET status = 'blocked' WHERE org_id = $1 AND person_id = $2", org, person)).await
        }).await;
        refused("blocked", &w.enter(&mut device).await);
        w.write(org, async move |w| {
            w.execute(db::sql!("UPDATE login SET status = 'active', awaits_approval = TRUE WHERE org_id = $1 AND person_id = $2", org, person)).await
        }).await;
        refused("not approved", &w.enter(&mut device).await);
        w.write(org, async move |w| {
            w.execute(db::sql!("UPDATE login SET awaits_approval = FALSE WHERE org_id = $1 AND person_id = $2", org, person)).await
        }).await;
        w.clock.advance(PAUSE);
        assert_eq!(w.enter(&mut device).await.status, 303);
        let at: Instant = w.clock.now();
        w.write(org, async move |w| {
            w.execute(db::sql!("UPDATE person SET archived_at = $3 WHERE org_id = $1 AND id = $2", org, person, at)).await
        }).await;
        refused("archived", &w.enter(&mut device).await);
    }

    async fn a_counter_that_goes_back_is_refused_and_noted(w: House) {
        let mut device = w.device(1, &w.home.owner).await;
        let mut copy = device.clone();
        assert_eq!(w.enter(&mut device).await.status, 303);
        assert_eq!(w.enter(&mut device).await.status, 303);
        refused("a copy", &w.enter(&mut copy).await);
        assert!(w.changes(w.home.org).await.iter().any(|c| c.starts_with("passkey.counter_went_back")));
        assert_eq!(w.enter(&mut device).await.status, 303);
    }

    async fn guessing_waits(w: House) {
        let mut device = w.device(1, &w.home.owner).await;
        device.origin = "https://evil.example".to_owned();
        for _ in 0..3 {
            refused("wrong", &w.enter(&mut device).await);
        }
        assert_eq!(w.enter(&mut device).await.status, 429);
    }

    async fn a_new_one_must_hold_too(w: House) {
        let cookie = w.cookie(&w.home.owner).await;
        let with = |change: fn(&mut Device)| { let mut d = Device::new(1, HOME); change(&mut d); d };
        for (what, mut liar) in [
            ("another origin", with(|d| d.origin = "https://evil.example".to_owned())),
            ("another host", with(|d| d.rp_id = "evil.example".to_owned())),
            ("nobody verified", with(|d| d.flags = 0b001)),
            ("nobody present", with(|d| d.flags = 0b100)),
        ] {
            let answer = w.make(HOME, &cookie, &mut liar).await;
            assert_eq!(answer.status, 422, "{what}: {}", html(&answer));
        }
        let page = html(&w.page("/me/security/passkeys/new", &cookie).header(header::HOST, HOME).await);
        let (state, said) = (field(&page, "state"), Device::new(1, HOME).make(&asked(&page)).to_string());
        let neighbour = w.cookie(&w.home.tenant_with_login).await;
        assert_eq!(w.keep(HOME, &neighbour, &state, &said).await.status, 422, "the question was another person's");
        let elsewhere = w.cookie(&w.home.owner).await;
        assert_eq!(w.keep(HOME, &elsewhere, &state, &said).await.status, 422, "and another sign-in's");
        let question = w.ask(HOME).await;
        assert_eq!(w.keep(HOME, &cookie, &question.state, &said).await.status, 422, "a question of another kind");
        assert_eq!(w.keep(HOME, &cookie, &state, "{}").await.status, 422);
        assert_eq!(w.keep(HOME, &cookie, &state, &said).await.status, 303);
        assert_eq!(w.keep(HOME, &cookie, &state, &said).await.status, 422, "once");
        assert_eq!(w.app.passkeys().list(&w.caller(&cookie).await).await.unwrap().len(), 1);
        // The device is told what it has already.
        let page = html(&w.page("/me/security/passkeys/new", &cookie).header(header::HOST, HOME).await);
        assert_eq!(asked(&page)["excludeCredentials"][0]["id"], encoded([1; 20]));
    }

    async fn who_came_long_ago_proves_it_again(w: House) {
        let cookie = w.cookie(&w.home.owner).await;
        let mut device = Device::new(1, HOME);
        w.clock.advance(601);
        let path = "/me/security/passkeys/new";
        let page = html(&w.page(path, &cookie).header(header::HOST, HOME).await);
        assert!(page.contains("name=\"current\"") && !page.contains("data-options"), "{page}");
        let wrong = w.form(path, &cookie, &[("current", "wrong")]).header(header::HOST, HOME).await;
        assert_eq!(wrong.status, 422);
        let right = w.form(path, &cookie, &[("current", world::PASSWORD)]).header(header::HOST, HOME).await;
        assert_eq!(right.status, 200);
        let page = html(&right);
        let said = device.make(&asked(&page)).to_string();
        assert_eq!(w.keep(HOME, &cookie, &field(&page, "state"), &said).await.status, 303);
        let id = w.app.passkeys().list(&w.caller(&cookie).await).await.unwrap()[0].id;
        let (one, remove) = (format!("/me/security/passkeys/{id}"), format!("/me/security/passkeys/{id}/remove"));
        assert!(html(&w.page(&one, &cookie).await).contains("name=\"current\""));
        assert_eq!(w.form(&one, &cookie, &[("name", "")]).await.status, 422);
        assert_eq!(w.form(&one, &cookie, &[("name", "My key")]).await.status, 303);
        assert_eq!(w.form(&remove, &cookie, &[]).await.status, 422);
        assert_eq!(w.form(&remove, &cookie, &[("current", "wrong")]).await.status, 422);
        assert_eq!(w.form(&remove, &cookie, &[("current", world::PASSWORD)]).await.status, 303);
        refused("removed", &w.enter(&mut device).await);
        let done = w.changes(w.home.org).await;
        assert!(["renamed", "removed"].iter().all(|what| done.iter().any(|c| c.starts_with(&format!("passkey.{what}")))));
    }

    async fn nobody_locks_themselves_out(w: House) {
        let mut device = w.device(1, &w.home.owner).await;
        let (org, person) = (w.home.org, w.home.owner.id);
        w.write(org, async move |w| {
            w.execute(db::sql!("UPDATE login SET password_hash = NULL WHERE org_id = $1 AND person_id = $2", org, person)).await
        }).await;
        let entered = w.enter(&mut device).await;
        let cookie = cookie_of(&entered, "user_session").unwrap();
        let id = w.app.passkeys().list(&w.caller(&cookie).await).await.unwrap()[0].id;
        let remove = format!("/me/security/passkeys/{id}/remove");
        let answer = w.form(&remove, &cookie, &[]).await;
        assert_eq!(answer.status, 422);
        assert!(html(&answer).contains("only way to sign in"), "{}", html(&answer));
        assert_eq!(w.make(HOME, &cookie, &mut Device::new(2, HOME)).await.status, 303);
        assert_eq!(w.form(&remove, &cookie, &[]).await.status, 303);
    }

    async fn where_there_can_be_none_the_pages_do_without(w: House) {
        let cookie = w.cookie(&w.home.owner).await;
        for host in ["192.0.2.1", "elsewhere.example"] {
            let page = html(&w.get("/app/login").header(header::HOST, host).await);
            assert!(!page.contains("data-passkey") && !page.contains("<script"), "{page}");
            assert_eq!(w.get("/app/login/passkey").header(header::HOST, host).await.status, 404);
            let new = w.page("/me/security/passkeys/new", &cookie).header(header::HOST, host).await;
            assert_eq!(location(&new), "/me/security");
        }
        let page = w.get("/app/login").header(header::HOST, HOME).await;
        assert!(html(&page).contains("autocomplete=\"username webauthn\""));
        assert!(page.header("content-security-policy").contains("script-src 'self'"));
    }
}
