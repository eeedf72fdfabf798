//! What people do in Portico: one folder a feature, each with its operations and rules (`mod.rs`) and its SQL
//! (`store.rs`). All doors call these operations; every decision is made here, so all doors agree.
//!
//! An operation authorises, loads, applies rules, stores, notes a change, and commits once. A public method opens the
//! transaction; the free function beside it does the work and can be called by other operations.

pub mod access;
pub mod account;
pub mod audience;
pub mod building;
pub mod change;
pub mod client;
pub mod community;
pub mod contact_card;
pub mod desk;
pub mod directory;
pub mod document;
pub mod emergency_contact;
pub mod event;
pub mod faq;
pub mod file;
pub mod generate;
pub mod import;
pub mod invitation;
pub mod invite;
pub mod job;
pub mod ledger;
pub mod login;
pub mod me;
pub mod message;
pub mod moves;
pub mod notification;
pub mod oauth2;
pub mod office;
pub mod oidc;
pub mod organization;
pub mod passkey;
pub mod person;
pub mod portal;
pub mod post;
pub mod property;
pub mod resident;
pub mod sandbox;
pub mod seal;
pub mod search;
pub mod staff;
pub mod tenancy;
pub mod ticket;
pub mod ticket_type;
pub mod unit;
pub mod user;
pub mod wifi;

mod dashboard;
mod diff;
mod face;
mod filter;
mod group;
mod install;
mod once;
pub mod order;
mod reference;
mod vault;

use std::{path::Path, sync::Arc};

use db::{Db, Lane, Read, Write};
use kernel::{Actor, Caller, Clock, Instant, OrgId, Random, Result};

pub use dashboard::{Counts, Dashboard, Dashboards, Manager, Widgets};
pub use db::{Dialect, PostgresOptions, testing, work};
pub use filter::Filter;
pub use storage::Storage;
pub use vault::Vault;

/// The application: what every door holds. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    db: Db,
    clock: Clock,
    random: Random,
    public_url: String,
    storage: Option<Storage>,
    vault: Option<Vault>,
    kept_numbers: desk::Kept,
}

#[operations::compiled_here]
impl App {
    /// Puts the application on a database. `public_url` is where people reach it, without a slash at the end; mailed
    /// links begin with it.
    #[must_use]
    pub fn new(db: Db, clock: Clock, random: Random, public_url: &str) -> Self {
        Self(Arc::new(Inner {
            db,
            clock,
            random,
            public_url: public_url.trim_end_matches('/').to_owned(),
            storage: None,
            vault: None,
            kept_numbers: desk::Kept::default(),
        }))
    }

    /// The same application with a place for files; without one they are refused.
    #[must_use]
    pub fn with_storage(self, storage: Storage) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.storage = Some(storage);
        Self(Arc::new(inner))
    }

    /// Where files are, if it was said.
    #[must_use]
    pub fn storage(&self) -> Option<&Storage> {
        self.0.storage.as_ref()
    }

    /// The same application with the keys of secrets; without them nothing about passphrases can be done.
    #[must_use]
    pub fn with_vault(self, vault: Vault) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.vault = Some(vault);
        Self(Arc::new(inner))
    }

    /// The keys of secrets.
    pub(crate) fn vault(&self) -> Result<Vault> {
        self.0.vault.clone().ok_or(kernel::Error::Unavailable("there are no keys for secrets"))
    }

    /// What the first page of the desk counted lately.
    pub(crate) fn kept_numbers(&self) -> &desk::Kept {
        &self.0.kept_numbers
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The source of random bits.
    #[must_use]
    pub fn random(&self) -> &Random {
        &self.0.random
    }

    /// Where people reach this install, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.0.public_url
    }

    /// The server itself as a caller, now.
    #[must_use]
    pub fn system(&self, org: OrgId) -> Caller {
        Caller::system(org, self.now())
    }

    /// Runs an operation that reads, after the caller's credential was looked up in the same snapshot.
    ///
    /// For operations that live beside `app` (signing in); everything else has its method.
    ///
    /// # Errors
    /// What the credential or the operation answers.
    pub async fn read<R, F>(&self, caller: &Caller, f: F) -> Result<R>
    where
        F: AsyncFnOnce(&Read, &Actor) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        let run = async move |r: &Read| {
            let actor = access::resolve(r).await?;
            f(r, &actor).await
        };
        self.0.db.read(caller, run).await
    }

    /// Runs an operation that writes, after the caller's credential was looked up in the same transaction.
    ///
    /// # Errors
    /// What the credential or the operation answers.
    pub async fn write<R, F>(&self, caller: &Caller, f: F) -> Result<R>
    where
        F: AsyncFn(&Write, &Actor) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        self.write_in(Lane::Interactive, caller, f).await
    }

    pub(crate) async fn write_in<R, F>(&self, lane: Lane, caller: &Caller, f: F) -> Result<R>
    where
        F: AsyncFn(&Write, &Actor) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        let run = async move |w: &Write| {
            let actor = access::resolve(w).await?;
            f(w, &actor).await
        };
        self.0.db.write_in(lane, caller, run).await
    }

    /// Brings the schema up to date; answers the names of the migrations applied.
    ///
    /// # Errors
    /// As [`Db::migrate`].
    pub async fn migrate(&self) -> Result<Vec<&'static str>> {
        self.0.db.migrate().await
    }

    /// The names of the migrations still to be applied.
    ///
    /// # Errors
    /// As [`Db::pending`].
    pub async fn pending_migrations(&self) -> Result<Vec<&'static str>> {
        self.0.db.pending().await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ready(&self) -> Result<()> {
        self.0.db.ready(&self.system(OrgId::new(0))).await
    }

    /// Bytes in SQLite's write-ahead log.
    #[must_use]
    pub fn wal_bytes(&self) -> u64 {
        self.0.db.wal_bytes()
    }

    /// Copies a consistent SQLite database into a new file while others work.
    ///
    /// # Errors
    /// As [`Db::copy_to`].
    pub async fn copy_database(&self, to: &Path) -> Result<()> {
        self.0.db.copy_to(to).await
    }

    /// Which database it is on.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.0.db.dialect()
    }

    /// Finishes what was taken and ends all database threads.
    pub async fn close(&self) {
        self.0.db.close().await;
    }
}

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident: $t:ty;)*) => {
        impl App { $($(#[$doc])* #[must_use] pub const fn $name(&self) -> $t { <$t>::new(self) })* }
    };
}
handles! {
    /// People with a staff role, and those who wait for one.
    staff: staff::Staff<'_>;
    /// People who live in, or own, a unit.
    residents: resident::Residents<'_>;
    /// Who lives where, and until when.
    tenancies: tenancy::Tenancies<'_>;
    /// Who lives with those residents.
    households: tenancy::Households<'_>;
    /// People as customers of a property.
    accounts: account::Accounts<'_>;
    /// Sites with units.
    properties: property::Properties<'_>;
    /// People, units and properties, page by page.
    directory: directory::Directory<'_>;
    /// Staff and residents in one list.
    users: user::Users<'_>;
    /// Houses of properties.
    buildings: building::Buildings<'_>;
    /// What is let or owned.
    units: unit::Units<'_>;
    /// What tenancies cost, and what was paid.
    ledgers: ledger::Ledgers<'_>;
    /// Whose passphrases there are, and what joins with them.
    wifi: wifi::Wifi<'_>;
    /// The portals in which residents see to that.
    portals: portal::Portals<'_>;
    /// Moving in and out, as the desk does it.
    moves: moves::Moves<'_>;
    /// Lists that come in and go out.
    imports: import::Imports<'_>;
    /// What the desk chooses from.
    office: office::Offices<'_>;
    /// Requests and their answers.
    tickets: ticket::Tickets<'_>;
    /// Files, and what holds them.
    files: file::Files<'_>;
    /// Forms for them.
    ticket_types: ticket_type::TicketTypes<'_>;
    /// What a person has of communities.
    communities: community::Communities<'_>;
    /// Announcements.
    posts: post::Posts<'_>;
    /// What happens, when and where.
    events: event::Events<'_>;
    /// Who is responsible for what.
    contact_cards: contact_card::ContactCards<'_>;
    /// What is often asked.
    faq: faq::Faqs<'_>;
    /// Invitations into a community.
    invites: invite::Invites<'_>;
    /// The caller as themselves.
    me: me::Me<'_>;
    /// Keys that people sign in with.
    passkeys: passkey::Passkeys<'_>;
    /// Who is told of what.
    notifications: notification::Notifications<'_>;
    /// Documents of a property.
    documents: document::Documents<'_>;
    /// Public contacts for emergencies.
    emergency_contacts: emergency_contact::EmergencyContacts<'_>;
    /// Numbers at a glance.
    dashboard: Dashboards<'_>;
    /// What the staff work with.
    desk: desk::Desk<'_>;
    /// Everything, by its words.
    search: search::Search<'_>;
    /// Outgoing mail.
    messages: message::Messages<'_>;
    /// Work after a commit.
    jobs: job::Jobs<'_>;
    /// The organizations of this install.
    organizations: organization::Organizations<'_>;
    /// Programs that call.
    clients: client::Clients<'_>;
    /// What happened in a community.
    timeline: change::Timelines<'_>;
    /// What happened.
    changes: change::Changes<'_>;
}

/// Makes the handle of a feature: a borrowed [`App`] with the feature's operations on it.
macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name<'a>(&'a crate::App);
        impl<'a> $name<'a> {
            pub(crate) const fn new(app: &'a crate::App) -> Self { Self(app) }
        }
    };
}
pub(crate) use handle;
