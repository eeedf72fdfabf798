//! The configuration: defaults ⊕ `portico.toml` ⊕ `PORTICO_*` environment ⊕ flags.
//!
//! What can be set is one table, [`SETTINGS`]; the reference for operators is made from it. [`Config`] is what the
//! program reads: typed, checked, one struct a section.

mod layers;
mod parse;
mod reference;
mod secret;
mod settings;
#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use portico_http::{Cidr, Cors, ForwardedHeader, Proxies, Rate};

pub use layers::{File, Sources};
use layers::{Layers, Shown};
pub use parse::Sender;
pub use reference::reference;
pub use secret::Secret;
pub use settings::{SETTINGS, Setting};

use crate::failure::{Failure, Outcome};

/// Everything that was configured.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens and how it is seen from outside.
    pub server: Server,
    /// Where it keeps what is its own.
    pub data: Data,
    /// Which database.
    pub database: Database,
    /// Where files go.
    pub storage: Storage,
    /// How mail leaves.
    pub mail: Mail,
    /// Where limits are counted.
    pub limits: Limits,
    /// What is logged, and how.
    pub log: Log,
    shown: Vec<Shown>,
}

/// Where the server listens and how it is seen from outside.
#[derive(Clone, Debug)]
pub struct Server {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where access points ask, when they may.
    pub radius: Option<SocketAddr>,
    /// Where they tell which devices they saw, when that is not the port after.
    pub radius_accounting: Option<SocketAddr>,
    /// The address that links in mails begin with, without a slash at its end. When absent it is where the server
    /// listens.
    pub public_url: Option<String>,
    /// Proxies whose word about a client's address counts.
    pub trusted_proxies: Vec<Cidr>,
    /// The header they write.
    pub forwarded_header: ForwardedHeader,
    /// Origins whose pages may call the APIs; `None` is any.
    pub cors_origins: Option<Vec<String>>,
    /// How long requests may go on after the signal to stop.
    pub shutdown_grace: Duration,
}

impl Server {
    /// For [`portico_http::Kit`].
    #[must_use]
    pub fn proxies(&self) -> Proxies {
        Proxies::new(self.trusted_proxies.clone(), self.forwarded_header)
    }

    /// For the entrances of doors that pages of other origins may call.
    #[must_use]
    pub fn cors(&self) -> Cors {
        self.cors_origins.as_deref().map_or_else(Cors::any, Cors::only)
    }

    /// The address that links begin with, once it is known where the server listens.
    #[must_use]
    pub fn public_url(&self, listening: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.clone(),
            None if listening.ip().is_unspecified() => format!("http://localhost:{}", listening.port()),
            None => format!("http://{listening}"),
        }
    }
}

/// Where the server keeps what is its own.
#[derive(Clone, Debug)]
pub struct Data {
    /// The data directory.
    pub dir: PathBuf,
    /// The file with the install's keys, when it is not inside the data directory.
    pub keys_file: Option<PathBuf>,
}

/// Which database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A server, with everything its driver understands.
    Postgres(Secret),
}

/// Where files go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// A directory.
    Directory(PathBuf),
    /// S3 or what speaks like it.
    S3(Secret),
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The mail server. Without one mails stay in the outbox.
    pub smtp: Option<Secret>,
    /// Who mails are from.
    pub from: Sender,
}

/// Where limits are counted.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Redis, for several servers that count together.
    pub redis: Option<Secret>,
    /// How many calls each program gets answered that comes with OAuth 2.0 tokens.
    pub calls: Rate,
}

/// What is logged, and how.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// What, in the syntax of `tracing`'s `EnvFilter`; when absent each command decides.
    pub filter: Option<String>,
    /// How.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// Text for people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Reads all layers and checks every value.
    ///
    /// # Errors
    /// All that is wrong, with key path and where it was set.
    pub fn load(sources: Sources) -> Outcome<Self> {
        let mut layers = Layers::merge(sources);
        let dir: PathBuf = layers.required("data.dir", parse::path);
        let config = Self {
            server: Server {
                listen: layers.required("server.listen", parse::listen),
                radius: layers.optional("server.radius", parse::listen),
                radius_accounting: layers.optional("server.radius_accounting", parse::listen),
                public_url: layers.optional("server.public_url", parse::public_url),
                trusted_proxies: layers.list("server.trusted_proxies", str::parse),
                forwarded_header: layers.required("server.forwarded_header", str::parse),
                cors_origins: Some(layers.list("server.cors_origins", parse::origin)).filter(|list| !list.is_empty()),
                shutdown_grace: layers.required("server.shutdown_grace", parse::seconds),
            },
            database: layers
                .optional("database.url", parse::database)
                .unwrap_or_else(|| Database::Sqlite(dir.join("portico.db"))),
            storage: layers
                .optional("storage.url", parse::storage)
                .unwrap_or_else(|| Storage::Directory(dir.join("files"))),
            mail: Mail {
                smtp: layers.optional("mail.smtp_url", |s| parse::secret_url(s, &["smtp", "smtps"])),
                from: layers.required("mail.from", parse::sender),
            },
            limits: Limits {
                redis: layers.optional("limits.redis_url", |s| parse::secret_url(s, &["redis", "rediss"])),
                calls: layers.required("limits.calls_per_second", parse::calls),
            },
            log: Log {
                filter: layers.optional("log.filter", parse::log_filter),
                format: layers.required("log.format", parse::log_format),
            },
            data: Data { keys_file: layers.optional("data.keys_file", parse::path), dir },
            shown: layers.shown(),
        };
        let faults = layers.faults();
        if faults.is_empty() {
            Ok(config)
        } else {
            Err(Failure::because("The configuration is wrong", faults.join("; ")))
        }
    }

    /// Every setting with its value, secrets masked, and where it came from; for `doctor` and the log.
    pub fn shown(&self) -> impl Iterator<Item = (&'static str, &str, &str)> {
        self.shown.iter().map(|s| (s.key, s.value.as_str(), s.from.as_str()))
    }
}

impl Data {
    /// Makes the data directory when it is missing, for its owner's eyes only.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self) -> Outcome {
        make_private(&self.dir)
            .map_err(|e| Failure::because(format_args!("Cannot make the data directory {}", self.dir.display()), e))
    }
}

#[cfg(unix)]
fn make_private(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
fn make_private(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)
}
