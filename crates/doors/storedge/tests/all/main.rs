//! The door as its clients see it: the real server on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod examples;
mod money;
mod portal;
mod signatures;
mod small;
mod tenants;
mod wire;

use db::Dialect;
use kernel::{PropertyId, Scope};
use serde_json::Value;
use uuid::Uuid;
use world::{Kit, Program, World, axum, db};

/// This door, behind a configured address.
const KIT: Kit = Kit {
    door: kernel::Door::Storedge,
    entrances: |identity| vec![storedge::entrance(identity, Some(world::ORIGIN))],
    sign_in: "",
    tokens: |_| None,
};

/// A settled world with a program that may do everything.
pub struct Site {
    /// The world.
    pub world: World,
    /// It signs.
    pub program: Program,
    /// The property it is about: the harbour.
    pub property: PropertyId,
    /// Its uid.
    pub facility: Uuid,
}

impl std::ops::Deref for Site {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

impl Site {
    /// A path below the facility.
    pub fn at(&self, path: &str) -> String {
        format!("/v1/{}{path}", self.facility)
    }

    /// Calls and answers the body of a 200.
    pub async fn fetch(&self, path: &str) -> Value {
        self.get(self.at(path)).signed(&self.program).await.expect(200)
    }

    /// Calls with a body of JSON.
    pub async fn send(&self, method: axum::http::Method, path: &str, body: &Value) -> world::Answer {
        self.request(method, self.at(path)).json(body).signed(&self.program).await
    }
}

async fn open(dialect: Dialect) -> Site {
    settled(World::new(dialect, KIT).await).await
}

async fn settled(world: World) -> Site {
    let program = world.program(world.home.org, &Scope::ALL, None).await;
    let facility = uid_of(&world, world.home.org, world.home.harbour).await;
    Site { property: world.home.harbour, world, program, facility }
}

/// The uid of a property.
async fn uid_of(world: &World, org: kernel::OrgId, id: PropertyId) -> Uuid {
    world.write(org, async move |w| w.one(db::sql!("SELECT uid FROM property WHERE id = $1", id)).await).await
}

/// The error of an answer: status and number.
fn error(answer: &world::Answer) -> (u16, Value) {
    let body = answer.json();
    assert_eq!(body.as_object().map(|o| o.len()), Some(1), "meta alone: {body}");
    assert_eq!(body["meta"]["status_code"], answer.status);
    (answer.status, body["meta"]["error_code"].clone())
}
