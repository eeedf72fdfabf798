//! The server that the examples were captured on, and how they are asked again.

use std::collections::BTreeSet;

use axum::http::{HeaderName, Method};
use kernel::{OrgId, Role};
use serde_json::{Value, json};
use world::{Person, Server, axum};

use super::compare::{Ids, Of, differences};

/// The seeded password, and the one that user 2 chose.
pub const SEEDED: &str = "1234";
pub const CHOSEN: &str = "battery-staple-7";

/// Where an answer differs from its example, and why.
///
/// User 6 got role 2 without a type, which the original did not take for a property manager: it showed no
/// `properties`. Here a role is a type (D32), and property managers always have that key (section 6).
const EXCEPTIONS: [(&str, &str); 4] = [
    ("user: all users", "/users/3/properties is too much"),
    ("user: users by role, property managers", "/users/1/properties is too much"),
    ("user: archive a user", "/properties is too much"),
    ("user: archive again: unarchive", "/properties is too much"),
];

/// A server with the users of the capture, whose ids are the same here.
pub struct Capture {
    pub s: Server,
    pub org: OrgId,
    pub users: Vec<Person>,
    pub ids: Ids,
    /// The token of a mailed link, where an example needs one.
    pub link: Option<String>,
    seen: BTreeSet<String>,
}

impl Capture {
    /// With user 1 alone.
    pub async fn begin(s: Server) -> Self {
        let org = s.organization("capture").await;
        let admin = s.person(org, "user1", "tester", "user1@dwellingly.org", Some(Role::Admin)).await;
        let mut c = Self { s, org, users: vec![admin], ids: Ids::default(), link: None, seen: BTreeSet::new() };
        c.set_password(1, SEEDED).await;
        c.set_phone(1, "555-555-5555").await;
        c
    }

    /// With the users 1 to 7: 2 is of the staff, 5 manages properties, 6 waits, 3, 4 and 7 are anybody.
    pub async fn staffed(s: Server) -> Self {
        let mut c = Self::begin(s).await;
        c.user("Stanley", "Staff", "staff1@x.org", Some(Role::Staff)).await;
        c.user("Three", "Third", "three@x.org", Some(Role::Staff)).await;
        c.user("Four", "Fourth", "four@x.org", None).await;
        c.user("Pam", "Manager", "pm1@x.org", Some(Role::PropertyManager)).await;
        c.user("Paul", "Pending", "pend2@x.org", None).await;
        c.user("Seven", "Seventh", "seven@x.org", None).await;
        c.set_password(2, CHOSEN).await;
        c
    }

    /// Takes away the users that the capture had deleted.
    pub async fn without_others(&mut self) {
        for id in [3, 4, 7] {
            self.s.delete(format!("/api/user/{id}")).by(self.user_of(1)).await.expect(200);
        }
    }

    pub async fn user(&mut self, first: &str, last: &str, email: &str, role: Option<Role>) {
        let person = self.s.person(self.org, first, last, email, role).await;
        self.users.push(person);
        assert_eq!(self.users.len(), usize::try_from(self.users.last().map_or(0, |p| p.id.get())).unwrap_or(0));
    }

    pub fn user_of(&self, id: usize) -> &Person {
        &self.users[id - 1]
    }

    /// Sets a password that the door would not set.
    pub async fn set_password(&mut self, id: usize, password: &str) {
        let (org, person, text) = (self.org, self.users[id - 1].id, password.to_owned());
        let hash = identity::Passwords::weak_for_tests(kernel::Random::seeded(2)).hash(text).await.expect("a hash");
        self.s.write(org, async move |w| app::login::set_password(w, person, &hash).await).await;
        self.users[id - 1].password = Some(password.to_owned());
    }

    pub async fn set_phone(&mut self, id: usize, phone: &str) {
        let path = format!("/api/user/{id}");
        self.s.patch(path).by(self.user_of(1)).json(&json!({"phone": phone})).await.expect(200);
    }

    /// Asks an example, and holds the answer against it.
    pub async fn say(&mut self, name: &str) -> Value {
        let example = crate::examples().into_iter().find(|e| e["name"] == name).expect("an example of this name");
        let answer = self.ask(&example).await;
        let (status, body) = (answer.status, answer.json());
        let mut expected = example["response"].clone();
        if name.contains("broken JSON") {
            // The text after the colon is free (D8).
            let text = body["message"].as_str().unwrap_or_default();
            assert!(text.starts_with("Failed to decode JSON object: "), "{name}: {text}");
            expected = body.clone();
        }
        let mut wrong = differences(&expected, &body, &mut self.ids);
        wrong.retain(|w| !EXCEPTIONS.contains(&(name, w)));
        if Some(u64::from(status)) != example["status"].as_u64() {
            wrong.push(format!("status {status}"));
        }
        assert!(wrong.is_empty(), "{name}:\n  {}\n{body}", wrong.join("\n  "));
        assert_eq!(answer.header("content-type"), "application/json", "{name}");
        self.seen.insert(name.to_owned());
        body
    }

    /// Asks several examples, one after the other.
    pub async fn say_all(&mut self, names: &[&str]) {
        for name in names {
            self.say(name).await;
        }
    }

    /// Every example of a group was asked.
    pub fn done(&self, group: &str) {
        let begin = format!("{group}:");
        let missing: Vec<String> = crate::examples()
            .iter()
            .filter_map(|e| e["name"].as_str().map(str::to_owned))
            .filter(|name| name.starts_with(&begin) && !self.seen.contains(name))
            .collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }

    /// What another capture has asked counts here too.
    pub fn and(mut self, other: &Self) -> Self {
        self.seen.extend(other.seen.iter().cloned());
        self
    }

    async fn ask(&mut self, example: &Value) -> world::Answer {
        let method: Method = example["method"].as_str().unwrap_or_default().parse().expect("a method");
        let path = self.path(example["path"].as_str().unwrap_or_default()).await;
        let mut headers = Vec::new();
        for (name, value) in example["headers"].as_object().into_iter().flatten() {
            let name: HeaderName = name.parse().expect("the name of a header");
            let value = value.as_str().unwrap_or_default();
            headers.push((name, if value.contains('<') { self.credential(value).await } else { value.to_owned() }));
        }
        let mut call = self.s.request(method, path.clone());
        for (name, value) in headers {
            call = call.header(name, &value);
        }
        call = match &example["request"] {
            Value::Null => call,
            Value::String(text) => call.raw("", text.as_bytes()),
            body => {
                let ids = if path.contains("tickets") { Of::Ticket } else { Of::Property };
                call.raw("", self.body(body, "", ids).to_string())
            }
        };
        call.await
    }

    /// A path with our ids and tokens.
    async fn path(&mut self, path: &str) -> String {
        if let Some((before, token)) = path.split_once('<') {
            return format!("{before}{}", self.link_token(token).await);
        }
        let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
        let mut of = None;
        let parts: Vec<String> = path
            .split('/')
            .map(|part| {
                of = match part {
                    "tenants" => Some(Of::Tenant),
                    "properties" => Some(Of::Property),
                    "lease" => Some(Of::Lease),
                    "emergencycontacts" => Some(Of::Contact),
                    "tickets" => Some(Of::Ticket),
                    "notes" => Some(Of::Note),
                    "user" | "users" => None,
                    _ => of,
                };
                match (of, part.parse()) {
                    (Some(of), Ok(id)) => self.ids.own(of, id).to_string(),
                    _ => part.to_owned(),
                }
            })
            .collect();
        let query = query.map(|q| match q.split_once('=').map(|(k, v)| (k, v.parse())) {
            Some(("tenant_id", Ok(id))) => format!("?tenant_id={}", self.ids.own(Of::Tenant, id)),
            _ => format!("?{q}"),
        });
        parts.join("/") + &query.unwrap_or_default()
    }

    /// A body with our ids; `key` is the one it stands under, `ids` what a list of ids is of.
    fn body(&self, body: &Value, key: &str, ids: Of) -> Value {
        let of = match key {
            "tenantID" | "tenant_id" | "tenants" => Some(Of::Tenant),
            "propertyID" => Some(Of::Property),
            "ids" => Some(ids),
            _ => None,
        };
        match (body, of) {
            (Value::Object(map), _) if key == "contact_numbers" => self.number(map),
            (Value::Object(map), _) => map.iter().map(|(k, v)| (k.clone(), self.body(v, k, ids))).collect(),
            (Value::Array(items), _) => items.iter().map(|v| self.body(v, key, ids)).collect(),
            (Value::Number(n), Some(of)) => n.as_i64().map_or(body.clone(), |id| self.ids.own(of, id).into()),
            _ => body.clone(),
        }
    }

    fn number(&self, map: &serde_json::Map<String, Value>) -> Value {
        let id = |v: &Value| v.as_i64().map_or(v.clone(), |id| self.ids.own(Of::Number, id).into());
        map.iter().map(|(k, v)| (k.clone(), if k == "id" { id(v) } else { v.clone() })).collect()
    }

    /// The value of an `Authorization` header that an example describes.
    async fn credential(&mut self, described: &str) -> String {
        let (word, what) = described.split_once(" <").expect("a word and a token");
        let what = what.trim_end_matches('>');
        let id = what.split_once("user ").and_then(|(_, rest)| rest.split(',').next()?.parse::<usize>().ok());
        let mine = self.s.tokens(self.user_of(id.unwrap_or(1))).await;
        let token = match what.split(':').next().unwrap_or_default() {
            "refresh token" => mine.refresh,
            "access token" | "JWT" => mine.access,
            "JWT, signed with another key" => {
                self.s.sealed_elsewhere(r#"{"alg":"HS256","typ":"JWT"}"#, &Server::claims(&mine.access))
            }
            "JWT, alg none" => self.s.sealed(r#"{"alg":"none","typ":"JWT"}"#, &Server::claims(&mine.access)),
            "JWT, exp in the past" => self.s.forged(&mine.access, &json!({"exp": world::NOW - 1})),
            "JWT, nbf ahead" => self.s.forged(&mine.access, &json!({"nbf": world::NOW + 60})),
            "JWT, sub 4711" => self.s.forged(&mine.access, &json!({"sub": 4711})),
            "JWT, no sub" => self.s.forged(&mine.access, &json!({"sub": null})),
            other => panic!("no idea what <{other}> is"),
        };
        format!("{word} {token}")
    }

    /// A token that an example names in a path.
    async fn link_token(&mut self, described: &str) -> String {
        let good = self.link.clone().unwrap_or_default();
        let foreign = |token: &str| self.s.sealed_elsewhere(r#"{"alg":"HS256","typ":"JWT"}"#, &Server::claims(token));
        match described.trim_end_matches('>') {
            "reset token: user 1" | "reset token: user 1, used" => good,
            "reset token, expired" => self.s.forged(&good, &json!({"exp": world::NOW - 1})),
            "reset token, signed with another key" => foreign(&good),
            "reset token: unknown user" => self.s.forged(&good, &json!({"user_id": 4711})),
            "access token" => self.s.tokens(self.user_of(1)).await.access,
            other => panic!("no idea what <{other}> is"),
        }
    }

    /// The token in the newest mail.
    pub async fn mailed(&mut self) {
        let mails = self.s.app.messages().list(&self.s.system(self.org), 1).await.expect("the mails");
        let text = &mails[0].text_body;
        let token = text.split("token=").nth(1).and_then(|rest| rest.split_whitespace().next());
        self.link = token.map(str::to_owned);
    }
}
