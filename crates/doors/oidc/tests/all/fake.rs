//! A provider that answers whatever a test wants, over TCP.

use std::sync::{Arc, Mutex, OnceLock};

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use kernel::Random;
use rsa::{
    RsaPrivateKey,
    pkcs1::EncodeRsaPrivateKey as _,
    rand_core::{self, CryptoRng, RngCore},
    traits::PublicKeyParts as _,
};
use serde_json::{Value, json};
use world::axum;

/// What it answers.
#[derive(Clone)]
pub struct Answers {
    pub document: Value,
    pub keys: Value,
    pub token: (u16, String),
    /// The forms that came to the token endpoint, with their `Authorization`.
    pub forms: Vec<(Option<String>, String)>,
    /// How often the document and the keys were asked for.
    pub asked: (u32, u32),
}

/// A running provider.
#[derive(Clone)]
pub struct Fake {
    pub issuer: String,
    answers: Arc<Mutex<Answers>>,
}

/// A key pair.
pub struct Pair {
    pub sign: EncodingKey,
    pub n: String,
}

/// The provider's own pair, and one of somebody else.
pub fn pairs() -> &'static [Pair; 2] {
    static PAIRS: OnceLock<[Pair; 2]> = OnceLock::new();
    PAIRS.get_or_init(|| [make(2048, 1), make(2048, 2)])
}

pub fn make(bits: usize, seed: u64) -> Pair {
    let key = RsaPrivateKey::new(&mut Source(Random::seeded(seed)), bits).unwrap();
    let n = URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
    Pair { sign: EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes()), n }
}

/// A public key as a provider shows it.
pub fn jwk(kid: &str, pair: &Pair) -> Value {
    json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": pair.n, "e": "AQAB"})
}

/// A token with these parts.
pub fn token(header: &Value, claims: &Value, algorithm: Algorithm, key: &EncodingKey) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let signature = crypto::sign(text.as_bytes(), key, algorithm).unwrap();
    format!("{text}.{signature}")
}

impl Fake {
    /// Starts it.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let document = json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
        });
        let keys = json!({"keys": [jwk("own", &pairs()[0]), {"kty": "what", "kid": "strange"}]});
        let answers = Answers { document, keys, token: (500, String::new()), forms: Vec::new(), asked: (0, 0) };
        let made = Self { issuer, answers: Arc::new(Mutex::new(answers)) };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(document_of))
            .route("/jwks", get(keys_of))
            .route("/token", post(token_of))
            .with_state(made.clone());
        tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        made
    }

    /// Changes what it answers, or looks.
    pub fn with<R>(&self, f: impl FnOnce(&mut Answers) -> R) -> R {
        f(&mut self.answers.lock().unwrap())
    }

    /// Gives this id token for the next code.
    pub fn give(&self, id_token: &str) {
        self.with(|a| a.token = (200, json!({"id_token": id_token, "token_type": "Bearer"}).to_string()));
    }
}

async fn document_of(State(fake): State<Fake>) -> String {
    fake.with(|a| {
        a.asked.0 += 1;
        a.document.to_string()
    })
}

async fn keys_of(State(fake): State<Fake>) -> String {
    fake.with(|a| {
        a.asked.1 += 1;
        a.keys.to_string()
    })
}

async fn token_of(State(fake): State<Fake>, headers: axum::http::HeaderMap, body: String) -> Response {
    let authorization = headers.get("authorization").map(|v| v.to_str().unwrap().to_owned());
    let (status, text) = fake.with(|a| {
        a.forms.push((authorization, body));
        a.token.clone()
    });
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("location", "http://127.0.0.1:1/elsewhere")], text).into_response()
}

struct Source(Random);

impl RngCore for Source {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.0.bytes())
    }
    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.0.bytes())
    }
    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.iter_mut().for_each(|b| *b = self.0.bytes::<1>()[0]);
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Source {}
