//! A browser and a program to test with.

use axum::http::header;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{
    Identity, Secret,
    oidc::{NewClient, NewCredential, Params, Refused, Step},
};
use kernel::{Caller, Door, OrgId};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use world::{Answer, Kit, PASSWORD, Person, World, axum, db::Dialect};

pub const CALLBACK: &str = "https://app.example/callback";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub fn refused(_: &axum::http::HeaderMap, why: Refused) -> axum::response::Response {
    axum::response::IntoResponse::into_response((axum::http::StatusCode::BAD_REQUEST, format!("{why:?}")))
}

pub async fn open(dialect: Dialect) -> World {
    let entrances = |identity: Identity| oidc::entrances(identity, refused);
    World::new(dialect, Kit { door: Door::Casavi, entrances, sign_in: "", tokens: |_| None }).await
}

/// The same in the form of a challenge.
pub fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// A program of an organization.
pub async fn client(w: &World, org: OrgId, public: bool, community: bool) -> NewCredential {
    let new = NewClient {
        name: "Residents".to_owned(),
        redirect_uris: vec![CALLBACK.to_owned()],
        sign_out_uris: vec!["https://app.example/bye".to_owned()],
        public,
        community,
    };
    w.identity.oidc().create_client(&w.system(org), new).await.unwrap()
}

/// Signs in on the pages; answers the cookie.
pub async fn sign_in(w: &World, org: OrgId, who: &Person) -> String {
    let caller = Caller::anonymous(org, Door::Pages, w.app.now());
    let password = Secret(PASSWORD.to_owned());
    w.identity.web_sign_in(&caller, &who.email, password, [127, 0, 0, 1].into(), None).await.unwrap()
}

/// A request with everything, changed by `other`; an empty value takes a parameter out.
pub fn request(client: &NewCredential, other: &[(&str, &str)]) -> Params {
    let challenge = challenge();
    let mut all = vec![
        ("response_type", "code"),
        ("client_id", client.client_id.as_str()),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email offline_access"),
        ("state", "a b&c"),
        ("nonce", "n-1"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    all.retain(|(name, _)| other.iter().all(|(n, _)| n != name));
    all.extend(other.iter().filter(|(_, v)| !v.is_empty()));
    Params(all.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
}

/// Sends a browser to the authorization endpoint; answers where it is sent next.
pub async fn authorize(w: &World, params: &Params, cookie: Option<&str>) -> Answer {
    let call = w.get(format!("/oidc/authorize?{}", params.query()));
    match cookie {
        Some(cookie) => call.header(header::COOKIE, &format!("a=b; user_session={cookie}")).await,
        None => call.await,
    }
}

/// Where an answer leads.
#[track_caller]
pub fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location")
}

/// A value in an address that a program gets.
pub fn value(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
}

/// Says yes on the consent page.
pub async fn allow(w: &World, params: &Params, cookie: &str) {
    let oidc = w.identity.oidc();
    let asked = oidc.consent_asked(params, Some(cookie)).await.unwrap();
    if let Ok(asked) = asked {
        let step = oidc.consent(params, Some(cookie), &asked.csrf, true).await.unwrap();
        assert!(matches!(step, Step::Back(to) if to.starts_with("/oidc/authorize?")));
    }
}

/// Goes all the way to a code.
pub async fn code(w: &World, params: &Params, cookie: &str) -> String {
    allow(w, params, cookie).await;
    let to = location(&authorize(w, params, Some(cookie)).await);
    value(&to, "code").unwrap_or_else(|| panic!("{to}"))
}

/// Calls the token endpoint.
pub async fn token(w: &World, client: &NewCredential, form: &[(&str, &str)]) -> Answer {
    post(w, "/oidc/token", client, form).await
}

/// Calls an endpoint as a program.
pub async fn post(w: &World, path: &str, client: &NewCredential, form: &[(&str, &str)]) -> Answer {
    let mut all: Vec<(&str, &str)> = form.to_vec();
    all.push(("client_id", &client.client_id));
    if let Some(secret) = &client.client_secret {
        all.push(("client_secret", secret));
    }
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    w.post(path).raw("application/x-www-form-urlencoded", body).await
}

/// Gives a code for tokens.
pub async fn redeem(w: &World, client: &NewCredential, code: &str) -> Answer {
    let form =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    token(w, client, &form).await
}

/// Tokens of somebody, all the way.
pub async fn tokens(w: &World, client: &NewCredential, who: &Person) -> Value {
    let cookie = sign_in(w, w.home.org, who).await;
    let code = code(w, &request(client, &[]), &cookie).await;
    redeem(w, client, &code).await.expect(200)
}

pub async fn renew(w: &World, client: &NewCredential, refresh: &str) -> Answer {
    token(w, client, &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await
}

pub async fn userinfo(w: &World, tokens: &Value) -> Answer {
    w.get("/oidc/userinfo").bearer(tokens["access_token"].as_str().unwrap()).await
}

/// The claims of a token, unchecked.
pub fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
