//! `portico demo`: serves a sandbox.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use app::{
    App, Storage, Vault,
    oauth2::GrantType,
    oidc::{self, NewProvider},
    sandbox::{self, Sandbox, User},
};
use db::Db;
use identity::{
    Credential, Identity, Keys, Passwords, oauth2,
    oidc::{NewClient, NewCredential},
};
use kernel::{Caller, Clock, Random, Result, Scope};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    cli::Demo,
    config::{self, Config, Database},
    failure::{Failure, Outcome},
    install::{self, FREE_TRIES, Install, Schema, data_dir},
    lock::DataLock,
    server,
};

/// Where the sandbox keeps its files, in its directory.
const FILES: &str = "files";
/// Where people who sign in to the sandbox's program are sent back to.
const REDIRECT: &str = "http://127.0.0.1:9999/callback";
/// The key of the provider that the sandbox knows.
const PROVIDER: &str = "sandbox";

/// What outsiders read to try the sandbox: `demo.json` in its directory. A part appears when its door exists.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    base_url: String,
    organization: Organization,
    pages: Pages,
    dwellingly: Dwellingly,
    storedge: Storedge,
    casavi: Casavi,
    idwell: Idwell,
    ruckus: Ruckus,
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

/// A program's credential.
#[derive(Debug, Serialize, Deserialize)]
struct Pair {
    key: String,
    secret: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Storedge {
    facility_id: Uuid,
    consumer_key: String,
    consumer_secret: String,
    tenant: PortalTenant,
    tenant_without_portal_account: PlainTenant,
}

/// Of the second organization, which has phones in Austria.
#[derive(Debug, Serialize, Deserialize)]
struct Idwell {
    client_id: String,
    client_secret: String,
    username: String,
    password: String,
    country_code: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Ruckus {
    property_id: Uuid,
    hashed_secret: String,
    other_property: RuckusProperty,
    admin: RuckusAdmin,
}

#[derive(Debug, Serialize, Deserialize)]
struct RuckusProperty {
    property_id: Uuid,
    hashed_secret: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct RuckusAdmin {
    tenant_id: Uuid,
    client_id: String,
    client_secret: String,
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

#[derive(Debug, Serialize, Deserialize)]
struct Casavi {
    resident: Login,
    manager: Login,
    community_id: i64,
    unit_id: i64,
    ticket_type_id: i64,
    ticket_id: i64,
    invite_token: String,
    oidc: OidcClient,
    manager_api: Pair,
}

#[derive(Debug, Serialize, Deserialize)]
struct Login {
    email: String,
    password: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct OidcClient {
    client_id: String,
    client_secret: String,
    redirect_uri: String,
    provider_key: String,
}

/// What was made beside the sandbox: programs with their secrets.
struct Programs {
    signing: Credential,
    community: NewCredential,
    reader: Credential,
    accounts: Credential,
    desk: Credential,
}

impl Casavi {
    fn of(sandbox: &Sandbox, client: &NewCredential, reader: &Credential) -> Self {
        let login = |u: &User| Login { email: u.email.clone(), password: u.password.clone() };
        let c = &sandbox.community;
        Self {
            resident: login(&c.tenant),
            manager: login(sandbox.users.first().unwrap_or(&c.owner)),
            community_id: c.community_id.get(),
            unit_id: c.unit_id.get(),
            ticket_type_id: c.ticket_type_id.get(),
            ticket_id: c.ticket_id.get(),
            invite_token: c.invite_token.clone(),
            oidc: OidcClient {
                client_id: client.client_id.clone(),
                client_secret: client.client_secret.clone().unwrap_or_default(),
                redirect_uri: REDIRECT.to_owned(),
                provider_key: PROVIDER.to_owned(),
            },
            manager_api: Pair { key: reader.key.clone(), secret: reader.secret.clone() },
        }
    }
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

impl Idwell {
    fn of(admin: &User, client: &Credential) -> Self {
        Self {
            client_id: client.key.clone(),
            client_secret: client.secret.clone(),
            username: admin.email.clone(),
            password: admin.password.clone(),
            country_code: "43".to_owned(),
        }
    }
}

impl Ruckus {
    fn of(wifi: &sandbox::Wifi, tenant_id: Uuid, desk: &Credential) -> Self {
        Self {
            property_id: wifi.property_id,
            hashed_secret: wifi.hashed_secret.clone(),
            other_property: RuckusProperty {
                property_id: wifi.other_property_id,
                hashed_secret: wifi.other_hashed_secret.clone(),
            },
            admin: RuckusAdmin { tenant_id, client_id: desk.key.clone(), client_secret: desk.secret.clone() },
        }
    }
}

impl Note {
    fn of(sandbox: &Sandbox, programs: &Programs) -> Self {
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
            storedge: Storedge::of(&sandbox.storage, &programs.signing),
            casavi: Casavi::of(sandbox, &programs.community, &programs.reader),
            idwell: Idwell::of(&sandbox.other.admin, &programs.accounts),
            ruckus: Ruckus::of(&sandbox.wifi, o.uid, &programs.desk),
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
    if matches!(config.database, Database::Postgres(_)) {
        eprintln!("The sandbox is always on SQLite; the PostgreSQL database that is configured is left alone.");
    }
    config.database = Database::Sqlite(path.clone());
    config.mail.smtp = None;
    config.storage = config::Storage::Directory(config.data.dir.join(FILES));
    let note = config.data.dir.join("demo.json");
    prepare(&config, &path, &note, args.reset).await?;
    server::run(config, Schema::Migrate, async move |_: &Install, base_url: &str| {
        let mut told = Note::read(&note)?;
        told.base_url = base_url.to_owned();
        told.write(&note)?;
        greet(&told, &note)
    })
    .await
}

/// Fills the sandbox under the lock of its directory, before the server takes it.
async fn prepare(config: &Config, path: &Path, note: &Path, reset: bool) -> Outcome {
    data_dir(config)?;
    let _lock = DataLock::take(&config.data.dir)?;
    let files = config.data.dir.join(FILES);
    // A note is written last: without one the sandbox was never whole.
    if reset || !note.exists() {
        forget(path, note, &files)?;
        let keys = install::keys(config, &Random::System)?;
        fill(path, install::storage(config)?, &keys).await?.write(note)?;
    }
    Ok(())
}

fn forget(path: &Path, note: &Path, files: &Path) -> Outcome {
    let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", path.display()));
    for file in [note.to_owned(), path.to_owned(), beside("-wal"), beside("-shm")] {
        match fs::remove_file(&file) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::because(format_args!("Cannot remove {}", file.display()), e));
            }
            _ => {}
        }
    }
    match fs::remove_dir_all(files) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            Err(Failure::because(format_args!("Cannot remove {}", files.display()), e))
        }
        _ => Ok(()),
    }
}

/// A seeded source makes the same sandbox each time; the server then opens the database with the system's.
async fn fill(path: &Path, storage: Storage, keys: &Keys) -> Outcome<Note> {
    let seeded = Random::seeded(1);
    let db = Db::sqlite(path, &seeded)?;
    let vault = Vault::new(keys.wifi_key().as_bytes());
    let app = App::new(db, Clock::System, seeded, "").with_storage(storage).with_vault(vault);
    app.migrate().await?;
    let passwords = Passwords::new(Random::System);
    let hash = passwords.hash(sandbox::PASSWORD.to_owned()).await?;
    let portal = passwords.hash(sandbox::PORTAL_PASSWORD.to_owned()).await?;
    let identity = Identity::new(app.clone(), passwords, keys, FREE_TRIES);
    let filled = async {
        let sandbox = sandbox::fill(&app, app.now(), &hash, &portal).await?;
        let caller = app.system(sandbox.organization.id);
        let programs = programs(&app, &identity, &caller, &app.system(sandbox.other.organization.id)).await?;
        Ok(Note::of(&sandbox, &programs))
    };
    let note = filled.await;
    app.close().await;
    note
}

/// Programs that call for the first organization, a provider at which its residents may sign in, and a program that
/// keeps the users of the other one in step.
async fn programs(app: &App, identity: &Identity, caller: &Caller, other: &Caller) -> Result<Programs> {
    let signing = identity.create_client(caller, "Sandbox program", &Scope::ALL, None).await?;
    let new = NewClient {
        name: "Sandbox app".to_owned(),
        redirect_uris: vec![REDIRECT.to_owned()],
        community: true,
        ..NewClient::default()
    };
    let community = identity.oidc().create_client(caller, new).await?;
    let provider = NewProvider {
        key: PROVIDER.to_owned(),
        name: "Sandbox provider".to_owned(),
        issuer: "http://127.0.0.1:9998".to_owned(),
        client_id: "portico".to_owned(),
        scopes: "openid profile email".to_owned(),
        ..NewProvider::default()
    };
    app.write(caller, async move |w, actor| oidc::add_provider(w, actor, &provider).await).await?;
    let reader = identity.create_api_key(caller, "Sandbox reader", &[Scope::Read], None).await?;
    let new = oauth2::NewClient {
        name: "Sandbox accounts".to_owned(),
        grants: vec![GrantType::Password, GrantType::RefreshToken],
        scopes: vec![Scope::Read, Scope::Write],
        properties: None,
    };
    let accounts = identity.oauth2().create_client(other, new).await?;
    let new = oauth2::NewClient {
        name: "Sandbox WiFi desk".to_owned(),
        grants: vec![GrantType::ClientCredentials],
        scopes: vec![Scope::Wifi],
        properties: None,
    };
    let desk = identity.oauth2().create_client(caller, new).await?;
    Ok(Programs { signing, community, reader, accounts, desk })
}

fn greet(told: &Note, note: &Path) -> Outcome {
    say!("The sandbox of {} is ready. Sign in with:", told.organization.name)?;
    // Whoever waits to be let in has no sign-in yet.
    let staff = told.dwellingly.users.iter().filter(|u| u.role != "pending");
    for u in staff.chain([&told.pages.tenant, &told.pages.owner]) {
        say!("  {:<35} {:<18} {}", u.email, u.password, u.role)?;
    }
    say!("Everything a script needs is in {}.", note.display())
}
