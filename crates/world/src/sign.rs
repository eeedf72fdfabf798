//! Programs that sign their requests. Written after RFC 5849 alone, not after the code under test.

use app::client::Client;
use axum::http::{Method, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{OrgId, PropertyId, Scope};
use sha1::Sha1;

use crate::{Call, Server, call::encoded};

/// The address under which programs sign, unless they say otherwise.
pub const ORIGIN: &str = "https://portico.example";

/// A program with its key and secret.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its key.
    pub key: String,
    /// Its secret.
    pub secret: String,
}

/// What a signature says, for tests that change it.
#[derive(Clone, Debug)]
pub struct Signing {
    /// The address it is made for.
    pub origin: String,
    /// Off the clock, in seconds.
    pub late: i64,
    /// The nonce; a new one where there is none.
    pub nonce: Option<String>,
    /// More parameters of the header.
    pub extra: Vec<(&'static str, String)>,
}

impl Default for Signing {
    fn default() -> Self {
        Self { origin: ORIGIN.to_owned(), late: 0, nonce: None, extra: vec![("oauth_version", "1.0".to_owned())] }
    }
}

#[expect(clippy::expect_used, reason = "for tests")]
#[operations::compiled_here]
impl Server {
    /// Makes a program; it may do everything unless `scopes` or `properties` say less.
    ///
    /// # Panics
    /// When a property is somebody else's.
    pub async fn program(&self, org: OrgId, scopes: &[Scope], properties: Option<Vec<PropertyId>>) -> Program {
        let system = self.system(org);
        let made = self.identity.create_client(&system, "Test App", scopes, properties).await.expect("a program");
        Program { key: made.key, secret: made.secret }
    }

    /// What is stored of a program.
    ///
    /// # Panics
    /// When there is none with this key.
    pub async fn client(&self, org: OrgId, program: &Program) -> Client {
        let all = self.app.clients().list(&self.system(org)).await.expect("the programs");
        all.into_iter().find(|c| c.key == program.key).expect("this program")
    }

    pub(crate) fn nonce(&self) -> String {
        self.app.random().uid(self.app.now()).simple().to_string()
    }
}

impl Call<'_> {
    /// Signed by a program, as its last step: method, address and form must be there.
    pub fn signed(self, program: &Program) -> Self {
        self.signed_as(program, &Signing::default())
    }

    /// The same, with something else than usual in the signature.
    pub fn signed_as(self, program: &Program, signing: &Signing) -> Self {
        let value = self.authorization(program, signing);
        self.header(header::AUTHORIZATION, &value)
    }

    /// The value of the `Authorization` header.
    ///
    /// # Panics
    /// Never.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn authorization(&self, program: &Program, signing: &Signing) -> String {
        let now = self.server.app.now().secs() - signing.late;
        let mut oauth: Vec<(&str, String)> = vec![
            ("oauth_consumer_key", program.key.clone()),
            ("oauth_nonce", signing.nonce.clone().unwrap_or_else(|| self.server.nonce())),
            ("oauth_signature_method", "HMAC-SHA1".to_owned()),
            ("oauth_timestamp", now.to_string()),
        ];
        oauth.extend(signing.extra.iter().cloned());
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let is_form =
            self.headers.get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"application/x-www-form"));
        let form = if is_form { String::from_utf8_lossy(&self.body).into_owned() } else { String::new() };
        let mut pairs: Vec<(String, String)> = oauth.iter().map(|(n, v)| (encoded(n), encoded(v))).collect();
        for text in [query, &form] {
            pairs.extend(text.split('&').filter(|p| !p.is_empty()).map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (encoded(&decoded(name)), encoded(&decoded(value)))
            }));
        }
        pairs.sort();
        let normal: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let address = format!("{}{path}", signing.origin);
        let method: &Method = &self.method;
        let base = format!("{method}&{}&{}", encoded(&address), encoded(&normal.join("&")));
        let key = format!("{}&", encoded(&program.secret));
        let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes every key").chain_update(base);
        oauth.push(("oauth_signature", STANDARD.encode(mac.finalize().into_bytes())));
        let parts: Vec<String> = oauth.iter().map(|(n, v)| format!("{n}=\"{}\"", encoded(v))).collect();
        format!("OAuth {}", parts.join(", "))
    }
}

fn decoded(text: &str) -> String {
    let plain = text.replace('+', " ");
    let mut out = Vec::new();
    let mut bytes = plain.bytes();
    while let Some(b) = bytes.next() {
        if b == b'%' {
            let digits: String = bytes.by_ref().take(2).map(char::from).collect();
            out.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
        } else {
            out.push(b);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
