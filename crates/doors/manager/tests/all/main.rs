//! The door as its clients see it: the real server on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod callers;
mod lists;

use db::Dialect;
use identity::Identity;
use kernel::{Door, OrgId, PropertyId, Scope};
use serde_json::{Value, json};
use world::{Answer, Kit, World, axum::http::HeaderName, db};

/// This door.
const KIT: Kit = Kit {
    door: Door::Manager,
    entrances: |identity: Identity| vec![manager::entrance(identity)],
    sign_in: "",
    tokens: |_| None,
};

const TOKEN: HeaderName = HeaderName::from_static("token");

async fn open(dialect: Dialect) -> World {
    World::new(dialect, KIT).await
}

/// A key with its secret.
async fn key(w: &World, org: OrgId, scopes: &[Scope], properties: Option<Vec<PropertyId>>) -> (String, String) {
    let made = w.identity.create_api_key(&w.system(org), "Test", scopes, properties).await.unwrap();
    (made.key, made.secret)
}

/// Asks for a token.
async fn authenticate(w: &World, (key, secret): &(String, String)) -> Answer {
    w.post("/v2/authenticate").json(&json!({"key": key, "secret": secret})).await
}

/// A token of a new key that may read.
async fn token(w: &World, org: OrgId, properties: Option<Vec<PropertyId>>) -> String {
    let pair = key(w, org, &[Scope::Read], properties).await;
    authenticate(w, &pair).await.expect(200)["token"].as_str().unwrap().to_owned()
}

/// Calls with a token.
async fn get(w: &World, token: &str, path: &str) -> Answer {
    w.get(path).header(TOKEN, token).await
}

/// All values of a key in a list.
fn all(answer: &Value, name: &str) -> Vec<Value> {
    answer["list"].as_array().unwrap().iter().map(|row| row[name].clone()).collect()
}
