//! `portico backup`: copies database, files and keys into one file, while the server runs.
//!
//! The file is a tar archive: `portico-backup.json`, `keys`, either `portico.db` or `tables/…`, and `files/…` where files
//! are in a directory. Files on S3 have their own backup.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use app::Storage;
use serde::{Deserialize, Serialize};

use crate::{
    cli::Backup,
    config::{self, Config, Database},
    failure::{Failure, Outcome},
    install::{Install, keys_path},
};

/// What is in the archive.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The Portico that made it.
    pub(crate) version: String,
    /// The newest migration of its schema.
    pub(crate) schema: String,
    /// `sqlite` or `postgres`.
    pub(crate) database: String,
    /// When, UTC.
    pub(crate) made_at: String,
}

pub(crate) const MANIFEST: &str = "portico-backup.json";
pub(crate) const SQLITE: &str = "portico.db";
pub(crate) const TABLES: &str = "tables";
pub(crate) const KEYS: &str = "keys";
pub(crate) const FILES: &str = "files";

/// Makes the backup. It holds the keys: whoever has it can sign in as anybody, so only its owner can read it.
///
/// # Errors
/// When the file is there already, or the database or the disk fails; no half file stays.
pub async fn run(config: Config, args: Backup) -> Outcome {
    let install = Install::open(&config).await?;
    let to = &args.file;
    let cannot = |e: io::Error| Failure::because(format_args!("Cannot write {}", to.display()), e);
    let work = Scratch::beside(to).map_err(cannot)?;
    let file = private(to).map_err(cannot)?;
    let made = pack(&config, &install, file, &work.0).await;
    install.app.close().await;
    if made.is_err() {
        let _ = fs::remove_file(to);
    }
    let bytes = made?;
    say!("{} holds the backup, {:.1} MB.", to.display(), bytes as f64 / 1e6)?;
    if matches!(config.storage, config::Storage::S3(_)) {
        say!("Files are on S3 and not in it: back up the bucket as well, after this.")?;
    }
    Ok(())
}

async fn pack(config: &Config, install: &Install, file: File, work: &Path) -> Outcome<u64> {
    let cannot = |e: io::Error| Failure::because("Cannot write the backup", e);
    let mut tar = tar::Builder::new(io::BufWriter::new(file));
    tar.mode(tar::HeaderMode::Deterministic);
    let database = match &config.database {
        Database::Sqlite(_) => {
            let copy = work.join(SQLITE);
            install.app.copy_database(&copy).await?;
            tar.append_path_with_name(&copy, SQLITE).map_err(cannot)?;
            "sqlite"
        }
        Database::Postgres(url) => {
            for path in db::dump::dump(url.expose(), work).await? {
                let name = Path::new(TABLES).join(path.file_name().unwrap_or_default());
                tar.append_path_with_name(&path, name).map_err(cannot)?;
            }
            "postgres"
        }
    };
    // After the database: bytes outlive their row by a day, so what it knows is there.
    if let Some(folder) = install.app.storage().and_then(Storage::folder) {
        append_files(&mut tar, folder).map_err(cannot)?;
    }
    tar.append_path_with_name(keys_path(config), KEYS).map_err(cannot)?;
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema: db::schema_version().to_owned(),
        database: database.to_owned(),
        made_at: install.app.now().to_string(),
    };
    // Last: an archive with it is whole.
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| cannot(e.into()))?;
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, MANIFEST, text.as_slice()).map_err(cannot)?;
    let mut out = tar.into_inner().map_err(cannot)?;
    out.flush().map_err(cannot)?;
    let file = out.into_inner().map_err(|e| cannot(e.into_error()))?;
    file.sync_all().map_err(cannot)?;
    Ok(file.metadata().map_err(cannot)?.len())
}

fn append_files<W: io::Write>(tar: &mut tar::Builder<W>, folder: &Path) -> io::Result<()> {
    for shelf in fs::read_dir(folder)? {
        let shelf = shelf?;
        if !shelf.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(shelf.path())? {
            let file = file?;
            // What is being written has a `#` in its name.
            if file.file_name().to_string_lossy().contains('#') {
                continue;
            }
            match File::open(file.path()) {
                Ok(mut open) => {
                    let name = Path::new(FILES).join(shelf.file_name()).join(file.file_name());
                    tar.append_file(name, &mut open)?;
                }
                // Its row was deleted long ago.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
    }
    Ok(())
}

/// A new file that only its owner can read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A folder for the time of one command.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    /// Beside `file`, where there is room for it, and for its owner's eyes only.
    pub(crate) fn beside(file: &Path) -> io::Result<Self> {
        let name = format!(".{}.{}", file.file_name().unwrap_or_default().to_string_lossy(), std::process::id());
        let path = file.parent().unwrap_or(Path::new("")).join(name);
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
