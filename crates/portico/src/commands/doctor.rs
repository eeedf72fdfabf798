//! `portico doctor`: checks the deployment and shows every setting.

use std::path::Path;

use db::{Db, PostgresOptions};
use identity::Keys;
use kernel::{Clock, OrgId, Random};

use crate::{
    config::{self, Config, Database},
    failure::{Failure, Outcome},
    install::{self, keys_path},
};

/// Prints what was found, a line a check: `ok`, `note` (works, but look at it) or `FAIL`.
///
/// # Errors
/// When a check failed.
pub async fn run(config: Config) -> Outcome {
    say!("Settings")?;
    for (key, value, from) in config.shown() {
        say!("  {key} = {value}  ({from})")?;
    }
    say!("Checks")?;
    let mut report = Report::default();
    let dir = &config.data.dir;
    report.check("data directory", data_dir(dir));
    let keys = keys(&keys_path(&config));
    let fingerprint = keys.as_ref().ok().map(|(_, fingerprint)| fingerprint.clone());
    report.check("keys", keys.map(|(finding, _)| finding));
    match open(&config) {
        Ok(app) => {
            database(&app, &mut report, fingerprint).await;
            app.close().await;
        }
        Err(why) => report.check("database", Err(why)),
    }
    report.check("files", files(&config).await);
    report.check(
        "public address",
        Ok(match &config.server.public_url {
            Some(url) if url.starts_with("https://") => Finding::Ok(url.clone()),
            Some(url) => Finding::Note(format!("{url} is not https; links in mails begin with it")),
            None => Finding::Note("not set: links in mails begin with where the server listens".to_owned()),
        }),
    );
    report.check(
        "mail server",
        Ok(match &config.mail.smtp {
            Some(_) => Finding::Ok("set".to_owned()),
            None => Finding::Note("not set: mails stay in the outbox (`portico mail list`)".to_owned()),
        }),
    );
    match (report.unread, report.failed) {
        (Some(unread), _) => Err(unread),
        (None, 0) => Ok(()),
        (None, n) => Err(Failure::new(format_args!("{n} of the checks failed."))),
    }
}

enum Finding {
    Ok(String),
    Note(String),
}

#[derive(Default)]
struct Report {
    failed: usize,
    /// Why the report could not be printed.
    unread: Option<Failure>,
}

impl Report {
    fn check(&mut self, what: &str, found: Result<Finding, String>) {
        self.failed += usize::from(found.is_err());
        let (word, text) = match found {
            Ok(Finding::Ok(text)) => ("ok  ", text),
            Ok(Finding::Note(text)) => ("note", text),
            Err(why) => ("FAIL", why),
        };
        if let Err(unread) = say!("  {word}  {what}: {text}") {
            self.unread.get_or_insert(unread);
        }
    }
}

fn data_dir(dir: &Path) -> Result<Finding, String> {
    let shown = dir.display();
    let meta = std::fs::metadata(dir).map_err(|e| format!("{shown}: {e}"))?;
    if !meta.is_dir() {
        return Err(format!("{shown} is no directory"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o077 != 0 {
        return Ok(Finding::Note(format!("{shown} can be looked into by others on this machine")));
    }
    Ok(Finding::Ok(shown.to_string()))
}

async fn files(config: &Config) -> Result<Finding, String> {
    if let config::Storage::Directory(path) = &config.storage
        && !path.exists()
    {
        return Ok(Finding::Note(format!("{} is missing; the first `portico serve` makes it", path.display())));
    }
    let storage = install::storage(config).map_err(|e| e.to_string())?;
    storage.check().await?;
    Ok(Finding::Ok(match storage.folder() {
        Some(folder) => folder.display().to_string(),
        None => "S3 answers".to_owned(),
    }))
}

fn keys(path: &Path) -> Result<(Finding, String), String> {
    if !path.exists() {
        return Err(format!("{} is missing; the first `portico serve` makes it", path.display()));
    }
    let keys = Keys::load_or_create(path, &Random::System).map_err(|e| e.to_string())?;
    let fingerprint = keys.fingerprint();
    Ok((Finding::Ok(format!("fingerprint {fingerprint}")), fingerprint))
}

fn open(config: &Config) -> Result<app::App, String> {
    let random = Random::System;
    let db = match &config.database {
        Database::Sqlite(path) if !path.exists() => return Err(format!("there is none at {}", path.display())),
        Database::Sqlite(path) => Db::sqlite(path, &random),
        Database::Postgres(url) => Db::postgres(url.expose(), PostgresOptions::default(), &random),
    };
    Ok(app::App::new(db.map_err(|e| e.to_string())?, Clock::System, random, ""))
}

async fn database(app: &app::App, report: &mut Report, fingerprint: Option<String>) {
    let pending = app.pending_migrations().await;
    let current = pending.as_ref().is_ok_and(Vec::is_empty);
    report.check(
        "database",
        pending.map_err(|e| e.to_string()).and_then(|pending| match pending.as_slice() {
            [] => Ok(Finding::Ok(format!("answers, schema {}", db::schema_version()))),
            steps => Err(format!("the schema is not current (missing: {}); run `portico migrate`", steps.join(", "))),
        }),
    );
    if !current {
        return;
    }
    if let Some(fingerprint) = fingerprint {
        let bound = app.bind_keys(&fingerprint).await;
        let fits = bound.map(|()| Finding::Ok("belong to this database".to_owned()));
        report.check("keys and database", fits.map_err(|e| format!("the keys are of another install ({e})")));
    }
    let all = app.organizations().list(&app.system(OrgId::new(0))).await;
    report.check(
        "organizations",
        all.map_err(|e| e.to_string()).map(|all| match all.len() {
            0 => Finding::Note("none yet: `portico organization create`".to_owned()),
            n => Finding::Ok(n.to_string()),
        }),
    );
    let queue = app.jobs().queue(&app.system(OrgId::new(0))).await;
    report.check(
        "work behind the scenes",
        queue.map_err(|e| e.to_string()).map(|kinds| {
            let (due, dead) = kinds.iter().fold((0, 0), |(due, dead), q| (due + q.due, dead + q.dead));
            if dead > 0 {
                Finding::Note(format!("{due} due, {dead} given up"))
            } else {
                Finding::Ok(format!("{due} due"))
            }
        }),
    );
}
