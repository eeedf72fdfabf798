//! An install: its data directory, keys and database, opened.

use std::path::PathBuf;

use app::{App, Storage, Vault};
use db::{Db, PostgresOptions};
use identity::{FreeTries, Identity, Keys, Passwords};
use kernel::{Caller, Clock, OrgId, Random};

use crate::{
    config::{self, Config, Database},
    failure::{Failure, Outcome},
};

/// The failures in a row at which waiting begins, at Dwellingly's door and on the pages (its rule D21).
pub const FREE_TRIES: FreeTries = FreeTries { login: 5, address: 50 };

/// What is behind every command that works on an install.
pub struct Install {
    /// The application.
    pub app: App,
    /// Signing in.
    pub identity: Identity,
}

/// What to do about a schema that is not the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Bring it up to date.
    Migrate,
    /// Make it in an empty database; an older one is the operator's to migrate.
    MakeOrRefuse,
    /// Refuse one that is not the newest.
    Refuse,
}

impl Install {
    /// Opens an install that is there already, for a command beside the server.
    ///
    /// # Errors
    /// When the data directory is not one, or the database is not reachable or not current.
    pub async fn open(config: &Config) -> Outcome<Self> {
        if let Database::Sqlite(path) = &config.database
            && !path.exists()
        {
            return Err(Failure::new(format_args!("There is no database at {}.", path.display())));
        }
        Self::with(config, Schema::Refuse, &config.server.public_url(config.server.listen)).await
    }

    /// Opens an install, making what is missing.
    ///
    /// # Errors
    /// What is in the way, in one line.
    pub async fn with(config: &Config, schema: Schema, public_url: &str) -> Outcome<Self> {
        let random = Random::System;
        let keys = keys(config, &random)?;
        let db = database(config, &random)?;
        let app = App::new(db, Clock::System, random.clone(), public_url)
            .with_storage(storage(config)?)
            .with_vault(Vault::new(keys.wifi_key().as_bytes()));
        let pending = app.pending_migrations().await?;
        let fresh = pending.len() == db::SCHEMA.len();
        match schema {
            _ if pending.is_empty() => {}
            Schema::Migrate => drop(app.migrate().await?),
            Schema::MakeOrRefuse if fresh => drop(app.migrate().await?),
            Schema::MakeOrRefuse | Schema::Refuse => {
                let steps = pending.join(", ");
                return Err(Failure::new(format_args!(
                    "The database schema is not current (missing: {steps}). Run `portico migrate` first."
                )));
            }
        }
        app.bind_keys(&keys.fingerprint()).await.map_err(|e| match e {
            kernel::Error::Conflict("foreign_keys") => Failure::new(
                "The keys do not belong to this database: it was used with another key file. Set PORTICO_KEYS_FILE or restore it.",
            ),
            e => e.into(),
        })?;
        let identity = Identity::new(app.clone(), Passwords::new(random), &keys, FREE_TRIES);
        Ok(Self { app, identity })
    }

    /// The operator as a caller for one organization, the first one unless another is asked for.
    ///
    /// # Errors
    /// When there is no such organization.
    pub async fn operator(&self, organization: Option<i64>) -> Outcome<Caller> {
        let all = self.app.organizations().list(&self.app.system(OrgId::new(0))).await?;
        let found = match organization {
            Some(id) => all.iter().find(|o| o.id.get() == id),
            None => all.first(),
        };
        let none = || match organization {
            Some(id) => Failure::new(format_args!("There is no organization {id}.")),
            None => Failure::new("There is no organization yet. Make one with `portico organization create`."),
        };
        Ok(self.app.system(found.ok_or_else(none)?.id))
    }
}

/// Where the install's keys are.
#[must_use]
pub fn keys_path(config: &Config) -> PathBuf {
    config.data.keys_file.clone().unwrap_or_else(|| config.data.dir.join("keys"))
}

/// Makes the data directory when it is missing, for the owner's eyes only.
///
/// # Errors
/// When it cannot be made.
pub fn data_dir(config: &Config) -> Outcome {
    let dir = &config.data.dir;
    let made = if dir.exists() { Ok(()) } else { create_private(dir) };
    made.map_err(|e| Failure::because(format_args!("Cannot make the data directory {}", dir.display()), e))
}

fn create_private(dir: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// The install's keys, made when there are none.
///
/// # Errors
/// When they can be neither read nor made.
pub fn keys(config: &Config, random: &Random) -> Outcome<Keys> {
    data_dir(config)?;
    Keys::load_or_create(&keys_path(config), random).map_err(Failure::new)
}

/// The place for files. A directory is made when it is missing.
///
/// # Errors
/// When it cannot be made or the setting cannot be used.
pub fn storage(config: &Config) -> Outcome<Storage> {
    let opened = match &config.storage {
        config::Storage::Directory(path) => Storage::directory(path),
        config::Storage::S3(url) => Storage::from_url(url.expose()),
    };
    opened.map_err(|e| Failure::because("The setting storage.url is wrong", e))
}

fn database(config: &Config, random: &Random) -> Outcome<Db> {
    match &config.database {
        Database::Sqlite(path) => Db::sqlite(path, random)
            .map_err(|e| Failure::because(format_args!("Cannot open the database {}", path.display()), e)),
        Database::Postgres(url) => Ok(Db::postgres(url.expose(), PostgresOptions::default(), random)?),
    }
}
