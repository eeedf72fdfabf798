//! `portico demo`: serves a sandbox.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use app::{
    App,
    sandbox::{self, Sandbox, User},
};
use db::Db;
use identity::{Credential, Identity, Keys, Passwords};
use kernel::{Clock, Random, Scope};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    cli::Demo,
    config::{Config, Database},
    failure::{Failure, Outcome},
    install::{self, FREE_TRIES, Install, Schema, data_dir},
    lock::DataLock,
    server,
};

/// What outsiders read to try the sandbox: `demo.json` in its directory. A part appears when its door exists.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    base_url: String,
    organization: Organization,
    pages: Pages,
    dwellingly: Dwellingly,
    storedge: Storedge,
}

/// Who signs in on the pages, one of each kind.
#[derive(Debug, Serialize, Deserialize)]
struct Pages {
    admin: SignIn,
    staff: SignIn,
    tenant: SignIn,
    owner: SignIn,
}

#[derive(Debug, Serialize, Deserialize)]
struct Organization {
    id: i64,
    uid: String,
    name: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Dwellingly {
    users: Vec<SignIn>,
    property_id: i64,
    tenant_id: i64,
    ticket_id: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Storedge {
    facility_id: Uuid,
    consumer_key: String,
    consumer_secret: String,
    tenant: PortalTenant,
    tenant_without_portal_account: PlainTenant,
}

#[derive(Debug, Serialize, Deserialize)]
struct PortalTenant {
    id: Uuid,
    account_number: i64,
    username: String,
    password: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct PlainTenant {
    id: Uuid,
    account_number: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct SignIn {
    email: String,
    password: String,
    role: String,
}

impl Storedge {
    fn of(storage: &sandbox::Storage, client: &Credential) -> Self {
        let (tenant, plain) = (&storage.tenant, &storage.without_portal);
        Self {
            facility_id: storage.facility_id,
            consumer_key: client.key.clone(),
            consumer_secret: client.secret.clone(),
            tenant: PortalTenant {
                id: tenant.id,
                account_number: tenant.account_number,
                username: storage.username.clone(),
                password: sandbox::PORTAL_PASSWORD.to_owned(),
            },
            tenant_without_portal_account: PlainTenant { id: plain.id, account_number: plain.account_number },
        }
    }
}

impl Note {
    fn of(sandbox: &Sandbox, client: &Credential) -> Self {
        let sign_in = |u: &User| SignIn { email: u.email.clone(), password: u.password.clone(), role: u.role.clone() };
        let o = &sandbox.organization;
        let of = |role: &str| sandbox.users.iter().find(|u| u.role == role).unwrap_or(&sandbox.community.tenant);
        Self {
            base_url: String::new(),
            organization: Organization { id: o.id.get(), uid: o.uid.to_string(), name: o.name.clone() },
            pages: Pages {
                admin: sign_in(of("admin")),
                staff: sign_in(of("staff")),
                tenant: sign_in(&sandbox.community.tenant),
                owner: sign_in(&sandbox.community.owner),
            },
            dwellingly: Dwellingly {
                users: sandbox.users.iter().map(sign_in).collect(),
                property_id: sandbox.property_id.get(),
                tenant_id: sandbox.tenant_id.get(),
                ticket_id: sandbox.ticket_id.get(),
            },
            storedge: Storedge::of(&sandbox.storage, client),
        }
    }

    fn read(path: &Path) -> Outcome<Self> {
        let text = fs::read_to_string(path)
            .map_err(|e| Failure::because(format_args!("Cannot read {}", path.display()), e))?;
        serde_json::from_str(&text).map_err(|e| {
            Failure::because(
                format_args!("{} is damaged; `portico demo --reset` makes a new sandbox", path.display()),
                e,
            )
        })
    }

    /// Whole or not at all: a script may be waiting for it.
    fn write(&self, path: &Path) -> Outcome {
        let write = || -> io::Result<()> {
            let new = path.with_extension("json.new");
            let mut file = fs::File::create(&new)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&new, path)
        };
        write().map_err(|e| Failure::because(format_args!("Cannot write {}", path.display()), e))
    }
}

/// Makes the sandbox when there is none, and serves it.
///
/// # Errors
/// What kept it from starting, or that requests were cut off.
pub async fn run(mut config: Config, args: Demo) -> Outcome {
    // The sandbox may be thrown away and its people are made up: it never touches another database, and mails nobody.
    let path = config.data.dir.join("portico.db");
    config.database = Database::Sqlite(path.clone());
    config.mail.smtp = None;
    let note = config.data.dir.join("demo.json");
    prepare(&config, &path, &note, args.reset).await?;
    server::run(config, Schema::Migrate, async move |_: &Install, base_url: &str| {
        let mut told = Note::read(&note)?;
        told.base_url = base_url.to_owned();
        told.write(&note)?;
        greet(&told, &note);
        Ok(())
    })
    .await
}

/// Fills the sandbox under the lock of its directory, before the server takes it.
async fn prepare(config: &Config, path: &Path, note: &Path, reset: bool) -> Outcome {
    data_dir(config)?;
    let _lock = DataLock::take(&config.data.dir)?;
    // A note is written last: without one the sandbox was never whole.
    if reset || !note.exists() {
        forget(path, note)?;
        let keys = install::keys(config, &Random::System)?;
        fill(path, &keys).await?.write(note)?;
    }
    Ok(())
}

fn forget(path: &Path, note: &Path) -> Outcome {
    let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", path.display()));
    for file in [note.to_owned(), path.to_owned(), beside("-wal"), beside("-shm")] {
        match fs::remove_file(&file) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::because(format_args!("Cannot remove {}", file.display()), e));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A seeded source makes the same sandbox each time; the server then opens the database with the system's.
async fn fill(path: &Path, keys: &Keys) -> Outcome<Note> {
    let seeded = Random::seeded(1);
    let db = Db::sqlite(path, &seeded)?;
    let app = App::new(db, Clock::System, seeded, "");
    app.migrate().await?;
    let passwords = Passwords::new(Random::System);
    let hash = passwords.hash(sandbox::PASSWORD.to_owned()).await?;
    let portal = passwords.hash(sandbox::PORTAL_PASSWORD.to_owned()).await?;
    let identity = Identity::new(app.clone(), passwords, keys, FREE_TRIES);
    let filled = async {
        let sandbox = sandbox::fill(&app, app.now(), &hash, &portal).await?;
        // A program that calls for the first organization.
        let caller = app.system(sandbox.organization.id);
        let client = identity.create_client(&caller, "Sandbox program", &Scope::ALL, None).await?;
        Ok(Note::of(&sandbox, &client))
    };
    let note = filled.await;
    app.close().await;
    note
}

fn greet(told: &Note, note: &Path) {
    println!("The sandbox of {} is ready. Sign in with:", told.organization.name);
    for u in &told.dwellingly.users {
        println!("  {:<28} {:<8} {}", u.email, u.password, u.role);
    }
    println!("Everything a script needs is in {}.", note.display());
}
