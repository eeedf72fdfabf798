//! The door as its clients see it: the real server on both databases.

mod back;
mod calls;
mod client;
mod contacts;
mod dashboard;
mod examples;
mod forms;
mod fuzz;
mod leases;
mod openapi;
mod passwords;
mod properties;
mod queries;
mod races;
mod rights;
mod sign_in;
mod tenants;
mod tickets;
mod tokens;
mod users;
mod wire;

use db::Dialect;
use serde_json::Value;
use world::{Kit, Server, Tokens, World, db};

/// This door.
const KIT: Kit = Kit {
    door: kernel::Door::Dwellingly,
    entrances: |identity| vec![dwellingly::entrance(identity).cors(portico_http::Cors::any())],
    sign_in: "/api/login",
    tokens: |answer| {
        let token = |key: &str| answer[key].as_str().map(str::to_owned);
        Some(Tokens { access: token("access_token")?, refresh: token("refresh_token")? })
    },
};

/// A settled world.
async fn open(dialect: Dialect) -> World {
    World::new(dialect, KIT).await
}

/// A server where nothing is.
async fn empty(dialect: Dialect) -> Server {
    Server::new(dialect, KIT).await
}

/// The examples of the reference.
fn examples() -> Vec<Value> {
    serde_json::from_str(include_str!("../examples.json")).expect("a list of examples")
}
