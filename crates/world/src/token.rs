//! Tokens that nobody got by signing in.

use app::login;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::SecretKey;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use kernel::{Caller, Door, OrgId, PersonId};
use serde_json::{Value, json};

use crate::{Server, Tokens};

/// The header of every good token.
pub const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

impl Server {
    /// A token of this header and payload, signed with the install's key.
    #[must_use]
    pub fn sealed(&self, header: &str, payload: &Value) -> String {
        seal(&self.key, header, payload)
    }

    /// The same, signed with another key.
    #[must_use]
    pub fn sealed_elsewhere(&self, header: &str, payload: &Value) -> String {
        seal(&SecretKey::new([8; 32]), header, payload)
    }

    /// The payload of a token.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn claims(token: &str) -> Value {
        let payload = token.split('.').nth(1).expect("three parts");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
    }

    /// A token with changed claims (null takes one away), signed again.
    #[must_use]
    pub fn forged(&self, token: &str, changes: &Value) -> String {
        let mut claims = Self::claims(token);
        for (key, value) in changes.as_object().into_iter().flatten() {
            match (value, claims.as_object_mut()) {
                (Value::Null, Some(map)) => drop(map.remove(key)),
                (value, Some(map)) => drop(map.insert(key.clone(), value.clone())),
                (_, None) => {}
            }
        }
        self.sealed(HEADER, &claims)
    }

    /// Tokens for a door that never asked whether this person may sign in there; their session is real.
    ///
    /// # Panics
    /// When the person has no login.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub async fn smuggled(&self, org: OrgId, person: PersonId, door: Door) -> Tokens {
        let caller = Caller::anonymous(org, door, self.app.now());
        let begin = async move |w: &db::Write, _: &kernel::Actor| {
            let login = login::of_person(w, person).await?.expect("a login");
            login::begin(w, &login, door, 604_800).await
        };
        let session = self.app.write(&caller, begin).await.expect("a session");
        let now = self.app.now().secs();
        let token = |kind: &str| {
            let claims = json!({"fresh": true, "iat": now, "nbf": now, "exp": now + 900, "type": kind, "sub": person.get(),
                "jti": self.app.random().uid(self.app.now()), "sid": session.id.get(), "org": org.get(), "door": door.as_str(),
                "email": "", "phone": "", "firstName": "", "lastName": ""});
            self.sealed(HEADER, &claims)
        };
        Tokens { access: token("access"), refresh: token("refresh") }
    }
}

#[expect(clippy::expect_used, reason = "for tests")]
fn seal(key: &SecretKey, header: &str, payload: &Value) -> String {
    let head = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload.to_string()));
    let signature = crypto::sign(head.as_bytes(), &EncodingKey::from_secret(key.as_bytes()), Algorithm::HS256);
    format!("{head}.{}", signature.expect("HMAC takes every key"))
}
