//! What the operator sets: the mail server's address, and the sender.

use std::{fmt, net::IpAddr};

use lettre::{message::Mailbox, transport::smtp::authentication::Credentials};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::mail;

/// What is wrong with a setting. Never holds the setting itself: the address has a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingError(pub(crate) &'static str);

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl std::error::Error for SettingError {}

/// How a connection is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Not at all.
    None,
    /// Plain until `STARTTLS`, which the server must offer.
    StartTls,
    /// From the first byte.
    Tls,
}

/// Where mails are handed over.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) secrecy: Secrecy,
    pub(crate) credentials: Option<Credentials>,
}

impl Server {
    /// Reads `smtp://user:password@host:587` or `smtps://…`. Without `?tls=none|starttls|tls` a connection is plain on
    /// this machine alone.
    pub(crate) fn parse(text: &str) -> Result<Self, SettingError> {
        let bad = |_| SettingError("not an address like smtp://user:password@host:587");
        let url = Url::parse(text).map_err(bad)?;
        let implicit = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => return Err(SettingError("the address begins with neither smtp:// nor smtps://")),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SettingError(
                "something follows host and port; write / ? # and % in a user or password as %2F %3F %23 and %25",
            ));
        }
        let host = url.host_str().filter(|h| !h.is_empty()).ok_or(SettingError("the host is missing"))?;
        let host = Host::parse(host).map_err(bad)?;
        let secrecy = match (tls(&url)?, implicit) {
            (Some(Secrecy::None | Secrecy::StartTls), true) => {
                return Err(SettingError("smtps:// is always encrypted; use smtp:// for tls=none or tls=starttls"));
            }
            (Some(secrecy), _) => secrecy,
            (None, true) => Secrecy::Tls,
            (None, false) if is_loopback(&host) => Secrecy::None,
            (None, false) => Secrecy::StartTls,
        };
        let port = url.port().unwrap_or(match secrecy {
            Secrecy::None => 25,
            Secrecy::StartTls => 587,
            Secrecy::Tls => 465,
        });
        let host = match host {
            Host::Domain(name) => name,
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        Ok(Self { host, port, secrecy, credentials: credentials(&url)? })
    }
}

fn tls(url: &Url) -> Result<Option<Secrecy>, SettingError> {
    let mut found = None;
    for (name, value) in url.query_pairs() {
        found = match (&*name, &*value) {
            ("tls", "none") => Some(Secrecy::None),
            ("tls", "starttls") => Some(Secrecy::StartTls),
            ("tls", "tls") => Some(Secrecy::Tls),
            _ => return Err(SettingError("after the ? there can be tls=none, tls=starttls or tls=tls")),
        };
    }
    Ok(found)
}

fn credentials(url: &Url) -> Result<Option<Credentials>, SettingError> {
    let decode = |s| {
        let text = percent_decode_str(s).decode_utf8().map_err(|_| SettingError("user or password is not UTF-8"))?;
        Ok(text.into_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) => Err(SettingError("there is a password without a user")),
        (_, None) => Err(SettingError("there is a user without a password")),
        (user, Some(password)) => Ok(Some(Credentials::new(decode(user)?, decode(password)?))),
    }
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

/// Reads the sender, `Name <address>` or an address.
pub(crate) fn sender(text: &str) -> Result<Mailbox, SettingError> {
    mail::mailbox(text).ok_or(SettingError("the sender is not like Name <name@host>"))
}

/// The sender where none is set: at the host of the install's public address.
#[must_use]
pub fn default_sender(public_url: &str) -> String {
    let url = Url::parse(public_url).ok();
    let host = url.as_ref().and_then(Url::host_str).filter(|h| !h.starts_with('[') && h.parse::<IpAddr>().is_err());
    format!("Portico <no-reply@{}>", host.unwrap_or("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> (String, u16, Secrecy, Option<Credentials>) {
        let s = Server::parse(url).unwrap_or_else(|e| panic!("{url}: {e}"));
        (s.host, s.port, s.secrecy, s.credentials)
    }

    #[test]
    fn addresses_of_mail_servers() {
        let signed_in = |user: &str, password: &str| Some(Credentials::new(user.to_owned(), password.to_owned()));
        for (url, host, port, secrecy, credentials) in [
            ("smtp://u:p@mail.example:2587", "mail.example", 2587, Secrecy::StartTls, signed_in("u", "p")),
            ("smtp://mail.example", "mail.example", 587, Secrecy::StartTls, None),
            ("smtp://mail.example/?tls=none", "mail.example", 25, Secrecy::None, None),
            ("smtp://mail.example?tls=tls", "mail.example", 465, Secrecy::Tls, None),
            (
                "smtps://me%40b.org:a%2Fb%3F%23%25%3A@mail.example",
                "mail.example",
                465,
                Secrecy::Tls,
                signed_in("me@b.org", "a/b?#%:"),
            ),
            ("smtps://mail.example:1465?tls=tls", "mail.example", 1465, Secrecy::Tls, None),
            ("smtp://localhost:1025", "localhost", 1025, Secrecy::None, None),
            ("smtp://127.0.0.2", "127.0.0.2", 25, Secrecy::None, None),
            ("smtp://[::1]", "::1", 25, Secrecy::None, None),
            ("smtp://localhost?tls=starttls", "localhost", 587, Secrecy::StartTls, None),
            ("smtp://10.0.0.1:25", "10.0.0.1", 25, Secrecy::StartTls, None),
            ("smtp://bücher.example", "xn--bcher-kva.example", 587, Secrecy::StartTls, None),
        ] {
            assert_eq!(server(url), (host.to_owned(), port, secrecy, credentials), "{url}");
        }
    }

    #[test]
    fn refused_ones_are_not_repeated() {
        for bad in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp:",
            "smtp://",
            "smtp:mail.example",
            "smtp://:587",
            "smtp://u@mail.example",
            "smtp://:sesame@mail.example",
            "smtps://mail.example?tls=none",
            "smtps://u:sesame@mail.example?tls=starttls",
            "smtp://u:sesame@mail.example?tls=maybe",
            "smtp://h?ssl=1",
            "smtp://u:sesame#1@mail.example",
            "smtp://u:1#sesame@mail.example",
            "smtp://u:1/sesame@mail.example",
            "smtp://u:sesame@mail.example/x",
            "smtp://u:sesame%ff@mail.example",
            "smtp://u:sesame@mail.example:70000",
        ] {
            let told = Server::parse(bad).expect_err(bad);
            assert!(!format!("{told} {told:?}").contains("sesame"), "{bad}: {told}");
        }
    }

    #[test]
    fn senders() {
        assert_eq!(default_sender("https://portico.example:8443/x"), "Portico <no-reply@portico.example>");
        for other in ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost", "nonsense"] {
            assert_eq!(default_sender(other), "Portico <no-reply@localhost>", "{other}");
        }
        assert!(sender(&default_sender("")).is_ok());
        for bad in ["", "Portico", "Portico <>", "a@b.c, d@e.f", "Portico <a@b.c>\r\nBcc: d@e.f", "P\n <a@b.c>"] {
            assert!(sender(bad).is_err(), "{bad:?}");
        }
    }
}
