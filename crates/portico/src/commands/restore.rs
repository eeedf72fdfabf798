//! `portico restore`: restores a backup into an empty data directory.

use std::{
    fs::{self, File},
    io,
    path::{Component, Path},
};

use app::App;
use db::{Db, PostgresOptions};
use kernel::{Clock, Random};

use super::backup::{FILES, KEYS, MANIFEST, Manifest, SQLITE, Scratch, TABLES};
use crate::{
    cli::Restore,
    config::{Config, Database, Storage},
    failure::{Failure, Outcome},
    install::{self, Install, Schema, data_dir, keys_path},
    lock::DataLock,
};

/// Restores it: keys, and the database. An older schema is brought up to date.
///
/// # Errors
/// When the data directory or the database is not empty, or the file is no whole backup; nothing is changed then.
pub async fn run(config: Config, args: Restore) -> Outcome {
    data_dir(&config)?;
    let _lock = DataLock::take(&config.data.dir)?;
    let keys = keys_path(&config);
    if keys.exists() {
        return Err(Failure::new(format_args!("{} is not empty: there are keys.", config.data.dir.display())));
    }
    if let Storage::Directory(folder) = &config.storage
        && fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
    {
        return Err(Failure::new(format_args!("{} is not empty: there are files.", folder.display())));
    }
    let scratch = Scratch::beside(&config.data.dir.join("restore"))
        .map_err(|e| Failure::because("Cannot write into the data directory", e))?;
    let manifest = unpack(&args.file, &scratch.0)?;
    let has_files = fs::read_dir(scratch.0.join(FILES)).is_ok_and(|mut entries| entries.next().is_some());
    if has_files && matches!(config.storage, Storage::S3(_)) {
        return Err(Failure::new("The backup holds files; set PORTICO_STORAGE_URL to a directory for them."));
    }
    match (&config.database, manifest.database.as_str()) {
        (Database::Sqlite(path), "sqlite") => sqlite(path, &scratch.0)?,
        // Tables go back into the schema they came from.
        (Database::Postgres(_), "postgres") if manifest.schema != db::schema_version() => {
            return Err(Failure::new(format_args!(
                "The backup has schema {}. Restore it with Portico {}, then upgrade.",
                manifest.schema, manifest.version
            )));
        }
        (Database::Postgres(url), "postgres") => postgres(url.expose(), &scratch.0).await?,
        (_, other) => {
            return Err(Failure::new(format_args!(
                "The backup is of a {other} database; set PORTICO_DATABASE_URL to one of that kind."
            )));
        }
    }
    if let Storage::Directory(folder) = &config.storage {
        install::storage(&config)?;
        files(&scratch.0.join(FILES), folder)
            .map_err(|e| Failure::because(format_args!("Cannot write into {}", folder.display()), e))?;
    }
    // The keys come last: with them the install is whole.
    place(&scratch.0.join(KEYS), &keys).map_err(|e| Failure::because("Cannot write the keys", e))?;
    let public_url = config.server.public_url(config.server.listen);
    Install::with(&config, Schema::Migrate, &public_url).await?.app.close().await;
    say!("Restored the backup of {} (Portico {}).", manifest.made_at, manifest.version)?;
    Ok(())
}

/// Takes the archive apart; only names that a backup has.
fn unpack(file: &Path, to: &Path) -> Outcome<Manifest> {
    let cannot = |e: io::Error| Failure::because(format_args!("Cannot read {}", file.display()), e);
    let mut archive = tar::Archive::new(io::BufReader::new(File::open(file).map_err(cannot)?));
    fs::create_dir(to.join(TABLES)).map_err(cannot)?;
    for entry in archive.entries().map_err(cannot)? {
        let mut entry = entry.map_err(cannot)?;
        let name = entry.path().map_err(cannot)?.into_owned();
        let plain = name.components().all(|c| matches!(c, Component::Normal(_)));
        let known = [MANIFEST, SQLITE, KEYS].iter().any(|k| name == Path::new(k)) || name.starts_with(TABLES);
        let known = known || name.starts_with(FILES) && name.components().count() == 3;
        if plain && known && entry.header().entry_type().is_file() {
            if let Some(shelf) = name.parent() {
                fs::create_dir_all(to.join(shelf)).map_err(cannot)?;
            }
            let mut out = File::create(to.join(&name)).map_err(cannot)?;
            io::copy(&mut entry, &mut out).and_then(|_| out.sync_all()).map_err(cannot)?;
        }
    }
    let whole = fs::read(to.join(MANIFEST)).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let incomplete = || Failure::new(format_args!("{} is no whole backup of Portico.", file.display()));
    let manifest: Manifest = whole.ok_or_else(incomplete)?;
    if !to.join(KEYS).exists() {
        return Err(incomplete());
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(to.join(KEYS), mode).map_err(cannot)?;
    }
    Ok(manifest)
}

/// Moves the files of a backup to their place.
fn files(from: &Path, to: &Path) -> io::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    for shelf in fs::read_dir(from)? {
        let shelf = shelf?;
        let there = to.join(shelf.file_name());
        fs::create_dir_all(&there)?;
        for file in fs::read_dir(shelf.path())? {
            let file = file?;
            place(&file.path(), &there.join(file.file_name()))?;
        }
    }
    Ok(())
}

fn sqlite(path: &Path, from: &Path) -> Outcome {
    if path.exists() {
        return Err(Failure::new(format_args!("There is a database at {} already.", path.display())));
    }
    place(&from.join(SQLITE), path).map_err(|e| Failure::because(format_args!("Cannot write {}", path.display()), e))
}

/// Moves a file, also to another file system: there it is whole or not at all.
fn place(from: &Path, to: &Path) -> io::Result<()> {
    if fs::rename(from, to).is_ok() {
        return Ok(());
    }
    let new = to.with_extension("restoring");
    fs::copy(from, &new)?;
    File::open(&new)?.sync_all()?;
    fs::rename(new, to)
}

async fn postgres(url: &str, from: &Path) -> Outcome {
    let random = Random::System;
    let app = App::new(Db::postgres(url, PostgresOptions::default(), &random)?, Clock::System, random, "");
    app.migrate().await?;
    app.close().await;
    db::dump::load(url, &from.join(TABLES)).await.map_err(|e| match e {
        kernel::Error::Conflict(_) => Failure::new("The database is not empty."),
        e => e.into(),
    })
}
