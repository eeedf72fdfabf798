//! How each kind of value is read. An error is half a sentence that follows the setting's name; it may quote the value
//! unless that can hold a secret.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use axum::http::Uri;
use kernel::Email;
use portico_http::Rate;
use tracing_subscriber::EnvFilter;

use super::{Database, LogFormat, Secret, Storage};

type Parsed<T> = Result<T, String>;

/// Who mails are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The name shown.
    pub name: Option<String>,
    /// The address.
    pub address: Email,
}

/// As it stands in a mail's head, the name in quotation marks.
impl std::fmt::Display for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => write!(f, "\"{}\" <{}>", name.replace(['"', '\\'], ""), self.address),
            None => self.address.fmt(f),
        }
    }
}

pub(super) fn path(s: &str) -> Parsed<PathBuf> {
    if s.contains('\0') { Err("must not hold a NUL".to_owned()) } else { Ok(PathBuf::from(s)) }
}

pub(super) fn listen(s: &str) -> Parsed<SocketAddr> {
    s.parse().map_err(|_| format!("`{s}` is not an address with a port, like 127.0.0.1:8080"))
}

pub(super) fn seconds(s: &str) -> Parsed<Duration> {
    const MOST: u64 = 3600;
    match s.parse() {
        Ok(seconds) if seconds <= MOST => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("`{s}` is not a whole number of seconds up to {MOST}")),
    }
}

pub(super) fn calls(s: &str) -> Parsed<Rate> {
    const MOST: u32 = 1_000_000;
    match s.parse() {
        Ok(calls @ 1..=MOST) => Ok(Rate::per_second(calls)),
        _ => Err(format!("`{s}` is not a whole number of calls from 1 to {MOST}")),
    }
}

/// `scheme://host[:port]` and nothing else.
fn site(s: &str) -> Parsed<Uri> {
    let wrong = || format!("`{s}` is not an address like https://portico.example.org");
    let uri: Uri = s.parse().map_err(|_| wrong())?;
    let plain = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri
            .authority()
            .is_some_and(|a| !a.host().is_empty() && !a.as_str().contains('@') && !a.as_str().ends_with(':'))
        && uri.path() == "/"
        && uri.query().is_none()
        && !s.contains('#');
    if plain { Ok(uri) } else { Err(wrong()) }
}

pub(super) fn public_url(s: &str) -> Parsed<String> {
    site(s).map(|_| s.trim_end_matches('/').to_owned())
}

/// An origin as browsers send it: small letters, no slash at the end.
pub(super) fn origin(s: &str) -> Parsed<String> {
    site(s)?;
    if s.ends_with('/') { Err(format!("`{s}` must not end with a slash")) } else { Ok(s.to_lowercase()) }
}

pub(super) fn database(s: &str) -> Parsed<Database> {
    match s.split_once(':') {
        Some(("sqlite", file)) => {
            let file = file.strip_prefix("//").unwrap_or(file);
            if file.is_empty() || file == ":memory:" || file.contains('?') {
                return Err("needs the path of a file after `sqlite:`".to_owned());
            }
            path(file).map(Database::Sqlite)
        }
        Some(("postgres" | "postgresql", rest)) if rest.len() > 2 && rest.starts_with("//") => {
            Ok(Database::Postgres(Secret::new(s.to_owned())))
        }
        _ => Err("must begin with `sqlite:` or `postgres://`".to_owned()),
    }
}

pub(super) fn storage(s: &str) -> Parsed<Storage> {
    match s.split_once(':') {
        Some(("file", dir)) => {
            let dir = dir.strip_prefix("//").unwrap_or(dir);
            if dir.is_empty() {
                return Err("needs the path of a directory after `file:`".to_owned());
            }
            path(dir).map(Storage::Directory)
        }
        Some(("s3", bucket)) if bucket.starts_with("//") && !matches!(bucket.get(2..3), None | Some("?" | "/")) => {
            Ok(Storage::S3(Secret::new(s.to_owned())))
        }
        _ => Err("must begin with `file:` or be like `s3://bucket?region=…`".to_owned()),
    }
}

/// An address with one of these schemes and a host; it may hold a password, so it is never quoted.
pub(super) fn secret_url(s: &str, schemes: &[&str]) -> Parsed<Secret> {
    let wrong = || format!("must be like `{}://host`, with `%40` for an `@` in a password", schemes.join("://` or `"));
    let uri: Uri = s.parse().map_err(|_| wrong())?;
    let good = uri.scheme_str().is_some_and(|scheme| schemes.contains(&scheme))
        && uri.host().is_some_and(|host| !host.is_empty());
    if good { Ok(Secret::new(s.to_owned())) } else { Err(wrong()) }
}

pub(super) fn sender(s: &str) -> Parsed<Sender> {
    let wrong = || format!("`{s}` is not like `House Management <portico@example.org>`");
    let (name, address) = match s.trim().strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<').ok_or_else(wrong)?,
        None => ("", s.trim()),
    };
    if name.contains(char::is_control) || address.contains(['<', '>', ',']) {
        return Err(wrong());
    }
    let name = Some(name.trim().trim_matches('"').to_owned()).filter(|n| !n.is_empty());
    Ok(Sender { name, address: Email::parse(address).ok_or_else(wrong)? })
}

pub(super) fn log_filter(s: &str) -> Parsed<String> {
    EnvFilter::try_new(s).map(|_| s.to_owned()).map_err(|e| format!("`{s}` is no log filter: {e}"))
}

pub(super) fn log_format(s: &str) -> Parsed<LogFormat> {
    match s {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("`{s}` is not one of `auto`, `text`, `json`")),
    }
}
