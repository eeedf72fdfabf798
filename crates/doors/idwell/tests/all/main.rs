//! The door as its clients see it: the real server on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod fuzz;
mod lists;
mod phones;
mod places;
mod races;
mod rights;
mod token;
mod users;
mod wire;

use app::oauth2::GrantType;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use db::{Dialect, sql};
use identity::{Credential, oauth2::NewClient};
use kernel::{OrgId, Scope, UnitId};
use portico_http::{Limiter, Rate};
use serde_json::{Value, json};
use world::{Answer, Call, Kit, PASSWORD, Person, World, axum::http::header, db};

/// This door, where it is reached under a configured address.
const KIT: Kit = Kit {
    door: kernel::Door::Idwell,
    entrances: |identity| {
        vec![idwell::entrance(identity, Some("https://portico.example/"), Limiter::new(Rate::per_second(1_000), None))]
    },
    sign_in: "",
    tokens: |_| None,
};

const TOKEN: &str = "/api/oauth/token/";
const USERS: &str = "/api/idwell/v1/users/";

/// A settled world of which the first organization is in Austria, with a program.
pub struct Site {
    world: World,
    program: Credential,
    /// Three flats of the first organization, in the harbour; nobody has them.
    flats: [i64; 3],
    /// One of the other organization.
    foreign_flat: i64,
    admin: String,
    manager: String,
}

impl std::ops::Deref for Site {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

async fn open(dialect: Dialect) -> Site {
    let world = World::new(dialect, KIT).await;
    let (home, other) = (world.home.org, world.other.org);
    world
        .write(home, async move |w| {
            w.execute(sql!("UPDATE organization SET calling_code = '43', country = 'AT' WHERE id = $1", home)).await
        })
        .await;
    let program = client(&world, home, &[GrantType::Password, GrantType::RefreshToken]).await;
    let mut flats = [0; 3];
    for (flat, number) in flats.iter_mut().zip(["Top 1", "Top 2", "Top 3"]) {
        *flat = unit(&world, home, world.home.harbour, number).await.get();
    }
    let foreign_flat = unit(&world, other, world.other.harbour, "Top 1").await.get();
    let mut site = Site { world, program, flats, foreign_flat, admin: String::new(), manager: String::new() };
    site.admin = site.token_of(&site.home.admin).await;
    site.manager = site.token_of(&site.home.manager).await;
    site
}

/// A program with these ways to tokens.
async fn client(world: &World, org: OrgId, grants: &[GrantType]) -> Credential {
    let scopes = vec![Scope::Read, Scope::Write];
    let new = NewClient { name: "Accounts".to_owned(), grants: grants.to_vec(), scopes, properties: None };
    world.identity.oauth2().create_client(&world.system(org), new).await.unwrap()
}

async fn unit(world: &World, org: OrgId, property: kernel::PropertyId, number: &'static str) -> UnitId {
    world
        .write(org, async move |w| {
            let building: i64 = w
                .one(sql!("SELECT min(id) FROM building WHERE org_id = $1 AND property_id = $2", org, property))
                .await?;
            w.one(sql!(
                "INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
                w.uid(),
                org,
                property,
                building,
                number,
                w.now()
            ))
            .await
        })
        .await
}

fn basic(client: &Credential) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", client.key, client.secret)))
}

impl Site {
    /// Asks for tokens.
    fn ask<'w>(&'w self, client: &Credential, form: &Value) -> Call<'w> {
        self.post(TOKEN).header(header::AUTHORIZATION, &basic(client)).form(form)
    }

    async fn by_password(&self, name: &str, password: &str) -> Answer {
        let form = json!({"grant_type": "password", "username": name, "password": password});
        self.ask(&self.program, &form).await
    }

    async fn token_of(&self, person: &Person) -> String {
        let answer = self.by_password(&person.email, PASSWORD).await.expect(200);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    async fn make(&self, body: Value) -> Answer {
        self.post(USERS).bearer(&self.admin).json(&body).await
    }

    /// Makes a user, who must be right.
    async fn made(&self, body: Value) -> Value {
        self.make(body).await.expect(201)
    }

    /// A dweller of the first flat with this address.
    async fn dweller(&self, email: &str) -> Value {
        self.made(json!({"email": email, "first_name": "Dora", "role": "dweller", "flats": [self.flats[0]]})).await
    }

    async fn change(&self, user: &Value, body: Value) -> Answer {
        self.patch(at(user)).bearer(&self.admin).json(&body).await
    }

    async fn read(&self, user: &Value) -> Value {
        self.get(at(user)).bearer(&self.admin).await.expect(200)
    }

    async fn fetch(&self, path: &str) -> Answer {
        self.get(path).bearer(&self.admin).await
    }

    /// Their ids, as a list shows them.
    async fn listed(&self, query: &str) -> Vec<i64> {
        let page = self.fetch(&format!("{USERS}?{query}")).await.expect(200);
        page["results"].as_array().unwrap().iter().map(|u| u["id"].as_i64().unwrap()).collect()
    }

    /// How many changes there are.
    async fn changes_so_far(&self) -> usize {
        self.changes(self.home.org).await.len()
    }
}

/// The path of a user.
fn at(user: &Value) -> String {
    format!("{USERS}{}/", user["id"])
}

/// The fields that a 400 names.
#[track_caller]
fn faulty(answer: &Answer) -> Vec<String> {
    let body = answer.expect(400);
    let fields = body.as_object().unwrap();
    for texts in fields.values() {
        assert!(texts.as_array().is_some_and(|t| !t.is_empty() && t.iter().all(Value::is_string)), "{body}");
    }
    fields.keys().cloned().collect()
}
