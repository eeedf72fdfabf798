//! A small world for tests of doors: a fresh database, a clock that stands still, seeded randomness, two organizations
//! with named people, and the real server around it all. Nothing is mocked: requests go through [`portico_http::Front`]
//! and people sign in at the door.
//!
//! ```ignore
//! world::tests! { crate::open =>
//!     async fn staff_may_not_list_properties(w: World) {
//!         w.get("/api/properties").by(&w.home.staff).await.expect(401);
//!     }
//! }
//! ```
//!
//! Every body becomes two tests, one for each database.

mod call;
mod place;
mod server;
mod sign;
mod token;

use std::ops::Deref;

use db::{
    Dialect,
    testing::{Image, TestDb},
};
use tokio::sync::OnceCell;

pub use axum;
pub use call::{Answer, Call, form};
pub use db;
pub use place::{PASSWORD, Person, Place};
pub use server::{Kit, NOW, Server, Tokens, now};
pub use sign::{ORIGIN, Program, Signing};

/// A server with two settled organizations.
pub struct World {
    /// The server.
    pub server: Server,
    /// The organization that tests are about; the first one of the install.
    pub home: Place,
    /// Another one, with the same people and things under other ids.
    pub other: Place,
}

#[operations::compiled_here]
impl World {
    /// A new world on a new database.
    pub async fn new(dialect: Dialect, kit: Kit) -> Self {
        // Settled once, and copied for each test: places are settled by the core alone, so which door it is does not matter.
        static SETTLED: [OnceCell<Settled>; 2] = [const { OnceCell::const_new() }; 2];
        let settle = async || {
            let Self { server, home, other } = Self::on(Server::new(dialect, kit).await).await;
            Settled { image: server.db.into_image().await, home, other }
        };
        let settled = SETTLED[usize::from(dialect == Dialect::Postgres)].get_or_init(settle).await;
        let server = Server::of_filled(TestDb::copy_of(&settled.image).await, kit);
        Self { server, home: settled.home.clone(), other: settled.other.clone() }
    }

    /// The same on a server that was made otherwise.
    pub async fn on(server: Server) -> Self {
        let home = Place::settle(&server, "home").await;
        let other = Place::settle(&server, "other").await;
        Self { server, home, other }
    }
}

struct Settled {
    image: Image,
    home: Place,
    other: Place,
}

impl Deref for World {
    type Target = Server;
    fn deref(&self) -> &Server {
        &self.server
    }
}

/// Writes one test for each database from one body; `$open` makes what the body gets from a [`Dialect`].
#[macro_export]
macro_rules! tests {
    ($open:path => $($(#[$m:meta])* async fn $name:ident($w:ident: $t:ty) $body:block)*) => {
        mod on_sqlite { $($(#[$m])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::bodies::$name($open($crate::db::Dialect::Sqlite).await).await; })* }
        mod on_postgres { $($(#[$m])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if $crate::db::testing::dialects().contains(&$crate::db::Dialect::Postgres) {
                    super::bodies::$name($open($crate::db::Dialect::Postgres).await).await;
                }
            })* }
        mod bodies { #[allow(unused_imports)] use super::*; $(pub async fn $name($w: $t) $body)* }
    };
}
