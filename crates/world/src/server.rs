//! The server on a database of its own.

use std::{collections::HashMap, sync::Mutex};

use app::App;
use axum::http::{Method, header};
use db::{Dialect, sql, testing::TestDb};
use identity::{FreeTries, Identity, Keys, Passwords, SecretKey};
use kernel::{Caller, Clock, Door, Instant, OrgId, PersonId, Random};
use portico_http::{Entrance, Front, Kit as HttpKit};
use serde_json::Value;

use crate::{Call, Person};

/// When it always is, until the clock is moved: 2026-11-21T16:28:40Z, in seconds.
pub const NOW: i64 = 1_795_278_520;

/// [`NOW`] as an instant.
#[must_use]
pub const fn now() -> Instant {
    Instant::from_secs(NOW)
}

/// The two tokens of a sign-in.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Sent with every request.
    pub access: String,
    /// Gets new access tokens.
    pub refresh: String,
}

/// The door under test.
#[derive(Clone, Copy)]
pub struct Kit {
    /// Which one it is.
    pub door: Door,
    /// Its entrances.
    pub entrances: fn(Identity) -> Vec<Entrance>,
    /// Where people sign in, with `email` and `password` as JSON.
    pub sign_in: &'static str,
    /// Finds the tokens in the answer.
    pub tokens: fn(&Value) -> Option<Tokens>,
}

/// A server without organizations.
pub struct Server {
    /// The application.
    pub app: App,
    /// Passwords and tokens, hashed weakly.
    pub identity: Identity,
    /// The clock.
    pub clock: Clock,
    /// The database.
    pub db: TestDb,
    pub(crate) front: Front,
    pub(crate) kit: Kit,
    pub(crate) key: SecretKey,
    signed_in: Mutex<HashMap<PersonId, (Instant, Tokens)>>,
}

const PUBLIC_URL: &str = "https://portico.example";
const SEED: u8 = 1;

/// Access tokens may live for as little as 15 minutes; signing in again before that spares tests surprises.
const FRESH: i64 = 600;

#[operations::compiled_here]
impl Server {
    /// A new server on a new database.
    pub async fn new(dialect: Dialect, kit: Kit) -> Self {
        Self::at(dialect, kit, PUBLIC_URL, SEED).await
    }

    /// The same at another public address, with keys and randomness of its own for each `seed` up to 200.
    pub async fn at(dialect: Dialect, kit: Kit, public_url: &str, seed: u8) -> Self {
        Self::of(TestDb::new(dialect).await, kit, public_url, seed, u64::from(seed))
    }

    /// A server on a database that is filled already. Its randomness is not that by which it was filled.
    pub(crate) fn of_filled(db: TestDb, kit: Kit) -> Self {
        Self::of(db, kit, PUBLIC_URL, SEED, 1000)
    }

    fn of(db: TestDb, kit: Kit, public_url: &str, seed: u8, randomness: u64) -> Self {
        let (clock, random) = (Clock::manual(now()), Random::seeded(randomness));
        let keys = Keys::new(SecretKey::new([seed + 6; 32]));
        let app = App::new(db.db.clone(), clock.clone(), random.clone(), public_url)
            .with_storage(app::Storage::in_memory())
            .with_vault(app::Vault::new(keys.wifi_key().as_bytes()));
        let tries = FreeTries { login: 5, address: 50 };
        let identity = Identity::new(app.clone(), Passwords::weak_for_tests(random.clone()), &keys, tries);
        let http = HttpKit { clock: clock.clone(), random, ..HttpKit::default() };
        let front = Front::new(http, (kit.entrances)(identity.clone()));
        let (key, signed_in) = (keys.token_key(), Mutex::default());
        Self { app, identity, clock, db, front, kit, key, signed_in }
    }

    /// Serves over TCP, for those who call from outside.
    pub fn serve(&self, listener: tokio::net::TcpListener) -> tokio::task::JoinHandle<()> {
        let front = tower::make::Shared::new(self.front.clone());
        tokio::spawn(async move {
            let _ = axum::serve(listener, front).await;
        })
    }

    /// The server itself as a caller.
    #[must_use]
    pub fn system(&self, org: OrgId) -> Caller {
        self.app.system(org)
    }

    /// Begins a request.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Call<'_> {
        Call::new(self, method, path.into())
    }

    /// Begins a GET request.
    pub fn get(&self, path: impl Into<String>) -> Call<'_> {
        self.request(Method::GET, path)
    }

    /// Begins a POST request.
    pub fn post(&self, path: impl Into<String>) -> Call<'_> {
        self.request(Method::POST, path)
    }

    /// Begins a PUT request.
    pub fn put(&self, path: impl Into<String>) -> Call<'_> {
        self.request(Method::PUT, path)
    }

    /// Begins a PATCH request.
    pub fn patch(&self, path: impl Into<String>) -> Call<'_> {
        self.request(Method::PATCH, path)
    }

    /// Begins a DELETE request.
    pub fn delete(&self, path: impl Into<String>) -> Call<'_> {
        self.request(Method::DELETE, path)
    }

    /// Signs somebody in at the door.
    ///
    /// # Panics
    /// When the door refuses.
    pub async fn sign_in(&self, person: &Person) -> Tokens {
        let body = serde_json::json!({"email": person.email, "password": person.password()});
        let call = self.post(self.kit.sign_in).header(header::HOST, &person.host);
        let answer = call.json(&body).await.expect(200);
        (self.kit.tokens)(&answer).unwrap_or_else(|| panic!("tokens of {}: {answer}", person.email))
    }

    /// The tokens of somebody who is signed in; signs them in when they are not, or not any more.
    pub async fn tokens(&self, person: &Person) -> Tokens {
        let fresh = self.app.now().plus_secs(-FRESH);
        let known = self.signed_in().get(&person.id).filter(|(at, _)| *at > fresh).map(|(_, t)| t.clone());
        if let Some(tokens) = known {
            return tokens;
        }
        let tokens = self.sign_in(person).await;
        self.signed_in().insert(person.id, (self.app.now(), tokens.clone()));
        tokens
    }

    /// Forgets somebody's tokens: the next request signs in anew.
    pub fn forget(&self, person: &Person) {
        self.signed_in().remove(&person.id);
    }

    fn signed_in(&self) -> std::sync::MutexGuard<'_, HashMap<PersonId, (Instant, Tokens)>> {
        self.signed_in.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What happened in an organization, as `action entity-id`.
    ///
    /// # Panics
    /// When the database does not answer.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub async fn changes(&self, org: OrgId) -> Vec<String> {
        let all = self.app.changes().after(&self.system(org), 0, 100_000).await.expect("the changes");
        all.iter().map(|c| format!("{} {}", c.action, c.entity_id)).collect()
    }

    /// How many things happened in an organization.
    ///
    /// # Panics
    /// When the database does not answer.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub async fn changed(&self, org: OrgId) -> usize {
        let count = async move |r: &db::Read| r.one::<i64>(sql!("SELECT seq FROM feed WHERE org_id = $1", org)).await;
        let n = self.db.db.read(&self.system(org), count).await.expect("the feed");
        usize::try_from(n).unwrap_or(0)
    }
}
